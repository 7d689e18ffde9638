/* SPDX-License-Identifier: Apache-2.0 */
/* action_rules.h: which commands of its own program a page may have run, and with what.
 *
 * A page names a command, options and operands as the command line does:
 * {"resolve", "--shown", "--actor=3", "--", "3f9ac210-17", NULL}.  Before "--" stand options of
 * the rule, each in one word with its value; what stands behind it is never read as an option.
 * What the table does not list is refused.  Decision 0016. */
#ifndef WARDSYNC_HOST_ACTION_RULES_H
#define WARDSYNC_HOST_ACTION_RULES_H

#include "wardsync/error.h"

enum {
    WSYNC_ACTION_ARGS_MAX = 96,    /* of a request */
    WSYNC_ACTION_OPTIONS_MAX = 12, /* of a rule */
    WSYNC_ACTION_SHORT_S = 30,     /* what may take longer leaves places to what may not */
};

/* One command.  "json" and "lang=" (vi or en) may be given to each; "data-dir" to none. */
struct wsync_action_rule {
    const char *command; /* NULL ends the table */
    const char *verb;    /* the first operand must be this; NULL: it may be anything */
    const char *options[WSYNC_ACTION_OPTIONS_MAX]; /* "shown": a flag, "grant=-": as it is;
                                                      "actor=": with any value */
    unsigned operands_max;                         /* the verb is one of them */
    unsigned limit_s;                              /* how long it may take; then it is killed */
    unsigned files_max; /* how many it may be given (action_files.h) */
};

/* The first rule that allows exactly this, with so many files.  RIGHT, with a sentence that
 * names what is not allowed. */
WSYNC_MUST_USE enum wsync_err wsync_action_allow(const struct wsync_action_rule *rules,
                                                 const char *const *argv, size_t file_count,
                                                 const struct wsync_action_rule **rule,
                                                 struct wsync_error *error);

#endif
