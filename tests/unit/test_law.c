/* Statute import: sentence splitting, both formats, hashes, citations, drift, hostile input. The act in fixtures/law is invented. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "law/law.h"

static char *read_all(const char *path, size_t *size) {
  FILE *f = fopen(path, "rb");
  cr_assert_not_null(f, "%s", path);
  char *b = malloc(1 << 20);
  *size = fread(b, 1, (1 << 20) - 1, f);
  b[*size] = 0;
  fclose(f);
  return b;
}

static ans_law *fixture(const char *path) {
  ans_error err = {0};
  ans_law *law = NULL;
  char text[1024];
  ans_status s = ans_law_open(path, &law, &err);
  cr_assert_eq(s, ANS_OK, "%s", ans_error_render(&err, ANS_LANG_DE, text, sizeof text));
  return law;
}

/* An act with one § whose Content is given. */
static ans_status import_content(const char *content, ans_law **law, ans_error *err) {
  size_t n = strlen(content) + 512;
  char *xml = malloc(n);
  snprintf(xml, n, "<dokumente doknr=\"T\"><norm doknr=\"T\"><metadaten><jurabk>TG</jurabk></metadaten></norm><norm><metadaten><jurabk>TG</jurabk><enbez>§ 1</enbez></metadaten><textdaten><text><Content>%s</Content></text></textdaten></norm></dokumente>", content);
  ans_status s = ans_law_import("t.xml", xml, strlen(xml), law, err);
  free(xml);
  return s;
}

/* Sentences are separated by '|' in the sample; the law sees a blank there. */
static void check_sentences(const char *sample) {
  char content[2048] = "<P>", want[2048] = "", got[2048] = "";
  ans_law *law = NULL;
  ans_error err;
  size_t n = 3;
  for (const char *s = sample; *s; s++) content[n++] = *s == '|' ? ' ' : *s;
  strcpy(content + n, "</P>");
  cr_assert_eq(import_content(content, &law, &err), ANS_OK);
  for (uint32_t i = 1; i < law->unit_count; i++) {
    const ans_law_unit *u = &law->units[i];
    if (u->level != ANS_LAW_SENTENCE) continue;
    if (*got) strcat(got, "|");
    strncat(got, law->text + u->at, u->len);
  }
  strcpy(want, sample);
  cr_expect_str_eq(got, want);
  ans_law_free(law);
}

Test(law, sentences_are_cut_where_they_end) {
  static const char *const samples[] = {
      "Das Kindergeld beträgt 259 Euro.|Es wird monatlich gezahlt.",
      "Der Antrag ist nach § 67 Abs. 1 Nr. 2 Buchst. a zu stellen.|Die Frist beträgt drei Monate.",
      "Dies gilt z. B. für Eltern bzw. Großeltern.|Im Übrigen gilt Absatz 1.",
      "Dies gilt z.B. für Eltern, d.h. für Verwandte.|Im Übrigen gilt Absatz 1.",
      "Maßgebend ist § 5 i. V. m. § 6 Abs. 2 Satz 1.|Satz 2 gilt entsprechend.",
      "Das Gesetz tritt am 1. Januar 2020 in Kraft.|Es tritt am 31. Dezember 2024 außer Kraft.",
      "Die Regelung gilt bis zum 31. Dezember 2020.|Danach gilt § 5.",
      "Sie gilt seit dem 1.1.2020.|Die Frist endet am 31.12.2020.",
      "Das Kind hat das 18. Lebensjahr vollendet.|Das 25. Lebensjahr ist die Grenze.",
      "Es gilt § 32.|Die Behörde entscheidet.",
      "Es gilt Absatz 2.|§ 5 bleibt unberührt.",
      "Die Absätze 1 und 2.|Sie gelten nicht für Nummer 3.",
      "Unberührt bleiben Satz 1 Nr. 2, 3 und 5.|Sachleistungen werden nicht angerechnet.",
      "Dies gilt im Fall des Satzes 1 Nummer 2 Buchstabe a.|Satz 3 gilt nicht.",
      "Anspruch besteht nach dem SGB II.|Die Leistung ist vorrangig.",
      "Anspruch besteht in Steuerklasse I.|Verheiratete wählen.",
      "Das II. Wohnungsbaugesetz gilt fort.",
      "Die §§ 3 ff. gelten nicht.|Das Nähere regelt § 8.",
      "Erfasst sind Miete, Heizung usw.|Die Kosten werden belegt.",
      "Erfasst sind Miete, Heizung usw. sowie Strom.",
      "Vgl. BGBl. I S. 1234.|Die Fassung ist maßgebend.",
      "Das Gesetz vom 2. Dezember 2024 (BGBl. 2024 I Nr. 387) ist anzuwenden.|Es gilt sofort.",
      "Verordnung (EU) Nr. 375/2014 (ABl. L 122 vom 24.4.2014, S. 1) gilt.|Sie ist unmittelbar anwendbar.",
      "Der Begriff „Kind. Enkel“ ist weit.|Er umfasst Pflegekinder.",
      "Die Erklärung lautet: „Ich zahle. Ich zahle bald.“|Der Anbieter hat sie abzugeben.",
      "Die Worte „Ich zahle.“ Ersatz leisten sie nicht.",
      "Die Erklärung muss enthalten: „Ich zahle.“|Sie ist zu unterschreiben.",
      "Das gilt (siehe Satz 3. Dieser ist neu) immer.|Es gilt nicht sonntags.",
      "Gilt das?|Ja!|Es gilt.",
      "Der Wert beträgt 1.000 Euro.|Der Höchstwert beträgt 2.500,50 Euro.",
      "Der Betrag ist auf 10 v. H. begrenzt.|Im Einzelfall gilt mehr.",
      "Der Betrag ist auf 10 v. H. Zinsen begrenzt.",
      "Dr. Müller und Prof. Maier bzw. Dipl.-Ing. Schulz sind befugt.",
      "Der Anspruch endet mit Ablauf des 3. Monats.|Über Ausnahmen entscheidet die Behörde.",
      "Die Frist beginnt am 5.|Sie endet am 10. Kalendertag.",
      "Eine offene Klammer ( stört nicht.|Die Sätze werden getrennt.",
      "Ein Satz ohne Punkt",
      "Die Höhe des Kindergeldes i. S. d. § 66 Abs. 1 und i. H. v. 259 Euro bleibt.",
      "Der Beleg zeigt u. a. Namen.|Unter den Angaben ist u. a.|Die Anschrift.",
      "Die Leistung endet sofort.|14 Tage später beginnt die nächste.",
  };
  for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) check_sentences(samples[i]);
}

Test(law, superscript_numbers_are_sentence_numbers) {
  ans_law *a = NULL, *b = NULL, *c = NULL;
  ans_error err;
  cr_assert_eq(import_content("<P>(1) ¹Eins gilt. ²zwei 3 m² groß. ³Drei gilt.</P>", &a, &err), ANS_OK);
  cr_assert_eq(import_content("<P>(1) Eins gilt. Zwei gilt nicht.</P>", &b, &err), ANS_OK);
  cr_assert_eq(import_content("<P>(1) <SUP class=\"Rec\">1</SUP>Eins gilt.<SUP class=\"Rec\">2</SUP>Zwei gilt nicht.</P>", &c, &err), ANS_OK);
  cr_expect_eq(a->unit_count, 2 + 2u, "²zwei begins no sentence: a small letter follows");
  cr_expect_str_eq(b->text, c->text, "printed sentence numbers are not text");
  cr_expect_eq(memcmp(b->units[0].sha256, c->units[0].sha256, 32), 0);
  ans_law_free(a); ans_law_free(b); ans_law_free(c);
}

Test(law, spelling_of_blanks_and_accents_does_not_change_the_hash) {
  ans_law *a = NULL, *b = NULL, *c = NULL;
  ans_error err;
  cr_assert_eq(import_content("<P>Für Prüflinge gilt § 1.</P>", &a, &err), ANS_OK);
  cr_assert_eq(import_content("<P>\n Fu\xcc\x88" "r  Pr<B>u</B>\xcc\x88" "f\xc2\xad" "linge<BR/>gilt §\xc2\xa0" "1. </P>", &b, &err), ANS_OK);
  cr_assert_eq(import_content("<P>Für Prüflinge gilt § 2.</P>", &c, &err), ANS_OK);
  cr_expect_str_eq(a->text, b->text);
  cr_expect_eq(memcmp(a->units[0].sha256, b->units[0].sha256, 32), 0);
  cr_expect_neq(memcmp(a->units[0].sha256, c->units[0].sha256, 32), 0);
  ans_law_free(a); ans_law_free(b); ans_law_free(c);
}

Test(law, both_formats_give_the_same_units_and_the_golden_file) {
  ans_law *gii = fixture("fixtures/law/testgesetz.xml"), *akn = fixture("fixtures/law/testgesetz.akn.xml"), *stored = fixture("fixtures/law/testgesetz.gesetz");
  cr_expect_str_eq(gii->format, "gii");
  cr_expect_str_eq(akn->format, "legaldocml");
  cr_expect_str_eq(gii->text, akn->text);
  cr_assert_eq(gii->unit_count, akn->unit_count);
  for (uint32_t i = 0; i < gii->unit_count; i++) {
    cr_expect_eq(gii->units[i].level, akn->units[i].level);
    cr_expect_str_eq(gii->units[i].number, akn->units[i].number);
    cr_expect_str_eq(gii->units[i].title, akn->units[i].title);
    cr_expect_eq(memcmp(gii->units[i].sha256, akn->units[i].sha256, 32), 0);
  }
  ans_buffer a, b;
  ans_error err;
  size_t size;
  char *golden = read_all("fixtures/law/testgesetz.gesetz", &size);
  ans_buffer_init(&a, 0);
  ans_buffer_init(&b, 0);
  cr_assert_eq(ans_law_encode(gii, &a, &err), ANS_OK);
  cr_assert_eq(ans_law_encode(stored, &b, &err), ANS_OK);
  cr_expect_str_eq(a.data, golden);
  cr_expect_str_eq(b.data, golden);
  free(golden);
  ans_buffer_dispose(&a);
  ans_buffer_dispose(&b);
  ans_law_free(gii); ans_law_free(akn); ans_law_free(stored);
}

static ans_law_answer ask(const ans_law *law, const char *text, char out[256]) {
  ans_cite c[8];
  uint32_t n = 0;
  ans_error err;
  ans_law_target t;
  cr_assert_eq(ans_cite_parse(text, c, 8, &n, &err), ANS_OK, "%s", text);
  ans_law_answer answer = ans_law_resolve(law, &c[0], &t);
  snprintf(out, 256, "%.*s", (int)(t.len < 200 ? t.len : 200), t.text);
  return answer;
}

Test(law, citations_find_their_unit) {
  static const struct { const char *cite; ans_law_answer answer; const char *text; } cases[] = {
      {"§ 2 Abs. 1 Satz 1 Nr. 1", ANS_LAW_FOUND, "erdacht ist,"},
      {"§ 2 Abs. 1 Nr. 1 PrüfG", ANS_LAW_FOUND, "erdacht ist,"},
      {"§2 Absatz 1 Satz 1 Nummer 2 Buchstabe a Doppelbuchstabe bb", ANS_LAW_FOUND, "von hinten,"},
      {"§ 2 Abs. 1 Satz 1 Nr. 2a Satz 2", ANS_LAW_FOUND, "Satz 2 bleibt unberührt."},
      {"§ 2 Abs. 1 Satz 2", ANS_LAW_FOUND, "Dies gilt auch nachts."},
      {"§ 2 Abs. 1 Satz 3 Spiegelstrich 2", ANS_LAW_FOUND, "sitzt,"},
      {"§ 1 Abs. 2 Satz 3 Halbsatz 2", ANS_LAW_FOUND, "§ 3 gilt entsprechend."},
      {"§ 1 Abs. 2 Satz 2 Halbsatz 1", ANS_LAW_MISSING, NULL},
      {"§ 3 Satz 3 Nr. 2", ANS_LAW_FOUND, "§ 2."},
      {"§ 3 Satz 4", ANS_LAW_FOUND, "Ausnahmen gibt es nicht."},
      {"§ 2 Abs. 4", ANS_LAW_FOUND, "Die Prüfung dauert höchstens drei Tage."},
      {"Anlage 1 Nr. 2", ANS_LAW_FOUND, "Tage."},
      {"§ 2 Abs. 3", ANS_LAW_REPEALED, "(weggefallen)"},
      {"§ 4", ANS_LAW_REPEALED, "(weggefallen)"},
      {"§ 3 Abs. 1", ANS_LAW_MISSING, NULL},
      {"§ 2 Abs. 1 Buchst. a", ANS_LAW_MISSING, NULL},
      {"§ 6", ANS_LAW_MISSING, NULL},
      {"§ 2 Abs. 1 Satz 9", ANS_LAW_MISSING, NULL},
  };
  ans_law *law = fixture("fixtures/law/testgesetz.xml");
  char text[256];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_expect_eq(ask(law, cases[i].cite, text), cases[i].answer, "%s", cases[i].cite);
    if (cases[i].text) cr_expect_str_eq(text, cases[i].text);
  }
  ans_law_free(law);
}

Test(law, a_left_out_sentence_must_be_unique) {
  ans_law *law = NULL;
  ans_error err;
  char text[256];
  cr_assert_eq(import_content("<P>(1) Es gilt <DL><DT>1.</DT><DD><LA>eins.</LA></DD></DL>Es gilt nicht <DL><DT>1.</DT><DD><LA>zwei.</LA></DD></DL></P>", &law, &err), ANS_OK);
  cr_expect_eq(ask(law, "§ 1 Abs. 1 Nr. 1", text), ANS_LAW_AMBIGUOUS);
  cr_expect_eq(ask(law, "§ 1 Abs. 1 Satz 2 Nr. 1", text), ANS_LAW_FOUND);
  cr_expect_str_eq(text, "zwei.");
  ans_law_free(law);
}

Test(law, several_numbers_are_several_citations) {
  ans_cite c[8];
  uint32_t n = 0;
  ans_error err;
  char text[ANS_CITE_TEXT];
  cr_assert_eq(ans_cite_parse("§ 32 Abs. 4 Satz 2, 3 EStG", c, 8, &n, &err), ANS_OK);
  cr_assert_eq(n, 2u);
  cr_expect_str_eq(ans_cite_format(&c[0], text), "§ 32 Abs. 4 Satz 2 EStG");
  cr_expect_str_eq(ans_cite_format(&c[1], text), "§ 32 Abs. 4 Satz 3 EStG");
  static const char *const bad[] = {"", "EStG", "Abs. 2", "§", "§ 1 Abs.", "§ 1 § 2", "§ 1 Satz 1,", "§ 1 Abs. 1234567890123456789012345", "§ 1 5", "§ 1 Satz 1, 2, 3, 4, 5, 6, 7, 8, 9"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_expect_eq(ans_cite_parse(bad[i], c, 8, &n, &err), ANS_INPUT, "%s", bad[i]);
}

Test(law, a_wrong_citation_gets_a_suggestion) {
  ans_law *law = fixture("fixtures/law/testgesetz.xml");
  static const struct { const char *cite, *nearest, *there; } cases[] = {
      {"§ 2 Abs. 1 Buchst. a PrüfG", "§ 2 Abs. 1 Satz 1 Nr. 2 Buchst. a PrüfG", "Satz 1, 2, 3"},
      {"§ 2 Abs. 1 Satz 1 Nr. 2b PrüfG", "§ 2 Abs. 1 Satz 1 Nr. 2 PrüfG", "Nr. 1, 2, 2a"},
      {"§ 3 Abs. 1 PrüfG", "", "Satz 1, 2, 3, 4"},
      {"§ 2b PrüfG", "§ 2 PrüfG", ""}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ans_cite c[1];
    uint32_t n;
    ans_error err;
    ans_law_target t;
    char nearest[ANS_CITE_TEXT], there[ANS_CITE_TEXT];
    cr_assert_eq(ans_cite_parse(cases[i].cite, c, 1, &n, &err), ANS_OK);
    cr_assert_eq(ans_law_resolve(law, c, &t), ANS_LAW_MISSING);
    ans_law_suggest(law, c, &t, nearest, there);
    cr_expect_str_eq(nearest, cases[i].nearest);
    cr_expect_str_eq(there, cases[i].there);
  }
  ans_law_free(law);
}

Test(law, names_of_laws) {
  ans_law sgb = {.format = "gii", .name = "SGB 2", .official = "SGB II", .id = "BJNR295500003"}, bkgg = {.format = "gii", .name = "BKGG 1996", .official = "", .id = ""};
  cr_expect(ans_law_is(&sgb, "SGB_II", NULL));
  cr_expect(ans_law_is(&sgb, "SGB_2", NULL));
  cr_expect(ans_law_is(&sgb, "irgendwas", "BJNR295500003"));
  cr_expect_not(ans_law_is(&sgb, "SGB_II", "BJNR000000000"));
  cr_expect_not(ans_law_is(&sgb, "SGB_X", NULL));
  cr_expect_not(ans_law_is(&sgb, "SGB_12", NULL));
  cr_expect(ans_law_is(&bkgg, "BKGG", NULL));
  cr_expect_not(ans_law_is(&bkgg, "EStG", NULL));
}

/* --- what rests on what --- */

static ans_law_uses *uses_of(const char *path) {
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  ans_error err;
  cr_assert_eq(ans_tree_parse_file(path, d, &t, &err), ANS_OK);
  cr_assert_eq(ans_diags_errors(d), 0u);
  ans_law_uses *u = ans_law_uses_new();
  cr_assert_eq(ans_law_uses_tree(u, t, &err), ANS_OK);
  ans_tree_free(t);
  ans_diags_free(d);
  return u;
}

Test(law, uses_name_file_line_and_rule) {
  ans_law_uses *u = uses_of("fixtures/law/regeln.recht");
  bool rule = false, exception = false, member = false;
  for (size_t i = 0; i < ans_law_uses_count(u); i++) {
    const ans_law_use *x = ans_law_uses_at(u, i);
    cr_expect_str_eq(x->file, "fixtures/law/regeln.recht");
    rule = rule || (!strcmp(x->citation, "§ 2 Abs. 1 Satz 1 PrüfG") && x->line == 15 && !strcmp(x->what, "regel Person.Prüffall"));
    exception = exception || (!strcmp(x->citation, "§ 2 Abs. 1 Satz 2, 3 PrüfG") && x->line == 19 && !strcmp(x->what, "ausnahme Person.Prüffall"));
    member = member || (!strcmp(x->citation, "§ 2 Abs. 1 Satz 1 Nr. 1 PrüfG") && x->line == 7 && !strcmp(x->what, "angabe erdacht"));
  }
  cr_expect(rule && exception && member);
  ans_law_uses_free(u);
}

static char *replaced(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  cr_assert_not_null(at, "%s", from);
  char *out = malloc(strlen(text) + strlen(to) + 1);
  sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
  return out;
}

static const ans_law_finding *finding(const ans_law_report *r, const char *citation) {
  for (uint32_t i = 0; i < r->count; i++)
    if (!strcmp(r->findings[i].citation, citation)) return &r->findings[i];
  return NULL;
}

Test(law, drift_names_the_rules_that_rest_on_it) {
  ans_law_uses *u = uses_of("fixtures/law/regeln.recht");
  ans_law *law = fixture("fixtures/law/testgesetz.xml"), *fresh = NULL;
  ans_buffer lock;
  ans_error err;
  uint32_t pinned = 0;
  size_t size;
  ans_law_report r;
  ans_buffer_init(&lock, 0);
  cr_assert_eq(ans_law_pin(u, &law, 1, "test/law/pruefung", "1.0.0", &lock, &pinned, &err), ANS_OK);
  cr_expect_eq(pinned, 5u); /* Satz 3 is cited twice, once with Satz 2 */
  cr_assert_eq(ans_law_check(u, &law, 1, "x.lock", lock.data, lock.len, &r, &err), ANS_OK);
  cr_expect_eq(r.failures, 0u);
  cr_expect_eq(r.count, 0u);
  ans_law_report_dispose(&r);

  char *xml = read_all("fixtures/law/testgesetz.xml", &size), *a = replaced(xml, "gilt auch nachts", "gilt nur nachts"), *b = replaced(a, "<DT>aa)</DT><DD><LA>von vorn,</LA></DD>", "");
  cr_assert_eq(ans_law_import("neu.xml", b, strlen(b), &fresh, &err), ANS_OK);
  cr_assert_eq(ans_law_check(u, &fresh, 1, "x.lock", lock.data, lock.len, &r, &err), ANS_OK);
  const ans_law_finding *changed = finding(&r, "§ 2 Abs. 1 Satz 2 PrüfG"), *gone = finding(&r, "§ 2 Abs. 1 Satz 1 Nr. 2 Buchst. a Doppelbuchst. aa PrüfG");
  cr_assert_not_null(changed);
  cr_assert_not_null(gone);
  cr_expect_eq(changed->kind, ANS_LAW_F_CHANGED);
  cr_expect_str_eq(changed->before, "Dies gilt auch nachts.");
  cr_expect_str_eq(changed->now, "Dies gilt nur nachts.");
  cr_assert_eq(changed->use_count, 1u);
  cr_expect_eq(changed->uses[0]->line, 19u);
  cr_expect_eq(gone->kind, ANS_LAW_F_GONE);
  cr_expect_str_eq(gone->before, "von vorn,");
  cr_expect_null(finding(&r, "§ 2 Abs. 1 Satz 3 PrüfG"), "Satz 3 is as it was");
  cr_expect_eq(r.failures, 3u); /* with Satz 1, which encloses the missing item */
  ans_law_report_dispose(&r);
  ans_law_free(fresh);
  free(xml); free(a); free(b);
  ans_buffer_dispose(&lock);
  ans_law_free(law);
  ans_law_uses_free(u);
}

Test(law, a_lock_must_be_whole) {
  ans_law_uses *u = uses_of("fixtures/law/regeln.recht");
  ans_law *law = fixture("fixtures/law/testgesetz.xml");
  ans_error err;
  ans_law_report r;
  static const char *const bad[] = {"", "{}", "[]", "{\"format\":\"anspruch-lock\",\"version\":2,\"citations\":[]}",
                                    "{\"format\":\"anspruch-lock\",\"version\":1,\"citations\":[{\"citation\":\"§ 1\",\"sha256\":\"00\",\"text\":\"x\"}]}",
                                    "{\"format\":\"anspruch-lock\",\"version\":1,\"citations\":[1]}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_expect_eq(ans_law_check(u, &law, 1, "x.lock", bad[i], strlen(bad[i]), &r, &err), ANS_INPUT, "%s", bad[i]);
  static const char empty[] = "{\"format\":\"anspruch-lock\",\"version\":1,\"citations\":[]}";
  cr_assert_eq(ans_law_check(u, &law, 1, "x.lock", empty, strlen(empty), &r, &err), ANS_OK);
  cr_expect_eq(r.failures, 6u, "nothing is pinned");
  ans_law_report_dispose(&r);
  cr_assert_eq(ans_law_check(u, NULL, 0, NULL, NULL, 0, &r, &err), ANS_OK);
  cr_expect_eq(r.unchecked, 6u);
  cr_expect_eq(r.count, 1u, "one note for the law that was not given");
  ans_law_report_dispose(&r);
  ans_law_free(law);
  ans_law_uses_free(u);
}

/* --- bad input --- */

static void refused(const char *xml, ans_status status, const char *code) {
  ans_law *law = NULL;
  ans_error err = {0};
  cr_expect_eq(ans_law_import("x.xml", xml, strlen(xml), &law, &err), status, "%.80s", xml);
  cr_expect_str_eq(err.code ? err.code : "", code);
  cr_expect_null(law);
  ans_law_free(law);
}

Test(law, hostile_xml_is_refused) {
  refused("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><dokumente>&x;</dokumente>", ANS_INPUT, "E-LAW-ENTITY");
  refused("<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><dokumente>&b;</dokumente>", ANS_INPUT, "E-LAW-ENTITY");
  refused("<!DOCTYPE d [<!ENTITY % p SYSTEM \"http://example.invalid/x\"> %p;]><dokumente/>", ANS_INPUT, "E-LAW-ENTITY");
  refused("<!DOCTYPE d [<!ELEMENT d ANY>]><d/>", ANS_INPUT, "E-LAW-ENTITY");
  refused("<!DOCTYPE d [<!ATTLIST d a (x|y) \"x\">]><d/>", ANS_INPUT, "E-LAW-ENTITY");
  refused("<!DOCTYPE d [<!NOTATION n SYSTEM \"n\">]><d/>", ANS_INPUT, "E-LAW-ENTITY");
  refused("<!DOCTYPE d SYSTEM \"http://example.invalid/d.dtd\"><dokumente>&undeclared;</dokumente>", ANS_INPUT, "E-LAW-ENTITY");
  refused("", ANS_INPUT, "E-LAW-XML");
  refused("Kein XML", ANS_INPUT, "E-LAW-XML");
  refused("<dokumente><norm>", ANS_INPUT, "E-LAW-XML");
  refused("<dokumente>\xff\xfe</dokumente>", ANS_INPUT, "E-LAW-XML");
  refused("<html/>", ANS_INPUT, "E-LAW-ROOT");
  refused("<dokumente/>", ANS_INPUT, "E-LAW-NAME");
  refused("<dokumente><norm><metadaten><jurabk>X</jurabk></metadaten></norm></dokumente>", ANS_INPUT, "E-LAW-EMPTY");
  refused("<akomaNtoso/>", ANS_INPUT, "E-LAW-NAME");
}

Test(law, limits_of_xml) {
  size_t n = 0, cap = 12u << 20;
  char *xml = malloc(cap);
  for (int i = 0; i < 150; i++) n += (size_t)sprintf(xml + n, "<a>");
  for (int i = 0; i < 150; i++) n += (size_t)sprintf(xml + n, "</a>");
  refused(xml, ANS_LIMIT, "E-LAW-DEPTH");
  n = (size_t)sprintf(xml, "<a>");
  for (int i = 0; i <= ANS_LAW_MAX_NODES; i++) { memcpy(xml + n, "<b/>", 5); n += 4; }
  memcpy(xml + n, "</a>", 5);
  refused(xml, ANS_LIMIT, "E-LAW-NODES");
  free(xml);
  ans_law *law = NULL;
  ans_error err = {0};
  cr_expect_eq(ans_law_import("x.xml", "<a/>", ANS_LAW_MAX_BYTES + 1u, &law, &err), ANS_LIMIT); /* size is checked before a byte is read */
  cr_expect_str_eq(err.code, "E-LAW-SIZE");
}

Test(law, a_changed_law_file_is_refused) {
  static const struct { const char *from, *to; } edits[] = {
      {"erfunden und dient", "gefunden und dient"}, {"\"Satz\",\"1\",1,4,72", "\"Satz\",\"1\",1,4,71"}, {"\"Satz\",\"1\",1,4,72", "\"Satz\",\"1\",1,4,9999"}, {"\"Satz\",\"1\",1,4,72", "\"Satz\",\"1\",7,4,72"},
      {"\"Satz\",\"1\",1,4,72", "\"Setz\",\"1\",1,4,72"}, {"\"Satz\",\"1\",1,4,72", "\"§\",\"1\",1,4,72"}, {"\"Satz\",\"1\",1,4,72", "\"Satz\",\"1 x\",1,4,72"}, {"\"Satz\",\"1\",1,4,72", "\"Satz\",\"1\",-1,4,72"},
      {"\"units\":41", "\"units\":40"}, {"\"units\":41", "\"units\":42"}, {"\"units\":41", "\"units\":99999999999"}, {"\"paragraphs\":5", "\"paragraphs\":4"}, {"\"version\":1", "\"version\":2"}, {"{\"title\"", "[\"title\""}, {"\"law\":\"PrüfG\"", "\"law\":\"\""}};
  size_t size;
  char *good = read_all("fixtures/law/testgesetz.gesetz", &size);
  for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
    char *bad = replaced(good, edits[i].from, edits[i].to);
    ans_law *law = NULL;
    ans_error err = {0};
    cr_expect_eq(ans_law_decode("x.gesetz", bad, strlen(bad), &law, &err), ANS_INPUT, "%s", edits[i].to);
    cr_expect_str_eq(err.code ? err.code : "", "E-LAW-DAMAGED");
    ans_law_free(law);
    free(bad);
  }
  for (size_t cut = 0; cut < size; cut += 37) { /* a truncated file is never taken for a law */
    ans_law *law = NULL;
    ans_error err = {0};
    cr_expect_eq(ans_law_decode("x.gesetz", good, cut, &law, &err), ANS_INPUT);
    ans_law_free(law);
  }
  free(good);
}

/* --- paragraph × status ------------------------------------------------------------------------------------------------------------- */

/* The states of all units of the act "§ 1 TG" for these rules: c, h, n, o, r, in capitals where partly settled. */
static void check_status(const char *content, const char *rules, const char *want) {
  char text[4096], got[128] = "";
  ans_error err = {0};
  ans_law *law = NULL;
  ans_tree *tree = NULL;
  ans_law_status s;
  ans_diags *diags = ans_diags_new();
  ans_law_uses *uses = ans_law_uses_new();
  snprintf(text, sizeof text, "paket a/b version 1.0.0 titel \"\" zeitraum von 01.2020 bis 12.2020\nnorm TG \"T\"\n%s\n", rules);
  cr_assert_eq(import_content(content, &law, &err), ANS_OK);
  cr_assert_eq(ans_tree_parse("t.recht", text, strlen(text), diags, &tree, &err), ANS_OK);
  cr_assert_eq(ans_diags_errors(diags), 0, "%s", rules);
  cr_assert_eq(ans_law_uses_tree(uses, tree, &err), ANS_OK);
  cr_assert_eq(ans_law_status_make(uses, law, true, &s, &err), ANS_OK);
  uint32_t leaves = 0, counted = 0;
  for (uint32_t i = 0; i < law->unit_count; i++) {
    got[i] = (s.units[i].partly ? "CHNOR" : "chnor")[s.units[i].state];
    leaves += s.units[i].leaf;
  }
  for (int k = 0; k < ANS_LAW_S_COUNT; k++) counted += s.count[k];
  cr_expect_str_eq(got, want, "%s", rules);
  cr_expect_eq(counted, leaves);
  cr_expect_eq(s.leaves, leaves);
  ans_law_status_dispose(&s);
  ans_law_uses_free(uses);
  ans_tree_free(tree);
  ans_diags_free(diags);
  ans_law_free(law);
}

/* Units: § 1, Abs. 1, Satz 1, Satz 2, Abs. 2, Satz 1, Nr. 1, Nr. 2 (with two Buchstaben), Abs. 3, Satz 1. */
#define ACT "<P>(1) Das gilt. Jenes gilt auch.</P><P>(2) Es gilt: <DL><DT>1.</DT><DD><LA>eins,</LA></DD><DT>2.</DT><DD><LA>zwei <DL><DT>a)</DT><DD><LA>oder</LA></DD><DT>b)</DT><DD><LA>und.</LA></DD></DL></LA></DD></DL></P><P>(3) Ein Satz; ein halber.</P>"

Test(law, a_rule_speaks_of_the_unit_it_cites) {
  check_status(ACT, "", "oooooooooooo");
  check_status(ACT, "§ 1 Abs. 1 Satz 1 TG\nregel A.b wenn c", "OOcooooooooo");
  check_status(ACT, "§ 1 Abs. 1 TG\nregel A.b wenn c", "OOoooooooooo");            /* two sentences: neither is said */
  check_status(ACT, "§ 1 Abs. 3 TG\nregel A.b wenn c", "Ooooooooooc" "c");            /* one sentence is the Absatz */
  check_status(ACT, "§ 1 Abs. 2 TG\nregel A.b wenn c", "OoooOOoooooo");            /* not its Nummern */
  check_status(ACT, "§ 1 Abs. 2 Nr. 2 Buchst. a TG\nparameter P : Zahl\n  ab 01.01.2020 : 1", "OoooOOoOcooo");
  check_status(ACT, "§ 1 Abs. 1 Satz 1, 2 TG\nregel A.b wenn c", "Occcoooooooo");
}

Test(law, facts_results_targets_and_tests_settle_nothing) {
  check_status(ACT, "einheit A\n  angabe x : Zahl nach § 1 Abs. 1 Satz 1 TG\nende", "oooooooooooo");
  check_status(ACT, "§ 1 Abs. 1 Satz 1 TG\nergebnis A.b : Wahrheitswert", "oooooooooooo");
  check_status(ACT, "prüffall \"x\" § 1 Abs. 1 Satz 1 TG\n  A a: x = 1\n  erwarte a.b im 01.2020 = wahr\nende", "oooooooooooo");
  check_status(ACT, "§ 1 Abs. 1 Satz 1 TG\nausnahme für A.b von § 1 Abs. 1 Satz 2 TG wenn c", "OOcooooooooo");
  check_status(ACT, "§ 1 Abs. 1 Satz 1 TG\nhilfsdefinition regel A.b wenn c", "oooooooooooo");
}

Test(law, statements_speak_of_everything_below_until_something_nearer_is_said) {
  check_status(ACT, "§ 1 TG\nnicht abgebildet \"alles\"", "nnnnnnnnnnnn");
  check_status(ACT, "§ 1 Abs. 2 TG\nabgebildet \"alles\"", "Oooo" "cccccc" "oo");
  check_status(ACT, "§ 1 TG\nnicht abgebildet \"alles\"\n§ 1 Abs. 1 Satz 2 TG\nregel A.b wenn c", "ccnc" "nnnnnn" "nn");
  check_status(ACT, "§ 1 TG\nnicht abgebildet \"alles\"\n§ 1 Abs. 1 TG\nregel A.b wenn c", "OOoo" "nnnnnn" "nn"); /* nearer, but not of its sentences */
  check_status(ACT, "§ 1 Abs. 2 Satz 1 TG\nregel A.b wenn c\nabgebildet \"samt Nummern\"", "Oooo" "cccccc" "oo");
  check_status(ACT, "einheit A\n  beurteilung x : Wahrheitswert nach § 1 Abs. 1 TG\nende", "Ohhh" "oooooo" "oo");
  check_status(ACT, "§ 1 Abs. 1 TG\nermessen für A.b wenn c \"Ein Mensch.\"", "OOoo" "oooooo" "oo");
}

Test(law, scopes_and_ranges) {
  check_status(ACT, "nicht abgebildet § 1 Abs. 1 bis § 1 Abs. 3 TG \"alles\"", "nnnnnnnnnnnn");
  check_status(ACT, "nicht abgebildet § 1 Abs. 1 Satz 2 TG; § 1 Abs. 3 TG \"zwei\"", "OOonoooooo" "nn");
  check_status(ACT, "nicht abgebildet § 1 Abs. 3 bis § 1 Abs. 1 TG \"verkehrt\"", "oooooooooooo");
  check_status(ACT, "nicht abgebildet § 1 Abs. 1 bis § 1 Abs. 9 TG \"zu weit\"", "oooooooooooo");
}

Test(law, half_sentences_settle_their_sentence_together) {
  check_status(ACT, "§ 1 Abs. 3 Halbsatz 1 TG\nregel A.b wenn c", "Oooooooooo" "Oo");
  check_status(ACT, "§ 1 Abs. 3 Satz 1 Halbsatz 1 TG\nregel A.b wenn c\n§ 1 Abs. 3 Satz 1 Halbsatz 2 TG\nnicht abgebildet \"n\"", "Oooooooooo" "cc");
}

Test(law, repealed_units_are_not_open) {
  check_status("<P>(1) Das gilt.</P><P>(2) (weggefallen)</P>", "§ 1 Abs. 1 TG\nregel A.b wenn c", "cccrr");
  check_status("<P>(weggefallen)</P>", "", "rr");
}
