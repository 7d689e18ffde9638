/* SPDX-License-Identifier: Apache-2.0 */
#include "host/photo_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/blob_files.h"
#include "host/clock.h"
#include "host/file.h"
#include "wardsync/blob_book.h"

enum { OLD_S = 86400, ROOT_SLOTS = 8 };

struct walk {
    struct wsync_site *site;
    wsync_photo_visitor *visit;
    void *context;
};

static enum wsync_err visit_record(void *context, const struct wsync_records_item *at)
{
    const struct walk *walk = context;
    for (size_t i = 0; i < at->record->live_count; i++) {
        const struct wsync_live *live = &at->record->live[i];
        struct wsync_photo_item item = {
            .form = at->form, .record = at->record, .day = at->day};
        item.field = wsync_form_field(at->form, live->field);
        bool photo = item.field && item.field->type == WSYNC_TYPE_PHOTO &&
                     live->value.class == WSYNC_CLASS_TEXT;
        if (!photo) {
            continue;
        }
        item.log_no = live->dot.log_no;
        item.shown = wsync_record_shown(at->record, live->field, NULL) == live;
        enum wsync_err err = wsync_photo_look(walk->site->blobs, &live->value, &item.state);
        if (err == WSYNC_OK) {
            err = walk->visit(walk->context, &item);
        }
        if (err != WSYNC_OK && err != WSYNC_ERR_VALUE) {
            return err;
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_photos_walk(struct wsync_site *site, wsync_photo_visitor *visit,
                                 void *context)
{
    struct walk walk = {.site = site, .visit = visit, .context = context};
    const struct wsync_records_query all = {
        .first_day = WSYNC_NO_DAY, .last_day = INT32_MAX, .deleted = true};
    return wsync_records_walk(site, &all, visit_record, &walk);
}

enum wsync_err wsync_photo_read(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                                uint8_t *bytes)
{
    struct wsync_blob_name read;
    uint32_t count = wsync_blob_chunk_count(name);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t chunk[WSYNC_BLOB_CHUNK_BYTES];
        enum wsync_err err = wsync_blob_read(blobs, name, i, chunk);
        if (err != WSYNC_OK) {
            return err;
        }
        memcpy(bytes + (size_t)i * WSYNC_BLOB_CHUNK_BYTES, chunk,
               wsync_blob_chunk_len(name, i));
    }
    enum wsync_err err = wsync_blob_name_of(wsync_slice(bytes, (size_t)name->length), &read);
    return err == WSYNC_OK && !wsync_blob_name_equal(&read, name) ? WSYNC_ERR_CORRUPT : err;
}

/* ---- damage ---- */

struct checking {
    struct wsync_site *site;
    struct wsync_photo_check *check;
    void (*found)(void *context, const struct wsync_blob_name *name, const char *path);
    void *context;
};

static enum wsync_err put_aside(const char *path)
{
    char aside[WSYNC_BLOB_PATH_BYTES + 16];
    snprintf(aside, sizeof aside, "%s.damaged", path);
    if (rename(path, aside) != 0) {
        return wsync_file_error(errno, "put aside", path, NULL);
    }
    return wsync_file_sync_parent(aside, NULL);
}

/* What was lost and is named is asked for again. */
static enum wsync_err ask_again(struct wsync_site *site, const struct wsync_blob_name *name)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, NULL);
    if (err != WSYNC_OK) {
        return err;
    }
    err = site->conf.kind == WSYNC_SITE_WARD
              ? wsync_blob_wish(site->txn, name)
              : wsync_blob_lost(site->txn, &site->arena, name);
    if (err == WSYNC_OK) {
        return wsync_site_commit(site, NULL);
    }
    wsync_site_abort(site);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

bool wsync_photo_is_cut(const struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    char path[WSYNC_BLOB_PATH_BYTES];
    struct stat found;
    wsync_blob_files_path(blobs, name, path);
    return stat(path, &found) == 0 && (uint64_t)found.st_size != name->length;
}

enum wsync_err wsync_photo_lost(struct wsync_site *site, const struct wsync_blob_name *name,
                                char path[WSYNC_BLOB_PATH_BYTES])
{
    wsync_blob_files_path(site->blobs, name, path);
    enum wsync_err err = put_aside(path);
    return err == WSYNC_OK && site->store ? ask_again(site, name) : err;
}

static enum wsync_err check_file(void *context, const struct wsync_blob_name *name, bool whole)
{
    struct checking *checking = context;
    char path[WSYNC_BLOB_PATH_BYTES];
    if (!whole) { /* its chunks are checked when it goes on, and again when it is whole */
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_blob_verify(checking->site->blobs, name);
    if (err == WSYNC_OK) {
        checking->check->count++;
        checking->check->bytes += name->length;
    }
    if (err == WSYNC_ERR_NOT_FOUND && wsync_photo_is_cut(checking->site->blobs, name)) {
        err = WSYNC_ERR_CORRUPT;
    }
    if (err != WSYNC_ERR_CORRUPT) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err; /* gone meanwhile */
    }
    err = wsync_photo_lost(checking->site, name, path);
    if (err == WSYNC_OK) {
        checking->check->damaged++;
        checking->found(checking->context, name, path);
    }
    return err;
}

enum wsync_err wsync_photos_verify(struct wsync_site *site, struct wsync_photo_check *check,
                                   void (*found)(void *context,
                                                 const struct wsync_blob_name *name,
                                                 const char *path),
                                   void *context)
{
    struct checking checking = {
        .site = site, .check = check, .found = found, .context = context};
    *check = (struct wsync_photo_check){.count = 0};
    return wsync_blob_files_each(site->blobs, check_file, &checking);
}

/* ---- what nobody names ---- */

/* The files that are kept, found by the first bytes of their roots. */
struct root {
    struct wsync_blob_name name;
    bool whole, named;
};
struct roots {
    struct root *items;
    uint32_t *slots; /* index + 1, in a run that ends at a free slot */
    size_t count, size, slot_count;
};

static size_t slot_of(const struct roots *roots, const uint8_t *root)
{
    uint32_t number;
    memcpy(&number, root, sizeof number);
    return number % roots->slot_count;
}

static enum wsync_err count_root(void *context, const struct wsync_blob_name *name, bool whole)
{
    struct roots *roots = context;
    (void)name;
    (void)whole;
    roots->size++;
    return WSYNC_OK;
}

static enum wsync_err take_root(void *context, const struct wsync_blob_name *name, bool whole)
{
    struct roots *roots = context;
    if (roots->count == roots->size) { /* came while the folder was read */
        return WSYNC_OK;
    }
    size_t slot = slot_of(roots, name->root.b);
    while (roots->slots[slot] != 0) { /* ends: there are more slots than roots */
        slot = (slot + 1) % roots->slot_count;
    }
    roots->items[roots->count] = (struct root){.name = *name, .whole = whole};
    roots->slots[slot] = (uint32_t)++roots->count;
    return WSYNC_OK;
}

static enum wsync_err read_roots(struct wsync_site *site, struct roots *roots)
{
    enum wsync_err err = wsync_blob_files_each(site->blobs, count_root, roots);
    if (err != WSYNC_OK || roots->size == 0) {
        return err;
    }
    roots->slot_count = ROOT_SLOTS * roots->size;
    roots->items = calloc(roots->size, sizeof *roots->items);
    roots->slots = calloc(roots->slot_count, sizeof *roots->slots);
    return roots->items && roots->slots
               ? wsync_blob_files_each(site->blobs, take_root, roots)
               : WSYNC_ERR_MEMORY;
}

/* A change names what its bytes hold, however they are to be read. */
static void mark_named(struct roots *roots, struct wsync_slice row)
{
    for (size_t at = 0; at + WSYNC_HASH_BYTES <= row.len; at++) {
        const uint8_t *bytes = row.data + at;
        size_t slot = slot_of(roots, bytes);
        for (; roots->slots[slot] != 0; slot = (slot + 1) % roots->slot_count) {
            struct root *root = &roots->items[roots->slots[slot] - 1];
            root->named =
                root->named || memcmp(root->name.root.b, bytes, WSYNC_HASH_BYTES) == 0;
        }
    }
}

static enum wsync_err read_changes(struct wsync_txn *txn, struct roots *roots)
{
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err;
    while ((err = wsync_txn_seek(txn, WSYNC_TABLE_CHANGES, WSYNC_SEEK_GT, &entry)) ==
           WSYNC_OK) {
        mark_named(roots, entry.value);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* The file of a name; a part has an ending (blob_files.h). */
static void path_of(struct wsync_site *site, const struct root *root,
                    char path[WSYNC_BLOB_PATH_BYTES + 8])
{
    wsync_blob_files_path(site->blobs, &root->name, path);
    size_t len = strlen(path);
    snprintf(path + len, sizeof ".part", "%s", root->whole ? "" : ".part");
}

static bool is_old(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && found.st_mtime < wsync_clock_wall_s() - OLD_S;
}

static enum wsync_err judge_root(struct wsync_site *site, const struct root *root, bool remove,
                                 struct wsync_photo_unnamed *unnamed)
{
    char path[WSYNC_BLOB_PATH_BYTES + 8];
    if (root->named) {
        return WSYNC_OK;
    }
    unnamed->count++;
    unnamed->bytes += root->name.length;
    path_of(site, root, path);
    if (!remove || !is_old(path)) {
        return WSYNC_OK;
    }
    if (unlink(path) != 0 && errno != ENOENT) {
        return wsync_file_error(errno, "remove", path, NULL);
    }
    unnamed->removed++;
    return WSYNC_OK;
}

static void free_roots(struct roots *roots)
{
    free(roots->items);
    free(roots->slots);
}

enum wsync_err wsync_photos_unnamed(struct wsync_site *site, bool remove,
                                    struct wsync_photo_unnamed *unnamed)
{
    __attribute__((cleanup(free_roots))) struct roots roots = {.count = 0};
    *unnamed = (struct wsync_photo_unnamed){.count = 0};
    WSYNC_ASSERT(!remove || site->txn->mode == WSYNC_TXN_WRITE);
    enum wsync_err err = read_roots(site, &roots);
    if (err == WSYNC_OK && roots.count > 0) {
        err = read_changes(site->txn, &roots);
    }
    for (size_t i = 0; err == WSYNC_OK && i < roots.count; i++) {
        err = judge_root(site, &roots.items[i], remove, unnamed);
    }
    return err;
}
