/* sim/bench/bench.h -- how fast the simulator's hot paths are, for `distrosim bench`.
 *
 * These functions read the machine's clock; nothing that a simulation computes depends on them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds per hold operation (pop one event, push one at a random later time) with @pending
 * events in the queue. */
double sim_bench_queue(size_t pending, size_t operations);
/* Nanoseconds per message, a request and an answer each being one, when @nodes nodes play
 * ping-pong with random peers; @messages are sent in all. */
double sim_bench_network(uint32_t nodes, size_t messages);
/* Nanoseconds to encode and to decode one CHANGE, by the simulator's own codec. */
double sim_bench_codec(size_t messages);
/* Nanoseconds of a node's step that renews one lease: a request VERIFY in, its answer out. */
double sim_bench_step(size_t steps);
/* Nanoseconds per VERIFY of a whole world: rounds of @nodes nodes that own @clients each. */
double sim_bench_verify(uint32_t nodes, uint32_t clients);
