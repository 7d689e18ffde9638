/* SPDX-License-Identifier: Apache-2.0 */
#include "server/device_find.h"

#include <string.h>

#include "server/words.h"

enum { ID_DIGITS_MIN = 6 };

enum wsync_err server_find_device(struct wsync_site *site, const char *text,
                                  struct wsync_device *found, struct wsync_error *error)
{
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    size_t matches = 0;
    while (wsync_device_after(site->txn, after, &device) == WSYNC_OK) {
        char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
        wsync_hex_encode(WSYNC_BYTES(device.id), hex);
        if (strcmp(hex, text) == 0) {
            *found = device; /* whatever others are called */
            return WSYNC_OK;
        }
        if (strcmp(device.name, text) == 0 ||
            (strlen(text) >= ID_DIGITS_MIN && strncmp(hex, text, strlen(text)) == 0)) {
            *found = device;
            matches++;
        }
        at = device.id;
        after = &at;
    }
    if (matches == 1) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID,
                           matches == 0
                               ? "There is no device \"%s\"; \"district devices\" lists "
                                 "them."
                               : "Several devices are called \"%s\"; give the "
                                 "beginning of the id.",
                           text);
}

bool server_statement_is_about(const struct wsync_statement *by,
                               const struct wsync_device_id *device)
{
    struct wsync_device_id id = by->device;
    switch (by->kind) {
    case WSYNC_STATEMENT_FIRST:
    case WSYNC_STATEMENT_ENROL:
        id = wsync_device_of(&by->instance, &by->enrol.signing_key);
        break;
    case WSYNC_STATEMENT_REVOKE:
        id = by->revoke.device;
        break;
    case WSYNC_STATEMENT_ROTATE:
        id = by->rotate.device;
        break;
    case WSYNC_STATEMENT_RESUME:
    case WSYNC_STATEMENT_ASK:
        break;
    case WSYNC_STATEMENT_ROOT:
    case WSYNC_STATEMENT_DISTRICT:
        return false;
    }
    return wsync_device_id_equal(&id, device);
}

bool server_role_read(const char *word, enum wsync_role *role)
{
    for (enum wsync_role at = WSYNC_ROLE_CLERK; at <= WSYNC_ROLE_NODE; at++) {
        if (strcmp(server_role_name(at), word) == 0) {
            *role = at;
            return true;
        }
    }
    return false;
}

const char *server_device_state(const struct wsync_device *device)
{
    return device->revoked != 0 ? "revoked" : device->suspended != 0 ? "suspended" : "enrolled";
}
