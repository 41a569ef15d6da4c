/* core/due.c -- see due.h. */
#include "core/due.h"

static bool is_before(const DistroDue *a, const DistroDue *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->stamp < b->stamp;
}

static void grow(DistroDues *dues)
{
    dues->capacity += MAX(4, dues->capacity / 4);
    dues->items = g_renew(DistroDue, dues->items, dues->capacity);
}

void distro_dues_add(DistroDues *dues, DistroDue due)
{
    if (dues->count == dues->capacity) {
        grow(dues);
    }
    g_assert_cmpuint(dues->count, <, dues->capacity);
    uint32_t place = dues->count++;
    while (place > 0 && is_before(&due, &dues->items[(place - 1) / 2])) {
        dues->items[place] = dues->items[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    dues->items[place] = due;
}

const DistroDue *distro_dues_first(const DistroDues *dues)
{
    return dues->count > 0 ? &dues->items[0] : NULL;
}

/* Puts @due where the first was, and lets it sink. */
static void replace_first(DistroDues *dues, DistroDue due)
{
    uint32_t place = 0;
    for (uint32_t child = 1; child < dues->count; child = 2 * place + 1) {
        if (child + 1 < dues->count && is_before(&dues->items[child + 1], &dues->items[child])) {
            child++;
        }
        if (!is_before(&dues->items[child], &due)) {
            break;
        }
        dues->items[place] = dues->items[child];
        place = child;
    }
    dues->items[place] = due;
}

DistroDue distro_dues_take(DistroDues *dues)
{
    g_assert_cmpuint(dues->count, >, 0);
    const DistroDue first = dues->items[0];
    const DistroDue last = dues->items[--dues->count];
    if (dues->count > 0) {
        replace_first(dues, last);
    }
    return first;
}

void distro_dues_clear(DistroDues *dues)
{
    g_free(dues->items);
    *dues = (DistroDues) { 0 };
}

static int compare(gconstpointer a, gconstpointer b)
{
    return is_before(a, b) ? -1 : is_before(b, a) ? 1 : 0;
}

GArray *distro_dues_sorted(const DistroDues *dues)
{
    GArray *sorted = g_array_sized_new(false, false, sizeof(DistroDue), dues->count);
    g_array_append_vals(sorted, dues->items, dues->count);
    g_array_sort(sorted, compare);
    return sorted;
}
