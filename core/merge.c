/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/dots.h"
#include "core/hand.h"
#include "wardsync/totals.h"

enum { MARK_HEAD_ITEMS = 4, DOT_ITEMS = 3, ITEM_BYTES = 8, VALUE_PADDING = 16 };

/* The bases of an operation that take effect here and now. */
struct bases {
    struct wsync_dot dots[WSYNC_BASES_MAX];
    uint16_t order[WSYNC_BASES_MAX];
    size_t count;
};

static struct wsync_dots dots_of(struct bases *bases)
{
    return (struct wsync_dots){bases->dots, bases->order, bases->count};
}

/* A base that is not here yet never blocks: the change is noted under the cause that will bring
 * it, and its bases are looked at again. */
static enum wsync_err resolve_bases(const struct wsync_case *c, size_t op, struct bases *bases)
{
    const struct wsync_operation *operation = &c->operations[op];
    bases->count = 0;
    struct wsync_dots dots = dots_of(bases);
    for (size_t i = 0; i < operation->base_count; i++) {
        struct wsync_resolved base;
        enum wsync_err err = wsync_resolve(c, &operation->bases[i], op, &base);
        if (err == WSYNC_OK && base.how == WSYNC_RESOLVED) {
            wsync_dots_add(&dots, base.dot);
            bases->count = dots.count;
        } else if (err == WSYNC_OK && base.how == WSYNC_RESOLVES_LATER) {
            err = wsync_wait_for(c->txn, &base.cause, c->log->no, c->seq);
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* Takes away what the bases name, of field 0 and of the fields that are written: one look at
 * each live value. */
static void supersede(const struct wsync_operation *operation, struct bases *bases,
                      struct wsync_record *record)
{
    const struct wsync_dots dots = dots_of(bases);
    size_t kept = 0;
    size_t next = 0; /* write; both go up by field */
    for (size_t i = 0; i < record->live_count && dots.count > 0; i++) {
        const struct wsync_live *live = &record->live[i];
        while (next < operation->write_count && operation->writes[next].field < live->field) {
            next++;
        }
        bool written = live->field == WSYNC_LIVENESS_FIELD ||
                       (next < operation->write_count &&
                        operation->writes[next].field == live->field);
        if (written && wsync_dots_find(&dots, live->dot) < dots.count) {
            continue;
        }
        if (kept < i) {
            record->live[kept] = *live;
        }
        kept++;
    }
    record->live_count = dots.count > 0 ? kept : record->live_count;
}

static enum wsync_err add(const struct wsync_case *c, size_t op, uint32_t field,
                          const struct wsync_value *value, struct wsync_record *record)
{
    struct wsync_live live = {field, {c->log->no, c->seq, (uint32_t)op}, c->stamp, *value};
    enum wsync_err err =
        c->operations[op].creates ? WSYNC_OK : wsync_hand_keep(c->hand, value, &live.value);
    return err == WSYNC_OK ? wsync_record_add(record, &live) : err;
}

static enum wsync_err apply_write(const struct wsync_case *c, size_t op, struct bases *bases,
                                  bool again, struct wsync_record *record)
{
    const struct wsync_operation *operation = &c->operations[op];
    supersede(operation, bases, record);
    for (size_t i = 0; i < operation->write_count && !again; i++) {
        const struct wsync_write *write = &operation->writes[i];
        enum wsync_err err = add(c, op, write->field, &write->value, record);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    if (operation->version > record->version) {
        record->version = operation->version;
    }
    return WSYNC_OK;
}

static void put_dot(int64_t *items, struct wsync_dot dot)
{
    items[0] = dot.log_no;
    items[1] = (int64_t)dot.seq;
    items[2] = dot.op;
}

/* Makes the list a mark keeps: kind, the record that counts, the dots it names. */
static enum wsync_err make_mark(const struct wsync_case *c, size_t op,
                                const struct bases *bases, struct wsync_value *value)
{
    size_t count = MARK_HEAD_ITEMS + DOT_ITEMS * bases->count;
    int64_t *items = wsync_arena_array(c->arena, count, sizeof *items);
    if (!items) {
        return WSYNC_ERR_MEMORY;
    }
    items[0] = (int64_t)c->operations[op].kind;
    if (c->operations[op].kind == WSYNC_KIND_DUPLICATE) {
        struct wsync_resolved other;
        enum wsync_err err = wsync_resolve(c, &c->operations[op].other, op, &other);
        if (err != WSYNC_OK) {
            return err;
        }
        put_dot(items + 1, other.dot);
    }
    for (size_t i = 0; i < bases->count; i++) {
        put_dot(items + MARK_HEAD_ITEMS + DOT_ITEMS * i, bases->dots[i]);
    }
    *value =
        (struct wsync_value){.class = WSYNC_CLASS_LIST, .items = items, .item_count = count};
    return WSYNC_OK;
}

/* Was the mark that this operation made live?  Takes it away. */
static bool take_mark(const struct wsync_case *c, size_t op, struct wsync_record *record)
{
    const struct wsync_dot dot = {c->log->no, c->seq, (uint32_t)op};
    for (size_t i = 0; i < record->live_count; i++) {
        struct wsync_live *live = &record->live[i];
        if (live->field == WSYNC_LIVENESS_FIELD && wsync_dot_equal(live->dot, dot)) {
            memmove(live, live + 1, (record->live_count - i - 1) * sizeof *live);
            record->live_count--;
            return true;
        }
    }
    return false;
}

static enum wsync_err apply_mark(const struct wsync_case *c, size_t op, struct bases *bases,
                                 bool again, struct wsync_record *record)
{
    struct wsync_value mark;
    supersede(&c->operations[op], bases, record);
    if (c->operations[op].kind == WSYNC_KIND_REVIVE) {
        return WSYNC_OK;
    }
    enum wsync_err err = make_mark(c, op, bases, &mark);
    if (err != WSYNC_OK) {
        return err;
    }
    bool was_live = take_mark(c, op, record);
    return !again || was_live ? add(c, op, WSYNC_LIVENESS_FIELD, &mark, record) : WSYNC_OK;
}

static enum wsync_err form_of(const struct wsync_case *c, const struct wsync_record *record,
                              const struct wsync_form **form)
{
    enum wsync_err err =
        wsync_catalog_form(c->ledger->catalog, c->txn, record->form, record->version, form);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

static enum wsync_err account(const struct wsync_case *c, const struct wsync_record *record,
                              int sign)
{
    const struct wsync_form *form;
    enum wsync_err err = form_of(c, record, &form);
    return err == WSYNC_OK ? wsync_totals_apply(c->txn, c->arena, form, record, sign) : err;
}

static enum wsync_err note_attachments(const struct wsync_case *c,
                                       const struct wsync_record *before,
                                       const struct wsync_record *after)
{
    const struct wsync_form *form;
    enum wsync_err err = form_of(c, after, &form);
    return err == WSYNC_OK ? wsync_blob_learn(c, form, before, after) : err;
}

static enum wsync_err note_conflict(struct wsync_txn *txn, const struct wsync_record *record)
{
    uint8_t bytes[WSYNC_RECORD_KEY_BYTES];
    struct wsync_slice key = wsync_record_key(record->id, bytes);
    if (wsync_record_in_conflict(record)) {
        return wsync_txn_put(txn, WSYNC_TABLE_CONFLICTS, key, wsync_slice(NULL, 0));
    }
    enum wsync_err err = wsync_txn_del(txn, WSYNC_TABLE_CONFLICTS, key);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err note_history(const struct wsync_case *c, size_t op,
                                   const struct wsync_record *record)
{
    uint8_t key[2 * WSYNC_RECORD_KEY_BYTES];
    struct wsync_dot dot = {c->log->no, c->seq, (uint32_t)op};
    wsync_record_key(record->id, key);
    wsync_record_key(dot, key + WSYNC_RECORD_KEY_BYTES);
    return wsync_txn_put(c->txn, WSYNC_TABLE_HISTORY, wsync_slice(key, sizeof key),
                         wsync_slice(NULL, 0));
}

enum wsync_err wsync_merge_put(const struct wsync_case *c, const struct wsync_record *before,
                               struct wsync_record *record)
{
    enum wsync_err err = wsync_record_rank(c->txn, c->arena, record);
    if (err == WSYNC_OK && before) {
        err = account(c, before, -1);
    }
    if (err == WSYNC_OK) {
        err = account(c, record, 1);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_put(c->txn, record, c->arena);
    }
    if (err == WSYNC_OK) {
        err = note_attachments(c, before, record);
    }
    if (err == WSYNC_OK && before) {
        err = note_conflict(c->txn, record);
    }
    return err == WSYNC_OK ? wsync_catalog_learn(c->txn, before, record) : err;
}

static enum wsync_err create(const struct wsync_case *c, size_t op)
{
    const struct wsync_operation *operation = &c->operations[op];
    struct bases none = {.count = 0};
    struct wsync_record record = {
        .id = {c->log->no, c->seq, (uint32_t)op},
        .form = operation->form,
        .version = operation->version,
        .scope = c->log->scope,
        .live = wsync_arena_array(c->arena, operation->write_count, sizeof *record.live),
        .live_size = operation->write_count,
    };
    if (!record.live) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = apply_write(c, op, &none, false, &record);
    if (err == WSYNC_OK && record.form < WSYNC_FORM_FIRST) {
        err = wsync_hand_put_down(c);
    }
    if (err == WSYNC_OK) {
        err = wsync_merge_put(c, NULL, &record);
    }
    if (err == WSYNC_OK && record.form == WSYNC_FORM_FORM) {
        struct wsync_cause learned = {WSYNC_CAUSE_FORM,
                                      (uint32_t)operation->writes[0].value.integer,
                                      (uint64_t)operation->writes[1].value.integer};
        err = wsync_release(c->txn, &learned);
    }
    return err;
}

/* What the values of an operation take in a hand. */
static size_t bytes_of(const struct wsync_operation *operation)
{
    size_t bytes = VALUE_PADDING + ITEM_BYTES * (MARK_HEAD_ITEMS +
                                                 DOT_ITEMS * operation->base_count);
    for (size_t i = 0; i < operation->write_count; i++) {
        const struct wsync_value *value = &operation->writes[i].value;
        bytes += VALUE_PADDING + value->text.len + ITEM_BYTES * value->item_count;
    }
    return bytes;
}

/* A record that was altered makes history at once, and room where something waits for it. */
static enum wsync_err note_altered(const struct wsync_case *c, size_t op,
                                   const struct wsync_record *record, size_t live_count)
{
    enum wsync_err err = note_history(c, op, record);
    if (err == WSYNC_OK && record->live_count < live_count) {
        struct wsync_cause room = {WSYNC_CAUSE_ROOM, record->id.log_no, record->id.seq};
        err = wsync_release(c->txn, &room);
    }
    return err == WSYNC_OK && record->form < WSYNC_FORM_FIRST ? wsync_hand_put_down(c) : err;
}

static enum wsync_err alter(const struct wsync_case *c, size_t op, bool again)
{
    const struct wsync_operation *operation = &c->operations[op];
    struct wsync_held_record *held = NULL;
    struct wsync_resolved id;
    struct bases bases;
    enum wsync_err err = wsync_resolve(c, &operation->record, op, &id);
    if (err == WSYNC_OK) {
        WSYNC_ASSERT(id.how == WSYNC_RESOLVED); /* the judgement saw to that */
        size_t values = operation->write_count + 1;
        err = wsync_hand_take(c, id.dot, values, bytes_of(operation), &held);
    }
    if (err == WSYNC_OK) {
        err = resolve_bases(c, op, &bases);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    size_t live_count = held->record.live_count;
    err = operation->kind == WSYNC_KIND_WRITE
              ? apply_write(c, op, &bases, again, &held->record)
              : apply_mark(c, op, &bases, again, &held->record);
    return err == WSYNC_OK ? note_altered(c, op, &held->record, live_count) : err;
}

static enum wsync_err merge_all(const struct wsync_case *c, bool again)
{
    for (size_t i = 0; i < c->operation_count; i++) {
        size_t mark = wsync_arena_mark(c->arena);
        enum wsync_err err = WSYNC_OK;
        if (!c->operations[i].creates) {
            err = alter(c, i, again);
        } else if (!again) {
            err = create(c, i);
        }
        wsync_arena_release(c->arena, mark);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_merge(const struct wsync_case *c, bool again)
{
    struct wsync_hand hand;
    struct wsync_case alone = *c;
    if (c->hand) {
        return merge_all(c, again);
    }
    alone.hand = &hand;
    wsync_hand_open(&hand, c->arena);
    enum wsync_err err = merge_all(&alone, again);
    if (err == WSYNC_OK) {
        err = wsync_hand_put_down(&alone);
    }
    wsync_hand_close(&hand, c->arena);
    return err;
}
