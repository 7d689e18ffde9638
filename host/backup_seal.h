/* SPDX-License-Identifier: Apache-2.0 */
/* backup_seal.h: the bytes of a backup under the admin's key, written and read in pieces of
 * bounded size (SPEC section 21).
 *
 * The admin's key is an Ed25519 pair that is kept as a root key is (keys_sealed.h); what is
 * sealed to is its Curve25519 form, so the public half alone makes backups.  After
 * wsync_crypto_init. */
#ifndef WARDSYNC_HOST_BACKUP_SEAL_H
#define WARDSYNC_HOST_BACKUP_SEAL_H

#include "host/keys.h"
#include "wardsync/limits.h"

#define WSYNC_BACKUP_MAGIC "wardsync backup 1\n"

enum {
    WSYNC_BACKUP_HEAD_BYTES = 18 + 80 + 24, /* magic, sealed key, header of the stream */
    WSYNC_BACKUP_PIECE_BYTES = WSYNC_BACKUP_CHUNK_BYTES + 17,
    WSYNC_BACKUP_HASHER_BYTES = 384,
    WSYNC_BACKUP_STREAM_BYTES = 64,
};

/* The key to seal to; false for a key that no admin key can be. */
WSYNC_MUST_USE bool wsync_backup_key_of(const struct wsync_signing_key *admin,
                                        struct wsync_transport_key *key);

/* BLAKE2b-256 over bytes that come one behind the other. */
struct wsync_backup_hasher {
    _Alignas(64) uint8_t state[WSYNC_BACKUP_HASHER_BYTES];
};
void wsync_backup_hash_begin(struct wsync_backup_hasher *hasher);
void wsync_backup_hash_more(struct wsync_backup_hasher *hasher, struct wsync_slice bytes);
struct wsync_hash wsync_backup_hash_end(struct wsync_backup_hasher *hasher);

/* What is written into an open file.  The path is for sentences alone. */
struct wsync_backup_writer {
    int fd;
    const char *path;
    uint64_t bytes; /* written so far */
    struct wsync_backup_hasher hasher;
    _Alignas(16) uint8_t stream[WSYNC_BACKUP_STREAM_BYTES];
    size_t used;
    uint8_t chunk[WSYNC_BACKUP_CHUNK_BYTES];
    uint8_t piece[WSYNC_BACKUP_PIECE_BYTES];
};

/* Writes the head.  `writer->fd` and `path` are the caller's to set.  INVALID for a key that
 * seals nothing; errors of file.h. */
WSYNC_MUST_USE enum wsync_err wsync_backup_seal_begin(struct wsync_backup_writer *writer,
                                                      const struct wsync_transport_key *key,
                                                      struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_backup_seal_more(struct wsync_backup_writer *writer,
                                                     struct wsync_slice bytes,
                                                     struct wsync_error *error);
/* Writes the last piece; `*hash` is over all that was written. */
WSYNC_MUST_USE enum wsync_err wsync_backup_seal_end(struct wsync_backup_writer *writer,
                                                    struct wsync_hash *hash,
                                                    struct wsync_error *error);

/* Where what was unsealed goes, in order. */
struct wsync_backup_sink {
    void *context;
    enum wsync_err (*take)(void *context, struct wsync_slice bytes, struct wsync_error *error);
};

/* Reads the first `bytes` bytes of an open file from its beginning and hashes them; with a pair
 * they are unsealed into the sink as well.  VALUE when the pair is not the one that it was
 * sealed to; CORRUPT when a piece was altered or is missing. */
struct wsync_backup_body {
    int fd;
    const char *path;
    uint64_t bytes;
    const struct wsync_signing_pair *admin; /* NULL: hashed alone */
};
WSYNC_MUST_USE enum wsync_err wsync_backup_unseal(const struct wsync_backup_body *body,
                                                  const struct wsync_backup_sink *sink,
                                                  struct wsync_hash *hash,
                                                  struct wsync_error *error);

#endif
