/* SPDX-License-Identifier: Apache-2.0 */
/* workbook.h: workbooks made by hand, legal and not, for the tests of who reads them. */
#ifndef WARDSYNC_TESTS_WORKBOOK_H
#define WARDSYNC_TESTS_WORKBOOK_H

#include <stdbool.h>

#include "wardsync/slice.h"

/* Every text is XML and may be NULL. */
struct workbook {
    const char *rows;  /* of the first sheet, "Một" */
    const char *other; /* of the second, "Hai & ba" */
    const char *sheets; /* in place of these two; r1 and r2 are theirs, r5 is a chart */
    const char *relations; /* further ones */
    const char *strings, *styles, *properties;
    const char *prolog, *strings_prolog; /* of the first sheet, of the shared texts */
    bool hidden;                         /* the first sheet is */
    bool no_workbook;                    /* a package without one */
    int stored_copies, empty_members;    /* the first sheet again, not packed; others */
};

/* Its bytes, to be freed. */
struct wsync_slice workbook_bytes(const struct workbook *book);

#endif
