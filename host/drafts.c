/* SPDX-License-Identifier: Apache-2.0 */
#include "host/drafts.h"

#include <string.h>

#include "host/row.h"

enum {
    TOKEN_BYTES = sizeof(struct wsync_form_token),
    SEEN_BYTES = WSYNC_DRAFT_SEEN_BYTES - 1,
    HEAD_BYTES = 3 * WSYNC_ROW_NUMBER_BYTES + WSYNC_DRAFT_WHAT_BYTES + SEEN_BYTES,
    ROW_BYTES = HEAD_BYTES + WSYNC_DRAFT_BYTES_MAX,
    ENTERED_BYTES = TOKEN_BYTES + 4 * WSYNC_ROW_NUMBER_BYTES,
    SECONDS_A_DAY = 86400,
};

#define PREFIX "draft/"
#define ENTERED "entered"
enum { KEY_BYTES = sizeof PREFIX - 1 + TOKEN_BYTES };

bool wsync_form_token_read(const char *text, struct wsync_form_token *token)
{
    return text && wsync_hex_decode(wsync_slice_of(text), token->b, sizeof token->b);
}

const char *wsync_form_token_text(const struct wsync_form_token *token,
                                  char text[WSYNC_FORM_TOKEN_BYTES])
{
    wsync_hex_encode(WSYNC_BYTES(*token), text);
    return text;
}

/* ---- fields: two lengths, name and text ---- */

enum wsync_err wsync_form_draft_field_put(uint8_t bytes[WSYNC_DRAFT_BYTES_MAX], size_t *len,
                                          struct wsync_slice name, struct wsync_slice text)
{
    size_t room = WSYNC_DRAFT_BYTES_MAX - *len;
    size_t head = 2 * (size_t)WSYNC_ROW_NUMBER_BYTES;
    if (name.len > room || text.len > room || head + name.len + text.len > room) {
        return WSYNC_ERR_OVERSIZE;
    }
    struct wsync_row row = wsync_row_into(bytes + *len, room);
    wsync_row_put_number(&row, name.len);
    wsync_row_put_number(&row, text.len);
    wsync_row_put_bytes(&row, name);
    wsync_row_put_bytes(&row, text);
    *len += wsync_row_written(&row).len;
    return WSYNC_OK;
}

bool wsync_form_draft_field_next(struct wsync_slice *fields, struct wsync_slice *name,
                                 struct wsync_slice *text)
{
    struct wsync_row row = wsync_row_over(*fields);
    uint64_t name_len = wsync_row_number(&row);
    uint64_t text_len = wsync_row_number(&row);
    size_t left = row.size - row.at;
    if (row.bad || name_len > left || text_len > left - name_len) {
        return false;
    }
    *name = wsync_slice(fields->data + row.at, (size_t)name_len);
    *text = wsync_slice(name->data + name->len, (size_t)text_len);
    size_t passed = row.at + (size_t)name_len + (size_t)text_len;
    *fields = wsync_slice(fields->data + passed, fields->len - passed);
    return true;
}

/* ---- rows ---- */

static struct wsync_slice key_of(const struct wsync_form_token *token, uint8_t key[KEY_BYTES])
{
    struct wsync_row row = wsync_row_into(key, KEY_BYTES);
    wsync_row_put_bytes(&row, wsync_slice_of(PREFIX));
    wsync_row_put_bytes(&row, WSYNC_BYTES(*token));
    return wsync_row_written(&row);
}

static struct wsync_slice row_of(const struct wsync_form_draft *draft, uint8_t bytes[ROW_BYTES])
{
    struct wsync_row row = wsync_row_into(bytes, ROW_BYTES);
    wsync_row_put_number(&row, (uint64_t)draft->kept);
    wsync_row_put_number(&row, draft->by);
    wsync_row_put_bytes(&row, wsync_slice(draft->seen, SEEN_BYTES));
    wsync_row_put_number(&row, strlen(draft->what));
    wsync_row_put_bytes(&row, wsync_slice_of(draft->what));
    wsync_row_put_bytes(&row, draft->fields);
    return wsync_row_written(&row);
}

static enum wsync_err read_row(struct wsync_slice bytes, struct wsync_form_draft *draft)
{
    struct wsync_row row = wsync_row_over(bytes);
    draft->kept = (int64_t)wsync_row_number(&row);
    uint64_t by = wsync_row_number(&row);
    wsync_row_bytes(&row, draft->seen, SEEN_BYTES);
    draft->seen[SEEN_BYTES] = '\0';
    uint64_t len = wsync_row_number(&row);
    if (row.bad || by > UINT32_MAX || len >= WSYNC_DRAFT_WHAT_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    draft->by = (uint32_t)by;
    wsync_row_bytes(&row, draft->what, (size_t)len);
    draft->what[len] = '\0';
    draft->fields = wsync_slice(bytes.data + row.at, bytes.len - row.at);
    return row.bad ? WSYNC_ERR_CORRUPT : WSYNC_OK;
}

enum wsync_err wsync_form_draft_get(struct wsync_txn *txn, const struct wsync_form_token *token,
                                    struct wsync_form_draft *draft)
{
    uint8_t key[KEY_BYTES];
    struct wsync_slice row;
    *draft = (struct wsync_form_draft){.token = *token};
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, key_of(token, key), &row);
    return err == WSYNC_OK ? read_row(row, draft) : err;
}

enum wsync_err wsync_form_draft_drop(struct wsync_txn *txn,
                                     const struct wsync_form_token *token)
{
    uint8_t key[KEY_BYTES];
    return wsync_txn_del(txn, WSYNC_TABLE_META, key_of(token, key));
}

static bool is_draft(struct wsync_slice key)
{
    return key.len == KEY_BYTES && memcmp(key.data, PREFIX, sizeof PREFIX - 1) == 0;
}

/* Those kept last come first. */
static void put_in(struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX], size_t count,
                   const struct wsync_form_draft *draft)
{
    size_t at = count;
    while (at > 0 && drafts[at - 1].kept < draft->kept) {
        drafts[at] = drafts[at - 1];
        at--;
    }
    drafts[at] = *draft;
}

enum wsync_err wsync_form_drafts_list(struct wsync_txn *txn,
                                      struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX],
                                      size_t *count)
{
    struct wsync_entry entry = {.key = wsync_slice_of(PREFIX)};
    enum wsync_err err = WSYNC_OK;
    *count = 0;
    while (err == WSYNC_OK && *count < WSYNC_DRAFTS_MAX) {
        struct wsync_form_draft draft;
        err = wsync_txn_seek(txn, WSYNC_TABLE_META, WSYNC_SEEK_GT, &entry);
        if (err != WSYNC_OK || !is_draft(entry.key)) {
            break;
        }
        memcpy(draft.token.b, entry.key.data + sizeof PREFIX - 1, TOKEN_BYTES);
        if (read_row(entry.value, &draft) == WSYNC_OK) { /* a damaged one hides no other */
            put_in(drafts, (*count)++, &draft);
        }
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Room for one more: CROWDED when nothing is old enough to go. */
static enum wsync_err make_room(struct wsync_txn *txn, int64_t now)
{
    struct wsync_form_draft drafts[WSYNC_DRAFTS_MAX];
    size_t count;
    enum wsync_err err = wsync_form_drafts_list(txn, drafts, &count);
    size_t left = count;
    while (err == WSYNC_OK && count == WSYNC_DRAFTS_MAX && left > 0 &&
           drafts[left - 1].kept < now - (int64_t)WSYNC_DRAFT_DAYS * SECONDS_A_DAY) {
        err = wsync_form_draft_drop(txn, &drafts[--left].token);
    }
    return err == WSYNC_OK && left == WSYNC_DRAFTS_MAX ? WSYNC_ERR_CROWDED : err;
}

enum wsync_err wsync_form_draft_put(struct wsync_txn *txn, const struct wsync_form_draft *draft)
{
    uint8_t key[KEY_BYTES], bytes[ROW_BYTES];
    struct wsync_form_draft before;
    struct wsync_entered entered;
    WSYNC_ASSERT(draft->fields.len <= WSYNC_DRAFT_BYTES_MAX);
    enum wsync_err err = wsync_entered_get(txn, &draft->token, &entered);
    if (err != WSYNC_ERR_NOT_FOUND) {
        return err == WSYNC_OK ? WSYNC_ERR_EXISTS : err;
    }
    err = wsync_form_draft_get(txn, &draft->token, &before);
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = make_room(txn, draft->kept);
    }
    if (err != WSYNC_OK && err != WSYNC_ERR_CORRUPT) { /* a damaged one is written over */
        return err;
    }
    return wsync_txn_put(txn, WSYNC_TABLE_META, key_of(&draft->token, key),
                         row_of(draft, bytes));
}

/* ---- what was saved ---- */

static bool read_entered(struct wsync_row *row, struct wsync_form_token *token,
                         struct wsync_entered *entered)
{
    wsync_row_bytes(row, token->b, sizeof token->b);
    entered->record.log_no = (uint32_t)wsync_row_number(row);
    entered->record.seq = wsync_row_number(row);
    entered->record.op = (uint32_t)wsync_row_number(row);
    entered->words = wsync_row_number(row);
    return !row->bad;
}

static enum wsync_err get_entered(struct wsync_txn *txn, struct wsync_slice *bytes)
{
    *bytes = wsync_slice(NULL, 0);
    enum wsync_err err = wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of(ENTERED), bytes);
    if (err == WSYNC_OK && bytes->len > (size_t)WSYNC_TOKENS_KEPT * ENTERED_BYTES) {
        return WSYNC_ERR_CORRUPT;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_entered_get(struct wsync_txn *txn, const struct wsync_form_token *token,
                                 struct wsync_entered *entered)
{
    struct wsync_slice bytes;
    struct wsync_form_token at;
    enum wsync_err err = get_entered(txn, &bytes);
    struct wsync_row row = wsync_row_over(bytes);
    while (err == WSYNC_OK && read_entered(&row, &at, entered)) {
        if (memcmp(at.b, token->b, sizeof at.b) == 0) {
            return WSYNC_OK;
        }
    }
    return err == WSYNC_OK ? WSYNC_ERR_NOT_FOUND : err;
}

enum wsync_err wsync_entered_put(struct wsync_txn *txn, const struct wsync_form_token *token,
                                 const struct wsync_entered *entered)
{
    uint8_t bytes[WSYNC_TOKENS_KEPT * ENTERED_BYTES];
    struct wsync_slice before;
    enum wsync_err err = wsync_form_draft_drop(txn, token);
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = get_entered(txn, &before);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    size_t room = sizeof bytes - ENTERED_BYTES;
    size_t kept = before.len < room ? before.len : room; /* the last ones */
    struct wsync_row row = wsync_row_into(bytes, sizeof bytes);
    wsync_row_put_bytes(&row, kept > 0 ? wsync_slice(before.data + (before.len - kept), kept)
                                       : wsync_slice(NULL, 0));
    wsync_row_put_bytes(&row, WSYNC_BYTES(*token));
    wsync_row_put_number(&row, entered->record.log_no);
    wsync_row_put_number(&row, entered->record.seq);
    wsync_row_put_number(&row, entered->record.op);
    wsync_row_put_number(&row, entered->words);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of(ENTERED),
                         wsync_row_written(&row));
}
