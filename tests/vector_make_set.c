/* SPDX-License-Identifier: Apache-2.0 */
/* Makes changeset.txt: runs of changes on their way into a store. */
#include <string.h>

#include "tests/vector_author.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Form 16: field 1 date, field 2 integer, summed, field 3 personal text. */
#define DEFINITION                                                                             \
    "0810 1001 1a0166 220154 2a0154 3001 420d 0801 1004 220161 2a0141 320141 "                 \
    "420f 0802 1001 220162 2a0142 320142 6001 420f 0803 1003 220163 2a0143 320143 4802"
#define CREATE "083c 1a0e 10101801 32020808 3a04b8aa020a"
#define EDIT "083c 1a14 10101801 2203000100 2a03000100 320110 3a010e"
#define OTHER_EDIT "083c 1a14 10101801 2203000100 2a03000100 320110 3a0110"
#define DELETE "083c 1a0f 0801 2203000100 2a06000100000200"

enum { FRAMES_MAX = 4 };

/* Everything the cases are cut from: the district's log with the form, the ward's with a
 * record, its edit and its end. */
struct desk {
    struct vector_book *book;
    struct vector_world world;
    struct vector_author district, ward;
    struct wsync_slice form; /* the frame that brings the form */
};

/* One case: its frames, and whose store it is (NULL: nobody's). */
struct taking {
    const char *name, *spec, *own_seed;
    struct wsync_slice frames[FRAMES_MAX];
};

static struct wsync_slice frame_of(struct desk *desk, const struct vector_author *author,
                                   uint64_t first, size_t count)
{
    struct wsync_change_set set = vector_author_set(author, first, count);
    return vector_set_frame(&desk->book->arena, &set);
}

static void take(struct desk *desk, const struct taking *taking, enum wsync_err code)
{
    vector_begin(desk->book, taking->name, taking->spec, "accept");
    vector_world_say(&desk->world, desk->book);
    if (taking->own_seed) {
        vector_hex(desk->book, "own-seed", vector_spell(&desk->book->arena, taking->own_seed));
    }
    for (size_t i = 0; i < FRAMES_MAX && taking->frames[i].data; i++) {
        vector_hex(desk->book, "frame", taking->frames[i]);
    }
    vector_expect(desk->book, code);
}

static void define_form(struct desk *desk)
{
    struct wsync_slice definition = vector_spell(&desk->book->arena, DEFINITION);
    struct wsync_write writes[] = {{1, false, {.class = WSYNC_CLASS_INTEGER, .integer = 16}},
                                   {2, false, {.class = WSYNC_CLASS_INTEGER, .integer = 1}},
                                   {3, false, {.class = WSYNC_CLASS_TEXT, .text = definition}}};
    struct wsync_operation operation = {.form = WSYNC_FORM_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = COUNT(writes)};
    struct wsync_draft draft = {.operations = &operation, .operation_count = 1};
    struct wsync_raw_change raw;
    WSYNC_ASSERT(wsync_draft_encode(&draft, &desk->book->arena, &raw) == WSYNC_OK);
    vector_author_add_raw(&desk->district, &raw);
    desk->form = frame_of(desk, &desk->district, 1, 1);
}

static void open_desk(struct desk *desk, struct vector_book *book)
{
    *desk = (struct desk){.book = book};
    vector_world_init(&desk->world, &book->arena);
    vector_world_enrol(&desk->world);
    struct wsync_genesis genesis = vector_genesis(&desk->world, VECTOR_DISTRICT);
    desk->district = vector_author_open(&desk->world, VECTOR_DISTRICT, &genesis);
    define_form(desk);
    genesis = vector_genesis(&desk->world, VECTOR_WARD);
    desk->ward = vector_author_open(&desk->world, VECTOR_WARD, &genesis);
    vector_author_add(&desk->ward, CREATE);
    vector_author_add(&desk->ward, EDIT);
    vector_author_add(&desk->ward, DELETE);
}

/* The ward's log with other changes. */
static struct vector_author other_ward(struct desk *desk)
{
    struct wsync_genesis genesis = vector_genesis(&desk->world, VECTOR_WARD);
    return vector_author_open(&desk->world, VECTOR_WARD, &genesis);
}

static struct wsync_slice join(struct wsync_arena *arena, const struct wsync_slice *parts,
                               size_t count)
{
    uint8_t *out = wsync_arena_get(arena, WSYNC_PAYLOAD_BYTES_MAX);
    size_t used = 0;
    WSYNC_ASSERT(out);
    for (size_t i = 0; i < count; i++) {
        WSYNC_ASSERT(parts[i].len <= WSYNC_PAYLOAD_BYTES_MAX - used);
        memcpy(out + used, parts[i].data, parts[i].len);
        used += parts[i].len;
    }
    return wsync_slice(out, used);
}

static void accepted(struct desk *desk)
{
    struct vector_author *ward = &desk->ward;
    struct wsync_slice one = frame_of(desk, ward, 1, 1);
    struct wsync_slice two = frame_of(desk, ward, 2, 1);
    struct wsync_slice both = frame_of(desk, ward, 1, 2);
    struct wsync_slice all = frame_of(desk, ward, 1, 3);
    struct wsync_slice rest = frame_of(desk, ward, 2, 2);
    struct vector_author district = desk->district;
    vector_author_add(&district, "1a07 0801 2203000100");
    struct wsync_slice no_form = frame_of(desk, &district, 2, 1);
    const struct taking CASES[] = {
        {"form", "S5.21 S5.18 S7.14 S7.17 S8.2", NULL, {desk->form}},
        {"quarantine-delete-of-a-form", "S8.3 S7.18", NULL, {desk->form, no_form}},
        {"record", "S5.21 S10.2 S10.5 S10.20", NULL, {desk->form, one}},
        {"record-waits-for-its-form", "S10.11 S5.25", NULL, {one}},
        {"record-before-its-form", "S10.11 S10.25", NULL, {one, desk->form}},
        {"edit", "S5.3 S10.6 S10.10 S10.21", NULL, {desk->form, one, two}},
        {"edit-in-one-set", "S10.25", NULL, {desk->form, both}},
        {"edit-waits-for-its-record", "S10.3 S10.11", NULL, {one, two}},
        {"set-held-already", "S5.21", NULL, {desk->form, both, one}},
        {"set-that-overlaps", "S5.21 S4.13", NULL, {desk->form, both, all}},
        {"delete", "S10.15 S10.16 S10.24", NULL, {desk->form, all}},
        {"rest-of-a-run", "S4.13", NULL, {desk->form, one, rest}},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        take(desk, &CASES[i], WSYNC_OK);
    }
}

static void with_private_part(struct desk *desk)
{
    struct vector_author held = other_ward(desk);
    struct vector_author erased = other_ward(desk);
    struct wsync_arena *arena = &desk->book->arena;
    struct wsync_raw_change raw = {
        .public_part = vector_spell(arena, "083c 1a0d 10101801 32020814 3a03b8aa02"),
        .private_state = WSYNC_PRIVATE_HELD,
        .private_part = vector_spell(arena, "0a0101 1a03616263")};
    memset(raw.salt.b, 0xcc, sizeof raw.salt.b);
    vector_author_add_raw(&held, &raw);
    struct wsync_slice parts[] = {wsync_slice_of("wardsync/private/v1"), WSYNC_BYTES(raw.salt),
                                  raw.private_part};
    raw.private_hash = wsync_hash_parts(parts, 3);
    raw.private_state = WSYNC_PRIVATE_ERASED;
    vector_author_add_raw(&erased, &raw);
    struct taking case_ = {"private-part-held",
                           "S6.13 S10.30 S6.15",
                           NULL,
                           {desk->form, frame_of(desk, &held, 1, 1)}};
    take(desk, &case_, WSYNC_OK);
    case_.name = "private-part-erased-same-digest";
    case_.spec = "S8.11 S4.8 S10.30";
    case_.frames[1] = frame_of(desk, &erased, 1, 1);
    take(desk, &case_, WSYNC_OK);
    raw.private_hash.b[0] ^= 1;
    struct wsync_change_set set = vector_author_set(&erased, 1, 1);
    set.changes[0] = raw;
    case_.name = "private-hash-flipped";
    case_.spec = "S4.8 S5.21";
    case_.frames[1] = vector_set_frame(arena, &set);
    take(desk, &case_, WSYNC_ERR_SEAL);
}

/* What a reader with the part and one without it must agree on. */
static void with_illegal_private_part(struct desk *desk)
{
    struct vector_author author = other_ward(desk);
    struct wsync_arena *arena = &desk->book->arena;
    struct wsync_raw_change raw = {
        .public_part = vector_spell(arena, "083c 1a0d 10101801 32020814 3a03b8aa02"),
        .private_state = WSYNC_PRIVATE_HELD,
        .private_part = vector_spell(arena, "0a0100 120102")};
    vector_author_add_raw(&author, &raw);
    const struct taking case_ = {"private-part-of-another-type-is-as-erased",
                                 "S6.17 S8.11",
                                 NULL,
                                 {desk->form, frame_of(desk, &author, 1, 1)}};
    take(desk, &case_, WSYNC_OK);
}

static void heavy_set(struct desk *desk)
{
    struct vector_author author = other_ward(desk);
    struct wsync_raw_change raw = {.public_part = vector_spell(&desk->book->arena, "00*5300")};
    for (int i = 0; i < 3; i++) {
        vector_author_add_raw(&author, &raw);
    }
    const struct taking case_ = {
        "set-too-heavy-to-send-on", "S5.17", NULL, {desk->form, frame_of(desk, &author, 1, 3)}};
    take(desk, &case_, WSYNC_ERR_OVERSIZE);
}

static void other_genesis_of_a_known_log(struct desk *desk)
{
    struct wsync_change_set set = vector_author_set(&desk->ward, 1, 1);
    set.genesis = vector_spell(&desk->book->arena, "00*100");
    const struct taking case_ = {"set-with-another-genesis-of-a-known-log",
                                 "S5.18",
                                 NULL,
                                 {desk->form, frame_of(desk, &desk->ward, 1, 1),
                                  vector_set_frame(&desk->book->arena, &set)}};
    take(desk, &case_, WSYNC_ERR_GENESIS);
}

/* The district edits the ward's record, having seen only its creation. */
static void with_conflict(struct desk *desk)
{
    struct wsync_arena *arena = &desk->book->arena;
    struct wsync_genesis genesis = vector_genesis(&desk->world, VECTOR_DISTRICT);
    genesis.scope = desk->world.devices[VECTOR_WARD].scope;
    struct vector_author author = vector_author_open(&desk->world, VECTOR_DISTRICT, &genesis);
    struct wsync_slice parts[] = {
        vector_spell(arena, "083c 1a14 10101801 2203010100 2a03010100 320110 3a0112 2226 0a10"),
        WSYNC_BYTES(desk->ward.log), vector_spell(arena, "1001 1a10"),
        wsync_slice(desk->ward.hashes[1].b, WSYNC_HASH_PREFIX_BYTES)};
    struct wsync_raw_change raw = {.public_part = join(arena, parts, COUNT(parts))};
    vector_author_add_raw(&author, &raw);
    struct wsync_slice theirs = frame_of(desk, &author, 1, 1);
    struct wsync_slice ours = frame_of(desk, &desk->ward, 1, 2);
    const struct taking CASES[] = {
        {"conflict", "S10.6 S10.10 S10.18 S6.9", NULL, {desk->form, ours, theirs}},
        {"conflict-other-order-same-digest",
         "S10.8 S10.11 S10.25",
         NULL,
         {desk->form, theirs, ours}},
        {"edit-of-a-log-not-here", "S6.9 S10.11", NULL, {desk->form, theirs}},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        take(desk, &CASES[i], WSYNC_OK);
    }
}

/* What would show if the order of arrival mattered: the clock behind an origin, and an address
 * through a table entry that only a later change brings. */
static void order_cases(struct desk *desk)
{
    struct wsync_arena *arena = &desk->book->arena;
    struct vector_author origin = other_ward(desk);
    vector_author_add(&origin, "32060801 1005 1802");
    vector_author_add(&origin, CREATE);
    struct wsync_genesis genesis = vector_genesis(&desk->world, VECTOR_DISTRICT);
    genesis.scope = desk->world.devices[VECTOR_WARD].scope;
    struct vector_author other = vector_author_open(&desk->world, VECTOR_DISTRICT, &genesis);
    vector_author_add(&other, CREATE);
    struct vector_author early = other_ward(desk);
    vector_author_add(&early, CREATE " 1a0f 10101801 2203010100 320110 3a010e");
    struct wsync_slice parts[] = {vector_spell(arena, "2226 0a10"), WSYNC_BYTES(other.log),
                                  vector_spell(arena, "1001 1a10"),
                                  wsync_slice(other.hashes[1].b, WSYNC_HASH_PREFIX_BYTES)};
    struct wsync_raw_change raw = {.public_part = join(arena, parts, COUNT(parts))};
    vector_author_add_raw(&early, &raw);
    struct wsync_slice theirs = frame_of(desk, &other, 1, 1);
    struct wsync_slice ours = frame_of(desk, &early, 1, 2);
    const struct taking CASES[] = {
        {"behind-an-origin", "S5.3 S13.13", NULL, {desk->form, frame_of(desk, &origin, 1, 2)}},
        {"behind-an-origin-in-two-sets",
         "S5.3 S13.13",
         NULL,
         {desk->form, frame_of(desk, &origin, 1, 1), frame_of(desk, &origin, 2, 1)}},
        {"reference-made-too-late", "S6.8 S10.3", NULL, {desk->form, theirs, ours}},
        {"reference-made-too-late-form-last", "S6.8 S10.11", NULL, {theirs, ours, desk->form}},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        take(desk, &CASES[i], WSYNC_OK);
    }
}

/* Single changes of the ward that are taken and quarantined, or refused. */
static void single_changes(struct desk *desk)
{
    const struct {
        const char *name, *spec, *public_part;
        enum wsync_err code;
    } CASES[] = {
        {"quarantine-operation", "S6.16 S10.13 S5.24", "1a0108", WSYNC_OK},
        {"quarantine-extension", "S6.16 S14.5", "3a0408011001", WSYNC_OK},
        {"quarantine-origin", "S13.13 S5.8", "32060801 1005 1802", WSYNC_OK},
        {"quarantine-right", "S7.16 S7.18 S10.2", "1a0410011801", WSYNC_OK},
        {"quarantine-field", "S8.10 S10.2", "1a0a 10101801 320148 3a0102", WSYNC_OK},
        {"quarantine-personal-in-public", "S8.10", "1a0a 10101801 320118 3a0102", WSYNC_OK},
        {"quarantine-value", "S8.6 S10.2", "1a0c 10101801 320108 3a03cca00a", WSYNC_OK},
        {"quarantine-record-of-itself", "S6.8 S10.3", "1a09 10101801 2203000100", WSYNC_OK},
        {"quarantine-reference-not-in-table", "S6.8 S10.3", "1a09 10101801 2203010100",
         WSYNC_OK},
        {"quarantine-field-with-256-writes", "S6.20 S10.1 S10.2",
         "1a09 10101801 32030bfd07 1a09 10101801 32030bed07", WSYNC_OK},
        {"quarantine-257-writes", "S6.20 S10.1",
         "1a09 10101801 32030bfd07 1a09 10101801 32030bf507", WSYNC_OK},
        {"quarantine-staff-number-0", "S8.7", "1a0a 10031801 320108 3a0100", WSYNC_OK},
        {"waits-for-an-unknown-form", "S10.11", "1a0410111801", WSYNC_OK},
        {"waits-for-form-4", "S8.1 S10.11", "1a0410041801", WSYNC_OK},
        {"change-without-operations", "S5.11", "", WSYNC_OK},
        {"context-unreadable", "S5.19 S5.20", "ff", WSYNC_ERR_CONTEXT},
        {"context-unknown-field-in-set", "S5.19", "083c 4001", WSYNC_ERR_CONTEXT},
        {"context-roster-version-not-above", "S5.19 S5.7", "2803", WSYNC_ERR_CONTEXT},
        {"context-roster-version-falls", "S5.19 S5.7", "2802", WSYNC_ERR_CONTEXT},
        {"context-roster-version-unknown-here", "S5.19", "2804", WSYNC_ERR_BEHIND},
        {"context-8193-bytes-in-set", "S5.19", "1afe3f 00*8190", WSYNC_ERR_OVERSIZE},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct vector_author ward = other_ward(desk);
        vector_author_add(&ward, CASES[i].public_part);
        const struct taking case_ = {
            CASES[i].name, CASES[i].spec, NULL, {desk->form, frame_of(desk, &ward, 1, 1)}};
        take(desk, &case_, CASES[i].code);
    }
}

static void context_cases(struct desk *desk)
{
    struct wsync_arena *arena = &desk->book->arena;
    struct vector_author ward = other_ward(desk);
    struct wsync_slice parts[] = {vector_spell(arena, "2226 0a10"), WSYNC_BYTES(ward.log),
                                  vector_spell(arena, "1001 1a10 aa*16")};
    struct wsync_raw_change raw = {.public_part = join(arena, parts, COUNT(parts))};
    vector_author_add_raw(&ward, &raw);
    struct taking case_ = {"context-refers-to-its-own-log",
                           "S5.6 S5.19",
                           NULL,
                           {desk->form, frame_of(desk, &ward, 1, 1)}};
    take(desk, &case_, WSYNC_ERR_CONTEXT);
    ward = other_ward(desk);
    vector_author_add(&ward, CREATE);
    vector_author_add(&ward, "ff");
    case_.name = "context-bad-behind-a-good-one";
    case_.spec = "S5.22 S5.19";
    case_.frames[1] = frame_of(desk, &ward, 1, 2);
    take(desk, &case_, WSYNC_ERR_CONTEXT);
    ward = other_ward(desk);
    raw = (struct wsync_raw_change){.public_part = vector_spell(arena, "1a8c3f 00*8076"),
                                    .private_state = WSYNC_PRIVATE_HELD,
                                    .private_part = vector_spell(arena, "00*200")};
    vector_author_add_raw(&ward, &raw);
    case_.name = "payload-8279-bytes-in-two-parts";
    case_.spec = "S5.1 S5.19";
    case_.frames[1] = frame_of(desk, &ward, 1, 1);
    take(desk, &case_, WSYNC_ERR_OVERSIZE);
}

/* Edits of the ward's first set; the seal stays that of the good one. */
static void drop_changes(struct wsync_change_set *set)
{
    set->change_count = 0;
}

static void first_0(struct wsync_change_set *set)
{
    set->first = 0;
}

static void first_2(struct wsync_change_set *set)
{
    set->first = 2;
}

static void first_last(struct wsync_change_set *set)
{
    set->first = UINT64_MAX;
    set->genesis = wsync_slice(NULL, 0);
}

static void drop_genesis(struct wsync_change_set *set)
{
    set->genesis = wsync_slice("", 0);
}

static void gap_of_one(struct wsync_change_set *set)
{
    set->first = 2;
    set->genesis = wsync_slice(NULL, 0);
}

static void flip_log(struct wsync_change_set *set)
{
    set->log.b[15] ^= 1;
}

static void flip_previous(struct wsync_change_set *set)
{
    set->previous[7] ^= 1;
}

static void drop_seal(struct wsync_change_set *set)
{
    set->sealed = false;
}

static void flip_seal(struct wsync_change_set *set)
{
    set->seal.b[33] ^= 1;
}

static void drop_last(struct wsync_change_set *set)
{
    set->change_count--;
}

static void drop_middle(struct wsync_change_set *set)
{
    set->changes[1] = set->changes[2];
    set->change_count--;
}

static void swap_changes(struct wsync_change_set *set)
{
    struct wsync_raw_change first = set->changes[0];
    set->changes[0] = set->changes[1];
    set->changes[1] = first;
}

static void add_checkpoint(struct wsync_change_set *set)
{
    set->checkpoint.size = 1;
}

static void add_private(struct wsync_change_set *set)
{
    set->changes[0].private_state = WSYNC_PRIVATE_ERASED;
}

static void repeat_last(struct wsync_change_set *set)
{
    set->changes[set->change_count] = set->changes[set->change_count - 1];
    set->change_count++;
}

static void edited_sets(struct desk *desk)
{
    static const struct {
        const char *name, *spec;
        void (*edit)(struct wsync_change_set *set);
        enum wsync_err code;
    } CASES[] = {
        {"set-without-changes", "S5.21", drop_changes, WSYNC_ERR_MESSAGE},
        {"set-from-0", "S5.21", first_0, WSYNC_ERR_MESSAGE},
        {"set-from-2-with-genesis", "S5.14 S5.21", first_2, WSYNC_ERR_MESSAGE},
        {"set-from-the-last-number", "S5.21", first_last, WSYNC_ERR_MESSAGE},
        {"set-from-1-without-genesis", "S5.14 S5.21", drop_genesis, WSYNC_ERR_MESSAGE},
        {"set-of-an-unknown-log-from-2", "S5.21", gap_of_one, WSYNC_ERR_GAP},
        {"set-log-flipped", "S5.18 S2.3", flip_log, WSYNC_ERR_GENESIS},
        {"set-previous-flipped", "S5.13 S5.21", flip_previous, WSYNC_ERR_CHAIN},
        {"set-unsealed", "S5.21", drop_seal, WSYNC_ERR_UNSEALED},
        {"set-seal-flipped", "S5.21 S4.11", flip_seal, WSYNC_ERR_SEAL},
        {"set-last-dropped", "S5.21 S4.11", drop_last, WSYNC_ERR_SEAL},
        {"set-middle-dropped", "S5.21 S4.7", drop_middle, WSYNC_ERR_SEAL},
        {"set-changes-swapped", "S5.21 S4.7", swap_changes, WSYNC_ERR_SEAL},
        {"set-checkpoint-added", "S5.21 S4.11", add_checkpoint, WSYNC_ERR_SEAL},
        {"set-private-hash-added", "S5.21 S4.7", add_private, WSYNC_ERR_SEAL},
        {"set-last-repeated", "S5.21 S4.7", repeat_last, WSYNC_ERR_SEAL},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct wsync_change_set set = vector_author_set(&desk->ward, 1, 3);
        CASES[i].edit(&set);
        const struct taking case_ = {
            CASES[i].name, CASES[i].spec, NULL, {vector_set_frame(&desk->book->arena, &set)}};
        take(desk, &case_, CASES[i].code);
    }
}

/* A log of one change under an edited genesis. */
static void genesis_case(struct desk *desk, const char *name, size_t device,
                         const struct wsync_genesis *genesis, enum wsync_err code)
{
    struct vector_author author = vector_author_open(&desk->world, device, genesis);
    vector_author_add(&author, CREATE);
    const struct taking case_ = {
        name, "S5.18 S7.14 S5.21", NULL, {frame_of(desk, &author, 1, 1)}};
    take(desk, &case_, code);
}

static void genesis_cases(struct desk *desk)
{
    const struct wsync_genesis good = vector_genesis(&desk->world, VECTOR_WARD);
    struct wsync_genesis bad = good;
    bad.format = 2;
    genesis_case(desk, "log-of-format-2", VECTOR_WARD, &bad, WSYNC_ERR_GENESIS);
    bad = good;
    bad.instance.b[0] ^= 1;
    genesis_case(desk, "log-of-another-installation", VECTOR_WARD, &bad, WSYNC_ERR_INSTANCE);
    bad = good;
    bad.roster_version = 4;
    genesis_case(desk, "log-of-a-later-roster", VECTOR_WARD, &bad, WSYNC_ERR_BEHIND);
    bad = good;
    bad.device.b[0] ^= 1;
    genesis_case(desk, "log-of-a-stranger", VECTOR_WARD, &bad, WSYNC_ERR_DEVICE);
    bad = good;
    bad.roster_version = 1;
    genesis_case(desk, "log-from-before-its-enrolment", VECTOR_WARD, &bad, WSYNC_ERR_DEVICE);
    bad.roster_version = 0;
    genesis_case(desk, "log-of-roster-version-0", VECTOR_WARD, &bad, WSYNC_ERR_DEVICE);
    bad = good;
    bad.signing_key = desk->world.devices[VECTOR_OTHER].key;
    genesis_case(desk, "log-with-the-key-of-another", VECTOR_OTHER, &bad, WSYNC_ERR_GENESIS);
    bad = good;
    bad.scope = 3;
    genesis_case(desk, "log-of-a-foreign-scope", VECTOR_WARD, &bad, WSYNC_ERR_SCOPE);
    bad.scope = 1;
    genesis_case(desk, "log-of-the-district-by-a-ward", VECTOR_WARD, &bad, WSYNC_ERR_SCOPE);
    genesis_case(desk, "log-sealed-by-another", VECTOR_OTHER, &good, WSYNC_ERR_SEAL);
    bad = good;
    bad.has_previous = true;
    genesis_case(desk, "log-with-predecessor", VECTOR_WARD, &bad, WSYNC_OK);
}

static void later_sets(struct desk *desk)
{
    struct vector_author fork = other_ward(desk);
    vector_author_add(&fork, CREATE);
    vector_author_add(&fork, OTHER_EDIT);
    vector_author_add(&fork, DELETE);
    struct vector_author early = other_ward(desk);
    vector_author_add(&early, OTHER_EDIT);
    vector_author_add(&early, EDIT);
    struct wsync_slice one = frame_of(desk, &desk->ward, 1, 1);
    struct wsync_slice two = frame_of(desk, &desk->ward, 1, 2);
    const struct {
        struct taking taking;
        enum wsync_err code;
    } CASES[] = {
        {{"gap-behind-a-known-head", "S5.21", NULL, {one, frame_of(desk, &desk->ward, 3, 1)}},
         WSYNC_ERR_GAP},
        {{"fork-of-one-number", "S5.27 S5.28 S4.9", NULL, {two, frame_of(desk, &fork, 1, 2)}},
         WSYNC_OK},
        {{"fork-that-is-longer", "S5.27 S5.28", NULL, {two, frame_of(desk, &fork, 1, 3)}},
         WSYNC_OK},
        {{"fork-behind-the-common-part", "S5.27", NULL, {two, frame_of(desk, &fork, 2, 1)}},
         WSYNC_OK},
        {{"continues-another-branch", "S5.21", NULL, {two, frame_of(desk, &fork, 3, 1)}},
         WSYNC_ERR_CHAIN},
        {{"continues-an-earlier-branch", "S5.21", NULL, {one, frame_of(desk, &early, 2, 1)}},
         WSYNC_ERR_CHAIN},
        {{"retired-log-from-a-peer", "S13.9", "03*32", {one}}, WSYNC_OK},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        take(desk, &CASES[i].taking, CASES[i].code);
    }
}

static void revoked_cases(struct desk *desk)
{
    struct wsync_pin pin = {desk->ward.log, 1, desk->ward.hashes[1]};
    struct wsync_statement statement = {
        .stamp = VECTOR_STAMP,
        .kind = WSYNC_STATEMENT_REVOKE,
        .revoke = {.device = desk->world.devices[VECTOR_WARD].id,
                   .pins = &pin,
                   .pin_count = 1}};
    vector_world_add(&desk->world, &statement);
    struct taking case_ = {"revoked-up-to-its-pin",
                           "S7.10",
                           NULL,
                           {desk->form, frame_of(desk, &desk->ward, 1, 1)}};
    take(desk, &case_, WSYNC_OK);
    case_.name = "quarantine-revoked-beyond-its-pin";
    case_.spec = "S7.11 S10.1";
    case_.frames[1] = frame_of(desk, &desk->ward, 1, 2);
    take(desk, &case_, WSYNC_OK);
    struct wsync_genesis genesis = vector_genesis(&desk->world, VECTOR_WARD);
    genesis.roster_version = 4;
    genesis_case(desk, "log-opened-after-its-revocation", VECTOR_WARD, &genesis,
                 WSYNC_ERR_REVOKED);
    desk->world.statement_count = 0;
    case_.name = "set-before-any-roster";
    case_.spec = "S5.18";
    case_.frames[0] = frame_of(desk, &desk->ward, 1, 1);
    case_.frames[1] = wsync_slice(NULL, 0);
    take(desk, &case_, WSYNC_ERR_INSTANCE);
}

void vector_make_change_set(struct vector_book *book)
{
    struct desk desk;
    open_desk(&desk, book);
    accepted(&desk);
    with_private_part(&desk);
    with_illegal_private_part(&desk);
    heavy_set(&desk);
    other_genesis_of_a_known_log(&desk);
    with_conflict(&desk);
    order_cases(&desk);
    single_changes(&desk);
    context_cases(&desk);
    edited_sets(&desk);
    genesis_cases(&desk);
    later_sets(&desk);
    revoked_cases(&desk);
}
