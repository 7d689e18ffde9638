/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h: what an administrator tells a running program, as something a loop can wait for.
 *
 * SIGTERM and SIGINT ask it to stop, SIGHUP to read its configuration again.  SIGPIPE and
 * SIGXFSZ are ignored: a reader that went away and a file that may not grow are errors of the
 * call that met them, not the end of the program.  One user a process. */
#ifndef WARDSYNC_HOST_SIGNALS_H
#define WARDSYNC_HOST_SIGNALS_H

#include "wardsync/error.h"

struct wsync_signals {
    int fd;         /* can be read while something is asked that was not taken */
    unsigned stops; /* how often it was asked to stop so far */
    bool reload;    /* asked and not yet done: the loop sets it back */
};

/* STORE_IO when the system gives no pipe. */
WSYNC_MUST_USE enum wsync_err wsync_signals_open(struct wsync_signals *signals);

/* Takes what is asked into `stops` and `reload`; never waits. */
void wsync_signals_take(struct wsync_signals *signals);

/* Puts the system's own handling back. */
void wsync_signals_close(struct wsync_signals *signals);

/* For a program that leaves these signals to the system: the one that ends it unlinks this file
 * first.  One file at a time; NULL: none any more. */
void wsync_signals_drop(const char *path);

#endif
