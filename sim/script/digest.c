/* sim/script/digest.c -- where a story stands.
 *
 * What a coroutine holds in its variables cannot be read, but follows from what it was told: when
 * it was resumed, and how its operations ended. That is kept as one number, of which nothing is
 * forgotten; so two runs of one story are equal only if they have told it the same. */
#include "core/mix.h"
#include "sim/script/state.h"

void sim_script_tell_history(SimScript *script, uint64_t what)
{
    script->history = distro_mix(script->history, what);
}

static uint64_t digest_of_task(const SimTask *task)
{
    return task->running ? distro_mix(distro_digest_text(task->file), (uint64_t)task->line) : 0;
}

static uint64_t digest_of_look(const SimScript *script, const SimLook *look)
{
    if (!look->active) {
        return 0;
    }
    const uint64_t digest =
        distro_mix(look->kind * 8u + look->ripe * 4u + look->holds, look->check);
    return distro_mix(digest, (uint64_t)(look->latest_us - script->world->now_us));
}

uint64_t sim_script_digest(const SimScript *script)
{
    uint64_t digest = distro_mix(script->history, script->chance.state);
    digest = distro_mix(digest, script->over * 4u + script->finishing * 2u + script->stopped);
    for (guint i = 0; i < script->tasks->len; i++) {
        digest = distro_mix(digest, digest_of_task(script->tasks->pdata[i]));
    }
    for (guint i = 0; i < script->looks->len; i++) {
        digest = distro_mix(digest, digest_of_look(script, script->looks->pdata[i]));
    }
    return digest;
}
