/* SPDX-License-Identifier: Apache-2.0 */
/* auditor.h: signed logs of replicas as files, and what the auditor says of them. */
#ifndef WARDSYNC_TESTS_AUDITOR_H
#define WARDSYNC_TESTS_AUDITOR_H

#include "tests/replica.h"
#include "tests/scratch.h"
#include "host/prove.h"
#include "tools/verify/proof.h"
#include "tools/verify/whole_log.h"

enum { AUDITOR_FILE_MAX = 1 << 20, AUDITOR_LOOKS_MAX = 16 };

struct auditor {
    struct wsync_scratch scratch;
    const struct installation *installation;
    struct audit_fault fault;                                /* of the last look */
    struct views views;                                      /* of all looks */
    bool complete;                                           /* what looks ask for */
    char paths[AUDITOR_LOOKS_MAX][WSYNC_SCRATCH_PATH_BYTES]; /* views point there */
    size_t looks;
    uint8_t bytes[AUDITOR_FILE_MAX];
    size_t len;
};

void auditor_open(struct auditor *auditor, const struct installation *installation);
void auditor_close(struct auditor *auditor);

/* Exports what the replica holds into `bytes` and `len`. */
void auditor_export(struct auditor *auditor, struct replica *replica, bool personal);

/* Where the `nth` message of a signed log begins, with the length before it; behind the last
 * one the end mark, which has a `len` of that length alone. */
size_t auditor_message(const struct auditor *auditor, size_t nth, size_t *len);
size_t auditor_messages(const struct auditor *auditor);

/* The `nth` message; it holds until the next call. */
void auditor_decode(const struct auditor *auditor, size_t nth, struct wsync_message *message);

/* Leaves the `nth` message out and makes the end mark anew, as whoever hides something would.
 */
void auditor_leave_out(struct auditor *auditor, size_t nth);

/* The end mark alone; false where no end mark stands. */
bool auditor_end_log(struct auditor *auditor);

/* Writes a proof into `bytes` and `len`; `request->out` is filled in. */
enum wsync_err auditor_prove(struct auditor *auditor, struct replica *replica,
                             struct wsync_proof_request *request,
                             struct wsync_proof_result *result);

/* Where the `nth` line of a proof begins; its length with its end, 0 behind the last one. */
size_t auditor_line(const struct auditor *auditor, size_t nth, size_t *len);
size_t auditor_lines(const struct auditor *auditor);

/* The first line that begins so. */
size_t auditor_find(const struct auditor *auditor, const char *word);

/* Puts a text (with its ends) in a line's place, under an end made anew. */
void auditor_replace(struct auditor *auditor, size_t nth, const char *text);

/* Makes the last line of a proof anew, as a forger would; nothing where it is none. */
void auditor_end_proof(struct auditor *auditor);

/* Checks the bytes as a proof; it is the caller's to close. */
bool auditor_look_at_proof(struct auditor *auditor, struct proof *proof);

/* Writes the bytes into a file of this name; its path holds for some looks. */
const char *auditor_file(struct auditor *auditor, const char *name);

/* The same and checks it; the log is the caller's to close. */
bool auditor_look(struct auditor *auditor, const char *name, struct whole_log *log);

/* The same, and closes it: does it hold? */
bool auditor_holds(struct auditor *auditor, const char *name);

#endif
