/* Owns: the arithmetic and the texts of periods (calendar month, day, half-year, year).
 *
 * Everything that must know which days a period has, or how a user writes one, asks here, so that compiler, engines, store and command line
 * cannot disagree. A period is a pair of a kind and a number; the numbers of a kind are consecutive, so that ranges are counted without the
 * calendar. Invariant: first(n + 1) = last(n) + 1 inside a kind. Pure functions, no memory, thread-safe. */
#include "num/period.h"

#include <stdio.h>
#include <string.h>
#include "num/calendar.h"

enum { YEAR_FIRST = 1, YEAR_LAST = 9999 };

int32_t ans_period_lowest(uint32_t kind) {
  switch (kind) {
    case ANS_PERIOD_DAY: return (int32_t)ans_date_from_ymd(YEAR_FIRST, 1, 1);
    case ANS_PERIOD_HALF_YEAR: return YEAR_FIRST * 2;
    case ANS_PERIOD_YEAR: return YEAR_FIRST;
    default: return YEAR_FIRST * 12;
  }
}

int32_t ans_period_highest(uint32_t kind) {
  switch (kind) {
    case ANS_PERIOD_DAY: return (int32_t)ans_date_from_ymd(YEAR_LAST, 12, 31);
    case ANS_PERIOD_HALF_YEAR: return YEAR_LAST * 2 + 1;
    case ANS_PERIOD_YEAR: return YEAR_LAST;
    default: return YEAR_LAST * 12 + 11;
  }
}

bool ans_period_valid(uint32_t kind, int64_t number) {
  return kind < ANS_PERIOD_KINDS && number >= ans_period_lowest(kind) && number <= ans_period_highest(kind);
}

int64_t ans_period_first(uint32_t kind, int64_t number) {
  switch (kind) {
    case ANS_PERIOD_DAY: return number;
    case ANS_PERIOD_HALF_YEAR: return ans_date_from_ymd((int)(number / 2), number % 2 ? 7 : 1, 1);
    case ANS_PERIOD_YEAR: return ans_date_from_ymd((int)number, 1, 1);
    default: return ans_month_first(number);
  }
}

int64_t ans_period_last(uint32_t kind, int64_t number) {
  switch (kind) {
    case ANS_PERIOD_DAY: return number;
    case ANS_PERIOD_HALF_YEAR: return number % 2 ? ans_date_from_ymd((int)(number / 2), 12, 31) : ans_date_from_ymd((int)(number / 2), 6, 30);
    case ANS_PERIOD_YEAR: return ans_date_from_ymd((int)number, 12, 31);
    default: return ans_month_last(number);
  }
}

int32_t ans_period_of(uint32_t kind, int64_t day) {
  const int64_t month = ans_date_month(day);
  switch (kind) {
    case ANS_PERIOD_DAY: return (int32_t)day;
    case ANS_PERIOD_HALF_YEAR: return (int32_t)(month / 6);
    case ANS_PERIOD_YEAR: return (int32_t)(month / 12);
    default: return (int32_t)month;
  }
}

uint32_t ans_period_days(uint32_t kind) {
  switch (kind) {
    case ANS_PERIOD_DAY: return 1;
    case ANS_PERIOD_HALF_YEAR: return 184; /* July to December, in every year */
    case ANS_PERIOD_YEAR: return ANS_PERIOD_MAX_DAYS;
    default: return 31;
  }
}

static bool period__year(const char *s, int32_t *year) {
  int32_t v = 0;
  for (int i = 0; i < 4; i++) {
    if (s[i] < '0' || s[i] > '9') return false;
    v = v * 10 + (s[i] - '0');
  }
  *year = v;
  return v >= YEAR_FIRST;
}

bool ans_period_parse(const char *text, uint64_t size, uint32_t *kind, int32_t *number) {
  char s[11];
  int32_t year;
  int64_t v;
  if (size < 4 || size > 10) return false;
  memcpy(s, text, (size_t)size);
  s[size] = 0;
  if (!period__year(s, &year)) return false;
  if (size == 4) {
    *kind = ANS_PERIOD_YEAR, *number = year;
  } else if (size == 7 && s[4] == '-' && s[5] == 'H') {
    if (s[6] != '1' && s[6] != '2') return false;
    *kind = ANS_PERIOD_HALF_YEAR, *number = year * 2 + (s[6] - '1');
  } else if (ans_month_parse_iso(s, &v)) {
    *kind = ANS_PERIOD_MONTH, *number = (int32_t)v;
  } else if (ans_date_parse_iso(s, &v)) {
    *kind = ANS_PERIOD_DAY, *number = (int32_t)v;
  } else {
    return false;
  }
  return true;
}

bool ans_period_parse_de(const char *text, uint64_t size, uint32_t *kind, int32_t *number) {
  char iso[11]; /* the same date in the other order */
  if (size == 10 && text[2] == '.' && text[5] == '.') snprintf(iso, sizeof iso, "%.4s-%.2s-%.2s", text + 6, text + 3, text);
  else if (size == 7 && text[2] == '.') snprintf(iso, sizeof iso, "%.4s-%.2s", text + 3, text);
  else if (size == 6 && text[1] == '/') snprintf(iso, sizeof iso, "%.4s-H%.1s", text + 2, text);
  else if (size == 4) snprintf(iso, sizeof iso, "%.4s", text);
  else return false;
  return ans_period_parse(iso, strlen(iso), kind, number);
}

const char *ans_period_format(uint32_t kind, int64_t number, char out[ANS_PERIOD_TEXT]) {
  if (!ans_period_valid(kind, number)) snprintf(out, ANS_PERIOD_TEXT, "%lld", (long long)number);
  else if (kind == ANS_PERIOD_DAY) ans_date_format_iso(number, out);
  else if (kind == ANS_PERIOD_HALF_YEAR) snprintf(out, ANS_PERIOD_TEXT, "%04d-H%d", (int)(number / 2), (int)(number % 2) + 1);
  else if (kind == ANS_PERIOD_YEAR) snprintf(out, ANS_PERIOD_TEXT, "%04d", (int)number);
  else ans_month_format_iso(number, out);
  return out;
}

const char *ans_period_format_de(uint32_t kind, int64_t number, char out[ANS_PERIOD_TEXT]) {
  if (!ans_period_valid(kind, number)) snprintf(out, ANS_PERIOD_TEXT, "%lld", (long long)number);
  else if (kind == ANS_PERIOD_DAY) ans_date_format_de(number, out);
  else if (kind == ANS_PERIOD_HALF_YEAR) snprintf(out, ANS_PERIOD_TEXT, "%d/%04d", (int)(number % 2) + 1, (int)(number / 2));
  else if (kind == ANS_PERIOD_YEAR) snprintf(out, ANS_PERIOD_TEXT, "%04d", (int)number);
  else ans_month_format_de(number, out);
  return out;
}

const char *ans_period_phrase(uint32_t kind, int64_t number, bool english, char out[ANS_PERIOD_TEXT]) {
  char text[ANS_PERIOD_TEXT];
  const int half = (int)(number % 2) + 1, year = (int)(number / 2);
  ans_period_format_de(kind, number, text);
  if (kind == ANS_PERIOD_DAY) snprintf(out, ANS_PERIOD_TEXT, "%s %.20s", english ? "on" : "am", text);
  else if (kind == ANS_PERIOD_YEAR) snprintf(out, ANS_PERIOD_TEXT, "%s %.20s", english ? "in the year" : "im Jahr", text);
  else if (kind != ANS_PERIOD_HALF_YEAR || !ans_period_valid(kind, number)) snprintf(out, ANS_PERIOD_TEXT, "%s %.20s", english ? "in" : "im", text);
  else if (english) snprintf(out, ANS_PERIOD_TEXT, "in the %s half of %04d", half == 1 ? "first" : "second", year);
  else snprintf(out, ANS_PERIOD_TEXT, "im %d. Halbjahr %04d", half, year);
  return out;
}

const char *ans_period_kind_name(uint32_t kind, bool english) {
  static const char *const names[ANS_PERIOD_KINDS][2] = {{"Monat", "month"}, {"Tag", "day"}, {"Halbjahr", "half-year"}, {"Jahr", "year"}};
  return kind < ANS_PERIOD_KINDS ? names[kind][english] : "?";
}

const char *ans_period_form(uint32_t kind) {
  static const char *const forms[ANS_PERIOD_KINDS] = {"JJJJ-MM", "JJJJ-MM-TT", "JJJJ-H1, JJJJ-H2", "JJJJ"};
  return kind < ANS_PERIOD_KINDS ? forms[kind] : "?";
}
