/* Preparing the wording of a package. See wording.h. Memory: one text, and tables of the program's sizes. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/utf8.h"
#include "wording.h"

enum { WORDING_REASON = 1024 }; /* bytes of a reason or source text that are shown, with the NUL */

const char *decide__node_kind(uint8_t kind) {
  static const char *const names[] = {"step", "result", "rule", "exception", "condition", "value", "fact", "parameter"};
  return kind < 8 ? names[kind] : "step";
}

static int by_unit_and_name(const void *x, const void *y) {
  const named *a = x, *b = y;
  if (a->unit != b->unit) return a->unit < b->unit ? -1 : 1;
  const int order = strcmp(a->name, b->name);
  return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

const named *wording_find(const named *list, uint32_t n, uint32_t unit, const char *name, const named **end) {
  uint32_t lo = 0, hi = n;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    if (list[mid].unit < unit || (list[mid].unit == unit && strcmp(list[mid].name, name) < 0)) lo = mid + 1;
    else hi = mid;
  }
  *end = list + n;
  return list + lo;
}

/* --- making ------------------------------------------------------------------------------------------------------------------------- */

static fragment cut(const ans_buffer *b, size_t from) { return (fragment){(uint32_t)from, (uint32_t)(b->len - from)}; }

static void prepare_text(ans_json *j, const char *key, const char *text) {
  char shown[WORDING_REASON];
  size_t n = strlen(text);
  if (n >= sizeof shown) n = sizeof shown - 1;
  memcpy(shown, text, n);
  shown[ans_utf8_valid_prefix(shown, n)] = 0;
  ans_json_set(j, key, shown);
}

/* A reason without holes: "{{" is a brace. */
static void prepare_reason(ans_json *j, const char *text) {
  char plain[WORDING_REASON];
  size_t n = 0;
  for (const char *s = text; *s && n + 1 < sizeof plain; s += s[0] == '{' && s[1] == '{' ? 2 : 1) plain[n++] = *s;
  plain[n] = 0;
  prepare_text(j, "reason", plain);
}

/* An opening brace that is not doubled may begin a hole. */
static bool has_holes(const char *text) {
  for (const char *s = text; *s; s++) {
    if (*s != '{') continue;
    if (s[1] != '{') return true;
    s++;
  }
  return false;
}

static void prepare_node(ans_wording *w, ans_buffer *b, uint32_t i) {
  const ans_program *p = w->p;
  const ans_node *n = &p->nodes[i];
  const bool rule = n->kind == ANS_NODE_RULE || n->kind == ANS_NODE_EXCEPTION;
  ans_json j = {b, false};
  size_t from = b->len;
  ans_json_set(&j, "kind", decide__node_kind(n->kind));
  if (n->result != ANS_NONE && n->kind == ANS_NODE_RESULT) {
    ans_json_key(&j, "name");
    ans_json_string(&j, p->results[n->result].name);
    ans_json_set(&j, "label", p->results[n->result].label);
  }
  if (n->provision != ANS_NONE) {
    ans_json_set(&j, "provision", p->provisions[n->provision].text);
    if (p->provisions[n->provision].unchecked) ans_json_set_truth(&j, "source_checked", false);
  }
  w->nodes[i].head = cut(b, from);
  for (int fails = 0; fails < 2; fails++) {
    const char *text = rule && fails ? n->text_not : n->text;
    j.comma = false;
    from = b->len;
    if (rule && has_holes(text)) w->nodes[i].holes[fails] = text;
    else if (rule) prepare_reason(&j, text);
    else prepare_text(&j, "text", text);
    /* An auxiliary definition without a reason of its own: the compiler put the text of the rule there. */
    if (rule && *text && n->provision == ANS_NONE && !*n->text_not) ans_json_set_truth(&j, "auxiliary", true);
    if (n->line) ans_json_set_integer(&j, "line", n->line);
    w->nodes[i].rest[fails] = cut(b, from);
  }
}

static void prepare_fact(ans_wording *w, ans_buffer *b, uint32_t i) {
  const ans_fact *f = &w->p->facts[i];
  ans_json j = {b, false};
  size_t from = b->len;
  ans_json_set(&j, "kind", "fact");
  ans_json_key(&j, "name");
  ans_json_string(&j, f->name);
  ans_json_set(&j, "label", f->label);
  ans_json_set(&j, "unit", w->p->units[f->unit].name);
  w->fact_head[i] = cut(b, from);
  j.comma = false;
  from = b->len;
  if (f->provision != ANS_NONE) ans_json_set(&j, "provision", w->p->provisions[f->provision].text);
  w->fact_rest[i] = cut(b, from);
}

static void prepare_param(ans_wording *w, ans_buffer *b, uint32_t i) {
  const ans_param *m = &w->p->params[i];
  ans_json j = {b, false};
  const size_t from = b->len;
  ans_json_set(&j, "kind", "parameter");
  ans_json_key(&j, "name");
  ans_json_string(&j, m->name);
  ans_json_set(&j, "label", m->label);
  if (m->provision != ANS_NONE) ans_json_set(&j, "provision", w->p->provisions[m->provision].text);
  w->params[i] = cut(b, from);
}

/* Provision of what an instruction reads by itself: a fact's or a parameter's. */
static uint32_t own_provision(const ans_program *p, const ans_insn *in) {
  switch ((int)in->op) {
    case ANS_OP_FACT:
    case ANS_OP_TL_AT:
    case ANS_OP_TL_LAST_END:
    case ANS_OP_TL_NEXT_START: return p->facts[in->a].provision;
    case ANS_OP_TL_DAYS: return p->facts[in->c].provision;
    case ANS_OP_PARAM: return p->params[in->a].provision;
    case ANS_OP_HUMAN: return in->a;
    default: return ANS_NONE;
  }
}

/* Nodes and provisions of a step of a trace (docs/formats/trace.md). */
static void prepare_step(ans_wording *w, ans_buffer *b, uint32_t i) {
  const ans_program *p = w->p;
  const uint32_t own = own_provision(p, &p->insns[i]);
  step_wording *step = &w->steps[i];
  const size_t from = b->len;
  ans_json j = {b, true};
  step->head[0] = '[';
  char *end = ans_json_digits(step->head + 1, i);
  *end++ = ',';
  step->len = (uint8_t)(end - step->head);
  if (w->first_node[i] != ANS_NONE || own != ANS_NONE) {
    ans_json_open(&j, '[');
    for (uint32_t n = w->first_node[i]; n != ANS_NONE; n = w->next_node[n]) ans_json_integer(&j, n);
    ans_json_close(&j, ']');
    ans_json_open(&j, '[');
    if (own != ANS_NONE) ans_json_integer(&j, own);
    for (uint32_t n = w->first_node[i], last = own; n != ANS_NONE; n = w->next_node[n]) { /* those of neighbours are mostly the same; a repetition says no more and no less */
      if (p->nodes[n].provision != ANS_NONE && p->nodes[n].provision != last) ans_json_integer(&j, p->nodes[n].provision);
      last = p->nodes[n].provision;
    }
    ans_json_close(&j, ']');
  }
  ans_buffer_text(b, "],");
  step->rest = cut(b, from);
}

static void index_program(ans_wording *w) {
  const ans_program *p = w->p;
  memset(w->first_node, 0xff, ((size_t)p->insn_count + 1) * sizeof *w->first_node);
  memset(w->split, 0xff, 3 * ((size_t)p->unit_count + 1) * sizeof *w->split);
  w->seg_from = w->split + p->unit_count;
  w->seg_to = w->seg_from + p->unit_count;
  for (uint32_t i = p->node_count; i-- > 0;) {
    w->next_node[i] = w->first_node[p->nodes[i].insn];
    w->first_node[p->nodes[i].insn] = i;
  }
  for (uint32_t i = 0; i < p->insn_count; i++) {
    const ans_insn *in = &p->insns[i];
    if (in->op == ANS_OP_SPLIT) w->split[in->unit] = i;
    if (in->op == ANS_OP_SEG_FROM) w->seg_from[in->unit] = i;
    if (in->op == ANS_OP_SEG_TO) w->seg_to[in->unit] = i;
    if (in->op == ANS_OP_PARAM) w->reads[w->read_count++] = (named){p->params[in->a].name, 0, i};
  }
  for (uint32_t i = 0; i < p->fact_count; i++) w->facts[i] = (named){p->facts[i].name, p->facts[i].unit, i};
  for (uint32_t i = 0; i < p->result_count; i++) w->results[i] = (named){p->results[i].name, p->results[i].unit, i};
  if (w->read_count) qsort(w->reads, w->read_count, sizeof *w->reads, by_unit_and_name);
  if (p->fact_count) qsort(w->facts, p->fact_count, sizeof *w->facts, by_unit_and_name);
  if (p->result_count) qsort(w->results, p->result_count, sizeof *w->results, by_unit_and_name);
}

static void *table(size_t count, size_t size) { return calloc(count + 1, size); }

static bool make_tables(ans_wording *w) {
  const ans_program *p = w->p;
  w->first_node = table(p->insn_count, sizeof *w->first_node);
  w->next_node = table(p->node_count, sizeof *w->next_node);
  w->split = table(3 * ((size_t)p->unit_count + 1), sizeof *w->split);
  w->nodes = table(p->node_count, sizeof *w->nodes);
  w->fact_head = table(p->fact_count, sizeof *w->fact_head);
  w->fact_rest = table(p->fact_count, sizeof *w->fact_rest);
  w->params = table(p->param_count, sizeof *w->params);
  w->units = table(p->unit_count, sizeof *w->units);
  w->steps = table(p->insn_count, sizeof *w->steps);
  w->facts = table(p->fact_count, sizeof *w->facts);
  w->results = table(p->result_count, sizeof *w->results);
  w->reads = table(p->insn_count, sizeof *w->reads);
  return w->first_node && w->next_node && w->split && w->nodes && w->fact_head && w->fact_rest && w->params && w->units && w->steps && w->facts && w->results && w->reads;
}

ans_wording *ans_wording_new(const ans_program *p) {
  ans_wording *w = calloc(1, sizeof *w);
  ans_buffer b;
  if (!w) return NULL;
  ans_buffer_init(&b, ANS_WORDING_BYTES);
  w->p = p;
  if (make_tables(w)) {
    index_program(w);
    ans_json j = {&b, false};
    decide__package(&j, p);
    w->package = cut(&b, 0);
    for (uint32_t i = 0; i < p->node_count; i++) prepare_node(w, &b, i);
    for (uint32_t i = 0; i < p->fact_count; i++) prepare_fact(w, &b, i);
    for (uint32_t i = 0; i < p->param_count; i++) prepare_param(w, &b, i);
    for (uint32_t i = 0; i < p->unit_count; i++) {
      const size_t from = b.len;
      j.comma = false;
      ans_json_set(&j, "unit", p->units[i].name);
      w->units[i] = cut(&b, from);
    }
    for (uint32_t i = 0; i < p->insn_count; i++) prepare_step(w, &b, i);
    ans_buffer_append(&b, (const char[STEP_REST]){0}, STEP_REST); /* what is copied behind the last rest */
    w->text = ans_buffer_take(&b, NULL);
  }
  ans_buffer_dispose(&b);
  if (w->text) return w;
  ans_wording_free(w);
  return NULL;
}

void ans_wording_free(ans_wording *w) {
  if (!w) return;
  free(w->text);
  free(w->first_node);
  free(w->next_node);
  free(w->split);
  free(w->nodes);
  free(w->fact_head);
  free(w->fact_rest);
  free(w->params);
  free(w->units);
  free(w->steps);
  free(w->facts);
  free(w->results);
  free(w->reads);
  free(w);
}

/* --- holes ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct hole { const ans_wording *w; const ans_columns *c; const ans_trace *t; uint32_t unit, row; ans_type type; ans_scalar v; } hole;

/* The value that a parameter had where the unit's row (or everybody) read it. Several different ones, under other keys or on other days: none, because a
 * reason must not name another than the one computed with. */
static bool hole_param(hole *x, const char *name) {
  const ans_program *p = x->w->p;
  const named *end, *at = wording_find(x->w->reads, x->w->read_count, 0, name, &end);
  bool found = false;
  for (; at < end && !strcmp(at->name, name); at++) {
    const ans_insn *in = &p->insns[at->index];
    if (in->unit != 0 && in->unit != x->unit) continue;
    ans_scalar read = ans_trace_get(x->t, at->index, in->unit == 0 ? 0 : x->row - ans_trace_first_row(x->t, x->unit));
    if (found && (read.state != x->v.state || (read.state == ANS_VALUE && read.v != x->v.v))) return false;
    x->type = in->type;
    x->v = read;
    found = true;
  }
  return found;
}

static bool hole_step(hole *x, const char *name, bool first) {
  const ans_program *p = x->w->p;
  const named *end, *fact = wording_find(x->w->facts, p->fact_count, x->unit, name, &end);
  if (fact < end && fact->unit == x->unit && !strcmp(fact->name, name) && p->facts[fact->index].kind == ANS_FACT_SCALAR) {
    x->type = p->facts[fact->index].type;
    x->v = ans_columns_get(x->c, fact->index, x->row);
  } else {
    const named *result = wording_find(x->w->results, p->result_count, x->unit, name, &end);
    if (result < end && result->unit == x->unit && !strcmp(result->name, name)) {
      x->type = p->results[result->index].type;
      x->v = ans_trace_get(x->t, p->results[result->index].insn, x->row - ans_trace_first_row(x->t, x->unit));
    } else if (!first) {
      return false;
    } else if (ans_program_find_param(p, name) != ANS_NONE) {
      return hole_param(x, name);
    } else {
      return true; /* the unit's own name or alias: this row */
    }
  }
  if (x->type.tag == ANS_T_REF && x->v.state == ANS_VALUE) {
    x->unit = x->type.ref;
    x->row = (uint32_t)x->v.v;
  }
  return true;
}

/* No value: the name stands with the state, in marks of its own, so that a sentence written for values is not misread ("am ‹Geburtsdatum: unbekannt› geboren"). */
static void fill_state(const char *name, uint8_t state, char *out, size_t size) {
  const int n = snprintf(out, size, "‹%s: %s›", name, ans_state_name(state, false));
  if (n < 0 || (size_t)n >= size) snprintf(out, size, "‹%s›", ans_state_name(state, false));
  else
    for (char *s = out; *s; s++)
      if (*s == '_') *s = ' ';
}

static void fill_hole(hole *x, char *path, char *out, size_t size) {
  bool first = true;
  const char *name = path;
  x->type = (ans_type){.tag = ANS_T_REF, .ref = x->unit};
  x->v = (ans_scalar){.v = x->row, .state = ANS_VALUE};
  for (char *save = NULL, *s = strtok_r(path, ".", &save); s; s = strtok_r(NULL, ".", &save), first = false) {
    name = s;
    if (!hole_step(x, s, first)) {
      snprintf(out, size, "{%s?}", s);
      return;
    }
  }
  if (x->v.state != ANS_VALUE) fill_state(name, x->v.state, out, size);
  else ans_value_text(x->w->p, x->c, x->type, x->v, out, size);
}

void wording_fill(const ans_wording *w, const ans_columns *c, const ans_trace *t, const char *text, uint32_t unit, uint32_t row, char *out, size_t size) {
  size_t n = 0;
  for (const char *s = text; *s && n + 1 < size;) {
    if (s[0] == '{' && s[1] == '{') { /* a brace of the text itself */
      out[n++] = '{';
      s += 2;
      continue;
    }
    const char *end = *s == '{' ? strchr(s, '}') : NULL;
    if (!end || end - s > 600) {
      out[n++] = *s++;
      continue;
    }
    char path[608], value[160];
    hole x = {.w = w, .c = c, .t = t, .unit = unit, .row = row};
    memcpy(path, s + 1, (size_t)(end - s - 1));
    path[end - s - 1] = 0;
    fill_hole(&x, path, value, sizeof value);
    const size_t len = strlen(value), room = size - n - 1;
    memcpy(out + n, value, len < room ? len : room);
    n += len < room ? len : room;
    s = end + 1;
  }
  out[n] = 0;
  out[ans_utf8_valid_prefix(out, n)] = 0; /* cut between characters */
}
