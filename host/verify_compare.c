/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the tables of the two states against each other, in key order. */
#include "host/evidence.h"
#include "host/verify_parts.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/totals.h"

/* What must be equal. */
enum how {
    SAME,        /* every row, byte by byte */
    NAMED,       /* the one row with the key `only` */
    LOGS_ONLY,   /* rows of logs, not those of branches that lie aside */
    HELD_WITHIN, /* every row of a log that is held must be among the computed ones */
    DUE_WITHIN,  /* every computed row must be held; others do no harm */
    RECORDS,     /* the same live values; their order in the row is that of their arrival */
};

static const struct check {
    const char *name;
    enum wsync_table table;
    enum how how;
    wsync_verify_words *say;
    const char *only;
} CHECKS[] = {
    {"roster", WSYNC_TABLE_META, NAMED, wsync_verify_say_bytes, "roster"},
    {"statements", WSYNC_TABLE_ROSTER, SAME, wsync_verify_say_bytes, NULL},
    {"devices", WSYNC_TABLE_DEVICES, SAME, wsync_verify_say_device, NULL},
    {"transports", WSYNC_TABLE_TRANSPORTS, SAME, wsync_verify_say_bytes, NULL},
    {"keys", WSYNC_TABLE_KEYS, SAME, wsync_verify_say_bytes, NULL},
    {"log keys", WSYNC_TABLE_LOG_KEYS, SAME, wsync_verify_say_bytes, NULL},
    {"pins", WSYNC_TABLE_PINS, SAME, wsync_verify_say_bytes, NULL},
    {"log numbers", WSYNC_TABLE_LOG_NUMBERS, SAME, wsync_verify_say_bytes, NULL},
    {"logs", WSYNC_TABLE_LOGS, SAME, wsync_verify_say_log, NULL},
    {"changes", WSYNC_TABLE_CHANGES, LOGS_ONLY, wsync_verify_say_change, NULL},
    /* What this device wrote is sealed anew at each sending, here as well. */
    {"seals", WSYNC_TABLE_SEALS, HELD_WITHIN, wsync_verify_say_change, NULL},
    {"references", WSYNC_TABLE_REFERENCES, SAME, wsync_verify_say_log, NULL},
    {"forms", WSYNC_TABLE_FORMS, SAME, wsync_verify_say_form, NULL},
    {"units", WSYNC_TABLE_UNITS, SAME, wsync_verify_say_bytes, NULL},
    {"records", WSYNC_TABLE_RECORDS, RECORDS, wsync_verify_say_record, NULL},
    {"history", WSYNC_TABLE_HISTORY, SAME, wsync_verify_say_named_record, NULL},
    {"conflicts", WSYNC_TABLE_CONFLICTS, SAME, wsync_verify_say_named_record, NULL},
    {"attachments", WSYNC_TABLE_BLOB_NAMES, SAME, wsync_verify_say_bytes, NULL},
    {"totals", WSYNC_TABLE_TOTALS, SAME, wsync_verify_say_cell, NULL},
    {"counted", WSYNC_TABLE_COUNTED, SAME, wsync_verify_say_counted, NULL},
    {"quarantine", WSYNC_TABLE_QUARANTINE, SAME, wsync_verify_say_change, NULL},
    /* A change may be listed for a cause that is over: it is only looked at once more. */
    {"waiting", WSYNC_TABLE_WAITING, DUE_WITHIN, wsync_verify_say_waiting, NULL},
    {"verdicts", WSYNC_TABLE_VERDICTS, SAME, wsync_verify_say_change, NULL},
    {"origins", WSYNC_TABLE_ORIGINS, SAME, wsync_verify_say_change, NULL},
};

enum { TABLES = sizeof CHECKS / sizeof *CHECKS };

/* Where the walk through one side stands. */
struct walk {
    struct wsync_txn *txn;
    enum wsync_table table;
    const struct check *check;
    struct wsync_entry entry;
    bool ended;
};

/* Is this row none of the check's business? */
static bool passes_over(const struct check *check, struct wsync_slice key)
{
    bool by_log = check->how == LOGS_ONLY || check->how == HELD_WITHIN;
    return by_log && key.len >= 4 &&
           wsync_verify_number(key.data, 4) >= WSYNC_EVIDENCE_ROWS;
}

static enum wsync_err step(struct walk *walk)
{
    do { /* ends: each turn passes one row */
        enum wsync_err err =
            wsync_txn_seek_any(walk->txn, walk->table, WSYNC_SEEK_GT, &walk->entry);
        if (err == WSYNC_ERR_NOT_FOUND) {
            walk->ended = true;
            return WSYNC_OK;
        }
        if (err != WSYNC_OK) {
            return err;
        }
    } while (passes_over(walk->check, walk->entry.key));
    return WSYNC_OK;
}

/* The next key of the two walks, and what stands under it on either side. */
static struct wsync_verify_pair pair_of(const struct walk *live, const struct walk *again)
{
    int order = live->ended    ? 1
                : again->ended ? -1
                               : wsync_slice_compare(live->entry.key, again->entry.key);
    if (order < 0) {
        return (struct wsync_verify_pair){WSYNC_VERIFY_NO_AGAIN, live->entry.key,
                                          live->entry.value, wsync_slice(NULL, 0)};
    }
    if (order > 0) {
        return (struct wsync_verify_pair){WSYNC_VERIFY_NO_LIVE, again->entry.key,
                                          wsync_slice(NULL, 0), again->entry.value};
    }
    return (struct wsync_verify_pair){WSYNC_VERIFY_BOTH, live->entry.key, live->entry.value,
                                      again->entry.value};
}

static enum wsync_err is_equal(struct wsync_verify *job, const struct check *check,
                               const struct wsync_verify_pair *pair, bool *equal)
{
    if (pair->missing == WSYNC_VERIFY_NO_AGAIN) {
        *equal = check->how == DUE_WITHIN;
        return WSYNC_OK;
    }
    if (pair->missing == WSYNC_VERIFY_NO_LIVE) {
        *equal = check->how == HELD_WITHIN;
        return WSYNC_OK;
    }
    *equal = wsync_slice_equal(pair->live, pair->again);
    return *equal || check->how != RECORDS ? WSYNC_OK
                                           : wsync_verify_same_record(job, pair, equal);
}

static void count(struct wsync_verify *job, const struct check *check)
{
    job->result->records += check->table == WSYNC_TABLE_RECORDS;
    job->result->cells += check->table == WSYNC_TABLE_TOTALS;
}

/* The rows of an older program's store are made by whoever opens it to write, and nobody reads
 * them before that (wsync_counted_make). */
static enum wsync_err is_compared(const struct wsync_verify *job, const struct check *check,
                                  bool *compared)
{
    *compared = true;
    return check->table == WSYNC_TABLE_COUNTED ? wsync_counted_is_kept(job->live.txn, compared)
                                               : WSYNC_OK;
}

static enum wsync_err compare_table(struct wsync_verify *job, const struct check *check)
{
    struct walk live = {.txn = job->live.txn, .table = check->table, .check = check};
    struct walk again = {.txn = job->again.txn, .table = check->table, .check = check};
    struct wsync_verify_finding finding = {.what = check->name};
    enum wsync_err err = step(&live);
    if (err == WSYNC_OK) {
        err = step(&again);
    }
    while (err == WSYNC_OK && !(live.ended && again.ended)) { /* ends: a row each turn */
        struct wsync_verify_pair pair = pair_of(&live, &again);
        bool equal;
        err = is_equal(job, check, &pair, &equal);
        if (err != WSYNC_OK) {
            return err;
        }
        if (!equal && finding.rows++ == 0) {
            check->say(job, &pair, &finding);
        }
        if (pair.missing != WSYNC_VERIFY_NO_LIVE) {
            err = step(&live);
        }
        if (err == WSYNC_OK && pair.missing != WSYNC_VERIFY_NO_AGAIN) {
            err = step(&again);
            count(job, check);
        }
    }
    if (finding.rows > 0) {
        wsync_verify_found(job, &finding);
    }
    return err;
}

static enum wsync_err compare_row(struct wsync_verify *job, const struct check *check)
{
    struct wsync_verify_pair pair = {.key = wsync_slice_of(check->only)};
    struct wsync_verify_finding finding = {.what = check->name};
    enum wsync_err live = wsync_txn_get(job->live.txn, check->table, pair.key, &pair.live);
    enum wsync_err again = wsync_txn_get(job->again.txn, check->table, pair.key, &pair.again);
    if (live == WSYNC_ERR_NOT_FOUND && again == WSYNC_OK) {
        pair.missing = WSYNC_VERIFY_NO_LIVE;
    } else if (live != WSYNC_OK || again != WSYNC_OK) {
        return live != WSYNC_OK ? live : again;
    } else if (wsync_slice_equal(pair.live, pair.again)) {
        return WSYNC_OK;
    }
    check->say(job, &pair, &finding);
    wsync_verify_found(job, &finding);
    return WSYNC_OK;
}

static enum wsync_err compare_digests(struct wsync_verify *job)
{
    struct wsync_verify_finding finding = {.what = "digest", .place = "the whole state"};
    struct wsync_verify_result *result = job->result;
    wsync_verify_tell(job, WSYNC_VERIFY_DIGESTS, 0, 2);
    enum wsync_err err = wsync_ledger_digest(&job->again.ledger, job->again.txn,
                                             &job->again.arena, 0, &result->again);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_verify_tell(job, WSYNC_VERIFY_DIGESTS, 1, 2);
    err = wsync_ledger_digest(&job->live.ledger, job->live.txn, &job->live.arena, 0,
                              &result->stored);
    if (err == WSYNC_ERR_MEMORY || err == WSYNC_ERR_STORE_IO) {
        return err;
    }
    wsync_verify_tell(job, WSYNC_VERIFY_DIGESTS, 2, 2);
    if (err == WSYNC_OK && wsync_hash_equal(&result->stored, &result->again)) {
        return WSYNC_OK;
    }
    wsync_hex_encode(WSYNC_BYTES(result->again), finding.again);
    if (err == WSYNC_OK) {
        wsync_hex_encode(WSYNC_BYTES(result->stored), finding.stored);
    } else {
        snprintf(finding.stored, sizeof finding.stored, "cannot be read");
    }
    wsync_verify_found(job, &finding);
    return WSYNC_OK;
}

enum wsync_err wsync_verify_compare(struct wsync_verify *job)
{
    enum wsync_err err = WSYNC_OK;
    wsync_verify_tell(job, WSYNC_VERIFY_COMPARING, 0, TABLES);
    for (size_t i = 0; i < TABLES && err == WSYNC_OK; i++) {
        bool compared;
        err = is_compared(job, &CHECKS[i], &compared);
        if (err == WSYNC_OK && compared) {
            err = CHECKS[i].how == NAMED ? compare_row(job, &CHECKS[i])
                                         : compare_table(job, &CHECKS[i]);
        }
        wsync_verify_tell(job, WSYNC_VERIFY_COMPARING, i + 1, TABLES);
    }
    return err == WSYNC_OK ? compare_digests(job) : err;
}
