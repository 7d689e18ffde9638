/* SPDX-License-Identifier: Apache-2.0 */
/* `ward join --grant FILE`: the second half of enrolment by files.  The roster of the grant is
 * taken statement by statement, as it would be from a session, and must name this device's
 * keys; until then, and until a person has said that the fingerprint is the district's, nothing
 * of it stays.  Run again it does what is left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/join.h"
#include "host/fingerprint.h"
#include "host/grant_text.h"
#include "host/site_conf.h"
#include "host/store_lmdb.h"
#include "wardsync/crypto.h"

enum { GRANT_ARENA_BYTES = 1 << 20 };

struct joining {
    struct wsync_cli *cli;
    struct wsync_grant_text grant;
    struct wsync_roster_text roster;
    struct wsync_signing_key signing_key; /* this device's */
    struct wsync_transport_key transport_key;
    struct wsync_store *store;
    struct wsync_arena arena;
    struct wsync_device device; /* as the roster has it */
    struct wsync_site_conf conf;
    bool agreed;
};

static enum wsync_err load_keys(struct joining *joining, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    const char *dir = joining->cli->data_dir;
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    enum wsync_err err = wsync_keys_load_signing(wsync_site_file(dir, "keys/signing.key", file),
                                                 &signing, error);
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(
            error, err,
            "There are no keys at %s; \"ward request FILE\" makes them, and a "
            "request that a grant answers.",
            dir);
    }
    if (err == WSYNC_OK) {
        err = wsync_keys_load_transport(wsync_site_file(dir, "keys/transport.key", file),
                                        &transport, error);
        joining->signing_key = signing.key;
        joining->transport_key = transport.key;
        wsync_wipe(&transport, sizeof transport);
    }
    wsync_wipe(&signing, sizeof signing);
    return err;
}

/* Does the roster taken name exactly these keys, and still want them? */
static enum wsync_err find_device(struct joining *joining, struct wsync_txn *txn,
                                  struct wsync_error *error)
{
    struct wsync_device_id id =
        wsync_device_of(&joining->grant.instance, &joining->signing_key);
    enum wsync_err err = wsync_device_get(txn, &id, &joining->device);
    if (err == WSYNC_OK && !wsync_slice_equal(WSYNC_BYTES(joining->device.transport_key),
                                              WSYNC_BYTES(joining->transport_key))) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, WSYNC_ERR_DEVICE,
                               "The grant does not name the keys of this device; it answers "
                               "another request.");
    }
    if (err == WSYNC_OK && joining->device.revoked != 0) {
        return wsync_error_set(error, WSYNC_ERR_REVOKED,
                               "The grant says that this device was revoked.");
    }
    return err;
}

static enum wsync_err fill_conf(struct joining *joining, struct wsync_txn *txn)
{
    struct wsync_district district;
    struct wsync_site_conf *conf = &joining->conf;
    *conf = (struct wsync_site_conf){.kind = WSYNC_SITE_WARD,
                                     .instance = joining->grant.instance,
                                     .scope = joining->device.scopes[0],
                                     .address_count = joining->grant.address_count};
    memcpy(conf->addresses, joining->grant.addresses, sizeof conf->addresses);
    enum wsync_err err = wsync_roster_district(txn, &joining->arena, &district);
    conf->server_key = district.endpoints[0].key;
    return err;
}

static bool ask(const struct joining *joining)
{
    wsync_cli_say(
        joining->cli,
        "The grant enrols this device as \"%s\" for unit %u of the installation\n  %s",
        joining->device.name, joining->device.scopes[0],
        wsync_fingerprint_of_instance(&joining->grant.instance).text);
    return !joining->cli->dry_run &&
           wsync_cli_confirm(joining->cli,
                             "Is this the fingerprint that the district told you?");
}

/* Everything that is checked, in one transaction; committed when a person agreed. */
static enum wsync_err take(struct joining *joining, struct wsync_txn *txn,
                           struct wsync_error *error)
{
    enum wsync_err err = wsync_roster_text_take(&joining->roster, txn, &joining->arena, error);
    if (err == WSYNC_OK) {
        err = find_device(joining, txn, error);
    }
    if (err == WSYNC_OK) {
        err = fill_conf(joining, txn);
    }
    joining->agreed = err == WSYNC_OK && ask(joining);
    if (!joining->agreed) {
        wsync_txn_abort(txn);
        return err;
    }
    err = wsync_txn_commit(txn);
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "Nothing was saved: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

/* The store, made here or by an earlier try; a site that is there must be of this instance. */
static enum wsync_err open_store(struct joining *joining, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    const char *dir = joining->cli->data_dir;
    struct wsync_site_conf there;
    enum wsync_err err =
        wsync_site_conf_read(wsync_site_file(dir, "site.conf", file), &there, NULL);
    if (err != WSYNC_ERR_NOT_FOUND &&
        (err != WSYNC_OK || there.kind != WSYNC_SITE_WARD ||
         !wsync_slice_equal(WSYNC_BYTES(there.instance),
                            WSYNC_BYTES(joining->grant.instance)))) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS,
                               "The device at %s belongs to another installation already.",
                               dir);
    }
    wsync_site_file(dir, "store", file);
    err = wsync_store_lmdb_create(file, error);
    return err == WSYNC_OK || err == WSYNC_ERR_EXISTS
               ? wsync_store_lmdb_open(file, WSYNC_TXN_WRITE, &joining->store, error)
               : err;
}

/* Whoever only reads waits for the first who opens it to write. */
static enum wsync_err prepare(const struct joining *joining, struct wsync_error *error)
{
    struct wsync_site site;
    enum wsync_err err = wsync_site_open(joining->cli->data_dir, WSYNC_SITE_WARD, &site, error);
    if (err == WSYNC_OK) {
        wsync_site_close(&site);
    }
    return err;
}

static enum wsync_err join(struct joining *joining, struct wsync_error *error)
{
    struct wsync_txn *txn;
    enum wsync_err err = load_keys(joining, error);
    if (err == WSYNC_OK) {
        err = open_store(joining, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_store_begin(joining->store, WSYNC_TXN_WRITE, &txn);
    err = err == WSYNC_OK ? take(joining, txn, error)
                          : wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    wsync_store_close(joining->store);
    if (err == WSYNC_OK && joining->agreed) {
        err = wsync_site_create(joining->cli->data_dir, &joining->conf, error);
        err = err == WSYNC_ERR_EXISTS ? WSYNC_OK : err; /* an earlier try came so far */
    }
    return err == WSYNC_OK && joining->agreed ? prepare(joining, error) : err;
}

int client_join_grant(struct wsync_cli *cli, const char *path)
{
    struct joining joining = {.cli = cli};
    struct wsync_error error = {{0}};
    void *block = malloc(GRANT_ARENA_BYTES);
    bool input = strcmp(path, "-") == 0;
    FILE *file = input ? stdin : fopen(path, "r");
    enum wsync_err err = WSYNC_OK;
    if (!block || !file) {
        err = wsync_error_set(&error, block ? WSYNC_ERR_NOT_FOUND : WSYNC_ERR_MEMORY,
                              "Cannot read %s.", path);
    } else {
        wsync_arena_init(&joining.arena, block, GRANT_ARENA_BYTES);
        err = wsync_grant_text_read(file, &joining.grant, &joining.roster, &error);
    }
    if (err == WSYNC_OK) {
        err = join(&joining, &error);
    }
    if (file && !input) {
        fclose(file);
    }
    free(block);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, joining.agreed
                           ? "This device is a member.  Next: \"ward sync\", which brings the "
                             "forms."
                           : "Nothing was changed.");
    return 0;
}
