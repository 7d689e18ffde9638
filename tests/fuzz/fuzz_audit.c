/* SPDX-License-Identifier: Apache-2.0 */
/* Files that an auditor is given; the first byte says which: a signed log, a proof, both also
 * with their end made anew (a forger can), a checkpoint, printed totals. */
#include <stdio.h>
#include <string.h>

#include "tests/auditor.h"
#include "tests/fuzz/fuzz.h"
#include "tools/verify/note.h"
#include "tools/verify/printed.h"

enum { LOG = 0, LOG_ENDED = 1, PROOF = 2, PROOF_ENDED = 3, NOTE = 4, PRINTED = 5, KINDS = 6 };

static struct auditor auditor;

/* What does not hold is named. */
static void judge(bool good)
{
    const struct audit_fault *fault = &auditor.fault;
    WSYNC_ASSERT(good || (fault->text[0] != '\0' && fault->code != WSYNC_OK && fault->file &&
                          (fault->exit_code == AUDIT_FAILS || fault->exit_code == AUDIT_DATA)));
}

static void proof(void)
{
    struct proof proof;
    judge(auditor_look_at_proof(&auditor, &proof));
    proof_close(&proof);
}

static void note(struct wsync_slice text)
{
    struct note note;
    char again[NOTE_TEXT_BYTES];
    if (note_read(text, &note)) { /* one spelling */
        struct wsync_slice written = note_text(&note.instance, &note.checkpoint, again);
        WSYNC_ASSERT(wsync_slice_equal(written, note.text));
    }
}

static void printed(void)
{
    static struct printed printed;
    static struct printed_row row;
    bool end = false;
    bool good = printed_open(&printed, auditor_file(&auditor, "totals"), &auditor.fault);
    while (good && !end) { /* ends: with the file */
        good = printed_next(&printed, &row, &end, &auditor.fault);
    }
    judge(good);
    printed_close(&printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wsync_slice input = wsync_slice(data, size);
    if (size == 0 || size > AUDITOR_FILE_MAX) {
        return 0;
    }
    if (!auditor.installation) {
        auditor_open(&auditor, &fuzz_world_fresh()->installation);
    }
    uint8_t kind = fuzz_take(&input, 1).data[0] % KINDS;
    auditor.len = input.len;
    if (input.len > 0) {
        memcpy(auditor.bytes, input.data, input.len);
    }
    if (kind == NOTE) {
        note(input);
    } else if (kind == PRINTED) {
        printed();
    } else if (kind == PROOF || kind == PROOF_ENDED) {
        if (kind == PROOF_ENDED) {
            auditor_end_proof(&auditor);
        }
        proof();
    } else {
        if (kind == LOG_ENDED) {
            (void)auditor_end_log(&auditor);
        }
        judge(auditor_holds(&auditor, "log"));
        views_fini(&auditor.views);
    }
    return 0;
}
