/* SPDX-License-Identifier: Apache-2.0 */
/* `ward move`: brings a ward to another machine in guided steps.
 *
 * "out" copies everything into a folder (a stick) and stops this machine from writing; "in"
 * makes a data directory of that folder on the new machine, which goes on in a new log, so that
 * even two machines that both write harm nothing; "back" undoes "out". */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/commands.h"
#include "host/blob_files.h"
#include "host/canary.h"
#include "host/clock.h"
#include "host/doubt.h"
#include "host/file.h"
#include "host/given.h"
#include "host/lock.h"
#include "host/moved.h"
#include "host/store_backup.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, BLOCK_BYTES = 1 << 16 };

static const char *const PARTS[] = {"site.conf", "keys/signing.key", "keys/transport.key"};
/* Those of a device that is about to get new keys. */
static const char *const MAYBE[] = {"keys/next-signing.key", "keys/next-transport.key",
                                    "keys/next-rejoin-signing.key",
                                    "keys/next-rejoin-transport.key", "keys/device.id"};

static const char *file_in(const char *folder, const char *name, char path[PATH_BYTES])
{
    int len = snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return len > 0 && len < PATH_BYTES ? path : "";
}

/* Copies one file of any length, durably. */
static enum wsync_err copy_file(const char *from, const char *to, struct wsync_error *error)
{
    static uint8_t block[BLOCK_BYTES];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND, "Cannot read %s.", from);
    }
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum wsync_err err =
        out < 0 ? wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot write %s.", to) : WSYNC_OK;
    ssize_t got = 1;
    while (err == WSYNC_OK && (got = read(in, block, sizeof block)) > 0) {
        err = wsync_file_write_all(out, wsync_slice(block, (size_t)got), to, error);
    }
    if (err == WSYNC_OK && (got < 0 || fsync(out) != 0)) {
        err = wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot copy %s to %s.", from, to);
    }
    close(in);
    if (out >= 0) {
        close(out);
    }
    return err;
}

/* What a data directory consists of besides the store. */
static enum wsync_err copy_parts(const char *from, const char *to, struct wsync_error *error)
{
    char source[PATH_BYTES];
    char target[PATH_BYTES];
    enum wsync_err err = wsync_file_make_dir(file_in(to, "keys", target), 0700, error);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS && err == WSYNC_OK; i++) {
        err = copy_file(file_in(from, PARTS[i], source), file_in(to, PARTS[i], target), error);
    }
    for (size_t i = 0; i < sizeof MAYBE / sizeof *MAYBE && err == WSYNC_OK; i++) {
        if (access(file_in(from, MAYBE[i], source), F_OK) == 0) {
            err = copy_file(source, file_in(to, MAYBE[i], target), error);
        }
    }
    if (err == WSYNC_OK) {
        err = wsync_file_sync_dir(file_in(to, "keys", target), error);
    }
    return err == WSYNC_OK ? wsync_file_make_dir(file_in(to, "store", target), 0700, error)
                           : err;
}

struct blob_copy {
    struct wsync_blobs *from, *to;
    const char *folder; /* of `to` */
    struct wsync_error *error;
};

/* What is not whole comes again from the district, which has it. */
static enum wsync_err copy_blob(void *context, const struct wsync_blob_name *name, bool whole)
{
    char source[WSYNC_BLOB_PATH_BYTES];
    char target[WSYNC_BLOB_PATH_BYTES];
    struct blob_copy *copy = context;
    if (!whole) {
        return WSYNC_OK;
    }
    wsync_blob_files_path(copy->from, name, source);
    wsync_blob_files_path(copy->to, name, target);
    enum wsync_err err = wsync_file_make_dir(copy->folder, 0700, copy->error);
    char *slash = strrchr(target, '/');
    if (err == WSYNC_OK && slash) {
        *slash = '\0';
        err = wsync_file_make_dir(target, 0700, copy->error);
        *slash = '/';
    }
    if (err == WSYNC_OK) {
        err = copy_file(source, target, copy->error);
    }
    return err == WSYNC_OK ? wsync_file_sync_parent(target, copy->error) : err;
}

/* Photos go behind the store that names them, so that none it names is missing. */
static enum wsync_err copy_blobs(const char *from, const char *to, struct wsync_error *error)
{
    char source[PATH_BYTES];
    char target[PATH_BYTES];
    struct blob_copy copy = {.folder = file_in(to, "blobs", target), .error = error};
    enum wsync_err err =
        wsync_blob_files_open(file_in(from, "blobs", source), &copy.from, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_blob_files_open(target, &copy.to, error);
    if (err == WSYNC_OK) {
        err = wsync_blob_files_each(copy.from, copy_blob, &copy);
        wsync_blobs_close(copy.to);
    }
    wsync_blobs_close(copy.from);
    return err;
}

static enum wsync_err fill_folder(const char *data_dir, const char *draft,
                                  struct wsync_error *error)
{
    char source[PATH_BYTES];
    char target[PATH_BYTES];
    enum wsync_err err = copy_parts(data_dir, draft, error);
    if (err == WSYNC_OK) {
        err = wsync_store_backup(file_in(data_dir, "store", source),
                                 file_in(draft, "store", target), error);
    }
    return err == WSYNC_OK ? copy_blobs(data_dir, draft, error) : err;
}

static enum wsync_err fill_data_dir(const char *folder, const char *draft,
                                    struct wsync_error *error)
{
    char source[PATH_BYTES];
    char target[PATH_BYTES];
    enum wsync_err err = copy_parts(folder, draft, error);
    if (err == WSYNC_OK) {
        err = copy_file(file_in(folder, "store/data.mdb", source),
                        file_in(draft, "store/data.mdb", target), error);
    }
    if (err == WSYNC_OK) {
        err = wsync_file_sync_dir(file_in(draft, "store", target), error);
    }
    return err == WSYNC_OK ? copy_blobs(folder, draft, error) : err;
}

/* Makes `to` whole or not at all. */
static enum wsync_err publish(const char *from, const char *to,
                              enum wsync_err (*fill)(const char *, const char *,
                                                     struct wsync_error *),
                              struct wsync_error *error)
{
    char draft[PATH_BYTES];
    enum wsync_err err = wsync_file_draft_dir(to, draft, sizeof draft, error);
    if (err == WSYNC_OK) {
        err = fill(from, draft, error);
    }
    return err == WSYNC_OK ? wsync_file_publish_dir(draft, to, error) : err;
}

static int move_out(struct wsync_cli *cli, const char *folder)
{
    struct wsync_site site;
    struct wsync_lock lock;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_site_close(&site); /* it is a ward, and no old copy */
    err = wsync_lock_serve(cli->data_dir, &lock, &error);
    if (err == WSYNC_OK) {
        err = publish(cli->data_dir, folder, fill_folder, &error);
        if (err == WSYNC_OK) {
            err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
        }
        if (err == WSYNC_OK) {
            err = wsync_moved_put(&site, wsync_clock_wall_s(), &error);
            wsync_site_close(&site);
        }
        wsync_lock_release(&lock);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    printf("%s\n", folder);
    wsync_cli_say(
        cli, "Step 1 of 2 is done: everything is in this folder, with the device's keys: "
             "keep it safe.\nStep 2, on the new machine: ward move in FOLDER\nThis machine "
             "shows everything and records nothing more; \"ward move back\" undoes that.");
    return 0;
}

static int move_in(struct wsync_cli *cli, const char *folder)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    enum wsync_err err = publish(folder, cli->data_dir, fill_data_dir, &error);
    if (err == WSYNC_OK) {
        err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = wsync_doubt_retire(&site, WSYNC_DOUBT_MOVED, &error);
    if (err == WSYNC_OK) {
        err = wsync_moved_put(&site, 0, &error);
    }
    if (err == WSYNC_OK && wsync_canary_put(&site, &error) != WSYNC_OK) {
        wsync_cli_say(cli, "%s", error.text); /* it only warns */
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli,
                  "Step 2 of 2 is done: this machine is the ward's now and writes a log of its "
                  "own.\nRun \"ward sync\" to hand in what the old machine had not sent, then "
                  "remove %s: it holds the keys.",
                  folder);
    return 0;
}

static int move_back(struct wsync_cli *cli)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_WARD, &site, &error);
    if (err == WSYNC_OK) {
        err = wsync_doubt_retire(&site, WSYNC_DOUBT_MOVED, &error);
        if (err == WSYNC_OK) {
            err = wsync_moved_put(&site, 0, &error);
        }
        wsync_site_close(&site);
    }
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    wsync_cli_say(cli, "This machine records again, in a new log; what the other one may have "
                       "recorded meanwhile is merged at the next sync.");
    return 0;
}

int ward_move(struct wsync_cli *cli)
{
    struct wsync_error error = {{0}};
    if (cli->argc == 2 && wsync_given_check(cli->argv[1], &error) != WSYNC_OK) {
        return wsync_cli_fail(cli, WSYNC_ERR_RIGHT, &error);
    }
    if (cli->argc == 2 && strcmp(cli->argv[0], "out") == 0) {
        return move_out(cli, cli->argv[1]);
    }
    if (cli->argc == 2 && strcmp(cli->argv[0], "in") == 0) {
        return move_in(cli, cli->argv[1]);
    }
    if (cli->argc == 1 && strcmp(cli->argv[0], "back") == 0) {
        return move_back(cli);
    }
    return wsync_cli_usage(cli, "Expected \"out FOLDER\", \"in FOLDER\" or \"back\".");
}
