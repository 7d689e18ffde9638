/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tests/store_mem.h"
#include "wardsync/message.h"

enum {
    SEED = FUZZ_SEED,
    ARENA_BYTES = 4 << 20,
    DAY = 19100,
    LENGTH_BITS = 14,
    WRITTEN = 8,
    SINCE = 4
};

struct wsync_slice fuzz_take(struct wsync_slice *input, size_t len)
{
    struct wsync_slice head = wsync_slice_head(*input, len);
    input->data += head.len;
    input->len -= head.len;
    return head;
}

struct wsync_arena *fuzz_arena(void)
{
    static _Alignas(16) uint8_t block[ARENA_BYTES];
    static struct wsync_arena arena;
    wsync_arena_init(&arena, block, sizeof block);
    return &arena;
}

bool fuzz_next(struct wsync_slice *input, struct fuzz_piece *piece)
{
    if (input->len < 2) {
        return false;
    }
    struct wsync_slice head = fuzz_take(input, 2);
    size_t word = (size_t)head.data[0] << 8 | head.data[1];
    piece->kind = (enum fuzz_kind)(word >> LENGTH_BITS);
    piece->bytes = fuzz_take(input, word & ((1U << LENGTH_BITS) - 1));
    return true;
}

struct wsync_blob_value fuzz_photo_value(enum fuzz_photo number)
{
    struct wsync_blob_name name = photos_name(number, FUZZ_PHOTO_BYTES);
    return wsync_blob_name_encode(&name);
}

bool fuzz_has_photo(struct replica *replica, enum fuzz_photo number)
{
    struct wsync_blob_name name = photos_name(number, FUZZ_PHOTO_BYTES);
    enum wsync_err err = wsync_blob_verify(replica->ledger.blobs, &name);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    return err == WSYNC_OK;
}

/* A record in the log of `ward` that names a photo which the district lacks. */
static void forge_photo(struct forge *forge)
{
    struct wsync_blob_value value = fuzz_photo_value(FUZZ_PHOTO_WARD);
    const struct wsync_write write = {
        PHOTOS_FIRST,
        false,
        {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value.b, value.len)}};
    const struct wsync_operation operation = {
        .form = PHOTOS_FORM, .version = 1, .creates = true, .writes = &write, .write_count = 1};
    forge_add(forge, &operation);
}

static void make(struct fuzz_world *world)
{
    struct replica *district = &world->district;
    installation_init(&world->installation, SEED);
    replica_init(district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(district, &world->installation);
    replica_init(&world->ward, wsync_store_mem_new(), SEED, 1, 2);
    replica_init(&world->other, wsync_store_mem_new(), SEED, 2, 3);
    district->ledger.blobs = wsync_blobs_mem_new();
    world->ward.ledger.blobs = wsync_blobs_mem_new();
    world->kept_photos = wsync_blobs_mem_new();
    photos_define(district);
    photos_record(district, REPLICA_TOP, FUZZ_PHOTO_TOP, FUZZ_PHOTO_BYTES, true);
    photos_record(district, world->other.scope, FUZZ_PHOTO_OTHER, FUZZ_PHOTO_BYTES, true);
    replica_open_log(district, &world->installation);
    replica_enrol(district, &world->installation, &world->ward);
    replica_enrol(district, &world->installation, &world->other);
    forge_init(&world->log, &world->ward, &world->installation, FUZZ_VERSION, 1);
    forge_init(&world->honest, &world->other, &world->installation, FUZZ_VERSION, 2);
    forge_photo(&world->log);
    for (int i = 0; i < WRITTEN; i++) {
        forge_create(&world->log, DAY + i, i, 1 + i % 2);
        forge_create(&world->honest, DAY + i, i, 1 + i % 2);
    }
    struct wsync_change_set set = forge_set(&world->log, 1, FUZZ_HELD);
    enum wsync_err err = forge_give(district, &set);
    WSYNC_ASSERT(err == WSYNC_OK);
    world->kept = wsync_store_mem_clone(district->store);
    wsync_blobs_mem_copy(world->kept_photos, district->ledger.blobs);
}

struct fuzz_world *fuzz_world_fresh(void)
{
    static struct fuzz_world world;
    if (!world.kept) {
        make(&world);
    }
    wsync_store_close(world.district.store);
    world.district.store = wsync_store_mem_clone(world.kept);
    wsync_blobs_mem_copy(world.district.ledger.blobs, world.kept_photos);
    wsync_catalog_forget(world.district.catalog);
    wsync_arena_release(&world.district.arena, 0);
    world.hearer = &world.district;
    world.signer = &world.ward.identity;
    world.signed_log = world.log.log;
    return &world;
}

void fuzz_world_ward(struct fuzz_world *world)
{
    static struct wsync_store *kept;
    static struct wsync_blobs *photos;
    struct replica *ward = &world->ward;
    if (!kept) {
        struct wsync_dot written;
        struct wsync_blobs *here = ward->ledger.blobs;
        ward->ledger.blobs = NULL; /* no photo comes yet */
        enum wsync_err err = replica_sync(ward, &world->district, &world->installation, NULL);
        ward->ledger.blobs = here;
        world->met = wsync_store_mem_clone(world->district.store);
        for (int i = 0; i < SINCE && err == WSYNC_OK; i++) {
            err = replica_create(ward, DAY + i, i, 1, &written);
        }
        WSYNC_ASSERT(err == WSYNC_OK);
        photos_record(ward, ward->scope, FUZZ_PHOTO_OWN, FUZZ_PHOTO_BYTES, true);
        kept = wsync_store_mem_clone(ward->store);
        photos = wsync_blobs_mem_new();
        wsync_blobs_mem_copy(photos, ward->ledger.blobs);
        (void)fuzz_world_fresh(); /* the district forgets that it met */
    }
    wsync_store_close(ward->store);
    ward->store = wsync_store_mem_clone(kept);
    wsync_blobs_mem_copy(ward->ledger.blobs, photos);
    wsync_catalog_forget(ward->catalog);
}

/* The chain hash that a run beginning at `first` continues; false when it is not held. */
static bool hash_before(struct fuzz_world *world, const struct wsync_change_set *set,
                        struct wsync_hash *hash)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    if (set->first == 1) {
        *hash = wsync_chain_start(set->genesis);
        return true;
    }
    enum wsync_err err = wsync_store_begin(world->hearer->store, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    bool held = set->first > 1 && wsync_log_find(txn, &set->log, &log) == WSYNC_OK &&
                log.known && set->first <= log.seq + 1 &&
                wsync_log_hash(txn, log.no, set->first - 1, hash) == WSYNC_OK;
    wsync_txn_abort(txn);
    return held;
}

static void move_to_end(struct fuzz_world *world, struct wsync_change_set *set)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    enum wsync_err err = wsync_store_begin(world->hearer->store, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_log_find(txn, &world->signed_log, &log);
    WSYNC_ASSERT(err == WSYNC_OK);
    set->log = log.id;
    set->first = log.seq + 1;
    set->genesis = wsync_slice(NULL, 0);
    wsync_txn_abort(txn);
}

static void seal(struct fuzz_world *world, struct wsync_change_set *set)
{
    struct wsync_head head = {.seq = set->first - 1};
    if (!hash_before(world, set, &head.hash) || set->change_count == 0) {
        return;
    }
    if (set->first == 1) {
        set->log = wsync_chain_log_id(&head.hash);
    }
    head.log = set->log;
    memcpy(set->previous, head.hash.b, sizeof set->previous);
    for (size_t i = 0; i < set->change_count; i++) {
        head.seq++;
        head.hash = wsync_chain_next(&set->log, head.seq, &head.hash, &set->changes[i]);
    }
    set->sealed = true;
    set->seal = wsync_seal_sign(&world->signer->secret, &head, &set->checkpoint);
}

struct wsync_slice fuzz_frame(struct fuzz_world *world, const struct fuzz_piece *piece,
                              struct wsync_arena *arena)
{
    struct wsync_raw_change change = {.public_part = piece->bytes};
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES,
                                    .changes = {.changes = &change, .change_count = 1}};
    struct wsync_slice frame;
    if (piece->kind == FUZZ_RAW ||
        (piece->kind != FUZZ_PUBLIC &&
         (wsync_message_decode(piece->bytes, arena, &message) != WSYNC_OK ||
          message.type != WSYNC_MESSAGE_CHANGES))) {
        return piece->bytes;
    }
    if (piece->kind != FUZZ_SEALED) {
        move_to_end(world, &message.changes);
    }
    seal(world, &message.changes);
    enum wsync_err err = wsync_message_encode(&message, arena, &frame);
    return err == WSYNC_OK ? frame : piece->bytes;
}
