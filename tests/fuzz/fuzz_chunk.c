/* libFuzzer target: a column chunk of facts with arbitrary damage behind a valid checksum. The first byte says how: raw bytes as a sealed chunk, raw bytes as
 * a payload, or a valid payload with edits (4 bytes each: where, how, what), which gets past the outer structure. What is accepted must be columns that
 * survive everything that follows: they can be appended, evaluated as far as the replay goes, written as case documents and encoded again to the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chunks/decisions.h"
#include "facts/chunk.h"
#include "replay/replay.h"
#include "rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char RULES[] =
    "paket fuzz/block version 1.0.0 titel \"Fuzz\" zeitraum von 01.2020 bis 12.2024\n"
    "norm TG \"Testgesetz\"\n"
    "auswahl Farbe = rot; blau; grau\n"
    "einheit Person\n  angabe Geburtsdatum : Datum\n  angabe alt : Wahrheitswert\n  angabe Zähler : Zahl\n  angabe Lohn : Geld je Monat\n  angabe Farbe : Farbe\n"
    "  angabe Antrag : Monatszahl\n  angabe wohnt : Wahrheitswert im Zeitverlauf\n  angabe Name : Text\n  angabe Marken : Liste von Farbe\n  verweis Elternteil : Person\n  beurteilung fähig : Wahrheitswert\nende\n"
    "einheit Haus\n  verweis Bewohner : Person\n  angabe Miete : Geld je Monat im Zeitverlauf\nende\n"
    "§ 1 TG\n"
    "ergebnis Person.gut : Wahrheitswert\n"
    "regel Person.gut wenn alt und nicht fähig und wohnt zu Beginn des Monats und Name = \"Weimar\"\n"
    "regel Person.gut wenn Zähler + Anzahl der Person über Elternteil mit (alt) > 3 oder Person.Farbe = rot oder Marken enthält blau\n"
    "ergebnis Person.Rente : Geld je Monat sonst 0,00 € je Monat\n"
    "regel Person.Rente ist größer_von(Lohn; Elternteil.Lohn) wenn gut und Geburtsdatum < Beginn des Monats\n";

static const char *const CASES[] = {
    "{\"format\":\"anspruch-case/1\",\"units\":{\"Person\":[{\"id\":\"A\",\"Geburtsdatum\":\"1990-03-01\",\"alt\":true,\"Zähler\":3,\"Name\":\"Weimar\",\"Marken\":[\"rot\"],\"wohnt\":[{\"from\":\"2015-01-01\",\"to\":\"2019-12-31\",\"value\":true},"
    "{\"from\":\"2020-02-01\",\"value\":false}]},{\"id\":\"B\",\"Elternteil\":\"A\",\"alt\":false,\"fähig\":true,\"Farbe\":\"grau\",\"Lohn\":null,\"Name\":\"Jena\"}],\"Haus\":[{\"id\":\"h\",\"Bewohner\":\"B\",\"Miete\":[{\"from\":\"2020-01-01\",\"value\":\"500.00\"}]}]}}",
    "{\"format\":\"anspruch-case/1\",\"units\":{\"Person\":[{\"id\":\"C\",\"Antrag\":\"2020-05\",\"Zähler\":-7,\"Name\":\"Weimar\",\"wohnt\":[{\"value\":null}]},{\"id\":\"D\",\"Elternteil\":\"C\",\"Lohn\":\"812.50\"}]}}"};

static void need(bool ok) {
  if (!ok) abort();
}

/* Subjects of columns: any positive numbers. */
static int64_t **subjects_of(const ans_columns *c) {
  int64_t **s = calloc(c->program->unit_count, sizeof *s), next = 7;
  for (uint32_t u = 0; s && u < c->program->unit_count; u++) {
    s[u] = calloc(c->units[u].rows + 1u, sizeof **s);
    for (uint32_t r = 0; s[u] && r < c->units[u].rows; r++) s[u][r] = next++;
  }
  return s;
}
static void subjects_free(int64_t **s, uint32_t units) {
  for (uint32_t u = 0; s && u < units; u++) free(s[u]);
  free(s);
}

/* The payload of a valid chunk; made once. */
static const uint8_t *valid(size_t *size) {
  static uint8_t *payload;
  static size_t n;
  *size = n;
  if (payload) return payload;
  const ans_program *p = fuzz_program(RULES, sizeof RULES - 1);
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_columns *all = NULL;
  uint8_t *bytes = NULL;
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    ans_columns *c = NULL;
    need(ans_case_parse(p, CASES[i], strlen(CASES[i]), "seed", &c, NULL) == ANS_OK && ans_columns_append(b, c, 0, 1, NULL) == ANS_OK);
    ans_columns_free(c);
  }
  need(ans_columns_finish(b, &all, NULL) == ANS_OK);
  int64_t **subjects = subjects_of(all);
  need(ans_fact_chunk_encode(all, subjects, &(ans_chunk_options){.id = 1}, &bytes, &n, NULL) == ANS_OK);
  n -= ANS_CHUNK_HEADER; /* neither compressed nor encrypted: the rest is the payload */
  payload = malloc(n);
  need(payload != NULL);
  memcpy(payload, bytes + ANS_CHUNK_HEADER, n);
  subjects_free(subjects, p->unit_count);
  ans_columns_free(all);
  ans_columns_builder_free(b);
  free(bytes);
  *size = n;
  return payload;
}

/* Accepted columns must stand everything that the run does with them. */
static void use(const ans_program *p, const ans_fact_chunk *chunk) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  ans_fact_chunk *again = NULL;
  uint8_t *one = NULL, *two = NULL;
  size_t one_size = 0, two_size = 0;
  need(b && ans_columns_append(b, chunk->columns, 0, chunk->columns->components, NULL) == ANS_OK && ans_columns_append(b, chunk->columns, 0, chunk->columns->components, NULL) == ANS_OK);
  need(ans_columns_finish(b, &c, NULL) == ANS_OK && ans_columns_check(c, NULL) == ANS_OK);
  for (uint32_t k = 0; k < c->components && k < 4; k++) {
    char *json = NULL;
    ans_trace *t = NULL;
    need(ans_case_format(c, k, &json, NULL) == ANS_OK);
    (void)!ans_replay_run(c, k, p->first_period + 7, &t, NULL); /* errors of the case are allowed */
    ans_trace_free(t);
    free(json);
  }
  need(ans_fact_chunk_encode(chunk->columns, chunk->subjects, &(ans_chunk_options){.id = 1}, &one, &one_size, NULL) == ANS_OK);
  need(ans_fact_chunk_decode(p, one, one_size, 1, NULL, "fuzz", &again, NULL) == ANS_OK);
  need(ans_fact_chunk_encode(again->columns, again->subjects, &(ans_chunk_options){.id = 1}, &two, &two_size, NULL) == ANS_OK);
  need(one_size == two_size && memcmp(one, two, one_size) == 0);
  free(one);
  free(two);
  ans_fact_chunk_free(again);
  ans_columns_free(c);
  ans_columns_builder_free(b);
}

static void edit(uint8_t *payload, size_t n, const uint8_t *data, size_t size) {
  for (; size >= 4; data += 4, size -= 4) {
    size_t at = ((size_t)data[0] << 8 | data[1]) % n;
    switch (data[2] % 4) {
    case 0: payload[at] ^= data[3]; break;
    case 1: payload[at] = data[3]; break;
    case 2: payload[at] = (uint8_t)(payload[at] + data[3]); break;
    default: memset(payload + at, data[3], n - at < 8 ? n - at : 8);
    }
  }
}

/* The same bytes as a block of decisions: what is accepted is written again to the same. */
static void decisions(const ans_program *p, const uint8_t *payload, size_t n) {
  uint8_t *bytes = NULL, *again = NULL;
  size_t size = 0, again_size = 0;
  ans_decision_block *b = NULL, *c = NULL;
  ans_error err = {0};
  need(ans_chunk_seal(ANS_CHUNK_DECISIONS, p->sha256, &(ans_chunk_options){.id = 1}, payload, n, &bytes, &size, &err) == ANS_OK);
  if (ans_decision_block_decode(p->sha256, bytes, size, 1, "fuzz", &b, &err) == ANS_OK) {
    need(ans_decision_block_encode(b->items, b->count, p->sha256, &(ans_chunk_options){.id = 1}, &again, &again_size, &err) == ANS_OK);
    need(ans_decision_block_decode(p->sha256, again, again_size, 1, "fuzz", &c, &err) == ANS_OK && c->count == b->count);
    for (uint32_t i = 0; i < b->count; i++) need(b->items[i].id == c->items[i].id && b->items[i].amount_cents == c->items[i].amount_cents && !strcmp(b->items[i].reasons, c->items[i].reasons));
  } else {
    need(err.code != NULL && b == NULL);
  }
  ans_decision_block_free(b);
  ans_decision_block_free(c);
  free(bytes);
  free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const ans_program *p = fuzz_program(RULES, sizeof RULES - 1);
  size_t n = 0, sealed = 0;
  const uint8_t *good = valid(&n);
  uint8_t *payload = NULL, *bytes = NULL;
  ans_fact_chunk *chunk = NULL;
  ans_error err = {0};
  ans_status st;
  if (data[0] % 4 == 0) {
    st = ans_fact_chunk_decode(p, data + 1, size - 1, 1, NULL, "fuzz", &chunk, &err);
  } else {
    if (data[0] % 4 == 1) n = size - 1;
    payload = malloc(n ? n : 1);
    if (!payload) return 0;
    if (n) memcpy(payload, data[0] % 4 == 1 ? data + 1 : good, n);
    if (data[0] % 4 == 1) decisions(p, payload, n);
    if (data[0] % 4 != 1) edit(payload, n, data + 1, size - 1);
    if (data[0] % 4 == 3 && n > 64) n -= data[0] >> 2; /* cut */
    need(ans_chunk_seal(ANS_CHUNK_FACTS, p->sha256, &(ans_chunk_options){.id = 1, .compress = data[0] & 64}, payload, n, &bytes, &sealed, &err) == ANS_OK);
    st = ans_fact_chunk_decode(p, bytes, sealed, 1, NULL, "fuzz", &chunk, &err);
  }
  if (st == ANS_OK) use(p, chunk);
  else need(err.code != NULL && chunk == NULL);
  ans_fact_chunk_free(chunk);
  free(bytes);
  free(payload);
  return 0;
}
