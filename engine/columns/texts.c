/* Interning of texts and the answers to what the rules ask about them.
 *
 * Every question about a text has literal operands, so the questions of a package are a finite table and a text's answers are two words of bits:
 * which hold, and which could not be found out because a limit was reached. They are made here, once for each distinct text of a fact; VM and
 * replay only look at bits. Questions of other facts are not asked: a pattern meant for short codes never runs over somebody's long remarks. */
#include "columns/texts.h"
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/error.h"

enum { TEXTS_MAX = 100000000, TEXTS_FIRST = 64 };

static ans_status texts__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", "columns", "texts", NULL); }

void columns__texts_free(columns__texts *t, const ans_program *p) {
  for (uint32_t i = 0; t->patterns && i < p->predicate_count; i++) ans_pattern_free(t->patterns[i]);
  free(t->patterns);
  free(t->slots);
  free(t->first);
  free(t->items);
  *t = (columns__texts){0};
}

/* Counting sort of the predicates by fact; within a fact they keep the order of the table, so that bits ascend. */
static bool texts__index(columns__texts *t, const ans_program *p) {
  if (t->first) return true;
  t->first = calloc((size_t)p->fact_count + 2, sizeof *t->first);
  t->items = calloc((size_t)p->predicate_count + 1, sizeof *t->items);
  t->patterns = calloc((size_t)p->predicate_count + 1, sizeof *t->patterns);
  if (!t->first || !t->items || !t->patterns) return false;
  for (uint32_t i = 0; i < p->predicate_count; i++) t->first[p->predicates[i].fact + 2]++;
  for (uint32_t f = 2; f <= p->fact_count; f++) t->first[f] += t->first[f - 1];
  for (uint32_t i = 0; i < p->predicate_count; i++) t->items[t->first[p->predicates[i].fact + 1]++] = i;
  return true;
}

static ans_status texts__pattern(columns__texts *t, const ans_program *p, uint32_t predicate, ans_error *err) {
  const char *text = p->predicate_texts[p->predicates[predicate].first_text];
  ans_pattern_fault fault;
  char at[24];
  if (t->patterns[predicate]) return ANS_OK;
  ans_status s = ans_pattern_compile(text, strlen(text), &t->patterns[predicate], &fault);
  if (s == ANS_MEMORY) return texts__memory(err);
  return s == ANS_OK ? s : ans_error_set(err, ANS_PACKAGE, "E-COL-PATTERN", p->facts[p->predicates[predicate].fact].name, text, ans_itoa(at, (long long)fault.offset), NULL);
}

static ans_status texts__ask(columns__texts *t, const ans_program *p, uint32_t predicate, ans_text *x, size_t len, ans_error *err) {
  const ans_predicate *q = &p->predicates[predicate];
  const uint64_t bit = UINT64_C(1) << q->bit;
  if (q->kind == ANS_PREDICATE_ONE_OF) {
    for (uint32_t k = 0; k < q->text_count; k++)
      if (strcmp(p->predicate_texts[q->first_text + k], x->text) == 0) x->holds |= bit;
    return ANS_OK;
  }
  ans_status s = texts__pattern(t, p, predicate, err);
  if (s != ANS_OK) return s;
  switch (ans_pattern_match(t->patterns[predicate], x->text, len)) {
    case ANS_MATCH_NO: return ANS_OK;
    case ANS_MATCH_YES: x->holds |= bit; return ANS_OK;
    case ANS_MATCH_FAILED: x->failed |= bit; return ANS_OK;
    case ANS_MATCH_MEMORY: break;
  }
  return texts__memory(err);
}

static uint64_t texts__hash(uint32_t fact, const char *s, size_t len) {
  uint64_t h = UINT64_C(0xcbf29ce484222325) ^ fact;
  for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
  return h ^ h >> 29;
}

/* The slot of a text, free or taken. */
static uint32_t texts__slot(const columns__texts *t, const ans_columns *c, uint32_t fact, const char *s, size_t len) {
  uint32_t k = (uint32_t)texts__hash(fact, s, len) & (t->slot_count - 1);
  for (; t->slots[k]; k = (k + 1) & (t->slot_count - 1)) {
    const ans_text *x = &c->texts[t->slots[k] - 1];
    if (x->fact == fact && strcmp(x->text, s) == 0) break;
  }
  return k;
}

static bool texts__grow(columns__texts *t, ans_columns *c) {
  if (c->text_count < t->cap) return true;
  uint32_t cap = t->cap ? t->cap * 2 : TEXTS_FIRST, *slots = calloc((size_t)cap * 2, sizeof *slots);
  ans_text *texts = realloc(c->texts, (size_t)cap * sizeof *texts);
  if (texts) c->texts = texts;
  if (!texts || !slots) {
    free(slots);
    return false;
  }
  free(t->slots);
  t->slots = slots;
  t->slot_count = cap * 2;
  t->cap = cap;
  for (uint32_t i = 0; i < c->text_count; i++) t->slots[texts__slot(t, c, c->texts[i].fact, c->texts[i].text, strlen(c->texts[i].text))] = i + 1;
  return true;
}

static ans_status texts__add(columns__texts *t, ans_columns *c, uint32_t fact, const char *s, size_t len, int64_t *index, ans_error *err) {
  const ans_program *p = c->program;
  char max[24];
  if (c->text_count == TEXTS_MAX) return ans_error_set(err, ANS_LIMIT, "E-COL-LIMIT", p->facts[fact].name, ans_itoa(max, TEXTS_MAX), p->facts[fact].name, NULL);
  if (!texts__grow(t, c) || !texts__index(t, p)) return texts__memory(err);
  uint32_t slot = texts__slot(t, c, fact, s, len);
  if (t->slots[slot]) {
    *index = t->slots[slot] - 1;
    return ANS_OK;
  }
  ans_text x = {.text = ans_arena_text(c->arena, s, len), .fact = fact};
  if (!x.text) return texts__memory(err);
  for (uint32_t i = t->first[fact]; i < t->first[fact + 1]; i++) {
    ans_status status = texts__ask(t, p, t->items[i], &x, len, err);
    if (status != ANS_OK) return status;
  }
  *index = c->text_count;
  c->texts[c->text_count++] = x;
  t->slots[slot] = c->text_count;
  return ANS_OK;
}

ans_status columns__text(columns__texts *t, ans_columns *c, uint32_t fact, const char *s, size_t len, const char *where, int64_t *index, ans_error *err) {
  char *normal = NULL, max[24];
  size_t n = 0;
  *index = 0;
  switch (ans_text_normal(s, len, &normal, &n)) {
    case ANS_TEXT_FINE: break;
    case ANS_TEXT_UTF8: return ans_error_set(err, ANS_INPUT, "E-COL-TEXT-UTF8", where, NULL);
    case ANS_TEXT_CONTROL: return ans_error_set(err, ANS_INPUT, "E-COL-TEXT-CONTROL", where, NULL);
    case ANS_TEXT_LONG: return ans_error_set(err, ANS_LIMIT, "E-COL-TEXT-LONG", where, ans_itoa(max, ANS_TEXT_MAX_BYTES), NULL);
    case ANS_TEXT_MEMORY: return texts__memory(err);
  }
  ans_status status = texts__add(t, c, fact, normal, n, index, err);
  free(normal);
  return status;
}
