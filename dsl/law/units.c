/* From flows to units: writes the normalised text of a paragraph once and notes where each unit begins and ends. A level of text is written,
 * cut into sentences, and the lists in it are hung under the sentence they stand in. Nodes are linked while a paragraph grows and flattened in
 * text order at the end, because the sentences of a level are known only after its lists. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "law/law_private.h"

typedef struct unit__node unit__node;
struct unit__node { ans_law_level level; const char *number, *title; size_t from, to; unit__node *first, *last, *next; };
typedef enum unit__mode { UNIT__SENTENCES, UNIT__SEVERAL /* only if there are two or more */, UNIT__NONE } unit__mode;

typedef struct unit__maker {
  ans_arena *scratch, *arena;
  ans_buffer out;
  size_t base;
  bool blank;
  uint32_t units;
  bool out_of_memory, too_many;
} unit__maker;

static unit__node *unit__new(unit__maker *m, ans_law_level level, const char *number, size_t from) {
  unit__node *n = ans_arena_alloc(m->scratch, sizeof *n);
  if (!n) { m->out_of_memory = true; return NULL; }
  if (++m->units > ANS_LAW_MAX_UNITS) m->too_many = true;
  *n = (unit__node){level, number, "", from, from, NULL, NULL, NULL};
  return n;
}

static void unit__hang(unit__node *parent, unit__node *child) {
  if (parent->last) parent->last->next = child;
  else parent->first = child;
  parent->last = child;
}

static const char *unit__number(unit__maker *m, uint32_t n) {
  char buf[24];
  const char *s = ans_itoa(buf, n), *copy = ans_arena_text(m->scratch, s, strlen(s));
  if (!copy) m->out_of_memory = true;
  return copy ? copy : "";
}

/* The level of a list is told by its first label and by where it stands: "aa)" after "z)" is still a letter. */
static ans_law_level unit__list_level(const char *label, ans_law_level above) {
  size_t n = strlen(label);
  if (n == 0) return ANS_LAW_DASH;
  if (label[0] >= '0' && label[0] <= '9') return ANS_LAW_NUMBER;
  if (label[0] >= 'A' && label[0] <= 'Z') return ANS_LAW_NUMBER; /* I., II. or A., B.: cited as Nummer */
  if (above == ANS_LAW_LETTER) return ANS_LAW_DOUBLE;
  if (above == ANS_LAW_DOUBLE) return ANS_LAW_TRIPLE;
  return n == 2 && label[0] == label[1] ? ANS_LAW_DOUBLE : n == 3 && label[0] == label[1] && label[1] == label[2] ? ANS_LAW_TRIPLE : ANS_LAW_LETTER;
}

static void unit__level(unit__maker *m, const law__flow *f, unit__node *parent, unit__mode mode, ans_law_level above);

static unit__node *unit__list(unit__maker *m, const law__inline *list, ans_law_level above) {
  unit__node *first = NULL, *last = NULL;
  uint32_t dash = 0;
  ans_law_level level = list->items ? unit__list_level(list->items->label, above) : ANS_LAW_DASH;
  for (const law__item *i = list->items; i && !m->out_of_memory && !m->too_many; i = i->next) {
    bool bare = *i->label == 0;
    m->blank = true;
    const char *label = bare ? "–" : i->label;
    law__fold(&m->out, m->base, &m->blank, label);
    if (!bare) ans_buffer_char(&m->out, level == ANS_LAW_NUMBER ? '.' : ')');
    m->blank = true;
    unit__node *n = unit__new(m, bare ? ANS_LAW_DASH : level, bare ? unit__number(m, ++dash) : i->label, m->out.len);
    if (!n) return first;
    unit__level(m, &i->flow, n, UNIT__SEVERAL, n->level);
    n->to = m->out.len;
    if (last) last->next = n;
    else first = n;
    last = n;
  }
  m->blank = true;
  return first;
}

typedef struct unit__cut { unit__maker *m; unit__node *first, *last; uint32_t count; } unit__cut;
static void unit__on_cut(void *ctx, size_t at, uint32_t number) {
  unit__cut *c = ctx;
  unit__node *n = unit__new(c->m, ANS_LAW_SENTENCE, unit__number(c->m, number), at);
  if (!n) return;
  if (c->last) { c->last->to = at; c->last->next = n; }
  else c->first = n;
  c->last = n;
  c->count++;
}

static void unit__adopt(unit__node *parent, unit__node *list) { /* hangs a chain of items under a sentence or item */
  while (list) {
    unit__node *next = list->next;
    list->next = NULL;
    unit__hang(parent, list);
    list = next;
  }
}

static size_t unit__write(unit__maker *m, const law__flow *f, law__piece *pieces, ans_law_level above) {
  size_t n = 0;
  for (const law__inline *x = f->first; x && !m->out_of_memory && !m->too_many; x = x->next) {
    law__piece *p = &pieces[n++];
    *p = (law__piece){x->kind, x->mark, m->out.len, m->out.len, NULL};
    if (x->kind == LAW__TEXT) law__fold(&m->out, m->base, &m->blank, x->text);
    if (x->kind == LAW__LIST) p->list = unit__list(m, x, above);
    if (x->kind == LAW__OPAQUE) { m->blank = true; law__fold(&m->out, m->base, &m->blank, x->text); m->blank = true; }
    if (x->kind == LAW__BREAK || x->kind == LAW__MARK) m->blank = true;
    p->to = m->out.len;
  }
  return n;
}

static void unit__level(unit__maker *m, const law__flow *f, unit__node *parent, unit__mode mode, ans_law_level above) {
  size_t n = 0;
  for (const law__inline *x = f->first; x; x = x->next) n++;
  law__piece *pieces = n ? ans_arena_array(m->scratch, n, sizeof *pieces) : NULL;
  if (!pieces) { m->out_of_memory = m->out_of_memory || n > 0; return; }
  n = unit__write(m, f, pieces, above);
  if (m->out.failed || m->out_of_memory || m->too_many) return;
  unit__cut cuts = {m, NULL, NULL, 0};
  if (mode != UNIT__NONE && m->out.data) law__sentences(m->out.data, pieces, n, unit__on_cut, &cuts);
  if (cuts.last) cuts.last->to = m->out.len;
  bool sentences = cuts.count > (mode == UNIT__SEVERAL ? 1u : 0u);
  if (!sentences) m->units -= cuts.count;
  unit__node *s = sentences ? cuts.first : NULL;
  for (size_t i = 0; i < n; i++) {
    if (!pieces[i].list) continue;
    while (s && s->next && s->next->from <= pieces[i].from) s = s->next;
    unit__adopt(s ? s : parent, pieces[i].list);
  }
  if (sentences) unit__adopt(parent, cuts.first);
}

static void unit__block(unit__maker *m, const law__block *b, unit__node *para) {
  unit__mode mode = para->level == ANS_LAW_ANNEX ? UNIT__NONE : UNIT__SENTENCES;
  m->blank = true;
  if (!b->label) {
    unit__level(m, &b->flow, para, mode, para->level);
    return;
  }
  char label[2 * ANS_LAW_NUMBER_SIZE + 16];
  strcpy(label, "(");
  strcat(label, b->label);
  if (b->also_to) { strcat(label, ") bis ("); strcat(label, b->also_to); }
  strcat(label, ")");
  law__fold(&m->out, m->base, &m->blank, label);
  m->blank = true;
  unit__node *n = unit__new(m, ANS_LAW_SUBSECTION, b->label, m->out.len);
  if (!n) return;
  unit__hang(para, n);
  unit__level(m, &b->flow, n, mode, ANS_LAW_SUBSECTION);
  n->to = m->out.len;
  if (!b->also_to) return;
  long from = strtol(b->label, NULL, 10), to = strtol(b->also_to, NULL, 10);
  for (long k = from + 1; k <= to && k <= from + 50; k++) { /* the others share the text, usually "(weggefallen)" */
    unit__node *also = unit__new(m, ANS_LAW_SUBSECTION, k == to ? b->also_to : unit__number(m, (uint32_t)k), n->from);
    if (!also) return;
    also->to = n->to;
    unit__hang(para, also);
  }
}

typedef struct unit__flat { ans_law_unit *units; uint32_t count; const char *text; size_t hashed, limit; bool too_deep, out_of_memory; ans_arena *arena; } unit__flat;
static void unit__flatten(unit__flat *f, const unit__node *n, uint32_t parent) {
  uint32_t index = f->count++;
  ans_law_unit *u = &f->units[index];
  size_t from = n->from, to = n->to;
  while (from < to && f->text[from] == ' ') from++;
  while (to > from && f->text[to - 1] == ' ') to--;
  u->level = n->level;
  u->number = ans_arena_text(f->arena, n->number, strlen(n->number));
  u->title = ans_arena_text(f->arena, n->title, strlen(n->title));
  u->parent = parent;
  u->at = (uint32_t)from;
  u->len = (uint32_t)(to - from);
  if (!u->number || !u->title) f->out_of_memory = true;
  if (f->hashed + (to - from) > f->limit) { f->too_deep = true; u->len = 0; }
  f->hashed += u->len;
  ans_sha256_once(f->text + from, u->len, u->sha256);
  for (const unit__node *c = n->first; c; c = c->next) unit__flatten(f, c, index);
  f->units[index].end = f->count;
}

static unit__node *unit__paragraphs(unit__maker *m, const law__reader *r) {
  unit__node *first = NULL, *last = NULL;
  for (const law__para *p = r->first; p; p = p->next) {
    m->base = m->out.len;
    m->blank = false;
    unit__node *n = unit__new(m, p->level, p->number, m->base);
    if (!n) return NULL;
    n->title = p->title;
    for (const law__block *b = p->first; b && !m->out.failed && !m->out_of_memory && !m->too_many; b = b->next) unit__block(m, b, n);
    n->to = m->out.len;
    ans_buffer_char(&m->out, '\n');
    if (last) last->next = n;
    else first = n;
    last = n;
  }
  return first;
}

static const char *unit__copy(ans_law *law, const char *s) {
  const char *c = ans_arena_text(law->arena, s ? s : "", s ? strlen(s) : 0);
  return c;
}

static bool unit__fill(ans_law *law, const law__reader *r, unit__maker *m, const unit__node *first, const void *source, size_t size) {
  uint8_t hash[32];
  unit__flat f = {.units = ans_arena_array(law->arena, m->units, sizeof(ans_law_unit)), .limit = law__hash_limit(m->out.len), .arena = law->arena};
  law->text = f.text = ans_arena_text(law->arena, m->out.data, m->out.len);
  law->text_len = m->out.len;
  if (!f.units || !f.text) return false;
  for (const unit__node *n = first; n; n = n->next) unit__flatten(&f, n, ANS_NONE);
  m->too_many = f.too_deep;
  law->units = f.units;
  law->unit_count = f.count;
  ans_sha256_once(source, size, hash);
  ans_hex(hash, 32, law->source_sha256);
  law->format = r->format;
  law->name = unit__copy(law, r->name);
  law->official = unit__copy(law, r->official);
  law->title = unit__copy(law, r->title);
  law->id = unit__copy(law, r->id);
  law->state = unit__copy(law, r->state);
  return !f.out_of_memory && law->name && law->official && law->title && law->id && law->state;
}

ans_status law__make(const law__reader *r, const void *source, size_t size, ans_law **out, ans_error *err) {
  unit__maker m = {.scratch = r->arena};
  ans_arena *arena = ans_arena_new(0);
  ans_law *law = arena ? ans_arena_alloc(arena, sizeof *law) : NULL;
  ans_buffer_init(&m.out, ANS_LAW_MAX_TEXT);
  unit__node *first = law ? unit__paragraphs(&m, r) : NULL;
  ans_status status = ANS_OK;
  char limit[24];
  if (law) law->arena = arena;
  bool filled = law && !m.too_many && !m.out.failed && !m.out_of_memory && unit__fill(law, r, &m, first, source, size);
  if (m.too_many) status = ans_error_set(err, ANS_LIMIT, "E-LAW-UNITS", r->file, ans_itoa(limit, ANS_LAW_MAX_UNITS), NULL);
  else if (m.out.full) status = ans_error_set(err, ANS_LIMIT, "E-LAW-TEXT", r->file, NULL);
  else if (!filled) status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", r->file, "law", NULL);
  ans_buffer_dispose(&m.out);
  if (status != ANS_OK) { ans_arena_free(arena); return status; }
  *out = law;
  return ANS_OK;
}

static ans_status unit__read(law__reader *r, const void *xml, size_t size) {
  xmlDocPtr doc = NULL;
  ans_status status = law__xml_parse(r->file, xml, size, &doc, r->err);
  if (status != ANS_OK) return status;
  const xmlNode *root = xmlDocGetRootElement(doc);
  if (law__xml_is(root, "dokumente")) {
    r->format = "gii";
    law__read_gii(r, root);
  } else if (law__xml_is(root, "akomaNtoso") || law__xml_is(root, "act")) {
    r->format = "legaldocml";
    law__read_legaldocml(r, root);
  } else {
    law__fail(r, ANS_INPUT, "E-LAW-ROOT", (const char *)root->name);
  }
  if (r->status == ANS_OK && !*r->name) law__fail(r, ANS_INPUT, "E-LAW-NAME", "");
  if (r->status == ANS_OK && !r->first) law__fail(r, ANS_INPUT, "E-LAW-EMPTY", "");
  xmlFreeDoc(doc);
  return r->status;
}

ans_status ans_law_import(const char *name, const void *xml, size_t size, ans_law **out, ans_error *err) {
  *out = NULL;
  law__reader r = {.arena = ans_arena_new(0), .file = name, .format = "", .name = "", .official = "", .title = "", .id = "", .state = "", .err = err};
  if (!r.arena) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "law", NULL);
  ans_buffer_init(&r.run, ANS_LAW_MAX_TEXT);
  ans_status status = unit__read(&r, xml, size);
  if (status == ANS_OK) status = law__make(&r, xml, size, out, err);
  ans_buffer_dispose(&r.run);
  ans_arena_free(r.arena);
  return status;
}

void ans_law_free(ans_law *law) {
  if (law) ans_arena_free(law->arena);
}
