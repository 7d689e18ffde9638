/* SPDX-License-Identifier: Apache-2.0 */
/* photograph.c: photos in the data directories of the real programs, for the system tests.
 *
 *   photograph define DIR        the district publishes a form of one photo field
 *   photograph take DIR FILE     a record of the device's own unit names the bytes of FILE
 *   photograph show DIR          one line for each photo that is named:
 *                                NAME CHUNKS whole|part held|-
 *   photograph spend DIR         every device handed in today what it may
 *   photograph pace DIR RATE [N] so many bytes a second were measured, and 600 ms; N a set */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/blob_files.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/pace_row.h"
#include "host/site.h"
#include "wardsync/crypto.h"
#include "wardsync/blob_quota.h"

enum { FORM = 90 };

static struct wsync_site site;
static struct wsync_error error;

static void must(enum wsync_err err)
{
    if (err != WSYNC_OK) {
        fprintf(stderr, "photograph: %s %s\n", wsync_err_name(err), error.text);
        exit(70);
    }
}

static void write_record(uint32_t form, const struct wsync_write *writes, size_t count)
{
    struct wsync_dot written;
    const struct wsync_intent intent = {
        .form = form, .version = 1, .creates = true, .writes = writes, .write_count = count};
    const struct wsync_site_change change = {
        .scope = site.conf.scope, .intents = &intent, .intent_count = 1};
    must(wsync_site_begin(&site, WSYNC_TXN_WRITE, &error));
    must(wsync_site_write(&site, &change, &written, &error));
    must(wsync_site_commit(&site, &error));
}

static void define(void)
{
    struct wsync_slice text = wsync_slice_of("photograph");
    const struct wsync_field field = {.number = 1,
                                      .type = WSYNC_TYPE_PHOTO,
                                      .name = wsync_slice_of("picture"),
                                      .label_vi = text,
                                      .label_en = text};
    const struct wsync_form form = {.number = FORM,
                                    .version = 1,
                                    .name = text,
                                    .title_vi = text,
                                    .title_en = text,
                                    .fields = &field,
                                    .field_count = 1};
    struct wsync_slice definition;
    must(wsync_form_encode(&form, &site.arena, &definition, &error));
    const struct wsync_write writes[] = {
        {WSYNC_FORM_NUMBER, false, {.class = WSYNC_CLASS_INTEGER, .integer = FORM}},
        {WSYNC_FORM_VERSION, false, {.class = WSYNC_CLASS_INTEGER, .integer = 1}},
        {WSYNC_FORM_DEFINITION, false, {.class = WSYNC_CLASS_TEXT, .text = definition}},
    };
    write_record(WSYNC_FORM_FORM, writes, 3);
}

static void take(const char *path)
{
    static uint8_t bytes[WSYNC_BLOB_BYTES_MAX];
    struct wsync_blob_name name;
    size_t len;
    must(wsync_file_read(path, bytes, sizeof bytes, &len, &error));
    must(wsync_blob_add(site.blobs, wsync_slice(bytes, len), &name));
    struct wsync_blob_value value = wsync_blob_name_encode(&name);
    const struct wsync_write write = {
        1, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value.b, value.len)}};
    write_record(FORM, &write, 1);
}

static void print_name(const struct wsync_blob_name *name)
{
    char hex[2 * WSYNC_HASH_BYTES + 1];
    wsync_hex_encode(WSYNC_BYTES(name->root), hex);
    printf("%s-%llu", hex, (unsigned long long)name->length);
}

static void show(void)
{
    struct wsync_blob_name name = {.length = 0};
    enum wsync_err err;
    must(wsync_site_begin(&site, WSYNC_TXN_READ, &error));
    while ((err = wsync_blob_next_named(site.txn, &name)) == WSYNC_OK) {
        struct wsync_blob_state state;
        bool held;
        must(wsync_blob_look(site.blobs, &name, &state));
        must(wsync_blob_is_held(site.txn, &name, &held));
        if (state.whole) {
            must(wsync_blob_verify(site.blobs, &name));
        }
        print_name(&name);
        printf(" %u %s %s\n", state.chunks, state.whole ? "whole" : "part",
               held ? "held" : "-");
    }
    must(err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err);
    wsync_site_abort(&site);
}

static void spend(void)
{
    struct wsync_device device = {.role = WSYNC_ROLE_NODE};
    const struct wsync_device_id *after = NULL;
    must(wsync_site_begin(&site, WSYNC_TXN_WRITE, &error));
    site.ledger.moment = wsync_clock_moment();
    while (wsync_device_after(site.txn, after, &device) == WSYNC_OK) {
        for (uint32_t i = 1; i <= WSYNC_BLOB_DAY_COUNT_MAX; i++) {
            const struct wsync_blob_name name = {.length = i};
            must(wsync_blob_note_begun(&site.ledger, site.txn, &device.id, &name));
            must(wsync_blob_note_ended(&site.ledger, site.txn, &device.id, &name, true));
        }
        after = &device.id;
    }
    must(wsync_site_commit(&site, &error));
}

/* In a set, so many bytes; 0: as many as are usual. */
static void note_pace(const char *rate, const char *set_bytes)
{
    const struct wsync_pace pace = {.rate = strtoll(rate, NULL, 10),
                                    .round_ms = 600,
                                    .set_bytes = (uint32_t)strtoul(set_bytes, NULL, 10)};
    must(wsync_site_begin(&site, WSYNC_TXN_WRITE, &error));
    must(wsync_pace_row_put(site.txn, site.conf.addresses[0], &pace));
    must(wsync_site_commit(&site, &error));
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    bool district = argc > 2 && strstr(argv[2], "district") != NULL;
    must(wsync_crypto_init() ? WSYNC_OK : WSYNC_ERR_MEMORY);
    must(wsync_site_open(argc > 2 ? argv[2] : "",
                         district ? WSYNC_SITE_DISTRICT : WSYNC_SITE_WARD, &site, &error));
    if (strcmp(what, "define") == 0) {
        define();
    } else if (strcmp(what, "take") == 0 && argc > 3) {
        take(argv[3]);
    } else if (strcmp(what, "show") == 0) {
        show();
    } else if (strcmp(what, "spend") == 0) {
        spend();
    } else if (strcmp(what, "pace") == 0 && argc > 3) {
        note_pace(argv[3], argc > 4 ? argv[4] : "0");
    } else {
        return 64;
    }
    wsync_site_close(&site);
    return 0;
}
