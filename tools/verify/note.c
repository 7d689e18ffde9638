/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/verify/base64.h"
#include "wardsync/crypto.h"

enum { KEY_HASH_BYTES = 4, ED25519 = 1, NAME_BYTES = 64, ROOT_DIGITS = 44 };

static const char DASH[] = "\xe2\x80\x94 "; /* an em dash and a blank */

/* Takes what stands before the next line feed; false when there is none. */
static bool take_line(struct wsync_slice *text, struct wsync_slice *line)
{
    const uint8_t *end = text->len > 0 ? memchr(text->data, '\n', text->len) : NULL;
    if (!end) {
        return false;
    }
    *line = wsync_slice(text->data, (size_t)(end - text->data));
    *text = wsync_slice(end + 1, text->len - line->len - 1);
    return true;
}

static bool take_prefix(struct wsync_slice *text, const char *prefix)
{
    struct wsync_slice wanted = wsync_slice_of(prefix);
    if (!wsync_slice_starts(*text, wanted)) {
        return false;
    }
    *text = wsync_slice(text->data + wanted.len, text->len - wanted.len);
    return true;
}

static bool take_hex(struct wsync_slice *text, uint8_t *bytes, size_t len)
{
    struct wsync_slice digits = wsync_slice_head(*text, 2 * len);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] >= 'A' && digits.data[i] <= 'F') {
            return false; /* one spelling: small letters */
        }
    }
    *text = wsync_slice(text->data + digits.len, text->len - digits.len);
    return digits.len == 2 * len && wsync_hex_decode(digits, bytes, len);
}

static bool read_size(struct wsync_slice line, uint64_t *size)
{
    *size = 0;
    if (line.len == 0 || (line.len > 1 && line.data[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < line.len; i++) {
        unsigned digit = (unsigned)line.data[i] - '0';
        if (digit > 9 || *size > (UINT64_MAX - digit) / 10) {
            return false;
        }
        *size = *size * 10 + digit;
    }
    return true;
}

static void name_of(const struct wsync_instance_id *instance, char name[NAME_BYTES])
{
    char digits[2 * WSYNC_INSTANCE_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(*instance), digits);
    snprintf(name, NAME_BYTES, "wardsync/%s", digits);
}

static bool read_signature(struct wsync_slice line, struct note *note)
{
    char name[NAME_BYTES];
    uint8_t bytes[KEY_HASH_BYTES + WSYNC_SIGNATURE_BYTES];
    size_t len;
    name_of(&note->instance, name);
    if (!take_prefix(&line, DASH) || !take_prefix(&line, name) || !take_prefix(&line, " ") ||
        !base64_decode(line, bytes, sizeof bytes, &len) || len != sizeof bytes) {
        return false;
    }
    memcpy(note->key_hash, bytes, KEY_HASH_BYTES);
    memcpy(note->signature.b, bytes + KEY_HASH_BYTES, WSYNC_SIGNATURE_BYTES);
    return true;
}

bool note_read(struct wsync_slice text, struct note *note)
{
    struct wsync_slice line;
    const uint8_t *begin = text.data;
    size_t len;
    *note = (struct note){.text = text};
    if (!take_line(&text, &line) || !take_prefix(&line, "wardsync/") ||
        !take_hex(&line, note->instance.b, sizeof note->instance.b) ||
        !take_prefix(&line, "/") ||
        !take_hex(&line, note->checkpoint.tree, sizeof note->checkpoint.tree) ||
        line.len != 0) {
        return false;
    }
    if (!take_line(&text, &line) || !read_size(line, &note->checkpoint.size) ||
        !take_line(&text, &line) || line.len != ROOT_DIGITS ||
        !base64_decode(line, note->checkpoint.root.b, sizeof note->checkpoint.root.b, &len) ||
        len != sizeof note->checkpoint.root.b) {
        return false;
    }
    note->text = wsync_slice(begin, (size_t)(text.data - begin));
    return take_line(&text, &line) && line.len == 0 && take_line(&text, &line) &&
           read_signature(line, note) && text.len == 0;
}

bool note_signed_by(const struct note *note, const struct wsync_signing_key *key)
{
    static const uint8_t KIND[] = {'\n', ED25519};
    char name[NAME_BYTES];
    name_of(&note->instance, name);
    struct wsync_slice pieces[] = {wsync_slice_of(name), wsync_slice(KIND, sizeof KIND),
                                   WSYNC_BYTES(*key)};
    struct wsync_hash hash = wsync_sha256(pieces, sizeof pieces / sizeof *pieces);
    return memcmp(note->key_hash, hash.b, KEY_HASH_BYTES) == 0 &&
           wsync_verify_text(key, &note->signature, note->text);
}

static void put_base64(struct wsync_slice bytes, char *text)
{
    static const char DIGITS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t here = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) {
            bits = bits << 8 | (k < here ? bytes.data[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            *text++ = k > here ? '=' : DIGITS[bits >> (18 - 6 * k) & 63];
        }
    }
    *text = '\0';
}

struct wsync_slice note_text(const struct wsync_instance_id *instance,
                             const struct wsync_checkpoint *checkpoint,
                             char text[NOTE_TEXT_BYTES])
{
    char name[NAME_BYTES];
    char tree[2 * sizeof checkpoint->tree + 1];
    char root[ROOT_DIGITS + 1];
    name_of(instance, name);
    wsync_hex_encode(wsync_slice(checkpoint->tree, sizeof checkpoint->tree), tree);
    put_base64(WSYNC_BYTES(checkpoint->root), root);
    int len = snprintf(text, NOTE_TEXT_BYTES, "%s/%s\n%" PRIu64 "\n%s\n", name, tree,
                       checkpoint->size, root);
    return wsync_slice(text, (size_t)len);
}
