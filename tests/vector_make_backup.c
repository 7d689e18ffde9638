/* SPDX-License-Identifier: Apache-2.0 */
/* Makes backup.txt: the files in a backup, what is sealed, manifests, and whole backups. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/backup_manifest.h"
#include "host/backup_seal.h"
#include "tests/scratch.h"
#include "tests/vector.h"
#include "tests/vector_seal.h"
#include "tests/vector_world.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { ADMIN = 0x11, OTHER = 0x12, FILE_BYTES_MAX = 1 << 13 };

/* ---- files one behind the other ---- */

/* The bytes of some files in the making. */
struct packed {
    uint8_t bytes[FILE_BYTES_MAX];
    size_t used, files, total;
};

static void put(struct packed *packed, struct wsync_slice bytes)
{
    WSYNC_ASSERT(bytes.len <= sizeof packed->bytes - packed->used);
    memcpy(packed->bytes + packed->used, bytes.data, bytes.len);
    packed->used += bytes.len;
}

static void put_number(struct packed *packed, uint64_t number, size_t len)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(number >> (8 * (len - 1 - i)));
    }
    put(packed, wsync_slice(bytes, len));
}

static void put_file(struct packed *packed, struct wsync_slice path, const char *data)
{
    struct wsync_hash hash = vector_hash(wsync_slice_of(data));
    put_number(packed, path.len, 2);
    put_number(packed, strlen(data), 8);
    put(packed, path);
    put(packed, wsync_slice_of(data));
    put(packed, WSYNC_BYTES(hash));
    packed->files++;
    packed->total += strlen(data);
}

static struct wsync_slice end(struct packed *packed)
{
    put_number(packed, 0, 2);
    put_number(packed, packed->files, 8);
    put_number(packed, packed->total, 8);
    return wsync_slice(packed->bytes, packed->used);
}

static struct wsync_slice two_files(struct packed *packed, const char *second)
{
    *packed = (struct packed){.used = 0};
    put_file(packed, wsync_slice_of("drop.conf"), "ab");
    put_file(packed, wsync_slice_of(second), "");
    return end(packed);
}

static const struct vector_edit BENT[] = {
    {"files-of-no-bytes", "S21.4", 0, 123, "", WSYNC_ERR_CORRUPT},
    {"files-without-end", "S21.4", 105, 18, "", WSYNC_ERR_CORRUPT},
    {"files-end-cut", "S21.4", 122, 1, "", WSYNC_ERR_CORRUPT},
    {"files-and-a-byte", "S21.4", -1, 0, "00", WSYNC_ERR_CORRUPT},
    {"files-counted-1", "S21.4", 114, 1, "01", WSYNC_ERR_CORRUPT},
    {"files-of-3-bytes-in-all", "S21.4", 122, 1, "03", WSYNC_ERR_CORRUPT},
    {"file-bent", "S21.4", 19, 1, "63", WSYNC_ERR_CORRUPT},
    {"file-hash-bent", "S21.4", 52, 1, "00", WSYNC_ERR_CORRUPT},
    {"file-one-byte-longer", "S21.4", 9, 1, "03", WSYNC_ERR_CORRUPT},
    {"file-of-2-to-40-and-1-bytes", "S21.5", 2, 8, "0000010000000001", WSYNC_ERR_CORRUPT},
    {"path-of-513-bytes", "S21.5", 0, 19, "0201 00*8 61*513", WSYNC_ERR_CORRUPT},
};

/* The bytes of a path as words for vector_spell. */
static const struct {
    const char *name, *path;
    enum wsync_err code;
} PATHS[] = {
    {"path-of-one-byte", "61", WSYNC_OK},
    {"path-of-512-bytes", "61*512", WSYNC_OK},
    {"path-that-begins-with-a-dot", "2e61", WSYNC_OK},
    {"path-of-three-dots", "2e2e2e", WSYNC_OK},
    {"path-with-blank-and-marks", "42e1bb9320c490e1bb81 2f 31", WSYNC_OK},
    {"path-not-utf-8", "ff", WSYNC_OK},
    {"path-from-the-root", "2f61", WSYNC_ERR_CORRUPT},
    {"path-of-a-folder", "612f", WSYNC_ERR_CORRUPT},
    {"path-with-an-empty-part", "612f2f62", WSYNC_ERR_CORRUPT},
    {"path-of-a-dot", "2e", WSYNC_ERR_CORRUPT},
    {"path-with-a-dot", "612f2e2f62", WSYNC_ERR_CORRUPT},
    {"path-upwards", "2e2e2f61", WSYNC_ERR_CORRUPT},
    {"path-that-ends-upwards", "612f2e2e", WSYNC_ERR_CORRUPT},
    {"path-with-nul", "610062", WSYNC_ERR_CORRUPT},
    {"path-with-line-end", "610a62", WSYNC_ERR_CORRUPT},
    {"path-with-7f", "617f", WSYNC_ERR_CORRUPT},
};

static void say_files(struct vector_book *book, const char *name, const char *spec,
                      struct wsync_slice plain, enum wsync_err code)
{
    vector_begin(book, name, spec, "backup-files");
    vector_hex(book, "plain", plain);
    vector_expect(book, code);
}

static void files(struct vector_book *book)
{
    static struct packed packed;
    packed = (struct packed){.used = 0};
    say_files(book, "no-files", "S21.4", end(&packed), WSYNC_OK);
    struct wsync_slice two = two_files(&packed, "keys/empty");
    say_files(book, "two-files", "S21.4", two, WSYNC_OK);
    for (size_t i = 0; i < COUNT(BENT); i++) {
        say_files(book, BENT[i].name, BENT[i].spec, vector_edited(&book->arena, two, &BENT[i]),
                  BENT[i].code);
    }
    for (size_t i = 0; i < COUNT(PATHS); i++) {
        packed = (struct packed){.used = 0};
        put_file(&packed, vector_spell(&book->arena, PATHS[i].path), "");
        say_files(book, PATHS[i].name, "S21.5", end(&packed), PATHS[i].code);
    }
}

/* ---- what is sealed ---- */

static struct wsync_signing_pair pair_of(uint8_t byte)
{
    struct wsync_signing_pair pair;
    uint8_t seed[32];
    memset(seed, byte, sizeof seed);
    wsync_signing_pair(seed, &pair.key, &pair.secret);
    return pair;
}

static void say_seed(struct vector_book *book, const char *key, uint8_t byte)
{
    uint8_t seed[32];
    memset(seed, byte, sizeof seed);
    vector_hex(book, key, wsync_slice(seed, sizeof seed));
}

static struct vector_drawn drawn(void)
{
    struct vector_drawn drawn;
    memset(drawn.box, 0x21, sizeof drawn.box);
    memset(drawn.secret, 0x22, sizeof drawn.secret);
    memset(drawn.stream, 0x23, sizeof drawn.stream);
    return drawn;
}

static void bodies(struct vector_book *book)
{
    enum { HEAD = 18 + 80 + 24, CHUNK = WSYNC_BACKUP_CHUNK_BYTES, PIECE = CHUNK + 17 };
    static const struct {
        const char *name, *spec;
        int zeros, bent, cut, opened_by;
        enum wsync_err code;
    } CASES[] = {
        {"sealed", "S21.1 S21.2 S21.3", 0, -1, -1, -1, WSYNC_OK},
        {"sealed-in-one-whole-chunk", "S21.3", CHUNK - 3, -1, -1, -1, WSYNC_OK},
        {"sealed-in-two-chunks", "S21.3", CHUNK - 2, -1, -1, -1, WSYNC_OK},
        {"sealed-in-three-chunks", "S21.3", 2 * CHUNK + 10, -1, -1, -1, WSYNC_OK},
        {"opened-by-another", "S21.1 S21.2", 0, -1, -1, OTHER, WSYNC_ERR_VALUE},
        {"beginning-bent", "S21.1", 0, 16, -1, -1, WSYNC_ERR_CORRUPT},
        {"box-bent", "S21.1", 0, 97, -1, -1, WSYNC_ERR_VALUE},
        {"stream-header-bent", "S21.1", 0, 121, -1, -1, WSYNC_ERR_CORRUPT},
        {"tag-of-a-message-bent", "S21.3", 0, HEAD, -1, -1, WSYNC_ERR_CORRUPT},
        {"message-bent", "S21.3", 0, HEAD + 1, -1, -1, WSYNC_ERR_CORRUPT},
        {"last-piece-missing", "S21.3", CHUNK - 2, -1, HEAD + PIECE, -1, WSYNC_ERR_CORRUPT},
        {"last-piece-cut", "S21.3", CHUNK - 2, -1, HEAD + PIECE + 17, -1, WSYNC_ERR_CORRUPT},
        {"all-pieces-missing", "S21.3", 0, -1, HEAD, -1, WSYNC_ERR_CORRUPT},
        {"head-cut", "S21.1", 0, -1, HEAD - 1, -1, WSYNC_ERR_CORRUPT},
    };
    const struct vector_drawn with = drawn();
    for (size_t i = 0; i < COUNT(CASES); i++) {
        vector_begin(book, CASES[i].name, CASES[i].spec, "backup-body");
        say_seed(book, "admin", ADMIN);
        vector_hex(book, "box", wsync_slice(with.box, sizeof with.box));
        vector_hex(book, "secret", wsync_slice(with.secret, sizeof with.secret));
        vector_hex(book, "stream", wsync_slice(with.stream, sizeof with.stream));
        vector_hex(book, "plain", vector_spell(&book->arena, "010203"));
        vector_number(book, "zeros", CASES[i].zeros);
        if (CASES[i].bent >= 0) {
            vector_number(book, "bent", CASES[i].bent);
        }
        if (CASES[i].cut >= 0) {
            vector_number(book, "cut", CASES[i].cut);
        }
        if (CASES[i].opened_by >= 0) {
            say_seed(book, "opened-by", (uint8_t)CASES[i].opened_by);
        }
        vector_expect(book, CASES[i].code);
    }
}

/* ---- manifests ---- */

static struct wsync_backup_manifest manifest_of(struct vector_book *book)
{
    static struct vector_world world;
    struct wsync_backup_manifest manifest;
    struct wsync_signing_pair admin = pair_of(ADMIN);
    memset(&manifest, 0x5a, sizeof manifest);
    vector_world_init(&world, &book->arena);
    manifest.kind = WSYNC_SITE_WARD;
    manifest.instance = world.instance;
    manifest.device = world.devices[VECTOR_WARD].id;
    manifest.key = world.devices[VECTOR_WARD].key;
    bool good = wsync_backup_key_of(&admin.key, &manifest.admin);
    WSYNC_ASSERT(good);
    manifest.created = VECTOR_STAMP;
    snprintf(manifest.program, sizeof manifest.program, "0.1.0");
    manifest.roster = 3;
    manifest.epoch = 0;
    manifest.logs = 1;
    manifest.changes = 70;
    manifest.files = manifest.bytes = 2;
    manifest.body = 1234;
    return manifest;
}

/* A copy with the first `from` replaced by `to`. */
static struct wsync_slice replaced(struct wsync_arena *arena, struct wsync_slice text,
                                   const char *from, const char *to)
{
    size_t at = 0;
    size_t len = strlen(from);
    uint8_t *out = wsync_arena_get(arena, text.len + strlen(to));
    WSYNC_ASSERT(out);
    while (memcmp(text.data + at, from, len) != 0) { /* ends: it is there */
        at++;
        WSYNC_ASSERT(at + len <= text.len);
    }
    memcpy(out, text.data, at);
    memcpy(out + at, to, strlen(to));
    memcpy(out + at + strlen(to), text.data + at + len, text.len - at - len);
    return wsync_slice(out, text.len - len + strlen(to));
}

static void manifests(struct vector_book *book)
{
    static const struct {
        const char *name, *from, *to;
        enum wsync_err code;
    } CASES[] = {
        {"manifest", "ward\n", "ward\n", WSYNC_OK},
        {"manifest-of-a-district", "ward\n", "district\n", WSYNC_OK},
        {"manifest-numbers-0", "body 1234", "body 0", WSYNC_OK},
        {"manifest-number-of-18-digits", "body 1234", "body 999999999999999999", WSYNC_OK},
        {"manifest-program-of-31-bytes", "0.1.0", "!234567890123456789012345678901", WSYNC_OK},
        {"manifest-2", "manifest 1", "manifest 2", WSYNC_ERR_CORRUPT},
        {"manifest-of-nobody", "ward\n", "office\n", WSYNC_ERR_CORRUPT},
        {"manifest-in-capitals", "5a5a", "5A5a", WSYNC_ERR_CORRUPT},
        {"manifest-hash-of-31-bytes", "5a5a", "5a", WSYNC_ERR_CORRUPT},
        {"manifest-hash-of-33-bytes", "5a5a", "5a5a5a", WSYNC_ERR_CORRUPT},
        {"manifest-number-missing", "body 1234", "body ", WSYNC_ERR_CORRUPT},
        {"manifest-number-with-zeros", "body 1234", "body 01234", WSYNC_ERR_CORRUPT},
        {"manifest-number-with-sign", "body 1234", "body -1234", WSYNC_ERR_CORRUPT},
        {"manifest-number-of-19-digits", "body 1234", "body 1000000000000000000",
         WSYNC_ERR_CORRUPT},
        {"manifest-program-of-32-bytes", "0.1.0", "12345678901234567890123456789012",
         WSYNC_ERR_CORRUPT},
        {"manifest-program-with-a-blank", "0.1.0", "0 1", WSYNC_ERR_CORRUPT},
        {"manifest-two-blanks", "logs 1", "logs  1", WSYNC_ERR_CORRUPT},
        {"manifest-other-order", "logs 1\nchanges 70\n", "changes 70\nlogs 1\n",
         WSYNC_ERR_CORRUPT},
        {"manifest-line-missing", "epoch 0\n", "", WSYNC_ERR_CORRUPT},
        {"manifest-line-too-many", "epoch 0\n", "epoch 0\nera 0\n", WSYNC_ERR_CORRUPT},
        {"manifest-line-ends-of-two-bytes", "ward\n", "ward\r\n", WSYNC_ERR_CORRUPT},
        {"manifest-other-heading", "wardsync ", "wardsink ", WSYNC_ERR_CORRUPT},
    };
    char text[WSYNC_BACKUP_MANIFEST_BYTES_MAX];
    const struct wsync_backup_manifest manifest = manifest_of(book);
    struct wsync_slice printed = wsync_backup_manifest_print(&manifest, text);
    for (size_t i = 0; i < COUNT(CASES); i++) {
        vector_begin(book, CASES[i].name, "S21.6", "backup-manifest");
        vector_hex(book, "manifest",
                   replaced(&book->arena, printed, CASES[i].from, CASES[i].to));
        vector_expect(book, CASES[i].code);
    }
    vector_begin(book, "manifest-without-its-last-byte", "S21.6", "backup-manifest");
    vector_hex(book, "manifest", wsync_slice(printed.data, printed.len - 1));
    vector_expect(book, WSYNC_ERR_CORRUPT);
}

/* ---- whole files ---- */

/* What a manifest says that is not so. */
enum lie { NONE, LIES_HASH, LIES_FILES, LIES_BYTES, LIES_BODY, LIES_SIGNER };

static void tell_lie(struct wsync_backup_manifest *manifest, enum lie lie)
{
    manifest->hash.b[0] ^= lie == LIES_HASH;
    manifest->files += lie == LIES_FILES;
    manifest->bytes += lie == LIES_BYTES;
    manifest->body += lie == LIES_BODY;
}

/* Sealed files, manifest, signature and length. */
static struct wsync_slice backup(struct vector_book *book, const char *second, enum lie lie)
{
    static struct packed packed;
    static struct vector_world world;
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    const struct vector_drawn with = drawn();
    struct wsync_backup_manifest manifest = manifest_of(book);
    struct wsync_slice body =
        vector_seal(&book->arena, &with, &manifest.admin, two_files(&packed, second));
    manifest.hash = vector_hash(body);
    manifest.body = body.len;
    tell_lie(&manifest, lie);
    vector_world_init(&world, &book->arena);
    wsync_scratch_open(&scratch);
    int fd = open(wsync_scratch_path(&scratch, "file", path), O_RDWR | O_CREAT | O_CLOEXEC,
                  0600);
    WSYNC_ASSERT(fd >= 0 && write(fd, body.data, body.len) == (ssize_t)body.len);
    enum wsync_err err = wsync_backup_manifest_write(
        fd, path, &manifest,
        &world.devices[lie == LIES_SIGNER ? VECTOR_OTHER : VECTOR_WARD].secret, NULL);
    uint8_t *bytes = wsync_arena_get(&book->arena, FILE_BYTES_MAX);
    WSYNC_ASSERT(err == WSYNC_OK && bytes);
    ssize_t len = pread(fd, bytes, FILE_BYTES_MAX, 0);
    WSYNC_ASSERT(len > 0 && len < FILE_BYTES_MAX);
    close(fd);
    wsync_scratch_close(&scratch);
    return wsync_slice(bytes, (size_t)len);
}

static void whole(struct vector_book *book)
{
    static const struct {
        const char *name, *spec, *second;
        enum lie lie;
        int at, cut; /* as a vector_edit has them; -1: the end */
        const char *insert;
        enum wsync_err code;
    } CASES[] = {
        {"backup", "S21.7 S21.8", "keys/empty", NONE, -1, 0, "", WSYNC_OK},
        {"backup-and-a-byte", "S21.7", "keys/empty", NONE, -1, 0, "00", WSYNC_ERR_CORRUPT},
        {"backup-and-a-byte-before", "S21.7", "keys/empty", NONE, 0, 0, "00",
         WSYNC_ERR_CORRUPT},
        {"backup-of-nothing", "S21.7", "keys/empty", NONE, 0, 67, "", WSYNC_ERR_CORRUPT},
        {"backup-signed-by-another", "S21.7", "keys/empty", LIES_SIGNER, -1, 0, "",
         WSYNC_ERR_SIGNATURE},
        {"backup-with-another-hash", "S21.8", "keys/empty", LIES_HASH, -1, 0, "",
         WSYNC_ERR_CORRUPT},
        {"backup-with-more-files", "S21.8", "keys/empty", LIES_FILES, -1, 0, "",
         WSYNC_ERR_CORRUPT},
        {"backup-with-more-bytes", "S21.8", "keys/empty", LIES_BYTES, -1, 0, "",
         WSYNC_ERR_CORRUPT},
        {"backup-with-another-body", "S21.7", "keys/empty", LIES_BODY, -1, 0, "",
         WSYNC_ERR_CORRUPT},
        {"backup-with-a-file-twice", "S21.5", "drop.conf", NONE, -1, 0, "", WSYNC_ERR_CORRUPT},
        {"backup-with-a-piece-bent", "S21.3", "keys/empty", NONE, 130, 1, "00",
         WSYNC_ERR_CORRUPT},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct vector_edit edit = {NULL, NULL, CASES[i].at, CASES[i].cut, CASES[i].insert,
                                         CASES[i].code};
        struct wsync_slice file = backup(book, CASES[i].second, CASES[i].lie);
        vector_begin(book, CASES[i].name, CASES[i].spec, "backup");
        say_seed(book, "admin", ADMIN);
        vector_hex(book, "file", vector_edited(&book->arena, file, &edit));
        vector_expect(book, CASES[i].code);
    }
}

void vector_make_backup(struct vector_book *book)
{
    files(book);
    bodies(book);
    manifests(book);
    whole(book);
}
