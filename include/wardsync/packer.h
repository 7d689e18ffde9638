/* SPDX-License-Identifier: Apache-2.0 */
/* packer.h: the seam to a compressor, as narrow as store.h is to a store.
 *
 * host/zstd.c is the one that programs use; tests have a trivial one.  The core says how large
 * what comes out may be before anything is unpacked, and gives the memory for it. */
#ifndef WARDSYNC_PACKER_H
#define WARDSYNC_PACKER_H

#include "wardsync/error.h"
#include "wardsync/limits.h"

/* How the changes of a packed set are written down (SPEC S17.5). */
enum wsync_pack_method {
    WSYNC_PACK_STORED = 0,     /* as they are */
    WSYNC_PACK_PLAIN = 1,      /* one block of zstd */
    WSYNC_PACK_DICTIONARY = 2, /* the same behind a dictionary that both sides have */
};

/* How hard to try, from 1 to MAX (pace.h). */
enum {
    WSYNC_PACK_LEVEL_QUICK = 3, /* 15 % more bytes in a seventieth of the time */
    WSYNC_PACK_LEVEL_BULK = 8,  /* 3 % more in a fifteenth */
    WSYNC_PACK_LEVEL_MAX = 19,  /* fewest bytes; and what any other number means */
};

struct wsync_pack_order {
    enum wsync_pack_method method; /* not STORED */
    unsigned level;
};

/* Names a dictionary: the beginning of its hash. */
struct wsync_dictionary_name {
    uint8_t b[WSYNC_DICTIONARY_NAME_BYTES];
};

struct wsync_packer {
    void *context;
    struct wsync_dictionary_name dictionary; /* the one it has */
    /* Packs into `out` of `*len` bytes and says how many it took; false when it does not fit,
     * which is no error. */
    bool (*pack)(void *context, struct wsync_pack_order order, struct wsync_slice bytes,
                 uint8_t *out, size_t *len);
    /* Fills exactly `len` bytes; MESSAGE for anything that does not unpack to as many, or
     * MEMORY. */
    enum wsync_err (*unpack)(void *context, enum wsync_pack_method method,
                             struct wsync_slice packed, uint8_t *out, size_t len);
};

static inline bool wsync_dictionary_equal(const struct wsync_dictionary_name *a,
                                          const struct wsync_dictionary_name *b)
{
    return wsync_slice_equal(wsync_slice(a->b, sizeof a->b), wsync_slice(b->b, sizeof b->b));
}

#endif
