/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/session_carriage.h"
#include "core/session_parts.h"
#include "wardsync/checkpoint.h"
#include "wardsync/tree.h"

/* META "unpacks": the dictionary that the district named when it was last heard; absent: it
 * takes no packed sets, or was not heard yet. */
#define UNPACKS "unpacks"

struct wsync_slice wsync_step_dictionary(const struct wsync_step *step)
{
    const struct wsync_packer *packer = step->session->setup.packer;
    return packer ? WSYNC_BYTES(packer->dictionary) : wsync_slice(NULL, 0);
}

/* What the peer unpacks, by the dictionary that it named. */
static void note_peer(struct wsync_session *session, struct wsync_slice named)
{
    const struct wsync_packer *packer = session->setup.packer;
    session->packing.packs = packer && named.len > 0;
    session->packing.dictionary =
        session->packing.packs && wsync_slice_equal(named, WSYNC_BYTES(packer->dictionary));
}

static void know_log(struct wsync_packed_line *line, const struct wsync_log_id *log)
{
    line->has_log = true;
    line->end.log = *log;
}

/* The district said in Welcome where it stands, so both know. */
static void know_end(struct wsync_packed_line *line, const struct wsync_welcome *welcome)
{
    if (welcome->has_own) {
        line->has_log = line->has_end = true;
        line->end = welcome->own;
    }
}

enum wsync_err wsync_packing_recall(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    struct wsync_slice named;
    if (session->has_own) {
        know_log(&session->packing.out, &session->own);
    }
    enum wsync_err err =
        wsync_txn_get(step->txn, WSYNC_TABLE_META, wsync_slice_of(UNPACKS), &named);
    note_peer(session, err == WSYNC_OK ? named : wsync_slice(NULL, 0));
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

void wsync_packing_answer(struct wsync_step *step, const struct wsync_hello *hello,
                          const struct wsync_welcome *welcome)
{
    struct wsync_session *session = step->session;
    note_peer(session, hello->dictionary);
    if (hello->has_own) {
        know_log(&session->packing.in, &hello->own.log);
    }
    know_end(&session->packing.in, welcome);
}

static enum wsync_err remember(struct wsync_step *step, struct wsync_slice named)
{
    struct wsync_slice known;
    enum wsync_err err =
        wsync_txn_get(step->txn, WSYNC_TABLE_META, wsync_slice_of(UNPACKS), &known);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    bool is_known = err == WSYNC_OK;
    if (named.len == 0) {
        return is_known ? wsync_txn_del(step->txn, WSYNC_TABLE_META, wsync_slice_of(UNPACKS))
                        : WSYNC_OK;
    }
    return is_known && wsync_slice_equal(known, named)
               ? WSYNC_OK
               : wsync_txn_put(step->txn, WSYNC_TABLE_META, wsync_slice_of(UNPACKS), named);
}

enum wsync_err wsync_packing_learn(struct wsync_step *step, const struct wsync_welcome *welcome)
{
    struct wsync_session *session = step->session;
    bool packed = session->packing.packs, with = session->packing.dictionary;
    note_peer(session, welcome->dictionary);
    bool guessed_wrong =
        (packed && !session->packing.packs) || (with && !session->packing.dictionary);
    if (session->packing.said && guessed_wrong) { /* the flight was in vain */
        struct wsync_outgoing *flight = &session->outgoing[0];
        flight->next = flight->acked + 1;
        session->packing.said = false;
    }
    if (session->counts.changes_sent == 0) {
        know_end(&session->packing.out, welcome);
    }
    return remember(step, welcome->dictionary);
}

static struct wsync_packing packing_of(const struct wsync_session *session,
                                       const struct wsync_packed_line *line)
{
    bool to_district = session->setup.role == WSYNC_SESSION_WARD;
    return (struct wsync_packing){.packer = session->setup.packer,
                                  .dictionary = session->packing.dictionary,
                                  .by_size = to_district && !session->new_tree,
                                  .line = line};
}

enum wsync_err wsync_step_send_set(struct wsync_step *step, const struct wsync_change_set *set,
                                   const struct wsync_head *end)
{
    struct wsync_session *session = step->session;
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES, .changes = *set};
    size_t mark = wsync_arena_mark(step->arena);
    struct wsync_slice frame;
    enum wsync_err err = wsync_message_encode(&message, step->arena, &frame);
    WSYNC_ASSERT(err != WSYNC_ERR_OVERSIZE); /* the sender sizes what it sends */
    if (err == WSYNC_OK && session->packing.packs && !session->packing.plain) {
        struct wsync_packing packing = packing_of(session, &session->packing.out);
        struct wsync_slice packed;
        packing.level = wsync_pace_level(session->setup.flow.rate, session->sent);
        err = wsync_packed_encode(&packing, set, step->arena, &packed);
        if (err == WSYNC_OK && packed.len < frame.len) {
            frame = packed;
            session->packing.said = true;
        }
        err = wsync_err_is_ours(err) ? err : WSYNC_OK;
    }
    if (err == WSYNC_OK) {
        session->sent += frame.len;
        err = wsync_step_send_frame(step, frame);
    }
    wsync_packed_note(&session->packing.out, set, end);
    wsync_arena_release(step->arena, mark);
    return err;
}

enum wsync_err wsync_step_send_again(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    session->packing.plain = true;
    for (size_t i = 0; i < session->outgoing_count; i++) {
        struct wsync_outgoing *outgoing = &session->outgoing[i];
        struct wsync_log log;
        struct wsync_branch path;
        enum wsync_err err = wsync_outgoing_path(step, outgoing, &log, &path);
        if (err == WSYNC_OK) {
            err = wsync_branch_hash(step->txn, &path, outgoing->acked, &outgoing->at);
            outgoing->next = outgoing->acked + 1;
        }
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) { /* dropped when it is due */
            return err;
        }
    }
    return WSYNC_OK;
}

/* The checkpoint that was named by its size: one that this district signed of its tree. */
static enum wsync_err fill_checkpoint(struct wsync_step *step, struct wsync_packed *packed)
{
    struct wsync_tree tree;
    struct wsync_signed_checkpoint found;
    struct wsync_checkpoint *checkpoint = &packed->set.checkpoint;
    uint64_t size = checkpoint->size;
    *checkpoint = (struct wsync_checkpoint){.size = 0};
    if (step->session->setup.role != WSYNC_SESSION_DISTRICT) {
        return WSYNC_ERR_NOT_FOUND;
    }
    enum wsync_err err = wsync_tree_get(step->txn, &tree);
    if (err == WSYNC_OK) {
        err = wsync_tree_checkpoint(step->txn, &tree, size, &found);
    }
    if (err == WSYNC_OK &&
        memcmp(found.checkpoint.root.b, packed->root, sizeof packed->root) != 0) {
        err = WSYNC_ERR_NOT_FOUND;
    }
    if (err == WSYNC_OK) {
        *checkpoint = found.checkpoint;
    }
    return err;
}

enum wsync_err wsync_step_unpack(struct wsync_step *step, struct wsync_change_set *set)
{
    struct wsync_session *session = step->session;
    const struct wsync_packing packing = packing_of(session, &session->packing.in);
    struct wsync_packed packed;
    enum wsync_err err =
        wsync_packed_decode(&packing, step->event->frame, step->arena, &packed);
    if (err == WSYNC_OK && packed.by_size) {
        err = fill_checkpoint(step, &packed);
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        wsync_packed_note(&session->packing.in, &packed.set, NULL);
    }
    *set = packed.set;
    return err;
}
