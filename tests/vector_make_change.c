/* SPDX-License-Identifier: Apache-2.0 */
/* Makes context.txt and operation.txt: every input is spelled out byte by byte. */
#include "tests/vector.h"

#include <string.h>

#include "wardsync/limits.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define AA_16 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define REFERENCE "22260a10" AA_16 "10021a10" AA_16

struct spelled {
    const char *name, *spec, *bytes;
    enum wsync_err code;
};

static const struct spelled CONTEXTS[] = {
    {"context-empty", "S5.1 S5.11 S1.3", "", WSYNC_OK},
    {"context-stamp-and-actor", "S5.2 S5.4", "083c 1001", WSYNC_OK},
    {"context-clock-went-back", "S5.2", "083b", WSYNC_OK},
    {"context-stamp-largest", "S5.2", "08fe ff*6 1f", WSYNC_OK},
    {"context-stamp-smallest", "S5.2", "08fd ff*6 1f", WSYNC_OK},
    {"context-actor-largest", "S5.4 S2.9", "10ffff03", WSYNC_OK},
    {"context-one-reference", "S5.5", REFERENCE, WSYNC_OK},
    {"context-16-references", "S5.6", REFERENCE "**16", WSYNC_OK},
    {"context-roster-version", "S5.7", "2803", WSYNC_OK},
    {"context-origin", "S5.8 S13.13", "3206 0801 1005 1802", WSYNC_OK},
    {"context-extension-may", "S5.9 S5.10 S14.5", "3a05 0801 1a01aa", WSYNC_OK},
    {"context-extension-must", "S5.9 S14.5", "3a04 0801 1001", WSYNC_OK},
    {"context-extensions-ascend", "S5.9", "3a020801 3a020809", WSYNC_OK},
    {"context-extension-1024-bytes", "S5.9", "3a8508 0801 1a8008 00*1024", WSYNC_OK},
    {"context-unreadable-operation", "S5.11 S5.24", "083c 1a01ff", WSYNC_OK},
    {"context-8192-bytes", "S5.1", "1afd3f 00*8189", WSYNC_OK},
    {"context-8193-bytes", "S5.1", "1afe3f 00*8190", WSYNC_ERR_CONTEXT},
    {"context-stamp-twice", "S1.3", "083c 083c", WSYNC_ERR_CONTEXT},
    {"context-stamp-over-long", "S1.3", "08bc00", WSYNC_ERR_CONTEXT},
    {"context-stamp-of-zero", "S1.3", "0800", WSYNC_ERR_CONTEXT},
    {"context-stamp-cut", "S1.3", "08", WSYNC_ERR_CONTEXT},
    {"context-stamp-above-64-bits", "S1.3", "08 ff*9 7f", WSYNC_ERR_CONTEXT},
    {"context-stamp-11-bytes", "S1.3", "08 80*10 01", WSYNC_ERR_CONTEXT},
    {"context-stamp-wrong-wire-type", "S1.3", "0d3c000000", WSYNC_ERR_CONTEXT},
    {"context-group", "S1.3", "0b0c", WSYNC_ERR_CONTEXT},
    {"context-stamp-too-large", "S5.2", "08 80*7 20", WSYNC_ERR_CONTEXT},
    {"context-stamp-too-small", "S5.2", "08 ff*7 1f", WSYNC_ERR_CONTEXT},
    {"context-fields-descend", "S1.3", "1001 083c", WSYNC_ERR_CONTEXT},
    {"context-unknown-field", "S1.3 S14.3", "083c 4001", WSYNC_ERR_CONTEXT},
    {"context-field-0", "S1.3", "0001", WSYNC_ERR_CONTEXT},
    {"context-actor-65536", "S5.4 S2.9", "10808004", WSYNC_ERR_CONTEXT},
    {"context-actor-above-32-bits", "S1.3", "108180808010", WSYNC_ERR_CONTEXT},
    {"context-reference-empty", "S5.5", "2200", WSYNC_ERR_CONTEXT},
    {"context-reference-log-15-bytes", "S5.5", "22250a0faa*15 1002 1a10bb*16",
     WSYNC_ERR_CONTEXT},
    {"context-reference-seq-0", "S5.5", "22240a10aa*16 1a10bb*16", WSYNC_ERR_CONTEXT},
    {"context-reference-hash-32-bytes", "S5.5", "22360a10aa*16 1002 1a20bb*32",
     WSYNC_ERR_CONTEXT},
    {"context-reference-unknown-field", "S1.3", "22280a10aa*16 1002 1a10bb*16 2001",
     WSYNC_ERR_CONTEXT},
    {"context-17-references", "S5.6", REFERENCE "**17", WSYNC_ERR_CONTEXT},
    {"context-operation-after-reference", "S1.3", REFERENCE " 1a01ff", WSYNC_ERR_CONTEXT},
    {"context-origin-twice", "S1.3", "32020801 32021005", WSYNC_ERR_CONTEXT},
    {"context-origin-stamp-too-large", "S5.8", "320d 0801 1005 18 80*7 20", WSYNC_ERR_CONTEXT},
    {"context-extension-0", "S5.9", "3a03 1a01aa", WSYNC_ERR_CONTEXT},
    {"context-extension-twice", "S5.9", "3a020801 3a020801", WSYNC_ERR_CONTEXT},
    {"context-extensions-descend", "S5.9", "3a020809 3a020801", WSYNC_ERR_CONTEXT},
    {"context-extension-must-2", "S1.3", "3a04 0801 1002", WSYNC_ERR_CONTEXT},
    {"context-extension-1025-bytes", "S5.9", "3a8608 0801 1a8108 00*1025", WSYNC_ERR_CONTEXT},
    {"context-9-extensions", "S5.9",
     "3a020801 3a020802 3a020803 3a020804 3a020805 3a020806 3a020807 3a020808 3a020809",
     WSYNC_ERR_CONTEXT},
};

void vector_make_context(struct vector_book *book)
{
    for (size_t i = 0; i < COUNT(CONTEXTS); i++) {
        const struct spelled *spelled = &CONTEXTS[i];
        vector_begin(book, spelled->name, spelled->spec, "context");
        vector_hex(book, "public", vector_spell(&book->arena, spelled->bytes));
        vector_expect(book, spelled->code);
    }
}

static const struct spelled OPERATIONS[] = {
    {"write-new", "S6.1 S6.2 S6.10 S6.11", "1010 1801 32020819 3a03b8aa02 4203616263",
     WSYNC_OK},
    {"write-new-without-keys", "S6.2", "1010 1801", WSYNC_OK},
    {"write-every-class", "S6.10 S6.11 S6.12",
     "1010 1801 3204080b1112 3a06b8aa02040204 4203616263", WSYNC_OK},
    {"write-negative-integer", "S6.11", "1010 1801 320108 3a0101", WSYNC_OK},
    {"write-smallest-integer", "S6.11", "1010 1801 320108 3a0a ff*9 01", WSYNC_OK},
    {"write-empty-list", "S6.12", "1010 1801 32010a 3a0100", WSYNC_OK},
    {"write-list-of-64", "S6.12", "1010 1801 32010a 3a428001 02*64", WSYNC_OK},
    {"write-record-with-bases", "S6.2 S6.6 S6.7",
     "1010 1801 2203000100 2a06000100010200 320108 3a0102",
     WSYNC_OK},
    {"write-highest-field", "S6.10", "1010 1801 3203f8ff01 3a0102", WSYNC_OK},
    {"delete", "S6.1 S6.3", "0801 2203000100 2a03000100", WSYNC_OK},
    {"delete-without-bases", "S6.3", "0801 2203000100", WSYNC_OK},
    {"revive", "S6.1 S6.3", "0802 2203000100 2a03000300", WSYNC_OK},
    {"duplicate", "S6.1 S6.4", "0803 2203000100 4a03000200", WSYNC_OK},
    {"kind-4", "S6.1", "0804 2203000100", WSYNC_ERR_OPERATION},
    {"kind-twice", "S1.3", "0801 0801 2203000100", WSYNC_ERR_OPERATION},
    {"write-form-0", "S6.2", "1801", WSYNC_ERR_OPERATION},
    {"write-version-0", "S6.2", "1010", WSYNC_ERR_OPERATION},
    {"write-new-with-bases", "S6.2", "1010 1801 2a03000100", WSYNC_ERR_OPERATION},
    {"write-with-other", "S6.4", "1010 1801 2203000100 4a03000200", WSYNC_ERR_OPERATION},
    {"delete-with-form", "S6.3", "0801 1010 2203000100", WSYNC_ERR_OPERATION},
    {"delete-with-version", "S6.3", "0801 1801 2203000100", WSYNC_ERR_OPERATION},
    {"delete-with-keys", "S6.3", "0801 2203000100 32010b", WSYNC_ERR_OPERATION},
    {"delete-with-an-integer", "S6.12", "0801 2203000100 3a0102", WSYNC_ERR_OPERATION},
    {"delete-without-record", "S6.3", "0801", WSYNC_ERR_OPERATION},
    {"duplicate-without-other", "S6.4", "0803 2203000100", WSYNC_ERR_OPERATION},
    {"record-of-two-numbers", "S6.6", "0801 22020001", WSYNC_ERR_OPERATION},
    {"record-of-four-numbers", "S6.6", "0801 220400010000", WSYNC_ERR_OPERATION},
    {"record-seq-0", "S6.7", "0801 2203000000", WSYNC_ERR_OPERATION},
    {"record-operation-64", "S6.7", "0801 2203000140", WSYNC_ERR_OPERATION},
    {"record-reference-65536", "S6.7", "0801 220580800401 00", WSYNC_ERR_OPERATION},
    {"other-seq-0", "S6.7", "0803 2203000100 4a03000000", WSYNC_ERR_OPERATION},
    {"bases-of-four-numbers", "S6.6", "0801 2203000100 2a0400010000", WSYNC_ERR_OPERATION},
    {"base-seq-0", "S6.7", "0801 2203000100 2a03000000", WSYNC_ERR_OPERATION},
    {"257-bases", "S6.6", "0801 2203000100 2a8306 000100**257", WSYNC_ERR_OPERATION},
    {"key-step-0", "S6.10", "1010 1801 320100 3a0102", WSYNC_ERR_OPERATION},
    {"key-same-field-twice", "S6.10", "1010 1801 32020800 3a020202", WSYNC_ERR_OPERATION},
    {"key-class-6", "S6.11", "1010 1801 32010e", WSYNC_ERR_OPERATION},
    {"key-class-7", "S6.11", "1010 1801 32010f", WSYNC_ERR_OPERATION},
    {"key-field-4096", "S6.10", "1010 1801 3203808002 3a0102", WSYNC_ERR_OPERATION},
    {"keys-sum-above-4095", "S6.10", "1010 1801 3204f8ff0108 3a020202", WSYNC_ERR_OPERATION},
    {"129-keys", "S6.10 S6.20", "1010 1801 3204 0bfd0708 3a0102", WSYNC_ERR_OPERATION},
    {"keys-not-packed", "S1.3", "1010 1801 3008 3a0102", WSYNC_ERR_OPERATION},
    {"keys-packed-and-empty", "S1.3", "1010 1801 3200", WSYNC_ERR_OPERATION},
    {"keys-in-two-pieces", "S1.3", "1010 1801 320108 320108 3a020202", WSYNC_ERR_OPERATION},
    {"integer-missing", "S6.12", "1010 1801 320108", WSYNC_ERR_OPERATION},
    {"integer-left-over", "S6.12", "1010 1801 320108 3a020202", WSYNC_ERR_OPERATION},
    {"integer-over-long", "S1.3", "1010 1801 320108 3a028200", WSYNC_ERR_OPERATION},
    {"text-missing", "S6.12", "1010 1801 320109", WSYNC_ERR_OPERATION},
    {"text-left-over", "S6.12", "1010 1801 420161", WSYNC_ERR_OPERATION},
    {"text-7169-bytes", "S6.12", "1010 1801 320109 428138 61*7169", WSYNC_ERR_OPERATION},
    {"list-of-65", "S6.12", "1010 1801 32010a 3a438201 02*65", WSYNC_ERR_OPERATION},
    {"list-count-negative", "S6.12", "1010 1801 32010a 3a0101", WSYNC_ERR_OPERATION},
    {"list-longer-than-integers", "S6.12", "1010 1801 32010a 3a020402", WSYNC_ERR_OPERATION},
    {"operation-unknown-field", "S1.3", "1010 1801 5001", WSYNC_ERR_OPERATION},
    {"operation-fields-descend", "S1.3", "1801 1010", WSYNC_ERR_OPERATION},
    {"operation-not-a-message", "S1.3 S6.5", "ff", WSYNC_ERR_OPERATION},
    {"private-key-without-part", "S6.14", "1010 1801 32012c", WSYNC_ERR_OPERATION},
};

/* Behind form 16, version 1: the keys and the values. */
static const struct spelled REPEATS[] = {
    {"repeat-of-two", "S6.18", "32020815 3a03020406", WSYNC_OK},
    {"repeat-none-for-one", "S6.19", "32020808 3a020204", WSYNC_OK},
    {"repeat-behind-a-gap", "S6.18", "32021015 3a03020406", WSYNC_OK},
    {"repeat-of-texts", "S6.18", "32020915 420161 420162 420163", WSYNC_OK},
    {"repeat-of-lists", "S6.18", "32020a15 3a06 0202 00 040406", WSYNC_OK},
    {"repeat-of-blanks", "S6.18", "32020b15", WSYNC_OK},
    {"repeat-largest-of-one-byte", "S6.18", "32020b7d", WSYNC_OK},
    {"repeat-smallest-of-two-bytes", "S6.18", "32030b8501", WSYNC_OK},
    {"repeat-128-keys", "S6.18 S6.20", "32030bfd07", WSYNC_OK},
    {"repeat-up-to-field-4095", "S6.18 S6.20", "3204ebff0115", WSYNC_OK},
    {"repeat-twice", "S6.18 S6.19", "32040b150815 3a03020406", WSYNC_OK},
    {"repeat-both-sides-of-a-gap", "S6.19", "32040b151315", WSYNC_OK},
    {"repeat-where-the-class-changed", "S6.19", "3203080b15 3a0102", WSYNC_OK},
    {"repeat-pairs-of-classes", "S6.19", "32060b0b08080b0b 3a020204", WSYNC_OK},
    {"repeat-example-of-the-text", "S6.18 S6.19",
     "3207081d09090b1215 3a0a02040608 0202 0204 0206 420161 420162", WSYNC_OK},
    {"repeat-first", "S6.18", "320115 3a020202", WSYNC_ERR_OPERATION},
    {"repeat-of-none", "S6.18", "32020805 3a0102", WSYNC_ERR_OPERATION},
    {"repeat-of-none-alone", "S6.18", "320105", WSYNC_ERR_OPERATION},
    {"repeat-of-one", "S6.18 S6.19", "3202080d 3a020204", WSYNC_ERR_OPERATION},
    {"repeat-behind-a-repeat", "S6.18", "32030b1515", WSYNC_ERR_OPERATION},
    {"repeat-behind-one-that-goes-on", "S6.19", "32030b0b15", WSYNC_ERR_OPERATION},
    {"repeat-left-out-for-two", "S6.19", "3203080808 3a03020406", WSYNC_ERR_OPERATION},
    {"repeat-left-out-for-127", "S6.19", "328001 0b*128", WSYNC_ERR_OPERATION},
    {"repeat-left-out-later", "S6.19", "3204080b0b0b 3a0102", WSYNC_ERR_OPERATION},
    {"repeat-cut-short", "S6.19", "32030b150b", WSYNC_ERR_OPERATION},
    {"repeat-of-class-6", "S6.11", "32020e15", WSYNC_ERR_OPERATION},
    {"repeat-behind-difference-0", "S6.10", "32020315", WSYNC_ERR_OPERATION},
    {"repeat-129-keys", "S6.10 S6.20", "32030b8508", WSYNC_ERR_OPERATION},
    {"repeat-129-keys-of-two-classes", "S6.10 S6.20", "3206 0bf507 080b15 3a0102",
     WSYNC_ERR_OPERATION},
    {"repeat-largest-number", "S6.10 S6.20", "32060bfdffffff0f", WSYNC_ERR_OPERATION},
    {"repeat-above-32-bits", "S1.3", "32060b9580808010", WSYNC_ERR_OPERATION},
    {"repeat-over-long", "S1.3", "32030b9500", WSYNC_ERR_OPERATION},
    {"repeat-beyond-field-4095", "S6.10 S6.20", "3204ebff011d", WSYNC_ERR_OPERATION},
    {"repeat-integer-missing", "S6.12 S6.20", "32020815 3a020204", WSYNC_ERR_OPERATION},
    {"repeat-integer-left-over", "S6.12 S6.20", "32020815 3a0402040608", WSYNC_ERR_OPERATION},
    {"repeat-text-missing", "S6.12 S6.20", "32020915 420161 420162", WSYNC_ERR_OPERATION},
    {"repeat-private-without-part", "S6.14 S6.20", "32020c15", WSYNC_ERR_OPERATION},
};

/* Private parts behind one write of two private fields, 5 and 6. */
static const struct spelled PRIVATES[] = {
    {"private-two-values", "S6.13 S6.14", "0a020100 120154 1a03616263", WSYNC_OK},
    {"private-blank", "S6.13", "0a020303", WSYNC_OK},
    {"private-one-class-missing", "S6.13 S6.17", "0a0101 1a03616263", WSYNC_OK},
    {"private-one-class-too-many", "S6.13 S6.17", "0a03030303", WSYNC_OK},
    {"private-class-4", "S6.13 S6.17", "0a020403", WSYNC_OK},
    {"private-text-missing", "S6.13 S6.17", "0a020103", WSYNC_OK},
    {"private-integer-left-over", "S6.13 S6.17", "0a020303 120102", WSYNC_OK},
    {"private-unknown-field", "S1.3 S6.17", "0a020303 2001", WSYNC_OK},
    {"private-not-packed", "S1.3 S6.17", "08030803", WSYNC_OK},
};

/* A public part that holds one operation. */
static struct wsync_slice wrap(struct wsync_arena *arena, struct wsync_slice operation)
{
    uint8_t *out = wsync_arena_get(arena, operation.len + 4);
    size_t used = 0;
    WSYNC_ASSERT(out && operation.len < 1 << 14);
    out[used++] = 0x1a;
    if (operation.len >= 0x80) {
        out[used++] = (uint8_t)(operation.len | 0x80);
        out[used++] = (uint8_t)(operation.len >> 7);
    } else {
        out[used++] = (uint8_t)operation.len;
    }
    if (operation.len > 0) {
        memcpy(out + used, operation.data, operation.len);
    }
    return wsync_slice(out, used + operation.len);
}

static void public_case(struct vector_book *book, const struct spelled *spelled)
{
    vector_begin(book, spelled->name, spelled->spec, "operations");
    vector_hex(book, "public", vector_spell(&book->arena, spelled->bytes));
    vector_expect(book, spelled->code);
}

static void operation_case(struct vector_book *book, const struct spelled *spelled,
                           const char *head)
{
    struct wsync_slice before = vector_spell(&book->arena, head);
    struct wsync_slice rest = vector_spell(&book->arena, spelled->bytes);
    uint8_t *bytes = wsync_arena_get(&book->arena, before.len + rest.len + 1);
    WSYNC_ASSERT(bytes);
    memcpy(bytes, before.data, before.len);
    memcpy(bytes + before.len, rest.data, rest.len);
    vector_begin(book, spelled->name, spelled->spec, "operations");
    vector_hex(book, "public", wrap(&book->arena, wsync_slice(bytes, before.len + rest.len)));
    vector_expect(book, spelled->code);
}

static void private_cases(struct vector_book *book)
{
    struct wsync_slice write = vector_spell(&book->arena, "1010 1801 32022c0c");
    for (size_t i = 0; i < COUNT(PRIVATES); i++) {
        vector_begin(book, PRIVATES[i].name, PRIVATES[i].spec, "operations");
        vector_hex(book, "public", wrap(&book->arena, write));
        vector_hex(book, "salt", vector_spell(&book->arena, "cc*16"));
        vector_hex(book, "private", vector_spell(&book->arena, PRIVATES[i].bytes));
        vector_expect(book, PRIVATES[i].code);
    }
    vector_begin(book, "private-repeat", "S6.13 S6.20", "operations");
    vector_hex(book, "public", vector_spell(&book->arena, "1a08 1010 1801 32022c15"));
    vector_hex(book, "salt", vector_spell(&book->arena, "cc*16"));
    vector_hex(book, "private", vector_spell(&book->arena, "0a03000103 120154 1a03616263"));
    vector_expect(book, WSYNC_OK);
    vector_begin(book, "private-erased", "S6.14 S4.8", "operations");
    vector_hex(book, "public", wrap(&book->arena, write));
    vector_hex(book, "private-hash", vector_spell(&book->arena, "ee*32"));
    vector_expect(book, WSYNC_OK);
    vector_begin(book, "private-part-without-key", "S6.14", "operations");
    vector_hex(book, "public", vector_spell(&book->arena, "1a04 10101801"));
    vector_hex(book, "private-hash", vector_spell(&book->arena, "ee*32"));
    vector_expect(book, WSYNC_ERR_OPERATION);
}

void vector_make_operation(struct vector_book *book)
{
    static const struct spelled CHANGES[] = {
        {"two-operations", "S5.11", "1a0410101801 1a0410101801", WSYNC_OK},
        {"64-operations", "S5.11", "1a0410101801**64", WSYNC_OK},
        {"extension-may", "S5.10 S14.5", "1a0410101801 3a050801 1a01aa", WSYNC_OK},
        {"65-operations", "S5.11", "1a0410101801**65", WSYNC_ERR_CONTEXT},
        {"second-operation-bad", "S6.16", "1a0410101801 1a0108", WSYNC_ERR_OPERATION},
        {"extension-must", "S6.16 S14.5", "1a0410101801 3a0408011001", WSYNC_ERR_EXTENSION},
        {"extension-before-operation", "S6.16", "1a0108 3a0408011001", WSYNC_ERR_EXTENSION},
    };
    for (size_t i = 0; i < COUNT(OPERATIONS); i++) {
        operation_case(book, &OPERATIONS[i], "");
    }
    for (size_t i = 0; i < COUNT(REPEATS); i++) {
        operation_case(book, &REPEATS[i], "1010 1801");
    }
    private_cases(book);
    for (size_t i = 0; i < COUNT(CHANGES); i++) {
        public_case(book, &CHANGES[i]);
    }
}
