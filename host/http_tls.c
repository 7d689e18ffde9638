/* SPDX-License-Identifier: Apache-2.0 */
#include "host/http_tls.h"

#include <string.h>

#include "host/file.h"
#include "host/http_parts.h"
#include "wardsync/crypto.h"

static enum wsync_err read_pem(const char *path, char pem[WSYNC_HTTP_PEM_BYTES],
                               struct wsync_error *error)
{
    size_t len;
    enum wsync_err err = wsync_file_read(path, pem, WSYNC_HTTP_PEM_BYTES - 1, &len, error);
    if (err != WSYNC_OK) {
        return err;
    }
    pem[len] = '\0';
    return strlen(pem) == len && strstr(pem, "-----BEGIN ")
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_INVALID, "%s is no file of PEM.", path);
}

/* Only the library knows what it can use; nobody reaches this one. */
static bool is_usable(const struct wsync_http_tls *tls)
{
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_TLS | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, wsync_http_exchange_go_on,
        NULL,
        MHD_OPTION_HTTPS_MEM_CERT, tls->certificate, MHD_OPTION_HTTPS_MEM_KEY, tls->key,
        MHD_OPTION_HTTPS_PRIORITIES, WSYNC_HTTP_TLS_PRIORITIES, MHD_OPTION_END);
    if (daemon) {
        MHD_stop_daemon(daemon);
    }
    return daemon;
}

enum wsync_err wsync_http_tls_read(const char *certificate_path, const char *key_path,
                                   struct wsync_http_tls *tls, struct wsync_error *error)
{
    enum wsync_err err = read_pem(certificate_path, tls->certificate, error);
    if (err == WSYNC_OK) {
        err = read_pem(key_path, tls->key, error);
    }
    if (err == WSYNC_OK && !is_usable(tls)) {
        err = wsync_error_set(error, WSYNC_ERR_INVALID,
                              "%s and %s are no certificate and its key that belong together; "
                              "the key must have no passphrase.",
                              certificate_path, key_path);
    }
    if (err != WSYNC_OK) {
        wsync_wipe(tls, sizeof *tls);
    }
    return err;
}
