/* sim/actions/claim.h -- a claim of a story as text that stands alone.
 *
 * A claim is Lua: `function() return w:all_know(shop) end`. Its text is cut out of the source; what
 * it refers to (nodes, clients, numbers, helpers) is read at the moment at which it failed and
 * becomes a binding (script/claim.h). A claim that asks for something a flat story cannot have (a
 * watch, a number that the story computed meanwhile) says so in .why_not; what the truth says is
 * wrong at that moment then stands in for it. */
#pragma once

#include "sim/actions/record.h"

typedef enum SimClaimKind {
    SIM_CLAIM_EXPECT,
    SIM_CLAIM_EVENTUALLY,
    SIM_CLAIM_WITHIN,
    SIM_CLAIM_ALWAYS,
    SIM_CLAIM_NEVER,
    SIM_CLAIM_SETTLE,
} SimClaimKind;

/* What is wrong in the live nodes' views at the moment of failure; 0: nothing. */
typedef enum SimClaimTruth {
    SIM_CLAIM_LACKS = 1, /* one lacks a living instance */
    SIM_CLAIM_LISTS = 2, /* one lists an instance that is gone */
    SIM_CLAIM_OTHER = 4, /* they differ in metadata or health */
} SimClaimTruth;

typedef enum SimValueKind {
    SIM_VALUE_TEXT, /* a literal */
    SIM_VALUE_CODE, /* a function */
    SIM_VALUE_WORLD,
    SIM_VALUE_NODE,
    SIM_VALUE_CLIENT,
    SIM_VALUE_INTERCEPT,
    SIM_VALUE_TABLE,
} SimValueKind;

typedef struct SimValue {
    SimValueKind kind;
    uint32_t index;
    char *text;       /* TEXT, CODE */
    GPtrArray *keys;  /* TABLE: char * Lua text of a key, or NULL for the next of a list */
    GPtrArray *items; /* TABLE: SimValue */
} SimValue;

typedef struct SimBinding {
    char *name;
    const void *identity; /* of the Lua value, where it has one */
    SimValue *value;
} SimBinding;

typedef struct SimClaim {
    SimClaimKind kind;
    bool in_field;  /* it stood in the scenario's field always */
    bool failed_op; /* an expect whose operation was refused: .op is that operation */
    SimAction *op;
    char *code;          /* expression (EXPECT) or function; NULL if @why_not */
    char *message;       /* (nullable) */
    GPtrArray *bindings; /* SimBinding, in an order in which they can be written */
    char *why_not;       /* a sentence's end: "it looks at ..."; NULL: it can be written */
    int64_t begun_us, earliest_us, latest_us; /* of the wait: relative to begun_us */
    int64_t quiet_us;                         /* SETTLE */
    int64_t failed_us;
    unsigned truth;          /* SimClaimTruth */
    SimClaimTruth explained; /* the first of these, which .node and .client concern */
    uint32_t node, client;   /* or UINT32_MAX */
    char *states;            /* "shop=open a=up": how those that it names stand when it fails */
} SimClaim;
SimClaim *sim_claim_new(SimClaimKind kind);
void sim_claim_free(SimClaim *claim);

/* Binds @name (copied) to @value (taken). */
void sim_claim_bind(SimClaim *claim, const char *name, const void *identity, SimValue *value);
/* Takes @text. A TABLE is empty at first. */
SimValue *sim_value_new(SimValueKind kind, uint32_t index, char *text);
/* Takes @key (NULL: the next of a list) and @value. */
void sim_value_add(SimValue *table, char *key, SimValue *value);
