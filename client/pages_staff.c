/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what at the ward's desk: Cài đặt / Cán bộ. */
#include "client/pages_staff.h"

#include <stdlib.h>
#include <string.h>

#include "host/accounts.h"
#include "host/page_staff.h"

/* ---- the staff ---- */

static void write_page(struct desk_page *page, const char *fault)
{
    const struct wsync_page_staff staff = {page->site, &page->frame, page->html, fault};
    wsync_page_staff_head(&page->frame, fault, page->answer);
    desk_head(page, page->frame.title);
    desk_end(page, wsync_page_staff_write(&staff));
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
    const char *fault = wsync_page_staff_read(&page.frame, &order);
    if (!fault && desk_act(&page, &order.ask, &result) == WSYNC_OK) {
        desk_go(&page, order.next);
        return;
    }
    write_page(&page, fault ? fault : page.error.text);
}

/* ---- who it is, where nobody is logged in ---- */

uint32_t desk_by(const struct desk_page *page)
{
    const char *by = wsync_http_field(page->request, "by");
    size_t digits = by ? strspn(by, "0123456789") : 0;
    bool asked = page->request->person.number == 0 && digits > 0 && digits <= 5;
    return asked && by[digits] == '\0' ? (uint32_t)strtoul(by, NULL, 10) : 0;
}

struct choice {
    struct desk_page *page;
    size_t count;
};

static void write_choice(void *context, uint32_t number, struct wsync_slice name)
{
    struct choice *choice = context;
    struct desk_page *page = choice->page;
    struct wsync_html *html = page->html;
    struct wsync_account account;
    if (wsync_account_get(page->site->txn, number, &account) == WSYNC_OK && account.left) {
        return;
    }
    if (choice->count++ == 0) {
        wsync_html_raw(html, "<div class=\"field\"><label for=\"by\">");
        desk_say(page, "Người nhập", "Entered by");
        wsync_html_raw(html, "</label>\n<select id=\"by\" name=\"by\">\n<option value=\"\">");
        desk_say(page, "không ghi tên", "no name");
        wsync_html_raw(html, "</option>\n");
    }
    wsync_html_raw(html, "<option");
    wsync_html_attr_number(html, "value", number);
    if (number == desk_by(page)) {
        wsync_html_raw(html, " selected");
    }
    wsync_html_raw(html, ">");
    wsync_html_slice(html, name);
    wsync_html_raw(html, "</option>\n");
}

enum wsync_err desk_by_write(struct desk_page *page)
{
    struct choice choice = {.page = page};
    if (page->request->person.number != 0) {
        return WSYNC_OK;
    }
    enum wsync_err err =
        wsync_staff_walk(page->site, page->site->conf.scope, write_choice, &choice);
    if (choice.count > 0) {
        wsync_html_raw(page->html, "</select></div>\n");
    }
    return err;
}
