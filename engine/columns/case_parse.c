/* Reading a case document (docs/formats/case.md). Jansson reads the JSON (duplicate keys refused); this file gives it meaning.
 *
 * Two passes: rows first, sorted by id, so that references may point forward and the order of rows does not depend on the order of the
 * text; then facts. Every error names the path in the document. Memory: bounded by the size of the document. Thread-safe. */
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/utf8.h"
#include "columns/case.h"
#include "num/calendar.h"
#include "num/money.h"

typedef struct case_row {
  const char *id;
  const json_t *object;
  uint32_t position; /* in the document's array */
  uint32_t row;      /* in the columns */
} case_row;

typedef struct case_unit { /* rows sorted by id */
  case_row *rows;
  uint32_t count;
} case_unit;

typedef struct parser {
  const ans_program *p;
  const char *name;
  ans_columns_builder *b;
  case_unit *units;
  ans_error *err;
  char path[256]; /* of the value at hand */
} parser;

static void parser__at(parser *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void parser__at(parser *x, const char *format, ...) {
  va_list ap;
  int n = snprintf(x->path, sizeof x->path, "%.100s: ", x->name);
  va_start(ap, format);
  vsnprintf(x->path + n, sizeof x->path - (size_t)n, format, ap);
  va_end(ap);
}

#define FAIL(x, code, ...) ans_error_set((x)->err, ANS_INPUT, code, (x)->path, __VA_ARGS__, NULL)
#define CHECK(expr)              \
  do {                           \
    ans_status s_ = (expr);      \
    if (s_ != ANS_OK) return s_; \
  } while (0)

static const char *json__kind(const json_t *v) {
  if (!v) return "–";
  switch (json_typeof(v)) {
    case JSON_OBJECT: return "{…}";
    case JSON_ARRAY: return "[…]";
    case JSON_STRING: return json_string_value(v);
    case JSON_INTEGER: return "123";
    case JSON_REAL: return "1.5";
    case JSON_TRUE: return "true";
    case JSON_FALSE: return "false";
    case JSON_NULL: return "null";
  }
  return "?";
}

static ans_status parser__kind(parser *x, const json_t *v, const char *wanted) { return FAIL(x, "E-CASE-KIND", json__kind(v), wanted); }

/* --- names ----------------------------------------------------------------------------------------------------------------- */
static ans_status parser__unknown(parser *x, const char *word, const char *near) {
  return near ? FAIL(x, "E-CASE-UNKNOWN-NEAR", word, near) : FAIL(x, "E-CASE-UNKNOWN", word);
}

static ans_status parser__unit(parser *x, const char *name, uint32_t *unit) {
  const char *near = NULL;
  unsigned best = UINT_MAX;
  *unit = ans_program_find_unit(x->p, name);
  if (*unit != ANS_NONE && *unit != 0 && x->p->units[*unit].parent == ANS_NONE) return ANS_OK;
  for (uint32_t i = 1; i < x->p->unit_count; i++)
    if (x->p->units[i].parent == ANS_NONE && ans_text_closer(name, x->p->units[i].name, &best)) near = x->p->units[i].name;
  return parser__unknown(x, name, near);
}

static ans_status parser__fact(parser *x, uint32_t unit, const char *name, uint32_t *fact) {
  const char *near = NULL;
  unsigned best = UINT_MAX;
  *fact = ans_program_find_fact(x->p, unit, name);
  if (*fact != ANS_NONE) return ANS_OK;
  for (uint32_t i = 0; i < x->p->fact_count; i++)
    if (x->p->facts[i].unit == unit && ans_text_closer(name, x->p->facts[i].name, &best)) near = x->p->facts[i].name;
  return parser__unknown(x, name, near);
}

/* A key that is not among the fixed ones of an object of the format. */
static ans_status parser__known_key(parser *x, const char *key, const char *const *allowed) {
  const char *near = NULL;
  unsigned best = UINT_MAX;
  for (size_t i = 0; allowed[i]; i++) {
    if (strcmp(key, allowed[i]) == 0) return ANS_OK;
    if (ans_text_closer(key, allowed[i], &best)) near = allowed[i];
  }
  return parser__unknown(x, key, near);
}

/* --- rows ------------------------------------------------------------------------------------------------------------------ */
static int row__order(const void *a, const void *b) { return strcmp(((const case_row *)a)->id, ((const case_row *)b)->id); }

static ans_status parser__find_row(parser *x, uint32_t unit, const char *id, uint32_t *row) {
  const case_unit *u = &x->units[unit];
  case_row probe = {.id = id};
  const case_row *r = u->count ? bsearch(&probe, u->rows, u->count, sizeof *u->rows, row__order) : NULL;
  if (r) {
    *row = r->row;
    return ANS_OK;
  }
  const char *near = NULL;
  unsigned best = UINT_MAX;
  for (uint32_t i = 0; i < u->count && i < 1000; i++) /* a suggestion, not a search: bounded */
    if (ans_text_closer(id, u->rows[i].id, &best)) near = u->rows[i].id;
  return near ? FAIL(x, "E-CASE-REF-NEAR", id, x->p->units[unit].name, near) : FAIL(x, "E-CASE-REF", id, x->p->units[unit].name);
}

static ans_status parser__collect(parser *x, uint32_t unit, const json_t *array) {
  case_unit *u = &x->units[unit];
  const char *name = x->p->units[unit].name;
  char max[24];
  parser__at(x, "units.%s", name);
  if (!json_is_array(array)) return parser__kind(x, array, "[…]");
  size_t n = json_array_size(array);
  if (n > ANS_MAX_CASE_ROWS) return ans_error_set(x->err, ANS_LIMIT, "E-CASE-ROWS", x->path, ans_itoa(max, ANS_MAX_CASE_ROWS), NULL);
  u->rows = calloc(n + 1, sizeof *u->rows);
  if (!u->rows) return ans_error_set(x->err, ANS_MEMORY, "E-MEMORY", x->name, "case", NULL);
  for (size_t i = 0; i < n; i++) {
    const json_t *object = json_array_get(array, i);
    parser__at(x, "units.%s[%zu]", name, i);
    if (!json_is_object(object)) return parser__kind(x, object, "{…}");
    const char *id = json_string_value(json_object_get(object, "id"));
    size_t len = id ? strlen(id) : 0;
    if (len == 0 || len > ANS_MAX_NAME || !ans_utf8_printable(id, len)) return FAIL(x, "E-CASE-ID", "");
    u->rows[u->count++] = (case_row){id, object, (uint32_t)i, 0};
  }
  qsort(u->rows, u->count, sizeof *u->rows, row__order);
  for (uint32_t i = 1; i < u->count; i++) {
    if (strcmp(u->rows[i - 1].id, u->rows[i].id) != 0) continue;
    parser__at(x, "units.%s[%" PRIu32 "].id", name, u->rows[i].position > u->rows[i - 1].position ? u->rows[i].position : u->rows[i - 1].position);
    return FAIL(x, "E-CASE-ID-TWICE", u->rows[i].id, name);
  }
  return ANS_OK;
}

static ans_status parser__rows(parser *x, json_t *units) {
  const char *key;
  json_t *value;
  size_t total = 0;
  char max[24];
  parser__at(x, "units");
  if (!json_is_object(units)) return parser__kind(x, units, "{…}");
  json_object_foreach(units, key, value) {
    uint32_t unit = ANS_NONE;
    parser__at(x, "units");
    CHECK(parser__unit(x, key, &unit));
    CHECK(parser__collect(x, unit, value));
    total += x->units[unit].count;
  }
  parser__at(x, "units");
  if (total > ANS_MAX_CASE_ROWS) return ans_error_set(x->err, ANS_LIMIT, "E-CASE-ROWS", x->path, ans_itoa(max, ANS_MAX_CASE_ROWS), NULL);
  for (uint32_t u = 1; u < x->p->unit_count; u++)
    for (uint32_t i = 0; i < x->units[u].count; i++) {
      case_row *r = &x->units[u].rows[i];
      CHECK(ans_columns_add_row(x->b, u, r->id, &r->row, x->err));
    }
  return ANS_OK;
}

/* --- values ---------------------------------------------------------------------------------------------------------------- */
static ans_status parser__enum(parser *x, ans_type t, const char *name, int64_t *v) {
  const ans_enum *e = &x->p->enums[t.ref];
  const char *near = NULL;
  unsigned best = UINT_MAX;
  for (uint32_t i = 0; i < e->value_count; i++) {
    const char *have = x->p->enum_values[e->first_value + i];
    if (strcmp(have, name) == 0) {
      *v = i;
      return ANS_OK;
    }
    if (ans_text_closer(name, have, &best)) near = have;
  }
  return parser__unknown(x, name, near);
}

static ans_status parser__text_value(parser *x, ans_type t, const char *s, int64_t *v) {
  char scale[24];
  uint32_t row = 0;
  switch ((ans_type_tag)t.tag) {
    case ANS_T_DECIMAL:
    case ANS_T_MONEY: return ans_decimal_parse(s, t.scale, v) ? ANS_OK : FAIL(x, "E-CASE-DECIMAL", s, ans_itoa(scale, t.scale));
    case ANS_T_DATE: return ans_date_parse_iso(s, v) ? ANS_OK : FAIL(x, "E-CASE-DATE", s);
    case ANS_T_MONTH: return ans_month_parse_iso(s, v) ? ANS_OK : FAIL(x, "E-CASE-MONTH", s);
    case ANS_T_ENUM: return parser__enum(x, t, s, v);
    case ANS_T_REF:
      CHECK(parser__find_row(x, t.ref, s, &row));
      *v = row;
      return ANS_OK;
    case ANS_T_BOOL:
    case ANS_T_INT:
    case ANS_T_TEXT:
    case ANS_T_LIST: break;
  }
  return ans_error_set(x->err, ANS_INTERNAL, "E-INTERNAL", x->path, "type", NULL);
}

/* An array of names; the order means nothing, and naming a value twice is a slip that somebody should look at. */
static ans_status parser__list(parser *x, ans_type t, const json_t *array, int64_t *set) {
  *set = 0;
  for (size_t i = 0; i < json_array_size(array); i++) {
    const json_t *item = json_array_get(array, i);
    int64_t value = 0;
    if (!json_is_string(item)) return parser__kind(x, item, "\"name\"");
    CHECK(parser__enum(x, t, json_string_value(item), &value));
    if (*set >> value & 1) return FAIL(x, "E-CASE-LIST-TWICE", json_string_value(item));
    *set |= INT64_C(1) << value;
  }
  return ANS_OK;
}

static const char *type__form(ans_type t) {
  static const char *const forms[] = {"true/false", "123", "\"1.5\"", "\"259.00\"", "\"2026-01-31\"", "\"2026-01\"", "\"name\"", "\"id\"", "\"…\"", "[\"name\", …]"};
  return forms[t.tag];
}

/* null, {"unknown": reason}, {"human": reason} or a value of the type. */
static ans_status parser__cell(parser *x, ans_type t, const json_t *v, ans_scalar *out) {
  static const char *const states[] = {"unknown", "human", NULL};
  *out = (ans_scalar){0, ANS_VALUE};
  if (json_is_null(v)) {
    out->state = ANS_NOT_APPLICABLE;
    return ANS_OK;
  }
  if (json_is_object(v)) {
    const char *key = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)v));
    if (json_object_size(v) != 1 || !key) return parser__kind(x, v, type__form(t));
    CHECK(parser__known_key(x, key, states));
    if (!json_is_string(json_object_get(v, key))) return parser__kind(x, json_object_get(v, key), "\"…\"");
    out->state = strcmp(key, "human") == 0 ? ANS_HUMAN : ANS_UNKNOWN;
    return ANS_OK;
  }
  if (t.tag == ANS_T_BOOL) {
    if (!json_is_boolean(v)) return parser__kind(x, v, type__form(t));
    out->v = json_is_true(v);
    return ANS_OK;
  }
  if (t.tag == ANS_T_INT) {
    if (!json_is_integer(v)) return parser__kind(x, v, type__form(t));
    out->v = json_integer_value(v);
    return ANS_OK;
  }
  if (t.tag == ANS_T_LIST) return json_is_array(v) ? parser__list(x, t, v, &out->v) : parser__kind(x, v, type__form(t));
  if (!json_is_string(v)) return parser__kind(x, v, type__form(t));
  if (t.tag == ANS_T_TEXT) return ans_columns_text(x->b, t.ref, json_string_value(v), json_string_length(v), x->path, &out->v, x->err);
  return parser__text_value(x, t, json_string_value(v), &out->v);
}

/* --- timelines ------------------------------------------------------------------------------------------------------------- */
static int interval__order(const void *a, const void *b) {
  int32_t x = ((const ans_interval *)a)->from, y = ((const ans_interval *)b)->from;
  return x < y ? -1 : x > y;
}

static ans_status parser__day(parser *x, const json_t *v, int32_t open, int32_t *day) {
  int64_t d;
  *day = open;
  if (!v) return ANS_OK;
  if (!json_is_string(v)) return parser__kind(x, v, "\"2026-01-31\"");
  if (!ans_date_parse_iso(json_string_value(v), &d)) return FAIL(x, "E-CASE-DATE", json_string_value(v));
  *day = (int32_t)d;
  return ANS_OK;
}

static ans_status parser__interval(parser *x, const ans_fact *f, json_t *object, ans_interval *out) {
  static const char *const keys[] = {"from", "to", "value", NULL};
  const char *key;
  json_t *unused;
  ans_scalar v;
  if (!json_is_object(object)) return parser__kind(x, object, "{\"from\", \"to\", \"value\"}");
  json_object_foreach(object, key, unused) CHECK(parser__known_key(x, key, keys));
  const json_t *value = json_object_get(object, "value");
  if (!value) return parser__kind(x, object, "{\"from\", \"to\", \"value\"}");
  CHECK(parser__day(x, json_object_get(object, "from"), ANS_OPEN_PAST, &out->from));
  CHECK(parser__day(x, json_object_get(object, "to"), ANS_OPEN_FUTURE, &out->to));
  if (out->from > out->to) return FAIL(x, "E-CASE-INTERVAL", "");
  CHECK(parser__cell(x, f->type, value, &v));
  CHECK(ans_columns_admit(f, v, x->path, x->err));
  out->value = v.v;
  out->state = v.state;
  return ANS_OK;
}

static ans_status parser__intervals(parser *x, uint32_t fact, uint32_t row, json_t *array, ans_interval *items) {
  char path[sizeof x->path], day[11];
  size_t n = json_array_size(array);
  memcpy(path, x->path, sizeof path);
  for (size_t i = 0; i < n; i++) {
    snprintf(x->path, sizeof x->path, "%.220s[%zu]", path, i);
    CHECK(parser__interval(x, &x->p->facts[fact], json_array_get(array, i), &items[i]));
  }
  memcpy(x->path, path, sizeof path);
  if (n) qsort(items, n, sizeof *items, interval__order);
  for (size_t i = 1; i < n; i++) {
    if (items[i].from > items[i - 1].to) continue;
    ans_date_format_iso(items[i].from, day); /* an open begin shows as the first day there is */
    return FAIL(x, "E-CASE-OVERLAP", day);
  }
  return ans_columns_set_timeline(x->b, fact, row, items, (uint32_t)n, x->err);
}

static ans_status parser__timeline(parser *x, uint32_t fact, uint32_t row, json_t *array) {
  if (!json_is_array(array)) return parser__kind(x, array, "[{\"from\", \"to\", \"value\"}, …]");
  ans_interval *items = calloc(json_array_size(array) + 1, sizeof *items);
  if (!items) return ans_error_set(x->err, ANS_MEMORY, "E-MEMORY", x->name, "case", NULL);
  ans_status s = parser__intervals(x, fact, row, array, items);
  free(items);
  return s;
}

/* --- document -------------------------------------------------------------------------------------------------------------- */
static ans_status parser__row_facts(parser *x, uint32_t unit, const case_row *r) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)r->object, key, value) {
    uint32_t fact = ANS_NONE;
    ans_scalar v;
    if (strcmp(key, "id") == 0) continue;
    parser__at(x, "units.%s[%" PRIu32 "] (id %.60s)", x->p->units[unit].name, r->position, r->id);
    CHECK(parser__fact(x, unit, key, &fact));
    parser__at(x, "units.%s[%" PRIu32 "].%s (id %.60s)", x->p->units[unit].name, r->position, key, r->id);
    const ans_fact *f = &x->p->facts[fact];
    if (f->kind == ANS_FACT_TIMELINE) {
      CHECK(parser__timeline(x, fact, r->row, value));
      continue;
    }
    CHECK(parser__cell(x, f->type, value, &v));
    CHECK(ans_columns_admit(f, v, x->path, x->err));
    if (f->type.tag == ANS_T_REF && f->type.ref == unit && v.state == ANS_VALUE && v.v == r->row) return FAIL(x, "E-CASE-SELF", r->id);
    CHECK(ans_columns_set(x->b, fact, r->row, v, x->err));
  }
  return ANS_OK;
}

static ans_status parser__result(parser *x, uint32_t unit, const char *name, uint32_t *result) {
  const char *near = NULL;
  unsigned best = UINT_MAX;
  *result = ans_program_find_result(x->p, unit, name);
  if (*result != ANS_NONE) return ANS_OK;
  for (uint32_t i = 0; i < x->p->result_count; i++) {
    const ans_result *r = &x->p->results[i]; /* one per day belongs to a unit of days below the named one */
    if (x->p->units[r->unit].parent == unit && strcmp(name, r->name) == 0) return FAIL(x, "E-CASE-OVERRIDE-DAILY", name);
  }
  for (uint32_t i = 0; i < x->p->result_count; i++)
    if (x->p->results[i].unit == unit && ans_text_closer(name, x->p->results[i].name, &best)) near = x->p->results[i].name;
  return parser__unknown(x, name, near);
}

static ans_status parser__override(parser *x, json_t *object) {
  static const char *const keys[] = {"unit", "id", "result", "value", NULL};
  const char *key;
  json_t *unused;
  uint32_t unit = ANS_NONE, row = 0, result = ANS_NONE;
  ans_scalar v;
  if (!json_is_object(object)) return parser__kind(x, object, "{…}");
  json_object_foreach(object, key, unused) CHECK(parser__known_key(x, key, keys));
  const char *unit_name = json_string_value(json_object_get(object, "unit")), *id = json_string_value(json_object_get(object, "id"));
  const char *result_name = json_string_value(json_object_get(object, "result"));
  const json_t *value = json_object_get(object, "value");
  if (!unit_name || !id || !result_name || !value) return parser__kind(x, object, "{\"unit\", \"id\", \"result\", \"value\"}");
  CHECK(parser__unit(x, unit_name, &unit));
  CHECK(parser__result(x, unit, result_name, &result));
  CHECK(parser__find_row(x, unit, id, &row));
  CHECK(parser__cell(x, x->p->results[result].type, value, &v));
  return ans_columns_set_override(x->b, result, row, v, x->err);
}

static ans_status parser__overrides(parser *x, const json_t *array) {
  if (!array) return ANS_OK;
  parser__at(x, "overrides");
  if (!json_is_array(array)) return parser__kind(x, array, "[…]");
  for (size_t i = 0; i < json_array_size(array); i++) {
    parser__at(x, "overrides[%zu]", i);
    CHECK(parser__override(x, json_array_get(array, i)));
  }
  return ANS_OK;
}

static ans_status parser__document(parser *x, json_t *root) {
  static const char *const keys[] = {"format", "comment", "units", "overrides", NULL};
  const char *key;
  json_t *unused;
  parser__at(x, "$");
  if (!json_is_object(root)) return parser__kind(x, root, "{…}");
  const char *format = json_string_value(json_object_get(root, "format"));
  if (!format || strcmp(format, CASE_FORMAT) != 0) return FAIL(x, "E-CASE-FORMAT", CASE_FORMAT);
  json_object_foreach(root, key, unused) CHECK(parser__known_key(x, key, keys));
  json_t *units = json_object_get(root, "units");
  if (!units) return parser__kind(x, root, "\"units\"");
  CHECK(ans_columns_begin_component(x->b, x->err));
  CHECK(parser__rows(x, units));
  for (uint32_t u = 1; u < x->p->unit_count; u++)
    for (uint32_t i = 0; i < x->units[u].count; i++) CHECK(parser__row_facts(x, u, &x->units[u].rows[i]));
  CHECK(parser__overrides(x, json_object_get(root, "overrides")));
  parser__at(x, "$");
  return ans_columns_end_component(x->b, x->err);
}

/* Parents may not be their own ancestors: all facts "Elternteil…" of a unit to itself together. */
static ans_status parser__check_parents(const ans_columns *c, ans_error *err) {
  const ans_program *p = c->program;
  static const char prefix[] = "Elternteil";
  uint32_t facts[16];
  for (uint32_t u = 1; u < p->unit_count; u++) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->fact_count && n < 16; i++) {
      const ans_fact *f = &p->facts[i];
      bool parent = strncmp(f->name, prefix, sizeof prefix - 1) == 0 && f->unit == u && f->kind == ANS_FACT_SCALAR;
      if (parent && f->type.tag == ANS_T_REF && f->type.ref == u) facts[n++] = i;
    }
    CHECK(ans_columns_check_acyclic_all(c, facts, n, err));
  }
  return ANS_OK;
}

static ans_status parser__json_error(const char *name, const json_error_t *e, ans_error *err) {
  char where[256];
  snprintf(where, sizeof where, "%.200s:%d:%d", name, e->line, e->column);
  bool twice = json_error_code(e) == json_error_duplicate_key;
  return ans_error_set(err, ANS_INPUT, twice ? "E-CASE-DUPLICATE-KEY" : "E-CASE-JSON", where, e->text, NULL);
}

ans_status ans_case_parse(const ans_program *p, const char *json, size_t len, const char *name, ans_columns **out, ans_error *err) {
  json_error_t e;
  char max[24];
  *out = NULL;
  if (!name) name = "case";
  if (len > ANS_MAX_CASE_BYTES) return ans_error_set(err, ANS_LIMIT, "E-CASE-SIZE", name, ans_itoa(max, ANS_MAX_CASE_BYTES), NULL);
  json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &e);
  if (!root) return parser__json_error(name, &e, err);
  parser x = {.p = p, .name = name, .err = err, .b = ans_columns_builder_new(p), .units = calloc(p->unit_count, sizeof *x.units)};
  ans_status s = x.b && x.units ? parser__document(&x, root) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "case", NULL);
  if (s == ANS_OK) s = ans_columns_finish(x.b, out, err);
  if (s == ANS_OK) {
    s = parser__check_parents(*out, err);
    if (s != ANS_OK && err) { /* the columns know the unit, not the document */
      char unit[100];
      snprintf(unit, sizeof unit, "%.90s", err->where);
      snprintf(err->where, sizeof err->where, "%.120s: units.%s", name, unit);
    }
  }
  if (s != ANS_OK) {
    ans_columns_free(*out);
    *out = NULL;
  }
  for (uint32_t u = 0; x.units && u < p->unit_count; u++) free(x.units[u].rows);
  free(x.units);
  ans_columns_builder_free(x.b);
  json_decref(root);
  return s;
}
