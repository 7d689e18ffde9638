/* SPDX-License-Identifier: Apache-2.0 */
/* parcels.h: the folder in which bundles wait that are handed on, and their answers.
 *
 *   DIR/parcels/ID-DEVICE.part     comes in, not whole; begun again after a restart
 *   DIR/parcels/ID-DEVICE.parcel   whole and durable, to be handed on
 *   DIR/parcels/ID-DEVICE.answer   what came back for it
 *
 * DEVICE is who handed it in: of a ward's own parcels, the ward itself.  Several processes may
 * use the folder; a name appears when the file is whole and durable. */
#ifndef WARDSYNC_HOST_PARCELS_H
#define WARDSYNC_HOST_PARCELS_H

#include "host/site.h"
#include "wardsync/parcel.h"

enum wsync_parcels_kind {
    WSYNC_PARCELS_PART,
    WSYNC_PARCELS_WHOLE,
    WSYNC_PARCELS_ANSWER,
    WSYNC_PARCELS_KINDS
};

struct wsync_parcels_item {
    struct wsync_bundle_id id;
    struct wsync_device_id device;
    enum wsync_parcels_kind kind;
    uint64_t size;
    int64_t time; /* when it was written last, seconds since 1970 */
};

/* More are neither kept nor looked at. */
struct wsync_parcels {
    struct wsync_parcels_item items[WSYNC_PARCELS_MAX];
    size_t count;
};

/* Makes the folder where it is missing and lists it. */
WSYNC_MUST_USE enum wsync_err wsync_parcels_list(const char *dir, struct wsync_parcels *parcels,
                                                 struct wsync_error *error);
/* Forgets what is incomplete, drafts that nobody writes any more too, and what is older than a
 * month. */
WSYNC_MUST_USE enum wsync_err wsync_parcels_tidy(const char *dir, int64_t now,
                                                 struct wsync_error *error);
/* The same while others hand in: of what is incomplete only what was left for an hour. */
WSYNC_MUST_USE enum wsync_err wsync_parcels_make_room(const char *dir, int64_t now,
                                                      struct wsync_error *error);
/* The item of that number and kind that the device handed in (NULL: anybody); NULL. */
const struct wsync_parcels_item *wsync_parcels_find(const struct wsync_parcels *parcels,
                                                    const struct wsync_bundle_id *id,
                                                    const struct wsync_device_id *device,
                                                    enum wsync_parcels_kind kind);
const char *wsync_parcels_path(const char *dir, const struct wsync_parcels_item *item,
                               char path[WSYNC_SITE_PATH_BYTES]);
/* Does nothing when it is gone. */
void wsync_parcels_remove(const char *dir, const struct wsync_parcels_item *item);

/* Adds bytes at `offset`, where the file ends; with the last of `size` bytes it becomes `as`,
 * durably, if it is a bundle of that number and kind, else BUNDLE, and it is gone. */
struct wsync_parcels_chunk {
    struct wsync_parcels_item item; /* a PART of what becomes: */
    enum wsync_parcels_kind as;
    uint64_t offset, size;
    struct wsync_slice bytes;
};
WSYNC_MUST_USE enum wsync_err wsync_parcels_add(const char *dir,
                                                const struct wsync_parcels_chunk *chunk,
                                                struct wsync_error *error);
/* Reads up to WSYNC_PARCEL_CHUNK_BYTES from `offset` on. */
WSYNC_MUST_USE enum wsync_err wsync_parcels_read(const char *dir,
                                                 const struct wsync_parcels_item *item,
                                                 uint64_t offset, uint8_t *out, size_t *len);

#endif
