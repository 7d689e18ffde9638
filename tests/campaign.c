/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/campaign.h"

#include <stdio.h>
#include <string.h>

#include "host/xlsform.h"
#include "tests/campaign_words.h"

enum { FIRST_DAY = 18993, GROUPS = 4, LONG_TEXT = 400, MONTH = 30, STAFF = 5 };

static const char *const FORMS[CAMPAIGN_FORMS] = {
    "cleanup",  "communication",  "inspection", "violation", "club",
    "drainage", "beautification", "score",      "reward",    "directive"};
/* How often a form is written, in percent, in the same order. */
static const unsigned SHARES[CAMPAIGN_FORMS] = {42, 13, 12, 9, 6, 4, 3, 6, 3, 2};

/* A linear congruential generator (Knuth's MMIX constants); only high bits are used. */
static uint64_t below(struct campaign *campaign, uint64_t count)
{
    campaign->state = campaign->state * 6364136223846793005U + 1442695040888963407U;
    return (campaign->state >> 33) % count;
}

static int64_t between(struct campaign *campaign, int64_t low, int64_t high)
{
    return low + (int64_t)below(campaign, (uint64_t)(high - low + 1));
}

static bool percent(struct campaign *campaign, unsigned chance)
{
    return below(campaign, 100) < chance;
}

static const char *one(struct campaign *campaign, const struct campaign_words *words)
{
    return words->items[below(campaign, words->count)];
}

void campaign_init(struct campaign *campaign, struct wsync_arena *arena, uint64_t seed,
                   uint32_t unit)
{
    *campaign = (struct campaign){.state = seed, .unit = unit, .day = FIRST_DAY};
    for (size_t i = 0; i < CAMPAIGN_FORMS; i++) {
        char folder[128];
        struct wsync_error error = {{0}};
        snprintf(folder, sizeof folder, "server/campaign/forms/%s", FORMS[i]);
        WSYNC_ASSERT(wsync_xlsform_compile(folder, arena, &campaign->forms[i], &error) ==
                     WSYNC_OK);
    }
}

static void *keep(struct campaign *campaign, size_t bytes)
{
    size_t at = (campaign->used + 7) / 8 * 8;
    WSYNC_ASSERT(at + bytes <= sizeof campaign->room);
    campaign->used = at + bytes;
    return campaign->room + at;
}

static struct wsync_value of_text(struct campaign *campaign, const char *text, size_t len)
{
    char *kept = keep(campaign, len);
    memcpy(kept, text, len);
    return (struct wsync_value){.class = WSYNC_CLASS_TEXT, .text = wsync_slice(kept, len)};
}

static bool is(const struct wsync_field *field, const char *name)
{
    return wsync_slice_equal(field->name, wsync_slice_of(name));
}

/* The field that fills the record up to its bytes. */
static bool is_long(const struct wsync_field *field)
{
    static const char *const NAMES[] = {"note", "conclusion", "achievement", "result"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (is(field, NAMES[i])) {
            return true;
        }
    }
    return false;
}

static struct wsync_value short_text(struct campaign *campaign, const struct wsync_field *field)
{
    char text[256];
    if (field->personal) {
        snprintf(text, sizeof text, "%s %s", one(campaign, &CAMPAIGN_FAMILIES),
                 one(campaign, &CAMPAIGN_GIVEN));
    } else if (is(field, "place")) {
        snprintf(text, sizeof text, "%s %d phố %s, %s", percent(campaign, 70) ? "Ngõ" : "Số",
                 (int)between(campaign, 1, 400), one(campaign, &CAMPAIGN_STREETS),
                 one(campaign, &CAMPAIGN_SPOTS));
    } else if (is(field, "doc_number")) {
        snprintf(text, sizeof text, "%d/KH-UBND", (int)between(campaign, 1, 300));
    } else if (is(field, "issuer") || is(field, "collective")) {
        snprintf(text, sizeof text, "%s", one(campaign, &CAMPAIGN_OFFICES));
    } else {
        snprintf(text, sizeof text, "%s phố %s", one(campaign, &CAMPAIGN_TITLES),
                 one(campaign, &CAMPAIGN_STREETS));
    }
    return of_text(campaign, text, strlen(text));
}

/* Parts of a sentence, until there are enough bytes. */
static struct wsync_value long_text(struct campaign *campaign, size_t bytes)
{
    char text[LONG_TEXT + CAMPAIGN_VALUE_BYTES];
    size_t len = 0;
    while (len < bytes) { /* ends: no part is empty */
        const char *part = one(campaign, &CAMPAIGN_NOTES);
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%s%s", len == 0 ? "" : ", ", part);
    }
    while (len > bytes || (bytes > 0 && ((unsigned char)text[len - 1] & 0x80U) != 0)) {
        len--; /* whole letters */
    }
    while (len < bytes) {
        text[len++] = '.';
    }
    return of_text(campaign, text, len);
}

static int64_t number(struct campaign *campaign, const struct wsync_field *field)
{
    if (is(field, "fine_vnd") || is(field, "amount_vnd")) {
        return between(campaign, 1, 14) * 250000;
    }
    if (is(field, "street_m")) {
        return between(campaign, 4, 40) * 25;
    }
    if (field->type == WSYNC_TYPE_DECIMAL) {
        return between(campaign, 100, 9000);
    }
    if (field->has_max && field->max <= 10) {
        return between(campaign, 5, field->max);
    }
    return is(field, "participants") || is(field, "audience") ? between(campaign, 12, 90)
                                                              : between(campaign, 0, 30);
}

static struct wsync_value list(struct campaign *campaign, const struct wsync_field *field)
{
    int64_t *items = keep(campaign, WSYNC_LIST_ITEMS_MAX * sizeof *items / 4);
    size_t count = 0;
    if (field->type == WSYNC_TYPE_GEOPOINT) {
        items[count++] = 210300000 + between(campaign, 0, 400000);
        items[count++] = 1058700000 + between(campaign, 0, 600000);
    }
    for (size_t i = 0; i < field->choice_count; i++) {
        if (percent(campaign, 30) || (count == 0 && i + 1 == field->choice_count)) {
            items[count++] = field->choices[i].number;
        }
    }
    return (struct wsync_value){.class = WSYNC_CLASS_LIST, .items = items, .item_count = count};
}

static struct wsync_value value(struct campaign *campaign, const struct wsync_field *field)
{
    struct wsync_value made = {.class = WSYNC_CLASS_INTEGER};
    switch (field->type) {
    case WSYNC_TYPE_DATE:
        made.integer = campaign->day + (field->number == 1 ? 0 : between(campaign, 1, MONTH));
        return made;
    case WSYNC_TYPE_TIME:
        made.integer = percent(campaign, 75) ? 420 : 450;
        return made;
    case WSYNC_TYPE_UNIT:
        made.integer = (campaign->unit - 1) * 100 + 1 + (int64_t)below(campaign, GROUPS);
        return made;
    case WSYNC_TYPE_CHOICE:
        made.integer = field->choices[below(campaign, field->choice_count)].number;
        return made;
    case WSYNC_TYPE_BOOLEAN:
        made.integer = between(campaign, 0, 1);
        return made;
    case WSYNC_TYPE_CHOICES:
    case WSYNC_TYPE_GEOPOINT:
        return list(campaign, field);
    case WSYNC_TYPE_TEXT:
        return short_text(campaign, field);
    case WSYNC_TYPE_PHOTO: /* this data has none */
        return (struct wsync_value){.class = WSYNC_CLASS_BLANK};
    case WSYNC_TYPE_INTEGER:
    case WSYNC_TYPE_DECIMAL:
    case WSYNC_TYPE_DATETIME:
    case WSYNC_TYPE_BYTES:
        break;
    }
    made.integer = number(campaign, field);
    return made;
}

static size_t varint_bytes(int64_t integer)
{
    uint64_t zigzag = (uint64_t)integer << 1 ^ (uint64_t)(integer >> 63);
    size_t bytes = 1;
    while (zigzag >= 128) {
        zigzag >>= 7;
        bytes++;
    }
    return bytes;
}

static size_t value_bytes(const struct wsync_value *of)
{
    size_t bytes = of->class == WSYNC_CLASS_TEXT      ? of->text.len
                   : of->class == WSYNC_CLASS_INTEGER ? varint_bytes(of->integer)
                                                      : 0;
    for (size_t i = 0; i < of->item_count; i++) {
        bytes += varint_bytes(of->items[i]);
    }
    return bytes;
}

/* The name of a photo is nothing but chance: records with one are another measurement. */
static bool is_written(struct campaign *campaign, const struct wsync_field *field)
{
    if (field->type == WSYNC_TYPE_PHOTO) {
        return false; /* taken later, and few */
    }
    return field->required                      ? true
           : field->type == WSYNC_TYPE_PHOTO    ? false
           : field->personal                    ? campaign->personal && percent(campaign, 25)
           : field->type == WSYNC_TYPE_GEOPOINT ? percent(campaign, 10)
                                                : percent(campaign, 85);
}

size_t campaign_record(struct campaign *campaign, const struct wsync_form **form,
                       struct wsync_write writes[CAMPAIGN_WRITES_MAX])
{
    uint64_t draw = below(campaign, 100);
    size_t which = 0, count = 0, bytes = 0, filled = SIZE_MAX;
    while (draw >= SHARES[which]) { /* ends: they make 100 */
        draw -= SHARES[which++];
    }
    *form = &campaign->forms[which];
    campaign->used = 0;
    campaign->day += percent(campaign, 10);
    for (size_t i = 0; i < (*form)->field_count; i++) {
        const struct wsync_field *field = &(*form)->fields[i];
        if (is_long(field)) {
            filled = count;
            writes[count++] = (struct wsync_write){.field = field->number};
        } else if (is_written(campaign, field)) {
            writes[count] =
                (struct wsync_write){field->number, field->personal, value(campaign, field)};
            bytes += value_bytes(&writes[count++].value);
        }
    }
    if (filled == SIZE_MAX) { /* a form without such a field: its last text takes the rest */
        for (size_t i = 0; i < count; i++) {
            bool text = writes[i].value.class == WSYNC_CLASS_TEXT && !writes[i].personal;
            filled = text ? i : filled;
        }
        bytes -= writes[filled].value.text.len;
    }
    writes[filled].value = long_text(campaign, CAMPAIGN_VALUE_BYTES - bytes);
    return count;
}

struct wsync_raw_change campaign_change(struct campaign *campaign, struct wsync_arena *arena)
{
    struct wsync_write writes[CAMPAIGN_WRITES_MAX];
    const struct wsync_form *form;
    struct wsync_raw_change raw;
    size_t count = campaign_record(campaign, &form, writes);
    const struct wsync_operation operation = {.form = form->number,
                                              .version = form->version,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = count};
    struct wsync_draft draft = {.context = {.stamp_delta = between(campaign, 20, 300),
                                            .actor = (uint32_t)between(campaign, 1, STAFF)},
                                .operations = &operation,
                                .operation_count = 1};
    for (size_t i = 0; i < sizeof draft.salt.b; i++) {
        draft.salt.b[i] = (uint8_t)below(campaign, 256);
    }
    WSYNC_ASSERT(wsync_draft_encode(&draft, arena, &raw) == WSYNC_OK);
    return raw;
}
