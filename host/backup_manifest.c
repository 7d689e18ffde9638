/* SPDX-License-Identifier: Apache-2.0 */
#include "host/backup_manifest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/backup_seal.h"
#include "host/file.h"
#include "wardsync/crypto.h"

#define SIGNED "wardsync/backup/v1"
#define HASHED "wardsync/manifest/v1"
#define HEADING "wardsync backup-manifest 1\n"

enum { TEXT_BYTES = WSYNC_BACKUP_MANIFEST_BYTES_MAX, LENGTH_BYTES = 4, HEX_BYTES = 65 };
enum { TRAILER_BYTES = WSYNC_SIGNATURE_BYTES + LENGTH_BYTES };

/* ---- text ---- */

static void add_hex(char *text, size_t *used, const char *name, struct wsync_slice bytes)
{
    char digits[HEX_BYTES];
    wsync_hex_encode(bytes, digits);
    *used += (size_t)snprintf(text + *used, TEXT_BYTES - *used, "%s %s\n", name, digits);
}

static void add_number(char *text, size_t *used, const char *name, uint64_t number)
{
    *used += (size_t)snprintf(text + *used, TEXT_BYTES - *used, "%s %llu\n", name,
                              (unsigned long long)number);
}

struct wsync_slice wsync_backup_manifest_print(const struct wsync_backup_manifest *manifest,
                                               char text[WSYNC_BACKUP_MANIFEST_BYTES_MAX])
{
    size_t used = (size_t)snprintf(text, TEXT_BYTES, HEADING "kind %s\n",
                                   manifest->kind == WSYNC_SITE_WARD ? "ward" : "district");
    add_hex(text, &used, "instance", WSYNC_BYTES(manifest->instance));
    add_hex(text, &used, "device", WSYNC_BYTES(manifest->device));
    add_hex(text, &used, "key", WSYNC_BYTES(manifest->key));
    add_hex(text, &used, "admin", WSYNC_BYTES(manifest->admin));
    add_number(text, &used, "created", (uint64_t)manifest->created);
    used += (size_t)snprintf(text + used, TEXT_BYTES - used, "program %s\n", manifest->program);
    add_number(text, &used, "roster", manifest->roster);
    add_number(text, &used, "epoch", manifest->epoch);
    add_number(text, &used, "logs", manifest->logs);
    add_number(text, &used, "changes", manifest->changes);
    add_hex(text, &used, "heads", WSYNC_BYTES(manifest->heads));
    add_number(text, &used, "files", manifest->files);
    add_number(text, &used, "bytes", manifest->bytes);
    add_number(text, &used, "body", manifest->body);
    add_hex(text, &used, "hash", WSYNC_BYTES(manifest->hash));
    WSYNC_ASSERT(used < TEXT_BYTES);
    return wsync_slice(text, used);
}

/* The value of the line `name`, which must come next; false when it does not. */
static bool take_line(struct wsync_slice *rest, const char *name, struct wsync_slice *value)
{
    size_t len = strlen(name);
    const uint8_t *end = rest->len > len ? memchr(rest->data, '\n', rest->len) : NULL;
    if (!end || memcmp(rest->data, name, len) != 0 || rest->data[len] != ' ') {
        return false;
    }
    *value = wsync_slice(rest->data + len + 1, (size_t)(end - rest->data) - len - 1);
    size_t line = (size_t)(end - rest->data) + 1;
    *rest = wsync_slice(rest->data + line, rest->len - line);
    return (size_t)(end - value->data) == value->len;
}

static bool take_hex(struct wsync_slice *rest, const char *name, uint8_t *bytes, size_t len)
{
    struct wsync_slice value;
    return take_line(rest, name, &value) && wsync_hex_decode(value, bytes, len);
}

static bool take_number(struct wsync_slice *rest, const char *name, uint64_t *number)
{
    struct wsync_slice value;
    *number = 0;
    if (!take_line(rest, name, &value) || value.len == 0 || value.len > 18) {
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint64_t)(value.data[i] - '0');
    }
    return true;
}

static bool take_program(struct wsync_slice *rest, struct wsync_backup_manifest *manifest)
{
    struct wsync_slice value;
    if (!take_line(rest, "program", &value) || value.len >= sizeof manifest->program) {
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] <= ' ' || value.data[i] >= 0x7f) {
            return false;
        }
    }
    memcpy(manifest->program, value.data, value.len);
    return true;
}

static bool take_kind(struct wsync_slice *rest, enum wsync_site_kind *kind)
{
    struct wsync_slice value;
    if (!take_line(rest, "kind", &value)) {
        return false;
    }
    *kind = wsync_slice_equal(value, wsync_slice_of("ward")) ? WSYNC_SITE_WARD
                                                             : WSYNC_SITE_DISTRICT;
    return true;
}

static bool take_all(struct wsync_slice rest, struct wsync_backup_manifest *to)
{
    uint64_t created = 0;
    struct wsync_slice heading = wsync_slice_of(HEADING);
    if (!wsync_slice_starts(rest, heading)) {
        return false;
    }
    rest = wsync_slice(rest.data + heading.len, rest.len - heading.len);
    bool good =
        take_kind(&rest, &to->kind) &&
        take_hex(&rest, "instance", to->instance.b, sizeof to->instance.b) &&
        take_hex(&rest, "device", to->device.b, sizeof to->device.b) &&
        take_hex(&rest, "key", to->key.b, sizeof to->key.b) &&
        take_hex(&rest, "admin", to->admin.b, sizeof to->admin.b) &&
        take_number(&rest, "created", &created) && take_program(&rest, to) &&
        take_number(&rest, "roster", &to->roster) && take_number(&rest, "epoch", &to->epoch) &&
        take_number(&rest, "logs", &to->logs) && take_number(&rest, "changes", &to->changes) &&
        take_hex(&rest, "heads", to->heads.b, sizeof to->heads.b) &&
        take_number(&rest, "files", &to->files) && take_number(&rest, "bytes", &to->bytes) &&
        take_number(&rest, "body", &to->body) &&
        take_hex(&rest, "hash", to->hash.b, sizeof to->hash.b);
    to->created = (int64_t)created;
    return good && rest.len == 0;
}

/* Written again it is the same, so every manifest has one spelling. */
bool wsync_backup_manifest_parse(struct wsync_slice text,
                                 struct wsync_backup_manifest *manifest)
{
    char again[TEXT_BYTES];
    *manifest = (struct wsync_backup_manifest){.created = 0};
    return text.len < TEXT_BYTES && take_all(text, manifest) &&
           wsync_slice_equal(wsync_backup_manifest_print(manifest, again), text);
}

/* ---- in the file ---- */

/* The signature is over a hash: what is signed is short (crypto.h). */
static struct wsync_hash hash_of(struct wsync_slice text)
{
    struct wsync_slice parts[] = {wsync_slice_of(HASHED), text};
    return wsync_hash_parts(parts, 2);
}

enum wsync_err wsync_backup_manifest_write(int fd, const char *path,
                                           const struct wsync_backup_manifest *manifest,
                                           const struct wsync_signing_secret *secret,
                                           struct wsync_error *error)
{
    char text[TEXT_BYTES];
    uint8_t trailer[TRAILER_BYTES];
    struct wsync_slice printed = wsync_backup_manifest_print(manifest, text);
    struct wsync_hash hash = hash_of(printed);
    struct wsync_slice parts[] = {wsync_slice_of(SIGNED), WSYNC_BYTES(hash)};
    struct wsync_signature signature = wsync_sign_parts(secret, parts, 2);
    memcpy(trailer, signature.b, sizeof signature.b);
    for (int i = 0; i < LENGTH_BYTES; i++) {
        trailer[WSYNC_SIGNATURE_BYTES + i] = (uint8_t)(printed.len >> (24 - 8 * i));
    }
    enum wsync_err err = wsync_file_write_all(fd, printed, path, error);
    return err == WSYNC_OK
               ? wsync_file_write_all(fd, wsync_slice(trailer, sizeof trailer), path, error)
               : err;
}

static enum wsync_err not_whole(const char *path, struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_CORRUPT,
                           "%s is no whole backup: its end is missing or was altered.", path);
}

static bool read_at(int fd, uint8_t *bytes, size_t len, off_t at)
{
    return wsync_file_read_at(fd, bytes, len, (uint64_t)at) == (ssize_t)len;
}

enum wsync_err wsync_backup_manifest_read(int fd, const char *path,
                                          struct wsync_backup_manifest *manifest,
                                          struct wsync_error *error)
{
    uint8_t text[TEXT_BYTES];
    uint8_t trailer[TRAILER_BYTES];
    struct wsync_signature signature;
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < TRAILER_BYTES || !read_at(fd, trailer, sizeof trailer, size - TRAILER_BYTES)) {
        return not_whole(path, error);
    }
    size_t len = 0;
    for (int i = 0; i < LENGTH_BYTES; i++) {
        len = len << 8 | trailer[WSYNC_SIGNATURE_BYTES + i];
    }
    off_t begin = size - TRAILER_BYTES - (off_t)len;
    if (len >= sizeof text || begin < 0 || !read_at(fd, text, len, begin) ||
        !wsync_backup_manifest_parse(wsync_slice(text, len), manifest) ||
        manifest->body != (uint64_t)begin) {
        return not_whole(path, error);
    }
    struct wsync_hash hash = hash_of(wsync_slice(text, len));
    struct wsync_slice parts[] = {wsync_slice_of(SIGNED), WSYNC_BYTES(hash)};
    memcpy(signature.b, trailer, sizeof signature.b);
    return wsync_verify_parts(&manifest->key, &signature, parts, 2)
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_SIGNATURE,
                                 "The manifest of %s is not signed by the key that it names.",
                                 path);
}
