/* SPDX-License-Identifier: Apache-2.0 */
#include "host/bundle_intake.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/receipts.h"
#include "host/session_log.h"
#include "wardsync/message.h"

/* ---- whose it is, and for whom ---- */

/* The key in force is bundle.key; those before it are kept as bundle-XXXX.key. */
static bool is_bundle_key(const char *name)
{
    size_t len = strlen(name);
    return strncmp(name, "bundle", 6) == 0 && len > 4 && strcmp(name + len - 4, ".key") == 0;
}

static enum wsync_err try_key(struct wsync_bundle_intake *intake, const char *name, bool *fits,
                              struct wsync_error *error)
{
    char file[WSYNC_SITE_PATH_BYTES];
    char path[WSYNC_SITE_PATH_BYTES];
    uint8_t receiver[WSYNC_BUNDLE_RECEIVER_BYTES];
    struct wsync_transport_pair pair;
    enum wsync_err err = WSYNC_OK;
    *fits = false;
    int len = snprintf(file, sizeof file, "keys/%s", name);
    if (len < 0 || (size_t)len >= sizeof file ||
        wsync_keys_load_transport(wsync_site_file(intake->site->path, file, path), &pair,
                                  error) != WSYNC_OK) {
        return WSYNC_OK; /* not one that this program wrote */
    }
    wsync_bundle_receiver(&pair.key, receiver);
    *fits = memcmp(receiver, intake->in.header.receiver, sizeof receiver) == 0;
    if (*fits) {
        err = wsync_bundle_in_unlock(&intake->in, pair.secret.b, error);
    }
    wsync_wipe(&pair, sizeof pair);
    return err;
}

static enum wsync_err unlock(struct wsync_bundle_intake *intake, struct wsync_error *error)
{
    char path[WSYNC_SITE_PATH_BYTES];
    bool fits = false;
    enum wsync_err err = try_key(intake, "bundle.key", &fits, error);
    DIR *folder = fits ? NULL : opendir(wsync_site_file(intake->site->path, "keys", path));
    struct dirent *entry;
    while (err == WSYNC_OK && !fits && folder && (entry = readdir(folder)) != NULL) {
        if (is_bundle_key(entry->d_name)) {
            err = try_key(intake, entry->d_name, &fits, error);
        }
    }
    if (folder) {
        closedir(folder);
    }
    return err == WSYNC_OK && !fits
               ? wsync_error_set(error, WSYNC_ERR_BUNDLE,
                                 "%s is sealed for another district, or for a bundle key that "
                                 "is not in %s.",
                                 intake->in.path, path)
               : err;
}

/* The device by the key that signed; that it is no member any more is asked at the answer. */
static enum wsync_err find_device(struct wsync_bundle_intake *intake, struct wsync_error *error)
{
    struct wsync_site *site = intake->site;
    const struct wsync_bundle_manifest *manifest = &intake->in.manifest;
    intake->known = false;
    if (intake->in.manifest_err != WSYNC_OK) {
        return WSYNC_OK;
    }
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err == WSYNC_OK) {
        err = wsync_device_get(site->txn, &manifest->device, &intake->device);
        intake->known = err == WSYNC_OK && wsync_device_key_at(&intake->device,
                                                               &manifest->signing_key) <
                                               intake->device.key_count;
        wsync_site_abort(site);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

enum wsync_err wsync_bundle_intake_open(struct wsync_bundle_intake *intake, const char *path,
                                        struct wsync_error *error)
{
    intake->zstd = wsync_zstd_open((struct wsync_slice){NULL, 0});
    if (!intake->zstd) {
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    enum wsync_err err = wsync_bundle_in_open(&intake->in, path, error);
    if (err == WSYNC_OK && intake->in.header.kind != WSYNC_BUNDLE_UP) {
        return wsync_error_set(error, WSYNC_ERR_BUNDLE,
                               "%s is an answer for a ward; there \"ward import\" takes it.",
                               path);
    }
    if (err == WSYNC_OK) {
        err = unlock(intake, error);
    }
    bool stranger = err == WSYNC_OK && intake->in.manifest_err == WSYNC_OK &&
                    !wsync_slice_equal(WSYNC_BYTES(intake->in.manifest.instance),
                                       WSYNC_BYTES(intake->site->conf.instance));
    if (stranger) {
        return wsync_error_set(error, WSYNC_ERR_INSTANCE, "%s is of another installation.",
                               path);
    }
    intake->part = 1;
    return err == WSYNC_OK ? find_device(intake, error) : err;
}

/* ---- taking ---- */

/* Frames that ask come first in the file; kept until the answer. */
static void keep_request(struct wsync_bundle_intake *intake, struct wsync_slice frame)
{
    bool asks = frame.len > 1 && (frame.data[1] == WSYNC_MESSAGE_HELLO ||
                                  frame.data[1] == WSYNC_MESSAGE_PROVE ||
                                  frame.data[1] == WSYNC_MESSAGE_HEADS);
    if (!asks || intake->request_count == WSYNC_BUNDLE_REQUESTS_MAX) {
        return;
    }
    uint8_t *copy = malloc(frame.len);
    if (copy) {
        memcpy(copy, frame.data, frame.len);
        intake->requests[intake->request_count++] = wsync_slice(copy, frame.len);
    }
}

static void forget_requests(struct wsync_bundle_intake *intake)
{
    for (size_t i = 0; i < intake->request_count; i++) {
        free((void *)(uintptr_t)intake->requests[i].data);
    }
    intake->request_count = 0;
}

/* What one step did so far. */
struct work {
    uint32_t parts, frames;
    uint64_t changes;
};

static bool may_go_on(const struct wsync_bundle_intake *intake, const struct work *work)
{
    return intake->part <= intake->in.part_count && work->parts < WSYNC_INTAKE_PARTS_MAX &&
           work->frames < WSYNC_INTAKE_FRAMES_MAX && work->changes < WSYNC_INTAKE_CHANGES_MAX;
}

static enum wsync_err take_frame(struct wsync_bundle_intake *intake, struct wsync_slice frame,
                                 struct work *work)
{
    struct wsync_site *site = intake->site;
    const struct wsync_bundle_taking taking = {&site->ledger, wsync_zstd_packer(intake->zstd),
                                               site->txn, &site->arena};
    struct wsync_bundle_taken taken;
    keep_request(intake, frame);
    enum wsync_err err = wsync_bundle_take(&taking, frame, &taken);
    if (err != WSYNC_OK) {
        return err;
    }
    work->frames++;
    work->changes += taken.is_set ? taken.last - taken.first + 1 : 0;
    intake->sets += taken.is_set && taken.err == WSYNC_OK;
    intake->changes += taken.changes;
    intake->statements += taken.statements;
    intake->refused_sets += taken.is_set && taken.err != WSYNC_OK;
    intake->early_sets += taken.is_set && taken.err == WSYNC_ERR_GAP;
    intake->odd_frames += !taken.is_set && taken.err != WSYNC_OK;
    if (taken.err != WSYNC_OK && intake->refused) {
        intake->refused(intake->context, &taken);
    }
    return WSYNC_OK;
}

static void pass_part(struct wsync_bundle_intake *intake)
{
    if (intake->progress) {
        intake->progress(intake->context, intake->part, intake->in.part_count);
    }
    intake->part++;
    intake->used = 0;
}

/* Frames of the part that was read; behind its last one the next part is up. */
static enum wsync_err walk_part(struct wsync_bundle_intake *intake, struct work *work)
{
    struct wsync_slice frame;
    enum wsync_err bad = WSYNC_OK;
    enum wsync_err err = WSYNC_OK;
    bool more = true;
    while (err == WSYNC_OK && more && may_go_on(intake, work)) {
        more = wsync_bundle_next_frame(intake->in.plain, &intake->used, &frame, &bad);
        err = more ? take_frame(intake, frame, work) : WSYNC_OK;
    }
    intake->odd_frames += err == WSYNC_OK && bad != WSYNC_OK;
    if (!more) {
        pass_part(intake);
    }
    return err;
}

static void note_part(struct wsync_bundle_intake *intake, uint32_t number, enum wsync_err err)
{
    if (err == WSYNC_ERR_BUNDLE && intake->broken_count < WSYNC_BUNDLE_BROKEN_SHOWN) {
        intake->broken[intake->broken_count] = number;
    }
    intake->broken_count += err == WSYNC_ERR_BUNDLE;
    intake->missing_count += err == WSYNC_ERR_GAP;
}

/* As much as one transaction takes; what is not whole is noted and passed over. */
static enum wsync_err take_some(struct wsync_bundle_intake *intake, struct wsync_error *error)
{
    struct work work = {0};
    enum wsync_err err = WSYNC_OK;
    intake->site->ledger.moment = wsync_clock_moment();
    while (err == WSYNC_OK && may_go_on(intake, &work)) { /* ends: the work grows */
        if (intake->used == 0) {
            err = wsync_bundle_in_part(&intake->in, intake->part, error);
            work.parts++;
        }
        if (err == WSYNC_OK) {
            err = walk_part(intake, &work);
            if (err != WSYNC_OK) {
                (void)wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
            }
        } else if (!wsync_err_is_ours(err)) {
            note_part(intake, intake->part, err);
            pass_part(intake);
            err = WSYNC_OK;
        }
    }
    return err;
}

/* One transaction, which a dry run goes on with in the next step and gives up in the end. */
static enum wsync_err take_step(struct wsync_bundle_intake *intake, struct wsync_error *error)
{
    struct wsync_site *site = intake->site;
    enum wsync_err err =
        site->txn ? WSYNC_OK : wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err == WSYNC_OK) {
        err = take_some(intake, error);
    }
    bool ends = intake->part > intake->in.part_count;
    if (err == WSYNC_OK && !intake->dry_run) {
        err = wsync_site_commit(site, error);
    } else if (err != WSYNC_OK || ends) {
        wsync_site_abort(site);
        site->ledger.moment.time = 0;
    }
    if (err == WSYNC_OK && ends) {
        err = find_device(intake, error);
        intake->state = WSYNC_INTAKE_TAKEN;
    }
    return err;
}

/* ---- the answer ---- */

/* Reads the frames that ask, where nothing was taken: they stand in the first parts. */
static enum wsync_err read_requests(struct wsync_bundle_intake *intake,
                                    struct wsync_error *error)
{
    size_t before = SIZE_MAX;
    enum wsync_err err = WSYNC_OK;
    uint32_t count = intake->in.part_count;
    for (uint32_t i = 1; i <= count && err == WSYNC_OK; i++) {
        struct wsync_slice frame;
        enum wsync_err bad;
        size_t used = 0;
        if (intake->request_count == before) {
            break;
        }
        before = intake->request_count;
        err = wsync_bundle_in_part(&intake->in, i, error);
        while (err == WSYNC_OK &&
               wsync_bundle_next_frame(intake->in.plain, &used, &frame, &bad)) {
            keep_request(intake, frame);
        }
    }
    return err == WSYNC_ERR_GAP ? WSYNC_ERR_BUNDLE : err;
}

/* Whether it may be talked to is asked now, as a session asks at every message. */
static enum wsync_err check_device(const struct wsync_bundle_intake *intake,
                                   struct wsync_error *error)
{
    const struct wsync_device *device = &intake->device;
    if (intake->in.manifest_err != WSYNC_OK) {
        return wsync_error_set(error, WSYNC_ERR_BUNDLE,
                               "No answer can be written: the manifest is damaged, so nobody "
                               "knows for whom.  Have the ward write another bundle.");
    }
    if (!intake->known) {
        return wsync_error_set(error, WSYNC_ERR_DEVICE,
                               "No answer is written: the roster does not know the key that "
                               "signed %s.",
                               intake->in.path);
    }
    if (device->revoked != 0 || device->suspended != 0) {
        return wsync_error_set(
            error, device->revoked != 0 ? WSYNC_ERR_REVOKED : WSYNC_ERR_SUSPENDED,
            "No answer is written: \"%s\" is %s.", device->name,
            device->revoked != 0 ? "revoked" : "suspended");
    }
    if (memcmp(&intake->in.manifest.signing_key, wsync_device_key(device),
               sizeof intake->in.manifest.signing_key) != 0) {
        return wsync_error_set(error, WSYNC_ERR_ROTATED,
                               "No answer is written: \"%s\" has new keys since; have it write "
                               "another bundle.",
                               device->name);
    }
    return WSYNC_OK;
}

static bool is_asking(const struct wsync_bundle_intake *intake)
{
    return intake->request_count > 0 && intake->requests[0].data[1] == WSYNC_MESSAGE_HELLO;
}

/* Without the key of the log there is an answer, and no receipt in it. */
static void load_desk(const struct wsync_site *site, struct wsync_desk *desk)
{
    char path[WSYNC_SITE_PATH_BYTES];
    struct wsync_signing_pair pair;
    *desk = (struct wsync_desk){.has_log = false};
    desk->has_log = wsync_keys_load_signing(wsync_site_file(site->path, "keys/log.key", path),
                                            &pair, NULL) == WSYNC_OK;
    desk->log = pair.secret;
    wsync_wipe(&pair, sizeof pair);
}

/* Whether there may be one, and what asks for it. */
static enum wsync_err check_asking(struct wsync_bundle_intake *intake,
                                   struct wsync_error *error)
{
    enum wsync_err err = check_device(intake, error);
    if (err == WSYNC_OK && intake->request_count == 0) {
        err = read_requests(intake, error);
    }
    if (err == WSYNC_ERR_BUNDLE || (err == WSYNC_OK && !is_asking(intake))) {
        return intake->in.manifest_err != WSYNC_OK
                   ? err
                   : wsync_error_set(error, WSYNC_ERR_BUNDLE,
                                     "No answer can be written: the part that asks for it is "
                                     "damaged.  Have the ward write another bundle.");
    }
    return err;
}

static enum wsync_err begin_talk(struct wsync_bundle_intake *intake, struct wsync_error *error)
{
    struct wsync_site *site = intake->site;
    load_desk(site, intake->desk);
    const struct wsync_session_setup setup = {.role = WSYNC_SESSION_DISTRICT,
                                              .ledger = &site->ledger,
                                              .instance = site->conf.instance,
                                              .program =
                                                  wsync_slice_of("district " WSYNC_VERSION),
                                              .peer = intake->device.transport_key,
                                              .desk = intake->desk,
                                              .flow = {.set_bytes = WSYNC_SET_BYTES_MAX},
                                              .carriage = WSYNC_CARRIAGE_OUT};
    const struct wsync_bundle_speech speech = {.site = site,
                                               .setup = &setup,
                                               .requests = intake->requests,
                                               .request_count = intake->request_count,
                                               .flush_bytes = WSYNC_INTAKE_SPEAK_BYTES};
    return wsync_bundle_talk_begin(&speech, intake->out, &intake->talk, error);
}

static enum wsync_err begin_answer(struct wsync_bundle_intake *intake, const char *path,
                                   struct wsync_error *error)
{
    struct wsync_bundle_header header = {.kind = WSYNC_BUNDLE_ANSWER,
                                         .id = intake->in.header.id};
    const struct wsync_bundle_to to = {path, true, &intake->in.manifest.answer,
                                       intake->answer_parts_max};
    enum wsync_err err = check_asking(intake, error);
    if (err == WSYNC_OK) {
        err = wsync_receipts_sign(intake->site, error);
    }
    if (err != WSYNC_OK) {
        return err;
    }
    intake->out = malloc(sizeof *intake->out);
    intake->desk = calloc(1, sizeof *intake->desk);
    if (!intake->out || !intake->desk) {
        free(intake->out);
        intake->out = NULL;
        return wsync_error_set(error, WSYNC_ERR_MEMORY, "There is not enough memory.");
    }
    err = wsync_bundle_out_begin(intake->out, &to, &header, error);
    if (err == WSYNC_OK) {
        err = begin_talk(intake, error);
    }
    intake->state = WSYNC_INTAKE_SPEAKING;
    return err;
}

static enum wsync_err end_answer(struct wsync_bundle_intake *intake, struct wsync_error *error)
{
    struct wsync_site *site = intake->site;
    struct wsync_bundle_out *out = intake->out;
    struct wsync_roster roster;
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_READ, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_roster_get(site->txn, &roster);
    wsync_site_abort(site);
    if (err != WSYNC_OK) {
        return wsync_error_set(error, err, "%s", wsync_err_text(err, WSYNC_EN));
    }
    out->manifest.protocol = WSYNC_PROTOCOL_VERSION;
    out->manifest.instance = site->conf.instance;
    out->manifest.device = site->identity.device;
    out->manifest.signing_key = site->identity.signing_key;
    out->manifest.time = wsync_clock_wall_s();
    out->manifest.roster_version = roster.version;
    err = wsync_bundle_out_end(out, &site->identity.secret, error);
    intake->answer_bytes = wsync_bundle_out_bytes(out);
    intake->state = WSYNC_INTAKE_ANSWERED;
    return err;
}

static enum wsync_err speak_step(struct wsync_bundle_intake *intake, struct wsync_error *error)
{
    bool more;
    enum wsync_err err = wsync_bundle_talk_step(intake->talk, &more, error);
    if (err == WSYNC_OK && more) {
        return wsync_bundle_out_sync(intake->out, error);
    }
    return err == WSYNC_OK ? end_answer(intake, error) : err;
}

/* ---- steps ---- */

enum wsync_err wsync_bundle_intake_step(struct wsync_bundle_intake *intake, const char *answer,
                                        struct wsync_error *error)
{
    WSYNC_ASSERT(intake->state != WSYNC_INTAKE_ANSWERED);
    intake->steps++;
    return intake->state == WSYNC_INTAKE_TAKING  ? take_step(intake, error)
           : intake->state == WSYNC_INTAKE_TAKEN ? begin_answer(intake, answer, error)
                                                 : speak_step(intake, error);
}

enum wsync_err wsync_bundle_intake_take(struct wsync_bundle_intake *intake,
                                        struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    while (err == WSYNC_OK && intake->state == WSYNC_INTAKE_TAKING) { /* ends: it goes on */
        err = wsync_bundle_intake_step(intake, NULL, error);
    }
    return err;
}

enum wsync_err wsync_bundle_intake_answer(struct wsync_bundle_intake *intake,
                                          const char *answer, struct wsync_error *error)
{
    enum wsync_err err = WSYNC_OK;
    intake->state = WSYNC_INTAKE_TAKEN;
    while (err == WSYNC_OK && intake->state != WSYNC_INTAKE_ANSWERED) { /* ends: it goes on */
        err = wsync_bundle_intake_step(intake, answer, error);
    }
    return err;
}

static enum wsync_err note_contact(struct wsync_txn *txn, const struct wsync_session_row *row)
{
    const struct wsync_session_facts facts = {.spoke = false};
    struct wsync_contact contact = {.first = 0};
    enum wsync_err err = wsync_contact_get(txn, &row->device, &contact);
    if (err != WSYNC_OK && err != WSYNC_ERR_NOT_FOUND) {
        return err;
    }
    const struct wsync_contact before = contact;
    wsync_contact_note(&contact, row, &facts, contact.doubts);
    contact.good_doubts = before.good_doubts;
    return wsync_contact_put(txn, &row->device, &contact);
}

enum wsync_err wsync_bundle_intake_note(const struct wsync_bundle_intake *intake,
                                        struct wsync_error *error)
{
    struct wsync_site *site = intake->site;
    int64_t now = wsync_clock_wall_s();
    uint64_t number;
    struct wsync_session_row row = {.kind = WSYNC_SESSION_KIND_SYNC,
                                    .has_device = true,
                                    .device = intake->device.id,
                                    .begun = now,
                                    .ended = now,
                                    .times = 1,
                                    .bytes_in = intake->in.size,
                                    .bytes_out = intake->answer_bytes,
                                    .changes_in = intake->changes};
    memcpy(row.key, intake->device.transport_key.b, sizeof row.key);
    enum wsync_err err = wsync_site_begin(site, WSYNC_TXN_WRITE, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = wsync_session_log_add(site->txn, &row, &number);
    if (err == WSYNC_OK) {
        err = note_contact(site->txn, &row);
    }
    if (err != WSYNC_OK) {
        wsync_site_abort(site);
        return wsync_error_set(error, err, "The session log cannot be written: %s",
                               wsync_err_text(err, WSYNC_EN));
    }
    return wsync_site_commit(site, error);
}

void wsync_bundle_intake_close(struct wsync_bundle_intake *intake)
{
    wsync_bundle_talk_end(intake->talk, NULL);
    if (intake->out) {
        wsync_bundle_out_fini(intake->out);
        free(intake->out);
    }
    if (intake->desk) {
        wsync_wipe(intake->desk, sizeof *intake->desk);
        free(intake->desk);
    }
    forget_requests(intake);
    wsync_zstd_close(intake->zstd);
    wsync_bundle_in_close(&intake->in);
}
