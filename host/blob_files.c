/* SPDX-License-Identifier: Apache-2.0 */
#include "host/blob_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "wardsync/merkle.h"

enum {
    FOLDER_BYTES_MAX = 1024,
    HEX_BYTES = 2 * WSYNC_HASH_BYTES,
    DIRTY_MAX = 32,   /* drafts written to since the last sync */
    KNOWN_MAX = 1024, /* drafts whose chunks were counted: as many as sessions, and more */
};

/* A draft as it was when its chunks were last counted. */
struct known {
    dev_t device;
    ino_t inode; /* 0: free */
    struct wsync_blob_name name;
    uint32_t chunks;
};

struct files {
    struct wsync_blobs base;
    char folder[FOLDER_BYTES_MAX];
    int dirty[DIRTY_MAX];
    size_t dirty_count;
    struct known known[KNOWN_MAX];
    size_t known_next;
};

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

/* A descriptor that is kept for the next sync would hold the lock as well. */
static void release_fd(int *fd)
{
    if (*fd >= 0) {
        (void)flock(*fd, LOCK_UN);
        close(*fd);
    }
}

#define CLOSED_LATER __attribute__((cleanup(close_fd)))
#define RELEASED_LATER __attribute__((cleanup(release_fd)))

static struct files *files_of(struct wsync_blobs *blobs)
{
    return (struct files *)blobs;
}

static enum wsync_err refused(void)
{
    return wsync_file_error(errno, "use", "an attachment", NULL);
}

/* ---- names ---- */

struct path {
    char b[WSYNC_BLOB_PATH_BYTES];
};

static struct path path_of(const char *folder, const struct wsync_blob_name *name,
                           const char *ending)
{
    struct path path;
    char hex[HEX_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(name->root), hex);
    int len = snprintf(path.b, sizeof path.b, "%s/%.2s/%s-%llu%s", folder, hex, hex,
                       (unsigned long long)name->length, ending);
    WSYNC_ASSERT(len > 0 && (size_t)len < sizeof path.b);
    return path;
}

static struct path draft_of(const char *folder, const struct wsync_blob_name *name)
{
    return path_of(folder, name, ".part");
}

void wsync_blob_files_path(const struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           char path[WSYNC_BLOB_PATH_BYTES])
{
    struct path whole = path_of(((const struct files *)blobs)->folder, name, "");
    memcpy(path, whole.b, WSYNC_BLOB_PATH_BYTES);
}

/* ---- what stands under a name ---- */

static bool is_file(const struct path *path, uint64_t *length)
{
    struct stat there;
    bool is = lstat(path->b, &there) == 0 && S_ISREG(there.st_mode);
    *length = is ? (uint64_t)there.st_size : 0;
    return is;
}

/* Opens a file that is there; -1 with errno.  Nothing but a file is opened: a FIFO would wait
 * for its other end. */
static int open_file(const struct path *path, int how)
{
    uint64_t length;
    errno = 0;
    if (!is_file(path, &length)) {
        errno = errno == ENOENT ? ENOENT : ENXIO;
        return -1;
    }
    return open(path->b, how | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* A folder, a link or a device in the place of a file goes aside. */
static enum wsync_err clear_way(const struct path *path)
{
    struct stat there;
    char aside[WSYNC_BLOB_PATH_BYTES + 8];
    if (lstat(path->b, &there) != 0 || S_ISREG(there.st_mode)) {
        return WSYNC_OK;
    }
    snprintf(aside, sizeof aside, "%s.aside", path->b);
    return unlink(path->b) == 0 || rename(path->b, aside) == 0 ? WSYNC_OK : refused();
}

/* ---- bytes ---- */

static enum wsync_err read_at(int fd, void *out, size_t len, off_t at)
{
    uint8_t *bytes = out;
    while (len > 0) { /* ends: each turn reads or answers */
        ssize_t got = pread(fd, bytes, len, at);
        if (got < 0 && errno != EINTR) {
            return refused();
        }
        if (got == 0) {
            return WSYNC_ERR_NOT_FOUND; /* shorter than that */
        }
        bytes += got > 0 ? got : 0;
        at += got > 0 ? got : 0;
        len -= got > 0 ? (size_t)got : 0;
    }
    return WSYNC_OK;
}

static enum wsync_err write_at(int fd, const void *in, size_t len, off_t at)
{
    const uint8_t *bytes = in;
    while (len > 0) { /* ends: each turn writes or answers */
        ssize_t put = pwrite(fd, bytes, len, at);
        if (put < 0 && errno != EINTR) {
            return refused();
        }
        bytes += put > 0 ? put : 0;
        at += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return WSYNC_OK;
}

static off_t chunk_at(uint32_t index)
{
    return (off_t)index * WSYNC_BLOB_CHUNK_BYTES;
}

/* Where the hash of a chunk stands in a draft. */
static off_t hash_at(const struct wsync_blob_name *name, uint32_t index)
{
    return chunk_at(wsync_blob_chunk_count(name)) + (off_t)index * WSYNC_HASH_BYTES;
}

static enum wsync_err read_chunk(int fd, const struct wsync_blob_name *name, uint32_t index,
                                 uint8_t *bytes)
{
    return read_at(fd, bytes, wsync_blob_chunk_len(name, index), chunk_at(index));
}

/* ---- how far a draft is ---- */

/* A draft that was cut to its length and not renamed yet has no hashes any more. */
static enum wsync_err count_finished(int fd, const struct wsync_blob_name *name,
                                     uint32_t *chunks)
{
    struct wsync_blob_name found;
    uint8_t *bytes = malloc((size_t)name->length);
    if (!bytes) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = read_at(fd, bytes, (size_t)name->length, 0);
    if (err == WSYNC_OK) {
        err = wsync_blob_name_of(wsync_slice(bytes, (size_t)name->length), &found);
    }
    bool equal = err == WSYNC_OK && wsync_blob_name_equal(&found, name);
    *chunks = equal ? wsync_blob_chunk_count(name) : 0;
    free(bytes);
    return err == WSYNC_ERR_MEMORY ? err : WSYNC_OK;
}

/* The chunks from the first on that are what was written: each beside its hash. */
static enum wsync_err count_chunks(int fd, const struct wsync_blob_name *name, uint32_t *chunks)
{
    struct stat there;
    *chunks = 0;
    if (fstat(fd, &there) != 0) {
        return refused();
    }
    if ((uint64_t)there.st_size == name->length) {
        return count_finished(fd, name, chunks);
    }
    uint32_t count = wsync_blob_chunk_count(name);
    while (*chunks < count) {
        uint8_t bytes[WSYNC_BLOB_CHUNK_BYTES];
        struct wsync_hash hash;
        enum wsync_err err = read_at(fd, &hash, sizeof hash, hash_at(name, *chunks));
        if (err == WSYNC_OK) {
            err = read_chunk(fd, name, *chunks, bytes);
        }
        if (err != WSYNC_OK) {
            return WSYNC_OK; /* shorter than that, or it cannot be read */
        }
        struct wsync_hash leaf =
            wsync_merkle_leaf(wsync_slice(bytes, wsync_blob_chunk_len(name, *chunks)));
        if (!wsync_hash_equal(&leaf, &hash)) {
            return WSYNC_OK;
        }
        ++*chunks;
    }
    return WSYNC_OK;
}

static struct known *find_known(struct files *files, const struct stat *there,
                                const struct wsync_blob_name *name)
{
    for (size_t i = 0; i < KNOWN_MAX; i++) {
        struct known *known = &files->known[i];
        bool same = known->inode == there->st_ino && known->device == there->st_dev &&
                    wsync_blob_name_equal(&known->name, name);
        if (same && there->st_size >= hash_at(name, known->chunks)) {
            return known;
        }
        if (same) { /* another file of that number */
            known->inode = 0;
        }
    }
    return NULL;
}

static struct known *new_known(struct files *files, const struct stat *there,
                               const struct wsync_blob_name *name)
{
    struct known *known = &files->known[files->known_next++ % KNOWN_MAX];
    *known = (struct known){there->st_dev, there->st_ino, *name, 0};
    return known;
}

/* Counts the chunks of an open draft, once. */
static enum wsync_err know(struct files *files, int fd, const struct wsync_blob_name *name,
                           struct known **known)
{
    struct stat there;
    uint32_t chunks;
    if (fstat(fd, &there) != 0) {
        return refused();
    }
    *known = find_known(files, &there, name);
    if (*known) {
        return WSYNC_OK;
    }
    enum wsync_err err = count_chunks(fd, name, &chunks);
    if (err == WSYNC_OK) {
        *known = new_known(files, &there, name);
        (*known)->chunks = chunks;
    }
    return err;
}

/* A whole blob; a file of another length is damage and counts as none. */
static bool is_long_enough(const struct path *whole, const struct wsync_blob_name *name)
{
    uint64_t length;
    return is_file(whole, &length) && length == name->length;
}

static enum wsync_err look(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           struct wsync_blob_state *state)
{
    struct files *files = files_of(blobs);
    struct path whole = path_of(files->folder, name, "");
    struct path draft = draft_of(files->folder, name);
    struct known *known;
    *state = (struct wsync_blob_state){.chunks = 0};
    if (is_long_enough(&whole, name)) {
        *state = (struct wsync_blob_state){wsync_blob_chunk_count(name), true};
        return WSYNC_OK;
    }
    CLOSED_LATER int fd = open_file(&draft, O_RDONLY);
    if (fd < 0) { /* what cannot be opened is not here; a want of our own says nothing of it */
        return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? refused() : WSYNC_OK;
    }
    enum wsync_err err = know(files, fd, name, &known);
    state->chunks = err == WSYNC_OK ? known->chunks : 0;
    return err;
}

static enum wsync_err read_one(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                               uint32_t index, uint8_t *bytes)
{
    const struct files *files = files_of(blobs);
    struct path whole = path_of(files->folder, name, "");
    struct path draft = draft_of(files->folder, name);
    bool is_whole = is_long_enough(&whole, name);
    CLOSED_LATER int fd = open_file(is_whole ? &whole : &draft, O_RDONLY);
    if (fd < 0) {
        return refused();
    }
    return read_chunk(fd, name, index, bytes);
}

/* ---- writing ---- */

static enum wsync_err make_folders(const struct files *files, const struct path *path)
{
    char shard[FOLDER_BYTES_MAX + 8];
    size_t len = strlen(files->folder) + 3; /* "/ab" */
    WSYNC_ASSERT(len < sizeof shard);
    memcpy(shard, path->b, len);
    shard[len] = '\0';
    enum wsync_err err = wsync_file_make_dir(files->folder, 0700, NULL);
    if (err == WSYNC_OK) {
        err = wsync_file_make_dir(shard, 0700, NULL);
    }
    return err == WSYNC_ERR_EXISTS ? WSYNC_ERR_STORE_IO : err; /* something else is there */
}

/* A new name lasts before anything is said of what stands under it. */
static enum wsync_err create_draft(const struct files *files, const struct path *path, int *fd)
{
    enum wsync_err err = make_folders(files, path);
    if (err != WSYNC_OK) {
        return err;
    }
    err = clear_way(path);
    if (err != WSYNC_OK) {
        return err;
    }
    *fd = open(path->b, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    return *fd < 0 ? refused() : wsync_file_sync_parent(path->b, NULL);
}

/* Is what was opened still what the name leads to?  Another process may have finished it. */
static bool is_still_there(int fd, const struct path *path)
{
    struct stat opened;
    struct stat named;
    return fstat(fd, &opened) == 0 && stat(path->b, &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

/* Opens the draft, made when `fresh`, with nobody else writing to it until it is closed.
 * NOT_FOUND when it is not there any more. */
static enum wsync_err hold_draft(const struct files *files, const struct path *path, bool fresh,
                                 int *fd)
{
    *fd = open_file(path, O_RDWR);
    if (*fd < 0 && (errno == ENOENT || errno == ENXIO) && fresh) {
        enum wsync_err err = create_draft(files, path, fd);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    if (*fd < 0) {
        return refused();
    }
    while (flock(*fd, LOCK_EX) != 0) { /* ends: an interruption passes */
        if (errno != EINTR) {
            return refused();
        }
    }
    return is_still_there(*fd, path) ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
}

static enum wsync_err sync_all(struct wsync_blobs *blobs)
{
    struct files *files = files_of(blobs);
    enum wsync_err err = WSYNC_OK;
    while (files->dirty_count > 0) {
        int fd = files->dirty[--files->dirty_count];
        if (fdatasync(fd) != 0 && err == WSYNC_OK) {
            err = refused();
        }
        close(fd);
    }
    if (err != WSYNC_OK) { /* nobody knows what lasts: it is counted anew */
        memset(files->known, 0, sizeof files->known);
    }
    return err;
}

/* One descriptor of each draft is kept until the next sync. */
static enum wsync_err keep_dirty(struct files *files, int fd)
{
    struct stat added;
    if (fstat(fd, &added) != 0) {
        return refused();
    }
    for (size_t i = 0; i < files->dirty_count; i++) {
        struct stat there;
        if (fstat(files->dirty[i], &there) == 0 && there.st_ino == added.st_ino &&
            there.st_dev == added.st_dev) {
            return WSYNC_OK;
        }
    }
    enum wsync_err err = files->dirty_count == DIRTY_MAX ? sync_all(&files->base) : WSYNC_OK;
    int kept = err == WSYNC_OK ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (err == WSYNC_OK && kept < 0) {
        return refused();
    }
    if (err == WSYNC_OK) {
        files->dirty[files->dirty_count++] = kept;
    }
    return err;
}

static enum wsync_err put(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                          uint32_t index, struct wsync_slice bytes)
{
    struct files *files = files_of(blobs);
    struct path path = draft_of(files->folder, name);
    struct wsync_hash hash = wsync_merkle_leaf(bytes);
    struct known *known;
    RELEASED_LATER int fd = -1;
    enum wsync_err err = hold_draft(files, &path, index == 0, &fd);
    if (err == WSYNC_OK) {
        err = know(files, fd, name, &known);
    }
    if (err == WSYNC_OK) {
        err = keep_dirty(files, fd);
    }
    if (err == WSYNC_OK) {
        err = write_at(fd, bytes.data, bytes.len, chunk_at(index));
    }
    if (err == WSYNC_OK) {
        err = write_at(fd, &hash, sizeof hash, hash_at(name, index));
    }
    if (err == WSYNC_OK && known->chunks == index) {
        known->chunks++;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_STORE_IO : err;
}

static enum wsync_err finish(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct files *files = files_of(blobs);
    struct path whole = path_of(files->folder, name, "");
    struct path draft = draft_of(files->folder, name);
    struct wsync_blob_state state;
    RELEASED_LATER int fd = -1;
    enum wsync_err err = sync_all(blobs);
    if (err == WSYNC_OK) {
        err = hold_draft(files, &draft, false, &fd);
    }
    if (err == WSYNC_ERR_NOT_FOUND) { /* another process was faster */
        err = look(blobs, name, &state);
        return err == WSYNC_OK && !state.whole ? WSYNC_ERR_STORE_IO : err;
    }
    if (err == WSYNC_OK) {
        err = clear_way(&whole);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    if (ftruncate(fd, (off_t)name->length) != 0 || fsync(fd) != 0 ||
        rename(draft.b, whole.b) != 0) {
        return refused();
    }
    return wsync_file_sync_parent(whole.b, NULL);
}

static enum wsync_err drop(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct files *files = files_of(blobs);
    struct path draft = draft_of(files->folder, name);
    for (size_t i = 0; i < KNOWN_MAX; i++) {
        if (wsync_blob_name_equal(&files->known[i].name, name)) {
            files->known[i] = (struct known){.inode = 0};
        }
    }
    return unlink(draft.b) == 0 || errno == ENOENT ? WSYNC_OK : refused();
}

static void close_files(struct wsync_blobs *blobs)
{
    struct files *files = files_of(blobs);
    for (size_t i = 0; i < files->dirty_count; i++) {
        close(files->dirty[i]);
    }
    free(files);
}

/* ---- opening and walking ---- */

enum wsync_err wsync_blob_files_open(const char *folder, struct wsync_blobs **blobs,
                                     struct wsync_error *error)
{
    static const struct wsync_blobs_ops OPS = {.look = look,
                                               .read = read_one,
                                               .put = put,
                                               .sync = sync_all,
                                               .finish = finish,
                                               .drop = drop,
                                               .close = close_files};
    if (strlen(folder) >= FOLDER_BYTES_MAX) {
        return wsync_error_set(error, WSYNC_ERR_OVERSIZE, "The path %.64s... is too long.",
                               folder);
    }
    struct files *files = calloc(1, sizeof *files);
    if (!files) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                               wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
    }
    files->base.ops = &OPS;
    memcpy(files->folder, folder, strlen(folder) + 1);
    *blobs = &files->base;
    return WSYNC_OK;
}

/* Reads a name as path_of writes it; false for anything else. */
static bool read_name(const char *text, struct wsync_blob_name *name, bool *whole)
{
    unsigned long long length;
    char ending[8] = "";
    struct path again;
    if (strlen(text) <= HEX_BYTES ||
        !wsync_hex_decode(wsync_slice(text, HEX_BYTES), name->root.b, sizeof name->root.b) ||
        sscanf(text + HEX_BYTES, "-%llu%7s", &length, ending) < 1 || length == 0 ||
        length > WSYNC_BLOB_BYTES_MAX) {
        return false;
    }
    name->length = length;
    *whole = ending[0] == '\0';
    again = *whole ? path_of("", name, "") : draft_of("", name);
    return strcmp(again.b + 4, text) == 0; /* behind "/ab/" */
}

static void close_dir(DIR **dir)
{
    if (*dir) {
        closedir(*dir);
    }
}

static enum wsync_err each_in(const char *shard,
                              enum wsync_err (*visit)(void *context,
                                                      const struct wsync_blob_name *name,
                                                      bool whole),
                              void *context)
{
    __attribute__((cleanup(close_dir))) DIR *dir = opendir(shard);
    const struct dirent *entry;
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && dir && (entry = readdir(dir))) {
        struct wsync_blob_name name;
        bool whole;
        if (read_name(entry->d_name, &name, &whole)) {
            err = visit(context, &name, whole);
        }
    }
    return err;
}

enum wsync_err wsync_blob_files_each(struct wsync_blobs *blobs,
                                     enum wsync_err (*visit)(void *context,
                                                             const struct wsync_blob_name *name,
                                                             bool whole),
                                     void *context)
{
    const struct files *files = files_of(blobs);
    enum wsync_err err = WSYNC_OK;
    for (unsigned i = 0; i < 256 && err == WSYNC_OK; i++) {
        char shard[FOLDER_BYTES_MAX + 8];
        snprintf(shard, sizeof shard, "%s/%02x", files->folder, i);
        err = each_in(shard, visit, context);
    }
    return err;
}
