/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/shelf.h"

#include <stdlib.h>
#include <string.h>

#include "tests/blobs_mem.h"

static struct sim_shelf *shelf_of(struct wsync_blobs *blobs)
{
    return (struct sim_shelf *)blobs;
}

/* Before a write; `*last` when power goes behind it. */
static enum wsync_err begin(struct sim_shelf *shelf, bool *last)
{
    bool strikes = shelf->cut_in > 0 && !shelf->disk->dead && --shelf->cut_in == 0;
    *last = strikes && shelf->cut_behind;
    shelf->disk->dead |= strikes && !shelf->cut_behind;
    return shelf->disk->dead ? WSYNC_ERR_STORE_IO : WSYNC_OK;
}

static enum wsync_err end(struct sim_shelf *shelf, bool last, enum wsync_err err)
{
    shelf->disk->dead |= last;
    return last ? WSYNC_ERR_STORE_IO : err;
}

static enum wsync_err look(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           struct wsync_blob_state *state)
{
    struct sim_shelf *shelf = shelf_of(blobs);
    return shelf->disk->dead ? WSYNC_ERR_STORE_IO
                             : shelf->inner->ops->look(shelf->inner, name, state);
}

static enum wsync_err read_one(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                               uint32_t index, uint8_t *bytes)
{
    struct sim_shelf *shelf = shelf_of(blobs);
    return shelf->disk->dead ? WSYNC_ERR_STORE_IO
                             : shelf->inner->ops->read(shelf->inner, name, index, bytes);
}

static enum wsync_err put(struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                          uint32_t index, struct wsync_slice bytes)
{
    struct sim_shelf *shelf = shelf_of(blobs);
    size_t photo = sim_album_find(name);
    bool last;
    enum wsync_err err = begin(shelf, &last);
    if (err != WSYNC_OK) {
        return err;
    }
    shelf->wrong += photo == SIM_PHOTOS || index >= wsync_blob_chunk_count(name) ||
                    !wsync_slice_equal(bytes, sim_album_chunk(photo, index));
    return end(shelf, last, shelf->inner->ops->put(shelf->inner, name, index, bytes));
}

static enum wsync_err sync_all(struct wsync_blobs *blobs)
{
    struct sim_shelf *shelf = shelf_of(blobs);
    bool last;
    if (!wsync_blobs_mem_is_dirty(shelf->inner)) { /* nothing to write */
        return shelf->disk->dead ? WSYNC_ERR_STORE_IO : WSYNC_OK;
    }
    enum wsync_err err = begin(shelf, &last);
    return err == WSYNC_OK ? end(shelf, last, shelf->inner->ops->sync(shelf->inner)) : err;
}

static enum wsync_err finish(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct sim_shelf *shelf = shelf_of(blobs);
    bool last;
    enum wsync_err err = begin(shelf, &last);
    return err == WSYNC_OK ? end(shelf, last, shelf->inner->ops->finish(shelf->inner, name))
                           : err;
}

static enum wsync_err drop(struct wsync_blobs *blobs, const struct wsync_blob_name *name)
{
    struct sim_shelf *shelf = shelf_of(blobs);
    bool last;
    enum wsync_err err = begin(shelf, &last);
    return err == WSYNC_OK ? end(shelf, last, shelf->inner->ops->drop(shelf->inner, name))
                           : err;
}

static void close_shelf(struct wsync_blobs *blobs)
{
    wsync_blobs_close(shelf_of(blobs)->inner);
    free(blobs);
}

struct sim_shelf *sim_shelf_new(struct sim_disk *disk)
{
    static const struct wsync_blobs_ops OPS = {.look = look,
                                               .read = read_one,
                                               .put = put,
                                               .sync = sync_all,
                                               .finish = finish,
                                               .drop = drop,
                                               .close = close_shelf};
    struct sim_shelf *shelf = calloc(1, sizeof *shelf);
    WSYNC_ASSERT(shelf);
    shelf->base.ops = &OPS;
    shelf->inner = wsync_blobs_mem_new();
    shelf->disk = disk;
    return shelf;
}

void sim_shelf_plan(struct sim_shelf *shelf, uint64_t nth, bool behind)
{
    shelf->cut_in = nth;
    shelf->cut_behind = behind;
}

void sim_shelf_fail_at(struct sim_shelf *shelf, uint64_t nth, enum wsync_err err)
{
    wsync_blobs_mem_fail_at(shelf->inner, (unsigned)nth, err);
}

void sim_shelf_heal(struct sim_shelf *shelf)
{
    shelf->cut_in = 0;
    wsync_blobs_mem_fail_at(shelf->inner, 0, WSYNC_OK);
}

/* The program that knew the hashes is gone. */
static void forget_trees(struct sim_shelf *shelf)
{
    for (size_t i = 0; i < WSYNC_BLOB_TREES_MAX; i++) {
        shelf->base.trees[i].name = (struct wsync_blob_name){.length = 0};
        shelf->base.trees[i].used = 0;
    }
}

static uint64_t some(void *context, uint64_t of)
{
    return sim_random_below(context, of + 1);
}

void sim_shelf_restart(struct sim_shelf *shelf, struct sim_random *random)
{
    wsync_blobs_mem_tear(shelf->inner, some, random);
    shelf->cut_in = 0;
    forget_trees(shelf);
}

bool sim_shelf_is_whole(const struct sim_shelf *shelf, const struct wsync_blob_name *name)
{
    struct wsync_blob_state state;
    enum wsync_err err = shelf->inner->ops->look(shelf->inner, name, &state);
    return err == WSYNC_OK && state.whole;
}

uint32_t sim_shelf_lasts(const struct sim_shelf *shelf, const struct wsync_blob_name *name)
{
    return wsync_blobs_mem_durable(shelf->inner, name);
}

struct wsync_blobs *sim_shelf_image(const struct sim_shelf *shelf)
{
    struct wsync_blobs *image = wsync_blobs_mem_new();
    wsync_blobs_mem_copy(image, shelf->inner);
    wsync_blobs_mem_cut(image);
    return image;
}

void sim_shelf_put_back(struct sim_shelf *shelf, const struct wsync_blobs *image)
{
    wsync_blobs_mem_copy(shelf->inner, image);
    forget_trees(shelf);
}
