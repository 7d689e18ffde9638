/* SPDX-License-Identifier: Apache-2.0 */
/* Which column of a table is which field: guessed by names, said by a person. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pages_entry.h"
#include "client/pages_import.h"
#include "host/json.h"
#include "host/text.h"
#include "host/view.h"

enum {
    COLUMNS_MAX = 200,
    ROWS_MAX = 5,
    NAME_BYTES = 16,
    UNPROCESSABLE = 422,
    MAPPING_BYTES = 32 << 10, /* the longest one has some 20 KiB */
    KEY_BYTES = 4096,
};

/* How days may be written; NULL: as always (value_text.h). */
static const struct {
    const char *format, *sample;
} DATES[] = {
    {NULL, "2022-04-16, 16/04/2022"}, {"%d.%m.%Y", "16.04.2022"}, {"%d-%m-%Y", "16-04-2022"},
    {"%d/%m/%y", "16/04/22"},         {"%m/%d/%Y", "04/16/2022"}, {"%Y/%m/%d", "2022/04/16"},
    {"%Y%m%d", "20220416"},
};

/* The table, and what is said of it. */
struct map {
    struct desk_page *page;
    const struct wsync_form *form;
    const char *id; /* of what is kept */
    struct wsync_json *header, *rows[ROWS_MAX];
    size_t column_count, row_count;
    const struct wsync_field *fields[COLUMNS_MAX + 1]; /* of a column, from 1; NULL: left out */
    size_t key;                                        /* a column; 0: none */
    size_t date;                                       /* of DATES */
};

static const char *number_name(char prefix, size_t number, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "%c%zu", prefix, number);
    return prefix == ' ' ? name + 1 : name;
}

static const char *cell(const struct wsync_json *row, size_t column)
{
    char name[NAME_BYTES];
    return wsync_json_get(row, number_name(' ', column, name));
}

static const struct wsync_field *field_named(const struct wsync_form *form, const char *name)
{
    for (size_t i = 0; i < form->field_count; i++) {
        if (wsync_slice_equal(form->fields[i].name, wsync_slice_of(name))) {
            return &form->fields[i];
        }
    }
    return NULL;
}

/* ---- what is there ---- */

static void read_rows(struct map *map, const char *lines)
{
    char name[NAME_BYTES];
    map->header = wsync_json_read(&lines);
    while (map->header && map->column_count < COLUMNS_MAX &&
           wsync_json_has(map->header, number_name(' ', map->column_count + 1, name))) {
        map->column_count++;
    }
    while (map->row_count < ROWS_MAX && (map->rows[map->row_count] = wsync_json_read(&lines))) {
        map->row_count++;
    }
}

static void forget_rows(struct map *map)
{
    wsync_json_free(map->header);
    for (size_t i = 0; i < map->row_count; i++) {
        wsync_json_free(map->rows[i]);
    }
}

/* The search key of a name, '_' as a blank. */
static enum wsync_err key_of(struct map *map, struct wsync_slice name, struct wsync_slice *key)
{
    char text[KEY_BYTES];
    size_t len = name.len < sizeof text ? name.len : sizeof text;
    for (size_t i = 0; i < len; i++) {
        text[i] = name.data[i] == '_' ? ' ' : (char)name.data[i];
    }
    return wsync_text_search_key(wsync_slice(text, len), &map->page->site->arena, key);
}

static enum wsync_err is_called(struct map *map, const struct wsync_field *field,
                                struct wsync_slice key, bool *is)
{
    const struct wsync_slice names[] = {field->name, field->label_vi, field->label_en};
    struct wsync_slice other;
    *is = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !*is; i++) {
        enum wsync_err err = key_of(map, names[i], &other);
        if (err != WSYNC_OK) {
            return err;
        }
        *is = other.len > 0 && wsync_slice_equal(key, other);
    }
    return WSYNC_OK;
}

/* A field by its name or a label, without marks and case; each for one column. */
static enum wsync_err guess(struct map *map)
{
    bool taken[WSYNC_FORM_FIELDS_MAX] = {false};
    enum wsync_err err = WSYNC_OK;
    for (size_t column = 1; err == WSYNC_OK && column <= map->column_count; column++) {
        const char *name = cell(map->header, column);
        struct wsync_slice key;
        size_t mark = wsync_arena_mark(&map->page->site->arena);
        err = key_of(map, wsync_slice_of(name), &key);
        for (size_t i = 0; err == WSYNC_OK && i < map->form->field_count; i++) {
            bool is = false;
            if (!taken[i] && !map->fields[column] &&
                wsync_page_field_is_typed(&map->form->fields[i])) {
                err = is_called(map, &map->form->fields[i], key, &is);
            }
            if (is) {
                map->fields[column] = &map->form->fields[i];
                taken[i] = true;
            }
        }
        if (strcmp(name, "_id") == 0 || strcmp(name, "key") == 0) {
            map->key = column;
        }
        wsync_arena_release(&map->page->site->arena, mark);
    }
    return err;
}

/* What a person said before, by the mapping that is kept. */
static void recall(struct map *map, const struct wsync_mapping *mapping)
{
    for (const struct wsync_mapping_entry *at = mapping->entries; at; at = at->next) {
        bool fields = wsync_slice_equal(at->section, wsync_slice_of("fields"));
        struct wsync_slice text = fields ? at->value.text : wsync_slice(NULL, 0);
        size_t column = 0;
        for (size_t i = 0; i < text.len && column <= COLUMNS_MAX; i++) {
            column = 10 * column + (size_t)(text.data[i] - '0');
        }
        for (size_t i = 0; i < map->form->field_count; i++) {
            if (column > 0 && column <= map->column_count &&
                wsync_slice_equal(map->form->fields[i].name, at->name)) {
                map->fields[column] = &map->form->fields[i];
            }
        }
        for (size_t i = 1; !fields && i < sizeof DATES / sizeof *DATES; i++) {
            map->date = wsync_slice_equal(at->value.text, wsync_slice_of(DATES[i].format))
                            ? i
                            : map->date;
        }
    }
    for (size_t i = 0; i < mapping->key.text.len && map->key <= COLUMNS_MAX; i++) {
        map->key = 10 * map->key + (size_t)(mapping->key.text.data[i] - '0');
    }
}

/* What a person says now.  The sentence that is answered tells what cannot be, or is NULL. */
static const char *read_request(struct map *map)
{
    const struct wsync_http_request *request = map->page->request;
    bool any = false;
    char name[NAME_BYTES];
    for (size_t column = 1; column <= COLUMNS_MAX; column++) {
        const char *field = wsync_http_field(request, number_name('c', column, name));
        map->fields[column] = field ? field_named(map->form, field) : NULL;
        any |= map->fields[column] != NULL;
        for (size_t i = 1; map->fields[column] && i < column; i++) {
            if (map->fields[i] == map->fields[column]) {
                return desk_word(map->page, "Có hai cột cùng cho một ô; hãy bỏ bớt một cột.",
                                 "Two columns are for one field; leave one of them out.");
            }
        }
    }
    const char *key = wsync_http_field(request, "key");
    const char *date = wsync_http_field(request, "date");
    map->key = key ? strtoul(key, NULL, 10) : 0;
    map->date = date ? strtoul(date, NULL, 10) : 0;
    map->key = map->key <= COLUMNS_MAX ? map->key : 0;
    map->date = map->date < sizeof DATES / sizeof *DATES ? map->date : 0;
    return any ? NULL
               : desk_word(map->page, "Chưa cột nào có ô của mẫu.",
                           "No column has a field of the form yet.");
}

/* ---- the page ---- */

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

static void write_fields(struct map *map, const char *name, const struct wsync_field *chosen)
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

static void write_column(struct map *map, size_t column)
{
    struct wsync_html *html = map->page->html;
    char name[NAME_BYTES];
    number_name('c', column, name);
    wsync_html_raw(html, "<div class=\"field\"><label");
    wsync_html_attr(html, "for", name);
    wsync_html_raw(html, ">");
    desk_say(map->page, "Cột ", "Column ");
    wsync_html_number(html, (int64_t)column);
    wsync_html_raw(html, ": ");
    wsync_html_text(html, cell(map->header, column));
    write_fields(map, name, map->fields[column]);
    wsync_html_raw(html, "</div>\n");
}

static void write_key(struct map *map)
{
    struct wsync_html *html = map->page->html;
    char value[NAME_BYTES];
    wsync_html_raw(html, "<div class=\"field\"><label for=\"key\">");
    desk_say(map->page, "Cột khóa, để phân biệt các dòng (mã, số thứ tự)",
             "The key column, which tells rows apart (a code, a number)");
    begin_select(html, "key");
    begin_option(html, "", map->key == 0);
    desk_say(map->page, "Không có: hai dòng giống hệt nhau là một",
             "None: two rows that are the same are one");
    wsync_html_raw(html, "</option>");
    for (size_t i = 1; i <= map->column_count; i++) {
        begin_option(html, number_name(' ', i, value), map->key == i);
        wsync_html_text(html, cell(map->header, i));
        wsync_html_raw(html, "</option>");
    }
    wsync_html_raw(html, "</select></div>");
}

static void write_dates(struct map *map)
{
    struct wsync_html *html = map->page->html;
    char value[NAME_BYTES];
    wsync_html_raw(html, "<div class=\"field\"><label for=\"date\">");
    desk_say(map->page, "Ngày 16 tháng 4 năm 2022 trong tệp viết là",
             "In the file 16 April 2022 is written as");
    begin_select(html, "date");
    for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++) {
        begin_option(html, number_name(' ', i, value), map->date == i);
        wsync_html_text(html, DATES[i].sample);
        wsync_html_raw(html, "</option>");
    }
    wsync_html_raw(html, "</select></div>");
}

static void write_samples(struct map *map)
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
        wsync_html_text(html, cell(map->header, i));
        wsync_html_raw(html, "</th>");
    }
    wsync_html_raw(html, "</tr></thead><tbody>");
    for (size_t row = 0; row < map->row_count; row++) {
        wsync_html_raw(html, "<tr><td class=\"number\">");
        wsync_html_number(html, wsync_json_get_number(map->rows[row], "row"));
        wsync_html_raw(html, "</td>");
        for (size_t i = 1; i <= map->column_count; i++) {
            wsync_html_raw(html, "<td>");
            wsync_html_text(html, cell(map->rows[row], i));
            wsync_html_raw(html, "</td>");
        }
        wsync_html_raw(html, "</tr>\n");
    }
    wsync_html_raw(html, "</tbody></table></div>");
}

static void write_hidden(struct map *map)
{
    char name[WSYNC_NAME_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)map->form->name.len,
             (const char *)map->form->name.data);
    wsync_html_raw(map->page->html, "<input type=\"hidden\" name=\"kept\"");
    wsync_html_attr(map->page->html, "value", map->id);
    wsync_html_raw(map->page->html, "><input type=\"hidden\" name=\"form\"");
    wsync_html_attr(map->page->html, "value", name);
    wsync_html_raw(map->page->html, ">");
}

static void write_page(struct map *map, const char *error)
{
    struct desk_page *page = map->page;
    page->frame.error = error;
    page->answer->status = error ? UNPROCESSABLE : page->answer->status;
    desk_head(page, desk_word(page, "Cột nào là ô nào?", "Which column is which field?"));
    wsync_html_raw(page->html, "<p>");
    desk_say(page, "Mẫu: ", "Form: ");
    desk_label(page, map->form->title_vi, map->form->title_en);
    desk_say(page,
             ". Cột nào trùng tên một ô thì đã chọn sẵn; các cột khác bỏ qua nếu không chọn.",
             ". Columns called as a field are chosen already; others are left out unless you "
             "choose.");
    wsync_html_raw(page->html, "</p>");
    write_samples(map);
    wsync_page_post(page->html, &page->frame, "/import/columns");
    write_hidden(map);
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
    desk_end(page, WSYNC_OK);
}

/* ---- the steps ---- */

enum wsync_err desk_import_mapping(struct desk_page *page, const struct wsync_kept *kept,
                                   struct wsync_mapping *mapping,
                                   const struct wsync_form **form)
{
    char path[WSYNC_KEPT_PATH_BYTES], name[WSYNC_NAME_BYTES_MAX + 1];
    *form = NULL;
    if (kept->files[DESK_MAPPING] < 0) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_mapping_read(wsync_kept_path(kept->files[DESK_MAPPING], path),
                                            &page->site->arena, mapping, &page->error);
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(name, sizeof name, "%.*s", (int)mapping->form.text.len,
             (const char *)mapping->form.text.data);
    return wsync_view_form(page->site, name, form, &page->error);
}

/* Has the table read, and says of which form the request is.  False: the page is ended. */
static bool begin_map(struct map *map)
{
    struct desk_page *page = map->page;
    struct wsync_action_result result;
    const char *name = wsync_http_field(page->request, "form");
    struct wsync_kept *kept = desk_import_kept(page);
    if (!kept) {
        return false;
    }
    const char *const argv[] = {"import", "--columns", "--json", desk_lang(page), "--",
                                "/proc/self/fd/3", NULL};
    const struct wsync_action_ask ask = {.argv = argv, .files = kept->files, .file_count = 1};
    enum wsync_err err = desk_act(page, &ask, &result);
    if (err != WSYNC_OK) {
        if (page->site->txn && page->error.text[0]) {
            desk_import_again(page, desk_import_said(page));
        } else {
            desk_end(page, err);
        }
        return false;
    }
    kept = desk_import_kept(page); /* time has passed */
    if (!kept) {
        return false;
    }
    struct wsync_mapping mapping;
    err = name ? wsync_view_form(page->site, name, &map->form, &page->error)
               : desk_import_mapping(page, kept, &mapping, &map->form);
    if (err != WSYNC_OK || !map->form) {
        desk_end(page, err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err);
        return false;
    }
    map->id = kept->id;
    read_rows(map, result.out);
    return true;
}

static enum wsync_err fill(struct map *map)
{
    struct wsync_mapping mapping;
    const struct wsync_form *form = NULL;
    const struct wsync_kept *kept = wsync_kept_find(&map->page->desk->shelf, 'i',
                                                    map->page->request, map->id);
    enum wsync_err err =
        kept ? desk_import_mapping(map->page, kept, &mapping, &form) : WSYNC_OK;
    if (err == WSYNC_OK && form && form->number == map->form->number) {
        recall(map, &mapping);
        return WSYNC_OK;
    }
    return err == WSYNC_OK ? guess(map) : err;
}

void desk_import_columns_write(struct desk_page *page, const char *error)
{
    struct map map = {.page = page};
    struct wsync_error said;
    wsync_error_set(&said, WSYNC_OK, "%s", error ? error : "");
    if (!begin_map(&map)) {
        return;
    }
    enum wsync_err err = fill(&map);
    if (err == WSYNC_OK) {
        write_page(&map, error ? said.text : NULL);
    } else {
        desk_end(page, err);
    }
    forget_rows(&map);
}

void desk_import_columns(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        desk_import_columns_write(&page, NULL);
    }
}

/* The mapping file (mapping.h). */
static size_t write_mapping(const struct map *map, char *text, size_t room)
{
    size_t len = (size_t)snprintf(text, room, "[import]\nform = %.*s\ncolumns = numbers\n",
                                  (int)map->form->name.len, (const char *)map->form->name.data);
    if (map->key > 0) {
        len += (size_t)snprintf(text + len, room - len, "key = %zu\n", map->key);
    }
    len += (size_t)snprintf(text + len, room - len, "[fields]\n");
    for (size_t i = 1; i <= COLUMNS_MAX; i++) {
        if (map->fields[i]) {
            len += (size_t)snprintf(text + len, room - len, "%.*s = %zu\n",
                                    (int)map->fields[i]->name.len,
                                    (const char *)map->fields[i]->name.data, i);
        }
    }
    len += (size_t)snprintf(text + len, room - len, "[date_format]\n");
    for (size_t i = 1; i <= COLUMNS_MAX && map->date > 0; i++) {
        if (map->fields[i] && map->fields[i]->type == WSYNC_TYPE_DATE) {
            len += (size_t)snprintf(text + len, room - len, "%.*s = %s\n",
                                    (int)map->fields[i]->name.len,
                                    (const char *)map->fields[i]->name.data,
                                    DATES[map->date].format);
        }
    }
    return len;
}

void desk_import_map(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct map map = {.page = &page};
    char text[MAPPING_BYTES], path[DESK_IMPORT_PATH_BYTES];
    const char *name = wsync_http_field(request, "form");
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = wsync_view_form(page.site, name ? name : "", &map.form, &page.error);
    struct wsync_kept *kept = err == WSYNC_OK ? desk_import_kept(&page) : NULL;
    if (!kept) {
        if (err != WSYNC_OK) {
            desk_end(&page, err);
        }
        return;
    }
    const char *fault = read_request(&map);
    if (!fault) {
        size_t len = write_mapping(&map, text, sizeof text);
        err = wsync_kept_text(kept, DESK_MAPPING, wsync_slice(text, len));
        if (err != WSYNC_OK) {
            desk_end(&page, err);
            return;
        }
        desk_import_path(path, "preview", kept->id);
        desk_go(&page, path);
        return;
    }
    struct map shown = {.page = &page};
    if (begin_map(&shown)) {
        write_page(&shown, read_request(&shown));
        forget_rows(&shown);
    }
}
