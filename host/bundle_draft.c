/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts of bundles that programs which were killed have left. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bundle_file.h"

static const char MIDDLE[] = ".new-";

enum { MIDDLE_LEN = sizeof MIDDLE - 1, DRAWN_LEN = 6, MANIFEST_BEGIN_BYTES = 16 };

/* `of`: of the file of this name; NULL: of any. */
static bool is_named_so(const char *name, const char *of)
{
    size_t len = strlen(name);
    size_t base = len - (MIDDLE_LEN + DRAWN_LEN);
    return len > MIDDLE_LEN + DRAWN_LEN &&
           strncmp(name + base, MIDDLE, MIDDLE_LEN) == 0 &&
           (!of || (strlen(of) == base && strncmp(name, of, base) == 0));
}

/* The manifest is written last: without it a bundle is of no use to anybody.  The lock says
 * that nobody writes it; a disk that knows no locks cannot say so. */
static bool is_left(int fd)
{
    static const uint8_t ZEROS[MANIFEST_BEGIN_BYTES];
    uint8_t bytes[WSYNC_BUNDLE_HEADER_BYTES + MANIFEST_BEGIN_BYTES];
    struct wsync_bundle_header header;
    struct stat there;
    if (fstat(fd, &there) != 0 || !S_ISREG(there.st_mode) ||
        flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return false;
    }
    ssize_t got = pread(fd, bytes, sizeof bytes, 0);
    if (got < WSYNC_BUNDLE_HEADER_BYTES) {
        return got == 0;
    }
    return wsync_bundle_header_decode(wsync_slice(bytes, WSYNC_BUNDLE_HEADER_BYTES), &header) ==
               WSYNC_OK &&
           memcmp(bytes + WSYNC_BUNDLE_HEADER_BYTES, ZEROS,
                  (size_t)got - WSYNC_BUNDLE_HEADER_BYTES) == 0;
}

void wsync_bundle_out_clear(const char *folder, const char *name)
{
    char path[WSYNC_SITE_PATH_BYTES];
    DIR *names = opendir(folder);
    if (!names) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(names)) != NULL;) {
        if (!is_named_so(entry->d_name, name) ||
            strlen(folder) + 1 + strlen(entry->d_name) >= sizeof path) {
            continue;
        }
        wsync_site_file(folder, entry->d_name, path);
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0 && is_left(fd)) {
            (void)unlink(path);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    closedir(names);
}
