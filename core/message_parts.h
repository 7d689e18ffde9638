/* SPDX-License-Identifier: Apache-2.0 */
/* message_parts.h: pieces that several messages share, in both directions. */
#ifndef WARDSYNC_CORE_MESSAGE_PARTS_H
#define WARDSYNC_CORE_MESSAGE_PARTS_H

#include "core/pb.h"
#include "session.pb-c.h"
#include "wardsync/message.h"

void wsync_head_write(const struct wsync_head *head, Wardsync__Head *message);
WSYNC_MUST_USE bool wsync_head_read(const Wardsync__Head *message, struct wsync_head *head);

void wsync_checkpoint_write(const struct wsync_checkpoint *from, Wardsync__Checkpoint *message);
/* NULL reads as "none". */
WSYNC_MUST_USE bool wsync_checkpoint_read(const Wardsync__Checkpoint *message,
                                          struct wsync_checkpoint *checkpoint);
bool wsync_checkpoint_is_none(const struct wsync_checkpoint *checkpoint);

WSYNC_MUST_USE enum wsync_err wsync_set_encode(const struct wsync_change_set *set,
                                               struct wsync_arena *arena,
                                               struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_set_decode(struct wsync_slice bytes,
                                               struct wsync_arena *arena,
                                               struct wsync_change_set *set);

#endif
