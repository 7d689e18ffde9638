/* SPDX-License-Identifier: Apache-2.0 */
/* Nhật ký quản trị: everything that was done, the newest on top; by kind, time and who. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/admin_log.h"
#include "host/staff.h"
#include "host/text.h"
#include "server/admin_list.h"
#include "server/figures.h"
#include "server/pages_admin.h"
#include "server/pages_input.h"
#include "wardsync/calendar.h"

enum { ROWS_MAX = 50 };

/* What the address asks for. */
struct listing {
    struct server_admin_query query;
    const char *kind, *who, *since, *until; /* as they stand there; "" when they do not */
    int32_t first_day, last_day;            /* WSYNC_NO_DAY: open */
    struct wsync_slice key;                 /* to search by who did it; empty: anybody */
    uint64_t before;                        /* places of the list above are not shown */
    unsigned signer;                        /* of the staff, whom the row above names ... */
    unsigned long long signed_version;      /* ... as who had this roster signed by a page */
};

static const char *field(const struct server_page *page, const char *name)
{
    const char *value = wsync_http_field(page->request, name);
    return value ? value : "";
}

static enum wsync_err wrong(struct server_page *page, const char *sentence)
{
    return wsync_error_set(&page->error, WSYNC_ERR_INVALID, "%s", sentence);
}

static enum wsync_err read_days(struct server_page *page, struct listing *listing)
{
    enum wsync_err err = server_read_day(page, "since", &listing->first_day);
    if (err == WSYNC_OK) {
        err = server_read_day(page, "until", &listing->last_day);
    }
    if (err == WSYNC_OK && listing->first_day != WSYNC_NO_DAY) {
        listing->query.since = server_day_begin(listing->first_day);
    }
    if (err == WSYNC_OK && listing->last_day != WSYNC_NO_DAY) {
        listing->query.until = server_day_begin(listing->last_day + 1);
    }
    return err;
}

static enum wsync_err read_listing(struct server_page *page, struct listing *listing)
{
    *listing = (struct listing){.query = {.since = INT64_MIN, .until = INT64_MAX},
                                .kind = field(page, "kind"),
                                .who = field(page, "who"),
                                .since = field(page, "since"),
                                .until = field(page, "until"),
                                .first_day = WSYNC_NO_DAY,
                                .last_day = WSYNC_NO_DAY,
                                .before = server_number_field(page, "before", UINT64_MAX)};
    if (listing->kind[0] && !server_admin_is_kind(listing->kind)) {
        return wrong(page, server_word(page, "Không có loại việc này; chọn từ danh sách.",
                                       "There is no such kind; choose one from the list."));
    }
    listing->query.kind = listing->kind[0] ? listing->kind : NULL;
    enum wsync_err err = read_days(page, listing);
    return err == WSYNC_OK ? wsync_text_search_key(wsync_slice_of(listing->who),
                                                   &page->site->arena, &listing->key)
                           : err;
}

/* ---- the filters ---- */

static void write_chooser(struct server_page *page, const struct listing *listing)
{
    server_choose_begin(page, "/admin/log");
    server_select_begin(page, "kind", server_word(page, "Việc", "What"));
    server_option(page, "", server_word(page, "Tất cả", "All"), !listing->kind[0]);
    server_admin_kind_options(page, listing->kind);
    server_select_end(page);
    server_choose_day(page, "since", server_word(page, "Từ ngày", "From"), listing->first_day);
    server_choose_day(page, "until", server_word(page, "Đến ngày", "Until"), listing->last_day);
    server_input(page, &(struct server_input){.name = "who",
                                              .label = server_word(page, "Ai", "Who"),
                                              .value = listing->who});
    server_choose_end(page);
}

/* ---- is it whole ---- */

static enum wsync_err write_check(struct server_page *page, bool *faulty)
{
    struct wsync_admin_fault fault;
    struct wsync_hash hash;
    uint64_t count = 0;
    enum wsync_err err = wsync_admin_log_check(page->site->txn, &fault);
    if (err == WSYNC_OK) {
        err = wsync_admin_log_head(page->site->txn, &count, &hash);
    }
    *faulty = err == WSYNC_OK && fault.number != 0;
    if (*faulty) {
        wsync_html_raw(page->html, "<p id=\"chain\" class=\"error\">");
        server_say(page, "Nhật ký quản trị bị sửa từ dòng ",
                   "The admin log was tampered with from row ");
        server_number(page, fault.number);
        server_say(page, ". Giữ nguyên thư mục dữ liệu làm chứng cứ và so với bản sao lưu.",
                   " on. Keep the data directory as evidence and compare it with a backup.");
    } else {
        wsync_html_raw(page->html, "<p id=\"chain\">");
        server_say(page,
                   "Chuỗi băm nguyên vẹn, số dòng: ", "The chain of hashes is whole, rows: ");
        server_number(page, count);
        server_say(page, ". Việc đã ký nằm trong danh sách thiết bị và trong nhật ký của quận.",
                   ". What was signed stands in the roster and in the district's logs.");
    }
    wsync_html_raw(page->html, "</p>\n");
    return err;
}

/* ---- the rows ---- */

static void write_row(struct server_page *page, const struct server_admin_item *item,
                      const struct server_admin_words *words)
{
    wsync_html_raw(page->html, "<tr><th scope=\"row\">");
    server_time(page, item->stamp);
    wsync_html_raw(page->html, "</th><td>");
    wsync_html_text(page->html, server_admin_kind_word(page, item->kind));
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, words->who);
    wsync_html_raw(page->html, "</td><td class=\"long\">");
    server_admin_detail(page, words->text);
    wsync_html_raw(page->html, "</td><td>");
    wsync_html_text(page->html, words->place);
    wsync_html_raw(page->html, "</td></tr>\n");
}

static bool holds(struct wsync_slice text, struct wsync_slice needle)
{
    for (size_t at = 0; at + needle.len <= text.len; at++) {
        if (memcmp(text.data + at, needle.data, needle.len) == 0) {
            return true;
        }
    }
    return false;
}

/* The number behind `word` in a text; 0 when there is none. */
static unsigned long long number_behind(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

/* Puts the name of whoever used a page before what the log has, which holds no names. */
static void name_person(struct server_page *page, struct listing *listing,
                        struct server_admin_words *words)
{
    char name[WSYNC_STAFF_NAME_BYTES], who[sizeof words->who];
    unsigned number = (unsigned)number_behind(words->who, "staff=");
    unsigned long long roster = number_behind(words->text, "roster=");
    if (number > 0 && roster > 0) {
        listing->signer = number;
        listing->signed_version = roster;
    } else if (number == 0 && listing->signer > 0 &&
               number_behind(words->place, "roster ") == listing->signed_version) {
        number = listing->signer;
    }
    if (number > 0) {
        wsync_staff_name(page->site, page->site->conf.scope, number, name);
        memcpy(who, words->who, sizeof who);
        snprintf(words->who, sizeof words->who, "%s · %.60s", name, who);
    }
}

static enum wsync_err is_by(struct server_page *page, const struct listing *listing,
                            const struct server_admin_words *words, bool *is)
{
    struct wsync_slice key;
    *is = true;
    if (listing->key.len == 0) {
        return WSYNC_OK;
    }
    enum wsync_err err =
        wsync_text_search_key(wsync_slice_of(words->who), &page->site->arena, &key);
    *is = err == WSYNC_OK && holds(key, listing->key);
    return err == WSYNC_ERR_VALUE ? WSYNC_OK : err;
}

static void write_older(struct server_page *page, const struct listing *listing,
                        uint64_t before)
{
    wsync_html_raw(page->html,
                   "<p class=\"actions\"><a class=\"button second\" href=\"/admin/log?kind=");
    wsync_html_part(page->html, listing->kind);
    wsync_html_raw(page->html, "&amp;since=");
    wsync_html_part(page->html, listing->since);
    wsync_html_raw(page->html, "&amp;until=");
    wsync_html_part(page->html, listing->until);
    wsync_html_raw(page->html, "&amp;who=");
    wsync_html_part(page->html, listing->who);
    wsync_html_raw(page->html, "&amp;before=");
    wsync_html_number(page->html, (int64_t)before);
    wsync_html_raw(page->html, "\">");
    server_say(page, "Những việc cũ hơn", "Older ones");
    wsync_html_raw(page->html, "</a></p>\n");
}

static void write_heads(struct server_page *page)
{
    server_table_begin(page, server_word(page, "Việc mới nhất ở trên", "The newest on top"));
    server_table_head(page, server_word(page, "Lúc", "When"), false);
    server_table_head(page, server_word(page, "Việc", "What"), false);
    server_table_head(page, server_word(page, "Ai", "Who"), false);
    server_table_head(page, server_word(page, "Chi tiết", "Details"), false);
    server_table_head(page, server_word(page, "Ghi ở", "Stands in"), false);
    server_table_body(page);
}

static enum wsync_err write_rows(struct server_page *page, struct listing *listing,
                                 const struct server_admin_list *list)
{
    const struct wsync_cli cli = {.kind = WSYNC_SITE_DISTRICT,
                                  .language = page->language,
                                  .json =
                                      true}; /* values in no language, as the log has them */
    size_t at = listing->before < list->count ? (size_t)listing->before : list->count;
    size_t shown = 0;
    enum wsync_err err = WSYNC_OK;
    write_heads(page);
    while (err == WSYNC_OK && at > 0 && shown < ROWS_MAX) {
        struct server_admin_words words;
        size_t mark = wsync_arena_mark(&page->site->arena);
        bool is = false;
        err = server_admin_tell(&cli, page->site, &list->items[--at], &words);
        if (err == WSYNC_OK) {
            name_person(page, listing, &words);
            err = is_by(page, listing, &words, &is);
        }
        if (err == WSYNC_OK && is) {
            write_row(page, &list->items[at], &words);
            shown++;
        }
        wsync_arena_release(&page->site->arena, mark);
    }
    server_table_end(page);
    if (err == WSYNC_OK && at > 0) {
        write_older(page, listing, at);
    } else if (shown == 0) {
        server_paragraph(page, server_word(page, "Không có việc nào như vậy.",
                                           "There is nothing of the kind."));
    }
    return err;
}

static enum wsync_err write_log(struct server_page *page)
{
    struct listing listing;
    struct server_admin_list list = {.count = 0};
    bool faulty = false;
    enum wsync_err err = read_listing(page, &listing);
    if (err != WSYNC_OK) {
        return err;
    }
    server_admin_head(page, server_word(page, "Nhật ký quản trị", "Admin log"));
    err = write_check(page, &faulty);
    if (err == WSYNC_OK) {
        write_chooser(page, &listing);
        err = server_admin_gather(page->site, &listing.query, faulty, &list);
    }
    if (err == WSYNC_OK) {
        err = write_rows(page, &listing, &list);
    }
    server_admin_list_free(&list);
    wsync_page_end(page->html, &page->frame);
    return err;
}

void server_page_admin_log(void *context, const struct wsync_http_request *request,
                           struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_log);
}
