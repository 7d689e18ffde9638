/* SPDX-License-Identifier: Apache-2.0 */
/* action_child.h: starts the process that does what a page asked for.
 *
 * It is /proc/self/exe with words that action_rules.h allowed, never a shell.  It has stdin
 * (the input), stdout, stderr, the files of the request as 3, 4, ..., behind them one with the
 * words, and no other descriptor; the system's own handling of signals; and in its environment
 * WARDSYNC_PAGE=1, WARDSYNC_WORDS (given.h) and, where it is known who asks, WARDSYNC_STAFF.
 * Its command line says program, command and data directory: options and operands, which may
 * be personal, stand on none, for anybody on the machine may read those. */
#ifndef WARDSYNC_HOST_ACTION_CHILD_H
#define WARDSYNC_HOST_ACTION_CHILD_H

#include "host/action_frame.h"

/* The keeper's ends; -1: closed, or not asked for. */
struct wsync_action_child {
    pid_t pid;
    int out, talk; /* pipes that never wait */
    int file;      /* the child's stdout in the place of `out` */
};

/* `files` are the request's.  False when the system gives no process or descriptor. */
WSYNC_MUST_USE bool wsync_action_child_start(const char *program, const char *data_dir,
                                             const struct wsync_action_request *request,
                                             const int *files,
                                             struct wsync_action_child *child);

#endif
