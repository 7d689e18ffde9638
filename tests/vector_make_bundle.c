/* SPDX-License-Identifier: Apache-2.0 */
/* Makes bundle.txt: headers, keys, sealed parts, frames in them, and manifests. */
#include <string.h>

#include "tests/vector.h"
#include "tests/vector_world.h"
#include "wardsync/bundle.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { PARTS = 2, RUNS = 2, TIME = 1650000000, AT_RUNS = 129 + PARTS * 16, RUN = 96 };

/* What the receiver keeps, what was drawn for the file, and what it begins with. */
static const uint8_t RECEIVER[WSYNC_PUBLIC_KEY_BYTES] = {0x18, 0x52};
static const uint8_t DRAWN[WSYNC_PUBLIC_KEY_BYTES] = {0x20, 0x97};
static struct wsync_bundle_key key;

static struct wsync_slice header(void)
{
    return wsync_slice(key.header, sizeof key.header);
}

static void begin(enum wsync_bundle_kind kind)
{
    struct wsync_bundle_header head = {.kind = kind};
    struct wsync_transport_key receiver = wsync_exchange_public(RECEIVER);
    memset(head.id.b, 0x1d, sizeof head.id.b);
    enum wsync_err err = wsync_bundle_begin(&head, &receiver, DRAWN, &key);
    WSYNC_ASSERT(err == WSYNC_OK);
}

/* Bent copies of `bytes` under the key `what`, each with what it is answered. */
static void bent(struct vector_book *book, const char *what, struct wsync_slice bytes,
                 const struct vector_edit *edits, size_t count)
{
    bool alone = strcmp(what, "header") == 0;
    for (size_t i = 0; i < count; i++) {
        vector_begin(book, edits[i].name, edits[i].spec,
                     alone ? "bundle-header" : "bundle-manifest");
        if (!alone) {
            vector_hex(book, "header", header());
        }
        vector_hex(book, what, vector_edited(&book->arena, bytes, &edits[i]));
        vector_expect(book, edits[i].code);
    }
}

static const struct vector_edit HEADERS[] = {
    {"header-of-no-bytes", "S19.2", 0, 80, "", WSYNC_ERR_BUNDLE},
    {"header-of-79-bytes", "S19.2", 79, 1, "", WSYNC_ERR_BUNDLE},
    {"header-as-text", "S19.2", 4, 2, "0a", WSYNC_ERR_BUNDLE},
    {"header-of-7-bits", "S19.2", 0, 1, "09", WSYNC_ERR_BUNDLE},
    {"header-format-0", "S19.2", 8, 1, "00", WSYNC_ERR_VERSION},
    {"header-format-2", "S19.2", 8, 1, "02", WSYNC_ERR_VERSION},
    {"header-kind-0", "S19.1 S19.2", 9, 1, "00", WSYNC_ERR_BUNDLE},
    {"header-kind-3", "S19.1 S19.2", 9, 1, "03", WSYNC_ERR_BUNDLE},
    {"header-first-zero-is-none", "S19.2", 10, 1, "01", WSYNC_ERR_BUNDLE},
    {"header-last-zero-is-none", "S19.2", 79, 1, "01", WSYNC_ERR_BUNDLE},
};

static void headers(struct vector_book *book)
{
    static const struct vector_edit LONGER = {"header-and-what-follows", "S19.2", -1,
                                              0,                         "aabb",  WSYNC_OK};
    begin(WSYNC_BUNDLE_ANSWER);
    vector_begin(book, "header-of-an-answer", "S19.1 S19.2", "bundle-header");
    vector_hex(book, "header", header());
    vector_expect(book, WSYNC_OK);
    begin(WSYNC_BUNDLE_UP);
    vector_begin(book, "header", "S19.1 S19.2", "bundle-header");
    vector_hex(book, "header", header());
    vector_expect(book, WSYNC_OK);
    bent(book, "header", header(), &LONGER, 1);
    bent(book, "header", header(), HEADERS, COUNT(HEADERS));
}

static void answers(struct vector_book *book)
{
    uint8_t bytes[32];
    memset(bytes, 3, sizeof bytes);
    vector_begin(book, "answer-key", "S19.5", "bundle-answer");
    vector_hex(book, "seed", wsync_slice(bytes, 32));
    vector_hex(book, "number", wsync_slice(bytes, WSYNC_BUNDLE_ID_BYTES));
    vector_expect(book, WSYNC_OK);
}

struct part_case {
    const char *name, *spec;
    int part, opened_as, bent;
    enum wsync_err code;
};

static void parts(struct vector_book *book)
{
    static const struct part_case CASES[] = {
        {"part-0", "S19.3", 0, -1, -1, WSYNC_OK},
        {"part-258", "S19.3", 258, -1, -1, WSYNC_OK},
        {"part-in-another-place", "S19.3", 1, 2, -1, WSYNC_ERR_BUNDLE},
        {"part-first-byte-bent", "S19.3", 1, -1, 0, WSYNC_ERR_BUNDLE},
        {"part-tag-bent", "S19.3", 1, -1, 32767, WSYNC_ERR_BUNDLE},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        vector_begin(book, CASES[i].name, CASES[i].spec, "bundle-part");
        vector_hex(book, "header", header());
        vector_hex(book, "secret", wsync_slice(RECEIVER, sizeof RECEIVER));
        vector_number(book, "part", CASES[i].part);
        if (CASES[i].opened_as >= 0) {
            vector_number(book, "opened-as", CASES[i].opened_as);
        }
        if (CASES[i].bent >= 0) {
            vector_number(book, "bent", CASES[i].bent);
        }
        vector_hex(book, "plain", vector_spell(&book->arena, "0002 0108 aa*40"));
        vector_expect(book, CASES[i].code);
    }
}

/* Headers that this receiver's secret opens nothing with. */
static void locked(struct vector_book *book)
{
    static const struct vector_edit EDITS[] = {
        {"part-for-another-receiver", "S19.2 S19.4", 32, 1, "00", WSYNC_ERR_BUNDLE},
        {"part-from-key-0", "S19.3", 40, 32, "00*32", WSYNC_ERR_BUNDLE},
        {"part-from-key-1", "S19.3", 40, 32, "01 00*31", WSYNC_ERR_BUNDLE},
    };
    for (size_t i = 0; i < COUNT(EDITS); i++) {
        vector_begin(book, EDITS[i].name, EDITS[i].spec, "bundle-part");
        vector_hex(book, "header", vector_edited(&book->arena, header(), &EDITS[i]));
        vector_hex(book, "secret", wsync_slice(RECEIVER, sizeof RECEIVER));
        vector_number(book, "part", 0);
        vector_expect(book, EDITS[i].code);
    }
}

static void frames(struct vector_book *book)
{
    static const struct {
        const char *name, *plain;
        int from;
        enum wsync_err code;
    } CASES[] = {
        {"part-without-frames", "", 0, WSYNC_OK},
        {"frame-of-one-byte", "0001 08", 0, WSYNC_OK},
        {"three-frames", "0002 0108 0003 010901 0002 0100", 0, WSYNC_OK},
        {"frame-that-ends-with-zeros", "0004 01080000 0001 08", 0, WSYNC_OK},
        {"frame-of-16384-bytes", "4000 aa", 0, WSYNC_OK},
        {"frame-of-16385-bytes", "4001 aa", 0, WSYNC_ERR_BUNDLE},
        {"frame-behind-the-zeros", "0002 0108 0000 0001 08", 0, WSYNC_ERR_BUNDLE},
        {"frame-to-the-end-of-the-part", "0001 08", 32749, WSYNC_OK},
        {"frame-longer-than-the-part", "0002 08", 32749, WSYNC_ERR_BUNDLE},
        {"length-0-at-the-end-of-the-part", "0000", 32750, WSYNC_OK},
        {"length-1-at-the-end-of-the-part", "0001", 32750, WSYNC_ERR_BUNDLE},
        {"zero-at-the-end-of-the-part", "00", 32751, WSYNC_OK},
        {"half-a-length-at-the-end-of-the-part", "01", 32751, WSYNC_ERR_BUNDLE},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        vector_begin(book, CASES[i].name, "S19.6", "bundle-frames");
        if (CASES[i].from > 0) {
            vector_number(book, "from", CASES[i].from);
        }
        vector_hex(book, "plain", vector_spell(&book->arena, CASES[i].plain));
        vector_expect(book, CASES[i].code);
    }
}

static void fill(struct wsync_bundle_manifest *manifest, const struct vector_world *world)
{
    const struct vector_device *ward = &world->devices[VECTOR_WARD];
    *manifest = (struct wsync_bundle_manifest){.protocol = 1,
                                               .instance = world->instance,
                                               .device = ward->id,
                                               .signing_key = ward->key,
                                               .answer = wsync_exchange_public(DRAWN),
                                               .time = TIME,
                                               .roster_version = 3,
                                               .changes = 70};
}

static void fill_more(struct wsync_bundle_manifest *manifest)
{
    manifest->partial = true;
    manifest->time = -1;
    manifest->part_count = PARTS;
    manifest->run_count = RUNS;
    for (int i = 0; i < PARTS; i++) {
        memset(manifest->hashes[i], 0x70 + i, sizeof manifest->hashes[i]);
    }
    for (int i = 0; i < RUNS; i++) {
        struct wsync_bundle_run *run = &manifest->runs[i];
        memset(run, 0x60 + i, sizeof *run);
        run->after.seq = i == 0 ? 0 : 7;
        run->tip.seq = 70;
    }
}

/* The manifest without the zeros behind it. */
static struct wsync_slice manifest_bytes(struct vector_book *book,
                                         const struct wsync_bundle_manifest *manifest,
                                         const struct vector_world *world)
{
    uint8_t *plain = wsync_arena_get(&book->arena, WSYNC_BUNDLE_PLAIN_BYTES);
    WSYNC_ASSERT(plain);
    wsync_bundle_manifest_encode(manifest, &key, &world->devices[VECTOR_WARD].secret, plain);
    size_t len = AT_RUNS + 2 + RUNS * RUN + WSYNC_SIGNATURE_BYTES;
    while (plain[len - 1] == 0) {
        len--;
    }
    return wsync_slice(plain, len);
}

static const struct vector_edit MANIFESTS[] = {
    {"manifest-of-zeros", "S19.7", 0, AT_RUNS + 2 + RUNS * RUN + 64, "", WSYNC_ERR_VERSION},
    {"manifest-format-2", "S19.7", 0, 1, "02", WSYNC_ERR_VERSION},
    {"manifest-more-waits-2", "S19.7", 126, 1, "02", WSYNC_ERR_BUNDLE},
    {"manifest-1025-parts", "S19.2 S19.7", 127, 2, "0401", WSYNC_ERR_BUNDLE},
    {"manifest-129-runs", "S19.7", AT_RUNS, 2, "0081", WSYNC_ERR_BUNDLE},
    {"manifest-run-goes-back", "S19.7", AT_RUNS + 2 + 16 + 7, 1, "47", WSYNC_ERR_BUNDLE},
    {"manifest-a-byte-behind", "S19.7", -1, 0, "01", WSYNC_ERR_BUNDLE},
    {"manifest-a-byte-far-behind", "S19.7", -1, 0, "00*300 01", WSYNC_ERR_BUNDLE},
    {"manifest-version-bent", "S19.8", 1, 1, "02", WSYNC_ERR_SIGNATURE},
    {"manifest-of-another-device", "S19.8", 22, 1, "00", WSYNC_ERR_SIGNATURE},
    {"manifest-of-another-key", "S19.8", 38, 1, "00", WSYNC_ERR_SIGNATURE},
    {"manifest-answer-to-another", "S19.8", 70, 1, "ff", WSYNC_ERR_SIGNATURE},
    {"manifest-one-change-less", "S19.8", 125, 1, "45", WSYNC_ERR_SIGNATURE},
    {"manifest-part-bent", "S19.8", 129, 1, "71", WSYNC_ERR_SIGNATURE},
    {"manifest-tip-bent", "S19.8", AT_RUNS + 2 + 16 + 40 + 7, 1, "45", WSYNC_ERR_SIGNATURE},
    {"manifest-one-part-less", "S19.8", 127, 18, "0001", WSYNC_ERR_SIGNATURE},
    {"manifest-one-part-more", "S19.7", 127, 2, "0003", WSYNC_ERR_BUNDLE},
    {"manifest-unsigned", "S19.8", AT_RUNS + 2 + RUNS * RUN, 64, "", WSYNC_ERR_SIGNATURE},
};

static void manifests(struct vector_book *book)
{
    static struct wsync_bundle_manifest manifest;
    static struct vector_world world;
    vector_world_init(&world, &book->arena);
    fill(&manifest, &world);
    vector_begin(book, "manifest-of-nothing", "S19.7 S19.8", "bundle-manifest");
    vector_hex(book, "header", header());
    vector_hex(book, "plain", manifest_bytes(book, &manifest, &world));
    vector_expect(book, WSYNC_OK);
    fill_more(&manifest);
    struct wsync_slice bytes = manifest_bytes(book, &manifest, &world);
    vector_begin(book, "manifest", "S19.7 S19.8", "bundle-manifest");
    vector_hex(book, "header", header());
    vector_hex(book, "plain", bytes);
    vector_expect(book, WSYNC_OK);
    bent(book, "plain", bytes, MANIFESTS, COUNT(MANIFESTS));
    vector_begin(book, "manifest-under-another-header", "S19.8", "bundle-manifest");
    begin(WSYNC_BUNDLE_ANSWER);
    vector_hex(book, "header", header());
    vector_hex(book, "plain", bytes);
    vector_expect(book, WSYNC_ERR_SIGNATURE);
}

void vector_make_bundle(struct vector_book *book)
{
    headers(book);
    answers(book);
    parts(book);
    locked(book);
    frames(book);
    manifests(book);
}
