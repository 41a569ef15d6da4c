/* sim/export/export.h -- a recorded world's trace in formats that other tools read.
 *
 *      text      a line per record, with its id and its cause's
 *      ndjson    a JSON object per line
 *      perfetto  Chrome's trace JSON, for ui.perfetto.dev: a process per node and client, calls as
 *                slices joined by arrows, faults and counters beside them
 *      shiviz    events with vector clocks, for bestchai.bitbucket.io/shiviz; the expression that
 *                parses it is SIM_SHIVIZ_EXPRESSION
 *      mermaid   a sequenceDiagram of the first messages of replication
 *      pcapng    a packet per message with Nacos's JSON in it, for Wireshark; needs the payloads
 *                (SimRunOptions.payloads). The first packet stands at time 0, so that viewers count
 *                from there
 *      history   the clients' operations and the story's reads, begun and ended, a JSON object per
 *                line as Jepsen's histories have it; see history.c */
#pragma once

#include "sim/world/world.h"

typedef enum SimExportFormat {
    SIM_EXPORT_TEXT,
    SIM_EXPORT_NDJSON,
    SIM_EXPORT_PERFETTO,
    SIM_EXPORT_SHIVIZ,
    SIM_EXPORT_MERMAID,
    SIM_EXPORT_PCAPNG,
    SIM_EXPORT_HISTORY,
    SIM_N_EXPORTS,
} SimExportFormat;

#define SIM_SHIVIZ_EXPRESSION "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)"

const char *sim_export_name(SimExportFormat format);
bool sim_export_parse(const char *name, SimExportFormat *format);

/* The part of a trace that is wanted. What the story says, and what is violated, is in every part
 * of its time. */
typedef struct SimExportSlice {
    int64_t from_us, to_us; /* both included */
    SimEndpoint node;       /* only what names it; SIM_NO_ENDPOINT: any */
    const DistroClient
        *clients;     /* only what is about these ids or names .publisher, snapshots, and */
    size_t n_clients; /* what happens to nodes and links; 0: anything */
    SimEndpoint publisher;
} SimExportSlice;
/* All of it. */
SimExportSlice sim_export_whole(void);

/* Bytes, of text or not; of .history always the whole. (transfer full) */
GString *sim_export(const SimWorld *world, SimExportFormat format, const SimExportSlice *slice);
/* "link.cut", "send", "delivered": the name of any kind. */
const char *sim_export_kind(SimTraceKind kind);
