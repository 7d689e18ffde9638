/* SPDX-License-Identifier: Apache-2.0 */
/* A form with files as it comes in: what is taken, and everything that is not (decision 0019).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "host/action_files.h"
#include "host/http_upload.h"

enum { FILES_MAX = 1000 };
#define PART "--b\r\nContent-Disposition: form-data; "
#define END "--b--\r\n"

static struct wsync_http_upload_reader reader;
static struct wsync_http_fields fields;

static enum wsync_err begin(const char *type)
{
    return wsync_http_upload_begin(&reader, type, FILES_MAX, &fields);
}

/* Takes a body in pieces of so many bytes; one that is gone before nothing is read behind. */
static enum wsync_err take(struct wsync_slice body, size_t piece)
{
    enum wsync_err err = begin("multipart/form-data; boundary=b");
    for (size_t at = 0; err == WSYNC_OK && at < body.len; at += piece) {
        size_t len = body.len - at < piece ? body.len - at : piece;
        uint8_t *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, body.data + at, len);
        err = wsync_http_upload_take(&reader, wsync_slice(copy, len));
        free(copy);
    }
    return err == WSYNC_OK ? wsync_http_upload_end(&reader) : err;
}

/* However it is cut, it ends the same way. */
static enum wsync_err read_body(const char *body)
{
    static const size_t PIECES[] = {1, 2, 3, 7, 64};
    enum wsync_err whole = take(wsync_slice_of(body), SIZE_MAX);
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++) {
        wsync_http_upload_fini(&reader);
        assert_int_equal(take(wsync_slice_of(body), PIECES[i]), whole);
    }
    return whole;
}

static int close_files(void **state)
{
    (void)state;
    wsync_http_upload_fini(&reader);
    return 0;
}

static void assert_file(size_t index, const char *field, const char *name, const char *content)
{
    char bytes[FILES_MAX + 1];
    const struct wsync_http_upload *upload = &reader.uploads[index];
    assert_true(index < reader.upload_count);
    assert_string_equal(upload->field, field);
    assert_string_equal(upload->name, name);
    assert_int_equal(upload->size, strlen(content));
    assert_int_equal(read(upload->fd, bytes, sizeof bytes), strlen(content));
    assert_memory_equal(bytes, content, strlen(content));
    assert_true(wsync_action_file_is_sealed(upload->fd));
}

/* ---- what browsers send ---- */

static void fields_and_files_are_taken(void **state)
{
    (void)state;
    assert_int_equal(
        read_body(PART "name=\"csrf\"\r\n\r\n01ab\r\n" PART
                       "name=\"f-note\"\r\n\r\na\r\nb\rc\r\n" PART
                       "name=\"f-photo\"; filename=\"IMG 1.jpg\"\r\n"
                       "Content-Type: image/jpeg\r\n\r\n\r\n--\r\n--c\r\r\n--b\r\r\n\r\n" PART
                       "name=\"f-none\"; filename=\"\"\r\n"
                       "Content-Type: application/octet-stream\r\n\r\n\r\n" PART
                       "name=\"f-empty\"; filename=\"e\"\r\n\r\n\r\n" PART
                       "name=\"\"\r\n\r\n\r\n" PART
                       "name=\"f-table\"; filename=\"Bồ Đề.csv\"\r\n\r\nx\r\n" END),
        WSYNC_ERR_INVALID); /* the boundary in the middle of a file, and no line of its own */
    assert_int_equal(
        read_body(PART "name=\"csrf\"\r\n\r\n01ab\r\n" PART
                       "name=\"f-note\"\r\n\r\na\r\nb\rc\r\n" PART
                       "name=\"f-photo\"; filename=\"IMG 1.jpg\"\r\n"
                       "Content-Type: image/jpeg\r\n\r\n\r\n--\r\n--c\r\r\n--B\r\r\n\r\n" PART
                       "name=\"f-none\"; filename=\"\"\r\n"
                       "Content-Type: application/octet-stream\r\n\r\n\r\n" PART
                       "name=\"f-empty\"; filename=\"e\"\r\n\r\n\r\n" PART
                       "name=\"\"\r\n\r\n\r\n" PART
                       "name=\"f-table\"; filename=\"Bồ Đề.csv\"\r\n\r\nx\r\n" END),
        WSYNC_OK);
    assert_int_equal(fields.count, 3);
    assert_string_equal(fields.at[0].name, "csrf");
    assert_string_equal(fields.at[0].value, "01ab");
    assert_string_equal(fields.at[1].value, "a\nb\nc");
    assert_string_equal(fields.at[2].name, "");
    assert_int_equal(reader.upload_count, 2);
    assert_file(0, "f-photo", "IMG 1.jpg", "\r\n--\r\n--c\r\r\n--B\r\r\n");
    assert_file(1, "f-table", "Bồ Đề.csv", "x");
}

static void a_name_is_the_last_part_of_a_path(void **state)
{
    (void)state;
    static const char *const NAMES[][2] = {
        {"a.jpg", "a.jpg"},
        {"C:\\\\fotos\\a.jpg", "a.jpg"},
        {"../../etc/passwd", "passwd"},
        {"/", ""},
        {"a/..", ".."},
        {"%22a%22", "\"a\""},
        {"%0D%0A%00", "%0D%0A%00"},
        {"Ảnh Tổ 1.jpg", "Ảnh Tổ 1.jpg"},
        {"-rf", "-rf"},
    };
    char body[512];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        snprintf(body, sizeof body, PART "name=\"f\"; filename=\"%s\"\r\n\r\nx\r\n" END,
                 NAMES[i][0]);
        assert_int_equal(read_body(body), WSYNC_OK);
        assert_file(0, "f", NAMES[i][1], "x");
        wsync_http_upload_fini(&reader);
    }
}

static void a_long_name_keeps_its_end(void **state)
{
    (void)state;
    char name[301] = "", body[512];
    for (size_t i = 0; i < 60; i++) {
        memcpy(name + 4 * i, "Ổa", 4);
    }
    memcpy(name + 4 * 60, ".jpg", 5);
    snprintf(body, sizeof body, PART "name=\"f\"; filename=\"%s\"\r\n\r\nx\r\n" END, name);
    assert_int_equal(read_body(body), WSYNC_OK);
    assert_string_equal(reader.uploads[0].name,
                        name + strlen(name) - WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX);
    wsync_http_upload_fini(&reader);
    snprintf(body, sizeof body, PART "name=\"f\"; filename=\"%s.\"\r\n\r\nx\r\n" END, name);
    assert_int_equal(read_body(body), WSYNC_OK); /* it would begin within a character */
    assert_int_equal(strlen(reader.uploads[0].name), WSYNC_HTTP_UPLOAD_NAME_BYTES_MAX - 2);
    assert_int_equal(reader.uploads[0].name[0], 'a');
}

static void a_boundary_is_read_out_of_the_type(void **state)
{
    (void)state;
    char type[128] = "multipart/form-data; boundary=";
    static const char *const GOOD[] = {
        "multipart/form-data; boundary=----WebKitFormBoundaryAb1",
        "multipart/form-data; boundary=\"-=(a:b)\"",
        "Multipart/Form-Data;boundary=x",
    };
    static const char *const BAD[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; bound=a",
        "multipart/form-data; boundary=a b",
        "multipart/form-data; boundary=a;charset=utf-8",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=\"a\"b",
        "multipart/form-data; boundary=a\rb",
        "multipart/form-data; charset=utf-8; boundary=a",
        "multipart/form-data; boundary=é",
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        assert_true(wsync_http_upload_is(GOOD[i]));
        assert_int_equal(begin(GOOD[i]), WSYNC_OK);
    }
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(begin(BAD[i]), WSYNC_ERR_INVALID);
    }
    assert_false(wsync_http_upload_is("multipart/form-database"));
    assert_false(wsync_http_upload_is("multipart/mixed; boundary=a"));
    memset(type + 30, 'b', WSYNC_HTTP_BOUNDARY_BYTES_MAX);
    assert_int_equal(begin(type), WSYNC_OK);
    type[30 + WSYNC_HTTP_BOUNDARY_BYTES_MAX] = 'b';
    assert_int_equal(begin(type), WSYNC_ERR_INVALID);
}

/* ---- what nobody sends who means well ---- */

static void what_is_bent_is_refused(void **state)
{
    (void)state;
    static const char *const BENT[] = {
        "",
        "--b",
        "--b-",
        "--b--\r",
        "--b--\r\n\r\n",
        "--b--x",
        "-- b--",
        "--bb--",
        "\r\n--b--",
        "x\r\n" PART "name=\"a\"\r\n\r\n\r\n" END,
        "--b \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n" END,
        "--b\nContent-Disposition: form-data; name=\"a\"\n\n\n--b--\n",
        "--b\r\n\r\nx\r\n" END,
        "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" END,
        PART "name=\"a\"\r\n\r\nx",
        PART "name=\"a\"\r\n\r\nx\r\n--b",
        PART "name=\"a\"\r\n\r\nx--b--\r\n",
        PART "name=\"a\"\r\n\r\n",
        PART "name=\"a\"",
        PART "name=a\r\n\r\nx\r\n" END,
        PART "name=\"a\r\n\r\nx\r\n" END,
        PART "name=\"a\"; \r\n\r\nx\r\n" END,
        PART "name=\"a\"; filename=x\r\n\r\nx\r\n" END,
        PART "name=\"a\"; filename=\"x\"; size=1\r\n\r\nx\r\n" END,
        PART "name=\"a\"; filename*=utf-8''x\r\n\r\nx\r\n" END,
        PART "filename=\"x\"; name=\"a\"\r\n\r\nx\r\n" END,
        PART "name=\"a\"; filename=\"x\ry\"\r\n\r\nx\r\n" END,
        PART "name=\"a\"; filename=\"\xc3\"\r\n\r\nx\r\n" END,
        PART "name=\"a\"; filename=\"a\tb\"\r\n\r\nx\r\n" END,
        PART "name=\"a\x01\"\r\n\r\nx\r\n" END,
        PART "name=\"a\"\r\n\r\n\x07\r\n" END,
        PART "name=\"a\"\r\n\r\n\xff\r\n" END,
        PART "name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nx\r\n" END,
        PART "name=\"a\"\r\nContent-Type: a\r\nContent-Type: b\r\n\r\nx\r\n" END,
        PART "name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n" END,
        PART "name=\"a\"\r\n Content-Type: folded\r\n\r\nx\r\n" END,
        "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n" END,
        "--b\r\nContent-Disposition : form-data; name=\"a\"\r\n\r\nx\r\n" END,
    };
    for (size_t i = 0; i < sizeof BENT / sizeof *BENT; i++) {
        if (read_body(BENT[i]) != WSYNC_ERR_INVALID) {
            fail_msg("taken: %s", BENT[i]);
        }
        wsync_http_upload_fini(&reader);
    }
    assert_int_equal(read_body("--b--"), WSYNC_OK);
    assert_int_equal(read_body(END), WSYNC_OK);
}

static void a_nul_is_nowhere(void **state)
{
    (void)state;
    static const char NULS[][64] = {PART "name=\"a\0\"\r\n\r\nx\r\n",
                                    PART "name=\"a\"\r\n\r\nx\0y\r\n"};
    for (size_t i = 0; i < sizeof NULS / sizeof *NULS; i++) {
        char body[80];
        size_t len = i == 0 ? sizeof PART - 1 + 16 : sizeof PART - 1 + 17;
        memcpy(body, NULS[i], len);
        memcpy(body + len, END, sizeof END - 1);
        assert_int_equal(take(wsync_slice(body, len + sizeof END - 1), SIZE_MAX),
                         WSYNC_ERR_INVALID);
        wsync_http_upload_fini(&reader);
    }
}

/* ---- bounds ---- */

/* A body of `count` parts, each with `len` bytes. */
static enum wsync_err send_parts(size_t count, const char *more, size_t len)
{
    static char body[WSYNC_HTTP_FIELDS_MAX * 80 + 2 * WSYNC_HTTP_UPLOAD_TEXT_BYTES];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(body + used, sizeof body - used, PART "name=\"a\"%s\r\n\r\n",
                                 more);
        memset(body + used, 'x', len);
        memcpy(body + used + len, "\r\n", 2);
        used += len + 2;
    }
    memcpy(body + used, END, sizeof END - 1);
    enum wsync_err err = take(wsync_slice(body, used + sizeof END - 1), 1000);
    wsync_http_upload_fini(&reader);
    return err;
}

static void there_are_bounds(void **state)
{
    (void)state;
    const char *file = "; filename=\"f\"";
    assert_int_equal(send_parts(WSYNC_HTTP_FIELDS_MAX, "", 1), WSYNC_OK);
    assert_int_equal(send_parts(WSYNC_HTTP_FIELDS_MAX + 1, "", 1), WSYNC_ERR_OVERSIZE);
    assert_int_equal(send_parts(WSYNC_HTTP_UPLOADS_MAX, file, 1), WSYNC_OK);
    assert_int_equal(send_parts(WSYNC_HTTP_UPLOADS_MAX + 1, file, 1), WSYNC_ERR_OVERSIZE);
    assert_int_equal(send_parts(WSYNC_HTTP_UPLOADS_MAX + 1, file, 0), WSYNC_OK);
    assert_int_equal(send_parts(4, file, FILES_MAX / 4), WSYNC_OK);
    assert_int_equal(send_parts(1, file, FILES_MAX + 1), WSYNC_ERR_OVERSIZE);
    assert_int_equal(send_parts(5, file, FILES_MAX / 4), WSYNC_ERR_OVERSIZE);
    /* "a", a NUL behind it and one behind the value */
    assert_int_equal(send_parts(1, "", WSYNC_HTTP_UPLOAD_TEXT_BYTES - 3), WSYNC_OK);
    assert_int_equal(send_parts(1, "", WSYNC_HTTP_UPLOAD_TEXT_BYTES - 2), WSYNC_ERR_OVERSIZE);
    assert_int_equal(send_parts(1, "", WSYNC_HTTP_UPLOAD_TEXT_BYTES), WSYNC_ERR_OVERSIZE);
    assert_int_equal(send_parts(2, "", WSYNC_HTTP_UPLOAD_TEXT_BYTES / 2 - 3), WSYNC_OK);
    assert_int_equal(send_parts(2, "", WSYNC_HTTP_UPLOAD_TEXT_BYTES / 2 - 2),
                     WSYNC_ERR_OVERSIZE);
}

static void a_long_head_is_refused(void **state)
{
    (void)state;
    static char body[2 * WSYNC_HTTP_UPLOAD_HEAD_BYTES];
    for (size_t extra = 0; extra < 2; extra++) { /* the head is what follows "--b" CR LF */
        size_t head = WSYNC_HTTP_UPLOAD_HEAD_BYTES + extra;
        size_t used = (size_t)snprintf(body, sizeof body, PART "name=\"");
        memset(body + used, 'n', sizeof body - used);
        snprintf(body + 5 + head - 5, 64, "\"\r\n\r\nx\r\n" END);
        assert_int_equal(read_body(body), extra == 0 ? WSYNC_OK : WSYNC_ERR_INVALID);
        wsync_http_upload_fini(&reader);
    }
}

int main(void)
{
#define EACH(test) cmocka_unit_test_teardown(test, close_files)
    const struct CMUnitTest tests[] = {
        EACH(fields_and_files_are_taken), EACH(a_name_is_the_last_part_of_a_path),
        EACH(a_long_name_keeps_its_end),  EACH(a_boundary_is_read_out_of_the_type),
        EACH(what_is_bent_is_refused),    EACH(a_nul_is_nowhere),
        EACH(there_are_bounds),           EACH(a_long_head_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
