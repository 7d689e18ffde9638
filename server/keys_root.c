/* SPDX-License-Identifier: Apache-2.0 */
/* `district keys root create|show|change|sign|apply`.  `create`, `show FILE` and `sign` work on
 * a machine that has no data directory: a root key may live there, and what it signs comes and
 * goes as a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/fingerprint.h"
#include "host/given.h"
#include "host/keys_sealed.h"
#include "host/next_key.h"
#include "host/refill.h"
#include "host/passphrase.h"
#include "host/view.h"
#include "server/issue.h"
#include "server/keys.h"
#include "server/root_request.h"
#include "wardsync/calendar.h"
#include "wardsync/crypto.h"
#include "wardsync/rotation.h"

enum { REQUEST_ARENA_BYTES = 1 << 18, SECONDS_A_DAY = 86400, LOCAL_OFFSET_S = 7 * 3600 };

static void print_public(const struct wsync_cli *cli, const struct wsync_signing_key *key)
{
    char hex[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(*key), hex);
    printf("%s\n", hex);
    wsync_cli_say(cli, "fingerprint %s", wsync_fingerprint_of(WSYNC_BYTES(*key)).text);
}

static int create(struct wsync_cli *cli, const char *path)
{
    struct wsync_signing_pair pair;
    struct wsync_error error = {{0}};
    WSYNC_PASSPHRASE passphrase;
    const struct wsync_passphrase_source source = {wsync_cli_value(cli, "passphrase-file"),
                                                   "A passphrase for the new root key: "};
    bool sealed = source.file || wsync_cli_flag(cli, "passphrase");
    enum wsync_err err =
        sealed ? wsync_passphrase_choose(&source, &passphrase, &error) : WSYNC_OK;
    if (err == WSYNC_OK) {
        err = sealed ? wsync_keys_create_sealed(path, wsync_slice(passphrase.b, passphrase.len),
                                                WSYNC_SEAL_MODERATE, &pair, &error)
                     : wsync_keys_create_signing(path, &pair, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    print_public(cli, &pair.key);
    wsync_wipe(&pair, sizeof pair);
    wsync_cli_say(cli,
                  "Above is the public key, for \"district keys root change --public\".  "
                  "Keep a copy of %s in another place.",
                  path);
    return 0;
}

static int show_file(struct wsync_cli *cli, const char *path)
{
    struct wsync_signing_pair pair;
    struct wsync_error error = {{0}};
    bool sealed;
    enum wsync_err err = wsync_keys_peek(path, &sealed, &pair.key, &error);
    if (err == WSYNC_OK && !sealed) {
        err = wsync_keys_load_signing(path, &pair, &error);
        wsync_wipe(&pair.secret, sizeof pair.secret);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    print_public(cli, &pair.key);
    wsync_cli_say(cli, sealed ? "It is kept behind a passphrase." : "It has no passphrase.");
    return 0;
}

/* ---- another set of root keys ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, WSYNC_PUBLIC_KEY_BYTES);
}

/* All root keys of the list, ascending as a statement has them. */
static bool read_public(const char *list, struct wsync_root *root)
{
    size_t digits = 2 * WSYNC_PUBLIC_KEY_BYTES;
    root->key_count = 0;
    for (const char *at = list;; at += digits + 1) { /* ends: behind the last key */
        size_t len = strcspn(at, ",");
        if (len != digits || root->key_count == WSYNC_ROOT_KEYS_MAX ||
            !wsync_hex_decode(wsync_slice(at, len), root->keys[root->key_count++].b,
                              WSYNC_PUBLIC_KEY_BYTES)) {
            return false;
        }
        if (at[len] == '\0') {
            break;
        }
    }
    qsort(root->keys, root->key_count, sizeof *root->keys, by_bytes);
    for (size_t i = 1; i < root->key_count; i++) {
        if (by_bytes(&root->keys[i - 1], &root->keys[i]) == 0) {
            return false;
        }
    }
    return true;
}

/* The end of a day here; 0 for "never". */
static bool read_expiry(const char *text, int64_t *expires)
{
    int32_t day;
    *expires = 0;
    if (strcmp(text, "never") == 0) {
        return true;
    }
    bool good = wsync_calendar_parse(wsync_slice_of(text), &day);
    *expires = ((int64_t)day + 1) * SECONDS_A_DAY - LOCAL_OFFSET_S - 1;
    return good && *expires > 0;
}

/* Changes what the options say; 0, or the exit code. */
static int read_change(struct wsync_cli *cli, struct wsync_root *root)
{
    const char *list = wsync_cli_value(cli, "public");
    const char *threshold = wsync_cli_value(cli, "threshold");
    const char *expires = wsync_cli_value(cli, "expires");
    if (!list && !threshold && !expires) {
        return wsync_cli_usage(cli,
                               "Nothing is to be changed: --public, --threshold, --expires.");
    }
    if (list && !read_public(list, root)) {
        return wsync_cli_usage(cli,
                               "--public takes 1 to %d different keys of %d digits, as \"root "
                               "create\" prints them, with commas between.",
                               WSYNC_ROOT_KEYS_MAX, 2 * WSYNC_PUBLIC_KEY_BYTES);
    }
    if (threshold) {
        char *end;
        long number = strtol(threshold, &end, 10);
        root->threshold = *end == '\0' && number > 0 ? (uint32_t)number : 0;
    }
    if (root->threshold == 0 || root->threshold > root->key_count) {
        return wsync_cli_usage(cli, "--threshold goes from 1 to the number of keys, %zu.",
                               root->key_count);
    }
    return !expires || read_expiry(expires, &root->expires)
               ? 0
               : wsync_cli_usage(cli, "--expires takes a day, as 2027-12-31, or \"never\".");
}

static int change(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_roster roster;
    struct wsync_error error = {{0}};
    const struct server_signers signers = server_signers_of(cli);
    bool taken = false;
    int code = 0;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_site_begin(&site, WSYNC_TXN_WRITE, &error);
    if (err == WSYNC_OK) {
        err = wsync_roster_get(site.txn, &roster);
    }
    if (err == WSYNC_OK) {
        struct wsync_statement statement = {.kind = WSYNC_STATEMENT_ROOT,
                                            .root = roster.authority.root};
        code = read_change(cli, &statement.root);
        if (code == 0 && !cli->dry_run) {
            err = server_issue(&site, &statement, &signers, &taken, &error);
            err = err == WSYNC_OK ? wsync_site_commit(&site, &error) : err;
        }
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK || code != 0) {
        return code != 0 ? code : wsync_cli_fail(cli, err, &error);
    }
    if (taken) {
        wsync_cli_say(cli, "It is in force; wards hear of it at their next sync.");
    } else if (!cli->dry_run) {
        server_say_requested(cli);
    }
    return 0;
}

/* ---- requests ---- */

static enum wsync_err add_signature(struct wsync_cli *cli, struct server_request *request,
                                    struct wsync_error *error)
{
    struct wsync_signing_pair pair;
    enum wsync_err err = server_load_key(wsync_cli_value(cli, "key"),
                                         wsync_cli_value(cli, "passphrase-file"), &pair, error);
    if (err == WSYNC_OK) {
        struct wsync_key_signature signature =
            wsync_statement_sign(&pair.secret, request->signed_statement.statement);
        err = wsync_signed_add(&request->signed_statement, &signature);
        if (err == WSYNC_ERR_EXISTS) {
            err = wsync_error_set(error, err, "This key has signed it already.");
        } else if (err != WSYNC_OK) {
            err = wsync_error_set(error, err, "It holds as many signatures as it can.");
        }
    }
    wsync_wipe(&pair, sizeof pair);
    return err;
}

static enum wsync_err sign_in(struct wsync_cli *cli, const char *path,
                              struct wsync_arena *arena, struct wsync_error *error)
{
    static struct server_request request;
    enum wsync_err err = server_request_read(path, &request, arena, error);
    if (err != WSYNC_OK) {
        return err;
    }
    server_request_tell(&request, stdout);
    fflush(stdout);
    if (cli->dry_run || !wsync_cli_confirm(cli, "Sign this?")) {
        wsync_cli_say(cli, "Nothing was signed.");
        return WSYNC_OK;
    }
    err = add_signature(cli, &request, error);
    if (err == WSYNC_OK) {
        err = server_request_write(path, &request.signed_statement, error);
    }
    if (err == WSYNC_OK) {
        wsync_cli_say(cli, "Signed; %s holds %zu signatures.", path,
                      request.signed_statement.signature_count);
    }
    return err;
}

static int sign(struct wsync_cli *cli, const char *path)
{
    struct wsync_arena arena;
    struct wsync_error error = {{0}};
    if (!wsync_cli_value(cli, "key")) {
        return wsync_cli_usage(cli, "--key FILE is needed: the root key to sign with.");
    }
    void *block = malloc(REQUEST_ARENA_BYTES);
    if (!block) {
        return wsync_cli_fail(cli, WSYNC_ERR_MEMORY, NULL);
    }
    wsync_arena_init(&arena, block, REQUEST_ARENA_BYTES);
    enum wsync_err err = sign_in(cli, path, &arena, &error);
    free(block);
    return err == WSYNC_OK ? 0 : wsync_cli_fail(cli, err, &error);
}

static enum wsync_err take(struct wsync_site *site, const struct server_request *request,
                           struct wsync_error *error)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_refill_check(site->txn, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_roster_get(site->txn, &roster);
    if (err == WSYNC_OK) {
        err = wsync_roster_take(site->txn, &site->arena, &request->signed_statement,
                                &site->conf.instance);
    }
    bool follows = request->statement.version == roster.version + 1 &&
                   wsync_hash_equal(&request->statement.previous, &roster.hash);
    if (err == WSYNC_ERR_ROSTER && !follows) {
        return wsync_error_set(error, err,
                               "The roster has gone on since the request was made; make it "
                               "anew.");
    }
    if (err == WSYNC_ERR_SIGNATURE) {
        return wsync_error_set(error, err,
                               "It is not signed by enough root keys that count: %u of %zu are "
                               "needed now, those that it names as well, and it has %zu "
                               "signatures.",
                               roster.authority.root.threshold, roster.authority.root.key_count,
                               request->signed_statement.signature_count);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "The roster does not take it: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

static int apply(struct wsync_cli *cli, const char *path)
{
    static struct server_request request;
    struct wsync_site site;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = server_request_read(path, &request, &site.arena, &error);
    if (err == WSYNC_OK) {
        server_request_tell(&request, stdout);
        err = wsync_site_begin(&site, WSYNC_TXN_WRITE, &error);
    }
    if (err == WSYNC_OK) {
        err = take(&site, &request, &error);
    }
    if (err == WSYNC_OK) { /* it may grant what this device itself asked for */
        err = wsync_rotation_check(site.txn, &site.arena, &site.identity);
    }
    bool go = err == WSYNC_OK && !cli->dry_run;
    if (go) {
        err = wsync_site_commit(&site, &error);
    }
    if (go && err == WSYNC_OK) {
        err = wsync_next_settle(&site, &error);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, go ? "It is in force; wards hear of it at their next sync."
                          : "Nothing was changed; it would be taken.");
    return 0;
}

int server_keys_root(struct wsync_cli *cli)
{
    const char *word = cli->argv[1];
    const char *what = cli->argc > 2 ? cli->argv[2] : NULL;
    if (strcmp(word, "show") == 0 && cli->argc == 2) {
        return server_keys_list(cli);
    }
    if (strcmp(word, "change") == 0 && cli->argc == 2) {
        return change(cli);
    }
    if (cli->argc != 3) {
        return wsync_cli_usage(cli, "Expected \"root\" create, show, sign or apply and a file, "
                                    "or \"root change\".");
    }
    struct wsync_error error = {{0}};
    if (wsync_given_check(what, &error) != WSYNC_OK) {
        return wsync_cli_fail(cli, WSYNC_ERR_RIGHT, &error);
    }
    return strcmp(word, "create") == 0  ? create(cli, what)
           : strcmp(word, "show") == 0  ? show_file(cli, what)
           : strcmp(word, "sign") == 0  ? sign(cli, what)
           : strcmp(word, "apply") == 0 ? apply(cli, what)
                                        : wsync_cli_usage(cli, "\"root %s\" is nothing.", word);
}
