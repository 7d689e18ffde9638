/* SPDX-License-Identifier: Apache-2.0 */
/* The forms every program knows without being told: units, forms, staff,
 * verdicts (SPEC section 8.1). */
#include "wardsync/form.h"

#define TEXT(literal)                                                                          \
    {                                                                                          \
        .data = (const uint8_t *)(literal), .len = sizeof(literal) - 1                         \
    }
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct wsync_choice LEVELS[] = {
    {1, TEXT("district"), TEXT("Quận"), TEXT("District")},
    {2, TEXT("ward"), TEXT("Phường"), TEXT("Ward")},
    {3, TEXT("group"), TEXT("Tổ dân phố"), TEXT("Residential group")},
};

static const struct wsync_field UNIT_FIELDS[] = {
    {.number = 1,
     .type = WSYNC_TYPE_INTEGER,
     .name = TEXT("id"),
     .required = true,
     .label_vi = TEXT("Mã số đơn vị"),
     .label_en = TEXT("Unit id"),
     .has_min = true,
     .has_max = true,
     .min = 1,
     .max = UINT32_MAX},
    {.number = 2,
     .type = WSYNC_TYPE_CHOICE,
     .name = TEXT("level"),
     .required = true,
     .label_vi = TEXT("Cấp"),
     .label_en = TEXT("Level"),
     .choices = LEVELS,
     .choice_count = COUNT(LEVELS)},
    {.number = 3,
     .type = WSYNC_TYPE_TEXT,
     .name = TEXT("code"),
     .label_vi = TEXT("Mã hành chính"),
     .label_en = TEXT("Official code")},
    {.number = 4,
     .type = WSYNC_TYPE_TEXT,
     .name = TEXT("name"),
     .required = true,
     .label_vi = TEXT("Tên"),
     .label_en = TEXT("Name")},
    {.number = 5,
     .type = WSYNC_TYPE_UNIT,
     .name = TEXT("parent"),
     .label_vi = TEXT("Đơn vị cấp trên"),
     .label_en = TEXT("Parent unit")},
    {.number = 6,
     .type = WSYNC_TYPE_DATE,
     .name = TEXT("valid_from"),
     .label_vi = TEXT("Hiệu lực từ ngày"),
     .label_en = TEXT("Valid from")},
    {.number = 7,
     .type = WSYNC_TYPE_DATE,
     .name = TEXT("valid_to"),
     .label_vi = TEXT("Hiệu lực đến hết ngày"),
     .label_en = TEXT("Valid to")},
};

static const struct wsync_field FORM_FIELDS[] = {
    {.number = 1,
     .type = WSYNC_TYPE_INTEGER,
     .name = TEXT("number"),
     .required = true,
     .label_vi = TEXT("Số của mẫu"),
     .label_en = TEXT("Form number"),
     .has_min = true,
     .has_max = true,
     .min = WSYNC_FORM_FIRST,
     .max = UINT32_MAX},
    {.number = 2,
     .type = WSYNC_TYPE_INTEGER,
     .name = TEXT("version"),
     .required = true,
     .label_vi = TEXT("Phiên bản"),
     .label_en = TEXT("Version"),
     .has_min = true,
     .has_max = true,
     .min = 1,
     .max = UINT32_MAX},
    {.number = 3,
     .type = WSYNC_TYPE_BYTES,
     .name = TEXT("definition"),
     .required = true,
     .label_vi = TEXT("Định nghĩa"),
     .label_en = TEXT("Definition")},
};

static const struct wsync_field STAFF_FIELDS[] = {
    {.number = 1,
     .type = WSYNC_TYPE_INTEGER,
     .name = TEXT("number"),
     .required = true,
     .label_vi = TEXT("Số thứ tự cán bộ"),
     .label_en = TEXT("Staff number"),
     .has_min = true,
     .has_max = true,
     .min = 1,
     .max = UINT16_MAX},
    {.number = 2,
     .type = WSYNC_TYPE_TEXT,
     .name = TEXT("name"),
     .required = true,
     .label_vi = TEXT("Họ và tên"),
     .label_en = TEXT("Full name"),
     .personal = true},
};

static const struct wsync_choice DECISIONS[] = {
    {1, TEXT("quarantine"), TEXT("Cách ly"), TEXT("Quarantine")},
    {2, TEXT("adopt"), TEXT("Chấp nhận"), TEXT("Adopt")},
    {3, TEXT("stands"), TEXT("Nhánh được giữ"), TEXT("Branch stands")},
};

static const struct wsync_field VERDICT_FIELDS[] = {
    {.number = 1,
     .type = WSYNC_TYPE_BYTES,
     .name = TEXT("log"),
     .required = true,
     .label_vi = TEXT("Nhật ký"),
     .label_en = TEXT("Log")},
    {.number = 2,
     .type = WSYNC_TYPE_INTEGER,
     .name = TEXT("seq"),
     .required = true,
     .label_vi = TEXT("Số thứ tự thay đổi"),
     .label_en = TEXT("Change number"),
     .has_min = true,
     .min = 1},
    {.number = 3,
     .type = WSYNC_TYPE_BYTES,
     .name = TEXT("hash"),
     .required = true,
     .label_vi = TEXT("Mã băm"),
     .label_en = TEXT("Hash")},
    {.number = 4,
     .type = WSYNC_TYPE_CHOICE,
     .name = TEXT("decision"),
     .required = true,
     .label_vi = TEXT("Quyết định"),
     .label_en = TEXT("Decision"),
     .choices = DECISIONS,
     .choice_count = COUNT(DECISIONS)},
    {.number = 5,
     .type = WSYNC_TYPE_INTEGER,
     .name = TEXT("reason"),
     .label_vi = TEXT("Mã lý do"),
     .label_en = TEXT("Reason code"),
     .has_min = true,
     .has_max = true,
     .min = 0,
     .max = UINT16_MAX},
    {.number = 6,
     .type = WSYNC_TYPE_TEXT,
     .name = TEXT("note"),
     .label_vi = TEXT("Ghi chú"),
     .label_en = TEXT("Note")},
};

static const struct wsync_form BUILTIN[] = {
    {.number = WSYNC_FORM_UNIT,
     .version = 1,
     .name = TEXT("unit"),
     .title_vi = TEXT("Đơn vị"),
     .title_en = TEXT("Unit"),
     .fields = UNIT_FIELDS,
     .field_count = COUNT(UNIT_FIELDS)},
    {.number = WSYNC_FORM_FORM,
     .version = 1,
     .name = TEXT("form"),
     .title_vi = TEXT("Mẫu"),
     .title_en = TEXT("Form"),
     .fields = FORM_FIELDS,
     .field_count = COUNT(FORM_FIELDS)},
    {.number = WSYNC_FORM_STAFF,
     .version = 1,
     .name = TEXT("staff"),
     .title_vi = TEXT("Cán bộ"),
     .title_en = TEXT("Staff"),
     .fields = STAFF_FIELDS,
     .field_count = COUNT(STAFF_FIELDS)},
    {.number = WSYNC_FORM_VERDICT,
     .version = 1,
     .name = TEXT("verdict"),
     .title_vi = TEXT("Quyết định về thay đổi"),
     .title_en = TEXT("Verdict"),
     .fields = VERDICT_FIELDS,
     .field_count = COUNT(VERDICT_FIELDS)},
};

const struct wsync_form *wsync_form_builtin(uint32_t number)
{
    for (size_t i = 0; i < COUNT(BUILTIN); i++) {
        if (BUILTIN[i].number == number) {
            return &BUILTIN[i];
        }
    }
    return NULL;
}
