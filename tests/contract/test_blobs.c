/* SPDX-License-Identifier: Apache-2.0 */
/* test_blobs.c: holds both keepers of attachments to include/wardsync/blob.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/blob_files.h"
#include "tests/blobs_mem.h"
#include "tests/scratch.h"
#include "wardsync/merkle.h"

enum { CHUNK = WSYNC_BLOB_CHUNK_BYTES, ARENA_BYTES = 1 << 16 };

static uint8_t content[WSYNC_BLOB_BYTES_MAX];

struct fixture {
    bool on_disk;
    struct wsync_blobs *here, *there; /* there: where chunks come from */
    struct wsync_scratch scratch;
    struct wsync_arena arena;
    _Alignas(16) uint8_t block[ARENA_BYTES];
};

static void open_here(struct fixture *f)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&f->scratch, "blobs", path);
    assert_int_equal(wsync_blob_files_open(path, &f->here, NULL), WSYNC_OK);
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    f->on_disk = strcmp(*state, "files") == 0;
    *state = f;
    wsync_scratch_open(&f->scratch);
    wsync_arena_init(&f->arena, f->block, sizeof f->block);
    f->there = wsync_blobs_mem_new();
    if (f->on_disk) {
        open_here(f);
    } else {
        f->here = wsync_blobs_mem_new();
    }
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    wsync_blobs_close(f->here);
    wsync_blobs_close(f->there);
    wsync_scratch_close(&f->scratch);
    test_free(f);
    return 0;
}

/* Another process looks at what is kept: what was synced. */
static void open_again(struct fixture *f)
{
    if (f->on_disk) {
        wsync_blobs_close(f->here);
        open_here(f);
    } else {
        wsync_blobs_mem_cut(f->here);
    }
}

static struct wsync_blob_name add(struct wsync_blobs *blobs, size_t first, size_t len)
{
    struct wsync_blob_name name;
    assert_int_equal(wsync_blob_add(blobs, wsync_slice(content + first, len), &name), WSYNC_OK);
    return name;
}

static void assert_state(struct fixture *f, const struct wsync_blob_name *name, uint32_t chunks,
                         bool whole)
{
    struct wsync_blob_state state;
    assert_int_equal(wsync_blob_look(f->here, name, &state), WSYNC_OK);
    assert_int_equal(state.chunks, chunks);
    assert_int_equal(state.whole, whole);
}

static struct wsync_blob_chunk chunk_of(struct fixture *f, const struct wsync_blob_name *name,
                                        uint32_t index)
{
    struct wsync_blob_chunk chunk;
    wsync_arena_release(&f->arena, 0);
    assert_int_equal(wsync_blob_prove(f->there, name, index, &f->arena, &chunk), WSYNC_OK);
    return chunk;
}

static enum wsync_err take(struct fixture *f, const struct wsync_blob_name *name,
                           uint32_t index)
{
    struct wsync_blob_state state;
    struct wsync_blob_chunk chunk = chunk_of(f, name, index);
    return wsync_blob_take(f->here, name, &chunk, &state);
}

static void assert_content(struct fixture *f, const struct wsync_blob_name *name, size_t first)
{
    for (uint32_t i = 0; i < wsync_blob_chunk_count(name); i++) {
        uint8_t bytes[CHUNK];
        assert_int_equal(wsync_blob_read(f->here, name, i, bytes), WSYNC_OK);
        assert_memory_equal(bytes, content + first + (size_t)i * CHUNK,
                            wsync_blob_chunk_len(name, i));
    }
}

static void test_add(void **state)
{
    struct fixture *f = *state;
    static const size_t LENGTHS[] = {1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 9 * CHUNK + 5};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        struct wsync_blob_name name = add(f->here, i, LENGTHS[i]);
        assert_state(f, &name, wsync_blob_chunk_count(&name), true);
        assert_content(f, &name, i);
        assert_int_equal(wsync_blob_verify(f->here, &name), WSYNC_OK);
        open_again(f);
        assert_content(f, &name, i);
        struct wsync_blob_name again = add(f->here, i, LENGTHS[i]);
        assert_true(wsync_blob_name_equal(&name, &again));
    }
    struct wsync_blob_name none;
    assert_int_equal(wsync_blob_add(f->here, wsync_slice(content, 0), &none),
                     WSYNC_ERR_INVALID);
    struct wsync_blob_name whole = add(f->here, 0, sizeof content);
    assert_state(f, &whole, WSYNC_BLOB_CHUNKS_MAX, true);
    assert_int_equal(wsync_blob_verify(f->here, &whole), WSYNC_OK);
}

static void test_nothing(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_name name = {.length = 5};
    uint8_t bytes[CHUNK];
    assert_state(f, &name, 0, false);
    assert_int_equal(wsync_blob_read(f->here, &name, 0, bytes), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_blob_verify(f->here, &name), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_blobs_sync(f->here), WSYNC_OK);
}

/* S18.4, S18.5: chunk by chunk, each proven with all before it; a sync makes them last. */
static void test_take(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_name name = add(f->there, 7, 10 * CHUNK + 100);
    uint8_t bytes[CHUNK];
    for (uint32_t i = 0; i < 11; i++) {
        assert_state(f, &name, i, false);
        assert_int_equal(wsync_blob_read(f->here, &name, 0, bytes), WSYNC_ERR_NOT_FOUND);
        assert_int_equal(take(f, &name, i), WSYNC_OK);
        assert_int_equal(wsync_blobs_sync(f->here), WSYNC_OK);
        if (i % 3 == 2) {
            open_again(f);
        }
        assert_int_equal(take(f, &name, i), WSYNC_OK); /* again: nothing */
    }
    assert_state(f, &name, 11, true);
    assert_content(f, &name, 7);
    assert_int_equal(take(f, &name, 3), WSYNC_OK);
    open_again(f);
    assert_state(f, &name, 11, true);
}

/* No proof is longer than it must be: for a chunk of 2^n, the levels at which it is left. */
static void test_paths(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_name name = add(f->there, 0, 8 * CHUNK);
    static const size_t HASHES[] = {3, 2, 2, 1, 2, 1, 1, 0};
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(chunk_of(f, &name, i).hashes.len, HASHES[i] * WSYNC_HASH_BYTES);
    }
    struct wsync_blob_name whole = add(f->there, 0, sizeof content);
    assert_int_equal(chunk_of(f, &whole, 0).hashes.len,
                     WSYNC_BLOB_PATH_MAX * WSYNC_HASH_BYTES);
}

static void refuse(struct fixture *f, const struct wsync_blob_name *name,
                   struct wsync_blob_chunk chunk, enum wsync_err expected)
{
    struct wsync_blob_state before, after;
    assert_int_equal(wsync_blob_look(f->here, name, &before), WSYNC_OK);
    assert_int_equal(wsync_blob_take(f->here, name, &chunk, &after), expected);
    assert_int_equal(after.chunks, before.chunks);
    assert_state(f, name, before.chunks, false);
}

static void test_refuse(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_name name = add(f->there, 0, 5 * CHUNK - 9);
    uint8_t changed[CHUNK], hashes[12 * WSYNC_HASH_BYTES] = {0};
    for (uint32_t i = 0; i < 5; i++) {
        struct wsync_blob_chunk good = chunk_of(f, &name, i), bad = good;
        memcpy(changed, good.bytes.data, good.bytes.len);
        changed[17] ^= 1;
        bad.bytes.data = changed;
        refuse(f, &name, bad, WSYNC_ERR_BLOB);
        bad = good;
        bad.bytes.len--;
        refuse(f, &name, bad, WSYNC_ERR_BLOB);
        bad = good;
        memcpy(hashes, good.hashes.data, good.hashes.len);
        bad.hashes = wsync_slice(hashes, good.hashes.len + WSYNC_HASH_BYTES);
        refuse(f, &name, bad, WSYNC_ERR_BLOB); /* a hash more */
        bad.hashes.len = good.hashes.len > 0 ? good.hashes.len - 1 : 1;
        refuse(f, &name, bad, WSYNC_ERR_BLOB);
        if (good.hashes.len > 0) {
            hashes[0] ^= 1;
            bad.hashes.len = good.hashes.len;
            refuse(f, &name, bad, WSYNC_ERR_BLOB);
        }
        bad = good;
        bad.index++;
        refuse(f, &name, bad, WSYNC_ERR_GAP);
        bad.index = UINT32_MAX;
        refuse(f, &name, bad, WSYNC_ERR_GAP);
        struct wsync_blob_state after;
        assert_int_equal(wsync_blob_take(f->here, &name, &good, &after), WSYNC_OK);
        assert_int_equal(after.chunks, i + 1);
    }
    assert_content(f, &name, 0);
}

/* A name whose length is not that of the bytes under its root is never whole: a chunk too many,
 * or the last one a byte too long. */
static void test_lying_length(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_name name = add(f->there, 0, 3 * CHUNK);
    const uint64_t lengths[] = {name.length + CHUNK, name.length - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct wsync_blob_name liar = {lengths[i], name.root};
        struct wsync_blob_state after;
        for (uint32_t k = 0; k < 2; k++) {
            struct wsync_blob_chunk chunk = chunk_of(f, &name, k);
            assert_int_equal(wsync_blob_take(f->here, &liar, &chunk, &after), WSYNC_OK);
        }
        refuse(f, &liar, chunk_of(f, &name, 2), WSYNC_ERR_BLOB);
    }
}

/* More drafts at once than hashes are kept of. */
static void test_many_at_once(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_name names[WSYNC_BLOB_TREES_MAX + 3];
    enum { COUNT = sizeof names / sizeof *names };
    for (size_t i = 0; i < COUNT; i++) {
        names[i] = add(f->there, 100 * i, 3 * CHUNK);
    }
    for (uint32_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(take(f, &names[i], k), WSYNC_OK);
        }
        assert_int_equal(wsync_blobs_sync(f->here), WSYNC_OK);
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_content(f, &names[i], 100 * i);
    }
}

/* What was begun from outside may be added here. */
static void test_add_over_draft(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_name name = add(f->there, 50, 4 * CHUNK);
    assert_int_equal(take(f, &name, 0), WSYNC_OK);
    assert_int_equal(take(f, &name, 1), WSYNC_OK);
    struct wsync_blob_name again = add(f->here, 50, 4 * CHUNK);
    assert_true(wsync_blob_name_equal(&name, &again));
    assert_content(f, &name, 50);
}

#define ON_BOTH(test) \
    {"memory: " #test, test, set_up, tear_down, (void *)"memory"}, \
    {"files: " #test, test, set_up, tear_down, (void *)"files"}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(test_nothing),      ON_BOTH(test_add),
        ON_BOTH(test_take),         ON_BOTH(test_paths),
        ON_BOTH(test_refuse),       ON_BOTH(test_lying_length),
        ON_BOTH(test_many_at_once), ON_BOTH(test_add_over_draft),
    };
    uint32_t seed = 7;
    for (size_t i = 0; i < sizeof content; i++) {
        seed = seed * 1103515245U + 12345U;
        content[i] = (uint8_t)(seed >> 24);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
