/* SPDX-License-Identifier: Apache-2.0 */
#include "host/export_signed.h"

#include <errno.h>
#include <string.h>

#include "host/evidence.h"
#include "host/receipts.h"
#include "wardsync/message.h"
#include "wardsync/signed_log.h"

enum { CLASSES = 3, PROGRESS_CHANGES = 1024 };

/* An export at work. */
struct writing {
    struct wsync_site *site;
    const struct wsync_export_signed_options *options;
    struct wsync_export_signed_result *result;
    struct wsync_roster roster;
    struct wsync_signed_log file;
    struct wsync_signed_checkpoint last; /* what own changes are sealed with */
    uint64_t total, told;
};

/* A log, or a branch of it, on its way into the file. */
struct path {
    const struct wsync_log *log;
    uint32_t rows_no;    /* where the changes from `fork` on stand; before: with the log */
    uint64_t fork, last; /* a log by itself forks at 1 */
    uint64_t next;
    struct wsync_hash before; /* the chain hash at `next` - 1 */
    bool own;
};

static enum wsync_err write_bytes(struct writing *writing, const void *bytes, size_t len)
{
    return fwrite(bytes, 1, len, writing->options->out) == len ? WSYNC_OK : WSYNC_ERR_STORE_IO;
}

static enum wsync_err write_message(struct writing *writing,
                                    const struct wsync_message *message)
{
    uint8_t length[WSYNC_SIGNED_LOG_LENGTH_BYTES];
    struct wsync_slice frame;
    enum wsync_err err = wsync_message_encode(message, &writing->site->arena, &frame);
    if (err == WSYNC_OK) {
        wsync_signed_log_add(&writing->file, frame);
        wsync_signed_log_length(frame.len, length);
        err = write_bytes(writing, length, sizeof length);
    }
    return err == WSYNC_OK ? write_bytes(writing, frame.data, frame.len) : err;
}

/* One statement a message, so that each has its place in the file. */
static enum wsync_err write_roster(struct writing *writing)
{
    struct wsync_arena *arena = &writing->site->arena;
    for (uint64_t version = 1;; version++) { /* ends: versions are dense */
        struct wsync_signed_statement statement;
        size_t mark = wsync_arena_mark(arena);
        enum wsync_err err = wsync_roster_statement(writing->site->txn, version, &statement);
        if (err == WSYNC_ERR_NOT_FOUND) {
            return WSYNC_OK;
        }
        if (err == WSYNC_OK) {
            struct wsync_message message = {.type = WSYNC_MESSAGE_ROSTER,
                                            .roster = {&statement, 1}};
            err = write_message(writing, &message);
        }
        wsync_arena_release(arena, mark);
        if (err != WSYNC_OK) {
            return err;
        }
        writing->result->statements++;
    }
}

/* ---- runs ---- */

static uint32_t rows_of(const struct path *path, uint64_t seq)
{
    return seq >= path->fork ? path->rows_no : path->log->no;
}

static void strip(struct wsync_raw_change *raw)
{
    if (raw->private_state == WSYNC_PRIVATE_HELD) {
        raw->private_hash = wsync_change_digest(raw).private_hash;
        raw->private_state = WSYNC_PRIVATE_ERASED;
        raw->private_part = (struct wsync_slice){NULL, 0};
    }
}

/* Reads changes from `path->next` up to `last`, as many as make a set of at most `bytes_max`.
 */
static enum wsync_err collect(struct writing *writing, struct path *path, uint64_t last,
                              size_t bytes_max, struct wsync_change_set *set)
{
    size_t weight = 0;
    set->changes =
        wsync_arena_array(&writing->site->arena, WSYNC_SET_CHANGES_MAX, sizeof *set->changes);
    if (!set->changes) {
        return WSYNC_ERR_MEMORY;
    }
    while (path->next <= last && set->change_count < WSYNC_SET_CHANGES_MAX) {
        struct wsync_change change;
        enum wsync_err err = wsync_log_change(writing->site->txn, rows_of(path, path->next),
                                              path->next, &change);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        weight += wsync_change_weight(&change.raw);
        if (set->change_count > 0 && weight > bytes_max) {
            break;
        }
        path->before = wsync_chain_next(&path->log->id, path->next, &path->before, &change.raw);
        if (!wsync_hash_equal(&path->before, &change.hash)) {
            return WSYNC_ERR_CORRUPT; /* a seal over it would make damage look sound */
        }
        set->changes[set->change_count] = change.raw;
        if (!writing->options->personal) {
            strip(&set->changes[set->change_count]);
        }
        set->change_count++;
        path->next++;
    }
    return WSYNC_OK;
}

/* The run as its author sealed it.  NOT_FOUND where a verdict stopped the log and the seal over
 * what is left lies with a branch. */
static enum wsync_err read_run(struct writing *writing, struct path *path,
                               struct wsync_change_set *set)
{
    struct wsync_seal seal;
    bool shared = path->next < path->fork; /* what a branch of an own log has in common */
    uint64_t from = shared ? path->fork : path->next;
    enum wsync_err err = wsync_log_next_seal(writing->site->txn, path->rows_no, from, &seal);
    bool sealed = err == WSYNC_OK && seal.seq <= path->last && !(path->own && shared);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    set->sealed = true;
    if (sealed) {
        set->seal = seal.signature;
        set->checkpoint = seal.checkpoint;
        err = collect(writing, path, seal.seq, WSYNC_SET_BYTES_MAX, set);
        return err == WSYNC_OK && path->next <= seal.seq ? WSYNC_ERR_CORRUPT : err;
    }
    if (!path->own) {
        return WSYNC_ERR_NOT_FOUND;
    }
    err = collect(writing, path, shared ? path->fork - 1 : path->last, WSYNC_SET_BYTES_DEFAULT,
                  set);
    struct wsync_head head = {path->log->id, path->next - 1, path->before};
    set->checkpoint = writing->last.checkpoint;
    set->seal = wsync_seal_sign(&writing->site->identity.secret, &head, &set->checkpoint);
    return err;
}

static enum wsync_err write_run(struct writing *writing, struct path *path)
{
    struct wsync_message message = {
        .type = WSYNC_MESSAGE_CHANGES,
        .changes = {.log = path->log->id, .first = path->next},
    };
    struct wsync_change_set *set = &message.changes;
    enum wsync_err err = WSYNC_OK;
    if (path->next == 1) {
        err = wsync_log_genesis(writing->site->txn, path->log->no, &set->genesis);
    }
    if (err == WSYNC_OK) {
        err = wsync_log_hash(writing->site->txn, rows_of(path, path->next - 1), path->next - 1,
                             &path->before);
    }
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    memcpy(set->previous, path->before.b, sizeof set->previous);
    err = read_run(writing, path, set);
    if (err == WSYNC_OK) {
        err = write_message(writing, &message);
    }
    if (err == WSYNC_OK) {
        writing->result->changes += set->change_count;
        writing->result->seals++;
    }
    return err;
}

static enum wsync_err write_path(struct writing *writing, struct path *path)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && path->next <= path->last) { /* ends: each turn writes a run */
        size_t mark = wsync_arena_mark(&writing->site->arena);
        err = write_run(writing, path);
        wsync_arena_release(&writing->site->arena, mark);
        if (writing->options->progress &&
            writing->result->changes >= writing->told + PROGRESS_CHANGES) {
            writing->told = writing->result->changes;
            writing->options->progress(writing->options->context, writing->told,
                                       writing->total);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- logs ---- */

/* What a branch leaves may be sealed behind the fork: from the run on that leaves the log; of
 * an own one, whose changes are sealed here, one change before. */
static enum wsync_err write_branch(struct writing *writing, const struct wsync_log *log,
                                   const struct wsync_evidence *branch, bool own)
{
    uint64_t sealed = branch->fork > 1 ? branch->fork - 2 : 0;
    enum wsync_err err = WSYNC_OK;
    if (!own) {
        err = wsync_log_sealed_before(writing->site->txn, log->no, branch->fork, &sealed);
    }
    struct path path = {.log = log,
                        .rows_no = branch->rows_no,
                        .fork = branch->fork,
                        .last = branch->seq,
                        .next = sealed + 1,
                        .own = own};
    return err == WSYNC_OK ? write_path(writing, &path) : err;
}

static enum wsync_err write_log(struct writing *writing, const struct wsync_log *log)
{
    bool own = wsync_slice_equal(WSYNC_BYTES(log->signing_key),
                                 WSYNC_BYTES(writing->site->identity.signing_key));
    struct path path = {
        .log = log, .rows_no = log->no, .fork = 1, .last = log->seq, .next = 1, .own = own};
    struct wsync_evidence branch = {.number = 0};
    enum wsync_err err = write_path(writing, &path);
    writing->result->logs++;
    while (err == WSYNC_OK) { /* ends: each turn passes one branch */
        err = wsync_evidence_next(writing->site->txn, log->no, branch.number, &branch);
        if (err == WSYNC_OK) {
            err = write_branch(writing, log, &branch, own);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Forms, units and verdicts decide about everything else: 0 the district's logs of its own
 * unit, 1 its other ones, 2 all others. */
static enum wsync_err class_of(struct writing *writing, const struct wsync_log *log, int *class)
{
    struct wsync_device device;
    enum wsync_err err = wsync_device_get(writing->site->txn, &log->device, &device);
    *class = CLASSES - 1;
    if (err == WSYNC_OK && device.role == WSYNC_ROLE_NODE) {
        *class = log->scope == writing->roster.top ? 0 : 1;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

static bool is_wanted(const struct writing *writing, const struct wsync_log *log)
{
    uint32_t unit = writing->options->unit;
    return unit == 0 || log->scope == unit || log->scope == writing->roster.top;
}

/* Visits the logs of a class in the order of their ids; `count` alone adds their changes up. */
static enum wsync_err walk(struct writing *writing, int class, bool count)
{
    struct wsync_log log;
    enum wsync_err err = wsync_log_after(writing->site->txn, NULL, &log);
    while (err == WSYNC_OK) { /* ends: each turn passes one log */
        struct wsync_log_id at = log.id;
        int its = class;
        if (!count) {
            err = class_of(writing, &log, &its);
        }
        if (err == WSYNC_OK && its == class && is_wanted(writing, &log)) {
            writing->total += count ? log.seq : 0;
            err = count ? WSYNC_OK : write_log(writing, &log);
        }
        err = err == WSYNC_OK ? wsync_log_after(writing->site->txn, &at, &log) : err;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* ---- receipts ---- */

static enum wsync_err write_receipt(struct writing *writing,
                                    const struct wsync_receipt *receipt)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_RECEIPT, .receipt = *receipt};
    enum wsync_err err = write_message(writing, &message);
    writing->result->receipts += err == WSYNC_OK;
    return err;
}

/* Those a ward keeps, in the order of arrival; what is evidence among them speaks for itself.
 */
static enum wsync_err write_kept(struct writing *writing)
{
    struct wsync_arena *arena = &writing->site->arena;
    struct wsync_kept_receipt kept = {.number = 0};
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK) { /* ends: each turn passes one */
        struct wsync_receipt receipt;
        size_t mark = wsync_arena_mark(arena);
        err = wsync_receipt_after(writing->site->txn, &kept);
        if (err == WSYNC_OK) {
            err = wsync_receipt_decode(kept.bytes, arena, &receipt) == WSYNC_OK
                      ? write_receipt(writing, &receipt)
                      : WSYNC_ERR_CORRUPT;
        }
        wsync_arena_release(arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* The district's word for what it holds, where it keeps a log. */
static enum wsync_err write_last(struct writing *writing)
{
    struct wsync_arena *arena = &writing->site->arena;
    struct wsync_receipts_query query = {.scope = writing->options->unit};
    struct wsync_receipt receipt;
    size_t mark = wsync_arena_mark(arena);
    enum wsync_err err = wsync_receipts_now(writing->site, &query, &receipt);
    if (err == WSYNC_OK) {
        err = write_receipt(writing, &receipt);
    }
    wsync_arena_release(arena, mark);
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_end(struct writing *writing)
{
    uint8_t end[WSYNC_SIGNED_LOG_END_BYTES];
    wsync_signed_log_end(&writing->file, end);
    enum wsync_err err = write_bytes(writing, end, sizeof end);
    return err == WSYNC_OK && fflush(writing->options->out) != 0 ? WSYNC_ERR_STORE_IO : err;
}

static enum wsync_err say(enum wsync_err err, struct wsync_error *error)
{
    if (err == WSYNC_ERR_STORE_IO) {
        return wsync_error_set(error, err, "The log cannot be written: %s.", strerror(errno));
    }
    return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
}

enum wsync_err wsync_export_signed(struct wsync_site *site,
                                   const struct wsync_export_signed_options *options,
                                   struct wsync_export_signed_result *result,
                                   struct wsync_error *error)
{
    struct writing writing = {.site = site, .options = options, .result = result};
    *result = (struct wsync_export_signed_result){.statements = 0};
    enum wsync_err err = wsync_site_need_keys(site, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_roster_get(site->txn, &writing.roster);
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_last(site->txn, &writing.last);
    }
    if (err == WSYNC_OK) {
        err = walk(&writing, 0, true);
    }
    if (err == WSYNC_OK) {
        err = write_bytes(&writing, WSYNC_SIGNED_LOG_MAGIC, strlen(WSYNC_SIGNED_LOG_MAGIC));
    }
    if (err == WSYNC_OK) {
        err = write_roster(&writing);
    }
    for (int class = 0; err == WSYNC_OK && class < CLASSES; class ++) {
        err = walk(&writing, class, false);
    }
    if (err == WSYNC_OK) {
        err = write_kept(&writing);
    }
    if (err == WSYNC_OK) {
        err = write_last(&writing);
    }
    if (err == WSYNC_OK) {
        err = write_end(&writing);
    }
    if (err == WSYNC_OK && options->progress) {
        options->progress(options->context, result->changes, writing.total);
    }
    return err == WSYNC_OK ? WSYNC_OK : say(err, error);
}
