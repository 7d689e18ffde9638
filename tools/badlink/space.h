/* SPDX-License-Identifier: Apache-2.0 */
/* space.h: two network namespaces, each with one TUN device whose other end is a descriptor.
 *
 * They are held by processes of ours that die with us, not by names, so nothing is left behind
 * however we end. */
#ifndef BADLINK_SPACE_H
#define BADLINK_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { BADLINK_TCP_BYTES = 16 };

struct badlink_side {
    int tun;      /* packets of the namespace, one a read; one a write into it */
    int net;      /* the namespace */
    pid_t holder; /* a process in it */
    const char *address;
};

struct badlink_space {
    struct badlink_side sides[2];
    bool own_user;               /* made in a user namespace of its own */
    char tcp[BADLINK_TCP_BYTES]; /* the congestion control it has */
};

/* Makes both, with addresses, loopback and the congestion control `tcp`; NULL: cubic where the
 * system has it.  The caller is in the second one afterwards.  BADLINK_OK; otherwise an exit
 * code, and `why` is a sentence.  Call it once in a process, before there are threads. */
int badlink_space_open(struct badlink_space *space, const char *tcp, char *why, size_t why_len);

/* Runs a command of the shell in a side, in a process group of its own that dies with us; -1
 * when there is no process left. */
pid_t badlink_space_run(const struct badlink_space *space, int side, const char *command);

/* Ends the holders. */
void badlink_space_close(struct badlink_space *space);

#endif
