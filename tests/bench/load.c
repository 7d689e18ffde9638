/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "tests/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "wardsync/chain.h"
#include "wardsync/crypto.h"
#include "wardsync/message.h"

enum { FIELDS = 12, BLOCK_BYTES = 1 << 20, STAMP = 1650000000, FIRST_WARD = 2 };

int32_t load_first_day = LOAD_FIRST_DAY;

void load_must(enum wsync_err err, const char *what)
{
    if (err != WSYNC_OK) {
        fprintf(stderr, "bench: %s: %s\n", what, wsync_err_name(err));
        exit(70);
    }
}

static double of_clock(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        exit(70);
    }
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double load_seconds(void)
{
    return of_clock(CLOCK_MONOTONIC);
}

double load_cpu(void)
{
    return of_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void load_hold(size_t bytes)
{
    if (mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
             -1, 0) == MAP_FAILED) {
        load_must(WSYNC_ERR_MEMORY, "memory to hold");
    }
}

void load_open(struct wsync_site *site, const char *path)
{
    struct wsync_error error = {{0}};
    load_must(wsync_site_open(path, WSYNC_SITE_DISTRICT, site, &error), error.text);
}

static size_t varint_bytes(int64_t value)
{
    uint64_t zigzag = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    size_t bytes = 1;
    while (zigzag >= 128) {
        zigzag >>= 7;
        bytes++;
    }
    return bytes;
}

size_t load_value_bytes(const struct wsync_write *writes, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct wsync_value *value = &writes[i].value;
        bytes +=
            value->class == WSYNC_CLASS_TEXT ? value->text.len : varint_bytes(value->integer);
    }
    return bytes;
}

static struct wsync_write integer(uint32_t field, int64_t value)
{
    return (struct wsync_write){field, false, {.class = WSYNC_CLASS_INTEGER, .integer = value}};
}

static struct wsync_write text(uint32_t field, const char *value, size_t len)
{
    return (struct wsync_write){
        field, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice(value, len)}};
}

size_t load_record(uint32_t unit, uint64_t n, uint64_t of, struct wsync_write *writes)
{
    static char place[64];
    static char team[64];
    static char note[LOAD_VALUE_BYTES];
    static const char WORDS[] = "Thu gom rác thải, quét dọn ngõ xóm, bóc xóa quảng cáo rao "
                                "vặt, khơi thông cống rãnh, nhắc nhở các hộ để vật liệu trên "
                                "vỉa hè, bàn giao cho tổ dân phố trông coi, hẹn kiểm tra lại "
                                "tuần sau ";
    size_t count = 0;
    int place_len = snprintf(place, sizeof place, "Ngõ %u phố Lâm Du", (unsigned)(n % 900) + 1);
    int team_len = snprintf(team, sizeof team, "Hội Phụ nữ, Đoàn Thanh niên");
    uint32_t group = (unit - 1) * 100 + 1 + (uint32_t)(n % LOAD_GROUPS);
    writes[count++] = integer(1, load_first_day + (int64_t)(n * LOAD_DAYS / of));
    writes[count++] = integer(2, group);
    writes[count++] = integer(3, 10 + (int64_t)(n % 90));
    writes[count++] = integer(4, (int64_t)(n % 12));
    writes[count++] = integer(5, 100 + (int64_t)(n % 900));
    writes[count++] = integer(6, 50 + (int64_t)(n % 3000));
    writes[count++] = integer(7, 1 + (int64_t)(n % 5));
    writes[count++] = integer(8, 1 + (int64_t)(n % 2));
    writes[count++] = integer(9, 1 + (int64_t)(n % 3));
    writes[count++] = text(10, place, (size_t)place_len);
    writes[count++] = text(11, team, (size_t)team_len);
    size_t left = LOAD_VALUE_BYTES - load_value_bytes(writes, count);
    memcpy(note, WORDS, left < sizeof WORDS ? left : sizeof WORDS - 1);
    while (left > 0 && ((unsigned char)WORDS[left] & 0xc0U) == 0x80) { /* whole letters */
        note[--left] = '.';
    }
    left = LOAD_VALUE_BYTES - load_value_bytes(writes, count);
    for (size_t i = left; i > 0 && ((unsigned char)note[i - 1] & 0x80U) != 0; i--) {
        note[i - 1] = '.';
    }
    writes[count++] = text(12, note, left);
    return count;
}

static void *block(size_t bytes)
{
    void *memory = malloc(bytes);
    if (!memory) {
        load_must(WSYNC_ERR_MEMORY, "memory");
    }
    return memory;
}

void load_known(struct load *load, const struct wsync_site *district)
{
    for (uint32_t i = 0; i < LOAD_WARDS; i++) {
        struct load_ward *ward = &load->wards[i];
        uint8_t seed[32] = {(uint8_t)(i + 1), 77};
        wsync_signing_pair(seed, &ward->identity.signing_key, &ward->identity.secret);
        ward->identity.device =
            wsync_device_of(&district->conf.instance, &ward->identity.signing_key);
        ward->transport.b[0] = (uint8_t)(i + 1);
        ward->unit = FIRST_WARD + i;
    }
}

void load_enrol(const struct load_ward *wards, size_t count, struct wsync_site *district)
{
    struct wsync_signing_pair registrar;
    struct wsync_error error = {{0}};
    char file[WSYNC_SITE_PATH_BYTES];
    wsync_site_file(district->path, "keys/registrar.key", file);
    load_must(wsync_keys_load_signing(file, &registrar, &error), error.text);
    load_must(wsync_site_begin(district, WSYNC_TXN_WRITE, &error), error.text);
    for (size_t i = 0; i < count; i++) {
        struct wsync_signed_statement issued;
        struct wsync_statement statement = {
            .kind = WSYNC_STATEMENT_ENROL,
            .enrol = {.signing_key = wards[i].identity.signing_key,
                      .transport_key = wards[i].transport,
                      .role = WSYNC_ROLE_CLERK,
                      .scopes = &wards[i].unit,
                      .scope_count = 1,
                      .name = wsync_slice_of("bench")}};
        size_t mark = wsync_arena_mark(&district->arena);
        load_must(wsync_roster_issue(district->txn, &district->arena, &statement,
                                     &registrar.secret, &issued),
                  "enrol");
        wsync_arena_release(&district->arena, mark);
    }
    load_must(wsync_site_commit(district, &error), error.text);
}

/* One ward's log in the making. */
struct writing {
    struct load_ward *ward;
    struct wsync_arena arena; /* of one set */
    struct wsync_head head;
    struct wsync_hash before;
    struct wsync_raw_change changes[WSYNC_SET_CHANGES_MAX];
    size_t count, weight;
    uint64_t first, of; /* of: records in all */
};

static void finish_set(struct writing *writing)
{
    struct load_ward *ward = writing->ward;
    struct wsync_message message = {.type = WSYNC_MESSAGE_CHANGES};
    struct wsync_change_set *set = &message.changes;
    struct wsync_slice frame;
    set->log = ward->log;
    set->first = writing->first;
    set->genesis = writing->first == 1 ? ward->genesis : wsync_slice(NULL, 0);
    set->changes = block(writing->count * sizeof *set->changes);
    set->change_count = writing->count;
    memcpy(set->changes, writing->changes, writing->count * sizeof *set->changes);
    memcpy(set->previous, writing->before.b, sizeof set->previous);
    set->sealed = true;
    set->seal = wsync_seal_sign(&ward->identity.secret, &writing->head, &set->checkpoint);
    load_must(wsync_message_encode(&message, &writing->arena, &frame), "frame");
    uint8_t *copy = block(frame.len);
    memcpy(copy, frame.data, frame.len);
    ward->frames = realloc(ward->frames, (ward->frame_count + 1) * sizeof *ward->frames);
    if (!ward->frames) {
        load_must(WSYNC_ERR_MEMORY, "memory");
    }
    ward->frames[ward->frame_count++] = (struct load_frame){wsync_slice(copy, frame.len), *set};
    writing->first = writing->head.seq + 1;
    writing->before = writing->head.hash;
    writing->count = writing->weight = 0;
    wsync_arena_release(&writing->arena, 0);
}

static void add_change(struct writing *writing, uint64_t n, size_t set_bytes)
{
    struct wsync_write writes[FIELDS];
    size_t count = load_record(writing->ward->unit, n, writing->of, writes);
    struct wsync_operation operation = {.form = LOAD_FORM,
                                        .version = 1,
                                        .creates = true,
                                        .writes = writes,
                                        .write_count = count};
    const struct wsync_draft draft = {.context = {.stamp_delta = 40, .actor = 1},
                                      .operations = &operation,
                                      .operation_count = 1};
    struct wsync_raw_change raw;
    size_t mark = wsync_arena_mark(&writing->arena);
    load_must(wsync_draft_encode(&draft, &writing->arena, &raw), "change");
    size_t weight = raw.public_part.len + WSYNC_CHANGE_WEIGHT_BYTES;
    if (writing->weight + weight > set_bytes) {
        wsync_arena_release(&writing->arena, mark);
        finish_set(writing);
        load_must(wsync_draft_encode(&draft, &writing->arena, &raw), "change");
    }
    uint8_t *copy = block(raw.public_part.len); /* the floor hashes it again */
    memcpy(copy, raw.public_part.data, raw.public_part.len);
    raw.public_part.data = copy;
    writing->changes[writing->count++] = raw;
    writing->weight += weight;
    writing->head.seq++;
    writing->head.hash =
        wsync_chain_next(&writing->ward->log, writing->head.seq, &writing->head.hash, &raw);
}

static void write_ward(struct load_ward *ward, const struct wsync_site *district,
                       uint64_t roster_version, uint64_t changes, size_t set_bytes)
{
    static struct writing writing;
    struct wsync_genesis genesis = {.format = WSYNC_FORMAT_VERSION,
                                    .instance = district->conf.instance,
                                    .scope = ward->unit,
                                    .device = ward->identity.device,
                                    .signing_key = ward->identity.signing_key,
                                    .roster_version = roster_version,
                                    .stamp = STAMP,
                                    .random = {(uint8_t)ward->unit}};
    writing = (struct writing){.ward = ward, .first = 1, .of = changes};
    uint8_t *memory = aligned_alloc(16, BLOCK_BYTES);
    wsync_arena_init(&writing.arena, memory, BLOCK_BYTES);
    load_must(wsync_genesis_encode(&genesis, &writing.arena, &ward->genesis), "genesis");
    uint8_t *copy = block(ward->genesis.len);
    memcpy(copy, ward->genesis.data, ward->genesis.len);
    ward->genesis.data = copy;
    ward->start = wsync_chain_start(ward->genesis);
    ward->log = wsync_chain_log_id(&ward->start);
    writing.head = (struct wsync_head){ward->log, 0, ward->start};
    writing.before = ward->start;
    wsync_arena_release(&writing.arena, 0);
    for (uint64_t n = 0; n < changes; n++) {
        add_change(&writing, n, set_bytes);
    }
    finish_set(&writing);
    free(memory);
}

void load_write(struct load *load, struct wsync_site *district, uint64_t changes,
                size_t set_bytes)
{
    struct wsync_roster roster;
    struct wsync_error error = {{0}};
    load_must(wsync_site_begin(district, WSYNC_TXN_READ, &error), error.text);
    load_must(wsync_roster_get(district->txn, &roster), "roster");
    wsync_site_abort(district);
    for (size_t i = 0; i < LOAD_WARDS; i++) {
        write_ward(&load->wards[i], district, roster.version, changes / LOAD_WARDS, set_bytes);
        load->changes += changes / LOAD_WARDS;
    }
}
