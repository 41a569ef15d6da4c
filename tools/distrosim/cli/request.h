/* tools/distrosim/cli/request.h -- what a run was asked for: params, a profile.
 *
 * Names and values are interned, so a setting may be kept and shared between threads. */
#pragma once

#include "sim/run/run.h"
#include "tools/distrosim/cli/arguments.h"

/* All that a run follows from, beside its scenario and its seed. */
typedef struct Request {
    GArray *settings;    /* SimSetting */
    const char *profile; /* interned; NULL: the topology's */
    bool paranoid;       /* the world is checked after every event */
    bool single_calls;   /* no flights; results are the same */
    const char *choices; /* interned: the file that lists the run's choices, and all else; NULL */
} Request;

void request_init(Request *request);
void request_clear(Request *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Request, request_clear)

/* Splits "name=value"; @option is the option it came with. */
bool request_split(const char *option, const char *text, SimSetting *setting, GError **error);
/* Adds one; false and @error if that name is set already. */
bool request_add(Request *request, const SimSetting *setting, GError **error);
/* The option that gives @setting, "set" or "setting", and *@name as it stands there. (transfer
 * none) */
const char *request_option(const SimSetting *setting, const char **name);
/* Reads --set, --setting and --profile. */
bool request_read(Request *request, const Arguments *arguments, GError **error);
/* Has @scenario all these params and Nacos these properties, and do they take these values? */
bool request_fits(const Request *request, const SimScenario *scenario, GError **error);
/* False and @error, naming the nearest, if there is no such profile. */
bool request_profile_exists(const char *profile, GError **error);
/* The line to paste: "distrosim replay PATH --seed N", and what was set. (transfer full) */
char *request_replay_line(const Request *request, const char *path, uint64_t seed);
