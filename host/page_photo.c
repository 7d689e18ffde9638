/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_photo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/photo.h"
#include "host/photo_list.h"

enum { NAME_BYTES = 49 };

bool wsync_page_photo_split(const char *rest, struct wsync_page_photo_path *path)
{
    size_t len = strcspn(rest, "/");
    if (rest[len] == '\0' || len >= sizeof path->record) {
        return false;
    }
    memcpy(path->record, rest, len);
    path->record[len] = '\0';
    path->field = rest + len + 1;
    return true;
}

static const char *word(const struct wsync_page_record *page, const char *vi, const char *en)
{
    return page->language == WSYNC_VI ? vi : en;
}

/* Of the bytes it is a picture or not: what a phone calls it says nothing. */
static enum wsync_err give(struct wsync_http_answer *answer, struct wsync_slice bytes,
                           const struct wsync_blob_name *name)
{
    static const struct {
        uint32_t kind;
        const char *type, *ending;
        bool shown;
    } KINDS[] = {{WSYNC_PHOTO_JPEG, "image/jpeg", "jpg", true},
                 {WSYNC_PHOTO_PNG, "image/png", "png", true},
                 {WSYNC_PHOTO_WEBP, "image/webp", "webp", true},
                 {WSYNC_PHOTO_PDF, "application/pdf", "pdf", false},
                 {0, "application/octet-stream", "bin", false}};
    char text[WSYNC_PHOTO_NAME_BYTES], file[NAME_BYTES];
    size_t i = 0;
    while (KINDS[i].kind != 0 && KINDS[i].kind != wsync_photo_kind(bytes)) {
        i++;
    }
    snprintf(file, sizeof file, "%.*s.%s", WSYNC_PHOTO_SHORT_DIGITS,
             wsync_photo_name_print(name, text), KINDS[i].ending);
    return wsync_http_give_bytes(answer, bytes, KINDS[i].type, KINDS[i].shown ? NULL : file)
               ? WSYNC_OK
               : WSYNC_ERR_MEMORY;
}

static enum wsync_err read_and_give(const struct wsync_page_photo *photo,
                                    const struct wsync_blob_name *name,
                                    struct wsync_http_answer *answer)
{
    uint8_t *bytes = malloc((size_t)wsync_blob_chunk_count(name) * WSYNC_BLOB_CHUNK_BYTES);
    if (!bytes) {
        return WSYNC_ERR_MEMORY;
    }
    enum wsync_err err = wsync_photo_read(photo->page->site->blobs, name, bytes);
    if (err == WSYNC_OK) {
        err = give(answer, wsync_slice(bytes, (size_t)name->length), name);
    }
    free(bytes);
    return err;
}

static enum wsync_err refuse(struct wsync_error *error, const char *sentence)
{
    return wsync_error_set(error, WSYNC_ERR_NOT_FOUND, "%s", sentence);
}

enum wsync_err wsync_page_photo_give(const struct wsync_page_photo *photo,
                                     struct wsync_http_answer *answer,
                                     struct wsync_error *error)
{
    const struct wsync_page_record *page = photo->page;
    struct wsync_photo_state state;
    const struct wsync_field *field =
        wsync_form_field_named(photo->form, wsync_slice_of(photo->field));
    const struct wsync_live *live = field && field->type == WSYNC_TYPE_PHOTO
                                        ? wsync_record_shown(photo->record, field->number, NULL)
                                        : NULL;
    if (!live || live->value.class == WSYNC_CLASS_BLANK) {
        return refuse(error, word(page, "Bản ghi không có ảnh hay tệp này.",
                                  "The record has no such photo or file."));
    }
    if (field->personal && !page->personal) {
        return refuse(error, word(page, "Tệp này là thông tin cá nhân, chỉ phường xem được.",
                                  "This file is personal data, for the ward alone."));
    }
    enum wsync_err err = wsync_photo_look(page->site->blobs, &live->value, &state);
    if (err != WSYNC_OK) {
        return err;
    }
    err = state.here ? read_and_give(photo, &state.name, answer) : WSYNC_ERR_NOT_FOUND;
    if (err == WSYNC_ERR_NOT_FOUND) {
        return refuse(error,
                      word(page,
                           "Ảnh hay tệp này chưa về tới máy này. Nó được gửi sau các bản "
                           "ghi; hãy xem lại sau lần đồng bộ tới.",
                           "This photo or file has not come here yet. It is sent behind "
                           "the records; look again after the next sync."));
    }
    if (err == WSYNC_ERR_CORRUPT) {
        return refuse(error, word(page,
                                  "Tệp này bị hỏng trên đĩa của máy này. Lệnh photos verify "
                                  "sẽ cho tải lại.",
                                  "This file is damaged on this machine's disk. The command "
                                  "photos verify has it fetched again."));
    }
    return err;
}

void wsync_page_photo_small(const struct wsync_page_record *page,
                            const struct wsync_field *field, const struct wsync_value *value,
                            const char *id)
{
    char name[WSYNC_NAME_BYTES_MAX + 1], words[WSYNC_PHOTO_WORDS_BYTES];
    struct wsync_html *html = page->html;
    struct wsync_photo_state state;
    bool hidden = field->personal && !page->personal;
    if (hidden || value->class == WSYNC_CLASS_BLANK ||
        wsync_photo_look(page->site->blobs, value, &state) != WSYNC_OK) {
        wsync_page_value(page, field, value);
        return;
    }
    wsync_photo_words(&state, field, page->language, words);
    if (!state.here) {
        wsync_html_text(html, words);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)field->name.len, (const char *)field->name.data);
    wsync_html_raw(html, "<a class=\"photo\" href=\"/photos/");
    wsync_html_part(html, id);
    wsync_html_raw(html, "/");
    wsync_html_part(html, name);
    wsync_html_raw(html, "\">");
    if ((wsync_field_photo_kinds(field) & WSYNC_PHOTO_PDF) == 0) {
        wsync_html_raw(html, "<img loading=\"lazy\" alt=\"\" src=\"/photos/");
        wsync_html_part(html, id);
        wsync_html_raw(html, "/");
        wsync_html_part(html, name);
        wsync_html_raw(html, "\"> ");
    }
    wsync_html_text(html, words);
    wsync_html_raw(html, "</a>");
}
