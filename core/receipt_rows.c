/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "wardsync/receipt.h"

/* RECEIPTS: number -> time, code (0: it holds), complete, receipt.
 * META "alarms": how many did not hold.  META "proven", log number -> seq, judged, number.
 * META "left", tree id -> size of the last checkpoint of it. */
enum {
    NUMBER_BYTES = 8,
    HEAD_BYTES = 8 + 2 + 1,
    PROVEN_KEY_BYTES = 10,
    PROVEN_ROW_BYTES = 24,
    LEFT_KEY_BYTES = 4 + WSYNC_TREE_ID_BYTES,
};

static const char PROVEN[] = "proven";
static const char LEFT[] = "left";

/* ---- trees that were left ---- */

static struct wsync_slice left_key(uint8_t key[LEFT_KEY_BYTES],
                                   const struct wsync_checkpoint *checkpoint)
{
    memcpy(key, LEFT, sizeof LEFT - 1);
    memcpy(key + sizeof LEFT - 1, checkpoint->tree, sizeof checkpoint->tree);
    return wsync_slice(key, LEFT_KEY_BYTES);
}

enum wsync_err wsync_receipt_leave_tree(struct wsync_txn *txn,
                                        const struct wsync_checkpoint *last)
{
    uint8_t key[LEFT_KEY_BYTES];
    uint8_t row[8];
    wsync_be_put(row, last->size, sizeof row);
    return wsync_txn_put(txn, WSYNC_TABLE_META, left_key(key, last),
                         wsync_slice(row, sizeof row));
}

enum wsync_err wsync_receipt_tree_was_left(struct wsync_txn *txn,
                                           const struct wsync_checkpoint *shown, bool *left)
{
    uint8_t key[LEFT_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, left_key(key, shown), &row);
    *left = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- what is proven ---- */

static struct wsync_slice proven_key(uint8_t key[PROVEN_KEY_BYTES], uint32_t log_no)
{
    memcpy(key, PROVEN, sizeof PROVEN - 1);
    wsync_be_put(key + sizeof PROVEN - 1, log_no, 4);
    return wsync_slice(key, PROVEN_KEY_BYTES);
}

static enum wsync_err read_proven(struct wsync_slice row, struct wsync_proven *proven)
{
    struct wsync_reader reader = wsync_reader_over(row);
    proven->seq = wsync_read_number(&reader, 8);
    proven->judged = wsync_read_number(&reader, 8);
    proven->number = wsync_read_number(&reader, 8);
    return wsync_read_whole(&reader) ? WSYNC_OK : WSYNC_ERR_CORRUPT;
}

enum wsync_err wsync_proven_get(struct wsync_txn *txn, uint32_t log_no,
                                struct wsync_proven *proven)
{
    uint8_t key[PROVEN_KEY_BYTES];
    struct wsync_slice row;
    *proven = (struct wsync_proven){.seq = 0};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, proven_key(key, log_no), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return read_proven(row, proven);
}

static enum wsync_err put_proven(struct wsync_txn *txn, uint32_t log_no,
                                 const struct wsync_proven *proven)
{
    uint8_t key[PROVEN_KEY_BYTES];
    uint8_t row[PROVEN_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, proven->seq, 8);
    wsync_write_number(&writer, proven->judged, 8);
    wsync_write_number(&writer, proven->number, 8);
    return wsync_txn_put(txn, WSYNC_TABLE_META, proven_key(key, log_no),
                         wsync_written(&writer));
}

/* Is it the receipt for where some log stands? */
static enum wsync_err is_needed(struct wsync_txn *txn, uint64_t number, bool *needed)
{
    struct wsync_slice prefix = wsync_slice(PROVEN, sizeof PROVEN - 1);
    struct wsync_entry entry = {.key = prefix};
    enum wsync_err err = WSYNC_OK;
    *needed = false;
    while (!*needed) { /* ends: each turn passes one row */
        struct wsync_proven proven;
        err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || !wsync_slice_starts(entry.key, prefix)) {
            break;
        }
        err = read_proven(entry.value, &proven);
        if (err != WSYNC_OK) {
            return err;
        }
        *needed = proven.number == number;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- what to ask for ---- */

/* Heads found so far. */
struct wanted {
    struct wsync_head *heads;
    size_t count;
};

static enum wsync_err add_head(struct wsync_txn *txn, const struct wsync_log *log, uint64_t seq,
                               struct wanted *wanted)
{
    struct wsync_head *head = &wanted->heads[wanted->count];
    *head = (struct wsync_head){.log = log->id, .seq = seq};
    enum wsync_err err = wsync_log_hash(txn, log->no, seq, &head->hash);
    wanted->count += err == WSYNC_OK;
    return err;
}

/* Changes that were quarantined and whose leaves were not asked for; one place is left for
 * where the log stands. */
static enum wsync_err add_judged(struct wsync_txn *txn, const struct wsync_log *log,
                                 uint64_t from, uint64_t before, struct wanted *wanted)
{
    struct wsync_dot at = {log->no, from, 0};
    enum wsync_err reason;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && wanted->count + 1 < WSYNC_PROVE_HEADS_MAX) {
        err = wsync_ledger_quarantined(txn, &at, &reason);
        if (err != WSYNC_OK || at.log_no != log->no || at.seq >= before) {
            break;
        }
        err = add_head(txn, log, at.seq, wanted);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err add_log(struct wsync_txn *txn, const struct wsync_log *log, bool anew,
                              struct wanted *wanted)
{
    struct wsync_proven proven;
    uint64_t held;
    enum wsync_err err = wsync_held_get(txn, log->no, &held);
    if (err == WSYNC_OK) {
        err = wsync_proven_get(txn, log->no, &proven);
    }
    held = err == WSYNC_OK && held > log->seq ? log->seq : held;
    bool news = err == WSYNC_OK && held > 0 && (anew || held != proven.seq);
    if (err == WSYNC_OK && held > 0) {
        err = add_judged(txn, log, proven.judged, news ? held : held + 1, wanted);
    }
    return err == WSYNC_OK && news ? add_head(txn, log, held, wanted) : err;
}

enum wsync_err wsync_receipt_wanted(struct wsync_txn *txn, const struct wsync_device_id *device,
                                    bool anew, struct wsync_head *heads, size_t *count)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    struct wanted wanted = {.heads = heads};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && wanted.count < WSYNC_PROVE_HEADS_MAX) {
        err = wsync_log_after(txn, after, &log);
        if (err == WSYNC_OK && wsync_device_id_equal(&log.device, device)) {
            err = add_log(txn, &log, anew, &wanted);
        }
        at = log.id;
        after = &at;
    }
    *count = wanted.count;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- receipts ---- */

enum wsync_err wsync_receipt_alarms(struct wsync_txn *txn, uint64_t *count)
{
    struct wsync_slice row;
    *count = 0;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("alarms"), &row);
    if (err == WSYNC_OK) {
        *count = row.len == 8 ? wsync_be_get(row.data, 8) : 0;
        return row.len == 8 ? WSYNC_OK : WSYNC_ERR_CORRUPT;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err add_alarm(struct wsync_txn *txn, uint64_t *count)
{
    uint8_t row[8];
    enum wsync_err err = wsync_receipt_alarms(txn, count);
    if (err == WSYNC_OK) {
        wsync_be_put(row, ++*count, sizeof row);
        err = wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("alarms"),
                            wsync_slice(row, sizeof row));
    }
    return err;
}

static enum wsync_err read_row(const struct wsync_entry *entry, struct wsync_kept_receipt *kept)
{
    struct wsync_reader reader = wsync_reader_over(entry->value);
    kept->number = wsync_be_get(entry->key.data, NUMBER_BYTES);
    kept->time = (int64_t)wsync_read_number(&reader, 8);
    kept->verdict = wsync_err_from_code((uint32_t)wsync_read_number(&reader, 2));
    kept->complete = wsync_read_number(&reader, 1) == 1;
    kept->bytes = reader.left;
    return reader.bad ? WSYNC_ERR_CORRUPT : WSYNC_OK;
}

enum wsync_err wsync_receipt_after(struct wsync_txn *txn, struct wsync_kept_receipt *kept)
{
    uint8_t key[NUMBER_BYTES];
    wsync_be_put(key, kept->number, sizeof key);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_RECEIPTS, WSYNC_SEEK_GT, &entry);
    return err == WSYNC_OK ? read_row(&entry, kept) : err;
}

/* One that is too old, unless it is evidence or says where a log stands. */
static enum wsync_err drop_old(struct wsync_txn *txn, uint64_t number, uint64_t newest)
{
    uint8_t key[NUMBER_BYTES];
    struct wsync_kept_receipt old = {.number = number - 1};
    bool needed;
    if (number == 0 || newest - number < WSYNC_RECEIPTS_KEPT_MAX) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_receipt_after(txn, &old);
    if (err != WSYNC_OK || old.number != number || old.verdict != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = is_needed(txn, number, &needed);
    wsync_be_put(key, number, sizeof key);
    return err == WSYNC_OK && !needed
               ? wsync_txn_del(txn, WSYNC_TABLE_RECEIPTS, wsync_slice(key, sizeof key))
               : err;
}

static enum wsync_err newest_of(struct wsync_txn *txn, uint64_t *number)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_RECEIPTS, WSYNC_SEEK_LE, &entry);
    *number = err == WSYNC_OK ? wsync_be_get(entry.key.data, NUMBER_BYTES) : 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err put_row(struct wsync_txn *txn, struct wsync_arena *arena,
                              const struct wsync_kept_receipt *kept)
{
    uint8_t key[NUMBER_BYTES];
    uint8_t *row = wsync_arena_get(arena, HEAD_BYTES + kept->bytes.len);
    if (!row) {
        return WSYNC_ERR_MEMORY;
    }
    struct wsync_writer writer = wsync_writer_over(row, HEAD_BYTES + kept->bytes.len);
    wsync_be_put(key, kept->number, sizeof key);
    wsync_write_number(&writer, (uint64_t)kept->time, 8);
    wsync_write_number(&writer, wsync_err_code(kept->verdict), 2);
    wsync_write_number(&writer, kept->complete, 1);
    wsync_write_bytes(&writer, kept->bytes);
    return wsync_txn_put(txn, WSYNC_TABLE_RECEIPTS, wsync_slice(key, sizeof key),
                         wsync_written(&writer));
}

enum wsync_err wsync_receipt_keep(struct wsync_txn *txn, struct wsync_arena *arena,
                                  const struct wsync_receipt *receipt,
                                  struct wsync_kept_receipt *kept)
{
    uint64_t alarms = 0;
    enum wsync_err err = WSYNC_OK;
    if (kept->verdict != WSYNC_OK) {
        err = add_alarm(txn, &alarms);
    }
    if (err == WSYNC_OK) {
        err = newest_of(txn, &kept->number);
    }
    if (err != WSYNC_OK || alarms > WSYNC_EVIDENCE_KEPT_MAX) {
        return err;
    }
    kept->number++;
    err = wsync_receipt_encode(receipt, arena, &kept->bytes);
    if (err == WSYNC_OK) {
        err = put_row(txn, arena, kept);
    }
    return err == WSYNC_OK && kept->number > WSYNC_RECEIPTS_KEPT_MAX
               ? drop_old(txn, kept->number - WSYNC_RECEIPTS_KEPT_MAX, kept->number)
               : err;
}

static enum wsync_err is_quarantined(struct wsync_txn *txn, uint32_t log_no, uint64_t seq,
                                     bool *quarantined)
{
    struct wsync_dot at = {log_no, seq - 1, 0};
    enum wsync_err reason;
    enum wsync_err err = wsync_ledger_quarantined(txn, &at, &reason);
    *quarantined = err == WSYNC_OK && at.log_no == log_no && at.seq == seq;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err note_head(struct wsync_txn *txn, const struct wsync_head *head,
                                uint64_t number)
{
    struct wsync_log log;
    struct wsync_proven proven;
    uint64_t held = 0;
    bool quarantined = false;
    enum wsync_err err = wsync_log_find(txn, &head->log, &log);
    if (err == WSYNC_OK) {
        err = wsync_proven_get(txn, log.no, &proven);
    }
    if (err == WSYNC_OK) {
        err = wsync_held_get(txn, log.no, &held);
    }
    if (err == WSYNC_OK) {
        err = is_quarantined(txn, log.no, head->seq, &quarantined);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    uint64_t before = proven.number;
    proven.judged = quarantined && head->seq > proven.judged ? head->seq : proven.judged;
    if (head->seq == (held < log.seq ? held : log.seq)) {
        proven.seq = head->seq;
        proven.number = number;
    }
    err = put_proven(txn, log.no, &proven);
    return err == WSYNC_OK && proven.number != before ? drop_old(txn, before, number) : err;
}

enum wsync_err wsync_receipt_note(struct wsync_txn *txn, const struct wsync_prove *asked,
                                  uint64_t number)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < asked->head_count && err == WSYNC_OK; i++) {
        err = note_head(txn, &asked->heads[i], number);
    }
    return err;
}
