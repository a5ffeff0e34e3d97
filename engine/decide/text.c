/* Owns: German text of values. Formatting is at the edge only; nothing computes with these strings. */
#include <stdio.h>
#include <string.h>
#include "decide/decide.h"
#include "num/calendar.h"
#include "num/money.h"

const char *ans_state_name(uint8_t state, bool json) {
  static const char *const de[] = {"Wert", "entfällt", "unbekannt", "offen (menschliche Entscheidung)", "Fehler", "Widerspruch"};
  static const char *const en[] = {"value", "not_applicable", "unknown", "human", "error", "conflict"};
  return state < ANS_STATE_COUNT ? (json ? en[state] : de[state]) : "?";
}

static const char *measure_text(uint8_t m) {
  static const char *const text[] = {"", " Jahre", " Monate", " Tage", " Stunden"};
  return m < 5 ? text[m] : "";
}
static const char *per_text(uint8_t per) {
  static const char *const text[] = {"", " je Tag", " je Woche", " je Monat", " je Jahr"};
  return per < 5 ? text[per] : "";
}

static void month_text(int64_t m, char *out, size_t size) { snprintf(out, size, "%02d.%04d", (int)(m % 12) + 1, (int)(m / 12)); }

void ans_value_text(const ans_program *p, const ans_columns *c, ans_type type, ans_scalar v, char *out, size_t size) {
  char buf[64];
  if (v.state != ANS_VALUE) {
    snprintf(out, size, "%s", ans_state_name(v.state, false));
    return;
  }
  switch ((ans_type_tag)type.tag) {
    case ANS_T_BOOL: snprintf(out, size, "%s", v.v ? "ja" : "nein"); break;
    case ANS_T_MONEY:
      ans_decimal_format_de(v.v, type.scale, buf, sizeof buf);
      snprintf(out, size, "%s €%s", buf, per_text(type.per));
      break;
    case ANS_T_INT:
    case ANS_T_DECIMAL:
      ans_decimal_format_de(v.v, type.scale, buf, sizeof buf);
      snprintf(out, size, "%s%s%s", buf, measure_text(type.measure), per_text(type.per));
      break;
    case ANS_T_DATE:
      ans_date_format_de(v.v, buf);
      snprintf(out, size, "%s", buf);
      break;
    case ANS_T_MONTH: month_text(v.v, out, size); break;
    case ANS_T_ENUM: {
      const ans_enum *e = type.ref < p->enum_count ? &p->enums[type.ref] : NULL;
      bool ok = e && v.v >= 0 && (uint64_t)v.v < e->value_count;
      snprintf(out, size, "%s", ok ? p->enum_values[e->first_value + (uint32_t)v.v] : "?");
      break;
    }
    case ANS_T_REF: {
      char **ids = c && type.ref < p->unit_count ? c->units[type.ref].ids : NULL;
      if (ids && v.v >= 0 && (uint64_t)v.v < c->units[type.ref].rows) snprintf(out, size, "%s", ids[v.v]);
      else snprintf(out, size, "Zeile %lld", (long long)v.v);
      break;
    }
    case ANS_T_TEXT: snprintf(out, size, "Text"); break;
  }
}
