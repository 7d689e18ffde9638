/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scratch.h"

#include "wardsync/slice.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void join(const char *folder, const char *name, char *path)
{
    int len = snprintf(path, WSYNC_SCRATCH_PATH_BYTES, "%s/%s", folder, name);
    WSYNC_ASSERT(len > 0 && len < WSYNC_SCRATCH_PATH_BYTES);
}

static int is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

void wsync_scratch_open(struct wsync_scratch *scratch)
{
    const char *parent = getenv("TMPDIR");
    join(parent && *parent ? parent : "/tmp", "wardsync-test-XXXXXX", scratch->path);
    WSYNC_ASSERT(mkdtemp(scratch->path));
}

const char *wsync_scratch_path(const struct wsync_scratch *scratch, const char *name,
                               char *path)
{
    join(scratch->path, name, path);
    return path;
}

static size_t count_names(const char *path)
{
    DIR *folder = opendir(path);
    WSYNC_ASSERT(folder);
    size_t count = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        count += !is_dots(entry->d_name);
    }
    closedir(folder);
    return count;
}

size_t wsync_scratch_count(const struct wsync_scratch *scratch)
{
    return count_names(scratch->path);
}

size_t wsync_open_files(void)
{
    return count_names("/proc/self/fd") - 1; /* without that of the folder */
}

static void remove_all(const char *path)
{
    if (unlink(path) == 0 || errno == ENOENT) { /* a file or a link */
        return;
    }
    DIR *folder = opendir(path);
    WSYNC_ASSERT(folder);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!is_dots(entry->d_name)) {
            char inner[WSYNC_SCRATCH_PATH_BYTES];
            join(path, entry->d_name, inner);
            remove_all(inner);
        }
    }
    closedir(folder);
    WSYNC_ASSERT(rmdir(path) == 0);
}

void wsync_scratch_close(struct wsync_scratch *scratch)
{
    remove_all(scratch->path);
}
