/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a page gives to a command, and those that a command gives back (decision 0019). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/action_rig.h"

/* ---- files ---- */

/* A file as the page process has it of an upload. */
static int new_file(const char *text)
{
    int fd = wsync_action_file_new("upload", 4096);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_true(wsync_action_file_seal(fd, strlen(text)));
    return fd;
}

static void a_command_reads_the_files_it_is_given(void **state)
{
    (void)state;
    int files[] = {new_file("one"), new_file(""), new_file("two")};
    const struct wsync_action_ask what = {
        .argv = (const char *const[]){"read", "--", "/proc/self/fd/5", "/proc/self/fd/3",
                                      "/proc/self/fd/4", NULL},
        .by = 12,
        .files = files,
        .file_count = 3};
    for (int round = 0; round < 2; round++) { /* its reading moves nothing of the page's */
        action_rig_ask(&what);
        assert_int_equal(action_rig_wait_for_answer(), WSYNC_OK);
        action_rig_assert_said("two;one;;1 12", "");
    }
    assert_int_equal(setenv("WARDSYNC_STAFF", "9", 1), 0); /* of the keeper: nobody's */
    assert_int_equal(action_rig_run((const char *const[]){"read", NULL}), WSYNC_OK);
    action_rig_assert_said("1 nobody", "");
    assert_int_equal(unsetenv("WARDSYNC_STAFF"), 0);
    for (size_t i = 0; i < 3; i++) {
        close(files[i]);
    }
}

static void eight_files_and_nothing_else_of_its_keepers(void **state)
{
    (void)state;
    int file = new_file("x"), files[WSYNC_ACTION_FILES_MAX];
    for (size_t i = 0; i < WSYNC_ACTION_FILES_MAX; i++) {
        files[i] = file;
    }
    struct wsync_action_ask what = {.argv = (const char *const[]){"read", NULL},
                                    .files = files,
                                    .file_count = WSYNC_ACTION_FILES_MAX};
    action_rig_ask(&what);
    assert_int_equal(action_rig_wait_for_answer(), WSYNC_OK);
    what.argv = (const char *const[]){"look", NULL}; /* its rule gives it none */
    action_rig_ask(&what);
    assert_int_equal(action_rig_wait_for_answer(), WSYNC_ERR_RIGHT);
    close(file);
}

/* What a page may send by its words but no page process sends. */
static void a_file_that_can_change_or_that_nobody_said_ends_the_conversation(void **state)
{
    (void)state;
    for (int turn_no = 0; turn_no < 4; turn_no++) {
        static uint8_t request[WSYNC_ACTION_REQUEST_BYTES_MAX];
        int files[] = {turn_no == 0   ? wsync_action_file_new("open", 10)
                       : turn_no == 1 ? dup(STDIN_FILENO)
                                      : new_file("good"),
                       new_file("more")};
        struct wsync_action_ask what = {.argv = (const char *const[]){"read", NULL},
                                        .files = files,
                                        .file_count = turn_no == 2 ? 0 : 1};
        size_t len = wsync_action_request_encode(1, &what, request);
        size_t sent = turn_no == 3 ? 0 : turn_no == 2 ? 2 : 1; /* 3: said and not sent */
        assert_int_equal(
            wsync_action_files_send(action_rig.fd, wsync_slice(request, len), files, sent),
            len);
        assert_int_equal(action_rig_turn(), WSYNC_ERR_FRAME);
        assert_int_equal(wsync_action_runner_running(action_rig.runner), 0);
        close(files[0]);
        close(files[1]);
        assert_int_equal(action_rig_close(NULL), 0);
        assert_int_equal(action_rig_open(NULL), 0);
    }
}

/* Two requests in one piece, cut anywhere: each has its own files. */
static void files_find_their_request(void **state)
{
    (void)state;
    static uint8_t request[2 * WSYNC_ACTION_REQUEST_BYTES_MAX];
    int files[] = {new_file("first"), new_file("second")};
    const char *const argv[] = {"read", "--", "/proc/self/fd/3", NULL};
    for (size_t cut = 1; cut < 32; cut += 5) {
        struct wsync_action_ask what = {.argv = argv, .files = files, .file_count = 1};
        size_t len = wsync_action_request_encode(++action_rig.id, &what, request);
        what.files = files + 1;
        size_t both = len + wsync_action_request_encode(++action_rig.id, &what, request + len);
        struct wsync_slice first = wsync_slice(request, cut);
        struct wsync_slice rest = wsync_slice(request + cut, len - cut);
        struct wsync_slice next = wsync_slice(request + len, both - len);
        assert_int_equal(wsync_action_files_send(action_rig.fd, first, files, 1), first.len);
        assert_int_equal(wsync_action_runner_step(action_rig.runner, action_rig.now_ms),
                         WSYNC_OK);
        assert_int_equal(wsync_action_files_send(action_rig.fd, rest, NULL, 0), rest.len);
        assert_int_equal(wsync_action_files_send(action_rig.fd, next, files + 1, 1), next.len);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(action_rig_wait_for_answer(), WSYNC_OK);
            assert_true(wsync_slice_equal(action_rig.answer.out,
                                          wsync_slice_of(action_rig.answer.id == action_rig.id
                                                             ? "second;1 nobody"
                                                             : "first;1 nobody")));
        }
    }
    close(files[0]);
    close(files[1]);
}

/* ---- an output that is a file ---- */

static enum wsync_err fill_file(const char *out, const char *talk)
{
    action_rig_ask(&(const struct wsync_action_ask){
        .argv = (const char *const[]){"fill", "--", out, talk, NULL}, .want_file = true});
    return action_rig_wait_for_answer();
}

static void a_long_output_comes_as_a_file(void **state)
{
    (void)state;
    struct stat file;
    int fd[WSYNC_ACTION_FILES_MAX];
    char first[4];
    assert_int_equal(fill_file("3000000", "2"), WSYNC_OK);
    action_rig_assert_said("", "tt");
    assert_true(action_rig.answer.has_file);
    assert_true(wsync_action_files_take(&action_rig.files, 1, fd));
    assert_int_equal(fstat(fd[0], &file), 0);
    assert_int_equal(file.st_size, 3000000);
    assert_true(wsync_action_file_is_sealed(fd[0]));
    assert_int_equal(read(fd[0], first, sizeof first), sizeof first);
    assert_memory_equal(first, "oooo", sizeof first);
    close(fd[0]);
    assert_int_equal(fill_file("0", "0"), WSYNC_OK);
    assert_true(wsync_action_files_take(&action_rig.files, 1, fd));
    assert_int_equal(fstat(fd[0], &file), 0);
    assert_int_equal(file.st_size, 0);
    close(fd[0]);
}

static void a_file_has_a_bound(void **state)
{
    (void)state;
    int fd[WSYNC_ACTION_FILES_MAX];
    assert_int_equal(fill_file("67108864", "0"), WSYNC_OK);
    assert_int_equal(action_rig.answer.exit_code, 0);
    assert_true(wsync_action_files_take(&action_rig.files, 1, fd));
    close(fd[0]);
    assert_int_equal(fill_file("67108865", "0"), WSYNC_ERR_OVERSIZE);
    assert_false(action_rig.answer.has_file);
    assert_int_equal(fill_file("1", "16385"), WSYNC_ERR_OVERSIZE);
    assert_int_equal(action_rig.files.count, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return action_rig_be_child(argc, argv);
    }
#define EACH(test) cmocka_unit_test_setup_teardown(test, action_rig_open, action_rig_close)
    const struct CMUnitTest tests[] = {
        EACH(a_command_reads_the_files_it_is_given),
        EACH(eight_files_and_nothing_else_of_its_keepers),
        EACH(a_file_that_can_change_or_that_nobody_said_ends_the_conversation),
        EACH(files_find_their_request),
        EACH(a_long_output_comes_as_a_file),
        EACH(a_file_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
