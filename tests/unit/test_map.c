#include "unit.h"

#include "base/map.h"

enum { SLOTS = 4096 };

/* What the owner of the slots knows: the hash and the key of each thing that is in the map. */
struct model {
    uint64_t hash[SLOTS];
    bool present[SLOTS];
    size_t count;
};

static bool same_slot(const void *ctx, const void *key, uint32_t slot)
{
    (void)ctx;
    return *(const uint32_t *)key == slot;
}

static uint32_t find(const struct tcs_map *m, uint64_t hash, uint32_t slot)
{
    return tcs_map_find(m, hash, same_slot, NULL, &slot);
}

static void check_all(const struct tcs_map *m, const struct model *model)
{
    assert_int_equal(m->count, model->count);
    for (uint32_t i = 0; i < SLOTS; i++)
        assert_int_equal(find(m, model->hash[i], i), model->present[i] ? i : TCS_MAP_NONE);
}

static void an_empty_map(void **state)
{
    (void)state;
    struct tcs_map m = {0};
    assert_int_equal(find(&m, 1, 1), TCS_MAP_NONE);
    tcs_map_remove(&m, 1, 1);
    tcs_map_clear(&m);
    assert_int_equal(m.count, 0);
    tcs_map_done(&m);
}

static void add_find_remove(void **state)
{
    (void)state;
    struct tcs_map m = {0};
    assert_true(tcs_map_add(&m, 7, 100));
    assert_int_equal(find(&m, 7, 100), 100);
    assert_int_equal(find(&m, 8, 100), TCS_MAP_NONE); /* the hash counts */
    assert_int_equal(find(&m, 7, 101), TCS_MAP_NONE); /* and so does the thing */
    tcs_map_remove(&m, 7, 101);
    tcs_map_remove(&m, 8, 100);
    assert_int_equal(m.count, 1);
    tcs_map_remove(&m, 7, 100);
    assert_int_equal(m.count, 0);
    assert_int_equal(find(&m, 7, 100), TCS_MAP_NONE);
    tcs_map_done(&m);
}

/* Hashes of few values, so that long runs form, over the end of the array too, and are torn open in the middle. */
static void agrees_with_a_naive_model(void **state)
{
    (void)state;
    static const unsigned spreads[] = {1, 3, 16, 200, 1 << 20};
    for (size_t s = 0; s < COUNT_OF(spreads); s++) {
        static struct model model;
        struct tcs_map m = {0};
        uint64_t seed = 7 + s;
        memset(&model, 0, sizeof model);
        for (unsigned i = 0; i < SLOTS; i++)
            model.hash[i] = unit_random(&seed) % spreads[s] - spreads[s] / 2;
        size_t steps = spreads[s] < 16 ? 2000 : 40000; /* runs as long as the map are slow */
        for (size_t step = 0; step < steps; step++) {
            uint32_t slot = (uint32_t)unit_random_below(&seed, spreads[s] < 16 ? SLOTS / 8 : SLOTS);
            if (model.present[slot]) {
                tcs_map_remove(&m, model.hash[slot], slot);
                model.count--;
            } else {
                assert_true(tcs_map_add(&m, model.hash[slot], slot));
                model.count++;
            }
            model.present[slot] = !model.present[slot];
        }
        check_all(&m, &model);
        tcs_map_done(&m);
    }
}

static void growth_loses_nothing(void **state)
{
    (void)state;
    struct tcs_map m = {0};
    uint64_t seed = 8;
    static uint64_t hashes[20000];
    for (uint32_t i = 0; i < COUNT_OF(hashes); i++) {
        hashes[i] = unit_random(&seed);
        assert_true(tcs_map_add(&m, hashes[i], i));
        /* A power of two with room to spare: otherwise a search for what is not there would not end. */
        assert_true((m.cap & (m.cap - 1)) == 0 && m.count < m.cap);
    }
    for (uint32_t i = 0; i < COUNT_OF(hashes); i++)
        assert_int_equal(find(&m, hashes[i], i), i);
    tcs_map_done(&m);
}

/* A run of equal hashes, emptied from its start, its end, and its middle. */
static void removing_in_a_run(void **state)
{
    (void)state;
    static const uint32_t orders[][5] = {{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}};
    for (size_t o = 0; o < COUNT_OF(orders); o++) {
        struct tcs_map m = {0};
        /* Homes 13, 14, 15, 15, 15 of 16: the run goes over the end. */
        static const uint64_t hashes[5] = {13, 14, 15, 15, 15};
        for (uint32_t i = 0; i < 5; i++)
            assert_true(tcs_map_add(&m, hashes[i], i));
        for (unsigned gone = 0; gone < 5; gone++) {
            tcs_map_remove(&m, hashes[orders[o][gone]], orders[o][gone]);
            for (unsigned k = 0; k < 5; k++)
                assert_int_equal(find(&m, hashes[orders[o][k]], orders[o][k]),
                                 k > gone ? orders[o][k] : TCS_MAP_NONE);
        }
        tcs_map_done(&m);
    }
}

/* Only the low half of the hash is kept; the owner tells things apart whose low halves are the same. */
static void high_halves_may_differ(void **state)
{
    (void)state;
    struct tcs_map m = {0};
    uint64_t a = UINT64_C(0x100000005), b = UINT64_C(0x200000005);
    assert_true(tcs_map_add(&m, a, 1));
    assert_true(tcs_map_add(&m, b, 2));
    assert_int_equal(find(&m, a, 1), 1);
    assert_int_equal(find(&m, b, 2), 2);
    tcs_map_remove(&m, a, 1);
    assert_int_equal(find(&m, a, 1), TCS_MAP_NONE);
    assert_int_equal(find(&m, b, 2), 2);
    tcs_map_done(&m);
}

static void clear_keeps_the_memory(void **state)
{
    (void)state;
    struct tcs_map m = {0};
    for (uint32_t i = 0; i < 100; i++)
        assert_true(tcs_map_add(&m, i, i));
    size_t cap = m.cap;
    tcs_map_clear(&m);
    assert_int_equal(m.count, 0);
    assert_int_equal(m.cap, cap);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(find(&m, i, i), TCS_MAP_NONE);
    assert_true(tcs_map_add(&m, 5, 5));
    assert_int_equal(find(&m, 5, 5), 5);
    tcs_map_done(&m);
    assert_int_equal(m.cap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map),
        cmocka_unit_test(add_find_remove),
        cmocka_unit_test(agrees_with_a_naive_model),
        cmocka_unit_test(growth_loses_nothing),
        cmocka_unit_test(removing_in_a_run),
        cmocka_unit_test(high_halves_may_differ),
        cmocka_unit_test(clear_keeps_the_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
