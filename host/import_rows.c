/* SPDX-License-Identifier: Apache-2.0 */
/* The rows an import keeps, and its hashes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/import_parts.h"
#include "wardsync/crypto.h"

enum {
    IMPORT_KEY_BYTES = 5,
    KNOWN_KEY_BYTES = 1 + WSYNC_IMPORT_SPACE_BYTES + WSYNC_IMPORT_HASH_BYTES,
    MADE_KEY_BYTES = 5 + WSYNC_RECORD_KEY_BYTES,
    IMPORT_ROW_BYTES = 33, /* and the name */
    KNOWN_ROW_BYTES = 16 + WSYNC_RECORD_KEY_BYTES + WSYNC_IMPORT_HASH_BYTES,
    MADE_ROW_BYTES = KNOWN_KEY_BYTES - 1 + 8,
    SEEN_SIZE_MIN = 1024,
    PARTS_A_WRITE = 2,
    HEAD_BYTES = 8,
};

static void put_number(uint8_t *out, uint64_t number, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)(number >> (8 * (len - 1 - i)));
    }
}

static uint64_t get_number(const uint8_t *in, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 8 | in[i];
    }
    return number;
}

/* ---- imports ---- */

static struct wsync_slice import_key(uint8_t key[IMPORT_KEY_BYTES], uint32_t number)
{
    key[0] = 'I';
    put_number(key + 1, number, 4);
    return wsync_slice(key, IMPORT_KEY_BYTES);
}

static enum wsync_err read_import(struct wsync_slice key, struct wsync_slice row,
                                  struct wsync_import *import)
{
    if (key.len != IMPORT_KEY_BYTES || row.len < IMPORT_ROW_BYTES ||
        row.len >= IMPORT_ROW_BYTES + sizeof import->name) {
        return WSYNC_ERR_CORRUPT;
    }
    *import = (struct wsync_import){.number = (uint32_t)get_number(key.data + 1, 4),
                                    .started = (int64_t)get_number(row.data, 8),
                                    .scope = (uint32_t)get_number(row.data + 8, 4),
                                    .form = (uint32_t)get_number(row.data + 12, 4),
                                    .added = get_number(row.data + 16, 8),
                                    .undone = get_number(row.data + 24, 8),
                                    .complete = row.data[32] != 0};
    memcpy(import->name, row.data + IMPORT_ROW_BYTES, row.len - IMPORT_ROW_BYTES);
    return WSYNC_OK;
}

enum wsync_err wsync_import_get(struct wsync_txn *txn, uint32_t number,
                                struct wsync_import *import)
{
    uint8_t key[IMPORT_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_IMPORTS, import_key(key, number), &row);
    return err == WSYNC_OK ? read_import(wsync_slice(key, sizeof key), row, import) : err;
}

enum wsync_err wsync_import_put(struct wsync_txn *txn, const struct wsync_import *import)
{
    uint8_t key[IMPORT_KEY_BYTES];
    uint8_t row[IMPORT_ROW_BYTES + sizeof import->name];
    size_t name_len = strnlen(import->name, sizeof import->name - 1);
    put_number(row, (uint64_t)import->started, 8);
    put_number(row + 8, import->scope, 4);
    put_number(row + 12, import->form, 4);
    put_number(row + 16, import->added, 8);
    put_number(row + 24, import->undone, 8);
    row[32] = import->complete;
    memcpy(row + IMPORT_ROW_BYTES, import->name, name_len);
    return wsync_txn_put(txn, WSYNC_TABLE_IMPORTS, import_key(key, import->number),
                         wsync_slice(row, IMPORT_ROW_BYTES + name_len));
}

enum wsync_err wsync_import_after(struct wsync_txn *txn, uint32_t after,
                                  struct wsync_import *import)
{
    uint8_t key[IMPORT_KEY_BYTES];
    struct wsync_entry entry = {.key = import_key(key, after)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_IMPORTS, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK || entry.key.data[0] != 'I') {
        return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
    }
    return read_import(entry.key, entry.value, import);
}

enum wsync_err wsync_import_next(struct wsync_txn *txn, uint32_t *number)
{
    uint8_t key[IMPORT_KEY_BYTES];
    struct wsync_entry entry = {.key = import_key(key, UINT32_MAX)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_IMPORTS, WSYNC_SEEK_LT, &entry);
    struct wsync_import last = {.number = 0};
    if (err == WSYNC_OK && entry.key.data[0] == 'I') {
        err = read_import(entry.key, entry.value, &last);
    }
    *number = last.number + 1;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- keys and records ---- */

static struct wsync_slice known_key(uint8_t bytes[KNOWN_KEY_BYTES],
                                    const struct wsync_import_key *key)
{
    bytes[0] = 'K';
    memcpy(bytes + 1, key->b, sizeof key->b);
    return wsync_slice(bytes, KNOWN_KEY_BYTES);
}

static struct wsync_slice made_key(uint8_t bytes[MADE_KEY_BYTES], uint32_t import,
                                   struct wsync_dot record)
{
    bytes[0] = 'R';
    put_number(bytes + 1, import, 4);
    wsync_record_key(record, bytes + 5);
    return wsync_slice(bytes, MADE_KEY_BYTES);
}

enum wsync_err wsync_import_know(struct wsync_txn *txn, const struct wsync_import_key *key,
                                 struct wsync_import_known *known)
{
    uint8_t bytes[KNOWN_KEY_BYTES];
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_IMPORTS, known_key(bytes, key), &row);
    if (err != WSYNC_OK || row.len != KNOWN_ROW_BYTES) {
        return err == WSYNC_OK ? WSYNC_ERR_CORRUPT : err;
    }
    known->import = (uint32_t)get_number(row.data, 4);
    known->scope = (uint32_t)get_number(row.data + 4, 4);
    known->row = get_number(row.data + 8, 8);
    known->record =
        wsync_record_of_key(wsync_slice(row.data + 16, WSYNC_RECORD_KEY_BYTES));
    memcpy(known->content.b, row.data + 16 + WSYNC_RECORD_KEY_BYTES, sizeof known->content.b);
    return WSYNC_OK;
}

enum wsync_err wsync_import_learn(struct wsync_txn *txn, const struct wsync_import_key *key,
                                  const struct wsync_import_known *known)
{
    uint8_t bytes[KNOWN_KEY_BYTES], row[KNOWN_ROW_BYTES];
    uint8_t made[MADE_KEY_BYTES], made_row[MADE_ROW_BYTES];
    put_number(row, known->import, 4);
    put_number(row + 4, known->scope, 4);
    put_number(row + 8, known->row, 8);
    wsync_record_key(known->record, row + 16);
    memcpy(row + 16 + WSYNC_RECORD_KEY_BYTES, known->content.b, sizeof known->content.b);
    enum wsync_err err = wsync_txn_put(txn, WSYNC_TABLE_IMPORTS, known_key(bytes, key),
                                       wsync_slice(row, sizeof row));
    if (err != WSYNC_OK) {
        return err;
    }
    memcpy(made_row, key->b, sizeof key->b);
    put_number(made_row + sizeof key->b, known->row, 8);
    return wsync_txn_put(txn, WSYNC_TABLE_IMPORTS,
                         made_key(made, known->import, known->record),
                         wsync_slice(made_row, sizeof made_row));
}

enum wsync_err wsync_import_made_after(struct wsync_txn *txn, uint32_t import,
                                       struct wsync_dot after, struct wsync_import_made *made)
{
    uint8_t key[MADE_KEY_BYTES];
    struct wsync_entry entry = {.key = made_key(key, import, after)};
    enum wsync_err err = wsync_txn_seek(txn, WSYNC_TABLE_IMPORTS, WSYNC_SEEK_GT, &entry);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!wsync_slice_starts(entry.key, wsync_slice(key, IMPORT_KEY_BYTES))) {
        return WSYNC_ERR_NOT_FOUND;
    }
    if (entry.key.len != MADE_KEY_BYTES || entry.value.len != MADE_ROW_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    made->record = wsync_record_of_key(wsync_slice(entry.key.data + 5, WSYNC_RECORD_KEY_BYTES));
    memcpy(made->key.b, entry.value.data, sizeof made->key.b);
    made->row = get_number(entry.value.data + sizeof made->key.b, 8);
    return WSYNC_OK;
}

enum wsync_err wsync_import_forget(struct wsync_txn *txn, uint32_t import,
                                   const struct wsync_import_made *made)
{
    uint8_t bytes[KNOWN_KEY_BYTES], key[MADE_KEY_BYTES];
    enum wsync_err err =
        wsync_txn_del(txn, WSYNC_TABLE_IMPORTS, known_key(bytes, &made->key));
    return err == WSYNC_OK ? wsync_txn_del(txn, WSYNC_TABLE_IMPORTS,
                                           made_key(key, import, made->record))
                           : err;
}

/* ---- hashes ---- */

void wsync_import_space(const struct wsync_plan *plan, uint8_t space[WSYNC_IMPORT_SPACE_BYTES])
{
    uint8_t form[4];
    put_number(form, plan->form->number, sizeof form);
    struct wsync_slice key =
        plan->has_key ? plan->header->cells[plan->key_column] : wsync_slice(NULL, 0);
    const struct wsync_slice parts[] = {wsync_slice_of("wardsync/import/space"),
                                        wsync_slice(form, sizeof form),
                                        plan->mapping->source.text, key};
    struct wsync_hash hash = wsync_hash_parts(parts, sizeof parts / sizeof *parts);
    memcpy(space, hash.b, WSYNC_IMPORT_SPACE_BYTES);
}

static struct wsync_slice value_bytes(const struct wsync_value *value, uint8_t number[8])
{
    switch (value->class) {
    case WSYNC_CLASS_INTEGER:
        put_number(number, (uint64_t)value->integer, 8);
        return wsync_slice(number, 8);
    case WSYNC_CLASS_TEXT:
        return value->text;
    case WSYNC_CLASS_LIST: /* of this store only: the machine's own order of bytes will do */
        return wsync_slice(value->items, value->item_count * sizeof *value->items);
    case WSYNC_CLASS_BLANK:
    case WSYNC_CLASS_PRIVATE:
        break;
    }
    return wsync_slice(NULL, 0);
}

struct wsync_import_content wsync_import_content_of(const struct wsync_write *writes,
                                                    size_t write_count)
{
    struct wsync_slice parts[1 + PARTS_A_WRITE * WSYNC_FORM_FIELDS_MAX];
    uint8_t heads[WSYNC_FORM_FIELDS_MAX][HEAD_BYTES], numbers[WSYNC_FORM_FIELDS_MAX][8];
    struct wsync_import_content content;
    size_t count = 0;
    WSYNC_ASSERT(write_count <= WSYNC_FORM_FIELDS_MAX);
    parts[count++] = wsync_slice_of("wardsync/import/content");
    for (size_t i = 0; i < write_count; i++) {
        put_number(heads[i], writes[i].field, 4);
        put_number(heads[i] + 4, (uint64_t)writes[i].value.class, 4);
        parts[count++] = wsync_slice(heads[i], HEAD_BYTES);
        parts[count++] = value_bytes(&writes[i].value, numbers[i]);
    }
    struct wsync_hash hash = wsync_hash_parts(parts, count);
    memcpy(content.b, hash.b, sizeof content.b);
    return content;
}

struct wsync_import_key wsync_import_key_of(const uint8_t space[WSYNC_IMPORT_SPACE_BYTES],
                                            const struct wsync_plan_row *row,
                                            const struct wsync_import_content *content)
{
    const struct wsync_slice parts[] = {
        wsync_slice_of("wardsync/import/key"),
        row->key.len > 0 ? row->key : wsync_slice(content->b, sizeof content->b)};
    struct wsync_hash hash = wsync_hash_parts(parts, 2);
    struct wsync_import_key key;
    memcpy(key.b, space, WSYNC_IMPORT_SPACE_BYTES);
    memcpy(key.b + WSYNC_IMPORT_SPACE_BYTES, hash.b, WSYNC_IMPORT_HASH_BYTES);
    return key;
}

/* ---- what this run has met ---- */

static struct wsync_import_place *find_place(const struct wsync_import_seen *seen, uint64_t key)
{
    size_t at = (size_t)key & (seen->size - 1);
    while (seen->places[at].key != 0 && seen->places[at].key != key) {
        at = (at + 1) & (seen->size - 1); /* ends: never more than half full */
    }
    return &seen->places[at];
}

static enum wsync_err grow(struct wsync_import_seen *seen)
{
    struct wsync_import_seen larger = {.size = seen->size ? 2 * seen->size : SEEN_SIZE_MIN,
                                       .used = seen->used};
    larger.places = calloc(larger.size, sizeof *larger.places);
    if (!larger.places) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < seen->size; i++) {
        if (seen->places[i].key != 0) {
            *find_place(&larger, seen->places[i].key) = seen->places[i];
        }
    }
    free(seen->places);
    *seen = larger;
    return WSYNC_OK;
}

enum wsync_err wsync_import_see(struct wsync_import_seen *seen,
                                const struct wsync_import_key *key, uint64_t row,
                                uint64_t *before)
{
    uint64_t number = get_number(key->b + WSYNC_IMPORT_SPACE_BYTES, 8);
    number = number ? number : 1; /* 0 marks a free place */
    if (2 * seen->used >= seen->size) {
        enum wsync_err err = seen->used < WSYNC_IMPORT_ROWS_MAX ? grow(seen)
                                                                : WSYNC_ERR_OVERSIZE;
        if (err != WSYNC_OK) {
            return err;
        }
    }
    struct wsync_import_place *place = find_place(seen, number);
    *before = place->key ? place->row : 0;
    if (!place->key) {
        *place = (struct wsync_import_place){number, row};
        seen->used++;
    }
    return WSYNC_OK;
}

void wsync_import_seen_fini(struct wsync_import_seen *seen)
{
    free(seen->places);
    *seen = (struct wsync_import_seen){.places = NULL};
}
