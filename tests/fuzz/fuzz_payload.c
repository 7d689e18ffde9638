/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says what follows: a genesis, a change without or with a private part, or the
 * keys and integers of one operation, around which this target writes the lengths. */
#include <string.h>

#include "core/operation.h"
#include "tests/fuzz/fuzz.h"

enum { GENESIS = 0, PUBLIC = 1, PRIVATE = 2, WRAPPED = 3, KINDS = 4 };
enum { VARINT_BITS = 7, VARINT_MORE = 0x80, HEADS_BYTES_MAX = 32 };

static void genesis(struct wsync_slice bytes, struct wsync_arena *arena)
{
    struct wsync_genesis genesis;
    struct wsync_slice again;
    enum wsync_err err = wsync_genesis_decode(bytes, arena, &genesis);
    if (err == WSYNC_OK) {
        err = wsync_genesis_encode(&genesis, arena, &again);
        WSYNC_ASSERT(err == WSYNC_OK && wsync_slice_equal(bytes, again));
    }
}

/* Every bound that a decoder promises, and each byte that it points to. */
static void check_value(const struct wsync_value *value)
{
    static volatile int64_t sink;
    WSYNC_ASSERT(value->class <= WSYNC_CLASS_PRIVATE);
    WSYNC_ASSERT(value->item_count <= WSYNC_LIST_ITEMS_MAX);
    WSYNC_ASSERT(value->text.len <= WSYNC_TEXT_BYTES_MAX);
    for (size_t i = 0; i < value->item_count; i++) {
        sink = value->items[i];
    }
    for (size_t i = 0; i < value->text.len; i++) {
        sink = value->text.data[i];
    }
    (void)sink;
}

/* Bounds, and that no other bytes say the same. */
static void check_operation(const struct wsync_operation *operation, struct wsync_slice bytes,
                            struct wsync_arena *arena)
{
    struct wsync_slice again;
    uint32_t before = 0;
    WSYNC_ASSERT(operation->kind <= WSYNC_KIND_DUPLICATE);
    WSYNC_ASSERT(operation->base_count <= WSYNC_BASES_MAX);
    WSYNC_ASSERT(operation->write_count <= WSYNC_FIELDS_MAX);
    for (size_t i = 0; i < operation->write_count; i++) {
        WSYNC_ASSERT(operation->writes[i].field > before);
        WSYNC_ASSERT(operation->writes[i].field <= WSYNC_FIELD_NUMBER_MAX);
        before = operation->writes[i].field;
        check_value(&operation->writes[i].value);
    }
    enum wsync_err err = wsync_operation_encode(operation, arena, &again);
    WSYNC_ASSERT(err == WSYNC_OK && wsync_slice_equal(bytes, again));
}

static void change(const struct wsync_raw_change *raw, struct wsync_arena *arena)
{
    struct wsync_context context;
    struct wsync_operation *operations;
    enum wsync_err err = wsync_context_decode(raw->public_part, arena, &context);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    if (err != WSYNC_OK) {
        return;
    }
    WSYNC_ASSERT(context.reference_count <= WSYNC_REFERENCES_PER_CHANGE_MAX);
    err = wsync_operations_decode(&context, raw, arena, &operations);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    for (size_t i = 0; err == WSYNC_OK && i < context.operation_count; i++) {
        check_operation(&operations[i], context.operations[i], arena);
    }
}

static size_t put_field(uint8_t *to, size_t at, uint8_t tag, struct wsync_slice bytes)
{
    size_t len = bytes.len;
    if (len == 0) {
        return at; /* an empty field is absent */
    }
    to[at++] = tag;
    for (; len >= VARINT_MORE; len >>= VARINT_BITS) {
        to[at++] = (uint8_t)(len | VARINT_MORE);
    }
    to[at++] = (uint8_t)len;
    memcpy(to + at, bytes.data, bytes.len);
    return at + bytes.len;
}

/* A write of form 16 version 1: one byte counts the bytes of the keys, the integers follow. */
static struct wsync_slice wrap(struct wsync_slice input)
{
    enum { FORM = 0x10, VERSION = 0x18, KEYS = 0x32, INTS = 0x3a, OPERATIONS = 0x1a };
    static uint8_t operation[WSYNC_PAYLOAD_BYTES_MAX + HEADS_BYTES_MAX] = {FORM, 16, VERSION,
                                                                           1};
    static uint8_t public_part[sizeof operation + HEADS_BYTES_MAX];
    size_t len = 4;
    struct wsync_slice keys = fuzz_take(&input, 1);
    keys = fuzz_take(&input, keys.data[0]);
    len = put_field(operation, len, KEYS, keys);
    len = put_field(operation, len, INTS, input);
    len = put_field(public_part, 0, OPERATIONS, wsync_slice(operation, len));
    return wsync_slice(public_part, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_slice input = wsync_slice(data, size);
    struct wsync_raw_change raw = {.private_state = WSYNC_PRIVATE_NONE};
    if (size < 3 || size > WSYNC_PAYLOAD_BYTES_MAX) {
        return 0;
    }
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    if (kind == GENESIS) {
        genesis(input, fuzz_arena());
        return 0;
    }
    if (kind == PRIVATE) {
        struct wsync_slice head = fuzz_take(&input, 2);
        raw.public_part = fuzz_take(&input, (size_t)head.data[0] << 8 | head.data[1]);
        raw.private_part = input;
        raw.private_state = WSYNC_PRIVATE_HELD;
    } else {
        raw.public_part = kind == WRAPPED ? wrap(input) : input;
    }
    change(&raw, fuzz_arena());
    return 0;
}
