/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/crash/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/branch.h"
#include "host/canary.h"
#include "host/doubt.h"
#include "host/file.h"
#include "host/site.h"
#include "host/verify.h"
#include "wardsync/enrol.h"
#include "wardsync/restore.h"
#include "wardsync/tree.h"

enum { STATES_MAX = 8192, ROWS_MAX = 1 << 16 };

extern char **environ;

/* One image under examination. */
struct exam {
    const struct told *told;
    enum wsync_site_kind kind;
    char data[PATH_MAX], state[PATH_MAX];
    struct wsync_site site;
    char *why;
};

static bool fail(struct exam *exam, const char *what, const char *detail)
{
    snprintf(exam->why, CHECK_WHY_BYTES, "%s%s%s", what, *detail ? ": " : "", detail);
    return false;
}

static bool good(struct exam *exam, enum wsync_err err, const char *what)
{
    return err == WSYNC_OK || fail(exam, what, wsync_err_name(err));
}

/* ---- commands ---- */

void check_read_machine(const char *folder, const char *name, struct check_machine *machine)
{
    char path[PATH_MAX];
    struct check_command *commands[] = {&machine->create, &machine->go_on};
    static char text[2][8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    *machine = (struct check_machine){.create = {.code = 0}};
    for (size_t i = 0; file && i < 2; i++) {
        char *rest = NULL;
        char *line = fgets(text[i], sizeof text[i], file) ? strdup(text[i]) : NULL;
        if (!line) {
            break;
        }
        line[strcspn(line, "\n")] = '\0';
        commands[i]->code = (int)strtol(strtok_r(line, "\t", &rest), NULL, 10);
        for (int k = 0; k < CHECK_WORDS_MAX; k++) {
            commands[i]->words[k] = strtok_r(NULL, "\t", &rest);
            if (!commands[i]->words[k]) {
                break;
            }
        }
    }
    if (file) {
        fclose(file);
    }
}

enum { EXISTS = 73 };

/* Runs it over the image; false when it does not answer as it must.  `*code` is its answer. */
static bool run(struct exam *exam, const struct check_command *command, int *code)
{
    pid_t pid;
    int status;
    char detail[128];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawn(&pid, command->words[0], &actions, NULL, command->words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed || waitpid(pid, &status, 0) != pid) {
        return fail(exam, "cannot run", command->words[0]);
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    if (*code == command->code) {
        return true;
    }
    snprintf(detail, sizeof detail, "%s answers %d, not %d", command->words[1], *code,
             command->code);
    return fail(exam, "the command does not go on from it", detail);
}

/* ---- what must be there ---- */

/* A row that was found good is good whenever it is met again. */
static bool is_known(uint64_t mark)
{
    static uint64_t known[ROWS_MAX];
    uint64_t *place = &known[mark % ROWS_MAX];
    bool same = *place == mark;
    *place = mark;
    return same;
}

static uint64_t mark_of(struct wsync_slice bytes, uint64_t mark)
{
    for (size_t i = 0; i < bytes.len; i++) {
        mark = (mark ^ bytes.data[i]) * 0x100000001b3ULL;
    }
    return mark ^ (mark >> 31);
}

/* Recomputes the chain hash of a change, and verifies the seal that ends with it. */
static bool check_change(struct exam *exam, const struct wsync_log *log, uint64_t seq)
{
    struct wsync_txn *txn = exam->site.txn;
    struct wsync_change change;
    struct wsync_hash before;
    struct wsync_seal seal;
    if (wsync_log_change(txn, log->no, seq, &change) != WSYNC_OK ||
        wsync_log_hash(txn, log->no, seq - 1, &before) != WSYNC_OK) {
        return fail(exam, "a change cannot be read", "");
    }
    bool sealed = wsync_log_next_seal(txn, log->no, seq, &seal) == WSYNC_OK && seal.seq == seq;
    uint64_t mark = mark_of(WSYNC_BYTES(before), mark_of(WSYNC_BYTES(change.hash), seq));
    mark = mark_of(change.raw.public_part, mark);
    mark = mark_of(sealed ? WSYNC_BYTES(seal.signature) : wsync_slice_of(""), mark);
    if (is_known(mark)) {
        return true;
    }
    struct wsync_hash hash = wsync_chain_next(&log->id, seq, &before, &change.raw);
    struct wsync_head head = {log->id, seq, hash};
    if (!wsync_hash_equal(&hash, &change.hash)) {
        return fail(exam, "the chain is broken", "");
    }
    return !sealed ||
           wsync_seal_verify(&log->signing_key, &seal.signature, &head, &seal.checkpoint) ||
           fail(exam, "a seal does not verify", "");
}

/* Every log, change by change, and what was said of records. */
static bool check_logs(struct exam *exam, uint64_t *own)
{
    struct wsync_log log;
    struct wsync_log_id at;
    const struct wsync_log_id *after = NULL;
    uint64_t records = 0;
    enum wsync_err err;
    *own = 0;
    while ((err = wsync_log_after(exam->site.txn, after, &log)) == WSYNC_OK) {
        for (uint64_t seq = 1; seq <= log.seq; seq++) {
            if (!check_change(exam, &log, seq)) {
                return false;
            }
        }
        for (size_t i = 0; i < exam->told->record_count; i++) {
            records += memcmp(exam->told->records[i].log, log.id.b, 4) == 0 &&
                       exam->told->records[i].seq <= log.seq;
        }
        *own += wsync_device_id_equal(&log.device, &exam->site.identity.device) ? log.seq : 0;
        at = log.id;
        after = &at;
    }
    if (err != WSYNC_ERR_NOT_FOUND) {
        return good(exam, err, "the logs cannot be read");
    }
    return records == exam->told->record_count ||
           fail(exam, "a record that a person was told is saved is not there", "");
}

static bool check_heads(struct exam *exam)
{
    static const struct wsync_hash ANY;
    char detail[64];
    for (size_t i = 0; i < exam->told->head_count; i++) {
        const struct wsync_head *head = &exam->told->heads[i];
        struct wsync_log log;
        bool held = false;
        enum wsync_err err = wsync_log_find(exam->site.txn, &head->log, &log);
        if (err == WSYNC_OK && wsync_hash_equal(&head->hash, &ANY)) {
            held = log.seq >= head->seq;
        } else if (err == WSYNC_OK) {
            err = wsync_head_held(exam->site.txn, head, &held);
        }
        if (err != WSYNC_OK || !held) {
            snprintf(detail, sizeof detail, "log %02x%02x%02x%02x change %llu", head->log.b[0],
                     head->log.b[1], head->log.b[2], head->log.b[3],
                     (unsigned long long)head->seq);
            return fail(exam, "a change that the other side was told of is not there", detail);
        }
    }
    return true;
}

/* An ack that does not name its log: some log has that hash there. */
static bool check_acks(struct exam *exam)
{
    for (size_t i = 0; i < exam->told->ack_count; i++) {
        const struct wsync_head *acked = &exam->told->acks[i];
        bool held = false;
        enum wsync_err err = WSYNC_OK;
        for (uint32_t no = 1; !held && err == WSYNC_OK; no++) {
            struct wsync_log log;
            err = wsync_log_get(exam->site.txn, no, &log);
            if (err == WSYNC_OK && log.known) {
                struct wsync_branch path;
                held = wsync_branch_find(exam->site.txn, &log, acked->seq,
                                         wsync_slice(acked->hash.b, WSYNC_ACK_HASH_BYTES),
                                         &path) == WSYNC_OK;
            }
        }
        if (!held) {
            char detail[32];
            snprintf(detail, sizeof detail, "change %llu", (unsigned long long)acked->seq);
            return fail(exam, "a change that was acknowledged is not there", detail);
        }
    }
    return true;
}

static bool check_roster(struct exam *exam)
{
    struct wsync_roster roster;
    struct wsync_tree tree;
    struct wsync_signed_checkpoint signed_one;
    struct wsync_invite_row row;
    enum wsync_err err = wsync_roster_get(exam->site.txn, &roster);
    if (err != WSYNC_OK || roster.version < exam->told->roster_version) {
        return fail(exam, "the roster is older than was told", wsync_err_name(err));
    }
    for (size_t i = 0; i < exam->told->invite_count; i++) {
        if (wsync_invite_get(exam->site.txn, &exam->told->invites[i], &row) != WSYNC_OK) {
            return fail(exam, "an invite that was handed out is not there", "");
        }
    }
    if (exam->told->checkpoint.size == 0) {
        return true;
    }
    err = wsync_tree_get(exam->site.txn, &tree);
    if (err == WSYNC_OK) {
        err = wsync_tree_checkpoint(exam->site.txn, &tree, exam->told->checkpoint.size,
                                    &signed_one);
    }
    return (err == WSYNC_OK &&
            wsync_checkpoint_equal(&signed_one.checkpoint, &exam->told->checkpoint)) ||
           fail(exam, "a checkpoint that was given is not there", wsync_err_name(err));
}

/* Are the keys that were asked for in some file? */
static bool check_keys(struct exam *exam)
{
    char path[2 * PATH_MAX];
    bool signing = false;
    bool transport = false;
    snprintf(path, sizeof path, "%s/keys", exam->data);
    DIR *folder = exam->told->has_keys ? opendir(path) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        struct wsync_signing_pair one;
        struct wsync_transport_pair other;
        snprintf(path, sizeof path, "%s/keys/%s", exam->data, entry->d_name);
        signing = signing || (wsync_keys_load_signing(path, &one, NULL) == WSYNC_OK &&
                              wsync_slice_equal(WSYNC_BYTES(one.key),
                                                WSYNC_BYTES(exam->told->keys.signing)));
        transport = transport || (wsync_keys_load_transport(path, &other, NULL) == WSYNC_OK &&
                                  wsync_slice_equal(WSYNC_BYTES(other.key),
                                                    WSYNC_BYTES(exam->told->keys.transport)));
    }
    if (folder) {
        closedir(folder);
    }
    return !exam->told->has_keys || (signing && transport) ||
           fail(exam, "the keys that the district was given are not there", "");
}

/* No doubt was raised, and a log that was spoken of stands in the canary. */
static bool check_canary(struct exam *exam)
{
    char path[2 * PATH_MAX];
    char device[2 * WSYNC_DEVICE_ID_BYTES + 1];
    enum wsync_doubt why;
    int64_t when;
    enum wsync_err err = wsync_doubt_last(exam->site.txn, &why, &when);
    if (err != WSYNC_OK || when != 0) {
        return fail(exam, "doubt was raised", wsync_doubt_text(why, WSYNC_EN));
    }
    wsync_hex_encode(WSYNC_BYTES(exam->site.identity.device), device);
    snprintf(path, sizeof path, "%s/canary-%s", exam->state, device);
    return !exam->told->saved || access(path, F_OK) == 0 ||
           fail(exam, "the canary is missing and the log was spoken of", "");
}

/* ---- state ---- */

/* The same changes under the same roster give the same state: the first time a store of these
 * heads is met all of it is computed anew from the raw log; from then on digests are compared.
 */
struct state {
    bool empty; /* not even a roster */
    struct wsync_hash heads, digest;
};

static bool read_state(struct exam *exam, struct state *state)
{
    struct wsync_log log;
    struct wsync_log_id at;
    struct wsync_roster roster;
    const struct wsync_log_id *after = NULL;
    struct wsync_hash heads = {{0}};
    enum wsync_err err = wsync_roster_get(exam->site.txn, &roster);
    struct wsync_slice parts[] = {WSYNC_BYTES(heads), WSYNC_BYTES(roster.hash)};
    while (err == WSYNC_OK &&
           (err = wsync_log_after(exam->site.txn, after, &log)) == WSYNC_OK) {
        parts[1] = WSYNC_BYTES(log.hash);
        heads = wsync_hash_parts(parts, 2);
        at = log.id;
        after = &at;
    }
    parts[1] = WSYNC_BYTES(roster.hash);
    state->heads = wsync_hash_parts(parts, 2);
    state->empty = roster.version == 0;
    if (err == WSYNC_ERR_NOT_FOUND) {
        err = wsync_ledger_digest(&exam->site.ledger, exam->site.txn, &exam->site.arena, 0,
                                  &state->digest);
    }
    return good(exam, err, "the state cannot be read");
}

static void remember_finding(void *context, const struct wsync_verify_finding *finding)
{
    struct exam *exam = context;
    char detail[WSYNC_VERIFY_TEXT_BYTES + 64];
    snprintf(detail, sizeof detail, "%s %s", finding->what, finding->place);
    (void)fail(exam, "verify finds", detail);
}

static void ignore_progress(void *context, enum wsync_verify_part part, uint64_t done,
                            uint64_t total)
{
    (void)context;
    (void)part;
    (void)done;
    (void)total;
}

static bool verify(struct exam *exam)
{
    const struct wsync_verify_watch watch = {exam, ignore_progress, remember_finding};
    struct wsync_verify_result result = {.findings = 0};
    struct wsync_error error = {{0}};
    enum wsync_err err = wsync_site_open_keys(exam->data, exam->kind, &exam->site, &error);
    if (err != WSYNC_OK) {
        return fail(exam, "the keys do not open", error.text);
    }
    err = wsync_verify_site(&exam->site, NULL, &watch, &result, &error);
    wsync_site_close(&exam->site);
    return err == WSYNC_OK ? result.findings == 0 : fail(exam, "verify ends", error.text);
}

static bool check_state(struct exam *exam, const struct state *state)
{
    static struct state states[STATES_MAX];
    static size_t count;
    for (size_t i = 0; i < count; i++) {
        if (wsync_hash_equal(&states[i].heads, &state->heads)) {
            return wsync_hash_equal(&states[i].digest, &state->digest) ||
                   fail(exam, "the state is not what these changes give", "");
        }
    }
    if (count < STATES_MAX) {
        states[count++] = *state;
    }
    return state->empty || verify(exam);
}

/* ---- all of it ---- */

static bool check_open(struct exam *exam, struct state *state)
{
    struct wsync_error error = {{0}};
    uint64_t own;
    enum wsync_err err = wsync_site_open(exam->data, exam->kind, &exam->site, &error);
    if (err != WSYNC_OK) {
        return fail(exam, "it does not open", error.text);
    }
    err = wsync_site_begin(&exam->site, WSYNC_TXN_READ, &error);
    bool fine = good(exam, err, error.text) && check_logs(exam, &own) && check_heads(exam) &&
                check_acks(exam) &&
                check_roster(exam) && check_canary(exam) && read_state(exam, state);
    if (fine && own < exam->told->changes) {
        fine = fail(exam, "fewer changes than were said to be saved", "");
    }
    wsync_site_close(&exam->site);
    return fine;
}

/* Makes the data directory, or finds that it was complete and nobody had been told yet: then
 * the work goes on. */
static bool create(struct exam *exam, const struct check_machine *machine, struct state *state)
{
    int code = 0;
    bool made = run(exam, &machine->create, &code) ||
                (code == EXISTS && run(exam, &machine->go_on, &code));
    return made && check_open(exam, state) && check_keys(exam);
}

bool check_image(const char *folder, const struct told *told,
                 const struct check_machine *machine, bool go_on, char why[CHECK_WHY_BYTES])
{
    static struct exam exam;
    char conf[2 * PATH_MAX];
    struct state state;
    int code;
    bool district = strncmp(told->machine, "district", strlen("district")) == 0;
    exam = (struct exam){.told = told, .why = why};
    exam.kind = district ? WSYNC_SITE_DISTRICT : WSYNC_SITE_WARD;
    snprintf(exam.data, sizeof exam.data, "%s/data", folder);
    snprintf(exam.state, sizeof exam.state, "%s/state", folder);
    snprintf(conf, sizeof conf, "%s/site.conf", exam.data);
    why[0] = '\0';
    setenv("WARDSYNC_STATE", exam.state, 1);
    setenv("WARDSYNC_DATA", exam.data, 1);
    bool made = access(conf, F_OK) == 0;
    bool spoken = told->ready || told->has_keys || told->head_count > 0;
    if (!made && spoken) {
        return fail(&exam, "the data directory is gone", "");
    }
    if ((made && !check_open(&exam, &state)) || !check_keys(&exam)) {
        return false;
    }
    if (!told->ready && !create(&exam, machine, &state)) {
        return false;
    }
    return check_state(&exam, &state) &&
           (!go_on || !told->ready ||
            (run(&exam, &machine->go_on, &code) && check_open(&exam, &state)));
}
