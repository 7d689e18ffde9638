/* SPDX-License-Identifier: Apache-2.0 */
#include "host/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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

size_t wsync_json_bytes(struct wsync_json *json, char *bytes, size_t room)
{
    size_t len = json_dumpb(json->object, bytes, room, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(json->object);
    free(json);
    return len;
}

static enum wsync_err take_texts(json_t *object,
                                 enum wsync_err (*take)(void *context, struct wsync_slice name,
                                                        struct wsync_slice text),
                                 void *context, struct wsync_error *error)
{
    const char *name;
    json_t *value;
    enum wsync_err err = WSYNC_OK;
    json_object_foreach(object, name, value)
    {
        if (!json_is_string(value)) {
            return wsync_error_set(error, WSYNC_ERR_INVALID, "The member \"%s\" is no text.",
                                   name);
        }
        err = err == WSYNC_OK
                  ? take(context, wsync_slice_of(name),
                         wsync_slice(json_string_value(value), json_string_length(value)))
                  : err;
    }
    return err;
}

enum wsync_err wsync_json_texts(struct wsync_slice bytes,
                                enum wsync_err (*take)(void *context, struct wsync_slice name,
                                                       struct wsync_slice text),
                                void *context, struct wsync_error *error)
{
    json_error_t why;
    json_t *object =
        json_loadb((const char *)bytes.data, bytes.len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(object)) {
        json_decref(object);
        return wsync_error_set(error, WSYNC_ERR_INVALID, "Expected one JSON object.");
    }
    enum wsync_err err = take_texts(object, take, context, error);
    json_decref(object);
    return err;
}

struct wsync_json *wsync_json_read(const char **text)
{
    size_t len = strcspn(*text, "\n");
    json_t *object = json_loadb(*text, len, JSON_REJECT_DUPLICATES, NULL);
    *text += len + ((*text)[len] == '\n');
    if (!json_is_object(object)) {
        json_decref(object);
        return NULL;
    }
    struct wsync_json *json = malloc(sizeof *json);
    WSYNC_ASSERT(json);
    json->object = object;
    return json;
}

void wsync_json_free(struct wsync_json *json)
{
    if (json) {
        json_decref(json->object);
        free(json);
    }
}

const char *wsync_json_get(const struct wsync_json *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json->object, key));
    return text ? text : "";
}

int64_t wsync_json_get_number(const struct wsync_json *json, const char *key)
{
    return json_integer_value(json_object_get(json->object, key));
}

bool wsync_json_get_bool(const struct wsync_json *json, const char *key)
{
    return json_is_true(json_object_get(json->object, key));
}

bool wsync_json_has(const struct wsync_json *json, const char *key)
{
    return json_object_get(json->object, key) != NULL;
}
