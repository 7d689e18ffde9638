/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/accounts.h"
#include "host/admin_log.h"
#include "host/clock.h"
#include "host/given.h"
#include "host/office.h"
#include "host/site_conf.h"
#include "server/campaign.h"
#include "server/commands.h"

#define DEFAULT_ADDRESS "tcp://127.0.0.1:7700"

enum { SETUP_ARENA_BYTES = 16 << 20 };

/* Everything init reads is read and checked before anything is made. */
struct plan {
    struct wsync_arena arena;
    struct wsync_units units;
    struct wsync_form_source forms;
    struct wsync_site_conf conf;
    const char *admin; /* the first who can log in; NULL: nobody yet */
    struct wsync_pin_hash hash;
};

/* A file or folder that was named; the word "campaign" is what the program came with. */
static enum wsync_err find_named(const char *named, const char *shipped, const char **path,
                                 struct wsync_error *error)
{
    if (strcmp(named, SERVER_CAMPAIGN) == 0) {
        return server_campaign_open(shipped, path, error);
    }
    *path = named;
    return wsync_given_check(named, error);
}

/* Is it a form at all?  What it is beside others is judged when it is published. */
static enum wsync_err check_form(void *context, const struct wsync_xlsform_files *files,
                                 struct wsync_error *error)
{
    struct plan *plan = context;
    struct wsync_xlsform read;
    size_t mark = wsync_arena_mark(&plan->arena);
    enum wsync_err err = wsync_xlsform_read(files, &plan->arena, &read, error);
    wsync_arena_release(&plan->arena, mark);
    return err;
}

static enum wsync_err read_units(struct plan *plan, const char *path,
                                 enum wsync_language language, struct wsync_error *error)
{
    enum wsync_err err =
        wsync_office_read_units(path, language, &plan->arena, &plan->units, error);
    if (err != WSYNC_OK) {
        return err;
    }
    for (size_t i = 0; i < plan->units.count; i++) {
        if (plan->units.units[i].parent == 0 && plan->conf.scope != 0) {
            return wsync_error_set(
                error, WSYNC_ERR_VALUE,
                "%s: units %u and %u both have no parent; one tree is needed.", path,
                plan->conf.scope, plan->units.units[i].id);
        }
        if (plan->units.units[i].parent == 0) {
            plan->conf.scope = plan->units.units[i].id;
        }
    }
    return plan->conf.scope != 0 ? WSYNC_OK
                                 : wsync_error_set(error, WSYNC_ERR_VALUE,
                                                   "%s has no unit without a parent.", path);
}

static enum wsync_err read_addresses(struct plan *plan, const char *list,
                                     struct wsync_error *error)
{
    char copy[WSYNC_ADDRESSES_MAX * (WSYNC_ADDRESS_BYTES_MAX + 1)];
    char *rest = copy;
    if (strlen(list) >= sizeof copy) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "--address is too long.");
    }
    memcpy(copy, list, strlen(list) + 1);
    for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        size_t at = plan->conf.address_count;
        if (at == WSYNC_ADDRESSES_MAX || strlen(one) > WSYNC_ADDRESS_BYTES_MAX ||
            strncmp(one, "tcp://", 6) != 0) {
            return wsync_error_set(error, WSYNC_ERR_INVALID,
                                   "--address takes up to %d addresses like "
                                   "tcp://192.0.2.10:7700, separated by commas; \"%s\" does "
                                   "not fit.",
                                   WSYNC_ADDRESSES_MAX, one);
        }
        memcpy(plan->conf.addresses[at], one, strlen(one) + 1);
        plan->conf.address_count++;
    }
    return plan->conf.address_count > 0
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_INVALID, "--address is empty.");
}

static enum wsync_err public_key(const struct wsync_site *site, const char *name,
                                 struct wsync_signing_key *key, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair pair;
    enum wsync_err err =
        wsync_keys_load_signing(wsync_site_file(site->path, name, file), &pair, error);
    *key = pair.key;
    wsync_wipe(&pair, sizeof pair);
    return err;
}

/* Where and under which keys the district is met. */
static enum wsync_err say_district(const struct wsync_site *site,
                                   struct wsync_district *district, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_transport_pair bundle;
    struct wsync_endpoint *endpoint = &district->endpoints[0];
    district->endpoint_count = 1;
    endpoint->key = site->transport.key;
    endpoint->address_count = site->conf.address_count;
    for (size_t i = 0; i < site->conf.address_count; i++) {
        endpoint->addresses[i] = wsync_slice_of(site->conf.addresses[i]);
    }
    enum wsync_err err = public_key(site, "keys/log.key", &district->log_key, error);
    if (err == WSYNC_OK) {
        err = wsync_keys_load_transport(wsync_site_file(site->path, "keys/bundle.key", file),
                                        &bundle, error);
        district->bundle_key = bundle.key;
        wsync_wipe(&bundle, sizeof bundle);
    }
    return err;
}

/* Version 1 of the roster: the keys of the installation, and this machine as the district's
 * node. */
static enum wsync_err found_roster(struct wsync_site *site, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair root;
    struct wsync_signed_statement issued;
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_FIRST,
        .stamp = wsync_clock_wall_s(),
        .root = {.key_count = 1, .threshold = 1},
        .enrol = {.signing_key = site->identity.signing_key,
                  .transport_key = site->transport.key,
                  .role = WSYNC_ROLE_NODE,
                  .scopes = &site->conf.scope,
                  .scope_count = 1,
                  .name = wsync_slice_of("district")},
    };
    enum wsync_err err =
        public_key(site, "keys/registrar.key", &statement.root.registrar, error);
    if (err == WSYNC_OK) {
        err = say_district(site, &statement.district, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_keys_load_signing(wsync_site_file(site->path, "keys/root.key", file), &root,
                                      error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    statement.root.keys[0] = root.key;
    err = wsync_roster_issue(site->txn, &site->arena, &statement, &root.secret, &issued);
    wsync_wipe(&root, sizeof root);
    return err;
}

/* Asked for and hashed before anything is made. */
static enum wsync_err read_admin(struct wsync_cli *cli, struct plan *plan,
                                 struct wsync_error *error)
{
    WSYNC_PASSPHRASE password;
    const struct wsync_passphrase_source source = {wsync_cli_value(cli, "passphrase-file"),
                                                   "A password: "};
    plan->admin = wsync_cli_value(cli, "admin");
    if (!plan->admin || cli->dry_run) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_passphrase_new(&source, &password, error);
    if (err == WSYNC_OK) {
        err = wsync_pin_judge(&password, WSYNC_SITE_DISTRICT, cli->language, error);
    }
    return err == WSYNC_OK ? wsync_pin_hash_of(&password, &plan->hash) : err;
}

/* The first account, with the rest or not at all: whoever made the district can log in. */
static enum wsync_err add_admin(struct wsync_site *site, const struct plan *plan,
                                struct wsync_error *error)
{
    uint32_t number;
    struct wsync_account account;
    enum wsync_err err = wsync_staff_add(site, site->conf.scope, plan->admin, &number, error);
    if (err == WSYNC_OK) {
        err = wsync_account_get(site->txn, number, &account);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    account.role = WSYNC_ROLE_ADMIN;
    account.hash = plan->hash;
    err = wsync_account_change(site->txn, &account, wsync_clock_wall_s(), error);
    return err == WSYNC_OK
               ? wsync_admin_log_add(site->txn, WSYNC_ADMIN_STAFF, wsync_clock_wall_s(),
                                     "add number=%u role=admin", number)
               : err;
}

static enum wsync_err fill(struct wsync_site *site, struct plan *plan,
                           struct wsync_office_counts *units, struct wsync_office_counts *forms,
                           struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = found_roster(site, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_office_put_units(site, 0, &plan->units, units, error);
    }
    if (err == WSYNC_OK && plan->forms.folder) {
        const struct wsync_office_order order = {.source = &plan->forms, .arena = &plan->arena};
        err = wsync_office_publish(site, &order, forms, error);
    }
    if (err == WSYNC_OK && plan->admin) {
        err = add_admin(site, plan, error);
    }
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return err;
    }
    return wsync_site_commit(site, error);
}

/* An init that was cut off between making the directory and filling the store goes on: nobody
 * knows of this installation yet.  EXISTS when it is complete. */
static enum wsync_err take_up(struct wsync_cli *cli, struct plan *plan,
                              struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_site site;
    struct wsync_roster roster;
    struct wsync_error ignored;
    if (wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &ignored) != WSYNC_OK) {
        return WSYNC_ERR_EXISTS;
    }
    enum wsync_err err = wsync_site_begin(&site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(site.txn, &roster);
    }
    plan->conf.instance = site.conf.instance;
    plan->conf.server_key = site.conf.server_key;
    wsync_site_close(&site);
    if (err != WSYNC_OK || roster.version > 0) {
        return err == WSYNC_OK ? WSYNC_ERR_EXISTS : err;
    }
    return wsync_site_conf_write(wsync_site_file(cli->data_dir, "site.conf", file), &plan->conf,
                                 error);
}

/* Reads and checks everything that was named. */
static enum wsync_err read_plan(struct wsync_cli *cli, struct plan *plan,
                                struct wsync_error *error)
{
    const char *path;
    const char *addresses = wsync_cli_value(cli, "address");
    bool later = strcmp(wsync_cli_value(cli, "forms"), "none") == 0;
    plan->conf.kind = WSYNC_SITE_DISTRICT;
    enum wsync_err err = find_named(wsync_cli_value(cli, "units"), "units.csv", &path, error);
    if (err == WSYNC_OK) {
        err = read_units(plan, path, cli->language, error);
    }
    if (err == WSYNC_OK && !later) {
        err = find_named(wsync_cli_value(cli, "forms"), "forms", &path, error);
        plan->forms =
            (struct wsync_form_source){.folder = path, .files = {.language = cli->language}};
    }
    if (err == WSYNC_OK && !later) {
        err = wsync_office_each(&plan->forms, check_form, plan, error);
    }
    if (err == WSYNC_OK) {
        err = read_addresses(plan, addresses ? addresses : DEFAULT_ADDRESS, error);
    }
    return err == WSYNC_OK ? read_admin(cli, plan, error) : err;
}

static enum wsync_err init_with(struct wsync_cli *cli, struct plan *plan,
                                struct wsync_error *error)
{
    struct wsync_site site;
    struct wsync_office_counts units = {0, 0, 0};
    struct wsync_office_counts forms = {0, 0, 0};
    enum wsync_err err = read_plan(cli, plan, error);
    if (err != WSYNC_OK || cli->dry_run) {
        return err;
    }
    err = wsync_site_create(cli->data_dir, &plan->conf, error);
    if (err == WSYNC_ERR_EXISTS) {
        err = take_up(cli, plan, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = fill(&site, plan, &units, &forms, error);
    wsync_site_close(&site);
    if (err == WSYNC_OK) {
        wsync_cli_say(cli,
                      "The district is ready at %s: %zu units, %zu forms.\nNext: \"district "
                      "enrol --unit WARD --name DEVICE\" for each device, then \"district "
                      "serve\".",
                      cli->data_dir, units.added, forms.added);
    }
    return err;
}

int district_init(struct wsync_cli *cli)
{
    struct plan plan = {.units = {.count = 0}};
    struct wsync_error error = {{0}};
    if (!wsync_cli_value(cli, "units") || !wsync_cli_value(cli, "forms")) {
        return wsync_cli_usage(cli, "--units TABLE and --forms SOURCE are needed.");
    }
    void *block = malloc(SETUP_ARENA_BYTES);
    if (!block) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    wsync_arena_init(&plan.arena, block, SETUP_ARENA_BYTES);
    enum wsync_err err = init_with(cli, &plan, &error);
    free(block);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}
