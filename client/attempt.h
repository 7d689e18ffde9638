/* SPDX-License-Identifier: Apache-2.0 */
/* attempt.h: what a ward keeps of its conversations with the district: the last one, good or
 * bad, and the last good one (META "last-sync" and "last-good"). */
#ifndef WARDSYNC_CLIENT_ATTEMPT_H
#define WARDSYNC_CLIENT_ATTEMPT_H

#include "host/dial.h"

struct client_attempt {
    bool tried;
    int64_t when; /* seconds since 1970 */
    enum wsync_err result;
    bool reached; /* otherwise `reason` tells */
    enum wsync_link_reason reason;
    uint64_t roster_version; /* the district's, as it said then; 0: it did not */
    int64_t good;            /* when one last succeeded; 0: never */
    int64_t skew_s;          /* the district's clock minus ours then */
    char program[WSYNC_PROGRAM_BYTES_MAX + 1]; /* the district's then */
};

/* Writes down what a conversation that goes on has cost since that was last done; what cannot
 * be written now is still to be. */
void client_note_cost(struct wsync_site *site, struct wsync_way *way);

/* Keeps it, what was learned of the way, and what it cost since that was last noted, in a
 * transaction of its own. */
WSYNC_MUST_USE enum wsync_err client_note_attempt(struct wsync_site *site,
                                                  const struct wsync_dial_result *result,
                                                  struct wsync_way *way,
                                                  struct wsync_error *error);

/* Reads it, in the site's open transaction; CORRUPT. */
WSYNC_MUST_USE enum wsync_err client_read_attempt(struct wsync_site *site,
                                                  struct client_attempt *attempt);

#endif
