/* sim/base/choice.c -- see choice.h. */
#include "sim/base/choice.h"

#include <string.h>

struct SimChoices {
    SimChoiceSource source;
    SimChoicePicker pick;
    void *pick_data;
    bool unnamed;
    char *origin;    /* nullable */
    GArray *planned; /* SimChoice, by index */
    GArray *taken;   /* SimChoice */
    guint next;      /* of .planned: the first whose point is not behind us */
    gint misfit;     /* of .planned; -1: none */
};

static void clear_choice(gpointer data)
{
    g_free(((SimChoice *)data)->subject);
}

static GArray *new_list(void)
{
    GArray *list = g_array_new(false, true, sizeof(SimChoice));
    g_array_set_clear_func(list, clear_choice);
    return list;
}

SimChoices *sim_choices_new(SimChoiceSource source)
{
    SimChoices *choices = g_new0(SimChoices, 1);
    choices->source = source;
    choices->planned = new_list();
    choices->taken = new_list();
    choices->misfit = -1;
    return choices;
}

void sim_choices_free(SimChoices *choices)
{
    if (choices == NULL) {
        return;
    }
    g_array_unref(choices->planned);
    g_array_unref(choices->taken);
    g_free(choices->origin);
    g_free(choices);
}

void sim_choices_plan(SimChoices *choices, const SimChoice *choice)
{
    SimChoice copy = *choice;
    if (choices->planned->len > 0) {
        const guint last = choices->planned->len - 1;
        g_assert_cmpuint(choice->index, >, g_array_index(choices->planned, SimChoice, last).index);
    }
    copy.kind = g_intern_string(choice->kind);
    copy.subject = g_strdup(choice->subject);
    g_array_append_val(choices->planned, copy);
}

void sim_choices_set_picker(SimChoices *choices, SimChoicePicker pick, void *data)
{
    choices->pick = pick;
    choices->pick_data = data;
}

void sim_choices_restart(SimChoices *choices)
{
    g_array_set_size(choices->taken, 0);
    choices->next = 0;
    choices->misfit = -1;
}

/* --- taking ---------------------------------------------------------------------------------- */

static const SimChoice *planned_at(const SimChoices *choices, uint64_t index)
{
    const bool any = choices->next < choices->planned->len;
    const SimChoice *next = any ? &g_array_index(choices->planned, SimChoice, choices->next) : NULL;
    return next != NULL && next->index == index ? next : NULL;
}

static uint64_t choose(SimChoices *choices, uint64_t index, uint64_t of, uint64_t drawn)
{
    const SimChoice *planned = NULL;
    switch (choices->source) {
    case SIM_CHOICES_SEED:
        return drawn;
    case SIM_CHOICES_LIST:
        planned = planned_at(choices, index);
        return planned != NULL && planned->chosen < of ? planned->chosen : 0;
    case SIM_CHOICES_SEARCH:
        return choices->pick(choices->pick_data, index, of);
    }
    return 0;
}

uint64_t sim_choices_take(SimChoices *choices, uint64_t of, SimPrng *stream)
{
    const uint64_t drawn = stream != NULL ? sim_prng_below(stream, of) : 0;
    SimChoice taken = { .index = choices->taken->len, .kind = "", .of = of };
    taken.chosen = choose(choices, taken.index, of, drawn);
    g_assert_cmpuint(taken.chosen, <, of);
    g_array_append_val(choices->taken, taken);
    return taken.chosen;
}

static bool is_as_planned(const SimChoice *taken, const SimChoice *planned)
{
    return taken->of == planned->of && taken->chosen == planned->chosen &&
           strcmp(taken->kind, planned->kind) == 0 && strcmp(taken->subject, planned->subject) == 0;
}

void sim_choices_name(SimChoices *choices, const char *kind, const char *subject)
{
    g_assert_cmpuint(choices->taken->len, >, 0);
    SimChoice *taken = &g_array_index(choices->taken, SimChoice, choices->taken->len - 1);
    taken->kind = kind;
    if (choices->unnamed) {
        return;
    }
    taken->subject = g_strdup(subject);
    const SimChoice *planned = planned_at(choices, taken->index);
    if (planned == NULL) {
        return;
    }
    if (choices->misfit < 0 && !is_as_planned(taken, planned)) {
        choices->misfit = (gint)choices->next;
    }
    choices->next++;
}

bool sim_choices_want_names(const SimChoices *choices)
{
    return !choices->unnamed;
}

void sim_choices_forgo_names(SimChoices *choices)
{
    choices->unnamed = true;
}

const GArray *sim_choices_taken(const SimChoices *choices)
{
    return choices->taken;
}

/* --- what does not fit ------------------------------------------------------------------------ */

void sim_choices_set_origin(SimChoices *choices, const char *origin)
{
    g_free(choices->origin);
    choices->origin = g_strdup(origin);
}

bool sim_choices_misfit(const SimChoices *choices, bool ended)
{
    return choices->misfit >= 0 || (ended && choices->next < choices->planned->len);
}

static void append_choice(GString *text, const SimChoice *choice)
{
    g_string_append_printf(text, "'%s %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %s'",
                           choice->kind, choice->chosen, choice->of, choice->subject);
}

char *sim_choices_describe_misfit(const SimChoices *choices)
{
    const guint which = choices->misfit >= 0 ? (guint)choices->misfit : choices->next;
    g_assert_cmpuint(which, <, choices->planned->len);
    const SimChoice *planned = &g_array_index(choices->planned, SimChoice, which);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s:%u: choice %" G_GUINT64_FORMAT " ",
                           choices->origin != NULL ? choices->origin : "choices", planned->line,
                           planned->index);
    if (choices->misfit < 0) {
        g_string_append_printf(text, "is not there: the run comes to %u", choices->taken->len);
        return g_string_free(text, false);
    }
    g_string_append(text, "of the run is ");
    append_choice(text, &g_array_index(choices->taken, SimChoice, planned->index));
    g_string_append(text, ", not ");
    append_choice(text, planned);
    return g_string_free(text, false);
}
