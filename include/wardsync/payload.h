/* SPDX-License-Identifier: Apache-2.0 */
/* payload.h: what a log consists of: the genesis, and changes with context, operations and a
 * private part (SPEC sections 4 to 6).  Decoding here means: canonical protobuf plus every rule
 * that needs no store.  All results live in the arena or point into the bytes given. */
#ifndef WARDSYNC_PAYLOAD_H
#define WARDSYNC_PAYLOAD_H

#include "wardsync/arena.h"
#include "wardsync/error.h"
#include "wardsync/form.h"
#include "wardsync/ids.h"

struct wsync_genesis {
    uint32_t format;
    struct wsync_instance_id instance;
    uint32_t scope;
    struct wsync_device_id device;
    struct wsync_signing_key signing_key;
    uint64_t roster_version;
    int64_t stamp; /* seconds since 1970 */
    uint8_t random[16];
    bool has_previous;
    struct wsync_head previous;
};

/* An entry of a log's reference table: names a branch of another log up to `seq`. */
struct wsync_reference {
    struct wsync_log_id log;
    uint64_t seq;
    struct wsync_hash_prefix hash;
};

/* An operation as signed bytes name it: `reference` 0 is the log itself, i the i-th entry of
 * its reference table. */
struct wsync_address {
    uint32_t reference;
    uint64_t seq;
    uint32_t op;
};

/* Beside the classes of values, in signed keys alone: the key before goes on (SPEC section
 * 6.6).  Decoded operations hold none. */
enum { WSYNC_CLASS_REPEAT = 5 };

struct wsync_write {
    uint32_t field;
    bool personal; /* the value goes into the private part */
    struct wsync_value value;
};

enum wsync_kind {
    WSYNC_KIND_WRITE = 0,
    WSYNC_KIND_DELETE = 1,
    WSYNC_KIND_REVIVE = 2,
    WSYNC_KIND_DUPLICATE = 3,
};

struct wsync_operation {
    enum wsync_kind kind;
    uint32_t form, version; /* write */
    bool creates;           /* write without a record: a new one */
    struct wsync_address record;
    const struct wsync_address *bases;
    size_t base_count;
    const struct wsync_write *writes; /* ascending by field */
    size_t write_count;
    struct wsync_address other; /* duplicate */
};

struct wsync_origin {
    uint32_t reference;
    uint64_t seq;
    int64_t stamp;
};

/* A change with its operations still as bytes: a context takes effect even when an operation
 * cannot be read. */
struct wsync_context {
    int64_t stamp_delta;
    uint32_t actor;
    const struct wsync_reference *references;
    size_t reference_count;
    uint64_t roster_version; /* 0: as before */
    bool has_origin;
    struct wsync_origin origin;
    bool must_unknown; /* requires an extension that this version does not know */
    const struct wsync_slice *operations;
    size_t operation_count;
};

enum wsync_private_state {
    WSYNC_PRIVATE_NONE = 0,
    WSYNC_PRIVATE_HELD = 1,   /* salt and part */
    WSYNC_PRIVATE_ERASED = 2, /* only the hash is left */
};

/* A change as it is hashed, stored and sent. */
struct wsync_raw_change {
    struct wsync_slice public_part;
    enum wsync_private_state private_state;
    struct wsync_salt salt;
    struct wsync_slice private_part;
    struct wsync_hash private_hash; /* ERASED only */
};

WSYNC_MUST_USE enum wsync_err wsync_genesis_encode(const struct wsync_genesis *genesis,
                                                   struct wsync_arena *arena,
                                                   struct wsync_slice *bytes);
/* GENESIS on anything but a canonical genesis of a format we know. */
WSYNC_MUST_USE enum wsync_err wsync_genesis_decode(struct wsync_slice bytes,
                                                   struct wsync_arena *arena,
                                                   struct wsync_genesis *genesis);

/* What a device is about to say: the context (its `operations` bytes are ignored), the decoded
 * operations, and fresh bytes for the salt of a private part. */
struct wsync_draft {
    struct wsync_context context;
    const struct wsync_operation *operations;
    size_t operation_count;
    struct wsync_salt salt;
};

/* Encodes a draft; personal writes go to the private part.  OVERSIZE beyond
 * WSYNC_PAYLOAD_BYTES_MAX, public and private together; INVALID for more operations, writes or
 * bases than the limits allow. */
WSYNC_MUST_USE enum wsync_err wsync_draft_encode(const struct wsync_draft *draft,
                                                 struct wsync_arena *arena,
                                                 struct wsync_raw_change *raw);

/* CONTEXT on anything that is not a legal context: the one permanent refusal. */
WSYNC_MUST_USE enum wsync_err wsync_context_decode(struct wsync_slice public_part,
                                                   struct wsync_arena *arena,
                                                   struct wsync_context *context);

/* Reads all operations of a change into an array and fills private values in when they are
 * held.  OPERATION on anything not legal, EXTENSION, both reasons for quarantine. */
WSYNC_MUST_USE enum wsync_err wsync_operations_decode(const struct wsync_context *context,
                                                      const struct wsync_raw_change *raw,
                                                      struct wsync_arena *arena,
                                                      struct wsync_operation **operations);

#endif
