#include "layout_text.h"

/* A builder with its memory, and what it made. */
struct bench {
    struct tcs_decode_limits limits;
    struct tcs_layout_builder b;
    struct tcs_arena arena;
    struct tcs_layout layout;
};

static int set_up(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    assert_non_null(x);
    x->limits = tcs_default_decode_limits;
    tcs_arena_init(&x->arena, 8 << 20);
    tcs_layout_builder_init(&x->b, &x->limits);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *x = *state;
    tcs_layout_builder_done(&x->b);
    tcs_arena_done(&x->arena);
    free(x);
    return 0;
}

static enum tcs_code build(struct bench *x, const char *xml)
{
    tcs_layout_begin(&x->b, &x->arena);
    layout_steps(&x->b, xml);
    return tcs_layout_finish(&x->b, &x->layout);
}

/* The kinds of all nodes, one letter each: E element, A attribute, C content, N end, T text, S slot, P instruction. */
static void check_kinds(const struct bench *x, const char *want)
{
    char got[256];
    assert_true(x->layout.node_count < sizeof got);
    for (size_t i = 0; i < x->layout.node_count; i++)
        got[i] = "EACNTSP"[x->layout.nodes[i].kind];
    check_text("kinds of nodes", (struct tcs_str){got, x->layout.node_count}, want);
}

/* ---- nodes ---- */

static void nodes_in_document_order(void **state)
{
    struct bench *x = *state;
    assert_int_equal(build(x, "<a b=\"c{1}\" d=\"{2?}\"><e/>text{3}</a>"), TCS_OK);
    check_kinds(x, "EATSASCECNTSN");
    const struct tcs_node *n = x->layout.nodes;
    check_text("element", n[0].text, "a");
    check_text("attribute", n[1].text, "b");
    check_text("its text", n[2].text, "c");
    assert_int_equal(n[3].slot, 1);
    assert_false(n[3].optional);
    assert_true(n[5].optional);
    check_text("text", n[10].text, "text");
    /* Ends and starts know each other. */
    assert_int_equal(n[0].end, 12);
    assert_int_equal(n[12].end, 0);
    assert_int_equal(n[7].end, 9);
    assert_int_equal(n[9].end, 7);
    check_text("root", x->layout.root, "a");
    assert_int_equal(x->layout.id, 0);
}

static void text_stays_when_its_source_goes(void **state)
{
    struct bench *x = *state;
    char text[] = "value";
    tcs_layout_begin(&x->b, &x->arena);
    tcs_layout_element(&x->b, TCS_STR("a"), TCS_NO_SLOT);
    tcs_layout_content(&x->b);
    tcs_layout_text(&x->b, (struct tcs_str){text, 5});
    tcs_layout_end(&x->b);
    memset(text, 'x', sizeof text);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_OK);
    check_text("copied", x->layout.nodes[2].text, "value");
}

/* Entities split a text into pieces. A rule that saw only the first could be evaded by an ampersand. */
static void pieces_of_text_become_one(void **state)
{
    struct bench *x = *state;
    tcs_layout_begin(&x->b, &x->arena);
    tcs_layout_element(&x->b, TCS_STR("a"), TCS_NO_SLOT);
    tcs_layout_attribute(&x->b, TCS_STR("n"));
    tcs_layout_text(&x->b, TCS_STR("v"));
    tcs_layout_text(&x->b, TCS_STR("w"));
    tcs_layout_content(&x->b);
    tcs_layout_text(&x->b, TCS_STR("cmd "));
    tcs_layout_text(&x->b, TCS_STR("&"));
    tcs_layout_text(&x->b, TCS_STR(""));
    tcs_layout_text_utf16(&x->b, (struct tcs_utf16){(const uint8_t *)" \0w\0\xE4\0", 3});
    tcs_layout_slot(&x->b, 0, TCS_VALUE_STRING, false);
    tcs_layout_text(&x->b, TCS_STR("behind"));
    tcs_layout_end(&x->b);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_OK);
    check_kinds(x, "EATCTSTN");
    check_text("attribute", x->layout.nodes[2].text, "vw");
    check_text("content", x->layout.nodes[4].text, "cmd & w\xC3\xA4");
    check_text("behind the slot", x->layout.nodes[6].text, "behind");
}

/* A surrogate pair may be split too: each half alone is damage. */
static void names_are_converted(void **state)
{
    struct bench *x = *state;
    tcs_layout_begin(&x->b, &x->arena);
    check_text("name", tcs_layout_name(&x->b, (struct tcs_utf16){(const uint8_t *)"a\0\xE4\0", 2}), "a\xC3\xA4");
    check_text("stray", tcs_layout_name(&x->b, (struct tcs_utf16){(const uint8_t *)"\x00\xD8", 1}), "\xEF\xBF\xBD");
    check_text("none", tcs_layout_name(&x->b, (struct tcs_utf16){NULL, 0}), "");
    assert_int_equal(x->b.failed, TCS_OK);
}

/* ---- impossible orders ---- */

/* One letter a step: e element, a and b attributes, c content, n end, t text, s slot. */
static enum tcs_code take_steps(struct bench *x, const char *steps)
{
    tcs_layout_begin(&x->b, &x->arena);
    for (; *steps; steps++) {
        switch (*steps) {
        case 'e':
            tcs_layout_element(&x->b, TCS_STR("e"), TCS_NO_SLOT);
            break;
        case 'a':
        case 'b':
            tcs_layout_attribute(&x->b, *steps == 'a' ? TCS_STR("a") : TCS_STR("b"));
            break;
        case 'c':
            tcs_layout_content(&x->b);
            break;
        case 'n':
            tcs_layout_end(&x->b);
            break;
        case 't':
            tcs_layout_text(&x->b, TCS_STR("t"));
            break;
        default:
            tcs_layout_slot(&x->b, 0, TCS_VALUE_STRING, false);
        }
    }
    return tcs_layout_finish(&x->b, &x->layout);
}

static void possible_orders(void **state)
{
    struct bench *x = *state;
    static const char *const cases[] = {"ecn", "eacn", "eatcn", "eascn", "eabcn", "ectn", "ecsn", "ecstsn", "ececnn",
                                        "ecteacntn"};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i], take_steps(x, cases[i]), TCS_OK);
}

static void impossible_orders(void **state)
{
    struct bench *x = *state;
    static const char *const cases[] = {
        "",        /* nothing at all */
        "e",       /* not complete */
        "ec",      /* not closed */
        "ececn",   /* one not closed */
        "n",       /* nothing to close */
        "ecnn",    /* closed twice */
        "en",      /* closed within its start tag */
        "ean",     /* likewise, behind an attribute */
        "eecnn",   /* an element within a start tag */
        "eaecn",   /* likewise */
        "a",       /* an attribute of nothing */
        "eaacn",   /* an attribute twice, which no XML may have */
        "eabacn",  /* likewise */
        "eatacn",  /* likewise */
        "ecan",    /* an attribute behind the start tag */
        "ecnacn",  /* likewise, behind the element */
        "c",       /* the end of no start tag */
        "eccn",    /* ended twice */
        "t",       /* text of nothing */
        "tecn",    /* text before the root */
        "ecnt",    /* text behind the root */
        "etcn",    /* text straight behind the name of an element */
        "s",       /* a value of nothing */
        "secn",    /* a value before the root */
        "ecns",    /* a value behind the root */
        "escn",    /* a value straight behind the name of an element */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i], take_steps(x, cases[i]), TCS_FORMAT);
}

static void a_failure_is_kept(void **state)
{
    struct bench *x = *state;
    assert_int_equal(take_steps(x, "ecnnecn"), TCS_FORMAT); /* what follows is right and does not help */
    assert_int_equal(build(x, "<a>t</a>"), TCS_OK);         /* the next layout is not touched by it */
    check_kinds(x, "ECTN");
}

/* ---- limits ---- */

static enum tcs_code build_deep(struct bench *x, unsigned depth)
{
    tcs_layout_begin(&x->b, &x->arena);
    for (unsigned i = 0; i < depth; i++) {
        tcs_layout_element(&x->b, TCS_STR("e"), TCS_NO_SLOT);
        tcs_layout_content(&x->b);
    }
    for (unsigned i = 0; i < depth; i++)
        tcs_layout_end(&x->b);
    return tcs_layout_finish(&x->b, &x->layout);
}

static void depth_is_limited(void **state)
{
    struct bench *x = *state;
    x->limits.element_depth = 5;
    assert_int_equal(build_deep(x, 5), TCS_OK);
    assert_int_equal(build_deep(x, 6), TCS_LIMIT);
    /* However large the limit that is passed in: tables of fixed size end at 64. */
    x->limits.element_depth = 100000;
    assert_int_equal(build_deep(x, 64), TCS_OK);
    assert_int_equal(build_deep(x, 65), TCS_LIMIT);
    assert_int_equal(build_deep(x, 5000), TCS_LIMIT);
}

static void nodes_are_limited(void **state)
{
    struct bench *x = *state;
    x->limits.nodes = 6;
    assert_int_equal(build(x, "<a><b/></a>"), TCS_OK);
    assert_int_equal(build(x, "<a>t<b/></a>"), TCS_LIMIT);
    x->limits.nodes = 100000;
    tcs_layout_begin(&x->b, &x->arena);
    tcs_layout_element(&x->b, TCS_STR("a"), TCS_NO_SLOT);
    tcs_layout_content(&x->b);
    for (unsigned i = 0; i < 1000; i++)
        layout_steps(&x->b, "<b/>");
    tcs_layout_end(&x->b);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_OK);
    assert_int_equal(x->layout.node_count, 3003);
    assert_int_equal(x->layout.field_count, 1000);
}

static void text_is_limited(void **state)
{
    struct bench *x = *state;
    static char much[1 << 20];
    memset(much, 'x', sizeof much);
    tcs_layout_begin(&x->b, &x->arena);
    tcs_layout_element(&x->b, TCS_STR("a"), TCS_NO_SLOT);
    tcs_layout_content(&x->b);
    for (unsigned i = 0; i < 5; i++)
        tcs_layout_text(&x->b, (struct tcs_str){much, sizeof much});
    tcs_layout_end(&x->b);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_LIMIT);
    assert_int_equal(build(x, "<a>t</a>"), TCS_OK);
}

/* With no memory, or with too little for one of the later steps, it fails and never half succeeds. */
static void memory_is_limited(void **state)
{
    struct bench *x = *state;
    for (size_t limit = 0; limit < 200000; limit += 5000) {
        struct tcs_arena small;
        tcs_arena_init(&small, limit);
        tcs_layout_begin(&x->b, &small);
        layout_steps(&x->b, "<Event><System><EventID>1</EventID></System><EventData>");
        for (unsigned i = 0; i < 200; i++)
            layout_steps(&x->b, "<Data Name=\"n\">value</Data>");
        layout_steps(&x->b, "</EventData></Event>");
        enum tcs_code code = tcs_layout_finish(&x->b, &x->layout);
        assert_true(code == TCS_NOMEM || (code == TCS_OK && x->layout.field_count == 200));
        assert_true(limit > 32768 || code == TCS_NOMEM);
        assert_true(limit < 190000 || code == TCS_OK);
        tcs_arena_done(&small);
    }
}

/* ---- System ---- */

static const char *const whole_system =
    "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System>"
    "<Provider Name=\"{14}\" Guid=\"{15}\" EventSourceName=\"{20}\"/><EventID Qualifiers=\"{4}\">{3}</EventID>"
    "<Version>{11}</Version><Level>{0}</Level><Task>{2}</Task><Opcode>{1}</Opcode><Keywords>{5}</Keywords>"
    "<TimeCreated SystemTime=\"{6}\"/><EventRecordID>{10}</EventRecordID>"
    "<Correlation ActivityID=\"{7}\" RelatedActivityID=\"{13}\"/><Execution ProcessID=\"{8}\" ThreadID=\"{9}\"/>"
    "<Channel>{16}</Channel><Computer>WEB01</Computer><Security UserID=\"{12}\"/></System></Event>";

static void all_of_system_is_found(void **state)
{
    struct bench *x = *state;
    static const uint16_t want[TCS_SYS_COUNT] = {
        [TCS_SYS_PROVIDER] = 14, [TCS_SYS_PROVIDER_GUID] = 15, [TCS_SYS_EVENT_SOURCE] = 20, [TCS_SYS_EVENT_ID] = 3,
        [TCS_SYS_QUALIFIERS] = 4, [TCS_SYS_VERSION] = 11,      [TCS_SYS_LEVEL] = 0,         [TCS_SYS_TASK] = 2,
        [TCS_SYS_OPCODE] = 1,     [TCS_SYS_KEYWORDS] = 5,      [TCS_SYS_TIME] = 6,          [TCS_SYS_RECORD_ID] = 10,
        [TCS_SYS_ACTIVITY] = 7,   [TCS_SYS_RELATED] = 13,      [TCS_SYS_PROCESS] = 8,       [TCS_SYS_THREAD] = 9,
        [TCS_SYS_CHANNEL] = 16,   [TCS_SYS_COMPUTER] = TCS_NO_SLOT, [TCS_SYS_USER] = 12,
    };
    assert_int_equal(build(x, whole_system), TCS_OK);
    for (unsigned key = 0; key < TCS_SYS_COUNT; key++)
        assert_int_equal(x->layout.system[key].slot, want[key]);
    check_text("a literal", x->layout.system[TCS_SYS_COMPUTER].literal, "WEB01");
    assert_int_equal(x->layout.field_count, 0); /* nothing of it is data */
    assert_int_equal(x->layout.slots, 21);
}

static void check_source(const char *what, struct tcs_source got, const char *literal)
{
    assert_int_equal(got.slot, TCS_NO_SLOT);
    if (literal)
        check_text(what, got.literal, literal);
    else
        check_true(what, got.literal.p == NULL);
}

/* Where else the same names stand they mean nothing. */
static void only_system_is_system(void **state)
{
    struct bench *x = *state;
    static const struct {
        const char *what, *xml, *id; /* NULL: not found */
    } cases[] = {
        {"right", "<Event><System><EventID>1</EventID></System></Event>", "1"},
        {"behind data", "<Event><EventData/><System><EventID>1</EventID></System></Event>", "1"},
        {"twice: the first counts",
         "<Event><System><EventID>1</EventID><EventID>2</EventID></System></Event>", "1"},
        {"two Systems", "<Event><System><EventID>1</EventID></System><System><EventID>2</EventID></System></Event>",
         "1"},
        {"in data", "<Event><UserData><System><EventID>1</EventID></System></UserData></Event>", NULL},
        {"below another root", "<Events><System><EventID>1</EventID></System></Events>", NULL},
        {"as root", "<System><EventID>1</EventID></System>", NULL},
        {"one deeper", "<Event><System><x><EventID>1</EventID></x></System></Event>", NULL},
        {"one higher", "<Event><EventID>1</EventID></Event>", NULL},
        {"small letters", "<Event><System><eventid>1</eventid></System></Event>", NULL},
        {"in an attribute", "<Event><System><x EventID=\"1\"/></System></Event>", NULL},
        {"empty", "<Event><System><EventID/></System></Event>", NULL},
        {"empty, then one", "<Event><System><EventID/><EventID>2</EventID></System></Event>", "2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        check_int(cases[i].what, build(x, cases[i].xml), TCS_OK);
        check_source(cases[i].what, x->layout.system[TCS_SYS_EVENT_ID], cases[i].id);
    }
}

static void a_text_of_pieces_gives_its_first_value(void **state)
{
    struct bench *x = *state;
    assert_int_equal(build(x, "<Event><System><EventID>{3}x</EventID></System></Event>"), TCS_OK);
    assert_int_equal(x->layout.system[TCS_SYS_EVENT_ID].slot, 3);
}

/* ---- fields ---- */

static void check_fields(const char *what, const struct bench *x, const char *want)
{
    struct tcs_buf b;
    tcs_buf_init(&b, 4096);
    for (size_t i = 0; i < x->layout.field_count; i++) {
        const struct tcs_field *f = &x->layout.fields[i];
        tcs_buf_printf(&b, "%s%.*s=", i ? " " : "", TCS_STR_ARG(f->name));
        if (f->source.slot != TCS_NO_SLOT)
            tcs_buf_printf(&b, "{%u}", f->source.slot);
        else if (f->source.literal.p)
            tcs_buf_str(&b, f->source.literal);
    }
    check_buf(what, &b, want);
    tcs_buf_done(&b);
}

static void what_are_fields(void **state)
{
    struct bench *x = *state;
    static const struct {
        const char *what, *xml, *want;
    } cases[] = {
        {"named data",
         "<EventData><Data Name=\"SubjectUserSid\">{0}</Data><Data Name=\"ProcessId\">{1?}</Data></EventData>",
         "SubjectUserSid={0} ProcessId={1}"},
        {"unnamed data, as .evt has it", "<EventData><Data>{0}</Data><Data>{1}</Data></EventData>", "={0} ={1}"},
        {"literal data, as forwarded events have it",
         "<EventData><Data Name=\"Image\">C:\\x.exe</Data><Data Name=\"User\"/></EventData>", "Image=C:\\x.exe User="},
        {"binary behind the data", "<EventData><Data>{0}</Data><Binary>{2}</Binary></EventData>", "={0} Binary={2}"},
        {"the name of the data set is none", "<EventData Name=\"x\"><Data Name=\"a\">{0}</Data></EventData>", "a={0}"},
        {"a name in a slot is unknown", "<EventData><Data Name=\"{1}\">{0}</Data></EventData>", "={0}"},
        {"complex data", "<EventData><ComplexData Name=\"a\">{0}</ComplexData><ComplexData>{1}</ComplexData></EventData>",
         "a={0} ComplexData={1}"},
        {"user data: elements by their names",
         "<UserData><LogFileCleared xmlns=\"u\" xmlns:x=\"v\"><SubjectUserSid>{0}</SubjectUserSid>"
         "<Channel>{1}</Channel></LogFileCleared></UserData>",
         "SubjectUserSid={0} Channel={1}"},
        {"user data: attributes",
         "<UserData><E><Error Code=\"{0}\">{1}</Error><x Name=\"n\" b=\"2\"/></E></UserData>",
         "Code={0} Error={1} b=2 x="},
        {"an attribute without a value", "<UserData><E a=\"\">{0}</E></UserData>", "a= E={0}"},
        {"no data", "<EventData/>", ""},
        {"no data below Event", "<Event><EventData/><UserData/></Event>", ""},
        {"no data, but text", "<EventData>text</EventData>", "EventData=text"},
        {"data that is empty", "<EventData><Data/></EventData>", "="},
        {"text beside elements is none", "<EventData>text<Data>{0}</Data>more</EventData>", "={0}"},
        {"RenderingInfo is for people",
         "<Event><RenderingInfo Culture=\"de-DE\"><Message>Image: C:\\x</Message></RenderingInfo>"
         "<EventData><Data Name=\"a\">{0}</Data></EventData></Event>",
         "a={0}"},
        {"RenderingInfo as a part of its own", "<RenderingInfo Culture=\"x\"><Message>{0}</Message></RenderingInfo>", ""},
        {"RenderingInfo inside of data is data", "<UserData><RenderingInfo><a>{0}</a></RenderingInfo></UserData>", "a={0}"},
        {"System is none", "<Event><System><EventID>{0}</EventID></System></Event>", ""},
        {"what is nested is no field", "<Event><UserData>{5!}</UserData></Event>", ""},
        {"the first value counts", "<EventData><Data Name=\"a\">{0}{1}</Data></EventData>", "a={0}"},
        {"errors of processing", "<Event><ProcessingErrorData><ErrorCode>{0}</ErrorCode></ProcessingErrorData></Event>",
         "ErrorCode={0}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        check_int(cases[i].what, build(x, cases[i].xml), TCS_OK);
        check_fields(cases[i].what, x, cases[i].want);
    }
}

static void slots_and_what_is_nested(void **state)
{
    struct bench *x = *state;
    static const struct {
        const char *xml;
        uint16_t nested, slots;
    } cases[] = {
        {"<Event/>", TCS_NO_SLOT, 0},
        {"<Event>{0!}</Event>", 0, 1},
        {"<Event a=\"{9}\">{17!}{3}</Event>", 17, 18},
        {"<Event>{4!}{2!}</Event>", 4, 5}, /* the first of several */
        {"<Event>{65534}</Event>", TCS_NO_SLOT, 65535},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(build(x, cases[i].xml), TCS_OK);
        check_int(cases[i].xml, x->layout.nested, cases[i].nested);
        check_int(cases[i].xml, x->layout.slots, cases[i].slots);
    }
}

static void dependencies_are_kept(void **state)
{
    struct bench *x = *state;
    tcs_layout_begin(&x->b, &x->arena);
    tcs_layout_element(&x->b, TCS_STR("a"), 7);
    tcs_layout_content(&x->b);
    tcs_layout_end(&x->b);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_OK);
    assert_int_equal(x->layout.nodes[0].depends, 7);
    assert_int_equal(x->layout.nodes[1].depends, TCS_NO_SLOT);
}

/* ---- shapes: what JSON must know of siblings ---- */

/* One mark an element, in order: - nothing, l leaf, r repeated, f repeated and the first. */
static void check_shapes(const char *xml, const struct bench *x, const char *want)
{
    char got[128];
    size_t count = 0;
    for (size_t i = 0; i < x->layout.node_count; i++) {
        const struct tcs_node *n = &x->layout.nodes[i];
        if (n->kind != TCS_NODE_ELEMENT)
            continue;
        got[count++] = (n->shape & TCS_ELEMENT_LEAF) ? 'l' : '-';
        got[count++] = (n->shape & TCS_ELEMENT_FIRST) ? 'f' : (n->shape & TCS_ELEMENT_REPEATED) ? 'r' : '-';
    }
    check_text(xml, (struct tcs_str){got, count}, want);
}

static void shapes_of_elements(void **state)
{
    struct bench *x = *state;
    static const struct {
        const char *xml, *want;
    } cases[] = {
        {"<a/>", "l-"},
        {"<a>text</a>", "l-"},
        {"<a><b/></a>", "--l-"},
        {"<a>{0!}</a>", "--"}, /* elements may be in the slot */
        {"<a><b/><b/><b/></a>", "--lflrlr"},
        {"<a><b/><c/><b/></a>", "--lfl-lr"},
        {"<a><b><c/></b><b><c/></b></a>", "---fl--rl-"}, /* below another parent it is another */
        {"<a><Data Name=\"x\"/><Data Name=\"y\"/></a>", "--l-l-"},
        {"<a><Data Name=\"x\"/><Data Name=\"x\"/></a>", "--lflr"},
        {"<a><Data/><Data/></a>", "--lflr"},
        {"<a><b/><Data Name=\"b\"/></a>", "--lflr"}, /* both would be the member b */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(build(x, cases[i].xml), TCS_OK);
        check_shapes(cases[i].xml, x, cases[i].want);
    }
}

/* A thousand siblings of a thousand names: it ends soon, and what it marks is marked rightly. */
static void many_keys(void **state)
{
    struct bench *x = *state;
    tcs_layout_begin(&x->b, &x->arena);
    tcs_layout_element(&x->b, TCS_STR("a"), TCS_NO_SLOT);
    tcs_layout_content(&x->b);
    static char xml[1000][16]; /* names are borrowed */
    for (unsigned i = 0; i < COUNT_OF(xml); i++) {
        snprintf(xml[i], sizeof xml[i], "<n%u/>", i);
        layout_steps(&x->b, xml[i]);
    }
    tcs_layout_end(&x->b);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_OK);
    for (size_t i = 1; i < x->layout.node_count; i++)
        if (x->layout.nodes[i].kind == TCS_NODE_ELEMENT)
            assert_false(x->layout.nodes[i].shape & TCS_ELEMENT_REPEATED);
}

/* ---- processing instructions ---- */

static const struct tcs_utf16 no_data = {NULL, 0};

static void instructions_are_kept(void **state)
{
    struct bench *x = *state;
    tcs_layout_begin(&x->b, &x->arena);
    tcs_layout_pi(&x->b, TCS_STR("xml"), no_data); /* before the root: nothing of the event */
    tcs_layout_element(&x->b, TCS_STR("a"), TCS_NO_SLOT);
    tcs_layout_content(&x->b);
    tcs_layout_text(&x->b, TCS_STR("before"));
    tcs_layout_pi(&x->b, TCS_STR("target"), (struct tcs_utf16){(const uint8_t *)"d\0", 1});
    tcs_layout_text(&x->b, TCS_STR("behind"));
    tcs_layout_end(&x->b);
    tcs_layout_pi(&x->b, TCS_STR("late"), no_data);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_OK);
    check_kinds(x, "ECTPTN");
    check_text("instruction", x->layout.nodes[3].text, "target d");
    check_fields("it is no data", x, "a=before");
}

/*
 * A log may hold the data of an instruction without its target, and no data
 * in it. The step before must stay what it was: an END that is one no more
 * would let elements nest beyond every limit.
 */
static void an_empty_instruction_changes_nothing(void **state)
{
    struct bench *x = *state;
    tcs_layout_begin(&x->b, &x->arena);
    layout_steps(&x->b, "<a><b/>");
    tcs_layout_pi(&x->b, TCS_STR(""), no_data);
    layout_steps(&x->b, "<b/></a>");
    for (size_t i = 0; i < x->b.count; i++)
        if (x->b.nodes[i].kind == TCS_NODE_PI && x->b.nodes[i].text.len == 0)
            fail_msg("step %zu has become an instruction", i);
    assert_int_equal(tcs_layout_finish(&x->b, &x->layout), TCS_OK);
    check_kinds(x, "ECECNECNN");
}

/* ---- reuse ---- */

static void a_builder_is_used_again_and_again(void **state)
{
    struct bench *x = *state;
    assert_int_equal(build(x, whole_system), TCS_OK);
    struct tcs_layout first = x->layout;
    assert_int_equal(build(x, "<b>{1}</b>"), TCS_OK);
    check_kinds(x, "ECSN");
    check_text("the first is still there", first.root, "Event");
    check_text("with its text", first.system[TCS_SYS_COMPUTER].literal, "WEB01");
    assert_int_equal(x->layout.system[TCS_SYS_EVENT_ID].slot, TCS_NO_SLOT); /* nothing of it in the second */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nodes_in_document_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_stays_when_its_source_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pieces_of_text_become_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_converted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(possible_orders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(impossible_orders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(depth_is_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nodes_are_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_is_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_of_system_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_system_is_system, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_of_pieces_gives_its_first_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_are_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(slots_and_what_is_nested, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dependencies_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shapes_of_elements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(instructions_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_instruction_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_builder_is_used_again_and_again, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
