/* sim/script/claim.h -- claims and the stage, as the script gives them to the recording. */
#pragma once

#include "sim/actions/claim.h"
#include "sim/check/check.h"
#include "sim/script/state.h"

/* A predicate begins to be watched. */
void sim_record_look(lua_State *L, const SimLook *look, uint32_t number, bool in_field);
/* It failed, now. */
void sim_record_look_failed(SimScript *script, const SimLook *look);
/* expect failed, called from @L's innermost Lua function. */
void sim_record_expect_failed(lua_State *L, const char *message);
void sim_record_settle_failed(SimScript *script, int64_t quiet_us, int64_t within_us);
/* The world is booted and the script about to start: takes stage, checks and budgets. */
void sim_record_begin(SimScript *script);
/* The story adds a ready-made check. */
void sim_record_check(const SimScript *script, const SimCheck *check);
/* The budgets are about to be judged. */
void sim_record_budgets(SimScript *script);
