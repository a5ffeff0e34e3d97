/* Fuzz target: any bytes as a statute. What is imported must survive being written and read again, byte for byte, and its units must nest.
 * The same bytes are tried as an imported law, as a lock file and as a citation. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "law/law.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_units(const ans_law *law) {
  for (uint32_t i = 0; i < law->unit_count; i++) {
    const ans_law_unit *u = &law->units[i];
    if (u->end <= i || u->end > law->unit_count || (size_t)u->at + u->len > law->text_len) abort();
    if (u->parent == ANS_NONE) continue;
    const ans_law_unit *p = &law->units[u->parent];
    if (u->parent >= i || u->end > p->end || u->at < p->at || u->at + u->len > p->at + p->len) abort();
  }
}

static void check_citations(const ans_law *law) {
  for (uint32_t i = 0; i < law->unit_count && i < 200; i++) {
    char text[ANS_CITE_TEXT], nearest[ANS_CITE_TEXT], there[ANS_CITE_TEXT];
    ans_cite c;
    ans_law_target t;
    uint32_t n = 0;
    if (ans_cite_parse(ans_law_cite_unit(law, i, text), &c, 1, &n, NULL) != ANS_OK) continue; /* deeper than a citation can be */
    if (ans_law_resolve(law, &c, &t) == ANS_LAW_MISSING && c.count < ANS_LAW_MAX_PARTS) abort();
    c.part[c.count - 1].number[0] = 'x';
    if (ans_law_resolve(law, &c, &t) == ANS_LAW_MISSING) ans_law_suggest(law, &c, &t, nearest, there);
  }
}

static void check_round_trip(const ans_law *law) {
  ans_buffer a, b;
  ans_law *again = NULL;
  ans_buffer_init(&a, 0);
  ans_buffer_init(&b, 0);
  if (ans_law_encode(law, &a, NULL) != ANS_OK) abort();
  if (ans_law_decode("fuzz.gesetz", a.data, a.len, &again, NULL) != ANS_OK) abort();
  if (ans_law_encode(again, &b, NULL) != ANS_OK || a.len != b.len || memcmp(a.data, b.data, a.len) != 0) abort();
  ans_law_free(again);
  ans_buffer_dispose(&a);
  ans_buffer_dispose(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ans_law *law = NULL;
  ans_error err;
  if (ans_law_import("fuzz.xml", data, size, &law, &err) == ANS_OK) {
    check_units(law);
    check_citations(law);
    check_round_trip(law);
    ans_law_free(law);
  }
  char *text = malloc(size + 1);
  if (!text) return 0;
  memcpy(text, data, size);
  text[size] = 0;
  if (ans_law_decode("fuzz.gesetz", text, size, &law, &err) == ANS_OK) {
    check_units(law);
    check_citations(law);
    check_round_trip(law);
    ans_law_free(law);
  }
  ans_cite cites[8];
  uint32_t n = 0;
  char out[ANS_CITE_TEXT];
  if (ans_cite_parse(text, cites, 8, &n, &err) == ANS_OK)
    for (uint32_t i = 0; i < n; i++) ans_cite_format(&cites[i], out);
  ans_law_uses *u = ans_law_uses_new();
  ans_law_report r;
  if (u && ans_law_check(u, NULL, 0, "fuzz.lock", text, size, &r, &err) == ANS_OK) ans_law_report_dispose(&r);
  ans_law_uses_free(u);
  free(text);
  return 0;
}
