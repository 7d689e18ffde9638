/* SPDX-License-Identifier: Apache-2.0 */
/* leaf.h: the leaves of the transparency log (SPEC section 15.3).
 *
 * Each is a fixed number of bytes, the first of which says its kind. */
#ifndef WARDSYNC_LEAF_H
#define WARDSYNC_LEAF_H

#include "wardsync/crypto.h"
#include "wardsync/error.h"

enum wsync_leaf_kind {
    WSYNC_LEAF_OPEN = 0,  /* the first leaf: whose log, and what it goes on from */
    WSYNC_LEAF_SET = 1,   /* a change-set that was accepted */
    WSYNC_LEAF_HEADS = 2, /* where roster and all logs stand: the last leaf of a checkpoint */
    WSYNC_LEAF_LINK = 3,  /* a checkpoint of an older tree that somebody presented */
};

struct wsync_leaf {
    enum wsync_leaf_kind kind;
    int64_t time;                      /* but LINK: seconds since 1970, the district's clock */
    struct wsync_instance_id instance; /* OPEN */
    uint64_t epoch;                    /* OPEN */
    uint8_t random[16];                /* OPEN */
    struct wsync_checkpoint older;     /* OPEN (all zero: none), LINK */
    struct wsync_head head;            /* SET: what the change-set ends with */
    struct wsync_hash verdicts;        /* SET: of what was quarantined; zeros: nothing */
    uint64_t roster_version;           /* HEADS */
    struct wsync_hash roster_hash;     /* HEADS */
    uint32_t scope_count;              /* HEADS */
    struct wsync_hash scopes;          /* HEADS: root over the scopes' leaves */
};

/* One scope in the tree that a heads leaf names: its frontier of all logs. */
struct wsync_scope_heads {
    uint32_t scope;
    uint32_t count;
    struct wsync_hash digest;
};
enum { WSYNC_SCOPE_HEADS_BYTES = 4 + 4 + WSYNC_HASH_BYTES };

struct wsync_slice wsync_leaf_encode(const struct wsync_leaf *leaf,
                                     uint8_t bytes[WSYNC_LEAF_BYTES_MAX]);
/* PROOF for bytes that are no leaf. */
WSYNC_MUST_USE enum wsync_err wsync_leaf_decode(struct wsync_slice bytes,
                                                struct wsync_leaf *leaf);

struct wsync_slice wsync_scope_heads_encode(const struct wsync_scope_heads *heads,
                                            uint8_t bytes[WSYNC_SCOPE_HEADS_BYTES]);
WSYNC_MUST_USE enum wsync_err wsync_scope_heads_decode(struct wsync_slice bytes,
                                                       struct wsync_scope_heads *heads);

#endif
