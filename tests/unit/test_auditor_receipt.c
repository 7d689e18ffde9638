/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts and proofs before an auditor (SPEC section 16): what holds, and what a district that
 * drops, alters or hides something cannot make hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/auditor.h"
#include "tests/pair.h"
#include "tests/store_mem.h"
#include "tests/tlog.h"
#include "tools/verify/base64.h"
#include "wardsync/base64.h"

static struct auditor auditor;

static int set_up(void **state)
{
    if (pair_set_up(state) != 0) {
        return -1;
    }
    struct pair *pair = *state;
    auditor_open(&auditor, &pair->world->installation);
    replica_open_log(&pair->world->district, &pair->world->installation);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK); /* the roster first */
    assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    for (size_t round = 0; round < 3; round++) {
        pair_write(&pair->world->a, 4);
        pair_write(&pair->world->b, 2);
        assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
        assert_int_equal(pair_sync(pair, PAIR_B), WSYNC_OK);
    }
    return 0;
}

static int tear_down(void **state)
{
    auditor_close(&auditor);
    return pair_tear_down(state);
}

static void assert_holds(const char *name)
{
    if (!auditor_holds(&auditor, name)) {
        fail_msg("%s: %s %llu: %s", name, auditor.fault.unit ? auditor.fault.unit : "",
                 (unsigned long long)auditor.fault.at, auditor.fault.text);
    }
}

/* S16.6, S16.8 */
static void the_receipts_of_a_ward_hold(void **state)
{
    struct pair *pair = *state;
    struct whole_log log;
    auditor_export(&auditor, &pair->world->a, false);
    assert_holds("a");
    assert_true(auditor_look(&auditor, "a", &log));
    assert_true(log.audit.receipts >= 3);
    whole_log_close(&log);
}

/* S16.6, S16.10 */
static void the_log_of_the_district_is_complete(void **state)
{
    struct pair *pair = *state;
    auditor.complete = true;
    auditor_export(&auditor, &pair->world->district, false);
    assert_holds("district");
}

/* ---- proofs ---- */

static struct wsync_dot record_of(struct replica *replica, struct replica *author, uint64_t seq)
{
    struct wsync_log log = ward_pair_own_log(author, author->scope);
    return replica_dot_at(author, (struct wsync_dot){log.no, seq, 0}, replica);
}

static void prove(struct replica *replica, struct wsync_proof_request *request, uint64_t proven)
{
    struct wsync_proof_result result;
    struct proof proof;
    assert_int_equal(auditor_prove(&auditor, replica, request, &result), WSYNC_OK);
    assert_int_equal(result.proven, proven);
    bool good = auditor_look_at_proof(&auditor, &proof);
    if (!good) {
        fail_msg("line %llu: %s\n%.*s", (unsigned long long)auditor.fault.at,
                 auditor.fault.text, (int)auditor.len, (const char *)auditor.bytes);
    }
    assert_int_equal(proof.shown_count, proven);
    assert_true(proof.receipts > 0);
    proof_close(&proof);
}

/* S16.12, S16.13, S16.15 */
static void a_record_is_proven_by_its_ward_and_by_the_district(void **state)
{
    struct pair *pair = *state;
    struct replica *a = &pair->world->a;
    struct wsync_log own = ward_pair_own_log(a, a->scope);
    struct wsync_dot first = {own.no, 2, 0};
    assert_int_equal(replica_set_count(a, first, 99), WSYNC_OK);
    pair_write(a, 5);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    struct wsync_proof_request at_ward = {.has_record = true, .record = first};
    prove(a, &at_ward, 2);
    struct wsync_proof_request at_district = {
        .has_record = true, .record = record_of(&pair->world->district, a, 2)};
    prove(&pair->world->district, &at_district, 2);
}

/* What was not handed in yet is counted as such. */
static void what_no_receipt_names_is_not_proven(void **state)
{
    struct pair *pair = *state;
    struct replica *a = &pair->world->a;
    struct wsync_log own = ward_pair_own_log(a, a->scope);
    struct wsync_proof_result result;
    pair_write(a, 1);
    struct wsync_proof_request request = {.has_record = true,
                                          .record = {own.no, own.seq + 1, 0}};
    assert_int_equal(auditor_prove(&auditor, a, &request, &result), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(result.unproven, 1);
    assert_int_equal(auditor.len, 0);
}

/* S16.16: the form is of the district's own log, which no leaf names. */
static void what_the_district_wrote_is_proven_by_heads(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_log own = ward_pair_own_log(district, REPLICA_TOP);
    struct wsync_proof_request request = {.has_record = true, .record = {own.no, 1, 0}};
    prove(district, &request, 1);
}

static void a_receipt_is_shown_by_itself(void **state)
{
    struct pair *pair = *state;
    struct wsync_proof_request request = {.receipt = 2};
    struct wsync_proof_result result;
    prove(&pair->world->a, &request, 0);
    request.receipt = 77;
    assert_int_equal(auditor_prove(&auditor, &pair->world->a, &request, &result),
                     WSYNC_ERR_NOT_FOUND);
}

static void one_checkpoint_goes_on_from_another(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_proof_request request = {.old_size = tlog_size(district)};
    pair_write(&pair->world->a, 1);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    request.size = tlog_size(district);
    assert_true(request.size > request.old_size);
    prove(district, &request, 0);
}

static void flip_every_byte(const char *what)
{
    for (size_t byte = 0; byte < auditor.len; byte++) {
        struct proof proof;
        auditor.bytes[byte] ^= (uint8_t)(1U << (byte % 7));
        bool good = auditor_look_at_proof(&auditor, &proof);
        bool named = auditor.fault.text[0] != '\0' && auditor.fault.code != WSYNC_OK;
        proof_close(&proof);
        auditor.bytes[byte] ^= (uint8_t)(1U << (byte % 7));
        if (good || !named) {
            fail_msg("%s: byte %zu", what, byte);
        }
    }
}

static void case_2_one_bit_flipped_in_a_proof_or_checkpoint_is_named(void **state)
{
    struct pair *pair = *state;
    struct wsync_log own = ward_pair_own_log(&pair->world->a, pair->world->a.scope);
    struct wsync_proof_request request = {.has_record = true, .record = {own.no, 2, 0}};
    prove(&pair->world->a, &request, 1);
    flip_every_byte("ward");
}

static void assert_not_proven(const char *what, enum wsync_err code)
{
    struct proof proof;
    bool good = auditor_look_at_proof(&auditor, &proof);
    proof_close(&proof);
    if (good || (code != WSYNC_OK && auditor.fault.code != code)) {
        fail_msg("%s: %s: %s", what, good ? "holds" : wsync_err_name(auditor.fault.code),
                 good ? "" : auditor.fault.text);
    }
}

/* Proves a record that was changed once. */
static struct wsync_proof_request changed_record(struct pair *pair)
{
    struct replica *a = &pair->world->a;
    struct wsync_log own = ward_pair_own_log(a, a->scope);
    struct wsync_dot first = {own.no, 2, 0};
    assert_int_equal(replica_set_count(a, first, 99), WSYNC_OK);
    assert_int_equal(pair_sync(pair, PAIR_A), WSYNC_OK);
    return (struct wsync_proof_request){.has_record = true, .record = first};
}

/* Every line says something: without it, or with it twice, nothing is proven (S16.12). */
static void a_line_less_or_more_proves_nothing(void **state)
{
    static uint8_t kept[AUDITOR_FILE_MAX];
    struct pair *pair = *state;
    struct wsync_proof_request request = changed_record(pair);
    struct wsync_proof_result result;
    assert_int_equal(auditor_prove(&auditor, &pair->world->a, &request, &result), WSYNC_OK);
    size_t whole = auditor.len;
    size_t count = auditor_lines(&auditor);
    memcpy(kept, auditor.bytes, whole);
    for (size_t i = 0; i + 1 < count; i++) {
        char twice[1 << 14];
        size_t len;
        size_t at = auditor_line(&auditor, i, &len);
        snprintf(twice, sizeof twice, "%.*s%.*s", (int)len, (const char *)kept + at, (int)len,
                 (const char *)kept + at);
        auditor_replace(&auditor, i, "");
        assert_not_proven("without a line", WSYNC_OK);
        memcpy(auditor.bytes, kept, auditor.len = whole);
        auditor_replace(&auditor, i, twice);
        assert_not_proven("with a line twice", WSYNC_OK);
        memcpy(auditor.bytes, kept, auditor.len = whole);
    }
    struct proof proof;
    assert_true(auditor_look_at_proof(&auditor, &proof));
    proof_close(&proof);
}

/* S16.12: a file says one thing in one order; the same lines in another one are no proof. */
static void lines_in_another_order_prove_nothing(void **state)
{
    static const char *const MOVED[][2] = {{"record ", "path "},
                                           {"record ", "receipt "},
                                           {"roster ", "record "},
                                           {"path ", "receipt "}};
    struct pair *pair = *state;
    struct wsync_proof_request request = changed_record(pair);
    struct wsync_proof_result result;
    for (size_t i = 0; i < sizeof MOVED / sizeof *MOVED; i++) {
        char text[1 << 14];
        size_t len;
        size_t behind;
        assert_int_equal(auditor_prove(&auditor, &pair->world->a, &request, &result), WSYNC_OK);
        size_t line = auditor_find(&auditor, MOVED[i][0]);
        size_t at = auditor_line(&auditor, line, &len);
        size_t other = auditor_find(&auditor, MOVED[i][1]);
        const char *there =
            (const char *)auditor.bytes + auditor_line(&auditor, other, &behind);
        snprintf(text, sizeof text, "%.*s%.*s", (int)behind, there, (int)len,
                 (const char *)auditor.bytes + at);
        auditor_replace(&auditor, other, text);
        auditor_replace(&auditor, line, "");
        assert_not_proven(MOVED[i][0], WSYNC_OK);
    }
}

/* S16.14, S16.17, S16.18, S16.19, S16.20: a proof of one thing says nothing of another. */
static void what_a_forger_writes_is_refused(void **state)
{
    struct pair *pair = *state;
    struct wsync_proof_request request = changed_record(pair);
    struct wsync_proof_result result;
    static const struct {
        const char *line, *text;
        enum wsync_err code;
    } FORGED[] = {
        {"# ", "# Record 12345678-1 (log ...), unit 7: the district took 9 changes of it.\n",
         WSYNC_ERR_PROOF},
        {"record ", "record 00000000000000000000000000000000 2 0\n", WSYNC_ERR_RECORD},
        {"record ", "record 00000000000000000000000000000000 02 0\n", WSYNC_ERR_MESSAGE},
        {"record ", "record of mine\n", WSYNC_ERR_MESSAGE},
        {"path ", "path AAAA\n", WSYNC_ERR_MESSAGE},
        {"path ", "path !\n", WSYNC_ERR_MESSAGE},
        {"receipt ", "receipt AAAA\n", WSYNC_OK},
        {"checkpoint", "checkpoints\n", WSYNC_ERR_MESSAGE},
        {"checkpoint", "older\n", WSYNC_ERR_PROOF},
    };
    for (size_t i = 0; i < sizeof FORGED / sizeof *FORGED; i++) {
        assert_int_equal(auditor_prove(&auditor, &pair->world->a, &request, &result), WSYNC_OK);
        auditor_replace(&auditor, auditor_find(&auditor, FORGED[i].line), FORGED[i].text);
        assert_not_proven(FORGED[i].text, FORGED[i].code);
    }
    assert_int_equal(auditor_prove(&auditor, &pair->world->a, &request, &result), WSYNC_OK);
    auditor.bytes[auditor.len - 3] ^= 2; /* the last line by itself */
    assert_not_proven("end", WSYNC_OK);
}

/* Case 2: one bit of what a line holds, spelled anew under an end made anew.  The last byte of
 * a receipt is left alone: it is `old`, and where another size has the same hashes the tree
 * goes on from that size as well, so nothing false is said. */
static void flip_what_lines_hold(void)
{
    static uint8_t held[1 << 14];
    static char text[1 << 15];
    static uint8_t kept[AUDITOR_FILE_MAX];
    size_t whole = auditor.len;
    memcpy(kept, auditor.bytes, whole);
    for (size_t i = 1; i + 1 < auditor_lines(&auditor); i++) {
        size_t len;
        size_t at = auditor_line(&auditor, i, &len);
        const char *line = (const char *)auditor.bytes + at;
        const char *blank = memchr(line, ' ', len);
        size_t word = blank ? (size_t)(blank - line) + 1 : len;
        size_t count;
        if (!base64_decode(wsync_slice(line + word, blank ? len - 1 - word : 0), held,
                           sizeof held, &count) ||
            count == 0) {
            continue;
        }
        bool receipt = memcmp(line, "receipt", word - 1) == 0;
        for (size_t byte = 0; byte + receipt < count; byte++) {
            held[byte] ^= (uint8_t)(1U << (byte % 8));
            memcpy(text, kept + at, word);
            wsync_base64_encode(wsync_slice(held, count), text + word);
            memcpy(text + len - 1, "\n", 2);
            auditor_replace(&auditor, i, text);
            snprintf(text, sizeof text, "line %zu, byte %zu of %zu", i, byte, count);
            assert_not_proven(text, WSYNC_OK);
            held[byte] ^= (uint8_t)(1U << (byte % 8));
            memcpy(auditor.bytes, kept, auditor.len = whole);
        }
    }
}

static void case_2_a_forger_s_end_hides_no_bit_of_a_proof(void **state)
{
    struct pair *pair = *state;
    struct wsync_proof_result result;
    struct wsync_proof_request request = changed_record(pair);
    assert_int_equal(auditor_prove(&auditor, &pair->world->a, &request, &result), WSYNC_OK);
    flip_what_lines_hold();
    struct replica *district = &pair->world->district;
    struct wsync_log own = ward_pair_own_log(district, REPLICA_TOP);
    request = (struct wsync_proof_request){.has_record = true, .record = {own.no, 1, 0}};
    assert_int_equal(auditor_prove(&auditor, district, &request, &result), WSYNC_OK);
    flip_what_lines_hold();
}

/* A device that took new keys: what the old one wrote was sealed for good, elsewhere than where
 * receipts name it (S16.16), and is proven as before. */
static void keys_that_were_rotated_prove_what_they_wrote(void **state)
{
    struct pair *pair = *state;
    struct replica *a = &pair->world->a;
    struct wsync_log old = ward_pair_own_log(a, a->scope);
    struct wsync_proof_request request = {.has_record = true, .record = {old.no, 2, 0}};
    replica_rotate(a, 1);
    for (int i = 0; i < 3; i++) {
        replica_follow_roster(a);
        pair_write(a, 1);
        (void)replica_sync(a, &pair->world->district, &pair->world->installation,
                           &(struct wsync_session_counts){0});
    }
    auditor_export(&auditor, a, false);
    assert_holds("a");
    auditor_export(&auditor, &pair->world->district, false);
    assert_holds("district");
    prove(a, &request, 1);
    struct replica *district = &pair->world->district;
    request.record = replica_dot_at(a, (struct wsync_dot){old.no, 2, 0}, district);
    prove(district, &request, 1);
}

/* ---- what a district would hide ---- */

/* Leaves out the change-sets of a log; answers how many there were. */
static size_t hide(const struct wsync_log_id *log)
{
    size_t hidden = 0;
    for (size_t i = 0; i < auditor_messages(&auditor); i++) {
        struct wsync_message message;
        auditor_decode(&auditor, i, &message);
        if (message.type == WSYNC_MESSAGE_CHANGES &&
            wsync_log_id_equal(&message.changes.log, log)) {
            auditor_leave_out(&auditor, i--);
            hidden++;
        }
    }
    return hidden;
}

static void assert_fault(enum wsync_err code)
{
    if (auditor.fault.code != code) {
        fail_msg("%s: %s", wsync_err_name(auditor.fault.code), auditor.fault.text);
    }
}

/* Case 14, S16.10: a log that is withheld from the auditor is missed by the heads leaf. */
static void case_14_a_withheld_log_is_missed(void **state)
{
    struct pair *pair = *state;
    struct wsync_log log = ward_pair_own_log(&pair->world->b, pair->world->b.scope);
    auditor.complete = true;
    auditor_export(&auditor, &pair->world->district, false);
    assert_true(hide(&log.id) > 0);
    assert_false(auditor_holds(&auditor, "district"));
    assert_fault(WSYNC_ERR_PROOF);
}

/* Case 14, S16.8: what a leaf names and is not here was dropped. */
static void case_14_a_dropped_run_is_named_by_its_leaf(void **state)
{
    struct pair *pair = *state;
    struct wsync_log log = ward_pair_own_log(&pair->world->a, pair->world->a.scope);
    auditor_export(&auditor, &pair->world->a, false);
    assert_true(hide(&log.id) > 0);
    assert_false(auditor_holds(&auditor, "a"));
    assert_fault(WSYNC_ERR_PROOF);
    assert_non_null(strstr(auditor.fault.text, "is not here"));
}

/* Case 14, S16.9: two wards are shown two trees, each sound by itself. */
static void case_14_two_trees_are_found_by_comparing(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_store *other = wsync_store_mem_clone(district->store);
    pair_write(&pair->world->a, 1);
    pair_write(&pair->world->b, 2);
    ward_pair_sync(pair->world, &pair->world->a, WSYNC_OK);
    ward_pair_put_back(district, other);
    ward_pair_sync(pair->world, &pair->world->b, WSYNC_OK);
    auditor_export(&auditor, &pair->world->a, false);
    assert_holds("a");
    auditor_export(&auditor, &pair->world->b, false);
    assert_false(auditor_holds(&auditor, "b"));
    assert_fault(WSYNC_ERR_SPLIT);
    assert_non_null(strstr(auditor.fault.text, "Two trees"));
    views_fini(&auditor.views);
    assert_holds("b"); /* alone nobody sees it */
}

/* Every upload is a witness statement: the seal that a ward sent elsewhere is enough. */
static void case_14_a_seal_is_witness_enough(void **state)
{
    struct pair *pair = *state;
    struct replica *district = &pair->world->district;
    struct wsync_store *other = wsync_store_mem_clone(district->store);
    pair_write(&pair->world->a, 1);
    ward_pair_sync(pair->world, &pair->world->a, WSYNC_OK);
    pair_write(&pair->world->a, 1); /* under a seal that names what it was shown */
    ward_pair_sync(pair->world, &pair->world->a, WSYNC_OK);
    auditor_export(&auditor, district, false);
    while (auditor_messages(&auditor) > 0) { /* no receipt is left: seals alone */
        size_t len;
        size_t last = auditor_messages(&auditor) - 1;
        size_t at = auditor_message(&auditor, last, &len);
        if (auditor.bytes[at + 5] != WSYNC_MESSAGE_RECEIPT) {
            break;
        }
        auditor_leave_out(&auditor, last);
    }
    assert_holds("seals");
    ward_pair_put_back(district, other);
    pair_write(&pair->world->b, 1);
    ward_pair_sync(pair->world, &pair->world->b, WSYNC_OK);
    auditor_export(&auditor, &pair->world->b, false);
    assert_false(auditor_holds(&auditor, "b"));
    assert_fault(WSYNC_ERR_SPLIT);
    assert_non_null(strstr(auditor.fault.text, "in the seal of"));
}

int main(void)
{
#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PAIR_TEST(the_receipts_of_a_ward_hold),
        PAIR_TEST(the_log_of_the_district_is_complete),
        PAIR_TEST(a_record_is_proven_by_its_ward_and_by_the_district),
        PAIR_TEST(what_no_receipt_names_is_not_proven),
        PAIR_TEST(what_the_district_wrote_is_proven_by_heads),
        PAIR_TEST(a_receipt_is_shown_by_itself),
        PAIR_TEST(one_checkpoint_goes_on_from_another),
        PAIR_TEST(a_line_less_or_more_proves_nothing),
        PAIR_TEST(lines_in_another_order_prove_nothing),
        PAIR_TEST(what_a_forger_writes_is_refused),
        PAIR_TEST(keys_that_were_rotated_prove_what_they_wrote),
        PAIR_TEST(case_2_a_forger_s_end_hides_no_bit_of_a_proof),
        PAIR_TEST(case_14_a_withheld_log_is_missed),
        PAIR_TEST(case_14_a_dropped_run_is_named_by_its_leaf),
        PAIR_TEST(case_14_two_trees_are_found_by_comparing),
        PAIR_TEST(case_14_a_seal_is_witness_enough),
        PAIR_TEST(case_2_one_bit_flipped_in_a_proof_or_checkpoint_is_named),
    };
    return cmocka_run_group_tests_name("receipts and proofs", tests, NULL, NULL);
}
