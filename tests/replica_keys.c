/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a replica: how it is enrolled, and how it gets new ones. */
#include <string.h>

#include "tests/replica.h"
#include "wardsync/crypto.h"
#include "wardsync/rotation.h"

static void must(enum wsync_err err)
{
    WSYNC_ASSERT(err == WSYNC_OK);
}

/* The device's `generation`th key of a kind. */
static struct wsync_hash next_key(const struct replica *replica, uint32_t generation,
                                  const char *what)
{
    const uint8_t number[1] = {(uint8_t)generation};
    struct wsync_slice parts[] = {wsync_slice_of(what), WSYNC_BYTES(replica->identity.device),
                                  wsync_slice(number, sizeof number)};
    return wsync_hash_parts(parts, 3);
}

void replica_issue(struct replica *district, const struct installation *installation,
                   struct wsync_statement *statement)
{
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    must(wsync_store_begin(district->store, WSYNC_TXN_WRITE, &txn));
    must(wsync_roster_issue(txn, &district->arena, statement, &installation->desk.registrar,
                            &issued));
    must(wsync_txn_commit(txn));
    wsync_arena_release(&district->arena, 0);
}

void replica_enrol_on(struct replica *district, const struct installation *installation,
                      const struct replica *ward, const struct replica_terms *terms)
{
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_ENROL,
        .stamp = district->now,
        .enrol = {.signing_key = ward->identity.signing_key,
                  .transport_key = ward->transport,
                  .role = terms->role != 0 ? terms->role : WSYNC_ROLE_CLERK,
                  .scopes = &ward->scope,
                  .scope_count = 1,
                  .name = wsync_slice_of("ward"),
                  .quota = terms->quota,
                  .has_predecessor = terms->predecessor != NULL},
    };
    if (terms->predecessor) {
        statement.enrol.predecessor = *terms->predecessor;
    }
    replica_issue(district, installation, &statement);
}

void replica_enrol(struct replica *district, const struct installation *installation,
                   const struct replica *ward)
{
    static const struct replica_terms USUAL = {.quota = 0};
    replica_enrol_on(district, installation, ward, &USUAL);
}

void replica_rotate(struct replica *replica, uint32_t generation)
{
    struct wsync_txn *txn;
    struct wsync_new_keys keys = {.transport_key = {{0}}};
    struct wsync_rotation rotation;
    struct wsync_hash signing = next_key(replica, generation, "next signing");
    struct wsync_hash transport = next_key(replica, generation, "next transport");
    wsync_signing_pair(signing.b, &keys.signing_key, &keys.secret);
    memcpy(keys.transport_key.b, transport.b, sizeof keys.transport_key.b);
    must(wsync_store_begin(replica->store, WSYNC_TXN_WRITE, &txn));
    must(wsync_rotation_begin(txn, &replica->arena, &replica->identity, &keys, &rotation));
    must(wsync_txn_commit(txn));
    wsync_arena_release(&replica->arena, 0);
    replica->identity.signing_key = keys.signing_key;
    replica->identity.secret = keys.secret;
    replica->next_transport = keys.transport_key;
}

void replica_follow_roster(struct replica *replica)
{
    struct wsync_txn *txn;
    struct wsync_device device;
    must(wsync_store_begin(replica->store, WSYNC_TXN_READ, &txn));
    enum wsync_err err = wsync_device_get(txn, &replica->identity.device, &device);
    wsync_txn_abort(txn);
    if (err == WSYNC_OK && memcmp(device.transport_key.b, replica->next_transport.b,
                                  sizeof device.transport_key.b) == 0) {
        replica->transport = replica->next_transport;
    }
}
