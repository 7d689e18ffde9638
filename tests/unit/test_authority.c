/* SPDX-License-Identifier: Apache-2.0 */
/* Who signs a roster (SPEC 7.8): thresholds of distinct keys, changes of the roots, expiry,
 * bounds, and what a bent or an endless line of statements comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"
#include "tests/trust.h"
#include "wardsync/enrol.h"

static int set_up(void **state)
{
    struct trust *trust = malloc(sizeof *trust);
    trust_open(trust, 3, 2);
    *state = trust;
    return 0;
}

static int tear_down(void **state)
{
    trust_close(*state);
    free(*state);
    return 0;
}

static struct wsync_statement root_of(const struct trust *trust, size_t first, size_t count,
                                      uint32_t threshold)
{
    return (struct wsync_statement){.kind = WSYNC_STATEMENT_ROOT,
                                    .stamp = trust->district.now,
                                    .root = trust_root(trust, first, count, threshold, 1)};
}

/* Drafts, signs with these roots and offers. */
static void offer_by(struct trust *trust, struct wsync_statement *statement, const int *roots,
                     size_t count, enum wsync_err expected)
{
    struct wsync_signed_statement made = trust_draft(trust, statement);
    for (size_t i = 0; i < count; i++) {
        trust_sign(&made, &trust->roots[roots[i]]);
    }
    trust_offer(trust, &made, expected);
}

/* S7.31: two of three root keys sign for the registrar as well, one of them does not. */
static void two_of_three_may_sign_whatever_the_registrar_may(void **state)
{
    struct trust *trust = *state;
    struct replica fresh;
    replica_init(&fresh, wsync_store_mem_new(), 1, 7, TRUST_UNIT);
    struct wsync_statement enrol = trust_enrolment(trust, &fresh);
    offer_by(trust, &enrol, (int[]){1}, 1, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &enrol, (int[]){0, 3}, 2, WSYNC_ERR_SIGNATURE); /* 3 is none of them */
    offer_by(trust, &enrol, (int[]){0, 2}, 2, WSYNC_OK);
    replica_fini(&fresh);
}

/* S7.31: who has the registrar's key cannot make a district's device, which nobody could
 * revoke.
 */
static void a_registrar_makes_no_node(void **state)
{
    struct trust *trust = *state;
    struct replica fresh;
    replica_init(&fresh, wsync_store_mem_new(), 1, 7, TRUST_UNIT);
    struct wsync_statement enrol = trust_enrolment(trust, &fresh);
    enrol.enrol.role = WSYNC_ROLE_NODE;
    struct wsync_signed_statement made = trust_draft(trust, &enrol);
    trust_sign(&made, &trust->registrars[0]);
    trust_offer(trust, &made, WSYNC_ERR_SIGNATURE);
    trust_sign(&made, &trust->roots[0]);
    trust_sign(&made, &trust->roots[1]);
    trust_offer(trust, &made, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &enrol, (int[]){0}, 1, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &enrol, (int[]){0, 1}, 2, WSYNC_OK);
    replica_fini(&fresh);
}

/* S7.30: case 8: a threshold met by one signature twice, or by one key under two ids. */
static void case_8_distinct_public_keys_are_counted(void **state)
{
    struct trust *trust = *state;
    struct wsync_statement district = {.kind = WSYNC_STATEMENT_DISTRICT,
                                       .district = trust->installation.district};
    struct wsync_signed_statement made = trust_draft(trust, &district);
    trust_sign(&made, &trust->roots[1]);
    made.signatures[1] = made.signatures[0];
    made.signature_count = 2;
    trust_offer(trust, &made, WSYNC_ERR_ROSTER);
    made.signatures[1].key.b[31] |=
        0x80; /* the same key in another spelling: none that counts */
    trust_offer(trust, &made, WSYNC_ERR_SIGNATURE);
    made.signatures[1] = made.signatures[0];
    made.signatures[1].key = trust->roots[2].key; /* one signature under two keys */
    trust_offer(trust, &made, WSYNC_ERR_SIGNATURE);
    made.signature_count = 1;
    trust_offer(trust, &made, WSYNC_ERR_SIGNATURE);
    trust_sign(&made, &trust->roots[2]);
    struct wsync_key_signature first = made.signatures[0];
    made.signatures[0] = made.signatures[1]; /* not ascending */
    made.signatures[1] = first;
    trust_offer(trust, &made, WSYNC_ERR_ROSTER);
    made.signatures[1] = made.signatures[0];
    made.signatures[0] = first;
    trust_offer(trust, &made, WSYNC_OK);
}

/* S7.30: whoever signs beside those that count spoils it; so does a signature that is none. */
static void every_signature_must_count_and_verify(void **state)
{
    struct trust *trust = *state;
    struct wsync_statement district = {.kind = WSYNC_STATEMENT_DISTRICT,
                                       .district = trust->installation.district};
    struct wsync_signed_statement made = trust_draft(trust, &district);
    trust_offer(trust, &made, WSYNC_ERR_ROSTER); /* nobody signs */
    trust_sign(&made, &trust->roots[0]);
    trust_sign(&made, &trust->roots[1]);
    struct wsync_signed_statement bent = made;
    trust_sign(&bent, &trust->roots[4]);
    trust_offer(trust, &bent, WSYNC_ERR_SIGNATURE);
    bent = made;
    trust_sign(&bent, &trust->registrars[0]);
    trust_offer(trust, &bent, WSYNC_ERR_SIGNATURE);
    bent = made;
    trust_sign(&bent, &trust->roots[2]);
    bent.signatures[2].signature.b[3] ^= 1;
    trust_offer(trust, &bent, WSYNC_ERR_SIGNATURE);
    bent.signature_count = WSYNC_STATEMENT_SIGNATURES_MAX + 1;
    trust_offer(trust, &bent, WSYNC_ERR_ROSTER);
    trust_offer(trust, &made, WSYNC_OK);
}

/* S7.31, S7.32: two of three: a change of roots is signed by both thresholds; then the old ones
 * and the old registrar sign nothing any more, and the id of the installation stays. */
static void a_change_of_roots_is_signed_by_both_thresholds(void **state)
{
    struct trust *trust = *state;
    struct replica fresh;
    struct wsync_statement root = root_of(trust, 3, 3, 2);
    replica_init(&fresh, wsync_store_mem_new(), 1, 7, TRUST_UNIT);
    offer_by(trust, &root, (int[]){0, 1}, 2, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &root, (int[]){3, 4}, 2, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &root, (int[]){0, 3, 4, 5}, 4, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &root, (int[]){0, 1, 2, 5}, 4, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &root, (int[]){0, 2, 3, 5}, 4, WSYNC_OK);
    struct wsync_roster roster = trust_roster(trust);
    assert_memory_equal(roster.instance.b, trust->installation.instance.b,
                        sizeof roster.instance.b);
    assert_int_equal(roster.authority.version_count, 2);
    struct wsync_statement enrol = trust_enrolment(trust, &fresh);
    offer_by(trust, &enrol, (int[]){0, 1}, 2, WSYNC_ERR_SIGNATURE);
    struct wsync_signed_statement made = trust_draft(trust, &enrol);
    trust_sign(&made, &trust->registrars[0]);
    trust_offer(trust, &made, WSYNC_ERR_SIGNATURE);
    made.signature_count = 0;
    trust_sign(&made, &trust->registrars[1]);
    trust_offer(trust, &made, WSYNC_OK);
    replica_fini(&fresh);
}

/* S7.31: a key that stays counts on both sides. */
static void a_root_that_stays_counts_for_both(void **state)
{
    struct trust *trust = *state;
    struct wsync_statement root = root_of(trust, 1, 3, 2);
    offer_by(trust, &root, (int[]){0, 1}, 2, WSYNC_ERR_SIGNATURE);
    offer_by(trust, &root, (int[]){1, 2}, 2, WSYNC_OK);
}

/* S7.32: the first root answers for itself. */
static void a_first_statement_needs_its_own_threshold(void **state)
{
    struct trust *trust = *state;
    struct trust other;
    trust_open(&other, 3, 3);
    wsync_store_close(other.district.store);
    other.district.store = wsync_store_mem_new();
    struct wsync_statement first = installation_statement(&other.installation, &other.district);
    struct wsync_signed_statement made = trust_draft(&other, &first);
    trust_sign(&made, &trust->roots[0]);
    trust_sign(&made, &trust->roots[1]);
    trust_offer(&other, &made, WSYNC_ERR_SIGNATURE);
    trust_sign(&made, &trust->roots[2]);
    trust_offer(&other, &made, WSYNC_OK);
    trust_close(&other);
}

/* S7.34: case 9: behind the expiry nobody is enrolled, and everything else goes on; a new root
 * opens it again. */
static void case_9_expiry_stops_trust_in_new_identities(void **state)
{
    struct trust *trust = *state;
    struct replica fresh;
    replica_init(&fresh, wsync_store_mem_new(), 1, 7, TRUST_UNIT);
    struct wsync_statement root = root_of(trust, 0, 3, 2);
    root.root.expires = trust->district.now + 10;
    root.root.registrar = trust->registrars[0].key;
    offer_by(trust, &root, (int[]){0, 1}, 2, WSYNC_OK);
    struct wsync_statement enrol = trust_enrolment(trust, &fresh);
    enrol.stamp = root.root.expires + 1;
    offer_by(trust, &enrol, (int[]){0, 1}, 2, WSYNC_ERR_ROSTER);
    struct wsync_statement ask = {.kind = WSYNC_STATEMENT_ASK,
                                  .stamp = root.root.expires + 1,
                                  .device = trust->ward.identity.device};
    trust_issue(trust, &ask);
    enrol.stamp = root.root.expires;
    trust_issue(trust, &enrol);
    replica_fini(&fresh);
}

/* S7.34: a registrar of before cannot enrol under a later root by an old stamp. */
static void an_enrolment_is_not_stamped_before_its_root(void **state)
{
    struct trust *trust = *state;
    struct replica fresh;
    replica_init(&fresh, wsync_store_mem_new(), 1, 7, TRUST_UNIT);
    struct wsync_statement enrol = trust_enrolment(trust, &fresh);
    struct wsync_signed_statement made = trust_draft(trust, &enrol); /* lifts the stamp */
    assert_int_equal(enrol.stamp, trust->district.now);
    enrol.stamp--;
    assert_int_equal(wsync_statement_encode(&enrol, &trust->district.arena, &made.statement),
                     WSYNC_OK);
    trust_sign(&made, &trust->registrars[0]);
    trust_offer(trust, &made, WSYNC_ERR_ROSTER);
    enrol.stamp = 5;
    trust_issue(trust, &enrol); /* an honest clock that lags is lifted to the root's */
    replica_fini(&fresh);
}

/* S7.33: roots are bounded in number and weight, so that a Grant fits into a frame. */
static void roots_are_bounded(void **state)
{
    struct trust *trust = *state;
    for (int i = 1; i < WSYNC_AUTHORITY_STATEMENTS_MAX; i++) {
        struct wsync_statement root = root_of(trust, 0, 3, 2);
        offer_by(trust, &root, (int[]){0, 1}, 2, WSYNC_OK);
    }
    struct wsync_statement root = root_of(trust, 0, 3, 2);
    offer_by(trust, &root, (int[]){0, 1}, 2, WSYNC_ERR_ROSTER);
    struct wsync_roster roster = trust_roster(trust);
    assert_true(roster.authority.bytes <= WSYNC_AUTHORITY_BYTES_MAX);
    struct trust heavy;
    trust_open(&heavy, 6, 6);
    size_t taken = 1;
    for (enum wsync_err err = WSYNC_OK; err == WSYNC_OK; taken += err == WSYNC_OK) {
        static const int ALL[] = {0, 1, 2, 3, 4, 5};
        roster = trust_roster(&heavy);
        struct wsync_statement next = root_of(&heavy, 0, 6, 6);
        struct wsync_signed_statement made = trust_draft(&heavy, &next);
        size_t weight = made.statement.len + 6 * WSYNC_SIGNATURE_WEIGHT_BYTES +
                        WSYNC_STATEMENT_WEIGHT_BYTES;
        err = roster.authority.bytes + weight > WSYNC_AUTHORITY_BYTES_MAX ? WSYNC_ERR_ROSTER
                                                                          : WSYNC_OK;
        offer_by(&heavy, &next, ALL, 6, err);
    }
    assert_true(taken < WSYNC_AUTHORITY_STATEMENTS_MAX);
    trust_close(&heavy);
}

/* S7.2, S7.8: case 7: rolled back, skipped, forked, and versions that none can be. */
static void case_7_a_bent_line_is_refused(void **state)
{
    static const uint64_t VERSIONS[] = {0,
                                        1,
                                        2,
                                        4,
                                        WSYNC_ROSTER_VERSIONS_MAX,
                                        WSYNC_ROSTER_VERSIONS_MAX + 1,
                                        (uint64_t)1 << 32,
                                        ((uint64_t)1 << 63) - 1,
                                        (uint64_t)1 << 63,
                                        UINT64_MAX};
    struct trust *trust = *state;
    struct wsync_statement ask = {.kind = WSYNC_STATEMENT_ASK,
                                  .device = trust->ward.identity.device};
    struct wsync_signed_statement made = trust_draft(trust, &ask);
    for (size_t i = 0; i < sizeof VERSIONS / sizeof *VERSIONS; i++) {
        struct wsync_statement bent = ask;
        bent.version = VERSIONS[i];
        made.signature_count = 0;
        assert_int_equal(wsync_statement_encode(&bent, &trust->district.arena, &made.statement),
                         WSYNC_OK);
        trust_sign(&made, &trust->registrars[0]);
        trust_offer(trust, &made, WSYNC_ERR_ROSTER);
    }
    struct wsync_statement fork = ask;
    fork.previous.b[0] ^= 1;
    made.signature_count = 0;
    assert_int_equal(wsync_statement_encode(&fork, &trust->district.arena, &made.statement),
                     WSYNC_OK);
    trust_sign(&made, &trust->registrars[0]);
    trust_offer(trust, &made, WSYNC_ERR_ROSTER);
    trust_issue(trust, &ask);
}

/* S7.30, S7.8: case 2: one bit flipped anywhere in a statement or its signatures has its code
 * and changes nothing. */
static void case_2_one_bit_flipped_anywhere_is_refused(void **state)
{
    struct trust *trust = *state;
    struct wsync_statement root = root_of(trust, 1, 3, 2);
    struct wsync_signed_statement made = trust_draft(trust, &root);
    trust_sign(&made, &trust->roots[1]);
    trust_sign(&made, &trust->roots[2]);
    static uint8_t bytes[WSYNC_SIGNED_BYTES_MAX];
    struct wsync_slice whole = wsync_signed_write(&made, bytes);
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        struct wsync_signed_statement bent;
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (wsync_signed_read(whole, &bent)) {
            size_t mark = wsync_arena_mark(&trust->district.arena);
            struct wsync_txn *txn;
            assert_int_equal(wsync_store_begin(trust->district.store, WSYNC_TXN_WRITE, &txn),
                             WSYNC_OK);
            enum wsync_err err = wsync_roster_take(txn, &trust->district.arena, &bent, NULL);
            wsync_txn_abort(txn);
            wsync_arena_release(&trust->district.arena, mark);
            assert_true(err == WSYNC_ERR_SIGNATURE || err == WSYNC_ERR_ROSTER ||
                        err == WSYNC_ERR_MESSAGE || err == WSYNC_ERR_INSTANCE);
        }
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    trust_offer(trust, &made, WSYNC_OK);
}

/* S7.35, S7.24: the applicant follows the roots from the installation it was invited to. */
static void a_grant_is_followed_through_the_roots(void **state)
{
    struct trust *trust = *state;
    struct wsync_txn *txn;
    struct replica fresh;
    const struct wsync_transport_key key = {{9}};
    const struct wsync_invite invite = {
        .id = {{1}}, .instance = trust->installation.instance, .scope = TRUST_UNIT};
    const struct wsync_invite_row row = {
        .id = invite.id, .scope = TRUST_UNIT, .name = "new", .expires = INT64_MAX};
    struct wsync_statement root = root_of(trust, 3, 3, 2);
    offer_by(trust, &root, (int[]){0, 1, 4, 5}, 4, WSYNC_OK);
    struct wsync_desk desk = {.has_registrar = true, .registrar = trust->registrars[1].secret};
    replica_init(&fresh, wsync_store_mem_new(), 1, 7, TRUST_UNIT);
    const struct wsync_application application = {
        key, wsync_enrol_sign(&invite, &fresh.identity, &fresh.transport), trust->district.now};
    struct wsync_grant grant;
    struct wsync_arena *arena = &trust->district.arena;
    assert_int_equal(wsync_store_begin(trust->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_invite_put(txn, &key, &row), WSYNC_OK);
    struct wsync_desk bare = {.has_registrar = false};
    assert_int_equal(wsync_enrol_honour(txn, arena, &bare, &application, &grant),
                     WSYNC_ERR_BUSY);
    assert_int_equal(wsync_enrol_honour(txn, arena, &desk, &application, &grant), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    const struct wsync_instance_id *instance = &trust->installation.instance;
    assert_int_equal(grant.authority_count, 2);
    assert_int_equal(wsync_grant_check(&grant, instance, &application.enrol, arena), WSYNC_OK);
    struct wsync_grant bent = grant;
    bent.authority_count = 1; /* without the root that named the registrar */
    assert_int_equal(wsync_grant_check(&bent, instance, &application.enrol, arena),
                     WSYNC_ERR_SIGNATURE);
    struct wsync_signed_statement twice[] = {grant.authority[0], grant.authority[0]};
    bent.authority = twice;
    bent.authority_count = 2;
    assert_int_equal(wsync_grant_check(&bent, instance, &application.enrol, arena),
                     WSYNC_ERR_ROSTER);
    bent.authority = &grant.authority[1];
    bent.authority_count = 1;
    assert_int_equal(wsync_grant_check(&bent, instance, &application.enrol, arena),
                     WSYNC_ERR_ROSTER);
    root = root_of(trust, 0, 3, 2); /* the same answer later, of the roots that were */
    root.root.registrar = trust->registrars[0].key;
    offer_by(trust, &root, (int[]){0, 1, 4, 5}, 4, WSYNC_OK);
    assert_int_equal(wsync_store_begin(trust->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_enrol_honour(txn, arena, &bare, &application, &grant), WSYNC_OK);
    struct wsync_signed_statement all[] = {grant.authority[0], grant.authority[1],
                                           grant.authority[1]};
    assert_int_equal(wsync_roster_statement(txn, root.version, &all[2]), WSYNC_OK);
    all[2].statement = wsync_arena_copy(arena, all[2].statement);
    wsync_txn_abort(txn);
    assert_int_equal(grant.authority_count, 2);
    assert_int_equal(wsync_grant_check(&grant, instance, &application.enrol, arena), WSYNC_OK);
    bent = grant;
    bent.authority = all; /* with one that came behind the enrolment */
    bent.authority_count = 3;
    assert_int_equal(wsync_grant_check(&bent, instance, &application.enrol, arena),
                     WSYNC_ERR_ROSTER);
    replica_fini(&fresh);
}

int main(void)
{
#define TRUST_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TRUST_TEST(two_of_three_may_sign_whatever_the_registrar_may),
        TRUST_TEST(a_registrar_makes_no_node),
        TRUST_TEST(case_8_distinct_public_keys_are_counted),
        TRUST_TEST(every_signature_must_count_and_verify),
        TRUST_TEST(a_change_of_roots_is_signed_by_both_thresholds),
        TRUST_TEST(a_root_that_stays_counts_for_both),
        TRUST_TEST(a_first_statement_needs_its_own_threshold),
        TRUST_TEST(case_9_expiry_stops_trust_in_new_identities),
        TRUST_TEST(an_enrolment_is_not_stamped_before_its_root),
        TRUST_TEST(roots_are_bounded),
        TRUST_TEST(case_7_a_bent_line_is_refused),
        TRUST_TEST(case_2_one_bit_flipped_anywhere_is_refused),
        TRUST_TEST(a_grant_is_followed_through_the_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
