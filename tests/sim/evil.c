/* SPDX-License-Identifier: Apache-2.0 */
/* A malicious ward with a valid key.  It writes and signs what it likes: forks of its own logs,
 * logs of other units, forms it may not write, values that are none, references to nowhere,
 * origins that are not its own; and it speaks out of turn, repeats, cuts and bends what it
 * says, and acknowledges what was never sent.
 *
 * What it signs and what could be taken goes into the book: the others must make of it what the
 * reference does.  What is refused must leave nothing behind.  [S5.22, S5.28, S9.2, S9.7,
 * S9.19, S10.1 to S10.3] */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/evil.h"
#include "tests/sim/photos.h"

enum {
    GENESIS_MAX = 6,
    TIPS_MAX = 10,
    REPLAYS_MAX = 8,
    CHANGES_MAX = 60,
    FLOOD = 9,
    ARENA_BYTES = 1 << 20
};

/* The end of a branch that it could go on with. */
struct tip {
    uint16_t log, change; /* of the book; `change` SIM_NONE: nothing yet */
    size_t references;
};

static struct {
    struct wsync_slice genesis[SIM_LOGS_MAX]; /* by log of the book */
    struct tip tips[TIPS_MAX];
    size_t tip_count, log_count, change_count;
    struct wsync_slice replays[REPLAYS_MAX];
    size_t replay_count;
    struct wsync_arena arena;
    bool greeted;
} evil;

void sim_evil_init(struct sim_world *world)
{
    evil.tip_count = evil.log_count = evil.change_count = evil.replay_count = 0;
    evil.greeted = false;
    if (!evil.arena.block) {
        void *block = aligned_alloc(16, ARENA_BYTES);
        WSYNC_ASSERT(block);
        wsync_arena_init(&evil.arena, block, ARENA_BYTES);
    }
    evil.arena.used = 0;
    (void)world;
}

void sim_evil_fini(struct sim_world *world)
{
    (void)world;
    evil.arena.used = 0;
}

static uint64_t below(struct sim_world *world, uint64_t bound)
{
    return sim_random_below(&world->random, bound);
}

struct sim_node *sim_evil_node(struct sim_world *world)
{
    for (size_t i = 1; i < world->node_count; i++) {
        if (world->nodes[i].evil) {
            return &world->nodes[i];
        }
    }
    return NULL;
}

static struct wsync_slice genesis_of(struct sim_node *node, uint32_t scope,
                                     struct wsync_genesis *genesis)
{
    struct wsync_slice bytes;
    struct wsync_entropy entropy = replica_entropy(&node->replica);
    *genesis = (struct wsync_genesis){.format = WSYNC_FORMAT_VERSION,
                                      .instance = node->world->installation.instance,
                                      .scope = scope,
                                      .device = node->replica.identity.device,
                                      .signing_key = node->replica.identity.signing_key,
                                      .roster_version = node->enrolled_at,
                                      .stamp = node->replica.now};
    memcpy(genesis->random, entropy.b, sizeof genesis->random);
    WSYNC_ASSERT(wsync_genesis_encode(genesis, &evil.arena, &bytes) == WSYNC_OK);
    return bytes;
}

static void open_log(struct sim_node *node)
{
    struct wsync_genesis genesis;
    struct sim_book *book = &node->world->book;
    if (evil.log_count == GENESIS_MAX || evil.tip_count == TIPS_MAX) {
        return;
    }
    struct wsync_slice bytes = genesis_of(node, node->replica.scope, &genesis);
    struct wsync_hash start = wsync_chain_start(bytes);
    struct wsync_log log = {
        .id = wsync_chain_log_id(&start), .device = genesis.device, .scope = genesis.scope};
    uint16_t index = sim_book_open(book, &log, genesis.stamp, false);
    evil.genesis[index] = bytes;
    evil.log_count++;
    evil.tips[evil.tip_count++] = (struct tip){index, SIM_NONE, 0};
}

/* Another branch of a log from an earlier change on. */
static void fork_log(struct sim_world *world)
{
    if (evil.tip_count == 0 || evil.tip_count == TIPS_MAX) {
        return;
    }
    struct tip tip = evil.tips[below(world, evil.tip_count)];
    for (uint64_t i = below(world, 4); i > 0 && tip.change != SIM_NONE; i--) {
        tip.change = world->book.changes[tip.change].before;
    }
    tip.references = tip.change == SIM_NONE ? 0 : sim_book_table(&world->book, tip.change);
    evil.tips[evil.tip_count++] = tip;
}

static struct wsync_hash hash_before(const struct sim_book *book, const struct tip *tip)
{
    return tip->change == SIM_NONE ? wsync_chain_start(evil.genesis[tip->log])
                                   : book->changes[tip->change].hash;
}

/* One of the changes of its unit, whoever wrote it; SIM_NONE when there is none. */
static uint16_t some_change(struct sim_world *world, uint32_t scope)
{
    for (int i = 0; i < 20 && world->book.change_count > 0; i++) {
        uint16_t change = (uint16_t)below(world, world->book.change_count);
        if (world->book.logs[world->book.changes[change].log].scope == scope) {
            return change;
        }
    }
    return SIM_NONE;
}

static struct wsync_reference reference_to(const struct sim_world *world, uint16_t change)
{
    const struct sim_change *named = &world->book.changes[change];
    return (struct wsync_reference){world->book.logs[named->log].id, named->seq,
                                    wsync_hash_prefix_of(&named->hash)};
}

/* What is wrong with a change, or nothing. */
enum sin {
    SIN_NONE,
    SIN_EDIT,    /* nothing: an edit of a record of somebody's */
    SIN_NOWHERE, /* a record in a log that does not exist */
    SIN_BEYOND,  /* an address beyond its reference */
    SIN_FORM,    /* a verdict, a form definition */
    SIN_VERSION, /* of a form, that nobody published */
    SIN_FIELD,
    SIN_PHOTO, /* nothing: it names a photo, whoever took it */
    SIN_VALUE,
    SIN_ORIGIN, /* of somebody else's change, or of its own that counts already */
    SIN_COUNT
};

struct draft_of_sin {
    struct wsync_write writes[3];
    struct wsync_operation operation;
    struct wsync_address base;
    struct wsync_reference reference;
    struct wsync_draft draft;
};

static void write_values(struct sim_world *world, struct draft_of_sin *d, enum sin sin)
{
    d->writes[0] = (struct wsync_write){
        1,
        false,
        {.class = WSYNC_CLASS_INTEGER, .integer = SIM_DAY + (int64_t)below(world, 5)}};
    d->writes[1] = (struct wsync_write){
        2, false, {.class = WSYNC_CLASS_INTEGER, .integer = (int64_t)below(world, 100)}};
    d->writes[2] = (struct wsync_write){
        sin == SIN_FIELD ? 77 : 3,
        false,
        {.class = WSYNC_CLASS_INTEGER, .integer = sin == SIN_VALUE ? 9 : 1}};
    if (sin == SIN_PHOTO) {
        size_t photo = (size_t)below(world, SIM_PHOTOS);
        const struct wsync_blob_value *value = &sim_album(photo)->value;
        sim_photos_note(world, photo);
        d->writes[2] = (struct wsync_write){
            SIM_PHOTO_FIELD,
            false,
            {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value->b, value->len)}};
    }
    d->operation = (struct wsync_operation){.kind = WSYNC_KIND_WRITE,
                                            .form = REPLICA_FORM,
                                            .version = sin == SIN_VERSION ? 99
                                                       : sin == SIN_PHOTO ? 2
                                                                          : 1,
                                            .creates = true,
                                            .writes = d->writes,
                                            .write_count = 3};
    d->draft =
        (struct wsync_draft){.context = {.stamp_delta = (int64_t)below(world, 1000) - 300},
                             .operations = &d->operation,
                             .operation_count = 1};
}

/* Points the operation at a record of some log, or of none. */
static void aim(struct sim_world *world, struct draft_of_sin *d, const struct tip *tip,
                uint16_t change, enum sin sin)
{
    uint32_t entry = (uint32_t)tip->references + 1;
    d->reference = reference_to(world, change);
    if (sin == SIN_NOWHERE) {
        memset(d->reference.hash.b, (int)below(world, 256), sizeof d->reference.hash.b);
        world->tainted = true;
    }
    d->operation.creates = false;
    d->operation.record =
        (struct wsync_address){entry, d->reference.seq + (sin == SIN_BEYOND), 0};
    d->base = d->operation.record;
    d->operation.bases = &d->base;
    d->operation.base_count = 1;
    d->draft.context.references = &d->reference;
    d->draft.context.reference_count = 1;
}

static void claim_origin(struct sim_world *world, struct draft_of_sin *d, const struct tip *tip,
                         uint16_t change)
{
    d->reference = reference_to(world, change);
    d->draft.context.references = &d->reference;
    d->draft.context.reference_count = 1;
    d->draft.context.has_origin = true;
    d->draft.context.origin =
        (struct wsync_origin){(uint32_t)tip->references + 1, d->reference.seq + below(world, 2),
                              d->draft.context.stamp_delta};
}

/* Appends a change to a branch and takes it into the book. */
static void write_change(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct sim_book *book = &world->book;
    struct draft_of_sin d;
    struct wsync_raw_change raw;
    if (evil.tip_count == 0 || evil.change_count == CHANGES_MAX ||
        !sim_book_has_room(book, 300)) {
        return;
    }
    struct tip *tip = &evil.tips[below(world, evil.tip_count)];
    enum sin sin = (enum sin)below(world, SIN_COUNT);
    uint16_t change = some_change(world, node->replica.scope);
    bool foreign = change != SIM_NONE && book->changes[change].log != tip->log;
    write_values(world, &d, sin);
    if (sin == SIN_FORM) {
        d.operation.form = below(world, 2) == 0 ? WSYNC_FORM_VERDICT : WSYNC_FORM_FORM;
    } else if (sin == SIN_VERSION) {
        world->tainted = true;
    } else if (sin == SIN_ORIGIN && foreign) {
        claim_origin(world, &d, tip, change);
    } else if ((sin == SIN_EDIT || sin == SIN_NOWHERE || sin == SIN_BEYOND) && foreign) {
        aim(world, &d, tip, change, sin);
    }
    struct wsync_hash before = hash_before(book, tip);
    uint64_t seq = tip->change == SIM_NONE ? 1 : book->changes[tip->change].seq + 1U;
    size_t mark = wsync_arena_mark(&evil.arena);
    WSYNC_ASSERT(wsync_draft_encode(&d.draft, &evil.arena, &raw) == WSYNC_OK);
    struct wsync_hash hash = wsync_chain_next(&book->logs[tip->log].id, seq, &before, &raw);
    uint16_t known = sim_book_change(book, tip->log, seq, &hash);
    tip->change = known != SIM_NONE
                      ? known
                      : sim_book_learn(book, (struct sim_place){tip->log, tip->change}, &raw,
                                       &hash, &world->arena);
    tip->references += d.draft.context.reference_count;
    evil.change_count++;
    wsync_arena_release(&evil.arena, mark);
    world->tainted = true; /* an honest change may name one of a branch that gives way */
}

/* A run of a branch with its seal, as an honest device would send it. */
static bool make_set(struct sim_node *node, struct wsync_change_set *set)
{
    struct sim_world *world = node->world;
    const struct sim_book *book = &world->book;
    static struct wsync_raw_change changes[SIM_CHANGES_MAX];
    const struct tip *tip = &evil.tips[below(world, evil.tip_count + (evil.tip_count == 0))];
    if (evil.tip_count == 0 || tip->change == SIM_NONE) {
        return false;
    }
    const struct sim_change *last = &book->changes[tip->change];
    uint64_t first = below(world, 2) == 0 ? 1 : 1 + below(world, last->seq);
    uint16_t at = sim_book_at(book, tip->change, first - 1);
    struct wsync_hash before =
        at == SIM_NONE ? wsync_chain_start(evil.genesis[tip->log]) : book->changes[at].hash;
    *set = (struct wsync_change_set){.log = book->logs[tip->log].id,
                                     .first = first,
                                     .changes = changes,
                                     .change_count = (size_t)(last->seq - first + 1),
                                     .sealed = true};
    memcpy(set->previous, before.b, sizeof set->previous);
    for (size_t i = 0; i < set->change_count; i++) {
        changes[i] = book->raws[sim_book_at(book, tip->change, first + i)];
    }
    if (first == 1) {
        set->genesis = evil.genesis[tip->log];
    }
    const struct wsync_head head = {set->log, last->seq, last->hash};
    set->seal = wsync_seal_sign(&node->replica.identity.secret, &head, &set->checkpoint);
    return true;
}

/* A log of another unit, signed well. */
static void make_foreign_set(struct sim_node *node, struct wsync_change_set *set)
{
    static struct wsync_raw_change raw;
    struct sim_world *world = node->world;
    struct wsync_genesis genesis;
    struct draft_of_sin d;
    uint32_t scope = 1 + (uint32_t)below(world, world->scope_count);
    scope = scope == node->replica.scope ? REPLICA_TOP : scope;
    struct wsync_slice bytes = genesis_of(node, scope, &genesis);
    struct wsync_hash hash = wsync_chain_start(bytes);
    write_values(world, &d, SIN_NONE);
    WSYNC_ASSERT(wsync_draft_encode(&d.draft, &evil.arena, &raw) == WSYNC_OK);
    *set = (struct wsync_change_set){.log = wsync_chain_log_id(&hash),
                                     .first = 1,
                                     .genesis = bytes,
                                     .changes = &raw,
                                     .change_count = 1,
                                     .sealed = true};
    memcpy(set->previous, hash.b, sizeof set->previous);
    hash = wsync_chain_next(&set->log, 1, &hash, &raw);
    const struct wsync_head head = {set->log, 1, hash};
    set->seal = wsync_seal_sign(&node->replica.identity.secret, &head, &set->checkpoint);
}

/* Bends a good set in one place. */
static void bend_set(struct sim_world *world, struct wsync_change_set *set)
{
    uint64_t roll = below(world, 10);
    if (roll == 6) { /* more than a set may hold */
        for (size_t i = set->change_count; i <= WSYNC_SET_CHANGES_MAX; i++) {
            set->changes[i] = set->changes[0];
        }
        set->change_count = WSYNC_SET_CHANGES_MAX + 1;
    } else if (roll == 0) {
        set->previous[below(world, sizeof set->previous)] ^= 1;
    } else if (roll == 1) {
        set->sealed = false;
    } else if (roll == 2) {
        set->seal.b[below(world, sizeof set->seal.b)] ^= 1;
    } else if (roll == 3) {
        set->first += 1 + below(world, 3);
    } else if (roll == 4) {
        set->change_count--;
    } else if (roll == 5) { /* bytes that are not canonical */
        uint8_t *bytes = wsync_arena_get(&evil.arena, set->changes[0].public_part.len + 2);
        WSYNC_ASSERT(bytes);
        memcpy(bytes, set->changes[0].public_part.data, set->changes[0].public_part.len);
        memcpy(bytes + set->changes[0].public_part.len, "\xf8\x01", 2);
        set->changes[0].public_part = wsync_slice(bytes, set->changes[0].public_part.len + 2);
    }
}

static bool say_set(struct sim_node *node, struct wsync_message *message)
{
    bool foreign = below(node->world, 6) == 0;
    message->type = WSYNC_MESSAGE_CHANGES;
    if (foreign) {
        make_foreign_set(node, &message->changes);
    } else if (!make_set(node, &message->changes)) {
        return false;
    }
    if (!foreign && below(node->world, 3) == 0) {
        bend_set(node->world, &message->changes);
    }
    return true;
}

static void say_hello(struct sim_node *node, struct wsync_message *message)
{
    struct sim_world *world = node->world;
    struct sim_view view = sim_view_open(&world->nodes[0], WSYNC_TXN_READ);
    struct wsync_roster roster;
    WSYNC_ASSERT(wsync_roster_get(view.txn, &roster) == WSYNC_OK);
    sim_view_close(&view);
    bool good = below(world, 4) > 0;
    *message = (struct wsync_message){.type = WSYNC_MESSAGE_HELLO};
    struct wsync_hello *hello = &message->hello;
    *hello = (struct wsync_hello){
        .version_min = good ? 1 : (uint32_t)below(world, 4),
        .version_max = good ? 1 : (uint32_t)below(world, 4),
        .device = node->replica.identity.device,
        .instance = world->installation.instance,
        .count = (uint32_t)below(world, 9),
        .roster_version = roster.version + (good ? 0 : below(world, 3)),
        .roster_hash = roster.hash,
        .blobs = below(world, 3) > 0,
        .credit = good ? WSYNC_CREDIT_BYTES_MIN : (uint32_t)below(world, UINT32_MAX)};
    if (below(world, 2) == 0 && world->book.log_count > 0) {
        hello->has_own = true;
        hello->own.log = world->book.logs[below(world, world->book.log_count)].id;
        hello->own.seq = below(world, 9);
    }
}

/* A log that the district writes, if the dice find one. */
static uint64_t district_log(struct sim_world *world)
{
    uint64_t log = below(world, world->book.log_count);
    for (int i = 0; i < 20 && !world->book.logs[log].node; i++) {
        log = below(world, world->book.log_count);
    }
    return log;
}

/* Heads of what is and what is not, without end. */
static void say_heads(struct sim_world *world, struct wsync_message *message)
{
    static struct wsync_head items[WSYNC_HEADS_PER_FRAME_MAX];
    *message = (struct wsync_message){.type = WSYNC_MESSAGE_HEADS};
    message->heads = (struct wsync_heads){items, 0, below(world, 3) == 0};
    struct wsync_log_id id = {{0}};
    if (below(world, 3) == 0) { /* of a log that is there, and another hash */
        uint64_t log =
            below(world, 2) == 0 ? district_log(world) : below(world, world->book.log_count);
        message->heads.count = 1;
        items[0] = (struct wsync_head){world->book.logs[log].id, below(world, 30), {{3}}};
        return;
    }
    bool many = below(world, 3) == 0; /* soon more than its credit */
    for (uint64_t i = many ? WSYNC_HEADS_PER_FRAME_MAX : 1 + below(world, 12); i > 0; i--) {
        struct wsync_head *head = &items[message->heads.count++];
        id.b[0] = (uint8_t)(id.b[0] + 1);
        *head = (struct wsync_head){id, below(world, 30), {{(uint8_t)below(world, 256)}}};
    }
}

static void say_ack(struct sim_world *world, struct wsync_message *message)
{
    static struct wsync_head item;
    *message = (struct wsync_message){.type = WSYNC_MESSAGE_ACK};
    message->ack = (struct wsync_ack){.items = &item,
                                      .count = below(world, 2),
                                      .taken = below(world, 3000),
                                      .own = below(world, 3)};
    uint16_t log = (uint16_t)below(world, world->book.log_count);
    item = (struct wsync_head){world->book.logs[log].id, 1 + below(world, 30), {{1}}};
}

/* A statement of the roster, as it is or bent, whether or not the district lacks it. */
static void say_roster(struct sim_node *node, struct wsync_message *message)
{
    static struct wsync_signed_statement item;
    struct sim_world *world = node->world;
    item = (struct wsync_signed_statement){.signature_count = 1};
    struct sim_view view =
        sim_view_open(&world->nodes[below(world, world->node_count)], WSYNC_TXN_READ);
    enum wsync_err err = wsync_roster_statement(view.txn, 1 + below(world, 9), &item);
    item.statement = err == WSYNC_OK ? wsync_arena_copy(&evil.arena, item.statement)
                                     : wsync_slice_of("none");
    sim_view_close(&view);
    uint64_t roll = below(world, 4);
    if (roll == 0) {
        struct wsync_signature *signature = &item.signatures[0].signature;
        signature->b[below(world, sizeof signature->b)] ^= 1;
    } else if (roll == 1) {
        item.signatures[0] =
            wsync_statement_sign(&node->replica.identity.secret, item.statement);
    }
    *message = (struct wsync_message){.type = WSYNC_MESSAGE_ROSTER, .roster = {&item, 1}};
}

/* Makes a message of some kind; false when it has nothing to say. */
static bool compose(struct sim_node *node, struct wsync_message *message)
{
    struct sim_world *world = node->world;
    uint64_t roll = below(world, 27);
    *message = (struct wsync_message){.type = WSYNC_MESSAGE_BYE};
    if (!evil.greeted || roll == 0) {
        evil.greeted = true;
        say_hello(node, message);
    } else if (roll < 12) {
        return say_set(node, message);
    } else if (roll < 14) {
        say_heads(world, message);
    } else if (roll < 16) {
        say_ack(world, message);
    } else if (roll < 17) {
        message->type = WSYNC_MESSAGE_REJECT;
        message->reject = (struct wsync_reject){.first = 1, .code = WSYNC_ERR_FORK};
    } else if (roll < 18) {
        message->type = WSYNC_MESSAGE_WELCOME;
        message->welcome = (struct wsync_welcome){.version = 1,
                                                  .instance = world->installation.instance,
                                                  .credit = WSYNC_CREDIT_BYTES_MIN};
    } else if (roll == 20) {
        say_roster(node, message);
    } else if (roll > 20) {
        sim_evil_photo(world, &evil.arena, message);
    } else {
        message->bye = roll < 19 ? WSYNC_OK : WSYNC_ERR_BUSY;
    }
    return true;
}

static void keep_for_replay(struct sim_world *world, struct wsync_slice frame)
{
    size_t slot = evil.replay_count < REPLAYS_MAX ? evil.replay_count++
                                                  : (size_t)below(world, REPLAYS_MAX);
    struct wsync_slice kept = wsync_arena_copy(&evil.arena, frame);
    if (kept.data) {
        evil.replays[slot] = kept;
    } else {
        evil.replay_count = slot < evil.replay_count ? slot : evil.replay_count;
    }
}

/* One frame: what was composed, or bytes that are no message, or what was said before. */
static bool next_frame(struct sim_node *node, struct wsync_slice *frame)
{
    struct sim_world *world = node->world;
    struct wsync_message message;
    static uint8_t noise[64];
    if (evil.greeted && evil.replay_count > 0 && below(world, 6) == 0) {
        *frame = evil.replays[below(world, evil.replay_count)];
        return true;
    }
    if (evil.greeted && below(world, 12) == 0) {
        for (size_t i = 0; i < sizeof noise; i++) {
            noise[i] = (uint8_t)below(world, 256);
        }
        noise[0] = (uint8_t)below(world, 3);
        noise[1] = (uint8_t)below(world, 20);
        *frame = wsync_slice(noise, 2 + (size_t)below(world, sizeof noise - 2));
        return true;
    }
    if (!compose(node, &message) ||
        wsync_message_encode(&message, &evil.arena, frame) != WSYNC_OK) {
        return false;
    }
    keep_for_replay(world, *frame);
    return true;
}

void sim_evil_act(struct sim_world *world)
{
    struct sim_node *node = sim_evil_node(world);
    struct wsync_slice frame = {NULL, 0};
    struct sim_link *link = sim_evil_line(world, SIM_WARD_END);
    if (!node || node->revoked) {
        return;
    }
    if (evil.arena.size - evil.arena.used < ARENA_BYTES / 4) {
        return; /* it has said enough */
    }
    sim_node_tell_time(node);
    sim_struck(world, SIM_EVIL_WARD);
    for (uint64_t i = below(world, 4); i > 0; i--) {
        uint64_t roll = below(world, 12);
        if (roll == 0 || evil.tip_count == 0) {
            open_log(node);
        } else if (roll < 3) {
            fork_log(world);
        } else {
            write_change(node);
        }
    }
    if (!link) {
        link = sim_link_open_evil(node, SIM_WARD_END);
        evil.greeted = false;
    }
    for (uint64_t i = below(world, 5); link && i > 0 && !world->failed; i--) {
        if (next_frame(node, &frame)) {
            sim_lie(link, SIM_WARD_END, world, frame);
        }
        bool floods = frame.len > 0 && below(world, 30) == 0;
        for (int k = 0; floods && k < FLOOD; k++) {
            sim_link_say(link, SIM_WARD_END, world, frame);
        }
    }
    while (link && link->used && sim_link_hear(link, SIM_WARD_END, &frame)) {
        sim_evil_hear(world, frame);
    }
    if (link && link->used && (!link->open[SIM_DISTRICT_END] || below(world, 20) == 0)) {
        sim_link_leave(link, SIM_WARD_END);
    }
}
