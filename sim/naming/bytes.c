/* sim/naming/bytes.c -- shapes of the client messages, measured and never written. */
#include "sim/naming/bytes.h"

#include <string.h>

#include "core/java.h"
#include "core/wire_json.h"

#define LITERAL_SIZE(text) ((uint32_t)(sizeof(text) - 1))

static uint32_t decimal_size(int64_t number)
{
    uint32_t size = number < 0 ? 2 : 1;
    while (number >= 10 || number <= -10) {
        number /= 10;
        size++;
    }
    return size;
}

static uint32_t bool_size(bool value)
{
    return value ? LITERAL_SIZE("true") : LITERAL_SIZE("false");
}

static uint32_t name_json_size(const DistroDictionary *dictionary, DistroName name)
{
    return distro_dictionary_name_sizes(dictionary, name)->json;
}

/* {"headers":{},"module":"internal"} */
uint32_t sim_bytes_server_check(void)
{
    return LITERAL_SIZE("{'headers':{},'module':'internal'}");
}

/* ConnectionSetupRequest of a Java SDK, with its labels and ability table. */
uint32_t sim_bytes_connection_setup(void)
{
    return LITERAL_SIZE(
        "{'headers':{},'clientVersion':'Nacos-Java-Client:v3.0.0','tenant':'',"
        "'labels':{'source':'sdk','AppName':'unknown','taskId':'0','module':'naming'},"
        "'abilityTable':{'supportDistributedLock':true,'supportFuzzyWatch':true},"
        "'module':'internal'}");
}

/* HealthCheckRequest: {"headers":{},"module":"internal"} */
uint32_t sim_bytes_ping(void)
{
    return LITERAL_SIZE("{'headers':{},'module':'internal'}");
}

/* ClientDetectionRequest: {"headers":{},"requestId":"1234","module":"internal"} */
uint32_t sim_bytes_detect(void)
{
    return LITERAL_SIZE("{'headers':{},'requestId':'1234','module':'internal'}");
}

/* An extend map holds the user's metadata and three keys of Nacos's own, which travel as fields. */
static bool is_metadata(const DistroExtEntry *entry)
{
    return entry->kind == DISTRO_VALUE_STRING && strcmp(entry->key, "customInstanceId") != 0 &&
           strncmp(entry->key, "publishInstance", strlen("publishInstance")) != 0;
}

static uint32_t json_string_size(const char *text)
{
    return (uint32_t)distro_text_json_size(text, strlen(text)) + LITERAL_SIZE("\"\"");
}

/* {"key":"value",...} */
static uint32_t metadata_size(const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    uint32_t size = LITERAL_SIZE("{}");
    uint32_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_metadata(&entries[i])) {
            continue;
        }
        size += json_string_size(entries[i].key) + 1 + json_string_size(entries[i].text);
        pairs++;
    }
    return size + (pairs > 0 ? pairs - 1 : 0);
}

static uint32_t double_size(double value)
{
    char text[DISTRO_JAVA_DOUBLE_SIZE];
    return (uint32_t)distro_java_double_text(value, text);
}

/* Instance: {"ip":"10.128.0.1","port":8080,"weight":1.0,"healthy":true,"enabled":true,
 * "ephemeral":true,"clusterName":"DEFAULT","metadata":{},"instanceHeartBeatInterval":5000,
 * "instanceIdGenerator":"simple","instanceHeartBeatTimeOut":15000,"ipDeleteTimeout":30000} */
static uint32_t instance_size(const DistroDictionary *dictionary, DistroListing listing)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    const DistroInstance *instance = &info->instance;
    uint32_t size =
        LITERAL_SIZE("{'ip':,'port':,'weight':,'healthy':,'enabled':,'ephemeral':true,'metadata':,"
                     "'instanceHeartBeatInterval':5000,'instanceIdGenerator':'simple',"
                     "'instanceHeartBeatTimeOut':15000,'ipDeleteTimeout':30000}");
    size += name_json_size(dictionary, instance->ip) + decimal_size(instance->port);
    size += double_size(info->weight) + bool_size(instance->healthy) + bool_size(info->enabled);
    if (instance->cluster != DISTRO_NONE) {
        size += LITERAL_SIZE("'clusterName':,") + name_json_size(dictionary, instance->cluster);
    }
    return size + metadata_size(dictionary, instance->ext);
}

/* InstanceRequest: {"headers":{},"namespace":"public","serviceName":"shop","groupName":
 * "DEFAULT_GROUP","type":"registerInstance","instance":{...},"module":"naming"}; a batch has
 * "instances":[...] and the type batchRegisterInstance. */
uint32_t sim_bytes_instance_request(const DistroDictionary *dictionary, SimOp type_op,
                                    DistroPublication publication)
{
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    uint32_t size = LITERAL_SIZE("{'headers':{},'namespace':,'serviceName':,'groupName':,"
                                 "'type':'','instance':,'module':'naming'}");
    size += distro_dictionary_service_json_size(dictionary, info->service);
    if (info->batch) {
        size += LITERAL_SIZE("batchRegisterInstance") + LITERAL_SIZE("s[]") +
                (info->count > 0 ? info->count - 1 : 0);
    } else {
        size += type_op == SIM_OP_REGISTER ? LITERAL_SIZE("registerInstance")
                                           : LITERAL_SIZE("deregisterInstance");
    }
    for (uint32_t i = 0; i < info->count; i++) {
        size += instance_size(dictionary, info->listings[i]);
    }
    return size;
}

/* SubscribeServiceRequest: {"headers":{},"namespace":"public","serviceName":"shop","groupName":
 * "DEFAULT_GROUP","subscribe":true,"clusters":"","module":"naming"} */
uint32_t sim_bytes_subscribe(const DistroDictionary *dictionary, DistroService service)
{
    return LITERAL_SIZE("{'headers':{},'namespace':,'serviceName':,'groupName':,'subscribe':true,"
                        "'clusters':'','module':'naming'}") +
           distro_dictionary_service_json_size(dictionary, service);
}

/* ServiceQueryRequest: {"headers":{},"namespace":"public","serviceName":"shop","groupName":
 * "DEFAULT_GROUP","cluster":"","healthyOnly":false,"udpPort":0,"module":"naming"} */
uint32_t sim_bytes_query(const DistroDictionary *dictionary, DistroService service)
{
    return LITERAL_SIZE("{'headers':{},'namespace':,'serviceName':,'groupName':,'cluster':'',"
                        "'healthyOnly':false,'udpPort':0,'module':'naming'}") +
           distro_dictionary_service_json_size(dictionary, service);
}

/* NotifySubscriberRequest: {"headers":{},"requestId":"1234","namespace":"public","serviceName":
 * "shop","groupName":"DEFAULT_GROUP","serviceInfo":{...},"module":"naming"} */
uint32_t sim_bytes_notify(const DistroDictionary *dictionary, DistroService service,
                          uint32_t service_info_size)
{
    return LITERAL_SIZE("{'headers':{},'requestId':'1234','namespace':,'serviceName':,"
                        "'groupName':,'serviceInfo':,'module':'naming'}") +
           distro_dictionary_service_json_size(dictionary, service) + service_info_size;
}

/* ErrorResponse: {"resultCode":500,"errorCode":301,"success":false,"message":"..."} */
static uint32_t error_size(DistroStatus status)
{
    uint32_t size = LITERAL_SIZE("{'resultCode':500,'errorCode':301,'success':false,'message':''}");
    if (status == DISTRO_STATUS_UNREGISTERED) {
        return size + LITERAL_SIZE("Connection is unregistered.");
    }
    return size + LITERAL_SIZE("Invalid server status");
}

/* {"resultCode":200,"errorCode":0,"success":true} and what each kind of response adds. A list is
 * the answer of a QUERY, and stands under serviceInfo in that of a SUBSCRIBE. */
uint32_t sim_bytes_answer(SimOp op, DistroStatus status)
{
    if (status != DISTRO_STATUS_OK) {
        return error_size(status);
    }
    uint32_t size = LITERAL_SIZE("{'resultCode':200,'errorCode':0,'success':true}");
    switch (op) {
    case SIM_OP_REGISTER:
        return size + LITERAL_SIZE(",'type':'registerInstance'");
    case SIM_OP_DEREGISTER:
        return size + LITERAL_SIZE(",'type':'deregisterInstance'");
    case SIM_OP_SUBSCRIBE:
        return size + LITERAL_SIZE(",'serviceInfo':");
    case SIM_OP_CONNECT:
        return size + LITERAL_SIZE(",'connectionId':'1735689600000_10.128.0.1_40000',"
                                   "'supportAbilityNegotiation':true");
    case SIM_OP_QUERY:
        return 0;
    default:
        return size;
    }
}

/* DistroFilter forwards a write as it came, so a client's write is as long as the forwarded one. */
uint32_t sim_bytes_http_write(const DistroDictionary *dictionary, const DistroWrite *write)
{
    const DistroMessage message = { .op = DISTRO_OP_FORWARD, .write = *write };
    return (uint32_t)distro_wire_json_size(dictionary, &message);
}

uint32_t sim_bytes_http_write_answer(const DistroDictionary *dictionary, DistroWriteKind kind,
                                     DistroStatus status)
{
    const DistroMessage message = {
        .op = DISTRO_OP_FORWARD, .answer = true, .status = status, .write.kind = kind
    };
    return (uint32_t)distro_wire_json_size(dictionary, &message);
}

/* GET /nacos/v1/ns/instance/list?namespaceId=public&serviceName=DEFAULT_GROUP%40%40shop&clusters=
 * &udpPort=50000&clientIP=10.128.0.1&healthyOnly=false&app=unknown */
uint32_t sim_bytes_http_query(const DistroDictionary *dictionary, DistroService service)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    uint32_t size = LITERAL_SIZE(
        "GET /nacos/v1/ns/instance/list?namespaceId=&serviceName=%40%40&clusters=&udpPort=50000"
        "&clientIP=10.128.0.1&healthyOnly=false&app=unknown");
    size += distro_dictionary_name_sizes(dictionary, info->namespace_id)->url;
    size += distro_dictionary_name_sizes(dictionary, info->group)->url;
    return size + distro_dictionary_name_sizes(dictionary, info->name)->url;
}

/* GET /nacos/v1/ns/service/list?pageNo=0&pageSize=2147483647&namespaceId=public&groupName=
 * DEFAULT_GROUP */
uint32_t sim_bytes_http_services(const DistroDictionary *dictionary, DistroName group)
{
    return LITERAL_SIZE("GET /nacos/v1/ns/service/list?pageNo=0&pageSize=2147483647"
                        "&namespaceId=public&groupName=") +
           distro_dictionary_name_sizes(dictionary, group)->url;
}

/* {"count":2,"doms":["cart","shop"]} */
uint32_t sim_bytes_http_service_names(const DistroDictionary *dictionary,
                                      const DistroService *services, size_t count)
{
    uint32_t size = LITERAL_SIZE("{'count':,'doms':[]}") + decimal_size((int64_t)count);
    for (size_t i = 0; i < count; i++) {
        const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, services[i]);
        size += name_json_size(dictionary, info->name) + (i > 0);
    }
    return size;
}

/* {"type":"dom","data":"<the list as a JSON string>","lastRefTime":1735689600000}: the list's own
 * quotes are escaped, about one byte in six of such a text. */
uint32_t sim_bytes_datagram(uint32_t service_info_size)
{
    return LITERAL_SIZE("{'type':'dom','data':'','lastRefTime':1735689600000000}") +
           service_info_size + service_info_size / 6;
}

/* {"type":"push-ack","lastRefTime":"1735689600000000","data":""} */
uint32_t sim_bytes_datagram_ack(void)
{
    return LITERAL_SIZE("{'type':'push-ack','lastRefTime':'1735689600000000','data':''}");
}

/* An Instance as above that also names its service: "serviceName":"DEFAULT_GROUP@@shop" */
uint32_t sim_bytes_host(const DistroDictionary *dictionary, DistroListing listing)
{
    uint32_t size = instance_size(dictionary, listing);
    DistroService service = distro_dictionary_listing_info(dictionary, listing)->service;
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    size += LITERAL_SIZE("'serviceName':'@@',");
    size += name_json_size(dictionary, info->group) - 2;
    return size + name_json_size(dictionary, info->name) - 2;
}

/* ServiceInfo: {"name":"shop","groupName":"DEFAULT_GROUP","clusters":"","cacheMillis":10000,
 * "hosts":[...],"lastRefTime":1735689600000,"checksum":"","allIPs":false,
 * "reachProtectionThreshold":false,"valid":true} */
uint32_t sim_bytes_service_info(const DistroDictionary *dictionary, DistroService service,
                                uint32_t hosts, uint32_t hosts_size)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    uint32_t size = LITERAL_SIZE("{'name':,'groupName':,'clusters':'','cacheMillis':10000,"
                                 "'hosts':[],'lastRefTime':1735689600000,'checksum':'',"
                                 "'allIPs':false,'reachProtectionThreshold':false,'valid':true}");
    size += name_json_size(dictionary, info->name) + name_json_size(dictionary, info->group);
    return size + hosts_size + (hosts > 0 ? hosts - 1 : 0);
}
