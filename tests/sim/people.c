/* SPDX-License-Identifier: Apache-2.0 */
/* What people do to records: create, edit, resolve, delete, revive, mark as duplicate, with
 * what they see now or with what they saw some time ago. */
#include <string.h>

#include "tests/sim/parts.h"
#include "tests/sim/photos.h"

enum {
    INTENTS_MAX = 3,
    FIELDS = 6 + SIM_FORM_VERSIONS_MAX,
    RECORDS_MAX = 512,
    LONG_TEXT_BYTES = 1500,
    ROOM = 300 /* changes that are left for what programs write by themselves */
};

/* One change in the making. */
struct draft {
    struct sim_node *node;
    struct sim_random *random;
    struct wsync_txn *txn;
    uint32_t scope, version; /* the newest version known there */
    struct wsync_intent intents[INTENTS_MAX];
    struct wsync_write writes[INTENTS_MAX][FIELDS];
    struct wsync_dot bases[INTENTS_MAX][SIM_VIEW_DOTS_MAX];
    int64_t items[INTENTS_MAX][2];
    size_t shots[INTENTS_MAX]; /* photos that are taken for it */
    size_t shot_count;
    size_t count;
    struct wsync_dot records[RECORDS_MAX];
    size_t record_count;
};

static uint64_t below(const struct draft *draft, uint64_t bound)
{
    return sim_random_below(draft->random, bound);
}

static struct wsync_slice random_text(struct draft *draft)
{
    static const char *const TEXTS[] = {"rác", "đã dọn", "ngập", "chưa xong", "xem lại"};
    static char long_text[LONG_TEXT_BYTES];
    if (draft->node->world->wordy && below(draft, 2) == 0) {
        memset(long_text, 'a' + (int)below(draft, 26), sizeof long_text);
        return wsync_slice(long_text, 1 + (size_t)below(draft, sizeof long_text));
    }
    return wsync_slice_of(TEXTS[below(draft, sizeof TEXTS / sizeof *TEXTS)]);
}

/* A new photo, or, rarely, one that some record names, which need not be here. */
static size_t random_photo(struct draft *draft)
{
    struct sim_world *world = draft->node->world;
    size_t old = below(draft, 8) == 0 ? sim_photos_named(world) : SIM_PHOTOS;
    bool named = false;
    if (old < SIM_PHOTOS) {
        WSYNC_ASSERT(wsync_blob_is_named(draft->txn, &sim_album(old)->name, NULL, 0, &named) ==
                     WSYNC_OK);
    }
    if (named) {
        return old;
    }
    size_t photo = sim_photos_next(world);
    draft->shots[draft->shot_count++] = photo;
    return photo;
}

static struct wsync_value random_value(struct draft *draft, uint32_t field)
{
    struct wsync_value value = {.class = WSYNC_CLASS_INTEGER};
    int64_t *items = draft->items[draft->count];
    if (below(draft, 12) == 0) {
        return (struct wsync_value){.class = WSYNC_CLASS_BLANK};
    }
    if (field == 1) {
        value.integer = SIM_DAY + (int64_t)below(draft, 5);
    } else if (field == 3) {
        value.integer = 1 + (int64_t)below(draft, 2);
    } else if (field == 4 || field == 5) {
        value.class = WSYNC_CLASS_TEXT;
        value.text = random_text(draft);
    } else if (field == SIM_PHOTO_FIELD) {
        const struct sim_photo *photo = sim_album(random_photo(draft));
        value.class = WSYNC_CLASS_TEXT;
        value.text = wsync_slice(photo->value.b, photo->value.len);
    } else if (field == 6) {
        value.class = WSYNC_CLASS_LIST;
        value.item_count = 1 + (size_t)below(draft, 2);
        items[0] = value.item_count == 2 ? 1 : 1 + (int64_t)below(draft, 2);
        items[1] = 2;
        value.items = items;
    } else {
        value.integer = (int64_t)below(draft, 200) - 50;
        value.integer = below(draft, 24) == 0 ? INT64_MAX - value.integer - 50 : value.integer;
    }
    return value;
}

/* Fills in some fields of the version, ascending; at least one. */
static void write_fields(struct draft *draft, struct wsync_intent *intent, uint64_t odds)
{
    struct wsync_write *writes = draft->writes[draft->count];
    uint32_t last = 5 + intent->version;
    uint32_t sure = 1 + (uint32_t)below(draft, last);
    for (uint32_t field = 1; field <= last; field++) {
        if (field == sure || below(draft, odds) == 0) {
            writes[intent->write_count++] =
                (struct wsync_write){field, field == 5, random_value(draft, field)};
        }
    }
    intent->writes = writes;
}

static struct wsync_intent *next_intent(struct draft *draft, enum wsync_kind kind)
{
    struct wsync_intent *intent = &draft->intents[draft->count];
    *intent = (struct wsync_intent){.kind = kind, .bases = draft->bases[draft->count]};
    if (kind == WSYNC_KIND_WRITE) {
        intent->form = REPLICA_FORM;
        intent->version =
            below(draft, 4) == 0 ? 1 + (uint32_t)below(draft, draft->version) : draft->version;
    }
    return intent;
}

static void create(struct draft *draft)
{
    struct wsync_intent *intent = next_intent(draft, WSYNC_KIND_WRITE);
    intent->creates = true;
    write_fields(draft, intent, 2);
    draft->count++;
}

/* What is on the screen: the record now, or as somebody opened it earlier. */
static bool look(struct draft *draft, struct sim_seen *seen)
{
    struct sim_node *node = draft->node;
    struct wsync_arena *arena = &node->world->arena;
    struct wsync_record record;
    if (node->seen.valid && node->seen.scope == draft->scope && below(draft, 4) == 0) {
        *seen = node->seen;
        return true;
    }
    if (draft->record_count == 0) {
        return false;
    }
    size_t few = below(draft, 2) == 0 && draft->record_count > 3 ? 3 : draft->record_count;
    size_t mark = wsync_arena_mark(arena);
    struct wsync_dot id = draft->records[below(draft, few)];
    WSYNC_ASSERT(wsync_record_get(draft->txn, id, 0, arena, &record) == WSYNC_OK);
    *seen = (struct sim_seen){.valid = true, .scope = draft->scope, .record = id};
    for (size_t i = 0; i < record.live_count && seen->count < SIM_VIEW_DOTS_MAX; i++) {
        seen->dots[seen->count] = record.live[i].dot;
        seen->fields[seen->count++] = record.live[i].field;
    }
    wsync_arena_release(arena, mark);
    if (below(draft, 4) == 0) {
        node->seen = *seen;
    }
    return true;
}

static void name(struct draft *draft, struct wsync_intent *intent, struct wsync_dot dot)
{
    for (size_t i = 0; i < intent->base_count; i++) {
        if (wsync_dot_equal(intent->bases[i], dot)) {
            return;
        }
    }
    draft->bases[draft->count][intent->base_count++] = dot;
}

static bool writes_field(const struct wsync_intent *intent, uint32_t field)
{
    for (size_t i = 0; i < intent->write_count; i++) {
        if (intent->writes[i].field == field) {
            return true;
        }
    }
    return false;
}

/* An edit names what it replaces; now and then it names less, or the marks of a deletion too.
 */
static void edit(struct draft *draft)
{
    struct sim_seen seen;
    if (!look(draft, &seen)) {
        create(draft);
        return;
    }
    struct wsync_intent *intent = next_intent(draft, WSYNC_KIND_WRITE);
    bool blind = below(draft, 8) == 0;
    bool revives = below(draft, 2) == 0;
    intent->record = seen.record;
    write_fields(draft, intent, 6);
    for (size_t i = 0; i < seen.count && !blind; i++) {
        bool mark = seen.fields[i] == WSYNC_LIVENESS_FIELD;
        bool skips = below(draft, 10) == 0;
        if (!skips && (mark ? revives : writes_field(intent, seen.fields[i]))) {
            name(draft, intent, seen.dots[i]);
        }
    }
    draft->count++;
}

static void mark(struct draft *draft, enum wsync_kind kind)
{
    struct sim_seen seen;
    struct sim_seen other;
    if (!look(draft, &seen) || !look(draft, &other)) {
        create(draft);
        return;
    }
    if (kind == WSYNC_KIND_DUPLICATE && wsync_dot_equal(seen.record, other.record)) {
        kind = WSYNC_KIND_DELETE;
    }
    struct wsync_intent *intent = next_intent(draft, kind);
    bool careless = below(draft, 6) == 0;
    intent->record = seen.record;
    intent->other = other.record;
    for (size_t i = 0; i < seen.count; i++) {
        bool wanted = kind != WSYNC_KIND_REVIVE || seen.fields[i] == WSYNC_LIVENESS_FIELD;
        if (wanted && !(careless && below(draft, 3) == 0)) {
            name(draft, intent, seen.dots[i]);
        }
    }
    draft->count++;
}

/* Creates a record and corrects it in the same change. */
static void create_and_correct(struct draft *draft)
{
    struct wsync_log log;
    create(draft);
    if (draft->count != 1 || wsync_ledger_own_log(draft->txn, draft->scope, &log) != WSYNC_OK) {
        return;
    }
    struct wsync_intent *intent = next_intent(draft, WSYNC_KIND_WRITE);
    intent->record = (struct wsync_dot){log.no, log.seq + 1, 0};
    write_fields(draft, intent, 4);
    name(draft, intent, intent->record);
    draft->count++;
}

static void compose(struct draft *draft)
{
    size_t wanted = below(draft, 6) == 0 ? INTENTS_MAX - 1 : 1;
    while (draft->count < wanted) {
        uint64_t roll = below(draft, 20);
        if (roll < 5) {
            create(draft);
        } else if (roll < 6) {
            create_and_correct(draft);
        } else if (roll < 15) {
            edit(draft);
        } else if (roll < 18) {
            mark(draft, WSYNC_KIND_DELETE);
        } else {
            mark(draft, roll == 18 ? WSYNC_KIND_REVIVE : WSYNC_KIND_DUPLICATE);
        }
    }
}

static void list_records(struct draft *draft)
{
    struct wsync_arena *arena = &draft->node->world->arena;
    struct wsync_record record;
    struct wsync_dot from = {0, 0, 0};
    size_t mark_at = wsync_arena_mark(arena);
    while (draft->record_count < RECORDS_MAX &&
           wsync_record_seek(draft->txn, from, arena, &record) == WSYNC_OK) {
        if (record.scope == draft->scope && record.form == REPLICA_FORM &&
            record.live_count < SIM_VIEW_DOTS_MAX) {
            draft->records[draft->record_count++] = record.id;
        }
        from = record.id;
        from.op++;
        wsync_arena_release(arena, mark_at);
    }
}

/* Did its own roster tell the device that it is suspended?  A line that was cut may keep the
 * resumption from it until the next session. */
static bool knows_it_is_suspended(const struct sim_node *node)
{
    struct wsync_device device;
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    enum wsync_err err = wsync_device_get(view.txn, &node->replica.identity.device, &device);
    sim_view_close(&view);
    return err == WSYNC_OK && device.suspended != 0;
}

/* The photos are here before the record is written; without room for them it is not. */
static enum wsync_err keep_photos(struct sim_node *node, const struct draft *draft)
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < draft->shot_count && err == WSYNC_OK; i++) {
        const struct sim_photo *photo = sim_album(draft->shots[i]);
        struct wsync_blob_name name;
        sim_photos_note(node->world, draft->shots[i]);
        err = wsync_blob_add(&node->shelf->base, photo->bytes, &name);
        if (err == WSYNC_OK && !sim_shelf_is_whole(node->shelf, &photo->name)) {
            sim_fail(node->world, "node %zu keeps a photo that does not last",
                     sim_node_index(node));
        }
    }
    return err;
}

/* Writes what was drafted; the store holds it exactly when the author was told so, unless the
 * machine died over it. */
static void commit(struct sim_node *node, const struct draft *draft)
{
    struct sim_world *world = node->world;
    struct wsync_dot written;
    uint64_t before = node->disk->commits;
    sim_node_tell_time(node);
    enum wsync_err err = keep_photos(node, draft);
    if (err == WSYNC_OK) {
        err =
            replica_write(&node->replica, draft->scope, draft->intents, draft->count, &written);
    }
    bool died = node->disk->dead;
    uint64_t kept = node->disk->commits - before;
    sim_tell(world, "%zu writes %zu operations in unit %u: %s", sim_node_index(node),
             draft->count, draft->scope, wsync_err_name(err));
    /* What somebody saw some time ago may not be there any more. */
    bool stale = err == WSYNC_ERR_RECORD || err == WSYNC_ERR_NOT_FOUND ||
                 (err == WSYNC_ERR_CONTEXT && node->seen.valid) ||
                 (err == WSYNC_ERR_DEVICE && node->has_before) ||
                 (err == WSYNC_ERR_REVOKED && knows_it_is_suspended(node));
    if (err != WSYNC_OK && !stale && !wsync_err_is_ours(err)) {
        sim_fail(world, "node %zu cannot write: %s", sim_node_index(node), wsync_err_name(err));
    }
    sim_node_revive(node);
    sim_holdings_read(node);
    if (!died && kept != (err == WSYNC_OK)) {
        sim_fail(world, "node %zu: the author was told %s, the store says otherwise",
                 sim_node_index(node), wsync_err_name(err));
    }
    sim_check_step(node);
}

void sim_people_write(struct sim_node *node, uint32_t scope)
{
    static struct draft draft;
    struct sim_world *world = node->world;
    const struct wsync_form *form;
    if (!sim_book_has_room(&world->book, ROOM)) {
        return;
    }
    sim_keys_choose(node);
    struct sim_view view = sim_view_open(node, WSYNC_TXN_READ);
    wsync_catalog_init(&world->catalog);
    bool knows =
        wsync_catalog_newest(&world->catalog, view.txn, REPLICA_FORM, &form) == WSYNC_OK;
    if (knows) { /* a device that never met the district has no forms to fill in */
        draft = (struct draft){.node = node,
                               .random = &world->random,
                               .txn = view.txn,
                               .scope = scope,
                               .version = form->version};
        list_records(&draft);
        compose(&draft);
    }
    sim_view_close(&view);
    if (knows) {
        commit(node, &draft);
    }
}
