/* Private to dsl/doc: one rendering. Failure of memory is sticky (doc.failed), so that writers go on and the entry point checks once. */
#ifndef ANS_DOC_PRIVATE_H
#define ANS_DOC_PRIVATE_H
#include "base/arena.h"
#include "doc/doc.h"

typedef enum doc__kind { DOC__NONE, DOC__RESULT, DOC__FACT, DOC__PARAM } doc__kind;
typedef struct doc__target { uint8_t kind; uint32_t index; } doc__target; /* what a token refers to */

/* An item of the rule text with the section it stands in. Items of packages used stand behind the own ones; only their declarations are shown. */
typedef struct doc__item { uint32_t tree; const ans_syn *syn; const ans_syn *section; const char *citation; bool own; } doc__item; /* citation "" before the first section */

typedef struct doc__edge { uint32_t from, to; } doc__edge;

typedef struct doc {
  const ans_doc_package *p;
  const ans_model *m;
  ans_lang lang;
  ans_buffer *out;
  ans_arena *arena;
  bool failed;
  doc__item *items; uint32_t item_count;   /* in the order of the files */
  doc__target **targets;                   /* per tree, per token */
  const char **package;                    /* per tree of a package used: its name; NULL for the own ones */
  uint32_t *base;                          /* per result: the one the drafter wrote; ANS_NONE for what a hypothetical assumes */
  uint32_t *declared;                      /* per result: its item, or ANS_NONE */
  doc__edge *edges; uint32_t edge_count, edge_capacity; /* result needs result: sorted, distinct */
  doc__edge *reads; uint32_t read_count, read_capacity; /* result reads fact */
  doc__edge *takes; uint32_t take_count, take_capacity; /* result takes parameter */
} doc;

/* html.c */
void doc__put(doc *d, const char *s);                             /* markup */
void doc__text(doc *d, const char *s);                            /* escaped */
void doc__span(doc *d, const char *s, size_t len);                /* escaped */
void doc__printf(doc *d, const char *format, ...) __attribute__((format(printf, 2, 3))); /* markup; no foreign text in the arguments */
const char *doc__say(const doc *d, const char *de, const char *en);
void doc__head(doc *d, const char *title);                        /* up to <main> */
void doc__foot(doc *d);
void doc__table(doc *d, const char *caption, const char *columns); /* columns separated by "|" */
void doc__table_end(doc *d);
void doc__cell(doc *d, const char *text);
void doc__state(doc *d, ans_law_state state, bool partly);        /* what a unit has become, as a word */
void doc__states(doc *d, const ans_law_unit_status *x);           /* the state, and what else is said of a smallest unit */
const char *doc__file(const char *path);                          /* without folders */
void *doc__alloc(doc *d, size_t count, size_t size);              /* zeroed; NULL without memory (sticky) */
const char *doc__words(doc *d, uint32_t tree, const ans_syn *n);  /* canonical words of a node; "" for NULL */
const char *doc__unquoted(doc *d, const char *text);              /* a text without its quotes and escapes */

/* model.c: items, what tokens refer to, what results need */
void doc__model(doc *d);
const ans_syn *doc__child(const ans_syn *n, uint32_t i);
void doc__result_name(doc *d, uint32_t result);                   /* "Person.Anspruch", escaped */
void doc__anchor(doc *d, doc__kind kind, uint32_t index);         /* the id of a result, fact or parameter, escaped */
void doc__link(doc *d, doc__kind kind, uint32_t index);           /* link with the name as its text */

/* source.c: rule text with links and anchors */
void doc__source(doc *d, const doc__item *item);

/* provisions.c, tables.c, graph.c: sections of the page */
void doc__definitions(doc *d);
void doc__provisions(doc *d);
void doc__status_tables(doc *d);
void doc__results(doc *d);
void doc__parameters(doc *d);
void doc__facts(doc *d);
void doc__cases(doc *d);
void doc__graphs(doc *d);
/* Outcome of a case: failed if one expectation is, passed if all are. */
ans_doc_outcome doc__outcome(const ans_doc_package *p, uint32_t one);
void doc__unit_id(doc *d, size_t law, uint32_t unit);             /* id of a unit of the law */
#endif
