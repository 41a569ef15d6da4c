/* tests/support/messages.c -- one message of every kind. */
#include "tests/support/messages.h"

#include "core/v1/lists.h"
#include "core/v2/snapshot.h"

#include <math.h>

static const char CONNECTION_ID[] = "1699999999999_10.0.0.21_54321";
static const char BEATING_ID[] = "10.0.0.7:8080#true";

static const DistroStatus STATUSES[] = {
    DISTRO_STATUS_OK,
    DISTRO_STATUS_VERIFY_FAILED,
    DISTRO_STATUS_REFUSED_AS_OK,
    DISTRO_STATUS_EXCEPTION,
    DISTRO_STATUS_ERROR_STARTING,
    DISTRO_STATUS_UNREGISTERED,
    DISTRO_STATUS_NO_HANDLER,
    DISTRO_STATUS_BAD_PAYLOAD,
    DISTRO_STATUS_HTTP_BAD_REQUEST,
    DISTRO_STATUS_HTTP_NOT_FOUND,
    DISTRO_STATUS_HTTP_UNKNOWN_API,
    DISTRO_STATUS_HTTP_ERROR,
    DISTRO_STATUS_HTTP_UNAVAILABLE,
    DISTRO_STATUS_BEAT_UNKNOWN,
};

static void clear_sample(gpointer sample)
{
    distro_message_clear(&((Sample *)sample)->message);
}

static void add(GArray *samples, const char *label, DistroMessage message)
{
    Sample sample = { .label = label, .message = message };
    g_array_append_val(samples, sample);
}

static void add_lossy(GArray *samples, const char *label, DistroMessage message)
{
    Sample sample = { .label = label, .message = message, .lossy = true };
    g_array_append_val(samples, sample);
}

DistroService sample_service(DistroDictionary *dictionary, const char *name)
{
    return distro_dictionary_service(dictionary, "public", "DEFAULT_GROUP", name);
}

static DistroListing listing_of(DistroDictionary *dictionary, const char *name,
                                const DistroExtEntry *entries, size_t count, const char *cluster,
                                bool healthy)
{
    DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, "10.0.0.7"),
        .port = 8080,
        .healthy = healthy,
        .cluster = cluster == NULL ? DISTRO_NONE : distro_dictionary_name(dictionary, cluster),
        .ext = distro_dictionary_ext(dictionary, entries, count),
    };
    return distro_dictionary_listing(dictionary, sample_service(dictionary, name), &instance);
}

static DistroPublication alone(DistroDictionary *dictionary, const char *name,
                               DistroListing listing)
{
    return distro_dictionary_publication(dictionary, sample_service(dictionary, name), false,
                                         &listing, 1);
}

DistroPublication sample_publication(DistroDictionary *dictionary, const char *name)
{
    return alone(dictionary, name, listing_of(dictionary, name, NULL, 0, "DEFAULT", true));
}

static void publish(DistroDictionary *dictionary, DistroContent *content,
                    DistroPublication publication)
{
    DistroService service = distro_dictionary_publication_info(dictionary, publication)->service;
    DistroContent more = distro_content_with(dictionary, content, service, publication);
    distro_content_clear(content);
    *content = more;
}

void sample_element(GByteArray *list, DistroClient client, int32_t revision,
                    const DistroContent *content, int32_t idle_ms)
{
    const DistroSnapshotElement element = { .client = client,
                                            .revision = revision,
                                            .count = content->count,
                                            .idle_ms = idle_ms,
                                            .items = distro_content_items(content) };
    distro_snapshot_add(list, &element);
}

DistroFrame sample_snapshot(const DistroDictionary *dictionary, GByteArray *list, uint32_t count)
{
    DistroMessage answer = { .op = DISTRO_OP_SNAPSHOT, .answer = true, .status = DISTRO_STATUS_OK };
    distro_message_take_list(&answer, list, count);
    DistroFrame frame = distro_wire_encode(dictionary, &answer);
    distro_message_clear(&answer);
    return frame;
}

DistroContent sample_content(DistroDictionary *dictionary, unsigned count)
{
    DistroContent content = { 0 };
    char name[32];
    for (unsigned i = 0; i < count; i++) {
        g_snprintf(name, sizeof name, "service-%u", i);
        publish(dictionary, &content, sample_publication(dictionary, name));
    }
    return content;
}

/* Metadata as people and Spring write it, weight and enablement as Nacos adds them. */
static DistroPublication with_metadata(DistroDictionary *dictionary, const char *name)
{
    DistroExtEntry entries[] = {
        { .key = "preserved.register.source", .kind = DISTRO_VALUE_STRING, .text = "SPRING_CLOUD" },
        { .key = "publishInstanceEnable", .kind = DISTRO_VALUE_BOOL },
        { .key = "publishInstanceWeight", .kind = DISTRO_VALUE_DOUBLE, .number = 2.5 },
        { .key = "\xe5\x8c\xba \"&=\\\n\x02",
          .kind = DISTRO_VALUE_STRING,
          .text = "50% \xf0\x9f\x9a\x80" },
    };
    return alone(
        dictionary, name,
        listing_of(dictionary, name, entries, G_N_ELEMENTS(entries), "\xe6\x9d\xad+", false));
}

/* Values of every type that survives JSON. */
static DistroPublication with_every_type(DistroDictionary *dictionary, const char *name)
{
    DistroExtEntry entries[] = {
        { .key = "int", .kind = DISTRO_VALUE_INT, .integer = -7 },
        { .key = "long", .kind = DISTRO_VALUE_LONG, .integer = INT64_MIN },
        { .key = "double", .kind = DISTRO_VALUE_DOUBLE, .number = 1e-4 },
        { .key = "big", .kind = DISTRO_VALUE_DOUBLE, .number = -1e21 },
        { .key = "true", .kind = DISTRO_VALUE_BOOL, .boolean = true },
        { .key = "", .kind = DISTRO_VALUE_STRING, .text = "" },
    };
    return alone(dictionary, name,
                 listing_of(dictionary, name, entries, G_N_ELEMENTS(entries), NULL, true));
}

/* Values that Nacos's JSON drops or changes. */
static DistroPublication with_odd_values(DistroDictionary *dictionary, const char *name)
{
    DistroExtEntry entries[] = {
        { .key = "a", .kind = DISTRO_VALUE_NULL },
        { .key = "b", .kind = DISTRO_VALUE_LONG, .integer = 2 },
        { .key = "c", .kind = DISTRO_VALUE_DOUBLE, .number = (double)INFINITY },
        { .key = "d", .kind = DISTRO_VALUE_NULL },
        { .key = "publishInstanceEnable", .kind = DISTRO_VALUE_STRING, .text = "false" },
        { .key = "publishInstanceWeight", .kind = DISTRO_VALUE_LONG, .integer = 2 },
    };
    return alone(dictionary, name,
                 listing_of(dictionary, name, entries, G_N_ELEMENTS(entries), NULL, true));
}

static DistroPublication batch_of(DistroDictionary *dictionary, const char *name, size_t count)
{
    DistroListing listings[3] = { listing_of(dictionary, name, NULL, 0, "B", true),
                                  listing_of(dictionary, name, NULL, 0, NULL, false),
                                  listing_of(dictionary, name, NULL, 0, "B", true) };
    return distro_dictionary_publication(dictionary, sample_service(dictionary, name), true,
                                         listings, count);
}

static DistroContent rich_content(DistroDictionary *dictionary)
{
    DistroContent content = sample_content(dictionary, 3);
    publish(dictionary, &content,
            with_metadata(dictionary, "\xe8\xae\xa2\xe5\x8d\x95 \"quoted\"\t"));
    publish(dictionary, &content, batch_of(dictionary, "batch", 3));
    publish(dictionary, &content, with_every_type(dictionary, "types"));
    publish(dictionary, &content, batch_of(dictionary, "no batch", 0));
    return content;
}

static DistroMessage change(DistroDictionary *dictionary, const char *id, int32_t revision,
                            DistroContent content)
{
    return (DistroMessage) {
        .op = DISTRO_OP_CHANGE,
        .client = distro_dictionary_client(dictionary, id),
        .target = distro_dictionary_name(dictionary, "10.0.0.1:8848"),
        .revision = revision,
        .content = content,
    };
}

static void add_changes(GArray *samples, DistroDictionary *dictionary)
{
    DistroContent odd = { .count = 1, .only = with_odd_values(dictionary, "odd") };

    add(samples, "empty CHANGE", change(dictionary, CONNECTION_ID, 3, (DistroContent) { 0 }));
    add(samples, "CHANGE of one",
        change(dictionary, CONNECTION_ID, 3, sample_content(dictionary, 1)));
    add(samples, "CHANGE of ten",
        change(dictionary, BEATING_ID, INT32_MIN, sample_content(dictionary, 10)));
    add(samples, "rich CHANGE", change(dictionary, CONNECTION_ID, -1, rich_content(dictionary)));
    add(samples, "rich CHANGE of a beating client",
        change(dictionary, BEATING_ID, INT32_MAX, rich_content(dictionary)));
    add_lossy(samples, "CHANGE with odd values", change(dictionary, BEATING_ID, 0, odd));
    DistroMessage aimless = change(dictionary, "caf\xc3\xa9 \"x\"", 0, (DistroContent) { 0 });
    aimless.target = DISTRO_NONE;
    add(samples, "CHANGE without a target", aimless);
}

static void add_requests(GArray *samples, DistroDictionary *dictionary)
{
    DistroClient client = distro_dictionary_client(dictionary, CONNECTION_ID);
    DistroName target = distro_dictionary_name(dictionary, "10.0.0.1:8848");

    add(samples, "DELETE",
        (DistroMessage) { .op = DISTRO_OP_DELETE, .client = client, .target = target });
    add(samples, "VERIFY",
        (DistroMessage) { .op = DISTRO_OP_VERIFY, .client = client, .revision = 3 });
    add(samples, "VERIFY with a long revision",
        (DistroMessage) { .op = DISTRO_OP_VERIFY,
                          .client = distro_dictionary_client(dictionary, BEATING_ID),
                          .revision = INT32_MIN });
    add(samples, "SNAPSHOT", (DistroMessage) { .op = DISTRO_OP_SNAPSHOT });
    add(samples, "QUERY", (DistroMessage) { .op = DISTRO_OP_QUERY, .client = client });
    add(samples, "REPORT", (DistroMessage) { .op = DISTRO_OP_REPORT, .target = target });
    add(samples, "REPORT of a name without a port",
        (DistroMessage) { .op = DISTRO_OP_REPORT,
                          .target = distro_dictionary_name(dictionary, "n\"\xc3\xa9") });
    add(samples, "REPORT of a name with an odd port",
        (DistroMessage) { .op = DISTRO_OP_REPORT,
                          .target = distro_dictionary_name(dictionary, "[::1]:08848") });
    add(samples, "HEALTH", (DistroMessage) { .op = DISTRO_OP_HEALTH });
    add(samples, "CONNECT", (DistroMessage) { .op = DISTRO_OP_CONNECT });
}

static DistroMessage forward(DistroDictionary *dictionary, DistroWriteKind kind, const char *id,
                             DistroPublication publication)
{
    return (DistroMessage) {
        .op = DISTRO_OP_FORWARD,
        .write = { .kind = kind,
                   .client = distro_dictionary_client(dictionary, id),
                   .service = distro_dictionary_publication_info(dictionary, publication)->service,
                   .publication = kind == DISTRO_WRITE_REGISTER || kind == DISTRO_WRITE_BEAT
                                      ? publication
                                      : DISTRO_NONE },
    };
}

static void add_forwards(GArray *samples, DistroDictionary *dictionary)
{
    DistroPublication plain = sample_publication(dictionary, "shop");
    DistroPublication odd = with_odd_values(dictionary, "odd & more");
    DistroPublication rich = with_metadata(dictionary, "\xe8\xae\xa2 \"+\"@@%");

    add(samples, "REGISTER", forward(dictionary, DISTRO_WRITE_REGISTER, BEATING_ID, plain));
    add(samples, "rich REGISTER", forward(dictionary, DISTRO_WRITE_REGISTER, BEATING_ID, rich));
    add_lossy(samples, "odd REGISTER", forward(dictionary, DISTRO_WRITE_REGISTER, BEATING_ID, odd));
    add(samples, "DEREGISTER", forward(dictionary, DISTRO_WRITE_DEREGISTER, BEATING_ID, plain));
    add(samples, "BEAT", forward(dictionary, DISTRO_WRITE_BEAT, BEATING_ID, plain));
    add_lossy(samples, "rich BEAT", forward(dictionary, DISTRO_WRITE_BEAT, BEATING_ID, rich));
    add_lossy(samples, "odd BEAT", forward(dictionary, DISTRO_WRITE_BEAT, BEATING_ID, odd));
    add(samples, "LIGHT_BEAT", forward(dictionary, DISTRO_WRITE_LIGHT_BEAT, BEATING_ID, rich));
    add(samples, "LIGHT_BEAT over IPv6",
        forward(dictionary, DISTRO_WRITE_LIGHT_BEAT, "2001:db8::1:8080#true", plain));
    add_lossy(samples, "LIGHT_BEAT without a port",
              forward(dictionary, DISTRO_WRITE_LIGHT_BEAT, "h\xc3\xb6st \"x\"#true", plain));
}

static void add_answers(GArray *samples, DistroDictionary *dictionary)
{
    DistroClient client = distro_dictionary_client(dictionary, CONNECTION_ID);

    for (int op = 0; op < DISTRO_V1_OPS; op++) {
        for (size_t i = 0; i < G_N_ELEMENTS(STATUSES); i++) {
            DistroMessage answer = { .op = (DistroOp)op, .answer = true, .status = STATUSES[i] };
            if (op == DISTRO_OP_FORWARD && STATUSES[i] == DISTRO_STATUS_BEAT_UNKNOWN) {
                answer.write.kind = DISTRO_WRITE_BEAT;
            }
            add(samples, "plain answer", answer);
        }
    }
    add(samples, "REPORT answer with the responder",
        (DistroMessage) { .op = DISTRO_OP_REPORT,
                          .answer = true,
                          .status = DISTRO_STATUS_OK,
                          .target = distro_dictionary_name(dictionary, "10.0.0.2:8848") });
    add(samples, "QUERY answer with a client",
        (DistroMessage) { .op = DISTRO_OP_QUERY,
                          .answer = true,
                          .status = DISTRO_STATUS_OK,
                          .client = client,
                          .revision = -5,
                          .content = rich_content(dictionary) });
    add(samples, "answer to a BEAT",
        (DistroMessage) { .op = DISTRO_OP_FORWARD,
                          .answer = true,
                          .status = DISTRO_STATUS_OK,
                          .write = { .kind = DISTRO_WRITE_BEAT } });
    add_lossy(samples, "answer to a DEREGISTER",
              (DistroMessage) { .op = DISTRO_OP_FORWARD,
                                .answer = true,
                                .status = DISTRO_STATUS_OK,
                                .write = { .kind = DISTRO_WRITE_DEREGISTER } });
}

static void add_snapshot(GArray *samples, DistroDictionary *dictionary)
{
    DistroMessage answer = { .op = DISTRO_OP_SNAPSHOT, .answer = true, .status = DISTRO_STATUS_OK };
    GByteArray *list = g_byte_array_new();
    DistroContent contents[] = { { 0 }, sample_content(dictionary, 1), rich_content(dictionary) };
    const char *const ids[] = { "1_10.0.0.1_1", CONNECTION_ID, BEATING_ID };

    for (int i = 0; i < 3; i++) {
        sample_element(list, distro_dictionary_client(dictionary, ids[i]), -i, &contents[i],
                       i * 1234); /* the first is told no idle time */
        distro_content_clear(&contents[i]);
    }
    distro_message_take_list(&answer, list, 3);
    add(samples, "SNAPSHOT answer with clients", answer);
}

/* --- 1.x ------------------------------------------------------------------------------------ */

static void add_datum(GByteArray *list, const DistroDictionary *dictionary,
                      const DistroPublication *publications, uint32_t count)
{
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(dictionary, publications[0]);
    distro_list_add_datum(list, info->service, count);
    for (uint32_t i = 0; i < count; i++) {
        distro_list_add_instance(list, publications[i], INT64_C(1735689600000) + i);
    }
}

/* Three services, the second without instances, with what a list of instances may look like. */
static DistroMessage datums(DistroDictionary *dictionary, DistroOp op, bool answer)
{
    DistroMessage message = { .op = op, .answer = answer, .http = op == DISTRO_OP_SNAPSHOT };
    DistroPublication shop = sample_publication(dictionary, "shop");
    DistroService empty = sample_service(dictionary, "shop with nothing");
    DistroPublication rich[] = { with_metadata(dictionary, "\xe8\xae\xa2 \"+\"\t%"), 0 };
    rich[1] = distro_dictionary_with_health(dictionary, rich[0], false);
    GByteArray *list = g_byte_array_new();

    if (answer) {
        message.status = DISTRO_STATUS_OK;
    }
    add_datum(list, dictionary, &shop, 1);
    distro_list_add_datum(list, empty, 0);
    add_datum(list, dictionary, rich, 2);
    distro_message_take_list(&message, list, 3);
    return message;
}

static DistroMessage checksums(DistroDictionary *dictionary, DistroOp op)
{
    DistroMessage message = { .op = op,
                              .target = distro_dictionary_name(dictionary, "10.0.0.1:8848") };
    DistroWireChecksum one = { .service = sample_service(dictionary, "shop"), .md5 = { 0, 255 } };
    DistroWireChecksum two = { .service = sample_service(dictionary, "shop \"2\" & \xc3\xa9"),
                               .md5 = { 1 } };
    GByteArray *list = g_byte_array_new();

    distro_list_add_checksum(list, &one);
    distro_list_add_checksum(list, &two);
    distro_message_take_list(&message, list, 2);
    if (op == DISTRO_OP_STATUS) {
        message.namespace_id =
            distro_dictionary_service_info(dictionary, one.service)->namespace_id;
    }
    return message;
}

static void add_v1(GArray *samples, DistroDictionary *dictionary)
{
    DistroName source = distro_dictionary_name(dictionary, "10.0.0.1:8848");
    DistroMessage pull = { .op = DISTRO_OP_PULL };
    DistroMessage statuses = { .op = DISTRO_OP_STATUSES,
                               .answer = true,
                               .status = DISTRO_STATUS_OK };
    GByteArray *list = g_byte_array_new();

    add(samples, "DATUM", datums(dictionary, DISTRO_OP_DATUM, false));
    add(samples, "empty DATUM", (DistroMessage) { .op = DISTRO_OP_DATUM });
    add(samples, "CHECKSUM", checksums(dictionary, DISTRO_OP_CHECKSUM));
    add(samples, "STATUS", checksums(dictionary, DISTRO_OP_STATUS));
    add(samples, "empty STATUS",
        (DistroMessage) { .op = DISTRO_OP_STATUS,
                          .target = source,
                          .namespace_id = distro_dictionary_name(dictionary, "a \"b\"\n") });
    distro_list_add_service(list, sample_service(dictionary, "shop"));
    distro_list_add_service(list, sample_service(dictionary, "shop \"2\" & \xc3\xa9"));
    distro_message_take_list(&pull, list, 2);
    add(samples, "PULL", pull);
    add(samples, "STATUSES",
        (DistroMessage) { .op = DISTRO_OP_STATUSES,
                          .service = sample_service(dictionary, "shop & more") });
    add(samples, "answer to a PULL", datums(dictionary, DISTRO_OP_PULL, true));
    add(samples, "answer to a SNAPSHOT over HTTP", datums(dictionary, DISTRO_OP_SNAPSHOT, true));
    list = g_byte_array_new();
    distro_list_add_health(list, distro_dictionary_client(dictionary, BEATING_ID), true);
    distro_list_add_health(list, distro_dictionary_client(dictionary, "10.0.0.8:80#true"), false);
    distro_message_take_list(&statuses, list, 2);
    add(samples, "answer to STATUSES", statuses);
    add(samples, "SNAPSHOT over HTTP", (DistroMessage) { .op = DISTRO_OP_SNAPSHOT, .http = true });
    add(samples, "REPORT over HTTP",
        (DistroMessage) { .op = DISTRO_OP_REPORT, .http = true, .target = source });
    add(samples, "answer to a REPORT over HTTP",
        (DistroMessage) {
            .op = DISTRO_OP_REPORT, .http = true, .answer = true, .status = DISTRO_STATUS_OK });
    add(samples, "refused REPORT over HTTP",
        (DistroMessage) { .op = DISTRO_OP_REPORT,
                          .http = true,
                          .answer = true,
                          .status = DISTRO_STATUS_HTTP_UNKNOWN_API });
}

GArray *sample_messages(DistroDictionary *dictionary)
{
    GArray *samples = g_array_new(false, false, sizeof(Sample));
    g_array_set_clear_func(samples, clear_sample);
    add_changes(samples, dictionary);
    add_requests(samples, dictionary);
    add_forwards(samples, dictionary);
    add_answers(samples, dictionary);
    add_snapshot(samples, dictionary);
    add_v1(samples, dictionary);
    return samples;
}
