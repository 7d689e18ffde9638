/* SPDX-License-Identifier: Apache-2.0 */
/* Disks that go back, are copied, rot, or are read for long (SPEC sections 5.7 and 13). [S9.14,
 * S13.6 to S13.9] */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/harm.h"
#include "tests/sim/parts.h"
#include "tests/sim/photos.h"
#include "tests/sim/tlog.h"
#include "tests/store_mem.h"
#include "wardsync/restore.h"

enum { RAW_OFFSET = 46, KEY_BYTES_MAX = 64, ROW_BYTES_MAX = 16384, WINDOW = 6 };

void sim_back_forget(struct sim_node *node)
{
    if (node->reader) {
        wsync_txn_abort(node->reader);
        node->reader = NULL;
    }
    if (node->image) {
        wsync_store_close(node->image);
        wsync_blobs_close(node->photos_image);
        node->image = NULL;
    }
}

void sim_back_take(struct sim_node *node)
{
    if (node->image) {
        wsync_store_close(node->image);
        wsync_blobs_close(node->photos_image);
    }
    node->image = sim_disk_image(node->disk);
    node->photos_image = sim_shelf_image(node->shelf);
    sim_tell(node->world, "backup of %zu", sim_node_index(node));
}

/* The canary outside of the disk has seen more than the disk holds. */
static void ask_canary(struct sim_node *node, bool other_machine)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    const struct sim_canary *canary = &node->canary;
    if (!node->world->canaries || !canary->sung) {
        return;
    }
    WSYNC_ASSERT(wsync_store_begin(node->replica.store, WSYNC_TXN_WRITE, &txn) == WSYNC_OK);
    bool ahead = wsync_log_find(txn, &canary->log, &log) != WSYNC_OK || log.seq < canary->seq;
    if (ahead || other_machine) {
        sim_tell(node->world, "the canary of %zu doubts", sim_node_index(node));
        WSYNC_ASSERT(wsync_retire_all(&node->replica.ledger, txn) == WSYNC_OK);
    }
    WSYNC_ASSERT(wsync_txn_commit(txn) == WSYNC_OK);
}

/* `photos` NULL: the store alone goes back. */
static void put(struct sim_node *node, struct wsync_store *image,
                const struct wsync_blobs *photos)
{
    struct sim_world *world = node->world;
    if (node->reader) {
        wsync_txn_abort(node->reader);
        node->reader = NULL;
    }
    uint64_t version = sim_roster_of(node);
    uint64_t whole = sim_photos_whole(node);
    sim_tell(world, "the disk of %zu goes back", sim_node_index(node));
    node->backs++;
    sim_disk_heal(node->disk);
    sim_shelf_heal(node->shelf);
    sim_disk_put_back(node->disk, image);
    if (photos) {
        sim_shelf_put_back(node->shelf, photos);
    }
    sim_node_restart(node);
    sim_photos_went_back(node, whole);
    node->rolled = true;
    node->seen.valid = false;
    world->statistics.restores++;
    for (size_t i = 1; i < world->node_count && sim_node_index(node) == 0; i++) {
        world->nodes[i].doubts_held = true;
    }
    for (size_t i = 0; i < SIM_LINKS_MAX && sim_node_index(node) == 0; i++) {
        world->links[i].stale = true;
    }
    if (sim_roster_of(node) < version ||
        sim_node_index(node) == 0) { /* the district's invites, too */
        sim_roster_went_back(node);
    }
    ask_canary(node, false);
    sim_check_step(node);
    if (sim_node_index(node) == 0) {
        sim_tlog_went_back(node);
    }
}

void sim_back_put(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct wsync_store *image = node->image;
    bool with_photos = sim_random_below(&world->random, 3) > 0;
    if (!image || world->backs_left == 0 || node->damaged) {
        return;
    }
    node->image = NULL;
    world->backs_left--;
    put(node, image, with_photos ? node->photos_image : NULL);
    wsync_blobs_close(node->photos_image);
}

void sim_back_clone(struct sim_node *node)
{
    struct sim_world *world = node->world;
    if (world->node_count == SIM_NODES_MAX || world->backs_left == 0 || node->damaged) {
        return;
    }
    world->backs_left--;
    size_t number = world->node_count++;
    struct sim_node *twin = &world->nodes[number];
    sim_tell(world, "clone %zu as %zu", sim_node_index(node), number);
    sim_node_init(world, number, node->key, node->replica.scope);
    memcpy(twin->keys, node->keys, sizeof twin->keys);
    twin->key_count = node->key_count;
    twin->has_before = node->has_before;
    twin->before = node->before;
    twin->replica.identity = node->replica.identity;
    twin->replica.transport = node->replica.transport;
    sim_disk_put_back(twin->disk, sim_disk_image(node->disk));
    struct wsync_blobs *photos = sim_shelf_image(node->shelf);
    sim_shelf_put_back(twin->shelf, photos);
    wsync_blobs_close(photos);
    twin->replica.draws = node->replica.draws + 100000 * number;
    twin->enrolled = node->enrolled;
    twin->suspended = node->suspended;
    twin->canary = node->canary;
    twin->doubts_held = node->doubts_held;
    twin->lied_to = node->lied_to;
    twin->cloned = node->cloned = true;
    world->statistics.restores++;
    ask_canary(twin, true);
    sim_check_step(twin);
}

/* Flips one bit of what some stored change was signed over; false when there is none. */
static bool flip(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct wsync_txn *txn;
    uint8_t key[KEY_BYTES_MAX];
    static uint8_t row[ROW_BYTES_MAX];
    struct wsync_entry entry = {.key = {NULL, 0}};
    uint64_t skip = sim_random_below(&world->random, 60);
    size_t key_len = 0;
    size_t row_len = 0;
    WSYNC_ASSERT(wsync_store_begin(node->disk->inner, WSYNC_TXN_WRITE, &txn) == WSYNC_OK);
    while (skip-- > 0 &&
           wsync_txn_seek(txn, WSYNC_TABLE_CHANGES, WSYNC_SEEK_GT, &entry) == WSYNC_OK) {
        bool genesis = entry.key.data[entry.key.len - 1] == 0;
        bool aside = (entry.key.data[0] & 0x80) != 0;
        if (genesis || aside || entry.value.len <= RAW_OFFSET || entry.key.len > sizeof key ||
            entry.value.len > sizeof row) {
            continue;
        }
        key_len = entry.key.len;
        row_len = entry.value.len;
        memcpy(key, entry.key.data, key_len);
        memcpy(row, entry.value.data, row_len);
    }
    if (row_len > 0) {
        uint64_t bit = sim_random_below(&world->random, 8 * (row_len - RAW_OFFSET));
        row[RAW_OFFSET + bit / 8] ^= (uint8_t)(1U << (bit % 8));
        WSYNC_ASSERT(wsync_txn_put(txn, WSYNC_TABLE_CHANGES, wsync_slice(key, key_len),
                                   wsync_slice(row, row_len)) == WSYNC_OK);
    }
    WSYNC_ASSERT(wsync_txn_commit(txn) == WSYNC_OK);
    return row_len > 0;
}

void sim_back_flip(struct sim_node *node)
{
    struct sim_world *world = node->world;
    uint64_t commits = node->disk->commits;
    if (node->reader || node->disk->dead ||
        wsync_store_mem_fault_is_planned(node->disk->inner) || world->backs_left == 0) {
        return;
    }
    struct wsync_store *image = sim_disk_image(node->disk);
    if (!flip(node)) {
        wsync_store_close(image);
        return;
    }
    sim_tell(world, "a bit of the disk of %zu flips", sim_node_index(node));
    node->damaged = true;
    if (sim_logs_verify(node)) {
        sim_fail(world, "node %zu does not notice a flipped bit", sim_node_index(node));
    }
    for (int i = 0; i < WINDOW && !world->failed; i++) {
        (void)sim_link_deliver(world, SIM_DISTRICT_END);
        (void)sim_link_deliver(world, SIM_WARD_END);
    }
    if (!world->failed && sim_logs_verify(node)) {
        sim_fail(world, "the flipped bit of node %zu went away", sim_node_index(node));
    }
    node->damaged = false;
    if (world->failed) {
        wsync_store_close(image);
        return;
    }
    if (node->disk->commits == commits) {
        sim_disk_put_back(node->disk, image);
        return;
    }
    world->backs_left--;
    put(node, image, NULL);
}

/* All a transaction sees, in one number. */
static uint64_t read_all(struct wsync_txn *txn)
{
    struct sim_trace trace = {0};
    for (int table = 0; table < WSYNC_TABLE_COUNT; table++) {
        struct wsync_entry entry = {.key = {NULL, 0}};
        while (wsync_txn_seek(txn, (enum wsync_table)table, WSYNC_SEEK_GT, &entry) ==
               WSYNC_OK) {
            sim_trace_bytes(&trace, entry.key);
            sim_trace_bytes(&trace, entry.value);
        }
    }
    return trace.hash;
}

uint64_t sim_image(const struct sim_node *node)
{
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    uint64_t image = read_all(view.txn);
    sim_view_close(&view);
    return image;
}

void sim_back_read(struct sim_node *node)
{
    if (wsync_store_mem_fault_is_planned(node->disk->inner)) {
        return; /* it would strike here */
    }
    if (!node->reader) {
        WSYNC_ASSERT(wsync_store_begin(node->disk->inner, WSYNC_TXN_READ, &node->reader) ==
                     WSYNC_OK);
        node->read_hash = read_all(node->reader);
        return;
    }
    if (read_all(node->reader) != node->read_hash) {
        sim_fail(node->world, "what a reader of node %zu sees has changed",
                 sim_node_index(node));
    }
    wsync_txn_abort(node->reader);
    node->reader = NULL;
}
