/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what at the district: Quản trị / Cán bộ. */
#include "host/page_staff.h"

#include "server/pages_admin.h"

static const char BASE[] = "/admin/staff";

/* ---- the staff ---- */

static enum wsync_err write_page(struct server_page *page, const char *fault)
{
    page->frame.notice = fault ? NULL : wsync_page_staff_done(page->request);
    server_admin_head(page, server_word(page, "Cán bộ", "Staff"));
    const struct wsync_page_staff staff = {.site = page->site,
                                           .frame = &page->frame,
                                           .html = page->html,
                                           .base = BASE,
                                           .fault = fault};
    enum wsync_err err =
        page->request->rest[0] ? wsync_page_staff_one(&staff) : wsync_page_staff_list(&staff);
    page->answer->status = fault ? 422 : 200;
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
    const char *fault = wsync_page_staff_read(page->request, BASE, &order);
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
