/* sim/network/traffic.c -- rows of counters. */
#include "sim/network/traffic.h"

#include <string.h>

enum {
    BLOCK = 256
};

struct SimTrafficTable {
    GPtrArray *rows;     /* SimTrafficRow, in the order of their making */
    GPtrArray *blocks;   /* SimTraffic[BLOCK]: those of all rows */
    uint32_t n_used;     /* of the last block */
    GHashTable *by_pair; /* uint64_t -> row, of those looked up here; never walked */
};

SimTrafficTable *sim_traffic_table_new(void)
{
    SimTrafficTable *table = g_new0(SimTrafficTable, 1);
    table->rows = g_ptr_array_new_with_free_func(g_free);
    table->blocks = g_ptr_array_new_with_free_func(g_free);
    table->n_used = BLOCK;
    table->by_pair = g_hash_table_new_full(sim_hash_pair, g_int64_equal, g_free, NULL);
    return table;
}

void sim_traffic_table_free(SimTrafficTable *table)
{
    if (table == NULL) {
        return;
    }
    g_hash_table_unref(table->by_pair);
    g_ptr_array_unref(table->rows);
    g_ptr_array_unref(table->blocks);
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
    if (row != NULL) {
        return row;
    }
    row = sim_traffic_table_add(table, from, to);
    g_hash_table_insert(table->by_pair, g_memdup2(&key, sizeof key), row);
    return row;
}

SimTraffic *sim_traffic_of(SimTrafficTable *table, SimTrafficRow *row, SimOp op)
{
    if (row->by_op[op] != NULL) {
        return row->by_op[op];
    }
    if (table->n_used == BLOCK) {
        g_ptr_array_add(table->blocks, g_new0(SimTraffic, BLOCK));
        table->n_used = 0;
    }
    SimTraffic *last = table->blocks->pdata[table->blocks->len - 1];
    row->by_op[op] = &last[table->n_used++];
    return row->by_op[op];
}

void sim_traffic_table_reset(SimTrafficTable *table)
{
    for (guint i = 0; i < table->blocks->len; i++) {
        memset(table->blocks->pdata[i], 0, BLOCK * sizeof(SimTraffic));
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
    for (uint32_t o = 0; o < SIM_N_OPS; o++) {
        if (row->by_op[o] != NULL && (op == SIM_N_OPS || op == o)) {
            add_up(sum, row->by_op[o]);
        }
    }
}
