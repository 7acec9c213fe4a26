#include "base/slots.h"

#include <stdlib.h>
#include <string.h>

void tcs_slots_init(struct tcs_slots *s, size_t size, uint32_t limit)
{
    *s = (struct tcs_slots){.size = size, .limit = limit, .free_head = TCS_NO_PLACE};
}

void tcs_slots_done(struct tcs_slots *s)
{
    for (size_t i = 0; i < s->block_count; i++)
        free(s->blocks[i]);
    free(s->blocks);
    tcs_slots_init(s, s->size, s->limit);
}

static bool add_block(struct tcs_slots *s)
{
    uint8_t **blocks = realloc(s->blocks, (s->block_count + 1) * sizeof *blocks);
    if (blocks == NULL)
        return false;
    s->blocks = blocks;
    uint8_t *block = malloc(TCS_SLOTS_BLOCK * s->size);
    if (block == NULL)
        return false;
    s->blocks[s->block_count++] = block;
    return true;
}

uint32_t tcs_slots_take(struct tcs_slots *s)
{
    uint32_t place = s->free_head;
    if (place != TCS_NO_PLACE) {
        memcpy(&s->free_head, tcs_slots_at(s, place), sizeof s->free_head);
    } else {
        if (s->used == s->limit || (s->used / TCS_SLOTS_BLOCK == s->block_count && !add_block(s)))
            return TCS_NO_PLACE;
        place = s->used++;
    }
    s->live++;
    memset(tcs_slots_at(s, place), 0, s->size);
    return place;
}

bool tcs_slots_take_at(struct tcs_slots *s, uint32_t place)
{
    if (place < s->used || place >= s->limit)
        return false;
    while (place / TCS_SLOTS_BLOCK >= s->block_count)
        if (!add_block(s))
            return false;
    for (; s->used <= place; s->used++) {
        memset(tcs_slots_at(s, s->used), 0, s->size);
        s->live++;
        if (s->used < place)
            tcs_slots_give(s, s->used);
    }
    return true;
}

void tcs_slots_give(struct tcs_slots *s, uint32_t place)
{
    memcpy(tcs_slots_at(s, place), &s->free_head, sizeof s->free_head);
    s->free_head = place;
    s->live--;
}
