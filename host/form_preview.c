/* SPDX-License-Identifier: Apache-2.0 */
#include "host/form_preview.h"

#include <string.h>

#include "host/words.h"

/* ---- what changes ---- */

const char *const WSYNC_FORM_CHANGE_WORDS[WSYNC_FORM_CHANGE_BITS][2] = {
    {"tên", "name"},
    {"nhãn", "label"},
    {"gợi ý", "hint"},
    {"bắt buộc", "required"},
    {"giới hạn", "range"},
    {"thêm lựa chọn", "choices added"},
    {"bớt lựa chọn", "choices retired"},
    {"nhãn lựa chọn", "choice labels"},
    {"ảnh", "photo"},
    {"kiểu", "kind"},
};

const char *const WSYNC_FORM_CHANGE_KINDS[4] = {"same", "added", "changed", "retired"};

static bool same(struct wsync_slice a, struct wsync_slice b)
{
    return wsync_slice_equal(a, b);
}

static unsigned choices_changed(const struct wsync_field *old, const struct wsync_field *next)
{
    unsigned what = 0;
    for (size_t i = 0; i < next->choice_count; i++) {
        const struct wsync_choice *after = &next->choices[i];
        const struct wsync_choice *before = wsync_field_choice(old, after->number);
        if (!before) {
            what |= WSYNC_FORM_CHOICES_ADDED;
        } else if (!same(before->name, after->name)) {
            what |= WSYNC_FORM_KIND_CHANGED;
        } else if (!same(before->label_vi, after->label_vi) ||
                   !same(before->label_en, after->label_en)) {
            what |= WSYNC_FORM_CHOICES_RENAMED;
        }
    }
    for (size_t i = 0; i < old->choice_count; i++) {
        what |=
            wsync_field_choice(next, old->choices[i].number) ? 0 : WSYNC_FORM_CHOICES_RETIRED;
    }
    return what;
}

static unsigned range_changed(const struct wsync_field *old, const struct wsync_field *next)
{
    bool equal = old->has_min == next->has_min && old->has_max == next->has_max &&
                 (!old->has_min || old->min == next->min) &&
                 (!old->has_max || old->max == next->max);
    return equal ? 0 : WSYNC_FORM_RANGE_CHANGED;
}

static unsigned field_changed(const struct wsync_field *old, const struct wsync_field *next)
{
    unsigned what = choices_changed(old, next) | range_changed(old, next);
    if (!same(old->name, next->name)) {
        what |= WSYNC_FORM_NAME_CHANGED;
    }
    if (!same(old->label_vi, next->label_vi) || !same(old->label_en, next->label_en)) {
        what |= WSYNC_FORM_LABEL_CHANGED;
    }
    if (!same(old->hint_vi, next->hint_vi) || !same(old->hint_en, next->hint_en)) {
        what |= WSYNC_FORM_HINT_CHANGED;
    }
    if (old->required != next->required) {
        what |= WSYNC_FORM_REQUIRED_CHANGED;
    }
    if (old->photo_bytes_max != next->photo_bytes_max ||
        old->photo_pixels_max != next->photo_pixels_max ||
        old->photo_kinds != next->photo_kinds) {
        what |= WSYNC_FORM_PHOTO_CHANGED;
    }
    if (old->type != next->type || old->digits != next->digits ||
        old->aggregate != next->aggregate || old->personal != next->personal) {
        what |= WSYNC_FORM_KIND_CHANGED;
    }
    return what;
}

static void change_of(const struct wsync_field *old, const struct wsync_field *next,
                      struct wsync_form_change *change)
{
    *change = (struct wsync_form_change){.old = old, .next = next};
    if (old && next) {
        change->what = field_changed(old, next);
        change->kind = change->what != 0 ? WSYNC_FORM_CHANGED : WSYNC_FORM_SAME;
    } else {
        change->kind = next ? WSYNC_FORM_ADDED : WSYNC_FORM_RETIRED;
    }
}

void wsync_form_changes(const struct wsync_form *old, const struct wsync_form *next,
                        void *context,
                        void (*visit)(void *context, const struct wsync_form_change *change))
{
    size_t i = 0, j = 0, count = old ? old->field_count : 0;
    while (i < count || j < next->field_count) { /* both in the order of their numbers */
        const struct wsync_field *before = i < count ? &old->fields[i] : NULL;
        const struct wsync_field *after = j < next->field_count ? &next->fields[j] : NULL;
        struct wsync_form_change change;
        if (before && after && before->number != after->number) {
            if (before->number < after->number) {
                after = NULL;
            } else {
                before = NULL;
            }
        }
        change_of(before, after, &change);
        visit(context, &change);
        i += before != NULL;
        j += after != NULL;
    }
}

bool wsync_form_frame_changed(const struct wsync_form *old, const struct wsync_form *next)
{
    return !same(old->name, next->name) || !same(old->title_vi, next->title_vi) ||
           !same(old->title_en, next->title_en) || old->date_field != next->date_field ||
           old->subject_field != next->subject_field;
}

/* ---- what forbids it ---- */

static const char SETTINGS[] = "settings.csv", SURVEY[] = "survey.csv";

struct judging {
    struct wsync_site *site;
    struct wsync_arena *arena;
    enum wsync_language language;
    struct wsync_form_preview *preview;
    uint32_t newest; /* the version in force; 0: none */
};

static const char *word(const struct judging *judging, const char *vi, const char *en)
{
    return judging->language == WSYNC_VI ? vi : en;
}

/* What of a field's number may never change, and the column that says it. */
static const char *kept(const struct judging *judging, const struct wsync_field *old,
                        const struct wsync_field *next, const char **column)
{
    *column = "type";
    if (old->type != next->type) {
        return word(judging, "kiểu", "type");
    }
    *column = "digits";
    if (old->digits != next->digits) {
        return word(judging, "số chữ số lẻ", "digits");
    }
    *column = "aggregate";
    if (old->aggregate != next->aggregate) {
        return word(judging, "cách tổng hợp", "aggregate");
    }
    *column = "personal";
    if (old->personal != next->personal) {
        return word(judging, "dấu dữ liệu cá nhân", "personal mark");
    }
    *column = "type";
    return word(judging, "tên lựa chọn", "choice name");
}

/* Was this row of the survey told already, of an older version? */
static bool told(const struct wsync_form_findings *findings, uint64_t line)
{
    for (size_t i = 0; i < findings->count && i < WSYNC_FORM_FINDINGS_MAX; i++) {
        if (findings->items[i].line == line && strcmp(findings->items[i].sheet, SURVEY) == 0) {
            return true;
        }
    }
    return false;
}

/* Each field by itself, so that all of them are told at once. */
static void judge_field(const struct judging *judging, const struct wsync_form *old,
                        const struct wsync_field *before)
{
    struct wsync_form_preview *preview = judging->preview;
    const struct wsync_form *form = &preview->read.form;
    const struct wsync_field *after = wsync_form_field(form, before->number);
    struct wsync_form alone = *old, next = *form;
    const char *column;
    alone.fields = before;
    alone.field_count = 1;
    next.version = old->version + 1; /* whether its number fits is judged elsewhere */
    if (!after || wsync_form_check_successor(&alone, &next, NULL) == WSYNC_OK) {
        return;
    }
    uint64_t line = preview->read.lines[after - form->fields];
    const char *what = kept(judging, before, after, &column);
    if (!told(&preview->findings, line)) {
        const struct wsync_form_place place = {SURVEY, line, column};
        wsync_form_found(
            &preview->findings, &place,
            word(judging,
                 "Trường %u (%.*s): phiên bản %u đã định %s khác; %s đi với số của "
                 "trường mãi mãi, hãy dùng số mới.",
                 "Field %u (%.*s): version %u has another %s; a field number keeps "
                 "its %s for ever, use a new number."),
            after->number, (int)after->name.len, (const char *)after->name.data, old->version,
            what, what);
    }
}

/* Every earlier version binds: a number that was dropped cannot come back as something else. */
static enum wsync_err judge_history(const struct judging *judging)
{
    struct wsync_form_preview *preview = judging->preview;
    const struct wsync_form *form = &preview->read.form, *old;
    uint32_t newest = judging->newest;
    enum wsync_err err = WSYNC_OK;
    if (form->version > newest + 1) {
        const struct wsync_form_place place = {SETTINGS, preview->read.settings_line,
                                               "version"};
        wsync_form_found(&preview->findings, &place,
                         word(judging, "Phiên bản %u phải đăng sau phiên bản %u.",
                              "Version %u cannot be published before version %u."),
                         form->version, newest + 1);
    }
    for (uint32_t version = 1; err == WSYNC_OK && version <= newest; version++) {
        err = wsync_catalog_form(judging->site->catalog, judging->site->txn, form->number,
                                 version, &old);
        for (size_t i = 0; err == WSYNC_OK && i < old->field_count; i++) {
            judge_field(judging, old, &old->fields[i]);
        }
    }
    return err;
}

/* Another form must not have its name, by which people call it. */
static enum wsync_err judge_name(const struct judging *judging)
{
    struct wsync_form_preview *preview = judging->preview;
    const struct wsync_form *other, *form = &preview->read.form;
    enum wsync_err err =
        wsync_catalog_named(judging->site->catalog, judging->site->txn, form->name, &other);
    if (err == WSYNC_OK && other->number != form->number) {
        const struct wsync_form_place place = {SETTINGS, preview->read.settings_line,
                                               "form_id"};
        wsync_form_found(&preview->findings, &place,
                         word(judging, "Biểu mẫu số %u đã có tên %.*s.",
                              "Form %u has the name %.*s already."),
                         other->number, (int)form->name.len, (const char *)form->name.data);
    }
    return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
}

/* Is this very definition here already?  A version is published once. */
static enum wsync_err judge_version(const struct judging *judging, bool *here)
{
    struct wsync_form_preview *preview = judging->preview;
    const struct wsync_form *held, *form = &preview->read.form;
    struct wsync_slice bytes, definition;
    enum wsync_err err = wsync_catalog_form(judging->site->catalog, judging->site->txn,
                                            form->number, form->version, &held);
    *here = false;
    if (err != WSYNC_OK) {
        return err == WSYNC_ERR_NOT_FOUND ? WSYNC_OK : err;
    }
    err = wsync_form_encode(held, judging->arena, &bytes, NULL);
    if (err == WSYNC_OK) {
        err = wsync_form_encode(form, judging->arena, &definition, NULL);
    }
    *here = err == WSYNC_OK && wsync_slice_equal(bytes, definition);
    if (err == WSYNC_OK && !*here) {
        const struct wsync_form_place place = {SETTINGS, preview->read.settings_line,
                                               "version"};
        wsync_form_found(&preview->findings, &place,
                         word(judging,
                              "Phiên bản %u đã đăng với nội dung khác; hãy tăng số phiên bản "
                              "lên %u.",
                              "Version %u is published with another content; raise its version "
                              "to %u."),
                         form->version, judging->newest + 1);
    }
    return err;
}

static enum wsync_err judge(const struct judging *judging)
{
    struct wsync_form_preview *preview = judging->preview;
    const struct wsync_form *form = &preview->read.form;
    struct wsync_slice definition;
    struct wsync_error cause;
    char room[WSYNC_WORDS_BYTES];
    bool here = false;
    enum wsync_err err = wsync_form_encode(form, judging->arena, &definition, &cause);
    if (err == WSYNC_ERR_OVERSIZE) {
        wsync_form_found(&preview->findings, NULL, "%s",
                         wsync_words(judging->language, cause.text, room));
        return WSYNC_OK;
    }
    if (err == WSYNC_OK) {
        err = judge_version(judging, &here);
    }
    if (err == WSYNC_OK && here) {
        preview->verdict = WSYNC_FORM_HERE;
        return WSYNC_OK;
    }
    if (err == WSYNC_OK) {
        err = judge_name(judging);
    }
    return err == WSYNC_OK ? judge_history(judging) : err;
}

static enum wsync_err find_in_force(struct wsync_site *site, struct wsync_form_preview *preview)
{
    preview->in_force = NULL;
    enum wsync_err err = wsync_catalog_newest(site->catalog, site->txn,
                                              preview->read.form.number, &preview->in_force);
    if (err == WSYNC_ERR_NOT_FOUND) {
        preview->in_force = NULL; /* what was found is of another form */
        return WSYNC_OK;
    }
    return err;
}

enum wsync_err wsync_form_preview_read(struct wsync_site *site,
                                       struct wsync_xlsform_files files,
                                       struct wsync_arena *arena,
                                       struct wsync_form_preview *preview,
                                       struct wsync_error *error)
{
    struct judging judging = {site, arena, files.language, preview, 0};
    *preview = (struct wsync_form_preview){.in_force = NULL};
    files.findings = &preview->findings;
    enum wsync_err err = wsync_xlsform_read(&files, arena, &preview->read, error);
    if (err != WSYNC_OK) {
        return err;
    }
    err = find_in_force(site, preview);
    if (err == WSYNC_OK && preview->in_force) {
        judging.newest = preview->in_force->version;
        preview->verdict = WSYNC_FORM_NEXT;
    }
    if (err == WSYNC_OK && preview->findings.count == 0) {
        err = judge(&judging);
    }
    if (err == WSYNC_OK) { /* once more: decoding others may have dropped it */
        err = find_in_force(site, preview);
    }
    if (preview->findings.count > 0) {
        preview->verdict = WSYNC_FORM_REFUSED;
    }
    return err == WSYNC_OK
               ? WSYNC_OK
               : wsync_error_set(error, err, "%s", wsync_err_text(err, files.language));
}

void wsync_form_finding_text(const struct wsync_form_finding *finding,
                             enum wsync_language language, struct wsync_error *text)
{
    static const char *const ROW[] = {"%s dòng %llu%s%s: %.400s", "%s row %llu%s%s: %.400s"};
    const char *column = language == WSYNC_VI ? ", cột " : ", column ";
    enum wsync_err err = WSYNC_OK;
    if (finding->sheet[0] == '\0') {
        *text = finding->what;
    } else if (finding->line == 0) {
        err = wsync_error_set(text, err, "%s: %.400s", finding->sheet, finding->what.text);
    } else {
        err = wsync_error_set(
            text, err, ROW[language], finding->sheet, (unsigned long long)finding->line,
            finding->column[0] ? column : "", finding->column, finding->what.text);
    }
    (void)err;
}
