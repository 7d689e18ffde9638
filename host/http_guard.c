/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_guard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wardsync/crypto.h"

enum { HOST_BYTES_MAX = 80, HTTP = 80, HTTPS = 443 };

static bool is_host(const char *host, const char *name, const struct wsync_http_self *self)
{
    char own[HOST_BYTES_MAX];
    int len = snprintf(own, sizeof own, "%s:%u", name, (unsigned)self->port);
    if (len < 0 || (size_t)len >= sizeof own) {
        return false;
    }
    uint16_t usual = self->tls ? HTTPS : HTTP; /* browsers leave it out */
    return (self->port == usual && strcasecmp(host, name) == 0) || strcasecmp(host, own) == 0;
}

bool wsync_http_host_is_ours(const char *host, const struct wsync_http_self *self)
{
    bool ours =
        host && (is_host(host, self->name, self) || is_host(host, "localhost", self));
    for (size_t i = 0; host && !ours && self->more && self->more[i]; i++) {
        ours = is_host(host, self->more[i], self);
    }
    return ours;
}

bool wsync_http_origin_is_ours(const char *origin, const char *site, const char *host, bool tls)
{
    const char *scheme = tls ? "https://" : "http://";
    if (origin) {
        return strncmp(origin, scheme, strlen(scheme)) == 0 &&
               strcasecmp(origin + strlen(scheme), host) == 0;
    }
    return site && strcmp(site, "same-origin") == 0;
}

bool wsync_http_fetch_is_ours(const char *site, const char *mode, const char *dest)
{
    bool own = !site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
    return own || (mode && strcmp(mode, "navigate") == 0 && dest &&
                   strcmp(dest, "document") == 0);
}

bool wsync_http_cookie_find(const char *header, const char *name, char *value, size_t room)
{
    size_t name_len = strlen(name);
    for (const char *at = header; at && *at;) {
        at += strspn(at, " \t;");
        size_t len = strcspn(at, ";");
        if (len > name_len && at[name_len] == '=' && memcmp(at, name, name_len) == 0) {
            size_t value_len = len - name_len - 1;
            if (value_len >= room) {
                return false;
            }
            memcpy(value, at + name_len + 1, value_len);
            value[value_len] = '\0';
            return true;
        }
        at += len;
    }
    return false;
}

struct wsync_http_session wsync_http_session_of(const uint8_t bytes[WSYNC_HTTP_SESSION_BYTES])
{
    struct wsync_http_session session = {{0}};
    wsync_hex_encode(wsync_slice(bytes, WSYNC_HTTP_SESSION_BYTES), session.text);
    return session;
}

bool wsync_http_session_is(const char *text)
{
    uint8_t bytes[WSYNC_HTTP_SESSION_BYTES];
    return wsync_hex_decode(wsync_slice_of(text), bytes, sizeof bytes);
}

struct wsync_http_token wsync_http_token_of(const struct wsync_entropy *secret,
                                            const struct wsync_http_session *session,
                                            const char *login)
{
    const struct wsync_slice parts[] = {
        wsync_slice_of("wardsync/page-token/v1"), wsync_slice(secret->b, sizeof secret->b),
        wsync_slice_of(session->text), wsync_slice_of(login)};
    struct wsync_hash hash = wsync_hash_parts(parts, sizeof parts / sizeof parts[0]);
    struct wsync_http_token token = {{0}};
    wsync_hex_encode(wsync_slice(hash.b, sizeof hash.b), token.text);
    return token;
}

bool wsync_http_token_is(const struct wsync_http_token *token, const char *text)
{
    if (!text || strlen(text) != sizeof token->text - 1) {
        return false;
    }
    unsigned differ = 0;
    for (size_t i = 0; i < sizeof token->text - 1; i++) {
        differ |= (unsigned char)token->text[i] ^ (unsigned)(unsigned char)text[i];
    }
    return differ == 0;
}
