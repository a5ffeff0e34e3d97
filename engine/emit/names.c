/* Owns: identifiers, comments and literals of emitted C, made from names and texts of the package.
 *
 * Names are German and may hold any letter; C identifiers here are ASCII: umlauts are written out, other letters become _, and what is taken
 * already gets a number. Texts are data of a rule file: in comments nothing may end the comment, in literals nothing may end the literal, no
 * trigraph may arise, and characters that turn the direction of writing are shown as numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "emit/internal.h"

static const char *const taken_words[] = {"auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for", "goto", "if", "inline",
  "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "asm", "typeof",
  "bool", "true", "false", "NULL", "offsetof", "linux", "unix", "extras", "rows", "count"};

/* The next character; the size of its code in *n. Texts of a program are UTF-8; a stray byte counts as itself. */
static uint32_t text__next(const char *s, size_t *n) {
  const unsigned char *u = (const unsigned char *)s;
  const size_t want = u[0] < 0xC0 ? 1 : u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
  uint32_t v = want == 1 ? u[0] : u[0] & (0x7Fu >> want);
  for (*n = 1; *n < want && (u[*n] & 0xC0) == 0x80; (*n)++) v = v << 6 | (u[*n] & 0x3F);
  return v;
}

/* Characters shown as they are: letters, signs and quotation marks of western languages. */
static bool text__plain(uint32_t c) {
  return (c >= 0x20 && c < 0x7F) || (c >= 0xA1 && c <= 0x17F && c != 0xAD) || c == 0x2013 || c == 0x2014 || (c >= 0x2018 && c <= 0x201F) || c == 0x2026 || c == 0x20AC || (c >= 0x2264 && c <= 0x2265);
}

void emit__comment(ans_buffer *b, const char *text, size_t max) {
  char last = ' ';
  size_t n, done = 0;
  for (const char *s = text; *s; s += n, done += n) {
    const uint32_t c = text__next(s, &n);
    if (done + n > max) {
      ans_buffer_text(b, " …");
      return;
    }
    if (c == '\\') ans_buffer_char(b, last = '|');
    else if (!text__plain(c)) ans_buffer_char(b, last = c < 0x20 ? ' ' : '?');
    else {
      if ((last == '*' && c == '/') || (last == '/' && c == '*') || (last == '?' && c == '?')) ans_buffer_char(b, ' ');
      ans_buffer_append(b, s, n);
      last = n == 1 ? *s : 'x';
    }
  }
}

void emit__string(ans_buffer *b, const char *text) {
  size_t n;
  ans_buffer_char(b, '"');
  for (const char *s = text; *s; s += n) {
    const uint32_t c = text__next(s, &n);
    if (c == '"' || c == '\\' || c == '?') ans_buffer_printf(b, "\\%c", (char)c);
    else if (text__plain(c)) ans_buffer_append(b, s, n);
    else
      for (size_t i = 0; i < n; i++) ans_buffer_printf(b, "\\%03o", (unsigned)(unsigned char)s[i]);
  }
  ans_buffer_char(b, '"');
}

void emit__int(ans_buffer *b, int64_t v) {
  if (v == INT64_MIN) ans_buffer_text(b, "INT64_MIN"); /* has no literal */
  else if (v == INT64_MAX) ans_buffer_text(b, "INT64_MAX");
  else ans_buffer_printf(b, v >= -INT32_MAX && v <= INT32_MAX ? "%" PRId64 : "INT64_C(%" PRId64 ")", v);
}

const char *emit__provision(const ans_program *p, uint32_t provision) { return provision == ANS_NONE ? "" : p->provisions[provision].text; }

static void name__append(char *out, size_t *at, const char *s) {
  while (*s && *at < ANS_MAX_NAME) out[(*at)++] = *s++;
}

/* ASCII letters, digits and _; out has 2 * ANS_MAX_NAME bytes. */
static void name__ascii(const char *name, char *out) {
  static const struct { uint32_t c; const char *as; } written_out[] = {{0xE4, "ae"}, {0xF6, "oe"}, {0xFC, "ue"}, {0xC4, "Ae"}, {0xD6, "Oe"}, {0xDC, "Ue"}, {0xDF, "ss"}};
  size_t n, at = 0;
  for (const char *s = name; *s; s += n) {
    const uint32_t c = text__next(s, &n);
    const bool keep = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const char one[2] = {keep ? (char)c : '_', 0};
    const char *as = one;
    for (size_t i = 0; i < sizeof written_out / sizeof *written_out; i++)
      if (written_out[i].c == c) as = written_out[i].as;
    name__append(out, &at, as);
  }
  out[at] = 0;
}

static uint64_t name__hash(const char *s) {
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  for (; *s; s++) h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
  return h;
}

/* Where the name stands or would stand. */
static const char **names__slot(const emit_names *x, const char *key) {
  size_t i = (size_t)name__hash(key) & (x->capacity - 1);
  while (x->slots[i] && strcmp(x->slots[i], key) != 0) i = (i + 1) & (x->capacity - 1);
  return &x->slots[i];
}

/* An identifier for name that nothing else in the scope has: the name, or with its number, or with that and a further one. NULL: memory. */
static const char *name__unique(emit *e, const char *scope, const char *name, uint32_t number) {
  char base[2 * ANS_MAX_NAME], key[5 * ANS_MAX_NAME];
  name__ascii(name, base);
  bool word = base[0] < 'A' || strncmp(base, "an_", 3) == 0 || strncmp(base, "AN_", 3) == 0;
  for (size_t i = 0; i < sizeof taken_words / sizeof *taken_words; i++) word = word || strcmp(taken_words[i], base) == 0;
  const int from = snprintf(key, sizeof key, "%s/%s%s", scope, word ? "x_" : "", base), scope_size = (int)strlen(scope) + 1;
  const char **slot = names__slot(&e->names, key);
  if (*slot) {
    snprintf(key + from, sizeof key - (size_t)from, "_%" PRIu32, number);
    slot = names__slot(&e->names, key);
  }
  for (uint32_t n = 2; *slot; n++) {
    snprintf(key + from, sizeof key - (size_t)from, "_%" PRIu32 "_%" PRIu32, number, n);
    slot = names__slot(&e->names, key);
  }
  *slot = ans_arena_text(e->arena, key, strlen(key));
  return *slot ? *slot + scope_size : NULL;
}

static bool names__units(emit *e) {
  static const char *const entry_points[] = {"unit/input", "unit/package", "unit/memory", "unit/start", "unit/evaluate"}; /* <prefix>_input and so on are taken */
  const ans_program *p = e->p;
  char scope[24], joined[2 * ANS_MAX_NAME + 2];
  bool ok = true;
  for (size_t i = 0; i < sizeof entry_points / sizeof *entry_points; i++) *names__slot(&e->names, entry_points[i]) = entry_points[i];
  for (uint32_t i = 0; i < p->unit_count && ok; i++) ok = (e->units[i] = name__unique(e, "unit", p->units[i].name, i)) != NULL;
  for (uint32_t i = 0; i < p->fact_count && ok; i++) {
    snprintf(scope, sizeof scope, "f%" PRIu32, p->facts[i].unit);
    ok = (e->facts[i] = name__unique(e, scope, p->facts[i].name, i)) != NULL;
    snprintf(joined, sizeof joined, "%s__%s", e->units[p->facts[i].unit], e->facts[i]);
    ok = ok && (e->fact_numbers[i] = name__unique(e, "fact", joined, i)) != NULL;
  }
  for (uint32_t i = 0; i < p->result_count && ok; i++) {
    snprintf(joined, sizeof joined, "%s_%s", e->units[p->results[i].unit], p->results[i].name);
    ok = (e->results[i] = name__unique(e, "result", joined, i)) != NULL;
  }
  for (uint32_t i = 0; i < p->benefit_count && ok; i++) ok = (e->benefits[i] = name__unique(e, "benefit", p->benefits[i].name, i)) != NULL;
  return ok;
}

static bool names__enums(emit *e) {
  const ans_program *p = e->p;
  char joined[2 * ANS_MAX_NAME + 2];
  for (uint32_t i = 0; i < p->enum_count; i++) {
    if (!(e->enums[i] = name__unique(e, "enum", p->enums[i].name, i))) return false;
    for (uint32_t k = 0; k < p->enums[i].value_count; k++) {
      const uint32_t at = p->enums[i].first_value + k;
      snprintf(joined, sizeof joined, "%s_%s", e->enums[i], p->enum_values[at]);
      if (!(e->enum_values[at] = name__unique(e, "value", joined, at))) return false;
    }
  }
  return true;
}

bool emit__names(emit *e) {
  const ans_program *p = e->p;
  const size_t most = 5 + (size_t)p->unit_count + 2 * (size_t)p->fact_count + p->result_count + p->benefit_count + p->enum_count + p->enum_value_count;
  for (e->names.capacity = 64; e->names.capacity < 2 * most + 2;) e->names.capacity *= 2;
  e->names.slots = ans_arena_array(e->arena, e->names.capacity, sizeof *e->names.slots);
  e->units = ans_arena_array(e->arena, p->unit_count, sizeof *e->units);
  e->facts = ans_arena_array(e->arena, (size_t)p->fact_count + 1, sizeof *e->facts);
  e->fact_numbers = ans_arena_array(e->arena, (size_t)p->fact_count + 1, sizeof *e->fact_numbers);
  e->results = ans_arena_array(e->arena, (size_t)p->result_count + 1, sizeof *e->results);
  e->benefits = ans_arena_array(e->arena, (size_t)p->benefit_count + 1, sizeof *e->benefits);
  e->enums = ans_arena_array(e->arena, (size_t)p->enum_count + 1, sizeof *e->enums);
  e->enum_values = ans_arena_array(e->arena, (size_t)p->enum_value_count + 1, sizeof *e->enum_values);
  if (!e->names.slots || !e->units || !e->facts || !e->fact_numbers || !e->results || !e->benefits || !e->enums || !e->enum_values) return false;
  return names__units(e) && names__enums(e);
}
