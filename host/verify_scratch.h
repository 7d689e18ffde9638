/* SPDX-License-Identifier: Apache-2.0 */
/* verify_scratch.h: the two stores of a verification, in a folder that goes when it ends:
 * DIR/verify.new-XXXXXX/live is the snapshot, .../again what is computed.  DIR is the data
 * directory; elsewhere the name also says whose it is, as another may verify there, too.
 *
 * A folder that a killed run left is swept by the next one.  Nothing else ever looks into it.
 */
#ifndef WARDSYNC_HOST_VERIFY_SCRATCH_H
#define WARDSYNC_HOST_VERIFY_SCRATCH_H

#include "host/lock.h"
#include "host/site.h"

struct wsync_verify_scratch {
    char folder[WSYNC_SITE_PATH_BYTES];
    struct wsync_lock lock;
    struct wsync_store *live, *again;
};

/* Sweeps, copies the store of the data directory `path` and opens both, in the folder `where`
 * (NULL: `path`).  Nobody in this process may have the store open.  BUSY when another process
 * verifies; STORE_FULL with what is needed, there, and where it was looked for: the copy takes
 * as much again as the store, and the second store as much once more. */
WSYNC_MUST_USE enum wsync_err wsync_verify_scratch_open(const char *path, const char *where,
                                                        struct wsync_verify_scratch *scratch,
                                                        struct wsync_error *error);

/* Closes and removes them. */
void wsync_verify_scratch_close(struct wsync_verify_scratch *scratch);

#endif
