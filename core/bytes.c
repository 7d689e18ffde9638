/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bytes.h"

#include <string.h>

enum { BLOCK_LENGTH_BYTES = 4, VARINT_BYTES_MAX = 10 };

struct wsync_writer wsync_writer_over(void *out, size_t size)
{
    return (struct wsync_writer){.out = out, .size = size};
}

void wsync_write_bytes(struct wsync_writer *writer, struct wsync_slice bytes)
{
    if (writer->full || bytes.len > writer->size - writer->used) {
        writer->full = true;
        return;
    }
    if (bytes.len > 0) {
        memcpy(writer->out + writer->used, bytes.data, bytes.len);
    }
    writer->used += bytes.len;
}

void wsync_write_varint(struct wsync_writer *writer, uint64_t number)
{
    uint8_t bytes[VARINT_BYTES_MAX];
    size_t len = 0;
    while (number > 127) {
        bytes[len++] = (uint8_t)(number | 128);
        number >>= 7;
    }
    bytes[len++] = (uint8_t)number;
    wsync_write_bytes(writer, wsync_slice(bytes, len));
}

void wsync_write_block(struct wsync_writer *writer, struct wsync_slice bytes)
{
    WSYNC_ASSERT(bytes.len <= UINT32_MAX);
    wsync_write_number(writer, bytes.len, BLOCK_LENGTH_BYTES);
    wsync_write_bytes(writer, bytes);
}

struct wsync_slice wsync_written(const struct wsync_writer *writer)
{
    WSYNC_ASSERT(!writer->full);
    return wsync_slice(writer->out, writer->used);
}

struct wsync_reader wsync_reader_over(struct wsync_slice bytes)
{
    return (struct wsync_reader){.left = bytes};
}

struct wsync_slice wsync_read_bytes(struct wsync_reader *reader, size_t len)
{
    if (reader->bad || len > reader->left.len) {
        reader->bad = true;
        return wsync_slice(NULL, 0);
    }
    struct wsync_slice bytes = wsync_slice(reader->left.data, len);
    if (len > 0) {
        reader->left.data += len;
        reader->left.len -= len;
    }
    return bytes;
}

uint64_t wsync_read_number(struct wsync_reader *reader, size_t len)
{
    struct wsync_slice bytes = wsync_read_bytes(reader, len);
    return wsync_be_get(bytes.data, bytes.len);
}

uint64_t wsync_read_varint(struct wsync_reader *reader)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = wsync_read_number(reader, 1);
        number |= (byte & 127) << shift;
        if (byte < 128) {
            bool longer = shift > 0 && byte == 0; /* than it must be */
            reader->bad |= longer || (shift == 63 && byte > 1);
            return reader->bad ? 0 : number;
        }
    }
    reader->bad = true;
    return 0;
}

struct wsync_slice wsync_read_block(struct wsync_reader *reader)
{
    return wsync_read_bytes(reader, (size_t)wsync_read_number(reader, BLOCK_LENGTH_BYTES));
}

void wsync_read_into(struct wsync_reader *reader, void *out, size_t len)
{
    struct wsync_slice bytes = wsync_read_bytes(reader, len);
    if (bytes.len > 0) {
        memcpy(out, bytes.data, bytes.len);
    } else {
        memset(out, 0, len);
    }
}

bool wsync_read_whole(const struct wsync_reader *reader)
{
    return !reader->bad && reader->left.len == 0;
}
