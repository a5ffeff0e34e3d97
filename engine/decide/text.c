/* Owns: German text of values. Formatting is at the edge only; nothing computes with these strings. */
#include <stdio.h>
#include <string.h>
#include "decide/decide.h"

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

/* Appends whole characters while they fit below `limit`; returns the new length. */
static size_t append(char *out, size_t used, size_t limit, const char *s) {
  while (*s) {
    size_t n = 1;
    while (((unsigned char)s[n] & 0xC0u) == 0x80u) n++;
    if (used + n >= limit) break;
    memcpy(out + used, s, n);
    used += n;
    s += n;
  }
  out[used] = 0;
  return used;
}

/* The parts one after the other, cut at the end of out. NULL ends them. */
static void join(char *out, size_t size, const char *const *parts) {
  size_t used = 0;
  for (; *parts; parts++) {
    const size_t len = strlen(*parts), room = size - 1 - used;
    memcpy(out + used, *parts, len < room ? len : room);
    used += len < room ? len : room;
  }
  out[used] = 0;
}
#define JOIN(out, size, ...) join(out, size, (const char *const[]){__VA_ARGS__, NULL})

enum { CUT_ROOM = sizeof "…" - 1 };

/* In quotation marks, so that an empty text shows; what does not fit ends in "…". size: at least 32. */
static void quoted_text(const char *s, char *out, size_t size) {
  size_t used = append(out, 0, size, "„"), closing = sizeof "“";
  bool whole = used + strlen(s) + closing <= size;
  used = append(out, used, whole ? size : size - (closing - 1) - CUT_ROOM, s);
  if (!whole) used = append(out, used, size, "…");
  (void)append(out, used, size, "“");
}

static void list_text(const ans_program *p, uint32_t enumeration, int64_t set, char *out, size_t size) {
  const ans_enum *e = enumeration < p->enum_count ? &p->enums[enumeration] : NULL;
  size_t used = append(out, 0, size, set ? "" : "leer");
  for (uint32_t i = 0; e && i < e->value_count; i++) {
    if (!(set >> i & 1)) continue;
    const char *name = p->enum_values[e->first_value + i];
    if (used + strlen(name) + 2 + CUT_ROOM >= size) {
      (void)append(out, used, size, "…");
      return;
    }
    if (used) used = append(out, used, size, ", ");
    used = append(out, used, size, name);
  }
}

void ans_value_text(const ans_program *p, const ans_columns *c, ans_type type, ans_scalar v, char *out, size_t size) {
  char buf[ANS_NUMBER_TEXT];
  if (v.state != ANS_VALUE) {
    JOIN(out, size, ans_state_name(v.state, false));
    return;
  }
  switch ((ans_type_tag)type.tag) {
    case ANS_T_BOOL: JOIN(out, size, v.v ? "ja" : "nein"); break;
    case ANS_T_MONEY: JOIN(out, size, ans_number_format(type, v.v, true, buf), " €", per_text(type.per)); break;
    case ANS_T_INT:
    case ANS_T_DECIMAL: JOIN(out, size, ans_number_format(type, v.v, true, buf), measure_text(type.measure), per_text(type.per)); break;
    case ANS_T_DATE:
    case ANS_T_MONTH: JOIN(out, size, ans_number_format(type, v.v, true, buf)); break;
    case ANS_T_ENUM: {
      const ans_enum *e = type.ref < p->enum_count ? &p->enums[type.ref] : NULL;
      bool ok = e && v.v >= 0 && (uint64_t)v.v < e->value_count;
      JOIN(out, size, ok ? p->enum_values[e->first_value + (uint32_t)v.v] : "?");
      break;
    }
    case ANS_T_REF: {
      char **ids = c && type.ref < p->unit_count ? c->units[type.ref].ids : NULL;
      if (ids && v.v >= 0 && (uint64_t)v.v < c->units[type.ref].rows) JOIN(out, size, ids[v.v]);
      else snprintf(out, size, "Zeile %lld", (long long)v.v);
      break;
    }
    case ANS_T_TEXT:
      if (c && v.v >= 0 && (uint64_t)v.v < c->text_count) quoted_text(c->texts[v.v].text, out, size);
      else snprintf(out, size, "Text");
      break;
    case ANS_T_LIST: list_text(p, type.ref, v.v, out, size); break;
  }
}
