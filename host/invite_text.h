/* SPDX-License-Identifier: Apache-2.0 */
/* invite_text.h: an invite as a line a person can send: "wardsync-invite-1:" and hex. */
#ifndef WARDSYNC_HOST_INVITE_TEXT_H
#define WARDSYNC_HOST_INVITE_TEXT_H

#include <stdio.h>

#include "host/html.h"
#include "host/link.h"
#include "wardsync/enrol.h"

enum { WSYNC_INVITE_TEXT_BYTES = 2048 };

/* INVALID when it does not fit. */
WSYNC_MUST_USE enum wsync_err wsync_invite_print(const struct wsync_invite *invite,
                                                 struct wsync_arena *arena,
                                                 char text[WSYNC_INVITE_TEXT_BYTES]);

/* Shows one as a QR code (qr.h): in capitals, which a code holds best. */
WSYNC_MUST_USE enum wsync_err wsync_invite_qr(const char *text, bool color, FILE *out,
                                              struct wsync_error *error);
WSYNC_MUST_USE enum wsync_err wsync_invite_svg(const char *text, const char *label,
                                               struct wsync_html *html,
                                               struct wsync_error *error);

/* Reads one, blanks around it and capitals allowed; INVITE with a sentence when it is none. */
WSYNC_MUST_USE enum wsync_err wsync_invite_parse(const char *text, struct wsync_arena *arena,
                                                 struct wsync_invite *invite,
                                                 struct wsync_error *error);

/* The one-time key pair of an invite. */
struct wsync_transport_pair wsync_invite_pair(const struct wsync_invite *invite);

#endif
