/* SPDX-License-Identifier: Apache-2.0 */
#include "host/given.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/action_files.h"
#include "host/action_frame.h"
#include "host/file.h"

enum { FIRST = 3, END = 16 };

bool wsync_given_by_page(void)
{
    const char *page = getenv("WARDSYNC_PAGE");
    return page && *page;
}

/* As the page writes it: no other way of naming the same file.  What the command opened itself
 * has a number too, but is no sealed file in memory. */
static bool is_own(const char *path)
{
    static const char folder[] = "/proc/self/fd/";
    size_t len = sizeof folder - 1;
    if (strncmp(path, folder, len) != 0) {
        return false;
    }
    const char *digits = path + len;
    size_t count = strspn(digits, "0123456789");
    long number = count >= 1 && count <= 2 ? strtol(digits, NULL, 10) : 0;
    return digits[count] == '\0' && digits[0] != '0' && number >= FIRST && number < END &&
           wsync_action_file_is_sealed((int)number);
}

static const char *shipped;

void wsync_given_ship(const char *folder)
{
    shipped = folder;
}

/* Below the folder, and by no way that leads out of it again. */
static bool is_shipped(const char *path)
{
    size_t len = shipped ? strlen(shipped) : 0;
    return len > 0 && strncmp(path, shipped, len) == 0 &&
           (path[len] == '/' || path[len] == '\0') && !strstr(path + len, "/..");
}

/* All of the file, with a NUL behind it, and closes it; NULL: it cannot be read. */
static char *read_words(int words, size_t *len)
{
    struct stat is;
    WSYNC_CLOSED int fd = words;
    if (fstat(fd, &is) != 0 || is.st_size < 0 || is.st_size > WSYNC_ACTION_WORDS_BYTES_MAX) {
        return NULL;
    }
    *len = (size_t)is.st_size;
    char *bytes = calloc(1, *len + 1);
    if (bytes && read(fd, bytes, *len) != (ssize_t)*len) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

bool wsync_given_words(int *argc, char ***argv)
{
    static char *words[WSYNC_ACTION_ARGS_MAX + 1];
    const char *place = getenv("WARDSYNC_WORDS");
    size_t len, at = 0;
    if (!place) {
        return true;
    }
    char *bytes = read_words((int)strtol(place, NULL, 10), &len);
    if (!bytes) {
        return false;
    }
    for (*argc = 0; at < len && *argc < WSYNC_ACTION_ARGS_MAX; at += strlen(bytes + at) + 1) {
        words[(*argc)++] = bytes + at;
    }
    *argv = words;
    return *argc > 0 && at >= len;
}

enum wsync_err wsync_given_check(const char *path, struct wsync_error *error)
{
    return !wsync_given_by_page() || is_own(path) || is_shipped(path)
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_RIGHT,
                                 "A page may not name a file of this machine (%.200s); it "
                                 "sends the file itself.", path);
}
