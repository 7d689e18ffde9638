/* SPDX-License-Identifier: Apache-2.0 */
#include "host/office.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/xlsform.h"

enum { UNIT_FIELDS = 7 };

/* Puts the name of a file or folder in front of a sentence. */
static enum wsync_err name_place(enum wsync_err err, const char *path,
                                 struct wsync_error *error)
{
    struct wsync_error sentence = *error;
    return wsync_error_set(error, err, "%.180s: %.300s", path, sentence.text);
}

enum wsync_err wsync_office_read_units(const char *path, struct wsync_arena *arena,
                                       struct wsync_units *units, struct wsync_error *error)
{
    enum wsync_err err = wsync_units_read(path, arena, units, error);
    if (err == WSYNC_OK && units->finding_count > 0) {
        *error = units->findings[0].what;
        err = WSYNC_ERR_VALUE;
    }
    return err == WSYNC_OK ? WSYNC_OK : name_place(err, path, error);
}

static struct wsync_value integer(int64_t number)
{
    return (struct wsync_value){.class = WSYNC_CLASS_INTEGER, .integer = number};
}

static struct wsync_value text(struct wsync_slice bytes)
{
    return (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = bytes};
}

/* The writes that say what the row says; blank cells are left out. */
static size_t unit_writes(const struct wsync_unit_row *row, struct wsync_write *writes)
{
    size_t count = 0;
    writes[count++] = (struct wsync_write){WSYNC_UNIT_ID, false, integer(row->id)};
    writes[count++] = (struct wsync_write){WSYNC_UNIT_LEVEL, false, integer(row->level)};
    if (row->code.len > 0) {
        writes[count++] = (struct wsync_write){WSYNC_UNIT_CODE, false, text(row->code)};
    }
    writes[count++] = (struct wsync_write){WSYNC_UNIT_NAME, false, text(row->name)};
    if (row->parent != 0) {
        writes[count++] = (struct wsync_write){WSYNC_UNIT_PARENT, false, integer(row->parent)};
    }
    if (row->valid_from != WSYNC_NO_DAY) {
        writes[count++] =
            (struct wsync_write){WSYNC_UNIT_FROM, false, integer(row->valid_from)};
    }
    if (row->valid_to != WSYNC_NO_DAY) {
        writes[count++] = (struct wsync_write){WSYNC_UNIT_TO, false, integer(row->valid_to)};
    }
    return count;
}

static bool same_unit(const struct wsync_unit *held, const struct wsync_unit_row *row)
{
    return held->from_day == row->valid_from && held->to_day == row->valid_to &&
           held->level == row->level && held->parent == row->parent &&
           wsync_slice_equal(held->code, row->code) && wsync_slice_equal(held->name, row->name);
}

static enum wsync_err put_unit(struct wsync_site *site, const struct wsync_unit_row *row,
                               struct wsync_office_counts *counts, struct wsync_error *error)
{
    struct wsync_unit held;
    struct wsync_write writes[UNIT_FIELDS];
    struct wsync_dot written;
    enum wsync_err err =
        wsync_unit_on(site->txn, row->id, row->valid_from, &site->arena, &held);
    if (err == WSYNC_OK && same_unit(&held, row)) {
        counts->unchanged++;
        return WSYNC_OK;
    }
    if (err == WSYNC_OK && held.from_day == row->valid_from) {
        return wsync_error_set(
            error, WSYNC_ERR_INVALID,
            "Unit %u differs from what was published for the same days; give "
            "the change a valid_from of its own.",
            row->id);
    }
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    const struct wsync_intent intent = {.form = WSYNC_FORM_UNIT,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = unit_writes(row, writes)};
    const struct wsync_site_change change = {site->conf.scope, 0, &intent, 1};
    counts->added++;
    return wsync_site_write(site, &change, &written, error);
}

enum wsync_err wsync_office_put_units(struct wsync_site *site, const struct wsync_units *units,
                                      struct wsync_office_counts *counts,
                                      struct wsync_error *error)
{
    for (size_t i = 0; i < units->count; i++) {
        size_t mark = wsync_arena_mark(&site->arena);
        enum wsync_err err = put_unit(site, &units->units[i], counts, error);
        wsync_arena_release(&site->arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* Every earlier version binds: a number that was dropped cannot come back as something else. */
static enum wsync_err check_history(struct wsync_site *site, const struct wsync_form *form,
                                    struct wsync_error *error)
{
    for (uint32_t version = 1; version < form->version; version++) {
        const struct wsync_form *old;
        enum wsync_err err =
            wsync_catalog_form(site->catalog, site->txn, form->number, version, &old);
        if (err == WSYNC_ERR_NOT_FOUND) {
            return wsync_error_set(error, WSYNC_ERR_INVALID,
                                   "Form %u version %u cannot be published before version %u.",
                                   form->number, form->version, version);
        }
        if (err == WSYNC_OK) {
            err = wsync_form_check_successor(old, form, error);
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* Is this very definition here already?  EXISTS when the version is, with another content. */
static enum wsync_err check_published(struct wsync_site *site, const struct wsync_form *form,
                                      struct wsync_slice definition, bool *same)
{
    const struct wsync_form *held;
    struct wsync_slice bytes;
    *same = false;
    enum wsync_err err =
        wsync_catalog_form(site->catalog, site->txn, form->number, form->version, &held);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_form_encode(held, &site->arena, &bytes, NULL);
    *same = err == WSYNC_OK && wsync_slice_equal(bytes, definition);
    return err == WSYNC_OK && !*same ? WSYNC_ERR_EXISTS : err;
}

/* Publishes a form version in the open transaction; nothing happens when the same definition is
 * here already.  INVALID with a sentence when the version exists with another content, skips a
 * number, or breaks a rule of any earlier version. */
static enum wsync_err put_form(struct wsync_site *site, const struct wsync_form *form,
                               struct wsync_office_counts *counts, struct wsync_error *error)
{
    struct wsync_slice definition;
    struct wsync_dot written;
    bool same = false;
    enum wsync_err err = wsync_form_encode(form, &site->arena, &definition, error);
    if (err == WSYNC_OK) {
        err = check_published(site, form, definition, &same);
    }
    if (err == WSYNC_ERR_EXISTS) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "Form %.*s version %u is published with another content; raise "
                               "its version.",
                               (int)form->name.len, (const char *)form->name.data,
                               form->version);
    }
    if (err != WSYNC_OK || same) {
        counts->unchanged += same;
        return err;
    }
    err = check_history(site, form, error);
    if (err != WSYNC_OK) {
        return err;
    }
    const struct wsync_write writes[] = {
        {WSYNC_FORM_NUMBER, false, integer(form->number)},
        {WSYNC_FORM_VERSION, false, integer(form->version)},
        {WSYNC_FORM_DEFINITION, false, text(definition)},
    };
    const struct wsync_intent intent = {.form = WSYNC_FORM_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    const struct wsync_site_change change = {site->conf.scope, 0, &intent, 1};
    counts->added++;
    return wsync_site_write(site, &change, &written, error);
}

static enum wsync_err compile_one(const char *folder, struct wsync_arena *arena,
                                  enum wsync_err (*visit)(void *, const struct wsync_form *,
                                                          struct wsync_error *),
                                  void *context, struct wsync_error *error)
{
    struct wsync_form form;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_xlsform_compile(folder, arena, &form, error);
    if (err == WSYNC_OK) {
        err = visit(context, &form, error);
    } else {
        (void)name_place(err, folder, error);
    }
    wsync_arena_release(arena, mark);
    return err;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

enum wsync_err wsync_office_compile(const char *folder, struct wsync_arena *arena,
                                    enum wsync_err (*visit)(void *, const struct wsync_form *,
                                                            struct wsync_error *),
                                    void *context, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct dirent **entries;
    if (access(wsync_site_file(folder, "settings.csv", path), F_OK) == 0) {
        return compile_one(folder, arena, visit, context, error);
    }
    int count = scandir(folder, &entries, not_hidden, alphasort);
    if (count < 0) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND, "There is no folder %s.", folder);
    }
    enum wsync_err err = WSYNC_OK;
    for (int i = 0; i < count; i++) {
        if (err == WSYNC_OK) {
            err = compile_one(wsync_site_file(folder, entries[i]->d_name, path), arena, visit,
                              context, error);
        }
        free(entries[i]);
    }
    free(entries);
    return err;
}

struct publishing {
    struct wsync_site *site;
    struct wsync_office_counts *counts;
};

static enum wsync_err publish(void *context, const struct wsync_form *form,
                              struct wsync_error *error)
{
    struct publishing *publishing = context;
    return put_form(publishing->site, form, publishing->counts, error);
}

enum wsync_err wsync_office_publish(struct wsync_site *site, const char *folder,
                                    struct wsync_arena *arena,
                                    struct wsync_office_counts *counts,
                                    struct wsync_error *error)
{
    struct publishing publishing = {site, counts};
    return wsync_office_compile(folder, arena, publish, &publishing, error);
}
