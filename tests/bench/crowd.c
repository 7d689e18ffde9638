/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/crowd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "host/block.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/link_zmq.h"
#include "tests/store_mem.h"

enum { SEED = 500, FIRST_UNIT = 1000, FIELDS = 12, GOODBYE_MS = 60, TICK_MS = 1000 };
enum { SOCKETS = 2, DESCRIPTORS = 10 }; /* of one ward */

static const struct wsync_link_peer DISTRICT = {{0}};

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        load_must(WSYNC_ERR_MEMORY, "memory");
    }
    return memory;
}

/* ---- who they are ---- */

static void enrol(struct crowd *crowd, struct wsync_site *district)
{
    struct load_ward *devices = zeroed(crowd->count, sizeof *devices);
    for (size_t i = 0; i < crowd->count; i++) {
        struct crowd_ward *ward = &crowd->wards[i];
        struct replica *replica = &ward->replica;
        uint32_t unit = FIRST_UNIT + (uint32_t)i;
        replica_init(replica, NULL, SEED, unit, unit);
        replica->identity.device =
            wsync_device_of(&crowd->instance, &replica->identity.signing_key);
        load_must(wsync_link_keypair(&ward->transport), "transport key");
        replica->transport = ward->transport.key;
        devices[i].identity = replica->identity;
        devices[i].transport = replica->transport;
        devices[i].unit = unit;
    }
    load_enrol(devices, crowd->count, district);
    free(devices);
}

/* The first ward takes the roster as it stands and the rest in a session; to the others a store
 * that knows no device of its own yet is as good. */
static void teach(struct crowd *crowd, struct wsync_site *site)
{
    struct installation installation = {.instance = crowd->instance};
    struct replica district = {.store = site->store,
                               .identity = site->identity,
                               .catalog = site->catalog,
                               .ledger = site->ledger,
                               .arena = site->arena,
                               .now = wsync_clock_wall_s()};
    struct replica *first = &crowd->wards[0].replica;
    struct wsync_error error = {{0}};
    struct wsync_txn *txn;
    struct wsync_signed_statement statement;
    first->store = wsync_store_mem_new();
    load_must(wsync_site_begin(site, WSYNC_TXN_READ, &error), error.text);
    load_must(wsync_store_begin(first->store, WSYNC_TXN_WRITE, &txn), "roster");
    for (uint64_t version = 1;
         wsync_roster_statement(site->txn, version, &statement) == WSYNC_OK; version++) {
        size_t mark = wsync_arena_mark(&first->arena);
        load_must(wsync_roster_take(txn, &first->arena, &statement, &crowd->instance),
                  "statement");
        wsync_arena_release(&first->arena, mark);
    }
    load_must(wsync_txn_commit(txn), "roster");
    wsync_site_abort(site);
    load_must(replica_sync(first, &district, &installation, NULL), "forms and units");
    for (size_t i = 1; i < crowd->count; i++) {
        crowd->wards[i].replica.store = wsync_store_mem_clone(first->store);
    }
}

/* ---- one session ---- */

static struct crowd_ward *ward_of(struct wsync_session *session)
{
    return (struct crowd_ward *)session;
}

static void on_send(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct crowd_ward *ward = ward_of(session);
    (void)context;
    load_must(wsync_outbox_send(&ward->outbox, ward->link, DISTRICT, frame) == WSYNC_ERR_BUSY
                  ? WSYNC_ERR_BUSY
                  : WSYNC_OK, /* a line that is gone is told by its event */
              "more waits than credit allows");
}

/* Does the district hold all that this ward has? */
static bool is_held(struct crowd_ward *ward)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    uint64_t held = 0;
    load_must(wsync_store_begin(ward->replica.store, WSYNC_TXN_READ, &txn), "look");
    load_must(wsync_ledger_own_log(txn, ward->replica.scope, &log), "own log");
    enum wsync_err err = wsync_held_get(txn, log.no, &held);
    wsync_txn_abort(txn);
    load_must(err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err, "held");
    return held == log.seq;
}

static void wait_after_failure(struct crowd_ward *ward)
{
    struct wsync_entropy entropy;
    wsync_entropy_draw(&entropy);
    wsync_schedule_fail(&ward->schedule, wsync_clock_monotonic_ms(), &entropy);
    ward->due_ms = ward->schedule.next_ms;
}

static void on_close(void *context, struct wsync_session *session)
{
    struct crowd *crowd = context;
    struct crowd_ward *ward = ward_of(session);
    bool good = session->result == WSYNC_OK && is_held(ward);
    ward->state = CROWD_LEAVES;
    if (good && !ward->synced) {
        ward->synced = true;
        ward->synced_s = load_seconds();
        crowd->synced++;
    }
    if (!good) {
        wait_after_failure(ward);
        ward->state = CROWD_WAITS;
    } else {
        ward->due_ms = wsync_clock_monotonic_ms() + GOODBYE_MS;
    }
}

static void run(struct crowd *crowd, struct crowd_ward *ward, struct wsync_pump_event *events,
                size_t count)
{
    crowd->pump.store = ward->replica.store;
    crowd->pump.ledger = &ward->replica.ledger;
    do { /* ends: what is released is less each time */
        ward->replica.ledger.moment = wsync_clock_moment();
        load_must(wsync_pump_run(&crowd->pump, events, count), "pump");
        count = 0;
    } while (crowd->pump.more);
}

static struct wsync_pump_event event_of(struct crowd_ward *ward, enum wsync_event_kind kind)
{
    return (struct wsync_pump_event){
        &ward->session,
        {.kind = kind, .now_ms = wsync_clock_monotonic_ms(), .time = wsync_clock_wall_s()}};
}

static void hang_up(struct crowd_ward *ward)
{
    wsync_link_close(ward->link);
    ward->link = NULL;
    wsync_outbox_clear(&ward->outbox);
}

static void attempt(struct crowd *crowd, struct crowd_ward *ward)
{
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_WARD,
                                              .ledger = &ward->replica.ledger,
                                              .instance = crowd->instance,
                                              .scope = ward->replica.scope};
    const char *address = crowd->address;
    const struct wsync_link_dial_options options = {.addresses = &address,
                                                    .address_count = 1,
                                                    .server = crowd->server,
                                                    .own = ward->transport};
    struct wsync_error error = {{0}};
    if (ward->attempts++ == 0) {
        ward->first_s = load_seconds();
    }
    wsync_session_init(&ward->session, &setup, wsync_clock_monotonic_ms());
    ward->reached = false;
    ward->state = CROWD_TALKS;
    load_must(wsync_link_dial(&options, &ward->link, &error), error.text);
}

/* What the link has to tell, as events of the session. */
static void listen(struct crowd *crowd, struct crowd_ward *ward)
{
    struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX + 1];
    struct wsync_link_batch batch;
    size_t count = 0;
    bool failed = false;
    load_must(wsync_link_poll(ward->link, 0, -1, &batch), "poll");
    for (size_t i = 0; i < batch.count && ward->state == CROWD_TALKS; i++) {
        const struct wsync_link_event *event = &batch.events[i];
        if (event->kind == WSYNC_LINK_UP) {
            ward->reached = true;
            crowd->reached++;
            events[count] = event_of(ward, WSYNC_EVENT_START);
            count += !crowd->hold;
        } else if (event->kind == WSYNC_LINK_FRAME) {
            events[count] = event_of(ward, WSYNC_EVENT_FRAME);
            events[count++].event.frame = event->bytes;
        } else if (ward->reached) {
            events[count++] = event_of(ward, WSYNC_EVENT_CUT);
        } else {
            failed = true;
        }
    }
    if (count == 0 && ward->reached && ward->state == CROWD_TALKS && !crowd->hold) {
        events[count++] = event_of(ward, WSYNC_EVENT_TICK);
    }
    if (count > 0) {
        run(crowd, ward, events, count);
    }
    if (failed) {
        wait_after_failure(ward);
        ward->state = CROWD_WAITS;
    }
    if (ward->state == CROWD_WAITS) {
        hang_up(ward);
    } else {
        enum wsync_err ignored = wsync_outbox_flush(&ward->outbox, ward->link, DISTRICT);
        (void)ignored; /* the link's next event says it */
    }
}

/* ---- all of them ---- */

/* What is due by the clock; until when there is nothing. */
static int64_t tick(struct crowd *crowd)
{
    int64_t now = wsync_clock_monotonic_ms();
    int64_t next = now + TICK_MS;
    for (size_t i = 0; i < crowd->count; i++) {
        struct crowd_ward *ward = &crowd->wards[i];
        if (ward->state == CROWD_TALKS) {
            next = ward->link->deadline_ms < next ? ward->link->deadline_ms : next;
        } else if (ward->state != CROWD_AWAY && ward->due_ms > now) {
            next = ward->due_ms < next ? ward->due_ms : next;
        } else if (ward->state == CROWD_WAITS) {
            attempt(crowd, ward);
        } else if (ward->state == CROWD_LEAVES) {
            hang_up(ward);
            ward->state = CROWD_AWAY;
        }
    }
    return next;
}

static int lay_out(struct crowd *crowd)
{
    int count = 0;
    for (size_t i = 0; i < crowd->count; i++) {
        const struct wsync_link *link = crowd->wards[i].link;
        if (!link) {
            continue;
        }
        crowd->items[count++] =
            (zmq_pollitem_t){.socket = link->line.socket, .events = ZMQ_POLLIN};
        crowd->items[count++] =
            (zmq_pollitem_t){.socket = link->line.monitor, .events = ZMQ_POLLIN};
    }
    return count;
}

static void serve(struct crowd *crowd)
{
    int64_t now = wsync_clock_monotonic_ms();
    const zmq_pollitem_t *item = crowd->items;
    for (size_t i = 0; i < crowd->count; i++) {
        struct crowd_ward *ward = &crowd->wards[i];
        if (!ward->link) {
            continue;
        }
        bool heard = item[0].revents != 0 || item[1].revents != 0;
        bool late = ward->state == CROWD_TALKS && ward->reached &&
                    wsync_session_deadline(&ward->session) <= now;
        item += SOCKETS;
        if (heard || late || ward->link->fd >= 0 || ward->link->deadline_ms <= now) {
            listen(crowd, ward);
        }
    }
}

bool crowd_until(struct crowd *crowd, const size_t *count, size_t wanted, int64_t limit_ms)
{
    int64_t end = wsync_clock_monotonic_ms() + limit_ms;
    while (*count < wanted) {
        int64_t now = wsync_clock_monotonic_ms();
        if (now >= end) {
            return false;
        }
        int64_t wait_ms = tick(crowd) - now;
        int items = lay_out(crowd);
        (void)zmq_poll(crowd->items, items, wait_ms > 0 ? (long)wait_ms : 0);
        serve(crowd);
    }
    return true;
}

void crowd_go(struct crowd *crowd)
{
    int64_t now = wsync_clock_monotonic_ms();
    for (size_t i = 0; i < crowd->count; i++) {
        struct crowd_ward *ward = &crowd->wards[i];
        hang_up(ward);
        wsync_schedule_succeed(&ward->schedule, now);
        ward->state = CROWD_WAITS;
        ward->due_ms = now;
        ward->attempts = 0;
        ward->synced = false;
    }
    crowd->reached = crowd->synced = 0;
}

void crowd_begin(struct crowd *crowd)
{
    crowd->hold = false;
    for (size_t i = 0; i < crowd->count; i++) {
        struct crowd_ward *ward = &crowd->wards[i];
        if (ward->state == CROWD_TALKS && ward->reached) {
            struct wsync_pump_event event = event_of(ward, WSYNC_EVENT_START);
            run(crowd, ward, &event, 1);
        }
    }
}

void crowd_cut(struct crowd *crowd, int64_t later_ms)
{
    int64_t now = wsync_clock_monotonic_ms();
    for (size_t i = 0; i < crowd->count; i++) {
        struct crowd_ward *ward = &crowd->wards[i];
        if (ward->state != CROWD_TALKS) {
            hang_up(ward);
            ward->state = CROWD_WAITS;
            ward->due_ms = now + later_ms;
        }
        ward->attempts = 0;
        ward->synced = false;
    }
    crowd->synced = 0;
}

void crowd_write(struct crowd *crowd, uint64_t first, uint64_t records)
{
    for (size_t i = 0; i < crowd->count; i++) {
        struct replica *replica = &crowd->wards[i].replica;
        replica->now = wsync_clock_wall_s();
        for (uint64_t n = first; n < first + records; n++) {
            struct wsync_write writes[FIELDS];
            struct wsync_dot written;
            const struct wsync_intent intent = {
                .form = LOAD_FORM,
                .version = 1,
                .creates = true,
                .writes = writes,
                .write_count = load_record(replica->scope, n, LOAD_DAYS, writes)};
            load_must(replica_write(replica, replica->scope, &intent, 1, &written), "record");
        }
    }
}

void crowd_open(struct crowd *crowd, size_t count, struct wsync_site *district)
{
    struct rlimit limit;
    *crowd = (struct crowd){.count = count,
                            .instance = district->conf.instance,
                            .server = district->transport.key,
                            .memory = wsync_block_new(wsync_pump_bytes())};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (!crowd->memory || limit.rlim_cur < count * DESCRIPTORS) {
        load_must(WSYNC_ERR_MEMORY, "memory, or file descriptors for so many");
    }
    memcpy(crowd->address, district->conf.addresses[0], sizeof crowd->address);
    crowd->wards = zeroed(count, sizeof *crowd->wards);
    crowd->items = zeroed(count * SOCKETS, sizeof *crowd->items);
    crowd->sink = (struct wsync_sink){crowd, on_send, on_close};
    wsync_pump_init(&crowd->pump, NULL, NULL, &crowd->sink, crowd->memory);
    enrol(crowd, district);
    teach(crowd, district);
}

void crowd_close(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        hang_up(&crowd->wards[i]);
        replica_fini(&crowd->wards[i].replica);
    }
    wsync_block_free(crowd->memory, wsync_pump_bytes());
    free(crowd->items);
    free(crowd->wards);
}
