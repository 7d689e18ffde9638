/* SPDX-License-Identifier: Apache-2.0 */
/* Where the table stands in its file: in the first sheet that is shown, and under the first row
 * that looks like the names of columns, until a person says so. */
#include <stdio.h>
#include <stdlib.h>

#include "client/pages_import.h"
#include "host/view.h"

void desk_sheets_read(struct desk_sheets *sheets, const char **lines)
{
    const char *next = *lines;
    struct wsync_json *item;
    while (sheets->count < WSYNC_XLSX_READ_SHEETS_MAX &&
           (item = wsync_json_read(&next)) != NULL) {
        if (!wsync_json_has(item, "sheet")) {
            wsync_json_free(item);
            return;
        }
        sheets->items[sheets->count++] = item;
        sheets->read = wsync_json_get_bool(item, "read") ? sheets->count : sheets->read;
        *lines = next;
    }
}

void desk_sheets_forget(struct desk_sheets *sheets)
{
    while (sheets->count > 0) {
        wsync_json_free(sheets->items[--sheets->count]);
    }
}

/* ---- the choice ---- */

static void write_option(const struct desk_map *map, size_t at)
{
    const struct desk_page *page = map->page;
    const struct wsync_json *sheet = map->sheets.items[at];
    char number[DESK_MAP_NAME_BYTES];
    bool is_table = wsync_json_get_bool(sheet, "table");
    wsync_html_raw(page->html, "<option");
    wsync_html_attr(page->html, "value", desk_map_name(' ', at + 1, number));
    if (!is_table) {
        wsync_html_raw(page->html, " disabled");
    }
    if (map->sheets.read == at + 1) {
        wsync_html_raw(page->html, " selected");
    }
    wsync_html_raw(page->html, ">");
    wsync_html_text(page->html, wsync_json_get(sheet, "sheet"));
    if (wsync_json_get_bool(sheet, "hidden")) {
        wsync_html_text(page->html, desk_word(page, " (đang ẩn)", " (hidden)"));
    }
    if (!is_table) {
        wsync_html_text(page->html, desk_word(page, " (không phải bảng)", " (no table)"));
    }
    wsync_html_raw(page->html, "</option>");
}

void desk_sheets_write(const struct desk_map *map)
{
    struct desk_page *page = map->page;
    if (map->sheets.count < 2) {
        return;
    }
    wsync_page_post(page->html, &page->frame, "/import/sheet");
    desk_map_hidden(map);
    wsync_html_raw(page->html, "<div class=\"field\"><label for=\"sheet\">");
    desk_say(page, "Tệp có nhiều trang tính; lấy bảng ở trang",
             "The workbook has several sheets; the table is on");
    wsync_html_raw(page->html, "</label><select id=\"sheet\" name=\"sheet\">");
    for (size_t i = 0; i < map->sheets.count; i++) {
        write_option(map, i);
    }
    wsync_html_raw(page->html, "</select></div>"
                               "<p class=\"actions\"><button class=\"second\">");
    desk_say(page, "Xem trang này", "Look at this sheet");
    wsync_html_raw(page->html, "</button></p></form>");
}

/* ---- the row of the names ---- */

void desk_heads_read(struct desk_heads *heads, const char **lines)
{
    const char *next = *lines;
    struct wsync_json *item;
    while (heads->count < WSYNC_TABLE_HEADS_MAX && (item = wsync_json_read(&next)) != NULL) {
        if (!wsync_json_has(item, "head")) {
            wsync_json_free(item);
            return;
        }
        heads->items[heads->count++] = item;
        *lines = next;
    }
}

void desk_heads_forget(struct desk_heads *heads)
{
    while (heads->count > 0) {
        wsync_json_free(heads->items[--heads->count]);
    }
}

size_t desk_head_texts(const struct wsync_json *head)
{
    size_t texts = 0;
    for (size_t column = 1; column <= DESK_MAP_COLUMNS_MAX; column++) {
        texts += desk_map_cell(head, column)[0] != '\0';
    }
    return texts;
}

static size_t row_of(const struct desk_heads *heads, size_t at)
{
    return (size_t)wsync_json_get_number(heads->items[at], "head");
}

/* A title is in one cell. */
static bool may_be_header(const struct desk_heads *heads, size_t at)
{
    return row_of(heads, at) == heads->read || desk_head_texts(heads->items[at]) >= 2;
}

static void write_head(const struct desk_map *map, size_t at)
{
    struct wsync_html *html = map->page->html;
    char number[DESK_MAP_NAME_BYTES];
    size_t row = row_of(&map->heads, at), shown = 0;
    wsync_html_raw(html, "<option");
    wsync_html_attr(html, "value", desk_map_name(' ', row, number));
    if (row == map->heads.read) {
        wsync_html_raw(html, " selected");
    }
    wsync_html_raw(html, ">");
    wsync_html_number(html, (int64_t)row);
    for (size_t column = 1;
         column <= DESK_MAP_COLUMNS_MAX && shown < DESK_HEAD_CELLS_MAX; column++) {
        const char *text = desk_map_cell(map->heads.items[at], column);
        if (text[0]) {
            wsync_html_text(html, shown++ > 0 ? "; " : ": ");
            wsync_html_text(html, text);
        }
    }
    wsync_html_raw(html, "</option>");
}

static void write_row_read(const struct desk_map *map)
{
    struct wsync_html *html = map->page->html;
    bool named = false;
    for (size_t column = 1; column <= map->column_count; column++) {
        named = named || map->fields[column] || map->photos[column];
    }
    if (named) {
        wsync_html_raw(html, "<details id=\"header-row\"><summary>");
    } else {
        wsync_html_raw(html, "<details id=\"header-row\" open><summary>");
    }
    desk_say(map->page, "Dòng có tên cột", "The row with the names of the columns");
    if (map->heads.read > 0) {
        wsync_html_raw(html, ": ");
        wsync_html_number(html, (int64_t)map->heads.read);
    }
    wsync_html_raw(html, "</summary>");
}

void desk_heads_write(const struct desk_map *map)
{
    struct desk_page *page = map->page;
    size_t count = 0;
    for (size_t i = 0; i < map->heads.count; i++) {
        count += may_be_header(&map->heads, i);
    }
    if (count < 2) {
        return;
    }
    write_row_read(map);
    wsync_page_post(page->html, &page->frame, "/import/sheet");
    desk_map_hidden(map);
    desk_map_hidden_number(map, "sheet", map->sheets.read);
    wsync_html_raw(page->html, "<div class=\"field\"><label for=\"header\">");
    desk_say(page, "Các dòng phía trên dòng này không thuộc bảng, như tiêu đề, ngày lập",
             "Rows above it are no part of the table, as a title or a date");
    wsync_html_raw(page->html, "</label><select id=\"header\" name=\"header\">");
    for (size_t i = 0; i < map->heads.count; i++) {
        if (may_be_header(&map->heads, i)) {
            write_head(map, i);
        }
    }
    wsync_html_raw(page->html, "</select></div>"
                               "<p class=\"actions\"><button class=\"second\">");
    desk_say(page, "Lấy dòng này", "Take this row");
    wsync_html_raw(page->html, "</button></p></form></details>");
}

/* ---- what was chosen ---- */

static size_t number_asked(const struct wsync_http_request *request, const char *name,
                           size_t most)
{
    const char *text = wsync_http_field(request, name);
    unsigned long number = text ? strtoul(text, NULL, 10) : 0;
    return number <= most ? number : 0;
}

struct wsync_table_place desk_place_asked(const struct wsync_http_request *request)
{
    return (struct wsync_table_place){
        .sheet.number = number_asked(request, "sheet", WSYNC_XLSX_READ_SHEETS_MAX),
        .header = number_asked(request, "header", WSYNC_TABLE_HEADER_MAX)};
}

enum wsync_err desk_place_keep(struct desk_page *page, struct wsync_kept *kept,
                               const struct wsync_form *form)
{
    const struct wsync_table_place asked = desk_place_asked(page->request);
    char head[DESK_MAP_HEAD_BYTES];
    const struct wsync_form *before;
    struct wsync_mapping mapping;
    struct wsync_table_place place = {.header = 0};
    enum wsync_err err = desk_import_mapping(page, kept, &mapping, &before);
    if (err == WSYNC_OK && before) {
        err = wsync_mapping_place(&mapping, &place, &page->error);
    }
    bool kept_already = before && before->number == form->number &&
                        place.sheet.number == asked.sheet.number &&
                        (asked.header == 0 || place.header == asked.header);
    if (err != WSYNC_OK || kept_already) {
        return err;
    }
    return wsync_kept_text(kept, DESK_MAPPING,
                           wsync_slice(head, desk_map_head(head, form, &asked)));
}

void desk_import_sheet(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct desk_page page;
    const struct wsync_form *form;
    char path[DESK_IMPORT_PATH_BYTES];
    const char *name = wsync_http_field(request, "form");
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = wsync_view_form(page.site, name ? name : "", &form, &page.error);
    struct wsync_kept *kept = err == WSYNC_OK ? desk_import_kept(&page) : NULL;
    if (kept) {
        err = desk_place_keep(&page, kept, form);
    }
    if (kept && err == WSYNC_OK) {
        desk_import_path(path, "columns", kept->id);
        desk_go(&page, path);
    } else if (err != WSYNC_OK) {
        desk_end(&page, err);
    }
}
