/* Unit tests of engine/chunks: arrays in every encoding, the envelope, keys, damage of every byte. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chunks/chunks.h"
#include "chunks/decisions.h"
#include "scratch.h"

static ans_error err;
#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
TestSuite(chunks, .init = scratch_begin, .fini = scratch_end);

static const uint8_t identity[32] = {1, 2, 3};
static const ans_chunk_key key = {{7, 7, 7}}, other_key = {{7, 7, 8}};

/* --- arrays --------------------------------------------------------------------------------------------------------------------- */
/* The same in 32 bits: the same bytes, the same numbers, and an error where one does not fit. */
static void narrow(const ans_buffer *wide, const int64_t *v, uint32_t n) {
  ans_buffer b;
  int32_t *got = calloc(n + 1u, sizeof *got), *from = calloc(n + 1u, sizeof *from);
  bool fits = true;
  ans_chunk_reader r = {(const uint8_t *)wide->data, (const uint8_t *)wide->data + wide->len, false};
  for (uint32_t i = 0; i < n; i++) {
    fits = fits && v[i] >= INT32_MIN && v[i] <= INT32_MAX;
    from[i] = (int32_t)(uint32_t)(uint64_t)v[i];
  }
  memset(got, 0x55, n * sizeof *got);
  ans_chunk_get_i32s(&r, got, n);
  cr_expect_eq(r.failed, !fits);
  for (uint32_t i = 0; i < n; i++) cr_expect_eq(got[i], fits ? from[i] : 0);
  ans_buffer_init(&b, 0);
  ans_chunk_put_i32s(&b, from, n);
  if (fits) cr_expect(b.len == wide->len && memcmp(b.data, wide->data, b.len) == 0);
  for (size_t cut = 0; fits && cut < wide->len; cut++) {
    r = (ans_chunk_reader){(const uint8_t *)wide->data, (const uint8_t *)wide->data + cut, false};
    ans_chunk_get_i32s(&r, got, n);
    cr_expect(r.failed);
  }
  ans_buffer_dispose(&b);
  free(from);
  free(got);
}

/* Writes, checks the size, reads back. */
static void ints(const int64_t *v, uint32_t n, size_t data) {
  ans_buffer b;
  int64_t *got = calloc(n + 1u, sizeof *got);
  ans_buffer_init(&b, 0);
  ans_chunk_put_ints(&b, v, n);
  cr_expect_eq(b.len, ANS_CHUNK_ARRAY_HEAD + data, "%zu instead of %zu", b.len, ANS_CHUNK_ARRAY_HEAD + data);
  ans_chunk_reader r = {(const uint8_t *)b.data, (const uint8_t *)b.data + b.len, false};
  ans_chunk_get_ints(&r, got, n);
  cr_expect(!r.failed && r.at == r.end);
  cr_expect(n == 0 || memcmp(v, got, n * sizeof *v) == 0);
  ans_chunk_reader pieces = {(const uint8_t *)b.data, (const uint8_t *)b.data + b.len, false};
  const ans_chunk_ints found = ans_chunk_find_ints(&pieces, n);
  cr_expect(!pieces.failed && pieces.at == pieces.end);
  memset(got, 0x55, n * sizeof *got);
  for (uint32_t i = 0, part = 1; i < n; i += part, part = part % 97 + 1) {
    if (part > n - i) part = n - i;
    ans_chunk_read_ints(found, i, part, got + i);
  }
  cr_expect(n == 0 || memcmp(v, got, n * sizeof *v) == 0);
  narrow(&b, v, n);
  for (size_t cut = 0; cut < b.len; cut++) { /* every truncation is noticed and reads nothing beyond */
    ans_chunk_reader s = {(const uint8_t *)b.data, (const uint8_t *)b.data + cut, false};
    ans_chunk_get_ints(&s, got, n);
    cr_expect(s.failed);
    s = (ans_chunk_reader){(const uint8_t *)b.data, (const uint8_t *)b.data + cut, false};
    cr_expect(ans_chunk_find_ints(&s, n).data == NULL && s.failed);
  }
  ans_chunk_reader t = {(const uint8_t *)b.data, (const uint8_t *)b.data + b.len, false};
  ans_chunk_get_ints(&t, got, n ? n - 1 : 0); /* another count than expected */
  cr_expect_eq(t.failed, n != 0);
  free(got);
  ans_buffer_dispose(&b);
}

Test(chunks, numbers_take_the_narrowest_form) {
  int64_t v[1500];
  ints(v, 0, 0);
  for (int i = 0; i < 1500; i++) v[i] = -77;
  ints(v, 1500, 0);
  for (int i = 0; i < 1500; i++) v[i] = INT64_MAX - 255 + i % 256;
  ints(v, 1500, 1500);
  v[0] -= 1;
  ints(v, 1500, 3000);
  for (int i = 0; i < 1500; i++) v[i] = i % 2 ? INT32_MIN : INT32_MAX;
  ints(v, 1500, 6000);
  for (int i = 0; i < 1500; i++) v[i] = i % 2 ? INT64_MIN : INT64_MAX - i;
  ints(v, 1500, 12000);
  v[0] = 0, v[1] = (int64_t)UINT32_MAX + 1;
  ints(v, 2, 16);
  for (int width = 1; width <= 2; width++) /* offsets around both ends of 32 bits, the last of all rows and of a block */
    for (int64_t off = -2; off <= 2; off++)
      for (int at = 0; at < 3; at++) {
        for (int i = 0; i < 1500; i++) v[i] = INT32_MAX - (width == 1 ? 200 : 50000);
        v[(int[]){0, 511, 1499}[at]] = INT32_MAX + off;
        ints(v, 1500, (size_t)width * 1500);
        for (int i = 0; i < 1500; i++) v[i] = INT32_MIN + (width == 1 ? 200 : 50000);
        v[(int[]){0, 512, 1499}[at]] = INT32_MIN + off;
        ints(v, 1500, (size_t)width * 1500);
      }
  for (int i = 0; i < 1500; i++) v[i] = (int64_t)INT32_MAX + 1;
  ints(v, 1500, 0);
  for (int i = 0; i < 1500; i++) v[i] = INT32_MIN;
  ints(v, 1500, 0);
}

Test(chunks, bounded_numbers_bits_and_bytes) {
  ans_buffer b;
  uint32_t v[300], got[300];
  uint64_t bits[5] = {0x123456789abcdef0u, 0, UINT64_MAX, 5, 1}, bits_got[5];
  ans_buffer_init(&b, 0);
  for (uint32_t i = 0; i < 300; i++) v[i] = i * 5;
  ans_chunk_put_u32s(&b, v, 300);
  ans_chunk_put_bits(&b, bits, 257);
  ans_chunk_put_bits(&b, NULL, 257);
  ans_chunk_put_bits(&b, (uint64_t[]){UINT64_MAX, 7}, 67); /* all set */
  ans_chunk_put_bytes(&b, "abc", 3);
  cr_expect_eq(b.len, 5u * ANS_CHUNK_ARRAY_HEAD + 600 + 33 + 3);
  ans_chunk_reader r = {(const uint8_t *)b.data, (const uint8_t *)b.data + b.len, false};
  ans_chunk_get_u32s(&r, got, 300, 299 * 5);
  cr_expect(!r.failed && !memcmp(v, got, sizeof v));
  ans_chunk_get_bits(&r, bits_got, 257);
  cr_expect(!r.failed && !memcmp(bits, bits_got, sizeof bits));
  ans_chunk_get_bits(&r, bits_got, 257);
  cr_expect(!r.failed && bits_got[0] == 0 && bits_got[4] == 0);
  ans_chunk_get_bits(&r, bits_got, 67);
  cr_expect(!r.failed && bits_got[0] == UINT64_MAX && bits_got[1] == 7);
  const uint8_t *bytes = ans_chunk_get_bytes(&r, 3);
  cr_assert(bytes && !memcmp(bytes, "abc", 3) && r.at == r.end);
  ans_chunk_reader low = {(const uint8_t *)b.data, (const uint8_t *)b.data + b.len, false};
  ans_chunk_get_u32s(&low, got, 300, 299 * 5 - 1); /* one above the bound */
  cr_expect(low.failed && got[299] == 0);
  ans_chunk_reader wrong = {(const uint8_t *)b.data, (const uint8_t *)b.data + b.len, false};
  ans_chunk_get_bits(&wrong, bits_got, 300); /* numbers are no bits */
  cr_expect(wrong.failed);
  ans_buffer_dispose(&b);
}

Test(chunks, bits_beyond_the_end_are_refused) {
  uint8_t raw[ANS_CHUNK_ARRAY_HEAD + 1] = {ANS_CHUNK_BITS};
  uint64_t word;
  raw[4] = 3;
  raw[ANS_CHUNK_ARRAY_HEAD] = 7;
  ans_chunk_reader r = {raw, raw + sizeof raw, false};
  ans_chunk_get_bits(&r, &word, 3);
  cr_expect(!r.failed && word == 7);
  raw[ANS_CHUNK_ARRAY_HEAD] = 15;
  r = (ans_chunk_reader){raw, raw + sizeof raw, false};
  ans_chunk_get_bits(&r, &word, 3);
  cr_expect(r.failed);
}

/* --- envelope ------------------------------------------------------------------------------------------------------------------- */
enum { PAYLOAD = 4000 };
static void payload(uint8_t out[PAYLOAD]) {
  for (int i = 0; i < PAYLOAD; i++) out[i] = (uint8_t)(i / 100);
}

Test(chunks, sealed_and_opened_in_every_form) {
  uint8_t in[PAYLOAD];
  payload(in);
  for (int form = 0; form < 4; form++) {
    uint8_t *bytes = NULL, *out = NULL;
    size_t size = 0, n = 0;
    ans_chunk_head head;
    ans_chunk_options o = {.id = 42, .compress = form & 1, .key = form & 2 ? &key : NULL};
    OK(ans_chunk_seal(ANS_CHUNK_FACTS, identity, &o, in, PAYLOAD, &bytes, &size, &err));
    cr_assert(ans_chunk_peek(bytes, size, &head));
    cr_expect_eq(head.flags, (form & 1 ? ANS_CHUNK_ZSTD : 0) | (form & 2 ? ANS_CHUNK_ENCRYPTED : 0));
    cr_expect(head.id == 42 && head.raw_size == PAYLOAD && head.stored_size == size - ANS_CHUNK_HEADER && head.kind == ANS_CHUNK_FACTS && !memcmp(head.identity, identity, 32));
    cr_expect_eq(form & 1, (int)(size < PAYLOAD / 2));
    OK(ans_chunk_open(ANS_CHUNK_FACTS, identity, bytes, size, 42, o.key, "f", &out, &n, &err));
    cr_expect(n == PAYLOAD && !memcmp(out, in, n));
    free(out);
    if (form & 2) {
      cr_expect_null(memmem(bytes, size, in + 200, 64), "plain text in an encrypted chunk");
      cr_expect_eq(ans_chunk_open(ANS_CHUNK_FACTS, identity, bytes, size, 42, NULL, "f", &out, &n, &err), ANS_STORE);
      cr_expect_str_eq(err.code, "E-CHUNK-KEY");
      cr_expect_eq(ans_chunk_open(ANS_CHUNK_FACTS, identity, bytes, size, 42, &other_key, "f", &out, &n, &err), ANS_STORE);
      cr_expect_str_eq(err.code, "E-CHUNK-WRONG-KEY");
    }
    free(bytes);
  }
}

Test(chunks, incompressible_and_empty_payloads) {
  uint8_t noise[64], *bytes = NULL, *out = NULL;
  size_t size = 0, n = 0;
  ans_chunk_head head;
  ans_chunk_options o = {.id = 1, .compress = true};
  for (int i = 0; i < 64; i++) noise[i] = (uint8_t)(i * 151 + i * i * 7);
  OK(ans_chunk_seal(ANS_CHUNK_DECISIONS, identity, &o, noise, 64, &bytes, &size, &err));
  cr_assert(ans_chunk_peek(bytes, size, &head));
  cr_expect_eq(head.flags, 0);
  free(bytes);
  OK(ans_chunk_seal(ANS_CHUNK_DECISIONS, identity, &o, noise, 0, &bytes, &size, &err));
  OK(ans_chunk_open(ANS_CHUNK_DECISIONS, identity, bytes, size, 1, NULL, "f", &out, &n, &err));
  cr_expect_eq(n, 0u);
  free(out);
  free(bytes);
}

Test(chunks, every_flipped_byte_and_every_cut_is_an_error) {
  uint8_t in[PAYLOAD], *bytes = NULL, *out = NULL;
  size_t size = 0, n = 0;
  payload(in);
  for (int form = 0; form < 4; form++) {
    ans_chunk_options o = {.id = 42, .compress = form & 1, .key = form & 2 ? &key : NULL};
    OK(ans_chunk_seal(ANS_CHUNK_FACTS, identity, &o, in, 1000, &bytes, &size, &err));
    for (size_t i = 0; i < size; i++) {
      bytes[i] ^= (uint8_t)(1u << i % 8);
      cr_expect_eq(ans_chunk_open(ANS_CHUNK_FACTS, identity, bytes, size, 42, o.key, "f", &out, &n, &err), ANS_STORE, "byte %zu", i);
      cr_expect(out == NULL && !strncmp(err.code, "E-CHUNK-", 8));
      bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t cut = 0; cut < size; cut++) cr_expect_eq(ans_chunk_open(ANS_CHUNK_FACTS, identity, bytes, cut, 42, o.key, "f", &out, &n, &err), ANS_STORE, "cut %zu", cut);
    free(bytes);
  }
}

Test(chunks, another_place_kind_package_or_version) {
  uint8_t *bytes = NULL, *out = NULL, foreign[32] = {9};
  size_t size = 0, n = 0;
  ans_chunk_options o = {.id = 42};
  OK(ans_chunk_seal(ANS_CHUNK_FACTS, identity, &o, "x", 1, &bytes, &size, &err));
  cr_expect_eq(ans_chunk_open(ANS_CHUNK_FACTS, identity, bytes, size, 43, NULL, "f", &out, &n, &err), ANS_STORE);
  cr_expect_str_eq(err.code, "E-CHUNK-DAMAGED");
  cr_expect_eq(ans_chunk_open(ANS_CHUNK_DECISIONS, identity, bytes, size, 42, NULL, "f", &out, &n, &err), ANS_STORE);
  cr_expect_str_eq(err.code, "E-CHUNK-DAMAGED");
  cr_expect_eq(ans_chunk_open(ANS_CHUNK_FACTS, foreign, bytes, size, 42, NULL, "store.db", &out, &n, &err), ANS_STORE);
  cr_expect_str_eq(err.code, "E-CHUNK-PACKAGE");
  cr_expect_str_eq(err.where, "store.db");
  cr_expect_str_eq(err.args[0], "42");
  bytes[8] = 99;
  cr_expect_eq(ans_chunk_open(ANS_CHUNK_FACTS, identity, bytes, size, 42, NULL, "f", &out, &n, &err), ANS_STORE);
  cr_expect_str_eq(err.code, "E-CHUNK-VERSION");
  free(bytes);
}

Test(chunks, keys_from_file_and_environment) {
  const char *path = scratch_path("key");
  const char *hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  ans_chunk_key k;
  bool found = true;
  unsetenv("ANSPRUCH_CHUNK_KEY");
  OK(ans_chunk_key_load(NULL, ANS_CHUNK_KEY_VARIABLE, &k, &found, &err));
  cr_expect(!found);
  cr_expect_eq(ans_chunk_key_load(path, ANS_CHUNK_KEY_VARIABLE, &k, &found, &err), ANS_INPUT);
  cr_expect_str_eq(err.code, "E-CHUNK-KEY-FILE");
  const struct { const char *text; bool good; } cases[] = {{hex, true}, {"00", false}, {"", false}, {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g", false}, {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00", false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    FILE *f = fopen(path, "w");
    fprintf(f, "%s\n", cases[i].text);
    fclose(f);
    cr_expect_eq(ans_chunk_key_load(path, ANS_CHUNK_KEY_VARIABLE, &k, &found, &err) == ANS_OK && found, cases[i].good, "%s", cases[i].text);
    if (cases[i].good) cr_expect(k.bytes[0] == 0 && k.bytes[31] == 31);
    else cr_expect_str_eq(err.code, "E-CHUNK-KEY-FORM");
  }
  setenv("ANSPRUCH_CHUNK_KEY", hex, 1);
  OK(ans_chunk_key_load(NULL, ANS_CHUNK_KEY_VARIABLE, &k, &found, &err));
  cr_expect(found && k.bytes[30] == 30);
  setenv("ANSPRUCH_CHUNK_KEY", "no key", 1);
  cr_expect_eq(ans_chunk_key_load(NULL, ANS_CHUNK_KEY_VARIABLE, &k, &found, &err), ANS_INPUT);
}

/* --- decisions ------------------------------------------------------------------------------------------------------------------------ */
enum { DECISIONS = 700 };
static void some_decisions(ans_block_decision d[DECISIONS]) {
  static const char *const reasons[] = {"[]", "[\"adverse\"]", "[\"known-before\",\"open\"]"};
  for (int i = 0; i < DECISIONS; i++)
    d[i] = (ans_block_decision){.id = 5 + i * 2 + i / 100, .claim = 40 + i / 3, .period = 24300 + i % 3, .merits = (uint8_t)(i % 3), .procedure = (uint8_t)(i % 5), .action = (uint8_t)(i % 2), .amount_cents = i % 7 ? 25900 : INT64_MAX - i,
                                .payout_cents = -i, .previous_cents = i % 7 ? 25900 : 0, .reasons = reasons[i * i % 3]};
}

Test(chunks, decisions_come_back) {
  ans_block_decision d[DECISIONS];
  ans_decision_block *b = NULL;
  uint8_t *bytes = NULL, foreign[32] = {9};
  size_t size = 0;
  some_decisions(d);
  for (uint32_t n = 0; n <= DECISIONS; n += DECISIONS / 2) {
    OK(ans_decision_block_encode(d, n, identity, &(ans_chunk_options){.id = 3, .compress = true}, &bytes, &size, &err));
    OK(ans_decision_block_decode(identity, bytes, size, 3, "f", &b, &err));
    cr_assert_eq(b->count, n);
    for (uint32_t i = 0; i < n; i++) {
      const ans_block_decision *x = &b->items[i];
      cr_expect(x->id == d[i].id && x->claim == d[i].claim && x->period == d[i].period && x->merits == d[i].merits && x->procedure == d[i].procedure && x->action == d[i].action && x->amount_cents == d[i].amount_cents &&
                x->payout_cents == d[i].payout_cents && x->previous_cents == d[i].previous_cents && !strcmp(x->reasons, d[i].reasons));
    }
    ans_decision_block_free(b);
    cr_expect_eq(ans_decision_block_decode(foreign, bytes, size, 3, "f", &b, &err), ANS_STORE);
    cr_expect_str_eq(err.code, "E-CHUNK-PACKAGE");
    free(bytes);
  }
}

Test(chunks, decisions_out_of_order_are_damage) {
  ans_block_decision d[DECISIONS];
  some_decisions(d);
  for (int fault = 0; fault < 4; fault++) {
    ans_block_decision bad[6];
    ans_decision_block *b = NULL;
    uint8_t *bytes = NULL;
    size_t size = 0;
    memcpy(bad, d, sizeof bad);
    if (fault == 0) bad[2].id = bad[1].id;
    if (fault == 1) bad[4].claim = 1;
    if (fault == 2) bad[1].period = bad[0].period;
    if (fault == 3) bad[0].id = 0;
    OK(ans_decision_block_encode(bad, 6, identity, &(ans_chunk_options){.id = 3}, &bytes, &size, &err));
    cr_expect_eq(ans_decision_block_decode(identity, bytes, size, 3, "f", &b, &err), ANS_STORE, "fault %d", fault);
    cr_expect_str_eq(err.code, "E-CHUNK-DAMAGED");
    free(bytes);
  }
}
