/* SPDX-License-Identifier: Apache-2.0 */
/* choices.csv: the lists that questions choose from. */
#include "host/xlsform_parts.h"

enum { LIST, NAME, NUMBER, LABEL_VI, LABEL_EN, COLUMNS };

_Static_assert(COLUMNS == (int)WSYNC_CHOICES_COLUMNS, "the header says how many");

const struct wsync_sheet_column WSYNC_CHOICES_SHEET[WSYNC_CHOICES_COLUMNS] = {
    [LIST] = {"list_name", false},
    [NAME] = {"name", false},
    [NUMBER] = {"number", false},
    [LABEL_VI] = {"label::Tiếng Việt (vi)", false},
    [LABEL_EN] = {"label::English (en)", false},
};

static enum wsync_err refuse_twice(const struct wsync_sheet *sheet, size_t column,
                                   const struct wsync_list_entry *first,
                                   struct wsync_error *error)
{
    return wsync_sheet_refuse(
        sheet, column, error,
        WSYNC_SHEET_SAY(sheet, "\"%.*s\" đã có ở dòng %llu của danh sách",
                        "\"%.*s\" stands in row %llu of the list already"),
        (int)sheet->cells[column].len, (const char *)sheet->cells[column].data,
        (unsigned long long)first->line);
}

static enum wsync_err check_new(const struct wsync_sheet *sheet,
                                const struct wsync_lists *lists,
                                const struct wsync_list_entry *entry, struct wsync_error *error)
{
    for (size_t i = 0; i < lists->count; i++) {
        const struct wsync_list_entry *other = &lists->entries[i];
        if (!wsync_slice_equal(other->list, entry->list)) {
            continue;
        }
        if (wsync_slice_equal(other->choice.name, entry->choice.name)) {
            return refuse_twice(sheet, NAME, other, error);
        }
        if (other->choice.number == entry->choice.number) {
            return refuse_twice(sheet, NUMBER, other, error);
        }
    }
    return WSYNC_OK;
}

/* False: one of these cells was refused, and the reading goes on. */
static bool is_known(const struct wsync_list_entry *entry)
{
    return entry->list.len > 0 && entry->choice.name.len > 0 && entry->choice.number > 0;
}

static enum wsync_err read_entry(const struct wsync_sheet *sheet, struct wsync_lists *lists,
                                 struct wsync_error *error)
{
    if (lists->count == WSYNC_FORM_CHOICES_MAX) {
        return wsync_sheet_refuse(sheet, LIST, error,
                                  WSYNC_SHEET_SAY(sheet,
                                                  "một biểu mẫu có nhiều nhất 256 lựa chọn",
                                                  "a form has at most 256 choices"));
    }
    struct wsync_list_entry *entry = &lists->entries[lists->count];
    *entry = (struct wsync_list_entry){.line = sheet->line};
    enum wsync_err err = wsync_sheet_name(sheet, LIST, &entry->list, error);
    if (err == WSYNC_OK) {
        err = wsync_sheet_name(sheet, NAME, &entry->choice.name, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_number(sheet, NUMBER, WSYNC_FIELD_NUMBER_MAX, &entry->choice.number,
                                 error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, LABEL_VI, false, &entry->choice.label_vi, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_sheet_line(sheet, LABEL_EN, false, &entry->choice.label_en, error);
    }
    if (err == WSYNC_OK && is_known(entry)) {
        err = check_new(sheet, lists, entry, error);
    }
    lists->count += err == WSYNC_OK && is_known(entry);
    return err;
}

enum wsync_err wsync_lists_read(const struct wsync_xlsform_files *files,
                                struct wsync_arena *arena, struct wsync_lists *lists,
                                struct wsync_error *error)
{
    *lists = (struct wsync_lists){
        .entries = wsync_arena_array(arena, WSYNC_FORM_CHOICES_MAX, sizeof *lists->entries)};
    if (!lists->entries) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    if (!files->choices) {
        return WSYNC_OK;
    }
    __attribute__((cleanup(wsync_sheet_close))) struct wsync_sheet sheet = {
        .name = "choices.csv",
        .path = files->choices,
        .files = files,
        .columns = WSYNC_CHOICES_SHEET,
        .column_count = COLUMNS,
        .arena = arena};
    enum wsync_err err = wsync_sheet_open(&sheet, error);
    if (err != WSYNC_OK) {
        return err;
    }
    while (err == WSYNC_OK) {
        err = wsync_sheet_next(&sheet, error);
        if (err == WSYNC_OK) {
            err = read_entry(&sheet, lists, error);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_lists_take(struct wsync_lists *lists, struct wsync_slice list,
                                struct wsync_arena *arena, struct wsync_field *field)
{
    size_t count = 0;
    for (size_t i = 0; i < lists->count; i++) {
        count += wsync_slice_equal(lists->entries[i].list, list);
    }
    struct wsync_choice *choices = wsync_arena_array(arena, count, sizeof *choices);
    if (!choices) {
        return WSYNC_ERR_MEMORY;
    }
    size_t filled = 0;
    for (size_t i = 0; i < lists->count; i++) {
        struct wsync_list_entry *entry = &lists->entries[i];
        if (!wsync_slice_equal(entry->list, list)) {
            continue;
        }
        entry->used = true;
        size_t at = filled++;
        for (; at > 0 && choices[at - 1].number > entry->choice.number; at--) {
            choices[at] = choices[at - 1];
        }
        choices[at] = entry->choice;
    }
    field->choices = choices;
    field->choice_count = count;
    return count > 0 ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
}

enum wsync_err wsync_lists_check_used(const struct wsync_xlsform_files *files,
                                      const struct wsync_lists *lists,
                                      struct wsync_error *error)
{
    struct wsync_sheet here = {
        .name = "choices.csv", .files = files, .columns = WSYNC_CHOICES_SHEET};
    for (size_t i = 0; i < lists->count; i++) {
        const struct wsync_slice list = lists->entries[i].list;
        if (lists->entries[i].used) {
            continue;
        }
        here.line = lists->entries[i].line;
        enum wsync_err err =
            wsync_sheet_refuse(&here, LIST, error,
                               WSYNC_SHEET_SAY(&here, "không câu hỏi nào dùng danh sách %.*s",
                                               "no question uses the list %.*s"),
                               (int)list.len, (const char *)list.data);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}
