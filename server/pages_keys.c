/* SPDX-License-Identifier: Apache-2.0 */
/* The district's own keys with their age, and the ways to new ones.  The page process looks
 * into no key file; pages_keys_act.c has a command make and sign them. */
#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "host/view.h"
#include "server/pages_keys.h"

/* ---- the table ---- */

static const char *kind_word(const struct server_page *page, enum server_key_kind kind)
{
    switch (kind) {
    case SERVER_KEY_ROOT:
        return server_word(page, "gốc", "root");
    case SERVER_KEY_REGISTRAR:
        return server_word(page, "cấp phát thiết bị", "registrar");
    case SERVER_KEY_TRANSPORT:
        return server_word(page, "đường truyền", "transport");
    case SERVER_KEY_LOG:
        return server_word(page, "biên nhận", "receipts");
    case SERVER_KEY_BUNDLE:
        break;
    }
    return server_word(page, "gói mang bằng USB", "bundles");
}

static void write_key(struct server_page *page, const struct server_key_table *table,
                      const struct server_key *key)
{
    bool two = table->district.endpoint_count > 1 && key->kind == SERVER_KEY_TRANSPORT;
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    wsync_html_text(page->html, kind_word(page, key->kind));
    if (two) {
        wsync_html_text(page->html, key->first
                                        ? server_word(page, ", thử trước", ", tried first")
                                        : server_word(page, ", thử sau", ", tried second"));
    }
    wsync_html_raw(page->html, "</th><td><code>");
    wsync_html_text(page->html,
                    wsync_fingerprint_of(wsync_slice(key->bytes, sizeof key->bytes)).text);
    wsync_html_raw(page->html, "</code></td><td>");
    server_time(page, key->stamp);
    wsync_html_raw(page->html, "</td>");
    server_number_cell(page, server_days_since(key->stamp));
    wsync_html_raw(page->html, "</tr>\n");
}

static void write_table(struct server_page *page, const struct server_key_table *table)
{
    server_table_begin(page, server_word(page, "Khóa đang có hiệu lực", "Keys in force"));
    server_table_head(page, server_word(page, "Khóa", "Key"), false);
    server_table_head(page, server_word(page, "Vân tay", "Fingerprint"), false);
    server_table_head(page, server_word(page, "Từ", "Since"), false);
    server_table_head(page, server_word(page, "Ngày", "Days"), true);
    server_table_body(page);
    for (size_t i = 0; i < table->count; i++) {
        write_key(page, table, &table->rows[i]);
    }
    server_table_end(page);
}

static void write_roster(struct server_page *page, const struct server_key_table *table)
{
    const struct wsync_root *root = &table->roster.authority.root;
    wsync_html_raw(page->html, "<dl>\n");
    server_fact(page, "installation",
                server_word(page, "Vân tay của hệ thống", "Fingerprint of the installation"));
    wsync_html_raw(page->html, "<code>");
    wsync_html_text(page->html, wsync_fingerprint_of_instance(&table->roster.instance).text);
    wsync_html_raw(page->html, "</code></dd>\n");
    server_fact(page, NULL, server_word(page, "Danh sách thiết bị, bản", "Roster, version"));
    server_number(page, table->roster.version);
    wsync_html_raw(page->html, "</dd>\n");
    server_fact(page, NULL,
                server_word(page, "Số khóa gốc cùng ký", "Root keys that sign together"));
    server_number(page, root->threshold);
    wsync_html_raw(page->html, "/");
    server_number(page, root->key_count);
    wsync_html_raw(page->html, "</dd>\n");
    if (root->expires != 0) {
        server_fact(
            page, NULL,
            root->expires < wsync_clock_wall_s()
                ? server_word(page, "Không cấp được thiết bị từ",
                              "Nobody is enrolled any more since")
                : server_word(page, "Cấp được thiết bị đến", "Devices can be enrolled until"));
        server_time(page, root->expires);
        wsync_html_raw(page->html, "</dd>\n");
    }
    wsync_html_raw(page->html, "</dl>\n");
}

/* ---- the page ---- */

static enum wsync_err show(struct server_page *page)
{
    struct server_key_table table;
    const char *ask = wsync_http_field(page->request, "ask");
    enum wsync_err err = server_key_table_read(page->site, &table, &page->error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (ask) {
        return server_ask_key_act(page, &table, ask);
    }
    page->frame.notice = server_key_done(page, wsync_http_field(page->request, "done"));
    server_admin_head(page, server_word(page, "Khóa của quận", "Keys of the district"));
    write_table(page, &table);
    server_write_key_acts(page, &table);
    write_roster(page, &table);
    server_paragraph(
        page, server_word(page,
                          "Khóa gốc nên ở nơi khác; thay chúng bằng lệnh, \"district keys "
                          "root\". Khóa của máy quận thay được khi quận đang dừng: \"district "
                          "keys rotate signing\".",
                          "Root keys should live elsewhere; they are changed by hand, "
                          "\"district keys root\". The keys of the district's own device are "
                          "changed while it does not serve: \"district keys rotate "
                          "signing\"."));
    wsync_page_end(page->html, &page->frame);
    return WSYNC_OK;
}

void server_page_keys(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, show);
}
