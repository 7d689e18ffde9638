/* SPDX-License-Identifier: Apache-2.0 */
/* What a backup is made of; the first byte says which: a manifest, the files that were sealed,
 * in pieces of the length that the next byte tells, or the end of a file. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/backup_manifest.h"
#include "host/backup_members.h"
#include "tests/fuzz/fuzz.h"
#include "tests/scratch.h"

enum { MANIFEST = 0, MEMBERS = 1, END = 2, KINDS = 3 };

/* A file that is open gets its bytes and is closed, before the next is. */
struct taken {
    bool open;
    uint64_t left, files;
};

static enum wsync_err take_open(void *context, const struct wsync_backup_member *member,
                                struct wsync_error *error)
{
    struct taken *taken = context;
    (void)error;
    WSYNC_ASSERT(!taken->open && wsync_backup_path_is_good(wsync_slice_of(member->path)));
    *taken = (struct taken){true, member->bytes, taken->files + 1};
    return WSYNC_OK;
}

static enum wsync_err take_data(void *context, struct wsync_slice bytes,
                                struct wsync_error *error)
{
    struct taken *taken = context;
    (void)error;
    WSYNC_ASSERT(taken->open && bytes.len > 0 && bytes.len <= taken->left);
    taken->left -= bytes.len;
    return WSYNC_OK;
}

static enum wsync_err take_close(void *context, struct wsync_error *error)
{
    struct taken *taken = context;
    (void)error;
    WSYNC_ASSERT(taken->open && taken->left == 0);
    taken->open = false;
    return WSYNC_OK;
}

static void members(struct wsync_slice input)
{
    static struct wsync_backup_members reader;
    struct taken taken = {.open = false};
    struct wsync_error error = {{0}};
    const struct wsync_backup_unpacker to = {&taken, take_open, take_data, take_close};
    enum wsync_err err = WSYNC_OK;
    size_t piece = input.len > 0 ? (size_t)fuzz_take(&input, 1).data[0] + 1 : 1;
    wsync_backup_members_begin(&reader, &to);
    while (input.len > 0 && err == WSYNC_OK) {
        size_t len = input.len < piece ? input.len : piece;
        err = wsync_backup_members_take(&reader, fuzz_take(&input, len), &error);
    }
    if (err == WSYNC_OK) {
        err = wsync_backup_members_finish(&reader, &error);
    }
    WSYNC_ASSERT(err == WSYNC_OK ? !taken.open && taken.files == reader.count
                                 : error.text[0] != '\0');
}

static void end(struct wsync_slice input)
{
    static struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_backup_manifest manifest;
    struct wsync_error error = {{0}};
    if (scratch.path[0] == '\0') {
        wsync_scratch_open(&scratch);
    }
    int fd = open(wsync_scratch_path(&scratch, "file", path), O_CREAT | O_TRUNC | O_RDWR, 0600);
    WSYNC_ASSERT(fd >= 0);
    bool written = write(fd, input.data, input.len) == (ssize_t)input.len;
    WSYNC_ASSERT(written);
    enum wsync_err err = wsync_backup_manifest_read(fd, path, &manifest, &error);
    WSYNC_ASSERT(err == WSYNC_OK || error.text[0] != '\0');
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_slice input = wsync_slice(data, size);
    struct wsync_backup_manifest manifest;
    char text[WSYNC_BACKUP_MANIFEST_BYTES_MAX];
    if (size == 0) {
        return 0;
    }
    (void)fuzz_arena();
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    if (kind == MEMBERS) {
        members(input);
    } else if (kind == END) {
        end(input);
    } else if (wsync_backup_manifest_parse(input, &manifest)) {
        WSYNC_ASSERT(wsync_slice_equal(wsync_backup_manifest_print(&manifest, text), input));
    }
    return 0;
}
