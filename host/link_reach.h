/* SPDX-License-Identifier: Apache-2.0 */
/* link_reach.h: why a TCP connection does not come about.  The library tells only that it does
 * not, so the ward tries once itself and reads the system's answer. */
#ifndef WARDSYNC_HOST_LINK_REACH_H
#define WARDSYNC_HOST_LINK_REACH_H

#include "host/link.h"

/* True when `address` is tcp://host:port, host perhaps [v6], port 1 to 65535, not too long. */
WSYNC_MUST_USE bool wsync_reach_check(const char *address);

/* Begins a connection.  True: `*fd` will be writable when there is an answer, to be read by
 * wsync_reach_end.  False: the answer is `*reason`.  Looks the name up and waits for that, so
 * call it only when the library has found the name a moment ago. */
WSYNC_MUST_USE bool wsync_reach_begin(const char *address, int *fd,
                                      enum wsync_link_reason *reason);

/* Closes `fd` and answers what the system said; LOST when the connection came about. */
enum wsync_link_reason wsync_reach_end(int fd);

#endif
