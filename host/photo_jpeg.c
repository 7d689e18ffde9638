/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG (ITU T.81): segments up to the end mark, of which those stay that draw the picture. */
#include <string.h>

#include "host/photo_parts.h"

enum {
    MARK = 0xFF,
    SOF_FIRST = 0xC0,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    SOF_LAST = 0xCF,
    RST_FIRST = 0xD0,
    RST_LAST = 0xD7,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
    DNL = 0xDC,
    DRI = 0xDD,
    APP0 = 0xE0,
    APP1 = 0xE1,
    APP14 = 0xEE,
    APP15 = 0xEF,
    COM = 0xFE,

    JFIF_BYTES = 14,      /* up to its thumbnail */
    JFIF_THUMB_BYTES = 2, /* the thumbnail's width and height, at the end of those */
    ADOBE_BYTES = 12,
    SIZE_BYTES = 6, /* of a frame header: precision, height, width, components */
};

struct jpeg {
    struct wsync_slice in;
    size_t at; /* behind what was read */
    struct wsync_photo_out *out;
    struct wsync_photo *photo;
    bool turned, framed, scanned;
};

static bool is_frame(uint8_t mark)
{
    return mark >= SOF_FIRST && mark <= SOF_LAST && mark != DHT && mark != JPG && mark != DAC;
}

static void put_mark(struct jpeg *jpeg, uint8_t mark)
{
    const uint8_t bytes[] = {MARK, mark};
    wsync_photo_put(jpeg->out, wsync_slice(bytes, sizeof bytes));
}

static void put_segment(struct jpeg *jpeg, uint8_t mark, struct wsync_slice content)
{
    const uint8_t len[] = {(uint8_t)((content.len + 2) >> 8), (uint8_t)(content.len + 2)};
    put_mark(jpeg, mark);
    wsync_photo_put(jpeg->out, wsync_slice(len, sizeof len));
    wsync_photo_put(jpeg->out, content);
}

/* The next mark, behind any number of fill bytes; 0 at the end of the file or where there is
 * none. */
static uint8_t next_mark(struct jpeg *jpeg)
{
    const struct wsync_slice in = jpeg->in;
    if (jpeg->at >= in.len || in.data[jpeg->at] != MARK) {
        return 0;
    }
    while (jpeg->at < in.len && in.data[jpeg->at] == MARK) {
        jpeg->at++;
    }
    return jpeg->at < in.len ? in.data[jpeg->at++] : 0;
}

static bool take_segment(struct jpeg *jpeg, struct wsync_slice *content)
{
    size_t left = jpeg->in.len - jpeg->at;
    uint32_t len = left < 2 ? 0 : wsync_photo_big(jpeg->in, jpeg->at, 2);
    if (len < 2 || len > left) {
        return false;
    }
    *content = wsync_photo_part(jpeg->in, jpeg->at + 2, len - 2);
    jpeg->at += len;
    return true;
}

static const char *take_frame(struct jpeg *jpeg, uint8_t mark, struct wsync_slice content)
{
    if (jpeg->framed) {
        return "holds more than one picture";
    }
    if (content.len < SIZE_BYTES) {
        return WSYNC_PHOTO_CUT;
    }
    jpeg->framed = true;
    jpeg->photo->height = wsync_photo_big(content, 1, 2);
    jpeg->photo->width = wsync_photo_big(content, 3, 2);
    put_segment(jpeg, mark, content);
    return jpeg->photo->width > 0 && jpeg->photo->height > 0 ? NULL : WSYNC_PHOTO_SIZE;
}

/* What stays of an application's segment: the JFIF head without its thumbnail, Adobe's note on
 * colours, how the camera was held. */
static void take_application(struct jpeg *jpeg, uint8_t mark, struct wsync_slice content)
{
    static const char EXIF[] = "Exif\0";
    struct wsync_slice exif = wsync_slice(EXIF, sizeof EXIF);
    if (mark == APP0 && content.len >= JFIF_BYTES &&
        wsync_slice_starts(content, wsync_slice("JFIF", 5))) {
        uint8_t head[JFIF_BYTES] = {0};
        memcpy(head, content.data, JFIF_BYTES - JFIF_THUMB_BYTES);
        put_segment(jpeg, APP0, wsync_slice(head, sizeof head));
    } else if (mark == APP14 && content.len >= ADOBE_BYTES &&
               wsync_slice_starts(content, wsync_slice_of("Adobe"))) {
        put_segment(jpeg, APP14, wsync_slice_head(content, ADOBE_BYTES));
    } else if (mark == APP1 && !jpeg->turned && !jpeg->framed &&
               wsync_slice_starts(content, exif)) {
        uint8_t held = wsync_photo_orientation(
            wsync_photo_part(content, exif.len, content.len - exif.len));
        if (held > 1) {
            uint8_t block[sizeof EXIF + WSYNC_PHOTO_TIFF_BYTES];
            memcpy(block, EXIF, sizeof EXIF);
            wsync_photo_tiff(held, block + sizeof EXIF);
            put_segment(jpeg, APP1, wsync_slice(block, sizeof block));
            jpeg->turned = true;
        }
    }
}

/* The coded picture behind a scan header: up to the next mark that is not part of it. */
static void take_scan(struct jpeg *jpeg)
{
    const struct wsync_slice in = jpeg->in;
    size_t from = jpeg->at, at = from;
    for (; at + 1 < in.len; at++) {
        uint8_t next = in.data[at + 1];
        bool inside = next == 0 || (next >= RST_FIRST && next <= RST_LAST);
        if (in.data[at] == MARK && !inside && next != MARK) {
            break;
        }
    }
    if (at + 1 >= in.len) {
        at = in.len; /* no mark: the file ends within the picture */
    }
    wsync_photo_put(jpeg->out, wsync_photo_part(in, from, at - from));
    jpeg->at = at;
    jpeg->scanned = true;
}

static const char *take_next(struct jpeg *jpeg, uint8_t mark)
{
    struct wsync_slice content;
    if (mark == 0) {
        return jpeg->at >= jpeg->in.len ? WSYNC_PHOTO_CUT
                                        : "is damaged: a part does not begin where it should";
    }
    if (!take_segment(jpeg, &content)) {
        return WSYNC_PHOTO_CUT;
    }
    if (is_frame(mark)) {
        return take_frame(jpeg, mark, content);
    }
    if ((mark >= APP0 && mark <= APP15)) {
        take_application(jpeg, mark, content);
        return NULL;
    }
    if (mark == COM) {
        return NULL;
    }
    bool drawn = mark == DHT || mark == DAC || mark == DQT || mark == DRI || mark == DNL;
    if (!drawn && mark != SOS) {
        return "is damaged or of a rare kind: it holds a part that no camera writes";
    }
    if (mark == SOS && !jpeg->framed) {
        return "is damaged: the picture comes before its size";
    }
    put_segment(jpeg, mark, content);
    if (mark == SOS) {
        take_scan(jpeg);
    }
    return NULL;
}

const char *wsync_photo_jpeg(struct wsync_slice in, struct wsync_photo_out *out,
                             struct wsync_photo *photo)
{
    struct jpeg jpeg = {.in = in, .at = 2, .out = out, .photo = photo};
    const char *fault = NULL;
    put_mark(&jpeg, SOI);
    for (uint8_t mark; !fault && (mark = next_mark(&jpeg)) != EOI;) {
        fault = take_next(&jpeg, mark);
    }
    if (!fault && !jpeg.scanned) {
        fault = "holds no picture";
    }
    if (!fault) {
        put_mark(&jpeg, EOI); /* and nothing of what stands behind it */
    }
    return fault;
}
