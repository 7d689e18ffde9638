/* SPDX-License-Identifier: Apache-2.0 */
#include "host/verify_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/json.h"

#define NAME "verify-state.lock"

enum {
    NS_A_SECOND = 1000000000,
    SAY_AGAIN_MS = 1000,
    FOUND_BYTES_MAX = WSYNC_VERIFY_STATE_BYTES - 2048
};

const char *wsync_verify_part_word(int part, enum wsync_language language)
{
    static const char *const WORDS[WSYNC_VERIFY_PARTS + 1][2] = {
        [WSYNC_VERIFY_COPYING] = {"sao chép", "copying"},
        [WSYNC_VERIFY_RECOMPUTING] = {"tính lại", "recomputing"},
        [WSYNC_VERIFY_LEAVES] = {"nhật ký minh bạch", "transparency log"},
        [WSYNC_VERIFY_COMPARING] = {"so sánh bảng", "comparing tables"},
        [WSYNC_VERIFY_DIGESTS] = {"tính mã", "digests"},
        [WSYNC_VERIFY_PARTS] = {"đọc lại ảnh và tệp", "photos and files"},
    };
    bool known = part >= 0 && part <= WSYNC_VERIFY_PARTS;
    return WORDS[known ? part : WSYNC_VERIFY_COPYING][language];
}

const char *wsync_verify_kind_word(const char *kind, enum wsync_language language)
{
    static const struct {
        const char *kind, *vi;
    } WORDS[] = {
        {"roster", "danh sách thiết bị"},
        {"statements", "tuyên bố của danh sách"},
        {"devices", "thiết bị"},
        {"transports", "khóa đường truyền"},
        {"keys", "khóa"},
        {"log keys", "khóa ký biên nhận"},
        {"pins", "điểm ghim của sổ"},
        {"log numbers", "số của sổ"},
        {"logs", "sổ"},
        {"changes", "thay đổi"},
        {"seals", "chữ ký"},
        {"references", "tham chiếu"},
        {"forms", "mẫu"},
        {"units", "đơn vị"},
        {"records", "bản ghi"},
        {"history", "lịch sử"},
        {"conflicts", "xung đột"},
        {"attachments", "ảnh và tệp"},
        {"totals", "số tổng"},
        {"counted", "bản ghi được tính"},
        {"quarantine", "cách ly"},
        {"waiting", "đang chờ"},
        {"verdicts", "phán định"},
        {"origins", "gốc của bản chép"},
        {"digest", "mã của trạng thái"},
        {"chain", "chuỗi băm"},
        {"seal", "chữ ký"},
        {"branches", "nhánh để riêng"},
        {"open log", "sổ đang ghi"},
        {"retired log", "sổ đã thôi ghi"},
        {"admin log", "nhật ký quản trị"},
        {"session log", "nhật ký phiên"},
        {"tree", "cây của sổ minh bạch"},
        {"leaves", "lá của sổ minh bạch"},
        {"leaf places", "chỗ của lá"},
        {"checkpoints", "điểm kiểm"},
        {"witness", "đối chứng"},
        {"receipts", "biên nhận"},
        {"released", "việc còn dở"},
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcmp(WORDS[i].kind, kind) == 0) {
            return language == WSYNC_VI ? WORDS[i].vi : kind;
        }
    }
    return language == WSYNC_VI ? "không nhận được" : kind;
}

/* ---- the one who verifies ---- */

void wsync_verify_note_open(struct wsync_verify_note *note, const char *data_dir)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    *note = (struct wsync_verify_note){.begun = wsync_clock_wall_s(), .part = -1};
    note->fd = open(wsync_site_file(data_dir, NAME, path), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (note->fd >= 0 && fcntl(note->fd, F_SETLK, &whole) != 0) {
        wsync_file_close(&note->fd);
        note->fd = -1;
    }
}

/* In place of what stood there.  Who reads meanwhile sees one of them, or the beginning of one:
 * nothing of the old one ever stands behind the new one. */
static void put(const struct wsync_verify_note *note, const char *text, size_t len)
{
    struct stat about;
    bool shorter = fstat(note->fd, &about) == 0 && (size_t)about.st_size > len;
    if ((shorter && ftruncate(note->fd, 0) != 0) ||
        pwrite(note->fd, text, len, 0) != (ssize_t)len) {
        return; /* it is a note and nothing else */
    }
}

/* Writes the note with `end` as its last line; NULL: it goes on. */
static void write_note(const struct wsync_verify_note *note, uint64_t done, uint64_t total,
                       struct wsync_json *end)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        return;
    }
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "begun", note->begun);
    wsync_json_number(json, "seen", wsync_clock_wall_s());
    wsync_json_number(json, "part", note->part);
    wsync_json_number(json, "done", (int64_t)done);
    wsync_json_number(json, "total", (int64_t)total);
    wsync_json_print(json, out);
    fwrite(note->found ? note->found : "", 1, note->found_len, out);
    if (end) {
        wsync_json_print(end, out);
    }
    if (fclose(out) == 0) {
        put(note, text, len);
    }
    free(text);
}

void wsync_verify_note_progress(struct wsync_verify_note *note, int part, uint64_t done,
                                uint64_t total)
{
    int64_t now = wsync_clock_monotonic_ms();
    if (note->fd < 0 || (note->part == part && now < note->said_ms + SAY_AGAIN_MS)) {
        return;
    }
    note->part = part;
    note->said_ms = now;
    write_note(note, done, total, NULL);
}

void wsync_verify_note_found(struct wsync_verify_note *note,
                             const struct wsync_verify_finding *finding)
{
    char line[4 * WSYNC_VERIFY_TEXT_BYTES];
    struct wsync_json *json = wsync_json_new();
    wsync_json_string(json, "finding", finding->what);
    wsync_json_string(json, "place", finding->place);
    wsync_json_string(json, "stored", finding->stored);
    wsync_json_string(json, "computed", finding->again);
    wsync_json_number(json, "rows", (int64_t)finding->rows);
    size_t len = wsync_json_bytes(json, line, sizeof line);
    if (note->fd < 0 || len >= sizeof line || note->found_len + len >= FOUND_BYTES_MAX) {
        return;
    }
    char *found = realloc(note->found, note->found_len + len + 1);
    if (found) {
        memcpy(found + note->found_len, line, len);
        found[note->found_len + len] = '\n';
        note->found = found;
        note->found_len += len + 1;
    }
}

static struct wsync_json *result_line(const struct wsync_verify_result *result,
                                      uint64_t damaged)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "ended", wsync_clock_wall_s());
    wsync_json_number(json, "findings", (int64_t)result->findings);
    wsync_json_bool(json, "compared", result->compared);
    wsync_json_number(json, "damaged", (int64_t)damaged);
    wsync_json_number(json, "changes", (int64_t)result->changes);
    wsync_json_number(json, "seals", (int64_t)result->seals);
    wsync_json_number(json, "records", (int64_t)result->records);
    wsync_json_number(json, "cells", (int64_t)result->cells);
    return json;
}

static struct wsync_json *failure_line(const char *failure)
{
    struct wsync_json *json = wsync_json_new();
    wsync_json_number(json, "ended", wsync_clock_wall_s());
    wsync_json_string(json, "failed", failure);
    return json;
}

void wsync_verify_note_close(struct wsync_verify_note *note,
                             const struct wsync_verify_result *result, uint64_t damaged,
                             const char *failure)
{
    if (note->fd >= 0) {
        write_note(note, 0, 0, result ? result_line(result, damaged) : failure_line(failure));
    }
    free(note->found);
    note->found = NULL;
    wsync_file_close(&note->fd);
    note->fd = -1;
}

/* ---- whoever wants to know ---- */

enum wsync_err wsync_verify_state_read(const char *data_dir, struct wsync_verify_state *state,
                                       struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct flock held = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    WSYNC_CLOSED int fd = open(wsync_site_file(data_dir, NAME, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return wsync_file_error(errno, "open", path, error);
    }
    state->running = fcntl(fd, F_GETLK, &held) == 0 && held.l_type != F_UNLCK;
    ssize_t len = wsync_file_read_at(fd, state->text, sizeof state->text - 1, 0);
    if (len < 0) {
        return wsync_file_error(errno, "read", path, error);
    }
    state->text[len] = '\0';
    return WSYNC_OK;
}

uint64_t wsync_verify_state_revision(const char *data_dir)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct stat about;
    if (stat(wsync_site_file(data_dir, NAME, path), &about) != 0) {
        return 0;
    }
    return (uint64_t)about.st_mtim.tv_sec * NS_A_SECOND + (uint64_t)about.st_mtim.tv_nsec;
}
