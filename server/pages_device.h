/* SPDX-License-Identifier: Apache-2.0 */
/* pages_device.h: one device, what is known of it and what is done to it. */
#ifndef WARDSYNC_SERVER_PAGES_DEVICE_H
#define WARDSYNC_SERVER_PAGES_DEVICE_H

#include "server/pages_admin.h"

/* The device whose whole id ends the path; NOT_FOUND with a sentence. */
WSYNC_MUST_USE enum wsync_err server_page_find_device(struct server_page *page,
                                                      struct wsync_device *device);

/* Links to the pages that ask before something is done to it. */
void server_write_device_acts(struct server_page *page, const struct wsync_device *device);

/* Says what will happen and asks; NOT_FOUND with a sentence for what cannot be done to it. */
WSYNC_MUST_USE enum wsync_err server_ask_device_act(struct server_page *page,
                                                    const struct wsync_device *device,
                                                    const char *word);

/* What became of it, once it was done; NULL for no such word. */
const char *server_device_done(const struct server_page *page, const char *word);

#endif
