/* The typed tree: names resolved, types and units of measure checked, citations resolved to provision indices. It is what the
 * reference interpreter (tests/reference) executes and what dsl/lower turns into bytecode. Immutable after analysis; one arena. */
#ifndef ANS_SEMA_TYPED_H
#define ANS_SEMA_TYPED_H
#include "code/program.h" /* ans_type, ans_provision, ans_fact, ans_enum, ans_param…: declarations share these structs */
#include "syntax/tree.h"

typedef enum ans_grain { ANS_GRAIN_UNIFORM, ANS_GRAIN_ROW, ANS_GRAIN_DAY } ans_grain;

typedef enum ans_tx_kind {
  ANS_TX_CONST,        /* value (BOOL 0/1, numbers, dates, enum index) */
  ANS_TX_NONVALUE,     /* state (HUMAN with provision; used for ermessen/beurteilung/nicht abgebildet consequences) */
  ANS_TX_PERIOD,       /* index: 0 month number (packages by the month only), 1 first day, 2 last day */
  ANS_TX_DAY,          /* the day of day grain */
  ANS_TX_SELF,         /* this row as REF */
  ANS_TX_FACT,         /* index = fact; arg[0] = REF row expression or NULL (this row). Scalar facts only */
  ANS_TX_TL_AT,        /* index = fact; arg[0] = row or NULL; arg[1] = day */
  ANS_TX_TL_LAST_END,  /* index = fact; arg[0] = row or NULL; arg[1] = day */
  ANS_TX_TL_NEXT_START,/* likewise */
  ANS_TX_RESULT,       /* index = result; arg[0] = row or NULL; arg[1] = day for day-grain results (NULL: row grain) */
  ANS_TX_PARAM,        /* index = param; arg[0] = day; arg[1…] keys */
  ANS_TX_NOT, ANS_TX_AND, ANS_TX_OR,
  ANS_TX_ADD, ANS_TX_SUB, ANS_TX_MUL, ANS_TX_NEG, ANS_TX_MIN2, ANS_TX_MAX2,
  ANS_TX_DIVR,         /* arg[0]/arg[1], result scaled by `scale` digits then rounded; index = ans_rounding. exact rational value: round(a/b * 10^type.scale scaled ints) */
  ANS_TX_EQ, ANS_TX_NE, ANS_TX_LT, ANS_TX_LE,   /* > and >= are swapped */
  ANS_TX_SELECT,       /* arg[0] condition (GUARD semantics implied), arg[1], arg[2] */
  ANS_TX_KNOWN, ANS_TX_PRESENT, ANS_TX_DEFAULT,
  ANS_TX_YEARS_DONE,   /* arg[0] date of birth, arg[1] years → DATE */
  ANS_TX_ADD_MONTHS,   /* arg[0], arg[1]; index = ans_clip */
  ANS_TX_MONTH_OF, ANS_TX_MONTH_FIRST, ANS_TX_MONTH_LAST, ANS_TX_YEAR_OF,
  ANS_TX_DAYS_ANY, ANS_TX_DAYS_ALL, ANS_TX_DAYS_COUNT,  /* arg[0] of day grain */
  ANS_TX_AGG_COUNT, ANS_TX_AGG_SUM, ANS_TX_AGG_MIN, ANS_TX_AGG_MAX, ANS_TX_AGG_ANY, ANS_TX_AGG_ALL,
                       /* index = pointer fact in the member unit; arg[0] = filter or NULL (member unit), arg[1] = element or NULL (member unit);
                          arg[2] = target row (REF expression in the current unit) or NULL = this row;
                          arg[3] = the reference itself (row-grain REF expression in the member unit), then index is ANS_NONE; NULL: the pointer fact */
  ANS_TX_RANK,         /* index = pointer fact of the current unit (= member unit); arg[0] = filter or NULL, arg[1] = key,
                          arg[2] = the reference (as arg[3] above) or NULL */
  ANS_TX_MULR,         /* arg[0]·arg[1] or arg[0]·arg[1]/arg[2], exact, then rounded to type.scale; index = ans_rounding */
  ANS_TX_UNIT,         /* arg[0] under the measure and per of `type`: the last step of a conversion */
  ANS_TX_TL_DAYS,      /* index = truth-valued timeline; arg[0] = row or NULL; arg[1], arg[2] = first and last day of the span */
  ANS_TX_HOLIDAY, ANS_TX_WORKDAY, /* arg[0] = date; index = ans_jurisdiction */
  ANS_TX_TEXT_IS,      /* arg[0] = text; index = predicate of its fact */
  ANS_TX_LIST_HAS,     /* arg[0] = list, arg[1] = value of its enumeration */
  ANS_TX_LIST_COUNT,   /* arg[0] = list */
  ANS_TX_COUNT
} ans_tx_kind;

typedef struct ans_tx ans_tx;
struct ans_tx {
  uint16_t kind;
  uint8_t grain;                 /* ans_grain */
  uint8_t state;                 /* NONVALUE */
  uint32_t unit;                 /* base unit the expression is evaluated in (0 = uniform) */
  ans_type type;
  uint32_t index;                /* fact, result, param … see kind */
  int64_t value;                 /* CONST */
  uint32_t provision;            /* NONVALUE, else ANS_NONE */
  uint32_t count; ans_tx **arg;
  const ans_syn *syntax;         /* for text and position; may be NULL in generated trees */
  const ans_tx *origin;          /* the node of the text that a hypothetical copied, or NULL */
};

typedef enum ans_rule_kind { ANS_RULE_PLAIN, ANS_RULE_BLOCK, ANS_RULE_OVERRIDE } ans_rule_kind; /* top rules are PLAIN */
typedef struct ans_rule ans_rule;
struct ans_rule {
  uint8_t kind;
  uint8_t human;                 /* ermessen/beurteilung/nicht abgebildet: PLAIN → value is NONVALUE human; BLOCK → live = condition and human */
  uint8_t nature;                /* ans_human_kind below when human */
  uint32_t provision;
  int32_t from_day, to_day, promulgated_day; /* validity, sentinels when open */
  ans_tx *condition;             /* or NULL = always */
  ans_tx *value;                 /* PLAIN, OVERRIDE; NULL = true; always NULL for BLOCK */
  const char *reason, *reason_not, *text; /* "" if none; text = folded source text of the condition (or of the value) */
  uint32_t line;
  const char *path;              /* source file */
  uint32_t exception_count; ans_rule **exceptions; /* source order */
  uint32_t superseder_count; ans_rule **superseders; /* versions promulgated later (semantics 4.4); only their dates matter */
  const ans_rule *origin;        /* the rule of the text that a hypothetical copied, or NULL */
};
typedef enum ans_human_kind { ANS_HUMAN_ERMESSEN, ANS_HUMAN_BEURTEILUNG, ANS_HUMAN_NOT_MODELLED } ans_human_kind;

typedef struct ans_tresult {
  const char *name, *label;
  uint32_t unit;                 /* base unit */
  uint8_t grain;                 /* ROW or DAY */
  ans_type type;
  uint32_t provision;            /* or ANS_NONE */
  ans_tx *fallback;              /* default; NULL = false for BOOL, n/a otherwise (sema demands `sonst` unless BOOL) */
  uint32_t rule_count; ans_rule **rules; /* top rules, source order */
  uint32_t order;                /* position in a topological order of results */
  bool imported;                 /* declared by another package (or a hypothetical copy of such a one) */
} ans_tresult;

typedef struct ans_tgiven_value { ans_scalar value; int32_t from, to; const char *ref_row; /* REF: row name */ const char *text; /* TEXT, in normal form */ } ans_tgiven_value;
typedef struct ans_tgiven { uint32_t unit; const char *row; uint32_t fact; /* or ANS_NONE */ uint32_t result; /* override, or ANS_NONE */ uint32_t value_count; ans_tgiven_value *values; uint32_t line; bool own; /* said in the case itself, not in its base case */ } ans_tgiven;
typedef struct ans_texpect { const char *row; uint32_t result; int32_t from_period, to_period; ans_scalar value; uint32_t missing_count; struct { const char *row; uint32_t fact; } *missing; uint32_t line; } ans_texpect;
typedef struct ans_tcase {
  const char *name, *path; uint32_t line;
  uint32_t provision_count; uint32_t *provisions;
  uint32_t row_count; struct ans_trow { uint32_t unit; const char *name; } *rows; /* in order of first mention, base case first */
  uint32_t given_count; ans_tgiven *givens;     /* base case merged, later ones win */
  uint32_t expect_count; ans_texpect *expects;
} ans_tcase;

/* `abgebildet "…"`, `nicht abgebildet "…"`: what is said of a provision and of everything below it. One entry for each scope. */
typedef struct ans_tstatement {
  uint32_t provision, until;     /* until: the last one of a range, else ANS_NONE */
  uint8_t modelled;
  const char *text, *path; uint32_t line;
} ans_tstatement;

typedef struct ans_model {
  const char *name, *version, *title;
  uint32_t period_kind;                          /* ans_period_kind; the two numbers are of it */
  int32_t first_period, last_period;
  ans_unit *units; uint32_t unit_count;          /* base units only; [0] = uniform */
  ans_fact *facts; uint32_t fact_count;
  ans_source_rank *sources; uint32_t source_count;
  ans_enum *enums; uint32_t enum_count; const char **enum_values; uint32_t enum_value_count;
  ans_predicate *predicates; uint32_t predicate_count; const char **predicate_texts; uint32_t predicate_text_count; /* questions about texts */
  ans_param *params; uint32_t param_count; ans_param_row *param_rows; uint32_t param_row_count;
  ans_provision *provisions; uint32_t provision_count;
  ans_tstatement *statements; uint32_t statement_count;
  ans_tresult *results; uint32_t result_count;
  ans_benefit *benefits; uint32_t benefit_count;
  ans_tcase *cases; uint32_t case_count;
  struct ans_arena *arena;
  ans_tree **trees; uint32_t tree_count;         /* borrowed; must outlive the model; the package's own come first */
  uint32_t own_tree_count;
  uint32_t first_own_param;                      /* parameters before it are declared by other packages */
  const ans_import *imports; uint32_t import_count;
} ans_model;

/* Analyses the parsed files of one package (in the given order; the first holds the package header). Errors go to diags. *out is set
 * only when there were none. */
ans_status ans_sema_analyse(ans_tree **trees, uint32_t n, ans_diags *diags, ans_model **out, ans_error *err) ANS_MUST_CHECK;
/* The same for a package that uses others (nutzt): all packages it reaches, each after those it uses, the package itself last. sha256:
 * identity of the package file as built by itself (NULL for the last). What the package does not need of the others is left out. */
typedef struct ans_sema_package { ans_tree **trees; uint32_t tree_count; const uint8_t *sha256; } ans_sema_package;
enum { ANS_SEMA_MAX_IMPORTS = 64 };
ans_status ans_sema_analyse_packages(const ans_sema_package *packages, uint32_t n, ans_diags *diags, ans_model **out, ans_error *err) ANS_MUST_CHECK;
void ans_model_free(ans_model *m);
#endif
