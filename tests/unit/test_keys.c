/* SPDX-License-Identifier: Apache-2.0 */
#include "host/file.h"
#include "host/keys.h"
#include "tests/scratch.h"
#include "wardsync/crypto.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct wsync_scratch scratch;
static char path[WSYNC_SCRATCH_PATH_BYTES];

static int set_up(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "key", path);
    return wsync_crypto_init() ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static void write_key(const char *text)
{
    struct wsync_slice bytes = wsync_slice_of(text);
    assert_int_equal(wsync_file_write_durably(path, 0600, bytes, NULL), WSYNC_OK);
}

static bool is_wiped(const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (((const uint8_t *)bytes)[i] != 0) {
            return false;
        }
    }
    return true;
}

static void test_signing_pair(void **state)
{
    (void)state;
    struct wsync_signing_pair made, read, other;
    assert_int_equal(wsync_keys_create_signing(path, &made, NULL), WSYNC_OK);
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_OK);
    assert_memory_equal(&made, &read, sizeof made);
    struct wsync_slice part = wsync_slice_of("text");
    struct wsync_signature signature = wsync_sign_parts(&read.secret, &part, 1);
    assert_true(wsync_verify_parts(&made.key, &signature, &part, 1));
    char second[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&scratch, "second", second);
    assert_int_equal(wsync_keys_create_signing(second, &other, NULL), WSYNC_OK);
    assert_memory_not_equal(&made.key, &other.key, sizeof made.key);
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0600);
    assert_int_equal(wsync_scratch_count(&scratch), 2);
}

static void test_transport_pair(void **state)
{
    (void)state;
    struct wsync_transport_pair made, read, drawn;
    assert_int_equal(wsync_keys_create_transport(path, &made, NULL), WSYNC_OK);
    assert_int_equal(wsync_keys_load_transport(path, &read, NULL), WSYNC_OK);
    assert_memory_equal(&made, &read, sizeof made);
    wsync_keys_draw_transport(&drawn);
    assert_memory_not_equal(&made.key, &drawn.key, sizeof made.key);
    assert_false(is_wiped(&drawn.key, sizeof drawn.key));
}

/* S2.10, and files are an interface: RFC 8032 section 7.1 test 1, RFC 7748 section 5.2
 * iteration 1. */
static void test_known_files(void **state)
{
    (void)state;
    char hex[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    struct wsync_signing_pair signing;
    write_key("wardsync signing key v1\n"
              "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n");
    assert_int_equal(wsync_keys_load_signing(path, &signing, NULL), WSYNC_OK);
    wsync_hex_encode(WSYNC_BYTES(signing.key), hex);
    assert_string_equal(hex,
                        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    struct wsync_transport_pair transport;
    write_key("wardsync transport key v1\n"
              "0900000000000000000000000000000000000000000000000000000000000000\n");
    assert_int_equal(wsync_keys_load_transport(path, &transport, NULL), WSYNC_OK);
    wsync_hex_encode(WSYNC_BYTES(transport.key), hex);
    assert_string_equal(hex,
                        "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
}

/* What an attempt that was killed in mid-writing left is no key, and stands in nobody's way. */
static void test_half_a_file_is_no_key(void **state)
{
    (void)state;
    char draft[WSYNC_SCRATCH_PATH_BYTES + 8];
    struct wsync_signing_pair made, read;
    snprintf(draft, sizeof draft, "%s.part", path);
    FILE *file = fopen(draft, "w");
    assert_non_null(file);
    assert_true(fputs("wsync", file) >= 0 && fclose(file) == 0);
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_keys_create_signing(path, &made, NULL), WSYNC_OK);
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_OK);
    assert_memory_equal(&made, &read, sizeof made);
    assert_int_equal(wsync_scratch_count(&scratch), 1);
}

static void test_create_never_overwrites(void **state)
{
    (void)state;
    struct wsync_signing_pair made, again;
    struct wsync_error error = {""};
    assert_int_equal(wsync_keys_create_signing(path, &made, NULL), WSYNC_OK);
    assert_int_equal(wsync_keys_create_signing(path, &again, &error), WSYNC_ERR_EXISTS);
    assert_non_null(strstr(error.text, path));
    assert_true(is_wiped(&again, sizeof again));
    struct wsync_transport_pair transport;
    assert_int_equal(wsync_keys_create_transport(path, &transport, NULL), WSYNC_ERR_EXISTS);
    assert_true(is_wiped(&transport, sizeof transport));
    assert_int_equal(wsync_keys_load_signing(path, &again, NULL), WSYNC_OK);
    assert_memory_equal(&made, &again, sizeof made);
    char nowhere[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&scratch, "no/folder", nowhere);
    assert_int_equal(wsync_keys_create_signing(nowhere, &made, NULL), WSYNC_ERR_NOT_FOUND);
    assert_int_equal(wsync_keys_load_signing(nowhere, &made, NULL), WSYNC_ERR_NOT_FOUND);
}

static void write_in_a_full_file_system(void)
{
    struct rlimit limit = {.rlim_cur = 10, .rlim_max = 10};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    struct wsync_signing_pair pair;
    enum wsync_err err = wsync_keys_create_signing(path, &pair, NULL);
    _exit(err == WSYNC_ERR_STORE_IO && is_wiped(&pair, sizeof pair) ? 0 : 1);
}

static void test_failed_creation_leaves_nothing(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        write_in_a_full_file_system();
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(wsync_scratch_count(&scratch), 0);
}

static void test_open_to_others(void **state)
{
    (void)state;
    struct wsync_signing_pair pair;
    struct wsync_error error;
    char advice[WSYNC_SCRATCH_PATH_BYTES + 16];
    snprintf(advice, sizeof advice, "chmod 600 %s", path);
    assert_int_equal(wsync_keys_create_signing(path, &pair, NULL), WSYNC_OK);
    static const mode_t MODES[] = {0640, 0604, 0620, 0602, 0601, 0610};
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        assert_int_equal(chmod(path, MODES[i]), 0);
        error.text[0] = '\0';
        assert_int_equal(wsync_keys_load_signing(path, &pair, &error), WSYNC_ERR_INVALID);
        assert_non_null(strstr(error.text, advice));
        assert_true(is_wiped(&pair, sizeof pair));
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_int_equal(wsync_keys_load_signing(path, &pair, NULL), WSYNC_OK);
}

static void test_not_a_key_file(void **state)
{
    (void)state;
    static const char HEX[] =
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    static const char *const FORMATS[] = {
        "%.0s", "%s", "wardsync signing key v1 %s\n", "wardsync signing key v1\n",
        "wardsync signing key v1\n%s",
        "wardsync signing key v1\n%.62s\n", "wardsync signing key v1\n%.63sg\n",
        "wardsync signing key v1\n%s00\n", "wardsync signing key v1\n%s\n\n",
        "wardsync signing key v1\n%s\nand a lot of other text that makes the file far too long",
        "wardsync signing key v2\n%s\n", "wardsync transport key v1\n%s\n",
        "wardsync signing key v1\r\n%s\r\n", " wardsync signing key v1\n%s\n",
    };
    struct wsync_signing_pair pair;
    struct wsync_error error;
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        char text[256];
        snprintf(text, sizeof text, FORMATS[i], HEX);
        write_key(text);
        assert_int_equal(wsync_keys_load_signing(path, &pair, &error), WSYNC_ERR_INVALID);
        assert_non_null(strstr(error.text, path));
        assert_null(strstr(error.text, "9d61")); /* never says what is in it */
        assert_true(is_wiped(&pair, sizeof pair));
    }
    struct wsync_transport_pair transport;
    write_key("wardsync signing key v1\n"
              "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n");
    assert_int_equal(wsync_keys_load_transport(path, &transport, NULL), WSYNC_ERR_INVALID);
    char pipe[WSYNC_SCRATCH_PATH_BYTES];
    assert_int_equal(mkfifo(wsync_scratch_path(&scratch, "pipe", pipe), 0600), 0);
    assert_int_equal(wsync_keys_load_signing(pipe, &pair, NULL), WSYNC_ERR_INVALID);
}

static void test_guard(void **state)
{
    (void)state;
    struct wsync_transport_pair *pair = test_malloc(sizeof *pair);
    wsync_keys_guard(pair, sizeof *pair);
    wsync_keys_draw_transport(pair);
    wsync_keys_release(pair, sizeof *pair);
    assert_true(is_wiped(pair, sizeof *pair));
    test_free(pair);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_signing_pair),
        IN_SCRATCH(test_transport_pair),
        IN_SCRATCH(test_known_files),
        IN_SCRATCH(test_half_a_file_is_no_key),
        IN_SCRATCH(test_create_never_overwrites),
        IN_SCRATCH(test_failed_creation_leaves_nothing),
        IN_SCRATCH(test_open_to_others),
        IN_SCRATCH(test_not_a_key_file),
        IN_SCRATCH(test_guard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
