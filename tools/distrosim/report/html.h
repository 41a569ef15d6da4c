/* tools/distrosim/report/html.h -- pieces of a page.
 *
 * Text that came from outside goes through html_text. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The start of a page up to <main>, with the style from tools/report/report.css in it. */
void html_begin(GString *page, const char *title);
void html_end(GString *page, const char *footer);
/* @text with <, >, &, and quotes made harmless. */
void html_text(GString *page, const char *text);
/* printf, then html_text. */
void html_printf(GString *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* "<section><h2>title</h2>" and "</section>" */
void html_section(GString *page, const char *title);
void html_section_end(GString *page);
/* <tag class="class">text</tag>; @class may be NULL. */
void html_element(GString *page, const char *tag, const char *class, const char *text);
/* A card of key figures. */
void html_figure(GString *page, const char *name, const char *value, bool bad);
/* A line to paste, with a button that copies it. */
void html_command(GString *page, const char *line);
