/* Writing HTML that is XML too: escaping, head and style, tables. The colours keep a contrast of at least 7:1 against their ground in the light
 * and in the dark scheme; what a colour says is always said by a word too. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "doc/doc_private.h"

static const char STYLE[] =
    ":root{color-scheme:light dark;--ground:#fff;--ink:#1b1b1b;--line:#767676;--soft:#f3f4f6;--link:#0b3d91;--key:#123a8c;--string:#6b2f00;--number:#5c1a5c;--quiet:#4a4a4a;"
    "--coded:#dcf2df;--human:#fdf0c4;--omitted:#e6e7ef;--open:#ffd9d2;--repealed:#ececec}\n"
    "@media (prefers-color-scheme:dark){:root{--ground:#15171a;--ink:#ececec;--line:#8d8d8d;--soft:#20242a;--link:#a9c7ff;--key:#b3c8ff;--string:#f4c197;--number:#e5b5e5;--quiet:#c4c4c4;"
    "--coded:#173d20;--human:#463a08;--omitted:#2c2f3d;--open:#5a1d14;--repealed:#2e2e2e}}\n"
    "*{box-sizing:border-box}body{font:1rem/1.55 system-ui,sans-serif;background:var(--ground);color:var(--ink);max-width:96rem;margin:0 auto;padding:0 1rem 4rem}\n"
    "a{color:var(--link)}a:focus-visible,summary:focus-visible,input:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}\n"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--ground);padding:.5rem}\n"
    "h1{line-height:1.2;margin:1.5rem 0 .5rem}h2{border-bottom:2px solid var(--line);margin:3rem 0 1rem}h3{margin:2rem 0 .5rem}h4{margin:0 0 .25rem;font-size:1rem}\n"
    "nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0}\n"
    "dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}dl.facts dt{font-weight:bold}dl.facts dd{margin:0;overflow-wrap:anywhere}\n"
    ".scroll{overflow-x:auto;margin:0 0 1.5rem}table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:bold;padding:.5rem 0}\n"
    "th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:var(--soft)}td.n{text-align:right;white-space:nowrap}\n"
    ".pair{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,3fr);gap:0 1.5rem;border-top:1px solid var(--line);padding:.75rem 0}\n"
    "@media (max-width:60rem){.pair{grid-template-columns:minmax(0,1fr)}}\n"
    ".pair>.law{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto}@media (max-width:60rem){.pair>.law{position:static;max-height:none}}\n"
    ".law ul{list-style:none;margin:0;padding:0 0 0 1rem}.law>ul{padding:0}.law li{margin:.2rem 0}.law .label{font-weight:bold}.law p{margin:0}\n"
    ":target{outline:3px solid var(--link);outline-offset:2px}\n"
    ".rules article{margin:0 0 1rem}.rules .tests{margin:.25rem 0;color:var(--quiet)}\n"
    "pre{background:var(--soft);border-left:4px solid var(--line);margin:.25rem 0;padding:.5rem .75rem;white-space:pre-wrap;overflow-wrap:anywhere;font:.875rem/1.5 ui-monospace,monospace}\n"
    ".k{color:var(--key);font-weight:bold}.s{color:var(--string)}.n{color:var(--number)}.c{color:var(--quiet);font-style:italic}pre a{text-decoration-style:dotted}\n"
    ".st{border:1px solid var(--line);border-radius:.25rem;padding:0 .35rem;font-size:.8125rem;white-space:nowrap;color:var(--ink)}\n"
    ".coded{background:var(--coded)}.human{background:var(--human)}.not_modelled{background:var(--omitted)}.open{background:var(--open);font-weight:bold}.repealed{background:var(--repealed)}\n"
    ".no{font-weight:bold;background:var(--open)}figure{margin:0 0 2rem}figcaption{font-weight:bold;padding:.5rem 0}\n"
    "svg{display:block}svg .box{fill:var(--soft);stroke:var(--line)}svg .goal{stroke-width:3;stroke:var(--key)}svg .more{stroke-dasharray:5 3;stroke:var(--key)}svg .wire{fill:none;stroke:var(--line)}svg text{fill:var(--ink);font:13px system-ui,sans-serif}svg .small{font-size:11px}svg .tip{fill:var(--line)}\n"
    ".why,.mark{color:var(--quiet);font-size:.8125rem}.mark{font-style:italic}body{counter-reset:ticked}input:checked{counter-increment:ticked}.ticked::before{content:counter(ticked);font-weight:bold}\n"
    "details{margin:.5rem 0}summary{cursor:pointer}footer{margin-top:3rem;color:var(--quiet)}\n"
    "@media print{nav,.skip{display:none}body{max-width:none;font-size:10pt}.pair,article,tr,figure{break-inside:avoid}.scroll{overflow:visible}.pair>.law{position:static;max-height:none;overflow:visible}h2{break-before:page}a{color:inherit}}\n";

void doc__put(doc *d, const char *s) { ans_buffer_text(d->out, s); }

void doc__span(doc *d, const char *s, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (s[i] == '&') doc__put(d, "&amp;");
    else if (s[i] == '<') doc__put(d, "&lt;");
    else if (s[i] == '>') doc__put(d, "&gt;");
    else if (s[i] == '"') doc__put(d, "&quot;");
    else if (s[i] == '\'') doc__put(d, "&#39;");
    else ans_buffer_char(d->out, s[i]);
  }
}

void doc__text(doc *d, const char *s) { doc__span(d, s, strlen(s)); }

void doc__printf(doc *d, const char *format, ...) {
  char text[512];
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  if (n < 0 || (size_t)n >= sizeof text) d->failed = true;
  else doc__put(d, text);
}

const char *doc__say(const doc *d, const char *de, const char *en) { return d->lang == ANS_LANG_EN ? en : de; }

void *doc__alloc(doc *d, size_t count, size_t size) {
  void *p = d->failed ? NULL : ans_arena_array(d->arena, count ? count : 1, size);
  if (!p) d->failed = true;
  return p;
}

const char *doc__file(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

const char *doc__words(doc *d, uint32_t tree, const ans_syn *n) {
  return n ? ans_syn_text(d->m->trees[tree], n) : "";
}

const char *doc__unquoted(doc *d, const char *text) {
  size_t len = strlen(text), n = 0;
  if (len < 2 || text[0] != '"') return text;
  char *out = doc__alloc(d, len, 1);
  if (!out) return "";
  for (size_t i = 1; i + 1 < len; i++) {
    if (text[i] == '\\' && i + 2 < len) i++;
    out[n++] = text[i];
  }
  return out;
}

void doc__head(doc *d, const char *title) {
  const char *lang = doc__say(d, "de", "en");
  doc__printf(d, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n", lang);
  doc__put(d, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
  doc__put(d, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\"/>\n<title>");
  doc__text(d, title);
  doc__put(d, "</title>\n<style>\n");
  doc__put(d, STYLE);
  doc__put(d, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#inhalt\">");
  doc__put(d, doc__say(d, "Zum Inhalt", "Skip to the content"));
  doc__put(d, "</a>\n");
}

void doc__foot(doc *d) {
  doc__put(d, "</main>\n<footer><p>");
  doc__put(d, doc__say(d, "Erzeugt von „anspruch doc“ aus dem Regeltext. Verbindlich ist das Gesetz in seiner verkündeten Fassung.",
                       "Made by “anspruch doc” from the rule text. Binding is the law as promulgated."));
  doc__put(d, "</p></footer>\n</body>\n</html>\n");
}

void doc__table(doc *d, const char *caption, const char *columns) {
  doc__put(d, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
  doc__text(d, caption);
  doc__put(d, "\">\n<table>\n<caption>");
  doc__text(d, caption);
  doc__put(d, "</caption>\n<thead><tr><th scope=\"col\">");
  for (; *columns; columns++) {
    if (*columns == '|') doc__put(d, "</th><th scope=\"col\">");
    else doc__span(d, columns, 1);
  }
  doc__put(d, "</th></tr></thead>\n<tbody>\n");
}

void doc__table_end(doc *d) { doc__put(d, "</tbody>\n</table>\n</div>\n"); }

void doc__cell(doc *d, const char *text) {
  doc__put(d, "<td>");
  doc__text(d, text);
  doc__put(d, "</td>");
}

void doc__state(doc *d, ans_law_state state, bool partly) {
  doc__printf(d, "<span class=\"st %s\">", ans_law_state_key(state));
  doc__text(d, ans_law_state_name(state, d->lang));
  if (partly) doc__put(d, doc__say(d, " (teilweise geklärt)", " (partly settled)"));
  doc__put(d, "</span>");
}

void doc__states(doc *d, const ans_law_unit_status *x) {
  doc__state(d, x->state, x->partly);
  for (int k = ANS_LAW_S_CODED; k < ANS_LAW_S_OPEN; k++) {
    if (!x->leaf || (int)x->state >= k || !(x->said & (1u << k))) continue;
    doc__put(d, " ");
    doc__state(d, (ans_law_state)k, false);
  }
}
