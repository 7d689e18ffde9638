/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vector_seal.h"

#include <sodium.h>
#include <string.h>

#include "host/backup_seal.h"

enum { MAGIC_BYTES = sizeof WSYNC_BACKUP_MAGIC - 1 };

typedef crypto_secretstream_xchacha20poly1305_state stream_state;

/* An anonymous box is an ordinary one whose nonce follows from both keys. */
static void seal_secret(const struct vector_drawn *drawn,
                        const struct wsync_transport_key *admin, uint8_t *out)
{
    uint8_t nonce[crypto_box_NONCEBYTES];
    crypto_generichash_state state;
    struct wsync_transport_key own = wsync_exchange_public(drawn->box);
    crypto_generichash_init(&state, NULL, 0, sizeof nonce);
    crypto_generichash_update(&state, own.b, sizeof own.b);
    crypto_generichash_update(&state, admin->b, sizeof admin->b);
    crypto_generichash_final(&state, nonce, sizeof nonce);
    memcpy(out, own.b, sizeof own.b);
    int failed = crypto_box_easy(out + sizeof own.b, drawn->secret, sizeof drawn->secret, nonce,
                                 admin->b, drawn->box);
    WSYNC_ASSERT(!failed);
}

struct wsync_slice vector_seal(struct wsync_arena *arena, const struct vector_drawn *drawn,
                               const struct wsync_transport_key *admin,
                               struct wsync_slice plain)
{
    stream_state state; /* both sides of a stream begin alike */
    size_t pieces = 1 + plain.len / WSYNC_BACKUP_CHUNK_BYTES;
    size_t used = WSYNC_BACKUP_HEAD_BYTES;
    uint8_t *out = wsync_arena_get(arena, used + pieces * WSYNC_BACKUP_PIECE_BYTES);
    WSYNC_ASSERT(out);
    memcpy(out, WSYNC_BACKUP_MAGIC, MAGIC_BYTES);
    seal_secret(drawn, admin, out + MAGIC_BYTES);
    memcpy(out + used - sizeof drawn->stream, drawn->stream, sizeof drawn->stream);
    int failed =
        crypto_secretstream_xchacha20poly1305_init_pull(&state, drawn->stream, drawn->secret);
    WSYNC_ASSERT(!failed);
    bool final = false;
    while (!final) { /* ends: each turn takes a chunk */
        unsigned long long more;
        final = plain.len <= WSYNC_BACKUP_CHUNK_BYTES;
        size_t len = final ? plain.len : WSYNC_BACKUP_CHUNK_BYTES;
        uint8_t tag = final ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0;
        crypto_secretstream_xchacha20poly1305_push(&state, out + used, &more, plain.data, len,
                                                   NULL, 0, tag);
        used += (size_t)more;
        plain = wsync_slice(plain.data + len, plain.len - len);
    }
    return wsync_slice(out, used);
}

struct wsync_hash vector_hash(struct wsync_slice bytes)
{
    struct wsync_backup_hasher hasher;
    wsync_backup_hash_begin(&hasher);
    wsync_backup_hash_more(&hasher, bytes);
    return wsync_backup_hash_end(&hasher);
}
