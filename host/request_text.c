/* SPDX-License-Identifier: Apache-2.0 */
#include "host/request_text.h"

#include <stdio.h>
#include <string.h>

#include "wardsync/crypto.h"
#include "wardsync/utf8.h"

#define KIND "wardsync enrolment request v1"

static struct wsync_slice name_of(const struct wsync_request *request)
{
    return wsync_slice_of(request->name);
}

enum wsync_err wsync_request_name_check(const char *name, struct wsync_error *error)
{
    struct wsync_slice text = wsync_slice_of(name);
    if (text.len == 0 || text.len > WSYNC_DEVICE_NAME_BYTES_MAX || !wsync_utf8_is_line(text)) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The name of a device is 1 to %d bytes of text in one line.",
                               WSYNC_DEVICE_NAME_BYTES_MAX);
    }
    return WSYNC_OK;
}

static void parts_of(const struct wsync_request *request, struct wsync_slice parts[4])
{
    parts[0] = wsync_slice_of("wardsync/request/v1");
    parts[1] = WSYNC_BYTES(request->signing_key);
    parts[2] = WSYNC_BYTES(request->transport_key);
    parts[3] = name_of(request);
}

void wsync_request_sign(struct wsync_request *request,
                        const struct wsync_signing_secret *secret)
{
    struct wsync_slice parts[4];
    parts_of(request, parts);
    request->signature = wsync_sign_parts(secret, parts, 4);
}

struct wsync_fingerprint wsync_request_fingerprint(const struct wsync_request *request)
{
    uint8_t both[2 * WSYNC_PUBLIC_KEY_BYTES];
    memcpy(both, request->signing_key.b, WSYNC_PUBLIC_KEY_BYTES);
    memcpy(both + WSYNC_PUBLIC_KEY_BYTES, request->transport_key.b, WSYNC_PUBLIC_KEY_BYTES);
    return wsync_fingerprint_of(wsync_slice(both, sizeof both));
}

struct wsync_slice wsync_request_print(const struct wsync_request *request,
                                       char text[WSYNC_REQUEST_TEXT_BYTES])
{
    char signing[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    char transport[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    char signature[2 * WSYNC_SIGNATURE_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(request->signing_key), signing);
    wsync_hex_encode(WSYNC_BYTES(request->transport_key), transport);
    wsync_hex_encode(WSYNC_BYTES(request->signature), signature);
    int len = snprintf(text, WSYNC_REQUEST_TEXT_BYTES,
                       KIND "\nsigning %s\ntransport %s\nname %s\nsignature %s\n", signing,
                       transport, request->name, signature);
    WSYNC_ASSERT(len > 0 && len < WSYNC_REQUEST_TEXT_BYTES);
    return wsync_slice(text, (size_t)len);
}

/* Takes the next line when it is `name` and a value; the value without its line feed (and the
 * carriage return that a stick may have brought). */
static bool take_line(struct wsync_slice *rest, const char *name, struct wsync_slice *value)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    struct wsync_slice wanted = wsync_slice_of(name);
    if (!end || !wsync_slice_starts(*rest, wanted)) {
        return false;
    }
    size_t line = (size_t)(end - rest->data);
    if (line < wanted.len) {
        return false;
    }
    *value = wsync_slice(rest->data + wanted.len, line - wanted.len);
    value->len -= value->len > 0 && value->data[value->len - 1] == '\r';
    *rest = wsync_slice(end + 1, rest->len - line - 1);
    return true;
}

static bool take_hex(struct wsync_slice *rest, const char *name, uint8_t *bytes, size_t len)
{
    struct wsync_slice value;
    return take_line(rest, name, &value) && wsync_hex_decode(value, bytes, len);
}

enum wsync_err wsync_request_parse(struct wsync_slice text, struct wsync_request *request,
                                   struct wsync_error *error)
{
    struct wsync_slice rest = text, value, name, parts[4];
    *request = (struct wsync_request){.name = ""};
    bool whole =
        take_line(&rest, KIND, &value) && value.len == 0 &&
        take_hex(&rest, "signing ", request->signing_key.b, sizeof request->signing_key.b) &&
        take_hex(&rest, "transport ", request->transport_key.b,
                 sizeof request->transport_key.b) &&
        take_line(&rest, "name ", &name) && name.len < sizeof request->name &&
        memchr(name.data, 0, name.len) == NULL &&
        take_hex(&rest, "signature ", request->signature.b, sizeof request->signature.b) &&
        rest.len == 0;
    if (!whole) {
        return wsync_error_set(error, WSYNC_ERR_MESSAGE,
                               "It is not a whole request to be enrolled, as \"ward request\" "
                               "writes one.");
    }
    memcpy(request->name, name.data, name.len);
    enum wsync_err err = wsync_request_name_check(request->name, error);
    if (err != WSYNC_OK) {
        return err;
    }
    parts_of(request, parts);
    return wsync_verify_parts(&request->signing_key, &request->signature, parts, 4)
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_SIGNATURE,
                                 "The request is not signed by the key it names: it was "
                                 "altered, or damaged on the way.");
}
