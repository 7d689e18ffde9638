/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's own judgement: what is worth saying, how bad it is, and the exit code. */
#include "host/doctor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/file.h"
#include "tests/scratch.h"

/* What was printed since `begin`, read back from a file in place of stdout. */
struct printed {
    FILE *file;
    int kept;
    char text[4096];
};

static void begin(struct printed *printed)
{
    fflush(stdout);
    printed->file = tmpfile();
    assert_non_null(printed->file);
    printed->kept = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(printed->file), STDOUT_FILENO) >= 0);
}

static const char *end(struct printed *printed)
{
    fflush(stdout);
    assert_true(dup2(printed->kept, STDOUT_FILENO) >= 0);
    (void)close(printed->kept);
    rewind(printed->file);
    size_t len = fread(printed->text, 1, sizeof printed->text - 1, printed->file);
    printed->text[len] = '\0';
    fclose(printed->file);
    return printed->text;
}

static void clocks_are_judged_by_how_far_they_are_off(void **state)
{
    (void)state;
    static const struct {
        int64_t ahead_s;
        int code;
        const char *says;
    } CASES[] = {
        {0, 0, "Nothing is wrong"},
        {120, 0, "Nothing is wrong"},
        {-120, 0, "Nothing is wrong"},
        {121, 1, "121 s ahead"},
        {-121, 1, "121 s behind"},
        {86400, 1, "86400 s ahead"},
        {86401, 2, "ahead, more than a day"},
        {-86401, 2, "behind, more than a day"},
    };
    const struct wsync_cli cli = {.language = WSYNC_EN};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_doctor doctor = {.cli = &cli};
        struct printed printed;
        begin(&printed);
        wsync_doctor_clock(&doctor, CASES[i].ahead_s);
        int code = wsync_doctor_end(&doctor);
        assert_non_null(strstr(end(&printed), CASES[i].says));
        assert_int_equal(code, CASES[i].code);
    }
}

/* Most of the wards' clocks judge this machine's; then each is judged by them. */
static void most_clocks_judge_this_one(void **state)
{
    (void)state;
    static const struct {
        int64_t ahead_s[5];
        size_t count;
        const char *says[2];
        unsigned findings;
    } CASES[] = {
        {{0}, 0, {"Nothing", "wrong"}, 0},
        {{5, -7, 100}, 3, {"Nothing", "wrong"}, 0},
        {{300, 290, 310}, 3, {"300 s behind", "this machine"}, 1},
        {{-300, -290, 0, -310, -305}, 5, {"300 s ahead", "clocks of 1 devices"}, 2},
        {{0, 500, 3}, 3, {"clocks of 1 devices", "are off"}, 1},
        {{500, 500}, 2, {"clocks of 2 devices", "are off"}, 1}, /* two may both be wrong */
    };
    const struct wsync_cli cli = {.language = WSYNC_EN};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wsync_doctor doctor = {.cli = &cli};
        struct printed printed;
        int64_t clocks[5];
        memcpy(clocks, CASES[i].ahead_s, sizeof clocks);
        begin(&printed);
        wsync_doctor_clocks(&doctor, clocks, CASES[i].count);
        (void)wsync_doctor_end(&doctor);
        const char *text = end(&printed);
        assert_true(strstr(text, CASES[i].says[0]) && strstr(text, CASES[i].says[1]));
        assert_int_equal(doctor.findings, CASES[i].findings);
    }
}

static const struct wsync_doctor_words FINDING[] = {
    {WSYNC_DOCTOR_WARNING, "small", {"nhỏ %d", "small %d"}, {"chờ", "wait"}},
    {WSYNC_DOCTOR_CRITICAL, "big", {"lớn %d", "big %d"}, {"làm", "act"}},
};

/* The worst finding makes the exit code, whatever comes behind it. */
static void the_worst_counts(void **state)
{
    (void)state;
    const struct wsync_cli cli = {.language = WSYNC_VI};
    struct wsync_doctor doctor = {.cli = &cli};
    struct printed printed;
    begin(&printed);
    wsync_doctor_find(&doctor, &FINDING[1], 7);
    wsync_doctor_find(&doctor, &FINDING[0], 8);
    int code = wsync_doctor_end(&doctor);
    assert_string_equal(end(&printed), "NGHIÊM TRỌNG  big: lớn 7\n    làm\n"
                                       "CẦN XEM  small: nhỏ 8\n    chờ\n");
    assert_int_equal(code, 2);
}

static void objects_are_stable(void **state)
{
    (void)state;
    const struct wsync_cli cli = {.language = WSYNC_EN, .json = true};
    struct wsync_doctor doctor = {.cli = &cli};
    struct printed printed;
    begin(&printed);
    wsync_doctor_find(&doctor, &FINDING[0], 8);
    int code = wsync_doctor_end(&doctor);
    assert_string_equal(end(&printed),
                        "{\"finding\":\"small\",\"severity\":\"warning\",\"what\":\"small 8\","
                        "\"step\":\"wait\"}\n{\"worst\":\"warning\",\"findings\":1}\n");
    assert_int_equal(code, 1);
}

/* What stops the examination is its last finding. */
static void an_error_is_a_finding(void **state)
{
    (void)state;
    const struct wsync_cli cli = {.language = WSYNC_EN};
    const struct wsync_error told = {"the sentence"}, silent = {""};
    struct wsync_doctor doctor = {.cli = &cli};
    struct printed printed;
    begin(&printed);
    int code = wsync_doctor_stop(&doctor, WSYNC_ERR_STORE_IO, &told);
    assert_non_null(strstr(end(&printed), "CRITICAL  site: the sentence\n"));
    assert_int_equal(code, 2);
    begin(&printed);
    code = wsync_doctor_stop(&doctor, WSYNC_ERR_CORRUPT, &silent);
    assert_non_null(strstr(end(&printed), wsync_err_text(WSYNC_ERR_CORRUPT, WSYNC_EN)));
    assert_int_equal(code, 2);
    doctor = (struct wsync_doctor){.cli = &cli};
    begin(&printed);
    code = wsync_doctor_stop(&doctor, WSYNC_OK, &silent);
    assert_non_null(strstr(end(&printed), "Nothing is wrong"));
    assert_int_equal(code, 0);
}

static void keys_that_others_can_read_are_told(void **state)
{
    (void)state;
    struct wsync_scratch scratch;
    char keys[WSYNC_SCRATCH_PATH_BYTES], file[WSYNC_SCRATCH_PATH_BYTES];
    const struct wsync_cli cli = {.language = WSYNC_EN};
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "keys", keys);
    wsync_scratch_path(&scratch, "keys/signing.key", file);
    struct wsync_doctor missing = {.cli = &cli};
    struct printed printed;
    wsync_doctor_folder(&missing, scratch.path);
    assert_int_equal(missing.findings, 0); /* keys may come from elsewhere */
    assert_int_equal(wsync_file_write_durably(keys, 0600, wsync_slice_of("x"), NULL), WSYNC_OK);
    begin(&printed);
    wsync_doctor_folder(&missing, scratch.path);
    assert_non_null(strstr(end(&printed), "cannot be read"));
    assert_int_equal(missing.worst, WSYNC_DOCTOR_CRITICAL);
    assert_int_equal(unlink(keys), 0);
    assert_int_equal(wsync_file_make_dir(keys, 0700, NULL), WSYNC_OK);
    static const mode_t MODES[] = {0600, 0400, 0640, 0604, 0620};
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        struct wsync_doctor doctor = {.cli = &cli};
        assert_int_equal(wsync_file_write_durably(file, MODES[i], wsync_slice_of("x"), NULL),
                         WSYNC_OK);
        begin(&printed);
        wsync_doctor_folder(&doctor, scratch.path);
        bool told = strstr(end(&printed), "signing.key (mode") != NULL;
        assert_int_equal(told, i >= 2);
    }
    wsync_scratch_close(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_are_judged_by_how_far_they_are_off),
        cmocka_unit_test(most_clocks_judge_this_one),
        cmocka_unit_test(the_worst_counts),
        cmocka_unit_test(objects_are_stable),
        cmocka_unit_test(an_error_is_a_finding),
        cmocka_unit_test(keys_that_others_can_read_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
