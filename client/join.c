/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/join.h"
#include "client/result.h"
#include "host/dial.h"
#include "host/file.h"
#include "host/first_run.h"
#include "host/invite_text.h"
#include "host/lock.h"
#include "host/site_conf.h"
#include "host/units_here.h"

enum { JOIN_ARENA_BYTES = 1 << 20 };

const struct wsync_cli_option WARD_JOIN_OPTIONS[] = {
    {"grant", "FILE", "join by the district's answer to a request"},
    {NULL, NULL, NULL},
};

/* The invite is kept in the data directory until the district has granted it and sent what it
 * has, so that a join that was cut off anywhere goes on with the same keys. */
#define INVITE_FILE "invite"

enum wsync_err client_conf_of(const struct wsync_invite *invite, struct wsync_site_conf *conf,
                              struct wsync_error *error)
{
    conf->kind = WSYNC_SITE_WARD;
    conf->instance = invite->instance;
    conf->scope = invite->scope;
    conf->address_count = invite->address_count;
    conf->server_key = invite->server_key;
    memset(conf->addresses, 0, sizeof conf->addresses);
    for (size_t i = 0; i < invite->address_count; i++) {
        const struct wsync_slice *address = &invite->addresses[i];
        if (address->len > WSYNC_ADDRESS_BYTES_MAX) {
            return wsync_error_set(error, WSYNC_ERR_INVITE,
                                   "An address of the invite is too long.");
        }
        memcpy(conf->addresses[i], address->data, address->len);
    }
    return WSYNC_OK;
}

/* Makes the data directory, or finds the one that an earlier try with this invite made. */
static enum wsync_err prepare(const struct wsync_cli *cli, const char *text,
                              const struct wsync_invite *invite, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    char held[WSYNC_INVITE_TEXT_BYTES], conf_file[WSYNC_SITE_PATH_BYTES];
    size_t len;
    struct wsync_site_conf conf = {.scope = 0};
    enum wsync_err err = client_conf_of(invite, &conf, error);
    if (err != WSYNC_OK) {
        return err;
    }
    bool made = access(wsync_site_file(cli->data_dir, "site.conf", file), F_OK) == 0;
    wsync_site_file(cli->data_dir, INVITE_FILE, file);
    if (made && wsync_file_read(file, held, sizeof held, &len, NULL) == WSYNC_OK &&
        wsync_slice_equal(wsync_slice(held, len), wsync_slice_of(text))) {
        return wsync_file_sync_dir(cli->data_dir, error); /* it may have been killed before */
    }
    if (made && wsync_first_run_needed(cli->data_dir, WSYNC_SITE_WARD)) {
        /* Nobody admitted these keys by an earlier invite: they go on with this one. */
        err = wsync_site_conf_write(wsync_site_file(cli->data_dir, "site.conf", conf_file),
                                    &conf, error);
        return err == WSYNC_OK
                   ? wsync_file_write_durably(file, 0600, wsync_slice_of(text), error)
                   : err;
    }
    if (!made) { /* it comes before what makes the directory a ward's: power may fail between */
        err = wsync_file_make_dir(cli->data_dir, 0700, error);
        if (err == WSYNC_OK) {
            err = wsync_file_write_durably(file, 0600, wsync_slice_of(text), error);
        }
    }
    return err == WSYNC_OK ? wsync_site_create(cli->data_dir, &conf, error) : err;
}

enum wsync_err client_apply(struct wsync_site *site, const struct wsync_invite *invite,
                            struct wsync_dial_result *result, struct wsync_error *error)
{
    struct wsync_enrol enrol = wsync_enrol_sign(invite, &site->identity, &site->transport.key);
    struct wsync_transport_pair pair = wsync_invite_pair(invite);
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_APPLICANT,
                                              .ledger = &site->ledger,
                                              .instance = site->conf.instance,
                                              .scope = site->conf.scope,
                                              .enrol = &enrol};
    const struct wsync_dial dial = {.site = site, .setup = &setup, .own = &pair};
    enum wsync_err err = wsync_dial_run(&dial, result, error);
    wsync_wipe(&pair, sizeof pair);
    return err;
}

/* The district admitted these keys: pages and the agent know it from the store alone. */
static enum wsync_err note_admitted(struct wsync_site *site, struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = wsync_site_note_key(site->txn, &site->identity.signing_key);
    }
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return err;
    }
    return wsync_site_commit(site, error);
}

int client_first_sync(struct wsync_cli *cli, struct wsync_site *site)
{
    struct wsync_dial_result result;
    struct wsync_error error = {{0}};
    char unit[WSYNC_UNIT_LABEL_BYTES];
    struct wsync_way way = {.address = ""};
    const struct client_errand errand = {.site = site, .way = &way};
    enum wsync_err err = client_sync(cli, &errand, &result, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (result.err != WSYNC_OK) {
        return client_say_failure(cli, &result);
    }
    if (wsync_site_begin(site, WSYNC_TXN_READ, &error) == WSYNC_OK) {
        wsync_units_here_label(site, site->conf.scope, unit);
        wsync_site_abort(site);
        wsync_cli_say(
            cli, "This device now belongs to %s.  Next: \"ward forms\", \"ward add\".", unit);
    }
    return 0;
}

static int join_with(struct wsync_cli *cli, const char *text, const struct wsync_invite *invite)
{
    struct wsync_site site;
    struct wsync_dial_result result;
    struct wsync_lock turn; /* an agent that waits for this ward does not dial meanwhile */
    struct wsync_error error = {{0}};
    char file[WSYNC_SITE_PATH_BYTES];
    enum wsync_err err = prepare(cli, text, invite, &error);
    if (err == WSYNC_OK) {
        err = wsync_lock_wait(cli->data_dir, CLIENT_TURN, CLIENT_TURN_MS, &turn, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
    if (err != WSYNC_OK) {
        wsync_lock_release(&turn);
        return wsync_cli_fail(cli, err, &error);
    }
    int code = 0;
    err = client_apply(&site, invite, &result, &error);
    if (err != WSYNC_OK) {
        code = wsync_cli_fail(cli, err, &error);
    } else if (result.err != WSYNC_OK) {
        code = client_say_failure(cli, &result);
        wsync_cli_say(cli, "The keys are kept: run the same \"ward join\" again.");
    } else {
        err = note_admitted(&site, &error);
        code =
            err == WSYNC_OK ? client_first_sync(cli, &site) : wsync_cli_fail(cli, err, &error);
        if (code == 0) {
            unlink(wsync_site_file(cli->data_dir, INVITE_FILE, file));
        }
    }
    wsync_site_close(&site);
    wsync_lock_release(&turn);
    return code;
}

/* Reads the one invite of the command line and does `with` it. */
static int with_invite(struct wsync_cli *cli,
                       int (*with)(struct wsync_cli *cli, const char *text,
                                   const struct wsync_invite *invite))
{
    struct wsync_invite invite = {.scope = 0};
    struct wsync_arena arena;
    struct wsync_error error = {{0}};
    static char text[WSYNC_INVITE_TEXT_BYTES];
    if (cli->argc != 1) {
        return wsync_cli_usage(cli,
                               "Expected one invite, or - to read it from standard input.");
    }
    if (strcmp(cli->argv[0], "-") == 0) {
        if (!fgets(text, sizeof text, stdin)) {
            return wsync_cli_usage(cli, "Standard input holds no invite.");
        }
        text[strcspn(text, "\r\n")] = '\0';
    } else {
        snprintf(text, sizeof text, "%s", cli->argv[0]);
    }
    void *block = malloc(JOIN_ARENA_BYTES);
    if (!block) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    wsync_arena_init(&arena, block, JOIN_ARENA_BYTES);
    enum wsync_err err = wsync_invite_parse(text, &arena, &invite, &error);
    int code = err == WSYNC_OK ? with(cli, text, &invite) : wsync_cli_fail(cli, err, &error);
    wsync_wipe(&invite, sizeof invite);
    wsync_wipe(text, sizeof text);
    free(block);
    return code;
}

int ward_join(struct wsync_cli *cli)
{
    return cli->argc == 0 && wsync_cli_flag(cli, "grant")
               ? client_join_grant(cli, wsync_cli_value(cli, "grant"))
               : with_invite(cli, join_with);
}

int ward_rejoin(struct wsync_cli *cli)
{
    return with_invite(cli, client_rejoin);
}
