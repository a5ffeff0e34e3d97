/* Small questions about programs: names, types, mnemonics. Pure; programs are immutable, so every function may run in any thread. */
#include "code/program.h"
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "num/calendar.h"
#include "num/money.h"

void ans_program_free(ans_program *p) {
  if (!p) return;
  ans_arena *a = p->arena; /* the program itself lives in its arena */
  ans_arena_free(a);
}

const char *ans_opcode_mnemonic(ans_opcode op) {
  static const char *const names[] = {
#define X(name, mn, res, a, b, c, gloss) mn,
#include "code/opcodes.def"
#undef X
  };
  return (unsigned)op < ANS_OP_COUNT ? names[op] : "?";
}

bool ans_type_equal(ans_type a, ans_type b) {
  if (a.tag != b.tag || a.scale != b.scale || a.measure != b.measure || a.per != b.per) return false;
  return !ans_type_has_ref(a) || a.ref == b.ref;
}

bool ans_type_has_ref(ans_type t) { return t.tag >= ANS_T_ENUM && t.tag <= ANS_T_LIST; }

bool ans_type_numeric(ans_type t) { return t.tag == ANS_T_INT || t.tag == ANS_T_DECIMAL || t.tag == ANS_T_MONEY; }

bool ans_type_bounds(const ans_program *p, ans_type t, int64_t *low, int64_t *high) {
  *low = 0;
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: return *high = 1, true;
    case ANS_T_INT:
    case ANS_T_DECIMAL:
    case ANS_T_MONEY: return *low = INT64_MIN, *high = INT64_MAX, true;
    case ANS_T_DATE: return *low = ANS_DAY_MIN, *high = ANS_DAY_MAX, true;
    case ANS_T_MONTH: return *low = 12, *high = 9999 * 12 + 11, true;
    case ANS_T_ENUM: return t.ref < p->enum_count && (*high = (int64_t)p->enums[t.ref].value_count - 1) >= 0;
    case ANS_T_REF:
    case ANS_T_TEXT: return *high = (int64_t)UINT32_MAX - 1, true;
    case ANS_T_LIST:
      if (t.ref >= p->enum_count || p->enums[t.ref].value_count > ANS_MAX_LIST_VALUES) return false;
      return *high = (INT64_C(1) << p->enums[t.ref].value_count) - 1, true;
  }
  return false;
}

bool ans_type_holds(const ans_program *p, ans_type t, int64_t v) {
  int64_t low, high;
  return ans_type_bounds(p, t, &low, &high) && v >= low && v <= high;
}

bool ans_type_bounded(ans_type t) { return ans_type_numeric(t) || t.tag == ANS_T_DATE || t.tag == ANS_T_MONTH; }

void ans_fact_completions(const ans_program *p, const ans_fact *f, int64_t *low, int64_t *high) {
  const uint64_t length = (uint64_t)*high - (uint64_t)*low;
  int64_t least = 0, most = 0;
  if (!f->bounds || !ans_type_bounds(p, f->type, &least, &most)) return;
  if (least < -ANS_MAX_BOUND) least = -ANS_MAX_BOUND;
  if (most > ANS_MAX_BOUND) most = ANS_MAX_BOUND;
  if (f->bounds & ANS_FACT_LEAST) *low = f->low;
  if (f->bounds & ANS_FACT_GREATEST) *high = f->high;
  if (*low <= *high) return;
  if (f->bounds & ANS_FACT_LEAST) *high = (uint64_t)(most - *low) < length ? most : (int64_t)((uint64_t)*low + length);
  else *low = (uint64_t)(*high - least) < length ? least : (int64_t)((uint64_t)*high - length);
}

const char *ans_number_format(ans_type t, int64_t v, bool german, char out[ANS_NUMBER_TEXT]) {
  if (t.tag == ANS_T_DATE && german) ans_date_format_de(v, out);
  else if (t.tag == ANS_T_DATE) ans_date_format_iso(v, out);
  else if (t.tag == ANS_T_MONTH && german) ans_month_format_de(v, out);
  else if (t.tag == ANS_T_MONTH) ans_month_format_iso(v, out);
  else if (german) ans_decimal_format_de(v, t.scale, out, ANS_NUMBER_TEXT);
  else ans_decimal_format(v, t.scale, out, ANS_NUMBER_TEXT);
  return out;
}

const char *ans_fact_bounds_format(const ans_fact *f, bool german, char out[ANS_BOUNDS_TEXT]) {
  char low[ANS_NUMBER_TEXT], high[ANS_NUMBER_TEXT];
  const bool least = f->bounds & ANS_FACT_LEAST, greatest = f->bounds & ANS_FACT_GREATEST;
  out[0] = 0;
  if (!f->bounds) return out;
  snprintf(out, ANS_BOUNDS_TEXT, "%.50s%s…%s%.50s", least ? ans_number_format(f->type, f->low, german, low) : "", least ? " " : "", greatest ? " " : "",
           greatest ? ans_number_format(f->type, f->high, german, high) : "");
  return out;
}

bool ans_fact_range(const ans_program *p, const ans_fact *f, int64_t *low, int64_t *high) {
  if (!ans_type_bounds(p, f->type, low, high)) return false;
  if (f->bounds & ANS_FACT_LEAST) *low = f->low;
  if (f->bounds & ANS_FACT_GREATEST) *high = f->high;
  return true;
}

const char *ans_type_format(const ans_program *p, ans_type t, char out[ANS_TYPE_TEXT]) {
  static const char *const tags[] = {"bool", "int", "decimal", "money", "date", "month", "enum", "ref", "text", "list"};
  static const char *const measures[] = {"", " years", " months", " days", " hours"};
  static const char *const pers[] = {"", "/day", "/week", "/month", "/year"};
  if (t.tag > ANS_T_LIST || t.measure > ANS_M_HOURS || t.per > ANS_PER_YEAR) {
    snprintf(out, ANS_TYPE_TEXT, "invalid(%u,%u,%u,%u)", t.tag, t.scale, t.measure, t.per);
    return out;
  }
  char scale[24] = "";
  if (t.tag == ANS_T_DECIMAL || t.tag == ANS_T_MONEY) snprintf(scale, sizeof scale, "(%u)", t.scale);
  const char *space = "", *ref = "";
  if (ans_type_has_ref(t)) {
    uint32_t count = !p ? 0 : t.tag == ANS_T_REF ? p->unit_count : t.tag == ANS_T_TEXT ? p->fact_count : p->enum_count;
    space = " ";
    ref = t.ref >= count ? "?" : t.tag == ANS_T_REF ? p->units[t.ref].name : t.tag == ANS_T_TEXT ? p->facts[t.ref].name : p->enums[t.ref].name;
  }
  snprintf(out, ANS_TYPE_TEXT, "%s%s%s%s%s%s", tags[t.tag], scale, space, ref, measures[t.measure], pers[t.per]);
  return out;
}

uint32_t ans_program_find_unit(const ans_program *p, const char *name) {
  for (uint32_t i = 0; i < p->unit_count; i++)
    if (strcmp(p->units[i].name, name) == 0) return i;
  return ANS_NONE;
}

uint32_t ans_program_find_fact(const ans_program *p, uint32_t unit, const char *name) {
  for (uint32_t i = 0; i < p->fact_count; i++)
    if (p->facts[i].unit == unit && strcmp(p->facts[i].name, name) == 0) return i;
  return ANS_NONE;
}

uint32_t ans_program_find_result(const ans_program *p, uint32_t unit, const char *name) {
  for (uint32_t i = 0; i < p->result_count; i++)
    if (p->results[i].unit == unit && strcmp(p->results[i].name, name) == 0) return i;
  return ANS_NONE;
}

uint32_t ans_program_find_param(const ans_program *p, const char *name) {
  for (uint32_t i = 0; i < p->param_count; i++)
    if (strcmp(p->params[i].name, name) == 0) return i;
  return ANS_NONE;
}

uint32_t ans_program_find_benefit(const ans_program *p, const char *name) {
  for (uint32_t i = 0; i < p->benefit_count; i++)
    if (strcmp(p->benefits[i].name, name) == 0) return i;
  return ANS_NONE;
}
