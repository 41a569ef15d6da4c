/* tools/distrod/http/form.h -- "a=1&b=x%20y" to a table. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Add the parameters of @size bytes at @text to @table (name -> value, both owned); one that is
 * there already stays, as getParameter has it. False if what is decoded is no text (not UTF-8, or
 * it holds a NUL), or there are too many. */
bool reg_form_read(GHashTable *table, const char *text, size_t size);
