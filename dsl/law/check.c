/* Checking citations against imported laws, and the lock file that remembers the wording they had when the rule was written. Pure: reports are
 * data, the command line prints them. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "law/uses.h"

typedef struct check__entry { const char *citation, *text; uint8_t sha256[32]; bool used; } check__entry;
typedef struct check__lock { check__entry *entries; size_t count; json_t *root; } check__lock;

typedef struct check__run {
  const ans_law_uses *u;
  ans_law *const *laws;
  size_t law_count;
  check__lock *lock;
  ans_law_report *r;
  uint32_t capacity;
  bool out_of_memory;
} check__run;

static const ans_law *check__law(const ans_law_uses *u, ans_law *const *laws, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (ans_law_uses_is(u, laws[i], name)) return laws[i];
  return NULL;
}

static const char *check__copy(check__run *c, const char *s, size_t n) {
  const char *copy = ans_arena_text(c->r->arena, s, n);
  if (!copy) c->out_of_memory = true;
  return copy ? copy : "";
}

static ans_law_finding *check__find(check__run *c, ans_law_kind kind, const char *citation, const uses__cite *cite) {
  if (c->r->count == c->capacity) {
    uint32_t fresh = c->capacity ? c->capacity * 2 : 64;
    ans_law_finding *grown = reallocarray(c->r->findings, fresh, sizeof *grown);
    if (!grown) { c->out_of_memory = true; return NULL; }
    c->r->findings = grown;
    c->capacity = fresh;
  }
  ans_law_finding *f = &c->r->findings[c->r->count++];
  *f = (ans_law_finding){.kind = kind, .citation = check__copy(c, citation, strlen(citation)), .nearest = "", .there = "", .before = "", .now = ""};
  if (kind < ANS_LAW_F_NO_LAW) c->r->failures++;
  const ans_law_use **uses = cite ? ans_arena_array(c->r->arena, cite->count, sizeof *uses) : NULL;
  if (cite && !uses) c->out_of_memory = true;
  uint32_t n = 0;
  for (uint32_t i = cite && uses ? cite->first : UINT32_MAX; i != UINT32_MAX; i = c->u->next[i]) uses[n++] = &c->u->uses[i];
  f->uses = uses;
  f->use_count = n;
  return f;
}

static check__entry *check__locked(const check__lock *l, const char *citation) {
  size_t lo = 0, hi = l ? l->count : 0;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    int d = strcmp(l->entries[mid].citation, citation);
    if (d == 0) return &l->entries[mid];
    if (d < 0) lo = mid + 1;
    else hi = mid;
  }
  return NULL;
}

static void check__no_law(check__run *c, const ans_cite *cite, const uses__cite *of) {
  c->r->unchecked++;
  for (uint32_t i = 0; i < c->r->count; i++)
    if (c->r->findings[i].kind == ANS_LAW_F_NO_LAW && strcmp(c->r->findings[i].citation, cite->law) == 0) return;
  check__find(c, ANS_LAW_F_NO_LAW, cite->law, of);
}

static void check__not_found(check__run *c, const ans_law *law, const ans_cite *cite, ans_law_answer answer, const ans_law_target *t, const char *text, check__entry *e, const uses__cite *of) {
  ans_law_kind kind = answer == ANS_LAW_AMBIGUOUS ? ANS_LAW_F_AMBIGUOUS : e ? ANS_LAW_F_GONE : answer == ANS_LAW_REPEALED ? ANS_LAW_F_REPEALED : ANS_LAW_F_MISSING;
  char nearest[ANS_CITE_TEXT] = "", there[ANS_CITE_TEXT] = "";
  ans_law_finding *f = check__find(c, kind, text, of);
  if (!f) return;
  if (answer != ANS_LAW_REPEALED) ans_law_suggest(law, cite, t, nearest, there);
  f->nearest = check__copy(c, nearest, strlen(nearest));
  f->there = check__copy(c, there, strlen(there));
  if (e) f->before = check__copy(c, e->text, strlen(e->text));
  if (answer == ANS_LAW_REPEALED) f->now = check__copy(c, t->text, t->len);
}

static void check__single(check__run *c, const ans_cite *cite, const uses__cite *of) {
  char text[ANS_CITE_TEXT];
  ans_law_target t;
  ans_cite_format(cite, text);
  check__entry *e = check__locked(c->lock, text);
  if (e) e->used = true;
  c->r->citations++;
  const ans_law *law = check__law(c->u, c->laws, c->law_count, cite->law);
  if (!law) { check__no_law(c, cite, of); return; }
  ans_law_answer answer = ans_law_resolve(law, cite, &t);
  if (answer != ANS_LAW_FOUND) { check__not_found(c, law, cite, answer, &t, text, e, of); return; }
  c->r->resolved++;
  if (!c->lock || (e && memcmp(e->sha256, t.sha256, 32) == 0)) return;
  ans_law_finding *f = check__find(c, e ? ANS_LAW_F_CHANGED : ANS_LAW_F_UNPINNED, text, of);
  if (!f) return;
  f->now = check__copy(c, t.text, t.len);
  if (e) f->before = check__copy(c, e->text, strlen(e->text));
}

static int check__by_citation(const void *a, const void *b) { return strcmp(((const check__entry *)a)->citation, ((const check__entry *)b)->citation); }

static bool check__read_entry(json_t *o, check__entry *e) {
  const char *sha = json_string_value(json_object_get(o, "sha256"));
  char hex[65];
  e->citation = json_string_value(json_object_get(o, "citation"));
  e->text = json_string_value(json_object_get(o, "text"));
  e->used = false;
  if (!e->citation || !e->text || !sha) return false;
  ans_sha256_once(e->text, strlen(e->text), e->sha256);
  ans_hex(e->sha256, 32, hex);
  return strcmp(hex, sha) == 0;
}

static ans_status check__read_lock(const char *name, const char *bytes, size_t size, check__lock *l, ans_error *err) {
  json_error_t je;
  *l = (check__lock){0};
  l->root = size <= ANS_LAW_MAX_FILE ? json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &je) : NULL;
  json_t *list = json_object_get(l->root, "citations");
  const char *format = json_string_value(json_object_get(l->root, "format"));
  bool ok = format && strcmp(format, "anspruch-lock") == 0 && json_integer_value(json_object_get(l->root, "version")) == 1 && json_is_array(list) && json_array_size(list) <= ANS_LAW_MAX_USES;
  l->count = ok ? json_array_size(list) : 0;
  l->entries = calloc(l->count + 1, sizeof *l->entries);
  if (!l->entries) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "law", NULL);
  for (size_t i = 0; i < l->count && ok; i++) ok = check__read_entry(json_array_get(list, i), &l->entries[i]);
  if (!ok) return ans_error_set(err, ANS_INPUT, "E-LAW-LOCK", name, NULL);
  qsort(l->entries, l->count, sizeof *l->entries, check__by_citation);
  return ANS_OK;
}

static void check__free_lock(check__lock *l) {
  free(l->entries);
  json_decref(l->root);
}

static void check__all(check__run *c) {
  ans_cite *single = calloc(ANS_LAW_MAX_EXPANDED, sizeof *single);
  if (!single) { c->out_of_memory = true; return; }
  for (uint32_t i = 0; i < c->u->cite_count && !c->out_of_memory; i++) {
    const uses__cite *of = &c->u->cites[i];
    uint32_t n = 0;
    if (ans_cite_parse(of->text, single, ANS_LAW_MAX_EXPANDED, &n, NULL) != ANS_OK) {
      c->r->citations++;
      check__find(c, ANS_LAW_F_MISSING, of->text, of);
    }
    for (uint32_t k = 0; k < n && !c->out_of_memory; k++) check__single(c, &single[k], of);
  }
  for (size_t i = 0; c->lock && i < c->lock->count && !c->out_of_memory; i++)
    if (!c->lock->entries[i].used) check__find(c, ANS_LAW_F_STALE, c->lock->entries[i].citation, NULL);
  free(single);
}

ans_status ans_law_check(const ans_law_uses *u, ans_law *const *laws, size_t law_count, const char *lock_name, const char *lock, size_t lock_size, ans_law_report *out, ans_error *err) {
  *out = (ans_law_report){.arena = ans_arena_new(0)};
  if (!out->arena) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  check__lock l = {0};
  ans_status status = lock ? check__read_lock(lock_name, lock, lock_size, &l, err) : ANS_OK;
  check__run c = {.u = u, .laws = laws, .law_count = law_count, .lock = lock ? &l : NULL, .r = out};
  if (status == ANS_OK) {
    check__all(&c);
    if (c.out_of_memory) status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  }
  check__free_lock(&l);
  if (status != ANS_OK) ans_law_report_dispose(out);
  return status;
}

void ans_law_report_dispose(ans_law_report *r) {
  free(r->findings);
  ans_arena_free(r->arena);
  *r = (ans_law_report){0};
}

/* --- pinning ------------------------------------------------------------------------------------------------------------------ */

typedef struct pin__list { check__entry *entries; size_t count, capacity; ans_arena *arena; bool out_of_memory; const char *missing; } pin__list;

static void pin__add(pin__list *l, const ans_cite *cite, const ans_law *law) {
  char text[ANS_CITE_TEXT];
  ans_law_target t;
  ans_cite_format(cite, text);
  bool found = ans_law_resolve(law, cite, &t) == ANS_LAW_FOUND;
  if (l->count == l->capacity) {
    size_t fresh = l->capacity ? l->capacity * 2 : 256;
    check__entry *grown = reallocarray(l->entries, fresh, sizeof *grown);
    if (!grown) { l->out_of_memory = true; return; }
    l->entries = grown;
    l->capacity = fresh;
  }
  const char *name = ans_arena_text(l->arena, text, strlen(text)), *wording = ans_arena_text(l->arena, t.text, t.len);
  if (!name || !wording) { l->out_of_memory = true; return; }
  if (!found) { l->missing = l->missing ? l->missing : name; return; }
  check__entry *e = &l->entries[l->count++];
  *e = (check__entry){.citation = name, .text = wording};
  memcpy(e->sha256, t.sha256, 32);
}

static void pin__write(const pin__list *l, ans_law *const *laws, size_t law_count, const char *package, const char *version, ans_buffer *out, uint32_t *pinned) {
  ans_buffer_text(out, "{\"format\":\"anspruch-lock\",\"version\":1,\"package\":");
  ans_buffer_json(out, package);
  ans_buffer_text(out, ",\"package_version\":");
  ans_buffer_json(out, version);
  ans_buffer_text(out, ",\n\"laws\":[");
  for (size_t i = 0; i < law_count; i++) {
    ans_buffer_text(out, i ? ",\n{\"law\":" : "\n{\"law\":");
    ans_buffer_json(out, laws[i]->name);
    ans_buffer_text(out, ",\"id\":");
    ans_buffer_json(out, laws[i]->id);
    ans_buffer_text(out, ",\"state\":");
    ans_buffer_json(out, laws[i]->state);
    ans_buffer_printf(out, ",\"source_sha256\":\"%s\"}", laws[i]->source_sha256);
  }
  ans_buffer_text(out, "],\n\"citations\":[");
  for (size_t i = 0; i < l->count; i++) {
    char hex[65];
    if (i && strcmp(l->entries[i].citation, l->entries[i - 1].citation) == 0) continue;
    ans_hex(l->entries[i].sha256, 32, hex);
    ans_buffer_text(out, i ? ",\n{\"citation\":" : "\n{\"citation\":");
    ans_buffer_json(out, l->entries[i].citation);
    ans_buffer_printf(out, ",\"sha256\":\"%s\",\"text\":", hex);
    ans_buffer_json(out, l->entries[i].text);
    ans_buffer_char(out, '}');
    (*pinned)++;
  }
  ans_buffer_text(out, "]}\n");
}

ans_status ans_law_pin(const ans_law_uses *u, ans_law *const *laws, size_t law_count, const char *package, const char *version, ans_buffer *out, uint32_t *pinned, ans_error *err) {
  pin__list l = {.arena = ans_arena_new(0)};
  ans_cite *single = calloc(ANS_LAW_MAX_EXPANDED, sizeof *single);
  l.out_of_memory = !l.arena || !single;
  *pinned = 0;
  for (uint32_t i = 0; i < u->cite_count && !l.out_of_memory; i++) {
    uint32_t n = 0;
    if (ans_cite_parse(u->cites[i].text, single, ANS_LAW_MAX_EXPANDED, &n, NULL) != ANS_OK) l.missing = u->cites[i].text;
    for (uint32_t k = 0; k < n && !l.out_of_memory; k++) {
      const ans_law *law = check__law(u, laws, law_count, single[k].law);
      if (law) pin__add(&l, &single[k], law);
    }
  }
  ans_status status = ANS_OK;
  if (l.out_of_memory) status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  else if (l.missing) status = ans_error_set(err, ANS_NEGATIVE, "E-LAW-UNRESOLVED", NULL, l.missing, NULL);
  if (status == ANS_OK) {
    if (l.count) qsort(l.entries, l.count, sizeof *l.entries, check__by_citation);
    pin__write(&l, laws, law_count, package, version, out, pinned);
    if (out->failed) status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
  }
  free(l.entries);
  free(single);
  ans_arena_free(l.arena);
  return status;
}
