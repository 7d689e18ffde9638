/* SPDX-License-Identifier: Apache-2.0 */
#include "host/row.h"

#include <string.h>

struct wsync_row wsync_row_into(uint8_t *bytes, size_t size)
{
    return (struct wsync_row){bytes, size, 0, false};
}

void wsync_row_put_number(struct wsync_row *row, uint64_t number)
{
    WSYNC_ASSERT(row->size - row->at >= WSYNC_ROW_NUMBER_BYTES);
    for (int i = WSYNC_ROW_NUMBER_BYTES; i-- > 0; number >>= 8) {
        row->bytes[row->at + (size_t)i] = (uint8_t)(number & 0xff);
    }
    row->at += WSYNC_ROW_NUMBER_BYTES;
}

void wsync_row_put_bytes(struct wsync_row *row, struct wsync_slice bytes)
{
    WSYNC_ASSERT(row->size - row->at >= bytes.len);
    if (bytes.len > 0) {
        memcpy(row->bytes + row->at, bytes.data, bytes.len);
    }
    row->at += bytes.len;
}

struct wsync_slice wsync_row_written(const struct wsync_row *row)
{
    return wsync_slice(row->bytes, row->at);
}

struct wsync_row wsync_row_over(struct wsync_slice bytes)
{
    return (struct wsync_row){(uint8_t *)(uintptr_t)bytes.data, bytes.len, 0, false};
}

void wsync_row_bytes(struct wsync_row *row, void *out, size_t len)
{
    if (row->bad || row->size - row->at < len) {
        row->bad = true;
        memset(out, 0, len);
        return;
    }
    memcpy(out, row->bytes + row->at, len);
    row->at += len;
}

uint64_t wsync_row_number(struct wsync_row *row)
{
    uint8_t bytes[WSYNC_ROW_NUMBER_BYTES];
    uint64_t number = 0;
    wsync_row_bytes(row, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

bool wsync_row_truth(struct wsync_row *row)
{
    uint64_t truth = wsync_row_number(row);
    row->bad = row->bad || truth > 1;
    return truth == 1;
}

enum wsync_err wsync_row_code(struct wsync_row *row)
{
    uint64_t code = wsync_row_number(row);
    enum wsync_err err = wsync_err_from_code((uint32_t)code);
    row->bad = row->bad || code > UINT32_MAX || wsync_err_code(err) != code;
    return err;
}

bool wsync_row_is_whole(const struct wsync_row *row)
{
    return !row->bad && row->at == row->size;
}

struct wsync_slice wsync_row_key(uint64_t number, uint8_t key[WSYNC_ROW_NUMBER_BYTES])
{
    struct wsync_row row = wsync_row_into(key, WSYNC_ROW_NUMBER_BYTES);
    wsync_row_put_number(&row, number);
    return wsync_row_written(&row);
}
