/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to be enrolled and grants as text: every altered byte is refused. */
#include "host/file.h"
#include "host/grant_text.h"
#include "host/keys.h"
#include "host/request_text.h"
#include "tests/scratch.h"
#include "wardsync/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct wsync_scratch scratch;

static int set_up(void **state)
{
    (void)state;
    wsync_scratch_open(&scratch);
    return wsync_crypto_init() ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static struct wsync_request make(struct wsync_signing_pair *pair)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_transport_pair transport;
    struct wsync_request request = {.name = "Máy 2"};
    assert_int_equal(
        wsync_keys_create_signing(wsync_scratch_path(&scratch, "key", path), pair, NULL),
        WSYNC_OK);
    wsync_keys_draw_transport(&transport);
    request.signing_key = pair->key;
    request.transport_key = transport.key;
    wsync_request_sign(&request, &pair->secret);
    return request;
}

/* S7.82, S7.83. */
static void test_a_request(void **state)
{
    (void)state;
    char text[WSYNC_REQUEST_TEXT_BYTES];
    struct wsync_signing_pair pair;
    struct wsync_request request = make(&pair), read;
    struct wsync_slice bytes = wsync_request_print(&request, text);
    assert_int_equal(wsync_request_parse(bytes, &read, NULL), WSYNC_OK);
    assert_memory_equal(&read, &request, sizeof read);
    struct wsync_fingerprint mine = wsync_request_fingerprint(&request);
    assert_int_equal(strlen(mine.text), 39);
    read.transport_key.b[31] ^= 1;
    assert_string_not_equal(mine.text, wsync_request_fingerprint(&read).text);
    read = request;
    read.signing_key.b[0] ^= 1;
    assert_string_not_equal(mine.text, wsync_request_fingerprint(&read).text);
    read = request;
    read.name[0] = 'm';
    assert_string_equal(mine.text, wsync_request_fingerprint(&read).text);
}

/* S3.5, S7.82, S7.83, and files are an interface: the seed of the signing key is 08 thirty-two
 * times, the transport key 09. */
static void test_a_known_request(void **state)
{
    (void)state;
    char text[WSYNC_REQUEST_TEXT_BYTES];
    uint8_t seed[32];
    struct wsync_signing_pair pair;
    struct wsync_request request = {.name = "Máy 2"};
    memset(seed, 8, sizeof seed);
    memset(request.transport_key.b, 9, sizeof request.transport_key.b);
    wsync_signing_pair(seed, &pair.key, &pair.secret);
    request.signing_key = pair.key;
    wsync_request_sign(&request, &pair.secret);
    struct wsync_slice bytes = wsync_request_print(&request, text);
    static const char KNOWN[] =
        "wardsync enrolment request v1\n"
        "signing 1398f62c6d1a457c51ba6a4b5f3dbd2f69fca93216218dc8997e416bd17d93ca\n"
        "transport 0909090909090909090909090909090909090909090909090909090909090909\n"
        "name Máy 2\n"
        "signature db63790d6ca894fd7fe55cd3ea4875f123517b2df0415a8417f7caba0ee059a9"
        "611c4d804d57254527b2ab9790220495dab15015a9714d5902a1270b76a5c60d\n";
    assert_int_equal(bytes.len, strlen(KNOWN));
    assert_memory_equal(text, KNOWN, bytes.len);
    assert_string_equal(wsync_request_fingerprint(&request).text,
                        "d2e2-5f2f-812a-4304-cb47-5a9a-9ebb-8634");
}

/* S7.82: a digit in another case is the same digit; everything else that differs is refused. */
static void test_altered_requests(void **state)
{
    (void)state;
    char text[WSYNC_REQUEST_TEXT_BYTES];
    struct wsync_signing_pair pair;
    struct wsync_request request = make(&pair), read;
    struct wsync_slice bytes = wsync_request_print(&request, text);
    for (size_t i = 0; i < bytes.len; i++) {
        char before = text[i];
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(before ^ (1 << bit));
            enum wsync_err err = wsync_request_parse(bytes, &read, NULL);
            assert_true(err != WSYNC_OK || memcmp(&read, &request, sizeof read) == 0);
        }
        text[i] = before;
        assert_int_equal(wsync_request_parse(wsync_slice(text, i), &read, NULL),
                         WSYNC_ERR_MESSAGE);
    }
}

static void test_names(void **state)
{
    (void)state;
    char name[WSYNC_DEVICE_NAME_BYTES_MAX + 2];
    memset(name, 'x', sizeof name);
    name[WSYNC_DEVICE_NAME_BYTES_MAX] = '\0';
    assert_int_equal(wsync_request_name_check(name, NULL), WSYNC_OK);
    name[WSYNC_DEVICE_NAME_BYTES_MAX] = 'x';
    name[WSYNC_DEVICE_NAME_BYTES_MAX + 1] = '\0';
    assert_int_equal(wsync_request_name_check(name, NULL), WSYNC_ERR_VALUE);
    static const char *const BAD[] = {"", "a\nb", "a\tb", "a\033[2J", "\xc3", "a\x7f"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(wsync_request_name_check(BAD[i], NULL), WSYNC_ERR_VALUE);
    }
}

static enum wsync_err read_grant(const char *text, struct wsync_grant_text *grant)
{
    struct wsync_roster_text roster;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    wsync_scratch_path(&scratch, "grant", path);
    assert_int_equal(wsync_file_write_durably(path, 0600, wsync_slice_of(text), NULL),
                     WSYNC_OK);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    enum wsync_err err = wsync_grant_text_read(file, grant, &roster, NULL);
    fclose(file);
    return err;
}

#define HEAD "wardsync grant v1\ninstance 000102030405060708090a0b0c0d0e0f\n"
#define ADDRESS "address tcp://127.0.0.1:7700\n"

/* S7.84. */
static void test_the_head_of_a_grant(void **state)
{
    (void)state;
    struct wsync_grant_text grant;
    assert_int_equal(read_grant(HEAD ADDRESS "roster\n", &grant), WSYNC_OK);
    assert_int_equal(grant.instance.b[15], 15);
    assert_int_equal(grant.address_count, 1);
    assert_string_equal(grant.addresses[0], "tcp://127.0.0.1:7700");
    assert_int_equal(read_grant(HEAD ADDRESS ADDRESS ADDRESS ADDRESS "roster\n", &grant),
                     WSYNC_OK);
    static const char *const BAD[] = {
        "",
        HEAD,
        HEAD "roster\n",
        HEAD ADDRESS,
        HEAD ADDRESS ADDRESS ADDRESS ADDRESS ADDRESS "roster\n",
        HEAD "address 127.0.0.1:7700\nroster\n",
        HEAD "address tcp://host\nroster\n",
        HEAD "address tcp://h\033[2Jost:1\nroster\n",
        HEAD ADDRESS "more\n",
        "wardsync grant v1\ninstance 0001\n" ADDRESS "roster\n",
        "wardsync grant v2\ninstance 000102030405060708090a0b0c0d0e0f\n" ADDRESS "roster\n",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(read_grant(BAD[i], &grant), WSYNC_ERR_MESSAGE);
    }
    char text[1024] = HEAD "address tcp://";
    size_t len = strlen(text);
    memset(text + len, 'h', 600);
    memcpy(text + len + 600, ":1\nroster\n", 11);
    assert_int_equal(read_grant(text, &grant), WSYNC_ERR_MESSAGE);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_a_request),           IN_SCRATCH(test_a_known_request),
        IN_SCRATCH(test_altered_requests),    IN_SCRATCH(test_names),
        IN_SCRATCH(test_the_head_of_a_grant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
