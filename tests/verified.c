/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/verified.h"

#include <stdio.h>

#include "tests/store_mem.h"

/* Parts come in their order and each goes forward to its end. */
static void progress(void *context, enum wsync_verify_part part, uint64_t done, uint64_t total)
{
    struct verified *verified = context;
    WSYNC_ASSERT(part >= verified->part && done <= total);
    WSYNC_ASSERT(part > verified->part || done >= verified->done);
    verified->part = part;
    verified->done = done;
    verified->total = total;
}

static void found(void *context, const struct wsync_verify_finding *finding)
{
    struct verified *verified = context;
    uint64_t count = verified->result.findings; /* this one included */
    WSYNC_ASSERT(count > 0);
    if (count <= VERIFIED_FINDINGS_MAX) {
        verified->findings[count - 1] = *finding;
    }
}

void verified(struct replica *replica, const struct installation *installation,
              struct verified *verified)
{
    struct wsync_error error = {{0}};
    const struct wsync_verify_watch watch = {verified, progress, found};
    const struct wsync_verify_stores stores = {.live = wsync_store_mem_clone(replica->store),
                                               .again = wsync_store_mem_new(),
                                               .identity = &replica->identity,
                                               .instance = installation->instance};
    verified->part = WSYNC_VERIFY_COPYING;
    verified->done = 0;
    enum wsync_err err = wsync_verify(&stores, &watch, &verified->result, &error);
    if (err != WSYNC_OK) {
        fprintf(stderr, "%s\n", error.text);
    }
    WSYNC_ASSERT(err == WSYNC_OK);
    WSYNC_ASSERT(!verified->result.compared ||
                 (verified->part == WSYNC_VERIFY_DIGESTS && verified->done == verified->total));
    wsync_store_close(stores.live);
    wsync_store_close(stores.again);
}

void verified_clean(struct replica *replica, const struct installation *installation)
{
    static struct verified all;
    verified(replica, installation, &all);
    for (uint64_t i = 0; i < all.result.findings && i < VERIFIED_FINDINGS_MAX; i++) {
        const struct wsync_verify_finding *finding = &all.findings[i];
        fprintf(stderr, "%s: %s: stored %s; computed %s (%llu rows)\n", finding->what,
                finding->place, finding->stored, finding->again,
                (unsigned long long)finding->rows);
    }
    WSYNC_ASSERT(all.result.findings == 0 && all.result.compared);
}
