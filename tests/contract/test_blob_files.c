/* SPDX-License-Identifier: Apache-2.0 */
/* test_blob_files.c: what only attachments on disk promise: what a power cut tears, a full
 * disk, two processes, modes, names. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/blob_files.h"
#include "tests/blobs_mem.h"
#include "tests/scratch.h"
#include "wardsync/merkle.h"

enum { CHUNK = WSYNC_BLOB_CHUNK_BYTES, LENGTH = 6 * CHUNK + 10, CHUNKS = 7 };

static uint8_t content[LENGTH];

struct fixture {
    struct wsync_blobs *here, *there;
    struct wsync_scratch scratch;
    struct wsync_blob_name name;
    char folder[WSYNC_SCRATCH_PATH_BYTES];
    char whole[WSYNC_BLOB_PATH_BYTES], draft[WSYNC_BLOB_PATH_BYTES + 8];
};

static void open_again(struct fixture *f)
{
    if (f->here) {
        wsync_blobs_close(f->here);
    }
    assert_int_equal(wsync_blob_files_open(f->folder, &f->here, NULL), WSYNC_OK);
}

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    *state = f;
    wsync_scratch_open(&f->scratch);
    wsync_scratch_path(&f->scratch, "blobs", f->folder);
    f->there = wsync_blobs_mem_new();
    assert_int_equal(wsync_blob_add(f->there, wsync_slice(content, sizeof content), &f->name),
                     WSYNC_OK);
    open_again(f);
    wsync_blob_files_path(f->here, &f->name, f->whole);
    snprintf(f->draft, sizeof f->draft, "%s.part", f->whole);
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

static enum wsync_err take(struct wsync_blobs *here, struct fixture *f, uint32_t index)
{
    static _Alignas(16) uint8_t block[2 * CHUNK];
    struct wsync_arena arena;
    struct wsync_blob_chunk chunk;
    struct wsync_blob_state state;
    wsync_arena_init(&arena, block, sizeof block);
    assert_int_equal(wsync_blob_prove(f->there, &f->name, index, &arena, &chunk), WSYNC_OK);
    return wsync_blob_take(here, &f->name, &chunk, &state);
}

static void take_until(struct fixture *f, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        assert_int_equal(take(f->here, f, i), WSYNC_OK);
    }
    assert_int_equal(wsync_blobs_sync(f->here), WSYNC_OK);
}

static void assert_chunks(struct fixture *f, uint32_t chunks)
{
    struct wsync_blob_state state;
    open_again(f);
    assert_int_equal(wsync_blob_look(f->here, &f->name, &state), WSYNC_OK);
    assert_int_equal(state.chunks, chunks);
}

/* Writes over a place of the draft. */
static void spoil(struct fixture *f, long at, const void *bytes, size_t len)
{
    FILE *file = fopen(f->draft, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void test_modes(void **state)
{
    struct fixture *f = *state;
    struct stat there;
    take_until(f, 0, 1);
    assert_int_equal(stat(f->folder, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0700);
    assert_int_equal(stat(f->draft, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    take_until(f, 1, CHUNKS);
    assert_int_equal(access(f->draft, F_OK), -1);
    assert_int_equal(stat(f->whole, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    assert_int_equal(there.st_size, LENGTH);
}

/* A chunk that a power cut tore is not counted, nor what stands behind it; it goes on there. */
static void test_torn(void **state)
{
    struct fixture *f = *state;
    static const uint8_t ZEROS[CHUNK];
    take_until(f, 0, 5);
    assert_chunks(f, 5);
    spoil(f, 4 * CHUNK + 512, ZEROS, CHUNK - 512);
    assert_chunks(f, 4);
    take_until(f, 4, 5);
    spoil(f, (CHUNKS * CHUNK) + 4 * WSYNC_HASH_BYTES, ZEROS, WSYNC_HASH_BYTES);
    assert_chunks(f, 4);
    assert_int_equal(truncate(f->draft, CHUNKS * CHUNK + 3 * WSYNC_HASH_BYTES + 1), 0);
    assert_chunks(f, 3);
    assert_int_equal(truncate(f->draft, 0), 0);
    assert_chunks(f, 0);
    take_until(f, 0, CHUNKS);
    assert_int_equal(wsync_blob_verify(f->here, &f->name), WSYNC_OK);
}

/* Between the last chunk and its new name: the next look ends what was begun. */
static void test_cut_before_the_end(void **state)
{
    struct fixture *f = *state;
    take_until(f, 0, CHUNKS);
    assert_int_equal(rename(f->whole, f->draft), 0); /* cut to its length, not renamed */
    assert_chunks(f, CHUNKS);
    assert_int_equal(access(f->whole, F_OK), 0);
    assert_int_equal(rename(f->whole, f->draft), 0);
    spoil(f, 9, "x", 1);
    assert_chunks(f, 0);
    take_until(f, 0, CHUNKS);
    assert_int_equal(wsync_blob_verify(f->here, &f->name), WSYNC_OK);
}

/* A file of a whole blob that is not as long as its name says counts as none. */
static void test_damaged_whole(void **state)
{
    struct fixture *f = *state;
    take_until(f, 0, CHUNKS);
    assert_int_equal(truncate(f->whole, LENGTH - 1), 0);
    assert_chunks(f, 0);
    take_until(f, 0, CHUNKS);
    FILE *file = fopen(f->whole, "r+");
    assert_int_equal(fseek(file, 5 * CHUNK, SEEK_SET), 0);
    assert_int_equal(fputc(content[5 * CHUNK] ^ 1, file), content[5 * CHUNK] ^ 1);
    assert_int_equal(fclose(file), 0);
    open_again(f);
    assert_int_equal(wsync_blob_verify(f->here, &f->name), WSYNC_ERR_CORRUPT);
}

/* No room is a refusal that leaves what was there; with room it goes on. */
static void test_full(void **state)
{
    struct fixture *f = *state;
    struct rlimit before, small;
    take_until(f, 0, 2);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 2 * CHUNK + 100;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    enum wsync_err err = take(f->here, f, 2);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_true(wsync_err_is_ours(err));
    assert_chunks(f, 2);
    take_until(f, 2, CHUNKS);
    assert_int_equal(wsync_blob_verify(f->here, &f->name), WSYNC_OK);
}

/* Puts something that is no file there. */
static void put_in_the_way(const char *path, int kind)
{
    switch (kind) {
    case 0:
        assert_int_equal(mkdir(path, 0700), 0);
        break;
    case 1:
        assert_int_equal(mkfifo(path, 0600), 0);
        break;
    case 2:
        assert_int_equal(symlink("/dev/null", path), 0);
        break;
    default:
        assert_int_equal(symlink("nowhere", path), 0);
    }
}

/* What a person or a repaired disk left in the place of a file is none, holds nobody up, and
 * gives way: the attachment comes. */
static void test_in_the_way(void **state)
{
    struct fixture *f = *state;
    alarm(60); /* nobody waits for the other end of a FIFO */
    for (int kind = 0; kind < 4; kind++) {
        take_until(f, 0, 1);
        assert_int_equal(unlink(f->draft), 0);
        put_in_the_way(f->draft, kind);
        assert_chunks(f, 0);
        take_until(f, 0, 3);
        put_in_the_way(f->whole, kind);
        assert_chunks(f, 3);
        take_until(f, 3, CHUNKS);
        assert_chunks(f, CHUNKS);
        assert_int_equal(wsync_blob_verify(f->here, &f->name), WSYNC_OK);
        assert_int_equal(unlink(f->whole), 0);
    }
    alarm(0);
}

/* A folder that is none is our fault and not the peer's. */
static void test_no_folder(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(mkdir(f->folder, 0700), 0);
    char shard[WSYNC_BLOB_PATH_BYTES];
    memcpy(shard, f->whole, sizeof shard);
    *strrchr(shard, '/') = '\0';
    FILE *file = fopen(shard, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_chunks(f, 0);
    assert_int_equal(take(f->here, f, 0), WSYNC_ERR_STORE_IO);
    assert_int_equal(unlink(shard), 0);
    take_until(f, 0, CHUNKS);
}

/* A folder that is as long as the name says is not the attachment. */
static void test_as_long_as_it(void **state)
{
    struct fixture *f = *state;
    struct wsync_blob_state there;
    struct wsync_blob_name name;
    struct stat folder;
    char path[WSYNC_BLOB_PATH_BYTES];
    assert_int_equal(stat(f->scratch.path, &folder), 0);
    if (folder.st_size < 1 || folder.st_size > LENGTH) {
        skip();
    }
    struct wsync_slice bytes = wsync_slice(content, (size_t)folder.st_size);
    assert_int_equal(wsync_blob_add(f->here, bytes, &name), WSYNC_OK);
    wsync_blob_files_path(f->here, &name, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(wsync_blob_look(f->here, &name, &there), WSYNC_OK);
    assert_false(there.whole);
    assert_int_equal(wsync_blob_add(f->here, bytes, &name), WSYNC_OK);
    assert_int_equal(wsync_blob_verify(f->here, &name), WSYNC_OK);
}

/* Two at work in one folder: neither spoils the other's. */
static void test_two_at_once(void **state)
{
    struct fixture *f = *state;
    struct wsync_blobs *other;
    struct wsync_blob_name name;
    assert_int_equal(wsync_blob_files_open(f->folder, &other, NULL), WSYNC_OK);
    take_until(f, 0, 3);
    assert_int_equal(take(other, f, 3), WSYNC_OK);
    assert_int_equal(take(f->here, f, 3), WSYNC_OK); /* what the other wrote, once more */
    assert_int_equal(wsync_blob_add(other, wsync_slice(content, sizeof content), &name),
                     WSYNC_OK);
    assert_int_equal(take(f->here, f, 4), WSYNC_OK); /* whole meanwhile */
    assert_int_equal(wsync_blobs_sync(f->here), WSYNC_OK);
    assert_int_equal(wsync_blob_verify(f->here, &f->name), WSYNC_OK);
    wsync_blobs_close(other);
}

/* A district takes from hundreds at once: a draft is not counted anew for each of its chunks
 * when that many others grow beside it. */
static void test_many_at_once(void **state)
{
    enum { DRAFTS = 600 };
    struct fixture *f = *state;
    struct wsync_blob_state there;
    struct wsync_blob_name other = {.length = 2 * CHUNK};
    take_until(f, 0, 2);
    for (uint16_t i = 0; i < DRAFTS; i++) {
        memcpy(other.root.b, &i, sizeof i);
        assert_int_equal(f->here->ops->put(f->here, &other, 0, wsync_slice(content, CHUNK)),
                         WSYNC_OK);
    }
    spoil(f, 0, "not what was counted", 20); /* who reads it again finds nothing good */
    assert_int_equal(wsync_blob_look(f->here, &f->name, &there), WSYNC_OK);
    assert_int_equal(there.chunks, 2);
    assert_chunks(f, 0);
}

struct seen {
    unsigned whole, parts;
};

static enum wsync_err see(void *context, const struct wsync_blob_name *name, bool whole)
{
    struct seen *seen = context;
    assert_true(name->length > 0);
    seen->whole += whole;
    seen->parts += !whole;
    return WSYNC_OK;
}

static void test_each(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {0};
    struct wsync_blob_name name;
    char stranger[WSYNC_BLOB_PATH_BYTES + 16];
    assert_int_equal(wsync_blob_files_each(f->here, see, &seen), WSYNC_OK);
    assert_int_equal(seen.whole + seen.parts, 0);
    take_until(f, 0, 2);
    assert_int_equal(wsync_blob_add(f->here, wsync_slice(content, 1), &name), WSYNC_OK);
    assert_int_equal(wsync_blob_add(f->here, wsync_slice(content, 2), &name), WSYNC_OK);
    static const char *const OTHERS[] = {"x", "0", " ", ".parts"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        snprintf(stranger, sizeof stranger, "%s%s", f->whole, OTHERS[i]);
        FILE *file = fopen(stranger, "w");
        assert_non_null(file);
        fclose(file);
    }
    assert_int_equal(wsync_blob_files_each(f->here, see, &seen), WSYNC_OK);
    assert_int_equal(seen.whole, 3); /* ...-245860 reads as a name of another length */
    assert_int_equal(seen.parts, 1);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(test_modes), ON_DISK(test_torn), ON_DISK(test_cut_before_the_end),
        ON_DISK(test_damaged_whole), ON_DISK(test_full), ON_DISK(test_two_at_once),
        ON_DISK(test_many_at_once), ON_DISK(test_each), ON_DISK(test_in_the_way),
        ON_DISK(test_as_long_as_it), ON_DISK(test_no_folder),
    };
    uint32_t seed = 7;
    for (size_t i = 0; i < sizeof content; i++) {
        seed = seed * 1103515245U + 12345U;
        content[i] = (uint8_t)(seed >> 24);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
