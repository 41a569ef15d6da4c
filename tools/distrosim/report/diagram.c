/* tools/distrosim/report/diagram.c -- the space-time diagram of what led to a violation.
 *
 *      0.000 s   shop-1        n1            n2            n3
 *                  |-REGISTER-->|             |             |
 *      3.062 s     |            |---CHANGE--->|             |
 *                  |            |---CHANGE------------------x   lost
 *
 * Time runs down, but not evenly: a long silence takes little more room than a short one, so that
 * a millisecond and a minute can both be seen. */
#include <math.h>

#include "sim/explain/world.h"
#include "sim/export/export.h"
#include "sim/study/study.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/output/summary.h"
#include "tools/distrosim/report/html.h"
#include "tools/distrosim/report/report.h"

#define GUTTER 92.0
#define COLUMN 220.0 /* of up to four processes */
#define NARROW_COLUMN 158.0
#define TOP 46.0
#define CROSS 5.0

enum {
    MOST_COLUMNS = 7,
    MOST_FIRST = 14, /* of the arrows and events: the first ones, and the last ones */
    MOST_LAST = 26,
};

/* An arrow, or with .to == SIM_NO_ENDPOINT something that happened at a node. */
typedef struct Mark {
    int64_t at_us, until_us; /* sent, arrived or lost */
    SimEndpoint from, to;
    bool lost, bad;
    char *text;
} Mark;

typedef struct Row {
    int64_t at_us;
    double y;
} Row;

typedef struct Diagram {
    const SimWorld *world;
    GArray *marks;   /* Mark, by time */
    GArray *columns; /* SimEndpoint */
    GArray *rows;    /* Row, by time */
    guint left_out;
    int64_t gap_us; /* after this instant marks were left out; INT64_MAX: none */
    int64_t violated_us;
    GString *out;
} Diagram;

static void clear_mark(void *data)
{
    g_free(((Mark *)data)->text);
}

/* --- what is drawn --------------------------------------------------------------------------- */

static const char *event_text(const SimRecord *record, bool *bad)
{
    *bad = true;
    switch ((int)record->kind) {
    case SIM_TRACE_NODE_CRASH:
        return "crash";
    case SIM_TRACE_NODE_STOP:
        return "stop";
    case SIM_TRACE_NODE_PAUSE:
        return "pause";
    case SIM_TRACE_NODE_CLOCK:
        return "clock set";
    case DISTRO_EVENT_LEASE_EXPIRED:
        return "lease ends";
    case DISTRO_EVENT_BEAT_EXPIRED:
        return "beats ended";
    case DISTRO_EVENT_CLIENT_EJECTED:
        return "ejects it";
    case SIM_TRACE_CLIENT_KILLED:
        return "killed";
    case SIM_TRACE_CLIENT_CRASHED:
        return "crashes";
    default:
        break;
    }
    *bad = false;
    switch ((int)record->kind) {
    case SIM_TRACE_NODE_BOOT:
        return "boot";
    case SIM_TRACE_NODE_RESUME:
        return "resumes";
    case SIM_TRACE_NODE_JOIN:
        return "joins";
    case SIM_TRACE_NODE_LEAVE:
        return "leaves";
    case SIM_TRACE_CLIENT_CLOSED:
        return "closes";
    case SIM_TRACE_CLIENT_REGISTERED:
        return "registered";
    case SIM_TRACE_CLIENT_UPDATED:
        return "updated";
    case SIM_TRACE_CLIENT_DEREGISTERED:
        return "deregistered";
    default:
        return NULL;
    }
}

static const char *view_text(const SimRecord *record)
{
    bool was = (uint64_t)record->value >> 32 != 0, is = (record->value & 0xffffffff) != 0;
    return was && is ? "changes it" : is ? "lists it" : "drops it";
}

static void add_event(Diagram *diagram, const SimRecord *record)
{
    bool bad = false;
    bool view = record->kind == SIM_TRACE_VIEW;
    const char *text = view ? view_text(record) : event_text(record, &bad);
    if (text == NULL) {
        return;
    }
    Mark mark = { .at_us = record->at_us,
                  .until_us = record->at_us,
                  .from = record->subject,
                  .to = SIM_NO_ENDPOINT,
                  .bad = bad,
                  .text = g_strdup(text) };
    g_array_append_val(diagram->marks, mark);
}

/* Where a message ended; it may have been delivered late, after it was thought lost. */
static void find_end(const SimWorld *world, uint32_t send, Mark *mark)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    uint32_t first = sim_trace_first_id(world->trace);
    bool lost = false;
    for (size_t i = send - first + 1; i < count; i++) {
        const SimRecord *record = &records[i];
        if (record->call != send) {
            continue;
        }
        if (record->kind == SIM_TRACE_DELIVERED) {
            mark->until_us = record->at_us;
            mark->lost = false;
            return;
        }
        lost |= record->kind == SIM_TRACE_MESSAGE_LOST && record->value < 0;
        if (record->kind == SIM_TRACE_MESSAGE_TIMEOUT ||
            record->kind == SIM_TRACE_MESSAGE_REFUSED || record->kind == SIM_TRACE_BROKEN) {
            break;
        }
    }
    mark->lost = lost || mark->until_us == mark->at_us;
}

/* A snapshot is what its answer brings; other answers say no more than "yes". */
static void add_answer(Diagram *diagram, uint32_t send)
{
    size_t count;
    const SimRecord *records = sim_trace_records(diagram->world->trace, &count);
    uint32_t first = sim_trace_first_id(diagram->world->trace);
    Mark mark = { .lost = true };
    for (size_t i = send - first + 1; i < count; i++) {
        const SimRecord *record = &records[i];
        if (record->call != send) {
            continue;
        }
        if (record->kind == SIM_TRACE_ANSWERED) {
            mark.at_us = mark.until_us = record->at_us;
            mark.from = record->subject;
            mark.to = record->object;
            mark.text = g_strdup("the snapshot");
        } else if (record->kind == SIM_TRACE_ARRIVED) {
            mark.until_us = record->at_us;
            mark.lost = false;
            break;
        }
    }
    if (mark.text != NULL) {
        g_array_append_val(diagram->marks, mark);
    }
}

static void add_message(Diagram *diagram, const SimRecord *send, uint32_t id)
{
    Mark mark = { .at_us = send->at_us,
                  .until_us = send->at_us,
                  .from = send->subject,
                  .to = send->object,
                  .text = g_strdup(sim_op_name((SimOp)send->op)) };
    find_end(diagram->world, id, &mark);
    g_array_append_val(diagram->marks, mark);
    if (send->op == SIM_OP_SNAPSHOT) {
        add_answer(diagram, id);
    }
}

static void add_marks(Diagram *diagram, const GArray *ids)
{
    size_t count;
    const SimRecord *records = sim_trace_records(diagram->world->trace, &count);
    uint32_t first = sim_trace_first_id(diagram->world->trace);
    for (guint i = 0; i < ids->len; i++) {
        uint32_t id = g_array_index(ids, uint32_t, i);
        const SimRecord *record = &records[id - first];
        if (record->kind == SIM_TRACE_SEND) {
            add_message(diagram, record, id);
        } else {
            add_event(diagram, record);
        }
    }
}

/* Of too many marks the middle goes. */
static void leave_out_middle(Diagram *diagram)
{
    diagram->gap_us = INT64_MAX;
    guint count = diagram->marks->len;
    if (count <= MOST_FIRST + MOST_LAST) {
        return;
    }
    diagram->left_out = count - MOST_FIRST - MOST_LAST;
    g_array_remove_range(diagram->marks, MOST_FIRST, diagram->left_out);
    diagram->gap_us = g_array_index(diagram->marks, Mark, MOST_FIRST - 1).at_us;
}

/* --- columns and rows ------------------------------------------------------------------------ */

static int column_of(const Diagram *diagram, SimEndpoint endpoint)
{
    for (guint i = 0; i < diagram->columns->len; i++) {
        if (g_array_index(diagram->columns, SimEndpoint, i) == endpoint) {
            return (int)i;
        }
    }
    return -1;
}

static void add_column(Diagram *diagram, SimEndpoint endpoint)
{
    if (endpoint != SIM_NO_ENDPOINT && column_of(diagram, endpoint) < 0 &&
        diagram->columns->len < MOST_COLUMNS) {
        g_array_append_val(diagram->columns, endpoint);
    }
}

/* Clients first, then nodes in their order. */
static gint by_place(gconstpointer a, gconstpointer b)
{
    SimEndpoint one = *(const SimEndpoint *)a, other = *(const SimEndpoint *)b;
    bool client = sim_endpoint_is_client(one);
    if (client != sim_endpoint_is_client(other)) {
        return client ? -1 : 1;
    }
    return one < other ? -1 : one > other;
}

static void make_columns(Diagram *diagram)
{
    for (guint i = 0; i < diagram->marks->len; i++) {
        add_column(diagram, g_array_index(diagram->marks, Mark, i).from);
        add_column(diagram, g_array_index(diagram->marks, Mark, i).to);
    }
    for (guint i = 0; i < diagram->world->nodes->len && i < MOST_COLUMNS; i++) {
        add_column(diagram, sim_node_endpoint(i));
    }
    g_array_sort(diagram->columns, by_place);
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const Row *one = a, *other = b;
    return one->at_us < other->at_us ? -1 : one->at_us > other->at_us;
}

static void add_row(Diagram *diagram, int64_t at_us)
{
    for (guint i = 0; i < diagram->rows->len; i++) {
        if (g_array_index(diagram->rows, Row, i).at_us == at_us) {
            return;
        }
    }
    Row row = { .at_us = at_us };
    g_array_append_val(diagram->rows, row);
}

static double space_between(int64_t us)
{
    return 17 + 7 * log10(1 + (double)us / 1000.0);
}

static void make_rows(Diagram *diagram)
{
    for (guint i = 0; i < diagram->marks->len; i++) {
        add_row(diagram, g_array_index(diagram->marks, Mark, i).at_us);
        add_row(diagram, g_array_index(diagram->marks, Mark, i).until_us);
    }
    size_t count;
    const SimFault *faults = sim_metrics_faults(diagram->world->study->metrics, &count);
    for (size_t i = 0; i < count && i < MOST_FIRST; i++) {
        if (faults[i].from_us <= diagram->violated_us) {
            add_row(diagram, faults[i].from_us);
            add_row(diagram, MIN(faults[i].to_us, diagram->violated_us));
        }
    }
    add_row(diagram, diagram->violated_us);
    g_array_sort(diagram->rows, by_time);
    double y = TOP + 18;
    for (guint i = 0; i < diagram->rows->len; i++) {
        Row *row = &g_array_index(diagram->rows, Row, i);
        if (i > 0) {
            y += space_between(row->at_us - row[-1].at_us);
        }
        row->y = y;
    }
}

static double y_at(const Diagram *diagram, int64_t at_us)
{
    for (guint i = 0; i < diagram->rows->len; i++) {
        if (g_array_index(diagram->rows, Row, i).at_us >= at_us) {
            return g_array_index(diagram->rows, Row, i).y;
        }
    }
    return g_array_index(diagram->rows, Row, diagram->rows->len - 1).y;
}

static double column_width(const Diagram *diagram)
{
    return diagram->columns->len > 4 ? NARROW_COLUMN : COLUMN;
}

static double x_of(const Diagram *diagram, int column)
{
    return GUTTER + 60 + column_width(diagram) * column;
}

static double width_of(const Diagram *diagram)
{
    return GUTTER + 60 + column_width(diagram) * (diagram->columns->len - 1) + 150;
}

/* --- drawing --------------------------------------------------------------------------------- */

static void draw_line(GString *out, const char *class, double x1, double y1, double x2, double y2)
{
    g_string_append_printf(out,
                           "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                           class, x1, y1, x2, y2);
}

static void draw_text(GString *out, const char *class, const char *anchor, double x, double y,
                      const char *words)
{
    g_string_append_printf(out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">",
                           class, anchor, x, y);
    html_text(out, words);
    g_string_append(out, "</text>");
}

static void draw_faults(const Diagram *diagram)
{
    size_t count;
    const SimFault *faults = sim_metrics_faults(diagram->world->study->metrics, &count);
    for (size_t i = 0; i < count && i < MOST_FIRST; i++) {
        if (faults[i].from_us > diagram->violated_us) {
            continue;
        }
        double from = y_at(diagram, faults[i].from_us);
        double to = y_at(diagram, MIN(faults[i].to_us, diagram->violated_us));
        g_string_append_printf(diagram->out,
                               "<rect class=\"fault\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                               "height=\"%.1f\"/>",
                               GUTTER, from, width_of(diagram) - GUTTER, MAX(to - from, 2));
        draw_text(diagram->out, "soft", "end", width_of(diagram) - 6, from + 14, faults[i].label);
    }
}

/* A process's line is broken where it does not run. */
static void draw_life(const Diagram *diagram, int column, SimEndpoint endpoint, double bottom)
{
    double x = x_of(diagram, column), from = TOP;
    bool alive = true;
    for (guint i = 0; i < diagram->marks->len; i++) {
        const Mark *mark = &g_array_index(diagram->marks, Mark, i);
        if (mark->from != endpoint || mark->to != SIM_NO_ENDPOINT) {
            continue;
        }
        bool dies = g_str_equal(mark->text, "crash") || g_str_equal(mark->text, "stop") ||
                    g_str_equal(mark->text, "killed") || g_str_equal(mark->text, "closes");
        bool revives = g_str_equal(mark->text, "boot");
        if (alive ? !dies : !revives) {
            continue;
        }
        double y = y_at(diagram, mark->at_us);
        draw_line(diagram->out, alive ? "life" : "dead", x, from, x, y);
        from = y;
        alive = !dies;
    }
    draw_line(diagram->out, alive ? "life" : "dead", x, from, x, bottom);
    draw_text(diagram->out, "name", "middle", x, TOP - 14,
              sim_world_endpoint_name(diagram->world, endpoint));
}

static void draw_times(const Diagram *diagram)
{
    double last = -100;
    for (guint i = 0; i < diagram->rows->len; i++) {
        const Row *row = &g_array_index(diagram->rows, Row, i);
        if (row->y - last < 15) {
            continue;
        }
        g_autofree char *at = format_instant(row->at_us);
        draw_text(diagram->out, "soft", "end", GUTTER - 10, row->y + 4, at);
        last = row->y;
    }
}

static void draw_arrow(const Diagram *diagram, const Mark *mark, double x1, double y1, double x2,
                       double y2)
{
    double length = hypot(x2 - x1, y2 - y1);
    double dx = (x2 - x1) / length, dy = (y2 - y1) / length;
    if (mark->lost) { /* it ends on its way */
        x2 -= dx * 26;
        y2 -= dy * 26;
        draw_line(diagram->out, "gone", x1, y1, x2, y2);
        draw_line(diagram->out, "cross", x2 - CROSS, y2 - CROSS, x2 + CROSS, y2 + CROSS);
        draw_line(diagram->out, "cross", x2 - CROSS, y2 + CROSS, x2 + CROSS, y2 - CROSS);
        return;
    }
    draw_line(diagram->out, "message", x1, y1, x2 - dx * 7, y2 - dy * 7);
    g_string_append_printf(
        diagram->out, "<polygon class=\"head\" points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>", x2, y2,
        x2 - 9 * dx - 4 * dy, y2 - 9 * dy + 4 * dx, x2 - 9 * dx + 4 * dy, y2 - 9 * dy - 4 * dx);
}

static void draw_message(const Diagram *diagram, const Mark *mark)
{
    int from = column_of(diagram, mark->from), to = column_of(diagram, mark->to);
    if (from < 0 || to < 0) {
        return;
    }
    double x1 = x_of(diagram, from), y1 = y_at(diagram, mark->at_us);
    double x2 = x_of(diagram, to), y2 = y_at(diagram, mark->until_us);
    draw_arrow(diagram, mark, x1, y1, x2, y2);
    /* In the last gap before the receiver: arrows to several of them share the others. */
    double share = (fabs(x2 - x1) - column_width(diagram) / 2) / fabs(x2 - x1);
    if (y2 - y1 > 60) {
        share = 0.2; /* a slow one crosses others there */
    }
    double x = x1 + (x2 - x1) * share, y = y1 + (y2 - y1) * share;
    draw_text(diagram->out, mark->lost ? "label bad" : "label", "middle", x, y - 5, mark->text);
}

/* Several things at one place and time make one label. */
static void draw_event(const Diagram *diagram, guint index)
{
    const Mark *mark = &g_array_index(diagram->marks, Mark, index);
    int column = column_of(diagram, mark->from);
    bool bad = mark->bad;
    if (column < 0) {
        return;
    }
    g_autoptr(GString) words = g_string_new(mark->text);
    for (guint i = 0; i < diagram->marks->len; i++) {
        const Mark *other = &g_array_index(diagram->marks, Mark, i);
        bool same = other->to == SIM_NO_ENDPOINT && other->from == mark->from &&
                    other->at_us == mark->at_us;
        if (same && i < index) {
            return;
        }
        if (same && i > index && !g_str_equal(other->text, mark->text)) {
            g_string_append_printf(words, ", %s", other->text);
            bad |= other->bad;
        }
    }
    double x = x_of(diagram, column), y = y_at(diagram, mark->at_us);
    g_string_append_printf(diagram->out,
                           "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>",
                           bad ? " bad" : "", x, y);
    draw_text(diagram->out, bad ? "label bad" : "label", "start", x + 9, y + 13, words->str);
}

static void draw_gap(const Diagram *diagram)
{
    if (diagram->left_out == 0) {
        return;
    }
    double y = y_at(diagram, diagram->gap_us) + 12;
    g_autofree char *words = g_strdup_printf("%u more are left out here", diagram->left_out);
    draw_line(diagram->out, "mark", GUTTER, y, width_of(diagram), y);
    draw_text(diagram->out, "soft", "end", width_of(diagram) - 6, y + 14, words);
}

static void draw_diagram(Diagram *diagram)
{
    double bottom = y_at(diagram, diagram->violated_us) + 26;
    g_string_append_printf(
        diagram->out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" style=\"max-width:%.0fpx\">",
        width_of(diagram), bottom + 4, width_of(diagram) * 1.1);
    draw_faults(diagram);
    draw_times(diagram);
    for (guint i = 0; i < diagram->columns->len; i++) {
        draw_life(diagram, (int)i, g_array_index(diagram->columns, SimEndpoint, i), bottom);
    }
    for (guint i = 0; i < diagram->marks->len; i++) {
        if (g_array_index(diagram->marks, Mark, i).to != SIM_NO_ENDPOINT) {
            draw_message(diagram, &g_array_index(diagram->marks, Mark, i));
        }
    }
    for (guint i = 0; i < diagram->marks->len; i++) {
        if (g_array_index(diagram->marks, Mark, i).to == SIM_NO_ENDPOINT) {
            draw_event(diagram, i);
        }
    }
    draw_gap(diagram);
    double end = y_at(diagram, diagram->violated_us);
    draw_line(diagram->out, "violation", GUTTER, end, width_of(diagram), end);
    g_string_append(diagram->out, "</svg>");
}

GString *report_diagram(const SimWorld *world, const SimResult *result)
{
    guint index = 0;
    const SimViolation *violation = summary_first_violation(result, &index);
    g_autoptr(GArray) ids = g_array_new(false, false, sizeof(uint32_t));
    Diagram diagram = {
        .world = world,
        .marks = g_array_new(false, false, sizeof(Mark)),
        .columns = g_array_new(false, false, sizeof(SimEndpoint)),
        .rows = g_array_new(false, false, sizeof(Row)),
        .violated_us = violation != NULL ? violation->at_us : world->now_us,
        .out = g_string_new(NULL),
    };
    g_array_set_clear_func(diagram.marks, clear_mark);
    sim_explain_slice(world, violation, ids);
    add_marks(&diagram, ids);
    leave_out_middle(&diagram);
    if (diagram.marks->len > 0) {
        make_columns(&diagram);
        make_rows(&diagram);
        draw_diagram(&diagram);
    }
    g_array_unref(diagram.marks);
    g_array_unref(diagram.columns);
    g_array_unref(diagram.rows);
    return diagram.out;
}
