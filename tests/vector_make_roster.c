/* SPDX-License-Identifier: Apache-2.0 */
/* Makes statement.txt: single statements, and rosters built from several. */
#include <string.h>

#include "tests/vector_world.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The root statement: 0 instance, 18 version, 20 stamp, 26 root key, 60 enrol: 62 signing key,
 * 96 transport key, 130 role, 132 scopes, 135 name. */
static const struct vector_edit ROOT_EDITS[] = {
    {"statement-root", "S7.1 S7.2 S7.3 S7.4 S7.7", 0, 0, "", WSYNC_OK},
    {"statement-instance-15-bytes", "S7.2", 1, 2, "0f", WSYNC_ERR_ROSTER},
    {"statement-version-0", "S7.2", 18, 2, "", WSYNC_ERR_ROSTER},
    {"statement-version-2-with-root-key", "S7.3", 19, 1, "02", WSYNC_ERR_ROSTER},
    {"statement-without-root-key", "S7.3", 26, 34, "", WSYNC_ERR_ROSTER},
    {"statement-root-with-previous", "S7.3", 20, 0, "1a20aa*32", WSYNC_ERR_ROSTER},
    {"statement-root-key-31-bytes", "S7.3", 27, 2, "1f", WSYNC_ERR_ROSTER},
    {"statement-neither-enrols-nor-revokes", "S7.2", 60, 85, "", WSYNC_ERR_ROSTER},
    {"statement-enrols-and-revokes", "S7.2", -1, 0, "3a12 0a10bb*16", WSYNC_ERR_ROSTER},
    {"statement-role-2", "S7.4", 131, 1, "02", WSYNC_ERR_ROSTER},
    {"statement-role-0", "S7.4", 61, 71, "51 0a20cc*32 1220dd*32", WSYNC_ERR_ROSTER},
    {"statement-scope-0", "S7.4", 134, 1, "00", WSYNC_ERR_ROSTER},
    {"statement-name-with-zero", "S7.4", 140, 1, "00", WSYNC_ERR_ROSTER},
    {"statement-name-absent", "S7.4", 61, 84, "49 0a20cc*32 1220dd*32 1805 220101",
     WSYNC_ERR_ROSTER},
    {"statement-version-twice", "S1.3", 18, 0, "1001", WSYNC_ERR_MESSAGE},
    {"statement-stamp-over-long", "S1.3", 25, 1, "8c00", WSYNC_ERR_MESSAGE},
    {"statement-unknown-field", "S1.3", -1, 0, "4001", WSYNC_ERR_MESSAGE},
    {"statement-enrolment-unknown-field", "S1.3", 61, 1, "55 3001", WSYNC_ERR_MESSAGE},
    {"statement-scopes-not-packed", "S1.3", 61, 74, "52 0a20cc*32 1220dd*32 1805 2001",
     WSYNC_ERR_MESSAGE},
    {"statement-cut", "S1.3", 144, 1, "", WSYNC_ERR_MESSAGE},
    {"statement-empty", "S7.2", 0, 145, "", WSYNC_ERR_ROSTER},
    {"statement-4097-bytes", "S7.1", 0, 145, "00*4097", WSYNC_ERR_OVERSIZE},
};

static void statement_case(struct vector_book *book, const char *name, struct wsync_slice bytes,
                           enum wsync_err code)
{
    vector_begin(book, name, "S7.1 S7.4 S7.5", "statement");
    vector_hex(book, "statement", bytes);
    vector_expect(book, code);
}

static void scope_cases(struct vector_book *book, const struct vector_world *world)
{
    static const uint32_t MANY[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    static const uint32_t DOWN[] = {3, 2};
    static const uint32_t TWICE[] = {2, 2};
    struct wsync_statement statement = vector_enrolment(world, VECTOR_WARD);
    statement.version = 2;
    statement.has_previous = true;
    statement_case(book, "enrolment", vector_signed(world, &statement).statement, WSYNC_OK);
    statement.enrol.scopes = MANY;
    statement.enrol.scope_count = 16;
    statement_case(book, "enrolment-16-scopes", vector_signed(world, &statement).statement,
                   WSYNC_OK);
    statement.enrol.scope_count = 17;
    statement_case(book, "enrolment-17-scopes", vector_signed(world, &statement).statement,
                   WSYNC_ERR_ROSTER);
    statement.enrol.scope_count = 0;
    statement_case(book, "enrolment-without-scope", vector_signed(world, &statement).statement,
                   WSYNC_ERR_ROSTER);
    statement.enrol.scopes = DOWN;
    statement.enrol.scope_count = 2;
    statement_case(book, "enrolment-scopes-descend", vector_signed(world, &statement).statement,
                   WSYNC_ERR_ROSTER);
    statement.enrol.scopes = TWICE;
    statement_case(book, "enrolment-scope-twice", vector_signed(world, &statement).statement,
                   WSYNC_ERR_ROSTER);
    statement = vector_enrolment(world, VECTOR_WARD);
    statement.version = 2;
    statement.has_previous = true;
    statement.enrol.name = vector_spell(world->arena, "61*65");
    statement_case(book, "enrolment-name-65-bytes", vector_signed(world, &statement).statement,
                   WSYNC_ERR_ROSTER);
    statement.has_previous = false;
    statement.enrol.name = wsync_slice_of("ward");
    statement_case(book, "enrolment-without-previous",
                   vector_signed(world, &statement).statement, WSYNC_ERR_ROSTER);
}

static struct wsync_statement revocation(const struct vector_world *world, size_t device,
                                         const struct wsync_pin *pins, size_t count)
{
    return (struct wsync_statement){.instance = world->instance,
                                    .version = 4,
                                    .has_previous = true,
                                    .stamp = VECTOR_STAMP,
                                    .kind = WSYNC_STATEMENT_REVOKE,
                                    .revoke = {world->devices[device].id, pins, count}};
}

static void pin_cases(struct vector_book *book, const struct vector_world *world)
{
    struct wsync_pin pins[] = {{{{1}}, 5, {{2}}}, {{{2}}, 0, {{3}}}};
    struct wsync_statement statement = revocation(world, VECTOR_WARD, pins, 2);
    struct wsync_slice good = vector_signed(world, &statement).statement;
    statement_case(book, "revocation", good, WSYNC_OK);
    statement.revoke.pin_count = 0;
    statement_case(book, "revocation-without-pins", vector_signed(world, &statement).statement,
                   WSYNC_OK);
    statement.revoke.pin_count = 2;
    pins[1].log = pins[0].log;
    statement_case(book, "revocation-pin-twice", vector_signed(world, &statement).statement,
                   WSYNC_ERR_ROSTER);
    pins[0].log.b[0] = 9;
    statement_case(book, "revocation-pins-descend", vector_signed(world, &statement).statement,
                   WSYNC_ERR_ROSTER);
    struct wsync_slice bare = vector_spell(
        world->arena, "0a10aa*16 1004 1a20bb*32 3a0f0a0dcc*13");
    statement_case(book, "revocation-device-13-bytes", bare, WSYNC_ERR_ROSTER);
    bare = vector_spell(world->arena, "0a10aa*16 1004 1a20bb*32 3ad6010a10cc*16 1200**98");
    statement_case(book, "revocation-98-empty-pins", bare, WSYNC_ERR_ROSTER);
}

static void roster_case(struct vector_book *book, const char *name,
                        const struct vector_world *world, enum wsync_err code)
{
    vector_begin(book, name, "S7.8 S7.6 S7.9", "roster");
    vector_world_say(world, book);
    vector_expect(book, code);
}

/* A roster of three with its last statement signed anew behind a change. */
static struct vector_world altered(const struct vector_world *world,
                                   const struct wsync_statement *last)
{
    struct vector_world copy = *world;
    copy.statements[copy.statement_count - 1] = vector_signed(world, last);
    return copy;
}

static void chain_cases(struct vector_book *book, const struct vector_world *world)
{
    struct wsync_statement last = vector_enrolment(world, VECTOR_OTHER);
    struct wsync_hash before = wsync_statement_hash(world->statements[1].statement);
    last.version = 4;
    last.has_previous = true;
    last.previous = before;
    struct vector_world copy = altered(world, &last);
    roster_case(book, "roster-skips-a-version", &copy, WSYNC_ERR_ROSTER);
    last.version = 3;
    last.previous = (struct wsync_hash){{7}};
    copy = altered(world, &last);
    roster_case(book, "roster-wrong-previous", &copy, WSYNC_ERR_ROSTER);
    last.previous = before;
    last.instance.b[0] ^= 1;
    copy = altered(world, &last);
    roster_case(book, "roster-other-instance", &copy, WSYNC_ERR_INSTANCE);
    last.instance = world->instance;
    last.enrol.signing_key = world->devices[VECTOR_WARD].key;
    copy = altered(world, &last);
    roster_case(book, "roster-device-twice", &copy, WSYNC_ERR_ROSTER);
    last.enrol.signing_key = world->devices[VECTOR_OTHER].key;
    last.enrol.transport_key = world->devices[VECTOR_WARD].transport;
    copy = altered(world, &last);
    roster_case(book, "roster-transport-key-twice", &copy, WSYNC_ERR_ROSTER);
    last = vector_enrolment(world, VECTOR_OTHER);
    last.version = 2;
    last.has_previous = true;
    last.previous = wsync_statement_hash(world->statements[0].statement);
    copy = altered(world, &last);
    roster_case(book, "roster-version-held-in-other-words", &copy, WSYNC_ERR_ROSTER);
}

static void signature_cases(struct vector_book *book, const struct vector_world *world)
{
    struct vector_world copy = *world;
    copy.statements[2].signature.b[40] ^= 1;
    roster_case(book, "roster-signature-flipped", &copy, WSYNC_ERR_SIGNATURE);
    copy = *world;
    copy.statements[2].signature =
        wsync_statement_sign(&world->devices[VECTOR_DISTRICT].secret,
                             world->statements[2].statement);
    roster_case(book, "roster-signed-by-a-device", &copy, WSYNC_ERR_SIGNATURE);
    copy = *world;
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/roster/v1"),
                                  world->statements[2].statement};
    copy.statements[2].signature = wsync_sign_parts(&world->root_secret, parts, 2);
    roster_case(book, "roster-signs-bytes-not-hash", &copy, WSYNC_ERR_SIGNATURE);
    copy.statements[2].signature = world->statements[1].signature;
    roster_case(book, "roster-signature-of-another", &copy, WSYNC_ERR_SIGNATURE);
}

static void root_cases(struct vector_book *book, const struct vector_world *world)
{
    struct wsync_statement root = vector_enrolment(world, VECTOR_DISTRICT);
    struct vector_world copy = *world;
    copy.statement_count = 1;
    vector_begin(book, "roster-root-of-another-installation", "S7.8", "roster");
    vector_hex(book, "instance", vector_spell(world->arena, "ee*16"));
    vector_world_say(&copy, book);
    vector_expect(book, WSYNC_ERR_INSTANCE);
    root.instance.b[0] ^= 1;
    copy = altered(&copy, &root);
    roster_case(book, "roster-instance-not-of-its-key", &copy, WSYNC_ERR_ROSTER);
    root.instance = world->instance;
    copy = altered(&copy, &root);
    copy.statements[0].signature = world->statements[1].signature;
    roster_case(book, "roster-root-signature-wrong", &copy, WSYNC_ERR_SIGNATURE);
    copy = *world;
    copy.statements[0] = world->statements[1];
    copy.statement_count = 1;
    roster_case(book, "roster-begins-with-version-2", &copy, WSYNC_ERR_ROSTER);
    root = vector_enrolment(world, VECTOR_DISTRICT);
    root.root_key = world->devices[VECTOR_OTHER].key;
    root.instance = wsync_instance_of(&root.root_key);
    copy = altered(world, &root);
    copy.statements[2].signature = wsync_statement_sign(
        &world->devices[VECTOR_OTHER].secret, copy.statements[2].statement);
    roster_case(book, "roster-second-root", &copy, WSYNC_ERR_ROSTER);
}

static void revocation_cases(struct vector_book *book, const struct vector_world *world)
{
    struct wsync_pin pin = {{{1}}, 5, {{2}}};
    struct vector_world copy = *world;
    struct wsync_statement statement = revocation(world, VECTOR_WARD, &pin, 1);
    vector_world_add(&copy, &statement);
    roster_case(book, "roster-revokes", &copy, WSYNC_OK);
    vector_world_add(&copy, &statement);
    roster_case(book, "roster-revokes-twice", &copy, WSYNC_ERR_ROSTER);
    copy = *world;
    statement.revoke.device.b[3] ^= 1;
    vector_world_add(&copy, &statement);
    roster_case(book, "roster-revokes-a-stranger", &copy, WSYNC_ERR_ROSTER);
}

void vector_make_statement(struct vector_book *book)
{
    struct vector_world world;
    vector_world_init(&world, &book->arena);
    vector_world_enrol(&world);
    for (size_t i = 0; i < COUNT(ROOT_EDITS); i++) {
        const struct vector_edit *edit = &ROOT_EDITS[i];
        vector_begin(book, edit->name, edit->spec, "statement");
        vector_hex(book, "statement",
                   vector_edited(&book->arena, world.statements[0].statement, edit));
        vector_expect(book, edit->code);
    }
    scope_cases(book, &world);
    pin_cases(book, &world);
    roster_case(book, "roster-of-three", &world, WSYNC_OK);
    struct vector_world again = world;
    again.statements[3] = world.statements[1];
    again.statement_count = 4;
    roster_case(book, "roster-statement-again", &again, WSYNC_OK);
    chain_cases(book, &world);
    signature_cases(book, &world);
    root_cases(book, &world);
    revocation_cases(book, &world);
}
