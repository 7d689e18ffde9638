/* SPDX-License-Identifier: Apache-2.0 */
/* `district keys rotate signing`: new keys for the district's own device, which writes forms,
 * units and verdicts.  It is its own registrar, so one transaction does all; nobody else may
 * write as this device meanwhile, so the district must not serve. */
#include <string.h>

#include "host/lock.h"
#include "host/next_key.h"
#include "host/rotate.h"
#include "server/issue.h"
#include "server/keys.h"
#include "wardsync/crypto.h"

/* Nobody comes in under the transport key of a node: its secret is forgotten. */
static enum wsync_err make_keys(const struct wsync_site *site, struct wsync_new_keys *keys,
                                struct wsync_error *error)
{
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    enum wsync_err err = wsync_next_signing(site, "signing", &signing, error);
    *keys = (struct wsync_new_keys){.signing_key = signing.key, .secret = signing.secret};
    wsync_wipe(&signing, sizeof signing);
    if (err == WSYNC_OK) {
        wsync_keys_draw_transport(&transport);
        keys->transport_key = transport.key;
        wsync_wipe(&transport, sizeof transport);
        err = wsync_rotate_note(site, &keys->signing_key, error);
    }
    return err;
}

/* An earlier try may have begun it: then its rotation is asked for again. */
static enum wsync_err begin(struct wsync_site *site, struct wsync_rotation *rotation,
                            struct wsync_error *error)
{
    struct wsync_new_keys keys;
    struct wsync_rotation_wish wish;
    enum wsync_err err = wsync_rotation_pending(site->txn, &site->arena, &wish);
    *rotation = wish.rotation;
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    err = make_keys(site, &keys, error);
    if (err == WSYNC_OK) {
        err = wsync_rotation_begin(site->txn, &site->arena, &site->identity, &keys, rotation);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_note_key(site->txn, &keys.signing_key);
    }
    wsync_wipe(&keys, sizeof keys);
    return err;
}

static enum wsync_err grant(struct wsync_site *site, const struct server_signers *signers,
                            bool *taken, struct wsync_error *error)
{
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_ROTATE};
    enum wsync_err err = begin(site, &statement.rotate, error);
    if (err == WSYNC_OK) {
        err = server_issue(site, &statement, signers, taken, error);
    }
    if (err == WSYNC_OK && *taken) {
        const struct wsync_identity granted = {.device = site->identity.device,
                                               .signing_key = statement.rotate.signing_key};
        err = wsync_rotation_check(site->txn, &site->arena, &granted);
    }
    return err == WSYNC_OK || error->text[0] != '\0'
               ? err
               : wsync_error_set(error, err, "The keys cannot be rotated: %s",
                                 wsync_err_text(err, WSYNC_EN));
}

static enum wsync_err rotate(struct wsync_cli *cli, bool *taken, struct wsync_error *error)
{
    struct wsync_site site;
    const struct server_signers signers = server_signers_of(cli);
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = grant(&site, &signers, taken, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_commit(&site, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_next_settle(&site, error);
    }
    wsync_site_close(&site);
    return err;
}

int server_keys_node(struct wsync_cli *cli)
{
    struct wsync_lock lock;
    struct wsync_error error = {{0}};
    bool taken = false;
    enum wsync_err err = wsync_lock_serve(cli->data_dir, &lock, &error);
    if (err == WSYNC_ERR_EXISTS) {
        (void)wsync_error_set(
            &error, err,
            "\"district serve\" writes as this device; stop it for the moment "
            "of this rotation.");
    }
    if (err == WSYNC_OK) {
        err = cli->dry_run ? WSYNC_OK : rotate(cli, &taken, &error);
        wsync_lock_release(&lock);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (taken) {
        wsync_cli_say(
            cli, cli->language == WSYNC_VI
                     ? "Thiết bị của chính quận đã có khóa mới; những gì khóa cũ ghi vẫn có "
                       "giá trị."
                     : "The district's own device has new keys; what the old ones wrote "
                       "stays good.");
    } else if (!cli->dry_run) {
        server_say_requested(cli);
    }
    return 0;
}
