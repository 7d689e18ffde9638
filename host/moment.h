/* SPDX-License-Identifier: Apache-2.0 */
/* moment.h: points in time as people write them on a command line, at +07:00. */
#ifndef WARDSYNC_HOST_MOMENT_H
#define WARDSYNC_HOST_MOMENT_H

#include "wardsync/error.h"

/* Which moment a day alone means. */
enum wsync_moment_end { WSYNC_MOMENT_BEGIN, WSYNC_MOMENT_END };

/* Reads "2022-01-31", "31/01/2022", either with " 07:30" or "T07:30" or seconds behind it, or
 * an age before `now`: "45s", "30m", "12h", "7d".  END answers the first second that is not
 * meant any more: of the next day, minute or second.  INVALID with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_moment_read(const char *text, enum wsync_moment_end end,
                                                int64_t now, int64_t *moment,
                                                struct wsync_error *error);

#endif
