/* SPDX-License-Identifier: Apache-2.0 */
#include "host/json.h"

#include <jansson.h>
#include <stdlib.h>

struct wsync_json {
    json_t *object;
};

struct wsync_json *wsync_json_new(void)
{
    struct wsync_json *json = malloc(sizeof *json);
    WSYNC_ASSERT(json);
    json->object = json_object();
    WSYNC_ASSERT(json->object);
    return json;
}

static void put(struct wsync_json *json, const char *key, json_t *value)
{
    int failed = json_object_set_new(json->object, key, value ? value : json_null());
    WSYNC_ASSERT(!failed);
}

void wsync_json_text(struct wsync_json *json, const char *key, struct wsync_slice text)
{
    put(json, key, json_stringn(text.len > 0 ? (const char *)text.data : "", text.len));
}

void wsync_json_string(struct wsync_json *json, const char *key, const char *text)
{
    put(json, key, json_string(text));
}

void wsync_json_number(struct wsync_json *json, const char *key, int64_t number)
{
    put(json, key, json_integer(number));
}

void wsync_json_bool(struct wsync_json *json, const char *key, bool truth)
{
    put(json, key, json_boolean(truth));
}

void wsync_json_null(struct wsync_json *json, const char *key)
{
    put(json, key, json_null());
}

void wsync_json_print(struct wsync_json *json, FILE *out)
{
    json_dumpf(json->object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
    fputc('\n', out);
    json_decref(json->object);
    free(json);
}
