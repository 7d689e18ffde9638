/* SPDX-License-Identifier: Apache-2.0 */
#include "host/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/import_parts.h"
#include "host/sheet.h"
#include "host/unit_index.h"
#include "host/units_here.h"

enum {
    LASTING_BYTES = 4 << 20,
    ROWS_BYTES = 32 << 20, /* one row of 1 MiB takes a multiple of that while it is read */
    BATCH_BYTES = 4 << 20,
    FOLDER_BYTES = 1024,
    PROGRESS_ROWS = 1000,
    CAUSE_BYTES_MAX = 400,
};

static void close_csv(struct wsync_csv **csv)
{
    wsync_csv_close(*csv);
}

static void close_desk(struct wsync_import_desk **desk)
{
    if (*desk) {
        wsync_import_seen_fini(&(*desk)->seen);
        free((*desk)->lasting.block);
        free((*desk)->rows.block);
        free(*desk);
    }
}

static enum wsync_err refuse(enum wsync_err err, struct wsync_error *error)
{
    return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

const char *wsync_import_title(const struct wsync_import_options *options)
{
    return options->name ? options->name : options->path;
}

static enum wsync_err open_desk(struct wsync_site *site,
                                const struct wsync_import_options *options,
                                struct wsync_import_summary *summary,
                                struct wsync_import_desk **desk, struct wsync_error *error)
{
    *desk = calloc(1, sizeof **desk);
    void *lasting = malloc(LASTING_BYTES), *rows = malloc(ROWS_BYTES);
    if (!*desk || !lasting || !rows) {
        free(lasting);
        free(rows);
        free(*desk);
        *desk = NULL;
        return refuse(WSYNC_ERR_MEMORY, error);
    }
    (*desk)->site = site;
    (*desk)->options = options;
    (*desk)->summary = summary;
    (*desk)->scope = options->scope ? options->scope : site->conf.scope;
    wsync_arena_init(&(*desk)->lasting, lasting, LASTING_BYTES);
    wsync_arena_init(&(*desk)->rows, rows, ROWS_BYTES);
    return WSYNC_OK;
}

/* ---- before the first row ---- */

static enum wsync_err read_mapping(struct wsync_import_desk *desk, struct wsync_error *error)
{
    const struct wsync_import_options *options = desk->options;
    enum wsync_err err = WSYNC_OK;
    if (options->mapping_path) {
        err = wsync_mapping_read(options->mapping_path, &desk->lasting, &desk->mapping, error);
    }
    wsync_mapping_override(&desk->mapping.form, options->form);
    wsync_mapping_override(&desk->mapping.key, options->key);
    wsync_mapping_override(&desk->mapping.require, options->require);
    wsync_mapping_override(&desk->mapping.filter, options->filter);
    wsync_mapping_override(&desk->mapping.sheet, options->sheet);
    wsync_mapping_override(&desk->mapping.header, options->header);
    if (err == WSYNC_OK && !desk->mapping.form.text.data) {
        err = wsync_error_set(error, WSYNC_ERR_INVALID,
                              "Say which form the rows belong to, or give a mapping.");
    }
    return err;
}

/* The catalog forgets its forms when a transaction is given up, so the run has its own copy. */
static enum wsync_err copy_form(struct wsync_import_desk *desk)
{
    const struct wsync_form *form;
    struct wsync_slice bytes;
    enum wsync_err err = wsync_catalog_named(desk->site->catalog, desk->site->txn,
                                             desk->mapping.form.text, &form);
    if (err == WSYNC_OK) {
        err = wsync_form_encode(form, &desk->rows, &bytes, NULL);
    }
    if (err == WSYNC_OK) {
        err = wsync_form_decode(bytes, &desk->lasting, &desk->form);
    }
    wsync_arena_release(&desk->rows, 0);
    return err;
}

static enum wsync_err load_form(struct wsync_import_desk *desk, struct wsync_error *error)
{
    const struct wsync_mapping_text *name = &desk->mapping.form;
    enum wsync_err err = copy_form(desk);
    if (err == WSYNC_OK) {
        return WSYNC_OK;
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return refuse(err, error);
    }
    bool from_file = desk->mapping.path && name->line > 0;
    char place[512] = "";
    if (from_file) {
        snprintf(place, sizeof place, "%s:%d: form: ", desk->mapping.path, name->line);
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID, "%sthere is no form \"%.*s\" here.", place,
                           (int)name->text.len, (const char *)name->text.data);
}

static enum wsync_err load_units(struct wsync_import_desk *desk, struct wsync_unit_index *units,
                                 struct wsync_error *error)
{
    int32_t today = wsync_units_here_today();
    enum wsync_err err =
        wsync_unit_index_load(desk->site, desk->scope, today, &desk->lasting, units);
    if (err == WSYNC_ERR_NOT_FOUND) { /* no units came yet: ids may be named all the same */
        units->arena = NULL;
        return WSYNC_OK;
    }
    return err == WSYNC_OK ? WSYNC_OK : refuse(err, error);
}

static enum wsync_err load(struct wsync_import_desk *desk, struct wsync_unit_index *units,
                           struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(desk->site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = load_form(desk, error);
    if (err == WSYNC_OK) {
        err = load_units(desk, units, error);
    }
    wsync_site_abort(desk->site);
    return err;
}

/* ---- the rows ---- */

static enum wsync_err take_row(struct wsync_import_desk *desk,
                               const struct wsync_value_reader *reader,
                               const struct wsync_csv_row *cells,
                               struct wsync_import_entry *entry)
{
    uint64_t before;
    char reason[96];
    enum wsync_err err = wsync_plan_read(&desk->plan, reader, cells, &entry->read);
    entry->faulty = entry->read.kind == WSYNC_ROW_FAULTY;
    if (err != WSYNC_OK || entry->read.kind != WSYNC_ROW_WANTED) {
        return err;
    }
    entry->content = wsync_import_content_of(entry->read.writes, entry->read.write_count);
    entry->key = wsync_import_key_of(desk->space, &entry->read, &entry->content);
    err = wsync_import_see(&desk->seen, &entry->key, entry->row, &before);
    if (err != WSYNC_OK || before == 0) {
        return err;
    }
    snprintf(reason, sizeof reason, "Row %" PRIu64 " of this table %s.", before,
             desk->plan.has_key ? "has the same key" : "has the same values");
    return wsync_import_fault(desk, entry, reason);
}

/* A row the table's reader could not take.  Its sentence begins with "Row N: ". */
static enum wsync_err take_fault(struct wsync_import_desk *desk,
                                 struct wsync_import_entry *entry, const char *sentence)
{
    const char *colon = strstr(sentence, ": ");
    struct wsync_plan_row *read = &entry->read;
    *read = (struct wsync_plan_row){.kind = WSYNC_ROW_FAULTY, .finding_count = 1};
    read->findings = wsync_arena_get(&desk->rows, sizeof *read->findings);
    if (!read->findings) {
        return WSYNC_ERR_MEMORY;
    }
    entry->faulty = true;
    read->findings->reason =
        wsync_arena_copy(&desk->rows, wsync_slice_of(colon ? colon + 2 : sentence));
    return read->findings->reason.data ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

static bool is_full(const struct wsync_import_desk *desk)
{
    return desk->batch_count == WSYNC_IMPORT_BATCH_ROWS ||
           wsync_arena_mark(&desk->rows) > BATCH_BYTES;
}

static bool is_stopped(const struct wsync_import_desk *desk)
{
    return desk->options->stop && *desk->options->stop;
}

/* The table being read. */
struct table {
    struct wsync_csv *csv;
    struct wsync_photo_desk photos;
    char folder[FOLDER_BYTES];
    struct wsync_value_reader reader;
    struct wsync_import_progress progress;
    uint64_t row; /* the header is 1 */
};

static void tell_progress(const struct wsync_import_desk *desk, const struct table *table)
{
    if (desk->options->progress) {
        desk->options->progress(desk->options->context, &table->progress);
    }
}

/* Takes one row into the batch.  NOT_FOUND at the end of the table. */
static enum wsync_err next_row(struct wsync_import_desk *desk, struct table *table,
                               struct wsync_error *error)
{
    struct wsync_csv_row cells;
    struct wsync_import_entry *entry = &desk->batch[desk->batch_count];
    size_t mark = wsync_arena_mark(&desk->rows);
    enum wsync_err err = wsync_csv_next(table->csv, &cells, error);
    if (err != WSYNC_OK && err != WSYNC_ERR_VALUE) {
        return err;
    }
    table->row = cells.row;
    table->progress.bytes = cells.offset;
    if (err == WSYNC_OK && wsync_csv_row_is_empty(&cells)) {
        return WSYNC_OK; /* as spreadsheets leave behind a table: no row of it */
    }
    *entry = (struct wsync_import_entry){
        .row = table->row, .line = wsync_csv_is_sheet(table->csv) ? 0 : cells.line};
    err = err == WSYNC_OK ? take_row(desk, &table->reader, &cells, entry)
                          : take_fault(desk, entry, error->text);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "Row %" PRIu64 ": %s", table->row,
                               wsync_err_text(err, WSYNC_EN));
    }
    if (desk->options->rows_max > 0 && desk->summary->rows == desk->options->rows_max) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE,
                               "The table has more than %" PRIu64 " rows; here no more are "
                               "taken at once.", desk->options->rows_max);
    }
    desk->summary->rows++;
    table->progress.rows++;
    if (entry->read.kind == WSYNC_ROW_NOT_MINE) {
        desk->summary->not_mine++;
        wsync_arena_release(&desk->rows, mark);
    } else {
        desk->batch_count++;
    }
    return WSYNC_OK;
}

static enum wsync_err import_rows(struct wsync_import_desk *desk, struct table *table,
                                  struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) {
        if (is_stopped(desk)) {
            desk->summary->stopped = true;
            return wsync_import_flush(desk, false, error);
        }
        err = next_row(desk, table, error);
        if (err == WSYNC_ERR_NOT_FOUND) {
            table->progress.bytes = table->progress.bytes_total;
            err = wsync_import_flush(desk, true, error);
            tell_progress(desk, table);
            return err;
        }
        bool full = is_full(desk);
        if (err == WSYNC_OK && full) {
            err = wsync_import_flush(desk, false, error);
        }
        if (full || table->row % PROGRESS_ROWS == 0) {
            tell_progress(desk, table);
        }
    }
    return err;
}

/* Nothing of the batch that failed is saved; what came before it is. */
static enum wsync_err explain(const struct wsync_import_desk *desk, enum wsync_err err,
                              struct wsync_error *error)
{
    if (err == WSYNC_OK) {
        return err;
    }
    if (error->text[0] == '\0') {
        (void)refuse(err, error);
    }
    const struct wsync_error cause = *error;
    size_t len = strlen(cause.text) < CAUSE_BYTES_MAX ? strlen(cause.text) : CAUSE_BYTES_MAX;
    while (len > 0 && (cause.text[len] & 0xC0) == 0x80) {
        len--; /* whole characters only */
    }
    return wsync_error_set(error, err,
                           "%.*s %" PRIu64 " records of the import are saved; start it again "
                           "to go on.", (int)len, cause.text, desk->summary->added);
}

/* Rows that were read and not saved do not count. */
static void balance(struct wsync_import_summary *summary)
{
    uint64_t done = summary->added + summary->there + summary->not_mine + summary->faulty;
    WSYNC_ASSERT(done <= summary->rows);
    summary->rows = done;
}

static void measure(const char *path, struct wsync_import_progress *progress)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
        progress->bytes_total = (uint64_t)status.st_size;
    }
}

/* Files are named as they lie beside the table. */
static void open_photos(const struct wsync_import_desk *desk, struct table *table)
{
    const char *path = desk->options->path, *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) : 1;
    int put = snprintf(table->folder, sizeof table->folder, "%.*s", len ? len : 1,
                       slash ? path : ".");
    table->photos = (struct wsync_photo_desk){
        .blobs = desk->site->blobs,
        .folder = table->folder,
        .closed = strcmp(path, "-") == 0 || put < 0 || put >= FOLDER_BYTES,
        .dry_run = desk->options->dry_run};
    table->reader.photos = &table->photos;
}

static void note_sheet(void *context, const struct wsync_xlsx_sheet *sheet)
{
    struct wsync_import_summary *summary = context;
    summary->tables += sheet->is_table;
    if (sheet->is_wanted) {
        snprintf(summary->sheet, sizeof summary->sheet, "%s", sheet->name);
    }
}

static enum wsync_err open_file(const struct wsync_import_desk *desk, struct wsync_csv **csv,
                                struct wsync_error *error)
{
    struct wsync_error cause;
    struct wsync_table_place place;
    const char *path = desk->options->path;
    enum wsync_err err = wsync_mapping_place(&desk->mapping, &place, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_table_sheets(path, &place.sheet, note_sheet, desk->summary, &cause);
    if (err == WSYNC_OK) {
        err = wsync_table_open(path, &place, csv, &cause);
    }
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "%s: %s",
                                             wsync_import_title(desk->options), cause.text);
}

static enum wsync_err open_table(struct wsync_import_desk *desk, struct table *table,
                                 struct wsync_unit_index *units, struct wsync_error *error)
{
    enum wsync_err err = open_file(desk, &table->csv, error);
    if (err != WSYNC_OK) {
        return err;
    }
    measure(desk->options->path, &table->progress);
    table->row = wsync_csv_header(table->csv)->row;
    table->reader = (struct wsync_value_reader){.arena = &desk->lasting,
                                                .point_is_decimal = true};
    if (units->arena) {
        table->reader.find_unit = wsync_unit_index_find;
        table->reader.context = units;
    }
    desk->plan = (struct wsync_plan){.mapping = &desk->mapping, .form = &desk->form};
    err = wsync_plan_make(&desk->plan, table->csv, &table->reader, error);
    table->reader.arena = &desk->rows; /* from here on values last for a batch */
    table->reader.point_is_decimal = desk->plan.point_is_decimal;
    open_photos(desk, table);
    return err;
}

enum wsync_err wsync_import_run(struct wsync_site *site,
                                const struct wsync_import_options *options,
                                struct wsync_import_summary *summary, struct wsync_error *error)
{
    struct wsync_error unread;
    struct wsync_unit_index units;
    struct table table = {.csv = NULL};
    __attribute__((cleanup(close_desk))) struct wsync_import_desk *desk = NULL;
    error = error ? error : &unread;
    *summary = (struct wsync_import_summary){.rows = 0};
    enum wsync_err err = open_desk(site, options, summary, &desk, error);
    if (err == WSYNC_OK) {
        err = read_mapping(desk, error);
    }
    if (err == WSYNC_OK) {
        err = load(desk, &units, error);
    }
    if (err == WSYNC_OK) {
        err = open_table(desk, &table, &units, error);
    }
    __attribute__((cleanup(close_csv))) struct wsync_csv *csv = table.csv;
    if (err != WSYNC_OK) {
        return err;
    }
    (void)csv;
    wsync_import_space(&desk->plan, desk->space);
    error->text[0] = '\0';
    err = explain(desk, import_rows(desk, &table, error), error);
    balance(summary);
    return err;
}
