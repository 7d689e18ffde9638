/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* close_range, pipe2 */
#include "host/pages_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/accounts.h"
#include "host/action_runner.h"
#include "host/clock.h"
#include "host/first_run.h"
#include "host/http_tls.h"
#include "host/journal.h"
#include "host/keys.h"
#include "host/site_conf.h"
#include "wardsync/crypto.h"

enum { PAUSE_MS_MIN = 500, PAUSE_MS_MAX = 60000, STEADY_MS = 60000 };
enum { END_MS = 2000, STOP_MS = 2 * END_MS, LOOK_MS = 1000, EXIT_INTERNAL = 70, BEHIND = 5 };

enum state { WAITS, UP, DOWN };

struct keeper {
    const struct wsync_pages_setup *setup;
    struct wsync_pages pages; /* what a page process begins with */
    struct wsync_action_runner *runner;
    int line; /* to the serving process */
    enum state state;
    pid_t page;  /* UP */
    int stop_fd; /* UP: the end of the pipe that nobody writes to; closed, it ends the page */
    int64_t begun_ms, next_ms, pause_ms;
};

/* ---- leaving things behind ---- */

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Closes every descriptor but those of stdio and `kept`, which it sorts. */
static bool keep_only(int *kept, size_t count)
{
    unsigned from = STDERR_FILENO + 1;
    qsort(kept, count, sizeof *kept, compare);
    for (size_t i = 0; i < count; i++) {
        unsigned fd = (unsigned)kept[i];
        if (fd > from && close_range(from, fd - 1, 0) != 0) {
            return false;
        }
        from = fd + 1;
    }
    return close_range(from, ~0U, 0) == 0;
}

/* Ends with `parent`, and can never become more than it is. */
static bool confine(pid_t parent)
{
    wsync_keys_no_dump();
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* Nothing comes from stdin and nothing goes to stdout; the journal is on stderr. */
static bool leave_stdio(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    return nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
           dup2(nothing, STDOUT_FILENO) >= 0;
}

/* They end with the serving process, which decides what a signal means. */
static void leave_signals(void)
{
    static const int IGNORED[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof IGNORED / sizeof *IGNORED; i++) {
        (void)signal(IGNORED[i], SIG_IGN);
    }
    (void)signal(SIGCHLD, SIG_DFL);
    (void)setsid(); /* a key pressed on the terminal is for the serving process */
}

/* ---- the page process ---- */

static _Noreturn void be_page(const struct keeper *keeper, int socket, int stop_fd,
                              pid_t parent)
{
    struct wsync_pages pages = keeper->pages;
    int kept[] = {socket, stop_fd, pages.listener};
    pages.stop_fd = stop_fd;
    if (!confine(parent) || !keep_only(kept, sizeof kept / sizeof *kept)) {
        _exit(EXIT_INTERNAL);
    }
    WSYNC_JOURNAL(INFO, "pages-started", wsync_journal_number("pid", getpid()),
                  wsync_journal_text("address", pages.address));
    (void)setpriority(PRIO_PROCESS, 0, BEHIND); /* what is handed in goes before who looks */
    pages.actions = wsync_actions_open(socket);
    _exit(pages.actions ? keeper->setup->pages->run(&pages) : EXIT_INTERNAL);
}

/* False when the system gives no process or descriptor. */
static bool start_page(struct keeper *keeper)
{
    int line[2] = {-1, -1}, stop[2] = {-1, -1};
    pid_t parent = getpid();
    bool ready = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0 &&
                 pipe2(stop, O_CLOEXEC) == 0;
    keeper->page = ready ? fork() : -1;
    if (keeper->page == 0) {
        be_page(keeper, line[1], stop[0], parent);
    }
    const int left[] = {line[1], stop[0], keeper->page < 0 ? line[0] : -1,
                        keeper->page < 0 ? stop[1] : -1};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        if (left[i] >= 0) {
            close(left[i]);
        }
    }
    if (keeper->page < 0) {
        return false;
    }
    wsync_action_runner_listen(keeper->runner, line[0]);
    keeper->stop_fd = stop[1];
    return true;
}

/* ---- the keeper ---- */

static void pause_now(struct keeper *keeper, int64_t now_ms)
{
    bool steady = keeper->state == UP && now_ms - keeper->begun_ms >= STEADY_MS;
    int64_t longer_ms = 2 * keeper->pause_ms;
    keeper->pause_ms = steady || longer_ms < PAUSE_MS_MIN ? PAUSE_MS_MIN : longer_ms;
    keeper->pause_ms = keeper->pause_ms < PAUSE_MS_MAX ? keeper->pause_ms : PAUSE_MS_MAX;
    keeper->next_ms = now_ms + keeper->pause_ms;
    keeper->state = DOWN;
}

static void start(struct keeper *keeper, int64_t now_ms)
{
    if (!start_page(keeper)) {
        pause_now(keeper, now_ms);
        WSYNC_JOURNAL(ERROR, "pages-not-started",
                      wsync_journal_number("next-ms", keeper->pause_ms));
        return;
    }
    keeper->state = UP;
    keeper->begun_ms = now_ms;
}

/* It closed its end of the socket or said what it must not: it has ended, or does now.  How a
 * process ended is settled before its descriptors are closed, so the kill cannot hide it. */
static void lose(struct keeper *keeper, enum wsync_err why, int64_t now_ms)
{
    int status = 0;
    (void)kill(keeper->page, SIGKILL);
    (void)waitpid(keeper->page, &status, 0);
    close(keeper->stop_fd);
    wsync_action_runner_listen(keeper->runner, -1);
    pause_now(keeper, now_ms);
    WSYNC_JOURNAL(WARNING, "pages-lost",
                  wsync_journal_text("why", why == WSYNC_ERR_LINK ? "ended" : "bent"),
                  wsync_journal_number("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
                  wsync_journal_number("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0),
                  wsync_journal_number("next-ms", keeper->pause_ms));
}

static int timeout_ms(const struct keeper *keeper, int64_t now_ms)
{
    int64_t left_ms = keeper->state == DOWN ? keeper->next_ms - now_ms : LOOK_MS;
    left_ms = left_ms > 0 ? left_ms : 0;
    return left_ms < LOOK_MS ? (int)left_ms : LOOK_MS;
}

/* Waits for something to do; true once the serving process has closed its end.  `*said`: it
 * said that it serves. */
static bool wait_for_something(const struct keeper *keeper, bool *said)
{
    struct pollfd fds[WSYNC_ACTION_FDS_MAX + 1];
    char word;
    int64_t now_ms = wsync_clock_monotonic_ms();
    int timeout = timeout_ms(keeper, now_ms);
    size_t count = wsync_action_runner_fds(keeper->runner, now_ms, fds, &timeout);
    fds[count] = (struct pollfd){.fd = keeper->line, .events = POLLIN};
    (void)poll(fds, (nfds_t)count + 1, timeout);
    ssize_t got = fds[count].revents ? recv(keeper->line, &word, 1, MSG_DONTWAIT) : -1;
    *said = got == 1;
    return got == 0 || (fds[count].revents && got < 0 && errno != EAGAIN && errno != EINTR);
}

/* The page process and the children get their time. */
static void end(struct keeper *keeper)
{
    int64_t until = wsync_clock_monotonic_ms() + END_MS;
    int64_t now_ms = until - END_MS;
    bool up = keeper->state == UP;
    if (up) {
        close(keeper->stop_fd);
    }
    while ((up || wsync_action_runner_running(keeper->runner) > 0) && now_ms < until) {
        struct pollfd fds[WSYNC_ACTION_FDS_MAX];
        int timeout = (int)(until - now_ms);
        size_t count = wsync_action_runner_fds(keeper->runner, now_ms, fds, &timeout);
        (void)poll(fds, (nfds_t)count, timeout);
        now_ms = wsync_clock_monotonic_ms();
        if (wsync_action_runner_step(keeper->runner, now_ms) != WSYNC_OK) {
            wsync_action_runner_listen(keeper->runner, -1);
            up = false;
        }
    }
    if (keeper->state == UP) {
        (void)kill(keeper->page, SIGKILL);
        (void)waitpid(keeper->page, NULL, 0);
    }
    wsync_action_runner_free(keeper->runner);
}

static _Noreturn void keep(struct keeper *keeper, pid_t parent)
{
    const struct wsync_action_setup setup = {keeper->setup->program, keeper->setup->data_dir,
                                             keeper->setup->pages->rules};
    int kept[] = {keeper->line, keeper->pages.listener};
    bool ended = !confine(parent) || !leave_stdio() || !keep_only(kept, 2);
    leave_signals();
    keeper->runner = wsync_action_runner_new(&setup);
    if (ended || !keeper->runner) {
        WSYNC_JOURNAL(ERROR, "pages-not-started", wsync_journal_number("next-ms", 0));
        _exit(EXIT_INTERNAL);
    }
    while (!ended) {
        bool said;
        ended = wait_for_something(keeper, &said);
        int64_t now_ms = wsync_clock_monotonic_ms();
        enum wsync_err err = wsync_action_runner_step(keeper->runner, now_ms);
        if (err != WSYNC_OK) {
            lose(keeper, err, now_ms);
        }
        bool begins = keeper->state == WAITS && said;
        if (!ended && (begins || (keeper->state == DOWN && now_ms >= keeper->next_ms))) {
            start(keeper, now_ms);
        }
    }
    end(keeper);
    _exit(0);
}

/* ---- the serving process ---- */

static enum wsync_err fork_keeper(const struct wsync_pages_setup *setup,
                                  const struct wsync_pages_conf *conf, int listener,
                                  struct wsync_pages_process *process,
                                  struct wsync_error *error)
{
    int line[2];
    struct keeper keeper = {.setup = setup,
                            .pages = {.program = setup->program,
                                      .kind = setup->kind,
                                      .data_dir = setup->data_dir,
                                      .language = setup->language,
                                      .conf = *conf,
                                      .listener = listener}};
    pid_t parent = getpid();
    snprintf(keeper.pages.address, sizeof keeper.pages.address, "%s", process->address);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) != 0) {
        return wsync_error_set(error, WSYNC_ERR_STORE_IO, "The system gives no socket.");
    }
    process->keeper = fork();
    if (process->keeper == 0) {
        keeper.line = line[1];
        keep(&keeper, parent);
    }
    close(line[1]);
    if (process->keeper < 0) {
        close(line[0]);
        process->keeper = 0;
        return wsync_error_set(error, WSYNC_ERR_STORE_IO, "The system gives no process.");
    }
    process->fd = line[0];
    return WSYNC_OK;
}

/* The store is closed again: nothing of it is open when the keeper is forked. */
static enum wsync_err count_admins(const struct wsync_pages_setup *setup, size_t *admins,
                                   struct wsync_error *error)
{
    struct wsync_site site;
    struct wsync_account_counts counts = {.open = 0};
    enum wsync_err err = wsync_site_open_reader(setup->data_dir, setup->kind, &site, error);
    if (err == WSYNC_ERR_BUSY) { /* an older program's, until it is opened to write */
        err = wsync_site_open(setup->data_dir, setup->kind, &site, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_site_begin(&site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = wsync_accounts_count(site.txn, &counts);
    }
    wsync_site_close(&site);
    *admins = counts.admins;
    return err;
}

/* Said before anything is started: a page process would fail again and again. */
static enum wsync_err check_certificate(const struct wsync_pages_conf *conf,
                                        struct wsync_error *error)
{
    struct wsync_http_tls *tls = calloc(1, sizeof *tls);
    enum wsync_err err = WSYNC_ERR_MEMORY;
    if (tls) {
        err = wsync_http_tls_read(conf->certificate, conf->key, tls, error);
        wsync_wipe(tls, sizeof *tls);
    }
    free(tls);
    return err;
}

/* Whoever asks first would become the admin. */
static enum wsync_err judge_first(const char *address, struct wsync_error *error)
{
    struct sockaddr_storage parsed;
    enum wsync_err err = wsync_pages_address_read(address, &parsed, error);
    const char *port = strrchr(address, ':');
    if (err != WSYNC_OK || wsync_pages_address_is_here(address)) {
        return err;
    }
    return wsync_error_set(
        error, WSYNC_ERR_INVALID,
        "Nothing is set up yet, and the first run is for this machine alone: use "
        "\"--pages 127.0.0.1%s\" and a browser here, or one elsewhere through \"ssh -L "
        "%s:127.0.0.1%s THIS-MACHINE\".",
        port, port + 1, port);
}

/* May others see them there, and with this certificate? */
static enum wsync_err judge(const struct wsync_pages_setup *setup,
                            const struct wsync_pages_conf *conf, const char *address,
                            struct wsync_error *error)
{
    size_t admins = 0;
    struct sockaddr_storage parsed;
    enum wsync_err err = wsync_pages_address_read(address, &parsed, error);
    if (err == WSYNC_OK && !wsync_pages_address_is_here(address)) {
        err = count_admins(setup, &admins, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_pages_conf_judge(conf, address, admins, error);
    }
    return err == WSYNC_OK && conf->certificate[0] ? check_certificate(conf, error) : err;
}

enum wsync_err wsync_pages_start(const struct wsync_pages_setup *setup,
                                 struct wsync_pages_process *process, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf conf;
    int listener;
    *process = (struct wsync_pages_process){.fd = -1};
    bool readable = wsync_site_conf_read(wsync_site_file(setup->data_dir, "site.conf", file),
                                         &conf, NULL) == WSYNC_OK;
    process->first = setup->address && wsync_first_run_needed(setup->data_dir, setup->kind);
    if (process->first) {
        memset(&conf, 0, sizeof conf); /* what stands there counts once it is a site */
    }
    const char *address = setup->address ? setup->address : conf.pages.address;
    if ((!readable && !process->first) || !*address) { /* what is wrong is said by who opens */
        return WSYNC_OK;
    }
    if (!process->first) {
        wsync_journal_set_level(conf.policy.journal);
    }
    enum wsync_err err = process->first ? judge_first(address, error)
                                        : judge(setup, &conf.pages, address, error);
    if (err == WSYNC_OK) {
        err = wsync_pages_address_bind(address, &listener, process->address, error);
    }
    if (err == WSYNC_OK) {
        process->tls = conf.pages.certificate[0] != '\0';
        err = fork_keeper(setup, &conf.pages, listener, process, error);
        close(listener);
    }
    if (err != WSYNC_OK) {
        process->address[0] = '\0';
    }
    return err;
}

void wsync_pages_go(const struct wsync_pages_process *process)
{
    if (process->keeper != 0) {
        (void)send(process->fd, "g", 1, MSG_NOSIGNAL);
    }
}

void wsync_pages_check(struct wsync_pages_process *process)
{
    if (process && process->keeper != 0 && waitpid(process->keeper, NULL, WNOHANG) != 0) {
        process->keeper = 0;
        close(process->fd);
        WSYNC_JOURNAL(ERROR, "pages-gone", wsync_journal_text("address", process->address));
    }
}

void wsync_pages_stop(struct wsync_pages_process *process)
{
    if (process->keeper == 0) {
        return;
    }
    struct pollfd item = {.fd = process->fd, .events = POLLIN};
    (void)shutdown(process->fd, SHUT_WR);
    (void)poll(&item, 1, STOP_MS); /* it closes its end by ending */
    (void)kill(process->keeper, SIGKILL);
    (void)waitpid(process->keeper, NULL, 0);
    close(process->fd);
    process->keeper = 0;
}
