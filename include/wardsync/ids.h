/* SPDX-License-Identifier: Apache-2.0 */
/* ids.h: the names of things: hashes, keys, logs, devices, heads, dots (SPEC section 2).
 *
 * Each is a one-member structure so that the compiler tells them apart. */
#ifndef WARDSYNC_IDS_H
#define WARDSYNC_IDS_H

#include "wardsync/limits.h"
#include "wardsync/slice.h"

struct wsync_hash {
    uint8_t b[WSYNC_HASH_BYTES];
};
struct wsync_hash_prefix {
    uint8_t b[WSYNC_HASH_PREFIX_BYTES];
};
struct wsync_log_id {
    uint8_t b[WSYNC_LOG_ID_BYTES];
};
struct wsync_device_id {
    uint8_t b[WSYNC_DEVICE_ID_BYTES];
};
struct wsync_instance_id {
    uint8_t b[WSYNC_INSTANCE_ID_BYTES];
};
struct wsync_invite_id {
    uint8_t b[WSYNC_INVITE_ID_BYTES];
};
struct wsync_signing_key { /* Ed25519 public key */
    uint8_t b[WSYNC_PUBLIC_KEY_BYTES];
};
struct wsync_signing_secret { /* Ed25519 secret key as libsodium keeps it */
    uint8_t b[WSYNC_SECRET_KEY_BYTES];
};
struct wsync_transport_key { /* Curve25519 public key */
    uint8_t b[WSYNC_PUBLIC_KEY_BYTES];
};
struct wsync_signature {
    uint8_t b[WSYNC_SIGNATURE_BYTES];
};
struct wsync_salt {
    uint8_t b[WSYNC_SALT_BYTES];
};

/* Fresh random bytes, handed in as data: the core draws none itself.  One step uses each byte
 * at most once. */
struct wsync_entropy {
    uint8_t b[32];
};

/* Names a whole prefix of a log. */
struct wsync_head {
    struct wsync_log_id log;
    uint64_t seq;
    struct wsync_hash hash;
};

/* The order of heads in messages: by (log, seq, hash); below 0, 0 or above 0. */
int wsync_head_compare(const struct wsync_head *a, const struct wsync_head *b);

/* A checkpoint of the district's Merkle tree; all zero means "none". */
struct wsync_checkpoint {
    uint8_t tree[16];
    uint64_t size;
    struct wsync_hash root;
};

/* Names one operation, and with a field number one written value.  `log_no` is the dense number
 * this store gave the log: rows and memory use it, signed bytes and people never see it. */
struct wsync_dot {
    uint32_t log_no;
    uint64_t seq;
    uint32_t op;
};

/* A plain calendar day is an int32_t: days since 1970-01-01 (named `day` or `..._day`).  A
 * record whose date field is blank has none. */
#define WSYNC_NO_DAY INT32_MIN

#define WSYNC_BYTES(id) wsync_slice((id).b, sizeof(id).b)

bool wsync_dot_equal(struct wsync_dot a, struct wsync_dot b);
bool wsync_log_id_equal(const struct wsync_log_id *a, const struct wsync_log_id *b);
bool wsync_hash_equal(const struct wsync_hash *a, const struct wsync_hash *b);
bool wsync_device_id_equal(const struct wsync_device_id *a, const struct wsync_device_id *b);

/* True when `prefix` is the beginning of `hash`. */
bool wsync_hash_has_prefix(const struct wsync_hash *hash,
                           const struct wsync_hash_prefix *prefix);
struct wsync_hash_prefix wsync_hash_prefix_of(const struct wsync_hash *hash);

/* Writes 2 * len lower-case digits and a NUL. */
void wsync_hex_encode(struct wsync_slice bytes, char *text);

/* Reads exactly 2 * len digits of either case into `bytes`; false on anything else. */
WSYNC_MUST_USE bool wsync_hex_decode(struct wsync_slice text, uint8_t *bytes, size_t len);

#endif
