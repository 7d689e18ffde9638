/* SPDX-License-Identifier: Apache-2.0 */
/* forge.h: one log written by hand: what an honest device writes, and what none ever would.
 *
 * A forge keeps a log outside of any store: genesis, changes, chain hashes.  Tests cut runs out
 * of it, sealed, and change what they like before they deliver them. */
#ifndef WARDSYNC_TESTS_FORGE_H
#define WARDSYNC_TESTS_FORGE_H

#include "tests/replica.h"
#include "wardsync/verdict.h"

enum { FORGE_CHANGES_MAX = 64 };

struct forge {
    struct wsync_identity identity;
    struct wsync_genesis genesis;
    struct wsync_slice genesis_bytes;
    struct wsync_log_id log;
    struct wsync_raw_change changes[FORGE_CHANGES_MAX + 1]; /* by seq, from 1 */
    struct wsync_hash hashes[FORGE_CHANGES_MAX + 1];        /* by seq, from 0 */
    uint64_t seq;
    struct wsync_arena arena;
};

/* A log of the replica's device in `scope`, opened under `roster_version`.  `salt` makes
 * several logs of one device differ. */
void forge_init(struct forge *forge, const struct replica *as,
                const struct installation *installation, uint64_t roster_version, uint8_t salt);
void forge_fini(struct forge *forge);

/* Encodes `forge->genesis` anew, after a test changed it; drops all changes. */
void forge_open(struct forge *forge);

/* Loads a whole log that the replica's store holds; `as` is its author. */
void forge_load(struct forge *forge, struct replica *from, const struct replica *as,
                const struct wsync_log_id *log);

/* Appends a change and gives its seq. */
uint64_t forge_add_raw(struct forge *forge, const struct wsync_raw_change *raw);
uint64_t forge_add_draft(struct forge *forge, const struct wsync_draft *draft);
uint64_t forge_add(struct forge *forge, const struct wsync_operation *operation);
/* A record of REPLICA_FORM. */
uint64_t forge_create(struct forge *forge, int32_t day, int64_t count, int64_t kind);
/* One whose note of `note_bytes` times this letter makes its change large. */
uint64_t forge_create_large(struct forge *forge, char letter, size_t note_bytes);

/* The run from `first` to `last` with its seal; its changes are the caller's to change until
 * the next call of any forge function. */
struct wsync_change_set forge_set(struct forge *forge, uint64_t first, uint64_t last);
/* Seals the set as it is now, by the forge's device. */
void forge_seal(struct forge *forge, struct wsync_change_set *set);

/* How another log names this one up to `seq`. */
struct wsync_reference forge_reference(const struct forge *forge, uint64_t seq);

/* Gives the set to the replica's ledger in a transaction of its own, which is committed
 * whatever the answer unless it is an error of the store. */
enum wsync_err forge_give(struct replica *to, const struct wsync_change_set *set);

/* Lets waiting changes of the replica settle. */
void forge_settle(struct replica *replica);

/* The district passes a verdict on a change of a log of `scope` and lets it settle. */
void forge_pass(struct replica *district, uint32_t scope, const struct wsync_verdict *verdict);

/* A store with this roster and nothing else, for deliveries. */
void forge_reader(struct replica *reader, struct replica *district);

/* A hash of every table, key and value that the store holds. */
struct wsync_hash forge_image(struct wsync_store *store);

/* Field numbers of REPLICA_FORM. */
enum { FORGE_DAY = 1, FORGE_COUNT = 2, FORGE_KIND = 3, FORGE_NOTE = 4, FORGE_TAGS = 6 };

struct wsync_write forge_integer(uint32_t field, int64_t value);

#endif
