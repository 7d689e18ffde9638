/* SPDX-License-Identifier: Apache-2.0 */
/* Roles (SPEC 7.5, 7.11): which of them may write which form into which log, and read what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/forge.h"
#include "tests/store_mem.h"
#include "wardsync/catalog.h"

enum { SEED = 46, DAY = 19100, UNIT = 2, OTHER_UNIT = 3, OTHER_FORM = 17, ROLES = 4 };
enum { CLERK, INSPECTOR, OFFICE, AUDITOR };

static const enum wsync_role ROLE_OF[ROLES] = {WSYNC_ROLE_CLERK, WSYNC_ROLE_INSPECTOR,
                                               WSYNC_ROLE_OFFICE, WSYNC_ROLE_AUDITOR};

struct world {
    struct installation installation;
    struct replica district;
    struct replica devices[ROLES]; /* all enrolled for UNIT */
};

static void enrol(struct world *world, size_t who)
{
    static const uint32_t FORMS[] = {WSYNC_FORM_STAFF, OTHER_FORM};
    struct wsync_txn *txn;
    struct wsync_signed_statement issued;
    struct replica *device = &world->devices[who];
    struct wsync_statement statement = {
        .kind = WSYNC_STATEMENT_ENROL,
        .stamp = world->district.now,
        .enrol = {.signing_key = device->identity.signing_key,
                  .transport_key = device->transport,
                  .role = ROLE_OF[who],
                  .scopes = &device->scope,
                  .scope_count = 1,
                  .name = wsync_slice_of("device"),
                  .forms = who == INSPECTOR ? FORMS : NULL,
                  .form_count = who == INSPECTOR ? 2 : 0},
    };
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_WRITE, &txn), WSYNC_OK);
    assert_int_equal(wsync_roster_issue(txn, &world->district.arena, &statement,
                                        &world->installation.desk.registrar, &issued),
                     WSYNC_OK);
    assert_int_equal(wsync_txn_commit(txn), WSYNC_OK);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    installation_init(&world->installation, SEED);
    replica_init(&world->district, wsync_store_mem_new(), SEED, 0, REPLICA_TOP);
    replica_found(&world->district, &world->installation);
    for (size_t i = 0; i < ROLES; i++) {
        replica_init(&world->devices[i], wsync_store_mem_new(), SEED, (uint32_t)i + 1, UNIT);
        enrol(world, i);
    }
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    replica_fini(&world->district);
    for (size_t i = 0; i < ROLES; i++) {
        replica_fini(&world->devices[i]);
    }
    free(world);
    return 0;
}

/* What becomes of a log of this device in `scope` with one record of `form`: the code that
 * refuses it, or the reason of its quarantine, or OK. */
static enum wsync_err write_as(struct world *world, size_t who, uint32_t scope, uint32_t form)
{
    struct forge log;
    forge_init(&log, &world->devices[who], &world->installation, ROLES + 1,
               (uint8_t)(16 * form + scope));
    log.genesis.scope = scope;
    forge_open(&log);
    const struct wsync_write writes[] = {
        {FORGE_DAY, false, {.class = WSYNC_CLASS_INTEGER, .integer = DAY}}};
    const struct wsync_operation operation = {.kind = WSYNC_KIND_WRITE,
                                              .form = form,
                                              .version = 1,
                                              .creates = true,
                                              .writes = writes,
                                              .write_count = 1};
    forge_add(&log, &operation);
    struct wsync_change_set set = forge_set(&log, 1, 1);
    enum wsync_err err = forge_give(&world->district, &set);
    struct wsync_txn *txn;
    struct wsync_log held;
    struct wsync_change change;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    if (err == WSYNC_OK) {
        assert_int_equal(wsync_log_find(txn, &log.log, &held), WSYNC_OK);
        assert_int_equal(wsync_log_change(txn, held.no, 1, &change), WSYNC_OK);
        if (change.state == WSYNC_CHANGE_QUARANTINED) {
            struct wsync_dot at = {held.no, 0, 0};
            assert_int_equal(wsync_ledger_quarantined(txn, &at, &err), WSYNC_OK);
        }
    }
    wsync_txn_abort(txn);
    forge_fini(&log);
    return err;
}

/* S7.14, S7.16: case 12: a clerk writes for another unit, or a form that is not for clerks. */
static void case_12_a_foreign_unit_and_a_forbidden_form(void **state)
{
    struct world *world = *state;
    assert_int_equal(write_as(world, CLERK, UNIT, REPLICA_FORM), WSYNC_OK);
    assert_int_equal(write_as(world, CLERK, OTHER_UNIT, REPLICA_FORM), WSYNC_ERR_SCOPE);
    assert_int_equal(write_as(world, CLERK, REPLICA_TOP, REPLICA_FORM), WSYNC_ERR_SCOPE);
    assert_int_equal(write_as(world, CLERK, UNIT, WSYNC_FORM_UNIT), WSYNC_ERR_RIGHT);
    assert_int_equal(write_as(world, CLERK, UNIT, WSYNC_FORM_FORM), WSYNC_ERR_RIGHT);
    assert_int_equal(write_as(world, CLERK, UNIT, WSYNC_FORM_VERDICT), WSYNC_ERR_RIGHT);
}

/* S7.43: its forms, of every unit, and no others. */
static void an_inspector_writes_its_forms_everywhere(void **state)
{
    struct world *world = *state;
    assert_int_equal(write_as(world, INSPECTOR, UNIT, REPLICA_FORM), WSYNC_ERR_RIGHT);
    assert_int_equal(write_as(world, INSPECTOR, UNIT, WSYNC_FORM_STAFF), WSYNC_ERR_VALUE);
    assert_int_equal(write_as(world, INSPECTOR, OTHER_UNIT, WSYNC_FORM_STAFF),
                     WSYNC_ERR_VALUE); /* the right lets it by, the missing name does not */
    assert_int_equal(write_as(world, INSPECTOR, OTHER_UNIT, OTHER_FORM), WSYNC_OK); /* waits */
    assert_int_equal(write_as(world, INSPECTOR, UNIT, WSYNC_FORM_VERDICT), WSYNC_ERR_RIGHT);
}

/* S7.44: every form but verdicts, of every unit; forms and units in logs of top. */
static void an_office_writes_all_but_verdicts(void **state)
{
    struct world *world = *state;
    assert_int_equal(write_as(world, OFFICE, UNIT, REPLICA_FORM), WSYNC_OK);
    assert_int_equal(write_as(world, OFFICE, OTHER_UNIT, REPLICA_FORM), WSYNC_OK);
    assert_int_equal(write_as(world, OFFICE, UNIT, WSYNC_FORM_UNIT), WSYNC_ERR_RIGHT);
    assert_int_equal(write_as(world, OFFICE, REPLICA_TOP, WSYNC_FORM_UNIT), WSYNC_ERR_VALUE);
    assert_int_equal(write_as(world, OFFICE, REPLICA_TOP, WSYNC_FORM_VERDICT), WSYNC_ERR_RIGHT);
}

/* S7.45: no log of an auditor is taken, and its own machine writes none. */
static void an_auditor_writes_nothing(void **state)
{
    struct world *world = *state;
    assert_int_equal(write_as(world, AUDITOR, UNIT, REPLICA_FORM), WSYNC_ERR_SCOPE);
    assert_int_equal(write_as(world, AUDITOR, OTHER_UNIT, REPLICA_FORM), WSYNC_ERR_SCOPE);
    assert_int_equal(write_as(world, AUDITOR, REPLICA_TOP, REPLICA_FORM), WSYNC_ERR_SCOPE);
    struct replica here = world->devices[AUDITOR];
    struct wsync_dot written;
    here.store = wsync_store_mem_clone(world->district.store);
    assert_int_equal(replica_create(&here, DAY, 1, 1, &written), WSYNC_ERR_SCOPE);
    wsync_store_close(here.store);
}

/* S7.15: a clerk reads its units and top, all others everything. */
static void roles_say_what_is_read(void **state)
{
    struct world *world = *state;
    struct wsync_txn *txn;
    assert_int_equal(wsync_store_begin(world->district.store, WSYNC_TXN_READ, &txn), WSYNC_OK);
    for (size_t i = 0; i < ROLES; i++) {
        struct wsync_device device;
        assert_int_equal(wsync_device_get(txn, &world->devices[i].identity.device, &device),
                         WSYNC_OK);
        assert_true(wsync_device_may_read(&device, UNIT, REPLICA_TOP));
        assert_true(wsync_device_may_read(&device, REPLICA_TOP, REPLICA_TOP));
        assert_int_equal(wsync_device_may_read(&device, OTHER_UNIT, REPLICA_TOP), i != CLERK);
        assert_int_equal(wsync_device_may_write(&device, UNIT), i != AUDITOR);
        assert_int_equal(wsync_device_may_write(&device, OTHER_UNIT),
                         i == INSPECTOR || i == OFFICE);
        assert_false(wsync_device_has_scope(&device, OTHER_UNIT));
    }
    wsync_txn_abort(txn);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(case_12_a_foreign_unit_and_a_forbidden_form),
        WORLD_TEST(an_inspector_writes_its_forms_everywhere),
        WORLD_TEST(an_office_writes_all_but_verdicts),
        WORLD_TEST(an_auditor_writes_nothing),
        WORLD_TEST(roles_say_what_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
