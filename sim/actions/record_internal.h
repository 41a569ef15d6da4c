/* sim/actions/record_internal.h -- what the recorder's files share.
 *
 *      record.c          actions of the world: nodes, faults, what is active; the stage
 *      record_client.c   actions of clients
 *      record_value.c    values as Lua text */
#pragma once

#include "sim/actions/record.h"

/* The next action, now. */
SimAction *record_add_action(SimRecording *record, SimActionKind kind);
void record_add_group(SimAction *action, SimGroup group); /* copied */
void record_add_node(SimAction *action, uint32_t node);   /* a group of one */
/* Takes @value. */
void record_add_field(SimAction *action, const char *name, char *value, bool needed);
