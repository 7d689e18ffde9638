/* SPDX-License-Identifier: Apache-2.0 */
/* choices.csv: the lists that questions choose from. */
#include "host/xlsform_parts.h"

enum { LIST, NAME, NUMBER, LABEL_VI, LABEL_EN, COLUMNS };

static const struct wsync_sheet_column CHOICE_COLUMNS[COLUMNS] = {
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
    return wsync_sheet_refuse(sheet, column, error,
                              "\"%.*s\" stands in row %llu of the list already",
                              (int)sheet->cells[column].len,
                              (const char *)sheet->cells[column].data,
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

static enum wsync_err read_entry(const struct wsync_sheet *sheet, struct wsync_lists *lists,
                                 struct wsync_error *error)
{
    if (lists->count == WSYNC_FORM_CHOICES_MAX) {
        return wsync_sheet_refuse(sheet, LIST, error, "a form has at most 256 choices");
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
    if (err == WSYNC_OK) {
        err = check_new(sheet, lists, entry, error);
    }
    lists->count += err == WSYNC_OK;
    return err;
}

enum wsync_err wsync_lists_read(const char *folder, struct wsync_arena *arena,
                                struct wsync_lists *lists, struct wsync_error *error)
{
    *lists = (struct wsync_lists){
        .entries = wsync_arena_array(arena, WSYNC_FORM_CHOICES_MAX, sizeof *lists->entries)};
    if (!lists->entries) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    __attribute__((cleanup(wsync_sheet_close))) struct wsync_sheet sheet = {
        .name = "choices.csv", .columns = CHOICE_COLUMNS, .column_count = COLUMNS,
        .arena = arena};
    struct wsync_error cause;
    enum wsync_err err = wsync_sheet_open(&sheet, folder, &cause);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK;
    }
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", cause.text);
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

enum wsync_err wsync_lists_check_used(const struct wsync_lists *lists,
                                      struct wsync_error *error)
{
    const struct wsync_sheet sheet = {.name = "choices.csv", .columns = CHOICE_COLUMNS};
    for (size_t i = 0; i < lists->count; i++) {
        if (!lists->entries[i].used) {
            struct wsync_sheet here = sheet;
            here.line = lists->entries[i].line;
            return wsync_sheet_refuse(&here, LIST, error, "no question uses the list %.*s",
                                      (int)lists->entries[i].list.len,
                                      (const char *)lists->entries[i].list.data);
        }
    }
    return WSYNC_OK;
}
