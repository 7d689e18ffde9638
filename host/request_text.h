/* SPDX-License-Identifier: Apache-2.0 */
/* request_text.h: a new device's request to be enrolled, as a file on a stick (SPEC section
 * 7.14).
 *
 *   wardsync enrolment request v1
 *   signing HEX      its public keys
 *   transport HEX
 *   name TEXT        what it would like to be called
 *   signature HEX    by the signing key
 *
 * It holds no secret and is bound to no district: whoever enrols it compares its fingerprint
 * with the one the device shows. */
#ifndef WARDSYNC_HOST_REQUEST_TEXT_H
#define WARDSYNC_HOST_REQUEST_TEXT_H

#include "host/fingerprint.h"
#include "wardsync/error.h"

enum { WSYNC_REQUEST_TEXT_BYTES = 512 };

struct wsync_request {
    struct wsync_signing_key signing_key;
    struct wsync_transport_key transport_key;
    char name[WSYNC_DEVICE_NAME_BYTES_MAX + 1];
    struct wsync_signature signature;
};

/* May a device be called so?  1 to DEVICE_NAME_BYTES_MAX bytes of text in one line; VALUE with
 * a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_request_name_check(const char *name,
                                                       struct wsync_error *error);

/* Signs the keys and the name that stand in `request`. */
void wsync_request_sign(struct wsync_request *request,
                        const struct wsync_signing_secret *secret);

/* What both sides show: it covers both keys, and not the name, which the district may change.
 */
struct wsync_fingerprint wsync_request_fingerprint(const struct wsync_request *request);

struct wsync_slice wsync_request_print(const struct wsync_request *request,
                                       char text[WSYNC_REQUEST_TEXT_BYTES]);

/* Reads one whole file.  MESSAGE with a sentence when it is none, VALUE for a name that is
 * none, SIGNATURE when the signing key did not sign it. */
WSYNC_MUST_USE enum wsync_err wsync_request_parse(struct wsync_slice text,
                                                  struct wsync_request *request,
                                                  struct wsync_error *error);

#endif
