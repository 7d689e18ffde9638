/* SPDX-License-Identifier: Apache-2.0 */
#include "host/backup_seal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "host/block.h"
#include "host/file.h"
#include "wardsync/crypto.h"

enum {
    MAGIC_BYTES = sizeof WSYNC_BACKUP_MAGIC - 1,
    KEY_BYTES = crypto_secretstream_xchacha20poly1305_KEYBYTES,
    SEALED_KEY_BYTES = KEY_BYTES + crypto_box_SEALBYTES,
    HEADER_BYTES = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    TAG_BYTES = crypto_secretstream_xchacha20poly1305_ABYTES,
};

_Static_assert(MAGIC_BYTES + SEALED_KEY_BYTES + HEADER_BYTES == WSYNC_BACKUP_HEAD_BYTES,
               "what a head holds");
_Static_assert(WSYNC_BACKUP_CHUNK_BYTES + TAG_BYTES == WSYNC_BACKUP_PIECE_BYTES,
               "a piece is a chunk and its tag");
_Static_assert(sizeof(crypto_generichash_state) <= WSYNC_BACKUP_HASHER_BYTES,
               "the state of a hash fits");
_Static_assert(sizeof(crypto_secretstream_xchacha20poly1305_state) <= WSYNC_BACKUP_STREAM_BYTES,
               "the state of a stream fits");

struct secret {
    uint8_t b[KEY_BYTES];
};

static void wipe_secret(struct secret *secret)
{
    wsync_wipe(secret, sizeof *secret);
}

#define WIPED __attribute__((cleanup(wipe_secret)))

bool wsync_backup_key_of(const struct wsync_signing_key *admin, struct wsync_transport_key *key)
{
    return crypto_sign_ed25519_pk_to_curve25519(key->b, admin->b) == 0;
}

/* ---- hashing ---- */

static crypto_generichash_state *hash_state(struct wsync_backup_hasher *hasher)
{
    return (crypto_generichash_state *)(void *)hasher->state;
}

void wsync_backup_hash_begin(struct wsync_backup_hasher *hasher)
{
    crypto_generichash_init(hash_state(hasher), NULL, 0, WSYNC_HASH_BYTES);
}

void wsync_backup_hash_more(struct wsync_backup_hasher *hasher, struct wsync_slice bytes)
{
    crypto_generichash_update(hash_state(hasher), bytes.data, bytes.len);
}

struct wsync_hash wsync_backup_hash_end(struct wsync_backup_hasher *hasher)
{
    struct wsync_hash hash;
    crypto_generichash_final(hash_state(hasher), hash.b, sizeof hash.b);
    return hash;
}

/* ---- sealing ---- */

static crypto_secretstream_xchacha20poly1305_state *stream_of(void *bytes)
{
    return (crypto_secretstream_xchacha20poly1305_state *)bytes;
}

static enum wsync_err put(struct wsync_backup_writer *writer, const uint8_t *bytes, size_t len,
                          struct wsync_error *error)
{
    struct wsync_slice slice = wsync_slice(bytes, len);
    wsync_backup_hash_more(&writer->hasher, slice);
    writer->bytes += len;
    return wsync_file_write_all(writer->fd, slice, writer->path, error);
}

enum wsync_err wsync_backup_seal_begin(struct wsync_backup_writer *writer,
                                       const struct wsync_transport_key *key,
                                       struct wsync_error *error)
{
    WIPED struct secret secret;
    uint8_t head[WSYNC_BACKUP_HEAD_BYTES];
    writer->used = 0;
    writer->bytes = 0;
    wsync_backup_hash_begin(&writer->hasher);
    crypto_secretstream_xchacha20poly1305_keygen(secret.b);
    memcpy(head, WSYNC_BACKUP_MAGIC, MAGIC_BYTES);
    if (crypto_box_seal(head + MAGIC_BYTES, secret.b, sizeof secret.b, key->b) != 0) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "Nothing can be sealed to this key.");
    }
    crypto_secretstream_xchacha20poly1305_init_push(
        stream_of(writer->stream), head + MAGIC_BYTES + SEALED_KEY_BYTES, secret.b);
    return put(writer, head, sizeof head, error);
}

static enum wsync_err seal_chunk(struct wsync_backup_writer *writer, uint8_t tag,
                                 struct wsync_error *error)
{
    unsigned long long len;
    crypto_secretstream_xchacha20poly1305_push(stream_of(writer->stream), writer->piece, &len,
                                               writer->chunk, writer->used, NULL, 0, tag);
    writer->used = 0;
    return put(writer, writer->piece, (size_t)len, error);
}

enum wsync_err wsync_backup_seal_more(struct wsync_backup_writer *writer,
                                      struct wsync_slice bytes, struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    while (bytes.len > 0 && err == WSYNC_OK) { /* ends: each turn takes some */
        if (writer->used == sizeof writer->chunk) {
            err = seal_chunk(writer, 0, error);
        }
        size_t room = sizeof writer->chunk - writer->used;
        size_t len = bytes.len < room ? bytes.len : room;
        memcpy(writer->chunk + writer->used, bytes.data, len);
        writer->used += len;
        bytes = wsync_slice(bytes.data + len, bytes.len - len);
    }
    return err;
}

enum wsync_err wsync_backup_seal_end(struct wsync_backup_writer *writer,
                                     struct wsync_hash *hash, struct wsync_error *error)
{
    enum wsync_err err =
        seal_chunk(writer, crypto_secretstream_xchacha20poly1305_TAG_FINAL, error);
    *hash = wsync_backup_hash_end(&writer->hasher);
    wsync_wipe(writer->stream, sizeof writer->stream);
    wsync_wipe(writer->chunk, sizeof writer->chunk);
    return err;
}

/* ---- unsealing ---- */

struct reader {
    const struct wsync_backup_body *body;
    struct wsync_backup_hasher hasher;
    uint64_t left;
    _Alignas(16) uint8_t stream[WSYNC_BACKUP_STREAM_BYTES];
    uint8_t piece[WSYNC_BACKUP_PIECE_BYTES];
    uint8_t chunk[WSYNC_BACKUP_CHUNK_BYTES];
};

/* The next `len` bytes, which there must be. */
static enum wsync_err get(struct reader *reader, uint8_t *bytes, size_t len,
                          struct wsync_error *error)
{
    size_t done = 0;
    while (done < len) { /* ends: each turn reads some */
        ssize_t got = read(reader->body->fd, bytes + done, len - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return wsync_file_error(errno, "read", reader->body->path, error);
        }
        if (got == 0) {
            return wsync_error_set(error, WSYNC_ERR_CORRUPT, "%s ends too early.",
                                   reader->body->path);
        }
        done += (size_t)got;
    }
    wsync_backup_hash_more(&reader->hasher, wsync_slice(bytes, len));
    reader->left -= len;
    return WSYNC_OK;
}

static enum wsync_err open_head(struct reader *reader, struct wsync_error *error)
{
    WIPED struct secret secret;
    WIPED struct secret curve;
    uint8_t public[crypto_box_PUBLICKEYBYTES];
    uint8_t head[WSYNC_BACKUP_HEAD_BYTES];
    const struct wsync_signing_pair *admin = reader->body->admin;
    enum wsync_err err = get(reader, head, sizeof head, error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (memcmp(head, WSYNC_BACKUP_MAGIC, MAGIC_BYTES) != 0) {
        return wsync_error_set(error, WSYNC_ERR_CORRUPT, "%s does not begin as a backup does.",
                               reader->body->path);
    }
    if (!admin) {
        return WSYNC_OK;
    }
    if (crypto_sign_ed25519_sk_to_curve25519(curve.b, admin->secret.b) != 0 ||
        crypto_sign_ed25519_pk_to_curve25519(public, admin->key.b) != 0 ||
        crypto_box_seal_open(secret.b, head + MAGIC_BYTES, SEALED_KEY_BYTES, public, curve.b) !=
            0 ||
        crypto_secretstream_xchacha20poly1305_init_pull(
            stream_of(reader->stream), head + MAGIC_BYTES + SEALED_KEY_BYTES, secret.b) != 0) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "This key does not open %s: it was sealed to another one, or "
                               "its beginning was altered.",
                               reader->body->path);
    }
    return WSYNC_OK;
}

static enum wsync_err open_piece(struct reader *reader, const struct wsync_backup_sink *sink,
                                 struct wsync_error *error)
{
    uint8_t tag;
    unsigned long long len;
    bool whole = reader->left >= sizeof reader->piece;
    size_t size = whole ? sizeof reader->piece : (size_t)reader->left;
    enum wsync_err err = get(reader, reader->piece, size, error);
    if (err != WSYNC_OK || !reader->body->admin) {
        return err;
    }
    bool final = reader->left == 0;
    if (size < TAG_BYTES ||
        crypto_secretstream_xchacha20poly1305_pull(stream_of(reader->stream), reader->chunk,
                                                   &len, &tag, reader->piece, size, NULL,
                                                   0) != 0 ||
        final != (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL)) {
        return wsync_error_set(error, WSYNC_ERR_CORRUPT,
                               "%s was altered, or a piece of it is missing.",
                               reader->body->path);
    }
    return sink->take(sink->context, wsync_slice(reader->chunk, (size_t)len), error);
}

enum wsync_err wsync_backup_unseal(const struct wsync_backup_body *body,
                                   const struct wsync_backup_sink *sink,
                                   struct wsync_hash *hash, struct wsync_error *error)
{
    struct reader *reader = wsync_block_new(sizeof *reader);
    if (!reader) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    *reader = (struct reader){.body = body, .left = body->bytes};
    wsync_backup_hash_begin(&reader->hasher);
    enum wsync_err err =
        lseek(body->fd, 0, SEEK_SET) == 0 && body->bytes > WSYNC_BACKUP_HEAD_BYTES
            ? open_head(reader, error)
            : wsync_error_set(error, WSYNC_ERR_CORRUPT, "%s is too short.", body->path);
    while (err == WSYNC_OK && reader->left > 0) { /* ends: each turn reads a piece */
        err = open_piece(reader, sink, error);
    }
    *hash = wsync_backup_hash_end(&reader->hasher);
    wsync_wipe(reader, sizeof *reader);
    wsync_block_free(reader, sizeof *reader);
    return err;
}
