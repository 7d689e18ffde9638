/* SPDX-License-Identifier: Apache-2.0 */
/* note.h: a checkpoint as a C2SP signed note, read and checked (SPEC section 15.2): written
 * from that text alone, as tree.h. */
#ifndef WARDSYNC_VERIFY_NOTE_H
#define WARDSYNC_VERIFY_NOTE_H

#include "wardsync/ids.h"

enum { NOTE_TEXT_BYTES = 256 };

struct note {
    struct wsync_instance_id instance;
    struct wsync_checkpoint checkpoint;
    struct wsync_slice text; /* what is signed; points into what was read */
    uint8_t key_hash[4];
    struct wsync_signature signature;
};

/* False when the text is no such note. */
WSYNC_MUST_USE bool note_read(struct wsync_slice text, struct note *note);

/* Does its signature hold by this key? */
WSYNC_MUST_USE bool note_signed_by(const struct note *note,
                                   const struct wsync_signing_key *key);

/* The signed text of a checkpoint, in the caller's buffer. */
struct wsync_slice note_text(const struct wsync_instance_id *instance,
                             const struct wsync_checkpoint *checkpoint,
                             char text[NOTE_TEXT_BYTES]);

#endif
