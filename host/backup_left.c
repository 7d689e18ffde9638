/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts that runs which were killed have left. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/backup_folder.h"
#include "host/file.h"

enum { PATH_BYTES = WSYNC_SITE_PATH_BYTES };

static const char *const DRAFTS[] = {"restored", "verified"};

void wsync_backup_hold(int fd)
{
    (void)wsync_file_hold(fd); /* a disk that knows no locks lets nobody else take one either */
}

/* Tells of a draft, unless somebody fills it. */
static void tell(const char *path, void *context, wsync_backup_left_found *found)
{
    WSYNC_CLOSED int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && wsync_file_hold(fd)) {
        found(context, path);
    }
}

void wsync_backup_discard(void *context, const char *path)
{
    (void)context;
    wsync_backup_remove(path);
}

void wsync_backup_left_in(const char *folder, void *context, wsync_backup_left_found *found)
{
    static const char END[] = ".backup.part";
    char path[PATH_BYTES];
    DIR *names = opendir(folder);
    if (!names) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(names)) != NULL;) {
        size_t len = strlen(entry->d_name);
        if (len >= sizeof END && strcmp(entry->d_name + len - (sizeof END - 1), END) == 0) {
            tell(wsync_site_file(folder, entry->d_name, path), context, found);
        }
    }
    closedir(names);
}

bool wsync_backup_beside(const char *data_dir, const char *word, char path[PATH_BYTES])
{
    size_t len = strlen(data_dir);
    while (len > 1 && data_dir[len - 1] == '/') {
        len--;
    }
    int used = snprintf(path, PATH_BYTES, "%.*s.%s", (int)len, data_dir, word);
    return used > 0 && used < PATH_BYTES;
}

bool wsync_backup_find_aside(const char *data_dir, char aside[PATH_BYTES])
{
    char word[32];
    struct stat about;
    for (int number = WSYNC_BACKUP_ASIDE_MAX - 1;
         number > 0 && lstat(data_dir, &about) != 0 && errno == ENOENT; number--) {
        snprintf(word, sizeof word, "before-%d", number);
        if (wsync_backup_beside(data_dir, word, aside) && lstat(aside, &about) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_draft_of(const char *name, const char *begin)
{
    static const char MIDDLE[] = ".new-";
    size_t len = strlen(begin);
    return strncmp(name, begin, len) == 0 &&
           strncmp(name + len, MIDDLE, sizeof MIDDLE - 1) == 0;
}

void wsync_backup_left_beside(const char *data_dir, void *context,
                              wsync_backup_left_found *found)
{
    char begin[PATH_BYTES];
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof DRAFTS / sizeof *DRAFTS; i++) {
        if (!wsync_backup_beside(data_dir, DRAFTS[i], begin)) {
            return;
        }
        char *slash = strrchr(begin, '/');
        const char *base = slash ? slash + 1 : begin;
        char folder[PATH_BYTES];
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(base - begin) : 1,
                 slash ? begin : ".");
        DIR *names = opendir(folder);
        if (!names) {
            continue;
        }
        for (const struct dirent *entry; (entry = readdir(names)) != NULL;) {
            if (is_draft_of(entry->d_name, base)) {
                tell(wsync_site_file(folder, entry->d_name, path), context, found);
            }
        }
        closedir(names);
    }
}
