/* sim/script/measured.h -- pauses and partitions as they were measured: data/gc_pauses.tsv and
 * data/faults.tsv.
 *
 * A length is drawn by integer arithmetic alone: between the quantiles that a log gives, linearly;
 * for partitions from a lognormal with the fitted median and sigma. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/prng.h"

/* --- pauses ------------------------------------------------------------------------------- */

typedef struct SimPauses SimPauses; /* rows of (collector, kind, log) with their quantiles */

/* @error (domain SIM_MEASURED_ERROR) says the file, the line and what was wrong. */
SimPauses *sim_pauses_load(const char *path, GError **error);
void sim_pauses_free(SimPauses *pauses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimPauses, sim_pauses_free)
/* Is @name a kind of pause ("cms_remark"), or a collector ("cms")? */
bool sim_pauses_know(const SimPauses *pauses, const char *name);
/* The kind or collector that is nearest in spelling. */
const char *sim_pauses_nearest(const SimPauses *pauses, const char *name);
/* How long one lasts, in microseconds. Of a kind: that of a log drawn among those that have it,
 * each alike. Of a collector: any of its pauses, each as often as in the logs. @name must be known.
 */
int64_t sim_pauses_draw(const SimPauses *pauses, const char *name, SimPrng *prng);

/* --- partitions --------------------------------------------------------------------------- */

typedef enum SimOutageCause {
    SIM_OUTAGE_SOFTWARE,
    SIM_OUTAGE_HARDWARE,
    SIM_N_OUTAGE_CAUSES,
} SimOutageCause;

typedef struct SimOutages {
    int64_t complete, partial, one_way; /* shares, in thousandths of a percent */
    int64_t single;                     /* of them, with one node on one side */
    struct {
        int64_t median_us, sigma_q32;
        int64_t longest_us; /* for hardware the last quantile, beyond which the fit overstates */
    } lengths[SIM_N_OUTAGE_CAUSES];
} SimOutages;

/* How many nodes stand on each side; those left over still talk to both. */
typedef struct SimOutageShape {
    uint32_t left, right;
    bool one_way; /* what the left side sends does not arrive; the answers of its calls neither */
} SimOutageShape;

bool sim_outages_load(const char *path, SimOutages *outages, GError **error);
/* Of @nodes nodes: complete, partial (if there are three) or one way; mostly with a single node on
 * the left. Fewer than two: no node is on a side. */
SimOutageShape sim_outages_shape(const SimOutages *outages, uint32_t nodes, SimPrng *prng);
int64_t sim_outages_draw(const SimOutages *outages, SimOutageCause cause, SimPrng *prng);

#define SIM_MEASURED_ERROR (sim_measured_error_quark())
GQuark sim_measured_error_quark(void);
