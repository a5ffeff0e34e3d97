/* Which rules cite what: collected from rule text (file, line, the item that cites) or from a compiled package (line and name only, for a
 * package keeps no file names). Equal citations are one entry with a chain of uses, found through a hash table, so that a large package is
 * collected in linear time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "law/uses.h"

ans_law_uses *ans_law_uses_new(void) {
  ans_law_uses *u = calloc(1, sizeof *u);
  if (u) u->arena = ans_arena_new(0);
  if (u && !u->arena) { free(u); u = NULL; }
  return u;
}

void ans_law_uses_free(ans_law_uses *u) {
  if (!u) return;
  free(u->uses);
  free(u->next);
  free(u->cites);
  free(u->table);
  free(u->norms);
  ans_arena_free(u->arena);
  free(u);
}

size_t ans_law_uses_count(const ans_law_uses *u) { return u->use_count; }
const ans_law_use *ans_law_uses_at(const ans_law_uses *u, size_t i) { return &u->uses[i]; }

bool ans_law_uses_is(const ans_law_uses *u, const ans_law *law, const char *name) {
  const char *id = NULL;
  for (uint32_t i = 0; i < u->norm_count && !id; i++)
    if (strcmp(u->norms[i].name, name) == 0 && *u->norms[i].id) id = u->norms[i].id;
  return ans_law_is(law, name, id);
}

static uint32_t uses__hash(const char *s) { /* FNV-1a */
  uint32_t h = 2166136261u;
  for (; *s; s++) h = (h ^ (unsigned char)*s) * 16777619u;
  return h;
}

/* Grows *items to hold one more; false without memory or beyond the limit. */
static bool uses__grow(void *items, uint32_t count, uint32_t *capacity, size_t size) {
  if (count < *capacity) return true;
  uint32_t fresh = *capacity ? *capacity * 2 : 256;
  void *grown = reallocarray(*(void **)items, fresh, size);
  if (!grown) return false;
  *(void **)items = grown;
  *capacity = fresh;
  return true;
}

static bool uses__rehash(ans_law_uses *u) {
  if (u->table && u->cite_count * 2 < u->table_size) return true;
  uint32_t size = u->table_size ? u->table_size * 2 : 1024;
  uint32_t *table = malloc(size * sizeof *table);
  if (!table) return false;
  for (uint32_t i = 0; i < size; i++) table[i] = UINT32_MAX;
  for (uint32_t i = 0; i < u->cite_count; i++) {
    uint32_t h = uses__hash(u->cites[i].text) & (size - 1);
    while (table[h] != UINT32_MAX) h = (h + 1) & (size - 1);
    table[h] = i;
  }
  free(u->table);
  u->table = table;
  u->table_size = size;
  return true;
}

static uses__cite *uses__cite_of(ans_law_uses *u, const char *text) {
  if (!uses__rehash(u)) return NULL;
  uint32_t h = uses__hash(text) & (u->table_size - 1);
  while (u->table[h] != UINT32_MAX && strcmp(u->cites[u->table[h]].text, text) != 0) h = (h + 1) & (u->table_size - 1);
  if (u->table[h] != UINT32_MAX) return &u->cites[u->table[h]];
  if (!uses__grow(&u->cites, u->cite_count, &u->cite_capacity, sizeof *u->cites)) return NULL;
  uses__cite *c = &u->cites[u->cite_count];
  *c = (uses__cite){ans_arena_text(u->arena, text, strlen(text)), UINT32_MAX, UINT32_MAX, 0};
  if (!c->text) return NULL;
  u->table[h] = u->cite_count++;
  return c;
}

/* use: everything but what the arena must keep (citation, file, what, until), which is copied. */
static ans_status uses__add(ans_law_uses *u, ans_law_use use, ans_error *err) {
  const char *file = use.file, *until = use.until ? use.until : "";
  char limit[24];
  if (u->use_count >= ANS_LAW_MAX_USES) return ans_error_set(err, ANS_LIMIT, "E-LAW-USES", file, ans_itoa(limit, ANS_LAW_MAX_USES), NULL);
  uint32_t capacity = u->use_capacity;
  uses__cite *c = uses__cite_of(u, use.citation);
  bool ok = c && uses__grow(&u->uses, u->use_count, &u->use_capacity, sizeof *u->uses) && uses__grow(&u->next, u->use_count, &capacity, sizeof *u->next);
  const char *copy = ok ? ans_arena_text(u->arena, file, strlen(file)) : NULL, *name = ok ? ans_arena_text(u->arena, use.what, strlen(use.what)) : NULL;
  const char *last = !ok ? NULL : *until ? ans_arena_text(u->arena, until, strlen(until)) : "";
  if (!copy || !name || !last) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", file, "law", NULL);
  uint32_t i = u->use_count++;
  u->uses[i] = (ans_law_use){c->text, copy, name, use.line, use.role, use.whole, last};
  u->next[i] = UINT32_MAX;
  if (c->last != UINT32_MAX) u->next[c->last] = i;
  else c->first = i;
  c->last = i;
  c->count++;
  return ANS_OK;
}

/* --- compiled packages ------------------------------------------------------------------------------------------------------- */

static ans_status uses__provision(ans_law_uses *u, const ans_program *p, uint32_t provision, uint32_t line, ans_law_role role, const char *kind, const char *name, ans_error *err) {
  if (provision == ANS_NONE || provision >= p->provision_count || !*p->provisions[provision].law) return ANS_OK; /* a source, such as BGBl., is no citation */
  char what[320];
  snprintf(what, sizeof what, "%s %s", kind, name);
  return uses__add(u, (ans_law_use){.citation = p->provisions[provision].text, .file = "", .what = what, .line = line, .role = role}, err);
}

ans_status ans_law_uses_program(ans_law_uses *u, const ans_program *p, ans_error *err) {
  ans_status s = ANS_OK;
  for (uint32_t i = 0; i < p->fact_count && s == ANS_OK; i++) s = uses__provision(u, p, p->facts[i].provision, 0, ANS_LAW_MENTIONED, "angabe", p->facts[i].name, err);
  for (uint32_t i = 0; i < p->param_count && s == ANS_OK; i++) {
    const ans_param *x = &p->params[i];
    s = uses__provision(u, p, x->provision, 0, ANS_LAW_CODED, "parameter", x->name, err);
    for (uint32_t k = 0; k < x->row_count && s == ANS_OK; k++) s = uses__provision(u, p, p->param_rows[x->first_row + k].provision, 0, ANS_LAW_CODED, "parameter", x->name, err);
  }
  for (uint32_t i = 0; i < p->result_count && s == ANS_OK; i++) s = uses__provision(u, p, p->results[i].provision, 0, ANS_LAW_MENTIONED, "ergebnis", p->results[i].name, err);
  for (uint32_t i = 0; i < p->benefit_count && s == ANS_OK; i++) {
    s = uses__provision(u, p, p->benefits[i].regime_provision, 0, ANS_LAW_CODED, "leistung", p->benefits[i].name, err);
    if (s == ANS_OK) s = uses__provision(u, p, p->benefits[i].application_provision, 0, ANS_LAW_CODED, "leistung", p->benefits[i].name, err);
  }
  for (uint32_t i = 0; i < p->node_count && s == ANS_OK; i++) {
    const ans_node *n = &p->nodes[i];
    bool rule = n->kind == ANS_NODE_RULE || n->kind == ANS_NODE_EXCEPTION;
    if (rule) s = uses__provision(u, p, n->provision, n->line, ANS_LAW_CODED, n->kind == ANS_NODE_RULE ? "regel" : "ausnahme", n->result < p->result_count ? p->results[n->result].name : "", err);
  }
  return s;
}

/* --- rule text ------------------------------------------------------------------------------------------------------------------ */

/* What the citations inside an item say. */
typedef struct uses__as { ans_law_role role; bool whole; const char *what; } uses__as;
typedef struct uses__walk { ans_law_uses *u; const ans_tree *t; char law[128]; char section[ANS_CITE_TEXT]; uint32_t heading; /* line, 0 = none waiting */ ans_error *err; ans_status status; } uses__walk;

static void uses__source(const ans_tree *t, const ans_syn *n, char *out, size_t size) { /* the node's text, cut to size */
  size_t len = 0;
  out[0] = 0;
  if (!n || n->last < n->first || n->last >= t->token_count) return;
  for (uint32_t i = n->first; i <= n->last; i++) {
    const ans_token *k = &t->tokens[i];
    bool gap = i > n->first && k->at > k->trivia_at;
    if (len + gap + k->len + 1 > size) break;
    if (gap) out[len++] = ' ';
    memcpy(out + len, t->source.text + k->at, k->len);
    len += k->len;
    out[len] = 0;
  }
}

/* Canonical text: keyword, numbers, law. */
static bool uses__citation(uses__walk *w, const ans_syn *c, char out[ANS_CITE_TEXT]) {
  char law[128], word[64];
  size_t n = 0;
  uses__source(w->t, c->count ? c->child[0] : NULL, law, sizeof law);
  for (uint32_t i = 1; i < c->count; i++) {
    const ans_syn *part = c->child[i];
    for (uint32_t k = 0; part && k < part->count; k++) {
      uses__source(w->t, part->child[k], word, sizeof word);
      size_t len = strlen(word);
      if (!len || n + len + 3 > ANS_CITE_TEXT - sizeof law) return false;
      n += (size_t)sprintf(out + n, "%s%s", n == 0 ? "" : k > 1 ? ", " : " ", word);
    }
  }
  if (n == 0) return false;
  sprintf(out + n, " %s", *law ? law : w->law);
  return true;
}

static void uses__label(uses__walk *w, const ans_syn *item, char *out, size_t size) {
  char word[64] = "", name[200] = "";
  const ans_token *k = ans_syn_token(w->t, item);
  snprintf(word, sizeof word, "%.*s", (int)(k->len < 60 ? k->len : 60), w->t->source.text + k->at);
  for (uint32_t i = 0; i < item->count && !*name; i++) {
    const ans_syn *c = item->child[i];
    if (c && (c->kind == ANS_SYN_PATH || c->kind == ANS_SYN_IDENT || c->kind == ANS_SYN_STRING)) uses__source(w->t, c, name, sizeof name);
  }
  snprintf(out, size, "%s%s%s", word, *name ? " " : "", name);
}

static void uses__note(uses__walk *w, const char *citation, const char *until, uint32_t line, uses__as as) {
  if (w->status != ANS_OK) return;
  w->status = uses__add(w->u, (ans_law_use){citation, w->t->source.path, as.what, line, as.role, as.whole, until}, w->err);
}

/* `§ 5 bis § 8 UhVorschG`: both ends are cited; the first carries the range. The law of the end is that of the beginning. */
static void uses__scope(uses__walk *w, const ans_syn *n, uses__as as) {
  const ans_syn *from = n->count ? n->child[0] : NULL, *to = n->count > 1 ? n->child[1] : NULL;
  char first[ANS_CITE_TEXT], last[ANS_CITE_TEXT] = "", law[128], section[128];
  if (!from || (to && !uses__citation(w, to, last))) return;
  uses__source(w->t, to && to->count ? to->child[0] : NULL, law, sizeof law);
  memcpy(section, w->law, sizeof section);
  if (*law) memcpy(w->law, law, sizeof law);
  bool ok = uses__citation(w, from, first);
  memcpy(w->law, section, sizeof section);
  if (!ok) return;
  uses__note(w, first, last, ans_syn_token(w->t, from)->line, as);
  if (to) uses__note(w, last, "", ans_syn_token(w->t, to)->line, (uses__as){ANS_LAW_RANGE_END, false, as.what});
}

/* First letter of the canonical keyword: "ermessen" and "beurteilung" are human. */
static bool uses__by_human(const uses__walk *w, const ans_syn *keyword) {
  if (!keyword) return false;
  char c = *ans_token_word(w->t, ans_syn_token(w->t, keyword));
  return c == 'e' || c == 'b';
}

static void uses__inner(uses__walk *w, const ans_syn *n, uses__as as) {
  char text[ANS_CITE_TEXT], label[280];
  if (w->status != ANS_OK || !n) return;
  if (n->kind == ANS_SYN_CITATION) {
    if (uses__citation(w, n, text)) uses__note(w, text, "", ans_syn_token(w->t, n)->line, as);
    return;
  }
  if (n->kind == ANS_SYN_SCOPE) {
    uses__scope(w, n, as);
    return;
  }
  if (n->kind == ANS_SYN_MEMBER) {
    uses__label(w, n, label, sizeof label);
    as.what = label;
    as.whole = n->count && uses__by_human(w, n->child[0]);
    as.role = as.whole ? ANS_LAW_HUMAN : ANS_LAW_MENTIONED;
  }
  for (uint32_t i = 0; i < n->count; i++) uses__inner(w, n->child[i], as);
}

static void uses__end_section(uses__walk *w) { /* a heading under which nothing stands rests on its provision all the same */
  if (w->heading) uses__note(w, w->section, "", w->heading, (uses__as){ANS_LAW_MENTIONED, false, "§"});
  w->heading = 0;
}

/* What an item says of its section; *inner of the citations in it. False if it does not rest on the section. */
static bool uses__roles(const uses__walk *w, const ans_syn *item, uses__as *section, uses__as *inner) {
  switch (item->kind) {
    case ANS_SYN_RULE: case ANS_SYN_EXCEPTION: section->role = ANS_LAW_CODED; return true; /* the target of an exception is only mentioned */
    case ANS_SYN_PARAM: section->role = inner->role = ANS_LAW_CODED; return true;
    case ANS_SYN_HUMAN: section->role = item->count && uses__by_human(w, item->child[0]) ? ANS_LAW_HUMAN : ANS_LAW_OMITTED; return true;
    case ANS_SYN_STATEMENT:
      section->role = inner->role = item->count && *ans_token_word(w->t, ans_syn_token(w->t, item)) == 'a' ? ANS_LAW_CODED : ANS_LAW_OMITTED;
      section->whole = inner->whole = true;
      return item->count <= 2; /* with a scope it does not speak of the section */
    case ANS_SYN_RESULT: return true;
    case ANS_SYN_BENEFIT: inner->role = ANS_LAW_CODED; return true;
    case ANS_SYN_TESTCASE: inner->role = ANS_LAW_TESTED; return false;
    default: return false;
  }
}

static void uses__item(uses__walk *w, const ans_syn *item) {
  char label[280];
  const ans_token *k = ans_syn_token(w->t, item);
  if (item->kind == ANS_SYN_SECTION) {
    uses__end_section(w);
    const ans_syn *c = item->count ? item->child[0] : NULL;
    w->law[0] = w->section[0] = 0;
    if (!c || c->kind != ANS_SYN_CITATION) return;
    uses__source(w->t, c->count ? c->child[0] : NULL, w->law, sizeof w->law);
    if (uses__citation(w, c, w->section)) w->heading = k->line;
    return;
  }
  uses__label(w, item, label, sizeof label);
  uses__as section = {ANS_LAW_MENTIONED, false, label}, inner = section;
  if (uses__roles(w, item, &section, &inner) && !(item->flags & ANS_SYNF_AUXILIARY) && w->section[0]) {
    w->heading = 0;
    uses__note(w, w->section, "", k->line, section);
  }
  uses__inner(w, item, inner);
}

static ans_status uses__norm(uses__walk *w, const ans_syn *n) {
  ans_law_uses *u = w->u;
  char name[128], id[128];
  uses__source(w->t, n->child[0], name, sizeof name);
  uses__source(w->t, n->count > 2 ? n->child[2] : NULL, id, sizeof id);
  if (!uses__grow(&u->norms, u->norm_count, &u->norm_capacity, sizeof *u->norms)) return ans_error_set(w->err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  uses__norm_id *x = &u->norms[u->norm_count];
  x->name = ans_arena_text(u->arena, name, strlen(name));
  x->id = ans_arena_text(u->arena, id, strlen(id));
  if (!x->name || !x->id) return ans_error_set(w->err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  u->norm_count++;
  return ANS_OK;
}

ans_status ans_law_uses_tree(ans_law_uses *u, const ans_tree *t, ans_error *err) {
  uses__walk w = {.u = u, .t = t, .err = err, .status = ANS_OK};
  for (uint32_t i = 0; i < t->root->count && w.status == ANS_OK; i++) {
    const ans_syn *item = t->root->child[i];
    if (!item || item->last < item->first) continue;
    if (item->kind == ANS_SYN_NORM && item->count) w.status = uses__norm(&w, item);
    else uses__item(&w, item);
  }
  uses__end_section(&w);
  return w.status;
}
