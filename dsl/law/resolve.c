/* Citations: reading them, finding what they name, and saying what is near when they name nothing. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "law/law_private.h"

static const char *const KEYWORDS[] = {
#define X(id, keyword, de, en) [ANS_LAW_##id] = keyword,
    ANS_LAW_LEVELS(X)
#undef X
};
static const struct { const char *word; ans_law_level level; } WORDS[] = {
#define X(id, keyword, de, en) {keyword, ANS_LAW_##id}, {de, ANS_LAW_##id},
    ANS_LAW_LEVELS(X)
#undef X
    {"§§", ANS_LAW_PARAGRAPH}, {"Art", ANS_LAW_ARTICLE}, {"S.", ANS_LAW_SENTENCE}, {"Halbs.", ANS_LAW_HALF}, {"Anhang", ANS_LAW_ANNEX}};

const char *ans_law_keyword(ans_law_level level) { return level < ANS_LAW_LEVEL_COUNT ? KEYWORDS[level] : ""; }

/* --- names of laws -------------------------------------------------------------------------------------------------------- */

/* "SGB_II", "SGB 2" → "SGB2"; a year at the end ("BKGG 1996") goes. */
static void name__fold(const char *s, char out[128]) {
  size_t n = 0, len = strlen(s);
  if (len > 5 && s[len - 5] == ' ' && strspn(s + len - 4, "0123456789") == 4) len -= 5;
  size_t last = len;
  while (last > 0 && s[last - 1] != ' ' && s[last - 1] != '_') last--;
  static const char *const roman[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV"};
  int number = 0;
  for (size_t i = 0; last > 0 && i < sizeof roman / sizeof *roman; i++)
    if (strlen(roman[i]) == len - last && strncmp(s + last, roman[i], len - last) == 0) number = (int)i + 1;
  for (size_t i = 0; i < (number ? last : len) && n + 1 < 120; i++)
    if (s[i] != ' ' && s[i] != '_') out[n++] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] | 32) : s[i];
  out[n] = 0;
  if (number) ans_itoa(out + n, number);
}

bool ans_law_is(const ans_law *law, const char *name, const char *id) {
  char a[152], b[152];
  bool same_kind = strcmp(law->format, "gii") == 0; /* doknr; LegalDocML.de has an ELI, which a norm's doknr cannot equal */
  if (id && *id && *law->id && same_kind) return strcmp(id, law->id) == 0;
  name__fold(name, a);
  name__fold(law->name, b);
  if (strcmp(a, b) == 0) return true;
  name__fold(law->official, b);
  return *law->official && strcmp(a, b) == 0;
}

/* --- reading -------------------------------------------------------------------------------------------------------------- */

typedef struct cite__reader { const char *s; ans_cite *out; uint32_t max, count; } cite__reader;

static const char *cite__blanks(const char *s) {
  for (;;) {
    if (*s == ' ' || *s == '\t') s++;
    else if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] == 0xa0) s += 2; /* no-break space */
    else return s;
  }
}

/* The keyword at s, longest first: its bytes, else 0. "§" may be followed by its number without a blank. */
static size_t cite__keyword(const char *s, ans_law_level *level) {
  size_t best = 0;
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    size_t n = strlen(WORDS[i].word);
    bool sign = WORDS[i].level == ANS_LAW_PARAGRAPH && (unsigned char)WORDS[i].word[0] >= 0x80;
    char after = strncmp(s, WORDS[i].word, n) == 0 ? s[n] : 'x';
    bool apart = after == ' ' || after == 0 || (unsigned char)after == 0xc2 || WORDS[i].word[n - 1] == '.';
    if (n > best && strncmp(s, WORDS[i].word, n) == 0 && (sign || apart)) {
      best = n;
      *level = WORDS[i].level;
    }
  }
  return best;
}

static size_t cite__number(const char *s, char out[ANS_LAW_NUMBER_SIZE]) {
  size_t n = strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  if (n == 0 || n >= ANS_LAW_NUMBER_SIZE) return 0;
  memcpy(out, s, n);
  out[n] = 0;
  return n;
}

/* Adds one part to every citation so far; several numbers multiply them. */
static bool cite__part(cite__reader *r, ans_law_level level) {
  uint32_t before = r->count;
  ans_cite_part part = {.level = level};
  for (uint32_t copy = 0;; copy++) {
    size_t n = cite__number(r->s, part.number);
    if (n == 0) return false;
    r->s += n;
    for (uint32_t i = 0; i < before; i++) {
      if (copy && r->count >= r->max) return false;
      ans_cite *c = copy ? &r->out[r->count++] : &r->out[i];
      if (copy) { *c = r->out[i]; c->count--; }
      if (c->count >= ANS_LAW_MAX_PARTS) return false;
      c->part[c->count++] = part;
    }
    const char *next = cite__blanks(r->s);
    if (*next != ',') return true;
    r->s = cite__blanks(next + 1);
  }
}

ans_status ans_cite_parse(const char *text, ans_cite *out, uint32_t max, uint32_t *count, ans_error *err) {
  cite__reader r = {cite__blanks(text), out, max, 1};
  if (max == 0) return ans_error_set(err, ANS_INPUT, "E-LAW-CITE", NULL, text, NULL);
  memset(out, 0, sizeof *out);
  ans_law_level level = ANS_LAW_PARAGRAPH;
  for (size_t n; (n = cite__keyword(r.s, &level)) > 0; r.s = cite__blanks(r.s)) {
    r.s = cite__blanks(r.s + n);
    bool head = level <= ANS_LAW_ANNEX;
    if (head != (out->count == 0) || !cite__part(&r, level)) return ans_error_set(err, ANS_INPUT, "E-LAW-CITE", NULL, text, NULL);
  }
  size_t law = strlen(r.s);
  while (law && r.s[law - 1] == ' ') law--;
  bool digits = law && r.s[0] >= '0' && r.s[0] <= '9';
  if (out->count == 0 || law >= sizeof out->law || digits) return ans_error_set(err, ANS_INPUT, "E-LAW-CITE", NULL, text, NULL);
  for (uint32_t i = 0; i < r.count; i++) {
    memcpy(out[i].law, r.s, law);
    out[i].law[law] = 0;
  }
  *count = r.count;
  return ANS_OK;
}

const char *ans_cite_format(const ans_cite *c, char out[ANS_CITE_TEXT]) {
  size_t n = 0;
  for (uint32_t i = 0; i < c->count && n < ANS_CITE_TEXT; i++)
    n += (size_t)snprintf(out + n, ANS_CITE_TEXT - n, "%s%s %s", i ? " " : "", KEYWORDS[c->part[i].level], c->part[i].number);
  if (*c->law && n < ANS_CITE_TEXT) snprintf(out + n, ANS_CITE_TEXT - n, " %s", c->law);
  return out;
}

const char *ans_law_cite_unit(const ans_law *law, uint32_t unit, char out[ANS_CITE_TEXT]) {
  ans_cite c = {.count = 0};
  uint32_t depth = 0;
  for (uint32_t u = unit; u != ANS_NONE; u = law->units[u].parent) depth++;
  if (depth > ANS_LAW_MAX_PARTS) depth = ANS_LAW_MAX_PARTS;
  c.count = depth;
  for (uint32_t u = unit; u != ANS_NONE && depth > 0; u = law->units[u].parent) {
    ans_cite_part *p = &c.part[--depth];
    p->level = law->units[u].level;
    snprintf(p->number, sizeof p->number, "%s", law->units[u].number);
  }
  return ans_cite_format(&c, out);
}

/* --- words ------------------------------------------------------------------------------------------------------------------ */

/* The label of the first listed item stands before the item's own range: " 1. ", " aa) ". */
static size_t words__before_label(const char *text, size_t from, size_t at) {
  while (at > from && text[at - 1] == ' ') at--;
  while (at > from && text[at - 1] != ' ') at--;
  while (at > from && text[at - 1] == ' ') at--;
  return at;
}

ans_law_words ans_law_own_words(const ans_law *law, uint32_t unit) {
  const ans_law_unit *u = &law->units[unit];
  size_t at = u->at, end = (size_t)u->at + u->len;
  ans_law_words w = {law->text + at, law->text + end, u->len, 0};
  uint32_t last = unit + 1;
  if (last >= u->end) return w;
  w.lead_len = 0;
  if (law->units[last].level > ANS_LAW_SENTENCE) w.lead_len = words__before_label(law->text, at, law->units[last].at) - at; /* Absätze and sentences show their own */
  while (law->units[last].end < u->end) last = law->units[last].end;
  size_t tail = (size_t)law->units[last].at + law->units[last].len;
  while (tail < end && law->text[tail] == ' ') tail++;
  if (law->units[last].level <= ANS_LAW_SENTENCE || tail >= end) return w;
  w.tail = law->text + tail;
  w.tail_len = end - tail;
  return w;
}

/* --- finding -------------------------------------------------------------------------------------------------------------- */

/* Children (or roots, for ANS_NONE) that fit; *found is the first. Sentences are looked through when another level is wanted. */
static uint32_t find__among(const ans_law *law, uint32_t parent, const ans_cite_part *p, uint32_t *found) {
  uint32_t from = parent == ANS_NONE ? 0 : parent + 1, to = parent == ANS_NONE ? law->unit_count : law->units[parent].end, hits = 0;
  for (uint32_t u = from; u < to; u = law->units[u].end) {
    const ans_law_unit *x = &law->units[u];
    if (x->level == p->level && strcmp(x->number, p->number) == 0) {
      if (hits++ == 0) *found = u;
    } else if (x->level == ANS_LAW_SENTENCE && p->level != ANS_LAW_SENTENCE) {
      uint32_t below = ANS_NONE, n = find__among(law, u, p, &below);
      if (n && hits == 0) *found = below;
      hits += n;
    }
  }
  return hits;
}

/* +1 or -1 after the last byte of an opening or closing mark. */
static int find__step(const char *s, size_t i, int depth) {
  bool three = i >= 2;
  if (s[i] == '(' || (three && memcmp(s + i - 2, "„", 3) == 0)) return 1;
  if (depth && (s[i] == ')' || (three && memcmp(s + i - 2, "“", 3) == 0))) return -1;
  return 0;
}

/* The n-th part between top-level semicolons; those of listed items are the items' own. */
static bool find__half(const ans_law *law, uint32_t unit, const char *number, ans_law_target *t) {
  const ans_law_unit *x = &law->units[unit];
  const char *s = law->text + x->at;
  uint32_t want = 0, now = 1, child = unit + 1;
  for (const char *d = number; *d >= '0' && *d <= '9' && want < 1000; d++) want = want * 10 + (uint32_t)(*d - '0');
  if (strspn(number, "0123456789") != strlen(number) || want == 0) return false;
  size_t from = 0;
  int depth = 0;
  bool any = false;
  for (size_t i = 0; i <= x->len; i++) {
    while (child < x->end && law->units[child].at + law->units[child].len <= x->at + i) child = law->units[child].end;
    bool inside = child < x->end && law->units[child].level != ANS_LAW_SENTENCE && x->at + i >= law->units[child].at;
    if (i < x->len) depth += find__step(s, i, depth);
    bool end = i == x->len || (s[i] == ';' && !inside && depth == 0);
    if (!end) continue;
    any = any || i < x->len;
    if (now == want && any) {
      while (from < i && s[from] == ' ') from++;
      t->text = s + from;
      t->len = i - from;
      return true;
    }
    now++;
    from = i + 1;
  }
  return false;
}

bool law__repealed(const char *text, size_t len) {
  static const char *const words[] = {"(weggefallen)", "weggefallen", "(aufgehoben)", "aufgehoben", "(gestrichen)", "- (weggefallen) -", ""};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) return true;
  return false;
}

ans_law_answer ans_law_resolve(const ans_law *law, const ans_cite *c, ans_law_target *out) {
  *out = (ans_law_target){.unit = ANS_NONE, .text = ""};
  for (uint32_t i = 0; i < c->count; i++) {
    if (c->part[i].level == ANS_LAW_HALF) {
      if (out->unit == ANS_NONE || i + 1 != c->count || !find__half(law, out->unit, c->part[i].number, out)) return ANS_LAW_MISSING;
      out->matched = i + 1;
      ans_sha256_once(out->text, out->len, out->sha256);
      return ANS_LAW_FOUND;
    }
    uint32_t found = ANS_NONE, hits = find__among(law, out->unit, &c->part[i], &found);
    if (hits == 0) return ANS_LAW_MISSING;
    if (hits > 1) return ANS_LAW_AMBIGUOUS;
    out->unit = found;
    out->matched = i + 1;
    out->text = law->text + law->units[found].at;
    out->len = law->units[found].len;
    memcpy(out->sha256, law->units[found].sha256, 32);
  }
  if (out->unit == ANS_NONE) return ANS_LAW_MISSING;
  return law__repealed(out->text, out->len) ? ANS_LAW_REPEALED : ANS_LAW_FOUND;
}

/* --- suggestions ------------------------------------------------------------------------------------------------------------ */

static void suggest__there(const ans_law *law, uint32_t parent, ans_law_level level, char there[ANS_CITE_TEXT]) {
  uint32_t from = parent == ANS_NONE ? 0 : parent + 1, to = parent == ANS_NONE ? law->unit_count : law->units[parent].end;
  size_t n = 0;
  uint32_t shown = 0;
  ans_law_level last = ANS_LAW_LEVEL_COUNT;
  bool same = false; /* name units of the wanted level if there are any, else what there is */
  for (uint32_t u = from; u < to; u = law->units[u].end) same = same || law->units[u].level == level;
  for (uint32_t u = from; u < to && parent != ANS_NONE; u = law->units[u].end) {
    if (same && law->units[u].level != level) continue;
    if (++shown > 12) {
      snprintf(there + n, ANS_CITE_TEXT - n, " …");
      return;
    }
    if (law->units[u].level != last) n += (size_t)snprintf(there + n, ANS_CITE_TEXT - n, "%s%s %s", shown > 1 ? ", " : "", KEYWORDS[law->units[u].level], law->units[u].number);
    else n += (size_t)snprintf(there + n, ANS_CITE_TEXT - n, ", %s", law->units[u].number);
    last = law->units[u].level;
  }
}

void ans_law_suggest(const ans_law *law, const ans_cite *c, const ans_law_target *t, char nearest[ANS_CITE_TEXT], char there[ANS_CITE_TEXT]) {
  *nearest = *there = 0;
  if (t->matched >= c->count) return;
  const ans_cite_part *want = &c->part[t->matched];
  uint32_t from = t->unit == ANS_NONE ? 0 : t->unit + 1, to = t->unit == ANS_NONE ? law->unit_count : law->units[t->unit].end, best = ANS_NONE;
  unsigned distance = UINT_MAX;
  suggest__there(law, t->unit, want->level, there);
  /* The same part deeper down: a level was left out, or "Abs. 1" cited where there are only sentences. */
  for (uint32_t u = from; u < to && t->unit != ANS_NONE && best == ANS_NONE; u++)
    if (law->units[u].level == want->level && strcmp(law->units[u].number, want->number) == 0) best = u;
  for (uint32_t u = from; u < to && best == ANS_NONE; u = law->units[u].end) { /* § 32b for § 32bb; roots too */
    if (law->units[u].level != want->level) continue;
    unsigned d = ans_text_distance(want->number, law->units[u].number, 1);
    size_t a = strspn(want->number, "0123456789"), b = strspn(law->units[u].number, "0123456789");
    bool same_digits = a && a == b && memcmp(want->number, law->units[u].number, a) == 0;
    if (d <= 1 && (same_digits ? d : d + 1) < distance) {
      distance = same_digits ? d : d + 1;
      nearest[0] = 0;
      ans_law_cite_unit(law, u, nearest);
    }
  }
  if (best != ANS_NONE) ans_law_cite_unit(law, best, nearest);
  size_t n = strlen(nearest);
  if (n && *c->law && n + 1 < ANS_CITE_TEXT) snprintf(nearest + n, ANS_CITE_TEXT - n, " %s", c->law);
}
