/* SPDX-License-Identifier: Apache-2.0 */
/* blob.h: attachments (photos): how one is named, and a narrow interface to where they are.
 *
 * A blob is 1 to WSYNC_BLOB_BYTES_MAX bytes.  Its name is its length and the root of the tree
 * of RFC 6962 over its chunks of WSYNC_BLOB_CHUNK_BYTES (SPEC section 18); equal bytes have one
 * name.  It comes chunk by chunk from the first one on, so that what is here is always a
 * prefix; each chunk is proven, together with all before it, by the hashes to its right.
 *
 * The core knows files only through this interface.  Two implementations exist: one file each
 * (host/blob_files.c) and memory (tests/blobs_mem.c); tests/contract holds both to this text.
 * Nothing here is part of the state: a blob is here or not, whatever the logs say. */
#ifndef WARDSYNC_BLOB_H
#define WARDSYNC_BLOB_H

#include "wardsync/arena.h"
#include "wardsync/error.h"
#include "wardsync/ids.h"

struct wsync_blob_name {
    uint64_t length;
    struct wsync_hash root;
};

/* A name as the value of a photo field (SPEC 8.2): the length as a varint in its shortest
 * form, then the root. */
struct wsync_blob_value {
    uint8_t b[WSYNC_BLOB_NAME_BYTES_MAX];
    size_t len;
};
struct wsync_blob_value wsync_blob_name_encode(const struct wsync_blob_name *name);
/* False when the bytes are not exactly one name of 1 to WSYNC_BLOB_BYTES_MAX bytes. */
WSYNC_MUST_USE bool wsync_blob_name_decode(struct wsync_slice bytes,
                                           struct wsync_blob_name *name);

/* The name of 1 to WSYNC_BLOB_BYTES_MAX bytes; INVALID for none or more. */
WSYNC_MUST_USE enum wsync_err wsync_blob_name_of(struct wsync_slice bytes,
                                                 struct wsync_blob_name *name);
bool wsync_blob_name_equal(const struct wsync_blob_name *a, const struct wsync_blob_name *b);
uint32_t wsync_blob_chunk_count(const struct wsync_blob_name *name);
uint32_t wsync_blob_chunk_len(const struct wsync_blob_name *name, uint32_t index);

/* How far a blob is here. */
struct wsync_blob_state {
    uint32_t chunks; /* how many, from the first on; what a power cut tore is not counted */
    bool whole;      /* all, checked against the name, and durable */
};

struct wsync_blobs;
/* What an implementation provides.  Use the functions below, not these pointers.  All answer
 * STORE_IO, STORE_FULL or MEMORY when the system refuses; then what was here is here. */
struct wsync_blobs_ops {
    enum wsync_err (*look)(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           struct wsync_blob_state *state);
    /* A chunk below `chunks`, whole, into `bytes`.  NOT_FOUND when it is not here. */
    enum wsync_err (*read)(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           uint32_t index, uint8_t *bytes);
    /* The chunk at `chunks` of one that is not whole; durable behind the next sync. */
    enum wsync_err (*put)(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                          uint32_t index, struct wsync_slice bytes);
    enum wsync_err (*sync)(struct wsync_blobs *blobs);
    /* All chunks are here and were checked: whole, durably, once it answers OK. */
    enum wsync_err (*finish)(struct wsync_blobs *blobs, const struct wsync_blob_name *name);
    /* Forgets the chunks of one that is not whole. */
    enum wsync_err (*drop)(struct wsync_blobs *blobs, const struct wsync_blob_name *name);
    void (*close)(struct wsync_blobs *blobs);
};

/* The hashes of the chunks of a blob that is being moved, so that they are not computed anew
 * for each of its chunks. */
struct wsync_blob_tree {
    struct wsync_blob_name name; /* length 0: free */
    uint64_t used;
    uint32_t count;
    struct wsync_hash leaves[WSYNC_BLOB_CHUNKS_MAX];
};

struct wsync_blobs {
    const struct wsync_blobs_ops *ops;
    uint64_t clock; /* of `used` */
    struct wsync_blob_tree trees[WSYNC_BLOB_TREES_MAX];
};

/* A chunk and what proves it: the hashes, from left to right, of the largest subtrees that hold
 * only chunks behind it. */
struct wsync_blob_chunk {
    uint32_t index;
    struct wsync_slice bytes;
    struct wsync_slice hashes; /* whole ones, at most WSYNC_BLOB_PATH_MAX */
};

/* How far it is here; OK, and nothing of it, for one that was never seen. */
WSYNC_MUST_USE enum wsync_err wsync_blob_look(struct wsync_blobs *blobs,
                                              const struct wsync_blob_name *name,
                                              struct wsync_blob_state *state);

/* One chunk of a whole blob into WSYNC_BLOB_CHUNK_BYTES at `bytes`; its length is by
 * wsync_blob_chunk_len.  NOT_FOUND when the blob is not whole here. */
WSYNC_MUST_USE enum wsync_err wsync_blob_read(struct wsync_blobs *blobs,
                                              const struct wsync_blob_name *name,
                                              uint32_t index, uint8_t *bytes);

/* The same with its proof, in the arena.  CORRUPT when what is kept is not what the name says.
 */
WSYNC_MUST_USE enum wsync_err wsync_blob_prove(struct wsync_blobs *blobs,
                                               const struct wsync_blob_name *name,
                                               uint32_t index, struct wsync_arena *arena,
                                               struct wsync_blob_chunk *chunk);

/* Takes a chunk from a peer: checks it with all before it, keeps it, and with the last one
 * reads everything again and makes the blob whole.  GAP when it is not the next one (one that
 * is here changes nothing and is OK); BLOB when it is not what the name says; CORRUPT when what
 * was kept before is not any more: then nothing of it is here and it begins anew.  `*state` is
 * how far it is then. */
WSYNC_MUST_USE enum wsync_err wsync_blob_take(struct wsync_blobs *blobs,
                                              const struct wsync_blob_name *name,
                                              const struct wsync_blob_chunk *chunk,
                                              struct wsync_blob_state *state);

/* Keeps 1 to WSYNC_BLOB_BYTES_MAX bytes that were made here, whole and durable when it answers
 * OK, and names them.  What is here already stays.  INVALID for none or more. */
WSYNC_MUST_USE enum wsync_err wsync_blob_add(struct wsync_blobs *blobs,
                                             struct wsync_slice bytes,
                                             struct wsync_blob_name *name);

/* Reads a whole blob again: OK when it is what its name says, CORRUPT when not, NOT_FOUND when
 * it is not whole here. */
WSYNC_MUST_USE enum wsync_err wsync_blob_verify(struct wsync_blobs *blobs,
                                                const struct wsync_blob_name *name);

/* The same in turns, for who must not take long: up to `chunks` more, into what begins with a
 * name and count 0.  It is decided when `count` is that of all chunks. */
struct wsync_blob_check {
    struct wsync_blob_name name;
    uint32_t count;
    struct wsync_hash leaves[WSYNC_BLOB_CHUNKS_MAX];
};
WSYNC_MUST_USE enum wsync_err wsync_blob_check_on(struct wsync_blobs *blobs,
                                                  struct wsync_blob_check *check,
                                                  uint32_t chunks);

/* Forgets the chunks of one that is not whole. */
WSYNC_MUST_USE enum wsync_err wsync_blob_forget(struct wsync_blobs *blobs,
                                                const struct wsync_blob_name *name);

/* Makes durable what was taken; the pump does it before it commits and speaks. */
WSYNC_MUST_USE enum wsync_err wsync_blobs_sync(struct wsync_blobs *blobs);

void wsync_blobs_close(struct wsync_blobs *blobs);

#endif
