/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle that somebody brings; the first byte says what of it: its header, its manifest, the
 * frames of a part that opened, which the district takes, or a frame by which it is handed in.
 */
#include <string.h>

#include "host/zstd.h"
#include "tests/fuzz/fuzz.h"
#include "wardsync/bundle.h"
#include "wardsync/bundle_take.h"
#include "wardsync/parcel.h"

enum { HEADER = 0, MANIFEST = 1, FRAMES = 2, PARCEL = 3, KINDS = 4 };
enum { MANIFEST_BYTES = 131, RUN_BYTES = 96 }; /* S19.7, without parts, runs and signature */

static uint8_t plain[WSYNC_BUNDLE_PLAIN_BYTES];
static uint8_t again[WSYNC_BUNDLE_PLAIN_BYTES];

static void fill(struct wsync_slice bytes)
{
    size_t len = bytes.len < sizeof plain ? bytes.len : sizeof plain;
    memset(plain, 0, sizeof plain);
    if (len > 0) {
        memcpy(plain, bytes.data, len);
    }
}

static void header(struct wsync_slice bytes)
{
    struct wsync_bundle_header read;
    struct wsync_bundle_key key;
    const uint8_t secret[WSYNC_PUBLIC_KEY_BYTES] = {1};
    if (wsync_bundle_header_decode(bytes, &read) == WSYNC_OK) {
        (void)!wsync_bundle_open(bytes, secret, &key);
    }
}

/* What is read whatever signed it is written again as it was, up to the signature. */
static void manifest(struct wsync_slice bytes)
{
    static struct wsync_bundle_manifest read;
    struct wsync_bundle_key key = {{0}, {0}};
    const struct wsync_signing_secret secret = {{0}};
    fill(bytes);
    enum wsync_err err = wsync_bundle_manifest_decode(plain, &key, &read);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_VERSION || err == WSYNC_ERR_BUNDLE ||
                 err == WSYNC_ERR_SIGNATURE);
    if (err == WSYNC_OK || err == WSYNC_ERR_SIGNATURE) {
        size_t len = MANIFEST_BYTES + read.part_count * sizeof *read.hashes +
                     read.run_count * RUN_BYTES;
        wsync_bundle_manifest_encode(&read, &key, &secret, again);
        WSYNC_ASSERT(memcmp(plain, again, len) == 0);
    }
}

static void frames(struct wsync_slice bytes)
{
    static struct wsync_zstd *zstd;
    struct fuzz_world *world = fuzz_world_fresh();
    struct replica *district = world->hearer;
    struct wsync_slice frame;
    struct wsync_txn *txn;
    size_t used = 0;
    enum wsync_err bad = WSYNC_OK;
    zstd = zstd ? zstd : wsync_zstd_open((struct wsync_slice){NULL, 0});
    WSYNC_ASSERT(zstd);
    fill(bytes);
    enum wsync_err err = wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    const struct wsync_bundle_taking taking = {&district->ledger, wsync_zstd_packer(zstd), txn,
                                               fuzz_arena()};
    while (err == WSYNC_OK && wsync_bundle_next_frame(plain, &used, &frame, &bad)) {
        struct wsync_bundle_taken taken;
        err = wsync_bundle_take(&taking, frame, &taken);
        WSYNC_ASSERT(err != WSYNC_OK || taken.err == WSYNC_OK || taken.changes == 0);
    }
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_MEMORY);
    wsync_txn_abort(txn);
    wsync_catalog_forget(district->ledger.catalog);
}

/* What can be read has one form. */
static void parcel(struct wsync_slice bytes)
{
    static uint8_t out[WSYNC_FRAME_BYTES_MAX];
    struct wsync_parcel_frame read;
    if (wsync_parcel_decode(bytes, &read) == WSYNC_OK) {
        WSYNC_ASSERT(wsync_slice_equal(wsync_parcel_encode(&read, out), bytes));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_slice input = wsync_slice(data, size);
    if (size == 0) {
        return 0;
    }
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    if (kind == HEADER) {
        header(input);
    } else if (kind == MANIFEST) {
        manifest(input);
    } else if (kind == FRAMES) {
        frames(input);
    } else {
        parcel(input);
    }
    return 0;
}
