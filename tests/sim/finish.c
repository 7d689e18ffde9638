/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a schedule: faults off, then everything must converge within bounds (liveness),
 * and what converged must be what the reference says, with nothing lost and nothing counted
 * twice.
 */
#include <string.h>

#include "tests/sim/harm.h"
#include "tests/sim/parts.h"
#include "tests/sim/photos.h"
#include "tests/sim/tlog.h"
#include "tests/sim/standing.h"

enum {
    HEAL_STEPS_MAX = 4000,
    CROWD_ROUNDS = 1,
    ROUNDS_MAX = 10,
    TOLD_MAX = 3,
    BACK_LOGS_MAX = 3,
    RECOMPUTE_EVERY = 6
};

/* The admin enrols who is left, once the district holds what anybody holds of the roster, and
 * resumes who is suspended. */
static void enrol_the_rest(struct sim_world *world)
{
    sim_roster_carry(world);
    for (size_t i = 0; i < world->node_count && !world->failed; i++) {
        struct sim_node *node = &world->nodes[i];
        bool waits = !node->enrolled && !node->invited && !node->stranger && !node->evil;
        if (waits && sim_roster_is_whole(world)) {
            sim_office_enrol(node);
        }
        if (node->suspended && !node->revoked && sim_roster_is_whole(world)) {
            sim_office_resume(node);
        }
    }
}

static void heal(struct sim_world *world)
{
    sim_harm_end(world);
    if (world->untold) {
        sim_tlog_restored(&world->nodes[0]);
    }
    enrol_the_rest(world);
}

/* Delivers until no line is in use; what hangs must end by its deadline. */
static void drain(struct sim_world *world)
{
    for (int steps = 0; sim_link_any(world) && !world->failed; steps++) {
        enum sim_end end = (enum sim_end)sim_random_below(&world->random, 2);
        if (!sim_link_deliver(world, end) && !sim_link_deliver(world, (enum sim_end) !end)) {
            int64_t next = sim_time_next(world);
            sim_time_pass(world, next > world->now_ms ? next - world->now_ms : 0);
        }
        if (steps > HEAL_STEPS_MAX) {
            sim_fail(world, "lines stay open though nothing is under way");
        }
    }
}

/* Everybody at once. */
static void sync_crowd(struct sim_world *world)
{
    for (size_t i = 1; i < world->node_count && !world->failed; i++) {
        if (world->nodes[i].evil) {
            continue;
        }
        world->nodes[i].schedule.next_ms = world->now_ms;
        (void)sim_link_connect(&world->nodes[i]);
    }
    drain(world);
}

/* One whole session without faults and without waiting: nothing may hang. */
static void sync_one(struct sim_node *device)
{
    struct sim_world *world = device->world;
    device->schedule.next_ms = world->now_ms;
    device->ended = false;
    WSYNC_ASSERT(sim_link_connect(device));
    while (!world->failed && (sim_link_deliver(world, SIM_DISTRICT_END) ||
                              sim_link_deliver(world, SIM_WARD_END))) {
        /* goes on */
    }
    if (!world->failed && (!device->ended || sim_link_any(world))) {
        sim_fail(world, "the session of %zu hangs on a good line", sim_node_index(device));
    }
}

static bool takes_part(const struct sim_node *node)
{
    return !node->stranger && !node->revoked && !node->suspended && !node->evil;
}

/* What a session on a good line must end with.  [S7.13, S9.6, S9.36, S13.7]  A device learns
 * once that it went back; the district may end a session because what it sends gives way.
 * [S9.63] */
static void check_result(struct sim_node *device, int round)
{
    enum wsync_err expected = device->stranger    ? WSYNC_ERR_DEVICE
                              : device->revoked   ? WSYNC_ERR_REVOKED
                              : device->suspended ? WSYNC_ERR_SUSPENDED
                                                  : WSYNC_OK;
    bool passing = device->result == WSYNC_ERR_DIVERGED || device->result == WSYNC_ERR_BUSY ||
                   device->result == WSYNC_ERR_ROTATED ||
                   (device->result == WSYNC_ERR_DEVICE && device->key_count > 1);
    bool told = expected == WSYNC_OK && passing && device->told++ < TOLD_MAX;
    if (device->result != expected && !told) {
        sim_fail(device->world, "round %d: the session of %zu ends with %s", round,
                 sim_node_index(device), wsync_err_name(device->result));
    }
}

/* One session of everybody; true when changes moved. */
static bool sync_all(struct sim_world *world, int round)
{
    bool moved = !sim_roster_is_whole(world);
    enrol_the_rest(world);
    for (size_t i = 1; i < world->node_count && !world->failed; i++) {
        struct sim_node *device = &world->nodes[i];
        bool whole =
            sim_roster_is_whole(world); /* else it may be unknown, or revoked unawares */
        bool enrols = device->invited && !device->enrolled;
        bool waits = !device->invited && !device->enrolled && !device->stranger; /* till next */
        moved |= waits && !device->evil;
        if (device->evil || waits || (enrols && !whole)) {
            continue;
        }
        if (enrols) {
            sync_one(device);
        }
        if (!world->failed) {
            sync_one(device);
        }
        if (!world->failed && whole) {
            check_result(device, round);
        }
        const struct wsync_blob_counts *photos = &device->counts.blobs;
        moved |= takes_part(device) &&
                 (device->result != WSYNC_OK ||
                  device->counts.changes_sent + device->counts.changes_taken > 0 ||
                  photos->chunks_sent + photos->chunks_taken + photos->confirmed > 0);
    }
    return moved;
}

/* Everything that somebody who takes part holds must come to count at the district. */
static void note_kept(struct sim_world *world)
{
    memset(world->kept, 0, sizeof world->kept);
    for (size_t i = 0; i < world->node_count; i++) {
        struct sim_node *node = &world->nodes[i];
        node->told = 0;
        if (!takes_part(node)) {
            continue;
        }
        sim_holdings_read(node);
        for (size_t k = 0; k < node->holding_count; k++) {
            uint16_t change = node->holdings[k].change;
            while (change != SIM_NONE && !world->kept[change]) {
                world->kept[change] = true;
                change = world->book.changes[change].before;
            }
        }
    }
}

/* Does somebody who takes part have the key of the change's device? */
static bool has_author(const struct sim_world *world, uint16_t change)
{
    const struct sim_log *log = &world->book.logs[world->book.changes[change].log];
    for (size_t i = 0; i < world->node_count; i++) {
        const struct sim_node *node = &world->nodes[i];
        bool its = wsync_device_id_equal(&log->device, &node->replica.identity.device);
        bool owed =
            world->book.changes[change].owed &&
            sim_book_follows(&world->book, &node->replica.identity.device, &log->device);
        if (takes_part(node) && (its || owed)) {
            return true;
        }
    }
    return false;
}

/* Does somebody who takes part hold the change? */
static bool is_held(const struct sim_world *world, uint16_t change)
{
    for (size_t i = 0; i < world->node_count; i++) {
        const struct sim_node *node = &world->nodes[i];
        if (takes_part(node) && sim_holds(node, change)) {
            return true;
        }
    }
    return false;
}

/* Does somebody still hold the definition of the form version that an operation writes? */
static bool is_defined(const struct sim_world *world, const struct sim_operation *by)
{
    for (size_t i = 0; i < world->book.operation_count && by->form >= WSYNC_FORM_FIRST; i++) {
        const struct sim_operation *other = &world->book.operations[i];
        if (other->creates && other->form == WSYNC_FORM_FORM &&
            other->writes[1].value.integer == by->version && is_held(world, other->change)) {
            return true;
        }
    }
    return by->form < WSYNC_FORM_FIRST;
}

/* Does the change name what nobody holds any more, what waits for such, or what does not count?
 */
static bool names_lost(const struct sim_world *world, uint16_t change)
{
    const struct sim_book *book = &world->book;
    for (uint16_t i = 0; i < book->changes[change].count; i++) {
        const struct sim_operation *by = &book->operations[book->changes[change].first + i];
        const struct sim_address *named[] = {&by->record, &by->other};
        if (!is_defined(world, by)) {
            return true;
        }
        for (int k = by->creates ? 2 : 0; k < (by->kind == WSYNC_KIND_DUPLICATE ? 2 : 1); k++) {
            uint16_t target = named[k]->change;
            bool lost = target == SIM_NONE || !is_held(world, target) ||
                        (named[k]->entry != SIM_NONE && !is_held(world, named[k]->entry));
            if (lost || sim_state_counting(&world->state, target) == SIM_NONE ||
                world->state.outcome[target] == SIM_WAITS ||
                world->state.outcome[target] == SIM_QUARANTINED) {
                return true;
            }
        }
    }
    return false;
}

/* Every change that was kept counts at the district, itself or as a copy, as long as somebody
 * has its author's key and what it names counts; else it lies somewhere as evidence.
 * [Invariants 1 and 5, S13.12, S13.14]  The world's state is the district's. */
static void check_nothing_lost(struct sim_world *world)
{
    const struct sim_book *book = &world->book;
    for (uint16_t i = 0; i < book->change_count && !world->failed; i++) {
        const struct sim_change *change = &book->changes[i];
        world->statistics.again += change->has_origin;
        world->statistics.forks +=
            sim_holds(&world->nodes[0], i) && world->state.outcome[i] == SIM_ABSENT;
        if (!world->kept[i] || change->count == 0 ||
            sim_state_counting(&world->state, i) != SIM_NONE) {
            continue;
        }
        if (has_author(world, i) && !names_lost(world, i)) {
            sim_fail(world, "change %u of log %u counts nowhere", change->seq, change->log);
        } else if (!is_held(world, i)) {
            sim_fail(world, "change %u of log %u is lost", change->seq, change->log);
        }
    }
}

/* The change that the verdict which holds has stand at that place of the log, or SIM_NONE. */
static uint16_t standing_at(const struct sim_state *state, const struct sim_change *place)
{
    uint16_t stands = SIM_NONE;
    for (uint16_t i = 0; i < state->book->change_count; i++) {
        const struct sim_change *named = &state->book->changes[i];
        if (state->stands[i].decision != 0 && named->log == place->log &&
            named->seq == place->seq &&
            (stands == SIM_NONE ||
             sim_is_later(state, state->stands[i].by, state->stands[stands].by))) {
            stands = i;
        }
    }
    return stands;
}

/* Nothing counts against a verdict.  What the district holds aside where it leaves the path
 * that counts, or would continue it, gives way to a verdict, and to a change that counts or
 * that the district does not hold.  [S5.30 to S5.32, S10.37, S10.39]
 *
 * A verdict on a change further along a path that gave way has no effect: a district that
 * forgot what it decided may decide about such a path, and then get back the verdict which
 * turns the path down.  Nor may it stop what goes on elsewhere: about that the district decides
 * anew. */
static void check_stands(struct sim_world *world)
{
    const struct sim_book *book = &world->book;
    const struct sim_state *state = &world->state;
    for (uint16_t i = 0; i < book->change_count && !world->failed; i++) {
        const struct sim_change *change = &book->changes[i];
        uint16_t stands = standing_at(state, change);
        bool counts = state->outcome[i] != SIM_ABSENT;
        bool next = change->before == SIM_NONE || state->outcome[change->before] != SIM_ABSENT;
        if (counts && stands != SIM_NONE && stands != i) {
            sim_fail(world, "change %u of log %u counts against a verdict", change->seq,
                     change->log);
        } else if (!counts && next && sim_holds(&world->nodes[0], i) &&
                   (stands == SIM_NONE || (state->outcome[stands] == SIM_ABSENT &&
                                           sim_holds(&world->nodes[0], stands)))) {
            sim_fail(world, "the branch of change %u of log %u ought to stand, or another one",
                     change->seq, change->log);
        }
    }
}

/* The digest of the node's state of one unit, from its store or anew from its logs. */
static struct wsync_hash digest_of(struct sim_node *node, uint32_t scope, bool anew)
{
    struct wsync_hash digest = anew ? replica_recomputed_digest(&node->replica, scope)
                                    : replica_digest(&node->replica, scope);
    sim_trace_bytes(&node->world->trace, WSYNC_BYTES(digest));
    return digest;
}

static void compare_digest(struct sim_node *node, uint32_t scope, const struct wsync_hash *with,
                           bool anew)
{
    struct wsync_hash digest = digest_of(node, scope, anew);
    if (!wsync_hash_equal(&digest, with)) {
        sim_fail(node->world, "node %zu: the %sdigest of unit %u is not the district's",
                 sim_node_index(node), anew ? "recomputed " : "", scope);
    }
}

/* [S10.25 to S10.32, S10.38] */
static void compare_digests(struct sim_world *world)
{
    /* In half of the schedules one device builds its state anew, which costs a seal a change.
     */
    size_t chosen = (size_t)sim_random_below(&world->random, 2 * world->node_count);
    bool everyone = sim_random_once_in(&world->random, RECOMPUTE_EVERY);
    for (uint32_t scope = 1; scope <= world->scope_count && !world->failed; scope++) {
        struct wsync_hash district = digest_of(&world->nodes[0], scope, false);
        for (size_t i = 1; i < world->node_count; i++) {
            struct sim_node *node = &world->nodes[i];
            bool reads = scope == REPLICA_TOP || scope == node->replica.scope;
            if (!reads || !takes_part(node)) {
                continue;
            }
            compare_digest(node, scope, &district, false);
            if (scope != REPLICA_TOP && (i == chosen || everyone)) {
                compare_digest(node, scope, &district, true);
            }
        }
    }
    struct wsync_hash whole = digest_of(&world->nodes[0], 0, false);
    compare_digest(&world->nodes[0], 0, &whole, true);
}

/* All logs and records against the reference; the district last, whose state stays. */
static void check_everybody(struct sim_world *world)
{
    for (size_t i = world->node_count; i > 0 && !world->failed; i--) {
        struct sim_node *node = &world->nodes[i - 1];
        if (node->evil) {
            continue;
        }
        sim_check_step(node);
        sim_check_logs(node);
        if (!world->failed && !node->stranger) {
            sim_compare(node);
        }
        if (!world->failed && takes_part(node)) {
            sim_photos_check_end(node);
        }
        for (uint16_t k = 0; k < world->book.change_count && takes_part(node); k++) {
            const struct sim_log *log = &world->book.logs[world->book.changes[k].log];
            if (!world->failed && world->state.outcome[k] == SIM_WAITS && !world->tainted &&
                !names_lost(world, k)) {
                sim_fail(world, "node %zu: a change of unit %u waits though all arrived", i - 1,
                         log->scope);
            }
        }
    }
}

/* However often somebody states heads that are none, the district opens no more logs than the
 * first of each unit, one on a word, and those of each time that it truly went back: one on a
 * word, one for a proof each of the log and of the roster.  [Invariant 8, S13.21, S13.22] */
static void check_own_logs(struct sim_world *world)
{
    const struct sim_node *district = &world->nodes[0];
    for (uint32_t scope = 1; scope <= world->scope_count && !world->failed; scope++) {
        uint64_t count = 0;
        for (size_t i = 0; i < world->book.log_count; i++) {
            const struct sim_log *log = &world->book.logs[i];
            count += log->node && log->scope == scope;
        }
        if (count > 2 + BACK_LOGS_MAX * district->backs) {
            sim_fail(world, "the district opened %llu logs of unit %u, gone back %llu times",
                     (unsigned long long)count, scope, (unsigned long long)district->backs);
        }
        world->statistics.own_logs += count;
    }
}

void sim_world_finish(struct sim_world *world)
{
    heal(world);
    drain(world);
    if (!world->failed) {
        note_kept(world);
    }
    for (int round = 0; round < CROWD_ROUNDS && !world->failed; round++) {
        sync_crowd(world);
    }
    bool moves = true;
    for (int round = 0; moves && round < ROUNDS_MAX && !world->failed; round++) {
        moves = sync_all(world, round);
    }
    if (!world->failed && moves) {
        sim_fail(world, "after %d rounds sessions still move changes", ROUNDS_MAX);
    }
    if (!world->failed) {
        check_everybody(world);
    }
    if (!world->failed) {
        check_own_logs(world);
    }
    if (!world->failed) {
        check_nothing_lost(world);
    }
    if (!world->failed) {
        check_stands(world);
    }
    if (!world->failed) {
        (void)sync_all(world, ROUNDS_MAX); /* asks for what the last round taught */
        sim_tlog_check_end(world);
    }
    if (!world->failed) {
        compare_digests(world);
    }
}
