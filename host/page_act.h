/* SPDX-License-Identifier: Apache-2.0 */
/* page_act.h: a command in the middle of a handler, while others are answered.  Decision 0017.
 */
#ifndef WARDSYNC_HOST_PAGE_ACT_H
#define WARDSYNC_HOST_PAGE_ACT_H

#include "host/actions.h"
#include "host/page.h"

/* Has a command run in the name of who asks, or of `ask->by` where nobody is logged in, and
 * returns when it is done.  It may take as long as its rule allows, so nothing of the store is
 * open meanwhile, and what was read before is old.  OK: it answered 0, or at most
 * `ask->findings`.  VALUE: it ended with another code.  Otherwise as wsync_action_take; BUSY
 * also when too many pages wait.  The sentence is for the person who asked; there is no file
 * then. */
WSYNC_MUST_USE enum wsync_err wsync_page_act(struct wsync_actions *actions,
                                             const struct wsync_http_request *request,
                                             const struct wsync_action_ask *ask,
                                             struct wsync_action_result *result,
                                             struct wsync_error *error);

#endif
