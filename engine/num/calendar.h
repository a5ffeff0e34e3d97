/* Dates as days since 1970-01-01 (proleptic Gregorian), months as year*12+month-1. Source: BGB §§ 187-193; docs/semantics.md § 4.1. */
#ifndef ANS_NUM_CALENDAR_H
#define ANS_NUM_CALENDAR_H
#include <stdbool.h>
#include <stdint.h>
int64_t ans_date_from_ymd(int year, int month, int day); /* caller guarantees a valid date */
bool ans_date_valid_ymd(int year, int month, int day);   /* year 1…9999 */
void ans_date_to_ymd(int64_t day, int *year, int *month, int *dom);
int64_t ans_date_month(int64_t day);                     /* month number of a day */
int64_t ans_month_first(int64_t month);
int64_t ans_month_last(int64_t month);
/* birthday(n): see semantics 4.1. Returns false if the result leaves the date range. */
bool ans_date_birthday(int64_t birth, int64_t years, int64_t *out);
/* date plus months; clip: 0 none (returns false when the day is missing), 1 month end, 2 first of next month. */
bool ans_date_add_months(int64_t day, int64_t months, int clip, int64_t *out);
/* Public holidays. The only jurisdiction is Thuringia: § 2 ThürFGtG in the wording since 1995, with 20 September (Weltkindertag) from 2019;
 * local holidays of single municipalities (Corpus Christi) are not in it. */
typedef enum ans_jurisdiction { ANS_JURISDICTION_THUERINGEN, ANS_JURISDICTION_COUNT } ans_jurisdiction;
int64_t ans_date_easter(int year);                       /* Easter Sunday of the Gregorian calendar, year 1…9999 */
/* False when the day lies before 1995-01-01 (the table does not reach back) or the jurisdiction is not known; then *out is untouched. */
bool ans_date_holiday(int64_t day, unsigned jurisdiction, bool *out);
/* First day on or after `day` that is no Saturday, Sunday or public holiday (§ 193 BGB, § 26 Abs. 3 SGB X). False as above or past 9999. */
bool ans_date_workday(int64_t day, unsigned jurisdiction, int64_t *out);
bool ans_date_parse_iso(const char *s, int64_t *out);    /* YYYY-MM-DD, exact */
void ans_date_format_iso(int64_t day, char out[11]);
void ans_date_format_de(int64_t day, char out[11]);      /* 01.06.2008 */
bool ans_month_parse_iso(const char *s, int64_t *out);   /* YYYY-MM */
void ans_month_format_iso(int64_t month, char out[8]);
void ans_month_format_de(int64_t month, char out[8]); /* "06.2026" */
#endif
