/* SPDX-License-Identifier: Apache-2.0 */
#include "host/session_book.h"

#include <string.h>

#include "host/admin_log.h"
#include "host/doubt.h"

enum {
    DOOR_ROW_S = 3600,
    DOORS = WSYNC_SESSION_BOOK_STRANGERS_MAX + WSYNC_SESSION_BOOK_DEVICES_MAX + 1,
};

static void set_due(struct wsync_session_book *book, int64_t due_ms)
{
    if (!book->pending || (!book->refused && due_ms < book->due_ms)) {
        book->due_ms = due_ms;
    }
    book->pending = true;
}

void wsync_session_book_note(struct wsync_session_book *book,
                             const struct wsync_session_note *note, int64_t now_ms)
{
    set_due(book, now_ms + WSYNC_SESSION_BOOK_WAIT_MS);
    if (book->count == WSYNC_SESSION_BOOK_NOTES_MAX) {
        book->lost++;
        return;
    }
    struct wsync_session_note *slot = &book->notes[book->count++];
    *slot = *note;
    memcpy(slot->row.key, note->key.b, sizeof slot->row.key);
}

/* ---- the door ---- */

/* A row of an hour ago is finished; the same key begins another. */
static bool is_over(const struct wsync_session_door *door, int64_t time)
{
    int64_t age = time - door->row.begun;
    return door->unwritten == 0 && (age < 0 || age >= DOOR_ROW_S);
}

static struct wsync_session_door *find_door(struct wsync_session_book *book,
                                            const struct wsync_session_knock *knock)
{
    size_t first = knock->has_device ? WSYNC_SESSION_BOOK_STRANGERS_MAX : 0;
    size_t count =
        knock->has_device ? WSYNC_SESSION_BOOK_DEVICES_MAX : WSYNC_SESSION_BOOK_STRANGERS_MAX;
    struct wsync_session_door *free_door = NULL;
    for (size_t i = first; i < first + count; i++) {
        struct wsync_session_door *door = &book->doors[i];
        bool mine = door->used &&
                    wsync_slice_equal(WSYNC_BYTES(door->key), WSYNC_BYTES(knock->key)) &&
                    door->row.code == knock->code;
        if (mine && !is_over(door, knock->time)) {
            return door;
        }
        if (!free_door && (!door->used || is_over(door, knock->time))) {
            free_door = door;
        }
    }
    return free_door ? free_door : &book->doors[DOORS - 1];
}

void wsync_session_book_knock(struct wsync_session_book *book,
                              const struct wsync_session_knock *knock)
{
    struct wsync_session_door *door = find_door(book, knock);
    bool shared = door == &book->doors[DOORS - 1];
    if (!door->used || is_over(door, knock->time)) {
        *door = (struct wsync_session_door){.used = true};
        door->row = (struct wsync_session_row){
            .kind = WSYNC_SESSION_KIND_DOOR, .begun = knock->time, .code = knock->code};
        if (!shared) {
            door->key = knock->key;
            memcpy(door->row.key, knock->key.b, sizeof door->row.key);
            door->row.has_device = knock->has_device;
            door->row.device = knock->device;
        }
    }
    door->row.ended = knock->time;
    door->unwritten++;
    set_due(book, knock->now_ms + WSYNC_SESSION_BOOK_KNOCK_MS);
}

/* ---- writing ---- */

int64_t wsync_session_book_wait_ms(const struct wsync_session_book *book, int64_t now_ms)
{
    bool full = book->count >= WSYNC_SESSION_BOOK_NOTES_MAX / 2 && !book->refused;
    int64_t due_ms = book->alive_ms + WSYNC_SESSION_BOOK_ALIVE_MS;
    if (book->pending && (book->refused || book->due_ms < due_ms)) {
        due_ms = book->due_ms;
    }
    return full || due_ms <= now_ms ? 0 : due_ms - now_ms;
}

static enum wsync_err note_contact(struct wsync_txn *txn, const struct wsync_session_row *row,
                                   const struct wsync_session_facts *facts)
{
    struct wsync_contact contact = {.first = 0};
    uint64_t doubts;
    enum wsync_err err = wsync_contact_get(txn, &row->device, &contact);
    if (err == WSYNC_OK || err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_doubt_count(txn, &doubts);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_contact_note(&contact, row, facts, doubts);
    return wsync_contact_put(txn, &row->device, &contact);
}

static enum wsync_err write_note(struct wsync_txn *txn, const struct wsync_session_note *note)
{
    struct wsync_session_row row = note->row;
    struct wsync_device device;
    uint64_t number;
    if (!row.has_device) {
        enum wsync_err err = wsync_device_by_transport(txn, &note->key, &device);
        if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
            return err;
        }
        row.has_device = err == WSYNC_OK;
        row.device = row.has_device ? device.id : row.device;
    }
    enum wsync_err err = wsync_session_log_add(txn, &row, &number);
    return err == WSYNC_OK && row.has_device ? note_contact(txn, &row, &note->facts) : err;
}

/* Writes the row of a door, new or grown; `*number` is where it stands then. */
static enum wsync_err write_door(struct wsync_txn *txn, const struct wsync_session_door *door,
                                 uint64_t *number)
{
    static const struct wsync_session_facts NOTHING = {.spoke = false};
    struct wsync_session_row row = door->row;
    row.times += door->unwritten;
    enum wsync_err err = WSYNC_ERR_NOT_FOUND;
    *number = door->number;
    if (door->number != 0) {
        err = wsync_session_log_change(txn, door->number, &row);
    }
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_session_log_add(txn, &row, number);
    }
    row.times = door->unwritten;
    return err == WSYNC_OK && row.has_device ? note_contact(txn, &row, &NOTHING) : err;
}

static enum wsync_err write_all(const struct wsync_session_book *book, struct wsync_txn *txn,
                                uint64_t numbers[DOORS])
{
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; i < book->count && err == WSYNC_OK; i++) {
        err = write_note(txn, &book->notes[i]);
    }
    for (size_t i = 0; i < DOORS && err == WSYNC_OK; i++) {
        if (book->doors[i].unwritten > 0) {
            err = write_door(txn, &book->doors[i], &numbers[i]);
        }
    }
    return err;
}

enum wsync_err wsync_session_book_write(struct wsync_session_book *book,
                                        struct wsync_store *store,
                                        const struct wsync_session_policy *policy,
                                        int64_t now_ms, int64_t time)
{
    uint64_t numbers[DOORS];
    struct wsync_txn *txn;
    book->due_ms = now_ms + WSYNC_SESSION_BOOK_RETRY_MS;
    book->pending = book->refused = true; /* until it is known better */
    enum wsync_err err = wsync_store_begin(store, WSYNC_TXN_WRITE, &txn);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_session_log_prune(txn, policy, time); /* first: it may make the room */
    if (err == WSYNC_OK) {
        err = write_all(book, txn, numbers);
    }
    if (err == WSYNC_OK) {
        err = wsync_session_log_alive(txn, time, book->stopped);
    }
    if (err == WSYNC_OK && book->stopped) {
        err = wsync_admin_log_add(txn, WSYNC_ADMIN_STOP, time, "stopped");
    }
    if (err != WSYNC_OK) {
        wsync_txn_abort(txn);
        return err;
    }
    err = wsync_txn_commit(txn);
    if (err != WSYNC_OK) {
        return err;
    }
    for (size_t i = 0; i < DOORS; i++) {
        struct wsync_session_door *door = &book->doors[i];
        if (door->unwritten > 0) {
            door->number = numbers[i];
            door->row.times += door->unwritten;
            door->unwritten = 0;
        }
    }
    book->count = 0;
    book->pending = false;
    book->refused = false;
    book->alive_ms = now_ms;
    book->lost = 0;
    return WSYNC_OK;
}
