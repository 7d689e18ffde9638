/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/blob_book.h"

#include <string.h>

#include "core/blob_rows.h"
#include "core/bytes.h"
#include "core/settle_parts.h"

/* BLOB_NAMES: root, length (4), scope (4), record -> nothing.
 * BLOB_WORK: 'w', log number (4), root, length: to come -> nothing.
 *            'n', the same: to come, but whoever named it has it not -> nothing.  Kept apart,
 * so that nobody who looks for what to ask for walks over them. 'g', root, length: to be given
 * -> nothing. 'h', root, length: the district holds it -> nothing.  More is in blob_quota.c. */
enum {
    NAME_BYTES = WSYNC_BLOB_ROW_NAME_BYTES,
    SCOPE_AT = NAME_BYTES,
    RECORD_AT = SCOPE_AT + 4,
    NAMED_BYTES = RECORD_AT + WSYNC_RECORD_KEY_BYTES,
    WANTED_NAME_AT = 5,
    WANTED_BYTES = WANTED_NAME_AT + NAME_BYTES,
    GIVEN_BYTES = 1 + NAME_BYTES,
};

enum { WANTED = 'w', NOT_THERE = 'n', TO_GIVE = 'g', HELD = 'h' };

struct key {
    uint8_t b[WSYNC_KEY_BYTES_MAX];
    size_t len;
};

static struct wsync_slice bytes_of(const struct key *key)
{
    return wsync_slice(key->b, key->len);
}

static struct key wanted_key(uint8_t kind, const struct wsync_blob_wanted *wanted)
{
    struct key key = {.b = {kind}, .len = WANTED_BYTES};
    wsync_be_put(key.b + 1, wanted->log_no, 4);
    wsync_blob_row_name_put(key.b + WANTED_NAME_AT, &wanted->name);
    return key;
}

static struct key given_key(uint8_t kind, const struct wsync_blob_name *name)
{
    struct key key = {.b = {kind}, .len = GIVEN_BYTES};
    wsync_blob_row_name_put(key.b + 1, name);
    return key;
}

static struct key named_key(const struct wsync_blob_name *name,
                            const struct wsync_record *record)
{
    struct key key = {.len = NAMED_BYTES};
    wsync_blob_row_name_put(key.b, name);
    wsync_be_put(key.b + SCOPE_AT, record->scope, 4);
    wsync_record_key(record->id, key.b + RECORD_AT);
    return key;
}

static enum wsync_err put_row(struct wsync_txn *txn, enum wsync_table table, struct key key)
{
    return wsync_txn_put(txn, table, bytes_of(&key), wsync_slice(NULL, 0));
}

static enum wsync_err remove_row(struct wsync_txn *txn, enum wsync_table table, struct key key)
{
    enum wsync_err err = wsync_txn_del(txn, table, bytes_of(&key));
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Writes the one row of it that is asked for next, or not any more (NOT_THERE). */
static enum wsync_err put_wanted(struct wsync_txn *txn, uint8_t kind,
                                 const struct wsync_blob_wanted *wanted)
{
    uint8_t other = kind == WANTED ? NOT_THERE : WANTED;
    enum wsync_err err = remove_row(txn, WSYNC_TABLE_BLOB_WORK, wanted_key(other, wanted));
    return err == WSYNC_OK ? put_row(txn, WSYNC_TABLE_BLOB_WORK, wanted_key(kind, wanted))
                           : err;
}

static enum wsync_err has_row(struct wsync_txn *txn, struct key key, bool *has)
{
    struct wsync_slice value;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_BLOB_WORK, bytes_of(&key), &value);
    *has = err == WSYNC_OK;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- what records name ---- */

/* The name that a live value is, when its field is a photo and the record counts. */
static bool name_of(const struct wsync_form *form, const struct wsync_live *live,
                    struct wsync_blob_name *name)
{
    const struct wsync_field *field = wsync_form_field(form, live->field);
    return live->field != WSYNC_LIVENESS_FIELD && field && field->type == WSYNC_TYPE_PHOTO &&
           live->value.class == WSYNC_CLASS_TEXT &&
           wsync_blob_name_decode(live->value.text, name);
}

static bool has_photos(const struct wsync_form *form)
{
    for (size_t i = 0; i < form->field_count; i++) {
        if (form->fields[i].type == WSYNC_TYPE_PHOTO) {
            return true;
        }
    }
    return false;
}

static bool counts(const struct wsync_record *record)
{
    bool contested;
    return wsync_record_life(record, &contested, NULL) == WSYNC_LIFE_ALIVE;
}

/* A device's own is to be given, unless it is the district's; what the district's devices name
 * is to come to everybody, what others name to the district. */
static enum wsync_err note_work(const struct wsync_case *c, uint32_t log_no,
                                const struct wsync_blob_name *name)
{
    const struct wsync_identity *identity = c->ledger->identity;
    struct wsync_blob_wanted wanted = {log_no, *name};
    struct wsync_blob_state state = {.whole = false};
    struct wsync_device author;
    struct wsync_log log;
    bool node, known;
    if (!identity) {
        return WSYNC_OK; /* nothing comes or goes here */
    }
    enum wsync_err err = wsync_log_get(c->txn, log_no, &log);
    if (err == WSYNC_OK) {
        err = wsync_ledger_is_node(c->ledger, c->txn, &node);
    }
    if (err == WSYNC_OK && wsync_device_id_equal(&log.device, &identity->device)) {
        err = has_row(c->txn, given_key(HELD, name), &known);
        return err != WSYNC_OK || known || node
                   ? err
                   : put_row(c->txn, WSYNC_TABLE_BLOB_WORK, given_key(TO_GIVE, name));
    }
    if (err == WSYNC_OK) {
        err = wsync_device_get(c->txn, &log.device, &author);
    }
    /* What the office hands down comes by itself; of another ward's device on request. */
    bool from_above = author.role == WSYNC_ROLE_NODE || author.role == WSYNC_ROLE_OFFICE;
    if (err != WSYNC_OK || (!node && !from_above)) {
        return err;
    }
    if (c->ledger->blobs) {
        err = wsync_blob_look(c->ledger->blobs, name, &state);
    }
    return err == WSYNC_OK && !state.whole ? put_wanted(c->txn, WANTED, &wanted) : err;
}

static enum wsync_err unname(struct wsync_txn *txn, const struct wsync_form *form,
                             const struct wsync_record *record)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < record->live_count && err == WSYNC_OK; i++) {
        struct wsync_blob_name name;
        if (name_of(form, &record->live[i], &name)) {
            err = remove_row(txn, WSYNC_TABLE_BLOB_NAMES, named_key(&name, record));
        }
    }
    return err;
}

static bool named_before(const struct wsync_form *form, const struct wsync_record *before,
                         const struct wsync_live *live)
{
    struct wsync_blob_name name;
    for (size_t i = 0; before && i < before->live_count; i++) {
        const struct wsync_live *old = &before->live[i];
        if (old->field == live->field && wsync_dot_equal(old->dot, live->dot)) {
            return name_of(form, old, &name);
        }
    }
    return false;
}

enum wsync_err wsync_blob_learn(const struct wsync_case *c, const struct wsync_form *form,
                                const struct wsync_record *before,
                                const struct wsync_record *after)
{
    if (!has_photos(form)) {
        return WSYNC_OK;
    }
    enum wsync_err err = before ? unname(c->txn, form, before) : WSYNC_OK;
    bool was_alive = before && counts(before);
    size_t count = counts(after) ? after->live_count : 0;
    for (size_t i = 0; i < count && err == WSYNC_OK; i++) {
        const struct wsync_live *live = &after->live[i];
        struct wsync_blob_name name;
        if (!name_of(form, live, &name)) {
            continue;
        }
        err = put_row(c->txn, WSYNC_TABLE_BLOB_NAMES, named_key(&name, after));
        if (err == WSYNC_OK && !(was_alive && named_before(form, before, live))) {
            err = note_work(c, live->dot.log_no, &name);
        }
    }
    return err;
}

/* The first row of BLOB_NAMES behind `key`; NOT_FOUND when it is of another name. */
static enum wsync_err next_naming(struct wsync_txn *txn, const struct wsync_blob_name *name,
                                  struct key *key)
{
    uint8_t prefix[NAME_BYTES];
    struct wsync_entry entry = {.key = bytes_of(key)};
    wsync_blob_row_name_put(prefix, name);
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_BLOB_NAMES, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK || !wsync_slice_starts(entry.key, wsync_slice(prefix, sizeof prefix))) {
        return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
    }
    memcpy(key->b, entry.key.data, NAMED_BYTES);
    key->len = NAMED_BYTES;
    return WSYNC_OK;
}

enum wsync_err wsync_blob_is_named(struct wsync_txn *txn, const struct wsync_blob_name *name,
                                   const struct wsync_device *reader, uint32_t top, bool *named)
{
    struct key key = {.len = NAME_BYTES};
    enum wsync_err err;
    wsync_blob_row_name_put(key.b, name);
    *named = false;
    while ((err = next_naming(txn, name, &key)) == WSYNC_OK) { /* ends: a scope each turn */
        uint32_t scope = (uint32_t)wsync_be_get(key.b + SCOPE_AT, 4);
        *named = !reader || wsync_device_may_read(reader, scope, top);
        if (*named) {
            return WSYNC_OK;
        }
        memset(key.b + RECORD_AT, 0xff, WSYNC_RECORD_KEY_BYTES); /* the next scope */
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_blob_next_named(struct wsync_txn *txn, struct wsync_blob_name *name)
{
    struct key key = {.len = NAMED_BYTES};
    wsync_blob_row_name_put(key.b, name);
    memset(key.b + SCOPE_AT, name->length == 0 ? 0 : 0xff, NAMED_BYTES - SCOPE_AT);
    struct wsync_entry entry = {.key = bytes_of(&key)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_BLOB_NAMES, WSYNC_SEEK_GT, &entry);
    if (err == WSYNC_OK) {
        *name = wsync_blob_row_name_get(entry.key.data);
    }
    return err;
}

/* ---- what is to be done ---- */

/* The next row behind `key` that begins with `prefix` bytes of it and whose name, at `name_at`,
 * some live record names.  Who may write removes the others, so many at once. */
static enum wsync_err next_work(struct wsync_txn *txn, struct key *key, size_t prefix,
                                size_t name_at)
{
    for (size_t turn = 0;; turn++) { /* ends: a row each turn */
        struct wsync_entry entry = {.key = bytes_of(key)};
        bool named;
        if (txn->mode == WSYNC_TXN_WRITE && turn == WSYNC_BLOB_WALK_MAX) {
            return WSYNC_ERR_NOT_FOUND; /* the others another time */
        }
        enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_BLOB_WORK, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || entry.key.len < name_at + NAME_BYTES ||
            memcmp(entry.key.data, key->b, prefix) != 0) {
            return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
        }
        memcpy(key->b, entry.key.data, entry.key.len);
        key->len = entry.key.len;
        struct wsync_blob_name name = wsync_blob_row_name_get(key->b + name_at);
        err = wsync_blob_is_named(txn, &name, NULL, 0, &named);
        if (err == WSYNC_OK && !named && txn->mode == WSYNC_TXN_WRITE) {
            err = wsync_txn_del(txn, WSYNC_TABLE_BLOB_WORK, bytes_of(key));
        }
        if (err != WSYNC_OK || named) {
            return err;
        }
    }
}

enum wsync_err wsync_blob_next_wanted(struct wsync_txn *txn, bool of_log,
                                      struct wsync_blob_wanted *wanted)
{
    struct key key = wanted_key(WANTED, wanted);
    enum wsync_err err = next_work(txn, &key, of_log ? WANTED_NAME_AT : 1, WANTED_NAME_AT);
    if (err == WSYNC_OK) {
        wanted->log_no = (uint32_t)wsync_be_get(key.b + 1, 4);
        wanted->name = wsync_blob_row_name_get(key.b + WANTED_NAME_AT);
    }
    return err;
}

enum wsync_err wsync_blob_is_wanted(struct wsync_txn *txn, const struct wsync_blob_wanted *by,
                                    bool *wanted, bool *refused)
{
    const struct wsync_blob_wanted wished = {WSYNC_BLOB_WISHED, by->name};
    bool also = false;
    enum wsync_err err = has_row(txn, wanted_key(WANTED, by), wanted);
    if (err == WSYNC_OK) {
        err = has_row(txn, wanted_key(WANTED, &wished), &also);
        *wanted |= also;
    }
    return err == WSYNC_OK ? has_row(txn, wanted_key(NOT_THERE, by), refused) : err;
}

enum wsync_err wsync_blob_wish(struct wsync_txn *txn, const struct wsync_blob_name *name)
{
    const struct wsync_blob_wanted wanted = {WSYNC_BLOB_WISHED, *name};
    bool named;
    enum wsync_err err = wsync_blob_is_named(txn, name, NULL, 0, &named);
    if (err != WSYNC_OK || !named) {
        return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
    }
    return put_wanted(txn, WANTED, &wanted);
}

enum wsync_err wsync_blob_missing(struct wsync_txn *txn, uint32_t log_no,
                                  const struct wsync_blob_name *name)
{
    const struct wsync_blob_wanted wanted = {log_no, *name};
    return put_wanted(txn, WANTED, &wanted);
}

/* The logs that a record's values of this name are of. */
static enum wsync_err ask_authors(struct wsync_txn *txn, struct wsync_arena *arena,
                                  struct wsync_dot id, const struct wsync_blob_name *name)
{
    struct wsync_blob_value value = wsync_blob_name_encode(name);
    struct wsync_record record;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_record_get(txn, id, 0, arena, &record);
    for (size_t i = 0; err == WSYNC_OK && i < record.live_count; i++) {
        const struct wsync_live *live = &record.live[i];
        if (live->value.class == WSYNC_CLASS_TEXT &&
            wsync_slice_equal(live->value.text, wsync_slice(value.b, value.len))) {
            err = wsync_blob_missing(txn, live->dot.log_no, name);
        }
    }
    wsync_arena_release(arena, mark);
    return err;
}

enum wsync_err wsync_blob_lost(struct wsync_txn *txn, struct wsync_arena *arena,
                               const struct wsync_blob_name *name)
{
    struct key key = {.len = NAME_BYTES};
    size_t in_scope = 0;
    uint64_t scope = 0;
    enum wsync_err err;
    wsync_blob_row_name_put(key.b, name);
    while ((err = next_naming(txn, name, &key)) == WSYNC_OK) { /* ends: few of each scope */
        uint64_t at = wsync_be_get(key.b + SCOPE_AT, 4);
        in_scope = at == scope ? in_scope + 1 : 1;
        scope = at;
        err = ask_authors(
            txn, arena,
            wsync_record_of_key(wsync_slice(key.b + RECORD_AT, WSYNC_RECORD_KEY_BYTES)), name);
        if (err != WSYNC_OK) {
            return err;
        }
        if (in_scope == WSYNC_BLOB_LOGS_MAX) {
            memset(key.b + RECORD_AT, 0xff, WSYNC_RECORD_KEY_BYTES);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_blob_settle(struct wsync_txn *txn, const struct wsync_blob_wanted *wanted,
                                 bool there)
{
    if (!there) {
        return put_wanted(txn, NOT_THERE, wanted);
    }
    enum wsync_err err = remove_row(txn, WSYNC_TABLE_BLOB_WORK, wanted_key(NOT_THERE, wanted));
    return err == WSYNC_OK ? remove_row(txn, WSYNC_TABLE_BLOB_WORK, wanted_key(WANTED, wanted))
                           : err;
}

enum wsync_err wsync_blob_next_to_give(struct wsync_txn *txn, struct wsync_blob_name *name)
{
    struct key key = given_key(TO_GIVE, name);
    enum wsync_err err = next_work(txn, &key, 1, 1);
    if (err == WSYNC_OK) {
        *name = wsync_blob_row_name_get(key.b + 1);
    }
    return err;
}

enum wsync_err wsync_blob_note_held(struct wsync_txn *txn, const struct wsync_blob_name *name,
                                    bool held)
{
    uint8_t now = held ? HELD : TO_GIVE;
    uint8_t before = held ? TO_GIVE : HELD;
    enum wsync_err err = remove_row(txn, WSYNC_TABLE_BLOB_WORK, given_key(before, name));
    return err == WSYNC_OK ? put_row(txn, WSYNC_TABLE_BLOB_WORK, given_key(now, name)) : err;
}

enum wsync_err wsync_blob_is_held(struct wsync_txn *txn, const struct wsync_blob_name *name,
                                  bool *held)
{
    return has_row(txn, given_key(HELD, name), held);
}

/* ---- sums ---- */

static void add(struct wsync_blob_sum *sum, const struct wsync_blob_name *name)
{
    sum->count++;
    sum->bytes += name->length;
}

/* The rows of a kind whose attachment is here, or is not; those wanted twice, by two logs,
 * count twice. */
static enum wsync_err sum_work(struct wsync_txn *txn, struct wsync_blobs *blobs, uint8_t kind,
                               struct wsync_blob_sum *sum)
{
    struct key key = {.b = {kind}, .len = 1};
    bool to_give = kind == TO_GIVE;
    size_t name_at = to_give ? 1 : WANTED_NAME_AT;
    enum wsync_err err;
    while ((err = next_work(txn, &key, 1, name_at)) == WSYNC_OK) {
        struct wsync_blob_name name = wsync_blob_row_name_get(key.b + name_at);
        struct wsync_blob_state state = {.whole = to_give};
        err = blobs ? wsync_blob_look(blobs, &name, &state) : WSYNC_OK;
        if (err != WSYNC_OK) {
            return err;
        }
        if (state.whole == to_give) {
            add(sum, &name);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_blob_sums(struct wsync_txn *txn, struct wsync_blobs *blobs,
                               struct wsync_blob_sums *sums)
{
    struct wsync_blob_name name = {.length = 0};
    enum wsync_err err;
    *sums = (struct wsync_blob_sums){.named = {0}};
    while ((err = wsync_blob_next_named(txn, &name)) == WSYNC_OK) {
        add(&sums->named, &name);
    }
    err = err == WSYNC_ERR_NOT_FOUND ? sum_work(txn, blobs, TO_GIVE, &sums->to_give) : err;
    err = err == WSYNC_OK ? sum_work(txn, blobs, WANTED, &sums->wanted) : err;
    return err == WSYNC_OK ? sum_work(txn, blobs, NOT_THERE, &sums->wanted) : err;
}
