/* SPDX-License-Identifier: Apache-2.0 */
#include "wardsync/rotation.h"

#include <string.h>

#include "core/bytes.h"
#include "core/ledger_parts.h"
#include "wardsync/restore.h"

/* META "rotation": the signing key before and the new one, the rotation as the district is
 * asked for it. */
static const char NAME[] = "rotation";

enum { KEYS_BYTES = 2 * WSYNC_PUBLIC_KEY_BYTES };

static bool same_key(const struct wsync_signing_key *a, const struct wsync_signing_key *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* ---- at the device ---- */

enum wsync_err wsync_rotation_pending(struct wsync_txn *txn, struct wsync_arena *arena,
                                      struct wsync_rotation_wish *wish)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(NAME), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (row.len < KEYS_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    row = wsync_arena_copy(arena, row);
    if (!row.data) {
        return WSYNC_ERR_MEMORY;
    }
    memcpy(wish->old_key.b, row.data, sizeof wish->old_key.b);
    row = wsync_slice(row.data + KEYS_BYTES, row.len - KEYS_BYTES);
    err = wsync_rotation_decode(row, arena, &wish->rotation);
    return err == WSYNC_OK || wsync_err_is_ours(err) ? err : WSYNC_ERR_CORRUPT;
}

static enum wsync_err put_wish(struct wsync_txn *txn, struct wsync_arena *arena,
                               const struct wsync_rotation_wish *wish)
{
    uint8_t row[KEYS_BYTES + WSYNC_STATEMENT_BYTES_MAX];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    struct wsync_slice bytes;
    enum wsync_err err = wsync_rotation_encode(&wish->rotation, arena, &bytes);
    if (err != WSYNC_OK) {
        return err;
    }
    if (bytes.len > WSYNC_STATEMENT_BYTES_MAX) {
        return WSYNC_ERR_INVALID;
    }
    wsync_write_bytes(&writer, WSYNC_BYTES(wish->old_key));
    wsync_write_bytes(&writer, WSYNC_BYTES(wish->rotation.signing_key));
    wsync_write_bytes(&writer, bytes);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of(NAME), wsync_written(&writer));
}

enum wsync_err wsync_key_waits(struct wsync_txn *txn, const struct wsync_log *log, bool *waits)
{
    struct wsync_slice row;
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(NAME), &row);
    *waits = err == WSYNC_OK && row.len >= KEYS_BYTES &&
             memcmp(row.data + sizeof log->signing_key.b, log->signing_key.b,
                    sizeof log->signing_key.b) == 0;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_rotation_forget(struct wsync_txn *txn)
{
    enum wsync_err err = wsync_txn_del(txn, WSYNC_TABLE_META, wsync_slice_of(NAME));
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Where every log ends that the key wrote; logs come in the order of ids. */
static enum wsync_err collect_pins(struct wsync_txn *txn, struct wsync_arena *arena,
                                   const struct wsync_identity *identity,
                                   struct wsync_rotation *rotation)
{
    struct wsync_pin *pins = wsync_arena_array(arena, WSYNC_STATEMENT_PINS_MAX, sizeof *pins);
    struct wsync_log_id at;
    struct wsync_log log;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = pins ? WSYNC_OK : WSYNC_ERR_MEMORY;
    rotation->pins = pins;
    while (err == WSYNC_OK && (err = wsync_log_after(txn, after, &log)) == WSYNC_OK) {
        at = log.id;
        after = &at;
        if (!wsync_wrote(identity, &log) || log.seq == 0) {
            continue;
        }
        if (rotation->pin_count == WSYNC_STATEMENT_PINS_MAX) {
            return WSYNC_ERR_INVALID;
        }
        pins[rotation->pin_count++] = (struct wsync_pin){log.id, log.seq, log.hash};
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_rotation_may_begin(struct wsync_txn *txn, struct wsync_arena *arena,
                                        const struct wsync_identity *identity,
                                        const struct wsync_new_keys *keys)
{
    struct wsync_device device;
    struct wsync_rotation_wish wish;
    enum wsync_err err = wsync_rotation_pending(txn, arena, &wish);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    bool pending = err == WSYNC_OK;
    if (pending && same_key(&wish.rotation.signing_key, &identity->signing_key)) {
        return WSYNC_ERR_EXISTS; /* the key that waits writes already */
    }
    err = wsync_device_get(txn, &identity->device, &device);
    if (err != WSYNC_OK || !same_key(wsync_device_key(&device), &identity->signing_key)) {
        return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_DEVICE : err;
    }
    if (device.key_count == WSYNC_DEVICE_KEYS_MAX) {
        return WSYNC_ERR_INVALID; /* no roster would take it, and the old keys be closed here */
    }
    bool stale = pending && !same_key(&wish.old_key, &identity->signing_key) &&
                 (!keys || same_key(&wish.rotation.signing_key, &keys->signing_key));
    return pending && !stale ? WSYNC_ERR_EXISTS : WSYNC_OK;
}

enum wsync_err wsync_rotation_begin(struct wsync_txn *txn, struct wsync_arena *arena,
                                    const struct wsync_identity *identity,
                                    const struct wsync_new_keys *keys,
                                    struct wsync_rotation *rotation)
{
    struct wsync_roster roster;
    *rotation = (struct wsync_rotation){.device = identity->device,
                                        .signing_key = keys->signing_key,
                                        .transport_key = keys->transport_key};
    enum wsync_err err = wsync_rotation_may_begin(txn, arena, identity, keys);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(txn, &roster);
    }
    if (err == WSYNC_OK) {
        err = wsync_seal_own(txn, identity);
    }
    if (err == WSYNC_OK) {
        err = collect_pins(txn, arena, identity, rotation);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    rotation->old_signature =
        wsync_rotation_sign(&identity->secret, &roster.instance, rotation);
    rotation->new_signature = wsync_rotation_sign(&keys->secret, &roster.instance, rotation);
    const struct wsync_rotation_wish wish = {identity->signing_key, *rotation};
    err = put_wish(txn, arena, &wish);
    return err == WSYNC_OK ? wsync_close_own(txn) : err;
}

enum wsync_err wsync_rotation_check(struct wsync_txn *txn, struct wsync_arena *arena,
                                    const struct wsync_identity *identity)
{
    struct wsync_device device;
    struct wsync_rotation_wish wish;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_device_get(txn, &identity->device, &device);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    const struct wsync_signing_key *key = wsync_device_key(&device);
    err = wsync_rotation_pending(txn, arena, &wish);
    bool pending = err == WSYNC_OK;
    wsync_arena_release(arena, mark);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    if (pending &&
        wsync_device_key_at(&device, &wish.rotation.signing_key) < device.key_count) {
        pending = false; /* it stands there, and others may behind it */
        err = wsync_rotation_forget(txn);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    size_t at = wsync_device_key_at(&device, &identity->signing_key);
    bool ours = pending ? same_key(key, &wish.old_key) || at + 1 == device.key_count
                        : at + 1 >= device.key_count; /* the store may be older than its key */
    return ours ? WSYNC_OK : WSYNC_ERR_DEVICE;
}

bool wsync_rotation_is_asked(const struct wsync_device *device)
{
    return device->asked > device->keys[device->key_count - 1].version;
}

/* ---- at the district ---- */

/* The statement that brought the device's key, if it is of this very rotation; else ROSTER. */
static enum wsync_err answer_again(struct wsync_txn *txn, struct wsync_arena *arena,
                                   const struct wsync_device *device,
                                   const struct wsync_rotation *rotation,
                                   struct wsync_signed_statement *result)
{
    struct wsync_statement held;
    struct wsync_slice mine;
    struct wsync_slice its;
    enum wsync_err err =
        wsync_roster_statement(txn, device->keys[device->key_count - 1].version, result);
    if (err == WSYNC_OK) {
        err = wsync_statement_decode(result->statement, arena, &held);
    }
    if (err == WSYNC_OK && held.kind != WSYNC_STATEMENT_ROTATE) {
        return WSYNC_ERR_ROSTER; /* the key it was enrolled with */
    }
    if (err == WSYNC_OK) {
        err = wsync_rotation_encode(&held.rotate, arena, &mine);
    }
    if (err == WSYNC_OK) {
        err = wsync_rotation_encode(rotation, arena, &its);
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : WSYNC_ERR_CORRUPT;
    }
    return wsync_slice_equal(mine, its) ? WSYNC_OK : WSYNC_ERR_ROSTER;
}

enum wsync_err wsync_rotation_honour(struct wsync_txn *txn, struct wsync_arena *arena,
                                     const struct wsync_desk *desk,
                                     const struct wsync_rotation_request *request,
                                     struct wsync_signed_statement *result)
{
    struct wsync_device device;
    const struct wsync_rotation *rotation = request->rotation;
    enum wsync_err err = wsync_device_get(txn, &rotation->device, &device);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_DEVICE : err;
    }
    if (device.revoked != 0 || device.suspended != 0) {
        return device.revoked != 0 ? WSYNC_ERR_REVOKED : WSYNC_ERR_SUSPENDED;
    }
    if (same_key(wsync_device_key(&device), &rotation->signing_key)) {
        return answer_again(txn, arena, &device, rotation, result);
    }
    if (!desk || !desk->has_registrar) {
        return WSYNC_ERR_BUSY;
    }
    struct wsync_statement statement = {
        .stamp = request->now, .kind = WSYNC_STATEMENT_ROTATE, .rotate = *rotation};
    return wsync_roster_issue(txn, arena, &statement, &desk->registrar, result);
}
