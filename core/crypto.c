/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/crypto.h"

#include <sodium.h>
#include <string.h>

enum { SIGNED_BYTES_MAX = 1024, LENGTH_BYTES = 4 };

_Static_assert(WSYNC_HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");
_Static_assert(WSYNC_HASH_BYTES == crypto_hash_sha256_BYTES, "SHA-256");
_Static_assert(WSYNC_SECRET_KEY_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519");
_Static_assert(WSYNC_PUBLIC_KEY_BYTES == crypto_scalarmult_BYTES, "X25519");
_Static_assert(WSYNC_PUBLIC_KEY_BYTES == crypto_scalarmult_SCALARBYTES, "X25519");
_Static_assert(WSYNC_SHARED_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(WSYNC_SEALED_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "its tag");

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

struct wsync_hash wsync_sha256(const struct wsync_slice *pieces, size_t count)
{
    struct wsync_hash hash;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++) {
        crypto_hash_sha256_update(&state, pieces[i].data, pieces[i].len);
    }
    crypto_hash_sha256_final(&state, hash.b);
    return hash;
}

/* A list of parts begins with a length, whose first byte is 0. */
static bool is_text(struct wsync_slice text)
{
    return text.len > 0 && text.len <= WSYNC_CHECKPOINT_TEXT_BYTES_MAX && text.data[0] >= 'A';
}

struct wsync_signature wsync_sign_text(const struct wsync_signing_secret *secret,
                                       struct wsync_slice text)
{
    struct wsync_signature signature;
    WSYNC_ASSERT(is_text(text));
    crypto_sign_detached(signature.b, NULL, text.data, text.len, secret->b);
    return signature;
}

bool wsync_verify_text(const struct wsync_signing_key *key,
                       const struct wsync_signature *signature, struct wsync_slice text)
{
    WSYNC_ASSERT(is_text(text));
    return crypto_sign_verify_detached(signature->b, text.data, text.len, key->b) == 0;
}

void wsync_signing_pair(const uint8_t seed[32], struct wsync_signing_key *key,
                        struct wsync_signing_secret *secret)
{
    crypto_sign_seed_keypair(key->b, secret->b, seed);
}

struct wsync_transport_key wsync_exchange_public(const uint8_t *secret)
{
    struct wsync_transport_key key;
    int failed = crypto_scalarmult_base(key.b, secret);
    WSYNC_ASSERT(!failed);
    return key;
}

bool wsync_exchange_key(const struct wsync_exchange *exchange,
                        uint8_t key[WSYNC_SHARED_KEY_BYTES])
{
    uint8_t shared[crypto_scalarmult_BYTES];
    struct wsync_transport_key own = wsync_exchange_public(exchange->secret);
    const struct wsync_transport_key *from = exchange->sends ? &own : exchange->other;
    const struct wsync_transport_key *to = exchange->sends ? exchange->other : &own;
    if (crypto_scalarmult(shared, exchange->secret, exchange->other->b) != 0) {
        return false;
    }
    const struct wsync_slice parts[] = {wsync_slice_of(exchange->domain),
                                        wsync_slice(shared, sizeof shared),
                                        wsync_slice(from->b, sizeof from->b),
                                        wsync_slice(to->b, sizeof to->b)};
    struct wsync_hash hash = wsync_hash_parts(parts, sizeof parts / sizeof *parts);
    memcpy(key, hash.b, WSYNC_SHARED_KEY_BYTES);
    wsync_wipe(shared, sizeof shared);
    wsync_wipe(&hash, sizeof hash);
    return true;
}

static void put_nonce(uint64_t number,
                      uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES])
{
    memset(nonce, 0, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    for (int i = 0; i < 8; i++) {
        nonce[i] = (uint8_t)(number >> (8 * (7 - i)));
    }
}

void wsync_seal_bytes(const struct wsync_sealing *sealing, struct wsync_slice text,
                      uint8_t *out)
{
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    put_nonce(sealing->number, nonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, text.data, text.len,
                                               sealing->beside.data, sealing->beside.len, NULL,
                                               nonce, sealing->key);
}

bool wsync_open_bytes(const struct wsync_sealing *sealing, struct wsync_slice sealed,
                      uint8_t *out)
{
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    put_nonce(sealing->number, nonce);
    return sealed.len >= WSYNC_SEALED_TAG_BYTES &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data, sealed.len,
                                                      sealing->beside.data,
                                                      sealing->beside.len, nonce,
                                                      sealing->key) == 0;
}

void wsync_wipe(void *secret, size_t len)
{
    sodium_memzero(secret, len);
}
