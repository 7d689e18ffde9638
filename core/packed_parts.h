/* SPDX-License-Identifier: Apache-2.0 */
/* packed_parts.h: the two halves of a packed frame's body (SPEC section 17).
 *
 * packed.c writes and reads what stands beside the changes, packed_changes.c the changes. */
#ifndef WARDSYNC_CORE_PACKED_PARTS_H
#define WARDSYNC_CORE_PACKED_PARTS_H

#include "core/bytes.h"
#include "wardsync/packed.h"

/* Writes genesis and changes of the set; salts and hashes, which no compressor makes smaller,
 * go to `raw`. */
void wsync_changes_write(const struct wsync_change_set *set, struct wsync_writer *changes,
                         struct wsync_writer *raw);

/* Reads them into the set, whose `first` is known.  MESSAGE, OVERSIZE for too many changes,
 * MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_changes_read(struct wsync_slice changes,
                                                 struct wsync_slice raw,
                                                 struct wsync_arena *arena,
                                                 struct wsync_change_set *set);

#endif
