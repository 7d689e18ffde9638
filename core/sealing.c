/* SPDX-License-Identifier: Apache-2.0 */
/* Seals kept beside a device's own changes, for the day when its key is gone (SPEC sections 4.3
 * and 7.12).  As long as the key is here, runs are sealed when they are sent. */
#include <string.h>

#include "core/branch.h"
#include "core/ledger_parts.h"
#include "wardsync/rotation.h"
#include "wardsync/tree.h"

/* A path of a log that this device wrote, and where its first unsealed run begins. */
struct sealer {
    struct wsync_txn *txn;
    const struct wsync_identity *identity;
    struct wsync_signed_checkpoint last;
    struct wsync_log log;
    struct wsync_branch path;
    uint64_t first;
};

bool wsync_wrote(const struct wsync_identity *identity, const struct wsync_log *log)
{
    return identity &&
           memcmp(log->signing_key.b, identity->signing_key.b, sizeof log->signing_key.b) == 0;
}

static enum wsync_err put_seal(const struct sealer *sealer, uint64_t seq)
{
    const struct wsync_branch *path = &sealer->path;
    struct wsync_head head = {.log = sealer->log.id, .seq = seq};
    enum wsync_err err = wsync_branch_hash(sealer->txn, path, seq, &head.hash);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    const struct wsync_seal seal = {
        seq, sealer->last.checkpoint,
        wsync_seal_sign(&sealer->identity->secret, &head, &sealer->last.checkpoint)};
    uint32_t rows = seq >= path->fork ? path->rows_no : path->log_no;
    return wsync_log_put_seal(sealer->txn, rows, &seal);
}

/* The last change of the longest run from the first unsealed one on that ends by `last` and
 * weighs no more than `bytes_max` unless it is one change. */
static enum wsync_err end_of_run(const struct sealer *sealer, uint64_t last, size_t bytes_max,
                                 uint64_t *end)
{
    size_t weight = 0;
    *end = sealer->first - 1;
    while (*end < last && *end - sealer->first + 1 < WSYNC_SET_CHANGES_MAX) {
        struct wsync_change change;
        enum wsync_err err = wsync_branch_change(sealer->txn, &sealer->path, *end + 1, &change);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        weight += wsync_change_weight(&change.raw);
        if (*end >= sealer->first && weight > bytes_max) {
            return WSYNC_OK;
        }
        ++*end;
    }
    return WSYNC_OK;
}

/* A seal that stands already serves its run if that may be sent as one. */
static enum wsync_err seal_run(struct sealer *sealer)
{
    struct wsync_seal seal = {.seq = 0};
    uint64_t end = 0;
    enum wsync_err err =
        wsync_branch_next_seal(sealer->txn, &sealer->path, sealer->first, &seal);
    bool sealed = err == WSYNC_OK && seal.seq <= sealer->path.seq;
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    uint64_t last = sealed ? seal.seq : sealer->path.seq;
    if (sealed) {
        err = end_of_run(sealer, last, WSYNC_SET_BYTES_MAX, &end);
        if (err != WSYNC_OK || end == last) {
            sealer->first = end + 1;
            return err;
        }
    }
    err = end_of_run(sealer, last, WSYNC_SET_BYTES_DEFAULT, &end);
    sealer->first = end + 1;
    return err == WSYNC_OK ? put_seal(sealer, end) : err;
}

static enum wsync_err seal_path(struct sealer *sealer)
{
    enum wsync_err err = WSYNC_OK;
    sealer->first = sealer->path.fork;
    while (err == WSYNC_OK && sealer->first <= sealer->path.seq) { /* ends: each turn a run */
        err = seal_run(sealer);
    }
    return err;
}

/* A run that goes over from the log to a branch would weigh what both sides of the fork do. */
static enum wsync_err seal_fork(const struct sealer *sealer, uint64_t before)
{
    struct wsync_seal seal;
    struct sealer log = *sealer;
    log.path = (struct wsync_branch){
        .log_no = sealer->log.no, .rows_no = sealer->log.no, .fork = 1, .seq = sealer->log.seq};
    if (before == 0) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_next_seal(sealer->txn, sealer->log.no, before, &seal);
    bool stands = err == WSYNC_OK && seal.seq == before;
    return stands || (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) ? err
                                                                     : put_seal(&log, before);
}

static enum wsync_err seal_log(struct sealer *sealer)
{
    struct wsync_branch branch = {.number = 0};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one branch */
        err = wsync_branch_after(sealer->txn, sealer->log.no, branch.number, &branch);
        if (err == WSYNC_OK) {
            err = seal_fork(sealer, branch.fork - 1);
        }
    }
    sealer->path.log_no = 0;
    err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    while (err == WSYNC_OK) { /* ends: each turn passes one path */
        err = wsync_branch_next(sealer->txn, &sealer->log, &sealer->path);
        if (err == WSYNC_OK) {
            err = seal_path(sealer);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_seal_own(struct wsync_txn *txn, const struct wsync_identity *identity)
{
    struct sealer sealer = {.txn = txn, .identity = identity};
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = wsync_checkpoint_last(txn, &sealer.last);
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        err = wsync_log_after(txn, after, &sealer.log);
        if (err == WSYNC_OK && wsync_wrote(identity, &sealer.log)) {
            err = seal_log(&sealer);
            err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        at = sealer.log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}
