/* Unit tests of engine/text: the normal form, what is no text, full matches, and limits that end a pathological match. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "text/text.h"

static const char *normal(const char *s, size_t len, ans_text_fault want) {
  static char kept[ANS_TEXT_MAX_BYTES + 1];
  char *out = NULL;
  size_t n = 0;
  ans_text_fault got = ans_text_normal(s, len, &out, &n);
  cr_assert_eq(got, want, "fault %d instead of %d", got, want);
  cr_assert_eq(out != NULL, want == ANS_TEXT_FINE);
  if (!out) return NULL;
  cr_assert_eq(strlen(out), n);
  memcpy(kept, out, n + 1);
  free(out);
  return kept;
}

Test(text, normal_form_is_composed_and_keeps_everything_else) {
  cr_assert_str_eq(normal("Weimar", 6, ANS_TEXT_FINE), "Weimar");
  cr_assert_str_eq(normal("", 0, ANS_TEXT_FINE), "");
  cr_assert_str_eq(normal("Ko\xcc\x88ln", 6, ANS_TEXT_FINE), "K\xc3\xb6ln");     /* o + diaeresis */
  cr_assert_str_eq(normal("K\xc3\xb6ln", 5, ANS_TEXT_FINE), "K\xc3\xb6ln");
  cr_assert_str_eq(normal("\xe2\x84\xab", 3, ANS_TEXT_FINE), "\xc3\x85");         /* the Angstrom sign is the letter */
  cr_assert_str_eq(normal("\xef\xac\x81", 3, ANS_TEXT_FINE), "\xef\xac\x81");     /* a ligature is not taken apart: that would be NFKC */
  cr_assert_str_eq(normal("  a  b ", 7, ANS_TEXT_FINE), "  a  b ");                  /* blanks are the text's own */
  cr_assert_str_eq(normal("\xf0\x9f\x98\x80", 4, ANS_TEXT_FINE), "\xf0\x9f\x98\x80");
}

Test(text, what_is_no_text_of_a_fact) {
  normal("a\nb", 3, ANS_TEXT_CONTROL);
  normal("a\tb", 3, ANS_TEXT_CONTROL);
  normal("a\x7f", 2, ANS_TEXT_CONTROL);
  normal("a\xc2\x85", 3, ANS_TEXT_CONTROL);                                          /* C1 */
  normal("a\0b", 3, ANS_TEXT_UTF8);
  normal("\xc3", 1, ANS_TEXT_UTF8);
  normal("\xed\xa0\x80", 3, ANS_TEXT_UTF8);                                          /* a surrogate */
  char *s = malloc(4 * ANS_TEXT_MAX_BYTES + 8);
  cr_assert_not_null(s);
  memset(s, 'x', 4 * ANS_TEXT_MAX_BYTES + 8);
  cr_assert_eq(strlen(normal(s, ANS_TEXT_MAX_BYTES, ANS_TEXT_FINE)), ANS_TEXT_MAX_BYTES);
  normal(s, ANS_TEXT_MAX_BYTES + 1, ANS_TEXT_LONG);
  normal(s, 4 * ANS_TEXT_MAX_BYTES + 8, ANS_TEXT_LONG);
  for (int i = 0; i < 1500; i++) memcpy(s + 3 * i, "o\xcc\x88", 3);                  /* 4500 bytes that compose to 3000 */
  cr_assert_eq(strlen(normal(s, 4500, ANS_TEXT_FINE)), 3000u);
  free(s);
}

static ans_pattern *pattern(const char *text) {
  ans_pattern *p = NULL;
  ans_pattern_fault fault;
  cr_assert_eq(ans_pattern_compile(text, strlen(text), &p, &fault), ANS_OK, "%s: %s", text, fault.text);
  return p;
}

static ans_match match(const char *text, const char *subject) {
  ans_pattern *p = pattern(text);
  ans_match m = ans_pattern_match(p, subject, strlen(subject));
  ans_pattern_free(p);
  return m;
}

Test(pattern, the_whole_text_must_match) {
  static const struct { const char *pattern, *text; ans_match want; } cases[] = {
      {"a", "a", ANS_MATCH_YES}, {"a", "ab", ANS_MATCH_NO}, {"a", "ba", ANS_MATCH_NO}, {".*a.*", "bab", ANS_MATCH_YES}, {"a|ab", "ab", ANS_MATCH_YES},
      {"", "", ANS_MATCH_YES}, {"", "a", ANS_MATCH_NO}, {"a*", "", ANS_MATCH_YES}, {"a$", "a", ANS_MATCH_YES}, {"^a", "a", ANS_MATCH_YES},
      {"(0[4-7]|9[89])[0-9]{3}", "07743", ANS_MATCH_YES}, {"(0[4-7]|9[89])[0-9]{3}", "077431", ANS_MATCH_NO}, {"(0[4-7]|9[89])[0-9]{3}", "10115", ANS_MATCH_NO},
      {"K.ln", "K\xc3\xb6ln", ANS_MATCH_YES},                                           /* one character, not two bytes */
      {"(?i)\xc3\x84RZTIN", "\xc3\xa4rztin", ANS_MATCH_YES}, {"\\p{Lu}\\p{Ll}+", "\xc3\x84rztin", ANS_MATCH_YES}, {"\\w+", "Stra\xc3\x9f" "e", ANS_MATCH_YES},
      {"\\d", "\xd9\xa3", ANS_MATCH_YES}, {"[0-9]", "\xd9\xa3", ANS_MATCH_NO},          /* Unicode digits; [0-9] means those ten */
      {"(?<=x)a", "a", ANS_MATCH_NO}, {"x(?<=x)a", "xa", ANS_MATCH_YES}, {"(?=.*[0-9]).{5}", "ab3de", ANS_MATCH_YES}, {"(.)\\1", "aa", ANS_MATCH_YES}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    cr_assert_eq(match(cases[i].pattern, cases[i].text), cases[i].want, "%s against %s", cases[i].pattern, cases[i].text);
}

/* What would take longer than the age of the universe ends after a fixed number of steps, and the pattern can be used again. */
Test(pattern, pathological_matches_end_at_the_limit) {
  static const char many[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  ans_pattern *p = pattern("(a+)+b");
  for (int i = 0; i < 3; i++) {
    cr_assert_eq(ans_pattern_match(p, many, strlen(many)), ANS_MATCH_FAILED);
    cr_assert_eq(ans_pattern_match(p, "aaab", 4), ANS_MATCH_YES);
    cr_assert_eq(ans_pattern_match(p, "aaac", 4), ANS_MATCH_NO);
  }
  ans_pattern_free(p);
  cr_assert_eq(match("(a|aa)+$c", many), ANS_MATCH_FAILED);
  cr_assert_eq(match("(?:(?R)|a)b", "ab"), ANS_MATCH_FAILED); /* recursion without end */
  char *longest = malloc(ANS_TEXT_MAX_BYTES + 1);
  cr_assert_not_null(longest);
  memset(longest, 'a', ANS_TEXT_MAX_BYTES);
  longest[ANS_TEXT_MAX_BYTES] = 0;
  cr_assert_eq(match(".*.*.*b", longest), ANS_MATCH_FAILED);
  cr_assert_eq(match("(a|b)*", longest), ANS_MATCH_YES); /* long is not pathological */
  cr_assert_eq(match("[a-z]+", longest), ANS_MATCH_YES);
  free(longest);
}

static ans_pattern_fault refused(const char *text, size_t len) {
  ans_pattern *p = NULL;
  ans_pattern_fault fault;
  cr_assert_eq(ans_pattern_compile(text, len, &p, &fault), ANS_INPUT, "%s", text);
  cr_assert_null(p);
  return fault;
}

Test(pattern, what_is_no_pattern_says_why_and_where) {
  ans_pattern_fault f = refused("Weim(ar", 7);
  cr_assert(f.kind == ANS_PATTERN_SYNTAX && f.offset == 7 && strcmp(f.text, "missing closing parenthesis") == 0);
  f = refused("a[", 2);
  cr_assert(f.kind == ANS_PATTERN_SYNTAX && *f.text);
  f = refused("a\\Cb", 4);
  cr_assert(f.kind == ANS_PATTERN_SYNTAX, "single code units would split characters");
  f = refused("(?<=a+)b", 8);
  cr_assert(f.kind == ANS_PATTERN_SYNTAX);
  f = refused("\xff", 1);
  cr_assert(f.kind == ANS_PATTERN_SYNTAX);
  f = refused("(*LIMIT_MATCH=1)a", 17);
  cr_assert(f.kind == ANS_PATTERN_SETTING && f.offset == 0);
  f = refused("ab(?C1)c", 8);
  cr_assert(f.kind == ANS_PATTERN_CALLOUT);
  char many[ANS_PATTERN_MAX_BYTES + 2];
  memset(many, 'a', sizeof many);
  f = refused(many, ANS_PATTERN_MAX_BYTES + 1);
  cr_assert(f.kind == ANS_PATTERN_LONG);
  ans_pattern *p = NULL;
  cr_assert_eq(ans_pattern_compile(many, ANS_PATTERN_MAX_BYTES, &p, &f), ANS_OK);
  ans_pattern_free(p);
  memset(many, '(', 60); /* deeper than ANS_PATTERN_MAX_NESTING */
  memset(many + 60, ')', 60);
  f = refused(many, 120);
  cr_assert(f.kind == ANS_PATTERN_SYNTAX);
  f = refused("(((a{1,999}){1,999}){1,999}){1,999}", 35);
  cr_assert(f.kind == ANS_PATTERN_SYNTAX, "too large once compiled");
}
