/* SPDX-License-Identifier: Apache-2.0 */
/* Makes invite.txt: invites as bytes, and what the district answers to Enrol. */
#include <string.h>

#include "tests/vector_world.h"
#include "wardsync/enrol.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* 0 id, 18 instance, 36 server key, 70 secret, 104 address, 114 scope, 116 name. */
static const char INVITE[] = "0a10aa*16 1210bb*16 1a20cc*32 2220dd*32 2a087463703a2f2f61 31 "
                             "3002 3a0477617264";

static const struct vector_edit EDITS[] = {
    {"invite", "S7.19", 0, 0, "", WSYNC_OK},
    {"invite-four-addresses", "S7.19", 104, 0, "2a0161**3", WSYNC_OK},
    {"invite-five-addresses", "S7.19", 104, 0, "2a0161**4", WSYNC_ERR_INVITE},
    {"invite-without-address", "S7.19", 104, 10, "", WSYNC_ERR_INVITE},
    {"invite-address-empty", "S7.19", 104, 0, "2a00", WSYNC_ERR_INVITE},
    {"invite-address-129-bytes", "S7.19", 104, 0, "2a810161*129", WSYNC_ERR_INVITE},
    {"invite-scope-0", "S7.19", 114, 2, "", WSYNC_ERR_INVITE},
    {"invite-without-name", "S7.19", 116, 6, "", WSYNC_ERR_INVITE},
    {"invite-name-65-bytes", "S7.19", 116, 6, "3a4161*65", WSYNC_ERR_INVITE},
    {"invite-id-15-bytes", "S7.19", 1, 2, "0f", WSYNC_ERR_INVITE},
    {"invite-instance-absent", "S7.19", 18, 18, "", WSYNC_ERR_INVITE},
    {"invite-server-key-31-bytes", "S7.19", 37, 2, "1f", WSYNC_ERR_INVITE},
    {"invite-secret-33-bytes", "S7.19", 71, 1, "21dd", WSYNC_ERR_INVITE},
    {"invite-scope-twice", "S1.3", 114, 0, "3001", WSYNC_ERR_MESSAGE},
    {"invite-scope-over-long", "S1.3", 115, 1, "8200", WSYNC_ERR_MESSAGE},
    {"invite-unknown-field", "S1.3", -1, 0, "4001", WSYNC_ERR_MESSAGE},
    {"invite-cut", "S1.3", 121, 1, "", WSYNC_ERR_MESSAGE},
};

/* What an enrolment is made of. */
struct enrolling {
    const char *name;
    struct wsync_transport_key connection; /* under which Enrol comes */
    struct wsync_enrol enrols[2];
    size_t enrol_count;
    int64_t now;
    uint32_t scope; /* of the invite the district keeps */
};

static const struct wsync_transport_key ONE_TIME = {{0x60}};

static void enrol_case(struct vector_book *book, const struct vector_world *world,
                       const struct enrolling *enrolling, enum wsync_err code)
{
    vector_begin(book, enrolling->name, "S7.21 S7.22 S7.24", "enrol");
    vector_world_say(world, book);
    vector_hex(book, "seed", vector_spell(&book->arena, "08*32"));
    vector_hex(book, "invite-key", WSYNC_BYTES(ONE_TIME));
    vector_hex(book, "invite-id", vector_spell(&book->arena, "aa*16"));
    vector_number(book, "invite-scope", enrolling->scope);
    vector_number(book, "invite-expires", VECTOR_STAMP);
    vector_number(book, "now", enrolling->now);
    vector_hex(book, "transport-key", WSYNC_BYTES(enrolling->connection));
    for (size_t i = 0; i < enrolling->enrol_count; i++) {
        struct wsync_message message = {.type = WSYNC_MESSAGE_ENROL,
                                        .enrol = enrolling->enrols[i]};
        struct wsync_slice frame;
        WSYNC_ASSERT(wsync_message_encode(&message, &book->arena, &frame) == WSYNC_OK);
        vector_hex(book, "enrol", frame);
    }
    vector_expect(book, code);
}

static struct wsync_enrol sign_enrol(const struct vector_world *world, size_t device,
                                     const struct wsync_invite *invite)
{
    const struct vector_device *from = &world->devices[device];
    struct wsync_identity identity = {from->id, from->key, from->secret};
    return wsync_enrol_sign(invite, &identity, &from->transport);
}

static void enrol_positives(struct vector_book *book, const struct vector_world *world,
                            const struct enrolling *good)
{
    struct enrolling case_ = *good;
    case_.name = "enrol";
    enrol_case(book, world, &case_, WSYNC_OK);
    case_.name = "enrol-again-with-the-same-keys";
    case_.enrols[1] = good->enrols[0];
    case_.enrol_count = 2;
    enrol_case(book, world, &case_, WSYNC_OK);
}

static void enrol_negatives(struct vector_book *book, const struct vector_world *world,
                            const struct enrolling *good, const struct wsync_invite *invite)
{
    struct enrolling bad = *good;
    struct wsync_invite other = *invite;
    bad.name = "enrol-used-by-other-keys";
    bad.enrols[1] = sign_enrol(world, VECTOR_OTHER, invite);
    bad.enrol_count = 2;
    enrol_case(book, world, &bad, WSYNC_ERR_INVITE);
    bad = *good;
    bad.name = "enrol-expired";
    bad.now = VECTOR_STAMP + 1;
    enrol_case(book, world, &bad, WSYNC_ERR_INVITE);
    bad = *good;
    bad.name = "enrol-under-an-unknown-key";
    bad.connection.b[1] = 1;
    enrol_case(book, world, &bad, WSYNC_ERR_INVITE);
    bad = *good;
    bad.name = "enrol-names-another-invite";
    other.id.b[0] ^= 1;
    bad.enrols[0] = sign_enrol(world, VECTOR_WARD, &other);
    enrol_case(book, world, &bad, WSYNC_ERR_INVITE);
    bad.name = "enrol-signed-for-another-scope";
    other = *invite;
    other.scope++;
    bad.enrols[0] = sign_enrol(world, VECTOR_WARD, &other);
    enrol_case(book, world, &bad, WSYNC_ERR_SIGNATURE);
    bad.name = "enrol-signed-for-another-installation";
    other = *invite;
    other.instance.b[0] ^= 1;
    bad.enrols[0] = sign_enrol(world, VECTOR_WARD, &other);
    enrol_case(book, world, &bad, WSYNC_ERR_SIGNATURE);
    bad = *good;
    bad.name = "enrol-transport-key-exchanged";
    bad.enrols[0].transport_key.b[0] ^= 1;
    enrol_case(book, world, &bad, WSYNC_ERR_SIGNATURE);
    bad = *good;
    bad.name = "enrol-signature-flipped";
    bad.enrols[0].signature.b[0] ^= 1;
    enrol_case(book, world, &bad, WSYNC_ERR_SIGNATURE);
    bad.name = "enrol-of-an-enrolled-device";
    bad.enrols[0] = sign_enrol(world, VECTOR_DISTRICT, invite);
    enrol_case(book, world, &bad, WSYNC_ERR_ROSTER);
}

void vector_make_invite(struct vector_book *book)
{
    struct wsync_slice base = vector_spell(&book->arena, INVITE);
    for (size_t i = 0; i < COUNT(EDITS); i++) {
        const struct vector_edit *edit = &EDITS[i];
        vector_begin(book, edit->name, edit->spec, "invite");
        vector_hex(book, "invite", vector_edited(&book->arena, base, edit));
        vector_expect(book, edit->code);
    }
    struct vector_world world;
    vector_world_init(&world, &book->arena);
    struct wsync_statement root = vector_enrolment(&world, VECTOR_DISTRICT);
    vector_world_add(&world, &root);
    struct wsync_invite invite = {.instance = world.instance, .scope = 2};
    memset(invite.id.b, 0xaa, sizeof invite.id.b);
    struct enrolling good = {.connection = ONE_TIME, .enrol_count = 1, .now = VECTOR_STAMP,
                             .scope = 2};
    good.enrols[0] = sign_enrol(&world, VECTOR_WARD, &invite);
    enrol_positives(book, &world, &good);
    enrol_negatives(book, &world, &good, &invite);
}
