/* SPDX-License-Identifier: Apache-2.0 */
#include "host/records_back.h"

#include <stdio.h>

static struct wsync_dot end_of(uint32_t log_no)
{
    return (struct wsync_dot){log_no, UINT64_MAX, UINT16_MAX};
}

static enum wsync_err add_log(struct wsync_back *back, struct wsync_dot before)
{
    if (back->count == WSYNC_BACK_LOGS_MAX) {
        return WSYNC_ERR_CROWDED;
    }
    back->logs[back->count].before = before;
    back->logs[back->count].looked = false;
    back->logs[back->count++].over = false;
    return WSYNC_OK;
}

static bool is_there(const struct wsync_back *back, uint32_t log_no)
{
    for (size_t i = 0; i < back->count; i++) {
        if (back->logs[i].before.log_no == log_no) {
            return true;
        }
    }
    return false;
}

/* Reads "LOG.SEQ.OP-" pieces, of each log at most one. */
static enum wsync_err read_text(const char *text, struct wsync_back *back)
{
    while (*text) { /* ends: each turn passes one piece */
        unsigned long long seq;
        unsigned log_no, op;
        int len = 0;
        if (back->count == WSYNC_BACK_LOGS_MAX ||
            sscanf(text, "%10u.%20llu.%5u-%n", &log_no, &seq, &op, &len) != 3 || len == 0 ||
            op > UINT16_MAX || is_there(back, log_no)) {
            return WSYNC_ERR_INVALID;
        }
        enum wsync_err err = add_log(back, (struct wsync_dot){log_no, seq, op});
        if (err != WSYNC_OK) {
            return err;
        }
        text += len;
    }
    return WSYNC_OK;
}

static enum wsync_err add_log_of(struct wsync_txn *txn, uint32_t scope, uint32_t log_no,
                                 struct wsync_back *back)
{
    struct wsync_log log;
    enum wsync_err err = scope == 0 ? WSYNC_OK : wsync_log_get(txn, log_no, &log);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    return scope == 0 || log.scope == scope ? add_log(back, end_of(log_no)) : WSYNC_OK;
}

enum wsync_err wsync_back_begin(struct wsync_site *site, uint32_t scope, const char *text,
                                struct wsync_back *back)
{
    uint32_t last;
    back->count = back->looked = back->passed = 0;
    back->over = false;
    enum wsync_err err = read_text(text ? text : "", back);
    if (err == WSYNC_OK) {
        err = wsync_log_last_no(site->txn, &last);
    }
    for (uint32_t no = 1; err == WSYNC_OK && no <= last; no++) {
        if (!is_there(back, no)) {
            err = add_log_of(site->txn, scope, no, back);
        }
    }
    return err;
}

/* Finds the record before the place of one log, passing by those that are not wanted for sure.
 * NOT_FOUND: there is none; BUSY: it is not looked for any more. */
static enum wsync_err find_before(struct wsync_txn *txn, const struct wsync_back_query *query,
                                  struct wsync_back *back, size_t i, struct wsync_dot *id)
{
    uint32_t log_no = back->logs[i].before.log_no;
    while (back->passed / WSYNC_BACK_PASS_EACH < query->look_max) {
        uint8_t key[WSYNC_RECORD_KEY_BYTES];
        struct wsync_outline outline;
        struct wsync_entry entry = {.key = wsync_record_key(back->logs[i].before, key)};
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_RECORDS, WSYNC_SEEK_LT, &entry);
        *id = wsync_record_of_key(entry.key);
        if (err != WSYNC_OK || id->log_no != log_no) {
            return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
        }
        err = query->deleted ? wsync_record_look(txn, *id, &outline) : WSYNC_OK;
        if (err != WSYNC_OK || !query->deleted || outline.marked) {
            return err;
        }
        back->logs[i].before = *id;
        back->looked++;
        back->passed++;
    }
    return WSYNC_ERR_BUSY;
}

/* Finds the next record of one log, and when it was made. */
static enum wsync_err look(struct wsync_txn *txn, const struct wsync_back_query *query,
                           struct wsync_back *back, size_t i)
{
    struct wsync_change change;
    struct wsync_dot id;
    enum wsync_err err = find_before(txn, query, back, i, &id);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    back->logs[i].looked = true;
    back->logs[i].over = err == WSYNC_ERR_NOT_FOUND;
    if (err == WSYNC_OK) {
        err = wsync_log_change(txn, id.log_no, id.seq, &change);
        back->logs[i].stamp = err == WSYNC_OK ? change.stamp : 0;
    }
    return err == WSYNC_ERR_NOT_FOUND && back->logs[i].over ? WSYNC_OK : err;
}

/* The log whose next record was made last; `back->count` when all are over.  BUSY: it is not
 * known, and the page ends. */
static enum wsync_err choose(struct wsync_txn *txn, const struct wsync_back_query *query,
                             struct wsync_back *back, size_t *chosen)
{
    *chosen = back->count;
    for (size_t i = 0; i < back->count; i++) {
        if (!back->logs[i].looked) {
            enum wsync_err err = look(txn, query, back, i);
            if (err != WSYNC_OK) {
                return err;
            }
        }
        if (!back->logs[i].over &&
            (*chosen == back->count || back->logs[i].stamp > back->logs[*chosen].stamp)) {
            *chosen = i;
        }
    }
    return WSYNC_OK;
}

static bool wanted(const struct wsync_back_query *query, const struct wsync_records_item *item)
{
    bool form = query->form == 0 ? item->form->number >= WSYNC_FORM_FIRST
                                 : item->form->number == query->form;
    return form && item->day >= query->first_day && item->day <= query->last_day &&
           query->deleted == (item->life != WSYNC_LIFE_ALIVE);
}

/* Reads the next record of one log and moves its place in front of it. */
static enum wsync_err take(struct wsync_site *site, struct wsync_back *back, size_t i,
                           struct wsync_record *record)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_entry entry = {.key = wsync_record_key(back->logs[i].before, key)};
    enum wsync_err err = wsync_txn_seek(site->txn, WSYNC_TABLE_RECORDS, WSYNC_SEEK_LT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    back->logs[i].before = wsync_record_of_key(entry.key);
    back->logs[i].looked = false;
    return wsync_record_get(site->txn, back->logs[i].before, 0, &site->arena, record);
}

/* Whom a walk tells, until it wants no more. */
struct listener {
    enum wsync_err (*visit)(void *context, const struct wsync_records_item *item, bool *more);
    void *context;
    bool more;
};

/* Reads one record and has it visited where it is wanted. */
static enum wsync_err show(struct wsync_site *site, const struct wsync_back_query *query,
                           struct wsync_back *back, size_t chosen, struct listener *listener)
{
    struct wsync_record record;
    struct wsync_records_item item;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = take(site, back, chosen, &record);
    if (err == WSYNC_OK) {
        err = wsync_records_item(site, &record, &item);
    }
    if (err == WSYNC_OK && wanted(query, &item)) {
        err = listener->visit(listener->context, &item, &listener->more);
    }
    wsync_arena_release(&site->arena, mark);
    return err;
}

enum wsync_err wsync_back_walk(
    struct wsync_site *site, const struct wsync_back_query *query, struct wsync_back *back,
    enum wsync_err (*visit)(void *, const struct wsync_records_item *, bool *), void *context)
{
    struct listener listener = {visit, context, true};
    size_t chosen = back->count;
    enum wsync_err err = choose(site->txn, query, back, &chosen);
    while (err == WSYNC_OK && chosen < back->count && listener.more &&
           back->looked - back->passed < query->look_max) {
        back->looked++;
        err = show(site, query, back, chosen, &listener);
        if (err != WSYNC_OK) {
            return err;
        }
        err = choose(site->txn, query, back, &chosen);
    }
    back->over = err == WSYNC_OK && chosen == back->count;
    return err == WSYNC_ERR_BUSY ? WSYNC_OK : err;
}

const char *wsync_back_text(const struct wsync_back *back, char text[WSYNC_BACK_TEXT_BYTES])
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < back->count; i++) {
        const struct wsync_dot *before = &back->logs[i].before;
        if (before->seq == UINT64_MAX) {
            continue; /* from its end, as a log that is not named */
        }
        int more = snprintf(text + len, WSYNC_BACK_TEXT_BYTES - len, "%u.%llu.%u-",
                            before->log_no, (unsigned long long)before->seq, before->op);
        WSYNC_ASSERT(more > 0 && (size_t)more < WSYNC_BACK_TEXT_BYTES - len);
        len += (size_t)more;
    }
    return text;
}
