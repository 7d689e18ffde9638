/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/store_mem.h"

#include <stdlib.h>
#include <string.h>

/* A key and its value, never changed once made: trees of all ages share it. */
struct pair {
    size_t refs;
    size_t key_bytes;
    size_t value_bytes;
    uint8_t bytes[];
};

/* A node of a treap: ordered by key, a heap by weight.  The weight is a hash of the key, so the
 * shape depends on the keys alone.  A node with more than one reference is never changed. */
struct node {
    size_t refs;
    struct node *left, *right;
    struct pair *pair;
    uint64_t weight;
};

struct mem {
    struct wsync_store base;
    struct node *roots[WSYNC_TABLE_COUNT];
    bool writing;
    size_t open_count;
    uint64_t operations;
    uint64_t fail_in; /* operations until the planned fault, 0: none */
    enum wsync_err fail_err;
};

struct mem_txn {
    struct wsync_txn base;
    struct node *roots[WSYNC_TABLE_COUNT];
    enum wsync_err failed;
};

static struct mem *mem_of(struct wsync_store *store)
{
    return (struct mem *)store;
}

static struct mem_txn *txn_of(struct wsync_txn *txn)
{
    return (struct mem_txn *)txn;
}

static void *allocate(size_t len)
{
    void *memory = malloc(len);
    WSYNC_ASSERT(memory);
    return memory;
}

/* ---- pairs and nodes ---- */

static struct wsync_slice key_of(const struct pair *pair)
{
    return wsync_slice(pair->bytes, pair->key_bytes);
}

static struct wsync_slice value_of(const struct pair *pair)
{
    return wsync_slice(pair->bytes + pair->key_bytes, pair->value_bytes);
}

static struct pair *pair_new(struct wsync_slice key, struct wsync_slice value)
{
    struct pair *pair = allocate(sizeof *pair + key.len + value.len);
    pair->refs = 1;
    pair->key_bytes = key.len;
    pair->value_bytes = value.len;
    memcpy(pair->bytes, key.data, key.len);
    if (value.len > 0) {
        memcpy(pair->bytes + key.len, value.data, value.len);
    }
    return pair;
}

static void pair_release(struct pair *pair)
{
    if (--pair->refs == 0) {
        free(pair);
    }
}

static uint64_t weight_of(struct wsync_slice key)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a, then mixed so that runs spread */
    for (size_t i = 0; i < key.len; i++) {
        hash = (hash ^ key.data[i]) * 1099511628211U;
    }
    hash = (hash ^ (hash >> 31)) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 29);
}

static struct node *retain(struct node *node)
{
    if (node) {
        node->refs++;
    }
    return node;
}

static void release(struct node *node)
{
    if (node && --node->refs == 0) {
        release(node->left);
        release(node->right);
        pair_release(node->pair);
        free(node);
    }
}

static struct node *node_new(struct pair *pair)
{
    struct node *node = allocate(sizeof *node);
    *node = (struct node){.refs = 1, .pair = pair, .weight = weight_of(key_of(pair))};
    return node;
}

/* A node with the same content that only the caller holds; takes the caller's reference. */
static struct node *own(struct node *node)
{
    if (node->refs == 1) {
        return node;
    }
    struct node *copy = allocate(sizeof *copy);
    *copy = *node;
    copy->refs = 1;
    retain(copy->left);
    retain(copy->right);
    copy->pair->refs++;
    node->refs--;
    return copy;
}

/* ---- trees: a function that changes one takes the reference and gives the new root ---- */

static const struct pair *tree_find(const struct node *node, struct wsync_slice key)
{
    while (node) {
        int order = wsync_slice_compare(key, key_of(node->pair));
        if (order == 0) {
            return node->pair;
        }
        node = order < 0 ? node->left : node->right;
    }
    return NULL;
}

static struct node *tree_put(struct node *node, struct pair *pair)
{
    if (!node) {
        return node_new(pair);
    }
    node = own(node);
    int order = wsync_slice_compare(key_of(pair), key_of(node->pair));
    if (order == 0) {
        pair_release(node->pair);
        node->pair = pair;
        return node;
    }
    struct node *child;
    if (order < 0) {
        child = node->left = tree_put(node->left, pair);
        if (child->weight > node->weight) {
            node->left = child->right;
            child->right = node;
            return child;
        }
    } else {
        child = node->right = tree_put(node->right, pair);
        if (child->weight > node->weight) {
            node->right = child->left;
            child->left = node;
            return child;
        }
    }
    return node;
}

/* One tree of two, every key of `left` being below every key of `right`. */
static struct node *tree_join(struct node *left, struct node *right)
{
    if (!left || !right) {
        return left ? left : right;
    }
    if (left->weight > right->weight) {
        left = own(left);
        left->right = tree_join(left->right, right);
        return left;
    }
    right = own(right);
    right->left = tree_join(left, right->left);
    return right;
}

/* Removes a key that is there. */
static struct node *tree_del(struct node *node, struct wsync_slice key)
{
    WSYNC_ASSERT(node);
    node = own(node);
    int order = wsync_slice_compare(key, key_of(node->pair));
    if (order < 0) {
        node->left = tree_del(node->left, key);
    } else if (order > 0) {
        node->right = tree_del(node->right, key);
    } else {
        struct node *rest = tree_join(node->left, node->right);
        node->left = node->right = NULL;
        release(node);
        return rest;
    }
    return node;
}

static const struct pair *tree_seek(const struct node *node, enum wsync_seek where,
                                    struct wsync_slice key)
{
    bool forward = where == WSYNC_SEEK_GE || where == WSYNC_SEEK_GT;
    bool or_equal = where == WSYNC_SEEK_GE || where == WSYNC_SEEK_LE;
    const struct pair *best = NULL;
    while (node) {
        /* An empty key stands before all for GE and GT, behind all for LE and LT. */
        int order = key.len > 0 ? wsync_slice_compare(key_of(node->pair), key)
                                : (forward ? 1 : -1);
        bool fits = order == 0 ? or_equal : (order > 0) == forward;
        if (fits) {
            best = node->pair;
        }
        if (forward) {
            node = fits ? node->left : node->right;
        } else {
            node = fits ? node->right : node->left;
        }
    }
    return best;
}

/* ---- planned faults ---- */

static enum wsync_err count_operation(struct mem *mem)
{
    mem->operations++;
    if (mem->fail_in == 0 || --mem->fail_in > 0) {
        return WSYNC_OK;
    }
    return mem->fail_err;
}

/* Counts an operation inside a transaction; what it answers lasts until the end of it. */
static enum wsync_err enter(struct mem_txn *txn)
{
    enum wsync_err err = count_operation(mem_of(txn->base.store));
    if (txn->failed == WSYNC_OK) {
        txn->failed = err;
    }
    return txn->failed;
}

/* ---- the operations ---- */

static enum wsync_err mem_begin(struct wsync_store *store, enum wsync_txn_mode mode,
                                struct wsync_txn **txn)
{
    struct mem *mem = mem_of(store);
    enum wsync_err err = count_operation(mem);
    if (err != WSYNC_OK) {
        return err;
    }
    if (mode == WSYNC_TXN_WRITE && mem->writing) {
        return WSYNC_ERR_INVALID;
    }
    struct mem_txn *made = allocate(sizeof *made);
    *made = (struct mem_txn){.base = {.store = store, .mode = mode}};
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        made->roots[i] = retain(mem->roots[i]);
    }
    mem->writing = mem->writing || mode == WSYNC_TXN_WRITE;
    mem->open_count++;
    *txn = &made->base;
    return WSYNC_OK;
}

static void mem_abort(struct wsync_txn *txn)
{
    struct mem *mem = mem_of(txn->store);
    WSYNC_ASSERT(mem->open_count > 0);
    mem->open_count--;
    if (txn->mode == WSYNC_TXN_WRITE) {
        mem->writing = false;
    }
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        release(txn_of(txn)->roots[i]);
    }
    free(txn_of(txn));
}

static enum wsync_err mem_commit(struct wsync_txn *txn)
{
    struct mem *mem = mem_of(txn->store);
    enum wsync_err err = enter(txn_of(txn));
    if (err == WSYNC_OK && txn->mode == WSYNC_TXN_WRITE) {
        for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
            struct node *old = mem->roots[i];
            mem->roots[i] = txn_of(txn)->roots[i];
            txn_of(txn)->roots[i] = old; /* goes with the transaction */
        }
    }
    mem_abort(txn);
    return err;
}

static enum wsync_err mem_get(struct wsync_txn *txn, enum wsync_table table,
                              struct wsync_slice key, struct wsync_slice *value)
{
    enum wsync_err err = enter(txn_of(txn));
    if (err != WSYNC_OK) {
        return err;
    }
    const struct pair *pair = tree_find(txn_of(txn)->roots[table], key);
    if (!pair) {
        return WSYNC_ERR_NOT_FOUND;
    }
    *value = value_of(pair);
    return WSYNC_OK;
}

static enum wsync_err mem_put(struct wsync_txn *txn, enum wsync_table table,
                              struct wsync_slice key, struct wsync_slice value)
{
    enum wsync_err err = enter(txn_of(txn));
    if (err != WSYNC_OK) {
        return err;
    }
    struct pair *pair = pair_new(key, value); /* copied before anything is given back */
    txn_of(txn)->roots[table] = tree_put(txn_of(txn)->roots[table], pair);
    return WSYNC_OK;
}

static enum wsync_err mem_del(struct wsync_txn *txn, enum wsync_table table,
                              struct wsync_slice key)
{
    enum wsync_err err = enter(txn_of(txn));
    if (err != WSYNC_OK) {
        return err;
    }
    if (!tree_find(txn_of(txn)->roots[table], key)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    txn_of(txn)->roots[table] = tree_del(txn_of(txn)->roots[table], key);
    return WSYNC_OK;
}

static enum wsync_err mem_seek(struct wsync_txn *txn, enum wsync_table table,
                               enum wsync_seek where, struct wsync_entry *entry)
{
    enum wsync_err err = enter(txn_of(txn));
    if (err != WSYNC_OK) {
        return err;
    }
    const struct pair *pair = tree_seek(txn_of(txn)->roots[table], where, entry->key);
    if (!pair) {
        return WSYNC_ERR_NOT_FOUND;
    }
    *entry = (struct wsync_entry){.key = key_of(pair), .value = value_of(pair)};
    return WSYNC_OK;
}

static void mem_close(struct wsync_store *store)
{
    struct mem *mem = mem_of(store);
    WSYNC_ASSERT(mem->open_count == 0);
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        release(mem->roots[i]);
    }
    free(mem);
}

static const struct wsync_store_ops OPS = {
    .begin = mem_begin,
    .commit = mem_commit,
    .abort = mem_abort,
    .get = mem_get,
    .put = mem_put,
    .del = mem_del,
    .seek = mem_seek,
    .close = mem_close,
};

/* ---- what the simulator uses ---- */

struct wsync_store *wsync_store_mem_new(void)
{
    struct mem *mem = allocate(sizeof *mem);
    *mem = (struct mem){.base = {.ops = &OPS}};
    return &mem->base;
}

struct wsync_store *wsync_store_mem_clone(const struct wsync_store *store)
{
    WSYNC_ASSERT(store->ops == &OPS);
    const struct mem *mem = (const struct mem *)store;
    struct wsync_store *clone = wsync_store_mem_new();
    for (size_t i = 0; i < WSYNC_TABLE_COUNT; i++) {
        mem_of(clone)->roots[i] = retain(mem->roots[i]);
    }
    return clone;
}

void wsync_store_mem_fail_at(struct wsync_store *store, uint64_t nth, enum wsync_err err)
{
    WSYNC_ASSERT(store->ops == &OPS && (nth == 0 || err != WSYNC_OK));
    mem_of(store)->fail_in = nth;
    mem_of(store)->fail_err = err;
}

bool wsync_store_mem_fault_is_planned(const struct wsync_store *store)
{
    WSYNC_ASSERT(store->ops == &OPS);
    return ((const struct mem *)store)->fail_in > 0;
}

uint64_t wsync_store_mem_operations(const struct wsync_store *store)
{
    WSYNC_ASSERT(store->ops == &OPS);
    return ((const struct mem *)store)->operations;
}
