/* SPDX-License-Identifier: Apache-2.0 */
#include "host/keys.h"

#include "host/entropy.h"
#include "host/key_file.h"
#include "wardsync/crypto.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const char SIGNING_KIND[] = "wardsync signing key v1";
static const char TRANSPORT_KIND[] = "wardsync transport key v1";

enum { SEED_BYTES = 32 };

_Static_assert(SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519");
_Static_assert(SEED_BYTES == crypto_scalarmult_SCALARBYTES, "Curve25519");
_Static_assert(sizeof TRANSPORT_KIND + 2 * SEED_BYTES + 1 < WSYNC_KEY_FILE_BYTES_MAX,
               "a file fits");

/* Secrets on the stack: wiped whichever way their function is left. */
struct seed {
    uint8_t b[SEED_BYTES];
};

static void wipe_seed(struct seed *seed)
{
    wsync_wipe(seed, sizeof *seed);
}

static void wipe_entropy(struct wsync_entropy *entropy)
{
    wsync_wipe(entropy, sizeof *entropy);
}

#define WIPED(kind) __attribute__((cleanup(wipe_##kind)))

static void draw_seed(struct seed *seed)
{
    WIPED(entropy) struct wsync_entropy entropy;
    _Static_assert(sizeof entropy.b == SEED_BYTES, "one draw is one seed");
    wsync_entropy_draw(&entropy);
    memcpy(seed->b, entropy.b, sizeof seed->b);
}

static void make_signing(const struct seed *seed, struct wsync_signing_pair *pair)
{
    wsync_signing_pair(seed->b, &pair->key, &pair->secret);
}

static void make_transport(const struct seed *seed, struct wsync_transport_pair *pair)
{
    memcpy(pair->secret.b, seed->b, sizeof pair->secret.b);
    int failed = crypto_scalarmult_base(pair->key.b, pair->secret.b);
    WSYNC_ASSERT(!failed);
}

struct wsync_transport_pair wsync_keys_pair_of(const struct wsync_transport_secret *secret)
{
    struct wsync_transport_pair pair;
    WIPED(seed) struct seed seed;
    memcpy(seed.b, secret->b, sizeof seed.b);
    make_transport(&seed, &pair);
    return pair;
}

/* ---- files ---- */

static enum wsync_err write_new(const char *path, const char *kind, const struct seed *seed,
                                struct wsync_error *error)
{
    WSYNC_KEY_TEXT text;
    size_t used = (size_t)snprintf(text.b, sizeof text.b, "%s\n", kind);
    wsync_hex_encode(wsync_slice(seed->b, sizeof seed->b), text.b + used);
    used += 2 * sizeof seed->b;
    text.b[used++] = '\n';
    return wsync_key_file_create(path, wsync_slice(text.b, used), error);
}

/* Exactly the kind, a line feed, 64 digits and a line feed. */
static bool parse(struct wsync_slice text, const char *kind, struct seed *seed)
{
    size_t kind_bytes = strlen(kind);
    size_t digits = 2 * sizeof seed->b;
    return text.len == kind_bytes + 1 + digits + 1 &&
           wsync_slice_starts(text, wsync_slice(kind, kind_bytes)) &&
           text.data[kind_bytes] == '\n' && text.data[text.len - 1] == '\n' &&
           wsync_hex_decode(wsync_slice(text.data + kind_bytes + 1, digits), seed->b,
                            sizeof seed->b);
}

static enum wsync_err read_seed(const char *path, const char *kind, struct seed *seed,
                                struct wsync_error *error)
{
    WSYNC_KEY_TEXT text;
    enum wsync_err err = wsync_key_file_read(path, &text, error);
    if (err == WSYNC_OK && !parse(wsync_slice(text.b, text.len), kind, seed)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%s is not a \"%s\" file, or not "
                               "whole; bring it back from a backup, or remove it and enrol "
                               "anew.", path, kind);
    }
    return err;
}

/* ---- the four ways ---- */

enum wsync_err wsync_keys_create_signing(const char *path, struct wsync_signing_pair *pair,
                                         struct wsync_error *error)
{
    WIPED(seed) struct seed seed;
    wsync_wipe(pair, sizeof *pair);
    draw_seed(&seed);
    enum wsync_err err = write_new(path, SIGNING_KIND, &seed, error);
    if (err == WSYNC_OK) {
        make_signing(&seed, pair);
    }
    return err;
}

enum wsync_err wsync_keys_create_transport(const char *path, struct wsync_transport_pair *pair,
                                           struct wsync_error *error)
{
    WIPED(seed) struct seed seed;
    wsync_wipe(pair, sizeof *pair);
    draw_seed(&seed);
    enum wsync_err err = write_new(path, TRANSPORT_KIND, &seed, error);
    if (err == WSYNC_OK) {
        make_transport(&seed, pair);
    }
    return err;
}

enum wsync_err wsync_keys_load_signing(const char *path, struct wsync_signing_pair *pair,
                                       struct wsync_error *error)
{
    WIPED(seed) struct seed seed;
    wsync_wipe(pair, sizeof *pair);
    enum wsync_err err = read_seed(path, SIGNING_KIND, &seed, error);
    if (err == WSYNC_OK) {
        make_signing(&seed, pair);
    }
    return err;
}

enum wsync_err wsync_keys_load_transport(const char *path, struct wsync_transport_pair *pair,
                                         struct wsync_error *error)
{
    WIPED(seed) struct seed seed;
    wsync_wipe(pair, sizeof *pair);
    enum wsync_err err = read_seed(path, TRANSPORT_KIND, &seed, error);
    if (err == WSYNC_OK) {
        make_transport(&seed, pair);
    }
    return err;
}

void wsync_keys_draw_transport(struct wsync_transport_pair *pair)
{
    WIPED(seed) struct seed seed;
    draw_seed(&seed);
    make_transport(&seed, pair);
}

void wsync_keys_guard(void *secret, size_t len)
{
    /* Refused beyond RLIMIT_MEMLOCK: then the secret may be swapped out, and nothing else. */
    (void)!sodium_mlock(secret, len);
}

void wsync_keys_release(void *secret, size_t len)
{
    (void)!sodium_munlock(secret, len); /* wipes, also what was never locked */
}

void wsync_keys_no_dump(void)
{
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* lowering is always allowed */
}
