/* tools/distrosim/report/html.c -- see html.h. */
#include "tools/distrosim/report/html.h"

#include <stdarg.h>

#include "sim/base/installed.h"

void html_text(GString *page, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *c = valid; *c != '\0'; c++) {
        switch (*c) {
        case '<':
            g_string_append(page, "&lt;");
            break;
        case '>':
            g_string_append(page, "&gt;");
            break;
        case '&':
            g_string_append(page, "&amp;");
            break;
        case '"':
            g_string_append(page, "&quot;");
            break;
        case '\'':
            g_string_append(page, "&#39;");
            break;
        default:
            g_string_append_c(page, *c);
            break;
        }
    }
}

void html_printf(GString *page, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    html_text(page, text);
}

/* Without its style a page is plain, but says the same. */
static void append_style(GString *page)
{
    g_autofree char *path = sim_installed_path("report/report.css");
    g_autofree char *style = NULL;
    if (path == NULL || !g_file_get_contents(path, &style, NULL, NULL)) {
        return;
    }
    g_string_append_printf(page, "<style>\n%s</style>\n", style);
}

void html_begin(GString *page, const char *title)
{
    g_string_append(page,
                    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<title>");
    html_text(page, title);
    g_string_append(page, "</title>\n");
    append_style(page);
    g_string_append(page, "</head>\n<body>\n<main>\n");
}

void html_end(GString *page, const char *footer)
{
    html_element(page, "footer", NULL, footer);
    g_string_append(page, "</main>\n</body>\n</html>\n");
}

void html_section(GString *page, const char *title)
{
    g_string_append(page, "<section>");
    html_element(page, "h2", NULL, title);
}

void html_section_end(GString *page)
{
    g_string_append(page, "</section>\n");
}

void html_element(GString *page, const char *tag, const char *class, const char *text)
{
    if (class != NULL) {
        g_string_append_printf(page, "<%s class=\"%s\">", tag, class);
    } else {
        g_string_append_printf(page, "<%s>", tag);
    }
    html_text(page, text);
    g_string_append_printf(page, "</%s>\n", tag);
}

void html_figure(GString *page, const char *name, const char *value, bool bad)
{
    g_string_append_printf(page, "<div class=\"figure%s\">", bad ? " bad" : "");
    html_element(page, "b", NULL, value);
    html_element(page, "span", NULL, name);
    g_string_append(page, "</div>\n");
}

void html_command(GString *page, const char *line)
{
    g_string_append(page, "<div class=\"again\">");
    html_element(page, "code", NULL, line);
    g_string_append(page, "<button onclick=\"navigator.clipboard.writeText("
                          "this.previousElementSibling.textContent)\">copy</button></div>\n");
}
