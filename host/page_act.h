/* SPDX-License-Identifier: Apache-2.0 */
/* page_act.h: a command in the middle of a handler, while others are answered.  Decision 0017.
 */
#ifndef WARDSYNC_HOST_PAGE_ACT_H
#define WARDSYNC_HOST_PAGE_ACT_H

#include "host/actions.h"
#include "host/page.h"

/* Has a command run in the name of who asks, or of `ask->by` where nobody is logged in, and
 * returns when it is done.  It may take as long as its rule allows, so nothing of the store is
 * open meanwhile, and what was read before is old.
 *
 *   OK        it answered 0, or at most `ask->findings`
 *   VALUE     it refused, for what it was given or for what is so
 *   BUSY      it said that it cannot now (host/cli.h: 69, 70, 74, 75); or as many run or
 *             wait as may, and nothing ran
 *   RIGHT     a page may not ask for it, and nothing ran
 *   LINK      it was ended by a signal or without a word; or the pages are being ended
 *   TIMEOUT, OVERSIZE, MEMORY   as wsync_action_take
 *
 * After those of the last two lines nobody knows whether it did what it was to do.  The
 * sentence is for the person who asked, and there is no file then; `result->exit_code` is that
 * of a command that ended by itself, otherwise 0. */
WSYNC_MUST_USE enum wsync_err wsync_page_act(struct wsync_actions *actions,
                                             const struct wsync_http_request *request,
                                             const struct wsync_action_ask *ask,
                                             struct wsync_action_result *result,
                                             struct wsync_error *error);

/* Has the frame tell what became of it.  Of two commands of one page, what is less certain. */
void wsync_page_act_outcome(enum wsync_err err, struct wsync_page_frame *frame);

/* Has a command begun that no page waits for.  Errors as above, of what is known by then. */
WSYNC_MUST_USE enum wsync_err wsync_page_act_begin(struct wsync_actions *actions,
                                                   const struct wsync_http_request *request,
                                                   const struct wsync_action_ask *ask,
                                                   struct wsync_error *error);

#endif
