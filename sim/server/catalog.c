/* sim/server/catalog.c -- which services a node lists by name, empty ones included. */
#include "sim/server/catalog.h"

#include "sim/server/internal.h"

#define CLEAN_US 60000000   /* nacos.naming.clean.empty-service.interval */
#define EXPIRED_US 60000000 /* nacos.naming.clean.empty-service.expired-time */

static bool has_instances(const SimNode *node, DistroService service)
{
    size_t count;
    const SimBeside *beside = node->world->beside;
    distro_node_publishers(node->core, service, &count);
    return count > 0 || (beside != NULL && beside->has(beside->data, node, service));
}

static int64_t since_boot_us(const SimNode *node)
{
    return node->world->now_us - node->booted_us;
}

static void note_empty(SimNode *node, DistroService service)
{
    if (node->server->emptied_us->len <= service) {
        g_array_set_size(node->server->emptied_us, service + 1);
    }
    g_array_index(node->server->emptied_us, int64_t, service) = since_boot_us(node);
}

/* The cleaner's first tick at which the service has been empty long enough, counted from boot. */
static int64_t cleaned_us(int64_t emptied_us)
{
    return (emptied_us + EXPIRED_US + CLEAN_US - 1) / CLEAN_US * CLEAN_US;
}

/* Its list went with it (ServiceStorage#removeData). */
static void note_instances(SimNode *node, DistroService service)
{
    if (service >= node->server->emptied_us->len) {
        return;
    }
    int64_t *emptied_us = &g_array_index(node->server->emptied_us, int64_t, service);
    if (*emptied_us > 0 && since_boot_us(node) >= cleaned_us(*emptied_us)) {
        sim_push_forget(node->server->push, service);
    }
    *emptied_us = 0;
}

void sim_catalog_changed(SimNode *node, DistroService service)
{
    if (has_instances(node, service)) {
        note_instances(node, service);
    } else {
        note_empty(node, service);
    }
}

bool sim_catalog_has(const SimNode *node, DistroService service)
{
    if (has_instances(node, service)) {
        return true;
    }
    if (service >= node->server->emptied_us->len) {
        return false;
    }
    int64_t emptied_us = g_array_index(node->server->emptied_us, int64_t, service);
    return emptied_us > 0 && since_boot_us(node) < cleaned_us(emptied_us);
}

GArray *sim_catalog_list(const SimNode *node, DistroName space, DistroName group)
{
    const DistroDictionary *dictionary = node->world->dictionary;
    uint32_t services = distro_dictionary_counts(dictionary).services;
    GArray *names = g_array_new(false, false, sizeof(DistroService));
    for (DistroService service = 1; service <= services; service++) {
        const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
        if (info->namespace_id == space && info->group == group && sim_catalog_has(node, service)) {
            g_array_append_val(names, service);
        }
    }
    return names;
}
