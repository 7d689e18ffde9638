/* SPDX-License-Identifier: Apache-2.0 */
/* http_wait.h: a handler that waits for something while others are answered.  Decision 0017.
 *
 * It runs in a fiber, so it reads as if it blocked, and its browser waits for the answer. */
#ifndef WARDSYNC_HOST_HTTP_WAIT_H
#define WARDSYNC_HOST_HTTP_WAIT_H

#include "host/http.h"

/* In a handler: others are answered until wsync_http_wake, and then the handler looks whether
 * what it waits for is there.  What is shared with other handlers may have changed; a snapshot
 * is not held meanwhile.  It comes to its end also when the browser is gone.  False: as many
 * wait as may, or the server is being closed: the handler must end without waiting.  The other
 * says beforehand whether it would be so. */
bool wsync_http_wait(const struct wsync_http_request *request);
bool wsync_http_can_wait(const struct wsync_http_request *request);

/* Something that handlers wait for may be there: each of them looks.  Not from a handler. */
void wsync_http_wake(struct wsync_http_server *server);

#endif
