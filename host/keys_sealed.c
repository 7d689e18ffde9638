/* SPDX-License-Identifier: Apache-2.0 */
#include "host/keys_sealed.h"

#include "host/key_file.h"
#include "wardsync/crypto.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND "wardsync sealed signing key v1\n"

enum {
    SEED_BYTES = crypto_sign_SEEDBYTES,
    SEALED_BYTES = SEED_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    DIGITS_MAX = 20,
};

/* What the file says, all of it public. */
struct sealed {
    struct wsync_signing_key key;
    uint8_t salt[crypto_pwhash_argon2id_SALTBYTES];
    unsigned long long ops;
    size_t memory;
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t sealed[SEALED_BYTES];
    size_t header_len; /* of the file's text, up to the line "sealed" */
};

struct secret {
    uint8_t b[SEED_BYTES];
};

static void wipe_secret(struct secret *secret)
{
    wsync_wipe(secret, sizeof *secret);
}

#define WIPED __attribute__((cleanup(wipe_secret)))

_Static_assert(sizeof(struct secret) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "a key of the seal is as long as a seed");

/* ---- text ---- */

static void add_hex(struct wsync_key_text *text, const char *name, struct wsync_slice bytes)
{
    size_t room = sizeof text->b - text->len;
    text->len += (size_t)snprintf(text->b + text->len, room, "%s ", name);
    WSYNC_ASSERT(text->len + 2 * bytes.len + 2 <= sizeof text->b);
    wsync_hex_encode(bytes, text->b + text->len);
    text->len += 2 * bytes.len;
    text->b[text->len++] = '\n';
}

/* All but the last line, which is sealed with these as its header. */
static void print_header(struct sealed *file, struct wsync_key_text *text)
{
    text->len = (size_t)snprintf(text->b, sizeof text->b, KIND);
    add_hex(text, "key", WSYNC_BYTES(file->key));
    add_hex(text, "salt", wsync_slice(file->salt, sizeof file->salt));
    text->len += (size_t)snprintf(text->b + text->len, sizeof text->b - text->len,
                                  "limits %llu %zu\n", file->ops, file->memory);
    add_hex(text, "nonce", wsync_slice(file->nonce, sizeof file->nonce));
    file->header_len = text->len;
}

static bool take(struct wsync_slice *rest, const char *word)
{
    struct wsync_slice wanted = wsync_slice_of(word);
    if (!wsync_slice_starts(*rest, wanted)) {
        return false;
    }
    *rest = wsync_slice(rest->data + wanted.len, rest->len - wanted.len);
    return true;
}

static bool take_hex(struct wsync_slice *rest, const char *name, uint8_t *bytes, size_t len)
{
    if (!take(rest, name) || rest->len < 2 * len ||
        !wsync_hex_decode(wsync_slice(rest->data, 2 * len), bytes, len)) {
        return false;
    }
    *rest = wsync_slice(rest->data + 2 * len, rest->len - 2 * len);
    return take(rest, "\n");
}

static bool take_number(struct wsync_slice *rest, unsigned long long *number)
{
    size_t digits = 0;
    *number = 0;
    while (digits < rest->len && digits < DIGITS_MAX - 1 && rest->data[digits] >= '0' &&
           rest->data[digits] <= '9') {
        *number = *number * 10 + (unsigned long long)(rest->data[digits++] - '0');
    }
    *rest = wsync_slice(rest->data + digits, rest->len - digits);
    return digits > 0;
}

/* The limits are held to their bounds here, before anything is allocated for them. */
static bool parse(struct wsync_slice text, struct sealed *file)
{
    struct wsync_slice rest = text;
    unsigned long long memory;
    bool good = take(&rest, KIND) && take_hex(&rest, "key ", file->key.b, sizeof file->key.b) &&
                take_hex(&rest, "salt ", file->salt, sizeof file->salt) &&
                take(&rest, "limits ") && take_number(&rest, &file->ops) && take(&rest, " ") &&
                take_number(&rest, &memory) && take(&rest, "\n") &&
                take_hex(&rest, "nonce ", file->nonce, sizeof file->nonce);
    if (!good || file->ops < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
        file->ops > WSYNC_SEAL_OPS_MAX || memory < crypto_pwhash_argon2id_MEMLIMIT_MIN ||
        memory > WSYNC_SEAL_MEMORY_MAX) {
        return false;
    }
    file->memory = (size_t)memory;
    file->header_len = text.len - rest.len;
    return take_hex(&rest, "sealed ", file->sealed, sizeof file->sealed) && rest.len == 0;
}

/* ---- the seal ---- */

static enum wsync_err stretch(const struct sealed *file, struct wsync_slice passphrase,
                              struct secret *key, struct wsync_error *error)
{
    if (crypto_pwhash_argon2id(key->b, sizeof key->b, (const char *)passphrase.data,
                               passphrase.len, file->salt, file->ops, file->memory,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_MEMORY,
                           "The passphrase takes %zu MB of memory to check, which this machine "
                           "does not have free.",
                           file->memory >> 20);
}

enum wsync_err wsync_keys_create_sealed(const char *path, struct wsync_slice passphrase,
                                        enum wsync_seal_effort effort,
                                        struct wsync_signing_pair *pair,
                                        struct wsync_error *error)
{
    bool moderate = effort == WSYNC_SEAL_MODERATE;
    struct sealed file = {
        .ops = moderate ? crypto_pwhash_argon2id_OPSLIMIT_MODERATE
                        : crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
        .memory = moderate ? crypto_pwhash_argon2id_MEMLIMIT_MODERATE
                           : crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE,
    };
    WIPED struct secret key;
    WIPED struct secret seed;
    WSYNC_KEY_TEXT text;
    randombytes_buf(file.salt, sizeof file.salt);
    randombytes_buf(file.nonce, sizeof file.nonce);
    enum wsync_err err = stretch(&file, passphrase, &key, error);
    if (err != WSYNC_OK) {
        wsync_wipe(pair, sizeof *pair);
        return err;
    }
    randombytes_buf(seed.b, sizeof seed.b);
    wsync_signing_pair(seed.b, &pair->key, &pair->secret);
    file.key = pair->key;
    print_header(&file, &text);
    crypto_aead_xchacha20poly1305_ietf_encrypt(file.sealed, NULL, seed.b, sizeof seed.b,
                                               (const uint8_t *)text.b, file.header_len, NULL,
                                               file.nonce, key.b);
    add_hex(&text, "sealed", wsync_slice(file.sealed, sizeof file.sealed));
    err = wsync_key_file_create(path, wsync_slice(text.b, text.len), error);
    if (err != WSYNC_OK) {
        wsync_wipe(pair, sizeof *pair);
    }
    return err;
}

/* Opens what was parsed; the text is its header. */
static enum wsync_err unseal(const struct sealed *file, const struct wsync_key_text *text,
                             struct wsync_slice passphrase, struct secret *seed,
                             struct wsync_error *error)
{
    WIPED struct secret key;
    enum wsync_err err = stretch(file, passphrase, &key, error);
    if (err == WSYNC_OK &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            seed->b, NULL, NULL, file->sealed, sizeof file->sealed, (const uint8_t *)text->b,
            file->header_len, file->nonce, key.b) != 0) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The passphrase does not open this key; check it and try again "
                               "(a file that was altered looks the same).");
    }
    return err;
}

static enum wsync_err not_sealed(const char *path, struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_INVALID,
                           "%s is not a whole file of a sealed signing key, or asks for more "
                           "than %d passes or %d MB.",
                           path, WSYNC_SEAL_OPS_MAX, WSYNC_SEAL_MEMORY_MAX >> 20);
}

enum wsync_err wsync_keys_load_sealed(const char *path, struct wsync_slice passphrase,
                                      struct wsync_signing_pair *pair,
                                      struct wsync_error *error)
{
    struct sealed file;
    WIPED struct secret seed;
    WSYNC_KEY_TEXT text;
    wsync_wipe(pair, sizeof *pair);
    enum wsync_err err = wsync_key_file_read(path, &text, error);
    if (err == WSYNC_OK && !parse(wsync_slice(text.b, text.len), &file)) {
        return not_sealed(path, error);
    }
    if (err == WSYNC_OK) {
        err = unseal(&file, &text, passphrase, &seed, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_signing_pair(seed.b, &pair->key, &pair->secret);
    if (memcmp(pair->key.b, file.key.b, sizeof file.key.b) != 0) {
        wsync_wipe(pair, sizeof *pair);
        return not_sealed(path, error); /* whoever sealed it wrote another key above it */
    }
    return WSYNC_OK;
}

enum wsync_err wsync_keys_peek(const char *path, bool *sealed, struct wsync_signing_key *key,
                               struct wsync_error *error)
{
    struct sealed file;
    WSYNC_KEY_TEXT text;
    enum wsync_err err = wsync_key_file_read(path, &text, error);
    if (err != WSYNC_OK) {
        return err;
    }
    struct wsync_slice whole = wsync_slice(text.b, text.len);
    *sealed = wsync_slice_starts(whole, wsync_slice_of(KIND));
    if (!*sealed) {
        return WSYNC_OK;
    }
    if (!parse(whole, &file)) {
        return not_sealed(path, error);
    }
    *key = file.key;
    return WSYNC_OK;
}
