/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/badlink/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MS = 1000, SECOND = 1000 * MS, PERCENT = BADLINK_MILLION / 100 };

/* ---- profiles ---- */

static const struct {
    const char *name, *help;
    struct badlink_settings settings;
} PROFILES[] = {
    {"2g",
     "64 kbit/s, 600 ms round trip, 2 % loss",
     {.rate_bits_s = 64000,
      .delay_us = 300 * MS,
      .loss_ppm = 2 * PERCENT,
      .buffer_bytes = 16384}},
    {"3g-bad",
     "384 kbit/s, 300 ms +- 200 ms, 3 % loss, 1 % reordered, 0.5 % twice",
     {.rate_bits_s = 384000,
      .delay_us = 150 * MS,
      .jitter_us = 100 * MS,
      .loss_ppm = 3 * PERCENT,
      .reorder_ppm = PERCENT,
      .duplicate_ppm = PERCENT / 2,
      .buffer_bytes = 65536}},
    {"satellite",
     "512 kbit/s, 700 ms +- 40 ms, 1 % loss",
     {.rate_bits_s = 512000,
      .delay_us = 350 * MS,
      .jitter_us = 20 * MS,
      .loss_ppm = PERCENT,
      .buffer_bytes = 131072}},
    {"flapping",
     "2g with 5 % loss, 20 s up and 40 s down in turns",
     {.rate_bits_s = 64000,
      .delay_us = 300 * MS,
      .loss_ppm = 5 * PERCENT,
      .buffer_bytes = 16384,
      .up_us = 20 * SECOND,
      .down_us = 40 * SECOND}},
    {"dead-after",
     "fast, and each TCP connection is cut after 20,000 bytes",
     {.rate_bits_s = 10 * BADLINK_MILLION,
      .delay_us = 10 * MS,
      .buffer_bytes = 262144,
      .dead_after_bytes = 20000}},
    {"fast",
     "10 Mbit/s, 20 ms round trip (the default)",
     {.rate_bits_s = 10 * BADLINK_MILLION, .delay_us = 10 * MS, .buffer_bytes = 262144}},
};

enum { PROFILE_COUNT = sizeof PROFILES / sizeof *PROFILES };

bool badlink_profile(const char *name, struct badlink_settings *settings)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        if (strcmp(PROFILES[i].name, name) == 0) {
            uint64_t seed = settings->seed;
            *settings = PROFILES[i].settings;
            settings->seed = seed;
            return true;
        }
    }
    return false;
}

/* ---- options ---- */

enum option_id {
    PROFILE,
    SEED,
    RATE,
    RTT,
    JITTER,
    LOSS,
    REORDER,
    DUPLICATE,
    BUFFER,
    UP,
    DOWN,
    PHASE,
    DEAD_AFTER,
    RESET,
    TCP,
    COMMAND_A,
    COMMAND_B,
    STATS,
    TRACE,
    PAYLOADS,
    HELP,
    OPTION_COUNT,
};

static const struct {
    const char *name, *value, *help;
} OPTIONS[OPTION_COUNT] = {
    [PROFILE] = {"profile", "NAME", "where to begin; the other options change it"},
    [SEED] = {"seed", "N",
              "of all chances (1); the same seed, the same fate for the n-th packet"},
    [RATE] = {"rate", "BITS", "a second, of each direction: 64k, 1.5M; 0: no limit"},
    [RTT] = {"rtt", "MS", "the round trip; half of it is the delay of each direction"},
    [JITTER] = {"jitter", "MS", "how far the round trip strays, up and down; keeps the order"},
    [LOSS] = {"loss", "PERCENT", "of the packets of each direction: 2, 0.5"},
    [REORDER] = {"reorder", "PERCENT", "of the packets are overtaken by later ones"},
    [DUPLICATE] = {"duplicate", "PERCENT", "of the packets arrive twice"},
    [BUFFER] = {"buffer", "BYTES", "that wait before the line; more are dropped"},
    [UP] = {"up", "S", "seconds the link is up, then"},
    [DOWN] = {"down", "S", "seconds it is down, and again; what is on its way then is lost"},
    [PHASE] = {"phase", "S", "how far in this cycle it begins (0: at the beginning of up)"},
    [DEAD_AFTER] = {"dead-after", "BYTES",
                    "a TCP connection is cut when it would send more, see below"},
    [RESET] = {"reset", NULL, "a cut connection is reset on both sides, not just silent"},
    [TCP] = {"tcp", "NAME", "congestion control of the machines inside (cubic)"},
    [COMMAND_A] = {"a", "COMMAND", "of the shell, run in A; ended when that of B has ended"},
    [COMMAND_B] = {"b", "COMMAND", "of the shell, run in B; its exit code is ours"},
    [STATS] = {"stats", "FILE", "where the counters go at the end (stderr)"},
    [TRACE] = {"trace", "FILE", "a JSON line for each packet that was offered"},
    [PAYLOADS] = {"payloads", NULL, "with what it carries above TCP, in hex"},
    [HELP] = {"help", NULL, "this text"},
};

static const char *const TEXT =
    "badlink: a bad link between two network namespaces, for real programs over real TCP\n\n"
    "Usage: badlink [OPTIONS] [--a COMMAND] [--b COMMAND]\n\n"
    "The namespaces A (10.77.0.1) and B (10.77.0.2) see each other and nothing else.  With a\n"
    "command it runs until that of B (without one: of A) has ended.  Without commands it\n"
    "prints one JSON line: {\"event\":\"ready\",\"a\":{\"address\",\"enter\":[words before a\n"
    "command to run it in A]},\"b\":{...}}, takes orders on stdin, one a line, and answers "
    "each\n"
    "with a JSON line: stats, reset (count and begin the schedule anew), down, up, cut (every\n"
    "connection), quit.  It ends with its stdin, on SIGINT and SIGTERM, and so do the\n"
    "namespaces.  Needs root or user namespaces, and the TUN device.\n";

static const char *const REST =
    "\nBytes are those of IP packets, headers included.  Counters of each direction: offered;\n"
    "sent: what took its time on the line; delivered; lost by chance; down, full, dead: "
    "refused\n"
    "by a link that was down, by the full buffer, by a connection that was cut.\n\n"
    "--dead-after N: each TCP connection may send N bytes, both directions together, lost "
    "ones\n"
    "included, counted from its SYN on.  The packet that would pass N and all after it are "
    "gone;\n"
    "the SYN of a new connection opens a new budget, its repetitions do not.\n\n"
    "Exit codes: 0 or the command's, 64 usage, 69 no TUN device or no such --tcp here, 73 a\n"
    "file cannot be written, 77 namespaces are not permitted here.\n\n"
    "Examples:\n"
    "  badlink --profile 2g --a 'nc -l 5000 >got' --b 'sleep 1; nc -N 10.77.0.1 5000 <file'\n"
    "  badlink --profile flapping --loss 2 --seed 7 --b 'ward sync --data-dir w'\n"
    "  badlink --dead-after 6000 --reset --trace packets.jsonl\n";

static int help(void)
{
    printf("%s\nProfiles:\n", TEXT);
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        printf("  %-22s %s\n", PROFILES[i].name, PROFILES[i].help);
    }
    printf("\nOptions:\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", OPTIONS[i].name, OPTIONS[i].value ? " " : "",
                 OPTIONS[i].value ? OPTIONS[i].value : "");
        printf("  %-22s %s\n", left, OPTIONS[i].help);
    }
    printf("%s", REST);
    return BADLINK_OK;
}

bool badlink_number(const char *text, int digits, int64_t *value)
{
    int64_t number = 0;
    const char *at = text;
    int decimals = -1; /* before the point */
    for (; (*at >= '0' && *at <= '9') || (*at == '.' && decimals < 0); at++) {
        decimals += decimals >= 0 || *at == '.';
        if (decimals > digits || number > INT64_MAX / 10 / BADLINK_MILLION) {
            return false;
        }
        number = *at == '.' ? number : number * 10 + (*at - '0');
    }
    if (at == text || at[-1] == '.' || *text == '.') {
        return false;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < digits; i++) {
        if (number > INT64_MAX / 10 / BADLINK_MILLION) {
            return false;
        }
        number *= 10;
    }
    int64_t factor = *at == 'k' ? 1000 : *at == 'M' ? BADLINK_MILLION : 1;
    at += factor > 1;
    *value = number * factor;
    return *at == 0;
}

static bool set_number(struct badlink_settings *link, enum option_id id, const char *text)
{
    /* Where it goes, how many decimals make its unit the option's, and the most it may be. */
    const struct {
        int64_t *to;
        int digits;
        int64_t most, halves;
    } places[OPTION_COUNT] = {
        [SEED] = {(int64_t *)&link->seed, 0, INT64_MAX, 1},
        [RATE] = {&link->rate_bits_s, 0, 1000 * (int64_t)BADLINK_MILLION, 1},
        [RTT] = {&link->delay_us, 3, 600 * (int64_t)SECOND, 2},
        [JITTER] = {&link->jitter_us, 3, 600 * (int64_t)SECOND, 2},
        [LOSS] = {&link->loss_ppm, 4, BADLINK_MILLION, 1},
        [REORDER] = {&link->reorder_ppm, 4, BADLINK_MILLION, 1},
        [DUPLICATE] = {&link->duplicate_ppm, 4, BADLINK_MILLION, 1},
        [BUFFER] = {&link->buffer_bytes, 0, 1000 * (int64_t)BADLINK_MILLION, 1},
        [UP] = {&link->up_us, 6, 86400 * (int64_t)SECOND, 1},
        [DOWN] = {&link->down_us, 6, 86400 * (int64_t)SECOND, 1},
        [PHASE] = {&link->phase_us, 6, 86400 * (int64_t)SECOND, 1},
        [DEAD_AFTER] = {&link->dead_after_bytes, 0, INT64_MAX / 2, 1},
    };
    int64_t value;
    if (!badlink_number(text, places[id].digits, &value) || value > places[id].most) {
        return false;
    }
    *places[id].to = value / places[id].halves;
    return true;
}

static bool set(struct badlink_options *options, enum option_id id, const char *text)
{
    switch (id) {
    case PROFILE:
        return badlink_profile(text, &options->link);
    case RESET:
        options->resets = true;
        return true;
    case PAYLOADS:
        options->payloads = true;
        return true;
    case TCP:
        options->tcp = text;
        return true;
    case COMMAND_A:
    case COMMAND_B:
        options->commands[id - COMMAND_A] = text;
        return true;
    case STATS:
        options->stats = text;
        return true;
    case TRACE:
        options->trace = text;
        return true;
    case SEED:
    case RATE:
    case RTT:
    case JITTER:
    case LOSS:
    case REORDER:
    case DUPLICATE:
    case BUFFER:
    case UP:
    case DOWN:
    case PHASE:
    case DEAD_AFTER:
    case HELP:
    case OPTION_COUNT:
        break;
    }
    return set_number(&options->link, id, text);
}

static int mistake(const char *what, const char *why)
{
    fprintf(stderr, "badlink: %s %s; --help shows what there is.\n", what, why);
    return BADLINK_USAGE;
}

/* One walk over the command line: only profiles, or everything else. */
static int walk(int argc, char **argv, bool profiles, struct badlink_options *options)
{
    struct option all[OPTION_COUNT + 1] = {{0}};
    char what[200];
    for (int i = 0; i < OPTION_COUNT; i++) {
        all[i] = (struct option){OPTIONS[i].name,
                                 OPTIONS[i].value ? required_argument : no_argument, NULL, i};
    }
    opterr = 0;
    optind = 1;
    for (int found; (found = getopt_long(argc, argv, "", all, NULL)) != -1;) {
        if (found == '?') {
            return mistake(argv[optind - 1], "is not an option, or lacks its value");
        }
        if (found == HELP) {
            return help();
        }
        if ((found == PROFILE) == profiles && !set(options, (enum option_id)found, optarg)) {
            snprintf(what, sizeof what, "--%s %s", OPTIONS[found].name, optarg);
            return mistake(what, "has no such value");
        }
    }
    return optind < argc ? mistake(argv[optind], "stands alone: commands follow --a and --b")
                         : -1;
}

int badlink_options_read(int argc, char **argv, struct badlink_options *options)
{
    *options = (struct badlink_options){.link = {.seed = 1}};
    (void)badlink_profile("fast", &options->link);
    for (int i = 0; i < 2; i++) {
        int code = walk(argc, argv, i == 0, options);
        if (code >= 0) {
            return code;
        }
    }
    if (options->link.jitter_us > options->link.delay_us) {
        return mistake("--jitter", "is more than --rtt");
    }
    if ((options->link.up_us > 0) != (options->link.down_us > 0)) {
        return mistake("--up and --down", "belong together");
    }
    return -1;
}
