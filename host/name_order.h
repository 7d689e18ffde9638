/* SPDX-License-Identifier: Apache-2.0 */
/* name_order.h: names in the order in which a list here has them (wsync_text_order_key). */
#ifndef WARDSYNC_HOST_NAME_ORDER_H
#define WARDSYNC_HOST_NAME_ORDER_H

#include "wardsync/arena.h"
#include "wardsync/error.h"

/* Fills `order`, with room for `count`, with the places of the names, the first of the list
 * first; alike ones stay as they are.  A text that is no UTF-8 comes last.  MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_name_order(const struct wsync_slice *names, size_t count,
                                               struct wsync_arena *arena, size_t *order);

#endif
