/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vectors that need a store: rosters, enrolment, change-sets. */
#include <stdlib.h>
#include <string.h>

#include "tests/store_mem.h"
#include "tests/vector.h"
#include "wardsync/enrol.h"
#include "wardsync/ledger.h"
#include "wardsync/message.h"

enum { ARENA_BYTES = 8 << 20 };

/* A replica that writes nothing, unless the case names whose store it is. */
struct place {
    struct wsync_store *store;
    struct wsync_txn *txn;
    struct wsync_arena arena;
    struct wsync_catalog *catalog;
    struct wsync_ledger ledger;
    struct wsync_identity identity;
};

static void place_open(struct place *place)
{
    void *block = aligned_alloc(16, ARENA_BYTES);
    *place = (struct place){.store = wsync_store_mem_new(),
                            .catalog = malloc(sizeof(struct wsync_catalog))};
    WSYNC_ASSERT(block && place->catalog);
    wsync_arena_init(&place->arena, block, ARENA_BYTES);
    wsync_catalog_init(place->catalog);
    place->ledger.catalog = place->catalog;
    WSYNC_ASSERT(wsync_store_begin(place->store, WSYNC_TXN_WRITE, &place->txn) == WSYNC_OK);
}

static void place_close(struct place *place)
{
    wsync_txn_abort(place->txn);
    wsync_store_close(place->store);
    free(place->catalog);
    free(place->arena.block);
}

/* Takes the `statement` and `signatures` lines in turn; the first that fails ends it. */
static enum wsync_err take_roster(struct place *place, const struct vector *vector)
{
    struct wsync_instance_id instance;
    bool expects = vector_fixed(vector, "instance", instance.b, sizeof instance.b);
    for (size_t i = 0; vector_nth(vector, "statement", i); i++) {
        struct wsync_signed_statement statement = {
            .statement = vector_bytes_nth(vector, "statement", i, &place->arena)};
        struct wsync_slice list = vector_bytes_nth(vector, "signatures", i, &place->arena);
        if (list.len > sizeof statement.signatures ||
            list.len % sizeof *statement.signatures != 0) {
            return WSYNC_ERR_INVALID;
        }
        if (list.len > 0) {
            memcpy(statement.signatures, list.data, list.len);
        }
        statement.signature_count = list.len / sizeof *statement.signatures;
        enum wsync_err err = wsync_roster_take(place->txn, &place->arena, &statement,
                                               expects ? &instance : NULL);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err vector_run_roster(struct vector_book *book, const struct vector *vector)
{
    struct place place;
    struct wsync_roster roster;
    place_open(&place);
    enum wsync_err err = take_roster(&place, vector);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(place.txn, &roster);
    }
    if (err == WSYNC_OK) {
        vector_number(book, "version", (int64_t)roster.version);
        vector_hex(book, "hash", WSYNC_BYTES(roster.hash));
        vector_hex(book, "instance", WSYNC_BYTES(roster.instance));
        vector_number(book, "top", roster.top);
    }
    place_close(&place);
    return err;
}

static enum wsync_err put_invite(struct place *place, const struct vector *vector)
{
    struct wsync_transport_key key;
    struct wsync_invite_row row = {.scope = (uint32_t)vector_integer(vector, "invite-scope"),
                                   .name = "ward",
                                   .expires = vector_integer(vector, "invite-expires")};
    if (!vector_fixed(vector, "invite-key", key.b, sizeof key.b) ||
        !vector_fixed(vector, "invite-id", row.id.b, sizeof row.id.b)) {
        return WSYNC_ERR_INVALID;
    }
    return wsync_invite_put(place->txn, &key, &row);
}

/* Every `enrol` frame is honoured in turn by the district, whose registrar has `seed`; the
 * grant of the last one is checked as the applicant does. */
static enum wsync_err honour(struct place *place, struct vector_book *book,
                             const struct vector *vector)
{
    uint8_t seed[32];
    struct wsync_signing_key registrar;
    struct wsync_desk desk = {.has_registrar = true};
    struct wsync_application application = {.now = vector_integer(vector, "now")};
    struct wsync_grant grant;
    struct wsync_roster roster;
    struct wsync_message message;
    enum wsync_err err = put_invite(place, vector);
    if (err != WSYNC_OK || !vector_fixed(vector, "seed", seed, sizeof seed) ||
        !vector_fixed(vector, "transport-key", application.key.b, sizeof application.key.b)) {
        return WSYNC_ERR_INVALID;
    }
    wsync_signing_pair(seed, &registrar, &desk.registrar);
    for (size_t i = 0; err == WSYNC_OK && vector_nth(vector, "enrol", i); i++) {
        err = wsync_message_decode(vector_bytes_nth(vector, "enrol", i, &place->arena),
                                   &place->arena, &message);
        if (err == WSYNC_OK) {
            application.enrol = message.enrol;
            err = wsync_enrol_honour(place->txn, &place->arena, &desk, &application, &grant);
        }
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(place->txn, &roster);
    }
    if (err == WSYNC_OK) {
        vector_number(book, "version", (int64_t)roster.version);
        vector_hex(book, "statement", grant.statement.statement);
        vector_number(book, "authority", (int64_t)grant.authority_count);
        vector_hex(book, "signatures",
                   wsync_slice(grant.statement.signatures, sizeof *grant.statement.signatures));
        err = wsync_grant_check(&grant, &roster.instance, &application.enrol, &place->arena);
    }
    return err;
}

enum wsync_err vector_run_enrol(struct vector_book *book, const struct vector *vector)
{
    struct place place;
    place_open(&place);
    enum wsync_err err = take_roster(&place, vector);
    if (err == WSYNC_OK) {
        err = honour(&place, book, vector);
    }
    place_close(&place);
    return err;
}

static enum wsync_err settle(struct place *place)
{
    bool more = true;
    enum wsync_err err = WSYNC_OK;
    while (more && err == WSYNC_OK) {
        err = wsync_ledger_settle(&place->ledger, place->txn, &place->arena, &more);
    }
    return err;
}

static enum wsync_err digest(struct place *place, struct wsync_hash *hash)
{
    enum wsync_err err = settle(place);
    return err == WSYNC_OK
               ? wsync_ledger_digest(&place->ledger, place->txn, &place->arena, 0, hash)
               : err;
}

/* What became of the last change of the log: its state and, in quarantine, why. */
static enum wsync_err say_state(struct place *place, struct vector_book *book,
                                const struct wsync_head *head)
{
    static const char *const STATES[] = {"merged", "waiting", "quarantined", "copy"};
    struct wsync_log log;
    struct wsync_change change;
    enum wsync_err err = wsync_log_find(place->txn, &head->log, &log);
    vector_number(book, "head-seq", (int64_t)head->seq);
    vector_hex(book, "head-hash", WSYNC_BYTES(head->hash));
    if (err == WSYNC_OK) {
        err = wsync_log_change(place->txn, log.no, head->seq, &change);
    }
    if (err == WSYNC_ERR_NOT_FOUND ||
        (err == WSYNC_OK && !wsync_hash_equal(&change.hash, &head->hash))) {
        vector_text(book, "state", "aside");
        return WSYNC_OK;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    vector_number(book, "stamp", change.stamp);
    vector_text(book, "state", STATES[change.state]);
    if (change.state == WSYNC_CHANGE_QUARANTINED) {
        struct wsync_slice row;
        uint8_t key[12] = {0};
        for (int i = 0; i < 4; i++) {
            key[3 - i] = (uint8_t)(log.no >> (8 * i));
            key[11 - i] = (uint8_t)(head->seq >> (8 * i));
        }
        err = wsync_txn_get(place->txn, WSYNC_TABLE_QUARANTINE, wsync_slice(key, 12), &row);
        if (err == WSYNC_OK) {
            uint32_t code = (uint32_t)(row.data[0] << 8 | row.data[1]);
            vector_text(book, "reason", wsync_err_name(wsync_err_from_code(code)));
        }
    }
    return err;
}

/* One frame; a refused one must leave the state as it was. */
static enum wsync_err accept_frame(struct place *place, struct wsync_slice frame,
                                   struct wsync_head *held)
{
    struct wsync_message message;
    struct wsync_hash before;
    struct wsync_hash after;
    WSYNC_ASSERT(digest(place, &before) == WSYNC_OK);
    enum wsync_err err = wsync_message_decode(frame, &place->arena, &message);
    if (err == WSYNC_OK && message.type != WSYNC_MESSAGE_CHANGES) {
        return WSYNC_ERR_INVALID;
    }
    if (err == WSYNC_OK) {
        err = wsync_ledger_accept(&place->ledger, place->txn, &place->arena, &message.changes,
                                  held);
    }
    if (err != WSYNC_OK) {
        WSYNC_ASSERT(digest(place, &after) == WSYNC_OK && wsync_hash_equal(&before, &after));
    }
    return err;
}

static enum wsync_err accept_all(struct place *place, struct vector_book *book,
                                 const struct vector *vector)
{
    struct wsync_head held;
    struct wsync_hash hash;
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; vector_nth(vector, "frame", i); i++) {
        struct wsync_slice frame = vector_bytes_nth(vector, "frame", i, &place->arena);
        err = accept_frame(place, frame, &held);
        bool last = vector_nth(vector, "frame", i + 1) == NULL;
        if (err != WSYNC_OK) {
            return last ? err : WSYNC_ERR_INVALID; /* only the last one is judged */
        }
    }
    err = digest(place, &hash);
    if (err == WSYNC_OK) {
        err = say_state(place, book, &held);
    }
    if (err == WSYNC_OK) {
        vector_hex(book, "digest", WSYNC_BYTES(hash));
    }
    return err;
}

enum wsync_err vector_run_accept(struct vector_book *book, const struct vector *vector)
{
    struct place place;
    struct wsync_roster roster;
    uint8_t seed[32];
    place_open(&place);
    enum wsync_err err = take_roster(&place, vector);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(place.txn, &roster);
    }
    if (err == WSYNC_OK && vector_fixed(vector, "own-seed", seed, sizeof seed)) {
        wsync_signing_pair(seed, &place.identity.signing_key, &place.identity.secret);
        place.identity.device = wsync_device_of(&roster.instance, &place.identity.signing_key);
        place.ledger.identity = &place.identity;
    }
    if (err == WSYNC_OK) {
        err = accept_all(&place, book, vector);
    }
    place_close(&place);
    return err;
}
