/* SPDX-License-Identifier: Apache-2.0 */
#include "host/staff_command.h"

#include <stdlib.h>
#include <string.h>

#include "host/accounts.h"
#include "host/admin_log.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/view.h"

const struct wsync_cli_option WSYNC_STAFF_OPTIONS[] = {
    {"role", "ROLE", "\"add\": also lets the person log in, as see, write or admin"},
    {"passphrase-file", "FILE", "the PIN is the first line of FILE, or of - (standard input)"},
    {NULL, NULL, NULL},
};

/* One command, from its words to what it wrote. */
struct work {
    struct wsync_cli *cli;
    struct wsync_site site;
    struct wsync_error error;
    uint32_t number; /* whom it is about */
    enum wsync_page_role role;
    struct wsync_pin_hash hash; /* of a new PIN; "": none was given */
};

/* ---- words ---- */

static const char *const ROLES[] = {"", "see", "write", "admin"};

const char *wsync_staff_role_name(enum wsync_page_role role)
{
    return ROLES[role];
}

const char *wsync_staff_role_word(enum wsync_site_kind kind, enum wsync_page_role role,
                                  enum wsync_language language)
{
    static const char *const WORDS[][2] = {
        [WSYNC_ROLE_NOBODY] = {"", ""},
        [WSYNC_ROLE_SEE] = {[WSYNC_VI] = "xem", [WSYNC_EN] = "see"},
        [WSYNC_ROLE_WRITE] = {[WSYNC_VI] = "nhập liệu", [WSYNC_EN] = "enter"},
        [WSYNC_ROLE_ADMIN] = {[WSYNC_VI] = "quản trị", [WSYNC_EN] = "administer"},
    };
    if (kind == WSYNC_SITE_DISTRICT && role == WSYNC_ROLE_WRITE) {
        return language == WSYNC_VI ? "cán bộ" : "decide";
    }
    return WORDS[role][language];
}

static enum wsync_err read_role(struct work *work, const char *word)
{
    for (int role = WSYNC_ROLE_SEE; role <= WSYNC_ROLE_ADMIN; role++) {
        if (strcmp(word, ROLES[role]) == 0) {
            work->role = (enum wsync_page_role)role;
            return WSYNC_OK;
        }
    }
    return wsync_error_set(&work->error, WSYNC_ERR_INVALID,
                           "There is no role \"%s\"; they are see, write and admin.", word);
}

/* Asked for before anything is locked: a person needs time to type. */
static enum wsync_err read_new_pin(struct work *work)
{
    struct wsync_cli *cli = work->cli;
    WSYNC_PASSPHRASE pin;
    const struct wsync_passphrase_source source = {
        wsync_cli_value(cli, "passphrase-file"),
        cli->kind == WSYNC_SITE_WARD ? "A PIN of 6 digits or more: " : "A password: "};
    enum wsync_err err = wsync_passphrase_new(&source, &pin, &work->error);
    if (err == WSYNC_OK) {
        err = wsync_pin_judge(&pin, cli->kind, cli->language, &work->error);
    }
    return err == WSYNC_OK ? wsync_pin_hash_of(&pin, &work->hash) : err;
}

/* ---- what is written ---- */

/* A machine that serves the district keeps book of who may do what. */
static enum wsync_err note(struct work *work, const char *what, const char *more)
{
    if (work->site.conf.kind != WSYNC_SITE_DISTRICT) {
        return WSYNC_OK;
    }
    return wsync_admin_log_add(work->site.txn, WSYNC_ADMIN_STAFF, wsync_clock_wall_s(),
                               "%s number=%u%s%s", what, work->number, more[0] ? " role=" : "",
                               more);
}

static enum wsync_err get_account(struct work *work, struct wsync_account *account)
{
    enum wsync_err err = wsync_account_get(work->site.txn, work->number, account);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err find(struct work *work, const char *text)
{
    struct wsync_site *site = &work->site;
    return wsync_staff_number(site, site->conf.scope, text, &work->number, &work->error);
}

/* A row of a ward has a copy of the name: pages read it with every request, and another device
 * may have given the same number to somebody else. */
static enum wsync_err change(struct work *work, struct wsync_account *account)
{
    struct wsync_site *site = &work->site;
    if (site->conf.kind == WSYNC_SITE_WARD && account->name[0] == '\0') {
        wsync_staff_name(site, site->conf.scope, work->number, account->name);
    }
    return wsync_account_change(site->txn, account, wsync_clock_wall_s(), &work->error);
}

static enum wsync_err run_add(struct work *work)
{
    struct wsync_site *site = &work->site;
    struct wsync_account account;
    enum wsync_err err = wsync_staff_add(site, site->conf.scope, work->cli->argv[1],
                                         &work->number, &work->error);
    if (err == WSYNC_OK && work->role != WSYNC_ROLE_NOBODY) {
        err = get_account(work, &account);
        account.role = work->role;
        account.hash = work->hash;
        err = err == WSYNC_OK ? change(work, &account) : err;
    }
    return err == WSYNC_OK ? note(work, "add", wsync_staff_role_name(work->role)) : err;
}

static enum wsync_err run_role(struct work *work)
{
    struct wsync_account account;
    enum wsync_err err = find(work, work->cli->argv[1]);
    if (err == WSYNC_OK) {
        err = get_account(work, &account);
    }
    if (err == WSYNC_OK) {
        account.role = work->role;
        account.left = false;
        err = change(work, &account);
    }
    if (err == WSYNC_OK && account.hash.text[0] == '\0') {
        wsync_cli_say(work->cli, "There is no PIN yet: \"%s staff pin %u\" sets one.",
                      work->cli->program, work->number);
    }
    return err == WSYNC_OK ? note(work, "role", wsync_staff_role_name(work->role)) : err;
}

static enum wsync_err run_pin(struct work *work)
{
    struct wsync_account account;
    enum wsync_err err = find(work, work->cli->argv[1]);
    if (err == WSYNC_OK) {
        err = get_account(work, &account);
    }
    if (err == WSYNC_OK && account.role == WSYNC_ROLE_NOBODY) {
        return wsync_error_set(&work->error, WSYNC_ERR_INVALID,
                               "This person has no role yet: \"%s staff role %u ROLE\" comes "
                               "first.",
                               work->cli->program, work->number);
    }
    if (err == WSYNC_OK) {
        account.hash = work->hash;
        err = change(work, &account);
    }
    return err == WSYNC_OK ? note(work, "pin", "") : err;
}

static enum wsync_err run_retire(struct work *work)
{
    struct wsync_account account;
    enum wsync_err err = find(work, work->cli->argv[1]);
    if (err == WSYNC_OK) {
        err = get_account(work, &account);
    }
    if (err == WSYNC_OK) {
        account.role = WSYNC_ROLE_NOBODY;
        account.left = true;
        account.hash = (struct wsync_pin_hash){{0}};
        err = change(work, &account);
    }
    return err == WSYNC_OK ? note(work, "retire", "") : err;
}

/* ---- the list ---- */

static void print_person(void *context, uint32_t number, struct wsync_slice name)
{
    struct work *work = context;
    struct wsync_cli *cli = work->cli;
    struct wsync_account account;
    work->number = number;
    bool known = get_account(work, &account) == WSYNC_OK;
    bool open = known && wsync_account_is_open(&account);
    if (cli->json) {
        struct wsync_json *json = wsync_json_new();
        wsync_json_number(json, "number", number);
        wsync_json_text(json, "name", name);
        wsync_json_string(json, "role", wsync_staff_role_name(account.role));
        wsync_json_bool(json, "logs_in", open);
        wsync_json_bool(json, "left", account.left);
        wsync_json_number(json, "wait_s", wsync_account_wait_s(&account, wsync_clock_wall_s()));
        wsync_json_print(json, stdout);
        return;
    }
    const char *role = wsync_staff_role_word(cli->kind, account.role, cli->language);
    bool vi = cli->language == WSYNC_VI;
    printf("%5u  %.*s%s%s%s\n", number, (int)name.len, (const char *)name.data,
           role[0] ? "  · " : "", role,
           role[0] && !open ? vi ? " (chưa có mã PIN)" : " (no PIN yet)"
           : account.left   ? vi ? "  · đã thôi" : "  · left"
                            : "");
}

static enum wsync_err run_list(struct work *work)
{
    return wsync_staff_walk(&work->site, work->site.conf.scope, print_person, work);
}

/* ---- is a PIN right? ---- */

/* The hash is compared without a transaction open, which takes its time; whoever comes first
 * to writing it down is counted first. */
static enum wsync_err check(struct work *work, const struct wsync_passphrase *pin)
{
    struct wsync_site *site = &work->site;
    struct wsync_account before, account;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, &work->error);
    if (err == WSYNC_OK) {
        err = get_account(work, &before);
        wsync_site_abort(site);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    bool known = before.role != WSYNC_ROLE_NOBODY;
    work->number = known ? work->number : 0;
    bool right = wsync_pin_is(&before.hash, pin);
    err = wsync_site_begin(site, WSYNC_TXN_WRITE, &work->error);
    if (err == WSYNC_OK) {
        err = get_account(work, &account);
    }
    if (err == WSYNC_OK) {
        right = right && account.changed == before.changed;
        err = wsync_account_try(site->txn, &account, right, wsync_clock_wall_s());
    }
    if (err == WSYNC_ERR_RIGHT && account.failed == WSYNC_ACCOUNT_TRIES) {
        enum wsync_err noted = note(work, "locked", "");
        err = noted == WSYNC_OK ? err : noted;
    }
    if (err != WSYNC_OK && err != WSYNC_ERR_RIGHT) {
        wsync_site_abort(site);
        return err;
    }
    enum wsync_err kept = wsync_site_commit(site, &work->error);
    return kept == WSYNC_OK ? err : kept;
}

static enum wsync_err run_check(struct work *work)
{
    struct wsync_cli *cli = work->cli;
    WSYNC_PASSPHRASE pin;
    const struct wsync_passphrase_source source = {wsync_cli_value(cli, "passphrase-file"),
                                                   "PIN: "};
    char *end;
    unsigned long number = strtoul(cli->argv[1], &end, 10);
    work->number = *end == '\0' && number <= UINT32_MAX ? (uint32_t)number : 0;
    enum wsync_err err = wsync_passphrase_read(&source, &pin, &work->error);
    if (err == WSYNC_OK) {
        err = check(work, &pin);
    }
    if (err == WSYNC_ERR_RIGHT) {
        return wsync_error_set(&work->error, err, "Name and PIN do not belong together.");
    }
    if (err == WSYNC_ERR_BUSY) {
        return wsync_error_set(&work->error, err,
                               "There were too many wrong ones: wait, up to 15 minutes.");
    }
    return err;
}

/* ---- the command ---- */

static const struct verb {
    const char *name;
    int words; /* with it */
    bool writes;
    bool alone; /* opens its transactions itself */
    enum wsync_err (*run)(struct work *work);
} VERBS[] = {
    {"list", 1, false, false, run_list},    {"add", 2, true, false, run_add},
    {"role", 3, true, false, run_role},     {"pin", 2, true, false, run_pin},
    {"retire", 2, true, false, run_retire}, {"check", 2, false, true, run_check},
};

static const struct verb *verb_of(const struct wsync_cli *cli)
{
    for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++) {
        bool asked = cli->argc == 0 ? i == 0 : strcmp(cli->argv[0], VERBS[i].name) == 0;
        if (asked && (cli->argc == 0 || cli->argc == VERBS[i].words)) {
            return &VERBS[i];
        }
    }
    return NULL;
}

/* What stands in the words, and the PIN. */
static enum wsync_err read_words(struct work *work, const struct verb *verb)
{
    const char *role = verb->words == 3       ? work->cli->argv[2]
                       : verb->run == run_add ? wsync_cli_value(work->cli, "role")
                                              : NULL;
    enum wsync_err err = role ? read_role(work, role) : WSYNC_OK;
    bool needs_pin = verb->run == run_pin || (verb->run == run_add && role);
    return err == WSYNC_OK && needs_pin ? read_new_pin(work) : err;
}

static enum wsync_err carry_out(struct work *work, const struct verb *verb)
{
    struct wsync_site *site = &work->site;
    if (verb->alone) {
        return verb->run(work);
    }
    enum wsync_err err =
        wsync_site_begin(site, verb->writes ? WSYNC_TXN_WRITE : WSYNC_TXN_READ, &work->error);
    if (err == WSYNC_OK) {
        err = verb->run(work);
    }
    if (err != WSYNC_OK || !verb->writes || work->cli->dry_run) {
        wsync_site_abort(site);
        return err;
    }
    err = wsync_site_commit(site, &work->error);
    if (err == WSYNC_OK && verb->run == run_add) {
        printf("%u\n", work->number);
    }
    return err;
}

int wsync_staff_command(struct wsync_cli *cli)
{
    static struct work work;
    const struct verb *verb = verb_of(cli);
    if (!verb) {
        return wsync_cli_usage(cli, "Expected nothing, or one of these with its words.");
    }
    work = (struct work){.cli = cli};
    enum wsync_err err = read_words(&work, verb);
    if (err == WSYNC_OK) {
        err = wsync_site_open(cli->data_dir, cli->kind, &work.site, &work.error);
    }
    if (err == WSYNC_OK) {
        err = carry_out(&work, verb);
    }
    if (work.site.store) {
        wsync_site_close(&work.site);
    }
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &work.error);
}
