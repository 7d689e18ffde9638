/* SPDX-License-Identifier: Apache-2.0 */
#include "host/zstd.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "wardsync/crypto.h"

/* RFC 8878, 3.1.1: a frame of one segment, whose one block is compressed. */
enum {
    MAGIC_BYTES = 4,
    SINGLE_SEGMENT = 0x20,
    SIZE_IN_TWO_BYTES = 0x40,
    ONE_BYTE_SIZES = 256, /* a size of two bytes is written less this */
    BLOCK_HEADER_BYTES = 3,
    LAST_BLOCK = 1,
    COMPRESSED = 2,
    HEAD_BYTES_MAX = MAGIC_BYTES + 1 + 2 + BLOCK_HEADER_BYTES,
};

/* proto/dictionary.bin, as the linker puts it into the program. */
extern const uint8_t _binary_dictionary_bin_start[], _binary_dictionary_bin_end[];

struct wsync_slice wsync_zstd_dictionary(void)
{
    return wsync_slice(_binary_dictionary_bin_start,
                       (size_t)(_binary_dictionary_bin_end - _binary_dictionary_bin_start));
}

struct wsync_zstd {
    struct wsync_packer packer;
    struct wsync_slice dictionary;
    ZSTD_CCtx *packing;
    ZSTD_CDict *packing_dictionaries[WSYNC_PACK_LEVEL_MAX + 1]; /* by level */
    ZSTD_DCtx *unpacking;
    ZSTD_DDict *unpacking_dictionary;
    uint8_t frame[WSYNC_FRAME_BYTES_MAX + HEAD_BYTES_MAX];
};

static size_t write_head(uint8_t head[HEAD_BYTES_MAX], size_t size, size_t block)
{
    const uint8_t magic[MAGIC_BYTES] = {0x28, 0xb5, 0x2f, 0xfd};
    size_t len = MAGIC_BYTES;
    size_t spelled = size < ONE_BYTE_SIZES ? size : size - ONE_BYTE_SIZES;
    memcpy(head, magic, sizeof magic);
    head[len++] = size < ONE_BYTE_SIZES ? SINGLE_SEGMENT : SINGLE_SEGMENT | SIZE_IN_TWO_BYTES;
    head[len++] = (uint8_t)spelled;
    if (size >= ONE_BYTE_SIZES) {
        head[len++] = (uint8_t)(spelled >> 8);
    }
    size_t header = block << 3 | COMPRESSED << 1 | LAST_BLOCK;
    for (size_t i = 0; i < BLOCK_HEADER_BYTES; i++) {
        head[len++] = (uint8_t)(header >> 8 * i);
    }
    return len;
}

/* Once for each level; false when there is no memory for it. */
static bool get_ready_to_pack(struct wsync_zstd *zstd, int level)
{
    ZSTD_CDict **dictionary = &zstd->packing_dictionaries[level];
    if (!zstd->packing) {
        zstd->packing = ZSTD_createCCtx();
    }
    if (!*dictionary && zstd->dictionary.len > 0) {
        *dictionary = ZSTD_createCDict(zstd->dictionary.data, zstd->dictionary.len, level);
    }
    return zstd->packing && (*dictionary || zstd->dictionary.len == 0);
}

static bool get_ready_to_unpack(struct wsync_zstd *zstd)
{
    if (!zstd->unpacking) {
        zstd->unpacking = ZSTD_createDCtx();
    }
    if (!zstd->unpacking_dictionary && zstd->dictionary.len > 0) {
        zstd->unpacking_dictionary =
            ZSTD_createDDict(zstd->dictionary.data, zstd->dictionary.len);
    }
    return zstd->unpacking && (zstd->unpacking_dictionary || zstd->dictionary.len == 0);
}

/* A whole frame, as long as it is no longer than ours may be. */
static size_t compress(struct wsync_zstd *zstd, enum wsync_pack_method method, int level,
                       struct wsync_slice bytes)
{
    bool with = method == WSYNC_PACK_DICTIONARY;
    if (ZSTD_isError(ZSTD_CCtx_reset(zstd->packing, ZSTD_reset_session_and_parameters)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(zstd->packing, ZSTD_c_compressionLevel,
                                            level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(zstd->packing, ZSTD_c_dictIDFlag, 0)) ||
        (with && ZSTD_isError(ZSTD_CCtx_refCDict(zstd->packing,
                                                 zstd->packing_dictionaries[level])))) {
        return 0;
    }
    size_t len =
        ZSTD_compress2(zstd->packing, zstd->frame, sizeof zstd->frame, bytes.data, bytes.len);
    return ZSTD_isError(len) ? 0 : len;
}

static bool pack(void *context, struct wsync_pack_order order, struct wsync_slice bytes,
                 uint8_t *out, size_t *len)
{
    struct wsync_zstd *zstd = context;
    uint8_t head[HEAD_BYTES_MAX];
    bool named = order.level > 0 && order.level <= WSYNC_PACK_LEVEL_MAX;
    int level = named ? (int)order.level : WSYNC_PACK_LEVEL_MAX;
    if (bytes.len > WSYNC_PACKED_BYTES_MAX || !get_ready_to_pack(zstd, level)) {
        return false;
    }
    size_t frame = compress(zstd, order.method, level, bytes);
    size_t before = bytes.len < ONE_BYTE_SIZES ? HEAD_BYTES_MAX - 1 : HEAD_BYTES_MAX;
    if (frame <= before || frame - before > *len) {
        return false;
    }
    size_t block = frame - before;
    if (write_head(head, bytes.len, block) != before ||
        memcmp(head, zstd->frame, before) != 0) {
        return false; /* several blocks, or one that did not become smaller */
    }
    memcpy(out, zstd->frame + before, block);
    *len = block;
    return true;
}

static enum wsync_err unpack(void *context, enum wsync_pack_method method,
                             struct wsync_slice packed, uint8_t *out, size_t len)
{
    struct wsync_zstd *zstd = context;
    if (packed.len > WSYNC_FRAME_BYTES_MAX || len > WSYNC_PACKED_BYTES_MAX) {
        return WSYNC_ERR_MESSAGE;
    }
    if (!get_ready_to_unpack(zstd)) {
        return WSYNC_ERR_MEMORY;
    }
    size_t head = write_head(zstd->frame, len, packed.len);
    memcpy(zstd->frame + head, packed.data, packed.len);
    size_t got =
        method == WSYNC_PACK_DICTIONARY
            ? ZSTD_decompress_usingDDict(zstd->unpacking, out, len, zstd->frame,
                                         head + packed.len, zstd->unpacking_dictionary)
            : ZSTD_decompressDCtx(zstd->unpacking, out, len, zstd->frame, head + packed.len);
    return !ZSTD_isError(got) && got == len ? WSYNC_OK : WSYNC_ERR_MESSAGE;
}

static struct wsync_dictionary_name name_of(struct wsync_slice dictionary)
{
    struct wsync_dictionary_name name;
    const struct wsync_slice parts[] = {wsync_slice_of("wardsync/dictionary/v1"), dictionary};
    struct wsync_hash hash = wsync_hash_parts(parts, 2);
    memcpy(name.b, hash.b, sizeof name.b);
    return name;
}

struct wsync_zstd *wsync_zstd_open(struct wsync_slice dictionary)
{
    struct wsync_zstd *zstd = calloc(1, sizeof *zstd);
    if (zstd) {
        zstd->dictionary = dictionary;
        zstd->packer = (struct wsync_packer){zstd, name_of(dictionary), pack, unpack};
    }
    return zstd;
}

void wsync_zstd_close(struct wsync_zstd *zstd)
{
    if (zstd) {
        ZSTD_freeCCtx(zstd->packing);
        for (size_t i = 0; i <= WSYNC_PACK_LEVEL_MAX; i++) {
            ZSTD_freeCDict(zstd->packing_dictionaries[i]); /* NULL is none */
        }
        ZSTD_freeDCtx(zstd->unpacking);
        ZSTD_freeDDict(zstd->unpacking_dictionary);
        free(zstd);
    }
}

const struct wsync_packer *wsync_zstd_packer(const struct wsync_zstd *zstd)
{
    return &zstd->packer;
}
