/* SPDX-License-Identifier: Apache-2.0 */
/* tlog.h: when a data directory of a district begins its transparency log, or another tree of
 * it (wardsync/tree.h). */
#ifndef WARDSYNC_HOST_TLOG_H
#define WARDSYNC_HOST_TLOG_H

#include "host/site.h"
#include "wardsync/desk.h"

/* Before the wards come: begins the log where there is none, and signs where it stands.  A desk
 * without the log key that the roster names does nothing: then no receipts are given, which is
 * noted in the journal. */
WSYNC_MUST_USE enum wsync_err wsync_tlog_begin(struct wsync_site *site,
                                               const struct wsync_desk *desk,
                                               struct wsync_error *error);

/* The store is an old copy: goes on in another tree, within the open transaction; nothing where
 * no log is kept. */
WSYNC_MUST_USE enum wsync_err wsync_tlog_renew(struct wsync_site *site);

#endif
