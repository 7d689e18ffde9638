/* SPDX-License-Identifier: Apache-2.0 */
#include "host/site.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/admin_log.h"
#include "host/backup_folder.h"
#include "host/blob_files.h"
#include "host/block.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/entropy.h"
#include "host/file.h"
#include "host/heads.h"
#include "host/moved.h"
#include "host/next_key.h"
#include "host/site_conf.h"
#include "host/store_lmdb.h"
#include "wardsync/crypto.h"
#include "wardsync/signed.h"
#include "wardsync/totals.h"

const char *wsync_site_file(const char *path, const char *name,
                            char buffer[WSYNC_SITE_PATH_BYTES])
{
    int len = snprintf(buffer, WSYNC_SITE_PATH_BYTES, "%s/%s", path, name);
    return len > 0 && len < WSYNC_SITE_PATH_BYTES ? buffer : "";
}

/* A part that an interrupted creation left behind is taken as it is. */
static enum wsync_err unless_exists(enum wsync_err err)
{
    return err == WSYNC_ERR_EXISTS ? WSYNC_OK : err;
}

enum wsync_err wsync_site_make_keys(const char *path, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    enum wsync_err err = wsync_file_make_dir(path, 0700, error);
    if (err == WSYNC_OK) {
        err = wsync_file_make_dir(wsync_site_file(path, "keys", file), 0700, error);
    }
    if (err == WSYNC_OK) {
        err = unless_exists(wsync_keys_create_signing(
            wsync_site_file(path, "keys/signing.key", file), &signing, error));
        wsync_wipe(&signing, sizeof signing);
    }
    if (err == WSYNC_OK) {
        err = unless_exists(wsync_keys_create_transport(
            wsync_site_file(path, "keys/transport.key", file), &transport, error));
        wsync_wipe(&transport, sizeof transport);
    }
    return err;
}

/* What a district signs and opens with beside its device's keys. */
static enum wsync_err create_district_keys(const char *path, struct wsync_error *error)
{
    static const char *const SIGNING[] = {"keys/root.key", "keys/registrar.key",
                                          "keys/log.key"};
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_transport_pair bundle;
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < sizeof SIGNING / sizeof *SIGNING && err == WSYNC_OK; i++) {
        err = unless_exists(wsync_keys_create_signing(wsync_site_file(path, SIGNING[i], file),
                                                      &signing, error));
        wsync_wipe(&signing, sizeof signing);
    }
    if (err == WSYNC_OK) {
        err = unless_exists(wsync_keys_create_transport(
            wsync_site_file(path, "keys/bundle.key", file), &bundle, error));
        wsync_wipe(&bundle, sizeof bundle);
    }
    return err;
}

/* The keys of the installation; the root key names the instance. */
static enum wsync_err found_instance(const char *path, struct wsync_site_conf *conf,
                                     struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    struct wsync_transport_pair transport;
    enum wsync_err err = create_district_keys(path, error);
    if (err == WSYNC_OK) {
        err = wsync_keys_load_signing(wsync_site_file(path, "keys/root.key", file), &signing,
                                      error);
        const struct wsync_root root = {.keys = {signing.key}, .key_count = 1, .threshold = 1};
        conf->instance = wsync_instance_of(&root);
        wsync_wipe(&signing, sizeof signing);
    }
    if (err == WSYNC_OK) {
        err = wsync_keys_load_transport(wsync_site_file(path, "keys/transport.key", file),
                                        &transport, error);
        conf->server_key = transport.key;
        wsync_wipe(&transport, sizeof transport);
    }
    return err;
}

enum wsync_err wsync_site_create(const char *path, struct wsync_site_conf *conf,
                                 struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf there;
    enum wsync_err err =
        wsync_site_conf_read(wsync_site_file(path, "site.conf", file), &there, NULL);
    if (err == WSYNC_OK) { /* a run that was killed may not have come to this */
        err = wsync_file_sync_dir(path, error);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS,
                               "There is a wardsync data directory at %s already.", path);
    }
    err = wsync_site_make_keys(path, error);
    if (err == WSYNC_OK && conf->kind == WSYNC_SITE_DISTRICT) {
        err = found_instance(path, conf, error);
    }
    if (err == WSYNC_OK) {
        err =
            unless_exists(wsync_store_lmdb_create(wsync_site_file(path, "store", file), error));
    }
    return err == WSYNC_OK
               ? wsync_site_conf_write(wsync_site_file(path, "site.conf", file), conf, error)
               : err;
}

static enum wsync_err load_keys(struct wsync_site *site, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair signing;
    enum wsync_err err = wsync_keys_load_signing(
        wsync_site_file(site->path, "keys/signing.key", file), &signing, error);
    if (err == WSYNC_OK) {
        site->identity.signing_key = signing.key;
        site->identity.secret = signing.secret;
        site->identity.device = wsync_device_of(&site->conf.instance, &signing.key);
        err = wsync_keys_load_transport(wsync_site_file(site->path, "keys/transport.key", file),
                                        &site->transport, error);
    }
    wsync_wipe(&signing, sizeof signing);
    wsync_keys_guard(&site->identity, sizeof site->identity);
    wsync_keys_guard(&site->transport, sizeof site->transport);
    return err;
}

static enum wsync_err read_conf(struct wsync_site *site, enum wsync_site_kind kind,
                                struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    char aside[WSYNC_SITE_PATH_BYTES];
    enum wsync_err err = wsync_site_conf_read(wsync_site_file(site->path, "site.conf", file),
                                              &site->conf, error);
    if (err == WSYNC_ERR_NOT_FOUND && wsync_backup_find_aside(site->path, aside)) {
        return wsync_error_set(error, err,
                               "There is no data at %s: a restore moved it to %s and was cut "
                               "short; restore again, or go back with \"mv %s %s\".",
                               site->path, aside, aside, site->path);
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        return wsync_error_set(
            error, err, "There is no wardsync data at %s; begin with \"%s\".", site->path,
            kind == WSYNC_SITE_WARD ? "ward join" : "district init");
    }
    if (err == WSYNC_OK && site->conf.kind != kind) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%s belongs to a %s, not to a %s.",
                               site->path, kind == WSYNC_SITE_WARD ? "district" : "ward",
                               kind == WSYNC_SITE_WARD ? "ward" : "district");
    }
    return err;
}

/* Everything but the store. */
static enum wsync_err open_all_but_store(const char *path, enum wsync_site_kind kind,
                                         bool reader, struct wsync_site *site,
                                         struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    *site = (struct wsync_site){.reader = reader};
    if (strlen(path) + 32 > sizeof site->path) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "The path %s is too long.", path);
    }
    memcpy(site->path, path, strlen(path) + 1);
    site->catalog = wsync_block_new(sizeof *site->catalog);
    void *block = wsync_block_new(WSYNC_SITE_ARENA_BYTES);
    site->zstd = wsync_zstd_open(wsync_zstd_dictionary());
    if (!site->catalog || !block || !site->zstd) {
        wsync_zstd_close(site->zstd);
        wsync_block_free(block, WSYNC_SITE_ARENA_BYTES);
        wsync_block_free(site->catalog, sizeof *site->catalog);
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    wsync_catalog_init(site->catalog);
    site->packer = wsync_zstd_packer(site->zstd);
    wsync_arena_init(&site->arena, block, WSYNC_SITE_ARENA_BYTES);
    enum wsync_err err = read_conf(site, kind, error);
    if (err == WSYNC_OK && !reader) {
        err = load_keys(site, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_blob_files_open(wsync_site_file(site->path, "blobs", file), &site->blobs,
                                    error);
    }
    site->ledger = (struct wsync_ledger){.catalog = site->catalog, .identity = &site->identity};
    if (err != WSYNC_OK) {
        wsync_site_close(site);
    }
    return err;
}

enum wsync_err wsync_site_open_keys(const char *path, enum wsync_site_kind kind,
                                    struct wsync_site *site, struct wsync_error *error)
{
    return open_all_but_store(path, kind, false, site, error);
}

/* What root makes in the folder of another account (a lock, a photo), that account cannot open
 * any more. */
static enum wsync_err check_owner(const char *path, struct wsync_error *error)
{
    struct stat there;
    if (geteuid() != 0 || stat(path, &there) != 0 || there.st_uid == 0) {
        return WSYNC_OK;
    }
    const struct passwd *owner = getpwuid(there.st_uid);
    char number[16];
    snprintf(number, sizeof number, "'#%u'", (unsigned)there.st_uid);
    return wsync_error_set(error, WSYNC_ERR_STORE_IO,
                           "The data at %s is another account's, which could not open what "
                           "root makes there; run this as that account, with \"sudo -u %s\".",
                           path, owner ? owner->pw_name : number);
}

/* What runs that were killed have left of the small files. */
static void sweep(const char *path)
{
    static const char *const FILES[] = {"site.conf", "invite", "keys/device.id",
                                        "conf.d/transport.conf", "conf.d/backup.conf"};
    char file[WSYNC_SITE_PATH_BYTES];
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        wsync_file_sweep(wsync_site_file(path, FILES[i], file), wsync_file_discard);
    }
}

/* A store that an older program made gets what is derived and that program did not keep, before
 * anything else is written to it. */
static enum wsync_err bring_up_to_date(struct wsync_site *site, struct wsync_error *error)
{
    bool kept;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_counted_is_kept(site->txn, &kept);
    wsync_site_abort(site);
    if (err == WSYNC_OK && !kept) {
        err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
        if (err != WSYNC_OK) {
            return err;
        }
        err = wsync_counted_make(site->txn, site->catalog, &site->arena);
        struct wsync_txn *txn = site->txn;
        site->txn = NULL;
        if (err == WSYNC_OK) {
            err = wsync_txn_commit(txn);
        } else {
            wsync_txn_abort(txn);
        }
        wsync_catalog_forget(site->catalog);
    }
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err,
                                             "The store at %s is an older program's and was "
                                             "not brought up to date: %s",
                                             site->path, wsync_err_text(err, WSYNC_EN));
}

enum wsync_err wsync_site_open(const char *path, enum wsync_site_kind kind,
                               struct wsync_site *site, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    enum wsync_err err = wsync_site_open_keys(path, kind, site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    site->ledger.blobs = site->blobs;
    err = check_owner(path, error);
    if (err == WSYNC_OK) {
        sweep(site->path);
        err = wsync_store_lmdb_open(wsync_site_file(site->path, "store", file), WSYNC_TXN_WRITE,
                                    &site->store, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_heads_check(site->store, error);
    }
    if (err == WSYNC_OK) {
        err = bring_up_to_date(site, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_next_settle(site, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_doubt_settle(site, error);
    }
    if (err != WSYNC_OK) {
        wsync_site_close(site);
    }
    return err;
}

/* Nobody who only reads takes lists that are empty for want of rows for the truth. */
static enum wsync_err check_is_up_to_date(struct wsync_site *site, struct wsync_error *error)
{
    bool kept;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_counted_is_kept(site->txn, &kept);
    wsync_site_abort(site);
    return err != WSYNC_OK || kept
               ? err
               : wsync_error_set(error, WSYNC_ERR_BUSY, WSYNC_STORE_LMDB_OLDER, site->path);
}

/* Who this device is, as far as the store says it: the key that was noted last, or the one of
 * its log. */
static enum wsync_err identify(struct wsync_site *site, struct wsync_error *error)
{
    struct wsync_log log;
    struct wsync_slice row;
    struct wsync_device device;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_ledger_own_log(site->txn, site->conf.scope, &log);
    if (err == WSYNC_OK) {
        site->identity.device = log.device;
        site->identity.signing_key = log.signing_key;
    }
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_txn_get(site->txn, WSYNC_TABLE_META, wsync_slice_of("self"), &row);
    }
    if (err == WSYNC_OK && row.len == sizeof site->identity.signing_key) {
        memcpy(site->identity.signing_key.b, row.data, row.len);
        err = wsync_device_by_signing(site->txn, &site->identity.signing_key, &device);
        site->identity.device = err == WSYNC_OK ? device.id : site->identity.device;
    }
    wsync_site_abort(site);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_site_open_reader(const char *path, enum wsync_site_kind kind,
                                      struct wsync_site *site, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    enum wsync_err err = open_all_but_store(path, kind, true, site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    site->ledger.blobs = site->blobs;
    err = wsync_store_lmdb_open(wsync_site_file(site->path, "store", file), WSYNC_TXN_READ,
                                &site->store, error);
    if (err == WSYNC_OK) {
        err = check_is_up_to_date(site, error);
    }
    if (err == WSYNC_OK) {
        err = identify(site, error);
    }
    if (err != WSYNC_OK) {
        wsync_site_close(site);
    }
    return err;
}

enum wsync_err wsync_site_reload(struct wsync_site *site, struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_site_conf conf;
    const struct wsync_site_conf *old = &site->conf;
    enum wsync_err err =
        wsync_site_conf_read(wsync_site_file(site->path, "site.conf", file), &conf, error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (conf.kind != old->kind || conf.scope != old->scope ||
        !wsync_slice_equal(WSYNC_BYTES(conf.instance), WSYNC_BYTES(old->instance)) ||
        (conf.kind == WSYNC_SITE_WARD &&
         !wsync_slice_equal(WSYNC_BYTES(conf.server_key), WSYNC_BYTES(old->server_key)))) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "%s describes another site; kind, instance, scope and key are "
                               "read at the start only.",
                               file);
    }
    site->conf = conf;
    return WSYNC_OK;
}

void wsync_site_close(struct wsync_site *site)
{
    if (site->txn) {
        wsync_site_abort(site);
    }
    if (site->blobs) {
        wsync_blobs_close(site->blobs);
    }
    if (site->store) {
        wsync_store_close(site->store);
    }
    wsync_zstd_close(site->zstd);
    wsync_block_free(site->catalog, sizeof *site->catalog);
    wsync_block_free(site->arena.block, WSYNC_SITE_ARENA_BYTES);
    wsync_keys_release(&site->identity, sizeof site->identity);
    wsync_keys_release(&site->transport, sizeof site->transport);
    *site = (struct wsync_site){.store = NULL};
}

enum wsync_err wsync_site_need_keys(const struct wsync_site *site, struct wsync_error *error)
{
    return !site->reader
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_RIGHT,
                                 "This process only reads: it has no keys and changes "
                                 "nothing.");
}

enum wsync_err wsync_site_begin(struct wsync_site *site, enum wsync_txn_mode mode,
                                struct wsync_error *error)
{
    WSYNC_ASSERT(!site->txn);
    enum wsync_err err = mode == WSYNC_TXN_WRITE ? wsync_site_need_keys(site, error) : WSYNC_OK;
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_store_begin(site->store, mode, &site->txn);
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "The store at %s: %s", site->path,
                                             wsync_err_text(err, WSYNC_EN));
}

enum wsync_err wsync_site_not_begun(const struct wsync_site *site, struct wsync_error *error)
{
    return wsync_error_set(
        error, WSYNC_ERR_NOT_FOUND, "There is nothing at %s yet: %s", site->path,
        site->conf.kind == WSYNC_SITE_WARD
            ? "no district has admitted this device; run the same \"ward join\" again."
            : "it was not made to its end; run the same \"district init\" again.");
}

enum wsync_err wsync_site_commit(struct wsync_site *site, struct wsync_error *error)
{
    struct wsync_txn *txn = site->txn;
    bool more = true;
    enum wsync_err err = WSYNC_OK;
    WSYNC_ASSERT(txn);
    site->ledger.moment = wsync_clock_moment();
    while (err == WSYNC_OK && more && txn->mode == WSYNC_TXN_WRITE) {
        err = wsync_ledger_settle(&site->ledger, txn, &site->arena, &more);
    }
    site->ledger.moment.time = 0;
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
    } else {
        site->txn = NULL;
        err = wsync_txn_commit(txn);
    }
    if (err != WSYNC_OK) {
        wsync_catalog_forget(site->catalog);
        return wsync_error_set(error, err, "Nothing was saved: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return WSYNC_OK;
}

void wsync_site_abort(struct wsync_site *site)
{
    if (site->txn) {
        wsync_txn_abort(site->txn);
        site->txn = NULL;
        wsync_catalog_forget(site->catalog);
    }
}

enum wsync_err wsync_site_agrees(struct wsync_site *site, bool *agrees)
{
    struct wsync_slice row;
    enum wsync_err err =
        wsync_txn_get(site->txn, WSYNC_TABLE_META, wsync_slice_of("self"), &row);
    *agrees =
        err == WSYNC_ERR_NOT_FOUND ||
        (err == WSYNC_OK && wsync_slice_equal(row, WSYNC_BYTES(site->identity.signing_key)));
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Another process may have given this device new keys since ours were read: what we wrote under
 * the old ones would count nowhere. */
static enum wsync_err check_key(struct wsync_site *site, struct wsync_error *error)
{
    bool agrees;
    enum wsync_err err = wsync_site_agrees(site, &agrees);
    return err != WSYNC_OK || agrees
               ? err
               : wsync_error_set(error, WSYNC_ERR_BUSY,
                                 "It was not saved: this device was given new keys in this "
                                 "moment; run it again.");
}

enum wsync_err wsync_site_note_key(struct wsync_txn *txn, const struct wsync_signing_key *key)
{
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("self"), WSYNC_BYTES(*key));
}

enum wsync_err wsync_site_write(struct wsync_site *site, const struct wsync_site_change *change,
                                struct wsync_dot *written, struct wsync_error *error)
{
    bool district = site->conf.kind == WSYNC_SITE_DISTRICT;
    struct wsync_authoring authoring = {.scope = change->scope,
                                        .actor = change->actor == 0 && district
                                                     ? wsync_admin_log_staff()
                                                     : change->actor,
                                        .now = wsync_clock_wall_s(),
                                        .intents = change->intents,
                                        .intent_count = change->intent_count};
    int64_t moved;
    enum wsync_err err = wsync_moved_get(site->txn, &moved);
    if (err == WSYNC_OK && moved != 0) {
        return wsync_error_set(error, WSYNC_ERR_RIGHT,
                               "It cannot be saved: this ward was moved to another machine.  "
                               "\"ward move back\" makes this one record again.");
    }
    if (err == WSYNC_OK) {
        err = check_key(site, error);
        if (err == WSYNC_ERR_BUSY) {
            return err;
        }
    }
    wsync_entropy_draw(&authoring.entropy);
    size_t mark = wsync_arena_mark(&site->arena);
    if (err == WSYNC_OK) {
        err = wsync_ledger_write(&site->ledger, site->txn, &site->arena, &authoring, written);
    }
    wsync_arena_release(&site->arena, mark);
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, err, "It cannot be saved: %s",
                                             wsync_err_text(err, WSYNC_EN));
}
