/* SPDX-License-Identifier: Apache-2.0 */
/* hand_on.h: what this machine carries for neighbours goes to the district, behind its own. */
#ifndef WARDSYNC_CLIENT_HAND_ON_H
#define WARDSYNC_CLIENT_HAND_ON_H

#include "host/site.h"

/* Hands in what waits and brings the answers, when a session has just succeeded.  What does not
 * succeed is noted in the journal and tried again behind the next session. */
void client_hand_on(struct wsync_site *site);

#endif
