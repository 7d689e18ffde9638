/* SPDX-License-Identifier: Apache-2.0 */
/* import_rig.h: a site over any store with a form of every type, for the tests of tables that
 * go in and out.  Its device may write units 1 (the district) to 15. */
#ifndef WARDSYNC_TESTS_IMPORT_RIG_H
#define WARDSYNC_TESTS_IMPORT_RIG_H

#include "host/findings.h"
#include "host/import.h"
#include "host/site.h"
#include "tests/replica.h"
#include "tests/scratch.h"
#include "wardsync/totals.h"

enum { RIG_FORM = 40, RIG_FINDINGS_MAX = 2048, RIG_TEXT_BYTES = 320 };

struct rig_finding {
    uint64_t row, line;
    char column[64], value[RIG_TEXT_BYTES], reason[RIG_TEXT_BYTES];
};

struct import_rig {
    struct replica replica;
    struct wsync_site site;
    struct wsync_scratch scratch;
    struct wsync_error error;
    struct rig_finding findings[RIG_FINDINGS_MAX];
    size_t finding_count;
    uint64_t progress_calls, progress_rows, progress_bytes, progress_total;
    volatile sig_atomic_t stop;
    uint64_t stop_at_row; /* 0: never; progress sets `stop` from there on */
};

/* Takes the store over.  The form "visit" (RIG_FORM): 1 date (required, the day), 2 count (0 to
 * 100, summed), 3 kind (a, b), 4 note, 5 person (personal), 6 weight (2 digits), 7 place_unit
 * (unit), 8 tags (choices a, b), 9 start (time), 10 seen (moment), 11 done (boolean), 12 spot
 * (geopoint).  Units: 1 district, 2 to 15 wards, 21 and 22 groups of ward 2, 31 of ward 3. */
void import_rig_open(struct import_rig *rig, struct wsync_store *store);
void import_rig_close(struct import_rig *rig);

/* Publishes a form; a unit. */
void import_rig_form(struct import_rig *rig, const struct wsync_form *form);
void import_rig_unit(struct import_rig *rig, uint32_t id, int64_t level, uint32_t parent,
                     const char *name);

/* Writes a file into the scratch folder; the path stays valid until the next four calls. */
const char *import_rig_file(struct import_rig *rig, const char *name, const char *text);

/* Options that collect findings and progress in the rig, for unit 2. */
struct wsync_import_options import_rig_options(struct import_rig *rig, const char *path);

/* Imports with these options after forgetting earlier findings. */
enum wsync_err import_rig_run(struct import_rig *rig,
                              const struct wsync_import_options *options,
                              struct wsync_import_summary *summary);

/* Sums over all days: records, and sum and count of a field. */
struct rig_total {
    int64_t records, count, sum;
};
struct rig_total import_rig_total(struct import_rig *rig, uint32_t form, uint32_t scope,
                                  uint32_t field);

/* What the totals say is what the log says. */
bool import_rig_state_holds(struct import_rig *rig);

#endif
