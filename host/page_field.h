/* SPDX-License-Identifier: Apache-2.0 */
/* page_field.h: a field of a form as it is filled in: its label, its control, what may stand
 * there, what is wrong.  The ward's desk asks by it, and the district shows by it how a form
 * will look there. */
#ifndef WARDSYNC_HOST_PAGE_FIELD_H
#define WARDSYNC_HOST_PAGE_FIELD_H

#include "host/page_record.h"

/* Is it typed?  Files are chosen. */
bool wsync_page_field_is_typed(const struct wsync_field *field);

/* A value as the control of its field shows it, and as it is read back; NULL when the arena has
 * no room. */
const char *wsync_page_field_text(struct wsync_arena *arena, const struct wsync_field *field,
                                  const struct wsync_value *value);

/* Writes what may stand in it: "số nguyên, từ 0 đến 5.000". */
void wsync_page_allowed(const struct wsync_page_record *page, const struct wsync_field *field);

enum wsync_page_field_fault {
    WSYNC_PAGE_FIELD_WELL,
    WSYNC_PAGE_FIELD_BLANK,
    WSYNC_PAGE_FIELD_VALUE,
};

/* One that is typed; the control is called by the field's name: "f-participants". */
struct wsync_page_field {
    const struct wsync_field *field;
    const char *text; /* as typed, "" for nothing; choices by name, separated by blanks */
    const char *last; /* what the record before held, or what this one holds now; "" */
    bool is_now;      /* the latter */
    const char *held; /* what the control of a record showed before; "" */
    enum wsync_page_field_fault fault;
    bool focus;      /* the first one with a fault */
    bool shown_only; /* nobody fills it in: units to choose from are not read */
};

/* Writes label, control, hint, what is allowed, and what is wrong. */
void wsync_page_field_write(const struct wsync_page_record *page,
                            const struct wsync_page_field *item);

/* Writes what is wrong with it, with what was typed and what is allowed. */
void wsync_page_field_fault(const struct wsync_page_record *page,
                            const struct wsync_page_field *item);

/* Writes the same for a photo or file: "f-photo" is the one that is chosen.  `now` is what the
 * record with this short id holds, which "x-photo" wishes to be gone; NULL: nothing. */
void wsync_page_field_file(const struct wsync_page_record *page,
                           const struct wsync_field *field, const struct wsync_value *now,
                           const char *record);

#endif
