/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/ledger_parts.h"
#include "wardsync/totals.h"

enum { MARK_HEAD_ITEMS = 4, DOT_ITEMS = 3 };

/* The bases of an operation that take effect here and now. */
struct bases {
    struct wsync_dot dots[WSYNC_BASES_MAX];
    size_t count;
};

/* A base that is not here yet never blocks: the change is noted under the cause that will bring
 * it, and its bases are looked at again. */
static enum wsync_err resolve_bases(const struct wsync_case *c, size_t op, struct bases *bases)
{
    const struct wsync_operation *operation = &c->operations[op];
    bases->count = 0;
    for (size_t i = 0; i < operation->base_count; i++) {
        struct wsync_resolved base;
        enum wsync_err err = wsync_resolve(c, &operation->bases[i], op, &base);
        if (err == WSYNC_OK && base.how == WSYNC_RESOLVED) {
            bases->dots[bases->count++] = base.dot;
        } else if (err == WSYNC_OK && base.how == WSYNC_RESOLVES_LATER) {
            err = wsync_wait_for(c->txn, &base.cause, c->log->no, c->seq);
        }
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

static void supersede(struct wsync_record *record, uint32_t field, const struct bases *bases)
{
    for (size_t i = 0; i < bases->count; i++) {
        (void)wsync_record_supersede(record, field, bases->dots[i]);
    }
}

static enum wsync_err apply_write(const struct wsync_case *c, size_t op,
                                  const struct bases *bases, bool again,
                                  struct wsync_record *record)
{
    const struct wsync_operation *operation = &c->operations[op];
    struct wsync_dot dot = {c->log->no, c->seq, (uint32_t)op};
    supersede(record, WSYNC_LIVENESS_FIELD, bases);
    for (size_t i = 0; i < operation->write_count; i++) {
        const struct wsync_write *write = &operation->writes[i];
        supersede(record, write->field, bases);
        struct wsync_live live = {write->field, dot, c->stamp, write->value};
        enum wsync_err err = again ? WSYNC_OK : wsync_record_add(record, &live);
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

static enum wsync_err apply_mark(const struct wsync_case *c, size_t op,
                                 const struct bases *bases, bool again,
                                 struct wsync_record *record)
{
    struct wsync_live mark = {WSYNC_LIVENESS_FIELD,
                              {c->log->no, c->seq, (uint32_t)op},
                              c->stamp,
                              {.class = WSYNC_CLASS_LIST}};
    supersede(record, WSYNC_LIVENESS_FIELD, bases);
    if (c->operations[op].kind == WSYNC_KIND_REVIVE) {
        return WSYNC_OK;
    }
    enum wsync_err err = make_mark(c, op, bases, &mark.value);
    if (err != WSYNC_OK) {
        return err;
    }
    bool was_live = wsync_record_supersede(record, WSYNC_LIVENESS_FIELD, mark.dot);
    return !again || was_live ? wsync_record_add(record, &mark) : WSYNC_OK;
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

static enum wsync_err create(const struct wsync_case *c, size_t op)
{
    const struct wsync_operation *operation = &c->operations[op];
    static const struct bases NONE = {.count = 0};
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
    enum wsync_err err = apply_write(c, op, &NONE, false, &record);
    if (err == WSYNC_OK) {
        err = account(c, &record, 1);
    }
    if (err == WSYNC_OK) {
        err = wsync_record_put(c->txn, &record, c->arena);
    }
    if (err == WSYNC_OK) {
        err = note_attachments(c, NULL, &record);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_catalog_learn(c->txn, NULL, &record);
    if (err == WSYNC_OK && record.form == WSYNC_FORM_FORM) {
        struct wsync_cause learned = {WSYNC_CAUSE_FORM,
                                      (uint32_t)operation->writes[0].value.integer,
                                      (uint64_t)operation->writes[1].value.integer};
        err = wsync_release(c->txn, &learned);
    }
    return err;
}

/* A copy whose array is its own: the one from before the operation. */
static enum wsync_err keep_before(const struct wsync_record *record, struct wsync_arena *arena,
                                  struct wsync_record *before)
{
    *before = *record;
    before->live = wsync_arena_array(arena, record->live_count, sizeof *before->live);
    if (!before->live) {
        return WSYNC_ERR_MEMORY;
    }
    memcpy(before->live, record->live, record->live_count * sizeof *before->live);
    return WSYNC_OK;
}

static enum wsync_err store_change(const struct wsync_case *c, size_t op,
                                   const struct wsync_record *before,
                                   struct wsync_record *record)
{
    enum wsync_err err = wsync_record_rank(c->txn, c->arena, record);
    if (err == WSYNC_OK) {
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
    if (err == WSYNC_OK) {
        err = note_conflict(c->txn, record);
    }
    if (err == WSYNC_OK) {
        err = note_history(c, op, record);
    }
    if (err == WSYNC_OK && record->live_count < before->live_count) {
        struct wsync_cause room = {WSYNC_CAUSE_ROOM, record->id.log_no, record->id.seq};
        err = wsync_release(c->txn, &room);
    }
    return err == WSYNC_OK ? wsync_catalog_learn(c->txn, before, record) : err;
}

static enum wsync_err alter(const struct wsync_case *c, size_t op, bool again)
{
    const struct wsync_operation *operation = &c->operations[op];
    struct wsync_resolved id;
    struct wsync_record record;
    struct wsync_record before;
    struct bases bases;
    enum wsync_err err = wsync_resolve(c, &operation->record, op, &id);
    if (err == WSYNC_OK) {
        WSYNC_ASSERT(id.how == WSYNC_RESOLVED); /* the judgement saw to that */
        err = wsync_record_get(c->txn, id.dot, operation->write_count + 1, c->arena, &record);
    }
    if (err == WSYNC_OK) {
        err = keep_before(&record, c->arena, &before);
    }
    if (err == WSYNC_OK) {
        err = resolve_bases(c, op, &bases);
    }
    if (err == WSYNC_OK) {
        err = operation->kind == WSYNC_KIND_WRITE ? apply_write(c, op, &bases, again, &record)
                                                  : apply_mark(c, op, &bases, again, &record);
    }
    return err == WSYNC_OK ? store_change(c, op, &before, &record) : err;
}

enum wsync_err wsync_merge(const struct wsync_case *c, bool again)
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
