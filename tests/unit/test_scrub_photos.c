/* SPDX-License-Identifier: Apache-2.0 */
/* Attachments are read again while a program serves, and what is damaged is asked for again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/blob_files.h"
#include "host/photo_list.h"
#include "host/scrub_photos.h"
#include "tests/import_rig.h"
#include "tests/photos.h"
#include "tests/store_mem.h"
#include "wardsync/blob_book.h"

enum { CHUNK = WSYNC_BLOB_CHUNK_BYTES, SLICE_MS = 1000, SLICES_MAX = 2000, SLICE_CHUNKS = 128 };
enum { COUNT = 24, LARGE = 60 * CHUNK + 17, SMALL = 900 };

static struct import_rig rig;
static struct wsync_blob_name names[COUNT];

static const struct wsync_field FIELD = {.number = 1,
                                         .type = WSYNC_TYPE_PHOTO,
                                         .name = {(const uint8_t *)"p", 1},
                                         .label_vi = {(const uint8_t *)"p", 1},
                                         .label_en = {(const uint8_t *)"p", 1}};

static void name_one(uint32_t seed, size_t len, struct wsync_blob_name *name)
{
    struct wsync_dot written;
    assert_int_equal(wsync_blob_add(rig.site.blobs, photos_content(seed, len), name), WSYNC_OK);
    struct wsync_blob_value value = wsync_blob_name_encode(name);
    const struct wsync_write write = {
        1, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value.b, value.len)}};
    const struct wsync_intent intent = {.form = PHOTOS_FORM + 1,
                                        .version = 1,
                                        .creates = true,
                                        .writes = &write,
                                        .write_count = 1};
    const struct wsync_site_change change = {2, 0, &intent, 1};
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_write(&rig.site, &change, &written, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
}

static int set_up(void **state)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    const struct wsync_form form = {.number = PHOTOS_FORM + 1,
                                    .version = 1,
                                    .name = wsync_slice_of("pictures"),
                                    .title_vi = wsync_slice_of("p"),
                                    .title_en = wsync_slice_of("p"),
                                    .fields = &FIELD,
                                    .field_count = 1};
    (void)state;
    import_rig_open(&rig, wsync_store_mem_new());
    assert_int_equal(wsync_blob_files_open(wsync_scratch_path(&rig.scratch, "blobs", path),
                                           &rig.site.blobs, NULL),
                     WSYNC_OK);
    rig.site.ledger.blobs = rig.site.blobs;
    import_rig_form(&rig, &form);
    for (uint32_t i = 0; i < COUNT; i++) {
        name_one(i, i == 1 ? SMALL : LARGE, &names[i]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_blobs_close(rig.site.blobs);
    import_rig_close(&rig);
    return 0;
}

/* Ticks until so many rounds are over; no slice reads more than it may. */
static void scrub_rounds(struct wsync_scrub_photos *scrub, uint64_t rounds)
{
    int64_t now_ms = scrub->next_ms;
    for (int i = 0; scrub->rounds < rounds; i++) {
        uint64_t before = scrub->chunks;
        assert_true(i < SLICES_MAX);
        wsync_scrub_photos_tick(scrub, &rig.site, now_ms);
        assert_true(scrub->chunks <= before + SLICE_CHUNKS);
        assert_true(scrub->rounds == rounds || scrub->next_ms > now_ms);
        uint64_t read = scrub->chunks;
        wsync_scrub_photos_tick(scrub, &rig.site, scrub->next_ms - 1); /* too early */
        assert_int_equal(scrub->chunks, read);
        now_ms = scrub->next_ms;
    }
}

static bool is_whole(const struct wsync_blob_name *name)
{
    struct wsync_blob_state state;
    assert_int_equal(wsync_blob_look(rig.site.blobs, name, &state), WSYNC_OK);
    return state.whole;
}

static const char *path_of(const struct wsync_blob_name *name, const char *ending)
{
    static char path[WSYNC_BLOB_PATH_BYTES + 16];
    wsync_blob_files_path(rig.site.blobs, name, path);
    size_t len = strlen(path);
    snprintf(path + len, sizeof path - len, "%s", ending);
    return path;
}

static size_t count_aside(void)
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT; i++) {
        count += access(path_of(&names[i], ".damaged"), F_OK) == 0;
    }
    return count;
}

static void flip(const struct wsync_blob_name *name, long at)
{
    FILE *file = fopen(path_of(name, ""), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

/* The next one that is wanted behind this log number; length 0: none. */
static struct wsync_blob_wanted wanted_behind(struct wsync_blob_wanted at)
{
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    enum wsync_err err = wsync_blob_next_wanted(rig.site.txn, false, &at);
    wsync_site_abort(&rig.site);
    return err == WSYNC_OK ? at : (struct wsync_blob_wanted){.log_no = 0};
}

static const struct wsync_blob_wanted FIRST;

static void sound_ones_are_passed(void **state)
{
    struct wsync_scrub_photos scrub = {.begun = false};
    (void)state;
    scrub_rounds(&scrub, 3);
    assert_int_equal(count_aside(), 0);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(is_whole(&names[i]));
    }
    assert_int_equal(wanted_behind(FIRST).name.length, 0);
}

/* One byte, wherever it is; at the district it is asked of the log that named it, at a ward of
 * the district.  Once it is aside, nothing is found. */
static void a_flipped_byte_is_found(void **state)
{
    static const long PLACES[] = {0, 7 * CHUNK + 5, LARGE - 1};
    (void)state;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        struct wsync_scrub_photos scrub = {.begun = false};
        const struct wsync_blob_name *name = &names[i + 2];
        rig.site.conf.kind = i == 2 ? WSYNC_SITE_WARD : WSYNC_SITE_DISTRICT;
        flip(name, PLACES[i]);
        scrub_rounds(&scrub, 2);
        assert_int_equal(count_aside(), i + 1);
        assert_false(is_whole(name));
        assert_int_equal(access(path_of(name, ".damaged"), F_OK), 0);
        struct wsync_blob_wanted wanted = wanted_behind(FIRST);
        assert_true(i == 2 ? wanted.log_no == WSYNC_BLOB_WISHED : wanted.log_no > 0);
        while (!wsync_blob_name_equal(&wanted.name, name)) {
            assert_true(wanted.name.length > 0);
            wanted = wanted_behind(wanted);
        }
        scrub_rounds(&scrub, 4);
        assert_int_equal(count_aside(), i + 1);
    }
    assert_true(is_whole(&names[0]) && is_whole(&names[1]));
}

/* A file that was cut off counts as none, and is told all the same: here and by verify. */
static void tell_nothing(void *context, const struct wsync_blob_name *name, const char *path)
{
    (void)context;
    (void)name;
    (void)path;
}

static void a_file_cut_short_is_found(void **state)
{
    struct wsync_scrub_photos scrub = {.begun = false};
    struct wsync_photo_check check;
    (void)state;
    assert_int_equal(truncate(path_of(&names[0], ""), CHUNK), 0);
    assert_int_equal(truncate(path_of(&names[1], ""), 3), 0);
    scrub_rounds(&scrub, 2);
    assert_int_equal(count_aside(), 2);
    assert_int_equal(access(path_of(&names[0], ".damaged"), F_OK), 0);
    assert_true(wanted_behind(FIRST).name.length > 0);
    assert_int_equal(truncate(path_of(&names[2], ""), CHUNK), 0);
    assert_int_equal(wsync_photos_verify(&rig.site, &check, tell_nothing, NULL), WSYNC_OK);
    assert_int_equal(check.damaged, 1);
    assert_int_equal(check.count, COUNT - 3);
}

/* What is not here, or goes while it is read, is passed. */
static void what_is_not_here_is_passed(void **state)
{
    struct wsync_scrub_photos scrub = {.begun = true};
    (void)state;
    assert_int_equal(unlink(path_of(&names[0], "")), 0);
    wsync_scrub_photos_tick(&scrub, &rig.site, 0);
    for (size_t i = 1; i < COUNT; i++) {
        assert_int_equal(unlink(path_of(&names[i], "")), 0);
    }
    scrub_rounds(&scrub, 2);
    assert_int_equal(count_aside(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        ON_RIG(sound_ones_are_passed),
        ON_RIG(a_flipped_byte_is_found),
        ON_RIG(a_file_cut_short_is_found),
        ON_RIG(what_is_not_here_is_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
