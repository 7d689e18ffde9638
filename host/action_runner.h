/* SPDX-License-Identifier: Apache-2.0 */
/* action_runner.h: runs the children that a page process asked for; nothing here waits.
 *
 * What a child is and has: action_child.h.  Only processes started here are waited for.
 *
 *   state    | request    | output   | too much  | time is up | asker gone | it ended | written
 *   ---------|------------|----------|-----------|------------|------------|----------|--------
 *   FREE     | RUNS       |          |           |            |            |          |
 *   RUNS     |            | kept     | KILLED (1)| KILLED (2) | ORPHAN     | ANSWERS  |
 *   KILLED   |            | dropped  |           |            | ORPHAN     | ANSWERS  |
 *   ORPHAN   |            | dropped  |           | killed     |            | FREE     |
 *   ANSWERS  |            |          |           |            | FREE       |          | FREE
 *
 * (1) answers OVERSIZE, (2) TIMEOUT.  An orphan goes on: what somebody saved is saved, whatever
 * becomes of the page.  A fifth request is answered BUSY, and so is a third of those whose rule
 * lets them take longer than WSYNC_ACTION_SHORT_S: whoever saves or logs in finds a place. */
#ifndef WARDSYNC_HOST_ACTION_RUNNER_H
#define WARDSYNC_HOST_ACTION_RUNNER_H

#include <poll.h>

#include "host/action_frame.h"

enum {
    WSYNC_ACTION_CHILDREN_MAX = 4,
    WSYNC_ACTION_FDS_MAX = 2 * WSYNC_ACTION_CHILDREN_MAX + 1
};

struct wsync_action_setup {
    const char *program; /* the name a child is told */
    const char *data_dir;
    const struct wsync_action_rule *rules;
};

struct wsync_action_runner;

/* NULL: no memory.  `setup` and what it points to stay with the caller. */
struct wsync_action_runner *wsync_action_runner_new(const struct wsync_action_setup *setup);

/* Kills and reaps what still runs. */
void wsync_action_runner_free(struct wsync_action_runner *runner);

/* The socket of a new page process, which becomes the runner's; -1: it is gone, and whatever it
 * asked for is an orphan. */
void wsync_action_runner_listen(struct wsync_action_runner *runner, int fd);

/* What to poll for; answers how many.  `*timeout_ms` is lowered to when it must look again. */
size_t wsync_action_runner_fds(const struct wsync_action_runner *runner, int64_t now_ms,
                               struct pollfd fds[WSYNC_ACTION_FDS_MAX], int *timeout_ms);

/* Does whatever can be done.  LINK: the page process closed its end.  FRAME: it sent what no
 * page process sends, and must be ended. */
WSYNC_MUST_USE enum wsync_err wsync_action_runner_step(struct wsync_action_runner *runner,
                                                       int64_t now_ms);

/* How many children there are. */
size_t wsync_action_runner_running(const struct wsync_action_runner *runner);

#endif
