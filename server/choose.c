/* SPDX-License-Identifier: Apache-2.0 */
/* Which form, figure, ward and days an address asks for, and the form that asks. */
#include <stdio.h>
#include <string.h>

#include "server/figures.h"
#include "server/pages_input.h"
#include "wardsync/calendar.h"

/* ---- reading ---- */

static enum wsync_err find_form(struct server_page *page, const struct wsync_form **form)
{
    const char *name = wsync_http_field(page->request, "form");
    enum wsync_err err =
        name && name[0] ? wsync_catalog_named(page->site->catalog, page->site->txn,
                                              wsync_slice_of(name), form)
                        : wsync_catalog_after(page->site->catalog, page->site->txn, 0, form);
    return err != WSYNC_ERR_NOT_FOUND
               ? err
               : wsync_error_set(
                     &page->error, err, "%s",
                     server_word(page, "Không có biểu mẫu này; chọn lại từ danh sách.",
                                 "There is no such form; choose one from the list."));
}

enum wsync_err server_choose(struct server_page *page, struct server_choice *choice)
{
    const char *by = wsync_http_field(page->request, "by");
    *choice = (struct server_choice){
        .by = by && strcmp(by, "month") == 0 ? WSYNC_TOTALS_BY_MONTH : WSYNC_TOTALS_BY_WEEK,
        .figure = wsync_http_field(page->request, "figure"),
        .has_days =
            wsync_http_field(page->request, "from") || wsync_http_field(page->request, "to"),
        .first_day = WSYNC_NO_DAY,
        .last_day = INT32_MAX};
    uint64_t unit = server_number_field(page, "unit", 0);
    choice->unit = unit <= UINT32_MAX ? (uint32_t)unit : 0;
    enum wsync_err err = find_form(page, &choice->form);
    if (err == WSYNC_OK) {
        err = server_read_day(page, "from", &choice->first_day);
    }
    return err == WSYNC_OK ? server_read_day(page, "to", &choice->last_day) : err;
}

/* ---- asking ---- */

void server_choose_begin(struct server_page *page, const char *path)
{
    wsync_html_raw(page->html, "<form method=\"get\" class=\"choose\"");
    wsync_html_attr(page->html, "action", path);
    wsync_html_raw(page->html, ">\n");
}

enum wsync_err server_choose_form(struct server_page *page, const struct server_choice *choice)
{
    const struct wsync_form *form;
    uint32_t after = 0, chosen = choice->form->number;
    enum wsync_err err = WSYNC_OK;
    server_select_begin(page, "form", server_word(page, "Biểu mẫu", "Form"));
    while (err == WSYNC_OK) { /* ends: each turn passes one form */
        err = wsync_catalog_after(page->site->catalog, page->site->txn, after, &form);
        if (err == WSYNC_OK) {
            server_option_begin(page, form->name, form->number == chosen);
            wsync_html_slice(page->html, server_label(page, form->title_vi, form->title_en));
            wsync_html_raw(page->html, "</option>\n");
            after = form->number;
        }
    }
    server_select_end(page);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void server_choose_by(struct server_page *page, const struct server_choice *choice)
{
    bool month = choice->by == WSYNC_TOTALS_BY_MONTH;
    server_select_begin(page, "by", server_word(page, "Kỳ", "Period"));
    server_option(page, "week", server_word(page, "Tuần", "Week"), !month);
    server_option(page, "month", server_word(page, "Tháng", "Month"), month);
    server_select_end(page);
}

void server_choose_column(struct server_page *page, const struct wsync_totals_table *table,
                          int column, bool all)
{
    char key[WSYNC_INDICATOR_KEY_BYTES], text[WSYNC_INDICATOR_BYTES];
    server_select_begin(page, "figure", server_word(page, "Chỉ tiêu", "Indicator"));
    if (all) {
        server_option(page, "all", server_word(page, "Tất cả", "All"),
                      column >= WSYNC_INDICATOR_ALL);
    }
    for (int i = WSYNC_INDICATOR_RECORDS; i < (int)table->column_count; i++) {
        server_option(page, wsync_indicator_key(table, i, key),
                      wsync_indicator_label(table, i, page->language, text), i == column);
    }
    server_select_end(page);
}

void server_choose_unit(struct server_page *page, const struct server_units *units,
                        uint32_t unit)
{
    char id[16];
    server_select_begin(page, "unit", server_word(page, "Phường", "Ward"));
    server_option(page, "", server_word(page, "Cả quận", "The whole district"), unit == 0);
    for (size_t i = 0; i < units->count; i++) {
        const struct server_unit *own = units->by_name[i];
        snprintf(id, sizeof id, "%u", own->id);
        server_option(page, id, own->name, own->id == unit);
    }
    server_select_end(page);
}

/* Text: a control for dates shows them in the order of the browser's language, so that 05/06
 * would be another day on another machine. */
void server_choose_day(struct server_page *page, const char *name, const char *text,
                       int32_t day)
{
    server_label_of(page, name, text);
    wsync_html_raw(page->html, "<input autocomplete=\"off\"");
    wsync_html_attr(page->html, "id", name);
    wsync_html_attr(page->html, "name", name);
    wsync_html_attr(page->html, "placeholder",
                    server_word(page, "ngày/tháng/năm", "day/month/year"));
    wsync_html_raw(page->html, " value=\"");
    if (day >= WSYNC_DAY_MIN && day <= WSYNC_DAY_MAX) {
        server_day(page, day);
    }
    wsync_html_raw(page->html, "\"></div>\n");
}

void server_choose_end(struct server_page *page)
{
    wsync_html_raw(page->html, "<div class=\"actions\"><button class=\"button\">");
    server_say(page, "Xem", "Show");
    wsync_html_raw(page->html, "</button></div>\n</form>\n");
}

void server_part_slice(struct server_page *page, struct wsync_slice text)
{
    char part[WSYNC_NAME_BYTES_MAX + 1];
    snprintf(part, sizeof part, "%.*s", (int)text.len, (const char *)text.data);
    wsync_html_part(page->html, part);
}
