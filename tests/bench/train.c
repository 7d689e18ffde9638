/* SPDX-License-Identifier: Apache-2.0 */
/* train.c: makes the dictionary that the programs carry (tools/train-dictionary).
 *
 *   train SEED BYTES > dictionary     always the same bytes for one version of zstd
 *
 * It learns from the changes of invented records of the campaign's forms, as they stand in
 * packed sets of different sizes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zdict.h>

#include "core/packed_parts.h"
#include "tests/campaign.h"

enum { SETS = 1500, CHANGES_MAX = 29, BLOCK = 4 << 20, WARDS = 14, SAMPLES_BYTES = 16 << 20 };

static uint8_t *memory(size_t bytes)
{
    uint8_t *block = aligned_alloc(16, bytes);
    if (!block) {
        fputs("train: no memory\n", stderr);
        exit(70);
    }
    return block;
}

/* One set of so many changes, behind the samples. */
static size_t add_set(struct campaign *campaign, struct wsync_arena *arena, size_t count,
                      uint8_t *out)
{
    struct wsync_raw_change changes[CHANGES_MAX];
    uint8_t raw_bytes[CHANGES_MAX * WSYNC_HASH_BYTES];
    struct wsync_change_set set = {.first = 2, .changes = changes, .change_count = count};
    size_t mark = wsync_arena_mark(arena);
    for (size_t i = 0; i < count; i++) {
        changes[i] = campaign_change(campaign, arena);
    }
    struct wsync_writer writer = wsync_writer_over(out, WSYNC_PACKED_BYTES_MAX);
    struct wsync_writer raw = wsync_writer_over(raw_bytes, sizeof raw_bytes);
    wsync_changes_write(&set, &writer, &raw);
    size_t len = wsync_written(&writer).len;
    wsync_arena_release(arena, mark);
    return len;
}

int main(int argc, char **argv)
{
    static struct campaign campaign;
    static size_t sizes[SETS];
    struct wsync_arena arena;
    if (argc != 3) {
        fputs("usage: train SEED BYTES > dictionary\n", stderr);
        return 64;
    }
    uint8_t *samples = memory(SAMPLES_BYTES), *block = memory(BLOCK);
    size_t used = 0;
    wsync_arena_init(&arena, block, BLOCK);
    campaign_init(&campaign, &arena, strtoull(argv[1], NULL, 10), 2);
    campaign.personal = true;
    for (size_t i = 0; i < SETS; i++) {
        static const size_t COUNTS[] = {1, 1, 1, 1, 2, 3, 1, 8};
        campaign.unit = (uint32_t)(2 + i % WARDS);
        sizes[i] = add_set(&campaign, &arena, COUNTS[i % 8], samples + used);
        used += sizes[i];
    }
    size_t wanted = strtoull(argv[2], NULL, 10);
    uint8_t *dictionary = memory((wanted + 15) / 16 * 16);
    size_t len = ZDICT_trainFromBuffer(dictionary, wanted, samples, sizes, SETS);
    if (ZDICT_isError(len)) {
        fprintf(stderr, "train: %s\n", ZDICT_getErrorName(len));
        return 70;
    }
    bool out = fwrite(dictionary, 1, len, stdout) == len;
    free(dictionary);
    free(block);
    free(samples);
    return out ? 0 : 74;
}
