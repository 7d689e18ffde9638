/* SPDX-License-Identifier: Apache-2.0 */
#include "host/dial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/block.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/dial_targets.h"
#include "host/journal.h"
#include "host/notify.h"
#include "host/outbox.h"
#include "host/pace_row.h"

enum {
    GOODBYE_MS = 60,
    TICK_MS = 1000,
    NEXT_ADDRESS_MS = 100,
    CLOSING_BYTES = 208, /* of the packets that close a connection */
};

/* One conversation in progress. */
struct call {
    const struct wsync_dial *dial;
    struct wsync_link *link;
    struct wsync_session *session;
    struct wsync_pump *pump;
    struct wsync_outbox outbox;
    struct wsync_dial_result *result;
    struct wsync_way *way;
    struct wsync_watch watch;
    const struct wsync_dial_target *target; /* being tried */
    size_t failed_attempts;                 /* at it */
    uint64_t counted;                       /* of what it costs, for the way */
    bool tried;                             /* a line was opened */
    bool over;
    bool stopping;
    int64_t stop_ms; /* when a session that goes on is told to end */
};

static const struct wsync_link_peer DISTRICT = {{0}};

static void send_frame(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct call *call = context;
    (void)session;
    enum wsync_err err = wsync_outbox_send(&call->outbox, call->link, DISTRICT, frame);
    if (err != WSYNC_OK && !call->over) {
        call->over = true;
        call->result->err = err;
    }
}

static void close_session(void *context, struct wsync_session *session)
{
    struct call *call = context;
    call->over = true;
    call->result->err = session->result;
    call->result->peer_said_it = session->result_is_peers;
}

static struct wsync_pump_event event_of(const struct call *call, enum wsync_event_kind kind)
{
    return (struct wsync_pump_event){
        call->session,
        {.kind = kind, .now_ms = wsync_clock_monotonic_ms(), .time = wsync_clock_wall_s()}};
}

/* ---- the way ---- */

/* From here on the way is the one to this address. */
static void go_by(struct call *call, const char *address)
{
    struct wsync_way *way = call->way;
    struct wsync_txn *txn;
    if (strcmp(way->address, address) == 0) {
        return;
    }
    snprintf(way->address, sizeof way->address, "%s", address);
    way->pace = (struct wsync_pace){0};
    if (wsync_store_begin(call->dial->site->store, WSYNC_TXN_READ, &txn) == WSYNC_OK) {
        way->pace = wsync_pace_row_get(txn, address);
        wsync_txn_abort(txn);
    }
}

static struct wsync_progress progress_of(const struct wsync_session *session)
{
    bool awaits = session->heads_awaited || session->expected_count > 0;
    return (struct wsync_progress){.sent = session->sent,
                                   .taken = session->sent_taken,
                                   .got = session->taken,
                                   .awaited = awaits ? WSYNC_FRAME_BYTES_MAX : 0};
}

static void set_flow(struct call *call)
{
    const struct wsync_dial *dial = call->dial;
    uint64_t cost = call->result->cost + wsync_link_cost(call->link);
    struct wsync_flow *flow = &call->session->setup.flow;
    *flow = wsync_pace_flow(&call->way->pace, call->session->sent_taken);
    flow->own_only = dial->own_only || (dial->cost_max > 0 && cost >= dial->cost_max);
}

/* What it cost since is still to be written down. */
static void count_cost(struct call *call, uint64_t cost)
{
    call->way->unnoted += cost - call->counted;
    call->counted = cost;
}

/* Behind a run of the pump. */
static void watch(struct call *call, bool frames)
{
    const struct wsync_progress progress = progress_of(call->session);
    int64_t now = wsync_clock_monotonic_ms();
    if (frames) {
        wsync_watch_hear(&call->watch, &call->way->pace, &progress, now);
        call->way->alive_ms = now;
    } else {
        wsync_watch_say(&call->watch, &progress, now);
    }
}

static bool is_silent(const struct call *call)
{
    return call->result->reached && !call->over && !call->pump->more &&
           wsync_clock_monotonic_ms() >= wsync_watch_deadline(&call->watch, &call->way->pace);
}

static int patience_ms(const struct call *call)
{
    if (call->pump->more) {
        return 0;
    }
    if (!call->result->reached) {
        return TICK_MS;
    }
    int64_t left_ms =
        wsync_watch_deadline(&call->watch, &call->way->pace) - wsync_clock_monotonic_ms();
    return left_ms < 0 ? 0 : left_ms < TICK_MS ? (int)left_ms : TICK_MS;
}

/* ---- the conversation ---- */

/* The key that was dialled answered no: the link asks at no other address and stands still. */
static bool is_final(enum wsync_link_reason reason)
{
    return reason == WSYNC_LINK_REFUSED || reason == WSYNC_LINK_REVOKED;
}

/* Turns what the link told into events of the session; how many. */
static size_t translate(struct call *call, const struct wsync_link_batch *batch,
                        struct wsync_pump_event *events)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count && count < WSYNC_PUMP_EVENTS_MAX; i++) {
        const struct wsync_link_event *event = &batch->events[i];
        if (event->kind == WSYNC_LINK_UP && !call->result->reached) {
            call->result->reached = true;
            go_by(call, event->address);
            wsync_watch_begin(&call->watch, wsync_clock_monotonic_ms());
            events[count++] = event_of(call, WSYNC_EVENT_START);
        } else if (event->kind == WSYNC_LINK_FRAME && call->result->reached) {
            events[count] = event_of(call, WSYNC_EVENT_FRAME);
            events[count++].event.frame = event->bytes;
        } else if (event->kind == WSYNC_LINK_DOWN) {
            call->result->reason = event->reason;
            if (call->result->reached) {
                events[count++] = event_of(call, WSYNC_EVENT_CUT);
            } else if (++call->failed_attempts >= call->target->address_count ||
                       is_final(event->reason)) {
                call->over = true;
            }
        }
    }
    return count;
}

/* The order to stop: without a session there is nothing to wait for. */
static void heed_stop(struct call *call, bool woken)
{
    const struct wsync_dial *dial = call->dial;
    if (woken && !call->stopping && dial->stop(dial->stop_context)) {
        call->stopping = true;
        call->stop_ms = wsync_clock_monotonic_ms() + dial->drain_ms;
        call->over = call->over || !call->result->reached;
    }
}

/* What is due when the link told nothing new, or stands above what it told: how many. */
static size_t see_time(struct call *call, struct wsync_pump_event *events, size_t count)
{
    if (wsync_outbox_flush(&call->outbox, call->link, DISTRICT) != WSYNC_OK) {
        events[0] = event_of(call, WSYNC_EVENT_CUT);
        count = 1;
    } else if (count == 0 && is_silent(call)) {
        call->result->reason = WSYNC_LINK_SILENT;
        wsync_link_abandon(call->link);
        events[count++] = event_of(call, WSYNC_EVENT_CUT);
    }
    if (call->stopping && wsync_clock_monotonic_ms() >= call->stop_ms) {
        events[0] = event_of(call, WSYNC_EVENT_STOP);
        count = 1;
    }
    if (count == 0) {
        events[count++] = event_of(call, WSYNC_EVENT_TICK);
    }
    return count;
}

static bool has_frames(const struct wsync_pump_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (events[i].event.kind == WSYNC_EVENT_FRAME) {
            return true;
        }
    }
    return false;
}

static enum wsync_err converse(struct call *call)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && !call->over) {
        struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
        struct wsync_link_batch batch;
        int wake_fd = call->dial->stop && !call->stopping ? call->dial->stop_fd : -1;
        wsync_notify_alive();
        err = wsync_link_poll(call->link, patience_ms(call), wake_fd, &batch);
        size_t count = err == WSYNC_OK ? translate(call, &batch, events) : 0;
        bool frames = has_frames(events, count);
        heed_stop(call, err == WSYNC_OK && batch.woken);
        if (err == WSYNC_OK) {
            count = see_time(call, events, count);
        }
        if (err == WSYNC_OK && (call->result->reached || call->pump->more)) {
            set_flow(call);
            call->pump->ledger->moment = wsync_clock_moment();
            err = wsync_pump_run(call->pump, events, count);
        }
        if (call->result->reached) {
            watch(call, frames);
        }
        if (call->dial->progress && call->result->reached) {
            count_cost(call, call->result->cost + wsync_link_cost(call->link));
            call->dial->progress(call->dial->context, &call->session->counts);
        }
    }
    return err;
}

/* Lets the farewell leave: the link drops what it still holds when it is closed. */
static void say_goodbye(struct call *call)
{
    int64_t until = wsync_clock_monotonic_ms() + GOODBYE_MS;
    int64_t left = GOODBYE_MS;
    while (call->result->reached && left > 0) {
        struct wsync_link_batch batch;
        if (wsync_outbox_flush(&call->outbox, call->link, DISTRICT) != WSYNC_OK ||
            wsync_link_poll(call->link, (int)left, -1, &batch) != WSYNC_OK) {
            return;
        }
        left = until - wsync_clock_monotonic_ms();
    }
}

static enum wsync_err open_line(struct call *call, struct wsync_error *error)
{
    const struct wsync_dial_target *target = call->target;
    const struct wsync_dial *dial = call->dial;
    const char *addresses[WSYNC_ADDRESSES_MAX];
    go_by(call, target->addresses[0]);
    const struct wsync_pace *pace = &call->way->pace;
    for (size_t i = 0; i < target->address_count; i++) {
        addresses[i] = target->addresses[i];
    }
    struct wsync_link_dial_options options = {.addresses = addresses,
                                              .address_count = target->address_count,
                                              .server = target->key,
                                              .own = *dial->own,
                                              .attempt_ms_max = dial->attempt_ms_max};
    if (dial->attempt_ms_max == 0 && pace->round_ms > 0) { /* it was met there before */
        options.attempt_ms_max = (int)wsync_pace_connect_ms(pace);
        options.handshake_ms_max = (int)wsync_pace_handshake_ms(pace);
        options.retry_ms_min = NEXT_ADDRESS_MS;
    }
    enum wsync_err err = wsync_link_dial(&options, &call->link, error);
    wsync_wipe(&options.own, sizeof options.own);
    return err;
}

/* Up to the end of what comes of one target. */
static enum wsync_err try_one(struct call *call, struct wsync_error *error)
{
    call->over = false;
    call->failed_attempts = 0;
    enum wsync_err err = open_line(call, error);
    if (err != WSYNC_OK) {
        return err;
    }
    call->tried = true;
    err = converse(call);
    say_goodbye(call);
    call->result->cost +=
        wsync_link_cost(call->link) + (call->result->reached ? CLOSING_BYTES : 0);
    wsync_link_close(call->link);
    wsync_outbox_clear(&call->outbox);
    return err;
}

/* One after the other until one lets us in.  When none does, the reason told is that of the
 * first, which is the one in force, unless another knew this device and said no. */
static enum wsync_err try_targets(struct call *call, struct wsync_error *error)
{
    struct wsync_dial_target targets[WSYNC_DIAL_TARGETS_MAX];
    struct wsync_dial_result *result = call->result;
    size_t count = wsync_dial_targets(call->dial->site, targets);
    enum wsync_link_reason reason = result->reason;
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < count && err == WSYNC_OK && !result->reached && !call->stopping;
         i++) {
        call->target = &targets[i];
        err = try_one(call, error);
        if (!result->reached && !is_final(result->reason) && i > 0) {
            result->reason = reason;
        }
        reason = result->reason;
    }
    return err;
}

/* A session whose attachments alone were not finished did what it was for; it goes on at once
 * when something of them came through. */
static void forgive(struct wsync_dial_result *result, const struct wsync_session *session)
{
    const struct wsync_blob_counts *counts = &session->counts.blobs;
    if (result->err == WSYNC_OK || !session->blobs.alone ||
        wsync_err_is_permanent(result->err) || wsync_err_is_ours(result->err)) {
        return;
    }
    result->err = WSYNC_OK;
    result->partial |= counts->chunks_sent + counts->chunks_taken > 0;
    result->counts.blobs.left = true;
}

static enum wsync_err run_call(struct call *call, void *memory, struct wsync_error *error)
{
    const struct wsync_dial *dial = call->dial;
    struct wsync_sink sink = {call, send_frame, close_session};
    int64_t start = wsync_clock_monotonic_ms();
    wsync_pump_init(call->pump, dial->site->store, &dial->site->ledger, &sink, memory);
    wsync_session_init(call->session, dial->setup, start);
    if (dial->setup->role == WSYNC_SESSION_WARD) {
        struct wsync_error why;
        if (wsync_canary_put(dial->site, &why) != WSYNC_OK) {
            WSYNC_JOURNAL(WARNING, "canary", wsync_journal_text("why", why.text));
        }
    }
    enum wsync_err err = try_targets(call, error);
    if (!call->tried) {
        return err;
    }
    struct wsync_dial_result *result = call->result;
    bool well = result->err == WSYNC_OK;
    if (result->reached) {
        wsync_pace_end(&call->way->pace, &call->watch, well,
                       result->err == WSYNC_ERR_LINK || result->err == WSYNC_ERR_TIMEOUT);
    }
    count_cost(call, result->cost);
    result->moved = call->watch.moved;
    result->counts = call->session->counts;
    result->partial = call->session->partial;
    forgive(result, call->session);
    result->took_ms = wsync_clock_monotonic_ms() - start;
    result->roster_version = call->session->roster_wanted;
    result->skew_s = wsync_seen_skew_s(&call->session->seen);
    memcpy(result->program, call->session->seen.program, sizeof result->program);
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

enum wsync_err wsync_dial_run(const struct wsync_dial *dial, struct wsync_dial_result *result,
                              struct wsync_error *error)
{
    struct wsync_way none = {.address = ""};
    struct call call = {.dial = dial, .result = result, .way = dial->way ? dial->way : &none};
    *result = (struct wsync_dial_result){.err = WSYNC_ERR_LINK};
    enum wsync_err err = wsync_site_need_keys(dial->site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    void *memory = wsync_block_new(wsync_pump_bytes());
    call.session = malloc(sizeof *call.session);
    call.pump = malloc(sizeof *call.pump);
    err = WSYNC_ERR_MEMORY;
    if (memory && call.session && call.pump) {
        err = run_call(&call, memory, error);
    } else {
        (void)wsync_error_set(error, err, "There is not enough memory.");
    }
    free(call.pump);
    free(call.session);
    wsync_block_free(memory, wsync_pump_bytes());
    return err;
}
