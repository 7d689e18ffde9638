/* SPDX-License-Identifier: Apache-2.0 */
/* One backup: what it holds, reading all of it, how it is put back; and which old ones go. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host/backup.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/words.h"
#include "server/pages_care.h"
#include "server/pages_input.h"

enum { WORD_BYTES = 32, SAVED_NAME_MAX = 48 };

/* ---- one ---- */

struct finding {
    const char *name;
    bool found;
    struct wsync_backup_entry entry;
    char folder[WSYNC_SITE_PATH_BYTES];
};

static enum wsync_err look(void *context, const struct wsync_backup_entry *entry)
{
    struct finding *finding = context;
    if (strcmp(entry->name, finding->name) == 0) {
        finding->entry = *entry;
        finding->found = true;
    }
    return WSYNC_OK;
}

/* The backup that ends the path, if the list has it: no name of a browser ever is a path. */
static enum wsync_err find_backup(struct server_page *page, struct finding *finding)
{
    struct wsync_site_conf conf;
    *finding = (struct finding){.name = page->request->rest};
    enum wsync_err err =
        wsync_backup_folder(page->site->path, &conf, finding->folder, &page->error);
    if (err == WSYNC_OK) {
        err = wsync_backup_list(finding->folder, finding, look, &page->error);
    }
    if (err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && !finding->found)) {
        return wsync_error_set(&page->error, WSYNC_ERR_NOT_FOUND, "%s",
                               server_word(page, "Không có bản sao lưu tên ấy.",
                                           "There is no backup of that name."));
    }
    return err;
}

static void write_fact(struct server_page *page, const char *term, uint64_t number)
{
    server_fact(page, NULL, term);
    server_number(page, number);
    wsync_html_raw(page->html, "</dd>\n");
}

static void write_facts(struct server_page *page, const struct wsync_backup_entry *entry)
{
    const struct wsync_backup_manifest *manifest = &entry->manifest;
    char room[WSYNC_WORDS_BYTES];
    wsync_html_raw(page->html, "<dl>\n");
    write_fact(page, server_word(page, "Cỡ (byte)", "Size (bytes)"), entry->size);
    if (entry->whole) {
        server_fact(page, NULL, server_word(page, "Tạo lúc", "Made"));
        server_time(page, manifest->created);
        wsync_html_raw(page->html, "</dd>\n");
        write_fact(page, server_word(page, "Nhật ký", "Logs"), manifest->logs);
        write_fact(page, server_word(page, "Thay đổi", "Changes"), manifest->changes);
        write_fact(page, server_word(page, "Tệp bên trong", "Files within"), manifest->files);
    } else {
        server_fact(page, NULL, server_word(page, "Không trọn vẹn", "Not whole"));
        wsync_html_text(page->html, wsync_words(page->language, entry->why.text, room));
        wsync_html_raw(page->html, "</dd>\n");
    }
    wsync_html_raw(page->html, "</dl>\n");
}

static void write_restore(struct server_page *page, const char *name)
{
    server_heading(page, server_word(page, "Khôi phục", "Putting it back"));
    server_paragraph(
        page, server_word(
                  page,
                  "Làm bằng lệnh, ở máy sẽ chạy tiếp, với thẻ giữ khóa niêm phong; quận dừng "
                  "trong lúc ấy. Thư mục dữ liệu đang có được chuyển sang một bên, không xóa. "
                  "Sau đó các phường gửi lại phần còn thiếu ở lần đồng bộ tới.",
                  "Done by command, on the machine that is to go on, with the stick that has "
                  "the key; the district stands still meanwhile. The data directory that is "
                  "there is moved aside, not removed. The wards then send what is missing at "
                  "their next sync."));
    wsync_html_raw(page->html, "<pre><code>");
    wsync_html_text(page->html, "district backup restore --force --kept ");
    wsync_html_text(page->html, name);
    wsync_html_text(page->html, " --key /media/stick/backup.key");
    wsync_html_raw(page->html, "</code></pre>\n");
}

static enum wsync_err write_one(struct server_page *page)
{
    struct finding finding;
    const char *done = wsync_http_field(page->request, "done");
    char path[WSYNC_BACKUP_NAME_BYTES + WORD_BYTES];
    enum wsync_err err = find_backup(page, &finding);
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(path, sizeof path, "/admin/backups/%s", finding.entry.name);
    if (done && strcmp(done, "read") == 0) {
        page->frame.notice =
            server_word(page,
                        "Đã đọc hết tệp: chữ ký, độ dài và mã băm đúng. Nội dung bên trong chỉ "
                        "xem được bằng khóa niêm phong.",
                        "All of the file was read: signature, lengths and hash hold. What is "
                        "inside can only be looked at with the key.");
    }
    server_admin_head(page, finding.entry.name);
    write_facts(page, &finding.entry);
    wsync_page_post(page->html, &page->frame, path);
    wsync_html_raw(page->html, "<p class=\"actions\"><button class=\"second\">");
    server_say(page, "Đọc lại cả tệp để kiểm tra", "Read all of it to check");
    wsync_html_raw(page->html, "</button></p></form>\n");
    server_heading(page, server_word(page, "Lấy về", "Taking it away"));
    server_paragraph(
        page, server_word(page,
                          "Một bản ở cùng máy không giúp được khi máy hỏng: hãy giữ một "
                          "bản ở nơi khác. Tệp được niêm phong; không có khóa thì không "
                          "ai đọc được. Nhật ký quản trị ghi lại mỗi lần tải.",
                          "A backup on the same machine is no help when that breaks: keep "
                          "one elsewhere. The file is sealed; nobody reads it without the "
                          "key. The admin log tells of each time that one is taken."));
    snprintf(path, sizeof path, "/admin/backups/file/%s", finding.entry.name);
    wsync_page_post(page->html, &page->frame, path);
    wsync_html_raw(page->html, "<p class=\"actions\"><button class=\"second\">");
    server_say(page, "Tải xuống", "Download");
    wsync_html_raw(page->html, "</button></p></form>\n");
    write_restore(page, finding.entry.name);
    wsync_page_end(page->html, &page->frame);
    return WSYNC_OK;
}

void server_page_backup(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_one);
}

/* What the browser saves it as; one that somebody called otherwise by hand gets another name.
 */
static const char *name_of(const struct wsync_backup_entry *entry)
{
    static const char LETTERS[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    size_t len = strlen(entry->name);
    return len <= SAVED_NAME_MAX && strspn(entry->name, LETTERS) == len ? entry->name
                                                                        : "wardsync.backup";
}

/* Has the command do this with one. */
static enum wsync_err have_done(struct server_page *page, const char *verb, const char *name)
{
    struct wsync_action_result result;
    const char *const argv[] = {
        "backup", page->language == WSYNC_VI ? "--lang=vi" : "--lang=en", "--kept", "--", verb,
        name,     NULL};
    return server_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
}

/* First the row that says so, then the file. */
static enum wsync_err give_one(struct server_page *page)
{
    struct finding finding;
    char path[WSYNC_SITE_PATH_BYTES];
    enum wsync_err err = find_backup(page, &finding);
    if (err != WSYNC_OK) {
        return err;
    }
    WSYNC_CLOSED int fd = open(wsync_site_file(finding.folder, finding.entry.name, path),
                               O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return wsync_file_error(errno, "open", finding.entry.name, &page->error);
    }
    err = have_done(page, "out", finding.entry.name);
    if (err != WSYNC_OK) {
        return server_tells(page) ? write_one(page) : err;
    }
    wsync_http_give_fd(page->answer, fd, "application/octet-stream", name_of(&finding.entry));
    fd = -1; /* the answer's */
    return WSYNC_OK;
}

void server_page_backup_file(void *context, const struct wsync_http_request *request,
                             struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, give_one);
}

static enum wsync_err read_one(struct server_page *page)
{
    struct finding finding;
    char path[WSYNC_BACKUP_NAME_BYTES + WORD_BYTES];
    enum wsync_err err = find_backup(page, &finding);
    if (err != WSYNC_OK) {
        return err;
    }
    err = have_done(page, "verify", finding.entry.name);
    if (err != WSYNC_OK) {
        return server_tells(page) ? write_one(page) : err;
    }
    snprintf(path, sizeof path, "/admin/backups/%s?done=read", finding.entry.name);
    wsync_http_redirect(page->answer, path);
    return WSYNC_OK;
}

void server_page_backup_read(void *context, const struct wsync_http_request *request,
                             struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, read_one);
}

/* ---- which old ones go ---- */

/* How many stay and for how many days, from the fields of the address or of the form. */
struct order {
    uint64_t keep, days;
};

static enum wsync_err read_order(struct server_page *page, struct order *order)
{
    *order = (struct order){server_number_field(page, "keep", 7),
                            server_number_field(page, "days", 30)};
    return order->keep <= WSYNC_BACKUP_KEEP_MAX && order->days <= WSYNC_BACKUP_KEEP_MAX
               ? WSYNC_OK
               : wsync_error_set(&page->error, WSYNC_ERR_INVALID, "%s",
                                 server_word(page, "Mỗi số nhiều nhất là 100.000.",
                                             "Each of the two numbers is at most 100,000."));
}

static void write_hidden(struct server_page *page, const char *name, uint64_t number)
{
    char text[WORD_BYTES];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    server_hidden(page, name, text);
}

struct going {
    struct server_page *page;
    size_t count;
};

static void write_name(void *context, const struct wsync_backup_entry *entry)
{
    struct going *going = context;
    wsync_html_raw(going->page->html, "<li>");
    wsync_html_text(going->page->html, entry->name);
    wsync_html_raw(going->page->html, "</li>\n");
    going->count++;
}

/* The list of what the command would remove now. */
static enum wsync_err write_names(struct server_page *page, const struct order *order,
                                  size_t *count)
{
    char folder[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf conf;
    struct wsync_error error;
    struct going going = {page, 0};
    const struct wsync_backup_policy policy = {.device = page->site->identity.device,
                                               .keep = order->keep,
                                               .keep_days = (int64_t)order->days,
                                               .now = wsync_clock_wall_s(),
                                               .dry_run = true};
    enum wsync_err err = wsync_backup_folder(page->site->path, &conf, folder, &page->error);
    wsync_html_raw(page->html, "<ul id=\"going\">\n");
    if (err == WSYNC_OK) {
        err = wsync_backup_prune(folder, &policy, &going, write_name, &error);
    }
    wsync_html_raw(page->html, "</ul>\n");
    *count = going.count;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* no folder: none was made yet */
}

static enum wsync_err write_going(struct server_page *page)
{
    struct order order;
    size_t count = 0;
    enum wsync_err err = read_order(page, &order);
    if (err != WSYNC_OK) {
        return err;
    }
    server_admin_head(page,
                      server_word(page, "Xóa các bản sao lưu cũ?", "Remove old backups?"));
    server_paragraph(page,
                     server_word(page,
                                 "Bản trọn vẹn cuối cùng không bao giờ bị xóa, và bản của "
                                 "máy khác cũng vậy. Đã xóa thì không lấy lại được.",
                                 "The last whole one is never removed, nor one of another "
                                 "device. What is removed is gone for good."));
    err = write_names(page, &order, &count);
    if (count == 0) {
        server_paragraph(page, server_word(page, "Không có bản nào phải xóa.",
                                           "There is none to be removed."));
        wsync_html_raw(page->html, "<p><a class=\"button\" href=\"/admin/backups\">");
        server_say(page, "Về danh sách", "Back to the list");
        wsync_html_raw(page->html, "</a></p>\n");
    } else {
        wsync_page_post(page->html, &page->frame, "/admin/backups/prune");
        write_hidden(page, "keep", order.keep);
        write_hidden(page, "days", order.days);
        server_input_end(page, "danger", server_word(page, "Xóa hẳn", "Remove for good"),
                         "/admin/backups");
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_backup_old(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_going);
}

static enum wsync_err remove_old(struct server_page *page)
{
    struct order order;
    struct wsync_action_result result;
    char keep[WORD_BYTES], days[WORD_BYTES];
    enum wsync_err err = read_order(page, &order);
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(keep, sizeof keep, "--keep=%llu", (unsigned long long)order.keep);
    snprintf(days, sizeof days, "--keep-days=%llu", (unsigned long long)order.days);
    const char *const argv[] = {
        "backup", page->language == WSYNC_VI ? "--lang=vi" : "--lang=en",
        keep,     days,
        "--",     "prune",
        NULL};
    err = server_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
    if (err == WSYNC_OK) {
        wsync_http_redirect(page->answer, "/admin/backups?done=prune");
        return WSYNC_OK;
    }
    return server_tells(page) ? write_going(page) : err;
}

void server_page_backup_prune(void *context, const struct wsync_http_request *request,
                              struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, remove_old);
}
