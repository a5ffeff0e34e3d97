/* Node constructors called by the grammar's actions. Nodes live in the tree's arena and are not changed after their item is complete.
 * When memory runs out every constructor returns ctx->nowhere and raises ctx->out_of_memory; the token feed then ends the parse, and the
 * caller reports it. So no action has to check anything. */
#include "grammar.tab.h"
#include "syntax/internal.h"
#include <string.h>

static uint32_t build__height(const ans_syn *n) { return n ? ((const struct syn__cell *)(const void *)n)->height : 0; }

ans_syn *syn__node(struct syn__ctx *ctx, ans_syn_kind kind, struct syn__span span, uint32_t flags, ans_syn **fixed, size_t n,
                   const struct syn__list *rest) {
  uint32_t more = rest ? rest->count : 0;
  struct syn__cell *cell = ans_arena_alloc(ctx->tree->arena, sizeof *cell);
  ans_syn **child = n + more ? ans_arena_array(ctx->tree->arena, n + more, sizeof *child) : NULL;
  if (!cell || (n + more && !child)) {
    ctx->out_of_memory = true;
    return &ctx->nowhere.node;
  }
  uint32_t height = 0;
  for (size_t i = 0; i < n + more; i++) {
    child[i] = i < n ? fixed[i] : rest->item[i - n];
    if (build__height(child[i]) > height) height = build__height(child[i]);
  }
  cell->height = height + 1;
  if (cell->height > SYN__MAX_HEIGHT && ctx->too_high == UINT32_MAX) ctx->too_high = span.first;
  cell->node.kind = (uint16_t)kind;
  cell->node.flags = (uint16_t)flags;
  /* An empty node stands before the token where it would be: first > last. */
  cell->node.first = span.end > span.first ? span.first : (span.first ? span.first : 1);
  cell->node.last = span.end > span.first ? span.end - 1 : cell->node.first - 1;
  cell->node.count = (uint32_t)(n + more);
  cell->node.child = child;
  return &cell->node;
}

ans_syn *syn__error_node(struct syn__ctx *ctx, struct syn__span span) {
  return syn__node(ctx, ANS_SYN_ERROR, span, ANS_SYNF_ERROR, NULL, 0, NULL);
}

/* A unit whose head has a mistake behind its name keeps its name, the other names before the mistake, and its rows, so that not everything said about it seems unknown. */
ans_syn *syn__broken_unit(struct syn__ctx *ctx, struct syn__span span, const struct syn__list *members, struct syn__span list) {
  uint32_t name = span.first + 1;
  if (name >= span.end || ctx->tree->tokens[name].kind != SYN_IDENT) return syn__error_node(ctx, span);
  struct syn__span at = {name, name + 1}, more = {at.end, at.end};
  struct syn__list *aliases = syn__list_new(ctx);
  while (more.end + 1 < span.end && ctx->tree->tokens[more.end].kind == (more.end == more.first ? SYN_AUCH : SYN_SEMICOLON) && ctx->tree->tokens[more.end + 1].kind == SYN_IDENT) {
    more.end += 2;
    aliases = syn__list_add(ctx, aliases, syn__node(ctx, ANS_SYN_IDENT, (struct syn__span){more.end - 1, more.end}, 0, NULL, 0, NULL));
  }
  ans_syn *parts[4] = {syn__node(ctx, ANS_SYN_IDENT, at, 0, NULL, 0, NULL), NULL, syn__node(ctx, ANS_SYN_LIST, more, 0, NULL, 0, aliases),
                       syn__node(ctx, ANS_SYN_LIST, list, 0, NULL, 0, members)};
  bool extends = at.end < span.end && ctx->tree->tokens[at.end].kind == SYN_ERGAENZT;
  return syn__node(ctx, ANS_SYN_UNIT, span, ANS_SYNF_ERROR | (extends ? ANS_SYNF_MORE : 0u), parts, 4, NULL);
}

ans_syn *syn__flag(ans_syn *n, uint32_t flag) {
  n->flags = (uint16_t)(n->flags | flag);
  return n;
}

uint32_t syn__take_flag(ans_syn *n, uint32_t flag) {
  uint32_t had = n->flags & flag;
  n->flags = (uint16_t)(n->flags & ~flag);
  return had;
}

static void build__extend(struct syn__ctx *ctx, ans_syn *n, struct syn__span span) {
  if (n == &ctx->nowhere.node || span.end <= span.first) return;
  n->first = span.first;
  n->last = span.end - 1;
}

ans_syn *syn__type_per(struct syn__ctx *ctx, ans_syn *type, ans_syn *per, struct syn__span span) {
  if (type->count == 4) type->child[3] = per;
  build__extend(ctx, type, span);
  return type;
}

ans_syn *syn__aggregate(struct syn__ctx *ctx, struct syn__span span, ans_syn *keyword, ans_syn *element, ans_syn *shell) {
  if (shell->count != 5) return shell; /* out of memory */
  return syn__node(ctx, ANS_SYN_AGGREGATE, span, 0, (ans_syn *[]){keyword, element, shell->child[2], shell->child[3], shell->child[4]}, 5, NULL);
}

ans_syn *syn__benefit(struct syn__ctx *ctx, ans_syn *n) {
  if (n != &ctx->nowhere.node)
    for (uint32_t i = 0; i < n->count; i++) n->flags = (uint16_t)(n->flags | (n->child[i]->flags & ANS_SYNF_INFORMATION));
  return n;
}

ans_syn *syn__item(struct syn__ctx *ctx, const struct syn__list *before, ans_syn *n) {
  if (n->kind == ANS_SYN_PACKAGE && before && before->count) {
    const ans_token *t = &ctx->tree->tokens[n->first];
    ans_diags_add(ctx->diags, ANS_DIAG_SYN_PACKAGE_PLACE, &ctx->tree->source, t, NULL, NULL);
    return syn__error_node(ctx, (struct syn__span){n->first, n->last + 1});
  }
  return n;
}

/* --- lists ----------------------------------------------------------------------------------------------------------------- */
struct syn__list *syn__list_new(struct syn__ctx *ctx) {
  struct syn__list *l = ans_arena_alloc(ctx->tree->arena, sizeof *l);
  if (!l) ctx->out_of_memory = true;
  return l;
}

struct syn__list *syn__list_add(struct syn__ctx *ctx, struct syn__list *l, ans_syn *n) {
  if (!l) return NULL;
  if (l->count == l->cap) {
    uint32_t cap = l->cap ? l->cap * 2 : 4;
    ans_syn **v = ans_arena_array(ctx->tree->arena, cap, sizeof *v);
    if (!v) {
      ctx->out_of_memory = true;
      return l;
    }
    if (l->count) memcpy(v, l->item, l->count * sizeof *v);
    l->item = v;
    l->cap = cap;
  }
  l->item[l->count++] = n;
  return l;
}

struct syn__list *syn__list_one(struct syn__ctx *ctx, ans_syn *n) { return syn__list_add(ctx, syn__list_new(ctx), n); }

/* --- test cases ---------------------------------------------------------------------------------------------------------------- */
void syn__case_start(struct syn__ctx *ctx, bool broken) {
  memset(&ctx->test, 0, sizeof ctx->test);
  ctx->test.broken = broken;
  ctx->test.givens = syn__list_new(ctx);
  ctx->test.expects = syn__list_new(ctx);
}

static void case__close_given(struct syn__ctx *ctx) {
  if (!ctx->test.unit) return;
  ans_syn *g = syn__node(ctx, ANS_SYN_GIVEN, ctx->test.span, 0, (ans_syn *[]){ctx->test.unit, ctx->test.row}, 2, ctx->test.assigns);
  syn__list_add(ctx, ctx->test.givens, g);
  ctx->test.unit = ctx->test.row = NULL;
}

static void case__after_expect(struct syn__ctx *ctx, struct syn__span span) {
  if (ctx->test.expects && ctx->test.expects->count && !ctx->test.broken) {
    syn__complain(ctx, ANS_DIAG_SYN_CASE_ORDER, span);
    ctx->test.broken = true;
  }
}

void syn__case_given(struct syn__ctx *ctx, struct syn__span span, ans_syn *unit, ans_syn *row) {
  case__after_expect(ctx, span);
  case__close_given(ctx);
  ctx->test.unit = unit;
  ctx->test.row = row;
  ctx->test.span = span;
  ctx->test.assigns = syn__list_new(ctx);
}

void syn__case_assign(struct syn__ctx *ctx, struct syn__span span, ans_syn *name, struct syn__list *values) {
  struct syn__span own = span;
  const ans_tree *t = ctx->tree;
  if (own.end > own.first && t->tokens[own.end - 1].kind == SYN_SEMICOLON) own.end--; /* the separator belongs to the row */
  case__after_expect(ctx, span);
  ans_syn *a = syn__node(ctx, ANS_SYN_ASSIGN, own, 0, &name, 1, values);
  if (!ctx->test.unit) {
    if (!ctx->test.broken) syn__complain(ctx, ANS_DIAG_SYN_ASSIGN_ROW, own);
    ctx->test.broken = true;
    return;
  }
  syn__list_add(ctx, ctx->test.assigns, a);
  ctx->test.span.end = span.end;
}

/* If the line was the head of a row, the assignments that follow belong to a row that is not known: they are dropped, not given to the row
 * before. A line that begins like an assignment or an expectation leaves the row as it is. */
void syn__case_lost(struct syn__ctx *ctx, uint32_t from) {
  const ans_tree *t = ctx->tree;
  if (from + 1 >= t->token_count || t->tokens[from].kind != SYN_IDENT || t->tokens[from + 1].kind == SYN_EQ) return;
  case__close_given(ctx);
}

void syn__case_expect(struct syn__ctx *ctx, ans_syn *expect) {
  case__close_given(ctx);
  syn__list_add(ctx, ctx->test.expects, expect);
}

ans_syn *syn__case_finish(struct syn__ctx *ctx, struct syn__span span, ans_syn *name, ans_syn *base, ans_syn *citations) {
  case__close_given(ctx);
  struct syn__list *givens = ctx->test.givens, *expects = ctx->test.expects;
  if (!givens || !expects) return &ctx->nowhere.node;
  if (!citations) {
    if (expects->count) {
      syn__complain(ctx, ANS_DIAG_SYN_BASE_EXPECT, (struct syn__span){expects->item[0]->first, expects->item[0]->first + 1});
      return syn__error_node(ctx, span);
    }
    return syn__node(ctx, ANS_SYN_BASECASE, span, ctx->test.broken ? ANS_SYNF_ERROR : 0, &name, 1, givens);
  }
  if (!expects->count && !ctx->test.broken) syn__complain(ctx, ANS_DIAG_SYN_CASE_EXPECT, (struct syn__span){span.first, span.first + 1});
  struct syn__span at = {span.end - 1, span.end - 1};
  ans_syn *lists[2];
  for (int i = 0; i < 2; i++) {
    const struct syn__list *l = i ? expects : givens;
    struct syn__span s = l->count ? (struct syn__span){l->item[0]->first, l->item[l->count - 1]->last + 1} : at;
    lists[i] = syn__node(ctx, ANS_SYN_LIST, s, 0, NULL, 0, l);
  }
  return syn__node(ctx, ANS_SYN_TESTCASE, span, ctx->test.broken ? ANS_SYNF_ERROR : 0, (ans_syn *[]){name, base, citations, lists[0], lists[1]}, 5, NULL);
}
