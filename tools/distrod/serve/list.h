/* tools/distrod/serve/list.h -- the instances of one service at one moment, as they are handed out.
 *
 *   {"name":..,"groupName":..,"clusters":..,"cacheMillis":..,"hosts":[{..},{..}],"lastRefTime":..}
 *   `--------------------- head, for each answer ----------------'`- once --'`----- tail -----'
 *
 * The hosts are written once and shared by every answer and every push, however many subscribers
 * there are; only the little around them is made for each.
 *
 * Source: com.alibaba.nacos.naming.utils.ServiceUtil#selectInstances,
 * api.naming.pojo.ServiceInfo. */
#pragma once

#include "core/naming/instance.h"
#include "tools/distrod/host/host.h"

typedef struct RegList RegList;

/* What @host's node lists of @service now. */
RegList *reg_list_new(RegHost *host, DistroService service);
void reg_list_unref(RegList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegList, reg_list_unref)

/* Every instance, enabled or not. (transfer none) array of DistroListing */
const GArray *reg_list_listings(const RegList *list);

/* Which of them: enabled ones, of these clusters ("a,b"; blank: of all), healthy ones alone. */
typedef struct RegSelection {
    const char *clusters; /* (nullable) */
    bool healthy_only;
} RegSelection;

/* The selected hosts, "[...]" (transfer none), and how many they are. */
GBytes *reg_list_hosts(RegList *list, const RegSelection *selection, uint32_t *count);

/* The ServiceInfo of the selected in three pieces; the outer two are (transfer full), the middle is
 * (transfer none). @grouped: named as 1.x wants it, "group@@name". */
void reg_list_info(RegList *list, const RegSelection *selection, bool grouped, GBytes *pieces[3]);

/* That of a service which does not exist, as one text appended to @json. */
void reg_list_put_empty_info(GString *json, const RegHost *host, const char *group,
                             const char *name, const char *clusters, bool grouped);

/* One instance as Jackson writes api.naming.pojo.Instance. */
void reg_list_put_instance(GString *json, const DistroDictionary *dictionary,
                           DistroListing listing);
