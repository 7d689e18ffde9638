/* SPDX-License-Identifier: Apache-2.0 */
/* Xung đột: what several people wrote into one field, side by side, and a decision field by
 * field.  Until then the totals go on with the value that is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/pages_entry.h"

enum { RECORDS_MAX = 50, KEEPS_MAX = WSYNC_FIELDS_MAX };

/* One record in conflict. */
struct contest {
    struct desk_page *page;
    struct wsync_record record;
    const struct wsync_form *form;
    char id[WSYNC_RECORD_ID_BYTES];
};

/* The control of a field; its value is the place of the live value among all of the record,
 * which `seen` says to be the same. */
static void name_choice(const struct wsync_field *field, char name[16])
{
    snprintf(name, 16, "keep-%u", field->number);
}

/* Can `ward resolve` be told the value?  Not what is erased or not at hand, and no file. */
static bool can_be_told(const struct wsync_field *field, const struct wsync_value *value)
{
    return wsync_page_field_is_typed(field) && value->class != WSYNC_CLASS_PRIVATE;
}

static enum wsync_err write_value(struct contest *contest, const struct wsync_field *field,
                                  size_t at)
{
    char name[16], value[24];
    struct wsync_html *html = contest->page->html;
    const struct wsync_page_record parts = desk_parts(contest->page);
    const struct wsync_live *live = &contest->record.live[at];
    bool asked = desk_may_write(contest->page) && can_be_told(field, &live->value);
    name_choice(field, name);
    snprintf(value, sizeof value, "%zu", at);
    if (asked) {
        wsync_html_raw(html, "<label class=\"choice\"><input type=\"radio\"");
        wsync_html_attr(html, "name", name);
        wsync_html_attr(html, "value", value);
        if (live == wsync_record_shown(&contest->record, field->number, NULL)) {
            wsync_html_raw(html, " checked");
        }
        wsync_html_raw(html, "> <span>");
    } else {
        wsync_html_raw(html, "<p>");
    }
    enum wsync_err err = wsync_page_claim(&parts, &contest->record, field, at);
    wsync_html_raw(html, "<br>");
    wsync_page_effect(&parts, &contest->record, field, at);
    if (asked) {
        wsync_html_raw(html, "</span></label>");
    } else {
        wsync_html_raw(html, "</p>");
    }
    return err;
}

static enum wsync_err write_field(struct contest *contest, const struct wsync_field *field)
{
    size_t count;
    struct desk_page *page = contest->page;
    const struct wsync_record *record = &contest->record;
    if (!wsync_record_shown(record, field->number, &count) || count < 2) {
        return WSYNC_OK;
    }
    wsync_html_raw(page->html, "<fieldset><legend>");
    desk_label(page, field->label_vi, field->label_en);
    wsync_html_raw(page->html, ": ");
    if (desk_may_write(page)) {
        desk_say(page, "giữ giá trị nào?", "which value is kept?");
    } else {
        desk_say(page, "chưa ai quyết định", "nobody has decided");
    }
    wsync_html_raw(page->html, "</legend>");
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; err == WSYNC_OK && i < record->live_count; i++) {
        if (record->live[i].field == field->number) {
            err = write_value(contest, field, i);
        }
    }
    wsync_html_raw(page->html, "</fieldset>");
    return err;
}

/* Deleted by one and changed by another. */
static void write_life(struct contest *contest)
{
    struct desk_page *page = contest->page;
    bool contested;
    (void)wsync_record_life(&contest->record, &contested, NULL);
    if (!contested) {
        return;
    }
    wsync_html_raw(page->html, "<p>");
    desk_say(page,
             "Có người đã xóa bản ghi này trong khi người khác sửa nó: vẫn được tính cho đến "
             "khi quyết định.",
             "Somebody deleted this record while others changed it: it counts until it is "
             "decided.");
    if (!desk_may_write(page)) {
        wsync_html_raw(page->html, "</p>");
        return;
    }
    wsync_html_raw(page->html,
                   "</p><p class=\"actions\"><button name=\"life\" value=\"alive\">");
    desk_say(page, "Giữ bản ghi", "Keep the record");
    wsync_html_raw(page->html, "</button> <button class=\"danger\" name=\"life\" "
                               "value=\"delete\">");
    desk_say(page, "Xóa bản ghi", "Delete the record");
    wsync_html_raw(page->html, "</button></p>");
}

static bool has_fields(const struct contest *contest)
{
    size_t count = 0;
    for (size_t i = 0; i < contest->form->field_count && count < 2; i++) {
        if (!wsync_record_shown(&contest->record, contest->form->fields[i].number, &count)) {
            count = 0;
        }
    }
    return count > 1;
}

static enum wsync_err write_contest(struct contest *contest)
{
    char path[WSYNC_RECORD_ID_BYTES + 16], seen[DESK_SEEN_BYTES];
    struct desk_page *page = contest->page;
    struct wsync_html *html = page->html;
    enum wsync_err err = WSYNC_OK;
    wsync_html_raw(html, "<section class=\"card\"><h2><a href=\"/records/");
    wsync_html_part(html, contest->id);
    wsync_html_raw(html, "\">");
    desk_label(page, contest->form->title_vi, contest->form->title_en);
    wsync_html_raw(html, " ");
    wsync_html_text(html, contest->id);
    wsync_html_raw(html, "</a></h2>");
    if (desk_may_write(page)) {
        snprintf(path, sizeof path, "/resolve/%s", contest->id);
        wsync_page_post(html, &page->frame, path);
        wsync_html_raw(html, "<input type=\"hidden\" name=\"seen\"");
        wsync_html_attr(html, "value", desk_seen(&contest->record, seen));
        wsync_html_raw(html, ">");
    }
    write_life(contest);
    for (size_t i = 0; err == WSYNC_OK && i < contest->form->field_count; i++) {
        err = write_field(contest, &contest->form->fields[i]);
    }
    if (desk_may_write(page) && has_fields(contest)) {
        wsync_html_raw(html, "<p class=\"actions\"><button>");
        desk_say(page, "Lưu lựa chọn", "Save the choice");
        wsync_html_raw(html, "</button></p>");
    }
    if (desk_may_write(page)) {
        wsync_html_raw(html, "</form>");
    }
    wsync_html_raw(html, "</section>");
    return err;
}

static enum wsync_err read_contest(struct contest *contest, struct wsync_dot id)
{
    struct wsync_site *site = contest->page->site;
    enum wsync_err err = wsync_record_get(site->txn, id, 0, &site->arena, &contest->record);
    if (err == WSYNC_OK) {
        err = wsync_catalog_newest(site->catalog, site->txn, contest->record.form,
                                   &contest->form);
    }
    return err == WSYNC_OK ? wsync_record_name(site->txn, id, contest->id) : err;
}

/* The records in conflict, the newest of each log first. */
static enum wsync_err write_contests(struct desk_page *page, size_t *count, bool *more)
{
    uint8_t key[WSYNC_RECORD_KEY_BYTES];
    struct wsync_entry entry = {.key = {NULL, 0}};
    enum wsync_err err = WSYNC_OK;
    for (*count = 0; err == WSYNC_OK; *count += err == WSYNC_OK && !*more) {
        struct contest contest = {.page = page};
        size_t mark = wsync_arena_mark(&page->site->arena);
        err = wsync_txn_seek(page->site->txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_LT, &entry);
        *more = err == WSYNC_OK && *count == RECORDS_MAX;
        if (*more) {
            return WSYNC_OK;
        }
        if (err == WSYNC_OK) {
            struct wsync_dot id = wsync_record_of_key(entry.key);
            entry.key = wsync_record_key(id, key);
            err = read_contest(&contest, id);
            err = err == WSYNC_OK ? write_contest(&contest) : err;
        }
        wsync_arena_release(&page->site->arena, mark);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static void write_page(struct desk_page *page)
{
    size_t count;
    bool more;
    struct wsync_entry first = {.key = {NULL, 0}};
    desk_tells(page);
    desk_head(page, desk_word(page, "Xung đột", "Conflicts"));
    bool any = wsync_txn_seek(page->site->txn, WSYNC_TABLE_CONFLICTS, WSYNC_SEEK_GE, &first) ==
               WSYNC_OK;
    wsync_page_live_tell(page->html);
    wsync_html_raw(page->html, "<p>");
    wsync_html_text(page->html,
                    any ? desk_word(page,
                                    "Nhiều máy đã ghi khác nhau vào cùng một ô. Cho đến khi có "
                                    "người quyết định, tổng hợp tính giá trị đang hiển thị.",
                                    "Several machines wrote different values into one field. "
                                    "Until somebody decides, the totals count the one that is "
                                    "shown.")
                        : desk_word(page, "Không có xung đột nào.", "There is no conflict."));
    wsync_html_raw(page->html, "</p>");
    enum wsync_err err = write_contests(page, &count, &more);
    if (err == WSYNC_OK && more) {
        wsync_html_raw(page->html, "<p>");
        desk_say(page, "Còn nhiều xung đột nữa; chúng hiện ra khi những xung đột này xong.",
                 "There are more; they show when these are decided.");
        wsync_html_raw(page->html, "</p>");
    }
    wsync_page_live_end(page->html);
    desk_end(page, err);
}

void desk_conflicts(void *context, const struct wsync_http_request *request,
                    struct wsync_http_answer *answer)
{
    struct desk_page page;
    if (desk_begin(&page, context, request, answer)) {
        write_page(&page);
    }
}

/* ---- a decision ---- */

/* "FIELD=VALUE" of the live value that was chosen for the field; NULL in `*word`: none was. */
static enum wsync_err choose(struct contest *contest, const struct wsync_field *field,
                             const char **word)
{
    char name[16];
    size_t count, len;
    struct desk_page *page = contest->page;
    name_choice(field, name);
    *word = NULL;
    const char *choice = wsync_http_field(page->request, name);
    size_t at = choice ? strtoul(choice, NULL, 10) : SIZE_MAX;
    if (!wsync_record_shown(&contest->record, field->number, &count) || count < 2 ||
        at >= contest->record.live_count || contest->record.live[at].field != field->number ||
        !can_be_told(field, &contest->record.live[at].value)) {
        return WSYNC_OK;
    }
    const char *text =
        wsync_page_field_text(&page->site->arena, field, &contest->record.live[at].value);
    len = text ? field->name.len + strlen(text) + 2 : 0;
    char *made = text ? wsync_arena_get(&page->site->arena, len) : NULL;
    if (!made) {
        return WSYNC_ERR_MEMORY;
    }
    snprintf(made, len, "%.*s=%s", (int)field->name.len, (const char *)field->name.data, text);
    *word = made;
    return WSYNC_OK;
}

/* The command that does what was chosen; `*count` words of it are values. */
static enum wsync_err decide(struct contest *contest, const char **argv, size_t *count)
{
    struct desk_page *page = contest->page;
    size_t at = 0;
    const char *life = wsync_http_field(page->request, "life");
    argv[at++] = "resolve";
    argv[at++] = desk_lang(page);
    if (life) {
        argv[at++] = strcmp(life, "delete") == 0 ? "--delete" : "--alive";
    }
    argv[at++] = "--";
    argv[at++] = contest->id;
    *count = life ? 1 : 0;
    enum wsync_err err = WSYNC_OK;
    for (size_t i = 0; !life && err == WSYNC_OK && i < contest->form->field_count; i++) {
        const char *word;
        err = choose(contest, &contest->form->fields[i], &word);
        if (err == WSYNC_OK && word && at < WSYNC_ACTION_ARGS_MAX) {
            argv[at++] = word;
            (*count)++;
        }
    }
    argv[at] = NULL;
    return err;
}

static void refuse(struct desk_page *page, const char *sentence)
{
    snprintf(page->error.text, sizeof page->error.text, "%s", sentence);
}

void desk_resolve(void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    struct desk_page page;
    struct contest contest = {.page = &page};
    struct wsync_action_result result;
    const char *argv[WSYNC_ACTION_ARGS_MAX + 1];
    char seen[DESK_SEEN_BYTES], path[WSYNC_RECORD_ID_BYTES + 32];
    size_t count = 0;
    if (!desk_begin(&page, context, request, answer)) {
        return;
    }
    enum wsync_err err = desk_record(&page, &contest.record, &contest.form);
    if (err == WSYNC_OK) {
        err = read_contest(&contest, contest.record.id);
    }
    if (err == WSYNC_OK) {
        err = decide(&contest, argv, &count);
    }
    if (err != WSYNC_OK) {
        desk_end(&page, err);
        return;
    }
    const char *was = wsync_http_field(request, "seen");
    if (!was || strcmp(was, desk_seen(&contest.record, seen)) != 0) {
        refuse(&page, desk_word(&page,
                                "Chưa lưu: bản ghi đã thay đổi từ khi trang này mở. Hãy xem "
                                "lại các giá trị và chọn lại.",
                                "Not saved: the record was changed since this page was opened. "
                                "Look at the values and choose again."));
    } else if (count == 0) {
        refuse(&page, desk_word(&page, "Chưa chọn giá trị nào.", "No value was chosen."));
    } else if (desk_act(&page, &(struct wsync_action_ask){.argv = argv}, &result) == WSYNC_OK) {
        snprintf(path, sizeof path, "/records/%s?done=resolved", contest.id);
        desk_go(&page, path);
        return;
    }
    if (page.site->txn) {
        write_page(&page);
    } else {
        desk_end(&page, WSYNC_ERR_STORE_IO);
    }
}
