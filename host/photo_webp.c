/* SPDX-License-Identifier: Apache-2.0 */
/* WebP: one RIFF file of chunks, of which those stay that draw the picture. */
#include <string.h>

#include "host/photo_parts.h"

enum {
    HEAD_BYTES = 12,
    CHUNK_BYTES = 8,
    EXTENDED_BYTES = 10,
    FLAG_ANIMATED = 0x02,
    FLAG_EXIF = 0x08,
    FLAG_ALPHA = 0x10,
};

struct webp {
    struct wsync_slice in;
    struct wsync_photo_out *out;
    struct wsync_photo *photo;
    size_t extended; /* where its flags stand in `out`, 0: a plain file */
    uint8_t held;
    bool drawn;
};

static bool is_named(struct wsync_slice chunk, const char *name)
{
    return memcmp(chunk.data, name, 4) == 0;
}

static void put_little(uint8_t *at, size_t number)
{
    for (size_t i = 0; i < 4; i++) {
        at[i] = (uint8_t)(number >> (8 * i));
    }
}

/* A chunk and, after an odd length, one byte of 0. */
static void put_chunk(struct webp *webp, const char *name, struct wsync_slice content)
{
    uint8_t head[CHUNK_BYTES];
    memcpy(head, name, 4);
    put_little(head + 4, content.len);
    wsync_photo_put(webp->out, wsync_slice(head, sizeof head));
    wsync_photo_put(webp->out, content);
    if (content.len % 2 != 0) {
        wsync_photo_put(webp->out, wsync_slice("", 1));
    }
}

static const char *set_size(struct webp *webp, uint32_t width, uint32_t height)
{
    if (webp->extended == 0) { /* else the canvas is the picture's size */
        webp->photo->width = width;
        webp->photo->height = height;
    }
    webp->drawn = true;
    return webp->photo->width > 0 && webp->photo->height > 0 ? NULL : WSYNC_PHOTO_SIZE;
}

static const char *take_lossy(struct webp *webp, struct wsync_slice content)
{
    static const uint8_t START[] = {0x9D, 0x01, 0x2A};
    if (content.len < 10 || memcmp(content.data + 3, START, sizeof START) != 0) {
        return WSYNC_PHOTO_CUT;
    }
    put_chunk(webp, "VP8 ", content);
    return set_size(webp, wsync_photo_little(content, 6, 2) & 0x3FFF,
                    wsync_photo_little(content, 8, 2) & 0x3FFF);
}

static const char *take_lossless(struct webp *webp, struct wsync_slice content)
{
    if (content.len < 5 || content.data[0] != 0x2F) {
        return WSYNC_PHOTO_CUT;
    }
    uint32_t bits = wsync_photo_little(content, 1, 4);
    put_chunk(webp, "VP8L", content);
    return set_size(webp, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
}

static const char *take_extended(struct webp *webp, struct wsync_slice content)
{
    if (webp->extended != 0 || webp->drawn || content.len < EXTENDED_BYTES) {
        return "is damaged: its size does not stand at its beginning";
    }
    if ((content.data[0] & FLAG_ANIMATED) != 0) {
        return "is a moving picture; choose a still one";
    }
    uint8_t kept[EXTENDED_BYTES] = {0};
    memcpy(kept, content.data, sizeof kept);
    kept[0] &= FLAG_ALPHA;
    webp->extended = webp->out->len + CHUNK_BYTES;
    put_chunk(webp, "VP8X", wsync_slice(kept, sizeof kept));
    webp->photo->width = wsync_photo_little(content, 4, 3) + 1;
    webp->photo->height = wsync_photo_little(content, 7, 3) + 1;
    return NULL;
}

static const char *take_chunk(struct webp *webp, struct wsync_slice chunk)
{
    struct wsync_slice content = wsync_photo_part(chunk, CHUNK_BYTES, chunk.len - CHUNK_BYTES);
    bool picture = is_named(chunk, "VP8 ") || is_named(chunk, "VP8L");
    if (picture && webp->drawn) {
        return "holds more than one picture";
    }
    if (picture) {
        return is_named(chunk, "VP8 ") ? take_lossy(webp, content)
                                       : take_lossless(webp, content);
    }
    if (is_named(chunk, "VP8X")) {
        return take_extended(webp, content);
    }
    if (is_named(chunk, "ALPH") && webp->extended != 0 && !webp->drawn) {
        put_chunk(webp, "ALPH", content);
    } else if (is_named(chunk, "EXIF")) {
        struct wsync_slice name = wsync_slice("Exif\0", 6); /* some writers keep JPEG's name */
        size_t skipped = wsync_slice_starts(content, name) ? name.len : 0;
        webp->held = wsync_photo_orientation(
            wsync_photo_part(content, skipped, content.len - skipped));
    }
    return NULL;
}

const char *wsync_photo_webp(struct wsync_slice in, struct wsync_photo_out *out,
                             struct wsync_photo *photo)
{
    struct webp webp = {.in = in, .out = out, .photo = photo};
    uint32_t said = wsync_photo_little(in, 4, 4);
    if (said > in.len - 8 || said < 4) {
        return WSYNC_PHOTO_CUT;
    }
    size_t end = (size_t)said + 8; /* what stands behind is no part of the picture */
    wsync_photo_put(out, wsync_slice_head(in, HEAD_BYTES));
    for (size_t at = HEAD_BYTES; at < end;) {
        size_t left = end - at;
        if (left < CHUNK_BYTES || wsync_photo_little(in, at + 4, 4) > left - CHUNK_BYTES) {
            return WSYNC_PHOTO_CUT;
        }
        size_t len = wsync_photo_little(in, at + 4, 4);
        const char *fault = take_chunk(&webp, wsync_photo_part(in, at, CHUNK_BYTES + len));
        if (fault) {
            return fault;
        }
        at += CHUNK_BYTES + len + len % 2;
    }
    if (!webp.drawn) {
        return "holds no picture";
    }
    if (webp.held > 1 && webp.extended != 0) { /* only such a file has EXIF */
        uint8_t tiff[WSYNC_PHOTO_TIFF_BYTES];
        wsync_photo_tiff(webp.held, tiff);
        put_chunk(&webp, "EXIF", wsync_slice(tiff, sizeof tiff));
        out->bytes[webp.extended] |= FLAG_EXIF;
    }
    put_little(out->bytes + 4, out->len - 8);
    return NULL;
}
