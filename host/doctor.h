/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h: what is wrong with this machine's part of the installation, one finding after the
 * other, each with what to do.
 *
 * The checks that both programs share are here; a program adds its own (client/doctor.c,
 * server/doctor.c) and ends with wsync_doctor_end, whose answer is the exit code: 0 nothing, 1
 * something to see to, 2 something that stops the work. */
#ifndef WARDSYNC_HOST_DOCTOR_H
#define WARDSYNC_HOST_DOCTOR_H

#include "host/cli.h"

enum wsync_doctor_severity {
    WSYNC_DOCTOR_WARNING = WSYNC_CLI_FINDINGS,
    WSYNC_DOCTOR_CRITICAL = WSYNC_CLI_CRITICAL,
};

/* What can be found: words by enum wsync_language.  Formats of one finding take the same
 * arguments in the same order. */
struct wsync_doctor_words {
    enum wsync_doctor_severity severity;
    const char *name;    /* stable */
    const char *what[2]; /* one sentence, a printf format */
    const char *step[2]; /* what to do about it */
};

struct wsync_doctor {
    const struct wsync_cli *cli;
    unsigned findings;
    unsigned worst; /* of enum wsync_doctor_severity; 0: nothing */
};

/* Prints a finding. */
void wsync_doctor_find(struct wsync_doctor *doctor, const struct wsync_doctor_words *words,
                       ...);

/* Prints that nothing was found, or how much; answers the exit code. */
int wsync_doctor_end(const struct wsync_doctor *doctor);

/* Ends an examination that `err` cut short: the site cannot be opened, or a row of its store
 * cannot be read.  That is a finding as well.  OK: the same as wsync_doctor_end. */
int wsync_doctor_stop(struct wsync_doctor *doctor, enum wsync_err err,
                      const struct wsync_error *error);

/* Before the site is opened: who may read the files of keys/, and what room the disk has. */
void wsync_doctor_folder(struct wsync_doctor *doctor, const char *data_dir);

/* With the site open and a transaction for reading: how full the store is, what is damaged,
 * what waits or is quarantined for long, and whether the note beside the store can be kept. */
WSYNC_MUST_USE enum wsync_err wsync_doctor_store(struct wsync_doctor *doctor,
                                                 struct wsync_site *site);

/* Knocks at every address of the site, and says of each that does not let this device in why.
 * The site's transaction must be over: this takes its time. */
WSYNC_MUST_USE enum wsync_err wsync_doctor_reach(struct wsync_doctor *doctor,
                                                 struct wsync_site *site,
                                                 struct wsync_error *error);

/* How long the roots let anybody be enrolled; with the site's transaction open. */
WSYNC_MUST_USE enum wsync_err wsync_doctor_roots(struct wsync_doctor *doctor,
                                                 struct wsync_site *site);

/* This machine's clock runs `ahead_s` before that of the others. */
void wsync_doctor_clock(struct wsync_doctor *doctor, int64_t ahead_s);

/* How far the clocks of wards are ahead of this one, in any order, which this changes: when
 * most agree that this one is wrong, it is, and the others are held to them. */
void wsync_doctor_clocks(struct wsync_doctor *doctor, int64_t *ahead_s, size_t count);

/* The command of either program: looks at the folder, opens the site, lets `examine` look at
 * what is its program's own, and answers the exit code. */
typedef enum wsync_err wsync_doctor_examine(struct wsync_doctor *doctor,
                                            struct wsync_site *site,
                                            struct wsync_error *error);
int wsync_doctor_run(struct wsync_cli *cli, enum wsync_site_kind kind,
                     wsync_doctor_examine *examine);

#endif
