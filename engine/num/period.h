/* Periods: what a package is evaluated for. The one home of "kind and number → days, text, parse". Source: docs/semantics.md § 4.2. */
#ifndef ANS_NUM_PERIOD_H
#define ANS_NUM_PERIOD_H
#include <stdbool.h>
#include <stdint.h>

/* The numbers are part of the package format (header, period kind) and of the store; never reuse one. Consecutive periods have consecutive
 * numbers in every kind: month year·12 + month − 1, day days since 1970-01-01, half-year year·2 + half − 1, year the year. */
typedef enum ans_period_kind { ANS_PERIOD_MONTH, ANS_PERIOD_DAY, ANS_PERIOD_HALF_YEAR, ANS_PERIOD_YEAR, ANS_PERIOD_KINDS } ans_period_kind;

enum {
  ANS_PERIOD_TEXT = 40,      /* bytes that every text below fits, the NUL included */
  ANS_PERIOD_MAX_DAYS = 366, /* of any period */
};

/* First and last number of a kind: the periods that lie in 0001-01-01 … 9999-12-31. kind must be below ANS_PERIOD_KINDS. */
int32_t ans_period_lowest(uint32_t kind);
int32_t ans_period_highest(uint32_t kind);
/* Whether the kind exists and the number lies in its range. All functions below with a number demand that, the formats excepted. */
bool ans_period_valid(uint32_t kind, int64_t number);
int64_t ans_period_first(uint32_t kind, int64_t number);   /* first day */
int64_t ans_period_last(uint32_t kind, int64_t number);    /* last day */
int32_t ans_period_of(uint32_t kind, int64_t day);         /* the period that contains a day of the calendar */
/* The most days a period of the kind has: 31, 1, 184, 366. */
uint32_t ans_period_days(uint32_t kind);

/* "2026-06", "2026-06-15", "2026-H1", "2026": the form tells the kind. False if the first `size` bytes are none of them, or no such date exists. */
bool ans_period_parse(const char *text, uint64_t size, uint32_t *kind, int32_t *number);
/* As rule files write it: "06.2026", "15.06.2026", "1/2026", "2026". */
bool ans_period_parse_de(const char *text, uint64_t size, uint32_t *kind, int32_t *number);
/* The form of ans_period_parse; a number outside the range is written as the plain number. */
const char *ans_period_format(uint32_t kind, int64_t number, char out[ANS_PERIOD_TEXT]);
/* As rule files write it where the kind is known (from … to): "06.2026", "15.06.2026", "1/2026", "2026". */
const char *ans_period_format_de(uint32_t kind, int64_t number, char out[ANS_PERIOD_TEXT]);
/* As a sentence says it: "im 06.2026", "am 15.06.2026", "im 1. Halbjahr 2026", "im Jahr 2026"; in English "in 06.2026", "on 15.06.2026", … */
const char *ans_period_phrase(uint32_t kind, int64_t number, bool english, char out[ANS_PERIOD_TEXT]);
/* "Monat", "Tag", "Halbjahr", "Jahr" or "month", "day", "half-year", "year"; "?" for no kind. */
const char *ans_period_kind_name(uint32_t kind, bool english);
/* How the kind is written where a period is asked for: "JJJJ-MM", "JJJJ-MM-TT", "JJJJ-H1, JJJJ-H2", "JJJJ". */
const char *ans_period_form(uint32_t kind);
#endif
