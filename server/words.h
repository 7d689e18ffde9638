/* SPDX-License-Identifier: Apache-2.0 */
/* words.h: how a conversation ended, in the words of the district's admin.
 *
 * error.h speaks to whoever met the error, most often a ward; here the same code is told from
 * the other end, with who said it and what to do. */
#ifndef WARDSYNC_SERVER_WORDS_H
#define WARDSYNC_SERVER_WORDS_H

#include "host/session_log.h"
#include "wardsync/statement.h"

/* What is to be told, of a row or of a contact. */
struct server_end {
    enum wsync_session_kind kind;
    enum wsync_err code;
    bool peer_said_it;
};

/* The short stable name: that of error.h; "stopped" and "killed" of the district itself. */
const char *server_end_name(const struct server_end *end);

/* True for a word that can be such a name. */
bool server_end_is_name(const char *name);

enum { SERVER_END_TEXT_BYTES = 256 };
/* What happened, one sentence. */
void server_end_text(const struct server_end *end, enum wsync_language language,
                     char text[SERVER_END_TEXT_BYTES]);

/* What to do about it; "" when there is nothing to do that the sentence does not say. */
const char *server_end_step(const struct server_end *end, enum wsync_language language);

/* "clerk", "node" and so on. */
const char *server_role_name(enum wsync_role role);

/* Whether the district itself serves now, as far as its last sign of life says: a sentence when
 * it does not, "" when it does. */
WSYNC_MUST_USE enum wsync_err server_down_text(struct wsync_txn *txn,
                                               enum wsync_language language,
                                               char text[SERVER_END_TEXT_BYTES]);

#endif
