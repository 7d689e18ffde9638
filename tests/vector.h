/* SPDX-License-Identifier: Apache-2.0 */
/* vector.h: the plain text vectors of proto/vectors: reading, writing, running, making.
 *
 * A file is blocks of "key: value" lines with a blank line between them; "#" begins a comment.
 * A block begins with `case`, then `spec` (the sentences it proves), `do` (what to run) and the
 * inputs; `expect` is "ok" or the name of an error; the lines behind it are what must come
 * out. */
#ifndef WARDSYNC_TESTS_VECTOR_H
#define WARDSYNC_TESTS_VECTOR_H

#include "wardsync/arena.h"
#include "wardsync/error.h"

enum { VECTOR_LINES_MAX = 40, VECTOR_CASES_MAX = 160, VECTOR_BYTES_MAX = 8 << 20 };

struct vector_line {
    const char *key, *value;
};

struct vector {
    struct vector_line lines[VECTOR_LINES_MAX];
    size_t line_count;
};

/* One file. */
struct vector_book {
    struct wsync_arena arena;
    struct vector cases[VECTOR_CASES_MAX];
    size_t case_count;
};

/* Opens an empty book, closes it.  Both end the test program when memory is short. */
struct vector_book *vector_book_new(void);
void vector_book_free(struct vector_book *book);

/* Reads a file; false with a sentence on stderr. */
bool vector_book_read(struct vector_book *book, const char *path);

/* The text of a book as a file; in the arena. */
struct wsync_slice vector_book_print(struct vector_book *book, const char *title);

/* Adds a case, adds a line to the last case. */
void vector_begin(struct vector_book *book, const char *name, const char *spec,
                  const char *what);
void vector_text(struct vector_book *book, const char *key, const char *value);
void vector_number(struct vector_book *book, const char *key, int64_t value);
void vector_hex(struct vector_book *book, const char *key, struct wsync_slice bytes);

/* Runs the last case, asserts that it answers `code`, and adds what came out. */
void vector_expect(struct vector_book *book, enum wsync_err code);

/* The `nth` value (from 0) of a key among the inputs, NULL when there is none. */
const char *vector_nth(const struct vector *vector, const char *key, size_t nth);
/* The same as bytes in the arena (empty when absent), and as a number (0 when absent). */
struct wsync_slice vector_bytes_nth(const struct vector *vector, const char *key, size_t nth,
                                    struct wsync_arena *arena);
struct wsync_slice vector_bytes(const struct vector *vector, const char *key,
                                struct wsync_arena *arena);
int64_t vector_integer(const struct vector *vector, const char *key);

/* Copies an input of exactly `len` bytes into `out`; false when it has another length. */
bool vector_fixed(const struct vector *vector, const char *key, void *out, size_t len);

/* Runs the inputs of a case; what comes out is added to `book`'s last case.  INVALID for an
 * unknown `do` or inputs that are none. */
enum wsync_err vector_run(struct vector_book *book, const struct vector *vector);

/* The runs that need a store (vector_store.c). */
enum wsync_err vector_run_roster(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_enrol(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_accept(struct vector_book *book, const struct vector *vector);

/* A Packed frame (vector_packed.c). */
enum wsync_err vector_run_packed(struct vector_book *book, const struct vector *vector);

/* Bundles, and backups (vector_bundle.c, vector_backup.c). */
enum wsync_err vector_run_bundle_header(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_bundle_answer(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_bundle_part(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_bundle_frames(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_bundle_manifest(struct vector_book *book,
                                          const struct vector *vector);
enum wsync_err vector_run_backup_files(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_backup_body(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_backup_manifest(struct vector_book *book,
                                          const struct vector *vector);
enum wsync_err vector_run_backup(struct vector_book *book, const struct vector *vector);

/* The runs of the transparency log (vector_tree.c). */
enum wsync_err vector_run_tree(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_proof(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_note(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_leaf(struct vector_book *book, const struct vector *vector);
enum wsync_err vector_run_receipt(struct vector_book *book, const struct vector *vector);
/* A whole file (vector_file.c): a signed log, or a proof. */
enum wsync_err vector_run_file(struct vector_book *book, const struct vector *vector,
                               struct wsync_arena *arena, bool is_log);

/* Bytes from a text like "1210aa*16 0801**3": hexadecimal words; `*n` is n of the byte before
 * it, `**n` n of the word before it. */
struct wsync_slice vector_spell(struct wsync_arena *arena, const char *text);

/* A copy with `cut` bytes at `at` replaced by what `insert` spells; `at` -1 is the end. */
struct vector_edit {
    const char *name, *spec;
    int at, cut;
    const char *insert;
    enum wsync_err code;
};
struct wsync_slice vector_edited(struct wsync_arena *arena, struct wsync_slice bytes,
                                 const struct vector_edit *edit);

/* A file of vectors and what makes it. */
struct vector_maker {
    const char *file, *title;
    void (*make)(struct vector_book *book);
};
extern const struct vector_maker VECTOR_MAKERS[];
extern const size_t VECTOR_MAKER_COUNT;

void vector_make_hash(struct vector_book *book);
void vector_make_genesis(struct vector_book *book);
void vector_make_context(struct vector_book *book);
void vector_make_operation(struct vector_book *book);
void vector_make_chain(struct vector_book *book);
void vector_make_seal(struct vector_book *book);
void vector_make_statement(struct vector_book *book);
void vector_make_roster(struct vector_book *book);
void vector_make_invite(struct vector_book *book);
void vector_make_form(struct vector_book *book);
void vector_make_frame(struct vector_book *book);
void vector_make_packed(struct vector_book *book);
void vector_make_change_set(struct vector_book *book);
void vector_make_tree(struct vector_book *book);
void vector_make_bundle(struct vector_book *book);
void vector_make_backup(struct vector_book *book);
void vector_make_file(struct vector_book *book);

#endif
