/* SPDX-License-Identifier: Apache-2.0 */
/* campaign.h: the units and forms that the program is shipped with. */
#ifndef WARDSYNC_SERVER_CAMPAIGN_H
#define WARDSYNC_SERVER_CAMPAIGN_H

#include "host/site.h"

/* The word that names them to `district init`. */
#define SERVER_CAMPAIGN "campaign"

/* Where "units.csv" or "forms" of it is: in ../share/wardsync/campaign beside the program, or
 * in the source tree that it was built in.  False: nowhere. */
bool server_campaign_path(const char *name, char path[WSYNC_SITE_PATH_BYTES]);

/* The same, and this process may read it whoever had it run (given.h); the path stays. */
WSYNC_MUST_USE enum wsync_err server_campaign_open(const char *name, const char **path,
                                                   struct wsync_error *error);

#endif
