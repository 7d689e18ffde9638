/* SPDX-License-Identifier: Apache-2.0 */
#include "host/session_log.h"

#include <string.h>

#include "host/admin_log.h"
#include "host/row.h"
#include "wardsync/frontier.h"

/* SESSIONS: number -> row.  CONTACTS: device id -> contact.  Both rows begin with a byte that
 * names their layout; a number is big-endian in a key and in eight bytes in a row. */
enum {
    LAYOUT = 2,         /* 1 ended behind the reject */
    CONTACT_LAYOUT = 4, /* 1 ended before `last_is_peers`, 2 before `has_clock`, 3 before
                           `doubts` */
    ROW_BYTES_MAX = 1024,
    SECONDS_A_DAY = 86400,
};

static enum wsync_session_kind get_kind(struct wsync_row *fields)
{
    uint64_t kind = wsync_row_number(fields);
    bool good = kind >= WSYNC_SESSION_KIND_SYNC && kind <= WSYNC_SESSION_KIND_DOWN;
    fields->bad = fields->bad || !good;
    return good ? (enum wsync_session_kind)kind : WSYNC_SESSION_KIND_DOOR;
}

/* ---- rows ---- */

static void put_runs(struct wsync_row *fields, const struct wsync_seen_runs *runs)
{
    wsync_row_put_number(fields, runs->count);
    for (size_t i = 0; i < runs->count; i++) {
        wsync_row_put_bytes(fields, WSYNC_BYTES(runs->items[i].log));
        wsync_row_put_number(fields, runs->items[i].first);
        wsync_row_put_number(fields, runs->items[i].last);
    }
}

static void get_runs(struct wsync_row *fields, struct wsync_seen_runs *runs)
{
    uint64_t count = wsync_row_number(fields);
    fields->bad = fields->bad || count > WSYNC_SESSION_RUNS_MAX;
    for (size_t i = 0; !fields->bad && i < count; i++) {
        struct wsync_seen_run *run = &runs->items[runs->count++];
        wsync_row_bytes(fields, run->log.b, sizeof run->log.b);
        run->first = wsync_row_number(fields);
        run->last = wsync_row_number(fields);
    }
}

static struct wsync_slice encode_row(const struct wsync_session_row *row,
                                     uint8_t bytes[ROW_BYTES_MAX])
{
    struct wsync_row fields = wsync_row_into(bytes, ROW_BYTES_MAX);
    const uint8_t layout = LAYOUT;
    const uint64_t numbers[] = {(uint64_t)row->kind,
                                row->has_device,
                                (uint64_t)row->begun,
                                (uint64_t)row->ended,
                                (uint64_t)row->took_ms,
                                row->times,
                                wsync_err_code(row->code),
                                row->peer_said_it,
                                row->bytes_in,
                                row->bytes_out,
                                row->changes_in,
                                row->changes_out,
                                row->has_reject};
    wsync_row_put_bytes(&fields, wsync_slice(&layout, 1));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        wsync_row_put_number(&fields, numbers[i]);
    }
    wsync_row_put_bytes(&fields, WSYNC_BYTES(row->device));
    wsync_row_put_bytes(&fields, wsync_slice(row->key, sizeof row->key));
    if (row->has_reject) {
        wsync_row_put_bytes(&fields, WSYNC_BYTES(row->reject.log));
        wsync_row_put_number(&fields, row->reject.first);
        wsync_row_put_number(&fields, wsync_err_code(row->reject.code));
    }
    put_runs(&fields, &row->taken);
    put_runs(&fields, &row->acked);
    wsync_row_put_number(&fields, row->admin_count);
    wsync_row_put_bytes(&fields, wsync_slice(row->admin_hash, sizeof row->admin_hash));
    return wsync_row_written(&fields);
}

static enum wsync_err decode_row(struct wsync_slice bytes, struct wsync_session_row *row)
{
    struct wsync_row fields = wsync_row_over(bytes);
    uint8_t layout;
    wsync_row_bytes(&fields, &layout, 1);
    *row = (struct wsync_session_row){.kind = get_kind(&fields)};
    row->has_device = wsync_row_truth(&fields);
    row->begun = (int64_t)wsync_row_number(&fields);
    row->ended = (int64_t)wsync_row_number(&fields);
    row->took_ms = (int64_t)wsync_row_number(&fields);
    row->times = wsync_row_number(&fields);
    row->code = wsync_row_code(&fields);
    row->peer_said_it = wsync_row_truth(&fields);
    row->bytes_in = wsync_row_number(&fields);
    row->bytes_out = wsync_row_number(&fields);
    row->changes_in = wsync_row_number(&fields);
    row->changes_out = wsync_row_number(&fields);
    row->has_reject = wsync_row_truth(&fields);
    wsync_row_bytes(&fields, row->device.b, sizeof row->device.b);
    wsync_row_bytes(&fields, row->key, sizeof row->key);
    if (row->has_reject) {
        wsync_row_bytes(&fields, row->reject.log.b, sizeof row->reject.log.b);
        row->reject.first = wsync_row_number(&fields);
        row->reject.code = wsync_row_code(&fields);
    }
    if (layout == LAYOUT) {
        get_runs(&fields, &row->taken);
        get_runs(&fields, &row->acked);
        row->admin_count = wsync_row_number(&fields);
        wsync_row_bytes(&fields, row->admin_hash, sizeof row->admin_hash);
    }
    return layout >= 1 && layout <= LAYOUT && wsync_row_is_whole(&fields) ? WSYNC_OK
                                                                          : WSYNC_ERR_CORRUPT;
}

/* The number of the first or last row. */
static enum wsync_err end_number(struct wsync_txn *txn, enum wsync_seek where, uint64_t *number)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_SESSIONS, where, &entry);
    if (err == WSYNC_OK) {
        struct wsync_row fields = wsync_row_over(entry.key);
        *number = wsync_row_number(&fields);
        err = wsync_row_is_whole(&fields) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
    }
    return err;
}

/* Writes a row with where the admin log stands, so that rows cut off there are missed here. */
static enum wsync_err put_row(struct wsync_txn *txn, uint64_t number,
                              const struct wsync_session_row *row)
{
    struct wsync_session_row stamped = *row;
    struct wsync_hash hash;
    uint8_t bytes[ROW_BYTES_MAX];
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    enum wsync_err err = wsync_admin_log_head(txn, &stamped.admin_count, &hash);
    memcpy(stamped.admin_hash, hash.b, sizeof stamped.admin_hash);
    return err == WSYNC_OK
               ? wsync_txn_put(txn, WSYNC_TABLE_SESSIONS, wsync_row_key(number, key),
                               encode_row(&stamped, bytes))
               : err;
}

enum wsync_err wsync_session_log_add(struct wsync_txn *txn, const struct wsync_session_row *row,
                                     uint64_t *number)
{
    *number = 0;
    enum wsync_err err = end_number(txn, WSYNC_SEEK_LE, number);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    return put_row(txn, ++*number, row);
}

enum wsync_err wsync_session_log_change(struct wsync_txn *txn, uint64_t number,
                                        const struct wsync_session_row *row)
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    struct wsync_slice there;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_SESSIONS, wsync_row_key(number, key), &there);
    return err == WSYNC_OK ? put_row(txn, number, row) : err;
}

enum wsync_err wsync_session_log_seek(struct wsync_txn *txn, enum wsync_seek where,
                                      uint64_t *number, struct wsync_session_row *row)
{
    uint8_t key[WSYNC_ROW_NUMBER_BYTES];
    struct wsync_entry entry = {.key = wsync_row_key(*number, key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_SESSIONS, where, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_row fields = wsync_row_over(entry.key);
    *number = wsync_row_number(&fields);
    return wsync_row_is_whole(&fields) ? decode_row(entry.value, row) : WSYNC_ERR_CORRUPT;
}

/* ---- what policy cut off: META "pruned" -> last row cut off, last one told, day of that ----
 */

enum { PRUNED_BYTES = 3 * WSYNC_ROW_NUMBER_BYTES };

struct pruned {
    uint64_t last, told;
    int64_t day;
};

static enum wsync_err get_pruned(struct wsync_txn *txn, struct pruned *pruned)
{
    struct wsync_slice bytes;
    *pruned = (struct pruned){.day = INT64_MIN};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("pruned"), &bytes);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    struct wsync_row fields = wsync_row_over(bytes);
    pruned->last = wsync_row_number(&fields);
    pruned->told = wsync_row_number(&fields);
    pruned->day = (int64_t)wsync_row_number(&fields);
    return wsync_row_is_whole(&fields) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

/* A busy district cuts off a row with every row it writes: the admin log hears of it once a
 * day. */
static enum wsync_err note_pruned(struct wsync_txn *txn,
                                  const struct wsync_session_policy *policy, uint64_t last,
                                  int64_t now)
{
    struct pruned pruned;
    uint8_t bytes[PRUNED_BYTES];
    enum wsync_err err = get_pruned(txn, &pruned);
    pruned.last = last;
    if (err == WSYNC_OK && now / SECONDS_A_DAY != pruned.day) {
        err = wsync_admin_log_add(txn, WSYNC_ADMIN_PRUNED, now,
                                  "sessions=%llu-%llu days=%lld rows=%lld",
                                  (unsigned long long)pruned.told + 1, (unsigned long long)last,
                                  (long long)policy->days, (long long)policy->rows);
        pruned.told = last;
        pruned.day = now / SECONDS_A_DAY;
    }
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_row fields = wsync_row_into(bytes, sizeof bytes);
    wsync_row_put_number(&fields, pruned.last);
    wsync_row_put_number(&fields, pruned.told);
    wsync_row_put_number(&fields, (uint64_t)pruned.day);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("pruned"),
                         wsync_row_written(&fields));
}

/* How far the policy cuts: the first row that stays, as far as one transaction goes. */
static enum wsync_err find_cut(struct wsync_txn *txn, const struct wsync_session_policy *policy,
                               int64_t now, uint64_t *first, uint64_t *keep)
{
    uint64_t last;
    enum wsync_err err = end_number(txn, WSYNC_SEEK_LE, &last);
    if (err == WSYNC_OK) {
        err = end_number(txn, WSYNC_SEEK_GE, first);
    }
    *keep = *first;
    for (int i = 0; err == WSYNC_OK && i < WSYNC_SESSION_PRUNE_ROWS_MAX && *keep < last; i++) {
        struct wsync_session_row row;
        uint64_t at = *keep;
        if (last - *keep + 1 <= (uint64_t)policy->rows) {
            err = wsync_session_log_seek(txn, WSYNC_SEEK_GE, &at, &row);
            if (err != WSYNC_OK || row.ended >= now - policy->days * SECONDS_A_DAY) {
                return err;
            }
        }
        ++*keep;
    }
    return err;
}

enum wsync_err wsync_session_log_prune(struct wsync_txn *txn,
                                       const struct wsync_session_policy *policy, int64_t now)
{
    uint64_t first = 0, keep = 0;
    enum wsync_err err = find_cut(txn, policy, now, &first, &keep);
    if (err != WSYNC_OK || first == keep) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    for (uint64_t at = first; at < keep; at++) {
        uint8_t key[WSYNC_ROW_NUMBER_BYTES];
        err = wsync_txn_del(txn, WSYNC_TABLE_SESSIONS, wsync_row_key(at, key));
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
    }
    return note_pruned(txn, policy, keep - 1, now);
}

/* Does the admin log say what it said when the row was written?  Most rows say what the one
 * before said. */
static enum wsync_err check_anchor(struct wsync_txn *txn, const struct wsync_session_row *row,
                                   const struct wsync_session_row *before, bool *good)
{
    struct wsync_slice hash = wsync_slice(row->admin_hash, sizeof row->admin_hash);
    bool known = row->admin_count == before->admin_count &&
                 wsync_slice_equal(hash, wsync_slice(before->admin_hash, hash.len));
    *good = true;
    return row->admin_count == 0 || known
               ? WSYNC_OK
               : wsync_admin_log_holds(txn, row->admin_count, hash, good);
}

enum wsync_err wsync_session_log_check(struct wsync_txn *txn, struct wsync_session_fault *fault)
{
    struct pruned pruned;
    struct wsync_session_row row, before = {.admin_count = 0};
    uint64_t number = 0;
    *fault = (struct wsync_session_fault){.number = 0};
    enum wsync_err err = get_pruned(txn, &pruned);
    if (err == WSYNC_ERR_CORRUPT) {
        *fault = (struct wsync_session_fault){1, "META \"pruned\" cannot be read"};
    }
    for (uint64_t due = pruned.last + 1; err == WSYNC_OK && !fault->text; due++) {
        bool good = true; /* ends: each turn passes one row */
        err = wsync_session_log_seek(txn, WSYNC_SEEK_GT, &number, &row);
        if (err == WSYNC_OK) {
            err = check_anchor(txn, &row, &before, &good);
            before = row;
        }
        if (err == WSYNC_ERR_CORRUPT) {
            *fault = (struct wsync_session_fault){number, "the row cannot be read"};
        } else if (err == WSYNC_OK && number != due) {
            *fault = (struct wsync_session_fault){due, "the row is missing, and no policy cut "
                                                       "it off"};
        } else if (!good) {
            *fault = (struct wsync_session_fault){
                number, "the admin log is not what it was when the row was written"};
        }
    }
    return err == WSYNC_ERR_NOT_FOUND || fault->text ? WSYNC_OK : err;
}

/* ---- runs ---- */

/* META: "serving" -> when it was last known, stopped then */
enum { SERVING_BYTES = 2 * WSYNC_ROW_NUMBER_BYTES };

enum wsync_err wsync_session_log_alive(struct wsync_txn *txn, int64_t time, bool stopped)
{
    uint8_t bytes[SERVING_BYTES];
    struct wsync_row fields = wsync_row_into(bytes, sizeof bytes);
    wsync_row_put_number(&fields, (uint64_t)time);
    wsync_row_put_number(&fields, stopped);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("serving"),
                         wsync_row_written(&fields));
}

enum wsync_err wsync_session_log_last(struct wsync_txn *txn, int64_t *time, bool *stopped)
{
    struct wsync_slice bytes;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("serving"), &bytes);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_row fields = wsync_row_over(bytes);
    *time = (int64_t)wsync_row_number(&fields);
    *stopped = wsync_row_truth(&fields);
    return wsync_row_is_whole(&fields) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_session_log_start(struct wsync_txn *txn, int64_t time)
{
    struct wsync_session_row row = {.kind = WSYNC_SESSION_KIND_DOWN, .ended = time, .times = 1};
    bool stopped;
    uint64_t number;
    enum wsync_err err = wsync_session_log_last(txn, &row.begun, &stopped);
    if (err == WSYNC_OK) {
        row.code = stopped ? WSYNC_OK : WSYNC_ERR_LINK;
        row.took_ms = time > row.begun ? (time - row.begun) * 1000 : 0;
        err = wsync_session_log_add(txn, &row, &number);
    }
    return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND
               ? wsync_session_log_alive(txn, time, false)
               : err;
}

/* ---- contacts ---- */

enum wsync_err wsync_contact_get(struct wsync_txn *txn, const struct wsync_device_id *device,
                                 struct wsync_contact *contact)
{
    struct wsync_slice bytes;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_CONTACTS, WSYNC_BYTES(*device), &bytes);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_row fields = wsync_row_over(bytes);
    uint8_t layout;
    wsync_row_bytes(&fields, &layout, 1);
    *contact = (struct wsync_contact){.first = (int64_t)wsync_row_number(&fields)};
    contact->last = (int64_t)wsync_row_number(&fields);
    contact->last_good = (int64_t)wsync_row_number(&fields);
    contact->last_kind = get_kind(&fields);
    contact->last_code = wsync_row_code(&fields);
    contact->failed = wsync_row_number(&fields);
    contact->known = wsync_row_number(&fields);
    contact->has_head = wsync_row_truth(&fields);
    contact->head.seq = wsync_row_number(&fields);
    wsync_row_bytes(&fields, contact->head.log.b, sizeof contact->head.log.b);
    wsync_row_bytes(&fields, contact->head.hash.b, sizeof contact->head.hash.b);
    contact->last_is_peers = layout >= 2 && wsync_row_truth(&fields);
    if (layout >= 3) {
        contact->has_clock = wsync_row_truth(&fields);
        contact->clock_ahead_s = (int64_t)wsync_row_number(&fields);
        wsync_row_bytes(&fields, contact->program, sizeof contact->program);
        contact->program[sizeof contact->program - 1] = '\0';
    }
    if (layout >= 4) {
        contact->doubts = wsync_row_number(&fields);
        contact->good_doubts = wsync_row_number(&fields);
    }
    return layout >= 1 && layout <= CONTACT_LAYOUT && wsync_row_is_whole(&fields)
               ? WSYNC_OK
               : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_contact_put(struct wsync_txn *txn, const struct wsync_device_id *device,
                                 const struct wsync_contact *contact)
{
    uint8_t bytes[ROW_BYTES_MAX];
    struct wsync_row fields = wsync_row_into(bytes, sizeof bytes);
    const uint8_t layout = CONTACT_LAYOUT;
    const uint64_t numbers[] = {(uint64_t)contact->first,
                                (uint64_t)contact->last,
                                (uint64_t)contact->last_good,
                                (uint64_t)contact->last_kind,
                                wsync_err_code(contact->last_code),
                                contact->failed,
                                contact->known,
                                contact->has_head,
                                contact->head.seq};
    wsync_row_put_bytes(&fields, wsync_slice(&layout, 1));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        wsync_row_put_number(&fields, numbers[i]);
    }
    wsync_row_put_bytes(&fields, WSYNC_BYTES(contact->head.log));
    wsync_row_put_bytes(&fields, WSYNC_BYTES(contact->head.hash));
    wsync_row_put_number(&fields, contact->last_is_peers);
    wsync_row_put_number(&fields, contact->has_clock);
    wsync_row_put_number(&fields, (uint64_t)contact->clock_ahead_s);
    wsync_row_put_bytes(&fields, wsync_slice(contact->program, sizeof contact->program));
    wsync_row_put_number(&fields, contact->doubts);
    wsync_row_put_number(&fields, contact->good_doubts);
    return wsync_txn_put(txn, WSYNC_TABLE_CONTACTS, WSYNC_BYTES(*device),
                         wsync_row_written(&fields));
}

/* A ward ends with a good Bye when it holds what was stated to it; a session that broke adds
 * what it acknowledged.  Neither counts what came in beside it, so `known` is never too much.
 */
static uint64_t known_after(const struct wsync_contact *contact,
                            const struct wsync_session_row *row,
                            const struct wsync_session_facts *facts)
{
    if (row->code == WSYNC_OK) {
        return facts->readable;
    }
    uint64_t more = contact->known + row->changes_out;
    return more < facts->readable ? more : facts->readable;
}

void wsync_contact_note(struct wsync_contact *contact, const struct wsync_session_row *row,
                        const struct wsync_session_facts *facts, uint64_t doubts)
{
    bool good = row->code == WSYNC_OK;
    if (facts->outdone && !good) {
        return;
    }
    contact->first = contact->first == 0 ? row->begun : contact->first;
    contact->last = row->ended;
    contact->last_kind = row->kind;
    contact->last_code = row->code;
    contact->last_is_peers = row->peer_said_it;
    contact->failed = good ? 0 : contact->failed + row->times;
    contact->last_good = good ? row->ended : contact->last_good;
    contact->doubts = doubts;
    contact->good_doubts = good ? doubts : contact->good_doubts;
    if (facts->spoke) {
        contact->known = known_after(contact, row, facts);
        contact->has_head = facts->has_head;
        contact->head = facts->head;
        memcpy(contact->program, facts->program, sizeof contact->program);
        contact->has_clock = facts->has_clock;
        contact->clock_ahead_s = facts->clock_ahead_s;
    }
}

enum wsync_err wsync_contact_readable(struct wsync_txn *txn, const struct wsync_device *device,
                                      uint64_t *changes)
{
    struct wsync_roster roster;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    *changes = 0;
    enum wsync_err err = wsync_roster_get(txn, &roster);
    const struct wsync_frontier frontier = {.reader = device, .top = roster.top};
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_frontier_next(txn, &frontier, after, &log);
        if (err == WSYNC_OK && !wsync_device_id_equal(&log.device, &device->id)) {
            *changes += log.seq;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
