/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/disk.h"

#include <stdlib.h>

#include "tests/store_mem.h"

struct disk_txn {
    struct wsync_txn base;
    struct wsync_txn *inner;
};

static struct sim_disk *disk_of(struct wsync_store *store)
{
    return (struct sim_disk *)store;
}

static struct wsync_txn *inner_of(struct wsync_txn *txn)
{
    return ((struct disk_txn *)txn)->inner;
}

static bool is_dead(const struct wsync_txn *txn)
{
    return disk_of(txn->store)->dead;
}

static enum wsync_err disk_begin(struct wsync_store *store, enum wsync_txn_mode mode,
                                 struct wsync_txn **txn)
{
    struct sim_disk *disk = disk_of(store);
    struct wsync_txn *inner;
    if (disk->dead) {
        return WSYNC_ERR_STORE_IO;
    }
    enum wsync_err err = wsync_store_begin(disk->inner, mode, &inner);
    if (err != WSYNC_OK) {
        return err;
    }
    struct disk_txn *made = malloc(sizeof *made);
    WSYNC_ASSERT(made);
    *made = (struct disk_txn){.base = {.store = store, .mode = mode}, .inner = inner};
    *txn = &made->base;
    disk->open_count++;
    return WSYNC_OK;
}

static void disk_abort(struct wsync_txn *txn)
{
    disk_of(txn->store)->open_count--;
    wsync_txn_abort(inner_of(txn));
    free(txn);
}

static enum wsync_err disk_commit(struct wsync_txn *txn)
{
    struct sim_disk *disk = disk_of(txn->store);
    bool writes = txn->mode == WSYNC_TXN_WRITE;
    if (writes && disk->plan == SIM_CRASH_BEFORE_COMMIT) {
        disk->dead = true;
    }
    if (disk->dead) {
        disk_abort(txn);
        return WSYNC_ERR_STORE_IO;
    }
    if (writes && disk->refusals > 0) {
        disk->refusals--;
        disk_abort(txn);
        return disk->refusal;
    }
    enum wsync_err err = wsync_txn_commit(inner_of(txn));
    free(txn);
    disk->open_count--;
    disk->commits += writes && err == WSYNC_OK;
    if (writes && disk->plan == SIM_CRASH_AFTER_COMMIT && err == WSYNC_OK) {
        disk->dead = true;
    }
    return err;
}

static enum wsync_err disk_get(struct wsync_txn *txn, enum wsync_table table,
                               struct wsync_slice key, struct wsync_slice *value)
{
    return is_dead(txn) ? WSYNC_ERR_STORE_IO : wsync_txn_get(inner_of(txn), table, key, value);
}

static enum wsync_err disk_put(struct wsync_txn *txn, enum wsync_table table,
                               struct wsync_slice key, struct wsync_slice value)
{
    if (disk_of(txn->store)->full) {
        return WSYNC_ERR_STORE_FULL;
    }
    return is_dead(txn) ? WSYNC_ERR_STORE_IO : wsync_txn_put(inner_of(txn), table, key, value);
}

static enum wsync_err disk_del(struct wsync_txn *txn, enum wsync_table table,
                               struct wsync_slice key)
{
    return is_dead(txn) ? WSYNC_ERR_STORE_IO : wsync_txn_del(inner_of(txn), table, key);
}

static enum wsync_err disk_seek(struct wsync_txn *txn, enum wsync_table table,
                                enum wsync_seek where, struct wsync_entry *entry)
{
    return is_dead(txn) ? WSYNC_ERR_STORE_IO
                        : wsync_txn_seek_any(inner_of(txn), table, where, entry);
}

static void disk_close(struct wsync_store *store)
{
    wsync_store_close(disk_of(store)->inner);
    free(store);
}

static const struct wsync_store_ops OPS = {
    .begin = disk_begin,
    .commit = disk_commit,
    .abort = disk_abort,
    .get = disk_get,
    .put = disk_put,
    .del = disk_del,
    .seek = disk_seek,
    .close = disk_close,
};

struct sim_disk *sim_disk_new(void)
{
    struct sim_disk *disk = malloc(sizeof *disk);
    WSYNC_ASSERT(disk);
    *disk = (struct sim_disk){.base = {.ops = &OPS}, .inner = wsync_store_mem_new()};
    return disk;
}

void sim_disk_plan(struct sim_disk *disk, enum sim_crash plan)
{
    disk->plan = plan;
}

void sim_disk_fail_at(struct sim_disk *disk, uint64_t nth, enum wsync_err err)
{
    wsync_store_mem_fail_at(disk->inner, nth, err);
}

void sim_disk_refuse(struct sim_disk *disk, size_t count, enum wsync_err err)
{
    disk->refusals = count;
    disk->refusal = err;
}

void sim_disk_heal(struct sim_disk *disk)
{
    wsync_store_mem_fail_at(disk->inner, 0, WSYNC_ERR_STORE_IO);
    disk->plan = SIM_CRASH_NONE;
    disk->refusals = 0;
    disk->full = false;
}

void sim_disk_fill(struct sim_disk *disk)
{
    disk->full = true;
}

void sim_disk_put_back(struct sim_disk *disk, struct wsync_store *image)
{
    WSYNC_ASSERT(disk->open_count == 0);
    wsync_store_close(disk->inner);
    disk->inner = image;
    disk->commits++;
}

void sim_disk_restart(struct sim_disk *disk)
{
    disk->dead = false;
    disk->plan = SIM_CRASH_NONE;
}

struct wsync_store *sim_disk_image(const struct sim_disk *disk)
{
    return wsync_store_mem_clone(disk->inner);
}
