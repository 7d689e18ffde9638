/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what at the district: logging in and out, and Quản trị / Cán bộ. */
#include "host/page_staff.h"

#include "host/health.h"
#include "server/pages_admin.h"

static const char BASE[] = "/admin/staff";

/* ---- the door ---- */

bool server_gate(void *context, struct wsync_http_request *request, enum wsync_page_role need,
                 struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    struct wsync_error error = {""};
    switch (wsync_page_first_gate(&pages->first, request, answer)) {
    case WSYNC_FIRST_HANDLE:
        return true;
    case WSYNC_FIRST_ANSWERED:
        return false;
    case WSYNC_FIRST_PASS:
        break;
    }
    if (pages->login.open(pages->login.context, &error) != WSYNC_OK) {
        wsync_health_problem(answer, 503, error.text);
        return false;
    }
    return wsync_page_login_gate(&pages->login, request, need, answer);
}

void server_page_login(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    wsync_page_login_ask(&pages->login, request, answer);
}

void server_page_enter(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    wsync_page_login_take(&pages->login, request, answer);
}

void server_page_leave(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    wsync_page_login_leave(&pages->login, request, answer);
}

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
