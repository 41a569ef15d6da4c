/* tools/real/setting.h -- which of the simulator's settings have a counterpart in real servers. */
#pragma once

#include "tools/real/server.h"

/* Does a server of @kind read @property? */
bool real_setting_is_read(RealKind kind, const char *property);
/* The first of @sorts (RealSort) that lacks @property, as a sentence (transfer full); NULL: all
 * read it. */
char *real_setting_refusal(const GArray *sorts, const char *property);
/* The same for whatever the settings of @world change in its nodes' profiles. */
char *real_setting_refusal_of_world(const GArray *sorts, const SimWorld *world);
/* What its settings change on @node, each as @form ("--set=%s=%s") spells it, appended to @words.
 */
void real_setting_add_words(const SimNode *node, GPtrArray *words, const char *form);
