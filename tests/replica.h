/* SPDX-License-Identifier: Apache-2.0 */
/* replica.h: one side of the system in memory, for tests and the simulator: a store, a device,
 * the ledger and the pump, driven by the same core as the programs. */
#ifndef WARDSYNC_TESTS_REPLICA_H
#define WARDSYNC_TESTS_REPLICA_H

#include "wardsync/desk.h"
#include "wardsync/ledger.h"
#include "wardsync/pump.h"

enum { REPLICA_TOP = 1, REPLICA_FORM = 16 };

struct replica {
    struct wsync_store *store;
    struct wsync_identity identity;
    struct wsync_transport_key transport;
    struct wsync_transport_key next_transport; /* once the roster names it */
    struct wsync_catalog *catalog;
    struct wsync_ledger ledger;
    struct wsync_arena arena;
    uint32_t scope;
    int64_t now;    /* its clock, seconds since 1970 */
    uint64_t draws; /* entropy drawn so far */
    bool keeps_log; /* a district that gives receipts */
};

/* The keys of an installation: derived from `seed`, so equal seeds give equal bytes. */
struct installation {
    struct wsync_root root; /* one key, and the registrar's */
    struct wsync_signing_secret root_secret;
    struct wsync_desk desk; /* the registrar's secret, and the log's */
    struct wsync_district district;
    struct wsync_instance_id instance;
};

void installation_init(struct installation *installation, uint64_t seed);

/* A device with keys derived from (seed, number) over `store`, which it owns. */
void replica_init(struct replica *replica, struct wsync_store *store, uint64_t seed,
                  uint32_t number, uint32_t scope);
void replica_fini(struct replica *replica);

/* What a program does first with a store, which an older one may have made; init does it. */
void replica_bring_up_to_date(struct replica *replica);

/* What a first statement says of the installation and its district's device; `scope` is that
 * of `district`. */
struct wsync_statement installation_statement(const struct installation *installation,
                                              const struct replica *district);

/* Makes the district: first statement, its own device, one form (REPLICA_FORM version 1: 1
 * date, 2 count summed, 3 kind counted, 4 note, 5 name personal, 6 tags choices counted). */
void replica_found(struct replica *district, const struct installation *installation);

/* Begins the district's transparency log, or another tree of it: it gives receipts from now on.
 */
void replica_open_log(struct replica *district, const struct installation *installation);

/* Enrols the ward's device in the district's roster. */
void replica_enrol(struct replica *district, const struct installation *installation,
                   const struct replica *ward);

/* The same on terms of its own; zeros and NULL: a clerk without a quota, in nobody's place. */
struct replica_terms {
    enum wsync_role role;
    uint32_t quota;
    const struct wsync_device_id *predecessor;
};
void replica_enrol_on(struct replica *district, const struct installation *installation,
                      const struct replica *ward, const struct replica_terms *terms);

/* Has the registrar sign a statement, which the district takes in a transaction of its own. */
void replica_issue(struct replica *district, const struct installation *installation,
                   struct wsync_statement *statement);

/* Gives the device its next keys, the `generation`th, and nobody else anything yet: from here
 * on it writes with the new signing key, and the old one is gone. */
void replica_rotate(struct replica *replica, uint32_t generation);
/* Dials under the key that the roster names from here on, as a host does before each session.
 */
void replica_follow_roster(struct replica *replica);

/* Writes one change with these intents in a transaction of its own. */
enum wsync_err replica_write(struct replica *replica, uint32_t scope,
                             const struct wsync_intent *intents, size_t count,
                             struct wsync_dot *written);

/* The district publishes the form, in its first version. */
void replica_define(struct replica *district, const struct wsync_form *form);

/* Creates a record of REPLICA_FORM. */
enum wsync_err replica_create(struct replica *replica, int32_t day, int64_t count, int64_t kind,
                              struct wsync_dot *written);

/* Sets field 2 of a record, naming what is shown there now. */
enum wsync_err replica_set_count(struct replica *replica, struct wsync_dot record,
                                 int64_t count);

/* Writes one field, naming these dots. */
enum wsync_err replica_set_field(struct replica *replica, struct wsync_dot record,
                                 const struct wsync_write *write, const struct wsync_dot *bases,
                                 size_t base_count);

/* Deletes a record, naming every live dot. */
enum wsync_err replica_delete(struct replica *replica, struct wsync_dot record);

/* The state digest of one scope (0: all), settled first. */
struct wsync_hash replica_digest(struct replica *replica, uint32_t scope);

/* Builds the whole state anew from the raw log in another store and gives its digest. */
struct wsync_hash replica_recomputed_digest(struct replica *replica, uint32_t scope);

/* The same record in another replica, by log id. */
struct wsync_dot replica_dot_at(struct replica *from, struct wsync_dot dot, struct replica *to);

/* Runs one whole session between two replicas over a perfect link; the ward's result. */
enum wsync_err replica_sync(struct replica *ward, struct replica *district,
                            const struct installation *installation,
                            struct wsync_session_counts *counts);

/* The head that an Ack said in the session states of the log that Hello named; seq 0: none. */
struct wsync_head replica_acked(struct wsync_txn *txn, const struct wsync_session *session,
                                const struct wsync_ack *ack);

struct wsync_entropy replica_entropy(struct replica *replica);

/* Its clock and fresh entropy, for what the ledger writes in the next run. */
void replica_tell_moment(struct replica *replica);

/* How often the replica went back, as it says. */
uint64_t replica_epoch(struct replica *replica);

#endif
