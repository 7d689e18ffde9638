/* SPDX-License-Identifier: Apache-2.0 */
#include "host/rotate.h"

#include <stdio.h>
#include <string.h>

#include "host/file.h"
#include "host/journal.h"
#include "host/next_key.h"
#include "wardsync/crypto.h"

/* A line for each of its keys that a store may not know: the signing key, a blank, the device,
 * in hex.  The one in place and the one that waits are there. */
#define NOTE_FILE "keys/device.id"

enum { KEY_DIGITS = 2 * WSYNC_PUBLIC_KEY_BYTES, DEVICE_DIGITS = 2 * WSYNC_DEVICE_ID_BYTES };
enum { LINE_BYTES = KEY_DIGITS + 1 + DEVICE_DIGITS + 1, LINES = 2 };

static void write_line(const struct wsync_signing_key *key,
                       const struct wsync_device_id *device, char line[LINE_BYTES + 1])
{
    wsync_hex_encode(WSYNC_BYTES(*key), line);
    line[KEY_DIGITS] = ' ';
    wsync_hex_encode(WSYNC_BYTES(*device), line + KEY_DIGITS + 1);
    line[LINE_BYTES - 1] = '\n';
}

/* Is the line about this key?  Then whose it is. */
static bool read_line(const char line[LINE_BYTES], const struct wsync_signing_key *key,
                      struct wsync_device_id *device)
{
    struct wsync_signing_key noted;
    return wsync_hex_decode(wsync_slice(line, KEY_DIGITS), noted.b, sizeof noted.b) &&
           wsync_slice_equal(WSYNC_BYTES(noted), WSYNC_BYTES(*key)) &&
           wsync_hex_decode(wsync_slice(line + KEY_DIGITS + 1, DEVICE_DIGITS), device->b,
                            sizeof device->b);
}

enum wsync_err wsync_rotate_note(const struct wsync_site *site,
                                 const struct wsync_signing_key *key, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    char text[LINES * LINE_BYTES + 1];
    write_line(&site->identity.signing_key, &site->identity.device, text);
    write_line(key, &site->identity.device, text + LINE_BYTES);
    return wsync_file_write_durably(wsync_site_file(site->path, NOTE_FILE, path), 0600,
                                    wsync_slice(text, LINES * LINE_BYTES), error);
}

void wsync_rotate_noted(const struct wsync_site *site, const struct wsync_signing_key *key,
                        struct wsync_device_id *device)
{
    char path[WSYNC_SITE_PATH_BYTES];
    char text[LINES * LINE_BYTES];
    size_t len = 0;
    struct wsync_device_id id;
    if (wsync_file_read(wsync_site_file(site->path, NOTE_FILE, path), text, sizeof text, &len,
                        NULL) != WSYNC_OK) {
        return;
    }
    for (size_t at = 0; at + LINE_BYTES <= len; at += LINE_BYTES) {
        if (read_line(text + at, key, &id)) {
            *device = id;
        }
    }
}

/* Makes the keys, or finds those of an earlier try. */
static enum wsync_err make_keys(struct wsync_site *site, struct wsync_new_keys *keys,
                                struct wsync_error *error)
{
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    *keys = (struct wsync_new_keys){.transport_key = {{0}}};
    enum wsync_err err = wsync_next_signing(site, "signing", &signing, error);
    if (err == WSYNC_OK) {
        err = wsync_next_transport(site, "transport", &transport, error);
        keys->transport_key = transport.key;
        wsync_wipe(&transport, sizeof transport);
    }
    keys->signing_key = signing.key;
    keys->secret = signing.secret;
    wsync_wipe(&signing, sizeof signing);
    return err;
}

static enum wsync_err refuse(enum wsync_err err, struct wsync_error *error)
{
    return wsync_error_set(error, err,
                           err == WSYNC_ERR_INVALID
                               ? "This device wrote more logs than a rotation can close, or "
                                 "had as many keys as it may have; it has to be enrolled anew "
                                 "(\"ward rejoin\")."
                           : err == WSYNC_ERR_DEVICE
                               ? "The roster does not name this device's key; sync first."
                               : "The keys cannot be rotated: %s",
                           wsync_err_text(err, WSYNC_EN));
}

static enum wsync_err begin_in_store(struct wsync_site *site, const struct wsync_new_keys *keys,
                                     bool *began, struct wsync_error *error)
{
    struct wsync_rotation rotation;
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_rotation_begin(site->txn, &site->arena, &site->identity, keys, &rotation);
    wsync_arena_release(&site->arena, mark);
    if (err == WSYNC_OK) {
        err = wsync_site_note_key(site->txn, &keys->signing_key);
    }
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
    }
    if (err == WSYNC_ERR_EXISTS) {
        return WSYNC_OK;
    }
    *began = err == WSYNC_OK;
    return err == WSYNC_OK ? wsync_site_commit(site, error) : refuse(err, error);
}

/* Before anything is made: keys that nothing comes of would take the place of a note. */
static enum wsync_err may_begin(struct wsync_site *site, bool *pending,
                                struct wsync_error *error)
{
    size_t mark = wsync_arena_mark(&site->arena);
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_rotation_may_begin(site->txn, &site->arena, &site->identity, NULL);
    wsync_site_abort(site);
    wsync_arena_release(&site->arena, mark);
    *pending = err == WSYNC_ERR_EXISTS;
    return err == WSYNC_OK || *pending ? WSYNC_OK : refuse(err, error);
}

enum wsync_err wsync_rotate_begin(struct wsync_site *site, bool *began,
                                  struct wsync_error *error)
{
    struct wsync_new_keys keys;
    bool pending = false;
    *began = false;
    enum wsync_err err = may_begin(site, &pending, error);
    if (err != WSYNC_OK || pending) {
        return err;
    }
    err = make_keys(site, &keys, error);
    if (err == WSYNC_OK) {
        err = wsync_rotate_note(site, &keys.signing_key, error);
    }
    if (err == WSYNC_OK) {
        err = begin_in_store(site, &keys, began, error);
    }
    wsync_wipe(&keys, sizeof keys);
    return err == WSYNC_OK ? wsync_next_settle(site, error) : err;
}

enum wsync_err wsync_rotate_if_asked(struct wsync_site *site, bool *began,
                                     struct wsync_error *error)
{
    struct wsync_device device;
    *began = false;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_device_get(site->txn, &site->identity.device, &device);
    wsync_site_abort(site);
    if (err != WSYNC_OK || !wsync_rotation_is_asked(&device)) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_rotate_begin(site, began, error);
    if (err == WSYNC_ERR_DEVICE || err == WSYNC_ERR_INVALID) {
        WSYNC_JOURNAL(WARNING, "keys-not-rotated", wsync_journal_text("why", error->text));
        *error = (struct wsync_error){{0}};
        return WSYNC_OK; /* the session comes first: it may bring what is lacking here */
    }
    if (*began) {
        WSYNC_JOURNAL(INFO, "keys-rotating", wsync_journal_text("why", "asked"));
    }
    return err;
}
