/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/action_rig.h"

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
#include <sys/wait.h>
#include <unistd.h>

#include "host/given.h"
#include "host/journal.h"
#include "tests/scratch.h"

static const struct wsync_action_rule RULES[] = {
    {.command = "say", .options = {"exit="}, .operands_max = 9, .limit_s = ACTION_RIG_LIMIT_S},
    {.command = "cat", .limit_s = ACTION_RIG_LIMIT_S},
    {.command = "read", .operands_max = 8, .limit_s = ACTION_RIG_LIMIT_S, .files_max = 8},
    {.command = "fill", .operands_max = 2, .limit_s = ACTION_RIG_LIMIT_S},
    {.command = "hang", .verb = "long", .operands_max = 1, .limit_s = 3600},
    {.command = "hang", .operands_max = 1, .limit_s = ACTION_RIG_LIMIT_S},
    {.command = "fall", .limit_s = ACTION_RIG_LIMIT_S},
    {.command = "mark", .operands_max = 1, .limit_s = ACTION_RIG_LIMIT_S},
    {.command = "look", .limit_s = ACTION_RIG_LIMIT_S},
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

static void write_many(FILE *out, const char *count, int byte)
{
    static char block[1 << 16];
    memset(block, byte, sizeof block);
    for (size_t left = strtoul(count, NULL, 10); left > 0;) { /* each turn writes some */
        size_t len = left < sizeof block ? left : sizeof block;
        (void)fwrite(block, 1, len, out);
        left -= len;
    }
}

/* So many bytes to stdout, and to stderr. */
static int fill(char **argv)
{
    write_many(stdout, argv[0], 'o');
    write_many(stderr, argv[1], 't');
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 74;
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

/* What stands in files that it was given, and whose they are. */
static int read_files(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        int c;
        FILE *file = fopen(argv[i], "r");
        while (file && (c = getc(file)) != EOF) {
            putchar(c);
        }
        FILE *again = fopen(argv[i], "r+");
        putchar(again && putc('x', again) != EOF && fflush(again) == 0 ? '!' : ';');
    }
    const char *by = getenv("WARDSYNC_STAFF");
    printf("%s %s", getenv("WARDSYNC_PAGE"), by ? by : "nobody");
    return 0;
}

/* argv: NAME COMMAND --data-dir DIR, and nothing else; by themselves come COMMAND [--exit=N]
 * [-- OPERANDS] */
int action_rig_be_child(int argc, char **argv)
{
    char **words = NULL;
    int count = -1, c;
    if (argc != 4 || strcmp(argv[0], "test") != 0 || strcmp(argv[2], "--data-dir") != 0 ||
        strcmp(argv[3], "DIR") != 0 || !wsync_given_words(&count, &words) || count < 1 ||
        strcmp(words[0], argv[1]) != 0) {
        return 99;
    }
    bool told = count > 1 && strncmp(words[1], "--exit=", 7) == 0;
    int behind = told ? 2 : 1;
    behind += behind < count; /* "--" */
    char **operands = words + behind;
    count -= behind;
    switch (argv[1][0] + argv[1][1]) {
    case 's' + 'a':
        return say(count, operands, told ? (int)strtol(words[1] + 7, NULL, 10) : 0);
    case 'c' + 'a':
        while ((c = getchar()) != EOF) {
            putchar(c);
        }
        return 0;
    case 'r' + 'e':
        return read_files(count, operands);
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

struct action_rig action_rig;

int action_rig_open(void **state)
{
    (void)state;
    int line[2];
    wsync_journal_set_level(WSYNC_JOURNAL_ERROR);
    memset(&action_rig, 0, sizeof action_rig);
    action_rig.fds = wsync_open_files();
    action_rig.now_ms = ACTION_RIG_NOW;
    action_rig.runner = wsync_action_runner_new(&SETUP);
    assert_non_null(action_rig.runner);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    action_rig.fd = line[0];
    wsync_action_runner_listen(action_rig.runner, line[1]);
    return 0;
}

/* Nothing of a test may be left: no child, alive or dead, and no descriptor. */
int action_rig_close(void **state)
{
    (void)state;
    wsync_action_runner_free(action_rig.runner);
    close(action_rig.fd);
    wsync_action_files_close(&action_rig.files);
    assert_int_equal(wsync_open_files(), action_rig.fds);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    return 0;
}

void action_rig_send_all(const void *bytes, size_t len)
{
    assert_int_equal(send(action_rig.fd, bytes, len, MSG_NOSIGNAL), len);
}

void action_rig_ask(const struct wsync_action_ask *what)
{
    static uint8_t request[WSYNC_ACTION_REQUEST_BYTES_MAX];
    size_t len = wsync_action_request_encode(++action_rig.id, what, request);
    assert_int_not_equal(len, 0);
    assert_int_equal(wsync_action_files_send(action_rig.fd, wsync_slice(request, len),
                                             what->files, what->file_count),
                     len);
}

void action_rig_ask_words(const char *const *argv, struct wsync_slice input)
{
    action_rig_ask(&(const struct wsync_action_ask){.argv = argv, .input = input});
}

/* One turn of the keeper's loop: waits until something happens to a child or the socket. */
enum wsync_err action_rig_turn(void)
{
    struct pollfd fds[WSYNC_ACTION_FDS_MAX];
    int timeout_ms = 30000;
    size_t count =
        wsync_action_runner_fds(action_rig.runner, action_rig.now_ms, fds, &timeout_ms);
    assert_true(count <= WSYNC_ACTION_FDS_MAX);
    int ready = poll(fds, (nfds_t)count, timeout_ms);
    assert_true(ready > 0 || timeout_ms < 1000); /* nothing that is here is left lying */
    return wsync_action_runner_step(action_rig.runner, action_rig.now_ms);
}

bool action_rig_take_answer(void)
{
    size_t len;
    memmove(action_rig.frame, action_rig.frame + action_rig.taken,
            action_rig.got - action_rig.taken);
    action_rig.got -= action_rig.taken;
    action_rig.taken = 0;
    ssize_t got =
        wsync_action_files_recv(action_rig.fd, action_rig.frame + action_rig.got,
                                sizeof action_rig.frame - action_rig.got, &action_rig.files);
    action_rig.got += got > 0 ? (size_t)got : 0;
    assert_int_equal(wsync_action_frame_length(wsync_slice(action_rig.frame, action_rig.got),
                                               WSYNC_ACTION_ANSWER_BYTES_MAX, &len),
                     WSYNC_OK);
    if (len == 0 || action_rig.got < len) {
        return false;
    }
    assert_int_equal(
        wsync_action_answer_decode(wsync_slice(action_rig.frame, len), &action_rig.answer),
        WSYNC_OK);
    action_rig.taken = len;
    return true;
}

enum wsync_err action_rig_wait_for_answer(void)
{
    while (!action_rig_take_answer()) {
        assert_int_equal(action_rig_turn(), WSYNC_OK);
    }
    return action_rig.answer.err;
}

enum wsync_err action_rig_run(const char *const *argv)
{
    action_rig_ask_words(argv, wsync_slice(NULL, 0));
    enum wsync_err err = action_rig_wait_for_answer();
    assert_int_equal(action_rig.answer.id, action_rig.id);
    assert_int_equal(wsync_action_runner_running(action_rig.runner), 0);
    return err;
}

void action_rig_assert_said(const char *out, const char *talk)
{
    assert_true(wsync_slice_equal(action_rig.answer.out, wsync_slice_of(out)));
    assert_true(wsync_slice_equal(action_rig.answer.talk, wsync_slice_of(talk)));
}
