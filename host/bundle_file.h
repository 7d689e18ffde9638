/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_file.h: a bundle on a stick (wardsync/bundle.h): written part by part beside its name
 * and put there whole and durable, read part by part from a file that may be anything.
 *
 * A reader opens a regular file only, follows no link, fixes the size when it opens, and holds
 * one part in memory.  Errors come with one sentence that names the path. */
#ifndef WARDSYNC_HOST_BUNDLE_FILE_H
#define WARDSYNC_HOST_BUNDLE_FILE_H

#include "host/site.h"
#include "wardsync/bundle.h"

/* Frames that ask for the answer: as many as one batch takes behind its start. */
enum { WSYNC_BUNDLE_REQUESTS_MAX = WSYNC_PUMP_EVENTS_MAX - 1 };

/* ---- writing ---- */

struct wsync_bundle_out {
    char path[WSYNC_SITE_PATH_BYTES], draft[WSYNC_SITE_PATH_BYTES];
    int fd; /* of the draft; -1: none */
    struct wsync_bundle_key key;
    struct wsync_bundle_manifest manifest;
    uint8_t plain[WSYNC_BUNDLE_PLAIN_BYTES], part[WSYNC_BUNDLE_PART_BYTES];
    size_t used; /* of the plain bytes of the part that is being filled */
    uint32_t parts_max;
    uint64_t frames;
    enum wsync_err err; /* of a frame that could not be added: sticks */
    struct wsync_error error;
};

struct wsync_bundle_to {
    const char *path; /* "-": stdout, once all of it is there */
    bool over; /* may take the place of what stands there */
    const struct wsync_transport_key *receiver;
    uint32_t parts_max; /* 0: as many as a bundle may have */
};
/* Begins a draft beside the path (F.new-XXXXXX), sealed to the receiver; one that a killed
 * program left for the same path goes, and a signal that ends this program takes it along.
 * EXISTS when something stands there already. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_out_begin(struct wsync_bundle_out *out,
                                                     const struct wsync_bundle_to *to,
                                                     struct wsync_bundle_header *header,
                                                     struct wsync_error *error);
/* Adds a frame; a failure is in `out->err` and told by `end`. */
void wsync_bundle_out_add(struct wsync_bundle_out *out, struct wsync_slice frame);
/* Does what one flush of a session may say certainly fit in? */
bool wsync_bundle_out_has_room(const struct wsync_bundle_out *out);
/* Puts on the disk what was written so far, so that the end does not have to wait for all. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_out_sync(struct wsync_bundle_out *out,
                                                    struct wsync_error *error);
/* Writes the manifest, all of it durably, and puts it at its path. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_out_end(struct wsync_bundle_out *out,
                                                   const struct wsync_signing_secret *secret,
                                                   struct wsync_error *error);
/* Forgets a draft that was not ended, and the key. */
void wsync_bundle_out_fini(struct wsync_bundle_out *out);
/* Clears the drafts in a folder that nobody writes any more, of the file of this name (NULL: of
 * any); what is no draft stays, and what cannot be cleared. */
void wsync_bundle_out_clear(const char *folder, const char *name);
uint64_t wsync_bundle_out_bytes(const struct wsync_bundle_out *out);

/* ---- reading ---- */

struct wsync_bundle_in {
    char path[WSYNC_SITE_PATH_BYTES];
    int fd;
    uint64_t size; /* when it was opened */
    uint8_t head[WSYNC_BUNDLE_HEADER_BYTES];
    struct wsync_bundle_header header;
    struct wsync_bundle_key key;
    struct wsync_bundle_manifest manifest;
    enum wsync_err manifest_err; /* why there is none */
    uint32_t part_count;         /* behind the manifest: as it says, else by the size */
    uint8_t plain[WSYNC_BUNDLE_PLAIN_BYTES], part[WSYNC_BUNDLE_PART_BYTES];
};

/* Opens a file and reads its header.  BUNDLE for what is no regular file or no bundle,
 * OVERSIZE, VERSION, and as file.h says. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_in_open(struct wsync_bundle_in *in, const char *path,
                                                   struct wsync_error *error);
/* Does it begin like a bundle?  False also when it cannot be read. */
bool wsync_bundle_is(const char *path);
/* Opens the sealing with the receiver's secret and reads the manifest; BUNDLE when the file is
 * for another one.  A damaged manifest is no error here. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_in_unlock(struct wsync_bundle_in *in,
                                                     const uint8_t *secret,
                                                     struct wsync_error *error);
/* Reads part `number` (from 1) into `plain`: GAP when the file ends before it, BUNDLE when it
 * is damaged or not the one that was signed. */
WSYNC_MUST_USE enum wsync_err wsync_bundle_in_part(struct wsync_bundle_in *in,
                                                   uint32_t number, struct wsync_error *error);
/* Has the file another size than when it was opened, or bytes that belong to no part? */
bool wsync_bundle_in_is_odd(const struct wsync_bundle_in *in);
void wsync_bundle_in_close(struct wsync_bundle_in *in);

#endif
