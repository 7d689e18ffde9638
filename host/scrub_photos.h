/* SPDX-License-Identifier: Apache-2.0 */
/* scrub_photos.h: reads the attachments again that records name, a little at a time, while a
 * program serves, as scrub.h does the log.
 *
 * Every second some hundred chunks are read, of one attachment after the other; what was hashed
 * of one stays until its end.  One that is not what its name says is put aside and asked for
 * again as `photos verify` does, and said in the journal.  The walk begins somewhere and goes
 * round. */
#ifndef WARDSYNC_HOST_SCRUB_PHOTOS_H
#define WARDSYNC_HOST_SCRUB_PHOTOS_H

#include "host/site.h"

struct wsync_scrub_photos {
    bool begun;
    struct wsync_blob_check check; /* the one that the walk is at; length 0: none */
    struct wsync_blob_name at;     /* the walk stands behind it */
    uint64_t chunks, whole, damages; /* of this round */
    int64_t next_ms, round_ms;       /* when to go on; when the round began */
    uint64_t rounds;                 /* ended so far; the first one begins in the middle */
};

/* Reads the next slice if it is time; `scrub` begins as zeros.  No transaction may be open. */
void wsync_scrub_photos_tick(struct wsync_scrub_photos *scrub, struct wsync_site *site,
                             int64_t now_ms);

#endif
