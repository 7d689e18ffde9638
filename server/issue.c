/* SPDX-License-Identifier: Apache-2.0 */
#include "server/issue.h"

#include <stdio.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/clock.h"
#include "host/given.h"
#include "host/keys_sealed.h"
#include "host/passphrase.h"
#include "host/refill.h"
#include "server/root_request.h"
#include "wardsync/crypto.h"

static const struct server_signers NOWHERE = {NULL, NULL, NULL};

struct server_signers server_signers_of(const struct wsync_cli *cli)
{
    return (struct server_signers){.keys = wsync_cli_value(cli, "key"),
                                   .passphrase_file = wsync_cli_value(cli, "passphrase-file"),
                                   .request = wsync_cli_value(cli, "request")};
}

enum wsync_err server_load_key(const char *path, const char *passphrase_file,
                               struct wsync_signing_pair *pair, struct wsync_error *error)
{
    char prompt[WSYNC_SITE_PATH_BYTES + 32];
    bool sealed;
    struct wsync_signing_key key;
    WSYNC_PASSPHRASE passphrase;
    wsync_wipe(pair, sizeof *pair);
    enum wsync_err err = wsync_keys_peek(path, &sealed, &key, error);
    if (err != WSYNC_OK || !sealed) {
        return err == WSYNC_OK ? wsync_keys_load_signing(path, pair, error) : err;
    }
    snprintf(prompt, sizeof prompt, "Passphrase of %s: ", path);
    const struct wsync_passphrase_source source = {passphrase_file, prompt};
    err = wsync_passphrase_read(&source, &passphrase, error);
    return err == WSYNC_OK ? wsync_keys_load_sealed(
                                 path, wsync_slice(passphrase.b, passphrase.len), pair, error)
                           : err;
}

/* One statement on its way. */
struct issue {
    struct wsync_site *site;
    const struct wsync_statement *statement;
    const struct server_signers *signers;
    struct wsync_authority authority;
    struct wsync_signed_statement signed_statement;
};

static bool is_in(const struct wsync_root *root, const struct wsync_signing_key *key)
{
    for (size_t i = 0; i < root->key_count; i++) {
        if (wsync_slice_equal(WSYNC_BYTES(root->keys[i]), WSYNC_BYTES(*key))) {
            return true;
        }
    }
    return false;
}

/* Signs with the key of a file when its signature counts; one that does not is left alone. */
static enum wsync_err sign_with(struct issue *issue, const char *path,
                                struct wsync_error *error)
{
    struct wsync_signing_pair pair;
    enum wsync_err err = server_load_key(path, issue->signers->passphrase_file, &pair, error);
    bool counts = err == WSYNC_OK && (is_in(&issue->authority.root, &pair.key) ||
                                      (issue->statement->kind == WSYNC_STATEMENT_ROOT &&
                                       is_in(&issue->statement->root, &pair.key)));
    if (counts) {
        struct wsync_key_signature signature =
            wsync_statement_sign(&pair.secret, issue->signed_statement.statement);
        err = wsync_signed_add(&issue->signed_statement, &signature);
        err = err == WSYNC_ERR_EXISTS ? WSYNC_OK : err;
    }
    wsync_wipe(&pair, sizeof pair);
    return err;
}

static enum wsync_err sign_with_roots(struct issue *issue, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    char list[WSYNC_ROOT_KEYS_MAX * WSYNC_SITE_PATH_BYTES];
    char *rest = list;
    enum wsync_err err =
        sign_with(issue, wsync_site_file(issue->site->path, "keys/root.key", file), error);
    err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* it is kept elsewhere */
    snprintf(list, sizeof list, "%s", issue->signers->keys ? issue->signers->keys : "");
    for (char *one = strtok_r(list, ",", &rest); one && err == WSYNC_OK;
         one = strtok_r(NULL, ",", &rest)) {
        err = wsync_given_check(one, error);
        err = err == WSYNC_OK ? sign_with(issue, one, error) : err;
    }
    return err;
}

/* The registrar signs for devices, when it is here and the one in force. */
static enum wsync_err sign_as_registrar(struct issue *issue, bool *did,
                                        struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair pair;
    *did = false;
    if (issue->statement->kind == WSYNC_STATEMENT_ROOT ||
        issue->statement->kind == WSYNC_STATEMENT_DISTRICT) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_keys_load_signing(
        wsync_site_file(issue->site->path, "keys/registrar.key", file), &pair, error);
    *did = err == WSYNC_OK && wsync_slice_equal(WSYNC_BYTES(pair.key),
                                                WSYNC_BYTES(issue->authority.root.registrar));
    if (*did) {
        issue->signed_statement.signatures[0] =
            wsync_statement_sign(&pair.secret, issue->signed_statement.statement);
        issue->signed_statement.signature_count = 1;
    }
    wsync_wipe(&pair, sizeof pair);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err hand_on(struct issue *issue, struct wsync_error *error)
{
    const struct wsync_root *now = &issue->authority.root;
    const struct wsync_root *then =
        issue->statement->kind == WSYNC_STATEMENT_ROOT ? &issue->statement->root : now;
    if (!issue->signers->request) {
        return wsync_error_set(
            error, WSYNC_ERR_SIGNATURE,
            "Root keys must sign it, %u of %zu%s, and %zu signed here: name the files of "
            "others "
            "(--key), or give --request FILE and take that file to them.",
            now->threshold, now->key_count,
            then->threshold > now->threshold ? " as it is, more as it will be" : "",
            issue->signed_statement.signature_count);
    }
    return server_request_write(issue->signers->request, &issue->signed_statement, error);
}

static enum wsync_err sign_and_take(struct issue *issue, bool *taken, struct wsync_error *error)
{
    bool registrar;
    enum wsync_err err = sign_as_registrar(issue, &registrar, error);
    if (err == WSYNC_OK && !registrar) {
        err = sign_with_roots(issue, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = issue->signed_statement.signature_count == 0
              ? WSYNC_ERR_SIGNATURE
              : wsync_authority_check(&issue->authority, &issue->signed_statement,
                                      issue->statement);
    if (err == WSYNC_ERR_SIGNATURE) {
        return hand_on(issue, error);
    }
    *taken = err == WSYNC_OK;
    if (err == WSYNC_OK) {
        err = wsync_roster_take(issue->site->txn, &issue->site->arena, &issue->signed_statement,
                                &issue->site->conf.instance);
    }
    if (err == WSYNC_OK && wsync_admin_log_staff() != 0) { /* a statement has no place for it */
        err = wsync_admin_log_add(issue->site->txn, WSYNC_ADMIN_STAFF, issue->statement->stamp,
                                  "roster=%llu", (unsigned long long)issue->statement->version);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "The roster does not take it: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

enum wsync_err server_issue(struct wsync_site *site, struct wsync_statement *statement,
                            const struct server_signers *signers, bool *taken,
                            struct wsync_error *error)
{
    struct wsync_roster roster;
    struct issue issue = {
        .site = site, .statement = statement, .signers = signers ? signers : &NOWHERE};
    *taken = false;
    statement->stamp = wsync_clock_wall_s();
    enum wsync_err err = wsync_refill_check(site->txn, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_roster_get(site->txn, &roster);
    if (err == WSYNC_OK) {
        err = wsync_roster_draft(site->txn, statement);
    }
    if (err == WSYNC_OK) {
        err =
            wsync_statement_encode(statement, &site->arena, &issue.signed_statement.statement);
    }
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "The statement cannot be made: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    issue.authority = roster.authority;
    return sign_and_take(&issue, taken, error);
}
