/* The in-memory rule package: symbol tables plus one SSA program. This is the only contract between dsl and engine.
 *
 * An instruction's index is its register (SSA): operands always refer to earlier instructions, so every program is acyclic by
 * construction and the verifier is a single pass. There are no jumps; selection is by value (SELECT, RESOLVE).
 * Each register belongs to a unit (table of rows). Unit 0 is UNIFORM with one row, the evaluated period.
 * Invariants are checked by ans_program_verify(); nothing executes before it succeeded.
 * Immutable after verification, shared freely by threads. All arrays live in the program's arena. */
#ifndef ANS_CODE_PROGRAM_H
#define ANS_CODE_PROGRAM_H
#include <stdbool.h>
#include <stddef.h>
#include "anspruch/status.h"
#include "code/state.h"

#define ANS_NONE UINT32_MAX
/* Semantics version: docs/semantics.md carries the same number; receipts store it. */
#define ANS_SEMANTICS_VERSION 4u
#define ANS_PACKAGE_FORMAT_VERSION 4u

typedef enum ans_opcode {
#define X(name, mn, res, a, b, c, gloss) ANS_OP_##name,
#include "code/opcodes.def"
#undef X
  ANS_OP_COUNT
} ans_opcode;

typedef enum ans_rounding { ANS_ROUND_HALF_UP, ANS_ROUND_UP, ANS_ROUND_DOWN } ans_rounding; /* kaufmännisch (half away from zero), auf (away from zero), ab (toward zero) */
typedef enum ans_clip { ANS_CLIP_NONE /* missing day = error of the case */, ANS_CLIP_MONTH_END, ANS_CLIP_NEXT_DAY } ans_clip;
typedef enum ans_split_kind { ANS_SPLIT_TIMELINE /* x=fact, y=ref register or NONE */, ANS_SPLIT_DATE /* x=date register of the parent unit: a segment starts on that day */, ANS_SPLIT_SEGMENTS /* x=derived unit, y=ref register */,
  ANS_SPLIT_EVERY_DAY /* x=y=0: every day of the period is a change point (31 segments in January, 366 in a leap year). Used where a value may differ from day to day in a way
                       * no other source describes: Tag in arithmetic, letztes_Ende(f; Tag), references that change by the day */ } ans_split_kind;

typedef struct ans_insn {
  uint16_t op;       /* ans_opcode */
  uint16_t unit;     /* unit whose rows the result has */
  ans_type type;     /* result type; fully determined for every opcode (the verifier recomputes or checks it) */
  uint32_t a, b, c;
} ans_insn;

/* Text spans are NUL-terminated strings in the program's arena. */
typedef struct ans_provision {   /* a citation */
  const char *text;              /* "§ 32 Abs. 4 Satz 1 Nr. 2 Buchst. a EStG" */
  const char *law;               /* "EStG" */
  uint32_t parent;               /* enclosing provision in this table or ANS_NONE */
  uint8_t unchecked;             /* quelle ungeprüft */
} ans_provision;

typedef struct ans_unit {
  const char *name;              /* "Person" */
  const char *label;             /* German gloss, may be "" */
  uint32_t parent;               /* ANS_NONE for base units; for derived (day segment) units the split unit */
} ans_unit;

typedef enum ans_fact_kind { ANS_FACT_SCALAR, ANS_FACT_TIMELINE } ans_fact_kind; /* a pointer is a SCALAR of type REF */
typedef enum ans_fact_nature { ANS_NATURE_FACT, ANS_NATURE_BEURTEILUNG, ANS_NATURE_ERMESSEN } ans_fact_nature;
enum { ANS_FACT_LEAST = 1, ANS_FACT_GREATEST = 2 }; /* ans_fact.bounds */
typedef struct ans_source_rank { const char *source; uint32_t rank; } ans_source_rank; /* equal rank = no precedence: contradiction is unknown */
typedef struct ans_fact {
  const char *name;              /* "Geburtsdatum" */
  const char *label;             /* question or description in German */
  uint32_t unit;
  ans_type type;
  uint8_t kind, nature;          /* nature != FACT: missing means state HUMAN instead of UNKNOWN */
  uint8_t from_application;      /* the application form itself supplies it (source "Antrag" declared) */
  uint32_t provision;
  uint32_t first_source, source_count; /* into sources[] */
  uint8_t bounds;                /* which of low and high are declared (ANS_FACT_…); of numbers, money, dates and months only */
  int64_t low, high;             /* the least and the greatest value that is admissible (docs/semantics.md § 1), inclusive; 0 where not declared */
} ans_fact;

/* Bytes in which one value of the fact is kept where many stand side by side: 4 if every admissible value fits int32_t (dates, references, values of an enumeration, indices of texts; numbers,
 * amounts and months by their declared bounds), else 8. */
static inline unsigned ans_fact_bytes(const ans_fact *f) {
  switch (f->type.tag) {
    case ANS_T_DATE: case ANS_T_ENUM: case ANS_T_REF: case ANS_T_TEXT: return 4;
    case ANS_T_INT: case ANS_T_DECIMAL: case ANS_T_MONEY: case ANS_T_MONTH:
      return (f->bounds & ANS_FACT_LEAST) && (f->bounds & ANS_FACT_GREATEST) && f->low >= INT32_MIN && f->high <= INT32_MAX ? 4 : 8;
    default: return 8;
  }
}

typedef struct ans_enum { const char *name; uint32_t first_value, value_count; } ans_enum; /* into enum_values[] */

/* A question that rules ask about the text of one fact. Its answer for a text is found once, when facts are loaded (engine/columns). */
typedef enum ans_predicate_kind { ANS_PREDICATE_ONE_OF /* equals one of the literals */, ANS_PREDICATE_MATCHES /* the whole text matches the one pattern */ } ans_predicate_kind;
typedef struct ans_predicate {
  uint32_t fact;                 /* of type TEXT */
  uint8_t kind;
  uint8_t bit;                   /* position among the predicates of this fact: 0, 1, … in the order of the table */
  uint32_t first_text, text_count; /* into predicate_texts[]: literals (ascending) or the pattern, in Unicode normal form C */
} ans_predicate;

enum { ANS_MAX_KEYS = 4 };       /* of a parameter */
typedef struct ans_param_row {
  int32_t from_day, to_day;      /* validity, inclusive, sentinels when open */
  int32_t promulgated_day;       /* verkündet; equals from_day when not stated */
  int64_t key_lo[ANS_MAX_KEYS], key_hi[ANS_MAX_KEYS]; /* inclusive; INT64_MIN/MAX = every key, and always so beyond the parameter's keys */
  int64_t value;
  uint32_t provision;            /* source of this row or ANS_NONE (then the parameter's) */
  uint8_t unchecked;
  uint8_t open_end;              /* no end was written: to_day only says where the next block known begins; see semantics § 4.4, law known */
} ans_param_row;
typedef struct ans_param {
  const char *name, *label;
  ans_type type;
  uint32_t provision, key_count; /* 0…ANS_MAX_KEYS */
  uint32_t first_row, row_count; /* into param_rows[], sorted by (from_day, key_lo[0], key_lo[1], …) */
} ans_param;

typedef struct ans_result {      /* ergebnis: named intermediate or final value; may be overridden by a fact */
  const char *name, *label;
  uint32_t unit;                 /* base unit, or derived unit when the result is `je Tag` */
  ans_type type;
  uint32_t insn;                 /* register holding it: of the same unit, and no other result's */
  uint32_t provision;            /* where declared or ANS_NONE */
} ans_result;

typedef struct ans_benefit {     /* leistung */
  const char *name;
  uint32_t unit;                 /* one claim per row of this unit */
  uint32_t entitled_result;      /* BOOL result */
  uint32_t amount_result;        /* MONEY result for one period (je Monat, je Tag, je Jahr as the period kind is); ANS_NONE only if information_only */
  uint32_t payout_result;        /* amount payable now (e.g. § 70 Abs. 1 Satz 2 EStG) or ANS_NONE */
  uint32_t recipient_fact;       /* pointer fact of unit: who gets it; ANS_NONE only if information_only */
  uint32_t subject_fact;         /* pointer fact of unit: for whom, or ANS_NONE */
  uint32_t regime_provision;     /* § 155 Abs. 4 AO … */
  uint32_t application_provision;/* provision that requires an application, or ANS_NONE: may issue without */
  uint8_t information_only;
} ans_benefit;

/* A package that this one was built with (nutzt): its identity is that of its own file, built from the same text. */
typedef struct ans_import { const char *name, *version; uint8_t sha256[32]; uint8_t direct; /* named in the header; 0: used by a used one */ } ans_import;

/* Trace and explanation table, one per instruction that a jurist should see. */
typedef enum ans_node_kind { ANS_NODE_NONE, ANS_NODE_RESULT /* a result's final value */, ANS_NODE_RULE /* live register of a rule */, ANS_NODE_EXCEPTION, ANS_NODE_CONDITION /* one condition of a rule */, ANS_NODE_VALUE, ANS_NODE_FACT, ANS_NODE_PARAM } ans_node_kind;
typedef struct ans_node {
  uint32_t insn;                 /* register */
  uint32_t parent;               /* enclosing node (index in nodes[]) or ANS_NONE */
  uint8_t kind;
  uint32_t provision;            /* or ANS_NONE */
  uint32_t result;               /* the result this belongs to, or ANS_NONE */
  const char *text;              /* source text of the rule/condition, or reason text; "" if none */
  const char *text_not;          /* reason when not satisfied; "" if none */
  uint32_t line;                 /* 1-based source line */
} ans_node;

typedef struct ans_program {
  const char *name, *version, *title;
  uint32_t period_kind;          /* ans_period_kind of num/period.h; 0 = calendar month */
  int32_t first_period, last_period; /* supported periods, inclusive: numbers of that kind */
  uint32_t semantics_version;
  uint8_t sha256[32];            /* identity: hash of the package file; set by save/load */
  const ans_insn *insns;           uint32_t insn_count;
  const int64_t *consts;           uint32_t const_count;
  const uint32_t *lists;           uint32_t list_count;
  const ans_unit *units;           uint32_t unit_count;   /* units[0] = UNIFORM */
  const ans_fact *facts;           uint32_t fact_count;
  const ans_source_rank *sources;  uint32_t source_count;
  const ans_enum *enums;           uint32_t enum_count;
  const char *const *enum_values;  uint32_t enum_value_count;
  const ans_predicate *predicates; uint32_t predicate_count;
  const char *const *predicate_texts; uint32_t predicate_text_count;
  const ans_param *params;         uint32_t param_count;
  const ans_param_row *param_rows; uint32_t param_row_count;
  const ans_result *results;       uint32_t result_count;
  const ans_benefit *benefits;     uint32_t benefit_count;
  const ans_provision *provisions; uint32_t provision_count;
  const ans_node *nodes;           uint32_t node_count;
  const ans_import *imports;       uint32_t import_count; /* each after those it uses */
  struct ans_arena *arena;
} ans_program;

/* --- builder (used by dsl/lower and tests): growable tables, then freeze into a verified program ------------------- */
typedef struct ans_builder ans_builder;
ans_builder *ans_builder_new(void);                       /* NULL on memory exhaustion */
void ans_builder_free(ans_builder *b);
const char *ans_builder_text(ans_builder *b, const char *s, size_t len); /* interned copy */
void ans_builder_header(ans_builder *b, const char *name, const char *version, const char *title, int32_t first_period, int32_t last_period);
void ans_builder_period_kind(ans_builder *b, uint32_t kind); /* of the header's two numbers; calendar months without this call */
/* Every add returns the new index, or ANS_NONE after a limit or memory failure (sticky; freeze reports it). Strings are copied. */
uint32_t ans_builder_unit(ans_builder *b, const ans_unit *u);   /* index 0 (UNIFORM) is made by ans_builder_new */
uint32_t ans_builder_fact(ans_builder *b, const ans_fact *f, const ans_source_rank *sources, uint32_t n);
uint32_t ans_builder_enum(ans_builder *b, const char *name, const char *const *values, uint32_t n);
uint32_t ans_builder_param(ans_builder *b, const ans_param *p, const ans_param_row *rows, uint32_t n);
/* The fact must be there already; equal predicates are shared. */
uint32_t ans_builder_predicate(ans_builder *b, uint32_t fact, ans_predicate_kind kind, const char *const *texts, uint32_t n);
uint32_t ans_builder_provision(ans_builder *b, const ans_provision *p);
uint32_t ans_builder_result(ans_builder *b, const ans_result *r);
uint32_t ans_builder_benefit(ans_builder *b, const ans_benefit *x);
uint32_t ans_builder_node(ans_builder *b, const ans_node *n);
uint32_t ans_builder_import(ans_builder *b, const ans_import *i);
uint32_t ans_builder_const(ans_builder *b, int64_t v);          /* deduplicated */
uint32_t ans_builder_list(ans_builder *b, const uint32_t *items, uint32_t n); /* offset of the first item; equal lists are shared */
uint32_t ans_builder_insn(ans_builder *b, ans_insn in);         /* deduplicates pure identical instructions (CSE) */
/* Never shared, neither with earlier nor with later instructions. Each result needs such a register of its own in its own unit (the
 * verifier demands distinct ones), because an override of one result must not reach an equal expression elsewhere. RESOLVE over the one
 * item list {r} is a copy of r. */
uint32_t ans_builder_insn_fresh(ans_builder *b, ans_insn in);
/* Freezes: verifies, and hands out an immutable program (caller frees with ans_program_free); sets its sha256. After success the builder
 * is spent: its only valid use is ans_builder_free. */
ans_status ans_builder_freeze(ans_builder *b, ans_program **out, ans_error *err) ANS_MUST_CHECK;

/* --- package file (docs/formats/package.md) ------------------------------------------------------------------------ */
ans_status ans_program_encode(ans_program *p, unsigned char **bytes, size_t *size, ans_error *err) ANS_MUST_CHECK; /* malloc'd; also sets p->sha256 */
ans_status ans_program_decode(const unsigned char *bytes, size_t size, const char *name, ans_program **out, ans_error *err) ANS_MUST_CHECK; /* checks magic, version, checksum, structure, verifier */
ans_status ans_program_load(const char *path, ans_program **out, ans_error *err) ANS_MUST_CHECK;
ans_status ans_program_save(ans_program *p, const char *path, ans_error *err) ANS_MUST_CHECK; /* atomic: temp file + fsync + rename */
void ans_program_free(ans_program *p);

/* Checks every invariant; first violation wins, naming instruction and reason. */
ans_status ans_program_verify(const ans_program *p, ans_error *err) ANS_MUST_CHECK;

#include <stdio.h>
/* Text form, one line per instruction, tables first. Deterministic. */
void ans_program_disassemble(const ans_program *p, FILE *out);
const char *ans_opcode_mnemonic(ans_opcode op);

/* Types. Equality ignores ref unless the tag is ENUM, REF, TEXT or LIST (the builder stores 0 there). */
bool ans_type_equal(ans_type a, ans_type b);
bool ans_type_numeric(ans_type t);                         /* INT, DECIMAL, MONEY */
bool ans_type_has_ref(ans_type t);                         /* ENUM, REF, TEXT, LIST */
/* The least and the greatest possible value of a type; all between them are possible (for REF and TEXT as in ans_type_holds). False: the type has none. */
bool ans_type_bounds(const ans_program *p, ans_type t, int64_t *low, int64_t *high);
bool ans_type_holds(const ans_program *p, ans_type t, int64_t v); /* v is a possible value (for REF: a possible row number; for TEXT: a possible index) */
/* The least and the greatest value that a cell of the fact can have: those of its type, within the declared bounds. */
bool ans_fact_range(const ans_program *p, const ans_fact *f, int64_t *low, int64_t *high);
/* Whether v lies within the declared bounds. Says nothing about the type. */
static inline bool ans_fact_admits(const ans_fact *f, int64_t v) {
  return (!(f->bounds & ANS_FACT_LEAST) || v >= f->low) && (!(f->bounds & ANS_FACT_GREATEST) || v <= f->high);
}
/* The admissible completions of the fact (docs/semantics.md § 11) from those of its type, *low … *high: a declared bound takes the place of the natural
 * one; where only one is declared and it lies beyond the other end, the range keeps its length and begins (ends) there. */
void ans_fact_completions(const ans_program *p, const ans_fact *f, int64_t *low, int64_t *high);
bool ans_type_bounded(ans_type t); /* facts of the type may declare bounds: numbers, money, dates, months */
/* A value of such a type without its unit of measure: "1234.50", "2026-01-31", "2026-01"; german: "1.234,50", "31.01.2026", "01.2026". */
enum { ANS_NUMBER_TEXT = 64, ANS_BOUNDS_TEXT = 2 * ANS_NUMBER_TEXT };
const char *ans_number_format(ans_type t, int64_t v, bool german, char out[ANS_NUMBER_TEXT]);
/* "0.00 … 100.00", "0.00 …", "… 100.00"; "" if none are declared. */
const char *ans_fact_bounds_format(const ans_fact *f, bool german, char out[ANS_BOUNDS_TEXT]);
enum { ANS_TYPE_TEXT = 320 };
const char *ans_type_format(const ans_program *p, ans_type t, char out[ANS_TYPE_TEXT]); /* "money(2)/month", "ref Person"; p may be NULL */

/* Documented limits; the builder, the verifier and the decoder enforce the same ones. */
enum {
  ANS_MAX_INSNS = 1000000, ANS_MAX_CONSTS = 1000000, ANS_MAX_LIST_ITEMS = 4000000, ANS_MAX_UNITS = 4096, ANS_MAX_FACTS = 65536,
  ANS_MAX_SOURCES = 262144, ANS_MAX_ENUMS = 4096, ANS_MAX_ENUM_VALUES = 65536, ANS_MAX_PARAMS = 16384, ANS_MAX_PARAM_ROWS = 200000,
  ANS_MAX_ROWS_PER_PARAM = 10000, ANS_MAX_RESULTS = 65536, ANS_MAX_BENEFITS = 1024, ANS_MAX_PROVISIONS = 100000, ANS_MAX_NODES = 1000000,
  ANS_MAX_PREDICATES = 4096, ANS_MAX_PREDICATE_TEXTS = 262144, ANS_MAX_PREDICATES_PER_FACT = 64, ANS_MAX_LIST_VALUES = 62 /* of the enumeration of a list */,
  ANS_MAX_IMPORTS = 64,
  ANS_MAX_QUOTIENT_PLACES = 18 /* of scale between a quotient and its operands */,
  ANS_MAX_NAME = 255 /* bytes of a name */, ANS_MAX_TEXT = 16384 /* bytes of any other text */, ANS_MAX_PACKAGE_BYTES = 256 << 20
};

#define ANS_MAX_BOUND INT64_C(999999999999999999) /* of a fact, either sign: 18 digits with the places of its type */

/* Lookups by name; ANS_NONE if absent. */
uint32_t ans_program_find_unit(const ans_program *p, const char *name);
uint32_t ans_program_find_fact(const ans_program *p, uint32_t unit, const char *name);
uint32_t ans_program_find_result(const ans_program *p, uint32_t unit, const char *name);
uint32_t ans_program_find_benefit(const ans_program *p, const char *name);
uint32_t ans_program_find_param(const ans_program *p, const char *name);
/* The target unit of a REF type is type.ref. */
#endif
