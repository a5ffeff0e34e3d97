/* Register mappings: the description of a register's answer as data (docs/formats/register-mapping.md, ADR-0012), and answers as nodes that its paths select.
 *
 * A mapping is read and checked for itself with the configuration (mapping_load.c), checked against a package before the first request (mapping_bind.c), and then
 * only reads: entries become items with days and values (mapping_read.c), items become assertions about rows (mapping_plan.c). Paths select and never compute, so
 * reading is linear in the answer. Invariants: an immutable mapping owns all its memory in one arena; a document never outlives its request.
 * Thread rule: one thread, as all of this folder. */
#ifndef ANS_EXCHANGE_MAPPING_H
#define ANS_EXCHANGE_MAPPING_H
#include "base/arena.h"
#include "exchange/internal.h"

enum {
  MAPPING_MAX_BYTES = 1024 * 1024, MAPPING_MAX_FACTS = 128, MAPPING_MAX_LISTS = 32, MAPPING_MAX_CODES = 4096, MAPPING_MAX_NAMESPACES = 16, MAPPING_MAX_PATH = 200, MAPPING_MAX_STEPS = 16,
  MAPPING_MAX_ONLY = 64, MAPPING_MAX_ENTRIES = 1000, MAPPING_MAX_ROWS = 500, MAPPING_MAX_PARTS = 4, MAPPING_MAX_PART = 64, MAPPING_MAX_KEY = 240, MAPPING_MAX_TEXT = 1000, MAPPING_XML_DEPTH = 32, MAPPING_XML_NODES = 100000
};

/* --- answers --------------------------------------------------------------------------------------------------------------------- */
typedef struct exchange__step { const char *name, *space /* namespace name, NULL: none */; bool attribute; } exchange__step;
typedef struct exchange__path { const exchange__step *steps; unsigned count; bool set; } exchange__path;
/* One place of an answer: a JSON value, an XML element or an XML attribute. */
typedef struct exchange__node { json_t *json; const void *element, *attribute; } exchange__node;
typedef enum exchange__found { NODE_ABSENT, NODE_ONE, NODE_BAD /* several, null, or the path leads through something that has no members */ } exchange__found;
exchange__node exchange__root(const exchange__document *d);
/* From `from`, or with `absolute` from the root of the document (XML: the first step names the root element). */
exchange__found exchange__select(const exchange__document *d, exchange__node from, const exchange__path *p, bool absolute, exchange__node *out);
/* The entries of an absolute path: ABSENT if the list itself is missing, BAD if it is none or longer than `max`. */
exchange__found exchange__select_list(const exchange__document *d, const exchange__path *p, exchange__node *out, size_t max, size_t *count);
/* The text of a node: a JSON string without NUL, or the trimmed text of an element without element children; NULL if it is no text. Into the arena. */
const char *exchange__text_of(ans_arena *arena, exchange__node n);

/* --- mappings -------------------------------------------------------------------------------------------------------------------- */
typedef enum mapping__kind { MAPPING_BOOL, MAPPING_INTEGER, MAPPING_DECIMAL, MAPPING_MONEY, MAPPING_DATE, MAPPING_CODE, MAPPING_TEXT, MAPPING_CONSTANT } mapping__kind;
typedef enum mapping__overlap { MAPPING_NO_OVERLAP, MAPPING_ANY, MAPPING_ALL, MAPPING_SUM, MAPPING_SINGLE } mapping__overlap;
typedef enum mapping__absent { MAPPING_ABSENT_UNKNOWN, MAPPING_ABSENT_NONE, MAPPING_ABSENT_VALUE } mapping__absent;
typedef enum mapping__rows { MAPPING_PERSON, MAPPING_REFERS, MAPPING_KEY } mapping__rows;
typedef enum mapping__coverage { MAPPING_NEVER, MAPPING_SINCE, MAPPING_COMPLETE } mapping__coverage;

/* A value written in the mapping; what it means depends on the type of the fact. */
typedef enum mapping__tag { LITERAL_NONE, LITERAL_BOOL, LITERAL_INTEGER, LITERAL_TEXT } mapping__tag;
typedef struct mapping__literal { mapping__tag tag; int64_t number; const char *text; } mapping__literal;
typedef struct mapping__code { const char *code; mapping__literal value; } mapping__code;
typedef struct mapping__list { const char *name, *uri, *version; const mapping__code *codes; size_t count; /* ascending by code */ } mapping__list;
typedef struct mapping__part { bool person; const char *text; exchange__path path; } mapping__part;
typedef struct mapping__reference { const char *name; unsigned parts[MAPPING_MAX_PARTS], count; } mapping__reference;

typedef struct mapping__value {
  mapping__kind kind;
  exchange__path path, uri, version;
  unsigned scale;
  uint8_t measure, per;                 /* ans_measure, ans_per */
  mapping__literal min, max, constant;
  const mapping__list *list;
} mapping__value;

typedef struct mapping__fact {
  char at[32];                          /* "/facts/3", for errors */
  const char *unit, *fact;
  mapping__rows rows;
  const char *refers, *where; exchange__path where_path;
  mapping__part parts[MAPPING_MAX_PARTS]; unsigned part_count;
  mapping__reference references[MAPPING_MAX_PARTS]; unsigned reference_count, own /* of them the one that leads to the person */;
  bool create, at_as_of;
  exchange__path entries, only, from, to, month;
  const char **in, **not; size_t in_count, not_count;
  mapping__value value;
  mapping__absent absent; mapping__literal absent_value;
  mapping__overlap overlap;
} mapping__fact;

typedef struct exchange__mapping {
  ans_arena *arena;
  const char *file, *register_name;
  bool xml;
  exchange__path status, name, subject, as_of, record, coverage_from;
  const char *found, *no_data;
  mapping__coverage coverage;
  mapping__list *lists; size_t list_count;
  mapping__fact *facts; size_t fact_count;
} exchange__mapping;

/* Reads and checks a mapping file; the caller frees it. Errors: E-EXCHANGE-MAPPING-OPEN, E-EXCHANGE-MAPPING with file and place. */
ans_status exchange__mapping_load(const char *path, exchange__mapping **out, ans_error *err) ANS_MUST_CHECK;
/* The same from memory; `name` stands in errors. */
ans_status exchange__mapping_parse(const char *name, const char *bytes, size_t size, exchange__mapping **out, ans_error *err) ANS_MUST_CHECK;
void exchange__mapping_free(exchange__mapping *m);
/* A path of this mapping's media type: relative ones are selected from an entry. NULL or a reason. */
const char *mapping__compile(ans_arena *arena, const char *text, bool xml, bool absolute, const char *const (*spaces)[2], size_t space_count, exchange__path *out);

/* Checks a mapping against a package: every fact that is wanted must fit. Errors: E-EXCHANGE-MAPPING-FACT naming the fact. */
ans_status exchange__mapping_bind(const exchange__mapping *m, const ans_program *p, const exchange__register *r, ans_error *err) ANS_MUST_CHECK;
bool exchange__mapping_wanted(const exchange__mapping *m, const ans_program *p, const exchange__register *r);
/* A written value as the stored form of a type. false: it does not fit. */
typedef struct mapping__stored { uint8_t kind; int64_t number; const char *text; } mapping__stored;
bool mapping__store(const ans_program *p, ans_type type, const mapping__literal *l, mapping__stored *out);
/* The fact in the package, or NULL. */
const ans_fact *mapping__fact_of(const ans_program *p, const char *unit, const char *fact);

/* --- reading --------------------------------------------------------------------------------------------------------------------- */
/* One entry of one fact. Uncertain days lie between first and last possibility. */
typedef struct mapping__item {
  int32_t from_first, from_last, to_first, to_last;
  const char *unknown;                  /* why the value is not known, or NULL */
  mapping__stored value;
  const char *parts[MAPPING_MAX_PARTS]; /* key parts from the entry; [person] and texts filled in */
  const char *where;                    /* IdNr of the narrowing reference, or NULL */
} mapping__item;
typedef struct mapping__entries { mapping__item *items; size_t count; bool listed; } mapping__entries; /* listed false: the list itself is missing */

/* Whether the answer says that nothing is released. */
bool exchange__mapping_no_data(const exchange__mapping *m, const exchange__document *d);
/* Plans what the answer says, with a->invalid as the adapters set it. Rows are made only after the whole answer was found good. */
ans_status exchange__mapping_read(exchange__adapter *a, const exchange__mapping *m, const exchange__document *d, ans_error *err) ANS_MUST_CHECK;
/* Adds the rows and facts this register may have spoken about to a->scope, without making any. */
ans_status exchange__mapping_scope(exchange__adapter *a, const exchange__mapping *m, ans_error *err) ANS_MUST_CHECK;
/* mapping_read.c → mapping_plan.c */
ans_status mapping__plan(exchange__adapter *a, const exchange__mapping *m, const mapping__fact *f, const mapping__entries *entries, int32_t coverage_from, ans_error *err);
#endif
