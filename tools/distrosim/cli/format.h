/* tools/distrosim/cli/format.h -- figures as people read them. All strings (transfer full). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

char *format_instant(int64_t at_us); /* "31.204 s": instants compare by eye */
/* "0 s", "830 us", "12.3 ms", "3.210 s", "4 min 12.3 s" */
char *format_duration(int64_t duration_us);
char *format_instance_time(int64_t total_us); /* "12.0 instance-seconds" */
char *format_bytes(uint64_t bytes);           /* "812 B", "1.2 KiB", "3.4 MiB" */
char *format_count(uint64_t count);           /* "1,234,567" */
char *format_rate(double per_second);         /* "18.2 M", "940 k", "12.5" */
/* What a story measured, with the unit of its SimMeasure: "1,234", "12.5 %", "10 Mbit/s". */
char *format_figure(double value, const char *unit);
/* "1 run", "3 runs": @noun takes an s. */
char *format_plural(uint64_t count, const char *noun);
/* @word as a shell takes it: quoted only if it must be. */
char *format_shell_word(const char *word);
