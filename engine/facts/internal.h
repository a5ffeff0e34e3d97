/* Private to engine/facts: one assertion prepared for resolution, and the one function that decides what is known on a day. The loader and the
 * provenance query share it, so that an explanation can never name another source than the one the decision used. */
#ifndef ANS_FACTS_INTERNAL_H
#define ANS_FACTS_INTERNAL_H
#include "base/error.h"
#include "facts/facts.h"

enum { FACTS_MAX_COMPONENT_ROWS = 10000, FACTS_MAX_ASSERTIONS_PER_CELL = 4096, FACTS_MAX_COMPONENT_ASSERTIONS = 2000000 };

typedef struct facts__claim {     /* an assertion about one fact */
  int32_t from, to;               /* scalar facts: the open sentinels, whatever the source said */
  int64_t value;                  /* typed: truth value, number, day, index of the enumeration, subject id of a reference, number of a text, set of a list */
  uint32_t rank;                  /* 0 is the highest precedence */
  uint8_t state;                  /* ANS_VALUE, ANS_NOT_APPLICABLE, or above: unknown */
  bool outside;                   /* a value outside the bounds that the package declares: it takes part like any other, but nobody decides on it */
  const char *source, *reason, *author; /* interned by the store */
  int64_t evidence, recorded_at;
} facts__claim;

typedef enum facts__outcome { FACTS_MISSING, FACTS_KNOWN /* value or n/a */, FACTS_UNKNOWN /* asserted unknown */, FACTS_CONTRADICTORY, FACTS_OUTSIDE /* the value that counts lies outside the declared bounds */ } facts__outcome;
typedef struct facts__resolved { facts__outcome outcome; uint32_t winner, other; /* indices; `other` contradicts */ } facts__resolved;

/* What the claims covering `day` say together (product rule in facts.h). */
facts__resolved facts__resolve(const facts__claim *claims, uint32_t n, int32_t day);
/* Rank of a source for a fact; UINT32_MAX: the package does not accept this source for the fact. No declared source: every source, equal rank. */
uint32_t facts__rank(const ans_program *p, const ans_fact *f, const char *source);
/* Texts of one load by number: equal texts (in normal form) have one. Zeroed is empty. */
typedef struct facts__texts { char **items; size_t *slots, count, capacity; } facts__texts;
ans_status facts__text(facts__texts *t, const char *s, int64_t *number); /* ANS_INPUT: not a text a fact may have; ANS_MEMORY */
void facts__texts_reset(facts__texts *t);
/* A list as the store keeps it: names joined by FACTS_LIST_SEPARATOR, "" for the empty list. False: an unknown name, or one twice. */
#define FACTS_LIST_SEPARATOR ';'
bool facts__list(const ans_program *p, uint32_t enumeration, const char *s, int64_t *set);
/* Converts an assertion into a claim, checking value against the type; ANS_INPUT with err set (fact, source) when it does not fit. Values of text facts are
 * numbers of `texts`. */
ans_status facts__convert(const ans_program *p, const ans_fact *f, const ans_assertion *a, facts__texts *texts, facts__claim *out, ans_error *err);
#endif
