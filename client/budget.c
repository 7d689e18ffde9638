/* SPDX-License-Identifier: Apache-2.0 */
#include "client/budget.h"

#include <stdio.h>

#include "host/config.h"

enum { ROW_BYTES = 96, LOCAL_OFFSET_S = 7 * 3600, SECONDS_A_DAY = 86400, CHANGES_MIN = 8 };

static enum wsync_err option(const struct wsync_cli *cli, const char *name, int64_t *bytes,
                             struct wsync_error *error)
{
    const char *value = wsync_cli_value(cli, name);
    struct wsync_error why;
    if (!value || wsync_config_bytes(value, bytes, &why) == WSYNC_OK) {
        return WSYNC_OK;
    }
    return wsync_error_set(error, WSYNC_ERR_INVALID, "--%s: %s", name, why.text);
}

struct client_budget client_budget_of(const struct wsync_site *site)
{
    const struct wsync_site_policy *policy = &site->conf.policy;
    return (struct client_budget){.day_bytes = policy->budget_day,
                                  .session_bytes = policy->budget_session,
                                  .metered = policy->metered != 0};
}

enum wsync_err client_budget_read(const struct wsync_cli *cli, const struct wsync_site *site,
                                  struct client_budget *budget, struct wsync_error *error)
{
    *budget = client_budget_of(site);
    budget->metered = budget->metered || wsync_cli_flag(cli, "metered");
    budget->over = wsync_cli_flag(cli, "over-budget");
    enum wsync_err err = option(cli, "budget-day", &budget->day_bytes, error);
    return err == WSYNC_OK ? option(cli, "budget-session", &budget->session_bytes, error) : err;
}

static int64_t day_of(int64_t time)
{
    int64_t local = time + LOCAL_OFFSET_S;
    return local / SECONDS_A_DAY - (local % SECONDS_A_DAY < 0);
}

struct client_spent client_spent_get(struct wsync_txn *txn, int64_t time)
{
    struct client_spent spent = {.day = day_of(time)};
    struct wsync_slice row;
    char text[ROW_BYTES];
    long long day, today, last, change;
    if (wsync_txn_get(txn, WSYNC_TABLE_META, wsync_slice_of("spent"), &row) != WSYNC_OK) {
        return spent;
    }
    snprintf(text, sizeof text, "%.*s", (int)row.len, (const char *)row.data);
    if (sscanf(text, "%lld %lld %lld %lld", &day, &today, &last, &change) == 4) {
        spent.today_bytes = day == spent.day && today > 0 ? today : 0;
        spent.last_bytes = last;
        spent.change_bytes = change;
    }
    return spent;
}

enum wsync_err client_spent_put(struct wsync_txn *txn, const struct client_spent *spent)
{
    char text[ROW_BYTES];
    snprintf(text, sizeof text, "%lld %lld %lld %lld", (long long)spent->day,
             (long long)spent->today_bytes, (long long)spent->last_bytes,
             (long long)spent->change_bytes);
    return wsync_txn_put(txn, WSYNC_TABLE_META, wsync_slice_of("spent"), wsync_slice_of(text));
}

void client_spent_talk(struct client_spent *spent, int64_t bytes, int64_t out_bytes,
                       int64_t changes)
{
    spent->last_bytes = bytes;
    if (changes >= CHANGES_MIN) { /* fewer are mostly what a session costs anyway */
        spent->change_bytes = out_bytes / changes + 1;
    }
}

int64_t client_budget_left(const struct client_budget *budget, const struct client_spent *spent)
{
    if (budget->day_bytes == 0 || budget->over) {
        return INT64_MAX;
    }
    int64_t left = budget->day_bytes - spent->today_bytes;
    return left > 0 ? left : 0;
}

int64_t client_budget_wait_s(int64_t time)
{
    return (day_of(time) + 1) * SECONDS_A_DAY - LOCAL_OFFSET_S - time;
}
