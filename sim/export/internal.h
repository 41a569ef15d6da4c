/* sim/export/internal.h -- one function per format, and what they share. */
#pragma once

#include "sim/export/export.h"

void sim_export_text(const SimWorld *world, const SimExportSlice *slice, GString *out);
void sim_export_ndjson(const SimWorld *world, const SimExportSlice *slice, GString *out);
void sim_export_perfetto(const SimWorld *world, const SimExportSlice *slice, GString *out);
void sim_export_shiviz(const SimWorld *world, const SimExportSlice *slice, GString *out);
void sim_export_mermaid(const SimWorld *world, const SimExportSlice *slice, GString *out);
void sim_export_pcapng(const SimWorld *world, const SimExportSlice *slice, GString *out);
void sim_export_history(const SimWorld *world, const SimExportSlice *slice, GString *out);

/* "shop-1", or the id of a client that the world does not know. */
const char *sim_export_client(const SimWorld *world, DistroClient client);
/* "CHANGE shop-1": what a call is about. (transfer full) */
char *sim_export_call_name(const SimWorld *world, const SimRecord *send);
/* @value as a JSON string, quotes included. */
void sim_export_string(GString *out, const char *value);
/* The SEND of @record's call; NULL if it is about none, or that is forgotten. */
const SimRecord *sim_export_send(const SimWorld *world, const SimRecord *record);
/* Does the value of this kind number a text? */
bool sim_export_has_text(SimTraceKind kind);
/* Is @record in @slice? */
bool sim_export_wants(const SimExportSlice *slice, const SimRecord *record);
