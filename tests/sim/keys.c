/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a device as a host keeps them beside its disk, which may go back while they stay:
 * which of them serve is what its store says.  [S7.60 to S7.62, S9.80 to S9.82, S13.30 to
 * S13.32] */
#include <string.h>

#include "tests/sim/harm.h"
#include "tests/sim/parts.h"
#include "tests/store_mem.h"
#include "wardsync/rotation.h"

static bool same_transport(const struct wsync_transport_key *a,
                           const struct wsync_transport_key *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static void keep(struct sim_node *node)
{
    node->keys[node->key_count++] =
        (struct sim_keys){node->replica.identity, node->replica.transport};
}

void sim_keys_init(struct sim_node *node)
{
    node->key_count = 0;
    keep(node);
}

/* The keys whose signing key this is; else the newest. */
static const struct sim_keys *find(const struct sim_node *node,
                                   const struct wsync_signing_key *key)
{
    for (size_t i = 0; i < node->key_count; i++) {
        if (memcmp(node->keys[i].identity.signing_key.b, key->b, sizeof key->b) == 0) {
            return &node->keys[i];
        }
    }
    return &node->keys[node->key_count - 1];
}

/* A key that serves no more seals what it wrote; false when the disk does not let it. */
static bool lay_down(struct sim_node *node)
{
    struct wsync_txn *txn;
    if (wsync_store_begin(node->replica.store, WSYNC_TXN_WRITE, &txn) != WSYNC_OK) {
        return false;
    }
    enum wsync_err err = wsync_seal_own(txn, &node->replica.identity);
    if (err != WSYNC_OK) {
        wsync_txn_abort(txn);
        return false;
    }
    return wsync_txn_commit(txn) == WSYNC_OK;
}

/* What waits is signed by a key that another rotation of this device replaced, which its disk
 * had forgotten: the key in force signs it anew. */
static bool ask_anew(struct sim_node *node, const struct wsync_device *device,
                     const struct wsync_rotation_wish *wish)
{
    struct wsync_txn *txn;
    struct wsync_rotation rotation;
    const struct wsync_signing_key *now = wsync_device_key(device);
    const struct sim_keys *force = find(node, now);
    const struct sim_keys *wanted = find(node, &wish->rotation.signing_key);
    if (memcmp(force->identity.signing_key.b, now->b, sizeof now->b) != 0 ||
        memcmp(wish->old_key.b, now->b, sizeof now->b) == 0 ||
        wsync_device_key_at(device, &wish->rotation.signing_key) < device->key_count ||
        wsync_store_begin(node->replica.store, WSYNC_TXN_WRITE, &txn) != WSYNC_OK) {
        return false;
    }
    const struct wsync_new_keys keys = {.signing_key = wanted->identity.signing_key,
                                        .secret = wanted->identity.secret,
                                        .transport_key = wanted->transport};
    enum wsync_err err =
        wsync_rotation_begin(txn, &node->replica.arena, &force->identity, &keys, &rotation);
    wsync_arena_release(&node->replica.arena, 0);
    if (err != WSYNC_OK) {
        wsync_txn_abort(txn);
        return false;
    }
    bool done = wsync_txn_commit(txn) == WSYNC_OK;
    node->replica.identity = done ? wanted->identity : node->replica.identity;
    node->replica.transport = force->transport;
    sim_node_revive(node);
    return done;
}

void sim_keys_choose(struct sim_node *node)
{
    struct wsync_device device;
    struct wsync_rotation_wish wish;
    struct wsync_arena *arena = &node->world->arena;
    if (node->key_count < 2) {
        return;
    }
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_device_get(view.txn, &node->replica.identity.device, &device);
    bool waits = wsync_rotation_pending(view.txn, arena, &wish) == WSYNC_OK;
    wsync_arena_release(arena, mark);
    sim_view_close(&view);
    if (err != WSYNC_OK) {
        return;
    }
    if (waits && ask_anew(node, &device, &wish)) {
        return;
    }
    const struct sim_keys *keys =
        find(node, waits ? &wish.rotation.signing_key : wsync_device_key(&device));
    bool other = memcmp(keys->identity.signing_key.b, node->replica.identity.signing_key.b,
                        sizeof keys->identity.signing_key.b) != 0;
    if (!other || lay_down(node)) {
        node->replica.identity = keys->identity;
    }
    for (size_t i = 0; i < node->key_count; i++) {
        if (same_transport(&node->keys[i].transport, &device.transport_key)) {
            node->replica.transport = node->keys[i].transport;
        }
    }
    sim_node_revive(node);
}

void sim_keys_rotate(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct wsync_device device;
    sim_disk_heal(node->disk);
    sim_keys_choose(node);
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    enum wsync_err err = wsync_device_get(view.txn, &node->replica.identity.device, &device);
    struct wsync_rotation_wish wish;
    size_t mark = wsync_arena_mark(&world->arena);
    bool waits = wsync_rotation_pending(view.txn, &world->arena, &wish) == WSYNC_OK;
    wsync_arena_release(&world->arena, mark);
    sim_view_close(&view);
    if (err != WSYNC_OK || waits || node->key_count == SIM_KEYS_MAX ||
        memcmp(wsync_device_key(&device)->b, node->replica.identity.signing_key.b,
               sizeof device.keys[0].key.b) != 0) {
        return;
    }
    sim_tell(world, "%zu rotates its keys", sim_node_index(node));
    sim_struck(world, SIM_ROTATION);
    /* Keys that a store which went back forgot are there already: a host asks for those. */
    const struct wsync_identity *newest = &node->keys[node->key_count - 1].identity;
    bool is_newest = memcmp(newest->signing_key.b, node->replica.identity.signing_key.b,
                            sizeof newest->signing_key.b) == 0;
    struct wsync_transport_key now = node->replica.transport;
    replica_rotate(&node->replica,
                   (uint32_t)(is_newest ? node->key_count : node->key_count - 1));
    node->replica.transport = node->replica.next_transport;
    if (is_newest) {
        keep(node);
    }
    node->replica.transport = now;
    sim_holdings_read(node);
    sim_check_step(node);
}

const struct wsync_transport_key *sim_keys_dial(const struct sim_node *node)
{
    struct wsync_device device;
    const struct wsync_transport_key *key = &node->replica.transport;
    struct sim_view view = sim_view_open(&node->world->nodes[0], WSYNC_TXN_READ);
    bool known = wsync_device_by_transport(view.txn, key, &device) == WSYNC_OK;
    for (size_t i = node->key_count; i > 0 && !known; i--) {
        known = wsync_device_by_transport(view.txn, &node->keys[i - 1].transport, &device) ==
                WSYNC_OK;
        key = known ? &node->keys[i - 1].transport : key;
    }
    sim_view_close(&view);
    return key;
}

/* What it did not hand in of the logs of the device it was is still to come to count. */
static void note_owed(struct sim_node *node, struct wsync_txn *txn)
{
    struct sim_book *book = &node->world->book;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    while (wsync_log_after(txn, after, &log) == WSYNC_OK) {
        uint64_t held = 0;
        WSYNC_ASSERT(wsync_held_get(txn, log.no, &held) == WSYNC_OK);
        uint16_t change = sim_holds_last(node, sim_book_log(book, &log.id));
        bool its = wsync_device_id_equal(&log.device, &node->replica.identity.device);
        for (; its && change != SIM_NONE && book->changes[change].seq > held;
             change = book->changes[change].before) {
            book->changes[change].owed = true;
        }
        at = log.id;
        after = &at;
    }
}

/* What a key wrote that still waits is set apart by a rejoin, for people to enter again: nobody
 * does that here. */
static bool waiting_key_wrote(struct sim_node *node, struct wsync_txn *txn)
{
    struct wsync_rotation_wish wish;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    bool wrote = false;
    size_t mark = wsync_arena_mark(&node->replica.arena);
    bool waits = wsync_rotation_pending(txn, &node->replica.arena, &wish) == WSYNC_OK;
    wsync_arena_release(&node->replica.arena, mark);
    while (waits && wsync_log_after(txn, after, &log) == WSYNC_OK) {
        wrote |= log.seq > 0 && memcmp(log.signing_key.b, wish.rotation.signing_key.b,
                                       sizeof log.signing_key.b) == 0;
        at = log.id;
        after = &at;
    }
    return wrote;
}

bool sim_keys_rejoin(struct sim_node *node, uint32_t key)
{
    struct sim_world *world = node->world;
    struct wsync_txn *txn;
    struct replica next;
    sim_disk_heal(node->disk);
    sim_keys_choose(node);
    sim_holdings_read(node);
    WSYNC_ASSERT(wsync_store_begin(node->replica.store, WSYNC_TXN_WRITE, &txn) == WSYNC_OK);
    if (waiting_key_wrote(node, txn)) {
        wsync_txn_abort(txn);
        return false;
    }
    WSYNC_ASSERT(wsync_rejoin_begin(txn, &node->replica.identity) == WSYNC_OK);
    note_owed(node, txn);
    WSYNC_ASSERT(wsync_txn_commit(txn) == WSYNC_OK);
    sim_back_forget(node);
    replica_init(&next, wsync_store_mem_new(), world->seed, key, node->replica.scope);
    node->before = node->replica.identity.device;
    node->has_before = true;
    node->replica.identity = next.identity;
    node->replica.transport = next.transport;
    replica_fini(&next);
    world->book.heirs[world->book.heir_count++] =
        (struct sim_heir){node->replica.identity.device, node->before};
    node->key = key;
    node->enrolled = node->invited = node->revoked = node->suspended = false;
    node->canary.sung = node->seen.valid = false;
    sim_keys_init(node);
    sim_tell(world, "%zu goes on as another device", sim_node_index(node));
    return true;
}
