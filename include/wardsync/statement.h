/* SPDX-License-Identifier: Apache-2.0 */
/* statement.h: the signed statements of the roster as structures and as bytes (SPEC 7.1).
 *
 * Decoding checks every rule that needs no store; authority.h says who must sign which
 * statement, roster.h takes them. */
#ifndef WARDSYNC_STATEMENT_H
#define WARDSYNC_STATEMENT_H

#include "wardsync/arena.h"
#include "wardsync/chain.h"
#include "wardsync/error.h"

enum wsync_role {
    WSYNC_ROLE_CLERK = 1,     /* writes the district's forms and staff in its scopes */
    WSYNC_ROLE_INSPECTOR = 2, /* writes chosen forms in every scope, reads all */
    WSYNC_ROLE_OFFICE = 3,    /* writes every form but verdicts in every scope, reads all */
    WSYNC_ROLE_AUDITOR = 4,   /* reads all, writes nothing */
    WSYNC_ROLE_NODE = 5,      /* the district's own device: every scope, every form */
};

/* Up to where changes of a log stay valid. */
struct wsync_pin {
    struct wsync_log_id log;
    uint64_t seq;
    struct wsync_hash hash;
};

/* Who signs from a statement on. */
struct wsync_root {
    struct wsync_signing_key keys[WSYNC_ROOT_KEYS_MAX]; /* ascending */
    size_t key_count;
    uint32_t threshold; /* 1 to key_count */
    struct wsync_signing_key registrar;
    int64_t expires; /* seconds since 1970: no enrolment is stamped later; 0: none */
};

struct wsync_endpoint {
    struct wsync_transport_key key;
    struct wsync_slice addresses[WSYNC_ADDRESSES_MAX];
    size_t address_count; /* 0: as they are known */
};

struct wsync_district {
    struct wsync_endpoint endpoints[WSYNC_ENDPOINTS_MAX]; /* the one to use first first */
    size_t endpoint_count;
    struct wsync_signing_key log_key;      /* signs checkpoints */
    struct wsync_transport_key bundle_key; /* Curve25519: opens bundles */
};

struct wsync_enrolment {
    struct wsync_signing_key signing_key;
    struct wsync_transport_key transport_key;
    enum wsync_role role;
    const uint32_t *scopes; /* ascending unit ids */
    size_t scope_count;
    struct wsync_slice name;
    uint32_t quota;        /* changes a day; 0: none */
    const uint32_t *forms; /* INSPECTOR: ascending */
    size_t form_count;
    bool has_predecessor;
    struct wsync_device_id predecessor;
};

struct wsync_revocation {
    struct wsync_device_id device;
    const struct wsync_pin *pins; /* ascending by log */
    size_t pin_count;
    bool suspend;
};

struct wsync_rotation {
    struct wsync_device_id device;
    struct wsync_signing_key signing_key; /* the new keys */
    struct wsync_transport_key transport_key;
    const struct wsync_pin *pins; /* ascending by log: where those of the key before end */
    size_t pin_count;
    struct wsync_signature old_signature, new_signature;
};

enum wsync_statement_kind {
    WSYNC_STATEMENT_FIRST, /* version 1: root, district and the district's own device */
    WSYNC_STATEMENT_ROOT,
    WSYNC_STATEMENT_DISTRICT,
    WSYNC_STATEMENT_ENROL,
    WSYNC_STATEMENT_REVOKE, /* or suspend */
    WSYNC_STATEMENT_ROTATE,
    WSYNC_STATEMENT_RESUME,
    WSYNC_STATEMENT_ASK, /* the device shall rotate its keys */
};

struct wsync_statement {
    struct wsync_instance_id instance;
    uint64_t version;
    bool has_previous;
    struct wsync_hash previous;
    int64_t stamp;
    enum wsync_statement_kind kind;
    struct wsync_root root;         /* FIRST, ROOT */
    struct wsync_district district; /* FIRST, DISTRICT */
    struct wsync_enrolment enrol;   /* FIRST, ENROL */
    struct wsync_revocation revoke;
    struct wsync_rotation rotate;
    struct wsync_device_id device; /* RESUME, ASK */
};

struct wsync_key_signature {
    struct wsync_signing_key key;
    struct wsync_signature signature;
};

struct wsync_signed_statement {
    struct wsync_slice statement;
    struct wsync_key_signature signatures[WSYNC_STATEMENT_SIGNATURES_MAX]; /* ascending */
    size_t signature_count;
};

/* INVALID for more of something than a statement may hold. */
WSYNC_MUST_USE enum wsync_err wsync_statement_encode(const struct wsync_statement *statement,
                                                     struct wsync_arena *arena,
                                                     struct wsync_slice *bytes);
/* OVERSIZE; MESSAGE when not canonical, ROSTER when a field breaks a rule.  Results live in the
 * arena. */
WSYNC_MUST_USE enum wsync_err wsync_statement_decode(struct wsync_slice bytes,
                                                     struct wsync_arena *arena,
                                                     struct wsync_statement *statement);
struct wsync_hash wsync_statement_hash(struct wsync_slice bytes);

/* A rotation by itself, as a device asks for it: as in a statement. */
WSYNC_MUST_USE enum wsync_err wsync_rotation_encode(const struct wsync_rotation *rotation,
                                                    struct wsync_arena *arena,
                                                    struct wsync_slice *bytes);
WSYNC_MUST_USE enum wsync_err wsync_rotation_decode(struct wsync_slice bytes,
                                                    struct wsync_arena *arena,
                                                    struct wsync_rotation *rotation);

#endif
