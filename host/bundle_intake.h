/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_intake.h: the district takes what a bundle brings and writes the answer.
 *
 * Taking and answering are two things: the ledger judges each change-set by itself, so all that
 * is whole of a broken file is taken, whoever brings it; the answer states what is held durably
 * when it is written, and only a device that may be talked to gets one.
 *
 * It goes in steps, each at most one transaction of bounded work, so that a server can do other
 * things in between.  The file is all that there is to remember: taken again from its beginning
 * after a crash, it brings what is missing and nothing twice.
 *
 *   state      a step                                                         then
 *   TAKING     takes frames, commits: at most WSYNC_INTAKE_PARTS_MAX parts    TAKING
 *              looked at, WSYNC_INTAKE_FRAMES_MAX frames, and no frame
 *              behind WSYNC_INTAKE_CHANGES_MAX changes
 *              behind the last part: reads again who wrote it                 TAKEN
 *   TAKEN      asks whether there may be an answer, begins it; signs          SPEAKING
 *   SPEAKING   says at most WSYNC_INTAKE_SPEAK_BYTES of the answer            SPEAKING
 *              nothing is left to say: puts it at its path, durably           ANSWERED
 *   ANSWERED   is not to be called
 *
 * An error ends it in any state: what was committed stays, no answer is there. */
#ifndef WARDSYNC_HOST_BUNDLE_INTAKE_H
#define WARDSYNC_HOST_BUNDLE_INTAKE_H

#include "host/bundle_speak.h"
#include "host/zstd.h"
#include "wardsync/bundle_take.h"
#include "wardsync/desk.h"
#include "wardsync/roster.h"

enum {
    WSYNC_BUNDLE_BROKEN_SHOWN = 16,

    /* Of one step, each some tens of milliseconds of a small machine. */
    WSYNC_INTAKE_PARTS_MAX = 32,
    WSYNC_INTAKE_FRAMES_MAX = 64,
    WSYNC_INTAKE_CHANGES_MAX = 2048,
    WSYNC_INTAKE_SPEAK_BYTES = 524288, /* of frames, before they are packed */
};

enum wsync_intake_state {
    WSYNC_INTAKE_TAKING,
    WSYNC_INTAKE_TAKEN,
    WSYNC_INTAKE_SPEAKING,
    WSYNC_INTAKE_ANSWERED
};

/* A bundle in the district's hands; large, so its owner keeps it off the stack. */
struct wsync_bundle_intake {
    struct wsync_site *site;
    bool dry_run;
    uint32_t answer_parts_max; /* 0: as many as a bundle may have */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    /* A change-set that was not taken: its log, its changes and why. */
    void (*refused)(void *context, const struct wsync_bundle_taken *taken);
    void *context;

    enum wsync_intake_state state;
    uint64_t steps;
    struct wsync_bundle_in in;
    uint32_t part; /* that is being taken, from 1; its frames begin at: */
    size_t used;   /* 0: it is yet to be read */
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
    /* The answer, while it is being written. */
    struct wsync_bundle_out *out;
    struct wsync_bundle_talk *talk;
    struct wsync_desk *desk;
    uint64_t answer_bytes;
};

/* Opens the file with whichever of the district's bundle keys fits, and reads who wrote it.
 * INSTANCE for another installation's, BUNDLE, and as bundle_file.h says. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_open(struct wsync_bundle_intake *intake,
                                                       const char *path,
                                                       struct wsync_error *error);

/* One step, as the table says; `answer` is where the answer goes, over what is there.  Behind
 * an error only `close` may follow.  While taking it is ours: the same file may be taken again.
 * Of the answer also: REVOKED, SUSPENDED, DEVICE, ROTATED for whom none is written, BUNDLE when
 * what asks for it is damaged. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_step(struct wsync_bundle_intake *intake,
                                                       const char *answer,
                                                       struct wsync_error *error);

/* All steps to TAKEN: every whole part, durably unless it is a dry run. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_take(struct wsync_bundle_intake *intake,
                                                       struct wsync_error *error);

/* All steps to ANSWERED, from TAKEN on or without taking anything. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_answer(struct wsync_bundle_intake *intake,
                                                         const char *answer,
                                                         struct wsync_error *error);
/* Notes in the session log that the device was heard of, once it was answered.  It says nothing
 * about statements that a restored district still waits for (refill.h): the bundle may have
 * been written before them. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_intake_note(const struct wsync_bundle_intake *intake,
                                                       struct wsync_error *error);
void wsync_bundle_intake_close(struct wsync_bundle_intake *intake);

#endif
