/* SPDX-License-Identifier: Apache-2.0 */
/* parcel.h: bundles that others carry: the four frames by which one is handed in and its answer
 * fetched (SPEC section 20, docs/decisions/0012).  Each request has one reply. */
#ifndef WARDSYNC_PARCEL_H
#define WARDSYNC_PARCEL_H

#include "wardsync/bundle.h"
#include "wardsync/error.h"

enum wsync_parcel_type {
    WSYNC_PARCEL_PUT = 26,     /* request: bytes from `offset` on, or none: how far? */
    WSYNC_PARCEL_CARRIED = 27, /* its reply: `offset` bytes are here */
    WSYNC_PARCEL_FETCH = 28,   /* request: the answer from `offset` on; at its end: forget it */
    WSYNC_PARCEL_ANSWER = 29,  /* its reply */
};

enum wsync_parcel_state {
    WSYNC_PARCEL_UNKNOWN = 0,  /* nothing of it is here */
    WSYNC_PARCEL_PARTLY = 1,   /* `offset` bytes of it */
    WSYNC_PARCEL_HELD = 2,     /* all of it, durably, to be handed on */
    WSYNC_PARCEL_ANSWERED = 3, /* its answer is here */
    WSYNC_PARCEL_REFUSED = 4,  /* it is none, or there is no room for it */
    WSYNC_PARCEL_STATES
};

struct wsync_parcel_frame {
    enum wsync_parcel_type type;
    struct wsync_bundle_id id;
    uint32_t size;   /* PUT: of the parcel; ANSWER: of the answer, 0: none here */
    uint32_t offset;
    enum wsync_parcel_state state; /* of a reply */
    struct wsync_slice bytes;      /* PUT, ANSWER: at most WSYNC_PARCEL_CHUNK_BYTES */
};

enum { WSYNC_PARCEL_FRAME_BYTES = 2 + WSYNC_BUNDLE_ID_BYTES + 4 + 4 + 1 };

/* Is it one of these frames, whether good or not? */
bool wsync_parcel_is(struct wsync_slice frame);

/* The frame in `out`, which has room for WSYNC_FRAME_BYTES_MAX. */
struct wsync_slice wsync_parcel_encode(const struct wsync_parcel_frame *parcel, uint8_t *out);
/* FRAME, VERSION, MESSAGE.  `bytes` points into the frame. */
WSYNC_MUST_USE enum wsync_err wsync_parcel_decode(struct wsync_slice frame,
                                                  struct wsync_parcel_frame *parcel);

/* May a parcel be of so many bytes?  Whole parts, and not too many. */
bool wsync_parcel_fits(uint64_t size);

#endif
