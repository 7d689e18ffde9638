/* SPDX-License-Identifier: Apache-2.0 */
/* issue.h: statements that the keys on this machine may sign. */
#ifndef WARDSYNC_SERVER_ISSUE_H
#define WARDSYNC_SERVER_ISSUE_H

#include "host/site.h"
#include "wardsync/roster.h"

/* Stamps, signs and takes it in the open transaction. */
WSYNC_MUST_USE enum wsync_err server_issue(struct wsync_site *site,
                                           struct wsync_statement *statement,
                                           struct wsync_error *error);

#endif
