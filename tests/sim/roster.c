/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds how much of the roster.  A district may go back behind statements that wards hold,
 * and then waits for them before it issues others; what nobody holds any more never was.
 * [S9.61, S13.21] */
#include <string.h>

#include "tests/sim/harm.h"
#include "tests/sim/parts.h"
#include "wardsync/restore.h"

uint64_t sim_roster_of(const struct sim_node *node)
{
    struct wsync_roster roster;
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    WSYNC_ASSERT(wsync_roster_get(view.txn, &roster) == WSYNC_OK);
    sim_view_close(&view);
    return roster.version;
}

/* Somebody who holds most of it, the district if it does. */
static struct sim_node *newest(struct sim_world *world)
{
    struct sim_node *best = &world->nodes[0];
    uint64_t most = sim_roster_of(best);
    for (size_t i = 1; i < world->node_count; i++) {
        uint64_t version = sim_roster_of(&world->nodes[i]);
        best = version > most ? &world->nodes[i] : best;
        most = version > most ? version : most;
    }
    return best;
}

bool sim_roster_is_whole(struct sim_world *world)
{
    return newest(world) == &world->nodes[0];
}

bool sim_roster_names(struct sim_node *holder, const struct sim_node *device)
{
    struct wsync_device row;
    struct sim_view view = sim_view_open(holder, WSYNC_TXN_READ);
    enum wsync_err err = wsync_device_get(view.txn, &device->replica.identity.device, &row);
    sim_view_close(&view);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    return err == WSYNC_OK;
}

static bool has_invite(struct sim_world *world, const struct sim_node *device)
{
    struct wsync_invite_row row;
    struct sim_view view = sim_view_open(&world->nodes[0], WSYNC_TXN_READ);
    enum wsync_err err = wsync_invite_get(view.txn, &device->invite_key, &row);
    sim_view_close(&view);
    return err == WSYNC_OK;
}

/* Is a removal of this kind in force for the device? */
static bool is_removed(const struct sim_world *world, const struct sim_node *node,
                       bool suspended)
{
    const struct wsync_device_id *id = &node->replica.identity.device;
    for (size_t i = 0; i < world->revocation_count; i++) {
        const struct sim_revocation *revoked = &world->revocations[i];
        if (revoked->version != UINT64_MAX && revoked->lifted == UINT64_MAX &&
            revoked->suspends == suspended && wsync_device_id_equal(id, &revoked->device)) {
            return true;
        }
    }
    return false;
}

static void forget_revocations(struct sim_world *world, uint64_t version)
{
    for (size_t i = 0; i < world->revocation_count; i++) {
        struct sim_revocation *revoked = &world->revocations[i];
        revoked->version = revoked->version > version ? UINT64_MAX : revoked->version;
        revoked->lifted = revoked->lifted > version ? UINT64_MAX : revoked->lifted;
    }
    for (size_t i = 1; i < world->node_count; i++) {
        struct sim_node *node = &world->nodes[i];
        node->revoked = node->revoked && is_removed(world, node, false);
        node->suspended = is_removed(world, node, true);
    }
}

void sim_roster_went_back(struct sim_node *node)
{
    struct sim_world *world = node->world;
    bool district = sim_node_index(node) == 0;
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) { /* what is under way would not be nobody's */
        struct sim_link *link = &world->links[i];
        if (link->used && (district || link->ward == sim_node_index(node))) {
            sim_link_cut(link);
        }
    }
    struct sim_node *holder = newest(world);
    uint64_t version = sim_roster_of(holder);
    sim_tell(world, "the roster of %zu goes back; version %llu is left", sim_node_index(node),
             (unsigned long long)version);
    world->statistics.forgotten += district && holder != node;
    forget_revocations(world, version);
    for (size_t i = 0; i < world->revocation_count;
         i++) {           /* it is served again meanwhile, and */
        world->tainted |= /* what builds on that waits for ever */
            world->revocations[i].version > sim_roster_of(&world->nodes[0]) &&
            world->revocations[i].version <= version;
    }
    for (size_t i = 1; i < world->node_count; i++) {
        struct sim_node *device = &world->nodes[i];
        device->enrolled = device->enrolled && sim_roster_names(holder, device);
        device->invited = device->invited && (device->enrolled || has_invite(world, device));
    }
}

/* Does the roster that the district went back to let the device in? */
static bool is_served(struct sim_node *district, const struct sim_node *device)
{
    struct wsync_device row;
    struct sim_view view = sim_view_open(district, WSYNC_TXN_READ);
    enum wsync_err err = wsync_device_get(view.txn, &device->replica.identity.device, &row);
    sim_view_close(&view);
    return err == WSYNC_OK && row.revoked == 0 && row.suspended == 0;
}

/* Is there anybody whom the district lets in and who can fill its roster? */
static bool is_stuck(struct sim_world *world)
{
    struct sim_node *district = &world->nodes[0];
    for (size_t i = 1; i < world->node_count; i++) {
        struct sim_node *node = &world->nodes[i];
        if (!node->evil && !node->stranger && !node->revoked &&
            sim_roster_of(node) > sim_roster_of(district) && is_served(district, node)) {
            return false;
        }
    }
    return !sim_roster_is_whole(world);
}

/* "ward roster" there, "district roster" here. */
void sim_roster_carry(struct sim_world *world)
{
    struct sim_node *district = &world->nodes[0];
    struct sim_node *holder = newest(world);
    struct wsync_txn *txn;
    if (!is_stuck(world)) {
        return;
    }
    sim_tell(world, "the roster is carried from %zu", sim_node_index(holder));
    world->statistics.carried++;
    sim_disk_heal(district->disk);
    struct sim_view from = sim_view_open(holder, WSYNC_TXN_READ);
    WSYNC_ASSERT(wsync_store_begin(district->replica.store, WSYNC_TXN_WRITE, &txn) == WSYNC_OK);
    uint64_t version = sim_roster_of(district);
    struct wsync_signed_statement statement;
    while (wsync_roster_statement(from.txn, ++version, &statement) == WSYNC_OK) {
        enum wsync_err err = wsync_roster_take(txn, &district->replica.arena, &statement,
                                               &world->installation.instance);
        if (err != WSYNC_OK) {
            sim_fail(world, "statement %llu does not fit: %s", (unsigned long long)version,
                     wsync_err_name(err));
        }
    }
    WSYNC_ASSERT(wsync_retire_all(&district->replica.ledger, txn) == WSYNC_OK);
    WSYNC_ASSERT(wsync_txn_commit(txn) == WSYNC_OK);
    sim_view_close(&from);
    wsync_arena_release(&district->replica.arena, 0);
    sim_node_run(district, NULL, 0);
}
