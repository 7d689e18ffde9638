/* SPDX-License-Identifier: Apache-2.0 */
/* Thiết bị và khóa: every device with the age of its keys, and the invites that are open. */
#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "server/invites.h"
#include "server/pages_admin.h"
#include "server/pages_input.h"
#include "server/unit_facts.h"

enum { NOT_OPEN = 66 }; /* what the command answers: no such input */

/* ---- the devices ---- */

static void write_keys(struct server_page *page, const struct server_ward *ward)
{
    wsync_html_raw(page->html, "<td class=\"number\">");
    server_number(page, server_days_since(ward->keys_since));
    wsync_html_raw(page->html, "</td><td>");
    if (ward->device.revoked != 0) {
        wsync_html_raw(page->html, "–");
    } else if (server_ward_is_asked(ward)) {
        wsync_html_raw(page->html, "<span class=\"tag calm\">");
        server_say(page, "đã yêu cầu đổi", "asked for new ones");
        wsync_html_raw(page->html, "</span>");
    } else if (server_ward_is_overdue(ward)) {
        wsync_html_raw(page->html, "<span class=\"tag warn\">");
        server_say(page, "quá hạn đổi", "too old");
        wsync_html_raw(page->html, "</span>");
    } else {
        server_say(page, "còn hạn", "in time");
    }
    wsync_html_raw(page->html, "</td>");
}

static void write_row(struct server_page *page, const struct server_ward *ward)
{
    char unit[WSYNC_UNIT_LABEL_BYTES];
    wsync_units_here_label(page->site, server_unit_of(ward), unit);
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    server_device_link(page, &ward->device);
    wsync_html_raw(page->html, "</th><td>");
    server_ward_link(page, server_unit_of(ward), unit);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, server_role_word(page, ward->device.role));
    wsync_html_raw(page->html, "</td><td>");
    server_device_tag(page, &ward->device);
    wsync_html_raw(page->html, "</td><td>");
    server_time(page, ward->heard ? ward->contact.last : 0);
    wsync_html_raw(page->html, "</td>");
    write_keys(page, ward);
    wsync_html_raw(page->html, "</tr>\n");
}

static void write_table(struct server_page *page, const struct server_wards *wards)
{
    if (wards->count == 0) {
        server_paragraph(page, server_word(page, "Chưa có máy nào được kết nạp.",
                                           "No device was enrolled yet."));
        return;
    }
    server_table_begin(page, server_word(page, "Mỗi máy một dòng, máy cần để ý nhất ở trên",
                                         "A row for each device, the one to look after first "
                                         "on top"));
    server_table_head(page, server_word(page, "Máy", "Device"), false);
    server_table_head(page, server_word(page, "Đơn vị", "Unit"), false);
    server_table_head(page, server_word(page, "Vai trò", "Role"), false);
    server_table_head(page, server_word(page, "Tình trạng", "State"), false);
    server_table_head(page, server_word(page, "Liên lạc cuối", "Last contact"), false);
    server_table_head(page, server_word(page, "Tuổi khóa (ngày)", "Age of keys (days)"), true);
    server_table_head(page, server_word(page, "Khóa", "Keys"), false);
    server_table_body(page);
    for (size_t i = 0; i < wards->count; i++) {
        write_row(page, &wards->items[i]);
    }
    server_table_end(page);
}

/* ---- the invites ---- */

static void write_withdraw(struct server_page *page, const char *name)
{
    wsync_page_post(page->html, &page->frame, "/admin/invites");
    server_hidden(page, "invite", name);
    wsync_html_raw(page->html, "<button class=\"second\">");
    server_say(page, "Rút lại", "Withdraw");
    wsync_html_raw(page->html, "</button></form>");
}

static void write_invite(struct server_page *page, const struct wsync_invite_row *row)
{
    char unit[WSYNC_UNIT_LABEL_BYTES], name[SERVER_INVITE_NAME_BYTES];
    wsync_units_here_label(page->site, row->scope, unit);
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    wsync_html_text(page->html, row->name);
    wsync_html_raw(page->html, "</th><td>");
    server_ward_link(page, row->scope, unit);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, server_role_word(page, row->place.role));
    wsync_html_raw(page->html, "</td><td>");
    server_time(page, row->expires);
    wsync_html_raw(page->html, "</td><td><code>");
    wsync_html_text(page->html, server_invite_name(row, name));
    wsync_html_raw(page->html, "</code></td><td>");
    write_withdraw(page, name);
    wsync_html_raw(page->html, "</td></tr>\n");
}

static enum wsync_err write_invites(struct server_page *page)
{
    struct wsync_transport_key key = {{0}};
    struct wsync_invite_row row;
    int64_t now = wsync_clock_wall_s();
    enum wsync_err err = server_invite_after(page->site->txn, now, &key, &row);
    wsync_html_raw(page->html, "<section id=\"invites\">\n");
    server_heading(page, server_word(page, "Thư mời chưa dùng", "Invites that are open"));
    if (err == WSYNC_ERR_NOT_FOUND) {
        server_paragraph(page, server_word(page, "Không có.", "There is none."));
    } else {
        server_table_begin(page,
                           server_word(page, "Mỗi thư cho một máy vào, một lần, đến hết hạn",
                                       "Each admits one device, once, until it expires"));
        server_table_head(page, server_word(page, "Máy", "Device"), false);
        server_table_head(page, server_word(page, "Đơn vị", "Unit"), false);
        server_table_head(page, server_word(page, "Vai trò", "Role"), false);
        server_table_head(page, server_word(page, "Hết hạn", "Expires"), false);
        server_table_head(page, server_word(page, "Số thư", "Invite"), false);
        server_table_head(page, server_word(page, "Nếu mất hoặc lộ", "If lost or shown"),
                          false);
        server_table_body(page);
        for (; err == WSYNC_OK; err = server_invite_after(page->site->txn, now, &key, &row)) {
            write_invite(page, &row);
        }
        server_table_end(page);
    }
    wsync_html_raw(page->html, "</section>\n");
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- the page ---- */

static void write_ways(struct server_page *page)
{
    wsync_html_raw(page->html, "<p class=\"actions\"><a class=\"button\" "
                               "href=\"/admin/devices/new\">");
    server_say(page, "Mời một máy", "Invite a device");
    wsync_html_raw(page->html, "</a> <a class=\"button second\" href=\"/admin/devices/file\">");
    server_say(page, "Kết nạp bằng tệp", "Enrol by file");
    wsync_html_raw(page->html, "</a></p>\n");
}

static enum wsync_err write_devices(struct server_page *page)
{
    struct server_wards wards = {.count = 0};
    enum wsync_err err = server_wards_gather(page->site, &wards);
    if (err == WSYNC_OK) {
        server_admin_head(page, server_word(page, "Thiết bị và khóa", "Devices and keys"));
        write_ways(page);
        write_table(page, &wards);
        err = write_invites(page);
        wsync_page_end(page->html, &page->frame);
    }
    server_wards_free(&wards);
    return err;
}

static enum wsync_err show(struct server_page *page)
{
    if (wsync_http_field(page->request, "done")) {
        page->frame.notice =
            server_word(page, "Thư mời đã được rút lại; không máy nào vào được bằng nó nữa.",
                        "The invite is withdrawn; it admits nobody any more.");
    }
    return write_devices(page);
}

void server_page_devices(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, show);
}

static enum wsync_err withdraw(struct server_page *page)
{
    const char *name = wsync_http_field(page->request, "invite");
    const char *const argv[] = {"invites", "--", "withdraw", name ? name : "", NULL};
    struct wsync_action_result result;
    enum wsync_err err = server_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        wsync_http_redirect(page->answer, "/admin/devices?done=withdrawn");
    } else if (server_tells(page)) {
        if (result.exit_code == NOT_OPEN) {
            page->frame.error =
                server_word(page, "Thư mời này không còn: đã dùng, đã rút lại hoặc hết hạn.",
                            "This invite is not open any more: it was used or withdrawn, or "
                            "it expired.");
        }
        err = write_devices(page);
    }
    return err;
}

void server_page_withdraw(void *context, const struct wsync_http_request *request,
                          struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, withdraw);
}
