/* SPDX-License-Identifier: Apache-2.0 */
/* How the limits hang together; nothing here makes code. */
#include "wardsync/limits.h"

_Static_assert(WSYNC_SET_BYTES_DEFAULT <= WSYNC_SET_BYTES_MAX, "a default set is a legal set");
_Static_assert(WSYNC_PAYLOAD_BYTES_MAX + WSYNC_GENESIS_BYTES_MAX < WSYNC_SET_BYTES_MAX,
               "the largest change fits into one set beside the genesis");
_Static_assert(WSYNC_SET_BYTES_MAX + 512 <= WSYNC_FRAME_BYTES_MAX,
               "a set with its seal and its head fits into one frame");
_Static_assert(WSYNC_PACKED_BYTES_MAX <= WSYNC_FRAME_BYTES_MAX,
               "what a packed set unpacks to would fit into a frame");
_Static_assert((WSYNC_RECEIPT_HASHES_MAX + WSYNC_RECEIPT_PATH_MAX) * WSYNC_HASH_BYTES +
                       WSYNC_RECEIPT_LEAVES_MAX * WSYNC_LEAF_BYTES_MAX + 512 <=
                   WSYNC_FRAME_BYTES_MAX,
               "a receipt fits into a frame");
_Static_assert(WSYNC_BLOB_CHUNKS_MAX == WSYNC_BLOB_BYTES_MAX / WSYNC_BLOB_CHUNK_BYTES,
               "an attachment has that many chunks");
_Static_assert(WSYNC_BLOB_CHUNKS_MAX == 1 << WSYNC_BLOB_PATH_MAX, "a path reaches the root");
_Static_assert(WSYNC_TEXT_BYTES_MAX < WSYNC_PAYLOAD_BYTES_MAX, "a text fits into a payload");
_Static_assert(WSYNC_STATEMENT_BYTES_MAX + 8 + WSYNC_STATEMENT_SIGNATURES_MAX *
                       WSYNC_SIGNATURE_WEIGHT_BYTES < WSYNC_FRAME_BYTES_MAX / 2,
               "a roster statement fits into a frame");
_Static_assert(WSYNC_AUTHORITY_BYTES_MAX + 1024 + WSYNC_STATEMENT_SIGNATURES_MAX *
                       WSYNC_SIGNATURE_WEIGHT_BYTES < WSYNC_FRAME_BYTES_MAX,
               "an authority and an enrolment fit into a frame");
