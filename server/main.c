/* SPDX-License-Identifier: Apache-2.0 */
#include "host/backup_command.h"
#include "host/staff_command.h"
#include "host/view.h"
#include "server/commands.h"

static const struct wsync_cli_option INIT_OPTIONS[] = {
    {"units", "TABLE", "the tree of units (CSV); \"campaign\": the one this came with"},
    {"forms", "SOURCE", "folder of form folders (XLSForm as CSV); \"campaign\"; \"none\""},
    {"address", "LIST", "where wards reach us (tcp://127.0.0.1:7700); commas between several"},
    {"admin", "NAME", "who can log in at the pages from the beginning, as their admin"},
    {"passphrase-file", "FILE", "the password is the first line of FILE, or of -"},
    {NULL, NULL, NULL},
};

static const struct wsync_cli_command COMMANDS[] = {
    {"init", "--units TABLE --forms SOURCE [--address LIST] [--admin NAME]",
     "make a new district",
     "Makes the data directory: keys, an empty store, the units and the forms.  Everything is\n"
     "read and checked before anything is made.  \"district serve --pages\" asks for the same\n"
     "in a browser.\n\n"
     "  district init --units server/campaign/units.csv --forms server/campaign/forms",
     INIT_OPTIONS, district_init},
    {"serve", "[--restored] [--pages ADDRESS:PORT]", "serve the wards until stopped",
     "Listens at the addresses of site.conf; refuses to run when its key check does not work.\n"
     "SIGHUP reads site.conf again.  SIGTERM or Ctrl-C ends it: running sessions may finish,\n"
     "the others are told to come again; a second one ends it at once.\n"
     "--restored: the data directory was put back from an older copy.  What \"district\n"
     "restored\" does is done first; without it the wards that saw more refuse\n"
     "(rolled-back).  --pages shows pages to browsers of this machine, from a process that "
     "has\n"
     "no keys; where nothing is set up yet, the first page does it.\n\n"
     "  district serve\n"
     "  district serve --pages 127.0.0.1:8211",
     DISTRICT_SERVE_OPTIONS, district_serve},
    {"enrol", "--unit UNIT --name NAME | --unit UNIT --request FILE --grant FILE",
     "make a device a member",
     "Prints a one-time invite on stdout.  The device makes its own keys when it joins.\n"
     "With --request, for a machine that no network reaches: it enrols the device that wrote "
     "the\n"
     "file (\"ward request\"), after you compared its fingerprint, and writes a grant to be "
     "brought\n"
     "back.  The same request again gets the same grant.\n\n"
     "  district enrol --unit \"Bồ Đề\" --name \"Bồ Đề 1\"\n"
     "  district enrol --unit \"Bồ Đề\" --request bo-de-2.req --grant bo-de-2.grant",
     DISTRICT_ENROL_OPTIONS, district_enrol},
    {"invites", "[list | withdraw INVITE]", "invites that nobody has used yet",
     "Every invite that still admits a device: its id, the unit, what the device is called\n"
     "and until when it holds.  \"withdraw\": one that was lost or shown to others admits\n"
     "nobody any more; INVITE is its id or the beginning of it.\n\n"
     "  district invites\n"
     "  district invites withdraw 3f9ac210",
     NULL, district_invites},
    {"revoke", "DEVICE", "end a device's membership",
     "What the district holds of the device stays valid; nothing new of it is taken.\n\n"
     "  district revoke \"Bồ Đề 1\"",
     NULL, district_revoke},
    {"keys",
     "[list | show KEY | rotate KEY | revoke DEVICE | suspend DEVICE | resume DEVICE | root "
     "...]",
     "keys of the installation and of its devices",
     "\"list\": every key with its age and where its secret is; \"show\": one of them, or a "
     "device,\n"
     "with every statement about it.\n"
     "\"rotate DEVICE\" asks the device for new keys, which it makes itself; \"rotate "
     "transport\"\n"
     "(with --address, then --finish, then --retire), \"log\", \"bundle\", \"registrar\" and "
     "\"signing\"\n"
     "give the district new ones.  \"suspend\" stops a device at its next message until "
     "\"resume\";\n"
     "\"revoke\" is for good.\n"
     "\"root create FILE\" and \"root sign REQUEST --key FILE\" work on a machine without a "
     "data\n"
     "directory; \"root change\" says who signs; \"root apply REQUEST\" takes what was "
     "signed.\n"
     "Where the root keys that are here do not suffice, a request is written (--request).\n\n"
     "  district keys suspend \"Bồ Đề 1\"\n"
     "  district keys root create stick/root-2.key --passphrase\n"
     "  district keys root change --public 0a10...,71f2...,9c00... --threshold 2 --request "
     "r.req",
     DISTRICT_KEYS_OPTIONS, district_keys},
    {"devices", "", "list devices",
     "Lists every device with unit, role and state.\n\n"
     "  district devices",
     NULL, district_devices},
    {"totals", "FORM [--by day|week|month|all]", "merged totals of a form",
     "Counts and sums per ward and period.  With --unit, per unit below that ward.\n\n"
     "  district totals cleanup --by month --indicator participants",
     WSYNC_VIEW_TOTALS_OPTIONS, wsync_view_totals},
    {"records", "[FORM]", "list records",
     "One line a record; --json gives every field.\n\n"
     "  district records cleanup --unit \"Bồ Đề\" --from 2022-04-01",
     WSYNC_VIEW_LIST_OPTIONS, wsync_view_list},
    {"find", "TEXT", "find records by text",
     "Looks through all fields without regard to marks and case.\n\n  district find \"ngoc "
     "thuy\"",
     WSYNC_VIEW_LIST_OPTIONS, wsync_view_find},
    {"show", "RECORD", "one record with its history",
     "All fields, all values of a conflict, and who changed what when on which device.\n\n"
     "  district show 3f9ac210-17",
     NULL, wsync_view_show},
    {"conflicts", "", "records in conflict",
     "Lists every record with several values in a field; exit code 1 when there are any.\n\n"
     "  district conflicts",
     NULL, wsync_view_conflicts},
    {"logs", "", "the logs held, their heads, and what lies beside them",
     WSYNC_VIEW_LOGS_HELP "  district logs --json", NULL, wsync_view_logs},
    {"forms", "[FORM | sheets FORM FOLDER | check FOLDER | publish FOLDER]",
     "list or publish forms",
     "Without arguments: the forms.  With a form: its fields.  \"publish\" brings new "
     "versions\n"
     "to the wards at their next sync.  \"check\" (or --dry-run) says what that would change\n"
     "against the version in force, field by field, and everything that forbids it, with its\n"
     "file, row and column; exit code 1 then.  In place of a folder: --settings, --survey "
     "and,\n"
     "where there are choices, --choices.  \"sheets\" writes those of the version in force "
     "into a\n"
     "new folder, to be changed and published as the next one.\n\n"
     "  district forms sheets cleanup cleanup-2\n"
     "  district forms check server/campaign/forms\n"
     "  district forms publish --settings settings.csv --survey survey.csv",
     DISTRICT_FORMS_OPTIONS, district_forms},
    {"units", "[check FILE | publish FILE]", "list or publish units",
     "Without arguments: the tree of units today.  \"check\" says what \"publish\" would "
     "change:\n"
     "new, renamed, moved, ended; and what is refused (exit code 1).\n\n"
     "  district units check server/campaign/units.csv\n"
     "  district units publish server/campaign/units.csv",
     NULL, district_units},
    {"status", "", "what the district holds",
     "Devices, changes held, and what waits for a decision.\n\n  district status --json", NULL,
     district_status},
    {"doctor", "[--offline]", "what is wrong here and what to do",
     "Whether it serves and can be reached, keys, disk, store, clocks, devices that stay away\n"
     "or whose keys are old, what waits or is quarantined, logs that were touched.  Exit code\n"
     "1 when something is to be seen to, 2 when something stops the work.\n\n"
     "  district doctor\n"
     "  district doctor --json",
     DISTRICT_DOCTOR_OPTIONS, district_doctor},
    {"wards", "", "how each device stands, the worst first",
     "First of all whether the district itself serves.  Then, a device a line: last contact,\n"
     "attempts that failed since the last good one, what is held of its log, what is missing\n"
     "here and there, what waits and what is quarantined, how far its clock is off, its\n"
     "program, and until when its keys are to be rotated (site.conf, [keys]\n"
     "rotate_keys_days); below it how the last attempt failed and what to do, and what lies\n"
     "aside of a fork.  Exit code 1 when the last attempt of a device failed or one was never\n"
     "heard of.\n\n"
     "  district wards",
     NULL, district_wards},
    {"log", "[N] [--failed] [--follow]", "every session, refused ones too",
     "Who, when, how long, bytes and changes each way, result; the newest last.  Knocks of "
     "one\n"
     "unknown key within an hour are one row.  A time when the district itself did not serve "
     "is\n"
     "a row \"down\": stopped, or killed; of a killed one, conversations under way then have "
     "no\n"
     "row.  A row is there within a second of the end of its conversation.  With its number\n"
     "N: everything about one, with the changes that moved, what became of them, and why any\n"
     "was refused.  What is kept: site.conf, [sessions] days and rows; what policy cut off is\n"
     "noted in the admin log.\n\n"
     "  district log --unit \"Bồ Đề\" --failed --since 2022-04-01\n"
     "  district log 12\n"
     "  district log --follow --json",
     DISTRICT_LOG_OPTIONS, district_log},
    {"admin-log", "[--since TIME] [--until TIME] [--kind NAME]",
     "what was done to keys, forms, units, verdicts and settings",
     "Every action in the order of its time: statements of the roster, what was written on\n"
     "forms, units and verdicts, and what else admins did: invites, settings, starts and\n"
     "stops, pruning, restores, exports.  The first ones are signed where they stand; the\n"
     "rest is a "
     "chain of hashes, and a row that was changed or removed is told here and by \"district\n"
     "verify\" (exit code 1).\n\n"
     "  district admin-log --since 30d --kind roster\n"
     "  district admin-log --json",
     DISTRICT_ADMIN_LOG_OPTIONS, district_admin_log},
    {"staff", WSYNC_STAFF_ARGUMENTS, "the district's staff, and who may log in at the pages",
     WSYNC_STAFF_HELP("district"), WSYNC_STAFF_OPTIONS, wsync_staff_command},
    {"quarantine", "[list | show CHANGE | adopt CHANGE | unadopt CHANGE]",
     "changes that do not count, and why",
     "Every change that was taken and does not count, with its reason.  \"adopt\" waives a\n"
     "missing right (a revoked device, a role), so that it counts everywhere; \"unadopt\" "
     "takes\n"
     "that back.  Exit code 1 when anything is quarantined.\n\n"
     "  district quarantine\n"
     "  district quarantine adopt 3f9ac210-17 --note \"typed before the device was lost\"",
     DISTRICT_QUARANTINE_OPTIONS, district_quarantine},
    {"roster", "print | take FILE", "the signed list of devices, by file",
     "\"take\": after a restore every ward that syncs fills the roster again.  A device that "
     "was\n"
     "enrolled since the copy, and which no other ward has heard of, is refused at the door:\n"
     "there \"ward roster print\" prints what is missing here.  \"print\": for a ward that "
     "cannot\n"
     "come in because it does not know the district's new key.  Each statement is checked\n"
     "against those before it; they hold no secret.\n\n"
     "  district roster print > roster.txt\n"
     "  district roster take roster.txt",
     NULL, wsync_view_roster},
    {"restored", "", "say that this data directory is a restored copy",
     "Begins a new epoch: the district writes in new logs and is refilled by the wards.  A "
     "copy\n"
     "that is older than the district's own note (outside the data directory) is noticed "
     "without\n"
     "this; run it when that note was restored as well, or does not exist.\n"
     "From then on nobody is enrolled, revoked or given new keys until every device that is\n"
     "neither revoked nor suspended has synced once: a roster that goes on two ways refuses\n"
     "(roster) the wards on the other one.  --whole ends that sooner, when those that do not\n"
     "come hold nothing newer than the copy.  If it was split all the same, put the copy back\n"
     "once more and let those wards sync first, or enrol their devices anew and bring their "
     "work\n"
     "over by \"ward export\" and \"ward import\".  An invite used since the copy admits one "
     "more\n"
     "device until it expires.\n\n"
     "  district restored --yes\n"
     "  district restored --whole --yes",
     DISTRICT_RESTORED_OPTIONS, district_restored},
    {"prove", "RECORD | --size N..M", "prove that a record is in the log, or how the log grew",
     "Prints a text that wardsync-verify checks with the root key alone: each change of the\n"
     "record under its author's seal, and the signed checkpoint that names it.  With --size:\n"
     "that the checkpoint of size M goes on from that of size N, for wards that compare\n"
     "theirs.\n\n"
     "  district prove 3f9ac210-17 > proof.txt\n"
     "  district prove --size 120..345 > proof.txt",
     WSYNC_VIEW_DISTRICT_PROVE_OPTIONS, wsync_view_prove},
    {"import", "BUNDLE [--answer FILE]", "take what a ward wrote on a stick",
     "Takes the change-sets of a bundle (\"ward export --bundle\") as if they had come by\n"
     "network, and writes the answer beside it: what is held now, directives, forms, roster,\n"
     "receipt.  The ward takes it by \"ward import\".  Taking the same bundle again changes\n"
     "nothing.  Of a damaged file every whole part is taken and the rest is named; exit code\n"
     "1 then.  Serving goes on meanwhile.  --dry-run says what would be taken.\n\n"
     "  district import stick/bo-de.bundle\n"
     "  district import stick/bo-de.bundle --dry-run",
     DISTRICT_IMPORT_OPTIONS, district_import},
    {"export", "--signed FILE [--unit UNIT] | --answer FILE BUNDLE",
     "write the signed log for an auditor, or the answer to a bundle",
     "Every statement of the roster and every change as its author sealed it, in one file;\n"
     "wardsync-verify checks it on a machine that has nothing but the file and the root key,\n"
     "and adds the totals up again.  Serving goes on meanwhile.\n"
     "--answer writes the answer to a bundle that was taken before, as things stand now.\n\n"
     "  district export --signed long-bien.log\n"
     "  district export --answer stick/bo-de.answer stick/bo-de.bundle",
     DISTRICT_EXPORT_OPTIONS, district_export},
    {"photos", "[list | get RECORD | verify | prune]", "photos and attachments of records",
     WSYNC_VIEW_PHOTOS_HELP "  district photos --missing\n"
                            "  district photos get 3f9ac210-17 --out place.jpg",
     WSYNC_VIEW_PHOTOS_OPTIONS, wsync_view_photos},
    {"backup", WSYNC_BACKUP_ARGUMENTS, "sealed copies of the data directory",
     WSYNC_BACKUP_HELP("district"), WSYNC_BACKUP_OPTIONS, wsync_backup_command},
    {"verify", "", "check all that is stored against the raw log",
     WSYNC_VIEW_VERIFY_HELP "  district verify", WSYNC_VIEW_VERIFY_OPTIONS, wsync_view_verify},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    static const struct wsync_cli_program PROGRAM = {
        "district", "the district's node: takes, merges and adds up what the wards record",
        WSYNC_SITE_DISTRICT, COMMANDS};
    return wsync_cli_main(&PROGRAM, argc, argv);
}
