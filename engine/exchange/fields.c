/* What a register is asked for, in words: the facts it delivers by its adapter or mapping, as far as the package has them and accepts them from it. Stated in every request and in its log
 * entry, so that provider, person and auditor can see what an answer was wanted for. Reads only. Texts live in the caller's arena. */
#include "exchange/mapping.h"

#include <stdio.h>
#include <string.h>
#include "base/buffer.h"

/* Visits what the register may assert: built-in adapter first, then its mapping. A fact may be visited twice. */
void exchange__delivered(const ans_program *p, const exchange__register *r, exchange__delivers *visit, void *ctx) {
  const exchange__kind *kind = exchange__kind_of(r->register_name);
  for (const char *const *f = kind ? kind->facts : NULL; f && *f; f++)
    if (exchange__wanted(p, r, ANS_UNIT_PERSON, *f)) visit(ctx, ANS_UNIT_PERSON, *f);
  if ((kind == &exchange__births || kind == &exchange__residents) && exchange__wanted(p, r, ANS_UNIT_PAIR, "Art")) visit(ctx, ANS_UNIT_PAIR, "Art");
  for (size_t i = 0; r->mapping && i < r->mapping->fact_count; i++)
    if (exchange__wanted(p, r, r->mapping->facts[i].unit, r->mapping->facts[i].fact)) visit(ctx, r->mapping->facts[i].unit, r->mapping->facts[i].fact);
}

bool exchange__state_field(char text[EXCHANGE_FIELDS_SIZE], const char *unit, const char *fact) {
  char one[2 * ANS_MAX_NAME + 2];
  size_t used = strlen(text), n = (size_t)snprintf(one, sizeof one, "%s.%s", unit, fact);
  for (const char *at = strstr(text, one); at; at = strstr(at + 1, one))
    if ((at == text || at[-1] == ' ') && (at[n] == 0 || at[n] == ',')) return true;
  if (used + n + 3 > EXCHANGE_FIELDS_SIZE) return false;
  snprintf(text + used, EXCHANGE_FIELDS_SIZE - used, "%s%s", used ? ", " : "", one);
  return true;
}

typedef struct fields__list { char text[EXCHANGE_FIELDS_SIZE]; bool too_many; } fields__list;
static void fields__on_fact(void *ctx, const char *unit, const char *fact) {
  fields__list *l = ctx;
  if (!exchange__state_field(l->text, unit, fact)) l->too_many = true;
}

const char *exchange__fields(ans_arena *arena, const ans_program *p, const exchange__register *r) {
  fields__list l = {.text = ""};
  if (strcmp(r->register_name, "births-events") == 0) return "Kindschaft.Berechtigter, Kindschaft.Kind"; /* what a birth makes */
  if (exchange__is_feed(r->register_name)) return "Lebensereignisse"; /* that something happened to a person; what, is then asked for */
  exchange__delivered(p, r, fields__on_fact, &l);
  return *l.text && !l.too_many ? ans_arena_text(arena, l.text, strlen(l.text)) : NULL; /* a request that cannot state all it wants is not sent */
}
