/* SPDX-License-Identifier: Apache-2.0 */
/* What was typed, handed to `ward add` and `ward edit`. */
#include <stdio.h>
#include <string.h>

#include "client/pages_entry.h"
#include "client/pages_staff.h"
#include "host/entropy.h"

enum { NAMED_BYTES = WSYNC_FORM_TOKEN_BYTES + 16 };

/* Words of a command: the options, then what a person typed. */
struct words {
    const char *argv[WSYNC_ACTION_ARGS_MAX + 1];
    size_t count;
};

static enum wsync_err add_word(struct words *words, const char *word)
{
    if (!word) {
        return WSYNC_ERR_MEMORY;
    }
    if (words->count == WSYNC_ACTION_ARGS_MAX) {
        return WSYNC_ERR_OVERSIZE;
    }
    words->argv[words->count++] = word;
    return WSYNC_OK;
}

/* "FIELD=VALUE": the first '=' ends the name, whatever the value holds. */
static enum wsync_err add_field(struct desk_page *page, struct words *words,
                                const struct wsync_page_field *item)
{
    size_t name = item->field->name.len;
    size_t len = name + 1 + strlen(item->text) + 1;
    char *word = wsync_arena_get(&page->site->arena, len);
    if (word) {
        snprintf(word, len, "%.*s=%s", (int)name, (const char *)item->field->name.data,
                 item->text);
    }
    return add_word(words, word);
}

/* The files that were chosen, which `photos` has for the command. */
static enum wsync_err add_photos(struct desk_page *page, const struct desk_entry *entry,
                                 struct words *words, struct desk_photos *photos)
{
    enum wsync_err err = desk_photos_read(page, entry, photos);
    for (size_t i = 0; err == WSYNC_OK && i < photos->word_count; i++) {
        err = add_word(words, photos->words[i]);
    }
    return err;
}

/* `draft` names the entry, and has to live as long as the words. */
static struct words begin_words(const struct desk_page *page, const struct desk_entry *entry,
                                const char *command, char draft[NAMED_BYTES])
{
    char token[WSYNC_FORM_TOKEN_BYTES];
    snprintf(draft, NAMED_BYTES, "--draft=%s", wsync_form_token_text(&entry->token, token));
    return (struct words){{command, desk_lang(page), draft, "--"}, 4};
}

/* The page again, with all that was typed and why it was not saved, or that nobody knows.  Only
 * what the command `refused` may become another entry: whatever else was sent may have been
 * saved under its name, and must not be saved twice. */
static void show_again(struct desk_page *page, struct desk_entry *entry, enum wsync_err err,
                       bool refused)
{
    size_t said = strlen(page->error.text);
    if (err == WSYNC_OK && refused) {
        err = desk_entry_name(page, entry);
    }
    if (page->frame.outcome == WSYNC_PAGE_UNSURE) {
        snprintf(page->error.text + said, sizeof page->error.text - said, " %s",
                 desk_word(page,
                           "Những gì đã điền vẫn ở đây; bấm Lưu lần nữa, không lưu hai lần.",
                           "All that was filled in is still here; press Save again, nothing is "
                           "saved twice."));
    }
    if (err == WSYNC_OK) {
        page->answer->status = wsync_page_status(&page->frame);
        page->frame.error = page->error.text[0] ? page->error.text : NULL;
        err = desk_entry_write(page, entry);
    }
    desk_end(page, err);
}

/* Which entry it is, by the page that it was typed into; one without a name is a new one. */
static void take_name(struct desk_page *page, struct desk_entry *entry)
{
    if (!wsync_form_token_read(wsync_http_field(page->request, "once"), &entry->token)) {
        struct wsync_entropy entropy;
        wsync_entropy_draw(&entropy);
        memcpy(entry->token.b, entropy.b, sizeof entry->token.b);
    }
}

/* ---- a new record ---- */

static void go_on(struct desk_page *page, const char *id)
{
    char path[256];
    const char *then = wsync_http_field(page->request, "then");
    if (then && strcmp(then, "next") == 0) { /* the form was found by it: a legal name */
        int used = snprintf(path, sizeof path, "/new/%s?saved=%s", page->request->rest, id);
        if (desk_by(page) != 0) {
            snprintf(path + used, sizeof path - (size_t)used, "&by=%u", desk_by(page));
        }
    } else {
        snprintf(path, sizeof path, "/records/%s?done=added", id);
    }
    desk_go(page, path);
}

static enum wsync_err read_new(struct desk_page *page, struct desk_entry *entry)
{
    const struct wsync_form *form;
    enum wsync_err err = wsync_view_form(page->site, page->request->rest, &form, &page->error);
    if (err == WSYNC_OK) {
        desk_entry_begin(entry, form);
        take_name(page, entry);
        err = desk_entry_read(page, entry);
    }
    return err == WSYNC_OK && !desk_entry_is_draft(page) ? desk_entry_judge(page, entry) : err;
}

static enum wsync_err add(struct desk_page *page, struct desk_entry *entry,
                          char id[WSYNC_RECORD_ID_BYTES])
{
    struct wsync_action_result result;
    struct desk_photos photos;
    char draft[NAMED_BYTES];
    struct words words = begin_words(page, entry, "add", draft);
    enum wsync_err err = add_word(&words, page->request->rest);
    for (size_t i = 0; err == WSYNC_OK && i < entry->count; i++) {
        if (entry->fields[i].text[0]) {
            err = add_field(page, &words, &entry->fields[i]);
        }
    }
    if (err == WSYNC_OK) {
        err = add_photos(page, entry, &words, &photos);
    }
    if (err == WSYNC_OK) {
        const struct wsync_action_ask ask = {.argv = words.argv,
                                             .by = desk_by(page),
                                             .files = photos.files,
                                             .file_count = photos.file_count};
        err = desk_act(page, &ask, &result);
    }
    if (err == WSYNC_OK) {
        snprintf(id, WSYNC_RECORD_ID_BYTES, "%.*s", (int)strcspn(result.out, "\n"), result.out);
    }
    return err;
}

void desk_add(void *context, const struct wsync_http_request *request,
              struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct desk_entry entry;
    char id[WSYNC_RECORD_ID_BYTES];
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = read_new(&page, &entry);
    bool refused = false;
    if (err == WSYNC_OK && entry.faults == 0) {
        bool draft = desk_entry_is_draft(&page);
        err = draft ? desk_entry_keep(&page, &entry) : add(&page, &entry, id);
        if (err == WSYNC_OK && !draft) {
            go_on(&page, id);
        }
        if (err == WSYNC_OK) {
            return;
        }
        refused = err == WSYNC_ERR_VALUE;
        if (page.site->txn) { /* it was refused: a new snapshot, and nothing is lost of it */
            err = read_new(&page, &entry);
        }
    }
    show_again(&page, &entry, err, refused);
}

/* ---- another value ---- */

/* What was typed over what the record holds. */
static enum wsync_err read_change(struct desk_page *page, struct desk_entry *entry,
                                  struct wsync_record *record, char seen[DESK_SEEN_BYTES])
{
    enum wsync_err err = desk_entry_of_record(page, entry, record, seen);
    if (err == WSYNC_OK) {
        err = desk_entry_now(page, entry);
        take_name(page, entry);
    }
    for (size_t i = 0; err == WSYNC_OK && i < entry->count; i++) {
        entry->fields[i].held = entry->fields[i].text;
    }
    if (err == WSYNC_OK) {
        err = desk_entry_read(page, entry);
    }
    return err == WSYNC_OK && !desk_entry_is_draft(page) ? desk_entry_judge(page, entry) : err;
}

/* The fields that hold something else now; how many they are. */
static enum wsync_err add_changed(struct desk_page *page, const struct desk_entry *entry,
                                  struct words *words, size_t *count)
{
    enum wsync_err err = WSYNC_OK;
    *count = 0;
    for (size_t i = 0; err == WSYNC_OK && i < entry->count; i++) {
        const struct wsync_page_field *item = &entry->fields[i];
        if (strcmp(item->text, item->held) != 0) {
            err = add_field(page, words, item);
            (*count)++;
        }
    }
    return err;
}

static bool was_seen(struct desk_page *page, const struct desk_entry *entry)
{
    const char *seen = wsync_http_field(page->request, "seen");
    if (seen && strcmp(seen, entry->seen) == 0) {
        return true;
    }
    snprintf(page->error.text, sizeof page->error.text, "%s",
             desk_word(page,
                       "Chưa lưu: bản ghi đã được thay đổi từ khi trang này mở. Xem giá trị "
                       "bây giờ ở từng ô, rồi lưu lại nếu điều đã điền vẫn đúng.",
                       "Not saved: the record was changed since this page was opened. See what "
                       "it holds now at each field, and save again when what you typed is "
                       "still right."));
    return false;
}

static void go_to_record(struct desk_page *page, const char *done)
{
    char path[256]; /* the record was found by it: a legal id */
    snprintf(path, sizeof path, "/records/%s?done=%s", page->request->rest, done);
    desk_go(page, path);
}

/* Has the changed fields written.  `*changed` 0: nothing was. */
static enum wsync_err change(struct desk_page *page, const struct desk_entry *entry,
                             size_t *changed)
{
    char draft[NAMED_BYTES];
    struct wsync_action_result result;
    struct desk_photos photos;
    struct words words = begin_words(page, entry, "edit", draft);
    enum wsync_err err = add_word(&words, page->request->rest);
    if (err == WSYNC_OK) {
        err = add_changed(page, entry, &words, changed);
    }
    if (err == WSYNC_OK) {
        err = add_photos(page, entry, &words, &photos);
        *changed += photos.word_count;
    }
    const struct wsync_action_ask ask = {.argv = words.argv,
                                         .by = desk_by(page),
                                         .files = photos.files,
                                         .file_count = photos.file_count};
    return err == WSYNC_OK && *changed > 0 ? desk_act(page, &ask, &result) : err;
}

/* What was typed is what the record holds: its draft, if there is one, has done its work. */
static enum wsync_err drop_draft(struct desk_page *page, const struct desk_entry *entry)
{
    char token[WSYNC_FORM_TOKEN_BYTES];
    struct wsync_form_draft draft;
    struct wsync_action_result result;
    enum wsync_err err = wsync_form_draft_get(page->site->txn, &entry->token, &draft);
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    const char *const argv[] = {
        "draft", desk_lang(page), "--", "drop", wsync_form_token_text(&entry->token, token),
        NULL};
    return desk_act(page, &(struct wsync_action_ask){.argv = argv}, &result);
}

void desk_change(void *context, const struct wsync_http_request *request,
                 struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct desk_entry entry;
    struct wsync_record record;
    char seen[DESK_SEEN_BYTES];
    size_t changed = 0;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = read_change(&page, &entry, &record, seen);
    bool draft = desk_entry_is_draft(&page), refused = false;
    if (err == WSYNC_OK && (draft || (was_seen(&page, &entry) && entry.faults == 0))) {
        err = draft ? desk_entry_keep(&page, &entry) : change(&page, &entry, &changed);
        if (err == WSYNC_OK && !draft && changed == 0) {
            err = drop_draft(&page, &entry);
        }
        if (err == WSYNC_OK && !draft) {
            go_to_record(&page, changed > 0 ? "changed" : "same");
        }
        if (err == WSYNC_OK) {
            return;
        }
        refused = err == WSYNC_ERR_VALUE;
        if (page.site->txn) {
            err = read_change(&page, &entry, &record, seen);
        }
    }
    show_again(&page, &entry, err, refused);
}
