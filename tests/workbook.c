/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/workbook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>


#define RELATION(id, type, target)                                                             \
    "<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"

/* A member of three texts; `packed` or as it is. */
static void add(zip_t *zip, const char *name, const char *const parts[3], bool packed)
{
    size_t len = 1;
    for (int i = 0; i < 3; i++) {
        len += strlen(parts[i] ? parts[i] : "");
    }
    char *text = malloc(len);
    int put = snprintf(text, len, "%s%s%s", parts[0] ? parts[0] : "", parts[1] ? parts[1] : "",
                       parts[2] ? parts[2] : "");
    if (put == 0) { /* libzip takes over no bytes that are none */
        free(text);
        text = NULL;
    }
    zip_source_t *source = zip_source_buffer(zip, text, (zip_uint64_t)put, 1);
    zip_int64_t index = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    WSYNC_ASSERT(index >= 0);
    int set = zip_set_file_compression(zip, (zip_uint64_t)index,
                                       packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    WSYNC_ASSERT(set == 0);
}

static void add_sheet(zip_t *zip, const char *name, const char *prolog, const char *rows,
                      bool packed)
{
    char head[512];
    snprintf(head, sizeof head, "%s<x:worksheet xmlns:x='s'><x:sheetData>",
             prolog ? prolog : "");
    /* a prefix on some names is legal and means nothing */
    add(zip, name, (const char *const[3]){head, rows, "</x:sheetData></x:worksheet>"}, packed);
}

static void add_all(zip_t *zip, const struct workbook *book)
{
    char name[64], two[256], head[256];
    const char *sheets = book->sheets ? book->sheets : two;
    add(zip, "_rels/.rels",
        (const char *const[3]){"<Relationships>",
                               RELATION("a", "officeDocument", "xl/workbook.xml"),
                               "</Relationships>"}, true);
    snprintf(two, sizeof two,
             "<sheets><sheet name='Một' sheetId='1' %s r:id='r1'/>"
             "<sheet name='Hai &amp; ba' sheetId='2' r:id='r2'/></sheets>",
             book->hidden ? "state='hidden'" : "");
    snprintf(head, sizeof head, "<workbook xmlns:r='r'>%s",
             book->properties ? book->properties : "");
    if (!book->no_workbook) {
        add(zip, "xl/workbook.xml", (const char *const[3]){head, sheets, "</workbook>"}, true);
    }
    add(zip, "xl/_rels/workbook.xml.rels",
        (const char *const[3]){"<Relationships>"
                               RELATION("r1", "worksheet", "worksheets/sheet1.xml")
                               RELATION("r2", "worksheet", "/xl/worksheets/sheet2.xml")
                               RELATION("r3", "sharedStrings", "sharedStrings.xml")
                               RELATION("r4", "styles", "styles.xml")
                               RELATION("r5", "chartsheet", "chartsheets/sheet1.xml"),
                               book->relations, "</Relationships>"}, true);
    add_sheet(zip, "xl/worksheets/sheet1.xml", book->prolog, book->rows, true);
    add_sheet(zip, "xl/worksheets/sheet2.xml", NULL, book->other, true);
    snprintf(head, sizeof head, "%s<sst>", book->strings_prolog ? book->strings_prolog : "");
    add(zip, "xl/sharedStrings.xml", (const char *const[3]){head, book->strings, "</sst>"},
        true);
    add(zip, "xl/styles.xml",
        (const char *const[3]){"<styleSheet>", book->styles, "</styleSheet>"}, true);
    for (int i = 0; i < book->stored_copies; i++) {
        snprintf(name, sizeof name, "copy%d", i);
        add_sheet(zip, name, NULL, book->rows, false);
    }
    for (int i = 0; i < book->empty_members; i++) {
        snprintf(name, sizeof name, "empty%d", i);
        add(zip, name, (const char *const[3]){"", "", ""}, false);
    }
}

struct wsync_slice workbook_bytes(const struct workbook *book)
{
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    zip_stat_t stat;
    WSYNC_ASSERT(zip);
    zip_source_keep(source);
    add_all(zip, book);
    int closed = zip_close(zip);
    int measured = zip_source_stat(source, &stat);
    uint8_t *bytes = malloc(stat.size);
    int opened = zip_source_open(source);
    zip_int64_t len = zip_source_read(source, bytes, stat.size);
    WSYNC_ASSERT(closed == 0 && measured == 0 && opened == 0 && len == (zip_int64_t)stat.size);
    zip_source_close(source);
    zip_source_free(source);
    return wsync_slice(bytes, stat.size);
}
