/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the vectors of bundles.  Plain bytes of a part stand without the zeros at their end. */
#include <string.h>

#include "tests/vector.h"
#include "wardsync/bundle.h"

/* The plain bytes, which begin at `from`, with their zeros; NULL when there are too many. */
static uint8_t *plain_of(struct vector_book *book, const struct vector *vector)
{
    size_t from = (size_t)vector_integer(vector, "from");
    struct wsync_slice told = vector_bytes(vector, "plain", &book->arena);
    uint8_t *plain = wsync_arena_get(&book->arena, WSYNC_BUNDLE_PLAIN_BYTES);
    WSYNC_ASSERT(plain);
    memset(plain, 0, WSYNC_BUNDLE_PLAIN_BYTES);
    if (from > WSYNC_BUNDLE_PLAIN_BYTES || told.len > WSYNC_BUNDLE_PLAIN_BYTES - from) {
        return NULL;
    }
    memcpy(plain + from, told.data, told.len);
    return plain;
}

enum wsync_err vector_run_bundle_header(struct vector_book *book, const struct vector *vector)
{
    struct wsync_bundle_header header;
    enum wsync_err err =
        wsync_bundle_header_decode(vector_bytes(vector, "header", &book->arena), &header);
    if (err == WSYNC_OK) {
        vector_number(book, "kind", (int64_t)header.kind);
        vector_hex(book, "number", WSYNC_BYTES(header.id));
        vector_hex(book, "receiver", wsync_slice(header.receiver, sizeof header.receiver));
        vector_hex(book, "sender", WSYNC_BYTES(header.sender));
    }
    return err;
}

enum wsync_err vector_run_bundle_answer(struct vector_book *book, const struct vector *vector)
{
    struct wsync_signing_key key;
    struct wsync_signing_secret secret;
    struct wsync_bundle_id id;
    uint8_t seed[32];
    uint8_t answer[WSYNC_PUBLIC_KEY_BYTES];
    if (!vector_fixed(vector, "seed", seed, sizeof seed) ||
        !vector_fixed(vector, "number", id.b, sizeof id.b)) {
        return WSYNC_ERR_INVALID;
    }
    wsync_signing_pair(seed, &key, &secret);
    wsync_bundle_answer_secret(&secret, &id, answer);
    struct wsync_transport_key public = wsync_exchange_public(answer);
    vector_hex(book, "secret", wsync_slice(answer, sizeof answer));
    vector_hex(book, "key", WSYNC_BYTES(public));
    return WSYNC_OK;
}

/* Seals the plain bytes as part `part`, bends the byte at `bent` of what comes out, and opens
 * it as part `opened-as`. */
enum wsync_err vector_run_bundle_part(struct vector_book *book, const struct vector *vector)
{
    struct wsync_bundle_key key;
    uint8_t secret[WSYNC_PUBLIC_KEY_BYTES];
    uint8_t hash[WSYNC_BUNDLE_PART_HASH_BYTES];
    uint8_t *plain = plain_of(book, vector);
    uint8_t *part = wsync_arena_get(&book->arena, WSYNC_BUNDLE_PART_BYTES);
    uint8_t *again = wsync_arena_get(&book->arena, WSYNC_BUNDLE_PLAIN_BYTES);
    WSYNC_ASSERT(part && again);
    if (!plain || !vector_fixed(vector, "secret", secret, sizeof secret)) {
        return WSYNC_ERR_INVALID;
    }
    enum wsync_err err =
        wsync_bundle_open(vector_bytes(vector, "header", &book->arena), secret, &key);
    if (err != WSYNC_OK) {
        return err;
    }
    uint32_t number = (uint32_t)vector_integer(vector, "part");
    bool elsewhere = vector_nth(vector, "opened-as", 0) != NULL;
    wsync_bundle_seal(&key, number, plain, part);
    if (vector_nth(vector, "bent", 0)) {
        part[vector_integer(vector, "bent")] ^= 1;
    }
    number = elsewhere ? (uint32_t)vector_integer(vector, "opened-as") : number;
    if (!wsync_bundle_unseal(&key, number, part, again)) {
        return WSYNC_ERR_BUNDLE;
    }
    wsync_bundle_part_hash(part, hash);
    vector_hex(book, "key", wsync_slice(key.key, sizeof key.key));
    vector_hex(book, "hash", wsync_slice(hash, sizeof hash));
    return memcmp(plain, again, WSYNC_BUNDLE_PLAIN_BYTES) == 0 ? WSYNC_OK : WSYNC_ERR_INVALID;
}

/* Frames from `from` on: what stands before them was taken. */
enum wsync_err vector_run_bundle_frames(struct vector_book *book, const struct vector *vector)
{
    const uint8_t *plain = plain_of(book, vector);
    struct wsync_slice frame;
    size_t used = (size_t)vector_integer(vector, "from");
    enum wsync_err err;
    if (!plain) {
        return WSYNC_ERR_INVALID;
    }
    while (wsync_bundle_next_frame(plain, &used, &frame, &err)) { /* each turn takes some */
    }
    used = (size_t)vector_integer(vector, "from");
    while (err == WSYNC_OK && wsync_bundle_next_frame(plain, &used, &frame, &err)) {
        vector_hex(book, "frame", frame);
    }
    return err;
}

static void tell_head(struct vector_book *book, const char *seq, const char *hash,
                      const struct wsync_head *head)
{
    vector_number(book, seq, (int64_t)head->seq);
    vector_hex(book, hash, WSYNC_BYTES(head->hash));
}

static void tell_manifest(struct vector_book *book,
                          const struct wsync_bundle_manifest *manifest)
{
    vector_number(book, "version", manifest->protocol);
    vector_number(book, "capabilities", manifest->capabilities);
    vector_hex(book, "instance", WSYNC_BYTES(manifest->instance));
    vector_hex(book, "device", WSYNC_BYTES(manifest->device));
    vector_hex(book, "key", WSYNC_BYTES(manifest->signing_key));
    vector_hex(book, "answer", WSYNC_BYTES(manifest->answer));
    vector_number(book, "time", manifest->time);
    vector_number(book, "roster", (int64_t)manifest->roster_version);
    vector_number(book, "changes", (int64_t)manifest->changes);
    vector_number(book, "more-waits", manifest->partial);
    for (size_t i = 0; i < manifest->part_count; i++) {
        vector_hex(book, "part",
                   wsync_slice(manifest->hashes[i], sizeof manifest->hashes[i]));
    }
    for (size_t i = 0; i < manifest->run_count; i++) {
        vector_hex(book, "log", WSYNC_BYTES(manifest->runs[i].tip.log));
        tell_head(book, "behind", "behind-hash", &manifest->runs[i].after);
        tell_head(book, "tip", "tip-hash", &manifest->runs[i].tip);
    }
}

enum wsync_err vector_run_bundle_manifest(struct vector_book *book, const struct vector *vector)
{
    struct wsync_bundle_key key;
    const uint8_t *plain = plain_of(book, vector);
    struct wsync_bundle_manifest *manifest = wsync_arena_get(&book->arena, sizeof *manifest);
    WSYNC_ASSERT(manifest);
    if (!plain || !vector_fixed(vector, "header", key.header, sizeof key.header)) {
        return WSYNC_ERR_INVALID;
    }
    enum wsync_err err = wsync_bundle_manifest_decode(plain, &key, manifest);
    if (err == WSYNC_OK) {
        tell_manifest(book, manifest);
    }
    return err;
}
