/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for every list of keys (SPEC section 6.6: S6.10, S6.18, S6.19, S6.20): random
 * writes come back as they were, every short list of keys is refused or is what the encoder
 * makes, and what a few bytes unfold to is bounded (S1.8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/operation.h"
#include "payload.pb-c.h"
#include "wardsync/limits.h"

enum { BLOCK_BYTES = 1 << 20, SEED = 29, RANDOM_RUNS = 20000, CLASSES = 5, ENTRIES = 5 };
enum { FORM = 16, HEAD_BYTES = 4, VARINT_BITS = 7 };
/* Lists of up to ENTRIES letters, and how many of them the words of section 6.6 allow. */
enum { LISTS = 177155, LEGAL = 4676 };

static struct wsync_arena arena;
static uint64_t state_of_chance;

static int set_up(void **state)
{
    wsync_arena_init(&arena, aligned_alloc(16, BLOCK_BYTES), BLOCK_BYTES);
    state_of_chance = SEED;
    *state = arena.block;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static uint32_t chance(uint32_t below)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return (uint32_t)(state_of_chance >> 32) % below;
}

/* ---- one operation as a change, and back ---- */

/* The code of the change that holds these operations; a private part counts as erased. */
static enum wsync_err decode(const struct wsync_slice *list, size_t count, bool personal,
                             struct wsync_operation **operations)
{
    const struct wsync_context context = {.operations = list, .operation_count = count};
    const struct wsync_raw_change raw = {.private_state = personal ? WSYNC_PRIVATE_ERASED
                                                                   : WSYNC_PRIVATE_NONE};
    return wsync_operations_decode(&context, &raw, &arena, operations);
}

static struct wsync_slice encode(const struct wsync_operation *operation)
{
    struct wsync_slice bytes;
    assert_int_equal(wsync_operation_encode(operation, &arena, &bytes), WSYNC_OK);
    return bytes;
}

static size_t varint_bytes(uint32_t number)
{
    size_t bytes = 1;
    for (; number >> VARINT_BITS != 0; number >>= VARINT_BITS) {
        bytes++;
    }
    return bytes;
}

/* The bytes of `keys` in an encoded operation; `entries` counts them. */
static size_t keys_bytes(struct wsync_slice bytes, size_t *entries)
{
    Wardsync__Operation *message = wardsync__operation__unpack(NULL, bytes.len, bytes.data);
    size_t sum = 0;
    assert_non_null(message);
    for (size_t i = 0; i < message->n_keys; i++) {
        sum += varint_bytes(message->keys[i]);
    }
    *entries = message->n_keys;
    wardsync__operation__free_unpacked(message, NULL);
    return sum;
}

/* ---- random writes ---- */

static struct wsync_value random_value(uint32_t class)
{
    static const int64_t ITEMS[] = {3, -1, INT64_MAX};
    struct wsync_value value = {.class = (enum wsync_class) class};
    if (class == WSYNC_CLASS_INTEGER) {
        value.integer = (int64_t)chance(1000) - 500;
    } else if (class == WSYNC_CLASS_TEXT) {
        value.text = wsync_slice("Thu gom rác", chance(8));
    } else if (class == WSYNC_CLASS_LIST) {
        value.items = ITEMS;
        value.item_count = chance(4);
    }
    return value;
}

/* Ascending fields, most of them without a gap and of the class before. */
static size_t random_writes(struct wsync_write writes[WSYNC_FIELDS_MAX])
{
    size_t most = chance(WSYNC_FIELDS_MAX + 1), count = 0;
    uint32_t field = 0, class = chance(CLASSES), change = 1 + chance(8);
    while (count < most) {
        field += chance(change) > 0 ? 1 : 1 + chance(chance(8) == 0 ? 600 : 3);
        if (field > WSYNC_FIELD_NUMBER_MAX) {
            break;
        }
        class = chance(change) > 0 ? class : chance(CLASSES);
        writes[count++] =
            (struct wsync_write){field, class == WSYNC_CLASS_PRIVATE, random_value(class)};
    }
    return count;
}

static bool same_value(const struct wsync_value *a, const struct wsync_value *b)
{
    return a->class == b->class && a->integer == b->integer &&
           wsync_slice_equal(a->text, b->text) && a->item_count == b->item_count &&
           (a->item_count == 0 ||
            memcmp(a->items, b->items, a->item_count * sizeof *a->items) == 0);
}

/* What the same keys cost without repeat keys, and in how many entries with them. */
static size_t plain_bytes(const struct wsync_write *writes, size_t count, size_t *folded)
{
    size_t bytes = 0, row = 0;
    *folded = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t step = writes[i].field - (i > 0 ? writes[i - 1].field : 0);
        bool goes_on = i > 0 && step == 1 && writes[i].value.class == writes[i - 1].value.class;
        row = goes_on ? row + 1 : 0;
        *folded += row < 2; /* the second of a row turns the entry of the first into a repeat */
        bytes += varint_bytes(step << 3);
    }
    return bytes;
}

static void random_writes_come_back(void **state)
{
    (void)state;
    size_t repeats = 0;
    for (int run = 0; run < RANDOM_RUNS; run++) {
        struct wsync_write writes[WSYNC_FIELDS_MAX];
        struct wsync_operation *again;
        struct wsync_operation operation = {
            .form = FORM, .version = 1, .creates = true, .writes = writes};
        bool personal = false;
        wsync_arena_release(&arena, 0);
        operation.write_count = random_writes(writes);
        for (size_t i = 0; i < operation.write_count; i++) {
            personal |= writes[i].personal;
        }
        struct wsync_slice bytes = encode(&operation);
        assert_int_equal(decode(&bytes, 1, personal, &again), WSYNC_OK);
        assert_int_equal(again->write_count, operation.write_count);
        for (size_t i = 0; i < operation.write_count; i++) {
            assert_int_equal(again->writes[i].field, writes[i].field);
            assert_int_equal(again->writes[i].personal, writes[i].personal);
            assert_true(same_value(&again->writes[i].value, &writes[i].value));
        }
        assert_true(wsync_slice_equal(encode(again), bytes));
        size_t entries, folded;
        size_t plain = plain_bytes(writes, operation.write_count, &folded);
        assert_true(keys_bytes(bytes, &entries) <= plain);
        assert_int_equal(entries, folded);
        repeats += entries < operation.write_count;
    }
    assert_true(repeats > RANDOM_RUNS / 2); /* the draw does what it is for */
}

/* ---- every short list of keys ---- */

/* Accepts exactly what the encoder makes of what it was read as. */
static void every_short_list_has_one_spelling(void **state)
{
    (void)state;
    /* Blank and private, differences 0 to 2; repeats of none to four; a class that is none. */
    static const uint8_t ALPHABET[] = {0x03, 0x0b, 0x13, 0x0c, 0x14, 0x05,
                                       0x0d, 0x15, 0x1d, 0x25, 0x0e};
    enum { LETTERS = sizeof ALPHABET };
    size_t accepted = 0, tried = 0;
    uint8_t bytes[HEAD_BYTES + 2 + ENTRIES] = {0x10, FORM, 0x18, 1, 0x32};
    for (size_t len = 1, words = LETTERS; len <= ENTRIES; len++, words *= LETTERS) {
        bytes[HEAD_BYTES + 1] = (uint8_t)len;
        for (size_t word = 0; word < words; word++) {
            bool personal = false;
            size_t rest = word;
            for (size_t i = 0; i < len; i++, rest /= LETTERS) {
                uint8_t letter = ALPHABET[rest % LETTERS];
                bytes[HEAD_BYTES + 2 + i] = letter;
                personal |= (letter & 7) == WSYNC_CLASS_PRIVATE;
            }
            struct wsync_operation *operation;
            struct wsync_slice spelled = wsync_slice(bytes, HEAD_BYTES + 2 + len);
            wsync_arena_release(&arena, 0);
            enum wsync_err err = decode(&spelled, 1, personal, &operation);
            assert_true(err == WSYNC_OK || err == WSYNC_ERR_OPERATION);
            if (err == WSYNC_OK) {
                assert_true(wsync_slice_equal(encode(operation), spelled));
                accepted++;
            }
            tried++;
        }
    }
    assert_int_equal(tried, LISTS);
    assert_int_equal(accepted, LEGAL);
}

/* ---- bounds ---- */

/* S6.20: 64 operations of 128 keys are eleven bytes each, and no more memory than the same keys
 * one by one. */
static void what_it_unfolds_to_is_bounded(void **state)
{
    (void)state;
    static const uint8_t SPELLED[] = {0x10, FORM, 0x18, 1, 0x32, 3, 0x0b, 0xfd, 0x07};
    struct wsync_slice list[WSYNC_OPERATIONS_MAX];
    struct wsync_operation *operations;
    for (size_t i = 0; i < WSYNC_OPERATIONS_MAX; i++) {
        list[i] = wsync_slice(SPELLED, sizeof SPELLED);
    }
    assert_int_equal(decode(list, WSYNC_OPERATIONS_MAX, false, &operations), WSYNC_OK);
    assert_int_equal(operations[WSYNC_OPERATIONS_MAX - 1].write_count, WSYNC_FIELDS_MAX);
    assert_true(arena.used <= 2 * WSYNC_DECODE_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_writes_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_short_list_has_one_spelling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_it_unfolds_to_is_bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
