/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/signed.h"

#include <string.h>

#include "core/bytes.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    KEY_OFFSET = WSYNC_SECRET_KEY_BYTES - WSYNC_PUBLIC_KEY_BYTES,
    PIN_BYTES = WSYNC_LOG_ID_BYTES + 8 + WSYNC_HASH_BYTES,
};

static const char STATEMENT_DOMAIN[] = "wardsync/roster/v1";

struct wsync_key_signature wsync_statement_sign(const struct wsync_signing_secret *secret,
                                                struct wsync_slice bytes)
{
    struct wsync_key_signature result;
    struct wsync_hash hash = wsync_statement_hash(bytes);
    struct wsync_slice parts[] = {wsync_slice_of(STATEMENT_DOMAIN), WSYNC_BYTES(hash)};
    memcpy(result.key.b, secret->b + KEY_OFFSET, sizeof result.key.b);
    result.signature = wsync_sign_parts(secret, parts, COUNT(parts));
    return result;
}

bool wsync_signed_verify(const struct wsync_signed_statement *by)
{
    struct wsync_hash hash = wsync_statement_hash(by->statement);
    struct wsync_slice parts[] = {wsync_slice_of(STATEMENT_DOMAIN), WSYNC_BYTES(hash)};
    for (size_t i = 0; i < by->signature_count; i++) {
        if (!wsync_verify_parts(&by->signatures[i].key, &by->signatures[i].signature, parts,
                                COUNT(parts))) {
            return false;
        }
    }
    return true;
}

enum wsync_err wsync_signed_add(struct wsync_signed_statement *to,
                                const struct wsync_key_signature *signature)
{
    size_t at = to->signature_count;
    if (at == WSYNC_STATEMENT_SIGNATURES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    for (size_t i = 0; i < to->signature_count; i++) {
        int order = memcmp(to->signatures[i].key.b, signature->key.b, sizeof signature->key.b);
        if (order == 0) {
            return WSYNC_ERR_EXISTS;
        }
        at = order > 0 && i < at ? i : at;
    }
    memmove(&to->signatures[at + 1], &to->signatures[at],
            (to->signature_count - at) * sizeof *to->signatures);
    to->signatures[at] = *signature;
    to->signature_count++;
    return WSYNC_OK;
}

struct wsync_slice wsync_signed_write(const struct wsync_signed_statement *from,
                                      uint8_t bytes[WSYNC_SIGNED_BYTES_MAX])
{
    struct wsync_writer writer = wsync_writer_over(bytes, WSYNC_SIGNED_BYTES_MAX);
    wsync_write_number(&writer, from->signature_count, 1);
    for (size_t i = 0; i < from->signature_count; i++) {
        wsync_write_bytes(&writer, WSYNC_BYTES(from->signatures[i].key));
        wsync_write_bytes(&writer, WSYNC_BYTES(from->signatures[i].signature));
    }
    wsync_write_bytes(&writer, from->statement);
    return wsync_written(&writer);
}

bool wsync_signed_read(struct wsync_slice bytes, struct wsync_signed_statement *to)
{
    struct wsync_reader reader = wsync_reader_over(bytes);
    *to = (struct wsync_signed_statement){.signature_count = 0};
    size_t count = (size_t)wsync_read_number(&reader, 1);
    for (size_t i = 0; i < count && i < WSYNC_STATEMENT_SIGNATURES_MAX; i++) {
        struct wsync_key_signature *signature = &to->signatures[i];
        wsync_read_into(&reader, signature->key.b, sizeof signature->key.b);
        wsync_read_into(&reader, signature->signature.b, sizeof signature->signature.b);
    }
    to->signature_count = count;
    to->statement = reader.left;
    return !reader.bad && count <= WSYNC_STATEMENT_SIGNATURES_MAX && to->statement.len > 0 &&
           to->statement.len <= WSYNC_STATEMENT_BYTES_MAX;
}

static struct wsync_hash pins_hash(const struct wsync_rotation *rotation)
{
    uint8_t bytes[WSYNC_STATEMENT_PINS_MAX * PIN_BYTES];
    struct wsync_writer writer = wsync_writer_over(bytes, sizeof bytes);
    for (size_t i = 0; i < rotation->pin_count; i++) {
        wsync_write_bytes(&writer, WSYNC_BYTES(rotation->pins[i].log));
        wsync_write_number(&writer, rotation->pins[i].seq, 8);
        wsync_write_bytes(&writer, WSYNC_BYTES(rotation->pins[i].hash));
    }
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/pins/v1"), wsync_written(&writer)};
    return wsync_hash_parts(parts, COUNT(parts));
}

/* What both keys of a rotation sign; `hash` holds that of the pins. */
static void rotation_parts(const struct wsync_instance_id *instance,
                           const struct wsync_rotation *rotation, struct wsync_hash *hash,
                           struct wsync_slice parts[6])
{
    *hash = pins_hash(rotation);
    parts[0] = wsync_slice_of("wardsync/rotate/v1");
    parts[1] = WSYNC_BYTES(*instance);
    parts[2] = WSYNC_BYTES(rotation->device);
    parts[3] = WSYNC_BYTES(rotation->signing_key);
    parts[4] = WSYNC_BYTES(rotation->transport_key);
    parts[5] = WSYNC_BYTES(*hash);
}

struct wsync_signature wsync_rotation_sign(const struct wsync_signing_secret *secret,
                                           const struct wsync_instance_id *instance,
                                           const struct wsync_rotation *rotation)
{
    struct wsync_hash hash;
    struct wsync_slice parts[6];
    rotation_parts(instance, rotation, &hash, parts);
    return wsync_sign_parts(secret, parts, COUNT(parts));
}

bool wsync_rotation_verify(const struct wsync_signing_key *old_key,
                           const struct wsync_instance_id *instance,
                           const struct wsync_rotation *rotation)
{
    struct wsync_hash hash;
    struct wsync_slice parts[6];
    rotation_parts(instance, rotation, &hash, parts);
    return wsync_verify_parts(old_key, &rotation->old_signature, parts, COUNT(parts)) &&
           wsync_verify_parts(&rotation->signing_key, &rotation->new_signature, parts,
                              COUNT(parts));
}
