/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h: what the fuzz targets share: the cursor over an input, an arena, and the world that
 * inputs are given to.
 *
 * A target is tests/fuzz/fuzz_<name>.c: LLVMFuzzerTestOneInput.  `make fuzz` links it
 * with libFuzzer, `make test` with replay.c, which runs the corpus.  Every failure is an
 * assertion or a sanitizer's report. */
#ifndef WARDSYNC_TESTS_FUZZ_H
#define WARDSYNC_TESTS_FUZZ_H

#include "tests/blobs_mem.h"
#include "tests/forge.h"
#include "tests/photos.h"

/* What libFuzzer and replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes `len` bytes, or what is left, from the front of the input. */
struct wsync_slice fuzz_take(struct wsync_slice *input, size_t len);

/* An empty arena over one static block. */
struct wsync_arena *fuzz_arena(void);

/* The input of targets that hear frames is a sequence of pieces: two bytes, big-endian, whose
 * upper two bits are the kind and whose lower 14 the length, then the bytes.
 * A fuzzer cannot guess a signature, so the world signs for it: it plays an enrolled device. */
enum fuzz_kind {
    FUZZ_RAW = 0,    /* a frame as it is */
    FUZZ_SEALED = 1, /* a frame; a change-set in it is chained and sealed anew */
    FUZZ_APPEND = 2, /* the same, moved to the end of the device's log */
    FUZZ_PUBLIC = 3, /* the public part of one change, appended to the device's log */
};

struct fuzz_piece {
    enum fuzz_kind kind;
    struct wsync_slice bytes;
};

/* False at the end of the input. */
bool fuzz_next(struct wsync_slice *input, struct fuzz_piece *piece);

/* A district (unit 1) with REPLICA_FORM, PHOTOS_FORM and two enrolled devices, made once and
 * never changed.  It holds a log of `ward` (unit 2) with FUZZ_HELD changes and nothing of
 * `other` (unit 3).
 *
 * Photos are told by a number: that of all units and that of unit 3 are at the district, that
 * of the log of `ward` it wants. */
enum { FUZZ_SEED = 1, FUZZ_HELD = 3, FUZZ_VERSION = 3 };
enum fuzz_photo { FUZZ_PHOTO_TOP = 1, FUZZ_PHOTO_OTHER, FUZZ_PHOTO_WARD, FUZZ_PHOTO_OWN };
enum { FUZZ_PHOTO_BYTES = 4100 }; /* two chunks */

struct fuzz_world {
    struct installation installation;
    struct replica district; /* the one each input is given to, in a copy of `kept` */
    struct wsync_store *kept;
    struct wsync_store *met; /* of the district when it had met the ward of fuzz_world_ward */
    struct wsync_blobs *kept_photos;
    struct replica ward, other;
    struct forge log;    /* of `ward`, with changes that the district does not hold yet */
    struct forge honest; /* of `other`, new to the district */

    /* Whom the frames are for and who signs them: the district and `ward`, unless a target says
     * otherwise. */
    struct replica *hearer;
    const struct wsync_identity *signer;
    struct wsync_log_id signed_log; /* at whose end FUZZ_APPEND and FUZZ_PUBLIC append */
};

/* The world with its district as it was when made; the caller may choose another hearer. */
struct fuzz_world *fuzz_world_fresh(void);

/* Makes the ward what it was when it had met the district and had written since, with a photo
 * of its own (FUZZ_PHOTO_OWN).  Its store is a new one. */
void fuzz_world_ward(struct fuzz_world *world);

/* Its name as a record says it. */
struct wsync_blob_value fuzz_photo_value(enum fuzz_photo number);

/* Is it whole at the replica?  What is there must be what its name says. */
bool fuzz_has_photo(struct replica *replica, enum fuzz_photo number);

/* The frame that a piece stands for, in the arena, given what the district holds now. */
struct wsync_slice fuzz_frame(struct fuzz_world *world, const struct fuzz_piece *piece,
                              struct wsync_arena *arena);

#endif
