/* SPDX-License-Identifier: Apache-2.0 */
/* serve_parcels.h: parcels at the district (SPEC section 20): taken in by the desk, and then
 * opened, taken and answered one at a time, a step (bundle_intake.h) a turn of the loop, so
 * that no ward waits for a parcel longer than for a step.
 *
 * What is known of a parcel is which files of it are here, by who handed it in; so whatever
 * ends the program, the next start goes on, and what was taken in part is taken again.
 *
 *   files             told       then
 *   none              UNKNOWN    bytes come: .part
 *   .part             PARTLY     the last byte came: .parcel, or, when it is not for this
 *                                district, none, and REFUSED is told
 *   .parcel           HELD       its turn came, step after step: .answer; no answer may be
 *                                given: none, and REFUSED is told once; the store refuses: it
 *                                stays, and is tried again behind the others, after
 *                                a minute when it refused each
 *   .parcel, .answer  ANSWERED   the program ended in between: .answer
 *   .answer           ANSWERED   who handed it in fetched it to its end: none
 *
 * That it was refused is remembered in memory alone: who did not hear of it hands it in again,
 * and is told again. */
#ifndef WARDSYNC_HOST_SERVE_PARCELS_H
#define WARDSYNC_HOST_SERVE_PARCELS_H

#include "host/bundle_intake.h"
#include "host/parcels.h"

struct wsync_serve_parcels {
    struct wsync_bundle_intake *intake; /* of the one under way; NULL: none */
    struct wsync_parcels_item item;     /* it, or the one that was under way last */
    bool waiting;                       /* there may be one that is whole */
    size_t failures;                    /* of the store, one parcel after the other */
    int64_t again_ms;                   /* it failed each: not before */
    int64_t longest_ms;                 /* of its steps */
    struct wsync_parcels_item refused[WSYNC_PARCELS_MAX]; /* and not told yet; oldest first */
    size_t refused_count;
};

struct wsync_server;
struct wsync_link_event;

/* A frame of a parcel (parcel.h), which is of no session. */
void wsync_serve_parcel(struct wsync_server *server, const struct wsync_link_event *event);

/* Is there a step to take now? */
bool wsync_serve_parcels_are_due(const struct wsync_server *server, int64_t now_ms);
/* Takes it. */
void wsync_serve_parcels_step(struct wsync_server *server, int64_t now_ms);
/* Leaves the one under way as it is; the next start begins it again. */
void wsync_serve_parcels_close(struct wsync_server *server);

#endif
