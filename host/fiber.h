/* SPDX-License-Identifier: Apache-2.0 */
/* fiber.h: a function that can stand still in its middle and go on later, in the same thread.
 *
 * It has a stack of its own behind a page that nobody may touch.  One runs at a time, none is
 * interrupted, and whoever let it go on waits until it stands or ends. */
#ifndef WARDSYNC_HOST_FIBER_H
#define WARDSYNC_HOST_FIBER_H

#include "wardsync/error.h"

enum { WSYNC_FIBER_STACK_BYTES = 512 << 10 };

struct wsync_fiber;

/* NULL: no memory.  It can run one body after the other; it is freed when none is in it. */
struct wsync_fiber *wsync_fiber_new(void);
void wsync_fiber_free(struct wsync_fiber *fiber);

/* Begins a body; lets it go on from where it stands.  True: it came to its end. */
bool wsync_fiber_begin(struct wsync_fiber *fiber, void (*body)(void *context), void *context);
bool wsync_fiber_go_on(struct wsync_fiber *fiber);

/* Within a body: stands still until wsync_fiber_go_on. */
void wsync_fiber_stand(void);

#endif
