/* Names in expressions (docs/language.md "Names"): a path starts at this row (unit name or alias) or at a member or result of the
 * unit, follows references, and ends in a fact, a result or a row. Timelines and results per day take the day of the scope. */
#include "sema/sema_private.h"
#include <string.h>

static const ans_fact *path__fact(const sema *s, uint32_t i) { return VEC_AT(ans_fact, s->facts, i); }
static const ans_tresult *path__result(const sema *s, uint32_t i) { return VEC_AT(ans_tresult, s->results, i); }

ans_tx *sema__day(sema *s, const sema_scope *sc, const ans_syn *n) {
  if (!sc->day) return NULL;
  if (sc->day_used) *sc->day_used = true;
  if (sc->day->kind == ANS_TX_DAY && (sc->day->unit != sc->unit || !sc->day->syntax)) {
    ans_tx *x = sema__tx(s, sc, ANS_TX_DAY, sema__plain(ANS_T_DATE), n, 0, NULL);
    if (x) { x->grain = ANS_GRAIN_DAY; x->unit = sc->unit; }
    return x;
  }
  return sc->day;
}

static ans_tx *path__fact_cell(sema *s, const sema_scope *sc, const ans_syn *n, uint32_t fact, ans_tx *row) {
  const ans_fact *f = path__fact(s, fact);
  ans_tx *x;
  if (f->kind == ANS_FACT_TIMELINE) {
    if (!sc->day) {
      if (sc->day_blocked) SEMA_ERR(s, DAY_IN_MEMBERS, n, f->name);
      else SEMA_ERR(s, TIMELINE_NO_DAY, n, f->name);
      return NULL;
    }
    ans_tx *args[2] = {row, sema__day(s, sc, n)};
    if (!args[1]) return NULL;
    x = sema__tx(s, sc, ANS_TX_TL_AT, f->type, n, 2, args);
  } else {
    x = sema__tx(s, sc, ANS_TX_FACT, f->type, n, 1, &row);
  }
  if (!x) return NULL;
  x->index = fact;
  if (x->grain < ANS_GRAIN_ROW) x->grain = ANS_GRAIN_ROW;
  x->unit = sc->unit;
  return x;
}

static ans_tx *path__result_cell(sema *s, const sema_scope *sc, const ans_syn *n, uint32_t result, ans_tx *row) {
  const ans_tresult *r = path__result(s, result);
  ans_tx *day = NULL;
  if (r->grain == ANS_GRAIN_DAY) {
    if (!sc->day) {
      if (sc->day_blocked) SEMA_ERR(s, DAY_IN_MEMBERS, n, r->name);
      else SEMA_ERR(s, DAY_RESULT_NO_DAY, n, r->name);
      return NULL;
    }
    if (sc->day->kind != ANS_TX_DAY && sc->day->kind != ANS_TX_PERIOD) { SEMA_ERR(s, DAY_RESULT_OTHER_DAY, n, r->name); return NULL; }
    day = sema__day(s, sc, n);
    if (!day) return NULL;
  }
  ans_tx *args[2] = {row, day};
  ans_tx *x = sema__tx(s, sc, ANS_TX_RESULT, r->type, n, 2, args);
  if (!x) return NULL;
  x->index = result;
  if (x->grain < ANS_GRAIN_ROW) x->grain = ANS_GRAIN_ROW;
  x->unit = sc->unit;
  if (s->current_result != ANS_NONE) {
    sema_edge *e = sema__push(s, &s->edges, sizeof *e, "Verweise auf Ergebnisse / references to results");
    if (e) *e = (sema_edge){s->current_result, result};
  }
  return x;
}

static ans_tx *path__self(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *x = sema__tx(s, sc, ANS_TX_SELF, sema__plain(ANS_T_REF), n, 0, NULL);
  if (!x) return NULL;
  x->type.ref = sc->unit;
  x->grain = ANS_GRAIN_ROW;
  x->unit = sc->unit;
  return x;
}

static bool path__own_unit(sema *s, const sema_scope *sc, const char *name) {
  const sema_symbol *y = sema__find(s, SPACE_TYPE, 0, name);
  return y && y->kind == SYM_UNIT && y->index == sc->unit;
}

bool sema__path_known(sema *s, const sema_scope *sc, const ans_syn *n) {
  n = sema__strip(n);
  if (!n || n->kind != ANS_SYN_PATH) return true;
  const char *name = sema__text(s, sema__child(n, 0));
  if (path__own_unit(s, sc, name) || sema__find(s, SPACE_MEMBER, sc->unit, name)) return true;
  return sema__find(s, SPACE_PARAM, 0, name) != NULL || n->count > 1;
}

static void path__unknown(sema *s, const sema_scope *sc, const ans_syn *n, const ans_syn *segment, uint32_t unit, bool first) {
  const char *name = sema__text(s, segment);
  const sema_symbol *y = first ? sema__find(s, SPACE_TYPE, 0, name) : NULL;
  if (y && y->kind == SYM_UNIT) {
    SEMA_ERR(s, WRONG_UNIT, segment, name, sema__unit_name(s, y->index), sema__unit_name(s, sc->unit));
    return;
  }
  SEMA_ERR(s, UNKNOWN_NAME, segment, name, sema__unit_name(s, unit));
  if (sema__hidden(s, segment, unit, name)) return;
  sema_place places[3] = {{SPACE_MEMBER, unit}, {SPACE_PARAM, 0}, {SPACE_TYPE, 0}};
  sema__suggest(s, segment, name, places, first ? (n->count > 1 ? 1 : 2) : 1, NULL, 0);
}

/* The cell that the member `name` of `unit` holds in row `row`; NULL after a report. */
static ans_tx *path__member(sema *s, const sema_scope *sc, const ans_syn *n, const ans_syn *segment, uint32_t unit, ans_tx *row, bool first) {
  sema_symbol *y = sema__find(s, SPACE_MEMBER, unit, sema__text(s, segment));
  if (!y) { path__unknown(s, sc, n, segment, unit, first); return NULL; }
  y->used = true;
  return y->kind == SYM_FACT ? path__fact_cell(s, sc, n, y->index, row) : path__result_cell(s, sc, n, y->index, row);
}

static ans_tx *path__enum(sema *s, const ans_syn *n, uint32_t enumeration, const ans_syn *value) {
  const char *name = sema__text(s, value);
  const sema_symbol *y = sema__find(s, SPACE_ENUM_VALUE, enumeration, name);
  if (!y) {
    SEMA_ERR(s, UNKNOWN_ENUM_VALUE, value, name, VEC_AT(ans_enum, s->enums, enumeration)->name);
    sema__suggest(s, value, name, &(sema_place){SPACE_ENUM_VALUE, enumeration}, 1, NULL, 0);
    return NULL;
  }
  ans_type t = sema__plain(ANS_T_ENUM);
  t.ref = enumeration;
  return sema__const(s, t, y->index, n);
}

ans_tx *sema__path(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint) {
  const ans_syn *head = sema__child(n, 0);
  if (!head) return NULL;
  const char *name = sema__text(s, head);
  uint32_t i = 0, unit = sc->unit;
  ans_tx *row = NULL;
  if (path__own_unit(s, sc, name)) {
    if (n->count == 1) return path__self(s, sc, n);
    i = 1;
  } else if (!sema__find(s, SPACE_MEMBER, sc->unit, name)) {
    sema_symbol *param = sema__param_of(s, sc, n);
    if (param) return sema__param(s, sc, n, param, NULL);
    if (n->count == 1 && hint && hint->tag == ANS_T_ENUM) return path__enum(s, n, hint->ref, head);
    sema_symbol *type = sema__find(s, SPACE_TYPE, 0, name);
    if (n->count == 2 && type && type->kind == SYM_ENUM) { type->used = true; return path__enum(s, n, type->index, n->child[1]); }
  }
  for (; i < n->count; i++) {
    ans_tx *cell = path__member(s, sc, n, n->child[i], unit, row, i == 0);
    if (!cell || i + 1 == n->count) return cell;
    if (cell->type.tag != ANS_T_REF) { SEMA_ERR(s, NOT_A_REFERENCE, n->child[i], sema__text(s, n->child[i])); return NULL; }
    unit = cell->type.ref;
    row = cell;
  }
  return NULL;
}

/* First argument of letztes_Ende, nächster_Beginn, Tage_mit and Durchschnitt: a path whose last segment is a timeline, not read on a day. */
bool sema__path_timeline(sema *s, const sema_scope *sc, const ans_syn *n, const char *function, bool numeric, uint32_t *fact, ans_tx **row) {
  n = sema__strip(n);
  *row = NULL;
  if (!n || n->kind != ANS_SYN_PATH || !n->count) {
    SEMA_ERR(s, NOT_TIMELINE, n, function);
    return false;
  }
  uint32_t i = n->count > 1 && path__own_unit(s, sc, sema__text(s, n->child[0])) ? 1 : 0, unit = sc->unit;
  for (; i + 1 < n->count; i++) {
    ans_tx *cell = path__member(s, sc, n, n->child[i], unit, *row, i == 0);
    if (!cell) return false;
    if (cell->type.tag != ANS_T_REF) { SEMA_ERR(s, NOT_A_REFERENCE, n->child[i], sema__text(s, n->child[i])); return false; }
    unit = cell->type.ref;
    *row = cell;
  }
  sema_symbol *y = sema__find(s, SPACE_MEMBER, unit, sema__text(s, n->child[i]));
  if (!y) { path__unknown(s, sc, n, n->child[i], unit, i == 0); return false; }
  y->used = true;
  const ans_fact *f = y->kind == SYM_FACT ? path__fact(s, y->index) : NULL;
  if (!f || f->kind != ANS_FACT_TIMELINE || !(numeric ? sema__numeric(f->type) : f->type.tag == ANS_T_BOOL)) {
    if (numeric) SEMA_ERR(s, NOT_NUMBER_TIMELINE, n, function);
    else SEMA_ERR(s, NOT_TIMELINE, n, function);
    return false;
  }
  *fact = y->index;
  return true;
}

sema_symbol *sema__param_of(sema *s, const sema_scope *sc, const ans_syn *n) {
  n = sema__strip(n);
  if (!n || !((n->kind == ANS_SYN_PATH && n->count == 1) || n->kind == ANS_SYN_CALL)) return NULL;
  const char *name = sema__text(s, sema__child(n, 0));
  if (n->kind == ANS_SYN_PATH && sema__find(s, SPACE_MEMBER, sc->unit, name)) return NULL;
  return sema__find(s, SPACE_PARAM, 0, name);
}

ans_tx *sema__param(sema *s, const sema_scope *sc, const ans_syn *n, sema_symbol *sym, ans_tx *day) {
  n = sema__strip(n);
  const sema_param *side = VEC_AT(sema_param, s->param_side, sym->index);
  uint32_t given = n->kind == ANS_SYN_CALL ? n->count - 1 : 0, index = sym->index, keys = side->key_count;
  ans_type type = VEC_AT(ans_param, s->params, index)->type, key_type[ANS_MAX_KEYS];
  memcpy(key_type, side->key, sizeof key_type);
  sym->used = true;
  if (given != keys) {
    SEMA_ERR(s, PARAM_KEYS, n, sym->name, sema__format(s, "%u", keys), sema__format(s, "%u", given));
    return NULL;
  }
  ans_tx *args[1 + ANS_MAX_KEYS] = {day ? day : sema__period(s, 1, NULL)};
  bool ok = args[0] != NULL;
  sema_scope inner = *sc;
  inner.depth++;
  for (uint32_t k = 0; k < given; k++) {
    args[k + 1] = sema__coerce(s, sc, sema__expr(s, &inner, n->child[k + 1], &key_type[k]), key_type[k], n->child[k + 1]);
    ok = ok && args[k + 1];
  }
  ans_tx *x = ok ? sema__tx(s, sc, ANS_TX_PARAM, type, n, keys + 1, args) : NULL;
  if (x) x->index = index;
  return x;
}

/* --- reason texts --------------------------------------------------------------------------------------------------- */
typedef struct path_text { sema *s; char *at; size_t used, cap; } path_text;

static void path__append(path_text *t, const char *text, size_t len) {
  if (t->used + len + 1 > t->cap) {
    size_t cap = 2 * (t->used + len + 1);
    char *grown = sema__alloc(t->s, cap, 1);
    if (!grown) return;
    if (t->used) memcpy(grown, t->at, t->used);
    t->at = grown;
    t->cap = cap;
  }
  memcpy(t->at + t->used, text, len);
  t->used += len;
  t->at[t->used] = '\0';
}

static void path__hole_used(sema *s, sema_symbol *y) {
  y->used = true;
  sema_hole *h = s->current_result != ANS_NONE && s->pack_count > 1 ? sema__push(s, &s->holes, sizeof *h, "Lücken in Texten / holes in texts") : NULL;
  if (h) *h = (sema_hole){s->current_result, y->index, y->kind == SYM_FACT};
}

/* One hole, [p, end): its names as the program has them go to `out`. The name of this row's unit is left out where more follows. */
static void path__hole(sema *s, uint32_t u, const char *p, const char *end, const ans_syn *at, path_text *out) {
  for (bool first = true; p < end; first = false) {
    const char *dot = memchr(p, '.', (size_t)(end - p));
    size_t len = (size_t)((dot ? dot : end) - p);
    const char *name = sema__format(s, "%.*s", (int)(len > 200 ? 200 : len), p);
    p += len + (dot ? 1 : 0);
    const sema_symbol *own = first ? sema__find(s, SPACE_TYPE, 0, name) : NULL;
    if (own && own->kind == SYM_UNIT && own->index == u) {
      if (p >= end) path__append(out, name, strlen(name));
      continue;
    }
    sema_symbol *y = sema__find(s, SPACE_MEMBER, u, name);
    if (!y && !dot && first && sema__find(s, SPACE_PARAM, 0, name)) { path__append(out, name, strlen(name)); continue; }
    if (!y) { SEMA_ERR(s, UNKNOWN_NAME, at, name, sema__unit_name(s, u)); return; }
    path__hole_used(s, y);
    ans_type t = y->kind == SYM_FACT ? path__fact(s, y->index)->type : path__result(s, y->index)->type;
    const char *known = y->kind == SYM_FACT ? path__fact(s, y->index)->name : path__result(s, y->index)->name;
    path__append(out, known, strlen(known));
    if (!dot) continue;
    if (t.tag != ANS_T_REF) { SEMA_ERR(s, NOT_A_REFERENCE, at, name); return; }
    path__append(out, ".", 1);
    u = t.ref;
  }
}

/* Holes of reason texts, {Kind.Geburtsdatum}, must name something; the value is looked up when the text is shown, by the names of the program.
 * Those differ from the names here only where packages use each other. */
const char *sema__check_holes(sema *s, uint32_t unit, const char *text, const ans_syn *at) {
  path_text out = {.s = s};
  const char *from = text;
  for (const char *p = strchr(text, '{'); p; p = strchr(p, '{')) {
    const char *end = strchr(++p, '}');
    if (!end) break;
    path__append(&out, from, (size_t)(p - from));
    path__hole(s, unit, p, end, at, &out);
    from = p = end;
  }
  path__append(&out, from, strlen(from));
  return s->pack_count > 1 && out.at ? out.at : text;
}
