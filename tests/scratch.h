/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h: a folder of its own for a test that needs files, under TMPDIR or /tmp; and how
 * many files are open. */
#ifndef WARDSYNC_TESTS_SCRATCH_H
#define WARDSYNC_TESTS_SCRATCH_H

#include <stddef.h>

enum { WSYNC_SCRATCH_PATH_BYTES = 256 };

struct wsync_scratch {
    char path[WSYNC_SCRATCH_PATH_BYTES];
};

/* Makes an empty folder; anything that goes wrong ends the test program. */
void wsync_scratch_open(struct wsync_scratch *scratch);

/* The path of `name` in it, in `path` (WSYNC_SCRATCH_PATH_BYTES); answers `path`. */
const char *wsync_scratch_path(const struct wsync_scratch *scratch, const char *name,
                               char *path);

/* The number of names in the folder. */
size_t wsync_scratch_count(const struct wsync_scratch *scratch);

/* The number of descriptors that this process has open. */
size_t wsync_open_files(void);

/* Removes it with all it holds. */
void wsync_scratch_close(struct wsync_scratch *scratch);

#endif
