/* SPDX-License-Identifier: Apache-2.0 */
#include "host/site_conf.h"

#include <stdio.h>
#include <string.h>

#include "host/config.h"
#include "host/file.h"
#include "host/pages_address.h"
#include "host/place.h"
#include "host/serve_limits.h"

enum {
    CONF_BYTES_MAX = 2048,
    INTERVAL_S_DEFAULT = 60,
    DRAIN_S_DEFAULT = 10,
    LOG_DAYS_DEFAULT = 90,
    ROTATE_DAYS_DEFAULT = 365,
    BACKUP_DAYS_DEFAULT = 7,
    LOG_ROWS_DEFAULT = 400000, /* some 100 MB: 20 days of 14 wards that ask every minute */
};

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

static enum wsync_err set_address(void *target, size_t index, const char *value,
                                  struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return wsync_config_text(value, conf->addresses[index], sizeof conf->addresses[index],
                             error);
}

static enum wsync_err set_address1(void *target, const char *value, struct wsync_error *error)
{
    return set_address(target, 0, value, error);
}

static enum wsync_err set_address2(void *target, const char *value, struct wsync_error *error)
{
    return set_address(target, 1, value, error);
}

static enum wsync_err set_address3(void *target, const char *value, struct wsync_error *error)
{
    return set_address(target, 2, value, error);
}

static enum wsync_err set_address4(void *target, const char *value, struct wsync_error *error)
{
    return set_address(target, 3, value, error);
}

static enum wsync_err set_second(void *target, size_t index, const char *value,
                                 struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return wsync_config_text(value, conf->second[index], sizeof conf->second[index], error);
}

static enum wsync_err set_second1(void *target, const char *value, struct wsync_error *error)
{
    return set_second(target, 0, value, error);
}

static enum wsync_err set_second2(void *target, const char *value, struct wsync_error *error)
{
    return set_second(target, 1, value, error);
}

static enum wsync_err set_second3(void *target, const char *value, struct wsync_error *error)
{
    return set_second(target, 2, value, error);
}

static enum wsync_err set_second4(void *target, const char *value, struct wsync_error *error)
{
    return set_second(target, 3, value, error);
}

static enum wsync_err set_interval(void *target, const char *value, struct wsync_error *error)
{
    return wsync_config_number(value, 1, 86400,
                               &((struct wsync_site_conf *)target)->policy.interval_s, error);
}

static enum wsync_err set_drain(void *target, const char *value, struct wsync_error *error)
{
    return wsync_config_number(value, 0, 600,
                               &((struct wsync_site_conf *)target)->policy.drain_s, error);
}

static enum wsync_err set_connections(void *target, const char *value,
                                      struct wsync_error *error)
{
    return wsync_config_number(value, 1, WSYNC_SERVE_PEERS_MAX,
                               &((struct wsync_site_conf *)target)->policy.connections, error);
}

static enum wsync_err set_log_days(void *target, const char *value, struct wsync_error *error)
{
    return wsync_config_number(value, 1, 36500,
                               &((struct wsync_site_conf *)target)->policy.log_days, error);
}

static enum wsync_err set_log_rows(void *target, const char *value, struct wsync_error *error)
{
    return wsync_config_number(value, 1, 100000000,
                               &((struct wsync_site_conf *)target)->policy.log_rows, error);
}

static enum wsync_err set_rotate_days(void *target, const char *value,
                                      struct wsync_error *error)
{
    return wsync_config_number(value, 1, 36500,
                               &((struct wsync_site_conf *)target)->policy.rotate_days, error);
}

static enum wsync_err set_budget_day(void *target, const char *value, struct wsync_error *error)
{
    return wsync_config_bytes(value, &((struct wsync_site_conf *)target)->policy.budget_day,
                              error);
}

static enum wsync_err set_budget_session(void *target, const char *value,
                                         struct wsync_error *error)
{
    return wsync_config_bytes(value, &((struct wsync_site_conf *)target)->policy.budget_session,
                              error);
}

static enum wsync_err read_yes(const char *name, const char *value, bool *yes,
                               struct wsync_error *error)
{
    *yes = strcmp(value, "yes") == 0;
    return *yes || strcmp(value, "no") == 0
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_INVALID, "%s is \"%s\"; allowed: yes, no.",
                                 name, value);
}

static enum wsync_err set_metered(void *target, const char *value, struct wsync_error *error)
{
    bool yes;
    enum wsync_err err = read_yes("metered", value, &yes, error);
    ((struct wsync_site_conf *)target)->policy.metered = yes;
    return err;
}

static enum wsync_err set_metrics(void *target, const char *value, struct wsync_error *error)
{
    return read_yes("metrics", value, &((struct wsync_site_conf *)target)->pages_metrics,
                    error);
}

static enum wsync_err set_backup_days(void *target, const char *value,
                                      struct wsync_error *error)
{
    return wsync_config_number(value, 0, 36500,
                               &((struct wsync_site_conf *)target)->policy.backup_days, error);
}

static enum wsync_err set_backup_key(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    enum wsync_err err = set_hex(value, conf->backup_key.b, sizeof conf->backup_key.b, error);
    conf->has_backup_key = err == WSYNC_OK;
    return err;
}

static enum wsync_err set_backup_folder(void *target, const char *value,
                                        struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return wsync_config_text(value, conf->backup_folder, sizeof conf->backup_folder, error);
}

static enum wsync_err set_pages(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    struct sockaddr_storage address;
    enum wsync_err err = wsync_pages_address_read(value, &address, error);
    return err == WSYNC_OK
               ? wsync_config_text(value, conf->pages.address, sizeof conf->pages.address,
                                   error)
               : err;
}

static enum wsync_err set_certificate(void *target, const char *value,
                                      struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return wsync_pages_conf_file(value, conf->pages.certificate, error);
}

static enum wsync_err set_certificate_key(void *target, const char *value,
                                          struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return wsync_pages_conf_file(value, conf->pages.key, error);
}

static enum wsync_err set_hosts(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return wsync_pages_conf_hosts(&conf->pages, value, error);
}

static enum wsync_err set_plain(void *target, const char *value, struct wsync_error *error)
{
    return read_yes("plain", value, &((struct wsync_site_conf *)target)->pages.plain, error);
}

static enum wsync_err set_journal(void *target, const char *value, struct wsync_error *error)
{
    struct wsync_site_conf *conf = target;
    return wsync_journal_level_named(value, &conf->policy.journal)
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_INVALID,
                                 "level is \"%s\"; allowed: error, warning, info, debug.",
                                 value);
}

static const struct wsync_config_key KEYS[] = {
    {"site", "kind", set_kind},
    {"site", "instance", set_instance},
    {"site", "scope", set_scope},
    {"district", "address1", set_address1},
    {"district", "address2", set_address2},
    {"district", "address3", set_address3},
    {"district", "address4", set_address4},
    {"district", "key", set_server_key},
    {"second", "address1", set_second1},
    {"second", "address2", set_second2},
    {"second", "address3", set_second3},
    {"second", "address4", set_second4},
    {"serve", "interval", set_interval},
    {"serve", "drain", set_drain},
    {"serve", "connections", set_connections},
    {"sessions", "days", set_log_days},
    {"sessions", "rows", set_log_rows},
    {"keys", "rotate_keys_days", set_rotate_days},
    {"thin", "budget_day", set_budget_day},
    {"thin", "budget_session", set_budget_session},
    {"thin", "metered", set_metered},
    {"journal", "level", set_journal},
    {"pages", "address", set_pages},
    {"pages", "certificate", set_certificate},
    {"pages", "key", set_certificate_key},
    {"pages", "hosts", set_hosts},
    {"pages", "plain", set_plain},
    {"pages", "metrics", set_metrics},
    {"backup", "key", set_backup_key},
    {"backup", "folder", set_backup_folder},
    {"backup", "days", set_backup_days},
};

/* Addresses are numbered from 1 without a gap; `*count` of them. */
static enum wsync_err count_addresses(const char *path,
                                      const char list[][WSYNC_ADDRESS_BYTES_MAX + 1],
                                      size_t *count, struct wsync_error *error)
{
    size_t given = 0;
    *count = 0;
    for (size_t i = 0; i < WSYNC_ADDRESSES_MAX; i++) {
        given += list[i][0] != '\0';
        *count += given == i + 1;
    }
    return given == *count ? WSYNC_OK
                           : wsync_error_set(error, WSYNC_ERR_INVALID,
                                             "%s: address%zu is missing.", path, *count + 1);
}

static enum wsync_err count_both(const char *path, struct wsync_site_conf *conf,
                                 struct wsync_error *error)
{
    enum wsync_err err =
        count_addresses(path, (const char(*)[WSYNC_ADDRESS_BYTES_MAX + 1]) conf->addresses,
                        &conf->address_count, error);
    return err == WSYNC_OK
               ? count_addresses(path,
                                 (const char(*)[WSYNC_ADDRESS_BYTES_MAX + 1]) conf->second,
                                 &conf->second_count, error)
               : err;
}

enum wsync_err wsync_site_conf_read(const char *path, struct wsync_site_conf *conf,
                                    struct wsync_error *error)
{
    const struct wsync_config_schema schema = {KEYS, sizeof KEYS / sizeof *KEYS};
    *conf = (struct wsync_site_conf){.policy = {.interval_s = INTERVAL_S_DEFAULT,
                                                .drain_s = DRAIN_S_DEFAULT,
                                                .connections = WSYNC_SERVE_PEERS_MAX,
                                                .log_days = LOG_DAYS_DEFAULT,
                                                .log_rows = LOG_ROWS_DEFAULT,
                                                .rotate_days = ROTATE_DAYS_DEFAULT,
                                                .backup_days = BACKUP_DAYS_DEFAULT,
                                                .journal = WSYNC_JOURNAL_INFO}};
    char machine[WSYNC_PLACE_BYTES];
    enum wsync_err err = wsync_place_conf(path, machine)
                             ? wsync_config_read(machine, &schema, conf, error)
                             : WSYNC_OK;
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) { /* an admin need not set anything */
        err = wsync_config_read(path, &schema, conf, error);
    }
    if (err == WSYNC_OK) {
        err = count_both(path, conf, error);
    }
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

void wsync_site_conf_print(const struct wsync_site_conf *conf, char *text, size_t size)
{
    const struct wsync_site_policy *policy = &conf->policy;
    int used = snprintf(text, size,
                        "serve.interval=%lld serve.drain=%lld serve.connections=%lld "
                        "sessions.days=%lld sessions.rows=%lld keys.rotate_keys_days=%lld "
                        "journal.level=%s",
                        (long long)policy->interval_s, (long long)policy->drain_s,
                        (long long)policy->connections, (long long)policy->log_days,
                        (long long)policy->log_rows, (long long)policy->rotate_days,
                        wsync_journal_level_name(policy->journal));
    for (size_t i = 0; i < conf->address_count && used > 0 && (size_t)used < size; i++) {
        used += snprintf(text + used, size - (size_t)used, " address%zu=%s", i + 1,
                         conf->addresses[i]);
    }
    if (conf->pages.address[0] && used > 0 && (size_t)used < size) {
        snprintf(text + used, size - (size_t)used, " pages.address=%s pages.plain=%s",
                 conf->pages.address, conf->pages.plain ? "yes" : "no");
    }
}

enum wsync_err wsync_site_conf_write_binds(const char *folder,
                                           const struct wsync_site_conf *conf,
                                           struct wsync_error *error)
{
    char text[CONF_BYTES_MAX];
    char path[WSYNC_SITE_PATH_BYTES];
    bool two = conf->second_count > 0;
    size_t count = two ? conf->second_count : conf->address_count;
    int used =
        snprintf(text, sizeof text, "# Written by \"district keys rotate transport\".\n[%s]\n",
                 two ? "second" : "district");
    for (size_t i = 0; i < count; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "address%zu = %s\n", i + 1,
                         two ? conf->second[i] : conf->addresses[i]);
    }
    WSYNC_ASSERT(used > 0 && (size_t)used < sizeof text);
    enum wsync_err err = wsync_file_make_dir(folder, 0700, error);
    return err == WSYNC_OK
               ? wsync_file_write_durably(wsync_site_file(folder, "transport.conf", path), 0600,
                                          wsync_slice(text, (size_t)used), error)
               : err;
}

enum wsync_err wsync_site_conf_write_backup_key(const char *data_dir,
                                                const struct wsync_signing_key *key,
                                                struct wsync_error *error)
{
    char text[CONF_BYTES_MAX];
    char path[WSYNC_SITE_PATH_BYTES];
    char digits[2 * WSYNC_PUBLIC_KEY_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(*key), digits);
    int used = snprintf(text, sizeof text,
                        "# Written by \"backup key\": the public half.\n[backup]\nkey = %s\n",
                        digits);
    enum wsync_err err =
        wsync_file_make_dir(wsync_site_file(data_dir, "conf.d", path), 0700, error);
    return err == WSYNC_OK ? wsync_file_write_durably(
                                 wsync_site_file(data_dir, "conf.d/backup.conf", path), 0600,
                                 wsync_slice(text, (size_t)used), error)
                           : err;
}

void wsync_site_conf_merge_binds(struct wsync_site_conf *conf)
{
    struct wsync_site_conf old = *conf;
    memcpy(conf->addresses, old.second, sizeof conf->addresses);
    memset(conf->second, 0, sizeof conf->second);
    conf->address_count = old.second_count;
    conf->second_count = 0;
    for (size_t i = 0; i < old.address_count && conf->address_count < WSYNC_ADDRESSES_MAX;
         i++) {
        memcpy(conf->addresses[conf->address_count++], old.addresses[i],
               sizeof old.addresses[i]);
    }
}
