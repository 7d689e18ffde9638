/* SPDX-License-Identifier: Apache-2.0 */
/* import.h: a table becomes records: one change a row, all good rows in, every other row named.
 *
 * A row is told from others by its key (host/mapping.h); the store remembers which key became
 * which record, in the transaction that makes the record.  So the same table twice adds
 * nothing, and an import that was cut off goes on when it is started again.  A row whose key is
 * there with other values is a finding: nothing is overwritten.  Rows are saved in batches.
 *
 * A photo or an attachment is named by its file, as it lies in the table's folder or below.
 *
 * Each run that adds something has a number, by which what it added and nobody edited since can
 * be taken back. */
#ifndef WARDSYNC_HOST_IMPORT_H
#define WARDSYNC_HOST_IMPORT_H

#include <signal.h>

#include "host/findings.h"
#include "host/site.h"

enum {
    WSYNC_IMPORT_BATCH_ROWS = 200,
    WSYNC_IMPORT_ROWS_MAX = 1 << 20, /* of one table: their keys are kept in memory */
    WSYNC_IMPORT_NAME_BYTES = 256,
};

struct wsync_import_progress {
    uint64_t rows;
    uint64_t bytes, bytes_total; /* total 0: unknown */
};

struct wsync_import_options {
    const char *path;         /* "-": standard input, which is CSV; a file also a workbook */
    const char *sheet;        /* of a workbook, its name; NULL: as the mapping says */
    const char *header;       /* number of the row of the columns' names; NULL: likewise */
    const char *name;         /* what the import is called; NULL: as its file */
    const char *mapping_path; /* NULL: columns are named by fields */
    const char *form;         /* its name; NULL: the mapping says it */
    const char *key, *require, *filter; /* NULL: as the mapping says; else in its place */
    uint64_t rows_max;        /* 0: no other bound than WSYNC_IMPORT_ROWS_MAX */
    uint32_t scope;           /* 0: the site's own unit */
    uint32_t actor;           /* 0: as the mapping says */
    bool dry_run;             /* do everything and save nothing */
    const volatile sig_atomic_t *stop; /* NULL, or: not 0 ends the work after a batch */
    wsync_finding_taker *find; /* may be NULL; told in the order of rows, after the commit */
    void (*progress)(void *context, const struct wsync_import_progress *progress); /* or NULL */
    void *context;            /* of both */
};

/* Every row read is one of: added, there, not mine, faulty. */
struct wsync_import_summary {
    uint32_t import; /* its number; 0: nothing was added (or dry_run) */
    uint64_t rows;
    uint64_t added;
    uint64_t there;    /* added by an earlier import, with these values */
    uint64_t not_mine; /* the filter passed over them */
    uint64_t faulty;   /* rows with findings */
    uint64_t findings; /* a faulty row has one or more */
    bool stopped;      /* by `stop`: start it again to go on */
    char sheet[WSYNC_IMPORT_NAME_BYTES]; /* that was read; "": no workbook */
    size_t tables;                       /* sheets of the workbook that are tables */
};

/* Imports a table; opens and ends its own transactions, so none may be open.  OK also with
 * findings.  NOT_FOUND, INVALID, VALUE when nothing was begun (no file, no form, a mapping that
 * does not fit); anything else ends it half-way: `*summary` tells what is saved and the
 * sentence how to go on. */
WSYNC_MUST_USE enum wsync_err wsync_import_run(struct wsync_site *site,
                                               const struct wsync_import_options *options,
                                               struct wsync_import_summary *summary,
                                               struct wsync_error *error);

/* An import that added something. */
struct wsync_import {
    uint32_t number, scope, form;
    int64_t started; /* seconds since 1970 */
    uint64_t added, undone;
    bool complete; /* it came to the end of its table */
    char name[WSYNC_IMPORT_NAME_BYTES]; /* of the file, without its folder; ": " and the sheet
                                           where there was a choice */
};

/* Calls `visit` for each import, oldest first, within the site's transaction. */
WSYNC_MUST_USE enum wsync_err
wsync_import_list(struct wsync_site *site,
                  enum wsync_err (*visit)(void *context, const struct wsync_import *import),
                  void *context);

struct wsync_undo_options {
    uint32_t import, actor;
    const volatile sig_atomic_t *stop;
    wsync_finding_taker *find; /* or NULL: told of each record that is kept */
    void *context;
};

struct wsync_undo_summary {
    uint64_t deleted;
    uint64_t gone; /* somebody had deleted them before */
    uint64_t kept; /* somebody edited them: findings */
    bool stopped;
};

/* Deletes the records of an import that nobody edited since, and forgets their keys, so that
 * the rows can be imported again.  Its own transactions; what was cut off goes on when started
 * again.  NOT_FOUND when there is no such import. */
WSYNC_MUST_USE enum wsync_err wsync_import_undo(struct wsync_site *site,
                                                const struct wsync_undo_options *options,
                                                struct wsync_undo_summary *summary,
                                                struct wsync_error *error);

#endif
