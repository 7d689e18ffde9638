/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/import_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal)                                                                          \
    {                                                                                          \
        (const uint8_t *)(literal), sizeof(literal) - 1                                        \
    }
#define FIELD(n, t, word)                                                                      \
    .number = n, .type = WSYNC_TYPE_##t, .name = TEXT(word), .label_vi = TEXT(word "_vi"),     \
    .label_en = TEXT(word "_en")
#define CHOICES .choices = KINDS, .choice_count = 2

static const struct wsync_choice KINDS[] = {{1, TEXT("a"), TEXT("An"), TEXT("Alpha")},
                                            {2, TEXT("b"), TEXT("Bình"), TEXT("Beta")}};

static const struct wsync_field FIELDS[] = {
    {FIELD(1, DATE, "date"), .required = true},
    {FIELD(2, INTEGER, "count"), .has_min = true, .has_max = true, .max = 100,
     .aggregate = WSYNC_AGGREGATE_SUM},
    {FIELD(3, CHOICE, "kind"), CHOICES, .aggregate = WSYNC_AGGREGATE_COUNT},
    {FIELD(4, TEXT, "note")},
    {FIELD(5, TEXT, "person"), .personal = true},
    {FIELD(6, DECIMAL, "weight"), .digits = 2},
    {FIELD(7, UNIT, "place_unit")},
    {FIELD(8, CHOICES, "tags"), CHOICES},
    {FIELD(9, TIME, "start")},
    {FIELD(10, DATETIME, "seen")},
    {FIELD(11, BOOLEAN, "done")},
    {FIELD(12, GEOPOINT, "spot")},
};

static const struct wsync_form VISIT = {.number = RIG_FORM,
                                        .version = 1,
                                        .name = TEXT("visit"),
                                        .title_vi = TEXT("Đi thăm"),
                                        .title_en = TEXT("Visit"),
                                        .date_field = 1,
                                        .fields = FIELDS,
                                        .field_count = sizeof FIELDS / sizeof *FIELDS};

static void must(enum wsync_err err)
{
    if (err != WSYNC_OK) {
        fprintf(stderr, "import_rig: %s\n", wsync_err_name(err));
    }
    WSYNC_ASSERT(err == WSYNC_OK);
}

static void write_one(struct import_rig *rig, const struct wsync_intent *intent)
{
    const struct wsync_site_change change = {REPLICA_TOP, 0, intent, 1};
    struct wsync_dot written;
    must(wsync_site_begin(&rig->site, WSYNC_TXN_WRITE, NULL));
    must(wsync_site_write(&rig->site, &change, &written, NULL));
    must(wsync_site_commit(&rig->site, NULL));
}

void import_rig_form(struct import_rig *rig, const struct wsync_form *form)
{
    struct wsync_slice definition;
    size_t mark = wsync_arena_mark(&rig->site.arena);
    must(wsync_form_encode(form, &rig->site.arena, &definition, NULL));
    const struct wsync_write writes[] = {
        {WSYNC_FORM_NUMBER, false, {.class = WSYNC_CLASS_INTEGER, .integer = form->number}},
        {WSYNC_FORM_VERSION, false, {.class = WSYNC_CLASS_INTEGER, .integer = form->version}},
        {WSYNC_FORM_DEFINITION, false, {.class = WSYNC_CLASS_TEXT, .text = definition}},
    };
    write_one(rig, &(struct wsync_intent){.form = WSYNC_FORM_FORM,
                                          .version = 1,
                                          .creates = true,
                                          .writes = writes,
                                          .write_count = 3});
    wsync_arena_release(&rig->site.arena, mark);
}

void import_rig_unit(struct import_rig *rig, uint32_t id, int64_t level, uint32_t parent,
                     const char *name)
{
    char code[16];
    snprintf(code, sizeof code, "U%u", id);
    const struct wsync_write writes[] = {
        {WSYNC_UNIT_ID, false, {.class = WSYNC_CLASS_INTEGER, .integer = id}},
        {WSYNC_UNIT_LEVEL, false, {.class = WSYNC_CLASS_INTEGER, .integer = level}},
        {WSYNC_UNIT_CODE, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of(code)}},
        {WSYNC_UNIT_NAME, false, {.class = WSYNC_CLASS_TEXT, .text = wsync_slice_of(name)}},
        {WSYNC_UNIT_PARENT, false, {.class = WSYNC_CLASS_INTEGER, .integer = parent}},
    };
    write_one(rig, &(struct wsync_intent){.form = WSYNC_FORM_UNIT,
                                          .version = 1,
                                          .creates = true,
                                          .writes = writes,
                                          .write_count = parent ? 5 : 4});
}

static void found(struct import_rig *rig, const struct installation *installation)
{
    struct wsync_signed_statement issued;
    uint32_t scopes[15];
    for (uint32_t i = 0; i < 15; i++) {
        scopes[i] = i + 1;
    }
    struct wsync_statement statement = installation_statement(installation, &rig->replica);
    statement.enrol.scopes = scopes;
    statement.enrol.scope_count = 15;
    must(wsync_site_begin(&rig->site, WSYNC_TXN_WRITE, NULL));
    must(wsync_roster_issue(rig->site.txn, &rig->site.arena, &statement,
                            &installation->root_secret, &issued));
    must(wsync_site_commit(&rig->site, NULL));
    wsync_arena_release(&rig->site.arena, 0);
}

void import_rig_open(struct import_rig *rig, struct wsync_store *store)
{
    struct installation installation;
    *rig = (struct import_rig){.finding_count = 0};
    installation_init(&installation, 7);
    replica_init(&rig->replica, store, 7, 1, REPLICA_TOP);
    rig->site = (struct wsync_site){.store = store,
                                    .conf = {.kind = WSYNC_SITE_DISTRICT, .scope = 2},
                                    .identity = rig->replica.identity,
                                    .catalog = rig->replica.catalog,
                                    .arena = rig->replica.arena};
    rig->site.ledger =
        (struct wsync_ledger){.catalog = rig->site.catalog, .identity = &rig->site.identity};
    wsync_scratch_open(&rig->scratch);
    found(rig, &installation);
    import_rig_form(rig, &VISIT);
    import_rig_unit(rig, 1, 1, 0, "Long Biên");
    for (uint32_t id = 2; id <= 15; id++) {
        char name[16];
        snprintf(name, sizeof name, "Ward %u", id);
        import_rig_unit(rig, id, 2, 1, name);
    }
    import_rig_unit(rig, 21, 3, 2, "Tổ 1");
    import_rig_unit(rig, 22, 3, 2, "Tổ 2");
    import_rig_unit(rig, 31, 3, 3, "Tổ 1");
}

void import_rig_close(struct import_rig *rig)
{
    wsync_scratch_close(&rig->scratch);
    replica_fini(&rig->replica);
}

const char *import_rig_file(struct import_rig *rig, const char *name, const char *text)
{
    static char paths[4][WSYNC_SCRATCH_PATH_BYTES];
    static size_t next;
    char *path = paths[next++ % 4];
    FILE *file = fopen(wsync_scratch_path(&rig->scratch, name, path), "w");
    WSYNC_ASSERT(file && fwrite(text, 1, strlen(text), file) == strlen(text));
    WSYNC_ASSERT(fclose(file) == 0);
    return path;
}

static void keep(char *to, size_t size, struct wsync_slice text)
{
    snprintf(to, size, "%.*s", (int)text.len, text.len ? (const char *)text.data : "");
}

static void collect(void *context, const struct wsync_finding *finding)
{
    struct import_rig *rig = context;
    WSYNC_ASSERT(rig->finding_count < RIG_FINDINGS_MAX);
    struct rig_finding *kept = &rig->findings[rig->finding_count++];
    kept->row = finding->row;
    kept->line = finding->line;
    keep(kept->column, sizeof kept->column, finding->column);
    keep(kept->value, sizeof kept->value, finding->value);
    keep(kept->reason, sizeof kept->reason, finding->reason);
}

static void note_progress(void *context, const struct wsync_import_progress *progress)
{
    struct import_rig *rig = context;
    rig->progress_calls++;
    WSYNC_ASSERT(progress->rows >= rig->progress_rows);
    WSYNC_ASSERT(progress->bytes >= rig->progress_bytes);
    rig->progress_rows = progress->rows;
    rig->progress_bytes = progress->bytes;
    rig->progress_total = progress->bytes_total;
    if (rig->stop_at_row > 0 && progress->rows >= rig->stop_at_row) {
        rig->stop = 1;
    }
}

struct wsync_import_options import_rig_options(struct import_rig *rig, const char *path)
{
    return (struct wsync_import_options){.path = path,
                                         .form = "visit",
                                         .scope = 2,
                                         .stop = &rig->stop,
                                         .find = collect,
                                         .progress = note_progress,
                                         .context = rig};
}

enum wsync_err import_rig_run(struct import_rig *rig,
                              const struct wsync_import_options *options,
                              struct wsync_import_summary *summary)
{
    rig->finding_count = 0;
    rig->stop = 0;
    rig->error.text[0] = '\0';
    rig->progress_calls = rig->progress_rows = rig->progress_bytes = 0;
    enum wsync_err err = wsync_import_run(&rig->site, options, summary, &rig->error);
    WSYNC_ASSERT(!rig->site.txn && rig->site.arena.used == 0);
    WSYNC_ASSERT(summary->findings == rig->finding_count);
    WSYNC_ASSERT(summary->rows ==
                 summary->added + summary->there + summary->not_mine + summary->faulty);
    return err;
}

/* Adds a cell to a total. */
struct adding {
    struct rig_total total;
    uint32_t field;
};

static enum wsync_err add_cell(void *context, const struct wsync_cell *cell)
{
    struct adding *adding = context;
    const struct wsync_measure *measure = wsync_cell_measure(cell, adding->field, 0);
    adding->total.records += cell->records;
    adding->total.count += measure ? measure->count : 0;
    adding->total.sum += measure ? (int64_t)measure->sum : 0;
    return WSYNC_OK;
}

struct rig_total import_rig_total(struct import_rig *rig, uint32_t form, uint32_t scope,
                                  uint32_t field)
{
    struct adding adding = {.field = field};
    const struct wsync_totals_query query = {form, scope, WSYNC_NO_DAY, INT32_MAX};
    must(wsync_site_begin(&rig->site, WSYNC_TXN_READ, NULL));
    must(wsync_totals_walk(rig->site.txn, &rig->site.arena, &query, add_cell, &adding));
    wsync_site_abort(&rig->site);
    return adding.total;
}

bool import_rig_state_holds(struct import_rig *rig)
{
    struct wsync_hash held = replica_digest(&rig->replica, 0);
    struct wsync_hash again = replica_recomputed_digest(&rig->replica, 0);
    return wsync_hash_equal(&held, &again);
}
