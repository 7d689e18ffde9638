/* SPDX-License-Identifier: Apache-2.0 */
/* What a browser may send.  The first byte says what follows: fields, a path, a Cookie header.
 * What is taken is legal text, written as a browser would it is read again to the same, and on
 * a page it changes nothing but the text. */
#include <stdlib.h>
#include <string.h>

#include "host/html.h"
#include "host/http_fields.h"
#include "host/http_guard.h"
#include "tests/fuzz/fuzz.h"
#include "wardsync/utf8.h"

enum { FIELDS, PATH, COOKIE, KINDS, INPUT_BYTES_MAX = 4096 };

/* The text on a page, and as a part of an address. */
static void show(const char *text, struct wsync_html *address)
{
    struct wsync_html page = {0};
    wsync_html_text(&page, text);
    WSYNC_ASSERT(wsync_html_err(&page) == WSYNC_OK && page.len >= strlen(text));
    for (size_t i = 0; i < page.len; i++) {
        WSYNC_ASSERT(!strchr("<>\"'", page.text[i]) && page.text[i] != '\0');
    }
    wsync_html_fini(&page);
    wsync_html_part(address, text);
}

static void fields(struct wsync_slice input)
{
    static struct wsync_http_fields first, second;
    char *text = malloc(input.len + 1); /* on the heap: nothing is touched behind it */
    WSYNC_ASSERT(text);
    memcpy(text, input.data, input.len);
    enum wsync_err err = wsync_http_fields_decode(&first, text, input.len);
    WSYNC_ASSERT(err == WSYNC_OK || (first.count == 0 && (err == WSYNC_ERR_INVALID ||
                                                          err == WSYNC_ERR_OVERSIZE)));
    struct wsync_html again = {0};
    for (size_t i = 0; i < first.count; i++) {
        WSYNC_ASSERT(wsync_utf8_is_line(wsync_slice_of(first.at[i].name)) &&
                     !wsync_utf8_fault(wsync_slice_of(first.at[i].value)));
        WSYNC_ASSERT(wsync_http_fields_value(&first, first.at[i].name, 0));
        show(first.at[i].name, &again);
        wsync_html_raw(&again, "=");
        show(first.at[i].value, &again);
        wsync_html_raw(&again, "&");
    }
    if (first.count > 0) {
        char *written = malloc(again.len + 1);
        WSYNC_ASSERT(written && wsync_html_err(&again) == WSYNC_OK);
        memcpy(written, again.text, again.len);
        err = wsync_http_fields_decode(&second, written, again.len);
        WSYNC_ASSERT(err == WSYNC_OK && second.count == first.count);
        for (size_t i = 0; i < first.count; i++) {
            WSYNC_ASSERT(strcmp(first.at[i].name, second.at[i].name) == 0 &&
                         strcmp(first.at[i].value, second.at[i].value) == 0);
        }
        free(written);
    }
    wsync_html_fini(&again);
    free(text);
}

static void path(const char *sent)
{
    char *text = strdup(sent);
    WSYNC_ASSERT(text);
    if (wsync_http_path_decode(text)) {
        WSYNC_ASSERT(text[0] == '/' && strlen(text) <= strlen(sent) &&
                     wsync_utf8_is_line(wsync_slice_of(text)));
    }
    free(text);
}

static void cookie(const char *header)
{
    char value[sizeof(struct wsync_http_session)];
    if (wsync_http_cookie_find(header, "ws", value, sizeof value)) {
        WSYNC_ASSERT(!strchr(value, ';') && strstr(header, value));
        WSYNC_ASSERT(!wsync_http_session_is(value) || strlen(value) == sizeof value - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[INPUT_BYTES_MAX];
    struct wsync_slice input = wsync_slice(data, size);
    if (size == 0 || size >= sizeof text) {
        return 0;
    }
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    memcpy(text, input.data, input.len);
    text[input.len] = '\0';
    if (kind == FIELDS) {
        fields(input);
    } else if (kind == PATH) {
        path(text);
    } else {
        cookie(text);
    }
    return 0;
}
