/* tools/distrod/cluster/messages.c -- the core's messages in Nacos's payloads, and back. */
#include "tools/distrod/cluster/messages.h"

#include "core/json/read/decode.h"
#include "core/v2/text.h"
#include "core/wire_json.h"
#include "tools/distrod/wire/json.h"

#include <string.h>

const char *reg_message_type(DistroOp op)
{
    switch (op) {
    case DISTRO_OP_REPORT:
        return "MemberReportRequest";
    case DISTRO_OP_HEALTH:
        return "HealthCheckRequest";
    default:
        return "DistroDataRequest";
    }
}

const char *reg_message_answer_type(DistroOp op)
{
    switch (op) {
    case DISTRO_OP_REPORT:
        return "MemberReportResponse";
    case DISTRO_OP_HEALTH:
        return "HealthCheckResponse";
    default:
        return "DistroDataResponse";
    }
}

/* The operation stands between these. Nothing within a string reads like that, since the quotes
 * there are escaped; and if it stands somewhere else than it should, decoding says so. */
#define OPERATION "\"dataOperation\":\""

static bool read_operation(const char *json, size_t size, DistroOp *op)
{
    static const struct {
        const char *name;
        DistroOp op;
    } operations[] = {
        { "VERIFY\"", DISTRO_OP_VERIFY },     { "CHANGE\"", DISTRO_OP_CHANGE },
        { "ADD\"", DISTRO_OP_CHANGE },        { "DELETE\"", DISTRO_OP_DELETE },
        { "SNAPSHOT\"", DISTRO_OP_SNAPSHOT }, { "QUERY\"", DISTRO_OP_QUERY },
    };
    const char *found = memmem(json, size, OPERATION, strlen(OPERATION));
    if (found == NULL) {
        return false;
    }
    found += strlen(OPERATION);
    const size_t left = size - (size_t)(found - json);
    for (size_t i = 0; i < G_N_ELEMENTS(operations); i++) {
        const size_t length = strlen(operations[i].name);
        if (left >= length && memcmp(found, operations[i].name, length) == 0) {
            *op = operations[i].op;
            return true;
        }
    }
    return false;
}

bool reg_message_op(const char *type, const char *json, size_t size, DistroOp *op)
{
    if (strcmp(type, "DistroDataRequest") == 0) {
        return read_operation(json, size, op);
    }
    if (strcmp(type, "MemberReportRequest") == 0) {
        *op = DISTRO_OP_REPORT;
        return true;
    }
    return false;
}

/* ---- writing ---- */

static void put_report(const RegMembers *members, bool answer, GString *json)
{
    if (answer) {
        g_string_append(json, "{\"resultCode\":200,\"errorCode\":0");
    } else {
        g_string_append(json, "{\"headers\":{}");
    }
    reg_json_put_key(json, "node");
    reg_members_put_self(members, json);
    if (answer) {
        reg_json_put_bool_of(json, "success", true);
    } else {
        reg_json_put_text_of(json, "module", "internal");
    }
    g_string_append_c(json, '}');
}

GString *reg_message_json(const RegMembers *members, const DistroDictionary *dictionary,
                          const DistroFrame *frame)
{
    DistroMessage message;
    GString *json = g_string_sized_new(frame->json_size + 1);
    const DistroWireError error = distro_wire_decode(dictionary, frame, &message);
    g_assert_cmpint(error, ==, DISTRO_WIRE_OK); /* the core wrote it */
    if (message.op == DISTRO_OP_REPORT && (!message.answer || message.status == DISTRO_STATUS_OK)) {
        put_report(members, message.answer, json);
    } else {
        distro_wire_json_encode(dictionary, &message, json);
    }
    return json;
}

/* ---- reading ---- */

static void note_member(RegMembers *members, const char *json, size_t size)
{
    g_autoptr(DistroJson) parsed = distro_json_parse(json, size, NULL);
    if (parsed != NULL) {
        const DistroJsonValue *node = reg_json_object(parsed, distro_json_root(parsed), "node");
        reg_members_note(members, parsed, node);
    }
}

bool reg_message_frame(RegMembers *members, DistroDictionary *dictionary, DistroOp op, bool answer,
                       const char *json, size_t size, DistroFrame *frame, DistroName *peer,
                       DistroWireError *error)
{
    DistroMessage message;
    *error = DISTRO_WIRE_BAD_TEXT;
    if (size == 0 || json[0] != '{') { /* the core reads HTTP there */
        return false;
    }
    *error = distro_wire_json_decode(dictionary, op, answer, json, size, &message);
    if (*error == DISTRO_WIRE_UNKNOWN_STATUS) {
        message = (DistroMessage) { .op = op, .answer = true, .status = DISTRO_STATUS_EXCEPTION };
        *error = DISTRO_WIRE_OK;
    }
    if (*error != DISTRO_WIRE_OK) {
        return false;
    }
    if (op == DISTRO_OP_REPORT) {
        note_member(members, json, size);
        if (peer != NULL) {
            *peer = message.target;
        }
    }
    *frame = distro_wire_encode(dictionary, &message);
    distro_message_clear(&message);
    return true;
}
