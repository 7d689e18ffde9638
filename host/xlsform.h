/* SPDX-License-Identifier: Apache-2.0 */
/* xlsform.h: compiles a form written as a table, in a strict part of XLSForm, from CSV files.
 *
 * A form is a folder of settings.csv (one row), survey.csv (one row for each field) and, when
 * there are choices, choices.csv.  `LANGUAGE` stands for "Tiếng Việt (vi)" and "English (en)".
 *
 *   settings  form_id, form_number, version, form_title::LANGUAGE, [date_field], [unit_field]
 *   survey    type, name, number, label::LANGUAGE, [hint::LANGUAGE], [required], [minimum],
 *             [maximum], [digits], [aggregate], [personal], [parameters]
 *   choices   list_name, name, number, label::LANGUAGE
 *
 * Columns in brackets may be missing.  Types: text integer decimal date time dateTime geopoint
 * boolean unit image file, "select_one LIST", "select_multiple LIST".  An image is a picture, a
 * file a picture or a PDF; their parameters are "max-pixels=N", a wish for the longer side, and
 * "max-bytes=N", which is enforced; both may stand there, with a blank between.  required and
 * personal are yes or no, aggregate is none, sum or count; empty means no and none.  `number`
 * is the field's or choice's number for ever; a form shows its fields in the order of their
 * numbers.  Anything else that XLSForm knows is refused, never ignored. */
#ifndef WARDSYNC_HOST_XLSFORM_H
#define WARDSYNC_HOST_XLSFORM_H

#include "host/csv.h"
#include "wardsync/form.h"

enum { WSYNC_FORM_FINDINGS_MAX = 32, WSYNC_FORM_PLACE_BYTES = 48 };

/* One thing that is wrong, and the cell where it stands: what a person has to change. */
struct wsync_form_finding {
    char sheet[WSYNC_FORM_PLACE_BYTES];  /* "survey.csv"; empty: the form as a whole */
    char column[WSYNC_FORM_PLACE_BYTES]; /* empty: the row as a whole */
    uint64_t line;                       /* 0: the sheet as a whole */
    struct wsync_error what;             /* one sentence, without the place */
};
struct wsync_form_findings {
    struct wsync_form_finding items[WSYNC_FORM_FINDINGS_MAX];
    size_t count; /* may exceed WSYNC_FORM_FINDINGS_MAX, of which sentences are kept */
};

/* The sheets of one form as files, and whoever wants to know everything that is wrong. */
struct wsync_xlsform_files {
    const char *settings, *survey;
    const char *choices;                  /* NULL: there are none */
    enum wsync_language language;         /* of the sentences */
    struct wsync_form_findings *findings; /* NULL: the first one ends the reading */
};

/* The form, and the row of survey.csv in which each of its fields stands. */
struct wsync_xlsform {
    struct wsync_form form;
    const uint64_t *lines;  /* beside form.fields */
    uint64_t settings_line; /* and the row of the settings */
};

/* Adds a sentence (printf) about a cell, a row, a sheet or (NULL) the form. */
struct wsync_form_place {
    const char *sheet;
    uint64_t line;      /* 0: the sheet as a whole */
    const char *column; /* NULL: the row as a whole */
};
void wsync_form_found(struct wsync_form_findings *findings,
                      const struct wsync_form_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Compiles the sheets into the arena.  With `findings`, which begin empty, OK also when there
 * are some: the form is legal only without.  Otherwise as wsync_xlsform_compile. */
WSYNC_MUST_USE enum wsync_err wsync_xlsform_read(const struct wsync_xlsform_files *files,
                                                 struct wsync_arena *arena,
                                                 struct wsync_xlsform *read,
                                                 struct wsync_error *error);

/* The sheets of a folder; `files->choices` is NULL where there is no choices.csv.  INVALID when
 * a path is too long. */
enum { WSYNC_XLSFORM_PATH_BYTES = 4096 };
struct wsync_xlsform_folder {
    char settings[WSYNC_XLSFORM_PATH_BYTES], survey[WSYNC_XLSFORM_PATH_BYTES];
    char choices[WSYNC_XLSFORM_PATH_BYTES];
};
WSYNC_MUST_USE enum wsync_err wsync_xlsform_find(const char *folder,
                                                 struct wsync_xlsform_folder *paths,
                                                 struct wsync_xlsform_files *files,
                                                 struct wsync_error *error);

/* Writes one sheet of a form as CSV, so that somebody changes it and publishes the next
 * version; compiled again the three are the same form.  VALUE for a name that is no sheet's,
 * NOT_FOUND for the choices of a form without any; as wsync_csv_writer_fini. */
WSYNC_MUST_USE enum wsync_err wsync_xlsform_write(const struct wsync_form *form,
                                                  const char *sheet, FILE *out,
                                                  enum wsync_csv_mode mode,
                                                  struct wsync_error *error);

/* Compiles the folder into a legal form in the arena.  VALUE with a sentence that names sheet,
 * row and column ("survey.csv row 7, column type: ..."), NOT_FOUND when a sheet is missing,
 * STORE_IO, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsform_compile(const char *folder,
                                                    struct wsync_arena *arena,
                                                    struct wsync_form *form,
                                                    struct wsync_error *error);

#endif
