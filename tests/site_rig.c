/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/site_rig.h"

#include <stdlib.h>

#include "wardsync/crypto.h"

void site_rig_open(struct wsync_scratch *scratch, struct wsync_site *site)
{
    char state[WSYNC_SCRATCH_PATH_BYTES], path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_site_conf conf = {.kind = WSYNC_SITE_WARD,
                                   .instance = {{7}},
                                   .scope = 2,
                                   .addresses = {"tcp://127.0.0.1:7700"},
                                   .address_count = 1};
    wsync_scratch_open(scratch);
    int failed = setenv("WARDSYNC_STATE", wsync_scratch_path(scratch, "state", state), 1);
    WSYNC_ASSERT(failed == 0 && wsync_crypto_init());
    enum wsync_err err =
        wsync_site_create(wsync_scratch_path(scratch, "site", path), &conf, NULL);
    if (err == WSYNC_OK) {
        err = wsync_site_open(path, WSYNC_SITE_WARD, site, NULL);
    }
    WSYNC_ASSERT(err == WSYNC_OK);
}
