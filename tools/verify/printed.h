/* SPDX-License-Identifier: Apache-2.0 */
/* printed.h: totals as `district totals` and `ward totals` print them, read back: JSON lines,
 * or the table for people.  A row is a list of named cells in the order of printing. */
#ifndef WARDSYNC_VERIFY_PRINTED_H
#define WARDSYNC_VERIFY_PRINTED_H

#include <stdio.h>

#include "tools/verify/audit.h"
#include "wardsync/totals.h"

enum {
    PRINTED_NAME_BYTES = 2 * WSYNC_NAME_BYTES_MAX + 2,
    PRINTED_VALUE_BYTES = 256,
    PRINTED_CELLS_MAX = WSYNC_CELL_MEASURES_MAX + 8,
};

struct printed_cell {
    char name[PRINTED_NAME_BYTES];
    char value[PRINTED_VALUE_BYTES];
};

struct printed_row {
    struct printed_cell cells[PRINTED_CELLS_MAX];
    size_t count;
};

/* The table's first cell is period and unit in one, as nobody can tell where one ends. */
#define PRINTED_PLACE "period and unit"
#define PRINTED_CONFLICT "in conflict"

struct printed {
    FILE *file;
    bool json;
    bool bad;                /* the line read last holds what no totals do */
    uint64_t line;           /* of the row read last */
    struct printed_row head; /* of a table: its names, values empty */
};

/* Opens the file and sees what it is.  False with the fault filled in. */
WSYNC_MUST_USE bool printed_open(struct printed *printed, const char *path,
                                 struct audit_fault *fault);
void printed_close(struct printed *printed);

/* Reads the next row; `*end` at the end of the file. */
WSYNC_MUST_USE bool printed_next(struct printed *printed, struct printed_row *row, bool *end,
                                 struct audit_fault *fault);

/* Adds a cell; a text that is too long is cut. */
void printed_add(struct printed_row *row, const char *name, const char *value);

#endif
