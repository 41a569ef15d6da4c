/* sim/script/rtt.h -- measured round trips: the tables under data/rtt/.
 *
 * A table is TSV: '#' lines, a header "from_to<TAB>name...", then a row per place; milliseconds,
 * round trip, "NA" where nothing was measured (scenarios/API.md 3). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct SimRttTable SimRttTable;

/* Reads @path. @error (domain SIM_RTT_ERROR) says the file, the line and what was wrong. */
SimRttTable *sim_rtt_table_load(const char *path, GError **error);
void sim_rtt_table_free(SimRttTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRttTable, sim_rtt_table_free)

/* Index of a row and column, or -1. */
int sim_rtt_table_find(const SimRttTable *table, const char *place);
/* Round trip in microseconds from @from to @to; -1 if it was not measured. */
int64_t sim_rtt_table_get(const SimRttTable *table, int from, int to);
/* Name in the table that is nearest to @place in spelling, for error messages. */
const char *sim_rtt_table_nearest(const SimRttTable *table, const char *place);

/* Milliseconds with any number of decimals, of which three count, as microseconds: "0.07" is 70.
 * False if @text is something else, or longer than a day. */
bool sim_rtt_parse_ms(const char *text, int64_t *us);

#define SIM_RTT_ERROR (sim_rtt_error_quark())
GQuark sim_rtt_error_quark(void);
typedef enum SimRttError {
    SIM_RTT_ERROR_IO,
    SIM_RTT_ERROR_FORMAT
} SimRttError;
