/* SPDX-License-Identifier: Apache-2.0 */
/* run.h: moves packets between the two namespaces as the model says, until there is an end. */
#ifndef BADLINK_RUN_H
#define BADLINK_RUN_H

#include <stdio.h>

#include "tools/badlink/options.h"
#include "tools/badlink/space.h"

/* Runs the commands, or takes orders on stdin.  Answers the exit code. */
int badlink_run(const struct badlink_options *options, struct badlink_space *space,
                FILE *trace);

#endif
