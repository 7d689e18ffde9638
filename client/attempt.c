/* SPDX-License-Identifier: Apache-2.0 */
#include "client/attempt.h"

#include <stdio.h>
#include <string.h>

#include "client/budget.h"
#include "host/clock.h"
#include "host/pace_row.h"

enum { ROW_BYTES = 160 };

static enum wsync_err put(struct wsync_site *site, const char *name, const char *row)
{
    return wsync_txn_put(site->txn, WSYNC_TABLE_META, wsync_slice_of(name),
                         wsync_slice_of(row));
}

static enum wsync_err get(struct wsync_site *site, const char *name, char text[ROW_BYTES])
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(site->txn, WSYNC_TABLE_META, wsync_slice_of(name), &row);
    text[0] = '\0';
    if (err == WSYNC_OK) {
        snprintf(text, ROW_BYTES, "%.*s", (int)row.len, (const char *)row.data);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static bool read_good(const char *text, struct client_attempt *attempt)
{
    long long when;
    long long skew;
    int at = 0;
    if (sscanf(text, "%lld %lld %n", &when, &skew, &at) < 2) {
        return false;
    }
    attempt->good = when;
    attempt->skew_s = skew;
    snprintf(attempt->program, sizeof attempt->program, "%.*s", WSYNC_PROGRAM_BYTES_MAX,
             text + at);
    return true;
}

static enum wsync_err note_way(struct wsync_site *site, const struct wsync_dial_result *result,
                               const struct wsync_way *way)
{
    struct wsync_spent spent = wsync_spent_get(site->txn, wsync_clock_wall_s());
    const struct wsync_session_counts *counts = &result->counts;
    spent.today_bytes += (int64_t)way->unnoted;
    wsync_spent_talk(&spent, (int64_t)result->cost, (int64_t)counts->bytes_out,
                      (int64_t)counts->changes_acked);
    enum wsync_err err = wsync_spent_put(site->txn, &spent);
    return err == WSYNC_OK && way->address[0]
               ? wsync_pace_row_put(site->txn, way->address, &way->pace)
               : err;
}

void client_note_cost(struct wsync_site *site, struct wsync_way *way)
{
    struct wsync_txn *txn;
    if (wsync_store_begin(site->store, WSYNC_TXN_WRITE, &txn) != WSYNC_OK) {
        return;
    }
    struct wsync_spent spent = wsync_spent_get(txn, wsync_clock_wall_s());
    spent.today_bytes += (int64_t)way->unnoted;
    enum wsync_err err = wsync_spent_put(txn, &spent);
    if (err != WSYNC_OK) {
        wsync_txn_abort(txn);
    } else if (wsync_txn_commit(txn) == WSYNC_OK) {
        way->unnoted = 0;
    }
}

/* What says that nothing moves does not say who says it: the last name stands. */
static enum wsync_err note_good(struct wsync_site *site, const struct wsync_dial_result *result)
{
    char row[ROW_BYTES];
    struct client_attempt before = {.tried = false};
    const char *program = result->program;
    enum wsync_err err = program[0] ? WSYNC_OK : get(site, "last-good", row);
    if (err == WSYNC_OK && !program[0] && read_good(row, &before)) {
        program = before.program;
    }
    snprintf(row, sizeof row, "%lld %lld %s", (long long)wsync_clock_wall_s(),
             (long long)result->skew_s, program);
    return err == WSYNC_OK ? put(site, "last-good", row) : err;
}

enum wsync_err client_note_attempt(struct wsync_site *site,
                                   const struct wsync_dial_result *result,
                                   struct wsync_way *way, struct wsync_error *error)
{
    char row[ROW_BYTES];
    long long now = (long long)wsync_clock_wall_s();
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(row, sizeof row, "%lld %d %d %d %llu", now, (int)wsync_err_code(result->err),
             result->reached, (int)result->reason, (unsigned long long)result->roster_version);
    err = put(site, "last-sync", row);
    if (err == WSYNC_OK && result->err == WSYNC_OK) {
        err = note_good(site, result);
    }
    if (err == WSYNC_OK) {
        err = note_way(site, result, way);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_commit(site, error);
        way->unnoted = err == WSYNC_OK ? 0 : way->unnoted;
        return err;
    }
    wsync_site_abort(site);
    return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

/* NOT_FOUND leaves `text` empty. */
static bool read_last(const char *text, struct client_attempt *attempt)
{
    long long when;
    unsigned long long roster = 0;
    unsigned code;
    int reached;
    int reason;
    if (sscanf(text, "%lld %u %d %d %llu", &when, &code, &reached, &reason, &roster) < 4) {
        return false;
    }
    attempt->tried = true;
    attempt->when = when;
    attempt->result = wsync_err_from_code(code);
    attempt->reached = reached != 0;
    attempt->reason = reason >= 0 && reason < WSYNC_LINK_REASON_COUNT
                          ? (enum wsync_link_reason)reason
                          : WSYNC_LINK_LOST;
    attempt->roster_version = roster;
    return true;
}

enum wsync_err client_read_attempt(struct wsync_site *site, struct client_attempt *attempt)
{
    char text[ROW_BYTES];
    *attempt = (struct client_attempt){.tried = false};
    enum wsync_err err = get(site, "last-sync", text);
    if (err == WSYNC_OK && text[0] && !read_last(text, attempt)) {
        err = WSYNC_ERR_CORRUPT;
    }
    if (err == WSYNC_OK) {
        err = get(site, "last-good", text);
    }
    if (err == WSYNC_OK && text[0] && !read_good(text, attempt)) {
        err = WSYNC_ERR_CORRUPT;
    }
    return err;
}
