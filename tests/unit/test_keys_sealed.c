/* SPDX-License-Identifier: Apache-2.0 */
/* A signing key behind a passphrase, and credentials of the service manager. */
#include "host/file.h"
#include "host/key_file.h"
#include "host/keys_sealed.h"
#include "host/passphrase.h"
#include "tests/scratch.h"
#include "wardsync/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct wsync_scratch scratch;
static char path[WSYNC_SCRATCH_PATH_BYTES];

static const char WORDS[] = "four words of it";

static int set_up(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    wsync_scratch_path(&scratch, "root.key", path);
    unsetenv("CREDENTIALS_DIRECTORY");
    return wsync_crypto_init() ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
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

static enum wsync_err load(const char *words, struct wsync_signing_pair *pair,
                           struct wsync_error *error)
{
    return wsync_keys_load_sealed(path, wsync_slice_of(words), pair, error);
}

static void make(struct wsync_signing_pair *pair)
{
    assert_int_equal(wsync_keys_create_sealed(path, wsync_slice_of(WORDS),
                                              WSYNC_SEAL_INTERACTIVE, pair, NULL),
                     WSYNC_OK);
}

static size_t read_text(char text[WSYNC_KEY_FILE_BYTES_MAX + 1])
{
    size_t len;
    assert_int_equal(wsync_file_read(path, text, WSYNC_KEY_FILE_BYTES_MAX, &len, NULL),
                     WSYNC_OK);
    text[len] = '\0';
    return len;
}

static void write_text(const char *text)
{
    assert_int_equal(wsync_file_write_durably(path, 0600, wsync_slice_of(text), NULL),
                     WSYNC_OK);
}

static void test_a_passphrase_opens_it(void **state)
{
    (void)state;
    struct wsync_signing_pair made, read;
    struct wsync_signing_key key;
    struct wsync_error error;
    struct stat file;
    bool sealed = false;
    char text[WSYNC_KEY_FILE_BYTES_MAX + 1];
    char seed[65];
    make(&made);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0600);
    assert_int_equal(load(WORDS, &read, NULL), WSYNC_OK);
    assert_memory_equal(&made, &read, sizeof made);
    assert_int_equal(wsync_keys_peek(path, &sealed, &key, NULL), WSYNC_OK);
    assert_true(sealed);
    assert_memory_equal(&key, &made.key, sizeof key);
    read_text(text);
    wsync_hex_encode(wsync_slice(made.secret.b, 32), seed);
    assert_null(strstr(text, seed));
    assert_int_equal(load("four words of iT", &read, &error), WSYNC_ERR_VALUE);
    assert_non_null(strstr(error.text, "passphrase does not open"));
    assert_true(is_wiped(&read, sizeof read));
    assert_int_equal(wsync_keys_load_signing(path, &read, &error), WSYNC_ERR_INVALID);
    assert_int_equal(wsync_keys_create_sealed(path, wsync_slice_of(WORDS),
                                              WSYNC_SEAL_INTERACTIVE, &read, NULL),
                     WSYNC_ERR_EXISTS);
    assert_true(is_wiped(&read, sizeof read));
}

/* Two keys under one passphrase share nothing that can be seen. */
static void test_nothing_is_drawn_twice(void **state)
{
    (void)state;
    struct wsync_signing_pair first, second;
    char one[WSYNC_KEY_FILE_BYTES_MAX + 1], other[WSYNC_KEY_FILE_BYTES_MAX + 1];
    make(&first);
    read_text(one);
    unlink(path);
    make(&second);
    read_text(other);
    const char *names[] = {"\nkey ", "\nsalt ", "\nnonce ", "\nsealed "};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *a = strstr(one, names[i]), *b = strstr(other, names[i]);
        assert_non_null(a);
        assert_non_null(b);
        assert_memory_not_equal(a, b, strlen(names[i]) + 32);
    }
}

/* Of every altered character: refused, and what stands above the seal is held by it. */
static void test_an_altered_file(void **state)
{
    (void)state;
    struct wsync_signing_pair made, read;
    char text[WSYNC_KEY_FILE_BYTES_MAX + 1];
    make(&made);
    size_t len = read_text(text);
    static const char *const LINES[] = {"\nkey ", "\nsalt ", "\nnonce ", "\nsealed "};
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        char *digit = strstr(text, LINES[i]) + strlen(LINES[i]);
        char before = *digit;
        *digit = before == '0' ? '1' : '0';
        write_text(text);
        assert_int_equal(load(WORDS, &read, NULL), WSYNC_ERR_VALUE);
        assert_true(is_wiped(&read, sizeof read));
        *digit = before;
    }
    for (size_t cut = 0; cut < len; cut += 7) {
        char part[WSYNC_KEY_FILE_BYTES_MAX + 1];
        snprintf(part, sizeof part, "%.*s", (int)cut, text);
        write_text(part);
        assert_int_equal(load(WORDS, &read, NULL), WSYNC_ERR_INVALID);
    }
    text[len++] = '\n';
    text[len] = '\0';
    write_text(text);
    assert_int_equal(load(WORDS, &read, NULL), WSYNC_ERR_INVALID);
}

/* A file cannot make us work or allocate more than the bounds. */
static void test_limits_have_caps(void **state)
{
    (void)state;
    struct wsync_signing_pair made, read;
    struct wsync_error error;
    char text[WSYNC_KEY_FILE_BYTES_MAX + 1], other[WSYNC_KEY_FILE_BYTES_MAX + 1];
    make(&made);
    read_text(text);
    char *limits = strstr(text, "limits ");
    const char *behind = strchr(limits, '\n');
    static const char *const BAD[] = {
        "limits 11 67108864", "limits 2 1073741825", "limits 2 99999999999999999",
        "limits 0 67108864",  "limits 2 0",          "limits -2 67108864",
        "limits 2 67108864 ", "limits  67108864"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        snprintf(other, sizeof other, "%.*s%s%s", (int)(limits - text), text, BAD[i], behind);
        write_text(other);
        assert_int_equal(load(WORDS, &read, &error), WSYNC_ERR_INVALID);
        assert_non_null(strstr(error.text, path));
    }
}

static void test_a_credential_stands_in(void **state)
{
    (void)state;
    char folder[WSYNC_SCRATCH_PATH_BYTES], held_out[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_signing_pair made, read, other;
    assert_int_equal(mkdir(wsync_scratch_path(&scratch, "credentials", folder), 0700), 0);
    wsync_scratch_path(&scratch, "credentials/root.key", held_out);
    assert_int_equal(wsync_keys_create_signing(held_out, &made, NULL), WSYNC_OK);
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_ERR_NOT_FOUND);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_OK);
    assert_memory_equal(&made, &read, sizeof made);
    assert_int_equal(wsync_keys_create_signing(path, &other, NULL), WSYNC_ERR_EXISTS);
    assert_int_equal(chmod(held_out, 0440), 0); /* as the service manager leaves them */
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_OK);
    assert_int_equal(chmod(held_out, 0444), 0);
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_ERR_INVALID);
    assert_int_equal(chmod(held_out, 0400), 0);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(wsync_keys_create_signing(path, &other, NULL), WSYNC_OK);
    setenv("CREDENTIALS_DIRECTORY", folder, 1); /* a file comes first */
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_OK);
    assert_memory_equal(&other, &read, sizeof other);
    unlink(path);
    unlink(held_out);
    assert_int_equal(wsync_keys_load_signing(path, &read, NULL), WSYNC_ERR_NOT_FOUND);
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_passphrases_from_a_file(void **state)
{
    (void)state;
    static char text[WSYNC_PASSPHRASE_BYTES_MAX + 8];
    const struct wsync_passphrase_source source = {.file = path};
    struct wsync_passphrase passphrase;
    struct wsync_error error;
    write_text("four words of it\r\nand another line\n");
    assert_int_equal(wsync_passphrase_choose(&source, &passphrase, NULL), WSYNC_OK);
    assert_string_equal(passphrase.b, WORDS);
    write_text("short");
    assert_int_equal(wsync_passphrase_read(&source, &passphrase, NULL), WSYNC_OK);
    assert_int_equal(wsync_passphrase_choose(&source, &passphrase, &error), WSYNC_ERR_VALUE);
    write_text("\n");
    assert_int_equal(wsync_passphrase_read(&source, &passphrase, NULL), WSYNC_ERR_VALUE);
    memset(text, 'x', WSYNC_PASSPHRASE_BYTES_MAX);
    write_text(text);
    assert_int_equal(wsync_passphrase_read(&source, &passphrase, NULL), WSYNC_OK);
    assert_int_equal(passphrase.len, WSYNC_PASSPHRASE_BYTES_MAX);
    text[WSYNC_PASSPHRASE_BYTES_MAX] = 'x';
    write_text(text);
    assert_int_equal(wsync_passphrase_read(&source, &passphrase, NULL), WSYNC_ERR_VALUE);
    unlink(path);
    assert_int_equal(wsync_passphrase_read(&source, &passphrase, NULL), WSYNC_ERR_NOT_FOUND);
    wsync_passphrase_wipe(&passphrase);
    assert_true(is_wiped(&passphrase, sizeof passphrase));
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_a_passphrase_opens_it),  IN_SCRATCH(test_nothing_is_drawn_twice),
        IN_SCRATCH(test_an_altered_file),        IN_SCRATCH(test_limits_have_caps),
        IN_SCRATCH(test_a_credential_stands_in), IN_SCRATCH(test_passphrases_from_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
