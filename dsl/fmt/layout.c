/* Decides the gaps from the tree: where lines begin, where a long line may be broken, where blanks are. Entries this file does not know
 * (a kind of node that is new) become one line that is wrapped where it is too long. */
#include "fmt/internal.h"
#include <string.h>

enum { CONTINUE = 4, CHAIN_WIDTH = 100, CHAIN_OPERANDS = 3, ALIGN_MAX = 72 };

static bool layout__blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool fmt__is(const struct fmt__run *r, uint32_t i, const char *word) {
  const ans_token *k = &r->t->tokens[i];
  const char *s = ans_token_word(r->t, k), *end = s + k->word_len;
  for (; s < end && *word; word++) { /* phrases may be broken over lines: any blanks are one */
    if (*word != ' ') {
      if (*s++ != *word) return false;
      continue;
    }
    if (!layout__blank(*s)) return false;
    while (s < end && layout__blank(*s)) s++;
  }
  return s == end && !*word;
}

static bool layout__one_of(const struct fmt__run *r, uint32_t i, const char *const *words) {
  for (; *words; words++)
    if (fmt__is(r, i, *words)) return true;
  return false;
}

static char layout__first(const struct fmt__run *r, uint32_t i) { return r->word[i].len ? r->word[i].text[0] : 0; }

static const ans_syn *layout__child(const ans_syn *n, uint32_t i) { return i < n->count ? n->child[i] : NULL; }

uint32_t fmt__columns(const ans_spelling *w) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < w->len; i++) n += ((unsigned char)w->text[i] & 0xC0u) != 0x80u;
  return n;
}

uint32_t fmt__width(const struct fmt__run *r, uint32_t first, uint32_t last) {
  uint32_t width = 0;
  for (uint32_t i = first; i <= last && i < r->n; i++) {
    if (i > first && fmt__has_comment(r->t, i)) return UINT32_MAX / 2;
    width += fmt__columns(&r->word[i]) + (i > first && r->gap[i].space != FMT_GLUE);
  }
  return width;
}

/* --- blanks ----------------------------------------------------------------------------------------------------------------------- */
static bool layout__glued(const struct fmt__run *r, uint32_t i) {
  static const char *const calls[] = {"Summe", "Höchstwert", "Mindestwert", "Dezimal", NULL}, *const tight[] = {")", ";", ",", ".", NULL};
  if (fmt__is(r, i - 1, "(") || fmt__is(r, i - 1, ".") || layout__one_of(r, i, tight)) return true;
  if (fmt__is(r, i, ":") && i >= 2 && fmt__is(r, i - 2, "version")) return true; /* nutzt … version 1.0.0: … */
  if (!fmt__is(r, i, "(")) return false;
  bool name = ans_token_is_word(&r->t->tokens[i - 1]) && !ans_token_is_keyword(&r->t->tokens[i - 1]);
  return layout__one_of(r, i - 1, calls) || (name && (i < 2 || !fmt__is(r, i - 2, "parameter")));
}

/* A line may be broken after a separator and before words of the language and texts, but not right after a word that opens something. */
static bool layout__breakable(const struct fmt__run *r, uint32_t i) {
  static const char *const openers[] = {"wenn", "ist", "und", "oder", "nicht", "falls", "dann", "sonst", "begründung", "andernfalls", "für", "von", "bis", "ab",
                                        "nach", "quelle", "hat", "am", "in", "im", "im Jahr", "im Halbjahr", "mit", "der", "über", "verkündet", "gültig", "hilfsdefinition", "regel",
                                        "ausnahme", "ergebnis", "parameter", "vor", "mindestens", "höchstens", "auch", "wie", "erwarte", "fehlt", "gilt als", "je", "norm", "(", ":", "=",
                                        "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "->", ".", "beurteilung", "ermessen", "nicht abgebildet", "abgebildet", "zeitraum", "nutzt", "als", NULL};
  static const char *const operators[] = {"=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", NULL};
  if (fmt__is(r, i - 1, ";") || fmt__is(r, i - 1, ",")) return true;
  if (layout__one_of(r, i - 1, openers)) return false;
  if (layout__first(r, i) == '"' || layout__one_of(r, i, operators)) return true;
  const char *word = ans_token_word(r->t, &r->t->tokens[i]);
  return ans_token_is_keyword(&r->t->tokens[i]) && !(r->t->tokens[i].word_len > 3 && memcmp(word, "je ", 3) == 0);
}

static bool layout__is_atom(const ans_syn *n) {
  switch (n->kind) {
    case ANS_SYN_SECTION: case ANS_SYN_CITATION: case ANS_SYN_PATH: case ANS_SYN_TYPE: case ANS_SYN_HALF_YEAR: case ANS_SYN_INT: case ANS_SYN_DECIMAL: case ANS_SYN_MONEY:
    case ANS_SYN_PERCENT: case ANS_SYN_NEGATE: case ANS_SYN_VALIDITY: case ANS_SYN_PARAM_RANGE: case ANS_SYN_ASSIGN_VALUE: return true;
    default: return false;
  }
}

static bool layout__is_chain(const ans_syn *n, const ans_syn *child) {
  return n->kind == child->kind && (n->kind == ANS_SYN_AND || n->kind == ANS_SYN_OR || n->kind == ANS_SYN_BINARY);
}

static void layout__depths(struct fmt__run *r, const ans_syn *n, uint16_t depth, bool atom) {
  atom = atom || layout__is_atom(n);
  if (n->first > n->last) return;
  bool chained = false;
  for (uint32_t i = 0; i < n->count; i++) chained = chained || (n->child[i] && layout__is_chain(n, n->child[i]));
  for (uint32_t i = n->first + 1; i <= n->last; i++) {
    r->gap[i].depth = depth;
    if (atom) r->gap[i].can_break = false;
  }
  if (n->kind == ANS_SYN_NEGATE && !fmt__is(r, n->first + 1, "-")) r->gap[n->first + 1].space = FMT_GLUE; /* two signs side by side begin a comment */
  if (n->kind == ANS_SYN_HALF_YEAR) /* 1/2026 is read as one word */
    for (uint32_t i = n->first + 1; i <= n->last; i++) r->gap[i].space = FMT_GLUE;
  if (n->kind == ANS_SYN_GIVEN && n->first + 2 <= n->last && fmt__is(r, n->first + 2, ":")) r->gap[n->first + 2].space = FMT_GLUE;
  for (uint32_t i = 0; i < n->count; i++)
    if (n->child[i]) layout__depths(r, n->child[i], (uint16_t)(depth + !layout__is_chain(n, n->child[i])), atom);
}

/* --- lines ------------------------------------------------------------------------------------------------------------------------ */
static void layout__line(struct fmt__run *r, uint32_t i, uint16_t indent) {
  struct fmt__gap *g = &r->gap[i];
  g->space = FMT_LINE;
  g->indent = g->comment_indent = indent;
}

static void layout__row(struct fmt__run *r, uint32_t i, uint16_t indent, bool first) {
  layout__line(r, i, indent);
  r->gap[i].keep_blank = !first;
}

/* `ende` of a block; a comment before it belongs to the rows. */
static void layout__end(struct fmt__run *r, const ans_syn *n) {
  layout__line(r, n->last, 0);
  r->gap[n->last].comment_indent = ANS_FMT_INDENT;
}

static uint32_t layout__operands(const ans_syn *n) {
  uint32_t count = 1;
  for (const ans_syn *x = n; x->kind == n->kind; x = x->child[0]) count++;
  return count;
}

/* An expression that does not fit on a line from column `indent` on: chains get one operand a line, calls one argument, `falls` one branch,
 * from the outside in. What is still too long after that is broken by fmt__wrap. */
static void layout__expr(struct fmt__run *r, const ans_syn *n, uint16_t indent) {
  uint16_t more = (uint16_t)(indent + CONTINUE);
  if (!n || n->first > n->last || indent > ANS_FMT_WIDTH / 2 || indent + fmt__width(r, n->first, n->last) <= ANS_FMT_WIDTH) return;
  if (n->kind == ANS_SYN_AND || n->kind == ANS_SYN_OR) {
    const ans_syn *x = n;
    for (; x->kind == n->kind; x = x->child[0]) {
      layout__line(r, x->child[1]->first - 1, indent);
      layout__expr(r, x->child[1], more);
    }
    layout__expr(r, x, more);
    return;
  }
  for (uint32_t i = 0; i < n->count; i++) {
    const ans_syn *x = n->child[i];
    if (!x || x->first > x->last) continue;
    if (n->kind == ANS_SYN_CALL && i > 0) layout__line(r, x->first, more);
    if (n->kind == ANS_SYN_IF && i > 0) layout__line(r, x->first - 1, (uint16_t)(indent + ANS_FMT_INDENT));
    layout__expr(r, x, more);
  }
}

/* A clause `wenn …` or `ist …` whose expression ends at token e->last: a long chain of und or oder gets one operand a line. */
static void layout__clause(struct fmt__run *r, const ans_syn *e, uint32_t start) {
  enum { INSIDE = ANS_FMT_INDENT + CONTINUE };
  const ans_syn *x = e;
  if (e->kind == ANS_SYN_AND || e->kind == ANS_SYN_OR) {
    if (layout__operands(e) < CHAIN_OPERANDS && fmt__width(r, start, e->last) <= CHAIN_WIDTH) return;
    uint16_t indent = e->kind == ANS_SYN_AND ? ANS_FMT_INDENT + 1 : ANS_FMT_INDENT + 2;
    for (; x->kind == e->kind; x = x->child[0]) {
      layout__line(r, x->child[1]->first - 1, indent);
      layout__expr(r, x->child[1], INSIDE);
    }
  }
  layout__expr(r, x, INSIDE);
}

/* Rules, exceptions, human steps: head, then one clause a line. Slots from `from` on are clauses; those with an expression come with their
 * keyword before them, and so do reasons; the text of a human step has none. */
static void layout__rule(struct fmt__run *r, const ans_syn *n, uint32_t from, bool may_join, uint32_t bare_slot) {
  uint32_t clauses = 0;
  for (uint32_t i = from; i < n->count; i++) clauses += n->child[i] != NULL;
  if (may_join && clauses <= 1 && fmt__width(r, n->first, n->last) <= ANS_FMT_WIDTH) return;
  for (uint32_t i = from; i < n->count; i++) {
    if (!n->child[i] || n->child[i]->first > n->child[i]->last) continue;
    uint32_t start = n->child[i]->first - (i != bare_slot);
    layout__line(r, start, ANS_FMT_INDENT);
    layout__clause(r, n->child[i], start);
  }
}

static void layout__assigns(struct fmt__run *r, const ans_syn *given) {
  for (uint32_t i = 2; i < given->count; i++) {
    uint32_t at = given->child[i]->first;
    if (!fmt__is(r, at - 1, ";") && !fmt__is(r, at - 1, ":")) layout__line(r, at, 2 * ANS_FMT_INDENT);
  }
}

static void layout__case(struct fmt__run *r, const ans_syn *n) {
  bool first = true;
  for (uint32_t i = 0; i < n->count; i++) {
    const ans_syn *x = n->child[i];
    if (!x) continue;
    if (n->kind == ANS_SYN_TESTCASE && i == 2)
      for (uint32_t k = 0; k < x->count; k++) r->gap[x->child[k]->first].can_break = true; /* here a citation may begin a line */
    bool list = x->kind == ANS_SYN_LIST && i > 2;
    for (uint32_t k = 0; k < (list ? x->count : 1); k++) {
      const ans_syn *row = list ? x->child[k] : x;
      if (row->kind != ANS_SYN_GIVEN && row->kind != ANS_SYN_EXPECT) continue;
      layout__row(r, row->first, ANS_FMT_INDENT, first);
      first = false;
      if (row->kind == ANS_SYN_GIVEN) layout__assigns(r, row);
    }
  }
  layout__end(r, n);
}

static uint32_t layout__colon(const struct fmt__run *r, const ans_syn *row) {
  for (uint32_t i = row->first; i <= row->last; i++)
    if (fmt__is(r, i, ":")) return i;
  return row->first;
}

static bool layout__same_words(const struct fmt__run *r, const ans_syn *a, const ans_syn *b) {
  if (a->last - a->first != b->last - b->first) return false;
  for (uint32_t i = 0; i <= a->last - a->first; i++) {
    const ans_spelling *x = &r->word[a->first + i], *y = &r->word[b->first + i];
    if (x->len != y->len || memcmp(x->text, y->text, x->len) != 0) return false;
  }
  return true;
}

/* Cells of several keys that do not fit on the line: one line for each value of the first key. */
static void layout__cells(struct fmt__run *r, const ans_syn *row) {
  const ans_syn *before = NULL;
  if (row->count < 6 || ANS_FMT_INDENT + fmt__width(r, row->first, row->last) <= ANS_FMT_WIDTH) return;
  for (uint32_t i = 4; i < row->count; i++) {
    const ans_syn *cell = row->child[i], *key = cell->count > 2 ? cell->child[1] : NULL;
    if (!key) return;
    if (!before || !layout__same_words(r, before, key)) layout__line(r, cell->first, ANS_FMT_INDENT + CONTINUE);
    before = key;
  }
}

static void layout__param(struct fmt__run *r, const ans_syn *n) {
  uint32_t widest = 0;
  for (uint32_t i = 4; i < n->count; i++) {
    uint32_t width = fmt__width(r, n->child[i]->first, layout__colon(r, n->child[i]) - 1);
    layout__row(r, n->child[i]->first, ANS_FMT_INDENT, i == 4);
    layout__cells(r, n->child[i]);
    if (width <= ALIGN_MAX && width > widest) widest = width;
  }
  for (uint32_t i = 4; i < n->count; i++) {
    uint32_t colon = layout__colon(r, n->child[i]), width = fmt__width(r, n->child[i]->first, colon - 1);
    if (width < widest) r->gap[colon].pad = (uint16_t)(widest - width);
  }
}

static void layout__rows(struct fmt__run *r, const ans_syn *n, const ans_syn *list, uint32_t from) {
  for (uint32_t i = from; list && i < list->count; i++) layout__row(r, list->child[i]->first, ANS_FMT_INDENT, i == from);
  layout__end(r, n);
}

/* A citation at the beginning of a line would be a heading: scopes stay on the line, and the text goes to the next where both do not fit. */
static void layout__statement(struct fmt__run *r, const ans_syn *n) {
  const ans_syn *text = layout__child(n, 1);
  for (uint32_t i = n->first + 1; text && i < text->first; i++) r->gap[i].can_break = false;
  if (n->count > 2 && fmt__width(r, n->first, n->last) > ANS_FMT_WIDTH) layout__line(r, text->first, ANS_FMT_INDENT);
}

static void layout__item(struct fmt__run *r, const ans_syn *n) {
  const ans_syn *x;
  uint32_t at;
  switch (n->kind) {
    case ANS_SYN_PACKAGE:
      x = layout__child(n, 5) ? layout__child(n, 5) : layout__child(n, 3); /* zeitraum je Jahr von 2015, zeitraum von 01.2015 */
      at = x ? x->first - (layout__child(n, 5) ? 1 : 2) : 0;
      if (at && fmt__is(r, at, "zeitraum")) layout__line(r, at, ANS_FMT_INDENT);
      for (uint32_t i = 6; i < n->count; i++) layout__row(r, n->child[i]->first, ANS_FMT_INDENT, false);
      break;
    case ANS_SYN_UNIT: layout__rows(r, n, layout__child(n, 3), 0); break;
    case ANS_SYN_BENEFIT: layout__rows(r, n, n, 2); break;
    case ANS_SYN_BASECASE: case ANS_SYN_TESTCASE: layout__case(r, n); break;
    case ANS_SYN_PARAM: layout__param(r, n); break;
    case ANS_SYN_RULE: layout__rule(r, n, 2, !layout__child(n, 3), UINT32_MAX); break;
    case ANS_SYN_EXCEPTION: layout__rule(r, n, 3, false, UINT32_MAX); break;
    case ANS_SYN_HUMAN: layout__rule(r, n, 4, true, 5); break;
    case ANS_SYN_STATEMENT: layout__statement(r, n); break;
    default: break;
  }
}

static bool layout__stands_apart(const ans_syn *n) {
  return n && (n->kind == ANS_SYN_SECTION || n->kind == ANS_SYN_UNIT || n->kind == ANS_SYN_BENEFIT || n->kind == ANS_SYN_BASECASE || n->kind == ANS_SYN_TESTCASE);
}

void fmt__layout(struct fmt__run *r) {
  const ans_syn *root = r->t->root, *before = NULL;
  for (uint32_t i = 1; i < r->n; i++) {
    r->gap[i].space = layout__glued(r, i) ? FMT_GLUE : FMT_SPACE;
    r->gap[i].can_break = layout__breakable(r, i) && r->gap[i].space != FMT_GLUE;
  }
  for (uint32_t i = 0; i < root->count; i++) {
    const ans_syn *n = root->child[i];
    if (!n || n->first > n->last) continue;
    layout__depths(r, n, 0, false);
    layout__row(r, n->first, 0, false);
    layout__item(r, n);
    r->gap[n->first].want_blank = before && (layout__stands_apart(n) || layout__stands_apart(before) || before->kind == ANS_SYN_PACKAGE);
    before = n;
  }
  layout__row(r, r->n - 1, 0, false); /* the end of the file */
}

/* --- long lines -------------------------------------------------------------------------------------------------------------------- */
/* Where to break the tokens from..to-1, the first of which stands at column `indent`; `to` if they fit or cannot be broken. The outermost
 * place wins, the last of equals; places near the beginning of the line only if there is no other. */
static uint32_t wrap__place(const struct fmt__run *r, uint32_t from, uint32_t to, uint32_t indent) {
  uint32_t column = indent, best = to, near = to;
  for (uint32_t i = from; i < to; i++) {
    const struct fmt__gap *g = &r->gap[i];
    uint32_t end = column + (i > from ? (uint32_t)(g->space != FMT_GLUE) + g->pad : 0u) + fmt__columns(&r->word[i]);
    if (i > from && g->can_break) {
      uint32_t *slot = column >= indent + ANS_FMT_WIDTH / 3 ? &best : &near;
      if (*slot == to || g->depth <= r->gap[*slot].depth) *slot = i;
    }
    column = end;
    if (column > ANS_FMT_WIDTH && (best != to || near != to)) return best != to ? best : near;
  }
  return to;
}

static void wrap__line(struct fmt__run *r, uint32_t from, uint32_t to, uint16_t indent) {
  uint16_t more = (uint16_t)((r->gap[from].space == FMT_LINE ? r->gap[from].indent : indent) + CONTINUE);
  for (uint32_t column = indent; from < to; column = more) {
    from = wrap__place(r, from, to, column);
    if (from < to) layout__line(r, from, more);
  }
}

/* Comments end their line; what is left is broken where it is too long. */
void fmt__wrap(struct fmt__run *r) {
  uint16_t base = 0;
  for (uint32_t i = 1; i < r->n; i++) {
    if (r->gap[i].space == FMT_LINE) base = r->gap[i].indent;
    else if (fmt__has_comment(r->t, i)) layout__line(r, i, (uint16_t)(base + CONTINUE));
  }
  for (uint32_t from = 0; from < r->n;) {
    uint32_t to = from + 1;
    while (to < r->n && r->gap[to].space != FMT_LINE) to++;
    wrap__line(r, from, to, r->gap[from].indent);
    from = to;
  }
}
