/* SPDX-License-Identifier: Apache-2.0 */
/* Which column of a table is which field: guessed by names, said by a person. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pages_entry.h"
#include "client/pages_import.h"
#include "host/text.h"
#include "host/view.h"

enum {
    MAPPING_BYTES = 32 << 10, /* the longest one has some 20 KiB */
    KEY_BYTES = 4096,
};

const struct desk_map_date DESK_DATES[DESK_DATE_COUNT] = {
    {NULL, "2022-04-16, 16/04/2022"}, {"%d.%m.%Y", "16.04.2022"}, {"%d-%m-%Y", "16-04-2022"},
    {"%d/%m/%y", "16/04/22"},         {"%m/%d/%Y", "04/16/2022"}, {"%Y/%m/%d", "2022/04/16"},
    {"%Y%m%d", "20220416"},
};

const char *desk_map_name(char prefix, size_t number, char name[DESK_MAP_NAME_BYTES])
{
    snprintf(name, DESK_MAP_NAME_BYTES, "%c%zu", prefix, number);
    return prefix == ' ' ? name + 1 : name;
}

const char *desk_map_cell(const struct wsync_json *row, size_t column)
{
    char name[DESK_MAP_NAME_BYTES];
    return wsync_json_get(row, desk_map_name(' ', column, name));
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

static void read_lines(struct desk_map *map, const char *lines)
{
    char name[DESK_MAP_NAME_BYTES];
    size_t columns = 0;
    desk_sheets_read(&map->sheets, &lines);
    desk_heads_read(&map->heads, &lines);
    map->header = wsync_json_read(&lines);
    map->heads.read = map->header ? (size_t)wsync_json_get_number(map->header, "row") : 0;
    while (map->header &&
           wsync_json_has(map->header, desk_map_name(' ', columns + 1, name))) {
        columns++;
    }
    map->column_count = columns < DESK_MAP_COLUMNS_MAX ? columns : DESK_MAP_COLUMNS_MAX;
    map->columns_left = columns - map->column_count;
    while (map->row_count < DESK_MAP_ROWS_MAX &&
           (map->rows[map->row_count] = wsync_json_read(&lines)) != NULL) {
        map->row_count++;
    }
}

static void forget_lines(struct desk_map *map)
{
    desk_sheets_forget(&map->sheets);
    desk_heads_forget(&map->heads);
    wsync_json_free(map->header);
    map->header = NULL;
    while (map->row_count > 0) {
        wsync_json_free(map->rows[--map->row_count]);
    }
}

/* The search key of a name, '_' as a blank. */
static enum wsync_err key_of(struct desk_map *map, struct wsync_slice name,
                             struct wsync_slice *key)
{
    char text[KEY_BYTES];
    size_t len = name.len < sizeof text ? name.len : sizeof text;
    for (size_t i = 0; i < len; i++) {
        text[i] = name.data[i] == '_' ? ' ' : (char)name.data[i];
    }
    return wsync_text_search_key(wsync_slice(text, len), &map->page->site->arena, key);
}

/* The search keys of what the fields of a form are called. */
struct field_keys {
    struct wsync_slice at[WSYNC_FORM_FIELDS_MAX][3];
};

static enum wsync_err read_keys(struct desk_map *map, struct field_keys *keys)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < map->form->field_count; i++) {
        const struct wsync_field *field = &map->form->fields[i];
        const struct wsync_slice names[] = {field->name, field->label_vi, field->label_en};
        for (size_t at = 0; err == WSYNC_OK && at < sizeof names / sizeof *names; at++) {
            err = key_of(map, names[at], &keys->at[i][at]);
        }
    }
    return err;
}

static bool is_called(const struct field_keys *keys, size_t field, struct wsync_slice key)
{
    bool is = false;
    for (size_t at = 0; key.len > 0 && at < sizeof keys->at[field] / sizeof key; at++) {
        is = is || wsync_slice_equal(keys->at[field][at], key);
    }
    return is;
}

/* Which field a column is called as: the first that no column before has, or one of files. */
static enum wsync_err guess_column(struct desk_map *map, size_t column,
                                   const struct field_keys *keys,
                                   bool taken[WSYNC_FORM_FIELDS_MAX])
{
    struct wsync_slice key;
    enum wsync_err err = key_of(map, wsync_slice_of(desk_map_cell(map->header, column)), &key);
    for (size_t i = 0; err == WSYNC_OK && i < map->form->field_count; i++) {
        const struct wsync_field *field = &map->form->fields[i];
        bool is = !taken[i] && !map->fields[column] && is_called(keys, i, key);
        if (is && wsync_page_field_is_typed(field)) {
            map->fields[column] = field;
            taken[i] = true;
        }
        map->photos[column] |= is && !wsync_page_field_is_typed(field);
    }
    return err;
}

/* A field by its name or a label, without marks and case; each for one column. */
static enum wsync_err guess(struct desk_map *map)
{
    struct field_keys keys;
    bool taken[WSYNC_FORM_FIELDS_MAX] = {false};
    enum wsync_err err = read_keys(map, &keys);
    for (size_t column = 1; err == WSYNC_OK && column <= map->column_count; column++) {
        const char *name = desk_map_cell(map->header, column);
        size_t mark = wsync_arena_mark(&map->page->site->arena);
        err = guess_column(map, column, &keys, taken);
        map->key = strcmp(name, "_id") == 0 || strcmp(name, "key") == 0 ? column : map->key;
        wsync_arena_release(&map->page->site->arena, mark);
    }
    return err;
}

static enum wsync_err names_field(struct desk_map *map, const struct field_keys *keys,
                                  const struct wsync_json *head, bool *names)
{
    enum wsync_err err = WSYNC_OK;
    *names = false;
    for (size_t column = 1; err == WSYNC_OK && column <= DESK_MAP_COLUMNS_MAX; column++) {
        struct wsync_slice key;
        size_t mark = wsync_arena_mark(&map->page->site->arena);
        err = key_of(map, wsync_slice_of(desk_map_cell(head, column)), &key);
        for (size_t i = 0; err == WSYNC_OK && i < map->form->field_count; i++) {
            *names = *names || is_called(keys, i, key);
        }
        wsync_arena_release(&map->page->site->arena, mark);
    }
    return err;
}

/* The first row that has two texts and names a field; 0: none has. */
static enum wsync_err guess_header(struct desk_map *map, size_t *row)
{
    struct field_keys keys;
    enum wsync_err err = read_keys(map, &keys);
    *row = 0;
    for (size_t i = 0; err == WSYNC_OK && *row == 0 && i < map->heads.count; i++) {
        const struct wsync_json *head = map->heads.items[i];
        bool names = false;
        if (desk_head_texts(head) >= 2) {
            err = names_field(map, &keys, head, &names);
        }
        *row = names ? (size_t)wsync_json_get_number(head, "head") : 0;
    }
    return err;
}

/* What a person said before, by the mapping that is kept. */
static void recall(struct desk_map *map, const struct wsync_mapping *mapping)
{
    memset(map->fields, 0, sizeof map->fields);
    map->key = map->date = 0;
    for (const struct wsync_mapping_entry *at = mapping->entries; at; at = at->next) {
        bool fields = wsync_slice_equal(at->section, wsync_slice_of("fields"));
        struct wsync_slice text = fields ? at->value.text : wsync_slice(NULL, 0);
        size_t column = 0;
        for (size_t i = 0; i < text.len && column <= DESK_MAP_COLUMNS_MAX; i++) {
            column = 10 * column + (size_t)(text.data[i] - '0');
        }
        for (size_t i = 0; i < map->form->field_count; i++) {
            if (column > 0 && column <= map->column_count &&
                wsync_slice_equal(map->form->fields[i].name, at->name)) {
                map->fields[column] = &map->form->fields[i];
            }
        }
        for (size_t i = 1; !fields && i < DESK_DATE_COUNT; i++) {
            map->date = wsync_slice_equal(at->value.text, wsync_slice_of(DESK_DATES[i].format))
                            ? i
                            : map->date;
        }
    }
    for (size_t i = 0; i < mapping->key.text.len && map->key <= DESK_MAP_COLUMNS_MAX; i++) {
        map->key = 10 * map->key + (size_t)(mapping->key.text.data[i] - '0');
    }
}

static bool is_mapped(const struct desk_map *map, const struct wsync_field *field)
{
    bool is = false;
    for (size_t column = 1; column <= DESK_MAP_COLUMNS_MAX; column++) {
        is = is || map->fields[column] == field;
    }
    return is;
}

static bool is_twice(const struct desk_map *map)
{
    for (size_t column = 2; column <= DESK_MAP_COLUMNS_MAX; column++) {
        for (size_t i = 1; map->fields[column] && i < column; i++) {
            if (map->fields[i] == map->fields[column]) {
                return true;
            }
        }
    }
    return false;
}

/* The fields that must have a column and have none, by their labels. */
static const char *missing(struct desk_map *map)
{
    char names[sizeof map->said.text] = "";
    size_t len = 0;
    for (size_t i = 0; i < map->form->field_count; i++) {
        const struct wsync_field *field = &map->form->fields[i];
        struct wsync_slice label =
            map->page->language == WSYNC_VI ? field->label_vi : field->label_en;
        if (field->required && !is_mapped(map, field) && len < sizeof names) {
            len += (size_t)snprintf(names + len, sizeof names - len, "%s%.*s",
                                    len > 0 ? "; " : "", (int)label.len,
                                    (const char *)label.data);
        }
    }
    wsync_error_set(&map->said, WSYNC_OK, "%s%.400s.",
                    desk_word(map->page, "Ô bắt buộc chưa có cột nào: ",
                              "Required fields without a column: "), names);
    return len > 0 ? map->said.text : NULL;
}

/* What a person says now.  The sentence that is answered tells what cannot be, or is NULL. */
static const char *read_request(struct desk_map *map)
{
    const struct wsync_http_request *request = map->page->request;
    bool any = false;
    char name[DESK_MAP_NAME_BYTES];
    for (size_t column = 1; column <= DESK_MAP_COLUMNS_MAX; column++) {
        const char *field = wsync_http_field(request, desk_map_name('c', column, name));
        map->fields[column] = field ? field_named(map->form, field) : NULL;
        any |= map->fields[column] != NULL;
    }
    const char *key = wsync_http_field(request, "key");
    const char *date = wsync_http_field(request, "date");
    map->key = key ? strtoul(key, NULL, 10) : 0;
    map->date = date ? strtoul(date, NULL, 10) : 0;
    map->key = map->key <= DESK_MAP_COLUMNS_MAX ? map->key : 0;
    map->date = map->date < DESK_DATE_COUNT ? map->date : 0;
    if (!any) {
        return desk_word(map->page, "Chưa cột nào có ô của mẫu.",
                         "No column has a field of the form yet.");
    }
    return is_twice(map)
               ? desk_word(map->page, "Có hai cột cùng cho một ô; hãy bỏ bớt một cột.",
                           "Two columns are for one field; leave one of them out.")
               : missing(map);
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

/* Of which form the request is, or what is kept, which is then in `kept`.  False: the page is
 * ended. */
static bool find_form(struct desk_map *map, struct wsync_kept **kept)
{
    struct desk_page *page = map->page;
    struct wsync_mapping mapping;
    const char *name = wsync_http_field(page->request, "form");
    *kept = desk_import_kept(page);
    if (!*kept) {
        return false;
    }
    map->id = (*kept)->id;
    enum wsync_err err = name ? wsync_view_form(page->site, name, &map->form, &page->error)
                              : desk_import_mapping(page, *kept, &mapping, &map->form);
    if (err != WSYNC_OK || !map->form) {
        desk_end(page, err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err);
        return false;
    }
    return true;
}

/* Has the table read, of a workbook the sheet that is kept, with the names of its columns in a
 * row (0: that is kept, or the first).  False: the page is ended. */
static bool read_table(struct desk_map *map, size_t row)
{
    struct desk_page *page = map->page;
    struct wsync_action_result result;
    struct wsync_kept *kept = desk_import_kept(page);
    char header[sizeof "--header=" + DESK_MAP_NAME_BYTES], name[DESK_MAP_NAME_BYTES];
    const char *argv[10] = {"import", "--columns", "--json", desk_lang(page)};
    size_t count = 4;
    if (!kept) {
        return false;
    }
    bool mapped = kept->files[DESK_MAPPING] >= 0;
    if (mapped) {
        argv[count++] = "--mapping=/proc/self/fd/4";
    }
    if (row > 0) {
        snprintf(header, sizeof header, "--header=%s", desk_map_name(' ', row, name));
        argv[count++] = header;
    }
    argv[count++] = "--";
    argv[count] = "/proc/self/fd/3";
    const struct wsync_action_ask ask = {
        .argv = argv, .files = kept->files, .file_count = mapped ? 2 : 1};
    enum wsync_err err = desk_act(page, &ask, &result);
    if ((err != WSYNC_OK && err != WSYNC_ERR_VALUE) || !page->site->txn) {
        if (page->site->txn && page->error.text[0]) {
            desk_import_again(page, desk_import_said(page));
        } else {
            desk_end(page, err);
        }
        return false;
    }
    wsync_error_set(&map->refused, WSYNC_OK, "%s",
                    err == WSYNC_OK ? "" : desk_import_said(page));
    if (!find_form(map, &kept)) { /* time has passed */
        return false;
    }
    read_lines(map, result.out);
    return true;
}

/* The mapping that is kept of this form; false: none is. */
static enum wsync_err kept_mapping(struct desk_map *map, struct wsync_mapping *mapping,
                                   bool *is)
{
    const struct wsync_form *form = NULL;
    const struct wsync_kept *kept = wsync_kept_find(&map->page->desk->shelf, 'i',
                                                    map->page->request, map->id);
    enum wsync_err err =
        kept ? desk_import_mapping(map->page, kept, mapping, &form) : WSYNC_OK;
    *is = err == WSYNC_OK && form && form->number == map->form->number;
    return err;
}

/* Where nobody said which row has the names of the columns: is it another than the first?  Then
 * the table is read again.  False: the page is ended. */
static bool find_header(struct desk_map *map)
{
    struct wsync_mapping mapping;
    bool is;
    size_t row = 0;
    enum wsync_err err = kept_mapping(map, &mapping, &is);
    if (err == WSYNC_OK && !(is && mapping.header.text.data)) {
        err = guess_header(map, &row);
    }
    bool other = row > 0 && row != map->heads.read;
    if (err == WSYNC_OK && !other) {
        return true;
    }
    forget_lines(map);
    if (err != WSYNC_OK) {
        desk_end(map->page, err);
        return false;
    }
    return read_table(map, row);
}

/* Of a table that could not be read another sheet or row may be right. */
static void write_refused(struct desk_map *map)
{
    if (map->sheets.count < 2 && map->heads.count < 2) {
        desk_import_again(map->page, map->refused.text);
    } else {
        desk_map_write(map, map->refused.text);
    }
}

/* Has the table read, and guesses.  False: the page is ended. */
static bool begin_map(struct desk_map *map)
{
    if (!read_table(map, 0) || !find_header(map)) {
        return false;
    }
    if (map->refused.text[0]) {
        write_refused(map);
        forget_lines(map);
        return false;
    }
    enum wsync_err err = guess(map);
    if (err != WSYNC_OK) {
        desk_end(map->page, err);
        forget_lines(map);
    }
    return err == WSYNC_OK;
}

/* What was said before goes before what was guessed. */
static enum wsync_err fill(struct desk_map *map)
{
    struct wsync_mapping mapping;
    bool is;
    enum wsync_err err = kept_mapping(map, &mapping, &is);
    if (is && mapping.entry_count > 0) {
        recall(map, &mapping);
    }
    return err;
}

void desk_import_columns_write(struct desk_page *page, const char *error)
{
    struct desk_map map = {.page = page};
    struct wsync_error said;
    wsync_error_set(&said, WSYNC_OK, "%s", error ? error : "");
    if (!begin_map(&map)) {
        return;
    }
    enum wsync_err err = fill(&map);
    if (err == WSYNC_OK) {
        desk_map_write(&map, error ? said.text : NULL);
    } else {
        desk_end(page, err);
    }
    forget_lines(&map);
}

void desk_import_columns(void *context, const struct wsync_http_request *request,
                         struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        desk_import_columns_write(&page, NULL);
    }
}

size_t desk_map_head(char text[DESK_MAP_HEAD_BYTES], const struct wsync_form *form,
                     const struct wsync_table_place *place)
{
    int len = snprintf(text, DESK_MAP_HEAD_BYTES, "[import]\nform = %.*s\ncolumns = numbers\n",
                       (int)form->name.len, (const char *)form->name.data);
    if (place->sheet.number > 0) {
        len += snprintf(text + len, DESK_MAP_HEAD_BYTES - (size_t)len, "sheet = %zu\n",
                        place->sheet.number);
    }
    if (place->header > 0) {
        len += snprintf(text + len, DESK_MAP_HEAD_BYTES - (size_t)len, "header = %zu\n",
                        (size_t)place->header);
    }
    return (size_t)len;
}

/* The mapping file (mapping.h). */
static size_t write_mapping(const struct desk_map *map, char *text, size_t room)
{
    const struct wsync_table_place place = desk_place_asked(map->page->request);
    size_t len = desk_map_head(text, map->form, &place);
    if (map->key > 0) {
        len += (size_t)snprintf(text + len, room - len, "key = %zu\n", map->key);
    }
    len += (size_t)snprintf(text + len, room - len, "[fields]\n");
    for (size_t i = 1; i <= DESK_MAP_COLUMNS_MAX; i++) {
        if (map->fields[i]) {
            len += (size_t)snprintf(text + len, room - len, "%.*s = %zu\n",
                                    (int)map->fields[i]->name.len,
                                    (const char *)map->fields[i]->name.data, i);
        }
    }
    len += (size_t)snprintf(text + len, room - len, "[date_format]\n");
    for (size_t i = 1; i <= DESK_MAP_COLUMNS_MAX && map->date > 0; i++) {
        if (map->fields[i] && map->fields[i]->type == WSYNC_TYPE_DATE) {
            len += (size_t)snprintf(text + len, room - len, "%.*s = %s\n",
                                    (int)map->fields[i]->name.len,
                                    (const char *)map->fields[i]->name.data,
                                    DESK_DATES[map->date].format);
        }
    }
    return len;
}

void desk_import_map(void *context, const struct wsync_http_request *request,
                     struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct desk_map map = {.page = &page};
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
    } else {
        err = desk_place_keep(&page, kept, map.form);
    }
    if (err != WSYNC_OK) {
        desk_end(&page, err);
        return;
    }
    if (!fault) {
        desk_import_path(path, "preview", kept->id);
        desk_go(&page, path);
        return;
    }
    struct desk_map shown = {.page = &page};
    if (begin_map(&shown)) {
        desk_map_write(&shown, read_request(&shown));
        forget_lines(&shown);
    }
}
