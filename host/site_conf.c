/* SPDX-License-Identifier: Apache-2.0 */
#include "host/site_conf.h"

#include <stdio.h>
#include <string.h>

#include "host/config.h"
#include "host/file.h"

enum { CONF_BYTES_MAX = 2048 };

static enum wsync_err set_kind(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    if (strcmp(value, "ward") == 0) {
        conf->kind = WSYNC_SITE_WARD;
    } else if (strcmp(value, "district") == 0) {
        conf->kind = WSYNC_SITE_DISTRICT;
    } else {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "kind is \"%s\"; allowed: ward, district.", value);
    }
    return WSYNC_OK;
}

static enum wsync_err set_hex(const char *value, uint8_t *bytes, size_t len,
                              struct wsync_error *error)
{
    if (wsync_hex_decode(wsync_slice_of(value), bytes, len)) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID, "expected %zu hexadecimal digits.",
                           2 * len);
}

static enum wsync_err set_instance(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return set_hex(value, conf->instance.b, sizeof conf->instance.b, error);
}

static enum wsync_err set_server_key(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return set_hex(value, conf->server_key.b, sizeof conf->server_key.b, error);
}

static enum wsync_err set_scope(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    int64_t number;
    enum wsync_err err = wsync_config_number(value, 1, UINT32_MAX, &number, error);
    conf->scope = err == WSYNC_OK ? (uint32_t)number : 0;
    return err;
}

static enum wsync_err add_address(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    if (conf->address_count == WSYNC_ADDRESSES_MAX) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "at most %d addresses are allowed.",
                               WSYNC_ADDRESSES_MAX);
    }
    enum wsync_err err = wsync_config_text(value, conf->addresses[conf->address_count],
                                           sizeof *conf->addresses, error);
    conf->address_count += err == WSYNC_OK;
    return err;
}

static const struct wsync_config_key KEYS[] = {
    {"site", "kind", set_kind},
    {"site", "instance", set_instance},
    {"site", "scope", set_scope},
    {"district", "address1", add_address},
    {"district", "address2", add_address},
    {"district", "address3", add_address},
    {"district", "address4", add_address},
    {"district", "key", set_server_key},
};

enum wsync_err wsync_site_conf_read(const char *path, struct wsync_site_conf *conf,
                                    struct wsync_error *error)
{
    const struct wsync_config_schema schema = {KEYS, sizeof KEYS / sizeof *KEYS};
    *conf = (struct wsync_site_conf){.scope = 0};
    enum wsync_err err = wsync_config_read(path, &schema, conf, error);
    if (err == WSYNC_OK && (conf->scope == 0 || conf->address_count == 0)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID, "%s lacks the scope or an address.",
                               path);
    }
    return err;
}

enum wsync_err wsync_site_conf_write(const char *path, const struct wsync_site_conf *conf,
                                     struct wsync_error *error)
{
    char text[CONF_BYTES_MAX];
    char instance[2 * WSYNC_INSTANCE_ID_BYTES + 1];
    char key[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(conf->instance), instance);
    wsync_hex_encode(WSYNC_BYTES(conf->server_key), key);
    int used = snprintf(
        text, sizeof text, "[site]\nkind = %s\ninstance = %s\nscope = %u\n\n[district]\n",
        conf->kind == WSYNC_SITE_WARD ? "ward" : "district", instance, conf->scope);
    for (size_t i = 0; i < conf->address_count; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "address%zu = %s\n", i + 1,
                         conf->addresses[i]);
    }
    used += snprintf(text + used, sizeof text - (size_t)used, "key = %s\n", key);
    WSYNC_ASSERT(used > 0 && (size_t)used < sizeof text);
    return wsync_file_write_durably(path, 0600, wsync_slice(text, (size_t)used), error);
}
