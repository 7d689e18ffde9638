/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/crypto.h"

#include <sodium.h>
#include <string.h>

enum { SIGNED_BYTES_MAX = 1024, LENGTH_BYTES = 4 };

_Static_assert(WSYNC_HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(WSYNC_SECRET_KEY_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519");

bool wsync_crypto_init(void)
{
    return sodium_init() >= 0;
}

static void put_length(uint8_t out[LENGTH_BYTES], size_t len)
{
    WSYNC_ASSERT(len <= UINT32_MAX);
    for (int i = 0; i < LENGTH_BYTES; i++) {
        out[i] = (uint8_t)(len >> (8 * (LENGTH_BYTES - 1 - i)));
    }
}

struct wsync_hash wsync_hash_parts(const struct wsync_slice *parts, size_t count)
{
    struct wsync_hash hash;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash.b);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[LENGTH_BYTES];
        put_length(length, parts[i].len);
        crypto_generichash_update(&state, length, sizeof length);
        crypto_generichash_update(&state, parts[i].data, parts[i].len);
    }
    crypto_generichash_final(&state, hash.b, sizeof hash.b);
    return hash;
}

/* Lays the parts out as one message for Ed25519. */
static size_t flatten(const struct wsync_slice *parts, size_t count,
                      uint8_t out[SIGNED_BYTES_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        WSYNC_ASSERT(parts[i].len + LENGTH_BYTES <= SIGNED_BYTES_MAX - used);
        put_length(out + used, parts[i].len);
        used += LENGTH_BYTES;
        if (parts[i].len > 0) {
            memcpy(out + used, parts[i].data, parts[i].len);
        }
        used += parts[i].len;
    }
    return used;
}

struct wsync_signature wsync_sign_parts(const struct wsync_signing_secret *secret,
                                        const struct wsync_slice *parts, size_t count)
{
    uint8_t message[SIGNED_BYTES_MAX];
    size_t len = flatten(parts, count, message);
    struct wsync_signature signature;
    crypto_sign_detached(signature.b, NULL, message, len, secret->b);
    return signature;
}

bool wsync_verify_parts(const struct wsync_signing_key *key,
                        const struct wsync_signature *signature,
                        const struct wsync_slice *parts, size_t count)
{
    uint8_t message[SIGNED_BYTES_MAX];
    size_t len = flatten(parts, count, message);
    return crypto_sign_verify_detached(signature->b, message, len, key->b) == 0;
}

void wsync_signing_pair(const uint8_t seed[32], struct wsync_signing_key *key,
                        struct wsync_signing_secret *secret)
{
    crypto_sign_seed_keypair(key->b, secret->b, seed);
}

void wsync_wipe(void *secret, size_t len)
{
    sodium_memzero(secret, len);
}
