/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/record.h"

#include <string.h>

#include "core/dots.h"

/* How marks of liveness are laid out in the list of field 0. */
enum { MARK_KIND = 0, MARK_OTHER = 1, MARK_DOTS = 4, DOT_NUMBERS = 3 };

enum wsync_err wsync_record_add(struct wsync_record *record, const struct wsync_live *value)
{
    if (record->live_count == record->live_size) {
        return WSYNC_ERR_MEMORY;
    }
    size_t at = record->live_count;
    while (at > 0 && record->live[at - 1].field > value->field) {
        record->live[at] = record->live[at - 1];
        at--;
    }
    record->live[at] = *value;
    record->live_count++;
    return WSYNC_OK;
}

static const struct wsync_author *author_of(const struct wsync_record *record, uint32_t log_no)
{
    for (size_t i = 0; i < record->author_count; i++) {
        if (record->authors[i].log_no == log_no) {
            return &record->authors[i];
        }
    }
    return NULL;
}

static int compare_authors(const struct wsync_author *a, const struct wsync_author *b)
{
    int order = memcmp(a->device.b, b->device.b, sizeof a->device.b);
    return order != 0 ? order : memcmp(a->log.b, b->log.b, sizeof a->log.b);
}

/* Orders two live values for display: above 0 when `a` is shown before `b`. */
static int compare_live(const struct wsync_record *record, const struct wsync_live *a,
                        const struct wsync_live *b)
{
    if (a->stamp != b->stamp) {
        return a->stamp > b->stamp ? 1 : -1;
    }
    if (a->dot.log_no != b->dot.log_no) {
        const struct wsync_author *first = author_of(record, a->dot.log_no);
        const struct wsync_author *second = author_of(record, b->dot.log_no);
        WSYNC_ASSERT(first && second);
        return compare_authors(first, second);
    }
    if (a->dot.seq != b->dot.seq) {
        return a->dot.seq > b->dot.seq ? 1 : -1;
    }
    return (a->dot.op > b->dot.op) - (a->dot.op < b->dot.op);
}

const struct wsync_live *wsync_record_shown(const struct wsync_record *record, uint32_t field,
                                            size_t *count)
{
    const struct wsync_live *shown = NULL;
    size_t found = 0;
    for (size_t i = 0; i < record->live_count; i++) {
        const struct wsync_live *live = &record->live[i];
        if (live->field == field) {
            found++;
            shown = !shown || compare_live(record, live, shown) > 0 ? live : shown;
        }
    }
    if (count) {
        *count = found;
    }
    return shown;
}

static struct wsync_dot dot_at(const int64_t *numbers)
{
    return (struct wsync_dot){.log_no = (uint32_t)numbers[0],
                              .seq = (uint64_t)numbers[1],
                              .op = (uint32_t)numbers[2]};
}

/* Does some live mark name every live value of the record's fields?  Marks can name thousands
 * of dots, so each of those is looked up once. */
static bool all_named(const struct wsync_record *record)
{
    struct wsync_dot room[WSYNC_RECORD_VALUES_MAX];
    uint16_t order[WSYNC_RECORD_VALUES_MAX];
    bool named[WSYNC_RECORD_VALUES_MAX] = {false};
    struct wsync_dots values = {room, order, 0};
    size_t left = 0;
    WSYNC_ASSERT(record->live_count <= WSYNC_RECORD_VALUES_MAX);
    for (size_t i = 0; i < record->live_count; i++) {
        const struct wsync_live *live = &record->live[i];
        if (live->field != WSYNC_LIVENESS_FIELD &&
            wsync_dots_find(&values, live->dot) == values.count) {
            wsync_dots_add(&values, live->dot);
            left++;
        }
    }
    for (size_t i = 0; i < record->live_count; i++) {
        const struct wsync_value *list = &record->live[i].value;
        if (record->live[i].field != WSYNC_LIVENESS_FIELD) {
            break; /* marks stand first */
        }
        for (size_t k = MARK_DOTS; k + DOT_NUMBERS <= list->item_count; k += DOT_NUMBERS) {
            size_t at = wsync_dots_find(&values, dot_at(list->items + k));
            if (at < values.count && !named[at]) {
                named[at] = true;
                left--;
            }
        }
    }
    return left == 0;
}

/* A record stays alive under a mark only as long as the marks disagree or leave a value out. */
enum wsync_life wsync_record_life(const struct wsync_record *record, bool *contested,
                                  struct wsync_dot *other)
{
    const struct wsync_live *shown = wsync_record_shown(record, WSYNC_LIVENESS_FIELD, NULL);
    *contested = false;
    if (!shown) {
        return WSYNC_LIFE_ALIVE;
    }
    for (size_t i = 0; i < record->live_count; i++) {
        const struct wsync_live *mark = &record->live[i];
        if (mark->field == WSYNC_LIVENESS_FIELD &&
            memcmp(mark->value.items, shown->value.items, MARK_DOTS * sizeof(int64_t)) != 0) {
            *contested = true;
        }
    }
    *contested = *contested || !all_named(record);
    if (*contested) {
        return WSYNC_LIFE_ALIVE;
    }
    if (shown->value.items[MARK_KIND] == WSYNC_KIND_DUPLICATE) {
        if (other) {
            *other = dot_at(shown->value.items + MARK_OTHER);
        }
        return WSYNC_LIFE_DUPLICATE;
    }
    return WSYNC_LIFE_DELETED;
}

bool wsync_record_in_conflict(const struct wsync_record *record)
{
    bool contested;
    enum wsync_life life = wsync_record_life(record, &contested, NULL);
    if (contested || life != WSYNC_LIFE_ALIVE) {
        return contested;
    }
    for (size_t i = 1; i < record->live_count; i++) {
        if (record->live[i].field == record->live[i - 1].field) {
            return true;
        }
    }
    return false;
}
