/* SPDX-License-Identifier: Apache-2.0 */
/* cli.h: the command line of both programs: one table of subcommands, options that mean the
 * same everywhere, exit codes after sysexits.
 *
 * Data goes to stdout, talk to stderr.  A command fails with one sentence and a code:
 * 0 done, 1 done with findings, 2 a doctor's critical one, 64 usage, 65 bad data, 66 no input,
 * 69 unavailable, 70 internal, 73 cannot create, 74 I/O, 75 try later, 76 protocol, 77
 * permission, 78 configuration. */
#ifndef WARDSYNC_HOST_CLI_H
#define WARDSYNC_HOST_CLI_H

#include <stdio.h>

#include "host/site.h"

enum { WSYNC_CLI_OPTIONS_MAX = 24, WSYNC_CLI_FINDINGS = 1, WSYNC_CLI_CRITICAL = 2 };
enum { WSYNC_CLI_USAGE = 64 };

/* An option of one command. */
struct wsync_cli_option {
    const char *name;  /* without the dashes */
    const char *value; /* what stands behind it in the help; NULL: it takes none.  FILE, FOLDER
                          or DIR: it names one, and is checked (given.h) */
    const char *help;
};

struct wsync_cli;

struct wsync_cli_command {
    const char *name;
    const char *arguments;                  /* as in the usage line */
    const char *summary;                    /* one line */
    const char *help;                       /* what it does and an example, in whole lines */
    const struct wsync_cli_option *options; /* ends with a NULL name; NULL: none of its own */
    int (*run)(struct wsync_cli *cli);
};

struct wsync_cli {
    const char *program;
    const struct wsync_cli_command *command;
    enum wsync_site_kind kind;
    const char *data_dir;
    bool json, quiet, verbose, yes, dry_run, color;
    enum wsync_language language;
    int argc; /* what is left behind the options */
    char **argv;
    const char *values[WSYNC_CLI_OPTIONS_MAX]; /* of the command's options; "" for a flag */
};

struct wsync_cli_program {
    const char *name;
    const char *summary;
    enum wsync_site_kind kind;
    const struct wsync_cli_command *commands; /* ends with a NULL name */
};

/* Finds the command, reads the options, answers --help and --version, and runs it. */
int wsync_cli_main(const struct wsync_cli_program *program, int argc, char **argv);

/* The value of the command's option, NULL when it was not given; a flag has "". */
const char *wsync_cli_value(const struct wsync_cli *cli, const char *name);
bool wsync_cli_flag(const struct wsync_cli *cli, const char *name);

/* Prints "PROGRAM COMMAND: SENTENCE" to stderr and answers the exit code of `err`. */
int wsync_cli_fail(const struct wsync_cli *cli, enum wsync_err err,
                   const struct wsync_error *error);

/* The same for a mistake on the command line itself. */
int wsync_cli_usage(const struct wsync_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Talk: to stderr, unless --quiet; as every sentence of a command, in the language of the
 * command where po/vi.po has it (words.h). */
void wsync_cli_say(const struct wsync_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a text and blanks up to `width` columns: by characters, not bytes; negative: to the
 * right. */
void wsync_cli_column(const char *text, int width);

/* Prints the head of a table in the language of the command: one line, and a second one when a
 * column has more to say.  Ends with a width of 0. */
struct wsync_cli_head {
    int width;                     /* as of wsync_cli_column */
    const char *gap;               /* before it */
    const char *top[2], *below[2]; /* by enum wsync_language */
};
void wsync_cli_heads(const struct wsync_cli *cli, const struct wsync_cli_head *heads);

/* Asks a yes-no question on the terminal; --yes answers it, and without a terminal it is no. */
bool wsync_cli_confirm(const struct wsync_cli *cli, const char *question);

/* Draws a progress bar on a terminal, and nothing elsewhere: `done` of `total`. */
void wsync_cli_progress(const struct wsync_cli *cli, const char *what, uint64_t done,
                        uint64_t total);
/* Ends the bar. */
void wsync_cli_progress_end(const struct wsync_cli *cli);

#endif
