/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/forge.h"

#include <stdlib.h>
#include <string.h>

#include "tests/store_mem.h"

enum { ARENA_BYTES = 2 << 20 };

static void must(enum wsync_err err)
{
    WSYNC_ASSERT(err == WSYNC_OK);
}

static void make_arena(struct wsync_arena *arena)
{
    void *block = malloc(ARENA_BYTES);
    WSYNC_ASSERT(block);
    wsync_arena_init(arena, block, ARENA_BYTES);
}

void forge_init(struct forge *forge, const struct replica *as,
                const struct installation *installation, uint64_t roster_version, uint8_t salt)
{
    *forge = (struct forge){.identity = as->identity};
    make_arena(&forge->arena);
    forge->genesis = (struct wsync_genesis){.format = WSYNC_FORMAT_VERSION,
                                            .instance = installation->instance,
                                            .scope = as->scope,
                                            .device = as->identity.device,
                                            .signing_key = as->identity.signing_key,
                                            .roster_version = roster_version,
                                            .stamp = as->now,
                                            .random = {salt}};
    forge_open(forge);
}

void forge_fini(struct forge *forge)
{
    free(forge->arena.block);
}

void forge_open(struct forge *forge)
{
    must(wsync_genesis_encode(&forge->genesis, &forge->arena, &forge->genesis_bytes));
    forge->hashes[0] = wsync_chain_start(forge->genesis_bytes);
    forge->log = wsync_chain_log_id(&forge->hashes[0]);
    forge->seq = 0;
}

void forge_load(struct forge *forge, struct replica *from, const struct replica *as,
                const struct wsync_log_id *id)
{
    struct wsync_txn *txn;
    struct wsync_log log;
    struct wsync_change change;
    *forge = (struct forge){.identity = as->identity, .log = *id};
    make_arena(&forge->arena);
    must(wsync_store_begin(from->store, WSYNC_TXN_READ, &txn));
    must(wsync_log_find(txn, id, &log));
    must(wsync_log_genesis(txn, log.no, &forge->genesis_bytes));
    forge->genesis_bytes = wsync_arena_copy(&forge->arena, forge->genesis_bytes);
    must(wsync_genesis_decode(forge->genesis_bytes, &forge->arena, &forge->genesis));
    forge->hashes[0] = wsync_chain_start(forge->genesis_bytes);
    for (uint64_t seq = 1; seq <= log.seq; seq++) {
        must(wsync_log_change(txn, log.no, seq, &change));
        forge_add_raw(forge, &change.raw);
    }
    wsync_txn_abort(txn);
}

uint64_t forge_add_raw(struct forge *forge, const struct wsync_raw_change *raw)
{
    WSYNC_ASSERT(forge->seq < FORGE_CHANGES_MAX);
    uint64_t seq = ++forge->seq;
    struct wsync_raw_change *kept = &forge->changes[seq];
    *kept = *raw;
    kept->public_part = wsync_arena_copy(&forge->arena, raw->public_part);
    kept->private_part = wsync_arena_copy(&forge->arena, raw->private_part);
    WSYNC_ASSERT(kept->public_part.data && kept->private_part.data);
    forge->hashes[seq] = wsync_chain_next(&forge->log, seq, &forge->hashes[seq - 1], kept);
    return seq;
}

uint64_t forge_add_draft(struct forge *forge, const struct wsync_draft *draft)
{
    struct wsync_raw_change raw;
    must(wsync_draft_encode(draft, &forge->arena, &raw));
    return forge_add_raw(forge, &raw);
}

uint64_t forge_add(struct forge *forge, const struct wsync_operation *operation)
{
    struct wsync_draft draft = {
        .context.stamp_delta = 1, .operations = operation, .operation_count = 1};
    return forge_add_draft(forge, &draft);
}

struct wsync_write forge_integer(uint32_t field, int64_t value)
{
    return (struct wsync_write){field, false, {.class = WSYNC_CLASS_INTEGER, .integer = value}};
}

uint64_t forge_create(struct forge *forge, int32_t day, int64_t count, int64_t kind)
{
    const struct wsync_write writes[] = {forge_integer(FORGE_DAY, day),
                                         forge_integer(FORGE_COUNT, count),
                                         forge_integer(FORGE_KIND, kind)};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 3};
    return forge_add(forge, &operation);
}

uint64_t forge_create_large(struct forge *forge, char letter, size_t note_bytes)
{
    uint8_t note[WSYNC_PAYLOAD_BYTES_MAX];
    WSYNC_ASSERT(note_bytes <= sizeof note);
    memset(note, letter, note_bytes);
    const struct wsync_write write = {
        FORGE_NOTE, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(note, note_bytes)}};
    const struct wsync_operation operation = {.form = REPLICA_FORM,
                                              .version = 1,
                                              .creates = true,
                                              .writes = &write,
                                              .write_count = 1};
    return forge_add(forge, &operation);
}

void forge_seal(struct forge *forge, struct wsync_change_set *set)
{
    struct wsync_head head = {set->log, set->first - 1, forge->hashes[set->first - 1]};
    for (size_t i = 0; i < set->change_count; i++) {
        head.seq++;
        head.hash = wsync_chain_next(&set->log, head.seq, &head.hash, &set->changes[i]);
    }
    set->sealed = true;
    set->seal = wsync_seal_sign(&forge->identity.secret, &head, &set->checkpoint);
}

struct wsync_change_set forge_set(struct forge *forge, uint64_t first, uint64_t last)
{
    WSYNC_ASSERT(first >= 1 && first <= last && last <= forge->seq);
    struct wsync_change_set set = {
        .log = forge->log, .first = first, .change_count = (size_t)(last - first + 1)};
    set.changes = wsync_arena_array(&forge->arena, set.change_count, sizeof *set.changes);
    WSYNC_ASSERT(set.changes);
    memcpy(set.changes, &forge->changes[first], set.change_count * sizeof *set.changes);
    memcpy(set.previous, forge->hashes[first - 1].b, sizeof set.previous);
    if (first == 1) {
        set.genesis = forge->genesis_bytes;
    }
    forge_seal(forge, &set);
    return set;
}

struct wsync_reference forge_reference(const struct forge *forge, uint64_t seq)
{
    return (struct wsync_reference){forge->log, seq, wsync_hash_prefix_of(&forge->hashes[seq])};
}

enum wsync_err forge_give(struct replica *to, const struct wsync_change_set *set)
{
    struct wsync_txn *txn;
    struct wsync_head held;
    must(wsync_store_begin(to->store, WSYNC_TXN_WRITE, &txn));
    enum wsync_err err = wsync_ledger_accept(&to->ledger, txn, &to->arena, set, &held);
    if (wsync_err_is_ours(err)) {
        wsync_txn_abort(txn);
        return err;
    }
    must(wsync_txn_commit(txn));
    WSYNC_ASSERT(err != WSYNC_OK || held.seq >= set->first + set->change_count - 1);
    return err;
}

void forge_settle(struct replica *replica)
{
    struct wsync_txn *txn;
    bool more = true;
    must(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn));
    while (more) {
        must(wsync_ledger_settle(&replica->ledger, txn, &replica->arena, &more));
    }
    must(wsync_txn_commit(txn));
}

void forge_pass(struct replica *district, uint32_t scope, const struct wsync_verdict *verdict)
{
    struct wsync_txn *txn;
    replica_tell_moment(district);
    must(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn));
    must(wsync_verdict_put(&district->ledger, txn, &district->arena, scope, verdict));
    must(wsync_txn_commit(txn));
    forge_settle(district);
}

void forge_reader(struct replica *reader, struct replica *district)
{
    struct wsync_txn *source;
    struct wsync_txn *target;
    struct wsync_roster roster;
    replica_init(reader, wsync_store_mem_new(), 1, 4000, REPLICA_TOP);
    reader->ledger.identity = NULL;
    must(wsync_store_begin(district->store, WSYNC_TXN_READ, &source));
    must(wsync_store_begin(reader->store, WSYNC_TXN_WRITE, &target));
    must(wsync_roster_get(source, &roster));
    for (uint64_t version = 1; version <= roster.version; version++) {
        struct wsync_signed_statement statement;
        must(wsync_roster_statement(source, version, &statement));
        must(wsync_roster_take(target, &reader->arena, &statement, NULL));
        wsync_arena_release(&reader->arena, 0);
    }
    must(wsync_txn_commit(target));
    wsync_txn_abort(source);
}

struct wsync_hash forge_image(struct wsync_store *store)
{
    struct wsync_txn *txn;
    struct wsync_hash image = {{0}};
    must(wsync_store_begin(store, WSYNC_TXN_READ, &txn));
    for (int table = 0; table < WSYNC_TABLE_COUNT; table++) {
        struct wsync_entry entry = {.key = {NULL, 0}};
        uint8_t number = (uint8_t)table;
        while (wsync_txn_seek(txn, (enum wsync_table)table, WSYNC_SEEK_GT, &entry) ==
               WSYNC_OK) {
            struct wsync_slice parts[] = {WSYNC_BYTES(image), wsync_slice(&number, 1),
                                          entry.key, entry.value};
            image = wsync_hash_parts(parts, 4);
        }
    }
    wsync_txn_abort(txn);
    return image;
}
