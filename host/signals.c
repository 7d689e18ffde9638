/* SPDX-License-Identifier: Apache-2.0 */
#include "host/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
