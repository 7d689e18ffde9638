/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_intake.h: the district takes what a bundle brings and writes the answer.
 *
 * Taking and answering are two things: the ledger judges each change-set by itself, so all that
 * is whole of a broken file is taken, whoever brings it; the answer states what is held durably
 * when it is written, and only a device that may be talked to gets one. */
#ifndef WARDSYNC_HOST_BUNDLE_INTAKE_H
#define WARDSYNC_HOST_BUNDLE_INTAKE_H

#include "host/bundle_file.h"
#include "host/zstd.h"
#include "wardsync/bundle_take.h"
#include "wardsync/roster.h"

enum { WSYNC_BUNDLE_BROKEN_SHOWN = 16 };

/* A bundle in the district's hands; large, so its owner keeps it off the stack. */
struct wsync_bundle_intake {
    struct wsync_site *site;
    bool dry_run;
    uint32_t answer_parts_max; /* 0: as many as a bundle may have */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    /* A change-set that was not taken: its log, its changes and why. */
    void (*refused)(void *context, const struct wsync_bundle_taken *taken);
    void *context;

    struct wsync_bundle_in in;
    struct wsync_zstd *zstd;
    struct wsync_device device; /* who wrote it, if the roster knows it by this key */
    bool known;
    /* What came of it. */
    uint64_t sets, changes, statements;
    uint64_t refused_sets;
    uint64_t early_sets; /* of these: what they continue is not here */
    uint32_t broken_count, missing_count; /* parts that are damaged, that are not there */
    uint32_t broken[WSYNC_BUNDLE_BROKEN_SHOWN];
    uint64_t odd_frames; /* that are no frames of a bundle */
    /* What asks for the answer. */
    struct wsync_slice requests[WSYNC_BUNDLE_REQUESTS_MAX];
    size_t request_count;
};

/* Opens the file with whichever of the district's bundle keys fits, and reads who wrote it.
 * INSTANCE for another installation's, BUNDLE, and as bundle_file.h says. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_open(struct wsync_bundle_intake *intake,
                                                       const char *path,
                                                       struct wsync_error *error);

/* Takes every whole part into the store, durably unless it is a dry run.  An error is ours;
 * what was committed before stays, and the same file may be taken again. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_take(struct wsync_bundle_intake *intake,
                                                       struct wsync_error *error);

/* Writes the answer to `path`, over one that is there; `*bytes` is its size.  Only reads what
 * asks for it where nothing was taken.  REVOKED, SUSPENDED, DEVICE for whom none is written,
 * BUNDLE when what asks for it is damaged. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_answer(struct wsync_bundle_intake *intake,
                                                         const char *path, uint64_t *bytes,
                                                         struct wsync_error *error);
/* Notes in the session log that the device was heard of, once it was answered with so many
 * bytes.  It says nothing about statements that a restored district still waits for (refill.h):
 * the bundle may have been written before them. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_note(const struct wsync_bundle_intake *intake,
                                                       uint64_t answer_bytes,
                                                       struct wsync_error *error);
void wsync_bundle_intake_close(struct wsync_bundle_intake *intake);

#endif
