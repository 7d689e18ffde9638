/* SPDX-License-Identifier: Apache-2.0 */
/* All of one device: what it is, its keys, every statement about it, its last conversations,
 * and what can be done to it; pages_device_act.c does it. */
#include <stdio.h>
#include <string.h>

#include "host/fingerprint.h"
#include "server/admin_words.h"
#include "server/device_find.h"
#include "server/log_item.h"
#include "server/pages_device.h"
#include "server/ward_facts.h"

enum { SESSIONS_SHOWN = 10, SESSIONS_LOOKED_AT = 5000 };

enum wsync_err server_page_find_device(struct server_page *page, struct wsync_device *device)
{
    struct wsync_device_id id;
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    const char *text = page->request->rest;
    if (strlen(text) == 2 * sizeof id.b &&
        wsync_hex_decode(wsync_slice_of(text), id.b, sizeof id.b)) {
        err = wsync_device_get(page->site->txn, &id, device);
    }
    return err != WSYNC_ERR_NOT_FOUND
               ? err
               : wsync_error_set(
                     &page->error, err, "%s",
                     server_word(page, "Không có máy này.", "There is no such device."));
}

/* ---- what it is ---- */

static void write_forms(struct server_page *page, const struct wsync_device *device)
{
    if (device->form_count == 0) {
        return;
    }
    server_fact(page, NULL, server_word(page, "Biểu mẫu được ghi", "Forms it writes"));
    for (size_t i = 0; i < device->form_count; i++) {
        const struct wsync_form *form;
        wsync_html_text(page->html, i == 0 ? "" : ", ");
        if (wsync_catalog_newest(page->site->catalog, page->site->txn, device->forms[i],
                                 &form) == WSYNC_OK) {
            wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
        } else {
            wsync_html_number(page->html, device->forms[i]);
        }
    }
    wsync_html_raw(page->html, "</dd>\n");
}

static void write_place(struct server_page *page, const struct wsync_device *device)
{
    struct wsync_device before;
    if (device->quota != 0) {
        server_fact(page, NULL, server_word(page, "Nhiều nhất mỗi ngày", "At most a day"));
        server_number(page, device->quota);
        server_say(page, " thay đổi", " changes");
        wsync_html_raw(page->html, "</dd>\n");
    }
    if (device->has_predecessor) {
        server_fact(page, NULL, server_word(page, "Thay cho máy", "In the place of"));
        if (wsync_device_get(page->site->txn, &device->predecessor, &before) == WSYNC_OK) {
            server_device_link(page, &before);
        } else {
            wsync_html_raw(page->html, "–");
        }
        wsync_html_raw(page->html, "</dd>\n");
    }
}

static enum wsync_err write_contact(struct server_page *page, const struct wsync_device *device)
{
    struct server_ward ward = {.device = *device};
    enum wsync_err err = wsync_contact_get(page->site->txn, &device->id, &ward.contact);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    ward.heard = err == WSYNC_OK;
    const struct server_told told = server_ward_tell(&ward, page->language);
    server_fact(page, NULL, server_word(page, "Liên lạc cuối", "Last contact"));
    server_time(page, ward.heard ? ward.contact.last : 0);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Lần tốt cuối", "Last good one"));
    server_time(page, ward.heard ? ward.contact.last_good : 0);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Kết quả", "Result"));
    wsync_html_text(page->html, told.text);
    wsync_html_raw(page->html, " ");
    wsync_html_text(page->html, told.step);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Chương trình", "Program"));
    wsync_html_text(page->html, ward.contact.program[0] ? ward.contact.program : "–");
    wsync_html_raw(page->html, "</dd>\n");
    return WSYNC_OK;
}

static enum wsync_err write_facts(struct server_page *page, const struct wsync_device *device)
{
    char hex[2 * WSYNC_DEVICE_ID_BYTES + 1], unit[WSYNC_UNIT_LABEL_BYTES];
    bool own = device->role == WSYNC_ROLE_NODE;
    wsync_hex_encode(WSYNC_BYTES(device->id), hex);
    wsync_units_here_label(page->site, device->scopes[0], unit);
    wsync_html_raw(page->html, "<p id=\"state\">");
    server_device_tag(page, device);
    wsync_html_raw(page->html, "</p>\n<dl>\n");
    server_fact(page, NULL, server_word(page, "Đơn vị", "Unit"));
    server_ward_link(page, device->scopes[0], unit);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL, server_word(page, "Vai trò", "Role"));
    wsync_html_text(page->html, server_role_word(page, device->role));
    wsync_html_raw(page->html, "</dd>\n");
    write_forms(page, device);
    write_place(page, device);
    enum wsync_err err = own ? WSYNC_OK : write_contact(page, device);
    server_fact(page, NULL, server_word(page, "Số máy", "Device id"));
    wsync_html_raw(page->html, "<code>");
    wsync_html_text(page->html, hex);
    wsync_html_raw(page->html, "</code></dd>\n</dl>\n");
    return err;
}

/* ---- its keys ---- */

static void write_key(struct server_page *page, const char *what, struct wsync_slice key,
                      const struct wsync_device_key *since)
{
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    wsync_html_text(page->html, what);
    wsync_html_raw(page->html, "</th><td><code>");
    wsync_html_text(page->html, wsync_fingerprint_of(key).text);
    wsync_html_raw(page->html, "</code></td><td>");
    server_time(page, since ? since->stamp : 0);
    wsync_html_raw(page->html, "</td><td class=\"number\">");
    if (since) {
        server_number(page, server_days_since(since->stamp));
    } else {
        wsync_html_raw(page->html, "–");
    }
    wsync_html_raw(page->html, "</td></tr>\n");
}

static void write_keys(struct server_page *page, const struct wsync_device *device)
{
    server_table_begin(page, server_word(page, "Khóa của máy", "Keys of the device"));
    server_table_head(page, server_word(page, "Khóa", "Key"), false);
    server_table_head(page, server_word(page, "Vân tay", "Fingerprint"), false);
    server_table_head(page, server_word(page, "Từ", "Since"), false);
    server_table_head(page, server_word(page, "Ngày", "Days"), true);
    server_table_body(page);
    for (size_t i = device->key_count; i-- > 0;) {
        write_key(page,
                  i + 1 == device->key_count
                      ? server_word(page, "ký", "signing")
                      : server_word(page, "ký, trước đây", "signing, before"),
                  WSYNC_BYTES(device->keys[i].key), &device->keys[i]);
    }
    write_key(page, server_word(page, "đường truyền", "transport"),
              WSYNC_BYTES(device->transport_key), NULL);
    server_table_end(page);
}

/* ---- what was said of it ---- */

static enum wsync_err write_statement(struct server_page *page, uint64_t version)
{
    const struct wsync_cli cli = {.kind = WSYNC_SITE_DISTRICT, .language = page->language};
    struct server_admin_item item;
    struct server_admin_words words;
    enum wsync_err err = server_admin_of_statement(page->site, version, &item);
    if (err == WSYNC_OK) {
        err = server_admin_tell(&cli, page->site, &item, &words);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(page->html, "<tr><th scope=\"row\" class=\"number\">");
    server_number(page, version);
    wsync_html_raw(page->html, "</th><td>");
    server_time(page, item.stamp);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, server_admin_kind_word(page, item.kind));
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, words.who);
    wsync_html_raw(page->html, "</td><td>");
    server_admin_detail(page, words.text);
    wsync_html_raw(page->html, "</td></tr>\n");
    return WSYNC_OK;
}

static enum wsync_err is_about(struct server_page *page, uint64_t version,
                               const struct wsync_device *device, bool *about)
{
    struct wsync_signed_statement held;
    struct wsync_statement statement;
    enum wsync_err err = wsync_roster_statement(page->site->txn, version, &held);
    if (err == WSYNC_OK) {
        err = wsync_statement_decode(held.statement, &page->site->arena, &statement);
    }
    *about = err == WSYNC_OK && server_statement_is_about(&statement, &device->id);
    return err;
}

/* The newest on top; none is older than the one that enrolled it. */
static enum wsync_err write_statements(struct server_page *page,
                                       const struct wsync_device *device)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(page->site->txn, &roster);
    server_table_begin(page, server_word(page, "Mọi điều đã ký về máy này, mới nhất ở trên",
                                         "All that was signed about it, the newest on top"));
    server_table_head(page, server_word(page, "Bản", "Version"), true);
    server_table_head(page, server_word(page, "Lúc", "When"), false);
    server_table_head(page, server_word(page, "Việc", "What"), false);
    server_table_head(page, server_word(page, "Người ký", "Signed by"), false);
    server_table_head(page, server_word(page, "Chi tiết", "Details"), false);
    server_table_body(page);
    for (uint64_t version = err == WSYNC_OK ? roster.version : 0;
         err == WSYNC_OK && version >= device->enrolled; version--) {
        size_t mark = wsync_arena_mark(&page->site->arena);
        bool about;
        err = is_about(page, version, device, &about);
        if (err == WSYNC_OK && about) {
            err = write_statement(page, version);
        }
        wsync_arena_release(&page->site->arena, mark);
    }
    server_table_end(page);
    return err;
}

/* ---- its last conversations ---- */

static void write_session(struct server_page *page, uint64_t number,
                          const struct wsync_session_row *row)
{
    const struct server_end end = server_log_end(row);
    char text[SERVER_END_TEXT_BYTES];
    server_end_text(&end, page->language, text);
    wsync_html_raw(page->html, "<tr><th scope=\"row\" class=\"number\"><a href=\"/log/");
    wsync_html_number(page->html, (int64_t)number);
    wsync_html_raw(page->html, "\">");
    server_number(page, number);
    wsync_html_raw(page->html, "</a></th><td>");
    server_time(page, row->begun);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</td>");
    server_number_cell(page, row->changes_in);
    server_number_cell(page, row->changes_out);
    wsync_html_raw(page->html, "</tr>\n");
}

static enum wsync_err write_sessions(struct server_page *page,
                                     const struct wsync_device *device)
{
    struct wsync_session_row row;
    uint64_t number = UINT64_MAX;
    size_t shown = 0;
    enum wsync_err err = WSYNC_OK;
    server_table_begin(page, server_word(page, "Liên lạc gần đây", "Last conversations"));
    server_table_head(page, server_word(page, "Số", "No."), true);
    server_table_head(page, server_word(page, "Bắt đầu", "Begun"), false);
    server_table_head(page, server_word(page, "Kết quả", "Result"), false);
    server_table_head(page, server_word(page, "Thay đổi nhận", "Changes in"), true);
    server_table_head(page, server_word(page, "Thay đổi gửi", "Changes out"), true);
    server_table_body(page);
    for (size_t i = 0; i < SESSIONS_LOOKED_AT && shown < SESSIONS_SHOWN; i++) {
        err = wsync_session_log_seek(page->site->txn, WSYNC_SEEK_LT, &number, &row);
        if (err != WSYNC_OK) {
            break;
        }
        if (row.has_device && wsync_device_id_equal(&row.device, &device->id)) {
            write_session(page, number, &row);
            shown++;
        }
    }
    server_table_end(page);
    if (shown == 0) {
        server_paragraph(
            page, server_word(page, "Không có lần nào gần đây.", "There is no recent one."));
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- the page ---- */

static enum wsync_err write_device(struct server_page *page, const struct wsync_device *device)
{
    server_admin_head(page, device->name);
    enum wsync_err err = write_facts(page, device);
    server_write_device_acts(page, device);
    if (err == WSYNC_OK) {
        write_keys(page, device);
        err = write_statements(page, device);
    }
    if (err == WSYNC_OK && device->role != WSYNC_ROLE_NODE) {
        err = write_sessions(page, device);
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

static enum wsync_err show(struct server_page *page)
{
    struct wsync_device device;
    enum wsync_err err = server_page_find_device(page, &device);
    if (err != WSYNC_OK) {
        return err;
    }
    const char *ask = wsync_http_field(page->request, "ask");
    page->frame.notice = server_device_done(page, wsync_http_field(page->request, "done"));
    return ask ? server_ask_device_act(page, &device, ask) : write_device(page, &device);
}

void server_page_device(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, show);
}
