/* SPDX-License-Identifier: Apache-2.0 */
/* Names of attachments, as RFC 6962 makes the tree of their chunks, and their coding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wardsync/blob.h"
#include "wardsync/merkle.h"

static uint8_t content[WSYNC_BLOB_BYTES_MAX + 1];

static void fill(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof content; i++) {
        state = state * 1103515245U + 12345U;
        content[i] = (uint8_t)(state >> 24);
    }
}

static struct wsync_hash leaf_at(size_t first, size_t len)
{
    return wsync_merkle_leaf(wsync_slice(content + first, len));
}

/* S18.1, S18.2. */
static void test_names(void **state)
{
    struct wsync_blob_name name, other;
    (void)state;
    assert_int_equal(wsync_blob_name_of(wsync_slice(content, 0), &name), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_blob_name_of(wsync_slice(content, sizeof content), &name),
                     WSYNC_ERR_INVALID);
    assert_int_equal(wsync_blob_name_of(wsync_slice(content, 1), &name), WSYNC_OK);
    struct wsync_hash one = leaf_at(0, 1);
    assert_memory_equal(name.root.b, one.b, sizeof one.b);
    assert_int_equal(wsync_blob_chunk_count(&name), 1);

    assert_int_equal(wsync_blob_name_of(wsync_slice(content, 2 * 4096 + 7), &name), WSYNC_OK);
    struct wsync_hash first = leaf_at(0, 4096), second = leaf_at(4096, 4096);
    struct wsync_hash last = leaf_at(8192, 7);
    struct wsync_hash left = wsync_merkle_node(&first, &second);
    struct wsync_hash root = wsync_merkle_node(&left, &last);
    assert_int_equal(name.length, 8199);
    assert_memory_equal(name.root.b, root.b, sizeof root.b);
    assert_int_equal(wsync_blob_chunk_count(&name), 3);
    assert_int_equal(wsync_blob_chunk_len(&name, 1), 4096);
    assert_int_equal(wsync_blob_chunk_len(&name, 2), 7);

    assert_int_equal(wsync_blob_name_of(wsync_slice(content, WSYNC_BLOB_BYTES_MAX), &other),
                     WSYNC_OK);
    assert_int_equal(wsync_blob_chunk_count(&other), WSYNC_BLOB_CHUNKS_MAX);
    assert_false(wsync_blob_name_equal(&name, &other));
}

static void assert_coded(uint64_t length, size_t digits)
{
    struct wsync_blob_name name = {.length = length, .root = {{7, 8, 9}}}, back;
    struct wsync_blob_value value = wsync_blob_name_encode(&name);
    assert_int_equal(value.len, 32 + digits);
    assert_true(wsync_blob_name_decode(wsync_slice(value.b, value.len), &back));
    assert_true(wsync_blob_name_equal(&name, &back));
}

/* S18.3. */
static void test_coding(void **state)
{
    (void)state;
    assert_coded(1, 1);
    assert_coded(127, 1);
    assert_coded(128, 2);
    assert_coded(500000, 3);
    assert_coded((1 << 21) - 1, 3);
    assert_coded(1 << 21, 4);
    assert_coded(WSYNC_BLOB_BYTES_MAX, 4);
    struct wsync_blob_name name = {.length = 300};
    struct wsync_blob_value value = wsync_blob_name_encode(&name);
    assert_int_equal(value.b[0], 0xac);
    assert_int_equal(value.b[1], 0x02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_coding),
    };
    fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
