/* SPDX-License-Identifier: Apache-2.0 */
/* limits_format.h: the bounds of what is signed: identifiers, changes, roster, forms.  Once a
 * change was written under one of them it holds for ever; the others are in limits.h. */
#ifndef WARDSYNC_LIMITS_FORMAT_H
#define WARDSYNC_LIMITS_FORMAT_H

enum {
    /* Sizes of identifiers and keys. */
    WSYNC_HASH_BYTES = 32,
    WSYNC_HASH_PREFIX_BYTES = 16,
    WSYNC_LOG_ID_BYTES = 16,
    WSYNC_DEVICE_ID_BYTES = 16,
    WSYNC_INSTANCE_ID_BYTES = 16,
    WSYNC_INVITE_ID_BYTES = 16,
    WSYNC_PUBLIC_KEY_BYTES = 32,
    WSYNC_SECRET_KEY_BYTES = 64,
    WSYNC_SIGNATURE_BYTES = 64,
    WSYNC_SALT_BYTES = 16,
    WSYNC_PREVIOUS_BYTES = 8,

    /* The signed format. */
    WSYNC_FORMAT_VERSION = 1,
    WSYNC_PAYLOAD_BYTES_MAX = 8192,
    WSYNC_PAYLOAD_AUTHORED_BYTES_MAX = 7936, /* of a new change: it may be written again */
    WSYNC_BRANCHES_MAX = 4,                  /* of one log that are kept as evidence */
    WSYNC_PATHS_MAX = 8, /* of one log: itself, and branches of others and of this store */
    WSYNC_OPERATIONS_MAX = 64,
    WSYNC_FIELDS_MAX = 128,
    WSYNC_BASES_MAX = 256,
    WSYNC_LIST_ITEMS_MAX = 64,
    WSYNC_TEXT_BYTES_MAX = 7168,
    WSYNC_FIELD_NUMBER_MAX = 4095,
    WSYNC_REFERENCES_PER_CHANGE_MAX = 16,
    WSYNC_REFERENCES_PER_LOG_MAX = 65535,
    WSYNC_EXTENSIONS_MAX = 8,
    WSYNC_EXTENSION_BYTES_MAX = 1024,
    WSYNC_GENESIS_BYTES_MAX = 256,
    WSYNC_CHANGE_WRITES_MAX = 256,
    WSYNC_RECORD_VALUES_MAX = 512,   /* live values of one record */
    WSYNC_RECORD_BYTES_MAX = 131072, /* its stored row, before a change is added */

    /* Roster. */
    WSYNC_STATEMENT_BYTES_MAX = 4096,
    WSYNC_STATEMENT_SCOPES_MAX = 16,
    WSYNC_STATEMENT_PINS_MAX = 56,
    WSYNC_STATEMENT_FORMS_MAX = 32,
    WSYNC_STATEMENT_SIGNATURES_MAX = 16,
    WSYNC_ROSTER_VERSIONS_MAX = 65536,
    WSYNC_ROOT_KEYS_MAX = 8,
    WSYNC_AUTHORITY_STATEMENTS_MAX = 16, /* statements with a root: what a Grant carries */
    WSYNC_AUTHORITY_BYTES_MAX = 13312,   /* of them with their signatures */
    WSYNC_SIGNATURE_WEIGHT_BYTES = 102,  /* of a signature there, with its key */
    WSYNC_STATEMENT_WEIGHT_BYTES = 8,    /* of a statement there, beyond its bytes */
    WSYNC_DEVICE_KEYS_MAX = 16,
    WSYNC_PREDECESSORS_MAX = 8,
    WSYNC_ENDPOINTS_MAX = 2,
    WSYNC_DEVICE_NAME_BYTES_MAX = 64,
    WSYNC_ADDRESSES_MAX = 4,
    WSYNC_ADDRESS_BYTES_MAX = 128,

    /* Forms and units. */
    WSYNC_FORM_FIELDS_MAX = 96,
    WSYNC_FORM_CHOICES_MAX = 256,
    WSYNC_NAME_BYTES_MAX = 64,
    WSYNC_UNIT_DEPTH_MAX = 8,
    WSYNC_DECIMAL_DIGITS_MAX = 9,
};

#endif
