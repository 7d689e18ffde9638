/* SPDX-License-Identifier: Apache-2.0 */
/* http_live.h: tells open pages that what they show has changed.  Decision 0017.
 *
 * A browser asks for the route of wsync_http_live and is answered with server-sent events
 * without an end: `change` with the revision (http.h), once at first and then whenever it is
 * another one, looked at every WSYNC_HTTP_LOOK_MS as long as anybody listens; and a sign of
 * life, by which a browser that is gone is found out.  What has changed is not said: a page
 * asks for itself again (host/pages/live.js).
 *
 *   stream | began       | looked, and told or beat is due | bytes went | reader gone | closing
 *   -------|-------------|---------------------------------|------------|-------------|--------
 *   WRITES | event       | cut after WSYNC_HTTP_STUCK_MS   | IDLE       | freed       | ends
 *   IDLE   |             | WRITES                          |            | seen later  | ends
 */
#ifndef WARDSYNC_HOST_HTTP_LIVE_H
#define WARDSYNC_HOST_HTTP_LIVE_H

#include "host/http.h"

enum {
    WSYNC_HTTP_STREAMS_MAX = 64, /* and never more than half of the connections */
    WSYNC_HTTP_LOOK_MS = 2000,
    WSYNC_HTTP_BEAT_MS = 15000,
    WSYNC_HTTP_STUCK_MS = 60000, /* somebody who is there and does not read */
};

/* The handler of the route; one too many is answered 503. */
wsync_http_handler wsync_http_live;

#endif
