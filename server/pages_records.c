/* SPDX-License-Identifier: Apache-2.0 */
/* Hồ sơ: the records, by their day, fifty a page; and those behind a figure: the same unit,
 * form and days.  Without personal fields. */
#include <stdio.h>
#include <string.h>

#include "host/records_back.h"
#include "server/pages_file.h"
#include "server/records.h"

enum { ROWS_MAX = 50, VALUE_SHOWN_BYTES = 120, LABEL_BYTES = 512 };

/* A list being written. */
struct listing {
    struct server_page *page;
    struct server_records asked;
    size_t rows, looked;
    bool more;
    char next[WSYNC_BACK_TEXT_BYTES]; /* where the next page begins */
};

/* ---- rows ---- */

static bool is_column(const struct listing *listing, const struct wsync_field *field)
{
    return !field->personal && field->type != WSYNC_TYPE_BYTES &&
           field->type != WSYNC_TYPE_PHOTO && field->number != listing->asked.form->date_field;
}

static void write_state(struct server_page *page, const struct wsync_records_item *item)
{
    bool conflict = item->contested || wsync_record_in_conflict(item->record);
    if (!conflict && item->life == WSYNC_LIFE_ALIVE) {
        return;
    }
    wsync_html_raw(page->html, " <span class=\"tag warn\">");
    wsync_html_text(page->html, conflict ? server_word(page, "xung đột", "conflict")
                                : item->life == WSYNC_LIFE_DELETED
                                    ? server_word(page, "đã xóa", "deleted")
                                    : server_word(page, "bản trùng", "duplicate"));
    wsync_html_raw(page->html, "</span>");
}

static bool is_number(const struct wsync_field *field)
{
    return field->type == WSYNC_TYPE_INTEGER || field->type == WSYNC_TYPE_DECIMAL;
}

/* The values, which a phone is to show without moving: a column each for one form, the first
 * few for all of them. */
static void write_values(struct listing *listing, const struct wsync_records_item *item)
{
    struct server_page *page = listing->page;
    const struct wsync_page_record parts = server_parts(page);
    const struct wsync_form *form = listing->asked.form;
    if (!form) {
        wsync_html_raw(page->html, "<td class=\"content\">");
        wsync_html_slice(page->html,
                         server_label(page, item->form->title_vi, item->form->title_en));
        wsync_html_raw(page->html, "<br>");
        wsync_page_content(&parts, item);
        wsync_html_raw(page->html, "</td>");
        return;
    }
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        const struct wsync_live *live = wsync_record_shown(item->record, field->number, NULL);
        if (is_column(listing, field)) {
            if (is_number(field)) {
                wsync_html_raw(page->html, "<td class=\"number\">");
            } else {
                wsync_html_raw(page->html, "<td>");
            }
            if (live && live->value.class != WSYNC_CLASS_BLANK) {
                wsync_page_short(&parts, field, &live->value, VALUE_SHOWN_BYTES);
            }
            wsync_html_raw(page->html, "</td>");
        }
    }
}

static enum wsync_err write_row(struct listing *listing, const struct wsync_records_item *item)
{
    struct server_page *page = listing->page;
    char name[WSYNC_RECORD_ID_BYTES], unit[WSYNC_UNIT_LABEL_BYTES];
    enum wsync_err err = wsync_record_name(page->site->txn, item->record->id, name);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_html_raw(page->html, "<tr><th scope=\"row\"><a href=\"/records/");
    wsync_html_part(page->html, name);
    wsync_html_raw(page->html, "\">");
    if (item->day == WSYNC_NO_DAY) {
        wsync_html_text(page->html, name);
    } else {
        server_day(page, item->day);
    }
    wsync_html_raw(page->html, "</a><br>");
    wsync_units_here_label(page->site, item->record->scope, unit);
    wsync_html_text(page->html, unit);
    write_state(page, item);
    wsync_html_raw(page->html, "</th>");
    write_values(listing, item);
    wsync_html_raw(page->html, "<td>");
    wsync_html_text(page->html, name);
    wsync_html_raw(page->html, "</td></tr>\n");
    listing->rows++;
    return WSYNC_OK;
}

/* ---- which rows ---- */

static enum wsync_err visit(void *context, const struct wsync_records_item *item, bool *more)
{
    struct listing *listing = context;
    bool matches;
    enum wsync_err err = server_records_match(listing->page, &listing->asked, item, &matches);
    if (err == WSYNC_OK && matches) {
        err = write_row(listing, item);
    }
    *more = listing->rows < ROWS_MAX;
    return err;
}

static enum wsync_err walk_days(struct listing *listing)
{
    struct wsync_days days;
    struct wsync_site *site = listing->page->site;
    const struct wsync_days_query *query = &listing->asked.query;
    enum wsync_err err = wsync_days_begin(site, query, listing->asked.after, &days);
    if (err == WSYNC_OK) {
        err = wsync_days_walk(site, query, &days, visit, listing);
    }
    if (err == WSYNC_OK) {
        listing->more = !days.over;
        listing->looked = days.looked;
        wsync_days_text(&days, listing->next);
    }
    return err;
}

/* What does not count has no index: the newest first. */
static enum wsync_err walk_back(struct listing *listing)
{
    struct wsync_back back;
    struct wsync_site *site = listing->page->site;
    const struct wsync_days_query *asked = &listing->asked.query;
    const struct wsync_back_query query = {asked->form, asked->first_day, asked->last_day, true,
                                           asked->look_max};
    enum wsync_err err = wsync_back_begin(site, asked->scope, listing->asked.after, &back);
    if (err == WSYNC_ERR_CROWDED) {
        return wsync_error_set(&listing->page->error, WSYNC_ERR_INVALID, "%s",
                               server_word(listing->page,
                                           "Hãy chọn một phường để xem những bản ghi này.",
                                           "Choose a ward to see these records."));
    }
    if (err == WSYNC_OK) {
        err = wsync_back_walk(site, &query, &back, visit, listing);
    }
    if (err == WSYNC_OK) {
        listing->more = !back.over;
        listing->looked = back.looked;
        wsync_back_text(&back, listing->next);
    }
    return err;
}

static enum wsync_err visit_conflict(struct listing *listing, struct wsync_dot id)
{
    struct wsync_record record;
    struct wsync_records_item item;
    bool more;
    struct wsync_site *site = listing->page->site;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_record_get(site->txn, id, 0, &site->arena, &record);
    if (err == WSYNC_OK) {
        err = wsync_records_item(site, &record, &item);
    }
    if (err == WSYNC_OK) {
        err = visit(listing, &item, &more);
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* The table of conflicts; `after` is the place in it. */
static enum wsync_err walk_conflicts(struct listing *listing)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_dot at;
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_txn *txn = listing->page->site->txn;
    unsigned long long seq;
    if (sscanf(listing->asked.after, "%10u.%20llu.%5u", &at.log_no, &seq, &at.op) == 3) {
        at.seq = seq;
        entry.key = wsync_record_key(at, key);
    }
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && listing->rows < ROWS_MAX &&
           listing->looked < listing->asked.query.look_max) {
        err = wsync_txn_seek(txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_LT, &entry);
        if (err == WSYNC_OK) {
            listing->looked++;
            at = wsync_record_of_key(entry.key);
            entry.key = wsync_record_key(at, key);
            snprintf(listing->next, sizeof listing->next, "%u.%llu.%u", at.log_no,
                     (unsigned long long)at.seq, at.op);
            err = visit_conflict(listing, at);
        }
    }
    listing->more = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_rows(struct listing *listing)
{
    switch (listing->asked.state) {
    case SERVER_RECORDS_CONFLICT:
        return walk_conflicts(listing);
    case SERVER_RECORDS_DELETED:
        return walk_back(listing);
    case SERVER_RECORDS_COUNTED:
    case SERVER_RECORDS_STATES:
        break;
    }
    return walk_days(listing);
}

/* ---- the page ---- */

static void write_heads(struct listing *listing)
{
    struct server_page *page = listing->page;
    const struct wsync_form *form = listing->asked.form;
    char text[LABEL_BYTES];
    struct wsync_slice title =
        form ? server_label(page, form->title_vi, form->title_en)
             : wsync_slice_of(server_word(page, "Tất cả biểu mẫu", "All forms"));
    snprintf(text, sizeof text, "%.*s", (int)title.len, (const char *)title.data);
    server_table_begin(page, text);
    server_table_head(page, server_word(page, "Ngày, phường", "Day, ward"), false);
    if (!form) {
        server_table_head(page, server_word(page, "Nội dung", "Content"), false);
    }
    for (size_t i = 0; form && i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        if (is_column(listing, field)) {
            title = server_label(page, field->label_vi, field->label_en);
            snprintf(text, sizeof text, "%.*s", (int)title.len, (const char *)title.data);
            server_table_head(page, text, is_number(field));
        }
    }
    server_table_head(page, server_word(page, "Bản ghi", "Record"), false);
    server_table_body(page);
}

/* How many there are, as far as that is known. */
static enum wsync_err write_count(struct listing *listing)
{
    struct server_page *page = listing->page;
    uint64_t count = listing->rows;
    bool all = !listing->more && listing->asked.after[0] == '\0';
    enum wsync_err err = WSYNC_OK;
    if (server_records_are_plain(&listing->asked)) {
        err = wsync_days_count(page->site, &listing->asked.query, &count, &all);
    }
    wsync_html_raw(page->html, "<p id=\"count\">");
    if (!all) {
        server_say(page, "Ít nhất ", "At least ");
    }
    server_number(page, count);
    server_say(page, " bản ghi; trường có dữ liệu cá nhân không hiện ở đây.",
               " records; fields with personal data are not shown here.");
    wsync_html_raw(page->html, "</p>\n");
    if (listing->more && listing->rows < ROWS_MAX) {
        wsync_html_raw(page->html, "<p id=\"looked\">");
        server_say(page, "Đã xem ", "Looked at ");
        server_number(page, listing->looked);
        server_say(page, " bản ghi; những bản ghi sau đó chưa được xem.",
                   " records; those behind them were not looked at yet.");
        wsync_html_raw(page->html, "</p>\n");
    }
    return err;
}

static void write_more(struct listing *listing)
{
    struct server_page *page = listing->page;
    wsync_html_raw(page->html, "<p class=\"actions\">");
    if (listing->more) {
        wsync_html_raw(page->html, "<a class=\"button second\" href=\"/records");
        server_records_address(page, &listing->asked);
        wsync_html_raw(page->html, "&amp;after=");
        wsync_html_part(page->html, listing->next);
        wsync_html_raw(page->html, "\">");
        wsync_html_text(page->html,
                        listing->rows == ROWS_MAX
                            ? server_word(page, "Các bản ghi tiếp theo", "The next records")
                            : server_word(page, "Tìm tiếp", "Look on"));
        wsync_html_raw(page->html, "</a>");
    }
    if (listing->asked.form && server_records_are_plain(&listing->asked)) {
        wsync_html_raw(page->html, "<a class=\"button second\" href=\"/records.xlsx");
        server_records_address(page, &listing->asked);
        wsync_html_raw(page->html, "\">");
        server_say(page, "Tải các bản ghi (Excel)", "Download the records (Excel)");
        wsync_html_raw(page->html, "</a> <a class=\"button second\" href=\"/records.csv");
        server_records_address(page, &listing->asked);
        wsync_html_raw(page->html, "\">");
        server_say(page, "Tải các bản ghi (CSV)", "Download the records (CSV)");
        wsync_html_raw(page->html, "</a>");
    }
    wsync_html_raw(page->html, "</p>\n");
}

static enum wsync_err write_records(struct server_page *page)
{
    struct listing listing = {.page = page};
    enum wsync_err err = server_records_read(page, &listing.asked);
    if (err != WSYNC_OK) {
        return err;
    }
    server_page_head(page, server_word(page, "Hồ sơ", "Records"));
    err = server_records_ask(page, &listing.asked);
    if (err == WSYNC_OK) {
        wsync_page_live(page->html);
        write_heads(&listing);
        err = write_rows(&listing);
        server_table_end(page);
    }
    if (err == WSYNC_OK) {
        err = write_count(&listing);
    }
    if (err == WSYNC_OK) {
        write_more(&listing);
        wsync_page_live_end(page->html);
        wsync_page_end(page->html, &page->frame);
    }
    return err;
}

void server_page_records(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_records);
}
