/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/bundle_file.h"
#include "host/entropy.h"
#include "host/file.h"
#include "host/signals.h"
#include "wardsync/effects.h"

/* What one flush may say is bounded by the memory for it. */
enum {
    FLUSH_PARTS =
        WSYNC_EFFECTS_BYTES / (WSYNC_BUNDLE_PLAIN_BYTES - WSYNC_FRAME_BYTES_MAX) + 2,
    MODE = 0644, /* a stick goes through many hands; what is inside is sealed */
};

_Static_assert((int)FLUSH_PARTS < (int)WSYNC_PARCEL_PARTS_MAX, "a parcel holds a flush");

static enum wsync_err write_at(struct wsync_bundle_out *out, uint32_t number,
                               struct wsync_error *error)
{
    off_t at = WSYNC_BUNDLE_HEADER_BYTES + (off_t)number * WSYNC_BUNDLE_PART_BYTES;
    wsync_bundle_seal(&out->key, number, out->plain, out->part);
    return lseek(out->fd, at, SEEK_SET) == at
               ? wsync_file_write_all(out->fd, wsync_slice(out->part, sizeof out->part),
                                      out->path, error)
               : wsync_file_error(errno, "write", out->path, error);
}

static void clear_left(const char *path)
{
    char folder[WSYNC_SITE_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int len = snprintf(folder, sizeof folder, "%.*s", slash ? (int)(name - path) : 1,
                       slash ? path : ".");
    if (len > 0 && (size_t)len < sizeof folder) {
        wsync_bundle_out_clear(folder, name);
    }
}

static bool is_stdout(const struct wsync_bundle_out *out)
{
    return strcmp(out->path, "-") == 0;
}

/* A draft beside the path, or for stdout one without a name. */
static enum wsync_err open_draft(struct wsync_bundle_out *out, struct wsync_error *error)
{
    if (is_stdout(out)) {
        FILE *file = tmpfile();
        out->fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
        int reason = errno;
        if (file) {
            fclose(file);
        }
        return out->fd >= 0 ? WSYNC_OK
                            : wsync_file_error(reason, "create", "a file for it", error);
    }
    clear_left(out->path);
    out->fd = mkstemp(out->draft);
    if (out->fd < 0) {
        return wsync_file_error(errno, "create", out->path, error);
    }
    wsync_signals_drop(out->draft);
    (void)flock(out->fd, LOCK_EX | LOCK_NB); /* says that somebody writes it */
    return WSYNC_OK;
}

enum wsync_err wsync_bundle_out_begin(struct wsync_bundle_out *out,
                                      const struct wsync_bundle_to *to,
                                      struct wsync_bundle_header *header,
                                      struct wsync_error *error)
{
    const char *path = to->path;
    struct stat there;
    struct wsync_entropy secret;
    memset(out, 0, sizeof *out);
    out->fd = -1;
    int len = snprintf(out->draft, sizeof out->draft, "%s.new-XXXXXX", path);
    out->err = WSYNC_OK;
    if (len < 0 || (size_t)len >= sizeof out->draft) {
        return wsync_file_error(ENAMETOOLONG, "write", path, error);
    }
    memcpy(out->path, path, strlen(path) + 1);
    out->parts_max = to->parts_max > 0 ? to->parts_max : WSYNC_BUNDLE_PARTS_MAX;
    if (!to->over && !is_stdout(out) && lstat(path, &there) == 0) {
        return wsync_file_error(EEXIST, "create", path, error);
    }
    wsync_entropy_draw(&secret);
    enum wsync_err err = wsync_bundle_begin(header, to->receiver, secret.b, &out->key);
    wsync_wipe(&secret, sizeof secret);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "Nothing can be sealed to the receiver's key.");
    }
    err = open_draft(out, error);
    if (err != WSYNC_OK) {
        return err;
    }
    return wsync_file_write_all(out->fd, wsync_slice(out->key.header, sizeof out->key.header),
                                path, error);
}

static void end_part(struct wsync_bundle_out *out)
{
    struct wsync_bundle_manifest *manifest = &out->manifest;
    if (out->err != WSYNC_OK) {
        return;
    }
    if (manifest->part_count == out->parts_max) {
        out->err = wsync_error_set(&out->error, WSYNC_ERR_OVERSIZE,
                                   "%s would have more parts than a bundle may have.",
                                   out->path);
        return;
    }
    out->err = write_at(out, manifest->part_count + 1, &out->error);
    wsync_bundle_part_hash(out->part, manifest->hashes[manifest->part_count]);
    manifest->part_count++;
    out->used = 0;
    memset(out->plain, 0, sizeof out->plain);
}

void wsync_bundle_out_add(struct wsync_bundle_out *out, struct wsync_slice frame)
{
    bool fits = out->err == WSYNC_OK && wsync_bundle_put_frame(out->plain, &out->used, frame);
    if (!fits && out->err == WSYNC_OK) {
        end_part(out);
        fits = out->err == WSYNC_OK && wsync_bundle_put_frame(out->plain, &out->used, frame);
        WSYNC_ASSERT(fits || out->err != WSYNC_OK); /* any frame fits into an empty part */
    }
    out->frames += fits;
}

bool wsync_bundle_out_has_room(const struct wsync_bundle_out *out)
{
    return out->manifest.part_count + FLUSH_PARTS <= out->parts_max;
}

enum wsync_err wsync_bundle_out_sync(struct wsync_bundle_out *out, struct wsync_error *error)
{
    return fdatasync(out->fd) == 0 ? WSYNC_OK
                                   : wsync_file_error(errno, "write", out->path, error);
}

/* Said only when it is whole. */
static enum wsync_err copy_to_stdout(struct wsync_bundle_out *out, struct wsync_error *error)
{
    uint64_t at = 0;
    ssize_t got;
    while ((got = wsync_file_read_at(out->fd, out->part, sizeof out->part, at)) > 0) {
        enum wsync_err err = wsync_file_write_all(
            STDOUT_FILENO, wsync_slice(out->part, (size_t)got), "standard output", error);
        if (err != WSYNC_OK) {
            return err;
        }
        at += (uint64_t)got;
    }
    return got == 0 ? WSYNC_OK : wsync_file_error(errno, "read", "the bundle", error);
}

/* Renamed only when all of it is on the disk, and the name as well. */
static enum wsync_err publish(struct wsync_bundle_out *out, struct wsync_error *error)
{
    if (fchmod(out->fd, MODE) != 0 && errno != EPERM) { /* a stick may know no modes */
        return wsync_file_error(errno, "write", out->path, error);
    }
    if (fsync(out->fd) != 0) {
        return wsync_file_error(errno, "write", out->path, error);
    }
    bool closed = close(out->fd) == 0;
    out->fd = -1;
    int reason = closed && rename(out->draft, out->path) == 0 ? 0 : errno;
    wsync_signals_drop(NULL);
    if (reason != 0) {
        unlink(out->draft);
        return wsync_file_error(reason, "write", out->path, error);
    }
    return wsync_file_sync_parent(out->path, error);
}

enum wsync_err wsync_bundle_out_end(struct wsync_bundle_out *out,
                                    const struct wsync_signing_secret *secret,
                                    struct wsync_error *error)
{
    if (out->used > 0) {
        end_part(out);
    }
    if (out->err != WSYNC_OK) {
        *error = out->error;
        return out->err;
    }
    wsync_bundle_manifest_encode(&out->manifest, &out->key, secret, out->plain);
    enum wsync_err err = write_at(out, 0, error);
    if (err != WSYNC_OK) {
        return err;
    }
    return is_stdout(out) ? copy_to_stdout(out, error) : publish(out, error);
}

void wsync_bundle_out_fini(struct wsync_bundle_out *out)
{
    if (out->fd >= 0) {
        close(out->fd);
        if (!is_stdout(out)) {
            unlink(out->draft);
            wsync_signals_drop(NULL);
        }
    }
    wsync_wipe(out, sizeof *out);
    out->fd = -1;
}

uint64_t wsync_bundle_out_bytes(const struct wsync_bundle_out *out)
{
    return WSYNC_BUNDLE_HEADER_BYTES +
           (out->manifest.part_count + UINT64_C(1)) * WSYNC_BUNDLE_PART_BYTES;
}
