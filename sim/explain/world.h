/* sim/explain/world.h -- the explainer, asked about a world that has run with recording on. */
#pragma once

#include "sim/check/check.h"
#include "sim/explain/explain.h"
#include "sim/world/world.h"

/* What somebody asks: NULL and INT64_MAX leave it open. */
typedef struct SimExplainQuery {
    const char *node;     /* "n3"; NULL: the first node that is wrong */
    const char *instance; /* "shop-1" or "10.0.0.7:8080"; NULL: the first that is wrong there */
    int64_t at_us;        /* INT64_MAX: at the end */
} SimExplainQuery;

typedef enum SimExplainError {
    SIM_EXPLAIN_ERROR_UNKNOWN /* no such node, no such instance */
} SimExplainError;
#define SIM_EXPLAIN_ERROR (sim_explain_error_quark())
GQuark sim_explain_error_quark(void);

/* "n3 does not list shop-1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) at 31.204 s", and the lines
 * that tell why (char *, appended). NULL and @error if there is nothing of that name; a sentence
 * without lines if nothing is wrong. (transfer full) */
char *sim_explain_ask(const SimWorld *world, const SimExplainQuery *ask, GPtrArray *lines,
                      GError **error);
/* The ids under which what is called @text ("shop-1", "10.0.0.7:8080") was ever published
 * (DistroClient, appended to @clients), and who publishes it. False and @error if there is nothing
 * of that name. */
bool sim_explain_ids(const SimWorld *world, const char *text, GArray *clients,
                     SimEndpoint *publisher, GError **error);
/* As sim_explain_ask for a violation: the question that its lines answer, such as "n3 does not list
 * ... at 31.204 s"; NULL and no lines if nothing was recorded, or it is about no instance.
 * (transfer full)
 */
char *sim_explain_violation(const SimWorld *world, const SimViolation *violation, GPtrArray *lines);
/* The ids of the records that tell it, causes included: what a picture of it shows. Ascending
 * uint32_t, appended. */
void sim_explain_slice(const SimWorld *world, const SimViolation *violation, GArray *ids);
