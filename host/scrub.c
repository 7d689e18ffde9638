/* SPDX-License-Identifier: Apache-2.0 */
#include "host/scrub.h"

#include <stdio.h>
#include <string.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "host/journal.h"
#include "wardsync/chain.h"

enum {
    SLICE_MS = 1000,
    ROUND_MS = 3600 * 1000, /* a short round begins again after that */
    SLICE_MS_MAX = 4,       /* whatever is left of it then, the peers wait for this thread */
    SLICE_COST = 800,       /* of one slice: a change 1, a seal as much as its signature */
    SEAL_COST = 40,
    LOG_KEY_BYTES = 4,
    PLACES_PREFIX_BYTES = 6,
    DAMAGE_KEY_BYTES = PLACES_PREFIX_BYTES + WSYNC_LOG_ID_BYTES + 8 + 1,
};

/* META: "damage", log id, seq, fault -> seconds since 1970. */
static const char PREFIX[] = "damage";

struct place {
    struct wsync_log_id log;
    uint64_t seq;
    enum wsync_scrub_fault fault;
};

static void put(uint8_t *out, uint64_t number, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(number >> (8 * (len - 1 - i)));
    }
}

static uint64_t get(const uint8_t *in, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 8 | in[i];
    }
    return number;
}

/* ---- what is known ---- */

const char *wsync_scrub_fault_text(enum wsync_scrub_fault fault, enum wsync_language language)
{
    static const char *const TEXTS[][2] = {
        [WSYNC_SCRUB_UNREADABLE] = {"không đọc được", "it cannot be read"},
        [WSYNC_SCRUB_CHAIN] = {"nội dung không khớp mã băm",
                               "its bytes do not give the hash they are kept under"},
        [WSYNC_SCRUB_SEAL] = {"chữ ký không đúng", "the seal does not verify"},
    };
    bool known = fault >= WSYNC_SCRUB_UNREADABLE && fault <= WSYNC_SCRUB_SEAL;
    return TEXTS[known ? fault : WSYNC_SCRUB_UNREADABLE][language == WSYNC_VI ? 0 : 1];
}

enum wsync_err wsync_scrub_known(struct wsync_txn *txn, struct wsync_scrub_damage *damage)
{
    struct wsync_slice prefix = wsync_slice_of(PREFIX);
    struct wsync_entry entry = {.key = prefix};
    *damage = (struct wsync_scrub_damage){.places = 0};
    for (;;) { /* ends: each turn passes one row */
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry);
        if (err == WSYNC_ERR_NOT_FOUND ||
            (err == WSYNC_OK && !wsync_slice_starts(entry.key, prefix))) {
            return WSYNC_OK;
        }
        if (err != WSYNC_OK || entry.key.len != DAMAGE_KEY_BYTES || entry.value.len != 8) {
            return err == WSYNC_OK ? WSYNC_ERR_CORRUPT : err;
        }
        if (damage->places++ == 0) {
            const uint8_t *at = entry.key.data + PLACES_PREFIX_BYTES;
            memcpy(damage->log.b, at, sizeof damage->log.b);
            damage->seq = get(at + sizeof damage->log.b, 8);
            damage->fault = (enum wsync_scrub_fault)at[sizeof damage->log.b + 8];
            damage->found = (int64_t)get(entry.value.data, 8);
        }
    }
}

/* Notes the place unless that was done before, or many are known; `*is_new` says which. */
static enum wsync_err note(struct wsync_txn *txn, const struct place *place, bool *is_new)
{
    uint8_t key[DAMAGE_KEY_BYTES];
    uint8_t row[8];
    struct wsync_slice held;
    struct wsync_scrub_damage known;
    memcpy(key, PREFIX, PLACES_PREFIX_BYTES);
    memcpy(key + PLACES_PREFIX_BYTES, place->log.b, sizeof place->log.b);
    put(key + PLACES_PREFIX_BYTES + sizeof place->log.b, place->seq, 8);
    key[DAMAGE_KEY_BYTES - 1] = (uint8_t)place->fault;
    put(row, (uint64_t)wsync_clock_wall_s(), sizeof row);
    *is_new = false;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice(key, sizeof key), &held);
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    err = wsync_scrub_known(txn, &known);
    if (err != WSYNC_OK || known.places >= WSYNC_SCRUB_PLACES_MAX) {
        return err;
    }
    *is_new = true;
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice(key, sizeof key),
                         wsync_slice(row, sizeof row));
}

/* Says it, once: what cannot be noted in the store is said again in the next round. */
static void report(struct wsync_store *store, const struct place *place)
{
    char digits[2 * WSYNC_LOG_ID_BYTES + 1];
    struct wsync_txn *txn;
    bool is_new = true;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_WRITE, &txn);
    if (err == WSYNC_OK) {
        err = note(txn, place, &is_new);
        if (err == WSYNC_OK && is_new) {
            err = wsync_txn_commit(txn);
        } else {
            wsync_txn_abort(txn);
        }
    }
    if (err == WSYNC_OK && !is_new) {
        return;
    }
    wsync_hex_encode(WSYNC_BYTES(place->log), digits);
    WSYNC_JOURNAL(ERROR, "damage", wsync_journal_text("log", digits),
                  wsync_journal_number("change", (int64_t)place->seq),
                  wsync_journal_text("what", wsync_scrub_fault_text(place->fault, WSYNC_EN)));
}

/* A whole round without damage: what was noted is no more, say in a restored store. */
static enum wsync_err forget(struct wsync_txn *txn)
{
    struct wsync_slice prefix = wsync_slice_of(PREFIX);
    for (;;) { /* ends: each turn removes a row */
        uint8_t key[WSYNC_KEY_BYTES_MAX];
        struct wsync_entry entry = {.key = prefix};
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || !wsync_slice_starts(entry.key, prefix)) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        size_t len = entry.key.len;
        memcpy(key, entry.key.data, len);
        err = wsync_txn_del(txn, WSYNC_TABLE_META, wsync_slice(key, len));
        if (err != WSYNC_OK) {
            return err;
        }
    }
}

/* ---- the walk ---- */

/* The log with the first number at or above `no`. */
static enum wsync_err log_from(struct wsync_txn *txn, uint32_t no, struct wsync_log *log)
{
    uint8_t key[LOG_KEY_BYTES];
    put(key, no, sizeof key);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_LOGS, WSYNC_SEEK_GE, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_log_get(txn, (uint32_t)get(entry.key.data, entry.key.len), log);
}

/* Puts the walk to a change drawn out of all. */
static enum wsync_err begin_somewhere(struct wsync_scrub *scrub, struct wsync_txn *txn)
{
    struct wsync_entropy entropy;
    struct wsync_log log = {.no = 0};
    uint64_t total = 0;
    enum wsync_err err;
    while ((err = log_from(txn, log.no + 1, &log)) == WSYNC_OK) {
        total += log.seq;
    }
    scrub->begun = true;
    if (err != WSYNC_ERR_NOT_FOUND || total == 0) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    wsync_entropy_draw(&entropy);
    uint64_t drawn = get(entropy.b, 8) % total;
    log.no = 0;
    while ((err = log_from(txn, log.no + 1, &log)) == WSYNC_OK) {
        if (drawn < log.seq) {
            scrub->log_no = log.no;
            scrub->seq = drawn + 1;
            return WSYNC_OK;
        }
        drawn -= log.seq;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static bool good_genesis(struct wsync_txn *txn, const struct wsync_log *log)
{
    struct wsync_slice bytes;
    struct wsync_hash held;
    if (wsync_log_genesis(txn, log->no, &bytes) != WSYNC_OK ||
        wsync_log_hash(txn, log->no, 0, &held) != WSYNC_OK) {
        return false;
    }
    struct wsync_hash start = wsync_chain_start(bytes);
    struct wsync_log_id id = wsync_chain_log_id(&start);
    return wsync_hash_equal(&start, &held) && wsync_log_id_equal(&id, &log->id);
}

/* What the one change at the place suffers from. */
static enum wsync_scrub_fault fault_at(struct wsync_scrub *scrub, struct wsync_txn *txn,
                                       const struct wsync_log *log)
{
    struct wsync_change change;
    struct wsync_hash before;
    struct wsync_seal seal;
    if (scrub->seq == 0) {
        return good_genesis(txn, log) ? WSYNC_SCRUB_SOUND : WSYNC_SCRUB_CHAIN;
    }
    if (wsync_log_change(txn, log->no, scrub->seq, &change) != WSYNC_OK ||
        wsync_log_hash(txn, log->no, scrub->seq - 1, &before) != WSYNC_OK) {
        return WSYNC_SCRUB_UNREADABLE;
    }
    scrub->changes++;
    struct wsync_hash hash = wsync_chain_next(&log->id, scrub->seq, &before, &change.raw);
    if (!wsync_hash_equal(&hash, &change.hash)) {
        return WSYNC_SCRUB_CHAIN;
    }
    if (wsync_log_next_seal(txn, log->no, scrub->seq, &seal) != WSYNC_OK ||
        seal.seq != scrub->seq) {
        return WSYNC_SCRUB_SOUND;
    }
    struct wsync_head head = {log->id, scrub->seq, hash};
    scrub->seals++;
    scrub->left = scrub->left > SEAL_COST ? scrub->left - SEAL_COST : 0;
    return wsync_seal_verify(&log->signing_key, &seal.signature, &head, &seal.checkpoint)
               ? WSYNC_SCRUB_SOUND
               : WSYNC_SCRUB_SEAL;
}

/* Goes on until the slice is used up (OK), the last log is passed (NOT_FOUND), or a place is
 * damaged (CORRUPT, and `*place` says which; the walk stands behind it). */
static enum wsync_err walk(struct wsync_scrub *scrub, struct wsync_txn *txn,
                           struct place *place)
{
    struct wsync_log log;
    enum wsync_err err = log_from(txn, scrub->log_no, &log);
    while (err == WSYNC_OK && scrub->left > 0) { /* ends: each turn passes a change or a log */
        scrub->seq = log.no == scrub->log_no ? scrub->seq : 0;
        scrub->log_no = log.no;
        if (!log.known || scrub->seq > log.seq) {
            scrub->log_no = log.no + 1;
            scrub->seq = 0;
            err = log_from(txn, scrub->log_no, &log);
            continue;
        }
        *place = (struct place){log.id, scrub->seq, fault_at(scrub, txn, &log)};
        scrub->seq++;
        scrub->left -= scrub->left > 0;
        if (wsync_clock_monotonic_ms() >= scrub->until_ms) {
            scrub->left = 0;
        }
        if (place->fault != WSYNC_SCRUB_SOUND) {
            return WSYNC_ERR_CORRUPT;
        }
    }
    return err;
}

static void end_round(struct wsync_scrub *scrub, struct wsync_store *store, int64_t now_ms)
{
    struct wsync_scrub_damage known = {.places = 0};
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_READ, &txn);
    if (err == WSYNC_OK) {
        err = wsync_scrub_known(txn, &known);
        wsync_txn_abort(txn);
    }
    /* The first round begins in the middle, so it has not seen everything. */
    bool clean = scrub->damages == 0 && scrub->rounds > 0;
    if (clean && (known.places > 0 || err == WSYNC_ERR_CORRUPT) &&
        wsync_store_begin(store, WSYNC_TXN_WRITE, &txn) == WSYNC_OK) {
        if (forget(txn) != WSYNC_OK) {
            wsync_txn_abort(txn);
        } else if (wsync_txn_commit(txn) != WSYNC_OK) {
            clean = false; /* next time */
        }
    }
    WSYNC_JOURNAL(DEBUG, "scrubbed", wsync_journal_number("changes", (int64_t)scrub->changes),
                  wsync_journal_number("seals", (int64_t)scrub->seals),
                  wsync_journal_number("damages", (int64_t)scrub->damages));
    bool partial = scrub->rounds == 0;
    *scrub = (struct wsync_scrub){.begun = true,
                                  .rounds = scrub->rounds + 1,
                                  .round_ms = now_ms,
                                  .next_ms =
                                      partial ? now_ms + SLICE_MS : scrub->round_ms + ROUND_MS};
}

void wsync_scrub_tick(struct wsync_scrub *scrub, struct wsync_store *store, int64_t now_ms)
{
    struct wsync_txn *txn;
    struct place place;
    if (now_ms < scrub->next_ms) {
        return;
    }
    scrub->next_ms = now_ms + SLICE_MS;
    scrub->left = SLICE_COST;
    scrub->until_ms = wsync_clock_monotonic_ms() + SLICE_MS_MAX;
    enum wsync_err err = WSYNC_ERR_CORRUPT;
    while (err == WSYNC_ERR_CORRUPT && scrub->left > 0) { /* ends: a place costs something */
        if (wsync_store_begin(store, WSYNC_TXN_READ, &txn) != WSYNC_OK) {
            return; /* it will be met elsewhere, too */
        }
        place.fault = WSYNC_SCRUB_SOUND;
        err = scrub->begun ? WSYNC_OK : begin_somewhere(scrub, txn);
        if (err == WSYNC_OK) {
            err = walk(scrub, txn, &place);
        }
        wsync_txn_abort(txn);
        if (err == WSYNC_ERR_CORRUPT &&
            place.fault == WSYNC_SCRUB_SOUND) { /* the list of logs itself */
            place = (struct place){.seq = scrub->log_no, .fault = WSYNC_SCRUB_UNREADABLE};
            scrub->log_no++;
            scrub->left--;
        }
        if (err == WSYNC_ERR_CORRUPT) {
            scrub->damages++;
            report(store, &place);
        }
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        end_round(scrub, store, now_ms);
    }
}
