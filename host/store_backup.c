/* SPDX-License-Identifier: Apache-2.0 */
#include "host/store_backup.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <lmdb.h>

#include "host/file.h"

enum { PATH_BYTES = 1200, FILE_MODE = 0600, DATABASES_MAX = 64 };

/* LMDB writes the copy; that it is on the disk is for us to see to. */
static enum wsync_err sync_copy(const char *to, struct wsync_error *error)
{
    char path[PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s/data.mdb", to);
    int fd = len > 0 && len < PATH_BYTES ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return synced ? wsync_file_sync_dir(to, error)
                  : wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot sync %s.", path);
}

enum wsync_err wsync_store_copy(const char *path, const char *to, struct wsync_error *error)
{
    MDB_env *env;
    int code = mdb_env_create(&env);
    if (code != 0) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    code = mdb_env_set_maxdbs(env, DATABASES_MAX);
    if (code == 0) {
        code = mdb_env_open(env, path, MDB_RDONLY, FILE_MODE);
    }
    if (code == 0) {
        code = mdb_env_copy2(env, to, MDB_CP_COMPACT);
    }
    mdb_env_close(env);
    if (code > 0) {
        return wsync_file_error(code, "copy", path, error);
    }
    return code == 0 ? WSYNC_OK
                     : wsync_error_set(error, WSYNC_ERR_STORE_IO, "Cannot copy %s: %s.", path,
                                       mdb_strerror(code));
}

enum wsync_err wsync_store_backup(const char *path, const char *to, struct wsync_error *error)
{
    enum wsync_err err = wsync_store_copy(path, to, error);
    return err == WSYNC_OK ? sync_copy(to, error) : err;
}
