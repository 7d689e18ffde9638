/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
/* A form with files as a browser may send it: the first byte says in pieces of how many bytes
 * it comes, the rest is its body; the boundary is "b".  However it is cut, the same is read;
 * what is read is legal text and within its bounds, and each file holds what was sent. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/http_upload.h"
#include "tests/fuzz/fuzz.h"
#include "wardsync/utf8.h"

enum { INPUT_BYTES_MAX = 16384, FILE_BYTES_MAX = 2000 };

struct reading {
    struct wsync_http_upload_reader reader;
    struct wsync_http_fields fields;
    enum wsync_err err;
};

static void read_in_pieces(struct reading *reading, struct wsync_slice body, size_t piece)
{
    reading->err = wsync_http_upload_begin(&reading->reader, "multipart/form-data; boundary=b",
                                           FILE_BYTES_MAX, &reading->fields);
    while (reading->err == WSYNC_OK && body.len > 0) {
        struct wsync_slice next = fuzz_take(&body, piece);
        uint8_t *copy = malloc(next.len); /* on the heap: nothing is read behind it */
        WSYNC_ASSERT(copy);
        memcpy(copy, next.data, next.len);
        reading->err = wsync_http_upload_take(&reading->reader, wsync_slice(copy, next.len));
        free(copy);
    }
    if (reading->err == WSYNC_OK) {
        reading->err = wsync_http_upload_end(&reading->reader);
    }
    WSYNC_ASSERT(reading->err == WSYNC_OK || reading->err == WSYNC_ERR_INVALID ||
                 reading->err == WSYNC_ERR_OVERSIZE);
}

static void check_file(const struct wsync_http_upload *upload, struct wsync_slice body)
{
    static char bytes[FILE_BYTES_MAX + 1];
    WSYNC_ASSERT(wsync_utf8_is_line(wsync_slice_of(upload->field)) &&
                 wsync_utf8_is_line(wsync_slice_of(upload->name)) &&
                 strlen(upload->name) <= WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX &&
                 !strpbrk(upload->name, "/\\"));
    WSYNC_ASSERT(upload->size > 0 && upload->size <= FILE_BYTES_MAX &&
                 wsync_action_file_is_sealed(upload->fd));
    ssize_t got = pread(upload->fd, bytes, sizeof bytes, 0);
    WSYNC_ASSERT(got == (ssize_t)upload->size &&
                 memmem(body.data, body.len, bytes, upload->size));
}

static void compare(const struct reading *one, const struct reading *other)
{
    WSYNC_ASSERT(one->err == other->err && one->fields.count == other->fields.count &&
                 one->reader.upload_count == other->reader.upload_count);
    for (size_t i = 0; i < one->fields.count; i++) {
        WSYNC_ASSERT(strcmp(one->fields.at[i].name, other->fields.at[i].name) == 0 &&
                     strcmp(one->fields.at[i].value, other->fields.at[i].value) == 0);
    }
    for (size_t i = 0; i < one->reader.upload_count; i++) {
        WSYNC_ASSERT(one->reader.uploads[i].size == other->reader.uploads[i].size &&
                     strcmp(one->reader.uploads[i].name, other->reader.uploads[i].name) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reading whole, cut;
    struct wsync_slice body = wsync_slice(data, size);
    if (size < 2 || size > INPUT_BYTES_MAX) {
        return 0;
    }
    size_t piece = 1 + fuzz_take(&body, 1).data[0];
    read_in_pieces(&whole, body, body.len);
    read_in_pieces(&cut, body, piece);
    compare(&whole, &cut);
    for (size_t i = 0; i < whole.fields.count; i++) {
        WSYNC_ASSERT(wsync_utf8_is_line(wsync_slice_of(whole.fields.at[i].name)) &&
                     !wsync_utf8_fault(wsync_slice_of(whole.fields.at[i].value)));
    }
    for (size_t i = 0; i < whole.reader.upload_count; i++) {
        check_file(&whole.reader.uploads[i], body);
    }
    wsync_http_upload_fini(&whole.reader);
    wsync_http_upload_fini(&cut.reader);
    return 0;
}
