/* SPDX-License-Identifier: Apache-2.0 */
/* Backups: which there are, whole or not; making one, and to whose key. */
#include <stdio.h>
#include <string.h>

#include "host/backup.h"
#include "host/fingerprint.h"
#include "host/words.h"
#include "server/pages_care.h"
#include "server/pages_input.h"

/* ---- the list ---- */

static void write_holds(struct server_page *page, const struct wsync_backup_entry *entry)
{
    const struct wsync_backup_manifest *manifest = &entry->manifest;
    bool ours = memcmp(manifest->device.b, page->site->identity.device.b,
                       sizeof manifest->device.b) == 0;
    server_number(page, manifest->changes);
    server_say(page, " thay đổi trong ", " changes in ");
    server_number(page, manifest->logs);
    server_say(page, " nhật ký, ", " logs, ");
    server_number(page, manifest->files);
    server_say(page, " tệp", " files");
    if (!ours) {
        server_say(page, "; của máy khác", "; of another device");
    }
}

static void write_age(struct server_page *page, int64_t created)
{
    server_time(page, created);
    wsync_html_text(page->html, " (");
    server_number(page, server_days_since(created));
    server_say(page, " ngày trước)", " days ago)");
}

static enum wsync_err write_backup(struct server_page *page,
                                   const struct wsync_backup_entry *entry)
{
    struct wsync_html *html = page->html;
    wsync_html_raw(html, "<tr><th scope=\"row\"><a href=\"/admin/backups/");
    wsync_html_part(html, entry->name);
    wsync_html_raw(html, "\">");
    wsync_html_text(html, entry->name);
    wsync_html_raw(html, "</a></th><td>");
    if (entry->whole) {
        write_age(page, entry->manifest.created);
    } else {
        wsync_html_text(html, "–");
    }
    wsync_html_raw(html, "</td><td class=\"number\">");
    server_number(page, (entry->size + 1023) / 1024);
    wsync_html_raw(html, "</td><td>");
    if (entry->whole) {
        wsync_html_raw(html, "<span class=\"tag good\">");
        server_say(page, "trọn vẹn", "whole");
        wsync_html_raw(html, "</span></td><td>");
        write_holds(page, entry);
    } else {
        char room[WSYNC_WORDS_BYTES];
        wsync_html_raw(html, "<span class=\"tag bad\">");
        server_say(page, "không trọn vẹn", "not whole");
        wsync_html_raw(html, "</span></td><td>");
        wsync_html_text(html, wsync_words(page->language, entry->why.text, room));
    }
    wsync_html_raw(html, "</td></tr>\n");
    return wsync_html_err(html);
}

static void begin_list(struct server_page *page)
{
    server_table_begin(page, server_word(page, "Các bản sao lưu", "Backups"));
    server_table_head(page, server_word(page, "Tệp", "File"), false);
    server_table_head(page, server_word(page, "Tạo lúc", "Made"), false);
    server_table_head(page, server_word(page, "Cỡ (KB)", "Size (KB)"), true);
    server_table_head(page, server_word(page, "Tình trạng", "State"), false);
    server_table_head(page, server_word(page, "Giữ", "Holds"), false);
    server_table_body(page);
}

struct listing {
    struct server_page *page;
    size_t count;
};

static enum wsync_err write_next(void *context, const struct wsync_backup_entry *entry)
{
    struct listing *listing = context;
    if (listing->count++ == 0) {
        begin_list(listing->page);
    }
    return write_backup(listing->page, entry);
}

static enum wsync_err write_list(struct server_page *page, const char *folder)
{
    struct wsync_error error;
    struct listing listing = {page, 0};
    enum wsync_err err = wsync_backup_list(folder, &listing, write_next, &error);
    if (listing.count > 0) {
        server_table_end(page);
    } else if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        server_paragraph(page, server_word(page, "Chưa có bản nào.", "There is none yet."));
        return WSYNC_OK;
    }
    return err == WSYNC_OK ? err : wsync_error_set(&page->error, err, "%s", error.text);
}

/* ---- the key they are made to ---- */

static void write_key(struct server_page *page, const struct wsync_site_conf *conf)
{
    server_heading(page, server_word(page, "Khóa niêm phong", "The key they are sealed to"));
    if (conf->has_backup_key) {
        struct wsync_fingerprint print = wsync_fingerprint_of(WSYNC_BYTES(conf->backup_key));
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Dấu vân tay: ", "Fingerprint: ");
        wsync_html_raw(page->html, "<code id=\"backup-key\">");
        wsync_html_text(page->html, print.text);
        wsync_html_raw(page->html, "</code></p>\n");
    } else {
        server_paragraph(page, server_word(page, "Chưa có: chưa sao lưu được.",
                                           "None yet: no backup can be made."));
    }
    server_paragraph(
        page, server_word(
                  page,
                  "Khóa mở được bản sao lưu không nằm ở máy này. Tạo nó trên một máy khác, vào "
                  "một thẻ nhớ, bằng lệnh dưới đây; lệnh hỏi mật khẩu và in ra 64 chữ số để "
                  "điền vào ô bên dưới. Mất thẻ hay mật khẩu thì không ai mở được nữa: giữ "
                  "thêm một bản ở nơi khác.",
                  "The key that opens a backup is not on this machine. Make it on another one, "
                  "onto a stick, by the command below; it asks for a passphrase and prints 64 "
                  "digits to be put in below. Without the stick or its passphrase nobody can "
                  "open a backup: keep a second copy elsewhere."));
    wsync_html_raw(page->html, "<pre><code>");
    wsync_html_text(page->html, "district backup key create /media/stick/backup.key");
    wsync_html_raw(page->html, "</code></pre>\n");
    wsync_page_post(page->html, &page->frame, "/admin/backups/key");
    const struct server_input key = {
        .name = "key",
        .label = server_word(page, "64 chữ số của khóa", "The key's 64 digits"),
        .required = true};
    server_input(page, &key);
    wsync_html_raw(page->html, "<p class=\"actions\"><button class=\"second\">");
    server_say(page, "Dùng khóa này từ nay", "Use this key from now on");
    wsync_html_raw(page->html, "</button></p></form>\n");
}

/* ---- what can be done ---- */

static void write_now(struct server_page *page)
{
    server_paragraph(
        page,
        server_word(page,
                    "Tạo được trong khi quận đang phục vụ. Với nhiều số liệu có thể mất vài "
                    "phút; trang trả lời khi xong, và đóng trang không làm dừng.",
                    "It can be made while the district serves. With much data it may take "
                    "minutes; the page answers when it is done, and closing it stops "
                    "nothing."));
    wsync_page_post(page->html, &page->frame, "/admin/backups");
    wsync_html_raw(page->html, "<p class=\"actions\"><button>");
    server_say(page, "Sao lưu ngay", "Back up now");
    wsync_html_raw(page->html, "</button></p></form>\n");
}

/* How many stay, and how long every one stays. */
static void write_prune(struct server_page *page)
{
    server_heading(page, server_word(page, "Dọn bản cũ", "Remove old ones"));
    wsync_html_raw(page->html, "<form method=\"get\" action=\"/admin/backups/prune\">\n");
    const struct server_input keep = {
        .name = "keep",
        .label = server_word(page, "Luôn giữ mấy bản cuối", "How many of the last ones stay"),
        .value = "7"};
    const struct server_input days = {.name = "days",
                                      .label = server_word(page, "Giữ mọi bản trong mấy ngày",
                                                           "How many days every one stays"),
                                      .value = "30"};
    server_input(page, &keep);
    server_input(page, &days);
    wsync_html_raw(page->html, "<p class=\"actions\"><button class=\"second\">");
    server_say(page, "Xem những bản sẽ bị xóa", "Show which would go");
    wsync_html_raw(page->html, "</button></p></form>\n");
}

static const char *notice_of(const struct server_page *page)
{
    const char *done = wsync_http_field(page->request, "done");
    return !done                       ? NULL
           : strcmp(done, "made") == 0 ? server_word(page, "Đã sao lưu.", "A backup was made.")
           : strcmp(done, "key") == 0 ? server_word(page,
                                                    "Từ nay bản sao lưu được niêm phong "
                                                    "bằng khóa này.",
                                                    "Backups are sealed to this key from now "
                                                    "on.")
           : strcmp(done, "prune") == 0
               ? server_word(page, "Đã xóa các bản cũ.", "The old ones were removed.")
               : NULL;
}

static enum wsync_err write_backups(struct server_page *page)
{
    char folder[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf conf;
    enum wsync_err err = wsync_backup_folder(page->site->path, &conf, folder, &page->error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!page->frame.error) {
        page->frame.notice = notice_of(page);
    }
    server_admin_head(page, server_word(page, "Sao lưu", "Backups"));
    write_now(page);
    err = write_list(page, folder);
    write_prune(page);
    write_key(page, &conf);
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_backups(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_backups);
}

/* ---- doing it ---- */

static enum wsync_err make_one(struct server_page *page)
{
    struct wsync_action_result result;
    const char *const argv[] = {
        "backup", page->language == WSYNC_VI ? "--lang=vi" : "--lang=en", "--", "create", NULL};
    enum wsync_err err = server_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        wsync_http_redirect(page->answer, "/admin/backups?done=made");
        return WSYNC_OK;
    }
    return server_tells(page) ? write_backups(page) : err;
}

void server_page_backup_now(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, make_one);
}

static enum wsync_err use_key(struct server_page *page)
{
    struct wsync_action_result result;
    const char *key = wsync_http_field(page->request, "key");
    const char *const argv[] = {
        "backup", page->language == WSYNC_VI ? "--lang=vi" : "--lang=en",
        "--",     "key",
        "use",    key ? key : "",
        NULL};
    enum wsync_err err = server_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        wsync_http_redirect(page->answer, "/admin/backups?done=key");
        return WSYNC_OK;
    }
    return server_tells(page) ? write_backups(page) : err;
}

void server_page_backup_key(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, use_key);
}
