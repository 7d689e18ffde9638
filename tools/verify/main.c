/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/verify/checks.h"

static const struct cli_command COMMANDS[] = {
    {"proof", "FILE", "that a record is in the district's log, and what it says",
     "A proof as \"ward prove\" and \"district prove\" print it: the roster from the root on, "
     "each\n"
     "change of the record under its author's seal, and the receipt whose signed checkpoint\n"
     "names it.  Fields are shown by number; what is private is not in the proof.  With "
     "--json\n"
     "a change is an object of its own.  It shows what was written and receipted, not whether "
     "it\n"
     "counts: a quarantined change has a proof, too; \"log\" and \"totals\" judge rights.\n\n"
     "  wardsync-verify proof --root 9f0c... proof.txt",
     NULL, check_proof},
    {"receipt", "FILE", "a receipt by itself, or that the tree only grew",
     "What \"ward prove --receipt N\" and \"district prove --size N..M\" print.\n\n"
     "  wardsync-verify receipt --root 9f0c... receipt.txt",
     NULL, check_receipt},
    {"checkpoints", "A B --proof FILE", "two checkpoints from different hands",
     "Each is a signed note (C2SP).  Two of one size must be the same; of two sizes the proof\n"
     "must lead from one to the other: \"district prove --size N..M\" prints it.\n\n"
     "  wardsync-verify checkpoints --root 9f0c... mine.txt theirs.txt --proof proof.txt",
     CHECK_CHECKPOINTS_OPTIONS, check_checkpoints},
    {"log", "FILE ...", "an exported log, or several side by side",
     "Takes every statement, chain, seal and right of the log as a stranger would, to its end\n"
     "mark; the first message that does not hold is named with its place in the file.  Of\n"
     "several logs the checkpoints that their seals name are compared: two roots of one tree\n"
     "and size are a split view.\n\n"
     "  wardsync-verify log --root 9f0c... long-bien.log\n"
     "  wardsync-verify log --root 9f0c... bo-de.log gia-thuy.log",
     CHECK_LOG_OPTIONS, check_log},
    {"totals", "FILE --expect TOTALS [--by PERIOD]", "printed totals, added up again",
     "Computes records and totals anew from an exported log and compares them with what\n"
     "\"district totals\" or \"ward totals\" printed, by --json or as a table, with the same\n"
     "--by, --unit, --indicator, --from and --to.  The first cell that differs is named.\n\n"
     "  wardsync-verify totals --root 9f0c... long-bien.log --expect totals.json --by month",
     CHECK_TOTALS_OPTIONS, check_totals},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    return cli_main(COMMANDS, argc, argv);
}
