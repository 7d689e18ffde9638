/* SPDX-License-Identifier: Apache-2.0 */
#include "host/evidence.h"

#include <string.h>

/* BRANCHES: log number, branch number -> seq of the fork, seq and hash of the head.
 * ORIGINS: log number, seq, hash prefix of what was written again; log number, seq of the copy.
 */
enum { KEY_BYTES = 8, ROW_BYTES = 8 + 8 + WSYNC_HASH_BYTES, LOG_NUMBERS_BITS = 28 };
enum { ORIGIN_BYTES = 12 + WSYNC_HASH_PREFIX_BYTES };

static uint64_t get_number(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static void put_number(uint8_t *bytes, uint64_t number, size_t len)
{
    for (; len-- > 0; number >>= 8) {
        bytes[len] = (uint8_t)(number & 0xff);
    }
}

uint32_t wsync_evidence_rows(uint32_t log_no, uint32_t number)
{
    return WSYNC_EVIDENCE_ROWS | log_no << 3 | number;
}

bool wsync_evidence_read(struct wsync_txn *txn, const struct wsync_entry *entry,
                         struct wsync_evidence *evidence)
{
    if (entry->key.len != KEY_BYTES || entry->value.len != ROW_BYTES) {
        return false;
    }
    uint32_t log_no = (uint32_t)get_number(entry->key.data, 4);
    evidence->number = (uint32_t)get_number(entry->key.data + 4, 4);
    evidence->rows_no = wsync_evidence_rows(log_no, evidence->number);
    evidence->fork = get_number(entry->value.data, 8);
    evidence->seq = get_number(entry->value.data + 8, 8);
    memcpy(evidence->hash.b, entry->value.data + 16, sizeof evidence->hash.b);
    return evidence->number >= 1 && evidence->number <= WSYNC_EVIDENCE_NUMBERS &&
           evidence->fork >= 1 && evidence->fork <= evidence->seq &&
           log_no < 1U << LOG_NUMBERS_BITS &&
           wsync_log_get(txn, log_no, &evidence->log) == WSYNC_OK && evidence->log.known;
}

enum wsync_err wsync_evidence_next(struct wsync_txn *txn, uint32_t log_no, uint32_t number,
                                   struct wsync_evidence *evidence)
{
    uint8_t key[KEY_BYTES];
    put_number(key, log_no, 4);
    put_number(key + 4, number, 4);
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_BRANCHES, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!wsync_evidence_read(txn, &entry, evidence)) {
        return WSYNC_ERR_CORRUPT;
    }
    return evidence->log.no == log_no ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
}

enum wsync_err wsync_evidence_count(struct wsync_txn *txn, uint32_t log_no, uint64_t *changes)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_evidence evidence;
    enum wsync_err err;
    *changes = 0;
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_BRANCHES, WSYNC_SEEK_GT, &entry)) ==
           WSYNC_OK) {
        if (!wsync_evidence_read(txn, &entry, &evidence)) {
            return WSYNC_ERR_CORRUPT;
        }
        if (log_no == 0 || evidence.log.no == log_no) {
            *changes += evidence.seq - evidence.fork + 1;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_evidence_again(struct wsync_txn *txn,
                                    const struct wsync_evidence *evidence, uint64_t *changes)
{
    *changes = 0;
    for (uint64_t seq = evidence->fork; seq <= evidence->seq; seq++) {
        struct wsync_hash hash;
        uint8_t key[ORIGIN_BYTES];
        enum wsync_err err = wsync_log_hash(txn, evidence->rows_no, seq, &hash);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        put_number(key, evidence->log.no, 4);
        put_number(key + 4, seq, 8);
        memcpy(key + 12, hash.b, WSYNC_HASH_PREFIX_BYTES);
        struct wsync_slice prefix = wsync_slice(key, sizeof key);
        struct wsync_entry entry = {.key = prefix};
        err = wsync_txn_seek(txn, WSYNC_TABLE_ORIGINS, WSYNC_SEEK_GE, &entry);
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
        *changes += err == WSYNC_OK && wsync_slice_starts(entry.key, prefix);
    }
    return WSYNC_OK;
}

static enum wsync_err is_on(struct wsync_txn *txn, uint32_t rows_no,
                            const struct wsync_verdict *verdict, bool *is)
{
    struct wsync_hash hash;
    enum wsync_err err = wsync_log_hash(txn, rows_no, verdict->seq, &hash);
    *is = err == WSYNC_OK && wsync_hash_has_prefix(&hash, &verdict->hash);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_evidence_standing(struct wsync_txn *txn, struct wsync_arena *arena,
                                       const struct wsync_evidence *evidence,
                                       enum wsync_standing *standing, int64_t *stamp)
{
    struct wsync_verdict verdict;
    bool log = false;
    bool branch = false;
    *standing = WSYNC_STANDING_UNDECIDED;
    *stamp = 0;
    enum wsync_err err = WSYNC_OK;
    uint64_t seq =
        evidence->fork; /* a run is put aside whole: the verdict may be on a later one */
    do {
        err = wsync_verdict_on_branch(txn, arena, &evidence->log, seq, &verdict);
    } while (err == WSYNC_OK && verdict.decision == WSYNC_DECISION_NONE &&
             seq++ < evidence->seq);
    if (err != WSYNC_OK || verdict.decision == WSYNC_DECISION_NONE) {
        return err;
    }
    verdict.seq = seq;
    err = is_on(txn, evidence->log.no, &verdict, &log);
    if (err == WSYNC_OK) {
        err = is_on(txn, evidence->rows_no, &verdict, &branch);
    }
    *stamp = verdict.stamp;
    *standing = log      ? WSYNC_STANDING_LOG
                : branch ? WSYNC_STANDING_BRANCH
                         : WSYNC_STANDING_OTHER;
    return err;
}
