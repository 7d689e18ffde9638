/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/replica.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/branch.h"
#include "tests/store_mem.h"
#include "wardsync/crypto.h"
#include "wardsync/restore.h"
#include "wardsync/rotation.h"
#include "wardsync/totals.h"
#include "wardsync/tree.h"

enum { ARENA_BYTES = 8 << 20, WIRE_FRAMES_MAX = 4096 };

static void must(enum wsync_err err)
{
    if (err != WSYNC_OK) {
        fprintf(stderr, "%s\n", wsync_err_name(err));
    }
    WSYNC_ASSERT(err == WSYNC_OK);
}

/* 32 bytes that depend on the words alone. */
static struct wsync_hash derive(uint64_t a, uint64_t b, const char *what)
{
    uint8_t words[16];
    for (int i = 0; i < 8; i++) {
        words[i] = (uint8_t)(a >> (8 * i));
        words[8 + i] = (uint8_t)(b >> (8 * i));
    }
    struct wsync_slice parts[] = {wsync_slice_of(what), wsync_slice(words, sizeof words)};
    return wsync_hash_parts(parts, 2);
}

void installation_init(struct installation *installation, uint64_t seed)
{
    WSYNC_ASSERT(wsync_crypto_init());
    struct wsync_hash bytes = derive(seed, 0, "root");
    *installation = (struct installation){.root = {.key_count = 1, .threshold = 1},
                                          .desk = {.has_registrar = true, .has_log = true},
                                          .district = {.endpoint_count = 1}};
    wsync_signing_pair(bytes.b, &installation->root.keys[0], &installation->root_secret);
    bytes = derive(seed, 0, "registrar");
    wsync_signing_pair(bytes.b, &installation->root.registrar, &installation->desk.registrar);
    bytes = derive(seed, 0, "log");
    wsync_signing_pair(bytes.b, &installation->district.log_key, &installation->desk.log);
    bytes = derive(seed, 0, "bundle");
    memcpy(installation->district.bundle_key.b, bytes.b, sizeof bytes.b);
    installation->instance = wsync_instance_of(&installation->root);
}

void replica_bring_up_to_date(struct replica *replica)
{
    struct wsync_txn *txn;
    bool kept;
    must(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn));
    must(wsync_counted_is_kept(txn, &kept));
    if (kept) {
        wsync_txn_abort(txn);
        return;
    }
    must(wsync_counted_make(txn, replica->catalog, &replica->arena));
    must(wsync_txn_commit(txn));
    wsync_catalog_forget(replica->catalog);
}

void replica_init(struct replica *replica, struct wsync_store *store, uint64_t seed,
                  uint32_t number, uint32_t scope)
{
    struct installation installation;
    installation_init(&installation, seed);
    struct wsync_hash signing = derive(seed, number, "signing");
    struct wsync_hash transport = derive(seed, number, "transport");
    *replica = (struct replica){.store = store, .scope = scope, .now = 1650000000};
    wsync_signing_pair(signing.b, &replica->identity.signing_key, &replica->identity.secret);
    replica->identity.device =
        wsync_device_of(&installation.instance, &replica->identity.signing_key);
    memcpy(replica->transport.b, transport.b, sizeof replica->transport.b);
    replica->catalog = malloc(sizeof *replica->catalog);
    void *block = malloc(ARENA_BYTES);
    WSYNC_ASSERT(replica->catalog && block);
    wsync_catalog_init(replica->catalog);
    wsync_arena_init(&replica->arena, block, ARENA_BYTES);
    replica->ledger =
        (struct wsync_ledger){.catalog = replica->catalog, .identity = &replica->identity};
    if (store) { /* a bench needs the keys alone */
        replica_bring_up_to_date(replica);
    }
}

void replica_fini(struct replica *replica)
{
    wsync_store_close(replica->store);
    free(replica->catalog);
    free(replica->arena.block);
}

struct wsync_head replica_acked(struct wsync_txn *txn, const struct wsync_session *session,
                                const struct wsync_ack *ack)
{
    struct wsync_head head = {session->own, ack->own, {{0}}};
    struct wsync_log log;
    struct wsync_branch path;
    memcpy(head.hash.b, ack->at, sizeof ack->at);
    if (ack->own > 0 && wsync_log_find(txn, &head.log, &log) == WSYNC_OK &&
        wsync_branch_find(txn, &log, head.seq, wsync_slice(ack->at, sizeof ack->at), &path) ==
            WSYNC_OK) {
        WSYNC_ASSERT(wsync_branch_hash(txn, &path, head.seq, &head.hash) == WSYNC_OK);
    }
    return head;
}

struct wsync_entropy replica_entropy(struct replica *replica)
{
    struct wsync_hash bytes =
        derive(++replica->draws, replica->identity.device.b[0], "entropy");
    struct wsync_slice parts[] = {WSYNC_BYTES(replica->identity.device), WSYNC_BYTES(bytes)};
    bytes = wsync_hash_parts(parts, 2);
    struct wsync_entropy entropy;
    memcpy(entropy.b, bytes.b, sizeof entropy.b);
    return entropy;
}

void replica_define(struct replica *district, const struct wsync_form *form)
{
    struct wsync_slice definition;
    size_t mark = wsync_arena_mark(&district->arena);
    must(wsync_form_encode(form, &district->arena, &definition, NULL));
    const struct wsync_write writes[] = {
        {WSYNC_FORM_NUMBER, false, {.class = WSYNC_CLASS_INTEGER, .integer = form->number}},
        {WSYNC_FORM_VERSION, false, {.class = WSYNC_CLASS_INTEGER, .integer = 1}},
        {WSYNC_FORM_DEFINITION, false, {.class = WSYNC_CLASS_TEXT, .text = definition}},
    };
    const struct wsync_intent intent = {.form = WSYNC_FORM_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    struct wsync_dot written;
    must(replica_write(district, REPLICA_TOP, &intent, 1, &written));
    wsync_arena_release(&district->arena, mark);
}

static void define_form(struct replica *district)
{
    static const struct wsync_choice KINDS[] = {
        {1, {(const uint8_t *)"a", 1}, {(const uint8_t *)"a", 1}, {(const uint8_t *)"a", 1}},
        {2, {(const uint8_t *)"b", 1}, {(const uint8_t *)"b", 1}, {(const uint8_t *)"b", 1}}};
#define FIELD(n, t, text)                                                                      \
    .number = n, .type = t, .name = {(const uint8_t *)text, 2},                                \
    .label_vi = {(const uint8_t *)text, 2}, .label_en = {                                      \
        (const uint8_t *)text,                                                                 \
        2                                                                                      \
    }
    static const struct wsync_field FIELDS[] = {
        {FIELD(1, WSYNC_TYPE_DATE, "f1")},
        {FIELD(2, WSYNC_TYPE_INTEGER, "f2"), .aggregate = WSYNC_AGGREGATE_SUM},
        {FIELD(3, WSYNC_TYPE_CHOICE, "f3"), .aggregate = WSYNC_AGGREGATE_COUNT,
         .choices = KINDS, .choice_count = 2},
        {FIELD(4, WSYNC_TYPE_TEXT, "f4")},
        {FIELD(5, WSYNC_TYPE_TEXT, "f5"), .personal = true},
        {FIELD(6, WSYNC_TYPE_CHOICES, "f6"), .aggregate = WSYNC_AGGREGATE_COUNT,
         .choices = KINDS, .choice_count = 2},
    };
#undef FIELD
    const struct wsync_form form = {.number = REPLICA_FORM,
                                    .version = 1,
                                    .name = wsync_slice_of("cleanup"),
                                    .title_vi = wsync_slice_of("c"),
                                    .title_en = wsync_slice_of("c"),
                                    .date_field = 1,
                                    .fields = FIELDS,
                                    .field_count = sizeof FIELDS / sizeof *FIELDS};
    replica_define(district, &form);
}

struct wsync_statement installation_statement(const struct installation *installation,
                                              const struct replica *district)
{
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_FIRST,
        .stamp = district->now,
        .root = installation->root,
        .district = installation->district,
        .enrol = {.signing_key = district->identity.signing_key,
                  .transport_key = district->transport,
                  .role = WSYNC_ROLE_NODE,
                  .scopes = &district->scope,
                  .scope_count = 1,
                  .name = wsync_slice_of("district")},
    };
    statement.district.endpoints[0].key = district->transport;
    return statement;
}

void replica_found(struct replica *district, const struct installation *installation)
{
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct wsync_statement statement = installation_statement(installation, district);
    must(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn));
    must(wsync_roster_issue(txn, &district->arena, &statement, &installation->root_secret,
                            &issued));
    must(wsync_txn_commit(txn));
    wsync_arena_release(&district->arena, 0);
    define_form(district);
}

void replica_open_log(struct replica *district, const struct installation *installation)
{
    struct wsync_txn *txn;
    struct wsync_scopes scopes;
    size_t mark = wsync_arena_mark(&district->arena);
    must(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn));
    replica_tell_moment(district);
    must(wsync_tree_open(&district->ledger, txn));
    must(wsync_scopes_collect(txn, &district->arena, &scopes));
    must(wsync_tree_sign(&district->ledger, txn, &installation->desk.log, &scopes));
    must(wsync_txn_commit(txn));
    district->ledger.moment.time = 0;
    district->keeps_log = true;
    wsync_arena_release(&district->arena, mark);
}

enum wsync_err replica_write(struct replica *replica, uint32_t scope,
                             const struct wsync_intent *intents, size_t count,
                             struct wsync_dot *written)
{
    struct wsync_txn *txn;
    struct wsync_authoring authoring = {.scope = scope,
                                        .actor = 1,
                                        .now = replica->now,
                                        .entropy = replica_entropy(replica),
                                        .intents = intents,
                                        .intent_count = count};
    enum wsync_err err = wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t mark = wsync_arena_mark(&replica->arena);
    err = wsync_ledger_write(&replica->ledger, txn, &replica->arena, &authoring, written);
    wsync_arena_release(&replica->arena, mark);
    if (err == WSYNC_OK) {
        err = wsync_txn_commit(txn);
    } else {
        wsync_txn_abort(txn);
    }
    if (err != WSYNC_OK) {
        wsync_catalog_forget(replica->catalog);
    }
    return err;
}

enum wsync_err replica_create(struct replica *replica, int32_t day, int64_t count, int64_t kind,
                              struct wsync_dot *written)
{
    const struct wsync_write writes[] = {
        {1, false, {.class = WSYNC_CLASS_INTEGER, .integer = day}},
        {2, false, {.class = WSYNC_CLASS_INTEGER, .integer = count}},
        {3, false, {.class = WSYNC_CLASS_INTEGER, .integer = kind}},
        {4, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("ghi chú")}},
        {5, true, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of("riêng")}},
    };
    const struct wsync_intent intent = {.form = REPLICA_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 5};
    return replica_write(replica, replica->scope, &intent, 1, written);
}

enum wsync_err replica_set_field(struct replica *replica, struct wsync_dot record,
                                 const struct wsync_write *write, const struct wsync_dot *bases,
                                 size_t base_count)
{
    struct wsync_dot written;
    const struct wsync_intent intent = {.form = REPLICA_FORM,
                                        .version = 1,
                                        .record = record,
                                        .bases = bases,
                                        .base_count = base_count,
                                        .writes = write,
                                        .write_count = 1};
    return replica_write(replica, replica->scope, &intent, 1, &written);
}

static enum wsync_err load(struct replica *replica, struct wsync_dot id,
                           struct wsync_record *record)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn);
    if (err == WSYNC_OK) {
        err = wsync_record_get(txn, id, 0, &replica->arena, record);
        wsync_txn_abort(txn);
    }
    return err;
}

enum wsync_err replica_set_count(struct replica *replica, struct wsync_dot id, int64_t count)
{
    struct wsync_record record;
    struct wsync_dot bases[16];
    size_t base_count = 0;
    size_t mark = wsync_arena_mark(&replica->arena);
    enum wsync_err err = load(replica, id, &record);
    for (size_t i = 0; err == WSYNC_OK && i < record.live_count && base_count < 16; i++) {
        if (record.live[i].field == 2) {
            bases[base_count++] = record.live[i].dot;
        }
    }
    const struct wsync_write write = {
        2, false, {.class = WSYNC_CLASS_INTEGER, .integer = count}};
    if (err == WSYNC_OK) {
        err = replica_set_field(replica, id, &write, bases, base_count);
    }
    wsync_arena_release(&replica->arena, mark);
    return err;
}

enum wsync_err replica_delete(struct replica *replica, struct wsync_dot id)
{
    struct wsync_record record;
    struct wsync_dot bases[64];
    struct wsync_dot written;
    size_t base_count = 0;
    size_t mark = wsync_arena_mark(&replica->arena);
    enum wsync_err err = load(replica, id, &record);
    for (size_t i = 0; err == WSYNC_OK && i < record.live_count && base_count < 64; i++) {
        bases[base_count++] = record.live[i].dot;
    }
    const struct wsync_intent intent = {
        .kind = WSYNC_KIND_DELETE, .record = id, .bases = bases, .base_count = base_count};
    if (err == WSYNC_OK) {
        err = replica_write(replica, replica->scope, &intent, 1, &written);
    }
    wsync_arena_release(&replica->arena, mark);
    return err;
}

void replica_tell_moment(struct replica *replica)
{
    replica->ledger.moment =
        (struct wsync_moment){.time = replica->now, .entropy = replica_entropy(replica)};
}

uint64_t replica_epoch(struct replica *replica)
{
    struct wsync_txn *txn;
    uint64_t epoch;
    must(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn));
    must(wsync_epoch_get(txn, &epoch));
    wsync_txn_abort(txn);
    return epoch;
}

static void settle(struct replica *replica, struct wsync_txn *txn)
{
    bool more = true;
    while (more) {
        must(wsync_ledger_settle(&replica->ledger, txn, &replica->arena, &more));
    }
}

struct wsync_hash replica_digest(struct replica *replica, uint32_t scope)
{
    struct wsync_txn *txn;
    struct wsync_hash digest;
    size_t mark = wsync_arena_mark(&replica->arena);
    must(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn));
    settle(replica, txn);
    must(wsync_ledger_digest(&replica->ledger, txn, &replica->arena, scope, &digest));
    must(wsync_txn_commit(txn));
    wsync_arena_release(&replica->arena, mark);
    return digest;
}

/* From one store into another. */
struct copying {
    struct replica *from, *to;
    struct wsync_txn *source, *target;
};

/* Seals a path in pieces and lets the other store accept it, as a stranger would. */
static void copy_path(const struct copying *copying, const struct wsync_log *log,
                      const struct wsync_branch *path)
{
    struct replica *from = copying->from;
    struct wsync_txn *source = copying->source;
    bool own = wsync_wrote(&from->identity, log);
    uint64_t seq = path->fork > 2 ? path->fork - 2 : 0; /* an own log is sealed there, too */
    if (!own) {
        must(wsync_branch_sealed_before(source, path, path->fork, &seq));
    }
    for (seq++; seq <= path->seq;) {
        size_t mark = wsync_arena_mark(&from->arena);
        struct wsync_raw_change raw;
        struct wsync_change change;
        struct wsync_seal seal;
        struct wsync_head held;
        struct wsync_hash before;
        uint64_t last = seq;
        struct wsync_change_set set = {.log = log->id, .first = seq, .sealed = true};
        must(wsync_branch_hash(source, path, seq - 1, &before));
        memcpy(set.previous, before.b, sizeof set.previous);
        if (seq == 1) {
            must(wsync_log_genesis(source, log->no, &set.genesis));
        }
        if (!own) {
            if (wsync_branch_next_seal(source, path, seq, &seal) != WSYNC_OK) {
                WSYNC_ASSERT(path->number == 0); /* a verdict stopped it: a branch brings it */
                wsync_arena_release(&from->arena, mark);
                return;
            }
            last = seal.seq;
            set.seal = seal.signature;
            set.checkpoint = seal.checkpoint;
        }
        set.change_count = (size_t)(last - seq + 1);
        set.changes = calloc(set.change_count, sizeof raw);
        for (size_t i = 0; i < set.change_count; i++) {
            must(wsync_branch_change(source, path, seq + i, &change));
            set.changes[i] = change.raw;
        }
        if (own) {
            struct wsync_head head = {log->id, last, change.hash};
            set.seal = wsync_seal_sign(&from->identity.secret, &head, &set.checkpoint);
        }
        enum wsync_err err = wsync_ledger_accept(&copying->to->ledger, copying->target,
                                                 &copying->to->arena, &set, &held);
        WSYNC_ASSERT(err == WSYNC_OK || (err == WSYNC_ERR_FORK && path->number != 0));
        free(set.changes);
        wsync_arena_release(&from->arena, mark);
        seq = err == WSYNC_OK ? last + 1 : path->seq + 1;
    }
}

static void copy_log(const struct copying *copying, const struct wsync_log *log)
{
    struct wsync_branch path = {.log_no = 0};
    while (wsync_branch_next(copying->source, log, &path) == WSYNC_OK) {
        copy_path(copying, log, &path);
    }
}

struct wsync_hash replica_recomputed_digest(struct replica *replica, uint32_t scope)
{
    struct replica reader = {.store = wsync_store_mem_new()};
    struct wsync_txn *source;
    struct wsync_txn *target;
    struct wsync_roster roster;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    reader.catalog = malloc(sizeof *reader.catalog);
    void *block = malloc(ARENA_BYTES);
    WSYNC_ASSERT(reader.catalog && block);
    wsync_catalog_init(reader.catalog);
    wsync_arena_init(&reader.arena, block, ARENA_BYTES);
    reader.ledger = (struct wsync_ledger){.catalog = reader.catalog};
    must(wsync_store_begin(replica->store, WSYNC_TXN_READ, &source));
    must(wsync_store_begin(reader.store, WSYNC_TXN_WRITE, &target));
    must(wsync_roster_get(source, &roster));
    for (uint64_t version = 1; version <= roster.version; version++) {
        struct wsync_signed_statement statement;
        must(wsync_roster_statement(source, version, &statement));
        must(wsync_roster_take(target, &reader.arena, &statement, NULL));
        wsync_arena_release(&reader.arena, 0);
    }
    struct wsync_slice waiting; /* a key that is in no statement yet */
    struct wsync_slice name = wsync_slice_of("rotation");
    if (wsync_txn_get(source, WSYNC_TABLE_META, name, &waiting) == WSYNC_OK) {
        must(wsync_txn_put(target, WSYNC_TABLE_META, name, waiting));
    }
    const struct copying copying = {replica, &reader, source, target};
    while (wsync_log_after(source, after, &log) == WSYNC_OK) {
        copy_log(&copying, &log);
        at = log.id;
        after = &at;
    }
    must(wsync_txn_commit(target));
    wsync_txn_abort(source);
    struct wsync_hash digest = replica_digest(&reader, scope);
    replica_fini(&reader);
    return digest;
}

struct wsync_dot replica_dot_at(struct replica *from, struct wsync_dot dot, struct replica *to)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    must(wsync_store_begin(from->store, WSYNC_TXN_READ, &txn));
    must(wsync_log_get(txn, dot.log_no, &log));
    wsync_txn_abort(txn);
    must(wsync_store_begin(to->store, WSYNC_TXN_READ, &txn));
    must(wsync_log_find(txn, &log.id, &log));
    wsync_txn_abort(txn);
    dot.log_no = log.no;
    return dot;
}

/* One direction of a perfect link. */
struct wire {
    struct wsync_slice frames[WIRE_FRAMES_MAX];
    size_t head, tail;
};

static void wire_send(void *context, struct wsync_session *session, struct wsync_slice frame)
{
    struct wire *wire = context;
    (void)session;
    uint8_t *copy = malloc(frame.len);
    WSYNC_ASSERT(copy && wire->tail < WIRE_FRAMES_MAX);
    memcpy(copy, frame.data, frame.len);
    wire->frames[wire->tail++] = wsync_slice(copy, frame.len);
}

static void wire_close(void *context, struct wsync_session *session)
{
    (void)context;
    (void)session;
}

static void wire_free(struct wire *wire)
{
    for (size_t i = 0; i < wire->tail; i++) {
        free((void *)(uintptr_t)wire->frames[i].data);
    }
    free(wire);
}

/* Delivers what stands on the wire as one batch; false when there was nothing. */
static bool deliver(struct wire *wire, struct wsync_pump *pump, struct wsync_session *session,
                    struct replica *replica)
{
    struct wsync_pump_event events[WSYNC_PUMP_EVENTS_MAX];
    size_t count = 0;
    while (wire->head < wire->tail && count < WSYNC_PUMP_EVENTS_MAX) {
        events[count++] = (struct wsync_pump_event){session,
                                                    {.kind = WSYNC_EVENT_FRAME,
                                                     .frame = wire->frames[wire->head++],
                                                     .time = replica->now}};
    }
    if (count > 0 || pump->more) {
        replica_tell_moment(replica);
        must(wsync_pump_run(pump, events, count));
    }
    return count > 0;
}

enum wsync_err replica_sync(struct replica *ward, struct replica *district,
                            const struct installation *installation,
                            struct wsync_session_counts *counts)
{
    replica_follow_roster(ward);
    struct wire *up = calloc(1, sizeof *up);
    struct wire *down = calloc(1, sizeof *down);
    struct wsync_session *sessions = calloc(2, sizeof *sessions);
    struct wsync_pump *pumps = calloc(2, sizeof *pumps);
    void *memory[2] = {aligned_alloc(16, (wsync_pump_bytes() + 15) / 16 * 16),
                       aligned_alloc(16, (wsync_pump_bytes() + 15) / 16 * 16)};
    WSYNC_ASSERT(up && down && sessions && pumps && memory[0] && memory[1]);
    struct wsync_sink to_district = {up, wire_send, wire_close};
    struct wsync_sink to_ward = {down, wire_send, wire_close};
    wsync_pump_init(&pumps[0], ward->store, &ward->ledger, &to_district, memory[0]);
    wsync_pump_init(&pumps[1], district->store, &district->ledger, &to_ward, memory[1]);
    struct wsync_session_setup setup = {.role = WSYNC_SESSION_WARD,
                                        .ledger = &ward->ledger,
                                        .instance = installation->instance,
                                        .scope = ward->scope};
    wsync_session_init(&sessions[0], &setup, 0);
    setup = (struct wsync_session_setup){.role = WSYNC_SESSION_DISTRICT,
                                         .ledger = &district->ledger,
                                         .instance = installation->instance,
                                         .peer = ward->transport,
                                         .desk = &installation->desk};
    wsync_session_init(&sessions[1], &setup, 0);
    struct wsync_pump_event start = {&sessions[0], {.kind = WSYNC_EVENT_START}};
    replica_tell_moment(ward);
    must(wsync_pump_run(&pumps[0], &start, 1));
    bool moved = true;
    while (moved) {
        moved = deliver(up, &pumps[1], &sessions[1], district);
        moved |= deliver(down, &pumps[0], &sessions[0], ward);
    }
    enum wsync_err result = sessions[0].result;
    WSYNC_ASSERT(sessions[0].state == WSYNC_STATE_ENDED);
    if (counts) {
        *counts = sessions[0].counts;
    }
    wire_free(up);
    wire_free(down);
    free(sessions);
    free(pumps);
    free(memory[0]);
    free(memory[1]);
    return result;
}
