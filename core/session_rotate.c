/* SPDX-License-Identifier: Apache-2.0 */
/* New keys in a session (SPEC section 9.14): the ward asks for them right behind Welcome, the
 * district answers with the statement and serves nothing more under the old key. */
#include <string.h>

#include "core/session_parts.h"

bool wsync_step_is_rotated(const struct wsync_step *step)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    bool known = setup->role == WSYNC_SESSION_DISTRICT && step->peer.key_count > 0;
    return known &&
           memcmp(setup->peer.b, step->peer.transport_key.b, sizeof setup->peer.b) != 0;
}

enum wsync_err wsync_step_check_key(const struct wsync_step *step, bool *heeded)
{
    const struct wsync_session *session = step->session;
    *heeded = true;
    if (!step->message || !wsync_step_is_rotated(step) ||
        step->message->type == WSYNC_MESSAGE_HELLO ||
        step->message->type == WSYNC_MESSAGE_BYE) {
        return WSYNC_OK;
    }
    *heeded = step->message->type == WSYNC_MESSAGE_ACK; /* the roster may take some */
    bool is_told = session->roster_next <= session->roster_last;
    return session->state == WSYNC_STATE_OPEN && is_told ? WSYNC_OK : WSYNC_ERR_ROTATED;
}

enum wsync_err wsync_step_rotate(struct wsync_step *step)
{
    struct wsync_rotation_wish wish;
    struct wsync_message message = {.type = WSYNC_MESSAGE_ROTATE};
    enum wsync_err err = wsync_rotation_pending(step->txn, step->arena, &wish);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    if (step->roster.version > step->session->roster_wanted) {
        step->session->partial = true; /* first the district is given what it lost */
        return WSYNC_OK;
    }
    message.rotate = wish.rotation;
    step->session->rotates = true;
    return wsync_step_send(step, &message);
}

enum wsync_err wsync_step_awaits_key(const struct wsync_step *step, const struct wsync_log *log,
                                     bool *awaits)
{
    const struct wsync_session_setup *setup = &step->session->setup;
    const struct wsync_identity *identity = setup->ledger->identity;
    struct wsync_device device;
    *awaits = false;
    if (setup->role != WSYNC_SESSION_WARD || !wsync_wrote(identity, log)) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_device_get(step->txn, &identity->device, &device);
    *awaits = err == WSYNC_OK &&
              wsync_device_key_at(&device, &identity->signing_key) == device.key_count;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_step_is_orphan(const struct wsync_step *step, const struct wsync_log *log,
                                    bool *orphan)
{
    struct wsync_device device;
    *orphan = false;
    if (step->session->setup.role != WSYNC_SESSION_WARD) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_device_get(step->txn, &log->device, &device);
    *orphan = err == WSYNC_OK &&
              wsync_device_key_at(&device, &log->signing_key) == device.key_count;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_on_rotate(struct wsync_step *step)
{
    struct wsync_session *session = step->session;
    const struct wsync_rotation_request request = {&step->message->rotate, step->event->time};
    struct wsync_signed_statement statement;
    struct wsync_roster roster;
    enum wsync_err err = WSYNC_OK;
    if (session->setup.role != WSYNC_SESSION_DISTRICT) {
        err = WSYNC_ERR_STATE;
    } else if (!wsync_device_id_equal(&request.rotation->device, &step->peer.id)) {
        err = WSYNC_ERR_DEVICE;
    } else if (wsync_step_lacks_roster(step)) {
        err = WSYNC_ERR_BUSY; /* it would be another statement in the place of a lost one */
    } else {
        err = wsync_rotation_honour(step->txn, step->arena, session->setup.desk, &request,
                                    &statement);
    }
    if (err == WSYNC_OK) {
        err = wsync_roster_get(step->txn, &roster);
    }
    if (err != WSYNC_OK) {
        return wsync_err_is_ours(err) ? err : wsync_step_end(step, err);
    }
    session->roster_last = roster.version; /* what the ward lacks of it is due */
    return WSYNC_OK;
}
