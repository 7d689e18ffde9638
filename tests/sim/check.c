/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/branch.h"
#include "tests/sim/parts.h"
#include "tests/sim/photos.h"
#include "tests/sim/tlog.h"
#include "wardsync/rotation.h"

struct sim_view sim_view_open(const struct sim_node *node, enum wsync_txn_mode mode)
{
    struct sim_view view = {.store = sim_disk_image(node->disk)};
    WSYNC_ASSERT(wsync_store_begin(view.store, mode, &view.txn) == WSYNC_OK);
    return view;
}

void sim_view_close(struct sim_view *view)
{
    wsync_txn_abort(view->txn);
    wsync_store_close(view->store);
}

/* Heads that are stated or acknowledged are durable here, on the log or aside; none that nobody
 * wrote, so that two acknowledgements of one seq differ on two branches alone.  [S4.10, S5.26,
 * S5.29, S9.24, S9.25] */
static void check_heads(struct sim_node *node, const struct wsync_head *heads, size_t count)
{
    const struct sim_book *book = &node->world->book;
    for (size_t i = 0; i < count; i++) {
        uint16_t log = sim_book_log(book, &heads[i].log);
        uint16_t change = sim_book_change(book, log, heads[i].seq, &heads[i].hash);
        if (heads[i].seq > 0 && (change == SIM_NONE || !sim_holds(node, change))) {
            sim_fail(node->world, "node %zu states seq %llu of log %u, which is not durable",
                     sim_node_index(node), (unsigned long long)heads[i].seq, log);
        }
    }
}

static void check_set(struct sim_node *node, const struct wsync_change_set *set)
{
    const struct sim_book *book = &node->world->book;
    uint16_t log = sim_book_log(book, &set->log);
    bool durable = false;
    for (size_t i = 0; i < node->holding_count && !durable; i++) {
        uint16_t tip = node->holdings[i].change;
        durable = node->holdings[i].log == log && tip != SIM_NONE &&
                  set->first + set->change_count - 1 <= book->changes[tip].seq;
    }
    if (!durable) {
        sim_fail(node->world, "node %zu sends changes up to %llu that are not durable",
                 sim_node_index(node),
                 (unsigned long long)(set->first + set->change_count - 1));
    }
}

static void check_acked(struct sim_node *node, const struct wsync_session *session,
                        const struct wsync_ack *ack)
{
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    const struct wsync_head own = replica_acked(view.txn, session, ack);
    sim_view_close(&view);
    check_heads(node, &own, own.seq > 0);
    check_heads(node, ack->items, ack->count);
}

void sim_check_said(struct sim_node *node, const struct wsync_session *session,
                    struct wsync_slice frame)
{
    struct wsync_arena *arena = &node->world->arena;
    size_t mark = wsync_arena_mark(arena);
    struct wsync_message message;
    if (wsync_packed_is(frame)) { /* the last set of the batch tells for all of them */
        sim_holdings_read(node);
        check_heads(node, &session->packing.out.end, 1);
        return;
    }
    if (wsync_message_decode(frame, arena, &message) != WSYNC_OK) {
        sim_fail(node->world, "node %zu says what it would not take", sim_node_index(node));
        wsync_arena_release(arena, mark);
        return;
    }
    sim_holdings_read(node);
    if (message.type == WSYNC_MESSAGE_HELLO) {
        check_heads(node, &message.hello.own, message.hello.has_own);
    } else if (message.type == WSYNC_MESSAGE_WELCOME) {
        check_heads(node, &message.welcome.own, message.welcome.has_own);
    } else if (message.type == WSYNC_MESSAGE_HEADS) {
        check_heads(node, message.heads.items, message.heads.count);
    } else if (message.type == WSYNC_MESSAGE_ACK) {
        check_acked(node, session, &message.ack);
    } else if (message.type == WSYNC_MESSAGE_CHANGES) {
        check_set(node, &message.changes);
    }
    sim_tlog_check_said(node, session, &message);
    sim_photos_check_said(node, session, &message);
    wsync_arena_release(arena, mark);
}

/* Nothing of an unknown key, of a unit that is not the key's, or that is not for this node.
 * [S7.14, S7.15, S9.16] */
static void check_right(struct sim_node *node, uint16_t index)
{
    struct sim_world *world = node->world;
    const struct sim_log *log = &world->book.logs[index];
    size_t number = sim_node_index(node);
    bool known = false;
    for (size_t i = 0; i < world->device_count; i++) {
        const struct sim_device *device = &world->devices[i];
        known |= wsync_device_id_equal(&device->id, &log->device) &&
                 (device->node == 0 || device->scope == log->scope);
    }
    if (!known) {
        sim_fail(world, "node %zu holds a log of unit %u that its device may not write", number,
                 log->scope);
    }
    if (number != 0 && log->scope != REPLICA_TOP && log->scope != node->replica.scope) {
        sim_fail(world, "node %zu holds a log of unit %u", number, log->scope);
    }
}

/* What a ward remembers as acknowledged is durable at the district [invariant 1], unless that
 * went back since they last spoke. */
static void check_acknowledged(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    sim_holdings_read(&world->nodes[0]);
    while (!world->failed && wsync_log_after(view.txn, after, &log) == WSYNC_OK) {
        uint64_t held = 0;
        uint16_t last = sim_holds_last(node, sim_book_log(&world->book, &log.id));
        WSYNC_ASSERT(wsync_held_get(view.txn, log.no, &held) == WSYNC_OK);
        uint16_t change = held == 0 ? SIM_NONE : sim_book_at(&world->book, last, held);
        if (held > 0 && change == SIM_NONE) {
            sim_fail(world, "node %zu: more acknowledged than written", sim_node_index(node));
        } else if (held > 0 && !sim_holds(&world->nodes[0], change)) {
            sim_fail(world, "node %zu believes change %llu acknowledged; the district lost it",
                     sim_node_index(node), (unsigned long long)held);
        }
        at = log.id;
        after = &at;
    }
    sim_view_close(&view);
}

static void check_sessions(struct sim_node *node)
{
    struct sim_world *world = node->world;
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        const struct sim_link *link = &world->links[i];
        for (int end = 0; end < 2; end++) {
            size_t holder = end == SIM_WARD_END ? link->ward : 0;
            if (!link->open[end] || link->evil[end] || holder != sim_node_index(node)) {
                continue;
            }
            const struct wsync_session *session = &link->sessions[end];
            wsync_session_check(session);
            if (wsync_session_is_over(session)) {
                sim_fail(world, "node %zu keeps a session that is over", holder);
            }
            /* Heads that were bent on the way, or invented, make a side send what the other
             * one holds. */
            bool bent = sim_has(world, SIM_CORRUPTION) || sim_has(world, SIM_EVIL_WARD) ||
                        sim_has(world, SIM_EVIL_DISTRICT);
            if (!bent && session->counts.changes_acked >
                             session->counts.changes_sent + session->counts.to_send) {
                sim_fail(world, "node %zu: more acknowledged than sent", holder);
            }
        }
    }
}

void sim_check_step(struct sim_node *node)
{
    bool fresh = node->seen_commits != node->disk->commits || node->rolled;
    sim_holdings_read(node);
    for (size_t i = 0; fresh && i < node->holding_count && !node->world->failed; i++) {
        check_right(node, node->holdings[i].log);
    }
    if (fresh && !node->world->failed) {
        sim_photos_check_step(node);
    }
    if (fresh && sim_node_index(node) > 0 && !node->doubts_held && !node->lied_to &&
        !node->world->failed) {
        check_acknowledged(node);
    }
    if (node->disk->open_count != 0) {
        sim_fail(node->world, "node %zu keeps %zu transactions open", sim_node_index(node),
                 node->disk->open_count);
    }
    check_sessions(node);
}

/* A verdict that came in this session turned it down: the next one compares heads anew and
 * brings it to the district as a branch. */
static bool gave_way(struct sim_node *ward, uint16_t change)
{
    const struct sim_book *book = &ward->world->book;
    sim_holdings_read(ward);
    uint16_t last = sim_holds_last(ward, book->changes[change].log);
    return last == SIM_NONE || sim_book_at(book, last, book->changes[change].seq) != change;
}

void sim_check_success(struct sim_link *link, struct sim_node *ward)
{
    struct sim_node *district = &ward->world->nodes[0];
    if (link->stale) {
        return;
    }
    sim_holdings_read(district);
    ward->doubts_held = false;
    bool turned = link->sessions[SIM_WARD_END].partial && link->own_head != SIM_NONE &&
                  gave_way(ward, link->own_head);
    if (link->own_head != SIM_NONE && !sim_holds(district, link->own_head) && !turned) {
        sim_fail(ward->world, "node %zu ends well with change %u not at the district",
                 link->ward, ward->world->book.changes[link->own_head].seq);
    }
}

/* Did a branch give way here?  The seal that covered what is left lies beside it then. */
static bool was_cut(struct wsync_txn *txn, uint32_t log_no)
{
    struct wsync_branch branch;
    return wsync_branch_after(txn, log_no, 0, &branch) == WSYNC_OK;
}

/* One log from its genesis on: each link of the chain, a seal over its end.  [S2.7, S4.6, S4.7,
 * S4.11, S4.12] */
static bool verifies(struct sim_node *node, struct wsync_txn *txn, const struct wsync_log *log)
{
    struct wsync_slice genesis;
    struct wsync_hash hash = {{0}};
    bool good = wsync_log_genesis(txn, log->no, &genesis) == WSYNC_OK;
    hash = good ? wsync_chain_start(genesis) : hash;
    for (uint64_t seq = 1; good && seq <= log->seq; seq++) {
        struct wsync_change change;
        good = wsync_log_change(txn, log->no, seq, &change) == WSYNC_OK;
        if (good) {
            hash = wsync_chain_next(&log->id, seq, &hash, &change.raw);
            good = wsync_hash_equal(&hash, &change.hash);
        }
    }
    bool own = wsync_wrote(&node->replica.identity, log);
    struct wsync_seal seal;
    struct wsync_head head = {log->id, log->seq, hash};
    if (good && !own && log->seq > 0) {
        good =
            wsync_log_next_seal(txn, log->no, log->seq, &seal) == WSYNC_OK
                ? seal.seq == log->seq && wsync_seal_verify(&log->signing_key, &seal.signature,
                                                            &head, &seal.checkpoint)
                : was_cut(txn, log->no);
    }
    return good && wsync_hash_equal(&hash, &log->hash);
}

/* By a key that the roster names, or that this device waits to have named.  [S7.14, S7.61] */
static bool has_right(const struct sim_node *node, struct wsync_txn *txn,
                      const struct wsync_log *log)
{
    struct wsync_device device;
    bool waits = false;
    for (size_t i = 1; i < node->key_count; i++) {
        waits |= wsync_wrote(&node->keys[i].identity, log);
    }
    return wsync_device_get(txn, &log->device, &device) == WSYNC_OK &&
           wsync_device_may_write(&device, log->scope) &&
           (waits || wsync_device_key_at(&device, &log->signing_key) < device.key_count);
}

bool sim_logs_verify(struct sim_node *node)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    bool good = true;
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    while (good && wsync_log_after(view.txn, after, &log) == WSYNC_OK) {
        good = verifies(node, view.txn, &log) && has_right(node, view.txn, &log);
        at = log.id;
        after = &at;
    }
    sim_view_close(&view);
    return good;
}

void sim_check_logs(struct sim_node *node)
{
    if (!node->damaged && !sim_logs_verify(node)) {
        sim_fail(node->world, "node %zu: a chain does not verify, or is of a foreign key",
                 sim_node_index(node));
    }
}
