/* SPDX-License-Identifier: Apache-2.0 */
/* pages_log.h: the sync log on pages. */
#ifndef WARDSYNC_SERVER_PAGES_LOG_H
#define WARDSYNC_SERVER_PAGES_LOG_H

#include "host/session_log.h"
#include "server/pages.h"

/* What kind of conversation it was, in words. */
const char *server_session_word(const struct server_page *page, enum wsync_session_kind kind);

#endif
