/* The six states of every value, the chain order, and the types. Normative text: docs/semantics.md § 2. */
#ifndef ANS_CODE_STATE_H
#define ANS_CODE_STATE_H
#include <stdint.h>

/* Strict operations take the maximum of their operands' states (the chain). */
typedef enum ans_state {
  ANS_VALUE = 0,
  ANS_NOT_APPLICABLE = 1,
  ANS_UNKNOWN = 2,
  ANS_HUMAN = 3,
  ANS_ERRONEOUS = 4,
  ANS_CONFLICT = 5
} ans_state;
enum { ANS_STATE_COUNT = 6, ANS_PLANES = 5 };

/* A scalar value with its state; `v` is 0 unless state is ANS_VALUE.
 * BOOL 0/1 · INT/DECIMAL/MONEY scaled integer (money: cents) · DATE days since 1970-01-01 · MONTH year*12+month-1
 * · ENUM index into the enumeration · REF row index in the target unit (within the same ans_columns)
 * · TEXT index of the text in the same ans_columns · LIST set of values of an enumeration, bit i = value i. */
typedef struct ans_scalar {
  int64_t v;
  uint8_t state;
} ans_scalar;

typedef enum ans_type_tag {
  ANS_T_BOOL, ANS_T_INT, ANS_T_DECIMAL, ANS_T_MONEY, ANS_T_DATE, ANS_T_MONTH, ANS_T_ENUM, ANS_T_REF, ANS_T_TEXT, ANS_T_LIST
} ans_type_tag;
typedef enum ans_measure { ANS_M_NONE, ANS_M_YEARS, ANS_M_MONTHS, ANS_M_DAYS, ANS_M_HOURS } ans_measure;
typedef enum ans_per { ANS_PER_NONE, ANS_PER_DAY, ANS_PER_WEEK, ANS_PER_MONTH, ANS_PER_YEAR } ans_per;

/* Units of measure are part of the type: 4 Monate is {INT, measure MONTHS}; 250 € je Monat is {MONEY, scale 2,
 * per MONTH}; 20 Stunden je Woche is {DECIMAL, scale 2, HOURS, WEEK}. `ref` is the enumeration (ENUM, LIST) or unit (REF) index; for TEXT it is the fact that the text belongs to, because the
 * outcome of a predicate is known only for texts of the fact it was written for. */
typedef struct ans_type {
  uint8_t tag, scale, measure, per;
  uint32_t ref;
} ans_type;

/* Dates are bounded: 0001-01-01 … 9999-12-31; open interval ends use the two sentinels. */
#define ANS_DAY_MIN (-719162)
#define ANS_DAY_MAX (2932896)
#define ANS_OPEN_PAST (INT32_MIN)
#define ANS_OPEN_FUTURE (INT32_MAX)
#endif
