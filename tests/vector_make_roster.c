/* SPDX-License-Identifier: Apache-2.0 */
/* Makes statement.txt: single statements, and rosters built from several. */
#include <string.h>

#include "tests/vector_world.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Version 1: 0 instance, 18 version, 20 stamp, 26 root: 28 key, 62 threshold, 64 registrar; 98
 * enrol: 100 signing key, 134 transport key, 168 role, 170 scopes, 173 name; 183 district: 185
 * endpoint, 221 key of the log, 255 key of bundles. */
static const struct vector_edit FIRST_EDITS[] = {
    {"statement-first", "S7.1 S7.2 S7.3 S7.4 S7.7", 0, 0, "", WSYNC_OK},
    {"statement-instance-15-bytes", "S7.2", 1, 2, "0f", WSYNC_ERR_ROSTER},
    {"statement-version-0", "S7.2", 18, 2, "", WSYNC_ERR_ROSTER},
    {"statement-version-2-with-three-bodies", "S7.2 S7.3", 19, 1, "02 1a20aa*32",
     WSYNC_ERR_ROSTER},
    {"statement-without-root", "S7.3", 26, 72, "", WSYNC_ERR_ROSTER},
    {"statement-first-with-previous", "S7.3", 20, 0, "1a20aa*32", WSYNC_ERR_ROSTER},
    {"statement-root-key-31-bytes", "S7.26", 26, 72, "2a45 0a1fcc*31 1001 1a20dd*32",
     WSYNC_ERR_ROSTER},
    {"statement-root-without-keys", "S7.26", 26, 72, "2a24 1001 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-root-threshold-0", "S7.26", 26, 72, "2a44 0a20cc*32 1a20dd*32",
     WSYNC_ERR_ROSTER},
    {"statement-root-threshold-2-of-1", "S7.26", 63, 1, "02", WSYNC_ERR_ROSTER},
    {"statement-root-2-of-3", "S7.26", 26, 72,
     "2a8a01 0a20aa*32 0a20bb*32 0a20cc*32 1002 1a20dd*32", WSYNC_OK},
    {"statement-root-keys-descend", "S7.26", 26, 72,
     "2a8a01 0a20bb*32 0a20aa*32 0a20cc*32 1002 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-root-key-twice", "S7.26", 26, 72,
     "2a8a01 0a20aa*32 0a20bb*32 0a20bb*32 1002 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-root-9-keys", "S7.26", 26, 72,
     "2ad602 0a2001*32 0a2002*32 0a2003*32 0a2004*32 0a2005*32 0a2006*32 0a2007*32 "
     "0a2008*32 0a2009*32 1002 1a20dd*32",
     WSYNC_ERR_ROSTER},
    {"statement-registrar-is-a-root", "S7.26", 26, 72, "2a46 0a20cc*32 1001 1a20cc*32",
     WSYNC_ERR_ROSTER},
    {"statement-registrar-absent", "S7.26", 26, 72, "2a24 0a20cc*32 1001", WSYNC_ERR_ROSTER},
    {"statement-root-with-expiry", "S7.26", 26, 72, "2a48 0a20cc*32 1001 1a20dd*32 2002",
     WSYNC_OK},
    {"statement-without-district", "S7.3", 183, 106, "", WSYNC_ERR_ROSTER},
    {"statement-district-without-endpoint", "S7.27", 183, 106, "4244 1220cc*32 1a20dd*32",
     WSYNC_ERR_ROSTER},
    {"statement-district-2-endpoints", "S7.27", 183, 106,
     "428c01 0a220a20aa*32 0a220a20bb*32 1220cc*32 1a20dd*32", WSYNC_OK},
    {"statement-district-3-endpoints", "S7.27", 183, 106,
     "42b001 0a220a20aa*32 0a220a20bb*32 0a220a20cc*32 1220cc*32 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-district-endpoint-twice", "S7.27", 183, 106,
     "428c01 0a220a20aa*32 0a220a20aa*32 1220cc*32 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-district-4-addresses", "S7.27", 183, 106,
     "4274 0a2e0a20aa*32 120161 120161 120161 120161 1220cc*32 1a20dd*32", WSYNC_OK},
    {"statement-district-5-addresses", "S7.27", 183, 106,
     "4277 0a310a20aa*32 120161 120161 120161 120161 120161 1220cc*32 1a20dd*32",
     WSYNC_ERR_ROSTER},
    {"statement-district-address-empty", "S7.27", 183, 106,
     "426a 0a240a20aa*32 1200 1220cc*32 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-district-address-129-bytes", "S7.27", 183, 106,
     "42ed01 0aa6010a20aa*32 12810161*129 1220cc*32 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-district-log-key-31-bytes", "S7.27", 183, 106,
     "4267 0a220a20aa*32 121fcc*31 1a20dd*32", WSYNC_ERR_ROSTER},
    {"statement-district-bundle-key-absent", "S7.27", 183, 106, "4246 0a220a20aa*32 1220cc*32",
     WSYNC_ERR_ROSTER},
    {"statement-first-enrols-a-clerk", "S7.3", 169, 1, "01", WSYNC_ERR_ROSTER},
    {"statement-role-6", "S7.4", 169, 1, "06", WSYNC_ERR_ROSTER},
    {"statement-role-0", "S7.4", 99, 71, "51 0a20cc*32 1220dd*32", WSYNC_ERR_ROSTER},
    {"statement-scope-0", "S7.4", 172, 1, "00", WSYNC_ERR_ROSTER},
    {"statement-name-with-zero", "S7.4", 178, 1, "00", WSYNC_ERR_ROSTER},
    {"statement-name-absent", "S7.4", 99, 84, "49 0a20cc*32 1220dd*32 1805 220101",
     WSYNC_ERR_ROSTER},
    {"statement-version-twice", "S1.3", 18, 0, "1001", WSYNC_ERR_MESSAGE},
    {"statement-stamp-over-long", "S1.3", 25, 1, "8c00", WSYNC_ERR_MESSAGE},
    {"statement-unknown-field", "S1.3", -1, 0, "6001", WSYNC_ERR_MESSAGE},
    {"statement-enrolment-unknown-field", "S1.3", 99, 1, "55 4801", WSYNC_ERR_MESSAGE},
    {"statement-scopes-not-packed", "S1.3", 99, 74, "52 0a20cc*32 1220dd*32 1805 2001",
     WSYNC_ERR_MESSAGE},
    {"statement-cut", "S1.3", 288, 1, "", WSYNC_ERR_MESSAGE},
    {"statement-empty", "S7.2", 0, 289, "", WSYNC_ERR_ROSTER},
    {"statement-4097-bytes", "S7.1", 0, 289, "00*4097", WSYNC_ERR_OVERSIZE},
};

#define LATER "0a10aa*16 1002 1a20bb*32 "
#define BOTH_KEYS "0a20cc*32 1220dd*32 "
#define ROTATION "0a10cc*16 1220dd*32 1a20ee*32 "
#define PIN(log, seq) "2236 0a10" log "*16 10" seq " 1a20ff*32 "

/* Statements of every later kind, as they are spelled. */
static const struct spelled {
    const char *name, *spec, *bytes;
    enum wsync_err code;
} LATER_KINDS[] = {
    {"statement-without-body", "S7.2", LATER, WSYNC_ERR_ROSTER},
    {"statement-with-two-bodies", "S7.2", LATER "5212 0a10cc*16 5a12 0a10cc*16",
     WSYNC_ERR_ROSTER},
    {"statement-previous-31-bytes", "S7.3", "0a10aa*16 1002 1a1fbb*31 5a12 0a10cc*16",
     WSYNC_ERR_ROSTER},
    {"statement-version-65536", "S7.2", "0a10aa*16 10808004 1a20bb*32 5a12 0a10cc*16",
     WSYNC_OK},
    {"statement-version-65537", "S7.2", "0a10aa*16 10818004 1a20bb*32 5a12 0a10cc*16",
     WSYNC_ERR_ROSTER},
    {"case-7-statement-version-2-to-the-63", "S7.2",
     "0a10aa*16 1080808080808080808001 1a20bb*32 5a12 0a10cc*16", WSYNC_ERR_ROSTER},
    {"root", "S7.26", LATER "2a46 0a20cc*32 1001 1a20dd*32", WSYNC_OK},
    {"district", "S7.27", LATER "4268 0a220a20aa*32 1220cc*32 1a20dd*32", WSYNC_OK},
    {"suspension", "S7.5", LATER "3a14 0a10cc*16 1801", WSYNC_OK},
    {"suspension-spelled-2", "S1.3", LATER "3a14 0a10cc*16 1802", WSYNC_ERR_MESSAGE},
    {"resumption", "S7.29", LATER "5212 0a10cc*16", WSYNC_OK},
    {"resumption-of-nobody", "S7.29", LATER "5200", WSYNC_ERR_ROSTER},
    {"ask", "S7.29", LATER "5a12 0a10cc*16", WSYNC_OK},
    {"ask-device-15-bytes", "S7.29", LATER "5a11 0a0fcc*15", WSYNC_ERR_ROSTER},
    {"rotation", "S7.28", LATER "4ada01 " ROTATION "2a4011*64 324022*64", WSYNC_OK},
    {"rotation-with-pins", "S7.28",
     LATER "4aca02 " ROTATION PIN("01", "05") PIN("02", "06") "2a4011*64 324022*64", WSYNC_OK},
    {"rotation-pins-descend", "S7.28",
     LATER "4aca02 " ROTATION PIN("02", "05") PIN("01", "06") "2a4011*64 324022*64",
     WSYNC_ERR_ROSTER},
    {"rotation-without-old-signature", "S7.28", LATER "4a9801 " ROTATION "324022*64",
     WSYNC_ERR_ROSTER},
    {"rotation-new-signature-63-bytes", "S7.28", LATER "4ad901 " ROTATION "2a4011*64 323f22*63",
     WSYNC_ERR_ROSTER},
    {"rotation-without-transport-key", "S7.28",
     LATER "4ab801 0a10cc*16 1220dd*32 2a4011*64 324022*64", WSYNC_ERR_ROSTER},
    {"enrolment-with-quota", "S7.4", LATER "324e " BOTH_KEYS "1801 220102 2a0161 3064",
     WSYNC_OK},
    {"enrolment-office", "S7.4", LATER "324c " BOTH_KEYS "1803 220101 2a0161", WSYNC_OK},
    {"enrolment-auditor", "S7.4", LATER "324c " BOTH_KEYS "1804 220101 2a0161", WSYNC_OK},
    {"enrolment-inspector", "S7.4", LATER "3250 " BOTH_KEYS "1802 220102 2a0161 3a021011",
     WSYNC_OK},
    {"enrolment-inspector-without-forms", "S7.4", LATER "324c " BOTH_KEYS "1802 220102 2a0161",
     WSYNC_ERR_ROSTER},
    {"enrolment-inspector-of-verdicts", "S7.4",
     LATER "324f " BOTH_KEYS "1802 220102 2a0161 3a0104", WSYNC_ERR_ROSTER},
    {"enrolment-inspector-forms-descend", "S7.4",
     LATER "3250 " BOTH_KEYS "1802 220102 2a0161 3a021110", WSYNC_ERR_ROSTER},
    {"enrolment-inspector-33-forms", "S7.4",
     LATER "326f " BOTH_KEYS "1802 220102 2a0161 3a21101112131415161718191a1b1c1d1e1f"
           "202122232425262728292a2b2c2d2e2f30",
     WSYNC_ERR_ROSTER},
    {"enrolment-clerk-with-forms", "S7.4",
     LATER "3250 " BOTH_KEYS "1801 220102 2a0161 3a021011", WSYNC_ERR_ROSTER},
    {"enrolment-with-predecessor", "S7.4",
     LATER "325e " BOTH_KEYS "1801 220102 2a0161 4210ee*16", WSYNC_OK},
    {"enrolment-predecessor-15-bytes", "S7.4",
     LATER "325d " BOTH_KEYS "1801 220102 2a0161 420fee*15", WSYNC_ERR_ROSTER},
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
                                    .revoke = {world->devices[device].id, pins, count, false}};
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
    struct wsync_slice bare =
        vector_spell(world->arena, "0a10aa*16 1004 1a20bb*32 3a0f0a0dcc*13");
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
    struct wsync_key_signature *first = &copy.statements[2].signatures[0];
    struct wsync_slice bytes = world->statements[2].statement;
    first->signature.b[40] ^= 1;
    roster_case(book, "roster-signature-flipped", &copy, WSYNC_ERR_SIGNATURE);
    *first = wsync_statement_sign(&world->devices[VECTOR_DISTRICT].secret, bytes);
    roster_case(book, "roster-signed-by-a-device", &copy, WSYNC_ERR_SIGNATURE);
    copy = *world;
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/roster/v1"), bytes};
    first->signature = wsync_sign_parts(&world->registrar_secret, parts, 2);
    roster_case(book, "roster-signs-bytes-not-hash", &copy, WSYNC_ERR_SIGNATURE);
    *first = world->statements[1].signatures[0];
    roster_case(book, "roster-signature-of-another", &copy, WSYNC_ERR_SIGNATURE);
    *first = wsync_statement_sign(&world->root_secret, bytes);
    roster_case(book, "roster-enrolment-signed-by-the-root", &copy, WSYNC_OK);
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
    copy.statements[0].signatures[0].signature.b[0] ^= 1;
    roster_case(book, "roster-root-signature-wrong", &copy, WSYNC_ERR_SIGNATURE);
    copy.statements[0].signatures[0] =
        wsync_statement_sign(&world->registrar_secret, copy.statements[0].statement);
    roster_case(book, "roster-root-signed-by-its-registrar", &copy, WSYNC_ERR_SIGNATURE);
    copy = *world;
    copy.statements[0] = world->statements[1];
    copy.statement_count = 1;
    roster_case(book, "roster-begins-with-version-2", &copy, WSYNC_ERR_ROSTER);
    root = vector_enrolment(world, VECTOR_DISTRICT);
    root.root.keys[0] = world->devices[VECTOR_OTHER].key;
    root.instance = wsync_instance_of(&root.root);
    copy = altered(world, &root);
    copy.statements[2].signatures[0] = wsync_statement_sign(
        &world->devices[VECTOR_OTHER].secret, copy.statements[2].statement);
    roster_case(book, "roster-second-first", &copy, WSYNC_ERR_ROSTER);
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
    for (size_t i = 0; i < COUNT(FIRST_EDITS); i++) {
        const struct vector_edit *edit = &FIRST_EDITS[i];
        vector_begin(book, edit->name, edit->spec, "statement");
        vector_hex(book, "statement",
                   vector_edited(&book->arena, world.statements[0].statement, edit));
        vector_expect(book, edit->code);
    }
    for (size_t i = 0; i < COUNT(LATER_KINDS); i++) {
        const struct spelled *spelled = &LATER_KINDS[i];
        vector_begin(book, spelled->name, spelled->spec, "statement");
        vector_hex(book, "statement", vector_spell(&book->arena, spelled->bytes));
        vector_expect(book, spelled->code);
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
