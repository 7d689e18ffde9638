/* SPDX-License-Identifier: Apache-2.0 */
/* Frames heard by a whole ward from a district that lies: whatever it says, and signs, the
 * ward keeps every change and photo it made (invariants 1, 8). */
#include "tests/fuzz/fuzz.h"
#include "tests/hub.h"

enum { LINE = 0, PIECES_MAX = 48, BATCH = 8 };

static uint64_t own_changes(struct replica *ward)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    uint64_t count = 0;
    enum wsync_err err = wsync_store_begin(ward->store, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    while (wsync_log_after(txn, after, &log) == WSYNC_OK) {
        bool own = wsync_device_id_equal(&log.device, &ward->identity.device);
        count += own ? log.seq : 0;
        at = log.id;
        after = &at;
    }
    wsync_txn_abort(txn);
    return count;
}

static void run(struct hub *hub)
{
    enum wsync_err err = hub_run(hub);
    WSYNC_ASSERT(err == WSYNC_OK); /* no frame makes our store fail */
    WSYNC_ASSERT(!hub->said_too_early);
    WSYNC_ASSERT(hub->pump.arena.used == 0 && hub->pump.effects.count == 0);
    wsync_session_check(&hub->lines[LINE].session);
}

static void hear(struct hub *hub, struct fuzz_world *world, const struct fuzz_piece *piece)
{
    struct wsync_slice frame = fuzz_frame(world, piece, fuzz_arena());
    if (frame.len == 0) {
        hub->now_ms += piece->kind * (int64_t)1000;
        hub_event(hub, LINE, WSYNC_EVENT_TICK);
        return;
    }
    hub_hear(hub, LINE, frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hub hub;
    struct fuzz_world *world = fuzz_world_fresh();
    struct replica *ward = &world->ward;
    struct wsync_slice input = wsync_slice(data, size);
    struct fuzz_piece piece;
    if (!hub.memory) {
        hub_init(&hub, ward);
    }
    fuzz_world_ward(world);
    hub.pump.store = hub.disk = ward->store;
    world->hearer = ward;
    world->signer = &world->district.identity;
    struct wsync_txn *txn;
    struct wsync_log forms;
    enum wsync_err err = wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK && wsync_ledger_own_log(txn, REPLICA_TOP, &forms) == WSYNC_OK);
    wsync_txn_abort(txn);
    world->signed_log = forms.id;
    uint64_t before = own_changes(ward);
    hub.now_ms = 0;
    hub_open_ward(&hub, LINE, &world->installation);
    run(&hub);
    for (int i = 1; i <= PIECES_MAX && fuzz_next(&input, &piece); i++) {
        hear(&hub, world, &piece);
        if (i % BATCH == 0) {
            run(&hub);
        }
    }
    run(&hub);
    WSYNC_ASSERT(own_changes(ward) >= before);
    WSYNC_ASSERT(fuzz_has_photo(ward, FUZZ_PHOTO_OWN));
    (void)fuzz_has_photo(ward, FUZZ_PHOTO_TOP); /* if it came, it is the one */
    return 0;
}
