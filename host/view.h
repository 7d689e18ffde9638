/* SPDX-License-Identifier: Apache-2.0 */
/* view.h: the commands that show what the store holds; the same in both programs.
 *
 * Each opens the site, prints to stdout (a table, or JSON lines with --json) and answers the
 * exit code.  Options they read are named in WSYNC_VIEW_*_OPTIONS, which a program's table of
 * commands uses. */
#ifndef WARDSYNC_HOST_VIEW_H
#define WARDSYNC_HOST_VIEW_H

#include "host/cli.h"
#include "host/json.h"
#include "host/records.h"
#include "host/scrub.h"
#include "host/value_text.h"
#include "wardsync/blob_book.h"

extern const struct wsync_cli_option WSYNC_VIEW_TOTALS_OPTIONS[];
extern const struct wsync_cli_option WSYNC_VIEW_LIST_OPTIONS[];
extern const struct wsync_cli_option WSYNC_VIEW_VERIFY_OPTIONS[];
extern const struct wsync_cli_option WSYNC_VIEW_PHOTOS_OPTIONS[];
extern const struct wsync_cli_option WSYNC_VIEW_WARD_PROVE_OPTIONS[];
extern const struct wsync_cli_option WSYNC_VIEW_DISTRICT_PROVE_OPTIONS[];

/* What both programs say of `verify`, up to the example. */
#define WSYNC_VIEW_VERIFY_HELP                                                                 \
    "Computes everything anew from the raw log, as if a stranger had sent it, and compares\n"  \
    "it with what is stored: signatures, chains, seals, records, totals, digests.  Works on\n" \
    "a copy while others use the data; for a while it takes twice the room of the store, in\n" \
    "the data directory or in --scratch, and says so before it begins when that is not\n"      \
    "there.  A bar on a terminal, and plain lines elsewhere, tell how far it is.  Photos\n"    \
    "are read again as well; a damaged one is put aside and fetched again.  Exit code\n"       \
    "1 when anything differs; the first difference of each kind is named.\n\n"

/* The same of `photos`. */
#define WSYNC_VIEW_PHOTOS_HELP                                                                 \
    "Without arguments: every photo and attachment that a record names, and whether it is\n"   \
    "here yet; numbers never wait for them.  \"get\" writes one out, checked against its\n"    \
    "name, which is also taken in place of a record.  \"verify\" reads all of them again:\n"   \
    "a damaged one is put aside and fetched again; exit code 1 when there is any.\n"           \
    "\"prune\" removes what stands in no change at all and is older than a day\n"              \
    "(--dry-run counts).\n\n"

/* The same of `logs`. */
#define WSYNC_VIEW_LOGS_HELP                                                                   \
    "A head (changes and hash) names the whole log up to it: equal heads, equal content.  A\n" \
    "device that went back (a restore, a copy of the disk) retires its log and goes on in a\n" \
    "new one.  When two branches of one log came, one counts and the other lies aside as\n"    \
    "evidence: which changes, how many of them were written again, what the district\n"        \
    "decided.  With --json a branch is an object of its own, with \"branch_of\".\n\n"

int wsync_view_forms(struct wsync_cli *cli);
int wsync_view_units(struct wsync_cli *cli);
int wsync_view_totals(struct wsync_cli *cli); /* [FORM] */
int wsync_view_list(struct wsync_cli *cli);   /* [FORM] */
int wsync_view_find(struct wsync_cli *cli);   /* TEXT */
int wsync_view_show(struct wsync_cli *cli);   /* RECORD */
int wsync_view_conflicts(struct wsync_cli *cli);
int wsync_view_logs(struct wsync_cli *cli);
int wsync_view_quarantine(struct wsync_cli *cli); /* [list | show CHANGE] */
int wsync_view_verify(struct wsync_cli *cli);     /* exit code 1 with findings */
int wsync_view_photos(struct wsync_cli *cli);     /* [list | get RECORD | verify | prune] */
int wsync_view_roster(struct wsync_cli *cli);
int wsync_view_export_signed(struct wsync_cli *cli);
int wsync_view_prove(struct wsync_cli *cli); /* RECORD */

/* Reads every attachment again (photo_list.h) and prints what is damaged; part of `verify`. */
WSYNC_MUST_USE enum wsync_err wsync_view_photos_verify(struct wsync_cli *cli,
                                                       struct wsync_site *site,
                                                       uint64_t *damaged);

/* Opens the site of the command with a read transaction; prints the failure and answers its
 * exit code, 0 when it is open. */
int wsync_view_open(struct wsync_cli *cli, struct wsync_site *site);

/* The same behind a fresh checkpoint, where this is a district that keeps a log. */
int wsync_view_open_signed(struct wsync_cli *cli, struct wsync_site *site);

/* Within the site's open transaction for reading, which it ends: at the district the admin log
 * tells what left the house. */
WSYNC_MUST_USE enum wsync_err wsync_view_note_export(struct wsync_site *site, const char *what,
                                                     struct wsync_error *error);

/* What the scrub found (scrub.h), if anything: a line of `status`, members of its object. */
void wsync_view_damage(const struct wsync_cli *cli, const struct wsync_scrub_damage *damage);
void wsync_view_damage_json(struct wsync_json *json, const struct wsync_scrub_damage *damage);

/* What waits of photos and attachments, never counted among the records: a line of `status`, if
 * anything waits, and members of its object. */
void wsync_view_photos_wait(const struct wsync_cli *cli, const struct wsync_blob_sums *sums);
void wsync_view_photos_json(struct wsync_json *json, const struct wsync_blob_sums *sums);

/* Says, as a line of `status`, how many changes lie aside of their logs, if any. */
void wsync_view_aside(const struct wsync_cli *cli, uint64_t changes);

/* The text of a shown value: labels in the language of the command, units by name. */
struct wsync_view_text {
    char b[WSYNC_VALUE_TEXT_BYTES];
};
void wsync_view_value(const struct wsync_cli *cli, struct wsync_site *site,
                      const struct wsync_field *field, const struct wsync_value *value,
                      struct wsync_view_text *text);

/* Prints a record as one JSON object: _id, _form, _scope, _day, _state and every shown value;
 * beside a photo FIELD also _FIELD_bytes and _FIELD_state (here, partly, missing). */
void wsync_view_record_json(struct wsync_site *site, const struct wsync_records_item *item,
                            const char *id, bool personal);

/* Does any of its values (personal ones only if so said) hold the needle, a search key? */
bool wsync_view_holds(const struct wsync_cli *cli, struct wsync_site *site,
                      const struct wsync_records_item *item, struct wsync_slice needle,
                      bool personal);

/* The form a word of the command line names: its name or number.  NOT_FOUND with a sentence. */
WSYNC_MUST_USE enum wsync_err wsync_view_form(struct wsync_site *site, const char *word,
                                              const struct wsync_form **form,
                                              struct wsync_error *error);

/* A time for people, at +07:00. */
enum { WSYNC_VIEW_TIME_BYTES = 32 };
void wsync_view_time(int64_t stamp, char text[WSYNC_VIEW_TIME_BYTES]);

/* Label of a field or form in the language of the command. */
struct wsync_slice wsync_view_label(const struct wsync_cli *cli, struct wsync_slice vi,
                                    struct wsync_slice en);

#endif
