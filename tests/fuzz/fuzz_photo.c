/* SPDX-License-Identifier: Apache-2.0 */
/* A file a person picks: whatever its bytes, it is refused or it is a picture alone, which is
 * not longer than the file and one orientation, and which stripping again leaves as it is. */
#include <stdlib.h>
#include <string.h>

#include "host/photo.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_photo photo, second;
    struct wsync_error error;
    uint8_t *room = malloc(size + WSYNC_PHOTO_ROOM_BYTES); /* a sanitizer sees its end */
    WSYNC_ASSERT(room);
    enum wsync_err err =
        wsync_photo_strip(wsync_slice(data, size), WSYNC_PHOTO_KINDS_ALL, room, &photo, &error);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_VALUE);
    if (err == WSYNC_OK) {
        uint8_t *again = malloc(photo.len + WSYNC_PHOTO_ROOM_BYTES);
        WSYNC_ASSERT(again && photo.len > 0 && photo.len <= size + WSYNC_PHOTO_ROOM_BYTES);
        WSYNC_ASSERT(photo.kind == WSYNC_PHOTO_PDF || (photo.width > 0 && photo.height > 0));
        struct wsync_slice alone = wsync_slice(room, photo.len);
        err = wsync_photo_strip(alone, photo.kind, again, &second, &error);
        WSYNC_ASSERT(err == WSYNC_OK && second.len == photo.len);
        WSYNC_ASSERT(memcmp(room, again, photo.len) == 0);
        WSYNC_ASSERT(second.width == photo.width && second.height == photo.height);
        free(again);
    }
    free(room);
    return 0;
}
