/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h: the pages of a district, and the commands that they may have run. */
#ifndef WARDSYNC_SERVER_PAGES_H
#define WARDSYNC_SERVER_PAGES_H

#include "host/pages_process.h"

extern const struct wsync_pages_program DISTRICT_PAGES;

#endif
