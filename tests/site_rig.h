/* SPDX-License-Identifier: Apache-2.0 */
/* site_rig.h: a ward that nobody has admitted yet, its data directory under "site" in a folder
 * of its own. */
#ifndef WARDSYNC_TESTS_SITE_RIG_H
#define WARDSYNC_TESTS_SITE_RIG_H

#include "host/site.h"
#include "tests/scratch.h"

/* Makes the folder and the ward and opens it to write; anything that goes wrong ends the test
 * program. */
void site_rig_open(struct wsync_scratch *scratch, struct wsync_site *site);

#endif
