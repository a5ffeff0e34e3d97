/* What the pages need of the typed tree: the items of the files with their sections, what each name refers to, and which result needs what.
 *
 * A hypothetical (angenommen … gilt …) lives on in the typed tree as copies of results. The pages speak of the results the drafter wrote, so
 * a copy stands for its original everywhere; the graph may therefore have a circle, which the drawing cuts. */
#include <stdlib.h>
#include <string.h>
#include "doc/doc_private.h"

const ans_syn *doc__child(const ans_syn *n, uint32_t i) { return n && i < n->count ? n->child[i] : NULL; }

/* --- items ------------------------------------------------------------------------------------------------------------------------ */

/* "§ 1 Abs. 1 Satz 2, 3 EStG", spaced alike however it was written, so that equal citations are equal texts (as in the model's provisions). */
static const char *model__citation(doc *d, uint32_t tree, const ans_syn *c) {
  ans_buffer b;
  ans_buffer_init(&b, 4096);
  for (uint32_t i = 1; c && i < c->count; i++)
    for (uint32_t k = 0; c->child[i] && k < c->child[i]->count; k++) {
      if (b.len) ans_buffer_text(&b, k > 1 ? ", " : " ");
      ans_buffer_text(&b, doc__words(d, tree, c->child[i]->child[k]));
    }
  const char *law = c ? doc__words(d, tree, doc__child(c, 0)) : "";
  if (*law) ans_buffer_printf(&b, " %s", law);
  char *copy = b.data && !b.failed ? ans_arena_text(d->arena, b.data, b.len) : NULL;
  if (!copy) d->failed = true;
  ans_buffer_dispose(&b);
  return copy ? copy : "";
}

static void model__items(doc *d) {
  uint32_t total = 0;
  for (uint32_t t = 0; t < d->m->tree_count; t++) total += d->m->trees[t]->root->count;
  d->items = doc__alloc(d, total, sizeof *d->items);
  d->package = doc__alloc(d, d->m->tree_count, sizeof *d->package);
  if (!d->items || !d->package) return;
  const char *package = NULL;
  for (uint32_t t = 0; t < d->m->tree_count; t++) {
    const ans_syn *root = d->m->trees[t]->root, *section = NULL;
    const char *citation = "";
    for (uint32_t i = 0; i < root->count; i++) { /* the first file of a package holds its header */
      const ans_syn *n = root->child[i];
      if (!n || n->last < n->first) continue;
      if (n->kind == ANS_SYN_SECTION) {
        section = n;
        citation = model__citation(d, t, doc__child(n, 0));
      }
      if (n->kind == ANS_SYN_PACKAGE && t >= d->m->own_tree_count) package = doc__words(d, t, doc__child(n, 0));
      d->items[d->item_count++] = (doc__item){t, n, section, citation, t < d->m->own_tree_count};
    }
    d->package[t] = package;
  }
}

static bool model__named(const doc *d, uint32_t tree, const ans_syn *name, const char *text) {
  if (!name) return false;
  const ans_tree *t = d->m->trees[tree];
  const ans_token *k = ans_syn_token(t, name);
  return k->word_len == strlen(text) && memcmp(ans_token_word(t, k), text, k->word_len) == 0;
}

/* `nutzt … : Person als Mensch`: is the unit called name in the own package? */
static bool model__taken_as(const doc *d, uint32_t tree, const ans_syn *name, const char *unit) {
  const ans_token *k = ans_syn_token(d->m->trees[tree], name);
  for (uint32_t i = 0; i < d->item_count; i++) {
    const doc__item *x = &d->items[i];
    for (uint32_t u = 5; x->own && x->syn->kind == ANS_SYN_PACKAGE && u < x->syn->count; u++)
      for (uint32_t p = 2; x->syn->child[u] && p < x->syn->child[u]->count; p++) {
        const ans_syn *path = doc__child(x->syn->child[u]->child[p], 0), *alias = doc__child(x->syn->child[u]->child[p], 1);
        if (!alias || !path || path->count != 1 || !model__named(d, x->tree, path->child[0], unit)) continue;
        const ans_token *a = ans_syn_token(d->m->trees[x->tree], alias);
        if (a->word_len == k->word_len && memcmp(ans_token_word(d->m->trees[x->tree], a), ans_token_word(d->m->trees[tree], k), k->word_len) == 0) return true;
      }
  }
  return false;
}

/* The unit a name means: its own name or one of its other names. */
static bool model__unit_named(const doc *d, uint32_t tree, const ans_syn *name, const char *unit) {
  if (model__named(d, tree, name, unit) || model__taken_as(d, tree, name, unit)) return true;
  for (uint32_t i = 0; i < d->item_count; i++) {
    const doc__item *x = &d->items[i];
    const ans_syn *aliases = x->syn->kind == ANS_SYN_UNIT ? doc__child(x->syn, 2) : NULL;
    if (!aliases || !model__named(d, x->tree, doc__child(x->syn, 0), unit)) continue;
    const ans_tree *t = d->m->trees[tree];
    const ans_token *k = ans_syn_token(t, name);
    for (uint32_t a = 0; a < aliases->count; a++) {
      const ans_tree *at = d->m->trees[x->tree];
      const ans_token *alias = ans_syn_token(at, aliases->child[a]);
      if (alias->word_len == k->word_len && memcmp(ans_token_word(at, alias), ans_token_word(t, k), k->word_len) == 0) return true;
    }
  }
  return false;
}

static void model__declarations(doc *d) {
  d->base = doc__alloc(d, d->m->result_count, sizeof *d->base);
  d->declared = doc__alloc(d, d->m->result_count, sizeof *d->declared);
  if (!d->base || !d->declared) return;
  for (uint32_t r = 0; r < d->m->result_count; r++) {
    const ans_tresult *x = &d->m->results[r];
    const char *copy = strstr(x->name, " (angenommen "); /* copies are called "name (angenommen 3)"; "name (package)" is a result of a package used */
    size_t len = copy ? (size_t)(copy - x->name) : strlen(x->name), own = strcspn(x->name, " ");
    char name[256];
    d->base[r] = copy ? ANS_NONE : r;
    d->declared[r] = ANS_NONE;
    if (own >= sizeof name) continue;
    memcpy(name, x->name, own);
    name[own] = 0;
    for (uint32_t k = 0; copy && k < d->m->result_count; k++)
      if (d->m->results[k].unit == x->unit && strlen(d->m->results[k].name) == len && memcmp(d->m->results[k].name, x->name, len) == 0) d->base[r] = k;
    for (uint32_t i = 0; !copy && i < d->item_count && d->declared[r] == ANS_NONE; i++) {
      const ans_syn *path = d->items[i].syn->kind == ANS_SYN_RESULT && d->items[i].own != x->imported ? doc__child(d->items[i].syn, 0) : NULL;
      const char *package = d->package[d->items[i].tree];
      if (x->name[own] && (!package || strncmp(x->name + own + 2, package, strlen(package)) != 0)) continue;
      if (path && path->count == 2 && model__named(d, d->items[i].tree, path->child[1], name) && model__unit_named(d, d->items[i].tree, path->child[0], d->m->units[x->unit].name)) d->declared[r] = i;
    }
  }
}

/* --- references ------------------------------------------------------------------------------------------------------------------- */

typedef struct model__walk { doc *d; uint32_t tree, owner; uint32_t depth; const void **seen; uint32_t seen_count, seen_size; } model__walk;

/* True if p was met before; otherwise notes it. Rules and expressions are shared (an exception of several rules), so a walk must not repeat them. */
static bool model__met(model__walk *w, const void *p) {
  if (w->seen_count * 2 >= w->seen_size) {
    uint32_t size = w->seen_size ? w->seen_size * 2 : 1024;
    const void **grown = calloc(size, sizeof *grown);
    if (!grown) { w->d->failed = true; return true; }
    for (uint32_t i = 0; i < w->seen_size; i++) {
      if (!w->seen[i]) continue;
      uint32_t h = (uint32_t)((uintptr_t)w->seen[i] >> 4) & (size - 1);
      while (grown[h]) h = (h + 1) & (size - 1);
      grown[h] = w->seen[i];
    }
    free(w->seen);
    w->seen = grown;
    w->seen_size = size;
  }
  uint32_t h = (uint32_t)((uintptr_t)p >> 4) & (w->seen_size - 1);
  while (w->seen[h] && w->seen[h] != p) h = (h + 1) & (w->seen_size - 1);
  if (w->seen[h]) return true;
  w->seen[h] = p;
  w->seen_count++;
  return false;
}

static void model__add(doc *d, doc__edge **list, uint32_t *count, uint32_t *capacity, uint32_t from, uint32_t to) {
  if (d->failed) return;
  if (*count == *capacity) {
    uint32_t fresh = *capacity ? *capacity * 2 : 256;
    doc__edge *grown = reallocarray(*list, fresh, sizeof *grown);
    if (!grown) { d->failed = true; return; }
    *list = grown;
    *capacity = fresh;
  }
  (*list)[(*count)++] = (doc__edge){from, to};
}

static int model__edge_order(const void *a, const void *b) {
  const doc__edge *x = a, *y = b;
  if (x->from != y->from) return x->from < y->from ? -1 : 1;
  return (x->to > y->to) - (x->to < y->to);
}

static void model__distinct(doc__edge *list, uint32_t *count) {
  uint32_t kept = 0;
  if (*count) qsort(list, *count, sizeof *list, model__edge_order);
  for (uint32_t i = 0; i < *count; i++)
    if (!i || model__edge_order(&list[i], &list[i - 1]) != 0) list[kept++] = list[i];
  *count = kept;
}

/* The name of the node that an expression reads: the last segment of a path, the name of a call. */
static void model__refer(model__walk *w, const ans_syn *n, doc__kind kind, uint32_t index) {
  while (n && (n->kind == ANS_SYN_AT || n->kind == ANS_SYN_AT_BEGIN || n->kind == ANS_SYN_PAREN)) n = doc__child(n, 0);
  if (!n || (n->kind != ANS_SYN_PATH && n->kind != ANS_SYN_CALL)) return;
  const ans_tree *t = w->d->m->trees[w->tree];
  uint32_t token = n->kind == ANS_SYN_CALL ? n->first : n->last;
  if (token >= t->token_count || !ans_token_is_word(&t->tokens[token]) || ans_token_is_keyword(&t->tokens[token])) return;
  const char *name = kind == DOC__RESULT ? w->d->m->results[index].name : kind == DOC__FACT ? w->d->m->facts[index].name : w->d->m->params[index].name;
  const ans_token *k = &t->tokens[token];
  bool taken = (kind == DOC__RESULT && w->d->m->results[index].imported) || (kind == DOC__PARAM && index < w->d->m->first_own_param); /* perhaps under another name */
  if (!taken && (k->word_len != strlen(name) || memcmp(ans_token_word(t, k), name, k->word_len) != 0)) return; /* a step on the way, or a function over the path */
  w->d->targets[w->tree][token] = (doc__target){(uint8_t)kind, index};
}

static void model__rule(model__walk *w, const ans_rule *r);

static void model__result_of(model__walk *w, uint32_t result) { /* what a copy or an assumption reads, in the name of the owner */
  const ans_tresult *x = &w->d->m->results[result];
  if (model__met(w, x)) return;
  for (uint32_t i = 0; i < x->rule_count; i++) model__rule(w, x->rules[i]);
}

static void model__tx(model__walk *w, const ans_tx *x) {
  doc *d = w->d;
  if (!x || d->failed || w->depth > 4000 || model__met(w, x)) return;
  bool fact = x->kind == ANS_TX_FACT || x->kind == ANS_TX_TL_AT || x->kind == ANS_TX_TL_LAST_END || x->kind == ANS_TX_TL_NEXT_START || x->kind == ANS_TX_TL_DAYS;
  bool group = x->kind >= ANS_TX_AGG_COUNT && x->kind <= ANS_TX_RANK;
  if ((fact || group) && x->index < d->m->fact_count) {
    model__add(d, &d->reads, &d->read_count, &d->read_capacity, w->owner, x->index);
    if (fact) model__refer(w, x->syntax, DOC__FACT, x->index);
  }
  if (x->kind == ANS_TX_PARAM && x->index < d->m->param_count) {
    model__add(d, &d->takes, &d->take_count, &d->take_capacity, w->owner, x->index);
    model__refer(w, x->syntax, DOC__PARAM, x->index);
  }
  if (x->kind == ANS_TX_RESULT && x->index < d->m->result_count) {
    uint32_t to = d->base[x->index];
    if (to != ANS_NONE) {
      if (to != w->owner) model__add(d, &d->edges, &d->edge_count, &d->edge_capacity, w->owner, to);
      model__refer(w, x->syntax, DOC__RESULT, to);
    }
    if (to != x->index) model__result_of(w, x->index);
  }
  w->depth++;
  for (uint32_t i = 0; i < x->count; i++) model__tx(w, x->arg[i]);
  w->depth--;
}

static void model__rule(model__walk *w, const ans_rule *r) {
  uint32_t tree = w->tree;
  if (w->d->failed || w->depth > 4000 || model__met(w, r)) return;
  for (uint32_t t = 0; t < w->d->m->tree_count; t++)
    if (w->d->m->trees[t]->source.path == r->path) w->tree = t;
  w->depth++;
  model__tx(w, r->condition);
  model__tx(w, r->value);
  for (uint32_t i = 0; i < r->exception_count; i++) model__rule(w, r->exceptions[i]);
  w->depth--;
  w->tree = tree;
}

/* Names in heads: the result of a rule or exception, its declaration, the member of a unit. */
static void model__heads(doc *d) {
  for (uint32_t i = 0; i < d->item_count; i++) {
    const doc__item *x = &d->items[i];
    uint32_t slot = x->syn->kind == ANS_SYN_HUMAN ? 1 : 0;
    bool head = x->syn->kind == ANS_SYN_RULE || x->syn->kind == ANS_SYN_EXCEPTION || x->syn->kind == ANS_SYN_HUMAN;
    const ans_syn *path = head ? doc__child(x->syn, slot) : NULL;
    if (!x->own || !path || path->kind != ANS_SYN_PATH || path->count != 2) continue;
    for (uint32_t r = 0; r < d->m->result_count; r++)
      if (d->base[r] == r && !d->m->results[r].imported && model__named(d, x->tree, path->child[1], d->m->results[r].name) && model__unit_named(d, x->tree, path->child[0], d->m->units[d->m->results[r].unit].name))
        d->targets[x->tree][path->last] = (doc__target){DOC__RESULT, r};
  }
}

void doc__model(doc *d) {
  model__items(d);
  if (!d->failed) model__declarations(d);
  d->targets = doc__alloc(d, d->m->tree_count, sizeof *d->targets);
  for (uint32_t t = 0; !d->failed && t < d->m->tree_count; t++) d->targets[t] = doc__alloc(d, d->m->trees[t]->token_count, sizeof **d->targets);
  for (uint32_t r = 0; !d->failed && r < d->m->result_count; r++) {
    const ans_tresult *x = &d->m->results[r];
    if (d->base[r] != r) continue;
    model__walk w = {.d = d, .owner = r, .tree = d->declared[r] == ANS_NONE ? 0 : d->items[d->declared[r]].tree};
    model__tx(&w, x->fallback);
    for (uint32_t i = 0; i < x->rule_count; i++) model__rule(&w, x->rules[i]);
    free(w.seen);
  }
  if (d->failed) return;
  model__heads(d);
  model__distinct(d->edges, &d->edge_count);
  model__distinct(d->reads, &d->read_count);
  model__distinct(d->takes, &d->take_count);
}

/* --- names and anchors ---------------------------------------------------------------------------------------------------------------- */

void doc__result_name(doc *d, uint32_t result) {
  doc__text(d, d->m->units[d->m->results[result].unit].name);
  doc__put(d, ".");
  doc__text(d, d->m->results[result].name);
}

/* Ids have no blanks; names of results and parameters of packages used do: "Anspruch (bund/estg/kindergeld)". */
static void model__id(doc *d, const char *name) {
  for (size_t n; *name; name += n) {
    n = strcspn(name, " ");
    doc__span(d, name, n);
    if (name[n] == ' ') doc__put(d, "_"), n++;
  }
}

void doc__anchor(doc *d, doc__kind kind, uint32_t index) {
  if (kind == DOC__RESULT) {
    doc__put(d, "ergebnis-");
    doc__text(d, d->m->units[d->m->results[index].unit].name);
    doc__put(d, ".");
    model__id(d, d->m->results[index].name);
  } else if (kind == DOC__FACT) {
    doc__put(d, "angabe-");
    doc__text(d, d->m->units[d->m->facts[index].unit].name);
    doc__put(d, ".");
    doc__text(d, d->m->facts[index].name);
  } else {
    doc__put(d, "parameter-");
    model__id(d, d->m->params[index].name);
  }
}

void doc__link(doc *d, doc__kind kind, uint32_t index) {
  doc__put(d, "<a href=\"#");
  doc__anchor(d, kind, index);
  doc__put(d, "\">");
  if (kind == DOC__RESULT) {
    doc__result_name(d, index);
  } else if (kind == DOC__FACT) {
    doc__text(d, d->m->units[d->m->facts[index].unit].name);
    doc__put(d, ".");
    doc__text(d, d->m->facts[index].name);
  } else {
    doc__text(d, d->m->params[index].name);
  }
  doc__put(d, "</a>");
}
