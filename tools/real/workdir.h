/* tools/real/workdir.h -- the folder in which a run's servers have their files.
 *
 * It is locked while the run lasts. What a killed run left is found by the next one, which takes
 * away every folder beside its own that is not locked. */
#pragma once

#include <glib.h>

typedef struct RealWorkdir RealWorkdir;

/* NULL and @error (REAL_ERROR). */
RealWorkdir *real_workdir_new(GError **error);
const char *real_workdir_path(const RealWorkdir *workdir);
/* Copies the servers' logs from there to @folder/<server>/. False and @error (REAL_ERROR). */
gboolean real_workdir_keep_logs(const RealWorkdir *workdir, const char *folder, GError **error);
/* With all that is in it. */
void real_workdir_free(RealWorkdir *workdir);
