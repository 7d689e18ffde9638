/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/book.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/album.h"
#include "tests/sim/random.h"

void sim_book_clear(struct sim_book *book)
{
    for (size_t i = 0; i < book->change_count; i++) {
        free((void *)(uintptr_t)book->raws[i].public_part.data);
        free((void *)(uintptr_t)book->raws[i].private_part.data);
    }
    book->log_count = 0;
    book->change_count = 0;
    book->has_origins = false;
    book->heir_count = 0;
    book->operation_count = 0;
    book->base_count = 0;
    book->write_count = 0;
}

uint64_t sim_text_of(struct wsync_slice bytes)
{
    struct sim_trace text = {0};
    sim_trace_bytes(&text, bytes);
    return text.hash;
}

uint16_t sim_book_log(const struct sim_book *book, const struct wsync_log_id *id)
{
    for (size_t i = 0; i < book->log_count; i++) {
        if (wsync_log_id_equal(&book->logs[i].id, id)) {
            return (uint16_t)i;
        }
    }
    return SIM_NONE;
}

uint16_t sim_book_change(const struct sim_book *book, uint16_t log, uint64_t seq,
                         const struct wsync_hash *hash)
{
    for (size_t i = book->change_count; log != SIM_NONE && i > 0; i--) {
        const struct sim_change *change = &book->changes[i - 1];
        if (change->log == log && change->seq == seq && wsync_hash_equal(&change->hash, hash)) {
            return (uint16_t)(i - 1);
        }
    }
    return SIM_NONE;
}

uint16_t sim_book_at(const struct sim_book *book, uint16_t change, uint64_t seq)
{
    while (change != SIM_NONE && book->changes[change].seq > seq) {
        change = book->changes[change].before;
    }
    return change != SIM_NONE && book->changes[change].seq == seq ? change : SIM_NONE;
}

uint16_t sim_book_open(struct sim_book *book, const struct wsync_log *log, int64_t stamp,
                       bool node)
{
    WSYNC_ASSERT(book->log_count < SIM_LOGS_MAX);
    book->logs[book->log_count] = (struct sim_log){
        log->id, log->device, node, log->scope, stamp, sim_text_of(WSYNC_BYTES(log->id))};
    return (uint16_t)book->log_count++;
}

size_t sim_book_table(const struct sim_book *book, uint16_t change)
{
    return book->changes[change].references;
}

bool sim_book_has_room(const struct sim_book *book, size_t changes)
{
    return book->log_count + 4 < SIM_LOGS_MAX &&
           book->change_count + changes < SIM_CHANGES_MAX &&
           book->operation_count + changes + WSYNC_OPERATIONS_MAX < SIM_OPERATIONS_MAX &&
           book->base_count + 4 * WSYNC_BASES_MAX < SIM_BASES_MAX &&
           book->write_count + 8 * changes + WSYNC_CHANGE_WRITES_MAX < SIM_WRITES_MAX;
}

/* The entries of all changes up to this one, oldest first; its own stand last. */
static void collect_table(struct sim_book *book, uint16_t change, struct wsync_arena *arena)
{
    uint16_t path[SIM_CHANGES_MAX];
    size_t length = 0;
    book->table_count = 0;
    for (uint16_t at = change; at != SIM_NONE; at = book->changes[at].before) {
        path[length++] = at;
    }
    while (length > 0) {
        size_t mark = wsync_arena_mark(arena);
        struct wsync_context context;
        WSYNC_ASSERT(wsync_context_decode(book->raws[path[--length]].public_part, arena,
                                          &context) == WSYNC_OK);
        WSYNC_ASSERT(book->table_count + context.reference_count <= SIM_TABLE_MAX);
        for (size_t i = 0; i < context.reference_count; i++) {
            book->table[book->table_count++] = context.references[i];
        }
        wsync_arena_release(arena, mark);
    }
}

/* The change a reference names, SIM_NONE when nobody ever made it. */
static uint16_t entry_of(const struct sim_book *book, const struct wsync_reference *reference)
{
    uint16_t log = sim_book_log(book, &reference->log);
    for (size_t i = 0; log != SIM_NONE && i < book->change_count; i++) {
        const struct sim_change *change = &book->changes[i];
        if (change->log == log && change->seq == reference->seq &&
            wsync_hash_has_prefix(&change->hash, &reference->hash)) {
            return (uint16_t)i;
        }
    }
    return SIM_NONE;
}

static struct sim_address address_of(const struct sim_book *book, uint16_t change, uint16_t op,
                                     const struct wsync_address *from)
{
    const struct sim_change *own = &book->changes[change];
    struct sim_address address = {SIM_NONE, SIM_NONE, (uint16_t)from->op, false};
    if (from->reference == 0) {
        address.never = from->seq > own->seq || (from->seq == own->seq && from->op >= op);
        address.change = address.never ? SIM_NONE : sim_book_at(book, change, from->seq);
        return address;
    }
    if (from->reference > book->table_count ||
        from->seq > book->table[from->reference - 1].seq) {
        address.never = true;
        return address;
    }
    address.entry = entry_of(book, &book->table[from->reference - 1]);
    address.change = sim_book_at(book, address.entry, from->seq);
    return address;
}

static struct sim_value value_of(const struct wsync_value *from)
{
    struct sim_value value = {.class = from->class};
    switch (from->class) {
    case WSYNC_CLASS_INTEGER:
        value.integer = from->integer;
        break;
    case WSYNC_CLASS_TEXT:
        value.text = sim_text_of(from->text);
        value.bytes = from->text.len;
        break;
    case WSYNC_CLASS_LIST:
        for (size_t i = 0; i < from->item_count; i++) {
            WSYNC_ASSERT(from->items[i] >= 0 && from->items[i] < 63);
            value.integer |= INT64_C(1) << from->items[i];
        }
        break;
    case WSYNC_CLASS_BLANK:
    case WSYNC_CLASS_PRIVATE:
        break;
    }
    return value;
}

/* What the form the simulator writes allows (SPEC section 8.3): 1 date, 2 number, 3 choice,
 * 4 text, 5 name (personal), 6 choices, 7 photo, then numbers up to field 5 + version. */
static enum wsync_err check_write(uint32_t version, const struct sim_write *write)
{
    const struct sim_value *value = &write->value;
    if (write->field > 5 + version || write->personal != (write->field == 5)) {
        return WSYNC_ERR_FIELD;
    }
    bool photo = write->field == 7;
    enum wsync_class class = write->field == 4 || photo ? WSYNC_CLASS_TEXT
                             : write->field == 6        ? WSYNC_CLASS_LIST
                                                        : WSYNC_CLASS_INTEGER;
    bool fits = (write->field != 1 || (value->integer >= -25567 && value->integer <= 84005)) &&
                (write->field != 3 || value->integer == 1 || value->integer == 2) &&
                (write->field != 4 || value->bytes > 0) &&
                (!photo || sim_album_find_text(value->text) < SIM_PHOTOS) &&
                (write->field != 6 || (value->integer > 0 && (value->integer & ~6) == 0));
    bool good =
        write->personal || value->class == WSYNC_CLASS_BLANK || (value->class == class && fits);
    return good ? WSYNC_OK : WSYNC_ERR_VALUE;
}

static void learn_operation(struct sim_book *book, uint16_t change, uint16_t op,
                            const struct wsync_operation *from)
{
    struct sim_operation *operation = &book->operations[book->operation_count++];
    *operation = (struct sim_operation){.change = change,
                                        .kind = from->kind,
                                        .creates = from->creates,
                                        .form = from->form,
                                        .version = from->version,
                                        .first_base = (uint16_t)book->base_count,
                                        .base_count = (uint16_t)from->base_count,
                                        .writes = &book->writes[book->write_count],
                                        .write_count = from->write_count};
    WSYNC_ASSERT(book->base_count + from->base_count <= SIM_BASES_MAX &&
                 book->write_count + from->write_count <= SIM_WRITES_MAX);
    for (size_t i = 0; i < from->base_count; i++) {
        book->bases[book->base_count++] = address_of(book, change, op, &from->bases[i]);
    }
    for (size_t i = 0; i < from->write_count; i++) {
        const struct wsync_write *write = &from->writes[i];
        struct sim_write *kept = &book->writes[book->write_count++];
        *kept = (struct sim_write){write->field, write->personal, value_of(&write->value)};
        if (operation->illegal == WSYNC_OK && from->form >= WSYNC_FORM_FIRST) {
            operation->illegal = check_write(from->version, kept);
        }
    }
    if (!from->creates) {
        operation->record = address_of(book, change, op, &from->record);
    }
    if (from->kind == WSYNC_KIND_DUPLICATE) {
        operation->other = address_of(book, change, op, &from->other);
    }
}

static void learn_origin(struct sim_book *book, struct sim_change *change,
                         const struct wsync_origin *origin)
{
    book->has_origins = change->has_origin = true;
    change->stamp = origin->stamp;
    change->origin_bad = origin->reference == 0 || origin->reference > book->table_count ||
                         book->table[origin->reference - 1].seq != origin->seq;
    if (!change->origin_bad) {
        const struct wsync_reference *entry = &book->table[origin->reference - 1];
        change->origin_log = sim_book_log(book, &entry->log);
        change->origin_seq = (uint16_t)entry->seq;
        change->origin_hash = entry->hash;
    }
}

static struct wsync_slice copy_of(struct wsync_slice bytes)
{
    uint8_t *copy = malloc(bytes.len + 1);
    WSYNC_ASSERT(copy);
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return wsync_slice(copy, bytes.len);
}

uint16_t sim_book_learn(struct sim_book *book, struct sim_place place,
                        const struct wsync_raw_change *raw, const struct wsync_hash *hash,
                        struct wsync_arena *arena)
{
    size_t mark = wsync_arena_mark(arena);
    struct wsync_context context;
    struct wsync_operation *operations;
    WSYNC_ASSERT(book->change_count < SIM_CHANGES_MAX);
    WSYNC_ASSERT(wsync_context_decode(raw->public_part, arena, &context) == WSYNC_OK);
    uint16_t index = (uint16_t)book->change_count++;
    struct sim_change *made = &book->changes[index];
    struct wsync_raw_change *kept = &book->raws[index];
    const struct sim_change *last =
        place.before == SIM_NONE ? NULL : &book->changes[place.before];
    *made = (struct sim_change){.log = place.log,
                                .seq = (uint16_t)(last ? last->seq + 1 : 1),
                                .before = place.before,
                                .clock = (last ? last->clock : book->logs[place.log].stamp) +
                                         context.stamp_delta,
                                .hash = *hash,
                                .first = (uint16_t)book->operation_count};
    made->stamp = made->clock;
    made->text = sim_text_of(wsync_slice(hash->b, WSYNC_HASH_PREFIX_BYTES));
    *kept = *raw;
    kept->public_part = copy_of(raw->public_part);
    kept->private_part = copy_of(raw->private_part);
    collect_table(book, index, arena);
    made->references = (uint16_t)book->table_count;
    if (context.has_origin) {
        learn_origin(book, made, &context.origin);
    }
    made->unreadable = wsync_operations_decode(&context, raw, arena, &operations);
    made->count = made->unreadable == WSYNC_OK ? (uint16_t)context.operation_count : 0;
    WSYNC_ASSERT(book->operation_count + made->count <= SIM_OPERATIONS_MAX);
    for (uint16_t i = 0; i < made->count; i++) {
        learn_operation(book, index, i, &operations[i]);
    }
    wsync_arena_release(arena, mark);
    return index;
}

bool sim_book_follows(const struct sim_book *book, const struct wsync_device_id *device,
                      const struct wsync_device_id *before)
{
    struct wsync_device_id at = *device;
    bool follows = wsync_device_id_equal(&at, before);
    for (size_t i = book->heir_count; i > 0 && !follows; i--) { /* later ones stand behind */
        if (wsync_device_id_equal(&book->heirs[i - 1].device, &at)) {
            at = book->heirs[i - 1].before;
            follows = wsync_device_id_equal(&at, before);
        }
    }
    return follows;
}
