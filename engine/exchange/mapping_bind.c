/* A mapping against a package: which of its facts are wanted, and whether each of those fits the fact's type, measure, enumeration and references. Done once
 * before the first request, so that an answer can never meet a value the package cannot hold. A fact that the package does not have, or does not take from
 * this register's source, is not wanted and not looked at: one mapping serves several packages. No state, no memory of its own. */
#include <stdio.h>
#include <string.h>
#include "exchange/mapping.h"
#include "num/calendar.h"
#include "num/money.h"

const ans_fact *mapping__fact_of(const ans_program *p, const char *unit, const char *fact) {
  uint32_t u = ans_program_find_unit(p, unit), f = u == ANS_NONE ? ANS_NONE : ans_program_find_fact(p, u, fact);
  return f == ANS_NONE ? NULL : &p->facts[f];
}

static bool bind__enumeration(const ans_program *p, ans_type type, const char *value) {
  const ans_enum *e = &p->enums[type.ref];
  for (uint32_t i = 0; i < e->value_count; i++)
    if (strcmp(p->enum_values[e->first_value + i], value) == 0) return true;
  return false;
}

bool mapping__store(const ans_program *p, ans_type type, const mapping__literal *l, mapping__stored *out) {
  *out = (mapping__stored){.kind = ANS_V_INT, .number = l->number};
  switch ((ans_type_tag)type.tag) {
  case ANS_T_BOOL: return l->tag == LITERAL_BOOL;
  case ANS_T_INT: return l->tag == LITERAL_INTEGER;
  case ANS_T_DECIMAL:
  case ANS_T_MONEY: return l->tag == LITERAL_TEXT && ans_decimal_parse(l->text, type.scale, &out->number);
  case ANS_T_DATE: return l->tag == LITERAL_TEXT && ans_date_parse_iso(l->text, &out->number);
  case ANS_T_ENUM:
    *out = (mapping__stored){.kind = ANS_V_TEXT, .text = l->text};
    return l->tag == LITERAL_TEXT && bind__enumeration(p, type, l->text);
  case ANS_T_TEXT: *out = (mapping__stored){.kind = ANS_V_TEXT, .text = l->text}; return l->tag == LITERAL_TEXT;
  case ANS_T_MONTH:
  case ANS_T_REF:
  case ANS_T_LIST: break;
  }
  return false;
}

static const char *bind__value(const ans_program *p, const mapping__fact *f, ans_type t) {
  const mapping__value *v = &f->value;
  static const uint8_t tags[] = {[MAPPING_BOOL] = ANS_T_BOOL, [MAPPING_INTEGER] = ANS_T_INT, [MAPPING_DECIMAL] = ANS_T_DECIMAL, [MAPPING_MONEY] = ANS_T_MONEY, [MAPPING_DATE] = ANS_T_DATE, [MAPPING_TEXT] = ANS_T_TEXT};
  mapping__stored x;
  if (t.tag == ANS_T_MONTH || t.tag == ANS_T_REF || t.tag == ANS_T_LIST) return "dieser Typ kann nicht abgebildet werden / this type cannot be mapped";
  if (v->kind == MAPPING_CONSTANT) return mapping__store(p, t, &v->constant, &x) ? NULL : "value/value passt nicht zum Typ / does not fit the type";
  if (v->kind == MAPPING_CODE) {
    for (size_t i = 0; i < v->list->count; i++)
      if (!mapping__store(p, t, &v->list->codes[i].value, &x)) return "ein Wert der Codeliste passt nicht zum Typ / a value of the code list does not fit the type";
    return NULL;
  }
  if (tags[v->kind] != t.tag) return "value/kind ist nicht der Typ der Angabe / is not the fact's type";
  bool number = t.tag == ANS_T_INT || t.tag == ANS_T_DECIMAL || t.tag == ANS_T_MONEY;
  if (number && (v->measure != t.measure || v->per != t.per)) return "measure oder per ist anders / measure or per differs";
  if (number && v->scale > t.scale) return "mehr Nachkommastellen als die Angabe / more digits after the point than the fact";
  if (v->min.tag != LITERAL_NONE && !mapping__store(p, t, &v->min, &x)) return "min passt nicht / does not fit";
  if (v->max.tag != LITERAL_NONE && !mapping__store(p, t, &v->max, &x)) return "max passt nicht / does not fit";
  return NULL;
}

static bool bind__leads_to(const ans_program *p, const char *unit, const char *reference, const char *target) {
  const ans_fact *f = mapping__fact_of(p, unit, reference);
  return f && f->type.tag == ANS_T_REF && (!target || strcmp(p->units[f->type.ref].name, target) == 0);
}

static const char *bind__row(const ans_program *p, const exchange__register *r, const mapping__fact *f) {
  static const char no_reference[] = "kein solcher Verweis auf eine Person / no such reference to a person";
  if (f->rows == MAPPING_REFERS && !bind__leads_to(p, f->unit, f->refers, ANS_UNIT_PERSON)) return no_reference;
  if (f->where && !bind__leads_to(p, f->unit, f->where, ANS_UNIT_PERSON)) return no_reference;
  for (unsigned i = 0; f->rows == MAPPING_KEY && i < f->reference_count; i++) {
    if (!bind__leads_to(p, f->unit, f->references[i].name, NULL)) return "row/references: kein solcher Verweis / no such reference";
    if (f->create && !exchange__wanted(p, r, f->unit, f->references[i].name)) return "row/references: das Paket nimmt den Verweis nicht aus dieser Quelle / the package does not take the reference from this source";
    if (i == f->own && !bind__leads_to(p, f->unit, f->references[i].name, ANS_UNIT_PERSON)) return no_reference;
    if (bind__leads_to(p, f->unit, f->references[i].name, ANS_UNIT_PERSON) && f->references[i].count != 1) return "row/references: eine Person ist ein Teil / a person is one part";
  }
  return NULL;
}

static const char *bind__fact(const ans_program *p, const exchange__register *r, const mapping__fact *f, const ans_fact *fact) {
  bool valid = f->from.set || f->to.set || f->month.set, timeline = fact->kind == ANS_FACT_TIMELINE;
  mapping__stored x;
  const char *why = bind__value(p, f, fact->type);
  if (why) return why;
  if (f->absent == MAPPING_ABSENT_VALUE && !mapping__store(p, fact->type, &f->absent_value, &x)) return "absent/value passt nicht zum Typ / does not fit the type";
  if ((f->overlap == MAPPING_ANY || f->overlap == MAPPING_ALL) && fact->type.tag != ANS_T_BOOL) return "overlap any, all nur für Wahrheitswerte / only for truth values";
  if (f->overlap == MAPPING_SUM && fact->type.tag != ANS_T_INT && fact->type.tag != ANS_T_DECIMAL && fact->type.tag != ANS_T_MONEY) return "overlap sum nur für Zahlen und Beträge / only for numbers and amounts";
  if (timeline && f->at_as_of) return "at nur für Angaben ohne Zeitverlauf / only for facts without timeline";
  if (!timeline && valid && !f->at_as_of) return "at fehlt: die Angabe hat keinen Zeitverlauf / at is missing: the fact has no timeline";
  return bind__row(p, r, f);
}

ans_status exchange__mapping_bind(const exchange__mapping *m, const ans_program *p, const exchange__register *r, ans_error *err) {
  for (size_t i = 0; i < m->fact_count; i++) {
    const mapping__fact *f = &m->facts[i];
    if (!exchange__wanted(p, r, f->unit, f->fact)) continue;
    const char *why = bind__fact(p, r, f, mapping__fact_of(p, f->unit, f->fact));
    char name[2 * ANS_MAX_NAME + 2];
    snprintf(name, sizeof name, "%s.%s", f->unit, f->fact);
    if (why) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-MAPPING-FACT", m->file, f->at, name, why, (char *)NULL);
  }
  return ANS_OK;
}

bool exchange__mapping_wanted(const exchange__mapping *m, const ans_program *p, const exchange__register *r) {
  for (size_t i = 0; i < m->fact_count; i++)
    if (exchange__wanted(p, r, m->facts[i].unit, m->facts[i].fact)) return true;
  return false;
}
