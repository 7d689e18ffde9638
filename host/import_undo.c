/* SPDX-License-Identifier: Apache-2.0 */
/* What was imported, and taking it back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/import_parts.h"
#include "host/records.h"
#include "wardsync/ledger.h"

enum { UNDO_ROWS = 256, DELETES_A_CHANGE = 32 };

_Static_assert((int)DELETES_A_CHANGE <= (int)WSYNC_OPERATIONS_MAX, "one operation a record");

enum wsync_err wsync_import_list(struct wsync_site *site,
                                 enum wsync_err (*visit)(void *, const struct wsync_import *),
                                 void *context)
{
    struct wsync_import import = {.number = 0};
    enum wsync_err err = wsync_import_after(site->txn, 0, &import);
    while (err == WSYNC_OK) { /* ends: each turn passes one import */
        err = visit(context, &import);
        if (err == WSYNC_OK) {
            err = wsync_import_after(site->txn, import.number, &import);
            if (err == WSYNC_ERR_NOT_FOUND) {
                return WSYNC_OK;
            }
        } else {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum fate { FATE_DELETE, FATE_GONE, FATE_KEEP };

struct undo_entry {
    struct wsync_import_made made;
    enum fate fate;
    char name[WSYNC_RECORD_ID_BYTES];
};

/* One undo at work. */
struct undo {
    struct wsync_site *site;
    const struct wsync_undo_options *options;
    struct wsync_undo_summary *summary;
    struct wsync_import import;
    struct wsync_dot after; /* the last record looked at */
    struct undo_entry entries[UNDO_ROWS];
    size_t count;
};

static enum wsync_err count_visit(void *context, struct wsync_dot dot)
{
    (void)dot;
    ++*(size_t *)context;
    return WSYNC_OK;
}

/* An import's record has one operation in its history, the one that made it. */
static enum wsync_err judge(struct undo *undo, struct undo_entry *entry)
{
    struct wsync_site *site = undo->site;
    struct wsync_record record;
    size_t operations = 0, mark = wsync_arena_mark(&site->arena);
    bool contested = false;
    enum wsync_err err =
        wsync_record_get(site->txn, entry->made.record, 0, &site->arena, &record);
    if (err == WSYNC_OK) {
        err = wsync_ledger_history(site->txn, record.id, count_visit, &operations);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_name(site->txn, record.id, entry->name);
    }
    if (err == WSYNC_OK) {
        bool alive = wsync_record_life(&record, &contested, NULL) == WSYNC_LIFE_ALIVE;
        entry->fate = !alive ? FATE_GONE : operations > 1 ? FATE_KEEP : FATE_DELETE;
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

static enum wsync_err collect(struct undo *undo, bool *more)
{
    enum wsync_err err = WSYNC_OK;
    undo->count = 0;
    while (err == WSYNC_OK && undo->count < UNDO_ROWS) {
        struct undo_entry *entry = &undo->entries[undo->count];
        err = wsync_import_made_after(undo->site->txn, undo->import.number, undo->after,
                                      &entry->made);
        if (err == WSYNC_OK) {
            undo->after = entry->made.record;
            undo->count++;
            err = judge(undo, entry);
        }
    }
    *more = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Deletes what is to be deleted of `entries[from...]`, as much as one change takes; the index
 * behind it in `*next`. */
static enum wsync_err delete_some(struct undo *undo, size_t from, size_t *next,
                                  struct wsync_error *error)
{
    struct wsync_intent intents[DELETES_A_CHANGE];
    struct wsync_dot written;
    size_t count = 0, at = from;
    for (; at < undo->count && count < DELETES_A_CHANGE; at++) {
        const struct wsync_dot *record = &undo->entries[at].made.record;
        if (undo->entries[at].fate == FATE_DELETE) { /* all its values have its own dot */
            intents[count++] = (struct wsync_intent){.kind = WSYNC_KIND_DELETE,
                                                     .record = *record, .bases = record,
                                                     .base_count = 1};
        }
    }
    *next = at;
    const struct wsync_site_change change = {undo->import.scope, undo->options->actor, intents,
                                             count};
    return count > 0 ? wsync_site_write(undo->site, &change, &written, error) : WSYNC_OK;
}

static enum wsync_err delete_all(struct undo *undo, struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t at = 0; err == WSYNC_OK && at < undo->count;) {
        err = delete_some(undo, at, &at, error);
    }
    for (size_t i = 0; err == WSYNC_OK && i < undo->count; i++) {
        if (undo->entries[i].fate != FATE_KEEP) {
            err = wsync_import_forget(undo->site->txn, undo->import.number,
                                      &undo->entries[i].made);
            undo->import.undone++;
        }
    }
    return err == WSYNC_OK ? wsync_import_put(undo->site->txn, &undo->import) : err;
}

static void tell(const struct undo *undo, const struct undo_entry *entry)
{
    struct wsync_error why;
    wsync_error_set(&why, WSYNC_OK, "Record %s was edited after the import and is kept.",
                    entry->name);
    const struct wsync_finding finding = {.row = entry->made.row,
                                          .value = wsync_slice_of(entry->name),
                                          .reason = wsync_slice_of(why.text)};
    if (undo->options->find) {
        undo->options->find(undo->options->context, &finding);
    }
}

static void settle(struct undo *undo)
{
    for (size_t i = 0; i < undo->count; i++) {
        const struct undo_entry *entry = &undo->entries[i];
        undo->summary->deleted += entry->fate == FATE_DELETE;
        undo->summary->gone += entry->fate == FATE_GONE;
        undo->summary->kept += entry->fate == FATE_KEEP;
        if (entry->fate == FATE_KEEP) {
            tell(undo, entry);
        }
    }
}

/* One transaction. */
static enum wsync_err undo_some(struct undo *undo, bool *more, struct wsync_error *error)
{
    size_t mark = wsync_arena_mark(&undo->site->arena);
    enum wsync_err err = wsync_site_begin(undo->site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_error_set(error, WSYNC_OK, "%s", "");
    err = wsync_import_get(undo->site->txn, undo->options->import, &undo->import);
    if (err == WSYNC_ERR_NOT_FOUND) {
        wsync_error_set(error, err, "There is no import %" PRIu32 " here.",
                        undo->options->import);
    }
    if (err == WSYNC_OK) {
        err = collect(undo, more);
    }
    if (err == WSYNC_OK) {
        err = delete_all(undo, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_commit(undo->site, error);
    } else {
        wsync_site_abort(undo->site);
    }
    wsync_arena_release(&undo->site->arena, mark);
    return err;
}

enum wsync_err wsync_import_undo(struct wsync_site *site,
                                 const struct wsync_undo_options *options,
                                 struct wsync_undo_summary *summary, struct wsync_error *error)
{
    struct wsync_error unread;
    struct undo undo = {.site = site, .options = options, .summary = summary};
    bool more = true;
    error = error ? error : &unread;
    *summary = (struct wsync_undo_summary){.deleted = 0};
    while (more) { /* ends: each turn passes records of the import */
        if (options->stop && *options->stop) {
            summary->stopped = true;
            return WSYNC_OK;
        }
        enum wsync_err err = undo_some(&undo, &more, error);
        if (err != WSYNC_OK) {
            return error->text[0] ? err
                                  : wsync_error_set(error, err, "%s",
                                                    wsync_err_text(err, WSYNC_EN));
        }
        settle(&undo);
    }
    return WSYNC_OK;
}
