/* Section 1 of docs/semantics.md, texts and lists. The reference asks the original text itself, with its own call of the matcher; the bits that
 * the loader made for the engines are not looked at. A pair of predicate and text is asked once per run, since a pathological one takes a while. */
#include "reference_internal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "text/text.h"

/* The whole text, Unicode throughout, nothing optimised away, within the limits: 1 yes, 0 no, -1 not to be found out. */
static int whole_match(const char *pattern, const char *text) {
  int code = 0, answer = -1;
  PCRE2_SIZE offset = 0;
  pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_START_OPTIMIZE | PCRE2_NO_AUTO_POSSESS |
                                     PCRE2_NO_DOTSTAR_ANCHOR,
                                 &code, &offset, NULL);
  pcre2_match_data *data = re ? pcre2_match_data_create_from_pattern(re, NULL) : NULL;
  pcre2_match_context *limits = pcre2_match_context_create(NULL);
  if (!data || !limits) abort();
  pcre2_set_match_limit(limits, ANS_PATTERN_MATCH_LIMIT);
  pcre2_set_depth_limit(limits, ANS_PATTERN_DEPTH_LIMIT);
  pcre2_set_heap_limit(limits, ANS_PATTERN_HEAP_LIMIT);
  int r = pcre2_match(re, (PCRE2_SPTR)text, strlen(text), 0, 0, data, limits);
  if (r > 0) answer = 1;
  else if (r == PCRE2_ERROR_NOMATCH) answer = 0;
  pcre2_match_context_free(limits);
  pcre2_match_data_free(data);
  pcre2_code_free(re);
  return answer;
}

static int ask(const ans_ref *ref, const ans_predicate *p, const char *text) {
  const char **texts = ref->m->predicate_texts + p->first_text;
  if (p->kind == ANS_PREDICATE_MATCHES) return whole_match(texts[0], text);
  for (uint32_t i = 0; i < p->text_count; i++)
    if (strcmp(texts[i], text) == 0) return 1;
  return 0;
}

cell ref__text_is(ans_ref *ref, const ans_tx *x, cell text) {
  if (!is_value(text)) return text;
  if (!ref->answers) ref->answers = calloc((size_t)ref->m->predicate_count * ref->c->text_count + 1, 1);
  if (!ref->answers) return ref__broken(ref, "out of memory");
  signed char *known = &ref->answers[(size_t)x->index * ref->c->text_count + (size_t)text.v]; /* 0 not asked, 1 no, 2 yes, 3 limit */
  if (!*known) {
    int answer = ask(ref, &ref->m->predicates[x->index], ref->c->texts[text.v].text);
    *known = (signed char)(answer < 0 ? 3 : answer + 1);
  }
  return *known == 3 ? state_of(ANS_ERRONEOUS) : truth_of(*known == 2);
}

/* How many values a list holds; or whether it holds one. */
cell ref__list(const ans_tx *x, cell list, cell value) {
  uint8_t worst = max_state(list.state, x->kind == ANS_TX_LIST_HAS ? value.state : ANS_VALUE);
  if (worst != ANS_VALUE) return state_of(worst);
  int64_t count = 0;
  for (int i = 0; i < ANS_MAX_LIST_VALUES; i++) {
    bool in = (uint64_t)list.v / (UINT64_C(1) << i) % 2 == 1;
    if (x->kind == ANS_TX_LIST_HAS && i == value.v) return truth_of(in);
    count += in;
  }
  return value_of(count);
}
