/* tools/distrosim/compare/gate.h -- bounds on what may have become worse: "convergence.p99 > 5%".
 *
 * FIGURE > N% fires where B's median is worse than A's by more than N % and a rank test over the
 * seeds gives p < 0.05. FIGURE > QUANTITY fires where B's median is above it. A figure that A has
 * and B lacks fires, too: a run in which nothing converges has no convergence to be slow. */
#pragma once

#include <stdio.h>

#include "tools/distrosim/compare/pairs.h"

typedef struct Gate {
    char *text;   /* as typed */
    char *figure; /* as typed: a budget's name, a measure's, or a column's */
    bool relative;
    double bound; /* relative: a share, 0.05; else in the unit of the figure's column */
} Gate;

typedef enum GateError {
    GATE_ERROR_USAGE,
} GateError;
#define GATE_ERROR (gate_error_quark())
GQuark gate_error_quark(void);

/* What one bound says of one pair of groups. */
typedef struct GateFinding {
    const Gate *gate;
    const FigureGroup *group; /* A's */
    Comparison comparison;    /* of columns that both have, or one with nothing in it */
    bool fired;
} GateFinding;

/* Reads @texts (char *), Gate each; NULL and @error, a sentence. (transfer full) */
GPtrArray *gates_parse(const GPtrArray *texts, GError **error);
/* What @gates find in @a and @b, GateFinding each in order of gates, groups. NULL and @error if a
 * figure is unknown, has another unit than its bound, or can be judged nowhere. (transfer full) */
GArray *gates_judge(const GPtrArray *gates, const FigureTable *a, const FigureTable *b,
                    GError **error);
/* "convergence.p99 > 5%  smoke/push: 1.003 s to 1.204 s, +20.0 %, p < 0.0001". (transfer full) */
char *gate_finding_text(const GateFinding *finding);
/* Does any of @findings fire? Those that do are told on @out (nullable); @all: the others, too. */
bool gates_tell(const GArray *findings, FILE *out, bool all);
