/* Private to dsl/fmt. A format run: parse, spell the words, decide every gap between two tokens (layout.c), write (write.c), verify
 * (fmt.c). A gap depends on the tokens and on the comments in it, not on the blanks that were there, except for blank lines between
 * entries and rows. So formatting twice changes nothing, and two layouts of the same text become the same. */
#ifndef ANS_FMT_INTERNAL_H
#define ANS_FMT_INTERNAL_H
#include "base/buffer.h"
#include "fmt/fmt.h"

enum fmt__space { FMT_SPACE, FMT_GLUE, FMT_LINE };
struct fmt__gap {           /* before a token */
  uint8_t space;
  bool can_break;           /* a long line may be broken here */
  bool keep_blank;          /* between entries or rows: one blank line of the author stays */
  bool want_blank;          /* a blank line is put here */
  uint16_t depth;           /* of the innermost node around the gap: the smaller, the better a break */
  uint16_t indent;          /* after a line break */
  uint16_t comment_indent;
  uint16_t pad;             /* additional blanks, to align a column */
};
struct fmt__run { const ans_tree *t; const ans_spelling *word; struct fmt__gap *gap; uint32_t n; };

/* A comment in a trivia, cut of trailing blanks. */
struct fmt__comment { const char *text; size_t len; bool trailing /* on the line of the token before */, blank_before; };
/* Reads the next comment from *at on; false at the end of the trivia, then *blank tells whether a blank line stands before the token. */
struct fmt__trivia { const char *s, *end; uint32_t newlines; bool first; };
void fmt__trivia_start(struct fmt__trivia *v, const ans_tree *t, uint32_t token);
bool fmt__trivia_next(struct fmt__trivia *v, struct fmt__comment *c, bool *blank);
bool fmt__has_comment(const ans_tree *t, uint32_t token);

uint32_t fmt__width(const struct fmt__run *r, uint32_t first, uint32_t last); /* columns on one line; huge if a comment is inside */
uint32_t fmt__columns(const ans_spelling *w);
bool fmt__is(const struct fmt__run *r, uint32_t i, const char *word);         /* canonical word of the token */
void fmt__layout(struct fmt__run *r);
void fmt__wrap(struct fmt__run *r);
void fmt__write(const struct fmt__run *r, ans_buffer *out);
#endif
