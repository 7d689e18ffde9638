/* SPDX-License-Identifier: Apache-2.0 */
/* `district keys rotate transport|log|bundle|registrar`: new keys for the installation.  The
 * new key is on disk before a statement names it and takes its place when the statement is in
 * force (next_key.h), here and now or once `root apply` brought the signatures. */
#include <stdio.h>
#include <string.h>

#include "host/grant_text.h"
#include "host/next_key.h"
#include "host/session_log.h"
#include "host/site_conf.h"
#include "server/issue.h"
#include "server/key_table.h"
#include "server/keys.h"
#include "wardsync/crypto.h"

/* One rotation on its way. */
struct rotation {
    struct wsync_cli *cli;
    struct wsync_site *site;
    struct wsync_statement statement;
    uint64_t version; /* of the roster that it was drafted upon */
    char addresses[WSYNC_ADDRESSES_MAX * (WSYNC_ADDRESS_BYTES_MAX + 1)];
    bool writes_conf;    /* the second addresses of the site's configuration are new */
    const char *done[2]; /* by enum wsync_language */
};

/* ---- one key for another ---- */

static enum wsync_err renew_log(struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_signing_pair pair;
    enum wsync_err err = wsync_next_signing(rotation->site, "log", &pair, error);
    rotation->statement.district.log_key = pair.key;
    rotation->done[WSYNC_VI] =
        "Từ nay biên nhận được ký bằng khóa mới; biên nhận của khóa trước "
        "vẫn có giá trị.";
    rotation->done[WSYNC_EN] = "Receipts are signed by the new key from now on; those of the "
                               "one before stay good.";
    wsync_wipe(&pair, sizeof pair);
    return err;
}

static enum wsync_err renew_bundle(struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_transport_pair pair;
    enum wsync_err err = wsync_next_transport(rotation->site, "bundle", &pair, error);
    rotation->statement.district.bundle_key = pair.key;
    rotation->done[WSYNC_VI] = "Từ nay gói được niêm phong bằng khóa mới; khóa trước được giữ, "
                               "cho những gói đang trên đường.";
    rotation->done[WSYNC_EN] = "Bundles are sealed to the new key from now on; the one before "
                               "is kept, for those under way.";
    wsync_wipe(&pair, sizeof pair);
    return err;
}

static enum wsync_err renew_registrar(struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_signing_pair pair;
    enum wsync_err err = wsync_next_signing(rotation->site, "registrar", &pair, error);
    rotation->statement.kind = WSYNC_STATEMENT_ROOT;
    rotation->statement.root.registrar = pair.key;
    rotation->done[WSYNC_VI] = "Từ nay khóa cấp phát mới ký cho các thiết bị.";
    rotation->done[WSYNC_EN] = "The new registrar signs for devices from now on.";
    wsync_wipe(&pair, sizeof pair);
    return err;
}

/* ---- the transport key, in three steps ---- */

/* Which of the endpoints has the next key; the count when none has. */
static size_t find_next(const struct wsync_district *district,
                        const struct wsync_transport_key *key)
{
    size_t at = 0;
    while (at < district->endpoint_count &&
           !wsync_slice_equal(WSYNC_BYTES(district->endpoints[at].key), WSYNC_BYTES(*key))) {
        at++;
    }
    return at;
}

/* Cuts `text` at its commas into addresses. */
static bool cut(char *text, struct wsync_endpoint *endpoint)
{
    char *rest = text;
    for (char *one = strtok_r(text, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        if (endpoint->address_count == WSYNC_ADDRESSES_MAX || !wsync_grant_address_ok(one)) {
            return false;
        }
        endpoint->addresses[endpoint->address_count++] = wsync_slice_of(one);
    }
    return endpoint->address_count > 0;
}

static bool set_second(struct wsync_site_conf *conf, const char *list)
{
    char text[sizeof conf->second];
    struct wsync_endpoint endpoint = {.address_count = 0};
    snprintf(text, sizeof text, "%s", list);
    if (strlen(list) >= sizeof text || !cut(text, &endpoint)) {
        return false;
    }
    conf->second_count = endpoint.address_count;
    for (size_t i = 0; i < endpoint.address_count; i++) {
        memcpy(conf->second[i], endpoint.addresses[i].data, endpoint.addresses[i].len);
        conf->second[i][endpoint.addresses[i].len] = '\0';
    }
    return true;
}

static enum wsync_err begin_overlap(struct rotation *rotation,
                                    const struct wsync_transport_key *key,
                                    struct wsync_error *error)
{
    const char *addresses = wsync_cli_value(rotation->cli, "address");
    const char *binds = wsync_cli_value(rotation->cli, "bind");
    struct wsync_district *district = &rotation->statement.district;
    struct wsync_endpoint endpoint = {.key = *key};
    snprintf(rotation->addresses, sizeof rotation->addresses, "%s", addresses ? addresses : "");
    if (!addresses || strlen(addresses) >= sizeof rotation->addresses ||
        !cut(rotation->addresses, &endpoint) ||
        !set_second(&rotation->site->conf, binds ? binds : addresses)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               "The new key needs a port of its own: --address "
                               "tcp://HOST:PORT, up to %d with commas between, and --bind if "
                               "the district listens elsewhere.",
                               WSYNC_ADDRESSES_MAX);
    }
    rotation->writes_conf = true;
    if (district->endpoint_count == WSYNC_ENDPOINTS_MAX) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS,
                               "Two keys are announced already; retire one first.");
    }
    district->endpoints[district->endpoint_count++] = endpoint;
    rotation->done[WSYNC_VI] =
        "Cả hai khóa đã được công bố.  \"district serve\" nghe cả khóa mới "
        "(ngay, hoặc sau SIGHUP).  Bước tiếp, khi nó đã nghe: --finish; "
        "rất lâu sau: --retire.";
    rotation->done[WSYNC_EN] = "Both keys are announced.  \"district serve\" listens for the "
                               "new one as well (at once, or after SIGHUP).  Next, when it "
                               "does: --finish; much later: --retire.";
    return WSYNC_OK;
}

static enum wsync_err finish_overlap(struct rotation *rotation, size_t next,
                                     struct wsync_error *error)
{
    struct wsync_district *district = &rotation->statement.district;
    if (next == 0) {
        return wsync_error_set(error, WSYNC_ERR_EXISTS, "Wards try the new key first already.");
    }
    const struct wsync_endpoint old = district->endpoints[0];
    district->endpoints[0] = district->endpoints[next];
    district->endpoints[next] = old;
    rotation->done[WSYNC_VI] =
        "Phường nào biết tin sẽ thử khóa mới trước.  Máy đang ngủ vẫn vào "
        "được bằng khóa trước, đến khi --retire.";
    rotation->done[WSYNC_EN] = "Wards that hear of it try the new key first.  Those that sleep "
                               "still get in by the one before, until --retire.";
    return WSYNC_OK;
}

enum wsync_err server_keys_unaware(struct wsync_site *site, const uint8_t *key, size_t *count)
{
    struct server_key_table table;
    struct wsync_device device;
    struct wsync_device_id at;
    const struct wsync_device_id *after = NULL;
    int64_t since = INT64_MAX;
    enum wsync_err err = server_key_table_read(site, &table, NULL);
    for (size_t i = 0; i < table.count && err == WSYNC_OK; i++) {
        bool same = memcmp(table.rows[i].bytes, key, sizeof table.rows[i].bytes) == 0;
        since = same ? table.rows[i].stamp : since;
    }
    *count = 0;
    while (err == WSYNC_OK &&
           (err = wsync_device_after(site->txn, after, &device)) == WSYNC_OK) {
        struct wsync_contact contact;
        bool member = device.role != WSYNC_ROLE_NODE && device.revoked == 0;
        enum wsync_err heard = wsync_contact_get(site->txn, &device.id, &contact);
        *count += member && (heard != WSYNC_OK || contact.last_good < since);
        at = device.id;
        after = &at;
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

static enum wsync_err retire_old(struct rotation *rotation, size_t next,
                                 struct wsync_error *error)
{
    size_t unaware;
    struct wsync_district *district = &rotation->statement.district;
    struct wsync_endpoint kept = district->endpoints[next];
    const struct wsync_endpoint old = district->endpoints[next == 0 ? 1 : 0];
    enum wsync_err err = server_keys_unaware(rotation->site, kept.key.b, &unaware);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    wsync_cli_say(
        rotation->cli,
        "%zu devices have not been heard of since the new key was announced; they will "
        "need a file (\"district roster print\", \"ward roster take\") to come in.",
        unaware);
    if (!wsync_cli_confirm(rotation->cli, "Retire the old key?")) {
        return wsync_error_set(error, WSYNC_ERR_STATE, "Nothing was changed.");
    }
    for (size_t i = 0; i < old.address_count && kept.address_count < WSYNC_ADDRESSES_MAX; i++) {
        kept.addresses[kept.address_count++] = old.addresses[i];
    }
    district->endpoints[0] = kept;
    district->endpoint_count = 1;
    rotation->done[WSYNC_VI] =
        "Khóa cũ đã thôi dùng.  \"district serve\" còn phục vụ nó đến khi "
        "khởi động lại; sau đó khóa mới trả lời ở mọi địa chỉ.";
    rotation->done[WSYNC_EN] = "The old key is retired.  \"district serve\" serves it until it "
                               "is restarted; then the new key answers at all addresses.";
    return WSYNC_OK;
}

static enum wsync_err renew_transport(struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_transport_pair pair;
    bool finish = wsync_cli_flag(rotation->cli, "finish");
    bool retire = wsync_cli_flag(rotation->cli, "retire");
    if ((finish || retire) && !wsync_next_is_there(rotation->site, "transport")) {
        return wsync_error_set(
            error, WSYNC_ERR_NOT_FOUND,
            "There is no new transport key; \"district keys rotate transport "
            "--address ...\" makes and announces one.");
    }
    enum wsync_err err = wsync_next_transport(rotation->site, "transport", &pair, error);
    struct wsync_transport_key key = pair.key;
    wsync_wipe(&pair, sizeof pair);
    if (err != WSYNC_OK) {
        return err;
    }
    size_t next = find_next(&rotation->statement.district, &key);
    bool announced = next < rotation->statement.district.endpoint_count;
    if (announced != (finish || retire)) {
        return wsync_error_set(error, WSYNC_ERR_INVALID,
                               announced ? "The new key is announced already; next: --finish, "
                                           "then --retire."
                                         : "The new key is not announced yet.");
    }
    return finish   ? finish_overlap(rotation, next, error)
           : retire ? retire_old(rotation, next, error)
                    : begin_overlap(rotation, &key, error);
}

/* ---- all of them ---- */

static const struct {
    const char *word;
    enum wsync_err (*renew)(struct rotation *rotation, struct wsync_error *error);
} WORDS[] = {{"transport", renew_transport},
             {"log", renew_log},
             {"bundle", renew_bundle},
             {"registrar", renew_registrar}};

enum { WORD_COUNT = sizeof WORDS / sizeof *WORDS };

static size_t word_at(const char *word)
{
    size_t at = 0;
    while (at < WORD_COUNT && strcmp(WORDS[at].word, word) != 0) {
        at++;
    }
    return at;
}

bool server_is_district_key(const char *word)
{
    return word_at(word) < WORD_COUNT;
}

/* The statement as it stands, to be changed in one point; a question needs a transaction that
 * holds nobody up. */
static enum wsync_err draft(struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_roster roster;
    struct wsync_site *site = rotation->site;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    rotation->statement.kind = WSYNC_STATEMENT_DISTRICT;
    err = wsync_roster_get(site->txn, &roster);
    if (err == WSYNC_OK) {
        rotation->version = roster.version;
        rotation->statement.root = roster.authority.root;
        err = wsync_roster_district(site->txn, &site->arena, &rotation->statement.district);
    }
    if (err == WSYNC_OK) {
        err = WORDS[word_at(rotation->cli->argv[1])].renew(rotation, error);
    }
    wsync_site_abort(site);
    return err;
}

/* It says all keys anew, those that another command changed meanwhile as well. */
static enum wsync_err check_draft(const struct rotation *rotation, struct wsync_error *error)
{
    struct wsync_roster roster;
    enum wsync_err err = wsync_roster_get(rotation->site->txn, &roster);
    return err != WSYNC_OK || roster.version == rotation->version
               ? err
               : wsync_error_set(error, WSYNC_ERR_BUSY,
                                 "The roster has gone on since it was looked at; nothing was "
                                 "changed, run it again.");
}

static enum wsync_err carry_out(struct rotation *rotation, bool *taken,
                                struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    struct wsync_site *site = rotation->site;
    const struct server_signers signers = server_signers_of(rotation->cli);
    enum wsync_err err = WSYNC_OK;
    if (rotation->writes_conf) {
        err = wsync_site_conf_write_binds(wsync_site_file(site->path, "conf.d", file),
                                          &site->conf, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    }
    if (err == WSYNC_OK) {
        err = check_draft(rotation, error);
    }
    if (err == WSYNC_OK) {
        err = server_issue(site, &rotation->statement, &signers, taken, error);
    }
    if (err == WSYNC_OK) {
        err = wsync_site_commit(site, error);
    }
    return err == WSYNC_OK ? wsync_next_settle(site, error) : err;
}

int server_keys_district(struct wsync_cli *cli)
{
    static struct rotation rotation;
    struct wsync_site site;
    struct wsync_error error = {{0}};
    bool taken = false;
    enum wsync_err err = wsync_site_open(cli->data_dir, WSYNC_SITE_DISTRICT, &site, &error);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    rotation = (struct rotation){.cli = cli, .site = &site};
    err = draft(&rotation, &error);
    if (err == WSYNC_OK && !cli->dry_run) {
        err = carry_out(&rotation, &taken, &error);
    }
    wsync_site_close(&site);
    if (err != WSYNC_OK) {
        return wsync_cli_fail(cli, err, &error);
    }
    if (taken) {
        wsync_cli_say(cli, "%s", rotation.done[cli->language]);
    } else if (!cli->dry_run) {
        server_say_requested(cli);
    } else {
        wsync_cli_say(cli, "Nothing was changed.");
    }
    return 0;
}
