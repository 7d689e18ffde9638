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

#include "wardsync/form.h"

/* Compiles the folder into a legal form in the arena.  VALUE with a sentence that names sheet,
 * row and column ("survey.csv row 7, column type: ..."), NOT_FOUND when a sheet is missing,
 * STORE_IO, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsform_compile(const char *folder,
                                                    struct wsync_arena *arena,
                                                    struct wsync_form *form,
                                                    struct wsync_error *error);

#endif
