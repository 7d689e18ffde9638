/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h: what every check of wardsync-verify works with: the root that is trusted, the first
 * thing that does not hold, and a ledger that takes signed messages as a stranger would.
 *
 * The ledger, merge and totals are those of the core, which are pure; the store under them
 * (store.h), the proofs (tree.h) and the checkpoints (note.h) are this program's own. */
#ifndef WARDSYNC_VERIFY_AUDIT_H
#define WARDSYNC_VERIFY_AUDIT_H

#include "wardsync/ledger.h"
#include "wardsync/message.h"

enum { AUDIT_TEXT_BYTES = 320, AUDIT_KEYS_MAX = WSYNC_ROOT_KEYS_MAX, AUDIT_LOG_KEYS_MAX = 256 };

/* Exit codes. */
enum { AUDIT_HOLDS = 0, AUDIT_FAILS = 1, AUDIT_USAGE = 64, AUDIT_DATA = 65, AUDIT_INPUT = 66 };

/* What the auditor knows by another way than the file: the instance id, or every root key of
 * the first statement with their threshold, which give the instance id. */
struct audit_trust {
    bool has_instance;
    struct wsync_instance_id instance;
    struct wsync_signing_key keys[AUDIT_KEYS_MAX];
    size_t key_count;
    uint32_t threshold;
};

/* The first thing that does not hold. */
struct audit_fault {
    int exit_code; /* AUDIT_FAILS, or why nothing could be checked */
    enum wsync_err code;
    const char *file;
    const char *unit; /* what `at` counts: "byte", "line"; NULL: the file as a whole */
    uint64_t at;
    char text[AUDIT_TEXT_BYTES];
};

/* Fills the fault and answers false. */
bool audit_fail(struct audit_fault *fault, enum wsync_err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The ledger that a file is given to. */
struct audit {
    struct audit_trust trust;
    struct wsync_instance_id instance; /* once the first statement is taken */
    struct wsync_store *store;
    struct wsync_txn *txn;
    struct wsync_ledger ledger;
    struct wsync_arena arena;
    struct wsync_signing_key log_keys[AUDIT_LOG_KEYS_MAX]; /* one after another */
    uint64_t log_keys_from[AUDIT_LOG_KEYS_MAX];            /* the statement that named each */
    size_t log_key_count;
    uint64_t statements, logs, changes, seals, receipts;
};

/* False when there is no memory. */
WSYNC_MUST_USE bool audit_open(struct audit *audit, const struct audit_trust *trust);
void audit_close(struct audit *audit);

/* Takes the statements of a Roster message; the first of all must be what is trusted. */
WSYNC_MUST_USE bool audit_roster(struct audit *audit, const struct wsync_statements *roster,
                                 struct audit_fault *fault);

/* Takes a change-set: its chain, seal and rights hold, and nothing before it is missing. */
WSYNC_MUST_USE bool audit_changes(struct audit *audit, const struct wsync_change_set *set,
                                  struct audit_fault *fault);

/* Merges what waited: the state and the totals are final behind it. */
WSYNC_MUST_USE bool audit_settle(struct audit *audit, struct audit_fault *fault);

/* Is the key one that the device has, or had before a rotation? */
bool audit_device_has_key(const struct wsync_device *device,
                          const struct wsync_signing_key *key);

/* Did a log key of the roster sign the checkpoint? */
struct note;
WSYNC_MUST_USE bool audit_note_is_signed(const struct audit *audit, const struct note *note);

/* The first digits of a log's id, as people name it. */
enum { AUDIT_NAME_BYTES = 9 };
const char *audit_log_name(const struct wsync_log_id *log, char name[AUDIT_NAME_BYTES]);

#endif
