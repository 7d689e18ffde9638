/* SPDX-License-Identifier: Apache-2.0 */
/* blobs_mem.h: attachments in memory for tests and the simulator: what blob.h says, plus power
 * cuts and planned faults. */
#ifndef WARDSYNC_TESTS_BLOBS_MEM_H
#define WARDSYNC_TESTS_BLOBS_MEM_H

#include "wardsync/blob.h"

/* Nothing in it; ends with wsync_blobs_close.  Running out of memory ends the test program. */
struct wsync_blobs *wsync_blobs_mem_new(void);

/* What was not synced is gone, as after a power cut. */
void wsync_blobs_mem_cut(struct wsync_blobs *blobs);

/* The same, but of `of` chunks in a row that were not synced `some` says how many got there:
 * from the first on, for those behind a torn one do not count. */
void wsync_blobs_mem_tear(struct wsync_blobs *blobs,
                          uint64_t (*some)(void *context, uint64_t of), void *context);

/* How many chunks, from the first on, no power cut takes away. */
uint32_t wsync_blobs_mem_durable(const struct wsync_blobs *blobs,
                                 const struct wsync_blob_name *name);

/* Puts in place of all that is in `to` what is in `from`, as from a backup. */
void wsync_blobs_mem_copy(struct wsync_blobs *to, const struct wsync_blobs *from);

/* The `nth` put, sync or finish (of STORE_FULL: put) from now on (1: the next; 0: none) answers
 * `err` and does nothing. */
void wsync_blobs_mem_fail_at(struct wsync_blobs *blobs, unsigned nth, enum wsync_err err);

/* Spoils one byte of a chunk that is kept. */
void wsync_blobs_mem_spoil(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           uint32_t index);

/* The disk reads no chunk of it any more (STORE_IO). */
void wsync_blobs_mem_refuse(struct wsync_blobs *blobs, const struct wsync_blob_name *name);

/* Forgets a blob, whole or not, as when its file was lost. */
void wsync_blobs_mem_lose(struct wsync_blobs *blobs, const struct wsync_blob_name *name);

/* Is something here that no sync made durable? */
bool wsync_blobs_mem_is_dirty(const struct wsync_blobs *blobs);

#endif
