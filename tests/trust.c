/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store_mem.h"

enum { SEED = 44 };

static int by_key(const void *a, const void *b)
{
    return memcmp(((const struct trust_key *)a)->key.b, ((const struct trust_key *)b)->key.b,
                  WSYNC_PUBLIC_KEY_BYTES);
}

static void make_key(struct trust_key *key, int number)
{
    uint8_t seed[32];
    memset(seed, 0x20 + number, sizeof seed);
    wsync_signing_pair(seed, &key->key, &key->secret);
}

struct wsync_root trust_root(const struct trust *trust, size_t first, size_t count,
                             uint32_t threshold, size_t registrar)
{
    struct wsync_root root = {.key_count = count,
                              .threshold = threshold,
                              .registrar = trust->registrars[registrar].key};
    assert_true(first + count <= TRUST_ROOTS);
    for (size_t i = 0; i < count; i++) {
        root.keys[i] = trust->roots[first + i].key;
    }
    return root;
}

void trust_open(struct trust *trust, size_t count, uint32_t threshold)
{
    *trust = (struct trust){.installation = {.root_secret = {{0}}}};
    installation_init(&trust->installation, SEED);
    for (int i = 0; i < TRUST_ROOTS; i++) {
        make_key(&trust->roots[i], i);
    }
    qsort(trust->roots, TRUST_ROOTS, sizeof *trust->roots, by_key);
    make_key(&trust->registrars[0], TRUST_ROOTS);
    make_key(&trust->registrars[1], TRUST_ROOTS + 1);
    trust->installation.root = trust_root(trust, 0, count, threshold, 0);
    trust->installation.instance = wsync_instance_of(&trust->installation.root);
    trust->installation.desk.registrar = trust->registrars[0].secret;
    replica_init(&trust->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_init(&trust->ward, wsync_store_mem_new(), SEED, 1, TRUST_UNIT);
    trust->district.identity.device =
        wsync_device_of(&trust->installation.instance, &trust->district.identity.signing_key);
    trust->ward.identity.device =
        wsync_device_of(&trust->installation.instance, &trust->ward.identity.signing_key);
    struct wsync_statement first =
        installation_statement(&trust->installation, &trust->district);
    struct wsync_signed_statement made = trust_draft(trust, &first);
    for (size_t i = 0; i < threshold; i++) {
        trust_sign(&made, &trust->roots[i]);
    }
    trust_offer(trust, &made, WSYNC_OK);
    struct wsync_statement enrol = trust_enrolment(trust, &trust->ward);
    trust_issue(trust, &enrol);
}

void trust_close(struct trust *trust)
{
    replica_fini(&trust->district);
    replica_fini(&trust->ward);
}

static struct wsync_txn *begin(struct trust *trust, enum wsync_txn_mode mode)
{
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(trust->district.store, mode, &txn), WSYNC_OK);
    return txn;
}

struct wsync_signed_statement trust_draft(struct trust *trust,
                                          struct wsync_statement *statement)
{
    struct wsync_signed_statement made = {.signature_count = 0};
    struct wsync_txn *txn = begin(trust, WSYNC_TXN_READ);
    if (statement->stamp == 0) {
        statement->stamp = trust->district.now;
    }
    assert_int_equal(wsync_roster_draft(txn, statement), WSYNC_OK);
    wsync_txn_abort(txn);
    assert_int_equal(wsync_statement_encode(statement, &trust->district.arena, &made.statement),
                     WSYNC_OK);
    return made;
}

void trust_sign(struct wsync_signed_statement *statement, const struct trust_key *key)
{
    struct wsync_key_signature signature =
        wsync_statement_sign(&key->secret, statement->statement);
    assert_int_equal(wsync_signed_add(statement, &signature), WSYNC_OK);
}

void trust_offer(struct trust *trust, const struct wsync_signed_statement *statement,
                 enum wsync_err expected)
{
    struct wsync_hash before = forge_image(trust->district.store);
    struct wsync_txn *txn = begin(trust, WSYNC_TXN_WRITE);
    assert_int_equal(wsync_roster_take(txn, &trust->district.arena, statement, NULL), expected);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK); /* also what was refused */
    struct wsync_hash after = forge_image(trust->district.store);
    assert_int_equal(wsync_hash_equal(&before, &after), expected != WSYNC_OK);
}

void trust_issue(struct trust *trust, struct wsync_statement *statement)
{
    struct wsync_signed_statement made = trust_draft(trust, statement);
    trust_sign(&made, &trust->registrars[0]);
    trust_offer(trust, &made, WSYNC_OK);
}

struct wsync_statement trust_enrolment(const struct trust *trust, const struct replica *who)
{
    return (struct wsync_statement){.kind = WSYNC_STATEMENT_ENROL,
                                    .stamp = trust->district.now,
                                    .enrol = {.signing_key = who->identity.signing_key,
                                              .transport_key = who->transport,
                                              .role = WSYNC_ROLE_CLERK,
                                              .scopes = &who->scope,
                                              .scope_count = 1,
                                              .name = wsync_slice_of("somebody")}};
}

struct wsync_statement trust_rotation(const struct trust *trust, const struct replica *to,
                                      const struct wsync_pin *pins, size_t pin_count)
{
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_ROTATE,
                                        .stamp = trust->district.now,
                                        .rotate = {.device = trust->ward.identity.device,
                                                   .signing_key = to->identity.signing_key,
                                                   .transport_key = to->transport,
                                                   .pins = pins,
                                                   .pin_count = pin_count}};
    struct wsync_rotation *rotate = &statement.rotate;
    const struct wsync_instance_id *instance = &trust->installation.instance;
    rotate->old_signature = wsync_rotation_sign(&trust->ward.identity.secret, instance, rotate);
    rotate->new_signature = wsync_rotation_sign(&to->identity.secret, instance, rotate);
    return statement;
}

struct wsync_roster trust_roster(struct trust *trust)
{
    struct wsync_roster roster;
    struct wsync_txn *txn = begin(trust, WSYNC_TXN_READ);
    assert_int_equal(wsync_roster_get(txn, &roster), WSYNC_OK);
    wsync_txn_abort(txn);
    return roster;
}

struct wsync_device trust_device(struct trust *trust, const struct wsync_device_id *id)
{
    struct wsync_device device;
    struct wsync_txn *txn = begin(trust, WSYNC_TXN_READ);
    assert_int_equal(wsync_device_get(txn, id, &device), WSYNC_OK);
    wsync_txn_abort(txn);
    return device;
}
