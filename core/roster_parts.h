/* SPDX-License-Identifier: Apache-2.0 */
/* roster_parts.h: what the parts of the roster share: roster.c takes statements, device.c keeps
 * the rows of devices, pins.c those of pins. */
#ifndef WARDSYNC_CORE_ROSTER_PARTS_H
#define WARDSYNC_CORE_ROSTER_PARTS_H

#include "wardsync/roster.h"

/* Writes the row of a device, and with it the keys in force that lead to it. */
WSYNC_MUST_USE enum wsync_err wsync_device_put(struct wsync_txn *txn,
                                               const struct wsync_device *device);

/* Pins of a rotation, and those of a revocation or suspension.  A pin that is there is never
 * raised; a device that is suspended already gets none for what its suspension left without. */
WSYNC_MUST_USE enum wsync_err wsync_pins_close(struct wsync_txn *txn, uint64_t version,
                                               const struct wsync_rotation *rotation);
WSYNC_MUST_USE enum wsync_err wsync_pins_remove(struct wsync_txn *txn, uint64_t version,
                                                const struct wsync_revocation *revoke,
                                                bool suspended);
/* Forgets the pins of a suspension. */
WSYNC_MUST_USE enum wsync_err wsync_pins_lift(struct wsync_txn *txn,
                                              const struct wsync_device_id *device);

#endif
