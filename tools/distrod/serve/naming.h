/* tools/distrod/serve/naming.h -- what a registry does for its clients, however they speak to it:
 * registrations, queries, subscriptions, pushes, and the list of services.
 *
 *      sdk.c (gRPC), open_api.c (HTTP), datagram.c (UDP) -> naming.c -> the node
 *             ^                                 |
 *             `------ pushes, by a sender ------'
 *
 * Lists are as old as Nacos's: renewed by the push that each change causes (core/naming/push.h). */
#pragma once

#include "core/naming/push.h"
#include "tools/distrod/base/log.h"
#include "tools/distrod/host/host.h"
#include "tools/distrod/serve/list.h"

typedef struct RegNaming RegNaming;

/* Sends @target, and tells reg_naming_pushed what became of it. */
typedef void (*RegPushSender)(void *data, const DistroPushTarget *target);

typedef enum RegPushOutcome {
    REG_PUSH_DONE,
    REG_PUSH_FAILED, /* and tried again */
    REG_PUSH_GONE,   /* the subscriber has gone */
} RegPushOutcome;

typedef struct RegNamingCounters {
    uint64_t pushes, failed_pushes, empty_pushes;
    uint64_t push_cost_us; /* of all that succeeded */
    uint64_t push_max_us;
    uint64_t registrations, deregistrations, queries, subscribes, beats;
} RegNamingCounters;

/* All borrowed. */
RegNaming *reg_naming_new(RegLoop *loop, RegLog *log, RegHost *host);
void reg_naming_free(RegNaming *naming);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegNaming, reg_naming_free)

RegHost *reg_naming_host(const RegNaming *naming);

/* ---- names ---- */

/* What is wrong with these names, in a sentence, or NULL; any may be NULL, which is wrong for the
 * service's. Source: com.alibaba.nacos.common.paramcheck.ParamCheckRule. */
const char *reg_naming_check_service(const char *namespace_id, const char *group, const char *name);
/* Likewise of what @instance says. */
const char *reg_naming_check_instance(const DistroNamingInstance *instance);
/* "group@@name" in two: (transfer full) both. A name without a group is of DEFAULT_GROUP. False if
 * either would be empty. */
bool reg_naming_split(const char *grouped, char **group, char **name);
/* "ip#port#cluster#group@@name", as SimpleInstanceIdGenerator makes it. */
char *reg_naming_instance_id(const DistroNamingInstance *instance, const char *cluster,
                             const char *group, const char *name);

/* ---- instances ---- */

/* What @client asks of the node; the status with which the node replies. */
DistroStatus reg_naming_operate(RegNaming *naming, DistroOperationKind kind, DistroClient client,
                                DistroService service, DistroPublication publication);

/* ---- lists ---- */

/* The service of these names, if it exists; else DISTRO_NONE. Asking enters no name. */
DistroService reg_naming_find(const RegNaming *naming, const char *namespace_id, const char *group,
                              const char *name);
/* (transfer none), until the loop turns. */
RegList *reg_naming_list(RegNaming *naming, DistroService service);
/* Services of a namespace and group (nullable: of all) that exist, by name: (transfer none) array
 * of DistroService, until a service comes or goes. */
const GArray *reg_naming_services(RegNaming *naming, const char *namespace_id, const char *group);
uint32_t reg_naming_service_count(const RegNaming *naming);
/* Instances listed in all services. */
uint32_t reg_naming_instance_count(RegNaming *naming);

/* ---- subscriptions ---- */

void reg_naming_subscribe(RegNaming *naming, DistroClient client, bool datagram,
                          DistroService service);
void reg_naming_unsubscribe(RegNaming *naming, DistroClient client, DistroService service);
void reg_naming_forget_subscriber(RegNaming *naming, DistroClient client);
/* By whom pushes over connections, or over UDP, are sent. */
void reg_naming_set_sender(RegNaming *naming, bool datagram, RegPushSender sender, void *data);
/* A push that began at @sent_us has ended. @to_all, @since_us and the counts are those of its
 * target; @ip is the subscriber's, for the log. */
void reg_naming_pushed(RegNaming *naming, const DistroPushTarget *target, RegPushOutcome outcome,
                       int64_t sent_us, uint32_t all, uint32_t selected, const char *ip);
RegNamingCounters *reg_naming_counters(RegNaming *naming);
DistroPushCounts reg_naming_push_counts(const RegNaming *naming);
GArray *reg_naming_subscribers(const RegNaming *naming, DistroService service);
