/* SPDX-License-Identifier: Apache-2.0 */
/* tables.h: the tables of a store: X(NAME, bytes of the shortest key, of the longest).
 *
 * Row layouts are written where the rows are coded, in the module named behind each table.
 * Numbers in keys are big-endian, so that key order is number order. */
#ifndef WARDSYNC_TABLES_H
#define WARDSYNC_TABLES_H

#define WSYNC_TABLE_LIST(X) \
    X(META, 1, WSYNC_KEY_BYTES_MAX) /* name -> value: format, counters, identity */ \
    X(ROSTER, 8, 8) /* version -> signed statement (roster.c) */ \
    X(DEVICES, 16, 16) /* device id -> what the roster says of it (device.c) */ \
    X(TRANSPORTS, 32, 32) /* transport key -> device id (device.c) */ \
    X(KEYS, 32, 32) /* signing key of a device -> device id (device.c) */ \
    X(LOG_KEYS, 32, 32) /* key of the log -> roster version (roster.c) */ \
    X(PINS, 33, 33) /* device id, log id, why -> version, seq, hash (pins.c) */ \
    X(INVITES, 32, 32) /* invite transport key -> invite (enrol.c) */ \
    X(LOG_NUMBERS, 16, 16) /* log id -> log number (log.c) */ \
    X(LOGS, 4, 4) /* log number -> id, scope, device, head (log.c) */ \
    X(CHANGES, 12, 12) /* log number, seq -> hash, state, raw bytes (log.c) */ \
    X(SEALS, 12, 12) /* log number, seq -> checkpoint, signature (log.c) */ \
    X(REFERENCES, 8, 8) /* log number, index -> log number, seq, hash (log.c) */ \
    X(RECORDS, 14, 14) /* record -> live values (record.c) */ \
    X(HISTORY, 28, 28) /* record, change -> nothing (ledger.c) */ \
    X(CONFLICTS, 14, 14) /* record -> nothing (ledger.c) */ \
    X(TOTALS, 16, 16) /* form, day, scope, subject -> cell (totals.c) */ \
    X(COUNTED, 30, 30) /* form, day, scope, subject, record -> nothing (totals.c) */ \
    X(WAITING, 25, 25) /* cause, change -> nothing (ledger.c) */ \
    X(RELEASED, 13, 13) /* cause -> nothing: waiting changes to look at again (ledger.c) */ \
    X(QUARANTINE, 12, 12) /* log number, seq -> code (ledger.c) */ \
    X(FORMS, 8, 8) /* form, version -> record of its definition (catalog.c) */ \
    X(UNITS, 22, 22) /* unit, first day, record -> nothing (catalog.c) */ \
    X(QUOTAS, 16, 16) /* device id -> day, changes taken on it (quota.c) */ \
    X(HELD, 4, 4) /* log number -> head the peer acknowledged (session.c) */ \
    X(IMPORTS, 5, 25) /* import id, key -> record (host/import.c) */ \
    X(VERDICTS, 26, 26) /* log number, seq, record -> nothing (verdict.c) */ \
    X(ORIGINS, 40, 40) /* what was written again -> the copy (origin.c) */ \
    X(BRANCHES, 8, 8) /* log number, branch number -> where it forks (branch.c) */ \
    X(SESSIONS, 8, 8) /* number -> what became of one session (host/session_log.c) */ \
    X(CONTACTS, 16, 16) /* device -> its last sessions (host/session_log.c) */ \
    X(ADMIN, 8, 8) /* number -> what an admin did (host/admin_log.c) */ \
    X(LEAVES, 12, 12) /* tree number, index -> leaf of the transparency log (tree.c) */ \
    X(TREE, 13, 13) /* tree number, level, index -> hash of a complete subtree (tree.c) */ \
    X(LEAF_OF, 20, 20) /* log number, seq, hash -> tree number, index (tree.c) */ \
    X(CHECKPOINTS, 12, 12) /* tree number, size -> root, time, signature (tree.c) */ \
    X(RECEIPTS, 8, 8) /* number -> time, what became of it, receipt (receipt_rows.c) */ \
    X(BLOB_NAMES, 54, 54) /* attachment, scope, record -> nothing (blob_book.c) */ \
    X(BLOB_WORK, 17, 53) /* what is to be done with one, attachment (blob_book.c) */

#endif
