/* SPDX-License-Identifier: Apache-2.0 */
/* options.h: what badlink is told on its command line, and the profiles that fill it in. */
#ifndef BADLINK_OPTIONS_H
#define BADLINK_OPTIONS_H

#include "tools/badlink/model.h"

enum badlink_exit { /* after sysexits */
                    BADLINK_OK = 0,
                    BADLINK_USAGE = 64,
                    BADLINK_UNAVAILABLE = 69, /* this system has no TUN device */
                    BADLINK_INTERNAL = 70,
                    BADLINK_CREATE = 73,     /* a file cannot be written */
                    BADLINK_PERMISSION = 77, /* namespaces are not permitted here */
};

struct badlink_options {
    struct badlink_settings link;
    bool resets;             /* a cut connection is told so on both sides; otherwise silence */
    const char *tcp;         /* the congestion control inside; NULL: not asked for */
    const char *commands[2]; /* of the shell, in A and in B; NULL: none */
    const char *stats;       /* a file for the last counters; NULL: stderr */
    bool payloads;           /* the trace has what the packets carry */
    const char *trace;       /* a file with a line for every packet; NULL: none */
};

/* Reads the command line.  -1 to go on; otherwise the exit code, and what there was to say was
 * said: --help on stdout, a mistake on stderr. */
int badlink_options_read(int argc, char **argv, struct badlink_options *options);

/* The settings of a profile.  False when there is none of this name. */
bool badlink_profile(const char *name, struct badlink_settings *settings);

/* Reads a number with `digits` decimals at most as a multiple of its last place, "2.5" with 4
 * digits being 25000; then k or M for thousands and millions.  False when it is none. */
bool badlink_number(const char *text, int digits, int64_t *value);

#endif
