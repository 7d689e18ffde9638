/* SPDX-License-Identifier: Apache-2.0 */
/* origin.h: what is written again, and what of it counts (SPEC sections 13.3 and 13.5).
 *
 * origin.c knows the copies, rejoin.c what another device left whose place this one took. */
#ifndef WARDSYNC_CORE_ORIGIN_H
#define WARDSYNC_CORE_ORIGIN_H

#include "core/settle_parts.h"

/* Judges the origin of a change that is not judged otherwise yet: MERGE to go on, or COPY, WAIT
 * or QUARANTINE. */
WSYNC_MUST_USE enum wsync_err wsync_origin_judge(const struct wsync_case *c,
                                                 const struct wsync_context *context,
                                                 struct wsync_judgement *judgement);
/* A verdict quarantines the change: it is written again, but stands for nothing. */
WSYNC_MUST_USE enum wsync_err wsync_origin_drop(const struct wsync_case *c,
                                                const struct wsync_context *context);
/* Says of all copies of the logs of a scope (0: all) what verdicts say of them now, before they
 * are judged anew. */
WSYNC_MUST_USE enum wsync_err wsync_origin_mark(const struct wsync_work *work, uint32_t scope);
/* The change that counts for a change in state COPY. */
WSYNC_MUST_USE enum wsync_err wsync_origin_counting(struct wsync_txn *txn,
                                                    struct wsync_arena *arena,
                                                    struct wsync_dot *dot);
/* What an address by a reference means, `dot` being as it says: that, where the log leads to
 * the entry; else what counts for it.  NOT_FOUND while that is not here; `dot` is then the
 * change whose coming, or whose copy's, the address waits for. */
WSYNC_MUST_USE enum wsync_err wsync_origin_meaning(struct wsync_txn *txn,
                                                   struct wsync_arena *arena,
                                                   const struct wsync_target *target,
                                                   struct wsync_dot *dot);
/* The first copy, in the order of ids, of (log, seq, hash) that no verdict quarantines, or one
 * of that device that is quarantined; NOT_FOUND. */
WSYNC_MUST_USE enum wsync_err wsync_origin_written(struct wsync_txn *txn,
                                                   const struct wsync_target *origin,
                                                   const struct wsync_device_id *by,
                                                   struct wsync_dot *dot);
/* Does what is named as an origin count by itself: is it on the branch that counts here, and
 * not quarantined with REVOKED, be it by a verdict or, without one, by what the roster pins? */
WSYNC_MUST_USE enum wsync_err wsync_origin_stands(struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_target *origin,
                                                  bool *stands);
/* The copy in place of a change that does not stand; leaves `dot` when there is none. */
WSYNC_MUST_USE enum wsync_err wsync_origin_instead(struct wsync_txn *txn,
                                                   struct wsync_arena *arena,
                                                   struct wsync_dot *dot);
/* Do a change that was judged anew and its copies no longer say the same? */
WSYNC_MUST_USE enum wsync_err wsync_origin_review(struct wsync_txn *txn,
                                                  struct wsync_arena *arena,
                                                  const struct wsync_log *log, uint64_t seq,
                                                  bool *wrong);
/* Originals that came behind their copies: queues the rebuild of the scope if they stand. */
WSYNC_MUST_USE enum wsync_err wsync_origin_returned(struct wsync_txn *txn,
                                                    struct wsync_arena *arena,
                                                    const struct wsync_log *log,
                                                    uint64_t first);
/* Forgets what the changes from `first` on wrote again: their branch gives way. */
WSYNC_MUST_USE enum wsync_err wsync_origin_forget(struct wsync_txn *txn, uint32_t log_no,
                                                  uint64_t first);

/* ---- rejoin.c ---- */

/* What was not handed in of a log when its device's place was taken. */
struct wsync_unsent {
    uint64_t first;
    struct wsync_head last;
};
enum { WSYNC_AGAIN_UNSENT = 0x80 }; /* stands for it where a branch's number does */

WSYNC_MUST_USE enum wsync_err wsync_unsent_get(struct wsync_txn *txn,
                                               const struct wsync_log_id *log,
                                               struct wsync_unsent *unsent);
/* Notes it of the log as it stands now, if there is any. */
WSYNC_MUST_USE enum wsync_err wsync_unsent_note(struct wsync_txn *txn,
                                                const struct wsync_log *log);
/* Has it looked at again: which changes count may be another now (`log` NULL: of all logs). */
WSYNC_MUST_USE enum wsync_err wsync_unsent_queue(struct wsync_txn *txn,
                                                 const struct wsync_log *log);

#endif
