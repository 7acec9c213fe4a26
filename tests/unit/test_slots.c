#include "unit.h"

#include "base/slots.h"

struct thing {
    uint32_t number;
    uint8_t bytes[37];
};

static void places_are_numbered_from_zero(void **state)
{
    (void)state;
    struct tcs_slots s;
    tcs_slots_init(&s, sizeof(struct thing), 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(tcs_slots_take(&s), i);
    assert_int_equal(s.live, 3);
    assert_int_equal(tcs_slots_take(&s), TCS_NO_PLACE);
    assert_int_equal(s.live, 3);
    tcs_slots_done(&s);
}

static void no_place_at_all(void **state)
{
    (void)state;
    struct tcs_slots s;
    tcs_slots_init(&s, sizeof(struct thing), 0);
    assert_int_equal(tcs_slots_take(&s), TCS_NO_PLACE);
    tcs_slots_done(&s);
}

static void a_place_given_back_is_taken_again_zeroed(void **state)
{
    (void)state;
    struct tcs_slots s;
    tcs_slots_init(&s, sizeof(struct thing), 2);
    tcs_slots_take(&s);
    uint32_t place = tcs_slots_take(&s);
    memset(tcs_slots_at(&s, place), 0xFF, sizeof(struct thing));
    tcs_slots_give(&s, place);
    assert_int_equal(s.live, 1);
    assert_int_equal(tcs_slots_take(&s), place);
    const uint8_t *p = tcs_slots_at(&s, place);
    for (size_t i = 0; i < sizeof(struct thing); i++)
        assert_int_equal(p[i], 0);
    assert_int_equal(s.used, 2);
    tcs_slots_done(&s);
}

/* Many at once, over several blocks: nobody moves, nobody overlaps. */
static void things_stay_where_they_are(void **state)
{
    (void)state;
    enum { MANY = 2000 };
    static struct thing *at[MANY];
    struct tcs_slots s;
    tcs_slots_init(&s, sizeof(struct thing), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t place = tcs_slots_take(&s);
        at[i] = tcs_slots_at(&s, place);
        at[i]->number = place;
        memset(at[i]->bytes, (int)(i & 0xFF), sizeof at[i]->bytes);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_ptr_equal(tcs_slots_at(&s, i), at[i]);
        assert_int_equal(at[i]->number, i);
        assert_int_equal(at[i]->bytes[36], i & 0xFF);
    }
    assert_int_equal(tcs_slots_take(&s), TCS_NO_PLACE);
    tcs_slots_done(&s);
}

static void coming_and_going(void **state)
{
    (void)state;
    enum { MOST = 300 };
    struct tcs_slots s;
    uint32_t number_at[MOST];
    bool taken[MOST] = {false};
    uint32_t live = 0;
    uint64_t seed = 9;
    tcs_slots_init(&s, sizeof(struct thing), MOST);
    for (uint32_t step = 0; step < 20000; step++) {
        uint32_t victim = (uint32_t)unit_random_below(&seed, MOST);
        if (taken[victim] && unit_random(&seed) % 2) {
            assert_int_equal(((struct thing *)tcs_slots_at(&s, victim))->number, number_at[victim]);
            tcs_slots_give(&s, victim);
            taken[victim] = false;
            live--;
        } else {
            uint32_t place = tcs_slots_take(&s);
            assert_int_equal(place == TCS_NO_PLACE, live == MOST);
            if (place == TCS_NO_PLACE)
                continue;
            assert_true(place < MOST && !taken[place]);
            taken[place] = true;
            number_at[place] = step;
            ((struct thing *)tcs_slots_at(&s, place))->number = step;
            live++;
        }
        assert_int_equal(s.live, live);
    }
    tcs_slots_done(&s);
    assert_int_equal(s.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_numbered_from_zero),
        cmocka_unit_test(no_place_at_all),
        cmocka_unit_test(a_place_given_back_is_taken_again_zeroed),
        cmocka_unit_test(things_stay_where_they_are),
        cmocka_unit_test(coming_and_going),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
