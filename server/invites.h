/* SPDX-License-Identifier: Apache-2.0 */
/* invites.h: the invites that are still open: nobody has used them, and their time is not over.
 */
#ifndef WARDSYNC_SERVER_INVITES_H
#define WARDSYNC_SERVER_INVITES_H

#include "host/site.h"
#include "wardsync/enrol.h"

/* The open invite behind `*key` (all zero: the first), which becomes its key; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err server_invite_after(struct wsync_txn *txn, int64_t now,
                                                  struct wsync_transport_key *key,
                                                  struct wsync_invite_row *row);

/* How people name one: the first digits of its id, as the admin log does. */
enum { SERVER_INVITE_NAME_BYTES = 9 };
const char *server_invite_name(const struct wsync_invite_row *row,
                               char name[SERVER_INVITE_NAME_BYTES]);

#endif
