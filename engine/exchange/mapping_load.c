/* Reads a mapping file and checks everything that can be checked without a package: fields, types, limits, paths, and that a fact says what its kind needs.
 * Errors name the file, the place in it and what is expected; the first one wins. Everything kept is copied into the mapping's arena; the JSON is dropped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/mapping.h"

typedef struct mapping__loader {
  exchange__mapping *m;
  const char *spaces[MAPPING_MAX_NAMESPACES][2]; size_t space_count;
  ans_status status;
  ans_error *err;
} mapping__loader;

/* The first failure stays; every reader below does nothing after it. */
static bool load__bad(mapping__loader *l, const char *at, const char *key, const char *why) {
  char place[120];
  if (l->status != ANS_OK) return false;
  snprintf(place, sizeof place, "%s%s%.60s", at, *key ? "/" : "", key);
  l->status = ans_error_set(l->err, ANS_EXCHANGE, "E-EXCHANGE-MAPPING", l->m->file, place[0] ? place : "/", why, (char *)NULL);
  return false;
}

static void *load__keep(mapping__loader *l, void *p) {
  if (!p && l->status == ANS_OK) l->status = ans_error_set(l->err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  return p;
}

static bool load__fields(mapping__loader *l, json_t *o, const char *at, const char *const *allowed) {
  if (l->status != ANS_OK) return false;
  if (!json_is_object(o)) return load__bad(l, at, "", o ? "kein Objekt / no object" : "fehlt / missing");
  for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it)) {
    const char *const *a = allowed;
    while (*a && strcmp(*a, json_object_iter_key(it)) != 0) a++;
    if (!*a) return load__bad(l, at, json_object_iter_key(it), "unbekanntes Feld / unknown field");
  }
  return true;
}

/* A text of 1 to `max` bytes; NULL if absent (and not required) or wrong. */
static const char *load__text_value(mapping__loader *l, json_t *v, const char *at, const char *key, size_t max) {
  char why[80];
  snprintf(why, sizeof why, "Text von 1 bis %zu Byte / text of 1 to %zu bytes", max, max);
  const char *s = json_string_value(v);
  if (l->status != ANS_OK) return NULL;
  if (!s || !*s || json_string_length(v) > max || strlen(s) != json_string_length(v)) return load__bad(l, at, key, v ? why : "fehlt / missing"), NULL;
  return load__keep(l, ans_arena_text(l->m->arena, s, strlen(s)));
}
static const char *load__text(mapping__loader *l, json_t *o, const char *at, const char *key, bool required, size_t max) {
  json_t *v = json_object_get(o, key);
  return v || required ? load__text_value(l, v, at, key, max) : NULL;
}

static int load__choice(mapping__loader *l, json_t *o, const char *at, const char *key, const char *const *names, const char *all) {
  const char *s = json_string_value(json_object_get(o, key));
  for (int i = 0; s && names[i]; i++)
    if (strcmp(names[i], s) == 0) return i;
  load__bad(l, at, key, all);
  return 0;
}

static bool load__flag(mapping__loader *l, json_t *o, const char *at, const char *key) {
  json_t *v = json_object_get(o, key);
  if (v && !json_is_boolean(v)) load__bad(l, at, key, "true, false");
  return json_is_true(v);
}

/* --- paths ----------------------------------------------------------------------------------------------------------------------- */
static bool load__name_char(char c, bool first) {
  unsigned char u = (unsigned char)c;
  return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || u >= 0x80 || (!first && ((u >= '0' && u <= '9') || u == '-' || u == '.'));
}
static bool load__is_name(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!load__name_char(s[i], i == 0)) return false;
  return n > 0;
}

static const char *load__json_step(ans_arena *arena, const char *s, size_t n, exchange__step *out) {
  char *name = ans_arena_alloc(arena, n + 1);
  size_t used = 0;
  if (!name) return "kein Speicher / no memory";
  for (size_t i = 0; i < n; i++) {
    if (s[i] != '~') name[used++] = s[i];
    else if (++i < n && (s[i] == '0' || s[i] == '1')) name[used++] = s[i] == '0' ? '~' : '/';
    else return "~ nur als / only as ~0, ~1";
  }
  *out = (exchange__step){.name = name};
  return NULL;
}

static const char *load__xml_step(ans_arena *arena, const char *s, size_t n, const char *const (*spaces)[2], size_t space_count, exchange__step *out) {
  bool attribute = n && *s == '@';
  s += attribute;
  n -= attribute;
  const char *colon = memchr(s, ':', n), *space = NULL;
  size_t prefix = colon ? (size_t)(colon - s) : 0;
  for (size_t i = 0; colon && i < space_count; i++)
    if (strlen(spaces[i][0]) == prefix && strncmp(spaces[i][0], s, prefix) == 0) space = spaces[i][1];
  if (colon && !space) return "Präfix fehlt in / prefix missing in namespaces";
  if (colon) s = colon + 1, n -= prefix + 1;
  if (!load__is_name(s, n)) return "nur / only prefix:name, @name, .";
  const char *name = ans_arena_text(arena, s, n);
  if (!name) return "kein Speicher / no memory";
  *out = (exchange__step){.name = name, .space = space, .attribute = attribute};
  return NULL;
}

const char *mapping__compile(ans_arena *arena, const char *text, bool xml, bool absolute, const char *const (*spaces)[2], size_t space_count, exchange__path *out) {
  exchange__step *steps = ans_arena_array(arena, MAPPING_MAX_STEPS, sizeof *steps);
  *out = (exchange__path){.steps = steps, .set = true};
  if (!steps) return "kein Speicher / no memory";
  if (strlen(text) > MAPPING_MAX_PATH) return "höchstens / at most 200 Byte";
  if ((!xml && !*text) || (xml && !absolute && strcmp(text, ".") == 0)) return NULL;
  if ((!xml || absolute) != (*text == '/')) return xml && !absolute ? "vom Eintrag aus, ohne / am Anfang; from the entry, without leading /" : "beginnt mit / begins with /";
  const char *s = text + (*text == '/');
  for (bool more = true; more;) {
    size_t n = strcspn(s, "/");
    if (out->count == MAPPING_MAX_STEPS) return "höchstens / at most 16 Schritte";
    if (out->count && steps[out->count - 1].attribute) return "nach einem Attribut nichts / nothing after an attribute";
    const char *why = xml ? load__xml_step(arena, s, n, spaces, space_count, &steps[out->count]) : load__json_step(arena, s, n, &steps[out->count]);
    if (why) return why;
    out->count++;
    more = s[n] == '/';
    s += n + more;
  }
  return NULL;
}

static exchange__path load__path(mapping__loader *l, json_t *o, const char *at, const char *key, bool required, bool absolute) {
  exchange__path p = {NULL, 0, false};
  json_t *v = json_object_get(o, key);
  const char *s = json_string_value(v);
  if (l->status != ANS_OK || (!v && !required)) return p;
  if (!s || strlen(s) != json_string_length(v)) return load__bad(l, at, key, v ? "kein Pfad / no path" : "fehlt / missing"), p;
  const char *why = mapping__compile(l->m->arena, s, l->m->xml, absolute, (const char *const(*)[2])l->spaces, l->space_count, &p);
  if (why) load__bad(l, at, key, why);
  return p;
}

/* --- literals and code lists -------------------------------------------------------------------------------------------------------- */
static mapping__literal load__literal(mapping__loader *l, json_t *v, const char *at, const char *key) {
  mapping__literal x = {LITERAL_NONE, 0, NULL};
  if (json_is_boolean(v)) x = (mapping__literal){LITERAL_BOOL, json_is_true(v), NULL};
  else if (json_is_integer(v)) x = (mapping__literal){LITERAL_INTEGER, json_integer_value(v), NULL};
  else if (json_is_string(v)) x = (mapping__literal){LITERAL_TEXT, 0, load__text_value(l, v, at, key, MAPPING_MAX_TEXT)};
  else load__bad(l, at, key, "Wahrheitswert, ganze Zahl oder Text / boolean, integer or text");
  return x;
}

static int load__by_code(const void *x, const void *y) { return strcmp(((const mapping__code *)x)->code, ((const mapping__code *)y)->code); }

static void load__list(mapping__loader *l, const char *name, json_t *o, mapping__list *out) {
  static const char *const allowed[] = {"uri", "version", "values", NULL};
  char at[120];
  snprintf(at, sizeof at, "/code_lists/%.60s", name);
  if (!load__fields(l, o, at, allowed)) return;
  json_t *values = json_object_get(o, "values");
  size_t n = json_object_size(values);
  out->name = load__keep(l, ans_arena_text(l->m->arena, name, strlen(name)));
  out->uri = load__text(l, o, at, "uri", true, MAPPING_MAX_PATH);
  out->version = load__text(l, o, at, "version", true, MAPPING_MAX_PATH);
  if (l->status == ANS_OK && (n == 0 || n > MAPPING_MAX_CODES)) load__bad(l, at, "values", "1 … 4096");
  mapping__code *codes = l->status == ANS_OK ? load__keep(l, ans_arena_array(l->m->arena, n, sizeof *codes)) : NULL;
  for (void *it = json_object_iter(values); it && codes && l->status == ANS_OK; it = json_object_iter_next(values, it)) {
    const char *code = json_object_iter_key(it);
    if (!*code || strlen(code) > MAPPING_MAX_PATH) load__bad(l, at, "values", "Schlüssel von / code of 1 … 200 Byte");
    codes[out->count].code = load__keep(l, ans_arena_text(l->m->arena, code, strlen(code)));
    codes[out->count++].value = load__literal(l, json_object_iter_value(it), at, "values");
  }
  if (l->status == ANS_OK) qsort(codes, out->count, sizeof *codes, load__by_code);
  out->codes = codes;
}

static void load__lists(mapping__loader *l, json_t *o) {
  if (!o || l->status != ANS_OK) return;
  size_t n = json_object_size(o);
  if (!json_is_object(o) || n > MAPPING_MAX_LISTS) load__bad(l, "", "code_lists", "Objekt mit höchstens / object of at most 32");
  l->m->lists = l->status == ANS_OK && n ? load__keep(l, ans_arena_array(l->m->arena, n, sizeof *l->m->lists)) : NULL;
  for (void *it = json_object_iter(o); it && l->status == ANS_OK; it = json_object_iter_next(o, it)) load__list(l, json_object_iter_key(it), json_object_iter_value(it), &l->m->lists[l->m->list_count++]);
}

/* --- facts --------------------------------------------------------------------------------------------------------------------------- */
static void load__parts(mapping__loader *l, json_t *list, mapping__fact *f) {
  static const char *const allowed[] = {"person", "path", "text", NULL};
  size_t n = json_array_size(list);
  if (!json_is_array(list) || n == 0 || n > MAPPING_MAX_PARTS) load__bad(l, f->at, "row/key", "1 … 4");
  for (size_t i = 0; i < n && l->status == ANS_OK; i++) {
    json_t *o = json_array_get(list, i);
    mapping__part *p = &f->parts[f->part_count++];
    if (!load__fields(l, o, f->at, allowed)) return;
    if (json_object_size(o) != 1) load__bad(l, f->at, "row/key", "je Teil eines von / one of each part: person, path, text");
    p->person = load__flag(l, o, f->at, "person");
    p->path = load__path(l, o, f->at, "path", false, false);
    p->text = load__text(l, o, f->at, "text", false, MAPPING_MAX_PART);
    if (json_object_get(o, "person") && !p->person) load__bad(l, f->at, "row/key", "person: true");
    for (const char *c = p->text; c && *c; c++)
      if (*c <= 0x20 || *c >= 0x7f || *c == '/') load__bad(l, f->at, "row/key", "sichtbares ASCII ohne / – visible ASCII without /");
  }
}

static void load__references(mapping__loader *l, json_t *o, mapping__fact *f) {
  if (l->status != ANS_OK) return;
  if (!json_is_object(o) || json_object_size(o) == 0 || json_object_size(o) > MAPPING_MAX_PARTS) load__bad(l, f->at, "row/references", "1 … 4");
  f->own = MAPPING_MAX_PARTS;
  for (void *it = json_object_iter(o); it && l->status == ANS_OK; it = json_object_iter_next(o, it)) {
    json_t *list = json_object_iter_value(it);
    const char *name = json_object_iter_key(it);
    mapping__reference *r = &f->references[f->reference_count];
    r->name = load__keep(l, ans_arena_text(l->m->arena, name, strlen(name)));
    if (json_array_size(list) == 0 || json_array_size(list) > MAPPING_MAX_PARTS) load__bad(l, f->at, "row/references", "1 … 4 Teile / parts");
    for (size_t i = 0; i < json_array_size(list) && l->status == ANS_OK; i++) {
      json_t *v = json_array_get(list, i);
      if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) >= (json_int_t)f->part_count) load__bad(l, f->at, "row/references", "Nummer eines Teils von / number of a part of key");
      else r->parts[r->count++] = (unsigned)json_integer_value(v);
    }
    if (r->count == 1 && f->parts[r->parts[0]].person) f->own = f->reference_count;
    f->reference_count++;
  }
  if (f->own == MAPPING_MAX_PARTS) load__bad(l, f->at, "row/references", "ein Verweis muss allein zur Person führen / one reference must lead to the person alone");
}

static void load__row(mapping__loader *l, json_t *row, mapping__fact *f) {
  static const char *const by_reference[] = {"refers", "where", NULL}, *const where_fields[] = {"reference", "path", NULL}, *const by_key[] = {"key", "references", "create", NULL};
  if (l->status != ANS_OK) return;
  if (json_is_string(row) && strcmp(json_string_value(row), "person") == 0) {
    f->rows = MAPPING_PERSON;
    if (strcmp(f->unit, ANS_UNIT_PERSON) != 0) load__bad(l, f->at, "row", "\"person\" nur für / only for unit Person");
  } else if (json_object_get(row, "refers")) {
    f->rows = MAPPING_REFERS;
    load__fields(l, row, f->at, by_reference);
    f->refers = load__text(l, row, f->at, "refers", true, ANS_MAX_NAME);
    json_t *where = json_object_get(row, "where");
    if (!where || !load__fields(l, where, f->at, where_fields)) return;
    f->where = load__text(l, where, f->at, "reference", true, ANS_MAX_NAME);
    f->where_path = load__path(l, where, f->at, "path", true, false);
  } else {
    f->rows = MAPPING_KEY;
    if (!json_is_object(row)) load__bad(l, f->at, "row", "\"person\", {\"refers\": …}, {\"key\": …}");
    load__fields(l, row, f->at, by_key);
    if (l->status == ANS_OK) load__parts(l, json_object_get(row, "key"), f);
    load__references(l, json_object_get(row, "references"), f);
    f->create = load__flag(l, row, f->at, "create");
    if (!f->entries.set) load__bad(l, f->at, "entries", "fehlt: der Schlüssel steht im Eintrag / missing: the key is in the entry");
    if (l->status == ANS_OK && strcmp(f->unit, ANS_UNIT_PAIR) == 0 && f->part_count != 2) load__bad(l, f->at, "row/key", "Kindschaft: [Berechtigter, Kind]");
  }
}

static void load__words(mapping__loader *l, json_t *o, const char *at, const char *key, const char ***out, size_t *count) {
  json_t *list = json_object_get(o, key);
  size_t n = json_array_size(list);
  if (!list || l->status != ANS_OK) return;
  if (!json_is_array(list) || n == 0 || n > MAPPING_MAX_ONLY) load__bad(l, at, key, "1 … 64");
  *out = l->status == ANS_OK ? load__keep(l, ans_arena_array(l->m->arena, n, sizeof **out)) : NULL;
  for (size_t i = 0; i < n && l->status == ANS_OK; i++) (*out)[(*count)++] = load__text_value(l, json_array_get(list, i), at, key, MAPPING_MAX_PATH);
}

static void load__only(mapping__loader *l, json_t *o, mapping__fact *f) {
  static const char *const allowed[] = {"path", "in", "not", NULL};
  char at[48];
  snprintf(at, sizeof at, "%s/only", f->at);
  if (!o || !load__fields(l, o, at, allowed)) return;
  if (!f->entries.set) load__bad(l, at, "", "nur mit / only with entries");
  if (!json_object_get(o, "in")) load__bad(l, at, "in", "fehlt / missing");
  f->only = load__path(l, o, at, "path", true, false);
  load__words(l, o, at, "in", &f->in, &f->in_count);
  load__words(l, o, at, "not", &f->not, &f->not_count);
  for (size_t i = 0; i < f->in_count && l->status == ANS_OK; i++)
    for (size_t k = 0; k < f->not_count; k++)
      if (strcmp(f->in[i], f->not[k]) == 0) load__bad(l, at, "not", "auch in / also in \"in\"");
}

static const char *const load__kinds[] = {"bool", "integer", "decimal", "money", "date", "code", "text", "constant", NULL};

/* Which further fields a kind may have. */
static bool load__belongs(mapping__kind kind, const char *field) {
  bool amount = kind == MAPPING_INTEGER || kind == MAPPING_DECIMAL || kind == MAPPING_MONEY;
  if (strcmp(field, "kind") == 0) return true;
  if (strcmp(field, "path") == 0) return kind != MAPPING_CONSTANT;
  if (strcmp(field, "value") == 0) return kind == MAPPING_CONSTANT;
  if (strcmp(field, "list") == 0 || strcmp(field, "uri") == 0 || strcmp(field, "version") == 0) return kind == MAPPING_CODE;
  if (strcmp(field, "scale") == 0) return kind == MAPPING_DECIMAL;
  if (strcmp(field, "measure") == 0) return kind == MAPPING_INTEGER || kind == MAPPING_DECIMAL;
  return amount; /* per, min, max */
}

static void load__numbers(mapping__loader *l, json_t *o, const char *at, mapping__value *v) {
  static const char *const measures[] = {"years", "months", "days", "hours", NULL}, *const pers[] = {"day", "week", "month", "year", NULL};
  json_t *scale = json_object_get(o, "scale");
  if (v->kind == MAPPING_DECIMAL && (!json_is_integer(scale) || json_integer_value(scale) < 0 || json_integer_value(scale) > 9)) load__bad(l, at, "scale", "0 … 9");
  v->scale = v->kind == MAPPING_MONEY ? 2 : v->kind == MAPPING_DECIMAL ? (unsigned)json_integer_value(scale) : 0;
  if (json_object_get(o, "measure")) v->measure = (uint8_t)(ANS_M_YEARS + load__choice(l, o, at, "measure", measures, "years, months, days, hours"));
  if (json_object_get(o, "per")) v->per = (uint8_t)(ANS_PER_DAY + load__choice(l, o, at, "per", pers, "day, week, month, year"));
  if (json_object_get(o, "min")) v->min = load__literal(l, json_object_get(o, "min"), at, "min");
  if (json_object_get(o, "max")) v->max = load__literal(l, json_object_get(o, "max"), at, "max");
}

static void load__value(mapping__loader *l, json_t *o, mapping__fact *f) {
  static const char *const allowed[] = {"kind", "path", "value", "list", "uri", "version", "scale", "measure", "per", "min", "max", NULL};
  mapping__value *v = &f->value;
  char at[48];
  snprintf(at, sizeof at, "%s/value", f->at);
  if (!load__fields(l, o, at, allowed)) return;
  v->kind = (mapping__kind)load__choice(l, o, at, "kind", load__kinds, "bool, integer, decimal, money, date, code, text, constant");
  for (void *it = json_object_iter(o); it; it = json_object_iter_next(o, it))
    if (!load__belongs(v->kind, json_object_iter_key(it))) load__bad(l, at, json_object_iter_key(it), "nicht bei dieser Art / not with this kind");
  v->path = load__path(l, o, at, "path", v->kind != MAPPING_CONSTANT, false);
  v->uri = load__path(l, o, at, "uri", false, false);
  v->version = load__path(l, o, at, "version", false, false);
  load__numbers(l, o, at, v);
  if (v->kind == MAPPING_CONSTANT) v->constant = load__literal(l, json_object_get(o, "value"), at, "value");
  if (v->kind == MAPPING_CONSTANT && !f->entries.set) load__bad(l, at, "kind", "constant nur mit / only with entries");
  if (v->kind != MAPPING_CODE) return;
  const char *name = load__text(l, o, at, "list", true, MAPPING_MAX_PATH);
  for (size_t i = 0; name && i < l->m->list_count; i++)
    if (strcmp(l->m->lists[i].name, name) == 0) v->list = &l->m->lists[i];
  if (!v->list) load__bad(l, at, "list", "fehlt in / missing in code_lists");
}

static void load__valid(mapping__loader *l, json_t *o, mapping__fact *f) {
  static const char *const allowed[] = {"from", "to", "month", NULL};
  char at[48];
  snprintf(at, sizeof at, "%s/valid", f->at);
  if (!o || !load__fields(l, o, at, allowed)) return;
  f->from = load__path(l, o, at, "from", false, false);
  f->to = load__path(l, o, at, "to", false, false);
  f->month = load__path(l, o, at, "month", false, false);
  if (f->month.set ? f->from.set || f->to.set : !f->from.set && !f->to.set) load__bad(l, at, "", "from und/oder to, oder month / from and/or to, or month");
}

static void load__meaning(mapping__loader *l, json_t *o, mapping__fact *f) {
  static const char *const names[] = {"unknown", "not_applicable", NULL}, *const overlaps[] = {"any", "all", "sum", "single", NULL}, *const allowed[] = {"value", NULL};
  json_t *absent = json_object_get(o, "absent"), *at = json_object_get(o, "at");
  if (json_is_object(absent)) {
    f->absent = MAPPING_ABSENT_VALUE;
    load__fields(l, absent, f->at, allowed);
    f->absent_value = load__literal(l, json_object_get(absent, "value"), f->at, "absent/value");
  } else {
    f->absent = (mapping__absent)load__choice(l, o, f->at, "absent", names, "\"unknown\", \"not_applicable\", {\"value\": …}");
  }
  if (f->absent != MAPPING_ABSENT_UNKNOWN && l->m->coverage == MAPPING_NEVER) load__bad(l, f->at, "absent", "ohne / without answer/coverage nur / only \"unknown\"");
  if (f->entries.set) f->overlap = (mapping__overlap)(MAPPING_ANY + load__choice(l, o, f->at, "overlap", overlaps, "any, all, sum, single"));
  else if (json_object_get(o, "overlap")) load__bad(l, f->at, "overlap", "nur mit / only with entries");
  f->at_as_of = at != NULL;
  if (at && (!json_is_string(at) || strcmp(json_string_value(at), "as_of") != 0)) load__bad(l, f->at, "at", "\"as_of\"");
  if (at && !f->from.set && !f->to.set && !f->month.set) load__bad(l, f->at, "at", "nur mit / only with valid");
}

static void load__fact(mapping__loader *l, json_t *o, size_t i) {
  static const char *const allowed[] = {"comment", "unit", "fact", "row", "entries", "only", "value", "valid", "at", "absent", "overlap", NULL};
  mapping__fact *f = &l->m->facts[i];
  snprintf(f->at, sizeof f->at, "/facts/%zu", i);
  if (!load__fields(l, o, f->at, allowed)) return;
  f->unit = load__text(l, o, f->at, "unit", true, ANS_MAX_NAME);
  f->fact = load__text(l, o, f->at, "fact", true, ANS_MAX_NAME);
  f->entries = load__path(l, o, f->at, "entries", false, true);
  if (f->entries.set && l->m->xml && (f->entries.count < 2 || f->entries.steps[f->entries.count - 1].attribute)) load__bad(l, f->at, "entries", "ein Element unter der Wurzel / an element below the root");
  load__row(l, json_object_get(o, "row"), f);
  load__only(l, json_object_get(o, "only"), f);
  load__value(l, json_object_get(o, "value"), f);
  load__valid(l, json_object_get(o, "valid"), f);
  load__meaning(l, o, f);
  for (size_t k = 0; k < i && l->status == ANS_OK; k++)
    if (strcmp(l->m->facts[k].unit, f->unit) == 0 && strcmp(l->m->facts[k].fact, f->fact) == 0) load__bad(l, f->at, "fact", "doppelt / twice");
}

/* --- the file ---------------------------------------------------------------------------------------------------------------------------- */
static void load__namespaces(mapping__loader *l, json_t *o) {
  if (l->status != ANS_OK || (!o && !l->m->xml)) return;
  if (!l->m->xml) load__bad(l, "", "namespaces", "nur mit / only with media xml");
  if (!json_is_object(o) || json_object_size(o) == 0 || json_object_size(o) > MAPPING_MAX_NAMESPACES) load__bad(l, "", "namespaces", "1 … 16");
  for (void *it = json_object_iter(o); it && l->status == ANS_OK; it = json_object_iter_next(o, it)) {
    const char *prefix = json_object_iter_key(it);
    if (!load__is_name(prefix, strlen(prefix))) load__bad(l, "/namespaces", prefix, "kein Präfix / no prefix");
    l->spaces[l->space_count][0] = load__keep(l, ans_arena_text(l->m->arena, prefix, strlen(prefix)));
    l->spaces[l->space_count++][1] = load__text_value(l, json_object_iter_value(it), "/namespaces", prefix, MAPPING_MAX_PATH);
  }
}

static void load__answer(mapping__loader *l, json_t *o) {
  static const char *const allowed[] = {"status", "register", "subject", "as_of", "record", "coverage", NULL}, *const status_fields[] = {"path", "found", "no_data", NULL}, *const coverage_fields[] = {"from", NULL};
  exchange__mapping *m = l->m;
  if (!load__fields(l, o, "/answer", allowed)) return;
  json_t *status = json_object_get(o, "status"), *coverage = json_object_get(o, "coverage");
  load__fields(l, status, "/answer/status", status_fields);
  m->status = load__path(l, status, "/answer/status", "path", true, true);
  m->found = load__text(l, status, "/answer/status", "found", true, MAPPING_MAX_PATH);
  m->no_data = load__text(l, status, "/answer/status", "no_data", true, MAPPING_MAX_PATH);
  if (l->status == ANS_OK && strcmp(m->found, m->no_data) == 0) load__bad(l, "/answer/status", "no_data", "gleich / equal to found");
  m->name = load__path(l, o, "/answer", "register", true, true);
  m->subject = load__path(l, o, "/answer", "subject", true, true);
  m->as_of = load__path(l, o, "/answer", "as_of", true, true);
  m->record = load__path(l, o, "/answer", "record", true, true);
  if (l->status == ANS_OK && (m->record.count < 1 || m->record.steps[m->record.count - 1].attribute)) load__bad(l, "/answer", "record", "unter der Wurzel / below the root");
  if (l->status == ANS_OK && m->xml && m->record.count < 2) load__bad(l, "/answer", "record", "unter der Wurzel / below the root");
  if (json_is_string(coverage) && strcmp(json_string_value(coverage), "complete") == 0) m->coverage = MAPPING_COMPLETE;
  else if (coverage && load__fields(l, coverage, "/answer/coverage", coverage_fields)) {
    m->coverage = MAPPING_SINCE;
    m->coverage_from = load__path(l, coverage, "/answer/coverage", "from", true, true);
  }
}

static void load__all(mapping__loader *l, json_t *o) {
  static const char *const allowed[] = {"format", "comment", "register", "media", "namespaces", "answer", "code_lists", "facts", NULL}, *const media[] = {"json", "xml", NULL};
  exchange__mapping *m = l->m;
  if (!load__fields(l, o, "", allowed)) return;
  const char *format = load__text(l, o, "", "format", true, 64);
  if (format && strcmp(format, "anspruch-mapping/1") != 0) load__bad(l, "", "format", "anspruch-mapping/1");
  m->register_name = load__text(l, o, "", "register", true, 32);
  for (const char *c = m->register_name; c && *c; c++)
    if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-')) load__bad(l, "", "register", "a-z 0-9 -");
  m->xml = load__choice(l, o, "", "media", media, "json, xml") == 1;
  load__namespaces(l, json_object_get(o, "namespaces"));
  load__answer(l, json_object_get(o, "answer"));
  load__lists(l, json_object_get(o, "code_lists"));
  json_t *facts = json_object_get(o, "facts");
  size_t n = json_array_size(facts);
  if (l->status == ANS_OK && (!json_is_array(facts) || n == 0 || n > MAPPING_MAX_FACTS)) load__bad(l, "", "facts", "1 … 128");
  m->facts = l->status == ANS_OK ? load__keep(l, ans_arena_array(m->arena, n, sizeof *m->facts)) : NULL;
  for (size_t i = 0; i < n && l->status == ANS_OK; i++) {
    load__fact(l, json_array_get(facts, i), i);
    m->fact_count++;
  }
}

ans_status exchange__mapping_parse(const char *name, const char *bytes, size_t size, exchange__mapping **out, ans_error *err) {
  *out = NULL;
  if (size > MAPPING_MAX_BYTES) return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-MAPPING-OPEN", name, "mehr als / more than 1 MiB", (char *)NULL);
  json_error_t why;
  json_t *o = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why);
  if (!o) {
    char text[220];
    snprintf(text, sizeof text, "Zeile/line %d: %.150s", why.line, why.text);
    return ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-MAPPING-OPEN", name, text, (char *)NULL);
  }
  mapping__loader l = {.status = ANS_OK, .err = err};
  ans_arena *arena = ans_arena_new(64u << 20);
  l.m = arena ? ans_arena_alloc(arena, sizeof *l.m) : NULL;
  if (l.m) {
    l.m->arena = arena;
    l.m->file = load__keep(&l, ans_arena_text(arena, name, strlen(name)));
    load__all(&l, o);
  } else {
    l.status = ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  }
  json_decref(o);
  if (l.status == ANS_OK) *out = l.m;
  else ans_arena_free(arena);
  return l.status;
}

ans_status exchange__mapping_load(const char *path, exchange__mapping **out, ans_error *err) {
  *out = NULL;
  FILE *f = fopen(path, "rb");
  char *bytes = f ? malloc(MAPPING_MAX_BYTES + 1) : NULL;
  size_t n = bytes ? fread(bytes, 1, MAPPING_MAX_BYTES + 1, f) : 0;
  bool read = bytes && !ferror(f);
  if (f) fclose(f);
  ans_status status = read ? exchange__mapping_parse(path, bytes, n, out, err)
                           : ans_error_set(err, ANS_EXCHANGE, "E-EXCHANGE-MAPPING-OPEN", path, "nicht lesbar / not readable", (char *)NULL);
  free(bytes);
  return status;
}

void exchange__mapping_free(exchange__mapping *m) {
  if (m) ans_arena_free(m->arena);
}
