/* SPDX-License-Identifier: Apache-2.0 */
/* row.h: the rows that the host keeps in the store, byte by byte.
 *
 * A number takes eight bytes, big-endian.  A row being written has room, or that is a mistake
 * of the program; one being read may be anything, and the caller asks once at the end. */
#ifndef WARDSYNC_HOST_ROW_H
#define WARDSYNC_HOST_ROW_H

#include "wardsync/error.h"
#include "wardsync/slice.h"

enum { WSYNC_ROW_NUMBER_BYTES = 8 };

struct wsync_row {
    uint8_t *bytes;
    size_t size, at;
    bool bad; /* ran out of bytes, or met what means nothing */
};

/* A row to be written into these bytes. */
struct wsync_row wsync_row_into(uint8_t *bytes, size_t size);
void wsync_row_put_number(struct wsync_row *row, uint64_t number);
void wsync_row_put_bytes(struct wsync_row *row, struct wsync_slice bytes);
/* What was written so far. */
struct wsync_slice wsync_row_written(const struct wsync_row *row);

/* A row to be read. */
struct wsync_row wsync_row_over(struct wsync_slice bytes);
uint64_t wsync_row_number(struct wsync_row *row);
bool wsync_row_truth(struct wsync_row *row);
/* The number of a code of error.h. */
enum wsync_err wsync_row_code(struct wsync_row *row);
/* Zeros when there is not enough. */
void wsync_row_bytes(struct wsync_row *row, void *out, size_t len);
/* True when every read was good and nothing is left. */
bool wsync_row_is_whole(const struct wsync_row *row);

/* A key that is one number. */
struct wsync_slice wsync_row_key(uint64_t number, uint8_t key[WSYNC_ROW_NUMBER_BYTES]);

#endif
