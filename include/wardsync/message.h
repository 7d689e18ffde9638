/* SPDX-License-Identifier: Apache-2.0 */
/* message.h: the messages of a session as structures and as frames (SPEC section 9).
 *
 * A frame is protocol version, message type and the canonical protobuf of one message; at most
 * WSYNC_FRAME_BYTES_MAX.  Decoding checks sizes, type, canonical form and every rule that needs
 * no store; results live in the arena or point into the frame. */
#ifndef WARDSYNC_MESSAGE_H
#define WARDSYNC_MESSAGE_H

#include "wardsync/blob_talk.h"
#include "wardsync/ledger.h"
#include "wardsync/prove.h"
#include "wardsync/roster.h"

enum wsync_message_type {
    WSYNC_MESSAGE_HELLO = 1,
    WSYNC_MESSAGE_WELCOME = 2,
    WSYNC_MESSAGE_ROSTER = 3,
    WSYNC_MESSAGE_HEADS = 4,
    WSYNC_MESSAGE_CHANGES = 5,
    WSYNC_MESSAGE_ACK = 6,
    WSYNC_MESSAGE_REJECT = 7,
    WSYNC_MESSAGE_BYE = 8,
    WSYNC_MESSAGE_ENROL = 16,
    WSYNC_MESSAGE_GRANT = 17,
    WSYNC_MESSAGE_PROVE = 18,
    WSYNC_MESSAGE_RECEIPT = 19,
    WSYNC_MESSAGE_ROTATE = 20,
    WSYNC_MESSAGE_PACKED = 21, /* packed.h reads and writes it */
    WSYNC_MESSAGE_BLOB_WANT = 22,
    WSYNC_MESSAGE_BLOB_CHUNK = 23,
    WSYNC_MESSAGE_BLOB_OFFER = 24,
    WSYNC_MESSAGE_STILL = 25,
};

struct wsync_hello {
    uint32_t version_min, version_max;
    struct wsync_device_id device;
    struct wsync_instance_id instance;
    bool has_own;
    struct wsync_head own;  /* the sender's open log, as it stands there */
    uint32_t count, credit; /* count: of the other logs */
    struct wsync_hash digest;
    uint64_t roster_version;
    struct wsync_hash roster_hash;
    uint64_t seen; /* size of the last checkpoint that the ward verified; 0: tell yours */
    struct wsync_slice program;    /* name and version, plain ASCII; empty: not told */
    int64_t time;                  /* seconds since 1970; 0: not told */
    struct wsync_slice dictionary; /* the name of one; empty: takes no packed sets */
    bool blobs;                    /* attachments may be moved */
};

struct wsync_welcome {
    uint32_t version;
    struct wsync_instance_id instance;
    bool has_own;
    struct wsync_head own; /* what the sender holds of the peer's open log */
    bool same;             /* the other logs are equal on both sides */
    uint64_t roster_version, epoch;
    const struct wsync_signed_statement *statements;
    size_t statement_count;
    uint32_t credit;
    int64_t time;
    struct wsync_checkpoint checkpoint; /* all zero: none, or nothing new */
    struct wsync_slice program, dictionary;
    bool blobs, wants_blobs; /* attachments may be moved; some of the ward's are wanted */
};

/* The answer to a Hello when nothing is to move: it ends the session. */
struct wsync_still {
    int64_t time;
    uint64_t epoch;
};

struct wsync_statements {
    const struct wsync_signed_statement *items;
    size_t count;
};

struct wsync_heads {
    const struct wsync_head *items; /* ascending by log */
    size_t count;
    bool last;
};

struct wsync_ack {
    const struct wsync_head *items;
    size_t count;
    uint64_t taken;       /* bytes of frames */
    uint64_t own; /* seq in the log that Hello named as own; 0: nothing of it */
    uint8_t at[WSYNC_ACK_HASH_BYTES]; /* its chain hash begins so there */
};

struct wsync_reject {
    struct wsync_log_id log;
    uint64_t first;
    enum wsync_err code;
};

struct wsync_enrol {
    struct wsync_invite_id invite;
    struct wsync_signing_key signing_key;
    struct wsync_transport_key transport_key;
    struct wsync_signature signature;
};

struct wsync_grant {
    const struct wsync_signed_statement *authority; /* with a root, up to `statement` */
    size_t authority_count;
    struct wsync_signed_statement statement;
};

struct wsync_message {
    enum wsync_message_type type;
    union {
        struct wsync_hello hello;
        struct wsync_welcome welcome;
        struct wsync_still still;
        struct wsync_statements roster;
        struct wsync_heads heads;
        struct wsync_change_set changes;
        struct wsync_ack ack;
        struct wsync_reject reject;
        enum wsync_err bye;
        struct wsync_enrol enrol;
        struct wsync_grant grant;
        struct wsync_prove prove;
        struct wsync_receipt receipt;
        struct wsync_rotation rotate;
        struct wsync_blob_want want;
        struct wsync_blob_answer chunk;
        struct wsync_blob_offer offer;
    };
};

/* OVERSIZE when the frame would be larger than its limit. */
WSYNC_MUST_USE enum wsync_err wsync_message_encode(const struct wsync_message *message,
                                                   struct wsync_arena *arena,
                                                   struct wsync_slice *frame);

/* FRAME (too short or too long), VERSION, MESSAGE (unknown type, not canonical, a field of the
 * wrong length), OVERSIZE. */
WSYNC_MUST_USE enum wsync_err wsync_message_decode(struct wsync_slice frame,
                                                   struct wsync_arena *arena,
                                                   struct wsync_message *message);

/* The word of SPEC section 9 for a type, "unknown" for none. */
const char *wsync_message_name(enum wsync_message_type type);

#endif
