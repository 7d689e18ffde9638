/* SPDX-License-Identifier: Apache-2.0 */
#include "host/dial.h"

#include <stdlib.h>
#include <string.h>

#include "host/block.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/dial_targets.h"
#include "host/journal.h"
#include "host/outbox.h"

enum { GOODBYE_MS = 60, TICK_MS = 1000 };

/* One conversation in progress. */
struct call {
    const struct wsync_dial *dial;
    struct wsync_link *link;
    struct wsync_session *session;
    struct wsync_pump *pump;
    struct wsync_outbox outbox;
    struct wsync_dial_result *result;
    const struct wsync_dial_target *target; /* being tried */
    size_t failed_attempts;                 /* at it */
    bool tried; /* a line was opened */
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

/* Turns what the link told into events of the session; how many. */
static size_t translate(struct call *call, const struct wsync_link_batch *batch,
                        struct wsync_pump_event *events)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->count && count < WSYNC_PUMP_EVENTS_MAX; i++) {
        const struct wsync_link_event *event = &batch->events[i];
        if (event->kind == WSYNC_LINK_UP && !call->result->reached) {
            call->result->reached = true;
            events[count++] = event_of(call, WSYNC_EVENT_START);
        } else if (event->kind == WSYNC_LINK_FRAME && call->result->reached) {
            events[count] = event_of(call, WSYNC_EVENT_FRAME);
            events[count++].event.frame = event->bytes;
        } else if (event->kind == WSYNC_LINK_DOWN) {
            call->result->reason = event->reason;
            if (call->result->reached) {
                events[count++] = event_of(call, WSYNC_EVENT_CUT);
            } else if (++call->failed_attempts >= call->target->address_count) {
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

static enum wsync_err converse(struct call *call)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && !call->over) {
        struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
        struct wsync_link_batch batch;
        int wake_fd = call->dial->stop && !call->stopping ? call->dial->stop_fd : -1;
        err = wsync_link_poll(call->link, call->pump->more ? 0 : TICK_MS, wake_fd, &batch);
        size_t count = err == WSYNC_OK ? translate(call, &batch, events) : 0;
        heed_stop(call, err == WSYNC_OK && batch.woken);
        if (err == WSYNC_OK &&
            wsync_outbox_flush(&call->outbox, call->link, DISTRICT) != WSYNC_OK) {
            events[0] = event_of(call, WSYNC_EVENT_CUT);
            count = 1;
        }
        if (call->stopping && wsync_clock_monotonic_ms() >= call->stop_ms) {
            events[0] = event_of(call, WSYNC_EVENT_STOP);
            count = 1;
        }
        if (count == 0) {
            events[count++] = event_of(call, WSYNC_EVENT_TICK);
        }
        if (err == WSYNC_OK && (call->result->reached || call->pump->more)) {
            call->pump->ledger->moment = wsync_clock_moment();
            err = wsync_pump_run(call->pump, events, count);
        }
        if (call->dial->progress && call->result->reached) {
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
    const char *addresses[WSYNC_ADDRESSES_MAX];
    for (size_t i = 0; i < target->address_count; i++) {
        addresses[i] = target->addresses[i];
    }
    struct wsync_link_dial_options options = {.addresses = addresses,
                                              .address_count = target->address_count,
                                              .server = target->key,
                                              .own = *call->dial->own,
                                              .attempt_ms_max = call->dial->attempt_ms_max};
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
        bool telling =
            result->reason == WSYNC_LINK_REFUSED || result->reason == WSYNC_LINK_REVOKED;
        if (!result->reached && !telling && i > 0) {
            result->reason = reason;
        }
        reason = result->reason;
    }
    return err;
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
    result->counts = call->session->counts;
    result->partial = call->session->partial;
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
    struct call call = {.dial = dial, .result = result};
    void *memory = wsync_block_new(wsync_pump_bytes());
    call.session = malloc(sizeof *call.session);
    call.pump = malloc(sizeof *call.pump);
    *result = (struct wsync_dial_result){.err = WSYNC_ERR_LINK};
    enum wsync_err err = WSYNC_ERR_MEMORY;
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
