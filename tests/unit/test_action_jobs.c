/* SPDX-License-Identifier: Apache-2.0 */
/* Several commands of one page process under way at a time (decision 0017); the keeper's end of
 * the line is this test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/action_runner.h"
#include "host/actions.h"
#include "tests/scratch.h"

enum { JOBS = WSYNC_ACTION_CHILDREN_MAX };

static int keeper;
static struct wsync_actions *actions;
static struct wsync_action_job *jobs[JOBS + 1];
static struct wsync_action_result got;
static struct wsync_error error;

static int set_up(void **state)
{
    (void)state;
    int line[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    keeper = line[0];
    actions = wsync_actions_open(line[1]);
    assert_non_null(actions);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_actions_close(actions);
    close(keeper);
    return 0;
}

static enum wsync_err begin(size_t which, struct wsync_slice input)
{
    const char *const argv[] = {"add", "--", "a=1", NULL};
    const struct wsync_action_ask ask = {.argv = argv, .input = input};
    return wsync_actions_begin(actions, &ask, &jobs[which], &error);
}

static void begin_all(void)
{
    for (size_t i = 0; i < JOBS; i++) {
        assert_int_equal(begin(i, wsync_slice(NULL, 0)), WSYNC_OK);
    }
}

static void put_answer(uint32_t id, const char *out)
{
    uint8_t head[WSYNC_ACTION_ANSWER_HEAD_BYTES];
    const struct wsync_action_answer answer = {
        .id = id, .exit_code = (int)id, .out = wsync_slice_of(out)};
    wsync_action_answer_head(&answer, head);
    assert_int_equal(send(keeper, head, sizeof head, 0), sizeof head);
    assert_int_equal(send(keeper, out, strlen(out), 0), strlen(out));
}

static void each_gets_its_own_answer_in_any_order(void **state)
{
    (void)state;
    begin_all();
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    put_answer(3, "third");
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    assert_true(wsync_action_is_over(jobs[2]));
    assert_false(wsync_action_is_over(jobs[0]));
    put_answer(1, "first");
    put_answer(2, "");
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    assert_true(wsync_action_is_over(jobs[0]) && wsync_action_is_over(jobs[1]));
    assert_false(wsync_action_is_over(jobs[3]));
    assert_int_equal(wsync_action_take(actions, jobs[2], &got, &error), WSYNC_OK);
    assert_string_equal(got.out, "third");
    assert_int_equal(got.exit_code, 3);
    assert_int_equal(wsync_action_take(actions, jobs[1], &got, &error), WSYNC_OK);
    assert_string_equal(got.out, "");
    assert_int_equal(wsync_action_take(actions, jobs[0], &got, &error), WSYNC_OK);
    assert_string_equal(got.out, "first");
}

static void as_many_are_under_way_as_the_keeper_runs(void **state)
{
    (void)state;
    begin_all();
    assert_int_equal(begin(JOBS, wsync_slice(NULL, 0)), WSYNC_ERR_BUSY);
    assert_true(error.text[0] != '\0');
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    wsync_action_forget(jobs[1]); /* it runs on, and so takes its place */
    assert_int_equal(begin(JOBS, wsync_slice(NULL, 0)), WSYNC_ERR_BUSY);
    put_answer(2, "nobody wants it");
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    assert_int_equal(begin(1, wsync_slice(NULL, 0)), WSYNC_OK);
    put_answer(1, "one");
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    wsync_action_forget(jobs[0]); /* over already */
    assert_int_equal(begin(0, wsync_slice(NULL, 0)), WSYNC_OK);
}

/* The line holds less than what is asked for: each request still arrives whole. */
static void requests_do_not_mix_on_a_full_line(void **state)
{
    (void)state;
    static uint8_t input[WSYNC_ACTION_INPUT_BYTES_MAX], frame[WSYNC_ACTION_REQUEST_BYTES_MAX];
    static struct wsync_action_request request;
    size_t had = 0, len = 0;
    int bytes = 4096;
    setsockopt(wsync_actions_fd(actions), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    for (size_t i = 0; i < JOBS; i++) {
        memset(input, (int)i, sizeof input);
        assert_int_equal(begin(i, wsync_slice(input, sizeof input)), WSYNC_OK);
    }
    bool seen[JOBS] = {false};
    for (size_t whole = 0; whole < JOBS;) {
        assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
        ssize_t some = recv(keeper, frame + had, len > 0 ? len - had : 4 - had, MSG_DONTWAIT);
        assert_true(some > 0); /* what can be sent is sent */
        had += (size_t)some;
        assert_int_equal(wsync_action_frame_length(wsync_slice(frame, had), sizeof frame, &len),
                         WSYNC_OK);
        if (len > 0 && had == len) {
            assert_int_equal(wsync_action_request_decode(wsync_slice(frame, len), &request),
                             WSYNC_OK);
            assert_int_equal(request.input.len, sizeof input);
            assert_int_equal(request.input.data[0], request.id - 1);
            assert_memory_equal(request.input.data, request.input.data + 1, sizeof input - 1);
            assert_false(seen[request.id - 1]);
            seen[request.id - 1] = true;
            whole++;
            had = len = 0;
        }
    }
    assert_int_equal(wsync_actions_events(actions), POLLIN);
}

static void a_keeper_that_is_gone_ends_every_job(void **state)
{
    (void)state;
    begin_all();
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    put_answer(2, "said before");
    wsync_action_forget(jobs[0]);
    shutdown(keeper, SHUT_RDWR);
    assert_int_equal(wsync_actions_step(actions), WSYNC_ERR_LINK);
    assert_int_equal(wsync_action_take(actions, jobs[1], &got, &error), WSYNC_OK);
    assert_string_equal(got.out, "said before");
    assert_int_equal(wsync_action_take(actions, jobs[2], &got, &error), WSYNC_ERR_LINK);
    assert_int_equal(wsync_action_take(actions, jobs[3], &got, &error), WSYNC_ERR_LINK);
}

static void an_answer_that_nobody_waits_for_is_dropped(void **state)
{
    (void)state;
    assert_int_equal(begin(0, wsync_slice(NULL, 0)), WSYNC_OK);
    put_answer(1, "before it was asked for");
    put_answer(7, "never asked for");
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK); /* asks first */
    assert_true(wsync_action_is_over(jobs[0]));
    put_answer(1, "twice");
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    assert_int_equal(wsync_action_take(actions, jobs[0], &got, &error), WSYNC_OK);
    assert_string_equal(got.out, "before it was asked for");
}

static void files_go_along_and_come_back(void **state)
{
    (void)state;
    struct wsync_action_files came = {.count = 0};
    uint8_t frame[512], head[WSYNC_ACTION_ANSWER_HEAD_BYTES];
    int file[WSYNC_ACTION_FILES_MAX];
    size_t before = wsync_open_files();
    int fd = wsync_action_file_new("photo", 100);
    assert_true(fd >= 0 && wsync_action_file_seal(fd, 7));
    const char *const argv[] = {"export", NULL};
    const struct wsync_action_ask ask = {
        .argv = argv, .files = &fd, .file_count = 1, .want_file = true};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(wsync_actions_begin(actions, &ask, &jobs[i], &error), WSYNC_OK);
    }
    close(fd); /* what is on its way is not the caller's business */
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    while (came.count < 2) {
        assert_true(wsync_action_files_recv(keeper, frame, sizeof frame, &came) > 0);
    }
    assert_true(wsync_action_files_take(&came, 2, file));
    assert_int_equal(lseek(file[1], 0, SEEK_END), 7);
    wsync_action_forget(jobs[1]);
    for (uint32_t id = 1; id <= 2; id++) {
        const struct wsync_action_answer answer = {.id = id, .has_file = true};
        wsync_action_answer_head(&answer, head);
        assert_int_equal(
            wsync_action_files_send(keeper, wsync_slice(head, sizeof head), &file[0], 1),
            sizeof head);
    }
    close(file[0]);
    close(file[1]);
    assert_int_equal(wsync_actions_step(actions), WSYNC_OK);
    assert_int_equal(wsync_action_take(actions, jobs[0], &got, &error), WSYNC_OK);
    assert_int_equal(lseek(got.out_fd, 0, SEEK_END), 7);
    close(got.out_fd);
    /* nothing of it stays, nor of the forgotten one */
    assert_int_equal(wsync_open_files(), before);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(each_gets_its_own_answer_in_any_order),
        EACH(as_many_are_under_way_as_the_keeper_runs),
        EACH(requests_do_not_mix_on_a_full_line),
        EACH(a_keeper_that_is_gone_ends_every_job),
        EACH(an_answer_that_nobody_waits_for_is_dropped),
        EACH(files_go_along_and_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
