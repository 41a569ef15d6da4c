/* sim/network/traffic.h -- who sent how much to whom.
 *
 * One row per ordered pair of caller and called, made when first needed, kept by those who need it
 * often; all rows together answer questions. SIM_NO_ENDPOINT in a row stands for all clients
 * that are not tracked. */
#pragma once

#include "sim/network/network.h"

typedef struct SimTrafficRow {
    SimEndpoint from, to;
    SimTraffic *by_op[SIM_N_OPS]; /* NULL: none so far. They lie close together, by first use */
} SimTrafficRow;

typedef struct SimTrafficTable SimTrafficTable;
SimTrafficTable *sim_traffic_table_new(void);
void sim_traffic_table_free(SimTrafficTable *table);
/* A new row; the caller remembers it. */
SimTrafficRow *sim_traffic_table_add(SimTrafficTable *table, SimEndpoint from, SimEndpoint to);
/* The row of a pair that is found through the table, added if need be. */
SimTrafficRow *sim_traffic_table_row(SimTrafficTable *table, SimEndpoint from, SimEndpoint to);
/* What @row counts of @op: it stays where it is. */
SimTraffic *sim_traffic_of(SimTrafficTable *table, SimTrafficRow *row, SimOp op);
SimTrafficRow *const *sim_traffic_table_rows(const SimTrafficTable *table, uint32_t *count);
/* Adds what the row has of @op, or of all with SIM_N_OPS. */
void sim_traffic_row_sum(const SimTrafficRow *row, SimOp op, SimTraffic *sum);
/* Nothing was sent so far. */
void sim_traffic_table_reset(SimTrafficTable *table);
