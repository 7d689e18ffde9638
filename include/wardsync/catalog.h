/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.h: the forms and units that the district's log brought here (SPEC section 8).
 *
 * Both are records of built-in forms; this module keeps the tables that find them by number and
 * day, and a cache of decoded form versions. */
#ifndef WARDSYNC_CATALOG_H
#define WARDSYNC_CATALOG_H

#include "wardsync/form.h"
#include "wardsync/record.h"

enum { WSYNC_CATALOG_FORMS_MAX = 64, WSYNC_CATALOG_BYTES = 1 << 20 };

/* Decoded form versions.  About 1 MiB: allocate it, do not put it on the stack. */
struct wsync_catalog {
    _Alignas(16) uint8_t block[WSYNC_CATALOG_BYTES];
    struct wsync_arena arena;
    struct wsync_form forms[WSYNC_CATALOG_FORMS_MAX];
    uint64_t times[WSYNC_CATALOG_FORMS_MAX]; /* how often forms had been made anew by then */
    size_t form_count;
};

/* Built-in fields of the unit, form, staff and verdict records. */
enum {
    WSYNC_UNIT_ID = 1,
    WSYNC_UNIT_LEVEL = 2,
    WSYNC_UNIT_CODE = 3,
    WSYNC_UNIT_NAME = 4,
    WSYNC_UNIT_PARENT = 5,
    WSYNC_UNIT_FROM = 6,
    WSYNC_UNIT_TO = 7,
    WSYNC_FORM_NUMBER = 1,
    WSYNC_FORM_VERSION = 2,
    WSYNC_FORM_DEFINITION = 3,
    WSYNC_STAFF_NUMBER = 1,
    WSYNC_STAFF_NAME = 2,
    WSYNC_VERDICT_LOG = 1,
    WSYNC_VERDICT_SEQ = 2,
    WSYNC_VERDICT_HASH = 3,
    WSYNC_VERDICT_DECISION = 4,
    WSYNC_VERDICT_REASON = 5,
    WSYNC_VERDICT_NOTE = 6,
};

/* What a unit is on one day. */
struct wsync_unit {
    uint32_t id, parent; /* parent 0: none */
    int64_t level;       /* 1 district, 2 ward, 3 group */
    struct wsync_slice code, name;
    int32_t from_day, to_day; /* WSYNC_NO_DAY: open */
};

void wsync_catalog_init(struct wsync_catalog *catalog);

/* The decoded form version; it holds until `forget`.  NOT_FOUND when the district's log has not
 * brought it. */
WSYNC_MUST_USE enum wsync_err wsync_catalog_form(struct wsync_catalog *catalog,
                                                 struct wsync_txn *txn, uint32_t number,
                                                 uint32_t version,
                                                 const struct wsync_form **form);

/* The newest version of a form; of the form with this name; of the first form whose number is
 * above `after` (for lists; built-in forms are not listed).  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_catalog_newest(struct wsync_catalog *catalog,
                                                   struct wsync_txn *txn, uint32_t number,
                                                   const struct wsync_form **form);
WSYNC_MUST_USE enum wsync_err wsync_catalog_named(struct wsync_catalog *catalog,
                                                  struct wsync_txn *txn,
                                                  struct wsync_slice name,
                                                  const struct wsync_form **form);
WSYNC_MUST_USE enum wsync_err wsync_catalog_after(struct wsync_catalog *catalog,
                                                  struct wsync_txn *txn, uint32_t after,
                                                  const struct wsync_form **form);

/* The record that brought a form version: who published it, and when, is its history. */
WSYNC_MUST_USE enum wsync_err wsync_catalog_record(struct wsync_txn *txn, uint32_t number,
                                                   uint32_t version, struct wsync_dot *record);

/* Drops what was decoded in a transaction that did not last. */
void wsync_catalog_forget(struct wsync_catalog *catalog);

/* Drops what was decoded when little room is left, so that the next thirty or so form versions
 * hold side by side: for who begins something, and holds none yet. */
void wsync_catalog_make_room(struct wsync_catalog *catalog);

/* Forms are made anew from here on: whoever decoded one, in this process or another one, reads
 * it again when it asks next. */
WSYNC_MUST_USE enum wsync_err wsync_catalog_renew(struct wsync_txn *txn);

/* Takes note of a record of a built-in form: `before` is NULL for a new one.  Other forms are
 * none of its business.  VALUE when a form definition is not legal or not the one its fields
 * name (asked before anything is written, by `judge`). */
WSYNC_MUST_USE enum wsync_err wsync_catalog_judge(const struct wsync_operation *operation,
                                                  struct wsync_arena *arena);
WSYNC_MUST_USE enum wsync_err wsync_catalog_learn(struct wsync_txn *txn,
                                                  const struct wsync_record *before,
                                                  const struct wsync_record *after);

/* The unit as it is on `day`; on a day without a row, its nearest earlier row, else its first
 * (of several of one day the smallest record by log id, seq, operation).  NOT_FOUND for an id
 * that no row names. */
WSYNC_MUST_USE enum wsync_err wsync_unit_on(struct wsync_txn *txn, uint32_t id, int32_t day,
                                            struct wsync_arena *arena, struct wsync_unit *unit);

/* The first unit above `after` in the order of ids (0: the first), as it is on `day`. */
WSYNC_MUST_USE enum wsync_err wsync_unit_after(struct wsync_txn *txn, uint32_t after,
                                               int32_t day, struct wsync_arena *arena,
                                               struct wsync_unit *unit);

/* Is `id` the unit `top` or below it on `day`?  At most WSYNC_UNIT_DEPTH_MAX steps. */
WSYNC_MUST_USE enum wsync_err wsync_unit_within(struct wsync_txn *txn, uint32_t id,
                                                uint32_t top, int32_t day,
                                                struct wsync_arena *arena);

#endif
