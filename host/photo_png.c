/* SPDX-License-Identifier: Apache-2.0 */
/* PNG: chunks up to IEND, of which those stay that draw the picture. */
#include <string.h>

#include "host/photo_parts.h"

enum {
    MAGIC_BYTES = 8,
    CHUNK_BYTES = 12, /* length, name, check sum */
    NAME_BYTES = 4,
    HEADER_BYTES = 13,
    ANCILLARY = 0x20, /* in the first letter: a reader may do without it */
    SIDE_MAX = 0x7FFFFFFF,
};

static const char KEPT[][NAME_BYTES + 1] = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA",
                                            "cHRM", "sRGB", "cICP", "sBIT", "bKGD", "pHYs"};

/* CRC-32 as PNG wants it, four bits at a time. */
static uint32_t crc_of(struct wsync_slice bytes)
{
    static const uint32_t TABLE[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.data[i];
        crc = TABLE[crc & 15] ^ (crc >> 4);
        crc = TABLE[crc & 15] ^ (crc >> 4);
    }
    return ~crc;
}

static void put_number(struct wsync_photo_out *out, uint32_t number)
{
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 8), (uint8_t)number};
    wsync_photo_put(out, wsync_slice(bytes, sizeof bytes));
}

static void put_orientation(struct wsync_photo_out *out, uint8_t held)
{
    uint8_t chunk[NAME_BYTES + WSYNC_PHOTO_TIFF_BYTES];
    memcpy(chunk, "eXIf", NAME_BYTES);
    wsync_photo_tiff(held, chunk + NAME_BYTES);
    put_number(out, WSYNC_PHOTO_TIFF_BYTES);
    wsync_photo_put(out, wsync_slice(chunk, sizeof chunk));
    put_number(out, crc_of(wsync_slice(chunk, sizeof chunk)));
}

static bool is_kept(const uint8_t *name)
{
    for (size_t i = 0; i < sizeof KEPT / sizeof *KEPT; i++) {
        if (memcmp(name, KEPT[i], NAME_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_named(struct wsync_slice chunk, const char *name)
{
    return memcmp(chunk.data + 4, name, NAME_BYTES) == 0;
}

static const char *read_header(struct wsync_slice chunk, struct wsync_photo *photo)
{
    if (!is_named(chunk, "IHDR") || chunk.len != CHUNK_BYTES + HEADER_BYTES) {
        return "is damaged: its size does not stand at its beginning";
    }
    photo->width = wsync_photo_big(chunk, 8, 4);
    photo->height = wsync_photo_big(chunk, 12, 4);
    return photo->width > 0 && photo->height > 0 && photo->width <= SIDE_MAX &&
                   photo->height <= SIDE_MAX
               ? NULL
               : WSYNC_PHOTO_SIZE;
}

/* The chunk at `at`, whole and with a right check sum. */
static const char *take_chunk(struct wsync_slice in, size_t at, struct wsync_slice *chunk)
{
    size_t left = in.len - at;
    if (left < CHUNK_BYTES || wsync_photo_big(in, at, 4) > left - CHUNK_BYTES) {
        return WSYNC_PHOTO_CUT;
    }
    *chunk = wsync_photo_part(in, at, CHUNK_BYTES + (size_t)wsync_photo_big(in, at, 4));
    struct wsync_slice summed = wsync_photo_part(*chunk, 4, chunk->len - 8);
    return crc_of(summed) == wsync_photo_big(*chunk, chunk->len - 4, 4)
               ? NULL
               : "is damaged: a check sum is wrong; copy it again";
}

const char *wsync_photo_png(struct wsync_slice in, struct wsync_photo_out *out,
                            struct wsync_photo *photo)
{
    struct wsync_slice chunk;
    bool drawn = false, turned = false;
    wsync_photo_put(out, wsync_slice_head(in, MAGIC_BYTES));
    for (size_t at = MAGIC_BYTES;; at += chunk.len) {
        const char *fault = take_chunk(in, at, &chunk);
        if (!fault && (at == MAGIC_BYTES || is_named(chunk, "IHDR"))) {
            fault = at == MAGIC_BYTES ? read_header(chunk, photo) : "holds its size twice";
        }
        if (fault) {
            return fault;
        }
        drawn = drawn || is_named(chunk, "IDAT");
        if (is_kept(chunk.data + 4)) {
            wsync_photo_put(out, chunk);
        } else if ((chunk.data[4] & ANCILLARY) == 0) {
            return "is damaged or of a rare kind: it holds a part that no camera writes";
        } else if (is_named(chunk, "eXIf") && !drawn && !turned) {
            uint8_t held = wsync_photo_orientation(
                wsync_photo_part(chunk, 8, chunk.len - CHUNK_BYTES));
            turned = held > 1;
            if (turned) {
                put_orientation(out, held);
            }
        }
        if (is_named(chunk, "IEND")) {
            return drawn ? NULL : "holds no picture";
        }
    }
}
