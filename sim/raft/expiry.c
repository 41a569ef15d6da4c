/* sim/raft/expiry.c -- a sorted list of marks. */
#include "sim/raft/expiry.h"

struct SimExpiry {
    GArray *marks; /* SimExpired, ascending by service and instance */
};

SimExpiry *sim_expiry_new(void)
{
    SimExpiry *expiry = g_new0(SimExpiry, 1);
    expiry->marks = g_array_new(FALSE, FALSE, sizeof(SimExpired));
    return expiry;
}

void sim_expiry_free(SimExpiry *expiry)
{
    if (expiry == NULL) {
        return;
    }
    g_array_unref(expiry->marks);
    g_free(expiry);
}

static guint locate_mark(const SimExpiry *expiry, DistroService service, SimMetadataId instance,
                         bool *found)
{
    guint low = 0, high = expiry->marks->len;
    *found = false;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const SimExpired *mark = &g_array_index(expiry->marks, SimExpired, middle);
        const int order = mark->service != service
                              ? (mark->service < service ? -1 : 1)
                              : sim_metadata_id_compare(mark->instance, instance);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_mark(SimExpiry *expiry, DistroService service, SimMetadataId instance,
                     int64_t now_us)
{
    bool found;
    const guint place = locate_mark(expiry, service, instance, &found);
    if (!found) {
        const SimExpired mark = { .service = service, .instance = instance, .since_us = now_us };
        g_array_insert_val(expiry->marks, place, mark);
    }
}

void sim_expiry_mark(SimExpiry *expiry, const SimRaftMachine *machine, DistroService service,
                     SimMetadataId instance, int64_t now_us)
{
    if (sim_raft_machine_override(machine, service, instance) != NULL) {
        add_mark(expiry, service, instance, now_us);
    }
}

void sim_expiry_mark_service(SimExpiry *expiry, const SimRaftMachine *machine,
                             DistroService service, int64_t now_us)
{
    double threshold;
    if (sim_raft_machine_protect_threshold(machine, service, &threshold)) {
        add_mark(expiry, service, (SimMetadataId) { 0 }, now_us);
    }
}

void sim_expiry_unmark(SimExpiry *expiry, DistroService service, SimMetadataId instance)
{
    bool found;
    const guint place = locate_mark(expiry, service, instance, &found);
    if (found) {
        g_array_remove_index(expiry->marks, place);
    }
}

GArray *sim_expiry_due(const SimExpiry *expiry, int64_t now_us, int64_t age_us)
{
    GArray *due = g_array_new(FALSE, FALSE, sizeof(SimExpired));
    for (guint i = 0; i < expiry->marks->len; i++) {
        const SimExpired *mark = &g_array_index(expiry->marks, SimExpired, i);
        if (now_us - mark->since_us > age_us) {
            g_array_append_val(due, *mark);
        }
    }
    return due;
}

size_t sim_expiry_count(const SimExpiry *expiry)
{
    return expiry->marks->len;
}
