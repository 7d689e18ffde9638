/* SPDX-License-Identifier: Apache-2.0 */
/* photos.h: attachments in a schedule: who named which, what may be said of them, where they
 * must be in the end (SPEC section 18). */
#ifndef WARDSYNC_TESTS_SIM_PHOTOS_H
#define WARDSYNC_TESTS_SIM_PHOTOS_H

#include "tests/sim/parts.h"

enum { SIM_PHOTO_FIELD = 7 };

/* What somebody takes a photo of next; now and then one that was taken before. */
size_t sim_photos_next(struct sim_world *world);

/* Some photo of those that anybody ever named; SIM_PHOTOS before the first. */
size_t sim_photos_named(struct sim_world *world);

/* Somebody is about to name it. */
void sim_photos_note(struct sim_world *world, size_t photo);

/* What is said of photos is durable, true, and for this peer to know; no chunk before what is
 * counted.  [S18.8, S18.10, S18.11, S18.13, S18.17, S18.19] */
void sim_photos_check_said(struct sim_node *node, const struct wsync_session *session,
                           const struct wsync_message *message);

/* What a ward counts as held is held; nothing is taken that is not what its name says. */
void sim_photos_check_step(struct sim_node *node);

/* The names that the store holds are those of the world's `naming`, the reference's. */
void sim_photos_compare(struct sim_node *node, struct wsync_txn *txn);

/* What it named is at the district and what it ought to get is here.  Right behind
 * sim_compare. */
void sim_photos_check_end(struct sim_node *node);

/* The district's disk went back and held these before. */
uint64_t sim_photos_whole(const struct sim_node *node);
void sim_photos_went_back(struct sim_node *node, uint64_t before);

/* ---- link.c ---- */

/* The link of a session and its end. */
struct sim_link *sim_link_find(struct sim_world *world, const struct wsync_session *session,
                               enum sim_end *end);

#endif
