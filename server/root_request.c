/* SPDX-License-Identifier: Apache-2.0 */
#include "server/root_request.h"

#include <stdlib.h>
#include <string.h>

#include "host/file.h"
#include "host/fingerprint.h"
#include "host/roster_text.h"
#include "host/view.h"
#include "server/words.h"
#include "wardsync/crypto.h"

#define KIND "wardsync root request v1\n"

enum { TEXT_BYTES = sizeof KIND + 2 * WSYNC_SIGNED_BYTES_MAX + 4 };

enum wsync_err server_request_write(const char *path,
                                    const struct wsync_signed_statement *signed_statement,
                                    struct wsync_error *error)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    fputs(KIND, out);
    wsync_roster_text_print_one(signed_statement, out);
    enum wsync_err err =
        fclose(out) == 0
            ? wsync_file_write_durably(path, 0644, wsync_slice(text, len), error)
            : wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    free(text);
    return err;
}

/* Exactly the kind and one line. */
static bool parse(char *text, struct server_request *request)
{
    size_t kind = sizeof KIND - 1;
    if (strncmp(text, KIND, kind) != 0) {
        return false;
    }
    char *line = text + kind;
    size_t len = strcspn(line, "\r\n");
    const char *rest = line + len;
    bool alone = rest[strspn(rest, "\r\n")] == '\0';
    line[len] = '\0';
    return alone &&
           wsync_roster_text_read_one(line, request->bytes, &request->signed_statement);
}

enum wsync_err server_request_read(const char *path, struct server_request *request,
                                   struct wsync_arena *arena, struct wsync_error *error)
{
    static char text[TEXT_BYTES + 1];
    size_t len;
    enum wsync_err err = wsync_file_read(path, text, TEXT_BYTES, &len, error);
    if (err != WSYNC_OK) {
        return err;
    }
    text[len] = '\0';
    if (strlen(text) != len || !parse(text, request)) {
        return wsync_error_set(error, WSYNC_ERR_MESSAGE,
                               "%s is not a whole request to the root keys.", path);
    }
    err =
        wsync_statement_decode(request->signed_statement.statement, arena, &request->statement);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s holds no statement: %s", path,
                               wsync_err_text(err, WSYNC_EN));
    }
    return wsync_signed_verify(&request->signed_statement)
               ? WSYNC_OK
               : wsync_error_set(error, WSYNC_ERR_SIGNATURE,
                                 "A signature in %s is not of the key it names; make the "
                                 "request anew.",
                                 path);
}

/* ---- in words ---- */

static const char *print_of(struct wsync_slice key, struct wsync_fingerprint *print)
{
    *print = wsync_fingerprint_of(key);
    return print->text;
}

static void tell_root(const struct wsync_root *root, FILE *out)
{
    struct wsync_fingerprint print;
    fprintf(out, "Root keys from then on: %u of these %zu sign together:\n", root->threshold,
            root->key_count);
    for (size_t i = 0; i < root->key_count; i++) {
        fprintf(out, "  %s\n", print_of(WSYNC_BYTES(root->keys[i]), &print));
    }
    fprintf(out, "The registrar, who signs for devices: %s\n",
            print_of(WSYNC_BYTES(root->registrar), &print));
    if (root->expires != 0) {
        char when[WSYNC_VIEW_TIME_BYTES];
        wsync_view_time(root->expires, when);
        fprintf(out, "No device is enrolled after %s.\n", when);
    }
}

static void tell_district(const struct wsync_district *district, FILE *out)
{
    struct wsync_fingerprint print;
    for (size_t i = 0; i < district->endpoint_count; i++) {
        const struct wsync_endpoint *endpoint = &district->endpoints[i];
        fprintf(out, "Wards dial %s key %s", i == 0 ? "the" : "or the",
                print_of(WSYNC_BYTES(endpoint->key), &print));
        for (size_t a = 0; a < endpoint->address_count; a++) {
            fprintf(out, " %.*s", (int)endpoint->addresses[a].len,
                    (const char *)endpoint->addresses[a].data);
        }
        fputc('\n', out);
    }
    fprintf(out, "Receipts are signed by %s\n",
            print_of(WSYNC_BYTES(district->log_key), &print));
    fprintf(out, "Bundles are opened by %s\n",
            print_of(WSYNC_BYTES(district->bundle_key), &print));
}

static void tell_device(const char *what, const struct wsync_device_id *device, FILE *out)
{
    char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(*device), hex);
    fprintf(out, "The device %.12s %s\n", hex, what);
}

/* As the fingerprint of a request to be enrolled. */
static void tell_keys(const struct wsync_signing_key *signing,
                      const struct wsync_transport_key *transport, FILE *out)
{
    uint8_t keys[2 * WSYNC_PUBLIC_KEY_BYTES];
    struct wsync_fingerprint print;
    memcpy(keys, signing->b, WSYNC_PUBLIC_KEY_BYTES);
    memcpy(keys + WSYNC_PUBLIC_KEY_BYTES, transport->b, WSYNC_PUBLIC_KEY_BYTES);
    fprintf(out, "  of the keys %s\n", print_of(wsync_slice(keys, sizeof keys), &print));
}

static void tell_numbers(const char *what, const uint32_t *numbers, size_t count, FILE *out)
{
    fprintf(out, "%s", what);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, " %u", numbers[i]);
    }
}

/* Whatever of it gives a right: who signs has nothing else to go by. */
static void tell_enrolment(const struct wsync_enrolment *enrol, FILE *out)
{
    char hex[2 * WSYNC_DEVICE_ID_BYTES + 1];
    fprintf(out, "The device \"%.*s\" becomes a member, role %s,", (int)enrol->name.len,
            (const char *)enrol->name.data, server_role_name(enrol->role));
    tell_numbers(" unit", enrol->scopes, enrol->scope_count, out);
    fprintf(out, ".\n");
    tell_keys(&enrol->signing_key, &enrol->transport_key, out);
    if (enrol->form_count > 0) {
        tell_numbers("  it writes forms", enrol->forms, enrol->form_count, out);
        fputc('\n', out);
    }
    if (enrol->quota > 0) {
        fprintf(out, "  at most %u changes a day\n", enrol->quota);
    }
    if (enrol->has_predecessor) {
        wsync_hex_encode(WSYNC_BYTES(enrol->predecessor), hex);
        fprintf(out, "  in the place of the device %.12s\n", hex);
    }
}

void server_statement_tell(const struct wsync_statement *statement, FILE *out)
{
    switch (statement->kind) {
    case WSYNC_STATEMENT_FIRST:
        fprintf(out, "A new installation is founded.\n");
        tell_root(&statement->root, out);
        tell_district(&statement->district, out);
        return;
    case WSYNC_STATEMENT_ROOT:
        tell_root(&statement->root, out);
        return;
    case WSYNC_STATEMENT_DISTRICT:
        tell_district(&statement->district, out);
        return;
    case WSYNC_STATEMENT_ENROL:
        tell_enrolment(&statement->enrol, out);
        return;
    case WSYNC_STATEMENT_REVOKE:
        tell_device(statement->revoke.suspend ? "is suspended." : "is revoked for good.",
                    &statement->revoke.device, out);
        fprintf(out, "  %zu of its logs stay valid, as far as the statement says\n",
                statement->revoke.pin_count);
        return;
    case WSYNC_STATEMENT_ROTATE:
        tell_device("gets new keys.", &statement->rotate.device, out);
        tell_keys(&statement->rotate.signing_key, &statement->rotate.transport_key, out);
        return;
    case WSYNC_STATEMENT_RESUME:
        tell_device("is suspended no more.", &statement->device, out);
        return;
    case WSYNC_STATEMENT_ASK:
        tell_device("is asked to make new keys.", &statement->device, out);
        return;
    }
}

void server_request_tell(const struct server_request *request, FILE *out)
{
    const struct wsync_statement *statement = &request->statement;
    char when[WSYNC_VIEW_TIME_BYTES];
    struct wsync_fingerprint print;
    wsync_view_time(statement->stamp, when);
    fprintf(out, "Installation %s\nStatement %llu of its roster, of %s:\n",
            wsync_fingerprint_of_instance(&statement->instance).text,
            (unsigned long long)statement->version, when);
    server_statement_tell(statement, out);
    for (size_t i = 0; i < request->signed_statement.signature_count; i++) {
        fprintf(out, "Signed by %s\n",
                print_of(WSYNC_BYTES(request->signed_statement.signatures[i].key), &print));
    }
}
