/* SPDX-License-Identifier: Apache-2.0 */
/* parcel_post.h: the side that asks: hands parcels in at a relay or at the district and brings
 * their answers. */
#ifndef WARDSYNC_HOST_PARCEL_POST_H
#define WARDSYNC_HOST_PARCEL_POST_H

#include "host/link.h"
#include "host/parcels.h"

struct wsync_parcel_post {
    struct wsync_site *site;
    const char *const *addresses; /* tcp://host:port, tried in turn */
    size_t address_count;
    struct wsync_transport_key server;
    bool own; /* this device's parcels; else those that it carries for others */
};

struct wsync_parcel_posted {
    bool reached;
    enum wsync_link_reason reason; /* not reached, or cut: why */
    uint64_t handed_in;            /* parcels that are whole there now and were not */
    uint64_t answers;              /* that came */
    uint64_t refused;
    uint64_t bytes_out, bytes_in; /* of frames */
};

/* One conversation: hands in every parcel that waits here, takes every answer that waits there,
 * each kept durably before it is said to be.  Those that it carries for others go one after
 * the other, and it waits a while for the answer of each: the district takes its time.  An
 * error is ours; what stands between is told in `*posted`, and the next conversation goes on
 * from there. */
WSYNC_MUST_USE enum wsync_err wsync_parcel_post_run(const struct wsync_parcel_post *post,
                                                    struct wsync_parcel_posted *posted,
                                                    struct wsync_error *error);

/* Does anything wait to be handed in, of this device's own or of others? */
bool wsync_parcel_post_is_due(const struct wsync_site *site, bool own);

#endif
