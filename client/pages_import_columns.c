/* SPDX-License-Identifier: Apache-2.0 */
/* Which column of a table is which field: the page where a person says it. */
#include <stdio.h>

#include "client/pages_entry.h"
#include "client/pages_import.h"
#include "host/json.h"

static void begin_option(struct wsync_html *html, const char *value, bool chosen)
{
    wsync_html_raw(html, "<option");
    wsync_html_attr(html, "value", value);
    if (chosen) {
        wsync_html_raw(html, " selected");
    }
    wsync_html_raw(html, ">");
}

static void begin_select(struct wsync_html *html, const char *name)
{
    wsync_html_raw(html, "</label><select");
    wsync_html_attr(html, "id", name);
    wsync_html_attr(html, "name", name);
    wsync_html_raw(html, ">");
}

static void write_fields(struct desk_map *map, const char *name,
                         const struct wsync_field *chosen)
{
    struct wsync_html *html = map->page->html;
    begin_select(html, name);
    begin_option(html, "", chosen == NULL);
    desk_say(map->page, "— bỏ qua cột này —", "— leave this column out —");
    wsync_html_raw(html, "</option>");
    for (size_t i = 0; i < map->form->field_count; i++) {
        const struct wsync_field *field = &map->form->fields[i];
        char word[WSYNC_NAME_BYTES_MAX + 1];
        if (!wsync_page_field_is_typed(field)) {
            continue;
        }
        snprintf(word, sizeof word, "%.*s", (int)field->name.len,
                 (const char *)field->name.data);
        begin_option(html, word, chosen == field);
        desk_label(map->page, field->label_vi, field->label_en);
        if (field->required) {
            desk_say(map->page, " (bắt buộc)", " (required)");
        }
        wsync_html_raw(html, "</option>");
    }
    wsync_html_raw(html, "</select>");
}

static void write_column(struct desk_map *map, size_t column)
{
    struct wsync_html *html = map->page->html;
    char name[DESK_MAP_NAME_BYTES];
    desk_map_name('c', column, name);
    wsync_html_raw(html, "<div class=\"field\"><label");
    wsync_html_attr(html, "for", name);
    wsync_html_raw(html, ">");
    desk_say(map->page, "Cột ", "Column ");
    wsync_html_number(html, (int64_t)column);
    wsync_html_raw(html, ": ");
    wsync_html_text(html, desk_map_cell(map->header, column));
    if (map->photos[column]) {
        wsync_html_raw(html, " <span class=\"muted\">");
        desk_say(map->page, "(ảnh, tệp: thêm ở bản ghi)",
                 "(photos, files: added at the record)");
        wsync_html_raw(html, "</span>");
    }
    write_fields(map, name, map->fields[column]);
    wsync_html_raw(html, "</div>\n");
}

static void write_key(struct desk_map *map)
{
    struct wsync_html *html = map->page->html;
    char value[DESK_MAP_NAME_BYTES];
    wsync_html_raw(html, "<div class=\"field\"><label for=\"key\">");
    desk_say(map->page, "Cột khóa, để phân biệt các dòng (mã, số thứ tự)",
             "The key column, which tells rows apart (a code, a number)");
    begin_select(html, "key");
    begin_option(html, "", map->key == 0);
    desk_say(map->page, "Không có: hai dòng giống hệt nhau là một",
             "None: two rows that are the same are one");
    wsync_html_raw(html, "</option>");
    for (size_t i = 1; i <= map->column_count; i++) {
        begin_option(html, desk_map_name(' ', i, value), map->key == i);
        wsync_html_text(html, desk_map_cell(map->header, i));
        wsync_html_raw(html, "</option>");
    }
    wsync_html_raw(html, "</select></div>");
}

static void write_dates(struct desk_map *map)
{
    struct wsync_html *html = map->page->html;
    char value[DESK_MAP_NAME_BYTES];
    wsync_html_raw(html, "<div class=\"field\"><label for=\"date\">");
    desk_say(map->page, "Ngày 16 tháng 4 năm 2022 trong tệp viết là",
             "In the file 16 April 2022 is written as");
    begin_select(html, "date");
    for (size_t i = 0; i < DESK_DATE_COUNT; i++) {
        begin_option(html, desk_map_name(' ', i, value), map->date == i);
        wsync_html_text(html, DESK_DATES[i].sample);
        wsync_html_raw(html, "</option>");
    }
    wsync_html_raw(html, "</select></div>");
}

static void write_samples(struct desk_map *map)
{
    struct wsync_html *html = map->page->html;
    wsync_html_raw(html, "<h2>");
    desk_say(map->page, "Những dòng đầu, như đọc được", "The first rows, as they are read");
    wsync_html_raw(html, "</h2>");
    wsync_page_table(html, desk_word(map->page, "Những dòng đầu", "The first rows"));
    wsync_html_raw(html, "<thead><tr><th scope=\"col\" class=\"number\">");
    desk_say(map->page, "Dòng", "Row");
    wsync_html_raw(html, "</th>");
    for (size_t i = 1; i <= map->column_count; i++) {
        wsync_html_raw(html, "<th scope=\"col\">");
        wsync_html_text(html, desk_map_cell(map->header, i));
        wsync_html_raw(html, "</th>");
    }
    wsync_html_raw(html, "</tr></thead><tbody>");
    for (size_t row = 0; row < map->row_count; row++) {
        wsync_html_raw(html, "<tr><td class=\"number\">");
        wsync_html_number(html, wsync_json_get_number(map->rows[row], "row"));
        wsync_html_raw(html, "</td>");
        for (size_t i = 1; i <= map->column_count; i++) {
            wsync_html_raw(html, "<td>");
            wsync_html_text(html, desk_map_cell(map->rows[row], i));
            wsync_html_raw(html, "</td>");
        }
        wsync_html_raw(html, "</tr>\n");
    }
    wsync_html_raw(html, "</tbody></table></div>");
}

void desk_map_hidden(const struct desk_map *map)
{
    struct wsync_html *html = map->page->html;
    char name[WSYNC_NAME_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)map->form->name.len,
             (const char *)map->form->name.data);
    wsync_html_raw(html, "<input type=\"hidden\" name=\"kept\"");
    wsync_html_attr(html, "value", map->id);
    wsync_html_raw(html, "><input type=\"hidden\" name=\"form\"");
    wsync_html_attr(html, "value", name);
    wsync_html_raw(html, ">");
}

/* ---- what is not taken, said before it is left out ---- */

static void write_left(struct desk_map *map)
{
    struct desk_page *page = map->page;
    if (map->columns_left == 0) {
        return;
    }
    wsync_html_raw(page->html, "<p class=\"warning\" id=\"left\">");
    desk_say(page, "Bảng có ", "The table has ");
    desk_number(page, map->column_count + map->columns_left);
    desk_say(page, " cột; trang này chỉ nhận ", " columns; this page takes the first ");
    desk_number(page, map->column_count);
    desk_say(page,
             " cột đầu, các cột sau không được nhập. Cần cột nào đứng sau thì chuyển cột ấy "
             "lên trước rồi gửi lại tệp, hoặc dùng lệnh ward import.",
             " and leaves out the others. If you need one of these, move it to the front and "
             "send the file again, or use the command ward import.");
    wsync_html_raw(page->html, "</p>");
}

/* The labels of the fields of files. */
static void write_photo_names(struct desk_map *map)
{
    size_t count = 0;
    for (size_t i = 0; i < map->form->field_count; i++) {
        const struct wsync_field *field = &map->form->fields[i];
        if (!wsync_page_field_is_typed(field)) {
            wsync_html_text(map->page->html, count++ > 0 ? "; " : "");
            desk_label(map->page, field->label_vi, field->label_en);
        }
    }
}

bool desk_map_has_photos(const struct wsync_form *form, bool only_required)
{
    bool has = false;
    for (size_t i = 0; i < form->field_count; i++) {
        const struct wsync_field *field = &form->fields[i];
        has = has || (!wsync_page_field_is_typed(field) && (field->required || !only_required));
    }
    return has;
}

static void write_photos(struct desk_map *map)
{
    struct desk_page *page = map->page;
    char name[WSYNC_NAME_BYTES_MAX + 1];
    if (!desk_map_has_photos(map->form, false)) {
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)map->form->name.len,
             (const char *)map->form->name.data);
    wsync_html_raw(page->html, "<p class=\"notice\" id=\"photos\">");
    desk_say(page, "Ảnh và tệp không nhập từ bảng ở trang này (ô: ",
             "Photos and files do not come with a table on this page (fields: ");
    write_photo_names(map);
    if (desk_map_has_photos(map->form, true)) {
        desk_say(page,
                 "), mà mẫu này bắt buộc phải có: hãy nhập từng bản ghi, hoặc dùng lệnh ward "
                 "import với ảnh đặt cạnh bảng.",
                 "), and this form requires one: enter the records one by one, or use the "
                 "command ward import with the photos beside the table.");
    } else {
        desk_say(page, "). Nhập xong thì thêm ảnh ở từng bản ghi, trong ",
                 "). Add them at each record afterwards, among ");
        wsync_html_raw(page->html, "<a href=\"/records?form=");
        wsync_html_part(page->html, name);
        wsync_html_raw(page->html, "\">");
        desk_say(page, "các bản ghi của mẫu", "the records of the form");
        wsync_html_raw(page->html, "</a>");
        desk_say(page, "; hoặc dùng lệnh ward import với ảnh đặt cạnh bảng.",
                 "; or use the command ward import with the photos beside the table.");
    }
    wsync_html_raw(page->html, "</p>");
}

/* ---- the page ---- */

void desk_map_hidden_number(const struct desk_map *map, const char *name, size_t number)
{
    struct wsync_html *html = map->page->html;
    char value[DESK_MAP_NAME_BYTES];
    if (number > 0) {
        wsync_html_raw(html, "<input type=\"hidden\"");
        wsync_html_attr(html, "name", name);
        wsync_html_attr(html, "value", desk_map_name(' ', number, value));
        wsync_html_raw(html, ">");
    }
}

static void write_table(struct desk_map *map)
{
    struct desk_page *page = map->page;
    write_samples(map);
    wsync_page_post(page->html, &page->frame, "/import/columns");
    desk_map_hidden(map);
    desk_map_hidden_number(map, "sheet", map->sheets.read);
    desk_map_hidden_number(map, "header", map->heads.read);
    for (size_t i = 1; i <= map->column_count; i++) {
        write_column(map, i);
    }
    write_key(map);
    write_dates(map);
    wsync_html_raw(page->html, "<p class=\"actions\"><button>");
    desk_say(page, "Xem trước", "Preview");
    wsync_html_raw(page->html, "</button> <a href=\"/import\">");
    desk_say(page, "Chọn tệp khác", "Another file");
    wsync_html_raw(page->html, "</a></p></form>");
}

void desk_map_write(struct desk_map *map, const char *error)
{
    struct desk_page *page = map->page;
    page->frame.error = error;
    page->answer->status = error ? wsync_page_status(&page->frame) : page->answer->status;
    desk_head(page, desk_word(page, "Cột nào là ô nào?", "Which column is which field?"));
    wsync_html_raw(page->html, "<p>");
    desk_say(page, "Mẫu: ", "Form: ");
    desk_label(page, map->form->title_vi, map->form->title_en);
    if (map->header) {
        desk_say(page,
                 ". Cột nào trùng tên một ô thì đã chọn sẵn; các cột khác bỏ qua nếu không "
                 "chọn.",
                 ". Columns called as a field are chosen already; others are left out unless "
                 "you choose.");
    } else if (map->heads.count < 2) {
        desk_say(page, ". Hãy chọn trang tính khác, hoặc sửa tệp rồi gửi lại.",
                 ". Choose another sheet, or set the file right and send it again.");
    } else {
        desk_say(page,
                 ". Hãy chọn dòng có tên cột hoặc trang tính khác, hoặc sửa tệp rồi gửi lại.",
                 ". Choose the row with the names of the columns or another sheet, or set the "
                 "file right and send it again.");
    }
    wsync_html_raw(page->html, "</p>");
    desk_sheets_write(map);
    desk_heads_write(map);
    if (map->header) {
        write_left(map);
        write_photos(map);
        write_table(map);
    } else {
        wsync_html_raw(page->html, "<p><a href=\"/import\">");
        desk_say(page, "Chọn tệp khác", "Another file");
        wsync_html_raw(page->html, "</a></p>");
    }
    desk_end(page, WSYNC_OK);
}
