/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures without what a phone writes into them; every file is made here, byte by byte.
 * S18.42. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/photo.h"

enum { FILE_BYTES = 4096, ALL = WSYNC_PHOTO_KINDS_ALL };

/* A file under construction. */
struct draft {
    uint8_t bytes[FILE_BYTES];
    size_t len;
};

static struct draft file;
static uint8_t room[FILE_BYTES + WSYNC_PHOTO_ROOM_BYTES];

static void add(const void *bytes, size_t len)
{
    assert_true(len <= sizeof file.bytes - file.len);
    memcpy(file.bytes + file.len, bytes, len);
    file.len += len;
}

#define ADD(...) add((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void add_text(const char *text)
{
    add(text, strlen(text));
}

static struct wsync_slice built(void)
{
    return wsync_slice(file.bytes, file.len);
}

/* An EXIF block of two entries, the second of which says how the camera was held, and a name
 * behind it; `little` as Intel writes it. */
static void add_tiff(uint8_t held, bool little)
{
    if (little) {
        ADD('I', 'I', '*', 0, 8, 0, 0, 0, 2, 0);
        ADD(0x0F, 1, 2, 0, 6, 0, 0, 0, 38, 0, 0, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, held, 0, 0, 0);
    } else {
        ADD('M', 'M', 0, '*', 0, 0, 0, 8, 0, 2);
        ADD(1, 0x0F, 0, 2, 0, 0, 0, 6, 0, 0, 0, 38, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, held, 0, 0);
    }
    ADD(0, 0, 0, 0);
    add_text("SECRET");
}
enum { TIFF_BYTES = 44 };

static const uint8_t SMALLEST[] = {'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0,
                                   3,   0,   0, 0,   1, 0, 6, 0, 0, 0, 0, 0,    0};

static bool holds(const uint8_t *bytes, size_t len, const char *text)
{
    for (size_t at = 0; at + strlen(text) <= len; at++) {
        if (memcmp(bytes + at, text, strlen(text)) == 0) {
            return true;
        }
    }
    return false;
}

static struct wsync_photo strip(void)
{
    struct wsync_photo photo;
    struct wsync_error error = {""};
    enum wsync_err err = wsync_photo_strip(built(), ALL, room, &photo, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(err, WSYNC_OK);
    assert_false(holds(room, photo.len, "SECRET"));
    return photo;
}

static void assert_refused(const char *sentence)
{
    struct wsync_photo photo;
    struct wsync_error error = {""};
    assert_int_equal(wsync_photo_strip(built(), ALL, room, &photo, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, sentence);
}

/* What was stripped is stripped: the second time gives the same bytes. */
static void assert_settled(const struct wsync_photo *photo)
{
    static uint8_t again[sizeof room];
    struct wsync_photo second;
    struct wsync_slice alone = wsync_slice(room, photo->len);
    assert_int_equal(wsync_photo_strip(alone, ALL, again, &second, NULL), WSYNC_OK);
    assert_int_equal(second.len, photo->len);
    assert_memory_equal(again, room, photo->len);
}

/* Whatever its length, a beginning of the file is refused. */
static void assert_each_cut_refused(void)
{
    struct wsync_photo photo;
    for (size_t len = 0; len < file.len; len++) {
        struct wsync_slice head = wsync_slice_head(built(), len);
        assert_int_equal(wsync_photo_strip(head, ALL, room, &photo, NULL), WSYNC_ERR_VALUE);
    }
}

static void add_segment(uint8_t mark, const char *content, size_t len)
{
    ADD(0xFF, mark, (uint8_t)((len + 2) >> 8), (uint8_t)(len + 2));
    add(content, len);
}

/* 4000 x 3000, three components; one scan with an escaped ff and a restart in it. */
static void add_frame(void)
{
    add_segment(0xC0, "\x08\x0B\xB8\x0F\xA0\x01\x01\x11", 9);
}

static void add_scan(void)
{
    add_segment(0xDA, "\x01\x01\x00\x00\x3F", 6);
    ADD(1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 0xFF, 0xFF, 0, 5);
}

static void begin_jpeg(void)
{
    file.len = 0;
    ADD(0xFF, 0xD8);
}

static void test_a_phone_s_jpeg(void **state)
{
    (void)state;
    begin_jpeg();
    ADD(0xFF, 0xE1, 0, 8 + TIFF_BYTES);
    add("Exif\0", 6);
    add_tiff(6, true);
    add_segment(0xE0, "JFIF\0\1\2\0\0\1\0\1\1\1SECRET", 20);
    add_segment(0xE1, "http://ns.adobe.com/xap/1.0/ SECRET", 35);
    add_segment(0xE2, "ICC_PROFILE SECRET", 18);
    add_segment(0xED, "Photoshop SECRET", 16);
    add_segment(0xEE, "Adobe\0d\0\0\0\0\1SECRET", 18);
    add_segment(0xFE, "SECRET", 6);
    add_segment(0xDB, "QUANT", 5);
    ADD(0xFF, 0xFF); /* fill bytes in front of a mark */
    add_frame();
    add_segment(0xC4, "HUFF", 4);
    add_scan();
    add_segment(0xC4, "MORE", 4); /* a progressive picture has several scans */
    add_scan();
    ADD(0xFF, 0xD9);
    add_text("SECRET video behind the end");
    struct wsync_photo photo = strip();
    assert_int_equal(photo.kind, WSYNC_PHOTO_JPEG);
    assert_int_equal(photo.width, 4000);
    assert_int_equal(photo.height, 3000);
    assert_settled(&photo);

    begin_jpeg();
    ADD(0xFF, 0xE1, 0, 34);
    add("Exif\0", 6);
    add(SMALLEST, sizeof SMALLEST);
    add_segment(0xE0, "JFIF\0\1\2\0\0\1\0\1\0\0", 14);
    add_segment(0xEE, "Adobe\0d\0\0\0\0\1", 12);
    add_segment(0xDB, "QUANT", 5);
    add_frame();
    add_segment(0xC4, "HUFF", 4);
    add_scan();
    add_segment(0xC4, "MORE", 4);
    add_scan();
    ADD(0xFF, 0xD9);
    assert_int_equal(photo.len, file.len);
    assert_memory_equal(room, file.bytes, file.len);
    assert_each_cut_refused();
}

/* Nothing is said of a picture that stands upright, and nothing of what makes no sense. */
static void test_how_the_camera_was_held(void **state)
{
    (void)state;
    for (int held = 0; held <= 9; held++) {
        for (int little = 0; little <= 1; little++) {
            begin_jpeg();
            ADD(0xFF, 0xE1, 0, 8 + TIFF_BYTES);
            add("Exif\0", 6);
            add_tiff((uint8_t)held, little);
            add_frame();
            add_scan();
            ADD(0xFF, 0xD9);
            struct wsync_photo photo = strip();
            bool said = held >= 2 && held <= 8;
            assert_int_equal(holds(room, photo.len, "Exif"), said);
            assert_true(!said || room[2 + 4 + 6 + 19] == held);
            assert_settled(&photo);
        }
    }
}

/* A block that points beyond itself says nothing and harms nothing. */
static void test_broken_exif(void **state)
{
    (void)state;
    for (size_t len = 0; len <= TIFF_BYTES; len++) {
        for (uint8_t place = 0; place < 64; place++) {
            begin_jpeg();
            ADD(0xFF, 0xE1, 0, (uint8_t)(8 + len));
            add("Exif\0", 6);
            size_t from = file.len;
            add_tiff(3, true);
            file.bytes[from + 4] = place;
            file.bytes[from + 7] = place == 63 ? 0xFF : 0;
            file.len = from + len;
            add_frame();
            add_scan();
            ADD(0xFF, 0xD9);
            struct wsync_photo photo = strip();
            bool said = place == 8 && len >= 34;
            if (place == 8) {
                assert_int_equal(holds(room, photo.len, "Exif"), said);
            }
        }
    }
}

static void test_jpegs_that_are_none(void **state)
{
    (void)state;
    begin_jpeg();
    add_frame();
    ADD(0xFF, 0xD9);
    assert_refused("holds no picture (JPEG)");
    begin_jpeg();
    add_scan();
    assert_refused("is damaged: the picture comes before its size (JPEG)");
    begin_jpeg();
    add_frame();
    add_frame();
    assert_refused("holds more than one picture (JPEG)");
    begin_jpeg();
    add_segment(0xC0, "\x08\x0B\xB8\x00\x00\x01", 6);
    assert_refused("says that its picture has no width or no height (JPEG)");
    begin_jpeg();
    add_segment(0xC2, "\x08\x0B", 2);
    assert_refused("ends in the middle of the picture; copy it again (JPEG)");
    begin_jpeg();
    add_segment(0xF7, "SECRET", 6);
    assert_refused("is damaged or of a rare kind: it holds a part that no camera writes "
                   "(JPEG)");
    begin_jpeg();
    ADD(0xFF, 0xE1, 0, 1, 0, 0);
    assert_refused("ends in the middle of the picture; copy it again (JPEG)");
    begin_jpeg();
    add_segment(0xFE, "SECRET", 6);
    ADD(7, 7);
    assert_refused("is damaged: a part does not begin where it should (JPEG)");
}

static uint32_t crc_of(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < 8 * len; i++) {
        crc ^= i % 8 == 0 ? bytes[i / 8] : 0;
        crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void end_chunk(size_t from)
{
    uint32_t crc = crc_of(file.bytes + from + 4, file.len - from - 4);
    file.bytes[from + 3] = (uint8_t)(file.len - from - 8);
    ADD((uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc);
}

static void add_chunk(const char *name, const char *content, size_t len)
{
    size_t from = file.len;
    ADD(0, 0, 0, 0);
    add_text(name);
    add(content, len);
    end_chunk(from);
}

static void begin_png(void)
{
    file.len = 0;
    ADD(0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n');
    add_chunk("IHDR", "\0\0\4\0\0\0\3\0\x08\x02\0\0\0", 13);
}

static void test_a_png(void **state)
{
    (void)state;
    begin_png();
    add_chunk("gAMA", "\0\1\2\3", 4);
    add_chunk("iCCP", "SECRET", 6);
    add_chunk("tEXt", "Author SECRET", 13);
    add_chunk("zTXt", "SECRET", 6);
    add_chunk("iTXt", "SECRET", 6);
    add_chunk("tIME", "SECRET", 6);
    add_chunk("prVt", "SECRET", 6);
    size_t from = file.len;
    ADD(0, 0, 0, 0);
    add_text("eXIf");
    add_tiff(6, false);
    end_chunk(from);
    add_chunk("IDAT", "first", 5);
    add_chunk("IDAT", "second", 6);
    add_chunk("tEXt", "SECRET", 6);
    add_chunk("IEND", "", 0);
    add_text("SECRET behind the end");
    struct wsync_photo photo = strip();
    assert_int_equal(photo.kind, WSYNC_PHOTO_PNG);
    assert_int_equal(photo.width, 1024);
    assert_int_equal(photo.height, 768);
    assert_settled(&photo);

    begin_png();
    add_chunk("gAMA", "\0\1\2\3", 4);
    add_chunk("eXIf", (const char *)SMALLEST, sizeof SMALLEST);
    add_chunk("IDAT", "first", 5);
    add_chunk("IDAT", "second", 6);
    add_chunk("IEND", "", 0);
    assert_int_equal(photo.len, file.len);
    assert_memory_equal(room, file.bytes, file.len);
    assert_each_cut_refused();
    file.bytes[file.len - 14] ^= 1;
    assert_refused("is damaged: a check sum is wrong; copy it again (PNG)");
}

static void test_pngs_that_are_none(void **state)
{
    (void)state;
    begin_png();
    add_chunk("IEND", "", 0);
    assert_refused("holds no picture (PNG)");
    begin_png();
    add_chunk("IHDR", "\0\0\4\0\0\0\3\0\x08\x02\0\0\0", 13);
    assert_refused("holds its size twice (PNG)");
    begin_png();
    add_chunk("NEWc", "x", 1);
    assert_refused("is damaged or of a rare kind: it holds a part that no camera writes "
                   "(PNG)");
    begin_png();
    file.len = 8;
    add_chunk("IDAT", "first", 5);
    assert_refused("is damaged: its size does not stand at its beginning (PNG)");
    file.len = 8;
    add_chunk("IHDR", "\0\0\0\0\0\0\3\0\x08\x02\0\0\0", 13);
    assert_refused("says that its picture has no width or no height (PNG)");
    file.len = 8;
    ADD(0xFF, 0xFF, 0xFF, 0xFF, 'I', 'H', 'D', 'R', 0, 0, 0, 0, 0, 0);
    assert_refused("ends in the middle of the picture; copy it again (PNG)");
}

static void add_riff(const char *name, const char *content, size_t len)
{
    add_text(name);
    ADD((uint8_t)len, (uint8_t)(len >> 8), 0, 0);
    add(content, len);
    if (len % 2 != 0) {
        ADD(0);
    }
}

static void begin_webp(void)
{
    file.len = 0;
    add_text("RIFFxxxxWEBP");
}

static void end_webp(void)
{
    const uint8_t len[] = {(uint8_t)(file.len - 8), (uint8_t)((file.len - 8) >> 8), 0, 0};
    memcpy(file.bytes + 4, len, sizeof len);
}

#define LOSSY "\x10\x20\x30\x9D\x01\x2A\x40\xC6\xB0\xC4picture" /* scaling bits above 14 */

static void test_a_webp(void **state)
{
    (void)state;
    begin_webp();
    add_riff("VP8X", "\x3C\0\0\0\x3F\6\0\xAF\4\0", 10); /* alpha, ICC, EXIF, XMP */
    add_riff("ICCP", "SECRET", 6);
    add_riff("ALPH", "see", 3);
    add_riff("VP8 ", LOSSY, 17);
    add_text("EXIF");
    ADD(TIFF_BYTES, 0, 0, 0);
    add_tiff(6, true);
    add_riff("XMP ", "SECRET.", 7);
    add_riff("XYZ ", "SECRET", 6);
    end_webp();
    add_text("SECRET behind the end");
    struct wsync_photo photo = strip();
    assert_int_equal(photo.kind, WSYNC_PHOTO_WEBP);
    assert_int_equal(photo.width, 1600);
    assert_int_equal(photo.height, 1200);
    assert_settled(&photo);

    begin_webp();
    add_riff("VP8X", "\x18\0\0\0\x3F\6\0\xAF\4\0", 10);
    add_riff("ALPH", "see", 3);
    add_riff("VP8 ", LOSSY, 17);
    add_riff("EXIF", (const char *)SMALLEST, sizeof SMALLEST);
    end_webp();
    assert_int_equal(photo.len, file.len);
    assert_memory_equal(room, file.bytes, file.len);
    assert_each_cut_refused();
}

static void test_plain_webps(void **state)
{
    (void)state;
    begin_webp();
    add_riff("VP8 ", LOSSY, 17);
    end_webp();
    struct wsync_photo photo = strip();
    assert_int_equal(photo.width, 1600);
    assert_int_equal(photo.height, 1200);
    assert_int_equal(photo.len, file.len);
    begin_webp();
    add_riff("VP8L", "\x2F\x3F\xC6\x2B\x01pixels", 11);
    end_webp();
    photo = strip();
    assert_int_equal(photo.width, 1600);
    assert_int_equal(photo.height, 1200);
}

static void test_webps_that_are_none(void **state)
{
    (void)state;
    begin_webp();
    end_webp();
    assert_refused("holds no picture (WebP)");
    add_riff("VP8X", "\x02\0\0\0\x3F\6\0\xAF\4\0", 10);
    end_webp();
    assert_refused("is a moving picture; choose a still one (WebP)");
    begin_webp();
    add_riff("VP8L", "\x2E\x3F\xC6\x2B\x01pixels", 11);
    end_webp();
    assert_refused("ends in the middle of the picture; copy it again (WebP)");
    file.len = 19; /* the file ends in the beginning of a chunk */
    end_webp();
    assert_refused("ends in the middle of the picture; copy it again (WebP)");
    begin_webp();
    add_riff("VP8 ", LOSSY, 17);
    add_riff("VP8 ", LOSSY, 17);
    end_webp();
    assert_refused("holds more than one picture (WebP)");
    begin_webp();
    add_riff("VP8 ", LOSSY, 17);
    add_riff("VP8X", "\x10\0\0\0\x3F\6\0\xAF\4\0", 10);
    end_webp();
    assert_refused("is damaged: its size does not stand at its beginning (WebP)");
}

static void test_papers(void **state)
{
    (void)state;
    file.len = 0;
    add_text("%PDF-1.7\nsigned\n%%EOF\n");
    struct wsync_photo photo = strip();
    assert_int_equal(photo.kind, WSYNC_PHOTO_PDF);
    assert_int_equal(photo.len, file.len);
    assert_memory_equal(room, file.bytes, file.len);
    file.len -= 2;
    assert_refused("ends in the middle of the paper; copy it again (PDF)");
}

static void test_kinds_that_are_not_allowed(void **state)
{
    (void)state;
    struct wsync_photo photo;
    struct wsync_error error;
    char names[WSYNC_PHOTO_KINDS_BYTES];
    file.len = 0;
    assert_refused("is empty; allowed: JPEG, PNG, WebP, PDF");
    add_text("GIF89a and more");
    assert_refused("is of no known kind; allowed: JPEG, PNG, WebP, PDF");
    file.len = 0;
    add("\0\0\0\x18" "ftypheic....", 16);
    assert_refused("is a HEIC picture; set the phone's camera to \"most compatible\" or save "
                   "it as JPEG; allowed: JPEG, PNG, WebP, PDF");
    file.len = 0;
    add("\0\0\0\x18" "ftypmp42....", 16);
    assert_refused("is a video; allowed: JPEG, PNG, WebP, PDF");
    file.len = 0;
    add_text("%PDF-1.7\n%%EOF\n");
    uint32_t two = WSYNC_PHOTO_JPEG | WSYNC_PHOTO_PNG;
    assert_int_equal(wsync_photo_strip(built(), two, room, &photo, &error), WSYNC_ERR_VALUE);
    assert_string_equal(error.text, "is of the kind PDF; allowed: JPEG, PNG");
    assert_string_equal(wsync_photo_kinds_text(WSYNC_PHOTO_WEBP, names), "WebP");
    assert_string_equal(wsync_photo_kind_name(0), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_phone_s_jpeg),
        cmocka_unit_test(test_how_the_camera_was_held),
        cmocka_unit_test(test_broken_exif),
        cmocka_unit_test(test_jpegs_that_are_none),
        cmocka_unit_test(test_a_png),
        cmocka_unit_test(test_pngs_that_are_none),
        cmocka_unit_test(test_a_webp),
        cmocka_unit_test(test_plain_webps),
        cmocka_unit_test(test_webps_that_are_none),
        cmocka_unit_test(test_papers),
        cmocka_unit_test(test_kinds_that_are_not_allowed),
    };
    return cmocka_run_group_tests_name("photo", tests, NULL, NULL);
}
