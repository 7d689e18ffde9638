/* SPDX-License-Identifier: Apache-2.0 */
/* What the district's staff does: founds the installation, publishes form versions, enrols,
 * invites and revokes devices. */
#include <string.h>

#include "tests/sim/parts.h"

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

/* Version `version` of the form: REPLICA_FORM's fields and one more summed field a version. */
static struct wsync_slice define(struct sim_world *world, uint32_t version)
{
    static const struct wsync_choice CHOICES[] = {
        {1, {(const uint8_t *)"a", 1}, {(const uint8_t *)"a", 1}, {(const uint8_t *)"a", 1}},
        {2, {(const uint8_t *)"b", 1}, {(const uint8_t *)"b", 1}, {(const uint8_t *)"b", 1}}};
    static const enum wsync_type TYPES[] = {WSYNC_TYPE_DATE,   WSYNC_TYPE_INTEGER,
                                            WSYNC_TYPE_CHOICE, WSYNC_TYPE_TEXT,
                                            WSYNC_TYPE_TEXT,   WSYNC_TYPE_CHOICES};
    static const char NAMES[] = "f1f2f3f4f5f6f7f8f9fa";
    struct wsync_field fields[FIELDS];
    for (uint32_t i = 0; i < FIELDS; i++) {
        struct wsync_slice name = wsync_slice(NAMES + 2 * (size_t)i, 2);
        enum wsync_type type = i < 6 ? TYPES[i] : WSYNC_TYPE_INTEGER;
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
    district->enrolled = true;
    sim_people_learn(district, REPLICA_TOP);
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
    if (version > SIM_FORM_VERSIONS_MAX || !sim_model_has_room(&world->model)) {
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
    sim_people_learn(district, REPLICA_TOP);
    sim_check_step(district);
}

void sim_office_enrol(struct sim_node *device)
{
    struct sim_world *world = device->world;
    struct sim_node *district = &world->nodes[0];
    sim_disk_heal(district->disk);
    sim_node_tell_time(district);
    replica_enrol(&district->replica, &world->installation, &device->replica);
    device->enrolled = true;
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
    memcpy(device->invite_key.b, key.b, sizeof device->invite_key.b);
    memcpy(invite.id.b, id.b, sizeof invite.id.b);
    row.id = invite.id;
    struct wsync_txn *txn = begin(district);
    WSYNC_ASSERT(wsync_invite_put(txn, &device->invite_key, &row) == WSYNC_OK);
    commit(district, txn);
    device->enrol =
        wsync_enrol_sign(&invite, &device->replica.identity, &device->replica.transport);
    device->invited = true;
    sim_tell(world, "invite %zu", sim_node_index(device));
}

void sim_office_revoke(struct sim_node *device)
{
    struct sim_world *world = device->world;
    struct sim_node *district = &world->nodes[0];
    struct wsync_pin pins[WSYNC_STATEMENT_PINS_MAX];
    struct wsync_signed_statement issued;
    struct wsync_statement statement = {.stamp = district->replica.now,
                                        .kind = WSYNC_STATEMENT_REVOKE,
                                        .revoke = {device->replica.identity.device, pins, 0}};
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    struct wsync_txn *txn = begin(district);
    while (wsync_log_after(txn, after, &log) == WSYNC_OK) {
        if (wsync_device_id_equal(&log.device, &device->replica.identity.device) &&
            statement.revoke.pin_count < WSYNC_STATEMENT_PINS_MAX) {
            pins[statement.revoke.pin_count++] = (struct wsync_pin){log.id, log.seq, log.hash};
        }
        at = log.id;
        after = &at;
    }
    WSYNC_ASSERT(wsync_roster_issue(txn, &district->replica.arena, &statement,
                                    &world->installation.root_secret, &issued) == WSYNC_OK);
    commit(district, txn);
    device->revoked = true;
    sim_tell(world, "revoke %zu", sim_node_index(device));
}
