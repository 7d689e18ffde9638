/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.h: this device gets new keys (wardsync/rotation.h, next_key.h).
 *
 * First the new keys are on disk, then the store says that they write; the roster says when
 * they take the place of the ones before.  A crash between any two of these leaves a device
 * that works: under the old keys, or under the new ones. */
#ifndef WARDSYNC_HOST_ROTATE_H
#define WARDSYNC_HOST_ROTATE_H

#include "host/site.h"
#include "wardsync/rotation.h"

/* Begins one, unless one waits already: then OK and `*began` false.  The site signs with the
 * new key from then on. */
WSYNC_MUST_USE enum wsync_err wsync_rotate_begin(struct wsync_site *site, bool *began,
                                                 struct wsync_error *error);

/* Begins one when the district asked for it and none waits.  Nothing to do is OK, and so is
 * what cannot be done now. */
WSYNC_MUST_USE enum wsync_err wsync_rotate_if_asked(struct wsync_site *site, bool *began,
                                                    struct wsync_error *error);

/* Whose the signing key is, for a store that cannot say so: written before a rotation, with the
 * key that will need it.  `*device` stays as it is when no note is about `key`. */
WSYNC_MUST_USE enum wsync_err wsync_rotate_note(const struct wsync_site *site,
                                                const struct wsync_signing_key *key,
                                                struct wsync_error *error);
void wsync_rotate_noted(const struct wsync_site *site, const struct wsync_signing_key *key,
                        struct wsync_device_id *device);

#endif
