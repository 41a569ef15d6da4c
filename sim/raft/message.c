/* sim/raft/message.c -- libraft's messages to bytes and back, and how long JRaft's are. */
#include "sim/raft/message.h"

#include "sim/raft/codec.h"
#include "sim/raft/command.h"

#include <string.h>

/* raft_barrier sends as many bytes, which say nothing. */
#define BARRIER_SIZE 8

/* --- payloads ----------------------------------------------------------------------------- */

/* How much of an encoded configuration is content: a format byte, a count, and per server its
 * number, its address with a zero, and its role. Padding to a multiple of eight follows. */
static size_t measure_configuration(const uint8_t *data, size_t size)
{
    SimReader in = sim_codec_reader(data, size);
    (void)sim_codec_get_u8(&in);
    const uint64_t count = sim_codec_get_u64(&in);
    for (uint64_t i = 0; i < count && !in.broken; i++) {
        (void)sim_codec_get_u64(&in);
        const void *end = in.broken ? NULL : memchr(in.at, '\0', in.left);
        (void)sim_codec_take(&in, end == NULL ? in.left + 1
                                              : (size_t)((const uint8_t *)end - in.at) + 1);
        (void)sim_codec_get_u8(&in);
    }
    return in.broken ? size : size - in.left;
}

GBytes *sim_raft_entry_payload(const struct raft_entry *entry)
{
    if (entry->type == RAFT_BARRIER) {
        return g_bytes_new(NULL, 0);
    }
    if (entry->type != RAFT_CHANGE) {
        return g_bytes_new(entry->buf.base, entry->buf.len);
    }
    uint8_t *copy = g_memdup2(entry->buf.base, entry->buf.len);
    const size_t used = measure_configuration(copy, entry->buf.len);
    if (entry->buf.len > used) {
        memset(copy + used, 0, entry->buf.len - used);
    }
    return g_bytes_new_take(copy, entry->buf.len);
}

static size_t measure_payload(uint32_t type, GBytes *payload)
{
    return type == RAFT_BARRIER ? BARRIER_SIZE : g_bytes_get_size(payload);
}

struct raft_buffer sim_raft_entry_buffer(uint32_t type, GBytes *payload)
{
    const size_t size = measure_payload(type, payload);
    uint8_t *copy = raft_calloc(1, size + 1); /* never NULL, though it may be empty */
    g_assert_nonnull(copy);
    if (type != RAFT_BARRIER && size > 0) {
        memcpy(copy, g_bytes_get_data(payload, NULL), size);
    }
    return (struct raft_buffer) { .base = copy, .len = size };
}

/* --- encoding ----------------------------------------------------------------------------- */

static void put_configuration(GByteArray *out, const struct raft_configuration *configuration)
{
    sim_codec_put_u32(out, configuration->n);
    for (unsigned i = 0; i < configuration->n; i++) {
        const struct raft_server *server = &configuration->servers[i];
        sim_codec_put_u64(out, server->id);
        sim_codec_put_u32(out, (uint32_t)server->role);
        sim_codec_put_bytes(out, server->address, strlen(server->address));
    }
}

GBytes *sim_raft_configuration_encode(const struct raft_configuration *configuration)
{
    GByteArray *out = g_byte_array_new();
    put_configuration(out, configuration);
    return g_byte_array_free_to_bytes(out);
}

static void put_entries(GByteArray *out, const struct raft_entry *entries, unsigned count)
{
    sim_codec_put_u32(out, count);
    for (unsigned i = 0; i < count; i++) {
        g_autoptr(GBytes) payload = sim_raft_entry_payload(&entries[i]);
        gsize size;
        const void *data = g_bytes_get_data(payload, &size);
        sim_codec_put_u64(out, entries[i].term);
        sim_codec_put_u32(out, entries[i].type);
        sim_codec_put_bytes(out, data, size);
    }
}

GBytes *sim_raft_message_encode(const struct raft_message *message)
{
    GByteArray *out = g_byte_array_new();
    sim_codec_put_u8(out, (uint8_t)message->type);
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        sim_codec_put_u64(out, message->append_entries.term);
        sim_codec_put_u64(out, message->append_entries.prev_log_index);
        sim_codec_put_u64(out, message->append_entries.prev_log_term);
        sim_codec_put_u64(out, message->append_entries.leader_commit);
        put_entries(out, message->append_entries.entries, message->append_entries.n_entries);
        break;
    case RAFT_IO_APPEND_ENTRIES_RESULT:
        sim_codec_put_u64(out, message->append_entries_result.term);
        sim_codec_put_u64(out, message->append_entries_result.rejected);
        sim_codec_put_u64(out, message->append_entries_result.last_log_index);
        break;
    case RAFT_IO_REQUEST_VOTE:
        sim_codec_put_u64(out, message->request_vote.term);
        sim_codec_put_u64(out, message->request_vote.candidate_id);
        sim_codec_put_u64(out, message->request_vote.last_log_index);
        sim_codec_put_u64(out, message->request_vote.last_log_term);
        sim_codec_put_u8(out, message->request_vote.disrupt_leader);
        sim_codec_put_u8(out, message->request_vote.pre_vote);
        break;
    case RAFT_IO_REQUEST_VOTE_RESULT:
        sim_codec_put_u64(out, message->request_vote_result.term);
        sim_codec_put_u8(out, message->request_vote_result.vote_granted);
        sim_codec_put_u8(out, (uint8_t)message->request_vote_result.pre_vote);
        break;
    case RAFT_IO_INSTALL_SNAPSHOT:
        sim_codec_put_u64(out, message->install_snapshot.term);
        sim_codec_put_u64(out, message->install_snapshot.last_index);
        sim_codec_put_u64(out, message->install_snapshot.last_term);
        sim_codec_put_u64(out, message->install_snapshot.conf_index);
        put_configuration(out, &message->install_snapshot.conf);
        sim_codec_put_bytes(out, message->install_snapshot.data.base,
                            message->install_snapshot.data.len);
        break;
    case RAFT_IO_TIMEOUT_NOW:
        sim_codec_put_u64(out, message->timeout_now.term);
        sim_codec_put_u64(out, message->timeout_now.last_log_index);
        sim_codec_put_u64(out, message->timeout_now.last_log_term);
        break;
    default:
        g_assert_not_reached();
    }
    return g_byte_array_free_to_bytes(out);
}

/* --- decoding ----------------------------------------------------------------------------- */

static bool get_configuration(SimReader *in, struct raft_configuration *configuration)
{
    const uint32_t count = sim_codec_get_u32(in);
    for (uint32_t i = 0; i < count && !in->broken; i++) {
        const raft_id id = sim_codec_get_u64(in);
        const int role = (int)sim_codec_get_u32(in);
        size_t size;
        const uint8_t *text = sim_codec_get_bytes(in, &size);
        if (in->broken) {
            return false;
        }
        g_autofree char *address = g_strndup((const char *)text, size);
        if (raft_configuration_add(configuration, id, address, role) != 0) {
            return false;
        }
    }
    return !in->broken;
}

bool sim_raft_configuration_decode(GBytes *bytes, struct raft_configuration *configuration)
{
    SimReader in = sim_codec_reader_of(bytes);
    return get_configuration(&in, configuration) && sim_codec_is_read(&in);
}

/* One entry's head is a term, a type and a length. */
#define ENTRY_HEAD_SIZE (8 + 4 + 4)

/* In one batch, as libraft has it; what is read before it breaks is freed. */
static bool get_entries(SimReader *in, struct raft_append_entries *append)
{
    const uint32_t count = sim_codec_get_u32(in);
    if (in->broken || count > in->left / ENTRY_HEAD_SIZE) {
        in->broken = true;
        return false;
    }
    if (count == 0) {
        return true;
    }
    struct raft_entry *entries = raft_calloc(count, sizeof *entries);
    /* What is left holds all payloads, each with a head that is no smaller than a barrier. */
    uint8_t *batch = raft_calloc(1, in->left);
    g_assert_true(entries != NULL && batch != NULL);
    uint8_t *at = batch;
    for (uint32_t i = 0; i < count && !in->broken; i++) {
        entries[i].term = sim_codec_get_u64(in);
        entries[i].type = (unsigned short)sim_codec_get_u32(in);
        size_t size;
        const uint8_t *data = sim_codec_get_bytes(in, &size);
        in->broken = in->broken || entries[i].term == 0 || entries[i].type < RAFT_COMMAND ||
                     entries[i].type > RAFT_CHANGE || (entries[i].type == RAFT_BARRIER && size > 0);
        if (!in->broken) {
            memcpy(at, data, size);
            entries[i].buf.base = at;
            entries[i].buf.len = entries[i].type == RAFT_BARRIER ? BARRIER_SIZE : size;
            entries[i].batch = batch;
            at += entries[i].buf.len;
        }
    }
    if (in->broken) {
        raft_free(entries);
        raft_free(batch);
        return false;
    }
    append->n_entries = count;
    append->entries = entries;
    return true;
}

static void get_install(SimReader *in, struct raft_install_snapshot *install)
{
    install->term = sim_codec_get_u64(in);
    install->last_index = sim_codec_get_u64(in);
    install->last_term = sim_codec_get_u64(in);
    install->conf_index = sim_codec_get_u64(in);
    in->broken = !get_configuration(in, &install->conf);
    size_t size;
    const uint8_t *data = sim_codec_get_bytes(in, &size);
    if (!in->broken) {
        install->data.base = raft_malloc(size + 1); /* never NULL, though it may be empty */
        g_assert_nonnull(install->data.base);
        memcpy(install->data.base, data, size);
        install->data.len = size;
    }
}

bool sim_raft_message_decode(GBytes *bytes, struct raft_message *message)
{
    SimReader in = sim_codec_reader_of(bytes);
    *message = (struct raft_message) { .type = sim_codec_get_u8(&in) };
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        message->append_entries.term = sim_codec_get_u64(&in);
        message->append_entries.prev_log_index = sim_codec_get_u64(&in);
        message->append_entries.prev_log_term = sim_codec_get_u64(&in);
        message->append_entries.leader_commit = sim_codec_get_u64(&in);
        in.broken = !get_entries(&in, &message->append_entries);
        break;
    case RAFT_IO_APPEND_ENTRIES_RESULT:
        message->append_entries_result.term = sim_codec_get_u64(&in);
        message->append_entries_result.rejected = sim_codec_get_u64(&in);
        message->append_entries_result.last_log_index = sim_codec_get_u64(&in);
        break;
    case RAFT_IO_REQUEST_VOTE:
        message->request_vote.term = sim_codec_get_u64(&in);
        message->request_vote.candidate_id = sim_codec_get_u64(&in);
        message->request_vote.last_log_index = sim_codec_get_u64(&in);
        message->request_vote.last_log_term = sim_codec_get_u64(&in);
        message->request_vote.disrupt_leader = sim_codec_get_u8(&in) != 0;
        message->request_vote.pre_vote = sim_codec_get_u8(&in) != 0;
        break;
    case RAFT_IO_REQUEST_VOTE_RESULT:
        message->request_vote_result.term = sim_codec_get_u64(&in);
        message->request_vote_result.vote_granted = sim_codec_get_u8(&in) != 0;
        message->request_vote_result.pre_vote = (raft_tribool)sim_codec_get_u8(&in);
        break;
    case RAFT_IO_INSTALL_SNAPSHOT:
        get_install(&in, &message->install_snapshot);
        break;
    case RAFT_IO_TIMEOUT_NOW:
        message->timeout_now.term = sim_codec_get_u64(&in);
        message->timeout_now.last_log_index = sim_codec_get_u64(&in);
        message->timeout_now.last_log_term = sim_codec_get_u64(&in);
        break;
    default:
        return false;
    }
    if (!sim_codec_is_read(&in)) {
        sim_raft_message_clear(message);
        return false;
    }
    return true;
}

void sim_raft_message_clear(struct raft_message *message)
{
    if (message->type == RAFT_IO_APPEND_ENTRIES && message->append_entries.entries != NULL) {
        raft_free(message->append_entries.entries[0].batch);
        raft_free(message->append_entries.entries);
        message->append_entries.entries = NULL;
    } else if (message->type == RAFT_IO_INSTALL_SNAPSHOT) {
        raft_configuration_close(&message->install_snapshot.conf);
        raft_free(message->install_snapshot.data.base);
        message->install_snapshot.data.base = NULL;
    }
}

/* --- sizes -------------------------------------------------------------------------------- */

static uint32_t varint_size(uint64_t value)
{
    uint32_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

/* A field whose number is below 16: its tag takes one byte. */
static uint32_t number_field(uint64_t value)
{
    return 1 + varint_size(value);
}

static uint32_t bytes_field(uint64_t size)
{
    return 1 + varint_size(size) + (uint32_t)size;
}

/* A configuration's peers, each "ip:port". */
static uint32_t peers_size(uint32_t count, SimRaftNames names)
{
    return count * bytes_field(names.server);
}

static uint32_t count_servers(const struct raft_entry *entry)
{
    SimReader in = sim_codec_reader(entry->buf.base, entry->buf.len);
    (void)sim_codec_get_u8(&in);
    return (uint32_t)sim_codec_get_u64(&in);
}

/* EntryMeta: a leader's first entry is a configuration in JRaft, a barrier in libraft. */
static uint32_t entry_meta_size(const struct raft_entry *entry, SimRaftNames names)
{
    uint32_t size = number_field(entry->term) + number_field(entry->type);
    if (entry->type == RAFT_COMMAND) {
        size += number_field(sim_raft_command_size(entry->buf.base, entry->buf.len));
    } else if (entry->type == RAFT_CHANGE) {
        size += peers_size(count_servers(entry), names);
    }
    return size;
}

static uint32_t append_size(const struct raft_append_entries *append, SimRaftNames names)
{
    uint32_t size = number_field(append->prev_log_term) + number_field(append->prev_log_index) +
                    number_field(append->leader_commit);
    uint64_t data = 0;
    for (unsigned i = 0; i < append->n_entries; i++) {
        size += bytes_field(entry_meta_size(&append->entries[i], names));
        if (append->entries[i].type == RAFT_COMMAND) {
            const struct raft_buffer *buffer = &append->entries[i].buf;
            data += sim_raft_command_size(buffer->base, buffer->len);
        }
    }
    return data == 0 ? size : size + bytes_field(data);
}

static uint32_t install_size(const struct raft_install_snapshot *install, SimRaftNames names)
{
    const uint32_t meta = number_field(install->last_index) + number_field(install->last_term) +
                          peers_size(install->conf.n, names);
    /* "remote://ip:port/<reader id>", then the file itself. */
    return bytes_field(meta) + bytes_field(names.server + 29) + (uint32_t)install->data.len;
}

uint32_t sim_raft_message_size(const struct raft_message *message, SimRaftNames names)
{
    /* group_id, server_id, peer_id; term follows in each. */
    const uint32_t head = bytes_field(names.group) + 2 * bytes_field(names.server);
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        return head + number_field(message->append_entries.term) +
               append_size(&message->append_entries, names);
    case RAFT_IO_APPEND_ENTRIES_RESULT: /* term, success, last_log_index */
        return number_field(message->append_entries_result.term) + 2 +
               number_field(message->append_entries_result.last_log_index);
    case RAFT_IO_REQUEST_VOTE:
        return head + number_field(message->request_vote.term) +
               number_field(message->request_vote.last_log_term) +
               number_field(message->request_vote.last_log_index) + 2;
    case RAFT_IO_REQUEST_VOTE_RESULT: /* term, granted */
        return number_field(message->request_vote_result.term) + 2;
    case RAFT_IO_INSTALL_SNAPSHOT:
        return head + number_field(message->install_snapshot.term) +
               install_size(&message->install_snapshot, names);
    case RAFT_IO_TIMEOUT_NOW:
        return head + number_field(message->timeout_now.term);
    default:
        g_assert_not_reached();
    }
}
