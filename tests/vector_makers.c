/* SPDX-License-Identifier: Apache-2.0 */
/* The files of proto/vectors and what makes each. */
#include "tests/vector.h"

const struct vector_maker VECTOR_MAKERS[] = {
    {"hash.txt", "Hashes over parts, signatures, names derived from keys.", vector_make_hash},
    {"genesis.txt", "The first entry of a log and the log id.", vector_make_genesis},
    {"context.txt", "Public parts of changes, operations unread.", vector_make_context},
    {"operation.txt", "Operations and private parts.", vector_make_operation},
    {"chain.txt", "The chain hash of one change; `claim` is what somebody says it is.",
     vector_make_chain},
    {"seal.txt", "Seals over a head and a checkpoint.", vector_make_seal},
    {"statement.txt", "Roster statements, alone and in sequence.", vector_make_statement},
    {"roster.txt", "Rosters under two of three root keys, with statements of every kind.",
     vector_make_roster},
    {"invite.txt", "Invites, and enrolment at the district (registrar of `seed`).",
     vector_make_invite},
    {"form.txt", "Form definitions, successors, and single values.", vector_make_form},
    {"frame.txt", "Frames of every message.", vector_make_frame},
    {"packed.txt",
     "Packed frames; `line-` says what is kept of the set before, `change-set` what it is "
     "unpacked.",
     vector_make_packed},
    {"changeset.txt",
     "Change-sets taken into an empty store behind a roster; the last frame is judged.",
     vector_make_change_set},
    {"tree.txt", "The transparency log: roots, proofs, leaves, notes, receipts.",
     vector_make_tree},
    {"bundle.txt",
     "Bundles: headers, keys, parts, frames, manifests; `plain` without the zeros at its end.",
     vector_make_bundle},
    {"backup.txt",
     "Backups: the files in them, sealed bytes, manifests, whole files without a store.",
     vector_make_backup},
    {"file.txt", "Signed logs and proofs, read with the instance that is trusted.",
     vector_make_file},
};

const size_t VECTOR_MAKER_COUNT = sizeof VECTOR_MAKERS / sizeof *VECTOR_MAKERS;
