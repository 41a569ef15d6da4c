/* sim/naming/call.h -- calls between clients and nodes: what SimCall.payload and answers mean.
 *
 * REGISTER     payload[0] = service, [1] = publication, [2] = client id the write is for
 * DEREGISTER   payload[0] = service, [2] = client id
 * BEAT         payload[0] = service, [1] = publication (full) or 0 (light), [2] = client id
 * SUBSCRIBE    payload[0] = service
 * QUERY        payload[0] = service, [1] = 1: the asker names no port and is pushed nothing
 * SERVICES     payload[0] = namespace, [1] = group; the answer's body is an array of DistroService
 * CONNECT      nothing; the server makes the client id of the new connection
 * PUSH         payload[0] = service and number of the list as it was when sent (list.h), [1] = the
 *              server's wall clock then, in milliseconds
 * PING         nothing
 * DETECT       payload[2] = client id of the connection that is asked
 * An answer is a zeroed DistroFrame whose head carries the DistroStatus at offset 2 (u16, little
 * endian), and at offset 4 a u32: for
 * SUBSCRIBE and QUERY the number of the list (list.h); for CONNECT the DistroClient id. */
#pragma once

#include "sim/base/types.h"

static inline uint64_t sim_push_word(DistroService service, uint32_t list)
{
    return (uint64_t)list << 32 | service;
}
static inline uint32_t sim_push_list(uint64_t word)
{
    return (uint32_t)(word >> 32);
}
DistroFrame sim_client_answer(DistroStatus status, uint32_t word);
DistroStatus sim_client_answer_status(const DistroFrame *frame);
uint32_t sim_client_answer_word(const DistroFrame *frame);
