/* SPDX-License-Identifier: Apache-2.0 */
/* The page process of a ward: its routes, and what they may have run. */
#include <stdlib.h>

#include "client/pages_import.h"
#include "client/pages_parts.h"
#include "client/pages_staff.h"
#include "host/page_staff.h"
#include "host/http_live.h"
#include "host/pages_loop.h"
#include "host/store_lmdb.h"

enum { SHORT_S = 30, SYNC_S = 110, ANSWER_BYTES_MAX = 64 << 20 };
enum { PHOTOS_BYTES_MAX = 16 << 20 };

static const struct wsync_http_route ROUTES[] = {
    {WSYNC_HTTP_GET, "/", desk_today, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/new/*", desk_new, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/new/*", desk_add, .role = WSYNC_ROLE_WRITE,
     .upload_bytes_max = PHOTOS_BYTES_MAX},
    {WSYNC_HTTP_GET, "/edit/*", desk_edit, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/edit/*", desk_change, .role = WSYNC_ROLE_WRITE,
     .upload_bytes_max = PHOTOS_BYTES_MAX},
    {WSYNC_HTTP_GET, "/draft/*", desk_draft, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/draft/*", desk_draft_drop, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/nothing/*", desk_nothing, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/records", desk_book, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/photos/*/*", desk_photo, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/records/*", desk_show, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/delete/*", desk_ask_delete, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/delete/*", desk_delete, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/undelete/*", desk_undelete, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/conflicts", desk_conflicts, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_POST, "/resolve/*", desk_resolve, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/totals", desk_totals, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/sync", desk_sync, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_POST, "/sync", desk_sync_now, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/sync/export", desk_usb_export, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/sync/import", desk_usb_import, .role = WSYNC_ROLE_WRITE,
     .upload_bytes_max = ANSWER_BYTES_MAX},
    {WSYNC_HTTP_GET, "/import", desk_import, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/import", desk_import_take, .role = WSYNC_ROLE_WRITE,
     .upload_bytes_max = DESK_TABLE_BYTES_MAX},
    {WSYNC_HTTP_GET, "/import/columns", desk_import_columns, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/import/sheet", desk_import_sheet, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/import/columns", desk_import_map, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/import/preview", desk_import_preview, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/import/run", desk_import_run, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/import/result", desk_import_result, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/import/findings", desk_import_findings, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/imports", desk_imports, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/imports/*", desk_import_ask_undo, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_POST, "/imports/*", desk_import_undo, .role = WSYNC_ROLE_WRITE},
    {WSYNC_HTTP_GET, "/healthz", desk_healthz, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/readyz", desk_readyz, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/metrics", desk_metrics, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/version", desk_version, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/settings/staff", desk_staff, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/settings/staff", desk_staff_change, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/settings/staff/*", desk_staff, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/settings/staff/*", desk_staff_change, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/login", wsync_page_login_ask, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_POST, "/login", wsync_page_login_take, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_POST, "/logout", wsync_page_login_leave, .role = WSYNC_ROLE_NOBODY},
    {WSYNC_HTTP_GET, "/doctor", desk_doctor, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_GET, "/settings", desk_settings, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/settings/backup", desk_backup, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup", desk_setup_ask, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/setup", desk_setup_join, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/setup/request", desk_setup_request, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup/request.txt", desk_setup_file, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup/grant", desk_setup_look, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_POST, "/setup/grant", desk_setup_take, .role = WSYNC_ROLE_ADMIN,
     .upload_bytes_max = DESK_GRANT_BYTES_MAX},
    {WSYNC_HTTP_POST, "/setup/grant/go", desk_setup_grant, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/setup/done", desk_setup_done, .role = WSYNC_ROLE_ADMIN},
    {WSYNC_HTTP_GET, "/live", wsync_http_live, .role = WSYNC_ROLE_SEE},
    {WSYNC_HTTP_POST, "/language", wsync_page_take_language, .role = WSYNC_ROLE_NOBODY},
    {.path = NULL},
};

static const struct wsync_action_rule RULES[] = {
    {.command = "draft",
     .verb = "put",
     .options = {"token=", "seen="},
     .operands_max = 2,
     .limit_s = SHORT_S},
    {.command = "draft", .verb = "drop", .operands_max = 2, .limit_s = SHORT_S},
    {.command = "add",
     .options = {"draft="},
     .files_max = WSYNC_HTTP_UPLOADS_MAX,
     .operands_max = WSYNC_ACTION_ARGS_MAX,
     .limit_s = SHORT_S},
    {.command = "edit",
     .options = {"draft="},
     .files_max = WSYNC_HTTP_UPLOADS_MAX,
     .operands_max = WSYNC_ACTION_ARGS_MAX,
     .limit_s = SHORT_S},
    {.command = "delete", .operands_max = 1, .limit_s = SHORT_S},
    {.command = "undelete", .operands_max = 1, .limit_s = SHORT_S},
    {.command = "resolve",
     .options = {"alive", "delete"},
     .operands_max = WSYNC_ACTION_ARGS_MAX,
     .limit_s = SHORT_S},
    WSYNC_PAGE_STAFF_RULES,
    {.command = "backup", .verb = "create", .operands_max = 1, .limit_s = SYNC_S},
    {.command = "export", .options = {"bundle="}, .operands_max = 0, .limit_s = SYNC_S},
    {.command = "import", .operands_max = 1, .limit_s = SYNC_S, .files_max = 1},
    {.command = "join", .verb = "-", .operands_max = 1, .limit_s = SYNC_S},
    {.command = "join",
     .options = {"grant=/proc/self/fd/3", "dry-run", "yes"},
     .operands_max = 0,
     .limit_s = SHORT_S,
     .files_max = 1},
    {.command = "request", .verb = "-", .operands_max = 1, .limit_s = SHORT_S},
    {.command = "import",
     .options = {"columns", "dry-run", "findings=-", "header=", "mapping=/proc/self/fd/4",
                 "name="},
     .operands_max = 1,
     .limit_s = SYNC_S,
     .files_max = 2},
    {.command = "import", .options = {"undo="}, .operands_max = 0, .limit_s = SYNC_S},
    {.command = "sync", .operands_max = 0, .limit_s = SYNC_S},
    {.command = "doctor", .operands_max = 0, .limit_s = SYNC_S},
    {.command = NULL},
};

/* The store, and what a conversation that goes on says of itself. */
static uint64_t revision(void *context)
{
    const struct desk *desk = context;
    struct client_now now;
    if (desk->login.first.needed) {
        return 0;
    }
    uint64_t mixed = desk->open ? wsync_store_lmdb_revision(desk->site.store) : 0;
    if (client_now_read(desk->pages->data_dir, &now)) {
        const uint64_t parts[] = {(uint64_t)now.doing, now.sent,  now.to_send,       now.taken,
                                  now.to_take,         now.bytes, (uint64_t)now.next};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            mixed = (mixed ^ parts[i]) * UINT64_C(0x100000001b3); /* FNV */
        }
    }
    return mixed > 0 ? mixed : 1;
}

static int serve_pages(struct wsync_pages *pages)
{
    struct desk *desk = calloc(1, sizeof *desk);
    if (!desk) {
        return EXIT_FAILURE;
    }
    desk->pages = pages;
    desk->login = (struct wsync_page_login){.pages = pages,
                                            .routes = ROUTES,
                                            .items = DESK_ITEMS,
                                            .staff = "/settings/staff",
                                            .site = &desk->site,
                                            .open = desk_open,
                                            .context = desk};
    wsync_page_first_begin(&desk->login.first, pages);
    const struct wsync_pages_show show = {
        .routes = ROUTES, .gate = wsync_page_login_gate, .revision = revision, .context = desk};
    int exit_code = wsync_pages_loop(pages, &show);
    if (desk->open) {
        wsync_site_close(&desk->site);
    }
    desk_setup_fini(&desk->setup);
    free(desk);
    return exit_code;
}

const struct wsync_pages_program WARD_PAGES = {serve_pages, RULES};
