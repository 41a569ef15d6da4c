/* tools/distrod/cluster/forward.h -- HTTP writes that another server is responsible for, sent on to
 * it (DistroFilter): the SEND effects that carry FORWARD. */
#pragma once

#include "tools/distrod/cluster/links.h"
#include "tools/distrod/http/fetch.h"

typedef struct RegForward RegForward;

/* All borrowed. */
typedef struct RegForwardOptions {
    RegFetcher *fetcher;
    RegHost *host;
    RegNames *names;
    RegIdentity identity;
    const char *version; /* "2.5.1": what the User-Agent says */
} RegForwardOptions;

RegForward *reg_forward_new(const RegForwardOptions *options);
void reg_forward_free(RegForward *forward);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegForward, reg_forward_free)
