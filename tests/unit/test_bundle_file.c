/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle on a stick (S19.22, S19.24): put there whole or not at all, and read as if somebody
 * were changing it at the same time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/bundle_file.h"
#include "host/signals.h"
#include "tests/scratch.h"

enum { FRAMES = 12, FRAME_BYTES = 9000 };

/* Where the file ends behind so many parts, the manifest counted. */
#define PARTS(count) (WSYNC_BUNDLE_HEADER_BYTES + (count) * WSYNC_BUNDLE_PART_BYTES)

struct world {
    struct wsync_scratch scratch;
    char path[WSYNC_SCRATCH_PATH_BYTES];
    uint8_t secret[WSYNC_PUBLIC_KEY_BYTES];
    struct wsync_transport_key receiver;
    struct wsync_signing_secret signer;
    struct wsync_bundle_out out;
    struct wsync_bundle_in in;
    struct wsync_error error;
};

static int set_up(void **state)
{
    static struct world world;
    uint8_t seed[32] = {5};
    memset(&world, 0, sizeof world);
    assert_true(wsync_crypto_init());
    wsync_scratch_open(&world.scratch);
    wsync_scratch_path(&world.scratch, "a.bundle", world.path);
    world.secret[0] = 8;
    world.receiver = wsync_exchange_public(world.secret);
    struct wsync_signing_key key;
    wsync_signing_pair(seed, &key, &world.signer);
    world.out.manifest.signing_key = key;
    world.out.fd = world.in.fd = -1;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    wsync_bundle_out_fini(&world->out);
    wsync_bundle_in_close(&world->in);
    wsync_scratch_close(&world->scratch);
    return 0;
}

static enum wsync_err begin(struct world *world, bool over)
{
    struct wsync_bundle_header header = {.kind = WSYNC_BUNDLE_UP, .id = {{1}}};
    const struct wsync_bundle_to to = {world->path, over, &world->receiver, 0};
    struct wsync_signing_key key = world->out.manifest.signing_key;
    enum wsync_err err = wsync_bundle_out_begin(&world->out, &to, &header, &world->error);
    world->out.manifest.signing_key = key;
    return err;
}

static void write_one(struct world *world)
{
    static uint8_t frame[FRAME_BYTES];
    assert_int_equal(begin(world, false), WSYNC_OK);
    for (size_t i = 0; i < FRAMES; i++) {
        memset(frame, (int)i + 1, sizeof frame);
        wsync_bundle_out_add(&world->out, wsync_slice(frame, sizeof frame));
    }
    assert_int_equal(wsync_bundle_out_end(&world->out, &world->signer, &world->error),
                     WSYNC_OK);
}

static void open_one(struct world *world)
{
    assert_int_equal(wsync_bundle_in_open(&world->in, world->path, &world->error), WSYNC_OK);
    enum wsync_err err = wsync_bundle_in_unlock(&world->in, world->secret, &world->error);
    assert_int_equal(err, WSYNC_OK);
}

static size_t files_in(const struct world *world)
{
    DIR *folder = opendir(world->scratch.path);
    size_t count = 0;
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

static void what_was_written_is_read(void **state)
{
    struct world *world = *state;
    write_one(world);
    open_one(world);
    assert_int_equal(world->in.manifest_err, WSYNC_OK);
    assert_int_equal(world->in.part_count, FRAMES / 3);
    size_t frames = 0;
    for (uint32_t i = 1; i <= world->in.part_count; i++) {
        struct wsync_slice frame;
        enum wsync_err err;
        size_t used = 0;
        assert_int_equal(wsync_bundle_in_part(&world->in, i, &world->error), WSYNC_OK);
        while (wsync_bundle_next_frame(world->in.plain, &used, &frame, &err)) {
            assert_int_equal(frame.len, FRAME_BYTES);
            assert_int_equal(frame.data[FRAME_BYTES - 1], ++frames);
        }
        assert_int_equal(err, WSYNC_OK);
    }
    assert_int_equal(frames, FRAMES);
    assert_false(wsync_bundle_in_is_odd(&world->in));
    assert_int_equal(world->in.size, wsync_bundle_out_bytes(&world->out));
}

/* Nothing half stands there, and what stands there stays. */
static void draft_is_put_in_place_whole(void **state)
{
    struct world *world = *state;
    assert_int_equal(begin(world, false), WSYNC_OK);
    assert_int_equal(files_in(world), 1);
    assert_int_not_equal(access(world->path, F_OK), 0);
    wsync_bundle_out_fini(&world->out);
    assert_int_equal(files_in(world), 0);
    write_one(world);
    assert_int_equal(files_in(world), 1);
    assert_int_equal(begin(world, false), WSYNC_ERR_EXISTS);
    assert_int_equal(begin(world, true), WSYNC_OK);
    assert_int_equal(access(world->path, F_OK), 0);
}

/* As after kill -9: the draft stands there and nobody writes it. */
static void leave_draft(struct world *world)
{
    assert_int_equal(begin(world, false), WSYNC_OK);
    static const uint8_t frame[FRAME_BYTES] = {1};
    for (size_t i = 0; i < FRAMES; i++) {
        wsync_bundle_out_add(&world->out, wsync_slice(frame, sizeof frame));
    }
    wsync_signals_drop(NULL);
    close(world->out.fd);
    world->out.fd = -1;
}

static void put(const struct world *world, const char *name, const void *bytes, size_t len)
{
    char path[WSYNC_SCRATCH_PATH_BYTES];
    int fd = open(wsync_scratch_path(&world->scratch, name, path), O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

/* A stick has little room: what a killed program left goes when the same file is written. */
static void old_draft_is_cleared(void **state)
{
    struct world *world = *state;
    leave_draft(world);
    put(world, "a.bundle.new-aaaaaa", "", 0); /* it had only begun */
    put(world, "other.bundle.new-aaaaaa", "", 0);
    assert_int_equal(files_in(world), 3);
    write_one(world);
    assert_int_equal(files_in(world), 2);
    open_one(world);
    assert_int_equal(world->in.manifest_err, WSYNC_OK);
    wsync_bundle_out_clear(world->scratch.path, NULL); /* of whatever name */
    assert_int_equal(files_in(world), 1);
}

/* What somebody is writing, and whatever else only looks like a draft, stays. */
static void other_files_are_left(void **state)
{
    struct world *world = *state;
    static struct wsync_bundle_out other;
    static uint8_t whole[PARTS(2)];
    const struct wsync_bundle_to to = {world->path, false, &world->receiver, 0};
    struct wsync_bundle_header header = {.kind = WSYNC_BUNDLE_UP};
    char path[WSYNC_SCRATCH_PATH_BYTES];
    assert_int_equal(wsync_bundle_out_begin(&other, &to, &header, NULL), WSYNC_OK);
    memcpy(whole, other.key.header, sizeof other.key.header);
    put(world, "a.bundle.new-shorte", whole, WSYNC_BUNDLE_HEADER_BYTES); /* a draft */
    memset(whole + WSYNC_BUNDLE_HEADER_BYTES, 7, 64);
    put(world, "a.bundle.new-backup", whole, sizeof whole); /* a bundle with its manifest */
    put(world, "a.bundle.new-words1", "words", 5);
    put(world, "a.bundle.new-longer1", "", 0);
    put(world, "a.bundle.old-aaaaaa", "", 0);
    assert_int_equal(mkdir(wsync_scratch_path(&world->scratch, "a.bundle.new-folder", path),
                           0700),
                     0);
    assert_int_equal(symlink("a.bundle.old-aaaaaa",
                             wsync_scratch_path(&world->scratch, "a.bundle.new-linked", path)),
                     0);
    assert_int_equal(files_in(world), 8);
    assert_int_equal(begin(world, false), WSYNC_OK);
    assert_int_equal(files_in(world), 8); /* its own in place of the draft */
    assert_int_equal(access(other.draft, F_OK), 0);
    wsync_bundle_out_fini(&other);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(
        rmdir(wsync_scratch_path(&world->scratch, "a.bundle.new-folder", path)), 0);
}

/* What a child that begins a draft and does `act` ends with. */
static int in_child(struct world *world, void (*act)(struct world *world))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (begin(world, false) == WSYNC_OK) {
            act(world);
        }
        _exit(9);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void interrupt(struct world *world)
{
    (void)world;
    (void)raise(SIGINT);
}

static void terminate(struct world *world)
{
    (void)world;
    (void)raise(SIGTERM);
}

static void end_and_interrupt(struct world *world)
{
    if (wsync_bundle_out_end(&world->out, &world->signer, &world->error) == WSYNC_OK) {
        put(world, world->out.draft + strlen(world->scratch.path) + 1, "", 0);
        (void)raise(SIGINT);
    }
}

static void fini_and_interrupt(struct world *world)
{
    char draft[WSYNC_SITE_PATH_BYTES];
    memcpy(draft, world->out.draft, sizeof draft);
    wsync_bundle_out_fini(&world->out);
    put(world, draft + strlen(world->scratch.path) + 1, "", 0);
    (void)raise(SIGINT);
}

/* Ctrl-C leaves nothing behind, ends the program as it would have, and takes nothing that is
 * no draft any more. */
static void signals_take_the_draft(void **state)
{
    struct world *world = *state;
    int status = in_child(world, interrupt);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    assert_int_equal(files_in(world), 0);
    status = in_child(world, terminate);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_int_equal(files_in(world), 0);
    status = in_child(world, fini_and_interrupt);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(files_in(world), 1);
    status = in_child(world, end_and_interrupt);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(files_in(world), 2);
}

static void handle(struct world *world)
{
    struct wsync_signals signals;
    wsync_bundle_out_fini(&world->out);
    if (wsync_signals_open(&signals) == WSYNC_OK && begin(world, false) == WSYNC_OK) {
        (void)raise(SIGTERM);
        wsync_signals_take(&signals);
        wsync_bundle_out_fini(&world->out);
        (void)raise(SIGTERM);
        wsync_signals_take(&signals);
        _exit((int)signals.stops);
    }
}

static void ignore(struct world *world)
{
    wsync_bundle_out_fini(&world->out);
    (void)signal(SIGINT, SIG_IGN);
    if (begin(world, false) == WSYNC_OK) {
        (void)raise(SIGINT);
        wsync_bundle_out_fini(&world->out);
        (void)raise(SIGINT);
        _exit(3);
    }
}

/* A program that heeds or ignores them goes on to do so. */
static void who_handles_signals_goes_on(void **state)
{
    struct world *world = *state;
    int status = in_child(world, handle);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    status = in_child(world, ignore);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    assert_int_equal(files_in(world), 0);
}


/* What cannot be put in place is told, and no draft is left. */
static void what_cannot_be_put_in_place_is_gone(void **state)
{
    struct world *world = *state;
    assert_int_equal(mkdir(world->path, 0700), 0);
    assert_int_equal(begin(world, true), WSYNC_OK);
    assert_int_equal(files_in(world), 2);
    assert_int_equal(wsync_bundle_out_end(&world->out, &world->signer, &world->error),
                     WSYNC_ERR_STORE_IO);
    assert_non_null(strstr(world->error.text, world->path));
    assert_int_equal(files_in(world), 1);
}

/* S19.24: shorter than it was when opened: what is gone is missing, and it is said. */
static void file_that_shrinks_is_noticed(void **state)
{
    struct world *world = *state;
    write_one(world);
    open_one(world);
    assert_int_equal(truncate(world->path, PARTS(2) + 100), 0);
    assert_int_equal(wsync_bundle_in_part(&world->in, 1, &world->error), WSYNC_OK);
    assert_int_equal(wsync_bundle_in_part(&world->in, 2, &world->error), WSYNC_ERR_GAP);
    assert_int_equal(wsync_bundle_in_part(&world->in, 3, &world->error), WSYNC_ERR_GAP);
    assert_true(wsync_bundle_in_is_odd(&world->in));
}

/* S19.24: longer: nothing behind the size it had is read. */
static void file_that_grows_is_noticed(void **state)
{
    struct world *world = *state;
    write_one(world);
    assert_int_equal(truncate(world->path, PARTS(2)), 0);
    open_one(world);
    assert_int_equal(truncate(world->path, PARTS(9)), 0);
    assert_int_equal(wsync_bundle_in_part(&world->in, 1, &world->error), WSYNC_OK);
    assert_int_equal(wsync_bundle_in_part(&world->in, 2, &world->error), WSYNC_ERR_GAP);
    assert_true(wsync_bundle_in_is_odd(&world->in));
}

/* S19.22: a part that opens and is not the one that was signed. */
static void part_that_was_not_signed_is_none(void **state)
{
    struct world *world = *state;
    write_one(world);
    open_one(world);
    static uint8_t plain[WSYNC_BUNDLE_PLAIN_BYTES], part[WSYNC_BUNDLE_PART_BYTES];
    wsync_bundle_seal(&world->in.key, 2, plain, part); /* who has the bundle key can seal one */
    int fd = open(world->path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, part, sizeof part, PARTS(2)), sizeof part);
    close(fd);
    assert_int_equal(wsync_bundle_in_part(&world->in, 1, &world->error), WSYNC_OK);
    assert_int_equal(wsync_bundle_in_part(&world->in, 2, &world->error), WSYNC_ERR_BUNDLE);
    assert_int_equal(wsync_bundle_in_part(&world->in, 3, &world->error), WSYNC_OK);
}

/* A file as large as it may be is no larger: the rest goes into the next one. */
static void parts_are_bounded(void **state)
{
    struct world *world = *state;
    static const uint8_t frame[WSYNC_FRAME_BYTES_MAX] = {1};
    assert_int_equal(begin(world, false), WSYNC_OK);
    assert_true(wsync_bundle_out_has_room(&world->out));
    for (size_t i = 0; i <= WSYNC_BUNDLE_PARTS_MAX; i++) { /* one a part */
        assert_int_equal(world->out.err, WSYNC_OK);
        wsync_bundle_out_add(&world->out, wsync_slice(frame, sizeof frame));
    }
    assert_false(wsync_bundle_out_has_room(&world->out));
    assert_int_equal(wsync_bundle_out_end(&world->out, &world->signer, &world->error),
                     WSYNC_ERR_OVERSIZE);
    wsync_bundle_out_fini(&world->out);
    assert_int_equal(files_in(world), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(draft_is_put_in_place_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_draft_is_cleared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_files_are_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signals_take_the_draft, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_handles_signals_goes_on, set_up, tear_down),

        cmocka_unit_test_setup_teardown(what_cannot_be_put_in_place_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_that_shrinks_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_that_grows_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(part_that_was_not_signed_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parts_are_bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
