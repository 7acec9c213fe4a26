#include "unit.h"

#include "base/ckd.h"

static void sums(void **state)
{
    (void)state;
    static const struct {
        size_t a, b;
        bool overflows;
    } cases[] = {
        {0, 0, false},        {SIZE_MAX, 0, false}, {SIZE_MAX - 1, 1, false},
        {SIZE_MAX, 1, true},  {1, SIZE_MAX, true},  {SIZE_MAX, SIZE_MAX, true},
        {SIZE_MAX / 2, SIZE_MAX / 2, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t sum;
        check_int("overflow", tcs_ckd_add(&sum, cases[i].a, cases[i].b), cases[i].overflows);
        if (!cases[i].overflows)
            check_int("sum", sum, cases[i].a + cases[i].b);
    }
}

static void products(void **state)
{
    (void)state;
    const size_t half = (size_t)1 << (sizeof(size_t) * 4);
    const struct {
        size_t a, b;
        bool overflows;
    } cases[] = {
        {0, SIZE_MAX, false}, {1, SIZE_MAX, false}, {2, SIZE_MAX / 2, false}, {2, SIZE_MAX / 2 + 1, true},
        {half, half, true}, /* wraps to 0 */
        {half, half - 1, false}, {SIZE_MAX, SIZE_MAX, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t product;
        check_int("overflow", tcs_ckd_mul(&product, cases[i].a, cases[i].b), cases[i].overflows);
        if (!cases[i].overflows)
            check_int("product", product, cases[i].a * cases[i].b);
    }
}

static void ranges(void **state)
{
    (void)state;
    static const struct {
        uint64_t off, len, size;
        bool inside;
    } cases[] = {
        {0, 0, 0, true},
        {0, 1, 0, false},
        {0, 10, 10, true},
        {0, 11, 10, false},
        {10, 0, 10, true}, /* nothing, at the end */
        {10, 1, 10, false},
        {11, 0, 10, false},
        {9, 1, 10, true},
        {5, UINT64_MAX, 10, false},
        {UINT64_MAX, 1, 10, false},
        {UINT64_MAX, 1, UINT64_MAX, false}, /* the sum is 0 */
        {UINT64_MAX - 1, 1, UINT64_MAX, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int("inside", tcs_in_range(cases[i].off, cases[i].len, cases[i].size), cases[i].inside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(products),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
