/* SPDX-License-Identifier: Apache-2.0 */
/* model.h: what the state of any replica must be, computed from the list of all operations ever
 * committed by the rules of SPEC section 10, without the code that is under test (merge,
 * record, totals, waiting).
 *
 * The model knows every change as its author's disk holds it.  What a replica must show follows
 * from its heads alone: which changes are merged, which wait, and what each record holds. */
#ifndef WARDSYNC_TESTS_SIM_MODEL_H
#define WARDSYNC_TESTS_SIM_MODEL_H

#include "wardsync/ledger.h"

enum {
    SIM_LOGS_MAX = 64,
    SIM_LOG_CHANGES_MAX = 512,
    SIM_LOG_REFERENCES_MAX = 512,
    SIM_CHANGES_MAX = 1024,
    SIM_OPERATIONS_MAX = 2048,
    SIM_BASES_MAX = 32768,
    SIM_WRITES_MAX = 16384,
    SIM_LIVE_MAX = 512, /* live values of one record */
    SIM_NONE = UINT16_MAX,
};

/* Names an operation by the index of its log. */
struct sim_dot {
    uint16_t log, seq, op;
};

/* A dot and the reference it came by: it takes effect where log `by` is held up to `reach`;
 * `by` SIM_NONE is the log itself. */
struct sim_address {
    struct sim_dot dot;
    uint16_t by, reach;
};

struct sim_value {
    enum wsync_class class;
    int64_t integer; /* of a list: one bit an item */
    uint64_t text;   /* a hash of it */
};

struct sim_write {
    uint32_t field;
    struct sim_value value;
};

struct sim_operation {
    uint16_t change;
    enum wsync_kind kind;
    bool creates;
    uint32_t form, version;
    int64_t defines_form, defines_version; /* a record of WSYNC_FORM_FORM */
    struct sim_address record, other;
    const struct sim_address *bases;
    size_t base_count;
    const struct sim_write *writes;
    size_t write_count;
    uint16_t next; /* of those on the same record; SIM_NONE ends */
};

struct sim_change {
    uint16_t log, seq;
    int64_t stamp;
    struct wsync_hash hash;
    uint16_t first, count; /* operations */
};

struct sim_log {
    struct wsync_log_id id;
    struct wsync_device_id device;
    uint32_t scope;
    uint16_t count;
    uint16_t changes[SIM_LOG_CHANGES_MAX]; /* by seq - 1 */
    uint16_t reference_count;
    uint16_t reference_logs[SIM_LOG_REFERENCES_MAX], reference_seqs[SIM_LOG_REFERENCES_MAX];
};

struct sim_model {
    struct sim_log logs[SIM_LOGS_MAX];
    size_t log_count;
    struct sim_change changes[SIM_CHANGES_MAX];
    size_t change_count;
    struct sim_operation operations[SIM_OPERATIONS_MAX];
    size_t operation_count;
    struct sim_address bases[SIM_BASES_MAX];
    size_t base_count;
    struct sim_write writes[SIM_WRITES_MAX];
    size_t write_count;
};

void sim_model_clear(struct sim_model *model);

/* The index of a log, SIM_NONE when no device ever opened it. */
uint16_t sim_model_find(const struct sim_model *model, const struct wsync_log_id *id);

/* Takes note of a new log; returns its index. */
uint16_t sim_model_open(struct sim_model *model, const struct wsync_log *log);

/* Takes note of the next change of a log, as its author committed it. */
void sim_model_learn(struct sim_model *model, uint16_t log, const struct wsync_change *change,
                     struct wsync_arena *arena);

/* True while another change surely fits. */
bool sim_model_has_room(const struct sim_model *model);

/* The operation a dot names. */
uint16_t sim_model_operation(const struct sim_model *model, struct sim_dot dot);

/* What a replica with these heads must have made of them. */
struct sim_state {
    const struct sim_model *model;
    uint16_t heads[SIM_LOGS_MAX]; /* by log */
    bool merged[SIM_CHANGES_MAX];
    size_t waiting; /* changes held and not merged */
};

void sim_state_settle(struct sim_state *state);

struct sim_live {
    uint16_t operation;
    const struct sim_write *write; /* NULL: a mark of liveness */
};

struct sim_record {
    uint32_t version;
    enum wsync_life life;
    bool contested, conflict;
    struct sim_live live[SIM_LIVE_MAX];
    size_t live_count;
};

/* Works out the record that `operation` creates. */
void sim_state_record(const struct sim_state *state, uint16_t operation,
                      struct sim_record *record);

/* The shown value of a field, NULL when it was never written; `*count` are its live values. */
const struct sim_live *sim_record_shown(const struct sim_state *state,
                                        const struct sim_record *record, uint32_t field,
                                        size_t *count);

#endif
