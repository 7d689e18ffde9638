/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/badlink/run.h"

int main(int argc, char **argv)
{
    static struct badlink_space space;
    struct badlink_options options;
    char why[200];
    FILE *trace = NULL;
    int code = badlink_options_read(argc, argv, &options);
    if (code >= 0) {
        return code;
    }
    if (options.trace && !(trace = fopen(options.trace, "w"))) {
        fprintf(stderr, "badlink: %s cannot be written: %s.\n", options.trace, strerror(errno));
        return BADLINK_CREATE;
    }
    code = badlink_space_open(&space, options.tcp, why, sizeof why);
    if (code != BADLINK_OK) {
        fprintf(stderr, "badlink: %s\n", why);
        return code;
    }
    code = badlink_run(&options, &space, trace);
    badlink_space_close(&space);
    return trace && fclose(trace) != 0 ? BADLINK_CREATE : code;
}
