/* SPDX-License-Identifier: Apache-2.0 */
/* The transparency log's bytes: the first byte says whether a note, a leaf or a receipt
 * follows.  What is read is written again to the same bytes, and nothing but an honest receipt
 * passes for one. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "wardsync/checkpoint.h"
#include "wardsync/receipt.h"

enum { NOTE = 0, LEAF = 1, RECEIPT = 2, KINDS = 3 };

static void note(struct wsync_slice bytes)
{
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
    struct wsync_note read;
    if (wsync_note_decode(bytes, &read) == WSYNC_OK) {
        WSYNC_ASSERT(wsync_slice_equal(wsync_note_encode(&read, text), bytes));
    }
}

static void leaf(struct wsync_slice bytes)
{
    uint8_t again[WSYNC_LEAF_BYTES_MAX];
    struct wsync_leaf read;
    if (wsync_leaf_decode(bytes, &read) == WSYNC_OK) {
        WSYNC_ASSERT(wsync_slice_equal(wsync_leaf_encode(&read, again), bytes));
    }
}

/* As if it were signed: for a ward that saw nothing, and for one that saw some of the tree. */
static void receipt(struct wsync_slice bytes)
{
    const struct wsync_instance_id instance = {{0xaa, 0xaa}};
    struct wsync_receipt read;
    struct wsync_slice again;
    struct wsync_receipt_facts facts;
    struct wsync_arena *arena = fuzz_arena();
    struct wsync_prove asked = {.scope = 2};
    enum wsync_err err = wsync_receipt_decode(bytes, arena, &read);
    WSYNC_ASSERT(!wsync_err_is_ours(err));
    if (err != WSYNC_OK) {
        return;
    }
    WSYNC_ASSERT(wsync_receipt_encode(&read, arena, &again) == WSYNC_OK &&
                 wsync_slice_equal(again, bytes));
    WSYNC_ASSERT(wsync_receipt_prove(&instance, &asked, &read, &facts) != WSYNC_OK);
    asked.last.checkpoint = read.checkpoint.checkpoint;
    asked.last.checkpoint.size = read.checkpoint.checkpoint.size / 2 + 1;
    err = wsync_receipt_prove(&instance, &asked, &read, &facts);
    WSYNC_ASSERT(err != WSYNC_OK ||
                 asked.last.checkpoint.size == read.checkpoint.checkpoint.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_slice bytes = wsync_slice(data + 1, size > 0 ? size - 1 : 0);
    switch (size > 0 ? data[0] % KINDS : KINDS) {
    case NOTE:
        note(bytes);
        break;
    case LEAF:
        leaf(bytes);
        break;
    case RECEIPT:
        receipt(bytes);
        break;
    default:
        break;
    }
    return 0;
}
