/* SPDX-License-Identifier: Apache-2.0 */
/* What the district's staff does: founds the installation, publishes form versions, enrols,
 * invites and revokes devices. */
#include <string.h>

#include "core/branch.h"
#include "core/bytes.h"
#include "tests/sim/harm.h"
#include "tests/sim/parts.h"
#include "tests/sim/tlog.h"
#include "wardsync/verdict.h"

enum { FIELDS = 6 + SIM_FORM_VERSIONS_MAX };

/* Staff work at a time when the disk behaves; what it does is one transaction. */
static struct wsync_txn *begin(struct sim_node *district)
{
    struct wsync_txn *txn;
    sim_disk_heal(district->disk);
    sim_node_tell_time(district);
    WSYNC_ASSERT(wsync_store_begin(district->replica.store, WSYNC_TXN_WRITE, &txn) == WSYNC_OK);
    return txn;
}

static void commit(struct sim_node *district, struct wsync_txn *txn)
{
    WSYNC_ASSERT(wsync_txn_commit(txn) == WSYNC_OK);
    wsync_arena_release(&district->replica.arena, 0);
    sim_check_step(district);
}

/* The device may write from now on. */
static void enter(struct sim_node *device)
{
    struct sim_world *world = device->world;
    for (size_t i = 0; i < world->device_count; i++) {
        if (wsync_device_id_equal(&world->devices[i].id, &device->replica.identity.device)) {
            return; /* again: it was forgotten */
        }
    }
    WSYNC_ASSERT(world->device_count < SIM_DEVICES_MAX);
    world->devices[world->device_count++] = (struct sim_device){
        device->replica.identity.device, device->replica.scope, sim_node_index(device)};
}

/* Version `version` of the form: REPLICA_FORM's fields, a photo from 2 on, and one more summed
 * field a version. */
static struct wsync_slice define(struct sim_world *world, uint32_t version)
{
    static const struct wsync_choice CHOICES[] = {
        {1, {(const uint8_t *)"a", 1}, {(const uint8_t *)"a", 1}, {(const uint8_t *)"a", 1}},
        {2, {(const uint8_t *)"b", 1}, {(const uint8_t *)"b", 1}, {(const uint8_t *)"b", 1}}};
    static const enum wsync_type TYPES[] = {
        WSYNC_TYPE_DATE, WSYNC_TYPE_INTEGER, WSYNC_TYPE_CHOICE, WSYNC_TYPE_TEXT,
        WSYNC_TYPE_TEXT, WSYNC_TYPE_CHOICES, WSYNC_TYPE_PHOTO};
    static const char NAMES[] = "f1f2f3f4f5f6f7f8f9fa";
    struct wsync_field fields[FIELDS];
    for (uint32_t i = 0; i < FIELDS; i++) {
        struct wsync_slice name = wsync_slice(NAMES + 2 * (size_t)i, 2);
        enum wsync_type type = i < 7 ? TYPES[i] : WSYNC_TYPE_INTEGER;
        bool chosen = type == WSYNC_TYPE_CHOICE || type == WSYNC_TYPE_CHOICES;
        fields[i] = (struct wsync_field){.number = i + 1,
                                         .type = type,
                                         .name = name,
                                         .label_vi = name,
                                         .label_en = name,
                                         .personal = i == 4};
        fields[i].choices = chosen ? CHOICES : NULL;
        fields[i].choice_count = chosen ? 2 : 0;
        fields[i].aggregate = chosen                       ? WSYNC_AGGREGATE_COUNT
                              : type == WSYNC_TYPE_INTEGER ? WSYNC_AGGREGATE_SUM
                                                           : WSYNC_AGGREGATE_NONE;
    }
    const struct wsync_form form = {.number = REPLICA_FORM,
                                    .version = version,
                                    .name = wsync_slice_of("cleanup"),
                                    .title_vi = wsync_slice_of("c"),
                                    .title_en = wsync_slice_of("c"),
                                    .date_field = 1,
                                    .fields = fields,
                                    .field_count = 5 + version};
    struct wsync_slice definition;
    WSYNC_ASSERT(wsync_form_encode(&form, &world->arena, &definition, NULL) == WSYNC_OK);
    return definition;
}

void sim_office_found(struct sim_world *world)
{
    struct sim_node *district = &world->nodes[0];
    replica_found(&district->replica, &world->installation);
    if (world->keeps_log) {
        sim_tlog_open(district);
    }
    district->enrolled = true;
    enter(district);
    sim_check_step(district);
}

void sim_office_publish(struct sim_world *world)
{
    struct sim_node *district = &world->nodes[0];
    const struct wsync_form *newest;
    struct wsync_dot written;
    struct sim_view view = sim_view_open(district, WSYNC_TXN_READ);
    wsync_catalog_init(&world->catalog);
    WSYNC_ASSERT(wsync_catalog_newest(&world->catalog, view.txn, REPLICA_FORM, &newest) ==
                 WSYNC_OK);
    uint32_t version = newest->version + 1;
    sim_view_close(&view);
    if (version > SIM_FORM_VERSIONS_MAX || !sim_book_has_room(&world->book, 400)) {
        return;
    }
    size_t mark = wsync_arena_mark(&world->arena);
    struct wsync_slice definition = define(world, version);
    const struct wsync_write writes[] = {
        {WSYNC_FORM_NUMBER, false, {.class = WSYNC_CLASS_INTEGER, .integer = REPLICA_FORM}},
        {WSYNC_FORM_VERSION, false, {.class = WSYNC_CLASS_INTEGER, .integer = version}},
        {WSYNC_FORM_DEFINITION, false, {.class = WSYNC_CLASS_TEXT, .text = definition}},
    };
    const struct wsync_intent intent = {.form = WSYNC_FORM_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = 3};
    sim_node_tell_time(district);
    enum wsync_err err = replica_write(&district->replica, REPLICA_TOP, &intent, 1, &written);
    wsync_arena_release(&world->arena, mark);
    sim_tell(world, "publish version %u: %s", version, wsync_err_name(err));
    sim_node_revive(district);
    sim_check_step(district);
}

static bool names(struct sim_node *district, const struct wsync_device_id *id)
{
    struct wsync_device device;
    struct sim_view view = sim_view_open(district, WSYNC_TXN_READ);
    enum wsync_err err = wsync_device_get(view.txn, id, &device);
    sim_view_close(&view);
    return err == WSYNC_OK;
}

void sim_office_enrol(struct sim_node *device)
{
    struct sim_world *world = device->world;
    struct sim_node *district = &world->nodes[0];
    sim_disk_heal(district->disk);
    sim_node_tell_time(district);
    if (!sim_roster_names(district,
                          device)) { /* else its twin came first, or an answer was lost */
        bool knows = device->has_before && names(district, &device->before);
        const struct replica_terms terms = {.predecessor = knows ? &device->before : NULL};
        replica_enrol_on(&district->replica, &world->installation, &device->replica, &terms);
    }
    device->enrolled = true;
    enter(device);
    struct wsync_roster roster;
    struct sim_view view = sim_view_open(district, WSYNC_TXN_READ);
    WSYNC_ASSERT(wsync_roster_get(view.txn, &roster) == WSYNC_OK);
    sim_view_close(&view);
    device->enrolled_at = roster.version;
    sim_tell(world, "enrol %zu", sim_node_index(device));
    sim_check_step(district);
}

void sim_office_invite(struct sim_node *device)
{
    struct sim_world *world = device->world;
    struct sim_node *district = &world->nodes[0];
    struct wsync_invite invite = {.instance = world->installation.instance,
                                  .scope = device->replica.scope,
                                  .name = wsync_slice_of("late")};
    struct wsync_invite_row row = {.scope = invite.scope, .name = "late", .expires = INT64_MAX};
    struct wsync_entropy key = replica_entropy(&device->replica);
    struct wsync_entropy id = replica_entropy(&device->replica);
    row.place.has_predecessor = device->has_before && names(district, &device->before);
    if (row.place.has_predecessor) {
        row.place.predecessor = device->before;
    }
    memcpy(device->invite_key.b, key.b, sizeof device->invite_key.b);
    memcpy(invite.id.b, id.b, sizeof invite.id.b);
    row.id = invite.id;
    struct wsync_txn *txn = begin(district);
    WSYNC_ASSERT(wsync_invite_put(txn, &device->invite_key, &row) == WSYNC_OK);
    commit(district, txn);
    device->enrol =
        wsync_enrol_sign(&invite, &device->replica.identity, &device->replica.transport);
    device->invited = true;
    enter(device);
    sim_tell(world, "invite %zu", sim_node_index(device));
}

/* Notes whom the next statement revokes, with a pin for every log the district holds of it. */
static struct sim_revocation *pin(struct sim_node *device, struct wsync_txn *txn)
{
    struct sim_world *world = device->world;
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    WSYNC_ASSERT(world->revocation_count < SIM_REVOCATIONS_MAX);
    struct sim_revocation *revoked = &world->revocations[world->revocation_count++];
    *revoked = (struct sim_revocation){.device = device->replica.identity.device,
                                       .lifted = UINT64_MAX};
    while (wsync_log_after(txn, after, &log) == WSYNC_OK) {
        if (wsync_device_id_equal(&log.device, &revoked->device) &&
            revoked->pin_count < WSYNC_STATEMENT_PINS_MAX) {
            revoked->pins[revoked->pin_count++] = (struct wsync_pin){log.id, log.seq, log.hash};
        }
        at = log.id;
        after = &at;
    }
    return revoked;
}

/* Issues a statement and gives its version. */
static uint64_t issue(struct sim_world *world, struct wsync_txn *txn,
                      struct wsync_statement *statement)
{
    struct sim_node *district = &world->nodes[0];
    struct wsync_signed_statement issued;
    statement->stamp = district->replica.now;
    WSYNC_ASSERT(wsync_roster_issue(txn, &district->replica.arena, statement,
                                    &world->installation.desk.registrar, &issued) == WSYNC_OK);
    return statement->version;
}

/* Revokes or suspends; on all machines that have its key. */
static void remove_device(struct sim_node *device, bool suspend)
{
    struct sim_world *world = device->world;
    struct sim_node *district = &world->nodes[0];
    struct wsync_txn *txn = begin(district);
    struct sim_revocation *revoked = pin(device, txn);
    world->tainted |= district->backs > 0; /* it may not hold yet what others built upon */
    /* Now and then somebody says that the last of it was not the device's any more. */
    for (size_t i = 0; i < revoked->pin_count && sim_random_once_in(&world->random, 3); i++) {
        struct wsync_log log;
        struct wsync_pin *late = &revoked->pins[i];
        late->seq -= late->seq > 1 ? sim_random_below(&world->random, 2) : 0;
        world->tainted = true; /* what others wrote on top of that waits for ever */
        WSYNC_ASSERT(wsync_log_find(txn, &late->log, &log) == WSYNC_OK);
        WSYNC_ASSERT(wsync_log_hash(txn, log.no, late->seq, &late->hash) == WSYNC_OK);
    }
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_REVOKE,
        .revoke = {revoked->device, revoked->pins, revoked->pin_count, suspend}};
    revoked->version = issue(world, txn, &statement);
    revoked->suspends = suspend;
    for (size_t i = 1; i < world->node_count; i++) {
        bool same = world->nodes[i].key == device->key;
        world->nodes[i].revoked |= same && !suspend;
        world->nodes[i].suspended |= same && suspend;
    }
    commit(district, txn);
    sim_struck(world, suspend ? SIM_SUSPENSION : SIM_REVOCATION);
    sim_tell(world, "%s %zu", suspend ? "suspend" : "revoke", sim_node_index(device));
}

void sim_office_revoke(struct sim_node *device)
{
    remove_device(device, false);
}

void sim_office_suspend(struct sim_node *device)
{
    remove_device(device, true);
}

void sim_office_resume(struct sim_node *device)
{
    struct sim_world *world = device->world;
    struct wsync_txn *txn = begin(&world->nodes[0]);
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_RESUME,
                                        .device = device->replica.identity.device};
    uint64_t version = issue(world, txn, &statement);
    for (size_t i = 0; i < world->revocation_count; i++) {
        struct sim_revocation *revoked = &world->revocations[i];
        bool lifts = revoked->suspends && revoked->version < version &&
                     revoked->lifted == UINT64_MAX &&
                     wsync_device_id_equal(&revoked->device, &statement.device);
        revoked->lifted = lifts ? version : revoked->lifted;
    }
    for (size_t i = 1; i < world->node_count; i++) {
        world->nodes[i].suspended &= world->nodes[i].key != device->key;
    }
    commit(&world->nodes[0], txn);
    sim_tell(world, "resume %zu", sim_node_index(device));
}

void sim_office_renew(struct sim_node *device)
{
    struct sim_world *world = device->world;
    size_t number = sim_node_index(device);
    uint32_t scope = device->replica.scope;
    uint32_t key = device->key + SIM_NODES_MAX;
    sim_tell(world, "new keys for %zu", number);
    sim_struck(world, SIM_NEW_KEYS);
    sim_link_drop(device);
    bool room = world->book.heir_count < SIM_HEIRS_MAX;
    if (sim_random_below(&world->random, 3) == 0 || !room || !sim_keys_rejoin(device, key)) {
        sim_node_fini(device);
        sim_node_init(world, number, key, scope);
    }
    sim_office_enrol(device);
}

/* A decision of the admin, in a transaction of its own; then the program goes on from it. */
static void decide(struct sim_node *district, struct wsync_txn *txn, uint32_t scope,
                   const struct wsync_verdict *verdict)
{
    struct sim_world *world = district->world;
    replica_tell_moment(&district->replica);
    sim_struck(world, SIM_DECISIONS);
    enum wsync_err err = wsync_verdict_put(&district->replica.ledger, txn,
                                           &district->replica.arena, scope, verdict);
    sim_tell(world, "decide %d on change %llu: %s", (int)verdict->decision,
             (unsigned long long)verdict->seq, wsync_err_name(err));
    if (err != WSYNC_OK) {
        sim_fail(world, "the district cannot decide: %s", wsync_err_name(err));
    }
    commit(district, txn);
    sim_node_run(district, NULL, 0);
}

void sim_office_adopt(struct sim_world *world)
{
    struct sim_node *district = &world->nodes[0];
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_verdict verdict;
    struct wsync_log log;
    struct wsync_head at = {.seq = 0};
    struct wsync_txn *txn = begin(district);
    uint64_t skip = sim_random_below(&world->random, 6);
    while (wsync_txn_seek(txn, WSYNC_TABLE_QUARANTINE, WSYNC_SEEK_GT, &entry) == WSYNC_OK &&
           skip-- > 0) {
        WSYNC_ASSERT(wsync_log_get(txn, (uint32_t)wsync_be_get(entry.key.data, 4), &log) ==
                     WSYNC_OK);
        at.seq = wsync_be_get(entry.key.data + 4, 8);
    }
    bool found = at.seq > 0 && sim_book_has_room(&world->book, 400);
    if (found) {
        WSYNC_ASSERT(wsync_log_hash(txn, log.no, at.seq, &at.hash) == WSYNC_OK);
        WSYNC_ASSERT(wsync_verdict_on_change(txn, &district->replica.arena, &log, &at,
                                             &verdict) == WSYNC_OK);
    }
    if (!found || !wsync_verdict_may_adopt(verdict.reason)) {
        wsync_txn_abort(txn);
        wsync_arena_release(&district->replica.arena, 0);
        return;
    }
    verdict.decision = WSYNC_DECISION_ADOPT;
    verdict.note = wsync_slice_of("");
    decide(district, txn, log.scope, &verdict);
}

void sim_office_overturn(struct sim_world *world)
{
    struct sim_node *district = &world->nodes[0];
    struct wsync_entry entry = {.key = {NULL, 0}};
    struct wsync_branch branch = {.number = 0};
    struct wsync_verdict verdict;
    struct wsync_hash hash;
    struct wsync_log log;
    struct wsync_txn *txn = begin(district);
    bool found = wsync_txn_seek(txn, WSYNC_TABLE_BRANCHES, WSYNC_SEEK_GT, &entry) == WSYNC_OK &&
                 sim_book_has_room(&world->book, 400) && world->backs_left > 0;
    if (found) {
        uint32_t no = (uint32_t)wsync_be_get(entry.key.data, 4);
        WSYNC_ASSERT(wsync_log_get(txn, no, &log) == WSYNC_OK);
        WSYNC_ASSERT(wsync_branch_after(txn, no, 0, &branch) == WSYNC_OK);
        WSYNC_ASSERT(wsync_log_hash(txn, branch.rows_no, branch.fork, &hash) == WSYNC_OK);
        WSYNC_ASSERT(wsync_verdict_on_branch(txn, &district->replica.arena, &log, branch.fork,
                                             &verdict) == WSYNC_OK);
        /* The district itself writes its branches again before it is refilled with what they
         * name, and leaves out what it cannot name then: the admin waits for that. */
        found = verdict.decision == WSYNC_DECISION_STANDS &&
                !wsync_device_id_equal(&log.device, &district->replica.identity.device);
    }
    if (!found) {
        wsync_txn_abort(txn);
        wsync_arena_release(&district->replica.arena, 0);
        return;
    }
    world->backs_left--;
    verdict.hash = wsync_hash_prefix_of(&hash);
    verdict.note = wsync_slice_of("");
    decide(district, txn, log.scope, &verdict);
}
