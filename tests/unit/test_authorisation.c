/* Unit tests of engine/exchange/authorisation.c: what the local table of abstract authorisations allows, on which days, and that it cannot be read halfway. */
#include <criterion/criterion.h>
#include <string.h>
#include "exchange/exchange.h"
#include "exchange/internal.h"
#include "num/calendar.h"
#include "scratch.h"

#define OK(call) cr_assert_eq((call), ANS_OK, "%s", ans_error_render(&err, ANS_LANG_EN, (char[1024]){0}, 1024))
#define REG "{\"register\":\"residents\",\"service_id\":\"TH/GOV/MELDE/residents/person\",\"source\":\"Melderegister\",\"legal_basis\":\"§ 111 Abs. 1 Satz 1 AO\",\"purpose\":\"Prüfung\""
TestSuite(authorisation, .init = scratch_begin, .fini = scratch_end);
static ans_error err;
#include "exchange_config.h"

#define ENTRY "{\"consumer\":\"TH/GOV/FAMKA/anspruch\",\"service\":\"TH/GOV/MELDE/residents/person\",\"purpose\":\"Prüfung\",\"legal_basis\":\"§ 111 Abs. 1 Satz 1 AO\",\"idnr_used\":%s,\"from\":\"%s\"%s,\"allowed\":%s}"
static ans_status load_table(const char *entries, ans_xroad_config *c) {
  FILE *f = fopen(scratch_path("table.json"), "wb");
  fprintf(f, "{\"format\":\"anspruch-authorisations/1\",\"entries\":[%s]}", entries);
  fclose(f);
  return load_config("{\"server_url\":\"http://127.0.0.1:1\",\"client_id\":\"TH/GOV/FAMKA/anspruch\",\"policy\":{\"authorisations\":\"table.json\",\"evidence\":\"clear\",\"retrieval\":\"everything\"},\"registers\":[" REG "}]}", c);
}
static const char *entry(char out[600], const char *idnr, const char *from, const char *to, const char *allowed) {
  snprintf(out, 600, ENTRY, idnr, from, to, allowed);
  return out;
}

Test(authorisation, what_is_not_allowed_expressly_is_refused) {
  char one[600], two[600], both[1300];
  ans_xroad_config c;
  int32_t day = (int32_t)ans_date_from_ymd(2026, 11, 20);
  static const struct { const char *idnr, *from, *to, *allowed; bool refused; } x[] = {
      {"true", "2026-01-01", "", "true", false},
      {"true", "2026-11-20", ",\"to\":\"2026-11-20\"", "true", false},
      {"true", "2026-11-21", "", "true", true},
      {"true", "2026-01-01", ",\"to\":\"2026-11-19\"", "true", true},
      {"false", "2026-01-01", "", "true", true},
      {"true", "2026-01-01", "", "false", true}};
  for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
    OK(load_table(entry(one, x[i].idnr, x[i].from, x[i].to, x[i].allowed), &c));
    cr_assert_eq(exchange__refusal(&c, &c.registers[0], day) != NULL, x[i].refused, "%zu", i);
    c.registers[0].purpose[0] = 'p';
    cr_assert(exchange__refusal(&c, &c.registers[0], day), "another purpose, %zu", i);
    ans_exchange_config_dispose(&c);
  }
  snprintf(both, sizeof both, "%s,%s", entry(one, "true", "2020-01-01", "", "true"), entry(two, "true", "2026-01-01", "", "false"));
  OK(load_table(both, &c));
  cr_assert(exchange__refusal(&c, &c.registers[0], day), "one entry forbids");
  cr_assert_null(exchange__refusal(&c, &c.registers[0], (int32_t)ans_date_from_ymd(2025, 1, 1)), "before it did not");
  ans_exchange_config_dispose(&c);
  OK(load_table("", &c));
  cr_assert(exchange__refusal(&c, &c.registers[0], day), "an empty table allows nothing");
  ans_exchange_config_dispose(&c);
}

Test(authorisation, a_table_that_is_wrong_is_refused_as_a_whole) {
  char one[600];
  ans_xroad_config c;
  const char *const bad[] = {"{}", "1", entry(one, "1", "2026-01-01", "", "true")};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    cr_assert_eq(load_table(bad[i], &c), ANS_EXCHANGE, "%zu", i);
    cr_assert(strstr(err.where, "table.json"), "%s", err.where);
  }
  cr_assert_eq(load_table(entry(one, "true", "2026-02-30", "", "true"), &c), ANS_EXCHANGE);
  cr_assert_eq(load_table(entry(one, "true", "2026-02-03", ",\"to\":\"2026-02-02\"", "true"), &c), ANS_EXCHANGE);
  cr_assert_eq(load_table(entry(one, "true", "2026-02-03", ",\"until\":\"2026-02-04\"", "true"), &c), ANS_EXCHANGE);
  cr_assert_eq(load_config("{\"server_url\":\"http://127.0.0.1:1\",\"client_id\":\"TH/GOV/FAMKA/anspruch\",\"registers\":[" REG "}]}", &c), ANS_EXCHANGE, "no policy, no configuration");
  cr_assert_eq(load_config("{\"server_url\":\"http://127.0.0.1:1\",\"client_id\":\"TH/GOV/FAMKA/anspruch\",\"policy\":{\"authorisations\":true,\"evidence\":\"clear\",\"retrieval\":\"everything\"},\"registers\":[" REG "}]}", &c), ANS_EXCHANGE);
}

Test(authorisation, the_examples_allow_the_sample_configurations) {
  static const char *const files[] = {"elternbeitragsfreiheit", "elterngeld", "grundsicherung", "kinderzuschlag", "local", "schulbedarf", "sinnesbehindertengeld", "unterhaltsvorschuss", "wohngeld", "wohngeld-soap"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char path[80];
    ans_xroad_config c;
    snprintf(path, sizeof path, "fixtures/exchange/%s.json", files[i]);
    OK(ans_exchange_config_load(path, &c, &err));
    for (size_t k = 0; k < c.register_count; k++) cr_assert_null(exchange__refusal(&c, &c.registers[k], exchange__today()), "%s %s", files[i], c.registers[k].register_name);
    ans_exchange_config_dispose(&c);
  }
}
