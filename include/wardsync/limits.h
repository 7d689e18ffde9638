/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h: every bound of the session, the files and the stores, beside those of the signed
 * format (limits_format.h).
 *
 * A name ends in its unit.  The normative values are those of proto/SPEC.md section 12; a test
 * compares the two; core/limits.c relates them to each other.  A peer never chooses how much
 * memory we use: every loop and every array over foreign input is bounded by one of these. */
#ifndef WARDSYNC_LIMITS_H
#define WARDSYNC_LIMITS_H

#include "wardsync/limits_format.h"
#include "wardsync/limits_blob.h"

enum {
    /* The session. */
    WSYNC_PROTOCOL_VERSION = 1,
    WSYNC_FRAME_BYTES_MAX = 16384,
    WSYNC_FRAME_HEADER_BYTES = 2,
    WSYNC_SET_CHANGES_MAX = 512,
    WSYNC_SET_BYTES_MIN = 2048, /* below it: one change at a time */
    WSYNC_SET_BYTES_DEFAULT = 8192,
    WSYNC_SET_BYTES_MAX = 15872,
    WSYNC_CHANGE_WEIGHT_BYTES = 4,   /* of a change in a set, beyond its public part */
    WSYNC_PRIVATE_WEIGHT_BYTES = 64, /* of a private part, beyond its bytes */
    WSYNC_CREDIT_BYTES_DEFAULT = 65536,
    WSYNC_CREDIT_BYTES_MIN = WSYNC_FRAME_BYTES_MAX,
    WSYNC_HEADS_PER_FRAME_MAX = 192,
    WSYNC_ACK_HEADS_MAX = 64,
    WSYNC_WELCOME_STATEMENTS_MAX = 16,
    WSYNC_SESSION_LOGS_MAX = 256,
    WSYNC_SESSION_RUNS_MAX = 8, /* that a session remembers, each way, for people */
    WSYNC_IDLE_MS_MAX = 60000,
    WSYNC_PROGRAM_BYTES_MAX = 32,
    WSYNC_PACKED_BYTES_MAX = 16384,      /* of its changes, unpacked */
    WSYNC_PACKED_RATIO_MAX = 128,        /* of those to the bytes that they come from */
    WSYNC_DICTIONARY_NAME_BYTES = 8,     /* of the hash of a dictionary */
    WSYNC_PREVIOUS_BYTES_MIN = 2,        /* of a chain hash, to tell that a set goes on */
    WSYNC_CHECKPOINT_ROOT_BYTES_MIN = 4, /* of a root, beside a size that names a checkpoint */

    /* The transparency log. */
    WSYNC_TREE_ID_BYTES = 16,
    WSYNC_LEAF_BYTES_MAX = 128,
    WSYNC_CHECKPOINT_TEXT_BYTES_MAX = 512, /* with its signature line */
    WSYNC_PROVE_HEADS_MAX = 8,             /* of one Prove */
    WSYNC_ACK_HASH_BYTES = 16,             /* of the chain hash in an Ack of the own log */
    WSYNC_PROVES_MAX = 2,                  /* of one session */
    WSYNC_RECEIPT_LEAVES_MAX = WSYNC_PROVE_HEADS_MAX + 3, /* the first, a link, the heads */
    WSYNC_RECEIPT_HASHES_MAX = 400,
    WSYNC_RECEIPT_PATH_MAX = 32,    /* hashes from a scope to the root over all scopes */
    WSYNC_RECEIPTS_KEPT_MAX = 1000, /* of a ward, beside those that it needs */
    WSYNC_EVIDENCE_KEPT_MAX = 16,   /* receipts that contradict earlier ones */

    /* Bundles; parts are counted behind the manifest. */
    WSYNC_BUNDLE_ID_BYTES = 16, WSYNC_BUNDLE_HEADER_BYTES = 80,
    WSYNC_BUNDLE_PART_BYTES = 32768, WSYNC_BUNDLE_PARTS_MAX = 1024,
    WSYNC_BUNDLE_RUNS_MAX = 128, WSYNC_PARCEL_PARTS_MAX = 512,
    WSYNC_PARCEL_CHUNK_BYTES = 15360, WSYNC_PARCELS_EACH_MAX = 4, WSYNC_PARCELS_MAX = 64,
    WSYNC_PARCELS_CROWDED = 32, /* one of each device from here on */

    /* Backups. */
    WSYNC_BACKUP_CHUNK_BYTES = 65536, /* sealed as one piece */
    WSYNC_BACKUP_PATH_BYTES_MAX = 512,
    WSYNC_BACKUP_MEMBERS_MAX = 1 << 20,
    WSYNC_BACKUP_MANIFEST_BYTES_MAX = 4096,

    /* Work done in one transaction. */
    WSYNC_PUMP_EVENTS_MAX = 64,
    WSYNC_PUMP_BYTES_MAX = 4194304, /* put, from which on it takes no other event */
    WSYNC_SETTLE_CHANGES_MAX = 256,
    WSYNC_DECODE_BYTES_MAX = 262144,

    /* The stores. */
    WSYNC_KEY_BYTES_MAX = 64,
    WSYNC_VALUE_BYTES_MAX = 1 << 20,
    WSYNC_LOGS_MAX = 1 << 28, /* of one store */

    /* The schedule of attempts. */
    WSYNC_RETRY_MS_MIN = 1000,
    WSYNC_RETRY_MS_MAX = 120000,

    /* Links that fall silent. */
    WSYNC_SILENCE_MS_MIN = 4000,
    WSYNC_SILENCE_MS_FIRST = 8000, /* before anything was measured */
    WSYNC_SILENCE_MS_MAX = WSYNC_IDLE_MS_MAX,
    WSYNC_CONNECT_MS_MIN = 2000,
    WSYNC_CONNECT_MS_MAX = 8000,
    WSYNC_HANDSHAKE_MS_MAX = 15000,
};

/* 2^36 leaves: with that many, WSYNC_RECEIPT_LEAVES_MAX leaves and the end of an older tree
 * need at most 390 hashes. */
#define WSYNC_TREE_LEAVES_MAX (1ULL << 36)

#endif
