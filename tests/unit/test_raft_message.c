/* tests/unit/test_raft_message.c -- libraft's messages as bytes, and how long JRaft's are. */
#include "sim/raft/message.h"

#include <string.h>

#include "tests/support/check.h"

static const SimRaftNames names = { .group = 28, .server = 13 };

static struct raft_entry make_entry(uint64_t term, uint32_t type, GBytes *payload)
{
    return (struct raft_entry) { .term = term,
                                 .type = (unsigned short)type,
                                 .buf = sim_raft_entry_buffer(type, payload) };
}

static void entries_arrive_as_they_were_sent(void)
{
    g_autoptr(GBytes) payload = g_bytes_new_static("\x2c\x01\0\0 what is written", 20);
    g_autoptr(GBytes) nothing = g_bytes_new(NULL, 0);
    struct raft_entry entries[2] = { make_entry(3, RAFT_COMMAND, payload),
                                     make_entry(4, RAFT_BARRIER, nothing) };
    const struct raft_message message = { .type = RAFT_IO_APPEND_ENTRIES,
                                          .append_entries = { .term = 4,
                                                              .prev_log_index = 17,
                                                              .prev_log_term = 3,
                                                              .leader_commit = 16,
                                                              .entries = entries,
                                                              .n_entries = 2 } };
    memset(entries[1].buf.base, 0xa5, entries[1].buf.len); /* as libraft leaves it */
    g_autoptr(GBytes) bytes = sim_raft_message_encode(&message);
    struct raft_message decoded;
    check_true(sim_raft_message_decode(bytes, &decoded));
    check_uint(decoded.append_entries.prev_log_index, ==, 17);
    check_uint(decoded.append_entries.leader_commit, ==, 16);
    check_uint(decoded.append_entries.n_entries, ==, 2);
    const struct raft_entry *first = &decoded.append_entries.entries[0];
    check_uint(first->term, ==, 3);
    check_uint(first->buf.len, ==, 20);
    check_true(memcmp(first->buf.base, entries[0].buf.base, 20) == 0);
    check_uint(decoded.append_entries.entries[1].buf.len, ==, 8);
    memset(entries[1].buf.base, 0x5a, entries[1].buf.len);
    g_autoptr(GBytes) again = sim_raft_message_encode(&message);
    check_true(g_bytes_equal(bytes, again));
    sim_raft_message_clear(&decoded);
    raft_free(entries[0].buf.base);
    raft_free(entries[1].buf.base);
}

static void a_snapshot_arrives_with_its_servers(void)
{
    struct raft_message message = { .type = RAFT_IO_INSTALL_SNAPSHOT,
                                    .install_snapshot = { .term = 9,
                                                          .last_index = 100,
                                                          .last_term = 8,
                                                          .conf_index = 1,
                                                          .data = { .base = "state", .len = 5 } } };
    raft_configuration_init(&message.install_snapshot.conf);
    check_int(raft_configuration_add(&message.install_snapshot.conf, 1, "1", RAFT_VOTER), ==, 0);
    check_int(raft_configuration_add(&message.install_snapshot.conf, 4, "4", RAFT_SPARE), ==, 0);
    g_autoptr(GBytes) bytes = sim_raft_message_encode(&message);
    struct raft_message decoded;
    check_true(sim_raft_message_decode(bytes, &decoded));
    check_uint(decoded.install_snapshot.last_index, ==, 100);
    check_uint(decoded.install_snapshot.conf.n, ==, 2);
    check_uint(decoded.install_snapshot.conf.servers[1].id, ==, 4);
    check_int(decoded.install_snapshot.conf.servers[1].role, ==, RAFT_SPARE);
    check_uint(decoded.install_snapshot.data.len, ==, 5);
    sim_raft_message_clear(&decoded);
    raft_configuration_close(&message.install_snapshot.conf);
}

static void what_is_cut_short_is_no_message(void)
{
    g_autoptr(GBytes) payload = g_bytes_new_static("\x2c\x01\0\0!", 5);
    struct raft_entry entry = make_entry(2, RAFT_COMMAND, payload);
    const struct raft_message messages[] = {
        { .type = RAFT_IO_APPEND_ENTRIES,
          .append_entries = { .term = 2, .entries = &entry, .n_entries = 1 } },
        { .type = RAFT_IO_APPEND_ENTRIES_RESULT, .append_entries_result = { .term = 2 } },
        { .type = RAFT_IO_REQUEST_VOTE, .request_vote = { .term = 2, .pre_vote = true } },
        { .type = RAFT_IO_REQUEST_VOTE_RESULT, .request_vote_result = { .term = 2 } },
        { .type = RAFT_IO_TIMEOUT_NOW, .timeout_now = { .term = 2 } },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_autoptr(GBytes) bytes = sim_raft_message_encode(&messages[i]);
        const gsize size = g_bytes_get_size(bytes);
        struct raft_message decoded;
        for (gsize part = 0; part < size; part++) {
            g_autoptr(GBytes) cut = g_bytes_new_from_bytes(bytes, 0, part);
            check_true(!sim_raft_message_decode(cut, &decoded));
        }
        check_true(sim_raft_message_decode(bytes, &decoded));
        sim_raft_message_clear(&decoded);
    }
    raft_free(entry.buf.base);
    g_autoptr(GBytes) unknown = g_bytes_new_static("\x07", 1);
    struct raft_message decoded;
    check_true(!sim_raft_message_decode(unknown, &decoded));
}

/* A heartbeat of JRaft: 3 names, term, prev term, prev index, committed. */
static void sizes_are_those_of_protobuf(void)
{
    struct raft_message message = { .type = RAFT_IO_APPEND_ENTRIES,
                                    .append_entries = { .term = 2,
                                                        .prev_log_index = 300,
                                                        .prev_log_term = 2,
                                                        .leader_commit = 300 } };
    check_uint(sim_raft_message_size(&message, names), ==, 30 + 15 + 15 + 2 + 2 + 3 + 3);
    /* A command of 300 bytes: metadata of 2 + 2 + 3 in 2, data in 1 + 2. */
    g_autoptr(GBytes) payload = g_bytes_new_static("\x2c\x01\0\0", 4);
    struct raft_entry entry = make_entry(2, RAFT_COMMAND, payload);
    message.append_entries.entries = &entry;
    message.append_entries.n_entries = 1;
    check_uint(sim_raft_message_size(&message, names), ==, 70 + 2 + 7 + 3 + 300);
    raft_free(entry.buf.base);
    message = (struct raft_message) { .type = RAFT_IO_REQUEST_VOTE,
                                      .request_vote = {
                                          .term = 3, .last_log_index = 300, .last_log_term = 2 } };
    check_uint(sim_raft_message_size(&message, names), ==, 60 + 2 + 2 + 3 + 2);
    message = (struct raft_message) { .type = RAFT_IO_REQUEST_VOTE_RESULT,
                                      .request_vote_result = { .term = 3 } };
    check_uint(sim_raft_message_size(&message, names), ==, 4);
}

static void a_configurations_padding_is_zero(void)
{
    struct raft_configuration configuration;
    struct raft_buffer buffer;
    raft_configuration_init(&configuration);
    check_int(raft_configuration_add(&configuration, 1, "1", RAFT_VOTER), ==, 0);
    check_int(raft_configuration_encode(&configuration, &buffer), ==, 0);
    /* 1 + 8 + (8 + 2 + 1) = 20, padded to 24 */
    check_uint(buffer.len, ==, 24);
    memset((uint8_t *)buffer.base + 20, 0xee, 4);
    const struct raft_entry entry = { .term = 1, .type = RAFT_CHANGE, .buf = buffer };
    g_autoptr(GBytes) payload = sim_raft_entry_payload(&entry);
    const uint8_t *data = g_bytes_get_data(payload, NULL);
    check_true(memcmp(data, buffer.base, 20) == 0);
    check_uint(data[20] | data[21] | data[22] | data[23], ==, 0);
    raft_free(buffer.base);
    raft_configuration_close(&configuration);
}

int main(void)
{
    static const Test tests[] = {
        { "entries arrive as they were sent", entries_arrive_as_they_were_sent },
        { "a snapshot arrives with its servers", a_snapshot_arrives_with_its_servers },
        { "what is cut short is no message", what_is_cut_short_is_no_message },
        { "sizes are those of protobuf", sizes_are_those_of_protobuf },
        { "a configuration's padding is zero", a_configurations_padding_is_zero },
        { 0 },
    };
    return run_tests("voters' messages", tests);
}
