/* tests/support/check.h -- checks that print what they saw, and the runner of a test program.
 *
 * CUnit tells that an assertion failed, but not with which values. These macros print both sides
 * first and then let CUnit count the failure; a test goes on after one, so loops over vectors show
 * every row that is wrong. */
#pragma once

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A test and the sentence it proves; a table of them ends with an empty entry. */
typedef struct Test {
    const char *sentence;
    void (*run)(void);
} Test;

#define check_values(a, op, b, type, format)                                                       \
    do {                                                                                           \
        type check_a_ = (type)(a);                                                                 \
        type check_b_ = (type)(b);                                                                 \
        bool check_holds_ = check_a_ op check_b_;                                                  \
        if (!check_holds_)                                                                         \
            printf("\n    %s:%d: %s %s %s: saw %" format " and %" format, __FILE__, __LINE__, #a,  \
                   #op, #b, check_a_, check_b_);                                                   \
        CU_assertImplementation(check_holds_, __LINE__, #a " " #op " " #b, __FILE__, "",           \
                                CU_FALSE);                                                         \
    } while (0)

#define check_int(a, op, b) check_values(a, op, b, int64_t, PRId64)
#define check_uint(a, op, b) check_values(a, op, b, uint64_t, PRIu64)

#define check_str(a, op, b)                                                                        \
    do {                                                                                           \
        const char *check_a_ = (a);                                                                \
        const char *check_b_ = (b);                                                                \
        bool check_holds_ =                                                                        \
            check_a_ != NULL && check_b_ != NULL && strcmp(check_a_, check_b_) op 0;               \
        if (!check_holds_)                                                                         \
            printf("\n    %s:%d: %s %s %s: saw \"%s\" and \"%s\"", __FILE__, __LINE__, #a, #op,    \
                   #b, check_a_ != NULL ? check_a_ : "(null)",                                     \
                   check_b_ != NULL ? check_b_ : "(null)");                                        \
        CU_assertImplementation(check_holds_, __LINE__, #a " " #op " " #b, __FILE__, "",           \
                                CU_FALSE);                                                         \
    } while (0)

#define check_true(condition)                                                                      \
    do {                                                                                           \
        bool check_holds_ = (condition);                                                           \
        if (!check_holds_)                                                                         \
            printf("\n    %s:%d: %s does not hold", __FILE__, __LINE__, #condition);               \
        CU_assertImplementation(check_holds_, __LINE__, #condition, __FILE__, "", CU_FALSE);       \
    } while (0)

/* Run @tests as one suite; the exit status of main. */
static inline int run_tests(const char *suite_name, const Test *tests)
{
    unsigned failed = 1;
    CU_pSuite suite;

    if (CU_initialize_registry() != CUE_SUCCESS) {
        return 1;
    }
    suite = CU_add_suite(suite_name, NULL, NULL);
    for (; suite != NULL && tests->run != NULL; tests++) {
        if (CU_add_test(suite, tests->sentence, tests->run) == NULL) {
            suite = NULL;
        }
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    if (suite != NULL && CU_basic_run_tests() == CUE_SUCCESS) {
        failed = CU_get_number_of_failures() + CU_get_number_of_tests_failed();
    }
    CU_cleanup_registry();
    return failed == 0 ? 0 : 1;
}
