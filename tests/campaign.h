/* SPDX-License-Identifier: Apache-2.0 */
/* campaign.h: invented records of the campaign's ten forms, as a ward might write them: typical
 * Vietnamese text, 250 bytes of values each, always the same for one seed.
 *
 * Nothing in it is about a real event or person. */
#ifndef WARDSYNC_TESTS_CAMPAIGN_H
#define WARDSYNC_TESTS_CAMPAIGN_H

#include "wardsync/payload.h"

enum {
    CAMPAIGN_FORMS = 10,
    CAMPAIGN_VALUE_BYTES = 250, /* of one record; integers count as their shortest varint */
    CAMPAIGN_WRITES_MAX = 32,
    CAMPAIGN_ROOM = 4096,
};

struct campaign {
    struct wsync_form forms[CAMPAIGN_FORMS];
    uint64_t state; /* of the dice */
    uint32_t unit;  /* the ward: its groups are numbered from (unit - 1) * 100 + 1 */
    int32_t day;
    bool personal;            /* fields with names of people are written as well */
    _Alignas(int64_t) char room[CAMPAIGN_ROOM]; /* texts and lists of the last record */
    size_t used;
};

/* Compiles the forms of server/campaign into the arena. */
void campaign_init(struct campaign *campaign, struct wsync_arena *arena, uint64_t seed,
                   uint32_t unit);

/* The next record: its form, and its writes, which live until the next call; returns how many.
 * Days go on as the records do. */
size_t campaign_record(struct campaign *campaign, const struct wsync_form **form,
                       struct wsync_write writes[CAMPAIGN_WRITES_MAX]);

/* The same as the one operation of a change some seconds behind the one before. */
struct wsync_raw_change campaign_change(struct campaign *campaign, struct wsync_arena *arena);

#endif
