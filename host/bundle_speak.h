/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_speak.h: sessions whose other side is a file: one that speaks into a bundle, and one
 * that hears what came in an answer. */
#ifndef WARDSYNC_HOST_BUNDLE_SPEAK_H
#define WARDSYNC_HOST_BUNDLE_SPEAK_H

#include "host/bundle_file.h"
#include "wardsync/pump.h"

struct wsync_bundle_speech {
    struct wsync_site *site;
    const struct wsync_session_setup *setup; /* its carriage is OUT or BACK */
    const struct wsync_slice *requests; /* DISTRICT: the frames it hears first, at most
                                           WSYNC_BUNDLE_REQUESTS_MAX */
    size_t request_count;
    size_t flush_bytes; /* of frames said in one transaction; 0: as memory allows */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

/* How it went. */
struct wsync_bundle_spoken {
    enum wsync_err result; /* OK: to its end; else how the session ended before */
    struct wsync_session_counts counts;
    bool proven;      /* BACK: a receipt came and was taken */
    bool passed_over; /* BACK: it goes on from a checkpoint that is not the last any more */
    int64_t skew_s;
};

/* A session that speaks into `out`, transaction after transaction, while others use the same
 * store.  `speech` is copied, what it points to outlives the talk. */
struct wsync_bundle_talk;
WSYNC_MUST_USE enum wsync_err wsync_bundle_talk_begin(const struct wsync_bundle_speech *speech,
                                                      struct wsync_bundle_out *out,
                                                      struct wsync_bundle_talk **talk,
                                                      struct wsync_error *error);
/* One transaction.  `*more` is false when all that is due was said; then the manifest of `out`
 * has runs and counts.  Behind an error only `end` may follow. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_talk_step(struct wsync_bundle_talk *talk, bool *more,
                                                     struct wsync_error *error);
/* Says how it went, unless that is NULL; does nothing with NULL. */
void wsync_bundle_talk_end(struct wsync_bundle_talk *talk, struct wsync_bundle_spoken *spoken);

/* The same from its beginning to its end. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_speak(const struct wsync_bundle_speech *speech,
                                                 struct wsync_bundle_out *out,
                                                 struct wsync_bundle_spoken *spoken,
                                                 struct wsync_error *error);

/* Lets a ward hear an answer, part after part up to the first that is not whole, whose number
 * goes into `*broken` (0: all are whole). */
WSYNC_MUST_USE enum wsync_err wsync_bundle_hear(const struct wsync_bundle_speech *speech,
                                                struct wsync_bundle_in *in, uint32_t *broken,
                                                struct wsync_bundle_spoken *spoken,
                                                struct wsync_error *error);

#endif
