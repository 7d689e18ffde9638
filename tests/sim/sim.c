/* SPDX-License-Identifier: Apache-2.0 */
/* sim: runs schedules by their seeds and prints how to run a failing one again. */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/world.h"

enum { EXIT_USAGE = 64, PROGRESS_EVERY = 50 };

struct options {
    uint64_t first, seeds;
    bool verbose, twice;
    const char *planted; /* a bug that must be found */
};

/* Read by the handler of a signal. */
static char replay[160];
static size_t replay_len;

static void usage(FILE *out)
{
    fputs("usage: sim [--first S] [--seeds N] [--twice] [--verbose] [--planted NAME]\n"
          "Runs the schedules of N seeds from S on; each is the same on every run.\n"
          "  --twice         run each seed twice and compare the traces\n"
          "  --verbose       tell every event on standard error\n"
          "  --planted NAME  this build holds the bug NAME: finding it is the success\n"
          "example: sim --first 1 --seeds 2000\n",
          out);
}

static bool read_number(const char *text, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0';
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option LONG[] = {{"first", required_argument, NULL, 'f'},
                                         {"seeds", required_argument, NULL, 'n'},
                                         {"verbose", no_argument, NULL, 'v'},
                                         {"twice", no_argument, NULL, 't'},
                                         {"planted", required_argument, NULL, 'p'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    int option;
    bool good = true;
    while (good && (option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 'f') {
            good = read_number(optarg, &options->first);
        } else if (option == 'n') {
            good = read_number(optarg, &options->seeds);
        } else if (option == 'v') {
            options->verbose = true;
        } else if (option == 't') {
            options->twice = true;
        } else if (option == 'p') {
            options->planted = optarg;
        } else if (option == 'h') {
            usage(stdout);
            exit(0);
        } else {
            good = false;
        }
    }
    return good && optind == argc && options->seeds > 0;
}

/* An assertion of the core or a wild pointer: say how to see it again, then die of it. */
static void on_signal(int number)
{
    ssize_t written = write(STDOUT_FILENO, replay, replay_len);
    (void)written;
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void prepare_replay(const char *program, uint64_t seed)
{
    int len = snprintf(replay, sizeof replay,
                       "replay: %s --first %" PRIu64 " --seeds 1 --verbose\n", program, seed);
    replay_len = len > 0 && (size_t)len < sizeof replay ? (size_t)len : 0;
}

static void run_seed(struct sim_world *world, uint64_t seed)
{
    sim_world_init(world, seed);
    if (!world->failed) {
        sim_world_run(world);
    }
    if (!world->failed) {
        sim_world_finish(world);
    }
    sim_world_fini(world);
}

/* Runs a seed as asked; false with a reason in the world when something is wrong. */
static bool run_checked(struct sim_world *world, uint64_t seed, bool twice)
{
    run_seed(world, seed);
    uint64_t trace = world->trace.hash;
    if (!world->failed && twice) {
        run_seed(world, seed);
        if (!world->failed && world->trace.hash != trace) {
            sim_fail(world, "the same seed gave another trace");
        }
    }
    return !world->failed;
}

static void add_up(struct sim_statistics *all, const struct sim_statistics *one)
{
    const uint64_t *from = (const uint64_t *)one;
    uint64_t *to = (uint64_t *)all;
    for (size_t i = 0; i < sizeof *all / sizeof *to; i++) {
        to[i] += from[i];
    }
}

static void print_summary(const struct sim_statistics *all, uint64_t schedules, uint64_t trace)
{
    fprintf(stderr,
            "writes %" PRIu64 ", frames %" PRIu64 ", sessions ok %" PRIu64 ", failed %" PRIu64
            ", restarts %" PRIu64 ", store errors %" PRIu64 ", states compared %" PRIu64
            ", conflicts seen %" PRIu64 ", waiting seen %" PRIu64 "\n",
            all->writes, all->frames, all->sessions_ok, all->sessions_failed, all->crashes,
            all->store_faults, all->compared, all->conflicts, all->waited);
    printf("schedules %" PRIu64 ", steps %" PRIu64 ", trace %016" PRIx64 "\n", schedules,
           all->steps, trace);
}

/* Prints what was found and how to see it again; the exit code. */
static int report(const struct sim_world *world, const struct options *options, uint64_t seed)
{
    if (options->planted) {
        printf("found %s at seed %" PRIu64 ": %s\n", options->planted, seed, world->reason);
        return 0;
    }
    printf("seed %" PRIu64 ": %s\n%s", seed, world->reason, replay);
    return 1;
}

int main(int argc, char **argv)
{
    struct options options = {.first = 1, .seeds = 100};
    if (!read_options(argc, argv, &options)) {
        usage(stderr);
        return EXIT_USAGE;
    }
    static struct sim_world world;
    struct sim_statistics all = {0};
    struct sim_trace trace = {0};
    bool progress = isatty(STDERR_FILENO) != 0 && !options.verbose;
    (void)signal(SIGABRT, on_signal);
    (void)signal(SIGSEGV, on_signal);
    world.verbose = options.verbose;
    for (uint64_t i = 0; i < options.seeds; i++) {
        prepare_replay(argv[0], options.first + i);
        if (!run_checked(&world, options.first + i, options.twice)) {
            return report(&world, &options, options.first + i);
        }
        add_up(&all, &world.statistics);
        sim_trace_number(&trace, world.trace.hash);
        if (progress && (i + 1) % PROGRESS_EVERY == 0) {
            fprintf(stderr, "\r%" PRIu64 " of %" PRIu64, i + 1, options.seeds);
        }
    }
    if (progress) {
        fputc('\r', stderr);
    }
    print_summary(&all, options.seeds, trace.hash);
    if (options.planted) {
        printf("%s was not found\n", options.planted);
    }
    return options.planted ? 1 : 0;
}
