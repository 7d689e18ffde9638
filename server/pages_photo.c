/* SPDX-License-Identifier: Apache-2.0 */
/* The photo or attachment of a record. */
#include "host/page_photo.h"
#include "server/records.h"

static enum wsync_err write_photo(struct server_page *page)
{
    struct wsync_page_photo_path path;
    struct wsync_record record;
    const struct wsync_form *form;
    const struct wsync_http_request *request = page->request;
    struct wsync_http_request named = *request;
    if (!wsync_page_photo_split(request->rest, &path)) {
        return WSYNC_ERR_NOT_FOUND;
    }
    named.rest = path.record;
    page->request = &named;
    enum wsync_err err = server_record(page, &record, &form);
    page->request = request;
    if (err != WSYNC_OK) {
        return err;
    }
    const struct wsync_page_record parts = server_parts(page);
    const struct wsync_page_photo photo = {&parts, &record, form, path.field};
    return wsync_page_photo_give(&photo, page->answer, &page->error);
}

void server_page_photo(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_photo);
}
