/* SPDX-License-Identifier: Apache-2.0 */
#include "host/invite_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "host/keys.h"
#include "host/qr.h"
#include "wardsync/crypto.h"

#define PREFIX "wardsync-invite-1:"

enum wsync_err wsync_invite_print(const struct wsync_invite *invite, struct wsync_arena *arena,
                                  char text[WSYNC_INVITE_TEXT_BYTES])
{
    struct wsync_slice bytes;
    enum wsync_err err = wsync_invite_encode(invite, arena, &bytes);
    if (err != WSYNC_OK) {
        return err;
    }
    if (sizeof PREFIX + 2 * bytes.len > WSYNC_INVITE_TEXT_BYTES) {
        return WSYNC_ERR_INVALID;
    }
    memcpy(text, PREFIX, sizeof PREFIX);
    wsync_hex_encode(bytes, text + sizeof PREFIX - 1);
    return WSYNC_OK;
}

static void put_capitals(const char *text, char capitals[WSYNC_INVITE_TEXT_BYTES])
{
    size_t len = 0;
    for (; text[len] && len < WSYNC_INVITE_TEXT_BYTES - 1; len++) {
        capitals[len] = (char)toupper((unsigned char)text[len]);
    }
    capitals[len] = '\0';
}

enum wsync_err wsync_invite_qr(const char *text, bool color, FILE *out,
                               struct wsync_error *error)
{
    char capitals[WSYNC_INVITE_TEXT_BYTES];
    put_capitals(text, capitals);
    enum wsync_err err = wsync_qr_print(capitals, color, out, error);
    wsync_wipe(capitals, sizeof capitals);
    return err;
}

enum wsync_err wsync_invite_svg(const char *text, const char *label, struct wsync_html *html,
                                struct wsync_error *error)
{
    char capitals[WSYNC_INVITE_TEXT_BYTES];
    put_capitals(text, capitals);
    enum wsync_err err = wsync_qr_svg(capitals, label, html, error);
    wsync_wipe(capitals, sizeof capitals);
    return err;
}

enum wsync_err wsync_invite_parse(const char *text, struct wsync_arena *arena,
                                  struct wsync_invite *invite, struct wsync_error *error)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1])) {
        len--;
    }
    size_t prefix = sizeof PREFIX - 1;
    uint8_t bytes[WSYNC_INVITE_TEXT_BYTES / 2];
    enum wsync_err err = WSYNC_ERR_INVITE;
    if (len > prefix && len - prefix <= 2 * sizeof bytes &&
        strncasecmp(text, PREFIX, prefix) == 0 &&
        wsync_hex_decode(wsync_slice(text + prefix, len - prefix), bytes, (len - prefix) / 2)) {
        struct wsync_slice copy =
            wsync_arena_copy(arena, wsync_slice(bytes, (len - prefix) / 2));
        err = copy.data ? wsync_invite_decode(copy, arena, invite) : WSYNC_ERR_MEMORY;
    }
    wsync_wipe(bytes, sizeof bytes);
    return err == WSYNC_OK ? WSYNC_OK
                           : wsync_error_set(error, WSYNC_ERR_INVITE,
                                             "This is not a whole invite; one line beginning "
                                             "with \"%s\" is expected.",
                                             PREFIX);
}

struct wsync_transport_pair wsync_invite_pair(const struct wsync_invite *invite)
{
    struct wsync_transport_secret secret;
    memcpy(secret.b, invite->secret, sizeof secret.b);
    struct wsync_transport_pair pair = wsync_keys_pair_of(&secret);
    wsync_wipe(&secret, sizeof secret);
    return pair;
}
