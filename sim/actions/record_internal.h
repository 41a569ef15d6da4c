/* sim/actions/record_internal.h -- what the recorder's files share.
 *
 *      record.c          deeds of the world: nodes, faults, weather; the stage
 *      record_client.c   deeds of clients
 *      record_value.c    values as Lua text */
#pragma once

#include "sim/actions/record.h"

/* The next deed, now. */
SimDeed *record_add_deed(SimWorld *world, SimDeedKind kind);
void record_add_group(SimDeed *deed, SimGroup group); /* copied */
void record_add_node(SimDeed *deed, uint32_t node);   /* a group of one */
/* Takes @value. */
void record_add_field(SimDeed *deed, const char *name, char *value, bool needed);
/* The shortest text that reads back as @number. (transfer full) */
char *record_number_text(double number);
