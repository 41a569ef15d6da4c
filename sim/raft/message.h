/* sim/raft/message.h -- what one voter says to another, as bytes.
 *
 * A message of libraft becomes a flat buffer and back. What libraft leaves unset in it (the eight
 * bytes of a barrier, the padding of a configuration) is zero here, so equal messages are equal
 * bytes, whatever was in memory before.
 *
 * The sizes are those of JRaft's messages (rpc.proto, protobuf), which is what a network would
 * carry; a command says itself how long Nacos's form of it is (command.h). A snapshot travels in
 * one piece with its request; JRaft's follower fetches it in pieces of 128 KiB. */
#pragma once

#include <glib.h>
#include <raft.h>
#include <stdbool.h>
#include <stdint.h>

/* The lengths that appear in every request of JRaft. */
typedef struct SimRaftNames {
    uint32_t group;  /* bytes of "naming_persistent_service_v2" */
    uint32_t server; /* bytes of "10.0.0.1:7848"; all servers' are taken to be alike */
} SimRaftNames;

/* (transfer full) */
GBytes *sim_raft_message_encode(const struct raft_message *message);
/* False if @bytes is no message; else @message owns what libraft frees on receipt. Its sender is
 * left for the caller to fill in. */
bool sim_raft_message_decode(GBytes *bytes, struct raft_message *message);
/* Frees what a decoded message owns, if libraft does not get it. */
void sim_raft_message_clear(struct raft_message *message);

/* Bytes of JRaft's form of @message. */
uint32_t sim_raft_message_size(const struct raft_message *message, SimRaftNames names);

/* The servers of a group as bytes (transfer full), and back: into an initialised configuration.
 * False if @bytes is none; what is in @configuration by then is the caller's to close. */
GBytes *sim_raft_configuration_encode(const struct raft_configuration *configuration);
bool sim_raft_configuration_decode(GBytes *bytes, struct raft_configuration *configuration);

/* @entry's payload without what libraft left unset. (transfer full) */
GBytes *sim_raft_entry_payload(const struct raft_entry *entry);
/* The same as libraft wants it, in memory of its own. */
struct raft_buffer sim_raft_entry_buffer(uint32_t type, GBytes *payload);
