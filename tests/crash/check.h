/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: is this image of a machine's disk one that it can go on from?
 *
 * It opens, its chains and seals hold, its state is what the raw log gives, the canary raises
 * no doubt, and all that was told is borne out.  Until the data directory was said to be there,
 * its creation may have to be done again by the same command, which must then succeed. */
#ifndef WARDSYNC_TESTS_CRASH_CHECK_H
#define WARDSYNC_TESTS_CRASH_CHECK_H

#include "tests/crash/told.h"

enum { CHECK_WHY_BYTES = 800, CHECK_WORDS_MAX = 16 };

/* A command of the real program, and what it must answer. */
struct check_command {
    char *words[CHECK_WORDS_MAX + 1];
    int code;
};

struct check_machine {
    struct check_command create; /* makes the data directory, or goes on making it */
    struct check_command go_on;  /* some everyday work that writes */
};

/* Reads the file FOLDER/MACHINE: a line for each command, code first, words between tabs. */
void check_read_machine(const char *folder, const char *name, struct check_machine *machine);

/* Checks the image in `folder` (data/ and state/); with `go_on` that command is tried as well.
 * False, and `why` says what is wrong.  The image is changed. */
bool check_image(const char *folder, const struct told *told,
                 const struct check_machine *machine, bool go_on, char why[CHECK_WHY_BYTES]);

#endif
