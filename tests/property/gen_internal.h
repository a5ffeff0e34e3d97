/* Shared by gen_model.c and gen_expr.c. */
#ifndef ANS_TESTS_GEN_INTERNAL_H
#define ANS_TESTS_GEN_INTERNAL_H
#include "gen_model.h"

enum { GEN_MAX_PROVISIONS = 512, GEN_MAX_FACTS = 96, GEN_MAX_PARAMS = 4, GEN_MAX_PREDICATES = 64, GEN_MAX_LITERALS = 256, GEN_DAY_2015 = 16436 /* 2015-01-01 */ };
enum {
  GEN_BOOL, GEN_INT, GEN_YEARS, GEN_MONTHCOUNT, GEN_DAYS, GEN_DECIMAL, GEN_HOURS, GEN_MONEY, GEN_DATE, GEN_MONTH, GEN_ENUM_A, GEN_ENUM_B,
  GEN_REF_1, GEN_REF_2, GEN_REF_3, GEN_TYPE_COUNT
};
extern const ans_type GEN_TYPES[GEN_TYPE_COUNT];

typedef struct gen {
  rnd r;
  gen_options options;
  ans_arena *arena;
  ans_model *m;
  gen_traits traits;
  bool extreme;
  bool key_enum[GEN_MAX_PARAMS][ANS_MAX_KEYS];
  bool key_ranges[GEN_MAX_PARAMS];  /* some key of the table has several ranges */
  uint32_t line, depth_seen;
} gen;

/* Where an expression stands. */
typedef struct scope {
  uint32_t unit;
  bool day;          /* day grain: the day may be used */
  uint32_t limit;    /* results with order < limit may be used */
} scope;

void *gen__alloc(gen *g, size_t count, size_t size);
const char *gen__name(gen *g, const char *stem, uint32_t n);
/* Questions about every text fact, for the model's table. */
void gen__predicates(gen *g);
bool gen__same_type(ans_type a, ans_type b);
uint32_t gen__provision(gen *g, uint32_t parent);
int64_t gen__constant(gen *g, ans_type t);
ans_tx *gen__const(gen *g, ans_type t, int64_t v);
ans_tx *gen__node(gen *g, scope s, ans_tx_kind kind, ans_type t, uint32_t n, ans_tx **args);
uint8_t gen__grain(ans_tx_kind kind, uint32_t n, ans_tx **args);
/* A random expression of type t. */
ans_tx *gen__expr(gen *g, scope s, ans_type t, uint32_t depth);
/* Hypotheticals over the results so far (gen_world.c); the array must hold GEN_WORLDS times as many. */
enum { GEN_WORLDS = 22 };
void gen__hypotheticals(gen *g);
#endif
