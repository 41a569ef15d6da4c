/* tests/unit/test_wire_json.c -- Nacos's JSON: its sizes, its fields, and what is refused. An
 * independent parser, Jansson, reads what we write. */
#include "core/wire_json.h"

#include "core/json/read/decode.h"
#include "core/json/read/parse.h"
#include "core/v1/lists.h"
#include "tests/support/check.h"
#include "tests/support/messages.h"

#include <jansson.h>

static const char ID[] = "1699999999999_10.0.0.21_54321";

static DistroMessage message_about(DistroDictionary *dictionary, DistroOp op)
{
    return (DistroMessage) { .op = op, .client = distro_dictionary_client(dictionary, ID) };
}

static char *encode(const DistroDictionary *dictionary, const DistroMessage *message)
{
    GString *text = g_string_new(NULL);
    distro_wire_json_encode(dictionary, message, text);
    return g_string_free(text, false);
}

/* The JSON inside the base64 of a distroData object (transfer full). */
static json_t *content_of(json_t *data)
{
    gsize size;
    g_autofree guchar *bytes =
        g_base64_decode(json_string_value(json_object_get(data, "content")), &size);
    return json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, NULL);
}

static void the_size_is_the_length_of_the_text(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);

    for (guint i = 0; i < samples->len; i++) {
        const Sample *sample = &g_array_index(samples, Sample, i);
        g_autofree char *text = encode(dictionary, &sample->message);
        if (strlen(text) != distro_wire_json_size(dictionary, &sample->message)) {
            printf("\n    %s: %s", sample->label, text);
        }
        check_uint(distro_wire_json_size(dictionary, &sample->message), ==, strlen(text));
    }
}

static void every_text_but_https_parses_as_json(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);

    for (guint i = 0; i < samples->len; i++) {
        const DistroMessage *message = &g_array_index(samples, Sample, i).message;
        if (message->op == DISTRO_OP_FORWARD || message->op >= DISTRO_OP_DATUM || message->http) {
            continue;
        }
        bool two = message->op == DISTRO_OP_CONNECT && !message->answer;
        g_autofree char *text = encode(dictionary, message);
        json_t *json =
            json_loads(text, JSON_REJECT_DUPLICATES | (two ? JSON_DISABLE_EOF_CHECK : 0), NULL);
        check_true(json_is_object(json));
        json_t *data = json_object_get(json, "distroData");
        if (json_object_get(data, "content") != NULL) {
            json_t *content = content_of(data);
            check_true(json_is_object(content));
            json_decref(content);
        }
        json_decref(json);
    }
}

/* Decode with the dictionary that wrote, so numbers can be compared. */
static void check_round_trip(DistroDictionary *dictionary, const Sample *sample)
{
    const DistroMessage *sent = &sample->message;
    g_autofree char *text = encode(dictionary, sent);
    DistroMessage seen;
    int error =
        distro_wire_json_decode(dictionary, sent->op, sent->answer, text, strlen(text), &seen);
    if (error != DISTRO_WIRE_OK) {
        printf("\n    %s: %s", sample->label, text);
    }
    check_int(error, ==, DISTRO_WIRE_OK);
    if (error != DISTRO_WIRE_OK) {
        return;
    }

    DistroFrame there = distro_wire_encode(dictionary, sent);
    DistroFrame back = distro_wire_encode(dictionary, &seen);
    bool same = memcmp(there.head, back.head, DISTRO_HEAD_SIZE) == 0 &&
                (there.body == back.body ||
                 (there.body != NULL && back.body != NULL && g_bytes_equal(there.body, back.body)));
    if (!same && !sample->lossy) {
        printf("\n    %s: %s", sample->label, text);
    }
    check_true(same || sample->lossy);
    distro_frame_clear(&there);
    distro_frame_clear(&back);
    distro_message_clear(&seen);
}

static void every_message_comes_back_as_it_went(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);
    for (guint i = 0; i < samples->len; i++) {
        check_round_trip(dictionary, &g_array_index(samples, Sample, i));
    }
}

static void a_stranger_with_an_empty_dictionary_writes_the_same_text(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);

    for (guint i = 0; i < samples->len; i++) {
        const Sample *sample = &g_array_index(samples, Sample, i);
        g_autoptr(DistroDictionary) strange = distro_dictionary_new();
        g_autofree char *text = encode(dictionary, &sample->message);
        DistroMessage seen;
        check_int(distro_wire_json_decode(strange, sample->message.op, sample->message.answer, text,
                                          strlen(text), &seen),
                  ==, DISTRO_WIRE_OK);
        g_autofree char *again = encode(strange, &seen);
        /* The order of publications is that of the writer's own service numbers. */
        if (!sample->lossy) {
            check_uint(strlen(again), ==, strlen(text));
        }
        if (!sample->lossy && sample->message.content.count <= 1 && sample->message.list == NULL) {
            check_str(again, ==, text);
        }
        distro_message_clear(&seen);
    }
}

static void verify_is_the_example_of_the_specification(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage message = message_about(dictionary, DISTRO_OP_VERIFY);
    message.revision = 3;
    g_autofree char *text = encode(dictionary, &message);
    static const char CONTENT[] = "{\"clientId\":\"1699999999999_10.0.0.21_54321\",\"revision\":3}";
    g_autofree char *base64 = g_base64_encode((const guchar *)CONTENT, strlen(CONTENT));
    g_autofree char *expected = g_strdup_printf(
        "{\"headers\":{},\"distroData\":{\"distroKey\":{\"resourceKey\":"
        "\"1699999999999_10.0.0.21_54321\",\"resourceType\":\"Nacos:Naming:v2:ClientData\"},"
        "\"type\":\"VERIFY\",\"content\":\"%s\"},\"dataOperation\":\"VERIFY\","
        "\"module\":\"cluster\"}",
        base64);

    check_str(text, ==, expected);
    check_uint(distro_wire_json_size(dictionary, &message), ==, 282);
}

static void fixed_sizes_are_those_of_nacos(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage delete = message_about(dictionary, DISTRO_OP_DELETE);
    DistroMessage change = message_about(dictionary, DISTRO_OP_CHANGE);
    DistroMessage answer = { .op = DISTRO_OP_VERIFY, .answer = true, .status = DISTRO_STATUS_OK };

    delete.target = change.target = distro_dictionary_name(dictionary, "10.0.0.1:8848");
    change.revision = 3;
    check_uint(distro_wire_json_size(dictionary, &delete), ==, 224);
    check_uint(distro_wire_json_size(dictionary, &change), ==, 493);
    check_uint(distro_wire_json_size(dictionary, &answer), ==, 47);
    answer.status = DISTRO_STATUS_VERIFY_FAILED;
    check_uint(distro_wire_json_size(dictionary, &answer), ==, 104);
}

/* A service of Spring Cloud's: some 280 bytes of content, as the measurements had. */
static DistroContent spring_content(DistroDictionary *dictionary, int count)
{
    DistroExtEntry entries[] = {
        { .key = "preserved.register.source", .kind = DISTRO_VALUE_STRING, .text = "SPRING_CLOUD" },
        { .key = "version", .kind = DISTRO_VALUE_STRING, .text = "1.2.3" },
        { .key = "zone", .kind = DISTRO_VALUE_STRING, .text = "cn-hangzhou-b" },
    };
    DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, "192.168.1.10"),
        .port = 8080,
        .healthy = true,
        .cluster = distro_dictionary_name(dictionary, "DEFAULT"),
        .ext = distro_dictionary_ext(dictionary, entries, G_N_ELEMENTS(entries)),
    };
    DistroContent content = { 0 };
    char name[64];

    for (int i = 0; i < count; i++) {
        g_snprintf(name, sizeof name, "com.example.shop.fulfillment.order-service-%02d", i);
        DistroService service = sample_service(dictionary, name);
        DistroListing listing = distro_dictionary_listing(dictionary, service, &instance);
        DistroContent more = distro_content_with(
            dictionary, &content, service,
            distro_dictionary_publication(dictionary, service, false, &listing, 1));
        distro_content_clear(&content);
        content = more;
    }
    return content;
}

static size_t change_size(DistroDictionary *dictionary, int count)
{
    DistroMessage change = message_about(dictionary, DISTRO_OP_CHANGE);
    change.target = distro_dictionary_name(dictionary, "10.0.0.1:8848");
    change.revision = 3;
    change.content = spring_content(dictionary, count);
    size_t size = distro_wire_json_size(dictionary, &change);
    distro_message_clear(&change);
    return size;
}

static void sizes_grow_with_services_as_nacos_measurements_do(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    size_t one = change_size(dictionary, 1);
    size_t ten = change_size(dictionary, 10);
    size_t hundred = change_size(dictionary, 100);

    check_uint(one, ==, 865);
    check_uint((ten + 50) / 100, ==, 43);       /* 4.3 kB */
    check_uint((hundred + 500) / 1000, ==, 38); /* 38 kB */
}

static void a_report_describes_its_node(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage report = { .op = DISTRO_OP_REPORT,
                             .target = distro_dictionary_name(dictionary, "10.0.0.9:8848") };
    g_autofree char *text = encode(dictionary, &report);
    json_t *json = json_loads(text, 0, NULL);
    json_t *node = json_object_get(json, "node");

    check_str(json_string_value(json_object_get(node, "ip")), ==, "10.0.0.9");
    check_int(json_integer_value(json_object_get(node, "port")), ==, 8848);
    check_str(json_string_value(json_object_get(node, "address")), ==, "10.0.0.9:8848");
    check_str(json_string_value(json_object_get(node, "state")), ==, "UP");
    check_true(json_is_object(json_object_get(node, "extendInfo")));
    check_true(json_is_object(json_object_get(node, "abilities")));
    check_uint(strlen(text), ==, 1134); /* as a server of 2.5.1 sends it, scenarios/reality */
    json_decref(json);
}

static json_t *only_info(DistroDictionary *dictionary, const char *id, json_t **content)
{
    DistroMessage change = { .op = DISTRO_OP_CHANGE,
                             .client = distro_dictionary_client(dictionary, id),
                             .revision = -9,
                             .content = sample_content(dictionary, 1) };
    g_autofree char *text = encode(dictionary, &change);
    json_t *json = json_loads(text, 0, NULL);
    *content = content_of(json_object_get(json, "distroData"));
    json_decref(json);
    return json_array_get(json_object_get(*content, "instancePublishInfos"), 0);
}

static void a_publish_info_carries_its_derived_properties(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    json_t *content;
    json_t *info = only_info(dictionary, ID, &content);

    check_str(json_string_value(json_object_get(info, "metadataId")), ==, "10.0.0.7:8080:DEFAULT");
    check_true(json_object_get(info, "lastHeartBeatTime") == NULL);
    json_t *attributes =
        json_object_get(json_object_get(content, "attributes"), "clientAttributes");
    check_int(json_integer_value(json_object_get(attributes, "revision")), ==, -9);
    check_true(json_object_size(json_object_get(content, "batchInstanceData")) == 0);
    json_decref(content);

    info = only_info(dictionary, "10.0.0.7:8080#true", &content);
    check_true(json_integer_value(json_object_get(info, "lastHeartBeatTime")) > 0);
    json_decref(content);
}

static const char *id_in(json_t *info)
{
    return json_string_value(
        json_object_get(json_object_get(info, "extendDatum"), "customInstanceId"));
}

/* From 2.3.0 on; a heartbeat client's has none, and one that it has already is kept. */
static void an_instance_of_a_connection_carries_its_id(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    static const DistroExtEntry own = { .key = "customInstanceId",
                                        .kind = DISTRO_VALUE_STRING,
                                        .text = "mine" };
    static const struct {
        const char *client, *id;
        bool batch, identified, named;
    } cases[] = {
        { ID, NULL, false, false, false },
        { ID, "10.0.0.7#8080#null#DEFAULT_GROUP@@shop", false, true, false },
        { ID, "10.0.0.7#8080#null#DEFAULT_GROUP@@shop", true, true, false },
        { ID, "mine", false, true, true },
        { "10.0.0.7:8080#true", NULL, false, true, false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const DistroInstance instance = {
            .ip = distro_dictionary_name(dictionary, "10.0.0.7"),
            .port = 8080,
            .healthy = true,
            .ext = distro_dictionary_ext(dictionary, &own, cases[i].named),
        };
        const DistroService shop = sample_service(dictionary, "shop");
        const DistroListing listing = distro_dictionary_listing(dictionary, shop, &instance);
        DistroMessage change = { .op = DISTRO_OP_CHANGE,
                                 .client = distro_dictionary_client(dictionary, cases[i].client),
                                 .identified = cases[i].identified };
        change.content = (DistroContent) {
            .count = 1,
            .only = distro_dictionary_publication(dictionary, shop, cases[i].batch, &listing, 1),
        };
        g_autofree char *text = encode(dictionary, &change);
        check_uint(distro_wire_json_size(dictionary, &change), ==, strlen(text));
        json_t *json = json_loads(text, 0, NULL);
        json_t *content = content_of(json_object_get(json, "distroData"));
        json_t *info = json_array_get(json_object_get(content, "instancePublishInfos"), 0);
        if (cases[i].batch) {
            json_t *data = json_object_get(content, "batchInstanceData");
            info = json_array_get(json_object_get(data, "batchInstancePublishInfos"), 0);
            info = json_array_get(json_object_get(info, "instancePublishInfos"), 0);
        }
        check_int(g_strcmp0(id_in(info), cases[i].id), ==, 0);
        json_decref(content);
        json_decref(json);
    }
}

static void a_batch_goes_into_arrays_of_its_own(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage change = message_about(dictionary, DISTRO_OP_CHANGE);
    DistroPublication plain = sample_publication(dictionary, "shop");
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, plain);
    change.content = (DistroContent) { .count = 1,
                                       .only = distro_dictionary_publication(
                                           dictionary, info->service, true, info->listings, 1) };
    g_autofree char *text = encode(dictionary, &change);
    json_t *json = json_loads(text, 0, NULL);
    json_t *content = content_of(json_object_get(json, "distroData"));
    json_t *batches = json_object_get(content, "batchInstanceData");
    json_t *batch = json_array_get(json_object_get(batches, "batchInstancePublishInfos"), 0);

    check_uint(json_array_size(json_object_get(content, "serviceNames")), ==, 0);
    check_str(json_string_value(json_array_get(json_object_get(batches, "serviceNames"), 0)), ==,
              "shop");
    check_uint(json_array_size(json_object_get(batch, "instancePublishInfos")), ==, 1);
    check_true(json_object_get(batch, "ip") == NULL);
    json_decref(content);
    json_decref(json);
}

static void a_forward_is_a_line_of_http(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage message = {
        .op = DISTRO_OP_FORWARD,
        .write = { .kind = DISTRO_WRITE_LIGHT_BEAT,
                   .client = distro_dictionary_client(dictionary, "10.0.0.7:8080#true"),
                   .service = sample_service(dictionary, "shop") },
    };
    g_autofree char *text = encode(dictionary, &message);
    check_str(text, ==,
              "PUT /nacos/v1/ns/instance/beat?namespaceId=public&serviceName=DEFAULT_GROUP%40%40"
              "shop&clusterName=DEFAULT&ip=10.0.0.7&port=8080 HTTP/1.1");

    DistroMessage answer = { .op = DISTRO_OP_FORWARD, .answer = true, .status = DISTRO_STATUS_OK };
    g_autofree char *ok = encode(dictionary, &answer);
    check_str(ok, ==, "HTTP/1.1 200\r\n\r\nok");
    answer.write.kind = DISTRO_WRITE_LIGHT_BEAT;
    g_autofree char *beat = encode(dictionary, &answer);
    check_str(beat, ==,
              "HTTP/1.1 200\r\n\r\n"
              "{\"clientBeatInterval\":5000,\"code\":10200,\"lightBeatEnabled\":true}");
}

static void add_on_the_wire_is_change(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage change = message_about(dictionary, DISTRO_OP_CHANGE), seen;
    g_autofree char *text = encode(dictionary, &change);
    g_auto(GStrv) parts = g_strsplit(text, "CHANGE", -1);
    g_autofree char *as_add = g_strjoinv("ADD", parts);

    check_int(
        distro_wire_json_decode(dictionary, DISTRO_OP_CHANGE, false, as_add, strlen(as_add), &seen),
        ==, DISTRO_WIRE_OK);
    check_uint(seen.client, ==, change.client);
}

/* ---- refusals ---- */

static int decode_text(DistroDictionary *dictionary, DistroOp op, bool answer, const char *text)
{
    DistroMessage message;
    int error = distro_wire_json_decode(dictionary, op, answer, text, strlen(text), &message);
    if (error == DISTRO_WIRE_OK) {
        distro_message_clear(&message);
    }
    return error;
}

/* A CHANGE of the client "c" whose ClientSyncData is @content. */
static int decode_change(DistroDictionary *dictionary, const char *content)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)content, strlen(content));
    g_autofree char *text = g_strdup_printf(
        "{\"distroData\":{\"distroKey\":{\"resourceKey\":\"c\",\"resourceType\":"
        "\"Nacos:Naming:v2:ClientData\"},\"content\":\"%s\"},\"dataOperation\":\"CHANGE\"}",
        base64);
    return decode_text(dictionary, DISTRO_OP_CHANGE, false, text);
}

#define SYNC(revision, names, infos)                                                               \
    "{\"clientId\":\"c\",\"attributes\":{\"clientAttributes\":{\"revision\":" revision "}},"       \
    "\"namespaces\":[" names "],\"groupNames\":[" names "],\"serviceNames\":[" names "],"          \
    "\"instancePublishInfos\":[" infos "],\"unheard\":{\"of\":[1]}}"
#define INFO(fields) "{\"ip\":\"i\"" fields "}"

static void text_that_is_not_json_is_refused(void)
{
    static const char *const TEXTS[] = {
        "",
        "{",
        "}",
        "{}x",
        "[1,]",
        "{\"a\":}",
        "{\"a\" 1}",
        "{a:1}",
        "01",
        "1.",
        "-",
        ".5",
        "1e",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\u0000\"",
        "\"a\nb\"",
        "\"a",
        "nul",
        "truex",
        "[1 2]",
        "\"\xff\"",
        "{\"a\":1,}",
        "\xef\xbb\xbf{}",
        "'a'",
        "NaN",
        "[",
        "\"\\ud800\\u0041\"",
    };
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();

    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        g_autoptr(DistroJson) json = distro_json_parse(TEXTS[i], strlen(TEXTS[i]), NULL);
        if (json != NULL) {
            printf("\n    accepted: %s", TEXTS[i]);
        }
        check_true(json == NULL);
        check_int(decode_text(dictionary, DISTRO_OP_HEALTH, false, TEXTS[i]), ==,
                  DISTRO_WIRE_BAD_TEXT);
    }
}

static void text_that_is_json_is_read(void)
{
    static const char *const TEXTS[] = {
        "0",    "-0.5e+10", " [ ] ",      "{\"\":{}}",         "\"\\ud83d\\ude80\"",
        "null", "[[1],2]",  "\"\\/\\b\"", "{\"a\":1,\"a\":2}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        g_autoptr(DistroJson) json = distro_json_parse(TEXTS[i], strlen(TEXTS[i]), NULL);
        check_true(json != NULL);
    }
    g_autoptr(DistroJson) rocket = distro_json_parse(TEXTS[4], strlen(TEXTS[4]), NULL);
    check_str(distro_json_root(rocket)->text, ==, "\xf0\x9f\x9a\x80");
    g_autoptr(DistroJson) twice = distro_json_parse(TEXTS[8], strlen(TEXTS[8]), NULL);
    check_str(distro_json_member(twice, distro_json_root(twice), "a", DISTRO_JSON_WHOLE)->text, ==,
              "2");
}

static void deep_nesting_is_refused_and_not_followed(void)
{
    g_autofree char *text = g_strnfill(100000, '[');
    check_true(distro_json_parse(text, 100000, NULL) == NULL);
}

static void another_messages_text_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage verify = message_about(dictionary, DISTRO_OP_VERIFY);
    g_autofree char *text = encode(dictionary, &verify);

    for (int op = 0; op < DISTRO_V1_OPS; op++) {
        if (op != DISTRO_OP_VERIFY) {
            check_int(decode_text(dictionary, (DistroOp)op, false, text), ==, DISTRO_WIRE_BAD_TEXT);
        }
    }
    check_int(decode_text(dictionary, DISTRO_OP_VERIFY, true, text), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_text(dictionary, DISTRO_V1_OPS, false, text), ==, DISTRO_WIRE_UNKNOWN_OP);
}

static void a_change_must_be_whole(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();

    check_int(decode_change(dictionary, SYNC("1", "\"a\"", INFO(""))), ==, DISTRO_WIRE_OK);
    check_int(decode_change(dictionary, SYNC("null", "", "")), ==, DISTRO_WIRE_OK);
    check_int(decode_change(dictionary, "{}"), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_change(dictionary, "not JSON"), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_change(dictionary, SYNC("1", "\"a\"", "")), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_change(dictionary, SYNC("1", "1", INFO(""))), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_change(dictionary, SYNC("1", "\"a\"", "7")), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_change(dictionary, SYNC("1.5", "", "")), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_change(dictionary, SYNC("1", "\"a\"", INFO(",\"healthy\":1"))), ==,
              DISTRO_WIRE_BAD_TEXT);
    check_int(decode_change(dictionary, SYNC("1", "\"a\"", INFO(",\"extendDatum\":{\"k\":[]}"))),
              ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_text(dictionary, DISTRO_OP_CHANGE, false,
                          "{\"distroData\":{\"distroKey\":{\"resourceKey\":\"c\",\"resourceType\":"
                          "\"Nacos:Naming:v2:ClientData\"},\"content\":\"e30\"},"
                          "\"dataOperation\":\"CHANGE\"}"),
              ==, DISTRO_WIRE_BAD_TEXT); /* base64 without its padding */
}

static void numbers_outside_their_type_are_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();

    check_int(decode_change(dictionary, SYNC("2147483647", "", "")), ==, DISTRO_WIRE_OK);
    check_int(decode_change(dictionary, SYNC("2147483648", "", "")), ==, DISTRO_WIRE_BAD_RANGE);
    check_int(decode_change(dictionary, SYNC("99999999999999999999", "", "")), ==,
              DISTRO_WIRE_BAD_RANGE);
    check_int(decode_change(dictionary, SYNC("1", "\"a\"", INFO(",\"port\":-2147483649"))), ==,
              DISTRO_WIRE_BAD_RANGE);
    check_int(decode_change(dictionary, SYNC("1", "\"a\"", INFO(",\"extendDatum\":{\"k\":1e999}"))),
              ==, DISTRO_WIRE_BAD_RANGE);
    check_int(decode_change(dictionary, SYNC("1", "\"a\"",
                                             INFO(",\"extendDatum\":{\"k\":9223372036854775808}"))),
              ==, DISTRO_WIRE_BAD_RANGE);
}

static void a_service_named_twice_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    check_int(decode_change(dictionary, SYNC("1", "\"a\",\"a\"", INFO("") "," INFO(""))), ==,
              DISTRO_WIRE_BAD_ORDER);
}

static void a_refused_message_leaves_no_trace(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    decode_change(dictionary,
                  SYNC("1", "\"a\",\"b\"", INFO("") "," INFO(",\"extendDatum\":{\"k\":[]}")));
    DistroDictionaryCounts counts = distro_dictionary_counts(dictionary);
    check_uint(counts.names, ==, 0);
    check_uint(counts.services, ==, 0);
    check_uint(counts.clients, ==, 0);
    check_uint(counts.listings, ==, 0);
}

static void a_status_nobody_knows_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    check_int(
        decode_text(dictionary, DISTRO_OP_VERIFY, true, "{\"resultCode\":500,\"errorCode\":77}"),
        ==, DISTRO_WIRE_UNKNOWN_STATUS);
    check_int(decode_text(dictionary, DISTRO_OP_VERIFY, true, "{}"), ==, DISTRO_WIRE_BAD_TEXT);
    check_int(decode_text(dictionary, DISTRO_OP_FORWARD, true, "HTTP/1.1 418\r\n\r\nteapot"), ==,
              DISTRO_WIRE_UNKNOWN_STATUS);
    check_int(decode_text(dictionary, DISTRO_OP_FORWARD, true, "HTTP/1.1 200\r\n\r\nwhat"), ==,
              DISTRO_WIRE_BAD_TEXT);
}

static void an_exception_may_say_what_it_likes(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    static const char TEXT[] = "{\"resultCode\":500,\"errorCode\":500,\"message\":\"oops\"}";
    DistroMessage message;
    distro_wire_json_decode(dictionary, DISTRO_OP_CHANGE, true, TEXT, strlen(TEXT), &message);
    check_int(message.status, ==, DISTRO_STATUS_EXCEPTION);
}

static void a_malformed_line_of_http_is_refused(void)
{
#define PUT "PUT /nacos/v1/ns/instance/beat?"
    static const char *const LINES[] = {
        "GET /nacos/v1/ns/instance?serviceName=g%40%40s&ip=a&port=1 HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=a&port=1",
        PUT "serviceName=s&ip=a&port=1 HTTP/1.1",
        PUT "serviceName=g%40%40s&port=1 HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=a HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=a&port=x HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=%zz&port=1 HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=%ff&port=1 HTTP/1.1",
        PUT "serviceName=g%40%40s&ip&port=1 HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=a&port=1&beat=x HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=a&port=1&beat=%7B%7D HTTP/1.1",
        PUT "serviceName=g%40%40s&ip=a%23b&port=1 HTTP/1.1",
    };
#undef PUT
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    for (size_t i = 0; i < G_N_ELEMENTS(LINES); i++) {
        check_int(decode_text(dictionary, DISTRO_OP_FORWARD, false, LINES[i]), ==,
                  DISTRO_WIRE_BAD_TEXT);
    }
    check_uint(distro_dictionary_counts(dictionary).names, ==, 0);
}

/* ---- fuzz ---- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Change or cut @text, in place; its new size. */
static size_t mutate(char *text, size_t size, uint32_t *state)
{
    static const char LETTERS[] = "\"\\{}[]:,0-.eE%&= \xff";
    for (uint32_t changes = 1 + next_random(state) % 3; changes > 0; changes--) {
        size_t at = next_random(state) % size;
        if (next_random(state) % 2) {
            text[at] = LETTERS[next_random(state) % (sizeof LETTERS - 1)];
        } else {
            text[at] = (char)(text[at] ^ 1 << next_random(state) % 8);
        }
    }
    return next_random(state) % 4 == 0 ? next_random(state) % size : size;
}

/* The outer text, or with @inner the JSON inside its base64, is damaged and decoded. */
static bool decode_damaged(const DistroDictionary *dictionary, const DistroMessage *message,
                           uint32_t *state, bool inner)
{
    g_autoptr(DistroDictionary) strange = distro_dictionary_new();
    g_autofree char *text = encode(dictionary, message);
    g_autofree char *damaged = NULL;
    static const char MARK[] = "\"content\":\"";
    char *start = inner ? strstr(text, MARK) : NULL;
    size_t size = strlen(text);

    if (start != NULL) {
        start += strlen(MARK);
        char *end = strchr(start, '"');
        g_autofree char *base64 = g_strndup(start, (gsize)(end - start));
        gsize content_size;
        g_autofree guchar *content = g_base64_decode(base64, &content_size);
        content_size = mutate((char *)content, content_size, state);
        g_autofree char *again = g_base64_encode(content, content_size);
        damaged = g_strdup_printf("%.*s%s%s", (int)(start - text), text, again, end);
        size = strlen(damaged);
    } else {
        size = mutate(text, size, state);
        damaged = g_memdup2(text, size); /* of exactly its size, so reading on is seen */
    }

    DistroMessage seen;
    if (distro_wire_json_decode(strange, message->op, message->answer, damaged, size, &seen) !=
        DISTRO_WIRE_OK) {
        return false;
    }
    g_autofree char *back = encode(strange, &seen);
    check_uint(strlen(back), ==, distro_wire_json_size(strange, &seen));
    distro_message_clear(&seen);
    return true;
}

#define V1_HEAD "PUT /nacos/v1/ns/distro/datum HTTP/1.1\r\n\r\n"
#define V1_KEY_OF(name) "com.alibaba.nacos.naming.iplist.ephemeral.public##g@@" name
#define V1_DATUM_OF(name, instances)                                                               \
    "\"" V1_KEY_OF(name) "\":{\"value\":{\"instanceList\":[" instances "]}}"

static void a_malformed_message_of_1_x_is_refused(void)
{
    static const char *const TEXTS[] = {
        "",
        "{}",
        V1_HEAD,
        V1_HEAD "[]",
        V1_HEAD "{\"x\":{\"value\":{\"instanceList\":[]}}}",
        V1_HEAD "{\"" V1_KEY_OF("s") "\":{}}",
        V1_HEAD "{" V1_DATUM_OF("s", "{}") "}",
        V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"a#b\"}") "}",
        V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"i\",\"weight\":\"1\"}") "}",
        V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"i\",\"healthy\":1}") "}",
        V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"i\",\"lastBeat\":true}") "}",
        V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"i\",\"metadata\":{\"a\":1}}") "}",
        V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"i\"}") "}x",
    };
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();

    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        check_int(decode_text(dictionary, DISTRO_OP_DATUM, false, TEXTS[i]), ==,
                  DISTRO_WIRE_BAD_TEXT);
    }
    check_int(decode_text(dictionary, DISTRO_OP_DATUM, false,
                          V1_HEAD "{" V1_DATUM_OF("s", "") "," V1_DATUM_OF("s", "") "}"),
              ==, DISTRO_WIRE_BAD_ORDER);
    check_int(decode_text(dictionary, DISTRO_OP_DATUM, false,
                          V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"i\",\"port\":4294967296}") "}"),
              ==, DISTRO_WIRE_BAD_RANGE);
    check_int(distro_dictionary_counts(dictionary).services, ==, 0); /* and leaves no trace */
    check_int(decode_text(dictionary, DISTRO_OP_DATUM, false,
                          V1_HEAD "{" V1_DATUM_OF("s", "{\"ip\":\"i\",\"tenant\":null}") "}"),
              ==, DISTRO_WIRE_OK);
}

/* The example of PROTOCOL.md 11.3. */
static void a_datum_is_a_map_of_keys(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage message = { .op = DISTRO_OP_DATUM };
    DistroPublication shop = sample_publication(dictionary, "shop");
    GByteArray *list = g_byte_array_new();
    distro_list_add_datum(list, sample_service(dictionary, "shop"), 1);
    distro_list_add_instance(list, shop, 1699999999999);
    distro_message_take_list(&message, list, 1);
    g_autofree char *text = encode(dictionary, &message);
    distro_message_clear(&message);

    check_int(strncmp(text, V1_HEAD, strlen(V1_HEAD)), ==, 0);
    json_t *json = json_loads(text + strlen(V1_HEAD), JSON_REJECT_DUPLICATES, NULL);
    check_int(json_object_size(json), ==, 1);
    const char *key;
    json_t *datum;
    json_object_foreach(json, key, datum)
    {
        json_t *instances = json_object_get(json_object_get(datum, "value"), "instanceList");
        check_str(json_string_value(json_object_get(datum, "key")), ==, key);
        check_int(json_integer_value(json_object_get(datum, "timestamp")), ==, 1);
        check_int(json_array_size(instances), ==, 1);
        json_t *instance = json_array_get(instances, 0);
        check_int(json_integer_value(json_object_get(instance, "lastBeat")), ==, 1699999999999);
        check_true(json_is_true(json_object_get(instance, "healthy")));
        check_true(json_is_false(json_object_get(instance, "marked")));
    }
    json_decref(json);
}

static void what_is_accepted_is_a_message_whatever_the_text(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);
    uint32_t state = 1, accepted = 0, refused = 0;

    for (int round = 0; round < 40; round++) {
        for (guint i = 0; i < samples->len; i++) {
            const DistroMessage *message = &g_array_index(samples, Sample, i).message;
            if (decode_damaged(dictionary, message, &state, round % 2 == 1)) {
                accepted++;
            } else {
                refused++;
            }
        }
    }
    check_uint(accepted, >, 0);
    check_uint(refused, >, 0);
}

int main(void)
{
    static const Test TESTS[] = {
        { "the size is the length of the text", the_size_is_the_length_of_the_text },
        { "every text but HTTP's parses as JSON", every_text_but_https_parses_as_json },
        { "every message comes back as it went", every_message_comes_back_as_it_went },
        { "a stranger with an empty dictionary writes the same text",
          a_stranger_with_an_empty_dictionary_writes_the_same_text },
        { "VERIFY is the example of the specification",
          verify_is_the_example_of_the_specification },
        { "fixed sizes are those of Nacos", fixed_sizes_are_those_of_nacos },
        { "sizes grow with services as Nacos' measurements do",
          sizes_grow_with_services_as_nacos_measurements_do },
        { "a report describes its node", a_report_describes_its_node },
        { "a publish info carries its derived properties",
          a_publish_info_carries_its_derived_properties },
        { "an instance of a connection carries its id",
          an_instance_of_a_connection_carries_its_id },
        { "a batch goes into arrays of its own", a_batch_goes_into_arrays_of_its_own },
        { "a forward is a line of HTTP", a_forward_is_a_line_of_http },
        { "ADD on the wire is CHANGE", add_on_the_wire_is_change },
        { "text that is not JSON is refused", text_that_is_not_json_is_refused },
        { "text that is JSON is read", text_that_is_json_is_read },
        { "deep nesting is refused and not followed", deep_nesting_is_refused_and_not_followed },
        { "another message's text is refused", another_messages_text_is_refused },
        { "a CHANGE must be whole", a_change_must_be_whole },
        { "numbers outside their type are refused", numbers_outside_their_type_are_refused },
        { "a service named twice is refused", a_service_named_twice_is_refused },
        { "a refused message leaves no trace", a_refused_message_leaves_no_trace },
        { "a status nobody knows is refused", a_status_nobody_knows_is_refused },
        { "an exception may say what it likes", an_exception_may_say_what_it_likes },
        { "a malformed line of HTTP is refused", a_malformed_line_of_http_is_refused },
        { "a malformed message of 1.x is refused", a_malformed_message_of_1_x_is_refused },
        { "a datum is a map of keys", a_datum_is_a_map_of_keys },
        { "what is accepted is a message, whatever the text",
          what_is_accepted_is_a_message_whatever_the_text },
        { NULL, NULL },
    };
    return run_tests("wire_json", TESTS);
}
