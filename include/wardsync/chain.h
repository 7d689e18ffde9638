/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h: the hash chain of a log, its id and its seal (SPEC sections 3 and 4).
 *
 * Identity is the chain hash, never a hash over a signature.  Every signature has its own
 * domain and covers the log id. */
#ifndef WARDSYNC_CHAIN_H
#define WARDSYNC_CHAIN_H

#include "wardsync/crypto.h"
#include "wardsync/payload.h"

/* h(0): the hash of the genesis bytes. */
struct wsync_hash wsync_chain_start(struct wsync_slice genesis);

/* The log id: the first 16 bytes of h(0). */
struct wsync_log_id wsync_chain_log_id(const struct wsync_hash *start);

/* h(seq) from h(seq - 1) and the change as it stands. */
struct wsync_hash wsync_chain_next(const struct wsync_log_id *log, uint64_t seq,
                                   const struct wsync_hash *before,
                                   const struct wsync_raw_change *raw);

/* What stands for a change in the chain: enough to follow it where the change is not shown. */
struct wsync_change_digest {
    struct wsync_hash public_hash;
    bool personal; /* it has a private part, held or erased */
    struct wsync_hash private_hash;
};
struct wsync_change_digest wsync_change_digest(const struct wsync_raw_change *raw);
struct wsync_hash wsync_chain_step(const struct wsync_log_id *log, uint64_t seq,
                                   const struct wsync_hash *before,
                                   const struct wsync_change_digest *digest);

/* What a change weighs in a change-set (SPEC 5.2). */
size_t wsync_change_weight(const struct wsync_raw_change *raw);

/* The author's signature over a head and the last checkpoint it verified. */
struct wsync_signature wsync_seal_sign(const struct wsync_signing_secret *secret,
                                       const struct wsync_head *head,
                                       const struct wsync_checkpoint *checkpoint);
WSYNC_MUST_USE bool wsync_seal_verify(const struct wsync_signing_key *key,
                                      const struct wsync_signature *seal,
                                      const struct wsync_head *head,
                                      const struct wsync_checkpoint *checkpoint);

/* The name of a device, derived from its first signing key: nobody can choose it. */
struct wsync_device_id wsync_device_of(const struct wsync_instance_id *instance,
                                       const struct wsync_signing_key *key);

#endif
