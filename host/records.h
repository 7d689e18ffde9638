/* SPDX-License-Identifier: Apache-2.0 */
/* records.h: records as people name and pick them: ids in short, walks over a form's records.
 *
 * A record's short id is the first digits of its log's id, a dash, the seq, and ".op" unless it
 * is the first operation of its change: "3f9ac210-17".  Eight digits are written; any unique
 * beginning of four or more is read. */
#ifndef WARDSYNC_HOST_RECORDS_H
#define WARDSYNC_HOST_RECORDS_H

#include "host/site.h"

enum { WSYNC_RECORD_ID_BYTES = 48 };

/* Writes the short id of a record. */
WSYNC_MUST_USE enum wsync_err wsync_record_name(struct wsync_txn *txn, struct wsync_dot id,
                                                char text[WSYNC_RECORD_ID_BYTES]);

/* Finds the record a short id names.  NOT_FOUND, or INVALID when several logs begin so or the
 * text is no id; each with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_record_named(struct wsync_txn *txn, const char *text,
                                                 struct wsync_dot *id,
                                                 struct wsync_error *error);

/* The same for a change, which is named like a record that it makes. */
WSYNC_MUST_USE enum wsync_err wsync_change_named(struct wsync_txn *txn, const char *text,
                                                 struct wsync_dot *id,
                                                 struct wsync_error *error);

/* The record that a short id names, of a form that people fill in, with this form; both live in
 * the site's arena.  As above, and NOT_FOUND without a sentence for a form, a unit and the
 * like. */
WSYNC_MUST_USE enum wsync_err wsync_record_read(struct wsync_site *site, const char *text,
                                                struct wsync_record *record,
                                                const struct wsync_form **form,
                                                struct wsync_error *error);

/* Which records to visit. */
struct wsync_records_query {
    uint32_t form;               /* 0: all of the district's own forms, no built-in one */
    uint32_t scope;              /* 0: all */
    int32_t first_day, last_day; /* by the form's date field; first_day WSYNC_NO_DAY: also
                                    records without a date */
    bool deleted;                /* also those that are deleted or duplicates */
};

struct wsync_records_item {
    const struct wsync_form *form; /* of the record's version; holds during the visit */
    const struct wsync_record *record;
    enum wsync_life life;
    bool contested;
    int32_t day; /* WSYNC_NO_DAY: none */
};

/* What a list says of a record, in the site's open transaction. */
WSYNC_MUST_USE enum wsync_err wsync_records_item(struct wsync_site *site,
                                                 const struct wsync_record *record,
                                                 struct wsync_records_item *item);

/* Calls `visit` for each record in the order of logs and seqs, within the site's transaction;
 * an answer other than OK ends the walk and is passed on. */
WSYNC_MUST_USE enum wsync_err wsync_records_walk(
    struct wsync_site *site, const struct wsync_records_query *query,
    enum wsync_err (*visit)(void *context, const struct wsync_records_item *item),
    void *context);

#endif
