/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h: the pages of a ward, and the commands that they may have run. */
#ifndef WARDSYNC_CLIENT_PAGES_H
#define WARDSYNC_CLIENT_PAGES_H

#include "host/pages_process.h"

extern const struct wsync_pages_program WARD_PAGES;

#endif
