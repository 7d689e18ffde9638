/* SPDX-License-Identifier: Apache-2.0 */
/* blob_book.h: which attachments the records name, which of them are to come here, and which a
 * ward still has to give (SPEC section 18.2).
 *
 * Names follow from the state like totals do.  What is to be done is of this store alone: rows
 * come with a name and go when it was done; one that no live record names any more is passed
 * over, and removed in a write transaction. */
#ifndef WARDSYNC_BLOB_BOOK_H
#define WARDSYNC_BLOB_BOOK_H

#include "wardsync/blob.h"
#include "wardsync/record.h"
#include "wardsync/roster.h"

/* Does a live record of a scope that `reader` (NULL: of any) may read name it? */
WSYNC_MUST_USE enum wsync_err wsync_blob_is_named(struct wsync_txn *txn,
                                                  const struct wsync_blob_name *name,
                                                  const struct wsync_device *reader,
                                                  uint32_t top, bool *named);

/* The next attachment behind `*name` ({0}: the first) that a live record names; each once.
 * NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_blob_next_named(struct wsync_txn *txn,
                                                    struct wsync_blob_name *name);

/* ---- what is to come ---- */

#define WSYNC_BLOB_WISHED 0U
struct wsync_blob_wanted {
    uint32_t log_no; /* that named it; WSYNC_BLOB_WISHED: somebody here asked for it */
    struct wsync_blob_name name;
};

/* The next attachment behind `*wanted` in the order of logs and names ({0}: the first) that is
 * wanted here and that nobody refused; `of_log`: of that log alone.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_blob_next_wanted(struct wsync_txn *txn, bool of_log,
                                                     struct wsync_blob_wanted *wanted);

/* Is it to come, as that log names it or somebody wished; or was it asked for, and whoever
 * should have it has it not (`*refused`)? */
WSYNC_MUST_USE enum wsync_err wsync_blob_is_wanted(struct wsync_txn *txn,
                                                   const struct wsync_blob_wanted *by,
                                                   bool *wanted, bool *refused);

/* Asks for one that a live record names and nobody would fetch by itself; NOT_FOUND when none
 * names it. */
WSYNC_MUST_USE enum wsync_err wsync_blob_wish(struct wsync_txn *txn,
                                              const struct wsync_blob_name *name);

/* What was here is lost: the device that wrote the log is asked for it again. */
WSYNC_MUST_USE enum wsync_err wsync_blob_missing(struct wsync_txn *txn, uint32_t log_no,
                                                 const struct wsync_blob_name *name);

/* The same at the district for what was here: of every log that names it, as far as its first
 * records in each scope tell. */
WSYNC_MUST_USE enum wsync_err wsync_blob_lost(struct wsync_txn *txn, struct wsync_arena *arena,
                                              const struct wsync_blob_name *name);

/* It is whole here, or (`there` false) whoever should have it does not: not asked for again
 * before somebody offers it. */
WSYNC_MUST_USE enum wsync_err wsync_blob_settle(struct wsync_txn *txn,
                                                const struct wsync_blob_wanted *wanted,
                                                bool there);

/* ---- what a ward has to give ---- */

/* The next one behind `*name` ({0}: the first) that this device named and the district did not
 * confirm.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_blob_next_to_give(struct wsync_txn *txn,
                                                      struct wsync_blob_name *name);

/* The district confirmed that it holds it, or (`held` false) asked for it again. */
WSYNC_MUST_USE enum wsync_err wsync_blob_note_held(struct wsync_txn *txn,
                                                   const struct wsync_blob_name *name,
                                                   bool held);
WSYNC_MUST_USE enum wsync_err wsync_blob_is_held(struct wsync_txn *txn,
                                                 const struct wsync_blob_name *name,
                                                 bool *held);

/* ---- for people ---- */

struct wsync_blob_sum {
    uint64_t count, bytes;
};
struct wsync_blob_sums {
    struct wsync_blob_sum named, to_give, wanted;
};
/* Of what came by another way and of what is lost here the rows may remain: neither what is
 * whole in `blobs` (NULL: nothing is known) waits to come, nor what is not to be given. */
WSYNC_MUST_USE enum wsync_err wsync_blob_sums(struct wsync_txn *txn, struct wsync_blobs *blobs,
                                              struct wsync_blob_sums *sums);

#endif
