/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/chain.h"

#include <string.h>

#include "core/bytes.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct wsync_hash wsync_chain_start(struct wsync_slice genesis)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/genesis/v1"), genesis};
    return wsync_hash_parts(parts, COUNT(parts));
}

struct wsync_log_id wsync_chain_log_id(const struct wsync_hash *start)
{
    struct wsync_log_id id;
    memcpy(id.b, start->b, sizeof id.b);
    return id;
}

static struct wsync_hash hash_private(const struct wsync_raw_change *raw)
{
    if (raw->private_state == WSYNC_PRIVATE_ERASED) {
        return raw->private_hash;
    }
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/private/v1"), WSYNC_BYTES(raw->salt),
                                  raw->private_part};
    return wsync_hash_parts(parts, COUNT(parts));
}

struct wsync_change_digest wsync_change_digest(const struct wsync_raw_change *raw)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/public/v1"), raw->public_part};
    struct wsync_change_digest digest = {
        .public_hash = wsync_hash_parts(parts, COUNT(parts)),
        .personal = raw->private_state != WSYNC_PRIVATE_NONE,
    };
    if (digest.personal) {
        digest.private_hash = hash_private(raw);
    }
    return digest;
}

struct wsync_hash wsync_chain_step(const struct wsync_log_id *log, uint64_t seq,
                                   const struct wsync_hash *before,
                                   const struct wsync_change_digest *digest)
{
    uint8_t number[8];
    wsync_be_put(number, seq, sizeof number);
    struct wsync_slice parts[] = {
        wsync_slice_of("wardsync/change/v1"),
        WSYNC_BYTES(*log),
        wsync_slice(number, sizeof number),
        WSYNC_BYTES(*before),
        WSYNC_BYTES(digest->public_hash),
        wsync_slice(digest->private_hash.b,
                    digest->personal ? sizeof digest->private_hash.b : 0),
    };
    return wsync_hash_parts(parts, COUNT(parts));
}

struct wsync_hash wsync_chain_next(const struct wsync_log_id *log, uint64_t seq,
                                   const struct wsync_hash *before,
                                   const struct wsync_raw_change *raw)
{
    struct wsync_change_digest digest = wsync_change_digest(raw);
    return wsync_chain_step(log, seq, before, &digest);
}

size_t wsync_change_weight(const struct wsync_raw_change *raw)
{
    size_t weight = raw->public_part.len + WSYNC_CHANGE_WEIGHT_BYTES;
    return raw->private_state == WSYNC_PRIVATE_NONE
               ? weight
               : weight + raw->private_part.len + WSYNC_PRIVATE_WEIGHT_BYTES;
}

/* The parts a seal signs; `numbers` holds seq and size. */
static void seal_parts(const struct wsync_head *head, const struct wsync_checkpoint *checkpoint,
                       uint8_t numbers[16], struct wsync_slice parts[7])
{
    wsync_be_put(numbers, head->seq, 8);
    wsync_be_put(numbers + 8, checkpoint->size, 8);
    parts[0] = wsync_slice_of("wardsync/seal/v1");
    parts[1] = WSYNC_BYTES(head->log);
    parts[2] = wsync_slice(numbers, 8);
    parts[3] = WSYNC_BYTES(head->hash);
    parts[4] = wsync_slice(checkpoint->tree, sizeof checkpoint->tree);
    parts[5] = wsync_slice(numbers + 8, 8);
    parts[6] = WSYNC_BYTES(checkpoint->root);
}

struct wsync_signature wsync_seal_sign(const struct wsync_signing_secret *secret,
                                       const struct wsync_head *head,
                                       const struct wsync_checkpoint *checkpoint)
{
    uint8_t numbers[16];
    struct wsync_slice parts[7];
    seal_parts(head, checkpoint, numbers, parts);
    return wsync_sign_parts(secret, parts, COUNT(parts));
}

bool wsync_seal_verify(const struct wsync_signing_key *key, const struct wsync_signature *seal,
                       const struct wsync_head *head, const struct wsync_checkpoint *checkpoint)
{
    uint8_t numbers[16];
    struct wsync_slice parts[7];
    seal_parts(head, checkpoint, numbers, parts);
    return wsync_verify_parts(key, seal, parts, COUNT(parts));
}

struct wsync_device_id wsync_device_of(const struct wsync_instance_id *instance,
                                       const struct wsync_signing_key *key)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/device/v1"), WSYNC_BYTES(*instance),
                                  WSYNC_BYTES(*key)};
    struct wsync_hash hash = wsync_hash_parts(parts, COUNT(parts));
    struct wsync_device_id id;
    memcpy(id.b, hash.b, sizeof id.b);
    return id;
}
