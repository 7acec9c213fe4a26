#include "unit.h"

#include "model/value.h"

/* A value in a static table: its type and its bytes. */
#define VALUE(type_, lit)                                                                                    \
    {                                                                                                        \
        .p = (const uint8_t *)(lit), .len = sizeof(lit) - 1, .type = (type_)                                 \
    }
#define TEXT(lit)   VALUE(TCS_VALUE_UTF8, lit)
#define ARRAY(t, l) VALUE(TCS_VALUE_ARRAY | (t), l)

#define GUID_BYTES "\x25\x96\x84\x54\x78\x54\x94\x49\xA5\xBA\x3E\x3B\x03\x28\xC3\x0D"
#define GUID_TEXT  "{54849625-5478-4994-A5BA-3E3B0328C30D}"
/* 2003-01-17T09:17:07.1234567Z */
#define TIME_BYTES  "\x07\x82\xE5\x34\x09\xBE\xC2\x01"
#define SYSTEM_SID  "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"
#define SYSTEM_TIME "\xD3\x07\x01\x00\x05\x00\x11\x00\x09\x00\x11\x00\x07\x00\x7B\x00"

/* ---- as text ---- */

static const struct {
    const char *what;
    struct tcs_value v;
    struct tcs_str want;
} shown[] = {
    {"null", VALUE(TCS_VALUE_NULL, ""), TCS_STR_INIT("")},
    /* Null values have junk bytes in real logs; they are skipped, not shown. */
    {"null with junk", VALUE(TCS_VALUE_NULL, "\x12\x34"), TCS_STR_INIT("")},

    {"string", VALUE(TCS_VALUE_STRING, "c\0m\0d\0"), TCS_STR_INIT("cmd")},
    {"string with NUL behind", VALUE(TCS_VALUE_STRING, "c\0m\0d\0\0\0"), TCS_STR_INIT("cmd")},
    {"string with NULs behind", VALUE(TCS_VALUE_STRING, "c\0\0\0\0\0"), TCS_STR_INIT("c")},
    {"string with NUL inside", VALUE(TCS_VALUE_STRING, "c\0\0\0d\0"), TCS_STR_INIT("c\0d")},
    {"string of NULs", VALUE(TCS_VALUE_STRING, "\0\0\0\0"), TCS_STR_INIT("")},
    {"string of odd length", VALUE(TCS_VALUE_STRING, "c\0m"), TCS_STR_INIT("c")},
    {"string of one byte", VALUE(TCS_VALUE_STRING, "c"), TCS_STR_INIT("")},
    {"string with a stray surrogate", VALUE(TCS_VALUE_STRING, "\x00\xD8"), TCS_STR_INIT("\xEF\xBF\xBD")},
    {"empty string", VALUE(TCS_VALUE_STRING, ""), TCS_STR_INIT("")},

    {"ANSI", VALUE(TCS_VALUE_ANSI, "M\xFCller"), TCS_STR_INIT("M\xC3\xBCller")},
    {"ANSI with NULs behind", VALUE(TCS_VALUE_ANSI, "x\0\0"), TCS_STR_INIT("x")},
    {"ANSI with NUL inside", VALUE(TCS_VALUE_ANSI, "x\0y"), TCS_STR_INIT("x\0y")},
    {"UTF-8", TEXT("\xE2\x82\xAC"), TCS_STR_INIT("\xE2\x82\xAC")},
    {"UTF-8 with NUL", TEXT("a\0"), TCS_STR_INIT("a\0")},

    {"int8", VALUE(TCS_VALUE_INT8, "\x80"), TCS_STR_INIT("-128")},
    {"uint8", VALUE(TCS_VALUE_UINT8, "\xFF"), TCS_STR_INIT("255")},
    {"int16", VALUE(TCS_VALUE_INT16, "\x00\x80"), TCS_STR_INIT("-32768")},
    {"uint16", VALUE(TCS_VALUE_UINT16, "\xFF\xFF"), TCS_STR_INIT("65535")},
    {"int32", VALUE(TCS_VALUE_INT32, "\x00\x00\x00\x80"), TCS_STR_INIT("-2147483648")},
    {"uint32", VALUE(TCS_VALUE_UINT32, "\xFF\xFF\xFF\xFF"), TCS_STR_INIT("4294967295")},
    {"int64", VALUE(TCS_VALUE_INT64, "\x00\x00\x00\x00\x00\x00\x00\x80"),
     TCS_STR_INIT("-9223372036854775808")},
    {"uint64", VALUE(TCS_VALUE_UINT64, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
     TCS_STR_INIT("18446744073709551615")},

    {"float", VALUE(TCS_VALUE_FLOAT, "\x00\x00\xC0\x3F"), TCS_STR_INIT("1.5")},
    {"double", VALUE(TCS_VALUE_DOUBLE, "\x00\x00\x00\x00\x00\x00\xF8\xBF"), TCS_STR_INIT("-1.5")},
    {"infinity", VALUE(TCS_VALUE_FLOAT, "\x00\x00\x80\x7F"), TCS_STR_INIT("1.#INF")},
    {"less than all", VALUE(TCS_VALUE_DOUBLE, "\x00\x00\x00\x00\x00\x00\xF0\xFF"), TCS_STR_INIT("-1.#INF")},
    {"no number", VALUE(TCS_VALUE_FLOAT, "\x00\x00\xC0\x7F"), TCS_STR_INIT("-1.#IND")},

    /* Real logs hold 8, 0x10 and 0x10000 for true. */
    {"true", VALUE(TCS_VALUE_BOOL, "\x01\x00\x00\x00"), TCS_STR_INIT("true")},
    {"true too", VALUE(TCS_VALUE_BOOL, "\x00\x00\x01\x00"), TCS_STR_INIT("true")},
    {"false", VALUE(TCS_VALUE_BOOL, "\x00\x00\x00\x00"), TCS_STR_INIT("false")},
    {"bool of one byte", VALUE(TCS_VALUE_BOOL, "\x08"), TCS_STR_INIT("true")},

    {"binary", VALUE(TCS_VALUE_BINARY, "\x00\xAB\xFF"), TCS_STR_INIT("00ABFF")},
    {"GUID", VALUE(TCS_VALUE_GUID, GUID_BYTES), TCS_STR_INIT(GUID_TEXT)},
    {"size of 32 bits", VALUE(TCS_VALUE_SIZE, "\xBC\x02\x00\x00"), TCS_STR_INIT("0x2bc")},
    {"size of 64 bits", VALUE(TCS_VALUE_SIZE, "\xBC\x02\x00\x00\x00\x00\x00\x00"), TCS_STR_INIT("0x2bc")},
    {"hex32", VALUE(TCS_VALUE_HEX32, "\x00\x00\x00\x00"), TCS_STR_INIT("0x0")},
    {"hex64", VALUE(TCS_VALUE_HEX64, "\xEF\xBE\xAD\xDE\x01\x00\x00\x00"), TCS_STR_INIT("0x1deadbeef")},
    {"FILETIME", VALUE(TCS_VALUE_FILETIME, TIME_BYTES), TCS_STR_INIT("2003-01-17T09:17:07.1234567Z")},
    {"FILETIME 0", VALUE(TCS_VALUE_FILETIME, "\0\0\0\0\0\0\0\0"),
     TCS_STR_INIT("1601-01-01T00:00:00.0000000Z")},
    {"SYSTEMTIME", VALUE(TCS_VALUE_SYSTEMTIME, SYSTEM_TIME), TCS_STR_INIT("2003-01-17T09:17:07.1230000Z")},
    {"SYSTEMTIME unset", VALUE(TCS_VALUE_SYSTEMTIME, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), TCS_STR_INIT("")},
    {"SYSTEMTIME of February 30",
     VALUE(TCS_VALUE_SYSTEMTIME, "\xD3\x07\x02\x00\x00\x00\x1E\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
     TCS_STR_INIT("D30702000000"
                  "1E00"
                  "0000000000000000")},
    {"SID", VALUE(TCS_VALUE_SID, SYSTEM_SID), TCS_STR_INIT("S-1-5-18")},
    {"BinXML", VALUE(TCS_VALUE_BINXML, "\x0F\x01"), TCS_STR_INIT("0F01")},
    {"unknown type", VALUE(0x23, "\x01\x02"), TCS_STR_INIT("0102")},
    {"highest type", VALUE(0x7F, "\x01"), TCS_STR_INIT("01")},

    /* What has not the size of its type is shown as the bytes that are there: nothing is invented or dropped.
     */
    {"int8 of 2", VALUE(TCS_VALUE_INT8, "\x01\x02"), TCS_STR_INIT("0102")},
    {"uint16 of 1", VALUE(TCS_VALUE_UINT16, "\x01"), TCS_STR_INIT("01")},
    {"uint32 of 8", VALUE(TCS_VALUE_UINT32, "\x01\x02\x03\x04\x05\x06\x07\x08"),
     TCS_STR_INIT("0102030405060708")},
    {"uint64 of 4", VALUE(TCS_VALUE_UINT64, "\x01\x02\x03\x04"), TCS_STR_INIT("01020304")},
    {"float of 8", VALUE(TCS_VALUE_FLOAT, "\0\0\0\0\0\0\0\1"), TCS_STR_INIT("0000000000000001")},
    {"double of 4", VALUE(TCS_VALUE_DOUBLE, "\1\0\0\0"), TCS_STR_INIT("01000000")},
    {"bool of 2", VALUE(TCS_VALUE_BOOL, "\1\0"), TCS_STR_INIT("0100")},
    {"GUID of 15", VALUE(TCS_VALUE_GUID, "\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1"),
     TCS_STR_INIT("010203040506070102030405060701")},
    {"size of 2", VALUE(TCS_VALUE_SIZE, "\1\2"), TCS_STR_INIT("0102")},
    {"hex32 of 8", VALUE(TCS_VALUE_HEX32, "\1\0\0\0\0\0\0\0"), TCS_STR_INIT("0100000000000000")},
    {"FILETIME of 4", VALUE(TCS_VALUE_FILETIME, "\1\2\3\4"), TCS_STR_INIT("01020304")},
    {"SYSTEMTIME of 8", VALUE(TCS_VALUE_SYSTEMTIME, "\1\2\3\4\5\6\7\1"), TCS_STR_INIT("0102030405060701")},
    {"SID that is cut", VALUE(TCS_VALUE_SID, "\x01\x05\x00\x00"), TCS_STR_INIT("01050000")},
    {"SID of zeros", VALUE(TCS_VALUE_SID, "\0\0\0\0\0\0\0\0"), TCS_STR_INIT("0000000000000000")},
};

static void every_type_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        struct tcs_buf b;
        struct tcs_arena a;
        bool ok = false;
        tcs_buf_init(&b, 1000);
        tcs_arena_init(&a, 1 << 20);
        tcs_buf_value(&b, shown[i].v);
        check_str(shown[i].what, tcs_buf_view(&b), shown[i].want);
        check_str(shown[i].what, tcs_value_str(shown[i].v, &a, &ok), shown[i].want);
        check_true(shown[i].what, ok && !b.bad);
        tcs_arena_done(&a);
        tcs_buf_done(&b);
    }
}

static void damaged_text_is_told(void **state)
{
    (void)state;
    struct tcs_value stray = VALUE(TCS_VALUE_STRING, "\x00\xD8"), whole = VALUE(TCS_VALUE_STRING, "a\0");
    struct tcs_value array = ARRAY(TCS_VALUE_STRING, "a\0\0\0\x00\xD8\0\0b\0");
    struct tcs_buf b;
    tcs_buf_init(&b, 100);
    assert_true(tcs_buf_value(&b, stray));
    assert_false(tcs_buf_value(&b, whole));
    assert_true(tcs_buf_value(&b, array));
    tcs_buf_done(&b);
}

/* ---- numbers ---- */

static void whole_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        bool ok;
        uint64_t want;
    } cases[] = {
        {"uint8", VALUE(TCS_VALUE_UINT8, "\x07"), true, 7},
        {"int8", VALUE(TCS_VALUE_INT8, "\xFF"), true, UINT64_MAX},
        {"int32", VALUE(TCS_VALUE_INT32, "\xFE\xFF\xFF\xFF"), true, UINT64_MAX - 1},
        {"uint32", VALUE(TCS_VALUE_UINT32, "\xFF\xFF\xFF\xFF"), true, UINT32_MAX},
        {"hex64", VALUE(TCS_VALUE_HEX64, "\xE7\x03\0\0\0\0\0\x80"), true, UINT64_C(0x80000000000003E7)},
        {"size of 4", VALUE(TCS_VALUE_SIZE, "\x48\x0F\0\0"), true, 3912},
        {"size of 8", VALUE(TCS_VALUE_SIZE, "\x48\x0F\0\0\0\0\0\0"), true, 3912},
        /* The type in the record decides, and its size must be right. */
        {"uint32 of 3", VALUE(TCS_VALUE_UINT32, "\1\0\0"), false, 0},
        {"uint16 of 4", VALUE(TCS_VALUE_UINT16, "\1\0\0\0"), false, 0},
        {"size of 3", VALUE(TCS_VALUE_SIZE, "\1\0\0"), false, 0},
        {"null", VALUE(TCS_VALUE_NULL, "\1\0\0\0"), false, 0},
        {"bool", VALUE(TCS_VALUE_BOOL, "\1\0\0\0"), false, 0},
        {"binary", VALUE(TCS_VALUE_BINARY, "\1\0\0\0"), false, 0},
        {"FILETIME", VALUE(TCS_VALUE_FILETIME, TIME_BYTES), false, 0},
        {"array", ARRAY(TCS_VALUE_UINT32, "\1\0\0\0"), false, 0},

        {"text", TEXT("4688"), true, 4688},
        {"UTF-16", VALUE(TCS_VALUE_STRING, "4\0\0\0"), true, 4},
        {"ANSI", VALUE(TCS_VALUE_ANSI, "12\0"), true, 12},
        {"hexadecimal", TEXT("0x2bc"), true, 700},
        {"capitals", TEXT("0X2BC"), true, 700},
        {"blanks around", TEXT(" \t868\r\n"), true, 868},
        /* An audit id of NT 4 */
        {"beyond 2^31", TEXT("2209180864"), true, UINT64_C(2209180864)},
        {"most", TEXT("18446744073709551615"), true, UINT64_MAX},
        {"most in hexadecimal", TEXT("0xFFFFFFFFFFFFFFFF"), true, UINT64_MAX},
        {"one more", TEXT("18446744073709551616"), false, 0},
        {"one more in hexadecimal", TEXT("0x10000000000000000"), false, 0},
        {"leading zeros", TEXT("000000000000000000000000000007"), true, 7},
        {"empty", TEXT(""), false, 0},
        {"blanks", TEXT("  "), false, 0},
        {"dash", TEXT("-"), false, 0},
        {"sign", TEXT("-1"), false, 0},
        {"plus", TEXT("+1"), false, 0},
        {"0x alone", TEXT("0x"), false, 0},
        {"letters in decimal", TEXT("2bc"), false, 0},
        {"no digit of hexadecimal", TEXT("0xg"), false, 0},
        {"blank inside", TEXT("1 2"), false, 0},
        {"NUL inside", TEXT("1\0002"), false, 0},
        {"thousands", TEXT("1,000"), false, 0},
        {"fraction", TEXT("1.0"), false, 0},
        {"Arabic digit", TEXT("\xD9\xA1"), false, 0},
        {"full width digit", VALUE(TCS_VALUE_STRING, "\x11\xFF"), false, 0},
        {"too long for a number", TEXT("00000000000000000000000000000000000000000000000000001"), false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t n = 0;
        check_int(cases[i].what, tcs_value_u64(cases[i].v, &n), cases[i].ok);
        if (cases[i].ok)
            check_int(cases[i].what, n, cases[i].want);
    }
}

static void logon_ids(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        bool ok;
        uint64_t want;
    } cases[] = {
        {".evt", TEXT("(0x0,0x3E7)"), true, 0x3E7},
        {".evt, small letters", TEXT("(0x0,0x3e7)"), true, 0x3E7},
        {"high word", TEXT("(0x1,0x2)"), true, UINT64_C(0x100000002)},
        {"most", TEXT("(0xFFFFFFFF,0xFFFFFFFF)"), true, UINT64_MAX},
        {"UTF-16", VALUE(TCS_VALUE_STRING, "(\0000\0,\0005\0)\0"), true, 5},
        {".evtx", VALUE(TCS_VALUE_HEX64, "\xE4\x03\0\0\0\0\0\0"), true, 0x3E4},
        {"forwarded", TEXT("0x3e3"), true, 0x3E3},
        {"high word too large", TEXT("(0x100000000,0x1)"), false, 0},
        {"low word too large", TEXT("(0x0,0x100000000)"), false, 0},
        {"not closed", TEXT("(0x0,0x3E7"), false, 0},
        {"not opened", TEXT("0x0,0x3E7)"), false, 0},
        {"one word", TEXT("(0x3E7)"), false, 0},
        {"three words", TEXT("(0x0,0x0,0x3E7)"), false, 0},
        {"nothing in it", TEXT("(,)"), false, 0},
        {"half of it", TEXT("(0x0,)"), false, 0},
        {"text behind", TEXT("(0x0,0x3E7) "), true, 0x3E7}, /* blanks are nothing */
        {"letter behind", TEXT("(0x0,0x3E7)x"), false, 0},
        {"dash", TEXT("-"), false, 0},
        {"null", VALUE(TCS_VALUE_NULL, ""), false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t n = 0;
        check_int(cases[i].what, tcs_value_logon_id(cases[i].v, &n), cases[i].ok);
        if (cases[i].ok)
            check_int(cases[i].what, n, cases[i].want);
    }
}

/* ---- SIDs, GUIDs, times ---- */

static void sids(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        const char *want; /* empty: none */
    } cases[] = {
        {"binary", VALUE(TCS_VALUE_SID, SYSTEM_SID), "S-1-5-18"},
        {"text", TEXT("S-1-5-18"), "S-1-5-18"},
        {"UTF-16", VALUE(TCS_VALUE_STRING, "S\0-\0001\0-\0005\0-\0009\0\0\0"), "S-1-5-9"},
        {"blanks around", TEXT("\tS-1-5-18 "), "S-1-5-18"},
        {"wrong size", VALUE(TCS_VALUE_SID, "\x01\x01\0\0\0\0\0\x05\x12\0\0"), ""},
        {"another type", VALUE(TCS_VALUE_BINARY, SYSTEM_SID), ""},
        {"a name", TEXT("NT AUTHORITY\\SYSTEM"), ""},
        {"dash", TEXT("-"), ""},
        {"null", VALUE(TCS_VALUE_NULL, SYSTEM_SID), ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_sid sid;
        struct tcs_buf b;
        tcs_buf_init(&b, 256);
        memset(&sid, 0xFF, sizeof sid);
        check_int(cases[i].what, tcs_value_sid(cases[i].v, &sid), cases[i].want[0] != '\0');
        tcs_buf_sid(&b, &sid);
        check_buf(cases[i].what, &b, cases[i].want);
        tcs_buf_done(&b);
    }
}

static void guids(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        bool ok;
    } cases[] = {
        {"binary", VALUE(TCS_VALUE_GUID, GUID_BYTES), true},
        {"text", TEXT(GUID_TEXT), true},
        {"without braces", TEXT("54849625-5478-4994-A5BA-3E3B0328C30D"), true},
        {"small letters", TEXT("{54849625-5478-4994-a5ba-3e3b0328c30d}"), true},
        {"blanks around", TEXT(" " GUID_TEXT "\n"), true},
        {"one brace", TEXT("{54849625-5478-4994-A5BA-3E3B0328C30D"), false},
        {"no dashes", TEXT("5484962554784994A5BA3E3B0328C30D"), false},
        {"dashes elsewhere", TEXT("5484962-55478-4994-A5BA-3E3B0328C30D"), false},
        {"a digit less", TEXT("{54849625-5478-4994-A5BA-3E3B0328C30}"), false},
        {"a digit more", TEXT("{54849625-5478-4994-A5BA-3E3B0328C30D0}"), false},
        {"no digit", TEXT("{5484962G-5478-4994-A5BA-3E3B0328C30D}"), false},
        {"dash for a digit", TEXT("{5484-625-5478-4994-A5BA-3E3B0328C30D}"), false},
        {"15 bytes", VALUE(TCS_VALUE_GUID, "123456789012345"), false},
        {"binary of another type", VALUE(TCS_VALUE_BINARY, GUID_BYTES), false},
        {"empty", TEXT(""), false},
        {"null", VALUE(TCS_VALUE_NULL, GUID_BYTES), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t guid[16] = {0};
        check_int(cases[i].what, tcs_value_guid(cases[i].v, guid), cases[i].ok);
        if (cases[i].ok)
            check_int(cases[i].what, memcmp(guid, GUID_BYTES, 16), 0);
    }
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        bool ok;
    } cases[] = {
        {"FILETIME", VALUE(TCS_VALUE_FILETIME, TIME_BYTES), true},
        {"text", TEXT("2003-01-17T09:17:07.1234567Z"), true},
        {"nine digits, as forwarded events have it", TEXT("2003-01-17T09:17:07.123456700Z"), true},
        {"UTF-16", VALUE(TCS_VALUE_STRING, "x\0"), false},
        {"FILETIME of 4", VALUE(TCS_VALUE_FILETIME, "\1\2\3\4"), false},
        {"a number", VALUE(TCS_VALUE_UINT64, TIME_BYTES), false},
        {"SYSTEMTIME unset", VALUE(TCS_VALUE_SYSTEMTIME, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), false},
        {"null", VALUE(TCS_VALUE_NULL, TIME_BYTES), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcs_time t;
        check_int(cases[i].what, tcs_value_time(cases[i].v, &t), cases[i].ok);
        if (cases[i].ok)
            check_int(cases[i].what, t.ticks, INT64_C(10427950271234567));
    }
    struct tcs_time t;
    struct tcs_value v = VALUE(TCS_VALUE_SYSTEMTIME, SYSTEM_TIME);
    assert_true(tcs_value_time(v, &t));
    assert_int_equal(t.ticks, INT64_C(10427950271230000));
}

/* ---- absent values, comparing ---- */

static void absent(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        bool absent;
    } cases[] = {
        {"null", VALUE(TCS_VALUE_NULL, ""), true},
        {"null with junk", VALUE(TCS_VALUE_NULL, "xx"), true},
        {"empty", VALUE(TCS_VALUE_STRING, ""), true},
        {"NULs", VALUE(TCS_VALUE_STRING, "\0\0"), true},
        {"dash", VALUE(TCS_VALUE_STRING, "-\0"), true},
        {"dash and NUL", VALUE(TCS_VALUE_STRING, "-\0\0\0"), true},
        {"dash in UTF-8", TEXT("-"), true},
        {"dash in ANSI", VALUE(TCS_VALUE_ANSI, "-\0"), true},
        {"empty binary", VALUE(TCS_VALUE_BINARY, ""), true},
        {"half a unit", VALUE(TCS_VALUE_STRING, "x"), true},
        {"two dashes", TEXT("--"), false},
        {"blank", TEXT(" "), false},
        {"zero", VALUE(TCS_VALUE_UINT8, "\0"), false},
        {"a byte that is a dash", VALUE(TCS_VALUE_BINARY, "-"), false},
        /* U+012D has the dash in its low byte */
        {"another letter", VALUE(TCS_VALUE_STRING, "-\1"), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i].what, tcs_value_is_absent(cases[i].v), cases[i].absent);
}

static void equal_in_either_case(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        bool same;
    } cases[] = {
        {"UTF-16", VALUE(TCS_VALUE_STRING, "F\0i\0L\0e\0"), true},
        {"NUL behind", VALUE(TCS_VALUE_STRING, "F\0i\0l\0e\0\0\0"), true},
        {"UTF-8", TEXT("FILE"), true},
        {"ANSI", VALUE(TCS_VALUE_ANSI, "file\0"), true},
        {"shorter", TEXT("fil"), false},
        {"longer", TEXT("files"), false},
        {"other", TEXT("fale"), false},
        {"binary", VALUE(TCS_VALUE_BINARY, "file"), false},
        {"null", VALUE(TCS_VALUE_NULL, "file"), false},
        {"NUL inside", VALUE(TCS_VALUE_STRING, "F\0\0\0l\0e\0"), false},
        /* dotless i, full width F: the low byte or the look must not do */
        {"dotless i", VALUE(TCS_VALUE_STRING, "F\0\x31\x01l\0e\0"), false},
        {"full width", VALUE(TCS_VALUE_STRING, "\x26\xFFi\0l\0e\0"), false},
        {"same low byte", VALUE(TCS_VALUE_STRING, "F\1i\0l\0e\0"), false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i].what, tcs_value_eq_ascii_nocase(cases[i].v, TCS_STR("File")), cases[i].same);
}

/* ---- arrays ---- */

static const struct {
    const char *what;
    struct tcs_value v;
    const char *want;
    unsigned items;
} arrays[] = {
    {"strings", ARRAY(TCS_VALUE_STRING, "a\0\0\0b\0c\0"), "a, bc", 2},
    {"strings, the last one closed", ARRAY(TCS_VALUE_STRING, "a\0\0\0b\0\0\0"), "a, b", 2},
    {"strings, an empty one", ARRAY(TCS_VALUE_STRING, "a\0\0\0\0\0b\0"), "a, , b", 3},
    {"strings, the last one empty", ARRAY(TCS_VALUE_STRING, "a\0\0\0\0\0"), "a, ", 2},
    {"one string", ARRAY(TCS_VALUE_STRING, "a\0"), "a", 1},
    /* No bytes are one empty item, as Windows shows it. */
    {"no bytes", ARRAY(TCS_VALUE_STRING, ""), "", 1},
    {"ANSI", ARRAY(TCS_VALUE_ANSI, "a\0b"), "a, b", 2},
    {"int8", ARRAY(TCS_VALUE_INT8, "\xFF\x01"), "-1, 1", 2},
    {"uint8", ARRAY(TCS_VALUE_UINT8, "\xFF\x01"), "255, 1", 2},
    {"int16", ARRAY(TCS_VALUE_INT16, "\xFF\xFF\x01\x00"), "-1, 1", 2},
    {"uint16", ARRAY(TCS_VALUE_UINT16, "\x01\x00\x02\x00\x03\x00"), "1, 2, 3", 3},
    {"int32", ARRAY(TCS_VALUE_INT32, "\xFF\xFF\xFF\xFF\1\0\0\0"), "-1, 1", 2},
    {"uint32", ARRAY(TCS_VALUE_UINT32, "\1\0\0\0\2\0\0\0"), "1, 2", 2},
    {"int64", ARRAY(TCS_VALUE_INT64, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"), "1, 2", 2},
    {"uint64", ARRAY(TCS_VALUE_UINT64, "\1\0\0\0\0\0\0\0"), "1", 1},
    {"float", ARRAY(TCS_VALUE_FLOAT, "\x00\x00\xC0\x3F\x00\x00\x80\x7F"), "1.5, 1.#INF", 2},
    {"double", ARRAY(TCS_VALUE_DOUBLE, "\0\0\0\0\0\0\xF8\x3F\0\0\0\0\0\0\0\0"), "1.5, 0", 2},
    {"bool", ARRAY(TCS_VALUE_BOOL, "\1\0\0\0\0\0\0\0"), "true, false", 2},
    {"GUID", ARRAY(TCS_VALUE_GUID, GUID_BYTES GUID_BYTES), GUID_TEXT ", " GUID_TEXT, 2},
    {"size", ARRAY(TCS_VALUE_SIZE, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"), "0x1, 0x2", 2},
    {"FILETIME", ARRAY(TCS_VALUE_FILETIME, TIME_BYTES), "2003-01-17T09:17:07.1234567Z", 1},
    {"SYSTEMTIME", ARRAY(TCS_VALUE_SYSTEMTIME, SYSTEM_TIME SYSTEM_TIME),
     "2003-01-17T09:17:07.1230000Z, 2003-01-17T09:17:07.1230000Z", 2},
    {"SIDs", ARRAY(TCS_VALUE_SID, SYSTEM_SID "\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x38\x02\0\0" SYSTEM_SID),
     "S-1-5-18, S-1-5-32-568, S-1-5-18", 3},
    {"hex32", ARRAY(TCS_VALUE_HEX32, "\1\0\0\0\2\0\0\0"), "0x1, 0x2", 2},
    {"hex64", ARRAY(TCS_VALUE_HEX64, "\1\0\0\0\0\0\0\0"), "0x1", 1},
    {"binary has no items", ARRAY(TCS_VALUE_BINARY, "\1\2"), "0102", 1},
    {"unknown type has none", ARRAY(0x23, "\1\2"), "0102", 1},
    {"null", ARRAY(TCS_VALUE_NULL, "\1\2"), "", 1},

    /* Cut: the items before are good, the rest is shown as what is there. */
    {"uint32, cut", ARRAY(TCS_VALUE_UINT32, "\1\0\0\0\2\0"), "1, 0200", 2},
    {"GUID, cut", ARRAY(TCS_VALUE_GUID, GUID_BYTES "\1"), GUID_TEXT ", 01", 2},
    {"SID, cut", ARRAY(TCS_VALUE_SID, SYSTEM_SID "\x01\x02\0\0\0\0\0\x05\x20"),
     "S-1-5-18, 010200000000000520", 2},
    {"SID, cut to a byte", ARRAY(TCS_VALUE_SID, SYSTEM_SID "\x01"), "S-1-5-18, 01", 2},
    /* A count of 255 sub-authorities must not lead beyond the value. */
    {"SID that lies", ARRAY(TCS_VALUE_SID, "\x01\xFF\0\0"), "01FF0000", 1},
    {"size, cut", ARRAY(TCS_VALUE_SIZE, "\1\0\0\0\0\0\0\0\2\0\0\0"), "0x1, 0x2", 2},
};

static void every_array_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(arrays); i++) {
        struct tcs_buf b;
        struct tcs_value item;
        size_t at = 0;
        unsigned items = 0;
        tcs_buf_init(&b, 1000);
        tcs_buf_value(&b, arrays[i].v);
        check_buf(arrays[i].what, &b, arrays[i].want);
        while (tcs_value_array_next(arrays[i].v, &at, &item)) {
            items++;
            check_true(arrays[i].what,
                       item.p >= arrays[i].v.p && item.p + item.len <= arrays[i].v.p + arrays[i].v.len);
            check_int(arrays[i].what, item.type, arrays[i].v.type & ~TCS_VALUE_ARRAY);
        }
        check_int(arrays[i].what, items, arrays[i].items);
        check_int("it stays at the end", tcs_value_array_next(arrays[i].v, &at, &item), false);
        tcs_buf_done(&b);
    }
}

/* Whatever type and bytes: stepping ends, within the bytes. */
static void any_array_ends(void **state)
{
    (void)state;
    uint64_t seed = 10;
    for (int round = 0; round < 30000; round++) {
        uint8_t bytes[24];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)(unit_random(&seed) & unit_random(&seed));
        struct tcs_value v = {bytes, (uint32_t)unit_random_below(&seed, sizeof bytes + 1),
                              (uint8_t)(unit_random(&seed) | TCS_VALUE_ARRAY)};
        struct tcs_value item;
        size_t at = 0, steps = 0;
        while (tcs_value_array_next(v, &at, &item)) {
            assert_true(item.p >= bytes && item.p + item.len <= bytes + v.len);
            assert_true(++steps <= sizeof bytes + 1);
        }
    }
}

/* Items may be much longer as text than as bytes: -128 and a comma for each single byte. */
static void long_arrays_fit_the_arena(void **state)
{
    (void)state;
    static uint8_t bytes[4000];
    memset(bytes, 0x80, sizeof bytes);
    for (unsigned type = 0; type < 0x80; type++) {
        struct tcs_value v = {bytes, sizeof bytes, (uint8_t)(type | TCS_VALUE_ARRAY)};
        struct tcs_arena a;
        struct tcs_buf b;
        bool ok = false;
        char what[32];
        snprintf(what, sizeof what, "array of type %02X", type);
        tcs_arena_init(&a, 1 << 20);
        tcs_buf_init(&b, 1 << 20);
        tcs_buf_value(&b, v);
        struct tcs_str s = tcs_value_str(v, &a, &ok);
        check_true(what, ok);
        check_str(what, s, tcs_buf_view(&b));
        tcs_buf_done(&b);
        tcs_arena_done(&a);
    }
}

static void without_memory(void **state)
{
    (void)state;
    struct tcs_arena a;
    bool ok = true;
    struct tcs_value text = VALUE(TCS_VALUE_STRING, "a\0"), number = VALUE(TCS_VALUE_UINT8, "\1"),
                     nothing = VALUE(TCS_VALUE_NULL, "");
    tcs_arena_init(&a, 0);
    check_text("text", tcs_value_str(text, &a, &ok), "");
    assert_false(ok);
    check_text("number", tcs_value_str(number, &a, &ok), "");
    assert_false(ok);
    check_text("nothing", tcs_value_str(nothing, &a, &ok), "");
    assert_true(ok);
    tcs_arena_done(&a);
}

static void what_is_text(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct tcs_value v = {NULL, 0, (uint8_t)type};
        bool want = type == TCS_VALUE_STRING || type == TCS_VALUE_ANSI || type == TCS_VALUE_UTF8;
        assert_int_equal(tcs_value_is_text(v), want);
    }
    struct tcs_value v = tcs_value_of_str(TCS_STR("a\0b"));
    assert_int_equal(v.type, TCS_VALUE_UTF8);
    assert_int_equal(v.len, 3);
}

static void a_text_within_a_value(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct tcs_value v;
        bool has;
    } cases[] = {
        {"UTF-16", {(const uint8_t *)"(\0a\0U\0;\0", 8, TCS_VALUE_STRING}, true},
        {"in the middle", {(const uint8_t *)"D:(AU;SA)", 9, TCS_VALUE_UTF8}, true},
        {"at the end", {(const uint8_t *)"((AU;", 5, TCS_VALUE_UTF8}, true},
        {"cut short", {(const uint8_t *)"(AU", 3, TCS_VALUE_UTF8}, false},
        {"nothing", {NULL, 0, TCS_VALUE_NULL}, false},
        {"no text", {(const uint8_t *)"(AU;", 4, TCS_VALUE_BINARY}, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_int(cases[i].what, tcs_value_has_ascii_nocase(cases[i].v, TCS_STR("(AU;")), cases[i].has);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_within_a_value),
        cmocka_unit_test(every_type_as_text),
        cmocka_unit_test(damaged_text_is_told),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(logon_ids),
        cmocka_unit_test(sids),
        cmocka_unit_test(guids),
        cmocka_unit_test(times),
        cmocka_unit_test(absent),
        cmocka_unit_test(equal_in_either_case),
        cmocka_unit_test(every_array_as_text),
        cmocka_unit_test(any_array_ends),
        cmocka_unit_test(long_arrays_fit_the_arena),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(what_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
