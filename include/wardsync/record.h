/* SPDX-License-Identifier: Apache-2.0 */
/* record.h: one record in memory: its live values, and how operations change them (SPEC
 * section 10).
 *
 * A field is a multi-value register: writing adds a value under the operation's dot, naming a
 * dot as base takes the value of that dot away.  One live value is the value; several are a
 * conflict, of which one is shown.  Field 0 holds the marks of liveness. */
#ifndef WARDSYNC_RECORD_H
#define WARDSYNC_RECORD_H

#include "wardsync/arena.h"
#include "wardsync/form.h"
#include "wardsync/log.h"
#include "wardsync/payload.h"

enum { WSYNC_LIVENESS_FIELD = 0 };

/* A live value.  In field 0 the value is a list: kind (enum wsync_kind), the dot of the record
 * that counts (zeros for a delete), then the dots the operation named, three numbers each. */
struct wsync_live {
    uint32_t field;
    struct wsync_dot dot;
    int64_t stamp;
    struct wsync_value value;
};

/* Who wrote a log; ranks values of several logs. */
struct wsync_author {
    uint32_t log_no;
    struct wsync_log_id log;
    struct wsync_device_id device;
};

struct wsync_record {
    struct wsync_dot id;
    uint32_t form, version; /* as created */
    uint32_t scope;
    struct wsync_live *live; /* ascending by field, then in no order */
    size_t live_count, live_size;
    struct wsync_author *authors; /* of the live values, when there are several logs */
    size_t author_count;
};

enum wsync_life {
    WSYNC_LIFE_ALIVE,
    WSYNC_LIFE_DELETED,
    WSYNC_LIFE_DUPLICATE, /* counts as another record */
};

/* The record as the store holds it, with room for `room` more values.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_record_get(struct wsync_txn *txn, struct wsync_dot id,
                                               size_t room, struct wsync_arena *arena,
                                               struct wsync_record *record);

/* What judging needs to know of a record. */
struct wsync_outline {
    uint32_t form, scope;
    bool crowded; /* its values are too many, or its row too long, to take another change */
    bool marked;  /* somebody deleted it or called it a duplicate: see wsync_record_life */
};

/* Of the record as the store holds it, without a look at its values: NOT_FOUND; of one in
 * memory. */
WSYNC_MUST_USE enum wsync_err wsync_record_look(struct wsync_txn *txn, struct wsync_dot id,
                                                struct wsync_outline *outline);
struct wsync_outline wsync_record_outline(const struct wsync_record *record);

/* Writes the row. */
WSYNC_MUST_USE enum wsync_err wsync_record_put(struct wsync_txn *txn,
                                               const struct wsync_record *record,
                                               struct wsync_arena *arena);

/* The first record at or after `from` in the order (log number, seq, operation). */
WSYNC_MUST_USE enum wsync_err wsync_record_seek(struct wsync_txn *txn, struct wsync_dot from,
                                                struct wsync_arena *arena,
                                                struct wsync_record *record);

/* The key of a record in every table that names records.  What a damaged row has in its place,
 * too short, names log number 0, where no record is. */
enum { WSYNC_RECORD_KEY_BYTES = 14 };
struct wsync_slice wsync_record_key(struct wsync_dot id, uint8_t key[WSYNC_RECORD_KEY_BYTES]);
struct wsync_dot wsync_record_of_key(struct wsync_slice key);

/* Adds a value.  MEMORY when the record was loaded without room. */
WSYNC_MUST_USE enum wsync_err wsync_record_add(struct wsync_record *record,
                                               const struct wsync_live *value);

/* Learns who wrote the live values, so that they can be ranked: after values were added. */
WSYNC_MUST_USE enum wsync_err wsync_record_rank(struct wsync_txn *txn,
                                                struct wsync_arena *arena,
                                                struct wsync_record *record);

/* The shown value of a field: of several, the last by (stamp, device, log, seq).  NULL when the
 * field was never written.  `*count` (may be NULL) is the number of live values. */
const struct wsync_live *wsync_record_shown(const struct wsync_record *record, uint32_t field,
                                            size_t *count);

/* The liveness shown, and whether delete marks and values contradict each other: a delete that
 * leaves a live value unnamed counts as alive until resolved.  `*other` gets the record a
 * duplicate counts as. */
enum wsync_life wsync_record_life(const struct wsync_record *record, bool *contested,
                                  struct wsync_dot *other);

/* Does any field hold several values, or is the liveness contested? */
bool wsync_record_in_conflict(const struct wsync_record *record);

#endif
