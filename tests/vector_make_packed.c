/* SPDX-License-Identifier: Apache-2.0 */
/* Makes packed.txt: Packed frames, spelled out byte by byte.  The blocks are given, so that
 * no other version of the compressor changes the file. */
#include "tests/vector.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define LOG "aa*16 "
#define FIRST "02 bb*8 "
#define SEAL "cc*64 "
#define ALONE "0115 0c " LOG FIRST SEAL
#define RAW "0115 4c " LOG FIRST SEAL
#define ONE "01 02083c "                 /* one change */
#define THREE "03 02083c 020a3c 021a3c " /* three */
#define WHOLE "ee*16 07 dd*32 "
#define BY_SIZE "07 dddddddd "
/* 109 bytes, 92 of them with the dictionary, 607, 39 with a private part, 16,000 zeros. */
#define PLAIN "a80c08083c1005a0b0c0000102030405060708090a0b0ba410f0fa0ee0d50105b49432 "
#define WORDS "10015a010057392d2c "
#define LONG "4803c801c80102c80103035403002b446231 "
#define PERSONAL "500202083c020a3c021e030100374002 "
#define ZEROS "080001007c9e0742 "

enum known { NOTHING, OWN_LOG, SET_BEFORE, SET_LOST };

struct packed_case {
    const char *name, *spec, *bytes;
    enum wsync_err code;
    enum known known;
    bool no_dictionary;
};

static const struct packed_case GOOD[] = {
    {"stored", "S17.1 S17.2 S17.4 S17.5", ALONE ONE, WSYNC_OK, NOTHING, false},
    {"stored-three", "S17.4", ALONE THREE, WSYNC_OK, NOTHING, false},
    {"stored-with-genesis", "S17.4", "0115 0c " LOG "01 bb*8 " SEAL "03010203 " ONE, WSYNC_OK,
     NOTHING, false},
    {"first-of-two-bytes", "S17.1", "0115 0c " LOG "8001 bb*8 " SEAL ONE, WSYNC_OK, NOTHING,
     false},
    {"stored-privates", "S17.1 S17.4", RAW "20 11*16 22*16 " THREE "01 0105 02 020607",
     WSYNC_OK, NOTHING, false},
    {"stored-private-of-the-last", "S17.4", RAW "10 11*16 " THREE "03 0105", WSYNC_OK, NOTHING,
     false},
    {"stored-private-erased", "S17.4", RAW "30 33*32 11*16 " THREE "01 00 01 0105", WSYNC_OK,
     NOTHING, false},
    {"checkpoint-whole", "S17.3", "0115 1c " LOG FIRST WHOLE SEAL ONE, WSYNC_OK, NOTHING,
     false},
    {"checkpoint-of-the-set-before", "S17.3 S17.10", "0115 2c " LOG FIRST SEAL ONE, WSYNC_OK,
     SET_BEFORE, false},
    {"checkpoint-by-its-size", "S17.3 S17.12", "0115 3c " LOG FIRST BY_SIZE SEAL ONE, WSYNC_OK,
     NOTHING, false},
    {"log-left-out", "S17.10 S17.11", "0115 08 " FIRST SEAL ONE, WSYNC_OK, OWN_LOG, false},
    {"first-left-out", "S17.11", "0115 04 " LOG "bbbb " SEAL ONE, WSYNC_OK, SET_BEFORE, false},
    {"all-left-out", "S17.3 S17.11", "0115 20 bbbb " SEAL ONE, WSYNC_OK, SET_BEFORE, false},
    {"packed", "S17.2 S17.5", "0115 0d " LOG FIRST SEAL "6d " PLAIN, WSYNC_OK, NOTHING, false},
    {"packed-607-bytes", "S17.5", "0115 0d " LOG FIRST SEAL "df04 " LONG, WSYNC_OK, NOTHING,
     false},
    {"packed-to-one-without-the-dictionary", "S17.5", "0115 0d " LOG FIRST SEAL "6d " PLAIN,
     WSYNC_OK, NOTHING, true},
    {"packed-private", "S17.4 S17.5", "0115 4d " LOG FIRST SEAL "10 11*16 27 " PERSONAL,
     WSYNC_OK, NOTHING, false},
    {"packed-with-the-dictionary", "S17.2 S17.5", "0115 0e " LOG FIRST SEAL "5c " WORDS,
     WSYNC_OK, NOTHING, false},
    {"packed-and-all-left-out", "S17.5 S17.11", "0115 22 bbbb " SEAL "5c " WORDS, WSYNC_OK,
     SET_BEFORE, false},
};

static const struct packed_case NOT_KNOWN[] = {
    {"log-not-known", "S17.13", "0115 08 " FIRST SEAL ONE, WSYNC_ERR_NOT_FOUND, NOTHING, false},
    {"end-not-known", "S17.13", "0115 00 bbbb " SEAL ONE, WSYNC_ERR_NOT_FOUND, OWN_LOG, false},
    {"end-is-another", "S17.11 S17.13", "0115 00 bbba " SEAL ONE, WSYNC_ERR_NOT_FOUND,
     SET_BEFORE, false},
    {"set-before-was-lost", "S17.13", "0115 00 bbbb " SEAL ONE, WSYNC_ERR_NOT_FOUND, SET_LOST,
     false},
    {"checkpoint-not-known", "S17.13", "0115 2c " LOG FIRST SEAL ONE, WSYNC_ERR_NOT_FOUND,
     OWN_LOG, false},
    {"dictionary-not-known", "S17.13", "0115 0e " LOG FIRST SEAL "5c " WORDS,
     WSYNC_ERR_NOT_FOUND, NOTHING, true},
};

static const struct packed_case BAD[] = {
    {"packed-of-no-bytes", "S9.2", "", WSYNC_ERR_FRAME, NOTHING, false},
    {"packed-16385-bytes", "S9.2", "0115 00*16383", WSYNC_ERR_FRAME, NOTHING, false},
    {"packed-version-2", "S9.2", "0215 0c " LOG FIRST SEAL ONE, WSYNC_ERR_VERSION, NOTHING,
     false},
    {"without-flags", "S17.1 S17.7", "0115", WSYNC_ERR_MESSAGE, NOTHING, false},
    {"method-3", "S17.2 S17.7", "0115 0f " LOG FIRST SEAL "6d " PLAIN, WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"flag-128", "S17.2 S17.7", "0115 8c " LOG FIRST SEAL ONE, WSYNC_ERR_MESSAGE, NOTHING,
     false},
    {"log-of-15-bytes", "S17.1 S17.7", "0115 04 aa*15", WSYNC_ERR_MESSAGE, NOTHING, false},
    {"first-over-long", "S17.1 S17.7", "0115 0c " LOG "8200 bb*8 " SEAL ONE, WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"seal-of-63-bytes", "S17.1 S17.7", "0115 0c " LOG FIRST "cc*63", WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"checkpoint-by-size-0", "S17.3 S17.7", "0115 3c " LOG FIRST "00 dddddddd " SEAL ONE,
     WSYNC_ERR_MESSAGE, NOTHING, false},
    {"changes-of-no-bytes", "S17.4 S17.7", ALONE, WSYNC_ERR_MESSAGE, NOTHING, false},
    {"raw-of-no-bytes", "S17.1 S17.7", RAW "00 " ONE, WSYNC_ERR_MESSAGE, NOTHING, false},
    {"raw-longer-than-the-frame", "S17.1 S17.7", RAW "7f 11*16 " THREE, WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"raw-of-nobody", "S17.7", RAW "10 11*16 " THREE, WSYNC_ERR_MESSAGE, NOTHING, false},
    {"raw-a-byte-too-many", "S17.7", RAW "11 11*17 " THREE "01 0105", WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"salt-of-15-bytes", "S17.4 S17.7", RAW "0f 11*15 " THREE "01 0105", WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"erased-with-a-salt", "S17.4 S17.7", RAW "10 11*16 " THREE "01 00", WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"private-without-raw", "S17.4 S17.7", ALONE THREE "01 0105", WSYNC_ERR_MESSAGE, NOTHING,
     false},
    {"private-step-0", "S17.4 S17.7", RAW "10 11*16 " THREE "00 0105", WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"private-of-a-fourth", "S17.4 S17.7", RAW "10 11*16 " THREE "04 0105", WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"change-longer-than-the-frame", "S17.4 S17.7", ALONE "01 03083c", WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"change-missing", "S17.4 S17.7", ALONE "02 02083c", WSYNC_ERR_MESSAGE, NOTHING, false},
    {"genesis-missing", "S17.4 S17.7", "0115 0c " LOG "01 bb*8 " SEAL ONE, WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"513-changes", "S17.7", ALONE "8104 02083c**513", WSYNC_ERR_OVERSIZE, NOTHING, false},
    {"stored-packed-frame", "S17.7", ALONE ALONE ONE, WSYNC_ERR_MESSAGE, NOTHING, false},
    {"unpacked-size-0", "S17.7", "0115 0d " LOG FIRST SEAL "00 " PLAIN, WSYNC_ERR_MESSAGE,
     NOTHING, false},
    {"unpacked-size-one-less", "S17.7", "0115 0d " LOG FIRST SEAL "6c " PLAIN,
     WSYNC_ERR_MESSAGE, NOTHING, false},
    {"unpacked-size-one-more", "S17.7", "0115 0d " LOG FIRST SEAL "6e " PLAIN,
     WSYNC_ERR_MESSAGE, NOTHING, false},
    {"unpacked-16385-bytes", "S17.6", "0115 0d " LOG FIRST SEAL "818001 00*1000",
     WSYNC_ERR_OVERSIZE, NOTHING, false},
    {"unpacked-2-to-63-bytes", "S17.6", "0115 0d " LOG FIRST SEAL "80*9 01" PLAIN,
     WSYNC_ERR_OVERSIZE, NOTHING, false},
    {"bomb-of-16000-bytes", "S17.6", "0115 0d " LOG FIRST SEAL "807d " ZEROS,
     WSYNC_ERR_OVERSIZE, NOTHING, false},
    {"block-cut", "S17.5 S17.7", "0115 0d " LOG FIRST SEAL "27 500202083c020a3c021e030100",
     WSYNC_ERR_MESSAGE, NOTHING, false},
    {"block-behind-the-block", "S17.5 S17.7", "0115 0d " LOG FIRST SEAL "6d " PLAIN "090000 01",
     WSYNC_ERR_MESSAGE, NOTHING, false},
    {"block-with-its-frame", "S17.5 S17.7",
     "0115 0d " LOG FIRST SEAL "6d 28b52ffd206d1d0100" PLAIN, WSYNC_ERR_MESSAGE, NOTHING,
     false},
};

static void keep(struct vector_book *book, enum known known)
{
    if (known == NOTHING) {
        return;
    }
    vector_hex(book, "line-log", vector_spell(&book->arena, LOG));
    if (known == OWN_LOG) {
        return;
    }
    vector_number(book, "line-seq", 4);
    vector_hex(book, "line-hash", vector_spell(&book->arena, "bb*32"));
    vector_hex(book, "line-tree", vector_spell(&book->arena, "ee*16"));
    vector_number(book, "line-size", 9);
    vector_hex(book, "line-root", vector_spell(&book->arena, "dd*32"));
    if (known == SET_LOST) {
        vector_number(book, "line-lost", 1);
    }
}

static void packed_cases(struct vector_book *book, const struct packed_case *cases,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vector_begin(book, cases[i].name, cases[i].spec, "packed");
        keep(book, cases[i].known);
        if (cases[i].no_dictionary) {
            vector_number(book, "without-dictionary", 1);
        }
        vector_hex(book, "frame", vector_spell(&book->arena, cases[i].bytes));
        vector_expect(book, cases[i].code);
    }
}

void vector_make_packed(struct vector_book *book)
{
    packed_cases(book, GOOD, COUNT(GOOD));
    packed_cases(book, NOT_KNOWN, COUNT(NOT_KNOWN));
    packed_cases(book, BAD, COUNT(BAD));
}
