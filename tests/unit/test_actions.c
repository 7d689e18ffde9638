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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/action_runner.h"
#include "host/actions.h"
#include "host/journal.h"
#include "tests/scratch.h"

enum { NOW = 1000000, LIMIT_S = 7, LIMIT_MS = LIMIT_S * 1000, PATIENCE_MS = 30000 };

static const struct wsync_action_rule RULES[] = {
    {.command = "say", .options = {"exit="}, .operands_max = 9, .limit_s = LIMIT_S},
    {.command = "cat", .limit_s = LIMIT_S},
    {.command = "fill", .operands_max = 2, .limit_s = LIMIT_S},
    {.command = "hang", .operands_max = 1, .limit_s = LIMIT_S},
    {.command = "fall", .limit_s = LIMIT_S},
    {.command = "mark", .operands_max = 1, .limit_s = LIMIT_S},
    {.command = "look", .limit_s = LIMIT_S},
    {.command = NULL},
};
static const struct wsync_action_setup SETUP = {"test", "DIR", RULES};

/* ---- the commands: this program as its own child ---- */

static int say(int argc, char **argv, int exit_code)
{
    for (int i = 0; i < argc; i++) {
        printf("%s;", argv[i]);
    }
    fputs("talk", stderr);
    return exit_code;
}

/* So many bytes to stdout, and to stderr. */
static int fill(char **argv)
{
    for (long i = 0, many = strtol(argv[0], NULL, 10); i < many; i++) {
        putchar('o');
    }
    for (long i = 0, many = strtol(argv[1], NULL, 10); i < many; i++) {
        fputc('t', stderr);
    }
    return 0;
}

/* Until it is killed; when told so, with its pipes closed. */
static _Noreturn void hang(bool closed)
{
    if (closed) {
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
    }
    for (;;) { /* until it is killed */
        pause();
    }
}

/* What it was left with: its descriptors, and whether a signal is handled by the system. */
static int look(void)
{
    struct sigaction action;
    DIR *dir = opendir("/proc/self/fd");
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] != '.' && strtol(entry->d_name, NULL, 10) != dirfd(dir)) {
            printf("%s ", entry->d_name);
        }
    }
    closedir(dir);
    sigaction(SIGTERM, NULL, &action);
    printf("%s", action.sa_handler == SIG_DFL ? "default" : "ignored");
    return 0;
}

/* argv: NAME COMMAND --data-dir DIR [--exit=N] -- OPERANDS */
static int be_child(int argc, char **argv)
{
    bool told = argc > 5 && strncmp(argv[4], "--exit=", 7) == 0;
    char **operands = argv + (told ? 6 : 5);
    int count = argc - (told ? 6 : 5), c;
    if (strcmp(argv[0], "test") != 0 || strcmp(argv[3], "DIR") != 0 || count < 0) {
        return 99;
    }
    switch (argv[1][0] + argv[1][1]) {
    case 's' + 'a':
        return say(count, operands, told ? (int)strtol(argv[4] + 7, NULL, 10) : 0);
    case 'c' + 'a':
        while ((c = getchar()) != EOF) {
            putchar(c);
        }
        return 0;
    case 'f' + 'i':
        return fill(operands);
    case 'h' + 'a':
        hang(count == 1);
    case 'f' + 'a':
        return raise(SIGKILL);
    case 'm' + 'a':
        return close(open(operands[0], O_CREAT | O_WRONLY, 0600));
    default:
        return look();
    }
}

/* ---- a page's end of the socket, by hand ---- */

struct rig {
    struct wsync_action_runner *runner;
    int fd;
    int64_t now_ms; /* the only clock of the runner */
    uint32_t id;
    size_t got, taken; /* bytes of `frame`: here, and of the last answer */
    uint8_t frame[2 * WSYNC_ACTION_ANSWER_BYTES_MAX];
    struct wsync_action_answer answer; /* the last */
};

static struct rig rig;

static int set_up(void **state)
{
    (void)state;
    int line[2];
    wsync_journal_set_level(WSYNC_JOURNAL_ERROR);
    memset(&rig, 0, sizeof rig);
    rig.now_ms = NOW;
    rig.runner = wsync_action_runner_new(&SETUP);
    assert_non_null(rig.runner);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    rig.fd = line[0];
    wsync_action_runner_listen(rig.runner, line[1]);
    return 0;
}

/* Nothing of a test may be left: no child, alive or dead. */
static int tear_down(void **state)
{
    (void)state;
    wsync_action_runner_free(rig.runner);
    close(rig.fd);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return 0;
}

static void send_all(const void *bytes, size_t len)
{
    assert_int_equal(send(rig.fd, bytes, len, MSG_NOSIGNAL), len);
}

static void ask(const char *const *argv, struct wsync_slice input)
{
    static uint8_t request[WSYNC_ACTION_REQUEST_BYTES_MAX];
    size_t len = wsync_action_request_encode(++rig.id, argv, input, request);
    assert_int_not_equal(len, 0);
    send_all(request, len);
}

/* One turn of the keeper's loop: waits until something happens to a child or the socket. */
static enum wsync_err turn(void)
{
    struct pollfd fds[WSYNC_ACTION_FDS_MAX];
    int timeout_ms = PATIENCE_MS;
    size_t count = wsync_action_runner_fds(rig.runner, rig.now_ms, fds, &timeout_ms);
    assert_true(count <= WSYNC_ACTION_FDS_MAX);
    int ready = poll(fds, (nfds_t)count, timeout_ms);
    assert_true(ready > 0 || timeout_ms < 1000); /* nothing that is here is left lying */
    return wsync_action_runner_step(rig.runner, rig.now_ms);
}

static bool take_answer(void)
{
    size_t len;
    memmove(rig.frame, rig.frame + rig.taken, rig.got - rig.taken);
    rig.got -= rig.taken;
    rig.taken = 0;
    ssize_t got = recv(rig.fd, rig.frame + rig.got, sizeof rig.frame - rig.got, MSG_DONTWAIT);
    rig.got += got > 0 ? (size_t)got : 0;
    assert_int_equal(wsync_action_frame_length(wsync_slice(rig.frame, rig.got),
                                               WSYNC_ACTION_ANSWER_BYTES_MAX, &len),
                     WSYNC_OK);
    if (len == 0 || rig.got < len) {
        return false;
    }
    assert_int_equal(wsync_action_answer_decode(wsync_slice(rig.frame, len), &rig.answer),
                     WSYNC_OK);
    rig.taken = len;
    return true;
}

static enum wsync_err wait_for_answer(void)
{
    while (!take_answer()) {
        assert_int_equal(turn(), WSYNC_OK);
    }
    return rig.answer.err;
}

static enum wsync_err run(const char *const *argv)
{
    ask(argv, wsync_slice(NULL, 0));
    enum wsync_err err = wait_for_answer();
    assert_int_equal(rig.answer.id, rig.id);
    assert_int_equal(wsync_action_runner_running(rig.runner), 0);
    return err;
}

static void assert_said(const char *out, const char *talk)
{
    assert_true(wsync_slice_equal(rig.answer.out, wsync_slice_of(out)));
    assert_true(wsync_slice_equal(rig.answer.talk, wsync_slice_of(talk)));
}

/* ---- what a command gets and gives ---- */

static void a_command_is_run_and_heard(void **state)
{
    (void)state;
    const char *const argv[] = {"say", "--exit=65", "--",   "note=$(id)",
                                "--x", "",          "Tổ 1", NULL};
    assert_int_equal(run(argv), WSYNC_OK);
    assert_int_equal(rig.answer.exit_code, 65);
    assert_said("note=$(id);--x;;Tổ 1;", "talk");
    assert_int_equal(run((const char *const[]){"say", NULL}), WSYNC_OK);
    assert_int_equal(rig.answer.exit_code, 0);
    assert_said("", "talk");
}

static void the_input_is_its_stdin(void **state)
{
    (void)state;
    static uint8_t input[WSYNC_ACTION_INPUT_BYTES_MAX];
    for (size_t i = 0; i < sizeof input; i++) {
        input[i] = (uint8_t)(i * 31);
    }
    const char *const argv[] = {"cat", NULL};
    ask(argv, wsync_slice(input, sizeof input));
    assert_int_equal(wait_for_answer(), WSYNC_OK);
    assert_true(wsync_slice_equal(rig.answer.out, wsync_slice(input, sizeof input)));
    assert_int_equal(run(argv), WSYNC_OK);
    assert_int_equal(rig.answer.out.len, 0);
}

static void it_has_nothing_of_its_keepers(void **state)
{
    (void)state;
    int left_open = dup(STDIN_FILENO); /* without FD_CLOEXEC, as a library might */
    assert_true(left_open > 2);
    (void)signal(SIGTERM, SIG_IGN);
    assert_int_equal(run((const char *const[]){"look", NULL}), WSYNC_OK);
    (void)signal(SIGTERM, SIG_DFL);
    close(left_open);
    assert_said("0 1 2 default", "");
}

static void one_that_crashes_is_an_internal_error(void **state)
{
    (void)state;
    assert_int_equal(run((const char *const[]){"fall", NULL}), WSYNC_OK);
    assert_int_equal(rig.answer.exit_code, 70);
}

/* ---- bounds ---- */

static enum wsync_err run_fill(size_t out, size_t talk)
{
    char many[2][24];
    snprintf(many[0], sizeof many[0], "%zu", out);
    snprintf(many[1], sizeof many[1], "%zu", talk);
    return run((const char *const[]){"fill", "--", many[0], many[1], NULL});
}

static void too_much_output_ends_a_command(void **state)
{
    (void)state;
    enum { OUT = WSYNC_ACTION_OUT_BYTES_MAX, TALK = WSYNC_ACTION_ERR_BYTES_MAX };
    assert_int_equal(run_fill(OUT, TALK), WSYNC_OK);
    assert_int_equal(rig.answer.out.len, OUT);
    assert_int_equal(rig.answer.talk.len, TALK);
    assert_int_equal(run_fill(OUT + 1, 0), WSYNC_ERR_OVERSIZE);
    assert_int_equal(run_fill(0, TALK + 1), WSYNC_ERR_OVERSIZE);
    assert_int_equal(run_fill(64 * OUT, 0), WSYNC_ERR_OVERSIZE);
}

static void time_ends_a_command(void **state)
{
    (void)state;
    for (int closed = 0; closed < 2; closed++) {
        rig.now_ms = NOW;
        ask((const char *const[]){"hang", closed ? "--" : NULL, "closed", NULL},
            wsync_slice(NULL, 0));
        while (wsync_action_runner_running(rig.runner) == 0) {
            assert_int_equal(turn(), WSYNC_OK);
        }
        rig.now_ms = NOW + LIMIT_MS - 1;
        assert_int_equal(wsync_action_runner_step(rig.runner, rig.now_ms), WSYNC_OK);
        assert_int_equal(wsync_action_runner_running(rig.runner), 1);
        assert_false(take_answer());
        rig.now_ms++;
        assert_int_equal(wait_for_answer(), WSYNC_ERR_TIMEOUT);
        assert_int_equal(wsync_action_runner_running(rig.runner), 0);
    }
}

static void four_run_at_a_time(void **state)
{
    (void)state;
    const char *const argv[] = {"hang", NULL};
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX + 2; i++) {
        ask(argv, wsync_slice(NULL, 0));
    }
    for (size_t i = 0; i < 2; i++) { /* the two that came last are told at once */
        assert_int_equal(wait_for_answer(), WSYNC_ERR_BUSY);
        assert_int_equal(rig.answer.id, WSYNC_ACTION_CHILDREN_MAX + 1 + i);
        assert_true(rig.answer.talk.len > 0);
    }
    assert_int_equal(wsync_action_runner_running(rig.runner), WSYNC_ACTION_CHILDREN_MAX);
    rig.now_ms += LIMIT_MS;
    for (size_t i = 0; i < WSYNC_ACTION_CHILDREN_MAX; i++) {
        assert_int_equal(wait_for_answer(), WSYNC_ERR_TIMEOUT);
    }
    assert_int_equal(run((const char *const[]){"say", NULL}), WSYNC_OK);
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
    assert_int_equal(run((const char *const[]){"mark", "--", path, "x", NULL}),
                     WSYNC_ERR_RIGHT);
    assert_int_equal(run((const char *const[]){"mark", "--exit=1", "--", path, NULL}),
                     WSYNC_ERR_RIGHT);
    assert_true(rig.answer.talk.len > 0);
    assert_int_not_equal(stat(path, &there), 0);
    assert_int_equal(run((const char *const[]){"mark", "--", path, NULL}), WSYNC_OK);
    assert_int_equal(stat(path, &there), 0);
    wsync_scratch_close(&scratch);
}

static void a_bent_request_ends_the_conversation(void **state)
{
    (void)state;
    static const uint8_t BENT[][10] = {
        {0, 0, 0, 6, 'R', 0, 0, 0, 1, 0}, /* no words */
        {0, 0, 0, 6, 'A', 0, 0, 0, 1, 1}, /* an answer */
        {0, 0, 0, 6, 'R', 0, 0, 0, 1, 1}, /* a word that is not there */
        {0x7f, 0xff, 0xff, 0xff},         /* longer than any */
        {0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof BENT / sizeof *BENT; i++) {
        send_all(BENT[i], sizeof BENT[i]);
        assert_int_equal(turn(), WSYNC_ERR_FRAME);
        assert_int_equal(wsync_action_runner_running(rig.runner), 0);
        assert_int_equal(tear_down(NULL), 0);
        assert_int_equal(set_up(NULL), 0);
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
    ask((const char *const[]){"mark", "--", path, NULL}, wsync_slice(NULL, 0));
    ask((const char *const[]){"hang", NULL}, wsync_slice(NULL, 0));
    assert_int_equal(wsync_action_runner_step(rig.runner, rig.now_ms), WSYNC_OK);
    shutdown(rig.fd, SHUT_RDWR);
    enum wsync_err err;
    do {
        err = turn();
    } while (err == WSYNC_OK);
    assert_int_equal(err, WSYNC_ERR_LINK);
    wsync_action_runner_listen(rig.runner, -1);
    while (wsync_action_runner_running(rig.runner) > 1) {
        assert_int_equal(turn(), WSYNC_OK);
    }
    assert_int_equal(stat(path, &there), 0);
    rig.now_ms += LIMIT_MS;
    while (wsync_action_runner_running(rig.runner) > 0) {
        assert_int_equal(turn(), WSYNC_OK);
    }
    wsync_scratch_close(&scratch);
}

static void what_still_runs_ends_with_the_runner(void **state)
{
    (void)state;
    ask((const char *const[]){"hang", NULL}, wsync_slice(NULL, 0));
    assert_int_equal(wsync_action_runner_step(rig.runner, rig.now_ms), WSYNC_OK);
    assert_int_equal(wsync_action_runner_running(rig.runner), 1);
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
    assert_int_equal(run((const char *const[]){"say", NULL}), WSYNC_OK);
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
    send_all(head, sizeof head);
    send_all("data", 4);
    send_all(talk, strlen(talk));
}

/* A page's end whose other end is in `rig.fd`. */
static struct wsync_actions *open_page(void)
{
    int line[2];
    close(rig.fd);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    rig.fd = line[0];
    struct wsync_actions *actions = wsync_actions_open(line[1]);
    assert_non_null(actions);
    return actions;
}

static enum wsync_err page_runs(struct wsync_actions *actions, struct wsync_action_result *got,
                                struct wsync_error *error)
{
    error->text[0] = '\0';
    const char *const argv[] = {"say", NULL};
    return wsync_actions_run(actions, &(struct wsync_action_ask){.argv = argv}, got, error);
}

static void a_page_takes_the_answer_to_what_it_asked(void **state)
{
    (void)state;
    struct wsync_action_result got;
    struct wsync_error error;
    struct wsync_actions *actions = open_page();
    put_answer(99, WSYNC_ERR_TIMEOUT, "late");
    put_answer(1, WSYNC_OK, "on time");
    put_answer(2, WSYNC_ERR_RIGHT, "a sentence");
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_OK);
    assert_int_equal(got.exit_code, 1);
    assert_string_equal(got.out, "data");
    assert_string_equal(got.talk, "on time");
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_ERR_RIGHT);
    assert_string_equal(error.text, "a sentence");
    put_answer(3, WSYNC_ERR_TIMEOUT, "");
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_ERR_TIMEOUT);
    assert_non_null(strstr(error.text, "took too long"));
    static uint8_t input[WSYNC_ACTION_INPUT_BYTES_MAX + 1];
    const char *const cat[] = {"cat", NULL};
    const struct wsync_action_ask much = {.argv = cat,
                                          .input = wsync_slice(input, sizeof input)};
    assert_int_equal(wsync_actions_run(actions, &much, &got, &error), WSYNC_ERR_OVERSIZE);
    wsync_actions_close(actions);
}

static void a_page_whose_keeper_is_gone_or_bent_says_so(void **state)
{
    (void)state;
    struct wsync_action_result got;
    struct wsync_error error;
    struct wsync_actions *actions = open_page();
    send_all("\0\0\0\6R....0", 10);
    assert_int_equal(page_runs(actions, &got, &error), WSYNC_ERR_LINK);
    wsync_actions_close(actions);
    actions = open_page();
    shutdown(rig.fd, SHUT_RDWR);
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
        struct wsync_actions *actions = wsync_actions_open(rig.fd);
        bool good = actions && page_runs(actions, &got, &error) == WSYNC_OK;
        const char *const fill_all[] = {"fill", "--", "1048576", "16384", NULL};
        good = good && strcmp(got.talk, "talk") == 0 &&
               wsync_actions_run(actions, &(struct wsync_action_ask){.argv = fill_all}, &got,
                                 &error) == WSYNC_OK &&
               strlen(got.out) == 1048576 && strlen(got.talk) == 16384;
        const char *const no[] = {"fill", "--no", NULL};
        good = good &&
               wsync_actions_run(actions, &(struct wsync_action_ask){.argv = no}, &got,
                                 &error) == WSYNC_ERR_RIGHT &&
               strstr(error.text, "--no");
        _exit(good ? 0 : 1);
    }
    close(rig.fd);
    rig.fd = -1;
    enum wsync_err err;
    do {
        err = turn();
    } while (err == WSYNC_OK);
    assert_int_equal(err, WSYNC_ERR_LINK);
    assert_int_equal(waitpid(page, &status, 0), page);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return be_child(argc, argv);
    }
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(a_command_is_run_and_heard),
        EACH(the_input_is_its_stdin),
        EACH(it_has_nothing_of_its_keepers),
        EACH(one_that_crashes_is_an_internal_error),
        EACH(too_much_output_ends_a_command),
        EACH(time_ends_a_command),
        EACH(four_run_at_a_time),
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
