/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/pump.h"

enum { ALIGNMENT = 16 };

static size_t snapshots_bytes(void)
{
    size_t bytes = sizeof(struct wsync_session) * WSYNC_PUMP_EVENTS_MAX;
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

size_t wsync_pump_bytes(void)
{
    return snapshots_bytes() + WSYNC_PUMP_ARENA_BYTES + WSYNC_EFFECTS_BYTES;
}

void wsync_pump_init(struct wsync_pump *pump, struct wsync_store *store,
                     struct wsync_ledger *ledger, const struct wsync_sink *sink, void *memory)
{
    uint8_t *at = memory;
    *pump = (struct wsync_pump){
        .store = store, .ledger = ledger, .sink = sink, .bytes_max = WSYNC_PUMP_BYTES_MAX};
    pump->snapshots = memory;
    at += snapshots_bytes();
    wsync_arena_init(&pump->arena, at, WSYNC_PUMP_ARENA_BYTES);
    wsync_arena_init(&pump->effects.arena, at + WSYNC_PUMP_ARENA_BYTES, WSYNC_EFFECTS_BYTES);
}

/* True when an earlier event of the batch is of the same session. */
static bool seen_before(const struct wsync_pump_event *events, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (events[i].session == events[index].session) {
            return true;
        }
    }
    return false;
}

static void keep(struct wsync_pump *pump, const struct wsync_pump_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!seen_before(events, i)) {
            pump->snapshots[i] = *events[i].session;
        }
    }
}

static void put_back(struct wsync_pump *pump, const struct wsync_pump_event *events,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!seen_before(events, i)) {
            *events[i].session = pump->snapshots[i];
        }
    }
    wsync_catalog_forget(pump->ledger->catalog);
    wsync_effects_clear(&pump->effects);
}

/* `*count` becomes the number of events that the transaction took. */
static enum wsync_err step_all(struct wsync_pump *pump, const struct wsync_pump_event *events,
                               size_t *count, struct wsync_txn *txn)
{
    size_t taken = 0;
    enum wsync_err err = WSYNC_OK;
    while (taken < *count && err == WSYNC_OK &&
           (taken == 0 || txn->put_bytes < pump->bytes_max)) {
        err = wsync_session_step(events[taken].session, &events[taken].event, txn, &pump->arena,
                                 &pump->effects);
        taken++;
    }
    *count = taken;
    if (err == WSYNC_OK) {
        err = wsync_ledger_settle(pump->ledger, txn, &pump->arena, &pump->more);
    }
    for (size_t i = 0; i < taken && err == WSYNC_OK; i++) {
        if (!seen_before(events, i)) {
            err = wsync_session_flush(events[i].session, txn, &pump->arena, &pump->effects);
        }
    }
    return err;
}

/* Begin, step, commit, of the first `*count` events or fewer.  What was decided is in `effects`
 * and not yet said. */
static enum wsync_err try_batch(struct wsync_pump *pump, const struct wsync_pump_event *events,
                                size_t *count)
{
    struct wsync_txn *txn;
    wsync_effects_clear(&pump->effects);
    keep(pump, events, *count);
    enum wsync_err err = wsync_store_begin(pump->store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t mark = wsync_arena_mark(&pump->arena);
    err = step_all(pump, events, count, txn);
    wsync_arena_release(&pump->arena, mark);
    if (err == WSYNC_OK && pump->ledger->blobs) { /* what is to be spoken of lasts as well */
        err = wsync_blobs_sync(pump->ledger->blobs);
    }
    if (err == WSYNC_OK) {
        err = wsync_txn_commit(txn); /* consumes `txn`, whatever the answer */
    } else {
        wsync_txn_abort(txn);
    }
    if (err != WSYNC_OK) {
        put_back(pump, events, *count);
    }
    return err;
}

static void speak(struct wsync_pump *pump)
{
    for (size_t i = 0; i < pump->effects.count; i++) {
        const struct wsync_effect *effect = &pump->effects.items[i];
        if (effect->kind == WSYNC_EFFECT_SEND) {
            pump->sink->send(pump->sink->context, effect->session, effect->frame);
        } else {
            pump->sink->close(pump->sink->context, effect->session);
        }
    }
    wsync_effects_clear(&pump->effects);
}

/* The event cannot be served now: the peer hears BUSY, which promises nothing. */
static void give_up(struct wsync_pump *pump, struct wsync_session *session, enum wsync_err err)
{
    struct wsync_message bye = {.type = WSYNC_MESSAGE_BYE, .bye = WSYNC_ERR_BUSY};
    struct wsync_slice frame;
    if (session->state == WSYNC_STATE_ENDED) {
        return;
    }
    session->state = WSYNC_STATE_ENDED;
    session->result = err;
    size_t mark = wsync_arena_mark(&pump->arena);
    if (wsync_message_encode(&bye, &pump->arena, &frame) == WSYNC_OK) {
        pump->sink->send(pump->sink->context, session, frame);
    }
    wsync_arena_release(&pump->arena, mark);
    pump->sink->close(pump->sink->context, session);
}

/* One transaction, or one for each of its events when it fails; its error, or that of an event
 * that failed alone. */
static enum wsync_err run_part(struct wsync_pump *pump, const struct wsync_pump_event *events,
                               size_t *count)
{
    enum wsync_err err = try_batch(pump, events, count);
    if (err == WSYNC_OK) {
        speak(pump);
        return WSYNC_OK;
    }
    enum wsync_err last = *count == 0 ? err : WSYNC_OK;
    for (size_t i = 0; i < *count; i++) {
        size_t one = 1;
        err = try_batch(pump, &events[i], &one);
        if (err == WSYNC_OK) {
            speak(pump);
        } else {
            give_up(pump, events[i].session, err);
            last = err;
        }
    }
    return last;
}

enum wsync_err wsync_pump_run(struct wsync_pump *pump, const struct wsync_pump_event *events,
                              size_t event_count)
{
    WSYNC_ASSERT(event_count <= WSYNC_PUMP_EVENTS_MAX);
    enum wsync_err last = WSYNC_OK;
    size_t done = 0;
    pump->parts = 0;
    do { /* ends: a part takes an event, or there was none */
        size_t count = event_count - done;
        enum wsync_err err = run_part(pump, events + done, &count);
        last = err == WSYNC_OK ? last : err;
        done += count;
        pump->parts++;
    } while (done < event_count);
    pump->ledger->moment.time = 0; /* used up */
    return last;
}
