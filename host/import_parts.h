/* SPDX-License-Identifier: Apache-2.0 */
/* import_parts.h: the rows of WSYNC_TABLE_IMPORTS and what the parts of import.h share.
 *
 *   'I' import               -> what is known of an import
 *   'K' space, key           -> the record a table's row became, its import and its content
 *   'R' import, record       -> space and key, and the row of the table
 *
 * `space` stands for form, source and key column; a key and a content are hashes.  Internal to
 * host/import*.c. */
#ifndef WARDSYNC_HOST_IMPORT_PARTS_H
#define WARDSYNC_HOST_IMPORT_PARTS_H

#include "host/import.h"
#include "host/mapping.h"
#include "wardsync/record.h"

enum { WSYNC_IMPORT_SPACE_BYTES = 8, WSYNC_IMPORT_HASH_BYTES = 16 };

struct wsync_import_key {
    uint8_t b[WSYNC_IMPORT_SPACE_BYTES + WSYNC_IMPORT_HASH_BYTES];
};

struct wsync_import_content {
    uint8_t b[WSYNC_IMPORT_HASH_BYTES];
};

/* What a key became. */
struct wsync_import_known {
    uint32_t import, scope;
    uint64_t row;
    struct wsync_dot record;
    struct wsync_import_content content;
};

WSYNC_MUST_USE enum wsync_err wsync_import_get(struct wsync_txn *txn, uint32_t number,
                                               struct wsync_import *import);
WSYNC_MUST_USE enum wsync_err wsync_import_put(struct wsync_txn *txn,
                                               const struct wsync_import *import);
/* The first import whose number is above `after`. */
WSYNC_MUST_USE enum wsync_err wsync_import_after(struct wsync_txn *txn, uint32_t after,
                                                 struct wsync_import *import);
/* The number a new import gets. */
WSYNC_MUST_USE enum wsync_err wsync_import_next(struct wsync_txn *txn, uint32_t *number);

/* Looks a key up; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_import_know(struct wsync_txn *txn,
                                                const struct wsync_import_key *key,
                                                struct wsync_import_known *known);
/* Remembers what a key became, under the key and under the import. */
WSYNC_MUST_USE enum wsync_err wsync_import_learn(struct wsync_txn *txn,
                                                 const struct wsync_import_key *key,
                                                 const struct wsync_import_known *known);

/* A record of an import. */
struct wsync_import_made {
    struct wsync_dot record;
    uint64_t row;
    struct wsync_import_key key;
};
/* The first record of the import behind `after` (log_no 0: the first). */
WSYNC_MUST_USE enum wsync_err wsync_import_made_after(struct wsync_txn *txn, uint32_t import,
                                                      struct wsync_dot after,
                                                      struct wsync_import_made *made);
WSYNC_MUST_USE enum wsync_err wsync_import_forget(struct wsync_txn *txn, uint32_t import,
                                                  const struct wsync_import_made *made);

/* Hashes.  The key is the text of the key column or, without one, the content. */
void wsync_import_space(const struct wsync_plan *plan, uint8_t space[WSYNC_IMPORT_SPACE_BYTES]);
struct wsync_import_content wsync_import_content_of(const struct wsync_write *writes,
                                                    size_t write_count);
struct wsync_import_key wsync_import_key_of(const uint8_t space[WSYNC_IMPORT_SPACE_BYTES],
                                            const struct wsync_plan_row *row,
                                            const struct wsync_import_content *content);

/* The rows whose keys this run has met: an open table of 2^n places. */
struct wsync_import_seen {
    struct wsync_import_place {
        uint64_t key; /* 0: free */
        uint64_t row;
    } *places;
    size_t size, used;
};
/* The row that had this key before, 0 when it is new (and now kept).  MEMORY; OVERSIZE beyond
 * WSYNC_IMPORT_ROWS_MAX. */
WSYNC_MUST_USE enum wsync_err wsync_import_see(struct wsync_import_seen *seen,
                                               const struct wsync_import_key *key, uint64_t row,
                                               uint64_t *before);
void wsync_import_seen_fini(struct wsync_import_seen *seen);

/* A row on its way into the store. */
struct wsync_import_entry {
    uint64_t row, line;
    struct wsync_plan_row read;
    struct wsync_import_key key;
    struct wsync_import_content content;
    bool added; /* in the transaction that is open */
    bool faulty;
};

/* An import at work. */
struct wsync_import_desk {
    struct wsync_site *site;
    const struct wsync_import_options *options;
    struct wsync_import_summary *summary;
    struct wsync_arena lasting, rows; /* for the run; for a batch */
    struct wsync_mapping mapping;
    struct wsync_form form;
    struct wsync_plan plan;
    uint8_t space[WSYNC_IMPORT_SPACE_BYTES];
    uint32_t scope;
    struct wsync_import import; /* number 0: nothing added yet */
    struct wsync_import_seen seen;
    struct wsync_import_entry batch[WSYNC_IMPORT_BATCH_ROWS];
    size_t batch_count;
};

/* What the table is called: its path where nothing else was said. */
const char *wsync_import_title(const struct wsync_import_options *options);

/* Makes the entry faulty, as a whole or in its key column. */
WSYNC_MUST_USE enum wsync_err wsync_import_fault(struct wsync_import_desk *desk,
                                                 struct wsync_import_entry *entry,
                                                 const char *reason);

/* Saves the batch, counts it, tells its findings, and empties it.  `last`: the table ends here.
 * On an error nothing of the batch is saved or told. */
WSYNC_MUST_USE enum wsync_err wsync_import_flush(struct wsync_import_desk *desk, bool last,
                                                 struct wsync_error *error);

#endif
