/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bytes.h"
#include "core/session_carriage.h"
#include "core/session_parts.h"
#include "core/settle_parts.h"
#include "wardsync/restore.h"

struct wsync_frontier wsync_step_frontier(const struct wsync_step *step)
{
    const struct wsync_session *session = step->session;
    return (struct wsync_frontier){
        .reader = session->setup.role == WSYNC_SESSION_DISTRICT ? &step->peer : NULL,
        .top = step->roster.top,
        .except = session->has_own ? &session->own : NULL,
    };
}

enum wsync_err wsync_step_queue(struct wsync_step *step, const struct wsync_branch *path,
                                uint64_t next, bool fork)
{
    struct wsync_session *session = step->session;
    struct wsync_log log;
    bool awaits = false, orphan = false;
    struct wsync_outgoing outgoing = {.log_no = path->log_no,
                                      .number = path->number,
                                      .fork = fork,
                                      .next = next,
                                      .acked = next - 1};
    if (next > path->seq) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_get(step->txn, path->log_no, &log);
    if (err == WSYNC_OK) {
        err = wsync_step_awaits_key(step, &log, &awaits);
    }
    if (err == WSYNC_OK && !awaits) {
        err = wsync_step_is_orphan(step, &log, &orphan);
    }
    if (err == WSYNC_OK && orphan) {
        return WSYNC_OK;
    }
    if (err != WSYNC_OK || awaits || session->outgoing_count == WSYNC_SESSION_LOGS_MAX) {
        session->partial = true;
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    err = wsync_branch_hash(step->txn, path, next - 1, &outgoing.at);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    session->outgoing[session->outgoing_count++] = outgoing;
    session->counts.to_send += path->seq - next + 1;
    return WSYNC_OK;
}

enum wsync_err wsync_step_queue_own(struct wsync_step *step, const struct wsync_log *own,
                                    uint64_t next)
{
    struct wsync_branch path = {.log_no = 0};
    enum wsync_err err = wsync_branch_next(step->txn, own, &path);
    return err == WSYNC_OK ? wsync_step_queue(step, &path, next, false) : err;
}

/* Begins the first flight where the district stood when it was last heard: nowhere when it
 * never was. */
static enum wsync_err queue_flight(struct wsync_step *step, const struct wsync_log *own)
{
    uint64_t held;
    enum wsync_err err = wsync_held_get(step->txn, own->no, &held);
    bool flies = err == WSYNC_OK && held < own->seq;
    return flies ? wsync_step_queue_own(step, own, held + 1) : err;
}

/* Has the district been given all of the log that this device writes? */
static enum wsync_err is_given(struct wsync_step *step, const struct wsync_log *own,
                               bool *given)
{
    uint64_t held;
    enum wsync_err err = wsync_held_get(step->txn, own->no, &held);
    *given = err == WSYNC_OK && held >= own->seq;
    return err;
}

/* Not on a line that dies young: there each frame of the first flight is one too many. */
static bool flies_far(const struct wsync_session *session)
{
    const struct wsync_flow *flow = &session->setup.flow;
    bool whole_sets = flow->set_bytes == 0 || flow->set_bytes >= WSYNC_SET_BYTES_DEFAULT;
    return whole_sets && !flow->own_only && session->setup.carriage == WSYNC_CARRIAGE_LINE;
}

/* Only a ward with nothing to ask for says what it has seen: it may hear that nothing moves. */
static enum wsync_err fill_seen(struct wsync_step *step, const struct wsync_log *own,
                                struct wsync_hello *hello)
{
    struct wsync_session *session = step->session;
    struct wsync_rotation_wish wish;
    bool rotates = false, gives = false, given = true;
    enum wsync_err err = wsync_step_seen(step, &hello->seen);
    if (err == WSYNC_OK) {
        err = wsync_rotation_pending(step->txn, step->arena, &wish);
        rotates = err == WSYNC_OK;
        err = err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    if (err == WSYNC_OK && hello->blobs) {
        err = wsync_step_blobs_wait(step, &gives);
    }
    if (err == WSYNC_OK && hello->has_own) {
        err = is_given(step, own, &given);
    }
    session->may_ask_ahead = !rotates && flies_far(session);
    hello->seen = rotates || gives || !given ? 0 : hello->seen;
    session->has_seen = hello->seen > 0;
    return err;
}

enum wsync_err wsync_fill_hello(struct wsync_step *step, struct wsync_hello *hello,
                                struct wsync_log *own)
{
    struct wsync_session *session = step->session;
    *hello = (struct wsync_hello){.version_min = WSYNC_PROTOCOL_VERSION,
                                  .version_max = WSYNC_PROTOCOL_VERSION,
                                  .device = session->setup.ledger->identity->device,
                                  .instance = session->setup.instance,
                                  .roster_version = step->roster.version,
                                  .roster_hash = step->roster.hash,
                                  .credit = WSYNC_CREDIT_BYTES_DEFAULT,
                                  .program = session->setup.program,
                                  .time = step->event->time,
                                  .dictionary = wsync_step_dictionary(step),
                                  .blobs = wsync_step_moves_blobs(step)};
    enum wsync_err err = wsync_ledger_own_log(step->txn, session->setup.scope, own);
    if (err == WSYNC_OK && wsync_wrote(session->setup.ledger->identity, own)) {
        session->has_own = true;
        session->own = own->id;
        hello->has_own = true;
        hello->own = (struct wsync_head){own->id, own->seq, own->hash};
    } else if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    struct wsync_frontier frontier = wsync_step_frontier(step);
    err = wsync_log_last_no(step->txn, &session->last_log);
    if (err == WSYNC_OK) {
        err = wsync_frontier_digest(step->txn, &frontier, &hello->count, &hello->digest);
    }
    return err == WSYNC_OK ? fill_seen(step, own, hello) : err;
}

enum wsync_err wsync_on_start_ward(struct wsync_step *step)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_HELLO};
    struct wsync_log own;
    if (step->session->setup.carriage != WSYNC_CARRIAGE_LINE) {
        return wsync_start_file(step);
    }
    enum wsync_err err =
        wsync_rotation_check(step->txn, step->arena, step->session->setup.ledger->identity);
    if (err == WSYNC_ERR_DEVICE) { /* what this side wrote since is nobody's */
        return wsync_step_end(step, err);
    }
    if (err == WSYNC_OK) { /* with a key that is in force again some of it can be done */
        err = wsync_work_unpark(step->txn);
    }
    if (err == WSYNC_OK) {
        err = wsync_fill_hello(step, &message.hello, &own);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_send(step, &message);
    }
    if (err == WSYNC_OK) {
        err = wsync_packing_recall(step);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    step->session->state = WSYNC_STATE_HELLO_SENT;
    return step->session->has_own ? queue_flight(step, &own) : WSYNC_OK;
}

enum wsync_err wsync_on_start_applicant(struct wsync_step *step)
{
    struct wsync_message message = {.type = WSYNC_MESSAGE_ENROL,
                                    .enrol = *step->session->setup.enrol};
    step->session->state = WSYNC_STATE_ENROL_SENT;
    return wsync_step_send(step, &message);
}

bool wsync_step_lacks_roster(const struct wsync_step *step)
{
    return step->roster.version < step->session->roster_wanted;
}

/* SPEC 9.2: what must hold before a Hello is answered. */
static enum wsync_err check_hello(struct wsync_step *step, const struct wsync_hello *hello)
{
    if (hello->version_min > WSYNC_PROTOCOL_VERSION ||
        hello->version_max < WSYNC_PROTOCOL_VERSION) {
        return WSYNC_ERR_VERSION;
    }
    if (memcmp(hello->instance.b, step->roster.instance.b, sizeof hello->instance.b) != 0) {
        return WSYNC_ERR_INSTANCE;
    }
    if (!wsync_device_id_equal(&hello->device, &step->peer.id)) {
        return WSYNC_ERR_DEVICE;
    }
    if (hello->roster_version > WSYNC_ROSTER_VERSIONS_MAX) {
        return WSYNC_ERR_ROSTER;
    }
    if (hello->roster_version == 0 || hello->roster_version > step->roster.version) {
        return WSYNC_OK; /* what this roster lacks must continue it: seen when it arrives */
    }
    struct wsync_signed_statement held;
    enum wsync_err err = wsync_roster_statement(step->txn, hello->roster_version, &held);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    struct wsync_hash hash = wsync_statement_hash(held.statement);
    return wsync_hash_equal(&hash, &hello->roster_hash) ? WSYNC_OK : WSYNC_ERR_ROSTER;
}

/* Would the ward learn nothing from it? */
static bool is_still(const struct wsync_step *step, const struct wsync_hello *hello,
                     const struct wsync_welcome *welcome)
{
    return hello->seen > 0 && hello->seen <= welcome->checkpoint.size && welcome->same &&
           !welcome->wants_blobs && !wsync_step_is_rotated(step) &&
           hello->has_own == welcome->has_own &&
           (!hello->has_own || wsync_head_compare(&hello->own, &welcome->own) == 0) &&
           hello->roster_version == step->roster.version;
}

static enum wsync_err fill_welcome(struct wsync_step *step, const struct wsync_hello *hello,
                                   struct wsync_welcome *welcome, bool *still)
{
    struct wsync_log own;
    uint32_t count = 0;
    struct wsync_hash digest = {{0}};
    *welcome = (struct wsync_welcome){.version = WSYNC_PROTOCOL_VERSION,
                                      .instance = step->roster.instance,
                                      .roster_version = step->roster.version,
                                      .credit = WSYNC_CREDIT_BYTES_DEFAULT,
                                      .time = step->event->time,
                                      .program = step->session->setup.program,
                                      .dictionary = wsync_step_dictionary(step)};
    if (hello->has_own) {
        enum wsync_err err = wsync_log_find(step->txn, &hello->own.log, &own);
        bool its_own =
            err == WSYNC_OK && own.known && wsync_device_id_equal(&own.device, &step->peer.id);
        if (its_own) {
            welcome->has_own = true;
            welcome->own = (struct wsync_head){own.id, own.seq, own.hash};
        }
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
    }
    struct wsync_frontier frontier = wsync_step_frontier(step);
    enum wsync_err err = wsync_epoch_get(step->txn, &welcome->epoch);
    if (err == WSYNC_OK) {
        err = wsync_frontier_digest(step->txn, &frontier, &count, &digest);
    }
    bool equal = count == hello->count && wsync_hash_equal(&digest, &hello->digest);
    welcome->same = equal && step->session->setup.carriage == WSYNC_CARRIAGE_LINE;
    if (err == WSYNC_OK) {
        err = wsync_step_show_blobs(step, hello, welcome);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_show_log(step, welcome);
    }
    *still = err == WSYNC_OK && is_still(step, hello, welcome);
    return err;
}

static enum wsync_err say_still(struct wsync_step *step, const struct wsync_welcome *welcome)
{
    const struct wsync_message message = {.type = WSYNC_MESSAGE_STILL,
                                          .still = {welcome->time, welcome->epoch}};
    enum wsync_err err = wsync_step_send(step, &message);
    return err == WSYNC_OK ? wsync_step_close(step, WSYNC_OK) : err;
}

enum wsync_err wsync_on_hello(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_hello *hello = &step->message->hello;
    struct wsync_message message = {.type = WSYNC_MESSAGE_WELCOME};
    bool still = false;
    wsync_seen_peer(&session->seen, hello->program, hello->time, step->event->time);
    enum wsync_err err = check_hello(step, hello);
    if (wsync_err_is_ours(err)) {
        return err;
    }
    if (err != WSYNC_OK) {
        return wsync_step_end(step, err);
    }
    session->credit = hello->credit;
    session->has_own = hello->has_own;
    session->own = hello->own.log;
    err = fill_welcome(step, hello, &message.welcome, &still);
    if (err != WSYNC_OK || still) {
        return err == WSYNC_OK ? say_still(step, &message.welcome) : err;
    }
    if (err == WSYNC_OK) {
        wsync_packing_answer(step, hello, &message.welcome);
        err = wsync_step_send(step, &message);
    }
    session->keeps_log = !wsync_checkpoint_is_none(&message.welcome.checkpoint);
    session->roster_last = step->roster.version;
    session->roster_next = hello->roster_version < session->roster_last
                               ? hello->roster_version + 1
                               : session->roster_last + 1;
    session->roster_wanted = hello->roster_version;
    session->heads_due = !message.welcome.same && !wsync_step_is_rotated(step);
    session->heads_awaited = session->heads_due;
    session->state = WSYNC_STATE_OPEN;
    return err;
}

enum wsync_err wsync_take_statements(struct wsync_step *step,
                                     const struct wsync_signed_statement *statements,
                                     size_t count)
{
    step->session->moved |= count > 0;
    for (size_t i = 0; i < count; i++) {
        enum wsync_err err = wsync_roster_take(step->txn, step->arena, &statements[i],
                                               &step->session->setup.instance);
        if (err != WSYNC_OK) {
            return err;
        }
    }
    return WSYNC_OK;
}

/* A district that is shown what its root key signed and it does not hold went back: it writes
 * on in new logs. */
static enum wsync_err take_lost_statements(struct wsync_step *step)
{
    const struct wsync_statements *roster = &step->message->roster;
    struct wsync_roster filled;
    if (!wsync_step_lacks_roster(step)) {
        return WSYNC_ERR_STATE; /* a whole one is filled by nobody else */
    }
    enum wsync_err err = wsync_take_statements(step, roster->items, roster->count);
    enum wsync_err got = wsync_roster_get(step->txn, &filled);
    if (got == WSYNC_OK && filled.version > step->roster.version) {
        got = wsync_retire_all(step->session->setup.ledger, step->txn);
    }
    return got == WSYNC_OK ? err : got;
}

enum wsync_err wsync_on_roster(struct wsync_step *step)
{
    const struct wsync_statements *roster = &step->message->roster;
    enum wsync_err err = step->session->setup.role == WSYNC_SESSION_DISTRICT
                             ? take_lost_statements(step)
                             : wsync_take_statements(step, roster->items, roster->count);
    if (err == WSYNC_OK && step->session->setup.role == WSYNC_SESSION_WARD) {
        err =
            wsync_rotation_check(step->txn, step->arena, step->session->setup.ledger->identity);
    }
    return err == WSYNC_OK || wsync_err_is_ours(err) ? err : wsync_step_end(step, err);
}

/* The district went back behind this roster: it gets the statements it lacks, and what it could
 * not judge without them is sent again behind them. */
static enum wsync_err refill_roster(struct wsync_step *step, uint64_t held)
{
    struct wsync_session *session = step->session;
    enum wsync_err err = WSYNC_OK;
    if (held >= step->roster.version) {
        return WSYNC_OK;
    }
    session->roster_next = held + 1;
    session->roster_last = step->roster.version;
    for (size_t i = 0; i < session->outgoing_count && err == WSYNC_OK; i++) {
        struct wsync_outgoing *flight = &session->outgoing[i];
        flight->next = flight->acked + 1;
        err = wsync_log_hash(step->txn, flight->log_no, flight->acked, &flight->at);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
}

/* Sets the queue to what the district truly holds: the flight was only a guess. */
static enum wsync_err aim(struct wsync_step *step, const struct wsync_welcome *welcome,
                          const struct wsync_log *own)
{
    struct wsync_session *session = step->session;
    uint64_t held = welcome->has_own ? welcome->own.seq : 0;
    if (held > own->seq) {
        return WSYNC_ERR_DIVERGED;
    }
    if (welcome->has_own) {
        struct wsync_hash hash;
        enum wsync_err err = wsync_log_hash(step->txn, own->no, held, &hash);
        if (err != WSYNC_OK) {
            return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
        }
        if (!wsync_hash_equal(&hash, &welcome->own.hash)) {
            return WSYNC_ERR_DIVERGED;
        }
    }
    if (session->outgoing_count == 0) {
        enum wsync_err err = wsync_step_queue_own(step, own, held + 1);
        return err == WSYNC_OK ? wsync_held_put(step->txn, own->no, held) : err;
    }
    struct wsync_outgoing *flight = &session->outgoing[0];
    session->counts.to_send += flight->acked - held; /* below 0: the flight began too early */
    flight->next = held < flight->acked || flight->next <= held ? held + 1 : flight->next;
    flight->acked = held;
    enum wsync_err err = wsync_log_hash(step->txn, own->no, flight->next - 1, &flight->at);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_ERR_CORRUPT : err;
    }
    return wsync_held_put(step->txn, own->no, held);
}

enum wsync_err wsync_note_held(struct wsync_step *step, const struct wsync_head *head)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    struct wsync_log log;
    struct wsync_hash hash;
    uint64_t held;
    if (setup->role != WSYNC_SESSION_WARD) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_log_find(step->txn, &head->log, &log);
    if (err != WSYNC_OK || head->seq > log.seq ||
        !wsync_device_id_equal(&log.device, &setup->ledger->identity->device)) {
        return err;
    }
    err = wsync_log_hash(step->txn, log.no, head->seq, &hash);
    if (err == WSYNC_OK) {
        err = wsync_held_get(step->txn, log.no, &held);
    }
    bool news = err == WSYNC_OK && held < head->seq && wsync_hash_equal(&hash, &head->hash);
    return news ? wsync_held_put(step->txn, log.no, head->seq) : err;
}

/* Both frontiers are equal, as they were at Hello: so are this device's closed logs. */
static enum wsync_err note_all_held(struct wsync_step *step)
{
    struct wsync_frontier frontier = wsync_step_frontier(step);
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    enum wsync_err err;
    while ((err = wsync_frontier_next(step->txn, &frontier, after, &log)) == WSYNC_OK) {
        const struct wsync_head head = {log.id, log.seq, log.hash};
        bool compared = log.no <= step->session->last_log &&
                        !(frontier.except && wsync_log_id_equal(frontier.except, &log.id));
        if (compared) {
            err = wsync_note_held(step, &head);
        }
        if (err != WSYNC_OK) {
            return err;
        }
        at = log.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* The highest epoch heard of: a lower one comes from a district that went back unawares. */
enum wsync_err wsync_note_epoch(struct wsync_step *step, uint64_t epoch)
{
    uint64_t known;
    enum wsync_err err = wsync_epoch_get(step->txn, &known);
    return err == WSYNC_OK && epoch > known ? wsync_epoch_put(step->txn, epoch) : err;
}

/* All that Hello said is so there. */
enum wsync_err wsync_on_still(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_still *still = &step->message->still;
    if (!session->has_seen) {
        return wsync_step_end(step, WSYNC_ERR_STATE); /* it was asked for more */
    }
    wsync_seen_peer(&session->seen, wsync_slice(NULL, 0), still->time, step->event->time);
    enum wsync_err err = wsync_note_epoch(step, still->epoch);
    if (err == WSYNC_OK) {
        err = note_all_held(step);
    }
    return err == WSYNC_OK ? wsync_step_close(step, WSYNC_OK) : err;
}

enum wsync_err wsync_on_welcome(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_welcome *welcome = &step->message->welcome;
    struct wsync_log own;
    enum wsync_err err = WSYNC_OK;
    if (session->setup.carriage == WSYNC_CARRIAGE_BACK) {
        return wsync_welcome_from_file(step);
    }
    wsync_seen_peer(&session->seen, welcome->program, welcome->time, step->event->time);
    if (welcome->version != WSYNC_PROTOCOL_VERSION) {
        err = WSYNC_ERR_VERSION;
    } else if (memcmp(welcome->instance.b, session->setup.instance.b,
                      sizeof welcome->instance.b) != 0) {
        err = WSYNC_ERR_INSTANCE;
    } else if (welcome->has_own &&
               (!session->has_own || !wsync_log_id_equal(&welcome->own.log, &session->own))) {
        err = WSYNC_ERR_MESSAGE;
    } else if (welcome->roster_version > WSYNC_ROSTER_VERSIONS_MAX) {
        err = WSYNC_ERR_ROSTER;
    } else {
        err = wsync_take_statements(step, welcome->statements, welcome->statement_count);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_see_log(step, welcome);
    }
    if (err == WSYNC_OK) {
        err = wsync_packing_learn(step, welcome);
    }
    if (err == WSYNC_OK && session->has_own) {
        err = wsync_log_find(step->txn, &session->own, &own);
        err = err == WSYNC_OK ? aim(step, welcome, &own) : err;
    }
    if (err == WSYNC_ERR_DIVERGED) { /* this store is an old copy: another log goes on */
        enum wsync_err retired = wsync_retire_log(session->setup.ledger, step->txn, &own);
        err = retired == WSYNC_OK ? err : retired;
    }
    if (err == WSYNC_OK) {
        err = wsync_note_epoch(step, welcome->epoch);
    }
    if (err == WSYNC_OK && welcome->same) {
        err = note_all_held(step);
    }
    if (err == WSYNC_OK) {
        err = wsync_rotation_check(step->txn, step->arena, session->setup.ledger->identity);
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : wsync_step_end(step, err);
    }
    wsync_step_see_blobs(step, welcome);
    session->credit = welcome->credit;
    session->roster_wanted = welcome->roster_version;
    session->heads_due = !welcome->same;
    session->heads_awaited = !welcome->same;
    session->state = WSYNC_STATE_OPEN;
    err = wsync_step_rotate(step);
    return err == WSYNC_OK ? refill_roster(step, welcome->roster_version) : err;
}

enum wsync_err wsync_on_enrol(struct wsync_step *step)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    struct wsync_message message = {.type = WSYNC_MESSAGE_GRANT};
    struct wsync_application application = {
        .key = setup->peer, .enrol = step->message->enrol, .now = step->event->time};
    enum wsync_err err = WSYNC_ERR_INVITE;
    if (setup->desk) {
        err = wsync_enrol_honour(step->txn, step->arena, setup->desk, &application,
                                 &message.grant);
    }
    if (err == WSYNC_OK) {
        err = wsync_step_send(step, &message);
    }
    if (wsync_err_is_ours(err)) {
        return err;
    }
    return wsync_step_end(step, err);
}

enum wsync_err wsync_on_grant(struct wsync_step *step)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    enum wsync_err err =
        wsync_grant_check(&step->message->grant, &setup->instance, setup->enrol, step->arena);
    return wsync_err_is_ours(err) ? err : wsync_step_end(step, err);
}
