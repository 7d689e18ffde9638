/* SPDX-License-Identifier: Apache-2.0 */
/* What a differing row is about, in words, by the shape of its key. */
#include "host/verify_parts.h"

#include <stdio.h>
#include <string.h>

#include "host/records.h"
#include "wardsync/calendar.h"

enum { SHOWN_BYTES = 40, CAUSE_BYTES = 13, CELL_KEY_BYTES = 16, CHANGE_HEAD_BYTES = 41 };

/* A value as a person can compare it: from a little before the first byte that differs. */
static void say_row(struct wsync_slice row, size_t from, char text[WSYNC_VERIFY_TEXT_BYTES])
{
    char digits[2 * SHOWN_BYTES + 1];
    size_t left = row.len > from ? row.len - from : 0;
    size_t shown = left < SHOWN_BYTES ? left : SHOWN_BYTES;
    if (row.len == 0) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "a row");
        return;
    }
    wsync_hex_encode(wsync_slice(row.data + (shown > 0 ? from : 0), shown), digits);
    snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "%s%s%s (%zu bytes)", from > 0 ? ".." : "", digits,
             from + shown < row.len ? ".." : "", row.len);
}

static size_t first_difference(struct wsync_slice a, struct wsync_slice b)
{
    size_t at = 0;
    while (at < a.len && at < b.len && a.data[at] == b.data[at]) {
        at++;
    }
    return at;
}

static void say_rows(const struct wsync_verify_pair *pair, struct wsync_verify_finding *finding)
{
    size_t at = first_difference(pair->live, pair->again);
    size_t from = at > SHOWN_BYTES / 2 ? at - SHOWN_BYTES / 4 : 0;
    if (pair->missing == WSYNC_VERIFY_NO_LIVE) {
        snprintf(finding->stored, sizeof finding->stored, "no such row");
    } else {
        say_row(pair->live, from, finding->stored);
    }
    if (pair->missing == WSYNC_VERIFY_NO_AGAIN) {
        snprintf(finding->again, sizeof finding->again, "no such row");
    } else {
        say_row(pair->again, from, finding->again);
    }
}

static bool is_text(struct wsync_slice key)
{
    bool text = key.len > 0;
    for (size_t i = 0; i < key.len; i++) {
        text = text && key.data[i] >= ' ' && key.data[i] < 0x7f;
    }
    return text;
}

void wsync_verify_say_bytes(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                            struct wsync_verify_finding *finding)
{
    char digits[2 * WSYNC_KEY_BYTES_MAX + 1];
    (void)job;
    if (is_text(pair->key)) {
        snprintf(finding->place, sizeof finding->place, "row \"%.*s\"", (int)pair->key.len,
                 (const char *)pair->key.data);
    } else {
        wsync_hex_encode(wsync_slice_head(pair->key, WSYNC_KEY_BYTES_MAX), digits);
        snprintf(finding->place, sizeof finding->place, "row %s", digits);
    }
    say_rows(pair, finding);
}

/* The log with this number, by the state computed anew. */
static bool find_log(struct wsync_verify *job, struct wsync_slice key, size_t at,
                     struct wsync_log *log)
{
    return key.len >= at + 4 &&
           wsync_log_get(job->again.txn, (uint32_t)wsync_verify_number(key.data + at, 4),
                         log) == WSYNC_OK;
}

static const char *state_of(struct wsync_slice row)
{
    static const char *const STATES[] = {"it counts", "it waits", "it is quarantined",
                                         "it is a copy of one that counts"};
    uint8_t state = row.data[CHANGE_HEAD_BYTES - 1];
    return state < sizeof STATES / sizeof *STATES ? STATES[state] : "its state is unknown";
}

static void say_head(struct wsync_slice row, bool hash, char text[WSYNC_VERIFY_TEXT_BYTES])
{
    char digits[2 * WSYNC_HASH_BYTES + 1];
    if (hash) {
        wsync_hex_encode(wsync_slice(row.data, WSYNC_HASH_BYTES), digits);
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "hash %s", digits);
    } else {
        wsync_hex_encode(wsync_slice(row.data + WSYNC_HASH_BYTES, 8), digits);
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "time %s", digits);
    }
}

/* CHANGES: hash, stamp, state; then the change itself. */
static void say_change_row(const struct wsync_verify_pair *pair,
                           struct wsync_verify_finding *finding)
{
    size_t at = first_difference(pair->live, pair->again);
    if (pair->live.len < CHANGE_HEAD_BYTES || pair->again.len < CHANGE_HEAD_BYTES) {
        return;
    }
    if (at == CHANGE_HEAD_BYTES - 1) {
        snprintf(finding->stored, sizeof finding->stored, "%s", state_of(pair->live));
        snprintf(finding->again, sizeof finding->again, "%s", state_of(pair->again));
    } else if (at < CHANGE_HEAD_BYTES) {
        say_head(pair->live, at < WSYNC_HASH_BYTES, finding->stored);
        say_head(pair->again, at < WSYNC_HASH_BYTES, finding->again);
    }
}

void wsync_verify_say_change(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                             struct wsync_verify_finding *finding)
{
    struct wsync_log log;
    if (pair->key.len < 12 || !find_log(job, pair->key, 0, &log)) {
        wsync_verify_say_bytes(job, pair, finding);
        return;
    }
    wsync_verify_place(&log.id, wsync_verify_number(pair->key.data + 4, 8), finding->place);
    say_rows(pair, finding);
    if (strcmp(finding->what, "changes") == 0 && pair->missing == WSYNC_VERIFY_BOTH) {
        say_change_row(pair, finding);
    }
}

void wsync_verify_say_log(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                          struct wsync_verify_finding *finding)
{
    char digits[9];
    struct wsync_log log;
    struct wsync_log live;
    if (!find_log(job, pair->key, 0, &log)) {
        wsync_verify_say_bytes(job, pair, finding);
        return;
    }
    wsync_hex_encode(wsync_slice(log.id.b, 4), digits);
    say_rows(pair, finding);
    if (pair->key.len >= 8) { /* REFERENCES: log number, index */
        snprintf(finding->place, sizeof finding->place, "log %s, reference %u", digits,
                 (unsigned)wsync_verify_number(pair->key.data + 4, 4));
        return;
    }
    snprintf(finding->place, sizeof finding->place, "log %s, its head", digits);
    if (wsync_log_get(job->live.txn, log.no, &live) == WSYNC_OK &&
        (live.seq != log.seq || !wsync_hash_equal(&live.hash, &log.hash))) {
        char hash[2 * WSYNC_HASH_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(live.hash), hash);
        snprintf(finding->stored, sizeof finding->stored, "change %llu, hash %s",
                 (unsigned long long)live.seq, hash);
        wsync_hex_encode(WSYNC_BYTES(log.hash), hash);
        snprintf(finding->again, sizeof finding->again, "change %llu, hash %s",
                 (unsigned long long)log.seq, hash);
    }
}

/* HISTORY and CONFLICTS: the record first. */
void wsync_verify_say_named_record(struct wsync_verify *job,
                                   const struct wsync_verify_pair *pair,
                                   struct wsync_verify_finding *finding)
{
    char name[WSYNC_RECORD_ID_BYTES];
    char by[WSYNC_RECORD_ID_BYTES];
    if (pair->key.len < WSYNC_RECORD_KEY_BYTES ||
        wsync_record_name(job->again.txn, wsync_record_of_key(pair->key), name) != WSYNC_OK) {
        wsync_verify_say_bytes(job, pair, finding);
        return;
    }
    bool listed = pair->missing != WSYNC_VERIFY_NO_LIVE;
    bool due = pair->missing != WSYNC_VERIFY_NO_AGAIN;
    snprintf(finding->stored, sizeof finding->stored, "%s", listed ? "listed" : "not listed");
    snprintf(finding->again, sizeof finding->again, "%s", due ? "listed" : "not listed");
    struct wsync_slice rest = wsync_slice(pair->key.data + WSYNC_RECORD_KEY_BYTES,
                                          pair->key.len - WSYNC_RECORD_KEY_BYTES);
    if (rest.len == WSYNC_RECORD_KEY_BYTES &&
        wsync_record_name(job->again.txn, wsync_record_of_key(rest), by) == WSYNC_OK) {
        snprintf(finding->place, sizeof finding->place, "record %s, changed by %s", name, by);
    } else {
        snprintf(finding->place, sizeof finding->place, "record %s", name);
    }
}

/* COUNTED: the record stands behind its cell. */
void wsync_verify_say_counted(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                              struct wsync_verify_finding *finding)
{
    struct wsync_verify_pair record = *pair;
    if (pair->key.len > CELL_KEY_BYTES) {
        record.key =
            wsync_slice(pair->key.data + CELL_KEY_BYTES, pair->key.len - CELL_KEY_BYTES);
    }
    wsync_verify_say_named_record(job, &record, finding);
}

void wsync_verify_say_device(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                             struct wsync_verify_finding *finding)
{
    struct wsync_device_id id;
    struct wsync_device device;
    wsync_verify_say_bytes(job, pair, finding);
    if (pair->key.len != sizeof id.b) {
        return;
    }
    memcpy(id.b, pair->key.data, sizeof id.b);
    if (wsync_device_get(job->again.txn, &id, &device) == WSYNC_OK) {
        snprintf(finding->place, sizeof finding->place, "device \"%s\"", device.name);
    }
}

void wsync_verify_say_form(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                           struct wsync_verify_finding *finding)
{
    wsync_verify_say_bytes(job, pair, finding);
    if (pair->key.len == 8) {
        snprintf(finding->place, sizeof finding->place, "form %u version %u",
                 (unsigned)wsync_verify_number(pair->key.data, 4),
                 (unsigned)wsync_verify_number(pair->key.data + 4, 4));
    }
}

void wsync_verify_say_waiting(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                              struct wsync_verify_finding *finding)
{
    struct wsync_log log;
    wsync_verify_say_bytes(job, pair, finding);
    if (pair->key.len != CAUSE_BYTES + 12 || !find_log(job, pair->key, CAUSE_BYTES, &log)) {
        return;
    }
    wsync_verify_place(&log.id, wsync_verify_number(pair->key.data + CAUSE_BYTES + 4, 8),
                       finding->place);
    snprintf(finding->stored, sizeof finding->stored, "would never be looked at again");
    snprintf(finding->again, sizeof finding->again, "waits for cause %c %llu %llu",
             pair->key.data[0], (unsigned long long)wsync_verify_number(pair->key.data + 1, 4),
             (unsigned long long)wsync_verify_number(pair->key.data + 5, 8));
}

/* ---- cells ---- */

/* TOTALS: records, in conflict, then measures of field, choice, count and 128-bit sum. */
enum { CELL_HEAD_BYTES = 16, MEASURE_BYTES = 30 };

static void say_cell_row(const struct wsync_form *form, struct wsync_slice row, size_t at,
                         char text[WSYNC_VERIFY_TEXT_BYTES])
{
    if (row.len == 0) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "no such cell");
        return;
    }
    if (at < CELL_HEAD_BYTES || row.len < CELL_HEAD_BYTES || at >= row.len) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "%lld records, %lld in conflict",
                 row.len < 8 ? 0LL : (long long)wsync_verify_number(row.data, 8),
                 row.len < 16 ? 0LL : (long long)wsync_verify_number(row.data + 8, 8));
        return;
    }
    const uint8_t *measure =
        row.data + CELL_HEAD_BYTES + (at - CELL_HEAD_BYTES) / MEASURE_BYTES * MEASURE_BYTES;
    if (measure + MEASURE_BYTES > row.data + row.len) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "a cell that cannot be read");
        return;
    }
    uint32_t number = (uint32_t)wsync_verify_number(measure, 2);
    const struct wsync_field *field = form ? wsync_form_field(form, number) : NULL;
    struct wsync_slice name = field ? field->name : wsync_slice_of("?");
    snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "field %u (%.*s), choice %u: count %lld, sum %lld",
             number, (int)name.len, (const char *)name.data,
             (unsigned)wsync_verify_number(measure + 2, 4),
             (long long)wsync_verify_number(measure + 6, 8),
             (long long)wsync_verify_number(measure + 22, 8));
}

/* TOTALS: form, biased day, scope, subject. */
void wsync_verify_say_cell(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                           struct wsync_verify_finding *finding)
{
    const struct wsync_form *form = NULL;
    char cell[WSYNC_VERIFY_TEXT_BYTES / 2], day[24] = "without a day";
    if (pair->key.len != CELL_KEY_BYTES) {
        wsync_verify_say_bytes(job, pair, finding);
        return;
    }
    uint32_t number = (uint32_t)wsync_verify_number(pair->key.data, 4);
    int32_t at = (int32_t)((uint32_t)wsync_verify_number(pair->key.data + 4, 4) ^ 1U << 31);
    if (wsync_catalog_newest(job->again.ledger.catalog, job->again.txn, number, &form) !=
        WSYNC_OK) {
        form = NULL;
    }
    if (at >= WSYNC_DAY_MIN && at <= WSYNC_DAY_MAX) {
        struct wsync_civil civil = wsync_calendar_civil(at);
        snprintf(day, sizeof day, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
    }
    if (form) {
        snprintf(cell, sizeof cell, "cell of %.*s (%u)", (int)form->name.len,
                 (const char *)form->name.data, number);
    } else {
        snprintf(cell, sizeof cell, "cell of form (%u)", number);
    }
    snprintf(finding->place, sizeof finding->place, "%s, log of unit %u, about unit %u, %s",
             cell, (unsigned)wsync_verify_number(pair->key.data + 8, 4),
             (unsigned)wsync_verify_number(pair->key.data + 12, 4), day);
    size_t differs = first_difference(pair->live, pair->again);
    say_cell_row(form, pair->live, differs, finding->stored);
    say_cell_row(form, pair->again, differs, finding->again);
}
