/* SPDX-License-Identifier: Apache-2.0 */
/* blob_files.h: attachments on disk (blob.h), one file each, under a folder beside the store.
 *
 * A whole blob is FOLDER/ab/abcd...-LENGTH, the root in hex digits; what is not whole yet has
 * ".part" behind that and, behind the last chunk's place, the hash of each chunk that is there,
 * so that a power cut costs what it tore and nothing before it.  Files are 0600, folders 0700.
 * Several processes may use one folder. */
#ifndef WARDSYNC_HOST_BLOB_FILES_H
#define WARDSYNC_HOST_BLOB_FILES_H

#include "wardsync/blob.h"

enum { WSYNC_BLOB_PATH_BYTES = 1280 };

/* Opens the folder; it is made with the first blob, as its parent must be there already.  On
 * success `*blobs` goes to wsync_blobs_close.  MEMORY; OVERSIZE when the path is too long. */
WSYNC_MUST_USE enum wsync_err wsync_blob_files_open(const char *folder,
                                                    struct wsync_blobs **blobs,
                                                    struct wsync_error *error);

/* Where a whole blob is, or will be; for whoever hands the file to another program.  `blobs`
 * must be one of files. */
void wsync_blob_files_path(const struct wsync_blobs *blobs, const struct wsync_blob_name *name,
                           char path[WSYNC_BLOB_PATH_BYTES]);

/* Calls `visit` for every whole blob and every part in the folder, in no order, until it
 * answers something other than OK, which is passed on.  Names that are none of ours are passed
 * over. */
WSYNC_MUST_USE enum wsync_err wsync_blob_files_each(
    struct wsync_blobs *blobs,
    enum wsync_err (*visit)(void *context, const struct wsync_blob_name *name, bool whole),
    void *context);

#endif
