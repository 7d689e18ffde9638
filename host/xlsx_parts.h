/* SPDX-License-Identifier: Apache-2.0 */
/* xlsx_parts.h: what the parts of xlsx_read.h share: a package of XML members, and cells that
 * hold numbers.  Internal to host/xlsx_read*.c. */
#ifndef WARDSYNC_HOST_XLSX_PARTS_H
#define WARDSYNC_HOST_XLSX_PARTS_H

#include "host/xlsx_read.h"

struct wsync_xlsx_package;

/* What is done with the elements of a member; names come without their prefix.  Each may end
 * the reading with wsync_xlsx_stop. */
struct wsync_xlsx_member {
    struct wsync_xlsx_package *package;
    void (*begin)(void *context, const char *name, const char **attributes);
    void (*end)(void *context, const char *name);
    void (*text)(void *context, const char *bytes, int len);
    void *context;
};

/* Opens the bytes, which must stay.  VALUE, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_package_open(struct wsync_slice bytes,
                                                      struct wsync_xlsx_package **package,
                                                      struct wsync_error *error);
void wsync_xlsx_package_close(struct wsync_xlsx_package *package);

/* Reads one member.  NOT_FOUND without a sentence when there is none; VALUE: what is wrong with
 * it, or what the reading was ended with; MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_member(const char *name,
                                                const struct wsync_xlsx_member *member,
                                                struct wsync_error *error);

/* Ends the reading of the member with this. */
void wsync_xlsx_stop(struct wsync_xlsx_package *package, enum wsync_err err,
                     const struct wsync_error *why);

/* ---- xlsx_read_book.c: the sheets, and where the parts are ---- */

enum { WSYNC_XLSX_NAME_BYTES = 256, WSYNC_XLSX_PATH_BYTES = 512 };

struct wsync_xlsx_entry {
    char name[WSYNC_XLSX_NAME_BYTES], id[WSYNC_XLSX_NAME_BYTES];
    char path[WSYNC_XLSX_PATH_BYTES]; /* of the member; "": no table */
    bool hidden;
};

struct wsync_xlsx_book {
    bool from_1904;
    struct wsync_xlsx_entry sheets[WSYNC_XLSX_READ_SHEETS_MAX];
    size_t sheet_count;
    char strings[WSYNC_XLSX_PATH_BYTES], styles[WSYNC_XLSX_PATH_BYTES]; /* "": none */
};

/* Fills a zeroed book.  VALUE, MEMORY. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_book_read(struct wsync_xlsx_package *package,
                                                   struct wsync_xlsx_book *book,
                                                   struct wsync_error *error);

/* The sheet that is wanted, which is a table; VALUE. */
WSYNC_MUST_USE enum wsync_err wsync_xlsx_choose(const struct wsync_xlsx_book *book,
                                                const struct wsync_xlsx_wanted *wanted,
                                                const struct wsync_xlsx_entry **entry,
                                                struct wsync_error *error);

/* VALUE: it is none. */
enum wsync_err wsync_xlsx_no_table(struct wsync_error *error);

/* ---- elements and cells ---- */

/* The value of an attribute, whose name may have a prefix; NULL. */
const char *wsync_xlsx_attribute(const char **attributes, const char *name);

/* What a cell's number is by its format. */
enum wsync_xlsx_kind {
    WSYNC_XLSX_NUMBER,
    WSYNC_XLSX_DATE,
    WSYNC_XLSX_TIME,
    WSYNC_XLSX_MOMENT,
};

/* Of a format of the standard; of one of the file. */
enum wsync_xlsx_kind wsync_xlsx_kind_of(long format);
enum wsync_xlsx_kind wsync_xlsx_kind_of_code(const char *code);

/* Writes a number as the file has it as text for people's tables; one that is no number, or no
 * day, stays as it is. */
enum { WSYNC_XLSX_NUMBER_BYTES = 400 };
const char *wsync_xlsx_number(const char *text, enum wsync_xlsx_kind kind, bool from_1904,
                              char room[WSYNC_XLSX_NUMBER_BYTES]);

#endif
