/* Private to dsl/mutate: the list under construction. A mutant is a list of edits, each of at most eight bytes somewhere in the model; the
 * new bytes stand in the edit and are exchanged with the model's, so that applying twice restores. */
#ifndef ANS_MUTATE_PRIVATE_H
#define ANS_MUTATE_PRIVATE_H
#include "base/arena.h"
#include "mutate/mutate.h"

typedef struct mutate_edit { void *where; size_t size; unsigned char bytes[8]; } mutate_edit;
typedef struct mutate_entry { ans_mutant shown; uint32_t file; uint32_t serial; uint32_t edit_count; mutate_edit *edits; } mutate_entry;
/* A node or rule of the text, and where its own mutants stand in the list. */
typedef struct mutate_seen { const void *key; uint32_t first, count; } mutate_seen;
typedef struct mutate_place { const ans_syn *syn; uint32_t tree; } mutate_place;

struct ans_mutants {
  ans_model *model;
  ans_arena *arena;
  mutate_entry *entries; uint32_t count, cap;
  ans_mutant_mark *marks; uint32_t mark_count, mark_cap;
  mutate_place *places; uint32_t place_count, place_cap; /* every syntax node with its tree, sorted by address */
  mutate_seen *seen; uint32_t seen_count, seen_cap;      /* nodes and rules already visited */
  const mutate_seen *join; uint32_t joined;              /* the place visited again, whose mutants get the next edits; how many of them had theirs */
  bool failed, full;
};

/* Where mutants of the current rule, default or parameter belong. */
typedef struct mutate_site { uint32_t result, param, provision; const char *path; uint32_t line; const char *text; } mutate_site;

/* One text may stand in several places of the model: an operand of `in (…)` below each of its alternatives, a rule in the world of each
 * hypothetical. A mutant is a mistake in the text, so it is made in all of them at once. mutate__begin opens the text `key`: true when it is
 * met for the first time; else mutate__add finds the mutants again instead of adding them. mutate__end closes it; they do not nest. */
bool mutate__begin(ans_mutants *m, const void *key);
void mutate__end(ans_mutants *m, const void *key);
/* Takes the text as met, without mutants. */
void mutate__pass(ans_mutants *m, const void *key);
bool mutate__met(const ans_mutants *m, const void *key);
void *mutate__array(ans_mutants *m, size_t count, size_t size);
void *mutate__grow(ans_mutants *m, void *old, uint32_t count, uint32_t *cap, size_t size);
const char *mutate__copy(ans_mutants *m, const char *text);
/* A new mutant without edits at the site; NULL after a failure. x (may be NULL) narrows line and text. */
mutate_entry *mutate__add(ans_mutants *m, ans_mutation operation, const mutate_site *site, const ans_tx *x, const char *before, const char *after);
void mutate__edit(ans_mutants *m, mutate_entry *e, void *where, const void *bytes, size_t size);
ans_tree *mutate__tree(const ans_mutants *m, const ans_syn *syn, uint32_t *file);
uint32_t mutate__file(const ans_mutants *m, const char *path); /* ANS_NONE if unknown */

/* expr.c */
void mutate__expression(ans_mutants *m, const mutate_site *site, ans_tx **slot);
/* text.c: a fixed value as it would be written */
const char *mutate__value(ans_mutants *m, ans_type type, int64_t v);
/* params.c */
void mutate__params(ans_mutants *m);
/* marks.c */
void mutate__marks(ans_mutants *m);
#endif
