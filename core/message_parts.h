/* SPDX-License-Identifier: Apache-2.0 */
/* message_parts.h: pieces that several messages share, in both directions. */
#ifndef WARDSYNC_CORE_MESSAGE_PARTS_H
#define WARDSYNC_CORE_MESSAGE_PARTS_H

#include "core/pb.h"
#include "session.pb-c.h"
#include "wardsync/checkpoint.h"
#include "wardsync/message.h"

void wsync_head_write(const struct wsync_head *head, Wardsync__Head *message);
WSYNC_MUST_USE bool wsync_head_read(const Wardsync__Head *message, struct wsync_head *head);

/* Lists of heads: MESSAGE when they do not ascend. */
WSYNC_MUST_USE enum wsync_err wsync_heads_write(const struct wsync_head *heads, size_t count,
                                                struct wsync_arena *arena,
                                                Wardsync__Head ***pointers);
WSYNC_MUST_USE enum wsync_err wsync_heads_read(Wardsync__Head *const *messages, size_t count,
                                               struct wsync_arena *arena,
                                               const struct wsync_head **heads);

void wsync_checkpoint_write(const struct wsync_checkpoint *from, Wardsync__Checkpoint *message);
/* NULL reads as "none". */
WSYNC_MUST_USE bool wsync_checkpoint_read(const Wardsync__Checkpoint *message,
                                          struct wsync_checkpoint *checkpoint);

WSYNC_MUST_USE enum wsync_err wsync_set_encode(const struct wsync_change_set *set,
                                               struct wsync_arena *arena,
                                               struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_set_decode(struct wsync_slice bytes,
                                               struct wsync_arena *arena,
                                               struct wsync_change_set *set);

/* message_receipt.c */
WSYNC_MUST_USE enum wsync_err wsync_prove_encode(const struct wsync_prove *prove,
                                                 struct wsync_arena *arena,
                                                 struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_prove_decode(struct wsync_slice bytes,
                                                 struct wsync_arena *arena,
                                                 struct wsync_prove *prove);

/* Welcome's word about attachments. */
enum { BLOBS_MOVED = 1, BLOBS_WANTED = 2 };

/* message_blob.c: BlobWant, BlobChunk, BlobOffer. */
WSYNC_MUST_USE enum wsync_err wsync_blob_encode(const struct wsync_message *message,
                                                struct wsync_arena *arena,
                                                struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_blob_decode(struct wsync_slice bytes,
                                                struct wsync_arena *arena,
                                                struct wsync_message *message);

#endif
