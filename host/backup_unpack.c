/* SPDX-License-Identifier: Apache-2.0 */
/* A backup opened into a folder and compared with what it says of itself. */
#include "host/backup_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "host/heads.h"
#include "host/site_conf.h"
#include "host/store_lmdb.h"
#include "wardsync/crypto.h"
#include "wardsync/log.h"
#include "wardsync/restore.h"
#include "wardsync/roster.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES };

/* ---- what a store holds ---- */

static enum wsync_err count_logs(struct wsync_txn *txn, struct wsync_backup_manifest *manifest)
{
    struct wsync_backup_hasher hasher;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err = WSYNC_OK;
    manifest->logs = manifest->changes = 0;
    wsync_backup_hash_begin(&hasher);
    while ((err = wsync_log_after(txn, after, &log)) == WSYNC_OK) { /* each turn a log */
        uint8_t seq[8];
        for (int i = 0; i < 8; i++) {
            seq[i] = (uint8_t)(log.seq >> (56 - 8 * i));
        }
        if (log.known) {
            manifest->logs++;
            manifest->changes += log.seq;
            wsync_backup_hash_more(&hasher, WSYNC_BYTES(log.id));
            wsync_backup_hash_more(&hasher, wsync_slice(seq, sizeof seq));
            wsync_backup_hash_more(&hasher, WSYNC_BYTES(log.hash));
        }
        at = log.id;
        after = &at;
    }
    manifest->heads = wsync_backup_hash_end(&hasher);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err look(struct wsync_store *store, struct wsync_backup_manifest *manifest,
                           struct wsync_error *error)
{
    struct wsync_txn *txn;
    struct wsync_roster roster;
    enum wsync_err err = wsync_heads_check(store, error);
    if (err == WSYNC_OK) {
        err = wsync_store_begin(store, WSYNC_TXN_READ, &txn);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_roster_get(txn, &roster);
    if (err == WSYNC_OK) {
        manifest->roster = roster.version;
        err = wsync_epoch_get(txn, &manifest->epoch);
    }
    if (err == WSYNC_OK) {
        err = count_logs(txn, manifest);
    }
    wsync_txn_abort(txn);
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "The copy cannot be read: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

enum wsync_err wsync_backup_look(const char *folder, struct wsync_backup_manifest *manifest,
                                 struct wsync_error *error)
{
    char path[PATH_BYTES];
    struct wsync_store *store;
    /* To write: tables that the program which made the copy did not know are added. */
    enum wsync_err err = wsync_store_lmdb_open(folder, WSYNC_TXN_WRITE, &store, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = look(store, manifest, error);
    wsync_store_close(store);
    (void)unlink(wsync_site_file(folder, "lock.mdb", path)); /* it is no one's any more */
    return err;
}

/* ---- files ---- */

struct unpacking {
    const char *to;
    char path[PATH_BYTES];
    int fd;
};

/* The folders above a file; the path was found good. */
static enum wsync_err make_folders(struct unpacking *unpacking,
                                   const struct wsync_backup_member *member,
                                   struct wsync_error *error)
{
    char part[WSYNC_BACKUP_PATH_BYTES_MAX + 1];
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; member->path[i] != '\0' && err == WSYNC_OK; i++) {
        if (member->path[i] == '/') {
            memcpy(part, member->path, i);
            part[i] = '\0';
            wsync_site_file(unpacking->to, part, unpacking->path);
            if (access(unpacking->path, F_OK) != 0) {
                err = wsync_file_make_dir(unpacking->path, 0700, error);
            }
        }
    }
    return err;
}

static enum wsync_err open_file(void *context, const struct wsync_backup_member *member,
                                struct wsync_error *error)
{
    struct unpacking *unpacking = context;
    enum wsync_err err = make_folders(unpacking, member, error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (wsync_site_file(unpacking->to, member->path, unpacking->path)[0] == '\0') {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "The path %s is too long.",
                               member->path);
    }
    unpacking->fd = open(unpacking->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (unpacking->fd < 0 && errno == EEXIST) {
        return wsync_error_set(error, WSYNC_ERR_CORRUPT,
                               "The backup does not hold together: it has %s twice.",
                               member->path);
    }
    return unpacking->fd >= 0 ? WSYNC_OK
                              : wsync_file_error(errno, "create", unpacking->path, error);
}

static enum wsync_err write_file(void *context, struct wsync_slice bytes,
                                 struct wsync_error *error)
{
    struct unpacking *unpacking = context;
    return wsync_file_write_all(unpacking->fd, bytes, unpacking->path, error);
}

static enum wsync_err close_file(void *context, struct wsync_error *error)
{
    struct unpacking *unpacking = context;
    bool synced = fsync(unpacking->fd) == 0;
    int reason = errno;
    close(unpacking->fd);
    unpacking->fd = -1;
    return synced ? wsync_file_sync_parent(unpacking->path, error)
                  : wsync_file_error(reason, "write", unpacking->path, error);
}

static enum wsync_err take(void *context, struct wsync_slice bytes, struct wsync_error *error)
{
    return wsync_backup_members_take(context, bytes, error);
}

/* ---- the whole ---- */

static enum wsync_err differs(const char *path, const char *what, struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_CORRUPT, "%s: %s than its manifest says.", path,
                           what);
}

/* What was unpacked against what the manifest says. */
static enum wsync_err compare(const char *path, const char *to,
                              const struct wsync_backup_manifest *manifest,
                              struct wsync_error *error)
{
    char file[PATH_BYTES];
    struct wsync_site_conf conf;
    struct wsync_signing_pair pair;
    struct wsync_backup_manifest found = *manifest;
    enum wsync_err err =
        wsync_site_conf_read(wsync_site_file(to, "site.conf", file), &conf, error);
    if (err != WSYNC_OK) {
        return err;
    }
    if (conf.kind != manifest->kind ||
        memcmp(conf.instance.b, manifest->instance.b, sizeof conf.instance.b) != 0) {
        return differs(path, "its site.conf is of another site", error);
    }
    err = wsync_keys_load_signing(wsync_site_file(to, "keys/signing.key", file), &pair, error);
    bool other = err == WSYNC_OK && memcmp(pair.key.b, manifest->key.b, sizeof pair.key.b) != 0;
    wsync_wipe(&pair, sizeof pair);
    if (other) {
        return differs(path, "its signing key is another one", error);
    }
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    err = wsync_backup_look(wsync_site_file(to, "store", file), &found, error);
    if (err != WSYNC_OK) {
        return err;
    }
    return memcmp(found.heads.b, manifest->heads.b, sizeof found.heads.b) == 0 &&
                   found.logs == manifest->logs && found.changes == manifest->changes
               ? WSYNC_OK
               : differs(path, "its store holds other heads", error);
}

static enum wsync_err read_all(const struct wsync_backup_body *body, const char *to,
                               const struct wsync_backup_manifest *manifest,
                               struct wsync_error *error)
{
    struct unpacking unpacking = {.to = to, .fd = -1};
    const struct wsync_backup_unpacker unpacker = {&unpacking, open_file, write_file,
                                                   close_file};
    struct wsync_backup_members members;
    const struct wsync_backup_sink sink = {&members, take};
    struct wsync_hash hash;
    wsync_backup_members_begin(&members, &unpacker);
    enum wsync_err err = wsync_backup_unseal(body, &sink, &hash, error);
    wsync_file_close(&unpacking.fd);
    if (err == WSYNC_OK && memcmp(hash.b, manifest->hash.b, sizeof hash.b) != 0) {
        return differs(body->path, "its bytes are others", error);
    }
    if (err == WSYNC_OK && body->admin) {
        err = wsync_backup_members_finish(&members, error);
    }
    if (err == WSYNC_OK && body->admin &&
        (members.count != manifest->files || members.total != manifest->bytes)) {
        return differs(body->path, "it holds other files", error);
    }
    return err;
}

enum wsync_err wsync_backup_unpack(const char *path, const struct wsync_signing_pair *admin,
                                   const char *to, struct wsync_backup_manifest *manifest,
                                   struct wsync_error *error)
{
    WSYNC_CLOSED int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return wsync_file_error(errno, "open", path, error);
    }
    enum wsync_err err = wsync_backup_manifest_read(fd, path, manifest, error);
    if (err != WSYNC_OK) {
        return err;
    }
    const struct wsync_backup_body body = {fd, path, manifest->body, admin};
    err = read_all(&body, to, manifest, error);
    return err == WSYNC_OK && admin ? compare(path, to, manifest, error) : err;
}
