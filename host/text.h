/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: Unicode for what people write: one spelling, and a key to search by.
 *
 * The only user of utf8proc.  Everything is made in the caller's arena; answers are VALUE for
 * invalid UTF-8 and MEMORY when the arena is used up. */
#ifndef WARDSYNC_HOST_TEXT_H
#define WARDSYNC_HOST_TEXT_H

#include "wardsync/arena.h"
#include "wardsync/error.h"

/* The text in NFC, CR LF and lone CR as LF.  The sentence of a refusal names the position and
 * not the text, which may be personal. */
WSYNC_MUST_USE enum wsync_err wsync_text_normalise(struct wsync_slice text,
                                                   struct wsync_arena *arena,
                                                   struct wsync_slice *normal,
                                                   struct wsync_error *error);

/* What two spellings of one name have in common: no marks, no case, đ as d, each run of blanks
 * as one space, none at the ends.  "Gia Thụy", "Gia Thuỵ" and "gia  thuy" have one key. */
WSYNC_MUST_USE enum wsync_err wsync_text_search_key(struct wsync_slice text,
                                                    struct wsync_arena *arena,
                                                    struct wsync_slice *key);

/* A key that sorts names as a list here has them, compared byte by byte: word by word, so that
 * "Gia Thụy" comes before "Giang Biên"; ă â đ ê ô ơ ư are letters behind a d e o u; numbers go
 * by their size; where the letters are the same, by tone: ngang, huyền, hỏi, ngã, sắc, nặng,
 * wherever the mark was put.  No case. */
WSYNC_MUST_USE enum wsync_err wsync_text_order_key(struct wsync_slice text,
                                                   struct wsync_arena *arena,
                                                   struct wsync_slice *key);

#endif
