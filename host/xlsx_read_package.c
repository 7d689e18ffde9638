/* SPDX-License-Identifier: Apache-2.0 */
/* The package of a workbook: its members, unpacked in pieces and read as XML. */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "host/xlsx_parts.h"

enum { CHUNK_BYTES = 16384, RATIO_FROM_BYTES = 1 << 16 };

struct wsync_xlsx_package {
    zip_t *zip;
    uint64_t unpacked; /* so far */
    XML_Parser parser; /* of the member that is being read */
    const struct wsync_xlsx_member *member;
    enum wsync_err err; /* what ended it */
    struct wsync_error why;
};

static enum wsync_err no_memory(struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_MEMORY, "%s",
                           wsync_err_text(WSYNC_ERR_MEMORY, WSYNC_EN));
}

static enum wsync_err too_large(struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_VALUE,
                           "The workbook unpacks to more than %d MiB; at most that is read.",
                           WSYNC_XLSX_READ_BYTES_MAX >> 20);
}

/* By what the directory of the package says; what comes out is counted again. */
static enum wsync_err look_over(zip_t *zip, struct wsync_error *error)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);
    uint64_t sum = 0;
    if (count > WSYNC_XLSX_READ_MEMBERS_MAX) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The workbook has %lld members; at most %d are read.",
                               (long long)count, WSYNC_XLSX_READ_MEMBERS_MAX);
    }
    for (zip_int64_t i = 0; i < count; i++) {
        zip_stat_t stat;
        const zip_uint64_t wanted = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
        if (zip_stat_index(zip, (zip_uint64_t)i, 0, &stat) != 0 ||
            (stat.valid & wanted) != wanted) {
            return wsync_error_set(error, WSYNC_ERR_VALUE, "The workbook is damaged.");
        }
        sum += stat.size < WSYNC_XLSX_READ_BYTES_MAX ? stat.size
                                                     : WSYNC_XLSX_READ_BYTES_MAX + 1;
        if (sum > WSYNC_XLSX_READ_BYTES_MAX) {
            return too_large(error);
        }
        if (stat.size > RATIO_FROM_BYTES &&
            stat.size / WSYNC_XLSX_READ_RATIO_MAX > stat.comp_size) {
            return wsync_error_set(error, WSYNC_ERR_VALUE,
                                   "A member of the workbook unpacks to more than %d times its "
                                   "size; that is not read.", WSYNC_XLSX_READ_RATIO_MAX);
        }
    }
    return WSYNC_OK;
}

enum wsync_err wsync_xlsx_package_open(struct wsync_slice bytes,
                                       struct wsync_xlsx_package **package,
                                       struct wsync_error *error)
{
    zip_error_t why;
    struct wsync_xlsx_package *made = calloc(1, sizeof *made);
    zip_error_init(&why);
    zip_source_t *source =
        made ? zip_source_buffer_create(bytes.data, bytes.len, 0, &why) : NULL;
    if (!source) {
        free(made);
        return no_memory(error);
    }
    made->zip = zip_open_from_source(source, ZIP_RDONLY, &why);
    bool memory = zip_error_code_zip(&why) == ZIP_ER_MEMORY;
    zip_error_fini(&why);
    if (!made->zip) {
        zip_source_free(source);
        free(made);
        return memory ? no_memory(error)
                      : wsync_error_set(error, WSYNC_ERR_VALUE,
                                        "The file begins as a workbook and is none, or it is "
                                        "damaged.");
    }
    enum wsync_err err = look_over(made->zip, error);
    if (err != WSYNC_OK) {
        wsync_xlsx_package_close(made);
        return err;
    }
    *package = made;
    return WSYNC_OK;
}

void wsync_xlsx_package_close(struct wsync_xlsx_package *package)
{
    if (package) {
        zip_discard(package->zip);
        free(package);
    }
}

/* ---- XML ---- */

static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

const char *wsync_xlsx_attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i]; i += 2) {
        if (strcmp(local(attributes[i]), name) == 0) {
            return attributes[i + 1];
        }
    }
    return NULL;
}

void wsync_xlsx_stop(struct wsync_xlsx_package *package, enum wsync_err err,
                     const struct wsync_error *why)
{
    if (package->err == WSYNC_OK) { /* the first one is the cause */
        package->err = err;
        package->why = *why;
        XML_StopParser(package->parser, XML_FALSE);
    }
}

static void XMLCALL on_begin(void *context, const char *name, const char **attributes)
{
    struct wsync_xlsx_package *package = context;
    if (package->err == WSYNC_OK) {
        package->member->begin(package->member->context, local(name), attributes);
    }
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct wsync_xlsx_package *package = context;
    if (package->err == WSYNC_OK && package->member->end) {
        package->member->end(package->member->context, local(name));
    }
}

static void XMLCALL on_text(void *context, const char *bytes, int len)
{
    struct wsync_xlsx_package *package = context;
    if (package->err == WSYNC_OK && package->member->text) {
        package->member->text(package->member->context, bytes, len);
    }
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system,
                               const char *public, int internal)
{
    struct wsync_xlsx_package *package = context;
    struct wsync_error why;
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    wsync_error_set(&why, WSYNC_ERR_VALUE,
                    "The workbook holds a document type, which no spreadsheet writes; it is "
                    "not read.");
    wsync_xlsx_stop(package, WSYNC_ERR_VALUE, &why);
}

static enum wsync_err feed(struct wsync_xlsx_package *package, zip_file_t *file,
                           const char *name, struct wsync_error *error)
{
    char chunk[CHUNK_BYTES];
    zip_int64_t len;
    do {
        len = zip_fread(file, chunk, sizeof chunk);
        package->unpacked += len > 0 ? (uint64_t)len : 0;
        if (package->unpacked > WSYNC_XLSX_READ_BYTES_MAX) {
            return too_large(error);
        }
        bool parsed = len >= 0 && XML_Parse(package->parser, chunk, (int)len, len == 0) ==
                                      XML_STATUS_OK;
        if (package->err != WSYNC_OK) {
            *error = package->why;
            return package->err;
        }
        if (!parsed) {
            return XML_GetErrorCode(package->parser) == XML_ERROR_NO_MEMORY
                       ? no_memory(error)
                       : wsync_error_set(error, WSYNC_ERR_VALUE,
                                         "The workbook is damaged: %.200s, line %lu.", name,
                                         (unsigned long)
                                             XML_GetCurrentLineNumber(package->parser));
        }
    } while (len > 0);
    return WSYNC_OK;
}

enum wsync_err wsync_xlsx_member(const char *name, const struct wsync_xlsx_member *member,
                                 struct wsync_error *error)
{
    struct wsync_xlsx_package *package = member->package;
    zip_int64_t index = zip_name_locate(package->zip, name, ZIP_FL_NOCASE);
    if (index < 0) {
        return WSYNC_ERR_NOT_FOUND;
    }
    zip_file_t *file = zip_fopen_index(package->zip, (zip_uint64_t)index, 0);
    if (!file) {
        return wsync_error_set(error, WSYNC_ERR_VALUE,
                               "The workbook is damaged, or it has a password: %.200s.", name);
    }
    package->parser = XML_ParserCreate(NULL);
    package->member = member;
    package->err = WSYNC_OK;
    enum wsync_err err = WSYNC_ERR_MEMORY;
    if (package->parser) {
        XML_SetUserData(package->parser, package);
        XML_SetElementHandler(package->parser, on_begin, on_end);
        XML_SetCharacterDataHandler(package->parser, on_text);
        XML_SetStartDoctypeDeclHandler(package->parser, on_doctype);
        err = feed(package, file, name, error);
        XML_ParserFree(package->parser);
    } else {
        err = no_memory(error);
    }
    zip_fclose(file);
    return err;
}
