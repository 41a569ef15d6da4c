/* tools/distrosim/run/choice_file.h -- a run as text: what it is made from, and its choices.
 *
 *      distrosim-choices 1
 *      scenario my-claim.lua
 *      seed 99
 *      profile nacos-2.3                  if one was asked for
 *      set cut_for=20s                    as often as there are
 *      branch 9.072s 7                    chance drawn anew there, with this seed
 *      kinds lose,hold                    every order is a choice, and such faults: explore's
 *      fingerprint 0123456789abcdef       what the run must come to
 *
 *      0 one_of 2/3 my-claim.lua:14        index kind chosen/of subject
 *
 * Choices that are left out are 0, the default. The path of the scenario is for people. */
#pragma once

#include "sim/base/choice.h"
#include "tools/distrosim/cli/request.h"
#include "tools/distrosim/cli/status.h"
#include "tools/distrosim/run/runner.h"

typedef struct ChoiceFile {
    char *path;     /* its own */
    char *scenario; /* path */
    uint64_t seed;
    Request request; /* --set, --profile */
    bool explores;
    unsigned kinds;
    bool branches;
    int64_t branch_us;
    uint64_t branch_seed;
    bool named; /* a fingerprint is */
    uint64_t fingerprint;
    GArray *choices; /* SimChoice */
} ChoiceFile;

void choice_file_init(ChoiceFile *file);
void choice_file_clear(ChoiceFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ChoiceFile, choice_file_clear)

/* Reads @path into @file, which is fresh. Complains, with the line at fault, and gives the status
 * if that cannot be done. */
ExitStatus choice_file_read(const char *path, ChoiceFile *file);

/* What a run was made from, and the choices that it took (SimChoice). (transfer full) */
char *choice_file_text(const Runner *runner, const GArray *taken, uint64_t fingerprint);

/* The choices of @file as a list for a run. (transfer full) */
SimChoices *choice_file_plan(const ChoiceFile *file);
