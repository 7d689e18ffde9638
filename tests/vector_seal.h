/* SPDX-License-Identifier: Apache-2.0 */
/* vector_seal.h: the sealed bytes of a backup with nothing drawn: what the programs take from
 * the machine's entropy is given, so that the vectors are the same every time. */
#ifndef WARDSYNC_TESTS_VECTOR_SEAL_H
#define WARDSYNC_TESTS_VECTOR_SEAL_H

#include "wardsync/arena.h"
#include "wardsync/crypto.h"

/* The key of the box, the secret in it, the header of the stream. */
struct vector_drawn {
    uint8_t box[32], secret[32], stream[24];
};

/* Head and pieces to an admin's key, in the arena. */
struct wsync_slice vector_seal(struct wsync_arena *arena, const struct vector_drawn *drawn,
                               const struct wsync_transport_key *admin,
                               struct wsync_slice plain);

/* BLAKE2b-256 of the bytes alone. */
struct wsync_hash vector_hash(struct wsync_slice bytes);

#endif
