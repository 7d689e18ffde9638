/* SPDX-License-Identifier: Apache-2.0 */
/* xlsform_parts.h: the sheets behind xlsform.h.  Internal to host/xlsform*.c. */
#ifndef WARDSYNC_HOST_XLSFORM_PARTS_H
#define WARDSYNC_HOST_XLSFORM_PARTS_H

#include "host/xlsform.h"

enum { WSYNC_SHEET_COLUMNS_MAX = 16 };

struct wsync_sheet_column {
    const char *name;
    bool optional;
};

/* One open sheet, with the cells of its present row in the order of `columns`: trimmed, NFC, in
 * the arena, empty where the sheet has no such column. */
struct wsync_sheet {
    const char *name, *path;
    const struct wsync_xlsform_files *files;
    const struct wsync_sheet_column *columns;
    size_t column_count;
    struct wsync_arena *arena;
    struct wsync_csv *csv;
    size_t places[WSYNC_SHEET_COLUMNS_MAX]; /* in the file, SIZE_MAX: not there */
    uint64_t line;
    struct wsync_slice cells[WSYNC_SHEET_COLUMNS_MAX];
};

/* Opens sheet->path (all down to the arena is set) and refuses columns it does not know.  Close
 * with wsync_sheet_close, also after an error. */
WSYNC_MUST_USE enum wsync_err wsync_sheet_open(struct wsync_sheet *sheet,
                                               struct wsync_error *error);
void wsync_sheet_close(struct wsync_sheet *sheet);

/* The next row that is not empty; NOT_FOUND, without a sentence, at the end. */
WSYNC_MUST_USE enum wsync_err wsync_sheet_next(struct wsync_sheet *sheet,
                                               struct wsync_error *error);

/* Answers VALUE with `<sheet> row <line>, column <column>: <sentence made by printf>.`, in the
 * language of the reader (WSYNC_SHEET_SAY).  Where findings are kept the
 * place and the sentence go there instead, and the answer is OK: the reading goes on, as if the
 * cell were empty. */
enum wsync_err wsync_sheet_refuse(const struct wsync_sheet *sheet, size_t column,
                                  struct wsync_error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#define WSYNC_SHEET_SAY(sheet, vi, en) ((sheet)->files->language == WSYNC_VI ? vi : en)

/* The same of a row ("Row 5: ..."), or (line 0) of the sheet. */
enum wsync_err wsync_sheet_refuse_row(const struct wsync_sheet *sheet, uint64_t line,
                                      struct wsync_error *error, const char *sentence);

/* Reads one cell: a plain number from 1 to `max`, a name, a text that must be there.  A refused
 * one leaves what it would fill as it is. */
WSYNC_MUST_USE enum wsync_err wsync_sheet_number(const struct wsync_sheet *sheet, size_t column,
                                                 uint32_t max, uint32_t *number,
                                                 struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_sheet_name(const struct wsync_sheet *sheet, size_t column,
                                               struct wsync_slice *name,
                                               struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_sheet_line(const struct wsync_sheet *sheet, size_t column,
                                               bool optional, struct wsync_slice *text,
                                               struct wsync_error *error);

/* The columns of the sheets, in the order in which they are written. */
enum { WSYNC_SETTINGS_COLUMNS = 7, WSYNC_SURVEY_COLUMNS = 14, WSYNC_CHOICES_COLUMNS = 5 };
extern const struct wsync_sheet_column WSYNC_SETTINGS_SHEET[WSYNC_SETTINGS_COLUMNS];
extern const struct wsync_sheet_column WSYNC_SURVEY_SHEET[WSYNC_SURVEY_COLUMNS];
extern const struct wsync_sheet_column WSYNC_CHOICES_SHEET[WSYNC_CHOICES_COLUMNS];

/* The word of a type in the survey. */
const char *wsync_survey_type_word(const struct wsync_field *field);

/* The choices of all lists, as choices.csv has them. */
struct wsync_list_entry {
    struct wsync_slice list;
    struct wsync_choice choice;
    uint64_t line;
    bool used;
};
struct wsync_lists {
    struct wsync_list_entry *entries; /* WSYNC_FORM_CHOICES_MAX of them */
    size_t count;
};

/* Reads the choices; no such file is no lists. */
WSYNC_MUST_USE enum wsync_err wsync_lists_read(const struct wsync_xlsform_files *files,
                                               struct wsync_arena *arena,
                                               struct wsync_lists *lists,
                                               struct wsync_error *error);

/* The choices of one list into the field, ascending, and marks them used.  NOT_FOUND when there
 * is no such list. */
WSYNC_MUST_USE enum wsync_err wsync_lists_take(struct wsync_lists *lists,
                                               struct wsync_slice list,
                                               struct wsync_arena *arena,
                                               struct wsync_field *field);

/* VALUE with a sentence when no field uses one of the lists. */
WSYNC_MUST_USE enum wsync_err wsync_lists_check_used(const struct wsync_xlsform_files *files,
                                                     const struct wsync_lists *lists,
                                                     struct wsync_error *error);

/* Reads the survey into read->form.fields and read->lines. */
WSYNC_MUST_USE enum wsync_err wsync_survey_read(const struct wsync_xlsform_files *files,
                                                struct wsync_arena *arena,
                                                struct wsync_lists *lists,
                                                struct wsync_xlsform *read,
                                                struct wsync_error *error);

#endif
