/* SPDX-License-Identifier: Apache-2.0 */
/* session_blob.h: what the two parts of attachments in a session share: session_offer.c (what
 * may be moved), session_blob.c (what is). */
#ifndef WARDSYNC_CORE_SESSION_BLOB_H
#define WARDSYNC_CORE_SESSION_BLOB_H

#include "core/session_carriage.h"
#include "wardsync/blob_quota.h"

bool wsync_step_is_district(const struct wsync_step *step);
struct wsync_blobs *wsync_step_blobs(const struct wsync_step *step);

/* WARD: offers the next ones, if there are any. */
WSYNC_MUST_USE enum wsync_err wsync_step_offer(struct wsync_step *step);
/* WARD: the district ended the last one; what it did not confirm waits. */
WSYNC_MUST_USE enum wsync_err wsync_step_offer_ended(struct wsync_step *step);
/* WARD: is there one that was not offered yet? */
WSYNC_MUST_USE enum wsync_err wsync_step_has_more(const struct wsync_step *step, bool *more);

#endif
