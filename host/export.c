/* SPDX-License-Identifier: Apache-2.0 */
#include "host/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/json.h"
#include "host/photo_text.h"
#include "wardsync/blob_book.h"
#include "wardsync/calendar.h"

enum {
    COLUMNS_MAX = WSYNC_CSV_COLUMNS_MAX,
    NAME_BYTES = WSYNC_NAME_BYTES_MAX + 24,
    SCOPE_BYTES = 256,
    ARENA_BYTES = 4 << 20,
};

enum lead { LEAD_ID, LEAD_SCOPE, LEAD_SCOPE_NAME, LEAD_DAY, LEAD_STATE, LEADS };

static const char *const LEAD_NAMES[LEADS] = {"_id", "_scope", "_scope_name", "_day", "_state"};
static const char *const LEAD_LABELS[2][LEADS] = {
    [WSYNC_VI] = {"Mã bản ghi", "Mã đơn vị", "Đơn vị", "Ngày", "Trạng thái"},
    [WSYNC_EN] = {"Record", "Unit code", "Unit", "Day", "State"},
};
static const char *const STATE_LABELS[2][4] = {
    [WSYNC_VI] = {"bình thường", "xung đột", "đã xóa", "trùng"},
    [WSYNC_EN] = {"alive", "conflict", "deleted", "duplicate"},
};

enum photo_state { PHOTO_HERE, PHOTO_COMES, PHOTO_MISSING, PHOTO_REFUSED, PHOTO_STATES };

static const char *const PHOTO_NAMES[PHOTO_STATES] = {"here", "on-its-way", "missing",
                                                      "refused"};
static const char *const PHOTO_LABELS[2][PHOTO_STATES] = {
    [WSYNC_VI] = {"ở đây", "đang đến", "chưa đến", "nơi gửi không có"},
    [WSYNC_EN] = {"here", "on its way", "not come", "refused"},
};

struct column {
    char name[NAME_BYTES];
    enum lead lead;                  /* LEADS: a field */
    const struct wsync_field *field; /* of the newest version that has it */
    bool is_state;                   /* of the photo that the field names */
};

/* An export at work. */
struct export
{
    struct wsync_site *site;
    const struct wsync_export_options *options;
    uint64_t *records;
    struct wsync_arena arena; /* holds the versions of the form */
    struct column all[COLUMNS_MAX];
    size_t all_count;
    const struct column *columns[COLUMNS_MAX]; /* in the order of writing */
    size_t count;
    struct wsync_csv_writer csv;
    /* The scope of the last record, as it is on its day. */
    uint32_t scope;
    int32_t scope_day;
    char scope_code[SCOPE_BYTES], scope_name[SCOPE_BYTES];
    char text[WSYNC_VALUE_TEXT_BYTES];
};

static void close_export(struct export **export)
{
    if (*export) {
        free((*export)->arena.block);
        free(*export);
    }
}

static enum wsync_err fail(enum wsync_err err, struct wsync_error *error)
{
    return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

/* ---- columns ---- */

static struct column *find_column(struct export *export, const char *name)
{
    for (size_t i = 0; i < export->all_count; i++) {
        if (strcmp(export->all[i].name, name) == 0) {
            return &export->all[i];
        }
    }
    return NULL;
}

static bool has_number(const struct export *export, uint32_t number)
{
    for (size_t i = 0; i < export->all_count; i++) {
        if (export->all[i].field && export->all[i].field->number == number) {
            return true;
        }
    }
    return false;
}

static void add_field(struct export *export, const struct wsync_field *field)
{
    char name[NAME_BYTES];
    if (export->all_count == COLUMNS_MAX || has_number(export, field->number)) {
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)field->name.len, (const char *)field->name.data);
    if (find_column(export, name)) {
        size_t len = strlen(name);
        snprintf(name + len, sizeof name - len, "_%" PRIu32, field->number);
    }
    struct column *column = &export->all[export->all_count++];
    *column = (struct column){.lead = LEADS, .field = field};
    memcpy(column->name, name, sizeof name);
    if (field->type == WSYNC_TYPE_PHOTO && export->all_count < COLUMNS_MAX) {
        column = &export->all[export->all_count++];
        *column = (struct column){.lead = LEADS, .field = field, .is_state = true};
        snprintf(column->name, sizeof column->name, "_%.*s_state",
                 (int)strnlen(name, sizeof name - 8), name);
    }
}

/* Copies one version, since the catalog may give its memory away. */
static enum wsync_err add_version(struct export *export, uint32_t number, uint32_t version)
{
    const struct wsync_form *form;
    struct wsync_slice bytes;
    struct wsync_form *copy = wsync_arena_get(&export->arena, sizeof *copy);
    enum wsync_err err =
        wsync_catalog_form(export->site->catalog, export->site->txn, number, version, &form);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK; /* versions may leave numbers out */
    }
    if (!copy) {
        return WSYNC_ERR_MEMORY;
    }
    if (err == WSYNC_OK) {
        err = wsync_form_encode(form, &export->arena, &bytes, NULL);
    }
    if (err == WSYNC_OK) {
        err = wsync_form_decode(bytes, &export->arena, copy);
    }
    for (size_t i = 0; err == WSYNC_OK && i < copy->field_count; i++) {
        add_field(export, &copy->fields[i]);
    }
    return err;
}

static enum wsync_err add_columns(struct export *export, uint32_t number, uint32_t newest)
{
    for (size_t i = 0; i < LEADS; i++) {
        struct column *column = &export->all[export->all_count++];
        column->lead = (enum lead)i;
        snprintf(column->name, sizeof column->name, "%s", LEAD_NAMES[i]);
    }
    enum wsync_err err = WSYNC_OK;
    for (uint32_t version = newest; err == WSYNC_OK && version > 0; version--) {
        err = add_version(export, number, version);
    }
    return err;
}

static enum wsync_err choose(struct export *export, const char *name, struct wsync_error *error)
{
    const struct column *column = find_column(export, name);
    if (!column) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "Form %s has no column \"%s\".",
                               export->options->form, name);
    }
    if (column->field && column->field->personal && !export->options->personal) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "Column \"%s\" is personal; say --personal to write it.", name);
    }
    for (size_t i = 0; i < export->count; i++) {
        if (export->columns[i] == column) {
            return wsync_error_set(error, WSYNC_ERR_INVALID, "Column \"%s\" is named twice.",
                                   name);
        }
    }
    export->columns[export->count++] = column;
    return WSYNC_OK;
}

static enum wsync_err choose_columns(struct export *export, struct wsync_error *error)
{
    const char *rest = export->options->columns;
    if (!rest) {
        for (size_t i = 0; i < export->all_count; i++) {
            const struct wsync_field *field = export->all[i].field;
            if (!field || !field->personal || export->options->personal) {
                export->columns[export->count++] = &export->all[i];
            }
        }
        return WSYNC_OK;
    }
    for (;;) { /* ends: each turn takes a name */
        char name[NAME_BYTES];
        rest += strspn(rest, " ");
        size_t len = strcspn(rest, ",");
        snprintf(name, sizeof name, "%.*s", (int)(len < NAME_BYTES ? len : NAME_BYTES), rest);
        name[strcspn(name, " ")] = '\0';
        enum wsync_err err = choose(export, name, error);
        if (err != WSYNC_OK || rest[len] == '\0') {
            return err;
        }
        rest += len + 1;
    }
}

/* ---- values ---- */

static enum wsync_err load_scope(struct export *export, const struct wsync_records_item *item)
{
    struct wsync_arena *arena = &export->site->arena;
    struct wsync_unit unit = {.id = 0};
    size_t mark = wsync_arena_mark(arena);
    if (export->scope == item->record->scope && export->scope_day == item->day) {
        return WSYNC_OK;
    }
    int32_t day = item->day == WSYNC_NO_DAY ? WSYNC_DAY_MAX : item->day;
    enum wsync_err err =
        wsync_unit_on(export->site->txn, item->record->scope, day, arena, &unit);
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        export->scope = item->record->scope;
        export->scope_day = item->day;
        snprintf(export->scope_code, SCOPE_BYTES, "%.*s", (int)unit.code.len,
                 unit.code.len ? (const char *)unit.code.data : "");
        snprintf(export->scope_name, SCOPE_BYTES, "%.*s", (int)unit.name.len,
                 unit.name.len ? (const char *)unit.name.data : "");
        if (export->scope_code[0] == '\0') {
            snprintf(export->scope_code, SCOPE_BYTES, "%" PRIu32, export->scope);
        }
        err = WSYNC_OK;
    }
    wsync_arena_release(arena, mark);
    return err;
}

static const char *state_of(const struct export *export, const struct wsync_records_item *item)
{
    size_t state = item->life == WSYNC_LIFE_DELETED     ? 2
                   : item->life == WSYNC_LIFE_DUPLICATE ? 3
                                                        : 0;
    if (state == 0 && wsync_record_in_conflict(item->record)) {
        state = 1;
    }
    return STATE_LABELS[export->options->labels ? export->options->language : WSYNC_EN][state];
}

/* The style of a value of this type. */
static enum wsync_style style_of(const struct export *export, enum wsync_type type)
{
    const struct wsync_export_options *options = export->options;
    bool data =
        type == WSYNC_TYPE_INTEGER || type == WSYNC_TYPE_DECIMAL || type == WSYNC_TYPE_DATE;
    if (options->cells && data) {
        return WSYNC_STYLE_DATA;
    }
    if (options->labels && options->kind == WSYNC_EXPORT_CSV) {
        return options->language == WSYNC_VI ? WSYNC_STYLE_VI : WSYNC_STYLE_EN;
    }
    return options->kind == WSYNC_EXPORT_CSV && options->csv_mode == WSYNC_CSV_EXCEL
               ? WSYNC_STYLE_EXCEL
               : WSYNC_STYLE_DATA;
}

static enum wsync_err print_lead(struct export *export, enum lead lead,
                                 const struct wsync_records_item *item)
{
    static const struct wsync_field DAY = {.type = WSYNC_TYPE_DATE};
    const struct wsync_value day = {.class = WSYNC_CLASS_INTEGER, .integer = item->day};
    const char *text = "";
    switch (lead) {
    case LEAD_ID:
        return wsync_record_name(export->site->txn, item->record->id, export->text);
    case LEAD_DAY:
        if (item->day != WSYNC_NO_DAY) {
            return wsync_value_print(&DAY, &day, style_of(export, DAY.type), export->text,
                                     sizeof export->text);
        }
        break;
    case LEAD_SCOPE:
        text = export->scope_code;
        break;
    case LEAD_SCOPE_NAME:
        text = export->scope_name;
        break;
    case LEAD_STATE:
    case LEADS:
        text = state_of(export, item);
        break;
    }
    snprintf(export->text, sizeof export->text, "%s", text);
    return WSYNC_OK;
}

static enum wsync_err print_unit(struct export *export, const struct wsync_value *value,
                                 int32_t day)
{
    struct wsync_arena *arena = &export->site->arena;
    struct wsync_unit unit;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_unit_on(export->site->txn, (uint32_t)value->integer,
                                       day == WSYNC_NO_DAY ? WSYNC_DAY_MAX : day, arena, &unit);
    if (err == WSYNC_OK) {
        snprintf(export->text, sizeof export->text, "%.*s", (int)unit.name.len,
                 (const char *)unit.name.data);
    }
    wsync_arena_release(arena, mark);
    return err;
}

/* The shown value as text, a blank as "". */
static enum wsync_err print_field(struct export *export, const struct wsync_field *field,
                                  const struct wsync_records_item *item)
{
    const struct wsync_live *live = wsync_record_shown(item->record, field->number, NULL);
    export->text[0] = '\0';
    if (!live) {
        return WSYNC_OK;
    }
    enum wsync_style style = style_of(export, field->type);
    bool named = style == WSYNC_STYLE_VI || style == WSYNC_STYLE_EN;
    if (named && field->type == WSYNC_TYPE_UNIT && live->value.class == WSYNC_CLASS_INTEGER) {
        enum wsync_err err = print_unit(export, &live->value, item->day);
        if (err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
    }
    /* A choice that only an older version had is printed by the version of its record. */
    const struct wsync_field *own = wsync_form_field(item->form, field->number);
    return wsync_value_print(own ? own : field, &live->value, style, export->text,
                             sizeof export->text);
}

static enum wsync_err photo_state_of(struct export *export, const struct wsync_live *live,
                                     enum photo_state *state)
{
    struct wsync_photo_state found;
    bool wanted = false, refused = false;
    enum wsync_err err = wsync_photo_look(export->site->blobs, &live->value, &found);
    if (err == WSYNC_OK) {
        const struct wsync_blob_wanted by = {live->dot.log_no, found.name};
        err = wsync_blob_is_wanted(export->site->txn, &by, &wanted, &refused);
    }
    *state = found.here                       ? PHOTO_HERE
             : found.here_bytes > 0 || wanted ? PHOTO_COMES
             : refused                        ? PHOTO_REFUSED
                                              : PHOTO_MISSING;
    return err;
}

/* Where the file is that the shown value names; "" where none is named. */
static enum wsync_err print_photo_state(struct export *export, const struct wsync_field *field,
                                        const struct wsync_records_item *item)
{
    const struct wsync_live *live = wsync_record_shown(item->record, field->number, NULL);
    const struct wsync_export_options *options = export->options;
    bool labels = options->labels && options->kind == WSYNC_EXPORT_CSV;
    enum photo_state state;
    export->text[0] = '\0';
    if (!live || !export->site->blobs) {
        return WSYNC_OK;
    }
    enum wsync_err err = photo_state_of(export, live, &state);
    if (err == WSYNC_OK) {
        snprintf(export->text, sizeof export->text, "%s",
                 labels ? PHOTO_LABELS[options->language][state] : PHOTO_NAMES[state]);
    }
    return err == WSYNC_ERR_VALUE ? WSYNC_OK : err; /* a blank names none */
}

/* ---- rows ---- */

static enum wsync_csv_kind csv_kind(const struct column *column)
{
    if (!column->field) {
        return column->lead == LEAD_SCOPE_NAME ? WSYNC_CSV_TEXT
               : column->lead == LEAD_DAY      ? WSYNC_CSV_DAY
                                               : WSYNC_CSV_NUMBER;
    }
    if (column->is_state) {
        return WSYNC_CSV_NUMBER;
    }
    switch (column->field->type) {
    case WSYNC_TYPE_TEXT:
    case WSYNC_TYPE_CHOICE:
    case WSYNC_TYPE_CHOICES:
    case WSYNC_TYPE_UNIT:
        return WSYNC_CSV_TEXT;
    case WSYNC_TYPE_INTEGER:
    case WSYNC_TYPE_DECIMAL:
        return WSYNC_CSV_FIGURE;
    case WSYNC_TYPE_DATE:
        return WSYNC_CSV_DAY;
    case WSYNC_TYPE_TIME:
    case WSYNC_TYPE_DATETIME:
    case WSYNC_TYPE_GEOPOINT:
    case WSYNC_TYPE_BOOLEAN:
    case WSYNC_TYPE_BYTES:
    case WSYNC_TYPE_PHOTO:
        break;
    }
    return WSYNC_CSV_NUMBER;
}

static void put_json(const struct export *export, struct wsync_json *json,
                     const struct column *column, const struct wsync_live *live)
{
    bool integer = live && live->value.class == WSYNC_CLASS_INTEGER;
    enum wsync_type type = column->field ? column->field->type : WSYNC_TYPE_TEXT;
    if (integer && (type == WSYNC_TYPE_INTEGER || type == WSYNC_TYPE_UNIT)) {
        wsync_json_number(json, column->name, live->value.integer);
    } else if (integer && type == WSYNC_TYPE_BOOLEAN) {
        wsync_json_bool(json, column->name, live->value.integer != 0);
    } else if (export->text[0] == '\0') {
        wsync_json_null(json, column->name);
    } else {
        wsync_json_string(json, column->name, export->text);
    }
}

/* A member or a cell of the record. */
static enum wsync_err put_column(struct export *export, struct wsync_json *json,
                                 const struct column *column,
                                 const struct wsync_records_item *item)
{
    enum wsync_err err = column->is_state ? print_photo_state(export, column->field, item)
                         : column->field  ? print_field(export, column->field, item)
                                          : print_lead(export, column->lead, item);
    if (err != WSYNC_OK) {
        return err;
    }
    if (json) {
        const struct wsync_live *live = NULL;
        if (column->field) {
            live = wsync_record_shown(item->record, column->field->number, NULL);
        }
        put_json(export, json, column, live);
    } else {
        wsync_csv_put(&export->csv, wsync_slice_of(export->text), csv_kind(column));
    }
    return WSYNC_OK;
}

static enum wsync_err put_record(void *context, const struct wsync_records_item *item)
{
    struct export *export = context;
    bool as_json = export->options->kind == WSYNC_EXPORT_JSON;
    enum wsync_err err = load_scope(export, item);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_json *json = as_json ? wsync_json_new() : NULL;
    for (size_t i = 0; err == WSYNC_OK && i < export->count; i++) {
        err = put_column(export, json, export->columns[i], item);
    }
    if (json) {
        wsync_json_print(json, export->options->out);
    } else {
        wsync_csv_end_row(&export->csv);
    }
    ++*export->records;
    FILE *out = export->options->out;
    return err == WSYNC_OK && out && ferror(out) ? WSYNC_ERR_STORE_IO : err;
}

static void put_header(struct export *export)
{
    const struct wsync_export_options *options = export->options;
    wsync_csv_writer_init(&export->csv, options->out, options->csv_mode);
    export->csv.cells = options->cells;
    for (size_t i = 0; i < export->count; i++) {
        const struct column *column = export->columns[i];
        struct wsync_slice heading = wsync_slice_of(column->name);
        char text[WSYNC_VALUE_TEXT_BYTES];
        if (options->labels && column->is_state) {
            bool vi = options->language == WSYNC_VI;
            struct wsync_slice label = vi ? column->field->label_vi : column->field->label_en;
            int len = snprintf(text, sizeof text, "%.*s: %s", (int)label.len,
                               (const char *)label.data, vi ? "trạng thái" : "state");
            heading = wsync_slice(text, (size_t)len);
        } else if (options->labels && column->field) {
            heading = options->language == WSYNC_VI ? column->field->label_vi
                                                    : column->field->label_en;
        } else if (options->labels) {
            heading = wsync_slice_of(LEAD_LABELS[options->language][column->lead]);
        }
        wsync_csv_put(&export->csv, heading, WSYNC_CSV_TEXT);
    }
    wsync_csv_end_row(&export->csv);
}

/* ---- the whole ---- */

static enum wsync_err prepare(struct export *export, uint32_t *number,
                              struct wsync_error *error)
{
    const struct wsync_form *form;
    enum wsync_err err = wsync_catalog_named(export->site->catalog, export->site->txn,
                                             wsync_slice_of(export->options->form), &form);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, err, "There is no form \"%s\" here.",
                               export->options->form);
    }
    if (err == WSYNC_OK) {
        *number = form->number;
        err = add_columns(export, form->number, form->version);
    }
    return err == WSYNC_OK ? choose_columns(export, error) : fail(err, error);
}

static enum wsync_err put_dated(void *context, const struct wsync_records_item *item,
                                bool *more)
{
    *more = true;
    return put_record(context, item);
}

static enum wsync_err put_days(struct export *export, uint32_t form)
{
    struct wsync_days days;
    struct wsync_days_query query = *export->options->days;
    query.form = form;
    enum wsync_err err = wsync_days_begin(export->site, &query, NULL, &days);
    return err == WSYNC_OK ? wsync_days_walk(export->site, &query, &days, put_dated, export)
                           : err;
}

static enum wsync_err write_all(struct export *export, uint32_t form, struct wsync_error *error)
{
    struct wsync_records_query query = export->options->query;
    struct wsync_csv_writer *csv = &export->csv;
    query.form = form;
    if (export->options->kind == WSYNC_EXPORT_CSV) {
        put_header(export);
    } else {
        *csv = (struct wsync_csv_writer){.out = export->options->out};
    }
    enum wsync_err err = export->options->days
                             ? put_days(export, form)
                             : wsync_records_walk(export->site, &query, put_record, export);
    if (err != WSYNC_OK && !(csv->out && ferror(csv->out))) {
        return fail(err, error);
    }
    return wsync_csv_writer_fini(csv, error);
}

enum wsync_err wsync_export_run(struct wsync_site *site,
                                const struct wsync_export_options *options, uint64_t *records,
                                struct wsync_error *error)
{
    __attribute__((cleanup(close_export))) struct export *export = calloc(1, sizeof *export);
    uint32_t form = 0;
    void *block = malloc(ARENA_BYTES);
    *records = 0;
    if (!export || !block) {
        free(block);
        return fail(WSYNC_ERR_MEMORY, error);
    }
    wsync_arena_init(&export->arena, block, ARENA_BYTES);
    export->site = site;
    export->options = options;
    export->records = records;
    enum wsync_err err = prepare(export, &form, error);
    return err == WSYNC_OK ? write_all(export, form, error) : err;
}
