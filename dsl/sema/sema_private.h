/* Private state of the semantic analysis, shared by the files of this folder only.
 *
 * Passes (analyse.c): header → names of units, enumerations, norms → members, results, parameters, provisions → expressions of
 * rules → exceptions, versions, benefits → cycles → cases → conflicts. Declarations are complete before the first expression is read, so the
 * order of declarations in the text never matters.
 *
 * With imports the passes run over all packages, dependencies first; the last is the one analysed. Every package has name spaces of its own
 * (the scope of a symbol holds its package) and sees of others only what it lists. The passes run twice: the first time over everything, to
 * find what the package needs (reach.c), the second time without the rest, so that indices are dense by construction and nothing is renumbered.
 *
 * Invariants: a NULL ans_tx stands for "erroneous, already reported" and silences everything that uses it (no cascades). Memory
 * exhaustion sets `oom` and ends the analysis at the next check; every table has a limit (sema_limits). One thread; one arena.
 * Files with mistakes of syntax are analysed too, as far as their items are intact; lost.c keeps silent about the consequences of the rest.
 * A model is published only if there was no error at all. */
#ifndef ANS_SEMA_PRIVATE_H
#define ANS_SEMA_PRIVATE_H
#include "base/arena.h"
#include "sema/typed.h"

enum {
  SEMA_MAX_UNITS = 256, SEMA_MAX_FACTS = 8192, SEMA_MAX_RESULTS = 8192, SEMA_MAX_RULES = 16384, SEMA_MAX_PARAMS = 4096,
  SEMA_MAX_PARAM_ROWS = 65536, SEMA_MAX_PROVISIONS = 32768, SEMA_MAX_CASES = 16384, SEMA_MAX_SYMBOLS = 1 << 18, SEMA_MAX_OTHER = 1 << 18,
  SEMA_MAX_DEPTH = 400, SEMA_MAX_HYPOTHESES = 4096, SEMA_MAX_ROWS_OF_PARAM = 4096, SEMA_MAX_PARTS = 10, SEMA_MAX_NORMS = 4096, SEMA_MAX_STATEMENTS = 16384,
  SEMA_MAX_CASE_ROWS = 1000, SEMA_MAX_CASE_FACTS = 4000 /* and expectations: names are looked for one after the other */,
  SEMA_MAX_PACKAGES = ANS_SEMA_MAX_IMPORTS + 1, SEMA_MANY_ERRORS = 1000 /* beyond it suggestions are not worth looking for */,
  SEMA_MAX_NAME = 240, SEMA_MAX_TEXT = 16000 /* bytes; the package format allows 255 and 16384 */
};

/* Growable array in the arena; elements are copied on growth, so pointers into it do not survive a push. */
typedef struct sema_vec { void *at; uint32_t n, cap, max; } sema_vec;
#define VEC_AT(type, vec, i) (&((type *)(vec).at)[i])

typedef enum sema_space { SPACE_TYPE, SPACE_NORM, SPACE_PARAM, SPACE_MEMBER, SPACE_ENUM_VALUE, SPACE_PROVISION, SPACE_BASECASE, SPACE_CASE, SPACE_BENEFIT, SPACE_LOST /* lost.c */,
  SPACE_SCHEMA /* names of units (owner 0), and of facts and results in case documents (owner: unit), over all packages */ } sema_space;
typedef enum sema_symbol_kind { SYM_UNIT, SYM_ENUM, SYM_NORM, SYM_PARAM, SYM_FACT, SYM_RESULT, SYM_VALUE, SYM_PROVISION, SYM_CASE } sema_symbol_kind;
typedef struct sema_symbol {
  uint64_t scope;                /* package << 48 | space << 32 | owner (unit or enumeration) */
  const char *name;
  uint32_t kind, index;
  bool used;
  bool lost;                     /* its type is not known after a mistake that was reported: expressions with it are silent */
  bool foreign;                  /* brought in by `nutzt`, not declared by this package */
  ans_tree *tree;
  const ans_syn *syn;            /* the declaring name, or the name in the list of `nutzt`; NULL: came along with a member in that list */
} sema_symbol;

typedef struct sema_part { const char *keyword; uint32_t count; const char **number; } sema_part;
typedef struct sema_cite { uint32_t norm, count; sema_part part[SEMA_MAX_PARTS]; } sema_cite; /* one per provision */

typedef struct sema_norm { const char *name, *doknr; bool unchecked; uint32_t package; } sema_norm;
typedef struct sema_pack {       /* a package: its header, and its files as a range of the model's */
  const char *name, *version;
  uint32_t period_kind;
  int32_t first_period, last_period;
  uint32_t first_tree, tree_count;
  const uint8_t *sha256;
} sema_pack;
typedef struct sema_origin { ans_tree *tree; const ans_syn *syn; } sema_origin; /* where a unit, fact or enumeration is declared */
typedef struct sema_clash { ans_diag_id id; const char *name; sema_origin first, second; } sema_clash;
typedef struct sema_hole { uint32_t result, index; bool fact; } sema_hole;      /* a reason text of the result names a fact or result */
typedef struct sema_param { uint32_t key_count; ans_type key[ANS_MAX_KEYS]; ans_tree *tree; const ans_syn *syn; } sema_param;
typedef struct sema_result { ans_tree *tree; const ans_syn *syn; bool bad; } sema_result; /* bad: a mistake in it, its rules or their exceptions */
typedef struct sema_rule {
  ans_rule *rule;
  uint32_t result, target;       /* target: cited provision of an exception, ANS_NONE for top rules */
  ans_tree *tree;
  const ans_syn *syn;
  bool dated;                    /* a validity is written */
  bool undated;                  /* it has a mistake: nothing is said about overlaps */
  const char *number;            /* without provision: what is known of the heading, see sema_lost_rule */
  uint8_t mark;                  /* colour of the cycle search among exceptions */
} sema_rule;
typedef struct sema_edge { uint32_t from, to; } sema_edge;
typedef struct sema_assumption { uint32_t unit, index; bool result; ans_type type; const char *name; ans_tx *value; } sema_assumption; /* index: fact or result */
typedef struct sema_hypothesis {   /* angenommen … gilt … */
  ans_tx *tx;                    /* the node in the rule, which reads the target until it is expanded */
  uint32_t from, target, count;  /* results; number of assumptions */
  sema_assumption *items;
  ans_tree *tree;
  const ans_syn *syn;
  bool done;
} sema_hypothesis;
/* A heading that could not be read: the number it names first ("32" of § 32 Abs. EStG), NULL if that is not known either. */
typedef struct sema_lost_rule { uint32_t section; const char *number; } sema_lost_rule; /* section ANS_NONE: below such a heading */
typedef struct sema_item { ans_tree *tree; const ans_syn *syn; uint32_t section, norm; bool broken; const char *number; } sema_item; /* a rule text in its section */

typedef struct sema {
  ans_arena *arena;
  ans_model *m;
  ans_diags *diags;
  ans_tree *tree;                /* file of the item at hand */
  uint32_t section;              /* provision of the current section or ANS_NONE */
  uint32_t section_norm;
  bool section_broken;           /* the heading was reported; do not call what follows uncited */
  const char *section_number;    /* then: see sema_lost_rule */
  uint32_t current_result;       /* result whose rules are read, for the dependency edges */
  bool oom;
  bool broken;                   /* some file has mistakes of syntax */
  bool no_span;                  /* the span of the package is not known: nothing is said about what lies outside */
  bool untyped;                  /* the type wanted is lost: a name alone may be a value of some enumeration */
  bool deep;                     /* the rule at hand was found too deep */
  uint32_t quiet;                /* > 0: what is read was reported elsewhere */
  uint32_t declared;             /* results before hypotheticals are expanded */
  sema_pack *packs; uint32_t pack_count; /* dependencies first; the last is the package analysed */
  uint32_t package;              /* of `tree` */
  bool last_run;                 /* the second of two: only what is needed is declared */
  const ans_syn **dropped; uint32_t dropped_count; /* declarations of other packages that are not needed; ascending addresses */
  sema_vec unit_origin, fact_origin, enum_origin, holes, clashes; /* parallel to units, facts, enums */
  sema_vec symbols; uint32_t *buckets; uint32_t bucket_count;
  bool unit_lost[SEMA_MAX_UNITS + 2]; /* by unit (0: the uniform one): some rule there names no known result; the last: some rule names no known unit */
  sema_vec lost_rules;           /* rules that could not be read or have no result */
  sema_vec units, enums, enum_values, predicates, predicate_texts, norms, facts, sources, params, param_rows, param_side, provisions, cites, results, result_side, rules,
      benefits, statements, statement_side, cases, edges, items, hypotheses;
} sema;

/* Where an expression is read: unit of the row, and the day that timelines are asked for (NULL: none). */
typedef struct sema_scope {
  uint32_t unit, depth;
  ans_tx *day;
  bool day_blocked;              /* the surrounding day belongs to another unit's row */
  bool *day_used;
} sema_scope;

/* Warnings about an imported package are given when that package is checked; the consequences of what is lost are not said at all. */
#define SEMA_ERR0(s, id, n) SEMA_SAY(s, ANS_DIAG_##id, n, (char *)NULL)
#define SEMA_ERR(s, id, n, ...) SEMA_SAY(s, ANS_DIAG_##id, n, __VA_ARGS__, (char *)NULL)
#define SEMA_SAY(s, id, n, ...)                                                                                                     \
  do {                                                                                                                              \
    if (!sema__muted((s), id, (n))) ans_diags_add((s)->diags, id, &(s)->tree->source, sema__first((s), (n)), sema__last((s), (n)), __VA_ARGS__); \
  } while (0)

/* lost.c */
void sema__lose_broken(sema *s);                            /* what the parser skipped */
void sema__lose(sema *s, const ans_syn *n);                 /* every word of an item that is given up after a report */
bool sema__is_lost(sema *s, const char *word);
bool sema__heading_lost(sema *s, const ans_syn *n, const char **number); /* an ERROR node: does it begin like a section, and with which number? */
bool sema__norm_lost(sema *s, const ans_syn *n);            /* an ERROR node that begins like a norm: its second word is the name */
bool sema__muted(sema *s, ans_diag_id id, const ans_syn *n); /* is the message at n a consequence of what is lost? */

/* support.c */
void *sema__alloc(sema *s, size_t count, size_t size);
void *sema__push(sema *s, sema_vec *v, size_t size, const char *what); /* zeroed element or NULL (reported) */
char *sema__format(sema *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
const ans_token *sema__first(const sema *s, const ans_syn *n);
const ans_token *sema__last(const sema *s, const ans_syn *n);
const ans_syn *sema__child(const ans_syn *n, uint32_t i);   /* NULL when absent */
const char *sema__text(sema *s, const ans_syn *n);          /* text of a leaf (first token) */
const char *sema__words(sema *s, const ans_syn *n);         /* text of all tokens, blanks folded */
const char *sema__words_of(sema *s, const char *text);      /* blanks folded, control characters dropped */
const char *sema__string(sema *s, const ans_syn *n);        /* unquoted; "" for NULL */
uint32_t sema__line(const sema *s, const ans_syn *n);
const ans_syn *sema__strip(const ans_syn *n);               /* without parentheses */
void sema__enter(sema *s, ans_tree *tree);                  /* this file, and its package's name spaces, from now on */
uint32_t sema__package_of(const sema *s, const ans_tree *tree);
static inline uint32_t sema__own(const sema *s) { return s->pack_count - 1; }
static inline sema_space sema__space(const sema_symbol *y) { return (sema_space)(y->scope >> 32 & 0xFFFF); }
sema_symbol *sema__find(sema *s, sema_space space, uint32_t owner, const char *name);
sema_symbol *sema__declare(sema *s, sema_space space, uint32_t owner, const ans_syn *name, uint32_t kind, uint32_t index); /* reports duplicates */
sema_symbol *sema__declare_text(sema *s, sema_space space, uint32_t owner, const char *name, const ans_syn *at, uint32_t kind, uint32_t index);
typedef struct sema_place { sema_space space; uint32_t owner; } sema_place;
const char *sema__near(sema *s, const char *name, const sema_place *places, size_t n);      /* a name of these scopes that is close, or NULL */
void sema__suggest(sema *s, const ans_syn *at, const char *name, const sema_place *places, size_t n, const char *const *extra, size_t extra_n);
bool sema__unit(sema *s, const ans_syn *name, uint32_t *unit); /* by name or alias; reports */
const char *sema__unit_name(const sema *s, uint32_t unit);

/* types.c */
const char *sema__type_name(sema *s, ans_type t);
bool sema__type(sema *s, const ans_syn *n, ans_type *out);  /* TYPE node */
bool sema__same_type(ans_type a, ans_type b);
static inline ans_type sema__plain(ans_type_tag tag) { ans_type t = {(uint8_t)tag, 0, 0, 0, 0}; return t; }
bool sema__is_literal(const ans_syn *n);
bool sema__literal(sema *s, const ans_syn *n, int64_t *value, ans_type *type);          /* numbers, dates, truth values */
bool sema__value(sema *s, const ans_syn *n, ans_type want, int64_t *value);             /* literal or enumeration value of that type; reports */
bool sema__date(sema *s, const ans_syn *n, int32_t *day);
bool sema__month(sema *s, const ans_syn *n, int32_t *month);
bool sema__period_number(sema *s, uint32_t kind, const ans_syn *n, int32_t *number); /* another form than the kind's is an error */
bool sema__interval(sema *s, const ans_syn *from, const ans_syn *to, int32_t *first, int32_t *last); /* NULL: open; reports order */
bool sema__integer(sema *s, const ans_syn *n, int64_t *value);                          /* leading digits of a leaf */

/* cite.c */
uint32_t sema__provision(sema *s, const ans_syn *citation, bool unchecked);             /* index or ANS_NONE (reported) */
uint32_t sema__source_text(sema *s, const ans_syn *string, bool unchecked);             /* a source named by a text */
bool sema__covers(const sema *s, uint32_t target, uint32_t provision);                  /* provision at or below target */
bool sema__open_section(sema *s, const ans_syn *section, bool needed);                  /* not needed: only its law holds for what follows */

/* tx.c */
ans_tx *sema__tx(sema *s, const sema_scope *sc, ans_tx_kind kind, ans_type type, const ans_syn *syn, uint32_t n, ans_tx *const *args);
ans_tx *sema__const(sema *s, ans_type type, int64_t value, const ans_syn *syn);
ans_tx *sema__period(sema *s, uint32_t which, const ans_syn *syn);
void sema__period_word(sema *s, uint32_t token); /* reports a phrase "… des Monats" (or Monat) in a package of another period kind */
ans_tx *sema__rescale(sema *s, const sema_scope *sc, ans_tx *x, ans_type want, const ans_syn *syn);
ans_tx *sema__coerce(sema *s, const sema_scope *sc, ans_tx *x, ans_type want, const ans_syn *syn);
bool sema__unify(sema *s, const sema_scope *sc, const ans_syn *at, const char *op, ans_tx **a, ans_tx **b);
bool sema__numeric(ans_type t);
bool sema__ordered(ans_type t);                                                         /* numbers, dates, months */
ans_tx *sema__arith(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, const char *op, ans_tx *a, ans_tx *b);
ans_tx *sema__multiply(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx *a, ans_tx *b);
/* gerundet(a [* factor] [/ divisor]; mode; grain); factor and divisor may be NULL. */
ans_tx *sema__round(sema *s, const sema_scope *sc, const ans_syn *call, ans_tx *a, ans_tx *factor, ans_tx *divisor, uint32_t mode, const ans_syn *grain);
ans_tx *sema__unit_of_measure(sema *s, const sema_scope *sc, ans_tx *x, uint8_t measure, uint8_t per, const ans_syn *syn); /* the same number */

/* path.c */
ans_tx *sema__path(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint);
bool sema__path_known(sema *s, const sema_scope *sc, const ans_syn *n);                 /* resolves to more than an enumeration value */
/* numeric: the timeline must hold numbers, otherwise truth values. */
bool sema__path_timeline(sema *s, const sema_scope *sc, const ans_syn *n, const char *function, bool numeric, uint32_t *fact, ans_tx **row);
sema_symbol *sema__param_of(sema *s, const sema_scope *sc, const ans_syn *n);           /* the parameter a path or call names, or NULL */
ans_tx *sema__param(sema *s, const sema_scope *sc, const ans_syn *n, sema_symbol *sym, ans_tx *day);
ans_tx *sema__day(sema *s, const sema_scope *sc, const ans_syn *n);                     /* the day asked for; NULL if there is none */
/* The text with the names of the case documents in its holes; reports names that are not known. */
const char *sema__check_holes(sema *s, uint32_t unit, const char *text, const ans_syn *at);

/* expr.c, call.c */
ans_tx *sema__expr(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint);
ans_tx *sema__condition(sema *s, const sema_scope *sc, const ans_syn *n);
ans_tx *sema__call(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint);
ans_tx *sema__aggregate(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint);

/* text.c: texts and lists */
bool sema__steers(ans_type t);                                                          /* Text or list: asked about, never computed */
/* True, and reported, if op joins a text or a list with something. */
bool sema__not_for_steering(sema *s, const ans_syn *at, const char *op, ans_type a, ans_type b);
const char *sema__text_literal(sema *s, const ans_syn *n);                              /* in normal form; NULL after a report */
bool sema__text_literal_at(const ans_syn *n);
bool sema__text_comparison(const ans_syn *n);                                           /* COMPARE with a text in quotation marks */
ans_tx *sema__text_compare(sema *s, const sema_scope *sc, const ans_syn *n, const char *op);
ans_tx *sema__text_in(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx *x);      /* IN with a text x */
ans_tx *sema__matches(sema *s, const sema_scope *sc, const ans_syn *n);
ans_tx *sema__contains(sema *s, const sema_scope *sc, const ans_syn *n);
ans_tx *sema__count_in(sema *s, const sema_scope *sc, const ans_syn *n, const ans_syn *operand);
bool sema__list_type(sema *s, const ans_syn *n, ans_type *out);
bool sema__list_value(sema *s, const ans_syn *n, ans_type type, int64_t *set);

/* import.c: packages and what they take from each other */
bool sema__packs(sema *s, const ans_sema_package *packages, uint32_t n);                /* headers, versions, periods */
void sema__import_types(sema *s);                                                       /* of the package at hand, before its own declarations */
void sema__import_members(sema *s);
void sema__schema(sema *s);                                                             /* one name, one thing in the case documents of the program */
void sema__clashes(sema *s);                                                            /* reports those that sema__schema found in the second run */
sema_symbol *sema__case_member(sema *s, uint32_t unit, const char *name);               /* visible here, or a fact or result of the case documents */
bool sema__case_unit(sema *s, const ans_syn *name, uint32_t *unit);                     /* reports */
bool sema__hidden(sema *s, const ans_syn *at, uint32_t unit, const char *name);        /* a note if another package has such a member */
bool sema__imports(sema *s);                                                            /* the model's list of packages */

/* reach.c */
bool sema__dropped(const sema *s, const ans_syn *n);                                    /* a declaration that nobody needs */
void sema__reach(sema *s);                                                              /* fills `dropped` */

/* hypothesis.c */
ans_tx *sema__hypothesis(sema *s, const sema_scope *sc, const ans_syn *n);
void sema__hypotheses(sema *s);                                                         /* after the exceptions are attached, before the search for circles */

/* statement.c */
void sema__declare_statement(sema *s, const ans_syn *n);
void sema__statements(sema *s);                                                          /* abgebildet: something must be; after rules and parameters */

/* declare.c, param.c, rule.c, exception.c, benefit.c, testcase.c: one pass each over the items */
void sema__declare_names(sema *s);
void sema__declare_members(sema *s);
void sema__declare_param(sema *s, const ans_syn *n);
void sema__check_param(sema *s, uint32_t param);
/* False: reported, and *unit is ANS_NONE unless only the result is unknown. typed: its type is known. */
bool sema__result_path(sema *s, const ans_syn *path, uint32_t *unit, uint32_t *result, bool *typed);
void sema__defaults(sema *s);
void sema__rules(sema *s);
void sema__lost_rule(sema *s, uint32_t section, const char *number);                                         /* a rule of that section cannot be found by its exceptions */
void sema__attach(sema *s);
void sema__versions(sema *s);
void sema__cycles(sema *s);
void sema__benefits(sema *s);
void sema__cases(sema *s);
void sema__conflicts(sema *s, uint32_t results);                                        /* clash.c: provable conflicts of the first results, on the published model */
void sema__unused(sema *s);
void sema__confusable(sema *s);                                                          /* confusable.c: names that look alike */
#endif
