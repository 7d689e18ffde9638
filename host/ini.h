/* SPDX-License-Identifier: Apache-2.0 */
/* ini.h: the lines of an .ini file one by one, for files whose keys are not known beforehand.
 *
 * The format is that of inih: [section], key = value (or key : value), comments behind # or ;
 * at the start of a line and behind a blank and ;.  An indented line comes as the key before it
 * once more.  A section's name is cut at 49 bytes, a line longer than 190 bytes is refused. */
#ifndef WARDSYNC_HOST_INI_H
#define WARDSYNC_HOST_INI_H

#include "wardsync/error.h"

struct wsync_ini_line {
    const char *section; /* "" before the first section */
    const char *name, *value;
    int line; /* from 1 */
};

/* Calls `take` for each key of the file; the texts hold during the call.  INVALID with
 * "FILE:LINE: what is wrong" for a line that is none of this and for anything but OK from
 * `take`, whose sentence is put behind file and line; NOT_FOUND, STORE_IO. */
WSYNC_MUST_USE enum wsync_err
wsync_ini_read(const char *path,
               enum wsync_err (*take)(void *context, const struct wsync_ini_line *line,
                                      struct wsync_error *error),
               void *context, struct wsync_error *error);

#endif
