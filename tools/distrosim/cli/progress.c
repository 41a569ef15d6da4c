/* tools/distrosim/cli/progress.c -- see progress.h. */
#include "tools/distrosim/cli/progress.h"

#include <stdio.h>

#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/terminal.h"

#define BAR_CELLS 24
#define US_PER_S 1000000
/* Work that ends sooner needs no bar. */
#define PATIENCE_US (1 * US_PER_S)
#define REDRAW_US (US_PER_S / 10)
#define LINE_EVERY_US (10 * US_PER_S)

struct Progress {
    const char *noun;
    uint64_t total, before;
    bool quiet, terminal, shown;
    int64_t start_us, next_us; /* of the machine's monotonic clock */
};

Progress *progress_new(const char *noun, uint64_t total, bool quiet)
{
    Progress *progress = g_new0(Progress, 1);
    progress->noun = noun;
    progress->total = total;
    progress->quiet = quiet;
    progress->terminal = terminal_is(stderr);
    progress->start_us = g_get_monotonic_time();
    progress->next_us = progress->start_us + (progress->terminal ? PATIENCE_US : LINE_EVERY_US);
    return progress;
}

void progress_free(Progress *progress)
{
    progress_hide(progress);
    g_free(progress);
}

void progress_hide(Progress *progress)
{
    if (!progress->shown) {
        return;
    }
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
    progress->next_us = 0; /* back at the next update */
}

/* Seconds since the start if it is time to say something, else 0. */
static double take_due_elapsed(Progress *progress)
{
    int64_t now_us = g_get_monotonic_time();
    if (progress->quiet || now_us < progress->next_us) {
        return 0;
    }
    progress->next_us = now_us + (progress->terminal ? REDRAW_US : LINE_EVERY_US);
    return (double)(now_us - progress->start_us) / US_PER_S;
}

static void show_bar(Progress *progress, const char *bar, const char *text)
{
    if (progress->terminal) {
        fprintf(stderr, "\r%s%s\033[K", bar, text);
        fflush(stderr);
        progress->shown = true;
    } else {
        fprintf(stderr, "distrosim: %s\n", text);
    }
}

void progress_start_at(Progress *progress, uint64_t done)
{
    progress->before = done;
}

static char *left_text(double left_s)
{
    return left_s < 120 ? g_strdup_printf("%.0f s", left_s)
                        : g_strdup_printf("%.0f min", left_s / 60);
}

void progress_update(Progress *progress, uint64_t done)
{
    double elapsed_s = take_due_elapsed(progress);
    if (elapsed_s <= 0 || done <= progress->before || progress->total == 0) {
        return;
    }
    char bar[BAR_CELLS + 4] = "[";
    uint64_t filled = done * BAR_CELLS / progress->total;
    for (unsigned i = 0; i < BAR_CELLS; i++) {
        bar[1 + i] = i < filled ? '#' : '.';
    }
    bar[1 + BAR_CELLS] = ']';
    bar[2 + BAR_CELLS] = ' ';
    double rate = (double)(done - progress->before) / elapsed_s;
    double left_s = (double)(progress->total - done) / rate;
    g_autofree char *done_text = format_count(done);
    g_autofree char *total_text = format_count(progress->total);
    g_autofree char *rate_text = format_rate(rate);
    g_autofree char *left = left_text(left_s);
    g_autofree char *text = g_strdup_printf("%s of %s %s, %s/s, %s left", done_text, total_text,
                                            progress->noun, rate_text, left);
    show_bar(progress, bar, text);
}

/* ", 180.0 s in 42 s", at the rate so far; nothing if that has gone by. */
static char *awaited_text(double virtual_s, double awaited_s, double rate)
{
    if (awaited_s <= virtual_s || rate <= 0) {
        return g_strdup("");
    }
    g_autofree char *left = left_text((awaited_s - virtual_s) / rate);
    return g_strdup_printf(", %.1f s in %s", awaited_s, left);
}

void progress_virtual(Progress *progress, int64_t now_us, int64_t awaited_us)
{
    double elapsed_s = take_due_elapsed(progress);
    if (elapsed_s <= 0) {
        return;
    }
    double virtual_s = (double)now_us / US_PER_S;
    g_autofree char *rate = format_rate(virtual_s / elapsed_s);
    g_autofree char *awaited =
        awaited_text(virtual_s, (double)awaited_us / US_PER_S, virtual_s / elapsed_s);
    g_autofree char *text = g_strdup_printf(
        "%.1f s of virtual time, %s times as fast as real time%s", virtual_s, rate, awaited);
    show_bar(progress, "", text);
}
