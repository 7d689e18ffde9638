/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h: what a program says to whoever runs it: one event a line on stderr,
 * "event=NAME level=LEVEL key=value ...".
 *
 * Event names and keys are stable: other programs read them.  Never personal data: numbers,
 * ids, codes, paths and addresses, no field values and no names of people.  ("Log" means the
 * chain of changes here, so this is the journal.)  The core never writes to it. */
#ifndef WARDSYNC_HOST_JOURNAL_H
#define WARDSYNC_HOST_JOURNAL_H

#include "wardsync/slice.h"

enum { WSYNC_JOURNAL_LINE_BYTES_MAX = 1024 };

enum wsync_journal_level {
    WSYNC_JOURNAL_ERROR,   /* somebody must act */
    WSYNC_JOURNAL_WARNING, /* somebody should know */
    WSYNC_JOURNAL_INFO,
    WSYNC_JOURNAL_DEBUG,
};

/* Make one with the functions below.  Keys: a-z, 0-9, '_' and '-'. */
struct wsync_journal_field {
    const char *key;
    bool is_number;
    int64_t number;
    struct wsync_slice text;
};

struct wsync_journal_event {
    enum wsync_journal_level level;
    const char *name; /* like a key, at most 64 bytes */
    const struct wsync_journal_field *fields;
    size_t field_count;
};

struct wsync_journal_field wsync_journal_number(const char *key, int64_t number);
struct wsync_journal_field wsync_journal_text(const char *key, const char *text);
struct wsync_journal_field wsync_journal_slice(const char *key, struct wsync_slice text);

/* Lays the event out as one line with its line feed (no NUL) and answers its length.  A value
 * is quoted when it is empty or holds anything but letters, digits and ._:/@+,-; in quotes, \"
 * \\ and \n are escaped and other control characters are \xNN, so one event is one line
 * whatever a value holds.  Fields that do not fit are left out, the line ends in "cut=yes". */
size_t wsync_journal_format(const struct wsync_journal_event *event,
                            char line[WSYNC_JOURNAL_LINE_BYTES_MAX]);

/* Writes it to stderr in one piece if its level is loud enough.  A failure to write is
 * ignored. */
void wsync_journal_write(const struct wsync_journal_event *event);

/* The quietest level that is written: INFO unless set. */
void wsync_journal_set_level(enum wsync_journal_level level);

/* Its name. */
const char *wsync_journal_level_name(enum wsync_journal_level level);

/* The level of this name: error, warning, info, debug.  False when there is none. */
WSYNC_MUST_USE bool wsync_journal_level_named(const char *name,
                                              enum wsync_journal_level *level);

/* WSYNC_JOURNAL(INFO, "store-opened", wsync_journal_text("path", path)): one field or more. */
#define WSYNC_JOURNAL(LEVEL, event_name, ...) \
    wsync_journal_write(&(const struct wsync_journal_event){ \
        .level = WSYNC_JOURNAL_##LEVEL, \
        .name = (event_name), \
        .fields = (const struct wsync_journal_field[]){__VA_ARGS__}, \
        .field_count = sizeof((const struct wsync_journal_field[]){__VA_ARGS__}) / \
                       sizeof(struct wsync_journal_field)})

#endif
