/* SPDX-License-Identifier: Apache-2.0 */
/* limits_blob.h: the bounds of attachments, as limits.h has all others. */
#ifndef WARDSYNC_LIMITS_BLOB_H
#define WARDSYNC_LIMITS_BLOB_H

enum {
    WSYNC_BLOB_BYTES_MAX = 8 << 20,
    WSYNC_BLOB_CHUNK_BYTES = 4096,
    WSYNC_BLOB_CHUNKS_MAX = 2048,
    WSYNC_BLOB_PATH_MAX = 11,       /* hashes that prove a chunk */
    WSYNC_BLOB_NAME_BYTES_MAX = 36, /* a name as a value */
    WSYNC_PHOTO_PIXELS_MAX = 65535, /* of a hint */
    WSYNC_BLOB_TREES_MAX = 16,      /* blobs whose chunks' hashes are at hand */
    WSYNC_BLOB_WINDOW_MAX = 16,     /* chunks of one BlobWant */
    WSYNC_BLOB_WINDOW_DEFAULT = 3,
    WSYNC_BLOB_OFFER_MAX = 16, /* names of one BlobOffer */
    WSYNC_BLOB_OFFERS_MAX = 256, /* of one session */
    WSYNC_BLOB_NAMES_MAX = 4096, /* that a ward asks for in one session */
    WSYNC_BLOB_DRAFTS_MAX = 16,  /* half arrived, of one device at the district */
    WSYNC_BLOB_DAY_COUNT_MAX = 1024,      /* begun of one device in a day */
    WSYNC_BLOB_DAY_BYTES_MAX = 512 << 20, /* of those */
    WSYNC_BLOB_WALK_MAX = 1024, /* rows of what nothing names any more, removed at once */
    WSYNC_BLOB_LOGS_MAX = 8,   /* of one device whose attachments are asked for */
    WSYNC_BLOB_PHASE_MS_MAX = 60000, /* then new records elsewhere are looked for again */
};

#endif
