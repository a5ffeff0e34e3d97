/* Unit tests of engine/num: calendar by day-by-day walks, decimals and rounding against independent formulations. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "num/calendar.h"
#include "num/money.h"
#include "num/period.h"

enum { DAY_MIN = -719162, DAY_MAX = 2932896 };

static int64_t day(const char *s) {
  int64_t d = 0;
  cr_assert(ans_date_parse_iso(s, &d), "%s", s);
  return d;
}

/* Walks every day of 9999 years with its own month lengths and compares both directions. */
Test(calendar, every_day_there_and_back) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t d = DAY_MIN;
  for (int y = 1; y <= 9999; y++)
    for (int m = 1; m <= 12; m++) {
      int n = lengths[m - 1] + (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
      if (ans_month_first(y * 12 + m - 1) != d || ans_month_last(y * 12 + m - 1) != d + n - 1) cr_assert_fail("month %d-%d", y, m);
      if (ans_date_valid_ymd(y, m, n + 1) || !ans_date_valid_ymd(y, m, n)) cr_assert_fail("length %d-%d", y, m);
      for (int k = 1; k <= n; k++, d++) {
        int yy, mm, dd;
        ans_date_to_ymd(d, &yy, &mm, &dd);
        if (yy != y || mm != m || dd != k || ans_date_from_ymd(y, m, k) != d || ans_date_month(d) != y * 12 + m - 1) cr_assert_fail("%d-%d-%d", y, m, k);
      }
    }
  cr_assert_eq(d, DAY_MAX + 1);
  cr_assert_eq(ans_date_from_ymd(1970, 1, 1), 0);
}

Test(calendar, parse_and_format) {
  static const char *const bad[] = {"", "2024-02-30", "2023-02-29", "1900-02-29", "0000-01-01", "2024-13-01", "2024-00-01", "2024-01-00", "2024-1-01", "2024-01-1",
                                    "2024-01-01x", "2024/01/01", " 2024-01-01", "20240101", "2024-01", "-001-01-01", "10000-01-01"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int64_t d = 42;
    cr_assert_not(ans_date_parse_iso(bad[i], &d), "%s", bad[i]);
    cr_assert_eq(d, 42);
  }
  char s[11];
  ans_date_format_iso(day("2008-06-01"), s);
  cr_assert_str_eq(s, "2008-06-01");
  ans_date_format_de(day("2008-06-01"), s);
  cr_assert_str_eq(s, "01.06.2008");
  ans_date_format_iso(day("0001-01-01"), s);
  cr_assert_str_eq(s, "0001-01-01");
  cr_assert_eq(day("9999-12-31"), DAY_MAX);
  cr_assert_eq(day("2000-02-29"), day("2000-03-01") - 1);
  int64_t m = 0;
  cr_assert(ans_month_parse_iso("2026-11", &m));
  cr_assert_eq(m, 2026 * 12 + 10);
  cr_assert_not(ans_month_parse_iso("2026-13", &m));
  cr_assert_not(ans_month_parse_iso("0000-01", &m));
  cr_assert_not(ans_month_parse_iso("2026-1", &m));
  char t[8];
  ans_month_format_iso(m, t);
  cr_assert_str_eq(t, "2026-11");
}

/* §§ 187 Abs. 2 Satz 2, 188 Abs. 2, 3 BGB */
Test(calendar, birthdays) {
  int64_t d;
  cr_assert(ans_date_birthday(day("2008-06-01"), 18, &d) && d == day("2026-06-01"));
  cr_assert(ans_date_birthday(day("2008-02-29"), 18, &d) && d == day("2026-03-01"));
  cr_assert(ans_date_birthday(day("2008-02-29"), 16, &d) && d == day("2024-02-29"));
  cr_assert(ans_date_birthday(day("2008-02-29"), 0, &d) && d == day("2008-02-29"));
  cr_assert(ans_date_birthday(day("2000-05-05"), -3, &d) && d == day("1997-05-05"));
  cr_assert(ans_date_birthday(day("9998-12-31"), 1, &d) && d == DAY_MAX);
  cr_assert_not(ans_date_birthday(day("9998-12-31"), 2, &d));
  cr_assert_not(ans_date_birthday(day("0002-01-01"), -2, &d));
  cr_assert_not(ans_date_birthday(0, INT64_MAX, &d));
  cr_assert_not(ans_date_birthday(0, INT64_MIN, &d));
}

Test(calendar, adding_months) {
  int64_t d = 7;
  cr_assert(ans_date_add_months(day("2024-01-31"), 2, 0, &d) && d == day("2024-03-31"));
  cr_assert_not(ans_date_add_months(day("2024-01-31"), 1, 0, &d));
  cr_assert(ans_date_add_months(day("2024-01-31"), 1, 1, &d) && d == day("2024-02-29"));
  cr_assert(ans_date_add_months(day("2024-01-31"), 1, 2, &d) && d == day("2024-03-01"));
  cr_assert(ans_date_add_months(day("2024-03-31"), -1, 1, &d) && d == day("2024-02-29"));
  cr_assert(ans_date_add_months(day("2024-01-15"), -1, 0, &d) && d == day("2023-12-15"));
  cr_assert(ans_date_add_months(day("0001-02-01"), -1, 0, &d) && d == DAY_MIN);
  cr_assert_not(ans_date_add_months(day("0001-01-31"), -1, 1, &d));
  cr_assert_not(ans_date_add_months(day("9999-12-01"), 1, 1, &d));
  cr_assert_not(ans_date_add_months(0, INT64_MAX, 1, &d));
  cr_assert_not(ans_date_add_months(0, INT64_MIN, 1, &d));
}

Test(money, parse) {
  static const struct { const char *s; unsigned scale; bool ok; int64_t v; } cases[] = {
      {"1234.50", 2, true, 123450}, {"259", 2, true, 25900}, {"-0.01", 2, true, -1}, {"0", 0, true, 0}, {"0.5", 2, true, 50}, {"-0", 2, true, 0},
      {"9223372036854775807", 0, true, INT64_MAX}, {"-9223372036854775808", 0, true, INT64_MIN}, {"92233720368547758.07", 2, true, INT64_MAX},
      {"9223372036854775808", 0, false, 0}, {"-9223372036854775809", 0, false, 0}, {"92233720368547758.08", 2, false, 0}, {"92233720368547759", 2, false, 0},
      {"99999999999999999999", 0, false, 0}, {"1.234", 2, false, 0}, {"1.", 2, false, 0}, {".5", 2, false, 0}, {"", 2, false, 0}, {"-", 2, false, 0},
      {"1,5", 2, false, 0}, {"1.2.3", 3, false, 0}, {"+1", 2, false, 0}, {" 1", 2, false, 0}, {"1 ", 2, false, 0}, {"1e3", 2, false, 0}, {"0x10", 0, false, 0},
      {"1.5", 0, false, 0}, {"--1", 0, false, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t v = 4711;
    cr_assert_eq(ans_decimal_parse(cases[i].s, cases[i].scale, &v), cases[i].ok, "%s", cases[i].s);
    cr_assert_eq(v, cases[i].ok ? cases[i].v : 4711, "%s", cases[i].s);
  }
}

Test(money, format) {
  static const struct { int64_t v; unsigned scale; const char *plain, *de; } cases[] = {
      {123450, 2, "1234.50", "1.234,50"}, {-5, 2, "-0.05", "-0,05"}, {0, 2, "0.00", "0,00"}, {100000000, 2, "1000000.00", "1.000.000,00"}, {999, 0, "999", "999"},
      {1000, 0, "1000", "1.000"}, {INT64_MIN, 0, "-9223372036854775808", "-9.223.372.036.854.775.808"},
      {INT64_MIN, 18, "-9.223372036854775808", "-9,223372036854775808"}, {1, 18, "0.000000000000000001", "0,000000000000000001"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char s[64];
    int64_t back = 0;
    ans_decimal_format(cases[i].v, cases[i].scale, s, sizeof s);
    cr_assert_str_eq(s, cases[i].plain);
    cr_assert(ans_decimal_parse(s, cases[i].scale, &back) && back == cases[i].v);
    ans_decimal_format_de(cases[i].v, cases[i].scale, s, sizeof s);
    cr_assert_str_eq(s, cases[i].de);
  }
  char tiny[4];
  ans_decimal_format(123450, 2, tiny, sizeof tiny);
  cr_assert_str_eq(tiny, "123");
}

/* The defining inequalities of the three roundings, over a grid and at the borders. */
Test(money, rounding) {
  for (int64_t a = -300; a <= 300; a++)
    for (int64_t b = -12; b <= 12; b++) {
      int64_t q = 0;
      if (b == 0) {
        for (int mode = 0; mode < 3; mode++) cr_assert_not(ans_div_round(a, b, mode, &q));
        continue;
      }
      int64_t x = llabs(a), y = llabs(b);
      int64_t expected[3] = {(2 * x + y) / (2 * y), (x + y - 1) / y, x / y};
      for (int mode = 0; mode < 3; mode++) {
        cr_assert(ans_div_round(a, b, mode, &q));
        cr_assert_eq(q, (a < 0) != (b < 0) ? -expected[mode] : expected[mode], "%ld / %ld mode %d", (long)a, (long)b, mode);
      }
    }
  int64_t q = 0;
  cr_assert(ans_div_round(INT64_MIN, 1, 0, &q) && q == INT64_MIN);
  cr_assert_not(ans_div_round(INT64_MIN, -1, 0, &q));
  cr_assert_not(ans_div_round((ans_int128)INT64_MAX * 4, 3, 2, &q));
  cr_assert(ans_div_round((ans_int128)INT64_MAX * 4, 4, 0, &q) && q == INT64_MAX);
  cr_assert_not(ans_div_round((ans_int128)INT64_MAX * 2 + 1, 2, 0, &q)); /* rounds up to 2^63 */
  cr_assert(ans_div_round((ans_int128)INT64_MIN * 2 - 1, 2, 2, &q) && q == INT64_MIN);
  ans_int128 least = (ans_int128)1 << 126;
  cr_assert(ans_div_round(-least - least, least, 0, &q) && q == -2);
}

/* Easter Sundays as published; holidays of Thuringia and the working days after them (§ 193 BGB, § 26 Abs. 3 SGB X). */
Test(calendar, easter_and_holidays) {
  static const char *const easter[] = {"1818-03-22", "1943-04-25", "2000-04-23", "2008-03-23", "2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25"};
  for (size_t i = 0; i < sizeof easter / sizeof *easter; i++) cr_assert_eq(ans_date_easter(atoi(easter[i])), day(easter[i]), "%s", easter[i]);
  static const char *const holidays[] = {"2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-09-20", "2026-10-03", "2026-10-31",
                                         "2026-12-25", "2026-12-26"};
  int64_t first = day("2026-01-01");
  size_t found = 0;
  for (int64_t d = first; d < first + 365; d++) {
    bool h = false, listed = false;
    cr_assert(ans_date_holiday(d, ANS_JURISDICTION_THUERINGEN, &h));
    for (size_t i = 0; i < sizeof holidays / sizeof *holidays; i++) listed = listed || day(holidays[i]) == d;
    cr_assert_eq(h, listed, "day %ld of 2026", (long)(d - first));
    found += h;
  }
  cr_assert_eq(found, 11);
  bool h = true;
  cr_assert(ans_date_holiday(day("2018-09-20"), 0, &h) && !h);
  cr_assert(ans_date_holiday(day("2019-09-20"), 0, &h) && h);
  cr_assert_not(ans_date_holiday(day("1994-12-31"), 0, &h));
  cr_assert_not(ans_date_holiday(day("2020-01-01"), ANS_JURISDICTION_COUNT, &h));
  static const char *const next[][2] = {{"2026-04-02", "2026-04-02"}, {"2026-04-03", "2026-04-07"}, {"2026-12-25", "2026-12-28"}, {"2024-12-24", "2024-12-24"},
                                        {"2024-12-25", "2024-12-27"}, {"2026-01-03", "2026-01-05"}, {"2026-09-19", "2026-09-21"}, {"1995-01-01", "1995-01-02"}};
  for (size_t i = 0; i < sizeof next / sizeof *next; i++) {
    int64_t d = 0;
    cr_assert(ans_date_workday(day(next[i][0]), 0, &d) && d == day(next[i][1]), "%s", next[i][0]);
  }
  int64_t d = 0;
  cr_assert(ans_date_workday(DAY_MAX, 0, &d) && d == DAY_MAX); /* a Friday */
}

/* Against the quotient in 128 bits where that holds the intermediate, and at the edges where it does not. */
Test(money, rounded_products) {
  static const int64_t some[] = {0, 1, -1, 3, -7, 99, 1000003, -4797000, INT64_MAX, INT64_MIN, INT64_C(4000000000)};
  enum { N = sizeof some / sizeof *some };
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      for (int k = 0; k < N; k++)
        for (int places = -6; places <= 0; places++)
          for (int mode = 0; mode < 3; mode++) {
            int64_t got = 0, want = 0;
            ans_int128 down = some[k];
            for (int p = places; p < 0; p++) down *= 10;
            bool ok = ans_mul_div_round(some[i], some[j], some[k], places, mode, &got), expected = ans_div_round((ans_int128)some[i] * some[j], down, mode, &want);
            cr_assert(ok == expected && got == want, "%ld * %ld / %ld e%d mode %d", (long)some[i], (long)some[j], (long)some[k], places, mode);
          }
  int64_t q = 0;
  cr_assert(ans_mul_div_round(1, 1, 3, 18, 0, &q) && q == INT64_C(333333333333333333));
  cr_assert(ans_mul_div_round(2, 1, 3, 18, 1, &q) && q == INT64_C(666666666666666667));
  cr_assert_not(ans_mul_div_round(INT64_MAX, INT64_MAX, 1, 5, 2, &q));
  cr_assert(ans_mul_div_round(INT64_MAX, INT64_MAX, INT64_MAX, 0, 2, &q) && q == INT64_MAX);
  cr_assert(ans_mul_div_round(INT64_MIN, INT64_MIN, INT64_MIN, -36, 0, &q) && q == 0);
  cr_assert(ans_mul_div_round(INT64_MIN, INT64_MIN, INT64_MIN, -36, 1, &q) && q == -1);
  /* b·M of Anlage 3 WoGG: 0,000479700 · 1 250,00 with ten decimals each */
  cr_assert(ans_mul_div_round(INT64_C(4797000), INT64_C(12500000000000), 1, -10, 0, &q) && q == INT64_C(5996250000));
  cr_assert_not(ans_mul_div_round(1, 1, 0, 0, 0, &q));
}

/* Every period of every kind: first and last day in the calendar, no gap, no overlap, each day in its own, texts there and back. */
Test(period, cover_the_calendar) {
  static const int32_t count[ANS_PERIOD_KINDS] = {9999 * 12, 3652059, 9999 * 2, 9999};
  for (uint32_t kind = 0; kind < ANS_PERIOD_KINDS; kind++) {
    const int32_t lowest = ans_period_lowest(kind), highest = ans_period_highest(kind);
    int64_t next = DAY_MIN;
    uint32_t most = 0;
    cr_assert_eq(highest - lowest + 1, count[kind], "kind %u", kind);
    for (int32_t n = lowest; n <= highest; n++) {
      const int64_t first = ans_period_first(kind, n), last = ans_period_last(kind, n);
      if (!ans_period_valid(kind, n) || first != next || last < first || ans_period_of(kind, first) != n || ans_period_of(kind, last) != n) cr_assert_fail("kind %u period %d", kind, n);
      if (last - first + 1 > most) most = (uint32_t)(last - first + 1);
      next = last + 1;
      if (kind == ANS_PERIOD_DAY && n % 97) continue; /* the texts of every 97th day */
      char iso[ANS_PERIOD_TEXT], de[ANS_PERIOD_TEXT];
      uint32_t k = 99, k_de = 99;
      int32_t m = 0, m_de = 0;
      ans_period_format(kind, n, iso);
      ans_period_format_de(kind, n, de);
      if (!ans_period_parse(iso, strlen(iso), &k, &m) || k != kind || m != n) cr_assert_fail("%s", iso);
      if (!ans_period_parse_de(de, strlen(de), &k_de, &m_de) || k_de != kind || m_de != n) cr_assert_fail("%s", de);
    }
    cr_assert_eq(next, DAY_MAX + 1);
    cr_assert_eq(most, ans_period_days(kind));
    cr_assert_not(ans_period_valid(kind, (int64_t)lowest - 1));
    cr_assert_not(ans_period_valid(kind, (int64_t)highest + 1));
  }
  cr_assert_not(ans_period_valid(ANS_PERIOD_KINDS, 2026));
}

Test(period, texts) {
  static const struct { uint32_t kind; int32_t number; const char *iso, *de, *phrase, *english; } some[] = {
      {ANS_PERIOD_MONTH, 2026 * 12 + 5, "2026-06", "06.2026", "im 06.2026", "in 06.2026"},
      {ANS_PERIOD_DAY, 20619, "2026-06-15", "15.06.2026", "am 15.06.2026", "on 15.06.2026"},
      {ANS_PERIOD_HALF_YEAR, 2026 * 2 + 1, "2026-H2", "2/2026", "im 2. Halbjahr 2026", "in the second half of 2026"},
      {ANS_PERIOD_HALF_YEAR, 2, "0001-H1", "1/0001", "im 1. Halbjahr 0001", "in the first half of 0001"},
      {ANS_PERIOD_YEAR, 2026, "2026", "2026", "im Jahr 2026", "in the year 2026"},
      {ANS_PERIOD_YEAR, 10000, "10000", "10000", "im Jahr 10000", "in the year 10000"}, /* none: the number as it is */
      {ANS_PERIOD_HALF_YEAR, INT32_MIN, "-2147483648", "-2147483648", "im -2147483648", "in -2147483648"}};
  for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
    char out[ANS_PERIOD_TEXT];
    cr_expect_str_eq(ans_period_format(some[i].kind, some[i].number, out), some[i].iso);
    cr_expect_str_eq(ans_period_format_de(some[i].kind, some[i].number, out), some[i].de);
    cr_expect_str_eq(ans_period_phrase(some[i].kind, some[i].number, false, out), some[i].phrase);
    cr_expect_str_eq(ans_period_phrase(some[i].kind, some[i].number, true, out), some[i].english);
  }
  static const char *const bad[] = {"", "0000", "202", "20266", "2026-", "2026-00", "2026-13", "2026-H0", "2026-H3", "2026-h1", "2026-H", "2026-H12", "2026-02-29", "2026-6", "2026-06-15x", "0000-01", "1/2026", "06.2026", " 2026"};
  static const char *const bad_de[] = {"", "0000", "13.2026", "00.2026", "3/2026", "0/2026", "1/26", "29.02.2026", "6.2026", "2026-06", "2026-H1", "1/2026 ", "a/2026", "31.04.2026"};
  uint32_t kind;
  int32_t number;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_expect_not(ans_period_parse(bad[i], strlen(bad[i]), &kind, &number), "%s", bad[i]);
  for (size_t i = 0; i < sizeof bad_de / sizeof *bad_de; i++) cr_expect_not(ans_period_parse_de(bad_de[i], strlen(bad_de[i]), &kind, &number), "%s", bad_de[i]);
  cr_expect(ans_period_parse("2024..2026", 4, &kind, &number) && kind == ANS_PERIOD_YEAR && number == 2024); /* a part of a longer text */
}
