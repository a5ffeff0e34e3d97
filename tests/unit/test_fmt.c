/* Formatter and converter: style, losslessness and idempotence under random layouts, both languages, refusal of broken files, files. */
#include <criterion/criterion.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "fmt/fmt.h"
#include "scratch.h"

typedef ans_status function(const char *path, const char *text, size_t len, ans_diags *diags, char **out, size_t *out_len, ans_error *err);

static char *slurp(const char *path, size_t *len) {
  FILE *f = fopen(path, "rb");
  cr_assert(f != NULL, "%s", path);
  char *text = malloc(1 << 20);
  *len = fread(text, 1, (1 << 20) - 1, f);
  cr_assert(feof(f), "%s is larger than the test expects", path);
  text[*len] = 0;
  fclose(f);
  return text;
}

/* The result of a run that must succeed. */
static char *run(function *f, const char *path, const char *text) {
  ans_diags *d = ans_diags_new();
  ans_error err = {0};
  char *out = NULL;
  size_t len = 0;
  ans_status s = f(path, text, strlen(text), d, &out, &len, &err);
  if (s != ANS_OK) ans_diags_print(d, stderr, (ans_diag_options){.lang = ANS_LANG_EN});
  cr_assert(s == ANS_OK, "%s: status %d %s for\n%s", path, s, err.code ? err.code : "", text);
  cr_assert(out != NULL && strlen(out) == len);
  ans_diags_free(d);
  return out;
}

static ans_tree *parse(const char *path, const char *text, size_t *errors) {
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  cr_assert(ans_tree_parse(path, text, strlen(text), d, &t, NULL) == ANS_OK);
  *errors = ans_diags_errors(d);
  ans_diags_free(d);
  return t;
}

static void becomes(function *f, const char *path, const char *text, const char *expected) {
  char *out = run(f, path, text);
  cr_expect(strcmp(out, expected) == 0, "%s became\n%s\nnot\n%s", text, out, expected);
  free(out);
}
#define FORMATS(text, expected) becomes(ans_fmt_format, "a.recht", text, expected)
#define TO_ENGLISH(text, expected) (becomes(ans_fmt_convert, "a.recht", text, expected), becomes(ans_fmt_convert, "a.law", expected, text))

/* --- style ------------------------------------------------------------------------------------------------------------------- */
Test(fmt, rules_get_one_clause_a_line) {
  FORMATS("regel   A.x  wenn a begründung \"ja\"   andernfalls\n\"nein\"", "regel A.x\n  wenn a\n  begründung \"ja\"\n  andernfalls \"nein\"\n");
  FORMATS("regel A.x\n  ist 1 +   2", "regel A.x ist 1 + 2\n");
  FORMATS("regel A.x wenn a und b und c", "regel A.x\n  wenn a\n   und b\n   und c\n");
  FORMATS("regel A.x wenn a oder b und c oder d", "regel A.x\n  wenn a\n    oder b und c\n    oder d\n");
  FORMATS("ausnahme für A.x von § 3 Abs. 1 gültig ab 01.01.2020 wenn a", "ausnahme für A.x von § 3 Abs. 1 gültig ab 01.01.2020\n  wenn a\n");
  FORMATS("nicht\n abgebildet\n\"x\"", "nicht abgebildet \"x\"\n");
  FORMATS("regel A.x ist - 3 * ( a - - b ) + f ( 1 ;2 ) + Summe (x) der K über R mit(a)", "regel A.x ist -3 * (a - -b) + f(1; 2) + Summe(x) der K über R mit (a)\n");
}

Test(fmt, blocks_and_rows) {
  FORMATS("einheit A auch B;C \"t\" angabe x:Zahl angabe y:Geld je Monat ende einheit D ende",
          "einheit A auch B; C \"t\"\n  angabe x : Zahl\n  angabe y : Geld je Monat\nende\n\neinheit D\nende\n");
  FORMATS("einheit A angabe x:Zahl von -1\nbis 5 im Zeitverlauf beurteilung y:Prozentsatz\nhöchstens 100% angabe z:Geld mindestens 0€ ende",
          "einheit A\n  angabe x : Zahl von -1 bis 5 im Zeitverlauf\n  beurteilung y : Prozentsatz höchstens 100 %\n  angabe z : Geld mindestens 0 €\nende\n");
  FORMATS("parameter P(k:Zahl):Geld ab 01.01.2020 bis 31.12.2020:1->5 €;ab 2->6 € ab 01.01.2021:jede->7,00 € nach § 1 X",
          "parameter P (k : Zahl) : Geld\n  ab 01.01.2020 bis 31.12.2020 : 1 -> 5 €; ab 2 -> 6 €\n  ab 01.01.2021                : jede -> 7,00 € nach § 1 X\n");
  FORMATS("prüffall \"f\" § 1 X;\n§ 2 X wie \"g\" Person A:x=1;y=2\nz=3 erwarte A.r im 01.2020=4 fehlt A.x;A.y ende",
          "prüffall \"f\" § 1 X; § 2 X wie \"g\"\n  Person A: x = 1; y = 2\n    z = 3\n  erwarte A.r im 01.2020 = 4 fehlt A.x; A.y\nende\n");
  FORMATS("§ 1 X\nregel A.x ist 1\n§ 2 Satz 2,3 X\nregel A.x ist 2", "§ 1 X\n\nregel A.x ist 1\n\n§ 2 Satz 2, 3 X\n\nregel A.x ist 2\n");
}

Test(fmt, comments_stay_where_they_are) {
  FORMATS("-- one  \n\n\n\n--two\nregel A.x -- three\n\n-- four\nwenn a--five\nund b\n-- six",
          "-- one\n\n--two\nregel A.x  -- three\n  -- four\n  wenn a  --five\n   und b\n-- six\n");
  FORMATS("einheit A -- a\n-- b\nangabe x : Zahl\n\n-- c\n\nangabe y : Zahl\n-- d\nende -- e", "einheit A  -- a\n  -- b\n  angabe x : Zahl\n\n  -- c\n\n  angabe y : Zahl\n  -- d\nende  -- e\n");
  FORMATS("regel A.x ist 1\n-- belongs to the section\n§ 1 X\n\n\nregel A.y ist 2", "regel A.x ist 1\n\n-- belongs to the section\n§ 1 X\n\nregel A.y ist 2\n");
}

Test(fmt, small_files) {
  FORMATS("", "");
  FORMATS(" \n\t\r\n ", "");
  FORMATS("\n\n-- only a comment", "-- only a comment\n");
  FORMATS("norm A \"a\"\r\nnorm B \"b\"\r\n", "norm A \"a\"\nnorm B \"b\"\n");
  FORMATS("regel A._von ist _Person", "regel A._von ist Person\n"); /* an underscore that is not needed goes */
}

Test(fmt, long_lines_are_broken) {
  char *out = run(ans_fmt_format, "a.recht",
                  "regel A.x ist größer_von(falls erste_lange_Bedingung und zweite_lange_Bedingung dann Kind.erster_langer_Wert sonst Kind.zweiter_langer_Wert ende; "
                  "kleiner_von(dritter_langer_Wert_des_Kindes; vierter_langer_Wert_des_Kindes) + f(fünfter_langer_Wert_des_Kindes) + g(sechster_langer_Wert)) wenn a");
  for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n")) cr_expect(strlen(line) <= ANS_FMT_WIDTH + 8 && *line != ';', "%s", line);
  free(out);
}

/* --- properties --------------------------------------------------------------------------------------------------------------- */
static uint64_t draw(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

/* The tree in a random layout: blanks, lines, comments at every place, also inside phrases. */
static char *scrambled(const ans_tree *t, uint64_t *state) {
  static const char *const gaps[] = {" ", "  ", "\t", "\n", "\n\n", "\n   ", " \n\n\n ", "\r\n", "\xC2\xA0", " -- note\n", "\n-- own line\n  ", "--\n\n-- a\n--b\n", " "};
  char *out = malloc(t->source.len * 2 + (size_t)t->token_count * 24 + 1);
  size_t n = 0;
  for (uint32_t i = 0; i < t->token_count; i++) {
    const ans_token *k = &t->tokens[i];
    bool touched = i && k->at == k->trivia_at, keep = draw(state) % 4 == 0;
    if (keep || (touched && draw(state) % 2)) {
      memcpy(out + n, t->source.text + k->trivia_at, k->at - k->trivia_at);
      n += k->at - k->trivia_at;
    } else {
      size_t g = draw(state) % (sizeof gaps / sizeof *gaps);
      n += (size_t)sprintf(out + n, "%s", gaps[g]);
    }
    for (uint32_t j = 0; j < k->len; j++) {
      char c = t->source.text[k->at + j];
      out[n++] = c == ' ' && ans_token_is_keyword(k) && draw(state) % 3 == 0 ? '\n' : c;
    }
  }
  out[n] = 0;
  return out;
}

static char *without_blank_lines(const char *s) {
  char *out = malloc(strlen(s) + 1), *to = out;
  for (; *s; s++)
    if (*s != '\n' || (to > out && to[-1] != '\n')) *to++ = *s;
  *to = 0;
  return out;
}

static bool has_comment(const char *s) { return strstr(s, "--") != NULL; }

static unsigned layouts_of(const char *path, unsigned rounds, uint64_t *state) {
  size_t len, errors;
  char *text = slurp(path, &len), *formatted = run(ans_fmt_format, path, text);
  ans_tree *t = parse(path, text, &errors);
  cr_assert(errors == 0, "%s", path);
  unsigned tried = 0;
  for (unsigned i = 0; i < rounds; i++) {
    char *wild = scrambled(t, state);
    ans_tree *w = parse(path, wild, &errors);
    /* A citation moved to the start of a line opens a section, so not every layout says the same: those that do not are left out. */
    if (errors == 0) {
      char *once = run(ans_fmt_format, path, wild), *twice = run(ans_fmt_format, path, once);
      ans_tree *again = parse(path, once, &errors);
      cr_assert(errors == 0 && ans_tree_same_tokens(w, again), "%s: other tokens for\n%s", path, wild);
      cr_assert(strcmp(once, twice) == 0, "%s: not idempotent for\n%s", path, wild);
      if (ans_tree_same_tokens(w, t) && !has_comment(wild) && !has_comment(text)) { /* then the layout cannot matter but for blank lines */
        char *a = without_blank_lines(once), *b = without_blank_lines(formatted);
        cr_assert(strcmp(a, b) == 0, "%s: the layout shows in\n%s", path, once);
        free(a);
        free(b);
      }
      ans_tree_free(again);
      free(once);
      free(twice);
      tried++;
    }
    ans_tree_free(w);
    free(wild);
  }
  ans_tree_free(t);
  free(text);
  free(formatted);
  return tried;
}

/* Items of all files one by one, so that a layout that changes the meaning of one of them does not hide the others. */
static unsigned layouts_of_items(const char *path, unsigned rounds, uint64_t *state) {
  size_t len, errors;
  char *text = slurp(path, &len);
  ans_tree *t = parse(path, text, &errors);
  unsigned tried = 0;
  scratch_begin();
  for (uint32_t i = 0; i < t->root->count; i++) {
    const ans_syn *n = t->root->child[i];
    if (!n) continue;
    const ans_token *a = &t->tokens[n->first], *b = &t->tokens[n->last];
    const char *part = scratch_path(ans_syn_lang_of(path) == ANS_SYN_EN ? "item.law" : "item.recht");
    FILE *f = fopen(part, "wb");
    cr_assert(f != NULL);
    fwrite(t->source.text + a->at, 1, b->at + b->len - a->at, f);
    fclose(f);
    tried += layouts_of(part, rounds, state);
  }
  scratch_end();
  ans_tree_free(t);
  free(text);
  return tried;
}

Test(fmt, random_layouts_keep_tokens_and_are_fixed_points) {
  glob_t g;
  uint64_t state = 20260822;
  cr_assert(glob("tests/golden/syntax/trees/*.recht", 0, NULL, &g) == 0);
  cr_assert(glob("rules/bund/estg/kindergeld/*.recht", GLOB_APPEND, NULL, &g) == 0);
  unsigned tried = 0;
  for (size_t i = 0; i < g.gl_pathc; i++) tried += layouts_of_items(g.gl_pathv[i], 12, &state);
  globfree(&g);
  cr_expect(tried >= 2000, "only %u layouts could be compared", tried);
}

/* The formatter never touches a broken file, and no input makes it fail otherwise. */
Test(fmt, broken_and_hostile_texts) {
  static const char *const broken[] = {"regel A.x wenn", "einheit A", "regel A.x ist 1 1", "\xFF", "regel A.x ist \"offen", "prüffall \"x\" ende"};
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    for (int k = 0; k < 2; k++) {
      ans_diags *d = ans_diags_new();
      char *out = (char *)1;
      size_t len = 0;
      cr_expect((k ? ans_fmt_convert : ans_fmt_format)("a.recht", broken[i], strlen(broken[i]), d, &out, &len, NULL) == ANS_RULES, "%s", broken[i]);
      cr_expect(out == NULL && ans_diags_errors(d) > 0);
      ans_diags_free(d);
    }
  }
  size_t len;
  uint64_t state = 7;
  char *text = slurp("tests/golden/syntax/trees/rules.recht", &len), *copy = malloc(len + 1);
  for (int round = 0; round < 2000; round++) {
    memcpy(copy, text, len + 1);
    for (uint64_t k = 1 + draw(&state) % 4; k-- > 0;) copy[draw(&state) % len] = "( );,.-\n\"1aß§:_"[draw(&state) % 17];
    for (int k = 0; k < 4; k++) {
      ans_diags *d = ans_diags_new();
      char *out = NULL;
      size_t n = 0;
      ans_error err = {0};
      ans_status s = (k & 1 ? ans_fmt_convert : ans_fmt_format)(k & 2 ? "a.law" : "a.recht", copy, len, d, &out, &n, &err);
      cr_assert(s == ANS_OK || s == ANS_RULES, "status %d %s for\n%s", s, err.code ? err.code : "", copy);
      free(out);
      ans_diags_free(d);
    }
  }
  free(copy);
  free(text);
}

/* --- languages ---------------------------------------------------------------------------------------------------------------- */
Test(fmt, forms_of_both_languages) {
  TO_ENGLISH("regel A.x ist gerundet(1 132,50 € / 3; ab; Cent) wenn d >= 01.06.2008 und Monat = 06.2026",
             "rule A.x is rounded(1 132.50 € / 3, down, cent) if d >= 2008-06-01 and the month = 2026-06");
  TO_ENGLISH("regel A.x wenn K hat das 1. Lebensjahr vollendet und K hat das 2. Lebensjahr noch nicht vollendet und K hat das 13. Lebensjahr vollendet",
             "rule A.x if K has the 1st year of life completed and K has the 2nd year of life not yet completed and K has the 13th year of life completed");
  TO_ENGLISH("parameter P (k : Zahl; l : Zahl) : Dezimal(1)\n  ab 01.01.2020 : 1 / ab 2 -> 12,5; 2 / jede -> 10,0",
             "parameter P (k : Number, l : Number) : Decimal(1)\n  starting 2020-01-01 : 1 / starting 2 -> 12.5; 2 / every -> 10.0");
  TO_ENGLISH("§ 4 Abs. 1 Satz 2, 3 Nr. 2a Buchst. ab X quelle ungeprüft\nbeurteilung für A.x von Anlage 3 Nr. 1 \"?\"",
             "§ 4 Abs. 1 Satz 2, 3 Nr. 2a Buchst. ab X source unverified\nassessment for A.x from Anlage 3 Nr. 1 \"?\"");
  TO_ENGLISH("-- Kommentar von 01.01.2020\npaket a/b version 1.10.0 titel \"von\"  zeitraum von 01.2020\n\tbis 12.2021 -- Ende",
             "-- Kommentar von 01.01.2020\npackage a/b version 1.10.0 title \"von\"  period from 2020-01\n\tuntil 2021-12 -- Ende");
  TO_ENGLISH("prüffall \"x\"\n  Person A: w = wahr ab 01.01.2020, falsch ab 01.01.2021; v = 2,5 %\n  erwarte A.y im 01.2020 = offen\nende\n",
             "test case \"x\"\n  Person A: w = true starting 2020-01-01, false starting 2021-01-01; v = 2.5 %\n  expect A.y during 2020-01 = open\nend\n");
}

/* Names are never translated, and keep being names. */
Test(fmt, names_that_the_other_language_reserves) {
  TO_ENGLISH("regel A.rule ist of + sum.total", "rule A._rule is _of + _sum.total");
  TO_ENGLISH("regel A.x wenn nicht modelled und nicht yet und known(1)", "rule A.x if not _modelled and not yet and _known(1)");
  TO_ENGLISH("regel A._von ist _Summe.x", "rule A.von is Summe.x");
  TO_ENGLISH("parameter rounded (k : Zahl) : Zahl\n  ab 01.01.2020 : jede -> 1\nregel A.x ist rounded(1)",
             "parameter rounded (k : Number) : Number\n  starting 2020-01-01 : every -> 1\nrule A.x is _rounded(1)");
  TO_ENGLISH("norm law \"x\"\n§ 1 law\nregel A.x ist 1", "law _law \"x\"\n§ 1 _law\nrule A.x is 1");
  TO_ENGLISH("regel A.x ist 2020 -10 + a", "rule A.x is 2020 -10 + a");
  becomes(ans_fmt_convert, "a.recht", "regel A.x ist 2020-10", "rule A.x is 2020 -10"); /* 2020-10 would be a month */
}

static void both_ways(const char *path) {
  size_t len, errors;
  char *text = slurp(path, &len), *german = run(ans_fmt_format, path, text);
  char *english = run(ans_fmt_convert, "a.recht", german), *back = run(ans_fmt_convert, "a.law", english);
  cr_expect(strcmp(german, back) == 0, "%s does not come back", path);
  cr_expect(strcmp(german, english) != 0);
  ans_tree *a = parse("a.recht", german, &errors), *b = parse("a.law", english, &errors);
  cr_expect(errors == 0 && ans_tree_same_tokens(a, b));
  char *one = NULL, *two = NULL;
  size_t n;
  FILE *f = open_memstream(&one, &n);
  ans_tree_dump(a, f);
  fclose(f);
  f = open_memstream(&two, &n);
  ans_tree_dump(b, f);
  fclose(f);
  cr_expect(strcmp(one, two) == 0, "%s: the trees differ", path);
  char *pretty = run(ans_fmt_format, "a.law", english), *again = run(ans_fmt_format, "a.law", pretty);
  cr_expect(strcmp(pretty, again) == 0);
  ans_tree_free(a);
  ans_tree_free(b);
  free(text), free(german), free(english), free(back), free(one), free(two), free(pretty), free(again);
}

Test(fmt, rule_sets_there_and_back) {
  glob_t g;
  cr_assert(glob("rules/bund/estg/kindergeld/*.recht", 0, NULL, &g) == 0);
  cr_assert(glob("tests/golden/syntax/trees/*.recht", GLOB_APPEND, NULL, &g) == 0);
  cr_expect(g.gl_pathc >= 10);
  for (size_t i = 0; i < g.gl_pathc; i++) both_ways(g.gl_pathv[i]);
  globfree(&g);
}

/* A file has one language: the other one's words and forms are not understood. */
Test(fmt, languages_do_not_mix) {
  static const char *const english[] = {"regel A.x ist 1", "rule A.x is 1 und 2", "rule A.x is d > 01.06.2008", "rule A.x is €5.00", "rule A.x is f(1; 2)",
                                        "rule A.x is rounded(x, starting, 2)", "rule A.x valid down 2020-01-01 is 1", "rule A.x is K has the 2th year of life completed"};
  static const char *const german[] = {"rule A.x is 1", "regel A.x ist 12.5", "regel A.x ist f(1, 2)", "regel A.x wenn K hat das 18th Lebensjahr vollendet"};
  size_t errors;
  for (size_t i = 0; i < sizeof english / sizeof *english; i++) {
    ans_tree_free(parse("a.law", english[i], &errors));
    cr_expect(errors > 0, "%s", english[i]);
  }
  for (size_t i = 0; i < sizeof german / sizeof *german; i++) {
    ans_tree_free(parse("a.recht", german[i], &errors));
    cr_expect(errors > 0, "%s", german[i]);
  }
}

static char *messages(const char *path, const char *text, ans_lang lang) {
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  char *out = NULL;
  size_t n;
  cr_assert(ans_tree_parse(path, text, strlen(text), d, &t, NULL) == ANS_OK);
  FILE *f = open_memstream(&out, &n);
  ans_diags_print(d, f, (ans_diag_options){.lang = lang});
  fclose(f);
  ans_tree_free(t);
  ans_diags_free(d);
  return out;
}

/* A message about an English file names English words, whatever the language of the message. */
Test(fmt, messages_speak_the_language_of_the_file) {
  static const struct { const char *text, *says, *never; } samples[] = {
      {"unit A\n  fact x : Number\nrule A.y", "end", "ende"},          {"rule A.x valid", "starting", "gültig"},
      {"rule A.x is a !b", "not", "„nicht"},                            {"unit A\n  fact x :\nend", "Truth, Number, Money, Date", "Wahrheitswert"},
      {"rule A.x is d > 2023-02-29", "2008-06-01", "01.06.2008"},      {"rule A.x is €5.00", "1 132.50 €", "1 132,50"},
      {"rulle A.x is 1", "rule", "regel"},                             {"expect A.x during x = 1", "rule", "regel"}};
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
    for (int lang = 0; lang < 2; lang++) {
      char *out = messages("a.law", samples[i].text, lang ? ANS_LANG_EN : ANS_LANG_DE);
      cr_expect(strstr(out, samples[i].says) && !strstr(out, samples[i].never), "%s", out);
      free(out);
    }
}

/* The tables: every spelling is unique in its language and made of words the scanner can read. */
Test(fmt, spellings_are_unique) {
  static const char *const words[][2] = {
#define X(token, de, en) {de, en},
#include "syntax/keywords.def"
#undef X
  };
  static const char *const functions[][2] = {
#define FUNCTION(de, en) {de, en},
#include "syntax/functions.def"
  };
  size_t n = sizeof words / sizeof *words, m = sizeof functions / sizeof *functions;
  for (size_t i = 0; i < n; i++)
    for (int lang = 0; lang < 2; lang++) {
      for (size_t k = 0; k < i; k++) cr_expect(strcmp(words[i][lang], words[k][lang]) != 0, "%s stands for two words", words[i][lang]);
      for (const char *s = words[i][1]; *s; s++)
        cr_expect((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || *s == '_' || (*s == ' ' && s[1] != ' '), "%s", words[i][1]);
    }
  for (size_t i = 0; i < m; i++)
    for (size_t k = 0; k < i; k++) cr_expect(strcmp(functions[i][0], functions[k][0]) != 0 && strcmp(functions[i][1], functions[k][1]) != 0, "%s", functions[i][0]);
}

/* Both tables stand in docs/language.md. */
Test(fmt, english_words_are_documented) {
  static const char *const pairs[][2] = {
#define X(token, de, en) {de, en},
#include "syntax/keywords.def"
#undef X
#define FUNCTION(de, en) {de, en},
#define SECOND(token, de, en) {de, en},
#include "syntax/functions.def"
  };
  size_t len;
  char *doc = slurp("docs/language.md", &len), row[200], *from = strstr(doc, "\n## English spelling");
  cr_assert(from != NULL);
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    snprintf(row, sizeof row, "`%s` `%s`", pairs[i][0], pairs[i][1]);
    cr_expect(strstr(from, row) != NULL, "%s is not listed", row);
  }
  free(doc);
}

/* --- files ------------------------------------------------------------------------------------------------------------------------ */
Test(fmt, files_are_replaced_whole) {
  scratch_begin();
  const char *path = scratch_path("a.recht"), *link = scratch_path("b.recht");
  struct stat s;
  size_t len;
  ans_error err = {0};
  cr_assert(ans_fmt_write(path, "one", 3, &err) == ANS_OK);
  cr_assert(chmod(path, 0640) == 0 && symlink("a.recht", link) == 0);
  cr_assert(ans_fmt_write(link, "three", 5, &err) == ANS_OK);
  char *text = slurp(path, &len);
  cr_expect(strcmp(text, "three") == 0);
  cr_expect(stat(path, &s) == 0 && (s.st_mode & 07777) == 0640);
  cr_expect(lstat(link, &s) == 0 && S_ISLNK(s.st_mode));
  free(text);
  cr_expect(ans_fmt_write(scratch_path("none/a.recht"), "x", 1, &err) == ANS_IO);
  cr_expect(ans_fmt_write(scratch_dir, "x", 1, &err) == ANS_IO);
  cr_expect(ans_fmt_write("/dev/null", "x", 1, &err) == ANS_IO && stat("/dev/null", &s) == 0 && S_ISCHR(s.st_mode));
  glob_t g;
  cr_expect(glob(scratch_path("*"), 0, NULL, &g) == 0 && g.gl_pathc == 2, "a temporary file was left");
  globfree(&g);
  scratch_end();
}
