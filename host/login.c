/* SPDX-License-Identifier: Apache-2.0 */
#include "host/login.h"

#include <string.h>

#include "host/entropy.h"
#include "wardsync/crypto.h"

_Static_assert(sizeof(((struct wsync_entropy *)0)->b) >= WSYNC_LOGIN_ID_BYTES,
               "one draw is enough for an id");

/* ---- sessions ---- */

static struct wsync_hash hash_of(const char *domain, const char *text)
{
    const struct wsync_slice parts[] = {wsync_slice_of(domain), wsync_slice_of(text)};
    return wsync_hash_parts(parts, sizeof parts / sizeof *parts);
}

static bool is_over(const struct wsync_login_session *session, int64_t now_s)
{
    return session->number == 0 || now_s - session->seen_s >= WSYNC_LOGIN_IDLE_S ||
           now_s - session->begun_s >= WSYNC_LOGIN_AGE_S;
}

/* One that is over, else the one that was idle longest. */
static struct wsync_login_session *make_room(struct wsync_login *login, int64_t now_s)
{
    struct wsync_login_session *oldest = &login->sessions[0];
    for (size_t i = 0; i < WSYNC_LOGIN_SESSIONS; i++) {
        struct wsync_login_session *session = &login->sessions[i];
        if (is_over(session, now_s)) {
            return session;
        }
        oldest = session->seen_s < oldest->seen_s ? session : oldest;
    }
    return oldest;
}

struct wsync_login_id wsync_login_begin(struct wsync_login *login, uint32_t number,
                                        int64_t stamp, int64_t now_s)
{
    struct wsync_entropy entropy;
    struct wsync_login_id id = {{0}};
    WSYNC_ASSERT(number != 0);
    wsync_entropy_draw(&entropy);
    wsync_hex_encode(wsync_slice(entropy.b, WSYNC_LOGIN_ID_BYTES), id.text);
    *make_room(login, now_s) = (struct wsync_login_session){
        hash_of("wardsync/login/v1", id.text), number, stamp, now_s, now_s};
    return id;
}

struct wsync_login_session *wsync_login_find(struct wsync_login *login, const char *id,
                                             int64_t now_s)
{
    struct wsync_hash hash = hash_of("wardsync/login/v1", id);
    for (size_t i = 0; i < WSYNC_LOGIN_SESSIONS; i++) {
        struct wsync_login_session *session = &login->sessions[i];
        if (session->number != 0 && wsync_hash_equal(&session->hash, &hash)) {
            if (!is_over(session, now_s)) {
                return session;
            }
            wsync_login_end(session);
        }
    }
    return NULL;
}

void wsync_login_touch(struct wsync_login_session *session, int64_t now_s)
{
    session->seen_s = now_s;
}

void wsync_login_end(struct wsync_login_session *session)
{
    *session = (struct wsync_login_session){.number = 0};
}

/* ---- addresses ---- */

static const struct wsync_login_address *find_address(const struct wsync_login *login,
                                                      const struct wsync_hash *hash)
{
    for (size_t i = 0; i < WSYNC_LOGIN_ADDRESSES; i++) {
        const struct wsync_login_address *address = &login->addresses[i];
        if (address->failed > 0 && wsync_hash_equal(&address->hash, hash)) {
            return address;
        }
    }
    return NULL;
}

int64_t wsync_login_wait_s(const struct wsync_login *login, const char *text, int64_t now_s)
{
    struct wsync_hash hash = hash_of("wardsync/login-address/v1", text);
    const struct wsync_login_address *address = find_address(login, &hash);
    return address && address->until_s > now_s ? address->until_s - now_s : 0;
}

bool wsync_login_is_clean(const struct wsync_login *login, const char *text, int64_t now_s)
{
    struct wsync_hash hash = hash_of("wardsync/login-address/v1", text);
    const struct wsync_login_address *address = find_address(login, &hash);
    return !address || now_s - address->last_s >= WSYNC_LOGIN_FORGET_S;
}

/* Its place; else a free one; else that of whoever was wrong longest ago. */
static struct wsync_login_address *place_of(struct wsync_login *login,
                                            const struct wsync_hash *hash)
{
    const struct wsync_login_address *known = find_address(login, hash);
    struct wsync_login_address *place = &login->addresses[0];
    if (known) {
        return &login->addresses[known - login->addresses];
    }
    for (size_t i = 0; i < WSYNC_LOGIN_ADDRESSES; i++) {
        struct wsync_login_address *address = &login->addresses[i];
        bool earlier = address->failed == 0 || address->last_s < place->last_s;
        place = place->failed > 0 && earlier ? address : place;
    }
    *place = (struct wsync_login_address){.hash = *hash};
    return place;
}

void wsync_login_note(struct wsync_login *login, const char *text, bool right, int64_t now_s)
{
    struct wsync_hash hash = hash_of("wardsync/login-address/v1", text);
    if (right && !find_address(login, &hash)) {
        return;
    }
    struct wsync_login_address *address = place_of(login, &hash);
    if (right) {
        *address = (struct wsync_login_address){.failed = 0};
        return;
    }
    bool long_ago = now_s - address->last_s >= WSYNC_LOGIN_FORGET_S;
    address->failed = long_ago ? 0 : address->failed;
    int64_t wait_s = WSYNC_LOGIN_WAIT_S_MIN;
    for (uint32_t i = WSYNC_LOGIN_TRIES;
         i <= address->failed && wait_s < WSYNC_LOGIN_WAIT_S_MAX; i++) {
        wait_s *= 2;
    }
    wait_s = wait_s < WSYNC_LOGIN_WAIT_S_MAX ? wait_s : WSYNC_LOGIN_WAIT_S_MAX;
    address->failed += address->failed < UINT32_MAX;
    address->last_s = now_s;
    address->until_s = address->failed >= WSYNC_LOGIN_TRIES ? now_s + wait_s : 0;
}
