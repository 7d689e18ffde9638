/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h: bounds-checked cursors over the rows of the stores.
 *
 * Numbers are big-endian.  A writer that runs out of room and a reader that runs out of bytes
 * remember it; the caller asks once at the end. */
#ifndef WARDSYNC_CORE_BYTES_H
#define WARDSYNC_CORE_BYTES_H

#include <string.h>

#include "wardsync/slice.h"

struct wsync_writer {
    uint8_t *out;
    size_t size, used;
    bool full;
};

struct wsync_reader {
    struct wsync_slice left;
    bool bad;
};

/* The low `len` bytes of `number`, and back; `len` 1 to 8.  In line, as every row is made of
 * these and `len` is nearly always a constant. */
static inline void wsync_be_put(uint8_t *out, uint64_t number, size_t len)
{
    WSYNC_ASSERT(len >= 1 && len <= 8);
    uint64_t high = number << (64 - 8 * len);
    uint8_t bytes[8] = {(uint8_t)(high >> 56), (uint8_t)(high >> 48), (uint8_t)(high >> 40),
                        (uint8_t)(high >> 32), (uint8_t)(high >> 24), (uint8_t)(high >> 16),
                        (uint8_t)(high >> 8),  (uint8_t)high};
    memcpy(out, bytes, len);
}

static inline uint64_t wsync_be_get(const uint8_t *in, size_t len)
{
    uint64_t number = 0;
    if (len == 8) { /* one load, as compilers see it; totals read millions of these */
        return (uint64_t)in[0] << 56 | (uint64_t)in[1] << 48 | (uint64_t)in[2] << 40 |
               (uint64_t)in[3] << 32 | (uint64_t)in[4] << 24 | (uint64_t)in[5] << 16 |
               (uint64_t)in[6] << 8 | (uint64_t)in[7];
    }
    if (len == 4) {
        return (uint64_t)in[0] << 24 | (uint64_t)in[1] << 16 | (uint64_t)in[2] << 8 | in[3];
    }
    for (size_t i = 0; i < len; i++) {
        number = number << 8 | in[i];
    }
    return number;
}

struct wsync_writer wsync_writer_over(void *out, size_t size);
void wsync_write_bytes(struct wsync_writer *writer, struct wsync_slice bytes);
static inline void wsync_write_number(struct wsync_writer *writer, uint64_t number, size_t len)
{
    if (writer->full || len > writer->size - writer->used) {
        writer->full = true;
        return;
    }
    wsync_be_put(writer->out + writer->used, number, len);
    writer->used += len;
}

/* Seven bits a byte, the low ones first, the last byte below 128; in the fewest bytes. */
void wsync_write_varint(struct wsync_writer *writer, uint64_t number);

/* A length of four bytes, then the bytes. */
void wsync_write_block(struct wsync_writer *writer, struct wsync_slice bytes);
/* What was written; asserts that it fitted. */
struct wsync_slice wsync_written(const struct wsync_writer *writer);

struct wsync_reader wsync_reader_over(struct wsync_slice bytes);
struct wsync_slice wsync_read_bytes(struct wsync_reader *reader, size_t len);
uint64_t wsync_read_number(struct wsync_reader *reader, size_t len);
uint64_t wsync_read_varint(struct wsync_reader *reader);
struct wsync_slice wsync_read_block(struct wsync_reader *reader);
void wsync_read_into(struct wsync_reader *reader, void *out, size_t len);
/* True when every read was in bounds and nothing is left. */
bool wsync_read_whole(const struct wsync_reader *reader);

#endif
