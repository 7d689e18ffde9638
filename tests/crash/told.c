/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/crash/told.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/invite_text.h"

enum { ARENA_BYTES = 1 << 20, LINE_BYTES = 1024 };

static bool is_district(const struct told *told)
{
    return strncmp(told->machine, "district", strlen("district")) == 0;
}

/* ---- frames ---- */

static void hear_head(struct told *told, const struct wsync_head *head)
{
    size_t i = 0;
    while (i < told->head_count && !wsync_log_id_equal(&told->heads[i].log, &head->log)) {
        i++;
    }
    if (i == TOLD_HEADS_MAX) {
        fprintf(stderr, "crash laboratory: more than %d logs\n", TOLD_HEADS_MAX);
        exit(70);
    }
    if (i == told->head_count) {
        told->heads[told->head_count++] = *head;
    } else if (told->heads[i].seq >= head->seq) {
        return;
    }
    told->heads[i] = *head;
    told->count++;
}

static void hear_heads(struct told *told, const struct wsync_head *heads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hear_head(told, &heads[i]);
    }
}

static void hear_ack(struct told *told, const struct wsync_ack *ack)
{
    struct wsync_head own = {.seq = ack->own};
    memcpy(own.hash.b, ack->at, sizeof ack->at);
    hear_heads(told, ack->items, ack->count);
    size_t i = 0;
    while (i < told->ack_count && wsync_head_compare(&told->acks[i], &own) != 0) {
        i++;
    }
    if (own.seq == 0 || i < told->ack_count) {
        return;
    }
    if (i == TOLD_ACKS_MAX) {
        fprintf(stderr, "crash laboratory: more than %d acks\n", TOLD_ACKS_MAX);
        exit(70);
    }
    told->acks[told->ack_count++] = own;
    told->count++;
}

static void hear_roster(struct told *told, const struct wsync_signed_statement *statements,
                        size_t count)
{
    (void)statements; /* which they are follows from the version that is said beside them */
    told->count += count > 0;
}

static void hear_version(struct told *told, uint64_t version)
{
    told->count += version > told->roster_version;
    told->roster_version = version > told->roster_version ? version : told->roster_version;
}

static void hear_keys(struct told *told, struct told_keys keys)
{
    told->keys = keys;
    told->has_keys = true;
    told->count++;
}

static void hear_message(struct told *told, const struct wsync_message *message)
{
    switch (message->type) {
    case WSYNC_MESSAGE_HELLO:
        hear_heads(told, &message->hello.own, message->hello.has_own);
        hear_version(told, message->hello.roster_version);
        told->saved = told->saved || (message->hello.has_own && message->hello.own.seq > 0);
        break;
    case WSYNC_MESSAGE_WELCOME:
        hear_heads(told, &message->welcome.own, message->welcome.has_own);
        hear_version(told, message->welcome.roster_version);
        break;
    case WSYNC_MESSAGE_ROSTER:
        hear_roster(told, message->roster.items, message->roster.count);
        break;
    case WSYNC_MESSAGE_HEADS:
        hear_heads(told, message->heads.items, message->heads.count);
        break;
    case WSYNC_MESSAGE_ACK:
        hear_ack(told, &message->ack);
        break;
    case WSYNC_MESSAGE_RECEIPT:
        if (message->receipt.checkpoint.checkpoint.size > told->checkpoint.size) {
            told->checkpoint = message->receipt.checkpoint.checkpoint;
            told->count++;
        }
        break;
    case WSYNC_MESSAGE_ENROL:
        hear_keys(told,
                  (struct told_keys){message->enrol.signing_key, message->enrol.transport_key});
        break;
    case WSYNC_MESSAGE_ROTATE:
        hear_keys(told, (struct told_keys){message->rotate.signing_key,
                                           message->rotate.transport_key});
        break;
    case WSYNC_MESSAGE_CHANGES: /* its head follows: the district states it, an Ack names it */
    case WSYNC_MESSAGE_PACKED:  /* likewise */
    case WSYNC_MESSAGE_REJECT:
    case WSYNC_MESSAGE_BYE:
    case WSYNC_MESSAGE_GRANT:
    case WSYNC_MESSAGE_PROVE:
    case WSYNC_MESSAGE_BLOB_WANT:
    case WSYNC_MESSAGE_BLOB_CHUNK:
    case WSYNC_MESSAGE_BLOB_OFFER:
    case WSYNC_MESSAGE_STILL: /* repeats what Hello said, which is durable where it was said */
        break;
    }
}

/* A change-set has no hash in it: what it ends with is computed as its receiver does. */
static void hear_changes(struct told *told, const struct wsync_change_set *set)
{
    struct wsync_head head = {.log = set->log, .seq = set->first + set->change_count - 1};
    if (set->change_count > 0) {
        hear_head(told, &head); /* all zero: any hash */
    }
}

static void hear_frame(struct told *told, struct wsync_slice frame)
{
    static uint8_t block[ARENA_BYTES];
    struct wsync_arena arena;
    struct wsync_message message;
    wsync_arena_init(&arena, block, sizeof block);
    if (wsync_message_decode(frame, &arena, &message) != WSYNC_OK) {
        return; /* a line of the handshake */
    }
    hear_message(told, &message);
    if (message.type == WSYNC_MESSAGE_CHANGES) {
        hear_changes(told, &message.changes);
    }
}

/* ---- lines ---- */

static void hear_invite(struct told *told, const char *line)
{
    static uint8_t block[ARENA_BYTES];
    struct wsync_arena arena;
    struct wsync_invite invite;
    struct wsync_error error;
    wsync_arena_init(&arena, block, sizeof block);
    if (told->invite_count < TOLD_INVITES_MAX &&
        wsync_invite_parse(line, &arena, &invite, &error) == WSYNC_OK) {
        told->invites[told->invite_count++] = wsync_invite_pair(&invite).key;
        told->count++;
    }
}

static void hear_record(struct told *told, struct told_record record)
{
    size_t i = 0;
    while (i < told->record_count && memcmp(told->records[i].log, record.log, 4) != 0) {
        i++;
    }
    if (i == TOLD_RECORDS_MAX) {
        return;
    }
    told->record_count += i == told->record_count;
    told->records[i] = record;
    told->count++;
}

static void hear_line(struct told *told, const char *line)
{
    unsigned long long number;
    unsigned log[4];
    int end = 0;
    const char *saved = strstr(line, "\"saved\":");
    if (sscanf(line, "%2x%2x%2x%2x-%llu%n", &log[0], &log[1], &log[2], &log[3], &number,
               &end) == 5 &&
        line[end] == '\0') {
        struct told_record record = {.seq = number};
        for (int i = 0; i < 4; i++) {
            record.log[i] = (uint8_t)log[i];
        }
        hear_record(told, record);
    } else if (saved && sscanf(saved, "\"saved\":%llu", &number) == 1) {
        told->count += number > told->changes;
        told->changes = number;
    } else if (strncmp(line, "wardsync-invite-1:", 18) == 0) {
        hear_invite(told, line);
    } else if (!told->ready && strstr(line, is_district(told) ? "The district is ready"
                                                              : "This device now belongs")) {
        told->ready = true;
        told->count++;
    }
}

static void hear_text(struct told *told, const char *text, size_t len)
{
    char line[LINE_BYTES];
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t part = end ? (size_t)(end - text) : len;
        snprintf(line, sizeof line, "%.*s", (int)part, text);
        hear_line(told, line);
        part += end ? 1 : 0;
        text += part;
        len -= part;
    }
}

void told_hear(struct told *told, const struct event *event)
{
    if (event->note.path_bytes != strlen(told->machine) ||
        memcmp(event->path, told->machine, event->note.path_bytes) != 0) {
        return;
    }
    if (event->note.type == NOTE_SENT) {
        hear_frame(told, wsync_slice(event->bytes, (size_t)event->note.bytes));
    } else if (event->note.type == NOTE_SAID) {
        hear_text(told, (const char *)event->bytes, (size_t)event->note.bytes);
    }
}
