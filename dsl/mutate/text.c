/* Fixed values as the rule text writes them (German form; English files show the same value in their own form next to the original text). */
#include "mutate/mutate_private.h"
#include <stdio.h>
#include <string.h>
#include "num/calendar.h"
#include "num/money.h"

const char *mutate__value(ans_mutants *m, ans_type type, int64_t v) {
  char number[64], out[320];
  snprintf(out, sizeof out, "%lld", (long long)v);
  if (type.tag == ANS_T_BOOL) snprintf(out, sizeof out, "%s", v ? "wahr" : "falsch");
  if (type.tag == ANS_T_INT || type.tag == ANS_T_DECIMAL || type.tag == ANS_T_MONEY) {
    ans_decimal_format_de(v, type.scale, number, sizeof number);
    snprintf(out, sizeof out, "%s%s", number, type.tag == ANS_T_MONEY ? " €" : "");
  }
  if (type.tag == ANS_T_DATE && v >= ANS_DAY_MIN && v <= ANS_DAY_MAX) {
    ans_date_format_de(v, number);
    snprintf(out, sizeof out, "%.10s", number);
  }
  if (type.tag == ANS_T_MONTH) snprintf(out, sizeof out, "%02d.%04d", (int)(v % 12) + 1, (int)(v / 12));
  if (type.tag == ANS_T_ENUM && type.ref < m->model->enum_count) {
    const ans_enum *e = &m->model->enums[type.ref];
    if (v >= 0 && v < e->value_count) return m->model->enum_values[e->first_value + (uint32_t)v];
  }
  return mutate__copy(m, out);
}
