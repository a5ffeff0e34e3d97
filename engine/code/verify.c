/* Verifier, first half: limits, texts, symbol tables and their references. Second half: verify_insn.c.
 *
 * A package may come from anywhere, so nothing is assumed: every index, range and text is checked before use, and the order of the
 * checks makes the later ones safe. First violation wins. Time is linear but for sorting names and for comparing rows of a parameter
 * that overlap in time (bounded by ANS_MAX_ROWS_PER_PARAM). Temporary memory only; thread-safe on distinct programs. */
#include "code/verify.h"
#include "num/period.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/utf8.h"

ans_status verify__fail(ans_error *err, const char *table, uint32_t index, const char *name, const char *code, const char *a, const char *b,
                        const char *c, const char *d) {
  char where[256];
  snprintf(where, sizeof where, "%s[%" PRIu32 "]%s%.180s", table, index, name && *name ? " " : "", name ? name : "");
  return ans_error_set(err, ANS_PACKAGE, code, where, a, b, c, d, NULL);
}

/* Optional references: NONE or below count. */
static bool verify__ref(uint32_t i, uint32_t count) { return i == ANS_NONE || i < count; }

static ans_status verify__bad_ref(verifier *v, const char *table, uint32_t i, const char *name, const char *field, uint32_t value) {
  char n[24];
  return VERIFY_FAIL(v, table, i, name, "E-VER-REF", field, ans_itoa(n, value), NULL, NULL);
}

static ans_status verify__bad_field(verifier *v, const char *table, uint32_t i, const char *name, const char *field, int64_t value) {
  char n[24];
  return VERIFY_FAIL(v, table, i, name, "E-VER-FIELD", field, ans_itoa(n, value), NULL, NULL);
}

static bool verify__text_ok(const char *s, size_t max, bool lines) {
  if (!s) return false;
  size_t n = strnlen(s, max + 1);
  if (n > max || !ans_utf8_valid(s, n)) return false;
  if (!lines) return ans_utf8_printable(s, n);
  for (size_t i = 0; i < n; i++)
    if (((unsigned char)s[i] < 0x20 && s[i] != '\n' && s[i] != '\t') || s[i] == 0x7f) return false;
  return true;
}

static ans_status verify__name(verifier *v, const char *table, uint32_t i, const char *name) {
  char max[24];
  if (verify__text_ok(name, ANS_MAX_NAME, false) && *name) return ANS_OK;
  return VERIFY_FAIL(v, table, i, "", "E-VER-NAME", ans_itoa(max, ANS_MAX_NAME), NULL, NULL, NULL);
}

static ans_status verify__text(verifier *v, const char *table, uint32_t i, const char *text) {
  char max[24];
  if (verify__text_ok(text, ANS_MAX_TEXT, true)) return ANS_OK;
  return VERIFY_FAIL(v, table, i, "", "E-VER-TEXT", ans_itoa(max, ANS_MAX_TEXT), NULL, NULL, NULL);
}

bool verify__type(const ans_program *p, ans_type t) {
  if (t.tag > ANS_T_LIST || t.measure > ANS_M_HOURS || t.per > ANS_PER_YEAR || t.scale > 18) return false;
  if (t.tag == ANS_T_ENUM) return t.ref < p->enum_count && !t.measure && !t.per && !t.scale;
  if (t.tag == ANS_T_REF) return t.ref > 0 && t.ref < p->unit_count && !t.measure && !t.per && !t.scale;
  if (t.tag == ANS_T_TEXT) return t.ref < p->fact_count && p->facts[t.ref].type.tag == ANS_T_TEXT && !t.measure && !t.per && !t.scale;
  if (t.tag == ANS_T_LIST) return t.ref < p->enum_count && p->enums[t.ref].value_count <= ANS_MAX_LIST_VALUES && !t.measure && !t.per && !t.scale;
  if (t.ref != 0 || (t.scale && t.tag != ANS_T_DECIMAL && t.tag != ANS_T_MONEY)) return false;
  return ans_type_numeric(t) || (!t.measure && !t.per);
}

static ans_status verify__declared_type(verifier *v, const char *table, uint32_t i, const char *name, ans_type t) {
  char text[ANS_TYPE_TEXT];
  if (verify__type(v->p, t)) return ANS_OK;
  return VERIFY_FAIL(v, table, i, name, "E-VER-TYPE-INVALID", ans_type_format(v->p, t, text), NULL, NULL, NULL);
}

/* --- unique names ------------------------------------------------------------------------------------------------ */
typedef struct named {
  const char *name;
  uint32_t scope, index;
} named;

static int named__order(const void *x, const void *y) {
  const named *a = x, *b = y;
  if (a->scope != b->scope) return a->scope < b->scope ? -1 : 1;
  int c = strcmp(a->name, b->name);
  return c ? c : a->index < b->index ? -1 : 1;
}

/* Takes items over (malloc'd, n entries, NULL allowed for n = 0). */
static ans_status verify__unique(verifier *v, const char *table, named *items, uint32_t n) {
  if (n && !items) return ans_error_set(v->err, ANS_MEMORY, "E-MEMORY", table, "verifier", NULL);
  ans_status s = ANS_OK;
  if (n) qsort(items, n, sizeof *items, named__order);
  for (uint32_t i = 1; i < n && s == ANS_OK; i++)
    if (items[i].scope == items[i - 1].scope && strcmp(items[i].name, items[i - 1].name) == 0)
      s = VERIFY_FAIL(v, table, items[i].index, items[i].name, "E-VER-TWICE", items[i].name, NULL, NULL, NULL);
  free(items);
  return s;
}

#define UNIQUE(v, table, array, count_, scope_)                                                \
  do {                                                                                         \
    named *names_ = malloc(((size_t)(count_) + 1) * sizeof *names_);                           \
    for (uint32_t i = 0; names_ && i < (count_); i++) names_[i] = (named){(array)[i].name, scope_, i}; \
    ans_status s_ = verify__unique(v, table, names_, count_);                                  \
    if (s_ != ANS_OK) return s_;                                                               \
  } while (0)

#define CHECK(expr)                   \
  do {                                \
    ans_status s_ = (expr);           \
    if (s_ != ANS_OK) return s_;      \
  } while (0)

/* --- tables ------------------------------------------------------------------------------------------------------ */
static ans_status verify__limits(verifier *v) {
  const ans_program *p = v->p;
  const struct { const char *table; uint32_t count, max; } tables[] = {
      {"insns", p->insn_count, ANS_MAX_INSNS},           {"consts", p->const_count, ANS_MAX_CONSTS},
      {"lists", p->list_count, ANS_MAX_LIST_ITEMS},      {"units", p->unit_count, ANS_MAX_UNITS},
      {"facts", p->fact_count, ANS_MAX_FACTS},           {"sources", p->source_count, ANS_MAX_SOURCES},
      {"enums", p->enum_count, ANS_MAX_ENUMS},           {"enum_values", p->enum_value_count, ANS_MAX_ENUM_VALUES},
      {"predicates", p->predicate_count, ANS_MAX_PREDICATES}, {"predicate_texts", p->predicate_text_count, ANS_MAX_PREDICATE_TEXTS},
      {"params", p->param_count, ANS_MAX_PARAMS},        {"param_rows", p->param_row_count, ANS_MAX_PARAM_ROWS},
      {"results", p->result_count, ANS_MAX_RESULTS},     {"benefits", p->benefit_count, ANS_MAX_BENEFITS},
      {"provisions", p->provision_count, ANS_MAX_PROVISIONS}, {"nodes", p->node_count, ANS_MAX_NODES},
      {"imports", p->import_count, ANS_MAX_IMPORTS}};
  char max[24];
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
    if (tables[i].count > tables[i].max)
      return ans_error_set(v->err, ANS_LIMIT, "E-VER-LIMIT", tables[i].table, ans_itoa(max, tables[i].max), NULL);
  return ANS_OK;
}

static ans_status verify__header(verifier *v) {
  const ans_program *p = v->p;
  char a[24], b[24];
  CHECK(verify__name(v, "package", 0, p->name));
  CHECK(verify__name(v, "version", 0, p->version));
  CHECK(verify__text(v, "title", 0, p->title));
  if (p->period_kind >= ANS_PERIOD_KINDS) return verify__bad_field(v, "package", 0, p->name, "period_kind", p->period_kind);
  if (p->semantics_version != ANS_SEMANTICS_VERSION)
    return ans_error_set(v->err, ANS_PACKAGE, "E-PKG-SEMANTICS", p->name, ans_itoa(a, p->semantics_version), ans_itoa(b, ANS_SEMANTICS_VERSION), NULL);
  if (!ans_period_valid(p->period_kind, p->first_period) || !ans_period_valid(p->period_kind, p->last_period) || p->first_period > p->last_period) {
    char first[ANS_PERIOD_TEXT], last[ANS_PERIOD_TEXT];
    return VERIFY_FAIL(v, "package", 0, p->name, "E-VER-PERIOD", ans_period_format(p->period_kind, p->first_period, first), ans_period_format(p->period_kind, p->last_period, last), NULL, NULL);
  }
  return ANS_OK;
}

/* A package is not among those it was built with, and each of them is there once. */
static ans_status verify__imports(verifier *v) {
  const ans_program *p = v->p;
  for (uint32_t i = 0; i < p->import_count; i++) {
    const ans_import *x = &p->imports[i];
    CHECK(verify__name(v, "imports", i, x->name));
    CHECK(verify__name(v, "imports", i, x->version));
    if (x->direct > 1) return verify__bad_field(v, "imports", i, x->name, "direct", x->direct);
    if (strcmp(x->name, p->name) == 0) return VERIFY_FAIL(v, "imports", i, x->name, "E-VER-TWICE", x->name, NULL, NULL, NULL);
  }
  UNIQUE(v, "imports", p->imports, p->import_count, 0);
  return ANS_OK;
}

static ans_status verify__units(verifier *v) {
  const ans_program *p = v->p;
  if (p->unit_count == 0) return verify__bad_field(v, "units", 0, "", "count", 0);
  for (uint32_t i = 0; i < p->unit_count; i++) {
    const ans_unit *u = &p->units[i];
    CHECK(verify__name(v, "units", i, u->name));
    CHECK(verify__text(v, "units", i, u->label));
    /* Segments are cut out of rows that are given, so a derived unit stands directly on a base unit. */
    bool ok = u->parent == ANS_NONE || (i > 0 && u->parent > 0 && u->parent < i && p->units[u->parent].parent == ANS_NONE);
    if (!ok) return verify__bad_ref(v, "units", i, u->name, "parent", u->parent);
  }
  UNIQUE(v, "units", p->units, p->unit_count, 0);
  return ANS_OK;
}

static ans_status verify__enums(verifier *v) {
  const ans_program *p = v->p;
  for (uint32_t i = 0; i < p->enum_count; i++) {
    const ans_enum *e = &p->enums[i];
    CHECK(verify__name(v, "enums", i, e->name));
    if (e->value_count == 0 || e->first_value > p->enum_value_count || e->value_count > p->enum_value_count - e->first_value)
      return verify__bad_ref(v, "enums", i, e->name, "value_count", e->value_count);
    named *names = malloc((size_t)e->value_count * sizeof *names);
    for (uint32_t k = 0; names && k < e->value_count; k++) {
      ans_status s = verify__name(v, "enum_values", e->first_value + k, p->enum_values[e->first_value + k]);
      if (s != ANS_OK) {
        free(names);
        return s;
      }
      names[k] = (named){p->enum_values[e->first_value + k], 0, e->first_value + k};
    }
    CHECK(verify__unique(v, "enum_values", names, e->value_count));
  }
  /* Values outside every enumeration are unreachable but still texts of the file. */
  for (uint32_t k = 0; k < p->enum_value_count; k++) CHECK(verify__name(v, "enum_values", k, p->enum_values[k]));
  UNIQUE(v, "enums", p->enums, p->enum_count, 0);
  return ANS_OK;
}

typedef uint32_t verify__parent_of(const ans_program *p, uint32_t i);
static uint32_t verify__provision_parent(const ans_program *p, uint32_t i) { return p->provisions[i].parent; }
static uint32_t verify__node_parent(const ans_program *p, uint32_t i) { return p->nodes[i].parent; }

/* Parent links must be a forest. mark: 0 new, 1 on the current path, 2 known to end. Each entry is walked at most twice. */
static ans_status verify__forest(verifier *v, const char *table, uint32_t count, verify__parent_of *parent) {
  uint8_t *mark = calloc((size_t)count + 1, 1);
  if (!mark) return ans_error_set(v->err, ANS_MEMORY, "E-MEMORY", table, "verifier", NULL);
  ans_status s = ANS_OK;
  for (uint32_t i = 0; i < count && s == ANS_OK; i++) {
    uint32_t k = i;
    for (; k != ANS_NONE && mark[k] == 0; k = parent(v->p, k)) mark[k] = 1;
    if (k != ANS_NONE && mark[k] == 1) s = VERIFY_FAIL(v, table, k, "", "E-VER-CYCLE", table, NULL, NULL, NULL);
    for (k = i; k != ANS_NONE && mark[k] == 1 && s == ANS_OK; k = parent(v->p, k)) mark[k] = 2;
  }
  free(mark);
  return s;
}

static ans_status verify__provisions(verifier *v) {
  const ans_program *p = v->p;
  for (uint32_t i = 0; i < p->provision_count; i++) {
    const ans_provision *x = &p->provisions[i];
    CHECK(verify__name(v, "provisions", i, x->text));
    CHECK(verify__text(v, "provisions", i, x->law));
    if (!verify__ref(x->parent, p->provision_count)) return verify__bad_ref(v, "provisions", i, x->text, "parent", x->parent);
    if (x->unchecked > 1) return verify__bad_field(v, "provisions", i, x->text, "unchecked", x->unchecked);
  }
  return verify__forest(v, "provisions", p->provision_count, verify__provision_parent);
}

/* Undeclared ends are 0, so that equal packages have equal bytes. */
static ans_status verify__bounds(verifier *v, uint32_t i) {
  const ans_program *p = v->p;
  const ans_fact *f = &p->facts[i];
  int64_t low = 0, high = 0;
  char a[24], b[24], type[ANS_TYPE_TEXT];
  const bool least = f->bounds & ANS_FACT_LEAST, greatest = f->bounds & ANS_FACT_GREATEST;
  if (f->bounds > (ANS_FACT_LEAST | ANS_FACT_GREATEST)) return verify__bad_field(v, "facts", i, f->name, "bounds", f->bounds);
  if ((!least && f->low) || (!greatest && f->high)) return verify__bad_field(v, "facts", i, f->name, least ? "high" : "low", least ? f->high : f->low);
  if (!f->bounds) return ANS_OK;
  bool ok = ans_type_bounded(f->type) && ans_type_bounds(p, f->type, &low, &high);
  if (low < -ANS_MAX_BOUND) low = -ANS_MAX_BOUND;
  if (high > ANS_MAX_BOUND) high = ANS_MAX_BOUND;
  ok = ok && (!least || (f->low >= low && f->low <= high)) && (!greatest || (f->high >= low && f->high <= high)) && (!least || !greatest || f->low <= f->high);
  if (ok) return ANS_OK;
  return VERIFY_FAIL(v, "facts", i, f->name, "E-VER-BOUNDS", least ? ans_itoa(a, f->low) : "…", greatest ? ans_itoa(b, f->high) : "…", ans_type_format(p, f->type, type), NULL);
}

static ans_status verify__facts(verifier *v) {
  const ans_program *p = v->p;
  for (uint32_t i = 0; i < p->fact_count; i++) {
    const ans_fact *f = &p->facts[i];
    CHECK(verify__name(v, "facts", i, f->name));
    CHECK(verify__text(v, "facts", i, f->label));
    if (f->unit == 0 || f->unit >= p->unit_count || p->units[f->unit].parent != ANS_NONE) return verify__bad_ref(v, "facts", i, f->name, "unit", f->unit);
    CHECK(verify__declared_type(v, "facts", i, f->name, f->type));
    if (f->type.tag == ANS_T_REF && p->units[f->type.ref].parent != ANS_NONE) return verify__bad_ref(v, "facts", i, f->name, "type.ref", f->type.ref);
    if (f->type.tag == ANS_T_TEXT && f->type.ref != i) return verify__bad_ref(v, "facts", i, f->name, "type.ref", f->type.ref);
    if (f->kind > ANS_FACT_TIMELINE) return verify__bad_field(v, "facts", i, f->name, "kind", f->kind);
    if (f->nature > ANS_NATURE_ERMESSEN) return verify__bad_field(v, "facts", i, f->name, "nature", f->nature);
    if (f->from_application > 1) return verify__bad_field(v, "facts", i, f->name, "from_application", f->from_application);
    if (!verify__ref(f->provision, p->provision_count)) return verify__bad_ref(v, "facts", i, f->name, "provision", f->provision);
    if (f->first_source > p->source_count || f->source_count > p->source_count - f->first_source)
      return verify__bad_ref(v, "facts", i, f->name, "source_count", f->source_count);
    CHECK(verify__bounds(v, i));
  }
  for (uint32_t i = 0; i < p->source_count; i++) CHECK(verify__name(v, "sources", i, p->sources[i].source));
  UNIQUE(v, "facts", p->facts, p->fact_count, p->facts[i].unit);
  return ANS_OK;
}

/* Literals and patterns are lines of text like names; whether a pattern is one PCRE2 accepts is found where it is compiled (engine/columns). */
static ans_status verify__predicate(verifier *v, uint32_t i, uint32_t bit) {
  const ans_program *p = v->p;
  const ans_predicate *x = &p->predicates[i];
  char max[24];
  if (x->fact >= p->fact_count || p->facts[x->fact].type.tag != ANS_T_TEXT) return verify__bad_ref(v, "predicates", i, "", "fact", x->fact);
  if (x->kind > ANS_PREDICATE_MATCHES) return verify__bad_field(v, "predicates", i, p->facts[x->fact].name, "kind", x->kind);
  if (x->bit != bit || bit >= ANS_MAX_PREDICATES_PER_FACT) return verify__bad_field(v, "predicates", i, p->facts[x->fact].name, "bit", x->bit);
  bool inside = x->first_text <= p->predicate_text_count && x->text_count <= p->predicate_text_count - x->first_text;
  if (!inside || x->text_count == 0 || (x->kind == ANS_PREDICATE_MATCHES && x->text_count != 1))
    return verify__bad_ref(v, "predicates", i, p->facts[x->fact].name, "text_count", x->text_count);
  for (uint32_t k = 0; k < x->text_count; k++) {
    const char *text = p->predicate_texts[x->first_text + k];
    if (!verify__text_ok(text, ANS_MAX_TEXT, false)) return VERIFY_FAIL(v, "predicates", i, p->facts[x->fact].name, "E-VER-TEXT", ans_itoa(max, ANS_MAX_TEXT), NULL, NULL, NULL);
    if (k && strcmp(p->predicate_texts[x->first_text + k - 1], text) >= 0) return verify__bad_ref(v, "predicates", i, p->facts[x->fact].name, "text", k);
  }
  return ANS_OK;
}

static ans_status verify__predicates(verifier *v) {
  const ans_program *p = v->p;
  uint8_t *used = calloc((size_t)p->fact_count + 1, 1); /* predicates seen of each fact; never more than 64 */
  if (!used) return ans_error_set(v->err, ANS_MEMORY, "E-MEMORY", "predicates", "verifier", NULL);
  ans_status s = ANS_OK;
  for (uint32_t i = 0; i < p->predicate_count && s == ANS_OK; i++) {
    uint32_t fact = p->predicates[i].fact;
    s = verify__predicate(v, i, fact < p->fact_count ? used[fact] : 0);
    if (s == ANS_OK) used[fact]++;
  }
  free(used);
  for (uint32_t k = 0; k < p->predicate_text_count && s == ANS_OK; k++) s = verify__text(v, "predicate_texts", k, p->predicate_texts[k]);
  return s;
}

static int verify__row_order(const ans_param_row *a, const ans_param_row *b) {
  if (a->from_day != b->from_day) return a->from_day < b->from_day ? -1 : 1;
  for (int k = 0; k < ANS_MAX_KEYS; k++)
    if (a->key_lo[k] != b->key_lo[k]) return a->key_lo[k] < b->key_lo[k] ? -1 : 1;
  return 0;
}

static bool verify__day(int32_t d) { return d == ANS_OPEN_PAST || d == ANS_OPEN_FUTURE || (d >= ANS_DAY_MIN && d <= ANS_DAY_MAX); }

static ans_status verify__param_row(verifier *v, uint32_t i, const ans_param *x, const ans_param_row *r) {
  const ans_program *p = v->p;
  char n[24], t[ANS_TYPE_TEXT];
  if (!verify__day(r->from_day)) return verify__bad_field(v, "param_rows", i, x->name, "from_day", r->from_day);
  if (!verify__day(r->to_day)) return verify__bad_field(v, "param_rows", i, x->name, "to_day", r->to_day);
  if (!verify__day(r->promulgated_day)) return verify__bad_field(v, "param_rows", i, x->name, "promulgated_day", r->promulgated_day);
  if (r->from_day > r->to_day) return VERIFY_FAIL(v, "param_rows", i, x->name, "E-VER-ROW-RANGE", "from_day", NULL, NULL, NULL);
  for (uint32_t k = 0; k < ANS_MAX_KEYS; k++) {
    if (k >= x->key_count && (r->key_lo[k] != INT64_MIN || r->key_hi[k] != INT64_MAX))
      return verify__bad_field(v, "param_rows", i, x->name, "unused key", r->key_lo[k]);
    if (r->key_lo[k] > r->key_hi[k]) return VERIFY_FAIL(v, "param_rows", i, x->name, "E-VER-ROW-RANGE", "key", NULL, NULL, NULL);
  }
  if (!ans_type_holds(p, x->type, r->value))
    return VERIFY_FAIL(v, "param_rows", i, x->name, "E-VER-VALUE", ans_itoa(n, r->value), ans_type_format(p, x->type, t), NULL, NULL);
  if (!verify__ref(r->provision, p->provision_count)) return verify__bad_ref(v, "param_rows", i, x->name, "provision", r->provision);
  if (r->unchecked > 1) return verify__bad_field(v, "param_rows", i, x->name, "unchecked", r->unchecked);
  if (r->open_end > 1) return verify__bad_field(v, "param_rows", i, x->name, "open_end", r->open_end);
  return ANS_OK;
}

/* Rows for the same day and keys, of which none is promulgated later than the other (semantics 4.4). */
static bool verify__rows_overlap(const ans_param_row *a, const ans_param_row *b) {
  if (a->promulgated_day != b->promulgated_day) return false;
  if (b->from_day > a->to_day || a->from_day > b->to_day) return false;
  for (int k = 0; k < ANS_MAX_KEYS; k++)
    if (a->key_lo[k] > b->key_hi[k] || b->key_lo[k] > a->key_hi[k]) return false;
  return true;
}

static ans_status verify__params(verifier *v) {
  const ans_program *p = v->p;
  char a[24], b[24];
  for (uint32_t i = 0; i < p->param_count; i++) {
    const ans_param *x = &p->params[i];
    CHECK(verify__name(v, "params", i, x->name));
    CHECK(verify__text(v, "params", i, x->label));
    CHECK(verify__declared_type(v, "params", i, x->name, x->type));
    if (x->type.tag >= ANS_T_REF) return verify__bad_field(v, "params", i, x->name, "type.tag", x->type.tag);
    if (x->key_count > ANS_MAX_KEYS) return verify__bad_field(v, "params", i, x->name, "key_count", x->key_count);
    if (!verify__ref(x->provision, p->provision_count)) return verify__bad_ref(v, "params", i, x->name, "provision", x->provision);
    if (x->first_row > p->param_row_count || x->row_count > p->param_row_count - x->first_row || x->row_count > ANS_MAX_ROWS_PER_PARAM)
      return verify__bad_ref(v, "params", i, x->name, "row_count", x->row_count);
    const ans_param_row *rows = p->param_rows + x->first_row;
    for (uint32_t k = 0; k < x->row_count; k++) {
      CHECK(verify__param_row(v, x->first_row + k, x, &rows[k]));
      if (k && verify__row_order(&rows[k - 1], &rows[k]) > 0)
        return VERIFY_FAIL(v, "param_rows", x->first_row + k, x->name, "E-VER-ROW-ORDER", NULL, NULL, NULL, NULL);
    }
    for (uint32_t k = 0; k < x->row_count; k++)
      for (uint32_t m = k + 1; m < x->row_count && rows[m].from_day <= rows[k].to_day; m++)
        if (verify__rows_overlap(&rows[k], &rows[m]))
          return VERIFY_FAIL(v, "params", i, x->name, "E-VER-ROW-OVERLAP", ans_itoa(a, k + 1), ans_itoa(b, m + 1), NULL, NULL);
  }
  UNIQUE(v, "params", p->params, p->param_count, 0);
  return ANS_OK;
}

/* --- tables that name instructions (after those were verified) ---------------------------------------------------------- */
static ans_status verify__results(verifier *v) {
  const ans_program *p = v->p;
  char n[24], have[ANS_TYPE_TEXT], want[ANS_TYPE_TEXT];
  uint32_t *owner = malloc(((size_t)p->insn_count + 1) * sizeof *owner);
  if (!owner) return ans_error_set(v->err, ANS_MEMORY, "E-MEMORY", "results", "verifier", NULL);
  memset(owner, 0xff, ((size_t)p->insn_count + 1) * sizeof *owner);
  ans_status s = ANS_OK;
  for (uint32_t i = 0; i < p->result_count && s == ANS_OK; i++) {
    const ans_result *r = &p->results[i];
    if ((s = verify__name(v, "results", i, r->name)) != ANS_OK || (s = verify__text(v, "results", i, r->label)) != ANS_OK) break;
    if (r->unit == 0 || r->unit >= p->unit_count) s = verify__bad_ref(v, "results", i, r->name, "unit", r->unit);
    else if (r->insn >= p->insn_count) s = verify__bad_ref(v, "results", i, r->name, "insn", r->insn);
    else if (p->insns[r->insn].unit != r->unit) s = VERIFY_FAIL(v, "results", i, r->name, "E-VER-INSN-UNIT", p->units[p->insns[r->insn].unit].name, p->units[r->unit].name, NULL, NULL);
    else if (!ans_type_equal(p->insns[r->insn].type, r->type))
      s = VERIFY_FAIL(v, "results", i, r->name, "E-VER-RESULT-TYPE", ans_type_format(p, p->insns[r->insn].type, have), ans_type_format(p, r->type, want), NULL, NULL);
    else if (r->type.tag == ANS_T_TEXT || r->type.tag == ANS_T_LIST) s = verify__bad_field(v, "results", i, r->name, "type.tag", r->type.tag);
    else if (!verify__ref(r->provision, p->provision_count)) s = verify__bad_ref(v, "results", i, r->name, "provision", r->provision);
    else if (owner[r->insn] != ANS_NONE)
      s = VERIFY_FAIL(v, "results", i, r->name, "E-VER-RESULT-SHARED", ans_itoa(n, r->insn), p->results[owner[r->insn]].name, NULL, NULL);
    else owner[r->insn] = i;
  }
  free(owner);
  if (s != ANS_OK) return s;
  UNIQUE(v, "results", p->results, p->result_count, p->results[i].unit);
  return ANS_OK;
}

static bool verify__pointer(const ans_program *p, uint32_t fact, uint32_t unit) {
  return fact < p->fact_count && p->facts[fact].unit == unit && p->facts[fact].type.tag == ANS_T_REF && p->facts[fact].kind == ANS_FACT_SCALAR;
}

static bool verify__benefit_result(const ans_program *p, uint32_t result, uint32_t unit, ans_type_tag tag) {
  return result < p->result_count && p->results[result].unit == unit && p->results[result].type.tag == (uint8_t)tag &&
         (tag != ANS_T_MONEY || p->results[result].type.scale == 2);
}

static ans_status verify__benefits(verifier *v) {
  const ans_program *p = v->p;
  for (uint32_t i = 0; i < p->benefit_count; i++) {
    const ans_benefit *x = &p->benefits[i];
    CHECK(verify__name(v, "benefits", i, x->name));
    if (x->unit == 0 || x->unit >= p->unit_count || p->units[x->unit].parent != ANS_NONE) return verify__bad_ref(v, "benefits", i, x->name, "unit", x->unit);
    if (!verify__benefit_result(p, x->entitled_result, x->unit, ANS_T_BOOL)) return verify__bad_ref(v, "benefits", i, x->name, "entitled_result", x->entitled_result);
    if (x->information_only > 1) return verify__bad_field(v, "benefits", i, x->name, "information_only", x->information_only);
    const bool bare = x->information_only && x->amount_result == ANS_NONE; /* information without an amount */
    if (!bare && !verify__benefit_result(p, x->amount_result, x->unit, ANS_T_MONEY)) return verify__bad_ref(v, "benefits", i, x->name, "amount_result", x->amount_result);
    if (x->payout_result != ANS_NONE && (bare || !verify__benefit_result(p, x->payout_result, x->unit, ANS_T_MONEY)))
      return verify__bad_ref(v, "benefits", i, x->name, "payout_result", x->payout_result);
    if (!(x->information_only && x->recipient_fact == ANS_NONE) && !verify__pointer(p, x->recipient_fact, x->unit))
      return verify__bad_ref(v, "benefits", i, x->name, "recipient_fact", x->recipient_fact);
    if (x->subject_fact != ANS_NONE && !verify__pointer(p, x->subject_fact, x->unit)) return verify__bad_ref(v, "benefits", i, x->name, "subject_fact", x->subject_fact);
    if (!verify__ref(x->regime_provision, p->provision_count)) return verify__bad_ref(v, "benefits", i, x->name, "regime_provision", x->regime_provision);
    if (!verify__ref(x->application_provision, p->provision_count))
      return verify__bad_ref(v, "benefits", i, x->name, "application_provision", x->application_provision);
  }
  UNIQUE(v, "benefits", p->benefits, p->benefit_count, 0);
  return ANS_OK;
}

static ans_status verify__nodes(verifier *v) {
  const ans_program *p = v->p;
  for (uint32_t i = 0; i < p->node_count; i++) {
    const ans_node *n = &p->nodes[i];
    if (n->insn >= p->insn_count) return verify__bad_ref(v, "nodes", i, "", "insn", n->insn);
    if (!verify__ref(n->parent, p->node_count)) return verify__bad_ref(v, "nodes", i, "", "parent", n->parent);
    if (n->kind > ANS_NODE_PARAM) return verify__bad_field(v, "nodes", i, "", "kind", n->kind);
    if (!verify__ref(n->provision, p->provision_count)) return verify__bad_ref(v, "nodes", i, "", "provision", n->provision);
    if (!verify__ref(n->result, p->result_count)) return verify__bad_ref(v, "nodes", i, "", "result", n->result);
    CHECK(verify__text(v, "nodes", i, n->text));
    CHECK(verify__text(v, "nodes", i, n->text_not));
  }
  return verify__forest(v, "nodes", p->node_count, verify__node_parent);
}

ans_status ans_program_verify(const ans_program *p, ans_error *err) {
  verifier v = {p, err, NULL};
  CHECK(verify__limits(&v));
  CHECK(verify__header(&v));
  CHECK(verify__imports(&v));
  CHECK(verify__units(&v));
  CHECK(verify__enums(&v));
  CHECK(verify__provisions(&v));
  CHECK(verify__facts(&v));
  CHECK(verify__predicates(&v));
  CHECK(verify__params(&v));
  v.split = malloc((size_t)p->unit_count * sizeof *v.split);
  if (!v.split) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "verify", "units", NULL);
  memset(v.split, 0xff, (size_t)p->unit_count * sizeof *v.split);
  ans_status s = verify__insns(&v);
  free(v.split);
  if (s != ANS_OK) return s;
  CHECK(verify__results(&v));
  CHECK(verify__benefits(&v));
  return verify__nodes(&v);
}
