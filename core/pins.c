/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/roster_parts.h"

/* PINS: device id, log id, why -> roster version, seq, hash. */
enum why { CLOSED, REMOVED };
enum {
    PIN_KEY_BYTES = WSYNC_DEVICE_ID_BYTES + WSYNC_LOG_ID_BYTES + 1,
    PIN_ROW_BYTES = 8 + 8 + WSYNC_HASH_BYTES,
};

static void pin_key(const struct wsync_device_id *device, const struct wsync_log_id *log,
                    enum why why, uint8_t key[PIN_KEY_BYTES])
{
    memcpy(key, device->b, sizeof device->b);
    memcpy(key + sizeof device->b, log->b, sizeof log->b);
    key[PIN_KEY_BYTES - 1] = (uint8_t)why;
}

/* The seq of a pin; NOT_FOUND. */
static enum wsync_err get(struct wsync_txn *txn, const uint8_t key[PIN_KEY_BYTES],
                          uint64_t *seq)
{
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(txn, WSYNC_TABLE_PINS, wsync_slice(key, PIN_KEY_BYTES), &row);
    if (err != WSYNC_OK) {
        return err;
    }
    if (row.len != PIN_ROW_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    *seq = wsync_be_get(row.data + 8, 8);
    return WSYNC_OK;
}

static enum wsync_err put(struct wsync_txn *txn, uint64_t version,
                          const uint8_t key[PIN_KEY_BYTES], const struct wsync_pin *pin)
{
    uint8_t row[PIN_ROW_BYTES];
    struct wsync_writer writer = wsync_writer_over(row, sizeof row);
    wsync_write_number(&writer, version, 8);
    wsync_write_number(&writer, pin->seq, 8);
    wsync_write_bytes(&writer, WSYNC_BYTES(pin->hash));
    return wsync_txn_put(txn, WSYNC_TABLE_PINS, wsync_slice(key, PIN_KEY_BYTES),
                         wsync_written(&writer));
}

static enum wsync_err lower(struct wsync_txn *txn, uint64_t version,
                            const uint8_t key[PIN_KEY_BYTES], const struct wsync_pin *pin)
{
    uint64_t held;
    enum wsync_err err = get(txn, key, &held);
    if (err == WSYNC_OK && held <= pin->seq) {
        return WSYNC_OK;
    }
    return err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND ? put(txn, version, key, pin) : err;
}

enum wsync_err wsync_pins_close(struct wsync_txn *txn, uint64_t version,
                                const struct wsync_rotation *rotation)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < rotation->pin_count && err == WSYNC_OK; i++) {
        uint8_t key[PIN_KEY_BYTES];
        pin_key(&rotation->device, &rotation->pins[i].log, CLOSED, key);
        err = lower(txn, version, key, &rotation->pins[i]);
    }
    return err;
}

static const struct wsync_pin *listed(const struct wsync_revocation *revoke, const uint8_t *log)
{
    for (size_t i = 0; i < revoke->pin_count; i++) {
        if (memcmp(revoke->pins[i].log.b, log, sizeof revoke->pins[i].log.b) == 0) {
            return &revoke->pins[i];
        }
    }
    return NULL;
}

/* Goes through the pins of a suspension: those that a revocation lists are lowered to it, the
 * others go. */
static enum wsync_err narrow(struct wsync_txn *txn, uint64_t version,
                             const struct wsync_revocation *revoke)
{
    static const struct wsync_log_id NONE = {{0}};
    uint8_t key[PIN_KEY_BYTES];
    struct wsync_entry entry = {.key = wsync_slice(key, sizeof key)};
    enum wsync_err err;
    pin_key(&revoke->device, &NONE, CLOSED, key);
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_PINS, WSYNC_SEEK_GT, &entry)) == WSYNC_OK &&
           memcmp(entry.key.data, revoke->device.b, sizeof revoke->device.b) == 0) {
        memcpy(key, entry.key.data, sizeof key);
        entry.key = wsync_slice(key, sizeof key);
        if (key[PIN_KEY_BYTES - 1] != REMOVED) {
            continue;
        }
        const struct wsync_pin *pin = listed(revoke, key + sizeof revoke->device.b);
        err = pin ? lower(txn, version, key, pin)
                  : wsync_txn_del(txn, WSYNC_TABLE_PINS, entry.key);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_pins_remove(struct wsync_txn *txn, uint64_t version,
                                 const struct wsync_revocation *revoke, bool suspended)
{
    enum wsync_err err = suspended ? narrow(txn, version, revoke) : WSYNC_OK;
    for (size_t i = 0; i < revoke->pin_count && err == WSYNC_OK && !suspended; i++) {
        uint8_t key[PIN_KEY_BYTES];
        pin_key(&revoke->device, &revoke->pins[i].log, REMOVED, key);
        err = put(txn, version, key, &revoke->pins[i]);
    }
    return err;
}

enum wsync_err wsync_pins_lift(struct wsync_txn *txn, const struct wsync_device_id *device)
{
    const struct wsync_revocation nothing = {.device = *device};
    return narrow(txn, 0, &nothing);
}

/* Bounds `*seq` by a pin; a log without one is bounded at 0. */
static enum wsync_err bound(struct wsync_txn *txn, const struct wsync_device *device,
                            const struct wsync_log *log, enum why why, uint64_t *seq)
{
    uint8_t key[PIN_KEY_BYTES];
    uint64_t pinned = 0;
    pin_key(&device->id, &log->id, why, key);
    enum wsync_err err = get(txn, key, &pinned);
    *seq = pinned < *seq ? pinned : *seq;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_device_pinned(struct wsync_txn *txn, const struct wsync_device *device,
                                   const struct wsync_log *log, uint64_t *seq)
{
    enum wsync_err err = WSYNC_OK;
    *seq = UINT64_MAX;
    if (device->revoked != 0 || device->suspended != 0) {
        err = bound(txn, device, log, REMOVED, seq);
    }
    size_t at = wsync_device_key_at(device, &log->signing_key);
    if (err == WSYNC_OK && at + 1 < device->key_count) { /* a key that waits closes nothing */
        err = bound(txn, device, log, CLOSED, seq);
    }
    return err;
}
