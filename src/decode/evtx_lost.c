#include "decode/evtx.h"

/*
 * The slots that mean the same in every outer template, in the order in which
 * Windows writes System. What the templates themselves say in words (computer,
 * often provider and channel) is lost with them.
 */
static const struct place {
    struct tcs_str element, attribute; /* an empty attribute: the element's content */
    uint16_t slot;
} places[] = {
    {TCS_STR_INIT("EventID"), TCS_STR_INIT("Qualifiers"), 4},
    {TCS_STR_INIT("EventID"), TCS_STR_INIT(""), 3},
    {TCS_STR_INIT("Version"), TCS_STR_INIT(""), 11},
    {TCS_STR_INIT("Level"), TCS_STR_INIT(""), 0},
    {TCS_STR_INIT("Task"), TCS_STR_INIT(""), 2},
    {TCS_STR_INIT("Opcode"), TCS_STR_INIT(""), 1},
    {TCS_STR_INIT("Keywords"), TCS_STR_INIT(""), 5},
    {TCS_STR_INIT("TimeCreated"), TCS_STR_INIT("SystemTime"), 6},
    {TCS_STR_INIT("EventRecordID"), TCS_STR_INIT(""), 10},
    {TCS_STR_INIT("Correlation"), TCS_STR_INIT("ActivityID"), 7},
    {TCS_STR_INIT("Execution"), TCS_STR_INIT("ProcessID"), 8},
    {TCS_STR_INIT("Execution"), TCS_STR_INIT("ThreadID"), 9},
    {TCS_STR_INIT("Security"), TCS_STR_INIT("UserID"), 12},
};
enum { PLACE_COUNT = sizeof places / sizeof places[0] };

/* The element that begins at places[i], with its attributes and its content; gives the place behind it. */
static size_t put_element(struct tcs_layout_builder *b, size_t i)
{
    struct tcs_str name = places[i].element;
    tcs_layout_element(b, name, TCS_NO_SLOT);
    for (; i < PLACE_COUNT && tcs_str_eq(places[i].element, name) && places[i].attribute.len; i++) {
        tcs_layout_attribute(b, places[i].attribute);
        tcs_layout_slot(b, places[i].slot, TCS_VALUE_NULL, true);
    }
    tcs_layout_content(b);
    if (i < PLACE_COUNT && tcs_str_eq(places[i].element, name))
        tcs_layout_slot(b, places[i++].slot, TCS_VALUE_NULL, true);
    tcs_layout_end(b);
    return i;
}

const struct tcs_layout *evtx_lost_layout(struct evtx_templates *t)
{
    if (t->lost.node_count)
        return &t->lost;
    tcs_layout_begin(&t->builder, &t->arena);
    tcs_layout_element(&t->builder, TCS_STR("Event"), TCS_NO_SLOT);
    tcs_layout_content(&t->builder);
    tcs_layout_element(&t->builder, TCS_STR("System"), TCS_NO_SLOT);
    tcs_layout_content(&t->builder);
    for (size_t i = 0; i < PLACE_COUNT;)
        i = put_element(&t->builder, i);
    tcs_layout_end(&t->builder);
    tcs_layout_end(&t->builder);
    return tcs_layout_finish(&t->builder, &t->lost) == TCS_OK ? &t->lost : NULL;
}
