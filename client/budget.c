/* SPDX-License-Identifier: Apache-2.0 */
#include "client/budget.h"

#include "host/config.h"

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

int64_t client_budget_left(const struct client_budget *budget, const struct wsync_spent *spent)
{
    if (budget->day_bytes == 0 || budget->over) {
        return INT64_MAX;
    }
    int64_t left = budget->day_bytes - spent->today_bytes;
    return left > 0 ? left : 0;
}
