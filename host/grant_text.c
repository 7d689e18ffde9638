/* SPDX-License-Identifier: Apache-2.0 */
#include "host/grant_text.h"

#include <string.h>

#define KIND "wardsync grant v1"

enum { HEAD_LINE_BYTES = WSYNC_ADDRESS_BYTES_MAX + 32 };

bool wsync_grant_address_ok(const char *address)
{
    size_t len = strlen(address);
    if (len > WSYNC_ADDRESS_BYTES_MAX || strncmp(address, "tcp://", 6) != 0 ||
        !strchr(address + 6, ':')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (address[i] <= ' ' || address[i] > '~') {
            return false;
        }
    }
    return true;
}

enum wsync_err wsync_grant_text_print(const struct wsync_grant_text *grant,
                                      struct wsync_txn *txn, FILE *out)
{
    char instance[2 * WSYNC_INSTANCE_ID_BYTES + 1];
    uint64_t count;
    wsync_hex_encode(WSYNC_BYTES(grant->instance), instance);
    fprintf(out, KIND "\ninstance %s\n", instance);
    for (size_t i = 0; i < grant->address_count; i++) {
        fprintf(out, "address %s\n", grant->addresses[i]);
    }
    fprintf(out, "roster\n");
    return wsync_roster_text_print(txn, out, &count);
}

/* The value of the next line, which begins with `name`; false for another one. */
static bool value_of(const char *line, const char *name, const char **value)
{
    size_t len = strlen(name);
    *value = line + len;
    return strncmp(line, name, len) == 0;
}

static bool next_line(FILE *file, char line[HEAD_LINE_BYTES], int *number)
{
    if (!fgets(line, HEAD_LINE_BYTES, file)) {
        return false;
    }
    ++*number;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

static bool read_head(FILE *file, struct wsync_grant_text *grant, int *number)
{
    char line[HEAD_LINE_BYTES];
    const char *value;
    if (!next_line(file, line, number) || strcmp(line, KIND) != 0 ||
        !next_line(file, line, number) || !value_of(line, "instance ", &value) ||
        !wsync_hex_decode(wsync_slice_of(value), grant->instance.b, sizeof grant->instance.b)) {
        return false;
    }
    while (next_line(file, line, number) && value_of(line, "address ", &value)) {
        if (grant->address_count == WSYNC_ADDRESSES_MAX || !wsync_grant_address_ok(value)) {
            return false;
        }
        memcpy(grant->addresses[grant->address_count++], value, strlen(value) + 1);
    }
    return grant->address_count > 0 && strcmp(line, "roster") == 0;
}

enum wsync_err wsync_grant_text_read(FILE *file, struct wsync_grant_text *grant,
                                     struct wsync_roster_text *roster,
                                     struct wsync_error *error)
{
    *grant = (struct wsync_grant_text){.address_count = 0};
    *roster = (struct wsync_roster_text){.file = file, .instance = &grant->instance};
    return read_head(file, grant, &roster->line)
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_MESSAGE,
                                 "Line %d: it is not a whole grant, as \"district enrol "
                                 "--request\" writes one.",
                                 roster->line);
}
