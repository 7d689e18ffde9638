/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: the two clocks of the machine.  Only the programs' loops read them; the core is told
 * the time. */
#ifndef WARDSYNC_HOST_CLOCK_H
#define WARDSYNC_HOST_CLOCK_H

#include "wardsync/ledger.h"

/* Seconds since 1970-01-01T00:00:00Z as the machine believes: may be wrong and may jump. */
int64_t wsync_clock_wall_s(void);

/* Milliseconds since some moment before the start of the program; never goes back. */
int64_t wsync_clock_monotonic_ms(void);

/* Now, with fresh entropy: for what the ledger writes by itself in one transaction. */
struct wsync_moment wsync_clock_moment(void);

#endif
