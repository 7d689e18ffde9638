/* SPDX-License-Identifier: Apache-2.0 */
/* What lies beside the logs as evidence of a fork (core/branch.c) counts for nothing; its chain
 * and its seals are looked at where it lies. */
#include "host/verify_parts.h"

#include <stdio.h>

#include "host/evidence.h"
#include "wardsync/chain.h"

/* The branch leaves the log at a change of the log, or of what was once the log and lies aside
 * now, too. */
static bool continues(struct wsync_txn *txn, const struct wsync_evidence *branch,
                      const struct wsync_change *first, struct wsync_hash *at)
{
    for (uint32_t number = 0; number <= WSYNC_EVIDENCE_NUMBERS; number++) {
        struct wsync_hash before;
        uint32_t rows =
            number == 0 ? branch->log.no : wsync_evidence_rows(branch->log.no, number);
        if (wsync_log_hash(txn, rows, branch->fork - 1, &before) != WSYNC_OK) {
            continue;
        }
        *at = wsync_chain_next(&branch->log.id, branch->fork, &before, &first->raw);
        if (wsync_hash_equal(at, &first->hash)) {
            return true;
        }
    }
    return false;
}

static bool seal_holds(struct wsync_txn *txn, const struct wsync_evidence *branch, uint64_t seq,
                       const struct wsync_hash *hash, bool *sealed)
{
    struct wsync_seal seal;
    struct wsync_head head = {branch->log.id, seq, *hash};
    *sealed =
        wsync_log_next_seal(txn, branch->rows_no, seq, &seal) == WSYNC_OK && seal.seq == seq;
    return !*sealed || wsync_seal_verify(&branch->log.signing_key, &seal.signature, &head,
                                         &seal.checkpoint);
}

static void check_branch(struct wsync_verify *job, const struct wsync_evidence *branch)
{
    struct wsync_txn *txn = job->live.txn;
    struct wsync_hash at;
    for (uint64_t seq = branch->fork; seq <= branch->seq; seq++) {
        struct wsync_change change;
        bool sealed;
        if (wsync_log_change(txn, branch->rows_no, seq, &change) != WSYNC_OK) {
            wsync_verify_damaged(job, "branches", &branch->log.id, seq,
                                 "a change kept aside is missing or cannot be read");
            return;
        }
        bool chained = seq > branch->fork;
        if (chained) {
            at = wsync_chain_next(&branch->log.id, seq, &at, &change.raw);
            chained = wsync_hash_equal(&at, &change.hash);
        } else {
            chained = continues(txn, branch, &change, &at);
        }
        if (!chained) {
            wsync_verify_damaged(job, "branches", &branch->log.id, seq,
                                 "the bytes kept aside do not give the hash they are kept "
                                 "under");
            return;
        }
        if (!seal_holds(txn, branch, seq, &at, &sealed)) {
            wsync_verify_damaged(job, "branches", &branch->log.id, seq,
                                 "the seal of what is kept aside does not verify");
            return;
        }
        job->result->seals += sealed;
    }
    if (!wsync_hash_equal(&at, &branch->hash)) {
        wsync_verify_damaged(job, "branches", &branch->log.id, branch->seq,
                             "is not the head that the branch is listed with");
    }
}

/* Every row that lies aside belongs to a branch. */
static enum wsync_err count_rows(struct wsync_verify *job, enum wsync_table table,
                                 const char *what, uint64_t expected)
{
    uint8_t key[4] = {0x80};
    uint64_t rows = 0;
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err;
    while ((err = wsync_txn_seek_any(job->live.txn, table, WSYNC_SEEK_GT, &entry)) ==
           WSYNC_OK) {
        rows++;
    }
    if (err == WSYNC_ERR_NOT_FOUND && rows != expected) {
        struct wsync_verify_finding finding = {.what = "branches"};
        snprintf(finding.place, sizeof finding.place, "%s", what);
        snprintf(finding.stored, sizeof finding.stored, "%llu", (unsigned long long)rows);
        snprintf(finding.again, sizeof finding.again, "%llu by the list of branches",
                 (unsigned long long)expected);
        wsync_verify_found(job, &finding);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Seals are counted only where each branch was walked to its end. */
static enum wsync_err count_kept(struct wsync_verify *job, uint64_t changes, uint64_t seals)
{
    enum wsync_err err = count_rows(job, WSYNC_TABLE_CHANGES, "changes kept aside", changes);
    return err == WSYNC_OK && !job->damaged
               ? count_rows(job, WSYNC_TABLE_SEALS, "seals kept aside", seals)
               : err;
}

enum wsync_err wsync_verify_branches(struct wsync_verify *job)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    uint64_t expected = 0;
    uint64_t seals = job->result->seals; /* those of the logs */
    enum wsync_err err;
    while ((err = wsync_txn_seek_any(job->live.txn, WSYNC_TABLE_BRANCHES, WSYNC_SEEK_GT,
                                     &entry)) == WSYNC_OK) {
        struct wsync_evidence branch;
        if (wsync_evidence_read(job->live.txn, &entry, &branch)) {
            job->result->branches++;
            expected += branch.seq - branch.fork + 1;
            check_branch(job, &branch);
        } else {
            struct wsync_verify_finding finding = {.what = "branches",
                                                   .stored = "the row cannot be read"};
            const struct wsync_verify_pair pair = {WSYNC_VERIFY_BOTH, entry.key, entry.value,
                                                   entry.value};
            wsync_verify_say_bytes(job, &pair, &finding);
            wsync_verify_found(job, &finding);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? count_kept(job, expected, job->result->seals - seals)
                                      : err;
}
