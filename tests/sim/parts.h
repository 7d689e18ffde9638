/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: what the parts of the simulator share.
 *
 * node.c runs a program, link.c carries frames, people.c writes records, office.c does what the
 * district's staff does, roster.c follows its roster, harm.c turns faults on, back.c puts old
 * disks in place, evil.c and rogue.c lie, check.c holds the invariants, compare.c asks the
 * reference, tlog.c and photos.c look after the transparency log and attachments. */
#ifndef WARDSYNC_TESTS_SIM_PARTS_H
#define WARDSYNC_TESTS_SIM_PARTS_H

#include "tests/sim/world.h"

/* ---- node.c ---- */

/* Makes node `number` of the world with the keys of number `key`, not enrolled. */
void sim_node_init(struct sim_world *world, size_t number, uint32_t key, uint32_t scope);
void sim_node_fini(struct sim_node *node);

/* Runs a batch through the node's pump; a machine that lost power in it starts again. */
void sim_node_run(struct sim_node *node, const struct wsync_pump_event *events, size_t count);

/* The machine starts: sessions and memory are gone, the disk is what it was. */
void sim_node_restart(struct sim_node *node);

/* Starts again if power was lost. */
void sim_node_revive(struct sim_node *node);

/* Sets the program's clock to the world's time. */
void sim_node_tell_time(struct sim_node *node);

size_t sim_node_index(const struct sim_node *node);

/* ---- link.c ---- */

/* The device connects and its session starts; false when it may not yet or no line is free. */
bool sim_link_connect(struct sim_node *ward);

/* A program says something: the network takes it with this seed's faults. */
void sim_link_send(struct sim_node *from, const struct wsync_session *session,
                   struct wsync_slice frame);

/* The program at one end closes. */
void sim_link_close(struct sim_node *node, const struct wsync_session *session);

/* A machine went down: its ends close, what was under way to it is lost, and the last of what
 * it said may be. */
void sim_link_drop(struct sim_node *node);

/* The line is cut: both ends hear of it, frames are lost. */
void sim_link_cut(struct sim_link *link);

/* Delivers some of what is under way to one side; false when nothing is. */
bool sim_link_deliver(struct sim_world *world, enum sim_end end);

/* Time passes; sessions whose deadline it reaches get a tick. */
void sim_time_pass(struct sim_world *world, int64_t ms);

/* The nearest deadline of a session or end of a wait, INT64_MAX when there is none. */
int64_t sim_time_next(const struct sim_world *world);

/* Is any line in use? */
bool sim_link_any(const struct sim_world *world);

/* The link whose ward end is this device's, NULL when it has none open. */
struct sim_link *sim_link_of(struct sim_node *ward);

void sim_link_clear(struct sim_world *world);

/* ---- people.c and office.c ---- */

/* Somebody at the node does something to a record of a scope. */
void sim_people_write(struct sim_node *node, uint32_t scope);

void sim_office_found(struct sim_world *world);
void sim_office_publish(struct sim_world *world); /* the next form version */
void sim_office_enrol(struct sim_node *device);
void sim_office_invite(struct sim_node *device);
void sim_office_revoke(struct sim_node *device);
void sim_office_suspend(struct sim_node *device);
void sim_office_resume(struct sim_node *device);
void sim_office_renew(struct sim_node *device);    /* a revoked one gets new keys, a new disk */
void sim_office_adopt(struct sim_world *world);    /* something quarantined */
void sim_office_overturn(struct sim_world *world); /* which branch of a log stands */

/* ---- keys.c ---- */

void sim_keys_init(struct sim_node *node);
bool sim_keys_rejoin(struct sim_node *node, uint32_t key); /* with its disk, as another one */
void sim_keys_rotate(struct sim_node *node);               /* it asks for new ones, if it may */
void sim_keys_choose(struct sim_node *node); /* which of its keys serve, as its store says */
/* The one to dial under: an older one where the district does not know of the newest. */
const struct wsync_transport_key *sim_keys_dial(const struct sim_node *node);

/* ---- roster.c ---- */

uint64_t sim_roster_of(const struct sim_node *node); /* its version */

/* Does the district hold all that anybody holds?  Else whoever issues a statement forks it. */
bool sim_roster_is_whole(struct sim_world *world);

/* Does the holder's roster name the device? */
bool sim_roster_names(struct sim_node *holder, const struct sim_node *device);

/* The node's disk went back behind a statement: what nobody holds any more never was. */
void sim_roster_went_back(struct sim_node *node);

/* Brings the district by hand what only devices hold that it does not know. */
void sim_roster_carry(struct sim_world *world);

/* ---- check.c, holdings.c and compare.c ---- */

/* The durable store of a node in a transaction for looking. */
struct sim_view {
    struct wsync_store *store;
    struct wsync_txn *txn;
};

struct sim_view sim_view_open(const struct sim_node *node, enum wsync_txn_mode mode);
void sim_view_close(struct sim_view *view);

/* Reads again what the node's disk holds: what it wrote itself goes into the book, anything
 * else must be in it; nothing that was there is gone. */
void sim_holdings_read(struct sim_node *node);

/* Does the disk hold the change, on the log or aside, as last read? */
bool sim_holds(const struct sim_node *node, uint16_t change);

/* The last change of the log, SIM_NONE when it holds none. */
uint16_t sim_holds_last(const struct sim_node *node, uint16_t log);

void sim_holdings_tell(struct sim_world *world); /* prints who holds what of each log */

/* What is said must be durable here [invariant 2]. */
void sim_check_said(struct sim_node *node, const struct wsync_session *session,
                    struct wsync_slice frame);

/* What must hold after every step of a node. */
void sim_check_step(struct sim_node *node);

/* Chains, seals, rights: the whole of every log. */
void sim_check_logs(struct sim_node *node);
bool sim_logs_verify(struct sim_node *node);

/* The state against the reference; leaves it in the world's `state`. */
void sim_compare(struct sim_node *node);

/* The ward's session ended well: the district holds what it had at Hello. */
void sim_check_success(struct sim_link *link, struct sim_node *ward);

#endif
