/* SPDX-License-Identifier: Apache-2.0 */
/* Frames heard by a whole district from one enrolled device, in batches with an honest ward:
 * whatever the one says, the other's changes are kept and acknowledged (invariant 8). */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/hub.h"

enum { HOSTILE = 0, HONEST = 1, PIECES_MAX = 48, BATCH = 8, SAID_MAX = 1024, PHOTO_PART = 64 };

/* The honest ward's frames: a greeting, then its log in two runs. */
static void speak_honestly(struct hub *hub, struct fuzz_world *world, int turn)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES};
    if (turn == 0) {
        hub_greet(hub, HONEST, &world->installation, &world->other);
    }
    uint64_t middle = world->honest.seq / 2;
    size_t mark = wsync_arena_mark(&world->honest.arena);
    message.changes = turn == 0 ? forge_set(&world->honest, 1, middle)
                                : forge_set(&world->honest, middle + 1, world->honest.seq);
    hub_tell(hub, HONEST, &message);
    wsync_arena_release(&world->honest.arena, mark);
}

static void run(struct hub *hub)
{
    enum wsync_err err = hub_run(hub);
    WSYNC_ASSERT(err == WSYNC_OK); /* no frame makes our store fail */
    WSYNC_ASSERT(!hub->said_too_early);
    WSYNC_ASSERT(hub->pump.arena.used == 0 && hub->pump.effects.count == 0);
    for (size_t i = HOSTILE; i <= HONEST; i++) {
        wsync_session_check(&hub->lines[i].session);
        WSYNC_ASSERT(hub->lines[i].said <= SAID_MAX);
    }
}

static void check_honest(struct hub *hub, struct fuzz_world *world)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_message message;
    enum wsync_err err = wsync_store_begin(hub->disk, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_log_find(txn, &world->honest.log, &log);
    WSYNC_ASSERT(err == WSYNC_OK && log.seq == world->honest.seq);
    wsync_txn_abort(txn);
    WSYNC_ASSERT(!wsync_session_is_over(&hub->lines[HONEST].session));
    WSYNC_ASSERT(hub_said(hub, HONEST, WSYNC_MESSAGE_ACK, &message));
}

static bool contains(struct wsync_slice frame, struct wsync_slice part)
{
    for (size_t i = 0; i + part.len <= frame.len; i++) {
        if (memcmp(frame.data + i, part.data, part.len) == 0) {
            return true;
        }
    }
    return false;
}

/* The photo of another unit goes nowhere, nor is it said to be here; what came is what its
 * name says.  [S18.11] */
static void check_photos(struct hub *hub, struct fuzz_world *world)
{
    struct wsync_slice bytes = photos_content(FUZZ_PHOTO_OTHER, PHOTO_PART);
    struct wsync_blob_value name = fuzz_photo_value(FUZZ_PHOTO_OTHER);
    for (size_t i = 0; i < hub->lines[HOSTILE].said; i++) {
        struct wsync_slice frame = hub->lines[HOSTILE].frames[i];
        WSYNC_ASSERT(frame.data[1] != WSYNC_MESSAGE_BLOB_CHUNK || !contains(frame, bytes));
        WSYNC_ASSERT(frame.data[1] != WSYNC_MESSAGE_BLOB_WANT ||
                     !contains(frame, wsync_slice(name.b, name.len)));
    }
    bool top = fuzz_has_photo(&world->district, FUZZ_PHOTO_TOP);
    bool other = fuzz_has_photo(&world->district, FUZZ_PHOTO_OTHER);
    (void)fuzz_has_photo(&world->district, FUZZ_PHOTO_WARD);
    WSYNC_ASSERT(top && other);
}

static void hear(struct hub *hub, struct fuzz_world *world, const struct fuzz_piece *piece)
{
    struct wsync_slice frame = fuzz_frame(world, piece, fuzz_arena());
    if (frame.len == 0) {
        hub->now_ms += piece->kind * (int64_t)1000; /* an empty piece: time passes */
        hub_event(hub, HOSTILE, WSYNC_EVENT_TICK);
        return;
    }
    hub_hear(hub, HOSTILE, frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hub hub;
    struct fuzz_world *world = fuzz_world_fresh();
    struct wsync_slice input = wsync_slice(data, size);
    struct fuzz_piece piece;
    if (!hub.memory) {
        hub_init(&hub, &world->district);
    }
    hub.pump.store = hub.disk = world->district.store;
    hub.now_ms = 0;
    hub_open_district(&hub, HOSTILE, &world->installation, &world->ward.transport);
    speak_honestly(&hub, world, 0);
    for (int i = 1; i <= PIECES_MAX && fuzz_next(&input, &piece); i++) {
        hear(&hub, world, &piece);
        if (i % BATCH == 0) {
            run(&hub);
        }
    }
    speak_honestly(&hub, world, 1);
    run(&hub);
    check_honest(&hub, world);
    check_photos(&hub, world);
    return 0;
}
