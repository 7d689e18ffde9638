/* SPDX-License-Identifier: Apache-2.0 */
/* heavy.h: a clerk with a valid key who makes his record as heavy as it may be, and then has
 * the district rewrite it as often as a frame can say so. */
#ifndef WARDSYNC_TESTS_HEAVY_H
#define WARDSYNC_TESTS_HEAVY_H

#include "tests/forge.h"

enum {
    HEAVY_VALUES = 230, /* live values of one field, a conflict of its own author */
    HEAVY_VALUE_BYTES = 500,
    HEAVY_GROW_CHANGES = 1 + (HEAVY_VALUES + 14) / 15, /* of the record, then of fifteen each */
    HEAVY_SET_CHANGES = 8,
};

/* Writes `records` of them, HEAVY_GROW_CHANGES changes each; operation 0 of the first of these
 * made it. */
void heavy_grow(struct forge *forge, uint64_t records);

/* Appends a change of so many operations, each of which sets the count of a record and names
 * the value before: those of changes 1, 1 + HEAVY_GROW_CHANGES and so on, in turn. */
void heavy_rewrite(struct forge *forge, uint64_t records, size_t operations);

#endif
