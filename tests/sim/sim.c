/* SPDX-License-Identifier: Apache-2.0 */
/* sim: runs schedules by their seeds and prints how to run a failing one again. */
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/world.h"

enum { EXIT_USAGE = 64, PROGRESS_EVERY = 50, JOBS_MAX = 16 };

struct options {
    uint64_t first, seeds, jobs;
    bool verbose, twice;
    const char *planted; /* a bug that must be found */
};

/* Read by the handler of a signal. */
static char replay[160];
static size_t replay_len;
static const char *program;

static void usage(FILE *out)
{
    fputs(
        "usage: sim [--first S] [--seeds N] [--jobs N] [--twice] [--verbose] [--planted NAME]\n"
        "Runs the schedules of N seeds from S on; each is the same on every run.\n"
        "  --jobs N        share them out among N processes\n"
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
    static const struct option LONG[] = {
        {"first", required_argument, NULL, 'f'}, {"seeds", required_argument, NULL, 'n'},
        {"jobs", required_argument, NULL, 'j'},  {"verbose", no_argument, NULL, 'v'},
        {"twice", no_argument, NULL, 't'},       {"planted", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
    int option;
    bool good = true;
    while (good && (option = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        if (option == 'f') {
            good = read_number(optarg, &options->first);
        } else if (option == 'n') {
            good = read_number(optarg, &options->seeds);
        } else if (option == 'j') {
            good = read_number(optarg, &options->jobs);
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
    return good && optind == argc && options->seeds > 0 && options->jobs > 0 &&
           options->jobs <= JOBS_MAX;
}

/* An assertion of the core or a wild pointer: say how to see it again, then die of it. */
static void on_signal(int number)
{
    ssize_t written = write(STDOUT_FILENO, replay, replay_len);
    (void)written;
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void prepare_replay(uint64_t seed)
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
            ", conflicts seen %" PRIu64 ", waiting seen %" PRIu64 ", quarantined seen %" PRIu64
            ", copies seen %" PRIu64 ", written again %" PRIu64 ", on lost branches %" PRIu64
            ", restores %" PRIu64 ", rosters forgotten %" PRIu64 ", carried %" PRIu64
            ", logs of the district %" PRIu64 ", alarms %" PRIu64 ", photos there %" PRIu64
            ", chunks %" PRIu64 ", lies %" PRIu64 "\n",
            all->writes, all->frames, all->sessions_ok, all->sessions_failed, all->crashes,
            all->store_faults, all->compared, all->conflicts, all->waited, all->quarantined,
            all->copies, all->again, all->forks, all->restores, all->forgotten, all->carried,
            all->own_logs, all->alarms, all->photos, all->chunks, all->lies);
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        fprintf(stderr, "%s %" PRIu64 "%s", sim_fault_name((enum sim_fault)fault),
                all->struck[fault], fault + 1 < SIM_FAULT_COUNT ? ", " : "\n");
    }
    printf("schedules %" PRIu64 ", steps %" PRIu64 ", trace %016" PRIx64 "\n", schedules,
           all->steps, trace);
}

/* What a worker says of one seed; short enough to pass through a pipe in one piece. */
struct outcome {
    uint64_t index, trace;
    struct sim_statistics statistics;
    bool failed;
    char reason[sizeof((struct sim_world *)0)->reason];
};
_Static_assert(sizeof(struct outcome) <= PIPE_BUF, "an outcome arrives whole");

struct worker {
    pid_t pid;
    int pipe;
    uint64_t next; /* the index of the seed it is at */
    bool over;
};

/* Every `jobs`-th seed from `start` on, up to the first that is found wrong. */
static void work(const struct options *options, uint64_t start, int pipe)
{
    static struct sim_world world;
    world.verbose = options->verbose;
    for (uint64_t i = start; i < options->seeds; i += options->jobs) {
        struct outcome outcome = {.index = i};
        prepare_replay(options->first + i);
        outcome.failed = !run_checked(&world, options->first + i, options->twice);
        outcome.trace = world.trace.hash;
        outcome.statistics = world.statistics;
        memcpy(outcome.reason, world.reason, sizeof outcome.reason);
        if (write(pipe, &outcome, sizeof outcome) != sizeof outcome || outcome.failed) {
            break;
        }
    }
}

static void start(const struct options *options, struct worker *worker, uint64_t number)
{
    int ends[2];
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(EXIT_FAILURE);
    }
    (void)fflush(NULL);
    *worker = (struct worker){.pid = fork(), .pipe = ends[0], .next = number};
    if (worker->pid < 0) {
        perror("fork");
        exit(EXIT_FAILURE);
    }
    if (worker->pid == 0) {
        close(ends[0]);
        work(options, number, ends[1]);
        exit(0); /* not _exit: coverage is written then */
    }
    close(ends[1]);
}

/* The next outcome of a worker; one that died says so of the seed it was at. */
static bool hear(struct worker *worker, uint64_t jobs, struct outcome *outcome)
{
    int status;
    ssize_t len = read(worker->pipe, outcome, sizeof *outcome);
    if (len == sizeof *outcome) {
        worker->next += jobs;
        worker->over = outcome->failed;
        return true;
    }
    worker->over = true;
    if (waitpid(worker->pid, &status, 0) == worker->pid && WIFEXITED(status) &&
        WEXITSTATUS(status) == 0) {
        return false;
    }
    *outcome = (struct outcome){
        .index = worker->next, .failed = true, .reason = "the program died of it"};
    return true;
}

static void print_found(const struct options *options, const struct outcome *outcome)
{
    uint64_t seed = options->first + outcome->index;
    if (options->planted) {
        printf("found %s at seed %" PRIu64 ": %s\n", options->planted, seed, outcome->reason);
        return;
    }
    prepare_replay(seed);
    printf("seed %" PRIu64 ": %s\n%s", seed, outcome->reason, replay);
}

/* Reads what the workers say, seed after seed, so that the answer does not depend on how many
 * they are; the first that is wrong ends it. */
static bool collect(const struct options *options, struct worker *workers,
                    struct outcome *wrong)
{
    struct sim_statistics all = {0};
    struct sim_trace trace = {0};
    bool progress = isatty(STDERR_FILENO) != 0 && !options->verbose;
    for (uint64_t i = 0; i < options->seeds; i++) {
        struct outcome outcome;
        if (!hear(&workers[i % options->jobs], options->jobs, &outcome) || outcome.failed) {
            *wrong = outcome;
            return false;
        }
        add_up(&all, &outcome.statistics);
        sim_trace_number(&trace, outcome.trace);
        if (progress && (i + 1) % PROGRESS_EVERY == 0) {
            fprintf(stderr, "\r%" PRIu64 " of %" PRIu64, i + 1, options->seeds);
        }
    }
    if (progress) {
        fputc('\r', stderr);
    }
    print_summary(&all, options->seeds, trace.hash);
    return true;
}

int main(int argc, char **argv)
{
    struct options options = {.first = 1, .seeds = 100, .jobs = 1};
    struct worker workers[JOBS_MAX];
    struct outcome wrong;
    if (!read_options(argc, argv, &options)) {
        usage(stderr);
        return EXIT_USAGE;
    }
    program = argv[0];
    (void)signal(SIGABRT, on_signal);
    (void)signal(SIGSEGV, on_signal);
    for (uint64_t i = 0; i < options.jobs; i++) {
        start(&options, &workers[i], i);
    }
    bool good = collect(&options, workers, &wrong);
    for (uint64_t i = 0; i < options.jobs; i++) {
        if (!workers[i].over) {
            (void)kill(workers[i].pid, SIGTERM);
            (void)waitpid(workers[i].pid, NULL, 0);
        }
    }
    if (!good) {
        print_found(&options, &wrong);
    } else if (options.planted) {
        printf("%s was not found\n", options.planted);
    }
    return good == !options.planted ? 0 : 1;
}
