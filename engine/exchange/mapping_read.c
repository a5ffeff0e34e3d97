/* An answer through a mapping: the envelope, then every wanted fact's entries as items with days and values. Only reading happens here: what is impossible makes
 * the whole answer invalid before any row is made; what is merely unclear (partial date, unknown code, value not reported) stays with its entry as "unknown".
 * Memory: items and texts of one answer in a->arena, bounded by facts × MAPPING_MAX_ENTRIES. Dates: docs/registers.md, XML: xs:date, xs:gYearMonth, xs:gYear. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/mapping.h"
#include "num/calendar.h"
#include "num/money.h"

typedef struct read__run {
  exchange__adapter *a;
  const exchange__mapping *m;
  const exchange__document *d;
  exchange__node record;
  int32_t coverage;                     /* first day without gaps, ANS_OPEN_PAST, or ANS_OPEN_FUTURE: never */
} read__run;

static bool read__invalid(const read__run *r, const mapping__fact *f, const char *what) {
  exchange__adapter *a = r->a;
  if (a->invalid) return false;
  snprintf(a->invalid_text, sizeof a->invalid_text, "Antwort ungültig: %.50s.%.50s: %s", f->unit, f->fact, what);
  a->invalid = a->invalid_text;
  return false;
}

/* --- dates --------------------------------------------------------------------------------------------------------------------------- */
static bool read__span(int64_t year, int64_t month /* 0: none */, int32_t *first, int32_t *last) {
  if (year < 1 || year > 9999 || month < 0 || month > 12) return false;
  *first = (int32_t)ans_date_from_ymd((int)year, month ? (int)month : 1, 1);
  *last = (int32_t)ans_month_last(ans_date_month(month ? *first : ans_date_from_ymd((int)year, 12, 1)));
  return true;
}

/* First and last possible day of a date. */
static bool read__date(ans_arena *arena, exchange__node n, int32_t *first, int32_t *last) {
  int64_t day = 0, month = 0;
  if (json_is_object(n.json)) {
    json_t *y = json_object_get(n.json, "year"), *m = json_object_get(n.json, "month");
    if (!json_is_integer(y) || json_object_size(n.json) != (m ? 2u : 1u) || (m && (!json_is_integer(m) || json_integer_value(m) < 1))) return false;
    return read__span(json_integer_value(y), m ? json_integer_value(m) : 0, first, last);
  }
  const char *s = exchange__text_of(arena, n);
  if (!s) return false;
  if (ans_date_parse_iso(s, &day)) {
    *first = *last = (int32_t)day;
    return true;
  }
  if (n.json) return false;
  if (ans_month_parse_iso(s, &month)) return read__span(month / 12, month % 12 + 1, first, last);
  return strlen(s) == 4 && strspn(s, "0123456789") == 4 && read__span(strtol(s, NULL, 10), 0, first, last);
}

static exchange__found read__date_at(const read__run *r, exchange__node entry, const exchange__path *p, int32_t *first, int32_t *last) {
  exchange__node n;
  exchange__found found = p->set ? exchange__select(r->d, entry, p, false, &n) : NODE_ABSENT;
  return found == NODE_ONE && !read__date(r->a->arena, n, first, last) ? NODE_BAD : found;
}

/* From when to when an entry holds. Without end it holds as far as the register can know: to the end of the month of its answer. */
static bool read__valid(const read__run *r, const mapping__fact *f, exchange__node entry, mapping__item *x) {
  exchange__node n;
  x->from_first = x->from_last = ANS_OPEN_PAST;
  x->to_first = x->to_last = ANS_OPEN_FUTURE;
  if (!f->from.set && !f->to.set && !f->month.set) return true;
  if (f->month.set) {
    int64_t month = 0;
    const char *s = exchange__select(r->d, entry, &f->month, false, &n) == NODE_ONE ? exchange__text_of(r->a->arena, n) : NULL;
    if (!s || !ans_month_parse_iso(s, &month)) return read__invalid(r, f, "Monat");
    x->from_first = x->from_last = (int32_t)ans_month_first(month);
    x->to_first = x->to_last = (int32_t)ans_month_last(month);
    return true;
  }
  exchange__found from = read__date_at(r, entry, &f->from, &x->from_first, &x->from_last), to = read__date_at(r, entry, &f->to, &x->to_first, &x->to_last);
  if (from == NODE_BAD || to == NODE_BAD || (from == NODE_ONE && to == NODE_ONE && x->to_last < x->from_first)) return read__invalid(r, f, "Zeitraum");
  if (from == NODE_ABSENT) x->from_first = x->from_last = r->coverage == ANS_OPEN_FUTURE ? ANS_OPEN_PAST : r->coverage;
  if (to == NODE_ABSENT) x->to_first = x->to_last = x->from_last > r->a->horizon ? x->from_last : r->a->horizon;
  if (x->to_last < x->from_first) x->from_first = x->from_last = x->to_first; /* beginning not recorded, and over before coverage */
  return true;
}

/* --- values ---------------------------------------------------------------------------------------------------------------------------- */
static bool read__within(const read__run *r, const mapping__value *v, ans_type type, int64_t number) {
  mapping__stored limit;
  if (v->min.tag != LITERAL_NONE && mapping__store(r->a->program, type, &v->min, &limit) && number < limit.number) return false;
  return v->max.tag == LITERAL_NONE || !mapping__store(r->a->program, type, &v->max, &limit) || number <= limit.number;
}

static bool read__integer(ans_arena *arena, exchange__node n, int64_t *out) {
  if (n.json) {
    *out = json_integer_value(n.json);
    return json_is_integer(n.json);
  }
  const char *s = exchange__text_of(arena, n);
  return s && ans_decimal_parse(s, 0, out);
}

static bool read__bool(ans_arena *arena, exchange__node n, int64_t *out) {
  if (n.json) {
    *out = json_is_true(n.json);
    return json_is_boolean(n.json);
  }
  const char *s = exchange__text_of(arena, n);
  *out = s && (strcmp(s, "true") == 0 || strcmp(s, "1") == 0);
  return s && (*out || strcmp(s, "false") == 0 || strcmp(s, "0") == 0);
}

/* Whether the entry names the list and version the mapping was written for; a version that is not named cannot be checked and is none. */
static bool read__same_list(const read__run *r, exchange__node entry, const exchange__path *p, const char *expected) {
  exchange__node n;
  if (!p->set) return true;
  const char *s = exchange__select(r->d, entry, p, false, &n) == NODE_ONE ? exchange__text_of(r->a->arena, n) : NULL;
  return s && strcmp(s, expected) == 0;
}

static int read__find_code(const void *code, const void *x) { return strcmp(code, ((const mapping__code *)x)->code); }

static bool read__code(const read__run *r, const mapping__fact *f, ans_type type, exchange__node entry, exchange__node n, mapping__item *x) {
  const mapping__list *list = f->value.list;
  const char *code = exchange__text_of(r->a->arena, n);
  if (!code) return read__invalid(r, f, "Schlüssel ist kein Text");
  const mapping__code *hit = bsearch(code, list->codes, list->count, sizeof *list->codes, read__find_code);
  if (!read__same_list(r, entry, &f->value.uri, list->uri) || !read__same_list(r, entry, &f->value.version, list->version)) x->unknown = "andere Codeliste oder Fassung";
  else if (!hit) x->unknown = "Schlüssel nicht in der Codeliste";
  else if (!mapping__store(r->a->program, type, &hit->value, &x->value)) return read__invalid(r, f, "Schlüssel");
  return true;
}

static bool read__decimal(const read__run *r, const mapping__fact *f, ans_type type, exchange__node n, mapping__item *x) {
  const char *s = exchange__text_of(r->a->arena, n);
  int64_t at_own_scale = 0;
  /* First at the scale the register promises, so that a digit too many is noticed even where the fact could hold it. */
  return s && ans_decimal_parse(s, f->value.scale, &at_own_scale) && ans_decimal_parse(s, type.scale, &x->value.number) ? true : read__invalid(r, f, "keine Dezimalzahl dieser Genauigkeit");
}

static bool read__text(const read__run *r, const mapping__fact *f, exchange__node n, mapping__item *x) {
  const char *s = exchange__text_of(r->a->arena, n);
  if (!s || !*s || strlen(s) > MAPPING_MAX_TEXT) return read__invalid(r, f, "Text");
  x->value = (mapping__stored){.kind = ANS_V_TEXT, .text = ans_arena_text(r->a->arena, s, strlen(s))};
  if (!x->value.text) r->a->failed_memory = true;
  return true;
}

/* The value of an entry. *absent: there is none. */
static bool read__value(const read__run *r, const mapping__fact *f, ans_type type, exchange__node entry, mapping__item *x, bool *absent) {
  const mapping__value *v = &f->value;
  exchange__node n;
  int32_t first = 0, last = 0;
  x->value = (mapping__stored){.kind = ANS_V_INT};
  if (v->kind == MAPPING_CONSTANT) return mapping__store(r->a->program, type, &v->constant, &x->value) || read__invalid(r, f, "Wert");
  exchange__found found = exchange__select(r->d, entry, &v->path, false, &n);
  *absent = found == NODE_ABSENT;
  if (found == NODE_ABSENT) x->unknown = "im Register nicht eingetragen";
  if (found != NODE_ONE) return found == NODE_ABSENT || read__invalid(r, f, "Wert");
  switch (v->kind) {
  case MAPPING_BOOL:
    if (!read__bool(r->a->arena, n, &x->value.number)) return read__invalid(r, f, "kein Wahrheitswert");
    break;
  case MAPPING_INTEGER:
    if (!read__integer(r->a->arena, n, &x->value.number)) return read__invalid(r, f, "keine ganze Zahl");
    break;
  case MAPPING_DECIMAL:
  case MAPPING_MONEY:
    if (!read__decimal(r, f, type, n, x)) return false;
    break;
  case MAPPING_DATE:
    if (!read__date(r->a->arena, n, &first, &last)) return read__invalid(r, f, "kein Datum");
    x->value.number = first;
    if (first != last) x->unknown = "nur teilweise bekannt";
    break;
  case MAPPING_CODE: return read__code(r, f, type, entry, n, x);
  case MAPPING_TEXT: return read__text(r, f, n, x);
  case MAPPING_CONSTANT: break;
  }
  return read__within(r, v, type, x->value.number) || read__invalid(r, f, "außerhalb der Grenzen");
}

/* --- entries ----------------------------------------------------------------------------------------------------------------------------- */
static bool read__is_part(const char *s) {
  size_t n = s ? strlen(s) : 0;
  for (const char *c = s; n && *c; c++)
    if (*c <= 0x20 || *c >= 0x7f || *c == '/') return false;
  return n > 0 && n <= MAPPING_MAX_PART;
}

static bool read__key(const read__run *r, const mapping__fact *f, exchange__node entry, mapping__item *x) {
  for (unsigned i = 0; i < f->part_count; i++) {
    exchange__node n;
    const mapping__part *p = &f->parts[i];
    x->parts[i] = p->person ? r->a->idnr : p->text;
    if (p->path.set) x->parts[i] = exchange__select(r->d, entry, &p->path, false, &n) == NODE_ONE ? exchange__text_of(r->a->arena, n) : NULL;
    if (!read__is_part(x->parts[i])) return read__invalid(r, f, "Schlüssel der Zeile");
  }
  for (unsigned i = 0; i < f->reference_count; i++) { /* persons are named by their numbers, and nobody is a relative of himself */
    const ans_fact *reference = mapping__fact_of(r->a->program, f->unit, f->references[i].name);
    const char *part = x->parts[f->references[i].parts[0]];
    if (strcmp(r->a->program->units[reference->type.ref].name, ANS_UNIT_PERSON) != 0 || i == f->own) continue;
    if (!exchange__is_idnr(part) || strcmp(part, r->a->idnr) == 0) return read__invalid(r, f, "IdNr im Schlüssel");
  }
  return true;
}

static bool read__listed(const char *s, const char *const *words, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(words[i], s) == 0) return true;
  return false;
}

/* One entry as an item. *skip: it is of a kind that is not meant. */
static bool read__entry(const read__run *r, const mapping__fact *f, ans_type type, exchange__node entry, mapping__item *x, bool *skip) {
  exchange__node n;
  bool strange = false, absent = false;
  *x = (mapping__item){.unknown = NULL};
  *skip = false;
  if (f->only.set) {
    exchange__found found = exchange__select(r->d, entry, &f->only, false, &n);
    const char *s = found == NODE_ONE ? exchange__text_of(r->a->arena, n) : NULL;
    if (found == NODE_BAD || (found == NODE_ONE && !s)) return read__invalid(r, f, "Art des Eintrags");
    *skip = s && read__listed(s, f->not, f->not_count);
    if (*skip) return true;
    strange = !s || !read__listed(s, f->in, f->in_count);
  }
  if (f->where) {
    exchange__found found = exchange__select(r->d, entry, &f->where_path, false, &n);
    x->where = found == NODE_ONE ? exchange__text_of(r->a->arena, n) : NULL;
    if (found == NODE_BAD || (found == NODE_ONE && !exchange__is_idnr(x->where))) return read__invalid(r, f, "IdNr im Eintrag");
  }
  if (!read__valid(r, f, entry, x) || !read__value(r, f, type, entry, x, &absent) || (f->rows == MAPPING_KEY && !read__key(r, f, entry, x))) return false;
  if (strange) x->unknown = "unbekannte Art des Eintrags";
  return true;
}

static bool read__fact(const read__run *r, const mapping__fact *f, mapping__entries *out) {
  ans_type type = mapping__fact_of(r->a->program, f->unit, f->fact)->type;
  bool skip = false, absent = false;
  out->listed = true;
  exchange__node nodes[MAPPING_MAX_ENTRIES];
  size_t n = 0;
  exchange__found found = f->entries.set ? exchange__select_list(r->d, &f->entries, nodes, MAPPING_MAX_ENTRIES, &n) : NODE_ONE;
  if (found == NODE_BAD) return read__invalid(r, f, "keine Liste, oder mehr als 1000 Einträge");
  out->items = ans_arena_array(r->a->arena, n + 1, sizeof *out->items);
  if (!out->items) {
    r->a->failed_memory = true;
    return true;
  }
  if (!f->entries.set) {
    mapping__item *x = &out->items[0];
    *x = (mapping__item){.unknown = NULL};
    if (!read__valid(r, f, r->record, x) || !read__value(r, f, type, r->record, x, &absent)) return false;
    out->count = absent ? 0 : 1;
    return true;
  }
  out->listed = found == NODE_ONE;
  for (size_t i = 0; i < n; i++) {
    if (!read__entry(r, f, type, nodes[i], &out->items[out->count], &skip)) return false;
    out->count += !skip;
  }
  return true;
}

/* --- envelope ---------------------------------------------------------------------------------------------------------------------------- */
static const char *read__text_at(ans_arena *arena, const exchange__document *d, const exchange__path *p) {
  exchange__node n;
  return exchange__select(d, exchange__root(d), p, true, &n) == NODE_ONE ? exchange__text_of(arena, n) : NULL;
}

bool exchange__mapping_no_data(const exchange__mapping *m, const exchange__document *d) {
  exchange__node n;
  ans_arena *arena = ans_arena_new(1u << 20);
  const char *status = arena ? read__text_at(arena, d, &m->status) : NULL;
  bool none = status && strcmp(status, m->no_data) == 0 && exchange__select(d, exchange__root(d), &m->record, true, &n) == NODE_ABSENT;
  ans_arena_free(arena);
  return none;
}

static const char *read__envelope(read__run *r) {
  exchange__adapter *a = r->a;
  const exchange__mapping *m = r->m;
  exchange__node n;
  int32_t first = 0, last = 0;
  const char *status = read__text_at(a->arena, r->d, &m->status), *name = read__text_at(a->arena, r->d, &m->name), *idnr = read__text_at(a->arena, r->d, &m->subject);
  if (idnr && strcmp(idnr, a->idnr) != 0) return exchange__another_person(a);
  if (!status || strcmp(status, m->found) != 0) return "Antwort ungültig: unbekannter Status";
  if (!name || strcmp(name, m->register_name) != 0 || !idnr) return exchange__another_person(a);
  if (exchange__select(r->d, exchange__root(r->d), &m->as_of, true, &n) != NODE_ONE || !read__date(a->arena, n, &first, &last) || first != last) return "Antwort ungültig: Stand fehlt";
  a->as_of = first;
  a->horizon = (int32_t)ans_month_last(ans_date_month(a->as_of));
  if (exchange__select(r->d, exchange__root(r->d), &m->record, true, &r->record) != NODE_ONE || (r->record.json && !json_is_object(r->record.json))) return "Antwort ungültig: Datensatz fehlt";
  r->coverage = m->coverage == MAPPING_COMPLETE ? ANS_OPEN_PAST : ANS_OPEN_FUTURE;
  if (m->coverage != MAPPING_SINCE) return NULL;
  if (exchange__select(r->d, exchange__root(r->d), &m->coverage_from, true, &n) != NODE_ONE || !read__date(a->arena, n, &first, &last) || first != last) return "Antwort ungültig: Beginn der Registerführung";
  r->coverage = first;
  return NULL;
}

ans_status exchange__mapping_read(exchange__adapter *a, const exchange__mapping *m, const exchange__document *d, ans_error *err) {
  ans_arena_free(a->arena);
  a->arena = ans_arena_new(256u << 20);
  mapping__entries *entries = a->arena ? ans_arena_array(a->arena, m->fact_count, sizeof *entries) : NULL;
  if (!entries) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  read__run r = {.a = a, .m = m, .d = d};
  a->invalid = read__envelope(&r);
  for (size_t i = 0; i < m->fact_count && !a->invalid; i++)
    if (exchange__wanted(a->program, a->reg, m->facts[i].unit, m->facts[i].fact)) (void)read__fact(&r, &m->facts[i], &entries[i]);
  ans_status status = ANS_OK;
  for (size_t i = 0; i < m->fact_count && !a->invalid && !a->failed_memory && status == ANS_OK; i++)
    if (exchange__wanted(a->program, a->reg, m->facts[i].unit, m->facts[i].fact)) status = mapping__plan(a, m, &m->facts[i], &entries[i], r.coverage, err);
  return status;
}
