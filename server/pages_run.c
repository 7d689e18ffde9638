/* SPDX-License-Identifier: Apache-2.0 */
/* The page process of the district: its routes, and what they may have run. */
#include <stdio.h>
#include <stdlib.h>

#include "host/page_staff.h"
#include "host/http_live.h"
#include "host/pages_loop.h"
#include "host/verify_state.h"
#include "host/store_lmdb.h"
#include "server/pages.h"
#include "server/pages_admin.h"
#include "server/pages_care.h"
#include "server/pages_setup.h"

enum { TABLES_BYTES_MAX = 1 << 20 }; /* of a form or of units */
enum { SHORT_S = 30, DOCTOR_S = 110, LONG_S = 3600, VERIFY_S = 12 * 3600, MIX = 31 };
enum { REQUEST_BYTES_MAX = 16 << 10 };

static const struct wsync_http_route ROUTES[] = {
    {WSYNC_HTTP_GET, "/", server_page_overview, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/totals", server_page_totals, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/totals.csv", server_page_totals_csv, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/totals.xlsx", server_page_totals_xlsx, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/records.xlsx", server_page_records_xlsx, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/records", server_page_records, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/records.csv", server_page_records_csv, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/photos/*/*", server_page_photo, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/records/*", server_page_record, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/conflicts", server_page_conflicts, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/conflicts/*", server_page_conflict, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/trends", server_page_trends, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/map", server_page_map, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/wards", server_page_wards, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/wards/*", server_page_ward, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/log", server_page_log, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/log/*", server_page_session, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/admin", server_page_admin, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/healthz", server_page_healthz, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/readyz", server_page_readyz, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/metrics", server_page_metrics, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/version", server_page_version, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/admin/devices", server_page_devices, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/devices/new", server_page_enrol, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/devices/new", server_page_invite, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/devices/file", server_page_enrol_file, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/devices/file", server_page_take_request, .role = WSYNC_ROLE_ADMIN,
     .upload_bytes_max = REQUEST_BYTES_MAX},
    {WSYNC_HTTP_GET, "/admin/devices/*", server_page_device, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/devices/*", server_page_device_act, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/quarantine", server_page_quarantine, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/admin/quarantine/*", server_page_quarantined, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/admin/quarantine/*", server_page_decide, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/keys", server_page_keys, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/keys", server_page_keys_act, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/forms", server_page_forms, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/forms/new-version", server_page_publish_form,
     .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/forms/new-version", server_page_take_form,
     .role = WSYNC_ROLE_ADMIN, .upload_bytes_max = TABLES_BYTES_MAX},
    {WSYNC_HTTP_POST, "/admin/forms/new-version/go", server_page_publish_form_now,
     .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/units/new-table", server_page_publish_units,
     .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/units/new-table", server_page_take_units,
     .role = WSYNC_ROLE_ADMIN, .upload_bytes_max = TABLES_BYTES_MAX},
    {WSYNC_HTTP_POST, "/admin/units/new-table/go", server_page_publish_units_now,
     .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/forms/sheet/*", server_page_form_sheet, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/forms/*", server_page_form, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/units", server_page_units, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/backups", server_page_backups, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/backups", server_page_backup_now, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/backups/key", server_page_backup_key, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/backups/prune", server_page_backup_old, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/backups/prune", server_page_backup_prune,
     .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/backups/file/*", server_page_backup_file,
     .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/backups/*", server_page_backup, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/backups/*", server_page_backup_read, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/verify", server_page_verify, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/verify", server_page_verify_now, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/doctor", server_page_doctor, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/log", server_page_admin_log, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/invites", server_page_withdraw, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/staff", server_page_staff, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/staff", server_page_staff_change, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/admin/staff/*", server_page_staff, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/admin/staff/*", server_page_staff_change, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/login", wsync_page_login_ask, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_POST, "/login", wsync_page_login_take, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_POST, "/logout", wsync_page_login_leave, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/setup", server_setup_units, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/setup/units", server_setup_take_units, .role = WSYNC_ROLE_ADMIN,
     .upload_bytes_max = TABLES_BYTES_MAX},
    {WSYNC_HTTP_GET, "/setup/tree", server_setup_tree, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup/forms", server_setup_forms, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup/addresses", server_setup_where, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup/admin", server_setup_who, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/setup/admin", server_setup_make, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup/done", server_setup_done, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/live", wsync_http_live, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_POST, "/language", wsync_page_take_language, .role = WSYNC_ROLE_NOBODY},
    {.path = NULL},
};

static const struct wsync_action_rule RULES[] = {
    {.command = "keys",
     .verb = "rotate",
     .options = {"yes", "passphrase-file=-", "address=", "bind=", "finish", "retire"},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "keys",
     .verb = "suspend",
     .options = {"yes", "passphrase-file=-"},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "keys",
     .verb = "resume",
     .options = {"yes", "passphrase-file=-"},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "keys",
     .verb = "revoke",
     .options = {"yes", "passphrase-file=-"},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "enrol",
     .options = {"role=", "unit=", "name=", "quota=", "replaces=", "form=", "days="},
     .operands_max = 0,
     .limit_s = SHORT_S},
    {.command = "enrol",
     .options = {"role=", "unit=", "name=", "quota=", "replaces=", "form=", "yes", "request=-",
                 "grant=-"},
     .operands_max = 0,
     .limit_s = SHORT_S},
    {.command = "quarantine",
     .verb = "adopt",
     .options = {"note="},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "quarantine",
     .verb = "unadopt",
     .options = {"note="},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "invites", .verb = "withdraw", .operands_max = 2, .limit_s = SHORT_S},
    WSYNC_PAGE_STAFF_RULES,
    {.command = "forms",
     .verb = "publish",
     .options = {"settings=/proc/self/fd/3", "survey=/proc/self/fd/4",
                 "choices=/proc/self/fd/5"},
     .operands_max = 1,
     .limit_s = SHORT_S,
     .files_max = 3},
    {.command = "units",
     .verb = "publish",
     .operands_max = 2,
     .limit_s = SHORT_S,
     .files_max = 1},
    {.command = "init",
     .options = {"units=campaign", "units=/proc/self/fd/3", "forms=campaign", "forms=none",
                 "address=", "admin=", "passphrase-file=-"},
     .operands_max = 0,
     .limit_s = DOCTOR_S,
     .files_max = 1},
    {.command = "doctor", .operands_max = 0, .limit_s = DOCTOR_S},
    {.command = "backup", .verb = "create", .operands_max = 1, .limit_s = LONG_S},
    {.command = "backup",
     .verb = "verify",
     .options = {"kept"},
     .operands_max = 2,
     .limit_s = LONG_S},
    {.command = "backup",
     .verb = "out",
     .options = {"kept"},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "backup",
     .verb = "prune",
     .options = {"keep=", "keep-days="},
     .operands_max = 1,
     .limit_s = SHORT_S},
    {.command = "backup", .verb = "key", .operands_max = 3, .limit_s = SHORT_S},
    {.command = "verify", .options = {"quiet"}, .operands_max = 0, .limit_s = VERIFY_S},
    {.command = NULL},
};

static uint64_t revision(void *context)
{
    const struct server_pages *own = context;
    if (!own->open) {
        return 0;
    }
    uint64_t verified = wsync_verify_state_revision(own->site.path);
    uint64_t number = wsync_store_lmdb_revision(own->site.store);
    return number > 0 ? MIX * number + verified : 0;
}

static int serve_pages(struct wsync_pages *pages)
{
    static struct server_pages own; /* a site is too large for a stack */
    struct wsync_error error = {{0}};
    own.pages = pages;
    own.login = (struct wsync_page_login){.pages = pages,
                                          .routes = ROUTES,
                                          .items = SERVER_ITEMS,
                                          .staff = "/admin/staff",
                                          .site = &own.site,
                                          .open = server_pages_open,
                                          .context = &own};
    wsync_page_first_begin(&own.login.first, pages);
    enum wsync_err err = own.login.first.needed ? WSYNC_OK : server_pages_open(&own, &error);
    if (err != WSYNC_OK) {
        fprintf(stderr, "%s pages: %s\n", pages->program, error.text);
        return EXIT_FAILURE;
    }
    const struct wsync_pages_show show = {
        .routes = ROUTES, .gate = wsync_page_login_gate, .revision = revision, .context = &own};
    int exit_code = wsync_pages_loop(pages, &show);
    if (own.open) {
        wsync_site_close(&own.site);
    }
    return exit_code;
}

const struct wsync_pages_program DISTRICT_PAGES = {serve_pages, RULES};
