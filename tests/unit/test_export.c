/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/export.h"
#include "tests/blobs_mem.h"
#include "tests/import_rig.h"
#include "tests/photos.h"
#include "tests/store_mem.h"
#include "wardsync/blob_book.h"

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

enum { OUT_BYTES = 1 << 16 };

static struct import_rig rig, other;
static struct wsync_import_summary summary;
static char output[OUT_BYTES];

static const char TABLE[] =
    "key,date,count,kind,note,person,weight,place_unit,tags,start,seen,done,spot\n"
    "k1,2022-04-16,5,a,\"=1+1, \"\"x\"\"\nline\",Lan,1234.5,21,a b,07:30,"
    "2022-04-16T07:30:15Z,true,\"21.0285,105.8542\"\n"
    "k2,2022-04-17,,,,,-0.05,,,,,false,\n"
    "k3,2022-04-18,100,b,Đường đê,,0.125e,22,b,00:00,,,\n"
    "k4,2022-04-18,100,b,-x,,99999.99,22,b,00:00,,,\n";

static int set_up(void **state)
{
    (void)state;
    import_rig_open(&rig, wsync_store_mem_new());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    import_rig_close(&rig);
    return 0;
}

static void import_text(struct import_rig *into, const char *text)
{
    struct wsync_import_options options =
        import_rig_options(into, import_rig_file(into, "t.csv", text));
    if (import_rig_run(into, &options, &summary) != WSYNC_OK) {
        fail_msg("%s", into->error.text);
    }
}

static struct wsync_export_options all(void)
{
    return (struct wsync_export_options){
        .form = "visit", .csv_mode = WSYNC_CSV_LF,
        .query = {.first_day = WSYNC_NO_DAY, .last_day = INT32_MAX}};
}

/* Writes into `output` and answers the error. */
static enum wsync_err export(struct import_rig *from, struct wsync_export_options options,
                             uint64_t *records)
{
    FILE *out = tmpfile();
    assert_non_null(out);
    options.out = out;
    from->error.text[0] = '\0';
    assert_int_equal(wsync_site_begin(&from->site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    enum wsync_err err = wsync_export_run(&from->site, &options, records, &from->error);
    wsync_site_abort(&from->site);
    assert_int_equal(from->site.arena.used, 0);
    rewind(out);
    size_t len = fread(output, 1, sizeof output - 1, out);
    output[len] = '\0';
    fclose(out);
    return err;
}

static void assert_export(struct wsync_export_options options, const char *wanted)
{
    uint64_t records;
    if (export(&rig, options, &records) != WSYNC_OK) {
        fail_msg("%s", rig.error.text);
    }
    assert_string_equal(output, wanted);
}

static void test_round_trip(void **state)
{
    (void)state;
    static char first[OUT_BYTES];
    uint64_t records;
    struct wsync_export_options options = all();
    import_text(&rig, TABLE);
    assert_int_equal(summary.added, 3);
    assert_int_equal(summary.faulty, 1);
    options.personal = true;
    options.csv_mode = WSYNC_CSV_PLAIN;
    assert_int_equal(export(&rig, options, &records), WSYNC_OK);
    assert_int_equal(records, 3);
    import_rig_open(&other, wsync_store_mem_new());
    import_text(&other, output);
    assert_int_equal(summary.added, 3);
    assert_int_equal(summary.faulty, 0);
    options.columns = "_scope,_scope_name,_day,_state,date,count,kind,note,person,weight,"
                      "place_unit,tags,start,seen,done,spot";
    assert_int_equal(export(&rig, options, &records), WSYNC_OK);
    memcpy(first, output, sizeof first);
    assert_int_equal(export(&other, options, &records), WSYNC_OK);
    assert_string_equal(first, output);
    assert_non_null(strstr(first, "\"=1+1, \"\"x\"\"\nline\",Lan,1234.50,21,a b,07:30,"));
    import_rig_close(&other);
}

static void test_records_that_are_here_are_not_made_twice(void **state)
{
    (void)state;
    uint64_t records;
    import_text(&rig, "date,count\n2022-04-16,5\n2022-04-17,6\n");
    assert_int_equal(export(&rig, all(), &records), WSYNC_OK);
    import_text(&rig, output);
    assert_int_equal(summary.added, 0);
    assert_int_equal(summary.there, 2);
    char *five = strstr(output, ",5,");
    assert_non_null(five);
    five[1] = '7';
    import_text(&rig, output);
    assert_int_equal(summary.added, 0);
    assert_int_equal(summary.there, 1);
    assert_int_equal(summary.faulty, 1);
    assert_non_null(strstr(rig.findings[0].reason, "has other values now; the record was left "
                                                   "as it is."));
}

static void test_columns_and_personal_fields(void **state)
{
    (void)state;
    uint64_t records;
    struct wsync_export_options options = all();
    import_text(&rig, "date,count,person\n2022-04-16,5,Lan\n");
    assert_int_equal(export(&rig, options, &records), WSYNC_OK);
    assert_null(strstr(output, "person"));
    assert_null(strstr(output, "Lan"));
    options.columns = "count, date,_day,_scope,_scope_name,_state";
    assert_export(options, "count,date,_day,_scope,_scope_name,_state\n"
                           "5,2022-04-16,2022-04-16,U2,Ward 2,alive\n");
    options.columns = "count,person";
    assert_int_equal(export(&rig, options, &records), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text,
                        "Column \"person\" is personal; say --personal to write it.");
    options.personal = true;
    assert_export(options, "count,person\n5,Lan\n");
    options.columns = "count,who";
    assert_int_equal(export(&rig, options, &records), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text, "Form visit has no column \"who\".");
    options.columns = "count,count";
    assert_int_equal(export(&rig, options, &records), WSYNC_ERR_INVALID);
    assert_string_equal(rig.error.text, "Column \"count\" is named twice.");
    options.columns = "";
    assert_int_equal(export(&rig, options, &records), WSYNC_ERR_INVALID);
    options.form = "walk";
    assert_int_equal(export(&rig, options, &records), WSYNC_ERR_NOT_FOUND);
    assert_string_equal(rig.error.text, "There is no form \"walk\" here.");
    assert_string_equal(output, "");
}

static void test_for_spreadsheets_and_people(void **state)
{
    (void)state;
    struct wsync_export_options options = all();
    import_text(&rig, TABLE);
    options.columns = "date,note,weight,kind,place_unit,tags";
    options.csv_mode = WSYNC_CSV_EXCEL;
    assert_export(options, "\xEF\xBB\xBF" "date;note;weight;kind;place_unit;tags\r\n"
                           "2022-04-16;\"'=1+1, \"\"x\"\"\nline\";1234,50;a;21;a b\r\n"
                           "2022-04-17;;-0,05;;;\r\n"
                           "2022-04-18;'-x;99999,99;b;22;b\r\n");
    options.csv_mode = WSYNC_CSV_LF;
    options.labels = true;
    options.language = WSYNC_VI;
    options.columns = "_day,_scope_name,_state,weight,kind,place_unit,tags";
    assert_export(options,
                  "Ngày,Đơn vị,Trạng thái,weight_vi,kind_vi,place_unit_vi,tags_vi\n"
                  "16/04/2022,Ward 2,bình thường,\"1.234,50\",An,Tổ 1,An; Bình\n"
                  "17/04/2022,Ward 2,bình thường,\"-0,05\",,,\n"
                  "18/04/2022,Ward 2,bình thường,\"99.999,99\",Bình,Tổ 2,Bình\n");
    options.language = WSYNC_EN;
    options.columns = "_state,kind";
    assert_export(options, "State,kind_en\nalive,Alpha\nalive,\nalive,Beta\n");
}

static void test_json_lines(void **state)
{
    (void)state;
    struct wsync_export_options options = all();
    import_text(&rig, TABLE);
    options.kind = WSYNC_EXPORT_JSON;
    options.columns = "_day,_state,count,weight,place_unit,tags,done,note,spot,seen";
    assert_export(
        options,
        "{\"_day\":\"2022-04-16\",\"_state\":\"alive\",\"count\":5,\"weight\":\"1234.50\","
        "\"place_unit\":21,\"tags\":\"a b\",\"done\":true,\"note\":\"=1+1, \\\"x\\\"\\nline\","
        "\"spot\":\"21.0285000,105.8542000\",\"seen\":\"2022-04-16T14:30:15+07:00\"}\n"
        "{\"_day\":\"2022-04-17\",\"_state\":\"alive\",\"count\":null,\"weight\":\"-0.05\","
        "\"place_unit\":null,\"tags\":null,\"done\":false,\"note\":null,\"spot\":null,"
        "\"seen\":null}\n"
        "{\"_day\":\"2022-04-18\",\"_state\":\"alive\",\"count\":100,\"weight\":\"99999.99\","
        "\"place_unit\":22,\"tags\":\"b\",\"done\":null,\"note\":\"-x\",\"spot\":null,"
        "\"seen\":null}\n");
}

/* Writes a value of `count` beside the one that is there: names no base. */
static void contest(struct wsync_dot record, int64_t count)
{
    const struct wsync_write write = {
        2, false, {.class = WSYNC_CLASS_INTEGER, .integer = count}};
    const struct wsync_intent intent = {.form = RIG_FORM, .version = 1, .record = record,
                                        .writes = &write, .write_count = 1};
    const struct wsync_site_change change = {2, 0, &intent, 1};
    struct wsync_dot written;
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_write(&rig.site, &change, &written, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
}

static void test_states_and_picking(void **state)
{
    (void)state;
    struct wsync_log log;
    struct wsync_undo_summary undone;
    struct wsync_export_options options = all();
    import_text(&rig, "date,count\n2022-04-18,5\n2022-04-17,6\n2022-04-19,7\n");
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_READ, NULL), WSYNC_OK);
    assert_int_equal(wsync_ledger_own_log(rig.site.txn, 2, &log), WSYNC_OK);
    wsync_site_abort(&rig.site);
    contest((struct wsync_dot){log.no, 2, 0}, 60);
    options.columns = "_day,count,_state";
    assert_export(options, "_day,count,_state\n2022-04-18,5,alive\n2022-04-17,60,conflict\n"
                           "2022-04-19,7,alive\n");
    const struct wsync_undo_options undo = {.import = summary.import};
    assert_int_equal(wsync_import_undo(&rig.site, &undo, &undone, &rig.error), WSYNC_OK);
    assert_export(options, "_day,count,_state\n2022-04-17,60,conflict\n");
    options.query.deleted = true;
    options.query.first_day = options.query.last_day = 19100; /* 2022-04-18 */
    assert_export(options, "_day,count,_state\n2022-04-18,5,deleted\n");
    options.query = (struct wsync_records_query){.scope = 3, .first_day = WSYNC_NO_DAY,
                                                 .last_day = INT32_MAX};
    assert_export(options, "_day,count,_state\n");
}

/* What an older version of the form collected is not lost. */
static void test_every_version_has_its_columns(void **state)
{
    (void)state;
    static const struct wsync_choice KINDS[] = {{2, TEXT("b"), TEXT("Bình"), TEXT("Beta")}};
    static const struct wsync_field FIELDS[] = {
        {.number = 1, .type = WSYNC_TYPE_DATE, .name = TEXT("date"), .label_vi = TEXT("d"),
         .label_en = TEXT("d"), .required = true},
        {.number = 3, .type = WSYNC_TYPE_CHOICE, .name = TEXT("kind"), .label_vi = TEXT("k"),
         .label_en = TEXT("k"), .aggregate = WSYNC_AGGREGATE_COUNT, .choices = KINDS,
         .choice_count = 1},
        {.number = 13, .type = WSYNC_TYPE_TEXT, .name = TEXT("note"), .label_vi = TEXT("n"),
         .label_en = TEXT("n")},
    };
    const struct wsync_form next = {.number = RIG_FORM, .version = 2, .name = TEXT("visit"),
                                    .title_vi = TEXT("v"), .title_en = TEXT("v"),
                                    .date_field = 1, .fields = FIELDS, .field_count = 3};
    struct wsync_export_options options = all();
    import_text(&rig, "date,kind,note\n2022-04-16,a,old note\n");
    import_rig_form(&rig, &next);
    import_text(&rig, "date,kind,note\n2022-04-17,b,new note\n");
    options.columns = "date,kind,note,note_4,count";
    assert_export(options, "date,kind,note,note_4,count\n2022-04-16,a,,old note,\n"
                           "2022-04-17,b,new note,,\n");
    uint64_t records;
    options.columns = NULL;
    assert_int_equal(export(&rig, options, &records), WSYNC_OK);
    assert_non_null(strstr(output, "_id,_scope,_scope_name,_day,_state,date,kind,note,count,"
                                   "note_4,weight,"));
}

/* ---- photos ---- */

enum { PICTURES = 41, BYTES = 2 * WSYNC_BLOB_CHUNK_BYTES };

static const struct wsync_field PICTURE = {.number = 1,
                                           .type = WSYNC_TYPE_PHOTO,
                                           .name = TEXT("pic"),
                                           .label_vi = TEXT("Ảnh"),
                                           .label_en = TEXT("Picture")};

/* A record that names the photo of this seed; 0: none. */
static struct wsync_blob_wanted name_photo(uint32_t seed)
{
    struct wsync_blob_wanted named = {.name = photos_name(seed, BYTES)};
    struct wsync_blob_value value = wsync_blob_name_encode(&named.name);
    struct wsync_dot written;
    const struct wsync_write write = {
        1, seed == 0, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value.b, value.len)}};
    const struct wsync_intent intent = {.form = PICTURES,
                                        .version = 1,
                                        .creates = true,
                                        .writes = &write,
                                        .write_count = seed > 0};
    const struct wsync_site_change change = {2, 0, &intent, 1};
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_write(&rig.site, &change, &written, NULL), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);
    named.log_no = written.log_no;
    return named;
}

/* Keeps the first chunk of it alone. */
static void take_part(const struct wsync_blob_name *name, uint32_t seed)
{
    static _Alignas(16) uint8_t block[4 * WSYNC_BLOB_CHUNK_BYTES];
    struct wsync_blobs *whole = wsync_blobs_mem_new();
    struct wsync_blob_name added;
    struct wsync_blob_chunk chunk;
    struct wsync_blob_state state;
    struct wsync_arena arena;
    wsync_arena_init(&arena, block, sizeof block);
    assert_int_equal(wsync_blob_add(whole, photos_content(seed, BYTES), &added), WSYNC_OK);
    assert_int_equal(wsync_blob_prove(whole, name, 0, &arena, &chunk), WSYNC_OK);
    assert_int_equal(wsync_blob_take(rig.site.blobs, name, &chunk, &state), WSYNC_OK);
    wsync_blobs_close(whole);
}

static void define_pictures(void)
{
    const struct wsync_form form = {.number = PICTURES,
                                    .version = 1,
                                    .name = wsync_slice_of("pictures"),
                                    .title_vi = wsync_slice_of("p"),
                                    .title_en = wsync_slice_of("p"),
                                    .fields = &PICTURE,
                                    .field_count = 1};
    import_rig_form(&rig, &form);
}

/* Beside the name of a photo stands where its file is. */
static void test_states_of_photos(void **state)
{
    struct wsync_blob_name added;
    struct wsync_blob_wanted seen[6];
    (void)state;
    rig.site.blobs = wsync_blobs_mem_new();
    define_pictures();
    for (uint32_t seed = 0; seed < 6; seed++) { /* 4 stays missing */
        seen[seed] = name_photo(seed);
    }
    assert_int_equal(wsync_blob_add(rig.site.blobs, photos_content(1, BYTES), &added),
                     WSYNC_OK);
    take_part(&seen[2].name, 2);
    assert_int_equal(wsync_site_begin(&rig.site, WSYNC_TXN_WRITE, NULL), WSYNC_OK);
    assert_int_equal(wsync_blob_missing(rig.site.txn, seen[3].log_no, &seen[3].name), WSYNC_OK);
    assert_int_equal(wsync_blob_settle(rig.site.txn, &seen[5], false), WSYNC_OK);
    assert_int_equal(wsync_site_commit(&rig.site, NULL), WSYNC_OK);

    struct wsync_export_options options = all();
    options.form = "pictures";
    options.columns = "_pic_state";
    assert_export(options, "_pic_state\n\"\"\nhere\non-its-way\non-its-way\nmissing\n"
                           "refused\n");
    options.labels = true;
    options.language = WSYNC_EN;
    assert_export(options,
                  "Picture: state\n\"\"\nhere\non its way\non its way\nnot come\nrefused\n");
    options.language = WSYNC_VI;
    assert_export(options, "Ảnh: trạng thái\n\"\"\nở đây\nđang đến\nđang đến\nchưa đến\n"
                           "nơi gửi không có\n");
    options = all(); /* beside the name, whatever was chosen */
    options.form = "pictures";
    assert_int_equal(export(&rig, options, &(uint64_t){0}), WSYNC_OK);
    assert_non_null(strstr(output, "_state,pic,_pic_state\n"));
    options.kind = WSYNC_EXPORT_JSON;
    assert_int_equal(export(&rig, options, &(uint64_t){0}), WSYNC_OK);
    assert_non_null(strstr(output, "\"_pic_state\":\"refused\""));
    assert_non_null(strstr(output, "\"_pic_state\":null"));
    struct wsync_txn *txn; /* what somebody wished for is on its way, too */
    assert_int_equal(wsync_store_begin(rig.site.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_blob_wish(txn, &seen[4].name), WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
    assert_int_equal(export(&rig, options, &(uint64_t){0}), WSYNC_OK);
    assert_null(strstr(output, "\"_pic_state\":\"missing\""));
    wsync_blobs_close(rig.site.blobs);
    rig.site.blobs = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_round_trip),
        TEST(test_records_that_are_here_are_not_made_twice),
        TEST(test_columns_and_personal_fields),
        TEST(test_for_spreadsheets_and_people),
        TEST(test_json_lines),
        TEST(test_states_and_picking),
        TEST(test_every_version_has_its_columns),
        TEST(test_states_of_photos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
