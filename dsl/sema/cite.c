/* Citations → provision table. A provision is the list of its parts (keyword and numbers) under one norm; its text is canonical,
 * so that equal citations are one entry however they were spaced. Every entry brings its ancestors ("§ 32 Abs. 4 EStG", "§ 32 EStG").
 * Several numbers in one part (Satz 2, 3) are one text that stands for both: as a target it covers what lies below either. */
#include "sema/sema_private.h"
#include <string.h>

static uint32_t cite__norm(sema *s, const ans_syn *citation) {
  const ans_syn *law = sema__child(citation, 0);
  if (!law) {
    if (s->section_norm == ANS_NONE) SEMA_ERR0(s, LAW_MISSING, citation);
    return s->section_norm;
  }
  const char *name = sema__text(s, law);
  sema_symbol *y = sema__find(s, SPACE_NORM, 0, name);
  if (!y) {
    SEMA_ERR(s, UNKNOWN_LAW, law, name);
    sema__suggest(s, law, name, &(sema_place){SPACE_NORM, 0}, 1, NULL, 0);
    return ANS_NONE;
  }
  y->used = true;
  return y->index;
}

static const char *cite__text(sema *s, const sema_cite *c, uint32_t count) {
  const char *text = "";
  for (uint32_t i = 0; i < count && text; i++) {
    text = sema__format(s, "%s%s%s", text, i ? " " : "", c->part[i].keyword);
    for (uint32_t k = 0; k < c->part[i].count && text; k++) text = sema__format(s, "%s%s %s", text, k ? "," : "", c->part[i].number[k]);
  }
  return text ? sema__format(s, "%s %s", text, VEC_AT(sema_norm, s->norms, c->norm)->name) : NULL;
}

/* The entry of the first `count` parts, with its ancestors before it. */
static uint32_t cite__intern(sema *s, const sema_cite *c, uint32_t count, const ans_syn *at) {
  uint32_t parent = count > 1 ? cite__intern(s, c, count - 1, at) : ANS_NONE;
  if (count > 1 && parent == ANS_NONE) return ANS_NONE; /* reported for the shorter one */
  const char *text = cite__text(s, c, count);
  if (!text) return ANS_NONE;
  if (strlen(text) > SEMA_MAX_NAME) { SEMA_ERR(s, TOO_MANY, at, "240 Byte je Fundstelle / bytes of a citation"); return ANS_NONE; }
  const sema_symbol *old = sema__find(s, SPACE_PROVISION, 0, text);
  if (old) return old->index;
  ans_provision *p = sema__push(s, &s->provisions, sizeof *p, "Fundstellen / citations");
  sema_cite *side = sema__push(s, &s->cites, sizeof *side, "Fundstellen / citations");
  if (!p || !side) return ANS_NONE;
  const sema_norm *norm = VEC_AT(sema_norm, s->norms, c->norm);
  *p = (ans_provision){text, norm->name, parent, norm->unchecked};
  *side = *c;
  side->count = count;
  return sema__declare_text(s, SPACE_PROVISION, 0, text, at, SYM_PROVISION, s->provisions.n - 1) ? s->provisions.n - 1 : ANS_NONE;
}

uint32_t sema__provision(sema *s, const ans_syn *citation, bool unchecked) {
  sema_cite c = {.norm = cite__norm(s, citation)};
  if (c.norm == ANS_NONE) return ANS_NONE;
  for (uint32_t i = 1; i < citation->count && c.count < SEMA_MAX_PARTS; i++) {
    const ans_syn *part = citation->child[i];
    if (!part) continue;
    sema_part *p = &c.part[c.count++];
    p->keyword = sema__text(s, sema__child(part, 0));
    p->count = part->count ? part->count - 1 : 0;
    p->number = sema__alloc(s, p->count, sizeof *p->number);
    for (uint32_t k = 0; p->number && k < p->count; k++) p->number[k] = sema__text(s, part->child[k + 1]);
    if (!p->number) return ANS_NONE;
  }
  if (!c.count) return ANS_NONE;
  uint32_t index = cite__intern(s, &c, c.count, citation);
  if (index != ANS_NONE && unchecked) VEC_AT(ans_provision, s->provisions, index)->unchecked = 1;
  return index;
}

uint32_t sema__source_text(sema *s, const ans_syn *string, bool unchecked) {
  const char *text = sema__words_of(s, sema__string(s, string));
  if (!*text) return ANS_NONE; /* an empty source says no more than none */
  if (strlen(text) > SEMA_MAX_NAME) { SEMA_ERR(s, TOO_MANY, string, "240 Byte je Fundstelle / bytes of a citation"); return ANS_NONE; }
  const sema_symbol *old = sema__find(s, SPACE_PROVISION, 1, text);
  if (old) return old->index;
  ans_provision *p = sema__push(s, &s->provisions, sizeof *p, "Fundstellen / citations");
  sema_cite *side = sema__push(s, &s->cites, sizeof *side, "Fundstellen / citations");
  if (!p || !side) return ANS_NONE;
  *p = (ans_provision){text, "", ANS_NONE, unchecked};
  *side = (sema_cite){.norm = ANS_NONE};
  return sema__declare_text(s, SPACE_PROVISION, 1, text, string, SYM_PROVISION, s->provisions.n - 1) ? s->provisions.n - 1 : ANS_NONE;
}

static bool cite__within(const sema_part *target, const sema_part *part) {
  if (strcmp(target->keyword, part->keyword) != 0) return false;
  for (uint32_t i = 0; i < part->count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < target->count && !found; k++) found = strcmp(target->number[k], part->number[i]) == 0;
    if (!found) return false;
  }
  return true;
}

bool sema__covers(const sema *s, uint32_t target, uint32_t provision) {
  if (target >= s->cites.n || provision >= s->cites.n) return false;
  const sema_cite *t = VEC_AT(sema_cite, s->cites, target), *p = VEC_AT(sema_cite, s->cites, provision);
  if (t->norm == ANS_NONE || t->norm != p->norm || t->count > p->count) return false;
  for (uint32_t i = 0; i < t->count; i++)
    if (!cite__within(&t->part[i], &p->part[i])) return false;
  return true;
}

bool sema__open_section(sema *s, const ans_syn *section, bool needed) {
  const ans_syn *citation = sema__child(section, 0);
  uint32_t norm = s->section_norm;
  s->section_norm = ANS_NONE; /* a heading names its law itself */
  if (!needed) {
    s->section = ANS_NONE;
    s->section_broken = false;
    s->section_norm = citation ? cite__norm(s, citation) : ANS_NONE;
    return true;
  }
  s->section = citation ? sema__provision(s, citation, (section->flags & ANS_SYNF_UNCHECKED) != 0) : ANS_NONE;
  s->section_broken = s->section == ANS_NONE;
  if (s->section_broken) { s->section_norm = norm; return false; }
  s->section_norm = VEC_AT(sema_cite, s->cites, s->section)->norm;
  return true;
}
