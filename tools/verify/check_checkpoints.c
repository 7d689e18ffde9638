/* SPDX-License-Identifier: Apache-2.0 */
/* Two checkpoints as notes: of one tree, one a beginning of the other? */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/verify/checks.h"
#include "tools/verify/note.h"
#include "tools/verify/proof.h"

const struct cli_option CHECK_CHECKPOINTS_OPTIONS[] = {
    {"proof", "FILE",
     "a proof of the district that holds the roster, and goes on from one size "
     "to the other"},
    {NULL, NULL, NULL},
};

enum { NOTE_BYTES_MAX = 4096 };

struct pair {
    struct cli *cli;
    struct audit_fault fault;
    char text[2][NOTE_BYTES_MAX];
    struct note notes[2];
    struct proof proof;
};

static bool read_note(struct pair *pair, int index)
{
    struct audit_fault *fault = &pair->fault;
    fault->file = pair->cli->argv[index];
    FILE *file = fopen(fault->file, "rb");
    if (!file) {
        audit_fail(fault, WSYNC_ERR_NOT_FOUND, "It cannot be opened: %s.", strerror(errno));
        fault->exit_code = AUDIT_INPUT;
        return false;
    }
    size_t len = fread(pair->text[index], 1, NOTE_BYTES_MAX, file);
    fclose(file);
    if (len == NOTE_BYTES_MAX ||
        !note_read(wsync_slice(pair->text[index], len), &pair->notes[index])) {
        audit_fail(fault, WSYNC_ERR_MESSAGE, "It is no checkpoint.");
        fault->exit_code = AUDIT_DATA;
        return false;
    }
    return true;
}

static bool check_signatures(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        pair->fault.file = pair->cli->argv[i];
        pair->fault.unit = NULL;
        if (!wsync_slice_equal(WSYNC_BYTES(pair->notes[i].instance),
                               WSYNC_BYTES(pair->proof.audit.instance))) {
            return audit_fail(&pair->fault, WSYNC_ERR_INSTANCE,
                              "The checkpoint is of another installation.");
        }
        if (!audit_note_is_signed(&pair->proof.audit, &pair->notes[i])) {
            return audit_fail(&pair->fault, WSYNC_ERR_SIGNATURE,
                              "The checkpoint is not signed by a log key of the roster.");
        }
    }
    return true;
}

/* Both must be among what the proof showed; of one size they must be the same. */
static bool check_pair(struct pair *pair)
{
    const struct wsync_checkpoint *a = &pair->notes[0].checkpoint;
    const struct wsync_checkpoint *b = &pair->notes[1].checkpoint;
    const struct receipt_facts *facts = &pair->proof.facts;
    for (int i = 0; i < 2; i++) {
        struct view view = {.checkpoint = pair->notes[i].checkpoint,
                            .file = pair->cli->argv[i],
                            .receipt = true};
        pair->fault.file = view.file;
        if (!views_add(&pair->proof.views, &view, &pair->fault)) {
            return false;
        }
    }
    if (memcmp(a->tree, b->tree, sizeof a->tree) != 0) {
        return audit_fail(&pair->fault, WSYNC_ERR_PROOF,
                          "They are of two trees; no proof leads from one to the other.");
    }
    uint64_t low = a->size < b->size ? a->size : b->size;
    uint64_t high = a->size < b->size ? b->size : a->size;
    return low == high || (facts->old.size == low && facts->checkpoint.size == high) ||
           audit_fail(&pair->fault, WSYNC_ERR_PROOF,
                      "The proof does not go from %" PRIu64 " to %" PRIu64
                      "; ask for it: district prove --size %" PRIu64 "..%" PRIu64 ".",
                      low, high, low, high);
}

static int tell(const struct pair *pair)
{
    const struct cli *cli = pair->cli;
    char tree[2 * WSYNC_TREE_ID_BYTES + 1];
    wsync_hex_encode(wsync_slice(pair->notes[0].checkpoint.tree, WSYNC_TREE_ID_BYTES), tree);
    cli_begin(cli);
    cli_text(cli, "tree", wsync_slice_of(tree));
    cli_number(cli, "first", pair->notes[0].checkpoint.size);
    cli_number(cli, "second", pair->notes[1].checkpoint.size);
    return cli_end(cli);
}

int check_checkpoints(struct cli *cli)
{
    static struct pair pair;
    const char *proof = cli_value(cli, "proof");
    if (cli->argc != 2 || !proof) {
        return cli_usage(cli, "Expected two files with a checkpoint each, and --proof FILE.");
    }
    pair = (struct pair){.cli = cli, .fault = {.exit_code = AUDIT_FAILS}};
    bool good = read_note(&pair, 0) && read_note(&pair, 1);
    if (good) {
        good = proof_check(&pair.proof, &cli->trust, proof, &pair.fault) &&
               check_signatures(&pair) && check_pair(&pair);
    }
    int code = good ? tell(&pair) : cli_fault(cli, &pair.fault);
    proof_close(&pair.proof);
    return code;
}
