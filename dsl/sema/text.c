/* What rules may ask about texts and lists (docs/semantics.md § 1): both steer, neither is computed. Every question about a text has literals,
 * so the questions about a fact are a finite table, filled here; a pattern is compiled once to see that it is one. */
#include "sema/sema_private.h"
#include "text/text.h"
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_LITERALS = 4096 };

bool sema__steers(ans_type t) { return t.tag == ANS_T_TEXT || t.tag == ANS_T_LIST; }

bool sema__not_for_steering(sema *s, const ans_syn *at, const char *op, ans_type a, ans_type b) {
  if (a.tag == ANS_T_TEXT && b.tag == ANS_T_TEXT && (strcmp(op, "=") == 0 || strcmp(op, "<>") == 0 || strcmp(op, "in") == 0)) SEMA_ERR0(s, TEXT_LITERAL, at);
  else if (a.tag == ANS_T_TEXT || b.tag == ANS_T_TEXT) SEMA_ERR(s, TEXT_OPERATION, at, op);
  else if (a.tag == ANS_T_LIST || b.tag == ANS_T_LIST) SEMA_ERR(s, LIST_OPERATION, at, op);
  else return false;
  return true;
}

const char *sema__text_literal(sema *s, const ans_syn *n) {
  const char *raw = sema__string(s, n);
  char *normal = NULL;
  size_t len = 0;
  ans_text_fault fault = ans_text_normal(raw, strlen(raw), &normal, &len);
  if (fault == ANS_TEXT_MEMORY) { s->oom = true; return NULL; }
  if (fault != ANS_TEXT_FINE) { SEMA_ERR(s, TEXT_FORM, n, sema__format(s, "%d", ANS_TEXT_MAX_BYTES)); return NULL; }
  char *copy = sema__alloc(s, len + 1, 1);
  if (copy) memcpy(copy, normal, len + 1);
  free(normal);
  return copy;
}

/* --- predicates ------------------------------------------------------------------------------------------------------- */
static bool text__same(const sema *s, const ans_predicate *p, uint32_t fact, ans_predicate_kind kind, const char *const *texts, uint32_t n) {
  if (p->fact != fact || p->kind != (uint8_t)kind || p->text_count != n) return false;
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(*VEC_AT(const char *, s->predicate_texts, p->first_text + i), texts[i]) != 0) return false;
  return true;
}

/* The index of the predicate, shared by equal questions; ANS_NONE after a report. */
static uint32_t text__predicate(sema *s, const ans_syn *at, uint32_t fact, ans_predicate_kind kind, const char *const *texts, uint32_t n) {
  uint32_t bit = 0, first = s->predicate_texts.n;
  for (uint32_t i = 0; i < s->predicates.n; i++) {
    const ans_predicate *p = VEC_AT(ans_predicate, s->predicates, i);
    if (text__same(s, p, fact, kind, texts, n)) return i;
    bit += p->fact == fact;
  }
  if (bit >= ANS_MAX_PREDICATES_PER_FACT) {
    SEMA_ERR(s, PREDICATE_LIMIT, at, VEC_AT(ans_fact, s->facts, fact)->name, sema__format(s, "%d", ANS_MAX_PREDICATES_PER_FACT));
    return ANS_NONE;
  }
  for (uint32_t i = 0; i < n; i++) {
    const char **slot = sema__push(s, &s->predicate_texts, sizeof *slot, "262144 Texte in Fragen / texts in questions");
    if (!slot) return ANS_NONE;
    *slot = texts[i];
  }
  uint32_t index = s->predicates.n;
  ans_predicate *slot = sema__push(s, &s->predicates, sizeof *slot, "4096 Fragen nach Texten / questions about texts");
  if (!slot) return ANS_NONE;
  *slot = (ans_predicate){.fact = fact, .kind = (uint8_t)kind, .bit = (uint8_t)bit, .first_text = first, .text_count = n};
  return index;
}

static ans_tx *text__question(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx *x, ans_predicate_kind kind, const char *const *texts, uint32_t count) {
  if (x->type.ref == ANS_NONE) return NULL; /* a result of type Text was reported */
  uint32_t predicate = text__predicate(s, n, x->type.ref, kind, texts, count);
  ans_tx *r = predicate == ANS_NONE ? NULL : sema__tx(s, sc, ANS_TX_TEXT_IS, sema__plain(ANS_T_BOOL), n, 1, &x);
  if (r) r->index = predicate;
  return r;
}

static int text__order(const void *a, const void *b) {
  const char *const *x = a, *const *y = b;
  return strcmp(*x, *y);
}

/* x is one of the texts children[from…]; a text written twice counts once. */
static ans_tx *text__one_of(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx *x, const ans_syn *const *literal, uint32_t count) {
  const char **texts = sema__alloc(s, count, sizeof *texts);
  uint32_t kept = 0;
  bool ok = texts != NULL;
  for (uint32_t i = 0; ok && i < count; i++) {
    const ans_syn *c = sema__strip(literal[i]);
    if (!c || c->kind != ANS_SYN_STRING) { SEMA_ERR0(s, TEXT_LITERAL, literal[i]); return NULL; }
    texts[i] = sema__text_literal(s, c);
    ok = texts[i] != NULL;
  }
  if (!ok) return NULL;
  qsort(texts, count, sizeof *texts, text__order);
  for (uint32_t i = 0; i < count; i++)
    if (!kept || strcmp(texts[kept - 1], texts[i]) != 0) texts[kept++] = texts[i];
  return text__question(s, sc, n, x, ANS_PREDICATE_ONE_OF, texts, kept);
}

/* --- = <> in ------------------------------------------------------------------------------------------------------------ */
bool sema__text_literal_at(const ans_syn *n) {
  n = sema__strip(n);
  return n && n->kind == ANS_SYN_STRING;
}

bool sema__text_comparison(const ans_syn *n) { return sema__text_literal_at(sema__child(n, 1)) || sema__text_literal_at(sema__child(n, 2)); }

ans_tx *sema__text_compare(sema *s, const sema_scope *sc, const ans_syn *n, const char *op) {
  const ans_syn *l = sema__child(n, 1), *r = sema__child(n, 2);
  bool left = sema__text_literal_at(l);
  if (left && sema__text_literal_at(r)) { SEMA_ERR0(s, TEXT_VALUE, l); return NULL; }
  ans_tx *x = sema__expr(s, sc, left ? r : l, NULL);
  const ans_syn *literal = left ? l : r;
  if (!x) return NULL;
  if (x->type.tag != ANS_T_TEXT) { SEMA_ERR0(s, TEXT_VALUE, literal); return NULL; }
  if (strcmp(op, "=") != 0 && strcmp(op, "<>") != 0) { SEMA_ERR(s, TEXT_OPERATION, n, op); return NULL; }
  ans_tx *is = text__one_of(s, sc, n, x, &literal, 1);
  return is && *op == '<' ? sema__tx(s, sc, ANS_TX_NOT, sema__plain(ANS_T_BOOL), n, 1, &is) : is;
}

ans_tx *sema__text_in(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx *x) {
  if (n->count - 1 > TEXT_MAX_LITERALS) { SEMA_ERR(s, TOO_DEEP, n, sema__format(s, "%d", TEXT_MAX_LITERALS)); return NULL; }
  return text__one_of(s, sc, n, x, (const ans_syn *const *)n->child + 1, n->count - 1);
}

/* --- entspricht ----------------------------------------------------------------------------------------------------------- */
/* Offsets of PCRE2 are bytes; a reader counts characters from 1. */
static uint32_t text__character(const char *s, size_t offset) {
  uint32_t n = 1;
  for (size_t i = 0; i < offset && s[i]; i++) n += ((unsigned char)s[i] & 0xC0u) != 0x80u;
  return n;
}

static bool text__pattern_fine(sema *s, const ans_syn *n, const char *pattern) {
  ans_pattern *compiled = NULL;
  ans_pattern_fault fault;
  ans_status status = ans_pattern_compile(pattern, strlen(pattern), &compiled, &fault);
  ans_pattern_free(compiled);
  if (status == ANS_OK) return true;
  if (status == ANS_MEMORY) { s->oom = true; return false; }
  switch (fault.kind) {
    case ANS_PATTERN_SYNTAX: SEMA_ERR(s, PATTERN_SYNTAX, n, sema__format(s, "%u", text__character(pattern, fault.offset)), sema__format(s, "%s", fault.text)); break;
    case ANS_PATTERN_LONG: SEMA_ERR(s, PATTERN_LONG, n, sema__format(s, "%d", ANS_PATTERN_MAX_BYTES)); break;
    case ANS_PATTERN_SETTING: SEMA_ERR(s, PATTERN_FORBIDDEN, n, "(*"); break;
    case ANS_PATTERN_CALLOUT: SEMA_ERR(s, PATTERN_FORBIDDEN, n, "(?C"); break;
  }
  return false;
}

ans_tx *sema__matches(sema *s, const sema_scope *sc, const ans_syn *n) {
  const ans_syn *operand = sema__child(n, 0), *literal = sema__child(n, 1);
  ans_tx *x = sema__expr(s, sc, operand, NULL);
  const char *pattern = literal ? sema__text_literal(s, literal) : NULL;
  if (!pattern || !text__pattern_fine(s, literal, pattern) || !x) return NULL;
  if (x->type.tag != ANS_T_TEXT) { SEMA_ERR(s, EXPECTED_TYPE, operand, "Text", sema__type_name(s, x->type)); return NULL; }
  return text__question(s, sc, n, x, ANS_PREDICATE_MATCHES, &pattern, 1);
}

/* --- lists ------------------------------------------------------------------------------------------------------------------ */
ans_tx *sema__contains(sema *s, const sema_scope *sc, const ans_syn *n) {
  const ans_syn *operand = sema__child(n, 0), *value = sema__child(n, 1);
  ans_tx *x = sema__expr(s, sc, operand, NULL);
  if (!x) return NULL;
  if (x->type.tag != ANS_T_LIST) { SEMA_ERR(s, EXPECTED_TYPE, operand, "Liste", sema__type_name(s, x->type)); return NULL; }
  if (x->type.ref == ANS_NONE) return NULL; /* a result of type Liste was reported */
  ans_type element = sema__plain(ANS_T_ENUM);
  element.ref = x->type.ref;
  ans_tx *args[2] = {x, sema__coerce(s, sc, sema__expr(s, sc, value, &element), element, value)};
  return args[1] ? sema__tx(s, sc, ANS_TX_LIST_HAS, sema__plain(ANS_T_BOOL), n, 2, args) : NULL;
}

ans_tx *sema__count_in(sema *s, const sema_scope *sc, const ans_syn *n, const ans_syn *operand) {
  ans_tx *x = sema__expr(s, sc, operand, NULL);
  if (!x) return NULL;
  if (x->type.tag != ANS_T_LIST) { SEMA_ERR(s, EXPECTED_TYPE, operand, "Liste", sema__type_name(s, x->type)); return NULL; }
  return sema__tx(s, sc, ANS_TX_LIST_COUNT, sema__plain(ANS_T_INT), n, 1, &x);
}

/* (A; B) of a test case as a set; the order means nothing. */
bool sema__list_value(sema *s, const ans_syn *n, ans_type type, int64_t *set) {
  if (type.ref == ANS_NONE) return false;
  ans_type element = sema__plain(ANS_T_ENUM);
  element.ref = type.ref;
  *set = 0;
  if (n->kind != ANS_SYN_LIST) { SEMA_ERR(s, LITERAL_EXPECTED, n, sema__type_name(s, type)); return false; }
  for (uint32_t i = 0; i < n->count; i++) {
    int64_t value = 0;
    if (!sema__value(s, n->child[i], element, &value)) return false;
    if (*set >> value & 1) { SEMA_ERR(s, CASE_LIST_TWICE, n->child[i], sema__words(s, n->child[i])); return false; }
    *set |= INT64_C(1) << value;
  }
  return true;
}

/* The type `Liste von …`: n is the TYPE node, its fifth child the element. */
bool sema__list_type(sema *s, const ans_syn *n, ans_type *out) {
  ans_type element;
  const ans_syn *of = sema__child(n, 4);
  if (!sema__type(s, of, &element)) return false;
  if (element.tag != ANS_T_ENUM) { SEMA_ERR(s, LIST_ELEMENT, of, sema__type_name(s, element)); return false; }
  const ans_enum *e = VEC_AT(ans_enum, s->enums, element.ref);
  if (e->value_count > ANS_MAX_LIST_VALUES) {
    SEMA_ERR(s, LIST_VALUES, of, e->name, sema__format(s, "%u", e->value_count), sema__format(s, "%d", ANS_MAX_LIST_VALUES));
    return false;
  }
  *out = (ans_type){.tag = ANS_T_LIST, .ref = element.ref};
  return true;
}
