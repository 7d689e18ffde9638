/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wardsync/crypto.h"
#include "wardsync/utf8.h"

#define PROGRAM "wardsync-verify"

enum { OPTION_BASE = 1000 };
enum common { ROOT, THRESHOLD, JSON, HELP };

static const struct cli_option COMMON[] = {
    {"root", "HEX", "the instance id, or a root key of the first statement (then all of them)"},
    {"threshold", "N", "how many of these root keys sign together (1)"},
    {"json", NULL, "one JSON object on stdout; the keys are stable"},
    {"help", NULL, "this text"},
    {NULL, NULL, NULL},
};

/* ---- help ---- */

static void print_options(const struct cli_option *options)
{
    for (size_t i = 0; options && options[i].name; i++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        printf("  %-24s %s\n", left, options[i].help);
    }
}

static int print_command(const struct cli_command *command)
{
    printf("%s %s %s\n\n%s\n", PROGRAM, command->name, command->arguments, command->help);
    if (command->options) {
        printf("\nOptions of this command:\n");
        print_options(command->options);
    }
    printf("\nOptions of every command:\n");
    print_options(COMMON);
    return AUDIT_HOLDS;
}

static int print_program(const struct cli_command *commands, FILE *out)
{
    fprintf(out,
            PROGRAM ": checks what a district signed, with nothing but files and its root key"
                    "\n\nUsage: " PROGRAM " COMMAND --root HEX [OPTIONS] ...\n\nCommands:\n");
    for (size_t i = 0; commands[i].name; i++) {
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(out, "\n\"" PROGRAM " COMMAND --help\" explains a command and shows an example.\n");
    return out == stdout ? AUDIT_HOLDS : AUDIT_USAGE;
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, PROGRAM " %s: ", cli->command->name);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nUsage: " PROGRAM " %s %s\n", cli->command->name,
            cli->command->arguments);
    return AUDIT_USAGE;
}

/* ---- options ---- */

static bool add_root(struct audit_trust *trust, const char *text)
{
    struct wsync_slice digits = wsync_slice_of(text);
    if (digits.len == 2 * sizeof trust->instance.b && !trust->has_instance) {
        trust->has_instance = true;
        return wsync_hex_decode(digits, trust->instance.b, sizeof trust->instance.b);
    }
    return trust->key_count < AUDIT_KEYS_MAX &&
           wsync_hex_decode(digits, trust->keys[trust->key_count++].b, sizeof trust->keys[0].b);
}

static bool set_common(struct cli *cli, enum common option, const char *value)
{
    char *end;
    unsigned long number;
    switch (option) {
    case ROOT:
        return add_root(&cli->trust, value);
    case THRESHOLD:
        number = strtoul(value, &end, 10);
        cli->trust.threshold = (uint32_t)number;
        return *value != '-' && *value && !*end && number > 0 && number <= AUDIT_KEYS_MAX;
    case JSON:
        cli->json = true;
        break;
    case HELP:
        break;
    }
    return true;
}

static size_t fill(struct option *all, const struct cli_option *options, int base)
{
    size_t count = 0;
    for (; options && options[count].name; count++) {
        all[count] = (struct option){options[count].name,
                                     options[count].value ? required_argument : no_argument,
                                     NULL, base + (int)count};
    }
    return count;
}

/* -1 to go on, otherwise the exit code. */
static int read_options(struct cli *cli, int argc, char **argv)
{
    struct option all[2 * CLI_OPTIONS_MAX] = {{0}};
    size_t own = fill(all, cli->command->options, OPTION_BASE);
    fill(all + own, COMMON, 0);
    opterr = 0;
    for (int found; (found = getopt_long(argc, argv, "", all, NULL)) != -1;) {
        if (found == HELP) {
            return print_command(cli->command);
        }
        if (found == '?') {
            return cli_usage(cli, "%s is not an option here, or lacks its value.",
                             argv[optind - 1]);
        }
        if (found >= OPTION_BASE) {
            cli->values[found - OPTION_BASE] = optarg ? optarg : "";
        } else if (!set_common(cli, (enum common)found, optarg)) {
            return cli_usage(cli, "--%s is \"%s\"; see --help.", COMMON[found].name, optarg);
        }
    }
    cli->argc = argc - optind;
    cli->argv = argv + optind;
    return -1;
}

int cli_main(const struct cli_command *commands, int argc, char **argv)
{
    struct cli cli = {.trust = {.threshold = 1}};
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        return print_program(commands, argc < 2 ? stderr : stdout);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf(PROGRAM " %s (protocol %d, format %d)\n", WSYNC_VERSION, WSYNC_PROTOCOL_VERSION,
               WSYNC_FORMAT_VERSION);
        return AUDIT_HOLDS;
    }
    for (size_t i = 0; commands[i].name; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            cli.command = &commands[i];
        }
    }
    if (!cli.command) {
        fprintf(stderr, PROGRAM ": there is no command \"%s\"; --help lists them.\n", argv[1]);
        return AUDIT_USAGE;
    }
    int code = read_options(&cli, argc - 1, argv + 1);
    if (code >= 0) {
        return code;
    }
    if (cli.trust.has_instance == (cli.trust.key_count > 0)) {
        return cli_usage(&cli, "Say with --root whom to trust: the instance id, or every root "
                               "key.");
    }
    WSYNC_ASSERT(wsync_crypto_init());
    code = cli.command->run(&cli);
    return fflush(stdout) == 0 ? code : AUDIT_INPUT;
}

const char *cli_value(const struct cli *cli, const char *name)
{
    const struct cli_option *options = cli->command->options;
    for (size_t i = 0; options && options[i].name; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return cli->values[i];
        }
    }
    WSYNC_ASSERT(!"the command has such an option");
    return NULL;
}

/* ---- answers ---- */

/* Would it move the cursor, or turn the line around? */
static bool moves(uint32_t point)
{
    return point < ' ' || (point >= 0x7f && point < 0xa0) || point == 0x200e ||
           point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

static void print_quoted(struct wsync_slice text)
{
    putchar('"');
    for (size_t at = 0; at < text.len;) {
        uint32_t point = 0xfffd; /* in the place of what is no character */
        size_t len = wsync_utf8_step(text, at, &point);
        if (point == '"' || point == '\\') {
            printf("\\%c", (char)point);
        } else if (len == 0 || moves(point)) {
            printf("\\u%04x", point);
        } else {
            fwrite(text.data + at, 1, len, stdout);
        }
        at += len > 0 ? len : 1;
    }
    putchar('"');
}

/* For people. */
static void print_plain(struct wsync_slice text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t point;
        size_t len = wsync_utf8_step(text, at, &point);
        if (len == 0 || moves(point)) {
            putchar(len == 0 ? '?' : ' ');
        } else {
            fwrite(text.data + at, 1, len, stdout);
        }
        at += len > 0 ? len : 1;
    }
}

int cli_fault(const struct cli *cli, const struct audit_fault *fault)
{
    const char *file = fault->file ? fault->file : "";
    if (cli->json) {
        printf("{\"holds\":false,\"file\":");
        print_quoted(wsync_slice_of(file));
        if (fault->unit) {
            printf(",\"%s\":%" PRIu64, fault->unit, fault->at);
        }
        printf(",\"code\":\"%s\",\"text\":", wsync_err_name(fault->code));
        print_quoted(wsync_slice_of(fault->text));
        printf("}\n");
        return fault->exit_code;
    }
    printf("%s: %s", fault->exit_code == AUDIT_FAILS ? "does not hold" : "cannot be checked",
           file);
    if (fault->unit) {
        printf(", %s %" PRIu64, fault->unit, fault->at);
    }
    printf(": %s: ", wsync_err_name(fault->code));
    print_plain(wsync_slice_of(fault->text));
    printf("\n");
    return fault->exit_code;
}

void cli_begin(const struct cli *cli)
{
    printf(cli->json ? "{\"holds\":true" : "holds\n");
}

void cli_number(const struct cli *cli, const char *name, uint64_t number)
{
    printf(cli->json ? ",\"%s\":%" PRIu64 : "  %s: %" PRIu64 "\n", name, number);
}

void cli_text(const struct cli *cli, const char *name, struct wsync_slice text)
{
    if (cli->json) {
        printf(",\"%s\":", name);
        print_quoted(text);
    } else {
        printf("  %s: ", name);
        print_plain(text);
        printf("\n");
    }
}

int cli_end(const struct cli *cli)
{
    if (cli->json) {
        printf("}\n");
    }
    return AUDIT_HOLDS;
}
