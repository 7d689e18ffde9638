/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/heavy.h"

#include <string.h>

enum { PER_CHANGE = 15, DAY = 19100 };

static void grow_one(struct forge *forge)
{
    uint8_t note[HEAVY_VALUE_BYTES];
    uint64_t made = forge_create(forge, DAY, 0, 1);
    memset(note, 'a', sizeof note);
    const struct wsync_write write = {
        FORGE_NOTE, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(note, sizeof note)}};
    for (size_t done = 0; done < HEAVY_VALUES;) {
        struct wsync_operation operations[PER_CHANGE];
        size_t count = 0;
        while (count < PER_CHANGE && done < HEAVY_VALUES) {
            operations[count++] = (struct wsync_operation){.form = REPLICA_FORM,
                                                           .version = 1,
                                                           .record = {0, made, 0},
                                                           .writes = &write,
                                                           .write_count = 1};
            done++;
        }
        forge_add_draft(forge, &(struct wsync_draft){.context.stamp_delta = 1,
                                                     .operations = operations,
                                                     .operation_count = count});
    }
}

void heavy_grow(struct forge *forge, uint64_t records)
{
    for (uint64_t i = 0; i < records; i++) {
        grow_one(forge);
    }
}

/* Where the shown count of each record was written last. */
static struct wsync_address last_of(const struct forge *forge, uint64_t records, uint64_t turn,
                                    size_t operations)
{
    uint64_t grown = records * HEAVY_GROW_CHANGES;
    return forge->seq == grown
               ? (struct wsync_address){0, 1 + turn * HEAVY_GROW_CHANGES, 0}
               : (struct wsync_address){0, forge->seq,
                                        (uint32_t)(operations - records + turn)};
}

void heavy_rewrite(struct forge *forge, uint64_t records, size_t operations)
{
    struct wsync_operation made[WSYNC_OPERATIONS_MAX];
    struct wsync_address bases[WSYNC_OPERATIONS_MAX];
    struct wsync_write writes[WSYNC_OPERATIONS_MAX];
    uint64_t seq = forge->seq + 1;
    WSYNC_ASSERT(operations % records == 0 && operations <= WSYNC_OPERATIONS_MAX);
    for (size_t i = 0; i < operations; i++) {
        uint64_t turn = i % records;
        bases[i] = i < records ? last_of(forge, records, turn, operations)
                               : (struct wsync_address){0, seq, (uint32_t)(i - records)};
        writes[i] = forge_integer(FORGE_COUNT, (int64_t)(seq * WSYNC_OPERATIONS_MAX + i));
        made[i] =
            (struct wsync_operation){.form = REPLICA_FORM,
                                     .version = 1,
                                     .record = {0, 1 + turn * HEAVY_GROW_CHANGES, 0},
                                     .bases = &bases[i],
                                     .base_count = 1,
                                     .writes = &writes[i],
                                     .write_count = 1};
    }
    forge_add_draft(forge, &(struct wsync_draft){.context.stamp_delta = 1,
                                                 .operations = made,
                                                 .operation_count = operations});
}
