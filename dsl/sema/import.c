/* Packages that use each other (docs/adr/0008-imports.md): their headers, the lists of `nutzt`, and the names of case documents.
 *
 * A list declares the names of another package in the name spaces of this one, nothing else: the things themselves are declared once, by
 * their own package. An item is looked up where it is declared, so what a package took from a third one cannot be passed on.
 * In the second run things that nobody needs are missing on purpose (reach.c); only then items that are not found are silent. */
#include "sema/sema_private.h"
#include <string.h>

enum { IMPORT_FIRST_USE = 5 }; /* child of the header, see nodes.def */

static const ans_syn *import__header(const sema *s, uint32_t package) {
  const ans_tree *t = s->m->trees[s->packs[package].first_tree];
  const ans_syn *p = t->root ? sema__child(t->root, 0) : NULL;
  return p && p->kind == ANS_SYN_PACKAGE ? p : NULL;
}

/* The package that a `nutzt` names; ANS_NONE if it is not there (reported by sema__packs). */
static uint32_t import__package(sema *s, const ans_syn *use) {
  const char *name = sema__text(s, sema__child(use, 0));
  for (uint32_t i = 0; i < s->package; i++)
    if (s->packs[i].name && strcmp(s->packs[i].name, name) == 0) return i;
  return ANS_NONE;
}

/* --- headers -------------------------------------------------------------------------------------------------------- */
static bool import__pack(sema *s, sema_pack *k) {
  const ans_syn *p = s->tree->root ? sema__child(s->tree->root, 0) : NULL;
  if (!p || p->kind != ANS_SYN_PACKAGE) {
    ans_diags_add(s->diags, ANS_DIAG_PACKAGE_MISSING, &s->tree->source, NULL, NULL, (char *)NULL);
    return false;
  }
  k->name = sema__text(s, sema__child(p, 0));
  k->version = sema__text(s, sema__child(p, 1));
  bool ok = sema__month(s, sema__child(p, 3), &k->first_month);
  ok = sema__month(s, sema__child(p, 4), &k->last_month) && ok; /* both are checked */
  if (ok && k->last_month < k->first_month) { SEMA_ERR0(s, PERIOD_SPAN, p); return false; }
  return ok;
}

static const char *import__span(sema *s, const sema_pack *k) {
  return sema__format(s, "%02d.%04d – %02d.%04d", k->first_month % 12 + 1, k->first_month / 12, k->last_month % 12 + 1, k->last_month / 12);
}

static bool import__use(sema *s, const ans_syn *use) {
  const sema_pack *mine = &s->packs[s->package];
  const ans_syn *name_syn = sema__child(use, 0), *version_syn = sema__child(use, 1);
  const char *name = sema__text(s, name_syn), *version = sema__text(s, version_syn);
  uint32_t other = import__package(s, use);
  if (other == ANS_NONE) {
    if (strcmp(name, mine->name) == 0) SEMA_ERR(s, IMPORT_CYCLE, name_syn, sema__format(s, "%s → %s", name, name));
    else SEMA_ERR(s, IMPORT_MISSING, name_syn, name, "–");
    return false;
  }
  const sema_pack *k = &s->packs[other];
  if (strcmp(k->version, version) != 0) { SEMA_ERR(s, IMPORT_VERSION, version_syn, name, version, k->version); return false; }
  if (mine->first_month >= k->first_month && mine->last_month <= k->last_month) return true;
  SEMA_ERR(s, IMPORT_PERIOD, name_syn, import__span(s, mine), name, import__span(s, k));
  return false;
}

bool sema__packs(sema *s, const ans_sema_package *packages, uint32_t n) {
  bool ok = true;
  uint32_t at = packages[n - 1].tree_count; /* the package's own files are the first of the model */
  s->packs = sema__alloc(s, n, sizeof *s->packs);
  if (!s->packs) return false;
  s->pack_count = n;
  for (uint32_t i = 0; i < n; i++) {
    s->packs[i] = (sema_pack){.first_tree = i + 1 == n ? 0 : at, .tree_count = packages[i].tree_count, .sha256 = packages[i].sha256};
    if (i + 1 < n) at += packages[i].tree_count;
  }
  for (uint32_t i = 0; i < n; i++) {
    sema__enter(s, s->m->trees[s->packs[i].first_tree]);
    ok = import__pack(s, &s->packs[i]) && ok;
  }
  for (uint32_t i = 0; ok && i < n; i++) {
    const ans_syn *p = import__header(s, i);
    sema__enter(s, s->m->trees[s->packs[i].first_tree]);
    for (uint32_t u = IMPORT_FIRST_USE; p && u < p->count; u++) ok = import__use(s, p->child[u]) && ok;
  }
  if (!ok) return false;
  sema__enter(s, s->m->trees[0]);
  s->m->name = s->packs[n - 1].name;
  s->m->version = s->packs[n - 1].version;
  s->m->title = sema__string(s, sema__child(import__header(s, n - 1), 2));
  s->m->first_month = s->packs[n - 1].first_month;
  s->m->last_month = s->packs[n - 1].last_month;
  return true;
}

bool sema__imports(sema *s) {
  uint32_t n = s->pack_count - 1;
  ans_import *list = sema__alloc(s, n, sizeof *list);
  if (!list) return false;
  for (uint32_t i = 0; i < n; i++) {
    list[i] = (ans_import){.name = s->packs[i].name, .version = s->packs[i].version};
    if (s->packs[i].sha256) memcpy(list[i].sha256, s->packs[i].sha256, sizeof list[i].sha256);
    const ans_syn *p = import__header(s, n);
    sema__enter(s, s->m->trees[0]);
    for (uint32_t u = IMPORT_FIRST_USE; p && u < p->count; u++)
      if (import__package(s, p->child[u]) == i) list[i].direct = 1;
  }
  s->m->imports = list;
  s->m->import_count = n;
  return true;
}

/* --- lists of nutzt ------------------------------------------------------------------------------------------------- */
typedef struct import_item { uint32_t package; const ans_syn *path, *name; } import_item; /* name: what it is called here */

/* The next item of the header; *use and *k say where to go on. */
static bool import__next(sema *s, const ans_syn *header, uint32_t *use, uint32_t *k, import_item *out) {
  for (; header && *use < header->count; ++*use, *k = 2) {
    const ans_syn *u = header->child[*use];
    uint32_t package = import__package(s, u);
    if (package == ANS_NONE || *k >= u->count) continue;
    const ans_syn *n = u->child[(*k)++], *path = sema__child(n, 0);
    if (!path || !path->count) continue;
    *out = (import_item){package, path, sema__child(n, 1) ? n->child[1] : path->child[path->count - 1]};
    return true;
  }
  return false;
}

/* Looks a name up as the other package itself would. */
static sema_symbol *import__find(sema *s, uint32_t package, sema_space space, uint32_t owner, const char *name) {
  uint32_t mine = s->package;
  s->package = package;
  sema_symbol *y = sema__find(s, space, owner, name);
  s->package = mine;
  return y;
}

/* The package that declares what the symbol stands for. */
static uint32_t import__owner(const sema *s, const sema_symbol *y) {
  const ans_tree *t = y->tree;
  if (y->kind == SYM_UNIT) t = VEC_AT(sema_origin, s->unit_origin, y->index)->tree;
  else if (y->kind == SYM_ENUM) t = VEC_AT(sema_origin, s->enum_origin, y->index)->tree;
  else if (y->kind == SYM_FACT) t = VEC_AT(sema_origin, s->fact_origin, y->index)->tree;
  else if (y->kind == SYM_RESULT) t = VEC_AT(sema_result, s->result_side, y->index)->tree;
  else if (y->kind == SYM_PARAM) t = VEC_AT(sema_param, s->param_side, y->index)->tree;
  return sema__package_of(s, t);
}

static void import__unknown(sema *s, const import_item *i, const sema_place *places, size_t n) {
  const ans_syn *at = i->path->child[i->path->count - 1];
  const char *name = sema__text(s, at);
  if (s->last_run) return;
  SEMA_ERR(s, IMPORT_UNKNOWN, at, s->packs[i->package].name, sema__words(s, i->path));
  uint32_t mine = s->package;
  s->package = i->package;
  const char *near = sema__near(s, name, places, n);
  s->package = mine;
  if (near) SEMA_ERR(s, DID_YOU_MEAN, at, near);
}

static void import__declare(sema *s, const import_item *i, sema_space space, uint32_t owner, const sema_symbol *found) {
  sema_symbol y = *found; /* the table may grow */
  if (y.foreign) {
    if (!s->last_run) SEMA_ERR(s, IMPORT_FOREIGN, i->path, sema__words(s, i->path), s->packs[import__owner(s, &y)].name, s->packs[i->package].name);
    return;
  }
  sema_symbol *mine = sema__declare(s, space, owner, i->name, y.kind, y.index);
  if (mine) mine->foreign = true;
}

static bool import__has_unit_name(const sema *s, uint32_t unit) {
  for (uint32_t k = 0; k < s->symbols.n; k++) {
    const sema_symbol *y = VEC_AT(sema_symbol, s->symbols, k);
    if (y->kind == SYM_UNIT && y->index == unit && sema__space(y) == SPACE_TYPE && y->scope >> 48 == s->package) return true;
  }
  return false;
}

/* Kindschaft.Betrag brings the name of the unit along, where the package has none for it yet. */
static void import__unit_of(sema *s, const import_item *i) {
  const ans_syn *name = i->path->child[0];
  const sema_symbol *found = import__find(s, i->package, SPACE_TYPE, 0, sema__text(s, name));
  if (!found || found->kind != SYM_UNIT) {
    if (!s->last_run) { SEMA_ERR(s, IMPORT_UNKNOWN, name, s->packs[i->package].name, sema__text(s, name)); }
    return;
  }
  uint32_t unit = found->index;
  if (import__has_unit_name(s, unit)) return;
  sema_symbol *mine = sema__declare(s, SPACE_TYPE, 0, name, SYM_UNIT, unit);
  if (mine) mine->foreign = mine->used = true;
}

void sema__import_types(sema *s) {
  const ans_syn *header = import__header(s, s->package);
  import_item i;
  for (uint32_t use = IMPORT_FIRST_USE, k = 2; import__next(s, header, &use, &k, &i);) {
    const sema_symbol *y = i.path->count == 1 ? import__find(s, i.package, SPACE_TYPE, 0, sema__text(s, i.path->child[0])) : NULL;
    if (y) import__declare(s, &i, SPACE_TYPE, 0, y);
  }
  for (uint32_t use = IMPORT_FIRST_USE, k = 2; import__next(s, header, &use, &k, &i);)
    if (i.path->count == 2) import__unit_of(s, &i);
}

static void import__member(sema *s, const import_item *i) {
  const sema_symbol *unit = import__find(s, i->package, SPACE_TYPE, 0, sema__text(s, i->path->child[0]));
  if (!unit || unit->kind != SYM_UNIT) return; /* reported with the types */
  uint32_t index = unit->index;
  const sema_symbol *y = import__find(s, i->package, SPACE_MEMBER, index, sema__text(s, i->path->child[1]));
  if (y) import__declare(s, i, SPACE_MEMBER, index, y);
  else import__unknown(s, i, &(sema_place){SPACE_MEMBER, index}, 1);
}

void sema__import_members(sema *s) {
  const ans_syn *header = import__header(s, s->package);
  import_item i;
  for (uint32_t use = IMPORT_FIRST_USE, k = 2; import__next(s, header, &use, &k, &i);) {
    if (i.path->count == 2) { import__member(s, &i); continue; }
    const char *name = sema__text(s, i.path->child[0]);
    const sema_symbol *y = i.path->count == 1 ? import__find(s, i.package, SPACE_PARAM, 0, name) : NULL;
    if (y) import__declare(s, &i, SPACE_PARAM, 0, y);
    else if (i.path->count > 2 || !import__find(s, i.package, SPACE_TYPE, 0, name)) import__unknown(s, &i, (sema_place[]){{SPACE_TYPE, 0}, {SPACE_PARAM, 0}}, 2);
  }
}

bool sema__hidden(sema *s, const ans_syn *at, uint32_t unit, const char *name) {
  for (uint32_t p = 0; p < s->package; p++) {
    const sema_symbol *y = import__find(s, p, SPACE_MEMBER, unit, name);
    if (!y || y->foreign) continue;
    SEMA_ERR(s, NOT_LISTED, at, sema__format(s, "%s.%s", sema__unit_name(s, unit), name), s->packs[p].name, s->packs[p].version);
    return true;
  }
  return false;
}

/* --- names of the case documents ------------------------------------------------------------------------------------ */
/* A name that two packages chose: the later of them, and never the package analysed, gets its package's name behind it. */
static const char *import__qualified(sema *s, const char *name, const ans_tree *tree) {
  return sema__format(s, "%s (%s)", name, s->packs[sema__package_of(s, tree)].name);
}

static void import__clash(sema *s, ans_diag_id id, const sema_origin *first, const sema_origin *second, const char *name) {
  sema_clash *c = s->last_run ? sema__push(s, &s->clashes, sizeof *c, "Namen / names") : NULL;
  if (c) *c = (sema_clash){id, name, *first, *second};
}

void sema__clashes(sema *s) {
  for (uint32_t i = 0; i < s->clashes.n; i++) {
    const sema_clash c = *VEC_AT(sema_clash, s->clashes, i);
    const char *a = s->packs[sema__package_of(s, c.first.tree)].name, *b = s->packs[sema__package_of(s, c.second.tree)].name;
    const ans_syn *at = c.second.syn->child[c.second.syn->kind == ANS_SYN_MEMBER ? 1 : 0];
    sema__enter(s, c.second.tree);
    if (s->package != sema__own(s)) { /* shown where this package takes the second one in */
      const ans_syn *header = import__header(s, sema__own(s));
      sema__enter(s, s->m->trees[0]);
      at = sema__child(header, 0);
      for (uint32_t u = IMPORT_FIRST_USE; header && u < header->count; u++)
        if (strcmp(sema__text(s, sema__child(header->child[u], 0)), b) == 0) at = header->child[u]->child[0];
    }
    ans_diags_add(s->diags, c.id, &s->tree->source, sema__first(s, at), sema__last(s, at), c.name, a, b, (char *)NULL);
  }
}

static void import__schema_units(sema *s) {
  for (uint32_t u = 1; u < s->units.n; u++) {
    ans_unit *x = VEC_AT(ans_unit, s->units, u);
    const sema_symbol *old = sema__find(s, SPACE_SCHEMA, 0, x->name);
    const sema_origin *mine = VEC_AT(sema_origin, s->unit_origin, u);
    if (!old) { (void)sema__declare_text(s, SPACE_SCHEMA, 0, x->name, NULL, SYM_UNIT, u); continue; }
    import__clash(s, ANS_DIAG_UNIT_CLASH, VEC_AT(sema_origin, s->unit_origin, old->index), mine, x->name);
    ans_unit *other = sema__package_of(s, mine->tree) == sema__own(s) ? VEC_AT(ans_unit, s->units, old->index) : x;
    other->name = import__qualified(s, other->name, other == x ? mine->tree : VEC_AT(sema_origin, s->unit_origin, old->index)->tree);
  }
}

static void import__schema_facts(sema *s) {
  for (uint32_t i = 0; i < s->facts.n; i++) {
    ans_fact *f = VEC_AT(ans_fact, s->facts, i);
    const sema_symbol *old = sema__find(s, SPACE_SCHEMA, f->unit, f->name);
    if (!old) { (void)sema__declare_text(s, SPACE_SCHEMA, f->unit, f->name, NULL, SYM_FACT, i); continue; }
    import__clash(s, ANS_DIAG_FACT_CLASH, VEC_AT(sema_origin, s->fact_origin, old->index), VEC_AT(sema_origin, s->fact_origin, i),
                  sema__format(s, "%s.%s", sema__unit_name(s, f->unit), f->name));
    f->name = import__qualified(s, f->name, VEC_AT(sema_origin, s->fact_origin, i)->tree);
  }
}

/* Results give way: to facts, whose names registers know, and to results of the package itself. */
static void import__schema_results(sema *s, bool own) {
  for (uint32_t i = 0; i < s->results.n; i++) {
    ans_tresult *r = VEC_AT(ans_tresult, s->results, i);
    if (r->imported == own) continue;
    if (sema__find(s, SPACE_SCHEMA, r->unit, r->name)) r->name = import__qualified(s, r->name, VEC_AT(sema_result, s->result_side, i)->tree);
    (void)sema__declare_text(s, SPACE_SCHEMA, r->unit, r->name, NULL, SYM_RESULT, i);
  }
}

/* Names of enumerations and parameters are shown, not written into cases; they only have to be distinct. */
static void import__schema_others(sema *s, bool own) {
  for (uint32_t i = 0; i < s->enums.n; i++) {
    ans_enum *e = VEC_AT(ans_enum, s->enums, i);
    ans_tree *tree = VEC_AT(sema_origin, s->enum_origin, i)->tree;
    if ((sema__package_of(s, tree) == sema__own(s)) != own) continue;
    if (sema__find(s, SPACE_SCHEMA, UINT32_MAX, e->name)) e->name = import__qualified(s, e->name, tree);
    (void)sema__declare_text(s, SPACE_SCHEMA, UINT32_MAX, e->name, NULL, SYM_ENUM, i);
  }
  for (uint32_t i = 0; i < s->params.n; i++) {
    ans_param *p = VEC_AT(ans_param, s->params, i);
    ans_tree *tree = VEC_AT(sema_param, s->param_side, i)->tree;
    if ((sema__package_of(s, tree) == sema__own(s)) != own) continue;
    if (sema__find(s, SPACE_SCHEMA, UINT32_MAX - 1, p->name)) p->name = import__qualified(s, p->name, tree);
    (void)sema__declare_text(s, SPACE_SCHEMA, UINT32_MAX - 1, p->name, NULL, SYM_PARAM, i);
  }
}

void sema__schema(sema *s) {
  if (s->pack_count == 1) return;
  import__schema_units(s);
  import__schema_facts(s);
  import__schema_results(s, true);
  import__schema_results(s, false);
  import__schema_others(s, true);
  import__schema_others(s, false);
}

sema_symbol *sema__case_member(sema *s, uint32_t unit, const char *name) {
  sema_symbol *y = sema__find(s, SPACE_MEMBER, unit, name);
  return y || s->pack_count == 1 ? y : sema__find(s, SPACE_SCHEMA, unit, name);
}

bool sema__case_unit(sema *s, const ans_syn *name, uint32_t *unit) {
  const char *text = sema__text(s, name);
  const sema_symbol *y = s->pack_count == 1 || sema__find(s, SPACE_TYPE, 0, text) ? NULL : sema__find(s, SPACE_SCHEMA, 0, text);
  if (!y) return sema__unit(s, name, unit);
  *unit = y->index;
  return true;
}
