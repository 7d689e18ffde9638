/* SPDX-License-Identifier: Apache-2.0 */
/* Backups byte by byte (SPEC section 21): what is written reads back, and what was altered, cut
 * off or made to deceive is refused with a sentence and leaves nothing. */
#include "host/backup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/backup_folder.h"
#include "host/doubt.h"
#include "host/file.h"
#include "host/site_conf.h"
#include "tests/scratch.h"
#include "wardsync/crypto.h"
#include "wardsync/restore.h"

enum { BYTES_MAX = 1 << 20, LARGE = 3 * WSYNC_BACKUP_CHUNK_BYTES + 5 };

static struct wsync_scratch scratch;
static struct wsync_signing_pair admin;
static uint8_t whole[BYTES_MAX];

static const char *in(const char *name)
{
    static char paths[8][WSYNC_SCRATCH_PATH_BYTES];
    static unsigned turn;
    return wsync_scratch_path(&scratch, name, paths[turn++ % 8]);
}

static void write_bytes(const char *name, const void *bytes, size_t len)
{
    assert_int_equal(wsync_file_write_durably(in(name), 0600, wsync_slice(bytes, len), NULL),
                     WSYNC_OK);
}

/* A district's data directory "site", with a large file beside what belongs to it. */
static int set_up(void **state)
{
    static const uint8_t SEED[32] = {7};
    struct wsync_error error = {{0}};
    struct wsync_site_conf conf = {.kind = WSYNC_SITE_DISTRICT,
                                   .scope = 1,
                                   .addresses = {"tcp://127.0.0.1:7700"},
                                   .address_count = 1};
    uint8_t *large = calloc(1, LARGE);
    (void)state;
    assert_true(wsync_crypto_init());
    wsync_scratch_open(&scratch);
    assert_int_equal(setenv("WARDSYNC_STATE", in("state"), 1), 0);
    wsync_signing_pair(SEED, &admin.key, &admin.secret);
    assert_int_equal(wsync_site_create(in("site"), &conf, &error), WSYNC_OK);
    assert_int_equal(wsync_site_conf_write_backup_key(in("site"), &admin.key, &error),
                     WSYNC_OK);
    assert_int_equal(mkdir(in("site/blobs"), 0700), 0);
    write_bytes("site/blobs/large", large, LARGE);
    write_bytes("site/blobs/empty", "", 0);
    write_bytes("site/blobs/half.part", "x", 1);
    free(large);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    wsync_scratch_close(&scratch);
    return 0;
}

static enum wsync_err create(char path[WSYNC_SITE_PATH_BYTES], struct wsync_error *error)
{
    char name[WSYNC_BACKUP_NAME_BYTES] = "";
    struct wsync_backup_manifest manifest;
    const char *site = in("site"), *folder = in("kept");
    const struct wsync_backup_order order = {site, WSYNC_SITE_DISTRICT, folder};
    enum wsync_err err = wsync_backup_create(&order, name, &manifest, error);
    snprintf(path, WSYNC_SITE_PATH_BYTES, "%s/%s", folder, name);
    return err;
}

static enum wsync_err restore(const char *file, const char *to, struct wsync_error *error)
{
    char aside[WSYNC_SITE_PATH_BYTES];
    struct wsync_backup_manifest manifest;
    const struct wsync_backup_return order = {file, in(to), WSYNC_SITE_DISTRICT, &admin, false};
    *error = (struct wsync_error){{0}};
    return wsync_backup_restore(&order, aside, &manifest, error);
}

static size_t read_whole(const char *path)
{
    size_t len;
    assert_int_equal(wsync_file_read(path, whole, sizeof whole, &len, NULL), WSYNC_OK);
    return len;
}

/* S21.1, S21.3, S21.8, S21.9: everything comes back but drafts; opened, it went back once. */
static void what_is_written_comes_back(void **state)
{
    (void)state;
    char path[WSYNC_SITE_PATH_BYTES];
    struct stat about;
    struct wsync_error error = {{0}};
    struct wsync_site site;
    assert_int_equal(create(path, &error), WSYNC_OK);
    (void)read_whole(path);
    assert_memory_equal(whole, "wardsync backup 1\n", 18);
    assert_int_equal(restore(path, "new", &error), WSYNC_OK);
    assert_int_equal(stat(in("new/blobs/large"), &about), 0);
    assert_int_equal(about.st_size, LARGE);
    assert_int_equal(stat(in("new/blobs/empty"), &about), 0);
    assert_int_equal(access(in("new/keys/root.key"), F_OK), 0);
    assert_int_not_equal(access(in("new/blobs/half.part"), F_OK), 0);
    assert_int_not_equal(access(in("new/backup.lock"), F_OK), 0);
    for (uint64_t round = 0; round < 2; round++) {
        uint64_t epoch, count;
        assert_int_equal(wsync_site_open(in("new"), WSYNC_SITE_DISTRICT, &site, &error),
                         WSYNC_OK);
        assert_int_equal(wsync_site_begin(&site, WSYNC_TXN_READ, &error), WSYNC_OK);
        assert_int_equal(wsync_doubt_count(site.txn, &count), WSYNC_OK);
        assert_int_equal(wsync_epoch_get(site.txn, &epoch), WSYNC_OK);
        assert_int_equal(count, 1);
        wsync_site_close(&site);
    }
    assert_int_equal(restore(path, "new", &error), WSYNC_ERR_EXISTS);
}

/* S21.1, S21.3, S21.6, S21.7: a bit anywhere, a byte less or more. */
static void what_was_altered_is_refused(void **state)
{
    (void)state;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_error error = {{0}};
    struct wsync_backup_manifest manifest;
    assert_int_equal(create(path, &error), WSYNC_OK);
    size_t len = read_whole(path);
    size_t names = wsync_scratch_count(&scratch);
    for (size_t at = 0; at < len; at += at < 200 || at + 1500 > len ? 17 : len / 9) {
        whole[at] ^= 4;
        write_bytes("bent", whole, len);
        whole[at] ^= 4;
        assert_int_not_equal(wsync_backup_verify(in("bent"), "", NULL, &manifest, &error),
                             WSYNC_OK);
        assert_int_not_equal(restore(in("bent"), "new", &error), WSYNC_OK);
        assert_true(error.text[0] != '\0');
    }
    for (size_t at = len - 1; at > len - 400; at -= 7) { /* signature and manifest */
        whole[at] ^= 4;
        write_bytes("bent", whole, len);
        whole[at] ^= 4;
        assert_int_not_equal(wsync_backup_verify(in("bent"), "", NULL, &manifest, &error),
                             WSYNC_OK);
    }
    for (size_t cut = 1; cut < len; cut = cut * 3 + 1) {
        write_bytes("bent", whole, len - cut);
        assert_int_equal(restore(in("bent"), "new", &error), WSYNC_ERR_CORRUPT);
    }
    whole[len] = 0;
    write_bytes("bent", whole, len + 1);
    assert_int_equal(restore(in("bent"), "new", &error), WSYNC_ERR_CORRUPT);
    assert_int_equal(wsync_scratch_count(&scratch), names + 1); /* "bent" */
}

/* S21.2: only the secret half opens one. */
static void another_key_opens_nothing(void **state)
{
    (void)state;
    static const uint8_t SEED[32] = {8};
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair kept = admin;
    struct wsync_error error = {{0}};
    struct wsync_transport_key curve;
    const struct wsync_signing_key none = {{0}};
    assert_false(wsync_backup_key_of(&none, &curve));
    assert_int_equal(create(path, &error), WSYNC_OK);
    wsync_signing_pair(SEED, &admin.key, &admin.secret);
    assert_int_equal(restore(path, "new", &error), WSYNC_ERR_VALUE);
    admin = kept;
    assert_int_equal(restore(path, "new", &error), WSYNC_OK);
}

/* ---- members ---- */

static enum wsync_err ignore_open(void *context, const struct wsync_backup_member *member,
                                  struct wsync_error *error)
{
    (void)context;
    (void)member;
    (void)error;
    return WSYNC_OK;
}

static enum wsync_err ignore_data(void *context, struct wsync_slice bytes,
                                  struct wsync_error *error)
{
    (void)bytes;
    (void)error;
    *(uint64_t *)context += bytes.len;
    return WSYNC_OK;
}

static enum wsync_err ignore_close(void *context, struct wsync_error *error)
{
    (void)context;
    (void)error;
    return WSYNC_OK;
}

/* Reads the bytes in pieces of this length. */
static enum wsync_err take(const uint8_t *bytes, size_t len, size_t piece, uint64_t *data)
{
    struct wsync_backup_members members;
    struct wsync_error error = {{0}};
    const struct wsync_backup_unpacker to = {data, ignore_open, ignore_data, ignore_close};
    enum wsync_err err = WSYNC_OK;
    *data = 0;
    wsync_backup_members_begin(&members, &to);
    for (size_t at = 0; at < len && err == WSYNC_OK; at += piece) {
        size_t more = len - at < piece ? len - at : piece;
        err = wsync_backup_members_take(&members, wsync_slice(bytes + at, more), &error);
    }
    err = err == WSYNC_OK ? wsync_backup_members_finish(&members, &error) : err;
    assert_true(err == WSYNC_OK || error.text[0] != '\0');
    return err;
}

/* One file, and the end; its length as told. */
static size_t lay_out(uint8_t *bytes, const char *path, uint64_t told)
{
    uint8_t head[WSYNC_BACKUP_MEMBER_BYTES_MAX];
    struct wsync_backup_member member = {.bytes = told};
    struct wsync_backup_hasher hasher;
    snprintf(member.path, sizeof member.path, "%s", path);
    struct wsync_slice begin = wsync_backup_member_head(&member, head);
    memcpy(bytes, begin.data, begin.len);
    memcpy(bytes + begin.len, "data", 4);
    size_t used = begin.len + 4;
    wsync_backup_hash_begin(&hasher);
    wsync_backup_hash_more(&hasher, wsync_slice_of("data"));
    struct wsync_hash hash = wsync_backup_hash_end(&hasher);
    memcpy(bytes + used, hash.b, sizeof hash.b);
    used += sizeof hash.b;
    struct wsync_slice end = wsync_backup_members_end(1, 4, head);
    memcpy(bytes + used, end.data, end.len);
    return used + end.len;
}

/* S21.4: in whatever pieces it comes; nothing may be missing, other, or behind it. */
static void files_come_one_behind_the_other(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    uint64_t data;
    size_t len = lay_out(bytes, "keys/signing.key", 4);
    for (size_t piece = 1; piece <= len; piece++) {
        assert_int_equal(take(bytes, len, piece, &data), WSYNC_OK);
        assert_int_equal(data, 4);
    }
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(take(bytes, cut, 7, &data), WSYNC_ERR_CORRUPT);
    }
    bytes[len] = 0;
    assert_int_equal(take(bytes, len + 1, 7, &data), WSYNC_ERR_CORRUPT);
    for (size_t at = len - 16; at < len; at++) {
        bytes[at] ^= 1; /* what the end counts */
        assert_int_equal(take(bytes, len, 7, &data), WSYNC_ERR_CORRUPT);
        bytes[at] ^= 1;
    }
    bytes[len - (2 + 16) - 1] ^= 1; /* the file's hash */
    assert_int_equal(take(bytes, len, 7, &data), WSYNC_ERR_CORRUPT);
    static const uint64_t LIES[] = {0, 3, 5, UINT64_MAX, (uint64_t)1 << 63, 1 << 20};
    for (size_t i = 0; i < sizeof LIES / sizeof *LIES; i++) {
        len = lay_out(bytes, "keys/signing.key", LIES[i]);
        assert_int_equal(take(bytes, len, 7, &data), WSYNC_ERR_CORRUPT);
    }
}

/* S21.5: no path leads out of the folder. */
static void a_path_leads_nowhere_else(void **state)
{
    (void)state;
    static const char *const BAD[] = {"",       "/",     "/etc/passwd", "..",     "../x",
                                      "a/../b", "a//b",  "a/",          ".",      "a/./b",
                                      "a\nb",   "a\x7f", "/..",         "keys/.."};
    static const char *const GOOD[] = {"a", "a/b", ".hidden", "...", "a..b", "Bồ Đề/ảnh 1"};
    char long_path[WSYNC_BACKUP_PATH_BYTES_MAX + 2];
    uint8_t bytes[2048];
    uint64_t data;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_false(wsync_backup_path_is_good(wsync_slice_of(BAD[i])));
        size_t len = lay_out(bytes, BAD[i], 4);
        assert_int_equal(take(bytes, len, 64, &data), WSYNC_ERR_CORRUPT);
    }
    assert_false(wsync_backup_path_is_good(wsync_slice("a\0b", 3)));
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        assert_true(wsync_backup_path_is_good(wsync_slice_of(GOOD[i])));
    }
    memset(long_path, 'a', sizeof long_path);
    assert_true(wsync_backup_path_is_good(wsync_slice(long_path, sizeof long_path - 2)));
    assert_false(wsync_backup_path_is_good(wsync_slice(long_path, sizeof long_path - 1)));
}

/* No more files than a backup may have. */
static void files_are_counted(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    uint64_t data = 0;
    struct wsync_error error = {{0}};
    struct wsync_backup_members members;
    const struct wsync_backup_unpacker to = {&data, ignore_open, ignore_data, ignore_close};
    size_t len = lay_out(bytes, "one", 4) - (2 + 16); /* without the end */
    wsync_backup_members_begin(&members, &to);
    members.count = WSYNC_BACKUP_MEMBERS_MAX - 1;
    assert_int_equal(wsync_backup_members_take(&members, wsync_slice(bytes, len), &error),
                     WSYNC_OK);
    assert_int_equal(wsync_backup_members_take(&members, wsync_slice(bytes, len), &error),
                     WSYNC_ERR_CORRUPT);
    assert_non_null(strstr(error.text, "too many"));
}

/* A backup, signed and sealed as it should be, of what `members` says. */
static void seal(const char *name, struct wsync_slice members,
                 struct wsync_backup_manifest *manifest)
{
    static struct wsync_backup_writer writer;
    struct wsync_error error = {{0}};
    struct wsync_signing_pair device = admin;
    writer = (struct wsync_backup_writer){.path = name};
    writer.fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(writer.fd >= 0);
    manifest->kind = WSYNC_SITE_DISTRICT;
    manifest->key = device.key;
    snprintf(manifest->program, sizeof manifest->program, "1");
    assert_true(wsync_backup_key_of(&admin.key, &manifest->admin));
    assert_int_equal(wsync_backup_seal_begin(&writer, &manifest->admin, &error), WSYNC_OK);
    assert_int_equal(wsync_backup_seal_more(&writer, members, &error), WSYNC_OK);
    assert_int_equal(wsync_backup_seal_end(&writer, &manifest->hash, &error), WSYNC_OK);
    manifest->body = writer.bytes;
    assert_int_equal(
        wsync_backup_manifest_write(writer.fd, name, manifest, &device.secret, &error),
        WSYNC_OK);
    close(writer.fd);
}

/* Whoever holds a key may sign anything: a path that comes twice is refused all the same. */
static void no_file_comes_twice(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    uint8_t end[WSYNC_BACKUP_MEMBER_BYTES_MAX];
    struct wsync_error error = {{0}};
    struct wsync_backup_manifest manifest = {.files = 2, .bytes = 8};
    size_t len = lay_out(bytes, "keys/same", 4) - (2 + 16);
    size_t all = len + lay_out(bytes + len, "keys/same", 4) - (2 + 16);
    struct wsync_slice last = wsync_backup_members_end(2, 8, end);
    memcpy(bytes + all, last.data, last.len);
    seal("twice.backup", wsync_slice(bytes, all + last.len), &manifest);
    assert_int_equal(restore(in("twice.backup"), "new", &error), WSYNC_ERR_CORRUPT);
    assert_non_null(strstr(error.text, "keys/same twice"));
    assert_int_not_equal(access(in("new"), F_OK), 0);
}

/* Puts a file of "site" behind the others; the bytes it takes. */
static size_t lay_file(uint8_t *bytes, const char *path)
{
    struct wsync_backup_member member = {.bytes = 0};
    struct wsync_backup_hasher hasher;
    char place[64];
    snprintf(member.path, sizeof member.path, "%s", path);
    snprintf(place, sizeof place, "site/%s", path);
    member.bytes = read_whole(in(place));
    size_t used = wsync_backup_member_head(&member, bytes).len;
    memcpy(bytes + used, whole, member.bytes);
    wsync_backup_hash_begin(&hasher);
    wsync_backup_hash_more(&hasher, wsync_slice(whole, member.bytes));
    struct wsync_hash hash = wsync_backup_hash_end(&hasher);
    memcpy(bytes + used + member.bytes, hash.b, sizeof hash.b);
    return used + member.bytes + sizeof hash.b;
}

/* S21.8: a manifest that is signed and says something else of what is sealed under it. */
static void what_it_says_of_itself_is_compared(void **state)
{
    (void)state;
    static uint8_t bytes[8192];
    uint8_t end[WSYNC_BACKUP_MEMBER_BYTES_MAX];
    struct wsync_error error = {{0}};
    struct wsync_site_conf conf;
    struct wsync_backup_manifest manifest = {.files = 2};
    size_t len = lay_file(bytes, "site.conf");
    manifest.bytes = read_whole(in("site/site.conf"));
    len += lay_file(bytes + len, "keys/signing.key");
    manifest.bytes += read_whole(in("site/keys/signing.key"));
    struct wsync_slice last = wsync_backup_members_end(2, manifest.bytes, end);
    memcpy(bytes + len, last.data, last.len);
    len += last.len;
    seal("other.backup", wsync_slice(bytes, len), &manifest); /* of an instance of zeros */
    assert_int_equal(restore(in("other.backup"), "new", &error), WSYNC_ERR_CORRUPT);
    assert_non_null(strstr(error.text, "site.conf is of another site"));
    assert_int_equal(wsync_site_conf_read(in("site/site.conf"), &conf, &error), WSYNC_OK);
    manifest.instance = conf.instance;
    seal("other.backup", wsync_slice(bytes, len), &manifest); /* the admin's key signs it */
    assert_int_equal(restore(in("other.backup"), "new", &error), WSYNC_ERR_CORRUPT);
    assert_non_null(strstr(error.text, "signing key is another one"));
    assert_int_not_equal(access(in("new"), F_OK), 0);
}

/* A name that no reader would take is told before a backup is made of it. */
static void a_name_that_nobody_restores_is_told(void **state)
{
    (void)state;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_error error = {{0}};
    write_bytes("site/blobs/two\nlines", "x", 1);
    assert_int_equal(create(path, &error), WSYNC_ERR_INVALID);
    assert_non_null(strstr(error.text, "a name that no backup takes"));
    assert_int_equal(rmdir(in("kept")), 0);
}

/* A symbolic link in the data directory is not followed, and not left out in silence. */
static void a_link_is_told(void **state)
{
    (void)state;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_error error = {{0}};
    assert_int_equal(symlink("/etc/passwd", in("site/blobs/link")), 0);
    assert_int_equal(create(path, &error), WSYNC_ERR_INVALID);
    assert_non_null(strstr(error.text, "blobs/link"));
    assert_int_equal(rmdir(in("kept")), 0); /* nothing is left there */
}

/* ---- pruning ---- */

static void count_gone(void *context, const struct wsync_backup_entry *entry)
{
    (void)entry;
    ++*(unsigned *)context;
}

static unsigned prune(uint64_t keep, int64_t keep_days, int64_t now)
{
    unsigned gone = 0;
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct wsync_backup_policy policy = {.keep = keep, .keep_days = keep_days, .now = now};
    assert_int_equal(wsync_site_open_keys(in("site"), WSYNC_SITE_DISTRICT, &site, &error),
                     WSYNC_OK);
    policy.device = site.identity.device;
    wsync_site_close(&site);
    assert_int_equal(wsync_backup_prune(in("kept"), &policy, &gone, count_gone, &error),
                     WSYNC_OK);
    return gone;
}

static void the_last_one_is_never_pruned(void **state)
{
    (void)state;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_error error = {{0}};
    const int64_t never = (int64_t)1 << 40;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(create(path, &error), WSYNC_OK);
    }
    write_bytes("kept/district-1.backup", "half of one", 11);
    assert_int_equal(prune(1, 30, 0), 0);    /* all are young */
    assert_int_equal(prune(4, 0, never), 0); /* all are among the last */
    assert_int_equal(prune(3, 0, never), 1);
    assert_int_equal(prune(0, 0, never), 2);
    assert_int_equal(prune(0, 0, never), 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(access(in("kept/district-1.backup"), F_OK), 0);
}

int main(void)
{
#define BACKUP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(what_is_written_comes_back),   BACKUP_TEST(what_was_altered_is_refused),
        BACKUP_TEST(another_key_opens_nothing),    BACKUP_TEST(files_come_one_behind_the_other),
        BACKUP_TEST(a_path_leads_nowhere_else),    BACKUP_TEST(a_link_is_told),
        BACKUP_TEST(what_it_says_of_itself_is_compared),
        BACKUP_TEST(a_name_that_nobody_restores_is_told),
        BACKUP_TEST(files_are_counted),            BACKUP_TEST(no_file_comes_twice),
        BACKUP_TEST(the_last_one_is_never_pruned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
