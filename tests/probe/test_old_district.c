/* SPDX-License-Identifier: Apache-2.0 */
/* A ward meets a district with which it has no protocol version in common: the real program
 * against a district that says no more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/file.h"
#include "host/site.h"
#include "tests/link_rig.h"
#include "tests/scratch.h"
#include "wardsync/crypto.h"

extern char **environ;

enum { UNIT = 10, OUTPUT_BYTES = 8192, BYE = 8 };

struct world {
    struct link_rig rig;
    struct wsync_scratch scratch;
    char data[WSYNC_SCRATCH_PATH_BYTES], output[WSYNC_SCRATCH_PATH_BYTES];
};

static int set_up(void **state)
{
    static struct world world;
    char canaries[WSYNC_SCRATCH_PATH_BYTES];
    struct wsync_error error = {{0}};
    assert_true(wsync_crypto_init());
    wsync_scratch_open(&world.scratch);
    wsync_scratch_path(&world.scratch, "ward", world.data);
    wsync_scratch_path(&world.scratch, "output", world.output);
    setenv("WARDSYNC_STATE", wsync_scratch_path(&world.scratch, "state", canaries), 1);
    link_rig_open(&world.rig);
    world.rig.strange = WSYNC_LINK_ADMIT;
    struct wsync_site_conf conf = {.kind = WSYNC_SITE_WARD,
                                   .instance = {{7}},
                                   .scope = UNIT,
                                   .address_count = 1,
                                   .server_key = world.rig.server.key};
    snprintf(conf.addresses[0], sizeof conf.addresses[0], "%s", world.rig.address);
    assert_int_equal(wsync_site_create(world.data, &conf, &error), WSYNC_OK);
    *state = &world;
    (void)alarm(60); /* a hang is a failure */
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    link_rig_close(&world->rig);
    wsync_scratch_close(&world->scratch);
    return 0;
}

/* Starts the ward's program; what it prints goes into a file. */
static pid_t start(const struct world *world, const char *command, const char *option)
{
    const char *build = getenv("BUILD");
    char program[WSYNC_SCRATCH_PATH_BYTES];
    pid_t child;
    posix_spawn_file_actions_t files;
    snprintf(program, sizeof program, "%s/ward", build ? build : "build");
    const char *arguments[] = {program, command,  "--data-dir", world->data, "--lang",
                               "en",    "--json", option,       NULL};
    assert_int_equal(posix_spawn_file_actions_init(&files), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, world->output,
                                                      O_WRONLY | O_CREAT | O_TRUNC, 0600),
                     0);
    assert_int_equal(
        posix_spawn(&child, program, &files, NULL, (char **)(uintptr_t)arguments, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    return child;
}

/* Its exit code; meanwhile each of its frames is answered with `answer`. */
static int converse(struct world *world, pid_t child, struct wsync_slice answer)
{
    unsigned answered = world->rig.district_frames;
    int status;
    while (waitpid(child, &status, WNOHANG) == 0) {
        link_rig_poll_district(&world->rig, 20);
        if (world->rig.district_frames > answered) {
            answered = world->rig.district_frames;
            enum wsync_err err = wsync_link_send(world->rig.district, world->rig.peer, answer);
            assert_true(err == WSYNC_OK || err == WSYNC_ERR_LINK); /* it left already */
        }
    }
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const char *printed(const struct world *world)
{
    static char text[OUTPUT_BYTES];
    size_t len;
    assert_int_equal(wsync_file_read(world->output, text, sizeof text - 1, &len, NULL),
                     WSYNC_OK);
    text[len] = '\0';
    return text;
}

static void meet(struct world *world, struct wsync_slice answer)
{
    int code = converse(world, start(world, "sync", NULL), answer);
    assert_non_null(strstr(printed(world), "\"result\":\"version\""));
    assert_int_equal(code, 76);
    /* Hello, and nothing weaker behind it than a farewell */
    assert_true(world->rig.district_frames == 1 ||
                (world->rig.district_frames == 2 && world->rig.bytes[1] == BYE));
    code = converse(world, start(world, "doctor", "--offline"), answer);
    assert_non_null(
        strstr(printed(world), "\"finding\":\"version\",\"severity\":\"critical\""));
    assert_int_equal(code, 2);
}

/* The district answers Hello with a Bye of VERSION (102). */
static void a_refusal_is_told(void **state)
{
    static const uint8_t REFUSAL[] = {1, 8, 0x08, 0x66};
    struct world *world = *state;
    meet(world, wsync_slice(REFUSAL, sizeof REFUSAL));
}

/* It answers in frames of another version. */
static void another_version_is_told(void **state)
{
    static const uint8_t WELCOME[] = {2, 2, 0x08, 0x02};
    struct world *world = *state;
    meet(world, wsync_slice(WELCOME, sizeof WELCOME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"case 20: a district that takes no version of this program says so, and is told apart",
         a_refusal_is_told, set_up, tear_down, NULL},
        {"case 20: a district that speaks another version only is told apart",
         another_version_is_told, set_up, tear_down, NULL},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
