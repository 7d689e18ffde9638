/* SPDX-License-Identifier: Apache-2.0 */
/* pin.h: what a person proves who he is with: a PIN or passphrase, kept as an Argon2id hash.
 *
 * A hash costs 64 MiB and about a tenth of a second, so it is made and checked in a command
 * and never in the process that shows pages. */
#ifndef WARDSYNC_HOST_PIN_H
#define WARDSYNC_HOST_PIN_H

#include "host/passphrase.h"
#include "host/site.h"

enum {
    WSYNC_PIN_HASH_BYTES = 128,
    WSYNC_PIN_WARD_BYTES_MIN = 6, /* digits, or any passphrase */
    WSYNC_PIN_DISTRICT_BYTES_MIN = 10,
    WSYNC_PIN_BYTES_MAX = 128,
};

/* With the parameters, as libsodium writes it, and a NUL. */
struct wsync_pin_hash {
    char text[WSYNC_PIN_HASH_BYTES];
};

/* Is it one that may be chosen?  VALUE, with a sentence in that language: too short or too
 * long, not legal text, or a PIN that is guessed first (all digits the same, or in a row). */
WSYNC_MUST_USE enum wsync_err wsync_pin_judge(const struct wsync_passphrase *pin,
                                              enum wsync_site_kind kind,
                                              enum wsync_language language,
                                              struct wsync_error *error);

/* MEMORY when the machine has not enough of it. */
WSYNC_MUST_USE enum wsync_err wsync_pin_hash_of(const struct wsync_passphrase *pin,
                                                struct wsync_pin_hash *hash);

/* Was the hash made of this?  An empty one is of nothing, and takes the same time. */
WSYNC_MUST_USE bool wsync_pin_is(const struct wsync_pin_hash *hash,
                                 const struct wsync_passphrase *pin);

/* Is it one that wsync_pin_is can check? */
WSYNC_MUST_USE bool wsync_pin_hash_is(const struct wsync_pin_hash *hash);

#endif
