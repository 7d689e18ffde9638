/* SPDX-License-Identifier: Apache-2.0 */
#include "host/session_log.h"

#include <string.h>

#include "wardsync/frontier.h"

/* SESSIONS: number -> row.  CONTACTS: device id -> contact.  Both rows begin with a byte that
 * names their layout; a number is big-endian in a key and in eight bytes in a row. */
enum {
    LAYOUT = 1,
    CONTACT_LAYOUT = 3, /* 1 ended before `last_is_peers`, 2 before `has_clock` */
    NUMBER_BYTES = 8,
    ROW_BYTES_MAX = 192,
    SECONDS_A_DAY = 86400,
};

/* A row being written or read; `bad` once it ran out of bytes. */
struct cursor {
    uint8_t *bytes;
    size_t size, at;
    bool bad;
};

static void put_number(struct cursor *cursor, uint64_t number)
{
    WSYNC_ASSERT(cursor->size - cursor->at >= NUMBER_BYTES);
    for (int i = NUMBER_BYTES; i-- > 0; number >>= 8) {
        cursor->bytes[cursor->at + (size_t)i] = (uint8_t)(number & 0xff);
    }
    cursor->at += NUMBER_BYTES;
}

static void put_bytes(struct cursor *cursor, struct wsync_slice bytes)
{
    WSYNC_ASSERT(cursor->size - cursor->at >= bytes.len);
    memcpy(cursor->bytes + cursor->at, bytes.data, bytes.len);
    cursor->at += bytes.len;
}

static void get_bytes(struct cursor *cursor, void *out, size_t len)
{
    if (cursor->bad || cursor->size - cursor->at < len) {
        cursor->bad = true;
        memset(out, 0, len);
        return;
    }
    memcpy(out, cursor->bytes + cursor->at, len);
    cursor->at += len;
}

static uint64_t get_number(struct cursor *cursor)
{
    uint8_t bytes[NUMBER_BYTES];
    uint64_t number = 0;
    get_bytes(cursor, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static bool get_truth(struct cursor *cursor)
{
    uint64_t truth = get_number(cursor);
    cursor->bad = cursor->bad || truth > 1;
    return truth == 1;
}

static enum wsync_err get_code(struct cursor *cursor)
{
    uint64_t code = get_number(cursor);
    enum wsync_err err = wsync_err_from_code((uint32_t)code);
    cursor->bad = cursor->bad || code > UINT32_MAX || wsync_err_code(err) != code;
    return err;
}

static enum wsync_session_kind get_kind(struct cursor *cursor)
{
    uint64_t kind = get_number(cursor);
    bool good = kind >= WSYNC_SESSION_KIND_SYNC && kind <= WSYNC_SESSION_KIND_DOWN;
    cursor->bad = cursor->bad || !good;
    return good ? (enum wsync_session_kind)kind : WSYNC_SESSION_KIND_DOOR;
}

/* ---- rows ---- */

static struct cursor cursor_over(struct wsync_slice bytes)
{
    return (struct cursor){(uint8_t *)(uintptr_t)bytes.data, bytes.len, 0, false};
}

static bool read_whole(const struct cursor *cursor)
{
    return !cursor->bad && cursor->at == cursor->size;
}

static struct wsync_slice encode_row(const struct wsync_session_row *row,
                                     uint8_t bytes[ROW_BYTES_MAX])
{
    struct cursor cursor = {bytes, ROW_BYTES_MAX, 0, false};
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
    put_bytes(&cursor, wsync_slice(&layout, 1));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        put_number(&cursor, numbers[i]);
    }
    put_bytes(&cursor, WSYNC_BYTES(row->device));
    put_bytes(&cursor, wsync_slice(row->key, sizeof row->key));
    if (row->has_reject) {
        put_bytes(&cursor, WSYNC_BYTES(row->reject.log));
        put_number(&cursor, row->reject.first);
        put_number(&cursor, wsync_err_code(row->reject.code));
    }
    return wsync_slice(bytes, cursor.at);
}

static enum wsync_err decode_row(struct wsync_slice bytes, struct wsync_session_row *row)
{
    struct cursor cursor = cursor_over(bytes);
    uint8_t layout;
    get_bytes(&cursor, &layout, 1);
    *row = (struct wsync_session_row){.kind = get_kind(&cursor)};
    row->has_device = get_truth(&cursor);
    row->begun = (int64_t)get_number(&cursor);
    row->ended = (int64_t)get_number(&cursor);
    row->took_ms = (int64_t)get_number(&cursor);
    row->times = get_number(&cursor);
    row->code = get_code(&cursor);
    row->peer_said_it = get_truth(&cursor);
    row->bytes_in = get_number(&cursor);
    row->bytes_out = get_number(&cursor);
    row->changes_in = get_number(&cursor);
    row->changes_out = get_number(&cursor);
    row->has_reject = get_truth(&cursor);
    get_bytes(&cursor, row->device.b, sizeof row->device.b);
    get_bytes(&cursor, row->key, sizeof row->key);
    if (row->has_reject) {
        get_bytes(&cursor, row->reject.log.b, sizeof row->reject.log.b);
        row->reject.first = get_number(&cursor);
        row->reject.code = get_code(&cursor);
    }
    return layout == LAYOUT && read_whole(&cursor) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

static struct wsync_slice number_key(uint64_t number, uint8_t key[NUMBER_BYTES])
{
    struct cursor cursor = {key, NUMBER_BYTES, 0, false};
    put_number(&cursor, number);
    return wsync_slice(key, NUMBER_BYTES);
}

/* The number of the first or last row. */
static enum wsync_err end_number(struct wsync_txn *txn, enum wsync_seek where, uint64_t *number)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_SESSIONS, where, &entry);
    if (err == WSYNC_OK) {
        struct cursor cursor = cursor_over(entry.key);
        *number = get_number(&cursor);
        err = read_whole(&cursor) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
    }
    return err;
}

enum wsync_err wsync_session_log_add(struct wsync_txn *txn, const struct wsync_session_row *row,
                                     uint64_t *number)
{
    uint8_t bytes[ROW_BYTES_MAX];
    uint8_t key[NUMBER_BYTES];
    *number = 0;
    enum wsync_err err = end_number(txn, WSYNC_SEEK_LE, number);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    return wsync_txn_put(txn, WSYNC_TABLE_SESSIONS, number_key(++*number, key),
                         encode_row(row, bytes));
}

enum wsync_err wsync_session_log_change(struct wsync_txn *txn, uint64_t number,
                                        const struct wsync_session_row *row)
{
    uint8_t bytes[ROW_BYTES_MAX];
    uint8_t key[NUMBER_BYTES];
    struct wsync_slice there;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_SESSIONS, number_key(number, key), &there);
    return err == WSYNC_OK ? wsync_txn_put(txn, WSYNC_TABLE_SESSIONS, number_key(number, key),
                                           encode_row(row, bytes))
                           : err;
}

enum wsync_err wsync_session_log_seek(struct wsync_txn *txn, enum wsync_seek where,
                                      uint64_t *number, struct wsync_session_row *row)
{
    uint8_t key[NUMBER_BYTES];
    struct wsync_entry entry = {.key = number_key(*number, key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_SESSIONS, where, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    struct cursor cursor = cursor_over(entry.key);
    *number = get_number(&cursor);
    return read_whole(&cursor) ? decode_row(entry.value, row) : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_session_log_prune(struct wsync_txn *txn,
                                       const struct wsync_session_policy *policy, int64_t now)
{
    uint64_t first, last;
    enum wsync_err err = end_number(txn, WSYNC_SEEK_LE, &last);
    if (err == WSYNC_OK) {
        err = end_number(txn, WSYNC_SEEK_GE, &first);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    for (int i = 0; i < WSYNC_SESSION_PRUNE_ROWS_MAX && first < last; i++, first++) {
        struct wsync_session_row row;
        uint8_t key[NUMBER_BYTES];
        uint64_t at = first;
        bool crowded = last - first + 1 > (uint64_t)policy->rows;
        if (!crowded) {
            err = wsync_session_log_seek(txn, WSYNC_SEEK_GE, &at, &row);
            if (err != WSYNC_OK || row.ended >= now - policy->days * SECONDS_A_DAY) {
                return err;
            }
        }
        err = wsync_txn_del(txn, WSYNC_TABLE_SESSIONS, number_key(first, key));
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
    }
    return WSYNC_OK;
}

/* ---- runs ---- */

/* META: "serving" -> when it was last known, stopped then */
enum { SERVING_BYTES = 2 * NUMBER_BYTES };

enum wsync_err wsync_session_log_alive(struct wsync_txn *txn, int64_t time, bool stopped)
{
    uint8_t bytes[SERVING_BYTES];
    struct cursor cursor = {bytes, sizeof bytes, 0, false};
    put_number(&cursor, (uint64_t)time);
    put_number(&cursor, stopped);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("serving"),
                         wsync_slice(bytes, cursor.at));
}

enum wsync_err wsync_session_log_last(struct wsync_txn *txn, int64_t *time, bool *stopped)
{
    struct wsync_slice bytes;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("serving"), &bytes);
    if (err != WSYNC_OK) {
        return err;
    }
    struct cursor cursor = cursor_over(bytes);
    *time = (int64_t)get_number(&cursor);
    *stopped = get_truth(&cursor);
    return read_whole(&cursor) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
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
    struct cursor cursor = cursor_over(bytes);
    uint8_t layout;
    get_bytes(&cursor, &layout, 1);
    *contact = (struct wsync_contact){.first = (int64_t)get_number(&cursor)};
    contact->last = (int64_t)get_number(&cursor);
    contact->last_good = (int64_t)get_number(&cursor);
    contact->last_kind = get_kind(&cursor);
    contact->last_code = get_code(&cursor);
    contact->failed = get_number(&cursor);
    contact->known = get_number(&cursor);
    contact->has_head = get_truth(&cursor);
    contact->head.seq = get_number(&cursor);
    get_bytes(&cursor, contact->head.log.b, sizeof contact->head.log.b);
    get_bytes(&cursor, contact->head.hash.b, sizeof contact->head.hash.b);
    contact->last_is_peers = layout >= 2 && get_truth(&cursor);
    if (layout >= 3) {
        contact->has_clock = get_truth(&cursor);
        contact->clock_ahead_s = (int64_t)get_number(&cursor);
        get_bytes(&cursor, contact->program, sizeof contact->program);
        contact->program[sizeof contact->program - 1] = '\0';
    }
    return layout >= 1 && layout <= CONTACT_LAYOUT && read_whole(&cursor) ? WSYNC_OK
                                                                          : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_contact_put(struct wsync_txn *txn, const struct wsync_device_id *device,
                                 const struct wsync_contact *contact)
{
    uint8_t bytes[ROW_BYTES_MAX];
    struct cursor cursor = {bytes, sizeof bytes, 0, false};
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
    put_bytes(&cursor, wsync_slice(&layout, 1));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        put_number(&cursor, numbers[i]);
    }
    put_bytes(&cursor, WSYNC_BYTES(contact->head.log));
    put_bytes(&cursor, WSYNC_BYTES(contact->head.hash));
    put_number(&cursor, contact->last_is_peers);
    put_number(&cursor, contact->has_clock);
    put_number(&cursor, (uint64_t)contact->clock_ahead_s);
    put_bytes(&cursor, wsync_slice(contact->program, sizeof contact->program));
    return wsync_txn_put(txn, WSYNC_TABLE_CONTACTS, WSYNC_BYTES(*device),
                         wsync_slice(bytes, cursor.at));
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
                        const struct wsync_session_facts *facts)
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
