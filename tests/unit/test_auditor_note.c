/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor's reading of a checkpoint against the core's writing of it (SPEC S15.5 to S15.7),
 * and of base64: neither has seen the other's code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/verify/base64.h"
#include "tools/verify/note.h"
#include "wardsync/base64.h"
#include "wardsync/checkpoint.h"
#include "wardsync/crypto.h"

enum { ROUNDS = 200, BYTES_MAX = 64 };

static uint64_t dice = 88172645463325252U;

static uint8_t throw(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint8_t)(dice >> 11);
}

static void fill(void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        ((uint8_t *)bytes)[i] = throw();
    }
}

static struct wsync_note random_note(struct wsync_signing_key *key)
{
    struct wsync_note note = {.key_hash = {0}};
    struct wsync_signing_secret secret;
    uint8_t seed[32];
    fill(seed, sizeof seed);
    wsync_signing_pair(seed, key, &secret);
    fill(&note.instance, sizeof note.instance);
    fill(&note.checkpoint.checkpoint, sizeof note.checkpoint.checkpoint);
    note.checkpoint.checkpoint.size >>= throw() % 64;
    note.checkpoint.signature =
        wsync_checkpoint_sign(&secret, &note.instance, &note.checkpoint.checkpoint);
    wsync_checkpoint_key_hash(&note.instance, key, note.key_hash);
    return note;
}

static void what_the_core_writes_is_read(void **state)
{
    (void)state;
    assert_true(wsync_crypto_init());
    for (int i = 0; i < ROUNDS; i++) {
        char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX];
        char again[NOTE_TEXT_BYTES];
        struct wsync_signing_key key;
        struct wsync_note written = random_note(&key);
        struct note note;
        struct wsync_slice bytes = wsync_note_encode(&written, text);
        assert_true(note_read(bytes, &note));
        assert_true(wsync_checkpoint_equal(&note.checkpoint, &written.checkpoint.checkpoint));
        assert_memory_equal(&note.instance, &written.instance, sizeof note.instance);
        assert_true(note_signed_by(&note, &key));
        assert_true(
            wsync_slice_equal(note.text, note_text(&note.instance, &note.checkpoint, again)));
        key.b[0] ^= 1;
        assert_false(note_signed_by(&note, &key));
    }
}

/* Case 2: one bit of a checkpoint, and it is none or is not signed. */
static void case_2_no_other_text_is_that_checkpoint(void **state)
{
    (void)state;
    char text[WSYNC_CHECKPOINT_TEXT_BYTES_MAX + 8];
    struct wsync_signing_key key;
    struct wsync_note written = random_note(&key);
    struct note note;
    size_t len = wsync_note_encode(&written, text).len;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        text[bit / 8] ^= (char)(1U << bit % 8);
        assert_false(note_read(wsync_slice(text, len), &note) && note_signed_by(&note, &key));
        text[bit / 8] ^= (char)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++) {
        assert_false(note_read(wsync_slice(text, cut), &note));
    }
    memcpy(text + len, "\nmore\n", 6);
    assert_true(note_read(wsync_slice(text, len), &note));
    assert_false(note_read(wsync_slice(text, len + 1), &note));
    assert_false(note_read(wsync_slice(text, len + 6), &note));
}

static void base64_has_one_spelling(void **state)
{
    (void)state;
    for (size_t len = 0; len <= BYTES_MAX; len++) {
        uint8_t bytes[BYTES_MAX];
        uint8_t back[BYTES_MAX];
        char text[WSYNC_BASE64_BYTES(BYTES_MAX)];
        size_t got;
        fill(bytes, len);
        size_t written = wsync_base64_encode(wsync_slice(bytes, len), text);
        assert_int_equal(written, WSYNC_BASE64_BYTES(len));
        assert_true(base64_decode(wsync_slice(text, written), back, sizeof back, &got));
        assert_int_equal(got, len);
        assert_memory_equal(back, bytes, len);
        assert_false(written > 0 &&
                     base64_decode(wsync_slice(text, written - 1), back, sizeof back, &got));
        assert_false(len > 0 && base64_decode(wsync_slice(text, written), back, len - 1, &got));
    }
    static const char *const NONE[] = {
        "AA==AAAA", "AB==", "AAB=", "A===", "====", "AA A", "AAA-"};
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        uint8_t back[BYTES_MAX];
        size_t got;
        assert_false(base64_decode(wsync_slice_of(NONE[i]), back, sizeof back, &got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_core_writes_is_read),
        cmocka_unit_test(case_2_no_other_text_is_that_checkpoint),
        cmocka_unit_test(base64_has_one_spelling),
    };
    return cmocka_run_group_tests_name("the auditor's checkpoints", tests, NULL, NULL);
}
