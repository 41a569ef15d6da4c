/* tools/distrod/net/limits.h -- how many connections there may be, in all and from one address, and
 * how many bytes of half-received messages.
 *
 * One host that opens ten thousand connections must not take the room of the others. */
#pragma once

#include "tools/distrod/net/address.h"

typedef struct RegLimits {
    uint32_t max_connections;
    uint32_t max_per_address;
    uint64_t max_held_bytes; /* of messages that are not complete, over all connections */
    uint32_t max_message_bytes;
    uint32_t max_streams;      /* under way on one connection */
    uint64_t max_unsent_bytes; /* of one connection that does not read */
    int64_t setup_us;          /* from accepting to the first whole request */
    int64_t request_us;        /* from the beginning of a request to its last byte */
} RegLimits;

typedef enum RegRefusal {
    REG_ADMITTED,
    REG_REFUSED_TOTAL,   /* too many connections in all */
    REG_REFUSED_ADDRESS, /* too many from this address */
} RegRefusal;

typedef struct RegCensus RegCensus;

/* @limits is borrowed and must outlive it. */
RegCensus *reg_census_new(const RegLimits *limits);
void reg_census_free(RegCensus *census);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegCensus, reg_census_free)

/* Counts one more connection from @address, unless that is too many. */
RegRefusal reg_census_enter(RegCensus *census, const RegAddress *address);
void reg_census_leave(RegCensus *census, const RegAddress *address);
uint32_t reg_census_connections(const RegCensus *census);
uint64_t reg_census_refused(const RegCensus *census);

/* @now bytes are held where @before were. False, and nothing counted, if that is too much. */
bool reg_census_hold(RegCensus *census, size_t before, size_t now);
const RegLimits *reg_census_limits(const RegCensus *census);
