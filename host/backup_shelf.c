/* SPDX-License-Identifier: Apache-2.0 */
/* The folder in which backups are kept: what is there, and what of it may go. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/backup.h"
#include "host/backup_folder.h"
#include "host/file.h"
#include "host/site_conf.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES, SECONDS_A_DAY = 86400 };

enum wsync_err wsync_backup_folder(const char *data_dir, struct wsync_site_conf *conf,
                                   char folder[PATH_BYTES], struct wsync_error *error)
{
    char path[PATH_BYTES];
    *conf = (struct wsync_site_conf){.scope = 0};
    enum wsync_err err =
        wsync_site_conf_read(wsync_site_file(data_dir, "site.conf", path), conf, error);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    int len = conf->backup_folder[0] ? snprintf(folder, PATH_BYTES, "%s", conf->backup_folder)
                                     : snprintf(folder, PATH_BYTES, "%s/backups", data_dir);
    return len > 0 && len < PATH_BYTES ? WSYNC_OK
                                       : wsync_error_set(error, WSYNC_ERR_INVALID,
                                                         "The path of the folder is too long.");
}

bool wsync_backup_is_name(const char *name)
{
    static const char END[] = ".backup";
    size_t len = strlen(name);
    return len >= sizeof END && len < WSYNC_BACKUP_NAME_BYTES && !strchr(name, '/') &&
           strcmp(name + len - (sizeof END - 1), END) == 0;
}

static int is_backup(const struct dirent *entry)
{
    return wsync_backup_is_name(entry->d_name);
}

/* What can be told without reading all of it. */
static void read_entry(const char *folder, const char *name, struct wsync_backup_entry *entry)
{
    char path[PATH_BYTES];
    struct stat about;
    *entry = (struct wsync_backup_entry){.size = 0};
    memcpy(entry->name, name, strlen(name) + 1);
    WSYNC_CLOSED int fd =
        open(wsync_site_file(folder, name, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        enum wsync_err err =
            wsync_error_set(&entry->why, WSYNC_ERR_INVALID, "%s is no file.", path);
        (void)err;
        return;
    }
    entry->size = (uint64_t)about.st_size;
    entry->whole =
        wsync_backup_manifest_read(fd, path, &entry->manifest, &entry->why) == WSYNC_OK;
}

enum wsync_err wsync_backup_list(const char *folder, void *context,
                                 enum wsync_err (*see)(void *context,
                                                       const struct wsync_backup_entry *entry),
                                 struct wsync_error *error)
{
    struct dirent **names;
    struct wsync_backup_entry entry;
    int count = scandir(folder, &names, is_backup, alphasort);
    if (count < 0) {
        return wsync_file_error(errno, "read", folder, error);
    }
    enum wsync_err err = WSYNC_OK;
    for (int i = 0; i < count; i++) {
        if (err == WSYNC_OK) {
            read_entry(folder, names[i]->d_name, &entry);
            err = see(context, &entry);
        }
        free(names[i]);
    }
    free(names);
    return err;
}

/* ---- pruning ---- */

struct pruning {
    const char *folder;
    const struct wsync_backup_policy *policy;
    const struct wsync_backup_entry *of; /* the one in question */
    uint64_t newer;                      /* of the same device and whole, made after it */
    void *context;
    void (*gone)(void *context, const struct wsync_backup_entry *entry);
    struct wsync_error *error;
};

static bool is_ours(const struct wsync_backup_policy *policy,
                    const struct wsync_backup_entry *entry)
{
    return entry->whole &&
           memcmp(entry->manifest.device.b, policy->device.b, sizeof policy->device.b) == 0;
}

/* Made later; of one second the greater name is the later one. */
static bool is_newer(const struct wsync_backup_entry *a, const struct wsync_backup_entry *b)
{
    return a->manifest.created != b->manifest.created
               ? a->manifest.created > b->manifest.created
               : strcmp(a->name, b->name) > 0;
}

static enum wsync_err count_newer(void *context, const struct wsync_backup_entry *entry)
{
    struct pruning *pruning = context;
    pruning->newer += is_ours(pruning->policy, entry) && is_newer(entry, pruning->of);
    return WSYNC_OK;
}

/* The folder is read once for each: it holds tens of them, and no list is kept. */
static enum wsync_err consider(void *context, const struct wsync_backup_entry *entry)
{
    char path[PATH_BYTES];
    struct pruning *pruning = context;
    const struct wsync_backup_policy *policy = pruning->policy;
    if (!is_ours(policy, entry)) {
        return WSYNC_OK;
    }
    pruning->of = entry;
    pruning->newer = 0;
    enum wsync_err err =
        wsync_backup_list(pruning->folder, pruning, count_newer, pruning->error);
    bool young = entry->manifest.created >= policy->now - policy->keep_days * SECONDS_A_DAY;
    if (err != WSYNC_OK || young || pruning->newer == 0 || pruning->newer < policy->keep) {
        return err;
    }
    if (!policy->dry_run && unlink(wsync_site_file(pruning->folder, entry->name, path)) != 0) {
        return wsync_file_error(errno, "remove", path, pruning->error);
    }
    pruning->gone(pruning->context, entry);
    return WSYNC_OK;
}

enum wsync_err wsync_backup_prune(const char *folder, const struct wsync_backup_policy *policy,
                                  void *context,
                                  void (*gone)(void *context,
                                               const struct wsync_backup_entry *entry),
                                  struct wsync_error *error)
{
    struct pruning pruning = {
        .folder = folder, .policy = policy, .context = context, .gone = gone, .error = error};
    if (!policy->dry_run) {
        wsync_backup_left_in(folder, NULL, wsync_backup_discard);
    }
    enum wsync_err err = wsync_backup_list(folder, &pruning, consider, error);
    return err == WSYNC_OK && !policy->dry_run ? wsync_file_sync_dir(folder, error) : err;
}
