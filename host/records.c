/* SPDX-License-Identifier: Apache-2.0 */
#include "host/records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_DIGITS = 8, PREFIX_DIGITS_MIN = 4 };

enum wsync_err wsync_record_name(struct wsync_txn *txn, struct wsync_dot id,
                                 char text[WSYNC_RECORD_ID_BYTES])
{
    struct wsync_log log;
    char prefix[PREFIX_DIGITS + 1];
    enum wsync_err err = wsync_log_get(txn, id.log_no, &log);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_hex_encode(wsync_slice(log.id.b, PREFIX_DIGITS / 2), prefix);
    if (id.op == 0) {
        snprintf(text, WSYNC_RECORD_ID_BYTES, "%s-%llu", prefix, (unsigned long long)id.seq);
    } else {
        snprintf(text, WSYNC_RECORD_ID_BYTES, "%s-%llu.%u", prefix, (unsigned long long)id.seq,
                 id.op);
    }
    return WSYNC_OK;
}

/* Reads "PREFIX-SEQ" or "PREFIX-SEQ.OP"; false when it is neither. */
static bool parse_name(const char *text, size_t *digits, struct wsync_dot *id)
{
    const char *dash = strchr(text, '-');
    char *end;
    *digits = dash ? (size_t)(dash - text) : 0;
    if (*digits < PREFIX_DIGITS_MIN || *digits > 2 * WSYNC_LOG_ID_BYTES ||
        strspn(text, "0123456789abcdefABCDEF") != *digits || dash[1] < '0' || dash[1] > '9') {
        return false;
    }
    errno = 0;
    id->seq = strtoull(dash + 1, &end, 10);
    id->op = 0;
    if (*end == '.' && end[1] >= '0' && end[1] <= '9') {
        unsigned long op = strtoul(end + 1, &end, 10);
        id->op = op < WSYNC_OPERATIONS_MAX ? (uint32_t)op : WSYNC_OPERATIONS_MAX;
    }
    return *end == '\0' && errno == 0 && id->seq > 0 && id->op < WSYNC_OPERATIONS_MAX;
}

static bool log_begins(const struct wsync_log *log, const char *text, size_t digits)
{
    char hex[2 * WSYNC_LOG_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(log->id), hex);
    for (size_t i = 0; i < digits; i++) {
        char c = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] + 32) : text[i];
        if (c != hex[i]) {
            return false;
        }
    }
    return true;
}

static enum wsync_err find_log(struct wsync_txn *txn, const char *text, size_t digits,
                               uint32_t *log_no)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    size_t found = 0;
    for (;;) { /* ends: each turn passes one log */
        enum wsync_err err = wsync_log_after(txn, after, &log);
        if (err == WSYNC_ERR_NOT_FOUND) {
            return found == 1 ? WSYNC_OK : found == 0 ? err : WSYNC_ERR_INVALID;
        }
        if (err != WSYNC_OK) {
            return err;
        }
        if (log_begins(&log, text, digits)) {
            *log_no = log.no;
            found++;
        }
        at = log.id;
        after = &at;
    }
}

/* Finds what a name means: a record, or the change that bears it. */
static enum wsync_err find_named(struct wsync_txn *txn, const char *text, bool is_change,
                                 struct wsync_dot *id, struct wsync_error *error)
{
    size_t digits;
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_slice row;
    struct wsync_change change;
    const char *what = is_change ? "change" : "record";
    if (!parse_name(text, &digits, id) || id->seq == 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%s\" is no %s id; one looks like 3f9ac210-17.", text, what);
    }
    enum wsync_err err = find_log(txn, text, digits, &id->log_no);
    if (err == WSYNC_OK) {
        err = is_change
                  ? wsync_log_change(txn, id->log_no, id->seq, &change)
                  : wsync_txn_get(txn, WSYNC_TABLE_RECORDS, wsync_record_key(*id, key), &row);
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, err, "There is no %s %s here.", what, text);
    }
    if (err == WSYNC_ERR_INVALID) {
        return wsync_error_set(error, err,
                               "\"%s\" fits several logs; write more digits of the id.", text);
    }
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

enum wsync_err wsync_record_named(struct wsync_txn *txn, const char *text, struct wsync_dot *id,
                                  struct wsync_error *error)
{
    return find_named(txn, text, false, id, error);
}

enum wsync_err wsync_change_named(struct wsync_txn *txn, const char *text, struct wsync_dot *id,
                                  struct wsync_error *error)
{
    return find_named(txn, text, true, id, error);
}

enum wsync_err wsync_record_read(struct wsync_site *site, const char *text,
                                 struct wsync_record *record, const struct wsync_form **form,
                                 struct wsync_error *error)
{
    struct wsync_dot id;
    enum wsync_err err = wsync_record_named(site->txn, text, &id, error);
    if (err == WSYNC_OK) {
        err = wsync_record_get(site->txn, id, 0, &site->arena, record);
    }
    if (err == WSYNC_OK) {
        err = wsync_catalog_form(site->catalog, site->txn, record->form, record->version, form);
    }
    return err == WSYNC_OK && record->form < WSYNC_FORM_FIRST ? WSYNC_ERR_NOT_FOUND : err;
}

static int32_t day_of(const struct wsync_form *form, const struct wsync_record *record)
{
    const struct wsync_live *live =
        form->date_field ? wsync_record_shown(record, form->date_field, NULL) : NULL;
    return live && live->value.class == WSYNC_CLASS_INTEGER ? (int32_t)live->value.integer
                                                            : WSYNC_NO_DAY;
}

enum wsync_err wsync_records_item(struct wsync_site *site, const struct wsync_record *record,
                                  struct wsync_records_item *item)
{
    *item = (struct wsync_records_item){.record = record};
    enum wsync_err err = wsync_catalog_form(site->catalog, site->txn, record->form,
                                            record->version, &item->form);
    if (err == WSYNC_OK) {
        item->life = wsync_record_life(record, &item->contested, NULL);
        item->day = day_of(item->form, record);
    }
    return err;
}

static bool wanted(const struct wsync_records_query *query,
                   const struct wsync_records_item *item)
{
    bool form = query->form == 0 ? item->form->number >= WSYNC_FORM_FIRST
                                 : item->form->number == query->form;
    return form && (query->scope == 0 || item->record->scope == query->scope) &&
           item->day >= query->first_day && item->day <= query->last_day &&
           (query->deleted || item->life == WSYNC_LIFE_ALIVE);
}

static enum wsync_err visit_record(
    struct wsync_site *site, const struct wsync_records_query *query,
    const struct wsync_record *record,
    enum wsync_err (*visit)(void *, const struct wsync_records_item *), void *context)
{
    struct wsync_records_item item;
    enum wsync_err err = wsync_records_item(site, record, &item);
    return err == WSYNC_OK && wanted(query, &item) ? visit(context, &item) : err;
}

/* Visits the records of one log. */
static enum wsync_err walk_log(
    struct wsync_site *site, uint32_t log_no, const struct wsync_records_query *query,
    enum wsync_err (*visit)(void *, const struct wsync_records_item *), void *context)
{
    struct wsync_dot from = {log_no, 0, 0};
    for (;;) { /* ends: each turn passes one record */
        size_t mark = wsync_arena_mark(&site->arena);
        struct wsync_record record;
        enum wsync_err err = wsync_record_seek(site->txn, from, &site->arena, &record);
        bool over =
            err == WSYNC_ERR_NOT_FOUND || (err == WSYNC_OK && record.id.log_no != log_no);
        if (err == WSYNC_OK && !over) {
            err = visit_record(site, query, &record, visit, context);
        }
        wsync_arena_release(&site->arena, mark);
        if (over || err != WSYNC_OK) {
            return over ? WSYNC_OK : err;
        }
        from = record.id;
        from.op++;
    }
}

enum wsync_err wsync_records_walk(
    struct wsync_site *site, const struct wsync_records_query *query,
    enum wsync_err (*visit)(void *, const struct wsync_records_item *), void *context)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    for (;;) { /* ends: each turn passes one log */
        enum wsync_err err = wsync_log_after(site->txn, after, &log);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
        }
        if (query->scope == 0 || query->scope == log.scope) {
            err = walk_log(site, log.no, query, visit, context);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        at = log.id;
        after = &at;
    }
}
