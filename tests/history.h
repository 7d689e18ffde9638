/* SPDX-License-Identifier: Apache-2.0 */
/* history.h: a random small history of three devices, as logs, and a model that says what it
 * amounts to.  The model knows no order of arrival: the live values of a view are the values
 * written in it less those named as bases in it. */
#ifndef WARDSYNC_TESTS_HISTORY_H
#define WARDSYNC_TESTS_HISTORY_H

#include "tests/forge.h"

enum {
    HISTORY_DEVICES = 3,
    HISTORY_CHANGES = 8, /* of each device */
    HISTORY_OPS = 2,     /* of each change, at most */
    HISTORY_BASES = 24,
    HISTORY_FIELDS = 4, /* liveness and fields 1 to 3 of REPLICA_FORM */
    HISTORY_DAY = 19100,
    HISTORY_DAYS = 3,
    HISTORY_ALL_OPS = HISTORY_DEVICES * HISTORY_CHANGES * HISTORY_OPS,
};

/* A dot as the model names it. */
struct history_at {
    int device, seq, op;
};

struct history_op {
    enum wsync_kind kind;
    bool creates;
    struct history_at record, other;
    struct history_at bases[HISTORY_BASES];
    size_t base_count;
    bool writes[HISTORY_FIELDS], blank[HISTORY_FIELDS];
    int64_t values[HISTORY_FIELDS];
};

struct history_change {
    struct history_op ops[HISTORY_OPS];
    size_t op_count;
    int64_t stamp;
};

/* A history: what was written, and as logs. */
struct history {
    uint64_t random;
    struct history_change changes[HISTORY_DEVICES][HISTORY_CHANGES + 1];
    int seq[HISTORY_DEVICES];
    struct forge forges[HISTORY_DEVICES];
    struct history_at references[HISTORY_DEVICES][HISTORY_CHANGES * HISTORY_DEVICES];
    size_t reference_count[HISTORY_DEVICES];
};

/* A history of the wards' devices, enrolled at the version behind the district's own; the same
 * for the same seed.  Freed with `free`. */
struct history *history_new(const struct replica *wards,
                            const struct installation *installation, uint64_t seed);
void history_free(struct history *history);

/* The next number of the history's generator, below `below`. */
uint64_t history_draw(struct history *history, uint64_t below);

/* Walks over the operations of a view (how many changes of each device), from HISTORY_START. */
#define HISTORY_START ((struct history_at){0, 1, -1})
bool history_next(const struct history *history, const int *view, struct history_at *at);
const struct history_op *history_op(const struct history *history, struct history_at at);

/* What the model says of a record in a view: the live values of a field (0: the marks), at most
 * HISTORY_ALL_OPS; the one shown of them (false: none); its liveness. */
size_t history_live(const struct history *history, const int *view, struct history_at record,
                    int field, struct history_at *values);
bool history_shown(const struct history *history, const int *view, struct history_at record,
                   int field, struct history_at *shown);
enum wsync_life history_life(const struct history *history, const int *view,
                             struct history_at record, bool *contested);

#endif
