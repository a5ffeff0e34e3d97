/* Owns: the explanation tree of one claim, made from the replay trace and the package's node table. It shows what was computed and nothing else: every
 * value is a trace cell, every child an operand the replay interpreter read. Format: docs/formats/explanation.md.
 * A cell that was explained before is shown by reference ("see"), so the tree stays linear in the slice. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "decide/decide.h"
#include "num/calendar.h"
#include "num/period.h"
#include "num/money.h"
#include "text/text.h"

enum { EXPLAIN_MAX_DEPTH = 200, EXPLAIN_MAX_NODES = 20000 };

typedef struct seen_cell { uint32_t node, row, id; } seen_cell;
typedef struct explain {
  const ans_columns *c;
  const ans_program *p;
  const ans_trace *t;
  const ans_explain_options *o;
  uint32_t *first_node, *next_node;    /* nodes by instruction: heads and chain */
  uint32_t *split, *seg_from, *seg_to; /* per unit: registers or ANS_NONE */
  seen_cell *seen; size_t seen_count, seen_capacity;
  uint32_t nodes;
  json_t *errors;                      /* named errors of the case, each once */
  bool failed;
  uint32_t at_unit, at_row;      /* the row whose result is being explained: what the texts of rules without a condition of their own speak about */
} explain;

typedef struct operand { uint32_t reg, row; bool used; } operand;
typedef struct operands { operand *items; size_t count, capacity; bool failed; } operands;

static void add_operand(void *ctx, uint32_t reg, uint32_t row, bool used) {
  operands *list = ctx;
  if (list->count == list->capacity) {
    size_t cap = list->capacity ? list->capacity * 2 : 8;
    operand *fresh = realloc(list->items, cap * sizeof *fresh);
    if (!fresh) { list->failed = true; return; }
    list->items = fresh;
    list->capacity = cap;
  }
  list->items[list->count++] = (operand){reg, row, used};
}

static bool index_program(explain *x) {
  const ans_program *p = x->p;
  x->first_node = malloc((p->insn_count + 1) * sizeof(uint32_t));
  x->next_node = malloc((p->node_count + 1) * sizeof(uint32_t));
  x->split = malloc(3 * (p->unit_count + 1) * sizeof(uint32_t));
  if (!x->first_node || !x->next_node || !x->split) return false;
  x->seg_from = x->split + p->unit_count;
  x->seg_to = x->seg_from + p->unit_count;
  for (uint32_t i = 0; i < p->insn_count; i++) x->first_node[i] = ANS_NONE;
  for (uint32_t i = 0; i < 3 * p->unit_count; i++) x->split[i] = ANS_NONE;
  for (uint32_t i = p->node_count; i-- > 0;) {
    x->next_node[i] = x->first_node[p->nodes[i].insn];
    x->first_node[p->nodes[i].insn] = i;
  }
  for (uint32_t i = 0; i < p->insn_count; i++) {
    uint16_t unit = p->insns[i].unit;
    if (p->insns[i].op == ANS_OP_SPLIT) x->split[unit] = i;
    if (p->insns[i].op == ANS_OP_SEG_FROM) x->seg_from[unit] = i;
    if (p->insns[i].op == ANS_OP_SEG_TO) x->seg_to[unit] = i;
  }
  return true;
}

/* The base unit and absolute row a cell speaks about (the parent row for day segments). */
static void base_row(const explain *x, uint32_t reg, uint32_t row, uint32_t *unit, uint32_t *absolute) {
  *unit = x->p->insns[reg].unit;
  if (*unit != 0 && x->p->units[*unit].parent != ANS_NONE && x->split[*unit] != ANS_NONE) {
    *absolute = (uint32_t)ans_trace_get(x->t, x->split[*unit], row).v;
    *unit = x->p->units[*unit].parent;
  } else {
    *absolute = *unit == 0 ? 0 : ans_trace_first_row(x->t, *unit) + row;
  }
}

static void set_text(json_t *o, const char *key, const char *text) {
  if (text && *text) json_object_set_new(o, key, json_string(text));
}

static void set_row(explain *x, json_t *o, uint32_t reg, uint32_t row) {
  uint32_t unit, absolute, own = x->p->insns[reg].unit;
  base_row(x, reg, row, &unit, &absolute);
  if (unit == 0) return;
  set_text(o, "unit", x->p->units[unit].name);
  if (x->c->units[unit].ids) set_text(o, "row", x->c->units[unit].ids[absolute]);
  if (own == unit || x->seg_from[own] == ANS_NONE || x->seg_to[own] == ANS_NONE) return;
  char buf[11];
  ans_date_format_iso(ans_trace_get(x->t, x->seg_from[own], row).v, buf);
  set_text(o, "from", buf);
  ans_date_format_iso(ans_trace_get(x->t, x->seg_to[own], row).v, buf);
  set_text(o, "to", buf);
}

/* --- reason texts with holes ------------------------------------------------------------------------------------------------- */

/* The value that a parameter had where the unit's row (or everybody) read it. Several different ones, under other keys or on other days: none, because a
 * reason must not name another than the one computed with. */
static bool hole_param(const explain *x, const char *name, uint32_t unit, uint32_t row, ans_type *type, ans_scalar *v) {
  bool found = false;
  for (uint32_t i = 0; i < x->p->insn_count; i++) {
    const ans_insn *in = &x->p->insns[i];
    if (in->op != ANS_OP_PARAM || (in->unit != 0 && in->unit != unit) || strcmp(x->p->params[in->a].name, name) != 0) continue;
    ans_scalar read = ans_trace_get(x->t, i, in->unit == 0 ? 0 : row - ans_trace_first_row(x->t, unit));
    if (found && (read.state != v->state || (read.state == ANS_VALUE && read.v != v->v))) return false;
    *type = in->type;
    *v = read;
    found = true;
  }
  return found;
}

static bool hole_step(const explain *x, const char *name, uint32_t *unit, uint32_t *row, ans_type *type, ans_scalar *v, bool first) {
  uint32_t fact = ans_program_find_fact(x->p, *unit, name), result;
  if (fact != ANS_NONE && x->p->facts[fact].kind == ANS_FACT_SCALAR) {
    *type = x->p->facts[fact].type;
    *v = ans_columns_get(x->c, fact, *row);
  } else if ((result = ans_program_find_result(x->p, *unit, name)) != ANS_NONE) {
    *type = x->p->results[result].type;
    *v = ans_trace_get(x->t, x->p->results[result].insn, *row - ans_trace_first_row(x->t, *unit));
  } else if (!first) {
    return false;
  } else if (ans_program_find_param(x->p, name) != ANS_NONE) {
    return hole_param(x, name, *unit, *row, type, v);
  } else {
    return true; /* the unit's own name or alias: this row */
  }
  if (type->tag == ANS_T_REF && v->state == ANS_VALUE) {
    *unit = type->ref;
    *row = (uint32_t)v->v;
  }
  return true;
}

static void fill_hole(const explain *x, char *path, uint32_t unit, uint32_t row, char *out, size_t size) {
  ans_type type = {.tag = ANS_T_REF, .ref = unit};
  ans_scalar v = {.v = row, .state = ANS_VALUE};
  bool first = true;
  for (char *save = NULL, *s = strtok_r(path, ".", &save); s; s = strtok_r(NULL, ".", &save), first = false) {
    if (!hole_step(x, s, &unit, &row, &type, &v, first)) {
      snprintf(out, size, "{%s?}", s);
      return;
    }
  }
  ans_value_text(x->p, x->c, type, v, out, size);
}

static void fill_text(const explain *x, const char *text, uint32_t reg, uint32_t row, char *out, size_t size) {
  uint32_t unit, absolute;
  base_row(x, reg, row, &unit, &absolute);
  if (unit == 0) { unit = x->at_unit; absolute = x->at_row; }
  size_t n = 0;
  for (const char *s = text; *s && n + 1 < size;) {
    if (s[0] == '{' && s[1] == '{') { /* a brace of the text itself */
      out[n++] = '{';
      s += 2;
      continue;
    }
    const char *end = *s == '{' ? strchr(s, '}') : NULL;
    if (!end || end - s > 600) { out[n++] = *s++; continue; }
    char path[608], value[160];
    memcpy(path, s + 1, (size_t)(end - s - 1));
    path[end - s - 1] = 0;
    fill_hole(x, path, unit, absolute, value, sizeof value);
    int w = snprintf(out + n, size - n, "%s", value);
    n = w < 0 || (size_t)w >= size - n ? size - 1 : n + (size_t)w;
    s = end + 1;
  }
  out[n] = 0;
  out[ans_utf8_valid_prefix(out, n)] = 0; /* cut between characters */
}

/* --- tree --------------------------------------------------------------------------------------------------------------------- */

static const char *kind_name(uint8_t kind) {
  static const char *const names[] = {"step", "result", "rule", "exception", "condition", "value", "fact", "parameter"};
  return kind < 8 ? names[kind] : "step";
}

enum { EXPLAIN_LONG = 20000 }; /* any text, any list */

static void set_value(explain *x, json_t *o, ans_type type, ans_scalar v) {
  const bool wide = v.state == ANS_VALUE && (type.tag == ANS_T_TEXT || type.tag == ANS_T_LIST);
  char buf[256], *text = wide ? malloc(EXPLAIN_LONG) : buf;
  if (!text) {
    x->failed = true;
    return;
  }
  ans_value_text(x->p, x->c, type, v, text, wide ? EXPLAIN_LONG : sizeof buf);
  json_object_set_new(o, "value", json_string(text));
  if (wide) free(text);
  json_object_set_new(o, "state", json_string(ans_state_name(v.state, true)));
}

static json_t *fact_json(explain *x, uint32_t reg, uint32_t row, uint32_t fact, uint32_t fact_row, int32_t day) {
  const ans_fact *f = &x->p->facts[fact];
  json_t *o = json_object();
  char buf[256] = "";
  json_object_set_new(o, "kind", json_string("fact"));
  json_object_set_new(o, "name", json_string(f->name));
  set_text(o, "label", f->label);
  set_text(o, "unit", x->p->units[f->unit].name);
  if (x->c->units[f->unit].ids) set_text(o, "row", x->c->units[f->unit].ids[fact_row]);
  if (f->provision != ANS_NONE) set_text(o, "provision", x->p->provisions[f->provision].text);
  if (f->kind == ANS_FACT_TIMELINE) {
    ans_date_format_iso(day, buf);
    set_text(o, "day", buf);
  }
  if (f->type.tag == ANS_T_REF) json_object_set_new(o, "reference", json_true());
  set_value(x, o, x->p->insns[reg].type, ans_trace_get(x->t, reg, row));
  if (x->o && x->o->provenance) {
    buf[0] = 0;
    x->o->provenance(x->o->ctx, fact, fact_row, day, buf, sizeof buf);
    set_text(o, "source", buf);
  }
  return o;
}

static void param_json(explain *x, json_t *children, uint32_t reg, uint32_t row) {
  const ans_insn *in = &x->p->insns[reg];
  const ans_param *param = &x->p->params[in->a];
  json_t *o = json_object();
  json_object_set_new(o, "kind", json_string("parameter"));
  json_object_set_new(o, "name", json_string(param->name));
  set_text(o, "label", param->label);
  if (param->provision != ANS_NONE) set_text(o, "provision", x->p->provisions[param->provision].text);
  uint32_t taken = ans_trace_param_row(x->t, reg, row); /* the one that was computed with: knowledge of the law and later promulgation included */
  if (taken != ANS_NONE) {
    const ans_param_row *r = &x->p->param_rows[taken];
    char buf[11];
    if (r->from_day >= ANS_DAY_MIN) {
      ans_date_format_iso(r->from_day, buf);
      set_text(o, "valid_from", buf);
    }
    if (r->promulgated_day > r->from_day) { /* law that reaches back */
      ans_date_format_iso(r->promulgated_day, buf);
      set_text(o, "promulgated", buf);
    }
    json_object_set_new(o, "source_checked", json_boolean(!r->unchecked));
  }
  set_value(x, o, in->type, ans_trace_get(x->t, reg, row));
  json_array_append_new(children, o);
}

/* The named error of a case: which pattern, on which fact, and where the row is. */
static void pattern_json(explain *x, json_t *children, uint32_t reg, uint32_t row) {
  const ans_insn *in = &x->p->insns[reg];
  const ans_predicate *q = &x->p->predicates[in->b];
  const ans_fact *f = &x->p->facts[q->fact];
  const uint32_t from = x->p->insns[in->a].unit == 0 ? 0 : row;
  ans_error e;
  char message[1024], steps[24];
  if (ans_trace_get(x->t, reg, row).state != ANS_ERRONEOUS || ans_trace_get(x->t, in->a, from).state != ANS_VALUE) return;
  (void)ans_error_set(&e, ANS_INPUT, "E-CASE-PATTERN-LIMIT", NULL, f->name, x->p->predicate_texts[q->first_text], ans_itoa(steps, ANS_PATTERN_MATCH_LIMIT), NULL);
  json_t *o = json_object();
  json_object_set_new(o, "kind", json_string("error"));
  json_object_set_new(o, "code", json_string(e.code));
  json_object_set_new(o, "text", json_string(ans_error_render(&e, ANS_LANG_DE, message, sizeof message)));
  json_object_set_new(o, "fact", json_string(f->name));
  json_object_set_new(o, "pattern", json_string(x->p->predicate_texts[q->first_text]));
  set_row(x, o, reg, row);
  set_value(x, o, in->type, ans_trace_get(x->t, reg, row));
  bool known = false;
  for (size_t i = 0; i < json_array_size(x->errors); i++) known = known || json_equal(json_array_get(x->errors, i), o);
  if (!known) json_array_append(x->errors, o);
  json_array_append_new(children, o);
}

static void children_of(explain *x, json_t *children, uint32_t node, uint32_t reg, uint32_t row, unsigned depth);

/* The node that explains a register below `parent`. Identical computations share one register, so a register may carry nodes of unrelated rules: only a node that belongs here, or
 * the named result itself, may speak for it. */
static uint32_t pick_node(const explain *x, uint32_t reg, uint32_t parent) {
  uint32_t result = ANS_NONE;
  for (uint32_t i = x->first_node[reg]; i != ANS_NONE; i = x->next_node[i]) {
    if (i == parent) continue;
    if (x->p->nodes[i].parent == parent && parent != ANS_NONE) return i;
    if (x->p->nodes[i].kind == ANS_NODE_RESULT && result == ANS_NONE && x->p->insns[reg].op != ANS_OP_CONST) result = i;
  }
  return result;
}

static bool seen_before(explain *x, uint32_t node, uint32_t row, uint32_t *id) {
  for (size_t i = 0; i < x->seen_count; i++)
    if (x->seen[i].node == node && x->seen[i].row == row) { *id = x->seen[i].id; return true; }
  if (x->seen_count == x->seen_capacity) {
    size_t cap = x->seen_capacity ? x->seen_capacity * 2 : 64;
    seen_cell *fresh = realloc(x->seen, cap * sizeof *fresh);
    if (!fresh) { x->failed = true; return true; }
    x->seen = fresh;
    x->seen_capacity = cap;
  }
  *id = x->nodes++;
  x->seen[x->seen_count++] = (seen_cell){node, row, *id};
  return false;
}

static json_t *node_json(explain *x, uint32_t node, uint32_t reg, uint32_t row, unsigned depth) {
  const ans_node *n = &x->p->nodes[node];
  ans_scalar v = ans_trace_get(x->t, reg, row);
  json_t *o = json_object();
  json_object_set_new(o, "kind", json_string(kind_name(n->kind)));
  if (n->result != ANS_NONE && n->kind == ANS_NODE_RESULT) {
    json_object_set_new(o, "name", json_string(x->p->results[n->result].name));
    set_text(o, "label", x->p->results[n->result].label);
  }
  if (n->provision != ANS_NONE) {
    set_text(o, "provision", x->p->provisions[n->provision].text);
    if (x->p->provisions[n->provision].unchecked) json_object_set_new(o, "source_checked", json_false());
  }
  set_row(x, o, reg, row);
  set_value(x, o, x->p->insns[reg].type, v);
  bool rule = n->kind == ANS_NODE_RULE || n->kind == ANS_NODE_EXCEPTION;
  const char *text = rule && v.state == ANS_VALUE && !v.v ? n->text_not : n->text;
  if (text && *text) {
    char buf[1024];
    if (rule) fill_text(x, text, reg, row, buf, sizeof buf);
    else {
      snprintf(buf, sizeof buf, "%s", text);
      buf[ans_utf8_valid_prefix(buf, strlen(buf))] = 0;
    }
    set_text(o, rule ? "reason" : "text", buf);
    /* An auxiliary definition without a reason of its own: the compiler put the text of the rule there. */
    if (rule && n->provision == ANS_NONE && !(n->text_not && *n->text_not)) json_object_set_new(o, "auxiliary", json_true());
  }
  if (n->line) json_object_set_new(o, "line", json_integer(n->line));
  if (ans_trace_overridden(x->t, reg, row)) json_object_set_new(o, "given", json_true());
  uint32_t id = 0;
  if (seen_before(x, node, row, &id)) {
    json_object_set_new(o, "see", json_integer(id));
    return o;
  }
  json_object_set_new(o, "id", json_integer(id));
  json_t *children = json_array();
  if (!ans_trace_overridden(x->t, reg, row) && depth < EXPLAIN_MAX_DEPTH && x->nodes < EXPLAIN_MAX_NODES) {
    uint32_t inner = ANS_NONE; /* a rule that is the whole result shares its register */
    for (uint32_t i = x->first_node[reg]; i != ANS_NONE && inner == ANS_NONE; i = x->next_node[i])
      if (x->p->nodes[i].parent == node && i != node) inner = i;
    uint32_t unit, absolute, outer_unit = x->at_unit, outer_row = x->at_row;
    base_row(x, reg, row, &unit, &absolute);
    if (unit != 0) { x->at_unit = unit; x->at_row = absolute; }
    if (inner != ANS_NONE) json_array_append_new(children, node_json(x, inner, reg, row, depth + 1));
    else children_of(x, children, node, reg, row, depth + 1);
    x->at_unit = outer_unit;
    x->at_row = outer_row;
  }
  if (json_array_size(children)) json_object_set_new(o, "children", children);
  else json_decref(children);
  return o;
}

/* The same fact cell may be read several times by one step; once is enough. */
static bool has_fact(const json_t *children, const json_t *fact) {
  static const char *const keys[] = {"name", "unit", "row", "day"};
  for (size_t i = 0; i < json_array_size(children); i++) {
    const json_t *c = json_array_get(children, i);
    size_t same = 0;
    for (size_t k = 0; k < 4; k++) same += json_equal(json_object_get(c, keys[k]), json_object_get(fact, keys[k])) || (!json_object_get(c, keys[k]) && !json_object_get(fact, keys[k]));
    if (same == 4 && !strcmp(json_string_value(json_object_get(c, "kind")), "fact")) return true;
  }
  return false;
}

/* Appends the explanations of what (reg,row) read, skipping through instructions that no jurist needs to see. */
static void children_of(explain *x, json_t *children, uint32_t node, uint32_t reg, uint32_t row, unsigned depth) {
  uint32_t fact, fact_row;
  int32_t day;
  if (depth > EXPLAIN_MAX_DEPTH || x->nodes > EXPLAIN_MAX_NODES || json_array_size(children) > 500) return;
  if (ans_trace_fact_cell(x->t, reg, row, &fact, &fact_row, &day)) {
    json_t *leaf = fact_json(x, reg, row, fact, fact_row, day);
    x->nodes++;
    if (has_fact(children, leaf)) json_decref(leaf);
    else json_array_append_new(children, leaf);
    return;
  }
  if (x->p->insns[reg].op == ANS_OP_PARAM) param_json(x, children, reg, row);
  if (x->p->insns[reg].op == ANS_OP_TEXT_IS) pattern_json(x, children, reg, row);
  operands list = {0};
  ans_trace_operands(x->t, reg, row, add_operand, &list);
  if (list.failed) x->failed = true;
  for (size_t i = 0; i < list.count && !x->failed; i++) {
    if (!list.items[i].used && !(x->o && x->o->all)) continue;
    bool is_fact = ans_trace_fact_cell(x->t, list.items[i].reg, list.items[i].row, &fact, &fact_row, &day);
    uint32_t child = is_fact ? ANS_NONE : pick_node(x, list.items[i].reg, node);
    size_t before = json_array_size(children);
    if (child != ANS_NONE) json_array_append_new(children, node_json(x, child, list.items[i].reg, list.items[i].row, depth));
    else children_of(x, children, node, list.items[i].reg, list.items[i].row, depth + 1);
    if (!list.items[i].used)
      for (size_t k = before; k < json_array_size(children); k++) json_object_set_new(json_array_get(children, k), "used", json_false());
  }
  free(list.items);
}

static json_t *missing_json(const ans_columns *c, const ans_outcome *o) {
  json_t *a = json_array();
  for (uint32_t i = 0; i < o->missing_count; i++) {
    const ans_missing *m = &o->missing[i];
    const ans_fact *f = &c->program->facts[m->fact];
    json_t *e = json_object();
    set_text(e, "unit", c->program->units[f->unit].name);
    if (c->units[f->unit].ids) set_text(e, "row", c->units[f->unit].ids[m->row]);
    set_text(e, "fact", f->name);
    set_text(e, "label", f->label);
    json_object_set_new(e, "state", json_string(ans_state_name(m->state, true)));
    json_object_set_new(e, "proven", json_boolean(m->proven));
    json_object_set_new(e, "blocking", json_boolean(m->blocking));
    if (m->day != ANS_OPEN_PAST) {
      char buf[11];
      ans_date_format_iso(m->day, buf);
      set_text(e, "day", buf);
    }
    if (f->provision != ANS_NONE) set_text(e, "provision", c->program->provisions[f->provision].text);
    if (f->source_count) set_text(e, "ask", c->program->sources[f->first_source].source);
    json_array_append_new(a, e);
  }
  return a;
}

static json_t *package_json(const ans_program *p) {
  char hex[65];
  ans_hex(p->sha256, 32, hex);
  json_t *o = json_pack("{s:s,s:s,s:s}", "name", p->name, "version", p->version, "sha256", hex);
  if (!p->import_count) return o;
  json_t *uses = json_array();
  for (uint32_t i = 0; i < p->import_count; i++) {
    ans_hex(p->imports[i].sha256, 32, hex);
    json_array_append_new(uses, json_pack("{s:s,s:s,s:s}", "name", p->imports[i].name, "version", p->imports[i].version, "sha256", hex));
  }
  json_object_set_new(o, "uses", uses);
  return o;
}

json_t *ans_decisions_json(const ans_program *p, json_t *claims) {
  return json_pack("{s:s,s:o,s:i,s:O}", "format", "anspruch-decisions/1", "package", package_json(p), "semantics", (int)p->semantics_version, "claims", claims);
}

static void head_json(json_t *root, const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *o) {
  const ans_program *p = c->program;
  const ans_benefit *b = &p->benefits[benefit];
  char buf[80];
  json_object_set_new(root, "benefit", json_string(b->name));
  json_object_set_new(root, "unit", json_string(p->units[b->unit].name));
  if (c->units[b->unit].ids) set_text(root, "row", c->units[b->unit].ids[row]);
  ans_period_format(p->period_kind, period, buf);
  if (p->period_kind == ANS_PERIOD_MONTH) set_text(root, "month", buf); /* the name it had when there was no other kind; readers rely on it */
  set_text(root, "period", buf);
  json_object_set_new(root, "period_kind", json_string(ans_period_kind_name(p->period_kind, true)));
  json_object_set_new(root, "merits", json_string(ans_merits_name(o->merits, true)));
  json_object_set_new(root, "procedure", json_string(ans_procedure_name(o->procedure, true)));
  json_object_set_new(root, "action", json_string(ans_action_name(o->action, true)));
  if (o->law_limited) {
    ans_date_format_iso(o->law_known, buf);
    set_text(root, "law_known", buf);
  }
  if (o->facts_limited) {
    ans_date_format_iso(o->facts_known, buf);
    set_text(root, "facts_known", buf);
  }
  if (b->regime_provision != ANS_NONE) set_text(root, "regime", p->provisions[b->regime_provision].text);
  json_t *reasons = json_array();
  for (unsigned r = 0; r < ANS_REASON_COUNT; r++)
    if (o->reasons >> r & 1) json_array_append_new(reasons, json_string(ans_reason_name((ans_reason)r, true)));
  json_object_set_new(root, "reasons", reasons);
  json_object_set_new(root, "entitled_state", json_string(ans_state_name(o->entitled.state, true)));
  if (o->amount.state == ANS_VALUE) json_object_set_new(root, "amount_cents", json_integer(o->amount.v));
  if (o->payout.state == ANS_VALUE) json_object_set_new(root, "payout_cents", json_integer(o->payout.v));
  json_object_set_new(root, "missing", missing_json(c, o));
  json_object_set_new(root, "missing_exact", json_boolean(o->missing_exact));
  if (o->missing_count || o->evaluations) json_object_set_new(root, "missing_evaluations", json_integer(o->evaluations));
  if (o->missing_truncated) json_object_set_new(root, "missing_truncated", json_true());
  if (o->ask_next != ANS_NONE) json_object_set_new(root, "ask_next", json_integer(o->ask_next));
}

json_t *ans_claim_json(const ans_columns *c, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *o) {
  json_t *claim = json_object();
  if (claim) head_json(claim, c, benefit, row, period, o);
  return claim;
}

static void add_root(explain *x, json_t *tree, uint32_t result, uint32_t rel) {
  uint32_t reg = x->p->results[result].insn, node = ANS_NONE;
  for (uint32_t i = x->first_node[reg]; i != ANS_NONE; i = x->next_node[i])
    if (x->p->nodes[i].kind == ANS_NODE_RESULT && (node == ANS_NONE || x->p->nodes[i].result == result)) node = i;
  if (node != ANS_NONE) json_array_append_new(tree, node_json(x, node, reg, rel, 0));
  else children_of(x, tree, ANS_NONE, reg, rel, 0);
}

ans_status ans_explain_json(const ans_columns *c, uint32_t component, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *outcome,
                            const ans_explain_options *o, char **json, ans_error *err) {
  explain x = {.c = c, .p = c->program, .t = t, .o = o, .errors = json_array()};
  const ans_benefit *b = &c->program->benefits[benefit];
  json_t *root = json_object(), *tree = json_array();
  (void)component;
  *json = NULL;
  if (root && tree && x.errors && index_program(&x)) {
    uint32_t rel = row - ans_trace_first_row(t, b->unit);
    json_object_set_new(root, "format", json_string("anspruch-explanation/1"));
    json_object_set_new(root, "package", package_json(c->program));
    json_object_set_new(root, "semantics", json_integer(c->program->semantics_version));
    head_json(root, c, benefit, row, period, outcome);
    add_root(&x, tree, b->entitled_result, rel);
    if (b->amount_result != ANS_NONE) add_root(&x, tree, b->amount_result, rel);
    if (b->payout_result != ANS_NONE) add_root(&x, tree, b->payout_result, rel);
    if (json_array_size(x.errors)) json_object_set(root, "errors", x.errors);
    json_object_set(root, "tree", tree);
    if (!x.failed) *json = json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
  }
  json_decref(x.errors);
  json_decref(tree);
  json_decref(root);
  free(x.first_node);
  free(x.next_node);
  free(x.split);
  free(x.seen);
  return *json ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
}
