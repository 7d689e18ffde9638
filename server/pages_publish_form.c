/* SPDX-License-Identifier: Apache-2.0 */
/* A form by its sheets: sent, looked at with what it would change, published. */
#include <stdio.h>
#include <stdlib.h>

#include "host/http_upload.h"
#include "server/pages_care.h"
#include "server/pages_form.h"
#include "server/pages_input.h"
#include "host/page_kept.h"

enum { PREVIEW_BYTES = 4 << 20, UNPROCESSABLE = 422, TARGET_BYTES = 64 };
enum { SETTINGS, SURVEY, CHOICES };

static const char *const NAMES[WSYNC_KEPT_FILES] = {"settings", "survey", "choices"};

/* ---- the three files ---- */

static void write_file(struct server_page *page, const char *name, const char *label,
                       const char *hint)
{
    const struct server_input input = {
        .name = name, .label = label, .type = "file", .hint = hint};
    server_input(page, &input);
}

static void write_upload(struct server_page *page)
{
    server_heading(page, server_word(page, "Gửi biểu mẫu", "Send a form"));
    server_paragraph(
        page,
        server_word(
            page,
            "Ba bảng theo XLSForm, mỗi bảng một tệp CSV. Chưa đăng gì cả: trước hết trang "
            "cho xem phường sẽ thấy gì và điều gì thay đổi.",
            "Three sheets as in XLSForm, each a CSV file. Nothing is published yet: "
            "first you see what the ward will see and what changes."));
    wsync_page_post_files(page->html, &page->frame, "/admin/forms/new-version");
    write_file(page, NAMES[SETTINGS],
               server_word(page, "Cài đặt (settings.csv)", "Settings (settings.csv)"),
               server_word(page, "Tên, số và phiên bản của biểu mẫu",
                           "The form's name, number and version"));
    write_file(page, NAMES[SURVEY],
               server_word(page, "Các trường (survey.csv)", "Fields (survey.csv)"),
               server_word(page, "Mỗi trường một dòng", "A row for each field"));
    write_file(page, NAMES[CHOICES],
               server_word(page, "Các lựa chọn (choices.csv)", "Choices (choices.csv)"),
               server_word(page, "Chỉ khi có câu hỏi chọn", "Only where there are choices"));
    server_input_end(page, "", server_word(page, "Xem trước", "Preview"), "/admin/forms");
}

/* ---- the preview ---- */

static void write_findings(struct server_page *page, const struct wsync_form_findings *findings)
{
    struct wsync_html *html = page->html;
    server_table_begin(page, server_word(page, "Cần sửa trước khi đăng",
                                         "To be set right before it can be published"));
    server_table_head(page, server_word(page, "Tệp", "File"), false);
    server_table_head(page, server_word(page, "Dòng", "Row"), true);
    server_table_head(page, server_word(page, "Cột", "Column"), false);
    server_table_head(page, server_word(page, "Điều sai", "What is wrong"), false);
    server_table_body(page);
    for (size_t i = 0; i < findings->count && i < WSYNC_FORM_FINDINGS_MAX; i++) {
        const struct wsync_form_finding *item = &findings->items[i];
        wsync_html_raw(html, "<tr><td>");
        wsync_html_text(html, item->sheet[0] ? item->sheet : "–");
        wsync_html_raw(html, "</td><td class=\"number\">");
        if (item->line > 0) {
            wsync_html_number(html, (int64_t)item->line);
        }
        wsync_html_raw(html, "</td><td>");
        wsync_html_text(html, item->column[0] ? item->column : "–");
        wsync_html_raw(html, "</td><td>");
        wsync_html_text(html, item->what.text);
        wsync_html_raw(html, "</td></tr>\n");
    }
    server_table_end(page);
    if (findings->count > WSYNC_FORM_FINDINGS_MAX) {
        wsync_html_raw(html, "<p>");
        server_say(page, "Và còn nữa; tất cả là ", "And more; in all ");
        server_number(page, findings->count);
        wsync_html_raw(html, "</p>\n");
    }
}

/* "Tổng vệ sinh thứ Bảy, phiên bản 2 (đang dùng: 1)". */
static void write_title(struct server_page *page, const struct wsync_form_preview *preview)
{
    const struct wsync_form *form = &preview->read.form;
    wsync_html_raw(page->html, "<h2>");
    wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
    server_say(page, ", phiên bản ", ", version ");
    wsync_html_number(page->html, form->version);
    if (preview->in_force) {
        server_say(page, " (đang dùng: ", " (in force: ");
        wsync_html_number(page->html, preview->in_force->version);
        wsync_html_text(page->html, ")");
    }
    wsync_html_raw(page->html, "</h2>\n");
}

static void write_publish(struct server_page *page, const char *id)
{
    wsync_page_post(page->html, &page->frame, "/admin/forms/new-version/go");
    server_hidden(page, "kept", id);
    server_input_end(page, "", server_word(page, "Đăng biểu mẫu này", "Publish this form"),
                     "/admin/forms");
    server_paragraph(
        page, server_word(page,
                          "Các phường nhận ở lần đồng bộ tới. Phiên bản đã đăng không sửa được "
                          "nữa; muốn đổi thì đăng phiên bản tiếp theo.",
                          "The wards get it at their next sync. A version that is published is "
                          "never changed; what is to be another is the next version."));
}

static void write_preview(struct server_page *page, const struct wsync_form_preview *preview,
                          const char *id)
{
    if (preview->read.form.name.len > 0) {
        write_title(page, preview);
    }
    switch (preview->verdict) {
    case WSYNC_FORM_REFUSED:
        write_findings(page, &preview->findings);
        write_upload(page);
        return;
    case WSYNC_FORM_HERE:
        server_paragraph(page, server_word(page, "Biểu mẫu này đã đăng, y như vậy.",
                                           "This very form is published already."));
        return;
    case WSYNC_FORM_NEW:
    case WSYNC_FORM_NEXT:
        break;
    }
    server_heading(page, server_word(page, "Điều thay đổi", "What changes"));
    server_form_changes(page, preview->in_force, &preview->read.form);
    server_heading(page, server_word(page, "Như phường sẽ thấy", "As the ward will see it"));
    server_form_as_seen(page, &preview->read.form);
    write_publish(page, id);
}

/* Reads what is kept and shows it. */
static enum wsync_err show_kept(struct server_page *page, const struct wsync_kept *kept,
                                struct wsync_arena *arena)
{
    char paths[WSYNC_KEPT_FILES][WSYNC_KEPT_PATH_BYTES];
    for (size_t i = 0; i < WSYNC_KEPT_FILES; i++) {
        wsync_kept_path(kept->files[i], paths[i]);
    }
    const struct wsync_xlsform_files files = {
        .settings = paths[SETTINGS],
        .survey = paths[SURVEY],
        .choices = kept->files[CHOICES] >= 0 ? paths[CHOICES] : NULL,
        .language = page->language};
    struct wsync_form_preview *preview = wsync_arena_get(arena, sizeof *preview);
    enum wsync_err err =
        preview ? wsync_form_preview_read(page->site, files, arena, preview, &page->error)
                : WSYNC_ERR_MEMORY;
    if (err == WSYNC_OK) {
        server_admin_head(page, server_word(page, "Xem trước biểu mẫu", "Preview of a form"));
        write_preview(page, preview, kept->id);
        wsync_page_end(page->html, &page->frame);
    }
    return err;
}

static enum wsync_err write_form(struct server_page *page)
{
    const char *id = wsync_http_field(page->request, "kept");
    struct wsync_kept *kept = wsync_kept_find(page->shelf, 'f', page->request, id);
    struct wsync_arena arena;
    if (!kept) {
        if (id) {
            page->frame.error =
                server_word(page, "Các tệp này không còn giữ nữa (15 phút); hãy gửi lại.",
                            "These files are not kept any more (15 minutes); send them again.");
        }
        server_admin_head(page, server_word(page, "Đăng biểu mẫu", "Publish a form"));
        write_upload(page);
        wsync_page_end(page->html, &page->frame);
        return WSYNC_OK;
    }
    void *block = malloc(PREVIEW_BYTES);
    if (!block) {
        return WSYNC_ERR_MEMORY;
    }
    wsync_arena_init(&arena, block, PREVIEW_BYTES);
    enum wsync_err err = show_kept(page, kept, &arena);
    free(block);
    return err;
}

void server_page_publish_form(void *context, const struct wsync_http_request *request,
                              struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_form);
}

/* ---- sending and publishing ---- */

static enum wsync_err refuse(struct server_page *page, const char *sentence)
{
    page->answer->status = UNPROCESSABLE;
    page->frame.error = sentence;
    return write_form(page);
}

static enum wsync_err take_form(struct server_page *page)
{
    char target[TARGET_BYTES];
    if (!wsync_http_upload(page->request, NAMES[SETTINGS]) ||
        !wsync_http_upload(page->request, NAMES[SURVEY])) {
        return refuse(page, server_word(page,
                                        "Cần cả hai tệp settings.csv và survey.csv; tệp rỗng "
                                        "không tính.",
                                        "Both settings.csv and survey.csv are needed; an empty "
                                        "file is none."));
    }
    const struct wsync_kept *kept = wsync_kept_put(page->shelf, 'f', page->request, NAMES);
    if (!kept) {
        return WSYNC_ERR_MEMORY;
    }
    snprintf(target, sizeof target, "/admin/forms/new-version?kept=%s", kept->id);
    wsync_http_redirect(page->answer, target);
    return WSYNC_OK;
}

void server_page_take_form(void *context, const struct wsync_http_request *request,
                           struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, take_form);
}

/* By the command, which judges again: what is in force may be another since. */
static enum wsync_err publish_form(struct server_page *page)
{
    const char *id = wsync_http_field(page->request, "kept");
    struct wsync_kept *kept = wsync_kept_find(page->shelf, 'f', page->request, id);
    struct wsync_action_result result;
    if (!kept) {
        return write_form(page);
    }
    bool choices = kept->files[CHOICES] >= 0;
    const char *const argv[] = {"forms",
                                page->language == WSYNC_VI ? "--lang=vi" : "--lang=en",
                                "--settings=/proc/self/fd/3",
                                "--survey=/proc/self/fd/4",
                                choices ? "--choices=/proc/self/fd/5" : "--",
                                choices ? "--" : "publish",
                                choices ? "publish" : NULL,
                                NULL};
    const struct wsync_action_ask ask = {
        .argv = argv, .files = kept->files, .file_count = choices ? 3 : 2};
    enum wsync_err err = server_act(page, &ask, &result);
    if (err != WSYNC_OK) {
        return server_tells(page) ? write_form(page) : err;
    }
    kept = wsync_kept_find(page->shelf, 'f', page->request, id);
    if (kept) {
        wsync_kept_drop(kept);
    }
    wsync_http_redirect(page->answer, "/admin/forms?done=published");
    return WSYNC_OK;
}

void server_page_publish_form_now(void *context, const struct wsync_http_request *request,
                                  struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, publish_form);
}
