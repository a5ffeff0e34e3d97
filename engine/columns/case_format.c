/* Writing a component as canonical case JSON, and its hash.
 *
 * Canonical: no blanks, units and facts in the package's order, rows in their order, decimals with all digits of their scale, nothing for
 * cells that are merely missing. So equal facts are equal bytes, and an auditor can check a receipt's hash with sha256sum. Thread-safe. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/buffer.h"
#include "base/error.h"
#include "base/hash.h"
#include "columns/case.h"
#include "num/calendar.h"
#include "num/money.h"

typedef struct writer {
  const ans_columns *c;
  const ans_program *p;
  uint32_t component;
  ans_buffer out;
} writer;

static uint32_t writer__first(const writer *w, uint32_t unit) { return w->c->units[unit].component_first[w->component]; }
static uint32_t writer__end(const writer *w, uint32_t unit) { return w->c->units[unit].component_first[w->component + 1]; }

static void writer__id(writer *w, uint32_t unit, uint32_t row) {
  const ans_unit_columns *u = &w->c->units[unit];
  if (u->ids && u->ids[row]) ans_buffer_json(&w->out, u->ids[row]);
  else ans_buffer_printf(&w->out, "\"#%010" PRIu32 "\"", row - writer__first(w, unit) + 1);
}

static void writer__quoted(writer *w, const char *plain) {
  ans_buffer_char(&w->out, '"');
  ans_buffer_text(&w->out, plain);
  ans_buffer_char(&w->out, '"');
}

/* In the order of the enumeration, whatever order somebody wrote. */
static void writer__list(writer *w, uint32_t enumeration, int64_t set) {
  const ans_enum *e = &w->p->enums[enumeration];
  const char *before = "[";
  for (uint32_t i = 0; i < e->value_count; i++) {
    if (!(set >> i & 1)) continue;
    ans_buffer_text(&w->out, before);
    before = ",";
    ans_buffer_json(&w->out, w->p->enum_values[e->first_value + i]);
  }
  ans_buffer_text(&w->out, set ? "]" : "[]");
}

static void writer__cell(writer *w, ans_type t, ans_scalar v) {
  char text[ANS_NUMBER_TEXT];
  if (v.state != ANS_VALUE) {
    ans_buffer_text(&w->out, v.state == ANS_NOT_APPLICABLE ? "null" : v.state == ANS_UNKNOWN ? "{\"unknown\":\"\"}" : "{\"human\":\"\"}");
    return;
  }
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: ans_buffer_text(&w->out, v.v ? "true" : "false"); return;
    case ANS_T_INT: ans_buffer_text(&w->out, ans_itoa(text, v.v)); return;
    case ANS_T_DECIMAL:
    case ANS_T_MONEY:
    case ANS_T_DATE:
    case ANS_T_MONTH: writer__quoted(w, ans_number_format(t, v.v, false, text)); return;
    case ANS_T_ENUM: ans_buffer_json(&w->out, w->p->enum_values[w->p->enums[t.ref].first_value + (uint32_t)v.v]); return;
    case ANS_T_REF: writer__id(w, t.ref, (uint32_t)v.v); return;
    case ANS_T_TEXT: ans_buffer_json(&w->out, w->c->texts[v.v].text); return;
    case ANS_T_LIST: writer__list(w, t.ref, v.v); return;
  }
}

static void writer__day(writer *w, const char *key, int32_t day) {
  char text[11];
  ans_date_format_iso(day, text);
  writer__quoted(w, key);
  ans_buffer_char(&w->out, ':');
  writer__quoted(w, text);
  ans_buffer_char(&w->out, ',');
}

static void writer__timeline(writer *w, uint32_t fact, uint32_t row) {
  const ans_timeline *t = &w->c->timelines[fact];
  ans_buffer_char(&w->out, '[');
  for (uint32_t i = t->offsets[row]; i < t->offsets[row + 1]; i++) {
    const ans_interval *x = &t->items[i];
    ans_buffer_text(&w->out, i == t->offsets[row] ? "{" : ",{");
    if (x->from != ANS_OPEN_PAST) writer__day(w, "from", x->from);
    if (x->to != ANS_OPEN_FUTURE) writer__day(w, "to", x->to);
    ans_buffer_text(&w->out, "\"value\":");
    writer__cell(w, w->p->facts[fact].type, (ans_scalar){x->value, x->state});
    ans_buffer_char(&w->out, '}');
  }
  ans_buffer_char(&w->out, ']');
}

static void writer__fact(writer *w, uint32_t fact, uint32_t row) {
  const ans_fact *f = &w->p->facts[fact];
  uint8_t missing = f->nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN;
  ans_scalar v = {0, 0};
  if (f->kind == ANS_FACT_TIMELINE) {
    if (w->c->timelines[fact].offsets[row] == w->c->timelines[fact].offsets[row + 1]) return;
  } else {
    v = ans_columns_get(w->c, fact, row);
    if (v.state == missing) return;
  }
  ans_buffer_char(&w->out, ',');
  ans_buffer_json(&w->out, f->name);
  ans_buffer_char(&w->out, ':');
  if (f->kind == ANS_FACT_TIMELINE) writer__timeline(w, fact, row);
  else writer__cell(w, f->type, v);
}

static void writer__unit(writer *w, uint32_t unit) {
  ans_buffer_json(&w->out, w->p->units[unit].name);
  ans_buffer_text(&w->out, ":[");
  for (uint32_t r = writer__first(w, unit); r < writer__end(w, unit); r++) {
    ans_buffer_text(&w->out, r == writer__first(w, unit) ? "{\"id\":" : ",{\"id\":");
    writer__id(w, unit, r);
    for (uint32_t f = 0; f < w->p->fact_count; f++)
      if (w->p->facts[f].unit == unit) writer__fact(w, f, r);
    ans_buffer_char(&w->out, '}');
  }
  ans_buffer_char(&w->out, ']');
}

static void writer__overrides(writer *w) {
  const char *before = ",\"overrides\":[";
  for (uint32_t i = 0; i < w->c->override_count; i++) {
    const ans_override *o = &w->c->overrides[i];
    const ans_result *r = &w->p->results[o->result];
    if (o->row < writer__first(w, r->unit) || o->row >= writer__end(w, r->unit)) continue;
    ans_buffer_text(&w->out, before);
    before = ",";
    ans_buffer_text(&w->out, "{\"unit\":");
    ans_buffer_json(&w->out, w->p->units[r->unit].name);
    ans_buffer_text(&w->out, ",\"id\":");
    writer__id(w, r->unit, o->row);
    ans_buffer_text(&w->out, ",\"result\":");
    ans_buffer_json(&w->out, r->name);
    ans_buffer_text(&w->out, ",\"value\":");
    writer__cell(w, r->type, o->value);
    ans_buffer_char(&w->out, '}');
  }
  if (before[1] == 0) ans_buffer_char(&w->out, ']');
}

static ans_status writer__take(ans_buffer *b, char **json, size_t *len, ans_error *err) {
  bool full = b->full;
  *json = ans_buffer_take(b, len);
  if (*json) return ANS_OK;
  ans_buffer_dispose(b);
  if (full) return ans_error_set(err, ANS_LIMIT, "E-COL-LIMIT", "case", "1073741824", "bytes", NULL);
  return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "case", "document", NULL);
}

static ans_status case__format(const ans_columns *c, uint32_t component, char **json, size_t *len, ans_error *err) {
  char n[24];
  *json = NULL;
  if (component >= c->components) return ans_error_set(err, ANS_INPUT, "E-COL-INDEX", "columns", "component", ans_itoa(n, component), NULL);
  writer w = {.c = c, .p = c->program, .component = component};
  ans_buffer_init(&w.out, 0);
  ans_buffer_text(&w.out, "{\"format\":\"" CASE_FORMAT "\",\"units\":{");
  const char *before = "";
  for (uint32_t u = 1; u < w.p->unit_count; u++) {
    if (w.p->units[u].parent != ANS_NONE || writer__first(&w, u) == writer__end(&w, u)) continue;
    ans_buffer_text(&w.out, before);
    before = ",";
    writer__unit(&w, u);
  }
  ans_buffer_char(&w.out, '}');
  writer__overrides(&w);
  ans_buffer_char(&w.out, '}');
  return writer__take(&w.out, json, len, err);
}

ans_status ans_case_format(const ans_columns *c, uint32_t component, char **json, ans_error *err) { return case__format(c, component, json, NULL, err); }

ans_status ans_columns_component_hash(const ans_columns *c, uint32_t component, uint8_t out[32], ans_error *err) {
  char *json = NULL;
  size_t len = 0;
  ans_status s = case__format(c, component, &json, &len, err);
  if (s != ANS_OK) return s;
  ans_sha256_once(json, len, out);
  free(json);
  return ANS_OK;
}
