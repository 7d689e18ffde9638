/* SPDX-License-Identifier: Apache-2.0 */
#include "client/pages.h"

#include <poll.h>

static int wait_for_the_end(struct wsync_pages *pages)
{
    struct pollfd item = {.fd = pages->stop_fd, .events = POLLIN};
    (void)poll(&item, 1, -1);
    return 0;
}

static const struct wsync_action_rule RULES[] = {{.command = NULL}};

const struct wsync_pages_program WARD_PAGES = {wait_for_the_end, RULES};
