/* SPDX-License-Identifier: Apache-2.0 */
/* Computes the state anew: roster, then logs, into the empty store. */
#include "host/verify_parts.h"

#include <stdio.h>
#include <string.h>

#include "host/evidence.h"
#include "wardsync/chain.h"
#include "wardsync/rotation.h"

/* Changes in one transaction of the scratch store; large ones make the pages that every change
 * touches cheap. */
enum { BATCH_CHANGES = 8192, LOG_KEY_BYTES = 4, BRANCH_KEY_BYTES = 8, CLASSES = 3 };

/* A path on its way into the empty store: a log, or a branch of it that is kept aside. */
struct feed {
    struct wsync_verify *job;
    struct wsync_log log; /* as the live store has it */
    uint32_t rows_no;     /* where the changes from `fork` on stand; before: with the log */
    uint64_t fork, last;
    bool own, aside;
    struct wsync_hash before; /* computed, at `next` - 1 */
    uint64_t next;
};

/* ---- transactions ---- */

static enum wsync_err settle(struct wsync_verify *job)
{
    struct wsync_verify_side *again = &job->again;
    bool more = true;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && more) {
        err = wsync_ledger_settle(&again->ledger, again->txn, &again->arena, &more);
    }
    return err;
}

static enum wsync_err commit(struct wsync_verify *job)
{
    struct wsync_txn *txn = job->again.txn;
    enum wsync_err err = settle(job);
    if (err == WSYNC_OK) {
        job->again.txn = NULL;
        err = wsync_txn_commit(txn);
    }
    return err;
}

static enum wsync_err commit_and_go_on(struct wsync_verify *job)
{
    enum wsync_err err = commit(job);
    wsync_verify_tell(job, WSYNC_VERIFY_RECOMPUTING, job->result->changes, job->total);
    return err == WSYNC_OK
               ? wsync_store_begin(job->again.store, WSYNC_TXN_WRITE, &job->again.txn)
               : err;
}

/* ---- roster ---- */

/* A key of this device that waits for the district is in no statement yet. */
static enum wsync_err feed_waiting_key(struct wsync_verify *job)
{
    struct wsync_slice name = wsync_slice_of("rotation");
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(job->live.txn, WSYNC_TABLE_META, name, &row);
    if (err == WSYNC_OK) {
        err = wsync_txn_put(job->again.txn, WSYNC_TABLE_META, name, row);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err feed_roster(struct wsync_verify *job)
{
    for (uint64_t version = 1;; version++) { /* ends: versions are dense */
        struct wsync_signed_statement statement;
        size_t mark = wsync_arena_mark(&job->again.arena);
        enum wsync_err err = wsync_roster_statement(job->live.txn, version, &statement);
        if (err == WSYNC_ERR_NOT_FOUND) {
            return WSYNC_OK;
        }
        if (err == WSYNC_OK) {
            err = wsync_roster_take(job->again.txn, &job->again.arena, &statement,
                                    &job->stores->instance);
        }
        wsync_arena_release(&job->again.arena, mark);
        if (err != WSYNC_OK && wsync_err_is_ours(err) && err != WSYNC_ERR_CORRUPT) {
            return err;
        }
        if (err != WSYNC_OK) { /* nothing can be judged without it */
            struct wsync_verify_finding finding = {.what = "roster"};
            snprintf(finding.place, sizeof finding.place, "statement %llu",
                     (unsigned long long)version);
            snprintf(finding.stored, sizeof finding.stored, "%s",
                     wsync_err_text(err, WSYNC_EN));
            job->damaged = true;
            wsync_verify_found(job, &finding);
            return WSYNC_OK;
        }
        job->result->statements++;
    }
}

/* ---- numbers ---- */

/* The log with the first number above `*no`; NOT_FOUND at the end.  CORRUPT for a row that does
 * not read back, `*no` then names it. */
static enum wsync_err next_log(struct wsync_txn *txn, uint32_t *no, struct wsync_log *log)
{
    uint8_t key[LOG_KEY_BYTES];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(*no >> (8 * (sizeof key - 1 - i)));
    }
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_LOGS, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    *no = (uint32_t)wsync_verify_number(entry.key.data, sizeof key);
    return wsync_log_get(txn, *no, log);
}

/* Equal numbers on both sides make rows comparable byte by byte. */
static enum wsync_err intern_logs(struct wsync_verify *job)
{
    uint32_t no = 0;
    struct wsync_log log;
    struct wsync_log made;
    enum wsync_err err;
    while ((err = next_log(job->live.txn, &no, &log)) == WSYNC_OK) {
        err = wsync_log_intern(job->again.txn, &log.id, &made);
        if (err != WSYNC_OK) {
            return err;
        }
        if (made.no != no) {
            break;
        }
        job->total += log.known ? log.seq : 0;
        job->result->logs += log.known;
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return WSYNC_OK;
    }
    struct wsync_verify_finding finding = {.what = "logs"};
    snprintf(finding.place, sizeof finding.place, "log number %u", no);
    snprintf(finding.stored, sizeof finding.stored, "%s",
             err == WSYNC_OK ? "names a log that has another number too"
                             : "the row cannot be read");
    job->damaged = true;
    wsync_verify_found(job, &finding);
    return err == WSYNC_OK || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

/* ---- runs ---- */

static uint32_t rows_of(const struct feed *feed, uint64_t seq)
{
    return seq >= feed->fork ? feed->rows_no : feed->log.no;
}

/* Reads changes from `set->first` up to `last`, no more than may stand in one set. */
static enum wsync_err collect(struct feed *feed, uint64_t last, struct wsync_change_set *set)
{
    size_t weight = 0;
    set->changes =
        wsync_arena_array(&feed->job->again.arena, WSYNC_SET_CHANGES_MAX, sizeof *set->changes);
    if (!set->changes) {
        return WSYNC_ERR_MEMORY;
    }
    while (set->first + set->change_count <= last &&
           set->change_count < WSYNC_SET_CHANGES_MAX) {
        struct wsync_change change;
        uint64_t seq = set->first + set->change_count;
        enum wsync_err err =
            wsync_log_change(feed->job->live.txn, rows_of(feed, seq), seq, &change);
        if (err != WSYNC_OK) {
            wsync_verify_damaged(feed->job, "changes", &feed->log.id, seq,
                                 err == WSYNC_ERR_NOT_FOUND ? "is missing" : "cannot be read");
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        weight += wsync_change_weight(&change.raw);
        if (set->change_count > 0 && weight > WSYNC_SET_BYTES_MAX) {
            return WSYNC_OK;
        }
        set->changes[set->change_count++] = change.raw;
    }
    return WSYNC_OK;
}

static void say_broken(struct feed *feed, uint64_t seq)
{
    wsync_verify_damaged(feed->job, "chain", &feed->log.id, seq,
                         "its bytes do not give the hash it is kept under");
}

/* Seals what this device wrote.  Nobody's signature stands for the bytes yet, so the hashes
 * that they are kept under must: a seal over anything else would make damage look sound. */
static enum wsync_err seal_own(struct feed *feed, uint64_t last, struct wsync_change_set *set)
{
    struct wsync_verify *job = feed->job;
    struct wsync_head head = {feed->log.id, last, feed->before};
    for (size_t i = 0; i < set->change_count; i++) {
        struct wsync_hash held;
        enum wsync_err err =
            wsync_log_hash(job->live.txn, rows_of(feed, set->first + i), set->first + i, &held);
        if (err != WSYNC_OK) {
            return err;
        }
        head.hash = wsync_chain_next(&head.log, set->first + i, &head.hash, &set->changes[i]);
        if (!wsync_hash_equal(&head.hash, &held)) {
            say_broken(feed, set->first + i);
            return WSYNC_ERR_CORRUPT;
        }
    }
    set->seal = wsync_seal_sign(&job->stores->identity->secret, &head, &set->checkpoint);
    return WSYNC_OK;
}

/* The run as its author sealed it.  What this device wrote itself was never sealed for good:
 * that happens anew whenever it is sent, here too. */
static enum wsync_err read_run(struct feed *feed, struct wsync_change_set *set)
{
    struct wsync_verify *job = feed->job;
    uint64_t from = feed->next < feed->fork ? feed->fork : feed->next;
    struct wsync_seal seal = {.seq = feed->last};
    enum wsync_err err = wsync_log_next_seal(job->live.txn, feed->rows_no, from, &seal);
    bool sealed = err == WSYNC_OK && seal.seq <= feed->last;
    if (feed->own && feed->next < feed->fork) {
        sealed = false; /* what the branch shares with the log, by itself */
    }
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND && err != WSYNC_ERR_CORRUPT) {
        return err;
    }
    if (!sealed && !feed->own) {
        wsync_verify_damaged(job, "seal", &feed->log.id, feed->next,
                             "no seal covers it and what follows");
        return WSYNC_ERR_CORRUPT;
    }
    uint64_t end = feed->own && feed->next < feed->fork ? feed->fork - 1 : feed->last;
    err = collect(feed, sealed ? seal.seq : end, set);
    if (err != WSYNC_OK) {
        return err;
    }
    uint64_t last = set->first + set->change_count - 1;
    set->sealed = true;
    if (sealed && last == seal.seq) {
        set->seal = seal.signature;
        set->checkpoint = seal.checkpoint;
        return WSYNC_OK;
    }
    if (!feed->own) {
        wsync_verify_damaged(job, "seal", &feed->log.id, seal.seq,
                             "covers more than a set may hold");
        return WSYNC_ERR_CORRUPT;
    }
    return seal_own(feed, last, set);
}

/* Says where a run that was not taken went wrong. */
static enum wsync_err explain(struct feed *feed, const struct wsync_change_set *set,
                              enum wsync_err why)
{
    struct wsync_verify *job = feed->job;
    struct wsync_hash at = feed->before;
    char text[WSYNC_VERIFY_TEXT_BYTES];
    for (size_t i = 0; i < set->change_count; i++) {
        struct wsync_hash held;
        enum wsync_err err =
            wsync_log_hash(job->live.txn, rows_of(feed, set->first + i), set->first + i, &held);
        at = wsync_chain_next(&set->log, set->first + i, &at, &set->changes[i]);
        if (err == WSYNC_OK && !wsync_hash_equal(&at, &held)) {
            say_broken(feed, set->first + i);
            return WSYNC_OK;
        }
    }
    snprintf(text, sizeof text, "the run up to change %llu is not taken: %.120s",
             (unsigned long long)(set->first + set->change_count - 1),
             wsync_err_text(why, WSYNC_EN));
    wsync_verify_damaged(job, why == WSYNC_ERR_SEAL ? "seal" : wsync_err_name(why),
                         &feed->log.id, set->first, text);
    return WSYNC_OK;
}

/* Takes one run; `*good` false when the log ends here because of a finding. */
static enum wsync_err feed_run(struct feed *feed, bool *good)
{
    struct wsync_verify *job = feed->job;
    struct wsync_change_set set = {.log = feed->log.id, .first = feed->next};
    struct wsync_head held;
    enum wsync_err err = WSYNC_OK;
    *good = false;
    if (feed->next == 1) {
        err = wsync_log_genesis(job->live.txn, feed->log.no, &set.genesis);
        if (err != WSYNC_OK) {
            wsync_verify_damaged(job, "changes", &feed->log.id, 0, "the genesis is missing");
            return WSYNC_OK;
        }
        feed->before = wsync_chain_start(set.genesis);
    }
    memcpy(set.previous, feed->before.b, sizeof set.previous);
    err = read_run(feed, &set);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
    }
    err =
        wsync_ledger_accept(&job->again.ledger, job->again.txn, &job->again.arena, &set, &held);
    if (err == WSYNC_OK) {
        *good = held.seq == feed->next + set.change_count - 1;
        feed->next += set.change_count;
        feed->before = held.hash;
        job->result->changes += feed->aside ? 0 : set.change_count;
        job->result->seals += !feed->aside; /* those of branches are counted with them */
        return WSYNC_OK;
    }
    if (feed->aside && err == WSYNC_ERR_FORK) {
        return WSYNC_OK; /* this side may put more aside than it takes from others */
    }
    return wsync_err_is_ours(err) ? err : explain(feed, &set, err);
}

static enum wsync_err feed_path(struct feed *feed, uint64_t *batch)
{
    struct wsync_verify *job = feed->job;
    bool good = true;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && good && feed->next <= feed->last) { /* ends: each takes a run */
        uint64_t first = feed->next;
        size_t mark = wsync_arena_mark(&job->again.arena);
        err = feed_run(feed, &good);
        wsync_arena_release(&job->again.arena, mark);
        *batch += feed->next - first;
        if (err == WSYNC_OK && *batch >= BATCH_CHANGES) {
            *batch = 0;
            err = commit_and_go_on(job);
        }
    }
    return err;
}

static bool is_own(const struct wsync_verify *job, const struct wsync_log *log)
{
    return wsync_wrote(job->stores->identity, log);
}

/* Does a branch go on where the log ends?  Then a verdict stopped the log there, and the seal
 * over what it has behind its last one lies with the branch. */
static enum wsync_err is_stopped(struct wsync_verify *job, const struct wsync_log *log,
                                 bool *stopped)
{
    struct wsync_evidence branch = {.number = 0};
    enum wsync_err err = WSYNC_OK;
    *stopped = false;
    while (err == WSYNC_OK && !*stopped) { /* ends: each turn passes one branch */
        err = wsync_evidence_next(job->live.txn, log->no, branch.number, &branch);
        *stopped = err == WSYNC_OK && branch.fork == log->seq + 1;
    }
    return err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

static enum wsync_err feed_log(struct wsync_verify *job, const struct wsync_log *log,
                               uint64_t *batch)
{
    struct feed feed = {.job = job,
                        .log = *log,
                        .rows_no = log->no,
                        .fork = 1,
                        .last = log->seq,
                        .own = is_own(job, log),
                        .next = 1};
    bool stopped;
    enum wsync_err err = is_stopped(job, log, &stopped);
    if (err == WSYNC_OK && stopped && !feed.own) {
        err = wsync_log_sealed_before(job->live.txn, log->no, log->seq + 1, &feed.last);
        job->result->changes += log->seq - feed.last;
    }
    return err == WSYNC_OK ? feed_path(&feed, batch) : err;
}

/* From the run on that leaves the log; of an own log, which has no seals, one run before. */
static enum wsync_err feed_branch(struct wsync_verify *job, const struct wsync_evidence *branch)
{
    uint64_t batch = 0;
    uint64_t sealed = branch->fork > 1 ? branch->fork - 2 : 0;
    struct feed feed = {.job = job,
                        .log = branch->log,
                        .rows_no = branch->rows_no,
                        .fork = branch->fork,
                        .last = branch->seq,
                        .own = is_own(job, &branch->log),
                        .aside = true};
    enum wsync_err err = WSYNC_OK;
    if (!feed.own) {
        err = wsync_log_sealed_before(job->live.txn, branch->log.no, branch->fork, &sealed);
    }
    feed.next = sealed + 1;
    if (err == WSYNC_OK && sealed > 0) {
        err = wsync_log_hash(job->live.txn, branch->log.no, sealed, &feed.before);
    }
    if (err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_CORRUPT) {
        return WSYNC_OK; /* it is named where branches are looked at */
    }
    return err == WSYNC_OK ? feed_path(&feed, &batch) : err;
}

/* What addresses mean may hang on a branch (SPEC section 13.3).  What cannot be read is named
 * where branches are looked at. */
static enum wsync_err feed_branches(struct wsync_verify *job)
{
    uint8_t key[BRANCH_KEY_BYTES];
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one row */
        struct wsync_evidence branch;
        err = wsync_txn_seek_any(job->live.txn, WSYNC_TABLE_BRANCHES, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || !wsync_evidence_read(job->live.txn, &entry, &branch)) {
            continue;
        }
        memcpy(key, entry.key.data, sizeof key);
        entry.key = wsync_slice(key, sizeof key);
        err = feed_branch(job, &branch);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- order ---- */

/* Forms, units and verdicts decide about everything else, so the district's logs come first: 0
 * those of its own unit, 1 its other ones, 2 all others.  The state does not depend on it; the
 * work does. */
static enum wsync_err class_of(struct wsync_verify *job, const struct wsync_roster *roster,
                               const struct wsync_log *log, int *class)
{
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(job->again.txn, &log->device, &device);
    *class = CLASSES - 1;
    if (err == WSYNC_OK && device.role == WSYNC_ROLE_NODE) {
        *class = log->scope == roster->top ? 0 : 1;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* accepting will say so */
}

static enum wsync_err feed_logs(struct wsync_verify *job)
{
    uint64_t batch = 0;
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(job->again.txn, &roster);
    for (int class = 0; class < CLASSES && err == WSYNC_OK; class ++) {
        uint32_t no = 0;
        struct wsync_log log;
        while (err == WSYNC_OK && (err = next_log(job->live.txn, &no, &log)) == WSYNC_OK) {
            int its;
            err = class_of(job, &roster, &log, &its);
            if (err == WSYNC_OK && log.known && its == class) {
                err = feed_log(job, &log, &batch);
            }
        }
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    return err;
}

enum wsync_err wsync_verify_feed(struct wsync_verify *job)
{
    enum wsync_err err = wsync_store_begin(job->again.store, WSYNC_TXN_WRITE, &job->again.txn);
    if (err == WSYNC_OK) {
        err = feed_roster(job);
    }
    if (err == WSYNC_OK) {
        err = feed_waiting_key(job);
    }
    if (err == WSYNC_OK && !job->damaged) {
        err = intern_logs(job);
    }
    wsync_verify_tell(job, WSYNC_VERIFY_RECOMPUTING, 0, job->total);
    if (err == WSYNC_OK && !job->damaged) {
        err = feed_logs(job);
    }
    if (err == WSYNC_OK && !job->damaged) {
        err = feed_branches(job);
    }
    if (err == WSYNC_OK) {
        err = commit(job);
    }
    if (err == WSYNC_OK) {
        wsync_verify_tell(job, WSYNC_VERIFY_RECOMPUTING, job->result->changes, job->total);
        err = wsync_store_begin(job->again.store, WSYNC_TXN_READ, &job->again.txn);
    }
    return err;
}
