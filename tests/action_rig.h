/* SPDX-License-Identifier: Apache-2.0 */
/* action_rig.h: a keeper's runner of commands (host/action_runner.h) and the page's end of its
 * socket, held by hand.  The commands are the test program itself: its main must begin with
 * action_rig_be_child when it has arguments. */
#ifndef WARDSYNC_TESTS_ACTION_RIG_H
#define WARDSYNC_TESTS_ACTION_RIG_H

#include "host/action_runner.h"

enum { ACTION_RIG_NOW = 1000000, ACTION_RIG_LIMIT_S = 7, ACTION_RIG_LIMIT_MS = 7000 };

struct action_rig {
    struct wsync_action_runner *runner;
    int fd;
    int64_t now_ms; /* the only clock of the runner */
    uint32_t id;
    size_t fds;        /* open before the test */
    size_t got, taken; /* bytes of `frame`: here, and of the last answer */
    uint8_t frame[2 * WSYNC_ACTION_ANSWER_BYTES_MAX];
    struct wsync_action_answer answer; /* the last */
    struct wsync_action_files files;   /* that came with answers */
};

extern struct action_rig action_rig;

/* As set-up and tear-down of each test: nothing may be left of one, no child, alive or dead,
 * and no descriptor. */
int action_rig_open(void **state);
int action_rig_close(void **state);

/* The command that argv is; answers the exit code. */
int action_rig_be_child(int argc, char **argv);

void action_rig_send_all(const void *bytes, size_t len);
void action_rig_ask(const struct wsync_action_ask *what);
void action_rig_ask_words(const char *const *argv, struct wsync_slice input);

/* One turn of the keeper's loop: waits until something happens to a child or the socket. */
enum wsync_err action_rig_turn(void);

/* Takes an answer that is here; or waits for it, and answers what it says. */
bool action_rig_take_answer(void);
enum wsync_err action_rig_wait_for_answer(void);

/* Asks and waits. */
enum wsync_err action_rig_run(const char *const *argv);

void action_rig_assert_said(const char *out, const char *talk);

#endif
