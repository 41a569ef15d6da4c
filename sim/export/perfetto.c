/* sim/export/perfetto.c -- Chrome's trace JSON: a process per node and client.
 *
 *      process n1   thread "events"        what the node did
 *                   thread "handles"       requests it received, answered at once as a rule
 *                   thread "calls 1" ...   its own calls from sending to outcome, as many threads
 *                                          as there are calls at the same time
 *      process "faults", process "figures"
 *
 * An arrow goes from a call's slice to where it is handled. Slices of one thread may not overlap,
 * hence the threads. Instants are the story's; those of a
 * part that begins before time 0 start there, since a time below 0 is not drawn. */
#include <string.h>

#include "sim/export/internal.h"
#include "sim/study/study.h"

enum {
    FAULTS_PID = 1,
    FIGURES_PID = 2,
    FIRST_NODE_PID = 10,
    FIRST_CLIENT_PID = 100000,
    EVENTS_TID = 1,
    HANDLES_TID = 2,
    FIRST_CALLS_TID = 10,
    MOST_LANES = 64, /* calls beyond these share the last thread's edge and are not drawn */
};

typedef struct Picture {
    const SimWorld *world;
    GString *out;
    const SimExportSlice *slice;
    int64_t origin_us;
    GHashTable *lanes; /* SimEndpoint -> GArray of int64_t: when each lane becomes free */
    GHashTable *named; /* processes that have a name */
} Picture;

static int pid_of(SimEndpoint endpoint)
{
    uint32_t index = sim_endpoint_index(endpoint);
    return (int)index + (sim_endpoint_is_client(endpoint) ? FIRST_CLIENT_PID : FIRST_NODE_PID);
}

/* --- events ---------------------------------------------------------------------------------- */

static void begin(Picture *picture, const char *phase, const char *name, int pid, int tid,
                  int64_t at_us)
{
    g_string_append(picture->out, picture->out->len > 16 ? ",\n{\"ph\":" : "\n{\"ph\":");
    sim_export_string(picture->out, phase);
    g_string_append(picture->out, ",\"name\":");
    sim_export_string(picture->out, name);
    g_string_append_printf(picture->out, ",\"pid\":%d,\"tid\":%d,\"ts\":%" G_GINT64_FORMAT, pid,
                           tid, at_us - picture->origin_us);
}

static void end(Picture *picture)
{
    g_string_append_c(picture->out, '}');
}

static void name_thread(Picture *picture, int pid, int tid, const char *name)
{
    begin(picture, "M", "thread_name", pid, tid, picture->origin_us);
    g_string_append(picture->out, ",\"args\":{\"name\":");
    sim_export_string(picture->out, name);
    g_string_append_c(picture->out, '}');
    end(picture);
}

static void name_process(Picture *picture, int pid, const char *name)
{
    begin(picture, "M", "process_name", pid, 0, picture->origin_us);
    g_string_append(picture->out, ",\"args\":{\"name\":");
    sim_export_string(picture->out, name);
    g_string_append_c(picture->out, '}');
    end(picture);
    begin(picture, "M", "process_sort_index", pid, 0, picture->origin_us);
    g_string_append_printf(picture->out, ",\"args\":{\"sort_index\":%d}", pid);
    end(picture);
}

static int process_of(Picture *picture, SimEndpoint endpoint)
{
    int pid = pid_of(endpoint);
    if (!g_hash_table_add(picture->named, GINT_TO_POINTER(pid))) {
        return pid;
    }
    name_process(picture, pid, sim_world_endpoint_name(picture->world, endpoint));
    name_thread(picture, pid, EVENTS_TID, "events");
    name_thread(picture, pid, HANDLES_TID, "handles");
    return pid;
}

/* --- calls ----------------------------------------------------------------------------------- */

typedef struct Call {
    uint32_t send;
    int64_t delivered_us, answered_us, ended_us; /* INT64_MIN: never */
    const char *outcome;
} Call;

static void note_call(Call *call, const SimRecord *record)
{
    switch ((int)record->kind) {
    case SIM_TRACE_DELIVERED:
        call->delivered_us = record->at_us;
        break;
    case SIM_TRACE_ANSWERED:
        call->answered_us = record->at_us;
        break;
    case SIM_TRACE_ARRIVED:
        call->ended_us = record->at_us;
        call->outcome = record->value == DISTRO_STATUS_OK ? "ok" : "answered otherwise";
        break;
    case SIM_TRACE_MESSAGE_TIMEOUT:
    case SIM_TRACE_MESSAGE_REFUSED:
    case SIM_TRACE_BROKEN:
        call->ended_us = record->at_us;
        call->outcome = sim_export_kind((SimTraceKind)record->kind);
        break;
    default:
        break;
    }
}

/* A thread on which nothing happens from @from_us on; MOST_LANES if all are busy. */
static guint take_lane(Picture *picture, SimEndpoint endpoint, int64_t from_us, int64_t to_us)
{
    GArray *lanes = g_hash_table_lookup(picture->lanes, GUINT_TO_POINTER(endpoint));
    if (lanes == NULL) {
        lanes = g_array_new(false, false, sizeof(int64_t));
        g_hash_table_insert(picture->lanes, GUINT_TO_POINTER(endpoint), lanes);
    }
    for (guint i = 0; i < lanes->len; i++) {
        if (g_array_index(lanes, int64_t, i) <= from_us) {
            g_array_index(lanes, int64_t, i) = to_us;
            return i;
        }
    }
    if (lanes->len < MOST_LANES) {
        g_array_append_val(lanes, to_us);
    } else {
        return MOST_LANES;
    }
    g_autofree char *name = g_strdup_printf("calls %u", lanes->len);
    name_thread(picture, process_of(picture, endpoint), FIRST_CALLS_TID + (int)lanes->len - 1,
                name);
    return lanes->len - 1;
}

static void slice(Picture *picture, const char *name, int pid, int tid, int64_t from_us,
                  int64_t to_us)
{
    begin(picture, "X", name, pid, tid, from_us);
    g_string_append_printf(picture->out, ",\"dur\":%" G_GINT64_FORMAT, MAX(to_us - from_us, 1));
}

static void arrow(Picture *picture, const char *phase, uint32_t id, int pid, int tid, int64_t at_us)
{
    begin(picture, phase, "message", pid, tid, at_us);
    g_string_append_printf(picture->out, ",\"cat\":\"message\",\"id\":%u", id);
    if (*phase == 'f') {
        g_string_append(picture->out, ",\"bp\":\"e\"");
    }
    end(picture);
}

static void draw_call(Picture *picture, const Call *call, const SimRecord *send, int64_t last_us)
{
    g_autofree char *name = sim_export_call_name(picture->world, send);
    int64_t end_us = call->ended_us != INT64_MIN ? call->ended_us : last_us;
    int from = process_of(picture, send->subject), to = process_of(picture, send->object);
    guint lane = take_lane(picture, send->subject, send->at_us, MAX(end_us, send->at_us + 1));
    if (lane == MOST_LANES) {
        return;
    }
    int tid = FIRST_CALLS_TID + (int)lane;
    slice(picture, name, from, tid, send->at_us, end_us);
    g_string_append(picture->out, ",\"args\":{\"to\":");
    sim_export_string(picture->out, sim_world_endpoint_name(picture->world, send->object));
    g_string_append(picture->out, ",\"outcome\":");
    sim_export_string(picture->out, call->outcome != NULL ? call->outcome : "under way");
    g_string_append_printf(picture->out, ",\"bytes\":%" G_GINT64_FORMAT "}", send->value);
    end(picture);
    if (call->delivered_us == INT64_MIN) {
        return;
    }
    arrow(picture, "s", call->send, from, tid, send->at_us);
    slice(picture, name, to, HANDLES_TID, call->delivered_us, call->delivered_us);
    end(picture);
    arrow(picture, "f", call->send, to, HANDLES_TID, call->delivered_us);
}

static void draw_calls(Picture *picture)
{
    size_t count;
    const SimRecord *records = sim_trace_records(picture->world->trace, &count);
    uint32_t first = sim_trace_first_id(picture->world->trace);
    g_autoptr(GArray) calls = g_array_new(false, false, sizeof(Call));
    g_autofree guint *places = g_new0(guint, count + 1); /* of a SEND's call, + 1 */
    for (size_t i = 0; i < count; i++) {
        if (!sim_export_wants(picture->slice, &records[i])) {
            continue;
        }
        if (records[i].kind == SIM_TRACE_SEND) {
            Call call = { .send = first + (uint32_t)i,
                          .delivered_us = INT64_MIN,
                          .answered_us = INT64_MIN,
                          .ended_us = INT64_MIN };
            g_array_append_val(calls, call);
            places[i] = calls->len;
        } else if (records[i].call >= first && places[records[i].call - first]) {
            note_call(&g_array_index(calls, Call, places[records[i].call - first] - 1),
                      &records[i]);
        }
    }
    for (guint i = 0; i < calls->len; i++) {
        const Call *call = &g_array_index(calls, Call, i);
        draw_call(picture, call, &records[call->send - first], picture->world->now_us);
    }
}

/* --- the rest -------------------------------------------------------------------------------- */

static bool is_event(const SimRecord *record)
{
    return record->subject != SIM_NO_ENDPOINT && record->kind < SIM_TRACE_FIRST_NOTE &&
           record->kind != SIM_TRACE_SEND && record->kind != SIM_TRACE_VIEW &&
           !sim_export_has_text((SimTraceKind)record->kind);
}

static void draw_events(Picture *picture)
{
    size_t count;
    const SimRecord *records = sim_trace_records(picture->world->trace, &count);
    for (size_t i = 0; i < count; i++) {
        const SimRecord *record = &records[i];
        if (!is_event(record) || !sim_export_wants(picture->slice, record)) {
            continue;
        }
        g_autofree char *about =
            record->client ? g_strdup_printf("%s %s", sim_export_kind((SimTraceKind)record->kind),
                                             sim_export_client(picture->world, record->client))
                           : g_strdup(sim_export_kind((SimTraceKind)record->kind));
        int pid = process_of(picture, record->subject);
        begin(picture, "i", about, pid, EVENTS_TID, record->at_us);
        g_string_append(picture->out, ",\"s\":\"t\"");
        end(picture);
    }
}

static void draw_texts(Picture *picture)
{
    size_t count;
    const SimRecord *records = sim_trace_records(picture->world->trace, &count);
    for (size_t i = 0; i < count; i++) {
        if (!sim_export_has_text((SimTraceKind)records[i].kind) ||
            !sim_export_wants(picture->slice, &records[i])) {
            continue;
        }
        begin(picture, "i", sim_trace_text_of(picture->world->trace, (uint32_t)records[i].value),
              FIGURES_PID, EVENTS_TID, records[i].at_us);
        g_string_append(picture->out, ",\"s\":\"g\"");
        end(picture);
    }
}

/* Each on a thread of its own: faults overlap. */
static void draw_faults(Picture *picture)
{
    size_t count;
    const SimFault *faults = sim_metrics_faults(picture->world->study->metrics, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t from_us = MAX(faults[i].from_us, picture->slice->from_us);
        int64_t to_us = MIN(MIN(faults[i].to_us, picture->world->now_us), picture->slice->to_us);
        if (from_us > to_us) {
            continue;
        }
        slice(picture, faults[i].label, FAULTS_PID, (int)i + 1, from_us, to_us);
        end(picture);
    }
}

static void counter(Picture *picture, const char *name, int64_t at_us, uint64_t value)
{
    begin(picture, "C", name, FIGURES_PID, 0, at_us);
    g_string_append_printf(picture->out, ",\"args\":{\"value\":%" G_GUINT64_FORMAT "}", value);
    end(picture);
}

static void draw_counters(Picture *picture)
{
    size_t count;
    const SimSample *samples = sim_metrics_samples(picture->world->study->metrics, &count);
    for (size_t i = 0; i < count; i++) {
        if (samples[i].at_us < picture->slice->from_us ||
            samples[i].at_us > picture->slice->to_us) {
            continue;
        }
        counter(picture, "distinct views", samples[i].at_us, samples[i].views);
        counter(picture, "lost instances", samples[i].at_us, samples[i].lost);
        counter(picture, "zombie instances", samples[i].at_us, samples[i].zombies);
        counter(picture, "pending tasks", samples[i].at_us, samples[i].pending);
    }
}

void sim_export_perfetto(const SimWorld *world, const SimExportSlice *slice, GString *out)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    Picture picture = { .world = world, .out = out, .slice = slice };
    picture.origin_us = count > 0 ? MIN(MAX(records[0].at_us, slice->from_us), 0) : 0;
    picture.lanes = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    picture.named = g_hash_table_new(NULL, NULL);
    g_string_append(out, "{\"traceEvents\":[");
    name_process(&picture, FAULTS_PID, "faults");
    name_process(&picture, FIGURES_PID, "figures");
    draw_faults(&picture);
    draw_counters(&picture);
    draw_texts(&picture);
    draw_calls(&picture);
    draw_events(&picture);
    g_string_append_printf(out,
                           "\n],\"displayTimeUnit\":\"ms\",\"otherData\":{\"source\":\"distrosim\","
                           "\"time_0_us\":%" G_GINT64_FORMAT "}}\n",
                           -picture.origin_us);
    g_hash_table_unref(picture.lanes);
    g_hash_table_unref(picture.named);
}
