/* SPDX-License-Identifier: Apache-2.0 */
/* enrol.h: invites, and how a new device becomes a member of the roster (SPEC section 7.6).
 *
 * The invite carries a one-time transport key that admits exactly one message, Enrol.  The new
 * device makes its keys itself; the district writes its enrolment and uses up the invite in one
 * transaction.  The same keys again get the same answer, so a lost reply strands nobody. */
#ifndef WARDSYNC_ENROL_H
#define WARDSYNC_ENROL_H

#include "wardsync/desk.h"
#include "wardsync/message.h"

/* What the admin hands over. */
struct wsync_invite {
    struct wsync_invite_id id;
    struct wsync_instance_id instance;
    struct wsync_transport_key server_key;
    uint8_t secret[32]; /* one-time Curve25519 secret key */
    struct wsync_slice addresses[WSYNC_ADDRESSES_MAX];
    size_t address_count;
    uint32_t scope;
    struct wsync_slice name; /* of the device */
};

/* What a new device may do, beside its unit. */
struct wsync_place {
    enum wsync_role role;                      /* 0: clerk */
    uint32_t quota;                            /* changes a day; 0: none */
    uint32_t forms[WSYNC_STATEMENT_FORMS_MAX]; /* INSPECTOR: ascending */
    size_t form_count;
    bool has_predecessor;
    struct wsync_device_id predecessor;
};

/* What the district keeps of it. */
struct wsync_invite_row {
    struct wsync_invite_id id;
    uint32_t scope;
    char name[WSYNC_DEVICE_NAME_BYTES_MAX + 1];
    struct wsync_place place;
    int64_t expires;       /* seconds since 1970 */
    uint64_t used_version; /* roster version that used it; 0: open */
};

/* An Enrol message as it came in. */
struct wsync_application {
    struct wsync_transport_key key; /* it came under this transport key */
    struct wsync_enrol enrol;
    int64_t now; /* seconds since 1970 */
};

/* The invite as bytes to be written as text by the host; MESSAGE or INVITE when they are not
 * one. */
WSYNC_MUST_USE enum wsync_err wsync_invite_encode(const struct wsync_invite *invite,
                                                  struct wsync_arena *arena,
                                                  struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_invite_decode(struct wsync_slice bytes,
                                                  struct wsync_arena *arena,
                                                  struct wsync_invite *invite);

/* The enrolment of `keys` (the two public keys stand in it) at a place of a unit; it points
 * into the place and the scope. */
void wsync_place_take(struct wsync_enrolment *keys, const struct wsync_place *place,
                      const uint32_t *scope);

/* Is the device what such an enrolment would make of it? */
bool wsync_place_is(const struct wsync_device *device, const struct wsync_place *place,
                    uint32_t scope);

/* Keeps or finds an invite by the public half of its one-time key.  NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_invite_put(struct wsync_txn *txn,
                                               const struct wsync_transport_key *key,
                                               const struct wsync_invite_row *row);
WSYNC_MUST_USE enum wsync_err wsync_invite_get(struct wsync_txn *txn,
                                               const struct wsync_transport_key *key,
                                               struct wsync_invite_row *row);

/* The invite behind `*key` (all zero: the first), which becomes its key; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_invite_after(struct wsync_txn *txn,
                                                 struct wsync_transport_key *key,
                                                 struct wsync_invite_row *row);

/* The new device's side: signs its keys for this invite. */
struct wsync_enrol wsync_enrol_sign(const struct wsync_invite *invite,
                                    const struct wsync_identity *identity,
                                    const struct wsync_transport_key *transport_key);

/* The district's side: checks, enrols, uses the invite up.  INVITE, SIGNATURE, ROSTER; BUSY
 * when the desk has no registrar's secret. */
WSYNC_MUST_USE enum wsync_err wsync_enrol_honour(struct wsync_txn *txn,
                                                 struct wsync_arena *arena,
                                                 const struct wsync_desk *desk,
                                                 const struct wsync_application *application,
                                                 struct wsync_grant *grant);

/* The new device's side: does an authority that begins with the installation the invite named
 * enrol these keys?  INSTANCE, SIGNATURE, ROSTER. */
WSYNC_MUST_USE enum wsync_err wsync_grant_check(const struct wsync_grant *grant,
                                                const struct wsync_instance_id *instance,
                                                const struct wsync_enrol *enrol,
                                                struct wsync_arena *arena);

#endif
