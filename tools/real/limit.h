/* tools/real/limit.h -- what a story may use where its servers are real. */
#pragma once

#include "sim/script/script.h"

/* Verbs, fields, checks and events as SimScriptLimit spells them. */
bool real_limit_allows(const char *name);
/* What of the topology no real server or switch can be, as a sentence; NULL: nothing. */
const char *real_limit_of_world(const SimWorld *world);
