/* sim/shrink/story_internal.h -- what the writer's files share.
 *
 *      story.c         who there is and what they are called; the stage; the scenario as a whole
 *      story_action.c    actions as lines
 *      story_claim.c   the claim, what it refers to, and what else is checked */
#pragma once

#include "sim/shrink/story.h"

typedef struct Writer {
    const SimStory *story;
    GString *out;
    GPtrArray *node_names; /* char *; NULL: gone */
    GPtrArray *vars;       /* char *: of clients by index; NULL: without a name of its own */
    bool many;             /* clients stand in a table */
    int64_t owed_us;       /* to wait before the next line */
    unsigned lines;
} Writer;

/* Who there is: NULL or false for who is gone, or was never there. */
const SimStageNode *story_stage_node(const SimStory *story, uint32_t index);
bool story_has_client(const SimStory *story, uint32_t index); /* created by one of the steps */
bool story_has_node(const SimStory *story, uint32_t index);
bool story_has_cluster(const SimStory *story, uint32_t cluster);
uint32_t story_cluster_of(const SimStory *story, const SimParty *party); /* a node or a site */
bool story_has_party(const SimStory *story, const SimParty *party);
bool story_has_intercept(const SimStory *story, uint32_t number);
bool story_claim_has_client(const SimStory *story, uint32_t client);
unsigned story_count_parties(const SimStory *story, const GArray *group);

const char *story_site_name(const SimStory *story, uint32_t site);
const char *story_cluster_name(const SimStory *story, uint32_t cluster);
/* What @cluster (or SIM_ALL_CLUSTERS) calls the node or site @name: "n1" is "east/n1" in east. */
const char *story_local_name(const SimStory *story, uint32_t cluster, const char *name);
const char *story_node_name(const Writer *writer, uint32_t index);
/* "w", or "w:cluster \"east\"" for @cluster; (transfer full) */
char *story_world_text(const SimStory *story, uint32_t cluster);
char *story_intercept_var(const SimStory *story, uint32_t number); /* (transfer full) */

/* Takes @text, which may have several lines. */
void story_add_line(Writer *writer, char *text);
void story_comma(GString *out); /* unless it is empty */

void story_write_steps(Writer *writer);
void story_write_claim(Writer *writer);
/* Numbers and helpers that need no node or client of the story stand above it. */
void story_write_outer_bindings(Writer *writer);
void story_write_checks(Writer *writer);
