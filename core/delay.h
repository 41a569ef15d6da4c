/* core/delay.h -- tasks that wait, merge by key, and are looked for every 100 ms
 * (NacosDelayTaskExecuteEngine); and how many workers take them from there.
 *
 *   add --> [task by key] --scan, 100 ms--> take
 *
 * A task is a struct of its owner's that begins with a DistroDelayed. Whether a second task of one
 * key replaces, merges with or postpones the first is the owner's business: find, change, moved. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define DISTRO_SCAN_US 100000 /* between two scans */

typedef struct DistroDelayed {
    int64_t key;
    int64_t base_wall_us; /* lastProcessTime */
    int64_t interval_us;
    uint64_t order; /* of insertion: breaks ties */
    guint place;    /* in the heap */
} DistroDelayed;

typedef struct DistroDelays {
    GHashTable *tasks;  /* by key, owning; look up only */
    GArray *due;        /* a heap of (due, order, task) */
    int64_t scanned_us; /* the last scan; scans happen every 100 ms from boot on */
    uint64_t order;
} DistroDelays;

void distro_delays_init(DistroDelays *delays, GDestroyNotify free_task);
void distro_delays_clear(DistroDelays *delays);
/* The scans start now. */
void distro_delays_boot(DistroDelays *delays, int64_t now_us);
guint distro_delays_count(const DistroDelays *delays);

/* The pending task of @key, or NULL. */
void *distro_delays_find(const DistroDelays *delays, int64_t key);
/* Enters @task (transfer full), a DistroDelayed of which no other with its key is pending. What is
 * entered now is seen by the next scan, however long ago its start. */
void distro_delays_add(DistroDelays *delays, void *task, int64_t now_us);
/* The same for a task that was entered before as a part of another: it keeps @order. */
void distro_delays_add_part(DistroDelays *delays, void *task, uint64_t order);
/* The last task entered stands for @count in a row. */
void distro_delays_count_as(DistroDelays *delays, uint32_t count);
/* @task's start or interval is another than when its entry was made: @was_due_us. */
void distro_delays_moved(DistroDelays *delays, void *task, int64_t was_due_us, int64_t now_us);
int64_t distro_delayed_due_us(const DistroDelayed *task);

/* True if a scan falls due by @now_us: then *@scan_wall_us is what the wall clock showed at it. */
bool distro_delays_scan(DistroDelays *delays, int64_t now_us, int64_t wall_us,
                        int64_t *scan_wall_us);
/* The next task that is due at that scan (transfer full), or NULL. */
void *distro_delays_take(DistroDelays *delays, int64_t scan_wall_us);
/* The pending task of @key leaves (transfer full); there must be one. */
void *distro_delays_steal(DistroDelays *delays, int64_t key);
/* Appends the keys (int64_t) of all pending tasks to @keys. */
void distro_delays_list(const DistroDelays *delays, GArray *keys);
/* The scan that will find the earliest task; INT64_MAX if there is none. */
int64_t distro_delays_wake_at(const DistroDelays *delays, int64_t now_us, int64_t wall_us);

/* Smallest power of two that is not below the number of processors. */
uint32_t distro_worker_count(int64_t processors);
/* Objects.hash(resourceKey, resourceType, targetServer), from the parts' hashes. */
int32_t distro_task_hash(int32_t key_hash, int32_t type_hash, int32_t target_hash);
uint32_t distro_worker_of_hash(int32_t hash, uint32_t workers);
