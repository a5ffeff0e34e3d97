/* Calendar arithmetic on day numbers (days since 1970-01-01, proleptic Gregorian, years 1…9999).
 *
 * Day ↔ year-month-day uses the usual shift of the year's start to March, so that the leap day is the last day of a 400-year era's year;
 * no table, no loop over years, no libc time functions (time zones have no place in law). Pure functions, thread-safe. */
#include "num/calendar.h"
#include <string.h>

enum {
  DAY_FIRST = -719162, /* 0001-01-01 */
  DAY_LAST = 2932896,  /* 9999-12-31 */
  MONTH_NUMBER_FIRST = 12,
  MONTH_NUMBER_LAST = 9999 * 12 + 11,
  ERA_DAYS = 146097,        /* days of 400 years */
  ERA_OFFSET = 719468,      /* 0000-03-01 … 1970-01-01 */
  HOLIDAYS_FIRST = 9131,    /* 1995-01-01: the Thuringian holiday act in force */
  ANY_MONDAY = 3,           /* 1970-01-01 was a Thursday */
};

static bool calendar__leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int calendar__days_in_month(int year, int month) {
  if (month == 2) return calendar__leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool ans_date_valid_ymd(int year, int month, int day) {
  return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= calendar__days_in_month(year, month);
}

int64_t ans_date_from_ymd(int year, int month, int day) {
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t year_of_era = y - era * 400;
  int64_t shifted = month > 2 ? month - 3 : month + 9; /* March = 0 */
  int64_t day_of_year = (153 * shifted + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * ERA_DAYS + day_of_era - ERA_OFFSET;
}

void ans_date_to_ymd(int64_t day, int *year, int *month, int *dom) {
  int64_t z = day + ERA_OFFSET;
  int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
  int64_t doe = z - era * ERA_DAYS;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t shifted = (5 * doy + 2) / 153;
  int64_t m = shifted < 10 ? shifted + 3 : shifted - 9;
  *dom = (int)(doy - (153 * shifted + 2) / 5 + 1);
  *month = (int)m;
  *year = (int)(yoe + era * 400 + (m <= 2));
}

int64_t ans_date_month(int64_t day) {
  int y, m, d;
  ans_date_to_ymd(day, &y, &m, &d);
  return (int64_t)y * 12 + m - 1;
}

/* Floored division, so that month numbers below zero still name the right year. */
static void calendar__split_month(int64_t month, int *year, int *moy) {
  int64_t y = month >= 0 ? month / 12 : -((11 - month) / 12);
  *year = (int)y;
  *moy = (int)(month - y * 12) + 1;
}

int64_t ans_month_first(int64_t month) {
  int y, m;
  calendar__split_month(month, &y, &m);
  return ans_date_from_ymd(y, m, 1);
}

int64_t ans_month_last(int64_t month) {
  int y, m;
  calendar__split_month(month, &y, &m);
  return ans_date_from_ymd(y, m, calendar__days_in_month(y, m));
}

bool ans_date_birthday(int64_t birth, int64_t years, int64_t *out) {
  int y, m, d;
  if (years < -10000 || years > 10000) return false;
  ans_date_to_ymd(birth, &y, &m, &d);
  int target = y + (int)years;
  if (target < 1 || target > 9999) return false;
  if (d > calendar__days_in_month(target, m)) m = 3, d = 1; /* only 29 February can be missing */
  *out = ans_date_from_ymd(target, m, d);
  return true;
}

bool ans_date_add_months(int64_t day, int64_t months, int clip, int64_t *out) {
  int y, m, d;
  ans_date_to_ymd(day, &y, &m, &d);
  int64_t number;
  if (__builtin_add_overflow((int64_t)y * 12 + m - 1, months, &number)) return false;
  if (number < MONTH_NUMBER_FIRST || number > MONTH_NUMBER_LAST) return false;
  calendar__split_month(number, &y, &m);
  int last = calendar__days_in_month(y, m);
  int64_t first = ans_date_from_ymd(y, m, 1), result;
  if (d <= last) result = first + d - 1;
  else if (clip == 1) result = first + last - 1;
  else if (clip == 2) result = first + last;
  else return false;
  if (result > DAY_LAST) return false;
  *out = result;
  return true;
}

/* Gregorian computus after Gauss, in the form of Meeus/Jones/Butcher: golden number, century corrections, epact, weekday. */
int64_t ans_date_easter(int year) {
  int a = year % 19, b = year / 100, c = year % 100;
  int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  int m = (a + 11 * h + 22 * l) / 451;
  int n = h + l - 7 * m + 114;
  return ans_date_from_ymd(year, n / 31, n % 31 + 1);
}

static bool calendar__thuringia(int64_t day) {
  static const struct { int month, day, first_year; } fixed[] = {{1, 1, 0}, {5, 1, 0}, {9, 20, 2019}, {10, 3, 0}, {10, 31, 0}, {12, 25, 0}, {12, 26, 0}};
  static const int after_easter[] = {-2 /* Good Friday */, 1, 39 /* Ascension */, 50 /* Whit Monday */};
  int y, m, d;
  ans_date_to_ymd(day, &y, &m, &d);
  for (unsigned i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (fixed[i].month == m && fixed[i].day == d) return y >= fixed[i].first_year;
  int64_t distance = day - ans_date_easter(y);
  for (unsigned i = 0; i < sizeof after_easter / sizeof *after_easter; i++)
    if (distance == after_easter[i]) return true;
  return false;
}

bool ans_date_holiday(int64_t day, unsigned jurisdiction, bool *out) {
  if (jurisdiction >= ANS_JURISDICTION_COUNT || day < HOLIDAYS_FIRST || day > DAY_LAST) return false;
  *out = calendar__thuringia(day);
  return true;
}

bool ans_date_workday(int64_t day, unsigned jurisdiction, int64_t *out) {
  for (;; day++) { /* at most a few steps: no two weeks are without a working day */
    bool holiday;
    if (!ans_date_holiday(day, jurisdiction, &holiday)) return false;
    int64_t weekday = (day + ANY_MONDAY) % 7; /* Monday = 0; the table begins after 1970, so day is positive */
    if (holiday || weekday >= 5) continue;
    *out = day;
    return true;
  }
}

/* Reads exactly n digits; -1 if one is missing. */
static int calendar__digits(const char *s, int n) {
  int v = 0;
  for (int i = 0; i < n; i++) {
    if (s[i] < '0' || s[i] > '9') return -1;
    v = v * 10 + (s[i] - '0');
  }
  return v;
}

bool ans_date_parse_iso(const char *s, int64_t *out) {
  int y = calendar__digits(s, 4);
  if (y < 0 || s[4] != '-') return false;
  int m = calendar__digits(s + 5, 2);
  if (m < 0 || s[7] != '-') return false;
  int d = calendar__digits(s + 8, 2);
  if (d < 0 || s[10] != 0 || !ans_date_valid_ymd(y, m, d)) return false;
  *out = ans_date_from_ymd(y, m, d);
  return true;
}

static void calendar__put(char *out, int n, int v) {
  for (int i = n - 1; i >= 0; i--) {
    out[i] = (char)('0' + v % 10);
    v /= 10;
  }
}

void ans_date_format_iso(int64_t day, char out[11]) {
  int y, m, d;
  if (day < DAY_FIRST) day = DAY_FIRST;
  if (day > DAY_LAST) day = DAY_LAST;
  ans_date_to_ymd(day, &y, &m, &d);
  calendar__put(out, 4, y);
  out[4] = '-';
  calendar__put(out + 5, 2, m);
  out[7] = '-';
  calendar__put(out + 8, 2, d);
  out[10] = 0;
}

void ans_date_format_de(int64_t day, char out[11]) {
  int y, m, d;
  if (day < DAY_FIRST) day = DAY_FIRST;
  if (day > DAY_LAST) day = DAY_LAST;
  ans_date_to_ymd(day, &y, &m, &d);
  calendar__put(out, 2, d);
  out[2] = '.';
  calendar__put(out + 3, 2, m);
  out[5] = '.';
  calendar__put(out + 6, 4, y);
  out[10] = 0;
}

bool ans_month_parse_iso(const char *s, int64_t *out) {
  int y = calendar__digits(s, 4);
  if (y < 1 || s[4] != '-') return false;
  int m = calendar__digits(s + 5, 2);
  if (m < 1 || m > 12 || s[7] != 0) return false;
  *out = (int64_t)y * 12 + m - 1;
  return true;
}

void ans_month_format_iso(int64_t month, char out[8]) {
  int y, m;
  if (month < MONTH_NUMBER_FIRST) month = MONTH_NUMBER_FIRST;
  if (month > MONTH_NUMBER_LAST) month = MONTH_NUMBER_LAST;
  calendar__split_month(month, &y, &m);
  calendar__put(out, 4, y);
  out[4] = '-';
  calendar__put(out + 5, 2, m);
  out[7] = 0;
}

void ans_month_format_de(int64_t month, char out[8]) {
  char iso[8];
  ans_month_format_iso(month, iso);
  memcpy(out, iso + 5, 2);
  out[2] = '.';
  memcpy(out + 3, iso, 4);
  out[7] = 0;
}
