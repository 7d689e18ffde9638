/* SPDX-License-Identifier: Apache-2.0 */
/* blob_quota.h: how much of attachments the district takes of one device (SPEC section 18.3).
 *
 * Counted are those that were begun: by their first chunk, which makes a draft of it, and with
 * all of their bytes.  What is beyond waits and is taken on another day; records never wait. */
#ifndef WARDSYNC_BLOB_QUOTA_H
#define WARDSYNC_BLOB_QUOTA_H

#include "wardsync/blob_book.h"
#include "wardsync/ledger.h"

/* May one more be begun now that the device gives?  Drafts of it that nothing names any more
 * are forgotten for that.  A refusal is noted for people. */
WSYNC_MUST_USE enum wsync_err wsync_blob_may_begin(const struct wsync_ledger *ledger,
                                                   struct wsync_txn *txn,
                                                   const struct wsync_device_id *device,
                                                   const struct wsync_blob_name *name,
                                                   bool *may);

/* Its first chunk came from the device: it is a draft of that device now. */
WSYNC_MUST_USE enum wsync_err wsync_blob_note_begun(const struct wsync_ledger *ledger,
                                                    struct wsync_txn *txn,
                                                    const struct wsync_device_id *device,
                                                    const struct wsync_blob_name *name);

/* The device is asked to go on with what is here in part: a draft of it, too. */
WSYNC_MUST_USE enum wsync_err wsync_blob_note_giver(struct wsync_txn *txn,
                                                    const struct wsync_device_id *device,
                                                    const struct wsync_blob_name *name);

/* It is whole, or (`whole` false) the device has it not any more: then a draft that no other
 * device gives is forgotten. */
WSYNC_MUST_USE enum wsync_err wsync_blob_note_ended(const struct wsync_ledger *ledger,
                                                    struct wsync_txn *txn,
                                                    const struct wsync_device_id *device,
                                                    const struct wsync_blob_name *name,
                                                    bool whole);

/* The next draft behind `*name` ({0}: the first) that the device gave a part of.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_blob_next_draft(struct wsync_txn *txn,
                                                    const struct wsync_device_id *device,
                                                    struct wsync_blob_name *name);

/* How many devices were refused one on the day of `time`. */
WSYNC_MUST_USE enum wsync_err wsync_blob_over(struct wsync_txn *txn, int64_t time,
                                              uint64_t *devices);

#endif
