/* SPDX-License-Identifier: Apache-2.0 */
/* words.h: what commands say in English, in the language of who reads it.
 *
 * A sentence is made where the facts are known, in English, by printf.  po/vi.po, which is
 * within the program, has the Vietnamese of each such format; a sentence is recognised by its
 * format, and what stood in its holes goes into the translation, translated as well when it is
 * a sentence or a part of one that is known.  So whoever makes a sentence need not know who
 * will read it. */
#ifndef WARDSYNC_HOST_WORDS_H
#define WARDSYNC_HOST_WORDS_H

#include "wardsync/error.h"
#include "wardsync/slice.h"

enum { WSYNC_WORDS_BYTES = 1024 };

/* The sentence itself in English, and where it is not known; else its translation in `room`. */
const char *wsync_words(enum wsync_language language, const char *english,
                        char room[WSYNC_WORDS_BYTES]);

/* What a form calls something: in Vietnamese too where it has no English for it. */
struct wsync_slice wsync_words_label(enum wsync_language language, struct wsync_slice vi,
                                     struct wsync_slice en);

#endif
