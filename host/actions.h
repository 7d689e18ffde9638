/* SPDX-License-Identifier: Apache-2.0 */
/* actions.h: how a page changes anything: the page process asks, and a command of the same
 * program does it, with the same checks, words and journal as by hand.  Decision 0016.
 *
 * The page process holds no key and writes nothing.  Its keeper (pages_process.h), which holds
 * none either, runs the program as a child (action_runner.h) that reads the keys itself. */
#ifndef WARDSYNC_HOST_ACTIONS_H
#define WARDSYNC_HOST_ACTIONS_H

#include "host/action_frame.h"

struct wsync_actions;

/* What a command answered; the texts are NUL-terminated and stay until the next run. */
struct wsync_action_result {
    int exit_code;    /* as in host/cli.h: 0 done, 1 done with findings, ... */
    const char *out;  /* stdout: data */
    const char *talk; /* stderr: its sentences, "PROGRAM COMMAND: SENTENCE" */
    int out_fd;       /* stdout as a sealed file, the caller's to close, where one was wanted;
                         otherwise -1 */
};

/* The page process's end of the socket, which is closed with it; NULL: no memory. */
struct wsync_actions *wsync_actions_open(int fd);
void wsync_actions_close(struct wsync_actions *actions);

/* Has one command run and waits for it, as long as its rule allows and at most two minutes.
 * The files of `ask` stay the caller's.  OK when it ended by itself: look at `exit_code`.
 * RIGHT: the program's table does not allow it, and nothing ran.  OVERSIZE: a word, the input
 * or the output is too long; a command that said too much was killed, and may have done what it
 * was to do or not.  TIMEOUT: the same for one that took too long.  BUSY: as many run as may,
 * and nothing ran.  MEMORY: it could not be started.  LINK: the keeper is gone; the process
 * ends.  The sentence is for a person. */
WSYNC_MUST_USE enum wsync_err wsync_actions_run(struct wsync_actions *actions,
                                                const struct wsync_action_ask *ask,
                                                struct wsync_action_result *result,
                                                struct wsync_error *error);

#endif
