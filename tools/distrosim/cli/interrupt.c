/* tools/distrosim/cli/interrupt.c -- see interrupt.h. */
#include "tools/distrosim/cli/interrupt.h"

#include <signal.h>

static atomic_bool seen;

static void on_signal(int signal_number)
{
    (void)signal_number;
    atomic_store(&seen, true);
}

void interrupt_watch(void)
{
    struct sigaction action = { .sa_handler = on_signal,
                                .sa_flags = (int)SA_RESETHAND | SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool interrupt_seen(void)
{
    return atomic_load(&seen);
}

const atomic_bool *interrupt_flag(void)
{
    return &seen;
}
