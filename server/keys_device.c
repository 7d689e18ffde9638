/* SPDX-License-Identifier: Apache-2.0 */
/* `district keys revoke|suspend|resume|rotate DEVICE` and `district revoke`: one statement
 * about one device each. */
#include <stdio.h>
#include <string.h>

#include "server/commands.h"
#include "server/device_find.h"
#include "server/issue.h"
#include "server/keys.h"

/* What is done to a device, and what it means, in words. */
struct action {
    const char *question[2]; /* by enum wsync_language; NULL: it needs no question */
    const char *done[2];     /* behind the device's name */
    enum wsync_err (*make)(struct wsync_site *site, const struct wsync_device *device,
                           struct wsync_statement *statement, struct wsync_error *error);
};

/* Large, and of one statement at a time: pins in the order of logs, each log's number, and how
 * many logs more there are. */
static struct wsync_pin pins[WSYNC_STATEMENT_PINS_MAX];
static uint32_t numbers[WSYNC_STATEMENT_PINS_MAX];
static size_t unnamed;

/* Makes room by giving up the pin of the log that was heard of last, unless that is this one.
 */
static bool make_room(size_t *count, const struct wsync_log *log)
{
    size_t last = 0;
    if (*count < WSYNC_STATEMENT_PINS_MAX) {
        return true;
    }
    unnamed++;
    for (size_t i = 1; i < *count; i++) {
        last = numbers[i] > numbers[last] ? i : last;
    }
    if (log->no > numbers[last]) {
        return false;
    }
    --*count;
    memmove(&pins[last], &pins[last + 1], (*count - last) * sizeof *pins);
    memmove(&numbers[last], &numbers[last + 1], (*count - last) * sizeof *numbers);
    return true;
}

/* What the district holds of the device's logs is what stays valid.  A statement has room for
 * so many: who opened more cannot keep itself from being removed so.  What those hold that were
 * heard of last is set apart, and can be adopted. */
static enum wsync_err collect_pins(struct wsync_site *site, const struct wsync_device *device,
                                   struct wsync_revocation *revocation)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    size_t count = 0;
    enum wsync_err err;
    unnamed = 0;
    while ((err = wsync_log_after(site->txn, after, &log)) == WSYNC_OK) {
        bool pinned = wsync_device_id_equal(&log.device, &device->id) && log.seq > 0;
        if (pinned && make_room(&count, &log)) {
            numbers[count] = log.no;
            pins[count++] = (struct wsync_pin){log.id, log.seq, log.hash};
        }
        at = log.id;
        after = &at;
    }
    revocation->device = device->id;
    revocation->pins = pins;
    revocation->pin_count = count;
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err refuse(const struct wsync_device *device, const char *why,
                             struct wsync_error *error)
{
    return wsync_error_set(error, WSYNC_ERR_EXISTS, "The device \"%s\" %s", device->name,
                           why);
}

static enum wsync_err make_removal(struct wsync_site *site, const struct wsync_device *device,
                                   struct wsync_statement *statement, struct wsync_error *error)
{
    statement->kind = WSYNC_STATEMENT_REVOKE;
    if (device->revoked != 0) {
        return refuse(device, "has been revoked already.", error);
    }
    if (device->role == WSYNC_ROLE_NODE) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "The district's own device cannot be revoked here.");
    }
    enum wsync_err err = collect_pins(site, device, &statement->revoke);
    return err == WSYNC_OK ? err
                           : wsync_error_set(error, err, "Its logs cannot be looked up: %s",
                                             wsync_err_text(err, WSYNC_EN));
}

static enum wsync_err make_suspension(struct wsync_site *site,
                                      const struct wsync_device *device,
                                      struct wsync_statement *statement,
                                      struct wsync_error *error)
{
    statement->revoke.suspend = true;
    return device->suspended != 0 && device->revoked == 0
               ? refuse(device, "is suspended already.", error)
               : make_removal(site, device, statement, error);
}

static enum wsync_err make_resumption(struct wsync_site *site,
                                      const struct wsync_device *device,
                                      struct wsync_statement *statement,
                                      struct wsync_error *error)
{
    (void)site;
    statement->kind = WSYNC_STATEMENT_RESUME;
    statement->device = device->id;
    if (device->revoked != 0) {
        return refuse(device, "was revoked, which is for good: enrol it anew.", error);
    }
    return device->suspended != 0 ? WSYNC_OK : refuse(device, "is not suspended.", error);
}

static enum wsync_err make_ask(struct wsync_site *site, const struct wsync_device *device,
                               struct wsync_statement *statement, struct wsync_error *error)
{
    (void)site;
    statement->kind = WSYNC_STATEMENT_ASK;
    statement->device = device->id;
    if (device->revoked != 0 || device->suspended != 0) {
        return refuse(device, "is not served: there is nobody to ask.", error);
    }
    return device->asked > device->keys[device->key_count - 1].version
               ? refuse(device, "has been asked already; it answers at its next sync.", error)
               : WSYNC_OK;
}

static const struct action REVOKE = {
    {"Thiết bị bị thu hồi không thể trở lại với khóa của nó. Thu hồi?",
     "A revoked device cannot come back under its keys. Revoke?"},
    {"đã bị thu hồi. Những gì quận đang giữ của nó vẫn còn giá trị; những gì đến sau bị để "
     "riêng.",
     "is revoked. What the district holds of it stays valid; what comes later is set apart."},
    make_removal};
static const struct action SUSPEND = {
    {NULL, NULL},
    {"bị tạm ngừng: từ tin tiếp theo nó không được phục vụ, và những gì nó ghi thêm ngoài phần "
     "quận đang giữ bị để riêng. \"district keys resume\" cho lại, \"district keys revoke\" "
     "là dứt hẳn.",
     "is suspended: it is not served from its next message on, and what it writes beyond what "
     "the district holds is set apart. \"district keys resume\" lifts it, \"district keys "
     "revoke\" makes it final."},
    make_suspension};
static const struct action RESUME = {
    {NULL, NULL},
    {"lại là thành viên như trước; những gì bị để riêng trong lúc đó được tính lại.",
     "is a member as before; what was set apart meanwhile counts again."},
    make_resumption};
static const struct action ASK = {
    {NULL, NULL},
    {"được yêu cầu tạo khóa mới; nó tự làm ở lần đồng bộ tới.",
     "is asked to make new keys; it does so by itself at its next sync."},
    make_ask};

/* Looks it up and asks, without holding up whoever writes. */
static enum wsync_err look_up(struct wsync_cli *cli, struct wsync_site *site,
                              struct wsync_device *device, struct wsync_error *error)
{
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = server_find_device(site, cli->argv[cli->argc - 1], device, error);
        wsync_site_abort(site);
    }
    return err;
}

/* One action on its way. */
struct act {
    const struct action *action;
    const struct server_signers *signers;
    struct wsync_device device;
    bool taken;
};

static enum wsync_err carry_out(struct wsync_site *site, struct act *act,
                                struct wsync_error *error)
{
    struct wsync_statement statement = {.kind = WSYNC_STATEMENT_ASK};
    const struct wsync_device_id id = act->device.id;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = wsync_device_get(site->txn, &id, &act->device);
    }
    if (err == WSYNC_OK) {
        err = act->action->make(site, &act->device, &statement, error);
    }
    if (err == WSYNC_OK) {
        err = server_issue(site, &statement, act->signers, &act->taken, error);
    }
    return err == WSYNC_OK ? wsync_site_commit(site, error) : err;
}

static int do_act(struct wsync_cli *cli, const struct action *action,
                  const struct server_signers *signers)
{
    struct wsync_site site;
    struct wsync_error error = {{0}};
    struct act act = {.action = action, .signers = signers};
    bool go = false;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    err = look_up(cli, &site, &act.device, &error);
    if (err == WSYNC_OK) {
        const char *question = action->question[cli->language];
        go = !cli->dry_run && (!question || wsync_cli_confirm(cli, question));
    }
    if (go) {
        err = carry_out(&site, &act, &error);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (act.taken) {
        wsync_cli_say(cli, "%s %s", act.device.name, action->done[cli->language]);
        if (unnamed > 0) {
            wsync_cli_say(
                cli,
                cli->language == WSYNC_VI
                    ? "Nó đã ghi nhiều nhật ký hơn một bản danh sách nêu được; %zu nhật ký mới "
                      "nhất bị để riêng toàn bộ: \"district quarantine\"."
                    : "It wrote more logs than a statement can name; the %zu newest are set "
                      "apart as a whole: \"district quarantine\".",
                unnamed);
        }
    } else if (go) {
        server_say_requested(cli);
    } else {
        wsync_cli_say(cli,
                      cli->language == WSYNC_VI ? "Không có gì thay đổi với %s."
                                                : "Nothing was changed for %s.",
                      act.device.name);
    }
    return 0;
}

int server_keys_device(struct wsync_cli *cli)
{
    const struct server_signers signers = server_signers_of(cli);
    static const struct {
        const char *word;
        const struct action *action;
    } WORDS[] = {
        {"revoke", &REVOKE}, {"suspend", &SUSPEND}, {"resume", &RESUME}, {"rotate", &ASK}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcmp(cli->argv[0], WORDS[i].word) == 0) {
            return do_act(cli, WORDS[i].action, &signers);
        }
    }
    return wsync_cli_usage(cli, "\"%s\" is nothing that is done to a device.", cli->argv[0]);
}

int district_revoke(struct wsync_cli *cli)
{
    return cli->argc == 1 ? do_act(cli, &REVOKE, NULL)
                          : wsync_cli_usage(cli, "Expected the name or id of one device.");
}
