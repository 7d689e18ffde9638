/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of file it is, and what the kinds share. */
#include "host/photo.h"

#include <stdio.h>
#include <string.h>

#include "host/photo_parts.h"

enum {
    RIFF_BYTES = 12,
    PDF_TAIL_BYTES = 1024,
    TIFF_HEAD_BYTES = 8,
    TIFF_ENTRY_BYTES = 12,
    TIFF_ENTRIES_MAX = 512,
    TIFF_SHORT = 3,
    TAG_ORIENTATION = 0x0112,
    ORIENTATION_PLACE = 19, /* in the smallest block */
};

static const uint8_t JPEG_MAGIC[] = {0xFF, 0xD8, 0xFF};
static const uint8_t PNG_MAGIC[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

const char WSYNC_PHOTO_CUT[] = "ends in the middle of the picture; copy it again";
const char WSYNC_PHOTO_SIZE[] = "says that its picture has no width or no height";

void wsync_photo_put(struct wsync_photo_out *out, struct wsync_slice bytes)
{
    WSYNC_ASSERT(bytes.len <= out->size - out->len);
    if (bytes.len > 0) {
        memcpy(out->bytes + out->len, bytes.data, bytes.len);
        out->len += bytes.len;
    }
}

struct wsync_slice wsync_photo_part(struct wsync_slice from, size_t at, size_t len)
{
    WSYNC_ASSERT(at <= from.len && len <= from.len - at);
    return wsync_slice(from.data + at, len);
}

uint32_t wsync_photo_big(struct wsync_slice in, size_t at, size_t bytes)
{
    struct wsync_slice part = wsync_photo_part(in, at, bytes);
    uint32_t number = 0;
    for (size_t i = 0; i < bytes; i++) {
        number = number << 8 | part.data[i];
    }
    return number;
}

uint32_t wsync_photo_little(struct wsync_slice in, size_t at, size_t bytes)
{
    struct wsync_slice part = wsync_photo_part(in, at, bytes);
    uint32_t number = 0;
    for (size_t i = bytes; i > 0; i--) {
        number = number << 8 | part.data[i - 1];
    }
    return number;
}

uint8_t wsync_photo_orientation(struct wsync_slice tiff)
{
    uint32_t (*number)(struct wsync_slice, size_t, size_t) = NULL;
    if (wsync_slice_starts(tiff, wsync_slice("II*", 4))) {
        number = wsync_photo_little;
    } else if (wsync_slice_starts(tiff, wsync_slice("MM\0*", 4))) {
        number = wsync_photo_big;
    }
    if (!number || tiff.len < TIFF_HEAD_BYTES) {
        return 1;
    }
    size_t at = number(tiff, 4, 4);
    if (at > tiff.len || tiff.len - at < 2) {
        return 1;
    }
    size_t count = number(tiff, at, 2);
    at += 2;
    for (size_t i = 0; i < count && i < TIFF_ENTRIES_MAX; i++, at += TIFF_ENTRY_BYTES) {
        if (tiff.len - at < TIFF_ENTRY_BYTES) {
            return 1;
        }
        if (number(tiff, at, 2) == TAG_ORIENTATION && number(tiff, at + 2, 2) == TIFF_SHORT) {
            uint32_t held = number(tiff, at + 8, 2);
            return held >= 2 && held <= 8 ? (uint8_t)held : 1;
        }
    }
    return 1;
}

void wsync_photo_tiff(uint8_t orientation, uint8_t tiff[WSYNC_PHOTO_TIFF_BYTES])
{
    static const uint8_t BLOCK[WSYNC_PHOTO_TIFF_BYTES] = {
        'M', 'M', 0, '*', 0, 0, 0, TIFF_HEAD_BYTES, /* the first list is right behind */
        0, 1,                                       /* of one entry */
        TAG_ORIENTATION >> 8, TAG_ORIENTATION & 0xFF, 0, TIFF_SHORT, 0, 0, 0, 1, 0, 0, 0, 0,
        0, 0, 0, 0}; /* no other list */
    memcpy(tiff, BLOCK, sizeof BLOCK);
    tiff[ORIENTATION_PLACE] = orientation;
}

/* A paper is signed and sealed as it is; it is looked at only so far as to know that it came
 * whole. */
static const char *read_pdf(struct wsync_slice in, struct wsync_photo_out *out,
                            struct wsync_photo *photo)
{
    static const char END[] = "%%EOF";
    size_t last = sizeof END - 1;
    size_t from = in.len > PDF_TAIL_BYTES ? in.len - PDF_TAIL_BYTES : 0;
    photo->width = photo->height = 0;
    for (size_t at = from; in.len >= last && at <= in.len - last; at++) {
        if (memcmp(in.data + at, END, last) == 0) {
            wsync_photo_put(out, in);
            return NULL;
        }
    }
    return "ends in the middle of the paper; copy it again";
}

static const struct {
    uint32_t kind;
    const char *name;
    const char *(*read)(struct wsync_slice in, struct wsync_photo_out *out,
                        struct wsync_photo *photo);
} KINDS[] = {
    {WSYNC_PHOTO_JPEG, "JPEG", wsync_photo_jpeg},
    {WSYNC_PHOTO_PNG, "PNG", wsync_photo_png},
    {WSYNC_PHOTO_WEBP, "WebP", wsync_photo_webp},
    {WSYNC_PHOTO_PDF, "PDF", read_pdf},
};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

uint32_t wsync_photo_kind(struct wsync_slice file)
{
    if (wsync_slice_starts(file, wsync_slice(JPEG_MAGIC, sizeof JPEG_MAGIC))) {
        return WSYNC_PHOTO_JPEG;
    }
    if (wsync_slice_starts(file, wsync_slice(PNG_MAGIC, sizeof PNG_MAGIC))) {
        return WSYNC_PHOTO_PNG;
    }
    if (file.len >= RIFF_BYTES && memcmp(file.data, "RIFF", 4) == 0 &&
        memcmp(file.data + 8, "WEBP", 4) == 0) {
        return WSYNC_PHOTO_WEBP;
    }
    return wsync_slice_starts(file, wsync_slice_of("%PDF-")) ? WSYNC_PHOTO_PDF : 0;
}

const char *wsync_photo_kind_name(uint32_t kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (KINDS[i].kind == kind) {
            return KINDS[i].name;
        }
    }
    return "?";
}

const char *wsync_photo_kinds_text(uint32_t kinds, char text[WSYNC_PHOTO_KINDS_BYTES])
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if ((kinds & KINDS[i].kind) != 0) {
            len += (size_t)snprintf(text + len, WSYNC_PHOTO_KINDS_BYTES - len, "%s%s",
                                    len == 0 ? "" : ", ", KINDS[i].name);
        }
    }
    return text;
}

/* What a person may have taken for a picture. */
static const char *unknown_kind(struct wsync_slice file)
{
    bool box = file.len >= RIFF_BYTES && memcmp(file.data + 4, "ftyp", 4) == 0;
    bool heic = box && (memcmp(file.data + 8, "hei", 3) == 0 ||
                        memcmp(file.data + 8, "mif1", 4) == 0);
    if (heic) {
        return "is a HEIC picture; set the phone's camera to \"most compatible\" or save it as "
               "JPEG";
    }
    return file.len == 0 ? "is empty" : box ? "is a video" : "is of no known kind";
}

enum wsync_err wsync_photo_strip(struct wsync_slice file, uint32_t kinds, uint8_t *room,
                                 struct wsync_photo *photo, struct wsync_error *error)
{
    char names[WSYNC_PHOTO_KINDS_BYTES];
    const char *fault = NULL;
    uint32_t kind = wsync_photo_kind(file);
    if (kind == 0) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "%s; allowed: %s", unknown_kind(file),
                               wsync_photo_kinds_text(kinds, names));
    }
    if ((kind & kinds) == 0) {
        return wsync_error_set(error, WSYNC_ERR_VALUE, "is of the kind %s; allowed: %s",
                               wsync_photo_kind_name(kind),
                               wsync_photo_kinds_text(kinds, names));
    }
    struct wsync_photo_out out = {.bytes = room, .size = file.len + WSYNC_PHOTO_ROOM_BYTES};
    *photo = (struct wsync_photo){.kind = kind};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (KINDS[i].kind == kind) {
            fault = KINDS[i].read(file, &out, photo);
        }
    }
    photo->len = out.len;
    return fault ? wsync_error_set(error, WSYNC_ERR_VALUE, "%s (%s)", fault,
                                   wsync_photo_kind_name(kind))
                 : WSYNC_OK;
}
