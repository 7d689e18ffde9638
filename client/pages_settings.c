/* SPDX-License-Identifier: Apache-2.0 */
/* Cài đặt: what this machine is, whom it trusts, and whether its data is safe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "client/pages_parts.h"
#include "host/backup.h"
#include "host/clock.h"
#include "host/fingerprint.h"
#include "host/photo_text.h"

static const uint64_t GIGABYTE = 1000000000, GIGABYTES_FROM = 10000000000;
enum { BACKUPS_SHOWN = 10, SECONDS_A_DAY = 86400, STAT_BLOCK_BYTES = 512 };

static void begin_fact(struct desk_page *page, const char *word)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, word);
    wsync_html_raw(page->html, "</dt><dd>");
}

static void write_fact(struct desk_page *page, const char *word, const char *text)
{
    begin_fact(page, word);
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</dd>");
}

static void write_code(struct desk_page *page, const char *word, const char *text)
{
    begin_fact(page, word);
    wsync_html_raw(page->html, "<code>");
    wsync_html_text(page->html, text);
    wsync_html_raw(page->html, "</code></dd>");
}

static void write_bytes(struct desk_page *page, const char *word, uint64_t bytes)
{
    char text[WSYNC_PHOTO_SIZE_BYTES];
    if (bytes < GIGABYTES_FROM) {
        write_fact(page, word, wsync_photo_size(bytes, text));
        return;
    }
    begin_fact(page, word);
    desk_number(page, bytes / GIGABYTE);
    wsync_html_text(page->html, " GB");
    wsync_html_raw(page->html, "</dd>");
}

static void begin_part(struct desk_page *page, const char *title)
{
    wsync_html_raw(page->html, "<section class=\"card\"><h2>");
    wsync_html_text(page->html, title);
    wsync_html_raw(page->html, "</h2>");
}

/* ---- this machine, and whom it trusts ---- */

static enum wsync_err write_machine(struct desk_page *page)
{
    struct wsync_device device;
    struct wsync_site *site = page->site;
    enum wsync_err err = wsync_device_get(site->txn, &site->identity.device, &device);
    bool known = err == WSYNC_OK;
    begin_part(page, desk_word(page, "Máy này", "This machine"));
    wsync_html_raw(page->html, "<dl>");
    write_fact(page, desk_word(page, "Đơn vị", "Unit"), page->facts.unit);
    write_fact(page, desk_word(page, "Tên máy", "Name of the device"),
               known ? device.name
                     : desk_word(page, "chưa biết trước lần ghi đầu tiên",
                                 "not known before its first record"));
    write_fact(page, desk_word(page, "Phiên bản", "Version"),
               "wardsync " WSYNC_VERSION " · Apache-2.0");
    if (known) {
        write_code(
            page, desk_word(page, "Dấu vân tay khóa của máy", "Fingerprint of its key"),
            wsync_fingerprint_of(WSYNC_BYTES(device.keys[device.key_count - 1].key)).text);
    }
    write_code(page,
               desk_word(page, "Dấu vân tay khóa của quận", "Fingerprint of the district"),
               wsync_fingerprint_of(WSYNC_BYTES(site->conf.server_key)).text);
    write_code(page, desk_word(page, "Dấu vân tay hệ thống", "Fingerprint of the installation"),
               wsync_fingerprint_of_instance(&site->conf.instance).text);
    wsync_html_raw(page->html, "</dl><p class=\"muted\">");
    desk_say(page,
             "Khi nghi ngờ, gọi cho quận và đọc to từng nhóm bốn ký tự: hai bên phải đọc giống "
             "hệt nhau.",
             "When in doubt call the district and read each group of four aloud: both sides "
             "have to read the same.");
    wsync_html_raw(page->html, "</p></section>");
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void write_people(struct desk_page *page)
{
    begin_part(page, desk_word(page, "Người dùng và ngôn ngữ", "People and language"));
    wsync_html_raw(page->html, "<p><a class=\"button second\" href=\"/settings/staff\">");
    desk_say(page, "Cán bộ và mã PIN", "Staff and PINs");
    wsync_html_raw(page->html, "</a></p>");
    wsync_page_post(page->html, &page->frame, "/language");
    wsync_html_raw(page->html, "<input type=\"hidden\" name=\"back\" value=\"/settings\">"
                               "<p class=\"actions\"><button class=\"second\" name=\"to\"");
    wsync_html_attr(page->html, "value", page->language == WSYNC_VI ? "en" : "vi");
    wsync_html_raw(page->html, ">");
    desk_say(page, "Đổi sang tiếng Anh", "Change to Vietnamese");
    wsync_html_raw(page->html, "</button></p></form></section>");
}

/* ---- is the data safe ---- */

static const char *folder_of(const struct desk_page *page, char folder[WSYNC_SITE_PATH_BYTES])
{
    const struct wsync_site *site = page->site;
    return site->conf.backup_folder[0] ? site->conf.backup_folder
                                       : wsync_site_file(site->path, "backups", folder);
}

static enum wsync_err write_disk(struct desk_page *page)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct stat store;
    struct statvfs disk;
    struct wsync_blob_sums sums;
    enum wsync_err err = wsync_blob_sums(page->site->txn, page->site->blobs, &sums);
    begin_part(page, desk_word(page, "Chỗ trên đĩa", "Room on the disk"));
    wsync_html_raw(page->html, "<dl>");
    write_code(page, desk_word(page, "Thư mục dữ liệu", "Data directory"), page->site->path);
    if (stat(wsync_site_file(page->site->path, "store/data.mdb", file), &store) == 0) {
        write_bytes(page, desk_word(page, "Kho bản ghi", "Store of the records"),
                    (uint64_t)store.st_blocks * STAT_BLOCK_BYTES);
    }
    write_bytes(page, desk_word(page, "Ảnh và tệp", "Photos and files"), sums.named.bytes);
    if (statvfs(page->site->path, &disk) == 0) {
        write_bytes(page, desk_word(page, "Đĩa còn trống", "Free on the disk"),
                    (uint64_t)disk.f_bavail * disk.f_frsize);
    }
    wsync_html_raw(page->html, "</dl></section>");
    return err;
}

/* The last of the folder, the newest last as their names are ordered. */
struct shelf {
    struct wsync_backup_entry entries[BACKUPS_SHOWN];
    size_t count; /* of all */
};

static enum wsync_err see_backup(void *context, const struct wsync_backup_entry *entry)
{
    struct shelf *shelf = context;
    shelf->entries[shelf->count++ % BACKUPS_SHOWN] = *entry;
    return WSYNC_OK;
}

static void write_backup(struct desk_page *page, const struct wsync_backup_entry *entry)
{
    char when[WSYNC_VIEW_TIME_BYTES], size[WSYNC_PHOTO_SIZE_BYTES];
    wsync_view_time(entry->manifest.created, when);
    wsync_html_raw(page->html, "<tr><td>");
    wsync_html_text(page->html, entry->whole ? when : "–");
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, entry->name);
    if (!entry->whole) {
        wsync_html_raw(page->html, "<br><span class=\"tag bad\">");
        desk_say(page, "hỏng, không dùng được", "damaged, of no use");
        wsync_html_raw(page->html, "</span>");
    }
    wsync_html_raw(page->html, "</td><td class=\"number\">");
    wsync_html_text(page->html, wsync_photo_size(entry->size, size));
    wsync_html_raw(page->html, "</td></tr>");
}

static void write_shelf(struct desk_page *page)
{
    char folder[WSYNC_SITE_PATH_BYTES];
    struct shelf *shelf = calloc(1, sizeof *shelf);
    enum wsync_err err =
        shelf ? wsync_backup_list(folder_of(page, folder), shelf, see_backup, NULL)
              : WSYNC_ERR_MEMORY;
    if (err == WSYNC_OK && shelf->count > 0) {
        wsync_page_table(page->html, desk_word(page, "Các bản sao lưu", "The backups"));
        wsync_html_raw(page->html, "<thead><tr><th scope=\"col\">");
        desk_say(page, "Lúc", "When");
        wsync_html_raw(page->html, "</th><th scope=\"col\">");
        desk_say(page, "Tệp", "File");
        wsync_html_raw(page->html, "</th><th scope=\"col\" class=\"number\">");
        desk_say(page, "Cỡ", "Size");
        wsync_html_raw(page->html, "</th></tr></thead><tbody>");
        for (size_t i = 0; i < BACKUPS_SHOWN && i < shelf->count; i++) {
            write_backup(page, &shelf->entries[(shelf->count - 1 - i) % BACKUPS_SHOWN]);
        }
        wsync_html_raw(page->html, "</tbody></table></div>");
    }
    free(shelf);
}

static void write_age(struct desk_page *page, int64_t made)
{
    char when[WSYNC_VIEW_TIME_BYTES];
    int64_t days = (wsync_clock_wall_s() - made) / SECONDS_A_DAY;
    int64_t most = page->site->conf.policy.backup_days;
    wsync_html_raw(page->html, "<p>");
    if (made == 0) {
        desk_say(page, "Chưa có bản sao lưu nào.", "There is no backup yet.");
    } else {
        wsync_view_time(made, when);
        desk_say(page, "Bản gần nhất: ", "The last one: ");
        wsync_html_text(page->html, when);
        desk_say(page, ", số ngày đã qua: ", ", days since then: ");
        desk_number(page, days > 0 ? (uint64_t)days : 0);
    }
    wsync_html_raw(page->html, "</p>");
    if (most > 0 && (made == 0 || days > most)) {
        wsync_html_raw(page->html, "<p class=\"warning\">");
        desk_say(page, "Đã đến lúc sao lưu: mất máy này thì mất cả những gì chưa gửi.",
                 "It is time for one: what was not sent is lost with this machine.");
        wsync_html_raw(page->html, "</p>");
    }
}

static enum wsync_err write_backups(struct desk_page *page)
{
    int64_t made;
    enum wsync_err err = wsync_backup_last(page->site->txn, &made);
    if (err != WSYNC_OK) {
        return err;
    }
    begin_part(page, desk_word(page, "Sao lưu", "Backups"));
    write_age(page, made);
    if (page->site->conf.has_backup_key) {
        wsync_page_post(page->html, &page->frame, "/settings/backup");
        wsync_html_raw(page->html, "<p class=\"actions\"><button>");
        desk_say(page, "Sao lưu ngay", "Make one now");
        wsync_html_raw(page->html, "</button></p></form>");
    } else {
        wsync_html_raw(page->html, "<p class=\"muted\">");
        desk_say(page,
                 "Chưa có khóa của người quản trị để niêm phong bản sao lưu. Trên máy này: ",
                 "There is no admin's key to seal a backup to yet. On this machine: ");
        wsync_html_raw(page->html, "<code>");
        wsync_html_text(page->html, "ward backup key create");
        wsync_html_raw(page->html, "</code></p>");
    }
    write_shelf(page);
    wsync_html_raw(page->html, "</section>");
    return err;
}

/* ---- the page ---- */

static void write_settings(struct desk_page *page)
{
    desk_head(page, desk_word(page, "Cài đặt", "Settings"));
    enum wsync_err err = write_machine(page);
    wsync_html_raw(page->html, "<div class=\"cards\">");
    write_people(page);
    if (err == WSYNC_OK) {
        err = write_backups(page);
    }
    if (err == WSYNC_OK) {
        err = write_disk(page);
    }
    wsync_html_raw(page->html, "</div>");
    desk_end(page, err);
}

void desk_settings(void *context, const struct wsync_http_request *request,
                   struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        const char *done = wsync_http_field(request, "done");
        page.frame.notice = done && strcmp(done, "backup") == 0
                                ? desk_word(&page, "Đã sao lưu.", "The backup is made.")
                                : NULL;
        write_settings(&page);
    }
}

void desk_backup(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_action_result result;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    const char *const argv[] = {"backup", desk_lang(&page), "--", "create", NULL};
    enum wsync_err err = desk_act(&page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        desk_go(&page, "/settings?done=backup");
    } else if (desk_tells(&page)) {
        write_settings(&page);
    } else {
        desk_end(&page, err);
    }
}
