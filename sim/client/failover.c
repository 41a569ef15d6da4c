/* sim/client/failover.c -- FailoverReactor: lists kept on disk, and a switch to hand them out.
 *
 *      process starts   --10 s-->           every list is written (the folder is empty)
 *                       --30 min, daily-->  and again
 *      switch on        --5 s at most-->    readers are given what was written, if it has hosts
 *
 * Nothing happens at those instants here. A list that is replaced knows how long it was in the
 * cache, and is the backup if an instant of writing lies in that time. The switch is the operator's
 * file. */
#include "sim/client/dual_internal.h"
#include "sim/world/observe.h"

#define SWITCH_PERIOD_US 5000000                 /* SwitchRefresher */
#define FIRST_BACKUP_US 10000000                 /* FailoverReactor#init: the folder is empty */
#define BACKUP_DELAY_US (INT64_C(30) * 60000000) /* DiskFileWriter */
#define BACKUP_PERIOD_US (INT64_C(86400) * 1000000)

/* The latest instant of writing up to now; -1: there was none. */
static int64_t last_backup_us(const SimClient *client)
{
    int64_t age_us = client->world->now_us - client->started_us;
    if (!client->started || age_us < FIRST_BACKUP_US) {
        return -1;
    }
    if (age_us < BACKUP_DELAY_US) {
        return client->started_us + FIRST_BACKUP_US;
    }
    int64_t days = (age_us - BACKUP_DELAY_US) / BACKUP_PERIOD_US;
    return client->started_us + BACKUP_DELAY_US + days * BACKUP_PERIOD_US;
}

static bool was_written(const SimClient *client, const SimSubscribed *cell)
{
    return cell->list != 0 && last_backup_us(client) >= cell->since_us;
}

void sim_failover_replaced(SimClient *client, SimSubscribed *cell)
{
    if (was_written(client, cell)) {
        sim_list_replace(client->world, &cell->backup, cell->list);
    }
    cell->since_us = client->world->now_us;
}

uint32_t sim_failover_list(const SimClient *client, const SimSubscribed *cell)
{
    uint32_t backup = was_written(client, cell) ? cell->list : cell->backup;
    uint32_t count;
    sim_list_items(client->world, backup, &count);
    return client->failover && count > 0 ? backup : cell->list;
}

/* The SDK reads the file every 5 s from its start on. */
void sim_client_failover(SimClient *client, bool on)
{
    g_assert_true(client->open);
    const SimClientActionNews news = { .client = client->index,
                                       .kind = SIM_ACTION_FAILOVER,
                                       .node = UINT32_MAX,
                                       .for_us = -1,
                                       .on = on };
    sim_tell_client_told(client->world, &news);
    int64_t age_us = client->world->now_us - client->started_us;
    int64_t rounds = age_us / SWITCH_PERIOD_US + 1;
    client->failover_wanted = on;
    sim_client_set_timer(client, client->started_us + rounds * SWITCH_PERIOD_US, SIM_TIMER_FAILOVER,
                         0);
}

void sim_failover_timer(SimClient *client)
{
    client->failover = client->failover_wanted;
    client->world->changed = true;
}
