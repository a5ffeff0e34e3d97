/* Owns: the explanation tree of one claim, made from the replay trace and the package's node table. It shows what was computed and nothing else: every
 * value is a trace cell, every child an operand the replay interpreter read. Format: docs/formats/explanation.md.
 * A cell that was explained before is shown by reference ("see"), so the tree stays linear in the slice. Written forwards, without a document: what does not depend on the case was
 * prepared (wording.c). Memory: the output, and stacks that grow with the depth. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/utf8.h"
#include "num/calendar.h"
#include "text/text.h"
#include "wording.h"

enum { EXPLAIN_MAX_DEPTH = 200, EXPLAIN_MAX_NODES = 20000, EXPLAIN_MAX_CHILDREN = 500, EXPLAIN_LONG = 20000 /* any text, any list */ };

typedef struct operand { uint32_t reg, row; bool used; } operand;
typedef struct read_cell { uint32_t fact, row; int32_t day; } read_cell;
typedef struct seen_cell { uint32_t node, row, id1; /* id + 1; 0: free */ } seen_cell;
typedef struct stack { void *items; size_t count, capacity; } stack;
typedef struct text_at { size_t from, len; } text_at;
typedef struct explain {
  const ans_columns *c;
  const ans_program *p;
  const ans_trace *t;
  const ans_wording *w;
  const ans_explain_options *o;
  ans_json j;
  seen_cell *seen; size_t seen_count, seen_mask; /* open addressing */
  stack operands, facts, error_at;               /* operand; read_cell of the open lists; text_at of `errors` */
  uint32_t nodes;
  ans_buffer errors;             /* named errors of the case, each once: objects one after the other */
  char *wide;                    /* room for a long value, made when first needed */
  bool failed;
  uint32_t at_unit, at_row;      /* the row whose result is being explained: what the texts of rules without a condition of their own speak about */
} explain;

/* Nodes beneath one node. The array is opened by its first entry. */
typedef struct children { uint32_t count; size_t first_fact; bool opened; } children;

static void *push(explain *x, stack *s, size_t size) {
  if (s->count == s->capacity) {
    const size_t capacity = s->capacity ? s->capacity * 2 : 64;
    void *fresh = realloc(s->items, capacity * size);
    if (!fresh) {
      x->failed = true;
      return NULL;
    }
    s->items = fresh;
    s->capacity = capacity;
  }
  return (char *)s->items + size * s->count++;
}

static void add_operand(void *ctx, uint32_t reg, uint32_t row, bool used) {
  explain *x = ctx;
  operand *o = push(x, &x->operands, sizeof *o);
  if (o) *o = (operand){reg, row, used};
}

/* The base unit and absolute row a cell speaks about (the parent row for day segments). */
static void base_row(const explain *x, uint32_t reg, uint32_t row, uint32_t *unit, uint32_t *absolute) {
  *unit = x->p->insns[reg].unit;
  if (*unit != 0 && x->p->units[*unit].parent != ANS_NONE && x->w->split[*unit] != ANS_NONE) {
    *absolute = (uint32_t)ans_trace_get(x->t, x->w->split[*unit], row).v;
    *unit = x->p->units[*unit].parent;
  } else {
    *absolute = *unit == 0 ? 0 : ans_trace_first_row(x->t, *unit) + row;
  }
}

static void set_day(ans_json *j, const char *key, int64_t day) {
  char text[11];
  ans_date_format_iso(day, text);
  ans_json_set(j, key, text);
}

static void set_row(explain *x, ans_json *j, uint32_t reg, uint32_t row) {
  uint32_t unit, absolute, own = x->p->insns[reg].unit;
  base_row(x, reg, row, &unit, &absolute);
  if (unit == 0) return;
  wording_put(x->w, j, x->w->units[unit]);
  if (x->c->units[unit].ids) ans_json_set(j, "row", x->c->units[unit].ids[absolute]);
  if (own == unit || x->w->seg_from[own] == ANS_NONE || x->w->seg_to[own] == ANS_NONE) return;
  set_day(j, "from", ans_trace_get(x->t, x->w->seg_from[own], row).v);
  set_day(j, "to", ans_trace_get(x->t, x->w->seg_to[own], row).v);
}

static void set_value(explain *x, ans_json *j, ans_type type, ans_scalar v) {
  static const char yes[] = "\"value\":\"ja\",\"state\":\"value\"", no[] = "\"value\":\"nein\",\"state\":\"value\"";
  const bool wide = v.state == ANS_VALUE && (type.tag == ANS_T_TEXT || type.tag == ANS_T_LIST);
  char buf[256];
  if (v.state == ANS_VALUE && type.tag == ANS_T_BOOL) {
    ans_json_raw(j, v.v ? yes : no, (v.v ? sizeof yes : sizeof no) - 1);
    return;
  }
  if (wide && !x->wide && !(x->wide = malloc(EXPLAIN_LONG))) {
    x->failed = true;
    return;
  }
  char *text = wide ? x->wide : buf;
  ans_value_text(x->p, x->c, type, v, text, wide ? EXPLAIN_LONG : sizeof buf);
  if (!*text) ans_json_raw(j, "\"value\":\"\"", 10); /* a value is said even if it is empty */
  else ans_json_set_checked(j, "value", text);
  ans_json_set(j, "state", ans_state_name(v.state, true));
}

/* --- entries of a list ---------------------------------------------------------------------------------------------------------------- */

static void open_entry(explain *x, children *list) {
  if (!list->opened) {
    ans_json_key(&x->j, "children");
    ans_json_open(&x->j, '[');
    list->opened = true;
  }
  list->count++;
  ans_json_open(&x->j, '{');
}

static void close_entry(explain *x, bool used) {
  if (!used) ans_json_set_truth(&x->j, "used", false);
  ans_json_close(&x->j, '}');
}

static bool same_row(const explain *x, uint32_t fact, uint32_t a, uint32_t b) {
  char **ids = x->c->units[x->p->facts[fact].unit].ids;
  if (a == b || !ids) return true;
  const char *left = ids[a] ? ids[a] : "", *right = ids[b] ? ids[b] : "";
  return !strcmp(left, right);
}

/* The same fact cell may be read several times by one step; once is enough. */
static bool has_fact(const explain *x, const children *list, read_cell r) {
  const read_cell *cells = x->facts.items;
  for (size_t i = list->first_fact; i < x->facts.count; i++)
    if (cells[i].fact == r.fact && cells[i].day == r.day && same_row(x, r.fact, cells[i].row, r.row)) return true;
  return false;
}

static void write_fact(explain *x, children *list, uint32_t reg, uint32_t row, read_cell r, bool used) {
  const ans_fact *f = &x->p->facts[r.fact];
  const int32_t day = r.day;
  char buf[256] = "";
  if (f->kind != ANS_FACT_TIMELINE) r.day = 0; /* not shown: no difference */
  x->nodes++;
  if (has_fact(x, list, r)) return;
  read_cell *kept = push(x, &x->facts, sizeof *kept);
  if (!kept) return;
  *kept = r;
  open_entry(x, list);
  wording_put(x->w, &x->j, x->w->fact_head[r.fact]);
  if (x->c->units[f->unit].ids) ans_json_set(&x->j, "row", x->c->units[f->unit].ids[r.row]);
  wording_put(x->w, &x->j, x->w->fact_rest[r.fact]);
  if (f->kind == ANS_FACT_TIMELINE) set_day(&x->j, "day", day);
  if (f->type.tag == ANS_T_REF) ans_json_set_truth(&x->j, "reference", true);
  set_value(x, &x->j, x->p->insns[reg].type, ans_trace_get(x->t, reg, row));
  if (x->o && x->o->provenance) {
    x->o->provenance(x->o->ctx, r.fact, r.row, day, buf, sizeof buf);
    ans_json_set_checked(&x->j, "source", buf);
  }
  close_entry(x, used);
}

static void write_param(explain *x, children *list, uint32_t reg, uint32_t row, bool used) {
  const ans_insn *in = &x->p->insns[reg];
  open_entry(x, list);
  wording_put(x->w, &x->j, x->w->params[in->a]);
  uint32_t taken = ans_trace_param_row(x->t, reg, row); /* the one that was computed with: knowledge of the law and later promulgation included */
  if (taken != ANS_NONE) {
    const ans_param_row *r = &x->p->param_rows[taken];
    if (r->from_day >= ANS_DAY_MIN) set_day(&x->j, "valid_from", r->from_day);
    if (r->promulgated_day > r->from_day) set_day(&x->j, "promulgated", r->promulgated_day); /* law that reaches back */
    ans_json_set_truth(&x->j, "source_checked", !r->unchecked);
  }
  set_value(x, &x->j, in->type, ans_trace_get(x->t, reg, row));
  close_entry(x, used);
}

/* Members of the named error of a case: which pattern, on which fact, and where the row is. */
static void pattern_members(explain *x, ans_json *j, uint32_t reg, uint32_t row) {
  const ans_insn *in = &x->p->insns[reg];
  const ans_predicate *q = &x->p->predicates[in->b];
  const ans_fact *f = &x->p->facts[q->fact];
  ans_error e;
  char message[1024], steps[24];
  (void)ans_error_set(&e, ANS_INPUT, "E-CASE-PATTERN-LIMIT", NULL, f->name, x->p->predicate_texts[q->first_text], ans_itoa(steps, ANS_PATTERN_MATCH_LIMIT), NULL);
  ans_json_set(j, "kind", "error");
  ans_json_set(j, "code", e.code);
  ans_json_set_checked(j, "text", ans_error_render(&e, ANS_LANG_DE, message, sizeof message));
  ans_json_set(j, "fact", f->name);
  ans_json_set(j, "pattern", x->p->predicate_texts[q->first_text]);
  set_row(x, j, reg, row);
  set_value(x, j, in->type, ans_trace_get(x->t, reg, row));
}

/* Keeps the members just appended to errors as one of them, unless they are there already. */
static void keep_error(explain *x, size_t from) {
  const text_at *at = x->error_at.items, fresh = {from, x->errors.len - from};
  bool known = false;
  for (size_t i = 0; i < x->error_at.count && !known; i++) known = at[i].len == fresh.len && !memcmp(x->errors.data + at[i].from, x->errors.data + from, fresh.len);
  text_at *kept = known ? NULL : push(x, &x->error_at, sizeof *kept);
  if (kept) *kept = fresh;
  else x->errors.len = from;
}

static void write_pattern(explain *x, children *list, uint32_t reg, uint32_t row, bool used) {
  const ans_insn *in = &x->p->insns[reg];
  const uint32_t from = x->p->insns[in->a].unit == 0 ? 0 : row;
  if (ans_trace_get(x->t, reg, row).state != ANS_ERRONEOUS || ans_trace_get(x->t, in->a, from).state != ANS_VALUE) return;
  const size_t start = x->errors.len;
  ans_json copy = {&x->errors, false};
  pattern_members(x, &copy, reg, row);
  open_entry(x, list);
  if (!x->errors.failed) ans_json_raw(&x->j, x->errors.data + start, x->errors.len - start);
  close_entry(x, used);
  keep_error(x, start);
}

/* --- nodes ------------------------------------------------------------------------------------------------------------------------------ */

static void children_of(explain *x, children *list, uint32_t node, uint32_t reg, uint32_t row, unsigned depth, bool used);

/* The node that explains a register below `parent`. Identical computations share one register, so a register may carry nodes of unrelated rules: only a node that belongs here, or
 * the named result itself, may speak for it. */
static uint32_t pick_node(const explain *x, uint32_t reg, uint32_t parent) {
  uint32_t result = ANS_NONE;
  for (uint32_t i = x->w->first_node[reg]; i != ANS_NONE; i = x->w->next_node[i]) {
    if (i == parent) continue;
    if (x->p->nodes[i].parent == parent && parent != ANS_NONE) return i;
    if (x->p->nodes[i].kind == ANS_NODE_RESULT && result == ANS_NONE && x->p->insns[reg].op != ANS_OP_CONST) result = i;
  }
  return result;
}

static seen_cell *seen_slot(explain *x, uint32_t node, uint32_t row) {
  size_t i = (size_t)((node * UINT64_C(0x9e3779b97f4a7c15) ^ row * UINT64_C(0xbf58476d1ce4e5b9)) >> 20) & x->seen_mask;
  while (x->seen[i].id1 && (x->seen[i].node != node || x->seen[i].row != row)) i = (i + 1) & x->seen_mask;
  return &x->seen[i];
}

static bool seen_grow(explain *x) {
  const size_t capacity = x->seen ? (x->seen_mask + 1) * 2 : 512;
  seen_cell *old = x->seen;
  const size_t before = old ? x->seen_mask + 1 : 0;
  seen_cell *fresh = calloc(capacity, sizeof *fresh);
  if (!fresh) return !(x->failed = true);
  x->seen = fresh;
  x->seen_mask = capacity - 1;
  for (size_t i = 0; i < before; i++)
    if (old[i].id1) *seen_slot(x, old[i].node, old[i].row) = old[i];
  free(old);
  return true;
}

static bool seen_before(explain *x, uint32_t node, uint32_t row, uint32_t *id) {
  if ((!x->seen || x->seen_count * 2 > x->seen_mask) && !seen_grow(x)) return true;
  seen_cell *s = seen_slot(x, node, row);
  *id = s->id1 ? s->id1 - 1 : x->nodes;
  if (s->id1) return true;
  *s = (seen_cell){node, row, ++x->nodes};
  x->seen_count++;
  return false;
}

/* Reason or source text, auxiliary, line. */
static void set_reason(explain *x, uint32_t node, uint32_t reg, uint32_t row, bool fails) {
  const node_wording *n = &x->w->nodes[node];
  if (n->holes[fails]) {
    char text[1024];
    uint32_t unit, absolute;
    base_row(x, reg, row, &unit, &absolute);
    if (unit == 0) unit = x->at_unit, absolute = x->at_row;
    wording_fill(x->w, x->c, x->t, n->holes[fails], unit, absolute, text, sizeof text);
    ans_json_set(&x->j, "reason", text);
  }
  wording_put(x->w, &x->j, n->rest[fails]);
}

static void node_children(explain *x, uint32_t node, uint32_t reg, uint32_t row, unsigned depth);

static void write_node(explain *x, children *list, uint32_t node, uint32_t reg, uint32_t row, unsigned depth, bool used) {
  const ans_scalar v = ans_trace_get(x->t, reg, row);
  const bool given = ans_trace_overridden(x->t, reg, row);
  uint32_t id = 0;
  open_entry(x, list);
  wording_put(x->w, &x->j, x->w->nodes[node].head);
  set_row(x, &x->j, reg, row);
  set_value(x, &x->j, x->p->insns[reg].type, v);
  set_reason(x, node, reg, row, v.state == ANS_VALUE && !v.v);
  if (given) ans_json_set_truth(&x->j, "given", true);
  if (seen_before(x, node, row, &id)) {
    ans_json_set_integer(&x->j, "see", id);
  } else {
    ans_json_set_integer(&x->j, "id", id);
    if (!given && depth < EXPLAIN_MAX_DEPTH && x->nodes < EXPLAIN_MAX_NODES) node_children(x, node, reg, row, depth);
  }
  close_entry(x, used);
}

static void node_children(explain *x, uint32_t node, uint32_t reg, uint32_t row, unsigned depth) {
  children list = {.first_fact = x->facts.count};
  uint32_t inner = ANS_NONE; /* a rule that is the whole result shares its register */
  for (uint32_t i = x->w->first_node[reg]; i != ANS_NONE && inner == ANS_NONE; i = x->w->next_node[i])
    if (x->p->nodes[i].parent == node && i != node) inner = i;
  uint32_t unit, absolute, outer_unit = x->at_unit, outer_row = x->at_row;
  base_row(x, reg, row, &unit, &absolute);
  if (unit != 0) x->at_unit = unit, x->at_row = absolute;
  if (inner != ANS_NONE) write_node(x, &list, inner, reg, row, depth + 1, true);
  else children_of(x, &list, node, reg, row, depth + 1, true);
  x->at_unit = outer_unit;
  x->at_row = outer_row;
  x->facts.count = list.first_fact;
  if (list.opened) ans_json_close(&x->j, ']');
}

/* Appends the explanations of what (reg,row) read, skipping through instructions that no jurist needs to see. used: everything on the way here was. */
static void children_of(explain *x, children *list, uint32_t node, uint32_t reg, uint32_t row, unsigned depth, bool used) {
  read_cell r;
  if (depth > EXPLAIN_MAX_DEPTH || x->nodes > EXPLAIN_MAX_NODES || list->count > EXPLAIN_MAX_CHILDREN) return;
  if (ans_trace_fact_cell(x->t, reg, row, &r.fact, &r.row, &r.day)) {
    write_fact(x, list, reg, row, r, used);
    return;
  }
  if (x->p->insns[reg].op == ANS_OP_PARAM) write_param(x, list, reg, row, used);
  if (x->p->insns[reg].op == ANS_OP_TEXT_IS) write_pattern(x, list, reg, row, used);
  const size_t first = x->operands.count;
  ans_trace_operands(x->t, reg, row, add_operand, x);
  const size_t end = x->operands.count;
  for (size_t i = first; i < end && !x->failed; i++) {
    const operand o = ((const operand *)x->operands.items)[i]; /* a copy: what follows may move the stack */
    if (!o.used && !(x->o && x->o->all)) continue;
    bool is_fact = ans_trace_fact_cell(x->t, o.reg, o.row, &r.fact, &r.row, &r.day);
    uint32_t child = is_fact ? ANS_NONE : pick_node(x, o.reg, node);
    if (child != ANS_NONE) write_node(x, list, child, o.reg, o.row, depth, used && o.used);
    else children_of(x, list, node, o.reg, o.row, depth + 1, used && o.used);
  }
  x->operands.count = first;
}

/* --- document ---------------------------------------------------------------------------------------------------------------------------- */

static void add_root(explain *x, children *tree, uint32_t result, uint32_t rel) {
  uint32_t reg = x->p->results[result].insn, node = ANS_NONE;
  for (uint32_t i = x->w->first_node[reg]; i != ANS_NONE; i = x->w->next_node[i])
    if (x->p->nodes[i].kind == ANS_NODE_RESULT && (node == ANS_NONE || x->p->nodes[i].result == result)) node = i;
  if (node != ANS_NONE) write_node(x, tree, node, reg, rel, 0, true);
  else children_of(x, tree, ANS_NONE, reg, rel, 0, true);
}

/* Named errors stand before the tree in which they were found. */
static void insert_errors(explain *x, size_t at) {
  ans_buffer b;
  ans_json j = {&b, false};
  if (!x->error_at.count) return;
  ans_buffer_init(&b, 0);
  ans_json_key(&j, "errors");
  ans_json_open(&j, '[');
  for (size_t i = 0; i < x->error_at.count; i++) {
    const text_at e = ((const text_at *)x->error_at.items)[i];
    ans_json_open(&j, '{');
    ans_json_raw(&j, x->errors.data + e.from, e.len);
    ans_json_close(&j, '}');
  }
  ans_json_close(&j, ']');
  ans_buffer_char(&b, ',');
  if (b.failed) x->failed = true;
  else ans_buffer_insert(x->j.out, at, b.data, b.len);
  ans_buffer_dispose(&b);
}

static void write_tree(explain *x, const ans_benefit *b, uint32_t rel) {
  children tree = {.opened = true};
  ans_json_next(&x->j);
  const size_t at = x->j.out->len;
  x->j.comma = false;
  ans_json_key(&x->j, "tree");
  ans_json_open(&x->j, '[');
  add_root(x, &tree, b->entitled_result, rel);
  if (b->amount_result != ANS_NONE) add_root(x, &tree, b->amount_result, rel);
  if (b->payout_result != ANS_NONE) add_root(x, &tree, b->payout_result, rel);
  ans_json_close(&x->j, ']');
  insert_errors(x, at);
}

static ans_status explain_result(const explain *x, ans_error *err) {
  char n[24];
  if (x->j.out->full) return ans_error_set(err, ANS_LIMIT, "E-EXPLAIN-LIMIT", NULL, ans_itoa(n, (long long)x->j.out->max), NULL);
  if (x->failed || x->j.out->failed || x->errors.failed) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
  return ans_trace_check(x->t, err);
}

ans_status ans_explain_write(const ans_columns *c, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *outcome, const ans_explain_options *o, ans_buffer *out,
                             ans_error *err) {
  ans_wording *made = o && o->wording ? NULL : ans_wording_new(c->program);
  explain x = {.c = c, .p = c->program, .t = t, .w = made ? made : o ? o->wording : NULL, .o = o, .j = {out, false}};
  const ans_benefit *b = &c->program->benefits[benefit];
  if (!x.w) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "explain", NULL);
  ans_buffer_init(&x.errors, 0);
  ans_json_open(&x.j, '{');
  ans_json_set(&x.j, "format", "anspruch-explanation/1");
  ans_json_key(&x.j, "package");
  wording_put(x.w, &x.j, x.w->package);
  ans_json_set_integer(&x.j, "semantics", c->program->semantics_version);
  decide__claim_members(&x.j, c, benefit, row, period, outcome);
  write_tree(&x, b, row - ans_trace_first_row(t, b->unit));
  ans_json_close(&x.j, '}');
  const ans_status st = explain_result(&x, err);
  ans_buffer_dispose(&x.errors);
  ans_wording_free(made);
  free(x.operands.items);
  free(x.facts.items);
  free(x.error_at.items);
  free(x.seen);
  free(x.wide);
  return st;
}

ans_status ans_explain_json(const ans_columns *c, uint32_t component, const ans_trace *t, uint32_t benefit, uint32_t row, int32_t period, const ans_outcome *outcome,
                            const ans_explain_options *o, char **json, ans_error *err) {
  ans_buffer out;
  (void)component;
  *json = NULL;
  ans_buffer_init(&out, 0);
  ans_status st = ans_explain_write(c, t, benefit, row, period, outcome, o, &out, err);
  if (st == ANS_OK) *json = ans_buffer_take(&out, NULL);
  ans_buffer_dispose(&out);
  return st;
}
