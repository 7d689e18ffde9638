/* SPDX-License-Identifier: Apache-2.0 */
/* units_csv.h: the tree of units as a table: district, wards and residential groups.
 *
 * Columns (all needed, any order): id, level (district, ward, group), code, name, parent (an
 * id), valid_from, valid_to; they are the fields of the built-in form of units and are judged
 * by it.  A file with findings is shown to a person and not used. */
#ifndef WARDSYNC_HOST_UNITS_CSV_H
#define WARDSYNC_HOST_UNITS_CSV_H

#include "wardsync/form.h"

enum { WSYNC_UNITS_MAX = 65536, WSYNC_UNIT_FINDINGS_MAX = 64 };

struct wsync_unit_row {
    uint32_t id;
    uint32_t level; /* the choice's number: 1 district, 2 ward, 3 group */
    struct wsync_slice code, name;
    uint32_t parent;              /* 0: none */
    int32_t valid_from, valid_to; /* inclusive; WSYNC_NO_DAY: open */
    uint64_t line;
};

struct wsync_unit_finding {
    uint64_t line;
    struct wsync_error what; /* "Row 5: ..." */
};

struct wsync_units {
    const struct wsync_unit_row *units; /* in the order of the file, without unreadable rows */
    size_t count;
    const struct wsync_unit_row **by_id; /* ascending by id */
    struct wsync_unit_finding *findings;
    size_t finding_count; /* may exceed WSYNC_UNIT_FINDINGS_MAX, of which sentences are kept */
};

/* Reads the file ("-" is standard input) into the arena; sentences about it as a table of units
 * are in the language.  OK also with findings: a row that
 * cannot be read, an id twice, a parent that is unknown, cyclic or not of a higher level, dates
 * in the wrong order.  NOT_FOUND, STORE_IO, MEMORY, VALUE when it is no table of units,
 * OVERSIZE. */
WSYNC_MUST_USE enum wsync_err wsync_units_read(const char *path, enum wsync_language language,
                                               struct wsync_arena *arena,
                                               struct wsync_units *units,
                                               struct wsync_error *error);

/* The unit with this id, NULL when there is none. */
const struct wsync_unit_row *wsync_units_by_id(const struct wsync_units *units, uint32_t id);

#endif
