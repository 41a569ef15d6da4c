/* sim/network/traffic.c -- rows of counters. */
#include "sim/network/traffic.h"

#include <string.h>

struct SimTrafficTable {
    GPtrArray *rows;     /* SimTrafficRow, in the order of their making */
    GHashTable *by_pair; /* uint64_t -> row, of those looked up here; never walked */
};

SimTrafficTable *sim_traffic_table_new(void)
{
    SimTrafficTable *table = g_new0(SimTrafficTable, 1);
    table->rows = g_ptr_array_new_with_free_func(g_free);
    table->by_pair = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return table;
}

void sim_traffic_table_free(SimTrafficTable *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->by_pair);
    g_ptr_array_unref(table->rows);
    g_free(table);
}

SimTrafficRow *sim_traffic_table_add(SimTrafficTable *table, SimEndpoint from, SimEndpoint to)
{
    SimTrafficRow *row = g_new0(SimTrafficRow, 1);
    row->from = from;
    row->to = to;
    g_ptr_array_add(table->rows, row);
    return row;
}

SimTrafficRow *sim_traffic_table_row(SimTrafficTable *table, SimEndpoint from, SimEndpoint to)
{
    uint64_t key = (uint64_t)from << 32 | to;
    SimTrafficRow *row = g_hash_table_lookup(table->by_pair, &key);
    if (row)
        return row;
    row = sim_traffic_table_add(table, from, to);
    g_hash_table_insert(table->by_pair, g_memdup2(&key, sizeof key), row);
    return row;
}

void sim_traffic_table_reset(SimTrafficTable *table)
{
    for (guint i = 0; i < table->rows->len; i++) {
        SimTrafficRow *row = table->rows->pdata[i];
        memset(row->by_op, 0, sizeof row->by_op);
    }
}

static void add_up(SimTraffic *sum, const SimTraffic *part)
{
    sum->messages += part->messages;
    sum->bytes += part->bytes;
    sum->replies += part->replies;
    sum->reply_bytes += part->reply_bytes;
    sum->failed += part->failed;
}

SimTrafficRow *const *sim_traffic_table_rows(const SimTrafficTable *table, uint32_t *count)
{
    *count = table->rows->len;
    return (SimTrafficRow *const *)(void *)table->rows->pdata;
}

void sim_traffic_row_sum(const SimTrafficRow *row, SimOp op, SimTraffic *sum)
{
    for (uint32_t o = 0; o < SIM_N_OPS; o++)
        if (op == SIM_N_OPS || op == o)
            add_up(sum, &row->by_op[o]);
}
