/* SPDX-License-Identifier: Apache-2.0 */
/* Which sheet of a workbook is the table: the first that is shown, until a person says so. */
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

/* ---- what was chosen ---- */

size_t desk_sheet_asked(const struct wsync_http_request *request)
{
    const char *sheet = wsync_http_field(request, "sheet");
    unsigned long number = sheet ? strtoul(sheet, NULL, 10) : 0;
    return number <= WSYNC_XLSX_READ_SHEETS_MAX ? number : 0;
}

enum wsync_err desk_sheet_keep(struct desk_page *page, struct wsync_kept *kept,
                               const struct wsync_form *form, size_t sheet)
{
    char head[DESK_MAP_HEAD_BYTES];
    const struct wsync_form *before;
    struct wsync_mapping mapping;
    struct wsync_xlsx_wanted wanted = {.number = 0};
    enum wsync_err err = desk_import_mapping(page, kept, &mapping, &before);
    if (err == WSYNC_OK && before) {
        err = wsync_mapping_sheet(&mapping, &wanted, &page->error);
    }
    bool kept_already = before && before->number == form->number && wanted.number == sheet;
    if (err != WSYNC_OK || kept_already) {
        return err;
    }
    return wsync_kept_text(kept, DESK_MAPPING,
                           wsync_slice(head, desk_map_head(head, form, sheet)));
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
        err = desk_sheet_keep(&page, kept, form, desk_sheet_asked(request));
    }
    if (kept && err == WSYNC_OK) {
        desk_import_path(path, "columns", kept->id);
        desk_go(&page, path);
    } else if (err != WSYNC_OK) {
        desk_end(&page, err);
    }
}
