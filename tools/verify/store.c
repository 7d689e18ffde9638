/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/store.h"

#include <stdlib.h>
#include <string.h>

#include "wardsync/limits.h"

/* One row in four stands on the next level as well. */
enum { HEIGHT_MAX = 14, LEVEL_SHIFT = 2 };

/* Key and value stand behind the links. */
struct row {
    uint32_t key_bytes, value_bytes;
    size_t height;
    struct row *next[];
};

struct list {
    struct row *first[HEIGHT_MAX];
};

struct memory {
    struct wsync_store base;
    struct wsync_txn txn;
    struct list lists[WSYNC_TABLE_COUNT];
    uint64_t dice;
    bool open, wrote, spent;
};

/* The links that lead past a key, one a level. */
struct way {
    struct row **links[HEIGHT_MAX];
    const struct row *before; /* the last row below the key, NULL: none */
};

static uint8_t *bytes_of(struct row *row)
{
    return (uint8_t *)&row->next[row->height];
}

static struct wsync_slice key_of(const struct row *row)
{
    return wsync_slice(&row->next[row->height], row->key_bytes);
}

static struct wsync_slice value_of(const struct row *row)
{
    const uint8_t *bytes = (const uint8_t *)&row->next[row->height];
    return wsync_slice(bytes + row->key_bytes, row->value_bytes);
}

static struct memory *memory_of(struct wsync_txn *txn)
{
    return (struct memory *)txn->store;
}

/* Finds where `key` stands or would stand; an empty key with `end` stands behind all. */
static void find(struct list *list, struct wsync_slice key, bool end, struct way *way)
{
    struct row **links = list->first;
    way->before = NULL;
    for (size_t level = HEIGHT_MAX; level-- > 0;) {
        while (links[level] && (end || wsync_slice_compare(key_of(links[level]), key) < 0)) {
            way->before = links[level];
            links = links[level]->next;
        }
        way->links[level] = &links[level];
    }
}

static struct row *found(const struct way *way, struct wsync_slice key)
{
    struct row *row = *way->links[0];
    return row && wsync_slice_equal(key_of(row), key) ? row : NULL;
}

static size_t throw_height(struct memory *memory)
{
    size_t height = 1;
    memory->dice ^= memory->dice << 13; /* xorshift: the shape matters for speed alone */
    memory->dice ^= memory->dice >> 7;
    memory->dice ^= memory->dice << 17;
    for (uint64_t dice = memory->dice; height < HEIGHT_MAX && dice % (1U << LEVEL_SHIFT) == 0;
         dice >>= LEVEL_SHIFT) {
        height++;
    }
    return height;
}

static struct row *make(size_t height, struct wsync_slice key, struct wsync_slice value)
{
    struct row *row = malloc(sizeof *row + height * sizeof(struct row *) + key.len + value.len);
    if (row) {
        row->height = height;
        row->key_bytes = (uint32_t)key.len;
        row->value_bytes = (uint32_t)value.len;
        memcpy(bytes_of(row), key.data, key.len);
        if (value.len > 0) {
            memcpy(bytes_of(row) + key.len, value.data, value.len);
        }
    }
    return row;
}

static enum wsync_err memory_begin(struct wsync_store *store, enum wsync_txn_mode mode,
                                   struct wsync_txn **txn)
{
    struct memory *memory = (struct memory *)store;
    if (memory->open || memory->spent) {
        return WSYNC_ERR_INVALID;
    }
    memory->open = true;
    memory->wrote = false;
    memory->txn = (struct wsync_txn){.store = store, .mode = mode};
    *txn = &memory->txn;
    return WSYNC_OK;
}

static enum wsync_err memory_commit(struct wsync_txn *txn)
{
    memory_of(txn)->open = false;
    return WSYNC_OK;
}

static void memory_abort(struct wsync_txn *txn)
{
    memory_of(txn)->open = false;
    memory_of(txn)->spent = memory_of(txn)->wrote;
}

static enum wsync_err memory_get(struct wsync_txn *txn, enum wsync_table table,
                                 struct wsync_slice key, struct wsync_slice *value)
{
    struct way way;
    find(&memory_of(txn)->lists[table], key, false, &way);
    const struct row *row = found(&way, key);
    if (!row) {
        return WSYNC_ERR_NOT_FOUND;
    }
    *value = value_of(row);
    return WSYNC_OK;
}

static enum wsync_err memory_put(struct wsync_txn *txn, enum wsync_table table,
                                 struct wsync_slice key, struct wsync_slice value)
{
    struct memory *memory = memory_of(txn);
    struct way way;
    memory->wrote = true;
    find(&memory->lists[table], key, false, &way);
    struct row *old = found(&way, key);
    if (old && old->value_bytes == value.len) {
        if (value.len > 0) {
            memmove(bytes_of(old) + old->key_bytes, value.data, value.len);
        }
        return WSYNC_OK;
    }
    struct row *row = make(old ? old->height : throw_height(memory), key, value);
    if (!row) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t level = 0; level < row->height; level++) {
        row->next[level] = old ? old->next[level] : *way.links[level];
        *way.links[level] = row;
    }
    free(old);
    return WSYNC_OK;
}

static enum wsync_err memory_del(struct wsync_txn *txn, enum wsync_table table,
                                 struct wsync_slice key)
{
    struct way way;
    memory_of(txn)->wrote = true;
    find(&memory_of(txn)->lists[table], key, false, &way);
    struct row *row = found(&way, key);
    if (!row) {
        return WSYNC_ERR_NOT_FOUND;
    }
    for (size_t level = 0; level < row->height; level++) {
        *way.links[level] = row->next[level];
    }
    free(row);
    return WSYNC_OK;
}

static enum wsync_err memory_seek(struct wsync_txn *txn, enum wsync_table table,
                                  enum wsync_seek where, struct wsync_entry *entry)
{
    struct way way;
    bool down = where == WSYNC_SEEK_LE || where == WSYNC_SEEK_LT;
    find(&memory_of(txn)->lists[table], entry->key, down && entry->key.len == 0, &way);
    const struct row *equal = entry->key.len > 0 ? found(&way, entry->key) : NULL;
    const struct row *row = down ? way.before : *way.links[0];
    if (equal) {
        row = where == WSYNC_SEEK_LT ? way.before
                                     : (where == WSYNC_SEEK_GT ? equal->next[0] : equal);
    }
    if (!row) {
        return WSYNC_ERR_NOT_FOUND;
    }
    *entry = (struct wsync_entry){.key = key_of(row), .value = value_of(row)};
    return WSYNC_OK;
}

static void memory_close(struct wsync_store *store)
{
    struct memory *memory = (struct memory *)store;
    WSYNC_ASSERT(!memory->open);
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        for (struct row *row = memory->lists[i].first[0]; row;) {
            struct row *next = row->next[0];
            free(row);
            row = next;
        }
    }
    free(memory);
}

struct wsync_store *audit_store_new(void)
{
    static const struct wsync_store_ops OPS = {
        .begin = memory_begin,
        .commit = memory_commit,
        .abort = memory_abort,
        .get = memory_get,
        .put = memory_put,
        .del = memory_del,
        .seek = memory_seek,
        .close = memory_close,
    };
    struct memory *memory = calloc(1, sizeof *memory);
    if (memory) {
        memory->base.ops = &OPS;
        memory->dice = 0x9e3779b97f4a7c15U;
    }
    return memory ? &memory->base : NULL;
}
