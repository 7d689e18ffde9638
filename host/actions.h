/* SPDX-License-Identifier: Apache-2.0 */
/* actions.h: how a page changes anything: the page process asks, and a command of the same
 * program does it, with the same checks, words and journal as by hand.  Decision 0016.
 *
 * The page process holds no key and writes nothing.  Its keeper (pages_process.h), which holds
 * none either, runs the program as a child (action_runner.h) that reads the keys itself.
 * Several commands may be under way; a page waits for its own by page_act.h, and nothing here
 * waits. */
#ifndef WARDSYNC_HOST_ACTIONS_H
#define WARDSYNC_HOST_ACTIONS_H

#include "host/action_frame.h"

struct wsync_actions;
struct wsync_action_job; /* one command that was asked for */

/* What a command answered; the texts are NUL-terminated and stay until the next is taken. */
struct wsync_action_result {
    int exit_code;    /* as in host/cli.h: 0 done, 1 done with findings, ...; or that of a
                         signal (action_frame.h) */
    const char *out;  /* stdout: data */
    const char *talk; /* stderr: its sentences, "PROGRAM COMMAND: SENTENCE" */
    int out_fd;       /* stdout as a sealed file, the caller's to close, where one was wanted;
                         otherwise -1 */
};

/* The page process's end of the socket, which is closed with it; NULL: no memory. */
struct wsync_actions *wsync_actions_open(int fd);
void wsync_actions_close(struct wsync_actions *actions);

/* Poll the socket for these events, and let bytes go and come.  LINK: the keeper is gone, and
 * every job is over; the process ends. */
int wsync_actions_fd(const struct wsync_actions *actions);
short wsync_actions_events(const struct wsync_actions *actions);
WSYNC_MUST_USE enum wsync_err wsync_actions_step(struct wsync_actions *actions);

/* Asks for one command; `ask` is needed no longer than that, and its files stay the caller's.
 * BUSY: as many are under way as may; OVERSIZE: a word or the input is too long; MEMORY.
 * Nothing runs then, and the sentence is for a person.  The job goes to one of those below. */
WSYNC_MUST_USE enum wsync_err wsync_actions_begin(struct wsync_actions *actions,
                                                  const struct wsync_action_ask *ask,
                                                  struct wsync_action_job **job,
                                                  struct wsync_error *error);

/* Did it end, or can it not?  Its rule and the keeper see to it that it does. */
bool wsync_action_is_over(const struct wsync_action_job *job);

/* Takes the result of a job that is over.  OK when the command ended: look at `exit_code`.
 * RIGHT: the program's table does not allow it, and nothing ran.  OVERSIZE: the output is too
 * long; the command was killed, and may have done what it was to do or not.  TIMEOUT: the same
 * for one that took too long.  BUSY: as many run as may, and nothing ran.  MEMORY: it could not
 * be started, or what it said has no room.  LINK: the keeper is gone.  The sentence is for a
 * person. */
WSYNC_MUST_USE enum wsync_err wsync_action_take(struct wsync_actions *actions,
                                                struct wsync_action_job *job,
                                                struct wsync_action_result *result,
                                                struct wsync_error *error);

/* Nobody wants its result any more; the command goes on to its end. */
void wsync_action_forget(struct wsync_action_job *job);

#endif
