/* SPDX-License-Identifier: Apache-2.0 */
/* office.h: the district's definitions: units and forms from files into its log. */
#ifndef WARDSYNC_HOST_OFFICE_H
#define WARDSYNC_HOST_OFFICE_H

#include "host/site.h"
#include "host/units_csv.h"

struct wsync_office_counts {
    size_t added, unchanged;
};

/* Reads a table of units into the arena; a file with findings is refused with the first of
 * them. Each sentence names the file. */
WSYNC_MUST_USE enum wsync_err wsync_office_read_units(const char *path,
                                                      struct wsync_arena *arena,
                                                      struct wsync_units *units,
                                                      struct wsync_error *error);

/* Writes units that are not here yet as records, and changes those whose row differs, in the
 * open transaction.  An id is never taken away: successors are new units. */
WSYNC_MUST_USE enum wsync_err wsync_office_put_units(struct wsync_site *site,
                                                     const struct wsync_units *units,
                                                     struct wsync_office_counts *counts,
                                                     struct wsync_error *error);

/* Compiles each folder under `folder` (or `folder` itself when it holds a settings.csv) and
 * calls `visit`, in the order of their names. */
WSYNC_MUST_USE enum wsync_err wsync_office_compile(
    const char *folder, struct wsync_arena *arena,
    enum wsync_err (*visit)(void *context, const struct wsync_form *form,
                            struct wsync_error *error),
    void *context, struct wsync_error *error);

/* Publishes every form of a folder in the open transaction; `arena` is not the site's. */
WSYNC_MUST_USE enum wsync_err wsync_office_publish(struct wsync_site *site, const char *folder,
                                                   struct wsync_arena *arena,
                                                   struct wsync_office_counts *counts,
                                                   struct wsync_error *error);

#endif
