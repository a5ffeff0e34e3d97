/* Traces and explanations of claims on random typed programs, read back with a JSON library of somebody else's making and compared with the cells of the ordered replay:
 *
 * - a slice is what the operands of its cells say, also of components with many rows;
 * - the trace holds exactly the cells of the used slices, each once, before its operands, with the value the replay has; from the document alone (and the package's types) the identity of every
 *   root follows, and so does the trace hash that a receipt would hold; computed in order or on demand, the bytes are the same; every row that a step speaks about or refers to is named;
 * - every result and every scalar fact of the explanation has the value that the replay (the columns) has at that row; identifiers of cells are unique and references to them lead somewhere; with
 *   the wording prepared or made for the call the bytes are the same; a buffer that is too small is an error and nothing else.
 *
 *   traces [--count N] [--seed S] */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "compare.h"
#include "decide/decide.h"
#include "num/calendar.h"
#include "options.h"

enum { CLAIM_UNIT = 2, ROWS = 10, LARGE_ROWS = 80 /* of every fifth program */, COMPONENTS = 4, MOST_IDS = 1 << 20 /* more than the limit of nodes, which those at open places pass */ };

typedef struct tally { unsigned programs, claims, failures, rows /* most of a register that a slice has */; uint64_t steps, texts, given, results, facts, see; } tally;
typedef struct check { tally *y; uint64_t seed; const ans_program *p; const ans_columns *c; const ans_trace *t; uint32_t component; bool *id; } check;

static void put(ans_status st) {
  if (st != ANS_OK) abort();
}

static void fail(check *x, const char *what) {
  if (x->y->failures++ < 10) printf("program %" PRIu64 " component %u: %s\n", x->seed, x->component, what);
}

/* --- trace ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct expected_steps { check *x; const json_t *steps; size_t n; } expected_steps;

static int64_t number(const json_t *step, size_t i) { return json_integer_value(json_array_get(step, i)); }

/* The next step of the document must be this cell. */
static void expect_step(void *ctx, const ans_slice_cell *cell) {
  expected_steps *e = ctx;
  const json_t *s = json_array_get(e->steps, e->n++), *value = json_array_get(s, 4);
  check *x = e->x;
  const bool text = cell->v.state == ANS_VALUE && x->p->insns[cell->reg].type.tag == ANS_T_TEXT;
  if (number(s, 0) != cell->reg || number(s, 1) != cell->row || number(s, 2) != (cell->roots | (cell->given ? 8 : 0)) || number(s, 3) != cell->v.state) fail(x, "a step is not the cell of the slice");
  else if (text ? !json_is_string(value) || strcmp(json_string_value(value), x->c->texts[cell->v.v].text) != 0 : json_integer_value(value) != cell->v.v) fail(x, "a step has another value than the replay");
  x->y->steps++;
  x->y->texts += text;
  x->y->given += cell->given;
  for (size_t i = 0; i < json_array_size(json_array_get(s, 5)); i++) {
    const int64_t node = json_integer_value(json_array_get(json_array_get(s, 5), i));
    if (node < 0 || node >= x->p->node_count || x->p->nodes[node].insn != cell->reg) fail(x, "a step names a node of another register");
  }
}

static void hash_number(ans_sha256 *h, uint64_t v, int bytes) {
  uint8_t s[8];
  for (int i = 0; i < bytes; i++) s[i] = (uint8_t)(v >> (8 * i));
  ans_sha256_update(h, s, (size_t)bytes);
}

static void hash_step(ans_sha256 *h, const json_t *s) {
  const json_t *value = json_array_get(s, 4);
  hash_number(h, (uint64_t)number(s, 0), 4);
  hash_number(h, (uint64_t)number(s, 1), 4);
  hash_number(h, (uint64_t)number(s, 3), 1);
  hash_number(h, json_is_string(value) ? json_string_length(value) : (uint64_t)json_integer_value(value), 8);
  if (json_is_string(value)) ans_sha256_update(h, json_string_value(value), json_string_length(value));
}

/* docs/formats/package.md, "Trace identity", from the document: steps backwards are in ascending order. */
static void identity(const check *x, const json_t *d, size_t root, uint8_t out[32]) {
  const json_t *steps = json_object_get(d, "steps"), *r = json_array_get(json_object_get(d, "roots"), root);
  ans_sha256 *h = ans_sha256_new();
  ans_sha256_update(h, "ANSPRUCH-TRACE-1", 16);
  ans_sha256_update(h, x->p->sha256, 32);
  hash_number(h, (uint64_t)json_integer_value(json_object_get(d, "semantics")), 4);
  hash_number(h, (uint64_t)ans_trace_period(x->t), 4);
  if (json_object_get(d, "law_known")) hash_number(h, (uint32_t)ans_trace_law_known(x->t), 4);
  hash_number(h, (uint64_t)number(r, 1), 4);
  hash_number(h, (uint64_t)number(r, 2), 4);
  for (size_t i = json_array_size(steps); i-- > 0;) {
    if (number(json_array_get(steps, i), 2) >> root & 1) hash_step(h, json_array_get(steps, i));
  }
  ans_sha256_final(h, out);
}

/* The step of a root. */
static const json_t *root_step(const json_t *d, size_t root) {
  const json_t *steps = json_object_get(d, "steps"), *r = json_array_get(json_object_get(d, "roots"), root), *s;
  size_t i;
  json_array_foreach(steps, i, s) if (number(s, 0) == number(r, 1) && number(s, 1) == number(r, 2)) return s;
  return NULL;
}

/* docs/formats/receipt.md, "Trace hash", from the document: all steps, once. */
static void claim_identity(const check *x, const json_t *d, uint8_t out[32]) {
  const json_t *steps = json_object_get(d, "steps");
  const size_t roots = json_array_size(json_object_get(d, "roots")), n = roots == 1 ? 1 : 3; /* the amount again where there is no payout */
  ans_sha256 *h = ans_sha256_new();
  ans_sha256_update(h, "ANSPRUCH-CLAIM-1", 16);
  ans_sha256_update(h, x->p->sha256, 32);
  hash_number(h, (uint64_t)json_integer_value(json_object_get(d, "semantics")), 4);
  hash_number(h, (uint64_t)ans_trace_period(x->t), 4);
  hash_number(h, (uint32_t)ans_trace_law_known(x->t), 4);
  hash_number(h, n, 4);
  for (size_t i = 0; i < n; i++) hash_step(h, root_step(d, i < roots ? i : roots - 1));
  for (size_t i = json_array_size(steps); i-- > 0;) hash_step(h, json_array_get(steps, i));
  ans_sha256_final(h, out);
}

static void check_claim_identity(check *x, const json_t *d, uint32_t row) {
  uint8_t a[32], b[32];
  claim_identity(x, d, a);
  put(ans_claim_trace_hash(x->c, x->t, 0, row, ANS_RECEIPT_UNION, b, NULL));
  if (memcmp(a, b, 32) != 0) fail(x, "the trace hash computed from the document is not that of a receipt");
}

/* The document says which row that is. */
static bool is_named(const json_t *d, bool segment, uint32_t unit, int64_t row) {
  size_t i;
  const json_t *r;
  json_array_foreach(json_object_get(d, segment ? "segments" : "rows"), i, r) if (number(r, 0) == unit && number(r, 1) == row) return true;
  return false;
}

static void check_named(check *x, const json_t *d) {
  size_t i;
  const json_t *s;
  json_array_foreach(json_object_get(d, "steps"), i, s) {
    const ans_insn *in = &x->p->insns[number(s, 0)];
    const uint32_t parent = x->p->units[in->unit].parent;
    if (in->unit != 0 && !is_named(d, parent != ANS_NONE, in->unit, number(s, 1))) fail(x, "the row of a step is not named");
    if (in->type.tag == ANS_T_REF && number(s, 3) == ANS_VALUE && !is_named(d, x->p->units[in->type.ref].parent != ANS_NONE, in->type.ref, number(s, 4))) fail(x, "the row that a step refers to is not named");
  }
  json_array_foreach(json_object_get(d, "segments"), i, s) {
    const ans_segment g = ans_trace_segment(x->t, (uint32_t)number(s, 0), (uint32_t)number(s, 1));
    char from[11], to[11];
    ans_date_format_iso(g.from, from);
    ans_date_format_iso(g.to, to);
    if (number(s, 2) != g.parent || strcmp(json_string_value(json_array_get(s, 3)), from) != 0 || strcmp(json_string_value(json_array_get(s, 4)), to) != 0) fail(x, "a segment has another parent or other days");
    if (!is_named(d, false, x->p->units[number(s, 0)].parent, g.parent)) fail(x, "the row of a segment is not named");
  }
}

static void check_rows(check *x, const json_t *d, const ans_trace_cell *roots) {
  size_t i;
  const json_t *row;
  json_array_foreach(json_object_get(d, "rows"), i, row) {
    const ans_unit_columns *u = &x->c->units[number(row, 0)];
    const char *id = u->ids[u->component_first[x->component] + number(row, 1)];
    if (strcmp(json_string_value(json_array_get(row, 2)), id) != 0) fail(x, "a row has another name");
  }
  if (!json_array_size(json_object_get(d, "rows"))) fail(x, "no row is named");
  json_array_foreach(json_object_get(d, "roots"), i, row) {
    uint8_t a[32], b[32];
    if (number(row, 1) != roots[i].reg || number(row, 2) != roots[i].row) fail(x, "a root is another cell");
    identity(x, d, i, a);
    put(ans_trace_hash(x->t, roots[i].reg, roots[i].row, b, NULL));
    if (memcmp(a, b, 32) != 0) fail(x, "the identity computed from the document is not that of the trace");
  }
}

/* The slice found another way: from the operands that each cell lists, register by register downwards. */
typedef struct marks { check *x; uint8_t **of; uint8_t roots; unsigned rows; bool failed; } marks;

static void mark_used(void *ctx, uint32_t reg, uint32_t row, bool used) {
  marks *m = ctx;
  if (used) m->of[reg][row] |= m->roots;
}

static void compare_mark(void *ctx, const ans_slice_cell *cell) {
  marks *m = ctx;
  m->failed = m->failed || m->of[cell->reg][cell->row] != cell->roots;
  m->of[cell->reg][cell->row] = 0;
  if (cell->row >= m->rows) m->rows = cell->row + 1;
}

static void check_slice(check *x, const ans_trace *t, const ans_trace_cell *roots, uint32_t n) {
  const uint32_t regs = x->p->insn_count;
  marks m = {.x = x, .of = calloc(regs, sizeof *m.of)};
  for (uint32_t reg = 0; reg < regs; reg++) m.of[reg] = calloc((size_t)ans_trace_rows(t, reg) + 1, 1);
  for (uint32_t i = 0; i < n; i++) m.of[roots[i].reg][roots[i].row] |= (uint8_t)(1u << i);
  for (uint32_t reg = regs; reg-- > 0;)
    for (uint32_t row = 0; row < ans_trace_rows(t, reg); row++)
      if ((m.roots = m.of[reg][row]) != 0) ans_trace_operands(t, reg, row, mark_used, &m);
  if (!ans_trace_slice(t, roots, n, compare_mark, &m)) m.failed = true;
  for (uint32_t reg = 0; reg < regs; reg++) {
    for (uint32_t row = 0; row < ans_trace_rows(t, reg); row++) m.failed = m.failed || m.of[reg][row];
    free(m.of[reg]);
  }
  free(m.of);
  if (m.failed) fail(x, "the slice is not what the operands of its cells say");
  if (m.rows > x->y->rows) x->y->rows = m.rows;
}

static void check_trace(check *x, const ans_wording *w, const ans_trace *demand, uint32_t row) {
  const ans_benefit *b = &x->p->benefits[0];
  const uint32_t rel = row - ans_trace_first_row(x->t, b->unit), results[3] = {b->entitled_result, b->amount_result, b->payout_result};
  ans_buffer ordered, asked;
  ans_trace_cell roots[3];
  uint32_t n = 0;
  for (int i = 0; i < 3; i++)
    if (results[i] != ANS_NONE) roots[n++] = (ans_trace_cell){x->p->results[results[i]].insn, rel};
  check_slice(x, x->t, roots, n);
  check_slice(x, demand, roots, n);
  ans_buffer_init(&ordered, 0);
  ans_buffer_init(&asked, 0);
  put(ans_trace_json(w, x->c, x->t, 0, row, &ordered, NULL));
  put(ans_trace_json(w, x->c, demand, 0, row, &asked, NULL));
  if (strcmp(ordered.data, asked.data) != 0) fail(x, "the trace on demand is another one");
  json_t *d = json_loadb(ordered.data, ordered.len, JSON_REJECT_DUPLICATES, NULL);
  expected_steps e = {x, json_object_get(d, "steps"), 0};
  if (!d || !ans_trace_slice(x->t, roots, n, expect_step, &e) || e.n != json_array_size(e.steps)) fail(x, "the trace cannot be read, or has other steps than the slice");
  if (d) check_rows(x, d, roots);
  if (d) check_claim_identity(x, d, row);
  if (d) check_named(x, d);
  json_decref(d);
  ans_buffer_dispose(&asked);
  ans_buffer_init(&asked, ordered.len - 1 - x->seed % (ordered.len - 1));
  ans_error err = {0};
  if (ans_trace_json(w, x->c, x->t, 0, row, &asked, &err) != ANS_LIMIT || strcmp(err.code, "E-EXPLAIN-LIMIT") != 0) fail(x, "a buffer that is too small is not noticed");
  ans_buffer_dispose(&asked);
  ans_buffer_dispose(&ordered);
}

/* --- explanation -------------------------------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *node, const char *key) {
  const char *s = json_string_value(json_object_get(node, key));
  return s ? s : "";
}

static uint32_t row_named(const check *x, uint32_t unit, const char *id) {
  const ans_unit_columns *u = &x->c->units[unit];
  for (uint32_t r = u->component_first[x->component]; r < u->component_first[x->component + 1]; r++)
    if (!strcmp(u->ids[r], id)) return r;
  return ANS_NONE;
}

/* Results of base units and scalar facts: the value shown is the one of the cell named. */
static void check_value(check *x, const json_t *node) {
  const uint32_t unit = ans_program_find_unit(x->p, text_of(node, "unit"));
  const uint32_t row = unit == ANS_NONE ? ANS_NONE : row_named(x, unit, text_of(node, "row"));
  const bool fact = !strcmp(text_of(node, "kind"), "fact") && json_object_get(node, "name") /* a cell of columns, no step */, result = !strcmp(text_of(node, "kind"), "result");
  char text[256];
  if (row == ANS_NONE || json_object_get(node, "from") || json_object_get(node, "day") || (!fact && !result)) return;
  const uint32_t which = fact ? ans_program_find_fact(x->p, unit, text_of(node, "name")) : ans_program_find_result(x->p, unit, text_of(node, "name"));
  if (which == ANS_NONE) { /* a result by the day: the node names the row that its segments belong to */
    bool named = false;
    for (uint32_t i = 0; i < x->p->result_count && result; i++) named = named || (x->p->units[x->p->results[i].unit].parent == unit && !strcmp(x->p->results[i].name, text_of(node, "name")));
    if (!named) fail(x, "a node names nothing of the package");
    return;
  }
  const ans_type type = fact ? x->p->facts[which].type : x->p->results[which].type;
  const ans_scalar v = fact ? ans_columns_get(x->c, which, row) : ans_trace_get(x->t, x->p->results[which].insn, row - ans_trace_first_row(x->t, unit));
  if (v.state == ANS_VALUE && (type.tag == ANS_T_TEXT || type.tag == ANS_T_LIST)) return; /* long values have a limit of their own */
  ans_value_text(x->p, x->c, type, v, text, sizeof text);
  if (strcmp(text, text_of(node, "value")) != 0 || strcmp(ans_state_name(v.state, true), text_of(node, "state")) != 0) fail(x, "a node shows another value than was computed");
  x->y->results += result;
  x->y->facts += fact;
}

static void check_node(check *x, const json_t *node) {
  size_t i;
  const json_t *child, *id = json_object_get(node, "id"), *see = json_object_get(node, "see");
  check_value(x, node);
  if (id && (json_integer_value(id) >= MOST_IDS || x->id[json_integer_value(id)])) fail(x, "two nodes have the same identifier");
  else if (id) x->id[json_integer_value(id)] = true;
  if (see && !x->id[json_integer_value(see)]) fail(x, "a reference leads nowhere");
  x->y->see += see != NULL;
  json_array_foreach(json_object_get(node, "children"), i, child) check_node(x, child);
}

static void check_explanation(check *x, const ans_wording *w, const ans_trace *t, const ans_outcome *o, uint32_t row, bool all) {
  const int32_t period = ans_trace_period(t);
  ans_buffer out, small;
  char *made = NULL;
  size_t i;
  const json_t *root;
  ans_buffer_init(&out, 0);
  put(ans_explain_write(x->c, t, 0, row, period, o, &(ans_explain_options){.all = all, .wording = w}, &out, NULL));
  put(ans_explain_json(x->c, x->component, x->t, 0, row, period, o, &(ans_explain_options){.all = all}, &made, NULL));
  if (strcmp(made, out.data) != 0) fail(x, "prepared and unprepared wording give other explanations");
  json_t *d = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
  if (!d || strcmp(text_of(d, "merits"), ans_merits_name(o->merits, true)) != 0) fail(x, "the explanation cannot be read, or says other merits");
  if (o->amount.state == ANS_VALUE ? json_integer_value(json_object_get(d, "amount_cents")) != o->amount.v : json_object_get(d, "amount_cents") != NULL) fail(x, "another amount");
  if (json_array_size(json_object_get(d, "missing")) != o->missing_count) fail(x, "another number of missing facts");
  memset(x->id, 0, MOST_IDS * sizeof *x->id);
  json_array_foreach(json_object_get(d, "tree"), i, root) check_node(x, root);
  ans_buffer_init(&small, out.len - 1);
  if (ans_explain_write(x->c, t, 0, row, period, o, &(ans_explain_options){.all = all, .wording = w}, &small, NULL) != ANS_LIMIT) fail(x, "a buffer that is too small is not noticed");
  json_decref(d);
  free(made);
  ans_buffer_dispose(&small);
  ans_buffer_dispose(&out);
}

/* --- programs ------------------------------------------------------------------------------------------------------------------------------- */

static void check_claim(check *x, ans_columns *c, const ans_wording *w, uint32_t row, int32_t period, int32_t law_known) {
  ans_outcome o;
  ans_trace *demand = NULL, *ordered = NULL;
  put(ans_decide_claim_known(c, x->component, 0, row, period, law_known, &(ans_claim_context){0}, 0, &o, &demand, NULL));
  put(ans_replay_run_known(c, x->component, period, law_known, &ordered, NULL));
  x->t = ordered;
  x->y->claims++;
  check_trace(x, w, demand, row);
  check_explanation(x, w, demand, &o, row, false);
  check_explanation(x, w, demand, &o, row, true);
  ans_trace_free(demand);
  ans_trace_free(ordered);
}

static bool run(tally *y, uint64_t seed, bool *id) {
  claims_world w;
  const bool ok = claims_world_make(&w, seed, seed % 5 ? ROWS : LARGE_ROWS, true);
  ans_wording *wording = ok ? ans_wording_new(w.p) : NULL;
  for (uint32_t k = 0; wording && k < w.c->components && k < COMPONENTS; k++) {
    const uint32_t *first = w.c->units[CLAIM_UNIT].component_first;
    check x = {.y = y, .seed = seed, .p = w.p, .c = w.c, .component = k, .id = id};
    for (uint32_t row = first[k]; row < first[k + 1] && row < first[k] + 2; row++) check_claim(&x, w.c, wording, row, w.d->periods[0], (seed + row) % 3 ? ANS_DAY_MAX : ANS_DAY_MAX - 1);
  }
  y->programs++;
  ans_wording_free(wording);
  claims_world_dispose(&w);
  return ok;
}

int main(int argc, char **argv) {
  const uint64_t seed = number_option(argc, argv, "--seed", 1), count = number_option(argc, argv, "--count", 200);
  tally y = {0};
  bool *id = calloc(MOST_IDS, sizeof *id), ok = id != NULL;
  for (uint64_t i = 0; i < count && ok; i++) ok = run(&y, seed * 9000011 + i, id);
  free(id);
  printf("%u programs, %u claims, %" PRIu64 " steps (%" PRIu64 " texts, %" PRIu64 " given), %" PRIu64 " results, %" PRIu64 " facts and %" PRIu64 " references in explanations, up to %u rows; %u failures\n", y.programs, y.claims, y.steps, y.texts,
         y.given, y.results, y.facts, y.see, y.rows, y.failures);
  const bool enough = y.claims > count && y.steps > 20 * (uint64_t)y.claims && y.texts && y.given && y.facts > y.claims && y.results > y.claims && y.see && y.rows > 9;
  if (!enough) printf("too little was seen: the test would not notice much\n");
  return !ok || y.failures || !enough;
}
