/* Names that a reader takes for each other. Within one scope (members of a unit, values of an enumeration, units and enumerations, laws,
 * parameters) two names are confusable if they are equal after one of two foldings:
 *   by ear   letters without case, ä ö ü ß written as ae oe ue ss
 *   by eye   l, I, 1 are one sign, and O, 0 another
 * Other scripts cannot be in names at all and accents are composed (the scanner refuses both), so the full confusables table of Unicode would
 * add nothing but false alarms. A warning, no error: the law may have such names. Folding keeps the order, so every class is found by sorting. */
#include "base/utf8.h"
#include "sema/sema_private.h"
#include <stdlib.h>
#include <string.h>

typedef struct confusable_name { const char *folded; uint64_t scope; uint32_t symbol; } confusable_name;

static uint32_t confusable__lower(uint32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || c == 0x178) return c == 0x178 ? 0xFF : c + 32;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c & 1 ? c + 1 : c;
  if ((c >= 0x100 && c <= 0x177 && c != 0x138) || (c >= 0x1E00 && c <= 0x1E95) || (c >= 0x1EA0 && c <= 0x1EFF)) return c | 1;
  return c;
}

/* Both foldings never make a name longer than twice its bytes. */
static const char *confusable__fold(sema *s, const char *name, bool by_eye) {
  size_t len = strlen(name), k = 0;
  char *out = sema__alloc(s, 2 * len + 1, 1);
  if (!out) return "";
  for (size_t i = 0; i < len;) {
    uint32_t c = 0;
    size_t w = ans_utf8_decode(name + i, len - i, &c);
    if (w == 0) w = 1;
    uint32_t low = confusable__lower(c);
    const char *two = by_eye ? NULL : low == 0xE4 ? "ae" : low == 0xF6 ? "oe" : low == 0xFC ? "ue" : low == 0xDF || low == 0x1E9F ? "ss" : NULL;
    if (two) out[k++] = two[0], out[k++] = two[1];
    else if (by_eye) {
      if (c == 'I' || c == '1') out[k++] = 'l';
      else if (c == '0') out[k++] = 'O';
      else for (size_t j = 0; j < w; j++) out[k++] = name[i + j];
    } else if (low < 0x80) out[k++] = (char)low;
    else if (low < 0x800) out[k++] = (char)(0xC0 | low >> 6), out[k++] = (char)(0x80 | (low & 0x3F));
    else out[k++] = (char)(0xE0 | low >> 12), out[k++] = (char)(0x80 | (low >> 6 & 0x3F)), out[k++] = (char)(0x80 | (low & 0x3F));
    i += w;
  }
  out[k] = '\0';
  return out;
}

static int confusable__order(const void *a, const void *b) {
  const confusable_name *x = a, *y = b;
  if (x->scope != y->scope) return x->scope < y->scope ? -1 : 1;
  int c = strcmp(x->folded, y->folded);
  return c ? c : x->symbol < y->symbol ? -1 : x->symbol > y->symbol;
}

static bool confusable__counts(const sema *s, const sema_symbol *y) {
  sema_space space = sema__space(y);
  return y->syn && sema__package_of(s, y->tree) == sema__own(s) && (space == SPACE_TYPE || space == SPACE_NORM || space == SPACE_PARAM || space == SPACE_MEMBER || space == SPACE_ENUM_VALUE);
}

static void confusable__pass(sema *s, confusable_name *names, bool by_eye) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < s->symbols.n; i++) {
    const sema_symbol *y = VEC_AT(sema_symbol, s->symbols, i);
    if (confusable__counts(s, y)) names[n++] = (confusable_name){confusable__fold(s, y->name, by_eye), y->scope, i};
  }
  if (s->oom) return;
  if (n) qsort(names, n, sizeof *names, confusable__order);
  for (uint32_t i = 1; i < n; i++) {
    const sema_symbol *first = VEC_AT(sema_symbol, s->symbols, names[i - 1].symbol), *y = VEC_AT(sema_symbol, s->symbols, names[i].symbol);
    if (first->scope != y->scope || strcmp(names[i].folded, names[i - 1].folded) != 0) continue;
    sema__enter(s, y->tree);
    SEMA_ERR(s, CONFUSABLE, y->syn, y->name, first->name, sema__format(s, "%u", ans_syn_token(first->tree, first->syn)->line));
  }
}

void sema__confusable(sema *s) {
  confusable_name *names = sema__alloc(s, s->symbols.n, sizeof *names);
  if (!names) return;
  confusable__pass(s, names, false);
  confusable__pass(s, names, true);
}
