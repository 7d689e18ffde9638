/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte says what follows: a roster statement, an invite, a form definition, a
 * statement with its signatures as it is kept, a rotation. */
#include "tests/fuzz/fuzz.h"
#include "wardsync/enrol.h"
#include "wardsync/signed.h"

enum { STATEMENT = 0, INVITE = 1, FORM = 2, SIGNED = 3, ROTATION = 4, KINDS = 5 };

static void statement(struct wsync_slice bytes, struct wsync_arena *arena)
{
    struct wsync_statement statement;
    struct wsync_slice again;
    enum wsync_err err = wsync_statement_decode(bytes, arena, &statement);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    if (err == WSYNC_OK) {
        err = wsync_statement_encode(&statement, arena, &again);
        WSYNC_ASSERT(err == WSYNC_OK && wsync_slice_equal(bytes, again));
    }
}

static void invite(struct wsync_slice bytes, struct wsync_arena *arena)
{
    struct wsync_invite invite;
    struct wsync_slice again;
    enum wsync_err err = wsync_invite_decode(bytes, arena, &invite);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    if (err == WSYNC_OK) {
        err = wsync_invite_encode(&invite, arena, &again);
        WSYNC_ASSERT(err == WSYNC_OK && wsync_slice_equal(bytes, again));
    }
}

static void form(struct wsync_slice bytes, struct wsync_arena *arena)
{
    struct wsync_form form;
    struct wsync_slice again;
    struct wsync_error error;
    enum wsync_err err = wsync_form_decode(bytes, arena, &form);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    if (err != WSYNC_OK) {
        return;
    }
    err = wsync_form_check(&form, &error);
    WSYNC_ASSERT(err == WSYNC_OK);
    err = wsync_form_encode(&form, arena, &again, &error);
    WSYNC_ASSERT(err == WSYNC_OK && wsync_slice_equal(bytes, again));
    struct wsync_form next = form;
    if (next.version++ < UINT32_MAX) {
        err = wsync_form_check_successor(&form, &next, &error);
        WSYNC_ASSERT(err == WSYNC_OK);
    }
}

static void signed_statement(struct wsync_slice bytes)
{
    static uint8_t again[WSYNC_SIGNED_BYTES_MAX];
    struct wsync_signed_statement read;
    if (wsync_signed_read(bytes, &read)) {
        WSYNC_ASSERT(wsync_slice_equal(wsync_signed_write(&read, again), bytes));
    }
}

static void rotation(struct wsync_slice bytes, struct wsync_arena *arena)
{
    struct wsync_rotation rotation;
    struct wsync_slice again;
    enum wsync_err err = wsync_rotation_decode(bytes, arena, &rotation);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    if (err == WSYNC_OK) {
        err = wsync_rotation_encode(&rotation, arena, &again);
        WSYNC_ASSERT(err == WSYNC_OK && wsync_slice_equal(bytes, again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_slice input = wsync_slice(data, size);
    if (size == 0 || size > WSYNC_FRAME_BYTES_MAX) {
        return 0;
    }
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    if (kind == STATEMENT) {
        statement(input, fuzz_arena());
    } else if (kind == INVITE) {
        invite(input, fuzz_arena());
    } else if (kind == FORM) {
        form(input, fuzz_arena());
    } else if (kind == SIGNED) {
        signed_statement(input);
    } else {
        rotation(input, fuzz_arena());
    }
    return 0;
}
