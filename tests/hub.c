/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/hub.h"

#include <stdlib.h>
#include <string.h>

#include "tests/blobs_mem.h"
#include "wardsync/restore.h"
#include "wardsync/tree.h"

static void *allocate(size_t len)
{
    void *memory = aligned_alloc(16, (len + 15) / 16 * 16);
    WSYNC_ASSERT(memory);
    return memory;
}

static struct wsync_slice copy_of(struct wsync_slice bytes)
{
    uint8_t *copy = allocate(bytes.len + 1);
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return wsync_slice(copy, bytes.len);
}

static void free_slice(struct wsync_slice bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static struct hub_line *line_of(struct hub *hub, const struct wsync_session *session)
{
    size_t i = 0;
    while (i < HUB_LINES_MAX && &hub->lines[i].session != session) {
        i++;
    }
    WSYNC_ASSERT(i < HUB_LINES_MAX);
    return &hub->lines[i];
}

/* What is spoken of must be in the store by now: another transaction sees it. */
static void check_durable(struct hub *hub, const struct wsync_head *heads, size_t count)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(hub->disk, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    for (size_t i = 0; i < count; i++) {
        bool held;
        err = wsync_head_held(txn, &heads[i], &held);
        WSYNC_ASSERT(err == WSYNC_OK);
        hub->said_too_early |= !held;
    }
    wsync_txn_abort(txn);
}

/* What a district that keeps a log acknowledges is under a leaf, and no checkpoint goes beyond
 * the leaves that are durable. */
static void check_leafed(struct hub *hub, const struct wsync_head *heads, size_t count)
{
    struct wsync_txn *txn;
    struct wsync_leaf_place place;
    enum wsync_err err = wsync_store_begin(hub->disk, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    for (size_t i = 0; i < count; i++) {
        struct wsync_log log;
        bool own = wsync_log_find(txn, &heads[i].log, &log) == WSYNC_OK &&
                   wsync_device_id_equal(&log.device, &hub->replica->identity.device);
        hub->said_too_early |= !own && wsync_tree_find(txn, &heads[i], &place) != WSYNC_OK;
    }
    wsync_txn_abort(txn);
}

static void check_checkpoint(struct hub *hub, const struct wsync_checkpoint *checkpoint)
{
    struct wsync_txn *txn;
    struct wsync_tree tree;
    struct wsync_hash root = {{0}};
    enum wsync_err err = wsync_store_begin(hub->disk, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_tree_get(txn, &tree);
    struct wsync_tree_context context = {txn, tree.number};
    const struct wsync_merkle_source source = wsync_tree_source(&context);
    if (err == WSYNC_OK && tree.size >= checkpoint->size) {
        err = wsync_merkle_root(&source, checkpoint->size, &root);
    }
    wsync_txn_abort(txn);
    hub->said_too_early |= err != WSYNC_OK || !wsync_hash_equal(&root, &checkpoint->root);
}

/* The head that a set ends with, by its own bytes and what the store holds before them. */
static void check_set(struct hub *hub, const struct wsync_change_set *set)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_head head = {set->log, set->first - 1, {{0}}};
    enum wsync_err err = wsync_store_begin(hub->disk, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    bool held = wsync_log_find(txn, &set->log, &log) == WSYNC_OK &&
                wsync_log_hash(txn, log.no, head.seq, &head.hash) == WSYNC_OK;
    wsync_txn_abort(txn);
    hub->said_too_early |= !held;
    if (memcmp(head.hash.b, set->previous, sizeof set->previous) != 0) {
        return; /* the rest of another branch, which lies beside the log */
    }
    for (size_t i = 0; i < set->change_count; i++) {
        head.seq++;
        head.hash = wsync_chain_next(&set->log, head.seq, &head.hash, &set->changes[i]);
    }
    check_durable(hub, &head, 1);
}

static void check_acked(struct hub *hub, const struct wsync_session *session,
                        const struct wsync_ack *ack)
{
    struct wsync_txn *txn;
    WSYNC_ASSERT(wsync_store_begin(hub->disk, WSYNC_TXN_READ, &txn) == WSYNC_OK);
    const struct wsync_head own = replica_acked(txn, session, ack);
    wsync_txn_abort(txn);
    check_durable(hub, ack->items, ack->count);
    check_durable(hub, &own, own.seq > 0);
    if (hub->replica->keeps_log) {
        check_leafed(hub, ack->items, ack->count);
        check_leafed(hub, &own, own.seq > 0);
    }
}

static void on_send(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct hub *hub = context;
    struct hub_line *line = line_of(hub, session);
    struct wsync_message message;
    WSYNC_ASSERT(line->said < HUB_FRAMES_MAX);
    line->frames[line->said++] = copy_of(frame);
    if (wsync_packed_is(frame)) { /* the last set of the batch tells for all of them */
        check_durable(hub, &session->packing.out.end, 1);
        return;
    }
    size_t mark = wsync_arena_mark(&hub->replica->arena);
    WSYNC_ASSERT(wsync_message_decode(frame, &hub->replica->arena, &message) == WSYNC_OK);
    if (message.type == WSYNC_MESSAGE_ACK) {
        check_acked(hub, session, &message.ack);
    } else if (message.type == WSYNC_MESSAGE_RECEIPT) {
        check_checkpoint(hub, &message.receipt.checkpoint.checkpoint);
    } else if (message.type == WSYNC_MESSAGE_CHANGES) {
        check_set(hub, &message.changes);
    } else if (message.type == WSYNC_MESSAGE_BLOB_WANT) {
        hub->said_too_early |= wsync_blobs_mem_is_dirty(hub->replica->ledger.blobs);
    }
    wsync_arena_release(&hub->replica->arena, mark);
}

static void on_close(void *context, struct wsync_session *session)
{
    line_of(context, session)->closed = true;
}

void hub_init(struct hub *hub, struct replica *replica)
{
    *hub = (struct hub){
        .replica = replica, .disk = replica->store, .sink = {hub, on_send, on_close}};
    hub->lines = calloc(HUB_LINES_MAX, sizeof *hub->lines);
    hub->memory = allocate(wsync_pump_bytes());
    WSYNC_ASSERT(hub->lines);
    wsync_pump_init(&hub->pump, replica->store, &replica->ledger, &hub->sink, hub->memory);
}

static void empty_line(struct hub_line *line)
{
    for (size_t i = 0; i < line->said; i++) {
        free_slice(line->frames[i]);
    }
    line->said = line->carried = 0;
    line->closed = false;
}

static void empty_batch(struct hub *hub)
{
    for (size_t i = 0; i < hub->batch_count; i++) {
        free_slice(hub->batch[i].event.frame);
    }
    hub->batch_count = 0;
}

void hub_fini(struct hub *hub)
{
    empty_batch(hub);
    for (size_t i = 0; i < HUB_LINES_MAX; i++) {
        empty_line(&hub->lines[i]);
    }
    free(hub->lines);
    free(hub->memory);
}

void hub_open_district(struct hub *hub, size_t line, const struct installation *installation,
                       const struct wsync_transport_key *peer)
{
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_DISTRICT,
                                              .ledger = &hub->replica->ledger,
                                              .instance = installation->instance,
                                              .program = wsync_slice_of("district 1.2"),
                                              .peer = *peer,
                                              .desk = &installation->desk,
                                              .packer = hub->packer};
    empty_line(&hub->lines[line]);
    wsync_session_init(&hub->lines[line].session, &setup, hub->now_ms);
}

void hub_open_ward(struct hub *hub, size_t line, const struct installation *installation)
{
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_WARD,
                                              .ledger = &hub->replica->ledger,
                                              .instance = installation->instance,
                                              .program = wsync_slice_of("ward 1.3"),
                                              .scope = hub->replica->scope,
                                              .packer = hub->packer};
    empty_line(&hub->lines[line]);
    wsync_session_init(&hub->lines[line].session, &setup, hub->now_ms);
    hub_event(hub, line, WSYNC_EVENT_START);
}

static void add(struct hub *hub, size_t line, const struct wsync_event *event)
{
    WSYNC_ASSERT(hub->batch_count < WSYNC_PUMP_EVENTS_MAX);
    struct wsync_pump_event *place = &hub->batch[hub->batch_count++];
    *place = (struct wsync_pump_event){&hub->lines[line].session, *event};
    place->event.now_ms = hub->now_ms;
    place->event.time = hub->replica->now;
}

void hub_event(struct hub *hub, size_t line, enum wsync_event_kind kind)
{
    const struct wsync_event event = {.kind = kind};
    add(hub, line, &event);
}

void hub_hear(struct hub *hub, size_t line, struct wsync_slice frame)
{
    const struct wsync_event event = {.kind = WSYNC_EVENT_FRAME, .frame = copy_of(frame)};
    add(hub, line, &event);
    hub->heard[line] = frame.len;
}

void hub_tell(struct hub *hub, size_t line, const struct wsync_message *message)
{
    struct wsync_slice frame;
    size_t mark = wsync_arena_mark(&hub->replica->arena);
    enum wsync_err err = wsync_message_encode(message, &hub->replica->arena, &frame);
    WSYNC_ASSERT(err == WSYNC_OK);
    hub_hear(hub, line, frame);
    wsync_arena_release(&hub->replica->arena, mark);
}

enum wsync_err hub_run(struct hub *hub)
{
    replica_tell_moment(hub->replica);
    enum wsync_err err = wsync_pump_run(&hub->pump, hub->batch, hub->batch_count);
    empty_batch(hub);
    while (err == WSYNC_OK && hub->pump.more) {
        replica_tell_moment(hub->replica);
        err = wsync_pump_run(&hub->pump, NULL, 0);
    }
    return err;
}

static size_t scan(struct hub *hub, size_t line, enum wsync_message_type type,
                   struct wsync_message *last)
{
    size_t count = 0;
    wsync_arena_release(&hub->replica->arena, 0);
    for (size_t i = 0; i < hub->lines[line].said; i++) {
        struct wsync_slice frame = hub->lines[line].frames[i];
        if (frame.data[1] != (uint8_t)type) {
            continue;
        }
        enum wsync_err err = wsync_message_decode(frame, &hub->replica->arena, last);
        WSYNC_ASSERT(err == WSYNC_OK);
        count++;
    }
    return count;
}

bool hub_said(struct hub *hub, size_t line, enum wsync_message_type type,
              struct wsync_message *message)
{
    return scan(hub, line, type, message) > 0;
}

size_t hub_count(struct hub *hub, size_t line, enum wsync_message_type type)
{
    struct wsync_message message;
    return scan(hub, line, type, &message);
}

void hub_greet(struct hub *hub, size_t line, const struct installation *installation,
               const struct replica *ward)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_HELLO,
                                    .hello = {.version_min = WSYNC_PROTOCOL_VERSION,
                                              .version_max = WSYNC_PROTOCOL_VERSION,
                                              .device = ward->identity.device,
                                              .instance = installation->instance,
                                              .credit = WSYNC_CREDIT_BYTES_DEFAULT}};
    hub_open_district(hub, line, installation, &ward->transport);
    hub_tell(hub, line, &message);
}

size_t hub_carry(struct hub *from, size_t from_line, struct hub *to, size_t to_line, int lost)
{
    struct hub_line *line = &from->lines[from_line];
    size_t count = 0;
    while (line->carried < line->said && to->batch_count < WSYNC_PUMP_EVENTS_MAX) {
        if ((int)line->carried != lost) {
            hub_hear(to, to_line, line->frames[line->carried]);
        }
        line->carried++;
        count++;
    }
    return count;
}
