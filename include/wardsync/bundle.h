/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.h: what a session says, in a file for a stick (SPEC section 19): header, manifest and
 * sealed parts as bytes.  bundle_take.h is about the frames in them.
 *
 * A file is a header and parts of one size.  The first part is the manifest, the others hold
 * frames.  A part opens by itself or not at all, so a broken one takes no other with it. */
#ifndef WARDSYNC_BUNDLE_H
#define WARDSYNC_BUNDLE_H

#include "wardsync/crypto.h"
#include "wardsync/error.h"

enum {
    WSYNC_BUNDLE_PLAIN_BYTES = WSYNC_BUNDLE_PART_BYTES - WSYNC_SEALED_TAG_BYTES,
    WSYNC_BUNDLE_RECEIVER_BYTES = 8,
    WSYNC_BUNDLE_PART_HASH_BYTES = 16,
    WSYNC_BUNDLE_FORMAT = 1,
};

enum wsync_bundle_kind {
    WSYNC_BUNDLE_UP = 1,     /* from a device to the district */
    WSYNC_BUNDLE_ANSWER = 2, /* back to the device that wrote the bundle of this number */
};

struct wsync_bundle_id {
    uint8_t b[WSYNC_BUNDLE_ID_BYTES];
};

/* What stands outside the sealing. */
struct wsync_bundle_header {
    enum wsync_bundle_kind kind;
    struct wsync_bundle_id id;
    uint8_t receiver[WSYNC_BUNDLE_RECEIVER_BYTES]; /* names the key that opens it */
    struct wsync_transport_key sender;             /* drawn for this file alone */
};

/* What opens and seals the parts of one file; its owner wipes it. */
struct wsync_bundle_key {
    uint8_t key[WSYNC_SHARED_KEY_BYTES];
    uint8_t header[WSYNC_BUNDLE_HEADER_BYTES];
};

/* BUNDLE when it is none, VERSION for a later format. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_header_decode(struct wsync_slice bytes,
                                                         struct wsync_bundle_header *header);

/* The names of a receiver's key. */
void wsync_bundle_receiver(const struct wsync_transport_key *key,
                           uint8_t receiver[WSYNC_BUNDLE_RECEIVER_BYTES]);

/* Begins a file: fills in receiver and sender, and makes the key, whose `header` is what the
 * file begins with.  `secret` (WSYNC_PUBLIC_KEY_BYTES) was drawn for it alone.  BUNDLE when
 * nothing can be sealed to that key. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_begin(struct wsync_bundle_header *header,
                                                 const struct wsync_transport_key *receiver,
                                                 const uint8_t *secret,
                                                 struct wsync_bundle_key *key);

/* The key of a file that is held in hands: BUNDLE when it is meant for another receiver. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_open(struct wsync_slice header_bytes,
                                                const uint8_t *secret,
                                                struct wsync_bundle_key *key);

/* The secret of the key that the answer to bundle `id` is sealed to. */
void wsync_bundle_answer_secret(const struct wsync_signing_secret *secret,
                                const struct wsync_bundle_id *id,
                                uint8_t answer[WSYNC_PUBLIC_KEY_BYTES]);

/* A part and its plain bytes (WSYNC_BUNDLE_PART_BYTES, WSYNC_BUNDLE_PLAIN_BYTES); number 0 is
 * the manifest.  False when it is not whole, or not this part of this file. */
void wsync_bundle_seal(const struct wsync_bundle_key *key, uint32_t number,
                       const uint8_t *plain, uint8_t *part);
WSYNC_MUST_USE bool wsync_bundle_unseal(const struct wsync_bundle_key *key, uint32_t number,
                                        const uint8_t *part, uint8_t *plain);

/* ---- frames in a part ---- */

/* Puts a frame behind the others; false when the part has no room for it.  `*used` begins with
 * 0 over zeros. */
WSYNC_MUST_USE bool wsync_bundle_put_frame(uint8_t *plain, size_t *used,
                                           struct wsync_slice frame);
/* The next frame; `*used` begins with 0.  False behind the last one; BUNDLE in `*err` when what
 * follows is none. */
WSYNC_MUST_USE bool wsync_bundle_next_frame(const uint8_t *plain, size_t *used,
                                            struct wsync_slice *frame, enum wsync_err *err);

/* ---- manifest ---- */

/* What is in the file of one log: behind the change `after` (0: from the first) to `tip`. */
struct wsync_bundle_run {
    struct wsync_head after, tip;
};

struct wsync_bundle_manifest {
    uint8_t protocol;      /* version of the frames */
    uint32_t capabilities; /* none yet: 0 */
    struct wsync_instance_id instance;
    struct wsync_device_id device;
    struct wsync_signing_key signing_key;
    struct wsync_transport_key answer; /* UP: what the answer is sealed to; else zeros */
    int64_t time;                      /* seconds since 1970, the writer's clock */
    uint64_t roster_version;
    uint64_t changes;
    uint32_t part_count; /* behind the manifest */
    uint8_t hashes[WSYNC_BUNDLE_PARTS_MAX][WSYNC_BUNDLE_PART_HASH_BYTES]; /* of sealed parts */
    struct wsync_bundle_run runs[WSYNC_BUNDLE_RUNS_MAX];
    uint32_t run_count;
    bool partial; /* more waits than is in the file */
};

void wsync_bundle_part_hash(const uint8_t *part, uint8_t hash[WSYNC_BUNDLE_PART_HASH_BYTES]);

/* Writes and signs it into the plain bytes of part 0, and reads it back: BUNDLE when it is not
 * in its one form, VERSION for another format, SIGNATURE when the key in it did not sign it.
 * Whether that key is the device's, the roster says. */
void wsync_bundle_manifest_encode(const struct wsync_bundle_manifest *manifest,
                                  const struct wsync_bundle_key *key,
                                  const struct wsync_signing_secret *secret, uint8_t *plain);
WSYNC_MUST_USE enum wsync_err wsync_bundle_manifest_decode(
    const uint8_t *plain, const struct wsync_bundle_key *key,
    struct wsync_bundle_manifest *manifest);

#endif
