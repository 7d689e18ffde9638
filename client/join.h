/* SPDX-License-Identifier: Apache-2.0 */
/* join.h: the parts of becoming a member. */
#ifndef WARDSYNC_CLIENT_JOIN_H
#define WARDSYNC_CLIENT_JOIN_H

#include "client/commands.h"
#include "wardsync/roster.h"

/* Joins by a grant file, with no link; answers the exit code. */
int client_join_grant(struct wsync_cli *cli, const char *path);

#endif
