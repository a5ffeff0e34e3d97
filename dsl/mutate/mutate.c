/* The list: rules and defaults, order, names, and making the program of one mutant. */
#include "mutate/mutate_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "num/calendar.h"
#include "num/period.h"

static const struct { const char *code, *gloss[2]; } mutate__operators[] = {
#define X(id, code, de, en) {code, {de, en}},
#include "mutate/operators.def"
#undef X
};

const char *ans_mutation_code(ans_mutation m) { return (unsigned)m < ANS_MUTATION_COUNT ? mutate__operators[m].code : "?"; }
const char *ans_mutation_gloss(ans_mutation m, ans_lang lang) { return (unsigned)m < ANS_MUTATION_COUNT ? mutate__operators[m].gloss[lang == ANS_LANG_EN] : "?"; }

/* --- memory ----------------------------------------------------------------------------------------------------------- */
void *mutate__array(ans_mutants *m, size_t count, size_t size) {
  void *p = m->failed ? NULL : ans_arena_array(m->arena, count ? count : 1, size);
  if (!p) m->failed = true;
  return p;
}

void *mutate__grow(ans_mutants *m, void *old, uint32_t count, uint32_t *cap, size_t size) {
  if (count < *cap) return old;
  uint32_t wider = *cap ? *cap * 2 : 256;
  void *p = mutate__array(m, wider, size);
  if (!p) return NULL;
  if (count) memcpy(p, old, count * size);
  *cap = wider;
  return p;
}

const char *mutate__copy(ans_mutants *m, const char *text) {
  const char *t = m->failed ? NULL : ans_arena_text(m->arena, text, strlen(text));
  if (!t) m->failed = true;
  return t ? t : "";
}

/* --- places ----------------------------------------------------------------------------------------------------------- */
static void places__note(ans_mutants *m, const ans_syn *n, uint32_t tree) {
  mutate_place *grown = mutate__grow(m, m->places, m->place_count, &m->place_cap, sizeof *grown);
  if (!grown) return;
  m->places = grown;
  m->places[m->place_count++] = (mutate_place){n, tree};
  for (uint32_t i = 0; i < n->count && !m->failed; i++)
    if (n->child[i]) places__note(m, n->child[i], tree); /* the parser bounds the depth */
}

static int places__order(const void *a, const void *b) {
  const mutate_place *x = a, *y = b;
  return (uintptr_t)x->syn < (uintptr_t)y->syn ? -1 : (uintptr_t)x->syn > (uintptr_t)y->syn;
}

ans_tree *mutate__tree(const ans_mutants *m, const ans_syn *syn, uint32_t *file) {
  mutate_place key = {syn, 0};
  const mutate_place *p = syn && m->place_count ? bsearch(&key, m->places, m->place_count, sizeof key, places__order) : NULL;
  if (p) *file = p->tree;
  return p ? m->model->trees[p->tree] : NULL;
}

uint32_t mutate__file(const ans_mutants *m, const char *path) {
  for (uint32_t i = 0; path && i < m->model->own_tree_count; i++)
    if (strcmp(m->model->trees[i]->source.path, path) == 0) return i;
  return ANS_NONE;
}

/* --- entries ---------------------------------------------------------------------------------------------------------- */
mutate_entry *mutate__add(ans_mutants *m, ans_mutation operation, const mutate_site *site, const ans_tx *x, const char *before, const char *after) {
  if (m->failed || m->full) return NULL;
  if (m->join) { /* a copy has the mutants of its original, in the same order */
    mutate_entry *same = m->joined < m->join->count ? &m->entries[m->join->first + m->joined++] : NULL;
    return same && same->shown.operation == operation ? same : NULL;
  }
  if (m->count == ANS_MAX_MUTANTS) {
    m->full = true;
    return NULL;
  }
  mutate_entry *grown = mutate__grow(m, m->entries, m->count, &m->cap, sizeof *grown);
  if (!grown) return NULL;
  m->entries = grown;
  mutate_entry *e = &m->entries[m->count];
  uint32_t file = mutate__file(m, site->path);
  ans_tree *tree = x ? mutate__tree(m, x->syntax, &file) : NULL;
  *e = (mutate_entry){.file = file, .serial = m->count};
  e->shown = (ans_mutant){.operation = operation, .result = site->result, .param = site->param, .provision = site->provision, .path = site->path, .line = site->line, .text = site->text,
                          .before = before, .after = after, .mark = ANS_NONE};
  if (tree) {
    const char *text = ans_syn_text(tree, x->syntax);
    e->shown.path = tree->source.path;
    e->shown.line = ans_syn_token(tree, x->syntax)->line;
    if (text) e->shown.text = text;
  }
  m->count++;
  return e;
}

void mutate__edit(ans_mutants *m, mutate_entry *e, void *where, const void *bytes, size_t size) {
  if (!e) return;
  for (uint32_t i = 0; m->join && i < e->edit_count; i++)
    if (e->edits[i].where == where) return; /* a place that several copies share changes once, or it would change back */
  if ((e->edit_count & 7) == 0) { /* room for eight more */
    mutate_edit *grown = mutate__array(m, e->edit_count + 8, sizeof *grown);
    if (!grown) return;
    if (e->edit_count) memcpy(grown, e->edits, e->edit_count * sizeof *grown);
    e->edits = grown;
  }
  mutate_edit *d = &e->edits[e->edit_count++];
  d->where = where;
  d->size = size;
  memcpy(d->bytes, bytes, size);
}

/* Exchanges the bytes of every edit with the model's: applies and takes back. */
static void mutate__exchange(mutate_entry *e) {
  unsigned char old[8];
  for (uint32_t i = 0; i < e->edit_count; i++) {
    mutate_edit *d = &e->edits[i];
    memcpy(old, d->where, d->size);
    memcpy(d->where, d->bytes, d->size);
    memcpy(d->bytes, old, d->size);
  }
}

/* --- rules ------------------------------------------------------------------------------------------------------------ */
static void rules__date(ans_mutants *m, ans_mutation operation, const mutate_site *site, int32_t *where, int64_t day) {
  char before[16], after[16];
  int32_t narrow = (int32_t)day;
  if (day < ANS_DAY_MIN || day > ANS_DAY_MAX) return;
  ans_date_format_de(*where, before);
  ans_date_format_de(day, after);
  mutate_entry *e = mutate__add(m, operation, site, NULL, mutate__copy(m, before), mutate__copy(m, after));
  mutate__edit(m, e, where, &narrow, sizeof narrow);
}

/* A rule is live in a period iff its validity contains the first day (docs/semantics.md § 4.4): a day later and a period earlier are the
 * smallest changes that can show, each in one period. Those outside the span of the package cannot. */
static void rules__validity(ans_mutants *m, const mutate_site *site, ans_rule *r) {
  static const int months[ANS_PERIOD_KINDS] = {1, 0, 6, 12};
  const uint32_t kind = m->model->period_kind;
  int64_t first = ans_period_first(kind, m->model->first_period), last = ans_period_first(kind, m->model->last_period), day;
  if (r->from_day != ANS_OPEN_PAST && r->from_day > first && r->from_day <= last) {
    if (ans_period_first(kind, ans_period_of(kind, r->from_day)) == r->from_day) rules__date(m, ANS_MUTATION_FROM_LATER, site, &r->from_day, (int64_t)r->from_day + 1);
    day = (int64_t)r->from_day - 1; /* what a day package has instead */
    if ((!months[kind] || ans_date_add_months(r->from_day, -months[kind], 1, &day)) && day >= first) rules__date(m, ANS_MUTATION_FROM_EARLIER, site, &r->from_day, day);
  }
  if (r->to_day != ANS_OPEN_FUTURE && r->to_day >= first && r->to_day < last) {
    if (ans_period_last(kind, ans_period_of(kind, r->to_day)) == r->to_day) rules__date(m, ANS_MUTATION_TO_LATER, site, &r->to_day, (int64_t)r->to_day + 1);
    day = (int64_t)r->to_day - 1;
    if ((!months[kind] || ans_date_add_months(r->to_day, -months[kind], 1, &day)) && day >= first) rules__date(m, ANS_MUTATION_TO_EARLIER, site, &r->to_day, day);
  }
}

typedef struct rules_found { ans_rule *rule; uint32_t result; bool top; } rules_found;
typedef struct rules_list { rules_found *at; uint32_t n, cap; } rules_list;

/* Every rule once, in the order of the text below each result, copies after their originals. An exception that limits several rules is one
 * ans_rule below each of them. */
static void rules__collect(ans_mutants *m, rules_list *list, uint32_t result, ans_rule *r, bool top) {
  if (mutate__met(m, &r->line)) return; /* collected: another key than the rule itself */
  mutate__pass(m, &r->line);
  rules_found *grown = mutate__grow(m, list->at, list->n, &list->cap, sizeof *grown);
  if (!grown) return;
  list->at = grown;
  list->at[list->n++] = (rules_found){r, result, top};
  for (uint32_t i = 0; i < r->exception_count && !m->failed; i++) rules__collect(m, list, result, r->exceptions[i], false);
}

/* The list without `gone`, if it is in there; an exception is dropped everywhere at once. */
static void rules__without(ans_mutants *m, mutate_entry *e, ans_rule ***list, uint32_t *count, const ans_rule *gone) {
  uint32_t n = 0;
  bool found = false;
  for (uint32_t i = 0; i < *count; i++) found = found || (*list)[i] == gone;
  ans_rule **shorter = found ? mutate__array(m, *count, sizeof *shorter) : NULL;
  if (!shorter) return;
  for (uint32_t i = 0; i < *count; i++)
    if ((*list)[i] != gone) shorter[n++] = (*list)[i];
  mutate__edit(m, e, list, &shorter, sizeof shorter);
  mutate__edit(m, e, count, &n, sizeof n);
}

static void rules__one(ans_mutants *m, const rules_list *all, const rules_found *f) {
  ans_rule *r = f->rule;
  ans_tresult *result = &m->model->results[f->result];
  mutate_site site = {f->result, ANS_NONE, r->provision, r->path, r->line, r->text ? r->text : ""};
  const ans_rule *text = r->origin ? r->origin : r;
  (void)mutate__begin(m, text);
  mutate_entry *e = mutate__add(m, f->top ? ANS_MUTATION_RULE : ANS_MUTATION_EXCEPTION, &site, NULL, "", "");
  if (f->top) rules__without(m, e, &result->rules, &result->rule_count, r);
  for (uint32_t i = 0; !f->top && i < all->n && !m->failed; i++) rules__without(m, e, &all->at[i].rule->exceptions, &all->at[i].rule->exception_count, r);
  rules__validity(m, &site, r);
  if (r->condition) {
    ans_tx *none = NULL;
    e = mutate__add(m, ANS_MUTATION_CONDITION, &site, NULL, "", "");
    mutate__edit(m, e, &r->condition, &none, sizeof none);
  }
  mutate__end(m, text);
  if (r->condition) mutate__expression(m, &site, &r->condition);
  if (r->value) mutate__expression(m, &site, &r->value);
}

/* Whether `rule` holds in every period and nothing can take it away: exceptions that put another value in its place still leave a value. */
static bool rules__always(const ans_mutants *m, const ans_rule *r) {
  const uint32_t kind = m->model->period_kind;
  bool always = !r->condition && !r->human && !r->superseder_count && r->promulgated_day == ANS_OPEN_PAST;
  always = always && r->from_day <= ans_period_first(kind, m->model->first_period) && r->to_day >= ans_period_last(kind, m->model->last_period);
  for (uint32_t i = 0; i < r->exception_count && always; i++) always = r->exceptions[i]->kind == ANS_RULE_OVERRIDE && !r->exceptions[i]->human;
  return always;
}

/* A default that no case can reach says nothing: its mutants would only repeat that. */
static bool rules__default_applies(const ans_mutants *m, const ans_tresult *r) {
  for (uint32_t i = 0; i < r->rule_count; i++)
    if (rules__always(m, r->rules[i])) return false;
  return true;
}

static void rules__all(ans_mutants *m) {
  rules_list list = {0};
  for (uint32_t i = 0; i < m->model->result_count; i++) {
    ans_tresult *r = &m->model->results[i];
    for (uint32_t k = 0; k < r->rule_count && !r->imported; k++) rules__collect(m, &list, i, r->rules[k], true);
  }
  for (uint32_t i = 0; i < list.n && !m->failed; i++) rules__one(m, &list, &list.at[i]);
  for (uint32_t i = 0; i < m->model->result_count; i++) {
    ans_tresult *r = &m->model->results[i];
    mutate_site site = {i, ANS_NONE, r->provision, NULL, 0, r->name};
    if (r->fallback && !r->imported && rules__default_applies(m, r)) mutate__expression(m, &site, &r->fallback);
  }
}

/* --- what was met ------------------------------------------------------------------------------------------------------ */
static mutate_seen *seen__slot(mutate_seen *at, uint32_t cap, const void *key) {
  uint32_t i = (uint32_t)(((uintptr_t)key >> 4) * 2654435761u) & (cap - 1);
  while (at[i].key && at[i].key != key) i = (i + 1) & (cap - 1);
  return &at[i];
}

bool mutate__met(const ans_mutants *m, const void *key) { return m->seen_cap && seen__slot(m->seen, m->seen_cap, key)->key; }

static bool seen__room(ans_mutants *m) {
  if (2 * (m->seen_count + 1) <= m->seen_cap) return true;
  uint32_t cap = m->seen_cap ? m->seen_cap * 2 : 1024;
  mutate_seen *wider = mutate__array(m, cap, sizeof *wider);
  if (!wider) return false;
  for (uint32_t i = 0; i < m->seen_cap; i++)
    if (m->seen[i].key) *seen__slot(wider, cap, m->seen[i].key) = m->seen[i];
  m->seen = wider;
  m->seen_cap = cap;
  return true;
}

void mutate__pass(ans_mutants *m, const void *key) {
  if (!seen__room(m)) return;
  mutate_seen *s = seen__slot(m->seen, m->seen_cap, key);
  if (s->key) return;
  *s = (mutate_seen){key, m->count, 0};
  m->seen_count++;
}

bool mutate__begin(ans_mutants *m, const void *key) {
  bool again = mutate__met(m, key);
  mutate__pass(m, key);
  m->joined = 0;
  m->join = again && !m->failed ? seen__slot(m->seen, m->seen_cap, key) : NULL;
  return !again;
}

void mutate__end(ans_mutants *m, const void *key) {
  if (m->failed) return;
  if (!m->join) {
    mutate_seen *s = seen__slot(m->seen, m->seen_cap, key);
    s->count = m->count - s->first;
  }
  m->join = NULL;
}

/* --- the list --------------------------------------------------------------------------------------------------------- */
static int list__order(const void *a, const void *b) {
  const mutate_entry *x = a, *y = b;
  if (x->file != y->file) return x->file < y->file ? -1 : 1;
  if (x->shown.line != y->shown.line) return x->shown.line < y->shown.line ? -1 : 1;
  if (x->shown.operation != y->shown.operation) return x->shown.operation < y->shown.operation ? -1 : 1;
  return x->serial < y->serial ? -1 : x->serial > y->serial;
}

/* Sorted by place, the ordinal of equal operations on one line follows the order of the walk. */
static void list__keys(ans_mutants *m) {
  uint32_t ordinal = 0;
  for (uint32_t i = 0; i < m->count && !m->failed; i++) {
    mutate_entry *e = &m->entries[i], *before = i ? e - 1 : NULL;
    bool again = before && before->file == e->file && before->shown.line == e->shown.line && before->shown.operation == e->shown.operation;
    char key[64];
    ordinal = again ? ordinal + 1 : 1;
    if (ordinal == 1) snprintf(key, sizeof key, "%s", ans_mutation_code(e->shown.operation));
    else snprintf(key, sizeof key, "%s.%u", ans_mutation_code(e->shown.operation), ordinal);
    e->shown.key = mutate__copy(m, key);
  }
}

ans_status ans_mutants_new(ans_model *model, ans_mutants **out, ans_error *err) {
  char limit[24];
  *out = NULL;
  ans_arena *arena = ans_arena_new((size_t)1 << 30);
  ans_mutants *m = arena ? ans_arena_alloc(arena, sizeof *m) : NULL;
  if (!m) {
    ans_arena_free(arena);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", (char *)NULL);
  }
  *m = (ans_mutants){.model = model, .arena = arena};
  for (uint32_t i = 0; i < model->own_tree_count && !m->failed; i++) places__note(m, model->trees[i]->root, i);
  if (m->place_count) qsort(m->places, m->place_count, sizeof *m->places, places__order);
  rules__all(m);
  mutate__params(m);
  if (m->count) qsort(m->entries, m->count, sizeof *m->entries, list__order);
  list__keys(m);
  mutate__marks(m);
  if (!m->failed && !m->full) {
    *out = m;
    return ANS_OK;
  }
  bool full = m->full;
  ans_arena_free(arena);
  if (full) return ans_error_set(err, ANS_LIMIT, "E-MUT-LIMIT", model->name, ans_itoa(limit, ANS_MAX_MUTANTS), (char *)NULL);
  return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "mutate", (char *)NULL);
}

void ans_mutants_free(ans_mutants *m) {
  if (!m) return;
  ans_arena *arena = m->arena; /* the list itself lives in its arena */
  ans_arena_free(arena);
}

uint32_t ans_mutants_count(const ans_mutants *m) { return m->count; }
const ans_mutant *ans_mutants_at(const ans_mutants *m, uint32_t i) { return i < m->count ? &m->entries[i].shown : NULL; }
uint32_t ans_mutants_mark_count(const ans_mutants *m) { return m->mark_count; }
const ans_mutant_mark *ans_mutants_mark(const ans_mutants *m, uint32_t i) { return i < m->mark_count ? &m->marks[i] : NULL; }

ans_status ans_mutants_program(ans_mutants *m, uint32_t i, ans_program **out, ans_error *err) {
  ans_error refused = {0};
  *out = NULL;
  mutate__exchange(&m->entries[i]);
  ans_status st = ans_lower_program(m->model, out, &refused);
  mutate__exchange(&m->entries[i]);
  if (st == ANS_MEMORY || st == ANS_LIMIT) {
    if (err) *err = refused;
    return st;
  }
  return ANS_OK; /* every other refusal is the verifier's or the lowering's verdict on this mutant */
}
