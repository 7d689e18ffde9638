/* SPDX-License-Identifier: Apache-2.0 */
/* parcel_desk.h: the side that is asked: takes parcels in and gives answers out, at a relay and
 * at the district alike.
 *
 * A number alone names nothing: anybody may write one on a file.  What a device is told of a
 * parcel, and goes on with, is the one that it handed in itself. */
#ifndef WARDSYNC_HOST_PARCEL_DESK_H
#define WARDSYNC_HOST_PARCEL_DESK_H

#include "host/parcels.h"

struct wsync_parcel_desk {
    const char *dir; /* of the site */
    /* Told of a parcel that has just become whole and durable; says what became of it:
     * HELD, ANSWERED, REFUSED for good, or UNKNOWN: not now, and it is gone.  NULL: it waits to
     * be handed on. */
    enum wsync_parcel_state (*whole)(void *context, const struct wsync_parcels_item *item);
    /* Asked of one that is not here: was it refused since it was HELD?  `told`: its device
     * hears of it now, and it may be forgotten.  NULL: none ever is. */
    bool (*refused)(void *context, const struct wsync_parcels_item *item, bool told);
    void *context;
};

/* Takes a request of a device that the roster allows and writes the reply into `out`, which has
 * room for a frame.  An empty reply: it was no request. */
struct wsync_slice wsync_parcel_desk_reply(const struct wsync_parcel_desk *desk,
                                           const struct wsync_device_id *device,
                                           struct wsync_slice frame, uint8_t *out);

#endif
