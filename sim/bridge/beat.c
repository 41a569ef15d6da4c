/* sim/bridge/beat.c -- the instances that a worker keeps alive: BeatReactor of 1.4.7.
 *
 *      add --5 s--> due --thread--> PUT --answer--> due again 5 s later
 *                                    '-- 20404 --> POST from the entry's copy, then likewise
 *
 * There are cores / 2 threads for all entries, and a beat into a black hole holds one until it
 * times out: so a cut makes beats late that have nothing to do with it. */
#include "sim/bridge/internal.h"

#include <stdlib.h>
#include <string.h>

#include "sim/client/proxy.h"

typedef struct SimBeat {
    DistroService service;
    DistroClient id;
    DistroPublication publication;
    int64_t period_us;
    uint32_t stamp;
} SimBeat;

static SimBeat *find_stamp(const SimWorker *worker, uint32_t stamp)
{
    return g_hash_table_lookup(worker->beats.by_stamp, GUINT_TO_POINTER(stamp));
}

static bool beat_thread(SimWorker *worker, uint32_t stamp);

void sim_beats_init(SimBeats *beats, SimWorker *worker)
{
    *beats = (SimBeats) { .light = false };
    beats->by_address = g_hash_table_new_full(sim_hash_packed, NULL, NULL, g_free);
    beats->by_stamp = g_hash_table_new(NULL, NULL);
    sim_slots_init(&beats->threads, worker, MAX(worker->bridge->spec->cores / 2, 1), beat_thread);
}

void sim_beats_clear(SimBeats *beats)
{
    sim_slots_clear(&beats->threads);
    g_clear_pointer(&beats->by_stamp, g_hash_table_unref);
    g_clear_pointer(&beats->by_address, g_hash_table_unref);
}

uint32_t sim_beats_count(const SimBeats *beats)
{
    return g_hash_table_size(beats->by_address);
}

/* --- entries ---------------------------------------------------------------------------------- */

/* PreservedMetadataKeys.HEART_BEAT_INTERVAL of the copied metadata, in milliseconds. */
static int64_t period_of(const DistroDictionary *dictionary, DistroPublication publication)
{
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    DistroExt ext = distro_dictionary_listing_info(dictionary, info->listings[0])->instance.ext;
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].key, "preserved.heart.beat.interval") != 0 ||
            entries[i].text == NULL) {
            continue;
        }
        long long period_ms = strtoll(entries[i].text, NULL, 10);
        if (period_ms > 0 && period_ms <= 3600000) {
            return period_ms * 1000;
        }
    }
    return SIM_PROXY_BEAT_INTERVAL_US;
}

static void wait_for_next(SimWorker *worker, SimBeat *beat)
{
    beat->stamp = sim_worker_serial(worker);
    g_hash_table_insert(worker->beats.by_stamp, GUINT_TO_POINTER(beat->stamp), beat);
    sim_worker_set_timer(worker, beat->period_us, SIM_WORKER_BEAT, beat->stamp);
}

static void drop(SimWorker *worker, DistroService service, DistroClient id)
{
    SimBeat *beat = g_hash_table_lookup(worker->beats.by_address, sim_pack(service, id));
    if (beat == NULL) {
        return;
    }
    g_hash_table_remove(worker->beats.by_stamp, GUINT_TO_POINTER(beat->stamp));
    g_hash_table_remove(worker->beats.by_address, sim_pack(service, id));
}

void sim_beats_add(SimWorker *worker, DistroService service, DistroPublication publication)
{
    DistroDictionary *dictionary = worker->world->dictionary;
    SimBeat *beat = g_new0(SimBeat, 1);
    beat->service = service;
    beat->id = sim_proxy_id(dictionary, publication);
    beat->publication = publication;
    beat->period_us = period_of(dictionary, publication);
    drop(worker, service, beat->id);
    g_hash_table_insert(worker->beats.by_address, sim_pack(service, beat->id), beat);
    wait_for_next(worker, beat);
}

void sim_beats_remove(SimWorker *worker, DistroService service, DistroPublication publication)
{
    drop(worker, service, sim_proxy_id(worker->world->dictionary, publication));
}

/* --- beating ---------------------------------------------------------------------------------- */

static void ended(SimWorker *worker, const SimAsk *ask)
{
    SimBeat *beat = find_stamp(worker, ask->token);
    if (beat != NULL) {
        g_hash_table_remove(worker->beats.by_stamp, GUINT_TO_POINTER(ask->token));
        wait_for_next(worker, beat);
    }
    sim_slots_release(&worker->beats.threads);
}

static void registered_again(SimWorker *worker, const SimAsk *ask, SimAnswer how,
                             const DistroFrame *answer)
{
    (void)answer;
    if (how == SIM_ANSWER_OK) {
        worker->counted.again++;
        sim_worker_trace(worker, SIM_TRACE_BRIDGE_COPIED, ask->node,
                         sim_proxy_id(worker->world->dictionary, ask->publication),
                         ask->publication);
    }
    ended(worker, ask);
}

/* BeatTask: from its own copy, whatever has become of the entry meanwhile. */
static void register_again(const SimAsk *beat)
{
    const SimAsk ask = { .op = SIM_OP_REGISTER,
                         .service = beat->service,
                         .publication = beat->publication,
                         .token = beat->token,
                         .done = registered_again };
    sim_ask(beat->naming, &ask);
}

static void answered(SimWorker *worker, const SimAsk *ask, SimAnswer how, const DistroFrame *answer)
{
    (void)answer;
    if (how == SIM_ANSWER_OK) {
        worker->beats.light = true;
    }
    if (how == SIM_ANSWER_UNKNOWN) {
        register_again(ask);
    } else {
        ended(worker, ask);
    }
}

static bool beat_thread(SimWorker *worker, uint32_t stamp)
{
    const SimBeat *beat = find_stamp(worker, stamp);
    if (beat == NULL) {
        return false;
    }
    const SimAsk ask = { .op = SIM_OP_BEAT,
                         .light = worker->beats.light,
                         .service = beat->service,
                         .publication = beat->publication,
                         .token = stamp,
                         .done = answered };
    sim_ask(&worker->destination, &ask);
    return true;
}

void sim_beats_due(SimWorker *worker, uint32_t stamp)
{
    if (find_stamp(worker, stamp) != NULL) {
        sim_slots_submit(&worker->beats.threads, stamp);
    }
}
