/* SPDX-License-Identifier: Apache-2.0 */
#include "host/entropy.h"

#include <sodium.h>

void wsync_entropy_draw(struct wsync_entropy *entropy)
{
    randombytes_buf(entropy->b, sizeof entropy->b);
}
