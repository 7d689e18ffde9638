/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_admin.h"

#include <string.h>

#include "server/facts.h"
#include "server/ward_facts.h"

/* The parts of Quản trị, in the order of the navigation; the first is the first page. */
static const struct wsync_page_item PARTS[] = {
    {"/admin", {"Đang chờ", "What waits"}},
    {NULL, {NULL, NULL}},
};

/* The first part is no parent of the others. */
static bool is_current(const struct wsync_page_item *item, const char *path)
{
    size_t len = strlen(item->path);
    return strncmp(item->path, path, len) == 0 &&
           (path[len] == '\0' || (path[len] == '/' && item != PARTS));
}

void server_admin_head(struct server_page *page, const char *title)
{
    struct wsync_html *html = page->html;
    server_page_head(page, title);
    wsync_html_raw(html, "<nav");
    wsync_html_attr(html, "aria-label", server_word(page, "Quản trị", "Administration"));
    wsync_html_raw(html, "><ul>\n");
    for (const struct wsync_page_item *item = PARTS; item->path; item++) {
        wsync_html_raw(html, "<li><a");
        wsync_html_attr(html, "href", item->path);
        if (is_current(item, page->request->path)) {
            wsync_html_raw(html, " aria-current=\"page\"");
        }
        wsync_html_raw(html, ">");
        wsync_html_text(html, item->label[page->language]);
        wsync_html_raw(html, "</a></li>\n");
    }
    wsync_html_raw(html, "</ul></nav>\n");
}

/* ---- what waits for a decision ---- */

/* One line of it; leaves the <dd> open. */
static void write_line(struct server_page *page, const char *id, const char *word)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, word);
    wsync_html_raw(page->html, "</dt><dd");
    wsync_html_attr(page->html, "id", id);
    wsync_html_raw(page->html, ">");
}

static void write_count(struct server_page *page, const char *id, const char *word,
                        uint64_t count)
{
    write_line(page, id, word);
    server_number(page, count);
    wsync_html_raw(page->html, "</dd>\n");
}

static enum wsync_err write_keys(struct server_page *page)
{
    struct server_wards wards = {.count = 0};
    uint64_t overdue = 0, asked = 0;
    enum wsync_err err = server_wards_gather(page->site, &wards);
    for (size_t i = 0; err == WSYNC_OK && i < wards.count; i++) {
        const struct server_ward *ward = &wards.items[i];
        bool serves = ward->device.revoked == 0;
        overdue += serves && server_ward_is_overdue(ward);
        asked += serves && server_ward_is_asked(ward);
    }
    server_wards_free(&wards);
    if (err == WSYNC_OK) {
        write_count(page, "overdue",
                    server_word(page, "Thiết bị có khóa quá cũ", "Devices with old keys"),
                    overdue);
        write_count(page, "asked",
                    server_word(page, "Được yêu cầu đổi khóa, chưa đổi",
                                "Asked for new keys, not answered yet"),
                    asked);
    }
    return err;
}

static void write_backup(struct server_page *page, int64_t backup)
{
    write_line(page, "backup", server_word(page, "Sao lưu gần nhất", "Last backup"));
    if (backup == 0) {
        server_say(page, "chưa có bản nào", "none yet");
    } else {
        server_time(page, backup);
    }
    wsync_html_raw(page->html, "</dd>\n");
}

static enum wsync_err write_admin(struct server_page *page)
{
    struct server_facts facts;
    enum wsync_err err = server_facts_gather(page->site, &facts);
    if (err != WSYNC_OK) {
        return err;
    }
    server_admin_head(page, server_word(page, "Quản trị", "Administration"));
    wsync_html_raw(page->html, "<dl>\n");
    write_count(page, "quarantined",
                server_word(page, "Thay đổi bị cách ly", "Changes quarantined"),
                facts.quarantined);
    err = write_keys(page);
    write_backup(page, facts.backup);
    wsync_html_raw(page->html, "</dl>\n");
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_admin(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_admin);
}
