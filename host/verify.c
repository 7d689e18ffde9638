/* SPDX-License-Identifier: Apache-2.0 */
#include "host/verify_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/block.h"
#include "host/clock.h"
#include "host/next_key.h"
#include "host/verify_scratch.h"

enum { ARENA_BYTES = 16 << 20 };

uint64_t wsync_verify_number(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

void wsync_verify_found(struct wsync_verify *job, struct wsync_verify_finding *finding)
{
    job->result->findings++;
    if (finding->rows == 0) {
        finding->rows = 1;
    }
    job->watch->found(job->watch->context, finding);
}

void wsync_verify_tell(const struct wsync_verify *job, enum wsync_verify_part part,
                       uint64_t done, uint64_t total)
{
    job->watch->progress(job->watch->context, part, done, total);
}

void wsync_verify_place(const struct wsync_log_id *log, uint64_t seq,
                        char text[WSYNC_VERIFY_TEXT_BYTES])
{
    char digits[9];
    wsync_hex_encode(wsync_slice(log->b, 4), digits);
    snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "log %s, change %llu", digits,
             (unsigned long long)seq);
}

void wsync_verify_damaged(struct wsync_verify *job, const char *what,
                          const struct wsync_log_id *log, uint64_t seq, const char *reason)
{
    struct wsync_verify_finding finding = {.what = what};
    wsync_verify_place(log, seq, finding.place);
    snprintf(finding.stored, sizeof finding.stored, "%s", reason);
    job->damaged = true;
    wsync_verify_found(job, &finding);
}

static void close_side(struct wsync_verify_side *side)
{
    if (side->txn) {
        wsync_txn_abort(side->txn);
    }
    free(side->ledger.catalog);
    wsync_block_free(side->arena.block, ARENA_BYTES);
}

static enum wsync_err open_side(struct wsync_verify_side *side, struct wsync_store *store)
{
    *side = (struct wsync_verify_side){.store = store};
    struct wsync_catalog *catalog = malloc(sizeof *catalog);
    void *block = wsync_block_new(ARENA_BYTES);
    if (!catalog || !block) {
        free(catalog);
        wsync_block_free(block, ARENA_BYTES);
        return WSYNC_ERR_MEMORY;
    }
    wsync_catalog_init(catalog);
    wsync_arena_init(&side->arena, block, ARENA_BYTES);
    side->ledger.catalog = catalog;
    return WSYNC_OK;
}

/* A snapshot between two transactions of a busy district may hold work that is still to be
 * done: the state is final when that is done.  It happens in the copy alone. */
static enum wsync_err settle_live(struct wsync_verify *job)
{
    struct wsync_verify_side *live = &job->live;
    struct wsync_entry released = {.key = {NULL, 0}};
    struct wsync_txn *txn;
    bool more = true;
    enum wsync_err err = wsync_store_begin(live->store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_txn_seek_any(txn, WSYNC_TABLE_RELEASED, WSYNC_SEEK_GE, &released);
    if (err != WSYNC_OK) {
        wsync_txn_abort(txn);
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    live->ledger.identity = job->stores->identity;
    live->ledger.moment = wsync_clock_moment();
    while (err == WSYNC_OK && more) {
        err = wsync_ledger_settle(&live->ledger, txn, &live->arena, &more);
    }
    live->ledger.moment.time = 0;
    if (err == WSYNC_OK) {
        return wsync_txn_commit(txn);
    }
    wsync_txn_abort(txn);
    wsync_catalog_forget(live->ledger.catalog);
    if (err != WSYNC_ERR_CORRUPT) {
        return err;
    }
    struct wsync_verify_finding finding = {.what = "released",
                                           .place = "work that is still to be done",
                                           .stored = "cannot be carried out"};
    wsync_verify_found(job, &finding);
    return WSYNC_OK;
}

static enum wsync_err run(struct wsync_verify *job)
{
    enum wsync_err err = settle_live(job);
    if (err == WSYNC_OK) {
        err = wsync_store_begin(job->live.store, WSYNC_TXN_READ, &job->live.txn);
    }
    if (err == WSYNC_OK) {
        err = wsync_verify_feed(job);
    }
    if (err == WSYNC_OK) {
        err = wsync_verify_branches(job);
    }
    if (err == WSYNC_OK) {
        err = wsync_verify_tree(job);
    }
    if (err == WSYNC_OK && !job->damaged) {
        job->result->compared = true;
        err = wsync_verify_compare(job);
    }
    if (err == WSYNC_OK) {
        err = wsync_verify_own(job);
    }
    return err == WSYNC_OK ? wsync_verify_seen(job) : err;
}

enum wsync_err wsync_verify(const struct wsync_verify_stores *stores,
                            const struct wsync_verify_watch *watch,
                            struct wsync_verify_result *result, struct wsync_error *error)
{
    struct wsync_verify job = {
        .stores = stores, .watch = watch, .result = result, .error = error};
    *result = (struct wsync_verify_result){.findings = 0};
    enum wsync_err err = open_side(&job.live, stores->live);
    if (err == WSYNC_OK) {
        err = open_side(&job.again, stores->again);
        if (err == WSYNC_OK) {
            err = run(&job);
            close_side(&job.again);
        }
        close_side(&job.live);
    }
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "The verification stopped: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

/* No statement and no change: an empty one has nothing to verify. */
static bool is_empty(struct wsync_txn *txn)
{
    struct wsync_entry statement = {.key = {NULL, 0}};
    struct wsync_entry change = statement;
    return wsync_txn_seek_any(txn, WSYNC_TABLE_ROSTER, WSYNC_SEEK_GT, &statement) ==
               WSYNC_ERR_NOT_FOUND &&
           wsync_txn_seek_any(txn, WSYNC_TABLE_CHANGES, WSYNC_SEEK_GT, &change) ==
               WSYNC_ERR_NOT_FOUND;
}

/* Who this device is stands in the store, which is read as a copy only; in a damaged one maybe
 * not. */
static enum wsync_err identify(struct wsync_site *site, struct wsync_store *copy,
                               struct wsync_error *error)
{
    struct wsync_txn *txn;
    enum wsync_err err = wsync_store_begin(copy, WSYNC_TXN_READ, &txn);
    if (err == WSYNC_OK) {
        err = is_empty(txn) ? wsync_site_not_begun(site, error)
                            : wsync_next_identify(site, txn, error);
        wsync_txn_abort(txn);
    }
    return err == WSYNC_ERR_CORRUPT ? WSYNC_OK : err;
}

enum wsync_err wsync_verify_site(struct wsync_site *site, const char *where,
                                 const struct wsync_verify_watch *watch,
                                 struct wsync_verify_result *result, struct wsync_error *error)
{
    struct wsync_verify_scratch scratch;
    enum wsync_err err = wsync_site_need_keys(site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    watch->progress(watch->context, WSYNC_VERIFY_COPYING, 0, 1);
    err = wsync_verify_scratch_open(site->path, where, &scratch, error);
    if (err != WSYNC_OK) {
        return err;
    }
    watch->progress(watch->context, WSYNC_VERIFY_COPYING, 1, 1);
    const struct wsync_verify_stores stores = {.live = scratch.live,
                                               .again = scratch.again,
                                               .identity = &site->identity,
                                               .instance = site->conf.instance};
    err = identify(site, scratch.live, error);
    if (err == WSYNC_OK) {
        err = wsync_verify(&stores, watch, result, error);
    }
    wsync_verify_scratch_close(&scratch);
    return err;
}
