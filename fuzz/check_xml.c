#include "support.h"

#include <expat.h>

/* MemorySanitizer does not see what a library that was built without it writes, and takes it for
 * uninitialised. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define CANNOT_PARSE 1
#endif
#endif
#ifndef CANNOT_PARSE
#define CANNOT_PARSE 0
#endif

bool fuzz_is_xml_line(const char *p, size_t len, const char **why)
{
    static XML_Parser parser; /* one for all; making it anew takes longer than the parsing */
    *why = NULL;
    if (parser == NULL)
        parser = XML_ParserCreate("UTF-8");
    FUZZ_REQUIRE(parser != NULL);
    if (!fuzz_is_utf8(p, len))
        *why = "no UTF-8";
    else if (len == 0 || memchr(p, '\n', len) != p + len - 1)
        *why = "not one line";
    else if (!CANNOT_PARSE && XML_Parse(parser, p, (int)len, XML_TRUE) != XML_STATUS_OK)
        *why = XML_ErrorString(XML_GetErrorCode(parser));
    FUZZ_REQUIRE(XML_ParserReset(parser, "UTF-8") == XML_TRUE);
    return *why == NULL;
}
