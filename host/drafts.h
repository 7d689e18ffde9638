/* SPDX-License-Identifier: Apache-2.0 */
/* drafts.h: what somebody typed into a form and has not saved yet: META "draft/TOKEN".
 *
 * A draft is text as it was typed, legal or not.  It stays on this machine: nothing of it is
 * signed, sent or counted.  It may hold personal data, and lies where the private part of
 * records lies: in the store, which only the account of the program can read, and in what is
 * made of the whole store (sealed backups, a move to another machine).
 *
 * A token is drawn when a form is shown and names that one entry for ever.  Who saves it names
 * it, and in the transaction of the record its draft goes and META "entered" takes up the token
 * with the record: a kill leaves the draft or the record, and what comes late or twice is
 * known.  Bounded: so many drafts, so many bytes in each, the last tokens only; a full shelf
 * first loses what nobody touched for WSYNC_DRAFT_DAYS, and then refuses. */
#ifndef WARDSYNC_HOST_DRAFTS_H
#define WARDSYNC_HOST_DRAFTS_H

#include "wardsync/ids.h"
#include "wardsync/limits.h"
#include "wardsync/store.h"

enum {
    WSYNC_DRAFT_BYTES_MAX = 16 << 10, /* of its fields, names and values */
    WSYNC_DRAFTS_MAX = 64,
    WSYNC_DRAFT_DAYS = 90,
    WSYNC_DRAFT_WHAT_BYTES = WSYNC_NAME_BYTES_MAX + 1,
    WSYNC_DRAFT_SEEN_BYTES = 17,
    WSYNC_TOKENS_KEPT = 64, /* in "entered" */
};

struct wsync_form_token {
    uint8_t b[16];
};
enum { WSYNC_FORM_TOKEN_BYTES = 2 * sizeof(struct wsync_form_token) + 1 };

struct wsync_form_draft {
    struct wsync_form_token token;
    int64_t kept;                      /* when, in seconds since 1970 */
    uint32_t by;                       /* staff number; 0: nobody named */
    char what[WSYNC_DRAFT_WHAT_BYTES]; /* a form's name: a new record; else the record's id */
    char seen[WSYNC_DRAFT_SEEN_BYTES]; /* which values of the record stood beside it; "" */
    struct wsync_slice
        fields; /* of wsync_form_draft_field_put, in the store or with its maker */
};

/* The text of a token is 32 digits; false for any other. */
bool wsync_form_token_read(const char *text, struct wsync_form_token *token);
const char *wsync_form_token_text(const struct wsync_form_token *token,
                                  char text[WSYNC_FORM_TOKEN_BYTES]);

/* Puts one field behind those in `bytes`, which hold `*len`.  OVERSIZE: there is no room. */
WSYNC_MUST_USE enum wsync_err wsync_form_draft_field_put(uint8_t bytes[WSYNC_DRAFT_BYTES_MAX],
                                                         size_t *len, struct wsync_slice name,
                                                         struct wsync_slice text);
/* Takes the next field off `*fields`; false at the end. */
bool wsync_form_draft_field_next(struct wsync_slice *fields, struct wsync_slice *name,
                                 struct wsync_slice *text);

/* Keeps it over what its token had.  EXISTS: its token was saved, nothing is kept of it;
 * CROWDED: there are as many as may be. */
WSYNC_MUST_USE enum wsync_err wsync_form_draft_put(struct wsync_txn *txn,
                                                   const struct wsync_form_draft *draft);

/* NOT_FOUND; CORRUPT. */
WSYNC_MUST_USE enum wsync_err wsync_form_draft_get(struct wsync_txn *txn,
                                                   const struct wsync_form_token *token,
                                                   struct wsync_form_draft *draft);
WSYNC_MUST_USE enum wsync_err wsync_form_draft_drop(struct wsync_txn *txn,
                                                    const struct wsync_form_token *token);

/* All of them, those kept last first; how many there are. */
WSYNC_MUST_USE enum wsync_err wsync_form_drafts_list(
    struct wsync_txn *txn, struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX], size_t *count);

/* What was saved under a token: the record, and a sum of the words it was made of. */
struct wsync_entered {
    struct wsync_dot record;
    uint64_t words;
};
/* NOT_FOUND: nothing that is remembered. */
WSYNC_MUST_USE enum wsync_err wsync_entered_get(struct wsync_txn *txn,
                                                const struct wsync_form_token *token,
                                                struct wsync_entered *entered);
/* Remembers it, and drops the draft of the token. */
WSYNC_MUST_USE enum wsync_err wsync_entered_put(struct wsync_txn *txn,
                                                const struct wsync_form_token *token,
                                                const struct wsync_entered *entered);

#endif
