/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what at the ward's desk: logging in and out, and Cài đặt / Cán bộ. */
#include "client/pages_staff.h"

#include "host/page_staff.h"

static const char BASE[] = "/settings/staff";

/* ---- the door ---- */

bool desk_gate(void *context, struct wsync_http_request *request, enum wsync_page_role need,
               struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    return wsync_page_login_gate(&desk->login, request, need, answer);
}

void desk_login(void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    wsync_page_login_ask(&desk->login, request, answer);
}

void desk_enter(void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    wsync_page_login_take(&desk->login, request, answer);
}

void desk_leave(void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    wsync_page_login_leave(&desk->login, request, answer);
}

/* ---- the staff ---- */

static void write_page(struct desk_page *page, const char *fault)
{
    page->frame.notice = fault ? NULL : wsync_page_staff_done(page->request);
    desk_head(page, desk_word(page, "Cán bộ", "Staff"));
    const struct wsync_page_staff staff = {.site = page->site,
                                           .frame = &page->frame,
                                           .html = page->html,
                                           .base = BASE,
                                           .fault = fault};
    page->answer->status = fault ? 422 : 200;
    desk_end(page, page->request->rest[0] ? wsync_page_staff_one(&staff)
                                          : wsync_page_staff_list(&staff));
}

void desk_staff(void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        write_page(&page, NULL);
    }
}

void desk_staff_change(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_page_staff_order order;
    struct wsync_action_result result;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    const char *fault = wsync_page_staff_read(request, BASE, &order);
    if (!fault && desk_act(&page, &order.ask, &result) == WSYNC_OK) {
        desk_go(&page, order.next);
        return;
    }
    write_page(&page, fault ? fault : page.error.text);
}
