/* SPDX-License-Identifier: Apache-2.0 */
/* findings.h: what a person has to look at after a table was read, and a table of it. */
#ifndef WARDSYNC_HOST_FINDINGS_H
#define WARDSYNC_HOST_FINDINGS_H

#include "host/csv.h"

struct wsync_field;

/* One thing found.  Texts hold during the call that hands it over. */
struct wsync_finding {
    uint64_t row;  /* as a spreadsheet counts: the header is 1 */
    uint64_t line; /* of the file, where the row begins; 0: it has none */
    struct wsync_slice column; /* empty: the row as a whole */
    struct wsync_slice value;  /* as written; empty when it is personal or there is none */
    struct wsync_slice reason; /* one sentence */
    const struct wsync_field *field; /* that it is about; NULL: none in particular */
};

/* Whoever is told of findings. */
typedef void wsync_finding_taker(void *context, const struct wsync_finding *finding);

/* A table of findings: row, line, column, value, reason. */
struct wsync_findings {
    struct wsync_csv_writer csv;
    uint64_t count;
};

/* Writes the header.  The stream stays the caller's. */
void wsync_findings_init(struct wsync_findings *findings, FILE *out, enum wsync_csv_mode mode);

/* Adds a row: a wsync_finding_taker whose context is a struct wsync_findings. */
void wsync_findings_take(void *context, const struct wsync_finding *finding);

/* Flushes: STORE_IO with a sentence when not everything was written. */
WSYNC_MUST_USE enum wsync_err wsync_findings_fini(struct wsync_findings *findings,
                                                  struct wsync_error *error);

/* The sentence for a screen or a log: 'Row 12, column DaysOpen: <reason>'. */
void wsync_finding_print(const struct wsync_finding *finding, struct wsync_error *sentence);

#endif
