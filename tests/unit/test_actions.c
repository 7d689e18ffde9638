/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that a page has run: what they get, what of them is heard, and that nothing of them
 * stays behind (decision 0016).  The program that is run is this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/actions.h"
#include "tests/action_rig.h"
#include "tests/scratch.h"

enum { LONGEST_MS = 60000 }; /* a hang is a failure */

/* ---- what a command gets and gives ---- */

static void a_command_is_run_and_heard(void **state)
{
    (void)state;
    const char *const argv[] = {"say", "--exit=65", "--",   "note=$(id)",
                                "--x", "",          "Tổ 1", NULL};
    assert_int_equal(action_rig_run(argv), WSYNC_OK);
    assert_int_equal(action_rig.answer.exit_code, 65);
    action_rig_assert_said("note=$(id);--x;;Tổ 1;", "talk");
    assert_int_equal(action_rig_run((const char *const[]){"say", NULL}), WSYNC_OK);
    assert_int_equal(action_rig.answer.exit_code, 0);
    action_rig_assert_said("", "talk");
}

static void the_input_is_its_stdin(void **state)
{
    (void)state;
    static uint8_t input[WSYNC_ACTION_INPUT_BYTES_MAX];
    for (size_t i = 0; i < sizeof input; i++) {
        input[i] = (uint8_t)(i * 31);
    }
    const char *const argv[] = {"cat", NULL};
    action_rig_ask_words(argv, wsync_slice(input, sizeof input));
    assert_int_equal(action_rig_wait_for_answer(), WSYNC_OK);
    assert_true(wsync_slice_equal(action_rig.answer.out, wsync_slice(input, sizeof input)));
    assert_int_equal(action_rig_run(argv), WSYNC_OK);
    assert_int_equal(action_rig.answer.out.len, 0);
}

static void it_has_nothing_of_its_keepers(void **state)
{
    (void)state;
    int left_open = dup(STDIN_FILENO); /* without FD_CLOEXEC, as a library might */
    assert_true(left_open > 2);
    (void)signal(SIGTERM, SIG_IGN);
    assert_int_equal(action_rig_run((const char *const[]){"look", NULL}), WSYNC_OK);
    (void)signal(SIGTERM, SIG_DFL);
    close(left_open);
    action_rig_assert_said("0 1 2 default", "");
}

static void one_that_crashes_says_by_which_signal(void **state)
{
    (void)state;
    assert_int_equal(action_rig_run((const char *const[]){"fall", NULL}), WSYNC_OK);
    assert_int_equal(action_rig.answer.exit_code, WSYNC_ACTION_SIGNALLED + SIGKILL);
}

/* ---- bounds ---- */

static enum wsync_err run_fill(size_t out, size_t talk)
{
    char many[2][24];
    snprintf(many[0], sizeof many[0], "%zu", out);
    snprintf(many[1], sizeof many[1], "%zu", talk);
    return action_rig_run((const char *const[]){"fill", "--", many[0], many[1], NULL});
}

static void too_much_output_ends_a_command(void **state)
{
    (void)state;
    enum { OUT = WSYNC_ACTION_OUT_BYTES_MAX, TALK = WSYNC_ACTION_ERR_BYTES_MAX };
    assert_int_equal(run_fill(OUT, TALK), WSYNC_OK);
    assert_int_equal(action_rig.answer.out.len, OUT);
    assert_int_equal(action_rig.answer.talk.len, TALK);
    assert_int_equal(run_fill(OUT + 1, 0), WSYNC_ERR_OVERSIZE);
    assert_int_equal(run_fill(0, TALK + 1), WSYNC_ERR_OVERSIZE);
    assert_int_equal(run_fill(64 * OUT, 0), WSYNC_ERR_OVERSIZE);
}

static void time_ends_a_command(void **state)
{
    (void)state;
    for (int closed = 0; closed < 2; closed++) {
        action_rig.now_ms = ACTION_RIG_NOW;
        action_rig_ask_words(
            (const char *const[]){"hang", closed ? "--" : NULL, "closed", NULL},
            wsync_slice(NULL, 0));
        while (wsync_action_runner_running(action_rig.runner) == 0) {
            assert_int_equal(action_rig_turn(), WSYNC_OK);
        }
        action_rig.now_ms = ACTION_RIG_NOW + ACTION_RIG_LIMIT_MS - 1;
        assert_int_equal(wsync_action_runner_step(action_rig.runner, action_rig.now_ms),
                         WSYNC_OK);
        assert_int_equal(wsync_action_runner_running(action_rig.runner), 1);
        assert_false(action_rig_take_answer());
        action_rig.now_ms++;
        assert_int_equal(action_rig_wait_for_answer(), WSYNC_ERR_TIMEOUT);
        assert_int_equal(wsync_action_runner_running(action_rig.runner), 0);
    }
}

static void four_run_at_a_time(void **state)
{
    (void)state;
    const char *const argv[] = {"hang", NULL};
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX + 2; i++) {
        action_rig_ask_words(argv, wsync_slice(NULL, 0));
    }
    for (size_t i = 0; i < 2; i++) { /* the two that came last are told at once */
        assert_int_equal(action_rig_wait_for_answer(), WSYNC_ERR_BUSY);
        assert_int_equal(action_rig.answer.id, WSYNC_ACTION_CHILDREN_MAX + 1 + i);
        assert_true(action_rig.answer.talk.len > 0);
    }
    assert_int_equal(wsync_action_runner_running(action_rig.runner), WSYNC_ACTION_CHILDREN_MAX);
    action_rig.now_ms += ACTION_RIG_LIMIT_MS;
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        assert_int_equal(action_rig_wait_for_answer(), WSYNC_ERR_TIMEOUT);
    }
    assert_int_equal(action_rig_run((const char *const[]){"say", NULL}), WSYNC_OK);
}

/* Somebody who asks for a conversation again and again must not keep others from saving. */
static void those_that_take_long_leave_half_of_the_places(void **state)
{
    (void)state;
    enum { HALF = WSYNC_ACTION_CHILDREN_MAX / 2 };
    const char *const argv[] = {"hang", "--", "long", NULL};
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX + 1; i++) {
        action_rig_ask_words(argv, wsync_slice(NULL, 0));
    }
    for (size_t i = HALF; i < WSYNC_ACTION_CHILDREN_MAX + 1; i++) {
        assert_int_equal(action_rig_wait_for_answer(), WSYNC_ERR_BUSY);
        assert_int_equal(action_rig.answer.id, i + 1);
    }
    assert_int_equal(wsync_action_runner_running(action_rig.runner), HALF);
    action_rig_ask_words((const char *const[]){"say", NULL}, wsync_slice(NULL, 0));
    assert_int_equal(action_rig_wait_for_answer(), WSYNC_OK);
    action_rig_assert_said("", "talk");
    action_rig.now_ms += INT64_C(3600) * 1000;
    for (size_t i = 0; i < HALF; i++) {
        assert_int_equal(action_rig_wait_for_answer(), WSYNC_ERR_TIMEOUT);
    }
}

/* ---- what is not run ---- */

static void what_is_not_allowed_is_not_run(void **state)
{
    (void)state;
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct stat there;
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "mark", path);
    assert_int_equal(action_rig_run((const char *const[]){"mark", "--", path, "x", NULL}),
                     WSYNC_ERR_RIGHT);
    assert_int_equal(
        action_rig_run((const char *const[]){"mark", "--exit=1", "--", path, NULL}),
        WSYNC_ERR_RIGHT);
    assert_true(action_rig.answer.talk.len > 0);
    assert_int_not_equal(stat(path, &there), 0);
    assert_int_equal(action_rig_run((const char *const[]){"mark", "--", path, NULL}), WSYNC_OK);
    assert_int_equal(stat(path, &there), 0);
    wsync_scratch_close(&scratch);
}

static void a_bent_request_ends_the_conversation(void **state)
{
    (void)state;
    static const uint8_t BENT[][16] = {
        {0, 0, 0, 12, 'R', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, /* no words */
        {0, 0, 0, 12, 'A', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1}, /* an answer */
        {0, 0, 0, 12, 'R', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1}, /* a word that is not there */
        {0x7f, 0xff, 0xff, 0xff},                            /* longer than any */
        {0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof BENT / sizeof *BENT; i++) {
        action_rig_send_all(BENT[i], sizeof BENT[i]);
        assert_int_equal(action_rig_turn(), WSYNC_ERR_FRAME);
        assert_int_equal(wsync_action_runner_running(action_rig.runner), 0);
        assert_int_equal(action_rig_close(NULL), 0);
        assert_int_equal(action_rig_open(NULL), 0);
    }
}

/* ---- whose children ---- */

static void a_page_that_is_gone_leaves_its_commands_to_their_end(void **state)
{
    (void)state;
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct stat there;
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "mark", path);
    action_rig_ask_words((const char *const[]){"mark", "--", path, NULL}, wsync_slice(NULL, 0));
    action_rig_ask_words((const char *const[]){"hang", NULL}, wsync_slice(NULL, 0));
    assert_int_equal(wsync_action_runner_step(action_rig.runner, action_rig.now_ms), WSYNC_OK);
    shutdown(action_rig.fd, SHUT_RDWR);
    enum wsync_err err;
    do {
        err = action_rig_turn();
    } while (err == WSYNC_OK);
    assert_int_equal(err, WSYNC_ERR_LINK);
    wsync_action_runner_listen(action_rig.runner, -1);
    while (wsync_action_runner_running(action_rig.runner) > 1) {
        assert_int_equal(action_rig_turn(), WSYNC_OK);
    }
    assert_int_equal(stat(path, &there), 0);
    action_rig.now_ms += ACTION_RIG_LIMIT_MS;
    while (wsync_action_runner_running(action_rig.runner) > 0) {
        assert_int_equal(action_rig_turn(), WSYNC_OK);
    }
    wsync_scratch_close(&scratch);
}

static void what_still_runs_ends_with_the_runner(void **state)
{
    (void)state;
    action_rig_ask_words((const char *const[]){"hang", NULL}, wsync_slice(NULL, 0));
    assert_int_equal(wsync_action_runner_step(action_rig.runner, action_rig.now_ms), WSYNC_OK);
    assert_int_equal(wsync_action_runner_running(action_rig.runner), 1);
}

static void only_its_own_children_are_waited_for(void **state)
{
    (void)state;
    int status;
    pid_t other = fork();
    if (other == 0) {
        _exit(42);
    }
    assert_true(other > 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)other, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(action_rig_run((const char *const[]){"say", NULL}), WSYNC_OK);
    assert_int_equal(waitpid(other, &status, WNOHANG), other);
    assert_int_equal(WEXITSTATUS(status), 42);
}

/* ---- the page process's end ---- */

static void put_answer(uint32_t id, enum wsync_err err, const char *talk)
{
    uint8_t head[WSYNC_ACTION_ANSWER_HEAD_BYTES];
    const struct wsync_action_answer answer = {.id = id,
                                               .err = err,
                                               .exit_code = 1,
                                               .out = wsync_slice_of("data"),
                                               .talk = wsync_slice_of(talk)};
    wsync_action_answer_head(&answer, head);
    action_rig_send_all(head, sizeof head);
    action_rig_send_all("data", 4);
    action_rig_send_all(talk, strlen(talk));
}

/* A page's end whose other end is in `action_rig.fd`. */
static struct wsync_actions *open_page(void)
{
    int line[2];
    close(action_rig.fd);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    action_rig.fd = line[0];
    struct wsync_actions *actions = wsync_actions_open(line[1]);
    assert_non_null(actions);
    return actions;
}

static enum wsync_err page_waits(struct wsync_actions *actions,
                                 const struct wsync_action_ask *ask,
                                 struct wsync_action_result *got, struct wsync_error *error)
{
    struct wsync_action_job *job;
    enum wsync_err err = wsync_actions_begin(actions, ask, &job, error);
    if (err != WSYNC_OK) {
        return err;
    }
    while (wsync_actions_step(actions) == WSYNC_OK && !wsync_action_is_over(job)) {
        struct pollfd item = {.fd = wsync_actions_fd(actions),
                              .events = wsync_actions_events(actions)};
        assert_int_equal(poll(&item, 1, LONGEST_MS), 1);
    }
    return wsync_action_take(actions, job, got, error);
}

static enum wsync_err page_asks(struct wsync_actions *actions, const char *const *argv,
                                struct wsync_action_result *got, struct wsync_error *error)
{
    return page_waits(actions, &(const struct wsync_action_ask){.argv = argv}, got, error);
}

static enum wsync_err page_runs(struct wsync_actions *actions, struct wsync_action_result *got,
                                struct wsync_error *error)
{
    error->text[0] = '\0';
    return page_asks(actions, (const char *const[]){"say", NULL}, got, error);
}

static void a_page_takes_the_answer_to_what_it_asked(void **state)
{
    (void)state;
    struct wsync_action_result got;
    struct wsync_error error;
    struct wsync_actions *actions = open_page();
    put_answer(99, WSYNC_ERR_TIMEOUT, "late");
    put_answer(1, WSYNC_OK, "on time");
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_OK);
    assert_int_equal(got.exit_code, 1);
    assert_string_equal(got.out, "data");
    assert_string_equal(got.talk, "on time");
    put_answer(2, WSYNC_ERR_RIGHT, "a sentence");
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_ERR_RIGHT);
    assert_string_equal(error.text, "a sentence");
    put_answer(3, WSYNC_ERR_TIMEOUT, "");
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_ERR_TIMEOUT);
    assert_non_null(strstr(error.text, "took too long"));
    static uint8_t input[WSYNC_ACTION_INPUT_BYTES_MAX + 1];
    const struct wsync_action_ask what = {.argv = (const char *const[]){"cat", NULL},
                                          .input = wsync_slice(input, sizeof input)};
    assert_int_equal(page_waits(actions, &what, &got, &error), WSYNC_ERR_OVERSIZE);
    wsync_actions_close(actions);
}

static void a_page_whose_keeper_is_gone_or_bent_says_so(void **state)
{
    (void)state;
    struct wsync_action_result got;
    struct wsync_error error;
    struct wsync_actions *actions = open_page();
    action_rig_send_all("\0\0\0\xcR..........0", 16);
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_ERR_LINK);
    wsync_actions_close(actions);
    actions = open_page();
    shutdown(action_rig.fd, SHUT_RDWR);
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_ERR_LINK);
    assert_true(error.text[0] != '\0');
    wsync_actions_close(actions);
}

/* Both ends as they are: a process asks, this one keeps. */
static void a_process_has_its_commands_run(void **state)
{
    (void)state;
    int status;
    pid_t page = fork();
    if (page == 0) {
        struct wsync_action_result got;
        struct wsync_error error;
        struct wsync_actions *actions = wsync_actions_open(action_rig.fd);
        bool good = actions && page_runs(actions, &got, &error) == WSYNC_OK;
        const char *const fill_all[] = {"fill", "--", "1048576", "16384", NULL};
        good = good && strcmp(got.talk, "talk") == 0 &&
               page_asks(actions, fill_all, &got, &error) == WSYNC_OK &&
               strlen(got.out) == 1048576 && strlen(got.talk) == 16384;
        const char *const no[] = {"fill", "--no", NULL};
        good = good && page_asks(actions, no, &got, &error) == WSYNC_ERR_RIGHT &&
               strstr(error.text, "--no");
        _exit(good ? 0 : 1);
    }
    close(action_rig.fd);
    action_rig.fd = -1;
    enum wsync_err err;
    do {
        err = action_rig_turn();
    } while (err == WSYNC_OK);
    assert_int_equal(err, WSYNC_ERR_LINK);
    assert_int_equal(waitpid(page, &status, 0), page);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return action_rig_be_child(argc, argv);
    }
#define EACH(test) cmocka_unit_test_setup_teardown(test, action_rig_open, action_rig_close)
    const struct CMUnitTest tests[] = {
        EACH(a_command_is_run_and_heard),
        EACH(the_input_is_its_stdin),
        EACH(it_has_nothing_of_its_keepers),
        EACH(one_that_crashes_says_by_which_signal),
        EACH(too_much_output_ends_a_command),
        EACH(time_ends_a_command),
        EACH(four_run_at_a_time),
        EACH(those_that_take_long_leave_half_of_the_places),
        EACH(what_is_not_allowed_is_not_run),
        EACH(a_bent_request_ends_the_conversation),
        EACH(a_page_that_is_gone_leaves_its_commands_to_their_end),
        EACH(what_still_runs_ends_with_the_runner),
        EACH(only_its_own_children_are_waited_for),
        EACH(a_page_takes_the_answer_to_what_it_asked),
        EACH(a_page_whose_keeper_is_gone_or_bent_says_so),
        EACH(a_process_has_its_commands_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
