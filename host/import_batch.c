/* SPDX-License-Identifier: Apache-2.0 */
/* Saving a batch of rows.
 *
 * A row the ledger refuses spoils its transaction, so the batch is then begun anew without it;
 * what rows the form refuses were found before, so that is rare. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "host/import_parts.h"
#include "host/records.h"
#include "wardsync/ledger.h"

/* What one transaction did. */
struct tally {
    uint64_t added, there;
};

enum wsync_err wsync_import_fault(struct wsync_import_desk *desk,
                                  struct wsync_import_entry *entry, const char *reason)
{
    struct wsync_plan_row *read = &entry->read;
    struct wsync_finding *finding = &read->findings[read->finding_count++];
    *finding = (struct wsync_finding){
        .reason = wsync_arena_copy(&desk->rows, wsync_slice_of(reason))};
    if (desk->plan.has_key) {
        finding->column = desk->plan.header->cells[desk->plan.key_column];
        finding->value = desk->plan.key_is_personal ? wsync_slice_of("") : read->key;
    }
    entry->faulty = finding->reason.data != NULL;
    return entry->faulty ? WSYNC_OK : WSYNC_ERR_MEMORY;
}

/* Errors that are the row's own: the next row may be well. */
static bool blames_row(enum wsync_err err)
{
    return err == WSYNC_ERR_VALUE || err == WSYNC_ERR_FIELD || err == WSYNC_ERR_OVERSIZE ||
           err == WSYNC_ERR_OPERATION || err == WSYNC_ERR_INVALID;
}

/* The content of the record that has this id, of the fields the table gives. */
static enum wsync_err record_content(struct wsync_import_desk *desk, struct wsync_dot id,
                                     struct wsync_import_content *content)
{
    struct wsync_write writes[WSYNC_FORM_FIELDS_MAX];
    struct wsync_record record;
    struct wsync_arena *arena = &desk->site->arena;
    size_t count = 0, mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_record_get(desk->site->txn, id, 0, arena, &record);
    for (size_t i = 0; err == WSYNC_OK && i < desk->plan.field_count; i++) {
        const struct wsync_field *field = desk->plan.fields[i].field;
        const struct wsync_live *live = wsync_record_shown(&record, field->number, NULL);
        if (live && live->value.class != WSYNC_CLASS_BLANK) {
            writes[count++] = (struct wsync_write){field->number, field->personal, live->value};
        }
    }
    if (err == WSYNC_OK) {
        *content = wsync_import_content_of(writes, count);
    }
    wsync_arena_release(arena, mark);
    return err;
}

/* A table that this program exported names the records that are here already. */
static enum wsync_err know_by_id(struct wsync_import_desk *desk,
                                 const struct wsync_import_entry *entry,
                                 struct wsync_import_known *known)
{
    char id[WSYNC_RECORD_ID_BYTES];
    if (!desk->plan.key_is_id || entry->read.key.len >= sizeof id) {
        return WSYNC_ERR_NOT_FOUND;
    }
    snprintf(id, sizeof id, "%.*s", (int)entry->read.key.len,
             (const char *)entry->read.key.data);
    enum wsync_err err = wsync_record_named(desk->site->txn, id, &known->record, NULL);
    if (err == WSYNC_ERR_INVALID) {
        return WSYNC_ERR_NOT_FOUND; /* an id of another kind is a key like any other */
    }
    known->scope = desk->scope;
    return err == WSYNC_OK ? record_content(desk, known->record, &known->content) : err;
}

static enum wsync_err compare(struct wsync_import_desk *desk, struct wsync_import_entry *entry,
                              const struct wsync_import_known *known, struct tally *tally)
{
    char id[WSYNC_RECORD_ID_BYTES];
    struct wsync_error why;
    bool same_scope = known->scope == desk->scope;
    if (same_scope && memcmp(&known->content, &entry->content, sizeof known->content) == 0) {
        tally->there++;
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_record_name(desk->site->txn, known->record, id);
    if (err != WSYNC_OK) {
        return err;
    }
    if (same_scope) {
        wsync_error_set(&why, WSYNC_OK,
                        "The row became record %s earlier and has other values now; the record "
                        "was left as it is.", id);
    } else {
        wsync_error_set(&why, WSYNC_OK,
                        "The row became record %s of unit %" PRIu32 " earlier; it was not "
                        "imported again.", id, known->scope);
    }
    return wsync_import_fault(desk, entry, why.text);
}

/* File and sheet; what does not fit is left out, whole characters of it. */
static void name_import(const struct wsync_import_desk *desk, const char *file,
                        char name[WSYNC_IMPORT_NAME_BYTES])
{
    bool chosen = desk->summary->tables > 1;
    int wanted = snprintf(name, WSYNC_IMPORT_NAME_BYTES, "%s%s%s", file, chosen ? ": " : "",
                          chosen ? desk->summary->sheet : "");
    size_t len = strlen(name);
    while (wanted >= WSYNC_IMPORT_NAME_BYTES && len > 0 && (name[len - 1] & 0xC0) == 0x80) {
        name[--len] = '\0';
    }
    if (wanted >= WSYNC_IMPORT_NAME_BYTES && len > 0 && (name[len - 1] & 0x80) != 0) {
        name[len - 1] = '\0'; /* what these were the rest of */
    }
}

static enum wsync_err begin_import(struct wsync_import_desk *desk)
{
    const char *title = wsync_import_title(desk->options), *slash = strrchr(title, '/');
    const char *name = slash ? slash + 1 : title;
    struct wsync_import *import = &desk->import;
    *import = (struct wsync_import){.scope = desk->scope, .form = desk->form.number,
                                    .started = wsync_clock_wall_s()};
    name_import(desk, name, import->name);
    return wsync_import_next(desk->site->txn, &import->number);
}

static enum wsync_err add(struct wsync_import_desk *desk, struct wsync_import_entry *entry,
                          struct tally *tally, struct wsync_error *error)
{
    const struct wsync_intent intent = {.form = desk->form.number,
                                        .version = desk->form.version,
                                        .creates = true,
                                        .writes = entry->read.writes,
                                        .write_count = entry->read.write_count};
    uint32_t actor = desk->options->actor ? desk->options->actor : desk->plan.actor;
    const struct wsync_site_change change = {desk->scope, actor, &intent, 1};
    struct wsync_import_known known = {.scope = desk->scope, .row = entry->row,
                                       .content = entry->content};
    enum wsync_err err = desk->import.number == 0 ? begin_import(desk) : WSYNC_OK;
    if (err == WSYNC_OK) {
        err = wsync_site_write(desk->site, &change, &known.record, error);
    }
    if (err == WSYNC_OK) {
        known.import = desk->import.number;
        err = wsync_import_learn(desk->site->txn, &entry->key, &known);
        entry->added = true;
        tally->added++;
    } else if (blames_row(err)) {
        enum wsync_err memory = wsync_import_fault(desk, entry, error->text);
        err = memory == WSYNC_OK ? err : memory;
    }
    return err;
}

static enum wsync_err save_entry(struct wsync_import_desk *desk,
                                 struct wsync_import_entry *entry, struct tally *tally,
                                 struct wsync_error *error)
{
    struct wsync_import_known known;
    enum wsync_err err = wsync_import_know(desk->site->txn, &entry->key, &known);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = know_by_id(desk, entry, &known);
    }
    if (err == WSYNC_OK) {
        return compare(desk, entry, &known, tally);
    }
    return err == WSYNC_ERR_NOT_FOUND ? add(desk, entry, tally, error) : err;
}

/* One attempt.  A row's own fault answers EXISTS: the batch is to be tried without the row. */
static enum wsync_err save_batch(struct wsync_import_desk *desk, bool last, struct tally *tally,
                                 struct wsync_error *error)
{
    *tally = (struct tally){0};
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < desk->batch_count; i++) {
        struct wsync_import_entry *entry = &desk->batch[i];
        entry->added = false;
        if (!entry->faulty) {
            err = save_entry(desk, entry, tally, error);
        }
        if (err != WSYNC_OK && entry->faulty) {
            return WSYNC_ERR_EXISTS;
        }
    }
    if (err == WSYNC_OK && desk->import.number > 0) {
        desk->import.added += tally->added;
        desk->import.complete = last;
        err = wsync_import_put(desk->site->txn, &desk->import);
    }
    return err;
}

static enum wsync_err end_transaction(struct wsync_import_desk *desk, struct wsync_error *error)
{
    if (desk->options->dry_run) {
        wsync_site_abort(desk->site);
        return WSYNC_OK;
    }
    return wsync_site_commit(desk->site, error);
}

static enum wsync_err save(struct wsync_import_desk *desk, bool last, struct tally *tally,
                           struct wsync_error *error)
{
    const struct wsync_import before = desk->import;
    for (size_t attempt = 0; attempt <= desk->batch_count; attempt++) {
        size_t mark = wsync_arena_mark(&desk->site->arena);
        desk->import = before;
        enum wsync_err err = wsync_site_begin(desk->site, WSYNC_TXN_WRITE, error);
        if (err != WSYNC_OK) {
            return err;
        }
        error->text[0] = '\0';
        err = save_batch(desk, last, tally, error);
        if (err == WSYNC_OK) {
            err = end_transaction(desk, error);
        } else {
            wsync_site_abort(desk->site);
        }
        wsync_arena_release(&desk->site->arena, mark);
        if (err != WSYNC_ERR_EXISTS) {
            desk->import = err == WSYNC_OK && !desk->options->dry_run ? desk->import : before;
            return err;
        }
    }
    WSYNC_ASSERT(!"each attempt marks one more row of the batch as faulty");
    return WSYNC_ERR_INVALID;
}

static void tell(struct wsync_import_desk *desk, const struct wsync_import_entry *entry)
{
    for (size_t i = 0; i < entry->read.finding_count; i++) {
        struct wsync_finding *finding = &entry->read.findings[i];
        finding->row = entry->row;
        finding->line = entry->line;
        desk->summary->findings++;
        if (desk->options->find) {
            desk->options->find(desk->options->context, finding);
        }
    }
}

enum wsync_err wsync_import_flush(struct wsync_import_desk *desk, bool last,
                                  struct wsync_error *error)
{
    struct wsync_import_summary *summary = desk->summary;
    struct tally tally = {0};
    if (desk->batch_count > 0 || (last && desk->import.number > 0)) {
        enum wsync_err err = save(desk, last, &tally, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    for (size_t i = 0; i < desk->batch_count; i++) {
        summary->faulty += desk->batch[i].faulty;
        tell(desk, &desk->batch[i]);
    }
    summary->added += tally.added;
    summary->there += tally.there;
    summary->import = desk->import.number;
    desk->batch_count = 0;
    wsync_arena_release(&desk->rows, 0);
    return WSYNC_OK;
}
