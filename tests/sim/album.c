/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/album.h"

#include <stdlib.h>

#include "tests/blobs_mem.h"
#include "tests/sim/book.h"
#include "tests/sim/random.h"

static struct sim_photo photos[SIM_PHOTOS];

/* From a byte to some chunks, with the lengths beside a whole number of them. */
static size_t length_of(size_t number)
{
    static const size_t LENGTHS[] = {1,  4096,  4097, 900,  8192, 9000,
                                     60, 20000, 4095, 8193, 300,  33000};
    return LENGTHS[number % (sizeof LENGTHS / sizeof *LENGTHS)];
}

static void make(size_t number)
{
    struct sim_photo *photo = &photos[number];
    struct sim_random random;
    size_t len = length_of(number);
    uint8_t *bytes = malloc(len);
    WSYNC_ASSERT(bytes);
    sim_random_init(&random, number);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)sim_random_below(&random, 256);
    }
    photo->bytes = wsync_slice(bytes, len);
    WSYNC_ASSERT(wsync_blob_name_of(photo->bytes, &photo->name) == WSYNC_OK);
    photo->value = wsync_blob_name_encode(&photo->name);
    photo->text = sim_text_of(wsync_slice(photo->value.b, photo->value.len));
}

const struct sim_photo *sim_album(size_t number)
{
    WSYNC_ASSERT(number < SIM_PHOTOS);
    if (!photos[number].bytes.data) {
        make(number);
    }
    return &photos[number];
}

size_t sim_album_find(const struct wsync_blob_name *name)
{
    size_t number = 0;
    while (number < SIM_PHOTOS && !wsync_blob_name_equal(&sim_album(number)->name, name)) {
        number++;
    }
    return number;
}

size_t sim_album_find_text(uint64_t text)
{
    size_t number = 0;
    while (number < SIM_PHOTOS && sim_album(number)->text != text) {
        number++;
    }
    return number;
}

struct wsync_slice sim_album_chunk(size_t number, uint32_t index)
{
    const struct sim_photo *photo = sim_album(number);
    return wsync_slice(photo->bytes.data + (size_t)index * WSYNC_BLOB_CHUNK_BYTES,
                       wsync_blob_chunk_len(&photo->name, index));
}

struct wsync_blobs *sim_album_keeper(void)
{
    static struct wsync_blobs *keeper;
    struct wsync_blob_name name;
    for (size_t i = 0; !keeper && i < SIM_PHOTOS; i++) {
        (void)sim_album(i);
    }
    if (!keeper) {
        keeper = wsync_blobs_mem_new();
        for (size_t i = 0; i < SIM_PHOTOS; i++) {
            WSYNC_ASSERT(wsync_blob_add(keeper, photos[i].bytes, &name) == WSYNC_OK);
        }
    }
    return keeper;
}
