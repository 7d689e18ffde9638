/* SPDX-License-Identifier: Apache-2.0 */
#include "host/office.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/form_preview.h"
#include "host/words.h"

enum { UNIT_FIELDS = 7 };

/* Puts the name of a file or folder in front of a sentence. */
static enum wsync_err name_place(enum wsync_err err, const char *path,
                                 struct wsync_error *error)
{
    struct wsync_error sentence = *error;
    return wsync_error_set(error, err, "%.180s: %.300s", path, sentence.text);
}

enum wsync_err wsync_office_read_units(const char *path, enum wsync_language language,
                                       struct wsync_arena *arena, struct wsync_units *units,
                                       struct wsync_error *error)
{
    enum wsync_err err = wsync_units_read(path, language, arena, units, error);
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

const char *const WSYNC_UNIT_CHANGE_WORDS[WSYNC_UNIT_CHANGE_BITS][2] = {
    {"mới", "new"},
    {"đổi tên", "renamed"},
    {"đổi mã", "code"},
    {"chuyển đơn vị cấp trên", "moved"},
    {"đổi cấp", "level"},
    {"kết thúc", "ended"},
    {"kéo dài", "prolonged"},
    {"đổi ngày bắt đầu", "begins"},
    {"bị từ chối", "refused"},
};

static unsigned what_changes(const struct wsync_unit *held, const struct wsync_unit_row *row)
{
    unsigned what = 0;
    if (!wsync_slice_equal(held->name, row->name)) {
        what |= WSYNC_UNIT_RENAMED;
    }
    if (!wsync_slice_equal(held->code, row->code)) {
        what |= WSYNC_UNIT_CODE_CHANGED;
    }
    if (held->parent != row->parent) {
        what |= WSYNC_UNIT_MOVED;
    }
    if (held->level != row->level) {
        what |= WSYNC_UNIT_LEVEL_CHANGED;
    }
    if (held->from_day != row->valid_from) {
        what |= WSYNC_UNIT_BEGINS;
    }
    if (held->to_day != row->valid_to) {
        bool sooner = row->valid_to != WSYNC_NO_DAY &&
                      (held->to_day == WSYNC_NO_DAY || row->valid_to < held->to_day);
        what |= sooner ? WSYNC_UNIT_ENDED : WSYNC_UNIT_PROLONGED;
    }
    bool same_days = what != 0 && held->from_day == row->valid_from;
    return same_days ? what | WSYNC_UNIT_REFUSED : what;
}

enum wsync_err wsync_office_unit_change(struct wsync_site *site,
                                        const struct wsync_unit_row *row,
                                        struct wsync_unit *held, unsigned *what)
{
    enum wsync_err err = wsync_unit_on(site->txn, row->id, row->valid_from, &site->arena, held);
    *what = err == WSYNC_OK ? what_changes(held, row) : WSYNC_UNIT_IS_NEW;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void wsync_office_unit_refused(const struct wsync_unit_row *row, enum wsync_language language,
                               struct wsync_error *sentence)
{
    struct wsync_error english;
    char room[WSYNC_WORDS_BYTES];
    wsync_error_set(&english, WSYNC_ERR_INVALID,
                    "Unit %u differs from what was published for the same days; give the "
                    "change a valid_from of its own.",
                    row->id);
    wsync_error_set(sentence, WSYNC_ERR_INVALID, "%s",
                    wsync_words(language, english.text, room));
}

static enum wsync_err put_unit(struct wsync_site *site, uint32_t actor,
                               const struct wsync_unit_row *row,
                               struct wsync_office_counts *counts, struct wsync_error *error)
{
    struct wsync_unit held;
    unsigned what;
    struct wsync_write writes[UNIT_FIELDS];
    struct wsync_dot written;
    enum wsync_err err = wsync_office_unit_change(site, row, &held, &what);
    if (err == WSYNC_OK && what == 0) {
        counts->unchanged++;
    }
    if (err != WSYNC_OK || what == 0) {
        return err;
    }
    if (what & WSYNC_UNIT_REFUSED) {
        wsync_office_unit_refused(row, WSYNC_EN, error);
        return WSYNC_ERR_INVALID;
    }
    const struct wsync_intent intent = {.form = WSYNC_FORM_UNIT,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = unit_writes(row, writes)};
    const struct wsync_site_change change = {site->conf.scope, actor, &intent, 1};
    counts->added++;
    return wsync_site_write(site, &change, &written, error);
}

enum wsync_err wsync_office_put_units(struct wsync_site *site, uint32_t actor,
                                      const struct wsync_units *units,
                                      struct wsync_office_counts *counts,
                                      struct wsync_error *error)
{
    for (size_t i = 0; i < units->count; i++) {
        size_t mark = wsync_arena_mark(&site->arena);
        enum wsync_err err = put_unit(site, actor, &units->units[i], counts, error);
        wsync_arena_release(&site->arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* Writes a form version that was judged. */
static enum wsync_err put_form(struct wsync_site *site, uint32_t actor,
                               const struct wsync_form *form, struct wsync_error *error)
{
    struct wsync_slice definition;
    struct wsync_dot written;
    enum wsync_err err = wsync_form_encode(form, &site->arena, &definition, error);
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
    const struct wsync_site_change change = {site->conf.scope, actor, &intent, 1};
    return wsync_site_write(site, &change, &written, error);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static enum wsync_err visit_folder(const struct wsync_form_source *source, const char *folder,
                                   wsync_office_visit *visit, void *context,
                                   struct wsync_error *error)
{
    struct wsync_xlsform_folder paths;
    struct wsync_xlsform_files files;
    enum wsync_err err = wsync_xlsform_find(folder, &paths, &files, error);
    files.language = source->files.language;
    if (err == WSYNC_OK) {
        err = visit(context, &files, error);
    }
    return err == WSYNC_OK ? WSYNC_OK : name_place(err, folder, error);
}

enum wsync_err wsync_office_each(const struct wsync_form_source *source,
                                 wsync_office_visit *visit, void *context,
                                 struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct dirent **entries;
    const char *folder = source->folder;
    if (!folder) {
        return visit(context, &source->files, error);
    }
    if (access(wsync_site_file(folder, "settings.csv", path), F_OK) == 0) {
        return visit_folder(source, folder, visit, context, error);
    }
    int count = scandir(folder, &entries, not_hidden, alphasort);
    if (count < 0) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND, "There is no folder %s.", folder);
    }
    enum wsync_err err = WSYNC_OK;
    for (int i = 0; i < count; i++) {
        if (err == WSYNC_OK) {
            err = visit_folder(source, wsync_site_file(folder, entries[i]->d_name, path), visit,
                               context, error);
        }
        free(entries[i]);
    }
    free(entries);
    return err;
}

struct publishing {
    struct wsync_site *site;
    const struct wsync_office_order *order;
    struct wsync_office_counts *counts;
};

static enum wsync_err publish(struct publishing *publishing,
                              const struct wsync_form_preview *preview,
                              struct wsync_error *error)
{
    const struct wsync_office_order *order = publishing->order;
    if (order->seen) {
        order->seen(order->context, preview);
    }
    if (preview->verdict == WSYNC_FORM_HERE) {
        publishing->counts->unchanged++;
        return WSYNC_OK;
    }
    if (preview->verdict == WSYNC_FORM_REFUSED && order->check) {
        publishing->counts->refused++;
        return WSYNC_OK;
    }
    if (preview->verdict == WSYNC_FORM_REFUSED) {
        wsync_form_finding_text(&preview->findings.items[0], order->source->files.language,
                                error);
        return WSYNC_ERR_VALUE;
    }
    publishing->counts->added++;
    return put_form(publishing->site, order->actor, &preview->read.form, error);
}

static enum wsync_err publish_one(void *context, const struct wsync_xlsform_files *files,
                                  struct wsync_error *error)
{
    struct publishing *publishing = context;
    struct wsync_arena *arena = publishing->order->arena;
    size_t mark = wsync_arena_mark(arena);
    struct wsync_form_preview *preview = wsync_arena_get(arena, sizeof *preview);
    enum wsync_err err =
        preview ? wsync_form_preview_read(publishing->site, *files, arena, preview, error)
                : wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                                  wsync_err_text(WSYNC_ERR_MEMORY, files->language));
    if (err == WSYNC_OK) {
        err = publish(publishing, preview, error);
    }
    wsync_arena_release(arena, mark);
    return err;
}

enum wsync_err wsync_office_publish(struct wsync_site *site,
                                    const struct wsync_office_order *order,
                                    struct wsync_office_counts *counts,
                                    struct wsync_error *error)
{
    struct publishing publishing = {site, order, counts};
    return wsync_office_each(order->source, publish_one, &publishing, error);
}
