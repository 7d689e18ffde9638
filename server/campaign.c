/* SPDX-License-Identifier: Apache-2.0 */
#include "server/campaign.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/given.h"

bool server_campaign_path(const char *name, char path[WSYNC_SITE_PATH_BYTES])
{
    static const char *const PLACES[] = {"../share/wardsync/campaign", "../server/campaign",
                                         "../../server/campaign"}; /* build/, build/san/ */
    char program[WSYNC_SITE_PATH_BYTES];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len <= 0 || (size_t)len >= sizeof program - 1) {
        return false;
    }
    program[len] = '\0';
    char *end = strrchr(program, '/');
    if (!end) {
        return false;
    }
    *end = '\0';
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        int written =
            snprintf(path, WSYNC_SITE_PATH_BYTES, "%s/%s/%s", program, PLACES[i], name);
        if (written > 0 && written < WSYNC_SITE_PATH_BYTES && access(path, R_OK) == 0) {
            return true;
        }
    }
    return false;
}

enum wsync_err server_campaign_open(const char *name, const char **path,
                                    struct wsync_error *error)
{
    static char folder[WSYNC_SITE_PATH_BYTES], whole[WSYNC_SITE_PATH_BYTES + 16];
    if (!server_campaign_path("", folder)) {
        return wsync_error_set(error, WSYNC_ERR_NOT_FOUND,
                               "The campaign's files are not beside this program; name your "
                               "own.");
    }
    folder[strlen(folder) - 1] = '\0'; /* its last slash */
    snprintf(whole, sizeof whole, "%s/%s", folder, name);
    wsync_given_ship(folder);
    *path = whole;
    return WSYNC_OK;
}
