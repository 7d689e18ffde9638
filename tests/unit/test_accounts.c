/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: who may log in, that an admin stays, and how long whoever was wrong waits. */
#include "host/accounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"
#include "wardsync/crypto.h"

enum { NOW = 1650000000 };

static const struct wsync_pin_hash SOME_HASH = {"some"};

static int set_up(void **state)
{
    struct wsync_store *store = wsync_store_mem_new();
    struct wsync_txn *txn;
    assert_true(wsync_crypto_init());
    assert_int_equal(wsync_store_begin(store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    /* What stands beside the accounts in the same table. */
    assert_int_equal(
        wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("account"), wsync_slice_of("x")),
        WSYNC_OK);
    assert_int_equal(
        wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("admin"), wsync_slice_of("x")),
        WSYNC_OK);
    *state = txn;
    return 0;
}

static int tear_down(void **state)
{
    struct wsync_txn *txn = *state;
    struct wsync_store *store = txn->store;
    wsync_txn_abort(txn);
    wsync_store_close(store);
    return 0;
}

static struct wsync_account get(struct wsync_txn *txn, uint32_t number)
{
    struct wsync_account account;
    enum wsync_err err = wsync_account_get(txn, number, &account);
    assert_true(err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND);
    return account;
}

/* Gives a person this role, with a PIN or without. */
static enum wsync_err give(struct wsync_txn *txn, uint32_t number, enum wsync_page_role role,
                           bool pin)
{
    struct wsync_account account = get(txn, number);
    struct wsync_error error = {{0}};
    account.role = role;
    account.hash = pin ? SOME_HASH : (struct wsync_pin_hash){{0}};
    enum wsync_err err = wsync_account_change(txn, &account, NOW, &error);
    assert_true((err == WSYNC_OK) == (error.text[0] == '\0'));
    return err;
}

static void rows_read_back(void **state)
{
    struct wsync_txn *txn = *state;
    struct wsync_account account = {.number = 70000,
                                    .role = WSYNC_ROLE_ADMIN,
                                    .left = true,
                                    .hash = SOME_HASH,
                                    .name = "Nguyễn Thị Mẫu"};
    struct wsync_account found;
    struct wsync_error error;
    assert_int_equal(wsync_account_after(txn, 0, &found), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_account_get(txn, 70000, &found), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_account_change(txn, &account, NOW, &error), WSYNC_OK);
    assert_int_equal(give(txn, 3, WSYNC_ROLE_SEE, true), WSYNC_OK);
    assert_int_equal(wsync_account_after(txn, 0, &found), WSYNC_OK);
    assert_int_equal(found.number, 3);
    assert_int_equal(wsync_account_after(txn, 3, &found), WSYNC_OK);
    assert_int_equal(found.number, 70000);
    assert_int_equal(found.role, WSYNC_ROLE_ADMIN);
    assert_true(found.left);
    assert_string_equal(found.hash.text, "some");
    assert_string_equal(found.name, "Nguyễn Thị Mẫu");
    assert_true(found.created == NOW && found.changed == NOW);
    assert_int_equal(wsync_account_after(txn, 70000, &found), WSYNC_ERR_NOT_FOUND);
}

/* Every cut of a row, and each of its numbers too large, is refused and never believed. */
static void bent_rows_are_refused(void **state)
{
    struct wsync_txn *txn = *state;
    struct wsync_account found;
    uint8_t bytes[512], bent[512];
    static const uint8_t KEY[] = {'a', 'c', 'c', 'o', 'u', 'n', 't', '/',
                                  0,   0,   0,   0,   0,   0,   0,   1};
    const struct wsync_slice key = wsync_slice(KEY, sizeof KEY);
    struct wsync_slice row;
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(wsync_txn_get(txn, WSYNC_TABLE_META, key, &row), WSYNC_OK);
    size_t len = row.len;
    assert_true(len < sizeof bytes);
    memcpy(bytes, row.data, len);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, key, wsync_slice(bytes, cut)),
                         WSYNC_OK);
        assert_int_equal(wsync_account_get(txn, 1, &found), WSYNC_ERR_CORRUPT);
        assert_int_equal(found.role, WSYNC_ROLE_NOBODY);
    }
    static const size_t NUMBERS[] = {0, 1, 2, 3, 7, 8}; /* not the times */
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        memcpy(bent, bytes, len);
        bent[8 * NUMBERS[i]] = 0xff;
        assert_int_equal(wsync_txn_put(txn, WSYNC_TABLE_META, key, wsync_slice(bent, len)),
                         WSYNC_OK);
        assert_int_equal(wsync_account_after(txn, 0, &found), WSYNC_ERR_CORRUPT);
        assert_int_equal(found.role, WSYNC_ROLE_NOBODY);
    }
}

static void an_admin_stays(void **state)
{
    struct wsync_txn *txn = *state;
    struct wsync_account_counts counts;
    assert_int_equal(give(txn, 1, WSYNC_ROLE_WRITE, false), WSYNC_OK); /* cannot log in yet */
    assert_int_equal(give(txn, 1, WSYNC_ROLE_WRITE, true), WSYNC_ERR_INVALID);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_NOBODY, false), WSYNC_ERR_INVALID); /* alone */
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(give(txn, 2, WSYNC_ROLE_WRITE, true), WSYNC_OK);
    assert_int_equal(wsync_accounts_count(txn, &counts), WSYNC_OK);
    assert_true(counts.open == 2 && counts.admins == 1);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_WRITE, true), WSYNC_ERR_INVALID);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_NOBODY, false), WSYNC_ERR_INVALID);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, false), WSYNC_ERR_INVALID);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(give(txn, 2, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_NOBODY, false), WSYNC_OK);
    assert_int_equal(wsync_accounts_count(txn, &counts), WSYNC_OK);
    assert_true(counts.open == 1 && counts.admins == 1);
}

/* A session is told from a later one by this stamp alone, whatever the clock does. */
static void each_change_has_its_stamp(void **state)
{
    struct wsync_txn *txn = *state;
    struct wsync_account account = {.number = 1, .role = WSYNC_ROLE_ADMIN, .hash = SOME_HASH};
    static const int64_t CLOCK[] = {NOW, NOW, NOW - 1000, NOW + 50};
    int64_t before = 0;
    for (size_t i = 0; i < sizeof CLOCK / sizeof *CLOCK; i++) {
        assert_int_equal(wsync_account_change(txn, &account, CLOCK[i], NULL), WSYNC_OK);
        assert_true(account.changed > before);
        before = account.changed;
    }
    assert_int_equal(account.changed, NOW + 50);
    assert_int_equal(account.created, NOW);
}

static enum wsync_err try_pin(struct wsync_txn *txn, uint32_t number, bool right, int64_t now)
{
    struct wsync_account account = get(txn, number);
    return wsync_account_try(txn, &account, right, now);
}

static void who_is_wrong_waits(void **state)
{
    struct wsync_txn *txn = *state;
    static const int64_t WAITS[] = {60, 120, 240, 480, 900, 900};
    int64_t now = NOW;
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(try_pin(txn, 1, true, now), WSYNC_OK);
    for (int i = 1; i < WSYNC_ACCOUNT_TRIES; i++) {
        assert_int_equal(try_pin(txn, 1, false, now), WSYNC_ERR_RIGHT);
    }
    assert_int_equal(try_pin(txn, 1, true, now), WSYNC_OK); /* which forgets them */
    for (int i = 1; i < WSYNC_ACCOUNT_TRIES; i++) {
        assert_int_equal(try_pin(txn, 1, false, now), WSYNC_ERR_RIGHT);
    }
    for (size_t i = 0; i < sizeof WAITS / sizeof *WAITS; i++) {
        assert_int_equal(try_pin(txn, 1, false, now), WSYNC_ERR_RIGHT);
        struct wsync_account account = get(txn, 1);
        assert_int_equal(wsync_account_wait_s(&account, now), WAITS[i]);
        for (int more = 0; more < 3; more++) { /* neither let in nor counted */
            assert_int_equal(try_pin(txn, 1, true, now + WAITS[i] - 1), WSYNC_ERR_BUSY);
        }
        assert_int_equal(get(txn, 1).failed, WSYNC_ACCOUNT_TRIES + i);
        now += WAITS[i];
    }
    assert_int_equal(try_pin(txn, 1, true, now), WSYNC_OK);
    assert_int_equal(get(txn, 1).failed, 0);
}

/* Neither a clock that goes back nor a new PIN leaves somebody outside. */
static void nobody_waits_for_ever(void **state)
{
    struct wsync_txn *txn = *state;
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    for (int i = 0; i < WSYNC_ACCOUNT_TRIES; i++) {
        assert_int_equal(try_pin(txn, 1, false, NOW), WSYNC_ERR_RIGHT);
    }
    assert_int_equal(try_pin(txn, 1, true, NOW), WSYNC_ERR_BUSY);
    struct wsync_account account = get(txn, 1);
    assert_int_equal(wsync_account_wait_s(&account, NOW - 86400), 0);
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(try_pin(txn, 1, true, NOW), WSYNC_OK);
}

static void who_left_or_never_was_is_refused(void **state)
{
    struct wsync_txn *txn = *state;
    assert_int_equal(give(txn, 1, WSYNC_ROLE_ADMIN, true), WSYNC_OK);
    assert_int_equal(give(txn, 2, WSYNC_ROLE_NOBODY, false), WSYNC_OK);
    assert_int_equal(give(txn, 3, WSYNC_ROLE_WRITE, false), WSYNC_OK);
    for (uint32_t number = 0; number <= 3; number++) {
        enum wsync_err err = try_pin(txn, number, true, NOW);
        assert_int_equal(err, number == 1 ? WSYNC_OK : WSYNC_ERR_RIGHT);
    }
    for (int i = 1; i < WSYNC_ACCOUNT_TRIES; i++) { /* counted as anybody */
        assert_int_equal(try_pin(txn, 0, true, NOW), WSYNC_ERR_RIGHT);
    }
    assert_int_equal(try_pin(txn, 0, true, NOW), WSYNC_ERR_BUSY);
    struct wsync_account_counts counts;
    assert_int_equal(wsync_accounts_count(txn, &counts), WSYNC_OK);
    assert_int_equal(counts.open, 1);
}

static struct wsync_passphrase pin_of(const char *text)
{
    struct wsync_passphrase pin = {.len = strlen(text)};
    memcpy(pin.b, text, pin.len);
    return pin;
}

static void pins_that_may_be_chosen(void **state)
{
    static const struct {
        const char *text;
        bool ward, district;
    } CASES[] = {
        {"", false, false},
        {"48213", false, false},
        {"482139", true, false},
        {"4821390571", true, true},
        {"000000", false, false},
        {"123456", false, false},
        {"9876543210", false, false},
        {"1111111111", false, false},
        {"123457", true, false},
        {"mèo con", true, false},
        {"con mèo nhỏ", true, true},
        {"aaaaaaaaaa", true, true},
        {"a\tb c d e f", false, false},
        {"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_passphrase pin = pin_of(CASES[i].text);
        for (int language = 0; language < 2; language++) {
            struct wsync_error error = {{0}};
            enum wsync_err err =
                wsync_pin_judge(&pin, WSYNC_SITE_WARD, (enum wsync_language)language, &error);
            assert_int_equal(err, CASES[i].ward ? WSYNC_OK : WSYNC_ERR_VALUE);
            assert_true(CASES[i].ward == (error.text[0] == '\0'));
            err = wsync_pin_judge(&pin, WSYNC_SITE_DISTRICT, (enum wsync_language)language,
                                  &error);
            assert_int_equal(err, CASES[i].district ? WSYNC_OK : WSYNC_ERR_VALUE);
        }
    }
    char text[WSYNC_PIN_BYTES_MAX + 2] = {0};
    memset(text, 'x', WSYNC_PIN_BYTES_MAX);
    struct wsync_passphrase pin = pin_of(text);
    assert_int_equal(wsync_pin_judge(&pin, WSYNC_SITE_WARD, WSYNC_EN, NULL), WSYNC_OK);
    text[WSYNC_PIN_BYTES_MAX] = 'x';
    pin = pin_of(text);
    assert_int_equal(wsync_pin_judge(&pin, WSYNC_SITE_WARD, WSYNC_EN, NULL), WSYNC_ERR_VALUE);
}

static void a_hash_knows_its_pin(void **state)
{
    struct wsync_passphrase pin = pin_of("482139"), other = pin_of("482138"), none = pin_of("");
    struct wsync_pin_hash hash, again, empty = {{0}}, bent;
    (void)state;
    assert_int_equal(wsync_pin_hash_of(&pin, &hash), WSYNC_OK);
    assert_int_equal(wsync_pin_hash_of(&pin, &again), WSYNC_OK);
    assert_string_not_equal(hash.text, again.text); /* a salt of its own */
    assert_true(strncmp(hash.text, "$argon2id$v=19$m=65536,t=2,p=1$", 31) == 0);
    assert_true(wsync_pin_is(&hash, &pin) && wsync_pin_is(&again, &pin));
    assert_false(wsync_pin_is(&hash, &other));
    assert_false(wsync_pin_is(&hash, &none));
    assert_false(wsync_pin_is(&empty, &none));
    bent = hash;
    bent.text[sizeof "$argon2id$v=19$m=" - 1] = '9'; /* other limits than ours */
    assert_false(wsync_pin_is(&bent, &pin));
    memset(bent.text, '$', sizeof bent.text);
    assert_false(wsync_pin_is(&bent, &pin));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_read_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bent_rows_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_admin_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_change_has_its_stamp, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_wrong_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_left_or_never_was_is_refused, set_up, tear_down),
        cmocka_unit_test(pins_that_may_be_chosen),
        cmocka_unit_test(a_hash_knows_its_pin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
