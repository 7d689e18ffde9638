/* SPDX-License-Identifier: Apache-2.0 */
/* How far a verification is, as somebody else reads it: while it runs, after it ended, after it
 * was cut short, and when two want to verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/verify_state.h"
#include "tests/scratch.h"

static struct wsync_scratch scratch;
static struct wsync_verify_state state;

static int open_scratch(void **ignored)
{
    (void)ignored;
    wsync_scratch_open(&scratch);
    return 0;
}

static int close_scratch(void **ignored)
{
    (void)ignored;
    wsync_scratch_close(&scratch);
    return 0;
}

static void read_state(void)
{
    struct wsync_error error = {""};
    assert_int_equal(wsync_verify_state_read(scratch.path, &state, &error), WSYNC_OK);
}

/* Has `body` run in a process of its own, which reads and writes a byte at each end of two
 * pipes: it stands where it says so until it is let go on. */
struct other {
    pid_t pid;
    int told, go;
};

static void stand(int told, int go)
{
    char byte = '.';
    if (write(told, &byte, 1) != 1 || read(go, &byte, 1) != 1) {
        _exit(1);
    }
}

static struct other begin(void (*body)(int told, int go))
{
    int told[2], go[2];
    struct other other;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(go), 0);
    other.pid = fork();
    assert_true(other.pid >= 0);
    if (other.pid == 0) {
        close(told[0]);
        close(go[1]);
        body(told[1], go[0]);
        _exit(0);
    }
    close(told[1]);
    close(go[0]);
    other.told = told[0];
    other.go = go[1];
    return other;
}

static void wait_for(const struct other *other)
{
    char byte;
    assert_int_equal(read(other->told, &byte, 1), 1);
}

static void let_go_on(const struct other *other)
{
    assert_int_equal(write(other->go, ".", 1), 1);
}

static void end(const struct other *other)
{
    int status;
    close(other->go);
    close(other->told);
    assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
}

static const struct wsync_verify_finding FINDING = {
    .what = "records", .place = "here", .stored = "1", .again = "2", .rows = 3};

static void run(int told, int go)
{
    struct wsync_verify_note note;
    struct wsync_verify_result result = {.changes = 42, .findings = 1, .compared = true};
    wsync_verify_note_open(&note, scratch.path);
    wsync_verify_note_progress(&note, WSYNC_VERIFY_RECOMPUTING, 3, 7);
    stand(told, go);
    wsync_verify_note_found(&note, &FINDING);
    wsync_verify_note_progress(&note, WSYNC_VERIFY_PARTS, 0, 0);
    stand(told, go);
    wsync_verify_note_close(&note, &result, 5, NULL);
    stand(told, go);
}

static void test_how_far(void **ignored)
{
    (void)ignored;
    struct wsync_error error = {""};
    assert_int_equal(wsync_verify_state_read(scratch.path, &state, &error),
                     WSYNC_ERR_NOT_FOUND);
    struct other other = begin(run);
    wait_for(&other);
    read_state();
    assert_true(state.running);
    assert_non_null(strstr(state.text, "\"part\":1,\"done\":3,\"total\":7}\n"));
    let_go_on(&other);
    wait_for(&other);
    read_state();
    assert_true(state.running);
    assert_non_null(strstr(state.text, "\"part\":5"));
    assert_non_null(strstr(state.text, "{\"finding\":\"records\",\"place\":\"here\","
                                       "\"stored\":\"1\",\"computed\":\"2\",\"rows\":3}\n"));
    assert_null(strstr(state.text, "ended"));
    let_go_on(&other);
    wait_for(&other);
    read_state(); /* the process is there and does not verify any more */
    assert_false(state.running);
    assert_non_null(strstr(state.text, "\"findings\":1,\"compared\":true,\"damaged\":5,"
                                       "\"changes\":42,"));
    let_go_on(&other);
    end(&other);
}

/* A second one keeps nothing, and harms nothing of the first. */
static void test_two(void **ignored)
{
    (void)ignored;
    struct wsync_verify_note note;
    struct other other = begin(run);
    wait_for(&other);
    wsync_verify_note_open(&note, scratch.path);
    assert_int_equal(note.fd, -1);
    wsync_verify_note_progress(&note, WSYNC_VERIFY_DIGESTS, 1, 2);
    wsync_verify_note_found(&note, &FINDING);
    wsync_verify_note_close(&note, NULL, 0, "no");
    read_state();
    assert_true(state.running);
    assert_non_null(strstr(state.text, "\"done\":3"));
    assert_null(strstr(state.text, "finding"));
    end(&other); /* killed: its pipe is gone */
    read_state();
    assert_false(state.running);
    assert_null(strstr(state.text, "ended"));
}

/* A new run leaves nothing of a longer one behind it. */
static void test_again(void **ignored)
{
    (void)ignored;
    struct wsync_verify_note note;
    struct wsync_verify_result result = {.changes = 1};
    wsync_verify_note_open(&note, scratch.path);
    for (int i = 0; i < 3; i++) {
        wsync_verify_note_found(&note, &FINDING);
    }
    wsync_verify_note_close(&note, &result, 0, NULL);
    read_state();
    assert_non_null(strstr(state.text, "finding"));
    wsync_verify_note_open(&note, scratch.path);
    wsync_verify_note_progress(&note, WSYNC_VERIFY_COPYING, 0, 1);
    read_state();
    assert_null(strstr(state.text, "finding"));
    assert_null(strstr(state.text, "ended"));
    wsync_verify_note_close(&note, NULL, 0, "no room");
    read_state();
    assert_non_null(strstr(state.text, "\"failed\":\"no room\""));
}

/* More findings than have room: those that have it, and the end. */
static void test_many(void **ignored)
{
    (void)ignored;
    struct wsync_verify_note note;
    struct wsync_verify_result result = {.findings = 1000};
    struct wsync_verify_finding finding = FINDING;
    memset(finding.stored, 'x', sizeof finding.stored - 1);
    wsync_verify_note_open(&note, scratch.path);
    for (int i = 0; i < 1000; i++) {
        wsync_verify_note_found(&note, &finding);
    }
    wsync_verify_note_close(&note, &result, 0, NULL);
    read_state();
    assert_true(strlen(state.text) > WSYNC_VERIFY_STATE_BYTES / 2);
    assert_non_null(strstr(state.text, "\"ended\""));
    assert_string_equal(state.text + strlen(state.text) - 2, "}\n");
}

/* Where nothing can be written nothing is noted. */
static void test_nowhere(void **ignored)
{
    (void)ignored;
    struct wsync_verify_note note;
    wsync_verify_note_open(&note, "/nowhere/at/all");
    wsync_verify_note_progress(&note, WSYNC_VERIFY_COPYING, 0, 1);
    wsync_verify_note_close(&note, NULL, 0, "no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_how_far, open_scratch, close_scratch),
        cmocka_unit_test_setup_teardown(test_two, open_scratch, close_scratch),
        cmocka_unit_test_setup_teardown(test_again, open_scratch, close_scratch),
        cmocka_unit_test_setup_teardown(test_many, open_scratch, close_scratch),
        cmocka_unit_test(test_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
