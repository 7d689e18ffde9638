/* SPDX-License-Identifier: Apache-2.0 */
/* Which sheets a workbook has, and where the parts of it are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xlsx_parts.h"
#include "wardsync/utf8.h"

/* A workbook being looked through. */
struct looking {
    struct wsync_xlsx_package *package;
    struct wsync_xlsx_book *book;
    char folder[WSYNC_XLSX_PATH_BYTES], main[WSYNC_XLSX_PATH_BYTES];
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* A target stands beside its owner, or, with a slash in front, from the top. */
static void resolve(const char *folder, const char *target, char path[WSYNC_XLSX_PATH_BYTES])
{
    bool top = target[0] == '/';
    snprintf(path, WSYNC_XLSX_PATH_BYTES, "%s%s", top ? "" : folder, top ? target + 1 : target);
}

static void on_top(void *context, const char *name, const char **attributes)
{
    struct looking *looking = context;
    const char *type = wsync_xlsx_attribute(attributes, "Type");
    const char *target = wsync_xlsx_attribute(attributes, "Target");
    if (strcmp(name, "Relationship") == 0 && type && target &&
        ends_with(type, "/officeDocument")) {
        resolve("", target, looking->main);
    }
}

/* As much of a name as is kept: whole characters, in one line. */
static void copy_name(char name[WSYNC_XLSX_NAME_BYTES], const char *title)
{
    struct wsync_slice text = wsync_slice_of(title);
    uint32_t point;
    size_t len = 0, step;
    for (size_t at = 0; (step = wsync_utf8_step(text, at, &point)) > 0; at += step) {
        bool is_control = point < ' ' || (point >= 0x7F && point < 0xA0);
        size_t put = is_control ? 1 : step;
        if (len + put >= WSYNC_XLSX_NAME_BYTES) {
            break;
        }
        memcpy(name + len, is_control ? " " : title + at, put);
        len += put;
    }
    name[len] = '\0';
}

static void on_workbook(void *context, const char *name, const char **attributes)
{
    struct looking *looking = context;
    struct wsync_xlsx_book *book = looking->book;
    if (strcmp(name, "workbookPr") == 0) {
        const char *from = wsync_xlsx_attribute(attributes, "date1904");
        book->from_1904 = from && (strcmp(from, "1") == 0 || strcmp(from, "true") == 0);
    }
    const char *title = wsync_xlsx_attribute(attributes, "name");
    const char *state = wsync_xlsx_attribute(attributes, "state");
    const char *id = NULL;
    for (size_t i = 0; attributes[i]; i += 2) { /* r:id, not sheetId */
        id = ends_with(attributes[i], ":id") ? attributes[i + 1] : id;
    }
    if (strcmp(name, "sheet") != 0 || !id) {
        return;
    }
    if (book->sheet_count == WSYNC_XLSX_READ_SHEETS_MAX) {
        struct wsync_error why;
        wsync_error_set(&why, WSYNC_ERR_VALUE, "The workbook has more than %d sheets.",
                        WSYNC_XLSX_READ_SHEETS_MAX);
        wsync_xlsx_stop(looking->package, WSYNC_ERR_VALUE, &why);
        return;
    }
    struct wsync_xlsx_entry *entry = &book->sheets[book->sheet_count++];
    copy_name(entry->name, title ? title : "");
    snprintf(entry->id, sizeof entry->id, "%s", id);
    entry->hidden = state && strcmp(state, "visible") != 0;
}

static void on_relation(void *context, const char *name, const char **attributes)
{
    struct looking *looking = context;
    struct wsync_xlsx_book *book = looking->book;
    const char *id = wsync_xlsx_attribute(attributes, "Id");
    const char *type = wsync_xlsx_attribute(attributes, "Type");
    const char *target = wsync_xlsx_attribute(attributes, "Target");
    if (strcmp(name, "Relationship") != 0 || !id || !type || !target) {
        return;
    }
    if (ends_with(type, "/sharedStrings")) {
        resolve(looking->folder, target, book->strings);
    } else if (ends_with(type, "/styles")) {
        resolve(looking->folder, target, book->styles);
    }
    for (size_t i = 0; ends_with(type, "/worksheet") && i < book->sheet_count; i++) {
        if (strcmp(id, book->sheets[i].id) == 0) {
            resolve(looking->folder, target, book->sheets[i].path);
        }
    }
}

static enum wsync_err read_part(struct looking *looking, const char *path,
                                void (*begin)(void *context, const char *name,
                                              const char **attributes),
                                struct wsync_error *error)
{
    const struct wsync_xlsx_member member = {
        .package = looking->package, .begin = begin, .context = looking};
    return wsync_xlsx_member(path, &member, error);
}

static enum wsync_err must_be(enum wsync_err err, struct wsync_error *error)
{
    return err == WSYNC_ERR_NOT_FOUND
               ? wsync_error_set(error, WSYNC_ERR_VALUE,
                                 "This is a package, but not one of a workbook; save the table "
                                 "as .xlsx or as CSV.")
               : err;
}

enum wsync_err wsync_xlsx_book_read(struct wsync_xlsx_package *package,
                                    struct wsync_xlsx_book *book, struct wsync_error *error)
{
    struct looking looking = {package, book, "", "xl/workbook.xml"};
    char relations[2 * WSYNC_XLSX_PATH_BYTES + 16];
    enum wsync_err err = read_part(&looking, "_rels/.rels", on_top, error);
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = must_be(read_part(&looking, looking.main, on_workbook, error), error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    const char *slash = strrchr(looking.main, '/');
    int len = slash ? (int)(slash - looking.main) + 1 : 0;
    snprintf(looking.folder, sizeof looking.folder, "%.*s", len, looking.main);
    snprintf(relations, sizeof relations, "%s_rels/%s.rels", looking.folder,
             looking.main + len);
    return must_be(read_part(&looking, relations, on_relation, error), error);
}

/* ---- which one ---- */

static bool is_wanted(const struct wsync_xlsx_wanted *wanted,
                      const struct wsync_xlsx_entry *entry, size_t number)
{
    return wanted->name.data     ? wsync_slice_equal(wanted->name, wsync_slice_of(entry->name))
           : wanted->number > 0 ? number == wanted->number
                                 : !entry->hidden && entry->path[0];
}

static bool is_seen(const struct wsync_xlsx_book *book)
{
    bool seen = false;
    for (size_t i = 0; i < book->sheet_count; i++) {
        seen = seen || !book->sheets[i].hidden;
    }
    return seen;
}

static enum wsync_err say_missing(const struct wsync_xlsx_book *book,
                                  const struct wsync_xlsx_wanted *wanted,
                                  struct wsync_error *error)
{
    if (wanted->name.data) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The workbook has no sheet \"%.*s\".", (int)wanted->name.len,
                               (const char *)wanted->name.data);
    }
    if (wanted->number > 0) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The workbook has %llu sheets; there is no sheet %llu.",
                               (unsigned long long)book->sheet_count,
                               (unsigned long long)wanted->number);
    }
    return is_seen(book) ? wsync_xlsx_no_table(error)
                         : wsync_error_set(error, WSYNC_ERR_VALUE,
                                           "The workbook has no sheet that can be seen.");
}

enum wsync_err wsync_xlsx_no_table(struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_VALUE,
                           "The sheet is no table: a chart, or it is damaged.");
}

enum wsync_err wsync_xlsx_choose(const struct wsync_xlsx_book *book,
                                 const struct wsync_xlsx_wanted *wanted,
                                 const struct wsync_xlsx_entry **entry,
                                 struct wsync_error *error)
{
    for (size_t i = 0; i < book->sheet_count; i++) {
        if (is_wanted(wanted, &book->sheets[i], i + 1)) {
            *entry = &book->sheets[i];
            return (*entry)->path[0] ? WSYNC_OK : wsync_xlsx_no_table(error);
        }
    }
    return say_missing(book, wanted, error);
}

enum wsync_err wsync_xlsx_sheets(struct wsync_slice bytes,
                                 const struct wsync_xlsx_wanted *wanted,
                                 wsync_xlsx_sheet_taker *take, void *context,
                                 struct wsync_error *error)
{
    struct wsync_xlsx_package *package;
    const struct wsync_xlsx_entry *chosen = NULL;
    struct wsync_xlsx_book *book = calloc(1, sizeof *book);
    if (!book) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    enum wsync_err err = wsync_xlsx_package_open(bytes, &package, error);
    if (err == WSYNC_OK) {
        err = wsync_xlsx_book_read(package, book, error);
        wsync_xlsx_package_close(package);
    }
    bool there = err == WSYNC_OK && wsync_xlsx_choose(book, wanted, &chosen, NULL) == WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < book->sheet_count; i++) {
        const struct wsync_xlsx_entry *entry = &book->sheets[i];
        take(context, &(struct wsync_xlsx_sheet){.name = entry->name,
                                                 .number = i + 1,
                                                 .is_hidden = entry->hidden,
                                                 .is_table = entry->path[0] != '\0',
                                                 .is_wanted = there && entry == chosen});
    }
    free(book);
    return err;
}
