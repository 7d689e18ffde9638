/* SPDX-License-Identifier: Apache-2.0 */
#include "client/cost.h"

#include <stdio.h>

#include "host/clock.h"
#include "host/pace_row.h"

enum {
    TALK_BYTES = 2600, /* connection, opening words, farewell, as measured */
    TALK_ROUNDS = 7,   /* round trips of a conversation with one flight */
    PHOTO_PERCENT = 104, /* of its bytes, with proofs and frames, as measured */
    KILO = 1000,
};

/* At the measured rate; -1: none was measured. */
static int64_t seconds_of(const struct wsync_pace *pace, int64_t bytes, int64_t rounds)
{
    if (bytes == 0 || pace->rate == 0) {
        return bytes == 0 ? 0 : -1;
    }
    return (bytes * KILO / pace->rate + rounds * pace->round_ms + KILO - 1) / KILO;
}

void client_cost_read(struct wsync_site *site, uint64_t unsent_changes, uint64_t unsent_weight,
                      uint64_t photo_bytes, struct client_cost *cost)
{
    bool alone = unsent_changes == 0; /* then photos ask for the conversation */
    *cost = (struct client_cost){.unsent_changes = unsent_changes,
                                 .budget = client_budget_of(site)};
    cost->spent = wsync_spent_get(site->txn, wsync_clock_wall_s());
    cost->pace = wsync_pace_row_get(site->txn, site->conf.addresses[0]);
    cost->running = client_now_read(site->path, &cost->now);
    if (!alone) {
        cost->unsent_bytes = TALK_BYTES +
                             (cost->spent.change_bytes > 0
                                  ? (int64_t)unsent_changes * cost->spent.change_bytes
                                  : (int64_t)unsent_weight);
    }
    if (photo_bytes > 0) {
        cost->photos_bytes =
            (int64_t)photo_bytes * PHOTO_PERCENT / 100 + (alone ? TALK_BYTES : 0);
    }
    cost->unsent_s = seconds_of(&cost->pace, cost->unsent_bytes, TALK_ROUNDS);
    cost->photos_s = seconds_of(&cost->pace, cost->photos_bytes, alone ? TALK_ROUNDS : 1);
}

static void print_now(bool vi, const struct client_cost *cost)
{
    const struct client_now *now = &cost->now;
    int64_t left_s = now->next - wsync_clock_wall_s();
    switch (now->doing) {
    case CLIENT_NOW_WAITS:
        printf(vi ? "  bây giờ: chờ, thử lại sau %lld giây\n"
                  : "  now: waits, tries again in %lld s\n",
               left_s > 0 ? (long long)left_s : 0LL);
        break;
    case CLIENT_NOW_KNOCKS:
        printf(vi ? "  bây giờ: đang nối tới quận\n" : "  now: dials the district\n");
        break;
    case CLIENT_NOW_TALKS:
        printf(vi ? "  bây giờ: đã gửi %llu/%llu, đã nhận %llu/%llu, %llu byte\n"
                  : "  now: %llu of %llu sent, %llu of %llu received, %llu bytes\n",
               (unsigned long long)now->sent, (unsigned long long)now->to_send,
               (unsigned long long)now->taken, (unsigned long long)now->to_take,
               (unsigned long long)now->bytes);
        break;
    }
}

/* Kilobytes with one place, as people count a data bundle. */
static void print_kb(int64_t bytes, bool vi)
{
    int64_t tenths = (bytes + KILO / 20) / (KILO / 10);
    printf("%lld%c%lld kB", (long long)(tenths / 10), vi ? ',' : '.', (long long)(tenths % 10));
}

static void print_load(bool vi, int64_t bytes, int64_t seconds)
{
    printf(vi ? "khoảng " : "about ");
    print_kb(bytes, vi);
    if (seconds >= 0) {
        printf(vi ? ", khoảng %lld giây" : ", about %lld s", (long long)seconds);
    }
}

void client_cost_print(const struct wsync_cli *cli, const struct client_cost *cost)
{
    bool vi = cli->language == WSYNC_VI;
    if (cost->running) {
        print_now(vi, cost);
    }
    printf(vi ? "  dung lượng hôm nay: " : "  data today: ");
    print_kb(cost->spent.today_bytes, vi);
    if (cost->budget.day_bytes > 0) {
        printf(vi ? " trong " : " of ");
        print_kb(cost->budget.day_bytes, vi);
    }
    printf(vi ? ", lần cuối " : ", last conversation ");
    print_kb(cost->spent.last_bytes, vi);
    printf("\n");
    if (cost->unsent_changes > 0 || cost->photos_bytes > 0) {
        printf(vi ? "  phần chờ gửi: " : "  what waits: ");
        if (cost->unsent_changes > 0) {
            print_load(vi, cost->unsent_bytes, cost->unsent_s);
        }
        if (cost->photos_bytes > 0) {
            printf("%s", cost->unsent_changes == 0 ? (vi ? "ảnh " : "photos ")
                         : vi                      ? "; sau đó ảnh "
                                                   : "; then photos ");
            print_load(vi, cost->photos_bytes, cost->photos_s);
        }
        printf("\n");
    }
    if (client_budget_left(&cost->budget, &cost->spent) == 0) {
        int64_t left_s = wsync_spent_wait_s(wsync_clock_wall_s());
        printf(vi ? "  %s (%s) Tính lại sau %lld giờ %lld phút; lấy ngay: \"ward sync "
                    "--over-budget\".\n"
                  : "  %s (%s) It begins anew in %lld h %lld min; \"ward sync --over-budget\" "
                    "fetches the rest now.\n",
               wsync_err_text(WSYNC_ERR_BUDGET, cli->language),
               wsync_err_name(WSYNC_ERR_BUDGET), (long long)(left_s / 3600),
               (long long)(left_s / 60 % 60));
    }
}

static void seconds_json(struct wsync_json *json, const char *key, int64_t seconds)
{
    if (seconds >= 0) {
        wsync_json_number(json, key, seconds);
    } else {
        wsync_json_null(json, key);
    }
}

void client_cost_json(struct wsync_json *json, const struct client_cost *cost)
{
    wsync_json_number(json, "bytes_today", cost->spent.today_bytes);
    wsync_json_number(json, "bytes_last", cost->spent.last_bytes);
    wsync_json_number(json, "budget_day", cost->budget.day_bytes);
    wsync_json_number(json, "budget_session", cost->budget.session_bytes);
    wsync_json_bool(json, "metered", cost->budget.metered);
    wsync_json_number(json, "unsent_bytes", cost->unsent_bytes);
    seconds_json(json, "unsent_s", cost->unsent_s);
    wsync_json_number(json, "unsent_photos_bytes", cost->photos_bytes);
    seconds_json(json, "unsent_photos_s", cost->photos_s);
    wsync_json_number(json, "rate_bytes_s", cost->pace.rate);
    wsync_json_number(json, "round_trip_ms", cost->pace.round_ms);
    if (!cost->running) {
        wsync_json_null(json, "now");
        return;
    }
    wsync_json_string(json, "now", client_now_name(cost->now.doing));
    if (cost->now.doing == CLIENT_NOW_WAITS) {
        wsync_json_number(json, "now_next", cost->now.next);
    } else {
        wsync_json_number(json, "now_sent", (int64_t)cost->now.sent);
        wsync_json_number(json, "now_to_send", (int64_t)cost->now.to_send);
        wsync_json_number(json, "now_taken", (int64_t)cost->now.taken);
        wsync_json_number(json, "now_to_take", (int64_t)cost->now.to_take);
        wsync_json_number(json, "now_bytes", (int64_t)cost->now.bytes);
    }
}
