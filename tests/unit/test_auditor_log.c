/* SPDX-License-Identifier: Apache-2.0 */
/* A signed log read by the auditor (SPEC S16.1, S16.2, S16.3, S16.7): it gives the state of the
 * store it came from, and whatever is altered, cut, left out or put in is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/auditor.h"
#include "tests/ward_pair_rich.h"
#include "wardsync/frontier.h"
#include "wardsync/signed_log.h"

static struct auditor auditor;

static int set_up(void **state)
{
    if (ward_pair_rich(state) != 0) {
        return -1;
    }
    const struct ward_pair *world = *state;
    auditor_open(&auditor, &world->installation);
    return 0;
}

static int tear_down(void **state)
{
    auditor_close(&auditor);
    return ward_pair_tear_down(state);
}

static bool holds(void)
{
    return auditor_holds(&auditor, "log");
}

/* Asserts that the file does not hold, for one of these codes, and is named with its place. */
static void assert_named(const enum wsync_err *codes, size_t count, size_t byte)
{
    bool known = false;
    assert_false(holds());
    for (size_t i = 0; i < count; i++) {
        known |= auditor.fault.code == codes[i];
    }
    if (!known || auditor.fault.text[0] == '\0' || !auditor.fault.unit ||
        auditor.fault.at > auditor.len) {
        fail_msg("byte %zu: %s: %s", byte, wsync_err_name(auditor.fault.code),
                 auditor.fault.text);
    }
}

/* Heads of all logs and of what lies aside. */
static void frontier_of(struct wsync_txn *txn, uint32_t *count, struct wsync_hash *digest)
{
    static const struct wsync_frontier ALL;
    assert_int_equal(wsync_frontier_digest(txn, &ALL, count, digest), WSYNC_OK);
}

static void assert_same_heads(struct replica *replica, const struct whole_log *log)
{
    struct wsync_txn *txn;
    uint32_t counts[2];
    struct wsync_hash digests[2];
    assert_int_equal(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    frontier_of(txn, &counts[0], &digests[0]);
    wsync_txn_abort(txn);
    frontier_of(log->audit.txn, &counts[1], &digests[1]);
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(&digests[0], &digests[1], sizeof digests[0]);
}

/* S16.4: with branches, of which the rich world has some; S16.11. */
static void the_log_gives_the_state_it_came_from(void **state)
{
    struct ward_pair *world = *state;
    struct replica *all[] = {&world->district, &world->a, &world->b};
    for (size_t i = 0; i < 6; i++) {
        struct whole_log log;
        struct wsync_hash digest;
        struct replica *one = all[i % 3];
        struct wsync_hash wanted = replica_digest(one, 0);
        auditor_export(&auditor, one, i >= 3);
        if (!auditor_look(&auditor, "log", &log)) {
            fail_msg("%zu: byte %llu: %s", i, (unsigned long long)auditor.fault.at,
                     auditor.fault.text);
        }
        assert_int_equal(
            wsync_ledger_digest(&log.audit.ledger, log.audit.txn, &log.audit.arena, 0, &digest),
            WSYNC_OK);
        assert_memory_equal(digest.b, wanted.b, sizeof digest.b);
        assert_same_heads(one, &log);
        assert_true(log.audit.changes > 10 && log.audit.statements >= 3);
        whole_log_close(&log);
    }
}

/* S16.5: names and notes of people stand in private parts, which an auditor does not need. */
static void without_being_asked_no_private_part_is_written(void **state)
{
    struct ward_pair *world = *state;
    size_t held[2] = {0};
    size_t erased[2] = {0};
    for (size_t personal = 0; personal < 2; personal++) {
        auditor_export(&auditor, &world->district, personal > 0);
        for (size_t i = 0; i < auditor_messages(&auditor); i++) {
            struct wsync_message message;
            auditor_decode(&auditor, i, &message);
            for (size_t k = 0;
                 message.type == WSYNC_MESSAGE_CHANGES && k < message.changes.change_count;
                 k++) {
                enum wsync_private_state kept = message.changes.changes[k].private_state;
                held[personal] += kept == WSYNC_PRIVATE_HELD;
                erased[personal] += kept == WSYNC_PRIVATE_ERASED;
            }
        }
    }
    assert_int_equal(held[0], 0);
    assert_true(held[1] > 0);
    assert_int_equal(erased[0], held[1] + erased[1]);
}

/* Case 2: one bit flipped anywhere in payload, header, seal or roster of an exported log is
 * named. */
static void case_2_one_bit_flipped_anywhere_is_named(void **state)
{
    static const enum wsync_err CODES[] = {
        WSYNC_ERR_FRAME,   WSYNC_ERR_VERSION,  WSYNC_ERR_MESSAGE, WSYNC_ERR_OVERSIZE,
        WSYNC_ERR_GENESIS, WSYNC_ERR_CHAIN,    WSYNC_ERR_SEAL,    WSYNC_ERR_INSTANCE,
        WSYNC_ERR_ROSTER,  WSYNC_ERR_GAP,      WSYNC_ERR_DEVICE,  WSYNC_ERR_SIGNATURE,
        WSYNC_ERR_BEHIND,  WSYNC_ERR_UNSEALED, WSYNC_ERR_FORK,    WSYNC_ERR_SCOPE,
    };
    struct ward_pair *world = *state;
    size_t every = getenv("AUDIT_EVERY") ? strtoul(getenv("AUDIT_EVERY"), NULL, 10) : 1;
    auditor_export(&auditor, &world->district, true);
    for (size_t byte = 0; byte < auditor.len; byte += every) {
        auditor.bytes[byte] ^= (uint8_t)(1U << (byte % 8));
        assert_named(CODES, sizeof CODES / sizeof *CODES, byte);
        auditor.bytes[byte] ^= (uint8_t)(1U << (byte % 8));
    }
    assert_true(holds());
}

/* The same under an end mark made anew: what is signed needs none. */
static void case_2_a_forger_s_end_mark_hides_no_bit(void **state)
{
    struct ward_pair *world = *state;
    size_t every = getenv("AUDIT_EVERY") ? strtoul(getenv("AUDIT_EVERY"), NULL, 10) : 1;
    size_t len;
    auditor_export(&auditor, &world->district, true);
    for (size_t i = 0; i < auditor_messages(&auditor); i++) {
        size_t at = auditor_message(&auditor, i, &len);
        for (size_t byte = at + WSYNC_SIGNED_LOG_LENGTH_BYTES; byte < at + len; byte += every) {
            auditor.bytes[byte] ^= (uint8_t)(1U << (byte % 8));
            assert_true(auditor_end_log(&auditor));
            if (holds()) {
                fail_msg("message %zu, byte %zu of it", i, byte - at);
            }
            auditor.bytes[byte] ^= (uint8_t)(1U << (byte % 8));
        }
    }
    assert_true(auditor_end_log(&auditor));
    assert_true(holds());
}

static void a_file_that_was_cut_is_named_with_its_end(void **state)
{
    static const enum wsync_err CODES[] = {WSYNC_ERR_FRAME};
    struct ward_pair *world = *state;
    auditor_export(&auditor, &world->a, false);
    size_t whole = auditor.len;
    for (auditor.len = 0; auditor.len < whole; auditor.len += 61) {
        assert_named(CODES, 1, auditor.len);
        assert_int_equal(auditor.fault.at,
                         auditor.len < strlen(WSYNC_SIGNED_LOG_MAGIC) ? 0 : auditor.len);
    }
    auditor.len = whole + 1;
    assert_named(CODES, 1, whole);
    assert_int_equal(auditor.fault.at, whole);
    auditor.len = whole;
    assert_true(holds());
}

static void a_message_that_is_missing_or_moved_is_named(void **state)
{
    static uint8_t kept[AUDITOR_FILE_MAX];
    struct ward_pair *world = *state;
    auditor_export(&auditor, &world->district, false);
    size_t count = auditor_messages(&auditor);
    size_t whole = auditor.len;
    memcpy(kept, auditor.bytes, whole);
    for (size_t i = 0; i < count; i++) {
        size_t len;
        size_t at = auditor_message(&auditor, i, &len);
        memmove(auditor.bytes + at, auditor.bytes + at + len, whole - at - len);
        auditor.len = whole - len;
        assert_false(holds());
        assert_non_null(auditor.fault.unit);
        memcpy(auditor.bytes, kept, whole);
        memcpy(auditor.bytes + at + len, kept + at, whole - at); /* twice */
        auditor.len = whole + len;
        assert_false(holds());
        memcpy(auditor.bytes, kept, whole);
    }
}

static void a_run_that_was_left_out_is_named_by_the_next(void **state)
{
    struct ward_pair *world = *state;
    size_t named = 0;
    auditor_export(&auditor, &world->district, false);
    size_t count = auditor_messages(&auditor);
    for (size_t i = 0; i < count; i++) {
        auditor_export(&auditor, &world->district, false);
        auditor_leave_out(&auditor, i);
        named += !holds();
    }
    assert_true(named > 3); /* what is last of its log only a receipt can miss */
}

static void another_installation_is_named(void **state)
{
    static const enum wsync_err CODES[] = {WSYNC_ERR_INSTANCE};
    struct ward_pair *world = *state;
    struct installation other;
    installation_init(&other, 77);
    auditor_export(&auditor, &world->district, false);
    auditor.installation = &other;
    assert_named(CODES, 1, 0);
}

/* Every root key of the first statement, with the threshold, gives the instance. */
static void the_root_keys_are_trust_enough(void **state)
{
    struct ward_pair *world = *state;
    struct audit_trust trust = {
        .keys = {world->installation.root.keys[0]}, .key_count = 1, .threshold = 1};
    for (int i = 0; i < 3; i++) {
        struct whole_log log = {.views = &auditor.views};
        auditor_export(&auditor, &world->district, false);
        trust.threshold = i == 1 ? 2 : 1;
        trust.keys[0].b[0] ^= i == 2;
        bool good = whole_log_check(&log, &trust, auditor_file(&auditor, "keys"), false,
                                    &auditor.fault);
        assert_int_equal(good, i == 0);
        assert_true(good || auditor.fault.code == WSYNC_ERR_INSTANCE);
        whole_log_close(&log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_gives_the_state_it_came_from, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_being_asked_no_private_part_is_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(case_2_one_bit_flipped_anywhere_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(case_2_a_forger_s_end_mark_hides_no_bit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_was_cut_is_named_with_its_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_message_that_is_missing_or_moved_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_was_left_out_is_named_by_the_next, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_installation_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_root_keys_are_trust_enough, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("a signed log and its auditor", tests, NULL, NULL);
}
