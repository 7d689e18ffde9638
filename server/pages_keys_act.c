/* SPDX-License-Identifier: Apache-2.0 */
/* New keys for the district.  A root key signs them; when it lies behind a passphrase, what is
 * typed goes to the command's standard input and stays nowhere. */
#include <stdio.h>
#include <string.h>

#include "host/passphrase.h"
#include "server/keys.h"
#include "server/pages_input.h"
#include "server/pages_keys.h"

struct act {
    const char *word, *key, *option; /* ask=WORD; `district keys rotate KEY OPTION` */
    const char *label[2];            /* by enum wsync_language */
    const char *question[2];
    const char *what[2]; /* will happen */
    const char *done[2];
    bool (*may)(const struct server_key_table *table);
};

static bool always(const struct server_key_table *table)
{
    (void)table;
    return true;
}

static bool is_single(const struct server_key_table *table)
{
    return table->district.endpoint_count == 1;
}

static bool is_double(const struct server_key_table *table)
{
    return table->district.endpoint_count > 1;
}

/* Wards try the older of two transport keys first. */
static bool is_unfinished(const struct server_key_table *table)
{
    uint64_t first = 0, other = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct server_key *key = &table->rows[i];
        if (key->kind == SERVER_KEY_TRANSPORT) {
            *(key->first ? &first : &other) = key->version;
        }
    }
    return is_double(table) && first < other;
}

static bool is_finished(const struct server_key_table *table)
{
    return is_double(table) && !is_unfinished(table);
}

static const struct act ACTS[] = {
    {"transport",
     "transport",
     NULL,
     {"Khóa đường truyền mới", "New transport key"},
     {"Công bố khóa đường truyền mới?", "Announce a new transport key?"},
     {"Bước một của ba. Khóa mới có cổng riêng; cả hai khóa được công bố và cùng được phục vụ. "
      "Bước hai: phường thử khóa mới trước. Bước ba, rất lâu sau: bỏ khóa cũ.",
      "Step one of three. The new key has a port of its own; both keys are announced and "
      "served. "
      "Step two: wards try the new key first. Step three, much later: the old key is retired."},
     {"Cả hai khóa đường truyền đã được công bố. Khi quận đã nghe ở cổng mới: bước hai.",
      "Both transport keys are announced. Once the district listens at the new port: step "
      "two."},
     is_single},
    {"finish",
     "transport",
     "--finish",
     {"Bước hai: thử khóa mới trước", "Step two: try the new key first"},
     {"Cho phường thử khóa mới trước?", "Have wards try the new key first?"},
     {"Phường nào biết tin sẽ thử khóa mới trước. Máy đang ngủ vẫn vào được bằng khóa cũ, đến "
      "khi bỏ khóa cũ.",
      "Wards that hear of it try the new key first. Those that sleep still get in by the old "
      "one, until it is retired."},
     {"Phường thử khóa đường truyền mới trước.", "Wards try the new transport key first."},
     is_unfinished},
    {"retire",
     "transport",
     "--retire",
     {"Bước ba: bỏ khóa cũ", "Step three: retire the old key"},
     {"Bỏ khóa đường truyền cũ?", "Retire the old transport key?"},
     {"Không trở lại được. Máy chưa biết khóa mới không vào được nữa nếu không có người mang "
      "tệp "
      "đến: \"district roster print\", rồi \"ward roster take\" ở máy ấy.",
      "There is no way back. Devices that do not know the new key cannot come in any more "
      "without a file that somebody brings: \"district roster print\", then \"ward roster "
      "take\" there."},
     {"Khóa đường truyền cũ đã thôi dùng; quận còn phục vụ nó đến khi khởi động lại.",
      "The old transport key is retired; the district serves it until it is restarted."},
     is_finished},
    {"log",
     "log",
     NULL,
     {"Khóa biên nhận mới", "New key for receipts"},
     {"Đổi khóa ký biên nhận?", "Change the key that signs receipts?"},
     {"Từ đó biên nhận được ký bằng khóa mới; biên nhận cũ vẫn có giá trị.",
      "Receipts are signed by the new key from then on; those of the one before stay good."},
     {"Từ nay biên nhận được ký bằng khóa mới.",
      "Receipts are signed by the new key from now on."},
     always},
    {"bundle",
     "bundle",
     NULL,
     {"Khóa gói mới", "New key for bundles"},
     {"Đổi khóa của gói mang bằng USB?", "Change the key of bundles on sticks?"},
     {"Từ đó gói được niêm phong bằng khóa mới; khóa trước được giữ cho những gói đang trên "
      "đường.",
      "Bundles are sealed to the new key from then on; the one before is kept, for those under "
      "way."},
     {"Từ nay gói được niêm phong bằng khóa mới.",
      "Bundles are sealed to the new key from now on."},
     always},
    {"registrar",
     "registrar",
     NULL,
     {"Khóa cấp phát mới", "New registrar"},
     {"Đổi khóa cấp phát thiết bị?", "Change the registrar?"},
     {"Từ đó khóa mới ký cho các thiết bị; khóa cũ không ký được gì nữa. Thiết bị đã có vẫn là "
      "thành viên.",
      "The new registrar signs for devices from then on, and the one before can sign nothing. "
      "Devices that are members stay so."},
     {"Từ nay khóa cấp phát mới ký cho các thiết bị.",
      "The new registrar signs for devices from now on."},
     always},
};

enum { ACT_COUNT = sizeof ACTS / sizeof *ACTS };

static const struct act *find(const char *word)
{
    for (size_t i = 0; word && i < ACT_COUNT; i++) {
        if (strcmp(ACTS[i].word, word) == 0) {
            return &ACTS[i];
        }
    }
    return NULL;
}

void server_write_key_acts(struct server_page *page, const struct server_key_table *table)
{
    wsync_html_raw(page->html, "<p class=\"actions\">\n");
    for (size_t i = 0; i < ACT_COUNT; i++) {
        if (ACTS[i].may(table)) {
            wsync_html_raw(page->html, "<a class=\"button second\" href=\"/admin/keys?ask=");
            wsync_html_part(page->html, ACTS[i].word);
            wsync_html_raw(page->html, "\">");
            wsync_html_text(page->html, ACTS[i].label[page->language]);
            wsync_html_raw(page->html, "</a>\n");
        }
    }
    wsync_html_raw(page->html, "</p>\n");
}

const char *server_key_done(const struct server_page *page, const char *word)
{
    const struct act *act = find(word);
    return act ? act->done[page->language] : NULL;
}

/* ---- asking ---- */

static bool announces(const struct act *act)
{
    return strcmp(act->word, "transport") == 0;
}

/* Who would be shut out. */
static enum wsync_err write_unaware(struct server_page *page,
                                    const struct server_key_table *table)
{
    const struct server_key *newest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct server_key *key = &table->rows[i];
        if (key->kind == SERVER_KEY_TRANSPORT && (!newest || key->version > newest->version)) {
            newest = key;
        }
    }
    enum wsync_err err =
        newest ? server_keys_unaware(page->site, newest->bytes, &count) : WSYNC_OK;
    wsync_html_raw(page->html, "<p class=\"warning\" id=\"unaware\">");
    server_say(page, "Số máy chưa liên lạc từ khi khóa mới được công bố: ",
               "Devices not heard of since the new key was announced: ");
    server_number(page, count);
    wsync_html_raw(page->html, "</p>\n");
    return err;
}

static void write_addresses(struct server_page *page)
{
    server_input(page, &(struct server_input){
                           .name = "address",
                           .label = server_word(page, "Địa chỉ phường gọi đến khóa mới",
                                                "Where wards reach the new key"),
                           .value = wsync_http_field(page->request, "address"),
                           .hint = server_word(page,
                                               "Như tcp://192.0.2.10:7701, cổng khác cổng đang "
                                               "dùng; nhiều địa chỉ thì cách nhau dấu phẩy.",
                                               "As in tcp://192.0.2.10:7701, another port than "
                                               "the one in use; commas between several."),
                           .required = true});
    server_input(page, &(struct server_input){
                           .name = "bind",
                           .label = server_word(page, "Nơi quận nghe, nếu khác",
                                                "Where the district listens, if elsewhere"),
                           .value = wsync_http_field(page->request, "bind")});
}

static enum wsync_err write_question(struct server_page *page,
                                     const struct server_key_table *table,
                                     const struct act *act)
{
    enum wsync_err err = WSYNC_OK;
    server_admin_head(page, act->question[page->language]);
    server_paragraph(page, act->what[page->language]);
    if (strcmp(act->word, "retire") == 0) {
        err = write_unaware(page, table);
    }
    wsync_page_post(page->html, &page->frame, "/admin/keys");
    server_hidden(page, "act", act->word);
    if (announces(act)) {
        write_addresses(page);
    }
    server_input(page, &(struct server_input){
                           .name = "passphrase",
                           .label = server_word(page, "Mật khẩu của khóa gốc",
                                                "Passphrase of the root key"),
                           .type = "password",
                           .hint = server_word(page,
                                               "Để trống nếu khóa gốc không có mật khẩu. Không "
                                               "được lưu ở đâu cả.",
                                               "Empty when the root key has none. It is kept "
                                               "nowhere.")});
    server_input_end(page, strcmp(act->word, "retire") == 0 ? "danger" : "",
                     act->label[page->language], "/admin/keys");
    wsync_page_end(page->html, &page->frame);
    return err;
}

static enum wsync_err choose(struct server_page *page, const struct server_key_table *table,
                             const char *word, const struct act **act)
{
    *act = find(word);
    return *act && (*act)->may(table)
               ? WSYNC_OK
               : wsync_error_set(
                     &page->error, WSYNC_ERR_NOT_FOUND, "%s",
                     server_word(page,
                                 "Việc này không làm được với khóa như đang có; xem "
                                 "lại trang khóa của quận.",
                                 "This cannot be done with the keys as they stand "
                                 "now; see the page of the district's keys."));
}

enum wsync_err server_ask_key_act(struct server_page *page,
                                  const struct server_key_table *table, const char *word)
{
    const struct act *act;
    enum wsync_err err = choose(page, table, word, &act);
    return err == WSYNC_OK ? write_question(page, table, act) : err;
}

/* ---- doing ---- */

enum { WORDS_MAX = 10, ADDRESS_BYTES_MAX = 512 };

/* The words of the command.  Standard input is named always: without it, a sealed key would be
 * asked for on the terminal that the district was started from. */
static enum wsync_err run(struct server_page *page, const struct act *act)
{
    struct wsync_action_result result;
    WSYNC_PASSPHRASE passphrase = {.len = 0};
    char address[ADDRESS_BYTES_MAX + 16], bind[ADDRESS_BYTES_MAX + 16];
    const char *typed = wsync_http_field(page->request, "passphrase");
    const char *at = wsync_http_field(page->request, "address");
    const char *here = wsync_http_field(page->request, "bind");
    const char *argv[WORDS_MAX] = {"keys", "--yes", "--passphrase-file=-"};
    size_t count = 3;
    argv[count++] = page->language == WSYNC_VI ? "--lang=vi" : "--lang=en";
    if (act->option) {
        argv[count++] = act->option;
    }
    if (announces(act)) {
        snprintf(address, sizeof address, "--address=%.*s", ADDRESS_BYTES_MAX, at ? at : "");
        argv[count++] = address;
    }
    if (announces(act) && here && here[0]) {
        snprintf(bind, sizeof bind, "--bind=%.*s", ADDRESS_BYTES_MAX, here);
        argv[count++] = bind;
    }
    argv[count++] = "--";
    argv[count++] = "rotate";
    argv[count++] = act->key;
    WSYNC_ASSERT(count < WORDS_MAX);
    passphrase.len = (size_t)snprintf(passphrase.b, sizeof passphrase.b, "%.*s\n",
                                      WSYNC_PASSPHRASE_BYTES_MAX, typed ? typed : "");
    return server_act(page,
                      &(struct wsync_action_ask){
                          .argv = argv, .input = wsync_slice(passphrase.b, passphrase.len)},
                      &result);
}

static enum wsync_err act_on(struct server_page *page)
{
    struct server_key_table table;
    const struct act *act = NULL;
    char back[64];
    enum wsync_err err = server_key_table_read(page->site, &table, &page->error);
    if (err == WSYNC_OK) {
        err = choose(page, &table, wsync_http_field(page->request, "act"), &act);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    err = run(page, act);
    if (err == WSYNC_OK) {
        snprintf(back, sizeof back, "/admin/keys?done=%s", act->word);
        wsync_http_redirect(page->answer, back);
    } else if (server_tells(page)) {
        err = write_question(page, &table, act);
    }
    return err;
}

void server_page_keys_act(void *context, const struct wsync_http_request *request,
                          struct wsync_http_answer *answer)
{
    server_page_answer(context, request, answer, act_on);
}
