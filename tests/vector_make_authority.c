/* SPDX-License-Identifier: Apache-2.0 */
/* Makes roster.txt: who must sign what, and what statements of every kind do to a roster. */
#include <string.h>

#include "tests/vector_world.h"

enum { ROOTS = 6, OLD = 0, NEW = 3, RENEWED = 7 };

/* A roster of three devices under two of three root keys. */
struct book {
    struct vector_book *out;
    struct vector_world world;
    struct wsync_signing_key keys[ROOTS]; /* ascending: OLD and NEW roots, 3 each */
    struct wsync_signing_secret secrets[ROOTS];
    struct vector_device renewed; /* keys to rotate to */
};

static void pair_of(uint8_t seed, struct wsync_signing_key *key,
                    struct wsync_signing_secret *secret)
{
    uint8_t bytes[32];
    memset(bytes, seed, sizeof bytes);
    wsync_signing_pair(bytes, key, secret);
}

/* Seeds 10*32 to 15*32, in the order of their public keys. */
static void make_roots(struct book *book)
{
    for (uint8_t i = 0; i < ROOTS; i++) {
        struct wsync_signing_key key;
        struct wsync_signing_secret secret;
        pair_of((uint8_t)(0x10 + i), &key, &secret);
        size_t at = i;
        for (; at > 0 && memcmp(book->keys[at - 1].b, key.b, sizeof key.b) > 0; at--) {
            book->keys[at] = book->keys[at - 1];
            book->secrets[at] = book->secrets[at - 1];
        }
        book->keys[at] = key;
        book->secrets[at] = secret;
    }
}

static struct wsync_root root_of(const struct book *book, size_t first)
{
    struct wsync_root root = {.key_count = 3, .threshold = 2};
    root.registrar = book->world.root.registrar;
    memcpy(root.keys, &book->keys[first], 3 * sizeof *root.keys);
    return root;
}

/* Appends the statement, drafted behind what is there, without signatures. */
static struct wsync_signed_statement *add(struct book *book, struct wsync_statement *statement)
{
    vector_world_add(&book->world, statement);
    struct wsync_signed_statement *last =
        &book->world.statements[book->world.statement_count - 1];
    last->signature_count = 0;
    return last;
}

/* Signs by the roots of a mask, bit 0 the first one. */
static void sign(const struct book *book, struct wsync_signed_statement *statement,
                 unsigned mask)
{
    for (size_t i = 0; i < ROOTS; i++) {
        struct wsync_key_signature signature =
            wsync_statement_sign(&book->secrets[i], statement->statement);
        if (mask >> i & 1) {
            enum wsync_err err = wsync_signed_add(statement, &signature);
            WSYNC_ASSERT(err == WSYNC_OK);
        }
    }
}

static void sign_as_registrar(const struct book *book, struct wsync_signed_statement *statement)
{
    struct wsync_key_signature signature =
        wsync_statement_sign(&book->world.registrar_secret, statement->statement);
    enum wsync_err err = wsync_signed_add(statement, &signature);
    WSYNC_ASSERT(err == WSYNC_OK);
}

/* Writes a case of the roster as it is. */
static void said(struct book *book, const char *name, const char *spec, enum wsync_err code)
{
    vector_begin(book->out, name, spec, "roster");
    vector_world_say(&book->world, book->out);
    vector_expect(book->out, code);
}

struct title {
    const char *name, *spec;
};
#define TITLE(name, spec) ((struct title){name, spec})

/* A case that ends with this statement, signed by the registrar or by roots. */
static void ends_with(struct book *book, struct title title, struct wsync_statement statement,
                      unsigned mask, enum wsync_err code)
{
    struct wsync_signed_statement *last = add(book, &statement);
    if (mask == 0) {
        sign_as_registrar(book, last);
    }
    sign(book, last, mask);
    said(book, title.name, title.spec, code);
    book->world.statement_count--;
}

static void open_book(struct book *book, struct vector_book *out)
{
    *book = (struct book){.out = out};
    vector_world_init(&book->world, &out->arena);
    make_roots(book);
    book->world.root = root_of(book, OLD);
    book->world.instance = wsync_instance_of(&book->world.root);
    for (size_t i = 0; i < VECTOR_DEVICES; i++) {
        struct wsync_statement statement = vector_enrolment(&book->world, i);
        struct vector_device *device = &book->world.devices[i];
        device->id = wsync_device_of(&book->world.instance, &device->key);
        struct wsync_signed_statement *last = add(book, &statement);
        if (i == VECTOR_DISTRICT) {
            sign(book, last, 3);
        } else {
            sign_as_registrar(book, last);
        }
    }
    pair_of(RENEWED, &book->renewed.key, &book->renewed.secret);
    memset(book->renewed.transport.b, 0x57, sizeof book->renewed.transport.b);
}

static struct wsync_statement of_kind(enum wsync_statement_kind kind)
{
    return (struct wsync_statement){.kind = kind, .stamp = VECTOR_STAMP};
}

/* S7.31: whose signature is enough for what. */
static void who_signs(struct book *book)
{
    static const struct {
        const char *name;
        unsigned mask;
        enum wsync_err code;
    } CASES[] = {
        {"ask-by-the-registrar", 0, WSYNC_OK},
        {"ask-by-two-roots", 5, WSYNC_OK},
        {"ask-by-one-root", 2, WSYNC_ERR_SIGNATURE},
        {"ask-by-a-root-and-a-stranger", 9, WSYNC_ERR_SIGNATURE},
    };
    struct wsync_statement ask = of_kind(WSYNC_STATEMENT_ASK);
    ask.device = book->world.devices[VECTOR_WARD].id;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        ends_with(book, TITLE(CASES[i].name, "S7.30 S7.31"), ask, CASES[i].mask, CASES[i].code);
    }
    struct wsync_statement district = of_kind(WSYNC_STATEMENT_DISTRICT);
    district.district = book->world.district;
    ends_with(book, TITLE("district-by-two-roots", "S7.31"), district, 6, WSYNC_OK);
    ends_with(book, TITLE("district-by-three-roots", "S7.31"), district, 7, WSYNC_OK);
    ends_with(book, TITLE("district-by-one-root", "S7.31"), district, 4, WSYNC_ERR_SIGNATURE);
    ends_with(book, TITLE("district-by-the-registrar", "S7.31"), district, 0,
              WSYNC_ERR_SIGNATURE);
    struct wsync_statement root = of_kind(WSYNC_STATEMENT_ROOT);
    root.root = root_of(book, NEW);
    ends_with(book, TITLE("root-by-both-thresholds", "S7.31"), root, 0x1b, WSYNC_OK);
    ends_with(book, TITLE("root-by-the-old-alone", "S7.31"), root, 0x07, WSYNC_ERR_SIGNATURE);
    ends_with(book, TITLE("root-by-the-new-alone", "S7.31"), root, 0x38, WSYNC_ERR_SIGNATURE);
    ends_with(book, TITLE("root-by-two-and-one", "S7.31"), root, 0x0b, WSYNC_ERR_SIGNATURE);
    root.root = root_of(book, OLD + 1);
    ends_with(book, TITLE("root-that-keeps-two", "S7.31"), root, 0x06, WSYNC_OK);
}

/* S7.30: case 8. */
static void how_signatures_stand(struct book *book)
{
    struct wsync_statement district = of_kind(WSYNC_STATEMENT_DISTRICT);
    district.district = book->world.district;
    struct wsync_signed_statement *last = add(book, &district);
    said(book, "signatures-none", "S7.30", WSYNC_ERR_ROSTER);
    sign(book, last, 3);
    struct wsync_signed_statement good = *last;
    last->signatures[1] = last->signatures[0];
    said(book, "case-8-one-signature-twice", "S7.30", WSYNC_ERR_ROSTER);
    last->signatures[1].key = good.signatures[1].key;
    said(book, "case-8-one-signature-under-two-keys", "S7.30", WSYNC_ERR_SIGNATURE);
    last->signatures[0] = good.signatures[1];
    last->signatures[1] = good.signatures[0];
    said(book, "signatures-descend", "S7.30", WSYNC_ERR_ROSTER);
    *last = good;
    sign(book, last, 4);
    last->signatures[2].signature.b[0] ^= 1;
    said(book, "signature-beyond-the-threshold-flipped", "S7.30", WSYNC_ERR_SIGNATURE);
    book->world.statement_count--;
}

/* S7.34: case 9. */
static void when_enrolments_end(struct book *book)
{
    struct wsync_statement root = of_kind(WSYNC_STATEMENT_ROOT);
    root.root = root_of(book, OLD);
    root.root.expires = VECTOR_STAMP + 9;
    sign(book, add(book, &root), 3);
    struct vector_device other = book->world.devices[VECTOR_OTHER];
    book->world.devices[VECTOR_OTHER] = book->renewed;
    book->world.devices[VECTOR_OTHER].scope = 2;
    struct wsync_statement enrol = vector_enrolment(&book->world, VECTOR_OTHER);
    enrol.stamp = VECTOR_STAMP + 9;
    ends_with(book, TITLE("enrolment-at-the-expiry", "S7.34"), enrol, 0, WSYNC_OK);
    enrol.stamp = VECTOR_STAMP + 10;
    ends_with(book, TITLE("case-9-enrolment-behind-the-expiry", "S7.34"), enrol, 0,
              WSYNC_ERR_ROSTER);
    enrol.stamp = VECTOR_STAMP - 1;
    ends_with(book, TITLE("enrolment-before-its-root", "S7.34"), enrol, 0, WSYNC_ERR_ROSTER);
    struct wsync_statement ask = of_kind(WSYNC_STATEMENT_ASK);
    ask.device = book->world.devices[VECTOR_WARD].id;
    ask.stamp = VECTOR_STAMP + 10;
    ends_with(book, TITLE("ask-behind-the-expiry", "S7.34"), ask, 0, WSYNC_OK);
    book->world.devices[VECTOR_OTHER] = other;
    book->world.statement_count--;
}

static struct wsync_statement rotation(const struct book *book)
{
    static const struct wsync_pin PIN = {{{1}}, 5, {{2}}};
    const struct vector_device *ward = &book->world.devices[VECTOR_WARD];
    struct wsync_statement rotate = of_kind(WSYNC_STATEMENT_ROTATE);
    rotate.rotate = (struct wsync_rotation){.device = ward->id,
                                            .signing_key = book->renewed.key,
                                            .transport_key = book->renewed.transport,
                                            .pins = &PIN,
                                            .pin_count = 1};
    const struct wsync_instance_id *instance = &book->world.instance;
    rotate.rotate.old_signature = wsync_rotation_sign(&ward->secret, instance, &rotate.rotate);
    rotate.rotate.new_signature =
        wsync_rotation_sign(&book->renewed.secret, instance, &rotate.rotate);
    return rotate;
}

static void rotations(struct book *book)
{
    const char *spec = "S7.36 S7.37";
    struct wsync_statement good = rotation(book);
    struct wsync_statement bad = good;
    ends_with(book, TITLE("rotation-by-both-keys", spec), good, 0, WSYNC_OK);
    bad.rotate.new_signature = good.rotate.old_signature;
    ends_with(book, TITLE("case-5-rotation-by-the-old-key", spec), bad, 0, WSYNC_ERR_SIGNATURE);
    bad = good;
    bad.rotate.old_signature = good.rotate.new_signature;
    ends_with(book, TITLE("case-5-rotation-by-the-new-key", spec), bad, 0, WSYNC_ERR_SIGNATURE);
    bad = good;
    bad.rotate.pin_count = 0;
    ends_with(book, TITLE("rotation-with-other-pins", spec), bad, 0, WSYNC_ERR_SIGNATURE);
    bad = good;
    bad.rotate.transport_key.b[0] ^= 1;
    ends_with(book, TITLE("rotation-to-another-line", spec), bad, 0, WSYNC_ERR_SIGNATURE);
    struct vector_device renewed = book->renewed;
    book->renewed = book->world.devices[VECTOR_OTHER];
    ends_with(book, TITLE("rotation-to-the-keys-of-another", spec), rotation(book), 0,
              WSYNC_ERR_ROSTER);
    book->renewed = renewed;
    sign_as_registrar(book, add(book, &good));
    ends_with(book, TITLE("rotation-by-a-key-not-in-force", spec), good, 0,
              WSYNC_ERR_SIGNATURE);
    book->world.statement_count--;
}

static void suspensions(struct book *book)
{
    const char *spec = "S7.41 S7.42";
    struct wsync_statement suspend = of_kind(WSYNC_STATEMENT_REVOKE);
    struct wsync_statement resume = of_kind(WSYNC_STATEMENT_RESUME);
    suspend.revoke.device = resume.device = book->world.devices[VECTOR_WARD].id;
    suspend.revoke.suspend = true;
    ends_with(book, TITLE("roster-suspends", spec), suspend, 0, WSYNC_OK);
    ends_with(book, TITLE("roster-resumes-what-is-in-force", spec), resume, 0,
              WSYNC_ERR_ROSTER);
    sign_as_registrar(book, add(book, &suspend));
    ends_with(book, TITLE("roster-suspends-twice", spec), suspend, 0, WSYNC_ERR_ROSTER);
    ends_with(book, TITLE("roster-resumes", spec), resume, 0, WSYNC_OK);
    ends_with(book, TITLE("roster-rotates-what-is-suspended", "S7.37"), rotation(book), 0,
              WSYNC_ERR_ROSTER);
    suspend.revoke.suspend = false;
    ends_with(book, TITLE("roster-revokes-what-is-suspended", spec), suspend, 0, WSYNC_OK);
    sign_as_registrar(book, add(book, &suspend));
    ends_with(book, TITLE("roster-resumes-what-is-revoked", spec), resume, 0, WSYNC_ERR_ROSTER);
    struct wsync_statement ask = of_kind(WSYNC_STATEMENT_ASK);
    ask.device = resume.device;
    ends_with(book, TITLE("roster-asks-what-is-revoked", "S7.8"), ask, 0, WSYNC_ERR_ROSTER);
    book->world.statement_count -= 2;
    struct vector_device other = book->world.devices[VECTOR_OTHER];
    book->world.devices[VECTOR_OTHER] = book->renewed;
    book->world.devices[VECTOR_OTHER].scope = 2;
    struct wsync_statement enrol = vector_enrolment(&book->world, VECTOR_OTHER);
    enrol.enrol.has_predecessor = true;
    enrol.enrol.predecessor = resume.device;
    ends_with(book, TITLE("roster-enrols-a-successor", "S7.8"), enrol, 0, WSYNC_OK);
    enrol.enrol.predecessor.b[0] ^= 1;
    ends_with(book, TITLE("roster-enrols-the-successor-of-nobody", "S7.8"), enrol, 0,
              WSYNC_ERR_ROSTER);
    book->world.devices[VECTOR_OTHER] = other;
}

void vector_make_roster(struct vector_book *out)
{
    struct book book;
    open_book(&book, out);
    said(&book, "roster-under-two-of-three", "S7.31 S7.32 S2.1", WSYNC_OK);
    who_signs(&book);
    how_signatures_stand(&book);
    when_enrolments_end(&book);
    rotations(&book);
    suspensions(&book);
}
