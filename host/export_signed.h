/* SPDX-License-Identifier: Apache-2.0 */
/* export_signed.h: what this store holds as one file of signed messages (SPEC section 16.1),
 * for an auditor who trusts nobody: wardsync-verify reads it without any store of ours.
 *
 * The roster, then every log as its authors sealed it, the district's own first, then its
 * branches; own changes that nobody saw yet are sealed here.  Then the receipts: those a ward
 * keeps, at the district its last checkpoint.  Memory is that of one set. */
#ifndef WARDSYNC_HOST_EXPORT_SIGNED_H
#define WARDSYNC_HOST_EXPORT_SIGNED_H

#include <stdio.h>

#include "host/site.h"

struct wsync_export_signed_options {
    uint32_t unit; /* logs of this unit and of the district's own alone; 0: all */
    bool personal; /* with the content of private parts; without it their hashes */
    FILE *out;
    void *context;
    void (*progress)(void *context, uint64_t done, uint64_t total); /* in changes */
};

struct wsync_export_signed_result {
    uint64_t statements, logs, changes, seals, receipts;
};

/* Writes the file within the site's transaction.  CORRUPT when a log does not read back or does
 * not give the hashes it is kept under, STORE_IO when the stream does not take it; each with a
 * sentence. */
WSYNC_MUST_USE enum wsync_err wsync_export_signed(
    struct wsync_site *site, const struct wsync_export_signed_options *options,
    struct wsync_export_signed_result *result, struct wsync_error *error);

#endif
