/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, MAP_STACK */
#include "host/fiber.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

struct wsync_fiber {
    ucontext_t here, back; /* where it stands; where it was let go on */
    void (*body)(void *context);
    void *context;
    bool is_within; /* a body that did not end */
    uint8_t *stack;
    size_t stack_bytes;
};

static struct wsync_fiber *running; /* a body finds itself by it */

struct wsync_fiber *wsync_fiber_new(void)
{
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);
    size_t bytes = WSYNC_FIBER_STACK_BYTES + guard;
    struct wsync_fiber *fiber = calloc(1, sizeof *fiber);
    void *stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    bool good = fiber && stack != MAP_FAILED && mprotect(stack, guard, PROT_NONE) == 0;
    if (!good) {
        if (stack != MAP_FAILED) {
            (void)munmap(stack, bytes);
        }
        free(fiber);
        return NULL;
    }
    fiber->stack = stack;
    fiber->stack_bytes = bytes;
    return fiber;
}

void wsync_fiber_free(struct wsync_fiber *fiber)
{
    if (fiber) {
        WSYNC_ASSERT(!fiber->is_within);
        (void)munmap(fiber->stack, fiber->stack_bytes);
        free(fiber);
    }
}

/* The first function on its stack. */
static void enter(void)
{
    struct wsync_fiber *fiber = running;
    fiber->body(fiber->context);
    fiber->is_within = false;
}

bool wsync_fiber_go_on(struct wsync_fiber *fiber)
{
    WSYNC_ASSERT(fiber->is_within && !running);
    running = fiber;
    int failed = swapcontext(&fiber->back, &fiber->here);
    WSYNC_ASSERT(failed == 0);
    running = NULL;
    return !fiber->is_within;
}

bool wsync_fiber_begin(struct wsync_fiber *fiber, void (*body)(void *context), void *context)
{
    WSYNC_ASSERT(!fiber->is_within);
    int failed = getcontext(&fiber->here);
    WSYNC_ASSERT(failed == 0);
    fiber->here.uc_stack.ss_sp = fiber->stack;
    fiber->here.uc_stack.ss_size = fiber->stack_bytes;
    fiber->here.uc_link = &fiber->back;
    fiber->body = body;
    fiber->context = context;
    fiber->is_within = true;
    makecontext(&fiber->here, enter, 0);
    return wsync_fiber_go_on(fiber);
}

void wsync_fiber_stand(void)
{
    struct wsync_fiber *fiber = running;
    WSYNC_ASSERT(fiber);
    int failed = swapcontext(&fiber->here, &fiber->back);
    WSYNC_ASSERT(failed == 0);
}
