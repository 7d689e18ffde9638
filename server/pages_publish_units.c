/* SPDX-License-Identifier: Apache-2.0 */
/* A table of units: sent, looked at with what it would change, published. */
#include <stdio.h>
#include <stdlib.h>

#include "host/http_upload.h"
#include "host/office.h"
#include "server/pages_care.h"
#include "server/pages_input.h"
#include "host/page_kept.h"

enum { TABLE_BYTES = 16 << 20, UNPROCESSABLE = 422, TARGET_BYTES = 64 };

static const char *const NAMES[WSYNC_KEPT_FILES] = {"units", NULL, NULL};

/* ---- the file ---- */

static void write_upload(struct server_page *page)
{
    const struct server_input input = {
        .name = NAMES[0],
        .label = server_word(page, "Bảng đơn vị (CSV)", "The table of units (CSV)"),
        .type = "file",
        .hint =
            server_word(page, "Các cột: id, level, code, name, parent, valid_from, valid_to",
                        "Columns: id, level, code, name, parent, valid_from, valid_to")};
    server_heading(page, server_word(page, "Gửi bảng đơn vị", "Send a table of units"));
    server_paragraph(
        page, server_word(
                  page,
                  "Chưa đăng gì cả: trước hết trang cho xem điều gì thay đổi. Đơn vị không bao "
                  "giờ mất: muốn bỏ thì cho một ngày kết thúc; đổi tên hay chuyển cấp trên thì "
                  "cho thay đổi ấy một ngày bắt đầu.",
                  "Nothing is published yet: first you see what changes. A unit is never taken "
                  "away: give it a last day; what is renamed or moved gets a day from which "
                  "that holds."));
    wsync_page_post_files(page->html, &page->frame, "/admin/units/new-table");
    server_input(page, &input);
    server_input_end(page, "", server_word(page, "Xem trước", "Preview"), "/admin/units");
}

/* ---- the preview ---- */

static void write_words(struct server_page *page, unsigned what)
{
    bool any = false;
    for (size_t i = 0; i < WSYNC_UNIT_CHANGE_BITS; i++) {
        if (what & (1u << i)) {
            wsync_html_text(page->html, any ? ", " : "");
            wsync_html_text(page->html, WSYNC_UNIT_CHANGE_WORDS[i][page->language]);
            any = true;
        }
    }
}

struct counts {
    uint64_t changed, refused, same;
};

static void write_row(struct server_page *page, const struct wsync_unit_row *row,
                      const struct wsync_unit *held, unsigned what)
{
    struct wsync_html *html = page->html;
    struct wsync_error why = {""};
    if (what & WSYNC_UNIT_REFUSED) {
        wsync_office_unit_refused(row, page->language, &why);
    }
    wsync_html_raw(html, "<tr><td class=\"number\">");
    wsync_html_number(html, (int64_t)row->line);
    wsync_html_raw(html, "</td><td class=\"number\">");
    wsync_html_number(html, row->id);
    wsync_html_raw(html, "</td><th scope=\"row\">");
    wsync_html_slice(html, row->name);
    if (what & WSYNC_UNIT_RENAMED) {
        server_say(page, " (đang là ", " (is now ");
        wsync_html_slice(html, held->name);
        wsync_html_text(html, ")");
    }
    wsync_html_raw(html, "</th><td>");
    write_words(page, what);
    wsync_html_text(html, why.text[0] ? ". " : "");
    wsync_html_text(html, why.text);
    wsync_html_raw(html, "</td></tr>\n");
}

static enum wsync_err write_rows(struct server_page *page, const struct wsync_units *units,
                                 struct counts *counts)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < units->count; i++) {
        struct wsync_unit held;
        unsigned what;
        size_t mark = wsync_arena_mark(&page->site->arena);
        err = wsync_office_unit_change(page->site, &units->units[i], &held, &what);
        if (err == WSYNC_OK && what != 0) {
            write_row(page, &units->units[i], &held, what);
        }
        counts->same += err == WSYNC_OK && what == 0;
        counts->changed += err == WSYNC_OK && what != 0;
        counts->refused += err == WSYNC_OK && (what & WSYNC_UNIT_REFUSED) != 0;
        wsync_arena_release(&page->site->arena, mark);
    }
    return err;
}

static void write_findings(struct server_page *page, const struct wsync_units *units)
{
    server_heading(page, server_word(page, "Cần sửa trước khi đăng",
                                     "To be set right before it can be published"));
    wsync_html_raw(page->html, "<ul id=\"findings\">\n");
    for (size_t i = 0; i < units->finding_count && i < WSYNC_UNIT_FINDINGS_MAX; i++) {
        wsync_html_raw(page->html, "<li>");
        wsync_html_text(page->html, units->findings[i].what.text);
        wsync_html_raw(page->html, "</li>\n");
    }
    wsync_html_raw(page->html, "</ul>\n");
}

static void write_end(struct server_page *page, const struct counts *counts, const char *id)
{
    wsync_html_raw(page->html, "<p>");
    server_number(page, counts->same);
    server_say(page, " đơn vị không đổi, ", " units do not change, ");
    server_number(page, counts->changed - counts->refused);
    server_say(page, " sẽ đăng, ", " would be published, ");
    server_number(page, counts->refused);
    server_say(page, " bị từ chối.", " are refused.");
    wsync_html_raw(page->html, "</p>\n");
    if (counts->refused > 0 || counts->changed == 0) {
        write_upload(page);
        return;
    }
    wsync_page_post(page->html, &page->frame, "/admin/units/new-table/go");
    server_hidden(page, "kept", id);
    server_input_end(page, "",
                     server_word(page, "Đăng các thay đổi này", "Publish these changes"),
                     "/admin/units");
}

static enum wsync_err write_changes(struct server_page *page, const struct wsync_units *units,
                                    const char *id)
{
    struct counts counts = {0, 0, 0};
    server_table_begin(page, server_word(page, "Điều thay đổi", "What changes"));
    server_table_head(page, server_word(page, "Dòng", "Row"), true);
    server_table_head(page, server_word(page, "Số", "Id"), true);
    server_table_head(page, server_word(page, "Đơn vị", "Unit"), false);
    server_table_head(page, server_word(page, "Thay đổi", "Change"), false);
    server_table_body(page);
    enum wsync_err err = write_rows(page, units, &counts);
    server_table_end(page);
    write_end(page, &counts, id);
    return err;
}

/* A table that cannot be read at all is told as what it is: an error of the file. */
static enum wsync_err show_kept(struct server_page *page, const struct wsync_kept *kept,
                                struct wsync_arena *arena)
{
    char path[WSYNC_KEPT_PATH_BYTES];
    struct wsync_units units;
    enum wsync_err err = wsync_units_read(wsync_kept_path(kept->files[0], path),
                                          page->language, arena, &units, &page->error);
    bool table = err == WSYNC_OK;
    if (!table && err != WSYNC_ERR_VALUE && err != WSYNC_ERR_OVERSIZE) {
        return err;
    }
    page->frame.error = table ? page->frame.error : page->error.text;
    server_admin_head(page, server_word(page, "Xem trước đơn vị", "Preview of units"));
    if (table && units.finding_count == 0) {
        err = write_changes(page, &units, kept->id);
    } else {
        err = WSYNC_OK;
        if (table) {
            write_findings(page, &units);
        }
        write_upload(page);
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

static enum wsync_err write_units(struct server_page *page)
{
    const char *id = wsync_http_field(page->request, "kept");
    const struct wsync_kept *kept = wsync_kept_find(page->shelf, 'u', page->request, id);
    struct wsync_arena arena;
    if (!kept) {
        if (id) {
            page->frame.error =
                server_word(page, "Tệp này không còn giữ nữa (15 phút); hãy gửi lại.",
                            "This file is not kept any more (15 minutes); send it again.");
        }
        server_admin_head(page, server_word(page, "Đăng đơn vị", "Publish units"));
        write_upload(page);
        wsync_page_end(page->html, &page->frame);
        return WSYNC_OK;
    }
    void *block = malloc(TABLE_BYTES);
    if (!block) {
        return WSYNC_ERR_MEMORY;
    }
    wsync_arena_init(&arena, block, TABLE_BYTES);
    enum wsync_err err = show_kept(page, kept, &arena);
    free(block);
    return err;
}

void server_page_publish_units(void *context, const struct wsync_http_request *request,
                               struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_units);
}

/* ---- sending and publishing ---- */

static enum wsync_err refuse(struct server_page *page, const char *sentence)
{
    page->answer->status = UNPROCESSABLE;
    page->frame.error = sentence;
    return write_units(page);
}

static enum wsync_err take_units(struct server_page *page)
{
    char target[TARGET_BYTES];
    if (!wsync_http_upload(page->request, NAMES[0])) {
        return refuse(page, server_word(page, "Hãy chọn một tệp; tệp rỗng không tính.",
                                        "Choose a file; an empty one is none."));
    }
    const struct wsync_kept *kept = wsync_kept_put(page->shelf, 'u', page->request, NAMES);
    if (!kept) {
        return WSYNC_ERR_MEMORY;
    }
    snprintf(target, sizeof target, "/admin/units/new-table?kept=%s", kept->id);
    wsync_http_redirect(page->answer, target);
    return WSYNC_OK;
}

void server_page_take_units(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, take_units);
}

static enum wsync_err publish_units(struct server_page *page)
{
    const char *id = wsync_http_field(page->request, "kept");
    struct wsync_kept *kept = wsync_kept_find(page->shelf, 'u', page->request, id);
    struct wsync_action_result result;
    if (!kept) {
        return write_units(page);
    }
    const char *const argv[] = {"units",
                                page->language == WSYNC_VI ? "--lang=vi" : "--lang=en",
                                "--",
                                "publish",
                                "/proc/self/fd/3",
                                NULL};
    const struct wsync_action_ask ask = {.argv = argv, .files = kept->files, .file_count = 1};
    enum wsync_err err = server_act(page, &ask, &result);
    if (err != WSYNC_OK) {
        return server_tells(page) ? write_units(page) : err;
    }
    kept = wsync_kept_find(page->shelf, 'u', page->request, id);
    if (kept) {
        wsync_kept_drop(kept);
    }
    wsync_http_redirect(page->answer, "/admin/units?done=published");
    return WSYNC_OK;
}

void server_page_publish_units_now(void *context, const struct wsync_http_request *request,
                                   struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, publish_units);
}
