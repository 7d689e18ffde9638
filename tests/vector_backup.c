/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vectors of backups: what is sealed, the files in it, the manifest, and whole files,
 * whose folder holds no store. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/backup_folder.h"
#include "host/backup_members.h"
#include "tests/scratch.h"
#include "tests/vector.h"
#include "tests/vector_seal.h"

/* ---- members ---- */

struct told {
    struct vector_book *book;
    uint8_t *bytes; /* of the file that is open */
    size_t used, size;
};

static enum wsync_err open_member(void *context, const struct wsync_backup_member *member,
                                  struct wsync_error *error)
{
    struct told *told = context;
    (void)error;
    told->used = 0;
    if (told->book) {
        vector_hex(told->book, "path", wsync_slice_of(member->path));
    }
    return WSYNC_OK;
}

static enum wsync_err take_data(void *context, struct wsync_slice bytes,
                                struct wsync_error *error)
{
    struct told *told = context;
    (void)error;
    WSYNC_ASSERT(bytes.len <= told->size - told->used);
    memcpy(told->bytes + told->used, bytes.data, bytes.len);
    told->used += bytes.len;
    return WSYNC_OK;
}

static enum wsync_err close_member(void *context, struct wsync_error *error)
{
    struct told *told = context;
    (void)error;
    if (told->book) {
        vector_hex(told->book, "data", wsync_slice(told->bytes, told->used));
    }
    return WSYNC_OK;
}

static enum wsync_err take_members(struct told *told, struct wsync_slice plain)
{
    const struct wsync_backup_unpacker to = {told, open_member, take_data, close_member};
    struct wsync_backup_members members;
    wsync_backup_members_begin(&members, &to);
    enum wsync_err err = wsync_backup_members_take(&members, plain, NULL);
    return err == WSYNC_OK ? wsync_backup_members_finish(&members, NULL) : err;
}

enum wsync_err vector_run_backup_files(struct vector_book *book, const struct vector *vector)
{
    struct wsync_slice plain = vector_bytes(vector, "plain", &book->arena);
    struct told told = {NULL, wsync_arena_get(&book->arena, plain.len + 1), 0, plain.len};
    WSYNC_ASSERT(told.bytes);
    enum wsync_err err = take_members(&told, plain);
    told.book = book;
    return err == WSYNC_OK ? take_members(&told, plain) : err;
}

/* ---- manifest ---- */

enum wsync_err vector_run_backup_manifest(struct vector_book *book, const struct vector *vector)
{
    struct wsync_backup_manifest manifest;
    if (!wsync_backup_manifest_parse(vector_bytes(vector, "manifest", &book->arena),
                                     &manifest)) {
        return WSYNC_ERR_CORRUPT;
    }
    vector_hex(book, "key", WSYNC_BYTES(manifest.key));
    vector_number(book, "created", manifest.created);
    vector_number(book, "body", (int64_t)manifest.body);
    return WSYNC_OK;
}

/* ---- sealed bytes ---- */

/* The admin's pair of the seed under `key`. */
static bool pair_of(const struct vector *vector, const char *key, struct wsync_signing_pair *to)
{
    uint8_t seed[32];
    bool good = vector_fixed(vector, key, seed, sizeof seed);
    if (good) {
        wsync_signing_pair(seed, &to->key, &to->secret);
    }
    return good;
}

static int file_of(const char *path, struct wsync_slice bytes)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    WSYNC_ASSERT(fd >= 0 && write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
    return fd;
}

/* The bytes told, and `zeros` behind them. */
static struct wsync_slice plain_of(struct vector_book *book, const struct vector *vector)
{
    struct wsync_slice told = vector_bytes(vector, "plain", &book->arena);
    size_t zeros = (size_t)vector_integer(vector, "zeros");
    uint8_t *plain = wsync_arena_get(&book->arena, told.len + zeros + 1);
    WSYNC_ASSERT(plain);
    memcpy(plain, told.data, told.len);
    memset(plain + told.len, 0, zeros);
    return wsync_slice(plain, told.len + zeros);
}

static enum wsync_err gather(void *context, struct wsync_slice bytes, struct wsync_error *error)
{
    return take_data(context, bytes, error);
}

/* Unseals what was sealed, and wants the same bytes. */
static enum wsync_err unseal(const char *path, const struct wsync_signing_pair *by,
                             struct wsync_slice sealed, struct wsync_slice plain,
                             struct wsync_arena *arena)
{
    struct told told = {NULL, wsync_arena_get(arena, sealed.len), 0, sealed.len};
    const struct wsync_backup_sink sink = {&told, gather};
    struct wsync_hash hash;
    const struct wsync_backup_body body = {file_of(path, sealed), path, sealed.len, by};
    WSYNC_ASSERT(told.bytes);
    enum wsync_err err = wsync_backup_unseal(&body, &sink, &hash, NULL);
    close(body.fd);
    bool same = wsync_slice_equal(wsync_slice(told.bytes, told.used), plain);
    return err == WSYNC_OK && !same ? WSYNC_ERR_INVALID : err;
}

/* Seals with what was drawn, bends the byte at `bent` or leaves out all from `cut` on, and
 * opens it with the admin's secret, or that of `opened-by`. */
enum wsync_err vector_run_backup_body(struct vector_book *book, const struct vector *vector)
{
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_signing_pair admin;
    struct wsync_transport_key key;
    struct vector_drawn drawn;
    if (!pair_of(vector, "admin", &admin) || !wsync_backup_key_of(&admin.key, &key) ||
        !vector_fixed(vector, "box", drawn.box, sizeof drawn.box) ||
        !vector_fixed(vector, "secret", drawn.secret, sizeof drawn.secret) ||
        !vector_fixed(vector, "stream", drawn.stream, sizeof drawn.stream)) {
        return WSYNC_ERR_INVALID;
    }
    struct wsync_slice plain = plain_of(book, vector);
    struct wsync_slice sealed = vector_seal(&book->arena, &drawn, &key, plain);
    uint8_t *bytes = wsync_arena_get(&book->arena, sealed.len);
    WSYNC_ASSERT(bytes);
    memcpy(bytes, sealed.data, sealed.len);
    if (vector_nth(vector, "bent", 0)) {
        bytes[vector_integer(vector, "bent")] ^= 1;
    }
    bool cut = vector_nth(vector, "cut", 0) != NULL;
    sealed = wsync_slice(bytes, cut ? (size_t)vector_integer(vector, "cut") : sealed.len);
    (void)pair_of(vector, "opened-by", &admin);
    wsync_scratch_open(&scratch);
    enum wsync_err err = unseal(wsync_scratch_path(&scratch, "body", path), &admin, sealed,
                                plain, &book->arena);
    wsync_scratch_close(&scratch);
    if (err == WSYNC_OK) {
        struct wsync_hash hash = vector_hash(sealed);
        vector_hex(book, "key", WSYNC_BYTES(key));
        vector_hex(book, "head", wsync_slice(bytes, WSYNC_BACKUP_HEAD_BYTES));
        vector_hex(book, "hash", WSYNC_BYTES(hash));
    }
    return err;
}

/* ---- whole files ---- */

/* A vector has no store: reading ends at the site.conf that is not there, behind all that is
 * compared before. */
enum wsync_err vector_run_backup(struct vector_book *book, const struct vector *vector)
{
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    char folder[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_backup_manifest manifest;
    struct wsync_signing_pair admin;
    if (!pair_of(vector, "admin", &admin)) {
        return WSYNC_ERR_INVALID;
    }
    wsync_scratch_open(&scratch);
    close(file_of(wsync_scratch_path(&scratch, "file", path),
                  vector_bytes(vector, "file", &book->arena)));
    int failed = mkdir(wsync_scratch_path(&scratch, "to", folder), 0700);
    WSYNC_ASSERT(!failed);
    enum wsync_err err = wsync_backup_unpack(path, &admin, folder, &manifest, NULL);
    wsync_scratch_close(&scratch);
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err == WSYNC_OK ? WSYNC_ERR_INVALID : err;
    }
    vector_hex(book, "device", WSYNC_BYTES(manifest.device));
    vector_number(book, "files", (int64_t)manifest.files);
    vector_number(book, "bytes", (int64_t)manifest.bytes);
    return WSYNC_OK;
}
