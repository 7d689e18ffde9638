/* SPDX-License-Identifier: Apache-2.0 */
/* pages_parts.h: what one page of the desk has another file write: drafts, duties, sticks; and
 * the handlers of those files. */
#ifndef WARDSYNC_CLIENT_PAGES_PARTS_H
#define WARDSYNC_CLIENT_PAGES_PARTS_H

#include "client/pages.h"
#include "host/drafts.h"
#include "host/nothing.h"

/* The drafts of who asks, of the form or record `what` or (NULL) all of them, those kept last
 * first; they live as long as the snapshot. */
WSYNC_MUST_USE enum wsync_err desk_drafts(struct desk_page *page, const char *what,
                                          struct wsync_form_draft *drafts, size_t *count);
/* Writes what a draft is of. */
void desk_draft_title(struct desk_page *page, const struct wsync_form_draft *draft);
/* Writes the links that go on with it and ask to throw it away. */
void desk_draft_links(struct desk_page *page, const struct wsync_form_draft *draft);

/* Writes the first page, with what is in the frame, and ends it. */
void desk_today_write(struct desk_page *page);

/* Writes Đồng bộ with the sentence in `page->error`, and ends it; without one as desk_end. */
void desk_sync_again(struct desk_page *page, enum wsync_err err);
/* Writes its part about sticks. */
WSYNC_MUST_USE enum wsync_err desk_usb_write(struct desk_page *page);

/* What this week holds of a duty; and its words, or the button that says "nothing". */
WSYNC_MUST_USE enum wsync_err desk_duty_read(struct desk_page *page,
                                             const struct wsync_nothing *nothing,
                                             const struct wsync_form *form,
                                             struct wsync_duty_week *week);
void desk_duty_write(struct desk_page *page, const struct wsync_nothing *nothing,
                     const struct wsync_form *form, const struct wsync_duty_week *week);

wsync_http_handler desk_draft, desk_draft_drop, desk_nothing, desk_settings, desk_backup,
    desk_usb_export, desk_usb_import, desk_photo;

#endif
