#include "decode/json_names.h"

/*
 * Sources: Elastic's lists of exported fields of Winlogbeat (5 to 8), the
 * manuals of NXLog (im_msvistalog) and of Fluent Bit (winevtlog), and the
 * outputs of evtx_dump. A new writer is a few rows.
 */

static const struct {
    struct tcs_str key;
    enum json_shape shape;
    bool is_object;
} shapes[] = {
    {TCS_STR_INIT("Event"), JSON_SHAPE_EVENT, true},   {TCS_STR_INIT("System"), JSON_SHAPE_WINDOWS, true},
    {TCS_STR_INIT("winlog"), JSON_SHAPE_WINLOG, true}, {TCS_STR_INIT("EventID"), JSON_SHAPE_FLAT, false},
    {TCS_STR_INIT("EventId"), JSON_SHAPE_FLAT, false}, {TCS_STR_INIT("event_id"), JSON_SHAPE_FLAT, false},
};

enum json_shape json_shape_of(struct tcs_str key, bool is_object)
{
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (shapes[i].is_object == is_object && tcs_str_eq(shapes[i].key, key))
            return shapes[i].shape;
    return JSON_SHAPE_NONE;
}

bool json_is_event_id(enum json_shape shape, struct tcs_str key)
{
    if (shape == JSON_SHAPE_WINDOWS)
        return tcs_str_eq(key, TCS_STR("EventID"));
    if (shape == JSON_SHAPE_WINLOG)
        return tcs_str_eq(key, TCS_STR("event_id"));
    return shape == JSON_SHAPE_FLAT && json_shape_of(key, false) == JSON_SHAPE_FLAT;
}

/* Names in the event or in its winlog, the likeliest first: the first that is there counts. */
static const struct name_row {
    struct tcs_str path[3]; /* the names of objects around it come first */
    enum tcs_system_key key;
    bool is_at_root; /* also looked for in the event itself */
} names[] = {
    {{TCS_STR_INIT("provider_name")}, TCS_SYS_PROVIDER, false},
    {{TCS_STR_INIT("source_name")}, TCS_SYS_PROVIDER, false},
    {{TCS_STR_INIT("SourceName")}, TCS_SYS_PROVIDER, false},
    {{TCS_STR_INIT("ProviderName")}, TCS_SYS_PROVIDER, false},
    {{TCS_STR_INIT("Provider")}, TCS_SYS_PROVIDER, false},
    {{TCS_STR_INIT("provider_guid")}, TCS_SYS_PROVIDER_GUID, false},
    {{TCS_STR_INIT("ProviderGuid")}, TCS_SYS_PROVIDER_GUID, false},
    {{TCS_STR_INIT("event_id")}, TCS_SYS_EVENT_ID, false},
    {{TCS_STR_INIT("EventID")}, TCS_SYS_EVENT_ID, false},
    {{TCS_STR_INIT("EventId")}, TCS_SYS_EVENT_ID, false},
    {{TCS_STR_INIT("Qualifiers")}, TCS_SYS_QUALIFIERS, false},
    {{TCS_STR_INIT("version")}, TCS_SYS_VERSION, false},
    {{TCS_STR_INIT("Version")}, TCS_SYS_VERSION, false},
    {{TCS_STR_INIT("Level")}, TCS_SYS_LEVEL, false},
    {{TCS_STR_INIT("level")}, TCS_SYS_LEVEL, false},
    {{TCS_STR_INIT("task")}, TCS_SYS_TASK, false},
    {{TCS_STR_INIT("Task")}, TCS_SYS_TASK, false},
    {{TCS_STR_INIT("opcode")}, TCS_SYS_OPCODE, false},
    {{TCS_STR_INIT("OpcodeValue")}, TCS_SYS_OPCODE, false},
    {{TCS_STR_INIT("Opcode")}, TCS_SYS_OPCODE, false},
    {{TCS_STR_INIT("keywords")}, TCS_SYS_KEYWORDS, false},
    {{TCS_STR_INIT("Keywords")}, TCS_SYS_KEYWORDS, false},
    {{TCS_STR_INIT("TimeCreated")}, TCS_SYS_TIME, false},
    {{TCS_STR_INIT("EventTime")}, TCS_SYS_TIME, false},
    {{TCS_STR_INIT("@timestamp")}, TCS_SYS_TIME, true},
    {{TCS_STR_INIT("event"), TCS_STR_INIT("created")}, TCS_SYS_TIME, true},
    {{TCS_STR_INIT("record_id")}, TCS_SYS_RECORD_ID, false},
    {{TCS_STR_INIT("record_number")}, TCS_SYS_RECORD_ID, false},
    {{TCS_STR_INIT("EventRecordID")}, TCS_SYS_RECORD_ID, false},
    {{TCS_STR_INIT("RecordNumber")}, TCS_SYS_RECORD_ID, false},
    {{TCS_STR_INIT("activity_id")}, TCS_SYS_ACTIVITY, false},
    {{TCS_STR_INIT("ActivityID")}, TCS_SYS_ACTIVITY, false},
    {{TCS_STR_INIT("related_activity_id")}, TCS_SYS_RELATED, false},
    {{TCS_STR_INIT("RelatedActivityID")}, TCS_SYS_RELATED, false},
    {{TCS_STR_INIT("process"), TCS_STR_INIT("pid")}, TCS_SYS_PROCESS, false},
    {{TCS_STR_INIT("process_id")}, TCS_SYS_PROCESS, false},
    {{TCS_STR_INIT("ExecutionProcessID")}, TCS_SYS_PROCESS, false},
    {{TCS_STR_INIT("ProcessID")}, TCS_SYS_PROCESS, false},
    {{TCS_STR_INIT("process"), TCS_STR_INIT("thread"), TCS_STR_INIT("id")}, TCS_SYS_THREAD, false},
    {{TCS_STR_INIT("thread_id")}, TCS_SYS_THREAD, false},
    {{TCS_STR_INIT("ExecutionThreadID")}, TCS_SYS_THREAD, false},
    {{TCS_STR_INIT("ThreadID")}, TCS_SYS_THREAD, false},
    {{TCS_STR_INIT("channel")}, TCS_SYS_CHANNEL, false},
    {{TCS_STR_INIT("log_name")}, TCS_SYS_CHANNEL, false},
    {{TCS_STR_INIT("Channel")}, TCS_SYS_CHANNEL, false},
    {{TCS_STR_INIT("computer_name")}, TCS_SYS_COMPUTER, false},
    {{TCS_STR_INIT("Computer")}, TCS_SYS_COMPUTER, false},
    {{TCS_STR_INIT("Hostname")}, TCS_SYS_COMPUTER, false},
    {{TCS_STR_INIT("user"), TCS_STR_INIT("identifier")}, TCS_SYS_USER, false},
    {{TCS_STR_INIT("UserID")}, TCS_SYS_USER, false},
};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static size_t follow(const struct json *j, size_t object, const struct name_row *row)
{
    for (size_t i = 0; i < 3 && row->path[i].len && object != SIZE_MAX; i++)
        object = json_member(j, object, row->path[i]);
    return object;
}

void json_find_system(const struct json *j, size_t object, size_t root, size_t at[TCS_SYS_COUNT])
{
    for (unsigned key = 0; key < TCS_SYS_COUNT; key++)
        at[key] = SIZE_MAX;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        size_t *found = &at[names[i].key];
        if (*found == SIZE_MAX)
            *found = follow(j, object, &names[i]);
        if (*found == SIZE_MAX && names[i].is_at_root)
            *found = follow(j, root, &names[i]);
        bool is_object = *found != SIZE_MAX && j->at[*found].kind == JSON_OBJECT;
        if (is_object)
            *found = SIZE_MAX;
    }
}

bool json_is_system_name(struct tcs_str key)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (tcs_str_eq(names[i].path[0], key))
            return true;
    return tcs_str_eq(key, TCS_STR("Message")) || tcs_str_eq(key, TCS_STR("message"));
}

uint64_t json_keyword_bits(struct tcs_str word)
{
    static const struct {
        struct tcs_str word;
        uint64_t bits;
    } words[] = {
        {TCS_STR_INIT("Audit Success"), UINT64_C(0x8020000000000000)},
        {TCS_STR_INIT("Audit Failure"), UINT64_C(0x8010000000000000)},
        {TCS_STR_INIT("Classic"), UINT64_C(0x80000000000000)},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (tcs_str_eq_ascii_nocase(word, words[i].word))
            return words[i].bits;
    return 0;
}

#define NO_CONTENT TCS_SYS_COUNT

const struct json_system_row json_system_rows[] = {
    {TCS_STR_INIT("Provider"),
     {{TCS_STR_INIT("Name"), TCS_SYS_PROVIDER}, {TCS_STR_INIT("Guid"), TCS_SYS_PROVIDER_GUID}},
     NO_CONTENT},
    {TCS_STR_INIT("EventID"), {{TCS_STR_INIT("Qualifiers"), TCS_SYS_QUALIFIERS}}, TCS_SYS_EVENT_ID},
    {TCS_STR_INIT("Version"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_VERSION},
    {TCS_STR_INIT("Level"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_LEVEL},
    {TCS_STR_INIT("Task"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_TASK},
    {TCS_STR_INIT("Opcode"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_OPCODE},
    {TCS_STR_INIT("Keywords"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_KEYWORDS},
    {TCS_STR_INIT("TimeCreated"), {{TCS_STR_INIT("SystemTime"), TCS_SYS_TIME}}, NO_CONTENT},
    {TCS_STR_INIT("EventRecordID"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_RECORD_ID},
    {TCS_STR_INIT("Correlation"),
     {{TCS_STR_INIT("ActivityID"), TCS_SYS_ACTIVITY}, {TCS_STR_INIT("RelatedActivityID"), TCS_SYS_RELATED}},
     NO_CONTENT},
    {TCS_STR_INIT("Execution"),
     {{TCS_STR_INIT("ProcessID"), TCS_SYS_PROCESS}, {TCS_STR_INIT("ThreadID"), TCS_SYS_THREAD}},
     NO_CONTENT},
    {TCS_STR_INIT("Channel"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_CHANNEL},
    {TCS_STR_INIT("Computer"), {{{"", 0}, NO_CONTENT}}, TCS_SYS_COMPUTER},
    {TCS_STR_INIT("Security"), {{TCS_STR_INIT("UserID"), TCS_SYS_USER}}, NO_CONTENT},
};
const size_t json_system_row_count = sizeof json_system_rows / sizeof json_system_rows[0];
