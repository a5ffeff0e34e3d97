/* Private to dsl/syntax: the state of one parse, shared by scanner.l, tokens.c, grammar.y, build.c and report.c.
 *
 * Pipeline: bytes → scanner.l (raw tokens) → tokens.c (reserved words and phrases by words.c, citations, sections) → grammar.y (nodes by build.c,
 * mistakes by report.c). The parser reads the finished token array by index, so recovery can move the cursor freely, and the array stays
 * lossless whatever the parser does. One thread per parse; everything that outlives it is in the tree's arena. */
#ifndef ANS_SYNTAX_INTERNAL_H
#define ANS_SYNTAX_INTERNAL_H
#include "base/arena.h"
#include "base/error.h"
#include "base/utf8.h"
#include "syntax/tree.h"

enum {
  SYN__MAX_BYTES = 8 * 1024 * 1024,
  SYN__MAX_TOKENS = 2000000,
  SYN__MAX_NESTING = 200,      /* open parentheses, falls, and prefix operators at one place */
  SYN__MAX_HEIGHT = 1000,      /* of the tree: bounds the recursion of everybody who walks it, chains of und/oder/+ included */
  SYN__MAX_NAME = 128,
  SYN__MAX_PHRASE = 8          /* words of the longest reserved phrase, in either language */
};

struct syn__span { uint32_t first, end; }; /* token indices, end exclusive */

struct syn__list { ans_syn **item; uint32_t count, cap; };

/* What is allocated for a node: the public part comes first, so a cast leads from it to the height. */
struct syn__cell { ans_syn node; uint32_t height; };

enum syn__block { SYN__BLOCK_FILE, SYN__BLOCK_UNIT, SYN__BLOCK_BENEFIT, SYN__BLOCK_CASE, SYN__BLOCK_PARAM };

struct syn__ctx {
  ans_tree *tree;
  ans_diags *diags;
  struct syn__list *items;     /* set when the parser has read the file */
  uint32_t next;               /* next token the parser reads */
  bool invent_end;             /* the next token is an invented `ende` */
  uint32_t error_at;           /* token at which the last syntax error was found */
  uint32_t last_sync;          /* last recovery point, to guarantee progress */
  bool complete;               /* an item was complete before the token of the last error */
  uint32_t break_at, break_to; /* the item being read again ends before break_at, and reading goes on at break_to; 0: none */
  bool out_of_memory;
  uint32_t too_high;           /* token where SYN__MAX_HEIGHT was exceeded, or UINT32_MAX */
  struct {                     /* the test case being read */
    bool broken;               /* it had a syntax error: do not judge its completeness */
    ans_syn *unit, *row;       /* given under construction */
    struct syn__span span;
    struct syn__list *assigns, *givens, *expects;
  } test;
  uint32_t *bad; size_t bad_count, bad_cap; /* ascending offsets of lexical errors */
  struct syn__cell nowhere;    /* stands for a node when memory ran out */
};

/* --- scanner.l ---------------------------------------------------------------------------------------------------------- */
struct syn__scan {
  const char *text;
  ans_syn_lang lang;
  uint32_t at, len;            /* the token just read */
  uint32_t offset;             /* end of it */
  ans_diag_id trouble;         /* ANS_DIAG_COUNT, or what is wrong with the token */
  const char *hint;            /* for SYN_STRAY: what to write instead, or NULL */
  size_t scratch_used;
  _Alignas(16) char scratch[2048]; /* the scanner's own few allocations, so that it cannot fail */
};
enum { SYN__RAW_END = 0, SYN__RAW_TRIVIA = -1, SYN__RAW_NUMWORD = -2 /* digits followed by letters */ };
/* buffer: text followed by two NUL bytes, len counted without them. Returns false if the scanner could not be made. */
bool syn__scan_all(struct syn__scan *scan, char *buffer, size_t len, bool (*sink)(void *user, int kind), void *user);

/* --- tokens.c ------------------------------------------------------------------------------------------------------------- */
ans_status syn__tokenize(struct syn__ctx *ctx, ans_error *err);
int syn__next_token(struct syn__ctx *ctx, struct syn__span *span);
bool syn__line_start(const ans_tree *t, uint32_t token);
bool syn__begins_item(int kind);
const char *syn__where(const ans_tree *t, const ans_token *at, char out[256]); /* path:line:column */

/* --- words.c ---------------------------------------------------------------------------------------------------------------- */
struct syn__word { const char *text; uint32_t len; };
/* Spelling of a reserved word, NULL if the token is none. */
const char *syn__keyword(int token, ans_syn_lang lang);
/* The English spelling of the word as an argument of a function, NULL if it has no second one. */
const char *syn__second_word(int token);
/* The longest reserved phrase at the beginning of n joinable words: number of its words (0: none) and its token. */
uint32_t syn__phrase(ans_syn_lang lang, const struct syn__word *w, uint32_t n, int *token);
struct ans_buffer;
void syn__quote_english(struct ans_buffer *out, const char *s, size_t len);
bool syn__blank(const char *s, size_t n); /* trivia without a comment */
/* How a date, month or amount is written in that language, for the remedy ("de\037en"); scanner.l. */
const char *syn__date_form(ans_syn_lang lang);
const char *syn__month_form(ans_syn_lang lang);
bool syn__canonical(ans_tree *t);         /* sets the words of all tokens; false when memory ran out */
const char *syn__ordinal_suffix(const char *digits, size_t len); /* scanner.l: st, nd, rd, th */
bool syn__is_argument(int next);          /* tokens.c: does an argument end before this token? */

/* --- build.c ---------------------------------------------------------------------------------------------------------------- */
ans_syn *syn__node(struct syn__ctx *ctx, ans_syn_kind kind, struct syn__span span, uint32_t flags, ans_syn **fixed, size_t n, const struct syn__list *rest);
ans_syn *syn__error_node(struct syn__ctx *ctx, struct syn__span span);
ans_syn *syn__broken_unit(struct syn__ctx *ctx, struct syn__span span, const struct syn__list *members, struct syn__span list);
ans_syn *syn__flag(ans_syn *n, uint32_t flag);
uint32_t syn__take_flag(ans_syn *n, uint32_t flag); /* removes it from the node and returns it if it was set */
ans_syn *syn__type_per(struct syn__ctx *ctx, ans_syn *type, ans_syn *per, struct syn__span span);
ans_syn *syn__aggregate(struct syn__ctx *ctx, struct syn__span span, ans_syn *keyword, ans_syn *element, ans_syn *shell);
ans_syn *syn__benefit(struct syn__ctx *ctx, ans_syn *n);
ans_syn *syn__item(struct syn__ctx *ctx, const struct syn__list *before, ans_syn *n); /* checks the place of a package header */
struct syn__list *syn__list_new(struct syn__ctx *ctx);
struct syn__list *syn__list_one(struct syn__ctx *ctx, ans_syn *n);
struct syn__list *syn__list_add(struct syn__ctx *ctx, struct syn__list *l, ans_syn *n);
void syn__case_start(struct syn__ctx *ctx, bool broken);
void syn__case_given(struct syn__ctx *ctx, struct syn__span span, ans_syn *unit, ans_syn *row);
void syn__case_assign(struct syn__ctx *ctx, struct syn__span span, ans_syn *name, struct syn__list *values);
void syn__case_expect(struct syn__ctx *ctx, ans_syn *expect);
void syn__case_lost(struct syn__ctx *ctx, uint32_t from); /* a line that begins with this token was given up */
ans_syn *syn__case_finish(struct syn__ctx *ctx, struct syn__span span, ans_syn *name, ans_syn *base, ans_syn *citations /* NULL: base case */);

/* --- report.c ------------------------------------------------------------------------------------------------------------------ */
void syn__report(struct syn__ctx *ctx, uint32_t at, const int *expected, size_t n);
void syn__complain(struct syn__ctx *ctx, ans_diag_id id, struct syn__span span);
/* from: first token of what is given up */
void syn__recover(struct syn__ctx *ctx, enum syn__block block, uint32_t from);
bool syn__reread(struct syn__ctx *ctx, uint32_t from); /* after it, at file level: will the item before the mistake be read again? */
ans_syn *syn__skipped(struct syn__ctx *ctx, struct syn__span span); /* the mistake behind it */
#endif
