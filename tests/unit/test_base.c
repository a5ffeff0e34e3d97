/* Unit tests of engine/base: arena, buffer, UTF-8, hashes, and the message tables of every module. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/utf8.h"

Test(arena, aligned_zeroed_and_separate) {
  ans_arena *a = ans_arena_new(0);
  unsigned char *before = NULL;
  for (size_t size = 0; size < 5000; size += 7) {
    unsigned char *p = ans_arena_alloc(a, size);
    cr_assert_not_null(p);
    cr_assert_eq((uintptr_t)p % 16, 0u);
    for (size_t i = 0; i < size; i++) cr_assert_eq(p[i], 0);
    memset(p, 0xaa, size);
    if (before && size > 7) cr_assert_eq(before[0], 0xaa);
    before = p;
  }
  ans_arena_free(a);
}

Test(arena, maximum_and_overflow) {
  ans_arena *a = ans_arena_new(10000);
  cr_assert_null(ans_arena_alloc(a, 10001));
  cr_assert_null(ans_arena_alloc(a, SIZE_MAX));
  cr_assert_null(ans_arena_array(a, SIZE_MAX / 2, 3));
  cr_assert_null(ans_arena_text(a, "x", SIZE_MAX));
  size_t total = 0;
  while (ans_arena_alloc(a, 1000)) total += 1000;
  cr_assert_geq(total, 7000u);
  cr_assert_leq(total, 10000u);
  ans_arena_free(a);
  a = ans_arena_new(0);
  cr_assert_str_eq(ans_arena_text(a, "abc", 2), "ab");
  ans_arena_free(a);
}

Test(buffer, grows_formats_and_hands_over) {
  ans_buffer b;
  ans_buffer_init(&b, 0);
  for (int i = 0; i < 1000; i++) ans_buffer_printf(&b, "%d,", i);
  cr_assert_eq(b.len, 10u * 2 + 90 * 3 + 900 * 4);
  size_t len = 0;
  char *s = ans_buffer_take(&b, &len);
  cr_assert_eq(len, strlen(s));
  cr_assert(strncmp(s, "0,1,2,", 6) == 0);
  free(s);
  s = ans_buffer_take(&b, NULL);
  cr_assert_str_eq(s, "");
  free(s);
}

Test(buffer, maximum_is_sticky) {
  ans_buffer b;
  ans_buffer_init(&b, 10);
  ans_buffer_text(&b, "0123456789");
  cr_assert_not(b.failed);
  ans_buffer_char(&b, 'x');
  cr_assert(b.failed && b.full);
  cr_assert_str_eq(b.data, "0123456789");
  ans_buffer_printf(&b, "%s", "");
  cr_assert_null(ans_buffer_take(&b, NULL));
  ans_buffer_dispose(&b);
}

Test(buffer, json_escapes) {
  ans_buffer b;
  ans_buffer_init(&b, 0);
  ans_buffer_json(&b, "a\"b\\c\n\x01\x7f ä€");
  cr_assert_str_eq(b.data, "\"a\\\"b\\\\c\\n\\u0001\\u007f ä€\"");
  ans_buffer_dispose(&b);
}

Test(buffer, room_and_insertion) {
  ans_buffer b;
  ans_buffer_init(&b, 10);
  char *p = ans_buffer_room(&b, 4);
  memcpy(p, "acd", 3);
  ans_buffer_used(&b, p + 3);
  ans_buffer_insert(&b, 1, "b", 1);
  ans_buffer_insert(&b, 4, "e", 1);
  ans_buffer_insert(&b, 0, "", 0);
  cr_assert_str_eq(b.data, "abcde");
  cr_assert_not_null(ans_buffer_room(&b, 5));
  cr_assert_null(ans_buffer_room(&b, 6)); /* the maximum, although memory may be there */
  cr_assert(b.failed && b.full);
  cr_assert_null(ans_buffer_room(&b, 1));
  ans_buffer_insert(&b, 0, "x", 1);
  cr_assert_str_eq(b.data, "abcde");
  ans_buffer_dispose(&b);
}

Test(json, written_forwards) {
  ans_buffer b;
  ans_json j = {&b, false};
  ans_buffer_init(&b, 0);
  ans_json_open(&j, '{');
  ans_json_set(&j, "a", "x\"\\\n\t\r\b\f\x01\x7f ä€");
  ans_json_set(&j, "left out", "");
  ans_json_set(&j, "left out", NULL);
  ans_json_set_checked(&j, "cut", "a\xc3");
  ans_json_set_checked(&j, "ok", "ä");
  ans_json_key(&j, "list");
  ans_json_open(&j, '[');
  ans_json_open(&j, '{');
  ans_json_close(&j, '}');
  ans_json_integer(&j, INT64_MIN);
  ans_json_integer(&j, INT64_MAX);
  ans_json_integer(&j, 0);
  ans_json_raw(&j, "null", 4);
  ans_json_raw(&j, "", 0);
  ans_json_truth(&j, true);
  ans_json_string(&j, "");
  ans_json_close(&j, ']');
  ans_json_set_integer(&j, "n", -10);
  ans_json_set_truth(&j, "t", false);
  ans_json_raw(&j, "\"p\":1,\"q\":2", 11);
  ans_json_close(&j, '}');
  cr_assert_str_eq(b.data, "{\"a\":\"x\\\"\\\\\\n\\t\\r\\b\\f\\u0001\x7f ä€\",\"ok\":\"ä\",\"list\":[{},-9223372036854775808,9223372036854775807,0,null,true,\"\"],\"n\":-10,\"t\":false,\"p\":1,\"q\":2}");
  ans_buffer_dispose(&b);
}

Test(json, digits) {
  static const int64_t numbers[] = {0, 9, 10, 99, 100, 12345678901, -1, -10, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    char want[32], got[32] = "";
    snprintf(want, sizeof want, "%lld", (long long)numbers[i]);
    *ans_json_digits(got, numbers[i]) = 0;
    cr_expect_str_eq(got, want);
    *ans_json_small(got, numbers[i]) = 0;
    cr_expect_str_eq(got, want);
  }
}

Test(arena, forgets_and_serves_again) {
  ans_arena *a = ans_arena_new(1 << 20);
  for (int round = 0; round < 50; round++) { /* more than the maximum in all */
    for (int i = 0; i < 10; i++) {
      unsigned char *p = ans_arena_alloc(a, 5000);
      cr_assert_not_null(p);
      for (int k = 0; k < 5000; k++) cr_assert_eq(p[k], 0);
      memset(p, 0xff, 5000);
    }
    ans_arena_reset(a);
  }
  ans_arena_free(a);
}

Test(utf8, accepts_and_refuses) {
  static const struct { const char *s; size_t len, valid; } cases[] = {
      {"", 0, 0}, {"abc", 3, 3}, {"\xc3\xa4", 2, 2}, {"\xe2\x82\xac", 3, 3}, {"\xf0\x9f\x98\x80", 4, 4}, {"a\0b", 3, 3},
      {"\xc0\x80", 2, 0} /* overlong */, {"\xe0\x80\x80", 3, 0}, {"\xed\xa0\x80", 3, 0} /* surrogate */, {"\xf4\x90\x80\x80", 4, 0} /* > U+10FFFF */,
      {"\xf5\x80\x80\x80", 4, 0}, {"ab\xff", 3, 2}, {"a\xc3", 2, 1}, {"\x80", 1, 0}, {"\xf0\x80\x80\x80", 4, 0}, {"\xed\x9f\xbf", 3, 3}, {"\xee\x80\x80", 3, 3}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_assert_eq(ans_utf8_valid_prefix(cases[i].s, cases[i].len), cases[i].valid, "case %zu", i);
    cr_assert_eq(ans_utf8_valid(cases[i].s, cases[i].len), cases[i].valid == cases[i].len, "case %zu", i);
  }
  cr_assert(ans_utf8_printable("Straße", 7));
  cr_assert_not(ans_utf8_printable("a\tb", 3));
  cr_assert_not(ans_utf8_printable("\xc2\x85", 2));
}

/* Every code point there is survives encoding by hand and decoding. */
Test(utf8, decodes_every_code_point) {
  for (uint32_t c = 0; c <= 0x110000; c++) {
    char s[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1;) s[i] = (char)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
    s[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xf0u) | c >> (6 * (n - 1)));
    if (n == 4) s[0] = (char)(0xf0 | c >> 18);
    uint32_t back = 0;
    bool valid = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
    size_t got = ans_utf8_decode(s, n, &back);
    if (n == 2) s[0] = (char)(0xc0 | c >> 6), got = ans_utf8_decode(s, n, &back);
    if (n == 3) s[0] = (char)(0xe0 | c >> 12), got = ans_utf8_decode(s, n, &back);
    cr_assert_eq(got, valid ? n : 0, "U+%04X", c);
    if (valid) cr_assert_eq(back, c);
  }
}

Test(utf8, distance_and_suggestions) {
  cr_assert_eq(ans_text_distance("Geburtsdatum", "geburtsdatum", 3), 0u);
  cr_assert_eq(ans_text_distance("Wohnsitz", "Wonsitz", 3), 1u);
  cr_assert_eq(ans_text_distance("ä", "a", 3), 1u);
  cr_assert_eq(ans_text_distance("", "abc", 5), 3u);
  cr_assert_eq(ans_text_distance("abcdef", "uvwxyz", 2), 3u);
  char longer[200];
  memset(longer, 'a', sizeof longer);
  longer[199] = 0;
  cr_assert_eq(ans_text_distance(longer, longer, 2), 3u);
  unsigned best = UINT_MAX;
  cr_assert(ans_text_closer("Wonsitz", "Wohnsitz", &best));
  cr_assert_not(ans_text_closer("Wonsitz", "Wohnsitz", &best));
  best = UINT_MAX;
  cr_assert_not(ans_text_closer("Kind", "Betrag", &best));
}

Test(hash, known_answers) {
  uint8_t d[32];
  char hex[65];
  ans_sha256_once("abc", 3, d);
  ans_hex(d, 32, hex);
  cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ans_sha256 *h = ans_sha256_new();
  ans_sha256_update(h, "a", 1);
  ans_sha256_update(h, "", 0);
  ans_sha256_update(h, "bc", 2);
  uint8_t e[32];
  ans_sha256_final(h, e);
  cr_assert_arr_eq(d, e, 32);
  ans_sha256_once("", 0, d);
  ans_hex(d, 32, hex);
  cr_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static const char *const messages[][5] = {
#define X(code, de, de_remedy, en, en_remedy) {code, de, de_remedy, en, en_remedy},
#include "base/messages/base.def"
#include "base/messages/code.def"
#include "base/messages/columns.def"
#include "base/messages/replay.def"
#include "base/messages/exec.def"
#include "base/messages/store.def"
#include "base/messages/facts.def"
#include "base/messages/exchange.def"
#include "base/messages/decide.def"
#include "base/messages/batch.def"
#include "base/messages/dsl.def"
#include "base/messages/cli.def"
#undef X
};

static unsigned holes(const char *s) {
  unsigned set = 0;
  for (; *s; s++)
    if (s[0] == '{' && s[1] >= '0' && s[1] <= '9' && s[2] == '}') set |= 1u << (s[1] - '0');
  return set;
}

Test(error, every_message_has_both_languages_and_a_unique_id) {
  size_t n = sizeof messages / sizeof *messages;
  cr_assert_gt(n, 40u);
  for (size_t i = 0; i < n; i++) {
    const char *const *m = messages[i];
    for (int k = 0; k < 5; k++) cr_assert(ans_utf8_printable(m[k], strlen(m[k])), "%s", m[0]);
    cr_assert(m[1][0] && m[3][0], "%s needs German and English", m[0]);
    cr_assert_eq(m[2][0] == 0, m[4][0] == 0, "%s: remedy in one language only", m[0]);
    cr_assert_eq(holes(m[1]) | holes(m[2]), holes(m[3]) | holes(m[4]), "%s: arguments differ", m[0]);
    cr_assert_lt(holes(m[1]) | holes(m[2]), 1u << ANS_ERROR_ARGS, "%s: too many arguments", m[0]);
    for (size_t j = 0; j < i; j++) cr_assert_str_neq(m[0], messages[j][0]);
  }
}

Test(error, renders_both_languages) {
  ans_error e;
  char out[1024];
  cr_assert_eq(ans_error_set(&e, ANS_IO, "E-IO-OPEN", "a.recht", "{1}", "unused", NULL), ANS_IO);
  cr_assert_str_eq(ans_error_render(&e, ANS_LANG_EN, out, sizeof out),
                   "E-IO-OPEN: a.recht: The file cannot be opened: {1}. Check the path and the access rights.");
  cr_assert_str_eq(ans_error_render(&e, ANS_LANG_DE, out, sizeof out),
                   "E-IO-OPEN: a.recht: Die Datei kann nicht geöffnet werden: {1}. Pfad und Zugriffsrechte prüfen.");
  cr_assert_eq(ans_error_set(NULL, ANS_LIMIT, "E-IO-OPEN", NULL, NULL), ANS_LIMIT);
}

Test(error, hostile_arguments_are_cleaned_and_cut) {
  ans_error e;
  char out[64], longer[1000];
  memset(longer, 'x', sizeof longer);
  longer[999] = 0;
  memcpy(longer + 190, "\xc3\xa4\xc3\xa4", 4); /* a code point across the cut */
  ans_error_set(&e, ANS_IO, "E-IO-OPEN", longer, "a\x1b[31m\xff\n", longer, NULL);
  cr_assert_str_eq(e.args[0], "a?[31m??");
  cr_assert_eq(strlen(e.args[1]), 190u);
  for (size_t size = 1; size < sizeof out; size++) {
    ans_error_render(&e, ANS_LANG_DE, out, size);
    cr_assert_lt(strlen(out), size);
    cr_assert(ans_utf8_valid(out, strlen(out)));
  }
}
