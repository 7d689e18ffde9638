/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says what follows: a value of one type, a date by a format, an invite, the
 * name of a record, a request to be enrolled, the line of a roster.  What is read is written
 * and read again to the same. */
#include <stdio.h>
#include <string.h>

#include "host/date_format.h"
#include "host/invite_text.h"
#include "host/records.h"
#include "host/request_text.h"
#include "host/roster_text.h"
#include "host/value_text.h"
#include "tests/fuzz/fuzz.h"

enum { TEXT_BYTES = 4096, FIELDS = 11, DATE = 11, INVITE, NAME, REQUEST, LINE, KINDS };

static const struct wsync_choice CHOICES[] = {
    {1, {(const uint8_t *)"canal", 5}, {(const uint8_t *)"Kenh", 4}, {(const uint8_t *)"C", 1}},
    {7, {(const uint8_t *)"lake", 4}, {(const uint8_t *)"Ho", 2}, {(const uint8_t *)"L", 1}},
};

static struct wsync_field field_of(uint8_t kind)
{
    struct wsync_field field = {.number = 1,
                                .type = (enum wsync_type)(kind + 1),
                                .name = wsync_slice_of("f"),
                                .label_vi = wsync_slice_of("f"),
                                .label_en = wsync_slice_of("f")};
    field.digits = field.type == WSYNC_TYPE_DECIMAL ? 3 : 0;
    if (field.type == WSYNC_TYPE_CHOICE || field.type == WSYNC_TYPE_CHOICES) {
        field.choices = CHOICES;
        field.choice_count = 2;
    }
    return field;
}

static bool same(const struct wsync_value *a, const struct wsync_value *b)
{
    return a->class == b->class && a->integer == b->integer &&
           wsync_slice_equal(a->text, b->text) && a->item_count == b->item_count &&
           (a->item_count == 0 ||
            memcmp(a->items, b->items, a->item_count * sizeof *a->items) == 0);
}

static void value(uint8_t kind, struct wsync_slice text, struct wsync_arena *arena)
{
    static char printed[WSYNC_VALUE_TEXT_BYTES];
    const struct wsync_field field = field_of(kind);
    struct wsync_value_reader reader = {.arena = arena};
    struct wsync_value first;
    struct wsync_value second;
    struct wsync_error error;
    enum wsync_err err = wsync_value_parse(&reader, &field, text, &first, &error);
    if (err != WSYNC_OK) {
        WSYNC_ASSERT(err == WSYNC_ERR_VALUE && error.text[0] != '\0');
        return;
    }
    err = wsync_value_print(&field, &first, WSYNC_STYLE_DATA, printed, sizeof printed);
    WSYNC_ASSERT(err == WSYNC_OK);
    reader.point_is_decimal = true;
    err = wsync_value_parse(&reader, &field, wsync_slice_of(printed), &second, &error);
    WSYNC_ASSERT(err == WSYNC_OK && same(&first, &second));
}

static void date(struct wsync_slice input, struct wsync_arena *arena)
{
    char iso[WSYNC_DATE_FORMAT_ISO_BYTES];
    const struct wsync_field field = {.number = 1, .type = WSYNC_TYPE_DATE};
    size_t half = input.len / 2 < WSYNC_DATE_FORMAT_BYTES_MAX ? input.len / 2 : 0;
    struct wsync_slice format = fuzz_take(&input, half);
    if (wsync_date_format_fault(format, WSYNC_TYPE_DATE) ||
        !wsync_date_format_read(format, WSYNC_TYPE_DATE, input, iso)) {
        return;
    }
    struct wsync_value value;
    struct wsync_error error;
    const struct wsync_value_reader reader = {.arena = arena};
    enum wsync_err err =
        wsync_value_parse(&reader, &field, wsync_slice_of(iso), &value, &error);
    WSYNC_ASSERT(err == WSYNC_OK || err == WSYNC_ERR_VALUE); /* a year out of range */
}

static void invite(const char *text, struct wsync_arena *arena)
{
    static char again[WSYNC_INVITE_TEXT_BYTES];
    struct wsync_invite first;
    struct wsync_invite second;
    struct wsync_error error;
    if (wsync_invite_parse(text, arena, &first, &error) != WSYNC_OK) {
        WSYNC_ASSERT(error.text[0] != '\0');
        return;
    }
    enum wsync_err err = wsync_invite_print(&first, arena, again);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_invite_parse(again, arena, &second, &error);
    WSYNC_ASSERT(err == WSYNC_OK && memcmp(first.id.b, second.id.b, sizeof first.id.b) == 0);
}

static void name(const char *text)
{
    struct fuzz_world *world = fuzz_world_fresh();
    struct wsync_txn *txn;
    struct wsync_dot dot;
    struct wsync_error error;
    char printed[WSYNC_RECORD_ID_BYTES];
    enum wsync_err err = wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_record_named(txn, text, &dot, &error);
    if (err == WSYNC_OK) {
        err = wsync_record_name(txn, dot, printed);
        WSYNC_ASSERT(err == WSYNC_OK);
    } else {
        WSYNC_ASSERT(!wsync_err_is_ours(err) && error.text[0] != '\0');
    }
    wsync_txn_abort(txn);
}

static void request(struct wsync_slice text)
{
    char again[WSYNC_REQUEST_TEXT_BYTES];
    struct wsync_request first;
    struct wsync_request second;
    struct wsync_error error = {""};
    if (wsync_request_parse(text, &first, &error) != WSYNC_OK) {
        WSYNC_ASSERT(error.text[0] != '\0');
        return;
    }
    enum wsync_err err =
        wsync_request_parse(wsync_request_print(&first, again), &second, &error);
    WSYNC_ASSERT(err == WSYNC_OK && memcmp(&first, &second, sizeof first) == 0);
}

static void line(const char *text)
{
    static uint8_t bytes[WSYNC_SIGNED_BYTES_MAX];
    static uint8_t again[WSYNC_SIGNED_BYTES_MAX];
    struct wsync_signed_statement statement;
    if (wsync_roster_text_read_one(text, bytes, &statement)) {
        struct wsync_slice written = wsync_signed_write(&statement, again);
        WSYNC_ASSERT(wsync_slice_equal(written, wsync_slice(bytes, strlen(text) / 2)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_BYTES];
    struct wsync_slice input = wsync_slice(data, size);
    if (size == 0 || size >= sizeof text) {
        return 0;
    }
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    memcpy(text, input.data, input.len);
    text[input.len] = '\0';
    if (kind < FIELDS) {
        value(kind, input, fuzz_arena());
    } else if (kind == DATE) {
        date(input, fuzz_arena());
    } else if (kind == INVITE) {
        invite(text, fuzz_arena());
    } else if (kind == REQUEST) {
        request(input);
    } else if (kind == LINE) {
        line(text);
    } else {
        name(text);
    }
    return 0;
}
