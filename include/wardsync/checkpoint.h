/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.h: the district's signed word for its transparency log (SPEC section 15.2).
 *
 * What is signed is the text of a C2SP tlog-checkpoint, so that tools of other logs can read
 * and check it; on the wire only tree, size, root and signature travel. */
#ifndef WARDSYNC_CHECKPOINT_H
#define WARDSYNC_CHECKPOINT_H

#include "wardsync/error.h"
#include "wardsync/ids.h"

struct wsync_signed_checkpoint {
    struct wsync_checkpoint checkpoint;
    struct wsync_signature signature;
    int64_t time; /* of its heads leaf, seconds since 1970; in no note and in no Prove */
};

bool wsync_checkpoint_is_none(const struct wsync_checkpoint *checkpoint);
bool wsync_checkpoint_equal(const struct wsync_checkpoint *a, const struct wsync_checkpoint *b);

struct wsync_signature wsync_checkpoint_sign(const struct wsync_signing_secret *secret,
                                             const struct wsync_instance_id *instance,
                                             const struct wsync_checkpoint *checkpoint);
WSYNC_MUST_USE bool wsync_checkpoint_verify(const struct wsync_signing_key *key,
                                            const struct wsync_instance_id *instance,
                                            const struct wsync_signed_checkpoint *checkpoint);

/* A checkpoint as a signed note: origin, size, root, an empty line, the signature. */
struct wsync_note {
    struct wsync_instance_id instance;
    struct wsync_signed_checkpoint checkpoint;
    uint8_t key_hash[4]; /* says which key signed */
};

/* The first bytes of what names a key in a note. */
void wsync_checkpoint_key_hash(const struct wsync_instance_id *instance,
                               const struct wsync_signing_key *key, uint8_t hash[4]);

/* Writes the note into the caller's buffer and returns what was written. */
struct wsync_slice wsync_note_encode(const struct wsync_note *note,
                                     char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX]);

/* MESSAGE for anything that is not exactly a note as `encode` writes it.  Whether the signature
 * holds is asked of wsync_checkpoint_verify. */
WSYNC_MUST_USE enum wsync_err wsync_note_decode(struct wsync_slice text,
                                                struct wsync_note *note);

#endif
