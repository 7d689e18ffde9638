/* SPDX-License-Identifier: Apache-2.0 */
/* office.h: the district's definitions: units and forms from files into its log. */
#ifndef WARDSYNC_HOST_OFFICE_H
#define WARDSYNC_HOST_OFFICE_H

#include "host/form_preview.h"
#include "host/units_csv.h"

/* What a run did, or would do. */
struct wsync_office_counts {
    size_t added, unchanged, refused;
};

/* ---- units ---- */

/* Reads a table of units into the arena; a file with findings is refused with the first of
 * them. Each sentence names the file and is in the language. */
WSYNC_MUST_USE enum wsync_err wsync_office_read_units(const char *path,
                                                      enum wsync_language language,
                                                      struct wsync_arena *arena,
                                                      struct wsync_units *units,
                                                      struct wsync_error *error);

/* What a row of such a table changes, as bits; 0 in one that is there as it is. */
enum {
    WSYNC_UNIT_IS_NEW = 1, /* and nothing else */
    WSYNC_UNIT_RENAMED = 2,
    WSYNC_UNIT_CODE_CHANGED = 4,
    WSYNC_UNIT_MOVED = 8, /* to another parent */
    WSYNC_UNIT_LEVEL_CHANGED = 16,
    WSYNC_UNIT_ENDED = 32,     /* by a last day that it had not, or an earlier one */
    WSYNC_UNIT_PROLONGED = 64, /* its last day is later, or none */
    WSYNC_UNIT_BEGINS = 128,   /* what is said of it holds from another day on */
    WSYNC_UNIT_REFUSED = 256,  /* beside what it would change */
    WSYNC_UNIT_CHANGE_BITS = 9,
};
/* The words of each bit, by its place, by enum wsync_language; stable for programs. */
extern const char *const WSYNC_UNIT_CHANGE_WORDS[WSYNC_UNIT_CHANGE_BITS][2];

/* The bits of a row within the open transaction; `held` is what the unit is on the first day of
 * the row, in the site's arena, when it is not new.  Refused is what would say something else
 * of the same days: wsync_office_unit_refused says so. */
WSYNC_MUST_USE enum wsync_err wsync_office_unit_change(struct wsync_site *site,
                                                       const struct wsync_unit_row *row,
                                                       struct wsync_unit *held, unsigned *what);
void wsync_office_unit_refused(const struct wsync_unit_row *row, enum wsync_language language,
                               struct wsync_error *sentence);

/* Writes units that are not here yet as records, and changes those whose row differs, in the
 * open transaction.  An id is never taken away: successors are new units.  INVALID with a
 * sentence when a row is refused. */
WSYNC_MUST_USE enum wsync_err wsync_office_put_units(struct wsync_site *site, uint32_t actor,
                                                     const struct wsync_units *units,
                                                     struct wsync_office_counts *counts,
                                                     struct wsync_error *error);

/* ---- forms ---- */

/* Forms to be published: those of a folder, or one by its sheets. */
struct wsync_form_source {
    const char *folder; /* each folder under it, or itself when it holds a settings.csv */
    struct wsync_xlsform_files files; /* used when `folder` is NULL, but for the language */
};

/* Calls `visit` with the sheets of each form, in the order of the folders' names. */
typedef enum wsync_err wsync_office_visit(void *context,
                                          const struct wsync_xlsform_files *files,
                                          struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_office_each(const struct wsync_form_source *source,
                                                wsync_office_visit *visit, void *context,
                                                struct wsync_error *error);

struct wsync_office_order {
    const struct wsync_form_source *source;
    struct wsync_arena *arena; /* not the site's */
    uint32_t actor;            /* staff number; 0: nobody named */
    bool check;                /* a form that is refused is counted, and the others go on */
    void *context;
    void (*seen)(void *context, const struct wsync_form_preview *preview); /* NULL: nobody */
};

/* Publishes the forms in the open transaction.  VALUE with a sentence when one is refused. */
WSYNC_MUST_USE enum wsync_err wsync_office_publish(struct wsync_site *site,
                                                   const struct wsync_office_order *order,
                                                   struct wsync_office_counts *counts,
                                                   struct wsync_error *error);

#endif
