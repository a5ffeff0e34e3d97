/* Program builder: growable tables, interning, common subexpression elimination, freeze.
 *
 * Tables live on the heap while they grow and are copied into the program's arena at freeze; texts are interned in that arena from the
 * start. Failure is sticky (first one wins), so that a lowering pass need not check every call. One thread at a time. */
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/error.h"
#include "code/program.h"

typedef struct grow {
  void *items;
  uint32_t count, cap;
} grow;

/* Open addressing from hash to entry number; entries are compared by the caller. */
typedef struct lookup {
  uint32_t *slots; /* entry + 1, 0 = free */
  uint64_t *hashes;
  uint32_t cap, count;
} lookup;

typedef struct list_span {
  uint32_t first, count;
} list_span;

struct ans_builder {
  ans_arena *arena;
  ans_program head; /* name, version, title, months */
  grow insns, consts, lists, units, facts, sources, enums, enum_values, params, param_rows, results, benefits, provisions, nodes, imports;
  grow texts, spans; /* const char *; list_span */
  lookup by_text, by_const, by_list, by_insn;
  ans_status failed; /* ANS_OK, ANS_MEMORY or ANS_LIMIT */
  const char *failed_what;
  uint32_t failed_max;
};

static void builder__fail(ans_builder *b, ans_status s, const char *what, uint32_t max) {
  if (b->failed != ANS_OK) return;
  b->failed = s;
  b->failed_what = what;
  b->failed_max = max;
}

/* Appends n items of the given size; returns the index of the first or ANS_NONE. */
static uint32_t builder__add(ans_builder *b, grow *g, const void *items, uint32_t n, size_t size, uint32_t max, const char *what) {
  if (b->failed != ANS_OK) return ANS_NONE;
  if (n > max - g->count) {
    builder__fail(b, ANS_LIMIT, what, max);
    return ANS_NONE;
  }
  if (g->count + n > g->cap) {
    uint32_t cap = g->cap ? g->cap : 16;
    while (cap < g->count + n) cap *= 2;
    void *p = realloc(g->items, (size_t)cap * size);
    if (!p) {
      builder__fail(b, ANS_MEMORY, what, 0);
      return ANS_NONE;
    }
    g->items = p;
    g->cap = cap;
  }
  if (n) memcpy((char *)g->items + (size_t)g->count * size, items, (size_t)n * size);
  uint32_t at = g->count;
  g->count += n;
  return at;
}

static uint64_t builder__hash(const void *data, size_t len) {
  const unsigned char *s = data;
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < len; i++) h = (h ^ s[i]) * UINT64_C(0x100000001b3);
  return h ^ h >> 29;
}

static bool lookup__grow(lookup *t) {
  uint32_t cap = t->cap ? t->cap * 2 : 64;
  uint32_t *slots = calloc(cap, sizeof *slots);
  uint64_t *hashes = calloc(cap, sizeof *hashes);
  if (!slots || !hashes) {
    free(slots);
    free(hashes);
    return false;
  }
  for (uint32_t i = 0; i < t->cap; i++) {
    if (!t->slots[i]) continue;
    uint32_t k = (uint32_t)t->hashes[i] & (cap - 1);
    while (slots[k]) k = (k + 1) & (cap - 1);
    slots[k] = t->slots[i];
    hashes[k] = t->hashes[i];
  }
  free(t->slots);
  free(t->hashes);
  t->slots = slots;
  t->hashes = hashes;
  t->cap = cap;
  return true;
}

static void lookup__put(ans_builder *b, lookup *t, uint64_t hash, uint32_t entry) {
  if (t->count >= t->cap / 2 && !lookup__grow(t)) {
    builder__fail(b, ANS_MEMORY, "index", 0);
    return;
  }
  uint32_t k = (uint32_t)hash & (t->cap - 1);
  while (t->slots[k]) k = (k + 1) & (t->cap - 1);
  t->slots[k] = entry + 1;
  t->hashes[k] = hash;
  t->count++;
}

/* Iterates the entries with this hash: start with *k = ANS_NONE. Returns ANS_NONE at the end. */
static uint32_t lookup__next(const lookup *t, uint64_t hash, uint32_t *k) {
  if (!t->cap) return ANS_NONE;
  *k = *k == ANS_NONE ? ((uint32_t)hash & (t->cap - 1)) : ((*k + 1) & (t->cap - 1));
  for (; t->slots[*k]; *k = (*k + 1) & (t->cap - 1))
    if (t->hashes[*k] == hash) return t->slots[*k] - 1;
  return ANS_NONE;
}

ans_builder *ans_builder_new(void) {
  ans_builder *b = calloc(1, sizeof *b);
  if (!b) return NULL;
  b->arena = ans_arena_new(0);
  if (!b->arena) {
    free(b);
    return NULL;
  }
  ans_unit uniform = {.name = "UNIFORM", .label = "", .parent = ANS_NONE};
  ans_builder_unit(b, &uniform);
  if (b->failed != ANS_OK) {
    ans_builder_free(b);
    return NULL;
  }
  return b;
}

void ans_builder_free(ans_builder *b) {
  if (!b) return;
  grow *all[] = {&b->insns, &b->consts, &b->lists, &b->units, &b->facts, &b->sources, &b->enums, &b->enum_values, &b->params,
                 &b->param_rows, &b->results, &b->benefits, &b->provisions, &b->nodes, &b->imports, &b->texts, &b->spans};
  lookup *indexes[] = {&b->by_text, &b->by_const, &b->by_list, &b->by_insn};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]->items);
  for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
    free(indexes[i]->slots);
    free(indexes[i]->hashes);
  }
  ans_arena_free(b->arena);
  free(b);
}

/* On failure returns "", never NULL, so that callers may go on; the sticky failure is reported by freeze. */
const char *ans_builder_text(ans_builder *b, const char *s, size_t len) {
  if (!s || len == 0 || b->failed != ANS_OK) return "";
  uint64_t h = builder__hash(s, len);
  const char **texts = b->texts.items;
  for (uint32_t k = ANS_NONE, e; (e = lookup__next(&b->by_text, h, &k)) != ANS_NONE;)
    if (strlen(texts[e]) == len && memcmp(texts[e], s, len) == 0) return texts[e];
  const char *copy = ans_arena_text(b->arena, s, len);
  if (!copy) {
    builder__fail(b, ANS_MEMORY, "text", 0);
    return "";
  }
  uint32_t at = builder__add(b, &b->texts, &copy, 1, sizeof copy, UINT32_MAX / 4, "texts");
  if (at != ANS_NONE) lookup__put(b, &b->by_text, h, at);
  return copy;
}

static const char *builder__text(ans_builder *b, const char *s) { return s ? ans_builder_text(b, s, strlen(s)) : ""; }

/* ref is meaningful for ENUM and REF only; 0 elsewhere, so that equal types are equal bytes in the file. */
static ans_type builder__type(ans_type t) {
  if (t.tag != ANS_T_ENUM && t.tag != ANS_T_REF) t.ref = 0;
  return t;
}

void ans_builder_header(ans_builder *b, const char *name, const char *version, const char *title, int32_t first_month, int32_t last_month) {
  b->head.name = builder__text(b, name);
  b->head.version = builder__text(b, version);
  b->head.title = builder__text(b, title);
  b->head.first_month = first_month;
  b->head.last_month = last_month;
}

uint32_t ans_builder_unit(ans_builder *b, const ans_unit *u) {
  ans_unit x = *u;
  x.name = builder__text(b, u->name);
  x.label = builder__text(b, u->label);
  return builder__add(b, &b->units, &x, 1, sizeof x, ANS_MAX_UNITS, "units");
}

uint32_t ans_builder_fact(ans_builder *b, const ans_fact *f, const ans_source_rank *sources, uint32_t n) {
  ans_fact x = *f;
  x.name = builder__text(b, f->name);
  x.label = builder__text(b, f->label);
  x.type = builder__type(x.type);
  x.first_source = b->sources.count;
  x.source_count = n;
  for (uint32_t i = 0; i < n; i++) {
    ans_source_rank s = {builder__text(b, sources[i].source), sources[i].rank};
    if (builder__add(b, &b->sources, &s, 1, sizeof s, ANS_MAX_SOURCES, "sources") == ANS_NONE) return ANS_NONE;
  }
  return builder__add(b, &b->facts, &x, 1, sizeof x, ANS_MAX_FACTS, "facts");
}

uint32_t ans_builder_enum(ans_builder *b, const char *name, const char *const *values, uint32_t n) {
  ans_enum x = {builder__text(b, name), b->enum_values.count, n};
  for (uint32_t i = 0; i < n; i++) {
    const char *v = builder__text(b, values[i]);
    if (builder__add(b, &b->enum_values, &v, 1, sizeof v, ANS_MAX_ENUM_VALUES, "enum values") == ANS_NONE) return ANS_NONE;
  }
  return builder__add(b, &b->enums, &x, 1, sizeof x, ANS_MAX_ENUMS, "enums");
}

uint32_t ans_builder_param(ans_builder *b, const ans_param *p, const ans_param_row *rows, uint32_t n) {
  ans_param x = *p;
  x.name = builder__text(b, p->name);
  x.label = builder__text(b, p->label);
  x.type = builder__type(x.type);
  x.row_count = n;
  if (n > ANS_MAX_ROWS_PER_PARAM) builder__fail(b, ANS_LIMIT, "rows of a parameter", ANS_MAX_ROWS_PER_PARAM);
  x.first_row = builder__add(b, &b->param_rows, rows, n, sizeof *rows, ANS_MAX_PARAM_ROWS, "parameter rows");
  if (x.first_row != ANS_NONE && n <= ANS_MAX_ROWS_PER_PARAM) {
    ans_param_row *copy = (ans_param_row *)b->param_rows.items + x.first_row;
    for (uint32_t i = 0; i < n; i++)
      for (uint32_t k = p->key_count; k < ANS_MAX_KEYS; k++) { /* keys that the parameter does not have hold for everything */
        copy[i].key_lo[k] = INT64_MIN;
        copy[i].key_hi[k] = INT64_MAX;
      }
  }
  return builder__add(b, &b->params, &x, 1, sizeof x, ANS_MAX_PARAMS, "parameters");
}

uint32_t ans_builder_provision(ans_builder *b, const ans_provision *p) {
  ans_provision x = *p;
  x.text = builder__text(b, p->text);
  x.law = builder__text(b, p->law);
  return builder__add(b, &b->provisions, &x, 1, sizeof x, ANS_MAX_PROVISIONS, "provisions");
}

uint32_t ans_builder_result(ans_builder *b, const ans_result *r) {
  ans_result x = *r;
  x.name = builder__text(b, r->name);
  x.label = builder__text(b, r->label);
  x.type = builder__type(x.type);
  return builder__add(b, &b->results, &x, 1, sizeof x, ANS_MAX_RESULTS, "results");
}

uint32_t ans_builder_benefit(ans_builder *b, const ans_benefit *p) {
  ans_benefit x = *p;
  x.name = builder__text(b, p->name);
  return builder__add(b, &b->benefits, &x, 1, sizeof x, ANS_MAX_BENEFITS, "benefits");
}

uint32_t ans_builder_node(ans_builder *b, const ans_node *n) {
  ans_node x = *n;
  x.text = builder__text(b, n->text);
  x.text_not = builder__text(b, n->text_not);
  return builder__add(b, &b->nodes, &x, 1, sizeof x, ANS_MAX_NODES, "nodes");
}

uint32_t ans_builder_import(ans_builder *b, const ans_import *i) {
  ans_import x = *i;
  x.name = builder__text(b, i->name);
  x.version = builder__text(b, i->version);
  return builder__add(b, &b->imports, &x, 1, sizeof x, ANS_MAX_IMPORTS, "imports");
}

uint32_t ans_builder_const(ans_builder *b, int64_t v) {
  uint64_t h = builder__hash(&v, sizeof v);
  const int64_t *consts = b->consts.items;
  for (uint32_t k = ANS_NONE, e; (e = lookup__next(&b->by_const, h, &k)) != ANS_NONE;)
    if (consts[e] == v) return e;
  uint32_t at = builder__add(b, &b->consts, &v, 1, sizeof v, ANS_MAX_CONSTS, "constants");
  if (at != ANS_NONE) lookup__put(b, &b->by_const, h, at);
  return at;
}

uint32_t ans_builder_list(ans_builder *b, const uint32_t *items, uint32_t n) {
  uint64_t h = builder__hash(items, (size_t)n * sizeof *items);
  const uint32_t *pool = b->lists.items;
  const list_span *spans = b->spans.items;
  for (uint32_t k = ANS_NONE, e; (e = lookup__next(&b->by_list, h, &k)) != ANS_NONE;)
    if (spans[e].count == n && (n == 0 || memcmp(pool + spans[e].first, items, (size_t)n * sizeof *items) == 0)) return spans[e].first;
  list_span s = {builder__add(b, &b->lists, items, n, sizeof *items, ANS_MAX_LIST_ITEMS, "list items"), n};
  if (s.first == ANS_NONE) return ANS_NONE;
  uint32_t at = builder__add(b, &b->spans, &s, 1, sizeof s, ANS_MAX_LIST_ITEMS, "lists");
  if (at != ANS_NONE) lookup__put(b, &b->by_list, h, at);
  return s.first;
}

/* Operand kinds of the opcode table as characters, three per opcode. */
static const char builder__kinds[ANS_OP_COUNT][4] = {
#define X(name, mn, res, a, b, c, gloss) #a #b #c,
#include "code/opcodes.def"
#undef X
};

/* Unused operands are 0, so that equal instructions are equal bytes. Field by field, because ans_insn may have padding. */
static ans_insn builder__normal(ans_insn in) {
  if (in.op < ANS_OP_COUNT) {
    if (builder__kinds[in.op][0] == '-') in.a = 0;
    if (builder__kinds[in.op][1] == '-') in.b = 0;
    if (builder__kinds[in.op][2] == '-') in.c = 0;
  }
  in.type = builder__type(in.type);
  return in;
}

static uint64_t builder__insn_hash(ans_insn in) {
  uint32_t key[7] = {in.op, in.unit, (uint32_t)in.type.tag << 24 | (uint32_t)in.type.scale << 16 | (uint32_t)in.type.measure << 8 | in.type.per,
                     in.type.ref, in.a, in.b, in.c};
  return builder__hash(key, sizeof key);
}

uint32_t ans_builder_insn_fresh(ans_builder *b, ans_insn in) {
  in = builder__normal(in);
  return builder__add(b, &b->insns, &in, 1, sizeof in, ANS_MAX_INSNS, "instructions");
}

uint32_t ans_builder_insn(ans_builder *b, ans_insn in) {
  in = builder__normal(in);
  uint64_t h = builder__insn_hash(in);
  const ans_insn *all = b->insns.items;
  for (uint32_t k = ANS_NONE, e; (e = lookup__next(&b->by_insn, h, &k)) != ANS_NONE;) {
    const ans_insn *x = &all[e];
    if (x->op == in.op && x->unit == in.unit && ans_type_equal(x->type, in.type) && x->a == in.a && x->b == in.b && x->c == in.c) return e;
  }
  uint32_t at = ans_builder_insn_fresh(b, in);
  if (at != ANS_NONE) lookup__put(b, &b->by_insn, h, at);
  return at;
}

static const void *builder__move(ans_builder *b, const grow *g, size_t size) {
  void *p = ans_arena_array(b->arena, g->count, size);
  if (!p) builder__fail(b, ANS_MEMORY, "program", 0);
  else if (g->count) memcpy(p, g->items, (size_t)g->count * size);
  return p;
}

static ans_program *builder__assemble(ans_builder *b) {
  ans_program *p = ans_arena_alloc(b->arena, sizeof *p);
  if (!p) return NULL;
  *p = b->head;
  if (!p->name) p->name = p->version = p->title = "";
  p->semantics_version = ANS_SEMANTICS_VERSION;
  p->arena = b->arena;
#define MOVE(table, number)                                              \
  p->table = builder__move(b, &b->table, sizeof *p->table); \
  p->number = b->table.count
  MOVE(insns, insn_count);
  MOVE(consts, const_count);
  MOVE(lists, list_count);
  MOVE(units, unit_count);
  MOVE(facts, fact_count);
  MOVE(sources, source_count);
  MOVE(enums, enum_count);
  MOVE(enum_values, enum_value_count);
  MOVE(params, param_count);
  MOVE(param_rows, param_row_count);
  MOVE(results, result_count);
  MOVE(benefits, benefit_count);
  MOVE(provisions, provision_count);
  MOVE(nodes, node_count);
  MOVE(imports, import_count);
#undef MOVE
  return b->failed == ANS_OK ? p : NULL;
}

ans_status ans_builder_freeze(ans_builder *b, ans_program **out, ans_error *err) {
  char max[24];
  *out = NULL;
  ans_program *p = b->arena && b->failed == ANS_OK ? builder__assemble(b) : NULL;
  if (!b->arena) return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", "builder", "already frozen", NULL);
  if (b->failed == ANS_LIMIT) return ans_error_set(err, ANS_LIMIT, "E-VER-LIMIT", b->failed_what, ans_itoa(max, b->failed_max), NULL);
  if (!p) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "builder", b->failed_what ? b->failed_what : "program", NULL);
  ans_status s = ans_program_verify(p, err);
  if (s != ANS_OK) return s;
  unsigned char *bytes = NULL;
  size_t size;
  s = ans_program_encode(p, &bytes, &size, err); /* for the identity */
  free(bytes);
  if (s != ANS_OK) return s;
  b->arena = NULL; /* now the program's */
  b->failed = ANS_INTERNAL;
  b->failed_what = "already frozen";
  *out = p;
  return ANS_OK;
}
