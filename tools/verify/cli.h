/* SPDX-License-Identifier: Apache-2.0 */
/* cli.h: the command line of wardsync-verify: what was asked, and the answer as text or as one
 * JSON object. */
#ifndef WARDSYNC_VERIFY_CLI_H
#define WARDSYNC_VERIFY_CLI_H

#include "tools/verify/audit.h"

enum { CLI_OPTIONS_MAX = 16 };

/* An option of one command. */
struct cli_option {
    const char *name;
    const char *value; /* NULL: a flag */
    const char *help;
};

struct cli;

struct cli_command {
    const char *name;
    const char *arguments, *summary, *help;
    const struct cli_option *options; /* ends with a NULL name; NULL: none */
    int (*run)(struct cli *cli);
};

struct cli {
    const struct cli_command *command;
    struct audit_trust trust;
    bool json;
    int argc;
    char **argv;
    const char *values[CLI_OPTIONS_MAX]; /* of the command's options; "" for a flag */
};

int cli_main(const struct cli_command *commands, int argc, char **argv);

/* The value of an option of the command, NULL when it was not given. */
const char *cli_value(const struct cli *cli, const char *name);

/* A mistake on the command line, with the usage; answers AUDIT_USAGE. */
int cli_usage(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What does not hold: prints it and answers the exit code. */
int cli_fault(const struct cli *cli, const struct audit_fault *fault);

/* What holds: the facts of one answer, in order.  As text they are "NAME: VALUE" lines under
 * "holds", with --json members of one object. */
void cli_begin(const struct cli *cli);
void cli_number(const struct cli *cli, const char *name, uint64_t number);
void cli_text(const struct cli *cli, const char *name, struct wsync_slice text);
int cli_end(const struct cli *cli); /* answers AUDIT_HOLDS */

#endif
