/* SPDX-License-Identifier: Apache-2.0 */
/* reference.h: what a replica must make of the changes it holds, by the rules of SPEC sections
 * 10, 7.5 and 13.3, written once more and apart from the code under test.
 *
 * Its input is the book, the branches held of each log, and the pins of revoked devices. */
#ifndef WARDSYNC_TESTS_SIM_REFERENCE_H
#define WARDSYNC_TESTS_SIM_REFERENCE_H

#include "tests/sim/book.h"

enum sim_outcome { SIM_ABSENT, SIM_WAITS, SIM_MERGED, SIM_QUARANTINED, SIM_COPY };

/* What the district decided about a change: enum wsync_decision, and the live value of it. */
struct sim_ruling {
    int64_t decision, reason;
    uint16_t by;
};

struct sim_state {
    const struct sim_book *book;
    uint16_t heads[SIM_LOGS_MAX]; /* the last change of the branch that counts, or SIM_NONE */
    bool known[SIM_LOGS_MAX], aside[SIM_CHANGES_MAX]; /* genesis held; held on a branch */
    uint64_t pins[SIM_LOGS_MAX];  /* of a revoked device; UINT64_MAX: none */
    enum sim_outcome outcome[SIM_CHANGES_MAX];
    enum wsync_err reason[SIM_CHANGES_MAX]; /* QUARANTINED */
    struct sim_ruling rulings[SIM_CHANGES_MAX], stands[SIM_CHANGES_MAX];
    uint16_t next[SIM_OPERATIONS_MAX]; /* merged operations on the same record */
    uint16_t bases[SIM_BASES_MAX];     /* the operation a base means here */
};

/* A record: its live values; a mark of liveness has no write. */
enum { SIM_LIVE_MAX = 512 };

struct sim_live {
    uint16_t operation;
    const struct sim_write *write;
};
struct sim_record {
    uint32_t version;
    enum wsync_life life;
    bool contested, conflict;
    struct sim_live live[SIM_LIVE_MAX];
    size_t live_count;
};

/* Works the state out; the record that a merged operation created. */
void sim_state_settle(struct sim_state *state);
void sim_state_record(const struct sim_state *state, uint16_t maker, struct sim_record *record);

/* The shown value of a field or NULL; `*count` are its live values. */
const struct sim_live *sim_record_shown(const struct sim_state *state,
                                        const struct sim_record *record, uint32_t field,
                                        size_t *count);

#endif
