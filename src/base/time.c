#include "base/time.h"

#define TICKS_1601_TO_1970 INT64_C(116444736000000000)
#define SECONDS_PER_DAY    INT64_C(86400)
/* 0000-01-01 and 9999-12-31 23:59:59.9999999: what a four-digit year can print. */
#define FIRST_PRINTABLE (INT64_C(-62167219200) * TCS_TICKS_PER_SECOND)
#define LAST_PRINTABLE  (INT64_C(253402300800) * TCS_TICKS_PER_SECOND - 1)

struct tcs_time tcs_time_of_filetime(uint64_t filetime)
{
    int64_t ticks = filetime > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)filetime;
    return (struct tcs_time){ticks - TICKS_1601_TO_1970};
}

struct tcs_time tcs_time_of_unix(uint32_t seconds)
{
    return (struct tcs_time){(int64_t)seconds * TCS_TICKS_PER_SECOND};
}

bool tcs_time_is_unset(struct tcs_time t)
{
    return t.ticks == -TICKS_1601_TO_1970;
}

int64_t tcs_time_seconds_between(struct tcs_time a, struct tcs_time b)
{
    int64_t ticks;
    if (__builtin_sub_overflow(b.ticks, a.ticks, &ticks))
        ticks = b.ticks < a.ticks ? INT64_MIN : INT64_MAX;
    return ticks / TCS_TICKS_PER_SECOND;
}

/* Days since 1970 of a date in the Gregorian calendar, counted in eras of 400 years that begin in March. */
static int64_t days_of_date(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

struct date {
    int64_t year;
    unsigned month, day;
};

static struct date date_of_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned day_of_era = (unsigned)(days - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * day_of_year + 2) / 153;
    struct date d;
    d.day = day_of_year - (153 * shifted + 2) / 5 + 1;
    d.month = shifted < 10 ? shifted + 3 : shifted - 9;
    d.year = (int64_t)year_of_era + era * 400 + (d.month <= 2);
    return d;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool tcs_time_of_systemtime(const uint8_t words[16], struct tcs_time *out)
{
    unsigned year = tcs_le16(words), month = tcs_le16(words + 2), day = tcs_le16(words + 6);
    unsigned hour = tcs_le16(words + 8), minute = tcs_le16(words + 10), second = tcs_le16(words + 12);
    unsigned ms = tcs_le16(words + 14);
    /* The years of Windows; their ticks fit 64 bits. */
    if (year < 1601 || year > 30827 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59 || ms > 999)
        return false;
    int64_t seconds = days_of_date(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    out->ticks = seconds * TCS_TICKS_PER_SECOND + ms * INT64_C(10000);
    return true;
}

struct clock {
    struct date date;
    unsigned hour, minute, second;
    unsigned fraction; /* ticks below one second */
};

static struct clock clock_of(struct tcs_time t)
{
    int64_t ticks = t.ticks;
    if (ticks < FIRST_PRINTABLE)
        ticks = FIRST_PRINTABLE;
    if (ticks > LAST_PRINTABLE)
        ticks = LAST_PRINTABLE;
    int64_t seconds = ticks / TCS_TICKS_PER_SECOND;
    int64_t fraction = ticks % TCS_TICKS_PER_SECOND;
    if (fraction < 0) {
        fraction += TCS_TICKS_PER_SECOND;
        seconds--;
    }
    int64_t days = seconds / SECONDS_PER_DAY;
    int64_t of_day = seconds % SECONDS_PER_DAY;
    if (of_day < 0) {
        of_day += SECONDS_PER_DAY;
        days--;
    }
    return (struct clock){date_of_days(days), (unsigned)(of_day / 3600), (unsigned)(of_day / 60 % 60),
                          (unsigned)(of_day % 60), (unsigned)fraction};
}

/* Writes n with at least `width` digits; gives the end. */
static char *put_digits(char *out, unsigned n, unsigned width)
{
    for (unsigned i = width; i > 0; i--) {
        out[i - 1] = (char)('0' + n % 10);
        n /= 10;
    }
    return out + width;
}

static char *put_clock(char *out, const struct clock *c, char between)
{
    out = put_digits(out, (unsigned)c->date.year, 4);
    *out++ = '-';
    out = put_digits(out, c->date.month, 2);
    *out++ = '-';
    out = put_digits(out, c->date.day, 2);
    *out++ = between;
    out = put_digits(out, c->hour, 2);
    *out++ = ':';
    out = put_digits(out, c->minute, 2);
    *out++ = ':';
    return put_digits(out, c->second, 2);
}

void tcs_buf_time(struct tcs_buf *b, struct tcs_time t)
{
    struct clock c = clock_of(t);
    char text[32];
    char *end = put_clock(text, &c, 'T');
    *end++ = '.';
    end = put_digits(end, c.fraction, 7);
    *end++ = 'Z';
    tcs_buf_put(b, text, (size_t)(end - text));
}

void tcs_buf_time_human(struct tcs_buf *b, struct tcs_time t)
{
    struct clock c = clock_of(t);
    char text[32];
    char *end = put_clock(text, &c, ' ');
    if (c.fraction) {
        *end++ = '.';
        end = put_digits(end, c.fraction / 10000, 3);
    }
    tcs_buf_put(b, text, (size_t)(end - text));
    tcs_buf_puts(b, " +00:00");
}

void tcs_buf_time_mail(struct tcs_buf *b, struct tcs_time t)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun",
                                       "Mon", "Tue", "Wed"}; /* 1970 began with one */
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct clock c = clock_of(t);
    int64_t day = days_of_date(c.date.year, c.date.month, c.date.day) % 7;
    tcs_buf_printf(b, "%s, %02u %s %04u %02u:%02u:%02u +0000", days[day < 0 ? day + 7 : day], c.date.day,
                   months[c.date.month - 1], (unsigned)c.date.year, c.hour, c.minute, c.second);
}

void tcs_buf_time_syslog(struct tcs_buf *b, struct tcs_time t)
{
    struct clock c = clock_of(t);
    char text[32];
    char *end = put_clock(text, &c, 'T');
    *end++ = '.';
    end = put_digits(end, c.fraction / 10, 6);
    *end++ = 'Z';
    tcs_buf_put(b, text, (size_t)(end - text));
}

/* Reading: a position in the text and a flag that the first misfit sets. */
struct scan {
    struct tcs_str text;
    size_t at;
    bool bad;
};

static bool scan_is(const struct scan *s, char c)
{
    return s->at < s->text.len && s->text.p[s->at] == c;
}

static bool scan_accept(struct scan *s, char c)
{
    bool hit = scan_is(s, c);
    s->at += hit;
    return hit;
}

static unsigned scan_digits(struct scan *s, unsigned count, unsigned most)
{
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++, s->at++) {
        if (s->at >= s->text.len || s->text.p[s->at] < '0' || s->text.p[s->at] > '9') {
            s->bad = true;
            return 0;
        }
        n = n * 10 + (unsigned)(s->text.p[s->at] - '0');
    }
    s->bad = s->bad || n > most;
    return n;
}

/* Up to nine digits count, to 100 ns; further digits are finer than we keep. */
static int64_t scan_fraction(struct scan *s)
{
    int64_t ticks = 0;
    int64_t unit = TCS_TICKS_PER_SECOND / 10;
    size_t first = s->at;
    for (; s->at < s->text.len && s->text.p[s->at] >= '0' && s->text.p[s->at] <= '9'; s->at++) {
        ticks += unit * (s->text.p[s->at] - '0');
        unit /= 10;
    }
    s->bad = s->bad || s->at == first;
    return ticks;
}

/* Seconds east of UTC. */
static int64_t scan_offset(struct scan *s)
{
    if (s->at == s->text.len || scan_accept(s, 'Z') || scan_accept(s, 'z'))
        return 0;
    int64_t sign = scan_accept(s, '-') ? -1 : 1;
    if (sign > 0 && !scan_accept(s, '+'))
        s->bad = true;
    unsigned hours = scan_digits(s, 2, 14);
    scan_accept(s, ':');
    unsigned minutes = scan_digits(s, 2, 59);
    return sign * (int64_t)(hours * 3600 + minutes * 60);
}

bool tcs_time_parse(struct tcs_str text, struct tcs_time *out)
{
    struct scan s = {.text = text};
    unsigned year = scan_digits(&s, 4, 9999);
    s.bad = !scan_accept(&s, '-') || s.bad;
    unsigned month = scan_digits(&s, 2, 12);
    s.bad = !scan_accept(&s, '-') || s.bad;
    unsigned day = scan_digits(&s, 2, 31);
    if (s.bad || month < 1 || day < 1 || day > days_in_month(year, month))
        return false;
    int64_t seconds = days_of_date(year, month, day) * SECONDS_PER_DAY;
    int64_t fraction = 0;
    if (scan_accept(&s, 'T') || scan_accept(&s, 't') || scan_accept(&s, ' ')) {
        seconds += scan_digits(&s, 2, 23) * 3600;
        s.bad = !scan_accept(&s, ':') || s.bad;
        seconds += scan_digits(&s, 2, 59) * 60;
        if (scan_accept(&s, ':')) {
            seconds += scan_digits(&s, 2, 60);
            if (scan_accept(&s, '.'))
                fraction = scan_fraction(&s);
        }
        seconds -= scan_offset(&s);
    }
    out->ticks = seconds * TCS_TICKS_PER_SECOND + fraction;
    return !s.bad && s.at == text.len;
}
