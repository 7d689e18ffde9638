/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/blobs_mem.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    struct kept *next;
    struct wsync_blob_name name;
    uint32_t chunks, durable;
    bool whole, unreadable;
    uint8_t *bytes;
};

struct mem {
    struct wsync_blobs base;
    struct kept *first;
    unsigned fail_in;
    enum wsync_err fail_err;
};

static struct mem *mem_of(struct wsync_blobs *blobs)
{
    return (struct mem *)blobs;
}

static void *allocate(size_t len)
{
    void *memory = calloc(1, len);
    WSYNC_ASSERT(memory);
    return memory;
}

static struct kept *find(struct mem *mem, const struct wsync_blob_name *name)
{
    struct kept *kept = mem->first;
    while (kept && !wsync_blob_name_equal(&kept->name, name)) {
        kept = kept->next;
    }
    return kept;
}

static void forget(struct mem *mem, struct kept *kept)
{
    struct kept **link = &mem->first;
    while (*link != kept) {
        link = &(*link)->next;
    }
    *link = kept->next;
    free(kept->bytes);
    free(kept);
}

static enum wsync_err fault(struct mem *mem, bool takes_room)
{
    if (mem->fail_err == WSYNC_ERR_STORE_FULL && !takes_room) {
        return WSYNC_OK;
    }
    return mem->fail_in > 0 && --mem->fail_in == 0 ? mem->fail_err : WSYNC_OK;
}

static enum wsync_err look(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           struct wsync_blob_state *state)
{
    const struct kept *kept = find(mem_of(blobs), name);
    *state = (struct wsync_blob_state){.chunks = 0};
    if (kept) {
        *state = (struct wsync_blob_state){kept->chunks, kept->whole};
    }
    return WSYNC_OK;
}

static enum wsync_err read_one(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                               uint32_t index, uint8_t *bytes)
{
    const struct kept *kept = find(mem_of(blobs), name);
    if (!kept || index >= kept->chunks) {
        return WSYNC_ERR_NOT_FOUND;
    }
    if (kept->unreadable) {
        return WSYNC_ERR_STORE_IO;
    }
    memcpy(bytes, kept->bytes + (size_t)index * WSYNC_BLOB_CHUNK_BYTES,
           wsync_blob_chunk_len(name, index));
    return WSYNC_OK;
}

static enum wsync_err put(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                          uint32_t index, struct wsync_slice bytes)
{
    struct mem *mem = mem_of(blobs);
    struct kept *kept = find(mem, name);
    enum wsync_err err = fault(mem, true);
    if (err != WSYNC_OK) {
        return err;
    }
    if (!kept) {
        kept = allocate(sizeof *kept);
        kept->next = mem->first;
        kept->name = *name;
        kept->bytes = allocate((size_t)name->length);
        mem->first = kept;
    }
    WSYNC_ASSERT(!kept->whole && index == kept->chunks);
    WSYNC_ASSERT(bytes.len == wsync_blob_chunk_len(name, index));
    memcpy(kept->bytes + (size_t)index * WSYNC_BLOB_CHUNK_BYTES, bytes.data, bytes.len);
    kept->chunks++;
    return WSYNC_OK;
}

static enum wsync_err sync_all(struct wsync_blobs *blobs)
{
    struct mem *mem = mem_of(blobs);
    enum wsync_err err = fault(mem, false);
    for (struct kept *kept = mem->first; kept && err == WSYNC_OK; kept = kept->next) {
        kept->durable = kept->chunks;
    }
    return err;
}

static enum wsync_err finish(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct mem *mem = mem_of(blobs);
    struct kept *kept = find(mem, name);
    enum wsync_err err = fault(mem, false);
    WSYNC_ASSERT(kept && kept->chunks == wsync_blob_chunk_count(name));
    if (err == WSYNC_OK) {
        kept->durable = kept->chunks;
        kept->whole = true;
    }
    return err;
}

static enum wsync_err drop(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct mem *mem = mem_of(blobs);
    struct kept *kept = find(mem, name);
    if (kept) {
        WSYNC_ASSERT(!kept->whole);
        forget(mem, kept);
    }
    return WSYNC_OK;
}

static void close_mem(struct wsync_blobs *blobs)
{
    struct mem *mem = mem_of(blobs);
    while (mem->first) {
        forget(mem, mem->first);
    }
    free(mem);
}

struct wsync_blobs *wsync_blobs_mem_new(void)
{
    static const struct wsync_blobs_ops OPS = {.look = look,
                                               .read = read_one,
                                               .put = put,
                                               .sync = sync_all,
                                               .finish = finish,
                                               .drop = drop,
                                               .close = close_mem};
    struct mem *mem = allocate(sizeof *mem);
    mem->base.ops = &OPS;
    return &mem->base;
}

/* The process that knew the hashes is gone with what was not synced. */
static void forget_trees(struct wsync_blobs *blobs)
{
    for (size_t i = 0; i < WSYNC_BLOB_TREES_MAX; i++) {
        blobs->trees[i].name = (struct wsync_blob_name){.length = 0};
        blobs->trees[i].used = 0;
    }
}

void wsync_blobs_mem_cut(struct wsync_blobs *blobs)
{
    struct mem *mem = mem_of(blobs);
    for (struct kept *kept = mem->first; kept; kept = kept->next) {
        kept->chunks = kept->durable;
    }
    forget_trees(blobs);
}

void wsync_blobs_mem_tear(struct wsync_blobs *blobs,
                          uint64_t (*some)(void *context, uint64_t of), void *context)
{
    struct mem *mem = mem_of(blobs);
    for (struct kept *kept = mem->first; kept; kept = kept->next) {
        if (kept->chunks > kept->durable) {
            kept->durable += (uint32_t)some(context, kept->chunks - kept->durable);
        }
    }
    wsync_blobs_mem_cut(blobs);
}

uint32_t wsync_blobs_mem_durable(const struct wsync_blobs *blobs,
                                 const struct wsync_blob_name *name)
{
    const struct kept *kept = find((struct mem *)(uintptr_t)blobs, name);
    return kept ? kept->durable : 0;
}

void wsync_blobs_mem_copy(struct wsync_blobs *to, const struct wsync_blobs *from)
{
    struct mem *mem = mem_of(to);
    while (mem->first) {
        forget(mem, mem->first);
    }
    forget_trees(to);
    for (const struct kept *kept = ((const struct mem *)from)->first; kept; kept = kept->next) {
        struct kept *copy = allocate(sizeof *copy);
        *copy = *kept;
        copy->bytes = allocate((size_t)kept->name.length);
        memcpy(copy->bytes, kept->bytes, (size_t)kept->name.length);
        copy->next = mem->first;
        mem->first = copy;
    }
}

void wsync_blobs_mem_fail_at(struct wsync_blobs *blobs, unsigned nth, enum wsync_err err)
{
    struct mem *mem = mem_of(blobs);
    mem->fail_in = nth;
    mem->fail_err = err;
}

void wsync_blobs_mem_spoil(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           uint32_t index)
{
    struct kept *kept = find(mem_of(blobs), name);
    WSYNC_ASSERT(kept && index < kept->chunks);
    kept->bytes[(size_t)index * WSYNC_BLOB_CHUNK_BYTES] ^= 1;
    forget_trees(blobs);
}

void wsync_blobs_mem_refuse(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct kept *kept = find(mem_of(blobs), name);
    WSYNC_ASSERT(kept);
    kept->unreadable = true;
    forget_trees(blobs);
}

void wsync_blobs_mem_lose(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct kept *kept = find(mem_of(blobs), name);
    if (kept) {
        forget(mem_of(blobs), kept);
    }
    forget_trees(blobs);
}

bool wsync_blobs_mem_is_dirty(const struct wsync_blobs *blobs)
{
    for (const struct kept *kept = ((const struct mem *)blobs)->first; kept;
         kept = kept->next) {
        if (kept->chunks > kept->durable) {
            return true;
        }
    }
    return false;
}
