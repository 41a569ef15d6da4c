/* sim/server/session.c -- see session.h.
 *
 *      client -> newest session, older ones     most clients have no older one */
#include "sim/server/session.h"

#include "core/mix.h"

#define FIRST_EPHEMERAL_PORT 32768

#define NO_SESSION ((SimSession) { .node = UINT32_MAX })

typedef struct Sessions {
    SimSession newest;
    uint32_t next_port; /* 0: none yet */
    GArray *older;      /* SimSession in order of creation; NULL until there is one */
} Sessions;

typedef struct SimSessions {
    GArray *of; /* Sessions by client */
} SimSessions;

static void free_sessions(void *data)
{
    SimSessions *sessions = data;
    for (guint i = 0; i < sessions->of->len; i++) {
        g_clear_pointer(&g_array_index(sessions->of, Sessions, i).older, g_array_unref);
    }
    g_array_unref(sessions->of);
    g_free(sessions);
}

static Sessions *sessions_of(SimWorld *world, uint32_t client)
{
    if (world->sessions == NULL) {
        world->sessions = g_new0(SimSessions, 1);
        world->sessions->of = g_array_new(false, false, sizeof(Sessions));
        sim_world_add_resident(world,
                               (SimResident) { .data = world->sessions, .free = free_sessions });
    }
    GArray *of = world->sessions->of;
    while (of->len <= client) {
        const Sessions none = { .newest = NO_SESSION };
        g_array_append_val(of, none);
    }
    return &g_array_index(of, Sessions, client);
}

static bool is_at(const SimSession *session, const SimNode *node)
{
    return session->node == node->index && session->incarnation == node->incarnation;
}

static bool is_alive(const SimWorld *world, const SimSession *session)
{
    if (session->node == UINT32_MAX) {
        return false;
    }
    const SimNode *node = sim_world_node(world, session->node);
    return node->alive && is_at(session, node);
}

static uint32_t count_older(const Sessions *sessions)
{
    return sessions->older != NULL ? sessions->older->len : 0;
}

static SimSession *older(const Sessions *sessions, uint32_t place)
{
    return &g_array_index(sessions->older, SimSession, place);
}

const SimSession *sim_session_at(const SimNode *node, uint32_t client)
{
    const SimSessions *all = node->world->sessions;
    if (all == NULL || client >= all->of->len) {
        return NULL;
    }
    const Sessions *sessions = &g_array_index(all->of, Sessions, client);
    if (is_at(&sessions->newest, node)) {
        return &sessions->newest;
    }
    for (uint32_t i = count_older(sessions); i > 0; i--) {
        if (is_at(older(sessions, i - 1), node)) {
            return older(sessions, i - 1);
        }
    }
    return NULL;
}

void sim_session_add(const SimNode *node, uint32_t client, DistroClient id)
{
    const SimWorld *world = node->world;
    Sessions *sessions = sessions_of(node->world, client);
    for (uint32_t i = count_older(sessions); i > 0; i--) {
        if (!is_alive(world, older(sessions, i - 1))) {
            g_array_remove_index(sessions->older, i - 1);
        }
    }
    if (is_alive(world, &sessions->newest)) {
        if (sessions->older == NULL) {
            sessions->older = g_array_sized_new(false, false, sizeof(SimSession), 1);
        }
        g_array_append_val(sessions->older, sessions->newest);
    }
    sessions->newest = (SimSession) { node->index, node->incarnation, id };
}

static void remove_newest(Sessions *sessions)
{
    const uint32_t count = count_older(sessions);
    sessions->newest = count > 0 ? *older(sessions, count - 1) : NO_SESSION;
    if (count > 0) {
        g_array_set_size(sessions->older, count - 1);
    }
}

bool sim_session_remove(const SimNode *node, uint32_t client, DistroClient id)
{
    Sessions *sessions = sessions_of(node->world, client);
    if (is_at(&sessions->newest, node) && sessions->newest.id == id) {
        remove_newest(sessions);
        return true;
    }
    for (uint32_t i = 0; i < count_older(sessions); i++) {
        if (is_at(older(sessions, i), node) && older(sessions, i)->id == id) {
            g_array_remove_index(sessions->older, i);
            return true;
        }
    }
    return false;
}

uint32_t sim_session_next_port(SimWorld *world, uint32_t client, uint32_t first)
{
    Sessions *sessions = sessions_of(world, client);
    const uint32_t port = sessions->next_port != 0 ? sessions->next_port : first;
    sessions->next_port = port == UINT16_MAX ? FIRST_EPHEMERAL_PORT : port + 1;
    return port;
}

static uint64_t digest_of(const SimWorld *world, const SimSession *session)
{
    if (session->node == UINT32_MAX) {
        return 0;
    }
    const SimNode *node = sim_world_node(world, session->node);
    const uint64_t id = distro_digest_of_client(world->dictionary, session->id);
    return distro_mix(id, session->node * 2u + (session->incarnation == node->incarnation));
}

uint64_t sim_session_digest(const SimWorld *world, uint32_t client)
{
    if (world->sessions == NULL || client >= world->sessions->of->len) {
        return 0;
    }
    const Sessions *sessions = &g_array_index(world->sessions->of, Sessions, client);
    uint64_t digest = digest_of(world, &sessions->newest);
    for (uint32_t i = 0; i < count_older(sessions); i++) {
        digest = distro_mix(digest, digest_of(world, older(sessions, i)));
    }
    return distro_mix(digest, sessions->next_port);
}
