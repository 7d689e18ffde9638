/* SPDX-License-Identifier: Apache-2.0 */
/* join.h: the parts of becoming a member. */
#ifndef WARDSYNC_CLIENT_JOIN_H
#define WARDSYNC_CLIENT_JOIN_H

#include "client/commands.h"
#include "host/dial.h"
#include "wardsync/enrol.h"

/* Joins by a grant file, with no link; answers the exit code. */
int client_join_grant(struct wsync_cli *cli, const char *path);

/* Lets an existing store go on as a new device; answers the exit code. */
int client_rejoin(struct wsync_cli *cli, const char *text, const struct wsync_invite *invite);

/* Takes from an invite where to dial and under which key. */
WSYNC_MUST_USE enum wsync_err client_conf_of(const struct wsync_invite *invite,
                                             struct wsync_site_conf *conf,
                                             struct wsync_error *error);

/* Asks the district to enrol the site's keys. */
WSYNC_MUST_USE enum wsync_err client_apply(struct wsync_site *site,
                                           const struct wsync_invite *invite,
                                           struct wsync_dial_result *result,
                                           struct wsync_error *error);

/* The first sync of a new member; answers the exit code. */
int client_first_sync(struct wsync_cli *cli, struct wsync_site *site);

#endif
