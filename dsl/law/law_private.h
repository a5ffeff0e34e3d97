/* Between the two readers and the maker of units: paragraphs as flows of text, sentence marks, opaque stretches (tables) and lists.
 * Everything lives in the reader's arena. A failure is sticky in the reader, so that a reader may go on and the caller checks once. */
#ifndef ANS_LAW_PRIVATE_H
#define ANS_LAW_PRIVATE_H
#include <libxml/tree.h>
#include "base/arena.h"
#include "law/law.h"

typedef enum law__kind { LAW__TEXT, LAW__OPAQUE /* tables: no sentence ends inside */, LAW__MARK /* a printed sentence number */, LAW__LIST, LAW__BREAK } law__kind;
typedef struct law__item law__item;
typedef struct law__inline law__inline;
typedef struct law__flow { law__inline *first, *last; } law__flow;
struct law__inline { law__kind kind; uint32_t mark; const char *text; law__item *items, *last_item; law__inline *next; };
struct law__item { const char *label; law__flow flow; law__item *next; };
typedef struct law__block law__block;
struct law__block { const char *label; /* number of the Absatz, NULL for text without */ const char *also_to; /* "(2) bis (4)": last number, or NULL */ law__flow flow; law__block *next; };
typedef struct law__para law__para;
struct law__para { ans_law_level level; const char *number, *title; law__block *first, *last; law__para *next; };

typedef struct law__reader {
  ans_arena *arena;
  const char *file;
  const char *format, *name, *official, *title, *id, *state;
  law__para *first, *last;
  uint32_t annexes;             /* annexes without a number are counted */
  ans_buffer run;               /* text since the last element that matters */
  ans_status status;
  ans_error *err;
} law__reader;

/* xml.c: a document without declarations or entities, or an error. */
ans_status law__xml_parse(const char *file, const void *bytes, size_t size, xmlDocPtr *out, ans_error *err);
bool law__xml_is(const xmlNode *n, const char *local_name);
const xmlNode *law__xml_child(const xmlNode *n, const char *local_name);
const char *law__xml_text(law__reader *r, const xmlNode *n, const char *const *skip); /* all text below, normalised; "" if none */

/* gii.c, legaldocml.c */
void law__read_gii(law__reader *r, const xmlNode *root);
void law__read_legaldocml(law__reader *r, const xmlNode *root);

/* flow.c: building flows */
void law__fail(law__reader *r, ans_status status, const char *code, const char *arg);
void *law__new(law__reader *r, size_t size);
void law__text(law__reader *r, const char *utf8);
void law__flush(law__reader *r, law__flow *f);
law__inline *law__add(law__reader *r, law__flow *f, law__kind kind);
law__item *law__add_item(law__reader *r, law__inline *list, const char *label);
law__para *law__add_para(law__reader *r, const char *designation, const char *title); /* NULL if the designation is no §, Artikel or Anlage */
void law__add_block(law__reader *r, law__para *p, law__flow f);                        /* takes "(1a)" off the front */
const char *law__label(law__reader *r, const char *raw);                               /* "12b." → "12b", " aa)" → "aa", "–" → "" */
size_t law__normal(const char *utf8, char **out);                                      /* NFC, ignorable characters removed; malloc'd, NULL without memory */
/* Appends s with every run of blanks folded to one; *pending: a blank is due before the next character. None at `base`, where the text begins. */
void law__fold(ans_buffer *out, size_t base, bool *pending, const char *s);

/* sentence.c: where sentences begin in one level of text. */
typedef struct law__piece { law__kind kind; uint32_t mark; size_t from, to; /* in the text */ void *list; } law__piece;
typedef void law__cut_fn(void *ctx, size_t at, uint32_t number);
void law__sentences(const char *text, const law__piece *pieces, size_t count, law__cut_fn *cut, void *ctx);

/* units.c */
ans_status law__make(const law__reader *r, const void *source, size_t size, ans_law **out, ans_error *err);

/* Units may cover a text this often in all, so that neither import nor load hashes without bound. */
static inline size_t law__hash_limit(size_t text_len) { return 64 * text_len + 4096; }

/* resolve.c */
bool law__repealed(const char *text, size_t len);
#endif
