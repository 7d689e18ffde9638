/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/base64.h"
#include "wardsync/crypto.h"

enum {
    ROOT_TEXT_BYTES = 44, /* 32 bytes in base64 */
    KEY_HASH_BYTES = 4,
    SIGNED_BYTES = KEY_HASH_BYTES + WSYNC_SIGNATURE_BYTES,
    SIGNED_TEXT_BYTES = 92,
    NAME_BYTES = 9 + 2 * WSYNC_INSTANCE_ID_BYTES,
    SIZE_DIGITS_MAX = 20,
    ALGORITHM_ED25519 = 1,
};

static const char NAME[] = "wardsync/";
static const char DASH[] = "\xe2\x80\x94 "; /* an em dash and a space begin a signature line */
static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool wsync_checkpoint_is_none(const struct wsync_checkpoint *checkpoint)
{
    static const struct wsync_checkpoint NONE;
    return wsync_checkpoint_equal(checkpoint, &NONE);
}

bool wsync_checkpoint_equal(const struct wsync_checkpoint *a, const struct wsync_checkpoint *b)
{
    return memcmp(a->tree, b->tree, sizeof a->tree) == 0 && a->size == b->size &&
           wsync_hash_equal(&a->root, &b->root);
}

/* ---- base64 ---- */

/* Exactly `len` bytes; a second spelling of the same bytes is found by writing them again. */
static bool from_base64(struct wsync_slice text, uint8_t *out, size_t len)
{
    uint32_t group = 0;
    unsigned bits = 0;
    size_t used = 0;
    if (text.len != (len + 2) / 3 * 4) {
        return false;
    }
    for (size_t i = 0; i < text.len && used < len; i++) {
        const char *digit = memchr(DIGITS, text.data[i], sizeof DIGITS - 1);
        if (!digit) {
            return false;
        }
        group = (group << 6 | (uint32_t)(digit - DIGITS)) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[used++] = (uint8_t)(group >> bits);
        }
    }
    return used == len;
}

/* ---- the text ---- */

static size_t put_name(const struct wsync_instance_id *instance, char *out)
{
    memcpy(out, NAME, sizeof NAME - 1);
    wsync_hex_encode(WSYNC_BYTES(*instance), out + sizeof NAME - 1);
    return NAME_BYTES;
}

/* What is signed: three lines. */
static struct wsync_slice write_text(const struct wsync_instance_id *instance,
                                     const struct wsync_checkpoint *checkpoint,
                                     char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX])
{
    size_t used = put_name(instance, text);
    text[used++] = '/';
    wsync_hex_encode(wsync_slice(checkpoint->tree, sizeof checkpoint->tree), text + used);
    used += 2 * sizeof checkpoint->tree;
    used += (size_t)snprintf(text + used, SIZE_DIGITS_MAX + 3, "\n%llu\n",
                             (unsigned long long)checkpoint->size);
    used += wsync_base64_encode(WSYNC_BYTES(checkpoint->root), text + used);
    text[used++] = '\n';
    return wsync_slice(text, used);
}

struct wsync_signature wsync_checkpoint_sign(const struct wsync_signing_secret *secret,
                                             const struct wsync_instance_id *instance,
                                             const struct wsync_checkpoint *checkpoint)
{
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    return wsync_sign_text(secret, write_text(instance, checkpoint, text));
}

bool wsync_checkpoint_verify(const struct wsync_signing_key *key,
                             const struct wsync_instance_id *instance,
                             const struct wsync_signed_checkpoint *checkpoint)
{
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    return wsync_verify_text(key, &checkpoint->signature,
                             write_text(instance, &checkpoint->checkpoint, text));
}

void wsync_checkpoint_key_hash(const struct wsync_instance_id *instance,
                               const struct wsync_signing_key *key,
                               uint8_t hash[KEY_HASH_BYTES])
{
    static const uint8_t BEHIND[] = {'\n', ALGORITHM_ED25519};
    char name[NAME_BYTES + 1];
    struct wsync_slice pieces[] = {wsync_slice(name, put_name(instance, name)),
                                   wsync_slice(BEHIND, sizeof BEHIND), WSYNC_BYTES(*key)};
    struct wsync_hash whole = wsync_sha256(pieces, 3);
    memcpy(hash, whole.b, KEY_HASH_BYTES);
}

struct wsync_slice wsync_note_encode(const struct wsync_note *note,
                                     char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX])
{
    uint8_t signed_bytes[SIGNED_BYTES];
    size_t used = write_text(&note->instance, &note->checkpoint.checkpoint, text).len;
    memcpy(signed_bytes, note->key_hash, KEY_HASH_BYTES);
    memcpy(signed_bytes + KEY_HASH_BYTES, note->checkpoint.signature.b, WSYNC_SIGNATURE_BYTES);
    text[used++] = '\n';
    memcpy(text + used, DASH, sizeof DASH - 1);
    used += sizeof DASH - 1;
    used += put_name(&note->instance, text + used);
    text[used++] = ' ';
    used += wsync_base64_encode(wsync_slice(signed_bytes, sizeof signed_bytes), text + used);
    text[used++] = '\n';
    return wsync_slice(text, used);
}

/* ---- reading ---- */

/* The next `len` bytes of the text, or up to the end of the line. */
static struct wsync_slice take(struct wsync_slice *text, size_t len)
{
    struct wsync_slice part = wsync_slice_head(*text, len);
    *text = wsync_slice(text->data + part.len, text->len - part.len);
    return part;
}

static struct wsync_slice take_line(struct wsync_slice *text)
{
    const uint8_t *end = text->len > 0 ? memchr(text->data, '\n', text->len) : NULL;
    struct wsync_slice line = take(text, end ? (size_t)(end - text->data) : text->len);
    (void)take(text, 1);
    return line;
}

static bool read_size(struct wsync_slice line, uint64_t *size)
{
    *size = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] < '0' || line.data[i] > '9' ||
            __builtin_mul_overflow(*size, 10, size) ||
            __builtin_add_overflow(*size, (uint64_t)(line.data[i] - '0'), size)) {
            return false;
        }
    }
    return line.len > 0;
}

enum wsync_err wsync_note_decode(struct wsync_slice text, struct wsync_note *note)
{
    char again[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    uint8_t signed_bytes[SIGNED_BYTES];
    struct wsync_checkpoint *checkpoint = &note->checkpoint.checkpoint;
    struct wsync_slice left = text;
    *note = (struct wsync_note){.key_hash = {0}};
    if (text.len == 0) {
        return WSYNC_ERR_MESSAGE;
    }
    (void)take(&left, sizeof NAME - 1);
    struct wsync_slice instance = take(&left, 2 * sizeof note->instance.b);
    (void)take(&left, 1);
    struct wsync_slice tree = take_line(&left);
    struct wsync_slice size = take_line(&left);
    struct wsync_slice root = take_line(&left);
    (void)take_line(&left);
    (void)take(&left, sizeof DASH - 1 + NAME_BYTES + 1);
    if (!wsync_hex_decode(instance, note->instance.b, sizeof note->instance.b) ||
        !wsync_hex_decode(tree, checkpoint->tree, sizeof checkpoint->tree) ||
        !read_size(size, &checkpoint->size) ||
        !from_base64(root, checkpoint->root.b, sizeof checkpoint->root.b) ||
        !from_base64(take_line(&left), signed_bytes, sizeof signed_bytes)) {
        return WSYNC_ERR_MESSAGE;
    }
    memcpy(note->key_hash, signed_bytes, KEY_HASH_BYTES);
    memcpy(note->checkpoint.signature.b, signed_bytes + KEY_HASH_BYTES, WSYNC_SIGNATURE_BYTES);
    return wsync_slice_equal(wsync_note_encode(note, again), text) ? WSYNC_OK
                                                                   : WSYNC_ERR_MESSAGE;
}
