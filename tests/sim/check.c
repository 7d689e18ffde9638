/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/sim/parts.h"

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

/* Does the store hold the log up to `head` with that hash? */
static bool holds(struct wsync_txn *txn, const struct wsync_head *head)
{
    struct wsync_log log;
    struct wsync_hash hash;
    return wsync_log_find(txn, &head->log, &log) == WSYNC_OK && head->seq <= log.seq &&
           wsync_log_hash(txn, log.no, head->seq, &hash) == WSYNC_OK &&
           wsync_hash_equal(&hash, &head->hash);
}

static void check_heads(struct sim_node *node, struct wsync_txn *txn,
                        const struct wsync_head *heads, size_t count)
{
    const struct sim_model *model = &node->world->model;
    for (size_t i = 0; i < count; i++) {
        uint16_t log = sim_model_find(model, &heads[i].log);
        if (!holds(txn, &heads[i])) {
            sim_fail(node->world, "node %zu states seq %llu of log %u, which is not durable",
                     sim_node_index(node), (unsigned long long)heads[i].seq, log);
        } else if (heads[i].seq > 0 &&
                   (log == SIM_NONE || heads[i].seq > model->logs[log].count)) {
            sim_fail(node->world, "node %zu states a head that nobody wrote",
                     sim_node_index(node));
        }
    }
}

static void check_set(struct sim_node *node, struct wsync_txn *txn,
                      const struct wsync_change_set *set)
{
    struct wsync_log log;
    if (wsync_log_find(txn, &set->log, &log) != WSYNC_OK ||
        set->first + set->change_count - 1 > log.seq) {
        sim_fail(node->world, "node %zu sends changes up to %llu that are not durable",
                 sim_node_index(node),
                 (unsigned long long)(set->first + set->change_count - 1));
    }
}

void sim_check_said(struct sim_node *node, struct wsync_slice frame)
{
    struct wsync_arena *arena = &node->world->arena;
    size_t mark = wsync_arena_mark(arena);
    struct wsync_message message;
    if (wsync_message_decode(frame, arena, &message) != WSYNC_OK) {
        sim_fail(node->world, "node %zu says what it would not take", sim_node_index(node));
        wsync_arena_release(arena, mark);
        return;
    }
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    if (message.type == WSYNC_MESSAGE_HELLO) {
        check_heads(node, view.txn, &message.hello.own, message.hello.has_own);
    } else if (message.type == WSYNC_MESSAGE_WELCOME) {
        check_heads(node, view.txn, &message.welcome.own, message.welcome.has_own);
    } else if (message.type == WSYNC_MESSAGE_HEADS) {
        check_heads(node, view.txn, message.heads.items, message.heads.count);
    } else if (message.type == WSYNC_MESSAGE_ACK) {
        check_heads(node, view.txn, message.ack.items, message.ack.count);
    } else if (message.type == WSYNC_MESSAGE_CHANGES) {
        check_set(node, view.txn, &message.changes);
    }
    sim_view_close(&view);
    wsync_arena_release(arena, mark);
}

/* A log here is a prefix of what its author committed, and no shorter than it was. */
static void check_head(struct sim_node *node, const struct wsync_log *log)
{
    struct sim_world *world = node->world;
    const struct sim_model *model = &world->model;
    uint16_t index = sim_model_find(model, &log->id);
    size_t number = sim_node_index(node);
    if (index == SIM_NONE || log->seq > model->logs[index].count) {
        sim_fail(world, "node %zu holds changes that nobody committed", number);
        return;
    }
    const struct sim_log *whole = &model->logs[index];
    if (log->seq > 0 &&
        !wsync_hash_equal(&log->hash, &model->changes[whole->changes[log->seq - 1]].hash)) {
        sim_fail(world, "node %zu holds another change %llu of log %u", number,
                 (unsigned long long)log->seq, index);
    }
    if (log->seq < node->heads[index]) {
        sim_fail(world, "node %zu went back from %u to %llu in log %u", number,
                 node->heads[index], (unsigned long long)log->seq, index);
    }
    if (wsync_device_id_equal(&log->device, &node->replica.identity.device) &&
        log->seq != whole->count) {
        sim_fail(world, "node %zu lost a change of its own", number);
    }
    bool may_hold =
        number == 0 || log->scope == REPLICA_TOP || log->scope == node->replica.scope;
    if (!may_hold) {
        sim_fail(world, "node %zu holds a log of unit %u", number, log->scope);
    }
    node->heads[index] = (uint16_t)log->seq;
}

/* What a ward remembers as acknowledged is durable at the district [invariant 1]. */
static void check_held(struct sim_node *node, struct wsync_txn *txn,
                       const struct wsync_log *log)
{
    uint64_t held;
    struct wsync_head head = {.log = log->id};
    if (wsync_held_get(txn, log->no, &held) != WSYNC_OK || held == 0) {
        return;
    }
    head.seq = held;
    if (wsync_log_hash(txn, log->no, held, &head.hash) != WSYNC_OK) {
        sim_fail(node->world, "node %zu: more acknowledged than written", sim_node_index(node));
        return;
    }
    struct sim_view district = sim_view_open(&node->world->nodes[0], WSYNC_TXN_READ);
    if (!holds(district.txn, &head)) {
        sim_fail(node->world,
                 "node %zu believes change %llu acknowledged; the district lost it",
                 sim_node_index(node), (unsigned long long)held);
    }
    sim_view_close(&district);
}

static void check_sessions(struct sim_node *node)
{
    struct sim_world *world = node->world;
    for (size_t i = 0; i < SIM_LINKS_MAX; i++) {
        const struct sim_link *link = &world->links[i];
        for (int end = 0; end < 2; end++) {
            size_t holder = end == SIM_WARD_END ? link->ward : 0;
            if (!link->open[end] || holder != sim_node_index(node)) {
                continue;
            }
            const struct wsync_session *session = &link->sessions[end];
            wsync_session_check(session);
            if (wsync_session_is_over(session)) {
                sim_fail(world, "node %zu keeps a session that is over", holder);
            }
            /* Heads that were bent on the way make a side send what the other holds. */
            if ((world->faults & SIM_CORRUPTION) == 0 &&
                session->counts.changes_acked >
                    session->counts.changes_sent + session->counts.to_send) {
                sim_fail(world, "node %zu: more acknowledged than sent", holder);
            }
        }
    }
}

void sim_check_step(struct sim_node *node)
{
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    while (!node->world->failed && wsync_log_after(view.txn, after, &log) == WSYNC_OK) {
        check_head(node, &log);
        if (sim_node_index(node) > 0) {
            check_held(node, view.txn, &log);
        }
        at = log.id;
        after = &at;
    }
    sim_view_close(&view);
    check_sessions(node);
}

void sim_check_success(struct sim_link *link, struct sim_node *ward)
{
    struct sim_view view = sim_view_open(ward, WSYNC_TXN_READ);
    struct wsync_log log;
    uint64_t held = 0;
    if (wsync_ledger_own_log(view.txn, ward->replica.scope, &log) == WSYNC_OK) {
        WSYNC_ASSERT(wsync_held_get(view.txn, log.no, &held) == WSYNC_OK);
    }
    if (held < link->own_seq) {
        sim_fail(ward->world, "node %zu ends well with %llu of %llu changes acknowledged",
                 link->ward, (unsigned long long)held, (unsigned long long)link->own_seq);
    }
    sim_view_close(&view);
}

/* One log from its genesis on: each link of the chain, a seal over its end, its device's right.
 */
static void check_log(struct sim_node *node, struct wsync_txn *txn, const struct wsync_log *log)
{
    struct sim_world *world = node->world;
    struct wsync_device device;
    struct wsync_slice genesis;
    struct wsync_hash hash = {{0}};
    bool good = wsync_device_get(txn, &log->device, &device) == WSYNC_OK &&
                wsync_device_has_scope(&device, log->scope) &&
                memcmp(device.signing_key.b, log->signing_key.b, WSYNC_PUBLIC_KEY_BYTES) == 0;
    if (!good) {
        sim_fail(world, "node %zu holds a log of a foreign key", sim_node_index(node));
    }
    good = wsync_log_genesis(txn, log->no, &genesis) == WSYNC_OK;
    hash = good ? wsync_chain_start(genesis) : hash;
    for (uint64_t seq = 1; good && seq <= log->seq; seq++) {
        struct wsync_change change;
        good = wsync_log_change(txn, log->no, seq, &change) == WSYNC_OK;
        if (good) {
            hash = wsync_chain_next(&log->id, seq, &hash, &change.raw);
            good = wsync_hash_equal(&hash, &change.hash);
        }
    }
    bool own = wsync_device_id_equal(&log->device, &node->replica.identity.device);
    if (good && !own && log->seq > 0) {
        struct wsync_seal seal;
        struct wsync_head head = {log->id, log->seq, hash};
        good = wsync_log_next_seal(txn, log->no, log->seq, &seal) == WSYNC_OK &&
               seal.seq == log->seq &&
               wsync_seal_verify(&log->signing_key, &seal.signature, &head, &seal.checkpoint);
    }
    if (!good || !wsync_hash_equal(&hash, &log->hash)) {
        sim_fail(world, "node %zu: a chain does not verify", sim_node_index(node));
    }
}

void sim_check_logs(struct sim_node *node)
{
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    while (!node->world->failed && wsync_log_after(view.txn, after, &log) == WSYNC_OK) {
        check_log(node, view.txn, &log);
        at = log.id;
        after = &at;
    }
    sim_view_close(&view);
}
