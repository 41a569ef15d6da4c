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
    g_string_append(table, ",lost_listed\n");
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
    for (guint i = 0; result->samples != NULL && i < result->samples->len; i++) {
        const SimSample *sample = &g_array_index(result->samples, SimSample, i);
        g_string_append_printf(table,
                               "%" G_GINT64_FORMAT ",%u,%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT
                               ",%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
                               sample->at_us, sample->live_nodes, sample->views, sample->lost,
                               sample->zombies, sample->pending, sample->messages,
                               sample->bytes_wan);
        append_site_samples(table, result, i);
        g_string_append_printf(table, ",%" G_GUINT64_FORMAT "\n", sample->lost_listed);
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

/* `lane` is the row of the picture in which the fault is drawn: those that overlap in time stand in
 * different ones. */
char *csv_faults(const SimResult *result)
{
    GString *table = g_string_new("from_us,to_us,lane,label\n");
    g_autoptr(GArray) lanes = g_array_new(false, false, sizeof(int64_t));
    for (guint i = 0; result->faults != NULL && i < result->faults->len; i++) {
        const SimFault *fault = &g_array_index(result->faults, SimFault, i);
        int64_t to_us = MIN(fault->to_us, result->virtual_us);
        guint lane = take_lane(lanes, fault->from_us, to_us);
        g_string_append_printf(table, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%u,",
                               fault->from_us, to_us, lane);
        csv_append(table, fault->label);
        g_string_append_c(table, '\n');
    }
    return g_string_free(table, false);
}
