/* Random typed models, built without syntax, and random components for them. Everything here is synthetic.
 *
 * A model is what the analysis would hand to the lowering: types and units of measure agree, grains are set, results are acyclic in
 * `order` (which differs from their index on purpose). Data is generated apart from columns, so that the properties can permute,
 * complete and regroup it before it is laid out. Memory: a model and its data live in arenas freed by their _free functions. */
#ifndef ANS_TESTS_GEN_MODEL_H
#define ANS_TESTS_GEN_MODEL_H
#include "base/arena.h"
#include "columns/columns.h"
#include "random.h"
#include "sema/typed.h"

enum { GEN_UNITS = 4 /* uniform and three base units */, GEN_PERIODS = 3 };

typedef struct gen_options {
  bool monotone;      /* no bekannt, vorhanden, gilt als (section 2.3) */
  bool no_rank;       /* no ranks: their ties depend on row order */
  bool small;         /* a few results over fewer facts: many programs a second */
  bool kinds;         /* the period kind is drawn too: mostly months, and days, half-years, years; without it months */
  bool benefit;       /* one benefit over unit 2, so that the model can be decided */
} gen_options;

typedef struct gen_traits {
  bool nested;        /* exceptions at least three deep */
  bool timelines, groups, ranks, derived /* groups made by rules */, texts, lists, extreme, superseding /* law promulgated later than other law for the same days */;
  bool averages, day_counts, deadlines;
  bool dated, promulgated; /* rules with validity; known earlier or later than valid */
  bool tables[1 + ANS_MAX_KEYS], ranges; /* parameters asked with so many keys; with several ranges of a key */
  uint32_t bounded;   /* facts with declared bounds */
  uint32_t worlds;    /* hypotheticals */
} gen_traits;

/* The caller frees with gen_model_free. Aborts on memory exhaustion: this is a test. */
ans_model *gen_model(uint64_t seed, gen_options options, gen_traits *traits);
void gen_model_free(ans_model *m);

typedef struct gen_timeline { uint32_t count; ans_interval *items; } gen_timeline;
typedef struct gen_override { uint32_t result, row; ans_scalar value; } gen_override;
typedef struct gen_component {
  uint32_t rows[GEN_UNITS];
  uint32_t *household[GEN_UNITS];
  ans_scalar **facts;          /* per fact: cell per row; REF values are rows relative to the component */
  bool **set;                  /* per fact: false = not set at all (missing) */
  gen_timeline **timelines;    /* per fact */
  uint32_t override_count;
  gen_override *overrides;
} gen_component;
typedef struct gen_data {
  uint32_t count;
  gen_component *components;
  int32_t periods[GEN_PERIODS];
  uint64_t pointers, cross_pointers, unknowns;
  ans_arena *arena;
} gen_data;

/* Rows for a model: fewer where a period has more days, since the reference and the naive lowering do the work of every day. */
uint32_t gen_rows(const ans_model *m, uint32_t rows);
gen_data *gen_data_new(uint64_t seed, const ans_model *m, uint32_t rows, bool extreme);
void gen_data_free(gen_data *d);
/* Lays out the components order[0…n) (NULL: all, in sequence). rows_order, if given, permutes the rows of each unit of each component:
 * rows_order[component][unit][i] = row to add as i-th. NULL with *err set if the builder refused. */
ans_columns *gen_columns(const ans_program *p, const ans_model *m, const gen_data *d, const uint32_t *order, uint32_t n,
                         uint32_t *(*rows_order)[GEN_UNITS], ans_error *err);
/* Texts of random facts; a generated TEXT value is an index here until it is laid out. Some differ in normal form only. */
enum { GEN_TEXT_COUNT = 16 };
extern const char *const GEN_TEXTS[GEN_TEXT_COUNT];
/* A random admissible value of a fact's type for a row of the component; state is not a value if the type has none (no target rows). */
ans_scalar gen_value(rnd *r, const ans_model *m, ans_type t, const gen_component *k, bool extreme);
/* The same of a fact: within its declared bounds, and often at one of them. */
ans_scalar gen_fact_value(rnd *r, const ans_model *m, uint32_t fact, const gen_component *k, bool extreme);
#endif
