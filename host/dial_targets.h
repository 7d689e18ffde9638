/* SPDX-License-Identifier: Apache-2.0 */
/* dial_targets.h: under which keys, and where, a ward looks for its district.
 *
 * The roster says it: the endpoint to use first first, then the one before.  What site.conf
 * says is tried as well, since it is known to have worked and people may change it; never a key
 * that neither of them names. */
#ifndef WARDSYNC_HOST_DIAL_TARGETS_H
#define WARDSYNC_HOST_DIAL_TARGETS_H

#include "host/site.h"

enum { WSYNC_DIAL_TARGETS_MAX = WSYNC_ENDPOINTS_MAX + 1 };

struct wsync_dial_target {
    struct wsync_transport_key key;
    char addresses[WSYNC_ADDRESSES_MAX][WSYNC_ADDRESS_BYTES_MAX + 1];
    size_t address_count; /* at least 1 */
};

/* Fills in the targets in the order to try them; how many.  Without a roster, or when it cannot
 * be read, that is the one of site.conf. */
size_t wsync_dial_targets(struct wsync_site *site,
                          struct wsync_dial_target targets[WSYNC_DIAL_TARGETS_MAX]);

#endif
