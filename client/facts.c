/* SPDX-License-Identifier: Apache-2.0 */
#include "client/facts.h"

#include "host/backup.h"
#include "host/evidence.h"
#include "host/moved.h"
#include "host/next_step.h"
#include "host/units_here.h"
#include "wardsync/receipt.h"
#include "wardsync/session.h"
#include "wardsync/tree.h"

enum { WEIGHED_MAX = 500 };

/* The weight of what waits in a log; of many changes that of the first ones, in proportion. */
static enum wsync_err weigh(struct wsync_txn *txn, const struct wsync_log *log, uint64_t held,
                            uint64_t *weight)
{
    uint64_t unsent = log->seq - held;
    uint64_t looked = unsent < WEIGHED_MAX ? unsent : WEIGHED_MAX;
    uint64_t sum = 0;
    for (uint64_t i = 1; i <= looked; i++) {
        struct wsync_change change;
        enum wsync_err err = wsync_log_change(txn, log->no, held + i, &change);
        if (err != WSYNC_OK) {
            return err;
        }
        sum += wsync_change_weight(&change.raw);
    }
    *weight += looked > 0 ? sum * unsent / looked : 0;
    return WSYNC_OK;
}

static enum wsync_err read_own(struct wsync_site *site, struct client_facts *facts)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    int64_t last = INT64_MIN;
    enum wsync_err err;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        uint64_t held;
        struct wsync_change change;
        struct wsync_proven proven;
        at = log.id;
        after = &at;
        if (!wsync_device_id_equal(&log.device, &site->identity.device)) {
            continue;
        }
        err = wsync_held_get(site->txn, log.no, &held);
        held = held < log.seq ? held : log.seq;
        if (err == WSYNC_OK && held > 0) {
            err = wsync_log_change(site->txn, log.no, held, &change);
            last = err == WSYNC_OK && change.stamp > last ? change.stamp : last;
        }
        if (err == WSYNC_OK) {
            err = weigh(site->txn, &log, held, &facts->unsent_weight);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        err = wsync_proven_get(site->txn, log.no, &proven);
        if (err != WSYNC_OK) {
            return err;
        }
        facts->saved += log.seq; /* the open log and those that were retired */
        facts->held += held;
        facts->proven += proven.seq < log.seq ? proven.seq : log.seq;
    }
    if (facts->held > 0) {
        wsync_view_time(last, facts->held_until);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err read_attempt(struct wsync_site *site, struct client_facts *facts)
{
    enum wsync_err err = client_read_attempt(site, &facts->attempt);
    if (err == WSYNC_OK && facts->attempt.tried) {
        wsync_view_time(facts->attempt.when, facts->last_try);
    }
    return err;
}

static enum wsync_err read_receipts(struct wsync_site *site, struct client_facts *facts)
{
    struct wsync_signed_checkpoint last;
    enum wsync_err err = wsync_checkpoint_last(site->txn, &last);
    if (err == WSYNC_OK && facts->proven > 0) {
        wsync_view_time(last.time, facts->proven_when);
    }
    return err == WSYNC_OK ? wsync_receipt_alarms(site->txn, &facts->alarms) : err;
}

static enum wsync_err read_past(struct wsync_site *site, struct client_facts *facts)
{
    int64_t when;
    enum wsync_err err = wsync_doubt_last(site->txn, &facts->doubt, &when);
    if (err == WSYNC_OK) {
        wsync_view_time(when, facts->doubt_when);
        err = wsync_moved_get(site->txn, &facts->moved);
    }
    if (err == WSYNC_OK) {
        err = wsync_evidence_count(site->txn, 0, &facts->aside);
    }
    if (err == WSYNC_OK) {
        err = read_receipts(site, facts);
    }
    if (err == WSYNC_OK) {
        err = wsync_scrub_known(site->txn, &facts->damage);
    }
    return err == WSYNC_OK ? wsync_backup_last(site->txn, &facts->backup) : err;
}

const char *client_facts_attempt(const struct client_attempt *attempt,
                                 enum wsync_language language)
{
    if (!attempt->reached && attempt->result != WSYNC_ERR_BUDGET) {
        return wsync_link_reason_text(attempt->reason, language);
    }
    return wsync_err_text(attempt->result, language);
}

const char *client_facts_step(const struct client_attempt *attempt,
                              enum wsync_language language)
{
    bool no_line = attempt->result != WSYNC_ERR_BUDGET &&
                   (!attempt->reached || attempt->result == WSYNC_ERR_LINK);
    return no_line ? wsync_link_reason_step(attempt->reason, language)
                   : wsync_next_step(attempt->result, language);
}

enum wsync_err client_facts_line(struct wsync_site *site, struct client_facts *facts)
{
    *facts = (struct client_facts){.saved = 0};
    wsync_units_here_label(site, site->conf.scope, facts->unit);
    return read_own(site, facts);
}

enum wsync_err client_facts_read(struct wsync_site *site, struct client_facts *facts)
{
    enum wsync_err err = client_facts_line(site, facts);
    if (err == WSYNC_OK) {
        err = read_attempt(site, facts);
    }
    if (err == WSYNC_OK) {
        err = read_past(site, facts);
    }
    if (err == WSYNC_OK) {
        err = wsync_blob_sums(site->txn, site->blobs, &facts->photos);
    }
    if (err == WSYNC_OK) {
        err = wsync_ledger_unsettled(site->txn, &facts->waiting, &facts->quarantined);
    }
    client_cost_read(site, facts->saved - facts->held, facts->unsent_weight,
                     facts->photos.to_give.bytes, &facts->cost);
    return err;
}
