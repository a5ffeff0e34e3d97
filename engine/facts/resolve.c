/* Resolution of what several sources assert: precedence, contradiction, gaps, types. Pure functions; no memory is kept. */
#include "facts/internal.h"

#include <string.h>
#include "num/calendar.h"

uint32_t facts__rank(const ans_program *p, const ans_fact *f, const char *source) {
  if (f->source_count == 0) return 0;
  for (uint32_t i = 0; i < f->source_count; i++) {
    const ans_source_rank *r = &p->sources[f->first_source + i];
    if (strcmp(r->source, source) == 0) return r->rank;
  }
  return UINT32_MAX;
}

static ans_status facts__mismatch(const ans_fact *f, const ans_assertion *a, const char *found, ans_error *err) {
  return ans_error_set(err, ANS_INPUT, "E-FACT-TYPE", NULL, f->name, a->source, found, (char *)NULL);
}

static bool facts__int_fits(const ans_type *t, int64_t v) {
  switch ((ans_type_tag)t->tag) {
  case ANS_T_BOOL: return v == 0 || v == 1;
  case ANS_T_DATE: return v >= ANS_DAY_MIN && v <= ANS_DAY_MAX;
  case ANS_T_MONTH: return v >= 12 && v <= 9999 * 12 + 11;
  case ANS_T_INT:
  case ANS_T_DECIMAL:
  case ANS_T_MONEY: return true;
  case ANS_T_ENUM:
  case ANS_T_REF:
  case ANS_T_TEXT:
  case ANS_T_LIST: return false;
  }
  return false;
}

ans_status facts__convert(const ans_program *p, const ans_fact *f, const ans_assertion *a, facts__texts *texts, facts__claim *out, ans_error *err) {
  *out = (facts__claim){.from = a->from_day, .to = a->to_day, .state = a->state, .source = a->source, .reason = a->text, .author = a->author, .evidence = a->evidence, .recorded_at = a->recorded_at};
  bool dated = (a->from_day == ANS_OPEN_PAST || (a->from_day >= ANS_DAY_MIN && a->from_day <= ANS_DAY_MAX)) && (a->to_day == ANS_OPEN_FUTURE || (a->to_day >= ANS_DAY_MIN && a->to_day <= ANS_DAY_MAX));
  if (!dated) return facts__mismatch(f, a, "Zeitraum / period", err);
  if (f->kind == ANS_FACT_SCALAR) {
    out->from = ANS_OPEN_PAST;
    out->to = ANS_OPEN_FUTURE;
  }
  out->rank = facts__rank(p, f, a->source);
  if (out->rank == UINT32_MAX) out->state = ANS_UNKNOWN; /* a source the package does not accept says nothing, whatever its form */
  if (out->state != ANS_VALUE) return ANS_OK;
  if (f->type.tag == ANS_T_ENUM) {
    const ans_enum *e = &p->enums[f->type.ref];
    if (a->kind == ANS_V_TEXT)
      for (uint32_t i = 0; i < e->value_count; i++)
        if (strcmp(p->enum_values[e->first_value + i], a->text) == 0) {
          out->value = i;
          return ANS_OK;
        }
    return facts__mismatch(f, a, a->text, err);
  }
  if (f->type.tag == ANS_T_REF) {
    out->value = a->number;
    return a->kind == ANS_V_SUBJECT ? ANS_OK : facts__mismatch(f, a, "kein Verweis / no reference", err);
  }
  if (f->type.tag == ANS_T_TEXT) {
    ans_status status = a->kind == ANS_V_TEXT ? facts__text(texts, a->text, &out->value) : ANS_INPUT;
    if (status == ANS_MEMORY) return ans_error_set(err, ANS_MEMORY, "E-FACT-MEMORY", NULL, (char *)NULL);
    return status == ANS_OK ? ANS_OK : facts__mismatch(f, a, a->kind == ANS_V_TEXT ? "kein Text einer Zeile / no text of one line" : "kein Text / no text", err);
  }
  if (f->type.tag == ANS_T_LIST) return a->kind == ANS_V_TEXT && facts__list(p, f->type.ref, a->text, &out->value) ? ANS_OK : facts__mismatch(f, a, a->text, err);
  char b[24];
  out->value = a->number;
  out->outside = !ans_fact_admits(f, a->number);
  if (a->kind == ANS_V_INT && facts__int_fits(&f->type, a->number)) return ANS_OK;
  return facts__mismatch(f, a, a->kind == ANS_V_INT ? ans_itoa(b, a->number) : a->text, err);
}

facts__resolved facts__resolve(const facts__claim *claims, uint32_t n, int32_t day) {
  facts__resolved r = {FACTS_MISSING, 0, 0};
  uint32_t best = UINT32_MAX, best_unknown = UINT32_MAX;
  for (uint32_t i = 0; i < n; i++) {
    const facts__claim *c = &claims[i];
    if (c->rank == UINT32_MAX || day < c->from || day > c->to) continue;
    if (c->state > ANS_NOT_APPLICABLE) { /* says "I do not know": counts only while nobody has a value */
      if (r.outcome == FACTS_MISSING || (r.outcome == FACTS_UNKNOWN && c->rank < best_unknown)) {
        r = (facts__resolved){FACTS_UNKNOWN, i, i};
        best_unknown = c->rank;
      }
    } else if (best == UINT32_MAX || c->rank < best) { /* a higher source replaces also a contradiction below it */
      r = (facts__resolved){FACTS_KNOWN, i, i};
      best = c->rank;
    } else if (c->rank == best && r.outcome == FACTS_KNOWN && (c->state != claims[r.winner].state || c->value != claims[r.winner].value)) {
      r.outcome = FACTS_CONTRADICTORY;
      r.other = i;
    }
  }
  if (r.outcome == FACTS_KNOWN && claims[r.winner].outside) r.outcome = FACTS_OUTSIDE; /* a source ranked below does not heal it: somebody must look */
  return r;
}
