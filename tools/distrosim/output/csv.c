/* tools/distrosim/output/csv.c -- see csv.h. */
#include "tools/distrosim/output/csv.h"

#include <string.h>

#include "sim/study/regions.h"

const char *csv_path_name(DistroPath path)
{
    static const char *const names[DISTRO_N_PATHS] = {
        [DISTRO_PATH_LOCAL] = "local",       [DISTRO_PATH_PUSH] = "push",
        [DISTRO_PATH_RETRY] = "retry",       [DISTRO_PATH_VERIFY] = "verify",
        [DISTRO_PATH_SNAPSHOT] = "snapshot", [DISTRO_PATH_LEASE] = "lease",
    };
    g_assert_cmpuint(path, <, DISTRO_N_PATHS);
    return names[path];
}

void csv_append(GString *table, const char *text)
{
    if (text == NULL) {
        return;
    }
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        g_string_append(table, text);
        return;
    }
    g_string_append_c(table, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            g_string_append_c(table, '"');
        }
        g_string_append_c(table, *text);
    }
    g_string_append_c(table, '"');
}

char *csv_convergence(const SimResult *result)
{
    GString *table = g_string_new("acknowledged_us,took_us,path,kind,client,service,last_node\n");
    const GArray *rows = result->convergence_rows;
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const SimConvergenceRow *row = &g_array_index(rows, SimConvergenceRow, i);
        g_string_append_printf(table, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%s,%s,",
                               row->acknowledged_us, row->took_us, csv_path_name(row->path),
                               row->removal ? "removal" : "change");
        csv_append(table, row->client);
        g_string_append_c(table, ',');
        csv_append(table, row->service);
        g_string_append_c(table, ',');
        csv_append(table, row->last_node);
        g_string_append_c(table, '\n');
    }
    return g_string_free(table, false);
}

char *csv_arrivals(const SimResult *result)
{
    static const char *const changes[SIM_N_CHANGES] = {
        [SIM_CHANGE_REGISTER] = "register",
        [SIM_CHANGE_DEREGISTER] = "deregister",
        [SIM_CHANGE_DEATH] = "death",
    };
    GString *table = g_string_new("from,to,view,change,acknowledged_us,took_us\n");
    for (guint i = 0; i < result->arrivals->len; i++) {
        const SimArrivalRow *row = &g_array_index(result->arrivals, SimArrivalRow, i);
        csv_append(table, row->from);
        g_string_append_c(table, ',');
        csv_append(table, row->to);
        g_string_append_printf(table, ",%s,%s,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "\n",
                               row->consumers ? "consumers" : "nodes", changes[row->change],
                               row->acknowledged_us, row->took_us);
    }
    return g_string_free(table, false);
}

/* A world of several sites has three columns more for each. */
static void append_site_heads(GString *table, const SimResult *result)
{
    for (guint i = 0; result->regions != NULL && i < result->regions->len; i++) {
        const char *name = g_array_index(result->regions, SimRegionFigures, i).name;
        static const char *const figures[] = { "lost", "zombies", "bytes_out" };
        for (size_t k = 0; k < G_N_ELEMENTS(figures); k++) {
            g_autofree char *head = g_strdup_printf("%s:%s", figures[k], name);
            g_string_append_c(table, ',');
            csv_append(table, head);
        }
    }
    g_string_append(table, ",lost_listed,stale");
}

static bool has_owned(const SimResult *result)
{
    return result->owned != NULL && result->owned->len > 0;
}

/* And a column for each node: the clients that it owned. None in worlds of very many. */
static void append_node_heads(GString *table, const SimResult *result)
{
    for (guint i = 0; has_owned(result) && i < result->nodes->len; i++) {
        g_autofree char *head =
            g_strdup_printf("clients:%s", g_array_index(result->nodes, SimNodeFigures, i).name);
        g_string_append_c(table, ',');
        csv_append(table, head);
    }
    g_string_append_c(table, '\n');
}

static void append_node_samples(GString *table, const SimResult *result, guint sample)
{
    for (guint i = 0; has_owned(result) && i < result->nodes->len; i++) {
        g_string_append_printf(
            table, ",%u",
            g_array_index(result->owned, uint32_t, sample * SIM_MOST_SAMPLED_NODES + i));
    }
    g_string_append_c(table, '\n');
}

static void append_site_samples(GString *table, const SimResult *result, guint sample)
{
    guint sites = result->regions != NULL ? result->regions->len : 0;
    for (guint i = 0; i < sites; i++) {
        const SimRegionSample *region =
            &g_array_index(result->region_samples, SimRegionSample, sample * sites + i);
        g_string_append_printf(table,
                               ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
                               region->lost, region->zombies, region->bytes_out);
    }
}

char *csv_timeline(const SimResult *result)
{
    GString *table = g_string_new("at_us,live_nodes,views,lost,zombies,pending,messages,bytes_wan");
    append_site_heads(table, result);
    append_node_heads(table, result);
    for (guint i = 0; result->samples != NULL && i < result->samples->len; i++) {
        const SimSample *sample = &g_array_index(result->samples, SimSample, i);
        g_string_append_printf(table,
                               "%" G_GINT64_FORMAT ",%u,%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
                               ",%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
                               sample->at_us, sample->live_nodes, sample->views, sample->lost,
                               sample->zombies, sample->pending, sample->messages,
                               sample->bytes_wan);
        append_site_samples(table, result, i);
        g_string_append_printf(table, ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
                               sample->lost_listed, sample->stale);
        append_node_samples(table, result, i);
    }
    return g_string_free(table, false);
}

/* The lowest lane that is free at @from_us; faults come in order of their beginning. */
static guint take_lane(GArray *lanes, int64_t from_us, int64_t to_us)
{
    for (guint lane = 0; lane < lanes->len; lane++) {
        int64_t *taken_until_us = &g_array_index(lanes, int64_t, lane);
        if (*taken_until_us > from_us) {
            continue;
        }
        *taken_until_us = to_us;
        return lane;
    }
    g_array_append_val(lanes, to_us);
    return lanes->len - 1;
}

/* --- faults that gather in one row of the picture -------------------------------------------- */

enum {
    MOST_ROWS = 8
};

typedef struct Group {
    char *kind; /* a label, or the first word of it */
    guint count;
} Group;

static void clear_group(void *data)
{
    g_free(((Group *)data)->kind);
}

static char *kind_of(const char *label, bool by_word)
{
    return by_word ? g_strndup(label, strcspn(label, " ")) : g_strdup(label);
}

/* The place of the fault's group among @groups, which is made if it is not there. */
static guint find_group(GArray *groups, const char *label, bool by_word)
{
    g_autofree char *kind = kind_of(label, by_word);
    for (guint i = 0; i < groups->len; i++) {
        if (strcmp(g_array_index(groups, Group, i).kind, kind) == 0) {
            return i;
        }
    }
    const Group made = { g_steal_pointer(&kind), 0 };
    g_array_append_val(groups, made);
    return groups->len - 1;
}

static GArray *gather_faults(const SimResult *result, bool by_word)
{
    GArray *groups = g_array_new(false, false, sizeof(Group));
    g_array_set_clear_func(groups, clear_group);
    for (guint i = 0; i < result->faults->len; i++) {
        const SimFault *fault = &g_array_index(result->faults, SimFault, i);
        const guint place = find_group(groups, fault->label, by_word);
        g_array_index(groups, Group, place).count++;
    }
    return groups;
}

static void append_fault(GString *table, const SimResult *result, const SimFault *fault, guint lane)
{
    g_string_append_printf(table, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%u,", fault->from_us,
                           MIN(fault->to_us, result->virtual_us), lane);
    csv_append(table, fault->label);
}

/* The first fault of a group says for all what they are: "crash n2 x 10". */
static void append_gathered(GString *table, Group *group, guint row, bool by_word,
                            const char *label)
{
    g_string_append_printf(table, ",%u,", row);
    if (group->count > 0) {
        const char *kind = by_word && group->count == 1 ? label : group->kind;
        g_autofree char *text =
            group->count == 1 ? g_strdup(kind) : g_strdup_printf("%s x %u", kind, group->count);
        csv_append(table, text);
        group->count = 0;
    }
    g_string_append_c(table, '\n');
}

/* `lane` keeps faults apart that overlap in time. In the picture those of one label have one row;
 * where that makes too many rows, those that begin with the same word. */
char *csv_faults(const SimResult *result)
{
    GString *table = g_string_new("from_us,to_us,lane,label,row,text\n");
    g_autoptr(GArray) lanes = g_array_new(false, false, sizeof(int64_t));
    if (result->faults == NULL) {
        return g_string_free(table, false);
    }
    bool by_word = false;
    g_autoptr(GArray) groups = gather_faults(result, by_word);
    if (groups->len > MOST_ROWS) {
        by_word = true;
        g_array_unref(groups);
        groups = gather_faults(result, by_word);
    }
    for (guint i = 0; i < result->faults->len; i++) {
        const SimFault *fault = &g_array_index(result->faults, SimFault, i);
        const guint row = find_group(groups, fault->label, by_word);
        append_fault(table, result, fault,
                     take_lane(lanes, fault->from_us, MIN(fault->to_us, result->virtual_us)));
        append_gathered(table, &g_array_index(groups, Group, row), row, by_word, fault->label);
    }
    return g_string_free(table, false);
}

char *csv_seen(const SimResult *result)
{
    GString *table = g_string_new("took_us\n");
    for (guint i = 0; result->seen_us != NULL && i < result->seen_us->len; i++) {
        g_string_append_printf(table, "%" G_GINT64_FORMAT "\n",
                               g_array_index(result->seen_us, int64_t, i));
    }
    return g_string_free(table, false);
}

static void append_mark(GString *table, int64_t at_us, const char *kind, const char *text)
{
    g_string_append_printf(table, "%" G_GINT64_FORMAT ",%s,", at_us, kind);
    csv_append(table, text);
    g_string_append_c(table, '\n');
}

char *csv_marks(const SimResult *result)
{
    GString *table = g_string_new("at_us,kind,text\n");
    for (guint i = 0; result->headings != NULL && i < result->headings->len; i++) {
        const SimHeading *heading = &g_array_index(result->headings, SimHeading, i);
        append_mark(table, heading->at_us, "step", heading->text);
    }
    for (guint i = 0; result->violations != NULL && i < result->violations->len; i++) {
        const SimViolation *violation = &g_array_index(result->violations, SimViolation, i);
        append_mark(table, violation->at_us, "violation", violation->message);
    }
    return g_string_free(table, false);
}
