/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/signed_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wardsync/signed_log.h"

enum { DRAW_BYTES = 4 << 20 };

struct reading {
    struct audit *audit;
    const struct signed_log_listener *listener;
    struct audit_fault *fault;
    FILE *file;
    struct wsync_signed_log so_far;
    uint64_t offset; /* of what is read next */
    uint64_t size;   /* of the file; 0: not known */
    uint64_t drawn;  /* the offset told last */
    bool roster_done, logs_done;
};

static bool fail_at(struct reading *reading, uint64_t offset)
{
    reading->fault->unit = "byte";
    reading->fault->at = offset;
    return false;
}

/* Reads exactly `len` bytes; a file that ends before is cut. */
static bool read_bytes(struct reading *reading, void *bytes, size_t len)
{
    size_t got = fread(bytes, 1, len, reading->file);
    reading->offset += got;
    if (got == len) {
        return true;
    }
    if (ferror(reading->file)) {
        audit_fail(reading->fault, WSYNC_ERR_STORE_IO, "It cannot be read: %s.",
                   strerror(errno));
        reading->fault->exit_code = AUDIT_INPUT;
    } else {
        audit_fail(reading->fault, WSYNC_ERR_FRAME, "It ends here, in the middle: it was cut.");
    }
    return fail_at(reading, reading->offset);
}

static bool read_magic(struct reading *reading)
{
    char magic[sizeof WSYNC_SIGNED_LOG_MAGIC - 1];
    size_t got = fread(magic, 1, sizeof magic, reading->file);
    reading->offset = got;
    if (got == sizeof magic && memcmp(magic, WSYNC_SIGNED_LOG_MAGIC, got) == 0) {
        return true;
    }
    audit_fail(reading->fault, WSYNC_ERR_FRAME, "It is no signed log: it does not begin so.");
    reading->fault->exit_code = AUDIT_DATA;
    return fail_at(reading, 0);
}

static bool read_end(struct reading *reading, uint64_t offset)
{
    uint8_t end[WSYNC_SIGNED_LOG_END_BYTES] = {0};
    uint8_t wanted[WSYNC_SIGNED_LOG_END_BYTES];
    size_t rest = sizeof end - WSYNC_SIGNED_LOG_LENGTH_BYTES;
    if (!read_bytes(reading, end + WSYNC_SIGNED_LOG_LENGTH_BYTES, rest)) {
        return false;
    }
    wsync_signed_log_end(&reading->so_far, wanted);
    if (memcmp(end, wanted, sizeof end) != 0) {
        audit_fail(reading->fault, WSYNC_ERR_FRAME,
                   "The end mark is not that of the %" PRIu64
                   " messages before it: some are missing, or were put there.",
                   reading->so_far.messages);
        return fail_at(reading, offset);
    }
    if (fgetc(reading->file) != EOF) {
        audit_fail(reading->fault, WSYNC_ERR_FRAME, "Something stands behind the end mark.");
        return fail_at(reading, reading->offset);
    }
    return true;
}

static bool take(struct reading *reading, const struct wsync_message *message)
{
    if (message->type == WSYNC_MESSAGE_ROSTER && !reading->roster_done) {
        return audit_roster(reading->audit, &message->roster, reading->fault);
    }
    reading->roster_done = true;
    if (message->type == WSYNC_MESSAGE_CHANGES && !reading->logs_done) {
        return audit_changes(reading->audit, &message->changes, reading->fault);
    }
    reading->logs_done = true;
    if (message->type == WSYNC_MESSAGE_RECEIPT) {
        reading->audit->receipts++;
        return true; /* the listener checks it */
    }
    return audit_fail(reading->fault, WSYNC_ERR_MESSAGE, "A %s message does not belong here.",
                      wsync_message_name(message->type));
}

static bool take_frame(struct reading *reading, struct wsync_slice frame)
{
    struct wsync_message message;
    struct wsync_arena *arena = &reading->audit->arena;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_message_decode(frame, arena, &message);
    bool good =
        err == WSYNC_OK || audit_fail(reading->fault, err, "%s", wsync_err_text(err, WSYNC_EN));
    good = good && take(reading, &message) &&
           reading->listener->heard(reading->listener->context, &message, reading->fault);
    wsync_arena_release(arena, mark);
    if (good) {
        wsync_signed_log_add(&reading->so_far, frame);
    }
    return good;
}

/* A line on a terminal while it takes long. */
static void draw(struct reading *reading)
{
    if (reading->offset - reading->drawn >= DRAW_BYTES && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " MiB ", reading->offset >> 20,
                reading->size >> 20);
        reading->drawn = reading->offset;
    }
}

static bool read_messages(struct reading *reading)
{
    for (;;) { /* ends: the file does */
        uint8_t length[WSYNC_SIGNED_LOG_LENGTH_BYTES];
        uint8_t frame[WSYNC_FRAME_BYTES_MAX];
        uint64_t offset = reading->offset;
        if (!read_bytes(reading, length, sizeof length)) {
            return false;
        }
        size_t len = wsync_signed_log_length_of(length);
        if (len == 0) {
            return read_end(reading, offset) && audit_settle(reading->audit, reading->fault);
        }
        if (len > sizeof frame) {
            audit_fail(reading->fault, WSYNC_ERR_FRAME,
                       "A message of %zu bytes is too long to be one.", len);
            return fail_at(reading, offset);
        }
        if (!read_bytes(reading, frame, len)) {
            return false;
        }
        if (!take_frame(reading, wsync_slice(frame, len))) {
            return fail_at(reading, offset);
        }
        draw(reading);
    }
}

bool signed_log_read(struct audit *audit, const char *path,
                     const struct signed_log_listener *listener, struct audit_fault *fault)
{
    struct reading reading = {
        .audit = audit, .listener = listener, .fault = fault, .file = fopen(path, "rb")};
    fault->file = path;
    if (!reading.file) {
        audit_fail(fault, WSYNC_ERR_NOT_FOUND, "It cannot be opened: %s.", strerror(errno));
        fault->exit_code = AUDIT_INPUT;
        return false;
    }
    struct stat about;
    if (fstat(fileno(reading.file), &about) == 0 && about.st_size > 0) {
        reading.size = (uint64_t)about.st_size;
    }
    bool good = read_magic(&reading) && read_messages(&reading);
    if (reading.drawn > 0) {
        fprintf(stderr, "\r%40s\r", "");
    }
    fclose(reading.file);
    return good;
}
