/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of the district: each with its version, and everything of one. */
#include <stdio.h>
#include <string.h>

#include "host/doing.h"
#include "server/pages_care.h"
#include "server/pages_file.h"
#include "server/pages_form.h"
#include "wardsync/calendar.h"

/* ---- when it was published ---- */

static enum wsync_err write_published(struct server_page *page, uint32_t number,
                                      uint32_t version)
{
    struct wsync_dot record;
    struct wsync_doing doing;
    size_t mark = wsync_arena_mark(&page->site->arena);
    enum wsync_err err = wsync_catalog_record(page->site->txn, number, version, &record);
    if (err == WSYNC_OK) {
        err = wsync_doing_read(page->site, record, &doing);
    }
    if (err == WSYNC_OK) {
        server_time(page, doing.change.stamp);
    }
    wsync_arena_release(&page->site->arena, mark);
    return err;
}

static enum wsync_err add_records(void *context, const struct wsync_cell *cell)
{
    int64_t *records = context;
    *records += cell->records;
    return WSYNC_OK;
}

static enum wsync_err count_records(struct server_page *page, const struct wsync_form *form,
                                    int64_t *records)
{
    const struct wsync_totals_query all = {
        .form = form->number, .first_day = WSYNC_NO_DAY, .last_day = WSYNC_DAY_MAX};
    *records = 0;
    return wsync_totals_walk(page->site->txn, NULL, &all, add_records, records);
}

/* ---- all of them ---- */

static void write_form_link(struct server_page *page, const struct wsync_form *form)
{
    wsync_html_raw(page->html, "<a href=\"/admin/forms/");
    wsync_html_slice(page->html, form->name); /* a-z, 0-9 and _ */
    wsync_html_raw(page->html, "\">");
    wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
    wsync_html_raw(page->html, "</a>");
}

static enum wsync_err write_row(struct server_page *page, const struct wsync_form *form)
{
    struct wsync_html *html = page->html;
    int64_t records = 0;
    uint32_t number = form->number, version = form->version;
    enum wsync_err err = count_records(page, form, &records);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(html, "<tr><th scope=\"row\">");
    write_form_link(page, form);
    wsync_html_raw(html, "</th>");
    server_number_cell(page, number);
    server_number_cell(page, version);
    server_number_cell(page, form->field_count);
    server_number_cell(page, (uint64_t)records);
    wsync_html_raw(html, "<td>");
    err = write_published(page, number, version);
    wsync_html_raw(html, "</td></tr>\n");
    return err;
}

static enum wsync_err write_forms(struct server_page *page)
{
    const struct wsync_form *form;
    uint32_t after = 0;
    if (wsync_http_field(page->request, "done")) {
        page->frame.notice = server_word(page, "Đã đăng. Các phường nhận ở lần đồng bộ tới.",
                                         "Published. The wards get it at their next sync.");
    }
    server_admin_head(page, server_word(page, "Biểu mẫu", "Forms"));
    wsync_html_raw(page->html, "<p><a class=\"button\" href=\"/admin/forms/new-version\">");
    server_say(page, "Đăng biểu mẫu", "Publish a form");
    wsync_html_raw(page->html, "</a></p>\n");
    server_table_begin(page, server_word(page, "Biểu mẫu đang dùng", "Forms in force"));
    server_table_head(page, server_word(page, "Biểu mẫu", "Form"), false);
    server_table_head(page, server_word(page, "Số", "Number"), true);
    server_table_head(page, server_word(page, "Phiên bản", "Version"), true);
    server_table_head(page, server_word(page, "Số trường", "Fields"), true);
    server_table_head(page, server_word(page, "Số bản ghi", "Records"), true);
    server_table_head(page, server_word(page, "Đăng lúc", "Published"), false);
    server_table_body(page);
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one form */
        err = wsync_catalog_after(page->site->catalog, page->site->txn, after, &form);
        if (err == WSYNC_OK) {
            after = form->number;
            err = write_row(page, form);
        }
    }
    server_table_end(page);
    wsync_page_end(page->html, &page->frame);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void server_page_forms(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_forms);
}

/* ---- its sheets ---- */

static enum wsync_err find_form(struct server_page *page, struct wsync_slice name,
                                const struct wsync_form **form)
{
    enum wsync_err err = wsync_catalog_named(page->site->catalog, page->site->txn, name, form);
    return err != WSYNC_ERR_NOT_FOUND
               ? err
               : wsync_error_set(&page->error, err, "%s",
                                 server_word(page, "Không có biểu mẫu tên ấy.",
                                             "There is no form of that name."));
}

/* "cleanup-survey.csv": a name of a form has no dash. */
static enum wsync_err put_sheet(struct server_page *page, FILE *out)
{
    const struct wsync_form *form;
    const char *rest = page->request->rest;
    size_t len = strcspn(rest, "-");
    enum wsync_err err = find_form(page, wsync_slice(rest, len), &form);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_xlsform_write(form, rest + len + (rest[len] == '-'), out, WSYNC_CSV_EXCEL,
                              &page->error);
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_VALUE
               ? wsync_error_set(&page->error, WSYNC_ERR_NOT_FOUND, "%s",
                                 server_word(page, "Biểu mẫu này không có bảng ấy.",
                                             "The form has no such sheet."))
               : err;
}

static enum wsync_err give_sheet(struct server_page *page)
{
    static const char *const SAVED[] = {"settings.csv", "survey.csv", "choices.csv"};
    const char *saved = SAVED[0];
    for (size_t i = 0; i < sizeof SAVED / sizeof *SAVED; i++) {
        saved = strstr(page->request->rest, SAVED[i]) ? SAVED[i] : saved;
    }
    return server_page_file(page, saved, put_sheet);
}

void server_page_form_sheet(void *context, const struct wsync_http_request *request,
                            struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, give_sheet);
}

static void write_sheet_link(struct server_page *page, const struct wsync_form *form,
                             const char *sheet)
{
    wsync_html_raw(page->html, "<li><a href=\"/admin/forms/sheet/");
    wsync_html_slice(page->html, form->name);
    wsync_html_raw(page->html, "-");
    wsync_html_text(page->html, sheet);
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, sheet);
    wsync_html_raw(page->html, "</a></li>\n");
}

static void write_sheets(struct server_page *page, const struct wsync_form *form)
{
    bool choices = false;
    for (size_t i = 0; i < form->field_count; i++) {
        choices = choices || form->fields[i].choice_count > 0;
    }
    server_heading(page, server_word(page, "Phiên bản tiếp theo", "The next version"));
    server_paragraph(
        page, server_word(
                  page,
                  "Lấy các bảng của phiên bản đang dùng, sửa, tăng số phiên bản trong "
                  "settings.csv, rồi gửi lại.",
                  "Take the sheets of the version in force, change them, raise the version in "
                  "settings.csv, and send them."));
    wsync_html_raw(page->html, "<ul>\n");
    write_sheet_link(page, form, "settings.csv");
    write_sheet_link(page, form, "survey.csv");
    if (choices) {
        write_sheet_link(page, form, "choices.csv");
    }
    wsync_html_raw(page->html, "</ul>\n<p><a class=\"button\" "
                               "href=\"/admin/forms/new-version\">");
    server_say(page, "Gửi các bảng", "Send the sheets");
    wsync_html_raw(page->html, "</a></p>\n");
}

/* ---- one ---- */

static void write_role(struct server_page *page, const struct wsync_form *form, uint32_t number,
                       const char *term)
{
    const struct wsync_field *field = number != 0 ? wsync_form_field(form, number) : NULL;
    server_fact(page, NULL, term);
    if (field) {
        wsync_html_slice(page->html, server_label(page, field->label_vi, field->label_en));
    } else {
        server_say(page, "không có", "none");
    }
    wsync_html_raw(page->html, "</dd>\n");
}

static void write_number(struct server_page *page, const char *term, uint64_t number)
{
    server_fact(page, NULL, term);
    server_number(page, number);
    wsync_html_raw(page->html, "</dd>\n");
}

static enum wsync_err write_facts(struct server_page *page, const struct wsync_form *form)
{
    int64_t records = 0;
    enum wsync_err err = count_records(page, form, &records);
    wsync_html_raw(page->html, "<dl>\n");
    server_fact(page, NULL, server_word(page, "Tên trong lệnh và tệp", "Name in commands"));
    wsync_html_raw(page->html, "<code>");
    wsync_html_slice(page->html, form->name);
    wsync_html_raw(page->html, "</code></dd>\n");
    write_number(page, server_word(page, "Số", "Number"), form->number);
    write_number(page, server_word(page, "Phiên bản", "Version"), form->version);
    write_number(page, server_word(page, "Số bản ghi", "Records"), (uint64_t)records);
    write_role(page, form, form->date_field, server_word(page, "Trường ngày", "Date field"));
    write_role(page, form, form->subject_field,
               server_word(page, "Trường đơn vị", "Unit field"));
    wsync_html_raw(page->html, "</dl>\n");
    return err;
}

/* One version: when it came, and what it changed against the one before. */
static enum wsync_err write_version(struct server_page *page, uint32_t number, uint32_t version)
{
    struct wsync_html *html = page->html;
    const struct wsync_form *form = NULL, *old = NULL;
    struct wsync_catalog *catalog = page->site->catalog;
    enum wsync_err err = WSYNC_OK;
    for (int turn = 0; err == WSYNC_OK && turn < 2; turn++) { /* the first may drop what it
                                                                 decoded before */
        err = wsync_catalog_form(catalog, page->site->txn, number, version, &form);
        if (err == WSYNC_OK && version > 1) {
            err = wsync_catalog_form(catalog, page->site->txn, number, version - 1, &old);
        }
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(html, "<h3>");
    server_say(page, "Phiên bản ", "Version ");
    wsync_html_number(html, version);
    wsync_html_raw(html, " · ");
    err = write_published(page, number, version);
    wsync_html_raw(html, "</h3>\n");
    if (old) {
        server_form_changes(page, old, form);
    } else {
        server_paragraph(page, server_word(page, "Phiên bản đầu tiên.", "The first version."));
    }
    return err;
}

static enum wsync_err write_form(struct server_page *page)
{
    const struct wsync_form *form;
    enum { TITLE_BYTES = 256 };
    char title[TITLE_BYTES];
    enum wsync_err err = find_form(page, wsync_slice_of(page->request->rest), &form);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_slice name = server_label(page, form->title_vi, form->title_en);
    snprintf(title, sizeof title, "%.*s", (int)name.len, (const char *)name.data);
    server_admin_head(page, title);
    uint32_t number = form->number, newest = form->version;
    err = write_facts(page, form);
    server_form_fields(page, form);
    wsync_html_raw(page->html, "<details><summary>");
    server_say(page, "Như phường thấy", "As the ward sees it");
    wsync_html_raw(page->html, "</summary>\n");
    server_form_as_seen(page, form);
    wsync_html_raw(page->html, "</details>\n");
    write_sheets(page, form);
    server_heading(page, server_word(page, "Lịch sử", "History"));
    for (uint32_t version = newest; err == WSYNC_OK && version > 0; version--) {
        err = write_version(page, number, version);
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_form(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_form);
}
