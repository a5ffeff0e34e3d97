/* Entry points: the page of a package and the page over several. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "doc/doc_private.h"
#include "num/period.h"

const char *ans_doc_file_name(const char *package, char out[ANS_DOC_FILE_NAME]) {
  size_t n = 0;
  for (const char *c = package; *c && n + sizeof ".html" < ANS_DOC_FILE_NAME; c++) out[n++] = *c == '/' ? '-' : *c;
  memcpy(out + n, ".html", sizeof ".html");
  return out;
}

/* Places marked "quelle ungeprüft": laws, headings, rows of parameters. */
static uint32_t page__unchecked(const doc *d) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < d->item_count; i++) {
    const ans_syn *s = d->items[i].syn;
    if (!d->items[i].own) continue;
    if ((s->kind == ANS_SYN_NORM || s->kind == ANS_SYN_SECTION) && s->flags & ANS_SYNF_UNCHECKED) n++;
    for (uint32_t k = 4; s->kind == ANS_SYN_PARAM && k < s->count; k++) n += s->child[k] && (s->child[k]->flags & ANS_SYNF_UNCHECKED) != 0;
  }
  return n;
}

static void page__span(const ans_model *m, char *out, size_t size) {
  char first[ANS_PERIOD_TEXT], last[ANS_PERIOD_TEXT];
  snprintf(out, size, "%s – %s", ans_period_format_de(m->period_kind, m->first_period, first), ans_period_format_de(m->period_kind, m->last_period, last));
}

static void page__fact(doc *d, const char *de, const char *en, const char *value) {
  doc__put(d, "<dt>");
  doc__put(d, doc__say(d, de, en));
  doc__put(d, "</dt><dd>");
  doc__text(d, value);
  doc__put(d, "</dd>\n");
}

static void page__cases_text(doc *d, const ans_doc_package *p, char *out, size_t size) {
  uint32_t n[3] = {0};
  for (uint32_t i = 0; i < p->model->case_count; i++) n[doc__outcome(p, i)]++;
  snprintf(out, size, "%u (%u %s, %u %s, %u %s)", p->model->case_count, n[ANS_DOC_PASSED], doc__say(d, "erfüllt", "passed"), n[ANS_DOC_FAILED], doc__say(d, "nicht erfüllt", "failed"),
           n[ANS_DOC_NOT_RUN], doc__say(d, "nicht ausgeführt", "not run"));
}

static void page__header(doc *d) {
  const ans_model *m = d->m;
  char hex[65], text[256];
  ans_hex(d->p->sha256, 32, hex);
  doc__put(d, "<header>\n<p><a href=\"index.html\">");
  doc__put(d, doc__say(d, "Alle Regelpakete", "All packages"));
  doc__put(d, "</a></p>\n<h1 lang=\"de\">");
  doc__text(d, m->title);
  doc__put(d, "</h1>\n<dl class=\"facts\">\n");
  page__fact(d, "Paket", "Package", m->name);
  page__fact(d, "Version", "Version", m->version);
  page__span(m, text, sizeof text);
  page__fact(d, "Zeitraum", "Period", text);
  page__fact(d, "Kennung (SHA-256)", "Identity (SHA-256)", hex);
  for (uint32_t i = 0; i < m->import_count; i++) {
    snprintf(text, sizeof text, "%.150s %.60s", m->imports[i].name, m->imports[i].version);
    page__fact(d, m->imports[i].direct ? "Nutzt" : "Nutzt mittelbar", m->imports[i].direct ? "Uses" : "Uses indirectly", text);
  }
  snprintf(text, sizeof text, "%u", page__unchecked(d));
  page__fact(d, "Quelle ungeprüft", "Sources unverified", text);
  page__cases_text(d, d->p, text, sizeof text);
  page__fact(d, "Prüffälle", "Test cases", text);
  for (size_t i = 0; i < d->p->status_count; i++) {
    const ans_law *law = d->p->status[i].law;
    doc__put(d, "<dt>");
    doc__text(d, law->name);
    doc__put(d, "</dt><dd lang=\"de\">");
    doc__text(d, law->title);
    if (*law->state) doc__put(d, " · ");
    doc__text(d, law->state);
    doc__put(d, "</dd>\n");
  }
  doc__put(d, "</dl>\n</header>\n");
}

static void page__nav(doc *d) {
  static const struct { const char *id, *de, *en; } parts[] = {
      {"vorschriften", "Gesetz und Regeln", "Statute and rules"}, {"stand", "Paragraf × Stand", "Paragraph × status"}, {"abhaengigkeiten", "Abhängigkeiten", "Dependencies"},
      {"ergebnisse", "Ergebnisse", "Results"}, {"parameter", "Parameter", "Parameters"}, {"angaben", "Angaben", "Facts"}, {"begriffe", "Begriffe", "Definitions"}, {"faelle", "Prüffälle", "Test cases"}};
  doc__printf(d, "<nav aria-label=\"%s\"><ul>\n", doc__say(d, "Inhalt", "Contents"));
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    bool absent = (strcmp(parts[i].id, "stand") == 0 && !d->p->status_count) || (strcmp(parts[i].id, "parameter") == 0 && !d->m->param_count) ||
                  (strcmp(parts[i].id, "faelle") == 0 && !d->m->case_count) || (strcmp(parts[i].id, "abhaengigkeiten") == 0 && !d->m->result_count);
    if (!absent) doc__printf(d, "<li><a href=\"#%s\">%s</a></li>\n", parts[i].id, doc__say(d, parts[i].de, parts[i].en));
  }
  doc__put(d, "</ul></nav>\n");
}

static ans_status page__finish(doc *d, const char *name, ans_error *err) {
  char limit[24];
  free(d->edges);
  free(d->reads);
  free(d->takes);
  ans_arena_free(d->arena);
  if (d->out->full) return ans_error_set(err, ANS_LIMIT, "E-DOC-SIZE", name, ans_itoa(limit, (long long)d->out->max), NULL);
  return d->failed || d->out->failed ? ans_error_set(err, ANS_MEMORY, "E-MEMORY", name, "doc", NULL) : ANS_OK;
}

ans_status ans_doc_page(const ans_doc_package *p, ans_lang lang, ans_buffer *out, ans_error *err) {
  doc d = {.p = p, .m = p->model, .lang = lang, .out = out, .arena = ans_arena_new(0)};
  if (!d.arena) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", p->model->name, "doc", NULL);
  doc__model(&d);
  if (!d.failed) {
    doc__head(&d, p->model->title);
    page__header(&d);
    page__nav(&d);
    doc__put(&d, "<main id=\"inhalt\">\n");
    doc__provisions(&d);
    doc__status_tables(&d);
    doc__graphs(&d);
    doc__results(&d);
    doc__parameters(&d);
    doc__facts(&d);
    doc__definitions(&d);
    doc__cases(&d);
    doc__foot(&d);
  }
  return page__finish(&d, p->model->name, err);
}

static void page__index_row(doc *d, const ans_doc_package *p) {
  char file[ANS_DOC_FILE_NAME], text[256];
  uint32_t count[ANS_LAW_S_COUNT] = {0}, results = 0;
  for (size_t i = 0; i < p->status_count; i++)
    for (int k = 0; k < ANS_LAW_S_COUNT; k++) count[k] += p->status[i].count[k];
  for (uint32_t r = 0; r < p->model->result_count; r++) results += !p->model->results[r].imported && strstr(p->model->results[r].name, " (angenommen ") == NULL;
  doc__put(d, "<tr><th scope=\"row\"><a lang=\"de\" href=\"");
  doc__text(d, ans_doc_file_name(p->model->name, file));
  doc__put(d, "\">");
  doc__text(d, p->model->title);
  doc__put(d, "</a></th>");
  doc__cell(d, p->model->name);
  doc__cell(d, p->model->version);
  page__span(p->model, text, sizeof text);
  doc__cell(d, text);
  doc__printf(d, "<td class=\"n\">%u</td>", results);
  page__cases_text(d, p, text, sizeof text);
  doc__cell(d, text);
  for (int k = 0; k <= ANS_LAW_S_OPEN; k++) {
    if (p->status_count) doc__printf(d, "<td class=\"n\">%u</td>", count[k]);
    else doc__put(d, "<td>–</td>");
  }
  doc__put(d, "</tr>\n");
}

ans_status ans_doc_index(const ans_doc_package *p, size_t n, ans_lang lang, ans_buffer *out, ans_error *err) {
  doc d = {.lang = lang, .out = out, .arena = ans_arena_new(0)};
  if (!d.arena) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "doc", NULL);
  const char *title = doc__say(&d, "Regelpakete", "Rule packages");
  doc__head(&d, title);
  doc__put(&d, "<header><h1>");
  doc__text(&d, title);
  doc__put(&d, "</h1></header>\n<main id=\"inhalt\">\n");
  doc__table(&d, doc__say(&d, "Pakete; die letzten vier Spalten zählen die kleinsten Einheiten der Paragrafen, die das Paket nennt", "Packages; the last four columns count the smallest units of the paragraphs the package cites"),
             doc__say(&d, "Titel|Paket|Version|Zeitraum|Ergebnisse|Prüffälle|umgesetzt|Mensch|nicht abgebildet|offen", "Title|Package|Version|Period|Results|Test cases|coded|human|not modelled|open"));
  for (size_t i = 0; i < n; i++) page__index_row(&d, &p[i]);
  doc__table_end(&d);
  doc__foot(&d);
  return page__finish(&d, "index.html", err);
}
