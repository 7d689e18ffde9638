/* SPDX-License-Identifier: Apache-2.0 */
/* ward_pair_rich.h: a district and a ward that have seen everything: every table that follows
 * from the raw log has rows. */
#ifndef WARDSYNC_TESTS_WARD_PAIR_RICH_H
#define WARDSYNC_TESTS_WARD_PAIR_RICH_H

#include "tests/ward_pair.h"

/* cmocka's set-up; ward_pair_tear_down goes with it. */
int ward_pair_rich(void **state);

#endif
