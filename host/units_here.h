/* SPDX-License-Identifier: Apache-2.0 */
/* units_here.h: the units this site knows, found by what people write and named for them. */
#ifndef WARDSYNC_HOST_UNITS_HERE_H
#define WARDSYNC_HOST_UNITS_HERE_H

#include "host/site.h"

enum { WSYNC_UNIT_LABEL_BYTES = 128 };

/* The day the machine's clock shows, at +07:00. */
int32_t wsync_units_here_today(void);

/* A wsync_unit_finder (value_text.h) whose context is a struct wsync_site with an open
 * transaction: id, code, or name without regard to marks and case, among the site's own unit
 * and those below it as they are today.  NOT_FOUND, INVALID when several match. */
WSYNC_MUST_USE enum wsync_err wsync_units_here_find(void *context, struct wsync_slice text,
                                                    uint32_t *unit);

/* The unit's name today, or its number when it is unknown. */
void wsync_units_here_label(struct wsync_site *site, uint32_t unit,
                            char label[WSYNC_UNIT_LABEL_BYTES]);

#endif
