/* SPDX-License-Identifier: Apache-2.0 */
#include "client/commands.h"
#include "host/backup_command.h"
#include "host/staff_command.h"
#include "host/view.h"

static const struct wsync_cli_command COMMANDS[] = {
    {"join", "INVITE | --grant FILE", "make this device a member of a ward",
     "Makes this device's keys, here and only here, enrols them with the invite and fetches\n"
     "the forms.  A join that was cut off is run again with the same invite; one that\n"
     "the district refused, with another.  With --grant, no\n"
     "network is needed: the file is the district's answer to \"ward request\".\n\n"
     "  ward join wardsync-invite-1:0a10...\n"
     "  ward join --grant bo-de-2.grant",
     WARD_JOIN_OPTIONS, ward_join},
    {"request", "FILE", "ask for membership by a file",
     "For a machine that no network reaches: makes this device's keys and writes a request "
     "for\n"
     "the district to take away, with a fingerprint to compare.  Run again it writes the same\n"
     "request.\n\n"
     "  ward request bo-de-2.req --name \"Bồ Đề 2\"",
     WARD_REQUEST_OPTIONS, ward_request},
    {"rejoin", "INVITE", "go on as a new device",
     "For a device that was lost, revoked, or whose keys somebody else has: keeps all that is\n"
     "recorded here, makes new keys, and hands in again what does not count from the old one.\n"
     "The invite comes from \"district enrol --replaces DEVICE\".  Run again it goes on.\n\n"
     "  ward rejoin wardsync-invite-1:0a10...",
     NULL, ward_rejoin},
    {"keys", "[show | rotate [--offline]]", "this device's keys",
     "\"show\": fingerprints, age, whether the district asks for new ones, and under which "
     "keys "
     "the\n"
     "district is dialled.  \"rotate\": new keys, when the district can be reached; what the "
     "old "
     "ones\n"
     "wrote stays good.  With --offline they write at once and are granted at the next "
     "sync.\n\n"
     "  ward keys\n"
     "  ward keys rotate",
     WARD_KEYS_OPTIONS, ward_keys},
    {"add", "FORM FIELD=VALUE ...", "record something",
     "Saves one record on this machine, durably, and prints its id.  A photo or an\n"
     "attachment is the path of its file: it is kept here as well, without the place, the\n"
     "camera and the thumbnail that a phone writes into it, and sent behind all records.\n"
     "\"ward forms FORM\" tells which kinds and sizes a form takes; pictures are never made\n"
     "smaller here.\n\n"
     "  ward add cleanup date=16/04/2022 participants=25 unit=\"Tổ dân phố 1\"\n"
     "  ward add drainage date=16/04/2022 unit=\"Tổ dân phố 1\" place=\"Ngõ 12\" \\\n"
     "      status=open photo=/media/phone/IMG_0412.jpg",
     WARD_ADD_OPTIONS, ward_add},
    {"edit", "RECORD FIELD=VALUE ...", "change fields of a record",
     "\"FIELD=\" clears a field.\n\n  ward edit 3f9ac210-17 participants=26\n"
     "  ward edit 3f9ac210-17 photo_after=after.jpg",
     WARD_ADD_OPTIONS, ward_edit},
    {"draft", "[list | put FORM|RECORD | show TOKEN | drop TOKEN]",
     "what was typed and not saved",
     "The pages keep here what somebody types, so that nothing is lost with a browser.  A\n"
     "draft stays on this machine: it is not signed, sent or counted.  \"put\" reads one JSON\n"
     "object of texts, by field, and prints the token; \"ward add --draft TOKEN\" saves a\n"
     "record and drops its draft in one.  There are at most 64 of 16 KiB; when they are that\n"
     "many, those that nobody touched for 90 days go.\n\n"
     "  echo '{\"participants\": \"25\"}' | ward draft put cleanup\n"
     "  ward draft",
     WARD_DRAFT_OPTIONS, ward_draft},
    {"delete", "RECORD", "delete a record",
     "The record counts no more; \"ward undelete\" brings it back.\n\n  ward delete "
     "3f9ac210-17",
     WARD_EDIT_OPTIONS, ward_delete},
    {"undelete", "RECORD", "bring a deleted record back",
     "The record counts again, with all its values.\n\n  ward undelete 3f9ac210-17",
     WARD_EDIT_OPTIONS, ward_undelete},
    {"list", "[FORM]", "list records",
     "One line a record; --json gives every field.\n\n  ward list cleanup --from 2022-04-01",
     WSYNC_VIEW_LIST_OPTIONS, wsync_view_list},
    {"find", "TEXT", "find records by text",
     "Looks through all fields without regard to marks and case.\n\n  ward find \"rac thai\"",
     WSYNC_VIEW_LIST_OPTIONS, wsync_view_find},
    {"show", "RECORD", "one record with its history",
     "All fields, all values of a conflict, and who changed what when on which device.\n\n"
     "  ward show 3f9ac210-17",
     NULL, wsync_view_show},
    {"totals", "FORM [--by day|week|month|all]", "this ward's own totals, offline",
     "Counts and sums per unit of the ward and period.\n\n  ward totals cleanup --by month",
     WSYNC_VIEW_TOTALS_OPTIONS, wsync_view_totals},
    {"conflicts", "", "records in conflict",
     "Lists every record with several values in a field; exit code 1 when there are any.\n\n"
     "  ward conflicts",
     NULL, wsync_view_conflicts},
    {"resolve", "RECORD [FIELD=VALUE ...]", "decide a conflict",
     "Writes what is right over all values that are shown in conflict.\n\n"
     "  ward resolve 3f9ac210-17 participants=26\n"
     "  ward resolve 3f9ac210-17 --shown\n"
     "  ward resolve 3f9ac210-17 --alive",
     WARD_RESOLVE_OPTIONS, ward_resolve},
    {"import", "FILE --form FORM [--mapping FILE] | ANSWER",
     "bring a table in, or the district's answer",
     "One record a row; good rows go in, the others are named in a table of findings (exit "
     "1).\n"
     "The same file twice adds nothing; an import that was cut off is run again to go on.\n\n"
     "  ward import cleanup.csv --form cleanup\n"
     "  ward import requests.csv --mapping requests.conf --filter \"District == 6\"\n"
     "  ward import --undo 3\n\n"
     "Without a form FILE is the district's answer to a bundle, as it came back on a stick:\n"
     "what the district holds now, directives, forms, roster, receipt.  Exit code 1 when a\n"
     "part of it is damaged.\n\n"
     "  ward import stick/bo-de.bundle.answer",
     WARD_IMPORT_OPTIONS, ward_import},
    {"export", "FORM | --signed FILE | --bundle FILE",
     "write records as CSV or JSON lines, the signed log, or a bundle for a stick",
     "To stdout or --out FILE.  A plain CSV can be imported again.  Behind a photo FIELD\n"
     "comes _FIELD_state: here, on-its-way, missing, or refused when who named it has it not.\n"
     "--signed writes every log held here as its authors signed it; wardsync-verify checks it\n"
     "on any machine.\n"
     "--bundle writes what the district is not known to hold into a file for a stick, sealed\n"
     "so that only the district can read it; until its answer is back all of it counts as\n"
     "waiting.  With --all everything that is held here, for a district that lost its data.\n\n"
     "  ward export cleanup --format excel --out cleanup.csv\n"
     "  ward export --signed bo-de.log\n"
     "  ward export --bundle stick/bo-de.bundle",
     WARD_EXPORT_OPTIONS, ward_export},
    {"prove", "RECORD | --receipt N", "prove that the district took a record",
     "Prints a text: the roster, each change of the record that this device wrote, and the\n"
     "receipt with the district's signature.  Whoever has the root key checks it by\n"
     "wardsync-verify, without this machine.  What is personal is not in it.  Exit code 1 "
     "when\n"
     "some changes cannot be proven yet: no receipt names them, or another device wrote "
     "them.\n\n"
     "  ward prove 3f9ac210-17 > proof.txt\n"
     "  ward prove --receipt 4 > receipt.txt",
     WSYNC_VIEW_WARD_PROVE_OPTIONS, wsync_view_prove},
    {"relay", "--listen ADDRESS | --to ADDRESS [--device NAME]",
     "carry for a neighbour's machine, or have one carry",
     "With --listen this machine takes in what others on the network of the house hand in,\n"
     "sealed so that it cannot read it, hands it on to the district behind its own records,\n"
     "and keeps the district's answers for them.  With --to it hands in its own at such a\n"
     "machine and takes the answers that lie there.  Carried is not held by the district:\n"
     "until the answer is here the changes count as waiting.  Without either it shows what\n"
     "lies here.\n\n"
     "  ward relay --listen tcp://0.0.0.0:7750\n"
     "  ward relay --to tcp://192.168.1.20:7750 --device \"Bồ Đề 1\"",
     WARD_RELAY_OPTIONS, ward_relay},
    {"sync", "", "exchange with the district, now",
     "Sends what waits, takes what is new, and says what really happened.  A line that falls\n"
     "silent is dialled again at once.  A budget (site.conf, [thin] budget_day, "
     "budget_session,\n"
     "metered) makes what others wrote wait; numbers entered here go all the same.\n\n"
     "  ward sync\n"
     "  ward sync --budget-session 500K\n"
     "  ward sync --over-budget",
     WARD_SYNC_OPTIONS, ward_sync},
    {"serve", "", "sync by itself whenever there is a link, until stopped",
     "Runs beside the other commands on the same data.  What is saved goes out within "
     "seconds;\n"
     "without anything to send it asks the district every minute (site.conf, [serve]\n"
     "interval).  A link that is down is knocked at every second at first.  SIGHUP reads\n"
     "site.conf again, SIGTERM or Ctrl-C ends it.  --pages shows pages to browsers of this\n"
     "machine, from a process that has no keys; where nothing is set up yet, the first page\n"
     "asks for the invite.\n\n"
     "  ward serve\n"
     "  ward serve --pages 127.0.0.1:8211\n"
     "  ward serve --metered --budget-day 20M",
     WARD_SERVE_OPTIONS, ward_serve},
    {"status", "", "saved here, waiting, held by the district",
     "Three facts and the last try with its real result, what moves now, what the link cost\n"
     "today and what waits will cost.\n\n  ward status\n  ward status --json",
     NULL, ward_status},
    {"receipts", "[show NUMBER]", "the district's signed word for what was handed in",
     "Each receipt is a checkpoint of the district's transparency log: when, which tree, how\n"
     "many leaves, whether it covers the whole unit, and up to which change of which log it\n"
     "proves that the district holds it.  One that contradicts an earlier one is kept as\n"
     "evidence; exit code 1 when there is any.  \"show\" prints one with its checkpoint as a\n"
     "signed note, which tools of other logs can check.\n\n"
     "  ward receipts\n"
     "  ward receipts show 12",
     NULL, ward_receipts},
    {"doctor", "[--offline]", "what is wrong here and what to do",
     "Keys, disk, store, clock, roster, what waits or is quarantined, and each address of the\n"
     "district with the reason it does not let this device in.  Exit code 1 when something is\n"
     "to be seen to, 2 when something stops the work.\n\n"
     "  ward doctor\n"
     "  ward doctor --offline --json",
     WARD_DOCTOR_OPTIONS, ward_doctor},
    {"staff", WSYNC_STAFF_ARGUMENTS, "the staff list, and who may log in at the pages",
     WSYNC_STAFF_HELP("ward"), WSYNC_STAFF_OPTIONS, wsync_staff_command},
    {"logs", "", "the logs held, their heads, and what lies beside them",
     WSYNC_VIEW_LOGS_HELP "  ward logs --json", NULL, wsync_view_logs},
    {"forms", "[FORM]", "the forms of the district",
     "Without arguments: the forms.  With one: its fields.\n\n  ward forms cleanup", NULL,
     wsync_view_forms},
    {"units", "", "the units of the district", "The tree of units today.\n\n  ward units", NULL,
     wsync_view_units},
    {"roster", "[print | take FILE]", "the signed list of devices, by file",
     "\"print\": for a district that was restored from a copy and does not know this device "
     "any\n"
     "more; it takes them by \"district roster take FILE\".  \"take\": for a ward that does "
     "not\n"
     "know the district's new key; the file comes from \"district roster print\".  Each "
     "statement\n"
     "is checked against those before it; they hold no secret.\n\n"
     "  ward roster print > roster.txt\n"
     "  ward roster take roster.txt",
     NULL, wsync_view_roster},
    {"move", "out FOLDER | in FOLDER | back", "bring the ward to another machine",
     "\"out\" copies everything into a new folder, say on a stick, and stops this machine "
     "from\n"
     "recording; \"in\", on the new machine, makes the ward of that folder; \"back\" undoes\n"
     "\"out\".  What was not sent yet goes along.\n\n"
     "  ward move out /media/stick/bo-de\n"
     "  ward move in /media/stick/bo-de",
     NULL, ward_move},
    {"quarantine", "[list | show CHANGE]", "changes that do not count, and why",
     "Every change of this ward that was taken and does not count, with its reason and what "
     "can\n"
     "be done.  Exit code 1 when there are any.\n\n"
     "  ward quarantine\n"
     "  ward quarantine show 3f9ac210-17",
     NULL, wsync_view_quarantine},
    {"photos", "[list | get RECORD | verify | prune]", "photos and attachments of records",
     WSYNC_VIEW_PHOTOS_HELP "  ward photos --missing\n"
     "  ward photos get 3f9ac210-17 --out place.jpg",
     WSYNC_VIEW_PHOTOS_OPTIONS, wsync_view_photos},
    {"backup", WSYNC_BACKUP_ARGUMENTS, "sealed copies of the data directory",
     WSYNC_BACKUP_HELP("ward"), WSYNC_BACKUP_OPTIONS, wsync_backup_command},
    {"verify", "", "check all that is stored against the raw log",
     WSYNC_VIEW_VERIFY_HELP "  ward verify", WSYNC_VIEW_VERIFY_OPTIONS, wsync_view_verify},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    static const struct wsync_cli_program PROGRAM = {
        "ward", "a ward's light client: records offline, syncs when there is a link",
        WSYNC_SITE_WARD, COMMANDS};
    return wsync_cli_main(&PROGRAM, argc, argv);
}
