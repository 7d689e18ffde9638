/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what at the district: Quản trị / Cán bộ. */
#include "host/page_staff.h"

#include "server/pages_admin.h"

static enum wsync_err write_page(struct server_page *page, const char *fault)
{
    const struct wsync_page_staff staff = {page->site, &page->frame, page->html, fault};
    wsync_page_staff_head(&page->frame, fault, page->answer);
    server_admin_head(page, page->frame.title);
    enum wsync_err err = wsync_page_staff_write(&staff);
    wsync_page_end(page->html, &page->frame);
    return err;
}

static enum wsync_err write_staff(struct server_page *page)
{
    return write_page(page, NULL);
}

static enum wsync_err write_change(struct server_page *page)
{
    struct wsync_page_staff_order order;
    struct wsync_action_result result;
    const char *fault = wsync_page_staff_read(&page->frame, &order);
    if (!fault && server_act(page, &order.ask, &result) == WSYNC_OK) {
        wsync_http_redirect(page->answer, order.next);
        return WSYNC_OK;
    }
    return write_page(page, fault ? fault : page->error.text);
}

void server_page_staff(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_staff);
}

void server_page_staff_change(void *context, const struct wsync_http_request *request,
                              struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_change);
}
