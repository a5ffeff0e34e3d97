/* The provider's desk without sockets: what a request target means, headers, rates, and replies from a store. The HTTP side is tested in tests/e2e/test_provider.py. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "serve/internal.h"

static const char *parse(const char *uri, serve__target *out) { return serve__parse_target(uri, strlen(uri), out); }

Test(serve, targets) {
  serve__target t;
  cr_assert_null(parse("/wohngeld/01234567895?month=2026-06&fields=recipient%2Camount", &t));
  cr_assert_eq(t.segments, 2);
  cr_assert_str_eq(t.segment[1], "01234567895");
  cr_assert_str_eq(t.month, "2026-06");
  cr_assert_str_eq(t.fields, "recipient,amount");
  cr_assert_null(parse("/%C3%A4", &t));
  cr_assert_str_eq(t.segment[0], "ä");
  static const struct { const char *uri, *why; } bad[] = {
      {"", "invalid_target"}, {"x", "invalid_target"}, {"/", "invalid_target"}, {"//a", "invalid_target"}, {"/a/", "invalid_target"}, {"/a/./b", "invalid_target"}, {"/a/%2e%2e", "invalid_target"},
      {"/a%2fb", "invalid_target"}, {"/a%00", "invalid_target"}, {"/a%1f", "invalid_target"}, {"/a%", "invalid_target"}, {"/a%g0", "invalid_target"}, {"/a%c3", "invalid_target"}, {"/a b", "invalid_target"},
      {"/a#b", "invalid_target"}, {"/1/2/3/4/5/6/7/8/9", "invalid_target"}, {"*", "invalid_target"}, {"/a?", "invalid_target"}, {"/a?month", "invalid_target"}, {"/a?month=", "invalid_target"},
      {"/a?month=1&", "invalid_target"}, {"/a?month=1&month=1", "duplicate_parameter"}, {"/a?Month=1", "unknown_parameter"}, {"/a?month=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "invalid_target"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) cr_expect_str_eq(parse(bad[i].uri, &t), bad[i].why, "%s", bad[i].uri);
  cr_expect_str_eq(serve__parse_target("/a\0b", 4, &t), "invalid_target");
  char longest[SERVE_TARGET_MAX + 8];
  memset(longest, 'a', sizeof longest);
  for (size_t i = 0; i < sizeof longest; i += 100) longest[i] = '/';
  cr_expect_str_eq(serve__parse_target(longest, sizeof longest, &t), "invalid_target");
}

Test(serve, rates) {
  serve__rate r = {.per_second = 4};
  unsigned taken = 0;
  for (int i = 0; i < 10; i++) taken += serve__rate_take(&r, 10000000);
  cr_assert_eq(taken, 4, "a burst of one second's worth");
  cr_assert_not(serve__rate_take(&r, 10249999));
  cr_assert(serve__rate_take(&r, 10250000));
  cr_assert_not(serve__rate_take(&r, 10250000));
  taken = 0;
  for (int i = 0; i < 10; i++) taken += serve__rate_take(&r, 99000000);
  cr_assert_eq(taken, 4, "time not used is not saved up");
}

static void take(serve__headers *h) {
  static const char *const all[][2] = {{"X-Road-Client", "A/B/C/D"}, {"x-road-id", "1"}, {"X-ROAD-ISSUE", "case"}, {"x-anspruch-legal-basis", "%C2%A7 1 X"}, {"x-anspruch-purpose", "p"}, {"x-anspruch-idnr-used", "true"}, {"user-agent", "\x01"}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) serve__take_header(h, all[i][0], all[i][1]);
}

Test(serve, headers) {
  const char *which = NULL;
  serve__headers h = {0};
  take(&h);
  cr_assert_null(serve__check_headers(&h, &which));
  cr_assert_str_eq(h.of[SERVE_LEGAL_BASIS].text, "§ 1 X");
  cr_assert_str_eq(h.of[SERVE_LEGAL_BASIS].raw, "%C2%A7 1 X");
  serve__take_header(&h, "x-road-id", "1");
  cr_assert_str_eq(serve__check_headers(&h, &which), "duplicate_header");
  static const char *const bad[] = {"", "%", "%00", "%ff", "\x01", "\xc3\xa4", " %20", "%20x"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    serve__headers x = {0};
    serve__take_header(&x, "x-anspruch-purpose", bad[i]);
    cr_expect(x.of[SERVE_PURPOSE].bad, "%s", bad[i]);
  }
  serve__headers other = {0};
  serve__take_header(&other, "x-road-client", "A/B/C%2FD");
  cr_expect(other.of[SERVE_CLIENT].bad, "the member C/D is not the subsystem D of C");
  serve__headers long_id = {0};
  char text[200];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = 0;
  take(&long_id);
  serve__take_header(&long_id, "x-road-request-id", text);
  cr_assert_str_eq(serve__check_headers(&long_id, &which), "invalid_header");
}
