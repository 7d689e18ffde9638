/* SPDX-License-Identifier: Apache-2.0 */
#include "client/pages.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/bundle_last.h"
#include "host/page_act.h"

const struct wsync_page_item DESK_ITEMS[] = {
    {"/", {"Hôm nay", "Today"}},
    {"/records", {"Sổ ghi", "Records"}},
    {"/conflicts", {"Xung đột", "Conflicts"}},
    {"/totals", {"Tổng hợp", "Totals"}},
    {"/sync", {"Đồng bộ", "Sync"}},
    {"/settings", {"Cài đặt", "Settings"}},
    {NULL, {NULL, NULL}},
};

/* Pages that stand under an item whose path is not theirs, by the beginning of it. */
static const struct {
    const char *path, *under;
} UNDER[] = {
    {"/new/", "/"},           {"/draft", "/"},
    {"/nothing", "/"},        {"/edit/", "/records"},
    {"/delete/", "/records"}, {"/undelete/", "/records"},
    {"/import", "/records"},  {"/resolve/", "/conflicts"},
    {"/doctor", "/sync"},
};

static const char *under_of(const char *path)
{
    for (size_t i = 0; i < sizeof UNDER / sizeof *UNDER; i++) {
        if (strncmp(path, UNDER[i].path, strlen(UNDER[i].path)) == 0) {
            return UNDER[i].under;
        }
    }
    return NULL;
}

/* ---- the snapshot ---- */

static bool knows_device(const struct wsync_site *site)
{
    static const struct wsync_device_id NONE = {{0}};
    return !wsync_device_id_equal(&site->identity.device, &NONE);
}

enum wsync_err desk_open(void *context, struct wsync_error *error)
{
    struct desk *desk = context;
    if (desk->open && knows_device(&desk->site)) {
        return WSYNC_OK;
    }
    if (desk->open) {
        wsync_site_close(&desk->site);
        desk->open = false;
    }
    enum wsync_err err =
        wsync_site_open_reader(desk->pages->data_dir, WSYNC_SITE_WARD, &desk->site, error);
    desk->open = err == WSYNC_OK;
    return err;
}

/* The honest line: three facts, never one "OK". */
static void write_state(struct desk_page *page)
{
    const struct client_facts *facts = &page->facts;
    char waits[96], held[96];
    bool records = page->wheres.all;
    unsigned long long count = records ? page->wheres.saved_count : page->wheres.changes;
    if (facts->saved == 0) {
        snprintf(page->state, sizeof page->state, "%s",
                 desk_word(page, "Chưa nhập gì tại máy này", "Nothing was entered here yet"));
        return;
    }
    if (page->wheres.changes == 0) {
        snprintf(waits, sizeof waits, "%s",
                 desk_word(page, "không còn gì chờ gửi", "nothing waits to be sent"));
    } else {
        snprintf(waits, sizeof waits, "%llu %s", count,
                 count == 1 ? desk_word(page, "bản ghi chờ gửi", "record waits to be sent")
                 : records ? desk_word(page, "bản ghi chờ gửi", "records wait to be sent")
                           : desk_word(page, "thay đổi chờ gửi", "changes wait to be sent"));
    }
    snprintf(held, sizeof held, "%s%s",
             facts->held
                 ? desk_word(page, "Quận đã nhận đến ", "The district holds all up to ")
                 : desk_word(page, "Quận chưa nhận gì", "The district holds nothing yet"),
             facts->held_until);
    snprintf(page->state, sizeof page->state, "%s · %s · %s",
             desk_word(page, "Đã lưu tại máy", "Saved on this machine"), waits, held);
}

/* What the last bundle holds, as long as its answer is not here. */
static enum wsync_err read_carried(struct wsync_site *site, struct wsync_where_carried *carried)
{
    struct client_bundle_last last;
    struct wsync_log log;
    *carried = (struct wsync_where_carried){.log_no = 0};
    enum wsync_err err = client_bundle_last_get(site, &last);
    if (err != WSYNC_OK || !last.is || !last.has_log) {
        return err;
    }
    err = wsync_log_find(site->txn, &last.log, &log);
    if (err == WSYNC_OK) {
        *carried = (struct wsync_where_carried){log.no, last.tip};
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Is there no network here?  Of a district that does not answer or refuses, the page of the
 * sync says so. */
static bool has_no_network(const struct client_attempt *attempt)
{
    return attempt->tried && !attempt->reached && attempt->result == WSYNC_ERR_LINK &&
           (attempt->reason == WSYNC_LINK_NO_ROUTE || attempt->reason == WSYNC_LINK_NO_HOST);
}

static enum wsync_err read_frame(struct desk_page *page)
{
    struct wsync_where_carried carried;
    enum wsync_err err = client_facts_line(page->site, &page->facts);
    if (err == WSYNC_OK) {
        err = client_read_attempt(page->site, &page->attempt);
    }
    if (err == WSYNC_OK) {
        err = read_carried(page->site, &carried);
    }
    if (err == WSYNC_OK) {
        err = wsync_wheres_read(page->site, carried, &page->wheres);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    snprintf(page->place, sizeof page->place, "%s", page->facts.unit);
    write_state(page);
    page->frame.place = page->place;
    page->frame.state = page->state;
    page->frame.offline = has_no_network(&page->attempt);
    return WSYNC_OK;
}

static enum wsync_err take_snapshot(struct desk_page *page)
{
    enum wsync_err err = desk_open(page->desk, &page->error);
    if (err == WSYNC_OK) {
        err = wsync_site_begin(page->site, WSYNC_TXN_READ, &page->error);
    }
    return err == WSYNC_OK ? read_frame(page) : err;
}

bool desk_begin(struct desk_page *page, void *context, const struct wsync_http_request *request,
                struct wsync_http_answer *answer)
{
    struct desk *desk = context;
    *page = (struct desk_page){.desk = desk,
                               .site = &desk->site,
                               .request = request,
                               .answer = answer,
                               .html = &answer->html,
                               .language = wsync_page_language(request),
                               .frame = {.request = request,
                                         .items = DESK_ITEMS,
                                         .under = under_of(request->path),
                                         .staff = desk->login.staff,
                                         .place = ""}};
    page->cli = (struct wsync_cli){.kind = WSYNC_SITE_WARD, .language = page->language};
    enum wsync_err err = take_snapshot(page);
    if (err != WSYNC_OK) {
        desk_end(page, err);
    }
    return err == WSYNC_OK;
}

void desk_head(struct desk_page *page, const char *title)
{
    page->frame.title = title;
    wsync_page_begin(page->html, &page->frame);
}

void desk_close(struct desk_page *page)
{
    if (page->desk->open && page->site->txn) {
        wsync_site_abort(page->site);
    }
}

/* What is left when the page ends: nothing that another reader or writer would wait for. */
static void leave(struct desk_page *page)
{
    desk_close(page);
    if (page->desk->open) {
        wsync_arena_release(&page->site->arena, 0);
        WSYNC_ASSERT(page->site->txn == NULL); /* before the answer goes out */
    }
}

void desk_end(struct desk_page *page, enum wsync_err err)
{
    leave(page);
    if (err == WSYNC_OK) {
        wsync_page_end(page->html, &page->frame);
        err = wsync_html_err(page->html);
    }
    if (err != WSYNC_OK) {
        wsync_html_fini(page->html);
        page->answer->status =
            err == WSYNC_ERR_NOT_FOUND || err == WSYNC_ERR_INVALID ? 404 : 500;
        wsync_page_fault(page->answer, page->frame);
    }
}

void desk_go(struct desk_page *page, const char *path)
{
    leave(page);
    wsync_html_fini(page->html);
    wsync_http_redirect(page->answer, path);
}

void desk_end_plain(struct desk_page *page)
{
    leave(page);
    wsync_http_give_file(page->answer, "text/plain; charset=utf-8", "answer.txt");
}

void desk_end_given(struct desk_page *page)
{
    leave(page);
}

void desk_give_fd(struct desk_page *page, int fd, const char *type, const char *name)
{
    leave(page);
    wsync_http_give_fd(page->answer, fd, type, name);
}

bool desk_tells(struct desk_page *page)
{
    if (!page->desk->open || !page->site->txn || page->error.text[0] == '\0') {
        return false;
    }
    page->answer->status = wsync_page_status(&page->frame);
    page->frame.notice = NULL;
    page->frame.error = page->error.text;
    return true;
}

enum wsync_err desk_act(struct desk_page *page, const struct wsync_action_ask *ask,
                        struct wsync_action_result *result)
{
    leave(page);
    enum wsync_err err =
        wsync_page_act(page->desk->pages->actions, page->request, ask, result, &page->error);
    struct wsync_error said = page->error;
    wsync_page_act_outcome(err, &page->frame);
    enum wsync_err again = take_snapshot(page);
    if (again != WSYNC_OK) {
        if (err == WSYNC_OK && result->out_fd >= 0) {
            close(result->out_fd);
        }
        return again;
    }
    page->error = said;
    return err;
}
