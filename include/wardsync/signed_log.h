/* SPDX-License-Identifier: Apache-2.0 */
/* signed_log.h: the frame of an exported log: what a file of signed messages begins and ends
 * with (SPEC section 16.1).
 *
 * What is signed proves itself; the end mark is there so that a file that was cut between two
 * messages, or lost one, is noticed. */
#ifndef WARDSYNC_SIGNED_LOG_H
#define WARDSYNC_SIGNED_LOG_H

#include "wardsync/ids.h"

#define WSYNC_SIGNED_LOG_MAGIC "wardsync signed log 1\n"

enum {
    WSYNC_SIGNED_LOG_LENGTH_BYTES = 4,                     /* before each message */
    WSYNC_SIGNED_LOG_END_BYTES = 4 + 8 + WSYNC_HASH_BYTES, /* zeros, messages, digest */
};

/* What was written or read so far; all zero at first. */
struct wsync_signed_log {
    uint64_t messages;
    struct wsync_hash digest;
};

/* Takes one message, as a frame of a session, into account. */
void wsync_signed_log_add(struct wsync_signed_log *log, struct wsync_slice frame);

/* The length that stands before a message, and back. */
void wsync_signed_log_length(size_t len, uint8_t out[WSYNC_SIGNED_LOG_LENGTH_BYTES]);
size_t wsync_signed_log_length_of(const uint8_t in[WSYNC_SIGNED_LOG_LENGTH_BYTES]);

/* The end mark. */
void wsync_signed_log_end(const struct wsync_signed_log *log,
                          uint8_t out[WSYNC_SIGNED_LOG_END_BYTES]);

#endif
