/* sim/script/scenario.h -- a scenario's file: read once, immutable, shared by all its runs. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Its file, description and params. May be shared between threads. */
typedef struct SimScenario SimScenario;

typedef enum SimScenarioError {
    SIM_SCENARIO_ERROR_NO_FILE, /* exit status 66 */
    SIM_SCENARIO_ERROR_WRONG, /* 65: syntax, unknown verb or field, runaway, impossible topology */
    SIM_SCENARIO_ERROR_USAGE, /* 64: --set of an unknown param, a value of the wrong type */
} SimScenarioError;
#define SIM_SCENARIO_ERROR (sim_scenario_error_quark())
GQuark sim_scenario_error_quark(void);

/* Reads and loads @path far enough to know its params and to check its static fields. */
SimScenario *sim_scenario_load(const char *path, GError **error);
void sim_scenario_free(SimScenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimScenario, sim_scenario_free)
const char *sim_scenario_path(const SimScenario *scenario);        /* as given */
const char *sim_scenario_name(const SimScenario *scenario);        /* "partition/minority" */
const char *sim_scenario_description(const SimScenario *scenario); /* first comment lines */

/* One param: its name, its default as text ("20s", "3", "true"), its kind. */
typedef struct SimParam {
    const char *name;
    const char *value; /* canonical text */
    const char *kind;  /* "duration", "number", "boolean", "string", "proportion", "size", "rate" */
} SimParam;
void sim_params_free(SimParam *params, size_t count);
const SimParam *sim_scenario_params(const SimScenario *scenario, size_t *count);
/* The lint of `distrosim check`: builds the topology with the params' defaults, without a story.
 * False and @error if something is wrong. */
bool sim_scenario_check(const SimScenario *scenario, GError **error);
/* The file's text, as it was when it was loaded. */
const char *sim_scenario_text(const SimScenario *scenario, size_t *size);
/* @text as if it had been read from the file of @former, without params. @text is copied. (transfer
 * full) */
SimScenario *sim_scenario_retold(const SimScenario *former, const char *text);

/* Of --set name=value, as typed. */
typedef struct SimSetting {
    const char *name, *value;
} SimSetting;

/* "20s", "-31s", "300ms", "1/1000", "5%", "3", "true", text: is it a value of @param's kind? */
bool sim_param_accepts(const SimParam *param, const char *value, GError **error);
/* A SimSetting whose name begins so is no param: behind it stands a property of Nacos's, which it
 * gives to all nodes, after the topology's settings and before a node's own. */
#define SIM_PROPERTY_PREFIX "setting:"
/* Is there such a property, and can @value be one of its? Else @error, of usage, names the nearest
 * property or what is expected. */
bool sim_property_accepts(const char *property, const char *value, GError **error);
