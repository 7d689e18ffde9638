/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/photos.h"

enum { WINDOW = 5, SHOTS_PER_STEP = 2 };

static bool has(uint64_t photos, size_t photo)
{
    return (photos >> photo & 1) != 0;
}

static const struct wsync_blob_name *name_of(size_t photo)
{
    return &sim_album(photo)->name;
}

size_t sim_photos_next(struct sim_world *world)
{
    uint64_t from = world->photos.drawn++ / SHOTS_PER_STEP;
    return (size_t)((from + sim_random_below(&world->random, WINDOW)) % SIM_PHOTOS);
}

size_t sim_photos_named(struct sim_world *world)
{
    size_t from = (size_t)sim_random_below(&world->random, SIM_PHOTOS);
    for (size_t i = 0; i < SIM_PHOTOS; i++) {
        if (has(world->photos.named, (from + i) % SIM_PHOTOS)) {
            return (from + i) % SIM_PHOTOS;
        }
    }
    return SIM_PHOTOS;
}

void sim_photos_note(struct sim_world *world, size_t photo)
{
    world->photos.named |= UINT64_C(1) << photo;
}

/* ---- what is said ---- */

/* Did anybody who writes for that unit, or for all, ever name it in a change that the holder
 * has?  [S18.11] */
static bool was_named(const struct sim_node *holder, size_t photo, uint32_t scope)
{
    const struct sim_book *book = &holder->world->book;
    uint64_t text = sim_album(photo)->text;
    for (size_t i = 0; i < book->operation_count; i++) {
        const struct sim_operation *by = &book->operations[i];
        uint32_t of = book->logs[book->changes[by->change].log].scope;
        for (size_t k = 0; (of == scope || of == REPLICA_TOP) && k < by->write_count; k++) {
            const struct sim_write *write = &by->writes[k];
            if (write->field == SIM_PHOTO_FIELD && write->value.text == text &&
                sim_holds(holder, by->change)) {
                return true;
            }
        }
    }
    return false;
}

static void check_known(struct sim_node *node, const struct sim_link *link, size_t photo)
{
    const struct sim_node *ward = &node->world->nodes[link->ward];
    if (!was_named(node, photo, ward->replica.scope)) {
        sim_fail(node->world, "node %zu tells %zu of photo %zu, which is not for it",
                 sim_node_index(node), link->ward, photo);
    }
}

static void check_want(struct sim_node *node, struct sim_link *link, enum sim_end end,
                       const struct wsync_blob_want *want)
{
    struct sim_world *world = node->world;
    size_t number = sim_node_index(node);
    if (!want->has_name && want->from == 0) {
        return; /* it wants no more */
    }
    link->asked[end] = want->has_name ? sim_album_find(&want->name) : link->asked[end];
    size_t photo = link->asked[end];
    if (photo == SIM_PHOTOS || !has(world->photos.named, photo)) {
        sim_fail(world, "node %zu asks for a photo that nobody named", number);
        return;
    }
    bool whole = sim_shelf_is_whole(node->shelf, name_of(photo));
    if (want->count == 0
            ? !whole
            : !whole && want->from > sim_shelf_lasts(node->shelf, name_of(photo))) {
        sim_fail(world, "node %zu says that %u chunks of photo %zu are here; they do not last",
                 number, want->from, photo);
    } else if (want->count > 0 && want->has_name && whole) {
        sim_fail(world, "node %zu asks for photo %zu, which is here", number, photo);
    }
    if (end == SIM_DISTRICT_END) {
        check_known(node, link, photo);
    }
}

static void check_chunk(struct sim_node *node, struct sim_link *link,
                        const struct wsync_session *session,
                        const struct wsync_blob_answer *answer)
{
    struct sim_world *world = node->world;
    size_t photo = sim_album_find(&session->blobs.give);
    if (answer->chunk.bytes.len == 0) {
        return;
    }
    world->statistics.chunks++;
    if (photo == SIM_PHOTOS || !sim_shelf_is_whole(node->shelf, name_of(photo)) ||
        !wsync_slice_equal(answer->chunk.bytes, sim_album_chunk(photo, answer->chunk.index))) {
        sim_fail(world, "node %zu gives a chunk of photo %zu that is not right",
                 sim_node_index(node), photo);
        return;
    }
    if (!link->garbled && session->sent != session->sent_taken) {
        sim_fail(world, "node %zu gives a chunk when %llu of %llu bytes were taken",
                 sim_node_index(node), (unsigned long long)session->sent_taken,
                 (unsigned long long)session->sent);
    }
    check_known(node, link, photo);
}

static void check_offer(struct sim_node *node, const struct wsync_blob_offer *offer)
{
    for (size_t i = 0; i < offer->count; i++) {
        size_t photo = sim_album_find(&offer->names[i]);
        if (photo == SIM_PHOTOS || !sim_shelf_is_whole(node->shelf, &offer->names[i])) {
            sim_fail(node->world, "node %zu offers photo %zu, which is not here",
                     sim_node_index(node), photo);
        }
    }
}

void sim_photos_check_said(struct sim_node *node, const struct wsync_session *session,
                           const struct wsync_message *message)
{
    enum sim_end end;
    struct sim_link *link = sim_link_find(node->world, session, &end);
    if (message->type == WSYNC_MESSAGE_BLOB_WANT) {
        check_want(node, link, end, &message->want);
    } else if (message->type == WSYNC_MESSAGE_BLOB_CHUNK) {
        check_chunk(node, link, session, &message->chunk);
    } else if (message->type == WSYNC_MESSAGE_BLOB_OFFER) {
        check_offer(node, &message->offer);
    }
}

/* ---- what is held ---- */

uint64_t sim_photos_whole(const struct sim_node *node)
{
    uint64_t whole = 0;
    for (size_t photo = 0; photo < SIM_PHOTOS; photo++) {
        bool here = has(node->world->photos.named, photo) &&
                    sim_shelf_is_whole(node->shelf, name_of(photo));
        whole |= (uint64_t)here << photo;
    }
    return whole;
}

void sim_photos_went_back(struct sim_node *node, uint64_t before)
{
    if (sim_node_index(node) == 0) { /* until it is there again */
        node->world->photos.lost |= before & ~sim_photos_whole(node);
    }
}

/* [S18.19, invariant 1] */
static void check_confirmed(struct sim_node *node)
{
    struct sim_world *world = node->world;
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    for (size_t photo = 0; photo < SIM_PHOTOS; photo++) {
        bool held = false;
        if (!has(world->photos.named, photo)) {
            continue;
        }
        WSYNC_ASSERT(wsync_blob_is_held(view.txn, name_of(photo), &held) == WSYNC_OK);
        if (held && !has(world->photos.lost, photo) &&
            !sim_shelf_is_whole(world->nodes[0].shelf, name_of(photo))) {
            sim_fail(world, "node %zu believes that photo %zu is held; the district has it not",
                     sim_node_index(node), photo);
        }
    }
    sim_view_close(&view);
}

void sim_photos_check_step(struct sim_node *node)
{
    struct sim_world *world = node->world;
    if (node->shelf->wrong > 0) {
        sim_fail(world, "node %zu takes a chunk that is not what its name says",
                 sim_node_index(node));
    }
    if (sim_node_index(node) == 0) {
        world->photos.lost &= ~sim_photos_whole(node);
    } else if (world->photos.named != 0 && !node->lied_to && !node->misheard) {
        check_confirmed(node);
    }
}

/* ---- against the reference ---- */

/* Who may read it: in the unit of the device's, and in all.  [S18.11] */
static void compare_readers(struct sim_world *world, struct wsync_txn *txn, size_t photo)
{
    for (size_t i = 1; i < world->node_count; i++) {
        const struct sim_node *reader = &world->nodes[i];
        struct wsync_device device;
        bool named;
        uint64_t readable =
            world->naming.scopes[REPLICA_TOP] | world->naming.scopes[reader->replica.scope];
        if (wsync_device_get(txn, &reader->replica.identity.device, &device) != WSYNC_OK) {
            continue;
        }
        WSYNC_ASSERT(wsync_blob_is_named(txn, name_of(photo), &device, REPLICA_TOP, &named) ==
                     WSYNC_OK);
        if (named != has(readable, photo)) {
            sim_fail(world, "photo %zu is %sfor node %zu to see", photo, named ? "" : "not ",
                     i);
        }
    }
}

static uint64_t named_anywhere(const struct sim_world *world)
{
    uint64_t named = 0;
    for (uint32_t scope = 1; scope <= world->scope_count; scope++) {
        named |= world->naming.scopes[scope];
    }
    return named;
}

void sim_photos_compare(struct sim_node *node, struct wsync_txn *txn)
{
    struct sim_world *world = node->world;
    struct wsync_blob_name name = {.length = 0};
    uint64_t named = 0;
    uint64_t ought = named_anywhere(world);
    while (wsync_blob_next_named(txn, &name) == WSYNC_OK) {
        size_t photo = sim_album_find(&name);
        named |= photo < SIM_PHOTOS ? UINT64_C(1) << photo : 0;
    }
    if (named != ought) {
        sim_fail(world, "node %zu: photos %llx are named, not %llx", sim_node_index(node),
                 (unsigned long long)named, (unsigned long long)ought);
    }
    for (size_t photo = 0; photo < SIM_PHOTOS && sim_node_index(node) == 0; photo++) {
        if (has(world->photos.named, photo)) {
            compare_readers(world, txn, photo);
        }
    }
}

/* ---- the end ---- */

/* What is left to do, as a program tells it to people. */
static void check_left(struct sim_node *node, struct wsync_txn *txn)
{
    struct sim_world *world = node->world;
    size_t number = sim_node_index(node);
    struct wsync_blob_sums sums;
    uint64_t any = named_anywhere(world);
    uint64_t named = 0;
    WSYNC_ASSERT(wsync_blob_sums(txn, &node->shelf->base, &sums) == WSYNC_OK);
    for (size_t photo = 0; photo < SIM_PHOTOS; photo++) {
        named += has(any, photo);
    }
    if (sums.named.count != named) {
        sim_fail(world, "node %zu counts %llu photos, not %llu", number,
                 (unsigned long long)sums.named.count, (unsigned long long)named);
    }
    if (sums.wanted.count > 0 && (any & ~sim_photos_whole(node)) == 0) {
        sim_fail(world, "node %zu says that photos are to come; all are here", number);
    }
    if (number > 0 && sums.to_give.count > 0) {
        sim_fail(world, "node %zu says that %llu photos are to be sent", number,
                 (unsigned long long)sums.to_give.count);
    }
}

static void check_one(struct sim_node *node, struct wsync_txn *txn, size_t photo)
{
    struct sim_world *world = node->world;
    size_t number = sim_node_index(node);
    bool here = sim_shelf_is_whole(node->shelf, name_of(photo));
    bool there = sim_shelf_is_whole(world->nodes[0].shelf, name_of(photo));
    bool held;
    WSYNC_ASSERT(wsync_blob_is_held(txn, name_of(photo), &held) == WSYNC_OK);
    if (here && wsync_blob_verify(&node->shelf->base, name_of(photo)) != WSYNC_OK) {
        sim_fail(world, "node %zu: photo %zu is not what its name says", number, photo);
    } else if (has(world->naming.own, photo) && here && !there) {
        sim_fail(world, "photo %zu of node %zu never came to the district", photo, number);
    } else if (has(world->naming.own, photo) && here && !held) {
        sim_fail(world, "node %zu does not know that photo %zu is held", number, photo);
    } else if (has(world->naming.above, photo) && there && !here) {
        sim_fail(world, "photo %zu of the district never came to node %zu", photo, number);
    }
    world->statistics.photos += here;
}

void sim_photos_check_end(struct sim_node *node)
{
    struct sim_view view = sim_view_open(node, WSYNC_TXN_WRITE);
    bool district = sim_node_index(node) == 0;
    for (size_t photo = 0; photo < SIM_PHOTOS && !district && !node->world->failed; photo++) {
        if (has(node->world->photos.named, photo)) {
            check_one(node, view.txn, photo);
        }
    }
    if (!node->world->failed) {
        check_left(node, view.txn);
    }
    sim_view_close(&view);
}
