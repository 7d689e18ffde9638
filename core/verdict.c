/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/verdict.h"

#include <string.h>

#include "core/bytes.h"
#include "core/origin.h"
#include "core/settle_parts.h"

/* VERDICTS: log number, seq, record of the verdict -> nothing. */
enum { CHANGE_BYTES = 12, VERDICT_KEY_BYTES = CHANGE_BYTES + WSYNC_RECORD_KEY_BYTES };

/* A verdict with what ranks it among others. */
struct ranked {
    struct wsync_verdict verdict;
    struct wsync_dot dot;
    struct wsync_device_id device;
    struct wsync_log_id log;
};

bool wsync_verdict_may_adopt(enum wsync_err reason)
{
    return reason == WSYNC_ERR_REVOKED || reason == WSYNC_ERR_RIGHT ||
           reason == WSYNC_ERR_QUOTA;
}

enum wsync_err wsync_ledger_is_node(const struct wsync_ledger *ledger, struct wsync_txn *txn,
                                    bool *node)
{
    struct wsync_device device;
    *node = false;
    if (!ledger->identity) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_device_get(txn, &ledger->identity->device, &device);
    *node = err == WSYNC_OK && device.role == WSYNC_ROLE_NODE;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static struct wsync_slice change_key(uint8_t *key, uint32_t log_no, uint64_t seq)
{
    wsync_be_put(key, log_no, 4);
    wsync_be_put(key + 4, seq, 8);
    return wsync_slice(key, CHANGE_BYTES);
}

static int64_t integer_of(const struct wsync_record *record, uint32_t field)
{
    const struct wsync_live *live = wsync_record_shown(record, field, NULL);
    return live && live->value.class == WSYNC_CLASS_INTEGER ? live->value.integer : 0;
}

static struct wsync_slice text_of(const struct wsync_record *record, uint32_t field)
{
    const struct wsync_live *live = wsync_record_shown(record, field, NULL);
    return live && live->value.class == WSYNC_CLASS_TEXT ? live->value.text
                                                         : wsync_slice(NULL, 0);
}

/* What a live record of form 4 says; decision NONE when it is deleted. */
static enum wsync_err read_verdict(struct wsync_txn *txn, const struct wsync_record *record,
                                   struct ranked *ranked)
{
    bool contested;
    struct wsync_verdict *verdict = &ranked->verdict;
    struct wsync_slice log = text_of(record, WSYNC_VERDICT_LOG);
    struct wsync_slice hash = text_of(record, WSYNC_VERDICT_HASH);
    const struct wsync_live *live = wsync_record_shown(record, WSYNC_VERDICT_DECISION, NULL);
    struct wsync_log author;
    *ranked = (struct ranked){.verdict = {.record = record->id}};
    if (!live || log.len != sizeof verdict->log.b || hash.len != sizeof verdict->hash.b ||
        wsync_record_life(record, &contested, NULL) != WSYNC_LIFE_ALIVE) {
        return WSYNC_OK;
    }
    memcpy(verdict->log.b, log.data, log.len);
    memcpy(verdict->hash.b, hash.data, hash.len);
    verdict->seq = (uint64_t)integer_of(record, WSYNC_VERDICT_SEQ);
    verdict->decision = (enum wsync_decision)live->value.integer;
    verdict->reason = wsync_err_from_code((uint32_t)integer_of(record, WSYNC_VERDICT_REASON));
    verdict->note = text_of(record, WSYNC_VERDICT_NOTE);
    verdict->stamp = live->stamp;
    if (verdict->decision == WSYNC_DECISION_QUARANTINE &&
        !wsync_err_is_permanent(verdict->reason)) {
        verdict->reason = WSYNC_ERR_RIGHT; /* a reason of no quarantine */
    }
    ranked->dot = live->dot;
    enum wsync_err err = wsync_log_get(txn, live->dot.log_no, &author);
    ranked->device = author.device;
    ranked->log = author.id;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* The last decision holds: by (stamp, device, log, seq, operation). */
static bool holds_before(const struct ranked *a, const struct ranked *b)
{
    if (a->verdict.stamp != b->verdict.stamp) {
        return a->verdict.stamp > b->verdict.stamp;
    }
    int order = memcmp(a->device.b, b->device.b, sizeof a->device.b);
    if (order == 0) {
        order = memcmp(a->log.b, b->log.b, sizeof a->log.b);
    }
    if (order != 0) {
        return order > 0;
    }
    return a->dot.seq != b->dot.seq ? a->dot.seq > b->dot.seq : a->dot.op > b->dot.op;
}

/* What is asked: the verdict on one change, or (`hash` NULL) on the branches that part there.
 */
struct question {
    const struct wsync_log *log;
    uint64_t seq;
    const struct wsync_hash *hash;
};

static bool is_meant(const struct wsync_verdict *verdict, const struct question *question)
{
    if (!question->hash) {
        return verdict->decision == WSYNC_DECISION_STANDS;
    }
    bool on_change = verdict->decision == WSYNC_DECISION_QUARANTINE ||
                     verdict->decision == WSYNC_DECISION_ADOPT;
    return on_change && wsync_hash_has_prefix(question->hash, &verdict->hash);
}

/* Takes the record's verdict for the best one if it is meant and holds before it. */
static enum wsync_err weigh(struct wsync_txn *txn, struct wsync_arena *arena,
                            const struct question *question, struct wsync_dot id,
                            struct ranked *best)
{
    struct wsync_record record;
    struct ranked ranked;
    enum wsync_err err = wsync_record_get(txn, id, 0, arena, &record);
    if (err == WSYNC_OK) {
        err = read_verdict(txn, &record, &ranked);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* it is being computed anew */
    }
    bool first = best->verdict.decision == WSYNC_DECISION_NONE;
    if (record.scope == question->log->scope && is_meant(&ranked.verdict, question) &&
        (first || holds_before(&ranked, best))) {
        *best = ranked;
    }
    return WSYNC_OK;
}

static enum wsync_err find(struct wsync_txn *txn, struct wsync_arena *arena,
                           const struct question *question, struct wsync_verdict *verdict)
{
    uint8_t prefix[CHANGE_BYTES];
    uint8_t last[VERDICT_KEY_BYTES];
    struct wsync_slice start = change_key(prefix, question->log->no, question->seq);
    struct wsync_entry entry = {.key = start};
    struct ranked best = {.verdict = {.decision = WSYNC_DECISION_NONE}};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        err = wsync_txn_seek(txn, WSYNC_TABLE_VERDICTS, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || !wsync_slice_starts(entry.key, start)) {
            break;
        }
        memcpy(last, entry.key.data, sizeof last);
        entry.key = wsync_slice(last, sizeof last);
        struct wsync_slice record = wsync_slice(last + CHANGE_BYTES, WSYNC_RECORD_KEY_BYTES);
        err = weigh(txn, arena, question, wsync_record_of_key(record), &best);
    }
    *verdict = best.verdict;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* A verdict that says no more than that a pin excluded the change lapses with the pin: whoever
 * was suspended is not judged by what was said of it meanwhile. */
static enum wsync_err ask_roster(struct wsync_txn *txn, const struct wsync_log *log,
                                 struct wsync_verdict *verdict)
{
    struct wsync_device device;
    uint64_t pinned = UINT64_MAX;
    enum wsync_err err = wsync_device_get(txn, &log->device, &device);
    if (err == WSYNC_OK) {
        err = wsync_device_pinned(txn, &device, log, &pinned);
    }
    if (err == WSYNC_OK && verdict->seq <= pinned) {
        verdict->decision = WSYNC_DECISION_NONE;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

enum wsync_err wsync_verdict_on_change(struct wsync_txn *txn, struct wsync_arena *arena,
                                       const struct wsync_log *log, const struct wsync_head *at,
                                       struct wsync_verdict *verdict)
{
    const struct question question = {log, at->seq, &at->hash};
    enum wsync_err err = find(txn, arena, &question, verdict);
    bool removed = err == WSYNC_OK && verdict->decision == WSYNC_DECISION_QUARANTINE &&
                   verdict->reason == WSYNC_ERR_REVOKED;
    return removed ? ask_roster(txn, log, verdict) : err;
}

enum wsync_err wsync_verdict_after(struct wsync_txn *txn, struct wsync_dot *change)
{
    uint8_t key[CHANGE_BYTES];
    struct wsync_entry entry = {.key = change_key(key, change->log_no, change->seq + 1)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_VERDICTS, WSYNC_SEEK_GE, &entry);
    if (err == WSYNC_OK) {
        struct wsync_reader reader = wsync_reader_over(entry.key);
        change->log_no = (uint32_t)wsync_read_number(&reader, 4);
        change->seq = wsync_read_number(&reader, 8);
        change->op = 0;
    }
    return err;
}

enum wsync_err wsync_verdict_on_branch(struct wsync_txn *txn, struct wsync_arena *arena,
                                       const struct wsync_log *log, uint64_t seq,
                                       struct wsync_verdict *verdict)
{
    const struct question question = {log, seq, NULL};
    return find(txn, arena, &question, verdict);
}

enum wsync_err wsync_verdict_learn(struct wsync_txn *txn, const struct wsync_record *after)
{
    struct wsync_log_id id;
    struct wsync_log log;
    uint8_t key[VERDICT_KEY_BYTES];
    struct wsync_slice name = text_of(after, WSYNC_VERDICT_LOG);
    uint64_t seq = (uint64_t)integer_of(after, WSYNC_VERDICT_SEQ);
    if (name.len != sizeof id.b) {
        return WSYNC_ERR_CORRUPT; /* it was judged when it was written */
    }
    memcpy(id.b, name.data, sizeof id.b);
    enum wsync_err err = wsync_log_intern(txn, &id, &log);
    if (err != WSYNC_OK) {
        return err;
    }
    change_key(key, log.no, seq);
    wsync_record_key(after->id, key + CHANGE_BYTES);
    err = wsync_txn_put(txn, WSYNC_TABLE_VERDICTS, wsync_slice(key, sizeof key),
                        wsync_slice(NULL, 0));
    struct wsync_cause review = {WSYNC_CAUSE_REVIEW, log.no, seq};
    return err == WSYNC_OK ? wsync_work_put(txn, &review) : err;
}

/* The state follows the verdict; a change that counted already is taken out by a rebuild. */
static enum wsync_err review_change(const struct wsync_work *work, const struct wsync_log *log,
                                    uint64_t seq)
{
    struct wsync_change change;
    struct wsync_verdict verdict;
    enum wsync_err err = wsync_log_change(work->txn, log->no, seq, &change);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    struct wsync_head at = {log->id, seq, change.hash};
    enum wsync_change_state state = change.state;
    err = wsync_verdict_on_change(work->txn, work->arena, log, &at, &verdict);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_cause rebuild = {WSYNC_CAUSE_REBUILD, log->scope, 0};
    bool wrong; /* it or its copy counts, and the other one is to */
    err = wsync_origin_review(work->txn, work->arena, log, seq, &wrong);
    if (err != WSYNC_OK || wrong) {
        return err == WSYNC_OK ? wsync_work_put(work->txn, &rebuild) : err;
    }
    if (state == WSYNC_CHANGE_MERGED || state == WSYNC_CHANGE_COPY) {
        return verdict.decision == WSYNC_DECISION_QUARANTINE
                   ? wsync_work_put(work->txn, &rebuild)
                   : WSYNC_OK;
    }
    if (state == WSYNC_CHANGE_QUARANTINED) {
        uint8_t key[CHANGE_BYTES];
        err = wsync_txn_del(work->txn, WSYNC_TABLE_QUARANTINE, change_key(key, log->no, seq));
        if (err == WSYNC_OK) {
            err = wsync_log_set_state(work->txn, log->no, seq, WSYNC_CHANGE_WAITING);
        }
    }
    return err == WSYNC_OK ? wsync_look_again(work, log->no, seq) : err;
}

enum wsync_err wsync_verdict_review(const struct wsync_work *work, uint32_t log_no,
                                    uint64_t seq)
{
    struct wsync_log log;
    struct wsync_device device;
    enum wsync_err err = wsync_log_get(work->txn, log_no, &log);
    if (err != WSYNC_OK || !log.known) {
        return err; /* it will be asked when the change comes */
    }
    err = wsync_standing_settle(work, &log, seq);
    if (err != WSYNC_OK || seq == 0 || seq > log.seq) {
        return err;
    }
    err = wsync_device_get(work->txn, &log.device, &device);
    if (err != WSYNC_OK || device.role == WSYNC_ROLE_NODE) {
        return err;
    }
    return review_change(work, &log, seq);
}

/* Now, but behind the decision that gives way: the last one holds, and clocks go back. */
static int64_t moment_after(const struct wsync_ledger *ledger, int64_t stamp)
{
    int64_t now = ledger->moment.time;
    return stamp < now || stamp == INT64_MAX ? now : stamp + 1;
}

/* Names the live decisions, reasons and notes, so that the new ones take their place. */
static size_t name_bases(const struct wsync_record *record, struct wsync_dot *bases)
{
    size_t count = 0;
    for (size_t i = 0; i < record->live_count && count < WSYNC_BASES_MAX; i++) {
        if (record->live[i].field >= WSYNC_VERDICT_DECISION) {
            bases[count++] = record->live[i].dot;
        }
    }
    return count;
}

enum wsync_err wsync_verdict_put(struct wsync_ledger *ledger, struct wsync_txn *txn,
                                 struct wsync_arena *arena, uint32_t scope,
                                 const struct wsync_verdict *verdict)
{
    struct wsync_dot bases[WSYNC_BASES_MAX];
    struct wsync_value note = {.class = WSYNC_CLASS_BLANK};
    if (verdict->note.len > 0) {
        note = (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = verdict->note};
    }
    const struct wsync_write writes[] = {
        {WSYNC_VERDICT_LOG,
         false,
         {.class = WSYNC_CLASS_TEXT, .text = WSYNC_BYTES(verdict->log)}},
        {WSYNC_VERDICT_SEQ,
         false,
         {.class = WSYNC_CLASS_INTEGER, .integer = (int64_t)verdict->seq}},
        {WSYNC_VERDICT_HASH,
         false,
         {.class = WSYNC_CLASS_TEXT, .text = WSYNC_BYTES(verdict->hash)}},
        {WSYNC_VERDICT_DECISION,
         false,
         {.class = WSYNC_CLASS_INTEGER, .integer = (int64_t)verdict->decision}},
        {WSYNC_VERDICT_REASON,
         false,
         {.class = WSYNC_CLASS_INTEGER, .integer = (int64_t)wsync_err_code(verdict->reason)}},
        {WSYNC_VERDICT_NOTE, false, note},
    };
    size_t count = sizeof writes / sizeof *writes;
    size_t first = verdict->record.log_no == 0 ? 0 : 3; /* an edit keeps what it is about */
    struct wsync_intent intent = {.form = WSYNC_FORM_VERDICT,
                                  .version = 1,
                                  .creates = first == 0,
                                  .record = verdict->record,
                                  .bases = bases,
                                  .writes = writes + first,
                                  .write_count = count - first - (note.text.len == 0)};
    if (first > 0) {
        struct wsync_record record;
        enum wsync_err err = wsync_record_get(txn, verdict->record, 0, arena, &record);
        if (err != WSYNC_OK) {
            return err;
        }
        intent.base_count = name_bases(&record, bases);
        intent.write_count = count - first;
    }
    struct wsync_dot written;
    const struct wsync_authoring authoring = {.scope = scope,
                                              .actor = verdict->actor,
                                              .now = moment_after(ledger, verdict->stamp),
                                              .entropy = ledger->moment.entropy,
                                              .intents = &intent,
                                              .intent_count = 1};
    return wsync_ledger_write(ledger, txn, arena, &authoring, &written);
}

enum wsync_err wsync_verdict_judge(const struct wsync_work *work, uint32_t log_no, uint64_t seq)
{
    struct wsync_log log;
    struct wsync_verdict verdict;
    struct wsync_slice row;
    uint8_t key[CHANGE_BYTES];
    enum wsync_err err =
        wsync_txn_get(work->txn, WSYNC_TABLE_QUARANTINE, change_key(key, log_no, seq), &row);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* it was adopted meanwhile */
    }
    enum wsync_err reason = wsync_err_from_code((uint32_t)wsync_be_get(row.data, row.len));
    struct wsync_head at = {.seq = seq};
    err = wsync_log_get(work->txn, log_no, &log);
    if (err == WSYNC_OK) {
        err = wsync_log_hash(work->txn, log_no, seq, &at.hash);
    }
    if (err == WSYNC_OK) {
        err = wsync_verdict_on_change(work->txn, work->arena, &log, &at, &verdict);
    }
    if (err != WSYNC_OK || verdict.decision != WSYNC_DECISION_NONE) {
        return err;
    }
    verdict = (struct wsync_verdict){.log = log.id,
                                     .seq = seq,
                                     .hash = wsync_hash_prefix_of(&at.hash),
                                     .decision = WSYNC_DECISION_QUARANTINE,
                                     .reason = reason,
                                     .record = verdict.record, /* one that lapsed */
                                     .stamp = verdict.stamp};
    return wsync_verdict_put(work->ledger, work->txn, work->arena, log.scope, &verdict);
}

enum wsync_err wsync_verdict_decide(const struct wsync_work *work, uint32_t log_no,
                                    uint64_t seq)
{
    struct wsync_log log;
    struct wsync_verdict verdict;
    struct wsync_hash hash;
    enum wsync_err err = wsync_log_get(work->txn, log_no, &log);
    if (err == WSYNC_OK) {
        err = wsync_log_hash(work->txn, log_no, seq, &hash);
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK; /* the log was cut back meanwhile */
    }
    if (err == WSYNC_OK) {
        err = wsync_verdict_on_branch(work->txn, work->arena, &log, seq, &verdict);
    }
    if (err != WSYNC_OK || verdict.decision != WSYNC_DECISION_NONE) {
        return err;
    }
    verdict = (struct wsync_verdict){.log = log.id,
                                     .seq = seq,
                                     .hash = wsync_hash_prefix_of(&hash),
                                     .decision = WSYNC_DECISION_STANDS};
    return wsync_verdict_put(work->ledger, work->txn, work->arena, log.scope, &verdict);
}
