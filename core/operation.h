/* SPDX-License-Identifier: Apache-2.0 */
/* operation.h: the bytes of one operation and of a change's private part (SPEC section 6). */
#ifndef WARDSYNC_CORE_OPERATION_H
#define WARDSYNC_CORE_OPERATION_H

#include "wardsync/payload.h"

WSYNC_MUST_USE enum wsync_err wsync_operation_encode(const struct wsync_operation *operation,
                                                     struct wsync_arena *arena,
                                                     struct wsync_slice *bytes);

/* The values of all personal writes of the draft, in order; empty when there are none. */
WSYNC_MUST_USE enum wsync_err wsync_private_encode(const struct wsync_draft *draft,
                                                   struct wsync_arena *arena,
                                                   struct wsync_slice *bytes);

#endif
