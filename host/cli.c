/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/given.h"
#include "host/keys.h"
#include "host/place.h"
#include "host/words.h"
#include "wardsync/crypto.h"

enum { OPTION_BASE = 1000 };

static const struct wsync_cli_option COMMON[] = {
    {"data-dir", "DIR", "where the data is (also: WARDSYNC_DATA)"},
    {"json", NULL, "one JSON object a line on stdout; the keys are stable"},
    {"lang", "vi|en", "language of labels and sentences"},
    {"yes", NULL, "answer every question with yes"},
    {"dry-run", NULL, "check and show, change nothing"},
    {"quiet", NULL, "no talk, only data and errors"},
    {"verbose", NULL, "more talk"},
    {"no-color", NULL, "no colours (also: NO_COLOR)"},
    {"help", NULL, "this text"},
    {NULL, NULL, NULL},
};

enum common { DATA_DIR, JSON, LANGUAGE, YES, DRY_RUN, QUIET, VERBOSE, NO_COLOR, HELP };

static size_t count_options(const struct wsync_cli_option *options)
{
    size_t count = 0;
    while (options && options[count].name) {
        count++;
    }
    return count;
}

static void print_options(FILE *out, const struct wsync_cli_option *options)
{
    for (size_t i = 0; options && options[i].name; i++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        fprintf(out, "  %-24s %s\n", left, options[i].help);
    }
}

static void print_command_help(FILE *out, const struct wsync_cli *cli)
{
    const struct wsync_cli_command *command = cli->command;
    fprintf(out, "%s %s %s\n\n%s\n", cli->program, command->name, command->arguments,
            command->help);
    if (count_options(command->options) > 0) {
        fprintf(out, "\nOptions of this command:\n");
        print_options(out, command->options);
    }
    fprintf(out, "\nOptions of every command:\n");
    print_options(out, COMMON);
}

static void print_program_help(FILE *out, const struct wsync_cli_program *program)
{
    fprintf(out, "%s: %s\n\nUsage: %s COMMAND [OPTIONS] ...\n\nCommands:\n", program->name,
            program->summary, program->name);
    for (size_t i = 0; program->commands[i].name; i++) {
        fprintf(out, "  %-10s %s\n", program->commands[i].name, program->commands[i].summary);
    }
    fprintf(out, "\n\"%s COMMAND --help\" explains a command and shows an example.\n",
            program->name);
}

static bool set_common(struct wsync_cli *cli, enum common option, const char *value)
{
    switch (option) {
    case DATA_DIR:
        cli->data_dir = value;
        break;
    case JSON:
        cli->json = true;
        break;
    case LANGUAGE:
        cli->language = strcmp(value, "vi") == 0 ? WSYNC_VI : WSYNC_EN;
        return strcmp(value, "vi") == 0 || strcmp(value, "en") == 0;
    case YES:
        cli->yes = true;
        break;
    case DRY_RUN:
        cli->dry_run = true;
        break;
    case QUIET:
        cli->quiet = true;
        break;
    case VERBOSE:
        cli->verbose = true;
        break;
    case NO_COLOR:
        cli->color = false;
        break;
    case HELP:
        break;
    }
    return true;
}

static void fill_long_options(struct option *all, const struct wsync_cli_option *options,
                              int base)
{
    for (size_t i = 0; options && options[i].name; i++) {
        all[i] =
            (struct option){options[i].name, options[i].value ? required_argument : no_argument,
                            NULL, base + (int)i};
    }
}

static bool names_file(const struct wsync_cli_option *option)
{
    static const char *const WORDS[] = {"FILE", "FOLDER", "DIR"};
    bool does = false;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        does = does || (option->value && strcmp(option->value, WORDS[i]) == 0);
    }
    return does;
}

/* Reads the options behind the command; -1 to go on, otherwise the exit code. */
static int read_options(struct wsync_cli *cli, int argc, char **argv)
{
    struct option all[2 * WSYNC_CLI_OPTIONS_MAX] = {{0}};
    struct wsync_error error = {{0}};
    size_t own = count_options(cli->command->options);
    WSYNC_ASSERT(own <= WSYNC_CLI_OPTIONS_MAX);
    fill_long_options(all, cli->command->options, OPTION_BASE);
    fill_long_options(all + own, COMMON, 0);
    opterr = 0;
    optind = 0; /* from the beginning, also a second time */
    for (;;) {
        int found = getopt_long(argc, argv, "", all, NULL);
        if (found == -1) {
            cli->argc = argc - optind;
            cli->argv = argv + optind;
            return -1;
        }
        if (found == HELP) {
            print_command_help(stdout, cli);
            return 0;
        }
        if (found == '?') {
            return wsync_cli_usage(cli, "%s is not an option here, or lacks its value.",
                                   argv[optind - 1]);
        }
        if (found >= OPTION_BASE) {
            cli->values[found - OPTION_BASE] = optarg ? optarg : "";
            const struct wsync_cli_option *option =
                &cli->command->options[found - OPTION_BASE];
            if (names_file(option) && strcmp(optarg, "-") != 0 &&
                wsync_given_check(optarg, &error) != WSYNC_OK) {
                return wsync_cli_fail(cli, WSYNC_ERR_RIGHT, &error);
            }
        } else if (!set_common(cli, (enum common)found, optarg)) {
            return wsync_cli_usage(cli, "--lang is \"%s\"; allowed: vi, en.", optarg);
        }
    }
}

/* Those of the command line, and in a command that a page has run those that came along. */
static int read_words(struct wsync_cli *cli, int argc, char **argv)
{
    int count = 0;
    char **words = NULL;
    int code = read_options(cli, argc, argv);
    if (code == -1 && !wsync_given_words(&count, &words)) {
        return wsync_cli_fail(cli, WSYNC_ERR_STORE_IO, NULL);
    }
    return code == -1 && words ? read_options(cli, count, words) : code;
}

static const struct wsync_cli_command *find_command(const struct wsync_cli_program *program,
                                                    const char *name)
{
    for (size_t i = 0; program->commands[i].name; i++) {
        if (strcmp(program->commands[i].name, name) == 0) {
            return &program->commands[i];
        }
    }
    return NULL;
}

/* WARDSYNC_DATA, for the account of the service what place.h says, else
 * XDG_DATA_HOME/wardsync-PROGRAM, else ~/.local/share/wardsync-PROGRAM. */
static const char *default_data_dir(const char *program)
{
    static char path[WSYNC_SITE_PATH_BYTES];
    const char *given = getenv("WARDSYNC_DATA");
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (given && *given) {
        return given;
    }
    if (home && strcmp(home, WSYNC_PLACE_HOME) == 0) {
        snprintf(path, sizeof path, "%s/%s", home, program);
    } else if (data && *data) {
        snprintf(path, sizeof path, "%s/wardsync-%s", data, program);
    } else {
        snprintf(path, sizeof path, "%s/.local/share/wardsync-%s", home ? home : "", program);
    }
    return path;
}

static enum wsync_language default_language(void)
{
    const char *lang = getenv("LC_ALL");
    lang = lang && *lang ? lang : getenv("LANG");
    return lang && strncmp(lang, "vi", 2) == 0 ? WSYNC_VI : WSYNC_EN;
}

int wsync_cli_main(const struct wsync_cli_program *program, int argc, char **argv)
{
    struct wsync_cli cli = {.program = program->name,
                            .kind = program->kind,
                            .data_dir = default_data_dir(program->name),
                            .language = default_language(),
                            .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_program_help(argc < 2 ? stderr : stdout, program);
        return argc < 2 ? WSYNC_CLI_USAGE : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s %s (protocol %d, format %d)\n", program->name, WSYNC_VERSION,
               WSYNC_PROTOCOL_VERSION, WSYNC_FORMAT_VERSION);
        return 0;
    }
    cli.command = find_command(program, argv[1]);
    if (!cli.command) {
        fprintf(stderr, "%s: there is no command \"%s\"; \"%s --help\" lists them.\n",
                program->name, argv[1], program->name);
        return WSYNC_CLI_USAGE;
    }
    if (!wsync_crypto_init()) {
        fprintf(stderr, "%s: libsodium cannot start on this machine.\n", program->name);
        return 70;
    }
    wsync_keys_no_dump();
    int code = read_words(&cli, argc - 1, argv + 1);
    if (code == -1 && cli.argc > 0 && cli.command->arguments[0] == '\0') {
        code = wsync_cli_usage(&cli, "It takes no \"%s\".", cli.argv[0]);
    } else if (code == -1) {
        code = cli.command->run(&cli);
    }
    if (fflush(stdout) != 0) {
        fprintf(stderr, "%s: standard output cannot be written.\n", program->name);
        return 74;
    }
    return code;
}

const char *wsync_cli_value(const struct wsync_cli *cli, const char *name)
{
    const struct wsync_cli_option *options = cli->command->options;
    for (size_t i = 0; options && options[i].name; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return cli->values[i];
        }
    }
    WSYNC_ASSERT(!"the command has such an option");
    return NULL;
}

bool wsync_cli_flag(const struct wsync_cli *cli, const char *name)
{
    return wsync_cli_value(cli, name) != NULL;
}

/* After sysexits; what is not named here is the peer's or the protocol's fault. */
static const struct {
    enum wsync_err err;
    int code;
} EXIT_CODES[] = {
    {WSYNC_OK, 0},
    {WSYNC_ERR_FIELD, 65},      {WSYNC_ERR_VALUE, 65},     {WSYNC_ERR_OVERSIZE, 65},
    {WSYNC_ERR_BUNDLE, 65},
    {WSYNC_ERR_RECORD, 65},     {WSYNC_ERR_OPERATION, 65}, {WSYNC_ERR_NOT_FOUND, 66},
    {WSYNC_ERR_LINK, 69},       {WSYNC_ERR_TIMEOUT, 69},   {WSYNC_ERR_MEMORY, 70},
    {WSYNC_ERR_OVERFLOW, 70},   {WSYNC_ERR_CROWDED, 70},   {WSYNC_ERR_EXTENSION, 70},
    {WSYNC_ERR_ORIGIN, 70},     {WSYNC_ERR_EXISTS, 73},    {WSYNC_ERR_STORE_FULL, 74},
    {WSYNC_ERR_STORE_IO, 74},   {WSYNC_ERR_CORRUPT, 74},   {WSYNC_ERR_GAP, 75},
    {WSYNC_ERR_BUDGET, 75},
    {WSYNC_ERR_BEHIND, 75},     {WSYNC_ERR_BUSY, 75},      {WSYNC_ERR_ROTATED, 75},
    {WSYNC_ERR_DEVICE, 77},     {WSYNC_ERR_REVOKED, 77},   {WSYNC_ERR_SUSPENDED, 77},
    {WSYNC_ERR_RIGHT, 77},      {WSYNC_ERR_SCOPE, 77},     {WSYNC_ERR_INVITE, 77},
    {WSYNC_ERR_QUOTA, 77},      {WSYNC_ERR_INVALID, WSYNC_CLI_USAGE},
};

static int exit_code(enum wsync_err err)
{
    for (size_t i = 0; i < sizeof EXIT_CODES / sizeof *EXIT_CODES; i++) {
        if (EXIT_CODES[i].err == err) {
            return EXIT_CODES[i].code;
        }
    }
    return 76;
}

int wsync_cli_fail(const struct wsync_cli *cli, enum wsync_err err,
                   const struct wsync_error *error)
{
    const char *text =
        error && error->text[0] ? error->text : wsync_err_text(err, cli->language);
    char room[WSYNC_WORDS_BYTES];
    fprintf(stderr, "%s %s: %s\n", cli->program, cli->command->name,
            wsync_words(cli->language, text, room));
    return exit_code(err);
}

/* What is too long for a sentence is printed as it is. */
__attribute__((format(printf, 2, 0))) static void
print_words(const struct wsync_cli *cli, const char *format, va_list arguments)
{
    va_list again;
    char text[WSYNC_WORDS_BYTES], room[WSYNC_WORDS_BYTES];
    va_copy(again, arguments);
    int len = vsnprintf(text, sizeof text, format, arguments);
    if (len >= 0 && (size_t)len < sizeof text) {
        fputs(wsync_words(cli->language, text, room), stderr);
    } else {
        vfprintf(stderr, format, again);
    }
    va_end(again);
}

int wsync_cli_usage(const struct wsync_cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s %s: ", cli->program, cli->command->name);
    print_words(cli, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n%s: %s %s %s\n", cli->language == WSYNC_VI ? "Cách dùng" : "Usage",
            cli->program, cli->command->name, cli->command->arguments);
    return WSYNC_CLI_USAGE;
}

void wsync_cli_say(const struct wsync_cli *cli, const char *format, ...)
{
    if (cli->quiet) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    print_words(cli, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void wsync_cli_column(const char *text, int width)
{
    int used = 0;
    for (const char *c = text; *c; c++) {
        used += ((unsigned char)*c & 0xc0) != 0x80; /* NFC: a character is one column */
    }
    int blanks = (width < 0 ? -width : width) - used;
    blanks = blanks > 0 ? blanks : 0;
    if (width < 0) {
        printf("%*s%s", blanks, "", text);
    } else {
        printf("%s%*s", text, blanks, "");
    }
}

void wsync_cli_heads(const struct wsync_cli *cli, const struct wsync_cli_head *heads)
{
    size_t below = 0; /* columns of the second line, up to the last that says something */
    for (size_t i = 0; heads[i].width != 0; i++) {
        printf("%s", heads[i].gap);
        wsync_cli_column(heads[i].top[cli->language], heads[i].width);
        below = heads[i].below[cli->language] ? i + 1 : below;
    }
    printf("\n");
    for (size_t i = 0; i < below; i++) {
        const char *text = heads[i].below[cli->language];
        printf("%s", heads[i].gap);
        wsync_cli_column(text ? text : "", heads[i].width);
    }
    printf(below > 0 ? "\n" : "");
}

bool wsync_cli_confirm(const struct wsync_cli *cli, const char *question)
{
    char answer[16];
    if (cli->yes) {
        return true;
    }
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "%s Not done: answer with --yes.\n", question);
        return false;
    }
    fprintf(stderr, "%s [y/N] ", question);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

void wsync_cli_progress(const struct wsync_cli *cli, const char *what, uint64_t done,
                        uint64_t total)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    if (cli->quiet || !isatty(STDERR_FILENO)) {
        return;
    }
    size_t full = total == 0 ? WIDTH : (size_t)(done >= total ? WIDTH : done * WIDTH / total);
    memset(bar, '#', full);
    memset(bar + full, '.', WIDTH - full);
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %llu / %llu ", what, bar, (unsigned long long)done,
            (unsigned long long)total);
}

void wsync_cli_progress_end(const struct wsync_cli *cli)
{
    if (!cli->quiet && isatty(STDERR_FILENO)) {
        fputc('\n', stderr);
    }
}
