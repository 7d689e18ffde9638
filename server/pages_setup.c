/* SPDX-License-Identifier: Apache-2.0 */
#include "host/page_act.h"
#include "server/pages_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/page_kept.h"
#include "host/units_csv.h"
#include "server/campaign.h"
#include "server/pages_admin.h"
#include "server/pages_input.h"

enum { TABLE_BYTES = 16 << 20, UNPROCESSABLE = 422, TARGET_BYTES = 64, STEPS = 4 };
enum { WARDS_SHOWN = 200, OPTION_BYTES = SERVER_SETUP_ADDRESSES_BYTES + 16 };
enum { WARD = 2, GROUP = 3 }; /* units_csv.h */

static const char *const NAMES[WSYNC_KEPT_FILES] = {"table", NULL, NULL};

/* One page of the first run; no site is open. */
struct view {
    struct server_pages *pages;
    struct server_page page;   /* for what pages_input.h writes */
    const char *units, *forms; /* as chosen so far */
    char addresses[SERVER_SETUP_ADDRESSES_BYTES];
};

/* False: it is over, and the answer is written. */
static bool begin(struct view *view, void *context, const struct wsync_http_request *request,
                  struct wsync_http_answer *answer)
{
    struct server_pages *pages = context;
    const char *units = wsync_http_field(request, "units");
    const char *forms = wsync_http_field(request, "forms");
    const char *addresses = wsync_http_field(request, "addresses");
    *view = (struct view){.pages = pages,
                          .page = {.request = request,
                                   .answer = answer,
                                   .html = &answer->html,
                                   .language = wsync_page_language(request),
                                   .frame = {.request = request, .place = "wardsync"}},
                          .units = units ? units : SERVER_CAMPAIGN,
                          .forms = forms ? forms : SERVER_CAMPAIGN};
    if (addresses) {
        snprintf(view->addresses, sizeof view->addresses, "%s", addresses);
    } else {
        server_setup_offer(view->addresses);
    }
    if (!pages->login.first.needed) {
        wsync_page_first_over(answer);
    }
    return pages->login.first.needed;
}

static void head(struct view *view, int step, const char *title)
{
    struct wsync_html *html = view->page.html;
    view->page.frame.title = title;
    wsync_page_begin(html, &view->page.frame);
    wsync_html_raw(html, "<p class=\"muted\">");
    server_say(&view->page, "Bước ", "Step ");
    wsync_html_number(html, step);
    server_say(&view->page, " trong ", " of ");
    wsync_html_number(html, STEPS);
    wsync_html_raw(html, "</p>\n");
}

static void end(struct view *view)
{
    wsync_page_end(view->page.html, &view->page.frame);
}

/* ---- what goes along ---- */

/* A form whose answer is another step; what was chosen before goes along. */
static void begin_step(struct view *view, const char *path)
{
    wsync_html_raw(view->page.html, "<form method=\"get\"");
    wsync_html_attr(view->page.html, "action", path);
    wsync_html_raw(view->page.html, ">\n");
    server_hidden(&view->page, "units", view->units);
}

static void end_step(struct view *view, const char *button, const char *back)
{
    struct wsync_html *html = view->page.html;
    wsync_html_raw(html, "<p class=\"actions\"><button>");
    wsync_html_text(html, button);
    wsync_html_raw(html, "</button> <a class=\"button second\" href=\"");
    wsync_html_text(html, back);
    wsync_html_raw(html, "?units=");
    wsync_html_part(html, view->units);
    wsync_html_raw(html, "&amp;forms=");
    wsync_html_part(html, view->forms);
    wsync_html_raw(html, "&amp;addresses=");
    wsync_html_part(html, view->addresses);
    wsync_html_raw(html, "\">");
    server_say(&view->page, "Quay lại", "Back");
    wsync_html_raw(html, "</a></p></form>\n");
}

static void write_choice(struct view *view, const char *name, const char *value, bool chosen,
                         const char *label)
{
    struct wsync_html *html = view->page.html;
    wsync_html_raw(html, "<label class=\"choice\"><input type=\"radio\"");
    wsync_html_attr(html, "name", name);
    wsync_html_attr(html, "value", value);
    if (chosen) {
        wsync_html_raw(html, " checked");
    }
    wsync_html_raw(html, "> ");
    wsync_html_text(html, label);
    wsync_html_raw(html, "</label>\n");
}

static void begin_choices(struct view *view, const char *legend)
{
    wsync_html_raw(view->page.html, "<fieldset><legend>");
    wsync_html_text(view->page.html, legend);
    wsync_html_raw(view->page.html, "</legend>\n");
}

static void end_choices(struct view *view)
{
    wsync_html_raw(view->page.html, "</fieldset>\n");
}

static bool has_campaign(void)
{
    char path[WSYNC_SITE_PATH_BYTES];
    return server_campaign_path("units.csv", path);
}

/* ---- 1: units ---- */

static void write_units(struct view *view)
{
    struct server_page *page = &view->page;
    bool shipped = has_campaign(), own = strcmp(view->units, SERVER_CAMPAIGN) != 0;
    const struct server_input table = {
        .name = NAMES[0],
        .label = server_word(page, "Bảng đơn vị của bạn (CSV)", "Your table of units (CSV)"),
        .type = "file",
        .hint =
            server_word(page, "Các cột: id, level, code, name, parent, valid_from, valid_to",
                        "Columns: id, level, code, name, parent, valid_from, valid_to")};
    head(view, 1, server_word(page, "Đơn vị", "Units"));
    server_paragraph(
        page,
        server_word(page,
                    "Máy này chưa là quận nào. Bốn bước: đơn vị, biểu mẫu, địa chỉ, người "
                    "quản trị. Chỉ ở bước cuối mọi thứ mới được tạo, cùng một lúc.",
                    "This machine serves no district yet. Four steps: units, forms, "
                    "addresses, the admin. Only the last one makes everything, at once."));
    wsync_page_post_files(page->html, &page->frame, "/setup/units");
    begin_choices(view,
                  server_word(page, "Quận và các phường nào?", "Which district and wards?"));
    if (shipped) {
        write_choice(view, "units", SERVER_CAMPAIGN, !own,
                     server_word(page, "Mười bốn phường của quận Long Biên (có sẵn)",
                                 "The fourteen wards of Long Biên (shipped)"));
    }
    write_choice(view, "units", "own", own || !shipped,
                 server_word(page, "Bảng của tôi, trong tệp dưới đây",
                             "A table of my own, in the file below"));
    end_choices(view);
    server_input(page, &table);
    wsync_html_raw(page->html, "<p class=\"actions\"><button>");
    server_say(page, "Tiếp: xem cây đơn vị", "Next: look at the tree");
    wsync_html_raw(page->html, "</button></p></form>\n");
    end(view);
}

void server_setup_units(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    struct view view;
    if (begin(&view, context, request, answer)) {
        write_units(&view);
    }
}

static void refuse_units(struct view *view, const char *sentence)
{
    wsync_html_fini(view->page.html);
    view->page.answer->status = UNPROCESSABLE;
    view->page.frame.error = sentence;
    write_units(view);
}

void server_setup_take_units(void *context, const struct wsync_http_request *request,
                             struct wsync_http_answer *answer)
{
    struct view view;
    char target[TARGET_BYTES];
    if (!begin(&view, context, request, answer)) {
        return;
    }
    if (strcmp(view.units, SERVER_CAMPAIGN) == 0) {
        wsync_http_redirect(answer, "/setup/tree?units=" SERVER_CAMPAIGN);
        return;
    }
    const struct wsync_kept *kept =
        wsync_http_upload(request, NAMES[0])
            ? wsync_kept_put(&view.pages->shelf, 's', request, NAMES)
            : NULL;
    if (!kept) {
        refuse_units(&view, server_word(&view.page, "Hãy chọn một tệp; tệp rỗng không tính.",
                                        "Choose a file; an empty one is none."));
        return;
    }
    snprintf(target, sizeof target, "/setup/tree?units=%s", kept->id);
    wsync_http_redirect(answer, target);
}

/* Where the chosen table is; NULL: it is kept no more, and the page that says so is written. */
static const char *find_table(struct view *view, char path[WSYNC_SITE_PATH_BYTES],
                              const struct wsync_kept **kept)
{
    *kept = NULL;
    if (strcmp(view->units, SERVER_CAMPAIGN) == 0) {
        return server_campaign_path("units.csv", path) ? path : NULL;
    }
    *kept = wsync_kept_find(&view->pages->shelf, 's', view->page.request, view->units);
    if (!*kept) {
        refuse_units(view, server_word(&view->page,
                                       "Tệp này không còn giữ nữa (15 phút); hãy gửi lại.",
                                       "This file is not kept any more (15 minutes); send it "
                                       "again."));
        return NULL;
    }
    return wsync_kept_path((*kept)->files[0], path);
}

static size_t count_below(const struct wsync_units *units, uint32_t parent)
{
    size_t count = 0;
    for (size_t i = 0; i < units->count; i++) {
        count += units->units[i].level == GROUP && units->units[i].parent == parent;
    }
    return count;
}

static void write_ward(struct view *view, const struct wsync_units *units,
                       const struct wsync_unit_row *ward)
{
    struct wsync_html *html = view->page.html;
    size_t groups = count_below(units, ward->id);
    wsync_html_raw(html, "<li>");
    wsync_html_slice(html, ward->name);
    wsync_html_raw(html, " (");
    wsync_html_slice(html, ward->code);
    wsync_html_raw(html, ")");
    if (groups > 0) {
        wsync_html_raw(html, " · ");
        server_number(&view->page, groups);
        server_say(&view->page, " tổ dân phố", " residential groups");
    }
    wsync_html_raw(html, "</li>\n");
}

/* The district, its wards, and how many groups each has; answers how many units have none above
 * them. */
static size_t write_tree(struct view *view, const struct wsync_units *units)
{
    struct wsync_html *html = view->page.html;
    size_t roots = 0, wards = 0;
    wsync_html_raw(html, "<ul id=\"tree\">\n");
    for (size_t i = 0; i < units->count; i++) {
        const struct wsync_unit_row *unit = &units->units[i];
        if (unit->parent == 0) {
            roots++;
            wsync_html_raw(html, "<li><strong>");
            wsync_html_slice(html, unit->name);
            wsync_html_raw(html, "</strong></li>\n");
        } else if (unit->level == WARD && wards++ < WARDS_SHOWN) {
            write_ward(view, units, unit);
        }
    }
    wsync_html_raw(html, "</ul>\n<p>");
    server_number(&view->page, wards);
    server_say(&view->page, " phường, tất cả ", " wards, in all ");
    server_number(&view->page, units->count);
    server_say(&view->page, " đơn vị.", " units.");
    wsync_html_raw(html, "</p>\n");
    return roots;
}

static void write_findings(struct view *view, const struct wsync_units *units)
{
    server_heading(&view->page, server_word(&view->page, "Cần sửa trước khi dùng được",
                                            "To be set right before it can be used"));
    wsync_html_raw(view->page.html, "<ul id=\"findings\">\n");
    for (size_t i = 0; i < units->finding_count && i < WSYNC_UNIT_FINDINGS_MAX; i++) {
        wsync_html_raw(view->page.html, "<li>");
        wsync_html_text(view->page.html, units->findings[i].what.text);
        wsync_html_raw(view->page.html, "</li>\n");
    }
    wsync_html_raw(view->page.html, "</ul>\n");
}

static void write_looked_at(struct view *view, const struct wsync_units *units)
{
    struct server_page *page = &view->page;
    head(view, 1, server_word(page, "Cây đơn vị", "The tree of units"));
    bool usable = units->finding_count == 0;
    if (!usable) {
        write_findings(view, units);
    } else if (write_tree(view, units) != 1) {
        usable = false;
        server_paragraph(page, server_word(page, "Cần đúng một đơn vị không có cấp trên: quận.",
                                           "Exactly one unit without a parent is needed: the "
                                           "district."));
    }
    if (usable) {
        begin_step(view, "/setup/forms");
        end_step(view, server_word(page, "Tiếp: biểu mẫu", "Next: forms"), "/setup");
    } else {
        wsync_html_raw(page->html, "<p><a class=\"button\" href=\"/setup?units=own\">");
        server_say(page, "Gửi bảng khác", "Send another table");
        wsync_html_raw(page->html, "</a></p>\n");
    }
    end(view);
}

void server_setup_tree(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct view view;
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_units units;
    struct wsync_arena arena;
    const struct wsync_kept *kept;
    if (!begin(&view, context, request, answer) || !find_table(&view, path, &kept)) {
        return;
    }
    void *block = malloc(TABLE_BYTES);
    if (!block) {
        refuse_units(&view, wsync_err_text(WSYNC_ERR_MEMORY, view.page.language));
        return;
    }
    wsync_arena_init(&arena, block, TABLE_BYTES);
    enum wsync_err err =
        wsync_units_read(path, view.page.language, &arena, &units, &view.page.error);
    if (err == WSYNC_OK) {
        write_looked_at(&view, &units);
    } else {
        refuse_units(&view, view.page.error.text);
    }
    free(block);
}

/* ---- 2: forms ---- */

void server_setup_forms(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    struct view view;
    struct server_page *page = &view.page;
    if (!begin(&view, context, request, answer)) {
        return;
    }
    bool shipped = has_campaign();
    bool later = strcmp(view.forms, "none") == 0 || !shipped;
    head(&view, 2, server_word(page, "Biểu mẫu", "Forms"));
    begin_step(&view, "/setup/addresses");
    server_hidden(page, "addresses", view.addresses);
    begin_choices(&view, server_word(page, "Phường nhập theo biểu mẫu nào?",
                                     "Which forms do the wards fill in?"));
    if (shipped) {
        write_choice(&view, "forms", SERVER_CAMPAIGN, !later,
                     server_word(page, "Biểu mẫu của chiến dịch (có sẵn)",
                                 "Those of the campaign (shipped)"));
    }
    write_choice(&view, "forms", "none", later,
                 server_word(page, "Để sau: đăng ở trang Quản trị, Biểu mẫu",
                             "Later: to be published at Administration, Forms"));
    end_choices(&view);
    end_step(&view, server_word(page, "Tiếp: địa chỉ", "Next: addresses"), "/setup/tree");
    end(&view);
}

/* ---- 3: addresses ---- */

static void write_where(struct view *view, const char *fault)
{
    struct server_page *page = &view->page;
    const struct server_input input = {
        .name = "addresses",
        .label = server_word(page, "Địa chỉ của máy này", "Addresses of this machine"),
        .type = "area",
        .value = view->addresses,
        .hint = server_word(page,
                            "Mỗi dòng một địa chỉ, như tcp://192.168.1.10:7700; phường nối đến "
                            "đó. Đã ghi sẵn các địa chỉ của máy này: bỏ dòng không dùng.",
                            "One a line, like tcp://192.168.1.10:7700; the wards dial there. "
                            "Those of this machine are filled in: take out what is not to be "
                            "used."),
        .fault = fault,
        .required = true};
    head(view, 3, server_word(page, "Phường nối đến đâu", "Where the wards reach us"));
    begin_step(view, "/setup/admin");
    server_hidden(page, "forms", view->forms);
    server_input(page, &input);
    end_step(view, server_word(page, "Tiếp: người quản trị", "Next: the admin"),
             "/setup/forms");
    end(view);
}

void server_setup_where(void *context, const struct wsync_http_request *request,
                        struct wsync_http_answer *answer)
{
    struct view view;
    if (begin(&view, context, request, answer)) {
        write_where(&view, NULL);
    }
}

/* ---- 4: the first admin, and everything ---- */

static void write_who(struct view *view, const char *fault)
{
    struct server_page *page = &view->page;
    const struct server_input inputs[] = {
        {.name = "name",
         .label = server_word(page, "Họ và tên", "Name"),
         .value = wsync_http_field(page->request, "name"),
         .required = true},
        {.name = "pin",
         .label = server_word(page, "Mật khẩu", "Password"),
         .type = "password",
         .hint = server_word(page, "Ít nhất 10 ký tự; một câu dễ nhớ là tốt.",
                             "At least 10 characters; a sentence you remember is good."),
         .required = true},
        {.name = "again",
         .label = server_word(page, "Mật khẩu, lần nữa", "The password again"),
         .type = "password",
         .required = true}};
    page->frame.error = fault;
    head(view, 4, server_word(page, "Người quản trị đầu tiên", "The first admin"));
    server_paragraph(page, server_word(page,
                                       "Bấm nút dưới đây là quận được tạo: khóa, đơn vị, biểu "
                                       "mẫu và tài khoản này.",
                                       "The button makes the district: keys, units, forms and "
                                       "this account."));
    wsync_page_post(page->html, &page->frame, "/setup/admin");
    server_hidden(page, "units", view->units);
    server_hidden(page, "forms", view->forms);
    server_hidden(page, "addresses", view->addresses);
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        server_input(page, &inputs[i]);
    }
    end_step(view, server_word(page, "Tạo quận", "Make the district"), "/setup/addresses");
    end(view);
}

static void refuse_who(struct view *view, const char *sentence)
{
    wsync_html_fini(view->page.html);
    view->page.answer->status = wsync_page_status(&view->page.frame);
    write_who(view, sentence);
}

/* Goes back to the page of the addresses where they cannot be used. */
static bool check_where(struct view *view, char list[SERVER_SETUP_ADDRESSES_BYTES])
{
    enum wsync_err err =
        server_setup_addresses(view->addresses, view->page.language, list, &view->page.error);
    if (err != WSYNC_OK) {
        view->page.answer->status = UNPROCESSABLE;
        write_where(view, view->page.error.text);
    }
    return err == WSYNC_OK;
}

void server_setup_who(void *context, const struct wsync_http_request *request,
                      struct wsync_http_answer *answer)
{
    struct view view;
    char list[SERVER_SETUP_ADDRESSES_BYTES];
    if (begin(&view, context, request, answer) && check_where(&view, list)) {
        write_who(&view, NULL);
    }
}

/* What is wrong with the account; NULL: nothing that a page can see. */
static const char *judge_who(const struct view *view)
{
    const struct server_page *page = &view->page;
    const char *name = wsync_http_field(page->request, "name");
    const char *pin = wsync_http_field(page->request, "pin");
    const char *again = wsync_http_field(page->request, "again");
    if (!name || name[0] == '\0' || strlen(name) >= WSYNC_STAFF_NAME_BYTES) {
        return server_word(page, "Hãy ghi họ và tên.", "Give the name.");
    }
    if (!pin || pin[0] == '\0' || strchr(pin, '\n')) {
        return server_word(page, "Hãy nhập mật khẩu.", "Give the password.");
    }
    return again && strcmp(pin, again) == 0
               ? NULL
               : server_word(page, "Hai lần nhập mật khẩu không giống nhau.",
                             "The two passwords differ.");
}

/* Has `district init` make everything. */
static enum wsync_err make(struct view *view, const char *list, const struct wsync_kept *kept)
{
    struct server_page *page = &view->page;
    struct wsync_action_result result;
    char address[OPTION_BYTES], admin[WSYNC_STAFF_NAME_BYTES + 16];
    snprintf(address, sizeof address, "--address=%s", list);
    snprintf(admin, sizeof admin, "--admin=%s", wsync_http_field(page->request, "name"));
    const char *const argv[] = {"init",
                                page->language == WSYNC_VI ? "--lang=vi" : "--lang=en",
                                kept ? "--units=/proc/self/fd/3" : "--units=" SERVER_CAMPAIGN,
                                strcmp(view->forms, "none") == 0 ? "--forms=none"
                                                                 : "--forms=" SERVER_CAMPAIGN,
                                address,
                                admin,
                                "--passphrase-file=-",
                                NULL};
    const struct wsync_action_ask ask = {
        .argv = argv,
        .input = wsync_slice_of(wsync_http_field(page->request, "pin")),
        .files = kept ? kept->files : NULL,
        .file_count = kept ? 1 : 0};
    return wsync_page_first_act(&view->pages->login.first, page->request, &ask, &result,
                                &page->error);
}

void server_setup_make(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    struct view view;
    char path[WSYNC_SITE_PATH_BYTES], list[SERVER_SETUP_ADDRESSES_BYTES];
    const struct wsync_kept *kept;
    if (!begin(&view, context, request, answer) || !find_table(&view, path, &kept) ||
        !check_where(&view, list)) {
        return;
    }
    const char *fault = judge_who(&view);
    if (fault) {
        refuse_who(&view, fault);
        return;
    }
    enum wsync_err err = make(&view, list, kept);
    if (err == WSYNC_OK) {
        wsync_http_redirect(answer, "/setup/done");
    } else if (err == WSYNC_ERR_EXISTS) {
        wsync_page_first_tell(&view.pages->login.first, request, answer);
    } else {
        wsync_page_act_outcome(err, &view.page.frame);
        refuse_who(&view, view.page.error.text);
    }
}

/* ---- what next ---- */

static enum wsync_err write_done(struct server_page *page)
{
    static const struct {
        const char *path, *text[2];
    } LINKS[] = {
        {"/admin/devices/new", {"Kết nạp máy của từng phường", "Enrol each ward's device"}},
        {"/admin/backups",
         {"Sao lưu, và cất khóa của quận", "Back up, and keep the keys safe"}},
        {"/admin/staff", {"Thêm cán bộ khác", "Add others of the staff"}},
        {"/admin/forms", {"Xem biểu mẫu", "Look at the forms"}},
        {"/", {"Tổng quan", "Overview"}},
    };
    server_page_head(page, server_word(page, "Quận đã sẵn sàng", "The district is ready"));
    server_heading(page, server_word(page, "Việc tiếp theo", "What next"));
    wsync_html_raw(page->html, "<ol>\n");
    for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS; i++) {
        wsync_html_raw(page->html, "<li><a");
        wsync_html_attr(page->html, "href", LINKS[i].path);
        wsync_html_raw(page->html, ">");
        wsync_html_text(page->html, LINKS[i].text[page->language]);
        wsync_html_raw(page->html, "</a></li>\n");
    }
    wsync_html_raw(page->html, "</ol>\n");
    wsync_page_end(page->html, &page->frame);
    return WSYNC_OK;
}

void server_setup_done(void *context, const struct wsync_http_request *request,
                       struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, write_done);
}
