/* SPDX-License-Identifier: Apache-2.0 */
/* Xung đột: the records that several devices wrote differently; of one of them all values side
 * by side, who says so, which one is shown, and what another choice would do to the totals.  It
 * is the ward that decides: nothing is offered here. */
#include <stdio.h>
#include <string.h>

#include "server/records.h"

enum { ROWS_MAX = 50 };

/* ---- all of them ---- */

/* The labels of what is in conflict. */
static void write_what(struct server_page *page, const struct wsync_record *record,
                       const struct wsync_form *form)
{
    bool contested;
    size_t named = 0;
    (void)wsync_record_life(record, &contested, NULL);
    if (contested) {
        server_say(page, "xóa hay giữ", "deleted or kept");
        named++;
    }
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        size_t count = 0;
        if (wsync_record_shown(record, field->number, &count) && count > 1) {
            wsync_html_text(page->html, named++ > 0 ? ", " : "");
            wsync_html_slice(page->html, server_label(page, field->label_vi, field->label_en));
        }
    }
}

static enum wsync_err write_row(struct server_page *page, struct wsync_dot id)
{
    struct wsync_record record;
    struct wsync_records_item item;
    char name[WSYNC_RECORD_ID_BYTES], unit[WSYNC_UNIT_LABEL_BYTES];
    struct wsync_site *site = page->site;
    enum wsync_err err = wsync_record_get(site->txn, id, 0, &site->arena, &record);
    if (err == WSYNC_OK) {
        err = wsync_records_item(site, &record, &item);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_name(site->txn, id, name);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    wsync_html_raw(page->html, "<tr><th scope=\"row\"><a href=\"/conflicts/");
    wsync_html_part(page->html, name);
    wsync_html_raw(page->html, "\">");
    wsync_html_text(page->html, name);
    wsync_html_raw(page->html, "</a></th><td>");
    wsync_units_here_label(site, record.scope, unit);
    server_ward_link(page, record.scope, unit);
    wsync_html_raw(page->html, "</td><td>");
    server_day(page, item.day);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_slice(page->html, server_label(page, item.form->title_vi, item.form->title_en));
    wsync_html_raw(page->html, "</td><td>");
    write_what(page, &record, item.form);
    wsync_html_raw(page->html, "</td></tr>\n");
    return WSYNC_OK;
}

/* Where an earlier page ended; the end of the table without one. */
static struct wsync_slice read_after(const struct server_page *page,
                                     uint8_t key[WSYNC_RECORD_KEY_BYTES])
{
    struct wsync_dot at;
    unsigned long long seq;
    const char *after = wsync_http_field(page->request, "after");
    if (!after || sscanf(after, "%10u.%20llu.%5u", &at.log_no, &seq, &at.op) != 3) {
        return wsync_slice(NULL, 0);
    }
    at.seq = seq;
    return wsync_record_key(at, key);
}

static enum wsync_err write_rows(struct server_page *page, size_t *rows, struct wsync_dot *last)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_entry entry = {.key = read_after(page, key)};
    enum wsync_err err = WSYNC_OK;
    for (*rows = 0; err == WSYNC_OK && *rows <= ROWS_MAX; (*rows)++) {
        err = wsync_txn_seek(page->site->txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_LT, &entry);
        if (err != WSYNC_OK || *rows == ROWS_MAX) {
            break;
        }
        size_t mark = wsync_arena_mark(&page->site->arena);
        *last = wsync_record_of_key(entry.key);
        entry.key = wsync_record_key(*last, key);
        err = write_row(page, *last);
        wsync_arena_release(&page->site->arena, mark);
    }
    return err;
}

static void write_next(struct server_page *page, struct wsync_dot last)
{
    char after[48];
    snprintf(after, sizeof after, "%u.%llu.%u", last.log_no, (unsigned long long)last.seq,
             last.op);
    wsync_html_raw(page->html,
                   "<p class=\"actions\"><a class=\"button second\" href=\"/conflicts?after=");
    wsync_html_part(page->html, after);
    wsync_html_raw(page->html, "\">");
    server_say(page, "Các xung đột tiếp theo", "The next conflicts");
    wsync_html_raw(page->html, "</a></p>\n");
}

static void write_about(struct server_page *page)
{
    wsync_html_raw(page->html, "<p>");
    server_say(page,
               "Nhiều máy của một phường đã ghi khác nhau vào cùng một ô. Phường quyết định "
               "giữ giá trị nào; cho đến lúc đó tổng hợp tính giá trị đang hiển thị.",
               "Several devices of a ward wrote different values into one field. The ward "
               "decides which one is kept; until then the totals count the one that is shown.");
    wsync_html_raw(page->html, "</p>\n");
}

static enum wsync_err write_conflicts(struct server_page *page)
{
    size_t rows;
    struct wsync_dot last = {0, 0, 0};
    server_page_head(page, server_word(page, "Xung đột", "Conflicts"));
    write_about(page);
    server_table_begin(page, server_word(page, "Bản ghi xung đột", "Records in conflict"));
    server_table_head(page, server_word(page, "Bản ghi", "Record"), false);
    server_table_head(page, server_word(page, "Phường", "Ward"), false);
    server_table_head(page, server_word(page, "Ngày", "Day"), false);
    server_table_head(page, server_word(page, "Biểu mẫu", "Form"), false);
    server_table_head(page, server_word(page, "Ghi khác nhau ở", "Written differently"), false);
    server_table_body(page);
    enum wsync_err err = write_rows(page, &rows, &last);
    server_table_end(page);
    if (err == WSYNC_ERR_NOT_FOUND && rows == 0) {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Không có xung đột nào.", "There is no conflict.");
        wsync_html_raw(page->html, "</p>\n");
    } else if (err == WSYNC_OK) {
        write_next(page, last);
    }
    wsync_page_end(page->html, &page->frame);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void server_page_conflicts(void *context, const struct wsync_http_request *request,
                           struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_conflicts);
}

/* ---- one of them ---- */

static enum wsync_err write_field(struct server_page *page, const struct wsync_record *record,
                                  const struct wsync_field *field)
{
    size_t count = 0;
    char caption[512];
    const struct wsync_page_record parts = server_parts(page);
    const struct wsync_live *shown = wsync_record_shown(record, field->number, &count);
    if (!shown || count < 2) {
        return WSYNC_OK;
    }
    struct wsync_slice label = server_label(page, field->label_vi, field->label_en);
    snprintf(caption, sizeof caption, "%.*s", (int)label.len, (const char *)label.data);
    server_table_begin(page, caption);
    server_table_head(page, server_word(page, "Giá trị, ai ghi", "Value, who wrote it"), false);
    server_table_head(page, server_word(page, "Trong tổng hợp", "In the totals"), false);
    server_table_body(page);
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < record->live_count; i++) {
        if (record->live[i].field == field->number) {
            wsync_html_raw(page->html, "<tr><td>");
            err = wsync_page_claim(&parts, record, field, i);
            wsync_html_raw(page->html, "</td><td>");
            wsync_page_effect(&parts, record, field, i);
            wsync_html_raw(page->html, "</td></tr>\n");
        }
    }
    server_table_end(page);
    return err;
}

static void write_life(struct server_page *page, const struct wsync_record *record)
{
    bool contested;
    (void)wsync_record_life(record, &contested, NULL);
    if (contested) {
        wsync_html_raw(page->html, "<p>");
        server_say(page,
                   "Có người đã xóa bản ghi này trong khi người khác sửa nó: vẫn được tính cho "
                   "đến khi phường quyết định.",
                   "Somebody deleted this record while others changed it: it counts until the "
                   "ward decides.");
        wsync_html_raw(page->html, "</p>\n");
    }
}

static enum wsync_err write_conflict(struct server_page *page)
{
    struct wsync_record record;
    const struct wsync_form *form;
    char id[WSYNC_RECORD_ID_BYTES], unit[WSYNC_UNIT_LABEL_BYTES];
    enum wsync_err err = server_record(page, &record, &form);
    if (err == WSYNC_OK) {
        err = wsync_record_name(page->site->txn, record.id, id);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    server_page_head(page, server_word(page, "Xung đột", "Conflict"));
    wsync_html_raw(page->html, "<p><a href=\"/records/");
    wsync_html_part(page->html, id);
    wsync_html_raw(page->html, "\">");
    wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
    wsync_html_raw(page->html, " ");
    wsync_html_text(page->html, id);
    wsync_html_raw(page->html, "</a> · ");
    wsync_units_here_label(page->site, record.scope, unit);
    server_ward_link(page, record.scope, unit);
    wsync_html_raw(page->html, "</p>\n");
    bool any = wsync_record_in_conflict(&record);
    if (any) {
        write_about(page);
        write_life(page, &record);
    } else {
        wsync_html_raw(page->html, "<p>");
        server_say(page, "Bản ghi này không còn xung đột.", "This record is not in conflict.");
        wsync_html_raw(page->html, "</p>\n");
    }
    for (size_t i = 0; any && err == WSYNC_OK && i < form->field_count; i++) {
        err = write_field(page, &record, &form->fields[i]);
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_conflict(void *context, const struct wsync_http_request *request,
                          struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_conflict);
}
