/* tests/unit/test_due.c -- a heap of times gives them in order, whatever order they came in. */
#include "core/due.h"
#include "tests/support/check.h"

static void add(DistroDues *dues, int64_t at_us, uint32_t stamp)
{
    distro_dues_add(dues, (DistroDue) { .at_us = at_us, .of = stamp + 1000, .stamp = stamp });
}

static void what_was_added_last_may_be_due_first(void)
{
    DistroDues dues = { 0 };
    CU_ASSERT_PTR_NULL(distro_dues_first(&dues));
    add(&dues, 30, 1);
    add(&dues, 10, 2);
    add(&dues, 20, 3);
    check_int(distro_dues_first(&dues)->at_us, ==, 10);
    check_uint(distro_dues_take(&dues).of, ==, 1002);
    check_int(distro_dues_take(&dues).at_us, ==, 20);
    check_int(distro_dues_take(&dues).at_us, ==, 30);
    CU_ASSERT_PTR_NULL(distro_dues_first(&dues));
    distro_dues_clear(&dues);
}

/* Of times 0..96 in an order that has no order, each twice. */
static void many_come_out_by_time_and_then_by_stamp(void)
{
    DistroDues dues = { 0 };
    for (uint32_t i = 0; i < 2 * 97; i++) {
        add(&dues, i * 31 % 97, i);
    }
    g_autoptr(GArray) sorted = distro_dues_sorted(&dues);
    check_uint(sorted->len, ==, 2 * 97);
    DistroDue before = { .at_us = -1 };
    for (guint i = 0; i < sorted->len; i++) {
        const DistroDue due = distro_dues_take(&dues);
        CU_ASSERT_TRUE(due.at_us > before.at_us ||
                       (due.at_us == before.at_us && due.stamp > before.stamp));
        check_uint(g_array_index(sorted, DistroDue, i).stamp, ==, due.stamp);
        before = due;
    }
    check_uint(dues.count, ==, 0);
    distro_dues_clear(&dues);
}

static const Test tests[] = {
#define TEST(name)                                                                                 \
    {                                                                                              \
        #name, name                                                                                \
    }
    TEST(what_was_added_last_may_be_due_first),
    TEST(many_come_out_by_time_and_then_by_stamp),
    { NULL, NULL },
};

int main(void)
{
    return run_tests("due", tests);
}
