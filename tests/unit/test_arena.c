#include "unit.h"

#include <stdalign.h>

/* What a block of the usual size takes from the system; measured, not assumed. */
static size_t usual_block(void)
{
    struct tcs_arena a;
    tcs_arena_init(&a, SIZE_MAX);
    assert_non_null(tcs_arena_alloc(&a, 1));
    size_t used = a.used;
    tcs_arena_done(&a);
    return used;
}

static bool is_zero(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i])
            return false;
    return true;
}

static void takes_nothing_before_it_must(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, 1 << 20);
    assert_int_equal(a.used, 0);
    tcs_arena_reset(&a);
    assert_int_equal(a.used, 0);
    tcs_arena_done(&a);
}

static void every_size_is_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    enum { SIZES = 200 };
    struct tcs_arena a;
    uint8_t *p[SIZES];
    tcs_arena_init(&a, 1 << 20);
    for (size_t size = 0; size < SIZES; size++) {
        p[size] = tcs_arena_alloc(&a, size);
        assert_non_null(p[size]);
        assert_int_equal((uintptr_t)p[size] % alignof(max_align_t), 0);
        assert_true(is_zero(p[size], size));
        memset(p[size], (int)size, size);
    }
    for (size_t size = 0; size < SIZES; size++)
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[size][i], size);
    assert_ptr_not_equal(p[0], p[1]); /* nothing, too, has a place of its own */
    tcs_arena_done(&a);
}

static void limit_holds_and_what_is_left_can_be_used(void **state)
{
    (void)state;
    size_t block = usual_block();
    struct tcs_arena a;
    tcs_arena_init(&a, 3 * block + block / 2);
    size_t taken = 0;
    while (tcs_arena_alloc(&a, 1000)) {
        taken += 1000;
        assert_true(a.used <= a.limit);
    }
    assert_int_equal(a.used, 3 * block);
    assert_true(taken > 2 * block);
    /* Refusing a large piece must not refuse a small one that still fits. */
    assert_true(a.left > 0);
    assert_non_null(tcs_arena_alloc(&a, a.left));
    assert_null(tcs_arena_alloc(&a, 1));
    tcs_arena_done(&a);
}

static void limit_below_a_block_refuses_everything(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, usual_block() - 1);
    assert_null(tcs_arena_alloc(&a, 1));
    assert_int_equal(a.used, 0);
    tcs_arena_init(&a, 0);
    assert_null(tcs_arena_alloc(&a, 0));
    tcs_arena_done(&a);
}

static void large_pieces_get_blocks_of_their_own(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, 1 << 20);
    uint8_t *small = tcs_arena_alloc(&a, 100);
    size_t used = a.used;
    uint8_t *large = tcs_arena_alloc(&a, 200000);
    assert_non_null(large);
    memset(large, 0xAA, 200000);
    assert_true(is_zero(small, 100));
    assert_in_range(a.used - used, 200000, 200100);
    /* The block of before stays in use: a parser that mixes large and small must not waste a block each time. */
    used = a.used;
    assert_non_null(tcs_arena_alloc(&a, 100));
    assert_int_equal(a.used, used);
    tcs_arena_done(&a);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, SIZE_MAX);
    assert_null(tcs_arena_alloc(&a, SIZE_MAX));
    assert_null(tcs_arena_alloc(&a, SIZE_MAX - 8));
    assert_null(tcs_arena_alloc(&a, SIZE_MAX - 15)); /* itself a size, but not with the head of a block */
    assert_null(tcs_arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(tcs_arena_array(&a, 3, SIZE_MAX / 2));
    /* 2^32 * 2^32 wraps to 0, which would be granted. */
    assert_null(tcs_arena_array(&a, (size_t)1 << 32, (size_t)1 << 32));
    assert_non_null(tcs_arena_array(&a, 0, SIZE_MAX));
    assert_non_null(tcs_arena_array(&a, 7, 13));
    tcs_arena_done(&a);
}

static void reset_keeps_one_block(void **state)
{
    (void)state;
    size_t block = usual_block();
    struct tcs_arena a;
    tcs_arena_init(&a, 1 << 20);
    for (int i = 0; i < 5; i++)
        memset(tcs_arena_alloc(&a, 20000), 0xFF, 20000);
    memset(tcs_arena_alloc(&a, 100000), 0xFF, 100000);
    tcs_arena_reset(&a);
    assert_int_equal(a.used, block);
    /* The next unit of work takes nothing from the system and finds no rest of the last one. */
    uint8_t *p = tcs_arena_alloc(&a, 20000);
    assert_int_equal(a.used, block);
    assert_true(is_zero(p, 20000));
    tcs_arena_done(&a);
    assert_int_equal(a.used, 0);
}

static void reset_gives_large_blocks_back(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, 1 << 20);
    assert_non_null(tcs_arena_alloc(&a, 500000));
    tcs_arena_reset(&a);
    assert_int_equal(a.used, 0);
    /* so that the limit is there again in full */
    assert_non_null(tcs_arena_alloc(&a, 900000));
    tcs_arena_done(&a);
}

static void done_leaves_a_usable_arena(void **state)
{
    (void)state;
    struct tcs_arena a;
    tcs_arena_init(&a, 1 << 20);
    assert_non_null(tcs_arena_alloc(&a, 10));
    tcs_arena_done(&a);
    assert_int_equal(a.limit, 1 << 20);
    assert_non_null(tcs_arena_alloc(&a, 10));
    tcs_arena_done(&a);
}

static void copies_are_copies(void **state)
{
    (void)state;
    struct tcs_arena a;
    bool ok = false;
    char text[] = "cmd\0.exe";
    tcs_arena_init(&a, 1 << 20);
    struct tcs_str copy = tcs_arena_str(&a, (struct tcs_str){text, sizeof text - 1}, &ok);
    assert_true(ok);
    memset(text, 'x', sizeof text);
    check_str("a NUL inside is data", copy, TCS_STR("cmd\0.exe"));
    assert_non_null(tcs_arena_copy(&a, NULL, 0));
    tcs_arena_done(&a);
}

static void empty_text_needs_no_memory(void **state)
{
    (void)state;
    struct tcs_arena a;
    bool ok = false;
    tcs_arena_init(&a, 0);
    struct tcs_str copy = tcs_arena_str(&a, (struct tcs_str){NULL, 0}, &ok);
    assert_true(ok);
    assert_non_null(copy.p);
    assert_int_equal(copy.len, 0);
    copy = tcs_arena_str(&a, TCS_STR("x"), &ok);
    assert_false(ok);
    assert_int_equal(copy.len, 0);
    assert_non_null(copy.p);
    tcs_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_nothing_before_it_must),
        cmocka_unit_test(every_size_is_aligned_zeroed_and_apart),
        cmocka_unit_test(limit_holds_and_what_is_left_can_be_used),
        cmocka_unit_test(limit_below_a_block_refuses_everything),
        cmocka_unit_test(large_pieces_get_blocks_of_their_own),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(reset_keeps_one_block),
        cmocka_unit_test(reset_gives_large_blocks_back),
        cmocka_unit_test(done_leaves_a_usable_arena),
        cmocka_unit_test(copies_are_copies),
        cmocka_unit_test(empty_text_needs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
