/* SPDX-License-Identifier: Apache-2.0 */
#include "core/operation.h"

#include "core/pb.h"
#include "payload.pb-c.h"

enum { ADDRESS_NUMBERS = 3, CLASS_BITS = 3, REPEAT_MIN = 2 };
static const uint32_t CLASS_MASK = (1U << CLASS_BITS) - 1;

/* Values on their way out: the three arrays that Operation and Private share. */
struct columns {
    uint32_t *keys;
    int64_t *ints;
    ProtobufCBinaryData *texts;
    size_t key_count, int_count, text_count;
};

static bool columns_init(struct columns *columns, const struct wsync_write *writes,
                         size_t count, struct wsync_arena *arena)
{
    size_t ints = 0;
    for (size_t i = 0; i < count; i++) {
        ints += 1 + writes[i].value.item_count;
    }
    *columns = (struct columns){
        .keys = wsync_arena_array(arena, count, sizeof *columns->keys),
        .ints = wsync_arena_array(arena, ints, sizeof *columns->ints),
        .texts = wsync_arena_array(arena, count, sizeof *columns->texts),
    };
    return columns->keys && columns->ints && columns->texts;
}

static void columns_put(struct columns *columns, uint32_t key, const struct wsync_value *value)
{
    columns->keys[columns->key_count++] = key;
    if (value->class == WSYNC_CLASS_INTEGER) {
        columns->ints[columns->int_count++] = value->integer;
    } else if (value->class == WSYNC_CLASS_TEXT) {
        columns->texts[columns->text_count++] = wsync_pb_data(value->text);
    } else if (value->class == WSYNC_CLASS_LIST) {
        columns->ints[columns->int_count++] = (int64_t)value->item_count;
        for (size_t i = 0; i < value->item_count; i++) {
            columns->ints[columns->int_count++] = value->items[i];
        }
    }
}

/* The key of the field behind that of `key`, with its class: what a repeat key stands for. */
static uint32_t key_behind(uint32_t key)
{
    return 1U << CLASS_BITS | (key & CLASS_MASK);
}

/* Puts repeat keys wherever they belong, in place; gives the number of keys then. */
static size_t fold_keys(uint32_t *keys, size_t count)
{
    size_t folded = 0;
    for (size_t i = 0; i < count;) {
        uint32_t first = keys[i++];
        size_t end = i;
        while (end < count && keys[end] == key_behind(first)) {
            end++;
        }
        keys[folded++] = first;
        if (end - i >= REPEAT_MIN) {
            keys[folded++] = (uint32_t)(end - i) << CLASS_BITS | WSYNC_CLASS_REPEAT;
            i = end;
        }
    }
    return folded;
}

static uint64_t *put_addresses(const struct wsync_address *addresses, size_t count,
                               struct wsync_arena *arena)
{
    uint64_t *numbers = wsync_arena_array(arena, count * ADDRESS_NUMBERS, sizeof *numbers);
    for (size_t i = 0; numbers && i < count; i++) {
        numbers[i * ADDRESS_NUMBERS] = addresses[i].reference;
        numbers[i * ADDRESS_NUMBERS + 1] = addresses[i].seq;
        numbers[i * ADDRESS_NUMBERS + 2] = addresses[i].op;
    }
    return numbers;
}

enum wsync_err wsync_operation_encode(const struct wsync_operation *operation,
                                      struct wsync_arena *arena, struct wsync_slice *bytes)
{
    Wardsync__Operation message = WARDSYNC__OPERATION__INIT;
    struct columns columns;
    if (operation->write_count > WSYNC_FIELDS_MAX || operation->base_count > WSYNC_BASES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    message.kind = (uint32_t)operation->kind;
    message.form = operation->form;
    message.version = operation->version;
    message.n_record = operation->creates ? 0 : ADDRESS_NUMBERS;
    message.record = put_addresses(&operation->record, 1, arena);
    message.n_bases = operation->base_count * ADDRESS_NUMBERS;
    message.bases = put_addresses(operation->bases, operation->base_count, arena);
    message.n_other = operation->kind == WSYNC_KIND_DUPLICATE ? ADDRESS_NUMBERS : 0;
    message.other = put_addresses(&operation->other, 1, arena);
    if (!message.record || !message.bases || !message.other ||
        !columns_init(&columns, operation->writes, operation->write_count, arena)) {
        return WSYNC_ERR_MEMORY;
    }
    static const struct wsync_value HIDDEN = {.class = WSYNC_CLASS_PRIVATE};
    uint32_t before = 0;
    for (size_t i = 0; i < operation->write_count; i++) {
        const struct wsync_write *write = &operation->writes[i];
        WSYNC_ASSERT(write->field > before);
        const struct wsync_value *value = write->personal ? &HIDDEN : &write->value;
        uint32_t key = (write->field - before) << CLASS_BITS | (uint32_t)value->class;
        columns_put(&columns, key, value);
        before = write->field;
    }
    message.keys = columns.keys;
    message.n_keys = fold_keys(columns.keys, columns.key_count);
    message.ints = columns.ints;
    message.n_ints = columns.int_count;
    message.texts = columns.texts;
    message.n_texts = columns.text_count;
    return wsync_pb_encode(&message.base, arena, bytes);
}

enum wsync_err wsync_private_encode(const struct wsync_draft *draft, struct wsync_arena *arena,
                                    struct wsync_slice *bytes)
{
    size_t total = 0;
    for (size_t i = 0; i < draft->operation_count; i++) {
        total += draft->operations[i].write_count;
    }
    struct wsync_write *personal = wsync_arena_array(arena, total, sizeof *personal);
    if (!personal) {
        return WSYNC_ERR_MEMORY;
    }
    size_t count = 0;
    for (size_t i = 0; i < draft->operation_count; i++) {
        for (size_t k = 0; k < draft->operations[i].write_count; k++) {
            if (draft->operations[i].writes[k].personal) {
                personal[count++] = draft->operations[i].writes[k];
            }
        }
    }
    struct columns columns;
    if (!columns_init(&columns, personal, count, arena)) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        columns_put(&columns, (uint32_t)personal[i].value.class, &personal[i].value);
    }
    Wardsync__Private message = WARDSYNC__PRIVATE__INIT;
    message.classes = columns.keys;
    message.n_classes = columns.key_count;
    message.ints = columns.ints;
    message.n_ints = columns.int_count;
    message.texts = columns.texts;
    message.n_texts = columns.text_count;
    return wsync_pb_encode(&message.base, arena, bytes);
}

/* Values on their way in. */
struct source {
    const int64_t *ints;
    size_t int_count;
    const ProtobufCBinaryData *texts;
    size_t text_count;
};

static bool take(struct source *source, uint32_t class, struct wsync_value *value)
{
    *value = (struct wsync_value){.class = (enum wsync_class) class};
    if (class == WSYNC_CLASS_BLANK || class == WSYNC_CLASS_PRIVATE) {
        return true;
    }
    if (class == WSYNC_CLASS_TEXT) {
        if (source->text_count == 0) {
            return false;
        }
        value->text = wsync_pb_slice(*source->texts++);
        source->text_count--;
        return value->text.len <= WSYNC_TEXT_BYTES_MAX;
    }
    if (class > WSYNC_CLASS_LIST || source->int_count == 0) {
        return false;
    }
    value->integer = *source->ints++;
    source->int_count--;
    if (class == WSYNC_CLASS_INTEGER) {
        return true;
    }
    if (value->integer < 0 || value->integer > WSYNC_LIST_ITEMS_MAX ||
        (uint64_t)value->integer > source->int_count) {
        return false;
    }
    value->items = source->ints;
    value->item_count = (size_t)value->integer;
    value->integer = 0;
    source->ints += value->item_count;
    source->int_count -= value->item_count;
    return true;
}

static bool get_address(const uint64_t numbers[ADDRESS_NUMBERS], struct wsync_address *address)
{
    *address = (struct wsync_address){
        .reference = (uint32_t)numbers[0], .seq = numbers[1], .op = (uint32_t)numbers[2]};
    return numbers[0] <= WSYNC_REFERENCES_PER_LOG_MAX && numbers[1] > 0 &&
           numbers[2] < WSYNC_OPERATIONS_MAX;
}

static enum wsync_err get_bases(const Wardsync__Operation *message, struct wsync_arena *arena,
                                struct wsync_operation *operation)
{
    size_t count = message->n_bases / ADDRESS_NUMBERS;
    if (message->n_bases % ADDRESS_NUMBERS != 0 || count > WSYNC_BASES_MAX) {
        return WSYNC_ERR_OPERATION;
    }
    struct wsync_address *bases = wsync_arena_array(arena, count, sizeof *bases);
    if (!bases) {
        return WSYNC_ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (!get_address(message->bases + i * ADDRESS_NUMBERS, &bases[i])) {
            return WSYNC_ERR_OPERATION;
        }
    }
    operation->bases = bases;
    operation->base_count = count;
    return WSYNC_OK;
}

/* Writes the repeat keys out; false for more than FIELDS_MAX keys and for any other spelling
 * than that of fold_keys. */
static bool unfold_keys(const Wardsync__Operation *message, uint32_t keys[WSYNC_FIELDS_MAX],
                        size_t *count)
{
    bool first = false; /* is the last key the first of a run? */
    *count = 0;
    for (size_t i = 0; i < message->n_keys; i++) {
        uint32_t key = message->keys[i];
        size_t times = 1;
        if ((key & CLASS_MASK) == WSYNC_CLASS_REPEAT) {
            times = key >> CLASS_BITS;
            if (!first || times < REPEAT_MIN) {
                return false;
            }
            key = key_behind(keys[*count - 1]);
            first = false;
        } else {
            bool goes_on = *count > 0 && key == key_behind(keys[*count - 1]);
            if (goes_on && !first) {
                return false; /* the third of a run, or behind its repeat key */
            }
            first = !goes_on;
        }
        if (times > WSYNC_FIELDS_MAX - *count) {
            return false;
        }
        for (size_t k = 0; k < times; k++) {
            keys[(*count)++] = key;
        }
    }
    return true;
}

static enum wsync_err get_writes(const Wardsync__Operation *message, struct wsync_arena *arena,
                                 struct wsync_operation *operation)
{
    struct source source = {.ints = message->ints,
                            .int_count = message->n_ints,
                            .texts = message->texts,
                            .text_count = message->n_texts};
    uint32_t keys[WSYNC_FIELDS_MAX];
    size_t count;
    if (!unfold_keys(message, keys, &count)) {
        return WSYNC_ERR_OPERATION;
    }
    struct wsync_write *writes = wsync_arena_array(arena, count, sizeof *writes);
    if (!writes) {
        return WSYNC_ERR_MEMORY;
    }
    uint32_t field = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t class = keys[i] & CLASS_MASK;
        uint32_t step = keys[i] >> CLASS_BITS;
        if (step == 0 || step > WSYNC_FIELD_NUMBER_MAX - field ||
            !take(&source, class, &writes[i].value)) {
            return WSYNC_ERR_OPERATION;
        }
        field += step;
        writes[i].field = field;
        writes[i].personal = class == WSYNC_CLASS_PRIVATE;
    }
    operation->writes = writes;
    operation->write_count = count;
    return source.int_count == 0 && source.text_count == 0 ? WSYNC_OK : WSYNC_ERR_OPERATION;
}

/* Which parts may stand beside which kind. */
static bool shape_ok(const Wardsync__Operation *message)
{
    bool write = message->kind == WSYNC_KIND_WRITE;
    bool duplicate = message->kind == WSYNC_KIND_DUPLICATE;
    if (message->kind > WSYNC_KIND_DUPLICATE ||
        (message->n_record != 0 && message->n_record != ADDRESS_NUMBERS) ||
        message->n_other != (duplicate ? ADDRESS_NUMBERS : 0)) {
        return false;
    }
    if (write) {
        return message->form != 0 && message->version != 0 &&
               (message->n_record != 0 || message->n_bases == 0);
    }
    return message->form == 0 && message->version == 0 && message->n_keys == 0 &&
           message->n_record != 0;
}

static enum wsync_err operation_decode(struct wsync_slice bytes, struct wsync_arena *arena,
                                       struct wsync_operation *operation)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(&wardsync__operation__descriptor, bytes, arena, &base);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_MEMORY ? err : WSYNC_ERR_OPERATION;
    }
    const Wardsync__Operation *message = (const Wardsync__Operation *)base;
    if (!shape_ok(message)) {
        return WSYNC_ERR_OPERATION;
    }
    *operation = (struct wsync_operation){.kind = (enum wsync_kind)message->kind,
                                          .form = message->form,
                                          .version = message->version,
                                          .creates = message->n_record == 0};
    if ((!operation->creates && !get_address(message->record, &operation->record)) ||
        (message->n_other > 0 && !get_address(message->other, &operation->other))) {
        return WSYNC_ERR_OPERATION;
    }
    err = get_bases(message, arena, operation);
    return err == WSYNC_OK ? get_writes(message, arena, operation) : err;
}

/* Fills the values of class "private", in order, from the private part. */
static enum wsync_err fill_private(struct wsync_slice part, struct wsync_arena *arena,
                                   struct wsync_operation *operations, size_t count)
{
    ProtobufCMessage *base;
    enum wsync_err err = wsync_pb_decode(&wardsync__private__descriptor, part, arena, &base);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_MEMORY ? err : WSYNC_ERR_OPERATION;
    }
    const Wardsync__Private *message = (const Wardsync__Private *)base;
    struct source source = {.ints = message->ints,
                            .int_count = message->n_ints,
                            .texts = message->texts,
                            .text_count = message->n_texts};
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < operations[i].write_count; k++) {
            /* The array is ours, made by get_writes; only its type there is const. */
            struct wsync_write *write = (struct wsync_write *)&operations[i].writes[k];
            if (!write->personal) {
                continue;
            }
            if (used == message->n_classes || message->classes[used] > WSYNC_CLASS_BLANK ||
                !take(&source, message->classes[used], &write->value)) {
                return WSYNC_ERR_OPERATION;
            }
            used++;
        }
    }
    bool all = used == message->n_classes && source.int_count == 0 && source.text_count == 0;
    return all ? WSYNC_OK : WSYNC_ERR_OPERATION;
}

/* What cannot be read counts as erased: replicas with and without the part agree. */
static void hide_private(struct wsync_operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < operations[i].write_count; k++) {
            struct wsync_write *write = (struct wsync_write *)&operations[i].writes[k];
            if (write->personal) {
                write->value = (struct wsync_value){.class = WSYNC_CLASS_PRIVATE};
            }
        }
    }
}

enum wsync_err wsync_operations_decode(const struct wsync_context *context,
                                       const struct wsync_raw_change *raw,
                                       struct wsync_arena *arena,
                                       struct wsync_operation **operations)
{
    size_t count = context->operation_count;
    *operations = NULL;
    if (context->must_unknown) {
        return WSYNC_ERR_EXTENSION;
    }
    WSYNC_ASSERT(count <= WSYNC_OPERATIONS_MAX); /* the context saw to that */
    struct wsync_operation *list = wsync_arena_array(arena, count, sizeof *list);
    if (!list) {
        return WSYNC_ERR_MEMORY;
    }
    bool personal = false;
    for (size_t i = 0; i < count; i++) {
        enum wsync_err err = operation_decode(context->operations[i], arena, &list[i]);
        if (err != WSYNC_OK) {
            return err;
        }
        for (size_t k = 0; k < list[i].write_count; k++) {
            personal |= list[i].writes[k].personal;
        }
    }
    *operations = list;
    if (personal != (raw->private_state != WSYNC_PRIVATE_NONE)) {
        return WSYNC_ERR_OPERATION;
    }
    if (raw->private_state != WSYNC_PRIVATE_HELD) {
        return WSYNC_OK;
    }
    enum wsync_err err = fill_private(raw->private_part, arena, list, count);
    if (err == WSYNC_ERR_OPERATION) { /* the judgement must not depend on private bytes */
        hide_private(list, count);
        return WSYNC_OK;
    }
    return err;
}
