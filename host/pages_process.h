/* SPDX-License-Identifier: Apache-2.0 */
/* pages_process.h: the process that shows pages, and the one that keeps it.  Decision 0016.
 *
 *   serving process  ->  keeper  ->  page process    pages_process.run, in a sandbox of its own
 *   (keys, store)           |---->  child            `PROGRAM COMMAND ...`, action_runner.h
 *
 * The keeper is forked before the serving process reads a key or opens the store, so neither it
 * nor a page process that it starts later, after a crash, ever has a key in its memory.  It
 * also answers while the serving process is busy with a session for minutes.
 *
 *   keeper  | go          | page process ended          | pause over | serving process gone
 *   --------|-------------|-----------------------------|------------|---------------------
 *   WAITS   | start, UP   |                             |            | END
 *   UP      |             | journal, longer pause, DOWN |            | END
 *   DOWN    |             |                             | start, UP  | END
 *
 * The pause begins at half a second, doubles up to a minute, and begins anew once a page
 * process was up for a minute.  END: the stop descriptor is closed, the page process gets two
 * seconds, children end or are killed, the keeper ends.  Whoever is killed takes those behind
 * it in the first line with it (PR_SET_PDEATHSIG); when the keeper itself is killed, the pages
 * are gone until the next start, and the serving process goes on. */
#ifndef WARDSYNC_HOST_PAGES_PROCESS_H
#define WARDSYNC_HOST_PAGES_PROCESS_H

#include <sys/types.h>

#include "host/action_rules.h"
#include "host/actions.h"
#include "host/pages_address.h"
#include "host/site.h"

/* What a page process has to begin with. */
struct wsync_pages {
    const char *program; /* "ward", "district" */
    enum wsync_site_kind kind;
    const char *data_dir;                    /* for wsync_site_open_reader */
    enum wsync_language language;            /* for who did not choose */
    char address[WSYNC_PAGES_ADDRESS_BYTES]; /* "127.0.0.1:8211", "[::1]:8211": the real port */
    struct wsync_pages_conf conf; /* the section [pages] of site.conf, as it was read */
    int listener; /* bound to it, listening, non-blocking; stays open over a restart */
    int stop_fd;  /* can be read (end of file) once the process is to end */
    struct wsync_actions *actions;
};

/* What a program gives: its pages, and what they may have run.  `run` answers the exit code; it
 * returns when stop_fd can be read.  It is started anew when it ends before. */
struct wsync_pages_program {
    int (*run)(struct wsync_pages *pages);
    const struct wsync_action_rule *rules;
};

struct wsync_pages_setup {
    const char *program;
    enum wsync_site_kind kind;
    const char *data_dir;
    enum wsync_language language;
    const char *address; /* ADDRESS:PORT as given; NULL: what site.conf says, else no pages */
    const struct wsync_pages_program *pages;
};

/* The serving process's side. */
struct wsync_pages_process {
    pid_t keeper;                            /* 0: no pages */
    int fd;                                  /* its end of the line to the keeper */
    char address[WSYNC_PAGES_ADDRESS_BYTES]; /* the real one; "": no pages */
    bool tls;                                /* it is https:// */
    bool first;                              /* there is no site yet (first_run.h) */
};

/* Binds the address and forks the keeper; called before a key is read or the store opened.
 * INVALID, with a sentence, for an address that is none, that others reach before it is time
 * (pages_conf.h), or that cannot be bound; STORE_IO when the system gives no process.
 * Without an address `process->keeper` is 0, and the calls below do nothing.  Where there is no
 * site yet, an address of this machine that was given shows the first run. */
WSYNC_MUST_USE enum wsync_err wsync_pages_start(const struct wsync_pages_setup *setup,
                                                struct wsync_pages_process *process,
                                                struct wsync_error *error);

/* The program serves: the page process may start. */
void wsync_pages_go(const struct wsync_pages_process *process);

/* Says in the journal, once, when the keeper is gone.  NULL: no pages. */
void wsync_pages_check(struct wsync_pages_process *process);

/* Ends both and waits for them; a few seconds at most. */
void wsync_pages_stop(struct wsync_pages_process *process);

#endif
