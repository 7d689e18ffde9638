/* SPDX-License-Identifier: Apache-2.0 */
/* `ward rejoin INVITE`: the store goes on as another device of the same ward, under new keys.
 *
 * For a device that was revoked, or whose keys somebody else has.  The new keys are on disk
 * before the district hears of them, and take the place of the old ones when the roster held
 * here names them (next_key.h): until then people go on recording as the old device.  Run again
 * with the same invite it goes on where it was. */
#include "client/commands.h"
#include "client/join.h"
#include "client/result.h"
#include "host/lock.h"
#include "host/next_key.h"
#include "host/rotate.h"
#include "wardsync/roster.h"
#include "wardsync/crypto.h"

static enum wsync_err check_invite(const struct wsync_site *site,
                                   const struct wsync_invite *invite, struct wsync_error *error)
{
    if (!wsync_slice_equal(WSYNC_BYTES(invite->instance), WSYNC_BYTES(site->conf.instance))) {
        return wsync_error_set(error, WSYNC_ERR_INSTANCE,
                               "The invite is of another installation; what is recorded here "
                               "belongs to this one.");
    }
    if (invite->scope != site->conf.scope) {
        return wsync_error_set(
            error, WSYNC_ERR_SCOPE,
            "The invite is for unit %u, and what is recorded here is of unit "
            "%u.",
            invite->scope, site->conf.scope);
    }
    return WSYNC_OK;
}

/* All that the old device wrote is sealed and what it did not hand in is noted: what is to come
 * in its place can tell it. */
static enum wsync_err begin(struct wsync_site *site, struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_rejoin_begin(site->txn, &site->identity);
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "Nothing was changed: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

/* Who this site is, put aside and brought back. */
struct self {
    struct wsync_identity identity;
    struct wsync_transport_pair transport;
};

static enum wsync_err become(struct wsync_site *site, struct self *before,
                             struct wsync_error *error)
{
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    *before = (struct self){site->identity, site->transport};
    enum wsync_err err = wsync_next_signing(site, "rejoin-signing", &signing, error);
    if (err == WSYNC_OK) {
        err = wsync_next_transport(site, "rejoin-transport", &transport, error);
    }
    if (err == WSYNC_OK) {
        site->identity = (struct wsync_identity){
            .device = wsync_device_of(&site->conf.instance, &signing.key),
            .signing_key = signing.key,
            .secret = signing.secret};
        site->transport = transport;
        wsync_wipe(&transport, sizeof transport);
    }
    wsync_wipe(&signing, sizeof signing);
    return err;
}

static void be_again(struct wsync_site *site, struct self *before)
{
    site->identity = before->identity;
    site->transport = before->transport;
    wsync_wipe(before, sizeof *before);
}

/* Enrols the new keys, and under them fetches the roster that names them. */
static enum wsync_err talk(struct wsync_site *site, const struct wsync_invite *invite,
                           struct wsync_dial_result *result, struct wsync_error *error)
{
    const struct wsync_session_setup setup = client_setup(site);
    const struct wsync_dial dial = {.site = site, .setup = &setup, .own = &site->transport};
    enum wsync_err err = client_apply(site, invite, result, error);
    return err == WSYNC_OK && result->err == WSYNC_OK ? wsync_dial_run(&dial, result, error)
                                                      : err;
}

static enum wsync_err change_hands(struct wsync_site *site, const struct wsync_invite *invite,
                                   struct wsync_dial_result *result, struct wsync_error *error)
{
    struct self before;
    enum wsync_err err = client_conf_of(invite, &site->conf, error);
    if (err == WSYNC_OK) {
        err = begin(site, error);
    }
    if (err == WSYNC_OK) {
        err = become(site, &before, error);
        if (err == WSYNC_OK) {
            err = talk(site, invite, result, error);
        }
        be_again(site, &before);
    }
    return err == WSYNC_OK ? wsync_next_settle(site, error) : err;
}

/* Changes of keys that the roster does not name: they waited for a district that was out of
 * reach until this device's place was taken. */
static enum wsync_err count_unnamed(struct wsync_site *site, uint64_t *count,
                                    struct wsync_error *error)
{
    struct wsync_log log;
    struct wsync_log_id at;
    struct wsync_device device;
    const struct wsync_log_id *after = NULL;
    *count = 0;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        enum wsync_err found = wsync_device_get(site->txn, &log.device, &device);
        *count += found == WSYNC_OK &&
                          wsync_device_key_at(&device, &log.signing_key) == device.key_count
                      ? log.seq
                      : 0;
        at = log.id;
        after = &at;
    }
    wsync_site_abort(site);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static int rejoin_in_turn(struct wsync_cli *cli, struct wsync_site *site,
                          const struct wsync_invite *invite)
{
    struct wsync_error error = {{0}};
    struct wsync_dial_result result;
    bool vi = cli->language == WSYNC_VI;
    enum wsync_err err = check_invite(site, invite, &error);
    if (err == WSYNC_OK &&
        !wsync_cli_confirm(cli,
                           vi ? "Thiết bị này kết thúc và tiếp tục như một thiết bị khác.  "
                                "Vào lại?"
                              : "This device ends and goes on as another one.  Rejoin?")) {
        wsync_cli_say(cli, vi ? "Không có gì thay đổi." : "Nothing was changed.");
        return 0;
    }
    if (err == WSYNC_OK) {
        err = change_hands(site, invite, &result, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (wsync_next_is_there(site, "rejoin-signing")) { /* not named by the roster yet */
        int code = client_say_failure(cli, &result);
        wsync_cli_say(cli, vi ? "Không mất gì: chạy lại đúng lệnh \"ward rejoin\" này."
                              : "Nothing is lost: run the same \"ward rejoin\" again.");
        return code;
    }
    int code = client_first_sync(cli, site);
    uint64_t unnamed;
    if (count_unnamed(site, &unnamed, &error) == WSYNC_OK && unnamed > 0) {
        wsync_cli_say(cli,
                      vi ? "%llu thay đổi được ghi bằng khóa mà quận chưa hề xác nhận; chúng "
                           "không được tính ở đâu cả.  \"ward quarantine\" cho xem: nhập lại."
                         : "%llu changes were written with keys that the district never "
                           "confirmed; they count nowhere.  \"ward quarantine\" shows them: "
                           "enter them again.",
                      (unsigned long long)unnamed);
    }
    return code;
}

int client_rejoin(struct wsync_cli *cli, const char *text, const struct wsync_invite *invite)
{
    struct wsync_site site;
    struct wsync_lock turn;
    struct wsync_error error = {{0}};
    (void)text;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_lock_wait(cli->data_dir, CLIENT_TURN, CLIENT_TURN_MS, &turn, &error);
    int code =
        err == WSYNC_OK ? rejoin_in_turn(cli, &site, invite) : wsync_cli_fail(cli, err, &error);
    if (err == WSYNC_OK) {
        wsync_lock_release(&turn);
    }
    wsync_site_close(&site);
    return code;
}
