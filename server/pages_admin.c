/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pages_admin.h"

#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "server/facts.h"
#include "server/invites.h"
#include "server/ward_facts.h"

enum { SECONDS_A_DAY = 86400 };

/* The parts of Quản trị, in the order of the navigation; the first is the first page. */
static const struct wsync_page_item PARTS[] = {
    {"/admin", {"Đang chờ", "What waits"}},
    {"/admin/devices", {"Thiết bị và khóa", "Devices and keys"}},
    {"/admin/keys", {"Khóa của quận", "Keys of the district"}},
    {"/admin/quarantine", {"Cách ly", "Quarantine"}},
    {"/admin/staff", {"Cán bộ", "Staff"}},
    {"/admin/forms", {"Biểu mẫu", "Forms"}},
    {"/admin/units", {"Đơn vị", "Units"}},
    {"/admin/backups", {"Sao lưu", "Backups"}},
    {"/admin/verify", {"Kiểm tra số liệu", "Verification"}},
    {"/admin/doctor", {"Khám máy", "Doctor"}},
    {"/admin/log", {"Nhật ký quản trị", "Admin log"}},
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
        if (!wsync_page_may(page->request, WSYNC_HTTP_GET, item->path)) {
            continue;
        }
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

/* ---- what several of them write ---- */

void server_fact(struct server_page *page, const char *id, const char *term)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, term);
    wsync_html_raw(page->html, "</dt><dd");
    if (id) {
        wsync_html_attr(page->html, "id", id);
    }
    wsync_html_raw(page->html, ">");
}

void server_heading(struct server_page *page, const char *text)
{
    wsync_html_raw(page->html, "<h2>");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</h2>\n");
}

void server_paragraph(struct server_page *page, const char *text)
{
    wsync_html_raw(page->html, "<p>");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</p>\n");
}

const char *server_role_word(const struct server_page *page, enum wsync_role role)
{
    switch (role) {
    case WSYNC_ROLE_CLERK:
        return server_word(page, "nhập liệu ở phường", "clerk");
    case WSYNC_ROLE_INSPECTOR:
        return server_word(page, "kiểm tra viên", "inspector");
    case WSYNC_ROLE_OFFICE:
        return server_word(page, "cán bộ quận", "office");
    case WSYNC_ROLE_AUDITOR:
        return server_word(page, "kiểm toán, chỉ xem", "auditor, reads only");
    case WSYNC_ROLE_NODE:
        break;
    }
    return server_word(page, "máy của chính quận", "the district's own");
}

void server_device_tag(struct server_page *page, const struct wsync_device *device)
{
    if (device->revoked != 0) {
        wsync_html_raw(page->html, "<span class=\"tag bad\">");
        server_say(page, "đã thu hồi", "revoked");
    } else if (device->suspended != 0) {
        wsync_html_raw(page->html, "<span class=\"tag warn\">");
        server_say(page, "đang tạm ngừng", "suspended");
    } else {
        wsync_html_raw(page->html, "<span class=\"tag good\">");
        server_say(page, "đang dùng", "a member");
    }
    wsync_html_raw(page->html, "</span>");
}

const char *server_device_path(const struct wsync_device_id *id,
                               char path[SERVER_DEVICE_PATH_BYTES])
{
    char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(*id), hex);
    snprintf(path, SERVER_DEVICE_PATH_BYTES, "/admin/devices/%s", hex);
    return path;
}

void server_device_link(struct server_page *page, const struct wsync_device *device)
{
    char path[SERVER_DEVICE_PATH_BYTES];
    wsync_html_raw(page->html, "<a");
    wsync_html_attr(page->html, "href", server_device_path(&device->id, path));
    wsync_html_raw(page->html, ">");
    wsync_html_text(page->html, device->name);
    wsync_html_raw(page->html, "</a>");
}

uint64_t server_days_since(int64_t stamp)
{
    int64_t passed = wsync_clock_wall_s() - stamp;
    return passed < 0 ? 0 : (uint64_t)(passed / SECONDS_A_DAY);
}

/* ---- what waits for a decision ---- */

/* One line of it, with the way to where it is decided. */
struct waiting {
    const char *id, *path;
    const char *word[2]; /* by enum wsync_language */
    uint64_t count;
};

static void write_waiting(struct server_page *page, const struct waiting *waiting)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<dt><a");
    wsync_html_attr(html, "href", waiting->path);
    wsync_html_raw(html, ">");
    wsync_html_text(html, waiting->word[page->language]);
    wsync_html_raw(html, "</a></dt><dd");
    wsync_html_attr(html, "id", waiting->id);
    wsync_html_raw(html, ">");
    server_number(page, waiting->count);
    wsync_html_raw(html, "</dd>\n");
}

/* Devices whose keys are too old, and those that were asked for new ones. */
static enum wsync_err count_keys(struct server_page *page, uint64_t *overdue, uint64_t *asked)
{
    struct server_wards wards = {.count = 0};
    enum wsync_err err = server_wards_gather(page->site, &wards);
    for (size_t i = 0; err == WSYNC_OK && i < wards.count; i++) {
        const struct server_ward *ward = &wards.items[i];
        bool serves = ward->device.revoked == 0;
        *overdue += serves && server_ward_is_overdue(ward);
        *asked += serves && server_ward_is_asked(ward);
    }
    server_wards_free(&wards);
    return err;
}

static enum wsync_err count_invites(struct server_page *page, uint64_t *open)
{
    struct wsync_transport_key key = {{0}};
    struct wsync_invite_row row;
    int64_t now = wsync_clock_wall_s();
    enum wsync_err err;
    while ((err = server_invite_after(page->site->txn, now, &key, &row)) == WSYNC_OK) {
        ++*open;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void write_backup(struct server_page *page, int64_t backup)
{
    wsync_html_raw(page->html, "<dt><a href=\"/admin/backups\">");
    server_say(page, "Sao lưu gần nhất", "Last backup");
    wsync_html_raw(page->html, "</a></dt><dd id=\"backup\">");
    if (backup == 0) {
        server_say(page, "chưa có bản nào", "none yet");
    } else {
        server_time(page, backup);
        server_say(page, ", số ngày trước: ", ", days ago: ");
        server_number(page, server_days_since(backup));
    }
    wsync_html_raw(page->html, "</dd>\n");
}

static enum wsync_err write_admin(struct server_page *page)
{
    struct server_facts facts;
    uint64_t overdue = 0, asked = 0, open = 0;
    enum wsync_err err = server_facts_gather(page->site, &facts);
    if (err == WSYNC_OK) {
        err = count_keys(page, &overdue, &asked);
    }
    if (err == WSYNC_OK) {
        err = count_invites(page, &open);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    const struct waiting lines[] = {
        {"quarantined",
         "/admin/quarantine",
         {"Thay đổi bị cách ly", "Changes quarantined"},
         facts.quarantined},
        {"conflicts",
         "/conflicts",
         {"Bản ghi xung đột", "Records in conflict"},
         facts.conflicts},
        {"overdue",
         "/admin/devices",
         {"Thiết bị có khóa quá cũ", "Devices with old keys"},
         overdue},
        {"asked",
         "/admin/devices",
         {"Được yêu cầu đổi khóa, chưa đổi", "Asked for new keys, not answered yet"},
         asked},
        {"invites", "/admin/devices", {"Thư mời chưa dùng", "Invites that are open"}, open},
    };
    server_admin_head(page, server_word(page, "Quản trị", "Administration"));
    wsync_html_raw(page->html, "<dl id=\"waiting\" data-live=\"\">\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        write_waiting(page, &lines[i]);
    }
    write_backup(page, facts.backup);
    wsync_html_raw(page->html, "</dl>\n<p class=\"actions\"><a href=\"/admin/doctor\">");
    server_say(page, "Khám máy: có gì cần làm ở chính máy quận không",
               "Doctor: whether anything is to be done at the district itself");
    wsync_html_raw(page->html, "</a></p>\n");
    wsync_page_end(page->html, &page->frame);
    return WSYNC_OK;
}

void server_page_admin(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_admin);
}
