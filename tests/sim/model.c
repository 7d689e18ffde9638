/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/model.h"

#include "tests/sim/random.h"

void sim_model_clear(struct sim_model *model)
{
    model->log_count = 0;
    model->change_count = 0;
    model->operation_count = 0;
    model->base_count = 0;
    model->write_count = 0;
}

uint16_t sim_model_find(const struct sim_model *model, const struct wsync_log_id *id)
{
    for (size_t i = 0; i < model->log_count; i++) {
        if (wsync_log_id_equal(&model->logs[i].id, id)) {
            return (uint16_t)i;
        }
    }
    return SIM_NONE;
}

uint16_t sim_model_open(struct sim_model *model, const struct wsync_log *log)
{
    WSYNC_ASSERT(model->log_count < SIM_LOGS_MAX);
    struct sim_log *made = &model->logs[model->log_count];
    made->id = log->id;
    made->device = log->device;
    made->scope = log->scope;
    made->count = 0;
    made->reference_count = 0;
    return (uint16_t)model->log_count++;
}

bool sim_model_has_room(const struct sim_model *model)
{
    for (size_t i = 0; i < model->log_count; i++) {
        if (model->logs[i].count + 1 >= SIM_LOG_CHANGES_MAX ||
            model->logs[i].reference_count + WSYNC_REFERENCES_PER_CHANGE_MAX >=
                SIM_LOG_REFERENCES_MAX) {
            return false;
        }
    }
    return model->log_count + 2 < SIM_LOGS_MAX && model->change_count + 1 < SIM_CHANGES_MAX &&
           model->operation_count + WSYNC_OPERATIONS_MAX < SIM_OPERATIONS_MAX &&
           model->base_count + 4 * WSYNC_BASES_MAX < SIM_BASES_MAX &&
           model->write_count + WSYNC_CHANGE_WRITES_MAX < SIM_WRITES_MAX;
}

uint16_t sim_model_operation(const struct sim_model *model, struct sim_dot dot)
{
    const struct sim_log *log = &model->logs[dot.log];
    WSYNC_ASSERT(dot.seq > 0 && dot.seq <= log->count);
    return (uint16_t)(model->changes[log->changes[dot.seq - 1]].first + dot.op);
}

static struct sim_address address_of(const struct sim_model *model, uint16_t log,
                                     const struct wsync_address *from)
{
    const struct sim_log *own = &model->logs[log];
    struct sim_address address = {{log, (uint16_t)from->seq, (uint16_t)from->op}, SIM_NONE, 0};
    if (from->reference > 0) {
        WSYNC_ASSERT(from->reference <= own->reference_count);
        address.by = own->reference_logs[from->reference - 1];
        address.reach = own->reference_seqs[from->reference - 1];
        address.dot.log = address.by;
    }
    return address;
}

static struct sim_value value_of(const struct wsync_value *from)
{
    struct sim_value value = {.class = from->class};
    struct sim_trace text = {0};
    switch (from->class) {
    case WSYNC_CLASS_INTEGER:
        value.integer = from->integer;
        break;
    case WSYNC_CLASS_TEXT:
        sim_trace_bytes(&text, from->text);
        value.text = text.hash;
        break;
    case WSYNC_CLASS_LIST:
        for (size_t i = 0; i < from->item_count; i++) {
            WSYNC_ASSERT(from->items[i] >= 0 && from->items[i] < 63);
            value.integer |= INT64_C(1) << from->items[i];
        }
        break;
    case WSYNC_CLASS_BLANK:
    case WSYNC_CLASS_PRIVATE:
        break;
    }
    return value;
}

static void learn_writes(struct sim_model *model, const struct wsync_operation *from,
                         struct sim_operation *operation)
{
    operation->writes = &model->writes[model->write_count];
    operation->write_count = from->write_count;
    for (size_t i = 0; i < from->write_count; i++) {
        struct sim_write write = {from->writes[i].field, value_of(&from->writes[i].value)};
        model->writes[model->write_count++] = write;
        if (from->form == WSYNC_FORM_FORM && write.field == WSYNC_FORM_NUMBER) {
            operation->defines_form = write.value.integer;
        }
        if (from->form == WSYNC_FORM_FORM && write.field == WSYNC_FORM_VERSION) {
            operation->defines_version = write.value.integer;
        }
    }
}

/* Hangs an operation onto the record it is about. */
static void link_record(struct sim_model *model, uint16_t index)
{
    struct sim_operation *operation = &model->operations[index];
    operation->next = SIM_NONE;
    if (operation->creates) {
        return;
    }
    uint16_t at = sim_model_operation(model, operation->record.dot);
    WSYNC_ASSERT(model->operations[at].creates);
    operation->next = model->operations[at].next;
    model->operations[at].next = index;
}

static void learn_operation(struct sim_model *model, uint16_t log,
                            const struct wsync_operation *from)
{
    uint16_t index = (uint16_t)model->operation_count++;
    struct sim_operation *operation = &model->operations[index];
    *operation = (struct sim_operation){.change = (uint16_t)(model->change_count - 1),
                                        .kind = from->kind,
                                        .creates = from->creates,
                                        .form = from->form,
                                        .version = from->version,
                                        .bases = &model->bases[model->base_count],
                                        .base_count = from->base_count};
    for (size_t i = 0; i < from->base_count; i++) {
        model->bases[model->base_count++] = address_of(model, log, &from->bases[i]);
    }
    if (!from->creates) {
        operation->record = address_of(model, log, &from->record);
    }
    if (from->kind == WSYNC_KIND_DUPLICATE) {
        operation->other = address_of(model, log, &from->other);
    }
    learn_writes(model, from, operation);
    link_record(model, index);
}

void sim_model_learn(struct sim_model *model, uint16_t log, const struct wsync_change *change,
                     struct wsync_arena *arena)
{
    size_t mark = wsync_arena_mark(arena);
    struct sim_log *own = &model->logs[log];
    struct wsync_context context;
    struct wsync_operation *operations;
    WSYNC_ASSERT(wsync_context_decode(change->raw.public_part, arena, &context) == WSYNC_OK);
    WSYNC_ASSERT(wsync_operations_decode(&context, &change->raw, arena, &operations) ==
                 WSYNC_OK);
    for (size_t i = 0; i < context.reference_count; i++) {
        uint16_t target = sim_model_find(model, &context.references[i].log);
        WSYNC_ASSERT(target != SIM_NONE);
        own->reference_logs[own->reference_count] = target;
        own->reference_seqs[own->reference_count++] = (uint16_t)context.references[i].seq;
    }
    own->changes[own->count++] = (uint16_t)model->change_count;
    struct sim_change *made = &model->changes[model->change_count++];
    *made = (struct sim_change){.log = log,
                                .seq = own->count,
                                .stamp = change->stamp,
                                .hash = change->hash,
                                .first = (uint16_t)model->operation_count,
                                .count = (uint16_t)context.operation_count};
    for (size_t i = 0; i < context.operation_count; i++) {
        learn_operation(model, log, &operations[i]);
    }
    wsync_arena_release(arena, mark);
}
