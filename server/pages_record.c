/* SPDX-License-Identifier: Apache-2.0 */
/* One record: its values, where it comes from, what proves it, what was done to it. */
#include <stdio.h>

#include "server/records.h"
#include "wardsync/blob_book.h"
#include "wardsync/tree.h"

static void write_term(struct server_page *page, const char *term)
{
    wsync_html_raw(page->html, "<dt>");
    wsync_html_text(page->html, term);
    wsync_html_raw(page->html, "</dt><dd>");
}

static void write_life(struct server_page *page, const struct wsync_record *record,
                       const char *id)
{
    bool contested;
    enum wsync_life life = wsync_record_life(record, &contested, NULL);
    write_term(page, server_word(page, "Tình trạng", "State"));
    if (contested || wsync_record_in_conflict(record)) {
        wsync_html_raw(page->html, "<a class=\"tag warn\" href=\"/conflicts/");
        wsync_html_part(page->html, id);
        wsync_html_raw(page->html, "\">");
        server_say(page, "Xung đột", "In conflict");
        wsync_html_raw(page->html, "</a>");
    } else if (life == WSYNC_LIFE_ALIVE) {
        server_say(page, "Được tính", "It counts");
    } else {
        wsync_html_text(page->html, life == WSYNC_LIFE_DELETED
                                        ? server_word(page, "Đã bị xóa, không được tính",
                                                      "Deleted, it does not count")
                                        : server_word(page, "Bản trùng, không được tính",
                                                      "A duplicate, it does not count"));
    }
    wsync_html_raw(page->html, "</dd>\n");
}

/* Where the change that made it stands in the district's transparency log. */
static enum wsync_err write_leaf(struct server_page *page, const struct wsync_doing *doing,
                                 struct wsync_dot id)
{
    struct wsync_leaf_place place;
    struct wsync_signed_checkpoint last;
    const struct wsync_head head = {doing->log.id, id.seq, doing->change.hash};
    struct wsync_txn *txn = page->site->txn;
    enum wsync_err err = wsync_tree_find(txn, &head, &place);
    write_term(page, server_word(page, "Nhật ký minh bạch", "Transparency log"));
    if (err == WSYNC_OK) {
        err = wsync_checkpoint_last(txn, &last);
    }
    if (err == WSYNC_OK) {
        server_say(page, "mục ", "entry ");
        server_number(page, place.index);
        wsync_html_text(
            page->html,
            last.checkpoint.size > place.index
                ? server_word(page, ", trong điểm kiểm đã ký", ", in the signed checkpoint")
                : server_word(page, ", chờ điểm kiểm sau", ", waits for the next checkpoint"));
    } else if (err == WSYNC_ERR_NOT_FOUND) {
        server_say(page, "không có mục nào", "no entry");
    }
    wsync_html_raw(page->html, "</dd>\n");
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err write_origin(struct server_page *page, const struct wsync_record *record)
{
    struct wsync_doing doing;
    char log[2 * WSYNC_LOG_ID_BYTES + 1];
    enum wsync_err err = wsync_doing_read(page->site, record->id, &doing);
    if (err != WSYNC_OK) {
        return err;
    }
    wsync_hex_encode(WSYNC_BYTES(doing.log.id), log);
    write_term(page, server_word(page, "Ghi lúc", "Written"));
    server_time(page, doing.change.stamp);
    wsync_html_raw(page->html, "</dd>\n");
    write_term(page, server_word(page, "Máy, người ghi", "Device, person"));
    wsync_html_text(page->html, doing.device);
    wsync_html_text(page->html, doing.who[0] ? ", " : "");
    wsync_html_text(page->html, doing.who);
    wsync_html_raw(page->html, "</dd>\n");
    write_term(page, server_word(page, "Nhật ký máy, thay đổi số", "Log, change"));
    wsync_html_raw(page->html, "<code>");
    wsync_html_text(page->html, log);
    wsync_html_raw(page->html, "</code> ");
    server_number(page, record->id.seq);
    wsync_html_raw(page->html, "</dd>\n");
    return write_leaf(page, &doing, record->id);
}

static enum wsync_err write_record(struct server_page *page)
{
    struct wsync_record record;
    const struct wsync_form *form;
    char id[WSYNC_RECORD_ID_BYTES], conflict[WSYNC_RECORD_ID_BYTES + 16];
    char unit[WSYNC_UNIT_LABEL_BYTES], title[256];
    const struct wsync_page_record parts = server_parts(page);
    enum wsync_err err = server_record(page, &record, &form);
    if (err == WSYNC_OK) {
        err = wsync_record_name(page->site->txn, record.id, id);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(conflict, sizeof conflict, "/conflicts/%s", id);
    struct wsync_slice label = server_label(page, form->title_vi, form->title_en);
    snprintf(title, sizeof title, "%.*s", (int)label.len, (const char *)label.data);
    server_page_head(page, title);
    wsync_html_raw(page->html, "<dl>\n");
    write_term(page, server_word(page, "Bản ghi", "Record"));
    wsync_html_text(page->html, id);
    wsync_html_raw(page->html, "</dd>\n");
    write_term(page, server_word(page, "Phường", "Ward"));
    wsync_units_here_label(page->site, record.scope, unit);
    server_ward_link(page, record.scope, unit);
    wsync_html_raw(page->html, "</dd>\n");
    write_life(page, &record, id);
    err = write_origin(page, &record);
    wsync_html_raw(page->html, "</dl>\n");
    wsync_page_fields(&parts, &record, form, id, conflict);
    if (err == WSYNC_OK) {
        err = wsync_page_history(&parts, &record, form);
    }
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_record(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_record);
}
