/* SPDX-License-Identifier: Apache-2.0 */
#include "host/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int ASKED[] = {SIGTERM, SIGINT, SIGHUP};
static const int IGNORED[] = {SIGPIPE, SIGXFSZ};

/* The pipe that wakes the loop: the handler has nothing else it may touch. */
static int ends[2] = {-1, -1};

static void on_signal(int number)
{
    int before = errno;
    char asked = number == SIGHUP ? 'h' : 's';
    ssize_t written = write(ends[1], &asked, 1);
    (void)written; /* a full pipe has woken the loop already */
    errno = before;
}

static void handle_all(void (*asked)(int), void (*ignored)(int))
{
    struct sigaction action = {.sa_handler = asked};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
        sigaction(ASKED[i], &action, NULL);
    }
    action.sa_handler = ignored;
    for (size_t i = 0; i < sizeof IGNORED / sizeof *IGNORED; i++) {
        sigaction(IGNORED[i], &action, NULL);
    }
}

enum wsync_err wsync_signals_open(struct wsync_signals *signals)
{
    WSYNC_ASSERT(ends[0] < 0);
    if (pipe(ends) != 0) {
        return WSYNC_ERR_STORE_IO;
    }
    for (size_t i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    *signals = (struct wsync_signals){.fd = ends[0]};
    handle_all(on_signal, SIG_IGN);
    return WSYNC_OK;
}

void wsync_signals_take(struct wsync_signals *signals)
{
    char asked;
    while (read(signals->fd, &asked, 1) == 1) {
        if (asked == 'h') {
            signals->reload = true;
        } else {
            signals->stops++;
        }
    }
}

void wsync_signals_close(struct wsync_signals *signals)
{
    handle_all(SIG_DFL, SIG_DFL);
    for (size_t i = 0; i < 2; i++) {
        close(ends[i]);
        ends[i] = -1;
    }
    signals->fd = -1;
}

/* ---- a file that nobody wants when the program is ended ---- */

static char dropped[PATH_MAX];
static volatile sig_atomic_t drops;

/* The system's own handling is back already; the signal comes again when this returns. */
static void on_end(int number)
{
    if (drops) {
        (void)unlink(dropped);
    }
    (void)raise(number);
}

/* Where `before` handles it, `handler` does. */
static void replace(int number, void (*before)(int), void (*handler)(int), int flags)
{
    struct sigaction there;
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    action.sa_flags = flags;
    if (sigaction(number, NULL, &there) == 0 && !(there.sa_flags & SA_SIGINFO) &&
        there.sa_handler == before) {
        sigaction(number, &action, NULL);
    }
}

void wsync_signals_drop(const char *path)
{
    size_t len = path ? strlen(path) : sizeof dropped;
    drops = 0;
    for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
        replace(ASKED[i], on_end, SIG_DFL, 0);
    }
    if (len >= sizeof dropped) {
        return;
    }
    memcpy(dropped, path, len + 1);
    drops = 1;
    for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++) {
        replace(ASKED[i], SIG_DFL, on_end, (int)SA_RESETHAND);
    }
}
