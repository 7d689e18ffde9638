/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pages_conf.h"

#include <stdio.h>
#include <string.h>

#include "host/config.h"
#include "host/pages_address.h"

enum wsync_err wsync_pages_conf_file(const char *value, char file[WSYNC_PAGES_FILE_BYTES],
                                     struct wsync_error *error)
{
    if (value[0] != '/') {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "\"%.100s\" is no file from the root, like "
                               "/etc/wardsync/pages.pem.",
                               value);
    }
    return wsync_config_text(value, file, WSYNC_PAGES_FILE_BYTES, error);
}

/* A name or an address as a browser asks for it, without the port. */
static bool is_host(const char *name, size_t len)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]";
    return len > 0 && len < WSYNC_PAGES_HOST_BYTES && strspn(name, allowed) >= len;
}

enum wsync_err wsync_pages_conf_hosts(struct wsync_pages_conf *conf, const char *value,
                                      struct wsync_error *error)
{
    conf->host_count = 0;
    for (const char *at = value;; at++) { /* ends: each turn passes a comma, or the end */
        at += strspn(at, " \t");
        size_t len = strcspn(at, ",");
        size_t used = len;
        while (used > 0 && (at[used - 1] == ' ' || at[used - 1] == '\t')) {
            used--;
        }
        if (!is_host(at, used) || conf->host_count == WSYNC_PAGES_HOSTS_MAX) {
            return wsync_error_set(
                error, WSYNC_ERR_INVALID,
                "hosts is \"%.100s\"; allowed: at most %d names or addresses "
                "of this machine, with commas between.",
                value, WSYNC_PAGES_HOSTS_MAX);
        }
        snprintf(conf->hosts[conf->host_count++], WSYNC_PAGES_HOST_BYTES, "%.*s", (int)used,
                 at);
        at += len;
        if (*at == '\0') {
            return WSYNC_OK;
        }
    }
}

enum wsync_err wsync_pages_conf_judge(const struct wsync_pages_conf *conf, const char *address,
                                      size_t admins, struct wsync_error *error)
{
    bool sealed = conf->certificate[0] != '\0' && conf->key[0] != '\0';
    const char *missing = NULL;
    if (!sealed && (conf->certificate[0] != '\0' || conf->key[0] != '\0')) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "Of certificate and key in site.conf, [pages], one is missing.");
    }
    if (wsync_pages_address_is_here(address)) {
        return WSYNC_OK;
    }
    if (admins == 0) {
        missing = "an admin who can log in: \"staff add NAME --role admin\"";
    } else if (!sealed && !conf->plain) {
        missing = "in site.conf, [pages], a certificate and its key, or plain = yes where "
                  "nobody else reads this network";
    } else if (wsync_pages_address_is_any(address) && conf->host_count == 0) {
        missing = "in site.conf, [pages], the names of this machine that browsers ask for: "
                  "hosts = NAME,NAME";
    }
    return missing ? wsync_error_set(error, WSYNC_ERR_INVALID,
                                     "Others would see pages at %.60s, and for that there is "
                                     "missing: %s.",
                                     address, missing)
                   : WSYNC_OK;
}
