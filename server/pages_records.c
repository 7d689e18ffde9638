/* SPDX-License-Identifier: Apache-2.0 */
/* The records behind a figure: the same unit, form and days, without personal fields. */
#include <stdio.h>
#include <string.h>

#include "host/export.h"
#include "host/records.h"
#include "server/figures.h"
#include "server/pages_file.h"
#include "wardsync/calendar.h"

enum { ROWS_MAX = 100, VALUE_SHOWN_BYTES = 120 };

/* Which records, from the address. */
struct listing {
    struct server_page *page;
    struct server_choice choice;
    struct wsync_records_query query;
    uint32_t subject; /* 0: any */
    uint64_t skip;    /* so many were on the pages before */
    uint64_t count;   /* that match */
    const struct wsync_form *form;
};

/* As the totals count it (SPEC 10.6). */
static uint32_t subject_of(const struct listing *listing, const struct wsync_records_item *item)
{
    const struct wsync_live *live =
        item->form->subject_field
            ? wsync_record_shown(item->record, item->form->subject_field, NULL)
            : NULL;
    uint32_t subject = live && live->value.class == WSYNC_CLASS_INTEGER
                           ? (uint32_t)live->value.integer
                           : item->record->scope;
    return wsync_totals_unit(listing->page->site, item->record->scope, subject, item->day);
}

static enum wsync_err read_listing(struct server_page *page, struct listing *listing)
{
    *listing = (struct listing){.page = page};
    enum wsync_err err = server_choose(page, &listing->choice);
    if (err != WSYNC_OK) {
        return err;
    }
    listing->form = listing->choice.form;
    listing->query.form = listing->form->number;
    listing->query.scope = listing->choice.unit;
    listing->query.first_day = listing->choice.first_day;
    listing->query.last_day = listing->choice.last_day;
    if (wsync_http_field(page->request, "nodate")) {
        listing->query.first_day = listing->query.last_day = WSYNC_NO_DAY;
    }
    uint64_t subject = server_number_field(page, "subject", 0);
    listing->subject = subject <= UINT32_MAX ? (uint32_t)subject : 0;
    listing->skip = server_number_field(page, "skip", 0);
    return WSYNC_OK;
}

/* ---- rows ---- */

static bool is_column(const struct listing *listing, const struct wsync_field *field)
{
    return !field->personal && field->type != WSYNC_TYPE_BYTES &&
           field->type != WSYNC_TYPE_PHOTO && field->number != listing->form->date_field;
}

static void write_value(struct server_page *page, const struct wsync_field *field,
                        const struct wsync_value *value)
{
    static char text[WSYNC_VALUE_TEXT_BYTES]; /* one request at a time; too large for a stack */
    char label[WSYNC_UNIT_LABEL_BYTES];
    if (field->type == WSYNC_TYPE_UNIT && value->class == WSYNC_CLASS_INTEGER) {
        wsync_units_here_label(page->site, (uint32_t)value->integer, label);
        wsync_html_text(page->html, label);
        return;
    }
    enum wsync_style style = page->language == WSYNC_VI ? WSYNC_STYLE_VI : WSYNC_STYLE_EN;
    if (wsync_value_print(field, value, style, text, sizeof text) != WSYNC_OK) {
        snprintf(text, sizeof text, "?");
    }
    size_t len = strlen(text);
    if (len > VALUE_SHOWN_BYTES) {
        len = VALUE_SHOWN_BYTES;
        while (((unsigned char)text[len] & 0xc0) == 0x80) {
            len--;
        }
        text[len] = '\0';
        wsync_html_text(page->html, text);
        wsync_html_raw(page->html, "…");
        return;
    }
    wsync_html_text(page->html, text);
}

static void write_day(struct server_page *page, int32_t day)
{
    char text[16] = "–";
    if (day != WSYNC_NO_DAY) {
        struct wsync_civil civil = wsync_calendar_civil(day);
        snprintf(text, sizeof text, "%02d/%02d/%04d", civil.day, civil.month, civil.year);
    }
    wsync_html_text(page->html, text);
}

static void write_state(struct server_page *page, const struct wsync_records_item *item)
{
    if (item->contested || wsync_record_in_conflict(item->record)) {
        wsync_html_raw(page->html, "<span class=\"tag warn\">");
        server_say(page, "xung đột", "conflict");
        wsync_html_raw(page->html, "</span>");
    }
}

static enum wsync_err write_record(struct listing *listing,
                                   const struct wsync_records_item *item)
{
    struct server_page *page = listing->page;
    char name[WSYNC_RECORD_ID_BYTES], unit[WSYNC_UNIT_LABEL_BYTES];
    enum wsync_err err = wsync_record_name(page->site->txn, item->record->id, name);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    wsync_html_text(page->html, name);
    wsync_html_raw(page->html, "</th><td>");
    write_day(page, item->day);
    wsync_html_raw(page->html, "</td><td>");
    wsync_units_here_label(page->site, item->record->scope, unit);
    wsync_html_text(page->html, unit);
    wsync_html_raw(page->html, " ");
    write_state(page, item);
    wsync_html_raw(page->html, "</td>");
    for (size_t i = 0; i < listing->form->field_count; i++) {
        const struct wsync_field *field = &listing->form->fields[i];
        const struct wsync_live *live = wsync_record_shown(item->record, field->number, NULL);
        if (is_column(listing, field)) {
            wsync_html_raw(page->html, "<td>");
            if (live && live->value.class != WSYNC_CLASS_BLANK) {
                write_value(page, field, &live->value);
            }
            wsync_html_raw(page->html, "</td>");
        }
    }
    wsync_html_raw(page->html, "</tr>\n");
    return WSYNC_OK;
}

static enum wsync_err take(void *context, const struct wsync_records_item *item)
{
    struct listing *listing = context;
    if (listing->subject != 0 && subject_of(listing, item) != listing->subject) {
        return WSYNC_OK;
    }
    uint64_t number = listing->count++;
    return number >= listing->skip && number - listing->skip < ROWS_MAX
               ? write_record(listing, item)
               : WSYNC_OK;
}

/* ---- the page ---- */

static void write_heads(struct listing *listing)
{
    struct server_page *page = listing->page;
    char text[SERVER_LABEL_BYTES];
    struct wsync_slice title =
        server_label(page, listing->form->title_vi, listing->form->title_en);
    snprintf(text, sizeof text, "%.*s", (int)title.len, (const char *)title.data);
    server_table_begin(page, text);
    server_table_head(page, server_word(page, "Bản ghi", "Record"), false);
    server_table_head(page, server_word(page, "Ngày", "Day"), false);
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    for (size_t i = 0; i < listing->form->field_count; i++) {
        const struct wsync_field *field = &listing->form->fields[i];
        if (is_column(listing, field)) {
            title = server_label(page, field->label_vi, field->label_en);
            snprintf(text, sizeof text, "%.*s", (int)title.len, (const char *)title.data);
            server_table_head(page, text, false);
        }
    }
    server_table_body(page);
}

/* The fields of the address but `skip`, for another page of the same list or its file. */
static void write_address(struct listing *listing)
{
    static const char *const NAMES[] = {"unit", "subject", "from", "to", "nodate"};
    struct server_page *page = listing->page;
    wsync_html_raw(page->html, "?form=");
    server_part_slice(page, listing->form->name);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *value = wsync_http_field(page->request, NAMES[i]);
        if (value) {
            wsync_html_raw(page->html, "&amp;");
            wsync_html_part(page->html, NAMES[i]);
            wsync_html_raw(page->html, "=");
            wsync_html_part(page->html, value);
        }
    }
}

static void write_more(struct listing *listing)
{
    struct server_page *page = listing->page;
    wsync_html_raw(page->html, "<p class=\"actions\">");
    if (listing->skip + ROWS_MAX < listing->count) {
        wsync_html_raw(page->html, "<a class=\"button second\" href=\"/records");
        write_address(listing);
        wsync_html_raw(page->html, "&amp;skip=");
        wsync_html_number(page->html, (int64_t)(listing->skip + ROWS_MAX));
        wsync_html_raw(page->html, "\">");
        server_say(page, "Các bản ghi tiếp theo", "The next records");
        wsync_html_raw(page->html, "</a>");
    }
    if (listing->subject == 0) {
        wsync_html_raw(page->html, "<a class=\"button second\" href=\"/records.csv");
        write_address(listing);
        wsync_html_raw(page->html, "\">");
        server_say(page, "Tải các bản ghi (CSV cho Excel)", "Download the records (CSV)");
        wsync_html_raw(page->html, "</a>");
    }
    wsync_html_raw(page->html, "</p>\n");
}

static enum wsync_err write_records(struct server_page *page)
{
    struct listing listing;
    enum wsync_err err = read_listing(page, &listing);
    if (err != WSYNC_OK) {
        return err;
    }
    server_page_head(page, server_word(page, "Bản ghi", "Records"));
    write_heads(&listing);
    err = wsync_records_walk(page->site, &listing.query, take, &listing);
    server_table_end(page);
    wsync_html_raw(page->html, "<p id=\"count\">");
    server_number(page, listing.count);
    server_say(page, " bản ghi; trường có dữ liệu cá nhân không hiện ở đây.",
               " records; fields with personal data are not shown here.");
    wsync_html_raw(page->html, "</p>\n");
    write_more(&listing);
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_records(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_records);
}

/* ---- the file ---- */

static enum wsync_err put_records(struct server_page *page, FILE *out)
{
    struct listing listing;
    char form[WSYNC_NAME_BYTES_MAX + 1];
    uint64_t records;
    enum wsync_err err = read_listing(page, &listing);
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(form, sizeof form, "%.*s", (int)listing.form->name.len,
             (const char *)listing.form->name.data);
    const struct wsync_export_options options = {.kind = WSYNC_EXPORT_CSV,
                                                 .csv_mode = WSYNC_CSV_EXCEL,
                                                 .labels = true,
                                                 .language = page->language,
                                                 .form = form,
                                                 .query = listing.query,
                                                 .out = out};
    return wsync_export_run(page->site, &options, &records, &page->error);
}

static enum wsync_err write_csv(struct server_page *page)
{
    return server_page_file(page, "records.csv", put_records);
}

void server_page_records_csv(void *context, const struct wsync_http_request *request,
                             struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_csv);
}
