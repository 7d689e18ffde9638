/* SPDX-License-Identifier: Apache-2.0 */
/* place.h: where the things of an installed service are.
 *
 *   /var/lib/wardsync/NAME       its data directory: NAME is "ward" or "district"
 *   /var/lib/wardsync-state      the notes beside it (canary.h)
 *   /etc/wardsync/NAME.conf      what an admin sets for it, below its site.conf (site_conf.h)
 *
 * All of it follows from the data directory, so a command by hand finds what the service finds:
 * under the service's account, whose home is /var/lib/wardsync, without a word about it. */
#ifndef WARDSYNC_HOST_PLACE_H
#define WARDSYNC_HOST_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#define WSYNC_PLACE_HOME "/var/lib/wardsync"
#define WSYNC_PLACE_STATE "/var/lib/wardsync-state"

enum { WSYNC_PLACE_BYTES = 64 };

/* Is the path a data directory of the service? */
bool wsync_place_is_service(const char *data_dir);

/* The machine's configuration for the data directory that the site.conf at this path is of;
 * false when that is none of the service's. */
bool wsync_place_conf(const char *site_conf, char file[WSYNC_PLACE_BYTES]);

#endif
