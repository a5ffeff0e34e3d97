/* A configuration from text, for tests that have an ans_error `err` and a scratch directory. */
#ifndef TESTS_UNIT_EXCHANGE_CONFIG_H
#define TESTS_UNIT_EXCHANGE_CONFIG_H
#include "exchange/exchange.h"
#include "scratch.h"

static ans_status load_config(const char *text, ans_xroad_config *c) {
  const char *path = scratch_path("exchange.json");
  FILE *f = fopen(path, "wb");
  fputs(text, f);
  fclose(f);
  return ans_exchange_config_load(path, c, &err);
}
#endif
