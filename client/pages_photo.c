/* SPDX-License-Identifier: Apache-2.0 */
/* Photos and attachments of a record: chosen in its form, handed to the command, shown. */
#include <stdio.h>
#include <string.h>

#include "client/pages_entry.h"
#include "host/page_photo.h"
#include "host/words.h"

enum { ID_BYTES = WSYNC_NAME_BYTES_MAX + 16, FIRST_FD = 3 };

/* "f-photo_before" names the file, "x-photo_before" the wish to have it gone. */
static const char *id_of(const struct wsync_field *field, char before, char id[ID_BYTES])
{
    snprintf(id, ID_BYTES, "%c-%.*s", before, (int)field->name.len,
             (const char *)field->name.data);
    return id;
}

static const struct wsync_live *held(const struct desk_entry *entry,
                                     const struct wsync_field *field)
{
    const struct wsync_live *live =
        entry->record ? wsync_record_shown(entry->record, field->number, NULL) : NULL;
    return live && live->value.class != WSYNC_CLASS_BLANK ? live : NULL;
}

bool desk_has_photos(const struct desk_entry *entry)
{
    bool any = false;
    for (size_t i = 0; i < entry->form->field_count; i++) {
        any = any || entry->form->fields[i].type == WSYNC_TYPE_PHOTO;
    }
    return any;
}

/* ---- the form ---- */

static void write_field(struct desk_page *page, const struct desk_entry *entry,
                        const struct wsync_field *field)
{
    char record[WSYNC_RECORD_ID_BYTES];
    const struct wsync_page_record parts = desk_parts(page);
    const struct wsync_live *live = held(entry, field);
    bool named =
        live && wsync_record_name(page->site->txn, entry->record->id, record) == WSYNC_OK;
    wsync_page_field_file(&parts, field, named ? &live->value : NULL, record);
}

void desk_photos_write(struct desk_page *page, const struct desk_entry *entry)
{
    if (!desk_has_photos(entry)) {
        return;
    }
    if (page->request->upload_count > 0) { /* no browser sends one again by itself */
        wsync_html_raw(page->html, "<p class=\"warning\">");
        desk_say(page, "Ảnh và tệp phải chọn lại.",
                 "Photos and files have to be chosen again.");
        wsync_html_raw(page->html, "</p>");
    }
    for (size_t i = 0; i < entry->form->field_count; i++) {
        if (entry->form->fields[i].type == WSYNC_TYPE_PHOTO) {
            write_field(page, entry, &entry->form->fields[i]);
        }
    }
    wsync_page_script(page->html, "photo.js");
}

/* ---- what was chosen ---- */

/* "FIELD=TEXT", in the site's arena. */
static const char *word_of(struct desk_page *page, const struct wsync_field *field, int fd)
{
    size_t room = field->name.len + sizeof "=/proc/self/fd/10";
    char *word = wsync_arena_get(&page->site->arena, room);
    if (word && fd < 0) {
        snprintf(word, room, "%.*s=", (int)field->name.len, (const char *)field->name.data);
    } else if (word) {
        snprintf(word, room, "%.*s=/proc/self/fd/%d", (int)field->name.len,
                 (const char *)field->name.data, fd);
    }
    return word;
}

enum wsync_err desk_photos_read(struct desk_page *page, const struct desk_entry *entry,
                                struct desk_photos *photos)
{
    char id[ID_BYTES];
    *photos = (struct desk_photos){.word_count = 0};
    for (size_t i = 0; i < entry->form->field_count; i++) {
        const struct wsync_field *field = &entry->form->fields[i];
        if (field->type != WSYNC_TYPE_PHOTO) {
            continue;
        }
        const struct wsync_http_upload *file =
            wsync_http_upload(page->request, id_of(field, 'f', id));
        bool gone = held(entry, field) &&
                    wsync_http_field(page->request, id_of(field, 'x', id)) != NULL;
        if (!file && !gone) {
            continue;
        }
        int fd = file ? FIRST_FD + (int)photos->file_count : -1;
        if (file) {
            photos->files[photos->file_count++] = file->fd;
        }
        photos->words[photos->word_count] = word_of(page, field, fd);
        if (!photos->words[photos->word_count++]) {
            return WSYNC_ERR_MEMORY;
        }
    }
    return WSYNC_OK;
}

/* ---- one of them ---- */

void desk_photo(void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct wsync_page_photo_path path;
    struct wsync_record record;
    const struct wsync_form *form;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    struct wsync_http_request named = *request;
    enum wsync_err err =
        wsync_page_photo_split(request->rest, &path) ? WSYNC_OK : WSYNC_ERR_NOT_FOUND;
    if (err == WSYNC_OK) {
        named.rest = path.record;
        page.request = &named;
        err = desk_record(&page, &record, &form);
        page.request = request;
    }
    if (err == WSYNC_OK) {
        const struct wsync_page_record parts = desk_parts(&page);
        const struct wsync_page_photo photo = {&parts, &record, form, path.field};
        err = wsync_page_photo_give(&photo, answer, &page.error);
        if (err == WSYNC_OK) {
            desk_end_given(&page);
            return;
        }
    }
    if (err == WSYNC_ERR_NOT_FOUND && page.error.text[0]) {
        char room[WSYNC_WORDS_BYTES];
        answer->status = 404;
        desk_head(&page, desk_word(&page, "Ảnh hoặc tệp", "Photo or file"));
        wsync_html_raw(page.html, "<p>");
        wsync_html_text(page.html, wsync_words(wsync_page_language(request),
                                               page.error.text, room));
        wsync_html_raw(page.html, "</p>");
        err = WSYNC_OK;
    }
    desk_end(&page, err);
}
