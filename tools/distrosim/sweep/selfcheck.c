/* tools/distrosim/sweep/selfcheck.c -- see selfcheck.h. */
#include "tools/distrosim/sweep/selfcheck.h"

#include <string.h>

#include "tools/distrosim/run/runner.h"
#include "tools/distrosim/sweep/digest.h"

#define ONE_IN 20
/* Pairs of recorded runs until a difference shows once more; it may come and go. */
#define TRIES 4
/* A record may hold a long text; its beginning tells which it is. */
#define SHOWN_BYTES 300

bool selfcheck_picks(const char *scenario, uint64_t seed)
{
    uint64_t digest = digest_start();
    digest = digest_add(digest, scenario, strlen(scenario));
    digest = digest_add(digest, &seed, sizeof seed);
    return digest_finish(digest) % ONE_IN == 0;
}

/* --- where two traces part ------------------------------------------------------------------ */

static char *shown_line(const char *text)
{
    size_t length = strcspn(text, "\n");
    if (length == 0) {
        return g_strdup("nothing more");
    }
    g_autofree char *line = g_strndup(text, MIN(length, SHOWN_BYTES));
    return g_strconcat(line, length > SHOWN_BYTES ? "..." : "", NULL);
}

char *selfcheck_first_difference(const char *one, const char *other)
{
    size_t line = 0, number = 1; /* where the line begins in which they may differ */
    for (size_t i = 0; one[i] == other[i]; i++) {
        if (one[i] == '\0') {
            return NULL;
        }
        if (one[i] == '\n') {
            line = i + 1;
            number++;
        }
    }
    g_autofree char *first = shown_line(one + line);
    g_autofree char *second = shown_line(other + line);
    return g_strdup_printf("record %zu is %s in one run and %s in the other", number, first,
                           second);
}

static char *find_difference(SelfCheckRun again, void *data)
{
    g_autoptr(SimResult) first = again(data, true);
    for (int i = 0; first != NULL && i < TRIES; i++) {
        g_autoptr(SimResult) second = again(data, true);
        if (second == NULL || first->trace_text == NULL || second->trace_text == NULL) {
            break;
        }
        char *difference = selfcheck_first_difference(first->trace_text, second->trace_text);
        if (difference != NULL) {
            return difference;
        }
    }
    return g_strdup("runs with a trace did not differ");
}

/* --- the check -------------------------------------------------------------------------------- */

static void name_difference(SimResult *result, const char *difference)
{
    char *reason = g_strdup_printf("%s; %s", result->reason, difference);
    g_free(result->reason);
    g_free(result->what);
    result->reason = reason;
    result->what = g_strdup(reason);
}

bool selfcheck_run(SimResult *first, SelfCheckRun again, void *data)
{
    g_autoptr(SimResult) second = again(data, false);
    if (second == NULL) {
        return false;
    }
    if (second->fingerprint == first->fingerprint && second->verdict == first->verdict) {
        return true;
    }
    runner_set_nondeterministic(first, second->fingerprint, "the same run a moment later");
    g_autofree char *difference = find_difference(again, data);
    name_difference(first, difference);
    return true;
}
