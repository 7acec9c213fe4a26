/*
 * The layout of a record: its elements and attributes in order, and where
 * each value comes from.
 *
 * Every format gives its records in this one shape. An EVTX template is a
 * layout whose values are the slots of the instance; a record without a
 * template (forwarded, XML, JSON) is a layout of literals; an .evt record is
 * one of a few layouts that differ in the number of strings. Whoever
 * renders or reads a record needs to know nothing else.
 */
#ifndef TCS_MODEL_LAYOUT_H
#define TCS_MODEL_LAYOUT_H

#include "base/bytes.h"

#define TCS_NO_SLOT 0xFFFFu

/*
 * One step of the document. A start tag is ELEMENT, then ATTRIBUTEs each
 * followed by their value nodes, then CONTENT; END closes the innermost
 * element.
 */
enum tcs_node_kind {
    TCS_NODE_ELEMENT,   /* text is the name; with dep set, absent if that slot has no value */
    TCS_NODE_ATTRIBUTE, /* text is the name */
    TCS_NODE_CONTENT,   /* the start tag is complete */
    TCS_NODE_END,
    TCS_NODE_TEXT, /* text is literal character data, unescaped */
    TCS_NODE_SLOT, /* the value in slot */
    TCS_NODE_PI,   /* processing instruction; text is target and data */
};

/* What is known of an element beside its name. */
enum tcs_element_shape {
    TCS_ELEMENT_LEAF = 1 << 0,     /* it holds no elements, also none in a slot */
    TCS_ELEMENT_REPEATED = 1 << 1, /* others beside it have the same key */
    TCS_ELEMENT_FIRST = 1 << 2,    /* REPEATED, and it is the first of them */
};

struct tcs_node {
    struct tcs_str text;
    struct tcs_str key; /* ELEMENT: its name, or the Name of a <Data>; empty for an unnamed <Data> */
    uint32_t end;       /* ELEMENT: index of its END; END: index of its ELEMENT */
    uint16_t slot;      /* SLOT */
    uint16_t depends;   /* ELEMENT: slot it depends on, TCS_NO_SLOT if none */
    uint8_t kind;       /* enum tcs_node_kind */
    uint8_t type;       /* SLOT: the declared type; the value's own type decides */
    uint8_t shape;      /* ELEMENT: enum tcs_element_shape */
    bool optional;      /* SLOT: without a value, what contains it is left out */
};

/* A single value: a slot of the instance, or a literal. Neither if slot is TCS_NO_SLOT and literal.p is NULL.
 */
struct tcs_source {
    struct tcs_str literal;
    uint16_t slot;
};

/* What stands in Event/System, in the order of Windows. */
enum tcs_system_key {
    TCS_SYS_PROVIDER,      /* Provider/@Name */
    TCS_SYS_PROVIDER_GUID, /* Provider/@Guid */
    TCS_SYS_EVENT_SOURCE,  /* Provider/@EventSourceName */
    TCS_SYS_EVENT_ID,      /* EventID */
    TCS_SYS_QUALIFIERS,    /* EventID/@Qualifiers */
    TCS_SYS_VERSION,       /* Version */
    TCS_SYS_LEVEL,         /* Level */
    TCS_SYS_TASK,          /* Task */
    TCS_SYS_OPCODE,        /* Opcode */
    TCS_SYS_KEYWORDS,      /* Keywords */
    TCS_SYS_TIME,          /* TimeCreated/@SystemTime */
    TCS_SYS_RECORD_ID,     /* EventRecordID */
    TCS_SYS_ACTIVITY,      /* Correlation/@ActivityID */
    TCS_SYS_RELATED,       /* Correlation/@RelatedActivityID */
    TCS_SYS_PROCESS,       /* Execution/@ProcessID */
    TCS_SYS_THREAD,        /* Execution/@ThreadID */
    TCS_SYS_CHANNEL,       /* Channel */
    TCS_SYS_COMPUTER,      /* Computer */
    TCS_SYS_USER,          /* Security/@UserID */
    TCS_SYS_COUNT
};

/* A value of the event's own data and the name it goes by; unnamed <Data> have an empty name. */
struct tcs_field {
    struct tcs_str name;
    struct tcs_source source;
};

struct tcs_layout {
    const struct tcs_node *nodes;
    size_t node_count;
    struct tcs_source system[TCS_SYS_COUNT];
    const struct tcs_field *fields; /* leaves outside System and RenderingInfo, in document order */
    size_t field_count;
    struct tcs_str root; /* name of the outermost element */
    uint16_t nested;     /* slot of a value that holds further elements (type 21), TCS_NO_SLOT if none */
    uint16_t slots;      /* highest slot used, plus one */
    uint64_t id; /* differs for any two layouts that can be alive in one decoder; 0 = made for one record */
};

#endif
