/* SPDX-License-Identifier: Apache-2.0 */
/* Records of both states, value by value. */
#include "host/verify_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/records.h"
#include "host/value_text.h"

/* Live values in the order of fields and dots, which no arrival changes. */
static int order(const void *left, const void *right)
{
    const struct wsync_live *a = left;
    const struct wsync_live *b = right;
    const uint64_t mine[] = {a->field, a->dot.log_no, a->dot.seq, a->dot.op};
    const uint64_t other[] = {b->field, b->dot.log_no, b->dot.seq, b->dot.op};
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) {
        if (mine[i] != other[i]) {
            return mine[i] < other[i] ? -1 : 1;
        }
    }
    return 0;
}

static bool same_value(const struct wsync_value *a, const struct wsync_value *b)
{
    if (a->class != b->class) {
        return false;
    }
    switch (a->class) {
    case WSYNC_CLASS_INTEGER:
        return a->integer == b->integer;
    case WSYNC_CLASS_TEXT:
        return wsync_slice_equal(a->text, b->text);
    case WSYNC_CLASS_LIST:
        return a->item_count == b->item_count &&
               (a->item_count == 0 ||
                memcmp(a->items, b->items, a->item_count * sizeof *a->items) == 0);
    case WSYNC_CLASS_BLANK:
    case WSYNC_CLASS_PRIVATE:
        break;
    }
    return true;
}

/* Reads the record of one side with its values in order; NOT_FOUND, CORRUPT. */
static enum wsync_err read_side(struct wsync_verify_side *side, struct wsync_slice key,
                                struct wsync_record *record)
{
    if (key.len != WSYNC_RECORD_KEY_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    enum wsync_err err =
        wsync_record_get(side->txn, wsync_record_of_key(key), 0, &side->arena, record);
    if (err == WSYNC_OK && record->live_count > 1) {
        qsort(record->live, record->live_count, sizeof *record->live, order);
    }
    return err;
}

/* The first value in which the two differ, on either side NULL when it is not there; false when
 * none does. */
static bool first_difference(const struct wsync_record *live, const struct wsync_record *again,
                             const struct wsync_live **stored, const struct wsync_live **made)
{
    size_t i = 0;
    for (;; i++) {
        *stored = i < live->live_count ? &live->live[i] : NULL;
        *made = i < again->live_count ? &again->live[i] : NULL;
        if (!*stored || !*made) {
            return *stored || *made;
        }
        int which = order(*stored, *made);
        if (which == 0 && (*stored)->stamp == (*made)->stamp &&
            same_value(&(*stored)->value, &(*made)->value)) {
            continue;
        }
        *made = which < 0 ? NULL : *made;
        *stored = which > 0 ? NULL : *stored;
        return true;
    }
}

static bool same_head(const struct wsync_record *a, const struct wsync_record *b)
{
    return a->form == b->form && a->version == b->version && a->scope == b->scope;
}

static enum wsync_err unless_damaged(enum wsync_err err)
{
    return err == WSYNC_ERR_MEMORY || err == WSYNC_ERR_STORE_IO ? err : WSYNC_OK;
}

enum wsync_err wsync_verify_same_record(struct wsync_verify *job,
                                        const struct wsync_verify_pair *pair, bool *same)
{
    struct wsync_record live;
    struct wsync_record again;
    const struct wsync_live *stored;
    const struct wsync_live *made;
    size_t live_mark = wsync_arena_mark(&job->live.arena);
    size_t again_mark = wsync_arena_mark(&job->again.arena);
    *same = false;
    enum wsync_err err = read_side(&job->live, pair->key, &live);
    if (err == WSYNC_OK) {
        err = read_side(&job->again, pair->key, &again);
    }
    if (err == WSYNC_OK) {
        *same = same_head(&live, &again) && !first_difference(&live, &again, &stored, &made);
    }
    wsync_arena_release(&job->again.arena, again_mark);
    wsync_arena_release(&job->live.arena, live_mark);
    return unless_damaged(err);
}

/* ---- words ---- */

static void say_value(const struct wsync_form *form, const struct wsync_live *live,
                      char text[WSYNC_VERIFY_TEXT_BYTES])
{
    char value[WSYNC_VALUE_TEXT_BYTES];
    const struct wsync_field *field = form && live ? wsync_form_field(form, live->field) : NULL;
    if (!live) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "no such value");
    } else if (live->field == WSYNC_LIVENESS_FIELD) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "a mark of change %llu",
                 (unsigned long long)live->dot.seq);
    } else if (field && field->personal) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "(personal)");
    } else if (field && wsync_field_check(field, &live->value, NULL) == WSYNC_OK &&
               wsync_value_print(field, &live->value, WSYNC_STYLE_DATA, value, sizeof value) ==
                   WSYNC_OK) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "\"%.80s\" of change %llu at %lld", value,
                 (unsigned long long)live->dot.seq, (long long)live->stamp);
    } else {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "a value that the form does not allow");
    }
}

static void say_place(const char *name, const struct wsync_form *form, uint32_t number,
                      char text[WSYNC_VERIFY_TEXT_BYTES])
{
    const struct wsync_field *field = form ? wsync_form_field(form, number) : NULL;
    if (number == WSYNC_LIVENESS_FIELD) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "record %s, whether it is deleted", name);
    } else if (field) {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "record %s, field %.*s", name,
                 (int)field->name.len, (const char *)field->name.data);
    } else {
        snprintf(text, WSYNC_VERIFY_TEXT_BYTES, "record %s, field %u", name, number);
    }
}

static void say_values(struct wsync_verify *job, const char *name,
                       const struct wsync_record *live, const struct wsync_record *again,
                       struct wsync_verify_finding *finding)
{
    const struct wsync_form *form = NULL;
    const struct wsync_live *stored;
    const struct wsync_live *made;
    if (!same_head(live, again) || !first_difference(live, again, &stored, &made)) {
        snprintf(finding->stored, sizeof finding->stored, "form %u version %u of unit %u",
                 live->form, live->version, live->scope);
        snprintf(finding->again, sizeof finding->again, "form %u version %u of unit %u",
                 again->form, again->version, again->scope);
        return;
    }
    if (wsync_catalog_form(job->again.ledger.catalog, job->again.txn, again->form,
                           again->version, &form) != WSYNC_OK) {
        form = NULL;
    }
    say_place(name, form, stored ? stored->field : made->field, finding->place);
    say_value(form, stored, finding->stored);
    say_value(form, made, finding->again);
}

void wsync_verify_say_record(struct wsync_verify *job, const struct wsync_verify_pair *pair,
                             struct wsync_verify_finding *finding)
{
    struct wsync_record live;
    struct wsync_record again;
    char name[WSYNC_RECORD_ID_BYTES];
    if (pair->key.len != WSYNC_RECORD_KEY_BYTES ||
        wsync_record_name(job->again.txn, wsync_record_of_key(pair->key), name) != WSYNC_OK) {
        wsync_verify_say_bytes(job, pair, finding);
        return;
    }
    snprintf(finding->place, sizeof finding->place, "record %s", name);
    snprintf(finding->stored, sizeof finding->stored, "%s",
             pair->missing == WSYNC_VERIFY_NO_LIVE ? "no such record" : "a record");
    snprintf(finding->again, sizeof finding->again, "%s",
             pair->missing == WSYNC_VERIFY_NO_AGAIN ? "no such record" : "a record");
    if (pair->missing != WSYNC_VERIFY_BOTH) {
        return;
    }
    size_t live_mark = wsync_arena_mark(&job->live.arena);
    size_t again_mark = wsync_arena_mark(&job->again.arena);
    enum wsync_err stored = read_side(&job->live, pair->key, &live);
    enum wsync_err made = read_side(&job->again, pair->key, &again);
    if (stored == WSYNC_OK && made == WSYNC_OK) {
        say_values(job, name, &live, &again, finding);
    } else {
        snprintf(finding->stored, sizeof finding->stored, "a row that cannot be read");
    }
    wsync_arena_release(&job->again.arena, again_mark);
    wsync_arena_release(&job->live.arena, live_mark);
}
