/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.h: the pure functions of libsodium the core uses: BLAKE2b-256, SHA-256, Ed25519,
 * X25519 and XChaCha20-Poly1305.
 *
 * Every hash and signature is over parts: each part is written as its length (4 bytes,
 * big-endian) and its bytes, the first part being the domain (SPEC section 3).  Only what other
 * programs must be able to check, the transparency log, is made as they make it (section 15):
 * SHA-256, and signatures over a text as it stands. */
#ifndef WARDSYNC_CRYPTO_H
#define WARDSYNC_CRYPTO_H

#include "wardsync/ids.h"

/* Prepares libsodium; false when the machine cannot offer it.  Once, before anything else. */
WSYNC_MUST_USE bool wsync_crypto_init(void);

/* BLAKE2b-256 over the length-prefixed parts. */
struct wsync_hash wsync_hash_parts(const struct wsync_slice *parts, size_t count);

/* Ed25519 over the length-prefixed parts (at most 1 KiB in all: callers sign hashes and short
 * headers, never payloads). */
struct wsync_signature wsync_sign_parts(const struct wsync_signing_secret *secret,
                                        const struct wsync_slice *parts, size_t count);
WSYNC_MUST_USE bool wsync_verify_parts(const struct wsync_signing_key *key,
                                       const struct wsync_signature *signature,
                                       const struct wsync_slice *parts, size_t count);

/* SHA-256 over the pieces one behind the other. */
struct wsync_hash wsync_sha256(const struct wsync_slice *pieces, size_t count);

/* Ed25519 over a text that no list of parts can be equal to: one that begins with a letter, at
 * most WSYNC_CHECKPOINT_TEXT_BYTES_MAX. */
struct wsync_signature wsync_sign_text(const struct wsync_signing_secret *secret,
                                       struct wsync_slice text);
WSYNC_MUST_USE bool wsync_verify_text(const struct wsync_signing_key *key,
                                      const struct wsync_signature *signature,
                                      struct wsync_slice text);

/* The key pair that belongs to a 32-byte seed. */
void wsync_signing_pair(const uint8_t seed[32], struct wsync_signing_key *key,
                        struct wsync_signing_secret *secret);

/* X25519: the public key of a secret, and the key that both sides of an exchange come to: over
 * the domain, what they share, the sender's public key and the receiver's.  False for a public
 * key that shares nothing. */
enum { WSYNC_SHARED_KEY_BYTES = 32, WSYNC_SEALED_TAG_BYTES = 16 };
struct wsync_exchange {
    const char *domain;
    const uint8_t *secret;                  /* WSYNC_PUBLIC_KEY_BYTES of one side */
    const struct wsync_transport_key *other; /* the other side's public key */
    bool sends;                             /* whose secret it is */
};
struct wsync_transport_key wsync_exchange_public(const uint8_t *secret);
WSYNC_MUST_USE bool wsync_exchange_key(const struct wsync_exchange *exchange,
                                       uint8_t key[WSYNC_SHARED_KEY_BYTES]);

/* XChaCha20-Poly1305 with a number as its nonce: never two texts under one number of one key.
 * `out` has room for the text and its tag, or for the text. */
struct wsync_sealing {
    const uint8_t *key; /* WSYNC_SHARED_KEY_BYTES */
    uint64_t number;
    struct wsync_slice beside; /* what is not sealed and must be the same */
};
void wsync_seal_bytes(const struct wsync_sealing *sealing, struct wsync_slice text,
                      uint8_t *out);
WSYNC_MUST_USE bool wsync_open_bytes(const struct wsync_sealing *sealing,
                                     struct wsync_slice sealed, uint8_t *out);

/* Overwrites a secret; the compiler cannot leave it out. */
void wsync_wipe(void *secret, size_t len);

#endif
