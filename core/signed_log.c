/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/signed_log.h"

#include "core/bytes.h"
#include "wardsync/crypto.h"

void wsync_signed_log_add(struct wsync_signed_log *log, struct wsync_slice frame)
{
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/file/v1"), WSYNC_BYTES(log->digest),
                                  frame};
    log->digest = wsync_hash_parts(parts, sizeof parts / sizeof *parts);
    log->messages++;
}

void wsync_signed_log_length(size_t len, uint8_t out[WSYNC_SIGNED_LOG_LENGTH_BYTES])
{
    wsync_be_put(out, len, WSYNC_SIGNED_LOG_LENGTH_BYTES);
}

size_t wsync_signed_log_length_of(const uint8_t in[WSYNC_SIGNED_LOG_LENGTH_BYTES])
{
    return (size_t)wsync_be_get(in, WSYNC_SIGNED_LOG_LENGTH_BYTES);
}

void wsync_signed_log_end(const struct wsync_signed_log *log,
                          uint8_t out[WSYNC_SIGNED_LOG_END_BYTES])
{
    wsync_be_put(out, 0, WSYNC_SIGNED_LOG_LENGTH_BYTES);
    wsync_be_put(out + WSYNC_SIGNED_LOG_LENGTH_BYTES, log->messages, sizeof log->messages);
    memcpy(out + WSYNC_SIGNED_LOG_LENGTH_BYTES + sizeof log->messages, log->digest.b,
           sizeof log->digest.b);
}
