/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/history.h"

#include <stdlib.h>
#include <string.h>

uint64_t history_draw(struct history *history, uint64_t below)
{
    history->random += 0x9e3779b97f4a7c15U;
    uint64_t z = history->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31)) % below;
}

static bool same(struct history_at a, struct history_at b)
{
    return a.device == b.device && a.seq == b.seq && a.op == b.op;
}

const struct history_op *history_op(const struct history *history, struct history_at at)
{
    return &history->changes[at.device][at.seq].ops[at.op];
}

/* ---- the model: live values of a view are those written in it less those named in it ---- */

bool history_next(const struct history *history, const int *view, struct history_at *at)
{
    at->op++;
    while (at->device < HISTORY_DEVICES) {
        if (at->seq >= 1 && at->seq <= view[at->device] &&
            at->op < (int)history->changes[at->device][at->seq].op_count) {
            return true;
        }
        at->op = 0;
        if (++at->seq > view[at->device]) {
            at->seq = 1;
            at->device++;
        }
    }
    return false;
}

static bool names(const struct history_op *op, struct history_at at)
{
    for (size_t i = 0; i < op->base_count; i++) {
        if (same(op->bases[i], at)) {
            return true;
        }
    }
    return false;
}

/* Does the operation put a value into the field of its record?  Field 0: a mark. */
static bool puts_value(const struct history_op *op, int field)
{
    return field == 0 ? op->kind == WSYNC_KIND_DELETE || op->kind == WSYNC_KIND_DUPLICATE
                      : op->kind == WSYNC_KIND_WRITE && op->writes[field];
}

/* Does the operation take named values of the field away?  Every kind takes marks. */
static bool takes_values(const struct history_op *op, int field)
{
    return field == 0 || (op->kind == WSYNC_KIND_WRITE && op->writes[field]);
}

static bool superseded(const struct history *history, const int *view, struct history_at record,
                       int field, struct history_at value)
{
    struct history_at at = HISTORY_START;
    while (history_next(history, view, &at)) {
        const struct history_op *op = history_op(history, at);
        if (same(op->record, record) && takes_values(op, field) && names(op, value)) {
            return true;
        }
    }
    return false;
}

size_t history_live(const struct history *history, const int *view, struct history_at record,
                    int field, struct history_at *values)
{
    size_t count = 0;
    struct history_at at = HISTORY_START;
    while (history_next(history, view, &at)) {
        const struct history_op *op = history_op(history, at);
        if (same(op->record, record) && puts_value(op, field) &&
            !superseded(history, view, record, field, at)) {
            values[count++] = at;
        }
    }
    return count;
}

/* S10.16: what the marks and the values that they name say together. */
enum wsync_life history_life(const struct history *history, const int *view,
                             struct history_at record, bool *contested)
{
    struct history_at marks[HISTORY_ALL_OPS], values[HISTORY_ALL_OPS];
    size_t mark_count = history_live(history, view, record, 0, marks);
    *contested = false;
    if (mark_count == 0) {
        return WSYNC_LIFE_ALIVE;
    }
    const struct history_op *first = history_op(history, marks[0]);
    for (size_t i = 1; i < mark_count; i++) {
        const struct history_op *mark = history_op(history, marks[i]);
        *contested |= mark->kind != first->kind ||
                      (mark->kind == WSYNC_KIND_DUPLICATE && !same(mark->other, first->other));
    }
    for (int field = 1; field < HISTORY_FIELDS; field++) {
        size_t count = history_live(history, view, record, field, values);
        for (size_t i = 0; i < count; i++) {
            bool named = false;
            for (size_t k = 0; k < mark_count; k++) {
                named |= names(history_op(history, marks[k]), values[i]);
            }
            *contested |= !named;
        }
    }
    if (*contested) {
        return WSYNC_LIFE_ALIVE;
    }
    return first->kind == WSYNC_KIND_DELETE ? WSYNC_LIFE_DELETED : WSYNC_LIFE_DUPLICATE;
}

/* S10.18 */
static bool ranks_above(const struct history *history, struct history_at a, struct history_at b)
{
    int64_t stamp_a = history->changes[a.device][a.seq].stamp;
    int64_t stamp_b = history->changes[b.device][b.seq].stamp;
    if (stamp_a != stamp_b) {
        return stamp_a > stamp_b;
    }
    if (a.device != b.device) { /* one log a device: the device decides */
        return memcmp(history->forges[a.device].identity.device.b,
                      history->forges[b.device].identity.device.b, WSYNC_DEVICE_ID_BYTES) > 0;
    }
    return a.seq != b.seq ? a.seq > b.seq : a.op > b.op;
}

bool history_shown(const struct history *history, const int *view, struct history_at record,
                   int field, struct history_at *shown)
{
    struct history_at values[HISTORY_ALL_OPS];
    size_t count = history_live(history, view, record, field, values);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || ranks_above(history, values[i], *shown)) {
            *shown = values[i];
        }
    }
    return count > 0;
}

/* ---- making a history ---- */

static struct history_at any_op(struct history *history, const int *view)
{
    struct history_at found = {-1, 0, 0};
    struct history_at at = HISTORY_START;
    uint64_t count = 0;
    while (history_next(history, view, &at)) {
        if (history_draw(history, ++count) == 0) {
            found = at;
        }
    }
    return found;
}

static struct history_at any_record(struct history *history, const int *view)
{
    struct history_at at = any_op(history, view);
    return at.device < 0 ? at : history_op(history, at)->record;
}

static void add_base(struct history_op *op, struct history_at base)
{
    if (op->base_count < HISTORY_BASES && !names(op, base)) {
        op->bases[op->base_count++] = base;
    }
}

/* The bases an honest device names: all that its person was shown of the field. */
static void add_shown(const struct history *history, const int *view, int field,
                      struct history_op *op)
{
    struct history_at values[HISTORY_ALL_OPS];
    size_t count = history_live(history, view, op->record, field, values);
    for (size_t i = 0; i < count; i++) {
        add_base(op, values[i]);
    }
}

static void fill_writes(struct history *history, const int *view, struct history_op *op)
{
    for (int field = 1; field < HISTORY_FIELDS; field++) {
        op->writes[field] =
            op->creates ? history_draw(history, 4) > 0 : history_draw(history, 3) == 0;
        op->blank[field] = history_draw(history, 8) == 0;
        op->values[field] = field == FORGE_DAY
                                ? HISTORY_DAY + (int64_t)history_draw(history, HISTORY_DAYS)
                            : field == FORGE_COUNT ? (int64_t)history_draw(history, 100) - 20
                                                   : 1 + (int64_t)history_draw(history, 2);
        if (op->writes[field] && !op->creates && history_draw(history, 4) > 0) {
            add_shown(history, view, field, op);
        }
    }
}

static struct history_op make_op(struct history *history, const int *view,
                                 struct history_at own)
{
    struct history_op op = {.kind = WSYNC_KIND_WRITE, .record = own, .creates = true};
    struct history_at record = any_record(history, view);
    if (record.device >= 0 && history_draw(history, 3) > 0) {
        uint64_t roll = history_draw(history, 10);
        op.creates = false;
        op.record = record;
        op.kind = roll < 5   ? WSYNC_KIND_WRITE
                  : roll < 7 ? WSYNC_KIND_DELETE
                  : roll < 9 ? WSYNC_KIND_REVIVE
                             : WSYNC_KIND_DUPLICATE;
        op.other = any_record(history, view);
        if (op.kind == WSYNC_KIND_DUPLICATE && same(op.other, op.record)) {
            op.kind = WSYNC_KIND_DELETE; /* a record cannot count as itself */
        }
        if (history_draw(history, 5) > 0) {
            add_shown(history, view, 0, &op);
        }
        if (op.kind == WSYNC_KIND_DELETE || op.kind == WSYNC_KIND_DUPLICATE) {
            for (int field = 1; field < HISTORY_FIELDS; field++) {
                add_shown(history, view, field, &op);
            }
        }
        if (history_draw(history, 4) == 0) {
            add_base(&op, any_op(history, view)); /* of any record and field */
        }
    }
    if (op.kind == WSYNC_KIND_WRITE) {
        fill_writes(history, view, &op);
    }
    return op;
}

/* ---- writing it down ---- */

/* One change on its way into signed bytes. */
struct written {
    struct history *history;
    int device;
    struct wsync_context context;
    struct wsync_operation operations[HISTORY_OPS];
    struct wsync_address bases[HISTORY_OPS][HISTORY_BASES];
    struct wsync_write writes[HISTORY_OPS][HISTORY_FIELDS];
    struct wsync_reference references[WSYNC_REFERENCES_PER_CHANGE_MAX];
};

/* Names an operation, by a new reference where none of the log's reaches it: it may stand for
 * more of that log than is asked for. */
static struct wsync_address address_of(struct written *written, struct history_at at)
{
    struct history *history = written->history;
    struct wsync_address address = {0, (uint64_t)at.seq, (uint32_t)at.op};
    if (at.device == written->device) {
        return address;
    }
    size_t *count = &history->reference_count[written->device];
    struct history_at *references = history->references[written->device];
    for (size_t i = 0; i < *count; i++) {
        if (references[i].device == at.device && references[i].seq >= at.seq) {
            address.reference = (uint32_t)i + 1;
            return address;
        }
    }
    uint64_t more = (uint64_t)(history->seq[at.device] - at.seq) + 1;
    int upto = at.seq + (int)history_draw(history, more);
    references[(*count)++] = (struct history_at){at.device, upto, 0};
    written->references[written->context.reference_count++] =
        forge_reference(&history->forges[at.device], (uint64_t)upto);
    address.reference = (uint32_t)*count;
    return address;
}

static void write_op(struct written *written, const struct history_op *op, size_t index)
{
    struct wsync_operation *operation = &written->operations[index];
    *operation = (struct wsync_operation){.kind = op->kind, .creates = op->creates};
    if (op->kind == WSYNC_KIND_WRITE) {
        operation->form = REPLICA_FORM;
        operation->version = 1;
    }
    if (!op->creates) {
        operation->record = address_of(written, op->record);
    }
    if (op->kind == WSYNC_KIND_DUPLICATE) {
        operation->other = address_of(written, op->other);
    }
    for (size_t i = 0; i < op->base_count; i++) {
        written->bases[index][i] = address_of(written, op->bases[i]);
    }
    for (int field = 1; field < HISTORY_FIELDS; field++) {
        if (op->kind == WSYNC_KIND_WRITE && op->writes[field]) {
            struct wsync_write write = forge_integer((uint32_t)field, op->values[field]);
            if (op->blank[field]) {
                write.value = (struct wsync_value){.class = WSYNC_CLASS_BLANK};
            }
            written->writes[index][operation->write_count++] = write;
        }
    }
    operation->bases = written->bases[index];
    operation->base_count = op->base_count;
    operation->writes = written->writes[index];
}

static void write_change(struct history *history, int device, const int *seen)
{
    struct written written = {.history = history, .device = device};
    int seq = ++history->seq[device];
    struct history_change *change = &history->changes[device][seq];
    int view[HISTORY_DEVICES];
    memcpy(view, seen, sizeof view);
    *change = (struct history_change){.op_count = 0};
    view[device] = seq - 1;
    int64_t delta = (int64_t)history_draw(history, 5) - 1;
    written.context.stamp_delta = delta;
    written.context.references = written.references;
    change->stamp = delta + (seq > 1 ? history->changes[device][seq - 1].stamp
                                     : history->forges[device].genesis.stamp);
    size_t op_count = 1 + history_draw(history, HISTORY_OPS);
    for (size_t i = 0; i < op_count; i++) {
        struct history_at own = {device, seq, (int)i};
        change->ops[i] = make_op(history, view, own);
        change->op_count = i + 1;
        view[device] = seq; /* the next operation may name this one */
        write_op(&written, &change->ops[i], i);
    }
    const struct wsync_draft draft = {written.context, written.operations, op_count, {{0}}};
    forge_add_draft(&history->forges[device], &draft);
}

struct history *history_new(const struct replica *wards,
                            const struct installation *installation, uint64_t seed)
{
    struct history *history = calloc(1, sizeof *history);
    int seen[HISTORY_DEVICES][HISTORY_DEVICES] = {{0}};
    history->random = seed * 7919;
    for (int device = 0; device < HISTORY_DEVICES; device++) {
        forge_init(&history->forges[device], &wards[device], installation, 1 + HISTORY_DEVICES,
                   (uint8_t)seed);
    }
    for (int step = 0; step < HISTORY_DEVICES * HISTORY_CHANGES; step++) {
        int device = (int)history_draw(history, HISTORY_DEVICES);
        int other = (int)history_draw(history, HISTORY_DEVICES);
        if (other != device &&
            history_draw(history, 3) == 0) { /* they met: views become equal */
            for (int i = 0; i < HISTORY_DEVICES; i++) {
                int most = seen[device][i] > seen[other][i] ? seen[device][i] : seen[other][i];
                seen[device][i] = seen[other][i] = most;
            }
        }
        if (history->seq[device] < HISTORY_CHANGES) {
            write_change(history, device, seen[device]);
            seen[device][device] = history->seq[device];
        }
    }
    return history;
}

void history_free(struct history *history)
{
    for (int device = 0; device < HISTORY_DEVICES; device++) {
        forge_fini(&history->forges[device]);
    }
    free(history);
}
