/* SPDX-License-Identifier: Apache-2.0 */
/* campaign_words.h: what invented records are made of. */
#ifndef WARDSYNC_TESTS_CAMPAIGN_WORDS_H
#define WARDSYNC_TESTS_CAMPAIGN_WORDS_H

#include <stddef.h>

struct campaign_words {
    const char *const *items;
    size_t count;
};

/* Streets; what stands there; what was done or seen (parts of a sentence); names of groups,
 * works, papers and offices; family and given names. */
extern const struct campaign_words CAMPAIGN_STREETS, CAMPAIGN_SPOTS, CAMPAIGN_NOTES,
    CAMPAIGN_TITLES, CAMPAIGN_OFFICES, CAMPAIGN_FAMILIES, CAMPAIGN_GIVEN;

#endif
